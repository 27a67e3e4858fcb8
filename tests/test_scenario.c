/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small scenario that uses every group, read and looked at; then the same with one thing wrong at a time; then those shipped. */
#include "output/hdf5_file.h"
#include "output/map.h"
#include "scenarios/scenario.h"
#include "scenarios/summary.h"
#include "scratch.h"
#include "sim/calendar.h"
#include "sim/digest.h"
#include "sim/field.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "test.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    const char *name, *text;
};

static const struct file base[] = {
    {"scenario.cfg",
     "title = \"A small one\";\n"
     "start = \"2020-02-20\";\n"
     "days = 60;\n"
     "seed = 7;\n"
     "scale = 2.0;\n"
     "sample = 0.5;\n"
     "world = { places = \"data/places.csv\"; links = \"data/links.csv\"; closures = \"data/closures.csv\"; states = \"data/states.csv\"; };\n"
     "drivers = (\n"
     "  { name = \"arrivals\"; over = \"place\"; file = \"data/arrivals.csv\"; },\n"
     "  { name = \"registered\"; over = \"place\"; method = \"linear\"; unit = \"people\"; file = \"data/registered.csv\"; },\n"
     "  { name = \"price\"; over = \"global\"; method = \"spline\"; file = \"data/price.csv\"; },\n"
     "  { name = \"rain\"; over = \"state\"; file = \"data/rain.csv\"; },\n"
     "  { name = \"smugglers\"; over = \"link\"; file = \"data/smugglers.csv\"; }\n"
     ");\n"
     "observed = \"registered\";\n"
     "traits = ( { name = \"gender\"; file = \"data/gender.csv\"; } );\n"
     "@include \"data/case.cfg\"\n"
     "policies = (\n"
     "  { name = \"more staff\"; lever = \"staff\"; where = \"interview\"; set = 9; from = \"2020-03-01\"; until = 40; },\n"
     "  { name = \"less staff\"; lever = \"staff\"; multiply = 0.5; from = 50; }\n"
     ");\n"
     "models = (\n"
     "  { name = \"arrivals\"; party_size = 2; },\n"
     "  { name = \"placement\"; }, { name = \"determination\"; }, { name = \"case\"; },\n"
     "  { name = \"flee_zones\"; rules = \"fixed\"; camp_movechance = 0.01; conflict_spawn_decay = (1, 0.5); }\n"
     ");\n"},
    {"data/case.cfg",
     "case = {\n"
     "  states = (\"South\"); start = \"first\";\n"
     "  statuses = ( { name = \"refugee\"; level = \"protection\"; doc = \"a paper\"; }, { name = \"stay\"; level = \"stay\"; }, { name = \"refused\"; level = \"none\"; } );\n"
     "  services = (\n"
     "    { name = \"interview\"; staff = 2.0; productivity = 1.75; rule = \"newest\"; first = \"children\"; overload_loss = 0.1; overload_days = 365;\n"
     "      cost = 165; payer = \"donor\"; by_state = (\n"
     "        { state = \"North\"; staff = 4; cost = 170; newest = false; first = \"vulnerable\"; },\n"
     "        { state = \"South\"; capacity = 5; } ); },\n"
     "    { name = \"appeal\"; capacity = 1; },\n"
     "    { name = \"beds\"; kind = \"places\"; capacity = 100; },\n"
     "    { name = \"lawyers\"; kind = \"places\"; staff = 5; productivity = 60; gives = \"counsel\"; to = \"adults\"; coverage = 0.5; }\n"
     "  );\n"
     "  placements = (\n"
     "    { name = \"shelter\"; service = \"beds\"; meanwhile = \"street\"; use = 3; vulnerable = 1; risk_from = 0.1; risk_to = 0.9; work = true;\n"
     "      leave_rate = 0.01; leave_stage = \"gone\"; leave_slope = 2; return_rate = 0.002; return_stage = \"home\"; mental_rate = 0.003;\n"
     "      physical_rate = 0.001; death_rate = 0.0001; onset = 0.12; lasting = 0.5; child_factor = 1.5; bands = (0, 30); band_factor = (1, 3);\n"
     "      appearance = 0.95; appearance_slope = 0.1; error = 1.2; max_days = 90; after = \"street\"; review_days = 30; cost_day = 35; payer = \"person\";\n"
     "      by_state = ( { state = \"South\"; use = 2; children = 1; max_days = 60; } ); },\n"
     "    { name = \"street\"; },\n"
     "    { name = \"closed\"; detains = true; by_state = ( { state = \"South\"; detain_children = 1; appearance = 0.99; } ); }\n"
     "  );\n"
     "  stages = (\n"
     "    { name = \"child\"; rate = 0.1; returns = \"none\"; outcomes = ( { to = \"granted\"; } ); },\n"
     "    { name = \"first\"; doc = \"begins\"; service = \"interview\"; priority = 2; deadline = 30; overdue = \"second\"; placements = (\"closed\", \"shelter\");\n"
     "      only = \"adults\"; otherwise = \"child\"; asks = (\"lawyers\"); screens = 0.7; hearing = true; no_show = \"gone\"; sensitivity = 0.8; specificity = 0.9;\n"
     "      outcomes = ( { to = \"granted\"; status = \"refugee\"; weight = 0.7; }, { to = \"second\"; weights = (0.1, 0.2, 0.3, 0.4); } ); },\n"
     "    { name = \"second\"; service = \"appeal\"; appeal = true; decided = true; removal = \"interview\"; removed = \"home\"; placements = ();\n"
     "      outcomes = ( { to = \"granted\"; } ); },\n"
     "    { name = \"granted\"; },\n"
     "    { name = \"gone\"; },\n"
     "    { name = \"home\"; returns = \"voluntary\"; }\n"
     "  );\n"
     "};\n"},
    {"data/places.csv",
     "name,state,region,latitude,longitude,kind,population,capacity,wage\n"
     "Aville,North,Hills,10.5,20,town+conflict,5000,,12.5\n"
     "Bburg,North,Hills,11,21,town,3000,,\n"
     "\"C, the camp\",South,Plain,9,22,camp,,800,7\n"
     "D,South,,8,23,idp_camp,,0,\n"},
    {"data/links.csv",
     "from,to,km,both,redirected,risk,mode\n"
     "Bburg,\"C, the camp\",120,,,0.1,sea\n"
     "Aville,Bburg,50.5,no,yes,\n"
     "D,Aville,75,yes,no,0.3,desert\n"},
    {"data/states.csv",
     "name,population,roles,income\n"
     "South,2.5e6,transit+destination,\n"
     "North,,origin,640.5\n"},
    {"data/closures.csv",
     "day,until,what,a,b,kind\n"
     "5,2020-03-01,link,Bburg,\"C, the camp\",\n"
     "2020-02-22,,place,D,,\n"
     "10,20,border,North,South,\n"
     "30,35,kind,Bburg,,town+conflict\n"
     "40,,redirect,D,Aville,\n"},
    {"data/arrivals.csv", "day,Aville,Bburg\n0,10,3\n8,,4\n9,20,\n"},
    {"data/registered.csv", "date,D,\"C, the camp\"\n2020-02-20,0,10\n2020-03-01,100,\n2020-04-10,300,210\n"},
    {"data/price.csv", "day,value\n0,1\n10,2\n30,5\n"},
    {"data/rain.csv", "day,South\n0,3.5\n"},
    {"data/smugglers.csv", "day,Aville>Bburg,\"Bburg > C, the camp\"\n0,1,2\n"},
    {"data/gender.csv", "value,default,D\nwoman,1,3\nman,1,1\n"},
};

static void write_base(const struct scratch *scratch)
{
    for (size_t i = 0; i < sizeof base / sizeof *base; i++) scratch_write(scratch, base[i].name, base[i].text);
}

/* Reads and opens. 0, or -1 with the first error of either. */
static int read_and_open(const char *path, struct error *error)
{
    struct setup setup;
    *error = (struct error){0};
    setup_init(&setup);
    int status = scenario_read(&setup, path, error);
    struct sim *sim = status ? NULL : sim_open(&setup, models, (struct sim_tuning){.threads = 1}, error);
    sim_close(sim);
    setup_free(&setup);
    return sim ? 0 : -1;
}

/* ---- what is read ---- */

static void run_values(const struct setup *setup)
{
    char start[16];
    calendar_text(setup->start, start);
    TEST(!strcmp(setup->title, "A small one") && !strcmp(start, "2020-02-20"), "%s %s", setup->title, start);
    TEST(setup->days == 60 && setup->seed == 7 && setup->scale == 2 && setup->sample == 0.5, "%d", setup->days);
    TEST(setup->observed && !strcmp(setup->observed, "registered"), "observed");
    TEST(setup->inputs == 12, "%d inputs", setup->inputs);
    for (int i = 0; i < setup->inputs; i++) {
        char hex[65];
        TEST(!digest_file(setup->input[i].path, hex) && !strcmp(hex, setup->input[i].sha256), "%s", setup->input[i].path);
    }
}

static const struct world_link *link_between(const struct world *world, const char *from, const char *to)
{
    uint32_t link = world_find_link(world, world_find_place(world, from), world_find_place(world, to));
    return link == WORLD_NOWHERE ? NULL : &world->link[link];
}

static void map(const struct world *world)
{
    const struct world_link *link = link_between(world, "Aville", "Bburg");
    TEST(world->places == 4 && world->states == 2 && world->links == 5, "%u %u %u", world->places, world->states, world->links);
    TEST(world->place[0].kind == (WORLD_TOWN | WORLD_CONFLICT) && world->place[3].kind == (WORLD_CAMP | WORLD_IDP_CAMP), "kinds");
    TEST(world->place[0].population == 5000 && world->place[2].capacity == 800 && world->place[2].population == 0, "people");
    TEST(world->place[1].latitude == 11 && world->place[1].longitude == 21 && !strcmp(world->place[1].region, "Hills"), "position");
    TEST(link && link->km == 50.5 && link->redirected, "the one-way link");
    TEST(!link_between(world, "Bburg", "Aville"), "both = no makes one link");
    TEST(link && link->mode == WORLD_ROAD, "a link is a road unless it says otherwise");
    link = link_between(world, "C, the camp", "Bburg");
    TEST(link && link->km == 120 && !link->redirected && link->mode == WORLD_SEA, "the way back");
    for (uint32_t i = 0; i < world->links; i++)
        TEST(world->link[i].mode == (world->link[i].km == 120 ? WORLD_SEA : world->link[i].km == 75 ? WORLD_DESERT
                                                                                                    : WORLD_ROAD),
             "mode of link %u", i);
}

