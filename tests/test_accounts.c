/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: costs add up to their items, to the cent; every indicator is what a recount of persons gives; the same bits however
   it is run. */
#include "models/accounts.h"
#include "models/docket.h"
#include "output/checkpoint.h"
#include "output/provenance.h"
#include "scenarios/scenario.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include <stdlib.h>

enum { STREET,
       CELL,
       CENTRE,
       PLACEMENTS };
enum { INTERVIEW,
       BEDS,
       LAWYERS,
       GUARDIANS,
       SERVICES,
       ITEMS = PLACEMENTS + SERVICES };
enum { REGISTERED,
       CLAIM,
       APPEAL };
enum { A,
       B,
       STATES };
enum { DAYS = 220,
       CHEAPER_FROM = 60,
       MOST_PERSONS = 8000 };

static const char scenario[] =
    "title = \"accounts\"; start = \"2015-01-01\"; days = 220; seed = 7; scale = 1.0;\n"
    "world = { places = \"places.csv\"; };\n"
    "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\n"
    "traits = ( { name = \"protection\"; file = \"protection.csv\"; }, { name = \"age\"; file = \"age.csv\"; } );\n"
    "case = { start = \"registered\";\n"
    "  statuses = ( { name = \"refugee\"; level = \"protection\"; }, { name = \"refused\"; level = \"none\"; } );\n"
    "  services = (\n"
    "    { name = \"interview\"; staff = 5.0; productivity = 2.0; cost = 165.0; by_state = ( { state = \"B\"; staff = 3.0; cost = 170.127; } ); },\n"
    "    { name = \"beds\"; kind = \"places\"; capacity = 150.0; },\n"
    "    { name = \"centre\"; kind = \"places\"; capacity = 300.0; gives = \"counsel\"; to = \"all\"; coverage = 0.6; cost = 99.994; payer = \"donor\"; },\n"
    "    { name = \"guardians\"; kind = \"places\"; capacity = 40.0; gives = \"guardian\"; to = \"unaccompanied\"; cost = 10.0; payer = \"person\"; } );\n"
    "  placements = (\n"
    "    { name = \"street\"; },\n"
    "    { name = \"cell\"; detains = true; detain_children = 2; cost_day = 61.2361; leave_rate = 0.002; leave_stage = \"gone\"; physical_rate = 0.01; payer = \"donor\"; appearance = 0.9; },\n"
    "    { name = \"centre\"; service = \"beds\"; meanwhile = \"street\"; work = true; cost_day = 35.5; leave_rate = 0.004; leave_stage = \"gone\"; appearance = 0.8;\n"
    "      by_state = ( { state = \"B\"; cost_day = 20.333; } ); } );\n"
    "  stages = (\n"
    "    { name = \"registered\"; rate = 0.1; placements = (\"cell\", \"centre\"); asks = (\"centre\", \"guardians\"); outcomes = ( { to = \"claim\"; weight = 1.0; } ); },\n"
    "    { name = \"claim\"; service = \"interview\"; hearing = true; no_show = \"gone\"; sensitivity = 0.7; specificity = 0.8; outcomes = (\n"
    "      { to = \"recognised\"; status = \"refugee\"; weights = (1.0, 1.0, 0.0, 0.0); }, { to = \"appeal\"; status = \"refused\"; weights = (0.0, 0.0, 1.0, 1.0); } ); },\n"
    "    { name = \"appeal\"; rate = 0.05; appeal = true; sensitivity = 0.7; specificity = 0.8; outcomes = (\n"
    "      { to = \"recognised\"; status = \"refugee\"; weights = (1.0, 1.0, 0.0, 0.0); }, { to = \"ordered\"; weights = (0.0, 0.0, 1.0, 1.0); } ); },\n"
    "    { name = \"recognised\"; },\n"
    "    { name = \"ordered\"; decided = true; placements = (); rate = 0.05; outcomes = ( { to = \"returned\"; weight = 1.0; } ); },\n"
    "    { name = \"returned\"; returns = \"forced\"; }, { name = \"gone\"; } );\n"
    "};\n"
    "models = ( { name = \"arrivals\"; }, { name = \"protection\"; }, { name = \"placement\"; }, { name = \"determination\"; }, { name = \"case\"; }, { name = \"accounts\"; } );\n"
    "policies = ( { name = \"cheaper\"; lever = \"service_cost\"; where = \"interview@A\"; multiply = 0.5; from = 60; },\n"
    "             { name = \"dearer\"; lever = \"cost_day\"; where = \"cell\"; add = 0.25; from = 60; } );\n";

