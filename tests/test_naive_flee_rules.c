/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The naive engine on maps of a few places, where the outcome is known: Flee's habits, and what the fixed rules make of them. */
#include "naive_flee.h"
#include "sim/memory.h"
#include "tests/test.h"

enum { A,
       B,
       C,
       D,
       E };

/* A map being drawn; people come out of A on day 0 unless said otherwise. */
struct toy {
    struct setup setup;
    struct driver *conflict;
    struct naive_flee *flee;
};

static struct toy toy_new(const char *people)
{
    struct toy toy;
    setup_init(&toy.setup);
    toy.setup.world = world_new();
    toy.setup.days = 100;
    toy.conflict = NULL;
    toy.flee = NULL;
    setup_give(&toy.setup, "flee_entry", "spawn_mode", "constant", "toy", 0);
    setup_give(&toy.setup, "flee_entry", "displaced_per_conflict_day", people, "toy", 0);
    setup_give(&toy.setup, "flee_journey", "max_move_speed", "200", "toy", 0);
    return toy;
}

static void give(struct toy *toy, const char *name, const char *value) { setup_give(&toy->setup, "flee_journey", name, value, "toy", 0); }

static void add(struct toy *toy, const char *state, uint32_t kind, double people)
{
    char name[2] = {(char)('A' + toy->setup.world->places), '\0'};
    bool camp = kind & WORLD_CAMP;
    struct world_place place = {.name = name, .region = name, .state = world_state(toy->setup.world, state), .kind = kind};
    if (camp) place.capacity = people;
    else place.population = people;
    world_add_place(toy->setup.world, place);
}

static void one_way(struct toy *toy, uint32_t from, uint32_t to, double km)
{
    world_add_link(toy->setup.world, (struct world_link){.from = from, .to = to, .km = km});
}

static void both_ways(struct toy *toy, uint32_t from, uint32_t to, double km)
{
    one_way(toy, from, to, km);
    one_way(toy, to, from, km);
}

/* Intensity of place A by day, the last one for ever. */
static void intensity(struct toy *toy, int days, const double *value)
{
    double day[16];
    for (int i = 0; i < days; i++) day[i] = i;
    toy->conflict = driver_add(&toy->setup.drivers, "conflict", "1", "", DRIVER_PLACE, DRIVER_STEP, toy->setup.world->places);
    driver_add_series(toy->conflict, A, days, day, value);
}

static void run(struct toy *toy, enum naive_flee_rules rules, enum naive_flee_order order, int days)
{
    struct error error = {0};
    static const double once[] = {1, 0};
    if (!toy->conflict) intensity(toy, 2, once);
    if (!toy->setup.world->first) TEST(world_finish(toy->setup.world, &error) == 0 && driver_finish(&toy->setup.drivers, &error) == 0,
                                       "%s", error.text);
    naive_flee_close(toy->flee);
    toy->flee = naive_flee_open(&toy->setup, (struct naive_flee_options){rules, order, 5}, &error);
    TEST(toy->flee, "%s", error.text);
    for (int i = 0; toy->flee && i < days; i++) naive_flee_step(toy->flee, &error);
}

static double at(const struct toy *toy, uint32_t place) { return (double)naive_flee_place(toy->flee, place)->present; }

static void toy_free(struct toy *toy)
{
    naive_flee_close(toy->flee);
    setup_free(&toy->setup);
}

/* Flee arrives when the road is shorter than the way gone (B14). */
static void test_arrival(void)
{
    struct toy toy = toy_new("10");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_CAMP, 0);
    one_way(&toy, A, B, 200);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, B) == 0, "%g", at(&toy, B));
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 2);
    TEST(at(&toy, B) == 10, "%g", at(&toy, B));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, B) == 10, "%g", at(&toy, B));
    toy_free(&toy);
}

/* 150, 190 and 190 km at 200 km a day: Flee's second link gets a whole day again (B13). */
static void test_day_budget(void)
{
    struct toy toy = toy_new("10");
    give(&toy, "default_movechance", "1");
    for (int i = 0; i < 4; i++) add(&toy, "X", WORLD_TOWN, 1000);
    one_way(&toy, A, B, 150);
    one_way(&toy, B, C, 190);
    one_way(&toy, C, D, 190);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, C) == 10, "%g", at(&toy, C));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 1);
    TEST(naive_flee_totals(toy.flee).travelling == 10 && at(&toy, B) == 0, "50 km of the second link are done");
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 2);
    TEST(at(&toy, D) == 0, "%g", at(&toy, D));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 3);
    TEST(at(&toy, D) == 10, "530 km take three days, %g are there", at(&toy, D));
    toy_free(&toy);
}

