/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What procedures cost and how fair they are: costs by item and payer every day, and indicators in numbers of the whole run so far
   (A/72/643, paragraphs in brackets).

   cost(state, item, payer)    euro cents of the day: people in a placement x cost_day, people served today x service_cost, each
                               price rounded to whole cents; the payer is the item's [65]
   undecided_people            people whose case awaits a final decision today [67b]
   undecided_person_days       their sum over days [67b]
   decisions_so_far            decisions that gave a status, at any stage [67b]
   final_decisions_so_far      people whose decision became final [67b]
   days_to_final_decision      days these people had waited / these people [67b]
   wrong_refusals_so_far       final decisions that let a person in need of protection not stay [50, 67b]
   wrong_grants_so_far         final decisions that gave protection to a person not in need of it [50, 67b]
   refoulement_so_far          people in need of protection returned by force [67b]
   returns_so_far              people who returned to their state of origin, by force or not [39]
   detention_person_days       people in placements that detain, summed over days [43-44, 59]
   child_detention_person_days the same of people younger than 18 [59]
   working_person_days         people in placements in which they may work, summed over days [23, 59]
   unplaced_person_days        people with an open case who are in no placement, summed over days [67a]
   harms_in_placement_so_far   physical and mental harms and deaths in placements [47, 59]
   absconding_share            departures without leave / entries into placements [59]
   appearance_share            people who appeared / people called to a hearing from a placement [59]
   guardian_days               days until the guardian came / children who were given one [57]
   share_represented           counsel held / people whose case is open, today [67b]
   cost_so_far                 EUR since the first day [65]
   cost_per_final_decision     cost_so_far / final_decisions_so_far [65]
   wait_days_SERVICE           people waiting / capacity of a day, in the state where that is longest, today [67b]
   A share or mean of nobody is not a number until there is somebody; so is a wait without capacity.
   Source: the definitions of the report's paragraphs; prices are the scenario's, each with its own source. Assumption: a person costs
   the same on every day of a placement; what a service costs falls due when it calls. Limits: no fixed costs, no discounting; a
   decision is right or wrong by the person's need of protection alone. */
#include "models/accounts.h"

#include "models/case.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/queue.h"
#include <math.h>
#include <string.h>

enum published { UNDECIDED,
                 UNDECIDED_DAYS,
                 DECISIONS,
                 FINAL_DECISIONS,
                 DAYS_TO_FINAL,
                 WRONG_REFUSALS,
                 WRONG_GRANTS,
                 REFOULEMENT,
                 RETURNS,
                 DETENTION_DAYS,
                 CHILD_DETENTION_DAYS,
                 WORKING_DAYS,
                 UNPLACED_DAYS,
                 HARMS,
                 ABSCONDING,
                 APPEARANCE,
                 GUARDIAN_DAYS,
                 REPRESENTED,
                 COST,
                 COST_PER_DECISION,
                 PUBLISHED };

static const struct {
    const char *name, *unit, *doc;
} published[PUBLISHED] = {
    {"undecided_people", "people", "people whose case awaits a final decision"},
    {"undecided_person_days", "person-days", "days that people spent without a final decision since the first day"},
    {"decisions_so_far", "people", "decisions that gave a status, at any stage, since the first day"},
    {"final_decisions_so_far", "people", "people whose decision became final since the first day"},
    {"days_to_final_decision", "days", "mean days from the opening of the case to its final decision, since the first day"},
    {"wrong_refusals_so_far", "people", "people in need of protection whose final decision does not let them stay, since the first day"},
    {"wrong_grants_so_far", "people", "people not in need of protection whose final decision gives it, since the first day"},
    {"refoulement_so_far", "people", "people in need of protection who were returned by force since the first day"},
    {"returns_so_far", "people", "people who returned to their state of origin since the first day"},
    {"detention_person_days", "person-days", "days that people spent in placements that detain since the first day"},
    {"child_detention_person_days", "person-days", "days that children spent in placements that detain since the first day"},
    {"working_person_days", "person-days", "days that people spent in placements in which they may work since the first day"},
    {"unplaced_person_days", "person-days", "days that people with an open case spent in no placement since the first day"},
    {"harms_in_placement_so_far", "events", "harms and deaths in placements since the first day"},
    {"absconding_share", "1", "departures without leave per entry into a placement, since the first day"},
    {"appearance_share", "1", "share of people called to a hearing from a placement who appeared, since the first day"},
    {"guardian_days", "days", "mean days until an unaccompanied child had a guardian, since the first day"},
    {"share_represented", "1", "share of people with an open case who have counsel"},
    {"cost_so_far", "EUR", "cost of placements and services since the first day"},
    {"cost_per_final_decision", "EUR", "cost of placements and services per final decision, since the first day"},
};

