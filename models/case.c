/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The case: a person walks the graph of stages that the scenario describes and stands in placements meanwhile.

   A case opens in the graph's first stage: of newcomers in a state that opens cases; where the journey is in force, of people at
   their destination there, and of the share claim_share(state) origin_claim_share(state of origin) of other arrivals, one draw by
   party and state.
   A stage ends when its service calls the person, when a hazard of .rate stage_rate(stage) a day strikes, or at its deadline; who is
   called to a hearing and does not appear goes to no_show; else the outcome is drawn by determination.c. Where the lever suspensive is
   0, an open appeal does not keep the state from removing people: they stand in the queue for removals too, from entering the stage on.
   Places asked for (counsel, guardian, case manager, interpreter) are waited for beside all that and held until the case ends, a
   guardian's until the person is 18.
   Three waits: the decision (ticket or clock), the agenda (the earliest date of the case, or today where a queue beside called), the
   placement (clock of its hazards, placement.c).
   Source: the scenario; A/72/643 para 43-44, 59, 67b. Assumption: hazards are constant in a stage; family members have cases of their own
   with one luck (determination.c). Limits: a case ends when the person leaves the state or dies; who comes back opens another;
   queues that the lever suspensive opens or closes meanwhile are joined on entering a stage and left when called. */
#include "models/case.h"

#include "models/determination.h"
#include "models/journey.h"
#include "models/placement.h"
#include "models/way.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include <math.h>
#include <stddef.h>

enum { DRAW_CLAIM,
       DRAW_COVERAGE,
       DRAW_SCREENING };
enum { LEVER_OF_RATE,
       LEVER_OF_DEADLINE,
       LEVER_OF_SUSPENSION,
       LEVER_OF_AID,
       LEVER_OF_CLAIM,
       LEVERS };

static const enum casegraph_who first_in_line[CASEGRAPH_FIRSTS] = {[CASEGRAPH_FIRST_NONE] = CASEGRAPH_ALL, [CASEGRAPH_FIRST_CHILDREN] = CASEGRAPH_CHILDREN, [CASEGRAPH_FIRST_VULNERABLE] = CASEGRAPH_VULNERABLE, [CASEGRAPH_FIRST_LIKELY_REFUSED] = CASEGRAPH_LIKELY_REFUSED, [CASEGRAPH_FIRST_LIKELY_RECOGNISED] = CASEGRAPH_LIKELY_RECOGNISED};

struct case_state {
    struct docket docket; /* with parameters */
    double vulnerable_health;
    const struct placement *placement; /* NULL: not in force, as are the next */
    const struct determination *determination;
    const struct journey *journey;
    struct field claim_share, origin_claim_share; /* by state of the claim; by state of origin */
    int decision, agenda, hazard;                 /* waits */
    int lever[LEVERS];
    int first_lever; /* the queue's */
};

#define FIELD(name) offsetof(struct case_state, name)
static const struct param params[] = {
    {"likely_below", PARAM_NUMBER, FIELD(docket.likely_below), "1", "people are likely to be refused where the recognition of their state of origin is at most this", "assumption: as accelerated procedures of several states (0.05-0.3)", 0.2, 0, 1, NULL, "uniform"},
    {"likely_above", PARAM_NUMBER, FIELD(docket.likely_above), "1", "people are likely to be recognised where it is at least this", "Council Decisions (EU) 2015/1523 and 2015/1601: relocation from 0.75", 0.75, 0, 1, NULL, "uniform"},
    {"vulnerable_health", PARAM_NUMBER, FIELD(vulnerable_health), "1", "people whose health is at most this on opening the case are vulnerable (found or not), where the journey is in force", "assumption: two harms on the way at the default loss", 0.65, 0, 1, NULL, "uniform"},
    {0}};

