/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/flee_cases.h"

#include "models/flee_journey.h"
#include "sim/memory.h"
#include "tests/permutation.h"
#include "tests/test.h"
#include <assert.h>
#include <stdlib.h>

/* ---- drawing */

uint32_t flee_cases_place(struct toy *toy, const char *state, uint32_t kind, double people)
{
    char name[2] = {(char)('A' + toy->setup.world->places), '\0'};
    assert(toy->setup.drivers.count == 0); /* their size is the number of places */
    struct world_place place = {.name = name, .region = name, .state = world_state(toy->setup.world, state), .kind = kind};
    if (kind & WORLD_CAMP) place.capacity = people;
    else place.population = people;
    return world_add_place(toy->setup.world, place);
}

void flee_cases_give(struct toy *toy, const char *model, const char *name, const char *text) { setup_give(&toy->setup, model, name, text, "toy", 0); }

void flee_cases_decay(struct toy *toy, int steps, const double *share) { setup_give_list(&toy->setup, "flee_zones", "conflict_spawn_decay", steps, share, "toy", 0); }

void flee_cases_column(struct toy *toy, const char *name, bool of_links, uint32_t cell, double value)
{
    world_add_column(toy->setup.world, name, of_links)->value[cell] = value;
}

void flee_cases_event(struct toy *toy, int32_t day, enum world_target target, uint32_t a, uint32_t b, bool closes, uint32_t kind)
{
    world_add_event(toy->setup.world, (struct world_event){.day = day, .target = target, .a = a, .b = b, .closes = closes, .kind = kind});
}

void flee_cases_series(struct toy *toy, const char *name, uint32_t cell, int days, const double *value)
{
    struct driver *driver = driver_find(&toy->setup.drivers, name);
    bool global = strncmp(name, "registered_", strlen("registered_")) == 0;
    if (!driver) driver = driver_add(&toy->setup.drivers, name, "1", "", global ? DRIVER_GLOBAL : DRIVER_PLACE, DRIVER_STEP, global ? 1 : toy->setup.world->places);
    double *day = memory_new((size_t)days, sizeof *day);
    for (int i = 0; i < days; i++) day[i] = i;
    driver_add_series(driver, cell, days, day, value);
    memory_free(day);
}

void flee_cases_people(struct toy *toy, const char *people, int32_t until)
{
    double *value = memory_new((size_t)until + 1, sizeof *value);
    for (int32_t i = 0; i < until; i++) value[i] = 1;
    flee_cases_series(toy, "conflict", A, until + 1, value);
    flee_cases_give(toy, "flee_entry", "spawn_mode", "constant");
    flee_cases_give(toy, "flee_entry", "displaced_per_conflict_day", people);
    memory_free(value);
}

/* ---- both engines */

const char *flee_cases_word(enum naive_flee_rules rules) { return rules == NAIVE_FLEE_COMPAT ? "compat" : "fixed"; }

static void stop(const struct error *error)
{
    printf("flee_cases: %s\n", error->text);
    exit(EXIT_FAILURE);
}

void flee_cases_setup(struct flee_cases *cases, flee_cases_draw *draw, enum naive_flee_rules rules)
{
    struct error error = {0};
    *cases = (struct flee_cases){.rules = rules};
    toy_init(&cases->toy);
    draw(&cases->toy);
    struct setup *setup = &cases->toy.setup;
    setup_add_model(setup, "flee_zones");
    setup_add_model(setup, "flee_entry");
    setup_add_model(setup, "flee_journey");
    flee_cases_give(&cases->toy, "flee_zones", "rules", flee_cases_word(rules));
    setup->world->last_word = rules == NAIVE_FLEE_COMPAT;
    if (world_finish(setup->world, &error) || driver_finish(&setup->drivers, &error)) stop(&error);
}

static struct sim *open_engine(struct setup *setup)
{
    struct error error = {0};
    struct sim *sim = sim_open(setup, models, (struct sim_tuning){.threads = 1}, &error);
    if (!sim) stop(&error);
    return sim;
}

static struct naive_flee *open_naive(const struct setup *setup, enum naive_flee_rules rules, uint64_t seed)
{
    struct error error = {0};
    struct naive_flee *naive = naive_flee_open(setup, (struct naive_flee_options){rules, NAIVE_FLEE_START_OF_PHASE, seed}, &error);
    if (!naive) stop(&error);
    return naive;
}

static void step_naive(struct naive_flee *naive)
{
    struct error error = {0};
    if (naive_flee_step(naive, &error)) stop(&error);
}

void flee_cases_start(struct flee_cases *cases)
{
    cases->sim = open_engine(&cases->toy.setup);
    cases->naive = open_naive(&cases->toy.setup, cases->rules, 5);
}