/* The rows stand in another order than the states of the places. */
static void states(const struct world *world)
{
    uint32_t north = world_find_state(world, "North"), south = world_find_state(world, "South");
    const double *people = world_values(world, "population", WORLD_OF_STATES), *income = world_values(world, "income", WORLD_OF_STATES);
    TEST(north == 0 && south == 1, "the places say the order");
    TEST(world->role[north] == WORLD_ORIGIN && world->role[south] == (WORLD_TRANSIT | WORLD_DESTINATION), "roles");
    TEST(people && isnan(people[north]) && people[south] == 2.5e6, "people");
    TEST(income && income[north] == 640.5 && isnan(income[south]), "income");
    TEST(!world_values(world, "roles", WORLD_OF_STATES) && !world_values(world, "name", WORLD_OF_STATES), "texts are no columns of numbers");
    TEST(!world_values(world, "income", WORLD_OF_PLACES) && !world_values(world, "wage", WORLD_OF_STATES), "each table has columns of its own");
}

static void columns(const struct world *world)
{
    const double *wage = world_values(world, "wage", WORLD_OF_PLACES), *risk = world_values(world, "risk", WORLD_OF_LINKS);
    TEST(wage && wage[0] == 12.5 && isnan(wage[1]) && wage[2] == 7, "wage");
    for (uint32_t i = 0; risk && i < world->links; i++) {
        double expected = world->link[i].km == 120 ? 0.1 : world->link[i].km == 75 ? 0.3
                                                                                   : NAN;
        TEST(risk[i] == expected || (isnan(risk[i]) && isnan(expected)), "link %u: %g", i, risk[i]);
    }
    TEST(risk, "risk");
}

static bool open_on(struct world *world, int32_t day, const char *from, const char *to)
{
    world_rewind(world);
    for (int32_t d = 0; d <= day; d++) world_day(world, d);
    return link_between(world, from, to)->open;
}

static void closures(struct world *world)
{
    TEST(open_on(world, 4, "Bburg", "C, the camp") && !open_on(world, 5, "Bburg", "C, the camp"), "closes on day 5");
    TEST(!open_on(world, 9, "C, the camp", "Bburg"), "the way back closes too");
    TEST(!open_on(world, 15, "Bburg", "C, the camp") && open_on(world, 20, "Bburg", "C, the camp"), "the border, until day 20");
    TEST(open_on(world, 1, "D", "Aville") && !open_on(world, 2, "D", "Aville") && !open_on(world, 59, "D", "Aville"), "the place, for good");
    open_on(world, 32, "Aville", "Bburg");
    TEST(world->place[1].kind == (WORLD_TOWN | WORLD_CONFLICT), "the kind changes");
    open_on(world, 35, "Aville", "Bburg");
    TEST(world->place[1].kind == WORLD_TOWN, "and back");
    open_on(world, 39, "D", "Aville");
    TEST(!link_between(world, "D", "Aville")->redirected, "not yet");
    open_on(world, 40, "D", "Aville");
    TEST(link_between(world, "D", "Aville")->redirected && !link_between(world, "Aville", "D")->redirected, "redirected");
    world_rewind(world);
}

static void series(const struct setup *setup)
{
    const struct driver *arrivals = driver_find(&setup->drivers, "arrivals"), *registered = driver_find(&setup->drivers, "registered");
    const struct driver *price = driver_find(&setup->drivers, "price"), *rain = driver_find(&setup->drivers, "rain"), *smugglers = driver_find(&setup->drivers, "smugglers");
    TEST(arrivals && registered && price && rain && smugglers, "five drivers");
    TEST(driver_at(arrivals, 0, 8) == 10 && driver_at(arrivals, 0, 9) == 20 && driver_at(arrivals, 1, 30) == 4, "a blank field is no knot");
    TEST(isnan(driver_at(arrivals, 2, 0)), "no column, no series");
    TEST(driver_at(registered, 3, 5) == 50, "a date: %g", driver_at(registered, 3, 5));
    TEST(fabs(driver_at(registered, 2, 25) - 110) < 1e-9, "linear across the blank: %g", driver_at(registered, 2, 25));
    TEST(price->over == DRIVER_GLOBAL && price->method == DRIVER_SPLINE && driver_at(price, 0, 10) == 2, "spline");
    TEST(driver_at(rain, world_find_state(setup->world, "South"), 3) == 3.5, "by state");
    uint32_t link = world_find_link(setup->world, 0, 1);
    TEST(driver_at(smugglers, link, 0) == 1, "by link");
}

static void frame(const struct casegraph *graph)
{
    TEST(graph->stages == 6 && graph->placements == 3 && graph->services == 4 && graph->statuses == 3, "%d %d %d %d", graph->stages, graph->placements, graph->services, graph->statuses);
    TEST(graph->start == 1 && graph->states == 1 && graph->state[0] == 1, "begins in stage %d, opened in %d states", graph->start, graph->states);
    TEST(graph->status[0].level == CASEGRAPH_PROTECTION && graph->status[1].level == CASEGRAPH_STAY && graph->status[2].level == CASEGRAPH_NO_STAY, "levels");
    TEST(!strcmp(graph->status[0].doc, "a paper") && !strcmp(graph->status[2].name, "refused"), "statuses");
}

static void graph_services(const struct casegraph *graph)
{
    const struct casegraph_service *interview = &graph->service[0], *appeal = &graph->service[1], *beds = &graph->service[2], *lawyers = &graph->service[3];
    TEST(interview->staff == 2 && interview->productivity == 1.75 && interview->newest && interview->first == CASEGRAPH_FIRST_CHILDREN, "interview");
    TEST(interview->overload_loss == 0.1 && interview->overload_days == 365 && interview->cost == 165 && interview->payer == CASEGRAPH_DONOR && !interview->places, "interview");
    TEST(appeal->staff == 1 && appeal->productivity == 1 && !appeal->newest && appeal->first == CASEGRAPH_FIRST_NONE && appeal->coverage == 1, "capacity is staff");
    TEST(beds->places && beds->staff == 100 && beds->gives == CASEGRAPH_GIVES_NOTHING && beds->payer == CASEGRAPH_STATE, "beds");
    TEST(lawyers->places && lawyers->productivity == 60 && lawyers->gives == CASEGRAPH_GIVES_COUNSEL && lawyers->to == CASEGRAPH_ADULTS && lawyers->coverage == 0.5, "lawyers");
}

static void graph_shelter(const struct casegraph_placement *shelter)
{
    static const double rates[CASEGRAPH_CAUSES] = {0.01, 0.002, 0.003, 0.001, 0.0001};
    for (int i = 0; i < CASEGRAPH_CAUSES; i++) TEST(shelter->rate[i] == rates[i], "rate %d: %g", i, shelter->rate[i]);
    TEST(shelter->service == 2 && shelter->meanwhile == 1 && !shelter->detains && shelter->work, "shelter");
    TEST(shelter->use == 3 && shelter->children == 2 && shelter->vulnerable == 1 && shelter->risk_from == 0.1 && shelter->risk_to == 0.9, "rules");
    TEST(shelter->leave_slope == 2 && shelter->leave_stage == 4 && shelter->return_stage == 5 && shelter->onset == 0.12 && shelter->lasting == 0.5, "ways out");
    TEST(shelter->child_factor == 1.5 && shelter->bands == 2 && shelter->band[1] == 30 && shelter->band_factor[0] == 1 && shelter->band_factor[1] == 3, "bands");
    TEST(shelter->appearance == 0.95 && shelter->appearance_slope == 0.1 && shelter->error == 1.2, "hearings");
    TEST(shelter->max_days == 90 && shelter->after == 1 && shelter->review_days == 30 && shelter->cost_day == 35 && shelter->payer == CASEGRAPH_PERSON, "stay");
}

static void graph_stages(const struct casegraph *graph)
{
    static const double weights[CASEGRAPH_CLASSES] = {0.1, 0.2, 0.3, 0.4};
    const struct casegraph_stage *child = &graph->stage[0], *first = &graph->stage[1], *second = &graph->stage[2];
    TEST(first->service == 0 && first->priority == 2 && first->deadline == 30 && first->overdue == 2 && first->outcomes == 2 && !strcmp(first->doc, "begins"), "first");
    TEST(first->assigns && first->placements == 2 && first->placement[0] == 2 && first->placement[1] == 0, "placements in the order written");
    TEST(first->only == CASEGRAPH_ADULTS && first->otherwise == 0 && first->asks == 1U << CASEGRAPH_GIVES_COUNSEL && first->screens == 0.7, "who");
    TEST(first->hearing && first->no_show == 4 && first->sensitivity == 0.8 && first->specificity == 0.9 && !first->decided && !first->appeal, "hearing");
    TEST(first->outcome[0].to == 3 && first->outcome[0].status == 0 && first->outcome[1].to == 2 && first->outcome[1].status == CASEGRAPH_NONE, "outcomes");
    for (int i = 0; i < CASEGRAPH_CLASSES; i++)
        TEST(first->outcome[0].weight[i] == 0.7 && first->outcome[1].weight[i] == weights[i] && second->outcome[0].weight[i] == 1, "weights of class %d", i);
    TEST(second->appeal && second->decided && second->removal == 0 && second->removed == 5 && second->assigns && second->placements == 0, "second: outside any placement");
    TEST(child->rate == 0.1 && child->service == -1 && !child->assigns && isnan(child->sensitivity) && child->only == CASEGRAPH_ALL, "child");
    TEST(casegraph_is_final(&graph->stage[3]) && graph->stage[3].overdue == CASEGRAPH_NONE && graph->stage[5].returns == CASEGRAPH_VOLUNTARY, "final");
}

static void graph_given(const struct casegraph *graph)
{
    static const struct {
        const char *lever;
        bool of_service;
        int item;
        uint32_t state;
        double value;
    } wanted[] = {{"staff", true, 0, 0, 4}, {"productivity", true, 0, 0, -1}, {"service_cost", true, 0, 0, 170}, {"newest", true, 0, 0, 0}, {"first", true, 0, 0, CASEGRAPH_FIRST_VULNERABLE}, {"staff", true, 0, 1, 5}, {"productivity", true, 0, 1, 1}, {"service_cost", true, 0, 1, -1}, {"use", false, 0, 1, 2}, {"children", false, 0, 1, 1}, {"max_days", false, 0, 1, 60}, {"use", false, 0, 0, -1}, {"detain_children", false, 2, 1, 1}, {"appearance", false, 2, 1, 0.99}, {"children", false, 2, 1, -1}};
    TEST(graph->givens == 11, "%d values by state", graph->givens);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        double value = casegraph_given(graph, wanted[i].lever, wanted[i].of_service, wanted[i].item, wanted[i].state, -1);
        TEST(value == wanted[i].value, "%s of %d in %u: %g, expected %g", wanted[i].lever, wanted[i].item, wanted[i].state, value, wanted[i].value);
    }
}

