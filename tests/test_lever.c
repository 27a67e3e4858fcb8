/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/lever.h"
#include "sim/memory.h"
#include "tests/test.h"
#include <stdlib.h>

static uint32_t next_random(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((*state >> 32) * below) >> 32);
}

static const struct lever levers[] = {
    {"capacity", "people/day", "capacity of a service", 10, 0, 1000, LEVER_SERVICE},
    {"visa_rate", "1/day", "visas", 2, 0, 64, LEVER_STATE},
    {"aid", "1", "aid", 1, -100, 100, LEVER_GLOBAL},
    {.name = NULL}};
enum { CAPACITY,
       VISA_RATE,
       AID,
       LEVERS };
static const uint32_t cells[LEVERS] = {6, 3, 1};

static void declare(struct lever_set *set)
{
    for (int i = 0; levers[i].name; i++) TEST(lever_declare(set, &levers[i], cells[i]) == i, "lever %d", i);
}

/* Yesterday's indicators: a plain array by the last letter of "i0" to "i3". */
static double indicator(void *context, const char *name)
{
    const double *value = context;
    return name[0] == 'i' && name[1] >= '0' && name[1] <= '3' && !name[2] ? value[name[1] - '0'] : NAN;
}

/* The fields are not const, but are copied at once. */
static char *text(const char *constant) { return (char *)(uintptr_t)constant; }

static struct lever_policy policy(const char *lever, int64_t cell, enum lever_operation operation, double value, int32_t from, int32_t to)
{
    struct lever_policy made = {.name = text("p"), .lever = text(lever), .file = text("a.cfg"), .line = 3};
    made.cell = cell;
    made.operation = operation;
    made.value = value;
    made.from = from;
    made.to = to;
    return made;
}

static int finish(struct lever_set *set, struct error *error)
{
    double known[4] = {0};
    return lever_finish(set, indicator, known, error);
}

static void without_policies_all_is_baseline(void)
{
    struct lever_set set = {0};
    struct error error = {0};
    declare(&set);
    TEST(lever_value(&set, CAPACITY, 5) == 10, "before the first day too");
    TEST(finish(&set, &error) == 0, "'%s'", error.text);
    set.baseline[CAPACITY][2] = 12; /* a model's own baseline */
    lever_day(&set, 0, NULL, NULL);
    TEST(lever_value(&set, CAPACITY, 2) == 12 && lever_value(&set, CAPACITY, 1) == 10 && lever_value(&set, AID, 0) == 1, "baselines");
    declare(&set); /* a second run of the same setup */
    TEST(set.count == LEVERS && lever_value(&set, CAPACITY, 2) == 10 && set.baseline[CAPACITY][2] == 10, "begins afresh");
    TEST(lever_find(&set, "visa_rate") == VISA_RATE && lever_find(&set, "visa") == -1, "find");
    lever_free(&set);
    lever_free(&set);
}

/* set 20, multiply by 3, add 5: 65 in any order of writing. The one written second holds for cell 4 only. */
static void set_then_multiply_then_add(void)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const double values[] = {20, 3, 5}, without[] = {35, 25, 60};
    for (int i = 0; i < 6; i++) {
        struct lever_set set = {0};
        struct error error = {0};
        declare(&set);
        for (int k = 0; k < 3; k++) lever_add_policy(&set, policy("capacity", k == 1 ? 4 : -1, (enum lever_operation)orders[i][k],
                                                                  values[orders[i][k]], 2, 5));
        TEST(finish(&set, &error) == 0, "'%s'", error.text);
        for (int32_t day = 0; day < 8; day++) {
            bool in_force = day >= 2 && day < 5;
            lever_day(&set, day, NULL, NULL);
            TEST(lever_value(&set, CAPACITY, 4) == (in_force ? 65 : 10), "order %d, day %d: %g", i, day, lever_value(&set, CAPACITY, 4));
            TEST(lever_value(&set, CAPACITY, 0) == (in_force ? without[orders[i][1]] : 10), "order %d, day %d: %g",
                 i, day, lever_value(&set, CAPACITY, 0));
        }
        lever_free(&set);
    }
}

static void values_stay_within_the_range(void)
{
    struct lever_set set = {0};
    struct error error = {0};
    declare(&set);
    lever_add_policy(&set, policy("aid", -1, LEVER_ADD, -500, 0, 3));
    lever_add_policy(&set, policy("aid", 0, LEVER_ADD, 600, 2, -1));
    TEST(finish(&set, &error) == 0, "'%s'", error.text);
    static const double expected[] = {-100, -100, 100, 100}; /* on day 2: 1 - 500 + 600 = 101; clamped at the end only */
    for (int32_t day = 0; day < 4; day++) {
        lever_day(&set, day, NULL, NULL);
        TEST(lever_value(&set, AID, 0) == expected[day], "day %d: %g", day, lever_value(&set, AID, 0));
    }
    lever_free(&set);
}