void flee_cases_steps(struct flee_cases *cases, int32_t days)
{
    struct error error = {0};
    for (int32_t i = 0; i < days; i++) {
        sim_step(cases->sim);
        step_naive(cases->naive);
    }
    TEST(sim_audit(cases->sim, &error) == 0 && cases->sim->error.status == FAIL_NONE, "%s%s", error.text, cases->sim->error.text);
}

void flee_cases_close(struct flee_cases *cases)
{
    naive_flee_close(cases->naive);
    sim_close(cases->sim);
    setup_free(&cases->toy.setup);
}

double flee_cases_travelling(const struct sim *sim)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sim->world->links; i++) sum += tally_at(&sim->tallies, sim->standard.travelling, i);
    return (double)sum;
}

const struct flee_zones *flee_cases_zones(const struct sim *sim) { return sim_state(sim, "flee_zones"); }

const struct flee_entry *flee_cases_entry(const struct sim *sim) { return sim_state(sim, "flee_entry"); }

double flee_cases_indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (strcmp(sim->indicator[i].name, name) == 0) return sim->indicator[i].value;
    return NAN;
}

/* The journey's own plan: where its table says that one of its values lies, the others lie beside it. */
static const struct flee_routes_plan *plan_of(const struct sim *sim)
{
    const struct param *awareness = param_find(flee_journey.params, "awareness_level");
    const char *journey = sim_state(sim, "flee_journey");
    return (const struct flee_routes_plan *)(journey + awareness->offset - offsetof(struct flee_routes_plan, awareness));
}

void flee_cases_routes(struct flee_routes *routes, struct sim *sim)
{
    *routes = (struct flee_routes){0};
    int status = flee_routes_open(routes, sim, plan_of(sim), sim_state(sim, "flee_zones"));
    if (status) stop(&sim->error);
    for (uint32_t i = 0; i < sim->world->places; i++) routes->room[i] = 1;
    sim->day--; /* the day that was stepped */
    flee_routes_morning(routes, sim);
    sim->day++;
}

/* ---- samples */

void flee_cases_sample_engine(const struct flee_cases_plan *plan, double *out, double *created)
{
    for (uint32_t seed = 0; seed < plan->seeds; seed++) {
        plan->setup->seed = plan->seed + seed;
        struct sim *sim = open_engine(plan->setup);
        for (int32_t day = 0; day < plan->setup->days; day++) {
            sim_step(sim);
            if (created && seed == 0) created[day] = (double)sim->persons.entered;
            for (uint32_t i = 0; i < plan->places; i++) *out++ = plan->place[i] == FLEE_CASES_TRAVELLING ? flee_cases_travelling(sim) : flee_cases_at(sim, plan->place[i]);
        }
        TEST(sim->error.status == FAIL_NONE, "%s", sim->error.text);
        sim_close(sim);
    }
}

void flee_cases_sample_naive(const struct flee_cases_plan *plan, double *out, double *created)
{
    for (uint32_t seed = 0; seed < plan->seeds; seed++) {
        struct naive_flee *naive = open_naive(plan->setup, plan->rules, plan->seed + seed);
        for (int32_t day = 0; day < plan->setup->days; day++) {
            step_naive(naive);
            struct naive_flee_totals totals = naive_flee_totals(naive);
            if (created && seed == 0) created[day] = (double)totals.created;
            for (uint32_t i = 0; i < plan->places; i++)
                *out++ = (double)(plan->place[i] == FLEE_CASES_TRAVELLING ? totals.travelling : naive_flee_place(naive, plan->place[i])->present);
        }
        naive_flee_close(naive);
    }
}

static void say(const char *what, const struct permutation *test, uint32_t engine_seeds, uint32_t naive_seeds, uint32_t places)
{
    uint32_t day = (uint32_t)(test->cell / places), place = (uint32_t)(test->cell % places);
    printf("  %s: %u seeds against %u: largest difference %.3f standard deviations (day %u, place %u), p %.3f; mean square %.4f, p %.3f;"
           " ratio of deviations %.3f, p %.3f; outside 0.5 to 2 in %zu of %zu cells, p %.3f\n",
           what, engine_seeds, naive_seeds, test->statistic, day, place, test->p, test->square, test->square_p, test->ratio, test->ratio_p, test->out, test->compared, test->out_p);
}

void flee_cases_compare(const char *what, const double *engine, uint32_t engine_seeds, const double *naive, uint32_t naive_seeds, uint32_t days, uint32_t places, double level)
{
    bool strict = level < 0.01;
    struct permutation test = permutation_test(engine, engine_seeds, naive, naive_seeds, (size_t)days * places, strict ? 1999 : 999, 1);
    bool means = test.p > level && test.square_p > level;
    bool spreads = test.ratio > 0.5 && test.ratio < 2 && test.ratio_p > level && (test.out == 0 || test.out_p > level);
    if (!strict || !means || !spreads) say(what, &test, engine_seeds, naive_seeds, places);
    TEST(means, "%s: the means differ", what);
    TEST(spreads, "%s: the spreads differ", what);
}