static const struct lever levers[] = {
    [LEVER_OF_RATE] = {"stage_rate", "1", "factor on the hazard of leaving a stage that has no service", 1, 0, 1000, LEVER_STAGE},
    [LEVER_OF_DEADLINE] = {"deadline", "1", "factor on the deadline of a stage, for those who enter it from then on", 1, 0, 1000, LEVER_STAGE},
    [LEVER_OF_SUSPENSION] = {"suspensive", "1", "1: an open appeal keeps the state from removing people; 0: it does not", 1, 0, 1, LEVER_STATE},
    [LEVER_OF_AID] = {"legal_aid", "1", "factor on the coverage of services that give counsel", 1, 0, 1000, LEVER_STATE},
    [LEVER_OF_CLAIM] = {"claim_share", "1", "factor on the share of arrivals who claim in the state", 1, 0, 1000, LEVER_STATE},
    {0}};

/* ---- opening ---- */

static void watch(struct sim *sim, const void *state, int thread, int phase, uint32_t slot, enum sim_watched what);
static bool reception(const void *state, struct sim *sim, int thread, int phase, uint32_t slot, bool at_destination, struct wait_moment at);

static int declare_waits(struct sim *sim, struct case_state *c)
{
    int model = sim_model_number(sim, c);
    c->decision = wait_declare(sim, model, (struct wait_plan){.name = "decision", .doc = "until the stage ends by a service or a hazard", .over = WAIT_OVER_STAGE});
    c->agenda = wait_declare(sim, model, (struct wait_plan){.name = "agenda", .doc = "until the next date of the case, or a call by a queue beside the stage's"});
    c->hazard = c->docket.graph->placements == 0 ? c->agenda : wait_declare(sim, model, (struct wait_plan){.name = "placement", .doc = "until something happens in the placement", .over = WAIT_OVER_PLACEMENT, .by_group = true});
    return c->decision < 0 || c->agenda < 0 || c->hazard < 0 ? -1 : 0;
}

static int find_models(struct sim *sim, struct case_state *c)
{
    struct placement *placement = sim_state(sim, "placement");
    struct journey *on_the_way = sim_state(sim, "journey");
    c->placement = placement;
    c->determination = sim_state(sim, "determination");
    c->journey = on_the_way;
    if (c->docket.graph->placements > 0 && !placement) return fail(&sim->error, FAIL_INPUT, "the case has placements: name the model placement before case");
    if (placement) placement_attach(placement, &c->docket, c->hazard, c->agenda);
    if (on_the_way) journey_set_reception(on_the_way, reception, c);
    return 0;
}

/* In the queue of a stage: its own priority, one later for those whom the lever first leaves behind. */
static uint32_t priority(const struct sim *sim, const void *state, uint32_t slot, int service, uint32_t world_state)
{
    const struct case_state *c = state;
    const struct person *p = &sim->persons.row[slot];
    const struct casegraph_stage *stage = p->stage > 0 ? &c->docket.graph->stage[p->stage - 1] : NULL;
    uint32_t base = stage && stage->service == service ? stage->priority : 0;
    int first = (int)(lever_value(&sim->setup->levers, c->first_lever, queue_number(sim->world->states, service, world_state)) + 0.5);
    struct docket_person a = docket_person((struct sim *)sim, &c->docket, 0, 0, slot); /* which only reads */
    return docket_is(&a, first_in_line[first]) || base + 1 >= SERVICE_PRIORITIES ? base : base + 1;
}

static int case_open(struct sim *sim, void *state)
{
    struct case_state *c = state;
    c->docket.graph = &sim->setup->casegraph;
    if (c->docket.graph->stages == 0) return fail(&sim->error, FAIL_INPUT, "model case needs a case with at least one stage");
    if (declare_waits(sim, c) || docket_open(&c->docket, sim, c->agenda) || find_models(sim, c)) return -1;
    for (int i = 0; i < LEVERS; i++) c->lever[i] = lever_find(&sim->setup->levers, levers[i].name);
    lever_add_right(&sim->setup->levers, (struct lever_right){.lever = levers[LEVER_OF_SUSPENSION].name, .breaks = "people may be removed while an appeal is open", .least = 1, .most = 1});
    sim_watch_cases(sim, watch, c);
    c->first_lever = lever_find(&sim->setup->levers, "first");
    queue_set_priority(sim, priority, c);
    return field_open(&c->claim_share, sim, WORLD_OF_STATES, "claim_share", 0, 1, 1) || field_open(&c->origin_claim_share, sim, WORLD_OF_STATES, "origin_claim_share", 0, 1, 1) ? -1 : 0;
}