/* Since the first day, in persons, person-days, euro cents. Kept. */
struct accounts_totals {
    int64_t undecided_days, decisions, final, final_days, wrong_refusals, wrong_grants, refoulement, returns;
    int64_t detention_days, child_detention_days, working_days, unplaced_days, harms, left, entered, called, appeared, guardian_days, guardians, cents;
};

struct accounts {
    const struct docket *docket;
    const struct casegraph *graph;
    uint32_t states, items;
    struct accounts_totals totals;
    int cost, served, taken;    /* tallies; but for the first -1 without services */
    int service_cost, cost_day; /* levers; cost_day -1: no model placement */
    int now[PUBLISHED];
    int *wait_now; /* indicator by service; -1 for those of kind places */
};

static const struct param params[] = {{0}};

static const struct lever levers[] = {
    {"service_cost", "EUR", "cost of a person served", 0, 0, 1e9, LEVER_SERVICE},
    {0}};

/* ---- opening ---- */

/* Placements, then services; a service that is called as a placement says what it is. In new memory. */
static char **item_names(const struct casegraph *graph)
{
    char **name = memory_new((size_t)(graph->placements + graph->services) + 1, sizeof *name);
    for (int i = 0; i < graph->placements; i++) name[i] = memory_text(graph->placement[i].name);
    for (int i = 0; i < graph->services; i++) {
        const char *service = graph->service[i].name;
        name[graph->placements + i] = memory_format("%s%s", service, casegraph_find_placement(graph, service) < 0 ? "" : " (service)");
    }
    return name;
}

static void declare_cost(struct accounts *a, struct sim *sim)
{
    struct tally_set *t = &sim->tallies;
    char **name = item_names(a->graph);
    int axis[3] = {tally_axis(t, "state", a->states, (const char *const *)sim->world->state), tally_axis(t, "item", a->items, (const char *const *)name), tally_axis(t, "payer", CASEGRAPH_PAYERS, casegraph_payer_words)};
    a->cost = tally_declare(t, "cost", "euro cent", "cost of placements and services, by who pays", TALLY_FLOW, 3, axis);
    tally_by_month(t, a->cost);
    for (uint32_t i = 0; i < a->items; i++) memory_free(name[i]);
    memory_free(name);
}

/* Blanks of a service's name would not do in a file. */
static int declare_wait(struct sim *sim, const char *service)
{
    char *name = memory_format("wait_days_%s", service);
    for (char *at = name; *at; at++)
        if (strchr(" /\t", *at)) *at = '_';
    int indicator = sim_indicator(sim, name, "days", "people waiting per capacity of a day, in the state where that is longest");
    memory_free(name);
    return indicator;
}

static void declare_indicators(struct accounts *a, struct sim *sim)
{
    for (int i = 0; i < PUBLISHED; i++) a->now[i] = sim_indicator(sim, published[i].name, published[i].unit, published[i].doc);
    a->wait_now = memory_new((size_t)a->graph->services, sizeof *a->wait_now);
    for (int i = 0; i < a->graph->services; i++) a->wait_now[i] = a->graph->service[i].places ? -1 : declare_wait(sim, a->graph->service[i].name);
}

static void set_prices(const struct accounts *a, struct sim *sim)
{
    double *baseline = sim->setup->levers.baseline[a->service_cost];
    for (int i = 0; i < a->graph->services; i++)
        for (uint32_t s = 0; s < a->states; s++) baseline[queue_number(a->states, i, s)] = casegraph_given(a->graph, "service_cost", true, i, s, a->graph->service[i].cost);
}

static int accounts_open(struct sim *sim, void *state)
{
    struct accounts *a = state;
    const struct case_state *c = sim_state(sim, "case");
    if (!c) return fail(&sim->error, FAIL_INPUT, "model accounts needs the model case before it");
    a->docket = case_docket(c);
    a->graph = &sim->setup->casegraph;
    if (!a->docket->graph) return fail(&sim->error, FAIL_INPUT, "model accounts needs the model case before it, not after");
    a->states = sim->world->states;
    a->items = (uint32_t)(a->graph->placements + a->graph->services);
    a->served = tally_find(&sim->tallies, "served");
    a->taken = tally_find(&sim->tallies, "places_taken");
    a->service_cost = lever_find(&sim->setup->levers, levers[0].name);
    a->cost_day = lever_find(&sim->setup->levers, "cost_day");
    if (a->items > 0) declare_cost(a, sim);
    declare_indicators(a, sim);
    set_prices(a, sim);
    sim_keep(sim, "accounts.totals", SIM_I64, sizeof a->totals / sizeof(int64_t), &a->totals);
    return 0;
}

/* ---- costs ---- */

static int64_t cents(double euros) { return llround(100 * euros); }

