/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/docket.h"

#include "sim/facet.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include <string.h>

enum { SEXES = 3,
       AGES = PORTRAIT_AGE_GROUPS,
       KINDS_OF_RETURN = 2 };
/* Addresses of draws: a number that no model has. */
enum { PURPOSE = 34 * 256,
       DRAW_RANK = PURPOSE,
       DRAW_READMISSION };

static const char *const sex_names[SEXES] = {"unknown", "female", "male"};
static const char *const need_names[DOCKET_NEEDS] = {"refugee", "other", "neither"};
static const char *const harm_names[DOCKET_HARMS] = {"physical", "mental", "death"};
static const char *const bin_names[DOCKET_BINS] = {"0-30", "31-90", "91-180", "181-365", "366-730", "731-1095", "over 1095"};
static const int32_t bin_last[DOCKET_BINS - 1] = {30, 90, 180, 365, 730, 1095};
static const char *const return_names[KINDS_OF_RETURN] = {"forced", "voluntary"};
static const char *const appeared_names[] = {"no", "yes"};

/* ---- opening ---- */

static int add_column(struct sim *sim, const char *name, const char *unit, const char *doc, size_t size) { return person_column(&sim->persons, name, unit, doc, size, false); }

static void declare_columns(struct docket *d, struct sim *sim)
{
    d->flags = add_column(sim, "case_flags", "bits", "1 found vulnerable, 2 vulnerable, 4 lasting condition, 8 has been detained, 16 left without leave, 32 final decision, 64 appealed, 128 unaccompanied child", 1);
    d->held = add_column(sim, "case_held", "bits", "places held: 2 counsel, 4 guardian, 8 case manager, 16 interpreter", 1);
    d->age = add_column(sim, "case_age_group", "code", "age group as counted in the case", 1);
    d->rounds = add_column(sim, "case_rounds", "1", "how often the person came back to a stage or an earlier one, or a case was closed", 2);
    d->opened = add_column(sim, "case_opened", "day", "day on which the case was opened", 2);
    d->stage_due = add_column(sim, "case_stage_due", "day", "deadline of the stage; 65535 none", 2);
    d->place_due = add_column(sim, "case_place_due", "day", "next date of the placement; 65535 none", 2);
    d->placed_on = add_column(sim, "case_placed_on", "day", "day of entering the placement", 2);
    d->wanted = add_column(sim, "case_wanted", "code", "placement waited for, number + 1; 0 none", 1);
}

static bool wants_beds(const struct casegraph *g)
{
    for (int i = 0; i < g->placements; i++)
        if (g->placement[i].service >= 0) return true;
    return false;
}

static bool removes_early(const struct casegraph *g)
{
    for (int i = 0; i < g->stages; i++)
        if (g->stage[i].removal >= 0) return true;
    return false;
}

static uint32_t all_asked(const struct casegraph *g)
{
    uint32_t asks = 0;
    for (int i = 0; i < g->stages; i++) asks |= g->stage[i].asks;
    return asks;
}

static void declare_tickets(struct docket *d, struct sim *sim, int agenda)
{
    uint32_t asks = all_asked(d->graph);
    d->bed = wants_beds(d->graph) ? queue_column(sim, "case_bed", "ticket for a place of the placement waited for", agenda) : -1;
    d->removal = removes_early(d->graph) ? queue_column(sim, "case_removal", "ticket for a removal while an appeal is open", agenda) : -1;
    for (int g = 0; g < CASEGRAPH_GIVES; g++) {
        char *name = memory_format("case_%s", casegraph_gives_words[g]), *day = memory_format("case_%s_asked", casegraph_gives_words[g]);
        d->asked[g] = asks >> g & 1 ? queue_column(sim, name, "ticket for a place asked for beside the stage's queue", agenda) : -1;
        d->asked_on[g] = asks >> g & 1 ? add_column(sim, day, "day", "day on which it was asked for", 2) : -1;
        memory_free(name);
        memory_free(day);
    }
}

/* Names of the graph's items, to be freed. */
static const char **names_of(int count, const void *first, size_t stride)
{
    const char **names = memory_new((size_t)count + 1, sizeof *names);
    for (int i = 0; i < count; i++) memcpy(&names[i], (const char *)first + (size_t)i * stride, sizeof *names);
    return names;
}