static double lever_at(const struct sim *sim, const struct case_state *c, int lever, uint32_t cell) { return lever_value(&sim->setup->levers, c->lever[lever], cell); }

static uint32_t stage_cell(const struct sim *sim, int stage, uint32_t state) { return (uint32_t)stage * sim->world->states + state; }

static void case_morning(struct sim *sim, void *state)
{
    const struct case_state *c = state;
    const struct casegraph *graph = c->docket.graph;
    for (uint32_t s = 0; s < sim->world->states; s++)
        for (int i = 0; i < graph->stages && casegraph_opens_in(graph, s); i++)
            wait_rate(sim, c->decision, wait_stage_cell(sim, s, (uint32_t)i + 1), graph->stage[i].rate * lever_at(sim, c, LEVER_OF_RATE, stage_cell(sim, i, s)));
}

/* ---- one person ---- */

/* A person with a case in one act; docket_person first, so that parts of it take its address. */
struct applicant {
    struct docket_person docket;
    const struct case_state *c;
    const struct casegraph *graph;
    struct sim *sim;
    struct person *p;
};

static struct applicant applicant_of(struct sim *sim, const struct case_state *c, int thread, int phase, uint32_t slot)
{
    struct applicant a = {docket_person(sim, &c->docket, thread, phase, slot), c, c->docket.graph, sim, &sim->persons.row[slot]};
    return a;
}

/* Where the journey is in force. */
static struct way_person on_the_way(const struct applicant *a) { return way_person(a->sim, journey_way(a->c->journey), a->docket.thread, a->docket.phase, a->docket.slot); }

static const struct casegraph_stage *stage_of(const struct applicant *a) { return &a->graph->stage[a->p->stage - 1]; }

static uint16_t *day_of(const struct applicant *a, int column) { return docket_day(&a->docket, column); }

static uint8_t *age_group(const struct applicant *a) { return (uint8_t *)a->sim->persons.column[a->c->docket.age].data + a->docket.slot; }

/* Of every case that the person has had: the address of what is drawn once a decision, so that no decision repeats another's draws. */
static uint16_t *rounds(const struct applicant *a) { return (uint16_t *)a->sim->persons.column[a->c->docket.rounds].data + a->docket.slot; }

static uint32_t ticket_in(const struct applicant *a, int column) { return column < 0 ? QUEUE_NONE : ((const uint32_t *)a->sim->persons.column[column].data)[a->docket.slot]; }

static void note(const struct applicant *a, int event, int value) { event_add_value(&a->sim->events, a->docket.thread, a->p, event, a->sim->day, a->docket.phase, (uint16_t)value); }

static void count(const struct applicant *a, int tally, uint32_t cell, int32_t n) { docket_add(&a->docket, tally, cell, n); }

static double chance(const struct applicant *a, uint64_t who, uint32_t what, uint32_t spell)
{
    return rng_uniform(rng_draw(a->sim->setup->seed, who, case_model.purpose * 256u + what, spell, 0).word[0]);
}

/* ---- dates ---- */

static bool is_called(const struct applicant *a, int column) { return ticket_in(a, column) == QUEUE_CALLED; }

static bool any_called(const struct applicant *a)
{
    const struct docket *d = &a->c->docket;
    bool called = is_called(a, d->bed) || is_called(a, d->removal);
    for (int g = 0; g < CASEGRAPH_GIVES; g++) called |= is_called(a, d->asked[g]);
    return called;
}

static bool is_open(const struct applicant *a) { return a->p->stage > 0 && !(a->p->flags & PERSON_DEAD); }

/* The earliest date of the case. */
static void set_agenda(const struct applicant *a)
{
    if (!is_open(a)) return;
    uint16_t due = *day_of(a, a->c->docket.stage_due), place = *day_of(a, a->c->docket.place_due), birthday = casegraph_is_final(stage_of(a)) && a->p->placement == 0 ? DOCKET_NEVER : docket_birthday(&a->docket);
    if (place < due) due = place;
    if (birthday < due) due = birthday;
    if (any_called(a)) wait_begin_day(a->p, a->c->agenda, a->sim->day);
    else if (due == DOCKET_NEVER) wait_end(a->p, a->c->agenda);
    else wait_begin_day(a->p, a->c->agenda, due);
}