/* A town where nobody leaves by chance (0.01) must be left while it ends a short stint; and walkers make 35 km. */
static void test_stints(void)
{
    struct toy toy = toy_new("1000");
    give(&toy, "default_movechance", "0.01");
    give(&toy, "avoid_short_stints", "true");
    for (int i = 0; i < 3; i++) add(&toy, "X", WORLD_TOWN, 1000);
    one_way(&toy, A, B, 50);
    one_way(&toy, B, C, 100);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, C) == 1000, "%g", at(&toy, C));
    toy_free(&toy);
    toy = toy_new("1000");
    give(&toy, "start_on_foot", "true");
    for (int i = 0; i < 2; i++) add(&toy, "X", WORLD_TOWN, 1000);
    one_way(&toy, A, B, 100);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 2);
    TEST(at(&toy, B) == 0, "%g", at(&toy, B));
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 3);
    TEST(at(&toy, B) == 1000, "%g", at(&toy, B));
    toy_free(&toy);
}

static void test_intensity(void)
{
    static const double series[] = {0, .2, .9, 0, .5}, compat[] = {-1, .2, .2, -1, .5}, fixed[] = {-1, .2, .9, -1, .5};
    static const int32_t began[] = {-1, 1, 1, 1, 4};
    struct toy toy = toy_new("0");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_TOWN, 1000);
    both_ways(&toy, A, B, 100);
    intensity(&toy, 5, series);
    for (int day = 0; day < 5; day++) {
        run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, day + 1);
        const struct naive_flee_place *place = naive_flee_place(toy.flee, A);
        TEST(place->conflict == compat[day] && place->time_of_conflict == began[day],
             "day %d: %g since %d", day, place->conflict, place->time_of_conflict);
        TEST(((place->kind & WORLD_TOWN) != 0) == (compat[day] < 0), "day %d", day);
        run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, day + 1);
        place = naive_flee_place(toy.flee, A);
        TEST(place->conflict == fixed[day] && place->time_of_conflict == began[day],
             "day %d: %g since %d", day, place->conflict, place->time_of_conflict);
    }
    toy_free(&toy);
}

/* People on the road are not counted: those who leave together arrive together. Later ones turn to the other camp. */
static void test_capacity(void)
{
    static const double twice[] = {1, 1, 0};
    for (int order = 0; order < 2; order++) {
        struct toy toy = toy_new("300");
        add(&toy, "X", WORLD_TOWN, 1000);
        add(&toy, "X", WORLD_CAMP, 100);
        one_way(&toy, A, B, 100);
        run(&toy, NAIVE_FLEE_COMPAT, (enum naive_flee_order)order, 1);
        TEST(at(&toy, B) == 300, "%g", at(&toy, B));
        toy_free(&toy);
        toy = toy_new("300");
        add(&toy, "X", WORLD_TOWN, 1000);
        add(&toy, "X", WORLD_CAMP, 100);
        add(&toy, "X", WORLD_CAMP, 0);
        one_way(&toy, A, B, 100);
        one_way(&toy, A, C, 1e6);
        give(&toy, "camp_movechance", "0");
        intensity(&toy, 3, twice);
        run(&toy, NAIVE_FLEE_FIXED, (enum naive_flee_order)order, 2);
        TEST(fabs(at(&toy, B) - 300) < 2 && naive_flee_totals(toy.flee).travelling >= 300, "%g", at(&toy, B));
        toy_free(&toy);
    }
}

/* Through a town on the way to a camp: people see those who arrived a moment ago, or do not. */
static void test_order(void)
{
    double arrived[2];
    for (int order = 0; order < 2; order++) {
        struct toy toy = toy_new("500");
        add(&toy, "X", WORLD_TOWN, 1000);
        add(&toy, "X", WORLD_FORWARDING, 0);
        add(&toy, "X", WORLD_CAMP, 100);
        give(&toy, "capacity_buffer", "0.5");
        one_way(&toy, A, B, 50);
        one_way(&toy, B, C, 100);
        run(&toy, NAIVE_FLEE_COMPAT, (enum naive_flee_order)order, 1);
        arrived[order] = at(&toy, C);
        TEST(at(&toy, B) + at(&toy, C) == 500, "%g", at(&toy, B));
        toy_free(&toy);
    }
    /* C(75) = 0.5 lets people on, C(76) does not. */
    TEST(arrived[NAIVE_FLEE_SERIAL] == 76, "%g", arrived[NAIVE_FLEE_SERIAL]);
    TEST(arrived[NAIVE_FLEE_START_OF_PHASE] == 500, "%g", arrived[NAIVE_FLEE_START_OF_PHASE]);
}