struct axes {
    int state, stage, placement, status, sex, age, need, class, bin, origin, kind, harm, appeared, gives;
};

static struct axes declare_axes(const struct docket *d, struct sim *sim)
{
    struct tally_set *t = &sim->tallies;
    const struct casegraph *g = d->graph;
    const char *const *states = (const char *const *)sim->world->state;
    const char **stages = names_of(g->stages, &g->stage[0].name, sizeof *g->stage), **placements = names_of(g->placements, g->placements ? &g->placement[0].name : NULL, sizeof *g->placement), **statuses = names_of(g->statuses, g->statuses ? &g->status[0].name : NULL, sizeof *g->status);
    struct axes a = {.state = tally_axis(t, "state", sim->world->states, states), .stage = tally_axis(t, "stage", (uint32_t)g->stages, stages), .sex = tally_axis(t, "sex_code", SEXES, sex_names), .age = tally_axis(t, "age_group", AGES, portrait_age_group_names), .need = tally_axis(t, "need", DOCKET_NEEDS, need_names), .class = tally_axis(t, "protection_class", PROTECTION_CLASSES, protection_names), .bin = tally_axis(t, "days_to_decision", DOCKET_BINS, bin_names), .origin = tally_axis(t, "origin_state", sim->world->states, states), .kind = tally_axis(t, "return_kind", KINDS_OF_RETURN, return_names), .harm = tally_axis(t, "placement_harm", DOCKET_HARMS, harm_names), .appeared = tally_axis(t, "appeared", 2, appeared_names), .gives = tally_axis(t, "support", CASEGRAPH_GIVES, casegraph_gives_words)};
    a.placement = g->placements ? tally_axis(t, "placement", (uint32_t)g->placements, placements) : -1;
    a.status = g->statuses ? tally_axis(t, "legal_status", (uint32_t)g->statuses, statuses) : -1;
    memory_free(stages);
    memory_free(placements);
    memory_free(statuses);
    return a;
}

static int declare(struct tally_set *t, const char *name, const char *unit, const char *doc, enum tally_kind kind, int axes, const int *axis)
{
    int tally = tally_declare(t, name, unit, doc, kind, axes, axis);
    if (axes > 2) tally_by_month(t, tally);
    return tally;
}

static void declare_stages(struct docket *d, struct tally_set *t, const struct axes *a)
{
    d->cases = declare(t, "cases", "people", "people in the stage at the end of the day", TALLY_STOCK, 2, (int[]){a->state, a->stage});
    d->reached = declare(t, "stage_reached", "people", "people who reached the stage", TALLY_FLOW, 2, (int[]){a->state, a->stage});
    d->undecided = declare(t, "undecided", "people", "people whose case awaits a final decision at the end of the day", TALLY_STOCK, 4, (int[]){a->state, a->sex, a->age, a->need});
    d->unplaced = declare(t, "unplaced", "people", "people with an open case who are in no placement at the end of the day", TALLY_STOCK, 1, (int[]){a->state});
    d->undecided_days = declare(t, "undecided_days", "person-days", "days that people spent without a final decision on their case", TALLY_FLOW, 4, (int[]){a->state, a->sex, a->age, a->need});
    d->returns = declare(t, "returns", "people", "people who returned to their state of origin, by protection class of the day", TALLY_FLOW, 3, (int[]){a->state, a->kind, a->class});
    d->refoulement = declare(t, "refoulement", "people", "people in need of protection who were returned by force", TALLY_FLOW, 3, (int[]){a->state, a->sex, a->age});
    d->removed_while_appealing = declare(t, "removed_while_appealing", "people", "people removed while their appeal was open", TALLY_FLOW, 1, (int[]){a->state});
    d->asked_for = declare(t, "support_asked", "people", "people for whom counsel, a guardian, a case manager or an interpreter was asked", TALLY_FLOW, 2, (int[]){a->state, a->gives});
    d->guardians = declare(t, "guardians_given", "people", "children who were given a guardian", TALLY_FLOW, 1, (int[]){a->state});
    d->guardian_days = declare(t, "guardian_wait_days", "person-days", "days that these children had waited for a guardian", TALLY_FLOW, 1, (int[]){a->state});
}

