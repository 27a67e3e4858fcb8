/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast engine by Flee's rules: what Flee computes without chance to the last digit, the rest in distribution as the
   naive engine has it. */
#include "scenarios/csv.h"
#include "sim/memory.h"
#include "tests/flee_cases.h"
#include "tests/naive_flee_reference.h"
#include "tests/test.h"
#include <stdlib.h>

#define DETERMINISTIC "../shared/flee/deterministic/"

static const char *const sets[] = {"burundi", "mali2012", "car2013_val3"};

/* ---- exact */

/* A run that follows the rows of a file, day after day. */
struct walk {
    const char *set;
    struct setup setup;
    struct sim *sim;
    struct csv csv;
    int row;
};

static bool walk_open(struct walk *walk, const char *set, const char *file)
{
    struct error error = {0};
    char *path = memory_format(DETERMINISTIC "%s_%s.csv", set, file);
    *walk = (struct walk){.set = set, .row = -1};
    setup_init(&walk->setup);
    int status = csv_read(path, CSV_NAMED, &walk->csv, &error);
    if (!status) status = naive_flee_reference_setup(&walk->setup, set, "compat", &error);
    if (!status) walk->sim = sim_open(&walk->setup, models, (struct sim_tuning){.threads = 1}, &error);
    TEST(walk->sim && walk->csv.rows > 0, "%s: %s", path, error.text);
    memory_free(path);
    return walk->sim && walk->csv.rows > 0;
}

static void walk_close(struct walk *walk)
{
    sim_close(walk->sim);
    setup_free(&walk->setup);
    csv_free(&walk->csv);
}

static int32_t day_of(const struct walk *walk) { return atoi(csv_text(&walk->csv, walk->row, 0)); }

/* To the next row; the engine stands after that row's day. */
static bool walk_next(struct walk *walk)
{
    if (++walk->row == walk->csv.rows) return false;
    while (walk->sim->day <= day_of(walk)) sim_step(walk->sim);
    TEST(walk->sim->error.status == FAIL_NONE, "%s: %s", walk->set, walk->sim->error.text);
    return true;
}

static void check(const struct walk *walk, const char *column, double found)
{
    int at = csv_find(&walk->csv, column);
    double expected = at < 0 ? NAN : atof(csv_text(&walk->csv, walk->row, at));
    TEST(fabs(found - expected) <= 1e-9 * fabs(expected), "%s day %d %s %s: expected %.17g, found %.17g", walk->set, day_of(walk), csv_text(&walk->csv, walk->row, 1), column, expected, found);
}

static double entered_today(const struct sim *sim)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sim->world->places; i++) sum += tally_at(&sim->tallies, sim->standard.entries, i);
    return (double)sum;
}

/* Entries count the people who are in their camps on day 0; Flee's number of the day does not. */
static double standing_on_day0(const struct walk *walk)
{
    double sum = 0;
    for (uint32_t i = 0; day_of(walk) == 0 && i < walk->setup.world->places; i++)
        if (walk->setup.world->start_kind[i] & WORLD_CAMP) sum += driver_at(driver_find(&walk->setup.drivers, "registered"), i, 0);
    return sum;
}

static void check_day(const struct walk *walk)
{
    const struct driver *registered = driver_find(&walk->setup.drivers, "registered");
    check(walk, "new_agents", entered_today(walk->sim) - standing_on_day0(walk));
    check(walk, "new_agents", flee_cases_indicator(walk->sim, "displaced"));
    check(walk, "refugees_raw", flee_cases_indicator(walk->sim, "refugees_raw"));
    check(walk, "refugee_debt", flee_cases_indicator(walk->sim, "refugee_debt"));
    for (int i = 4; i < walk->csv.columns; i++) {
        uint32_t place = world_find_place(walk->setup.world, walk->csv.name[i] + strlen("data:"));
        check(walk, walk->csv.name[i], driver_at(registered, place, day_of(walk)));
    }
}

static void test_days(void)
{
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    for (int i = 0; i < 3; i++) {
        struct walk walk;
        if (walk_open(&walk, sets[i], "days"))
            while (walk_next(&walk)) check_day(&walk);
        TEST(walk.csv.rows == walk.setup.days, "%s: %d rows", sets[i], walk.csv.rows);
        walk_close(&walk);
    }
}

