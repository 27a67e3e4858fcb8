/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions on cases: what accuracy means, that every factor moves it one way with the same people, offices, families, and outcomes
   that are closed. People are asked directly; no case is walked. */
#include "models/determination.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "tests/test.h"
#include "tests/toy.h"

enum { INTERVIEW, /* makes a finding, by the service; two outcomes, so that the outcome is the finding */
       APPEAL,    /* the same without a service */
       RICH,      /* makes a finding; four outcomes */
       PLAIN,     /* weights by the true class */
       RECOGNISED,
       REFUSED,
       STAGES };
enum { GRANTED,
       DENIED }; /* outcomes of interview and appeal */
enum { REFUGEE_STATUS,
       SUBSIDIARY,
       HUMANITARIAN,
       NO_STATUS,
       STATUSES };
enum { NORTH,
       SOUTH,
       STATES };
enum { PEOPLE = 20000 }; /* in each state */
enum { COUNSEL = 1 << CASEGRAPH_GIVES_COUNSEL,
       INTERPRETER = 1 << CASEGRAPH_GIVES_INTERPRETER };

static const double mix[PROTECTION_CLASSES] = {0.25, 0.25, 0.2, 0.3};
static const char *const class_names[] = {"refugee", "other", "obstacle", "none"};

static const struct casegraph_outcome clear[] = {{RECOGNISED, SUBSIDIARY, {1, 1, 0, 0}}, {REFUSED, NO_STATUS, {0, 0, 1, 1}}};
static const struct casegraph_outcome rich[] = {
    {RECOGNISED, REFUGEE_STATUS, {0.8, 0.1, 0, 0}},
    {RECOGNISED, SUBSIDIARY, {0.2, 0.7, 0, 0}},
    {RECOGNISED, HUMANITARIAN, {0, 0.2, 0.5, 0.3}},
    {REFUSED, NO_STATUS, {0, 0, 0.5, 0.7}},
    {REFUSED, CASEGRAPH_NONE, {0, 0, 0.1, 0.1}},
};
enum { CLEAR = sizeof clear / sizeof *clear,
       RICHES = sizeof rich / sizeof *rich };

/* ---- a docket without cases: what determination asks for, and nobody has a stage */

static int docket_only(struct sim *sim, void *state) { return docket_open(state, sim, -1); }

static const struct param no_params[] = {{0}};
static const struct model desk = {.name = "desk", .doc = "d", .source = "s", .purpose = 201, .state_size = sizeof(struct docket), .params = no_params, .open = docket_only};

struct trial {
    double sensitivity, specificity;
    double counsel_effect, no_interpreter, pressure_elasticity, office_spread, quality_effect;
    int64_t offices;
    double quality, productivity; /* levers: of SOUTH; factor in both states */
    uint8_t held;                 /* by everybody */
    double error;
    bool interpreters, families;
    double share_in_need; /* NaN: the mix */
    const char *also_lever;
    int64_t also_cell;
    double also_value;
    struct toy toy;
    struct sim *sim;
};

static struct trial trial(double sensitivity, double specificity)
{
    return (struct trial){.sensitivity = sensitivity, .specificity = specificity, .offices = 20, .productivity = 1, .error = 1, .share_in_need = NAN};
}

/* ---- the case graph */

static struct casegraph_stage stage_of(const char *name, int outcomes, const struct casegraph_outcome *outcome)
{
    struct casegraph_stage stage = casegraph_stage_default();
    stage.name = memory_text(name);
    stage.outcomes = outcomes;
    stage.outcome = memory_new((size_t)outcomes + 1, sizeof *outcome);
    if (outcomes) memcpy(stage.outcome, outcome, (size_t)outcomes * sizeof *outcome);
    if (outcomes) stage.rate = 0.1;
    return stage;
}

static void add_services(struct casegraph *graph, const struct trial *t)
{
    graph->services = t->interpreters ? 2 : 1;
    graph->service = memory_new(2, sizeof *graph->service);
    for (int i = 0; i < graph->services; i++) graph->service[i] = casegraph_service_default();
    graph->service[0].name = memory_text("officers");
    graph->service[0].staff = 100;
    if (!t->interpreters) return;
    graph->service[1].name = memory_text("interpreters");
    graph->service[1].places = true;
    graph->service[1].staff = 50;
    graph->service[1].gives = CASEGRAPH_GIVES_INTERPRETER;
}

