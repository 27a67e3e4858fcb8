/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/placement_parts.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include <math.h>

enum { FACTORS = 3 }; /* levers from PLACEMENT_LEAVING on */

/* ---- opening ---- */

static void set_slopes(struct placement *placement)
{
    int n = placement->graph->placements;
    placement->slope = memory_new((size_t)n, sizeof *placement->slope);
    for (int i = 0; i < n; i++)
        for (int r = 0; r < DOCKET_RISKS; r++) placement->slope[i][r] = maths_exp(placement->graph->placement[i].leave_slope * ((r + 0.5) / DOCKET_RISKS - 0.5));
}

void placement_hazard_open(struct placement *placement, const struct sim *sim)
{
    size_t n = (size_t)placement_cells(sim, placement) * FACTORS;
    set_slopes(placement);
    placement->factors = memory_new(n, sizeof *placement->factors);
    for (size_t i = 0; i < n; i++) placement->factors[i] = NAN;
}

void placement_hazard_close(struct placement *placement)
{
    memory_free(placement->slope);
    memory_free(placement->factors);
}

/* ---- rates ---- */

/* Of one placement, band and group of people; factor: leaving, harm, voluntary. */
static void weigh(const struct placement *placement, int item, uint32_t band, uint32_t group, const double *factor, double weight[CASEGRAPH_CAUSES])
{
    const struct casegraph_placement *of = &placement->graph->placement[item];
    double harm = factor[PLACEMENT_HARM - PLACEMENT_LEAVING], by_time = harm * of->band_factor[band] * (group >= DOCKET_CHILD ? of->child_factor : 1);
    weight[CASEGRAPH_LEAVES] = of->rate[CASEGRAPH_LEAVES] * factor[0] * placement->slope[item][group % DOCKET_RISKS];
    weight[CASEGRAPH_RETURNS] = of->rate[CASEGRAPH_RETURNS] * factor[PLACEMENT_VOLUNTARY - PLACEMENT_LEAVING];
    weight[CASEGRAPH_MENTAL] = of->rate[CASEGRAPH_MENTAL] * by_time;
    weight[CASEGRAPH_PHYSICAL] = of->rate[CASEGRAPH_PHYSICAL] * by_time;
    weight[CASEGRAPH_DEATH] = of->rate[CASEGRAPH_DEATH] * harm;
}

static void set_rates(struct sim *sim, const struct placement *placement, int item, uint32_t state)
{
    const double *factor = placement->factors + (size_t)placement_rules_cell(sim, item, state) * FACTORS;
    for (uint32_t band = 0; band < (uint32_t)placement->graph->placement[item].bands; band++)
        for (uint32_t group = 0; group < WAIT_GROUPS; group++) {
            double weight[CASEGRAPH_CAUSES], hazard = 0;
            weigh(placement, item, band, group, factor, weight);
            for (int k = 0; k < CASEGRAPH_CAUSES; k++) hazard += weight[k];
            wait_rate(sim, placement->wait, wait_placement_cell(sim, state, (uint32_t)item + 1, band) * WAIT_GROUPS + group, hazard);
        }
}

void placement_hazard_morning(const struct placement *placement, struct sim *sim)
{
    for (int i = 0; i < placement->graph->placements; i++)
        for (uint32_t s = 0; s < sim->world->states; s++) {
            uint32_t cell = placement_rules_cell(sim, i, s);
            bool moved = false;
            for (int k = 0; k < FACTORS; k++) moved |= placement_note(&placement->factors[cell * FACTORS + (uint32_t)k], lever_value(&sim->setup->levers, placement->lever[PLACEMENT_LEAVING + k], cell));
            if (moved && casegraph_opens_in(placement->graph, s)) set_rates(sim, placement, i, s);
        }
}

bool placement_hazard_any(const struct casegraph_placement *of)
{
    for (int k = 0; k < CASEGRAPH_CAUSES; k++)
        if (of->rate[k] > 0) return true;
    return false;
}

/* ---- one person ---- */

static double draw(const struct docket_person *a, enum placement_draw what, uint32_t spell)
{
    return rng_uniform(rng_draw(a->sim->setup->seed, a->p->id, placement_purpose(what), spell, 0).word[0]);
}

static uint16_t *entries(const struct placement *placement, const struct docket_person *a) { return docket_day(a, placement->entries); }

static bool brings_on(const struct casegraph_placement *of) { return of->onset > 0 || of->rate[CASEGRAPH_MENTAL] > 0; }

