/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenario detention_alternatives as it is shipped, each arm of its study: what must hold by construction. Nobody is lost, places are
   never overfull, costs add up, a ban on detaining children and families is one, nobody is held twice in a stage, arms hold the same people. */
#include "analysis/study_plan.h"
#include "models/case.h"
#include "scenarios/scenario.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/queue.h"
#include "tests/test.h"
#include <stdlib.h>

#define FOLDER "scenarios/detention_alternatives/"

enum { BLANKET,
       FAMILIES_NOT,
       REPORTING,
       CASE_MANAGEMENT,
       OPEN_RECEPTION,
       ASSESSMENT,
       ARMS };
enum { LONG = 2000,             /* days: nearly every case has ended */
       SHORT = 500 };           /* days: everybody has entered, most cases are open */
static const double coarse = 5; /* people per person */

static void stop(const struct error *error)
{
    printf("  %s\n", error->text);
    exit(1);
}

/* ---- runs ---- */

static struct sim *begin(struct setup *setup, int threads)
{
    struct error error = {0};
    struct sim *sim = sim_open(setup, models, (struct sim_tuning){.threads = threads}, &error);
    if (!sim) stop(&error);
    return sim;
}

static void end(struct sim *sim)
{
    struct setup *setup = sim->setup;
    sim_close(sim);
    setup_free(setup);
}

/* The study's first draw, as its runner would set it up. */
static void setup_of_arm(struct setup *setup, const struct study_plan *plan, int arm, double scale)
{
    struct error error = {0};
    if (study_plan_setup(plan, study_plan_find(plan, arm, 0, 0), setup, &error)) stop(&error);
    setup->scale = scale;
}

static void open_plan(struct study_plan *plan, const char *path)
{
    struct error error = {0};
    if (study_plan_open(plan, path, &error)) stop(&error);
}

static void read_scenario(struct setup *setup, const char *path, double scale)
{
    struct error error = {0};
    setup_init(setup);
    if (scenario_read(setup, path, &error)) stop(&error);
    setup->scale = scale;
}

static void digest_of(struct setup *setup, int threads, int32_t days, char hex[65])
{
    struct sim *sim = begin(setup, threads);
    for (int32_t i = 0; i < days; i++) sim_step(sim);
    sim_digest(sim, hex);
    end(sim);
}

static void add_policy(struct setup *setup, const char *lever, enum lever_operation operation, double value)
{
    lever_add_policy(&setup->levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = -1, .operation = operation, .value = value, .from = 0, .to = -1});
}

/* ---- counts ---- */

static int64_t sum(const struct sim *sim, const char *name)
{
    int tally = tally_find(&sim->tallies, name);
    int64_t total = 0;
    for (uint32_t i = 0; i < sim->tallies.tally[tally].cells; i++) total += tally_at(&sim->tallies, tally, i);
    return total;
}

static const struct docket *docket_of(const struct sim *sim) { return case_docket(sim_state((struct sim *)sim, "case")); }

/* Persons at the end of the day in placements that detain; children alone if asked for. */
static int64_t detained(const struct sim *sim, bool children_only)
{
    const struct docket *d = docket_of(sim);
    int64_t persons = 0;
    for (uint32_t cell = 0; cell < sim->tallies.tally[d->placed_by_group].cells; cell++) {
        uint32_t age = cell % PORTRAIT_AGE_GROUPS, placement = cell / (3 * PORTRAIT_AGE_GROUPS) % (uint32_t)d->graph->placements;
        if (d->graph->placement[placement].detains && (!children_only || age < PORTRAIT_AGE_GROUP_ADULT)) persons += tally_at(&sim->tallies, d->placed_by_group, cell);
    }
    return persons;
}

/* ---- laws of every day ---- */

static void check_places(const struct sim *sim, const char *arm)
{
    const struct casegraph *graph = docket_of(sim)->graph;
    int taken = tally_find(&sim->tallies, "places_taken");
    for (int i = 0; i < graph->services; i++)
        for (uint32_t s = 0; graph->service[i].places && s < sim->world->states; s++) {
            double people = (double)tally_at(&sim->tallies, taken, queue_number(sim->world->states, i, s)) * sim->setup->scale;
            double room = casegraph_opens_in(graph, s) ? queue_capacity(sim, i, s) : 0;
            TEST(people <= room + 1e-6, "%s, day %d: %.0f people in %.0f places of %s", arm, sim->day, people, room, graph->service[i].name);
        }
}

