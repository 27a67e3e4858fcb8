/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The case: a person walks the graph of stages that the scenario describes, and stands in a placement meanwhile.

   A stage ends when its service calls the person, when a hazard of .rate per day strikes, or when its deadline comes; the next
   stage is an exponential race of the outcomes' weights. A placement has hazards of leaving without leave and of harm.
   New persons start in the first stage and the first placement of the scenario's lists.
   Source: none; the numbers are the scenario's, each with its own source. Assumption: hazards are constant in a stage.
   Limits: outcomes do not depend on the person yet; placements have no capacity yet. */
#include "models/case.h"

#include "sim/memory.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

#define OUTSIDE -1 /* the placement is left for none */

enum { DRAW_OUTCOME }; /* purposes */

struct case_state {
    const struct casegraph *graph;
    int decision, deadline, leave, harm; /* waits */
    int cases, placed, decided, harmed;  /* tallies: by state and stage; by state and placement; the same two as daily counts */
    int reached, hurt;                   /* event kinds */
};

static const struct param params[] = {{0}};

/* ---- opening ---- */

static const char **stage_names(const struct casegraph *graph)
{
    const char **names = memory_new((size_t)graph->stages, sizeof *names);
    for (int i = 0; i < graph->stages; i++) names[i] = graph->stage[i].name;
    return names;
}

static const char **placement_names(const struct casegraph *graph)
{
    const char **names = memory_new((size_t)graph->placements, sizeof *names);
    for (int i = 0; i < graph->placements; i++) names[i] = graph->placement[i].name;
    return names;
}

static void declare_tallies(struct sim *sim, struct case_state *c)
{
    struct tally_set *t = &sim->tallies;
    const char **stages = stage_names(c->graph), **placements = placement_names(c->graph);
    int state = tally_axis(t, "state", sim->world->states, (const char *const *)sim->world->state);
    int by_stage[2] = {state, tally_axis(t, "stage", (uint32_t)c->graph->stages, stages)};
    c->cases = tally_declare(t, "cases", "people", "people in the stage at the end of the day", TALLY_STOCK, 2, by_stage);
    c->decided = tally_declare(t, "stage_reached", "people", "people who reached the stage", TALLY_FLOW, 2, by_stage);
    if (c->graph->placements > 0) {
        int by_placement[2] = {state, tally_axis(t, "placement", (uint32_t)c->graph->placements, placements)};
        c->placed = tally_declare(t, "placed", "people", "people in the placement at the end of the day", TALLY_STOCK, 2, by_placement);
        c->harmed = tally_declare(t, "harms", "events", "harms that people suffered in the placement", TALLY_FLOW, 2, by_placement);
    }
    memory_free(stages);
    memory_free(placements);
}

static int case_open(struct sim *sim, void *state)
{
    struct case_state *c = state;
    int model = sim_model_number(sim, c);
    c->graph = &sim->setup->casegraph;
    if (c->graph->stages == 0) return fail(&sim->error, FAIL_INPUT, "model case needs a case with at least one stage");
    c->decision = wait_declare(sim, model, (struct wait_plan){.name = "decision", .doc = "until the stage ends by a service or a hazard", .over = WAIT_OVER_CASE});
    c->deadline = wait_declare(sim, model, (struct wait_plan){.name = "deadline", .doc = "until the stage's deadline"});
    c->leave = wait_declare(sim, model, (struct wait_plan){.name = "leave", .doc = "until the person leaves the placement without leave", .over = WAIT_OVER_CASE});
    c->harm = wait_declare(sim, model, (struct wait_plan){.name = "harm", .doc = "until the next harm in the placement", .over = WAIT_OVER_CASE});
    if (c->harm < 0) return -1;
    declare_tallies(sim, c);
    c->reached = event_kind(&sim->events, "stage_reached", "reached a stage of the case");
    c->hurt = event_kind(&sim->events, "harmed", "suffered harm in a placement");
    return 0;
}