static bool leads_to(const struct world *world, uint32_t place, const char *name)
{
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++)
        if (world->link[i].open && strcmp(world->place[world->link[i].to].name, name) == 0) return true;
    return false;
}

/* "Bubanza|Cibitoke": as many names as open links, each the end of one. */
static void check_links(const struct walk *walk, uint32_t place)
{
    const struct world *world = walk->setup.world;
    char *text = memory_text(csv_text(&walk->csv, walk->row, csv_find(&walk->csv, "open_links"))), *rest = text;
    int named = 0, open = 0;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) open += world->link[i].open;
    for (char *name = strsep(&rest, "|"); name && *name; name = strsep(&rest, "|"), named++)
        TEST(leads_to(world, place, name), "%s day %d: %s should be open from %s", walk->set, day_of(walk), name, world->place[place].name);
    TEST(named == open, "%s day %d %s: expected %d open links, found %d", walk->set, day_of(walk), world->place[place].name, named, open);
    memory_free(text);
}

static void check_place(const struct walk *walk, const struct flee_routes *routes)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } flag[] = {{"town", WORLD_TOWN}, {"camp", WORLD_CAMP}, {"idpcamp", WORLD_IDP_CAMP}, {"marker", WORLD_MARKER}, {"forward", WORLD_FORWARDING}};
    const struct flee_zones *zones = flee_cases_zones(walk->sim);
    const struct flee_entry *entry = flee_cases_entry(walk->sim);
    uint32_t place = world_find_place(walk->setup.world, csv_text(&walk->csv, walk->row, 1));
    TEST(place != WORLD_NOWHERE, "%s", csv_text(&walk->csv, walk->row, 1));
    if (place == WORLD_NOWHERE) return;
    check(walk, "conflict", zones->conflict[place]);
    check(walk, "movechance", zones->movechance[place]);
    for (int i = 0; i < 5; i++) check(walk, flag[i].name, (zones->kind[place] & flag[i].kind) != 0);
    check(walk, "capacity", zones->capacity[place]);
    check(walk, "pop", zones->population[place]);
    check(walk, "time_of_conflict", zones->since[place]);
    check(walk, "score_S", routes->score[place]);
    check(walk, "spawn_weight_w_used_for_spawning", entry->spawned[place]);
    check(walk, "spawn_weight_after_evolve_refresh", entry->weight[place]);
    check_links(walk, place);
}

static void check_places(const char *set)
{
    struct walk walk;
    struct flee_routes routes = {0};
    int32_t day = -1;
    if (walk_open(&walk, set, "locations"))
        while (walk_next(&walk)) {
            if (day_of(&walk) != day) {
                flee_routes_close(&routes);
                flee_cases_routes(&routes, walk.sim);
                day = day_of(&walk);
            }
            check_place(&walk, &routes);
        }
    TEST(walk.csv.rows % (int)walk.setup.world->places == 0, "%s: %d rows", set, walk.csv.rows);
    flee_routes_close(&routes);
    walk_close(&walk);
}

static void test_places(void)
{
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    for (int i = 0; i < 3; i++) check_places(sets[i]);
}

static char *name_of(const struct flee_routes *routes, const struct world *world, uint32_t place, uint32_t route)
{
    char *name = memory_text(world->place[place].name);
    for (uint32_t step = routes->route[route].first; routes->step[step] != FLEE_ROUTES_NONE; step++) {
        char *longer = memory_format("%s>%s", name, world->place[world->link[routes->step[step]].to].name);
        memory_free(name);
        name = longer;
    }
    return name;
}

/* One of the open routes from the place has these stops and this weight. */
static bool has_route(const struct walk *walk, const struct flee_routes *routes, uint32_t place, const char *stops, double weight)
{
    const struct world *world = walk->setup.world;
    bool found = false;
    for (uint32_t i = routes->from[place]; i < routes->from[place + 1] && !found; i++) {
        char *name = name_of(routes, world, place, i);
        found = strcmp(name, stops) == 0 && fabs(flee_routes_weight(routes, world, i) - weight) <= 1e-9 * weight;
        memory_free(name);
    }
    return found;
}

static int open_routes(const struct flee_routes *routes, const struct world *world)
{
    int open = 0;
    for (uint32_t i = 0; i < routes->from[world->places]; i++) open += flee_routes_weight(routes, world, i) > 0;
    return open;
}