/* Two equal links, one of them redirected: Flee does not care, the older rule sends everybody (B2). */
static void test_redirection(void)
{
    struct toy toy = toy_new("2000");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_CAMP, 0);
    add(&toy, "X", WORLD_CAMP, 0);
    one_way(&toy, A, B, 100);
    world_add_link(toy.setup.world, (struct world_link){.from = A, .to = C, .km = 100, .redirected = true});
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, B) > 880 && at(&toy, B) < 1120, "%g", at(&toy, B));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, C) == 2000, "%g", at(&toy, C));
    toy_free(&toy);
}

static void at_event(struct toy *toy, int32_t day, enum world_target target, uint32_t a, uint32_t b, bool closes, uint32_t kind)
{
    world_add_event(toy->setup.world, (struct world_event){.day = day, .target = target, .a = a, .b = b, .closes = closes, .kind = kind});
}

/* On the road when the border closes, at its end when it is open again: Flee turns back (B15). */
static void test_closure(void)
{
    struct toy toy = toy_new("10");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "Y", WORLD_CAMP, 0);
    both_ways(&toy, A, B, 450);
    at_event(&toy, 1, WORLD_BORDER, 0, 1, true, 0);
    at_event(&toy, 2, WORLD_BORDER, 0, 1, false, 0);
    give(&toy, "default_movechance", "0.01");
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 3);
    TEST(at(&toy, A) == 10, "%g", at(&toy, A));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 3);
    TEST(at(&toy, B) == 10, "%g", at(&toy, B));
    toy_free(&toy);
}

/* Closed for good: nobody arrives by either rule; only the fixed rules know closures of one link (B3). */
static void test_closed(void)
{
    struct toy toy = toy_new("10");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "Y", WORLD_CAMP, 0);
    both_ways(&toy, A, B, 250);
    at_event(&toy, 1, WORLD_PLACE, B, 0, true, 0);
    for (int rules = 0; rules < 2; rules++) {
        run(&toy, (enum naive_flee_rules)rules, NAIVE_FLEE_SERIAL, 60);
        TEST(at(&toy, A) == 10, "%g", at(&toy, A));
    }
    toy_free(&toy);
    toy = toy_new("10");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "Y", WORLD_CAMP, 0);
    both_ways(&toy, A, B, 250);
    at_event(&toy, 1, WORLD_LINK, A, B, true, 0);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 2);
    TEST(at(&toy, B) == 10, "%g", at(&toy, B));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 2);
    TEST(at(&toy, A) == 10, "%g", at(&toy, A));
    toy_free(&toy);
}

/* Flee's test_tiny_closure: one person a day from A to B, 5 km, B closed after three days. */
static void test_tiny_closure(void)
{
    static const double always[] = {1};
    struct toy toy = toy_new("1");
    give(&toy, "camp_movechance", "0");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_CAMP, 0);
    both_ways(&toy, A, B, 5);
    at_event(&toy, 3, WORLD_PLACE, B, 0, true, 0);
    intensity(&toy, 1, always);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 100);
    TEST(at(&toy, B) == 3 && at(&toy, A) == 97, "%g, %g", at(&toy, A), at(&toy, B));
    toy_free(&toy);
}

/* A closed camp is a town: no camp weight, people leave; its capacity stays. */
static void test_kind(void)
{
    struct toy toy = toy_new("10");
    give(&toy, "camp_weight", "3");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_CAMP, 50);
    both_ways(&toy, A, B, 100);
    at_event(&toy, 0, WORLD_KIND, B, 0, true, WORLD_TOWN);
    at_event(&toy, 2, WORLD_KIND, B, 0, false, WORLD_CAMP | WORLD_IDP_CAMP);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    const struct naive_flee_place *place = naive_flee_place(toy.flee, B);
    TEST(place->kind == WORLD_TOWN && place->move_chance == 0.3 && place->score == 1 && place->capacity == 50,
         "%u %g %g", place->kind, place->move_chance, place->score);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 3);
    place = naive_flee_place(toy.flee, B);
    TEST(place->kind == (WORLD_CAMP | WORLD_IDP_CAMP) && place->move_chance == 0.1 && place->score == 3,
         "%u %g %g", place->kind, place->move_chance, place->score);
    toy_free(&toy);
}

