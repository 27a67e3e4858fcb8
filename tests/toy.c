/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/toy.h"

#include "sim/memory.h"
#include "tests/test.h"
#include <gsl/gsl_cdf.h>
#include <stdlib.h>

/* ---- the world */

void toy_init(struct toy *toy)
{
    memset(toy, 0, sizeof *toy);
    setup_init(&toy->setup);
    toy->setup.name = memory_text("toy");
    toy->setup.world = world_new();
    toy->setup.days = 365;
    toy->setup.seed = 1;
}

uint32_t toy_place(struct toy *toy, const char *name, const char *state, uint32_t kind)
{
    struct world_place place = {.name = (char *)name, .state = world_state(toy->setup.world, state), .kind = kind};
    return world_add_place(toy->setup.world, place);
}

void toy_places(struct toy *toy, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        toy_place(toy, name, "here", WORLD_TOWN);
    }
}

void toy_link(struct toy *toy, uint32_t from, uint32_t to, double km)
{
    world_add_link(toy->setup.world, (struct world_link){.from = from, .to = to, .km = km});
}

void toy_links(struct toy *toy, uint32_t a, uint32_t b, double km)
{
    toy_link(toy, a, b, km);
    toy_link(toy, b, a, km);
}

void toy_model(struct toy *toy, const struct model *model)
{
    setup_add_model(&toy->setup, model->name);
    toy->list[toy->models++] = model;
}

struct sim *toy_open(struct toy *toy, struct sim_tuning tuning)
{
    struct error error = {0};
    struct sim *sim = NULL;
    int status = world_finish(toy->setup.world, &error) || driver_finish(&toy->setup.drivers, &error);
    if (!status && toy->setup.casegraph.stages > 0) status = casegraph_check(&toy->setup.casegraph, &error);
    if (!status) sim = sim_open(&toy->setup, toy->list, tuning, &error);
    if (sim) return sim;
    printf("toy: %s\n", error.text);
    exit(EXIT_FAILURE);
}

void toy_steps(struct sim *sim, int32_t days)
{
    for (int32_t i = 0; i < days; i++) sim_step(sim);
}

void toy_close(struct sim *sim)
{
    struct setup *setup = sim->setup;
    TEST(sim->error.status == FAIL_NONE, "%s", sim->error.text);
    sim_close(sim);
    setup_free(setup);
}

/* ---- the model */

uint32_t *toy_cell(const struct sim *sim, int column, uint32_t slot)
{
    return (uint32_t *)sim->persons.column[toy_of(sim)->lab.column[column]].data + slot;
}

void toy_fired(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    const struct toy_lab *lab = &toy_of(sim)->lab;
    for (int i = 0; i < lab->columns; i++)
        if (lab->number[i] == span->wait) *toy_cell(sim, i, slot) = (uint32_t)sim->day + 1;
    wait_end(&sim->persons.row[slot], span->wait);
}

void toy_crowd(struct sim *sim)
{
    const struct toy *toy = toy_of(sim);
    for (uint32_t place = 0; sim->day == 0 && place < sim->world->places && toy->people > 0; place++) {
        uint32_t slot = sim_enter(sim, place, toy->people, (struct person_id_parts){.driver = 6, .place = place}, false);
        for (; slot < sim->persons.count; slot++) {
            sim->persons.row[slot].group = sim->persons.row[slot].party_group = (uint8_t)(place % WAIT_GROUPS);
            if (toy->lab.begin) toy->lab.begin(sim, slot);
        }
    }
}

struct lab_state {
    int nothing;
};

static int lab_open(struct sim *sim, void *state)
{
    struct toy_lab *lab = &toy_of(sim)->lab;
    for (int i = 0; i < lab->waits; i++) {
        lab->number[i] = wait_declare(sim, sim_model_number(sim, state), lab->wait[i]);
        if (lab->number[i] < 0) return -1;
    }
    for (int i = 0; i < lab->columns; i++) {
        char name[16];
        snprintf(name, sizeof name, "toy_%d", i);
        lab->column[i] = person_column(&sim->persons, name, "1", "of a test", 4, false);
    }
    return 0;
}

static void set_rates(struct sim *sim, int i)
{
    const struct toy *toy = toy_of(sim);
    int wait = toy->lab.number[i];
    const struct wait_clock *clock = &sim->waits.wait[wait].clock;
    for (uint32_t cell = 0; !clock->ahead && cell < clock->cells; cell++) wait_rate(sim, wait, cell, toy->lab.rate(toy, i, cell, sim->day));
}

static void lab_morning(struct sim *sim, void *state)
{
    (void)state;
    const struct toy_lab *lab = &toy_of(sim)->lab;
    if (lab->morning) lab->morning(sim);
    for (int i = 0; lab->rate && i < lab->waits; i++) set_rates(sim, i);
}

