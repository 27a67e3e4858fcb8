/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addressed randomness, the arithmetic under it, and alias tables. Statistical checks at 5 standard errors. */
#include "sim/alias.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <gsl/gsl_randist.h>
#include <stdlib.h>

#define SEED UINT64_C(0x0123456789abcdef)

/* ---- Philox */

static void known_answers(void)
{
    /* Random123, kat_vectors: counter, key, words. */
    static const struct {
        struct rng_block counter;
        uint32_t key[2];
        struct rng_block words;
    } known[] = {
        {{{0, 0, 0, 0}}, {0, 0}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
        {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, {0xffffffff, 0xffffffff}, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
        {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {0xa4093822, 0x299f31d0}, {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct rng_block found = rng_philox(known[i].counter, known[i].key[0], known[i].key[1]);
        TEST(memcmp(&found, &known[i].words, sizeof found) == 0, "vector %zu: %08x %08x %08x %08x", i, found.word[0], found.word[1],
             found.word[2], found.word[3]);
    }
}

/* The address is the counter, the seed the key: a second way to the published numbers. */
static void draw_is_philox_of_the_address(void)
{
    struct rng_block zero = rng_draw(0, 0, 0, 0, 0), ones = rng_draw(UINT64_MAX, UINT64_MAX, 0xffff, UINT32_MAX, 0xffff);
    struct rng_block pi = rng_draw(UINT64_C(0x299f31d0a4093822), UINT64_C(0x85a308d3243f6a88), 0x0370, 0x13198a2e, 0x7344);
    TEST(zero.word[0] == 0x6627e8d5 && zero.word[3] == 0x9b00dbd8, "%08x", zero.word[0]);
    TEST(ones.word[0] == 0x408f276d && ones.word[3] == 0x6d5451fd, "%08x", ones.word[0]);
    TEST(pi.word[0] == 0xd16cfe09 && pi.word[3] == 0x24126ea1, "%08x", pi.word[0]);
    TEST(rng_key(0, 0, 0, 0) == UINT64_C(0x6627e8d5e169c58d), "%llx", (unsigned long long)rng_key(0, 0, 0, 0));
}

static int compare_u64(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t words(struct rng_block block, int first) { return (uint64_t)block.word[first] << 32 | block.word[first + 1]; }

/* Every part of the address counts: 2 x 8^4 addresses, twice as many 64-bit numbers, all different. */
static void addresses_differ(void)
{
    enum { SIDE = 8,
           COUNT = 2 * SIDE * SIDE * SIDE * SIDE };
    uint64_t *seen = memory_new(2 * COUNT, sizeof *seen);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t person = (uint64_t)(i / SIDE % SIDE) << (i & 1 ? 0 : 40);
        struct rng_block block = rng_draw(SEED + i / (COUNT / 2), person, i / 64 % SIDE, i / 512 % SIDE, i % SIDE);
        seen[2 * i] = words(block, 0);
        seen[2 * i + 1] = words(block, 2);
    }
    qsort(seen, 2 * COUNT, sizeof *seen, compare_u64);
    int same = 0;
    for (uint32_t i = 1; i < 2 * COUNT; i++) same += seen[i] == seen[i - 1];
    /* Person 0 has one address, however it is shifted: i and its neighbours of the same purpose and spell differ in option. */
    TEST(same == 0, "%d numbers came twice", same);
    memory_free(seen);
}

/* ---- uniform numbers */

/* Addresses along one axis, the others fixed. */
static struct rng_block along(int axis, uint32_t i)
{
    switch (axis) {
    case 0:
        return rng_draw(SEED, i, 7, 3, 2);
    case 1:
        return rng_draw(SEED, 5, 7, i, 2);
    case 2:
        return rng_draw(SEED, 5, i & 0xffff, i >> 16, 2);
    case 3:
        return rng_draw(SEED, 5, 7, i >> 16, i & 0xffff);
    case 4:
        return rng_draw(SEED, (uint64_t)i << 32, 7, 3, 2);
    default:
        return rng_draw(SEED + i, 5, 7, 3, 2);
    }
}

static void uniform_axis(int axis)
{
    enum { N = 400000,
           BINS = 1000 };
    double seen[BINS] = {0}, expected[BINS], sum = 0, squares = 0, serial = 0, last = 0.5;
    for (int i = 0; i < BINS; i++) expected[i] = (double)N / BINS;
    for (uint32_t i = 0; i < N; i++) {
        double u = rng_uniform(along(axis, i).word[i & 3]);
        seen[(int)(u * BINS)]++;
        sum += u - 0.5;
        squares += (u - 0.5) * (u - 0.5);
        serial += (u - 0.5) * (last - 0.5);
        last = u;
    }
    TEST(fabs(sum / N) < 5 / sqrt(12.0 * N), "axis %d: mean %.6f", axis, 0.5 + sum / N);
    TEST(fabs(squares / N - 1.0 / 12) < 5 / sqrt(180.0 * N), "axis %d: variance %.6f", axis, squares / N);
    TEST(fabs(serial) < 5 * sqrt((double)N) / 12, "axis %d: neighbours hang together, %.6f", axis, serial / N * 12);
    TEST(toy_surprise(BINS, seen, expected) < 5, "axis %d: %.1f standard errors", axis, toy_surprise(BINS, seen, expected));
}

static void uniform_along_every_axis(void)
{
    for (int axis = 0; axis < 6; axis++) uniform_axis(axis);
}

/* The words of a block against each other, 16 x 16 bins a pair. */
static void words_of_a_block_are_independent(void)
{
    enum { N = 400000 };
    double expected[256], seen[6][256] = {{0}};
    static const int pair[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    for (int i = 0; i < 256; i++) expected[i] = N / 256.0;
    for (uint32_t i = 0; i < N; i++) {
        struct rng_block block = along(0, i);
        for (int k = 0; k < 6; k++) seen[k][(block.word[pair[k][0]] >> 28 << 4) | block.word[pair[k][1]] >> 28]++;
    }
    for (int k = 0; k < 6; k++)
        TEST(toy_surprise(256, seen[k], expected) < 5, "words %d and %d: %.1f standard errors", pair[k][0], pair[k][1],
             toy_surprise(256, seen[k], expected));
}

/* Open at both ends, whatever the words; equal steps. */
static void uniform_stays_inside(void)
{
    TEST(rng_uniform(0) == 0x1p-33 && rng_uniform(UINT32_MAX) < 1 && rng_uniform(1) - rng_uniform(0) == 0x1p-32, "%.17g",
         rng_uniform(UINT32_MAX));
    TEST(rng_uniform52(0, 0) > 0, "%.17g", rng_uniform52(0, 0));
    TEST(rng_uniform52(UINT32_MAX, UINT32_MAX) < 1, "the largest words give %.17g", rng_uniform52(UINT32_MAX, UINT32_MAX));
    TEST(rng_uniform52(0x80000000u, 0) > 0.5 - 1e-15 && rng_uniform52(0x80000000u, 0) < 0.5 + 1e-15, "%.17g",
         rng_uniform52(0x80000000u, 0));
}

/* ---- exponential numbers */

static int compare_double(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* sqrt(n) times the largest distance between the sample and 1 - exp(-x). */
static double kolmogorov(double *sample, size_t n)
{
    double most = 0;
    qsort(sample, n, sizeof *sample, compare_double);
    for (size_t i = 0; i < n; i++) {
        double at = -expm1(-sample[i]);
        most = fmax(most, fmax(at - (double)i / (double)n, (double)(i + 1) / (double)n - at));
    }
    return sqrt((double)n) * most;
}

static void exponential(void)
{
    enum { N = 500000 };
    double *sample = memory_new(N, sizeof *sample), sum = 0, distance;
    for (uint32_t i = 0; i < N; i++) sum += sample[i] = rng_exponential(rng_draw(SEED, i, RNG_WAIT, 1, 0).word[0]);
    distance = kolmogorov(sample, N);
    TEST(distance < 2.75, "Kolmogorov-Smirnov %.3f", distance);
    TEST(fabs(sum / N - 1) < 5 / sqrt((double)N), "mean %.6f", sum / N);
    for (uint32_t i = 0; i < N; i++) sample[i] = rng_exponential((uint32_t)(((uint64_t)i << 32) / N)); /* evenly spread words */
    distance = kolmogorov(sample, N);
    TEST(distance < 2 / sqrt((double)N), "evenly spread words: %.6f", distance);
    TEST(rng_exponential(0) <= 22.9 && rng_exponential(0) > 22.8, "longest %.6f", rng_exponential(0));
    TEST(rng_exponential(UINT32_MAX) > 0 && rng_exponential(UINT32_MAX) < 1e-9, "shortest %g", rng_exponential(UINT32_MAX));
    memory_free(sample);
}

/* ---- many at once: the same bits as one by one */

static void many_at_once(void)
{
    static const uint32_t counts[] = {1, 2, 7, 8, 9, 100, RNG_MANY - 1, RNG_MANY};
    struct rng_blocks blocks;
    uint64_t person[RNG_MANY];
    uint32_t spell[RNG_MANY], hazard[RNG_MANY], different = 0, unequal = 0;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        uint32_t n = counts[c], purpose = c == 0 ? 0xffff : RNG_WAIT + 3;
        for (uint32_t i = 0; i < n; i++) {
            person[i] = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) + c;
            spell[i] = i % 2 ? i : UINT32_MAX - i;
        }
        rng_draw_many(SEED, n, person, purpose, spell, &blocks);
        rng_hazard_many(n, blocks.word[1], hazard);
        for (uint32_t i = 0; i < n; i++) {
            struct rng_block block = rng_draw(SEED, person[i], purpose, spell[i], 0);
            for (int k = 0; k < 4; k++) different += blocks.word[k][i] != block.word[k];
            unequal += hazard[i] != (uint32_t)(rng_exponential(block.word[1]) * 0x1p20) + 1;
        }
    }
    TEST(different == 0 && unequal == 0, "%u words and %u hazards differ", different, unequal);
}

static void many_hazards(void)
{
    uint32_t word[RNG_MANY], hazard[RNG_MANY], unequal = 0;
    for (uint32_t round = 0; round < 400; round++) {
        for (uint32_t i = 0; i < RNG_MANY; i++)
            word[i] = round == 0 ? i : round == 1 ? UINT32_MAX - i
                                                  : along(0, round * RNG_MANY + i).word[0];
        rng_hazard_many(RNG_MANY, word, hazard);
        for (uint32_t i = 0; i < RNG_MANY; i++) unequal += hazard[i] != (uint32_t)(rng_exponential(word[i]) * 0x1p20) + 1;
    }
    TEST(unequal == 0, "%u hazards differ", unequal);
}

/* ---- log, exp, pow */

static double off(double found, double expected) { return expected == 0 ? fabs(found) : fabs(found - expected) / fabs(expected); }

static double fraction(uint32_t i) { return rng_uniform52(rng_draw(SEED, i, 1, 0, 0).word[0], rng_draw(SEED, i, 1, 0, 0).word[1]); }

static void logarithm(void)
{
    double worst = 0, at = 0;
    for (uint32_t i = 0; i < 300000; i++) {
        double u = fraction(i), x = i % 3 == 0   ? ldexp(1 + u, (int)(i % 2043) - 1021)
                                    : i % 3 == 1 ? 0.5 + u
                                                 : 1 + (u - 0.5) * exp2(-(double)(i % 50));
        double error = off(maths_log(x), log(x));
        if (error > worst) worst = error, at = x;
    }
    TEST(worst < 1e-15, "log(%.17g) is off by %g", at, worst);
    TEST(maths_log(1) == 0, "log 1 = %g", maths_log(1));
    TEST(off(maths_log(0x1p-33), log(0x1p-33)) < 1e-15 && off(maths_log(1 - 0x1p-53), log(1 - 0x1p-53)) < 1e-15,
         "the ends of the uniform numbers");
}

static void exponential_function(void)
{
    double worst = 0, at = 0;
    for (uint32_t i = 0; i < 300000; i++) {
        double u = fraction(i), x = i % 2 ? -708 + u * (708 + 709) : (u - 0.5) * 4 * exp2(-(double)(i % 60));
        double error = off(maths_exp(x), exp(x));
        if (error > worst) worst = error, at = x;
    }
    TEST(worst < 1e-15, "exp(%.17g) is off by %g", at, worst);
    TEST(maths_exp(0) == 1 && maths_exp(-709) == 0 && maths_exp(-1e300) == 0 && isinf(maths_exp(710)) && isinf(maths_exp(1e300)),
         "the ends");
}

/* Bases and powers so that the result lies between exp(-reach) and exp(reach). */
static void power_within(double reach)
{
    double worst = 0, base = 0, power = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        double x = exp((fraction(2 * i) - 0.5) * 60), y = (2 * fraction(2 * i + 1) - 1) * reach / fmax(fabs(log(x)), 0.05);
        double error = off(maths_pow(x, y), pow(x, y));
        if (error > worst) worst = error, base = x, power = y;
    }
    TEST(worst < 4e-15 + reach * 3e-16, "results within exp(+-%g): pow(%.17g, %.17g) is off by %g", reach, base, power, worst);
}

static void power(void)
{
    power_within(5);
    power_within(30);
    power_within(300);
}

static void exact_powers(void)
{
    for (uint32_t i = 0; i < 1000; i++) {
        double x = exp((fraction(i) - 0.5) * 200);
        TEST(maths_pow(x, 0) == 1 && maths_pow(x, 1) == x && maths_pow(x, -1) == 1 / x && maths_pow(x, 2) == x * x, "x = %.17g", x);
    }
    TEST(maths_pow(0, 0) == 1 && maths_pow(0, 0.5) == 0 && maths_pow(0, 3) == 0 && maths_pow(1, 12345.678) == 1, "0 and 1");
    TEST(isinf(maths_pow(0, -0.5)), "0 to a negative power: %g", maths_pow(0, -0.5));
}

/* ---- the race */

static void race_shares(void)
{
    enum { N = 400000,
           OPTIONS = 6 };
    static const double weight[OPTIONS] = {1, 2.5, 0, 40, 1e-3, 7};
    double seen[OPTIONS] = {0}, expected[OPTIONS], sum = 0;
    for (int j = 0; j < OPTIONS; j++) sum += weight[j];
    for (int j = 0; j < OPTIONS; j++) expected[j] = N * weight[j] / sum;
    for (uint32_t i = 0; i < N; i++) seen[rng_race(SEED, i, 300, 1, OPTIONS, weight, NULL)]++;
    TEST(seen[2] == 0, "an option of weight 0 was chosen %g times", seen[2]);
    TEST(toy_surprise(OPTIONS, seen, expected) < 5, "%.1f standard errors", toy_surprise(OPTIONS, seen, expected));
}

static void race_edges(void)
{
    static const double none[3] = {0, 0, 0}, one[3] = {0, 1e-300, 0}, tiny[2] = {1e-300, 1e-300};
    int first = 0;
    TEST(rng_race(SEED, 1, 300, 1, 3, none, NULL) == -1 && rng_race(SEED, 1, 300, 1, 0, none, NULL) == -1, "nothing to choose");
    TEST(rng_race(SEED, 1, 300, 1, 3, one, NULL) == 1, "one to choose");
    for (uint32_t i = 0; i < 10000; i++) first += rng_race(SEED, i, 300, 1, 2, tiny, NULL) == 0;
    TEST(abs(first - 5000) < 250, "two tiny weights: %d of 10000", first);
}

/* Closing an option moves those who had it and nobody else; opening it wider draws people only to it. */
static void race_nests(void)
{
    static const double all[5] = {3, 1, 4, 1, 5}, closed[5] = {3, 1, 0, 1, 5}, wider[5] = {3, 1, 9, 1, 5};
    int moved = 0, kept = 0, wrong = 0;
    for (uint32_t i = 0; i < 50000; i++) {
        int before = rng_race(SEED, i, 301, i % 7, 5, all, NULL), after = rng_race(SEED, i, 301, i % 7, 5, closed, NULL),
            more = rng_race(SEED, i, 301, i % 7, 5, wider, NULL);
        if (before == 2) moved++, wrong += after == 2 || more != 2;
        else kept++, wrong += after != before || (more != before && more != 2);
    }
    TEST(wrong == 0 && moved > 10000 && kept > 10000, "%d of %d changed without need", wrong, moved + kept);
}

/* With labels the order in which options are written does not matter. */
static void race_labels(void)
{
    static const double weight[4] = {3, 1, 4, 2}, shuffled[4] = {2, 4, 3, 1};
    static const uint32_t label[4] = {70, 80, 90, 65535}, labels[4] = {65535, 90, 70, 80}, plain[4] = {0, 1, 2, 3};
    int wrong = 0, plainly = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        wrong += label[rng_race(SEED, i, 302, 1, 4, weight, label)] != labels[rng_race(SEED, i, 302, 1, 4, shuffled, labels)];
        plainly += rng_race(SEED, i, 302, 1, 4, weight, plain) != rng_race(SEED, i, 302, 1, 4, weight, NULL);
    }
    TEST(wrong == 0 && plainly == 0, "%d of 20000 chose by the order of writing, %d by the lack of labels", wrong, plainly);
}

/* ---- GSL's view */

/* A draw by GSL from the stream of one address, and what its mean, variance and fourth central moment should be. */
struct moments {
    const char *name;
    double mean, variance, fourth;
};

static double gsl_draw(int which, uint64_t person)
{
    struct rng_stream stream;
    gsl_rng *rng = rng_stream_open(&stream, SEED, person, 77, 1);
    switch (which) {
    case 0:
        return gsl_ran_poisson(rng, 3.5);
    case 1:
        return gsl_ran_poisson(rng, 250);
    case 2:
        return gsl_ran_gaussian(rng, 2);
    case 3:
        return gsl_ran_binomial(rng, 0.3, 20);
    case 4:
        return gsl_ran_binomial(rng, 0.01, 5000);
    default:
        return gsl_rng_uniform(rng);
    }
}

static double binomial_fourth(double p, double n) { return n * p * (1 - p) * (1 + (3 * n - 6) * p * (1 - p)); }

static void gsl_moments(void)
{
    enum { N = 100000 };
    const struct moments want[] = {{"poisson", 3.5, 3.5, 3.5 + 3 * 3.5 * 3.5},
                                   {"poisson, many", 250, 250, 250 + 3 * 250.0 * 250},
                                   {"gaussian", 0, 4, 48},
                                   {"binomial", 6, 4.2, binomial_fourth(0.3, 20)},
                                   {"binomial, rare", 50, 49.5, binomial_fourth(0.01, 5000)},
                                   {"uniform", 0.5, 1.0 / 12, 1.0 / 80}};
    for (int which = 0; which < 6; which++) {
        double sum = 0, squares = 0, mean = want[which].mean, variance = want[which].variance;
        for (uint32_t i = 0; i < N; i++) {
            double x = gsl_draw(which, i) - mean;
            sum += x;
            squares += x * x;
        }
        TEST(fabs(sum / N) < 5 * sqrt(variance / N), "%s: mean %.5f", want[which].name, mean + sum / N);
        TEST(fabs(squares / N - variance) < 5 * sqrt((want[which].fourth - variance * variance) / N), "%s: variance %.5f", want[which].name,
             squares / N);
    }
}

static void gsl_streams(void)
{
    struct rng_stream a, b, other;
    gsl_rng *first = rng_stream_open(&a, SEED, 9, 77, 1), *second = rng_stream_open(&b, SEED, 9, 77, 1),
            *third = rng_stream_open(&other, SEED, 9, 77, 2);
    int different = 0, alike = 0;
    for (int i = 0; i < 1000; i++) {
        unsigned long word = gsl_rng_get(first);
        different += word != gsl_rng_get(second);
        alike += word == gsl_rng_get(third);
    }
    TEST(different == 0 && alike == 0, "%d differ on one address, %d agree on two", different, alike);
    struct rng_block block = rng_draw(SEED, 9, 77, 1, 0);
    TEST(gsl_rng_get(rng_stream_open(&a, SEED, 9, 77, 1)) == block.word[0] && gsl_rng_get(&a.rng) == block.word[1],
         "a stream begins with the words of its address");
    TEST(gsl_rng_max(first) == 0xffffffffu && gsl_rng_min(first) == 0, "range");
}

/* A stream does not come round: blocks are numbered by the option, of which there are 65536. */
static void gsl_stream_is_long(void)
{
    struct rng_stream stream;
    gsl_rng *rng = rng_stream_open(&stream, SEED, 10, 77, 1);
    unsigned long first[8], again = 0;
    for (int i = 0; i < 8; i++) first[i] = gsl_rng_get(rng);
    for (uint32_t i = 8; i < 4 * 65536; i++) gsl_rng_get(rng);
    for (int i = 0; i < 8; i++) again += gsl_rng_get(rng) == first[i];
    TEST(again < 8, "the stream repeats itself after 4 * 65536 words");
}

/* ---- alias tables */

struct table {
    uint32_t n;
    double *weight, *work;
    struct alias_entry *entry;
};

static struct table table_new(uint32_t n)
{
    return (struct table){n, memory_new(n, sizeof(double)), memory_new(2 * (size_t)n, sizeof(double)),
                          memory_new(n, sizeof(struct alias_entry))};
}

static void table_free(struct table *table)
{
    memory_free(table->weight);
    memory_free(table->work);
    memory_free(table->entry);
}

static void table_build(struct table *table) { alias_build(table->entry, table->weight, table->n, table->work); }

/* What the table gives each option, were columns exactly equally likely: to one part in 2^32 they are. */
static double *table_mass(const struct table *table)
{
    double *mass = memory_new(table->n, sizeof *mass);
    for (uint32_t i = 0; i < table->n; i++) {
        double keep = table->entry[i].keep * 0x1p-32;
        mass[i] += keep / table->n;
        mass[table->entry[i].other] += (1 - keep) / table->n;
    }
    return mass;
}

static void mass_is_weight(struct table *table, const char *what)
{
    double sum = 0, worst = 0;
    table_build(table);
    double *mass = table_mass(table);
    for (uint32_t i = 0; i < table->n; i++) sum += table->weight[i];
    for (uint32_t i = 0; i < table->n; i++) {
        worst = fmax(worst, fabs(mass[i] - (sum > 0 ? table->weight[i] / sum : 1.0 / table->n)));
        TEST(sum == 0 || table->weight[i] > 0 || mass[i] == 0, "%s: option %u of weight 0 has %g", what, i, mass[i]);
    }
    TEST(worst < 1e-9, "%s, %u options: off by %g", what, table->n, worst);
    memory_free(mass);
}

static double random_weight(int kind, uint32_t i, uint32_t round)
{
    double u = rng_uniform(rng_draw(SEED, i, 5, round, 0).word[0]);
    switch (kind) {
    case 0:
        return u;
    case 1:
        return u < 0.6 ? 0 : u;
    case 2:
        return pow(u, -3); /* a few rule */
    case 3:
        return exp(80 * (u - 0.5));
    case 4:
        return 1;
    case 5:
        return i == round % 7 ? 3e-5 : 0;
    case 6:
        return 1e290 * u;
    default:
        return 0;
    }
}

static void alias_mass(void)
{
    static const uint32_t sizes[] = {1, 2, 3, 7, 8, 100, 1000, 4097};
    static const char *const kind[] = {"even", "many zeros", "a few rule", "wide", "equal", "one alone", "huge", "all zero"};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int k = 0; k < 8; k++)
            for (uint32_t round = 0; round < 20; round++) {
                struct table table = table_new(sizes[s]);
                for (uint32_t i = 0; i < table.n; i++) table.weight[i] = random_weight(k, i, round);
                mass_is_weight(&table, kind[k]);
                table_free(&table);
            }
}

/* The definition: the first option whose running sum exceeds u. */
static uint32_t naive_choice(const struct table *table, double u)
{
    double sum = 0, at = 0;
    for (uint32_t i = 0; i < table->n; i++) sum += table->weight[i];
    for (uint32_t i = 0; i < table->n; i++)
        if (u * sum < (at += table->weight[i])) return i;
    return table->n - 1;
}

static void alias_choices(void)
{
    enum { N = 400000,
           OPTIONS = 12 };
    struct table table = table_new(OPTIONS);
    double seen[OPTIONS] = {0}, naive[OPTIONS] = {0}, expected[OPTIONS], sum = 0;
    for (uint32_t i = 0; i < OPTIONS; i++) sum += table.weight[i] = i % 4 == 1 ? 0 : 1.0 / (1 + i);
    for (uint32_t i = 0; i < OPTIONS; i++) expected[i] = N * table.weight[i] / sum;
    table_build(&table);
    for (uint32_t i = 0; i < N; i++) {
        struct rng_block block = along(0, i);
        seen[alias_choose(table.entry, OPTIONS, block.word[0], block.word[1])]++;
        naive[naive_choice(&table, rng_uniform(block.word[2]))]++;
    }
    TEST(toy_surprise(OPTIONS, seen, expected) < 5, "alias: %.1f standard errors", toy_surprise(OPTIONS, seen, expected));
    TEST(toy_surprise(OPTIONS, naive, expected) < 5, "naive twin: %.1f standard errors", toy_surprise(OPTIONS, naive, expected));
    table_free(&table);
}

/* The extreme words stay inside the table and never reach an option of weight 0. */
static void alias_edges(void)
{
    static const uint32_t word[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX};
    struct table table = table_new(5);
    for (uint32_t i = 0; i < 5; i++) table.weight[i] = i % 2 ? 1.0 / 3 * i : 0;
    table_build(&table);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++) {
            uint32_t found = alias_choose(table.entry, 5, word[i], word[k]);
            TEST(found == 1 || found == 3, "words %u and %u: option %u", word[i], word[k], found);
        }
    TEST(alias_choose(table.entry, 1, UINT32_MAX, 0) == (table.entry[0].keep ? 0 : table.entry[0].other), "one column");
    table_free(&table);
}