static double weight_to(const struct toy *toy, uint32_t from, uint32_t hops, uint32_t to)
{
    double weight = 0;
    for (uint32_t i = 0; i < naive_flee_routes(toy->flee, from); i++) {
        struct naive_flee_route route = naive_flee_route(toy->flee, from, i);
        if (route.hops == hops && toy->setup.world->link[route.link[hops - 1]].to == to) weight += route.weight;
    }
    return weight;
}

/* Flee's test_marker_location: B and C lie between A and the camp D; C is a marker and never an end. */
static void test_routes(void)
{
    struct toy toy = toy_new("10");
    give(&toy, "awareness_level", "5");
    give(&toy, "camp_weight", "2");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_MARKER, 0);
    add(&toy, "X", WORLD_CAMP, 0);
    both_ways(&toy, A, B, 100);
    both_ways(&toy, A, C, 100);
    both_ways(&toy, B, D, 100);
    both_ways(&toy, C, D, 100);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 2);
    TEST(naive_flee_routes(toy.flee, A) == 4, "%u", naive_flee_routes(toy.flee, A)); /* B; B D; C D; C D B */
    TEST(fabs(weight_to(&toy, A, 1, B) - 1. / 110) < 1e-12 && fabs(weight_to(&toy, A, 2, D) - 4. / 210) < 1e-12,
         "%g", weight_to(&toy, A, 2, D));
    TEST(fabs(weight_to(&toy, A, 3, B) - 1. / 310) < 1e-12 && at(&toy, C) == 0, "%g", weight_to(&toy, A, 3, B));
    toy_free(&toy);
}

/* Awareness 1 sees as far as the place behind a marker; 2 sees two stops. */
static void test_awareness(void)
{
    static const char *const level[] = {"0", "-1", "1", "2"};
    static const uint32_t compat[] = {0, 3, 3, 4}, fixed[] = {3, 3, 3, 4};
    for (int i = 0; i < 4; i++) {
        struct toy toy = toy_new("300");
        give(&toy, "awareness_level", level[i]);
        for (int place = 0; place < 5; place++) add(&toy, "X", place == C ? WORLD_MARKER : WORLD_TOWN, 1000);
        one_way(&toy, A, B, 50);
        one_way(&toy, A, C, 50);
        one_way(&toy, A, E, 150);
        one_way(&toy, B, D, 60);
        one_way(&toy, C, D, 60);
        run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
        TEST(naive_flee_routes(toy.flee, A) == compat[i], "compat, level %s: %u", level[i], naive_flee_routes(toy.flee, A));
        if (i == 0) TEST(at(&toy, A) == 300, "%g", at(&toy, A));
        run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 1);
        TEST(naive_flee_routes(toy.flee, A) == fixed[i], "fixed, level %s: %u", level[i], naive_flee_routes(toy.flee, A));
        if (i == 0) TEST(fabs(weight_to(&toy, A, 1, C) - 1. / 60) < 1e-12, "%g", weight_to(&toy, A, 1, C));
        if (i == 1) TEST(weight_to(&toy, A, 1, C) == 1, "%g", weight_to(&toy, A, 1, C));
        toy_free(&toy);
    }
}

/* Of weights in the ratio 1 : 8 : 4 : 12, those below a half of the largest are dropped. */
static void test_pruning(void)
{
    static const double weight[] = {1, 8, 4, 12};
    struct toy toy = toy_new("2000");
    give(&toy, "softening", "0");
    give(&toy, "pruning_threshold", "2");
    for (int i = 0; i < 5; i++) add(&toy, "X", i ? WORLD_CAMP : WORLD_TOWN, i ? 0 : 1000);
    for (uint32_t i = 0; i < 4; i++) one_way(&toy, A, i + 1, 100 / weight[i]);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, B) == 0 && at(&toy, D) == 0, "%g, %g", at(&toy, B), at(&toy, D));
    TEST(fabs(at(&toy, C) - 800) < 100 && at(&toy, C) + at(&toy, E) == 2000, "%g", at(&toy, C));
    toy_free(&toy);
}