/* What the day must have cost, from who stood where and who was served; in cents a person of the run. */
static double bill(const struct sim *sim)
{
    const struct docket *d = docket_of(sim);
    const struct lever_set *levers = &sim->setup->levers;
    int day = lever_find(levers, "cost_day"), once = lever_find(levers, "service_cost"), served = tally_find(&sim->tallies, "served");
    uint32_t states = sim->world->states;
    double cents = 0;
    for (int i = 0; i < d->graph->placements; i++)
        for (uint32_t s = 0; s < states; s++) cents += (double)tally_at(&sim->tallies, d->placed, s * (uint32_t)d->graph->placements + (uint32_t)i) * round(100 * lever_value(levers, day, (uint32_t)i * states + s));
    for (int i = 0; i < d->graph->services; i++)
        for (uint32_t s = 0; s < states; s++) cents += (double)tally_at(&sim->tallies, served, queue_number(states, i, s)) * round(100 * lever_value(levers, once, queue_number(states, i, s)));
    return cents;
}

struct totals {
    int64_t detained_days, child_days, family_days, onsets, returns, dead;
    double cents;
};

static bool held(const struct casegraph *graph, int placement) { return placement >= 0 && graph->placement[placement].detains; }

/* Members of families who are held; and who was let go while waiting for the first decision waits for no place to be held again. */
static void check_persons(struct sim *sim, const char *arm, struct totals *t)
{
    const struct docket *d = docket_of(sim);
    uint32_t again = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD || p->stage == 0) continue;
        struct docket_person a = docket_person(sim, d, 0, 0, slot);
        t->family_days += p->flags & PERSON_IN_COMPANY && held(d->graph, p->placement - 1);
        again += *docket_flags(&a) & DOCKET_DETAINED && held(d->graph, *docket_wanted(&a) - 1) && !strncmp(d->graph->stage[p->stage - 1].name, "waiting", 7);
    }
    TEST(again == 0, "%s, day %d: %u people are to be held again", arm, sim->day, again);
}

static void check_day(struct sim *sim, const char *arm, struct totals *t)
{
    double cents = (double)sum(sim, "cost");
    TEST(fabs(cents - bill(sim)) < 0.5, "%s, day %d: %.0f cents counted, %.0f owed", arm, sim->day, cents, bill(sim));
    check_places(sim, arm);
    check_persons(sim, arm, t);
    t->detained_days += detained(sim, false);
    t->child_days += detained(sim, true);
    t->onsets += sum(sim, "onsets");
    t->returns += sum(sim, "returns");
    t->dead += sum(sim, "deaths");
    t->cents += cents;
    TEST(sum(sim, "present") + t->dead == (int64_t)sim->persons.entered, "%s, day %d: somebody is lost", arm, sim->day);
    TEST(sum(sim, "cases") + t->returns + t->dead == (int64_t)sim->persons.entered, "%s, day %d: a case is lost", arm, sim->day);
}

static struct totals run_arm(const struct study_plan *plan, int arm)
{
    struct setup setup;
    struct error error = {0};
    struct totals t = {0};
    setup_of_arm(&setup, plan, arm, coarse);
    struct sim *sim = begin(&setup, 1);
    for (int32_t day = 0; day < LONG && test_failed < 20; day++) {
        sim_step(sim);
        check_day(sim, plan->arm[arm].name, &t);
        if (day % 400 == 0) TEST(!sim_audit(sim, &error), "%s, day %d: %s", plan->arm[arm].name, day, error.text);
    }
    TEST(fabs((double)sim->persons.entered * coarse - 12000) < 150, "%s: %.0f people came", plan->arm[arm].name, (double)sim->persons.entered * coarse);
    end(sim);
    return t;
}

/* ---- orders that hold by construction ---- */

static void orders(const struct totals t[ARMS])
{
    TEST(t[BLANKET].child_days > 0 && t[BLANKET].onsets > 0, "blanket detention detains no child, or harms nobody");
    for (int arm = FAMILIES_NOT; arm < ARMS; arm++) TEST(t[arm].child_days == 0, "arm %d: %d child person-days detained", arm, (int)t[arm].child_days);
    TEST(t[BLANKET].family_days > 0 && t[FAMILIES_NOT].family_days == 0, "days of members of families in detention: %d, %d", (int)t[BLANKET].family_days, (int)t[FAMILIES_NOT].family_days);
    TEST(t[BLANKET].detained_days > t[FAMILIES_NOT].detained_days && t[FAMILIES_NOT].detained_days > t[ASSESSMENT].detained_days && t[ASSESSMENT].detained_days > 0, "days detained: %d, %d, %d", (int)t[BLANKET].detained_days, (int)t[FAMILIES_NOT].detained_days, (int)t[ASSESSMENT].detained_days);
    for (int arm = REPORTING; arm <= OPEN_RECEPTION; arm++) TEST(t[arm].detained_days == 0 && t[arm].onsets == 0, "arm %d: %d days detained, %d onsets", arm, (int)t[arm].detained_days, (int)t[arm].onsets);
    TEST(t[ASSESSMENT].onsets < t[FAMILIES_NOT].onsets && t[FAMILIES_NOT].onsets < t[BLANKET].onsets, "onsets: %d, %d, %d", (int)t[ASSESSMENT].onsets, (int)t[FAMILIES_NOT].onsets, (int)t[BLANKET].onsets);
}

