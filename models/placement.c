/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where people are while a case or a removal is open: detention, its alternatives, centres, the street.

   Assignment. Of the placements that a stage names, a person may be assigned those with use > 0 where neither the rule for children
   nor those for people found vulnerable and for families say never, and where the assessed risk lies within risk_from .. risk_to; those that a rule
   leaves for the last only where there is no other. Who is in one of them stays; else it is an exponential race of the weights
   `use`. assessed risk = r + risk_noise N, r the person's latent rank of leaving, N fixed for life, cut to 0 .. 1.
   A placement with a service is entered when its queue calls; until then the person stands in .meanwhile, or outside.

   Hazards a day, of risk class r (8 classes, middle rank), in the duration band with factor b:
     leaving without leave  leave_rate leaving exp(leave_slope (r - 1/2))
     voluntary return       return_rate voluntary, of people in need of protection times return_in_need
     lasting condition      mental_rate b harm, of children times child_factor; nothing to who has it
     physical harm          physical_rate b harm, of children times child_factor
     death                  death_rate harm
   leaving, voluntary, harm are levers. On entering, a person without the condition gets it with chance onset harm; on leaving a
   placement that can bring it on, who has it keeps it with chance `lasting`; from one placement with an onset to another neither.
   Appearance at a hearing: appearance - appearance_slope (r - 1/2), cut to 0 .. 1; outside any placement appearance_outside.
   Source: the scenario's numbers, each with its own; onset as an excess over people who are not held, step, slope with time and
   lasting part apart (A/72/643 para 59). Assumption: risk acts on leaving and appearing alone; hazards are constant in a band.
   Families have one rank, one assessment and
   one luck in the assignment. Limits: its members wait for places, leave and are released each for themselves; a condition that has gone does not come back by itself. */
#include "models/placement_parts.h"

#include "sim/memory.h"
#include <math.h>
#include <string.h>

#define FIELD(name) offsetof(struct placement, name)
static const struct param params[] = {
    {"risk_noise", PARAM_NUMBER, FIELD(risk_noise), "1", "standard deviation of the error of an individual assessment of the rank of leaving", "assumption: 0.2 (0-0.5); no validated instrument found", 0.2, 0, 0.5, NULL, "uniform"},
    {"appearance_outside", PARAM_NUMBER, FIELD(appearance_outside), "1", "chance to appear at a hearing of people outside any placement", "0.83 of hearings of people released without supervision, 2.8 million hearings 2008-2018 (Eagly and Shafer 2020); critics 0.66, with counsel 0.96", 0.83, 0.5, 0.95, NULL, "triangular"},
    {"return_in_need", PARAM_NUMBER, FIELD(return_in_need), "1", "factor on the hazard of voluntary return of people in need of protection", "assumption: less than others, no figure; 0 is never", 0.5, 0, 1, NULL, "uniform"},
    {0}};

/* ---- opening ---- */

static int check_returns(struct sim *sim, const struct casegraph *graph)
{
    for (int i = 0; i < graph->placements; i++)
        if (graph->placement[i].rate[CASEGRAPH_RETURNS] > 0 && graph->placement[i].return_stage == CASEGRAPH_NONE)
            return fail(&sim->error, FAIL_INPUT, "placement '%s': a return_rate needs a return_stage, found none", graph->placement[i].name);
    return 0;
}

static void open_limits(struct placement *placement, struct sim *sim)
{
    uint32_t n = placement_cells(sim, placement) * PLACEMENT_LIMITS;
    placement->limits = memory_new(n, sizeof *placement->limits);
    for (uint32_t i = 0; i < n; i++) placement->limits[i] = NAN;
    if (n > 0) sim_keep(sim, "placement.limits", SIM_F64, n, placement->limits);
}

static int placement_open(struct sim *sim, void *state)
{
    struct placement *placement = state;
    placement->graph = &sim->setup->casegraph;
    if (check_returns(sim, placement->graph)) return -1;
    placement_rules_open(placement, sim);
    placement_hazard_open(placement, sim);
    open_limits(placement, sim);
    placement->assignments = person_column(&sim->persons, "placement_choices", "1", "choices of a placement drawn so far", 2, false);
    placement->entries = person_column(&sim->persons, "placement_entries", "1", "placements entered so far", 2, false);
    placement->sent = person_column(&sim->persons, "placement_sent", "1", "the placement waited for follows another by its rule, not by the stage's", 1, false);
    placement->share_detained = sim_indicator(sim, "share_detained", "1", "people in placements that detain / people with an open case");
    return 0;
}

