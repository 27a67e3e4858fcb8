/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "maths.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = k ln 2 + r, |r| <= 0.347; Taylor to r^14. */
double maths_exp(double x)
{
    if (x > 709.0) return INFINITY;
    if (x < -708.0) return 0.0;
    int64_t k = (int64_t)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
    double r = (x - (double)k * MATHS_LN2_HIGH) - (double)k * MATHS_LN2_LOW;
    double sum = 1.0;
    for (int n = 14; n >= 1; n--) sum = 1.0 + r / n * sum;
    return sum * from_bits((uint64_t)(k + 1023) << 52);
}

double maths_pow(double x, double y)
{
    if (y == 0.0) return 1.0;
    if (y == 1.0) return x;
    if (y == -1.0) return 1.0 / x;
    if (y == 2.0) return x * x;
    if (x == 0.0) return y > 0 ? 0.0 : INFINITY;
    return maths_exp(y * maths_log(x));
}
