/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The case with the real models around it, from the text of scenarios: conservation of people, tickets and places on every day,
   what each word of a stage does, returns, birthdays, deaths, plans edited as text, the same bits however it is run, the same
   people in every arm, and a naive twin of the whole walk, person by person. */
#include "models/case.h"
#include "models/determination.h"
#include "models/journey.h"
#include "models/placement_parts.h"
#include "output/checkpoint.h"
#include "scenarios/scenario.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/queue.h"
#include "sim/rng.h"
#include "tests/naive_service.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include <stdlib.h>

/* ---- a scenario as text */

struct file {
    const char *name, *text;
};

/* People come from Alpha and Beta to Town; City is where they want to go where there is a journey. */
static const struct file files[] = {
    {"scenario.cfg",
     "title = \"A case\"; start = \"2030-01-01\"; days = 1000; seed = 5;\n"
     "world = { places = \"places.csv\"; links = \"links.csv\"; states = \"states.csv\"; };\n"
     "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\n"
     "traits = ( { name = \"age\"; file = \"age.csv\"; }, { name = \"sex\"; file = \"sex.csv\"; }, { name = \"protection\"; file = \"protection.csv\"; },\n"
     "           { name = \"unaccompanied\"; file = \"unaccompanied.csv\"; }, { name = \"vulnerable\"; file = \"vulnerable.csv\"; } );\n"
     "case = {\n"
     "  @include \"case.cfg\"\n"
     "};\n"
     "models = (\n"
     "  { name = \"protection\"; obstacle = 0.4; },\n"
     "  { name = \"arrivals\"; at = \"Town\"; },\n"
     "  { name = \"placement\"; appearance_outside = 0.8; },\n"
     "  { name = \"determination\"; },\n"
     "  { name = \"case\"; },\n"
     "  { name = \"accounts\"; }\n"
     ");\n"},
    {"places.csv", "name,state,latitude,longitude,kind\nAlpha,Safeland,1,1,town\nBeta,Warland,2,2,town\nTown,Here,3,3,town\nCity,There,4,4,town\n"},
    {"links.csv", "from,to,km\nAlpha,Town,100\nBeta,Town,100\nTown,City,100\n"},
    {"states.csv", "name,population,roles,recognition,readmission\nSafeland,1e6,origin,0.05,1\nWarland,1e6,origin,0.9,0.3\nHere,1e6,transit,,\nThere,1e6,destination,,\n"},
    {"arrivals.csv", "day,Alpha,Beta\n0,10,10\n300,0,0\n"},
    {"age.csv", "value,default\n8,10\n16,10\n17,20\n30,50\n65,10\n"},
    {"sex.csv", "value,default\nfemale,40\nmale,60\n"},
    {"protection.csv", "value,default,Alpha\nrefugee,40,10\nother,20,10\nobstacle,20,40\nnone,20,40\n"},
    {"unaccompanied.csv", "value,default\nyes,50\nno,50\n"},
    {"vulnerable.csv", "value,default\nyes,30\nno,70\n"},
};

/* A whole procedure, with everything in it. */
static const char *const procedure =
    "states = (\"Here\"); start = \"registered\";\n"
    "statuses = ( { name = \"refugee\"; level = \"protection\"; }, { name = \"subsidiary\"; level = \"protection\"; },\n"
    "             { name = \"humanitarian\"; level = \"stay\"; }, { name = \"negative\"; level = \"none\"; } );\n"
    "services = (\n"
    "  { name = \"interview\"; staff = 8.0; productivity = 1.5; first = \"children\"; overload_loss = 0.2; overload_days = 60.0; cost = 165.0; },\n"
    "  { name = \"court\"; capacity = 3.0; rule = \"newest\"; },\n"
    "  { name = \"seats\"; capacity = 1.5; },\n"
    "  { name = \"beds\"; kind = \"places\"; capacity = 500.0; },\n"
    "  { name = \"cells\"; kind = \"places\"; capacity = 150.0; },\n"
    "  { name = \"lawyers\"; kind = \"places\"; staff = 10.0; productivity = 30.0; gives = \"counsel\"; coverage = 0.5; },\n"
    "  { name = \"guardians\"; kind = \"places\"; capacity = 60.0; gives = \"guardian\"; to = \"unaccompanied\"; }\n"
    ");\n"
    "placements = (\n"
    "  { name = \"street\"; use = 0.0; leave_rate = 0.002; leave_stage = \"gone\"; leave_slope = 2.0; physical_rate = 0.002; death_rate = 0.004; appearance = 0.8; cost_day = 1.0; },\n"
    "  { name = \"centre\"; service = \"beds\"; meanwhile = \"street\"; leave_rate = 0.001; leave_stage = \"gone\"; leave_slope = 2.0; return_rate = 0.0005;\n"
    "    return_stage = \"went_home\"; mental_rate = 0.0005; physical_rate = 0.001; death_rate = 0.001; child_factor = 1.5; bands = (0.0, 30.0, 180.0);\n"
    "    band_factor = (1.0, 1.5, 3.0); appearance = 0.95; appearance_slope = 0.1; review_days = 30.0; cost_day = 35.0; },\n"
    "  { name = \"detention\"; service = \"cells\"; meanwhile = \"street\"; detains = true; onset = 0.12; lasting = 0.5; mental_rate = 0.001; death_rate = 0.001;\n"
    "    max_days = 90.0; after = \"street\"; risk_from = 0.4; vulnerable = 1; appearance = 1.0; cost_day = 100.0; },\n"
    "  { name = \"reporting\"; use = 0.5; leave_rate = 0.001; leave_slope = 2.0; appearance = 0.9; error = 0.8; cost_day = 8.0; }\n"
    ");\n"
    "stages = (\n"
    "  { name = \"registered\"; rate = 0.2; screens = 0.5; placements = (\"centre\"); outcomes = ( { to = \"minors\"; } ); },\n"
    "  { name = \"minors\"; only = \"unaccompanied\"; otherwise = \"claim\"; service = \"interview\"; asks = (\"guardians\", \"lawyers\"); screens = 0.5;\n"
    "    hearing = true; no_show = \"absent\"; sensitivity = 0.8; specificity = 0.85; outcomes = (\n"
    "    { to = \"recognised\"; status = \"refugee\"; weights = (0.9, 0.1, 0.0, 0.0); }, { to = \"recognised\"; status = \"subsidiary\"; weights = (0.1, 0.9, 0.0, 0.0); },\n"
    "    { to = \"refused\"; status = \"negative\"; weights = (0.0, 0.0, 1.0, 1.0); } ); },\n"
    "  { name = \"claim\"; service = \"interview\"; priority = 1; hearing = true; no_show = \"absent\"; placements = (\"detention\", \"centre\", \"reporting\");\n"
    "    asks = (\"lawyers\"); deadline = 200.0; overdue = \"order\"; sensitivity = 0.8; specificity = 0.85; outcomes = (\n"
    "    { to = \"recognised\"; status = \"refugee\"; weights = (0.9, 0.1, 0.0, 0.0); }, { to = \"recognised\"; status = \"subsidiary\"; weights = (0.1, 0.9, 0.0, 0.0); },\n"
    "    { to = \"stays\"; status = \"humanitarian\"; weights = (0.0, 0.0, 0.5, 0.1); }, { to = \"refused\"; status = \"negative\"; weights = (0.0, 0.0, 0.5, 0.9); } ); },\n"
    "  { name = \"refused\"; rate = 0.1; deadline = 14.0; overdue = \"order\"; outcomes = ( { to = \"appeal\"; weight = 0.8; }, { to = \"order\"; weight = 0.2; } ); },\n"
    "  { name = \"appeal\"; service = \"court\"; appeal = true; removal = \"seats\"; removed = \"returned\"; sensitivity = 0.75; specificity = 0.8; outcomes = (\n"
    "    { to = \"recognised\"; status = \"refugee\"; weights = (1.0, 1.0, 0.0, 0.0); }, { to = \"order\"; status = \"negative\"; weights = (0.0, 0.0, 1.0, 1.0); } ); },\n"
    "  { name = \"order\"; only = \"removable\"; otherwise = \"tolerated\"; decided = true; service = \"seats\"; hearing = true; no_show = \"gone\";\n"
    "    placements = (\"detention\", \"reporting\"); deadline = 250.0; overdue = \"tolerated\"; outcomes = ( { to = \"returned\"; } ); },\n"
    "  { name = \"returned\"; decided = true; returns = \"forced\"; }, { name = \"went_home\"; returns = \"voluntary\"; },\n"
    "  { name = \"recognised\"; }, { name = \"stays\"; }, { name = \"tolerated\"; }, { name = \"absent\"; }, { name = \"gone\"; }\n"
    ");\n";

struct bench {
    struct scratch scratch;
    struct setup setup;
    struct sim *sim;
};

static void write_files(struct bench *b, const char *graph)
{
    b->scratch = scratch_open();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) scratch_write(&b->scratch, files[i].name, files[i].text);
    scratch_write(&b->scratch, "case.cfg", graph);
}

static void edit(struct bench *b, const char *file, const char *old, const char *new) { scratch_edit(&b->scratch, file, old, new); }

static void rewrite(struct bench *b, const char *file, const char *text) { scratch_write(&b->scratch, file, text); }

static void read_files(struct bench *b)
{
    struct error error = {0};
    setup_init(&b->setup);
    if (!scenario_read(&b->setup, scratch_path(&b->scratch, "scenario.cfg"), &error)) return;
    printf("the scenario: %s\n", error.text);
    exit(EXIT_FAILURE);
}

static struct sim *open_setup(struct bench *b, struct sim_tuning tuning)
{
    struct error error = {0};
    b->sim = sim_open(&b->setup, models, tuning, &error);
    if (b->sim) return b->sim;
    printf("the scenario: %s\n", error.text);
    exit(EXIT_FAILURE);
}

static struct sim *open_bench(struct bench *b)
{
    read_files(b);
    return open_setup(b, (struct sim_tuning){.threads = 2, .chunk = 64});
}