static void add_statuses(struct casegraph *graph)
{
    static const char *const names[STATUSES] = {"refugee", "subsidiary", "humanitarian", "refused"};
    static const enum casegraph_level levels[STATUSES] = {CASEGRAPH_PROTECTION, CASEGRAPH_PROTECTION, CASEGRAPH_STAY, CASEGRAPH_NO_STAY};
    graph->statuses = STATUSES;
    graph->status = memory_new(STATUSES, sizeof *graph->status);
    for (int i = 0; i < STATUSES; i++) graph->status[i] = (struct casegraph_status){.name = memory_text(names[i]), .level = levels[i]};
}

/* Stages that nobody walks, in a row so that each can be reached. */
static void add_graph(struct casegraph *graph, const struct trial *t)
{
    graph->stages = STAGES;
    graph->stage = memory_new(STAGES, sizeof *graph->stage);
    graph->stage[INTERVIEW] = stage_of("interview", CLEAR, clear);
    graph->stage[APPEAL] = stage_of("appeal", CLEAR, clear);
    graph->stage[RICH] = stage_of("rich", RICHES, rich);
    graph->stage[PLAIN] = stage_of("plain", RICHES, rich);
    graph->stage[RECOGNISED] = stage_of("recognised", 0, NULL);
    graph->stage[REFUSED] = stage_of("refused", 0, NULL);
    for (int i = INTERVIEW; i < PLAIN; i++) {
        graph->stage[i].sensitivity = t->sensitivity;
        graph->stage[i].specificity = t->specificity;
        graph->stage[i].deadline = 30;
        graph->stage[i].overdue = (uint8_t)(i + 1);
    }
    graph->stage[INTERVIEW].service = 0;
    graph->stage[INTERVIEW].rate = 0;
    add_services(graph, t);
    add_statuses(graph);
}

/* ---- the world */

static void give(struct toy *toy, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, "determination", name, text, "toy", 0);
}

static void set_lever(struct toy *toy, const char *lever, enum lever_operation operation, int64_t cell, double value)
{
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = (char *)lever, .lever = (char *)lever, .cell = cell, .operation = operation, .value = value, .to = -1, .file = (char *)"toy", .line = 7});
}

static void enter(struct sim *sim)
{
    const struct trial *t = toy_of(sim)->context;
    for (uint32_t place = 0; sim->day == 0 && place < STATES; place++)
        for (uint32_t i = 0; i < (t->families ? PEOPLE / 4 : 1); i++)
            sim_enter(sim, place, t->families ? 4 : PEOPLE, (struct person_id_parts){.driver = 6, .place = place, .party = i}, t->families);
}

static void fill(struct trial *t)
{
    struct toy *toy = &t->toy;
    double half = t->share_in_need / 2, rest = (1 - t->share_in_need) / 2;
    toy_init(toy);
    toy_place(toy, "Up", "North", WORLD_TOWN);
    toy_place(toy, "Down", "South", WORLD_TOWN);
    toy_link(toy, 0, 1, 100);
    trait_add(&toy->setup.traits, "protection", PROTECTION_CLASSES, class_names, isnan(t->share_in_need) ? mix : (const double[]){half, half, rest, rest});
    add_graph(&toy->setup.casegraph, t);
    give(toy, "counsel_effect", t->counsel_effect);
    give(toy, "no_interpreter", t->no_interpreter);
    give(toy, "pressure_elasticity", t->pressure_elasticity);
    give(toy, "office_spread", t->office_spread);
    give(toy, "quality_effect", t->quality_effect);
    give(toy, "offices", (double)t->offices);
    if (t->quality > 0) set_lever(toy, "quality", LEVER_SET, SOUTH, t->quality);
    if (t->productivity != 1) set_lever(toy, "productivity", LEVER_MULTIPLY, -1, t->productivity);
    if (t->also_lever) set_lever(toy, t->also_lever, LEVER_SET, t->also_cell, t->also_value);
    toy->lab.enter = enter;
    toy->context = t;
    toy_model(toy, &protection);
    toy_model(toy, &determination_model);
    toy_model(toy, &desk);
    toy_model(toy, &toy_lab);
}

