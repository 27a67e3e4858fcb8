/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_draw.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include <math.h>
#include <string.h>

/* Of the engine's purposes, far from its own. */
enum { DRAW_VALUE = 254,
       DRAW_ORDER = 255 };

/* A parameter's address is its name (FNV-1a), so that its place in a list does not matter. */
static uint32_t address(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static double triangular(double low, double high, double mode, double u)
{
    double left = (mode - low) / (high - low);
    if (u < left) return low + sqrt(u * (high - low) * (mode - low));
    return high - sqrt((1 - u) * (high - low) * (high - mode));
}

static double quantile(enum study_distribution distribution, double low, double high, double mode, double u)
{
    switch (distribution) {
    case STUDY_UNIFORM:
        break;
    case STUDY_LOGUNIFORM:
        return low * pow(high / low, u);
    case STUDY_TRIANGULAR:
        return triangular(low, high, mode, u);
    }
    return low + u * (high - low);
}

double study_draw_quantile(const struct study_parameter *parameter, double u)
{
    double margin = parameter->whole ? 0.5 : 0;
    double value = quantile(parameter->distribution, parameter->low - margin, parameter->high + margin, parameter->mode, u);
    if (parameter->whole) value = round(value);
    return fmin(fmax(value, parameter->low), parameter->high);
}

static double uniform(uint64_t seed, int64_t draw, uint32_t where)
{
    struct rng_block block = rng_draw(seed, (uint64_t)draw, DRAW_VALUE, where, 0);
    return rng_uniform52(block.word[0], block.word[1]);
}

/* 0 to draws - 1 in an order of its own for every parameter. */
static void shuffle(int64_t *stratum, int64_t draws, uint64_t seed, uint32_t where)
{
    for (int64_t i = 0; i < draws; i++) stratum[i] = i;
    for (int64_t i = draws - 1; i > 0; i--) {
        uint32_t word = rng_draw(seed, (uint64_t)i, DRAW_ORDER, where, 0).word[0];
        int64_t other = (int64_t)((uint64_t)word * (uint64_t)(i + 1) >> 32), kept = stratum[i];
        stratum[i] = stratum[other];
        stratum[other] = kept;
    }
}

static void fill_latin(const struct study_parameter *parameter, uint64_t seed, int64_t draws, double *value, int stride)
{
    uint32_t where = address(parameter->name);
    int64_t *stratum = memory_new((size_t)draws, sizeof *stratum);
    shuffle(stratum, draws, seed, where);
    for (int64_t i = 0; i < draws; i++)
        value[i * stride] = study_draw_quantile(parameter, ((double)stratum[i] + uniform(seed, i, where)) / (double)draws);
    memory_free(stratum);
}

static void fill_random(const struct study_parameter *parameter, uint64_t seed, int64_t draws, double *value, int stride)
{
    uint32_t where = address(parameter->name);
    for (int64_t i = 0; i < draws; i++) value[i * stride] = study_draw_quantile(parameter, uniform(seed, i, where));
}

void study_draw_fill(const struct study_parameter *parameter, int parameters, enum study_design design, uint64_t seed, int64_t draws,
                     double *value)
{
    for (int i = 0; i < parameters; i++) {
        if (design == STUDY_LATIN) fill_latin(&parameter[i], seed, draws, value + i, parameters);
        else fill_random(&parameter[i], seed, draws, value + i, parameters);
    }
}
