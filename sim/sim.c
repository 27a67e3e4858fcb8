/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim.h"

#include "audit.h"
#include "fingerprint.h"
#include "memory.h"
#include "parallel.h"
#include "portrait.h"
#include "queue.h"
#include "rng.h"
#include "wake.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define CHUNK 65536u

/* ---- the day ---- */

static void drivers(struct sim *sim)
{
    tally_day(&sim->tallies);
    world_day(sim->world, sim->day);
    driver_day(&sim->setup->drivers, sim->day);
}

static double indicator_value(void *context, const char *name)
{
    const struct sim *sim = context;
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

/* Before the first day: 0 for a declared indicator, NaN for an unknown one. */
static double indicator_known(void *context, const char *name)
{
    const struct sim *sim = context;
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return 0;
    return NAN;
}

static void policy(struct sim *sim)
{
    lever_day(&sim->setup->levers, sim->day, indicator_value, sim);
    queue_morning(sim);
}

static void clocks(struct sim *sim)
{
    for (int i = 0; i < sim->models; i++)
        if (sim->model[i].model->morning) sim->model[i].model->morning(sim, sim->model[i].state);
    wait_morning(sim);
    wait_exceeded(sim);
}

/* A model that gives newcomers their waits must have its turn after all that enter people. */
static void check_turns(struct sim *sim, int model)
{
    for (int k = 0; k < sim->waits.count; k++) {
        int other = sim->waits.wait[k].model;
        if (other < model && sim->model[other].model->enter)
            fail(&sim->error, FAIL_INPUT, "model %s enters people after model %s, which has to begin their waits: name %s first", sim->model[model].model->name, sim->model[other].model->name, sim->model[model].model->name);
    }
}

static void enter(struct sim *sim)
{
    sim->entering = true;
    sim->newcomers = sim->persons.count;
    for (int i = 0; i < sim->models; i++) {
        uint32_t before = sim->persons.count;
        if (sim->model[i].model->enter) sim->model[i].model->enter(sim, sim->model[i].state);
        if (sim->persons.count > before) check_turns(sim, i);
    }
    sim->entering = false;
    tally_reduce(&sim->tallies);
}

static void prepare(struct sim *sim, int phase)
{
    for (int i = 0; i < sim->models; i++)
        if (sim->model[i].model->prepare) sim->model[i].model->prepare(sim, sim->model[i].state, phase);
}

static void act(struct sim *sim, int phase)
{
    wake_phase(sim, phase);
    tally_reduce(&sim->tallies);
}

static void settle(struct sim *sim)
{
    service_settle(sim->services);
    queue_settle(sim);
    event_settle(&sim->events);
    for (int i = 0; i < sim->models; i++)
        if (sim->model[i].model->settle) sim->model[i].model->settle(sim, sim->model[i].state);
    fingerprint_day(sim);
    audit_day(sim);
    if (sim->dead > sim->persons.count / 8) queue_compact(sim);
}

void sim_step(struct sim *sim)
{
    timer_start(&sim->timers);
    drivers(sim);
    timer_stop(&sim->timers, TIMER_DRIVERS);
    policy(sim);
    timer_stop(&sim->timers, TIMER_POLICY);
    clocks(sim);
    timer_stop(&sim->timers, TIMER_CLOCKS);
    queue_serve(sim);
    timer_stop(&sim->timers, TIMER_SERVICES);
    enter(sim);
    timer_stop(&sim->timers, TIMER_ENTER);
    assert(audit_hints(sim));
    for (int phase = 0; phase < sim->phases; phase++) {
        prepare(sim, phase);
        timer_stop(&sim->timers, TIMER_PREPARE);
        act(sim, phase);
        timer_stop(&sim->timers, TIMER_ACT);
    }
    settle(sim);
    timer_stop(&sim->timers, TIMER_SETTLE);
    sim->day++;
}

/* ---- opening and closing ---- */

static const struct model *find_model(struct sim *sim, const struct model *const *list, const char *name)
{
    const char *names[256];
    char hint[96];
    size_t count = 0;
    for (; list[count] && count < 256; count++) {
        names[count] = list[count]->name;
        if (!strcmp(list[count]->name, name)) return list[count];
    }
    fail(&sim->error, FAIL_INPUT, "unknown model '%s'%s", name, fail_nearest(hint, name, names, count));
    return NULL;
}

static int give(struct sim *sim, struct sim_model *m)
{
    struct setup *setup = sim->setup;
    param_defaults(m->model->params, m->state);
    for (int i = 0; i < setup->givens; i++) {
        struct param_given *given = &setup->given[i];
        if (strcmp(given->owner, m->model->name)) continue;
        if (param_store(m->model->params, m->state, given, &sim->error)) return -1;
        given->used = true;
    }
    return 0;
}

static uint32_t lever_cells(const struct sim *sim, enum lever_over over)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    switch (over) {
    case LEVER_STATE:
        return sim->world->states;
    case LEVER_PLACE:
        return sim->world->places;
    case LEVER_LINK:
        return sim->world->links;
    case LEVER_PLACEMENT:
        return (uint32_t)graph->placements * sim->world->states;
    case LEVER_SERVICE:
        return (uint32_t)graph->services * sim->world->states;
    case LEVER_STAGE:
        return (uint32_t)graph->stages * sim->world->states;
    case LEVER_STATUS:
        return (uint32_t)graph->statuses * sim->world->states;
    default:
        return 1;
    }
}