/* Flee's scoring_foreign_weight and what population does to scores and move chances. */
static void test_scores(void)
{
    struct toy toy = toy_new("500");
    give(&toy, "foreign_weight", "0");
    give(&toy, "use_pop_for_loc_weight", "true");
    give(&toy, "pop_power_for_loc_weight", "2");
    give(&toy, "softening", "100");
    give(&toy, "default_movechance", "1");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "Y", WORLD_CAMP, 0);
    add(&toy, "X", WORLD_TOWN, 3);
    add(&toy, "X", WORLD_TOWN, 0);
    for (uint32_t i = 1; i < 4; i++) one_way(&toy, A, i, 100);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, B) == 0, "%g", at(&toy, B));
    TEST(weight_to(&toy, A, 1, C) == 9. / 200 && weight_to(&toy, A, 1, D) == 1. / 200, "%g", weight_to(&toy, A, 1, C));
    give(&toy, "movechance_pop_base", "4000");
    give(&toy, "movechance_pop_scale_factor", "1");
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1);
    TEST(at(&toy, A) > 320 && at(&toy, A) < 430, "a quarter of 500 leaves, %g stay", at(&toy, A));
    toy_free(&toy);
}

static void column(struct toy *toy, const char *name, bool of_links, uint32_t cell, double value)
{
    world_add_column(toy->setup.world, name, of_links)->value[cell] = value;
}

static void test_columns(void)
{
    struct toy toy = toy_new("10");
    add(&toy, "X", WORLD_TOWN, 1000);
    add(&toy, "X", WORLD_CAMP, 100);
    add(&toy, "X", WORLD_CAMP, 0);
    one_way(&toy, A, B, 100);
    column(&toy, "capacity_per_day", false, B, 10);
    column(&toy, "capacity_per_day", false, C, 10);
    column(&toy, "initial_idps", false, C, 40);
    column(&toy, "max_move_speed", true, 0, 30);
    run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 3);
    TEST(naive_flee_place(toy.flee, B)->capacity == 130 && naive_flee_place(toy.flee, C)->capacity == 30,
         "%g", naive_flee_place(toy.flee, B)->capacity);
    TEST(at(&toy, C) == 40 && at(&toy, B) == 0, "%g, %g", at(&toy, C), at(&toy, B));
    run(&toy, NAIVE_FLEE_FIXED, NAIVE_FLEE_SERIAL, 4);
    TEST(naive_flee_place(toy.flee, B)->capacity == 140 && naive_flee_place(toy.flee, C)->capacity == 0,
         "%g", naive_flee_place(toy.flee, C)->capacity);
    TEST(at(&toy, B) == 10, "%g", at(&toy, B));
    toy_free(&toy);
}

/* Constant, by population, Poisson; people taken from the population. */
static void test_entry(void)
{
    static const double always[] = {.5};
    static const char *const mode[] = {"constant", "pop_ratio", "poisson"}, *const rate[] = {"100", "0.01", "100"};
    static const double first_days[] = {150, 150 - 1, 150};
    for (int i = 0; i < 3; i++) {
        struct toy toy = toy_new(rate[i]);
        setup_give(&toy.setup, "flee_entry", "spawn_mode", mode[i], "toy", 0);
        setup_give(&toy.setup, "flee_entry", "take_from_population", "true", "toy", 0);
        add(&toy, "X", WORLD_TOWN, 10000);
        add(&toy, "X", WORLD_CAMP, 0);
        both_ways(&toy, A, B, 5);
        intensity(&toy, 1, always);
        run(&toy, NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 3); /* by population: 50, 49 of 9950, 49 of 9901 */
        double created = (double)naive_flee_totals(toy.flee).created;
        if (i == 1) TEST(created == 148, "%g", created);
        else TEST(i == 2 ? fabs(created - first_days[i]) < 60 : created == first_days[i], "%s: %g", mode[i], created);
        TEST(naive_flee_place(toy.flee, A)->population == 10000 - created, "%s: %g", mode[i], created);
        toy_free(&toy);
    }
}

static const struct test_case cases[] = {
    {"arrival", test_arrival},
    {"day budget", test_day_budget},
    {"stints", test_stints},
    {"intensity", test_intensity},
    {"capacity", test_capacity},
    {"order", test_order},
    {"redirection", test_redirection},
    {"closure", test_closure},
    {"closed", test_closed},
    {"tiny closure", test_tiny_closure},
    {"kind", test_kind},
    {"routes", test_routes},
    {"awareness", test_awareness},
    {"pruning", test_pruning},
    {"scores", test_scores},
    {"columns", test_columns},
    {"entry", test_entry},
};
TEST_MAIN(cases)