static void close_bench(struct bench *b)
{
    TEST(b->sim->error.status == FAIL_NONE, "%s", b->sim->error.text);
    sim_close(b->sim);
    setup_free(&b->setup);
    scratch_close(&b->scratch);
}

static void steps(struct sim *sim, int32_t days)
{
    for (int32_t i = 0; i < days; i++) sim_step(sim);
}

static void add_policy(struct bench *b, const char *lever, enum lever_operation operation, double value, int32_t from, int32_t to)
{
    lever_add_policy(&b->setup.levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = -1, .operation = operation, .value = value, .from = from, .to = to, .file = "test"});
}

/* ---- what a run shows */

static const struct casegraph *graph_of(const struct sim *sim) { return &sim->setup->casegraph; }

static const struct docket *docket_of(const struct sim *sim) { return case_docket(sim_state(sim, "case")); }

static struct docket_person look(const struct sim *sim, uint32_t slot) { return docket_person((struct sim *)sim, docket_of(sim), 0, 0, slot); }

static bool is_alive(const struct sim *sim, uint32_t slot) { return !(sim->persons.row[slot].flags & PERSON_DEAD); }

static uint32_t here(const struct sim *sim) { return world_find_state(sim->world, "Here"); }

static uint32_t trait_value(const struct sim *sim, const char *name, uint32_t slot) { return portrait_value(sim, portrait_find(sim, name), slot); }

static bool says_yes(const struct sim *sim, const char *trait, uint32_t slot) { return trait_value(sim, trait, slot) == 0; }

static bool comes_from(const struct sim *sim, uint32_t slot, const char *place) { return portrait_origin(&sim->persons.row[slot]) == world_find_place(sim->world, place); }

static int stage_number(const struct sim *sim, const char *name) { return casegraph_find_stage(graph_of(sim), name); }

static bool is_in(const struct sim *sim, uint32_t slot, const char *stage) { return sim->persons.row[slot].stage == stage_number(sim, stage) + 1; }

static bool is_placed(const struct sim *sim, uint32_t slot, const char *placement) { return sim->persons.row[slot].placement == casegraph_find_placement(graph_of(sim), placement) + 1; }

static int64_t at(const struct sim *sim, const char *tally, uint32_t cell) { return tally_at(&sim->tallies, tally_find(&sim->tallies, tally), cell); }

static int64_t all(const struct sim *sim, const char *tally)
{
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, tally)];
    int64_t sum = 0;
    for (uint32_t i = 0; i < t->cells; i++) sum += sim->tallies.value[t->offset + i];
    return sum;
}

static int64_t in_stage(const struct sim *sim, const char *tally, const char *stage) { return at(sim, tally, here(sim) * (uint32_t)graph_of(sim)->stages + (uint32_t)stage_number(sim, stage)); }

static uint32_t service_cell(const struct sim *sim, const char *service) { return (uint32_t)casegraph_find_service(graph_of(sim), service) * sim->world->states + here(sim); }

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static bool near(double seen, double expected, double tries)
{
    double p = tries > 0 ? expected / tries : 0;
    return fabs(seen - expected) <= 5 * sqrt(tries * p * (1 - p)) + 1e-9;
}

/* ---- everything recounted from the rows

   Stocks, by cell: people in stages and placements, people without a decision, tickets, places. */

struct recount {
    int64_t *cases, *placed, *by_group, *undecided, *unplaced, *waiting, *taken;
    int wrong; /* people without a case who still have something of one, and the like */
};

static int64_t *cells_of(const struct sim *sim, const char *tally)
{
    int number = tally_find(&sim->tallies, tally);
    return memory_new(number < 0 ? 1 : sim->tallies.tally[number].cells, sizeof(int64_t));
}

static void count_ticket(struct recount *r, const struct sim *sim, uint32_t slot, int column)
{
    uint32_t ticket = column < 0 ? QUEUE_NONE : ((const uint32_t *)sim->persons.column[column].data)[slot];
    if (ticket == QUEUE_NONE) return;
    if (ticket == QUEUE_CALLED) r->wrong++; /* by evening whoever was called has looked */
    else r->waiting[service_of(ticket - 1)]++;
    r->wrong += sim->persons.row[slot].stage == 0;
}

static void count_tickets(struct recount *r, const struct sim *sim, uint32_t slot)
{
    const struct docket *d = docket_of(sim);
    const struct person *p = &sim->persons.row[slot];
    for (int i = 0; i < sim->waits.count; i++)
        if (wait_kind(p, i) == WAIT_TICKET) r->waiting[service_of(p->threshold[i])]++;
    count_ticket(r, sim, slot, d->bed);
    count_ticket(r, sim, slot, d->removal);
    for (int g = 0; g < CASEGRAPH_GIVES; g++) count_ticket(r, sim, slot, d->asked[g]);
}

static void count_places(struct recount *r, const struct sim *sim, struct docket_person *a)
{
    const struct casegraph *graph = graph_of(sim);
    int service = a->p->placement ? graph->placement[a->p->placement - 1].service : -1;
    if (service >= 0) r->taken[(uint32_t)service * sim->world->states + a->state]++;
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (docket_holds(a, (enum casegraph_gives)g)) r->taken[(uint32_t)docket_service(docket_of(sim), (enum casegraph_gives)g) * sim->world->states + a->state]++;
}

/* Waits of the case that run. */
static bool waits_for_case(const struct sim *sim, const struct person *p)
{
    int model = sim_model_number(sim, sim_state(sim, "case"));
    for (int i = 0; i < sim->waits.count; i++)
        if (sim->waits.wait[i].model == model && wait_kind(p, i) != WAIT_NONE) return true;
    return false;
}

static void count_person(struct recount *r, const struct sim *sim, uint32_t slot)
{
    struct docket_person a = look(sim, slot);
    const struct casegraph *graph = graph_of(sim);
    uint32_t people = a.p->sex * (uint32_t)PORTRAIT_AGE_GROUPS + portrait_age_group(sim, a.p), groups = 3 * PORTRAIT_AGE_GROUPS;
    if (a.p->stage == 0) {
        r->wrong += a.p->placement != 0 || *docket_held(&a) != 0 || *docket_wanted(&a) != 0 || waits_for_case(sim, a.p);
        return;
    }
    const struct casegraph_stage *stage = &graph->stage[a.p->stage - 1];
    bool over = casegraph_is_final(stage) && a.p->placement == 0;
    r->wrong += !over && (docket_is_child(&a) != (portrait_age_group(sim, a.p) < PORTRAIT_AGE_GROUP_ADULT) || (a.p->group >= DOCKET_CHILD) != docket_is_child(&a));
    r->wrong += casegraph_is_final(stage) && !stage->assigns && (a.p->placement != 0 || *docket_held(&a) != 0 || waits_for_case(sim, a.p));
    r->cases[a.state * (uint32_t)graph->stages + a.p->stage - 1]++;
    if (!stage->decided && !casegraph_is_final(stage)) r->undecided[(a.state * groups + people) * DOCKET_NEEDS + (uint32_t)docket_need(&a)]++;
    r->unplaced[a.state] += a.p->placement == 0 && !casegraph_is_final(stage);
    if (a.p->placement == 0) return;
    r->placed[a.state * (uint32_t)graph->placements + a.p->placement - 1]++;
    r->by_group[(a.state * (uint32_t)graph->placements + a.p->placement - 1) * groups + people]++;
}

static void compare(const struct sim *sim, const char *tally, int64_t *counted)
{
    int number = tally_find(&sim->tallies, tally);
    uint32_t cells = number < 0 ? 0 : sim->tallies.tally[number].cells, wrong = 0, last = 0;
    for (uint32_t i = 0; i < cells; i++)
        if (tally_at(&sim->tallies, number, i) != counted[i]) wrong++, last = i;
    TEST(wrong == 0, "evening of day %d, %s: %u cells differ; cell %u is %d, recounted %d", sim->day - 1, tally, wrong, last, (int)tally_at(&sim->tallies, number, last), (int)counted[last]);
    memory_free(counted);
}

/* Also with the engine's own audit: whoever is due was woken. */
static void check_day(struct sim *sim)
{
    struct error error = {0};
    struct recount r = {cells_of(sim, "cases"), cells_of(sim, "placed"), cells_of(sim, "placed_by_group"), cells_of(sim, "undecided"), cells_of(sim, "unplaced"), cells_of(sim, "waiting"), cells_of(sim, "places_taken"), 0};
    uint32_t late = 0;
    sim->day--; /* the day that was stepped */
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        struct docket_person a;
        if (!is_alive(sim, slot)) continue;
        late += wait_is_due(sim, &sim->persons.row[slot]);
        a = look(sim, slot);
        count_person(&r, sim, slot);
        count_places(&r, sim, &a);
        count_tickets(&r, sim, slot);
    }
    sim->day++;
    TEST(r.wrong == 0 && late == 0, "day %d: %d people have what they should not, %u were due", sim->day, r.wrong, late);
    compare(sim, "cases", r.cases), compare(sim, "placed", r.placed), compare(sim, "placed_by_group", r.by_group);
    compare(sim, "undecided", r.undecided), compare(sim, "unplaced", r.unplaced), compare(sim, "waiting", r.waiting), compare(sim, "places_taken", r.taken);
    TEST(sim_audit(sim, &error) == 0, "day %d: %s", sim->day, error.text);
}

/* Stop after the first day on which something is wrong. */
static void checked_steps(struct sim *sim, int32_t days)
{
    int before = test_failed;
    for (int32_t i = 0; i < days && test_failed == before; i++) {
        sim_step(sim);
        check_day(sim);
    }
}

/* ---- the whole procedure */