static void begin(struct trial *t)
{
    fill(t);
    t->sim = toy_open(&t->toy, (struct sim_tuning){.threads = 1});
    toy_steps(t->sim, 1);
    const struct docket *docket = sim_state(t->sim, "desk");
    for (uint32_t slot = 0; slot < t->sim->persons.count; slot++) {
        struct docket_person a = docket_person(t->sim, docket, 0, 0, slot);
        *docket_held(&a) = t->held;
    }
}

/* ---- asking */

static struct docket_person person(const struct trial *t, uint32_t slot) { return docket_person(t->sim, sim_state(t->sim, "desk"), 0, 0, slot); }

static int ask(const struct trial *t, uint32_t slot, int stage, uint32_t spell)
{
    struct docket_person a = person(t, slot);
    return determination_outcome(sim_state(t->sim, "determination"), &a, stage, t->error, spell);
}

static bool in_need(const struct trial *t, uint32_t slot)
{
    struct docket_person a = person(t, slot);
    return docket_in_need(&a);
}

static bool is_wrong(const struct trial *t, uint32_t slot, int stage) { return (ask(t, slot, stage, 0) == GRANTED) != in_need(t, slot); }

struct count {
    double people, wrong;
};

static struct count count(const struct trial *t, int stage, bool need, uint32_t state)
{
    struct count c = {0};
    for (uint32_t slot = 0; slot < t->sim->persons.count; slot++) {
        if (in_need(t, slot) != need || person(t, slot).state != state) continue;
        c.people++;
        c.wrong += is_wrong(t, slot, stage);
    }
    return c;
}

static double errors(struct count c, double share) { return fabs(c.wrong - share * c.people) / sqrt(c.people * share * (1 - share)); }

/* ---- accuracy */

static void accuracy_1_makes_no_wrong_finding(void)
{
    struct trial t = trial(1, 1);
    t.counsel_effect = -0.1, t.no_interpreter = 1, t.pressure_elasticity = 2, t.office_spread = 1.25, t.productivity = 3;
    t.interpreters = true, t.held = COUNSEL, t.error = 1000;
    begin(&t);
    for (int stage = INTERVIEW; stage <= APPEAL; stage++)
        for (int need = 0; need < 2; need++)
            for (uint32_t state = 0; state < STATES; state++) {
                struct count c = count(&t, stage, need, state);
                TEST(c.wrong == 0 && c.people > PEOPLE / 3, "stage %d, need %d: %g of %g", stage, need, c.wrong, c.people);
            }
    toy_close(t.sim);
}

/* The same factors make all findings wrong where there is any error to be multiplied; the cut is at 1. */
static void errors_are_cut_to_1(void)
{
    struct trial t = trial(0.99, 0.99);
    t.error = 1000, t.office_spread = 1.25;
    begin(&t);
    struct count yes = count(&t, INTERVIEW, true, NORTH), no = count(&t, INTERVIEW, false, NORTH);
    TEST(yes.wrong == yes.people && no.wrong == no.people, "%g of %g, %g of %g", yes.wrong, yes.people, no.wrong, no.people);
    toy_close(t.sim);
}

static void half_is_a_coin(void)
{
    struct trial t = trial(0.5, 0.5);
    begin(&t);
    for (int stage = INTERVIEW; stage <= APPEAL; stage++)
        for (int need = 0; need < 2; need++) TEST(errors(count(&t, stage, need, NORTH), 0.5) < 5, "stage %d, need %d: %g", stage, need, errors(count(&t, stage, need, NORTH), 0.5));
    toy_close(t.sim);
}