static struct scratch write_scenario(void)
{
    struct scratch scratch = scratch_open();
    scratch_write(&scratch, "scenario.cfg", scenario);
    scratch_write(&scratch, "places.csv", "name,state,latitude,longitude,kind,population,capacity\nGate,A,10,10,town,0,0\nPort,B,11,11,town,0,0\nHome,H,12,12,town,0,0\n");
    scratch_write(&scratch, "arrivals.csv", "day,Gate,Port\n0,14,6\n100,5,3\n");
    scratch_write(&scratch, "protection.csv", "value,default\nrefugee,0.3\nother,0.2\nobstacle,0.2\nnone,0.3\n");
    scratch_write(&scratch, "age.csv", "value,default\n10,0.3\n30,0.7\n");
    return scratch;
}

struct run {
    struct scratch scratch;
    struct setup setup;
    struct sim *sim;
};

/* old, new: what differs from the text above; NULL: nothing. */
static struct run *open_run(const char *old, const char *new, struct sim_tuning tuning, struct error *error)
{
    struct run *run = memory_new(1, sizeof *run);
    run->scratch = write_scenario();
    if (old) scratch_edit(&run->scratch, "scenario.cfg", old, new);
    if (!scenario_read(&run->setup, scratch_path(&run->scratch, "scenario.cfg"), error)) run->sim = sim_open(&run->setup, models, tuning, error);
    return run;
}

static void close_run(struct run *run)
{
    sim_close(run->sim);
    setup_free(&run->setup);
    scratch_close(&run->scratch);
    memory_free(run);
}

static struct run *begin(const char *old, const char *new)
{
    struct error error = {0};
    struct run *run = open_run(old, new, (struct sim_tuning){.threads = 1}, &error);
    if (run->sim) return run;
    printf("  %s\n", error.text);
    exit(1);
}

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    printf("  no indicator '%s'\n", name);
    exit(1);
}

static int64_t at(const struct sim *sim, const char *tally, uint32_t cell) { return tally_at(&sim->tallies, tally_find(&sim->tallies, tally), cell); }

static const void *column(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->persons.columns; i++)
        if (!strcmp(sim->persons.column[i].name, name)) return sim->persons.column[i].data;
    exit(1);
}

/* ---- costs */

/* Whole cents, by hand. */
static int64_t price(int item, uint32_t state, int32_t day)
{
    bool later = day >= CHEAPER_FROM;
    const int64_t cents[ITEMS][STATES] = {{0, 0}, {later ? 6149 : 6124, later ? 6149 : 6124}, {3550, 2033}, {later ? 8250 : 16500, 17013}, {0, 0}, {9999, 9999}, {1000, 1000}};
    return cents[item][state];
}

static const enum casegraph_payer payers[ITEMS] = {CASEGRAPH_STATE, CASEGRAPH_DONOR, CASEGRAPH_STATE, CASEGRAPH_STATE, CASEGRAPH_STATE, CASEGRAPH_DONOR, CASEGRAPH_PERSON};