static void conservation(void)
{
    struct bench b;
    int64_t returns = 0, deaths = 0, harms = 0, reached[32] = {0}, days = 0;
    write_files(&b, procedure);
    struct sim *sim = open_bench(&b);
    int before = test_failed;
    for (int32_t day = 0; day < 600 && test_failed == before; day++) {
        sim_step(sim);
        check_day(sim);
        returns += all(sim, "returns"), deaths += all(sim, "deaths");
        for (uint32_t k = 0; k < 4; k++) harms += at(sim, "harms_in_placement", (here(sim) * 4 + k) * DOCKET_HARMS + DOCKET_HARM_DEATH);
        for (int i = 0; i < graph_of(sim)->stages; i++) reached[i] += in_stage(sim, "stage_reached", graph_of(sim)->stage[i].name);
        for (int i = 0; i < graph_of(sim)->services; i++) {
            const struct casegraph_service *service = &graph_of(sim)->service[i];
            if (service->places) TEST((double)at(sim, "places_taken", service_cell(sim, service->name)) <= service->staff * service->productivity, "day %d: more %s than there are", day, service->name);
        }
        TEST(all(sim, "undecided") == all(sim, "undecided_days") && all(sim, "placed") == all(sim, "placement_days"), "day %d: person-days", day);
        TEST(all(sim, "cases") + returns + deaths == (int64_t)sim->persons.entered, "day %d: a case is lost", day);
        days += all(sim, "undecided");
    }
    TEST(deaths == harms && sim->persons.finals > 0, "%d deaths, %d in placements, %u archived", (int)deaths, (int)harms, sim->persons.finals);
    for (int i = 0; i < graph_of(sim)->stages; i++) TEST(reached[i] > 20, "%d people reached %s", (int)reached[i], graph_of(sim)->stage[i].name);
    TEST(days > 10000, "%d days without a decision", (int)days);
    close_bench(&b);
}

/* Each person stands for seven: capacities are of people, counts of persons. */
static void scaled(void)
{
    struct bench b;
    int64_t served = 0, most[2] = {0};
    write_files(&b, procedure);
    edit(&b, "scenario.cfg", "seed = 5;", "seed = 5; scale = 7.0;");
    rewrite(&b, "arrivals.csv", "day,Alpha,Beta\n0,30,30\n200,0,0\n");
    struct sim *sim = open_bench(&b);
    int before = test_failed;
    for (int32_t day = 0; day < 300 && test_failed == before; day++) {
        sim_step(sim);
        check_day(sim);
        served += at(sim, "served", service_cell(sim, "seats"));
        most[0] = larger(most[0], at(sim, "places_taken", service_cell(sim, "cells"))), most[1] = larger(most[1], at(sim, "places_taken", service_cell(sim, "beds")));
    }
    TEST(most[0] == 150 / 7 && most[1] == 500 / 7 && 7 * served > 200 && 7 * (double)served <= 1.5 * 300, "%d of 21 cells, %d of 71 beds, %d seats", (int)most[0], (int)most[1], (int)served);
    close_bench(&b);
}

static void digest_after(struct sim *sim, int32_t days, char hex[65])
{
    steps(sim, days);
    sim_digest(sim, hex);
}

static void run_procedure(struct sim_tuning tuning, int32_t days, char hex[65])
{
    struct bench b;
    write_files(&b, procedure);
    rewrite(&b, "arrivals.csv", "day,Alpha,Beta\n0,6,6\n100,0,0\n");
    read_files(&b);
    digest_after(open_setup(&b, tuning), days, hex);
    close_bench(&b);
}

static void however_it_is_run(void)
{
    static const struct sim_tuning tuning[] = {{2, 3, false}, {3, 1000, false}, {4, 100, false}, {1, 3, true}, {3, 1000, true}};
    char one[65], other[65];
    run_procedure((struct sim_tuning){1, 65536, false}, 200, one);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        run_procedure(tuning[i], 200, other);
        TEST(!strcmp(one, other), "%d threads, chunk %u, naive %d: %.16s and %.16s", tuning[i].threads, tuning[i].chunk, tuning[i].naive, one, other);
    }
}

static void resumed(void)
{
    static const char *const command[] = {"wayfare", "run", "test", NULL};
    struct writer_plan plan = {.command = command};
    struct error error = {0};
    struct bench b[2];
    char one[65], other[65];
    for (int i = 0; i < 2; i++) write_files(&b[i], procedure), open_bench(&b[i]);
    steps(b[0].sim, 217);
    TEST(checkpoint_save(b[0].sim, &plan, scratch_path(&b[0].scratch, "c"), 1, &error) == 0, "%s", error.text);
    TEST(checkpoint_load(b[1].sim, scratch_path(&b[0].scratch, "c"), &error) == 0, "%s", error.text);
    digest_after(b[0].sim, 150, one);
    digest_after(b[1].sim, 150, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    for (int i = 0; i < 2; i++) close_bench(&b[i]);
}

/* Every lever of the case is multiplied by 1. */
static void placebo(void)
{
    struct bench b[2];
    char hex[2][65];
    int policies = 0;
    for (int i = 0; i < 2; i++) write_files(&b[i], procedure), read_files(&b[i]);
    digest_after(open_setup(&b[0], (struct sim_tuning){.threads = 2}), 300, hex[0]);
    for (uint32_t i = 0; i < b[0].setup.levers.count; i++) {
        const struct lever *lever = b[0].setup.levers.lever[i];
        if (lever->over == LEVER_GLOBAL || lever->over == LEVER_PLACE || lever->over == LEVER_LINK) continue;
        add_policy(&b[1], lever->name, LEVER_MULTIPLY, 1, 20, -1);
        policies++;
    }
    digest_after(open_setup(&b[1], (struct sim_tuning){.threads = 2}), 300, hex[1]);
    TEST(!strcmp(hex[0], hex[1]) && policies > 20, "%d policies: %.16s and %.16s", policies, hex[0], hex[1]);
    for (int i = 0; i < 2; i++) close_bench(&b[i]);
}

/* Words of the plan are changed, added and taken out as text, and people go the new ways. */
static void a_plan_is_edited(void)
{
    struct bench b;
    int64_t supreme = 0, managed = 0, after_supreme = 0;
    write_files(&b, procedure);
    edit(&b, "case.cfg", "weights = (1.0, 1.0, 0.0, 0.0); }, { to = \"order\"; status", "weights = (1.0, 1.0, 0.0, 0.0); }, { to = \"supreme\"; status");
    edit(&b, "case.cfg", "  { name = \"order\"; only", "  { name = \"supreme\"; service = \"last_court\"; sensitivity = 0.9; specificity = 0.9; deadline = 120.0; overdue = \"order\"; outcomes = (\n"
                                                       "    { to = \"recognised\"; status = \"refugee\"; weights = (1.0, 1.0, 0.0, 0.0); }, { to = \"order\"; weights = (0.0, 0.0, 1.0, 1.0); } ); },\n"
                                                       "  { name = \"order\"; only");
    edit(&b, "case.cfg", "  { name = \"court\";", "  { name = \"last_court\"; capacity = 0.5; },\n  { name = \"managers\"; kind = \"places\"; staff = 20.0; productivity = 5.0; },\n  { name = \"court\";");
    edit(&b, "case.cfg", "  { name = \"reporting\";", "  { name = \"case_management\"; service = \"managers\"; meanwhile = \"street\"; leave_rate = 0.0002; appearance = 0.99; },\n  { name = \"reporting\";");
    edit(&b, "case.cfg", "(\"detention\", \"centre\", \"reporting\")", "(\"detention\", \"case_management\", \"reporting\")");
    struct sim *sim = open_bench(&b);
    uint32_t cell = here(sim) * (uint32_t)graph_of(sim)->placements + (uint32_t)casegraph_find_placement(graph_of(sim), "case_management");
    for (int i = 0; i < 10 && test_failed == 0; i++) {
        checked_steps(sim, 50);
        managed += at(sim, "placed", cell), supreme += in_stage(sim, "cases", "supreme");
        after_supreme += at(sim, "waiting", service_cell(sim, "last_court"));
        TEST(at(sim, "placed", cell) <= 100, "%d people with twenty managers", (int)at(sim, "placed", cell));
    }
    TEST(managed > 500 && supreme > 50 && after_supreme == supreme, "%d managed, %d before the last court", (int)managed, (int)supreme);
    close_bench(&b);
}

/* ---- words of a stage */

/* One of few gates lets each person through, by what is known of the person. */
static void only_and_otherwise(void)
{
    static const char *const gates = "states = (\"Here\"); start = \"alone\";\n"
                                     "stages = ( { name = \"rest\"; }, { name = \"alone\"; only = \"unaccompanied\"; otherwise = \"child\"; }, { name = \"child\"; only = \"children\"; otherwise = \"safe\"; },\n"
                                     "  { name = \"safe\"; only = \"likely_refused\"; otherwise = \"stuck\"; }, { name = \"stuck\"; only = \"unremovable\"; otherwise = \"war\"; },\n"
                                     "  { name = \"war\"; only = \"likely_recognised\"; otherwise = \"rest\"; } );\n";
    struct bench b;
    uint32_t wrong = 0, seen[8] = {0};
    write_files(&b, gates);
    struct sim *sim = open_bench(&b);
    steps(sim, 100);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        struct docket_person a = look(sim, slot);
        bool child = portrait_age_years(p, p->since) < 18, alone = child && says_yes(sim, "unaccompanied", slot);
        const char *gate = alone ? "alone" : child                            ? "child"
                                         : comes_from(sim, slot, "Alpha")     ? "safe"
                                         : docket_is(&a, CASEGRAPH_REMOVABLE) ? "war"
                                                                              : "stuck";
        wrong += !is_in(sim, slot, gate);
        seen[p->stage]++;
    }
    TEST(wrong == 0 && seen[2] > 200 && seen[3] > 200 && seen[4] > 300 && near(seen[6], 0.3 * (seen[5] + seen[6]), seen[5] + seen[6]), "%u of %u are wrong; %u stuck, %u not", wrong, sim->persons.count, seen[5], seen[6]);
    close_bench(&b);
}