static void graph(const struct casegraph *graph)
{
    const struct casegraph_placement *street = &graph->placement[1], *closed = &graph->placement[2];
    frame(graph);
    graph_services(graph);
    graph_shelter(&graph->placement[0]);
    TEST(street->service == -1 && street->children == 2 && street->use == 1 && street->bands == 1 && street->band_factor[0] == 1, "defaults");
    TEST(closed->detains && closed->children == 0, "no child is detained unless the scenario says so");
    graph_stages(graph);
    graph_given(graph);
}

static void rest(const struct setup *setup)
{
    const struct trait *trait = &setup->traits.trait[0];
    TEST(setup->traits.count == 1 && trait->values == 2 && !strcmp(trait->label[0], "woman") && trait->rows == 1 && trait->place[0] == 3 && trait->weight[0] == 3, "trait");
    const struct lever_policy *policy = setup->levers.policy;
    TEST(setup->levers.policies == 2, "%u policies", setup->levers.policies);
    TEST(policy[0].cell == 0 && policy[0].cells == 2 && policy[0].operation == LEVER_SET && policy[0].value == 9 && policy[0].from == 10 && policy[0].to == 40 && policy[0].line == 19, "the first: days %d to %d, line %d", policy[0].from, policy[0].to, policy[0].line);
    TEST(policy[1].cell == -1 && policy[1].operation == LEVER_MULTIPLY && policy[1].from == 50 && policy[1].to == -1, "the second");
    TEST(setup->models == 5 && setup->givens == 4, "%d models, %d values", setup->models, setup->givens);
    TEST(setup->given[3].list.count == 2 && setup->given[3].list.value[1] == 0.5 && setup->given[3].line == 25, "a list, line %d", setup->given[3].line);
}

