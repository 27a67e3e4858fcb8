/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flee's oddities one by one, each on the smallest map that shows it: what rules compat do, and what rules fixed do. The
   naive engine must say the same. scenarios/FLEE_RULES.md says it in words.

   number   compat                                          fixed
   B1       (parallel Flee only: serial Flee is followed)   the same
   B2       forced redirection does nothing                 everybody takes the redirected link while its end has room
   B3       closures of one link do nothing                 the link closes, in its direction
   B4       a conflict keeps the intensity of its first day follows the series
   B5       people of day 0 are taken off the capacity      capacity as given
   B6       a capacity of 0 or less is none, also by B5,    a capacity not given is none; a given one holds,
            also when scaled below 1                        also when scaled below 1
   B7       day 0 counts twice in the raw sum               once
   B8       awareness 0: nobody moves, -1: as 1             0: by distance only, -1: blindly
   B9       camps_are_sinks is refused by name              the same
   B10      two-system decisions are refused by name        the same
   B11      flood rules are refused by name                 the same
   B12      (Flee's own tests)                              the same
   B13      every further link of a day gets a full day     one day's km a day
   B14      arrival when the distance is exceeded           when it is reached
   B15      closed while under way: turned back             turned back where the link is closed on arrival
   B16      fixed routes are refused by name                the same
   B17      stay_close_to_home is refused by name           the same
   B18      the flood forecaster is refused by name         the same
   B19      redirection 1 makes the link twice              once
   B20      without conflicts.csv: an error                 the same
   B21-B23  (parallel Flee only)                            the same
   B24      a correction without its date: an error         the same
   B25      tables are added as Flee adds them              interpolated, with their tails
   B26      (dead code of Flee's)                           the same
   B27      (global state: here every run has its own)      the same; test_digest.c
   B28      out.csv is dated a day late                     the same
   B29      (a count that is only logged)                   the same
   B30      (parallel Flee only)                            the same */
#include "output/writers.h"
#include "scenarios/flee_dir.h"
#include "sim/memory.h"
#include "tests/flee_cases.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include <stdlib.h>

static const enum naive_flee_rules both[] = {NAIVE_FLEE_COMPAT, NAIVE_FLEE_FIXED};

/* People at a place, by both engines. */
static void check_between(const struct flee_cases *c, uint32_t place, double low, double high, int line)
{
    double engine = flee_cases_at(c->sim, place), naive = (double)naive_flee_place(c->naive, place)->present;
    TEST(engine >= low && engine <= high, "line %d, %s: expected %g to %g people at %c, found %g", line, flee_cases_word(c->rules), low, high, 'A' + (int)place, engine);
    TEST(naive >= low && naive <= high, "line %d, %s, naive engine: expected %g to %g people at %c, found %g", line, flee_cases_word(c->rules), low, high, 'A' + (int)place, naive);
}

#define BETWEEN(cases, place, low, high) check_between(cases, place, low, high, __LINE__)
#define PRESENT(cases, place, people) check_between(cases, place, people, people, __LINE__)

static void run(struct flee_cases *c, flee_cases_draw *draw, enum naive_flee_rules rules, int32_t days)
{
    flee_cases_setup(c, draw, rules);
    flee_cases_start(c);
    flee_cases_steps(c, days);
}

/* ---- B2: forced redirection */

static void draw_fork(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    flee_cases_place(toy, "X", WORLD_CAMP, 100);
    toy_link(toy, A, B, 100);
    world_add_link(toy->setup.world, (struct world_link){.from = A, .to = C, .km = 100, .redirected = true});
    flee_cases_give(toy, "flee_zones", "camp_movechance", "0");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
}

static void draw_redirection(struct toy *toy)
{
    draw_fork(toy);
    flee_cases_people(toy, "2000", 2);
}

/* 2000 people at once, then 2000 more, who find C full. */
static void test_redirection(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_redirection, both[i], 1);
        if (both[i] == NAIVE_FLEE_FIXED) PRESENT(&c, C, 2000);
        else BETWEEN(&c, C, 880, 1120);
        flee_cases_steps(&c, 1);
        TEST(flee_cases_at(c.sim, B) + flee_cases_at(c.sim, C) == 4000, "%s: all arrive on the day", flee_cases_word(both[i]));
        if (both[i] == NAIVE_FLEE_FIXED) PRESENT(&c, C, 2000);
        flee_cases_close(&c);
    }
}

static void draw_redirection_ends(struct toy *toy)
{
    draw_fork(toy);
    flee_cases_event(toy, 1, WORLD_REDIRECT, A, C, false, 0);
    flee_cases_event(toy, 2, WORLD_REDIRECT, A, B, true, 0);
    flee_cases_give(toy, "flee_journey", "capacity_scaling", "1000");
    flee_cases_people(toy, "2000", 3);
}

static void test_redirection_changes(void)
{
    struct flee_cases c;
    run(&c, draw_redirection_ends, NAIVE_FLEE_FIXED, 1);
    PRESENT(&c, B, 0);
    flee_cases_steps(&c, 1);
    BETWEEN(&c, B, 880, 1120);
    double before = flee_cases_at(c.sim, C);
    flee_cases_steps(&c, 1);
    TEST(flee_cases_at(c.sim, C) == before, "nobody is sent to C any more, %g more are there", flee_cases_at(c.sim, C) - before);
    flee_cases_close(&c);
}