/* A deadline leads on, or makes an outcome be drawn; the lever acts on those who enter from then on. */
static void deadlines(void)
{
    static const char *const text = "states = (\"Here\");\n"
                                    "stages = ( { name = \"first\"; deadline = 10.0; overdue = \"second\"; }, { name = \"second\"; deadline = 4.5; outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } );\n";
    struct bench b;
    write_files(&b, text);
    rewrite(&b, "arrivals.csv", "day,Alpha\n0,100\n1,0\n6,50\n7,0\n");
    read_files(&b);
    add_policy(&b, "deadline", LEVER_MULTIPLY, 2, 3, -1);
    struct sim *sim = open_setup(&b, (struct sim_tuning){.threads = 1});
    for (int32_t day = 0; day < 60; day++) {
        /* from 3 on the second takes 9 days; the later ones spend 20 in the first. */
        int64_t first = day < 10 ? 100 : 0, second = day >= 10 && day < 19 ? 100 : 0, end = day >= 19 ? 100 : 0;
        if (day >= 6) first += day < 26 ? 50 : 0, second += day >= 26 && day < 35 ? 50 : 0, end += day >= 35 ? 50 : 0;
        sim_step(sim);
        check_day(sim);
        TEST(in_stage(sim, "cases", "first") == first && in_stage(sim, "cases", "second") == second && in_stage(sim, "cases", "end") == end, "day %d: %d, %d, %d", day, (int)in_stage(sim, "cases", "first"), (int)in_stage(sim, "cases", "second"), (int)in_stage(sim, "cases", "end"));
    }
    close_bench(&b);
}

static const char *const assessment = "states = (\"Here\"); services = ( { name = \"assessors\"; capacity = 2.0; } );\n"
                                      "stages = ( { name = \"best_interest\"; only = \"unaccompanied\"; otherwise = \"claim\"; service = \"assessors\"; deadline = 30.0; overdue = \"claim\"; outcomes = ( { to = \"claim\"; } ); },\n"
                                      "  { name = \"claim\"; } );\n";

/* A best-interest assessment with a time limit: of children alone, who go on after 30 days with it or without. */
static void best_interest(void)
{
    struct bench b;
    uint32_t wrong = 0;
    int64_t assessed = 0, entered = 0, waiting = 0;
    write_files(&b, assessment);
    struct sim *sim = open_bench(&b);
    for (int32_t day = 0; day < 150; day++) {
        sim_step(sim);
        check_day(sim);
        assessed += at(sim, "served", service_cell(sim, "assessors"));
        entered += in_stage(sim, "stage_reached", "best_interest");
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            if (!is_in(sim, slot, "best_interest")) continue;
            const struct person *p = &sim->persons.row[slot];
            wrong += day - p->since >= 30 || portrait_age_years(p, p->since) >= PORTRAIT_ADULT_YEARS || !says_yes(sim, "unaccompanied", slot);
        }
    }
    waiting = in_stage(sim, "cases", "best_interest");
    TEST(wrong == 0 && assessed == 2 * 149 && entered - assessed - waiting > 100, "%u wrong; of %d assessed %d, %d wait", wrong, (int)entered, (int)assessed, (int)waiting);
    close_bench(&b);
}

static double published(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

/* A policy as a rule: staff comes while yesterday's wait is long, and goes when it is not. */
static void a_rule_on_the_wait(void)
{
    struct bench b;
    double wait = NAN;
    int64_t pool = 0, more = 0, less = 0;
    write_files(&b, "states = (\"Here\"); services = ( { name = \"office\"; capacity = 5.0; } );\n"
                    "stages = ( { name = \"claim\"; service = \"office\"; outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } );\n");
    edit(&b, "scenario.cfg", "models = (", "policies = ( { name = \"more staff\"; lever = \"staff\"; where = \"office@Here\"; add = 20.0; when = { indicator = \"wait_days_office\"; above = 8.0; }; } );\nmodels = (");
    struct sim *sim = open_bench(&b);
    for (int32_t day = 0; day < 300; day++) {
        int64_t capacity = wait > 8 ? 25 : 5, expected = pool < capacity ? pool : capacity;
        sim_step(sim);
        int64_t served = at(sim, "served", service_cell(sim, "office"));
        TEST(served == expected, "day %d: %d served after a wait of %g days, expected %d", day, (int)served, wait, (int)expected);
        more += served > 5, less += day > 100 && served == 5;
        pool = at(sim, "waiting", service_cell(sim, "office"));
        wait = published(sim, "wait_days_office");
    }
    TEST(more > 50 && less > 20, "%d days with more staff, %d without", (int)more, (int)less);
    close_bench(&b);
}

static const char *const hearing = "states = (\"Here\"); services = ( { name = \"office\"; capacity = 1e6; } );\n"
                                   "placements = ( { name = \"centre\"; appearance = 0.7; appearance_slope = 0.4; } );\n"
                                   "stages = ( { name = \"claim\"; service = \"office\"; hearing = true; no_show = \"absent\"; placements = (\"centre\"); outcomes = ( { to = \"heard\"; } ); },\n"
                                   "  { name = \"absent\"; }, { name = \"heard\"; } );\n";

/* By class of risk; the same person appears at a higher chance who does at a lower one. */
static void hearings(void)
{
    struct bench b[2];
    double came[DOCKET_RISKS] = {0}, called[DOCKET_RISKS] = {0}, outside = 0;
    uint32_t wrong = 0;
    int64_t counted = 0;
    for (int i = 0; i < 2; i++) write_files(&b[i], hearing), rewrite(&b[i], "arrivals.csv", "day,Alpha\n0,20000\n1,0\n");
    edit(&b[1], "case.cfg", "placements = (\"centre\")", "placements = ()");
    for (int i = 0; i < 2; i++) {
        open_bench(&b[i]);
        for (int day = 0; day < 3; day++) {
            sim_step(b[i].sim);
            if (i == 0) counted += at(b[i].sim, "hearings", here(b[i].sim) * 2 + 1);
        }
    }
    for (uint32_t slot = 0; slot < 20000; slot++) {
        const struct person *p = &b[0].sim->persons.row[slot];
        bool heard = is_in(b[0].sim, slot, "heard"), heard_outside = is_in(b[1].sim, slot, "heard");
        called[p->group % DOCKET_RISKS]++, came[p->group % DOCKET_RISKS] += heard, outside += heard_outside;
        wrong += p->id != b[1].sim->persons.row[slot].id || (p->group % DOCKET_RISKS >= 2 && heard && !heard_outside);
    }
    for (int r = 0; r < DOCKET_RISKS; r++) TEST(near(came[r], called[r] * (0.7 - 0.4 * ((r + 0.5) / 8 - 0.5)), called[r]), "class %d: %.0f of %.0f came", r, came[r], called[r]);
    TEST(near(outside, 16000, 20000) && wrong == 0 && counted == in_stage(b[0].sim, "cases", "heard"), "%.0f came from outside, %u are wrong, %d counted", outside, wrong, (int)counted);
    for (int i = 0; i < 2; i++) close_bench(&b[i]);
}

static const char *const supports = "states = (\"Here\");\n"
                                    "services = ( { name = \"office\"; capacity = 0.0; }, { name = \"lawyers\"; kind = \"places\"; staff = 10.0; productivity = 20.0; gives = \"counsel\"; coverage = 0.5; },\n"
                                    "  { name = \"guardians\"; kind = \"places\"; capacity = 40.0; gives = \"guardian\"; to = \"unaccompanied\"; } );\n"
                                    "stages = ( { name = \"first\"; rate = 0.01; asks = (\"lawyers\", \"guardians\"); outcomes = ( { to = \"second\"; } ); },\n"
                                    "  { name = \"second\"; service = \"office\"; deadline = 100.0; asks = (\"lawyers\"); outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } );\n";

struct support_sums {
    int64_t asked[CASEGRAPH_GIVES], given, waited;
    uint32_t kept, lost, grown, wrong, beside;
};

/* What a person holds is held until the end, a guardian's place until the person is 18; who gets a guardian today has waited since the first day in the case. */
static void note_support(const struct sim *sim, struct support_sums *sums, uint8_t *held, uint32_t slot)
{
    struct docket_person a = look(sim, slot);
    uint8_t now = *docket_held(&a);
    bool alone = portrait_age_years(a.p, a.p->since) < 18 && says_yes(sim, "unaccompanied", slot);
    uint8_t lost = held[slot] & (uint8_t)~now;
    bool grown = lost == 1u << CASEGRAPH_GIVES_GUARDIAN && portrait_age_years(a.p, sim->day - 1) >= PORTRAIT_ADULT_YEARS;
    sums->lost += lost && !grown && !is_in(sim, slot, "end");
    sums->grown += grown;
    sums->kept += held[slot] && now == held[slot];
    sums->wrong += now && is_in(sim, slot, "end");
    sums->wrong += docket_holds(&a, CASEGRAPH_GIVES_GUARDIAN) && (!alone || portrait_age_years(a.p, sim->day - 1) >= PORTRAIT_ADULT_YEARS);
    sums->beside += now && wait_kind(a.p, 0) == WAIT_TICKET;
    if (now & ~held[slot] & 1u << CASEGRAPH_GIVES_GUARDIAN) sums->given++, sums->waited += sim->day - 1 - a.p->since;
    held[slot] = now;
}

static void support(void)
{
    struct bench b;
    struct support_sums sums = {.given = 0};
    int64_t given = 0, waited = 0;
    uint32_t alone = 0;
    write_files(&b, supports);
    rewrite(&b, "arrivals.csv", "day,Alpha,Beta\n0,10,10\n100,0,0\n");
    struct sim *sim = open_bench(&b);
    uint8_t *held = memory_new(2000, 1);
    for (int32_t day = 0; day < 500; day++) {
        sim_step(sim);
        check_day(sim);
        given += all(sim, "guardians_given"), waited += all(sim, "guardian_wait_days");
        for (uint32_t g = 0; g < CASEGRAPH_GIVES; g++) sums.asked[g] += at(sim, "support_asked", here(sim) * CASEGRAPH_GIVES + g);
        TEST(at(sim, "places_taken", service_cell(sim, "lawyers")) <= 200 && at(sim, "places_taken", service_cell(sim, "guardians")) <= 40, "day %d: too many", day);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) note_support(sim, &sums, held, slot);
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) alone += portrait_age_years(&sim->persons.row[slot], sim->persons.row[slot].since) < 18 && says_yes(sim, "unaccompanied", slot);
    TEST(sums.lost == 0 && sums.grown > 10 && sums.wrong == 0 && sums.kept > 1000 && sums.beside > 100, "%u lost, %u wrong, %u kept, %u while they waited for the office", sums.lost, sums.wrong, sums.kept, sums.beside);
    /* Whose guardian comes on the last day of the case is not seen with one in the evening. */
    TEST(given >= sums.given && given <= sums.given + 5 && waited >= sums.waited && waited <= sums.waited + 5 * 300 && given > 100, "%d guardians after %d days, recounted %d and %d", (int)given, (int)waited, (int)sums.given, (int)sums.waited);
    TEST(sums.asked[CASEGRAPH_GIVES_GUARDIAN] == alone && near((double)sums.asked[CASEGRAPH_GIVES_COUNSEL], 1000, 2000), "%d guardians asked for %u, %d lawyers", (int)sums.asked[CASEGRAPH_GIVES_GUARDIAN], alone, (int)sums.asked[CASEGRAPH_GIVES_COUNSEL]);
    memory_free(held);
    close_bench(&b);
}

