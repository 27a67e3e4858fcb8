/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Placements: each hazard against its parameter by band, child and risk class; who may be where; places, dates, onset, appearance;
   arms that differ where they must and nowhere else; the same bits however run. */
#include "models/case.h"
#include "models/placement.h"
#include "output/checkpoint.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/queue.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"

enum { PEOPLE = 20000,
       OPEN = 0, /* stages */
       GONE = 1 };

/* ---- a small world: everybody's case opens on the first day in the stage "open", which names every placement */

static struct casegraph_placement *placement(struct toy *toy, int i) { return &toy->setup.casegraph.placement[i]; }

static struct casegraph_stage *stage(struct toy *toy, int i) { return &toy->setup.casegraph.stage[i]; }

static int add_stage(struct toy *toy, const char *name)
{
    struct casegraph *g = &toy->setup.casegraph;
    size_t n = (size_t)g->stages;
    g->stage = memory_grow(g->stage, n, n + 1, sizeof *g->stage);
    g->stage[n] = casegraph_stage_default();
    g->stage[n].name = memory_text(name);
    return g->stages++;
}

static int add_placement(struct toy *toy, const char *name)
{
    struct casegraph *g = &toy->setup.casegraph;
    size_t n = (size_t)g->placements;
    g->placement = memory_grow(g->placement, n, n + 1, sizeof *g->placement);
    g->placement[n] = casegraph_placement_default();
    g->placement[n].name = memory_text(name);
    return g->placements++;
}

static int add_places(struct toy *toy, const char *name, double capacity)
{
    struct casegraph *g = &toy->setup.casegraph;
    size_t n = (size_t)g->services;
    g->service = memory_grow(g->service, n, n + 1, sizeof *g->service);
    g->service[n] = casegraph_service_default();
    g->service[n].name = memory_text(name);
    g->service[n].places = true;
    g->service[n].staff = capacity;
    return g->services++;
}

static void names(struct toy *toy, int s, int count, const int *placements)
{
    stage(toy, s)->assigns = true;
    stage(toy, s)->placements = count;
    for (int i = 0; i < count; i++) stage(toy, s)->placement[i] = (uint8_t)placements[i];
}

static void crowd(struct sim *sim)
{
    if (sim->day == 0) sim_enter(sim, 0, toy_of(sim)->people, (struct person_id_parts){.driver = 6}, false);
}

static void daily(struct sim *sim) { sim_enter(sim, 0, toy_of(sim)->people, (struct person_id_parts){.driver = 6, .day = (uint32_t)sim->day}, false); }

static void add_ages(struct toy *toy)
{
    static const char *const age[] = {"9", "30"};
    static const double weight[] = {1, 1};
    trait_add(&toy->setup.traits, "age", 2, age, weight);
}

static void fill(struct toy *toy, int count, const char *const *name)
{
    int all[CASEGRAPH_PLACEMENTS];
    toy_places(toy, 1);
    toy->people = PEOPLE;
    toy->lab.enter = crowd;
    toy_model(toy, &toy_lab);
    toy_model(toy, &placement_model);
    toy_model(toy, &case_model);
    for (int i = 0; i < count; i++) all[i] = add_placement(toy, name[i]);
    add_stage(toy, "open");
    add_stage(toy, "gone");
    stage(toy, OPEN)->deadline = 10000;
    stage(toy, OPEN)->overdue = GONE;
    names(toy, OPEN, count, all);
}

static void start(struct toy *toy, int count)
{
    static const char *const name[] = {"a", "b", "c", "d"};
    toy_init(toy);
    fill(toy, count, name);
}

static void policy(struct toy *toy, const char *lever, int64_t cell, enum lever_operation operation, double value, int32_t from)
{
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = (char *)"p", .lever = (char *)lever, .cell = cell, .operation = operation, .value = value, .from = from, .to = -1});
}

static void give(struct toy *toy, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, "placement", name, text, "toy", 0);
}

static struct sim *open_toy(struct toy *toy) { return toy_open(toy, (struct sim_tuning){.threads = 2}); }

static struct docket_person person(struct sim *sim, uint32_t slot) { return docket_person(sim, case_docket(sim_state(sim, "case")), 0, 0, slot); }

static uint8_t flags(struct sim *sim, uint32_t slot)
{
    const uint8_t *column = sim->persons.column[case_docket(sim_state(sim, "case"))->flags].data;
    return column[slot];
}

static int32_t placed_on(struct sim *sim, uint32_t slot)
{
    struct docket_person a = person(sim, slot);
    return *docket_day(&a, a.docket->placed_on);
}

static double rank_of(struct sim *sim, uint32_t slot)
{
    struct docket_person a = person(sim, slot);
    return docket_rank(&a);
}

static bool is_child(struct sim *sim, uint32_t slot)
{
    struct docket_person a = person(sim, slot);
    return docket_is_child(&a);
}

static int64_t tally(const struct sim *sim, const char *name, uint32_t cell) { return tally_at(&sim->tallies, tally_find(&sim->tallies, name), cell); }

static uint32_t people_in(const struct sim *sim, int item)
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) n += sim->persons.row[slot].placement == item + 1 && !(sim->persons.row[slot].flags & PERSON_DEAD);
    return n;
}

static void check_count(const char *what, double seen, double expected, double variance)
{
    TEST(fabs(seen - expected) <= 5 * sqrt(variance) + 1e-9, "%s: %.0f, expected %.1f (standard error %.1f)", what, seen, expected, sqrt(variance));
}

static void check_share(const char *what, double seen, double of, double share) { check_count(what, seen, of * share, of * share * (1 - share)); }

/* ---- rates in, rates out

   One placement with bands from day 20 (factor 3) and day 40 (0), children times 1.5, slope 2. The expected count of a day is the sum
   of what each person at risk that morning would suffer, by the formula in the model's head. */

enum { BANDS = 3,
       DAYS = 60 };
static const double band_day[BANDS] = {0, 20, 40}, band_factor[BANDS] = {1, 3, 0};

struct hazards {
    double rate[CASEGRAPH_CAUSES];
    double factor[CASEGRAPH_CAUSES]; /* from day 30 on, by levers */
};

static int band_at(int32_t day)
{
    int band = 0;
    while (band + 1 < BANDS && band_day[band + 1] <= day) band++;
    return band;
}

static double hazard(const struct hazards *h, int cause, int32_t day, bool child, uint8_t group)
{
    double rate = h->rate[cause] * (day >= 30 ? h->factor[cause] : 1);
    if (cause == CASEGRAPH_LEAVES) rate *= exp(2 * ((group % DOCKET_RISKS + 0.5) / DOCKET_RISKS - 0.5));
    if (cause == CASEGRAPH_MENTAL || cause == CASEGRAPH_PHYSICAL) rate *= band_factor[band_at(day)] * (child ? 1.5 : 1);
    return rate;
}

static void start_hazards(struct toy *toy, const struct hazards *h)
{
    start(toy, 1);
    add_ages(toy);
    struct casegraph_placement *a = placement(toy, 0);
    memcpy(a->rate, h->rate, sizeof a->rate);
    a->leave_slope = 2, a->child_factor = 1.5, a->leave_stage = a->return_stage = GONE, a->lasting = 1;
    a->bands = BANDS;
    memcpy(a->band, band_day, sizeof band_day);
    memcpy(a->band_factor, band_factor, sizeof band_factor);
    policy(toy, "leaving", -1, LEVER_MULTIPLY, h->factor[CASEGRAPH_LEAVES], 30);
    policy(toy, "voluntary", 0, LEVER_MULTIPLY, h->factor[CASEGRAPH_RETURNS], 30);
    policy(toy, "harm", -1, LEVER_MULTIPLY, h->factor[CASEGRAPH_DEATH], 30);
}