static int open_models(struct sim *sim, const struct model *const *list)
{
    for (int i = 0; i < sim->setup->models; i++) {
        struct sim_model m = {find_model(sim, list, sim->setup->model[i]), NULL};
        if (!m.model) return -1;
        m.state = memory_new(1, m.model->state_size);
        sim->model[sim->models++] = m;
        if (give(sim, &m)) return -1;
        for (const struct lever *lever = m.model->levers; lever && lever->name; lever++) lever_declare(&sim->setup->levers, lever, lever_cells(sim, lever->over));
    }
    for (int i = 0; i < sim->models; i++)
        if (sim->model[i].model->open && sim->model[i].model->open(sim, sim->model[i].state)) return -1;
    return 0;
}

/* A value for a model that is not in force is a mistake too. */
static int check_given(struct sim *sim)
{
    for (int i = 0; i < sim->setup->givens; i++) {
        const struct param_given *given = &sim->setup->given[i];
        if (!given->used) return fail_at(&sim->error, given->file, given->line, "'%s.%s' is given, but the model '%s' is not in force", given->owner, given->name, given->owner);
    }
    return 0;
}

static void declare_standard(struct sim *sim)
{
    struct tally_set *t = &sim->tallies;
    int place = tally_axis(t, "place", sim->world->places, NULL);
    int link = tally_axis(t, "link", sim->world->links, NULL);
    sim->standard.present = tally_declare(t, "present", "people", "people present at the end of the day", TALLY_STOCK, 1, &place);
    sim->standard.travelling = tally_declare(t, "travelling", "people", "people on the link at the end of the day", TALLY_STOCK, 1, &link);
    assert(sim->standard.travelling == sim->standard.present + 1); /* see sim_presence_cell */
    sim->standard.movements = tally_declare(t, "movements", "people", "people who set out along the link", TALLY_FLOW, 1, &link);
    sim->standard.entries = tally_declare(t, "entries", "people", "people who entered the simulation", TALLY_FLOW, 1, &place);
    sim->standard.deaths = tally_declare(t, "deaths", "people", "people who died, at the place or the start of the link", TALLY_FLOW, 1, &place);
    sim->standard.entered = event_kind(&sim->events, "entered", "entered the simulation");
    sim->standard.departed = event_kind(&sim->events, "departed", "set out along a link");
    sim->standard.arrived = event_kind(&sim->events, "arrived", "reached a place");
    sim->standard.turned_back = event_kind(&sim->events, "turned_back", "found the link closed and went back to its start");
    sim->standard.died = event_kind(&sim->events, "died", "died");
}

static int check_sizes(struct sim *sim)
{
    if (sim->world->places >= PERSON_MOST_PLACES) return fail(&sim->error, FAIL_INPUT, "%u places are more than the %u that fit a person's id", sim->world->places, PERSON_MOST_PLACES);
    if ((uint32_t)sim->setup->days >= PERSON_MOST_DAYS) return fail(&sim->error, FAIL_INPUT, "%d days are more than the %u that fit a person's id", sim->setup->days, PERSON_MOST_DAYS);
    return 0;
}

static int open_rest(struct sim *sim, const struct model *const *list)
{
    if (check_sizes(sim)) return -1;
    world_rewind(sim->world); /* an earlier run may have changed the map */
    declare_standard(sim);
    portrait_open(sim);
    facet_open(sim);
    queue_open(sim);
    if (sim->error.status) return -1;
    event_open(&sim->events, sim->tuning.threads);
    if (open_models(sim, list) || check_given(sim) || queue_baseline(sim) || wait_open(sim)) return -1;
    if (lever_finish(&sim->setup->levers, indicator_known, sim, &sim->error)) return -1;
    if (tally_open(&sim->tallies, sim->tuning.threads, &sim->error)) return -1;
    return 0;
}