static void check_routes(const char *set)
{
    struct walk walk;
    struct flee_routes routes = {0};
    int32_t day = -1;
    int expected = 0;
    if (walk_open(&walk, set, "routes"))
        while (walk_next(&walk)) {
            if (day_of(&walk) != day) {
                flee_routes_close(&routes);
                flee_cases_routes(&routes, walk.sim);
                expected += open_routes(&routes, walk.setup.world);
                day = day_of(&walk);
            }
            uint32_t place = world_find_place(walk.setup.world, csv_text(&walk.csv, walk.row, 1));
            const char *stops = csv_text(&walk.csv, walk.row, 2), *weight = csv_text(&walk.csv, walk.row, 3);
            TEST(place != WORLD_NOWHERE && has_route(&walk, &routes, place, stops, atof(weight)), "%s day %d: no route %s of weight %s", set, day, stops, weight);
        }
    TEST(walk.csv.rows == expected, "%s: %d routes in the file, %d found", set, walk.csv.rows, expected);
    flee_routes_close(&routes);
    walk_close(&walk);
}

static void test_routes(void)
{
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    for (int i = 0; i < 3; i++) check_routes(sets[i]);
}

/* ---- real sets in distribution */

/* Samples of one set, [seed][day][camp]. */
struct sample {
    struct setup setup;
    uint32_t camps, days;
    uint32_t *camp;
    double *engine, *naive, *created;
};

static bool sample_open(struct sample *sample, const char *set, enum naive_flee_rules rules)
{
    struct error error = {0};
    *sample = (struct sample){0};
    setup_init(&sample->setup);
    if (naive_flee_reference_setup(&sample->setup, set, flee_cases_word(rules), &error)) {
        TEST(false, "%s: %s", set, error.text);
        return false;
    }
    sample->days = (uint32_t)sample->setup.days;
    sample->camps = naive_flee_camps(&sample->setup, NULL);
    sample->camp = memory_new(sample->camps, sizeof *sample->camp);
    naive_flee_camps(&sample->setup, sample->camp);
    sample->created = memory_new(sample->days, sizeof *sample->created);
    return true;
}

static void sample_close(struct sample *sample)
{
    void *block[] = {sample->camp, sample->engine, sample->naive, sample->created};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    setup_free(&sample->setup);
}

static double *runs_of(const struct sample *sample, uint32_t seeds) { return memory_new((size_t)seeds * sample->days * sample->camps, sizeof(double)); }

/* Everybody ever created is not left to chance: the same in both engines, day by day. */
static void check_created(const struct sample *sample, const char *set, enum naive_flee_rules rules)
{
    struct error error = {0};
    struct naive_flee *naive = naive_flee_open(&sample->setup, (struct naive_flee_options){rules, NAIVE_FLEE_START_OF_PHASE, 3}, &error);
    for (uint32_t day = 0; naive && day < sample->days; day++) {
        naive_flee_step(naive, &error);
        double expected = (double)naive_flee_totals(naive).created;
        TEST(sample->created[day] == expected, "%s %s day %u: expected %g people, found %g", set, flee_cases_word(rules), day, expected, sample->created[day]);
    }
    TEST(naive && !error.status, "%s: %s", set, error.text);
    naive_flee_close(naive);
}

static void draw_engine(struct sample *sample, enum naive_flee_rules rules, uint32_t seeds)
{
    sample->engine = runs_of(sample, seeds);
    flee_cases_sample_engine(&(struct flee_cases_plan){&sample->setup, rules, 1, seeds, sample->camps, sample->camp}, sample->engine, sample->created);
}

static void draw_naive(struct sample *sample, enum naive_flee_rules rules, enum naive_flee_order order, uint32_t seeds)
{
    struct error error = {0};
    memory_free(sample->naive);
    sample->naive = runs_of(sample, seeds);
    TEST(naive_flee_sample(&sample->setup, (struct naive_flee_options){rules, order, 5000}, seeds, sample->naive, &error) == 0, "%s", error.text);
}

/* ---- what the order within a day does to each camp: a table for analysis/compare_order.py */

struct moments {
    double mean, deviation;
};