/* Over a marker to D, though the camp at C is nearer. */
static void draw_over_marker(struct toy *toy, double capacity, int32_t until)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_MARKER, 0);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    flee_cases_place(toy, "X", WORLD_CAMP, capacity);
    world_add_link(toy->setup.world, (struct world_link){.from = A, .to = B, .km = 100, .redirected = true});
    toy_link(toy, B, D, 50);
    toy_link(toy, A, C, 10);
    flee_cases_give(toy, "flee_zones", "camp_movechance", "0");
    flee_cases_people(toy, "500", until);
}

static void draw_redirected_marker(struct toy *toy) { draw_over_marker(toy, 0, 1); }

static void test_redirected_marker(void)
{
    struct flee_cases c;
    run(&c, draw_redirected_marker, NAIVE_FLEE_FIXED, 3);
    PRESENT(&c, D, 500);
    flee_cases_close(&c);
}

/* The camp behind the marker is full after the first day; the marker never is. */
static void draw_full_behind_marker(struct toy *toy) { draw_over_marker(toy, 100, 2); }

static void test_full_behind_marker(void)
{
    struct flee_cases c;
    run(&c, draw_full_behind_marker, NAIVE_FLEE_FIXED, 4);
    PRESENT(&c, D, 500);
    PRESENT(&c, C, 0);
    flee_cases_close(&c);
}

/* ---- B4: intensity */

static void draw_intensity(struct toy *toy)
{
    static const double series[] = {0, .2, .9, 0, .5};
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    toy_links(toy, A, B, 100);
    flee_cases_series(toy, "conflict", A, 5, series);
    flee_cases_give(toy, "flee_entry", "spawn_mode", "constant");
    flee_cases_give(toy, "flee_entry", "displaced_per_conflict_day", "100");
}

static void test_intensity(void)
{
    static const double expected[2][5] = {[NAIVE_FLEE_COMPAT] = {-1, .2, .2, -1, .5}, [NAIVE_FLEE_FIXED] = {-1, .2, .9, -1, .5}};
    static const int32_t began[] = {-1, 1, 1, 1, 4};
    static const double created[2][5] = {[NAIVE_FLEE_COMPAT] = {0, 20, 40, 40, 90}, [NAIVE_FLEE_FIXED] = {0, 20, 110, 110, 160}};
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_intensity, both[i], 0);
        for (int day = 0; day < 5; day++) {
            flee_cases_steps(&c, 1);
            const struct flee_zones *zones = flee_cases_zones(c.sim);
            const struct naive_flee_place *naive = naive_flee_place(c.naive, A);
            TEST(zones->conflict[A] == expected[both[i]][day] && zones->since[A] == began[day], "%s day %d: %g since %d", flee_cases_word(both[i]), day, zones->conflict[A], zones->since[A]);
            TEST(naive->conflict == expected[both[i]][day] && naive->time_of_conflict == began[day], "naive %s day %d: %g", flee_cases_word(both[i]), day, naive->conflict);
            TEST((double)c.sim->persons.entered == created[both[i]][day], "%s day %d: %u people", flee_cases_word(both[i]), day, (unsigned)c.sim->persons.entered);
            TEST(((zones->kind[A] & WORLD_TOWN) != 0) == (zones->conflict[A] < 0), "%s day %d", flee_cases_word(both[i]), day);
        }
        flee_cases_close(&c);
    }
}

/* ---- B5, B6, B7: the people of day 0 */

/* 60 people stand in B on day 0, 90 more are registered on day 1. */
static void draw_day0(struct toy *toy, double capacity)
{
    static const double people[] = {60, 150}, always[] = {1};
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, capacity);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 50);
    toy_link(toy, A, C, 1e7);
    flee_cases_series(toy, "registered", B, 2, people);
    flee_cases_series(toy, "registered_total", 0, 2, people);
    flee_cases_series(toy, "conflict", A, 1, always);
    flee_cases_give(toy, "flee_zones", "camp_movechance", "0");
    flee_cases_give(toy, "flee_journey", "capacity_buffer", "0.5");
}

static void draw_roomy(struct toy *toy) { draw_day0(toy, 100); }
static void draw_tight(struct toy *toy) { draw_day0(toy, 50); }

static double capacity_of(const struct flee_cases *c, uint32_t place)
{
    double engine = flee_cases_zones(c->sim)->capacity[place], naive = naive_flee_place(c->naive, place)->capacity;
    TEST(engine == naive, "%s: capacity %g, by the naive engine %g", flee_cases_word(c->rules), engine, naive);
    return engine;
}

static void test_day0(void)
{
    for (int i = 0; i < 2; i++) {
        bool compat = both[i] == NAIVE_FLEE_COMPAT;
        struct flee_cases c;
        run(&c, draw_roomy, both[i], 1);
        PRESENT(&c, B, 60);
        TEST(capacity_of(&c, B) == (compat ? 40 : 100), "B5: %g", capacity_of(&c, B));
        double raw = flee_cases_indicator(c.sim, "refugees_raw");
        TEST(raw == (compat ? 120 : 60) && raw == naive_flee_totals(c.naive).refugees_raw, "B7: %g", raw);
        flee_cases_steps(&c, 1);
        raw = flee_cases_indicator(c.sim, "refugees_raw");
        TEST(raw == (compat ? 210 : 150) && raw == naive_flee_totals(c.naive).refugees_raw, "B7: %g", raw);
        /* compat: 60 of 40 is full, all 90 look elsewhere (as good as all: the road to C is endless); fixed: C(60 of 100) = 0.8 */
        if (compat) PRESENT(&c, B, 60);
        else BETWEEN(&c, B, 149, 150);
        flee_cases_close(&c);
    }
}