static void placement_close(void *state)
{
    struct placement *placement = state;
    placement_hazard_close(placement);
    memory_free(placement->limits);
}

void placement_attach(struct placement *placement, const struct docket *docket, int wait, int agenda)
{
    placement->docket = docket;
    placement->wait = wait;
    placement->agenda = agenda;
}

static void placement_morning(struct sim *sim, void *state)
{
    const struct placement *placement = state;
    if (placement->docket) placement_hazard_morning(placement, sim);
}

/* ---- limits that change: people in the placement are looked at today ---- */

static bool note_limits(const struct sim *sim, const struct placement *placement, uint8_t *moved)
{
    uint32_t n = placement_cells(sim, placement);
    bool any = false;
    for (uint32_t k = 0; k < PLACEMENT_LIMITS; k++)
        for (uint32_t cell = 0; cell < n; cell++) {
            bool now = placement_note(&placement->limits[k * n + cell], lever_value(&sim->setup->levers, placement->lever[k], cell));
            moved[cell] |= now;
            any |= now;
        }
    return any;
}

static void recall(struct sim *sim, const struct placement *placement, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    ((uint16_t *)sim->persons.column[placement->docket->place_due].data)[slot] = (uint16_t)sim->day;
    wait_begin_day(p, placement->agenda, sim->day);
    sim->persons.hint[slot] = wait_code(sim->day);
}

static void placement_enter(struct sim *sim, void *state)
{
    struct placement *placement = state;
    if (!placement->docket) return;
    uint8_t *moved = memory_new(placement_cells(sim, placement), 1);
    bool any = note_limits(sim, placement, moved);
    for (uint32_t slot = 0; any && placement->docket && slot < sim->newcomers; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->placement == 0 || p->flags & PERSON_DEAD) continue;
        if (moved[placement_rules_cell(sim, p->placement - 1, docket_state(sim, p))]) recall(sim, placement, slot);
    }
    memory_free(moved);
}

/* ---- the evening ---- */

static int64_t open_cases(const struct sim *sim, const struct placement *placement)
{
    const struct casegraph *graph = placement->graph;
    int64_t persons = 0;
    for (uint32_t s = 0; s < sim->world->states; s++)
        for (int i = 0; i < graph->stages; i++)
            if (!casegraph_is_final(&graph->stage[i])) persons += tally_at(&sim->tallies, placement->docket->cases, s * (uint32_t)graph->stages + (uint32_t)i);
    return persons;
}

static int64_t detained(const struct sim *sim, const struct placement *placement)
{
    const struct casegraph *graph = placement->graph;
    int64_t persons = 0;
    for (uint32_t s = 0; s < sim->world->states; s++)
        for (int i = 0; i < graph->placements; i++)
            if (graph->placement[i].detains) persons += tally_at(&sim->tallies, placement->docket->placed, s * (uint32_t)graph->placements + (uint32_t)i);
    return persons;
}

static void placement_settle(struct sim *sim, void *state)
{
    const struct placement *placement = state;
    if (!placement->docket) return;
    int64_t cases = open_cases(sim, placement);
    sim_publish(sim, placement->share_detained, cases > 0 ? (double)detained(sim, placement) / (double)cases : 0);
}

/* ---- one person ---- */

static void begin_wait(const struct placement *placement, const struct docket_person *a, struct wait_moment at)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    if (of && placement_hazard_any(of)) wait_begin_clock_at(a->sim, a->p, placement->wait, at);
    else wait_end(a->p, placement->wait);
}

static void exchange_places(const struct docket_person *a, int before, int now)
{
    if (before == now) return;
    if (before >= 0) queue_give(a->sim, a->thread, before, a->state);
    if (now >= 0) queue_take(a->sim, a->thread, now, a->state);
}