static void declare_placements(struct docket *d, struct tally_set *t, const struct axes *a)
{
    if (a->placement < 0) return;
    const int by_people[] = {a->state, a->placement, a->sex, a->age};
    d->placed = declare(t, "placed", "people", "people in the placement at the end of the day", TALLY_STOCK, 2, by_people);
    d->placed_by_group = declare(t, "placed_by_group", "people", "the same by sex and age group", TALLY_STOCK, 4, by_people);
    d->placement_days = declare(t, "placement_days", "person-days", "days that people spent in the placement", TALLY_FLOW, 4, by_people);
    d->entered_placement = declare(t, "entered_placement", "people", "people who came into the placement", TALLY_FLOW, 2, by_people);
    d->left = declare(t, "left_without_leave", "people", "people who left the placement without leave", TALLY_FLOW, 2, by_people);
    d->onsets = declare(t, "onsets", "people", "onsets of a lasting condition beyond those of people who are not held, on entering or there", TALLY_FLOW, 2, by_people);
    d->hearings = declare(t, "hearings", "people", "people called to a hearing, by whether they appeared", TALLY_FLOW, 3, (int[]){a->state, a->placement, a->appeared});
    d->harms = declare(t, "harms_in_placement", "events", "harms that people suffered in the placement", TALLY_FLOW, 3, (int[]){a->state, a->placement, a->harm});
}

static void declare_decisions(struct docket *d, struct tally_set *t, const struct axes *a)
{
    if (a->status < 0) return;
    d->decisions = declare(t, "decisions", "decisions", "decisions, by the true protection class of the day", TALLY_FLOW, 4, (int[]){a->state, a->stage, a->status, a->class});
    d->decisions_by_origin = declare(t, "decisions_by_origin", "decisions", "decisions, by the person's state of origin", TALLY_FLOW, 3, (int[]){a->origin, a->stage, a->status});
    d->final_decisions = declare(t, "final_decisions", "people", "people whose decision became final, by days since the case was opened", TALLY_FLOW, 4, (int[]){a->state, a->status, a->bin, a->need});
    d->final_days = declare(t, "final_decision_days", "person-days", "days that these people had waited", TALLY_FLOW, 1, (int[]){a->state});
}

/* ---- facets ---- */

static uint32_t stage_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return sim->persons.row[slot].stage;
}

static uint32_t placement_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return sim->persons.row[slot].placement;
}

static uint32_t status_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return sim->persons.row[slot].status;
}

static void declare_facet(struct sim *sim, const char *name, const char *doc, const char *const *before, int befores, int count, const void *first, size_t stride, facet_code *code)
{
    const char **names = names_of(count, first, stride), **all = memory_new((size_t)(count + befores), sizeof *all);
    for (int i = 0; i < befores; i++) all[i] = before[i];
    for (int i = 0; i < count; i++) all[befores + i] = names[i];
    facet_declare(sim, name, doc, (uint32_t)(count + befores), all, code, NULL);
    memory_free(names);
    memory_free(all);
}

static void declare_facets(const struct docket *d, struct sim *sim)
{
    static const char *const none[] = {"none"}, *const before[] = {"irregular or none", "papers"};
    const struct casegraph *g = d->graph;
    declare_facet(sim, "stage", "stage of the person's case", none, 1, g->stages, &g->stage[0].name, sizeof *g->stage, stage_code);
    if (g->placements) declare_facet(sim, "placement", "where the person is while the case is open", none, 1, g->placements, &g->placement[0].name, sizeof *g->placement, placement_code);
    if (g->statuses) declare_facet(sim, "status", "legal status", before, DOCKET_STATUS, g->statuses, &g->status[0].name, sizeof *g->status, status_code);
}

/* ---- traits ---- */

static int find_trait(const struct sim *sim, const char *name, uint32_t *yes)
{
    int trait = portrait_find(sim, name);
    int64_t value = trait >= 0 ? trait_find_value(&sim->setup->traits.trait[trait], "yes") : -1;
    *yes = value >= 0 ? (uint32_t)value : 0;
    return value >= 0 ? trait : TRAIT_NONE;
}