/* What one person may show in a day, by the number in the id: rows of the dead are taken away. */
struct state_of_person {
    bool there, ill, child;
    uint8_t group;
    uint16_t spell;
};

static void look(struct sim *sim, int wait, struct state_of_person *seen)
{
    memset(seen, 0, PEOPLE * sizeof *seen);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD) continue;
        seen[person_id_parts(p->id).party] = (struct state_of_person){p->placement == 1, flags(sim, slot) & DOCKET_CONDITION, is_child(sim, slot), p->group, p->spell[wait]};
    }
}

static int find_wait(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->waits.count; i++)
        if (!strcmp(sim->waits.wait[i].name, name)) return i;
    return -1;
}

struct sums {
    double seen, expected, variance;
};

static void add(struct sums *s, double seen, double chance, double variance)
{
    s->seen += seen;
    s->expected += chance;
    s->variance += variance;
}

static double struck(int cause, const struct state_of_person *before, const struct state_of_person *after)
{
    if (cause == CASEGRAPH_PHYSICAL) return after->spell - before->spell;
    if (cause == CASEGRAPH_MENTAL) return after->ill && !before->ill;
    return before->there && !after->there;
}

/* Only one cause has a rate: nothing competes. By (child, band) and by risk class. */
static void one_cause(int cause, double rate, double factor)
{
    struct toy toy;
    struct hazards h = {.rate = {[0] = 0}, .factor = {1, 1, 1, 1, 1}};
    struct sums by_band[2][BANDS] = {{{0}}}, by_risk[DOCKET_RISKS] = {{0}};
    static struct state_of_person before[PEOPLE], after[PEOPLE];
    int64_t onsets, ill = 0;
    char what[64];
    h.rate[cause] = rate;
    h.factor[cause] = h.factor[CASEGRAPH_DEATH] = factor;
    start_hazards(&toy, &h);
    struct sim *sim = open_toy(&toy);
    int wait = find_wait(sim, "placement");
    sim_step(sim);
    onsets = tally(sim, "onsets", 0);
    for (int32_t day = 1; day < DAYS; day++) {
        look(sim, wait, before);
        sim_step(sim);
        look(sim, wait, after);
        onsets += tally(sim, "onsets", 0);
        for (uint32_t i = 0; i < PEOPLE; i++) {
            if (!before[i].there || (cause == CASEGRAPH_MENTAL && before[i].ill)) continue;
            double mean = hazard(&h, cause, day, before[i].child, before[i].group), chance = 1 - exp(-mean), seen = struck(cause, &before[i], &after[i]);
            bool many = cause == CASEGRAPH_PHYSICAL;
            add(&by_band[before[i].child][band_at(day)], seen, many ? mean : chance, many ? mean : chance * (1 - chance));
            add(&by_risk[before[i].group % DOCKET_RISKS], seen, many ? mean : chance, many ? mean : chance * (1 - chance));
        }
        toy_check(sim, "hazards");
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) ill += (flags(sim, slot) & DOCKET_CONDITION) > 0;
    TEST(onsets == ill, "%ld onsets of %ld people", (long)onsets, (long)ill);
    for (int i = 0; i < 2 * BANDS; i++) {
        snprintf(what, sizeof what, "cause %d, child %d, band %d", cause, i / BANDS, i % BANDS);
        check_count(what, by_band[i / BANDS][i % BANDS].seen, by_band[i / BANDS][i % BANDS].expected, by_band[i / BANDS][i % BANDS].variance);
    }
    for (int r = 0; r < DOCKET_RISKS; r++) {
        snprintf(what, sizeof what, "cause %d, risk class %d", cause, r);
        check_count(what, by_risk[r].seen, by_risk[r].expected, by_risk[r].variance);
        TEST(by_risk[r].expected > 100, "%s: too quiet", what);
    }
    toy_close(sim);
}

static void rate_of_leaving(void) { one_cause(CASEGRAPH_LEAVES, 0.01, 2); }
static void rate_of_returns(void) { one_cause(CASEGRAPH_RETURNS, 0.01, 0.5); }
static void rate_of_the_condition(void) { one_cause(CASEGRAPH_MENTAL, 0.004, 2); }
static void rate_of_harm(void) { one_cause(CASEGRAPH_PHYSICAL, 0.02, 0.5); }
static void rate_of_death(void) { one_cause(CASEGRAPH_DEATH, 0.01, 1.5); }

/* Together: leaving, returns and death take each other's people; tallies say who went how. */
static void causes_compete(void)
{
    struct toy toy;
    struct hazards h = {.rate = {0.004, 0.006, 0.01, 0.02, 0.002}, .factor = {1, 1, 1, 1, 1}};
    struct sums by[CASEGRAPH_CAUSES] = {{0}};
    static const char *const name[] = {"leaves", "returns", "mental", "physical", "death"};
    start_hazards(&toy, &h);
    struct sim *sim = open_toy(&toy);
    sim_step(sim);
    for (int32_t day = 1; day < DAYS; day++) {
        double people[CASEGRAPH_CAUSES];
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            double all = 0, taken;
            if (p->placement == 0 || p->flags & PERSON_DEAD) continue;
            for (int k = 0; k < CASEGRAPH_CAUSES; k++)
                if (k != CASEGRAPH_MENTAL && k != CASEGRAPH_PHYSICAL) all += hazard(&h, k, day, false, p->group);
            taken = (1 - exp(-all)) / all;
            for (int k = 0; k < CASEGRAPH_CAUSES; k++) {
                if (k == CASEGRAPH_MENTAL) continue;
                double chance = hazard(&h, k, day, is_child(sim, slot), p->group) * taken;
                add(&by[k], 0, chance, k == CASEGRAPH_PHYSICAL ? chance : chance * (1 - chance));
            }
        }
        sim_step(sim);
        people[CASEGRAPH_LEAVES] = (double)tally(sim, "left_without_leave", 0);
        people[CASEGRAPH_RETURNS] = (double)(tally(sim, "stage_reached", GONE) - tally(sim, "left_without_leave", 0));
        people[CASEGRAPH_MENTAL] = 0;
        people[CASEGRAPH_PHYSICAL] = (double)tally(sim, "harms_in_placement", DOCKET_HARM_PHYSICAL);
        people[CASEGRAPH_DEATH] = (double)tally(sim, "harms_in_placement", DOCKET_HARM_DEATH);
        TEST(people[CASEGRAPH_DEATH] == (double)tally_at(&sim->tallies, sim->standard.deaths, 0), "day %d: deaths", day);
        TEST(tally(sim, "harms_in_placement", DOCKET_HARM_MENTAL) == tally(sim, "onsets", 0), "day %d: onsets", day);
        for (int k = 0; k < CASEGRAPH_CAUSES; k++) by[k].seen += people[k];
    }
    for (int k = 0; k < CASEGRAPH_CAUSES; k++) check_count(name[k], by[k].seen, by[k].expected, by[k].variance);
    toy_close(sim);
}

/* The share of a risk class that has left by day T is 1 - exp(-rate T exp(slope (r - 1/2))). */
static void slope_by_risk(void)
{
    struct toy toy;
    double left[DOCKET_RISKS] = {0}, people[DOCKET_RISKS] = {0};
    start(&toy, 1);
    placement(&toy, 0)->rate[CASEGRAPH_LEAVES] = 0.01;
    placement(&toy, 0)->leave_slope = 3;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 50);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        const struct person *p = &sim->persons.row[slot];
        uint32_t class = (uint32_t)(rank_of(sim, slot) * DOCKET_RISKS);
        TEST(class == p->group % DOCKET_RISKS, "slot %u is in class %u", slot, p->group);
        TEST((p->placement == 0) == ((flags(sim, slot) & DOCKET_LEFT) > 0) && p->stage == OPEN + 1, "slot %u: without a stage for it the case goes on outside", slot);
        people[class]++;
        left[class] += p->placement == 0;
    }
    for (int r = 0; r < DOCKET_RISKS; r++) check_share("left", left[r], people[r], 1 - exp(-0.5 * exp(3 * ((r + 0.5) / DOCKET_RISKS - 0.5))));
    toy_close(sim);
}