/* Mean 0, variance 1, fourth moment 3 - 6 / (5 * 12), within 6. */
static void near_normal(void)
{
    enum { N = 200000 };
    double sum = 0, squares = 0, fourth = 0, most = 0;
    for (uint32_t i = 0; i < N; i++) {
        struct rng_block block[3];
        for (uint32_t k = 0; k < 3; k++) block[k] = rng_draw(SEED, i, RNG_WAIT, 7, k);
        double x = rng_near_normal(block);
        sum += x, squares += x * x, fourth += x * x * x * x, most = fmax(most, fabs(x));
    }
    TEST(fabs(sum / N) < 5 / sqrt(N) && fabs(squares / N - 1) < 5 * sqrt(2.0 / N) && fabs(fourth / N - 2.9) < 0.15 && most > 4 && most < 6, "mean %g, variance %g, fourth moment %g, largest %g", sum / N, squares / N, fourth / N, most);
}

static const struct test_case cases[] = {
    {"known answers of philox", known_answers},
    {"a draw is philox of its address", draw_is_philox_of_the_address},
    {"addresses differ", addresses_differ},
    {"uniform along every axis", uniform_along_every_axis},
    {"the words of a block are independent", words_of_a_block_are_independent},
    {"uniform numbers stay inside (0, 1)", uniform_stays_inside},
    {"exponential numbers", exponential},
    {"near normal numbers", near_normal},
    {"many draws at once", many_at_once},
    {"many hazards at once", many_hazards},
    {"log", logarithm},
    {"exp", exponential_function},
    {"pow", power},
    {"exact powers", exact_powers},
    {"a race gives shares", race_shares},
    {"a race with nothing to choose", race_edges},
    {"a race nests", race_nests},
    {"a race by labels", race_labels},
    {"GSL draws have their moments", gsl_moments},
    {"GSL streams", gsl_streams},
    {"a GSL stream is long", gsl_stream_is_long},
    {"alias tables hold their weights", alias_mass},
    {"alias tables choose by weight", alias_choices},
    {"alias tables at the ends", alias_edges},
};
TEST_MAIN(cases)
