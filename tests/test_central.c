/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenario central_mediterranean as a whole: conservation, the same bits for any number of threads, the same people in
   arms that differ in a policy, nothing changed by a policy that does nothing, the same hazards at any scale. Italy's case within it:
   everybody with a case stands in Italy, whoever opens one claims, does not, or is under way, and who does not claim goes on. */
#include "models/journey.h"
#include "models/pool.h"
#include "models/sea.h"
#include "scenarios/scenario.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "tests/test.h"
#include <math.h>
#include <stdlib.h>

static const char *const path = "scenarios/central_mediterranean/scenario.cfg";

static void read_setup(struct setup *setup, double scale, uint64_t seed)
{
    struct error error = {0};
    setup_init(setup);
    if (scenario_read(setup, path, &error)) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    setup->scale = scale;
    setup->seed = seed;
}

static struct sim *begin(struct setup *setup, int threads)
{
    struct error error = {0};
    struct sim *sim = sim_open(setup, models, (struct sim_tuning){.threads = threads}, &error);
    if (sim) return sim;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

static void end(struct sim *sim)
{
    struct setup *setup = sim->setup;
    sim_close(sim);
    setup_free(setup);
}

static struct sim *run(struct setup *setup, double scale, uint64_t seed, int threads, int32_t days)
{
    read_setup(setup, scale, seed);
    struct sim *sim = begin(setup, threads);
    for (int32_t i = 0; i < days; i++) sim_step(sim);
    return sim;
}

static void add_policy(struct setup *setup, const char *lever, enum lever_operation operation, double value, int32_t from)
{
    lever_add_policy(&setup->levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = -1, .operation = operation, .value = value, .from = from, .to = -1});
}

static int64_t sum(const struct sim *sim, const char *name)
{
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, name)];
    int64_t total = 0;
    for (uint32_t i = 0; i < t->cells; i++) total += sim->tallies.value[t->offset + i];
    return total;
}

static int64_t outcomes(const struct sim *sim, enum sea_outcome outcome)
{
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, "crossings")];
    int64_t total = 0;
    for (uint32_t i = (uint32_t)outcome; i < t->cells; i += SEA_OUTCOMES) total += sim->tallies.value[t->offset + i];
    return total;
}

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

/* ---- laws of one run */

static void nobody_is_lost(void)
{
    struct setup setup;
    struct error error = {0};
    int64_t dead = 0, embarked = 0, ended = 0;
    read_setup(&setup, 200, 3);
    struct sim *sim = begin(&setup, 2);
    for (int32_t day = 0; day < 1100; day++) {
        sim_step(sim);
        dead += sum(sim, "deaths");
        embarked += sum(sim, "embarked");
        ended += sum(sim, "crossings");
        if (day % 50 == 0) TEST(sim_audit(sim, &error) == 0, "day %d: %s", day, error.text);
        TEST(sum(sim, "present") + sum(sim, "travelling") + dead == (int64_t)sim->persons.entered, "day %d: somebody is lost", day);
        TEST(sum(sim, "present_by_mode") == sum(sim, "present"), "day %d: modes", day);
        TEST(embarked - ended >= 0 && embarked - ended <= sum(sim, "travelling"), "day %d: %d embarked, %d ended", day, (int)embarked, (int)ended);
    }
    TEST(ended > 300 && dead > 10, "too quiet: %d crossings, %d dead", (int)ended, (int)dead);
    end(sim);
}

static void any_number_of_threads(void)
{
    char one[65], other[65];
    for (int threads = 1; threads <= 4; threads += 3) {
        struct setup setup;
        struct sim *sim = run(&setup, 200, 5, threads, 900);
        sim_digest(sim, threads == 1 ? one : other);
        end(sim);
    }
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
}

/* ---- arms */

static void a_policy_that_does_nothing(void)
{
    char one[65], other[65];
    for (int k = 0; k < 2; k++) {
        struct setup setup;
        read_setup(&setup, 400, 7);
        if (k) add_policy(&setup, "rescue_state", LEVER_ADD, 0, 100), add_policy(&setup, "price", LEVER_MULTIPLY, 1, 100), add_policy(&setup, "aid", LEVER_ADD, 0, 100);
        struct sim *sim = begin(&setup, 2);
        for (int32_t i = 0; i < 800; i++) sim_step(sim);
        sim_digest(sim, k ? other : one);
        end(sim);
    }
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
}

