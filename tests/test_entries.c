/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries: people who set out as series, conflict deaths, hunger, disasters and livelihoods say, against the arithmetic in
   the head comments; what is heard of policies; arms that differ in a policy; the same bits however it is run. */
#include "models/climate.h"
#include "models/conflict.h"
#include "models/livelihood.h"
#include "models/observed.h"
#include "models/pool.h"
#include "models/pull.h"
#include "output/checkpoint.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <stdlib.h>

/* ---- a model that publishes what policies say */

enum { RESCUE,
       DAYS,
       PLACES,
       NEWS };
static const struct lever news_levers[] = {
    {"rescue_now", "1", "published", 0.5, 0, 1, LEVER_GLOBAL},
    {"days_now", "days", "published", 100, 0, 1e6, LEVER_GLOBAL},
    {"places_now", "people", "published", 0, 0, 1e6, LEVER_GLOBAL},
    {0}};

struct news {
    int indicator[NEWS], lever[NEWS];
};

static int news_open(struct sim *sim, void *state)
{
    static const char *const name[] = {"rescue_coverage", "decision_days", "pathway_places"};
    struct news *n = state;
    for (int i = 0; i < NEWS; i++) {
        n->indicator[i] = sim_indicator(sim, name[i], "1", "of a test");
        n->lever[i] = lever_find(&sim->setup->levers, news_levers[i].name);
    }
    return 0;
}

static void news_settle(struct sim *sim, void *state)
{
    const struct news *n = state;
    for (int i = 0; i < NEWS; i++) sim_publish(sim, n->indicator[i], lever_value(&sim->setup->levers, n->lever[i], 0));
}

static const struct param no_params[] = {{0}};
static const struct model news = {.name = "news", .doc = "publishes", .source = "a test", .purpose = 203, .state_size = sizeof(struct news), .params = no_params, .levers = news_levers, .open = news_open, .settle = news_settle};

/* ---- worlds */

static const struct sim_tuning alone = {.threads = 1};

/* Homes h0 ... of state "home", and one place of state "away". */
static void start(struct toy *toy, uint32_t homes)
{
    toy_init(toy);
    for (uint32_t i = 0; i < homes; i++) {
        char name[16];
        snprintf(name, sizeof name, "h%u", i);
        toy_place(toy, name, "home", WORLD_TOWN);
    }
    toy_place(toy, "abroad", "away", WORLD_TOWN);
}

static void give(struct toy *toy, const struct model *model, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, model->name, name, text, "toy", 0);
}

static void give_word(struct toy *toy, const struct model *model, const char *name, const char *word) { setup_give(&toy->setup, model->name, name, word, "toy", 0); }

/* In force, with counts that are Poisson. */
static void plain(struct toy *toy, const struct model *model)
{
    toy_model(toy, model);
    give(toy, model, "overdispersion", 0);
}

static struct driver *add_driver(struct toy *toy, const char *name, enum driver_over over)
{
    const struct world *world = toy->setup.world;
    uint32_t cells = over == DRIVER_PLACE ? world->places : over == DRIVER_STATE ? world->states
                                                                                 : 1;
    return driver_add(&toy->setup.drivers, name, "1", "of a test", over, DRIVER_STEP, cells);
}

static void constant(struct driver *driver, uint32_t cell, double value) { driver_add_series(driver, cell, 1, (const double[]){0}, &value); }

/* On one day only. */
static void impulse(struct driver *driver, uint32_t cell, double day, double value) { driver_add_series(driver, cell, 3, (const double[]){-1, day, day + 1}, (const double[]){0, value, 0}); }

static void step(struct driver *driver, uint32_t cell, double before, double day, double after) { driver_add_series(driver, cell, 2, (const double[]){0, day}, (const double[]){before, after}); }

static void fill_column(struct toy *toy, const char *name, enum world_of of, const double *value, uint32_t count)
{
    double *column = world_add_column(toy->setup.world, name, of)->value;
    for (uint32_t i = 0; i < count; i++) column[i] = value[i];
}

static void add_policy(struct toy *toy, const char *lever, enum lever_operation operation, double value, int32_t from)
{
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = -1, .operation = operation, .value = value, .from = from, .to = -1});
}

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

static double present(const struct sim *sim, uint32_t place) { return (double)tally_at(&sim->tallies, sim->standard.present, place); }

static bool near(double seen, double expected) { return fabs(seen - expected) <= 5 * sqrt(expected) + 1e-9; }

static bool same(double seen, double expected) { return fabs(seen - expected) <= 1e-9 * fabs(expected); }

/* Ids and days of everybody who has set out: sums do not depend on their order. */
static uint64_t roll(const struct sim *sim)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < sim->persons.count; i++) {
        const struct person *p = &sim->persons.row[i];
        uint64_t h = (p->id ^ (uint64_t)p->since << 40) * 0x9fb21c651e98df25u;
        sum += h ^ h >> 31;
    }
    return sum;
}

/* Whether everybody of a is in b, who set out on the same day. */
static bool is_within(const struct sim *a, const struct sim *b)
{
    uint32_t found = 0, j = 0;
    for (uint32_t i = 0; i < a->persons.count; i++) {
        while (j < b->persons.count && b->persons.row[j].id != a->persons.row[i].id) j++;
        found += j < b->persons.count && b->persons.row[j].since == a->persons.row[i].since;
    }
    return found == a->persons.count;
}