/* Without the model placement, what the scenario gives. */
static int64_t placement_price(const struct accounts *a, const struct sim *sim, int placement, uint32_t state)
{
    if (a->cost_day >= 0) return cents(lever_value(&sim->setup->levers, a->cost_day, (uint32_t)placement * a->states + state));
    return cents(casegraph_given(a->graph, "cost_day", false, placement, state, a->graph->placement[placement].cost_day));
}

static void add_cost(struct accounts *a, struct sim *sim, uint32_t state, int item, enum casegraph_payer payer, int64_t amount)
{
    tally_write(&sim->tallies, a->cost, (state * a->items + (uint32_t)item) * CASEGRAPH_PAYERS + payer, amount);
    a->totals.cents += amount;
}

static void charge_placement(struct accounts *a, struct sim *sim, int placement)
{
    for (uint32_t s = 0; s < a->states; s++) {
        int64_t persons = tally_at(&sim->tallies, a->docket->placed, s * (uint32_t)a->graph->placements + (uint32_t)placement);
        if (persons > 0) add_cost(a, sim, s, placement, a->graph->placement[placement].payer, persons * placement_price(a, sim, placement, s));
    }
}

static void charge_service(struct accounts *a, struct sim *sim, int service)
{
    for (uint32_t s = 0; s < a->states; s++) {
        uint32_t cell = queue_number(a->states, service, s);
        int64_t persons = tally_at(&sim->tallies, a->served, cell);
        if (persons > 0) add_cost(a, sim, s, a->graph->placements + service, a->graph->service[service].payer, persons * cents(lever_value(&sim->setup->levers, a->service_cost, cell)));
    }
}

/* ---- counts of the day ---- */

static int64_t sum(const struct sim *sim, int tally)
{
    int64_t all = 0;
    for (uint32_t i = 0; i < sim->tallies.tally[tally].cells; i++) all += tally_at(&sim->tallies, tally, i);
    return all;
}

/* Axes: state, status, days, need. */
static void count_final(struct accounts *a, const struct sim *sim)
{
    struct accounts_totals *t = &a->totals;
    for (uint32_t i = 0; i < sim->tallies.tally[a->docket->final_decisions].cells; i++) {
        int64_t persons = tally_at(&sim->tallies, a->docket->final_decisions, i);
        enum casegraph_level level = a->graph->status[i / (DOCKET_NEEDS * DOCKET_BINS) % (uint32_t)a->graph->statuses].level;
        int wrong = docket_wrong(level, i % DOCKET_NEEDS != DOCKET_NO_NEED);
        t->final += persons;
        if (wrong < 0) t->wrong_refusals += persons;
        if (wrong > 0) t->wrong_grants += persons;
    }
}

/* Axes: state, placement, sex, age group. */
static void count_detained(struct accounts *a, const struct sim *sim)
{
    const struct tally *tally = &sim->tallies.tally[a->docket->placed_by_group];
    uint32_t ages = sim->tallies.axis[tally->axis[3]].size, groups = sim->tallies.axis[tally->axis[2]].size * ages;
    for (uint32_t i = 0; i < tally->cells; i++) {
        if (!a->graph->placement[i / groups % (uint32_t)a->graph->placements].detains) continue;
        int64_t persons = tally_at(&sim->tallies, a->docket->placed_by_group, i);
        a->totals.detention_days += persons;
        if (i % ages < PORTRAIT_AGE_GROUP_ADULT) a->totals.child_detention_days += persons;
    }
}

/* Axes: state, placement, no or yes. */
static void count_hearings(struct accounts *a, const struct sim *sim)
{
    for (uint32_t i = 0; i < sim->tallies.tally[a->docket->hearings].cells; i++) {
        int64_t persons = tally_at(&sim->tallies, a->docket->hearings, i);
        a->totals.called += persons;
        a->totals.appeared += i % 2 ? persons : 0;
    }
}

/* Axes: state, placement. */
static void count_working(struct accounts *a, const struct sim *sim)
{
    for (uint32_t i = 0; i < sim->tallies.tally[a->docket->placed].cells; i++)
        if (a->graph->placement[i % (uint32_t)a->graph->placements].work) a->totals.working_days += tally_at(&sim->tallies, a->docket->placed, i);
}

static void count_placements(struct accounts *a, const struct sim *sim)
{
    a->totals.harms += sum(sim, a->docket->harms);
    a->totals.left += sum(sim, a->docket->left);
    a->totals.entered += sum(sim, a->docket->entered_placement);
    count_detained(a, sim);
    count_working(a, sim);
    count_hearings(a, sim);
}