/* 60 people in a camp for 50: by compat 50 - 60 = -10 is no limit at all. */
static void test_overfull_at_first(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_tight, both[i], 2);
        TEST(capacity_of(&c, B) == (both[i] == NAIVE_FLEE_COMPAT ? -10 : 50), "B6: %g", capacity_of(&c, B));
        if (both[i] == NAIVE_FLEE_COMPAT) BETWEEN(&c, B, 149, 150);
        else PRESENT(&c, B, 60);
        flee_cases_close(&c);
    }
}

/* A camp for 40, scaled to 0.4 people, and one of which no capacity is given. */
static void draw_scaled(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, 40);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 50);
    toy_link(toy, A, C, 50);
    flee_cases_give(toy, "flee_journey", "capacity_scaling", "0.01");
    flee_cases_give(toy, "flee_zones", "camp_movechance", "0");
    flee_cases_people(toy, "1000", 2);
}

static void test_capacity_below_one(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_scaled, both[i], 1);
        BETWEEN(&c, B, 420, 580);
        double first = flee_cases_at(c.sim, B);
        flee_cases_steps(&c, 1);
        double more = flee_cases_at(c.sim, B) - first;
        TEST(both[i] == NAIVE_FLEE_COMPAT ? more > 420 && more < 580 : more == 0, "B6, %s: %g more", flee_cases_word(both[i]), more);
        flee_cases_close(&c);
    }
}

/* The camps are those of before day 0, also where one is closed on that day. */
static void draw_closed_at_first(struct toy *toy)
{
    draw_day0(toy, 0);
    flee_cases_event(toy, 0, WORLD_KIND, B, 0, true, WORLD_TOWN);
    flee_cases_give(toy, "flee_zones", "default_movechance", "0.01");
}

static void test_closed_at_first(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_closed_at_first, both[i], 1);
        PRESENT(&c, B, 60);
        flee_cases_close(&c);
    }
}

/* ---- B8: awareness 0 and below */

static void draw_aware(struct toy *toy, const char *level)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    flee_cases_place(toy, "X", WORLD_TOWN, 0);
    toy_link(toy, A, B, 40);
    toy_link(toy, A, C, 90);
    flee_cases_give(toy, "flee_journey", "awareness_level", level);
    flee_cases_give(toy, "flee_journey", "camp_weight", "3");
    flee_cases_people(toy, "9000", 1);
}

static void draw_distances(struct toy *toy) { draw_aware(toy, "0"); }
static void draw_blind(struct toy *toy) { draw_aware(toy, "-1"); }

/* Of 9000 to B: all of three to one by score times distance 2 : 1, 6 in 7 with level -1 by compat, which is as 1. */
static void test_awareness(void)
{
    struct flee_cases c;
    run(&c, draw_distances, NAIVE_FLEE_COMPAT, 1);
    PRESENT(&c, A, 9000);
    flee_cases_close(&c);
    run(&c, draw_distances, NAIVE_FLEE_FIXED, 1);
    BETWEEN(&c, B, 5800, 6200);
    PRESENT(&c, A, 0);
    flee_cases_close(&c);
    run(&c, draw_blind, NAIVE_FLEE_COMPAT, 1);
    BETWEEN(&c, B, 7540, 7890);
    flee_cases_close(&c);
    run(&c, draw_blind, NAIVE_FLEE_FIXED, 1);
    BETWEEN(&c, B, 4300, 4700);
    flee_cases_close(&c);
}

/* A marker is a destination at these levels of the fixed rules only. */
static void draw_blind_marker(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_MARKER, 0);
    flee_cases_place(toy, "X", WORLD_TOWN, 0);
    toy_link(toy, A, B, 300);
    toy_link(toy, A, C, 300);
    flee_cases_give(toy, "flee_journey", "awareness_level", "-1");
    flee_cases_give(toy, "flee_zones", "default_movechance", "0.01");
    flee_cases_people(toy, "1000", 1);
}

static void test_blind_marker(void)
{
    struct flee_cases c;
    run(&c, draw_blind_marker, NAIVE_FLEE_COMPAT, 1);
    PRESENT(&c, C, 1000);
    flee_cases_close(&c);
    run(&c, draw_blind_marker, NAIVE_FLEE_FIXED, 1);
    BETWEEN(&c, B, 420, 580);
    flee_cases_close(&c);
}

/* ---- B13, B14: distance and days */

static void draw_far_town(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 200);
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_people(toy, "10", 1);
}

/* 200 km at 200 km a day. */
static void test_arrival(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_far_town, both[i], 1);
        PRESENT(&c, B, both[i] == NAIVE_FLEE_FIXED ? 10 : 0);
        flee_cases_steps(&c, 1);
        PRESENT(&c, B, 10);
        flee_cases_close(&c);
    }
}

static void draw_chain(struct toy *toy)
{
    for (int i = 0; i < 4; i++) flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    toy_link(toy, A, B, 150);
    toy_link(toy, B, C, 190);
    toy_link(toy, C, D, 190);
    flee_cases_give(toy, "flee_zones", "default_movechance", "1");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_people(toy, "10", 1);
}