/* ---- observed */

static void as_the_series_says(void)
{
    struct toy toy;
    start(&toy, 2);
    plain(&toy, &observed);
    struct driver *driver = add_driver(&toy, "departures", DRIVER_PLACE);
    driver->method = DRIVER_LINEAR;
    driver_add_series(driver, 0, 3, (const double[]){0, 100, 200}, (const double[]){0, 300, 0});
    constant(driver, 1, 0);
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 100);
    TEST(near(present(sim, 0), 3.0 * 99 * 100 / 2), "%g after half the hill", present(sim, 0));
    toy_steps(sim, 101);
    TEST(near(present(sim, 0), 30000), "%g after all of it", present(sim, 0));
    TEST(present(sim, 1) == 0 && present(sim, 2) == 0, "%g from a series of 0, %g without one", present(sim, 1), present(sim, 2));
    toy_check(sim, "observed");
    toy_close(sim);
}

/* With exact to the person; conditional is a word for readers. */
static void exact_series(void)
{
    uint64_t rolls[2];
    for (int conditional = 0; conditional < 2; conditional++) {
        struct toy toy;
        start(&toy, 1);
        plain(&toy, &observed);
        give_word(&toy, &observed, "exact", "true");
        give_word(&toy, &observed, "conditional", conditional ? "true" : "false");
        constant(add_driver(&toy, "departures", DRIVER_PLACE), 0, 7.3);
        struct sim *sim = toy_open(&toy, alone);
        for (int day = 1; day <= 100; day++) {
            toy_steps(sim, 1);
            TEST(present(sim, 0) == floor(7.3 * day + 1e-9), "day %d: %g", day, present(sim, 0));
        }
        rolls[conditional] = roll(sim);
        toy_close(sim);
    }
    TEST(rolls[0] == rolls[1], "the word changes the run");
}

/* ---- pull */

static void build_heard(struct toy *toy, double elasticity)
{
    start(toy, 1);
    toy_model(toy, &news);
    toy_model(toy, &pull);
    plain(toy, &observed);
    give(toy, &pull, "rescue_elasticity", elasticity);
    constant(add_driver(toy, "departures", DRIVER_PLACE), 0, 60);
}

/* What was published first is the reference; a change is heard exponentially; units are years and logarithms. */
static void what_is_heard(void)
{
    struct toy toy;
    build_heard(&toy, 0.8);
    give(&toy, &pull, "decision_elasticity", -0.5);
    give(&toy, &pull, "pathway_elasticity", -0.3);
    give(&toy, &pull, "detention_elasticity", 0.9); /* nobody publishes a detention_share */
    give(&toy, &pull, "decision_reference", 465);
    give(&toy, &pull, "memory_days", 40);
    add_policy(&toy, "rescue_now", LEVER_SET, 0.9, 10);
    add_policy(&toy, "places_now", LEVER_SET, 999, 10);
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 1);
    TEST(pull_factor(sim) == 1, "%g before anything is heard", pull_factor(sim));
    double fixed = -0.5 * (100 - 465) / 365;
    for (int day = 1; day < 150; day++) {
        toy_steps(sim, 1);
        double heard = day <= 10 ? 0 : 1 - exp(-(day - 10) / 40.0);
        double expected = exp(fixed + heard * (0.8 * 0.4 - 0.3 * log(1000)));
        TEST(fabs(pull_factor(sim) / expected - 1) < 1e-12, "day %d: factor %g, not %g", day, pull_factor(sim), expected);
        TEST(indicator(sim, "pull_factor") == pull_factor(sim), "published %g", indicator(sim, "pull_factor"));
    }
    toy_close(sim);
}

/* With elasticities of 0 a policy that differs, and the model itself, change nobody. */
static void switched_off(void)
{
    uint64_t rolls[3];
    for (int arm = 0; arm < 3; arm++) {
        struct toy toy;
        if (arm < 2) build_heard(&toy, 0);
        if (arm == 1) add_policy(&toy, "rescue_now", LEVER_SET, 0, 5);
        if (arm == 2) start(&toy, 1), plain(&toy, &observed), constant(add_driver(&toy, "departures", DRIVER_PLACE), 0, 60);
        struct sim *sim = toy_open(&toy, alone);
        toy_steps(sim, 120);
        rolls[arm] = roll(sim);
        toy_close(sim);
    }
    TEST(rolls[0] == rolls[1] && rolls[0] == rolls[2], "departures differ where nothing is felt");
}

/* Those who leave under little rescue leave under much rescue, and some more; before the policy there is no difference. */
static void policies_nest(void)
{
    struct toy toy[2];
    struct sim *sim[2];
    for (int a = 0; a < 2; a++) {
        build_heard(&toy[a], 1);
        if (a) add_policy(&toy[a], "rescue_now", LEVER_SET, 1, 30);
        sim[a] = toy_open(&toy[a], alone);
        toy_steps(sim[a], 31);
    }
    TEST(roll(sim[0]) == roll(sim[1]), "a difference before the policy");
    toy_steps(sim[0], 200);
    toy_steps(sim[1], 200);
    TEST(is_within(sim[0], sim[1]) && !is_within(sim[1], sim[0]), "arms do not nest");
    TEST(sim[1]->persons.count > 1.2 * sim[0]->persons.count, "%u and %u", sim[0]->persons.count, sim[1]->persons.count);
    toy_close(sim[0]);
    toy_close(sim[1]);
}