static int service_of_present(const struct placement *placement, const struct docket_person *a)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    return of ? of->service : -1;
}

/* What is left of other waits is carried over; the hazards of the new placement begin at this moment of the day, not at its end. */
static void stand(const struct placement *placement, const struct docket_person *a, int to, struct wait_moment at)
{
    uint8_t code = (uint8_t)(to + 1);
    int before = service_of_present(placement, a), from = a->p->placement - 1;
    if (a->p->placement == code) return;
    placement_hazard_leave(placement, a, to);
    struct wait_residual residual = wait_take(a->sim, a->p, at);
    docket_count(a, -1);
    a->p->placement = code;
    a->p->band = 0;
    docket_count(a, 1);
    wait_put(a->sim, a->p, &residual);
    exchange_places(a, before, service_of_present(placement, a));
    *docket_day(a, a->docket->placed_on) = (uint16_t)a->sim->day;
    event_add_value(&a->sim->events, a->thread, a->p, a->docket->placed_event, a->sim->day, a->phase, code);
    if (code > 0) placement_hazard_enter(placement, a, from);
    begin_wait(placement, a, at);
}

/* Not even for a night is somebody where a rule says never. */
static int permitted(const struct placement *placement, const struct docket_person *a, uint8_t item)
{
    return item != CASEGRAPH_NONE && placement_rules_permit(placement, a, item) ? item : PLACEMENT_OUTSIDE;
}

static uint8_t *sent(const struct placement *placement, const struct docket_person *a) { return (uint8_t *)a->sim->persons.column[placement->sent].data + a->slot; }

static void end_ticket(const struct docket_person *a)
{
    if (a->docket->bed >= 0) queue_leave_column(a->sim, a->thread, a->slot, a->docket->bed);
    *docket_wanted(a) = 0;
}

/* Who waits for a place of this service already stays in the queue, with the place in it. */
static void ask(const struct placement *placement, const struct docket_person *a, int to)
{
    int service = placement->graph->placement[to].service, wanted = *docket_wanted(a) - 1;
    if (wanted < 0 || placement->graph->placement[wanted].service != service) {
        end_ticket(a);
        queue_join_column(a->sim, a->thread, a->slot, a->docket->bed, service, a->state);
    }
    *docket_wanted(a) = (uint8_t)(to + 1);
}

/* Who holds a place of the same service keeps it; who waits for this one already goes on waiting, unless a rule bans the person from where. */
static void go(const struct placement *placement, const struct docket_person *a, int to, struct wait_moment at)
{
    int service = to >= 0 ? placement->graph->placement[to].service : -1;
    bool waits = service >= 0 && *docket_wanted(a) == to + 1;
    if (waits && (a->p->placement == 0 || placement_rules_permit(placement, a, a->p->placement - 1))) return;
    if (service >= 0 && service != service_of_present(placement, a)) {
        ask(placement, a, to);
        to = permitted(placement, a, placement->graph->placement[to].meanwhile);
    } else {
        end_ticket(a);
    }
    stand(placement, a, to, at);
}

void placement_assign(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage, struct wait_moment at)
{
    if (!stage->assigns) return;
    *sent(placement, a) = 0;
    go(placement, a, placement_rules_choose(placement, a, stage), at);
}

void placement_move(const struct placement *placement, const struct docket_person *a, uint8_t to, struct wait_moment at)
{
    *sent(placement, a) = 1;
    go(placement, a, permitted(placement, a, to), at);
}

static bool names(const struct casegraph_stage *stage, int item)
{
    for (int i = 0; i < stage->placements; i++)
        if (stage->placement[i] == item) return true;
    return false;
}

/* Where the stage assigned the placement, it must still do so today: what a policy closed takes nobody from its queue. */
void placement_called(const struct placement *placement, const struct docket_person *a, struct wait_moment at)
{
    const struct casegraph_stage *stage = &placement->graph->stage[a->p->stage - 1];
    int wanted = *docket_wanted(a) - 1, to = wanted >= 0 && !*sent(placement, a) && names(stage, wanted) ? placement_rules_choose(placement, a, stage) : wanted;
    end_ticket(a);
    if (wanted >= 0 && to == wanted && placement_rules_permit(placement, a, wanted)) stand(placement, a, wanted, at);
    else if (to != wanted) go(placement, a, to, at);
    else placement_assign(placement, a, stage, at);
}