/* By hand, from the description of the model. */
static void shares_are_those_of_the_formula(void)
{
    struct trial t = trial(0.8, 0.9);
    t.counsel_effect = 0.4, t.no_interpreter = 0.5, t.pressure_elasticity = 0.5, t.quality_effect = 0.6, t.productivity = 2.25, t.quality = 0.5;
    t.interpreters = true, t.held = COUNSEL, t.error = 1.2;
    begin(&t);
    for (uint32_t state = 0; state < STATES; state++)
        for (int stage = INTERVIEW; stage <= APPEAL; stage++) {
            double f = 1.2 * 0.6 * 1.5 * (stage == INTERVIEW ? 1.5 : 1) * (state == SOUTH ? 0.7 : 1);
            struct count yes = count(&t, stage, true, state), no = count(&t, stage, false, state);
            TEST(errors(yes, 0.2 * f) < 5, "state %u, stage %d: %g of %g, not %g", state, stage, yes.wrong, yes.people, 0.2 * f);
            TEST(errors(no, 0.1 * f) < 5, "state %u, stage %d: %g of %g, not %g", state, stage, no.wrong, no.people, 0.1 * f);
        }
    toy_close(t.sim);
}

/* The appeal's draw is fresh, and so is that of a second decision at the same stage. */
static void decisions_are_independent(void)
{
    struct trial t = trial(0.7, 0.7);
    begin(&t);
    double people = 0, both = 0, twice = 0;
    for (uint32_t slot = 0; slot < PEOPLE; slot++) {
        bool first = is_wrong(&t, slot, INTERVIEW), again = (ask(&t, slot, INTERVIEW, 1) == GRANTED) != in_need(&t, slot);
        people++;
        both += first && is_wrong(&t, slot, APPEAL);
        twice += first && again;
    }
    TEST(errors((struct count){people, both}, 0.09) < 5 && errors((struct count){people, twice}, 0.09) < 5, "%g and %g of %g", both, twice, people);
    toy_close(t.sim);
}

/* ---- one way, the same people */

static bool *wrong_of(struct trial *t)
{
    begin(t);
    uint32_t people = t->sim->persons.count;
    bool *wrong = memory_new(people, sizeof *wrong);
    for (uint32_t slot = 0; slot < people; slot++) wrong[slot] = is_wrong(t, slot, INTERVIEW);
    toy_close(t->sim);
    return wrong;
}

/* Everybody who is wrongly taken in the better trial is so in the worse one; there are more in that, of both kinds. */
static void is_better(const char *what, struct trial better, struct trial worse)
{
    bool *few = wrong_of(&better), *many = wrong_of(&worse);
    int added = 0, lost = 0;
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        added += many[slot] && !few[slot];
        lost += few[slot] && !many[slot];
    }
    TEST(lost == 0 && added > 300, "%s: %d are wrong only where it is better, %d only where it is worse", what, lost, added);
    memory_free(few);
    memory_free(many);
}

static struct trial usual(void)
{
    struct trial t = trial(0.8, 0.85);
    t.counsel_effect = 0.3, t.no_interpreter = 0.3, t.pressure_elasticity = 1, t.office_spread = 0.5, t.quality_effect = 0.4;
    t.interpreters = true;
    return t;
}

static void every_factor_goes_one_way(void)
{
    struct trial worse = usual(), better = usual();
    better.held = COUNSEL;
    is_better("counsel", better, worse);
    better = usual(), better.held = INTERPRETER;
    is_better("interpreter", better, worse);
    better = usual(), better.error = 0.7;
    is_better("placement", better, worse);
    better = usual(), better.productivity = 0.8;
    is_better("pressure", better, worse);
    better = usual(), better.quality = 1;
    is_better("quality", better, worse);
    better = usual(), better.sensitivity = 0.9;
    is_better("sensitivity", better, worse);
    better = usual(), better.specificity = 0.95;
    is_better("specificity", better, worse);
    better = usual(), better.also_lever = "sensitivity", better.also_cell = INTERVIEW * STATES + SOUTH, better.also_value = 0.99;
    is_better("sensitivity by policy", better, worse);
    better = usual(), worse.counsel_effect = -0.1, worse.held = COUNSEL;
    is_better("poor counsel", better, worse);
}