static struct moments moments_of(const double *runs, uint32_t seeds, size_t cells, size_t cell)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < seeds; i++) sum += runs[i * cells + cell];
    for (uint32_t i = 0; i < seeds; i++) squares += (runs[i * cells + cell] - sum / seeds) * (runs[i * cells + cell] - sum / seeds);
    return (struct moments){sum / seeds, sqrt(squares / (seeds - 1))};
}

static void write_row(FILE *file, const struct sample *sample, uint32_t day, uint32_t camp, uint32_t seeds)
{
    size_t cells = (size_t)sample->days * sample->camps, cell = (size_t)day * sample->camps + camp;
    struct moments serial = moments_of(sample->naive, seeds, cells, cell), phase = moments_of(sample->engine, seeds, cells, cell);
    fprintf(file, "%s,%u,%.6g,%.6g,%.6g,%.6g\n", sample->setup.world->place[sample->camp[camp]].name, day, serial.mean, serial.deviation, phase.mean, phase.deviation);
}

static void write_order(struct sample *sample, const char *set, uint32_t seeds)
{
    char *path = memory_format("%s/order_%s.csv", getenv("WAYFARE_FIGURES"), set);
    FILE *file = fopen(path, "w");
    TEST(file, "%s cannot be written", path);
    if (file) {
        draw_naive(sample, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, seeds);
        fprintf(file, "camp,day,mean_serial,sd_serial,mean_phase,sd_phase\n");
        for (uint32_t camp = 0; camp < sample->camps; camp++)
            for (uint32_t day = 0; day < sample->days; day++) write_row(file, sample, day, camp, seeds);
        fclose(file);
        printf("  %s\n", path);
    }
    memory_free(path);
}

/* A build with sanitizers is slow and looks for other mistakes. */
static uint32_t fewer(uint32_t seeds) { return getenv("ASAN_OPTIONS") ? seeds / 5 : seeds; }

static void compare_set(const char *set, enum naive_flee_rules rules, uint32_t engine_most, uint32_t naive_most)
{
    uint32_t engine_seeds = fewer(engine_most), naive_seeds = fewer(naive_most);
    struct sample sample;
    char what[40];
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    snprintf(what, sizeof what, "%s %s", set, flee_cases_word(rules));
    if (sample_open(&sample, set, rules)) {
        draw_engine(&sample, rules, engine_seeds);
        draw_naive(&sample, rules, NAIVE_FLEE_START_OF_PHASE, naive_seeds);
        check_created(&sample, set, rules);
        flee_cases_compare(what, sample.engine, engine_seeds, sample.naive, naive_seeds, sample.days, sample.camps, 0.01);
        if (getenv("WAYFARE_FIGURES") && rules == NAIVE_FLEE_COMPAT) write_order(&sample, set, engine_seeds);
    }
    sample_close(&sample);
}

static void test_burundi(void)
{
    compare_set("burundi", NAIVE_FLEE_COMPAT, 200, 100);
    compare_set("burundi", NAIVE_FLEE_FIXED, 100, 60);
}

static void test_mali(void)
{
    compare_set("mali2012", NAIVE_FLEE_COMPAT, 200, 100);
    compare_set("mali2012", NAIVE_FLEE_FIXED, 100, 60);
}

/* One camp fills up on the first day in one run of forty and stays behind for a year: few seeds tell little of its spread. */
static void test_car(void)
{
    if (!getenv("WAYFARE_LONG")) {
        test_skip("car2013 in distribution: set WAYFARE_LONG");
        return;
    }
    compare_set("car2013_val3", NAIVE_FLEE_COMPAT, 200, 120);
    compare_set("car2013_val3", NAIVE_FLEE_FIXED, 200, 120);
}

/* ---- maps of our own: every rule that the real sets leave out, at all places and on the road */

enum { MAP_SEEDS = 150,
       MAP_DAYS = 45 };

