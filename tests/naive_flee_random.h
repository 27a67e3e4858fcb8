/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xoshiro256++ (Blackman and Vigna 2021, doi 10.1145/3460772) seeded by splitmix64: nothing in common with the engine's draws. */
#ifndef WAYFARE_NAIVE_FLEE_RANDOM_H
#define WAYFARE_NAIVE_FLEE_RANDOM_H

#include <stdint.h>

struct naive_flee_random {
    uint64_t state[4];
};

struct naive_flee_random naive_flee_random_seeded(uint64_t seed);
int64_t naive_flee_random_poisson(struct naive_flee_random *random, double mean);

static inline uint64_t naive_flee_random_next(struct naive_flee_random *random)
{
    uint64_t *s = random->state, sum = s[0] + s[3], result = (sum << 23 | sum >> 41) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

static inline uint32_t naive_flee_random_word(struct naive_flee_random *random) { return (uint32_t)(naive_flee_random_next(random) >> 32); }

/* In [0, 1). */
static inline double naive_flee_random_uniform(struct naive_flee_random *random)
{
    return (double)(naive_flee_random_next(random) >> 11) * 0x1p-53;
}

#endif