/* The lever departures at 0.6 keeps six in ten, all of them people of the other arm. */
static void a_lever_on_departures(void)
{
    struct toy toy[2];
    struct sim *sim[2];
    for (int a = 0; a < 2; a++) {
        start(&toy[a], 1);
        plain(&toy[a], &observed);
        constant(add_driver(&toy[a], "departures", DRIVER_PLACE), 0, 60);
        if (a) add_policy(&toy[a], "departures", LEVER_MULTIPLY, 0.6, 0);
        sim[a] = toy_open(&toy[a], alone);
        toy_steps(sim[a], 200);
    }
    double all = sim[0]->persons.count, kept = sim[1]->persons.count;
    TEST(is_within(sim[1], sim[0]) && fabs(kept - 0.6 * all) < 5 * sqrt(0.24 * all), "%g of %g", kept, all);
    toy_close(sim[0]);
    toy_close(sim[1]);
}

/* ---- conflict */

/* All that an impulse of deaths causes is the ratio times the deaths, whatever the memory. */
static void an_impulse_of_deaths(void)
{
    static const double memory[] = {0, 3, 40};
    for (int m = 0; m < 3; m++) {
        struct toy toy;
        start(&toy, 2);
        plain(&toy, &conflict);
        give(&toy, &conflict, "memory_days", memory[m]);
        give_word(&toy, &conflict, "inside_rule", "median");
        impulse(add_driver(&toy, "conflict_deaths", DRIVER_PLACE), 1, 20, 1500);
        struct sim *sim = toy_open(&toy, alone);
        toy_steps(sim, 20);
        TEST(sim->persons.entered == 0 && indicator(sim, "deaths_at_origin") == 0, "%u left before anybody died", (unsigned)sim->persons.entered);
        toy_steps(sim, 40);
        double share = memory[m] > 0 ? 1 - exp(-40 / memory[m]) : 1;
        TEST(near(present(sim, 1), 18 * 1500 * share), "memory %g: %g left in 40 days, not %g", memory[m], present(sim, 1), 18 * 1500 * share);
        TEST(same(indicator(sim, "internally_displaced_by_conflict"), 121 * 1500 * share), "%g inside", indicator(sim, "internally_displaced_by_conflict"));
        toy_steps(sim, 1140);
        TEST(near(present(sim, 1), 18 * 1500) && present(sim, 0) == 0, "memory %g: %g left, and %g from where nobody died", memory[m], present(sim, 1), present(sim, 0));
        TEST(same(indicator(sim, "internally_displaced_by_conflict"), 121 * 1500.0), "%g inside", indicator(sim, "internally_displaced_by_conflict"));
        TEST(indicator(sim, "deaths_at_origin") == 1500, "%g deaths", indicator(sim, "deaths_at_origin"));
        toy_close(sim);
    }
}

/* n times the deaths send n^elasticity times the people; at the reference the ratio holds for every elasticity. Counts of the whole state matter. */
static void elasticity_of_deaths(void)
{
    static const double elasticity[] = {0.5, 0.8, 1};
    for (int e = 0; e < 3; e++)
        for (double times = 1; times < 17; times *= 16) {
            struct toy toy;
            start(&toy, 2);
            plain(&toy, &conflict);
            give(&toy, &conflict, "elasticity", elasticity[e]);
            give(&toy, &conflict, "reference_deaths", 730);
            give(&toy, &conflict, "memory_days", 0);
            struct driver *driver = add_driver(&toy, "conflict_deaths", DRIVER_PLACE);
            constant(driver, 0, 0.5 * times);
            constant(driver, 1, 1.5 * times);
            struct sim *sim = toy_open(&toy, alone);
            toy_steps(sim, 300);
            double expected = 300 * 18 * 2 * pow(times, elasticity[e]);
            TEST(near(present(sim, 0), expected / 4) && near(present(sim, 1), expected * 3 / 4), "elasticity %g, %g times the deaths: %g and %g left, not %g together", elasticity[e], times, present(sim, 0), present(sim, 1), expected);
            toy_close(sim);
        }
}