static void screening(void)
{
    static const char *const text = "states = (\"Here\");\n"
                                    "stages = ( { name = \"first\"; rate = 0.5; screens = 0.7; outcomes = ( { to = \"second\"; } ); },\n"
                                    "  { name = \"second\"; deadline = 50.0; screens = 0.5; outcomes = ( { to = \"third\"; } ); },\n"
                                    "  { name = \"third\"; only = \"vulnerable\"; otherwise = \"rest\"; }, { name = \"rest\"; } );\n";
    struct bench b;
    double needy = 0, found[2] = {0};
    uint32_t wrong = 0;
    write_files(&b, text);
    rewrite(&b, "arrivals.csv", "day,Alpha\n0,10000\n1,0\n");
    struct sim *sim = open_bench(&b);
    for (int round = 0; round < 2; round++) {
        steps(sim, 49);
        needy = 0;
        for (uint32_t slot = 0; slot < 10000; slot++) {
            struct docket_person a = look(sim, slot);
            bool is_needy = says_yes(sim, "vulnerable", slot) || (portrait_age_years(a.p, 0) < 18 && says_yes(sim, "unaccompanied", slot));
            needy += is_needy, found[round] += docket_is(&a, CASEGRAPH_VULNERABLE);
            wrong += docket_is(&a, CASEGRAPH_VULNERABLE) && !is_needy;
            wrong += round == 1 && is_in(sim, slot, "third") != docket_is(&a, CASEGRAPH_VULNERABLE);
        }
        steps(sim, 60);
    }
    TEST(wrong == 0 && near(found[0], 0.7 * needy, needy) && near(found[1], 0.85 * needy, needy), "%u wrong; of %.0f %.0f, then %.0f are found", wrong, needy, found[0], found[1]);
    close_bench(&b);
}

/* ---- priorities */

/* Children go before grown-ups of their stage; the later stage is two steps behind. */
static void who_goes_first(void)
{
    static const char *const text = "states = (\"Here\"); services = ( { name = \"office\"; capacity = 7.0; first = \"children\"; } );\n"
                                    "stages = ( { name = \"gate\"; only = \"likely_refused\"; otherwise = \"late\"; service = \"office\"; outcomes = ( { to = \"end\"; } ); },\n"
                                    "  { name = \"late\"; service = \"office\"; priority = 2; outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } );\n";
    struct bench b;
    int32_t done[4] = {0};
    write_files(&b, text);
    rewrite(&b, "arrivals.csv", "day,Alpha,Beta\n0,300,300\n1,0,0\n");
    struct sim *sim = open_bench(&b);
    for (int32_t day = 0; day < 80; day++) {
        int32_t left[4] = {0}; /* children and grown-ups of the first stage, then of the later one, by age when they joined */
        memset(done, 0, sizeof done);
        sim_step(sim);
        for (uint32_t slot = 0; slot < 600; slot++) {
            uint32_t kind = 2 * (uint32_t)comes_from(sim, slot, "Beta") + (portrait_age_years(&sim->persons.row[slot], 0) >= 18);
            *(is_in(sim, slot, "end") ? &done[kind] : &left[kind]) += 1;
        }
        for (int kind = 1; kind < 4; kind++) TEST(done[kind] == 0 || left[kind - 1] == 0, "day %d: people of kind %d are served while %d wait who go before", day, kind, left[kind - 1]);
    }
    TEST(done[1] > 50 && done[3] > 50 && done[0] + done[1] + done[2] + done[3] == 79 * 7, "%d and %d served", done[1], done[3]);
    close_bench(&b);
}

/* ---- returns */

static const char *const returns_text = "states = (\"Here\"); services = ( { name = \"seats\"; capacity = 20.0; } ); statuses = ( { name = \"negative\"; level = \"none\"; } );\n"
                                        "placements = ( { name = \"centre\"; return_rate = 0.01; return_stage = \"went_home\"; } );\n"
                                        "stages = ( { name = \"claim\"; rate = 0.2; placements = (\"centre\"); outcomes = ( { to = \"order\"; status = \"negative\"; } ); },\n"
                                        "  { name = \"order\"; service = \"seats\"; outcomes = ( { to = \"returned\"; } ); },\n"
                                        "  { name = \"returned\"; returns = \"forced\"; }, { name = \"went_home\"; returns = \"voluntary\"; } );\n";

/* Who stands where yesterday says how they went: from the office's call, or from the centre of their own will. */
static void returns(void)
{
    struct bench b;
    int64_t forced = 0, voluntary = 0;
    write_files(&b, returns_text);
    struct sim *sim = open_bench(&b);
    for (int32_t day = 0; day < 200; day++) {
        int64_t seen[2][PROTECTION_CLASSES] = {{0}}, need = 0, home = 0;
        sim_step(sim);
        check_day(sim);
        for (uint32_t k = 0; k < 2; k++)
            for (uint32_t class = 0; class < PROTECTION_CLASSES; class ++) seen[k][class] = at(sim, "returns", (here(sim) * 2 + k) * PROTECTION_CLASSES + class);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            bool back = p->place == portrait_origin(p);
            home += back && p->since == day;
            TEST(back == (p->stage == 0) && (!back || (p->status == 0 && p->placement == 0 && p->kinds == 0)), "slot %u", slot);
        }
        for (uint32_t class = 0; class < PROTECTION_CLASSES; class ++) forced += seen[0][class], voluntary += seen[1][class], home -= seen[0][class] + seen[1][class];
        need = seen[0][PROTECTION_REFUGEE] + seen[0][PROTECTION_OTHER];
        TEST(home == 0 && all(sim, "refoulement") == need, "day %d: %d more came home, %d of %d in need are counted", day, (int)home, (int)all(sim, "refoulement"), (int)need);
        TEST(in_stage(sim, "stage_reached", "returned") <= 20, "day %d: seats", day);
    }
    TEST(forced > 1000 && voluntary > 50, "%d forced, %d voluntary", (int)forced, (int)voluntary);
    close_bench(&b);
}

static const char *const appeals = "states = (\"Here\"); services = ( { name = \"court\"; capacity = 0.0; }, { name = \"seats\"; capacity = 5.0; } );\n"
                                   "stages = ( { name = \"appeal\"; service = \"court\"; appeal = true; removal = \"seats\"; removed = \"returned\"; outcomes = ( { to = \"stays\"; } ); },\n"
                                   "  { name = \"returned\"; returns = \"forced\"; }, { name = \"stays\"; } );\n";

/* Without effect of the appeal from day 20 to day 40: those who appealed then are removed, five a day, and only then. */
static void removed_meanwhile(void)
{
    struct bench b;
    int64_t removed = 0, reached = 0;
    write_files(&b, appeals);
    read_files(&b);
    add_policy(&b, "suspensive", LEVER_SET, 0, 20, 40);
    struct sim *sim = open_setup(&b, (struct sim_tuning){.threads = 2});
    for (int32_t day = 0; day < 100; day++) {
        sim_step(sim);
        check_day(sim);
        int64_t today = all(sim, "removed_while_appealing");
        TEST(today == (day > 20 && day < 40 ? 5 : 0) && today == in_stage(sim, "stage_reached", "returned"), "day %d: %d removed", day, (int)today);
        removed += today, reached += all(sim, "returns");
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t opened = person_id_parts(sim->persons.row[slot].id).day;
        bool gone = sim->persons.row[slot].stage == 0;
        TEST(!gone || (opened >= 20 && opened < 40), "slot %u, of day %u, was removed", slot, opened);
    }
    TEST(removed == 95 && reached == 95, "%d removed", (int)removed);
    close_bench(&b);
}

/* ---- children */

static const char *const children_text = "states = (\"Here\");\n"
                                         "placements = ( { name = \"centre\"; physical_rate = 0.02; child_factor = 4.0; }, { name = \"shelter\"; }, { name = \"detention\"; detains = true; } );\n"
                                         "stages = ( { name = \"first\"; deadline = 150.0; placements = (\"centre\"); outcomes = ( { to = \"second\"; } ); },\n"
                                         "  { name = \"second\"; only = \"children\"; otherwise = \"adult\"; placements = (\"shelter\", \"detention\"); deadline = 1000.0; outcomes = ( { to = \"end\"; } ); },\n"
                                         "  { name = \"adult\"; placements = (\"shelter\", \"detention\"); deadline = 1000.0; outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } );\n";

/* People of 17 grow up: another hazard of harm, other rules, on that day (check_day() sees that the class follows the age). */
static void birthdays(void)
{
    struct bench b;
    double expected = 0, harms = 0;
    uint32_t grown = 0, wrong = 0, detained = 0;
    write_files(&b, children_text);
    rewrite(&b, "age.csv", "value,default\n17,1\n");
    rewrite(&b, "arrivals.csv", "day,Alpha\n0,2000\n1,0\n");
    struct sim *sim = open_bench(&b);
    uint32_t cell = here(sim) * 3 * DOCKET_HARMS + DOCKET_HARM_PHYSICAL;
    int before = test_failed;
    for (int32_t day = 0; day < 149 && test_failed == before; day++) {
        sim_step(sim);
        check_day(sim);
        harms += (double)at(sim, "harms_in_placement", cell);
        for (uint32_t slot = 0; slot < 2000; slot++) expected += portrait_age_years(&sim->persons.row[slot], day) < 18 ? 0.08 : 0.02;
    }
    TEST(fabs(harms - expected) < 5 * sqrt(expected), "%.0f harms, expected %.0f", harms, expected);
    checked_steps(sim, 2);
    for (uint32_t slot = 0; slot < 2000; slot++) {
        const struct person *p = &sim->persons.row[slot];
        bool adult = portrait_age_years(p, 150) >= 18;
        grown += adult, detained += is_placed(sim, slot, "detention");
        wrong += is_in(sim, slot, "adult") != adult || (is_placed(sim, slot, "detention") && !adult);
    }
    TEST(wrong == 0 && grown > 500 && grown < 1500 && near(detained, grown / 2.0, grown), "%u wrong; %u grew up, %u of them are detained", wrong, grown, detained);
    close_bench(&b);
}