static void lab_enter(struct sim *sim, void *state)
{
    (void)state;
    const struct toy_lab *lab = &toy_of(sim)->lab;
    if (lab->enter) lab->enter(sim);
    else toy_crowd(sim);
}

static void lab_act(struct sim *sim, void *state, const struct model_span *span)
{
    (void)state;
    const struct toy_lab *lab = &toy_of(sim)->lab;
    for (uint32_t i = 0; i < span->n; i++) {
        if (lab->act) lab->act(sim, span, span->slot[i]);
        else toy_fired(sim, span, span->slot[i]);
    }
}

static void lab_settle(struct sim *sim, void *state)
{
    (void)state;
    const struct toy_lab *lab = &toy_of(sim)->lab;
    if (lab->settle) lab->settle(sim);
}

static const struct param params[] = {{0}};
static const struct lever levers[] = {{"toy", "1", "what a test's policy changes", 0, 0, 1e6, LEVER_PLACE}, {0}};

const struct model toy_lab = {
    .name = "toy_lab",
    .doc = "does what a test says",
    .source = "none",
    .purpose = 200,
    .state_size = sizeof(struct lab_state),
    .params = params,
    .levers = levers,
    .open = lab_open,
    .morning = lab_morning,
    .enter = lab_enter,
    .act = lab_act,
    .settle = lab_settle,
};

/* ---- checks */

void toy_check(struct sim *sim, const char *what)
{
    struct error error = {0};
    uint32_t late = 0;
    sim->day--; /* the day that was stepped */
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) late += wait_is_due(sim, &sim->persons.row[slot]);
    TEST(late == 0, "%s, day %d: %u persons were due and not woken", what, sim->day, late);
    sim->day++;
    TEST(sim_audit(sim, &error) == 0, "%s, evening before day %d: %s", what, sim->day, error.text);
    TEST(sim->error.status == FAIL_NONE, "%s: %s", what, sim->error.text);
}

static struct sim *open_built(struct toy *toy, toy_build *build, struct sim_tuning tuning)
{
    toy_init(toy);
    build(toy);
    return toy_open(toy, tuning);
}

void toy_twins(const char *what, toy_build *build, int32_t days)
{
    struct toy toy[2];
    struct sim *fast = open_built(&toy[0], build, (struct sim_tuning){.threads = 1}),
               *naive = open_built(&toy[1], build, (struct sim_tuning){.threads = 1, .naive = true});
    int before = test_failed;
    for (int32_t day = 1; day <= days && test_failed == before; day++) {
        char hex[2][65];
        sim_step(fast);
        sim_step(naive);
        if (day % 3 != 0 && day != days) continue;
        sim_digest(fast, hex[0]);
        sim_digest(naive, hex[1]);
        TEST(strcmp(hex[0], hex[1]) == 0, "%s: after %d days the naive twin differs", what, day);
        toy_check(fast, what);
    }
    toy_close(fast);
    toy_close(naive);
}

void toy_digest(toy_build *build, struct sim_tuning tuning, int32_t days, char hex[65])
{
    struct toy toy;
    struct sim *sim = open_built(&toy, build, tuning);
    toy_steps(sim, days);
    sim_digest(sim, hex);
    toy_close(sim);
}

/* A chi-squared with so many degrees of freedom as a normal deviate; too even is as surprising as too uneven. */
static double deviate(double chi_squared, double freedom)
{
    if (chi_squared > freedom) return gsl_cdf_ugaussian_Qinv(gsl_cdf_chisq_Q(chi_squared, freedom));
    return -gsl_cdf_ugaussian_Pinv(gsl_cdf_chisq_P(chi_squared, freedom));
}

double toy_surprise(size_t bins, const double *seen, const double *expected)
{
    double sum = 0, freedom = -1, total = 0, left = 0, bin_seen = 0, bin_expected = 0;
    for (size_t i = 0; i < bins; i++) total += expected[i], left += seen[i];
    if (fabs(left - total) > 1e-6 * total) return INFINITY;
    left = total;
    for (size_t i = 0; i < bins; i++) {
        bin_seen += seen[i];
        bin_expected += expected[i];
        left -= expected[i];
        if (i + 1 < bins && (bin_expected < 10 || left < 10)) continue;
        if (bin_expected > 0) sum += (bin_seen - bin_expected) * (bin_seen - bin_expected) / bin_expected;
        else if (bin_seen > 0) return INFINITY;
        freedom += bin_expected > 0;
        bin_seen = bin_expected = 0;
    }
    return freedom < 1 ? 0 : fabs(deviate(sum, freedom));
}