/* People inside per death at the middles of the bands, between two, and beyond. */
static void inside_falls_with_intensity(void)
{
    static const double intensity[] = {5, 50, 500, 5000, 50000, 5e6, 15811.388300841897}, ratio[] = {162, 162, 164, 119, 25, 25, 72};
    for (int i = 0; i < 7; i++) {
        struct toy toy;
        start(&toy, 1);
        plain(&toy, &conflict);
        fill_column(&toy, "refugees_per_death", WORLD_OF_PLACES, (const double[]){0, NAN}, 2);
        constant(add_driver(&toy, "conflict_deaths", DRIVER_PLACE), 0, intensity[i] / 365);
        give(&toy, &conflict, "memory_days", 0);
        struct sim *sim = toy_open(&toy, alone);
        toy_steps(sim, 10);
        double before = indicator(sim, "internally_displaced_by_conflict");
        toy_steps(sim, 1);
        double a_death = (indicator(sim, "internally_displaced_by_conflict") - before) * 365 / intensity[i];
        TEST(fabs(a_death / ratio[i] - 1) < 1e-6, "%g deaths a year: %g inside per death, not %g", intensity[i], a_death, ratio[i]);
        TEST(sim->persons.entered == 0, "%u crossed at a ratio of 0", (unsigned)sim->persons.entered);
        toy_close(sim);
    }
}

/* A month's surge moves those who cross and those who stay inside together; its mean is 1. */
static void surges_are_shared(void)
{
    enum { HOMES = 60 };
    struct toy toy;
    double square = 0, before = 0;
    start(&toy, HOMES);
    toy_model(&toy, &conflict);
    give(&toy, &conflict, "overdispersion", 0.5);
    give(&toy, &conflict, "memory_days", 0);
    give_word(&toy, &conflict, "inside_rule", "median");
    struct driver *driver = add_driver(&toy, "conflict_deaths", DRIVER_PLACE);
    for (uint32_t i = 0; i < HOMES; i++) impulse(driver, i, i * 31, 100);
    struct sim *sim = toy_open(&toy, alone);
    for (uint32_t i = 0; i < HOMES; i++) {
        toy_steps(sim, 31);
        double inside = indicator(sim, "internally_displaced_by_conflict"), surge = (inside - before) / 12100;
        TEST(near(present(sim, i), 1800 * surge), "place %u: %g crossed in a surge of %g", i, present(sim, i), surge);
        square += (surge - 1) * (surge - 1);
        before = inside;
    }
    TEST(fabs(before / 12100 / HOMES - 1) < 5 * sqrt(0.5 / HOMES), "surges of %g on average", before / 12100 / HOMES);
    TEST(square / HOMES > 0.2 && square / HOMES < 1, "surges vary by %g", square / HOMES);
    toy_close(sim);
}

/* A state's deaths go to its places by population, or by the column; ratios and splits of places and states go before parameters. */
static void deaths_of_states(void)
{
    for (int weighted = 0; weighted < 2; weighted++) {
        struct toy toy;
        start(&toy, 3);
        plain(&toy, &conflict);
        give(&toy, &conflict, "memory_days", 0);
        give_word(&toy, &conflict, "inside_rule", "median");
        toy.setup.world->place[0].population = 3e6;
        toy.setup.world->place[1].population = 1e6;
        if (weighted) fill_column(&toy, "origin_weight", WORLD_OF_PLACES, (const double[]){NAN, 1, 1, 5}, 4);
        fill_column(&toy, "refugees_per_death", WORLD_OF_STATES, (const double[]){6, NAN}, 2);
        fill_column(&toy, "internal_share", WORLD_OF_PLACES, (const double[]){NAN, 0.5, NAN, NAN}, 4);
        constant(add_driver(&toy, "conflict_deaths", DRIVER_STATE), 0, 8);
        struct sim *sim = toy_open(&toy, alone);
        toy_steps(sim, 200);
        double a = weighted ? 0 : 6 * 6, b = weighted ? 4 * 127 / 2.0 : 2 * 127 / 2.0, c = weighted ? 4 * 6 : 0;
        TEST(near(present(sim, 0), 200 * a) && near(present(sim, 1), 200 * b) && near(present(sim, 2), 200 * c), "%g, %g, %g, not %g, %g, %g", present(sim, 0), present(sim, 1), present(sim, 2), 200 * a, 200 * b, 200 * c);
        double inside = 200 * ((weighted ? 4 : 6) * 121 + b);
        TEST(same(indicator(sim, "internally_displaced_by_conflict"), inside), "%g inside, not %g", indicator(sim, "internally_displaced_by_conflict"), inside);
        toy_close(sim);
    }
}

/* Where the population at risk is used up nobody leaves any more; another place without a limit goes on. */
static void population_at_risk(void)
{
    static const double scale[] = {1, 10};
    for (int k = 0; k < 2; k++) {
        struct toy toy;
        start(&toy, 2);
        toy.setup.scale = scale[k];
        toy_model(&toy, &conflict);
        give(&toy, &conflict, "share_at_risk", 0.6);
        give(&toy, &conflict, "memory_days", 10);
        toy.setup.world->place[0].population = 20000;
        struct driver *driver = add_driver(&toy, "conflict_deaths", DRIVER_PLACE);
        constant(driver, 0, 10);
        constant(driver, 1, 10);
        struct sim *sim = toy_open(&toy, alone);
        for (int day = 0; day < 250; day++) {
            toy_steps(sim, 1);
            TEST(present(sim, 0) * scale[k] <= 12000, "day %d: %g of 12000", day, present(sim, 0) * scale[k]);
        }
        TEST(present(sim, 0) * scale[k] > 12000 - scale[k] && present(sim, 1) * scale[k] > 25000, "%g and %g left", present(sim, 0) * scale[k], present(sim, 1) * scale[k]);
        toy_close(sim);
    }
}