static void compare_map(const char *name, flee_cases_draw *draw, enum naive_flee_rules rules, bool by_chance)
{
    struct flee_cases cases;
    char what[40];
    double created[2][MAP_DAYS] = {{0}};
    snprintf(what, sizeof what, "%s %s", name, flee_cases_word(rules));
    flee_cases_setup(&cases, draw, rules);
    cases.toy.setup.days = MAP_DAYS;
    uint32_t places = cases.toy.setup.world->places + 1, *place = memory_new(places, sizeof *place);
    for (uint32_t i = 0; i < places; i++) place[i] = i + 1 < places ? i : FLEE_CASES_TRAVELLING;
    double *run[2];
    for (int i = 0; i < 2; i++) run[i] = memory_new((size_t)MAP_SEEDS * MAP_DAYS * places, sizeof *run[i]);
    flee_cases_sample_engine(&(struct flee_cases_plan){&cases.toy.setup, rules, 1, MAP_SEEDS, places, place}, run[0], created[0]);
    flee_cases_sample_naive(&(struct flee_cases_plan){&cases.toy.setup, rules, 700, MAP_SEEDS, places, place}, run[1], created[1]);
    for (int day = 0; day < MAP_DAYS && !by_chance; day++)
        TEST(created[0][day] == created[1][day], "%s day %d: expected %g people, found %g", what, day, created[1][day], created[0][day]);
    flee_cases_compare(what, run[0], MAP_SEEDS, run[1], MAP_SEEDS, MAP_DAYS, places, 0.001);
    memory_free(run[0]), memory_free(run[1]), memory_free(place);
    setup_free(&cases.toy.setup);
}

static void compare_maps(const char *name, flee_cases_draw *draw)
{
    compare_map(name, draw, NAIVE_FLEE_COMPAT, false);
    compare_map(name, draw, NAIVE_FLEE_FIXED, false);
}

/* A zone, two towns, two markers, two camps, one of them small. */
static void draw_lattice(struct toy *toy)
{
    flee_cases_place(toy, "home", WORLD_TOWN, 10000); /* A */
    flee_cases_place(toy, "home", WORLD_TOWN, 3000);
    flee_cases_place(toy, "home", WORLD_MARKER, 0); /* C */
    flee_cases_place(toy, "home", WORLD_TOWN, 500);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 400); /* E */
    flee_cases_place(toy, "abroad", WORLD_MARKER, 0);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 0); /* G */
    toy_links(toy, A, B, 120), toy_links(toy, A, C, 60), toy_links(toy, C, D, 90), toy_links(toy, B, D, 150);
    toy_links(toy, D, E, 130), toy_links(toy, B, F, 80), toy_links(toy, F, G, 140), toy_links(toy, C, F, 200), toy_links(toy, D, G, 420);
    flee_cases_people(toy, "60", 30);
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_give(toy, "flee_journey", "camp_weight", "2");
    flee_cases_give(toy, "flee_journey", "foreign_weight", "1.5");
}

static void draw_aware(struct toy *toy)
{
    draw_lattice(toy);
    flee_cases_give(toy, "flee_journey", "awareness_level", "2");
}

static void draw_more_aware(struct toy *toy)
{
    draw_lattice(toy);
    flee_cases_give(toy, "flee_journey", "awareness_level", "3");
    flee_cases_give(toy, "flee_journey", "distance_power", "0.75");
    flee_cases_give(toy, "flee_journey", "softening", "50");
    flee_cases_give(toy, "flee_journey", "capacity_buffer", "0.5");
    flee_cases_give(toy, "flee_journey", "capacity_scaling", "1.25");
}

static void test_awareness(void)
{
    compare_maps("awareness 1", draw_lattice);
    compare_maps("awareness 2", draw_aware);
    compare_maps("awareness 3", draw_more_aware);
}

static void draw_roads(struct toy *toy)
{
    draw_lattice(toy);
    flee_cases_give(toy, "flee_journey", "awareness_level", "0");
}

static void draw_blind(struct toy *toy)
{
    draw_lattice(toy);
    flee_cases_give(toy, "flee_journey", "awareness_level", "-1");
}

static void test_unaware(void)
{
    compare_maps("awareness 0", draw_roads);
    compare_maps("awareness -1", draw_blind);
}

/* Borders that close and open, a place cut off, one link; people on the way with a route of several links. */
static void draw_closures(struct toy *toy)
{
    draw_lattice(toy);
    toy_links(toy, A, D, 260);
    flee_cases_give(toy, "flee_journey", "awareness_level", "2");
    flee_cases_event(toy, 5, WORLD_BORDER, 0, 1, true, 0);
    flee_cases_event(toy, 9, WORLD_BORDER, 0, 1, false, 0);
    flee_cases_event(toy, 11, WORLD_PLACE, D, 0, true, 0);
    flee_cases_event(toy, 12, WORLD_PLACE, D, 0, false, 0);
    flee_cases_event(toy, 18, WORLD_BORDER, 0, 1, true, 0);
    flee_cases_event(toy, 19, WORLD_PLACE, D, 0, true, 0);
    flee_cases_event(toy, 24, WORLD_BORDER, 0, 1, false, 0);
    flee_cases_event(toy, 30, WORLD_PLACE, D, 0, false, 0);
}