static void everything(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    if (!error.status) {
        run_values(&setup);
        map(setup.world);
        states(setup.world);
        columns(setup.world);
        closures(setup.world);
        series(&setup);
        graph(&setup.casegraph);
        rest(&setup);
    }
    setup_free(&setup);
    TEST(!read_and_open(scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    scratch_close(&scratch);
}

/* ---- what is refused ---- */

/* One edit of one file, and what the message must hold. */
struct variant {
    const char *file, *old, *new, *expected[3];
};

static const struct variant variants[] = {
    /* the run */
    {"scenario.cfg", "days = 60;", "dasy = 60;", {"'days' is missing", "is 'dasy' on line 3 meant?"}},
    {"scenario.cfg", "days = 60;", "days = 5000000000;", {"scenario.cfg:3:", "5000000000 does not fit in 32 bits", "5000000000L"}},
    {"scenario.cfg", "days = 60;", "days = 60.5;", {"scenario.cfg:3: days: expected a whole number", "60.5"}},
    {"scenario.cfg", "days = 60;", "days = 0;", {"days: expected a whole number from 1", "found 0"}},
    {"scenario.cfg", "days = 60;", "days = \"60\";", {"expected a whole number", "the text"}},
    {"scenario.cfg", "days = 60;", "days = 60;\ndays = 61;", {"scenario.cfg:4:", "duplicate setting name"}},
    {"scenario.cfg", "start = \"2020-02-20\"", "start = \"2020-02-30\"", {"scenario.cfg:2: start:", "expected a date", "2020-02-30"}},
    {"scenario.cfg", "start = \"2020-02-20\"", "start = \"20-02-2020\"", {"expected a date"}},
    {"scenario.cfg", "scale = 2.0", "scale = 0.5", {"scale: expected a number from 1", "0.5"}},
    {"scenario.cfg", "scale = 2.0", "scale = 1e999", {"1e999 is too large"}},
    {"scenario.cfg", "sample = 0.5", "sample = 1.5", {"sample: expected a number from 0 to 1"}},
    {"scenario.cfg", "seed = 7", "seed = -7", {"seed: expected a whole number from 0"}},
    {"scenario.cfg", "seed = 7", "sede = 7", {"scenario.cfg:4: sede: unknown setting", "did you mean 'seed'?"}},
    {"scenario.cfg", "seed = 7", "weather = 7", {"weather: unknown setting", "known here: title"}},
    {"scenario.cfg", "@include \"data/case.cfg\"", "@include \"data/cases.cfg\"", {"scenario.cfg:17:", "data/cases.cfg", "no such file"}},
    {"data/case.cfg", "case = {", "@include \"scenario.cfg\"\ncase = {", {"data/case.cfg:1:", "includes itself"}},
    /* the map */
    {"scenario.cfg", "data/places.csv", "data/plces.csv", {"scenario.cfg:7: world.places:", "no such file"}},
    {"scenario.cfg", "data/places.csv", "data", {"expected a file, found a directory"}},
    {"scenario.cfg", "places = \"data/places.csv\";", "places = 3;", {"world.places: expected a text"}},
    {"data/places.csv", "name,state", "nmae,state", {"places.csv:1:", "expected a column 'name'", "did you mean 'nmae'?"}},
    {"data/places.csv", "population,capacity", "populaton,capacity", {"places.csv:1:", "unknown column 'populaton'", "did you mean 'population'?"}},
    {"data/places.csv", "population,capacity", "capacity,capacity", {"places.csv:1:", "column 'capacity' is named twice"}},
    {"data/places.csv", "Bburg,North", "Aville,North", {"places.csv:3:", "place 'Aville' is there already, on line 2"}},
    {"data/places.csv", "Bburg,North", ",North", {"places.csv:3:", "'name'", "found nothing"}},
    {"data/places.csv", "Bburg,North", "B>C,North", {"places.csv:3:", "may not hold '>'"}},
    {"data/places.csv", "town+conflict,5000", "town+conflict,-5000", {"places.csv:2:", "'population'", "-5000"}},
    {"data/places.csv", "town+conflict,5000", "town+conflict,NaN", {"places.csv:2:", "expected a number", "NaN"}},
    {"data/places.csv", "town+conflict,5000", "town+conflict,inf", {"places.csv:2:", "expected a number", "inf"}},
    {"data/places.csv", "town+conflict,5000", "town+conflikt,5000", {"places.csv:2:", "conflikt", "did you mean 'conflict'?"}},
    {"data/places.csv", "10.5,20,", "100.5,20,", {"places.csv:2:", "'latitude'", "from -90 to 90"}},
    {"data/places.csv", "12.5\n", "high\n", {"places.csv:2:", "expected a number in column 'wage'", "high"}},
    {"data/places.csv", "12.5\n", "12.5,1\n", {"places.csv:2:", "expected 9 fields"}},
    {"data/links.csv", "Bburg,\"C, the camp\"", "Burg,\"C, the camp\"", {"links.csv:2:", "there is no place 'Burg'", "did you mean 'Bburg'?"}},
    {"data/links.csv", "50.5", "-50.5", {"links.csv:3:", "'km'", "-50.5"}},
    {"data/links.csv", "50.5", "", {"links.csv:3:", "expected a number in column 'km'", "found nothing"}},
    {"data/links.csv", "no,yes", "non,yes", {"links.csv:3:", "both: expected one of no, yes", "did you mean 'no'?"}},
    {"data/links.csv", "D,Aville,75", "D,D,75", {"links.csv:4:", "from 'D' to itself"}},
    {"data/links.csv", "D,Aville,75", "Aville,Bburg,75", {"links.csv:4:", "is there already, on line 3"}},
    {"data/closures.csv", "link,Bburg", "link,Aville", {"closures.csv:2:", "no link from 'Aville' to 'C, the camp'"}},
    {"data/closures.csv", "border,North,South", "border,North,Suoth", {"closures.csv:4:", "there is no state 'Suoth'", "did you mean 'South'?"}},
    {"data/closures.csv", "10,20,border", "60,70,border", {"closures.csv:4:", "day 60 (2020-04-20) is outside the run", "day 59 (2020-04-19)"}},
    {"data/closures.csv", "10,20,border", "2019-12-31,20,border", {"closures.csv:4:", "outside the run"}},
    {"data/closures.csv", "10,20,border", "20,10,border", {"closures.csv:4:", "expected 'until' after 'day'"}},
    {"data/closures.csv", "10,20,border", "10,20,boarder", {"closures.csv:4:", "what:", "did you mean 'border'?"}},
    {"data/closures.csv", "10,20,border", "soon,20,border", {"closures.csv:4:", "expected a day (30) or a date", "soon"}},
    {"data/closures.csv", "place,D,,", "place,D,Aville,", {"closures.csv:3:", "'b'", "blank"}},
    {"data/closures.csv", "a,b,kind", "a,b,kind,why", {"closures.csv:1:", "unknown column 'why'"}},
    {"data/closures.csv", "place,D,,\n", "kind,D,,\n", {"closures.csv:3:", "expected a text in column 'kind'", "found nothing"}},
    /* kinds, modes and states */
    {"data/places.csv", "idp_camp", "detenton", {"places.csv:5:", "kind: expected one of town, camp, idp_camp", "did you mean 'detention'?"}},
    {"data/places.csv", "town,3000", "town+embarcation,3000", {"places.csv:3:", "found 'embarcation'", "did you mean 'embarkation'?"}},
    {"data/places.csv", "town,3000", "town+,3000", {"places.csv:3:", "found ''"}},
    {"data/places.csv", "town,3000", ",3000", {"places.csv:3:", "expected a text in column 'kind'", "found nothing"}},
    {"data/closures.csv", "town+conflict", "recption", {"closures.csv:5:", "did you mean 'reception'?"}},
    {"data/links.csv", ",sea\n", ",see\n", {"links.csv:2:", "mode: expected one of road, desert, rail, sea, air, found 'see'", "did you mean 'sea'?"}},
    {"data/links.csv", ",desert\n", ",desert+road\n", {"links.csv:4:", "mode: expected one of", "found 'desert+road'"}},
    {"data/links.csv", "risk,mode", "risk,mod", {"links.csv:1:", "unknown column 'mod'", "did you mean 'mode'?"}},
    {"data/links.csv", "risk,mode", "mode,mode", {"links.csv:1:", "column 'mode' is named twice"}},
    {"scenario.cfg", "states = \"data", "stats = \"data", {"scenario.cfg:7: world.stats: unknown setting", "did you mean 'states'?"}},
    {"scenario.cfg", "data/states.csv", "data/sates.csv", {"scenario.cfg:7: world.states:", "no such file"}},
    {"data/states.csv", "name,", "nmae,", {"states.csv:1:", "expected a column 'name'", "did you mean 'nmae'?"}},
    {"data/states.csv", "roles", "rolls", {"states.csv:1:", "unknown column 'rolls'", "did you mean 'roles'?"}},
    {"data/states.csv", "income", "population", {"states.csv:1:", "column 'population' is named twice"}},
    {"data/states.csv", "income", "gdp/head", {"states.csv:1:", "may not hold '/'", "'gdp/head'"}},
    {"data/states.csv", "South", "Suoth", {"states.csv:2:", "found 'Suoth', in which no place lies", "did you mean 'South'?"}},
    {"data/states.csv", "South", "Aville", {"states.csv:2:", "expected a state that has a place", "found 'Aville'"}},
    {"data/states.csv", "North", "South", {"states.csv:3:", "state 'South' is there already, on line 2"}},
    {"data/states.csv", "North", "", {"states.csv:3:", "expected a text in column 'name'", "found nothing"}},
    {"data/states.csv", "destination", "destinatoin", {"states.csv:2:", "roles: expected one of origin, transit, destination, found 'destinatoin'", "did you mean 'destination'?"}},
    {"data/states.csv", "transit+", "transit,", {"states.csv:2:", "column 'income'", "'destination'"}},
    {"data/states.csv", "640.5", "poor", {"states.csv:3:", "expected a number in column 'income'", "poor"}},
    {"data/states.csv", "640.5", "640.5,1", {"states.csv:3:", "expected 4 fields"}},
    /* drivers and traits */
    {"scenario.cfg", "name = \"rain\"", "name = \"price\"", {"scenario.cfg:12:", "already a driver 'price'"}},
    {"scenario.cfg", "over = \"state\"", "over = \"country\"", {"over: expected one of global, place, state, link", "country"}},
    {"scenario.cfg", "method = \"spline\"", "method = \"splines\"", {"scenario.cfg:11:", "did you mean 'spline'?"}},
    {"scenario.cfg", "observed = \"registered\"", "observed = \"registred\"", {"scenario.cfg:15: observed:", "no driver 'registred'", "did you mean 'registered'?"}},
    {"scenario.cfg", "observed = \"registered\"", "observed = \"rain\"", {"observed:", "over places"}},
    {"data/price.csv", "30,5\n", "", {"price.csv:1:", "\"spline\" needs at least 3 values, found 2"}},
    {"data/price.csv", "day,value", "day,Value", {"price.csv:1:", "expected one column 'value'"}},
    {"data/price.csv", "day,value", "when,value", {"price.csv:1:", "expected 'day' or 'date'", "when"}},
    {"data/arrivals.csv", "8,,4\n9,20,", "9,,4\n8,20,", {"arrivals.csv:4:", "days must ascend: '8' does not come after '9'"}},
    {"data/arrivals.csv", "8,,4\n9,20,", "9,,4\n9,20,", {"arrivals.csv:4:", "days must ascend"}},
    {"data/arrivals.csv", "Aville,Bburg", "Aville,Aburg", {"arrivals.csv:1:", "there is no place 'Aburg'", "did you mean 'Bburg'?"}},
    {"data/arrivals.csv", "0,10,3", "0,ten,3", {"arrivals.csv:2:", "expected a number in column 'Aville'", "ten"}},
    {"data/arrivals.csv", "day,Aville,Bburg\n0,10,3\n8,,4\n9,20,\n", "day,Aville,Bburg\n", {"arrivals.csv:", "holds no rows"}},
    {"data/arrivals.csv", "day,Aville,Bburg\n0,10,3\n8,,4\n9,20,\n", "", {"arrivals.csv:", "expected a first row with the names"}},
    {"data/arrivals.csv", "0,10,3\n8,,4\n9,20,", "0,10,\n8,,\n9,20,", {"arrivals.csv:1:", "column 'Bburg'", "at least 1 values, found 0"}},
    {"data/rain.csv", "day,South", "day,Suoth", {"rain.csv:1:", "there is no state 'Suoth'", "did you mean 'South'?"}},
    {"data/rain.csv", "day,South", "day,Aville", {"rain.csv:1:", "there is no state 'Aville'"}},
    {"data/rain.csv", "South\n0,3.5", "South,South\n0,3.5,3", {"rain.csv:1:", "column 'South' is named twice"}},
    {"data/smugglers.csv", "Bburg > C, the camp", "Aville > Bburg", {"smugglers.csv:1:", "two columns stand for 'Aville > Bburg'"}},
    {"data/smugglers.csv", "Aville>Bburg", "Bburg>Aville", {"smugglers.csv:1:", "there is no link from 'Bburg' to 'Aville'"}},
    {"data/smugglers.csv", "Aville>Bburg", "Aville-Bburg", {"smugglers.csv:1:", "expected a link \"From>To\""}},
    {"data/gender.csv", "woman,1,3", "woman,-1,3", {"gender.csv:2:", "'default'", "negative"}},
    {"data/gender.csv", "man,1,1\n", "woman,1,1\n", {"gender.csv:3:", "value 'woman' is there already, on line 2"}},
    {"data/gender.csv", "woman,1,3\nman,1,1\n", "woman,0,3\nman,0,1\n", {"gender.csv:1:", "'default': the weights are all 0"}},
    {"data/gender.csv", "default", "Default", {"gender.csv:1:", "expected a column 'default'", "did you mean 'Default'?"}},
    /* the case */
    {"data/case.cfg", "service = \"interview\"; priority", "service = \"interviews\"; priority", {"data/case.cfg:24:", "no service 'interviews'", "did you mean 'interview'?"}},
    {"data/case.cfg", "overdue = \"second\"", "overdue = \"secnd\"", {"data/case.cfg:24:", "no stage 'secnd'", "did you mean 'second'?"}},
    {"data/case.cfg", "placements = (\"closed\", \"shelter\")", "placements = (\"closed\", \"sheltr\")", {"data/case.cfg:24:", "no placement 'sheltr'", "did you mean 'shelter'?"}},
    {"data/case.cfg", "placements = (\"closed\", \"shelter\")", "placements = (\"closed\", \"closed\")", {"data/case.cfg:24:", "'closed' is there already"}},
    {"data/case.cfg", "rule = \"newest\"", "rule = \"youngest\"", {"data/case.cfg:5:", "rule: expected one of oldest, newest"}},
    {"data/case.cfg", "first = \"children\"", "first = \"childern\"", {"data/case.cfg:5:", "first: expected one of none, children, vulnerable", "did you mean 'children'?"}},
    {"data/case.cfg", "deadline = 30", "deadline = -30", {"data/case.cfg:24: case.stages.deadline: expected a number from 0", "-30"}},
    {"data/case.cfg", "{ name = \"gone\"; }", "{ name = \"granted\"; }", {"data/case.cfg:30:", "'granted' is there already"}},
    {"data/case.cfg", "{ name = \"gone\"; }", "{ name = \"a@b\"; }", {"data/case.cfg:30:", "expected a name without '@'", "'a@b'"}},
    {"data/case.cfg", "{ name = \"street\"; }", "{ name = \"all\"; }", {"data/case.cfg:19:", "not \"all\""}},
    {"data/case.cfg", " return_stage = \"home\";", "", {"data/case.cfg:14:", "'return_stage' is missing: a return_rate"}},
    {"data/case.cfg", "leave_stage = \"gone\"", "leave_stage = \"gome\"", {"data/case.cfg:15:", "no stage 'gome'", "did you mean"}},
    {"data/case.cfg", "weight = 0.7", "wieght = 0.7", {"data/case.cfg:26:", "wieght: unknown setting", "did you mean 'weight'?"}},
    {"data/case.cfg", "weight = 0.7", "weight = 0.7; weights = (1, 1, 1, 1)", {"data/case.cfg:26:", "either 'weight' or 'weights'"}},
    {"data/case.cfg", "(0.1, 0.2, 0.3, 0.4)", "(0.1, 0.2, 0.3)", {"data/case.cfg:26:", "expected four numbers", "refugee, other, obstacle, none"}},
    {"data/case.cfg", "(0.1, 0.2, 0.3, 0.4)", "(0.1, 0.2, 0.3, -0.4)", {"data/case.cfg:26:", "expected four numbers of 0 or more"}},
    {"data/case.cfg", "status = \"refugee\"", "status = \"refugees\"", {"data/case.cfg:26:", "no status 'refugees'", "did you mean 'refugee'?"}},
    {"data/case.cfg", "{ name = \"gone\"; }", "{ name = \"gone\"; },\n{ name = \"never\"; }", {"data/case.cfg:1: case:", "'never' cannot be reached"}},
    {"data/case.cfg", "start = \"first\"", "start = \"frist\"", {"data/case.cfg:2:", "no stage 'frist'", "did you mean 'first'?"}},
    {"data/case.cfg", "states = (\"South\")", "states = (\"Suoth\")", {"data/case.cfg:2:", "no state 'Suoth'", "did you mean 'South'?"}},
    {"data/case.cfg", "states = (\"South\")", "states = (\"South\", \"South\")", {"data/case.cfg:2:", "'South' is there already"}},
    {"data/case.cfg", "states = (\"South\")", "states = ()", {"data/case.cfg:2:", "expected at least one state"}},
    {"data/case.cfg", "level = \"stay\"", "level = \"stays\"", {"data/case.cfg:3:", "level: expected one of none, stay, protection", "did you mean 'stay'?"}},
    {"data/case.cfg", "level = \"stay\"; ", "", {"data/case.cfg:3:", "'level' is missing"}},
    {"data/case.cfg", "staff = 2.0", "staff = 2.0; capacity = 3", {"data/case.cfg:5:", "either 'capacity' or 'staff' and 'productivity', found both"}},
    {"data/case.cfg", "staff = 2.0", "staff = -2.0", {"data/case.cfg:5: case.services.staff:", "expected a number from 0", "-2"}},
    {"data/case.cfg", "overload_loss = 0.1", "overload_loss = 1.1", {"data/case.cfg:5:", "from 0 to 1", "1.1"}},
    {"data/case.cfg", " overload_days = 365;", "", {"data/case.cfg:5:", "overload_loss needs overload_days"}},
    {"data/case.cfg", "payer = \"donor\"", "payer = \"donors\"", {"payer: expected one of state, donor, person", "did you mean 'donor'?"}},
    {"data/case.cfg", "kind = \"places\"; capacity = 100", "kind = \"daily\"; capacity = 100", {"data/case.cfg:14:", "expected a service of kind \"places\", found 'beds'"}},
    {"data/case.cfg", "kind = \"places\"; staff = 5", "staff = 5", {"data/case.cfg:11:", "expected kind = \"places\" for a service that gives a counsel"}},
    {"data/case.cfg", "gives = \"counsel\"; ", "", {"data/case.cfg:11:", "services.to: means nothing without 'gives'"}},
    {"data/case.cfg", "to = \"adults\"", "to = \"adlts\"", {"data/case.cfg:11:", "to: expected one of all, children, adults", "did you mean 'adults'?"}},
    {"data/case.cfg", "{ name = \"appeal\"; capacity = 1; }", "{ name = \"appeal\"; kind = \"places\"; gives = \"counsel\"; }", {"data/case.cfg:11:", "service 'lawyers' gives a counsel, as 'appeal' does"}},
    {"data/case.cfg", "state = \"North\"; staff", "state = \"South\"; staff", {"data/case.cfg:8:", "'South' is there already"}},
    {"data/case.cfg", "state = \"North\"; staff", "state = \"Nroth\"; staff", {"data/case.cfg:7:", "no state 'Nroth'", "did you mean 'North'?"}},
    {"data/case.cfg", "staff = 4; cost", "staf = 4; cost", {"data/case.cfg:7:", "staf: unknown setting", "did you mean 'staff'?"}},
    {"data/case.cfg", "staff = 4; cost", "overload_loss = 0.2; cost", {"data/case.cfg:7:", "overload_loss: unknown setting"}},
    {"data/case.cfg", "capacity = 5", "capacity = 5; productivity = 2", {"data/case.cfg:8:", "either 'capacity' or 'staff'"}},
    {"data/case.cfg", "newest = false", "newest = 0", {"data/case.cfg:7:", "expected true or false"}},
    {"data/case.cfg", "meanwhile = \"street\"", "meanwhile = \"shelter\"", {"data/case.cfg:14:", "expected another placement to wait in"}},
    {"data/case.cfg", "service = \"beds\"; ", "", {"data/case.cfg:14:", "meanwhile: means nothing without 'service'"}},
    {"data/case.cfg", "after = \"street\"", "after = \"steet\"", {"data/case.cfg:17:", "no placement 'steet'", "did you mean 'street'?"}},
    {"data/case.cfg", "vulnerable = 1;", "vulnerable = 3;", {"data/case.cfg:14:", "expected a whole number from 0 to 2, found 3"}},
    {"data/case.cfg", "vulnerable = 1;", "vulnerable = 1.5;", {"data/case.cfg:14:", "expected a whole number", "1.5"}},
    {"data/case.cfg", "risk_to = 0.9", "risk_to = 0.1", {"data/case.cfg:14:", "expected risk_from below risk_to"}},
    {"data/case.cfg", "work = true", "detain_children = 1", {"data/case.cfg:14:", "detain_children: means nothing without detains = true"}},
    {"data/case.cfg", "detain_children = 1;", "detain_children = 1; children = 1;", {"data/case.cfg:20:", "either 'children' or 'detain_children'"}},
    {"data/case.cfg", "bands = (0, 30)", "bands = (0, 30, 60)", {"data/case.cfg:14:", "as many numbers in 'bands' as in 'band_factor', found 3 and 2"}},
    {"data/case.cfg", "bands = (0, 30)", "bands = (1, 30)", {"data/case.cfg:14:", "bands: expected 0 first"}},
    {"data/case.cfg", "bands = (0, 30)", "bands = (0, 0)", {"data/case.cfg:14:", "expected days that ascend"}},
    {"data/case.cfg", "band_factor = (1, 3)", "band_factor = (1, -3)", {"band_factor: expected numbers from 0", "-3"}},
    {"data/case.cfg", "appearance = 0.95", "appearance = 95", {"data/case.cfg:17:", "from 0 to 1", "95"}},
    {"data/case.cfg", "leave_rate = 0.01", "leave_rate = 0.01; leav_rate = 1", {"data/case.cfg:15:", "leav_rate: unknown setting", "did you mean 'leave_rate'?"}},
    {"data/case.cfg", "priority = 2", "priority = 8", {"data/case.cfg:24:", "priority: expected a whole number from 0 (first) to 7, found 8"}},
    {"data/case.cfg", "priority = 2", "rate = 0.1", {"data/case.cfg:24:", "either 'service' or 'rate', found both"}},
    {"data/case.cfg", "service = \"interview\"; priority", "service = \"beds\"; priority", {"data/case.cfg:24:", "expected a service of kind \"daily\", found 'beds'"}},
    {"data/case.cfg", "only = \"adults\"; ", "", {"data/case.cfg:25:", "otherwise: means nothing without 'only'"}},
    {"data/case.cfg", " otherwise = \"child\";", "", {"data/case.cfg:24:", "'otherwise' is missing"}},
    {"data/case.cfg", "rate = 0.1; returns", "only = \"children\"; otherwise = \"first\"; rate = 0.1; returns", {"data/case.cfg:1: case:", "circle"}},
    {"data/case.cfg", "asks = (\"lawyers\")", "asks = (\"lawers\")", {"data/case.cfg:25:", "no service 'lawers'", "did you mean 'lawyers'?"}},
    {"data/case.cfg", "asks = (\"lawyers\")", "asks = (\"beds\")", {"data/case.cfg:25:", "expected a service that gives counsel, a guardian", "'beds'"}},
    {"data/case.cfg", "hearing = true", "hearing = false", {"data/case.cfg:25:", "no_show: means nothing without hearing = true"}},
    {"data/case.cfg", " no_show = \"gone\";", "", {"data/case.cfg:24:", "'no_show' is missing: a hearing"}},
    {"data/case.cfg", " specificity = 0.9;", "", {"data/case.cfg:24:", "both 'sensitivity' and 'specificity' or neither"}},
    {"data/case.cfg", "sensitivity = 0.8", "sensitivity = 80", {"data/case.cfg:25:", "from 0 to 1", "80"}},
    {"data/case.cfg", " removed = \"home\";", "", {"data/case.cfg:27:", "'removed' is missing: a removal"}},
    {"data/case.cfg", "removal = \"interview\"", "removal = \"beds\"", {"data/case.cfg:27:", "removal: expected a service of kind \"daily\""}},
    {"data/case.cfg", "returns = \"voluntary\"", "returns = \"volunteer\"", {"data/case.cfg:31:", "returns: expected one of none, forced, voluntary"}},
    /* policies */
    {"scenario.cfg", "lever = \"staff\"; where", "lever = \"staf\"; where", {"scenario.cfg:19: policies.lever:", "did you mean 'staff'?"}},
    {"scenario.cfg", "where = \"interview\"", "where = \"interveiw\"", {"scenario.cfg:19:", "no service 'interveiw'", "did you mean 'interview'?"}},
    {"scenario.cfg", "where = \"interview\"", "where = \"interview@Suoth\"", {"scenario.cfg:19:", "no state 'Suoth'", "did you mean 'South'?"}},
    {"scenario.cfg", "where = \"interview\"", "where = \"interveiw@South\"", {"scenario.cfg:19:", "no service 'interveiw'", "did you mean 'interview'?"}},
    {"scenario.cfg", "where = \"interview\"", "where = \"interview@\"", {"scenario.cfg:19:", "no state ''"}},
    {"scenario.cfg", "where = \"interview\"", "where = \"shelter\"", {"scenario.cfg:19:", "no service 'shelter'"}},
    {"scenario.cfg", "multiply = 0.5; from = 50", "set = 5; where = \"interview@North\"; from = 20", {"scenario.cfg:20:", "sets lever 'staff' where and when policy 'more staff'"}},
    {"scenario.cfg", "multiply = 0.5", "multiply = 0.5; add = 1", {"scenario.cfg:20:", "expected one of set, multiply or add, found 2"}},
    {"scenario.cfg", "multiply = 0.5;", "", {"expected one of set, multiply or add, found 0"}},
    {"scenario.cfg", "set = 9", "set = -9", {"scenario.cfg:19:", "takes values from 0", "-9"}},
    {"scenario.cfg", "multiply = 0.5; from = 50", "set = 5; from = 20", {"scenario.cfg:20:", "sets lever 'staff' where and when policy 'more staff'"}},
    {"scenario.cfg", "from = 50", "from = 60", {"scenario.cfg:20:", "outside the run"}},
    {"scenario.cfg", "from = \"2020-03-01\"", "from = \"2020-02-30\"", {"scenario.cfg:19:", "expected a day (30) or a date", "2020-02-30"}},
    {"scenario.cfg", "until = 40", "until = 10", {"scenario.cfg:19:", "expected 'until' after 'from'"}},
    {"scenario.cfg", "until = 40", "until = 40.5", {"policies.until: expected a day"}},
    {"scenario.cfg", "multiply = 0.5;", "multiply = 0.5; when = { indicator = \"x\"; };", {"expected either 'above' or 'below'"}},
    {"scenario.cfg", "multiply = 0.5;", "multiply = 0.5; when = { indicator = \"trust\"; above = 1; };", {"scenario.cfg:20:", "indicator 'trust'"}},
    /* models */
    {"scenario.cfg", "name = \"flee_zones\"", "name = \"flee_zone\"", {"scenario.cfg:25: models:", "no model 'flee_zone'", "did you mean 'flee_zones'?"}},
    {"scenario.cfg", "name = \"placement\"", "name = \"arrivals\"", {"scenario.cfg:24:", "'arrivals' is there already"}},
    {"scenario.cfg", "camp_movechance", "camp_movchance", {"scenario.cfg:25:", "no parameter 'camp_movchance'", "did you mean 'camp_movechance'?"}},
    {"scenario.cfg", "camp_movechance = 0.01", "camp_movechance = 1.01", {"scenario.cfg:25:", "flee_zones.camp_movechance", "1.01"}},
    {"scenario.cfg", "camp_movechance = 0.01", "camp_movechance = \"few\"", {"scenario.cfg:25:", "expected a number", "few"}},
    {"scenario.cfg", "party_size = 2", "party_size = 2.0", {"scenario.cfg:23:", "arrivals.party_size", "expected a whole number"}},
    {"scenario.cfg", "rules = \"fixed\"", "rules = \"fixd\"", {"scenario.cfg:25:", "did you mean 'fixed'?"}},
    {"scenario.cfg", "conflict_spawn_decay = (1, 0.5)", "conflict_spawn_decay = (1, \"x\")", {"scenario.cfg:25:", "expected a number", "\"x\""}},
    {"scenario.cfg", "conflict_spawn_decay = (1, 0.5)", "conflict_spawn_decay = { a = 1; }", {"scenario.cfg:25:", "found a group"}},
};

static void try_variant(const struct variant *v)
{
    struct scratch scratch = scratch_open();
    struct error error;
    write_base(&scratch);
    scratch_edit(&scratch, v->file, v->old, v->new);
    TEST(read_and_open(scratch_path(&scratch, "scenario.cfg"), &error) == -1, "accepted: %s: %s", v->file, v->new);
    TEST(error.status == FAIL_INPUT, "%s: status %d: %s", v->new, (int)error.status, error.text);
    for (int i = 0; i < 3 && v->expected[i]; i++) TEST(strstr(error.text, v->expected[i]), "%s: '%s' is not in '%s'", v->new, v->expected[i], error.text);
    scratch_close(&scratch);
}

static void refused(void)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) try_variant(&variants[i]);
}

