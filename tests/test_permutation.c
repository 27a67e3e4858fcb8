/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "permutation.h"
#include "tests/naive_flee_random.h"
#include "tests/test.h"

enum { FEW = 16,
       MANY = 60,
       CELLS = 300 };

/* About normal, mean 50; cells in a row go together, as days do. */
static void draw(double *value, size_t runs, double shift, double deviation, struct naive_flee_random *random)
{
    for (size_t run = 0; run < runs; run++) {
        double last = 0;
        for (size_t cell = 0; cell < CELLS; cell++) {
            double sum = -6;
            for (int i = 0; i < 12; i++) sum += naive_flee_random_uniform(random);
            last = 0.9 * last + 0.43589 * sum;
            value[run * CELLS + cell] = 50 + shift * (cell == 77) + deviation * last;
        }
    }
}

static struct permutation compare(double shift, double deviation, uint64_t seed)
{
    static const int labellings = 199;
    double few[FEW * CELLS], many[MANY * CELLS];
    struct naive_flee_random random = naive_flee_random_seeded(seed);
    draw(many, MANY, 0, 5, &random);
    draw(few, FEW, shift, deviation, &random);
    return permutation_test(many, MANY, few, FEW, CELLS, labellings, 1);
}

/* Means 2 and 6, variances 1 and 4, pooled (2 * 1 + 2 * 4) / 4 = 2.5; the second cell is 100 times the first; the third has
   no spread. */
static void test_by_hand(void)
{
    static const double a[] = {1, 100, 7, 2, 200, 7, 3, 300, 7}, b[] = {4, 400, 7.5, 6, 600, 7.5, 8, 800, 7.5};
    struct permutation test = permutation_test(a, 3, b, 3, 3, 2000, 1);
    TEST(fabs(test.statistic - 4 / sqrt(2.5)) < 1e-12 && test.cell == 0, "%g in cell %zu", test.statistic, test.cell);
    TEST(fabs(test.square - (16 / 2.5 * 2 + 0.25) / 3) < 1e-12, "%g", test.square);
    TEST(test.compared == 1 && test.out == 0 && fabs(test.ratio - 0.5) < 1e-12,
         "%zu compared, %zu out, ratio %g", test.compared, test.out, test.ratio);
    TEST(fabs(test.p - 0.1) < 0.03, "one of ten splits is as far: %g", test.p);
}

/* The same distribution: p is spread evenly between 0 and 1. */
static void test_same(void)
{
    int low[4] = {0}, rounds = 60;
    for (int i = 0; i < rounds; i++) {
        struct permutation test = compare(0, 5, (uint64_t)i);
        double p[] = {test.p, test.square_p, test.out_p, test.ratio_p};
        for (int k = 0; k < 4; k++) low[k] += p[k] <= 0.25;
    }
    for (int k = 0; k < 4; k++) TEST(low[k] >= 4 && low[k] <= 27, "%d of %d at 0.25 or below", low[k], rounds);
}

static void test_different(void)
{
    TEST(compare(8, 5, 1).p <= 0.01 && compare(8, 5, 1).cell == 77, "p %g", compare(8, 5, 1).p);
    TEST(compare(0, 2.5, 1).ratio_p <= 0.01 && compare(0, 2.5, 1).out_p <= 0.01, "p %g", compare(0, 2.5, 1).out_p);
    TEST(fabs(compare(0, 2.5, 1).ratio - 2) < 0.4, "ratio %g", compare(0, 2.5, 1).ratio);
    TEST(compare(0, 10, 1).ratio_p <= 0.01 && fabs(compare(0, 10, 1).ratio - 0.5) < 0.1, "ratio %g", compare(0, 10, 1).ratio);
}

/* Who is called a does not matter but for the ratio. */
static void test_symmetry(void)
{
    static const double a[] = {1, 9, 4, 2, 8, 1, 5, 5, 5, 3, 6, 0}, b[] = {10, 1, 3, 14, 7, 9};
    struct permutation one = permutation_test(a, 4, b, 2, 3, 99, 3), other = permutation_test(b, 2, a, 4, 3, 99, 3);
    TEST(one.statistic == other.statistic && one.p == other.p && one.out == other.out, "%g, %g", one.statistic, other.statistic);
    TEST(fabs(one.ratio * other.ratio - 1) < 1e-12, "%g, %g", one.ratio, other.ratio);
}

static const struct test_case cases[] = {
    {"by hand", test_by_hand},
    {"same distribution", test_same},
    {"different distributions", test_different},
    {"symmetry", test_symmetry},
};
TEST_MAIN(cases)