/* A lever of one state leaves the other as it was. */
static void levers_hold_where_they_are_set(void)
{
    struct trial as_it_was = usual(), changed = usual();
    changed.also_lever = "specificity", changed.also_cell = INTERVIEW * STATES + SOUTH, changed.also_value = 0.5;
    bool *before = wrong_of(&as_it_was), *after = wrong_of(&changed);
    TEST(!memcmp(before, after, PEOPLE * sizeof *before), "people of another state are decided on otherwise");
    TEST(memcmp(before + PEOPLE, after + PEOPLE, PEOPLE * sizeof *before), "nothing is changed where it is set");
    memory_free(before);
    memory_free(after);
}

static void an_effect_of_0_is_none(void)
{
    struct trial with = usual(), without = usual();
    with.counsel_effect = without.counsel_effect = 0;
    with.no_interpreter = without.no_interpreter = 0;
    with.quality_effect = without.quality_effect = 0;
    with.pressure_elasticity = without.pressure_elasticity = 0;
    with.held = COUNSEL, without.held = INTERPRETER, with.productivity = 2.5, with.quality = 1;
    bool *a = wrong_of(&with), *b = wrong_of(&without);
    TEST(!memcmp(a, b, STATES * PEOPLE * sizeof *a), "somebody is taken otherwise");
    memory_free(a);
    memory_free(b);
}

/* ---- offices */

enum { OFFICES = 100 };

/* By the address of the draw. */
static uint32_t office_of(const struct trial *t, uint32_t slot, int stage)
{
    uint32_t word = rng_draw(t->toy.setup.seed, t->sim->persons.row[slot].party, 31 * 256, 0, (uint32_t)stage).word[0];
    return (uint32_t)((uint64_t)word * OFFICES >> 32);
}

/* Log odds of being granted by office, of people in need (all of them are): shares of about 200 people each. */
static void log_odds(const struct trial *t, int stage, double value[STATES * OFFICES], double noise[STATES * OFFICES])
{
    double people[STATES * OFFICES] = {0}, granted[STATES * OFFICES] = {0};
    for (uint32_t slot = 0; slot < t->sim->persons.count; slot++) {
        uint32_t office = person(t, slot).state * OFFICES + office_of(t, slot, stage);
        people[office]++;
        granted[office] += ask(t, slot, stage, 0) == GRANTED;
    }
    for (int i = 0; i < STATES * OFFICES; i++) {
        value[i] = log((granted[i] + 0.5) / (people[i] - granted[i] + 0.5));
        noise[i] = 1 / (granted[i] + 0.5) + 1 / (people[i] - granted[i] + 0.5);
    }
}

static double mean_of(const double *value, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += value[i];
    return sum / n;
}

static double product(const double *a, const double *b, int n)
{
    double sum = 0, mean_a = mean_of(a, n), mean_b = mean_of(b, n);
    for (int i = 0; i < n; i++) sum += (a[i] - mean_a) * (b[i] - mean_b);
    return sum / (n - 1);
}

/* The variance of the log odds is that of chance and, beside it, spread^2; both stages know an office by the same leniency, and
   its namesake in the other state is a stranger. */
static void offices_differ_as_computed(double spread)
{
    static double value[2][STATES * OFFICES], noise[2][STATES * OFFICES];
    enum { N = STATES * OFFICES };
    struct trial t = trial(0.6, 0.9);
    t.office_spread = spread, t.offices = OFFICES, t.share_in_need = 1;
    begin(&t);
    for (int stage = INTERVIEW; stage <= APPEAL; stage++) log_odds(&t, stage, value[stage], noise[stage]);
    for (int stage = INTERVIEW; stage <= APPEAL; stage++) {
        double expected = mean_of(noise[stage], N) + spread * spread, found = product(value[stage], value[stage], N), mean = mean_of(value[stage], N);
        TEST(fabs(found / expected - 1) < 5 * sqrt(2.0 / N), "spread %g: variance %g, not %g", spread, found, expected);
        TEST(fabs(mean - log(0.6 / 0.4)) < 5 * sqrt(expected / N), "spread %g: mean %g", spread, mean);
    }
    double shared = product(value[0], value[1], N), bound = 5 * product(value[0], value[0], N) / sqrt(N);
    TEST(fabs(shared - spread * spread) < bound, "spread %g: covariance of the stages %g within %g", spread, shared, bound);
    double strangers = product(value[0], value[0] + OFFICES, OFFICES), reach = 5 * product(value[0], value[0], N) / sqrt(OFFICES);
    TEST(fabs(strangers) < reach, "spread %g: covariance of the states %g within %g", spread, strangers, reach);
    toy_close(t.sim);
}