static int read_unreadable(void *context)
{
    struct error error;
    if (!read_and_open(context, &error)) return 1;
    return strstr(error.text, "scenario.cfg:7: world.links") && strstr(error.text, "Permission denied") ? 0 : 2;
}

static void unreadable(void)
{
    struct scratch scratch = scratch_open();
    char path[512];
    write_base(&scratch);
    chmod(scratch_path(&scratch, "data/links.csv"), 0);
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "scenario.cfg"));
    int status = scratch_without_rights(read_unreadable, path);
    if (status < 0) test_skip("privileges cannot be dropped, so that every file can be read");
    else TEST(status == 0, "%s", status == 1 ? "it was read" : "another message");
    scratch_close(&scratch);
}

/* ---- optional groups, several places of one policy ---- */

static void least(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    scratch_write(&scratch, "tiny.cfg", "title = \"Tiny\"; start = \"2020-01-01\"; days = 3;\nworld = { places = \"p.csv\"; };\nmodels = ( { name = \"flee_zones\"; } );\n");
    scratch_write(&scratch, "p.csv", "name,state,latitude,longitude,kind\nA,B,1,2,town\n");
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "tiny.cfg"), &error), "%s", error.text);
    TEST(setup.seed == 1 && setup.scale == 1 && setup.sample == 0 && !strcmp(setup.name, "tiny"), "%s", setup.name ? setup.name : "");
    TEST(setup.world->links == 0 && !setup.observed && setup.inputs == 2, "%d", setup.inputs);
    TEST(setup.world->role[0] == 0 && setup.world->columns == 0 && !setup.warning.text[0], "no table of states, no roles and no warning");
    setup_free(&setup);
    scratch_close(&scratch);
}