static void every_arm_every_day(void)
{
    struct study_plan plan;
    struct totals t[ARMS];
    open_plan(&plan, FOLDER "study.cfg");
    TEST(plan.arms == ARMS, "%d arms", plan.arms);
    for (int arm = 0; arm < ARMS; arm++) t[arm] = run_arm(&plan, arm);
    orders(t);
    study_plan_close(&plan);
}

static void legal_labels(void)
{
    struct study_plan plan;
    open_plan(&plan, FOLDER "study.cfg");
    for (int arm = 0; arm < plan.arms; arm++) TEST(!strcmp(plan.arm[arm].legal, arm == BLANKET ? "children may be detained" : "none"), "%s: '%s'", plan.arm[arm].name, plan.arm[arm].legal);
    study_plan_close(&plan);
}

/* ---- the same people ---- */

struct known {
    uint64_t id, party;
    int16_t birth;
    uint8_t sex, vulnerable;
    double rank;
};

static int by_id(const void *left, const void *right)
{
    const struct known *a = left, *b = right;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* Everybody who entered and lives, by id. */
static struct known *people(struct sim *sim, uint32_t *count)
{
    struct known *known = memory_new((size_t)sim->persons.count + 1, sizeof *known);
    *count = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        struct docket_person a = docket_person(sim, docket_of(sim), 0, 0, slot);
        if (!(p->flags & PERSON_DEAD)) known[(*count)++] = (struct known){p->id, p->party, p->birth, p->sex, *docket_flags(&a) & DOCKET_NEEDY, docket_rank(&a)};
    }
    qsort(known, *count, sizeof *known, by_id);
    return known;
}

/* Both live in both arms: the same person. Returns how many do not. */
static uint32_t differing(const struct known *one, uint32_t ones, const struct known *other, uint32_t others, uint32_t *both)
{
    uint32_t differ = 0;
    for (uint32_t i = *both = 0, j = 0; i < ones && j < others;) {
        if (one[i].id < other[j].id) i++;
        else if (one[i].id > other[j].id) j++;
        else {
            const struct known *a = &one[i++], *b = &other[j++];
            differ += a->party != b->party || a->birth != b->birth || a->sex != b->sex || a->rank != b->rank || (a->vulnerable && b->vulnerable) != (a->vulnerable || b->vulnerable);
            ++*both;
        }
    }
    return differ;
}

static struct known *people_of_arm(const struct study_plan *plan, int arm, uint32_t *count)
{
    struct setup setup;
    setup_of_arm(&setup, plan, arm, coarse);
    struct sim *sim = begin(&setup, 2);
    for (int32_t i = 0; i < SHORT; i++) sim_step(sim);
    struct known *known = people(sim, count);
    end(sim);
    return known;
}

static void the_same_people_in_every_arm(void)
{
    struct study_plan plan;
    uint32_t first_count, count, both;
    open_plan(&plan, FOLDER "study.cfg");
    struct known *first = people_of_arm(&plan, 0, &first_count);
    for (int arm = 1; arm < plan.arms; arm++) {
        struct known *known = people_of_arm(&plan, arm, &count);
        uint32_t differ = differing(first, first_count, known, count, &both);
        TEST(differ == 0 && both + 5 >= first_count && both + 5 >= count, "%s: %u and %u live, %u in both, %u of them differ", plan.arm[arm].name, first_count, count, both, differ);
        memory_free(known);
    }
    memory_free(first);
    study_plan_close(&plan);
}

/* ---- policies and variants that change nothing, or what they say ---- */