/* 150, 190 and 190 km at 200 km a day: 530 km take three days, by compat two. */
static void test_day_budget(void)
{
    struct flee_cases c;
    run(&c, draw_chain, NAIVE_FLEE_COMPAT, 1);
    PRESENT(&c, C, 10);
    flee_cases_steps(&c, 1);
    PRESENT(&c, D, 10);
    flee_cases_close(&c);
    run(&c, draw_chain, NAIVE_FLEE_FIXED, 1);
    TEST(flee_cases_travelling(c.sim) == 10 && naive_flee_totals(c.naive).travelling == 10, "50 km of the second link are done");
    flee_cases_steps(&c, 1);
    PRESENT(&c, D, 0);
    flee_cases_steps(&c, 1);
    PRESENT(&c, D, 10);
    flee_cases_close(&c);
}

/* Recent travel is held against a half, and a tie is no short stint. At 200 km a day: 200 km on day 0, r = 0.5; 50, 30 and 200
   km on day 1, r = (0.5 + 1.4) / 2 = 0.95; 10 km on day 2 until D, (0.95 + 0.05) / 2 = 0.5. */
static void draw_tie(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_FORWARDING, 0);
    flee_cases_place(toy, "X", WORLD_FORWARDING, 0);
    flee_cases_place(toy, "X", WORLD_TOWN, 0);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 250);
    toy_link(toy, B, C, 30);
    toy_link(toy, C, D, 210);
    toy_link(toy, D, E, 10);
    flee_cases_give(toy, "flee_zones", "default_movechance", "0.005");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_give(toy, "flee_journey", "avoid_short_stints", "true");
    flee_cases_people(toy, "10", 1);
}

static void draw_short(struct toy *toy)
{
    draw_tie(toy);
    flee_cases_give(toy, "flee_journey", "max_move_speed", "201");
}

static void test_stints(void)
{
    struct flee_cases c;
    run(&c, draw_tie, NAIVE_FLEE_COMPAT, 3);
    PRESENT(&c, D, 10);
    flee_cases_close(&c);
    run(&c, draw_short, NAIVE_FLEE_COMPAT, 3);
    PRESENT(&c, E, 10);
    flee_cases_close(&c);
}

/* ---- B15 and other closures */

static void draw_border(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "Y", WORLD_CAMP, 0);
    toy_links(toy, A, B, 450);
    flee_cases_give(toy, "flee_zones", "default_movechance", "0.005");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_people(toy, "10", 1);
}

static void draw_reopened(struct toy *toy)
{
    draw_border(toy);
    flee_cases_event(toy, 1, WORLD_BORDER, 0, 1, true, 0);
    flee_cases_event(toy, 2, WORLD_BORDER, 0, 1, false, 0);
}

static void draw_closed(struct toy *toy)
{
    draw_border(toy);
    flee_cases_event(toy, 1, WORLD_PLACE, B, 0, true, 0);
}

static void test_closure(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_reopened, both[i], 3);
        PRESENT(&c, both[i] == NAIVE_FLEE_FIXED ? B : A, 10);
        flee_cases_close(&c);
        run(&c, draw_closed, both[i], 3);
        PRESENT(&c, A, 10);
        flee_cases_close(&c);
    }
}

/* On the way to the camp behind the marker B when the border before it closes; back in A on the evening of day 1. */
static void draw_turned_back(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "Y", WORLD_MARKER, 0);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    flee_cases_place(toy, "X", WORLD_TOWN, 0);
    toy_link(toy, A, B, 350);
    toy_link(toy, B, C, 20);
    flee_cases_event(toy, 1, WORLD_BORDER, 0, 1, true, 0);
    flee_cases_give(toy, "flee_journey", "distance_power", "20");
    flee_cases_give(toy, "flee_journey", "max_move_speed", "200");
    flee_cases_people(toy, "10", 1);
}

/* A long road leads straight to the camp. */
static void draw_detour(struct toy *toy)
{
    draw_turned_back(toy);
    toy_link(toy, A, C, 1000);
    flee_cases_give(toy, "flee_zones", "default_movechance", "0.005");
}

/* Compat: what is left of the route goes on from A the next day, whatever A's move chance. Fixed: the plan is void. */
static void test_turned_back(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_detour, both[i], 2);
        PRESENT(&c, A, 10);
        flee_cases_steps(&c, 1);
        PRESENT(&c, A, both[i] == NAIVE_FLEE_COMPAT ? 0 : 10);
        flee_cases_close(&c);
    }
}

/* A long road leads elsewhere, and everybody leaves A every day. */
static void draw_other_road(struct toy *toy)
{
    draw_turned_back(toy);
    toy_link(toy, A, D, 1000);
    flee_cases_give(toy, "flee_zones", "default_movechance", "1");
}

/* Compat: the rest of the route fits no link of A, so that people lose a day with it. */
static void test_void_plan(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_other_road, both[i], 3);
        PRESENT(&c, A, both[i] == NAIVE_FLEE_COMPAT ? 10 : 0);
        flee_cases_steps(&c, 1);
        PRESENT(&c, A, 0);
        flee_cases_close(&c);
    }
}