static void offices_differ(void)
{
    offices_differ_as_computed(0);
    offices_differ_as_computed(0.3);
    offices_differ_as_computed(1);
}

/* ---- families */

static bool differ(const struct trial *t, const bool *granted, uint32_t first, bool need)
{
    int yes = 0, no = 0;
    for (uint32_t slot = first; slot < first + 4; slot++) {
        yes += in_need(t, slot) == need && granted[slot];
        no += in_need(t, slot) == need && !granted[slot];
    }
    return yes && no;
}

/* Where a member who is not in need is granted, all who are in need are: it was a lenient day. */
static bool is_unjust(const struct trial *t, const bool *granted, uint32_t first)
{
    bool given = false, kept = false;
    for (uint32_t slot = first; slot < first + 4; slot++) {
        given = given || (granted[slot] && !in_need(t, slot));
        kept = kept || (!granted[slot] && in_need(t, slot));
    }
    return given && kept;
}

static void a_family_has_one_luck(void)
{
    struct trial t = usual();
    t.families = true;
    begin(&t);
    bool *granted = memory_new(STATES * PEOPLE, sizeof *granted);
    int parted = 0, unjust = 0, wrong = 0;
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) granted[slot] = ask(&t, slot, INTERVIEW, 0) == GRANTED;
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot += 4) {
        parted += differ(&t, granted, slot, true) + differ(&t, granted, slot, false);
        unjust += is_unjust(&t, granted, slot);
    }
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) wrong += granted[slot] != in_need(&t, slot);
    TEST(parted == 0 && unjust == 0, "%d families are parted by luck, in %d it fell on the wrong members", parted, unjust);
    TEST(wrong > PEOPLE / 5, "%d", wrong);
    memory_free(granted);
    toy_close(t.sim);
}

/* ---- outcomes */

/* Two stages with the same weights agree as often as two draws do. */
static void each_stage_draws_its_own_outcome(void)
{
    struct trial t = trial(1, 1);
    double share = 0;
    struct count none = {0};
    begin(&t);
    for (int i = 0; i < RICHES; i++) share += rich[i].weight[PROTECTION_NONE] * rich[i].weight[PROTECTION_NONE] / (1.1 * 1.1);
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        struct docket_person a = person(&t, slot);
        if (docket_class(&a) != PROTECTION_NONE) continue;
        none.people++;
        none.wrong += ask(&t, slot, RICH, 0) == ask(&t, slot, PLAIN, 0);
    }
    TEST(errors(none, share) < 5, "%g of %g agree, not %g", none.wrong, none.people, share);
    toy_close(t.sim);
}

static int *outcomes_of(struct trial *t, int stage)
{
    begin(t);
    uint32_t people = t->sim->persons.count;
    int *outcome = memory_new(people, sizeof *outcome);
    for (uint32_t slot = 0; slot < people; slot++) outcome[slot] = ask(t, slot, stage, 0);
    return outcome;
}

