/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry by a series: at a place of the scenario's choice, by what an indicator says, in parties of drawn sizes. */
#include "models/arrivals.h"
#include "output/checkpoint.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <stdlib.h>

enum { NORTH_TOWN,
       SOUTH_TOWN,
       GATE };

/* ---- a model that publishes what a policy sets */

static const struct lever news_levers[] = {
    {"news_now", "1", "published", 0.5, -10, 10, LEVER_GLOBAL},
    {0}};
static const struct param no_params[] = {{0}};

struct news {
    int indicator, lever;
};

static int news_open(struct sim *sim, void *state)
{
    struct news *n = state;
    n->indicator = sim_indicator(sim, "news", "1", "of a test");
    n->lever = lever_find(&sim->setup->levers, news_levers[0].name);
    return 0;
}

static void news_settle(struct sim *sim, void *state)
{
    const struct news *n = state;
    sim_publish(sim, n->indicator, lever_value(&sim->setup->levers, n->lever, 0));
}

static const struct model news = {.name = "news", .doc = "publishes", .source = "a test", .purpose = 203, .state_size = sizeof(struct news), .params = no_params, .levers = news_levers, .open = news_open, .settle = news_settle};

/* ---- worlds */

static const struct sim_tuning alone = {.threads = 1};

static void give(struct toy *toy, const char *name, const char *text) { setup_give(&toy->setup, "arrivals", name, text, "toy", 0); }

/* Two towns with a series each, a gate without one; the news behind the arrivals. */
static void start(struct toy *toy, double north, double south)
{
    toy_init(toy);
    toy_place(toy, "North town", "North", WORLD_TOWN);
    toy_place(toy, "South town", "South", WORLD_TOWN);
    toy_place(toy, "Gate", "Away", WORLD_TOWN);
    toy_model(toy, &arrivals);
    toy_model(toy, &news);
    struct driver *driver = driver_add(&toy->setup.drivers, "arrivals", "1", "of a test", DRIVER_PLACE, DRIVER_STEP, toy->setup.world->places);
    driver_add_series(driver, NORTH_TOWN, 1, (const double[]){0}, &north);
    driver_add_series(driver, SOUTH_TOWN, 1, (const double[]){0}, &south);
}

static struct sim *elastic(double north, const char *elasticity, double heard)
{
    struct toy *toy = memory_new(1, sizeof *toy);
    start(toy, north, 3);
    give(toy, "inflow_indicator", "news");
    if (elasticity) give(toy, "inflow_elasticity", elasticity);
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = "p", .lever = "news_now", .cell = -1, .operation = LEVER_SET, .value = heard, .from = 0, .to = -1});
    return toy_open(toy, alone);
}

static void close_elastic(struct sim *sim)
{
    struct toy *toy = toy_of(sim);
    toy_close(sim);
    memory_free(toy);
}

static double entered_from(const struct sim *sim, uint32_t place, int32_t from)
{
    double count = 0;
    for (uint32_t i = 0; i < sim->persons.count; i++) {
        struct person_id_parts parts = person_id_parts(sim->persons.row[i].id);
        count += parts.place == place && (int32_t)parts.day >= from;
    }
    return count;
}

/* ---- at */

static void all_enter_at_one_place(void)
{
    static const char *const words[] = {"northern", "southern"};
    struct toy toy;
    start(&toy, 7.5, 4);
    struct trait *trait = trait_add(&toy.setup.traits, "speech", 2, words, (const double[]){1, 1});
    trait_add_weights(trait, 0, TRAIT_PLACE, NORTH_TOWN, (const double[]){1, 0});
    trait_add_weights(trait, 0, TRAIT_PLACE, SOUTH_TOWN, (const double[]){0, 1});
    give(&toy, "at", "Gate");
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 20);
    TEST(tally_at(&sim->tallies, sim->standard.present, GATE) == 230 && sim->persons.count == 230, "%u persons", sim->persons.count);
    TEST(entered_from(sim, NORTH_TOWN, 0) == 150 && entered_from(sim, SOUTH_TOWN, 0) == 80, "%g and %g", entered_from(sim, NORTH_TOWN, 0), entered_from(sim, SOUTH_TOWN, 0));
    TEST(tally_at(&sim->tallies, sim->standard.entries, GATE) == 12 || tally_at(&sim->tallies, sim->standard.entries, GATE) == 11, "they are counted where they enter");
    for (uint32_t i = 0; i < sim->persons.count; i++) TEST(portrait_value(sim, 0, i) == portrait_origin(&sim->persons.row[i]), "slot %u speaks as elsewhere", i);
    toy_check(sim, "at");
    toy_close(sim);
}