static void look_at_placement(const struct applicant *a, struct wait_moment at)
{
    if (a->c->placement) *day_of(a, a->c->docket.place_due) = placement_date(a->c->placement, &a->docket, stage_of(a), at);
}

static bool is_on_the_road(const struct applicant *a) { return a->p->place & PERSON_ON_LINK; }

/* Who went on and is placed again goes no further. */
static void stay_put(const struct applicant *a, struct wait_moment at)
{
    if (!a->c->journey || !is_open(a) || a->p->placement == 0) return;
    struct way_person w = on_the_way(a);
    journey_keep(a->c->journey, &w, at);
}

static void move_out(const struct applicant *a, struct wait_moment at)
{
    if (a->c->placement) placement_move(a->c->placement, &a->docket, CASEGRAPH_NONE, at);
}

/* ---- places held and asked for ---- */

static void ask(const struct applicant *a, enum casegraph_gives gives)
{
    const struct docket *d = &a->c->docket;
    int service = docket_service(d, gives), column = d->asked[gives];
    if (docket_holds(&a->docket, gives) || ticket_in(a, column) != QUEUE_NONE || !docket_is(&a->docket, a->graph->service[service].to)) return;
    double share = a->graph->service[service].coverage * (gives == CASEGRAPH_GIVES_COUNSEL ? lever_at(a->sim, a->c, LEVER_OF_AID, a->docket.state) : 1);
    if (share < 1 && chance(a, a->p->id, DRAW_COVERAGE, gives) >= share) return;
    *day_of(a, d->asked_on[gives]) = (uint16_t)a->sim->day;
    count(a, d->asked_for, a->docket.state * CASEGRAPH_GIVES + (uint32_t)gives, 1);
    queue_join_column(a->sim, a->docket.thread, a->docket.slot, column, service, a->docket.state);
}

static void receive(const struct applicant *a, enum casegraph_gives gives)
{
    const struct docket *d = &a->c->docket;
    queue_leave_column(a->sim, a->docket.thread, a->docket.slot, d->asked[gives]);
    *docket_held(&a->docket) |= (uint8_t)(1u << gives);
    queue_take(a->sim, a->docket.thread, docket_service(d, gives), a->docket.state);
    if (gives != CASEGRAPH_GIVES_GUARDIAN) return;
    count(a, d->guardians, a->docket.state, 1);
    count(a, d->guardian_days, a->docket.state, a->sim->day - *day_of(a, d->asked_on[gives]));
}

static void leave_asked(const struct applicant *a)
{
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (a->c->docket.asked[g] >= 0) queue_leave_column(a->sim, a->docket.thread, a->docket.slot, a->c->docket.asked[g]);
}

static void give_back(const struct applicant *a)
{
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (docket_holds(&a->docket, (enum casegraph_gives)g)) queue_give(a->sim, a->docket.thread, docket_service(&a->c->docket, (enum casegraph_gives)g), a->docket.state);
    *docket_held(&a->docket) = 0;
}

/* ---- stages ---- */

static void leave_stage(const struct applicant *a)
{
    queue_leave(a->sim, a->docket.thread, a->docket.slot, a->c->decision);
    wait_end(a->p, a->c->decision);
    if (a->c->docket.removal >= 0) queue_leave_column(a->sim, a->docket.thread, a->docket.slot, a->c->docket.removal);
    *day_of(a, a->c->docket.stage_due) = DOCKET_NEVER;
}

static bool may_be_removed(const struct applicant *a) { return lever_at(a->sim, a->c, LEVER_OF_SUSPENSION, a->docket.state) < 1; }