/* How many days or calls are to be paid today, from the rows of persons. */
static int64_t number(const struct sim *sim, int item, uint32_t state)
{
    int64_t count = 0;
    if (item >= PLACEMENTS) return at(sim, "served", (uint32_t)(item - PLACEMENTS) * sim->world->states + state);
    for (uint32_t i = 0; i < sim->persons.count; i++) count += sim->persons.row[i].placement == item + 1 && docket_state(sim, &sim->persons.row[i]) == state;
    return count;
}

static int64_t check_day(const struct sim *sim, int32_t day, int64_t paid[ITEMS])
{
    int64_t sum = 0;
    for (uint32_t cell = 0; cell < sim->world->states * ITEMS * CASEGRAPH_PAYERS; cell++) {
        uint32_t payer = cell % CASEGRAPH_PAYERS, item = cell / CASEGRAPH_PAYERS % ITEMS, state = cell / CASEGRAPH_PAYERS / ITEMS;
        int64_t due = payer == payers[item] && state < STATES ? number(sim, (int)item, state) * price((int)item, state, day) : 0, found = at(sim, "cost", cell);
        TEST(found == due, "day %d, state %u, item %u, payer %u: %lld cents, not %lld", day, state, item, payer, (long long)found, (long long)due);
        paid[item] += found;
        sum += found;
    }
    return sum;
}

static void costs_add_up_to_their_items(void)
{
    struct run *run = begin(NULL, NULL);
    int64_t all = 0, paid[ITEMS] = {0};
    for (int32_t day = 0; day < DAYS && test_failed < 5; day++) {
        sim_step(run->sim);
        all += check_day(run->sim, day, paid);
        TEST(indicator(run->sim, "cost_so_far") == (double)all / 100, "day %d: %.17g, not %lld cents", day, indicator(run->sim, "cost_so_far"), (long long)all);
    }
    for (int i = 0; i < ITEMS; i++) TEST((paid[i] > 0) == (i != STREET && i != PLACEMENTS + BEDS), "item %d: %lld", i, (long long)paid[i]);
    close_run(run);
}

static void items_have_names_of_their_own(void)
{
    static const char *const names[ITEMS] = {"street", "cell", "centre", "interview", "beds", "centre (service)", "guardians"};
    struct run *run = begin(NULL, NULL);
    const struct tally_set *set = &run->sim->tallies;
    const struct tally_axis *axis = &set->axis[set->tally[tally_find(set, "cost")].axis[1]];
    TEST(axis->size == ITEMS && !strcmp(axis->name, "item"), "%u of %s", axis->size, axis->name);
    for (uint32_t i = 0; i < ITEMS && i < axis->size; i++) TEST(!strcmp(axis->label[i], names[i]), "'%s'", axis->label[i]);
    close_run(run);
}

/* One simulated person stands for ten: the same persons and cents, ten times the euros. */
static void scale_is_in_indicators_alone(void)
{
    struct run *run = begin("scale = 1.0", "scale = 10.0");
    int64_t all = 0, paid[ITEMS] = {0};
    for (int32_t day = 0; day < 90; day++) {
        sim_step(run->sim);
        all += check_day(run->sim, day, paid);
    }
    TEST(all > 0 && indicator(run->sim, "cost_so_far") == (double)all * 10 / 100, "%g", indicator(run->sim, "cost_so_far"));
    close_run(run);
}

/* ---- indicators */

/* Sums over days, and who was seen to have a final decision. */
struct recount {
    int64_t undecided_days, detained, children, working, unplaced, final, final_days, open, counsel, undecided;
    bool decided[MOST_PERSONS];
};

