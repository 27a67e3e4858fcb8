/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only the smaller sample is summed for a labelling; the other is what the total leaves. Cells are centred first, so that
   sums of squares keep their digits. */
#include "permutation.h"
#include "sim/memory.h"
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

struct pool {
    size_t runs, few, many, cells; /* few: the smaller sample */
    bool few_is_b;
    const double **run;            /* [runs]: the smaller sample first */
    double *value;                 /* [runs][cells], centred */
    double *total, *total_squares; /* [cells] */
    double *sum, *squares;         /* [cells]: of the labelling at hand */
    size_t *label;                 /* [runs]: the first few make the smaller sample */
    uint64_t random;
};

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void name_runs(struct pool *pool, const double *few, const double *many)
{
    for (size_t i = 0; i < pool->few; i++) pool->run[i] = few + i * pool->cells;
    for (size_t i = 0; i < pool->many; i++) pool->run[pool->few + i] = many + i * pool->cells;
    for (size_t i = 0; i < pool->runs; i++) pool->label[i] = i;
}

static void centre(struct pool *pool)
{
    for (size_t cell = 0; cell < pool->cells; cell++) {
        double mean = 0;
        for (size_t i = 0; i < pool->runs; i++) mean += pool->run[i][cell] / (double)pool->runs;
        for (size_t i = 0; i < pool->runs; i++) pool->value[i * pool->cells + cell] = pool->run[i][cell] - mean;
    }
}

static void add_run(const struct pool *pool, size_t run, double *sum, double *squares)
{
    const double *value = pool->value + run * pool->cells;
    for (size_t cell = 0; cell < pool->cells; cell++) {
        sum[cell] += value[cell];
        squares[cell] += value[cell] * value[cell];
    }
}

static void pool_open(struct pool *pool, const double *a, size_t runs_a, const double *b, size_t runs_b, size_t cells, uint64_t seed)
{
    bool few_is_b = runs_b <= runs_a;
    *pool = (struct pool){.runs = runs_a + runs_b, .cells = cells, .few_is_b = few_is_b, .random = seed};
    pool->few = few_is_b ? runs_b : runs_a;
    pool->many = pool->runs - pool->few;
    pool->run = memory_new(pool->runs, sizeof *pool->run);
    pool->label = memory_new(pool->runs, sizeof *pool->label);
    pool->value = memory_new(pool->runs * cells, sizeof *pool->value);
    double **array[] = {&pool->total, &pool->total_squares, &pool->sum, &pool->squares};
    for (size_t i = 0; i < 4; i++) *array[i] = memory_new(cells, sizeof(double));
    name_runs(pool, few_is_b ? b : a, few_is_b ? a : b);
    centre(pool);
    for (size_t i = 0; i < pool->runs; i++) add_run(pool, i, pool->total, pool->total_squares);
}

static void pool_close(struct pool *pool)
{
    void *block[] = {pool->run, pool->label, pool->value, pool->total, pool->total_squares, pool->sum, pool->squares};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

/* The first few labels become a random choice of all. */
static void shuffle(struct pool *pool)
{
    for (size_t i = 0; i < pool->few; i++) {
        size_t j = i + (size_t)(splitmix(&pool->random) % (pool->runs - i)), swap = pool->label[i];
        pool->label[i] = pool->label[j];
        pool->label[j] = swap;
    }
}

static double spread_of(double sum, double squares, double runs)
{
    double left = squares - sum * sum / runs;
    return left > 0 ? left : 0;
}

/* One cell of a labelling: into result's statistics, and its counts of spreads. */
static void look_at(const struct pool *pool, size_t cell, struct permutation *result, double variance[2])
{
    double few = (double)pool->few, many = (double)pool->many, sum = pool->sum[cell], squares = pool->squares[cell];
    double rest = pool->total[cell] - sum, rest_squares = pool->total_squares[cell] - squares;
    double spread_few = spread_of(sum, squares, few), spread_many = spread_of(rest, rest_squares, many);
    double pooled = sqrt((spread_few + spread_many) / (few + many - 2)), far = fabs(sum / few - rest / many) / fmax(pooled, 1);
    result->square += far * far / (double)pool->cells;
    if (far > result->statistic) {
        result->statistic = far;
        result->cell = cell;
    }
    double variance_few = spread_few / (few - 1), variance_many = spread_many / (many - 1);
    if (variance_few <= 1 || variance_many <= 1) return;
    result->compared++;
    if (variance_few < variance_many / 4 || variance_few > variance_many * 4) result->out++;
    variance[0] += variance_few;
    variance[1] += variance_many;
}

static struct permutation look(const struct pool *pool)
{
    struct permutation result = {0};
    double variance[2] = {0};
    memset(pool->sum, 0, pool->cells * sizeof *pool->sum);
    memset(pool->squares, 0, pool->cells * sizeof *pool->squares);
    for (size_t i = 0; i < pool->few; i++) add_run(pool, pool->label[i], pool->sum, pool->squares);
    for (size_t cell = 0; cell < pool->cells; cell++) look_at(pool, cell, &result, variance);
    double ratio = result.compared ? sqrt(variance[0] / variance[1]) : 1;
    result.ratio = pool->few_is_b ? 1 / ratio : ratio;
    return result;
}

struct permutation permutation_test(const double *a, size_t runs_a, const double *b, size_t runs_b, size_t cells, int labellings,
                                    uint64_t seed)
{
    assert(runs_a >= 2 && runs_b >= 2);
    struct pool pool;
    pool_open(&pool, a, runs_a, b, runs_b, cells, seed);
    struct permutation ours = look(&pool);
    int as_far = 1, as_square = 1, as_many = 1, as_uneven = 1;
    for (int i = 1; i < labellings; i++) {
        shuffle(&pool);
        struct permutation other = look(&pool);
        as_far += other.statistic >= ours.statistic * (1 - 1e-12);
        as_square += other.square >= ours.square * (1 - 1e-12);
        as_many += other.out >= ours.out;
        as_uneven += fabs(log(other.ratio)) >= fabs(log(ours.ratio)) * (1 - 1e-12);
    }
    ours.p = (double)as_far / labellings;
    ours.square_p = (double)as_square / labellings;
    ours.out_p = (double)as_many / labellings;
    ours.ratio_p = (double)as_uneven / labellings;
    pool_close(&pool);
    return ours;
}