static void set_rates(struct sim *sim, const struct case_state *c, uint32_t state, uint32_t stage)
{
    for (int k = 0; k <= c->graph->placements; k++) {
        uint32_t cell = wait_case_cell(sim, state, stage + 1, (uint32_t)k);
        wait_rate(sim, c->decision, cell, c->graph->stage[stage].rate);
        wait_rate(sim, c->leave, cell, k > 0 ? c->graph->placement[k - 1].leave_rate : 0);
        wait_rate(sim, c->harm, cell, k > 0 ? c->graph->placement[k - 1].harm_rate : 0);
    }
}

static void case_morning(struct sim *sim, void *state)
{
    const struct case_state *c = state;
    if (sim->day > 0) return;
    for (uint32_t s = 0; s < sim->world->states; s++)
        for (int i = 0; i < c->graph->stages; i++) set_rates(sim, c, s, (uint32_t)i);
}

/* ---- one person ---- */

struct applicant {
    struct sim *sim;
    const struct case_state *c;
    int thread, phase;
    struct person *p;
    uint32_t slot;
};

static uint32_t state_of(const struct applicant *a)
{
    const struct world *world = a->sim->world;
    uint32_t place = a->p->place & PERSON_ON_LINK ? world->link[a->p->place & ~PERSON_ON_LINK].from : a->p->place;
    return world->place[place].state;
}

static void count(const struct applicant *a, int tally, uint8_t code, int size, int32_t n)
{
    if (code > 0) tally_add(&a->sim->tallies, a->thread, tally, state_of(a) * (uint32_t)size + code - 1u, n);
}

static void place_in(const struct applicant *a, uint8_t placement)
{
    const struct casegraph *graph = a->c->graph;
    count(a, a->c->placed, a->p->placement, graph->placements, -1);
    a->p->placement = placement;
    count(a, a->c->placed, a->p->placement, graph->placements, 1);
}

static void end_waits(const struct applicant *a)
{
    if (wait_kind(a->p, a->c->decision) == WAIT_TICKET) service_leave(a->sim->services, a->thread, a->p->threshold[a->c->decision]);
    wait_end(a->p, a->c->decision);
    wait_end(a->p, a->c->deadline);
}

static void begin_at(const struct applicant *a, int wait, double rate, struct wait_moment at)
{
    if (rate > 0) wait_begin_clock_at(a->sim, a->p, wait, at);
    else wait_end(a->p, wait);
}

/* A new placement begins at this moment of the day, not at its end. */
static void begin_placement(const struct applicant *a, struct wait_moment at)
{
    const struct casegraph_placement *placement = a->p->placement ? &a->c->graph->placement[a->p->placement - 1] : NULL;
    begin_at(a, a->c->leave, placement ? placement->leave_rate : 0, at);
    begin_at(a, a->c->harm, placement ? placement->harm_rate : 0, at);
}

/* Nothing more is waited for. */
static bool is_final(const struct casegraph_stage *stage) { return stage->outcomes == 0 && stage->deadline <= 0; }

static void begin_waits(const struct applicant *a, const struct casegraph_stage *stage)
{
    struct person *p = a->p;
    if (is_final(stage)) return;
    if (stage->service >= 0) {
        uint32_t ticket = service_ticket((uint32_t)stage->service, stage->priority, (uint32_t)a->sim->day);
        wait_begin_ticket(p, a->c->decision, ticket);
        service_join(a->sim->services, a->thread, a->slot, ticket);
    } else if (stage->rate > 0) {
        wait_begin_clock(a->sim, p, a->c->decision);
    }
    if (stage->deadline > 0) wait_begin_day(p, a->c->deadline, a->sim->day + (int32_t)ceil(stage->deadline));
}