/* Two closures of one border that overlap: by compat the first reopening opens it. */
static void draw_overlap(struct toy *toy)
{
    draw_border(toy);
    flee_cases_event(toy, 0, WORLD_BORDER, 0, 1, true, 0);
    flee_cases_event(toy, 1, WORLD_PLACE, B, 0, true, 0);
    flee_cases_event(toy, 2, WORLD_BORDER, 0, 1, false, 0);
    flee_cases_event(toy, 3, WORLD_PLACE, B, 0, false, 0);
}

static void test_overlap(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_overlap, both[i], 3);
        TEST(c.sim->world->link[0].open == (both[i] == NAIVE_FLEE_COMPAT), "%s", flee_cases_word(both[i]));
        TEST(naive_flee_link_open(c.naive, 0) == (both[i] == NAIVE_FLEE_COMPAT), "naive, %s", flee_cases_word(both[i]));
        flee_cases_steps(&c, 1);
        TEST(c.sim->world->link[0].open && naive_flee_link_open(c.naive, 0), "%s", flee_cases_word(both[i]));
        flee_cases_close(&c);
    }
}

/* Two roads side by side: by compat both count for the choice and all take the first. */
static void draw_parallel(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 100);
    toy_link(toy, A, B, 210);
    flee_cases_give(toy, "flee_journey", "max_move_speed", "150");
    flee_cases_people(toy, "3000", 1);
}

static void test_parallel(void)
{
    struct flee_cases c;
    run(&c, draw_parallel, NAIVE_FLEE_COMPAT, 1);
    PRESENT(&c, B, 3000);
    flee_cases_close(&c);
    run(&c, draw_parallel, NAIVE_FLEE_FIXED, 1);
    BETWEEN(&c, B, 1900, 2100); /* 220 : 110 */
    flee_cases_close(&c);
}

/* ---- entry */

/* Two zones; the effect of the first falls to nothing on day 2. By compat today's people still come from it. */
static void draw_fading(struct toy *toy)
{
    static const double fades[] = {1, 0}, first[] = {1}, second[] = {0, 1}, people[] = {0, 100, 200, 300};
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_TOWN, 500);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, C, 10), toy_link(toy, B, C, 10);
    flee_cases_series(toy, "conflict", A, 1, first);
    flee_cases_series(toy, "conflict", B, 2, second);
    flee_cases_decay(toy, 2, fades);
    flee_cases_series(toy, "registered", C, 4, people);
    flee_cases_series(toy, "registered_total", 0, 4, people);
    flee_cases_give(toy, "flee_zones", "conflict_spawn_decay_interval", "2");
}

static void test_fading(void)
{
    static const double used[2][4] = {[NAIVE_FLEE_COMPAT] = {1000, 1000, 1000, 0}, [NAIVE_FLEE_FIXED] = {1000, 1000, 0, 0}};
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_fading, both[i], 0);
        for (int day = 0; day < 4; day++) {
            /* All weights are 0 on day 3: the people wait, where Flee and the naive engine stop. */
            if (day < 3) flee_cases_steps(&c, 1);
            else sim_step(c.sim);
            double weight = flee_cases_entry(c.sim)->spawned[A], naive = naive_flee_place(c.naive, A)->weight_used;
            TEST(weight == used[both[i]][day], "%s day %d: %g", flee_cases_word(both[i]), day, weight);
            TEST(day == 3 || naive == weight, "%s day %d: %g, by the naive engine %g", flee_cases_word(both[i]), day, weight, naive);
        }
        flee_cases_close(&c);
    }
}

/* 225 people live here and 300 set out, the last from a place without people. No population and no weight is below 0. */
static void draw_used_up(struct toy *toy)
{
    static const double always[] = {1}, people[] = {0, 100, 200, 300};
    flee_cases_place(toy, "X", WORLD_TOWN, 5);
    flee_cases_place(toy, "X", WORLD_TOWN, 100);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    flee_cases_place(toy, "X", WORLD_TOWN, 120);
    toy_link(toy, A, C, 10), toy_link(toy, B, C, 10), toy_link(toy, D, C, 10);
    for (uint32_t i = 0; i < 4; i++)
        if (i != C) flee_cases_series(toy, "conflict", i, 1, always);
    flee_cases_series(toy, "registered", C, 4, people);
    flee_cases_series(toy, "registered_total", 0, 4, people);
    flee_cases_give(toy, "flee_entry", "take_from_population", "true");
}

static void draw_driven_out(struct toy *toy)
{
    flee_cases_place(toy, "X", WORLD_TOWN, 30);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 10);
    flee_cases_people(toy, "20", 4);
    flee_cases_give(toy, "flee_entry", "take_from_population", "true");
}

static void test_used_up(void)
{
    flee_cases_draw *draw[] = {draw_used_up, draw_driven_out};
    for (int i = 0; i < 4; i++) {
        struct flee_cases c;
        run(&c, draw[i / 2], both[i % 2], 4);
        for (uint32_t place = 0; place < c.sim->world->places; place++) {
            double population = flee_cases_zones(c.sim)->population[place], weight = flee_cases_entry(c.sim)->weight[place];
            TEST(population >= 0 && weight >= 0, "%s: %c has %g people, weight %g", flee_cases_word(both[i % 2]), 'A' + (int)place, population, weight);
        }
        flee_cases_close(&c);
    }
}

/* ---- camps that grow */

