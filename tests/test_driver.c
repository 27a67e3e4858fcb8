/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/driver.h"
#include "sim/memory.h"
#include "tests/test.h"
#include <stdlib.h>

static double next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

static struct driver *one(struct driver_set *set, enum driver_method method, int knots, const double *day, const double *value)
{
    struct driver *driver = driver_add(set, "rain", "mm", "rain in a day", DRIVER_PLACE, method, 3);
    driver_add_series(driver, 1, knots, day, value);
    struct error error = {0};
    TEST(driver_finish(set, &error) == 0, "'%s'", error.text);
    return driver;
}

static bool is_near(double a, double b) { return fabs(a - b) <= 1e-12 * (1 + fabs(b)); }

static void a_step_holds_until_the_next_knot(void)
{
    struct driver_set set = {0};
    double day[] = {-2, 3, 4.5}, value[] = {1, 10, 5};
    struct driver *driver = one(&set, DRIVER_STEP, 3, day, value);
    day[0] = value[0] = 99; /* the driver keeps copies */
    TEST(driver_at(driver, 1, -5) == 1 && driver_at(driver, 1, -2) == 1 && driver_at(driver, 1, 2.999) == 1, "first");
    TEST(driver_at(driver, 1, 3) == 10 && driver_at(driver, 1, 4) == 10, "second");
    TEST(driver_at(driver, 1, 4.5) == 5 && driver_at(driver, 1, 1e9) == 5, "last");
    TEST(isnan(driver_at(driver, 0, 3)) && isnan(driver_at(driver, 2, 3)), "no series, no value");
    TEST(driver_find(&set, "rain") == driver && driver_find(&set, "snow") == NULL, "find");
    driver_free(&set);
    driver_free(&set);
}

static void lines_join_the_knots(void)
{
    struct driver_set set = {0};
    double day[] = {-10, 0, 30}, value[] = {5, 0, 60};
    struct driver *driver = one(&set, DRIVER_LINEAR, 3, day, value);
    for (double t = -10; t <= 0; t += 0.25) TEST(is_near(driver_at(driver, 1, t), -t / 2), "day %g: %g", t, driver_at(driver, 1, t));
    for (double t = 0; t <= 30; t += 0.25) TEST(is_near(driver_at(driver, 1, t), 2 * t), "day %g: %g", t, driver_at(driver, 1, t));
    TEST(driver_at(driver, 1, -11) == 5 && driver_at(driver, 1, 31) == 60, "constant outside");
    driver_free(&set);
}

/* The natural spline through (0, 0), (1, 1), (2, 0) is (3 t - t^3) / 2 up to its middle, and symmetric. */
static void a_spline_is_the_natural_one(void)
{
    struct driver_set set = {0};
    struct driver *driver = one(&set, DRIVER_SPLINE, 3, (double[]){0, 1, 2}, (double[]){0, 1, 0});
    for (double t = 0; t <= 1; t += 0x1p-5) {
        double expected = (3 * t - t * t * t) / 2;
        TEST(is_near(driver_at(driver, 1, t), expected) && is_near(driver_at(driver, 1, 2 - t), expected), "day %g: %g",
             t, driver_at(driver, 1, t));
    }
    TEST(driver_at(driver, 1, -1) == 0 && driver_at(driver, 1, 7) == 0, "constant outside");
    driver_free(&set);
    driver = one(&set, DRIVER_SPLINE, 4, (double[]){0, 1, 5, 9}, (double[]){1, 3, 11, 19});
    for (double t = 0; t <= 9; t += 0.5) TEST(is_near(driver_at(driver, 1, t), 1 + 2 * t), "a straight line stays one, day %g", t);
    driver_free(&set);
}

static void one_knot_is_a_constant(void)
{
    for (int method = DRIVER_STEP; method <= DRIVER_LINEAR; method++) {
        struct driver_set set = {0};
        struct driver *driver = one(&set, (enum driver_method)method, 1, (double[]){4}, (double[]){7});
        TEST(driver_at(driver, 1, 3) == 7 && driver_at(driver, 1, 4) == 7 && driver_at(driver, 1, 5) == 7, "method %d", method);
        driver_free(&set);
    }
}

enum { CELLS = 50,
       DAYS = 400 };

static struct driver *random_driver(struct driver_set *set, const char *name, enum driver_method method, uint64_t *state)
{
    struct driver *driver = driver_add(set, name, "1", "", DRIVER_PLACE, method, CELLS);
    for (uint32_t cell = CELLS; cell-- > 0;) { /* in another order than the cells */
        double day[60], value[60], last = next_random(state) * 500 - 50;
        int knots = 3 + (int)(next_random(state) * 56);
        if (next_random(state) < 0.2) continue;
        for (int i = 0; i < knots; i++) {
            day[i] = last = last + (next_random(state) < 0.5 ? 1 : 0.01 + 20 * next_random(state));
            value[i] = next_random(state) * 100 - 50;
        }
        driver_add_series(driver, cell, knots, day, value);
    }
    return driver;
}