/* What is left of leave and harm is carried over where the placement stays: a change of stage is none of the centre's. */
static void enter_stage(const struct applicant *a, uint8_t stage, int placement, struct wait_moment at)
{
    const struct casegraph *graph = a->c->graph;
    uint8_t before = a->p->placement;
    struct wait_residual residual = wait_take(a->sim, a->p, at);
    end_waits(a);
    count(a, a->c->cases, a->p->stage, graph->stages, -1);
    a->p->stage = (uint8_t)(stage + 1);
    count(a, a->c->cases, a->p->stage, graph->stages, 1);
    count(a, a->c->decided, a->p->stage, graph->stages, 1);
    if (placement != CASEGRAPH_NONE) place_in(a, (uint8_t)(placement + 1));
    if (placement == OUTSIDE || is_final(&graph->stage[stage])) place_in(a, 0);
    wait_put(a->sim, a->p, &residual);
    if (a->p->placement != before) begin_placement(a, at);
    event_add(&a->sim->events, a->thread, a->p, a->c->reached, a->sim->day, a->phase);
    begin_waits(a, &graph->stage[stage]);
}

/* Keyed by the spell of the decision and the outcome's number: closing an outcome moves only those who had it. */
static void decide(const struct applicant *a, struct wait_moment at)
{
    const struct casegraph_stage *stage = &a->c->graph->stage[a->p->stage - 1];
    double weight[CASEGRAPH_OUTCOMES];
    int n = stage->outcomes;
    for (int i = 0; i < n; i++) weight[i] = stage->outcome[i].weight;
    uint32_t spell = (uint32_t)a->p->stage << 16 | a->p->spell[a->c->decision];
    int won = rng_race(a->sim->setup->seed, a->p->id, case_model.purpose * 256u + DRAW_OUTCOME, spell, n, weight, NULL);
    a->p->spell[a->c->decision]++;
    enter_stage(a, stage->outcome[won].to, stage->outcome[won].placement, at);
}

static void harm(const struct applicant *a)
{
    count(a, a->c->harmed, a->p->placement, a->c->graph->placements, 1);
    event_add(&a->sim->events, a->thread, a->p, a->c->hurt, a->sim->day, a->phase);
    wait_renew_clock(a->sim, a->p, a->c->harm);
}

static void leave(const struct applicant *a, struct wait_moment at)
{
    uint8_t stage = a->c->graph->placement[a->p->placement - 1].leave_stage;
    enter_stage(a, stage, OUTSIDE, at); /* ends the wait: nobody leaves from outside */
}

static void fire(const struct applicant *a, int wait)
{
    const struct casegraph_stage *stage = &a->c->graph->stage[a->p->stage - 1];
    struct wait_moment at = wait_moment(a->sim, a->p, wait);
    if (wait == a->c->harm) harm(a);
    else if (wait == a->c->leave) leave(a, at);
    else if (wait == a->c->deadline && stage->overdue != CASEGRAPH_NONE) enter_stage(a, stage->overdue, CASEGRAPH_NONE, at);
    else decide(a, at);
}

static void case_act(struct sim *sim, void *state, const struct model_span *span)
{
    for (uint32_t i = 0; i < span->n; i++) {
        struct applicant a = {sim, state, span->thread, span->phase, &sim->persons.row[span->slot[i]], span->slot[i]};
        fire(&a, span->wait);
    }
}

static void case_enter(struct sim *sim, void *state)
{
    const struct case_state *c = state;
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        struct applicant a = {sim, c, 0, 0, &sim->persons.row[slot], slot};
        enter_stage(&a, 0, c->graph->placements > 0 ? 0 : CASEGRAPH_NONE, WAIT_DAWN);
    }
}

const struct model case_model = {
    .name = "case",
    .doc = "people walk the stages and placements that the scenario describes",
    .source = "the scenario",
    .purpose = 5,
    .state_size = sizeof(struct case_state),
    .params = params,
    .open = case_open,
    .morning = case_morning,
    .enter = case_enter,
    .act = case_act,
};