/* ---- who may be where */

/* Races by `use`; the rest of the tests looks at who must not. */
static void shares_by_use(void)
{
    struct toy toy;
    start(&toy, 3);
    placement(&toy, 0)->use = 1, placement(&toy, 1)->use = 2, placement(&toy, 2)->use = 5;
    struct sim *sim = open_toy(&toy);
    sim_step(sim);
    for (int i = 0; i < 3; i++) check_share("use", people_in(sim, i), PEOPLE, (double[]){1, 2, 5}[i] / 8);
    for (int i = 0; i < 3; i++) TEST(people_in(sim, i) == (uint32_t)tally(sim, "placed", (uint32_t)i) && people_in(sim, i) == (uint32_t)tally(sim, "entered_placement", (uint32_t)i), "tallies of placement %d", i);
    toy_close(sim);
}

/* Closing the last one moves those who had it and nobody else. */
static void closing_one_moves_only_its_people(void)
{
    struct toy toy;
    static uint8_t all[PEOPLE], closed[PEOPLE];
    uint32_t moved = 0, wrong = 0;
    for (int arm = 0; arm < 2; arm++) {
        start(&toy, 3);
        if (arm == 1) policy(&toy, "use", 1, LEVER_SET, 0, 0);
        struct sim *sim = open_toy(&toy);
        sim_step(sim);
        for (uint32_t slot = 0; slot < PEOPLE; slot++) (arm ? closed : all)[slot] = sim->persons.row[slot].placement;
        toy_close(sim);
    }
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        moved += all[slot] == 2;
        wrong += all[slot] == 2 ? closed[slot] == 2 : all[slot] != closed[slot];
    }
    TEST(wrong == 0 && moved > PEOPLE / 4, "%u of %u people are elsewhere without need", wrong, moved);
}

static void start_detention(struct toy *toy, double children)
{
    start(toy, 2);
    add_ages(toy);
    placement(toy, 0)->detains = true;
    placement(toy, 0)->children = children;
    placement(toy, 0)->use = 3;
}

static uint32_t children_in(struct sim *sim, int item)
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) n += sim->persons.row[slot].placement == item + 1 && !(sim->persons.row[slot].flags & PERSON_DEAD) && is_child(sim, slot);
    return n;
}

static int64_t child_days(const struct sim *sim, int item)
{
    int64_t days = 0;
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t age = 0; age < PORTRAIT_AGE_GROUP_ADULT; age++) days += tally(sim, "placement_days", ((uint32_t)item * 3 + i) * PORTRAIT_AGE_GROUPS + age);
    return days;
}

static void no_child_is_detained(void)
{
    struct toy toy;
    char text[200];
    start_detention(&toy, 0);
    struct sim *sim = open_toy(&toy);
    TEST(!strcmp(lever_legal(&toy.setup.levers, text, sizeof text), ""), "\"%s\"", text);
    for (int day = 0; day < 20; day++) {
        sim_step(sim);
        TEST(child_days(sim, 0) == 0 && child_days(sim, 1) > PEOPLE / 3, "day %d", day);
    }
    check_share("adults who are detained", people_in(sim, 0), PEOPLE - children_in(sim, 1), 0.75);
    toy_close(sim);
}

/* Where detention is all that there is, a child is outside. */
static void rather_outside_than_detained(void)
{
    struct toy toy;
    start_detention(&toy, 0);
    placement(&toy, 1)->use = 0;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 3);
    TEST(children_in(sim, 0) == 0 && people_in(sim, 1) == 0 && people_in(sim, 0) > PEOPLE / 3, "%u children, %u people", children_in(sim, 0), people_in(sim, 0));
    toy_close(sim);
}

/* A ban that begins on day 10 takes children out on that day, also those of whom the present stage would say nothing; adults stay. */
static void a_ban_frees_children_at_once(void)
{
    struct toy toy;
    char text[200];
    for (int how = 0; how < 2; how++) {
        start_detention(&toy, 2);
        placement(&toy, 0)->after = 1;
        if (how == 1) {
            stage(&toy, OPEN)->deadline = 1, stage(&toy, OPEN)->overdue = (uint8_t)add_stage(&toy, "later");
            stage(&toy, 2)->deadline = 10000, stage(&toy, 2)->overdue = GONE;
        }
        policy(&toy, "detain_children", 0, LEVER_SET, 0, 10);
        struct sim *sim = open_toy(&toy);
        TEST(!strcmp(lever_legal(&toy.setup.levers, text, sizeof text), "children may be detained"), "\"%s\"", text);
        toy_steps(sim, 10);
        uint32_t children = children_in(sim, 0), adults = people_in(sim, 0) - children;
        TEST(children > PEOPLE / 4, "%u children", children);
        for (int day = 10; day < 14; day++) {
            sim_step(sim);
            TEST(child_days(sim, 0) == 0 && people_in(sim, 0) == adults && people_in(sim, 1) == PEOPLE - adults, "day %d: %u of %u adults", day, people_in(sim, 0), adults);
            toy_check(sim, "ban");
        }
        toy_close(sim);
    }
}

/* Rule 1: in detention only where the other one cannot be used. */
static void last_resort(void)
{
    struct toy toy;
    for (int open = 0; open < 2; open++) {
        start_detention(&toy, 1);
        placement(&toy, 1)->use = open;
        struct sim *sim = open_toy(&toy);
        sim_step(sim);
        uint32_t children = children_in(sim, 0);
        TEST(open ? children == 0 && children_in(sim, 1) > PEOPLE / 3 : children > PEOPLE / 3, "other open %d: %u children are detained", open, children);
        toy_close(sim);
    }
}

/* Half of the crowd come by threes, half alone. */
static void families_and_others(struct sim *sim)
{
    struct person_id_parts alone = {.driver = 6}, family = {.driver = 6, .day = 1};
    uint32_t people = toy_of(sim)->people;
    if (sim->day > 0) return;
    sim_enter(sim, 0, people / 2, alone, false);
    for (family.party = 0; family.party < people / 6; family.party++) sim_enter(sim, 0, 3, family, true);
}

/* Rule 0 for families: those alone as ever, nobody of a family there; rule 2: members of a family have one rank and one placement. */
static void families_stay_together(void)
{
    struct toy toy;
    for (int rule = 0; rule <= 2; rule += 2) {
        uint32_t there[2] = {0}, apart = 0, people[2] = {0};
        start(&toy, 2);
        toy.lab.enter = families_and_others;
        placement(&toy, 0)->families = rule;
        placement(&toy, 0)->risk_to = 0.7;
        struct sim *sim = open_toy(&toy);
        toy_steps(sim, 2);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            bool family = p->flags & PERSON_IN_COMPANY;
            people[family]++;
            there[family] += p->placement == 1;
            apart += slot > 0 && sim->persons.row[slot - 1].party == p->party && (sim->persons.row[slot - 1].placement != p->placement || rank_of(sim, slot) != rank_of(sim, slot - 1));
        }
        TEST(people[1] == people[0] / 3 * 3 && apart == 0 && there[0] > people[0] / 4, "rule %d: %u people of families, %u apart, %u alone there", rule, people[1], apart, there[0]);
        TEST(rule == 0 ? there[1] == 0 : there[1] > people[1] / 4, "rule %d: %u of families there", rule, there[1]);
        toy_close(sim);
    }
}

