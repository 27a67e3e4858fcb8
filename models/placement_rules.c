/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/placement_parts.h"

#include "sim/rng.h"

#define NEVER 0.5 /* a rule below it: never; up to LAST: only where nothing else is left */
#define LAST 1.5

const struct lever placement_rules_levers[] = {
    [PLACEMENT_MAX_DAYS] = {"max_days", "days", "people are released from the placement after so many days; 0: no limit", 0, 0, 36500, LEVER_PLACEMENT},
    [PLACEMENT_REVIEW_DAYS] = {"review_days", "days", "the assignment is made anew every so many days; 0: never", 0, 0, 36500, LEVER_PLACEMENT},
    [PLACEMENT_DETAIN_CHILDREN] = {"detain_children", "code", "children in a placement that detains: 0 never, 1 where nothing else is left, 2 like everybody", 0, 0, 2, LEVER_PLACEMENT},
    [PLACEMENT_CHILDREN] = {"children", "code", "children in a placement that does not detain: 0 never, 1 where nothing else is left, 2 like everybody", 2, 0, 2, LEVER_PLACEMENT},
    [PLACEMENT_VULNERABLE] = {"vulnerable", "code", "people found vulnerable: 0 never, 1 where nothing else is left, 2 like everybody", 2, 0, 2, LEVER_PLACEMENT},
    [PLACEMENT_FAMILIES] = {"families", "code", "people in company of their party: 0 never, 1 where nothing else is left, 2 like everybody", 2, 0, 2, LEVER_PLACEMENT},
    [PLACEMENT_USE] = {"use", "1", "weight in the assignment among the placements of the stage; 0: nobody is assigned it", 1, 0, 1e6, LEVER_PLACEMENT},
    [PLACEMENT_RISK_FROM] = {"risk_from", "1", "lowest assessed rank of leaving for which the placement may be used", 0, 0, 1, LEVER_PLACEMENT},
    [PLACEMENT_RISK_TO] = {"risk_to", "1", "the rank below which it must be; 1: no bound", 1, 0, 1, LEVER_PLACEMENT},
    [PLACEMENT_COST_DAY] = {"cost_day", "EUR/day", "cost of a person in the placement", 0, 0, 1e6, LEVER_PLACEMENT},
    [PLACEMENT_APPEARANCE] = {"appearance", "1", "chance to appear at a hearing, of people of the middle rank of leaving", 1, 0, 1, LEVER_PLACEMENT},
    [PLACEMENT_LEAVING] = {"leaving", "1", "factor on the hazard of leaving without leave", 1, 0, 1000, LEVER_PLACEMENT},
    [PLACEMENT_HARM] = {"harm", "1", "factor on the hazards of harm and death and on the onset of a lasting condition, on entering too", 1, 0, 1000, LEVER_PLACEMENT},
    [PLACEMENT_VOLUNTARY] = {"voluntary", "1", "factor on the hazard of voluntary return", 1, 0, 1000, LEVER_PLACEMENT},
    {0}};

/* ---- baselines ---- */

static double given_by_graph(const struct casegraph_placement *item, enum placement_lever lever)
{
    switch (lever) {
    case PLACEMENT_MAX_DAYS:
        return item->max_days;
    case PLACEMENT_REVIEW_DAYS:
        return item->review_days;
    case PLACEMENT_DETAIN_CHILDREN:
        return item->detains ? item->children : 0;
    case PLACEMENT_CHILDREN:
        return item->detains ? placement_rules_levers[PLACEMENT_CHILDREN].fallback : item->children;
    case PLACEMENT_VULNERABLE:
        return item->vulnerable;
    case PLACEMENT_FAMILIES:
        return item->families;
    case PLACEMENT_USE:
        return item->use;
    case PLACEMENT_RISK_FROM:
        return item->risk_from;
    case PLACEMENT_RISK_TO:
        return item->risk_to;
    case PLACEMENT_COST_DAY:
        return item->cost_day;
    case PLACEMENT_APPEARANCE:
        return item->appearance;
    default:
        return placement_rules_levers[lever].fallback;
    }
}

static void set_baselines(struct sim *sim, const struct casegraph *graph, enum placement_lever lever, double *baseline)
{
    for (int i = 0; i < graph->placements; i++)
        for (uint32_t s = 0; s < sim->world->states; s++)
            baseline[placement_rules_cell(sim, i, s)] = casegraph_given(graph, placement_rules_levers[lever].name, false, i, s, given_by_graph(&graph->placement[i], lever));
}

