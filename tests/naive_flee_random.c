/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee_random.h"
#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct naive_flee_random naive_flee_random_seeded(uint64_t seed)
{
    struct naive_flee_random random;
    for (int i = 0; i < 4; i++) random.state[i] = splitmix(&seed);
    return random;
}

/* By the product of uniforms, in pieces whose exp() does not underflow. */
int64_t naive_flee_random_poisson(struct naive_flee_random *random, double mean)
{
    int64_t count = 0;
    while (mean > 0) {
        double piece = mean < 32 ? mean : 32, end = exp(-piece), product = naive_flee_random_uniform(random);
        for (; product > end; count++) product *= naive_flee_random_uniform(random);
        mean -= piece;
    }
    return count;
}