/* With return_in_need 0 nobody in need goes home; others go as ever, person by person. */
static void people_in_need_do_not_go_home(void)
{
    static const char *const class[] = {"refugee", "none"};
    static const double weight[] = {1, 1};
    static bool home[2][PEOPLE];
    uint32_t in_need = 0, others = 0, differ = 0;
    for (int in = 0; in < 2; in++) {
        struct toy toy;
        start(&toy, 1);
        trait_add(&toy.setup.traits, "protection", 2, class, weight);
        toy_model(&toy, &protection);
        give(&toy, "return_in_need", in);
        placement(&toy, 0)->rate[CASEGRAPH_RETURNS] = 0.02;
        placement(&toy, 0)->return_stage = GONE;
        struct sim *sim = open_toy(&toy);
        toy_steps(sim, 50);
        for (uint32_t slot = 0; slot < PEOPLE; slot++) {
            struct docket_person a = person(sim, slot);
            home[in][slot] = a.p->stage == GONE + 1;
            if (in == 0) in_need += docket_in_need(&a) && home[0][slot];
            else if (!docket_in_need(&a)) others += home[1][slot], differ += home[0][slot] != home[1][slot];
        }
        toy_close(sim);
    }
    TEST(in_need == 0 && differ == 0, "%u in need went home, %u others differ", in_need, differ);
    TEST(others > PEOPLE / 5, "%u others went home", others);
}

/* Found vulnerable on leaving the first stage: out of a, into b, when the next stage assigns. */
static void vulnerable_people_are_moved(void)
{
    struct toy toy;
    static const char *const yes[] = {"yes", "no"};
    static const double weight[] = {1, 3};
    struct casegraph_outcome *outcome = memory_new(1, sizeof *outcome);
    uint32_t wrong = 0, moved = 0;
    *outcome = (struct casegraph_outcome){.to = 2, .status = CASEGRAPH_NONE, .weight = {1, 1, 1, 1}};
    start(&toy, 2);
    add_stage(&toy, "later");
    trait_add(&toy.setup.traits, "vulnerable", 2, yes, weight);
    names(&toy, 2, 2, (int[]){0, 1});
    stage(&toy, 2)->deadline = 10000, stage(&toy, 2)->overdue = GONE;
    stage(&toy, OPEN)->deadline = 5, stage(&toy, OPEN)->overdue = CASEGRAPH_NONE, stage(&toy, OPEN)->screens = 0.8;
    stage(&toy, OPEN)->outcomes = 1, stage(&toy, OPEN)->outcome = outcome;
    placement(&toy, 0)->vulnerable = 0;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 5);
    static uint8_t before[PEOPLE];
    for (uint32_t slot = 0; slot < PEOPLE; slot++) before[slot] = sim->persons.row[slot].placement;
    toy_steps(sim, 3);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        bool found = flags(sim, slot) & DOCKET_VULNERABLE;
        wrong += sim->persons.row[slot].placement != (found ? 2 : before[slot]);
        moved += found && before[slot] == 1;
    }
    TEST(wrong == 0, "%u people are in the wrong placement", wrong);
    check_share("moved", moved, PEOPLE, 0.25 * 0.8 * 0.5);
    toy_close(sim);
}

static void risk_window(double noise)
{
    struct toy toy;
    double expected = 0, variance = 0, in = 0;
    uint32_t wrong = 0;
    start(&toy, 2);
    give(&toy, "risk_noise", noise);
    placement(&toy, 0)->risk_from = 0.6;
    placement(&toy, 1)->risk_to = 0.6, placement(&toy, 1)->review_days = placement(&toy, 0)->review_days = 3;
    struct sim *sim = open_toy(&toy);
    sim_step(sim);
    static uint8_t before[PEOPLE];
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        double r = rank_of(sim, slot), chance = noise > 0 ? 0.5 * erfc((0.6 - r) / noise / sqrt(2)) : r >= 0.6;
        before[slot] = sim->persons.row[slot].placement;
        wrong += before[slot] == 0;
        in += before[slot] == 1, expected += chance, variance += chance * (1 - chance);
    }
    TEST(wrong == 0, "%u people are outside every window", wrong);
    check_count("assessed risk", in, expected, variance);
    toy_steps(sim, 10);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) wrong += before[slot] != sim->persons.row[slot].placement;
    TEST(wrong == 0, "%u people are assessed otherwise the next time", wrong);
    toy_close(sim);
}

static void risk_windows(void)
{
    risk_window(0);
    risk_window(0.2);
    risk_window(0.5);
}

/* ---- places */

enum { BEDS = 150,
       STREET = 1 };

/* 20 people a day come to "a", which has 150 beds and is left with hazard 0.1; they wait in "b". From day 60 there are 90. */
static void start_beds(struct toy *toy)
{
    start(toy, 2);
    names(toy, OPEN, 1, (int[]){0});
    placement(toy, 0)->service = (int16_t)add_places(toy, "beds", BEDS);
    placement(toy, 0)->meanwhile = STREET;
    placement(toy, 0)->rate[CASEGRAPH_LEAVES] = 0.1, placement(toy, 0)->leave_stage = GONE;
    toy->people = 20;
    toy->lab.enter = daily;
    policy(toy, "staff", 0, LEVER_SET, 90, 60);
}

static uint32_t people_waiting(struct sim *sim)
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        struct docket_person a = person(sim, slot);
        n += *docket_wanted(&a) > 0;
        TEST(*docket_wanted(&a) == 0 || (*docket_wanted(&a) == 1 && a.p->placement == STREET + 1), "slot %u wants %u and is in %u", slot, *docket_wanted(&a), a.p->placement);
    }
    return n;
}

/* As many move in as there are free beds in the morning, or people who waited. */
static void beds_are_never_more_than_there_are(void)
{
    struct toy toy;
    uint32_t waiting = 0, before = 0, over = 0;
    start_beds(&toy);
    struct sim *sim = open_toy(&toy);
    for (int day = 0; day < 120; day++) {
        sim_step(sim);
        uint32_t in = people_in(sim, 0), beds = day < 60 ? BEDS : 90, room = beds > before ? beds - before : 0;
        TEST(in == tally(sim, "places_taken", 0) && (in <= beds || in <= before), "day %d: %u people in %u beds", day, in, beds);
        TEST(tally(sim, "entered_placement", 0) == (room < waiting ? room : waiting), "day %d: %ld moved in, %u waited for %u beds", day, (long)tally(sim, "entered_placement", 0), waiting, room);
        over += in > beds;
        waiting = people_waiting(sim), before = in;
        TEST(waiting == tally(sim, "waiting", 0) && waiting == people_in(sim, STREET), "day %d: %u people wait", day, waiting);
        toy_check(sim, "beds");
    }
    TEST(waiting > 300 && over > 0, "too quiet: %u wait, %u days with too many people", waiting, over);
    toy_close(sim);
}

/* Without a meanwhile people wait outside; those whom a rule bans from it too. */
static void outside_meanwhile(void)
{
    struct toy toy;
    start_beds(&toy);
    add_ages(&toy);
    placement(&toy, STREET)->children = 0;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 30);
    uint32_t children = 0, adults = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        struct docket_person a = person(sim, slot);
        if (*docket_wanted(&a) == 0) continue;
        *(docket_is_child(&a) ? &children : &adults) += 1;
        TEST(a.p->placement == (docket_is_child(&a) ? 0 : STREET + 1), "slot %u is in %u", slot, a.p->placement);
    }
    TEST(children > 50 && adults > 50 && child_days(sim, STREET) == 0, "%u children, %u adults", children, adults);
    toy_close(sim);
}