static void recount_person(struct recount *r, const struct sim *sim, uint32_t slot, int32_t day)
{
    const struct person *p = &sim->persons.row[slot];
    uint8_t flags = ((const uint8_t *)column(sim, "case_flags"))[slot], held = ((const uint8_t *)column(sim, "case_held"))[slot];
    bool undecided = p->stage > 0 && p->stage - 1 <= APPEAL, ordered = p->stage == 5, detained = p->placement == CELL + 1;
    r->undecided += undecided;
    r->open += undecided || ordered;
    r->counsel += held >> CASEGRAPH_GIVES_COUNSEL & 1;
    r->detained += detained;
    r->working += p->placement == CENTRE + 1;
    r->unplaced += (undecided || ordered) && p->placement == 0;
    r->children += detained && portrait_age_years(p, day) < PORTRAIT_ADULT_YEARS;
    if (!(flags & DOCKET_DECIDED) || r->decided[slot]) return;
    r->decided[slot] = true;
    r->final++;
    r->final_days += day - ((const uint16_t *)column(sim, "case_opened"))[slot];
}

static void recount_day(struct recount *r, const struct sim *sim, int32_t day)
{
    r->undecided = r->open = r->counsel = 0;
    for (uint32_t i = 0; i < sim->persons.count; i++) recount_person(r, sim, i, day);
    r->undecided_days += r->undecided;
}

static bool same(double found, double of, double per) { return per > 0 ? found == of / per : isnan(found); }

static void check_indicators(const struct recount *r, const struct sim *sim, int32_t day)
{
    TEST(indicator(sim, "undecided_people") == (double)r->undecided, "day %d", day);
    TEST(indicator(sim, "undecided_person_days") == (double)r->undecided_days, "day %d", day);
    TEST(indicator(sim, "final_decisions_so_far") == (double)r->final, "day %d", day);
    TEST(same(indicator(sim, "days_to_final_decision"), (double)r->final_days, (double)r->final), "day %d: %g", day, indicator(sim, "days_to_final_decision"));
    TEST(indicator(sim, "detention_person_days") == (double)r->detained, "day %d: %g, not %lld", day, indicator(sim, "detention_person_days"), (long long)r->detained);
    TEST(indicator(sim, "child_detention_person_days") == (double)r->children, "day %d: %g, not %lld", day, indicator(sim, "child_detention_person_days"), (long long)r->children);
    TEST(indicator(sim, "working_person_days") == (double)r->working && indicator(sim, "unplaced_person_days") == (double)r->unplaced, "day %d: %g and %g, not %lld and %lld", day, indicator(sim, "working_person_days"), indicator(sim, "unplaced_person_days"), (long long)r->working, (long long)r->unplaced);
    TEST(same(indicator(sim, "share_represented"), (double)r->counsel, (double)r->open), "day %d: %g", day, indicator(sim, "share_represented"));
    TEST(same(indicator(sim, "cost_per_final_decision"), indicator(sim, "cost_so_far"), (double)r->final) || fabs(indicator(sim, "cost_per_final_decision") * (double)r->final / indicator(sim, "cost_so_far") - 1) < 1e-12, "day %d", day);
    double a = (double)at(sim, "waiting", 0) / 10, b = (double)at(sim, "waiting", 1) / 6;
    TEST(indicator(sim, "wait_days_interview") == fmax(a, b), "day %d: %g, not %g or %g", day, indicator(sim, "wait_days_interview"), a, b);
}

/* Whom the final decision wronged, and who was sent back though in need, from the rows of the last day. */
static void check_wrongs(const struct recount *r, const struct sim *sim)
{
    int64_t refusals = 0, grants = 0, sent_back = 0;
    int trait = portrait_find(sim, "protection");
    for (uint32_t i = 0; i < sim->persons.count; i++) {
        const struct person *p = &sim->persons.row[i];
        bool in_need = portrait_value(sim, trait, i) < 2, returned = p->stage == 6, granted = p->status == DOCKET_STATUS;
        refusals += r->decided[i] && !granted && in_need;
        grants += r->decided[i] && granted && !in_need;
        sent_back += returned && in_need;
    }
    TEST(refusals > 0 && indicator(sim, "wrong_refusals_so_far") == (double)refusals, "%g, not %lld", indicator(sim, "wrong_refusals_so_far"), (long long)refusals);
    TEST(grants > 0 && indicator(sim, "wrong_grants_so_far") == (double)grants, "%g, not %lld", indicator(sim, "wrong_grants_so_far"), (long long)grants);
    TEST(sent_back > 0 && indicator(sim, "refoulement_so_far") == (double)sent_back, "%g, not %lld", indicator(sim, "refoulement_so_far"), (long long)sent_back);
}