/* Reads the base after one edit of one file; free the setup. */
static struct setup edited(const char *file, const char *old, const char *new)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    scratch_edit(&scratch, file, old, new);
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s: %s", new, error.text);
    scratch_close(&scratch);
    return setup;
}

/* ---- what a place, a link and a state may be ---- */

static void kinds(void)
{
    static const struct {
        const char *word;
        uint32_t kind;
    } known[] = {{"town", WORLD_TOWN},
                 {"camp", WORLD_CAMP},
                 {"idp_camp", WORLD_CAMP | WORLD_IDP_CAMP},
                 {"conflict", WORLD_CONFLICT},
                 {"marker", WORLD_MARKER},
                 {"forwarding", WORLD_FORWARDING},
                 {"city", WORLD_CITY},
                 {"rural", WORLD_RURAL},
                 {"border", WORLD_BORDER_POINT},
                 {"embarkation", WORLD_EMBARKATION},
                 {"disembarkation", WORLD_DISEMBARKATION},
                 {"reception", WORLD_RECEPTION},
                 {"detention", WORLD_DETENTION},
                 {"city+border+detention", WORLD_CITY | WORLD_BORDER_POINT | WORLD_DETENTION}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct setup setup = edited("data/places.csv", "town+conflict", known[i].word);
        TEST(setup.world->places && setup.world->place[0].kind == known[i].kind, "%s: %u", known[i].word, setup.world->place[0].kind);
        setup_free(&setup);
    }
    struct setup setup = edited("data/closures.csv", "town+conflict", "city+embarkation");
    open_on(setup.world, 30, "Aville", "Bburg");
    TEST(setup.world->place[1].kind == (WORLD_CITY | WORLD_EMBARKATION), "a place may become any kind: %u", setup.world->place[1].kind);
    setup_free(&setup);
}

static void modes(void)
{
    static const char *const word[] = {[WORLD_ROAD] = "road", [WORLD_DESERT] = "desert", [WORLD_RAIL] = "rail", [WORLD_SEA] = "sea", [WORLD_AIR] = "air"};
    for (int i = 0; i < WORLD_MODES; i++) {
        struct setup setup = edited("data/links.csv", "sea", word[i]);
        const struct world_link *link = link_between(setup.world, "Bburg", "C, the camp");
        TEST(link && (int)link->mode == i, "%s", word[i]);
        setup_free(&setup);
    }
}

static void roles(void)
{
    static const struct {
        const char *word;
        uint32_t role;
    } known[] = {{"", 0}, {"origin", WORLD_ORIGIN}, {"transit", WORLD_TRANSIT}, {"destination", WORLD_DESTINATION}, {"destination+origin+transit", 7}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct setup setup = edited("data/states.csv", "transit+destination", known[i].word);
        TEST(setup.world->states == 2 && setup.world->role[1] == known[i].role && setup.world->role[0] == WORLD_ORIGIN, "%s", known[i].word);
        TEST(!strstr(setup.warning.text, "states.csv"), "a blank says so on purpose: %s", setup.warning.text);
        setup_free(&setup);
    }
}

static void states_without_a_row(void)
{
    struct setup setup = edited("data/states.csv", "North,,origin,640.5\n", "");
    const double *income = world_values(setup.world, "income", WORLD_OF_STATES), *people = world_values(setup.world, "population", WORLD_OF_STATES);
    TEST(setup.world->role[0] == 0 && income && isnan(income[0]) && people && isnan(people[0]) && people[1] == 2.5e6, "blank");
    TEST(strstr(setup.warning.text, "states.csv: no row for 'North'"), "it is said: '%s'", setup.warning.text);
    setup_free(&setup);
    setup = edited("data/states.csv", "South,2.5e6,transit+destination,\nNorth,,origin,640.5\n", "");
    TEST(strstr(setup.warning.text, "no row for 'North', 'South':") && setup.world->columns == 4, "a table with a header only: '%s'", setup.warning.text);
    setup_free(&setup);
}

static void many_states_without_a_row(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    scratch_write(&scratch, "tiny.cfg", "title = \"Tiny\"; start = \"2020-01-01\"; days = 3;\nworld = { places = \"p.csv\"; links = \"l.csv\"; states = \"s.csv\"; };\nmodels = ( { name = \"flee_zones\"; } );\n");
    scratch_write(&scratch, "p.csv", "name,state,latitude,longitude,kind\na,A,1,2,city\nb,B,1,2,city\nc,C,1,2,city\nd,D,1,2,city\ne,E,1,2,city\n");
    scratch_write(&scratch, "l.csv", "from,to,km,toll\n");
    scratch_write(&scratch, "s.csv", "name\nE\n");
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "tiny.cfg"), &error), "%s", error.text);
    TEST(strstr(setup.warning.text, "no row for 'A', 'B', 'C' and others:"), "one short line: '%s'", setup.warning.text);
    TEST(setup.world->links == 0 && setup.world->role[4] == 0, "links with a header only, states with names only");
    setup_free(&setup);
    scratch_close(&scratch);
}

/* ---- numbers and policies by state, as a model sees them ---- */

struct probe {
    struct field income;
    const struct driver *rain;
    int lever;
    double seen[60][2], rained[60][2], visas[60][2];
};

static int open_probe(struct sim *sim, void *state)
{
    struct probe *p = state;
    p->rain = driver_find(&sim->setup->drivers, "rain");
    p->lever = lever_find(&sim->setup->levers, "visas");
    return p->rain && p->lever >= 0 ? field_open(&p->income, sim, WORLD_OF_STATES, "income", 0, 1e6, 100) : -1;
}

static void probe_morning(struct sim *sim, void *state)
{
    struct probe *p = state;
    for (uint32_t i = 0; i < sim->world->states; i++) {
        p->seen[sim->day][i] = field_at(&p->income, i);
        p->rained[sim->day][i] = p->rain->today[i];
        p->visas[sim->day][i] = lever_value(&sim->setup->levers, p->lever, i);
    }
}

static const struct lever probe_levers[] = {{"visas", "1/day", "what a test's policy changes", 2, 0, 64, LEVER_STATE}, {0}};
static const struct param probe_params[] = {{0}};
static const struct model probe_model = {.name = "probe", .doc = "looks", .source = "none", .purpose = 202, .state_size = sizeof(struct probe), .params = probe_params, .levers = probe_levers, .open = open_probe, .morning = probe_morning};

/* South has no income in the table: the driver's where there is one, else the fallback; North has 640.5. */
static void check_probe(const struct probe *p, bool driven)
{
    for (int32_t day = 0; day < 60; day++) {
        double south = !driven ? 100 : day >= 20 ? 400
                                                 : 200 + 10 * day;
        TEST(p->seen[day][0] == 640.5 && p->seen[day][1] == south, "day %d: income %g and %g", day, p->seen[day][0], p->seen[day][1]);
        TEST(isnan(p->rained[day][0]) && p->rained[day][1] == 3.5, "day %d: rain in the South only", day);
        TEST(p->visas[day][0] == 2 && p->visas[day][1] == (day >= 10 && day < 40 ? 6 : 2), "day %d: visas %g and %g", day, p->visas[day][0], p->visas[day][1]);
    }
}

static void run_probe(bool driven)
{
    static const struct model *const list[] = {&probe_model, NULL};
    static const char more[] = "drivers = (\n  { name = \"income\"; over = \"state\"; method = \"linear\"; file = \"data/income.csv\"; },\n";
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    scratch_write(&scratch, "data/income.csv", "day,South\n0,200\n20,400\n");
    if (driven) scratch_edit(&scratch, "scenario.cfg", "drivers = (\n", more);
    scratch_edit(&scratch, "scenario.cfg", "  { name = \"flee_zones\"; rules = \"fixed\"; camp_movechance = 0.01; conflict_spawn_decay = (1, 0.5); }\n", "  { name = \"case\"; }\n");
    scratch_edit(&scratch, "scenario.cfg", "  { name = \"arrivals\"; party_size = 2; },\n  { name = \"placement\"; }, { name = \"determination\"; }, { name = \"case\"; },\n", "");
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    while (setup.models) memory_free(setup.model[--setup.models]);
    setup_add_model(&setup, "probe");
    lever_add_policy(&setup.levers, (struct lever_policy){.name = "threefold", .lever = "visas", .cell = world_find_state(setup.world, "South"), .operation = LEVER_MULTIPLY, .value = 3, .from = 10, .to = 40});
    struct sim *sim = sim_open(&setup, list, (struct sim_tuning){.threads = 1}, &error);
    TEST(sim, "%s", error.text);
    while (sim && sim->day < setup.days) sim_step(sim);
    if (sim) check_probe(sim_state(sim, "probe"), driven);
    sim_close(sim);
    setup_free(&setup);
    scratch_close(&scratch);
}