/* Two placements of one service: who is in the one moves into the other on the day, in the same bed. */
static void a_bed_is_kept(void)
{
    struct toy toy;
    uint32_t moved = 0;
    start(&toy, 3);
    toy.people = 500;
    int16_t beds = (int16_t)add_places(&toy, "beds", 300);
    placement(&toy, 0)->service = placement(&toy, 2)->service = beds;
    placement(&toy, 0)->meanwhile = placement(&toy, 2)->meanwhile = STREET;
    names(&toy, OPEN, 1, (int[]){0});
    names(&toy, add_stage(&toy, "later"), 1, (int[]){2});
    stage(&toy, OPEN)->deadline = 10, stage(&toy, OPEN)->overdue = 2;
    stage(&toy, 2)->deadline = 10000, stage(&toy, 2)->overdue = GONE;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 10);
    TEST(people_in(sim, 0) == 300 && people_in(sim, STREET) == 200, "%u in beds", people_in(sim, 0));
    static uint32_t ticket[500], bed;
    bed = (uint32_t)case_docket(sim_state(sim, "case"))->bed;
    memcpy(ticket, sim->persons.column[bed].data, sizeof ticket);
    sim_step(sim);
    for (uint32_t slot = 0; slot < 500; slot++) moved += sim->persons.row[slot].placement == 3 && sim->persons.row[slot].stage == 3;
    TEST(moved == 300 && people_in(sim, STREET) == 200 && tally(sim, "places_taken", 0) == 300, "%u moved", moved);
    TEST(!memcmp(ticket, sim->persons.column[bed].data, sizeof ticket), "who waits for a place of the same service loses the place in the queue");
    toy_close(sim);
}

static uint32_t entries(struct sim *sim, uint32_t slot)
{
    const uint16_t *column = sim->persons.column[person_column(&sim->persons, "placement_entries", "", "", 2, false)].data;
    return column[slot];
}

/* Beds that are closed to children while they wait in the queue: they are called and do not move in, not even for an hour. */
static void a_ban_reaches_those_who_wait(void)
{
    struct toy toy;
    uint32_t waited = 0;
    start_beds(&toy);
    add_ages(&toy);
    placement(&toy, 0)->detains = true;
    policy(&toy, "detain_children", 0, LEVER_SET, 0, 20);
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 20);
    TEST(child_days(sim, 0) > 20, "%ld children", (long)child_days(sim, 0));
    for (int day = 20; day < 60; day++) {
        sim_step(sim);
        TEST(child_days(sim, 0) == 0 && people_in(sim, 0) <= BEDS, "day %d: %ld children are detained", day, (long)child_days(sim, 0));
        toy_check(sim, "ban");
    }
    TEST(people_in(sim, 0) > BEDS / 2, "%u adults are held", people_in(sim, 0));
    for (uint32_t slot = 19 * 20; slot < sim->persons.count; slot++) {
        TEST(!is_child(sim, slot) || entries(sim, slot) <= 1, "slot %u, a child, was let in", slot);
        waited += is_child(sim, slot) && entries(sim, slot) == 1;
    }
    TEST(waited > 5, "%u children waited when the ban came", waited);
    toy_close(sim);
}

/* How many who stood in the queue yesterday and are not in "a", nor have been there, stand in it no more or elsewhere. */
static uint32_t tickets_lost(struct sim *sim, uint32_t *ticket)
{
    const uint32_t *now = sim->persons.column[case_docket(sim_state(sim, "case"))->bed].data;
    uint32_t lost = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        lost += ticket[slot] != QUEUE_NONE && ticket[slot] != now[slot] && p->placement != 1 && p->stage != GONE + 1;
        ticket[slot] = now[slot];
    }
    return lost;
}

static uint32_t waiting_elsewhere(struct sim *sim, const uint32_t *ticket)
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) n += ticket[slot] != QUEUE_NONE && sim->persons.row[slot].placement != STREET + 1;
    return n;
}

/* A ban from where they wait takes children out of it on that day; they keep the place in the queue, and adults wait there as before. */
static void a_ban_frees_those_who_wait(void)
{
    struct toy toy;
    uint32_t ticket[20 * 50] = {0};
    start_beds(&toy);
    add_ages(&toy);
    placement(&toy, STREET)->detains = true;
    policy(&toy, "detain_children", STREET, LEVER_SET, 0, 25);
    struct sim *sim = open_toy(&toy);
    for (int day = 0; day < 50; day++) {
        sim_step(sim);
        uint32_t lost = tickets_lost(sim, ticket), freed = waiting_elsewhere(sim, ticket);
        TEST(lost == 0 && (child_days(sim, STREET) > 0) == (day < 25) && (freed > 0) == (day >= 25), "day %d: %u lost the place in the queue, %u wait elsewhere, %ld children there", day, lost, freed, (long)child_days(sim, STREET));
        TEST(day < 25 || freed > 20, "day %d: too quiet: %u children wait", day, freed);
        toy_check(sim, "ban");
    }
    TEST(people_in(sim, STREET) > 50, "%u adults wait", people_in(sim, STREET));
    toy_close(sim);
}

/* For 6 days in "b", then in "c" or outside: who waits for a bed goes on waiting where they stood in the queue, and is called. */
static void who_is_released_waits_on(void)
{
    for (int outside = 0; outside < 2; outside++) {
        struct toy toy;
        uint32_t ticket[20 * 50] = {0}, called = 0;
        start_beds(&toy);
        int after = add_placement(&toy, "c");
        placement(&toy, STREET)->max_days = 6;
        placement(&toy, STREET)->after = outside ? CASEGRAPH_NONE : (uint8_t)after;
        struct sim *sim = open_toy(&toy);
        for (int day = 0; day < 50; day++) {
            sim_step(sim);
            uint32_t lost = tickets_lost(sim, ticket);
            TEST(lost == 0, "outside %d, day %d: %u lost the place in the queue", outside, day, lost);
            toy_check(sim, "release");
        }
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) called += sim->persons.row[slot].placement == 1 && placed_on(sim, slot) > (int32_t)(slot / 20) + 6;
        TEST(waiting_elsewhere(sim, ticket) > 50 && called > 50, "outside %d: too quiet: %u wait, %u were called", outside, waiting_elsewhere(sim, ticket), called);
        toy_close(sim);
    }
}

/* "a" is no longer used from day 25 on: nobody is called into it, though beds are free and people stand in its queue. */
static void a_closed_placement_calls_nobody(void)
{
    struct toy toy;
    uint32_t waiting = 0;
    start_beds(&toy);
    names(&toy, OPEN, 2, (int[]){0, STREET});
    placement(&toy, STREET)->use = 0.001;
    policy(&toy, "use", 0, LEVER_SET, 0, 25);
    struct sim *sim = open_toy(&toy);
    for (int day = 0; day < 50; day++) {
        sim_step(sim);
        if (day == 24) waiting = people_waiting(sim);
        TEST(day == 0 || (tally(sim, "entered_placement", 0) > 0) == (day < 25), "day %d: %ld were called", day, (long)tally(sim, "entered_placement", 0));
        toy_check(sim, "closed");
    }
    TEST(waiting > 50 && people_in(sim, 0) < BEDS / 2 && people_in(sim, 0) > 0, "too quiet: %u waited, %u are still in", waiting, people_in(sim, 0));
    toy_close(sim);
}

/* Let go from the street into the centre, which the stage names though it assigns nobody there: whoever is called goes in. */
static void let_go_into_a_closed_placement(void)
{
    struct toy toy;
    start_beds(&toy);
    names(&toy, OPEN, 2, (int[]){0, STREET});
    toy.lab.enter = crowd;
    placement(&toy, 0)->use = 0;
    placement(&toy, 0)->meanwhile = CASEGRAPH_NONE;
    placement(&toy, STREET)->max_days = 5, placement(&toy, STREET)->after = 0;
    struct sim *sim = open_toy(&toy);
    int64_t in_centre = 0, in_street = 0;
    for (int day = 0; day < 30; day++) {
        sim_step(sim);
        in_centre += tally(sim, "entered_placement", 0), in_street += tally(sim, "entered_placement", STREET);
        toy_check(sim, "let go");
    }
    TEST(in_centre == sim->persons.count && in_street == in_centre, "%ld came into the centre, %ld into the street", (long)in_centre, (long)in_street);
    toy_close(sim);
}