int docket_open(struct docket *d, struct sim *sim, int agenda)
{
    d->graph = &sim->setup->casegraph;
    d->protection = sim_state(sim, "protection");
    d->alone_trait = find_trait(sim, "unaccompanied", &d->alone_yes);
    d->vulnerable_trait = find_trait(sim, "vulnerable", &d->vulnerable_yes);
    d->papers_trait = find_trait(sim, "papers", &d->papers_yes);
    if (field_open(&d->recognition, sim, WORLD_OF_STATES, "recognition", 0, 1, 0.5) || field_open(&d->readmission, sim, WORLD_OF_STATES, "readmission", 0, 1, NAN)) return -1;
    declare_columns(d, sim);
    declare_tickets(d, sim, agenda);
    struct axes axes = declare_axes(d, sim);
    declare_stages(d, &sim->tallies, &axes);
    declare_placements(d, &sim->tallies, &axes);
    declare_decisions(d, &sim->tallies, &axes);
    declare_facets(d, sim);
    d->opened_event = event_kind(&sim->events, "case_opened", "a case was opened");
    d->reached_event = event_kind(&sim->events, "stage_reached", "reached a stage of the case; value: number of the stage");
    d->placed_event = event_kind(&sim->events, "placed", "came into a placement; value: number + 1 of the placement, 0 outside any");
    d->harmed_event = event_kind(&sim->events, "harmed", "suffered harm in a placement; value: 0 physical, 1 mental, 2 death");
    d->left_event = event_kind(&sim->events, "left_placement", "left a placement without leave; value: number + 1");
    d->decided_event = event_kind(&sim->events, "decided", "a decision on the case; value: number of the status");
    d->returned_event = event_kind(&sim->events, "returned", "returned to the state of origin; value: 0 forced, 1 voluntary");
    return 0;
}

/* ---- who somebody is ---- */

uint32_t docket_state(const struct sim *sim, const struct person *p)
{
    const struct world *world = sim->world;
    return world->place[p->place & PERSON_ON_LINK ? world->link[p->place & ~PERSON_ON_LINK].from : p->place].state;
}

static uint8_t *age_of(const struct docket_person *a) { return (uint8_t *)a->sim->persons.column[a->docket->age].data + a->slot; }

bool docket_is_child(const struct docket_person *a) { return *age_of(a) < PORTRAIT_AGE_GROUP_ADULT; }

static uint32_t origin_state(const struct docket_person *a) { return a->sim->world->place[portrait_origin(a->p)].state; }

static uint32_t draw(const struct docket_person *a, uint32_t what) { return rng_draw(a->sim->setup->seed, a->p->id, what, 0, 0).word[0]; }

static bool is_removable(const struct docket_person *a)
{
    const struct docket *d = a->docket;
    double chance = field_is_given(&d->readmission) ? field_at(&d->readmission, origin_state(a)) : NAN;
    if (isnan(chance)) return docket_class(a) != PROTECTION_OBSTACLE;
    return rng_uniform(draw(a, DRAW_READMISSION)) < chance;
}

bool docket_is(const struct docket_person *a, enum casegraph_who who)
{
    const struct docket *d = a->docket;
    switch (who) {
    case CASEGRAPH_CHILDREN:
        return docket_is_child(a);
    case CASEGRAPH_ADULTS:
        return !docket_is_child(a);
    case CASEGRAPH_UNACCOMPANIED:
        return docket_is_child(a) && *docket_flags(a) & DOCKET_ALONE;
    case CASEGRAPH_VULNERABLE:
        return *docket_flags(a) & DOCKET_VULNERABLE;
    case CASEGRAPH_LIKELY_REFUSED:
        return field_at(&d->recognition, origin_state(a)) <= d->likely_below;
    case CASEGRAPH_LIKELY_RECOGNISED:
        return field_at(&d->recognition, origin_state(a)) >= d->likely_above;
    case CASEGRAPH_REMOVABLE:
        return is_removable(a);
    case CASEGRAPH_UNREMOVABLE:
        return !is_removable(a);
    case CASEGRAPH_PAPERS:
        return a->p->status == 1;
    default:
        return true;
    }
}

enum protection_class docket_class(const struct docket_person *a)
{
    return a->docket->protection ? protection_of(a->sim, a->docket->protection, a->slot) : PROTECTION_NONE;
}