/* Links of several days, so that closures catch people on the way. */
static void draw_far(struct toy *toy)
{
    draw_closures(toy);
    flee_cases_give(toy, "flee_journey", "max_move_speed", "55");
}

static void test_closures(void)
{
    compare_maps("closures", draw_closures);
    compare_maps("closures on the way", draw_far);
}

/* A camp that is none until day 15, an idp camp, a hub, a link that everybody takes, camps that grow, people there at first. */
static void draw_kinds(struct toy *toy)
{
    flee_cases_place(toy, "home", WORLD_TOWN, 10000);
    flee_cases_place(toy, "home", WORLD_FORWARDING, 0);
    flee_cases_place(toy, "home", WORLD_CAMP | WORLD_IDP_CAMP, 150);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 300);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 100); /* E */
    flee_cases_place(toy, "abroad", WORLD_TOWN, 900);
    toy_links(toy, A, B, 110), toy_links(toy, A, C, 70), toy_links(toy, B, D, 150), toy_links(toy, C, F, 230), toy_links(toy, D, F, 90);
    world_add_link(toy->setup.world, (struct world_link){.from = B, .to = E, .km = 240, .redirected = true});
    toy_link(toy, E, B, 240);
    flee_cases_event(toy, 0, WORLD_KIND, D, 0, true, WORLD_TOWN);
    flee_cases_event(toy, 15, WORLD_KIND, D, 0, false, WORLD_CAMP);
    flee_cases_event(toy, 20, WORLD_REDIRECT, B, E, false, 0);
    flee_cases_column(toy, "capacity_per_day", false, E, 4.7);
    flee_cases_column(toy, "initial_idps", false, C, 40);
    flee_cases_people(toy, "30", 30);
    flee_cases_give(toy, "flee_zones", "camp_movechance", "0.02");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_give(toy, "flee_journey", "camp_weight", "3");
}

static void test_kinds(void) { compare_maps("kinds", draw_kinds); }

/* Short links, walkers, a slow road. */
static void draw_stints(struct toy *toy)
{
    for (int i = 0; i < 5; i++) flee_cases_place(toy, "home", WORLD_TOWN, 4000);
    flee_cases_place(toy, "home", WORLD_CAMP, 0);
    toy_links(toy, A, B, 40), toy_links(toy, B, C, 30), toy_links(toy, C, D, 90), toy_links(toy, D, E, 150), toy_links(toy, E, F, 55), toy_links(toy, B, E, 210);
    struct world_column *speed = world_add_column(toy->setup.world, "max_move_speed", true);
    speed->value[4] = speed->value[5] = 80;
    struct world_column *walk = world_add_column(toy->setup.world, "walk_probability", true);
    walk->value[6] = walk->value[7] = 0.4;
    flee_cases_people(toy, "50", 30);
    flee_cases_give(toy, "flee_zones", "default_movechance", "0.2");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_give(toy, "flee_journey", "avoid_short_stints", "true");
}

static void draw_walkers(struct toy *toy)
{
    draw_stints(toy);
    flee_cases_give(toy, "flee_journey", "start_on_foot", "true");
    flee_cases_give(toy, "flee_journey", "awareness_level", "2");
}

static void test_stints(void)
{
    compare_maps("short stints", draw_stints);
    compare_maps("on foot", draw_walkers);
}

/* ---- entry */