/* ---- dates */

/* In "a" for at most 12 days, then in "b". */
static void released_on_the_day(void)
{
    struct toy toy;
    start(&toy, 2);
    names(&toy, OPEN, 1, (int[]){0});
    toy.people = 100;
    toy.lab.enter = daily;
    placement(&toy, 0)->max_days = 11.5, placement(&toy, 0)->after = 1;
    struct sim *sim = open_toy(&toy);
    for (int day = 0; day < 40; day++) {
        uint32_t wrong = 0;
        sim_step(sim);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            int32_t since = day - (int32_t)(slot / 100);
            wrong += sim->persons.row[slot].placement != (since < 12 ? 1 : 2) || placed_on(sim, slot) != (int32_t)(slot / 100) + (since < 12 ? 0 : 12);
        }
        TEST(wrong == 0, "day %d: %u people are in the wrong placement", day, wrong);
        toy_check(sim, "release");
    }
    toy_close(sim);
}

/* A limit that begins on day 20 holds for those who are there: who has been there for 8 days or more goes at once. */
static void a_new_limit_holds_for_all(void)
{
    struct toy toy;
    start(&toy, 1);
    toy.people = 100;
    toy.lab.enter = daily;
    policy(&toy, "max_days", -1, LEVER_SET, 8, 20);
    struct sim *sim = open_toy(&toy);
    for (int day = 0; day < 40; day++) {
        uint32_t wrong = 0;
        sim_step(sim);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) wrong += (sim->persons.row[slot].placement == 1) != (day < 20 || day - (int32_t)(slot / 100) < 8);
        TEST(wrong == 0, "day %d: %u people", day, wrong);
        toy_check(sim, "limit");
    }
    toy_close(sim);
}

/* "a" is no longer used from day 10 on: people go at their own next review, every 7 days, not before. */
static void reviewed_on_the_day(void)
{
    struct toy toy;
    start(&toy, 2);
    toy.people = 100;
    toy.lab.enter = daily;
    placement(&toy, 0)->review_days = placement(&toy, 1)->review_days = 7;
    policy(&toy, "use", 0, LEVER_SET, 0, 10);
    struct sim *sim = open_toy(&toy);
    static uint8_t first[4000];
    for (int32_t day = 0; day < 30; day++) {
        uint32_t wrong = 0, stayed = 0;
        sim_step(sim);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            int32_t came = (int32_t)(slot / 100), review = came;
            const struct person *p = &sim->persons.row[slot];
            if (came == day) first[slot] = p->placement;
            while (review < 10) review += 7;
            wrong += p->placement != (first[slot] == 1 && day < review ? 1 : 2);
            stayed += p->placement == 1;
        }
        TEST(wrong == 0 && (stayed > 0) == (day < 16), "day %d: %u people are in the wrong placement, %u in a", day, wrong, stayed);
    }
    toy_close(sim);
}

/* Hazards begin anew in a new placement at the moment of entering: of those released after 10 days the share harmed by day T there. */
static void hazards_begin_anew(void)
{
    struct toy toy;
    uint32_t left = 0;
    start(&toy, 2);
    names(&toy, OPEN, 1, (int[]){0});
    placement(&toy, 0)->max_days = 10, placement(&toy, 0)->after = 1;
    placement(&toy, 1)->rate[CASEGRAPH_LEAVES] = 0.03, placement(&toy, 1)->leave_stage = GONE;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 30);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) left += sim->persons.row[slot].stage == GONE + 1;
    check_share("left after the move", left, PEOPLE, 1 - exp(-0.03 * 20));
    toy_close(sim);
}

/* ---- onset */

static void onset_and_lasting(void)
{
    struct toy toy;
    uint32_t before = 0, after = 0;
    start(&toy, 2);
    names(&toy, OPEN, 1, (int[]){0});
    placement(&toy, 0)->onset = 0.3, placement(&toy, 0)->lasting = 0.4, placement(&toy, 0)->detains = true;
    placement(&toy, 0)->max_days = 10, placement(&toy, 0)->after = 1;
    struct sim *sim = open_toy(&toy);
    sim_step(sim);
    int64_t onsets = tally(sim, "onsets", 0);
    toy_steps(sim, 5);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) before += (flags(sim, slot) & DOCKET_CONDITION) > 0;
    toy_steps(sim, 10);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        after += (flags(sim, slot) & DOCKET_CONDITION) > 0;
        TEST(flags(sim, slot) & DOCKET_DETAINED, "slot %u has been detained", slot);
    }
    TEST(onsets == before && people_in(sim, 1) == PEOPLE, "%ld onsets, %u people", (long)onsets, before);
    check_share("onset", before, PEOPLE, 0.3);
    check_share("lasting", after, before, 0.4);
    toy_close(sim);
}

/* From one placement with an onset to another: no second one is drawn and none is lost; on leaving both it lasts once. */
static void onset_once(void)
{
    struct toy toy;
    uint32_t before = 0, changed = 0, after = 0;
    int64_t later = 0;
    static uint8_t ill[PEOPLE];
    start(&toy, 2);
    names(&toy, OPEN, 1, (int[]){0});
    for (int i = 0; i < 2; i++) placement(&toy, i)->onset = 0.3, placement(&toy, i)->lasting = 0.4, placement(&toy, i)->max_days = 10;
    placement(&toy, 0)->after = 1;
    struct sim *sim = open_toy(&toy);
    toy_steps(sim, 5);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) before += ill[slot] = (flags(sim, slot) & DOCKET_CONDITION) > 0;
    for (int day = 5; day < 15; day++) sim_step(sim), later += tally(sim, "onsets", 0) + tally(sim, "onsets", 1);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) changed += ill[slot] != ((flags(sim, slot) & DOCKET_CONDITION) > 0);
    TEST(people_in(sim, 1) == PEOPLE && changed == 0 && later == 0, "%u people moved, %u changed, %ld onsets", people_in(sim, 1), changed, (long)later);
    toy_steps(sim, 10);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) after += (flags(sim, slot) & DOCKET_CONDITION) > 0;
    check_share("onset", before, PEOPLE, 0.3);
    check_share("lasting", after, before, 0.4);
    toy_close(sim);
}

/* Fewer onsets where harm is less: the same people, some of them not. No onset at factor 0. */
static void onset_is_nested(void)
{
    struct toy toy;
    static bool ill[3][PEOPLE];
    uint32_t wrong = 0, n[3] = {0};
    for (int arm = 0; arm < 3; arm++) {
        start(&toy, 1);
        placement(&toy, 0)->onset = 0.3, placement(&toy, 0)->rate[CASEGRAPH_MENTAL] = 0.01;
        policy(&toy, "harm", -1, LEVER_MULTIPLY, 1 - 0.5 * arm, 0);
        struct sim *sim = open_toy(&toy);
        toy_steps(sim, 20);
        for (uint32_t slot = 0; slot < PEOPLE; slot++) ill[arm][slot] = flags(sim, slot) & DOCKET_CONDITION, n[arm] += ill[arm][slot];
        toy_close(sim);
    }
    for (uint32_t slot = 0; slot < PEOPLE; slot++) wrong += ill[1][slot] && !ill[0][slot];
    TEST(wrong == 0 && n[1] < n[0] && n[1] > 0 && n[2] == 0, "%u people have it only where harm is less; %u, %u, %u", wrong, n[0], n[1], n[2]);
}

/* ---- hearings */