static void indicators_equal_a_recount(void)
{
    struct run *run = begin(NULL, NULL);
    struct recount *r = memory_new(1, sizeof *r);
    for (int32_t day = 0; day < DAYS && test_failed < 5; day++) {
        sim_step(run->sim);
        recount_day(r, run->sim, day);
        check_indicators(r, run->sim, day);
    }
    TEST(r->children > 0 && r->final > 0 && r->counsel > 0 && run->sim->persons.count <= MOST_PERSONS, "nothing was put to the test");
    check_wrongs(r, run->sim);
    memory_free(r);
    close_run(run);
}

static int64_t sum_of(const struct sim *sim, const char *tally, uint32_t from, uint32_t step)
{
    int64_t sum = 0;
    for (uint32_t i = from; i < sim->tallies.tally[tally_find(&sim->tallies, tally)].cells; i += step) sum += at(sim, tally, i);
    return sum;
}

static void shares_equal_what_was_counted(void)
{
    struct run *run = begin(NULL, NULL);
    int64_t left = 0, entered = 0, called = 0, appeared = 0, harms = 0, decisions = 0, returns = 0, days = 0, guardians = 0;
    for (int32_t day = 0; day < DAYS; day++) {
        const struct sim *sim = run->sim;
        sim_step(run->sim);
        left += sum_of(sim, "left_without_leave", 0, 1), entered += sum_of(sim, "entered_placement", 0, 1);
        called += sum_of(sim, "hearings", 0, 1), appeared += sum_of(sim, "hearings", 1, 2);
        harms += sum_of(sim, "harms_in_placement", 0, 1), decisions += sum_of(sim, "decisions", 0, 1), returns += sum_of(sim, "returns", 0, 1);
        days += sum_of(sim, "guardian_wait_days", 0, 1), guardians += sum_of(sim, "guardians_given", 0, 1);
    }
    TEST(left > 0 && indicator(run->sim, "absconding_share") == (double)left / (double)entered, "%g", indicator(run->sim, "absconding_share"));
    TEST(appeared > 0 && appeared < called && indicator(run->sim, "appearance_share") == (double)appeared / (double)called, "%g", indicator(run->sim, "appearance_share"));
    TEST(harms > 0 && indicator(run->sim, "harms_in_placement_so_far") == (double)harms, "%g", indicator(run->sim, "harms_in_placement_so_far"));
    TEST(decisions > 0 && indicator(run->sim, "decisions_so_far") == (double)decisions && indicator(run->sim, "returns_so_far") == (double)returns, "%lld", (long long)decisions);
    TEST(days > 0 && guardians > 0 && indicator(run->sim, "guardian_days") == (double)days / (double)guardians, "%g, %lld children", indicator(run->sim, "guardian_days"), (long long)guardians);
    close_run(run);
}

static void a_mean_of_nobody_is_no_number(void)
{
    struct run *run = begin(NULL, NULL);
    static const char *const means[] = {"days_to_final_decision", "appearance_share", "guardian_days", "cost_per_final_decision"};
    sim_step(run->sim);
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) TEST(isnan(indicator(run->sim, means[i])), "%s: %g", means[i], indicator(run->sim, means[i]));
    close_run(run);
    run = begin("staff = 5.0; productivity = 2.0", "staff = 0.0; productivity = 2.0");
    for (int i = 0; i < 40; i++) sim_step(run->sim);
    TEST(isnan(indicator(run->sim, "wait_days_interview")), "%g without anybody who serves", indicator(run->sim, "wait_days_interview"));
    close_run(run);
}