static void begin_waits(const struct applicant *a, const struct casegraph_stage *stage, struct wait_moment at)
{
    int number = a->p->stage - 1;
    if (stage->service >= 0) queue_join(a->sim, a->docket.thread, a->docket.slot, a->c->decision, stage->service, a->docket.state);
    else if (stage->rate > 0) wait_begin_clock_at(a->sim, a->p, a->c->decision, at);
    if (stage->deadline > 0) {
        double due = a->sim->day + ceil(stage->deadline * lever_at(a->sim, a->c, LEVER_OF_DEADLINE, stage_cell(a->sim, number, a->docket.state)));
        *day_of(a, a->c->docket.stage_due) = due <= a->sim->day ? (uint16_t)(a->sim->day + 1) : due < INT16_MAX ? (uint16_t)due
                                                                                                                : DOCKET_NEVER;
    }
    if (stage->removal >= 0 && may_be_removed(a)) queue_join_column(a->sim, a->docket.thread, a->docket.slot, a->c->docket.removal, stage->removal, a->docket.state);
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (stage->asks >> g & 1) ask(a, (enum casegraph_gives)g);
}

/* The decision of a person who has one became final. */
static void finish(const struct applicant *a)
{
    const struct docket *d = &a->c->docket;
    uint8_t *flags = docket_flags(&a->docket);
    if (*flags & DOCKET_DECIDED || a->p->status < DOCKET_STATUS) return;
    int32_t days = a->sim->day - *day_of(a, d->opened);
    uint32_t status = (uint32_t)(a->p->status - DOCKET_STATUS);
    *flags |= DOCKET_DECIDED;
    count(a, d->final_decisions, ((a->docket.state * (uint32_t)a->graph->statuses + status) * DOCKET_BINS + docket_bin(days)) * DOCKET_NEEDS + (uint32_t)docket_need(&a->docket), 1);
    count(a, d->final_days, a->docket.state, days);
}

/* Nothing more is waited for, nothing more is held. */
static void end_case(const struct applicant *a)
{
    leave_stage(a);
    leave_asked(a);
    give_back(a);
}

static void put_in_stage(const struct applicant *a, uint8_t stage)
{
    const struct casegraph_stage *s = &a->graph->stage[stage];
    if (a->p->stage > 0 && stage < a->p->stage && *rounds(a) < UINT16_MAX) ++*rounds(a);
    docket_count(&a->docket, -1);
    a->p->stage = (uint8_t)(stage + 1);
    docket_count(&a->docket, 1);
    count(a, a->c->docket.reached, docket_stage_cell(&a->docket), 1);
    note(a, a->c->docket.reached_event, stage);
    if (s->appeal) *docket_flags(&a->docket) |= DOCKET_APPEALED;
    if (s->decided || casegraph_is_final(s)) finish(a);
}

static void go_home(const struct applicant *a)
{
    uint32_t home = portrait_origin(a->p);
    if (a->c->journey) {
        struct way_person w = on_the_way(a);
        journey_go_home(a->c->journey, &w);
    } else if (home != a->p->place) {
        sim_go(a->sim, a->docket.thread, a->docket.phase, a->docket.slot, home);
    }
}

/* Where home is another state, the watch closes the case on the way. */
static void return_person(const struct applicant *a, enum casegraph_returns how)
{
    const struct docket *d = &a->c->docket;
    uint32_t kind = how == CASEGRAPH_VOLUNTARY;
    count(a, d->returns, (a->docket.state * 2 + kind) * PROTECTION_CLASSES + (uint32_t)docket_class(&a->docket), 1);
    if (how == CASEGRAPH_FORCED && docket_in_need(&a->docket)) count(a, d->refoulement, a->docket.state * 3 * PORTRAIT_AGE_GROUPS + docket_people_cell(&a->docket), 1);
    note(a, d->returned_event, (int)kind);
    if (a->p->status >= DOCKET_STATUS) a->p->status = 0;
    go_home(a);
}

/* The stage in which a person lands who is sent to this one; `otherwise` goes in no circle. */
static uint8_t passed_on(const struct applicant *a, uint8_t stage)
{
    while (!docket_is(&a->docket, a->graph->stage[stage].only)) stage = a->graph->stage[stage].otherwise;
    return stage;
}