struct known {
    uint64_t id;
    int16_t birth;
    uint8_t sex;
    uint32_t destination;
};

static int by_id(const void *left, const void *right)
{
    const struct known *a = left, *b = right;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* Everybody who entered and lives, by id. */
static struct known *people(const struct sim *sim, uint32_t *count)
{
    const struct person_store *persons = &sim->persons;
    struct known *known = memory_new((size_t)persons->count + 1, sizeof *known);
    const uint16_t *destination = NULL;
    for (int i = 0; i < persons->columns; i++)
        if (!strcmp(persons->column[i].name, "destination")) destination = persons->column[i].data;
    *count = 0;
    for (uint32_t slot = 0; slot < persons->count; slot++) {
        const struct person *p = &persons->row[slot];
        if (!(p->flags & PERSON_DEAD)) known[(*count)++] = (struct known){p->id, p->birth, p->sex, destination[slot]};
    }
    qsort(known, *count, sizeof *known, by_id);
    return known;
}

/* Two runs that differ in rescue alone: the same ids, sexes, births and destinations set out; who is missing in one is dead there. */
static void the_same_people_in_two_arms(void)
{
    struct setup setup[2];
    struct known *known[2];
    uint32_t count[2], both = 0, differ = 0;
    struct sim *sim[2];
    for (int k = 0; k < 2; k++) {
        read_setup(&setup[k], 200, 9);
        if (k) add_policy(&setup[k], "rescue_state", LEVER_MULTIPLY, 0, 400), add_policy(&setup[k], "rescue_private", LEVER_MULTIPLY, 0, 400);
        sim[k] = begin(&setup[k], 2);
        for (int32_t i = 0; i < 1100; i++) sim_step(sim[k]);
        known[k] = people(sim[k], &count[k]);
    }
    TEST(sim[0]->persons.entered == sim[1]->persons.entered, "%d and %d people set out", (int)sim[0]->persons.entered, (int)sim[1]->persons.entered);
    for (uint32_t i = 0, j = 0; i < count[0] && j < count[1];) {
        if (known[0][i].id == known[1][j].id) both++, differ += known[0][i].sex != known[1][j].sex || known[0][i].birth != known[1][j].birth || known[0][i].destination != known[1][j].destination, i++, j++;
        else if (known[0][i].id < known[1][j].id) i++;
        else j++;
    }
    TEST(both > count[0] * 9 / 10 && differ == 0, "%u of %u in both, %u of them differ", both, count[0], differ);
    char one[65], other[65];
    sim_digest(sim[0], one), sim_digest(sim[1], other);
    TEST(strcmp(one, other) != 0, "without rescue nothing changed");
    for (int k = 0; k < 2; k++) memory_free(known[k]), end(sim[k]);
}

/* ---- diversion */

static double crossings_of(const struct sim *sim, double basin)
{
    const double *basins = world_values(sim->world, "basin", WORLD_OF_LINKS);
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, "crossings")];
    double total = 0;
    for (uint32_t i = 0; i < t->cells; i++) total += basins[i / SEA_OUTCOMES] == basin ? (double)sim->tallies.value[t->offset + i] : 0;
    return total;
}

/* The central crossings become as dear as 20,000 USD more: people go by the west and the east instead. */
static void a_route_that_closes(void)
{
    double by[2][3] = {{0}};
    for (int k = 0; k < 2; k++) {
        struct setup setup;
        read_setup(&setup, 100, 11);
        const double *basin = world_values(setup.world, "basin", WORLD_OF_LINKS);
        for (uint32_t i = 0; k && i < setup.world->links; i++)
            if (setup.world->link[i].mode == WORLD_SEA && basin[i] == 0)
                lever_add_policy(&setup.levers, (struct lever_policy){.name = "closed", .lever = "control", .cell = i, .operation = LEVER_ADD, .value = 20, .from = 500, .to = -1});
        struct sim *sim = begin(&setup, 2);
        for (int32_t day = 0; day < 1300; day++) {
            sim_step(sim);
            for (int b = 0; day >= 600 && b < 3; b++) by[k][b] += crossings_of(sim, b);
        }
        end(sim);
    }
    TEST(by[1][0] < 0.8 * by[0][0], "centre: %.0f, then %.0f", by[0][0], by[1][0]);
    TEST(by[1][1] > by[0][1] + 5 * sqrt(by[0][1]) && by[1][2] > by[0][2] + 3 * sqrt(by[0][2]), "west: %.0f, then %.0f; east: %.0f, then %.0f", by[0][1], by[1][1], by[0][2], by[1][2]);
}