static void outcomes_follow_the_weights(void)
{
    struct trial t = trial(0.8, 0.9);
    int *outcome = outcomes_of(&t, RICH);
    double seen[PROTECTION_CLASSES][RICHES] = {{0}}, people[PROTECTION_CLASSES] = {0};
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        struct docket_person a = person(&t, slot);
        people[docket_class(&a)]++;
        seen[docket_class(&a)][outcome[slot]]++;
    }
    for (int class = 0; class < PROTECTION_CLASSES; class ++) {
        bool need = class < PROTECTION_OBSTACLE;
        double right = need ? 0.8 : 0.9, expected[RICHES], total[2] = {0};
        for (int i = 0; i < RICHES; i++) total[0] += rich[i].weight[class], total[1] += rich[i].weight[need ? PROTECTION_NONE : PROTECTION_OTHER];
        for (int i = 0; i < RICHES; i++) {
            double other = rich[i].weight[need ? PROTECTION_NONE : PROTECTION_OTHER];
            expected[i] = people[class] * (right * rich[i].weight[class] / total[0] + (1 - right) * other / total[1]);
        }
        TEST(toy_surprise(RICHES, seen[class], expected) < 5, "%s: %g standard errors", class_names[class], toy_surprise(RICHES, seen[class], expected));
    }
    memory_free(outcome);
    toy_close(t.sim);
}

static void closing_an_outcome_moves_who_had_it(void)
{
    struct trial open = usual(), closed = usual();
    closed.also_lever = "grants", closed.also_cell = HUMANITARIAN * STATES + SOUTH, closed.also_value = 0;
    int *before = outcomes_of(&open, RICH), *after = outcomes_of(&closed, RICH);
    int had = 0, wrong = 0;
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        bool moves = before[slot] == HUMANITARIAN && person(&open, slot).state == SOUTH;
        had += moves;
        wrong += moves ? after[slot] == HUMANITARIAN : after[slot] != before[slot];
    }
    TEST(had > PEOPLE / 5 && wrong == 0, "%d had it, of all %d are in the wrong place", had, wrong);
    memory_free(before), memory_free(after);
    toy_close(open.sim), toy_close(closed.sim);
}

static void more_grants_take_from_the_others(void)
{
    struct trial usually = usual(), more = usual();
    more.also_lever = "grants", more.also_cell = -1, more.also_value = 3; /* of every status: only the outcome without one loses */
    int *before = outcomes_of(&usually, RICH), *after = outcomes_of(&more, RICH);
    int left = 0, wrong = 0;
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        bool moved = after[slot] != before[slot];
        left += moved;
        wrong += moved && before[slot] != RICHES - 1;
    }
    TEST(left > 100 && wrong == 0, "%d moved, %d of them from an outcome that grew", left, wrong);
    memory_free(before), memory_free(after);
    toy_close(usually.sim), toy_close(more.sim);
}

/* All that people in need could be given is closed: the last of the list is left, for them alone. */
static void what_levers_close_leaves_the_last(void)
{
    struct trial t = trial(1, 1);
    fill(&t);
    for (int i = REFUGEE_STATUS; i <= HUMANITARIAN; i++) set_lever(&t.toy, "grants", LEVER_SET, i * STATES + NORTH, 0);
    t.sim = toy_open(&t.toy, (struct sim_tuning){.threads = 1});
    toy_steps(t.sim, 1);
    int wrong = 0;
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        int outcome = ask(&t, slot, RICH, 0);
        if (person(&t, slot).state == SOUTH) continue;
        wrong += in_need(&t, slot) ? outcome != RICHES - 1 : outcome < NO_STATUS;
    }
    TEST(wrong == 0, "%d", wrong);
    toy_close(t.sim);
}

/* Not in force, weights go by the true class, as they do with an accuracy of 1, and as at a stage without accuracy. */
static void without_it_the_true_class_decides(void)
{
    struct trial t = trial(1, 1), poor = trial(0.6, 0.6);
    poor.also_lever = "sensitivity", poor.also_cell = -1, poor.also_value = 0.7;
    int *exact = outcomes_of(&t, RICH), *plain = outcomes_of(&poor, PLAIN), wrong = 0, same = 0;
    struct docket nobody = *(const struct docket *)sim_state(t.sim, "desk");
    nobody.protection = NULL;
    double seen[2][RICHES] = {{0}};
    for (uint32_t slot = 0; slot < STATES * PEOPLE; slot++) {
        struct docket_person a = person(&t, slot), unknown = docket_person(t.sim, &nobody, 0, 0, slot);
        wrong += determination_outcome(NULL, &a, RICH, 7, 0) != exact[slot];
        same += determination_outcome(NULL, &a, PLAIN, 7, 0) == plain[slot];
        seen[0][determination_outcome(NULL, &unknown, PLAIN, 1, 0)]++;
    }
    for (int i = 0; i < RICHES; i++) seen[1][i] = STATES * PEOPLE * rich[i].weight[PROTECTION_NONE] / 1.1;
    TEST(wrong == 0 && same == STATES * PEOPLE, "%d wrong, %d the same", wrong, same);
    TEST(toy_surprise(RICHES, seen[0], seen[1]) < 5, "without a class: %g standard errors", toy_surprise(RICHES, seen[0], seen[1]));
    memory_free(exact), memory_free(plain);
    toy_close(t.sim), toy_close(poor.sim);
}