static void enter_stage(const struct applicant *a, uint8_t to, struct wait_moment at)
{
    uint8_t stage = passed_on(a, to);
    const struct casegraph_stage *s = &a->graph->stage[stage];
    leave_stage(a);
    put_in_stage(a, stage);
    if (casegraph_is_final(s)) end_case(a);
    if (s->assigns && a->c->placement && !is_on_the_road(a)) placement_assign(a->c->placement, &a->docket, s, at);
    else if (s->assigns || casegraph_is_final(s)) move_out(a, at);
    if (s->returns != CASEGRAPH_STAYS) return_person(a, s->returns);
    if (!is_open(a)) return;
    look_at_placement(a, at);
    stay_put(a, at);
    begin_waits(a, s, at);
}

static void screen(const struct applicant *a, const struct casegraph_stage *stage)
{
    uint8_t *flags = docket_flags(&a->docket);
    if (stage->screens <= 0 || !(*flags & DOCKET_NEEDY) || *flags & DOCKET_VULNERABLE) return;
    if (chance(a, a->p->id, DRAW_SCREENING, a->p->stage) < stage->screens) *flags |= DOCKET_VULNERABLE;
}

static void grant(const struct applicant *a, uint8_t status)
{
    const struct docket *d = &a->c->docket;
    const struct casegraph *g = a->graph;
    uint32_t statuses = (uint32_t)g->statuses, origin = a->sim->world->place[portrait_origin(a->p)].state;
    count(a, d->decisions, (docket_stage_cell(&a->docket) * statuses + status) * PROTECTION_CLASSES + (uint32_t)docket_class(&a->docket), 1);
    count(a, d->decisions_by_origin, (origin * (uint32_t)g->stages + a->p->stage - 1) * statuses + status, 1);
    note(a, d->decided_event, status);
    a->p->status = (uint8_t)(DOCKET_STATUS + status);
}

static void decide(const struct applicant *a, struct wait_moment at)
{
    const struct casegraph_stage *stage = stage_of(a);
    double error = a->c->placement ? placement_error(a->c->placement, &a->docket) : 1;
    screen(a, stage);
    int won = determination_outcome(a->c->determination, &a->docket, a->p->stage - 1, error, *rounds(a));
    const struct casegraph_outcome *outcome = &stage->outcome[won];
    if (outcome->status != CASEGRAPH_NONE) grant(a, outcome->status);
    enter_stage(a, outcome->to, at);
}

static bool appears(const struct applicant *a)
{
    uint32_t spell = (uint32_t)*rounds(a) << 8 | a->p->stage;
    return !stage_of(a)->hearing || !a->c->placement || placement_appears(a->c->placement, &a->docket, spell);
}

/* The stage's service called, or its hazard struck. */
static void turn(const struct applicant *a, struct wait_moment at)
{
    const struct casegraph_stage *stage = stage_of(a);
    wait_end(a->p, a->c->decision);
    if (appears(a)) decide(a, at);
    else enter_stage(a, stage->no_show, at);
}

/* ---- what happens in a placement ---- */

static void move_on(const struct applicant *a, struct wait_moment at)
{
    if (!a->c->journey || !is_open(a) || a->p->placement > 0) return;
    struct way_person w = on_the_way(a);
    journey_resume(a->c->journey, &w, at);
}

static void leave(const struct applicant *a, struct wait_moment at)
{
    uint8_t stage = a->graph->placement[a->p->placement - 1].leave_stage;
    move_out(a, at);
    if (stage != CASEGRAPH_NONE) enter_stage(a, stage, at);
    else look_at_placement(a, at);
    move_on(a, at);
}

static void die(const struct applicant *a)
{
    if (a->c->journey) {
        struct way_person w = on_the_way(a);
        way_die(&w, WAY_CAUSE_PLACE);
    } else {
        sim_die(a->sim, a->docket.thread, a->docket.phase, a->docket.slot, WAY_CAUSE_PLACE);
    }
}