static void numbers_by_state(void)
{
    run_probe(false);
    run_probe(true);
}

static const struct lever *lever_over_states(const char **model)
{
    for (int i = 0; models[i]; i++)
        for (const struct lever *lever = models[i]->levers; lever && lever->name; lever++) {
            *model = models[i]->name;
            if (lever->over == LEVER_STATE) return lever;
        }
    return NULL;
}

/* 0, or -1 with the error; reads only. sets stands before the policies. */
static int read_policy(const char *sets, const char *where, struct setup *setup, struct error *error)
{
    const char *model = "";
    const struct lever *lever = lever_over_states(&model);
    struct scratch scratch = scratch_open();
    char text[512], start[200], named[128];
    write_base(&scratch);
    snprintf(text, sizeof text, "%spolicies = (\n  { name = \"there\"; lever = \"%s\"; where = %s; add = 0; },\n", sets, lever->name, where);
    scratch_edit(&scratch, "scenario.cfg", "policies = (\n", text);
    snprintf(named, sizeof named, "{ name = \"%s\";", model);
    snprintf(start, sizeof start, "models = (\n  %s },\n", named);
    if (!strstr(base[0].text, named)) scratch_edit(&scratch, "scenario.cfg", "models = (\n", start);
    setup_init(setup);
    *error = (struct error){0};
    int status = scenario_read(setup, scratch_path(&scratch, "scenario.cfg"), error);
    scratch_close(&scratch);
    return status;
}

static int read_policy_of_state(const char *where, struct setup *setup, struct error *error) { return read_policy("", where, setup, error); }

static void policies_by_state(void)
{
    const char *model;
    struct setup setup;
    struct error error;
    if (!lever_over_states(&model)) return test_skip("no model has a lever over states");
    TEST(!read_policy_of_state("(\"South\", \"North\")", &setup, &error), "%s", error.text);
    TEST(setup.levers.policies == 4 && setup.levers.policy[0].cell == 1 && setup.levers.policy[1].cell == 0, "%u policies", setup.levers.policies);
    setup_free(&setup);
    TEST(read_policy_of_state("\"Suoth\"", &setup, &error) && strstr(error.text, "scenario.cfg:19: there is no state 'Suoth' (did you mean 'South'?)"), "%s", error.text);
    setup_free(&setup);
    TEST(read_policy_of_state("\"Aville\"", &setup, &error) && strstr(error.text, "there is no state 'Aville'"), "%s", error.text);
    setup_free(&setup);
}

static void policies_by_set(void)
{
    const char *model;
    struct setup setup;
    struct error error;
    if (!lever_over_states(&model)) return test_skip("no model has a lever over states");
    TEST(!read_policy("sets = ( { name = \"both\"; of = (\"South\", \"North\"); } );", "(\"both\", \"South\")", &setup, &error), "%s", error.text);
    TEST(setup.levers.policies == 5 && setup.levers.policy[0].cell == 1 && setup.levers.policy[1].cell == 0 && setup.levers.policy[2].cell == 1, "%u policies", setup.levers.policies);
    setup_free(&setup);
    TEST(read_policy("sets = ( { name = \"both\"; of = (\"Suoth\"); } );", "\"both\"", &setup, &error) && strstr(error.text, "there is no state 'Suoth' (did you mean 'South'?)"), "%s", error.text);
    setup_free(&setup);
    TEST(!read_policy("sets = ( { name = \"idle\"; of = (\"South\"); } );", "\"South\"", &setup, &error), "a set that nobody names: %s", error.text);
    setup_free(&setup);
    TEST(read_policy("sets = ( { nam = \"both\"; of = (\"South\"); } );", "\"South\"", &setup, &error) && strstr(error.text, "name"), "%s", error.text);
    setup_free(&setup);
}

/* ---- the map in a results file ---- */

/* The words of a variable's flags, and the values they stand for. */
static void check_flags(hid_t file, const char *name, const char *attribute, int count, const int32_t *wanted, const char *words, struct error *error)
{
    int32_t value[32] = {0};
    char *found = hdf5_file_read_text(file, name, "flag_meanings", error);
    TEST(found && !strcmp(found, words), "%s: '%s'", name, found ? found : "");
    hdf5_file_read_value(file, name, attribute, H5T_NATIVE_INT32, value, error);
    for (int i = 0; i < count; i++) TEST(value[i] == wanted[i], "%s: value %d is %d", name, i, value[i]);
    memory_free(found);
}

static void check_codes(hid_t file, struct error *error)
{
    static const int32_t bits[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}, numbers[] = {0, 1, 2, 3, 4};
    int32_t kind[4] = {0}, mode[5] = {0}, role[2] = {0}, from[5] = {0}, to[5] = {0};
    check_flags(file, "place_kind", "flag_masks", 13, bits, "town camp idp_camp conflict marker forwarding city rural border embarkation disembarkation reception detention", error);
    check_flags(file, "link_mode", "flag_values", 5, numbers, "road desert rail sea air", error);
    check_flags(file, "state_roles", "flag_masks", 3, bits, "origin transit destination", error);
    hdf5_file_read(file, "place_kind", H5T_NATIVE_INT32, 4, kind, error);
    hdf5_file_read(file, "link_mode", H5T_NATIVE_INT32, 5, mode, error);
    hdf5_file_read(file, "link_from", H5T_NATIVE_INT32, 5, from, error);
    hdf5_file_read(file, "link_to", H5T_NATIVE_INT32, 5, to, error);
    hdf5_file_read(file, "state_roles", H5T_NATIVE_INT32, 2, role, error);
    TEST(kind[0] == 9 && kind[1] == 1 && kind[2] == 2 && kind[3] == 6, "kinds %d %d %d %d", kind[0], kind[1], kind[2], kind[3]);
    for (int i = 0; i < 5; i++) TEST(mode[i] == (from[i] + to[i] == 1 ? 0 : from[i] + to[i] == 3 && (from[i] == 1 || to[i] == 1) ? 3
                                                                                                                                 : 1),
                                     "link %d to %d: mode %d", from[i], to[i], mode[i]);
    TEST(role[0] == 1 && role[1] == 6, "roles %d %d", role[0], role[1]);
}

static void check_columns(hid_t file, struct error *error)
{
    double people[2] = {0}, income[2] = {0};
    hsize_t count;
    char **state = hdf5_file_read_strings(file, "state", &count, error), *doc = hdf5_file_read_text(file, "state_income", "long_name", error);
    hdf5_file_read(file, "state_population", H5T_NATIVE_DOUBLE, 2, people, error);
    hdf5_file_read(file, "state_income", H5T_NATIVE_DOUBLE, 2, income, error);
    TEST(count == 2 && state && !strcmp(state[0], "North") && !strcmp(state[1], "South"), "names of states");
    TEST(isnan(people[0]) && people[1] == 2.5e6 && income[0] == 640.5 && isnan(income[1]), "%g %g %g %g", people[0], people[1], income[0], income[1]);
    TEST(doc && !strcmp(doc, "income of the state"), "%s", doc ? doc : "");
    TEST(!hdf5_file_has(file, "state_wage") && !hdf5_file_has(file, "state_risk"), "columns of states only");
    hdf5_file_free_strings(state, count);
    memory_free(doc);
}

static void map_in_a_file(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup = edited("scenario.cfg", "seed = 7", "seed = 8");
    struct error error = {0};
    const char *path = scratch_path(&scratch, "map.h5");
    hid_t file = hdf5_file_create(path, &error);
    TEST(!map_write(file, setup.world, &error), "%s", error.text);
    check_codes(file, &error);
    check_columns(file, &error);
    TEST(!hdf5_file_close(file, &error), "%s", error.text);
    char *command = memory_format("command -v ncdump > %s/where || exit 77; ncdump -v state_income %s > %s/dump", scratch.folder, path, scratch.folder);
    int status = system(command);
    char *dump = status == 0 ? scratch_read(scratch_path(&scratch, "dump"), NULL) : NULL;
    if (status == 77 << 8) test_skip("ncdump is not here");
    else TEST(dump && strstr(dump, "double state_income(state)") && strstr(dump, "state_income = 640.5, NaN"), "ncdump ends with %d", status);
    free(dump);
    memory_free(command);
    setup_free(&setup);
    scratch_close(&scratch);
}

static void several_places(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    scratch_edit(&scratch, "scenario.cfg", "where = \"interview\"", "where = (\"appeal\", \"interview\")");
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    TEST(setup.levers.policies == 3 && setup.levers.policy[0].cell == 2 && setup.levers.policy[0].cells == 2 && setup.levers.policy[1].cell == 0, "%u", setup.levers.policies);
    setup_free(&setup);
    scratch_close(&scratch);
}

/* Policies on the case: "item" is every state, "item@state" one; a set may hold both. Values as a day of the run has them. */
static const struct {
    const char *lever;
    int item;
    double north, south;
} wanted[] = {
    {"staff", 0, 4, 9},           /* as by_state says; the policy in one state */
    {"staff", 1, 7, 1},           /* through the set */
    {"staff", 2, 50, 50},         /* through the set, everywhere */
    {"use", 0, 0.5, 2},           /* by_state in the South */
    {"detain_children", 2, 2, 2}, /* in every state, over by_state */
    {"stage_rate", 0, 1, 3},
    {"stage_rate", 2, 1, 1},
    {"sensitivity", 1, 0.9, 0.8},
    {"grants", 1, 0, 1},
};

static const char policies_of_the_case[] =
    "sets = ( { name = \"more\"; of = (\"appeal@North\", \"beds\"); } );\n"
    "policies = (\n"
    "  { name = \"a\"; lever = \"staff\"; where = \"interview@South\"; set = 9; },\n"
    "  { name = \"b\"; lever = \"staff\"; where = \"more\"; add = 6; },\n"
    "  { name = \"c\"; lever = \"staff\"; where = \"beds\"; add = -56; },\n"
    "  { name = \"d\"; lever = \"use\"; where = \"shelter@North\"; set = 0.5; },\n"
    "  { name = \"e\"; lever = \"detain_children\"; where = \"closed\"; set = 2; },\n"
    "  { name = \"f\"; lever = \"stage_rate\"; where = (\"child@South\"); set = 3; },\n"
    "  { name = \"g\"; lever = \"sensitivity\"; where = \"first@North\"; add = 0.1; },\n"
    "  { name = \"h\"; lever = \"grants\"; where = \"stay@North\"; set = 0; }\n"
    ");\n";