/* The last knot at or before the day by looking at all of them. */
static double naive_at(const struct driver *driver, const struct driver_series *series, double day)
{
    int last = -1;
    for (int i = 0; i < series->knots; i++)
        if (series->day[i] <= day) last = i;
    if (last < 0) return series->value[0];
    if (driver->method == DRIVER_STEP || last == series->knots - 1) return series->value[last];
    double share = (day - series->day[last]) / (series->day[last + 1] - series->day[last]);
    return series->value[last] + share * (series->value[last + 1] - series->value[last]);
}

static void check_today(const struct driver *driver, int32_t day)
{
    for (uint32_t cell = 0; cell < driver->cells; cell++) {
        double at = driver_at(driver, cell, day), today = driver->today[cell];
        TEST(driver->where[cell] < 0 ? isnan(at) && isnan(today) : today == at, "%s, cell %u, day %d: %g, %g",
             driver->name, cell, day, today, at);
        if (driver->where[cell] >= 0 && driver->method != DRIVER_SPLINE)
            TEST(today == naive_at(driver, &driver->series[driver->where[cell]], day), "%s, cell %u, day %d", driver->name, cell, day);
    }
}

static void days_in_order_equal_the_search(void)
{
    uint64_t state = 9;
    struct driver_set set = {0};
    struct error error = {0};
    random_driver(&set, "step", DRIVER_STEP, &state);
    random_driver(&set, "linear", DRIVER_LINEAR, &state);
    random_driver(&set, "spline", DRIVER_SPLINE, &state);
    TEST(driver_finish(&set, &error) == 0, "'%s'", error.text);
    for (int32_t day = 0; day < DAYS; day++) {
        driver_day(&set, day);
        for (uint32_t i = 0; i < set.count; i++) check_today(set.driver[i], day);
    }
    for (int jump = 0; jump < 100; jump++) { /* also after a restart, on any day */
        int32_t day = (int32_t)(next_random(&state) * 600) - 100;
        driver_day(&set, day);
        for (uint32_t i = 0; i < set.count; i++) check_today(set.driver[i], day);
    }
    driver_free(&set);
}

static void bad_series_are_refused(void)
{
    static const struct {
        enum driver_method method;
        int knots;
        double day[4], value[4];
        const char *expected;
    } cases[] = {
        {DRIVER_STEP, 0, {0}, {0}, "expected 1 or more knots, found 0"},
        {DRIVER_SPLINE, 2, {0, 1}, {0, 1}, "expected 3 or more knots, found 2"},
        {DRIVER_LINEAR, 3, {0, 2, 1}, {0, 0, 0}, "found day 1 after day 2"},
        {DRIVER_LINEAR, 3, {0, 2, 2}, {0, 0, 0}, "found day 2 after day 2"},
        {DRIVER_STEP, 2, {0, 1}, {0, NAN}, "found 1 and nan"},
        {DRIVER_STEP, 2, {NAN, 1}, {0, 0}, "found nan and 0"},
        {DRIVER_STEP, 2, {0, INFINITY}, {0, 0}, "found inf"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct driver_set set = {0};
        struct error error = {0};
        struct driver *driver = driver_add(&set, "rain", "mm", "", DRIVER_PLACE, cases[i].method, 9);
        driver_add_series(driver, 8, cases[i].knots, cases[i].day, cases[i].value);
        TEST(driver_finish(&set, &error) == -1 && error.status == FAIL_INPUT, "case %zu", i);
        TEST(strstr(error.text, cases[i].expected) && strstr(error.text, "'rain', cell 8"), "case %zu: '%s'", i, error.text);
        driver_free(&set);
    }
}

static void duplicates_are_refused(void)
{
    struct driver_set set = {0};
    struct error error = {0}, other = {0};
    double day = 0, value = 1;
    struct driver *driver = driver_add(&set, "rain", "mm", "", DRIVER_GLOBAL, DRIVER_STEP, 1);
    driver_add_series(driver, 0, 1, &day, &value);
    driver_add_series(driver, 0, 1, &day, &value);
    TEST(driver_finish(&set, &error) == -1 && strstr(error.text, "two series for cell 0"), "'%s'", error.text);
    driver_free(&set);
    driver_add(&set, "rain", "mm", "", DRIVER_GLOBAL, DRIVER_STEP, 1);
    driver_add(&set, "rain", "mm", "", DRIVER_STATE, DRIVER_STEP, 2);
    TEST(driver_finish(&set, &other) == -1 && strstr(other.text, "two drivers are named 'rain'"), "'%s'", other.text);
    driver_free(&set);
}

static const struct test_case cases[] = {
    {"a_step_holds_until_the_next_knot", a_step_holds_until_the_next_knot},
    {"lines_join_the_knots", lines_join_the_knots},
    {"a_spline_is_the_natural_one", a_spline_is_the_natural_one},
    {"one_knot_is_a_constant", one_knot_is_a_constant},
    {"days_in_order_equal_the_search", days_in_order_equal_the_search},
    {"bad_series_are_refused", bad_series_are_refused},
    {"duplicates_are_refused", duplicates_are_refused}};

TEST_MAIN(cases)