static void rules_follow_yesterday(void)
{
    struct lever_set set = {0};
    struct error error = {0};
    double value[4] = {NAN, 0, 0, 0};
    declare(&set);
    struct lever_policy above = policy("aid", -1, LEVER_SET, 7, 1, 9), below = policy("aid", -1, LEVER_SET, 3, 0, -1);
    above.indicator = below.indicator = text("i0");
    above.threshold = below.threshold = 50;
    below.below = true;
    lever_add_policy(&set, above);
    lever_add_policy(&set, below); /* two rules may set the same cell */
    TEST(finish(&set, &error) == 0, "'%s'", error.text);
    static const struct {
        int32_t day;
        double indicator, expected;
    } cases[] = {{2, NAN, 1}, {2, 50, 1}, {2, 50.5, 7}, {2, 49.5, 3}, {0, 51, 1}, {9, 51, 1}, {9, 0, 3}, {8, 51, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        value[0] = cases[i].indicator;
        lever_day(&set, cases[i].day, indicator, value);
        TEST(lever_value(&set, AID, 0) == cases[i].expected, "day %d, indicator %g: %g", cases[i].day, value[0], lever_value(&set, AID, 0));
    }
    lever_day(&set, 2, NULL, NULL);
    TEST(lever_value(&set, AID, 0) == 1, "without indicators no rule is in force");
    lever_free(&set);
}

enum { POLICIES = 24,
       DAYS = 40 };

/* Is the policy about this cell? */
static bool is_about(const struct lever_policy *policy, int64_t cell)
{
    int64_t cells_there = policy->cells > 0 ? policy->cells : 1;
    return policy->cell == -1 || (cell >= policy->cell && cell < policy->cell + cells_there);
}

static bool overlaps(const struct lever_policy *a, const struct lever_policy *b)
{
    if (strcmp(a->lever, b->lever) != 0 || (a->indicator && b->indicator)) return false;
    for (int64_t cell = 0; cell < 6; cell++)
        for (int32_t day = 0; day < 2 * DAYS; day++) {
            bool first = is_about(a, cell) && day >= a->from && (a->to < 0 || day < a->to);
            bool second = is_about(b, cell) && day >= b->from && (b->to < 0 || day < b->to);
            if (first && second) return true;
        }
    return false;
}

/* Multipliers are powers of two and addends whole, so that arithmetic is exact in any order. */
static struct lever_policy random_policy(uint64_t *state)
{
    static const double factors[] = {0, 0.25, 0.5, 1, 2, 4};
    static char *const names[] = {(char *)"i0", (char *)"i1", (char *)"i2", (char *)"i3"};
    uint32_t lever = next_random(state, LEVERS);
    int64_t cell = next_random(state, 3) ? (int64_t)next_random(state, cells[lever]) : -1;
    int32_t from = (int32_t)next_random(state, DAYS), to = from + 1 + (int32_t)next_random(state, 15);
    enum lever_operation operation = (enum lever_operation)next_random(state, 3);
    struct lever_policy made = policy(levers[lever].name, cell, operation, 0, from, next_random(state, 4) ? to : -1);
    if (cell >= 0) made.cells = next_random(state, cells[lever] - (uint32_t)cell + 1);
    made.value = made.operation == LEVER_MULTIPLY ? factors[next_random(state, 6)] : (double)next_random(state, 40) - 10;
    if (next_random(state, 3) == 0) made.indicator = names[next_random(state, 4)];
    made.below = next_random(state, 2);
    made.threshold = next_random(state, 10);
    return made;
}

static bool is_addable(const struct lever_policy *all, int count, const struct lever_policy *candidate)
{
    for (int i = 0; candidate->operation == LEVER_SET && i < count; i++)
        if (all[i].operation == LEVER_SET && overlaps(&all[i], candidate)) return false;
    return true;
}

static double naive(const struct lever_policy *all, int lever, uint32_t cell, int32_t day, const double *indicators)
{
    double set = levers[lever].fallback, product = 1, sum = 0;
    for (int i = 0; i < POLICIES; i++) {
        const struct lever_policy *p = &all[i];
        if (strcmp(p->lever, levers[lever].name) != 0 || !is_about(p, cell)) continue;
        if (day < p->from || (p->to >= 0 && day >= p->to)) continue;
        double seen = p->indicator ? indicators[p->indicator[1] - '0'] : 0;
        if (p->indicator && !(p->below ? seen < p->threshold : seen > p->threshold)) continue;
        if (p->operation == LEVER_SET) set = p->value;
        if (p->operation == LEVER_MULTIPLY) product *= p->value;
        if (p->operation == LEVER_ADD) sum += p->value;
    }
    return fmin(fmax(set * product + sum, levers[lever].min), levers[lever].max);
}

static void random_indicators(uint64_t seed, int32_t day, double value[4])
{
    uint64_t state = seed + (uint64_t)day * 977;
    for (int i = 0; i < 4; i++) value[i] = next_random(&state, 8) ? (double)next_random(&state, 10) : NAN;
}

static void check_day(struct lever_set *set, const struct lever_policy *all, uint64_t seed, int32_t day)
{
    double value[4];
    random_indicators(seed, day, value);
    lever_day(set, day, indicator, value);
    for (int lever = 0; lever < LEVERS; lever++)
        for (uint32_t cell = 0; cell < cells[lever]; cell++) {
            double expected = naive(all, lever, cell, day, value), found = lever_value(set, lever, cell);
            TEST(found == expected, "lever %d, cell %u, day %d: %g, expected %g", lever, cell, day, found, expected);
        }
}

/* Also restart-safe: days in any order give the same, as nothing is carried over. */
static void random_policies_equal_the_naive_twin(void)
{
    uint64_t state = 2;
    for (int round = 0; round < 60; round++) {
        struct lever_policy all[POLICIES];
        struct lever_set set = {0};
        struct error error = {0};
        uint64_t seed = state;
        declare(&set);
        for (int i = 0; i < POLICIES;) {
            all[i] = random_policy(&state);
            if (!is_addable(all, i, &all[i])) continue;
            lever_add_policy(&set, all[i++]);
        }
        TEST(finish(&set, &error) == 0, "round %d: '%s'", round, error.text);
        for (int32_t day = 0; day < DAYS; day++) check_day(&set, all, seed, day);
        for (int jump = 0; jump < 20; jump++) check_day(&set, all, seed, (int32_t)next_random(&state, DAYS));
        lever_free(&set);
    }
}

/* A second set is refused exactly where the two can be in force on one cell on one day. */
static void sets_conflict_where_they_overlap(void)
{
    uint64_t state = 8;
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
        struct lever_policy a = random_policy(&state), b = random_policy(&state);
        struct lever_set set = {0};
        struct error error = {0};
        a.operation = b.operation = LEVER_SET;
        a.name = text("first");
        b.line = 9;
        declare(&set);
        lever_add_policy(&set, a);
        lever_add_policy(&set, b);
        int result = finish(&set, &error);
        TEST(result == (overlaps(&a, &b) ? -1 : 0), "round %d: '%s'", round, error.text);
        if (result) TEST(strstr(error.text, "a.cfg:9: ") == error.text && strstr(error.text, "'first' (a.cfg:3)"), "'%s'", error.text);
        refused += result != 0;
        lever_free(&set);
    }
    TEST(refused > 100 && refused < 2900, "both happen: %d", refused);
}