/* ---- scale */

struct counts {
    double attempts, deaths, intercepted, entered, days;
};

static struct counts at_scale(double scale, uint64_t seed)
{
    struct setup setup;
    struct counts c = {0};
    read_setup(&setup, scale, seed);
    struct sim *sim = begin(&setup, 1);
    for (int32_t i = 0; i < 1100; i++) {
        sim_step(sim);
        c.deaths += (double)outcomes(sim, SEA_DIED) * scale;
        c.intercepted += (double)outcomes(sim, SEA_INTERCEPTED) * scale;
        c.attempts += (double)sum(sim, "crossings") * scale;
    }
    c.entered = (double)sim->persons.entered * scale;
    c.days = indicator(sim, "stranded_person_days");
    end(sim);
    return c;
}

/* Means over seeds, more of them where a run is small and scatters; the standard error of a mean from the spread between seeds. */
static void any_scale(void)
{
    static const double scale[2] = {20, 200};
    static const uint64_t seeds[2] = {4, 16};
    double mean[2][5] = {{0}}, square[2][5] = {{0}};
    for (int k = 0; k < 2; k++)
        for (uint64_t seed = 1; seed <= seeds[k]; seed++) {
            struct counts c = at_scale(scale[k], seed);
            double value[5] = {c.attempts, c.deaths, c.intercepted, c.entered, c.days}, n = (double)seeds[k];
            for (int i = 0; i < 5; i++) mean[k][i] += value[i] / n, square[k][i] += value[i] * value[i] / n;
        }
    for (int i = 0; i < 5; i++) {
        double variance = 0;
        for (int k = 0; k < 2; k++) variance += (square[k][i] - mean[k][i] * mean[k][i]) / (double)(seeds[k] - 1);
        double error = sqrt(variance);
        TEST(fabs(mean[0][i] - mean[1][i]) < 3 * error + 0.02 * mean[0][i], "count %d: %.0f at k = 20, %.0f at k = 200, error %.0f", i, mean[0][i], mean[1][i], error);
    }
    TEST(fabs(mean[0][3] - mean[1][3]) < 0.02 * mean[0][3], "%.0f and %.0f people set out", mean[0][3], mean[1][3]);
}

/* ---- Italy's case */

static int stage_number(const struct sim *sim, const char *name)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    for (int i = 0; i < graph->stages; i++)
        if (!strcmp(graph->stage[i].name, name)) return i;
    fprintf(stderr, "no stage '%s'\n", name);
    exit(1);
}

static int64_t in_italy(const struct sim *sim, const char *tally, const char *stage)
{
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, tally)];
    uint32_t cell = world_find_state(sim->world, "Italy") * (uint32_t)sim->setup->casegraph.stages + (uint32_t)stage_number(sim, stage);
    return sim->tallies.value[t->offset + cell];
}

static int64_t in_stages(const struct sim *sim, const char *tally, const char *const stages[])
{
    int64_t total = 0;
    for (int i = 0; stages[i]; i++) total += in_italy(sim, tally, stages[i]);
    return total;
}

static const char *const beginning[] = {"visa", "registered", NULL};
static const char *const before_the_claim[] = {"visa", "registered", "hesitating", "guardian", NULL};
static const char *const claimed[] = {"claim", "claim_reception", NULL};

struct opened {
    int64_t cases, claims, no_claim;
};

static void count_day(struct opened *o, const struct sim *sim)
{
    o->cases += in_stages(sim, "stage_reached", beginning);
    o->claims += in_stages(sim, "stage_reached", claimed);
    o->no_claim += in_italy(sim, "stage_reached", "no_claim");
}

