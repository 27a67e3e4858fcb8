/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/memory.h"
#include "sim/tally.h"
#include "tests/test.h"
#include <stdlib.h>

static uint32_t next_random(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((*state >> 32) * below) >> 32);
}

enum { PRESENT,
       CROSSINGS,
       DEATHS,
       TALLIES };

static void declare(struct tally_set *set)
{
    static const char *const classes[] = {"young", "old", "very old"};
    int place = tally_axis(set, "place", 17, NULL), class = tally_axis(set, "class", 3, classes), link = tally_axis(set, "link", 101, NULL);
    TEST(tally_declare(set, "present", "people", "present", TALLY_STOCK, 2, (int[]){place, class}) == PRESENT, "first");
    TEST(tally_declare(set, "crossings", "people", "movements", TALLY_FLOW, 1, &link) == CROSSINGS, "second");
    TEST(tally_declare(set, "deaths", "people", "deaths", TALLY_FLOW, 0, NULL) == DEATHS, "third");
}

static void axes_and_cells(void)
{
    struct tally_set set = {0};
    declare(&set);
    TEST(tally_axis(&set, "link", 101, NULL) == 2 && set.axes == 3 && strcmp(set.axis[1].label[2], "very old") == 0 && !set.axis[0].label,
         "axes");
    TEST(set.tally[PRESENT].cells == 51 && set.tally[CROSSINGS].cells == 101 && set.tally[DEATHS].cells == 1 && set.cells == 153, "cells");
    TEST(set.tally[PRESENT].offset == 0 && set.tally[CROSSINGS].offset == 51 && set.tally[DEATHS].offset == 152, "offsets");
    TEST(tally_find(&set, "crossings") == CROSSINGS && tally_find(&set, "none") == -1, "find");
    tally_close(&set);
    tally_close(&set);
}

/* The same additions by any number of threads, against one plain array. */
static void threads_equal_the_naive_sum(void)
{
    for (int threads = 1; threads <= 4; threads++) {
        struct tally_set set = {0};
        struct error error = {0};
        int64_t naive[153] = {0};
        uint64_t state = 4;
        declare(&set);
        TEST(tally_open(&set, threads, &error) == 0, "'%s'", error.text);
        for (int day = 0; day < 5; day++) {
            tally_day(&set);
            memset(naive + 51, 0, 102 * sizeof *naive);
            for (int phase = 0; phase < 3; phase++) {
                for (int i = 0; i < 3000; i++) {
                    int tally = (int)next_random(&state, TALLIES);
                    uint32_t cell = next_random(&state, set.tally[tally].cells), thread = next_random(&state, 24) % (uint32_t)threads;
                    int32_t n = (int32_t)next_random(&state, 2000001) - 1000000;
                    tally_add(&set, (int)thread, tally, cell, n);
                    naive[set.tally[tally].offset + cell] += n;
                }
                TEST(phase > 0 || tally_at(&set, DEATHS, 0) == 0, "nothing is visible before the reduction");
                tally_reduce(&set);
                TEST(memcmp(naive, set.value, sizeof naive) == 0, "%d threads, day %d, phase %d", threads, day, phase);
            }
            tally_reduce(&set);
            TEST(memcmp(naive, set.value, sizeof naive) == 0, "a second reduction adds nothing");
            TEST(tally_at(&set, PRESENT, 50) == naive[50] && tally_at(&set, CROSSINGS, 100) == naive[151], "at");
        }
        tally_close(&set);
    }
}

static void totals_exceed_32_bits(void)
{
    struct tally_set set = {0};
    struct error error = {0};
    declare(&set);
    tally_open(&set, 2, &error);
    for (int day = 0; day < 3; day++) {
        for (int thread = 0; thread < 2; thread++) tally_add(&set, thread, PRESENT, 3, INT32_MAX);
        tally_reduce(&set);
    }
    TEST(tally_at(&set, PRESENT, 3) == 6 * (int64_t)INT32_MAX, "%lld", (long long)tally_at(&set, PRESENT, 3));
    tally_close(&set);
}

static void the_limit_is_kept(void)
{
    static const uint32_t sizes[] = {30000, 100000};
    for (int i = 0; i < 2; i++) {
        struct tally_set set = {0};
        struct error error = {0};
        int axis[4] = {tally_axis(&set, "place", sizes[i], NULL)};
        axis[1] = axis[2] = axis[3] = axis[0];
        tally_declare(&set, "small", "1", "", TALLY_FLOW, 1, axis);
        tally_declare(&set, "much_too_large", "1", "", TALLY_FLOW, i ? 4 : 2, axis);
        TEST(tally_open(&set, 3, &error) == -1 && error.status == FAIL_INPUT, "refused");
        TEST(strstr(error.text, i ? "'much_too_large' with 4294967295 cells" : "'much_too_large' with 900000000 cells"), "'%s'",
             error.text);
        TEST(i || strstr(error.text, "18000600000 bytes (900030000 cells, 3 threads)"), "'%s'", error.text);
        TEST(set.value == NULL, "nothing was allocated");
        tally_close(&set);
    }
}

/* The last number of cells that fits is taken, one more is not. */
static void the_limit_counts_every_byte(void)
{
    uint32_t most = (uint32_t)(TALLY_LIMIT_BYTES / (8 + 4 * 4));
    for (uint32_t extra = 0; extra < 2; extra++) {
        struct tally_set set = {0};
        struct error error = {0};
        int axis = tally_axis(&set, "cell", most + extra, NULL);
        tally_declare(&set, "all", "1", "", TALLY_FLOW, 1, &axis);
        TEST(tally_open(&set, 4, &error) == (extra ? -1 : 0), "%u cells: '%s'", most + extra, error.text);
        tally_close(&set);
    }
}

static const struct test_case cases[] = {
    {"axes_and_cells", axes_and_cells},
    {"threads_equal_the_naive_sum", threads_equal_the_naive_sum},
    {"totals_exceed_32_bits", totals_exceed_32_bits},
    {"the_limit_is_kept", the_limit_is_kept},
    {"the_limit_counts_every_byte", the_limit_counts_every_byte}};

TEST_MAIN(cases)