static void strike(const struct applicant *a, struct wait_moment at)
{
    uint8_t return_stage = a->graph->placement[a->p->placement - 1].return_stage;
    switch (placement_strike(a->c->placement, &a->docket)) {
    case CASEGRAPH_LEAVES:
        leave(a, at);
        break;
    case CASEGRAPH_RETURNS:
        wait_renew_clock(a->sim, a->p, a->c->hazard); /* for those who wait there for the way home */
        enter_stage(a, return_stage, at);
        break;
    case CASEGRAPH_DEATH:
        die(a);
        break;
    default:
        break;
    }
}

/* ---- the agenda ---- */

static void take_calls(const struct applicant *a, struct wait_moment at)
{
    const struct docket *d = &a->c->docket;
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (is_called(a, d->asked[g])) receive(a, (enum casegraph_gives)g);
    if (is_called(a, d->bed)) {
        if (is_on_the_road(a)) move_out(a, at);
        else placement_called(a->c->placement, &a->docket, at);
        look_at_placement(a, at);
        stay_put(a, at);
    }
    if (!is_called(a, d->removal)) return;
    queue_leave_column(a->sim, a->docket.thread, a->docket.slot, d->removal);
    if (!may_be_removed(a)) return;
    if (stage_of(a)->appeal) count(a, d->removed_while_appealing, a->docket.state, 1);
    enter_stage(a, stage_of(a)->removed, at);
}

/* A guardian is a child's: who comes of age gives the place, or the wait for one, back. */
static void come_of_age(const struct applicant *a)
{
    int column = a->c->docket.asked[CASEGRAPH_GIVES_GUARDIAN];
    if (column >= 0) queue_leave_column(a->sim, a->docket.thread, a->docket.slot, column);
    if (!docket_holds(&a->docket, CASEGRAPH_GIVES_GUARDIAN)) return;
    queue_give(a->sim, a->docket.thread, docket_service(&a->c->docket, CASEGRAPH_GIVES_GUARDIAN), a->docket.state);
    *docket_held(&a->docket) &= (uint8_t) ~(1u << CASEGRAPH_GIVES_GUARDIAN);
}

/* The next age group begins; who is no child any more has another hazard class. */
static void have_birthday(const struct applicant *a, struct wait_moment at)
{
    uint8_t group = (uint8_t)portrait_age_group(a->sim, a->p);
    if (group == *age_group(a)) return;
    struct wait_residual residual = wait_take(a->sim, a->p, at);
    docket_count(&a->docket, -1);
    *age_group(a) = group;
    a->p->group = docket_group(&a->docket);
    docket_count(&a->docket, 1);
    wait_put(a->sim, a->p, &residual);
    if (!docket_is_child(&a->docket)) come_of_age(a);
}

static void keep_deadline(const struct applicant *a, struct wait_moment at)
{
    const struct casegraph_stage *stage = stage_of(a);
    if (*day_of(a, a->c->docket.stage_due) > a->sim->day) return;
    if (stage->overdue != CASEGRAPH_NONE) enter_stage(a, stage->overdue, at);
    else decide(a, at);
}

static void look_at_agenda(const struct applicant *a, struct wait_moment at)
{
    wait_end(a->p, a->c->agenda);
    have_birthday(a, at);
    if (*day_of(a, a->c->docket.place_due) <= a->sim->day) look_at_placement(a, at);
    take_calls(a, at);
    if (is_open(a)) keep_deadline(a, at);
}

static void case_act(struct sim *sim, void *state, const struct model_span *span)
{
    const struct case_state *c = state;
    for (uint32_t i = 0; i < span->n; i++) {
        struct applicant a = applicant_of(sim, c, span->thread, span->phase, span->slot[i]);
        struct wait_moment at = wait_moment(sim, a.p, span->wait);
        if (span->wait == c->agenda) look_at_agenda(&a, at);
        else if (span->wait == c->decision) turn(&a, at);
        else strike(&a, at);
        set_agenda(&a);
    }
}

/* ---- opening and closing a case ---- */

static bool is_needy(const struct applicant *a)
{
    const struct docket *d = &a->c->docket;
    if (*docket_flags(&a->docket) & DOCKET_ALONE) return true;
    if (d->vulnerable_trait >= 0 && portrait_value(a->sim, d->vulnerable_trait, a->docket.slot) == d->vulnerable_yes) return true;
    if (!a->c->journey) return false;
    struct way_person w = on_the_way(a);
    return *way_health(&w) <= a->c->vulnerable_health * UINT8_MAX;
}