static void everybody_with_a_case_is_in_italy(const struct sim *sim)
{
    uint32_t italy = world_find_state(sim->world, "Italy");
    int64_t people = 0, elsewhere = 0, placed = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD || p->stage == 0) continue;
        bool on_link = p->place & PERSON_ON_LINK;
        uint32_t place = on_link ? sim->world->link[p->place & ~PERSON_ON_LINK].from : p->place;
        people++, elsewhere += sim->world->place[place].state != italy, placed += p->placement > 0;
    }
    TEST(elsewhere == 0, "day %d: %d people have a case of Italy elsewhere", sim->day, (int)elsewhere);
    TEST(sum(sim, "cases") == people && sum(sim, "placed") == placed, "day %d: %d people with a case, %d counted; %d placed, %d counted", sim->day, (int)people, (int)sum(sim, "cases"), (int)placed, (int)sum(sim, "placed"));
}

/* Cases opened = claims + never claimed + under way + those few who left or died before. */
static void a_case_is_a_claim_in_the_end(void)
{
    struct setup setup;
    struct opened o = {0};
    read_setup(&setup, 100, 13);
    struct sim *sim = begin(&setup, 2);
    for (int32_t day = 0; day < 1400; day++) {
        sim_step(sim);
        count_day(&o, sim);
        if (day % 100 == 99) everybody_with_a_case_is_in_italy(sim);
        int64_t others = o.cases - o.claims - o.no_claim - in_stages(sim, "cases", before_the_claim);
        TEST(others >= 0, "day %d: %d cases opened, %d claims, %d never claim", day, (int)o.cases, (int)o.claims, (int)o.no_claim);
        if (day == 1399) TEST(others < o.cases / 20, "%d of %d cases end before the claim", (int)others, (int)o.cases);
    }
    TEST(o.claims > 1000 && o.no_claim > 50, "too quiet: %d claims, %d never claim", (int)o.claims, (int)o.no_claim);
    end(sim);
}

/* Where for 1100 days only those claim who are bound for Italy, the others go on: 500 days later nearly as many more are where they meant to go as fewer cases were opened. */
static void who_does_not_claim_goes_on(void)
{
    struct opened o[2] = {{0}};
    int64_t there[2] = {0}, entered[2], landed[2] = {0};
    for (int k = 0; k < 2; k++) {
        struct setup setup;
        read_setup(&setup, 100, 15);
        if (k) lever_add_policy(&setup.levers, (struct lever_policy){.name = "p", .lever = "claim_share", .cell = -1, .operation = LEVER_MULTIPLY, .value = 0, .from = 0, .to = 1100});
        struct sim *sim = begin(&setup, 2);
        for (int32_t i = 0; i < 1600; i++) {
            sim_step(sim);
            count_day(&o[k], sim);
            there[k] += sum(sim, "arrivals_at_destination");
            landed[k] += outcomes(sim, SEA_ARRIVED);
        }
        entered[k] = (int64_t)sim->persons.entered;
        end(sim);
    }
    int64_t fewer = o[0].cases - o[1].cases, more = there[1] - there[0];
    TEST(entered[0] == entered[1] && llabs(landed[0] - landed[1]) < landed[0] / 20 + 20, "%d and %d entered, %d and %d landed unaided", (int)entered[0], (int)entered[1], (int)landed[0], (int)landed[1]);
    TEST(fewer > 200, "%d and %d cases", (int)o[0].cases, (int)o[1].cases);
    TEST(more > fewer * 4 / 5 && more < fewer * 6 / 5, "%d fewer cases, %d more people at their destination", (int)fewer, (int)more);
}

static const struct test_case cases[] = {
    {"nobody is lost", nobody_is_lost},
    {"any number of threads", any_number_of_threads},
    {"a policy that does nothing", a_policy_that_does_nothing},
    {"the same people in two arms", the_same_people_in_two_arms},
    {"a route that closes", a_route_that_closes},
    {"any scale", any_scale},
    {"a case is a claim in the end", a_case_is_a_claim_in_the_end},
    {"who does not claim goes on", who_does_not_claim_goes_on},
};
TEST_MAIN(cases)