static int64_t child_days(struct sim *sim)
{
    uint32_t placement = (uint32_t)casegraph_find_placement(graph_of(sim), "detention"), cell = (here(sim) * (uint32_t)graph_of(sim)->placements + placement) * 3 * PORTRAIT_AGE_GROUPS;
    int64_t days = 0;
    for (uint32_t k = 0; k < 3 * PORTRAIT_AGE_GROUPS; k++)
        if (k % PORTRAIT_AGE_GROUPS < PORTRAIT_AGE_GROUP_ADULT) days += at(sim, "placement_days", cell + k);
    return days;
}

/* Banned as the scenario stands; a policy lets it happen for a time, and then all are out on the day. */
static void children_are_not_detained(void)
{
    struct bench b;
    int64_t before = 0, meanwhile = 0, after = 0;
    write_files(&b, procedure);
    read_files(&b);
    add_policy(&b, "detain_children", LEVER_SET, 2, 100, 250);
    struct sim *sim = open_setup(&b, (struct sim_tuning){.threads = 2});
    for (int32_t day = 0; day < 350; day++) {
        sim_step(sim);
        *(day < 100 ? &before : day < 250 ? &meanwhile
                                          : &after) += child_days(sim);
    }
    TEST(before == 0 && after == 0 && meanwhile > 100, "%d, %d and %d days of children", (int)before, (int)meanwhile, (int)after);
    close_bench(&b);
}

/* ---- decisions */

static int64_t wrong_decisions(const struct sim *sim)
{
    const struct casegraph *graph = graph_of(sim);
    uint32_t statuses = (uint32_t)graph->statuses, cells = sim->world->states * (uint32_t)graph->stages;
    int64_t sum = 0;
    for (uint32_t cell = 0; cell < cells * statuses; cell++)
        for (uint32_t class = 0; class < PROTECTION_CLASSES; class ++) {
            enum casegraph_level level = graph->status[cell % statuses].level;
            bool need = class == PROTECTION_REFUGEE || class == PROTECTION_OTHER;
            if ((need && level == CASEGRAPH_NO_STAY) || (!need && level == CASEGRAPH_PROTECTION)) sum += at(sim, "decisions", cell * PROTECTION_CLASSES + class);
        }
    return sum;
}

static void perfect_decisions(void)
{
    for (int perfect = 0; perfect < 2; perfect++) {
        struct bench b;
        int64_t wrong = 0, decisions = 0;
        write_files(&b, procedure);
        read_files(&b);
        for (int i = 0; perfect && i < 2; i++) add_policy(&b, i ? "sensitivity" : "specificity", LEVER_SET, 1, 0, -1);
        struct sim *sim = open_setup(&b, (struct sim_tuning){.threads = 2});
        for (int32_t day = 0; day < 300; day++) {
            sim_step(sim);
            wrong += wrong_decisions(sim), decisions += all(sim, "decisions");
        }
        TEST(decisions > 1000 && (perfect ? wrong == 0 : wrong > 100), "%d of %d are wrong", (int)wrong, (int)decisions);
        close_bench(&b);
    }
}

/* ---- leaving the state */

static const char *const on_the_way = "states = (\"Here\");\n"
                                      "services = ( { name = \"office\"; capacity = 0.0; }, { name = \"beds\"; kind = \"places\"; capacity = 100.0; }, { name = \"lawyers\"; kind = \"places\"; capacity = 150.0; gives = \"counsel\"; } );\n"
                                      "placements = ( { name = \"street\"; use = 0.0; leave_rate = 0.01; }, { name = \"centre\"; service = \"beds\"; meanwhile = \"street\"; leave_rate = 0.03; leave_stage = \"gone\"; } );\n"
                                      "stages = ( { name = \"claim\"; service = \"office\"; asks = (\"lawyers\"); placements = (\"centre\"); deadline = 500.0; outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; }, { name = \"gone\"; } );\n";

static void write_journey(struct bench *b, double claim_share)
{
    char text[200];
    write_files(b, on_the_way);
    edit(b, "scenario.cfg", "{ name = \"arrivals\"; at = \"Town\"; }", "{ name = \"arrivals\"; }, { name = \"journey\"; stay_days = 3.0; time_weight = 500.0; }");
    edit(b, "places.csv", "latitude,longitude,kind\nAlpha,Safeland,1,1,town\nBeta,Warland,2,2,town\nTown,Here,3,3,town\nCity,There,4,4,town", "latitude,longitude,kind,destination_weight\nAlpha,Safeland,1,1,town,\nBeta,Warland,2,2,town,\nTown,Here,3,3,town,\nCity,There,4,4,town,1");
    snprintf(text, sizeof text, "name,population,roles,claim_share\nSafeland,1e6,origin,\nWarland,1e6,origin,\nHere,1e6,transit,%g\nThere,1e6,destination,\n", claim_share);
    rewrite(b, "states.csv", text);
}

/* Of those who come to Town so many claim there; who leaves the centre or the street goes on, and their case ends at the border. */
static void leaving_the_state(void)
{
    struct bench b;
    int64_t away = 0, inside = 0, most = 0;
    write_journey(&b, 0.6);
    struct sim *sim = open_bench(&b);
    int before = test_failed;
    for (int32_t day = 0; day < 400 && test_failed == before; day++) {
        sim_step(sim);
        check_day(sim);
        if (all(sim, "places_taken") > most) most = all(sim, "places_taken");
    }
    double claimed = 0, through = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        struct docket_person a = look(sim, slot);
        bool there = a.state == world_find_state(sim->world, "There");
        away += there && p->stage == 0, inside += p->stage > 0;
        TEST(!there || p->stage == 0, "slot %u has a case beyond the border", slot);
        through += a.state == here(sim) || there, claimed += *docket_day(&a, docket_of(sim)->opened) > 0;
    }
    TEST(near(claimed, 0.6 * through, through) && most == 250 && away > 3000 && inside > 100, "%.0f of %.0f claimed, %d places, %d away, %d have a case", claimed, through, (int)most, (int)away, (int)inside);
    close_bench(&b);
}

/* Where every state opens cases, who goes on has another one; at home nobody has. */
static void another_state(void)
{
    struct bench b;
    uint32_t wrong = 0, here_now = 0, there_now = 0;
    write_journey(&b, 0.6);
    edit(&b, "case.cfg", "states = (\"Here\");\n", "");
    struct sim *sim = open_bench(&b);
    checked_steps(sim, 200);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        struct docket_person a = look(sim, slot);
        bool there = a.state == world_find_state(sim->world, "There"), home = a.state == sim->world->place[portrait_origin(a.p)].state;
        wrong += (there && a.p->stage == 0) || (home && a.p->stage > 0);
        here_now += a.state == here(sim) && a.p->stage > 0, there_now += there;
    }
    TEST(wrong == 0 && here_now > 100 && there_now > 1000, "%u wrong, %u here, %u there", wrong, here_now, there_now);
    close_bench(&b);
}

/* Refused in Here people leave the street and go on; in There they have a case again. */
static const char *const two_cases = "states = (\"Here\", \"There\"); statuses = ( { name = \"refugee\"; level = \"protection\"; }, { name = \"negative\"; level = \"none\"; } );\n"
                                     "services = ( { name = \"office\"; capacity = 1000.0; by_state = ( { state = \"There\"; capacity = 0.0; } ); } );\n"
                                     "placements = ( { name = \"camp\"; }, { name = \"street\"; leave_rate = 0.5; } );\n"
                                     "stages = ( { name = \"claim\"; service = \"office\"; placements = (\"camp\"); deadline = 40.0; overdue = \"gone\"; outcomes = (\n"
                                     "    { to = \"stays\"; status = \"refugee\"; weight = 0.5; }, { to = \"refused\"; status = \"negative\"; weight = 0.5; } ); },\n"
                                     "  { name = \"stays\"; }, { name = \"refused\"; placements = (\"street\"); deadline = 1000.0; overdue = \"gone\"; }, { name = \"gone\"; } );\n";

static void write_two_cases(struct bench *b)
{
    write_journey(b, 1);
    rewrite(b, "case.cfg", two_cases);
}

static int64_t final_decisions(const struct sim *sim, const char *state)
{
    uint32_t cells = (uint32_t)graph_of(sim)->statuses * DOCKET_BINS * DOCKET_NEEDS, first = world_find_state(sim->world, state) * cells;
    int64_t sum = 0;
    for (uint32_t i = 0; i < cells; i++) sum += at(sim, "final_decisions", first + i);
    return sum;
}

/* There nobody is ever decided on: no case that ends has a final decision, whatever an earlier one came to elsewhere. */
static void each_case_has_its_own_status(void)
{
    struct bench b;
    int64_t decided = 0, borrowed = 0;
    uint32_t ended = 0, wrong = 0;
    write_two_cases(&b);
    struct sim *sim = open_bench(&b);
    for (int32_t day = 0; day < 150; day++) sim_step(sim), decided += final_decisions(sim, "Here"), borrowed += final_decisions(sim, "There");
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        struct docket_person a = look(sim, slot);
        bool there = a.p->stage > 0 && a.state == world_find_state(sim->world, "There");
        ended += there && is_in(sim, slot, "gone"), wrong += there && a.p->status >= DOCKET_STATUS;
    }
    TEST(borrowed == 0 && wrong == 0 && decided > 500 && ended > 500, "%d final decisions on %u cases without one, %u with another case's status, %d in Here", (int)borrowed, ended, wrong, (int)decided);
    close_bench(&b);
}