/* ---- climate */

/* A year's displacement on people in phase 3 now, and again the next year; with conflict and no access, in between, and in drought. */
static void slow_onset(void)
{
    static const double access[] = {0, 1, 0.5, 0}, drought[] = {0, 0, 0, 2}, rate[] = {0.03, 0.30, 0.165, 0.03 * 3.6 * 3.6};
    for (int i = 0; i < 4; i++) {
        struct toy toy;
        start(&toy, 1);
        plain(&toy, &climate);
        give(&toy, &climate, "slow_return", 0);
        fill_column(&toy, "conflict_no_access", WORLD_OF_STATES, (const double[]){access[i], 1}, 2);
        fill_column(&toy, "drought_index", WORLD_OF_PLACES, (const double[]){drought[i], 1}, 2);
        constant(add_driver(&toy, "ipc3", DRIVER_PLACE), 0, 4e6);
        struct sim *sim = toy_open(&toy, alone);
        for (int year = 1; year <= 2; year++) {
            toy_steps(sim, 365);
            double displaced = year * rate[i] * 4e6;
            TEST(near(present(sim, 0), 0.02 * displaced), "%g crossed, not %g", present(sim, 0), 0.02 * displaced);
            TEST(same(indicator(sim, "internally_displaced_by_climate"), 0.98 * displaced), "%g inside, not %g", indicator(sim, "internally_displaced_by_climate"), 0.98 * displaced);
        }
        TEST(indicator(sim, "returned_after_climate") == 0, "%g returned", indicator(sim, "returned_after_climate"));
        toy_close(sim);
    }
}

/* Those displaced by slow onset return by the year: as many arrive as go home in the end. */
static void slow_return(void)
{
    struct toy toy;
    start(&toy, 1);
    plain(&toy, &climate);
    give(&toy, &climate, "slow_return", 0.5);
    give(&toy, &climate, "slow_abroad", 0);
    constant(add_driver(&toy, "ipc3", DRIVER_PLACE), 0, 365e6);
    struct sim *sim = toy_open(&toy, alone);
    for (int days = 100; days <= 3000; days += 100) {
        toy_steps(sim, 100);
        double stay = exp(-0.5 / 365), expected = 0.03 * 1e6 * (1 - pow(stay, days)) / (1 - stay);
        TEST(same(indicator(sim, "displaced_inside_by_climate_now"), expected), "%d days: %g inside, not %g", days, indicator(sim, "displaced_inside_by_climate_now"), expected);
    }
    TEST(sim->persons.entered == 0, "%u crossed", (unsigned)sim->persons.entered);
    toy_close(sim);
}

/* A flood displaces half of those affected, almost all inside, who return exponentially. */
static void sudden_onset(void)
{
    struct toy toy;
    start(&toy, 1);
    plain(&toy, &climate);
    give(&toy, &climate, "sudden_abroad", 0.03);
    impulse(add_driver(&toy, "disaster_affected", DRIVER_PLACE), 0, 5, 1e6);
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 6);
    TEST(near(present(sim, 0), 15000), "%g crossed", present(sim, 0));
    for (int days = 0; days < 200; days += 10, toy_steps(sim, 10)) {
        double now = indicator(sim, "displaced_inside_by_climate_now"), all = indicator(sim, "internally_displaced_by_climate");
        TEST(same(all, 485000) && same(now, 485000 * exp(-days / 60.0)), "after %d days %g of %g inside", days, now, all);
        TEST(fabs(now + indicator(sim, "returned_after_climate") - all) < 1e-6, "%g inside, %g returned, of %g", now, indicator(sim, "returned_after_climate"), all);
    }
    toy_close(sim);
}

/* Resilience lowers both ways and takes people away without exchanging any; visas change papers, not people, and nest too. */
static void levers_of_climate(void)
{
    static const char *const answer[] = {"no", "yes"};
    static const double resilience[] = {0, 0.5, 0.5}, visas[] = {0.8, 0, 0.3};
    struct toy toy[3];
    struct sim *sim[3];
    uint32_t with_papers[3] = {0}, lost = 0;
    for (int a = 0; a < 3; a++) {
        start(&toy[a], 1);
        plain(&toy[a], &climate);
        give(&toy[a], &climate, "resilience_effect", 0.4);
        trait_add(&toy[a].setup.traits, "papers", 2, answer, (const double[]){1, 0})->by_party = true;
        constant(add_driver(&toy[a], "ipc3", DRIVER_PLACE), 0, 4e7);
        add_policy(&toy[a], "resilience", LEVER_SET, resilience[a], 0);
        add_policy(&toy[a], "disaster_visas", LEVER_SET, visas[a], 0);
        sim[a] = toy_open(&toy[a], alone);
        toy_steps(sim[a], 365);
        for (uint32_t i = 0; i < sim[a]->persons.count; i++) with_papers[a] += portrait_value(sim[a], 0, i);
    }
    TEST(near(present(sim[0], 0), 24000) && near(present(sim[1], 0), 0.8 * 24000), "%g and %g crossed", present(sim[0], 0), present(sim[1], 0));
    TEST(same(indicator(sim[1], "internally_displaced_by_climate"), 0.8 * indicator(sim[0], "internally_displaced_by_climate")), "resilience does not help those inside");
    TEST(is_within(sim[1], sim[0]) && roll(sim[1]) == roll(sim[2]), "arms do not nest");
    TEST(near(with_papers[0], 0.8 * present(sim[0], 0)) && with_papers[1] == 0 && near(with_papers[2], 0.3 * present(sim[2], 0)), "%u, %u, %u with papers", with_papers[0], with_papers[1], with_papers[2]);
    for (uint32_t i = 0, j = 0; i < sim[2]->persons.count; i++) {
        while (sim[0]->persons.row[j].id != sim[2]->persons.row[i].id) j++;
        lost += portrait_value(sim[2], 0, i) > portrait_value(sim[0], 0, j);
    }
    TEST(lost == 0, "%u have papers where fewer are given out only", lost);
    for (int a = 0; a < 3; a++) toy_close(sim[a]);
}