static void refused(struct toy *toy, const char *expected)
{
    struct error error = {0};
    TEST(world_finish(toy->setup.world, &error) == 0 && driver_finish(&toy->setup.drivers, &error) == 0, "%s", error.text);
    struct sim *sim = sim_open(&toy->setup, toy->list, alone, &error);
    if (sim) {
        sim_step(sim);
        error = sim->error;
    }
    TEST(error.status == FAIL_INPUT && strstr(error.text, expected), "'%s', not '%s'", error.text, expected);
    sim_close(sim);
    setup_free(&toy->setup);
}

static void bad_names_are_refused(void)
{
    struct toy toy;
    start(&toy, 1, 1);
    give(&toy, "at", "Gaet");
    refused(&toy, "arrivals.at: there is no place 'Gaet' (did you mean 'Gate'?)");
    start(&toy, 1, 1);
    give(&toy, "inflow_indicator", "nevs");
    refused(&toy, "arrivals.inflow_indicator: there is no indicator 'nevs' (did you mean 'news'?)");
    start(&toy, 1, 1);
    give(&toy, "inflow_elasticity", "2.5");
    refused(&toy, "expected a value in [-2, 2]");
}

/* ---- inflow */

/* Nothing is heard on the first day. */
static void people_follow_the_indicator(void)
{
    static const struct {
        const char *elasticity;
        double heard, factor;
    } cases[] = {{"0.5", 0.4, 1.2}, {"-1", 0.4, 0.6}, {"-2", 0.75, 0}, {"2", 1.5, 4}, {NULL, 3, 1}, {"1", 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sim *sim = elastic(0.7, cases[i].elasticity, cases[i].heard);
        toy_steps(sim, 1001);
        double north = entered_from(sim, NORTH_TOWN, 1), south = entered_from(sim, SOUTH_TOWN, 1);
        bool whole = cases[i].factor == floor(cases[i].factor);
        TEST(whole ? north == 700 * cases[i].factor : fabs(north - 700 * cases[i].factor) < 5 * sqrt(1000 * 0.25), "case %zu: %g people", i, north);
        TEST(whole ? south == 3000 * cases[i].factor : fabs(south - 3000 * cases[i].factor) < 5 * sqrt(1000 * 0.25), "case %zu: %g people", i, south);
        TEST(entered_from(sim, SOUTH_TOWN, 0) - south == 3, "case %zu: %g on the first day", i, entered_from(sim, SOUTH_TOWN, 0) - south);
        close_elastic(sim);
    }
}

static bool is_within(const struct sim *a, const struct sim *b)
{
    uint32_t found = 0, j = 0;
    for (uint32_t i = 0; i < a->persons.count; i++) {
        while (j < b->persons.count && b->persons.row[j].id != a->persons.row[i].id) j++;
        found += j < b->persons.count;
    }
    return found == a->persons.count;
}

static void arms_nest(void)
{
    static const double heard[] = {-0.9, -0.35, -0.1, 0, 0.05, 0.3, 2.2};
    struct sim *before = NULL;
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) {
        struct sim *sim = elastic(5.3, "1", heard[i]);
        toy_steps(sim, 150);
        TEST(!before || (before->persons.count < sim->persons.count && is_within(before, sim)), "who enters at %g is not all there at %g", i ? heard[i - 1] : 0, heard[i]);
        if (before) close_elastic(before);
        before = sim;
    }
    close_elastic(before);
}

