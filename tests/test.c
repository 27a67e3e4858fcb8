/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"
#include <stdlib.h>

int test_failed;
static int skipped;

void test_skip(const char *why)
{
    printf("skipped: %s\n", why);
    skipped++;
}

int test_main(int argc, char **argv, const struct test_case *cases, size_t count)
{
    int passed = 0, failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && !strstr(cases[i].name, argv[1])) continue;
        int before = skipped;
        test_failed = 0;
        cases[i].run();
        if (test_failed) printf("FAILED %s\n", cases[i].name);
        if (test_failed) failed++;
        else if (skipped == before) passed++;
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