enum docket_need docket_need(const struct docket_person *a)
{
    enum protection_class class = a->docket->protection ? protection_need(a->sim, a->docket->protection, a->slot) : PROTECTION_NONE;
    return class == PROTECTION_REFUGEE ? DOCKET_REFUGEE : class == PROTECTION_OTHER ? DOCKET_OTHER
                                                                                    : DOCKET_NO_NEED;
}

bool docket_in_need(const struct docket_person *a) { return docket_need(a) != DOCKET_NO_NEED; }

double docket_rank(const struct docket_person *a) { return rng_uniform(rng_draw(a->sim->setup->seed, a->p->party, DRAW_RANK, 0, 0).word[0]); }

uint8_t docket_group(const struct docket_person *a)
{
    uint32_t risk = (uint32_t)(docket_rank(a) * DOCKET_RISKS);
    if (risk >= DOCKET_RISKS) risk = DOCKET_RISKS - 1;
    return (uint8_t)(risk + (docket_is_child(a) ? DOCKET_CHILD : 0));
}

/* A year is 52 weeks, as in portrait_age_years(). */
uint16_t docket_birthday(const struct docket_person *a)
{
    static const int32_t begins[AGES] = {0, 5, 12, 18, 60};
    uint8_t group = *age_of(a);
    if (!a->sim->setup->traits.age || group + 1 >= AGES) return DOCKET_NEVER;
    int32_t day = (begins[group + 1] * 52 + a->p->birth) * 7;
    return day > INT16_MAX ? DOCKET_NEVER : day > a->sim->day ? (uint16_t)day
                                                              : (uint16_t)a->sim->day;
}

int docket_service(const struct docket *d, enum casegraph_gives gives)
{
    for (int i = 0; i < d->graph->services; i++)
        if (d->graph->service[i].gives == gives) return i;
    return -1;
}

/* ---- counting ---- */

void docket_add(const struct docket_person *a, int tally, uint32_t cell, int32_t n) { tally_add(&a->sim->tallies, a->thread, tally, cell, n); }

uint32_t docket_stage_cell(const struct docket_person *a) { return a->state * (uint32_t)a->docket->graph->stages + a->p->stage - 1; }

uint32_t docket_placement_cell(const struct docket_person *a) { return a->state * (uint32_t)a->docket->graph->placements + a->p->placement - 1; }

uint32_t docket_people_cell(const struct docket_person *a) { return a->p->sex * (uint32_t)AGES + *age_of(a); }

bool docket_is_undecided(const struct docket_person *a)
{
    const struct casegraph_stage *stage = &a->docket->graph->stage[a->p->stage - 1];
    return !stage->decided && !casegraph_is_final(stage);
}

void docket_count(const struct docket_person *a, int32_t n)
{
    const struct docket *d = a->docket;
    if (a->p->stage == 0) return;
    docket_add(a, d->cases, docket_stage_cell(a), n);
    if (docket_is_undecided(a)) docket_add(a, d->undecided, (a->state * SEXES * AGES + docket_people_cell(a)) * DOCKET_NEEDS + (uint32_t)docket_need(a), n);
    if (a->p->placement == 0 && !casegraph_is_final(&d->graph->stage[a->p->stage - 1])) docket_add(a, d->unplaced, a->state, n);
    if (a->p->placement == 0) return;
    docket_add(a, d->placed, docket_placement_cell(a), n);
    docket_add(a, d->placed_by_group, docket_placement_cell(a) * SEXES * AGES + docket_people_cell(a), n);
}

uint32_t docket_bin(int32_t days)
{
    uint32_t bin = 0;
    while (bin < DOCKET_BINS - 1 && days > bin_last[bin]) bin++;
    return bin;
}

static void add_days(struct sim *sim, int stock, int flow)
{
    const struct tally *from = &sim->tallies.tally[stock], *to = &sim->tallies.tally[flow];
    for (uint32_t i = 0; i < from->cells; i++) sim->tallies.value[to->offset + i] = sim->tallies.value[from->offset + i];
}

void docket_settle(const struct docket *d, struct sim *sim)
{
    add_days(sim, d->undecided, d->undecided_days);
    if (d->graph->placements > 0) add_days(sim, d->placed_by_group, d->placement_days);
}