/* ---- the same bits */

static void digest_of(struct sim_tuning tuning, char hex[65])
{
    struct error error = {0};
    struct run *run = open_run(NULL, NULL, tuning, &error);
    for (int i = 0; i < 130; i++) sim_step(run->sim);
    sim_digest(run->sim, hex);
    close_run(run);
}

static void the_same_however_it_is_run(void)
{
    char one[65], other[65];
    digest_of((struct sim_tuning){.threads = 1}, one);
    digest_of((struct sim_tuning){.threads = 3, .chunk = 7}, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    digest_of((struct sim_tuning){.threads = 2, .naive = true}, other);
    TEST(!strcmp(one, other), "%.16s and %.16s, everybody looked at every day", one, other);
}

static void goes_on_after_a_checkpoint(void)
{
    struct run *whole = begin(NULL, NULL), *rest = begin(NULL, NULL);
    struct writer_plan plan = {0};
    struct error error = {0};
    char one[65], other[65];
    for (int i = 0; i < 70; i++) sim_step(whole->sim);
    TEST(checkpoint_save(whole->sim, &plan, scratch_path(&whole->scratch, "c"), 1, &error) == 0, "%s", error.text);
    TEST(checkpoint_load(rest->sim, scratch_path(&whole->scratch, "c"), &error) == 0, "%s", error.text);
    for (int i = 0; i < 60; i++) sim_step(whole->sim), sim_step(rest->sim);
    sim_digest(whole->sim, one);
    sim_digest(rest->sim, other);
    TEST(!strcmp(one, other) && indicator(whole->sim, "cost_so_far") == indicator(rest->sim, "cost_so_far"), "%.16s and %.16s", one, other);
    close_run(whole);
    close_run(rest);
}

/* ---- what it needs, what it says */

static void needs_the_case_before(void)
{
    struct error error = {0};
    struct run *run = open_run("{ name = \"case\"; }, { name = \"accounts\"; }", "{ name = \"accounts\"; }, { name = \"case\"; }", (struct sim_tuning){.threads = 1}, &error);
    TEST(!run->sim && strstr(error.text, "model accounts needs the model case before it"), "'%s'", error.text);
    close_run(run);
}

static void labels_follow_levers(void)
{
    static const char *const edit[3][2] = {{NULL, NULL}, {"detain_children = 2", "detain_children = 0"}, {"{ name = \"dearer\";", "{ name = \"swift\"; lever = \"suspensive\"; where = \"A\"; set = 0.0; }, { name = \"dearer\";"}};
    static const char *const said[3] = {"children may be detained", "none", "children may be detained; people may be removed while an appeal is open"};
    for (int i = 0; i < 3; i++) {
        struct run *run = begin(edit[i][0], edit[i][1]);
        char *legal = provenance_legal(run->sim);
        bool right = !strcmp(legal, said[i]) || (i == 2 && strstr(legal, "children may be detained") && strstr(legal, "people may be removed while an appeal is open"));
        TEST(right, "'%s'", legal);
        memory_free(legal);
        close_run(run);
    }
}

static const struct test_case cases[] = {
    {"costs_add_up_to_their_items", costs_add_up_to_their_items},
    {"items_have_names_of_their_own", items_have_names_of_their_own},
    {"scale_is_in_indicators_alone", scale_is_in_indicators_alone},
    {"indicators_equal_a_recount", indicators_equal_a_recount},
    {"shares_equal_what_was_counted", shares_equal_what_was_counted},
    {"a_mean_of_nobody_is_no_number", a_mean_of_nobody_is_no_number},
    {"the_same_however_it_is_run", the_same_however_it_is_run},
    {"goes_on_after_a_checkpoint", goes_on_after_a_checkpoint},
    {"needs_the_case_before", needs_the_case_before},
    {"labels_follow_levers", labels_follow_levers},
};
TEST_MAIN(cases)