/* ---- dates ---- */

static int32_t days_here(const struct docket_person *a) { return a->sim->day - *docket_day(a, a->docket->placed_on); }

/* In whole days; 0: never. */
static int32_t period(const struct placement *placement, const struct docket_person *a, enum placement_lever lever)
{
    return (int32_t)ceil(placement_rules_value(placement, a, lever, a->p->placement - 1));
}

static void set_band(const struct placement *placement, const struct docket_person *a, struct wait_moment at)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    uint8_t band = a->p->band;
    while (band + 1 < of->bands && of->band[band + 1] <= days_here(a)) band++;
    if (band == a->p->band) return;
    struct wait_residual residual = wait_take(a->sim, a->p, at);
    a->p->band = band;
    wait_put(a->sim, a->p, &residual);
}

/* Who waits for a place of another service goes on waiting for it; who would wait for the next placement in this very one waits outside. */
static void release(const struct placement *placement, const struct docket_person *a, struct wait_moment at)
{
    uint8_t here = a->p->placement;
    int to = permitted(placement, a, placement_present(placement, a)->after);
    bool waits = *docket_wanted(a) > 0 && (to < 0 || placement->graph->placement[to].service < 0);
    if (!waits) *sent(placement, a) = 1;
    if (waits) stand(placement, a, to, at);
    else go(placement, a, to, at);
    if (a->p->placement == here) stand(placement, a, PLACEMENT_OUTSIDE, at);
}

/* Who may no longer be here, by a rule or for the length of the stay, goes; the others may be assigned anew. */
static void review(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage, struct wait_moment at)
{
    int32_t days = days_here(a), most = period(placement, a, PLACEMENT_MAX_DAYS), every = period(placement, a, PLACEMENT_REVIEW_DAYS);
    bool banned = !placement_rules_permit(placement, a, a->p->placement - 1);
    if (most > 0 && days >= most) release(placement, a, at);
    else if (banned && !stage->assigns) release(placement, a, at);
    else if (banned || (every > 0 && days > 0 && days % every == 0)) placement_assign(placement, a, stage, at);
}

static void earlier(int32_t *next, int32_t days, int32_t now)
{
    if (days > now && days < *next) *next = days;
}

static uint16_t next_date(const struct placement *placement, const struct docket_person *a)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    int32_t now = days_here(a), every = period(placement, a, PLACEMENT_REVIEW_DAYS), next = DOCKET_NEVER;
    if (a->p->band + 1 < of->bands) earlier(&next, (int32_t)ceil(of->band[a->p->band + 1]), now);
    earlier(&next, period(placement, a, PLACEMENT_MAX_DAYS), now);
    if (every > 0) earlier(&next, (now / every + 1) * every, now);
    next += *docket_day(a, a->docket->placed_on);
    return next < DOCKET_NEVER ? (uint16_t)next : DOCKET_NEVER;
}

uint16_t placement_date(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage, struct wait_moment at)
{
    if (a->p->placement == 0) return DOCKET_NEVER;
    review(placement, a, stage, at);
    if (a->p->placement == 0) return DOCKET_NEVER;
    set_band(placement, a, at);
    return next_date(placement, a);
}

enum casegraph_cause placement_strike(const struct placement *placement, const struct docket_person *a) { return placement_hazard_strike(placement, a); }

bool placement_appears(const struct placement *placement, const struct docket_person *a, uint32_t spell) { return placement_hazard_appears(placement, a, spell); }

double placement_error(const struct placement *placement, const struct docket_person *a)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    return of ? of->error : 1;
}

const struct model placement_model = {
    .name = "placement",
    .doc = "where people are while a case is open: assignment, hazards there, appearance at hearings",
    .source = "the scenario; A/72/643 para 59 and 67",
    .purpose = 32,
    .state_size = sizeof(struct placement),
    .params = params,
    .levers = placement_rules_levers,
    .open = placement_open,
    .morning = placement_morning,
    .enter = placement_enter,
    .settle = placement_settle,
    .close = placement_close,
};
