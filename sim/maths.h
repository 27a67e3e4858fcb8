/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp, log and pow that give the same bits on every processor and compiler: plain double arithmetic, no libm.
   Relative error below 1e-15 for log and exp, below 4e-15 + 3e-16 |y log x| for pow; used wherever a value decides what a
   person does. */
#ifndef WAYFARE_MATHS_H
#define WAYFARE_MATHS_H

#include <stdint.h>
#include <string.h>

#define MATHS_LN2_HIGH 0x1.62e42fefa3800p-1 /* the top 42 bits of ln 2: k * MATHS_LN2_HIGH is exact for |k| < 2^11 */
#define MATHS_LN2_LOW 0x1.ef35793c76730p-45

/* x > 0 and normal; 0 and below give -infinity in maths_pow's sense: do not ask.
   x = 2^k (1 + s) / (1 - s) with |s| <= 0.172, log x = k ln 2 + 2 atanh s; the series ends below 1e-18. */
static inline double maths_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* Shifting the exponent's border to sqrt(1/2) halves the range of s without a branch. */
    uint64_t moved = bits + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
    int64_t k = (int64_t)(moved >> 52) - 1023;
    uint64_t m_bits = (moved & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu;
    double m, kd = (double)(int32_t)k;
    memcpy(&m, &m_bits, sizeof m);
    double s = (m - 1.0) / (m + 1.0), q = s * s;
    double tail = 1.0 / 21;
    tail = 1.0 / 19 + q * tail;
    tail = 1.0 / 17 + q * tail;
    tail = 1.0 / 15 + q * tail;
    tail = 1.0 / 13 + q * tail;
    tail = 1.0 / 11 + q * tail;
    tail = 1.0 / 9 + q * tail;
    tail = 1.0 / 7 + q * tail;
    tail = 1.0 / 5 + q * tail;
    tail = 1.0 / 3 + q * tail;
    return kd * MATHS_LN2_HIGH + (2.0 * s + (kd * MATHS_LN2_LOW + 2.0 * s * q * tail));
}

double maths_exp(double x);           /* clamps to 0 below -708 and to infinity above 709 */
double maths_pow(double x, double y); /* x >= 0; pow(0, 0) = 1, pow(0, y > 0) = 0; exact for y = 0, 1, -1, 2 */

#endif