/* All who come to There lost in Here: half of them win now. */
static void each_case_has_its_own_luck(void)
{
    struct bench b;
    uint32_t won = 0, lost = 0;
    write_two_cases(&b);
    edit(&b, "case.cfg", "capacity = 0.0", "capacity = 1000.0");
    struct sim *sim = open_bench(&b);
    steps(sim, 150);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        bool there = docket_state(sim, &sim->persons.row[slot]) == world_find_state(sim->world, "There");
        won += there && is_in(sim, slot, "stays"), lost += there && is_in(sim, slot, "refused");
    }
    TEST(near(won, (won + lost) / 2.0, won + lost) && won + lost > 500, "%u won, %u lost", won, lost);
    close_bench(&b);
}

/* One of a hundred leaves the loop at each turn, twenty turns a day: after 1200 everybody has, also the 77 whom 255 turns leave behind. */
static void a_loop_ends(void)
{
    static const char *const text = "states = (\"Here\");\n"
                                    "stages = ( { name = \"loop\"; rate = 20.0; outcomes = ( { to = \"loop\"; weight = 0.99; }, { to = \"end\"; weight = 0.01; } ); }, { name = \"end\"; } );\n";
    struct bench b;
    write_files(&b, text);
    rewrite(&b, "arrivals.csv", "day,Alpha\n0,1000\n1,0\n");
    struct sim *sim = open_bench(&b);
    steps(sim, 10);
    TEST(near((double)in_stage(sim, "cases", "loop"), 1000 * exp(-0.01 * 20 * 10), 1000), "%d go round after 10 days", (int)in_stage(sim, "cases", "loop"));
    steps(sim, 50);
    TEST(in_stage(sim, "cases", "loop") <= 2, "%d go round", (int)in_stage(sim, "cases", "loop"));
    close_bench(&b);
}

/* A person in a placement is settled, and no clock of the journey runs. */
static bool is_on_the_way(const struct sim *sim, const struct person *p)
{
    int journey_model = sim_model_number(sim, sim_state(sim, "journey"));
    for (int i = 0; i < sim->waits.count; i++)
        if (sim->waits.wait[i].model == journey_model && wait_kind(p, i) != WAIT_NONE) return true;
    return way_mode(p) != WAY_SETTLED;
}

/* Ten days on the road, with an open case that ends in a return: found at the place or on the road, everybody is counted once. Who
   leaves the centre is put up in the street, as a stage of its own, or goes on from there. */
static void on_the_road(void)
{
    struct bench b;
    int64_t returned = 0, astray = 0;
    write_journey(&b, 1);
    edit(&b, "links.csv", "Town,City,100", "Town,City,2000");
    edit(&b, "case.cfg", "{ name = \"office\"; capacity = 0.0; }", "{ name = \"office\"; capacity = 8.0; }");
    edit(&b, "case.cfg", "{ name = \"end\"; }, { name = \"gone\"; }", "{ name = \"end\"; rate = 0.05; placements = (\"centre\"); outcomes = ( { to = \"home\"; } ); }, { name = \"home\"; returns = \"forced\"; }, { name = \"gone\"; rate = 0.01; placements = (\"street\"); outcomes = ( { to = \"home\"; } ); }");
    edit(&b, "case.cfg", "{ name = \"street\"; use = 0.0;", "{ name = \"street\"; use = 1.0;");
    struct sim *sim = open_bench(&b);
    int before = test_failed;
    for (int32_t day = 0; day < 300 && test_failed == before; day++) {
        sim_step(sim);
        check_day(sim);
        returned += all(sim, "returns");
        TEST(all(sim, "returns") == all(sim, "returns_home"), "day %d: %d returned, %d went home", day, (int)all(sim, "returns"), (int)all(sim, "returns_home"));
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) astray += sim->persons.row[slot].placement > 0 && is_on_the_way(sim, &sim->persons.row[slot]);
        TEST(all(sim, "present") + all(sim, "travelling") == (int64_t)sim->persons.entered, "day %d: somebody is lost", day);
    }
    TEST(returned > 500 && astray == 0, "%d returned; %d days in a placement and on the way at once", (int)returned, (int)astray);
    close_bench(&b);
}

/* Everybody is let out on the way, held in Camp of the same state, and meanwhile placed. */
static void write_held(struct bench *b)
{
    write_journey(b, 1);
    edit(b, "places.csv", "kind,destination_weight\n", "kind,destination_weight,hold_days\nCamp,Here,3,3.5,town,,20\n");
    rewrite(b, "links.csv", "from,to,km,both,kidnap\nAlpha,Town,100,no,\nBeta,Town,100,no,\nTown,Camp,100,no,1\nCamp,City,3000,no,\n");
    rewrite(b, "case.cfg", "states = (\"Here\"); placements = ( { name = \"street\"; leave_rate = 0.5; }, { name = \"centre\"; leave_rate = 0.1; } );\n"
                           "stages = ( { name = \"claim\"; rate = 0.05; placements = (\"street\"); outcomes = ( { to = \"second\"; } ); },\n"
                           "  { name = \"second\"; rate = 0.001; placements = (\"centre\"); outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } );\n");
}

/* Who is held when placed is kept on being let go, and on leaving the placement stays held: of those who leave, as many are free in the
   evening as a day of 20 lets go. */
static void held_and_placed(void)
{
    struct bench b;
    bool *both = memory_new(20 * 200, sizeof *both);
    uint32_t astray = 0, kept = 0, left = 0, left_free = 0;
    write_held(&b);
    struct sim *sim = open_bench(&b);
    for (int32_t day = 0; day < 200; day++) {
        sim_step(sim);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            bool placed = p->placement > 0, held = way_mode(p) == WAY_HELD;
            astray += placed && !held && is_on_the_way(sim, p);
            kept += both[slot] && placed && !held;
            left += both[slot] && !placed, left_free += both[slot] && !placed && !held;
            both[slot] = placed && held;
        }
    }
    TEST(astray == 0 && kept > 300, "%u days in a placement and on the way at once; %u kept", astray, kept);
    TEST(near(left_free, left * -expm1(-1 / 20.0), left) && left > 300, "%u of %u are free", left_free, left);
    memory_free(both);
    close_bench(&b);
}

/* ---- the same people in two arms */

static uint32_t slot_of(const struct sim *sim, uint64_t id, uint32_t likely)
{
    if (likely < sim->persons.count && sim->persons.row[likely].id == id) return likely;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        if (sim->persons.row[slot].id == id) return slot;
    return UINT32_MAX;
}

/* More interviews, no detention, other hazards: what a person is stays the same. */
static void the_same_people(void)
{
    struct bench b[2];
    uint32_t wrong = 0, both = 0;
    for (int i = 0; i < 2; i++) write_files(&b[i], procedure), read_files(&b[i]);
    add_policy(&b[1], "staff", LEVER_MULTIPLY, 2, 10, -1), add_policy(&b[1], "use", LEVER_MULTIPLY, 0.5, 10, -1), add_policy(&b[1], "leaving", LEVER_MULTIPLY, 3, 10, -1);
    for (int i = 0; i < 2; i++) steps(open_setup(&b[i], (struct sim_tuning){.threads = 2}), 150);
    for (uint32_t slot = 0; slot < b[0].sim->persons.count; slot++) {
        uint32_t other = slot_of(b[1].sim, b[0].sim->persons.row[slot].id, slot);
        if (other == UINT32_MAX || !is_alive(b[0].sim, slot) || !is_alive(b[1].sim, other)) continue;
        struct docket_person one = look(b[0].sim, slot), two = look(b[1].sim, other);
        both++;
        wrong += docket_rank(&one) != docket_rank(&two) || docket_class(&one) != docket_class(&two) || docket_is(&one, CASEGRAPH_REMOVABLE) != docket_is(&two, CASEGRAPH_REMOVABLE);
        wrong += portrait_age_years(one.p, 0) != portrait_age_years(two.p, 0) || one.p->sex != two.p->sex;
    }
    TEST(wrong == 0 && both > 2000, "%u of %u differ", wrong, both);
    for (int i = 0; i < 2; i++) close_bench(&b[i]);
}

/* Who comes to a hearing where a state summons badly comes where it summons well. */
static void the_same_hearings(void)
{
    struct bench b[2];
    uint32_t wrong = 0, more = 0;
    for (int i = 0; i < 2; i++) {
        write_files(&b[i], hearing);
        rewrite(&b[i], "arrivals.csv", "day,Alpha\n0,5000\n1,0\n");
        read_files(&b[i]);
        if (i) add_policy(&b[i], "appearance", LEVER_SET, 0.9, 0, -1);
        steps(open_setup(&b[i], (struct sim_tuning){.threads = 2}), 3);
    }
    for (uint32_t slot = 0; slot < 5000; slot++) {
        bool before = is_in(b[0].sim, slot, "heard"), after = is_in(b[1].sim, slot, "heard");
        wrong += before && !after, more += after && !before;
    }
    TEST(wrong == 0 && near(more, 1000, 5000), "%u come no more, %u come now", wrong, more);
    for (int i = 0; i < 2; i++) close_bench(&b[i]);
}

/* ---- a naive twin of the walk

   Registered by a hazard; interviewed by an office where some do not appear; refused people appeal or let the time pass; a court
   hears the newest first; people may leave the centre at any time. The twin keeps a list of people and asks each of them, every day. */

static const char *const walk = "states = (\"Here\");\n"
                                "services = ( { name = \"office\"; capacity = 9.25; }, { name = \"court\"; capacity = 2.5; rule = \"newest\"; } );\n"
                                "placements = ( { name = \"centre\"; leave_rate = 0.004; leave_stage = \"gone\"; appearance = 0.85; } );\n"
                                "stages = ( { name = \"registered\"; rate = 0.15; placements = (\"centre\"); outcomes = ( { to = \"claim\"; } ); },\n"
                                "  { name = \"claim\"; service = \"office\"; hearing = true; no_show = \"absent\"; outcomes = ( { to = \"granted\"; weight = 0.3; }, { to = \"refused\"; weight = 0.7; } ); },\n"
                                "  { name = \"refused\"; rate = 0.05; deadline = 14.0; overdue = \"lapsed\"; outcomes = ( { to = \"appeal\"; } ); },\n"
                                "  { name = \"appeal\"; service = \"court\"; deadline = 60.0; overdue = \"lapsed\"; outcomes = ( { to = \"granted\"; weight = 0.4; }, { to = \"lapsed\"; weight = 0.6; } ); },\n"
                                "  { name = \"granted\"; }, { name = \"absent\"; }, { name = \"lapsed\"; }, { name = \"gone\"; } );\n";