static void appearance(void)
{
    struct toy toy;
    double appeared[DOCKET_RISKS] = {0}, people[DOCKET_RISKS] = {0}, outside[2] = {0};
    struct casegraph_outcome *outcome = memory_new(1, sizeof *outcome);
    start(&toy, 1);
    *outcome = (struct casegraph_outcome){.to = (uint8_t)add_stage(&toy, "heard"), .status = CASEGRAPH_NONE, .weight = {1, 1, 1, 1}};
    add_ages(&toy);
    placement(&toy, 0)->children = 0; /* half the people are outside */
    placement(&toy, 0)->appearance = 0.8, placement(&toy, 0)->appearance_slope = 0.6;
    stage(&toy, OPEN)->deadline = 0, stage(&toy, OPEN)->rate = 5, stage(&toy, OPEN)->overdue = CASEGRAPH_NONE;
    stage(&toy, OPEN)->hearing = true, stage(&toy, OPEN)->no_show = GONE;
    stage(&toy, OPEN)->outcomes = 1, stage(&toy, OPEN)->outcome = outcome;
    give(&toy, "appearance_outside", 0.7);
    policy(&toy, "appearance", 0, LEVER_ADD, 0.1, 0);
    struct sim *sim = open_toy(&toy);
    int64_t said[2] = {0};
    for (int day = 0; day < 20; day++) {
        sim_step(sim);
        for (uint32_t i = 0; i < 2; i++) said[i] += tally(sim, "hearings", i);
    }
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        const struct person *p = &sim->persons.row[slot];
        bool heard = p->stage == 3;
        TEST(heard || p->stage == GONE + 1, "slot %u has not been called", slot);
        if (is_child(sim, slot)) outside[heard]++;
        else people[p->group % DOCKET_RISKS]++, appeared[p->group % DOCKET_RISKS] += heard;
    }
    double all = 0, yes = 0;
    for (int r = 0; r < DOCKET_RISKS; r++) {
        double chance = 0.9 - 0.6 * ((r + 0.5) / DOCKET_RISKS - 0.5);
        check_share("appeared", appeared[r], people[r], chance < 1 ? chance : 1);
        all += people[r], yes += appeared[r];
    }
    TEST((double)said[1] == yes && (double)said[0] == all - yes, "hearings: %ld and %ld, %.0f of %.0f people", (long)said[1], (long)said[0], yes, all);
    check_share("appeared from outside", outside[1], outside[0] + outside[1], 0.7);
    toy_close(sim);
}

static void error_factor(void)
{
    struct toy toy;
    start(&toy, 1);
    add_ages(&toy);
    placement(&toy, 0)->children = 0, placement(&toy, 0)->error = 1.7;
    struct sim *sim = open_toy(&toy);
    sim_step(sim);
    for (uint32_t slot = 0; slot < 50; slot++) {
        struct docket_person a = person(sim, slot);
        double error = placement_error(sim_state(sim, "placement"), &a);
        TEST(error == (docket_is_child(&a) ? 1 : 1.7), "slot %u: %g", slot, error);
    }
    toy_close(sim);
}

/* ---- a box of everything */

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

static void add_given(struct toy *toy, const char *lever, int item, uint32_t state, double value)
{
    struct casegraph *g = &toy->setup.casegraph;
    size_t n = (size_t)g->givens;
    g->given = memory_grow(g->given, n, n + 1, sizeof *g->given);
    g->given[n] = (struct casegraph_given){memory_text(lever), false, item, state, value};
    g->givens++;
}

static void arrive(struct sim *sim)
{
    for (uint32_t place = 0; sim->day < 80 && place < 3; place++) sim_enter(sim, place, 12, (struct person_id_parts){.driver = 6, .place = place, .day = (uint32_t)sim->day}, false);
}

enum { DETENTION,
       CENTRE,
       OUT_ON_BAIL,
       CAMP };

static void build_placements(struct toy *toy)
{
    struct casegraph_placement *detention = placement(toy, DETENTION), *centre = placement(toy, CENTRE), *bail = placement(toy, OUT_ON_BAIL), *camp = placement(toy, CAMP);
    int16_t cells = (int16_t)add_places(toy, "cells", 60), beds = (int16_t)add_places(toy, "beds", 200);
    detention->detains = true, detention->use = 4, detention->children = 1, detention->vulnerable = 1, detention->risk_from = 0.4, detention->service = cells, detention->meanwhile = OUT_ON_BAIL;
    detention->onset = 0.2, detention->lasting = 0.5, detention->max_days = 25, detention->after = CENTRE, detention->review_days = 9;
    detention->rate[CASEGRAPH_MENTAL] = 0.01, detention->rate[CASEGRAPH_PHYSICAL] = 0.03, detention->rate[CASEGRAPH_DEATH] = 0.002, detention->rate[CASEGRAPH_LEAVES] = 0.002;
    detention->bands = 3, detention->band[1] = 6, detention->band[2] = 14, detention->band_factor[1] = 2, detention->band_factor[2] = 5, detention->child_factor = 2;
    detention->leave_stage = GONE;
    centre->service = camp->service = beds, centre->meanwhile = camp->meanwhile = OUT_ON_BAIL;
    centre->rate[CASEGRAPH_LEAVES] = 0.01, centre->leave_slope = 2, centre->rate[CASEGRAPH_RETURNS] = 0.004, centre->return_stage = GONE, centre->review_days = 15;
    bail->rate[CASEGRAPH_LEAVES] = 0.02, bail->leave_slope = 1, bail->leave_stage = GONE;
    camp->rate[CASEGRAPH_PHYSICAL] = 0.05, camp->children = 0, camp->max_days = 40, camp->bands = 2, camp->band[1] = 10, camp->band_factor[1] = 0.5;
}

static void build(struct toy *toy)
{
    static const char *const name[] = {"detention", "centre", "bail", "camp"}, *const age[] = {"9", "11", "17", "30"}, *const yes[] = {"yes", "no"};
    static const double weight[] = {1, 1, 1, 3};
    fill(toy, 4, name);
    toy_place(toy, "there", "elsewhere", WORLD_TOWN);
    toy_place(toy, "third", "here", WORLD_TOWN);
    trait_add(&toy->setup.traits, "age", 4, age, weight);
    trait_add(&toy->setup.traits, "vulnerable", 2, yes, weight);
    toy->lab.enter = arrive;
    build_placements(toy);
    add_given(toy, "use", CAMP, 1, 3);
    add_given(toy, "review_days", CENTRE, 1, 5);
    add_given(toy, "max_days", DETENTION, 1, 12);
    stage(toy, OPEN)->deadline = 45, stage(toy, OPEN)->overdue = (uint8_t)add_stage(toy, "later");
    stage(toy, 2)->deadline = 60, stage(toy, 2)->overdue = GONE;
    names(toy, 2, 3, (int[]){CENTRE, CAMP, OUT_ON_BAIL});
}

/* Policies in mid-run, so that limits, rates and rules change under people. */
static void build_box(struct toy *toy)
{
    build(toy);
    policy(toy, "harm", -1, LEVER_MULTIPLY, 0.5, 50);
    policy(toy, "leaving", 2, LEVER_MULTIPLY, 2, 40);
    policy(toy, "max_days", 0, LEVER_SET, 7, 60);
    policy(toy, "detain_children", 1, LEVER_SET, 0, 45);
    policy(toy, "use", 4, LEVER_SET, 0, 70);
}

static void the_same_however_it_is_run(void)
{
    char one[65], other[65];
    static const struct sim_tuning tuning[] = {{2, 7, false}, {3, 1000, false}, {4, 65536, false}, {2, 5, true}};
    toy_digest(build_box, (struct sim_tuning){1, 65536, false}, 130, one);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        toy_digest(build_box, tuning[i], 130, other);
        TEST(!strcmp(one, other), "%d threads, chunk %u: %.16s and %.16s", tuning[i].threads, tuning[i].chunk, one, other);
    }
    toy_twins("box", build_box, 130);
}