static void a_policy_that_does_nothing(void)
{
    struct study_plan plan;
    char one[65], other[65];
    open_plan(&plan, FOLDER "study.cfg");
    for (int k = 0; k < 2; k++) {
        struct setup setup;
        setup_of_arm(&setup, &plan, ASSESSMENT, coarse);
        if (k) add_policy(&setup, "max_days", LEVER_ADD, 0), add_policy(&setup, "use", LEVER_MULTIPLY, 1), add_policy(&setup, "harm", LEVER_MULTIPLY, 1), add_policy(&setup, "newest", LEVER_ADD, 0);
        digest_of(&setup, k ? 3 : 1, SHORT, k ? other : one); /* nor do threads change anything */
    }
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    study_plan_close(&plan);
}

static void without_harm(void)
{
    struct study_plan plan;
    struct setup setup;
    int64_t onsets = 0;
    open_plan(&plan, FOLDER "study.cfg");
    setup_of_arm(&setup, &plan, BLANKET, coarse);
    add_policy(&setup, "harm", LEVER_MULTIPLY, 0);
    struct sim *sim = begin(&setup, 1);
    for (int32_t i = 0; i < SHORT; i++) sim_step(sim), onsets += sum(sim, "onsets") + sum(sim, "harms_in_placement");
    TEST(onsets == 0, "%d onsets and harms", (int)onsets);
    end(sim);
    study_plan_close(&plan);
}

static void set_elasticity(struct setup *setup, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%g", value);
    setup_forget(setup, "arrivals", "inflow_elasticity");
    setup_give(setup, "arrivals", "inflow_elasticity", text, "test", 1);
}

/* Elasticity 0: as without. Below 0: fewer people, none of them new. */
static void inflow_that_answers(void)
{
    struct study_plan plan;
    uint32_t count[3], both;
    struct known *known[3];
    open_plan(&plan, FOLDER "study_inflow.cfg");
    for (int k = 0; k < 3; k++) {
        struct setup setup;
        setup_of_arm(&setup, &plan, k == 1 ? OPEN_RECEPTION : BLANKET, coarse);
        set_elasticity(&setup, k == 2 ? -0.5 : 0);
        struct sim *sim = begin(&setup, 1);
        for (int32_t i = 0; i < SHORT; i++) sim_step(sim);
        known[k] = people(sim, &count[k]);
        end(sim);
    }
    TEST(differing(known[0], count[0], known[1], count[1], &both) == 0 && both + 5 >= count[0], "elasticity 0: %u and %u people, %u in both", count[0], count[1], both);
    TEST(differing(known[0], count[0], known[2], count[2], &both) == 0 && both + 5 >= count[2] && count[2] < 0.95 * count[0], "elasticity -0.5: %u and %u people, %u in both", count[0], count[2], both);
    for (int k = 0; k < 3; k++) memory_free(known[k]);
    study_plan_close(&plan);
}

/* ---- families ---- */

static uint32_t size_of(const struct sim *sim, uint32_t slot)
{
    int trait = portrait_find(sim, "party_size");
    return (uint32_t)atoi(portrait_label(sim, trait, portrait_value(sim, trait, slot)));
}

/* A child is unaccompanied exactly where it is a party of one; most children come with a family; no family is without an adult. */
static void families(void)
{
    struct setup setup;
    uint32_t children = 0, alone = 0, wrong = 0, no_adult = 0;
    read_scenario(&setup, FOLDER "scenario.cfg", 1);
    struct sim *sim = begin(&setup, 2);
    for (int32_t i = 0; i < 366; i++) {
        sim_step(sim);
        for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            struct docket_person a = docket_person(sim, docket_of(sim), 0, 0, slot);
            bool child = portrait_age_years(p, sim->day - 1) < PORTRAIT_ADULT_YEARS, by_itself = size_of(sim, slot) == 1;
            children += child;
            alone += child && by_itself;
            wrong += (child && by_itself) != !!(*docket_flags(&a) & DOCKET_ALONE);
            no_adult += child && !by_itself && p->id == p->party;
        }
    }
    TEST(wrong == 0 && no_adult == 0, "%u wrongly alone or in company, %u families headed by a child", wrong, no_adult);
    TEST(children > 2300 && children < 2900 && alone > 600 && alone < 900, "%u children, %u of them alone", children, alone);
    end(sim);
}

static const struct test_case cases[] = {
    {"every arm, every day", every_arm_every_day},
    {"legal labels", legal_labels},
    {"the same people in every arm", the_same_people_in_every_arm},
    {"a policy that does nothing", a_policy_that_does_nothing},
    {"without harm", without_harm},
    {"inflow that answers", inflow_that_answers},
    {"families", families},
};
TEST_MAIN(cases)