/* Thirty-five years, with hunger that grows: nobody is lost. */
static void decades(void)
{
    struct toy toy;
    start(&toy, 1);
    toy.setup.days = 35 * 365;
    toy.setup.scale = 100;
    toy_model(&toy, &climate);
    struct driver *driver = add_driver(&toy, "ipc3", DRIVER_PLACE);
    driver->method = DRIVER_LINEAR;
    driver_add_series(driver, 0, 2, (const double[]){0, 35 * 365}, (const double[]){1e6, 3e6});
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 35 * 365);
    double all = indicator(sim, "internally_displaced_by_climate"), now = indicator(sim, "displaced_inside_by_climate_now");
    TEST(fabs(all / (0.98 * 0.03 * 2e6 * 35) - 1) < 5 * 0.5 / sqrt(35 * 12), "%g displaced", all);
    TEST(fabs(now + indicator(sim, "returned_after_climate") - all) < 1e-9 * all, "%g inside, %g returned, of %g", now, indicator(sim, "returned_after_climate"), all);
    double crossed = 100 * present(sim, 0), deviation = sqrt(100 * 42000 + 42000.0 * 42000 * 0.25 / 420);
    TEST(fabs(crossed - 42000) < 5 * deviation, "%g crossed, not 42000 +- %g", crossed, deviation);
    toy_close(sim);
}

/* ---- livelihood */

struct trade {
    double income, diaspora, later_diaspora, reference, demand, support, expected; /* expected: factor on the base */
};

/* People a day = 2 million x 0.5 x 0.02 x 0.1 x hump x network x demand / 365 = 5.48 x ...; blank is no factor. */
static void for_a_living(void)
{
    const double quarter = exp(-0.25 * log(4) * log(4));
    const struct trade trade[] = {
        {NAN, NAN, NAN, 0, 1, 1, 1},
        {9000, NAN, NAN, 0, 1, 1, 1},
        {2250, NAN, NAN, 0, 1, 1, quarter},
        {36000, NAN, NAN, 0, 1, 1, quarter},
        {NAN, 5e4, 5e4, 0, 1, 1, 1},
        {NAN, 5e4, 1e5, 0, 1, 1, pow(2, 0.55)},
        {NAN, 5e4, 5e4, 2e5, 1, 1, pow(0.25, 0.55)},
        {NAN, NAN, NAN, 0, 4, 1, 2},
        {2250, NAN, NAN, 0, 1, 4, 1},        /* aid lifts the poor to the peak */
        {9000, NAN, NAN, 0, 1, 4, quarter}}; /* and others beyond it */
    for (size_t i = 0; i < sizeof trade / sizeof *trade; i++) {
        struct toy toy;
        start(&toy, 1);
        plain(&toy, &livelihood);
        toy.setup.world->place[0].population = 2e6;
        static const char *const name[] = {"adult_share", "preparing", "setting_out"};
        static const double value[] = {0.5, 0.02, 0.1};
        for (int p = 0; p < 3; p++) give(&toy, &livelihood, name[p], value[p]);
        give(&toy, &livelihood, "diaspora_reference", trade[i].reference);
        fill_column(&toy, "income", WORLD_OF_STATES, &trade[i].income, 1);
        if (!isnan(trade[i].diaspora)) step(add_driver(&toy, "diaspora", DRIVER_STATE), 0, trade[i].diaspora, 1, trade[i].later_diaspora);
        step(add_driver(&toy, "labour_demand", DRIVER_GLOBAL), 0, 1, 1, trade[i].demand);
        add_policy(&toy, "income_support", LEVER_SET, trade[i].support, 0);
        struct sim *sim = toy_open(&toy, alone);
        toy_steps(sim, 1);
        double first = present(sim, 0);
        toy_steps(sim, 3650);
        double expected = 3650 * 2e3 / 365 * trade[i].expected;
        TEST(near(present(sim, 0) - first, expected), "case %d: %g set out, not %g", (int)i, present(sim, 0) - first, expected);
        TEST(present(sim, 1) == 0, "%g from nowhere", present(sim, 1));
        toy_close(sim);
    }
}