static void digest(struct sim *sim, char hex[65])
{
    toy_steps(sim, 60);
    sim_digest(sim, hex);
    close_elastic(sim);
}

/* Of no weight is the same as unheard of. */
static void elasticity_of_nothing_changes_nothing(void)
{
    char one[65], other[65];
    digest(elastic(5.3, NULL, 0.5), one);
    digest(elastic(5.3, "0", 0.5), other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
}

static void goes_on_after_a_checkpoint(void)
{
    struct scratch scratch = scratch_open();
    struct sim *whole = elastic(5.3, "0.7", 0.5), *rest = elastic(5.3, "0.7", 0.5);
    struct writer_plan plan = {0};
    struct error error = {0};
    char one[65], other[65];
    toy_steps(whole, 31);
    TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 1, &error) == 0 && checkpoint_load(rest, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
    digest(whole, one);
    digest(rest, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    scratch_close(&scratch);
}

/* ---- sizes */

static void check_parties(const struct sim *sim, int trait, uint32_t parties[9])
{
    for (uint32_t i = 0, n; i < sim->persons.count; i += n) {
        uint64_t party = sim->persons.row[i].party;
        for (n = 0; i + n < sim->persons.count && sim->persons.row[i + n].party == party; n++) continue;
        int64_t size = 0;
        param_parse_integer(portrait_label(sim, trait, portrait_value(sim, trait, i)), &size);
        TEST(size == n, "a party of %u has the size %lld", n, (long long)size);
        parties[n < 9 ? n : 0]++;
    }
}

/* A third of the parties have one member, a third two, a third six: no size is passed over, and no day is more than a party ahead. */
static void parties_have_drawn_sizes(void)
{
    static const char *const sizes[] = {"1", "2", "6"};
    uint32_t parties[9] = {0};
    struct toy toy;
    start(&toy, 4.7, 0);
    trait_add(&toy.setup.traits, "party_size", 3, sizes, (const double[]){1, 1, 1})->by_party = true;
    struct sim *sim = toy_open(&toy, alone);
    for (int day = 1; day <= 900; day++) {
        toy_steps(sim, 1);
        double ahead = sim->persons.count - 4.7 * day;
        TEST(ahead > -1e-6 && ahead < 6, "day %d: %g people ahead", day, ahead);
    }
    check_parties(sim, 0, parties);
    double third = (parties[1] + parties[2] + parties[6]) / 3.0;
    for (int size = 1; size <= 6; size += size == 2 ? 4 : 1) TEST(fabs(parties[size] - third) < 5 * sqrt(third), "%u parties of %d, %g expected", parties[size], size, third);
    toy_close(sim);
}

/* A trait by person is no size of a party. */
static void sizes_by_person_do_not_count(void)
{
    static const char *const sizes[] = {"2", "6"};
    struct toy toy;
    start(&toy, 8, 0);
    give(&toy, "party_size", "4");
    trait_add(&toy.setup.traits, "party_size", 2, sizes, (const double[]){1, 1});
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 1);
    TEST(sim->persons.count == 8 && sim->persons.row[3].party == sim->persons.row[0].party && sim->persons.row[4].party != sim->persons.row[0].party, "%u persons", sim->persons.count);
    toy_close(sim);
}

static const struct test_case cases[] = {
    {"all_enter_at_one_place", all_enter_at_one_place},
    {"bad_names_are_refused", bad_names_are_refused},
    {"people_follow_the_indicator", people_follow_the_indicator},
    {"arms_nest", arms_nest},
    {"elasticity_of_nothing_changes_nothing", elasticity_of_nothing_changes_nothing},
    {"goes_on_after_a_checkpoint", goes_on_after_a_checkpoint},
    {"parties_have_drawn_sizes", parties_have_drawn_sizes},
    {"sizes_by_person_do_not_count", sizes_by_person_do_not_count},
};
TEST_MAIN(cases)