static void harm(const struct docket_person *a, enum docket_kind_of_harm kind)
{
    docket_add(a, a->docket->harms, docket_placement_cell(a) * DOCKET_HARMS + (uint32_t)kind, 1);
    event_add_value(&a->sim->events, a->thread, a->p, a->docket->harmed_event, a->sim->day, a->phase, (uint16_t)kind);
}

static void begin_condition(const struct docket_person *a)
{
    if (*docket_flags(a) & DOCKET_CONDITION) return;
    *docket_flags(a) |= DOCKET_CONDITION;
    docket_add(a, a->docket->onsets, docket_placement_cell(a), 1);
    harm(a, DOCKET_HARM_MENTAL);
}

/* From one placement with an onset to another nothing has ended. */
void placement_hazard_leave(const struct placement *placement, const struct docket_person *a, int to)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    if (of && to >= 0 && of->onset > 0 && placement->graph->placement[to].onset > 0) return;
    if (!of || !brings_on(of) || !(*docket_flags(a) & DOCKET_CONDITION)) return;
    if (draw(a, PLACEMENT_DRAW_LASTING, *entries(placement, a)) >= of->lasting) *docket_flags(a) &= (uint8_t)~DOCKET_CONDITION;
}

void placement_hazard_enter(const struct placement *placement, const struct docket_person *a, int from)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    double onset = of->onset * placement_rules_value(placement, a, PLACEMENT_HARM, a->p->placement - 1);
    ++*entries(placement, a);
    if (of->detains) *docket_flags(a) |= DOCKET_DETAINED;
    docket_add(a, a->docket->entered_placement, docket_placement_cell(a), 1);
    if (from >= 0 && placement->graph->placement[from].onset > 0) return;
    if (onset > 0 && draw(a, PLACEMENT_DRAW_ONSET, *entries(placement, a)) < onset) begin_condition(a);
}

/* ---- what strikes ---- */

static void go_without_leave(const struct docket_person *a)
{
    *docket_flags(a) |= DOCKET_LEFT;
    docket_add(a, a->docket->left, docket_placement_cell(a), 1);
    event_add_value(&a->sim->events, a->thread, a->p, a->docket->left_event, a->sim->day, a->phase, a->p->placement);
}

/* Every hazard may be 0 by now where what was left of the wait was nothing: then it counts for no more than a second onset. */
static enum casegraph_cause draw_cause(const struct placement *placement, const struct docket_person *a)
{
    const double *factor = placement->factors + (size_t)placement_rules_cell(a->sim, a->p->placement - 1, a->state) * FACTORS;
    double weight[CASEGRAPH_CAUSES];
    weigh(placement, a->p->placement - 1, a->p->band, a->p->group, factor, weight);
    int cause = rng_race(a->sim->setup->seed, a->p->id, placement_purpose(PLACEMENT_DRAW_CAUSE), a->p->spell[placement->wait], CASEGRAPH_CAUSES, weight, NULL);
    return cause < 0 ? CASEGRAPH_CAUSES : (enum casegraph_cause)cause;
}

enum casegraph_cause placement_hazard_strike(const struct placement *placement, const struct docket_person *a)
{
    enum casegraph_cause cause = draw_cause(placement, a);
    if (cause == CASEGRAPH_RETURNS && docket_in_need(a) && draw(a, PLACEMENT_DRAW_RETURN, a->p->spell[placement->wait]) >= placement->return_in_need) cause = CASEGRAPH_CAUSES;
    if (cause == CASEGRAPH_LEAVES) go_without_leave(a);
    if (cause == CASEGRAPH_MENTAL) begin_condition(a);
    if (cause == CASEGRAPH_PHYSICAL) harm(a, DOCKET_HARM_PHYSICAL);
    if (cause == CASEGRAPH_DEATH) harm(a, DOCKET_HARM_DEATH);
    if (cause == CASEGRAPH_CAUSES) cause = CASEGRAPH_MENTAL;
    if (cause == CASEGRAPH_MENTAL || cause == CASEGRAPH_PHYSICAL) wait_renew_clock(a->sim, a->p, placement->wait);
    return cause;
}

bool placement_hazard_appears(const struct placement *placement, const struct docket_person *a, uint32_t spell)
{
    const struct casegraph_placement *of = placement_present(placement, a);
    double u = draw(a, PLACEMENT_DRAW_APPEARANCE, spell);
    if (!of) return u < placement->appearance_outside;
    bool appears = u < placement_rules_value(placement, a, PLACEMENT_APPEARANCE, a->p->placement - 1) - of->appearance_slope * (docket_class_rank(a->p) - 0.5);
    docket_add(a, a->docket->hearings, docket_placement_cell(a) * 2 + appears, 1);
    return appears;
}
