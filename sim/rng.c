/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rng.h"

#include "maths.h"
#include "wide.h"

/* 32-bit values in 64-bit lanes: that is how processors multiply 32 x 32 -> 64 side by side. */
WIDE static void philox_lanes(uint64_t *restrict c0, uint64_t *restrict c1, uint64_t *restrict c2, uint64_t *restrict c3, uint32_t n, uint64_t key0, uint64_t key1)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t a = c0[i], b = c1[i], c = c2[i], d = c3[i], k0 = key0, k1 = key1;
#pragma GCC unroll 10
        for (int round = 0; round < 10; round++) {
            uint64_t p = (uint64_t)0xD2511F53u * (uint32_t)a, q = (uint64_t)0xCD9E8D57u * (uint32_t)c;
            a = (q >> 32) ^ b ^ k0;
            c = (p >> 32) ^ d ^ k1;
            b = q & 0xffffffffu;
            d = p & 0xffffffffu;
            k0 = (k0 + 0x9E3779B9u) & 0xffffffffu;
            k1 = (k1 + 0xBB67AE85u) & 0xffffffffu;
        }
        c0[i] = a, c1[i] = b, c2[i] = c, c3[i] = d;
    }
}

void rng_draw_many(uint64_t seed, uint32_t n, const uint64_t *person, uint32_t purpose, const uint32_t *spell, struct rng_blocks *blocks)
{
    uint64_t lane[4][RNG_MANY];
    for (uint32_t i = 0; i < n; i++) {
        lane[0][i] = (uint32_t)person[i];
        lane[1][i] = person[i] >> 32;
        lane[2][i] = spell[i];
        lane[3][i] = purpose << 16;
    }
    philox_lanes(lane[0], lane[1], lane[2], lane[3], n, (uint32_t)seed, seed >> 32);
    for (int k = 0; k < 4; k++)
        for (uint32_t i = 0; i < n; i++) blocks->word[k][i] = (uint32_t)lane[k][i];
}

WIDE void rng_hazard_many(uint32_t n, const uint32_t *restrict word, uint32_t *restrict hazard)
{
    for (uint32_t i = 0; i < n; i++) hazard[i] = (uint32_t)(int32_t)(-maths_log(((double)(int64_t)word[i] + 0.5) * 0x1p-32) * 1048576.0) + 1;
}

uint64_t rng_key(uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell)
{
    struct rng_block block = rng_draw(seed, person, purpose, spell, 0);
    return (uint64_t)block.word[0] << 32 | block.word[1];
}

double rng_uniform52(uint32_t high, uint32_t low) { return ((double)((uint64_t)high << 20 | low >> 12) + 0.5) * 0x1p-52; }

double rng_near_normal(const struct rng_block block[3])
{
    double sum = -6;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++) sum += rng_uniform(block[i].word[k]);
    return sum;
}

double rng_exponential(uint32_t word) { return -maths_log(rng_uniform(word)); }

int rng_race(uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell, int options, const double *weight, const uint32_t *label)
{
    int winner = -1;
    double best = 0;
    for (int j = 0; j < options; j++) {
        if (weight[j] <= 0) continue;
        struct rng_block block = rng_draw(seed, person, purpose, spell, label ? label[j] : (uint32_t)j);
        double time = -maths_log(rng_uniform52(block.word[0], block.word[1])) / weight[j];
        if (winner < 0 || time < best) {
            winner = j;
            best = time;
        }
    }
    return winner;
}

/* GSL's view of a stream: seeding does nothing, the address is the seed. */
static void stream_set(void *state, unsigned long seed)
{
    (void)state;
    (void)seed;
}

static unsigned long stream_get(void *state)
{
    struct rng_stream *stream = state;
    if (stream->next == 4) {
        stream->words = rng_draw(stream->seed, stream->person, stream->purpose, stream->spell | stream->block >> 16 << 16, stream->block);
        stream->block++;
        stream->next = 0;
    }
    return stream->words.word[stream->next++];
}

static double stream_get_double(void *state) { return (double)stream_get(state) * 0x1p-32; }

static const gsl_rng_type stream_type = {"addressed philox4x32-10", 0xffffffffu, 0, sizeof(struct rng_stream), stream_set, stream_get, stream_get_double};

gsl_rng *rng_stream_open(struct rng_stream *stream, uint64_t seed, uint64_t person, uint32_t purpose, uint32_t spell)
{
    *stream = (struct rng_stream){.rng = {&stream_type, stream}, .seed = seed, .person = person, .purpose = purpose, .spell = spell, .next = 4};
    return &stream->rng;
}