enum { REGISTERED,
       CLAIM,
       REFUSED,
       APPEAL,
       GRANTED,
       ABSENT,
       LAPSED,
       GONE,
       WALK_STAGES };
enum { OFFICE,
       COURT };
enum { OUTCOME_DRAW = 3 }; /* of the model determination */

struct walker {
    uint64_t id;
    int stage;
    bool waits, called; /* in the queue of the stage; by it, this morning */
    uint32_t ticket;
    uint32_t step_threshold, step_spell; /* the stage's clock */
    uint32_t leave_threshold;            /* the centre's clock */
    int32_t due;                         /* deadline; -1: none */
};

struct twin {
    struct walker *row;
    uint32_t count, states, state;
    uint64_t seed;
    int step, leave; /* numbers of the waits */
    struct naive_service queue;
    uint32_t step_reading[WALK_STAGES][2], leave_reading[2]; /* yesterday's and today's */
};

static uint32_t units(const struct twin *t, const struct walker *w, int wait, uint32_t spell)
{
    return (uint32_t)(rng_exponential(rng_draw(t->seed, w->id, RNG_WAIT + (uint32_t)wait, spell, 0).word[0]) * 0x1p20) + 1;
}

static uint32_t queue_of(const struct twin *t, int service) { return (uint32_t)service * t->states + t->state; }

static bool has_clock(int stage) { return stage == REGISTERED || stage == REFUSED; }

/* Clocks begin at the moment of the day at which something ended the stage before; calls, dates and newcomers come at dawn. */
static void twin_enter(struct twin *t, uint32_t i, int stage, int32_t day, struct wait_moment at)
{
    struct walker *w = &t->row[i];
    if (w->waits && !w->called) naive_service_leave(&t->queue, i, w->ticket);
    w->waits = stage == CLAIM || stage == APPEAL;
    w->called = false;
    w->stage = stage;
    w->due = stage == REFUSED ? day + 14 : stage == APPEAL ? day + 60
                                                           : -1;
    if (has_clock(stage)) w->step_threshold = t->step_reading[stage][0] + (uint32_t)((uint64_t)(t->step_reading[stage][1] - t->step_reading[stage][0]) * at.before / at.span) + units(t, w, t->step, ++w->step_spell);
    if (!w->waits) return;
    w->ticket = service_ticket(queue_of(t, stage == CLAIM ? OFFICE : COURT), 0, (uint32_t)day);
    naive_service_join(&t->queue, i, w->ticket, rng_key(t->seed, w->id, RNG_QUEUE, w->ticket), w->id);
}

static bool twin_appears(const struct twin *t, const struct walker *w)
{
    return rng_uniform(rng_draw(t->seed, w->id, placement_purpose(PLACEMENT_DRAW_APPEARANCE), (uint32_t)w->stage + 1, 0).word[0]) < 0.85;
}

/* An exponential race of two outcomes, by person, stage and number of the outcome. */
static int twin_outcome(const struct twin *t, const struct walker *w)
{
    const double weight[2] = {w->stage == CLAIM ? 0.3 : 0.4, w->stage == CLAIM ? 0.7 : 0.6};
    return rng_race(t->seed, w->id, determination_model.purpose * 256u + OUTCOME_DRAW, (uint32_t)w->stage << 16, 2, weight, NULL);
}

static void twin_decide(struct twin *t, uint32_t i, int32_t day, struct wait_moment at)
{
    const struct walker *w = &t->row[i];
    int next = w->stage == REGISTERED ? CLAIM : w->stage == REFUSED ? APPEAL
                                                                    : ABSENT;
    if (w->stage == CLAIM && twin_appears(t, w)) next = twin_outcome(t, w) ? REFUSED : GRANTED;
    if (w->stage == APPEAL) next = twin_outcome(t, w) ? LAPSED : GRANTED;
    twin_enter(t, i, next, day, at);
}

static void twin_serve(struct twin *t, int service, int64_t sixty_fourths, int32_t day)
{
    uint32_t *served = memory_new((size_t)t->count + 1, sizeof *served);
    size_t n = naive_service_serve(&t->queue, (int)queue_of(t, service), day, sixty_fourths, served);
    for (size_t k = 0; k < n; k++) t->row[served[k]].called = true;
    memory_free(served);
}

static struct wait_moment moment(uint32_t threshold, const uint32_t reading[2]) { return (struct wait_moment){threshold - reading[0], reading[1] - reading[0]}; }

/* The share of the day that is over when the clock strikes; 2: not today. */
static double strikes(uint32_t threshold, const uint32_t reading[2]) { return threshold > reading[1] ? 2 : (double)(threshold - reading[0]) / (double)(reading[1] - reading[0]); }

/* Calls come at dawn, then dates, then what the clocks bring, whichever strikes first. */
static void twin_person(struct twin *t, uint32_t i, int32_t day)
{
    struct walker *w = &t->row[i];
    if (w->called) twin_decide(t, i, day, WAIT_DAWN);
    if (w->due >= 0 && w->due <= day) twin_enter(t, i, LAPSED, day, WAIT_DAWN);
    while (w->stage < GRANTED) {
        double step = has_clock(w->stage) ? strikes(w->step_threshold, t->step_reading[w->stage]) : 2, leave = strikes(w->leave_threshold, t->leave_reading);
        if (step > 1 && leave > 1) return;
        if (leave < step) twin_enter(t, i, GONE, day, moment(w->leave_threshold, t->leave_reading));
        else twin_decide(t, i, day, moment(w->step_threshold, t->step_reading[w->stage]));
    }
}

static void twin_read(struct twin *t, const struct sim *sim)
{
    for (int stage = 0; stage < WALK_STAGES; stage++) {
        t->step_reading[stage][0] = t->step_reading[stage][1];
        t->step_reading[stage][1] = sim->waits.wait[t->step].clock.today[wait_stage_cell(sim, t->state, (uint32_t)stage + 1)];
    }
    t->leave_reading[0] = t->leave_reading[1];
    t->leave_reading[1] = sim->waits.wait[t->leave].clock.today[wait_placement_cell(sim, t->state, 1, 0) * WAIT_GROUPS];
}

static void twin_day(struct twin *t, const struct sim *sim, int32_t day)
{
    twin_read(t, sim);
    twin_serve(t, OFFICE, 592, day);
    twin_serve(t, COURT, 160, day);
    for (; t->count < sim->persons.count; t->count++) {
        struct walker *w = &t->row[t->count];
        w->id = sim->persons.row[t->count].id;
        w->leave_threshold = t->leave_reading[0] + units(t, w, t->leave, 1);
        twin_enter(t, t->count, REGISTERED, day, WAIT_DAWN);
    }
    for (uint32_t i = 0; i < t->count; i++) twin_person(t, i, day);
}

static uint32_t different(const struct twin *t, const struct sim *sim)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct person *p = &sim->persons.row[i];
        n += p->id != t->row[i].id || p->stage != t->row[i].stage + 1 || (p->placement > 0) != (t->row[i].stage < GRANTED);
    }
    return n;
}

static int wait_number(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->waits.count; i++)
        if (!strcmp(sim->waits.wait[i].name, name)) return i;
    return -1;
}

static void naive_twin(void)
{
    struct bench b;
    uint32_t seen[WALK_STAGES] = {0}, wrong = 0;
    write_files(&b, walk);
    struct sim *sim = open_bench(&b);
    struct twin t = {.row = memory_new(20 * 300, sizeof *t.row), .states = sim->world->states, .state = here(sim), .seed = sim->setup->seed, .step = wait_number(sim, "decision"), .leave = wait_number(sim, "placement")};
    t.queue.rule[queue_of(&t, COURT)] = SERVICE_NEWEST;
    for (int32_t day = 0; day < 500 && wrong == 0; day++) {
        sim_step(sim);
        twin_day(&t, sim, day);
        wrong = different(&t, sim);
        TEST(wrong == 0, "day %d: %u of %u persons stand elsewhere than the naive twin's", day, wrong, t.count);
    }
    for (uint32_t i = 0; i < t.count; i++) seen[t.row[i].stage]++;
    for (int stage = GRANTED; stage < WALK_STAGES; stage++) TEST(seen[stage] > 100, "%u people in stage %d", seen[stage], stage);
    naive_service_close(&t.queue);
    memory_free(t.row);
    close_bench(&b);
}

static const struct test_case cases[] = {
    {"conservation", conservation},
    {"scaled", scaled},
    {"however it is run", however_it_is_run},
    {"resumed", resumed},
    {"placebo", placebo},
    {"a plan is edited", a_plan_is_edited},
    {"only and otherwise", only_and_otherwise},
    {"deadlines", deadlines},
    {"best interest", best_interest},
    {"a rule on the wait", a_rule_on_the_wait},
    {"hearings", hearings},
    {"support", support},
    {"screening", screening},
    {"who goes first", who_goes_first},
    {"returns", returns},
    {"removed meanwhile", removed_meanwhile},
    {"birthdays", birthdays},
    {"children are not detained", children_are_not_detained},
    {"perfect decisions", perfect_decisions},
    {"leaving the state", leaving_the_state},
    {"another state", another_state},
    {"each case has its own status", each_case_has_its_own_status},
    {"each case has its own luck", each_case_has_its_own_luck},
    {"a loop ends", a_loop_ends},
    {"on the road", on_the_road},
    {"held and placed", held_and_placed},
    {"the same people", the_same_people},
    {"the same hearings", the_same_hearings},
    {"naive twin", naive_twin},
};
TEST_MAIN(cases)