static void draw_growing(struct toy *toy)
{
    static const double people[] = {8};
    flee_cases_place(toy, "X", WORLD_TOWN, 1000);
    flee_cases_place(toy, "X", WORLD_CAMP, 100);
    flee_cases_place(toy, "X", WORLD_CAMP, 0);
    toy_link(toy, A, B, 10), toy_link(toy, A, C, 10);
    struct world_column *column = world_add_column(toy->setup.world, "capacity_per_day", false);
    column->value[B] = 10.9;
    column->value[C] = 10;
    flee_cases_series(toy, "registered", C, 1, people);
    flee_cases_series(toy, "registered_total", 0, 1, people);
}

/* No capacity is given for C: by compat it gets one by growing, and day 0 is not taken off, as it had none then. */
static void test_growing(void)
{
    for (int i = 0; i < 2; i++) {
        struct flee_cases c;
        run(&c, draw_growing, both[i], 3);
        TEST(capacity_of(&c, B) == 130, "%g", capacity_of(&c, B));
        TEST(capacity_of(&c, C) == (both[i] == NAIVE_FLEE_COMPAT ? 30 : 0), "%s: %g", flee_cases_word(both[i]), capacity_of(&c, C));
        flee_cases_close(&c);
    }
}

/* ---- one setup, several runs */

static void draw_kinds(struct toy *toy)
{
    draw_border(toy);
    flee_cases_event(toy, 2, WORLD_KIND, A, 0, true, WORLD_CAMP);
    flee_cases_event(toy, 3, WORLD_REDIRECT, A, B, true, 0);
    flee_cases_event(toy, 4, WORLD_BORDER, 0, 1, true, 0);
}

/* What a run did to the map is no matter to the next. */
static void test_again(void)
{
    struct error error = {0};
    char hex[2][65];
    struct flee_cases c;
    flee_cases_setup(&c, draw_kinds, NAIVE_FLEE_FIXED);
    for (int i = 0; i < 2; i++) {
        struct sim *sim = sim_open(&c.toy.setup, models, (struct sim_tuning){.threads = 1}, &error);
        TEST(sim, "%s", error.text);
        for (int day = 0; sim && day < 6; day++) sim_step(sim);
        if (sim) sim_digest(sim, hex[i]);
        sim_close(sim);
    }
    TEST(strcmp(hex[0], hex[1]) == 0, "the second run of a setup differs from the first");
    setup_free(&c.toy.setup);
}

/* Candidate routes are found once: a place that becomes a marker, or ceases to be one, is refused by name. */
static void draw_new_marker(struct toy *toy)
{
    draw_border(toy);
    flee_cases_event(toy, 3, WORLD_KIND, B, 0, true, WORLD_MARKER);
}

static void test_new_marker(void)
{
    struct error error = {0};
    struct flee_cases c;
    flee_cases_setup(&c, draw_new_marker, NAIVE_FLEE_FIXED);
    struct sim *sim = sim_open(&c.toy.setup, models, (struct sim_tuning){.threads = 1}, &error);
    TEST(!sim && error.status == FAIL_INPUT && strstr(error.text, "'B'") && strstr(error.text, "marker"), "%s", sim ? "it was accepted" : error.text);
    sim_close(sim);
    setup_free(&c.toy.setup);
}

/* ---- directories: what the reader makes of Flee's files */

struct file {
    const char *name, *text;
};

static const struct file files[] = {
    {"input_csv/sim_period.csv", "StartDate,2020-01-01\nLength,12\n"},
    {"input_csv/locations.csv", "#name,region,country,latitude,longitude,location_type,conflict_date,population\nA,r,X,0,0,conflict_zone,0,1000\nB,r,X,0,0,camp,,0\nC,r,X,0,0,camp,,0\n"},
    {"input_csv/routes.csv", "#name1,name2,distance,forced_redirection\nA,B,100,0\nA,C,100,0\n"},
    {"input_csv/closures.csv", "#closure_type,name1,name2,closure_start,closure_end\n"},
    {"input_csv/conflicts.csv", "#Day,A\n0,1\n1,1\n2,1\n3,1\n4,1\n5,1\n6,1\n7,1\n8,1\n9,1\n10,1\n11,1\n"},
    {"source_data/data_layout.csv", "total,refugees.csv\nB,b.csv\nC,c.csv\n"},
    {"source_data/refugees.csv", "2020-01-01,0\n2020-01-05,2000\n"},
    {"source_data/b.csv", "2020-01-01,0\n2020-01-05,1000\n"},
    {"source_data/c.csv", "2020-01-01,0\n2020-01-05,1000\n"},
};

static struct scratch directory(void)
{
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) scratch_write(&scratch, files[i].name, files[i].text);
    return scratch;
}

static int read_directory(const struct scratch *scratch, enum naive_flee_rules rules, struct setup *setup, struct error *error)
{
    *error = (struct error){0};
    setup_init(setup);
    return flee_dir_read(setup, &(struct flee_dir_options){.directory = scratch->folder, .rules = flee_cases_word(rules), .seed = 4, .scale = 1}, error);
}

/* A setup of the directory, or the end of the program. */
static void expect_directory(const struct scratch *scratch, enum naive_flee_rules rules, struct setup *setup)
{
    struct error error;
    if (read_directory(scratch, rules, setup, &error) == 0) return;
    printf("%s\n", error.text);
    exit(EXIT_FAILURE);
}