struct sim *sim_open(struct setup *setup, const struct model *const *list, struct sim_tuning tuning, struct error *error)
{
    if (setup->in_use) {
        fail(error, FAIL_INTERNAL, "the setup is in use by another simulation");
        return NULL;
    }
    struct sim *sim = memory_new(1, sizeof *sim);
    setup->in_use = true;
    sim->setup = setup;
    sim->world = setup->world;
    sim->tuning = tuning;
    if (sim->tuning.threads <= 0) sim->tuning.threads = parallel_most();
    if (sim->tuning.chunk == 0) sim->tuning.chunk = CHUNK;
    sim->waits.naive = tuning.naive;
    sim->model = memory_new((size_t)setup->models + 1, sizeof *sim->model);
    if (open_rest(sim, list)) {
        *error = sim->error;
        sim_close(sim);
        return NULL;
    }
    return sim;
}

void sim_close(struct sim *sim)
{
    if (!sim) return;
    for (int i = 0; i < sim->models; i++) {
        struct sim_model *m = &sim->model[i];
        if (m->model->close) m->model->close(m->state);
        param_release(m->model->params, m->state);
        memory_free(m->state);
    }
    memory_free(sim->model);
    for (int i = 0; i < sim->kepts; i++) memory_free(sim->kept[i].name);
    memory_free(sim->kept);
    for (int i = 0; i < sim->indicators; i++) memory_free(sim->indicator[i].name), memory_free(sim->indicator[i].unit), memory_free(sim->indicator[i].doc);
    memory_free(sim->indicator);
    sim->setup->in_use = false;
    facet_close(sim);
    portrait_close(sim);
    wake_close(sim);
    wait_close(sim);
    queue_close(sim);
    event_close(&sim->events);
    tally_close(&sim->tallies);
    person_close(&sim->persons);
    memory_free(sim);
}

void sim_restore(struct sim *sim)
{
    struct person_store *persons = &sim->persons;
    sim->dead = 0;
    wait_restore(sim);
    for (uint32_t slot = 0; slot < persons->count; slot++) {
        const struct person *p = &persons->row[slot];
        persons->place[slot] = p->place;
        if (p->flags & PERSON_DEAD) sim->dead++;
        /* Tomorrow everybody is looked at once; most of these wakes only leave a better hint. */
        persons->hint[slot] = p->flags & PERSON_DEAD ? WAIT_NEVER : wait_code(sim->day);
    }
    queue_rebuild(sim);
}

/* ---- for models ---- */

void *sim_state(const struct sim *sim, const char *model)
{
    for (int i = 0; i < sim->models; i++)
        if (!strcmp(sim->model[i].model->name, model)) return sim->model[i].state;
    return NULL;
}

int sim_model_number(const struct sim *sim, const void *state)
{
    for (int i = 0; i < sim->models; i++)
        if (sim->model[i].state == state) return i;
    return -1;
}

void sim_keep(struct sim *sim, const char *name, enum sim_type type, uint32_t count, void *data)
{
    sim->kept = memory_grow(sim->kept, (size_t)sim->kepts, (size_t)sim->kepts + 1, sizeof *sim->kept);
    sim->kept[sim->kepts++] = (struct sim_kept){memory_text(name), type, count, data};
}

int sim_indicator(struct sim *sim, const char *name, const char *unit, const char *doc)
{
    sim->indicator = memory_grow(sim->indicator, (size_t)sim->indicators, (size_t)sim->indicators + 1, sizeof *sim->indicator);
    sim->indicator[sim->indicators] = (struct sim_indicator){memory_text(name), memory_text(unit), memory_text(doc), NAN};
    return sim->indicators++;
}

void sim_publish(struct sim *sim, int indicator, double value) { sim->indicator[indicator].value = value; }

/* The id decides who is in the sample, so that the same persons are in it in every arm. */
static bool in_sample(const struct sim *sim, uint64_t id)
{
    if (sim->setup->sample <= 0) return false;
    return rng_uniform(rng_draw(sim->setup->seed, id, RNG_SAMPLE, 0, 0).word[0]) < sim->setup->sample;
}