void placement_rules_open(struct placement *placement, struct sim *sim)
{
    struct lever_set *levers = &sim->setup->levers;
    for (int i = 0; i < PLACEMENT_LEVERS; i++) {
        placement->lever[i] = lever_find(levers, placement_rules_levers[i].name);
        set_baselines(sim, placement->graph, (enum placement_lever)i, levers->baseline[placement->lever[i]]);
    }
    lever_add_right(levers, (struct lever_right){"detain_children", "children may be detained", 0, 0});
}

/* ---- rules ---- */

double placement_rules_value(const struct placement *placement, const struct docket_person *a, enum placement_lever lever, int item)
{
    return lever_value(&a->sim->setup->levers, placement->lever[lever], placement_rules_cell(a->sim, item, a->state));
}

/* The strictest of those that concern the person; 2 where none does. */
static double rule_of(const struct placement *placement, const struct docket_person *a, int item)
{
    enum placement_lever of_children = placement->graph->placement[item].detains ? PLACEMENT_DETAIN_CHILDREN : PLACEMENT_CHILDREN;
    double child = docket_is_child(a) ? placement_rules_value(placement, a, of_children, item) : 2;
    double vulnerable = *docket_flags(a) & DOCKET_VULNERABLE ? placement_rules_value(placement, a, PLACEMENT_VULNERABLE, item) : 2;
    double family = a->p->flags & PERSON_IN_COMPANY ? placement_rules_value(placement, a, PLACEMENT_FAMILIES, item) : 2;
    double stricter = child < vulnerable ? child : vulnerable;
    return stricter < family ? stricter : family;
}

bool placement_rules_permit(const struct placement *placement, const struct docket_person *a, int item) { return rule_of(placement, a, item) >= NEVER; }

/* Fixed for life, and the same for a family. */
static double noise(const struct docket_person *a)
{
    struct rng_block block[3];
    for (uint32_t i = 0; i < 3; i++) block[i] = rng_draw(a->sim->setup->seed, a->p->party, placement_purpose(PLACEMENT_DRAW_NOISE), i, 0);
    return rng_near_normal(block);
}

double placement_rules_assessed(const struct placement *placement, const struct docket_person *a)
{
    double rank = docket_rank(a);
    if (placement->risk_noise > 0) rank += placement->risk_noise * noise(a);
    return rank < 0 ? 0 : rank > 1 ? 1
                                   : rank;
}

static bool is_in_window(const struct placement *placement, const struct docket_person *a, int item)
{
    double from = placement_rules_value(placement, a, PLACEMENT_RISK_FROM, item), to = placement_rules_value(placement, a, PLACEMENT_RISK_TO, item);
    if (from <= 0 && to >= 1) return true;
    double rank = placement_rules_assessed(placement, a);
    return rank >= from && (rank < to || to >= 1);
}

/* ---- the choice ---- */

struct candidates {
    int count;
    double weight[CASEGRAPH_PLACEMENTS];
    uint32_t item[CASEGRAPH_PLACEMENTS];
};

static struct candidates candidates_of(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage, double rule)
{
    struct candidates c = {.count = 0};
    for (int i = 0; i < stage->placements; i++) {
        int item = stage->placement[i];
        double use = placement_rules_value(placement, a, PLACEMENT_USE, item);
        if (use <= 0 || rule_of(placement, a, item) < rule || !is_in_window(placement, a, item)) continue;
        c.weight[c.count] = use;
        c.item[c.count++] = (uint32_t)item;
    }
    return c;
}

static bool is_among(const struct candidates *c, int item)
{
    for (int i = 0; i < c->count; i++)
        if ((int)c->item[i] == item) return true;
    return false;
}

/* Options are labelled by placement and choices counted: closing a placement moves only those who had it. By the party's id, so that
   families stay together where the rules and the places allow it. */
static int draw(const struct placement *placement, const struct docket_person *a, const struct candidates *c)
{
    uint16_t *number = docket_day(a, placement->assignments);
    int won = rng_race(a->sim->setup->seed, a->p->party, placement_purpose(PLACEMENT_DRAW_CHOICE), ++*number, c->count, c->weight, c->item);
    return (int)c->item[won];
}

int placement_rules_choose(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage)
{
    int stays = *docket_wanted(a) > 0 ? *docket_wanted(a) - 1 : a->p->placement - 1;
    struct candidates c = candidates_of(placement, a, stage, LAST);
    if (c.count == 0) c = candidates_of(placement, a, stage, NEVER);
    if (c.count == 0) return PLACEMENT_OUTSIDE;
    return is_among(&c, stays) ? stays : draw(placement, a, &c);
}