static void replace_policies(const struct scratch *scratch)
{
    const char *begin = strstr(base[0].text, "policies = ("), *end = strstr(base[0].text, "models = (");
    char *old = memory_format("%.*s", (int)(end - begin), begin);
    scratch_edit(scratch, "scenario.cfg", old, policies_of_the_case);
    memory_free(old);
}

static void check_lever(const struct setup *setup, size_t i)
{
    const struct lever_set *levers = &setup->levers;
    int lever = lever_find(levers, wanted[i].lever);
    TEST(lever >= 0, "lever %s", wanted[i].lever);
    if (lever < 0) return;
    uint32_t cell = (uint32_t)wanted[i].item * setup->world->states;
    double north = lever_value(levers, lever, cell), south = lever_value(levers, lever, cell + 1);
    TEST(fabs(north - wanted[i].north) < 1e-12 && fabs(south - wanted[i].south) < 1e-12, "%s of item %d: %g and %g", wanted[i].lever, wanted[i].item, north, south);
}

static void policies_of_a_case(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    replace_policies(&scratch);
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    struct sim *sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    TEST(sim, "%s", error.text);
    if (sim) sim_step(sim);
    for (size_t i = 0; sim && i < sizeof wanted / sizeof *wanted; i++) check_lever(&setup, i);
    sim_close(sim);
    setup_free(&setup);
    scratch_close(&scratch);
}

/* The text of the README from begin on, up to the end of its block. */
static char *block(const char *text, const char *begin)
{
    const char *from = strstr(text, begin), *to = from ? strstr(from, "```") : NULL;
    TEST(to, "the README has no '%s'", begin);
    return to ? memory_format("%.*s", (int)(to - from), from) : memory_text("");
}

/* What the README shows is what the reader takes. */
static void example_of_the_readme(void)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    char *text = scratch_read("scenarios/README.md", NULL);
    if (!text) return test_skip("scenarios/README.md is not here");
    char *graph_text = block(text, "case = {\n"), *policy_text = block(text, "sets = ( { name = \"offices");
    char *all = memory_format("title = \"x\"; start = \"2031-01-01\"; days = 400;\nworld = { places = \"p.csv\"; };\ndrivers = ( { name = \"arrivals\"; over = \"place\"; file = \"a.csv\"; } );\n%s%s"
                              "models = ( { name = \"arrivals\"; }, { name = \"placement\"; }, { name = \"determination\"; }, { name = \"case\"; }, { name = \"accounts\"; } );\n",
                              graph_text, policy_text);
    scratch_write(&scratch, "readme.cfg", all);
    scratch_write(&scratch, "p.csv", "name,state,latitude,longitude,kind\nA,Italy,1,2,town\nB,Malta,1,2,town\n");
    scratch_write(&scratch, "a.csv", "day,A,B\n0,1,1\n");
    TEST(!read_and_open(scratch_path(&scratch, "readme.cfg"), &error), "%s", error.text);
    memory_free(graph_text), memory_free(policy_text), memory_free(all);
    free(text);
    scratch_close(&scratch);
}

/* What `wayfare check` says of the case and of policies on it. */
static void summary_of_a_case(void)
{
    static const char *const lines[] = {
        "  case        opened in South, begins as first; 6 stages, 3 placements, 4 services\n",
        "    statuses    refugee (protection), stay (stay), refused (none)\n",
        "    service     interview: 3.5 people a day in each state; South 5\n",
        "    service     beds: 100 places in each state\n",
        "    placement   shelter: open, places of beds, meanwhile street, 35 EUR a day\n",
        "    placement   closed: detains, 0 EUR a day\n",
        "    stage       child: 0.1 a day -> granted\n",
        "    stage       first: waits for interview, at most 30 days, only adults -> granted, second\n",
        "    stage       gone: final\n",
        "  policy      a: staff of interview in South set to 9, from day 0\n",
        "  policy      c: staff of beds raised by -56, from day 0\n",
    };
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    char *text = NULL;
    size_t size = 0;
    write_base(&scratch);
    replace_policies(&scratch);
    setup_init(&setup);
    struct sim *sim = scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error) ? NULL : sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    TEST(sim, "%s", error.text);
    FILE *out = open_memstream(&text, &size);
    if (sim) summary_write(sim, out);
    fclose(out);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) TEST(strstr(text, lines[i]), "'%s' is not in\n%s", lines[i], text);
    free(text);
    sim_close(sim);
    setup_free(&setup);
    scratch_close(&scratch);
}

/* The case in parts: a group may hold @include, as may its lists; a message names the part and its line. */
static void write_parts(const struct scratch *scratch)
{
    write_base(scratch);
    scratch_edit(scratch, "scenario.cfg", "@include \"data/case.cfg\"\n", "case = { start = \"first\"; states = (\"South\");\n  @include \"data/case.cfg\"\n};\n");
    scratch_edit(scratch, "data/case.cfg", "case = {\n", "");
    scratch_edit(scratch, "data/case.cfg", "  states = (\"South\"); start = \"first\";\n", "");
    scratch_edit(scratch, "data/case.cfg", "  );\n};\n", "  );\n");
    scratch_edit(scratch, "data/case.cfg", "    { name = \"gone\"; },\n", "@include \"data/more.cfg\"\n");
    scratch_write(scratch, "data/more.cfg", "// one more\n    { name = \"gone\"; doc = \"left\"; },\n");
}

static void case_in_parts(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_parts(&scratch);
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    TEST(setup.inputs == 13, "%d files", setup.inputs);
    if (!error.status) graph(&setup.casegraph);
    setup_free(&setup);
    scratch_edit(&scratch, "data/case.cfg", "weight = 0.7", "wieght = 0.7");
    TEST(read_and_open(scratch_path(&scratch, "scenario.cfg"), &error) && strstr(error.text, "data/case.cfg:24: case.stages.outcomes.wieght: unknown setting"), "%s", error.text);
    scratch_edit(&scratch, "data/more.cfg", "doc", "dok");
    TEST(read_and_open(scratch_path(&scratch, "scenario.cfg"), &error) && strstr(error.text, "unknown setting (did you mean"), "%s", error.text);
    scratch_edit(&scratch, "data/case.cfg", "wieght", "weight");
    TEST(read_and_open(scratch_path(&scratch, "scenario.cfg"), &error) && strstr(error.text, "data/more.cfg:2: case.stages.dok: unknown setting"), "%s", error.text);
    scratch_close(&scratch);
}

/* The engine's own lever is there for a policy, with its range. */
static void engine_levers(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    struct sim *sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    TEST(sim, "%s", error.text);
    int lever = sim ? lever_find(&setup.levers, "staff") : -1;
    TEST(lever >= 0, "the engine has the lever");
    if (lever >= 0) TEST(setup.levers.lever[lever]->over == LEVER_SERVICE && setup.levers.lever[lever]->min == 0 && setup.levers.lever[lever]->max == 1e12, "its range");
    sim_close(sim);
    setup_free(&setup);
    scratch_close(&scratch);
}

/* ---- those shipped ---- */

static struct sim *open_shipped(struct setup *setup, const char *path, struct error *error)
{
    setup_init(setup);
    if (access(path, F_OK)) return NULL;
    int status = scenario_read(setup, path, error);
    TEST(!status, "%s", error->text);
    struct sim *sim = status ? NULL : sim_open(setup, models, (struct sim_tuning){.threads = 2}, error);
    TEST(sim, "%s", error->text);
    return sim;
}

static void three_borders(void)
{
    struct setup setup;
    struct error error = {0};
    struct sim *sim = open_shipped(&setup, "scenarios/three_borders/scenario.cfg", &error);
    if (!sim) return test_skip("scenarios/three_borders is not here");
    while (sim->day < setup.days) sim_step(sim);
    TEST(!sim->error.status && !sim_audit(sim, &error), "%s%s", sim->error.text, error.text);
    TEST(sim->persons.entered > 29700 && sim->persons.entered <= 29980, "%llu", (unsigned long long)sim->persons.entered);
    uint32_t quill = world_find_place(sim->world, "Quill");
    TEST(tally_at(&sim->tallies, sim->standard.present, quill) > 1000, "people reach Quill");
    sim_close(sim);
    setup_free(&setup);
}

/* By hand: heard 10 a day from day 1 until nobody is left; see the scenario's README. */
static void toy_case(void)
{
    struct setup setup;
    struct error error = {0};
    struct sim *sim = open_shipped(&setup, "scenarios/toy_case/scenario.cfg", &error);
    if (!sim) return test_skip("scenarios/toy_case is not here");
    while (sim->day < setup.days) sim_step(sim);
    TEST(!sim->error.status && !sim_audit(sim, &error), "%s%s", sim->error.text, error.text);
    TEST(sim->persons.entered == 2000, "%llu", (unsigned long long)sim->persons.entered);
    int64_t stage[5];
    for (uint32_t i = 0; i < 5; i++) stage[i] = tally_at(&sim->tallies, tally_find(&sim->tallies, "cases"), i);
    TEST(stage[0] == 0, "%lld still wait", (long long)stage[0]);
    TEST(stage[1] + stage[2] >= 1570 && stage[1] + stage[2] <= 1590, "%lld heard", (long long)(stage[1] + stage[2]));
    TEST(llabs(stage[1] - 954) < 5 * 20, "%lld recognised", (long long)stage[1]);
    TEST(stage[3] > 250 && stage[3] < 390, "%lld lapsed", (long long)stage[3]);
    TEST(stage[0] + stage[1] + stage[2] + stage[3] + stage[4] == 2000, "nobody is lost");
    sim_close(sim);
    setup_free(&setup);
}

static const struct test_case cases[] = {
    {"everything", everything},
    {"refused", refused},
    {"unreadable", unreadable},
    {"least", least},
    {"kinds", kinds},
    {"modes", modes},
    {"roles", roles},
    {"states without a row", states_without_a_row},
    {"many states without a row", many_states_without_a_row},
    {"numbers by state", numbers_by_state},
    {"policies by state", policies_by_state},
    {"policies by set", policies_by_set},
    {"map in a file", map_in_a_file},
    {"several places", several_places},
    {"policies of a case", policies_of_a_case},
    {"example of the readme", example_of_the_readme},
    {"summary of a case", summary_of_a_case},
    {"case in parts", case_in_parts},
    {"engine levers", engine_levers},
    {"three borders", three_borders},
    {"toy case", toy_case},
};
TEST_MAIN(cases)