uint32_t sim_enter(struct sim *sim, uint32_t place, uint64_t number, struct person_id_parts first, bool members)
{
    uint32_t count = (uint32_t)number;
    bool fits = first.party < PERSON_MOST_PARTIES && number <= (members ? 32 - first.member : PERSON_MOST_PARTIES - first.party);
    if (!fits || number > UINT32_MAX / 2 - sim->persons.count) {
        fail(&sim->error, FAIL_RUN, "day %d: more than %u parties, or a party of more than 32, enter at %s at once; take a larger scale", sim->day, PERSON_MOST_PARTIES, sim->world->place[place].name);
        return sim->persons.count;
    }
    uint32_t slot = person_append(&sim->persons, count);
    for (uint32_t i = 0; i < count; i++) {
        struct person *p = &sim->persons.row[slot + i];
        struct person_id_parts parts = first;
        if (members) parts.member += i;
        else parts.party += i;
        p->id = person_id(parts);
        parts.member = 0;
        p->party = person_id(parts);
        p->place = sim->persons.place[slot + i] = place;
        p->since = (uint16_t)sim->day;
        if (in_sample(sim, p->id)) p->flags |= PERSON_SAMPLED;
        if (members && number > 1) p->flags |= PERSON_IN_COMPANY;
        sim->persons.hint[slot + i] = wait_code(sim->day);
        portrait_draw(sim, slot + i);
        event_add(&sim->events, 0, p, sim->standard.entered, sim->day, 0);
    }
    sim->persons.entered += count;
    tally_add(&sim->tallies, 0, sim->standard.present, place, (int32_t)count);
    tally_add(&sim->tallies, 0, sim->standard.entries, place, (int32_t)count);
    return slot;
}

static void leave_place(struct sim *sim, int thread, uint32_t slot, uint32_t place)
{
    tally_add(&sim->tallies, thread, sim->standard.present, sim_presence_cell(sim, place), -1);
    if (sim->setup->traits.count > 0 && !(place & PERSON_ON_LINK)) portrait_count(sim, thread, slot, place, -1);
}

/* The part of sim_go() that few runs and few persons need. */
void sim_note_move(struct sim *sim, int thread, int phase, uint32_t slot, uint32_t from, uint32_t to)
{
    const struct person *p = &sim->persons.row[slot];
    if (sim->setup->traits.count > 0) {
        if (!(from & PERSON_ON_LINK)) portrait_count(sim, thread, slot, from, -1);
        if (!(to & PERSON_ON_LINK)) portrait_count(sim, thread, slot, to, 1);
    }
    event_add(&sim->events, thread, p, to & PERSON_ON_LINK ? sim->standard.departed : sim->standard.arrived, sim->day, phase);
}

void sim_watch_cases(struct sim *sim, sim_watch *watch, const void *state)
{
    assert(!sim->watch);
    sim->watch = watch;
    sim->watcher = state;
}

/* On a link people are still in the state they come from. */
static uint32_t state_at(const struct world *world, uint32_t place)
{
    return world->place[place & PERSON_ON_LINK ? world->link[place & ~PERSON_ON_LINK].from : place].state;
}

void sim_watch_move(struct sim *sim, int thread, int phase, uint32_t slot, uint32_t to)
{
    if (state_at(sim->world, sim->persons.row[slot].place) != state_at(sim->world, to)) sim->watch(sim, sim->watcher, thread, phase, slot, SIM_LEAVES_STATE);
}

void sim_die(struct sim *sim, int thread, int phase, uint32_t slot, uint8_t cause)
{
    struct person *p = &sim->persons.row[slot];
    if (p->stage > 0 && sim->watch) sim->watch(sim, sim->watcher, thread, phase, slot, SIM_DIES);
    uint32_t place = p->place & PERSON_ON_LINK ? sim->world->link[p->place & ~PERSON_ON_LINK].from : p->place;
    leave_place(sim, thread, slot, p->place);
    tally_add(&sim->tallies, thread, sim->standard.deaths, place, 1);
    event_add(&sim->events, thread, p, sim->standard.died, sim->day, phase);
    queue_leave_all(sim, thread, slot);
    for (int i = 0; i < sim->waits.count; i++) wait_end(p, i);
    p->flags |= PERSON_DEAD;
    p->threshold[0] = p->place;
    p->band = cause;
    p->since = (uint16_t)sim->day;
    p->place = sim->persons.place[slot] = PERSON_GONE;
    sim->persons.hint[slot] = WAIT_NEVER;
}

int sim_audit(const struct sim *sim, struct error *error) { return audit_all(sim, error); }

void sim_digest(const struct sim *sim, char hex[65]) { fingerprint_hex(sim, hex); }