static void bad_policies_are_refused(void)
{
    struct {
        struct lever_policy policy;
        const char *expected;
    } cases[] = {
        {policy("visarate", 0, LEVER_SET, 1, 0, -1), "lever 'visarate' (did you mean 'visa_rate'?)"},
        {policy("capacity", 6, LEVER_SET, 1, 0, -1), "cells 0 to 5, found 6"},
        {policy("capacity", -2, LEVER_SET, 1, 0, -1), "found -2"},
        {policy("capacity", 0, LEVER_SET, NAN, 0, -1), "found nan"},
        {policy("capacity", 0, LEVER_SET, INFINITY, 0, -1), "found inf"},
        {policy("capacity", 0, LEVER_SET, 1, 5, 5), "from day 5 to day 5"},
        {policy("capacity", 0, LEVER_ADD, 1, 6, 5), "from day 6 to day 5"},
        {policy("capacity", 0, LEVER_ADD, 1, 0, -1), "no model in force publishes an indicator 'i4'"},
        {policy("capacity", 0, LEVER_ADD, 1, 0, -1), "threshold"},
        {policy("capacity", 4, LEVER_SET, 1, 0, -1), "cells 0 to 5, found 6"}};
    cases[7].policy.indicator = text("i4");
    cases[8].policy.indicator = text("i1");
    cases[9].policy.cells = 3;
    cases[8].policy.threshold = NAN;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lever_set set = {0};
        struct error error = {0};
        lever_add_policy(&set, policy("aid", -1, LEVER_SET, 1, 0, -1));
        declare(&set); /* policies may come first */
        lever_add_policy(&set, cases[i].policy);
        TEST(finish(&set, &error) == -1 && error.status == FAIL_INPUT, "case %zu", i);
        TEST(strstr(error.text, "a.cfg:3: policy 'p'") == error.text && strstr(error.text, cases[i].expected), "case %zu: '%s'",
             i, error.text);
        lever_free(&set);
    }
}

