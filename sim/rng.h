/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addressed randomness: a draw is a function of (seed, person, purpose, spell, option) by Philox4x32-10
   (Salmon et al. 2011, doi 10.1145/2063384.2063405). Nothing is consumed, so order, threads and outputs cannot matter. */
#ifndef WAYFARE_RNG_H
#define WAYFARE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

struct rng_block {
    uint32_t word[4];
};

/* What a draw is for. A model owns the 256 purposes from model->purpose * 256 on; 0 to 255 are the engine's. */
enum rng_purpose { RNG_NONE = 0,
                   RNG_SAMPLE = 1,
                   RNG_QUEUE = 2,
                   RNG_WAIT = 16 /* + wait number */,
                   RNG_TRAIT = 32 /* + trait number */ };

static inline struct rng_block rng_philox(struct rng_block c, uint32_t key0, uint32_t key1)
{
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c.word[0], b = (uint64_t)0xCD9E8D57u * c.word[2];
        c = (struct rng_block){{(uint32_t)(b >> 32) ^ c.word[1] ^ key0, (uint32_t)b, (uint32_t)(a >> 32) ^ c.word[3] ^ key1, (uint32_t)a}};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

/* purpose and option: 16 bits each. */
static inline struct rng_block rng_draw(uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell, uint32_t option)
{
    struct rng_block counter = {{(uint32_t)person, (uint32_t)(person >> 32), spell, purpose << 16 | (option & 0xffffu)}};
    return rng_philox(counter, (uint32_t)seed, (uint32_t)(seed >> 32));
}

/* The same for many at once: word k of block i goes to word[k][i]. The bits do not depend on the width of the processor. */
#define RNG_MANY 512
struct rng_blocks {
    uint32_t word[4][RNG_MANY];
};
void rng_draw_many(uint64_t seed, uint32_t n, const uint64_t *person, uint32_t purpose, const uint32_t *spell, struct rng_blocks *blocks); /* n <= RNG_MANY */

/* Exp(1) of many words in units of 2^-20, rounded up: the hazard a wait begins with. */
void rng_hazard_many(uint32_t n, const uint32_t *word, uint32_t *hazard);

/* A well mixed 64-bit key of the same address. */
uint64_t rng_key(uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell);

/* Uniform in (0, 1): (word + 1/2) / 2^32; and with 52 bits from two words. */
static inline double rng_uniform(uint32_t word) { return ((double)word + 0.5) * 0x1p-32; }
double rng_uniform52(uint32_t high, uint32_t low);

/* Twelve uniforms less six: mean 0, variance 1, near normal, within 6; no function that differs between processors. */
double rng_near_normal(const struct rng_block block[3]);

/* Exp(1) from one word, in (0, 22.9]; no libm. */
double rng_exponential(uint32_t word);

/* Index of the option that wins the exponential race min E_j / weight_j, option j drawn at (.., option = label_j).
   Weights >= 0; returns -1 where all are 0. label NULL means label_j = j. */
int rng_race(uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell, int options, const double *weight, const uint32_t *label);

/* A gsl_rng on the stack over one address (spell below 65536; 2^34 words), for set-up, analysis and models' precomputation:
       struct rng_stream stream;  gsl_ran_poisson(rng_stream_open(&stream, seed, person, purpose, spell), mu);   */
struct rng_stream {
    gsl_rng rng;
    uint64_t seed, person;
    uint32_t purpose, spell, block, next;
    struct rng_block words;
};
gsl_rng *rng_stream_open(struct rng_stream *stream, uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell);

#endif