/* States' people live at the places of origin by weight; places may have their own share that sets out. */
static void people_of_states(void)
{
    struct toy toy;
    start(&toy, 3);
    plain(&toy, &livelihood);
    give(&toy, &livelihood, "adult_share", 0.5);
    toy.setup.world->place[2].population = 4e5;
    toy.setup.world->place[3].population = 9e6; /* no origin: no weight */
    fill_column(&toy, "origin_weight", WORLD_OF_PLACES, (const double[]){3, 1, 4, NAN}, 4);
    fill_column(&toy, "setting_out", WORLD_OF_PLACES, (const double[]){0.1, 0.2, 0.4, NAN}, 4);
    fill_column(&toy, "population", WORLD_OF_STATES, (const double[]){8e6, 5e6}, 2);
    struct sim *sim = toy_open(&toy, alone);
    toy_steps(sim, 365);
    TEST(near(present(sim, 0), 3e6 * 0.5 * 0.015 * 0.1) && near(present(sim, 1), 1e6 * 0.5 * 0.015 * 0.2) && near(present(sim, 2), 4e5 * 0.5 * 0.015 * 0.4), "%g, %g, %g", present(sim, 0), present(sim, 1), present(sim, 2));
    TEST(present(sim, 3) == 0, "%g from a destination", present(sim, 3));
    toy_close(sim);
}

/* ---- all together */

static void add_traits(struct toy *toy)
{
    static const char *const motive[] = {"family", "conflict", "climate", "livelihood"}, *const size[] = {"1", "3"}, *const answer[] = {"no", "yes"};
    struct trait_set *set = &toy->setup.traits;
    trait_add(set, "motive", 4, motive, (const double[]){1, 0, 0, 0})->by_party = true;
    trait_add(set, "party_size", 2, size, (const double[]){2, 1})->by_party = true;
    trait_add(set, "papers", 2, answer, (const double[]){3, 1})->by_party = true;
}

static void add_drivers(struct toy *toy)
{
    constant(add_driver(toy, "departures", DRIVER_PLACE), 0, 11);
    struct driver *deaths = add_driver(toy, "conflict_deaths", DRIVER_STATE);
    step(deaths, 0, 2, 50, 0.1);
    struct driver *hungry = add_driver(toy, "ipc3", DRIVER_STATE);
    constant(hungry, 0, 3e7);
    impulse(add_driver(toy, "disaster_affected", DRIVER_PLACE), 1, 35, 3e4);
    struct driver *kin = add_driver(toy, "diaspora", DRIVER_STATE);
    kin->method = DRIVER_LINEAR;
    driver_add_series(kin, 0, 2, (const double[]){0, 100}, (const double[]){1e4, 3e4});
}

static void build_all(struct toy *toy)
{
    toy_place(toy, "h0", "home", WORLD_TOWN);
    toy_place(toy, "h1", "home", WORLD_TOWN);
    toy_place(toy, "abroad", "away", WORLD_TOWN);
    toy->setup.scale = 3;
    toy->setup.world->place[0].population = 2e4;
    toy->setup.world->place[1].population = 5e6;
    add_traits(toy);
    add_drivers(toy);
    static const struct model *const order[] = {&news, &pull, &observed, &conflict, &climate, &livelihood};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) toy_model(toy, order[i]);
    give_word(toy, &observed, "exact", "true");
    give(toy, &conflict, "share_at_risk", 0.1);
    give(toy, &pull, "rescue_elasticity", 0.7);
    add_policy(toy, "rescue_now", LEVER_SET, 1, 25);
    add_policy(toy, "disaster_visas", LEVER_SET, 0.5, 40);
    add_policy(toy, "income_support", LEVER_MULTIPLY, 1.5, 60);
}

/* Everybody has the motive of the entry, which the tally tells apart; one does not enter another's people. */
static void entries_are_told_apart(void)
{
    struct toy toy;
    toy_init(&toy);
    build_all(&toy);
    struct sim *sim = toy_open(&toy, alone);
    static const uint32_t motive[] = {0, 1, 2, 3};
    int64_t tally[POOL_ENTRIES] = {0}, rows[POOL_ENTRIES] = {0}, odd = 0;
    for (int day = 0; day < 120; day++) {
        toy_steps(sim, 1);
        for (uint32_t i = 0; i < sim->world->places * POOL_ENTRIES; i++) tally[i % POOL_ENTRIES] += tally_at(&sim->tallies, pool_tally(sim), i);
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t entry = person_id_parts(sim->persons.row[slot].id).driver - 3;
        rows[entry]++;
        odd += portrait_value(sim, 0, slot) != motive[entry];
    }
    for (int e = 0; e < POOL_ENTRIES; e++) TEST(tally[e] == rows[e] && (rows[e] > 100) == (e != POOL_AGAIN), "%s: %d in the tally, %d rows", pool_entry_names[e], (int)tally[e], (int)rows[e]);
    TEST(odd == 0, "%d with the motive of another entry", (int)odd);
    toy_check(sim, "entries");
    toy_close(sim);
}