/* Every lever of the model times 1, from the first day and from the middle. */
static void build_placebo(struct toy *toy)
{
    build(toy);
    for (const struct lever *lever = placement_model.levers; lever->name; lever++) {
        policy(toy, lever->name, -1, LEVER_MULTIPLY, 1, 0);
        policy(toy, lever->name, -1, LEVER_ADD, 0, 31);
    }
}

static void placebo(void)
{
    char one[65], other[65];
    toy_digest(build, (struct sim_tuning){.threads = 2}, 100, one);
    toy_digest(build_placebo, (struct sim_tuning){.threads = 2}, 100, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    toy_digest(build_box, (struct sim_tuning){.threads = 2}, 100, other);
    TEST(strcmp(one, other), "policies that act change nothing");
}

static uint32_t band_of(const struct casegraph_placement *of, int32_t days)
{
    uint32_t band = 0;
    while ((int)band + 1 < of->bands && of->band[band + 1] <= days) band++;
    return band;
}

/* Stocks, places, bands and the share detained, counted again every evening. */
static void counts_agree_with_rows(void)
{
    struct toy toy;
    toy_init(&toy);
    build_box(&toy);
    struct sim *sim = open_toy(&toy);
    int64_t entered = 0, detained = 0;
    for (int day = 0; day < 130; day++) {
        int64_t in[2][4] = {{0}}, open = 0;
        sim_step(sim);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            if (p->flags & PERSON_DEAD) continue;
            open += p->stage > 0 && p->stage != GONE + 1;
            if (p->placement > 0) in[docket_state(sim, p)][p->placement - 1]++;
            TEST(p->placement == 0 || p->band == band_of(placement(&toy, p->placement - 1), day - placed_on(sim, slot)), "day %d, slot %u: band %u", day, slot, p->band);
            TEST(p->placement == 0 || p->stage != GONE + 1, "slot %u is in a placement, but the case is over", slot);
            TEST(p->placement != CAMP + 1 || !is_child(sim, slot), "slot %u is a child in the camp", slot);
            TEST(p->placement != DETENTION + 1 || docket_state(sim, p) == 1 || day < 60 || day - placed_on(sim, slot) < 7, "slot %u is held too long", slot);
        }
        for (uint32_t s = 0; s < 2; s++) {
            for (uint32_t i = 0; i < 4; i++) TEST(tally(sim, "placed", s * 4 + i) == in[s][i], "day %d, state %u, placement %u", day, s, i);
            TEST(tally(sim, "places_taken", s) == in[s][DETENTION] && in[s][DETENTION] <= 60, "day %d: cells", day);
            TEST(tally(sim, "places_taken", 2 + s) == in[s][CENTRE] + in[s][CAMP] && in[s][CENTRE] + in[s][CAMP] <= 200, "day %d: beds", day);
            entered += tally(sim, "entered_placement", s * 4 + DETENTION);
        }
        detained = in[0][DETENTION] + in[1][DETENTION];
        TEST(fabs(indicator(sim, "share_detained") - (open > 0 ? (double)detained / (double)open : 0)) < 1e-12, "day %d: %g", day, indicator(sim, "share_detained"));
        toy_check(sim, "box");
    }
    TEST(entered > 200, "too quiet: %ld were detained", (long)entered);
    toy_close(sim);
}

static void given_by_state(void)
{
    struct toy toy;
    toy_init(&toy);
    build(&toy);
    struct sim *sim = open_toy(&toy);
    const struct lever_set *levers = &sim->setup->levers;
    sim_step(sim);
    TEST(lever_value(levers, lever_find(levers, "max_days"), DETENTION * 2) == 25 && lever_value(levers, lever_find(levers, "max_days"), DETENTION * 2 + 1) == 12, "max_days");
    TEST(lever_value(levers, lever_find(levers, "use"), CAMP * 2) == 1 && lever_value(levers, lever_find(levers, "use"), CAMP * 2 + 1) == 3, "use");
    TEST(lever_value(levers, lever_find(levers, "detain_children"), DETENTION * 2) == 1 && lever_value(levers, lever_find(levers, "children"), CAMP * 2) == 0, "children");
    toy_close(sim);
}

static void from_a_checkpoint(void)
{
    struct toy toy[2];
    struct scratch scratch = scratch_open();
    struct error error = {0};
    static const char *const command[] = {"wayfare", NULL};
    struct writer_plan plan = {.command = command};
    char hex[2][65];
    for (int i = 0; i < 2; i++) toy_init(&toy[i]), build_box(&toy[i]);
    struct sim *whole = open_toy(&toy[0]), *rest = open_toy(&toy[1]);
    toy_steps(whole, 59);
    TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 0, &error) == 0 && checkpoint_load(rest, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
    toy_steps(whole, 61);
    toy_steps(rest, 61);
    sim_digest(whole, hex[0]);
    sim_digest(rest, hex[1]);
    TEST(!strcmp(hex[0], hex[1]), "%.16s and %.16s", hex[0], hex[1]);
    toy_close(whole);
    toy_close(rest);
    scratch_close(&scratch);
}

static void a_return_needs_a_stage(void)
{
    struct toy toy;
    struct error error = {0};
    start(&toy, 1);
    placement(&toy, 0)->rate[CASEGRAPH_RETURNS] = 0.1;
    TEST(world_finish(toy.setup.world, &error) == 0 && !sim_open(&toy.setup, toy.list, (struct sim_tuning){.threads = 1}, &error) && strstr(error.text, "return_stage"), "%s", error.text);
    setup_free(&toy.setup);
}

static const struct test_case cases[] = {
    {"rate of leaving", rate_of_leaving},
    {"rate of returns", rate_of_returns},
    {"rate of the condition", rate_of_the_condition},
    {"rate of harm", rate_of_harm},
    {"rate of death", rate_of_death},
    {"causes compete", causes_compete},
    {"slope by risk", slope_by_risk},
    {"shares by use", shares_by_use},
    {"closing one moves only its people", closing_one_moves_only_its_people},
    {"no child is detained", no_child_is_detained},
    {"rather outside than detained", rather_outside_than_detained},
    {"a ban frees children at once", a_ban_frees_children_at_once},
    {"last resort", last_resort},
    {"families stay together", families_stay_together},
    {"people in need do not go home", people_in_need_do_not_go_home},
    {"vulnerable people are moved", vulnerable_people_are_moved},
    {"risk windows", risk_windows},
    {"beds are never more than there are", beds_are_never_more_than_there_are},
    {"outside meanwhile", outside_meanwhile},
    {"a bed is kept", a_bed_is_kept},
    {"a ban reaches those who wait", a_ban_reaches_those_who_wait},
    {"a ban frees those who wait", a_ban_frees_those_who_wait},
    {"who is released waits on", who_is_released_waits_on},
    {"a closed placement calls nobody", a_closed_placement_calls_nobody},
    {"let go into a closed placement", let_go_into_a_closed_placement},
    {"released on the day", released_on_the_day},
    {"a new limit holds for all", a_new_limit_holds_for_all},
    {"reviewed on the day", reviewed_on_the_day},
    {"hazards begin anew", hazards_begin_anew},
    {"onset and lasting", onset_and_lasting},
    {"onset once", onset_once},
    {"onset is nested", onset_is_nested},
    {"appearance", appearance},
    {"error factor", error_factor},
    {"the same however it is run", the_same_however_it_is_run},
    {"placebo", placebo},
    {"counts agree with rows", counts_agree_with_rows},
    {"given by state", given_by_state},
    {"from a checkpoint", from_a_checkpoint},
    {"a return needs a stage", a_return_needs_a_stage},
};
TEST_MAIN(cases)