/* B3: the link from A to B closes, by the fixed rules; the way back stays open. */
static void test_link_closure(void)
{
    struct scratch scratch = directory();
    scratch_write(&scratch, "input_csv/closures.csv", "#closure_type,name1,name2,closure_start,closure_end\nlink,A,B,0,-1\n");
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        struct error error = {0};
        expect_directory(&scratch, both[i], &setup);
        TEST((both[i] == NAIVE_FLEE_COMPAT) == (strstr(setup.warning.text, "no effect") != NULL), "%s: %s", flee_cases_word(both[i]), setup.warning.text);
        struct sim *sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
        TEST(sim, "%s", error.text);
        for (int day = 0; sim && day < 2; day++) sim_step(sim);
        if (sim) {
            TEST((flee_cases_at(sim, B) > 0) == (both[i] == NAIVE_FLEE_COMPAT) && flee_cases_at(sim, C) > 0, "%s: %g people at B", flee_cases_word(both[i]), flee_cases_at(sim, B));
            TEST(sim->world->link[world_find_link(sim->world, B, A)].open, "%s: the way back", flee_cases_word(both[i]));
        }
        sim_close(sim);
        setup_free(&setup);
    }
    scratch_close(&scratch);
}

/* B19 */
static void test_doubled_link(void)
{
    struct scratch scratch = directory();
    scratch_write(&scratch, "input_csv/routes.csv", "#name1,name2,distance,forced_redirection\nA,B,100,1\nA,C,100,2\n");
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        uint32_t redirected = 0;
        expect_directory(&scratch, both[i], &setup);
        const struct world *world = setup.world;
        for (uint32_t j = 0; j < world->links; j++) redirected += world->link[j].redirected;
        TEST(world->links == (both[i] == NAIVE_FLEE_COMPAT ? 6 : 4) && redirected == 2, "%s: %u links, %u redirected", flee_cases_word(both[i]), world->links, redirected);
        TEST(world->link[world_find_link(world, A, B)].redirected && !world->link[world_find_link(world, A, C)].redirected && world->link[world_find_link(world, C, A)].redirected, "%s", flee_cases_word(both[i]));
        setup_free(&setup);
    }
    scratch_close(&scratch);
}

/* Both rules refuse, with the file and the word in the message. */
static void check_refused(const struct scratch *scratch, const char *file, const char *word)
{
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        struct error error;
        int status = read_directory(scratch, both[i], &setup, &error);
        TEST(status && error.status == FAIL_INPUT && strstr(error.text, file) && strstr(error.text, word), "%s, %s: %s", flee_cases_word(both[i]), word, status ? error.text : "it was accepted");
        setup_free(&setup);
    }
}

/* B9, B10, B11, B16, B17, B18: rules whose oddities nobody needs yet. */
static void test_refused(void)
{
    static const struct {
        const char *section, *line, *word;
    } rule[] = {
        {"spawn_rules", "camps_are_sinks: True", "camps_are_sinks"},
        {"spawn_rules", "camps_are_sicks: True", "camps_are_sicks"},
        {"move_rules", "two_system_decision_making: 0.5", "two_system_decision_making"},
        {"spawn_rules", "flood_zone_spawning_only: True", "flood_zone_spawning_only"},
        {"move_rules", "flood_rules:\n    max_flood_level: 4\n    flood_forecaster: True", "flood_rules"},
        {"move_rules", "fixed_routes: True", "fixed_routes"},
        {"move_rules", "stay_close_to_home: True", "stay_close_to_home"},
    };
    struct scratch scratch = directory();
    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++) {
        char *text = memory_format("%s:\n  %s\n", rule[i].section, rule[i].line);
        scratch_write(&scratch, "simsetting.yml", text);
        check_refused(&scratch, "simsetting.yml:2", rule[i].word);
        memory_free(text);
    }
    scratch_close(&scratch);
}

/* B20 */
static void test_no_conflicts(void)
{
    struct scratch scratch = directory();
    remove(scratch_path(&scratch, "input_csv/conflicts.csv"));
    check_refused(&scratch, "conflicts.csv", "conflicts.csv");
    scratch_close(&scratch);
}

static double registered(const struct setup *setup, uint32_t place, int32_t day) { return driver_at(driver_find(&setup->drivers, "registered"), place, day); }

/* B24: Flee stops in the middle; here the date is named. A correction that can be made scales what came before. */
static void test_correction(void)
{
    struct scratch scratch = directory();
    scratch_write(&scratch, "input_csv/registration_corrections.csv", "B,2020-01-04\n");
    check_refused(&scratch, "registration_corrections.csv:1", "2020-01-04");
    scratch_write(&scratch, "input_csv/registration_corrections.csv", "B,2020-01-01\n");
    check_refused(&scratch, "registration_corrections.csv:1", "2020-01-01");
    scratch_write(&scratch, "input_csv/registration_corrections.csv", "B,2020-01-05\n");
    scratch_write(&scratch, "source_data/b.csv", "2020-01-01,100\n2020-01-03,400\n2020-01-05,200\n");
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        expect_directory(&scratch, both[i], &setup);
        TEST(registered(&setup, B, 0) == 50 && registered(&setup, B, 2) == 200 && registered(&setup, B, 4) == 200, "%s: %g", flee_cases_word(both[i]), registered(&setup, B, 0));
        setup_free(&setup);
    }
    scratch_close(&scratch);
}