static bool is_alone(const struct applicant *a)
{
    const struct docket *d = &a->c->docket;
    if (!docket_is_child(&a->docket)) return false;
    if (d->alone_trait >= 0) return portrait_value(a->sim, d->alone_trait, a->docket.slot) == d->alone_yes;
    return !(a->p->flags & PERSON_IN_COMPANY);
}

static void open_case(const struct applicant *a, struct wait_moment at)
{
    const struct docket *d = &a->c->docket;
    *age_group(a) = (uint8_t)portrait_age_group(a->sim, a->p);
    *docket_flags(&a->docket) &= DOCKET_CONDITION;
    if (is_alone(a)) *docket_flags(&a->docket) |= DOCKET_ALONE;
    if (is_needy(a)) *docket_flags(&a->docket) |= DOCKET_NEEDY;
    if (a->p->status >= DOCKET_STATUS) a->p->status = 0; /* what another case, of another state perhaps, came to */
    if (a->p->status == 0 && d->papers_trait >= 0 && portrait_value(a->sim, d->papers_trait, a->docket.slot) == d->papers_yes) a->p->status = 1;
    *day_of(a, d->opened) = (uint16_t)a->sim->day;
    *day_of(a, d->stage_due) = *day_of(a, d->place_due) = DOCKET_NEVER;
    a->p->group = docket_group(&a->docket);
    note(a, d->opened_event, 0);
    enter_stage(a, (uint8_t)a->graph->start, at);
    set_agenda(a);
}

static void close_case(const struct applicant *a)
{
    end_case(a);
    move_out(a, WAIT_DUSK);
    docket_count(&a->docket, -1);
    a->p->stage = 0;
    if (*rounds(a) < UINT16_MAX) ++*rounds(a);
    wait_end(a->p, a->c->agenda);
}

static void watch(struct sim *sim, const void *state, int thread, int phase, uint32_t slot, enum sim_watched what)
{
    struct applicant a = applicant_of(sim, state, thread, phase, slot);
    (void)what;
    close_case(&a);
}

/* Asked by the journey of people who would go on, and of those at their destination: once in a state. */
static bool reception(const void *state, struct sim *sim, int thread, int phase, uint32_t slot, bool at_destination, struct wait_moment at)
{
    const struct case_state *c = state;
    struct applicant a = applicant_of(sim, c, thread, phase, slot);
    uint32_t here = a.docket.state;
    if (a.p->stage > 0) return a.p->placement > 0; /* who was held elsewhere when placed */
    if (!casegraph_opens_in(a.graph, here) || sim->world->place[portrait_origin(a.p)].state == here) return false;
    double share = field_at(&c->claim_share, here) * field_at(&c->origin_claim_share, sim->world->place[portrait_origin(a.p)].state) * lever_at(sim, c, LEVER_OF_CLAIM, here);
    if (!at_destination && !sim->entering && chance(&a, a.p->party, DRAW_CLAIM, here) >= share) return false;
    open_case(&a, at);
    return true;
}

const struct docket *case_docket(const struct case_state *c) { return &c->docket; }

/* Where the journey is in force it has told of those whom a procedure may keep. */
static void case_enter(struct sim *sim, void *state)
{
    const struct case_state *c = state;
    if (c->journey) return;
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        struct applicant a = applicant_of(sim, c, 0, 0, slot);
        if (casegraph_opens_in(a.graph, a.docket.state)) open_case(&a, WAIT_DAWN);
    }
}

static void case_settle(struct sim *sim, void *state)
{
    const struct case_state *c = state;
    docket_settle(&c->docket, sim);
}

const struct model case_model = {
    .name = "case",
    .doc = "people walk the stages and placements that the scenario describes",
    .source = "the scenario",
    .purpose = 5,
    .state_size = sizeof(struct case_state),
    .params = params,
    .levers = levers,
    .open = case_open,
    .morning = case_morning,
    .enter = case_enter,
    .act = case_act,
    .settle = case_settle,
};
