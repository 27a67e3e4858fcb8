/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole test framework: a test program lists its cases, checks print on failure only, the last line counts. */
#ifndef WAYFARE_TEST_H
#define WAYFARE_TEST_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct test_case {
    const char *name;
    void (*run)(void);
};

extern int test_failed; /* checks that failed in this case */

#define TEST(condition, ...)                                       \
    do {                                                           \
        if (!(condition)) {                                        \
            test_failed++;                                         \
            printf("  %s:%d: %s", __FILE__, __LINE__, #condition); \
            printf(": " __VA_ARGS__);                              \
            printf("\n");                                          \
        }                                                          \
    } while (0)

/* Say that a group was left out and why; counted and printed at the end. */
void test_skip(const char *why);

/* Runs every case (or those whose name contains argv[1]) and ends with "N passed, N failed" (", N skipped"). Returns the exit status. */
int test_main(int argc, char **argv, const struct test_case *cases, size_t count);
#define TEST_MAIN(cases) \
    int main(int argc, char **argv) { return test_main(argc, argv, cases, sizeof cases / sizeof *cases); }

#endif