/* ---- legal flags */

/* What lever_legal() says of this policy alone; NULL: no policy. */
static void legal(const struct lever_policy *policy_given, double baseline, const char *expected)
{
    struct lever_set set = {0};
    struct error error = {0};
    char found[128];
    declare(&set);
    lever_add_right(&set, (struct lever_right){"visa_rate", "few visas", 1, INFINITY});
    lever_add_right(&set, (struct lever_right){"aid", "too much aid", -INFINITY, 50});
    lever_add_right(&set, (struct lever_right){"aid", "kept once", 0, 0});
    lever_add_right(&set, (struct lever_right){"capacity", "few visas", 5, 500});
    lever_add_right(&set, (struct lever_right){"unknown", "of no model in force", 0, 0});
    set.baseline[CAPACITY][3] = baseline;
    if (policy_given) lever_add_policy(&set, *policy_given);
    TEST(finish(&set, &error) == 0, "'%s'", error.text);
    TEST(!strcmp(lever_legal(&set, found, sizeof found), expected), "'%s', expected '%s'", found, expected);
    lever_free(&set);
}

static void rights_are_broken_by_baselines_and_policies(void)
{
    struct lever_policy fewer = policy("visa_rate", 1, LEVER_MULTIPLY, 0.49, 10, 20), add = policy("aid", -1, LEVER_ADD, 50, 0, -1),
                        cut = policy("visa_rate", -1, LEVER_ADD, -1, 0, -1), huge = policy("aid", 0, LEVER_SET, 1e9, 0, -1),
                        some = policy("capacity", 2, LEVER_MULTIPLY, 0.5, 0, -1), more = policy("capacity", 4, LEVER_MULTIPLY, 0.4, 0, -1);
    some.cells = more.cells = 2;
    legal(NULL, 10, "");
    legal(NULL, 4.9, "few visas");
    legal(NULL, 501, "few visas");
    legal(&fewer, 10, "few visas");
    legal(&fewer, 4, "few visas"); /* twice broken, once named */
    legal(&cut, 10, "");
    legal(&add, 10, "too much aid");
    legal(&huge, 4, "too much aid; few visas");
    legal(&some, 10, "");
    legal(&some, 9.9, "few visas");
    legal(&more, 10, "few visas");
    legal(&some, 1e9, "few visas");
    struct lever_policy always = policy("capacity", 3, LEVER_SET, 10, 0, -1), later = policy("capacity", 3, LEVER_SET, 10, 1, -1), elsewhere = policy("capacity", 4, LEVER_SET, 10, 0, -1);
    legal(&always, 4, ""); /* the baseline never holds */
    legal(&later, 4, "few visas");
    legal(&elsewhere, 4, "few visas");
}

static void labels_are_cut_where_there_is_no_room(void)
{
    struct lever_set set = {0};
    struct error error = {0};
    char found[16];
    declare(&set);
    lever_add_right(&set, (struct lever_right){"aid", "0123456789", 2, 3});
    lever_add_right(&set, (struct lever_right){"visa_rate", "abcdefghij", 3, 4});
    lever_add_right(&set, (struct lever_right){"capacity", "klmnop", 0, 1});
    TEST(finish(&set, &error) == 0, "'%s'", error.text);
    TEST(!strcmp(lever_legal(&set, found, sizeof found), "0123456789; abc"), "'%s'", found);
    TEST(!strcmp(lever_legal(&set, found, 1), ""), "'%s'", found);
    lever_free(&set);
}

static const struct test_case cases[] = {
    {"without_policies_all_is_baseline", without_policies_all_is_baseline},
    {"set_then_multiply_then_add", set_then_multiply_then_add},
    {"values_stay_within_the_range", values_stay_within_the_range},
    {"rules_follow_yesterday", rules_follow_yesterday},
    {"random_policies_equal_the_naive_twin", random_policies_equal_the_naive_twin},
    {"sets_conflict_where_they_overlap", sets_conflict_where_they_overlap},
    {"bad_policies_are_refused", bad_policies_are_refused},
    {"rights_are_broken_by_baselines_and_policies", rights_are_broken_by_baselines_and_policies},
    {"labels_are_cut_where_there_is_no_room", labels_are_cut_where_there_is_no_room}};

TEST_MAIN(cases)