static void the_same_however_it_is_run(void)
{
    char one[65], other[65];
    toy_digest(build_all, (struct sim_tuning){1, 65536, false}, 120, one);
    toy_digest(build_all, (struct sim_tuning){4, 7, false}, 120, other);
    TEST(!strcmp(one, other), "4 threads: %.16s and %.16s", one, other);
    toy_digest(build_all, (struct sim_tuning){2, 65536, true}, 120, other);
    TEST(!strcmp(one, other), "naive: %.16s and %.16s", one, other);
}

/* Memories, carried fractions, populations used up and people inside are part of a checkpoint. */
static void resumed(void)
{
    static const char *const command[] = {"wayfare", "run", "toy", NULL};
    struct scratch scratch = scratch_open();
    struct error error = {0};
    struct writer_plan plan = {.command = command};
    struct toy toy[2];
    char one[65], other[65];
    for (int i = 0; i < 2; i++) toy_init(&toy[i]), build_all(&toy[i]);
    struct sim *whole = toy_open(&toy[0], alone), *second = toy_open(&toy[1], alone);
    toy_steps(whole, 47);
    TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 1, &error) == 0, "%s", error.text);
    TEST(checkpoint_load(second, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
    toy_steps(whole, 60);
    toy_steps(second, 60);
    sim_digest(whole, one);
    sim_digest(second, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    toy_close(whole);
    toy_close(second);
    scratch_close(&scratch);
}

/* ---- bad input */

static void refused(struct toy *toy, const char *expected)
{
    struct error error = {0};
    TEST(world_finish(toy->setup.world, &error) == 0 && driver_finish(&toy->setup.drivers, &error) == 0, "%s", error.text);
    struct sim *sim = sim_open(&toy->setup, toy->list, alone, &error);
    TEST(!sim && !strcmp(error.text, expected), "'%s', not '%s'", error.text, expected);
    sim_close(sim);
    setup_free(&toy->setup);
}

static void begin(struct toy *toy, const struct model *model)
{
    start(toy, 1);
    toy_model(toy, model);
}

static void drivers_missing(void)
{
    struct toy toy;
    begin(&toy, &observed);
    refused(&toy, "model observed needs a driver 'departures' over places");
    begin(&toy, &observed);
    constant(add_driver(&toy, "departures", DRIVER_GLOBAL), 0, 1);
    refused(&toy, "driver 'departures' must be over places or states");
    begin(&toy, &conflict);
    refused(&toy, "model conflict needs a driver 'conflict_deaths' over places or states");
    begin(&toy, &climate);
    refused(&toy, "model climate needs a driver 'ipc3' or 'disaster_affected' over places or states");
    begin(&toy, &livelihood);
    refused(&toy, "model livelihood needs the population of the places, above 0 for at least one");
}

static void numbers_wrong(void)
{
    struct toy toy;
    begin(&toy, &conflict);
    constant(add_driver(&toy, "conflict_deaths", DRIVER_PLACE), 0, -3);
    refused(&toy, "driver 'conflict_deaths', place 0: expected numbers of 0 or more, found -3 on day 0");
    begin(&toy, &conflict);
    constant(add_driver(&toy, "conflict_deaths", DRIVER_STATE), 0, 3);
    refused(&toy, "driver 'conflict_deaths' is over states, and no place of 'home' has a population or an origin_weight");
    begin(&toy, &conflict);
    constant(add_driver(&toy, "conflict_deaths", DRIVER_PLACE), 0, 3);
    fill_column(&toy, "internal_share", WORLD_OF_STATES, (const double[]){1.5, 0}, 2);
    refused(&toy, "state 'home': expected internal_share from 0 to 1, found 1.5");
    begin(&toy, &livelihood);
    toy.setup.world->place[0].population = 1e6;
    constant(add_driver(&toy, "labour_demand", DRIVER_GLOBAL), 0, 0);
    refused(&toy, "driver 'labour_demand': expected a number above 0 on day 0, found 0");
    begin(&toy, &climate);
    constant(add_driver(&toy, "ipc3", DRIVER_PLACE), 0, 3);
    trait_add(&toy.setup.traits, "papers", 1, (const char *const[]){"no"}, (const double[]){1});
    refused(&toy, "trait 'papers' has no value 'yes', which disaster visas give");
}

static const struct test_case cases[] = {
    {"as the series says", as_the_series_says},
    {"exact series", exact_series},
    {"what is heard", what_is_heard},
    {"switched off", switched_off},
    {"policies nest", policies_nest},
    {"a lever on departures", a_lever_on_departures},
    {"impulse of deaths", an_impulse_of_deaths},
    {"elasticity of deaths", elasticity_of_deaths},
    {"inside by intensity", inside_falls_with_intensity},
    {"surges are shared", surges_are_shared},
    {"deaths of states", deaths_of_states},
    {"population at risk", population_at_risk},
    {"slow onset", slow_onset},
    {"slow return", slow_return},
    {"sudden onset", sudden_onset},
    {"levers of climate", levers_of_climate},
    {"decades", decades},
    {"for a living", for_a_living},
    {"people of states", people_of_states},
    {"entries are told apart", entries_are_told_apart},
    {"the same however it is run", the_same_however_it_is_run},
    {"resumed", resumed},
    {"drivers missing", drivers_missing},
    {"numbers wrong", numbers_wrong},
};
TEST_MAIN(cases)