/* Two zones that come and go, their effect fading, population that is used up. */
static void draw_zones(struct toy *toy)
{
    static const double fades[] = {1, 0.6, 0.1}, early[] = {1, 1, 1, 1, 1, 1, 1, 0.4, 0.4, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0, 0, 0, 0, 0.7}, late[] = {0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5};
    flee_cases_place(toy, "home", WORLD_TOWN, 4000);
    flee_cases_place(toy, "home", WORLD_TOWN, 9000);
    flee_cases_place(toy, "home", WORLD_TOWN, 2000);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 300);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 0);
    toy_links(toy, A, B, 140), toy_links(toy, A, C, 190), toy_links(toy, B, D, 230), toy_links(toy, C, E, 120), toy_links(toy, C, D, 160);
    flee_cases_series(toy, "conflict", A, sizeof early / sizeof *early, early);
    flee_cases_series(toy, "conflict", B, sizeof late / sizeof *late, late);
    flee_cases_decay(toy, 3, fades);
    flee_cases_give(toy, "flee_zones", "conflict_spawn_decay_interval", "8");
    flee_cases_give(toy, "flee_entry", "take_from_population", "true");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_give(toy, "flee_journey", "use_pop_for_loc_weight", "true");
    flee_cases_give(toy, "flee_journey", "pop_power_for_loc_weight", "0.3");
}

static void draw_mode(struct toy *toy, const char *mode, const char *rate)
{
    draw_zones(toy);
    flee_cases_give(toy, "flee_entry", "spawn_mode", mode);
    flee_cases_give(toy, "flee_entry", "displaced_per_conflict_day", rate);
}

static void draw_constant(struct toy *toy) { draw_mode(toy, "constant", "40"); }
static void draw_poisson(struct toy *toy) { draw_mode(toy, "poisson", "40"); }
static void draw_ratio(struct toy *toy) { draw_mode(toy, "pop_ratio", "0.01"); }

/* Registered people rise, fall (a debt) and rise again. */
static void draw_data(struct toy *toy)
{
    static const double near[] = {80, 100, 140, 200, 230, 240, 210, 190, 190, 220, 280, 340, 400, 420, 430, 450, 480, 500};
    static const double far[] = {0, 30, 60, 90, 130, 170, 210, 250, 290, 330, 370, 400, 420, 440, 460, 470, 490, 500};
    static const double elsewhere[] = {5, 5, 6, 7, 9};
    double total[18];
    draw_zones(toy);
    for (int i = 0; i < 18; i++) total[i] = near[i] + far[i] + elsewhere[i < 5 ? i : 4] + 3;
    flee_cases_series(toy, "registered", D, 18, near);
    flee_cases_series(toy, "registered", E, 18, far);
    flee_cases_series(toy, "registered_total", 0, 18, total);
    flee_cases_series(toy, "registered_elsewhere", 0, 5, elsewhere);
}

static void draw_total(struct toy *toy)
{
    draw_data(toy);
    flee_cases_give(toy, "flee_entry", "sum_from_camps", "false");
    flee_cases_give(toy, "flee_entry", "insert_day0", "false");
}

static void test_entry(void)
{
    compare_maps("constant", draw_constant);
    compare_maps("pop_ratio", draw_ratio);
    compare_map("poisson", draw_poisson, NAIVE_FLEE_COMPAT, true);
    compare_map("poisson", draw_poisson, NAIVE_FLEE_FIXED, true);
    compare_maps("data", draw_data);
    compare_maps("data, total", draw_total);
}

/* Links side by side, weak routes left out, powers. */
static void draw_powers(struct toy *toy)
{
    draw_lattice(toy);
    toy_links(toy, A, B, 100), toy_links(toy, B, D, 150);
    flee_cases_give(toy, "flee_journey", "awareness_level", "2");
    flee_cases_give(toy, "flee_journey", "weight_power", "1.6");
    flee_cases_give(toy, "flee_journey", "weight_softening", "0.5");
    flee_cases_give(toy, "flee_journey", "pruning_threshold", "2.5");
    flee_cases_give(toy, "flee_journey", "movechance_pop_base", "3000");
    flee_cases_give(toy, "flee_journey", "movechance_pop_scale_factor", "0.4");
}

static void test_powers(void) { compare_maps("powers", draw_powers); }

static const struct test_case cases[] = {
    {"exact days", test_days},
    {"exact places", test_places},
    {"exact routes", test_routes},
    {"burundi", test_burundi},
    {"mali2012", test_mali},
    {"car2013 long", test_car},
    {"awareness", test_awareness},
    {"unaware", test_unaware},
    {"closures", test_closures},
    {"kinds", test_kinds},
    {"stints", test_stints},
    {"entry", test_entry},
    {"powers", test_powers},
};
TEST_MAIN(cases)