/* B25: 10 to 20 in ten days, and 100 to 200 in five. */
static void test_added_tables(void)
{
    struct scratch scratch = directory();
    scratch_write(&scratch, "source_data/data_layout.csv", "total,refugees.csv\nB,b.csv,late.csv\nC,c.csv\n");
    scratch_write(&scratch, "source_data/b.csv", "2020-01-01,10\n2020-01-11,20\n");
    scratch_write(&scratch, "source_data/late.csv", "2020-01-01,100\n2020-01-06,200\n");
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        bool compat = both[i] == NAIVE_FLEE_COMPAT;
        expect_directory(&scratch, both[i], &setup);
        TEST(registered(&setup, B, 0) == 110, "%s: %g", flee_cases_word(both[i]), registered(&setup, B, 0));
        TEST(registered(&setup, B, 5) == (compat ? 220 : 215), "%s: %g", flee_cases_word(both[i]), registered(&setup, B, 5));
        TEST(registered(&setup, B, 11) == 220, "%s: %g", flee_cases_word(both[i]), registered(&setup, B, 11));
        setup_free(&setup);
    }
    scratch_write(&scratch, "source_data/b.csv", "2020-01-01,10\n2020-01-06,15\n2020-01-11,20\n");
    scratch_write(&scratch, "source_data/late.csv", "2020-01-01,100\n2020-01-05,200\n");
    struct setup setup;
    expect_directory(&scratch, NAIVE_FLEE_COMPAT, &setup); /* the tail of the first, from the 6th on, is lost */
    TEST(registered(&setup, B, 11) == 215, "%g", registered(&setup, B, 11));
    setup_free(&setup);
    expect_directory(&scratch, NAIVE_FLEE_FIXED, &setup);
    TEST(registered(&setup, B, 11) == 220, "%g", registered(&setup, B, 11));
    setup_free(&setup);
    scratch_close(&scratch);
}

/* B25, where the second table begins later: Flee fails. */
static void test_late_table(void)
{
    struct scratch scratch = directory();
    struct setup setup;
    struct error error;
    scratch_write(&scratch, "source_data/data_layout.csv", "total,refugees.csv\nB,b.csv,late.csv\nC,c.csv\n");
    scratch_write(&scratch, "source_data/late.csv", "2020-01-03,7\n");
    TEST(read_directory(&scratch, NAIVE_FLEE_COMPAT, &setup, &error) && strstr(error.text, "late.csv"), "%s", error.text);
    setup_free(&setup);
    expect_directory(&scratch, NAIVE_FLEE_FIXED, &setup);
    TEST(registered(&setup, B, 0) == 7 && registered(&setup, B, 4) == 1007, "%g", registered(&setup, B, 4));
    setup_free(&setup);
    scratch_close(&scratch);
}

/* B28: the first row is of day 0, 2020-01-01, and says the 2nd. */
static void check_out_csv(const struct scratch *scratch, enum naive_flee_rules rules)
{
    struct setup setup;
    struct error error = {0};
    const char *path = scratch_path(scratch, "out.csv");
    struct writer_plan plan = {.path = scratch_path(scratch, "out.h5"), .csv = path, .force = true, .every = 1};
    expect_directory(scratch, rules, &setup);
    struct sim *sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    void *state = sim ? flee_csv_writer.open(sim, &plan, &error) : NULL;
    for (int day = 0; state && day < 2; day++) {
        sim_step(sim);
        flee_csv_writer.write(sim, state, &error);
    }
    if (state) flee_csv_writer.close(sim, state, true, &error);
    TEST(state && !error.status, "%s", error.text);
    char *text = scratch_read(path, NULL);
    TEST(text && strstr(text, "\n0,2020-01-02,") && strstr(text, "\n1,2020-01-03,"), "%s: %s", flee_cases_word(rules), text ? text : "no file");
    free(text);
    sim_close(sim);
    setup_free(&setup);
}

static void test_dates(void)
{
    struct scratch scratch = directory();
    for (int i = 0; i < 2; i++) check_out_csv(&scratch, both[i]);
    scratch_close(&scratch);
}

static const struct test_case cases[] = {
    {"B2 redirection", test_redirection},
    {"B2 redirection changes", test_redirection_changes},
    {"B2 redirected to a marker", test_redirected_marker},
    {"B2 full behind a marker", test_full_behind_marker},
    {"B3 link closure", test_link_closure},
    {"B4 intensity", test_intensity},
    {"B5 B7 day 0", test_day0},
    {"B6 overfull at first", test_overfull_at_first},
    {"B6 capacity below one", test_capacity_below_one},
    {"closed at first", test_closed_at_first},
    {"B8 awareness", test_awareness},
    {"B8 blind to markers", test_blind_marker},
    {"B9 B10 B11 B16 B17 B18 refused", test_refused},
    {"B13 day budget", test_day_budget},
    {"B14 arrival", test_arrival},
    {"short stints", test_stints},
    {"B15 closure", test_closure},
    {"turned back", test_turned_back},
    {"void plan", test_void_plan},
    {"overlapping closures", test_overlap},
    {"parallel links", test_parallel},
    {"B19 doubled link", test_doubled_link},
    {"B20 no conflicts.csv", test_no_conflicts},
    {"B24 correction", test_correction},
    {"B25 added tables", test_added_tables},
    {"B25 late table", test_late_table},
    {"B28 dates", test_dates},
    {"fading weights", test_fading},
    {"used up population", test_used_up},
    {"growing camps", test_growing},
    {"a setup runs twice", test_again},
    {"a new marker", test_new_marker},
};
TEST_MAIN(cases)