static void count_day(struct accounts *a, const struct sim *sim)
{
    const struct docket *d = a->docket;
    struct accounts_totals *t = &a->totals;
    t->undecided_days += sum(sim, d->undecided);
    t->unplaced_days += sum(sim, d->unplaced);
    t->refoulement += sum(sim, d->refoulement);
    t->returns += sum(sim, d->returns);
    t->guardian_days += sum(sim, d->guardian_days);
    t->guardians += sum(sim, d->guardians);
    if (a->graph->placements > 0) count_placements(a, sim);
    if (a->graph->statuses == 0) return;
    t->decisions += sum(sim, d->decisions);
    t->final_days += sum(sim, d->final_days);
    count_final(a, sim);
}

/* ---- publishing ---- */

static double ratio(int64_t of, int64_t per) { return per > 0 ? (double)of / (double)per : NAN; }

static double share_represented(const struct accounts *a, const struct sim *sim)
{
    int64_t counsel = 0, open = 0;
    int service = docket_service(a->docket, CASEGRAPH_GIVES_COUNSEL), stages = a->graph->stages;
    for (uint32_t s = 0; s < a->states; s++) {
        if (service >= 0) counsel += tally_at(&sim->tallies, a->taken, queue_number(a->states, service, s));
        for (int i = 0; i < stages; i++)
            if (!casegraph_is_final(&a->graph->stage[i])) open += tally_at(&sim->tallies, a->docket->cases, s * (uint32_t)stages + (uint32_t)i);
    }
    return ratio(counsel, open);
}

static double longest_wait(const struct accounts *a, const struct sim *sim, int service)
{
    double longest = 0;
    for (uint32_t s = 0; s < a->states; s++) {
        double days = queue_wait_days(sim, service, s);
        if (isinf(days)) return NAN;
        longest = fmax(longest, days);
    }
    return longest;
}

static void value_totals(const struct accounts *a, double scale, double value[PUBLISHED])
{
    const struct accounts_totals *t = &a->totals;
    value[UNDECIDED_DAYS] = (double)t->undecided_days * scale;
    value[DECISIONS] = (double)t->decisions * scale;
    value[FINAL_DECISIONS] = (double)t->final * scale;
    value[WRONG_REFUSALS] = (double)t->wrong_refusals * scale;
    value[WRONG_GRANTS] = (double)t->wrong_grants * scale;
    value[REFOULEMENT] = (double)t->refoulement * scale;
    value[RETURNS] = (double)t->returns * scale;
    value[DETENTION_DAYS] = (double)t->detention_days * scale;
    value[CHILD_DETENTION_DAYS] = (double)t->child_detention_days * scale;
    value[WORKING_DAYS] = (double)t->working_days * scale;
    value[UNPLACED_DAYS] = (double)t->unplaced_days * scale;
    value[HARMS] = (double)t->harms * scale;
    value[COST] = (double)t->cents * scale / 100;
}

static void value_ratios(const struct accounts *a, double value[PUBLISHED])
{
    const struct accounts_totals *t = &a->totals;
    value[DAYS_TO_FINAL] = ratio(t->final_days, t->final);
    value[ABSCONDING] = ratio(t->left, t->entered);
    value[APPEARANCE] = ratio(t->appeared, t->called);
    value[GUARDIAN_DAYS] = ratio(t->guardian_days, t->guardians);
    value[COST_PER_DECISION] = ratio(t->cents, t->final) / 100;
}

static void publish(const struct accounts *a, struct sim *sim)
{
    double value[PUBLISHED];
    value[UNDECIDED] = (double)sum(sim, a->docket->undecided) * sim->setup->scale;
    value[REPRESENTED] = share_represented(a, sim);
    value_totals(a, sim->setup->scale, value);
    value_ratios(a, value);
    for (int i = 0; i < PUBLISHED; i++) sim_publish(sim, a->now[i], value[i]);
    for (int i = 0; i < a->graph->services; i++)
        if (a->wait_now[i] >= 0) sim_publish(sim, a->wait_now[i], longest_wait(a, sim, i));
}

static void accounts_settle(struct sim *sim, void *state)
{
    struct accounts *a = state;
    for (int i = 0; i < a->graph->placements; i++) charge_placement(a, sim, i);
    for (int i = 0; i < a->graph->services; i++) charge_service(a, sim, i);
    count_day(a, sim);
    publish(a, sim);
}

static void accounts_close(void *state) { memory_free(((struct accounts *)state)->wait_now); }

const struct model accounts_model = {
    .name = "accounts",
    .doc = "costs by item and payer, and how long, how fair and how harmful procedures are, in numbers",
    .source = "A/72/643",
    .purpose = 33,
    .state_size = sizeof(struct accounts),
    .params = params,
    .levers = levers,
    .open = accounts_open,
    .settle = accounts_settle,
    .close = accounts_close,
};