static void what_is_wrong(void)
{
    struct trial t = trial(0.8, 0.8);
    begin(&t);
    for (uint32_t slot = 0; slot < 200; slot++) {
        struct docket_person a = person(&t, slot);
        bool need = in_need(&t, slot);
        TEST(determination_wrong(&a, NO_STATUS) == (need ? -1 : 0) && determination_wrong(&a, HUMANITARIAN) == 0, "need %d", need);
        TEST(determination_wrong(&a, SUBSIDIARY) == (need ? 0 : 1) && determination_wrong(&a, REFUGEE_STATUS) == (need ? 0 : 1), "need %d", need);
        TEST(determination_wrong(&a, CASEGRAPH_NONE) == 0, "no status");
    }
    toy_close(t.sim);
}

/* ---- refusals */

static void refuse(struct trial *t, const char *said)
{
    struct error error = {0};
    world_finish(t->toy.setup.world, &error);
    driver_finish(&t->toy.setup.drivers, &error);
    struct sim *sim = sim_open(&t->toy.setup, t->toy.list, (struct sim_tuning){.threads = 1}, &error);
    TEST(!sim && error.status == FAIL_INPUT && strstr(error.text, said), "'%s' is not in: %d %s", said, error.status, error.text);
    if (sim) sim_close(sim);
    setup_free(&t->toy.setup);
}

static void mistakes_are_named(void)
{
    struct trial t = trial(0.8, 0.8);
    fill(&t);
    t.toy.setup.casegraph.stage[APPEAL].outcome[DENIED].weight[PROTECTION_OBSTACLE] = 0;
    refuse(&t, "stage 'appeal' makes a finding: expected an outcome with a weight above 0 for people taken for 'obstacle', found none");
    fill(&t);
    t.toy.setup.casegraph.stage[APPEAL].specificity = NAN;
    refuse(&t, "stage 'appeal': expected both sensitivity and specificity or none of them, found sensitivity only");
    t.also_lever = "sensitivity", t.also_cell = PLAIN * STATES + NORTH, t.also_value = 0.7;
    fill(&t);
    refuse(&t, "toy:7: policy 'sensitivity': expected a stage with a sensitivity and a specificity for lever 'sensitivity', found 'plain'");
}

static const struct test_case cases[] = {
    {"accuracy 1 makes no wrong finding", accuracy_1_makes_no_wrong_finding},
    {"errors are cut to 1", errors_are_cut_to_1},
    {"half is a coin", half_is_a_coin},
    {"shares are those of the formula", shares_are_those_of_the_formula},
    {"decisions are independent", decisions_are_independent},
    {"every factor goes one way", every_factor_goes_one_way},
    {"levers hold where they are set", levers_hold_where_they_are_set},
    {"an effect of 0 is none", an_effect_of_0_is_none},
    {"offices differ", offices_differ},
    {"a family has one luck", a_family_has_one_luck},
    {"each stage draws its own outcome", each_stage_draws_its_own_outcome},
    {"outcomes follow the weights", outcomes_follow_the_weights},
    {"closing an outcome moves who had it", closing_an_outcome_moves_who_had_it},
    {"more grants take from the others", more_grants_take_from_the_others},
    {"what levers close leaves the last", what_levers_close_leaves_the_last},
    {"without it the true class decides", without_it_the_true_class_decides},
    {"what is wrong", what_is_wrong},
    {"mistakes are named", mistakes_are_named},
};
TEST_MAIN(cases)
