/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small worlds whose answers are known: a road, a fork, a closed box, parties, two arms of a policy, a case. And one mixed
   world, with everything in it, that must give the same bits however it is run. */
#include "models/arrivals.h"
#include "models/case.h"
#include "models/flee_journey.h"
#include "models/flee_zones.h"
#include "models/placement_parts.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "tests/naive_service.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <stdlib.h>

#define DRAWS (200 * 256) /* purposes of toy_lab */

static uint32_t hash(uint64_t person, uint32_t purpose, uint32_t spell) { return rng_draw(99, person, DRAWS + purpose, spell, 0).word[0]; }

static void give(struct toy *toy, const char *model, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, model, name, text, "toy", 0);
}

static void same_digest(const char *what, const char a[65], const char b[65])
{
    TEST(strcmp(a, b) == 0, "%s: %.16s and %.16s", what, a, b);
}

/* ---- Flee's models around a crowd at place 0 */

static void crowd_at_first(struct sim *sim)
{
    if (sim->day == 0) sim_enter(sim, 0, toy_of(sim)->people, (struct person_id_parts){.driver = 6}, false);
}

static void flee(struct toy *toy, const char *rules, double km_per_day, double town_chance, double camp_chance)
{
    toy->lab.enter = crowd_at_first;
    setup_give(&toy->setup, "flee_zones", "rules", rules, "toy", 0);
    give(toy, "flee_zones", "default_movechance", town_chance);
    give(toy, "flee_zones", "camp_movechance", camp_chance);
    give(toy, "flee_journey", "max_move_speed", km_per_day);
    toy_model(toy, &flee_zones);
    toy_model(toy, &toy_lab);
    toy_model(toy, &flee_journey);
}

static int64_t present(const struct sim *sim, uint32_t place) { return tally_at(&sim->tallies, sim->standard.present, place); }

/* One road of so many km at 100 km a day, by vehicle or on foot: everybody sets out on day 0; compat arrives when the distance is exceeded, fixed
   when it is reached. */
static void one_road(double km, const char *rules, bool on_foot, int32_t arrival)
{
    struct toy toy;
    toy_init(&toy);
    toy_place(&toy, "from", "here", WORLD_TOWN);
    toy_place(&toy, "to", "here", WORLD_CAMP);
    toy_link(&toy, 0, 1, km);
    toy.people = 40;
    flee(&toy, rules, on_foot ? 9000 : 100, 1, 0);
    if (on_foot)
        setup_give(&toy.setup, "flee_journey", "start_on_foot", "true", "toy", 0), give(&toy, "flee_journey", "max_walk_speed", 100);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    for (int32_t day = 0; day < arrival + 4; day++) {
        sim_step(sim);
        int64_t there = present(sim, 1), under_way = tally_at(&sim->tallies, sim->standard.travelling, 0);
        TEST(there == (day >= arrival ? 40 : 0) && under_way == 40 - there, "%s, %g km, day %d: %d there, %d on the way", rules, km, day,
             (int)there, (int)under_way);
    }
    toy_close(sim);
}

static void road(void)
{
    static const double km[] = {0.5, 50, 99.99, 100, 100.01, 150, 200, 250, 300, 1000, 1e4};
    for (size_t i = 0; i < sizeof km / sizeof *km; i++) {
        int32_t exceeded = (int32_t)floor(km[i] / 100), reached = (int32_t)ceil(km[i] / 100) - 1;
        one_road(km[i], "compat", false, exceeded);
        one_road(km[i], "fixed", false, reached);
        one_road(km[i], "compat", true, exceeded);
        one_road(km[i], "fixed", true, reached);
    }
}

/* Shares of a fork are S / (10 + km) with S the weight of a camp or of a town. */
static void one_fork(const char *rules, bool with_town)
{
    enum { WAYS = 4,
           PEOPLE = 150000 };
    static const double km[WAYS] = {5, 20, 90, 400};
    double seen[WAYS], expected[WAYS], sum = 0;
    struct toy toy;
    toy_init(&toy);
    toy_place(&toy, "from", "here", WORLD_CONFLICT);
    for (uint32_t i = 0; i < WAYS; i++) {
        toy_place(&toy, (const char *const[]){"a", "b", "c", "d"}[i], "here", with_town && i == 1 ? WORLD_TOWN : WORLD_CAMP);
        toy_link(&toy, 0, i + 1, km[i]);
        sum += expected[i] = (with_town && i == 1 ? 1 : 2.5) / (10 + km[i]);
    }
    toy.people = PEOPLE;
    give(&toy, "flee_journey", "camp_weight", 2.5);
    give(&toy, "flee_zones", "conflict_movechance", 1);
    flee(&toy, rules, 20000, 0, 0);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 1);
    for (uint32_t i = 0; i < WAYS; i++) seen[i] = (double)present(sim, i + 1), expected[i] *= PEOPLE / sum;
    TEST(toy_surprise(WAYS, seen, expected) < 5, "%s: %.0f %.0f %.0f %.0f, %.1f standard errors", rules, seen[0], seen[1], seen[2], seen[3],
         toy_surprise(WAYS, seen, expected));
    toy_close(sim);
}

static void fork_in_the_road(void)
{
    one_fork("compat", false);
    one_fork("fixed", false);
    one_fork("fixed", true);
}

/* ---- a closed box: a ring with chords over three states, with links, places and borders that close and open */

static void box_closures(struct toy *toy, uint32_t places)
{
    for (int32_t day = 3; day < 190; day += 2) {
        struct world_event event = {.day = day, .a = hash(1, 1, (uint32_t)day) % places, .closes = day % 3 != 0};
        event.target = day % 5 == 0 ? WORLD_PLACE : day % 7 == 0 ? WORLD_BORDER
                                                                 : WORLD_LINK;
        event.b = (event.a + 1) % places;
        if (event.target == WORLD_BORDER) event.a %= 3, event.b = (event.a + 1) % 3;
        world_add_event(toy->setup.world, event);
    }
}

static void build_box(struct toy *toy, const char *rules, int awareness, bool short_stints)
{
    enum { PLACES = 12 };
    static const char *const states[3] = {"north", "east", "west"};
    toy->setup.world->last_word = true;
    for (uint32_t i = 0; i < PLACES; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%u", i);
        toy_place(toy, name, states[i / 4], i % 4 == 3 ? WORLD_CAMP : WORLD_TOWN);
    }
    for (uint32_t i = 0; i < PLACES; i++) toy_links(toy, i, (i + 1) % PLACES, 40 + 97 * (i % 5));
    for (uint32_t i = 0; i < PLACES; i += 3) toy_links(toy, i, (i + 5) % PLACES, 300);
    box_closures(toy, PLACES);
    toy->people = 2000;
    flee(toy, rules, 150, 0.4, 0.05);
    give(toy, "flee_journey", "awareness_level", awareness);
    if (short_stints) setup_give(&toy->setup, "flee_journey", "avoid_short_stints", "true", "toy", 0);
}

static void box_day(struct sim *sim, const char *rules, int64_t *moved)
{
    int64_t everybody = 0;
    sim_step(sim);
    for (uint32_t i = 0; i < sim->world->places; i++) everybody += present(sim, i);
    for (uint32_t i = 0; i < sim->world->links; i++) {
        int64_t movements = tally_at(&sim->tallies, sim->standard.movements, i);
        everybody += tally_at(&sim->tallies, sim->standard.travelling, i);
        *moved += movements;
        TEST(movements == 0 || sim->world->link[i].open, "%s, day %d: %d people took closed link %u", rules, sim->day - 1, (int)movements,
             i);
    }
    TEST(everybody == 2000, "%s, day %d: %d people", rules, sim->day - 1, (int)everybody);
    toy_check(sim, rules);
}

static void one_box(const char *rules, int awareness, bool short_stints)
{
    struct toy toy;
    int64_t moved = 0;
    toy_init(&toy);
    build_box(&toy, rules, awareness, short_stints);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    for (int32_t day = 0; day < 200; day++) box_day(sim, rules, &moved);
    TEST(moved > 50000, "only %d movements", (int)moved);
    toy_close(sim);
}

static void closed_box(void)
{
    one_box("compat", 1, false);
    one_box("fixed", 1, false);
    one_box("compat", 3, true);
    one_box("fixed", 3, true);
}

static void build_flee_twin(struct toy *toy) { build_box(toy, "fixed", 2, true); }

static void box_many_ways(void)
{
    char one[65], other[65];
    toy_twins("box", build_flee_twin, 60);
    toy_digest(build_flee_twin, (struct sim_tuning){.threads = 1}, 60, one);
    toy_digest(build_flee_twin, (struct sim_tuning){.threads = 3, .chunk = 3}, 60, other);
    same_digest("box, chunk 3", one, other);
}

/* ---- parties of 1 to 7 who stay together

   Waits: move (by party), harm (personal, carried along), date (every 30 days the party's class changes and one in twenty
   parts from it). */

enum { PARTY_MOVE,
       PARTY_HARM,
       PARTY_DATE };

static double party_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    return wait == PARTY_HARM ? 0.05 * (1 + cell % 3) : 0.1 * (1 + (cell + (uint32_t)day) % 4);
}

static void party_begin(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    p->group = (uint8_t)(p->id % 4);
    p->party_group = (uint8_t)(hash(p->party, 1, 0) % 4);
    wait_begin_clock(sim, p, PARTY_MOVE);
    wait_begin_clock(sim, p, PARTY_HARM);
    wait_begin_day(p, PARTY_DATE, 30);
}

static void party_enter(struct sim *sim)
{
    for (uint32_t k = 0; sim->day < 20 && k < 15; k++) {
        uint32_t size = 1 + hash(k, 2, (uint32_t)sim->day) % 7, place = hash(k, 3, (uint32_t)sim->day) % sim->world->places;
        uint32_t slot =
            sim_enter(sim, place, size, (struct person_id_parts){.driver = 6, .place = place, .day = (uint32_t)sim->day, .party = k}, true);
        for (; slot < sim->persons.count; slot++) party_begin(sim, slot);
    }
}

static void party_act(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (span->wait == PARTY_HARM) {
        ++*toy_cell(sim, 0, slot);
        wait_renew_clock(sim, p, PARTY_HARM);
        return;
    }
    struct wait_residual residual = wait_take(sim, p, wait_moment(sim, p, span->wait));
    if (span->wait == PARTY_DATE) p->party_group = (uint8_t)(hash(p->party, 1, (uint32_t)sim->day) % 4);
    if (span->wait == PARTY_DATE && hash(p->id, 12, (uint32_t)sim->day) % 20 == 0) person_part(p);
    if (span->wait == PARTY_MOVE)
        sim_go(sim, span->thread, span->phase, slot, hash(p->party, 4, p->spell[PARTY_MOVE]) % sim->world->places);
    wait_put(sim, p, &residual);
    if (span->wait == PARTY_DATE) wait_begin_day(p, PARTY_DATE, sim->day + 30);
    else wait_begin_clock(sim, p, PARTY_MOVE);
}

static void build_parties(struct toy *toy)
{
    static const double factor[WAIT_GROUPS] = {0.5, 1, 2, 1.0 / 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    toy_places(toy, 6);
    toy->lab = (struct toy_lab){.waits = 3,
                                .wait = {{.name = "move", .over = WAIT_OVER_PLACE, .shared = true, .slack = 2, .factor = factor},
                                         {.name = "harm", .over = WAIT_OVER_PLACE, .factor = factor},
                                         {.name = "date", .shared = true}},
                                .rate = party_rate,
                                .enter = party_enter,
                                .act = party_act,
                                .columns = 1};
    toy_model(toy, &toy_lab);
}

/* Members lie side by side, with those who parted among them. */
static uint32_t count_astray(const struct sim *sim)
{
    const struct person *last = sim->persons.row;
    uint32_t astray = 0;
    for (uint32_t slot = 1; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_PARTED) continue;
        astray += p->party == last->party && (p->place != last->place || p->threshold[PARTY_MOVE] != last->threshold[PARTY_MOVE]);
        last = p;
    }
    return astray;
}

static void stay_together(struct sim_tuning tuning)
{
    struct toy toy;
    uint32_t astray = 0, moves = 0, parted = 0;
    toy_init(&toy);
    build_parties(&toy);
    struct sim *sim = toy_open(&toy, tuning);
    for (int32_t day = 0; day < 100; day++) {
        sim_step(sim);
        astray += count_astray(sim);
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        moves += sim->persons.row[slot].spell[PARTY_MOVE];
        parted += (sim->persons.row[slot].flags & PERSON_PARTED) > 0;
    }
    TEST(astray == 0 && moves > 10000 && parted > 50, "%d threads, chunk %u: %u astray, %u moves, %u parted", tuning.threads, tuning.chunk,
         astray, moves, parted);
    toy_close(sim);
}

static void parties(void)
{
    stay_together((struct sim_tuning){.threads = 1, .chunk = 65536});
    stay_together((struct sim_tuning){.threads = 3, .chunk = 3});
    stay_together((struct sim_tuning){.threads = 1, .chunk = 1, .naive = true});
}

static void parties_many_ways(void)
{
    char one[65], other[65];
    static const struct sim_tuning tuning[] = {{1, 3, false}, {2, 65536, false}, {3, 3, false}, {4, 7, false}, {2, 3, true}};
    toy_digest(build_parties, (struct sim_tuning){1, 65536, false}, 100, one);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        toy_digest(build_parties, tuning[i], 100, other);
        same_digest("parties", one, other);
    }
    toy_twins("parties", build_parties, 100);
}

/* ---- two arms of a policy that adds a stay

   People wander over five places. In the arm, whoever leaves place 2 from day 60 on first stays six days in an annex. Two
   causes of harm wait meanwhile; traits were drawn on entering. Nothing but the days of later moves may change. */

enum { ARM_MOVE,
       ARM_HARM,
       ARM_ILLNESS,
       ARM_STAY,
       ARM_ANNEX = 5,
       ARM_DAYS = 365,
       ARM_MOST = 120 };

/* What happened to one person. */
struct diary {
    uint32_t moves, harms, stays;
    uint8_t to[ARM_MOST];
    uint16_t move_day[ARM_MOST], harm_day[2 * ARM_MOST];
    uint32_t hazard[ARM_MOST]; /* drawn for the n-th stay, 2^-20 units */
};

static struct diary *diary_of(const struct sim *sim, uint32_t slot) { return (struct diary *)toy_of(sim)->context + slot; }

static void arm_settle_in(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    wait_begin_clock(sim, p, ARM_MOVE);
    const struct wait_clock *clock = &sim->waits.wait[ARM_MOVE].clock;
    diary_of(sim, slot)->hazard[diary_of(sim, slot)->moves] =
        p->threshold[ARM_MOVE] - (sim->entering ? clock->yesterday : clock->today)[p->place];
}

static void arm_enter(struct sim *sim)
{
    if (sim->day != 0 && sim->day != 100) return;
    uint32_t slot =
        sim_enter(sim, sim->day ? 3 : 0, toy_of(sim)->people, (struct person_id_parts){.driver = 6, .day = (uint32_t)sim->day}, false);
    for (; slot < sim->persons.count; slot++) {
        arm_settle_in(sim, slot);
        wait_begin_clock(sim, &sim->persons.row[slot], ARM_HARM);
        wait_begin_clock(sim, &sim->persons.row[slot], ARM_ILLNESS);
    }
}

static void arm_arrive(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct diary *diary = diary_of(sim, slot);
    sim_go(sim, span->thread, span->phase, slot, diary->to[diary->moves]);
    diary->move_day[diary->moves++] = (uint16_t)sim->day;
    arm_settle_in(sim, slot);
}

static void arm_leave(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    static const double weight[5] = {1, 2, 0.08, 2, 1}; /* few come to place 2 */
    struct person *p = &sim->persons.row[slot];
    const struct lever_set *levers = &sim->setup->levers;
    struct diary *diary = diary_of(sim, slot);
    if (diary->moves + 1 == ARM_MOST) {
        wait_end(p, ARM_MOVE);
        return;
    }
    diary->to[diary->moves] = (uint8_t)rng_race(sim->setup->seed, p->id, DRAWS, p->spell[ARM_MOVE], 5, weight, NULL);
    if (lever_value(levers, lever_find(levers, "toy"), p->place) > 0) {
        diary->stays++;
        sim_go(sim, span->thread, span->phase, slot, ARM_ANNEX);
        wait_end(p, ARM_MOVE);
        wait_begin_day(p, ARM_STAY, sim->day + 6);
    } else {
        arm_arrive(sim, span, slot);
    }
}

static void arm_act(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    struct diary *diary = diary_of(sim, slot);
    if (span->wait == ARM_MOVE) {
        arm_leave(sim, span, slot);
    } else if (span->wait == ARM_STAY) {
        wait_end(p, ARM_STAY);
        arm_arrive(sim, span, slot);
    } else {
        if (diary->harms < 2 * ARM_MOST) diary->harm_day[diary->harms++] = (uint16_t)(2 * sim->day + (span->wait == ARM_ILLNESS));
        wait_renew_clock(sim, p, span->wait);
    }
}

/* Harms are clocks over stages and over placements, of which there are none, so that they run the same everywhere. */
static double arm_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    if (wait == ARM_MOVE) return 0.05 * (1 + cell % 3);
    return wait == ARM_HARM ? 0.02 : 0.01 * (1 + day % 2);
}

static void build_arm(struct toy *toy)
{
    static const char *const labels[] = {"red", "green", "blue"};
    static const double weight[] = {1, 2, 3};
    toy_places(toy, 6);
    toy->people = 1500;
    toy->lab = (struct toy_lab){.waits = 4,
                                .wait = {{.name = "move", .over = WAIT_OVER_PLACE},
                                         {.name = "harm", .over = WAIT_OVER_STAGE},
                                         {.name = "illness", .over = WAIT_OVER_PLACEMENT, .slack = 2},
                                         {.name = "stay"}},
                                .rate = arm_rate,
                                .enter = arm_enter,
                                .act = arm_act};
    trait_add(&toy->setup.traits, "colour", 3, labels, weight);
    toy_model(toy, &toy_lab);
}

struct arm {
    struct toy toy;
    struct sim *sim;
    struct diary *diary;
};

static void arm_run(struct arm *arm, bool policy)
{
    toy_init(&arm->toy);
    build_arm(&arm->toy);
    arm->toy.context = arm->diary = memory_new(2 * (size_t)arm->toy.people, sizeof *arm->diary);
    if (policy)
        lever_add_policy(
            &arm->toy.setup.levers,
            (struct lever_policy){
                .name = "annex", .lever = "toy", .cell = 2, .operation = LEVER_SET, .value = 1, .from = 60, .to = -1, .file = "toy"});
    arm->sim = toy_open(&arm->toy, (struct sim_tuning){.threads = 1});
    toy_steps(arm->sim, ARM_DAYS);
    toy_check(arm->sim, "arm");
}

static void compare_histories(const struct arm *base, const struct arm *other, uint32_t slot, uint32_t *touched)
{
    const struct diary *a = &base->diary[slot], *b = &other->diary[slot];
    uint32_t moves = a->moves < b->moves ? a->moves : b->moves;
    uint16_t *trait_a = base->sim->persons.column[base->sim->trait[0].column].data,
             *trait_b = other->sim->persons.column[other->sim->trait[0].column].data;
    TEST(base->sim->persons.row[slot].id == other->sim->persons.row[slot].id && trait_a[slot] == trait_b[slot], "slot %u is somebody else",
         slot);
    TEST(a->harms == b->harms && memcmp(a->harm_day, b->harm_day, sizeof a->harm_day) == 0, "slot %u: harms changed", slot);
    TEST(memcmp(a->to, b->to, moves) == 0 && memcmp(a->hazard, b->hazard, (moves + 1) * sizeof *a->hazard) == 0,
         "slot %u: moves and what was drawn for them changed", slot);
    if (b->stays == 0)
        TEST(a->moves == b->moves && memcmp(a->move_day, b->move_day, sizeof a->move_day) == 0,
             "slot %u never stayed in the annex, but moved on other days", slot);
    TEST(a->stays == 0, "slot %u stayed in the annex without the policy", slot);
    *touched += b->stays > 0;
}

static void policy_arms(void)
{
    struct arm base, other;
    uint32_t touched = 0;
    arm_run(&base, false);
    arm_run(&other, true);
    TEST(base.sim->persons.count == 3000 && other.sim->persons.count == 3000, "%u and %u persons", base.sim->persons.count,
         other.sim->persons.count);
    for (uint32_t slot = 0; slot < 3000; slot++) compare_histories(&base, &other, slot, &touched);
    TEST(touched > 300 && touched < 2700, "%u of 3000 stayed in the annex", touched);
    toy_close(base.sim);
    toy_close(other.sim);
    memory_free(base.diary);
    memory_free(other.diary);
}

/* ---- the mixed world

   Parties move along links (phase 1); harm comes to persons while they are at places and is suspended on the way; people wait
   for one of two services, lose patience, come back; people die and are archived. Five waits, two phases, every kind. */

enum { MIXED_HARM,
       MIXED_DECISION,
       MIXED_PATIENCE,
       MIXED_DEATH,
       MIXED_MOVE };

static double mixed_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    double jitter = 0.5 + rng_uniform(rng_draw(3, cell, 1, (uint32_t)day, 0).word[0]);
    if (wait == MIXED_DEATH) return 0.006 * jitter;
    return wait == MIXED_HARM ? 0.01 * (1 + cell % 5) * (day % 13 == 0 ? 8 : jitter) : 0;
}

static double mixed_season(const struct sim *sim, const void *state, uint32_t cell, int32_t day)
{
    (void)sim, (void)state;
    return 0.08 * (1 + cell % 3) * (1 + 0.9 * sin(day / 20.0));
}

static void mixed_join(struct sim *sim, int thread, uint32_t slot, uint32_t priority)
{
    struct person *p = &sim->persons.row[slot];
    uint32_t ticket = service_ticket((uint32_t)(p->id >> 5) % 2, priority, (uint32_t)sim->day);
    wait_begin_ticket(p, MIXED_DECISION, ticket);
    service_join(sim->services, thread, slot, ticket);
    wait_begin_day(p, MIXED_PATIENCE, sim->day + 8 + p->group);
}

static void mixed_enter(struct sim *sim)
{
    for (uint32_t k = 0; sim->day < 90 && k < 6; k++) {
        uint32_t size = 1 + hash(k, 5, (uint32_t)sim->day) % 7, place = hash(k, 6, (uint32_t)sim->day) % sim->world->places;
        uint32_t slot =
            sim_enter(sim, place, size, (struct person_id_parts){.driver = 5, .place = place, .day = (uint32_t)sim->day, .party = k}, true);
        for (; slot < sim->persons.count; slot++) {
            struct person *p = &sim->persons.row[slot];
            p->group = (uint8_t)(hash(p->id, 7, 0) % 4);
            p->party_group = (uint8_t)(hash(p->party, 8, 0) % 3);
            wait_begin_clock(sim, p, MIXED_HARM);
            wait_begin_clock(sim, p, MIXED_DEATH);
            wait_begin_clock(sim, p, MIXED_MOVE);
            mixed_join(sim, 0, slot, p->group % 3);
        }
    }
}

static void mixed_move(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (p->place & PERSON_ON_LINK) {
        sim_go(sim, span->thread, span->phase, slot, sim->world->link[p->place & ~PERSON_ON_LINK].to);
        wait_resume(sim, p, MIXED_HARM, WAIT_DUSK);
        wait_begin_clock(sim, p, MIXED_MOVE);
        return;
    }
    uint32_t first = sim->world->first[p->place], choices = sim->world->first[p->place + 1] - first;
    uint32_t link = first + hash(p->party, 9, p->spell[MIXED_MOVE]) % choices;
    wait_suspend(sim, p, MIXED_HARM, wait_moment(sim, p, MIXED_MOVE));
    sim_go(sim, span->thread, span->phase, slot, link | PERSON_ON_LINK);
    wait_begin_day(p, MIXED_MOVE, sim->day + (int32_t)(sim->world->link[link].km / 100));
}

static void mixed_patience(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    wait_end(p, MIXED_PATIENCE);
    if (wait_kind(p, MIXED_DECISION) == WAIT_TICKET) {
        service_leave(sim->services, span->thread, p->threshold[MIXED_DECISION]);
        wait_end(p, MIXED_DECISION);
        p->status = 2;
        wait_begin_day(p, MIXED_PATIENCE, sim->day + 15);
    } else {
        mixed_join(sim, span->thread, slot, 0);
    }
}

static void mixed_harm(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    struct wait_moment at = wait_moment(sim, p, MIXED_HARM);
    wait_renew_clock(sim, p, MIXED_HARM);
    if (++*toy_cell(sim, 0, slot) % 3 != 0) return;
    struct wait_residual residual = wait_take(sim, p, at);
    p->group = (uint8_t)((p->group + 1) % 4);
    wait_put(sim, p, &residual);
}

static void mixed_act(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    switch (span->wait) {
    case MIXED_HARM:
        mixed_harm(sim, slot);
        break;
    case MIXED_PATIENCE:
        mixed_patience(sim, span, slot);
        break;
    case MIXED_DEATH:
        sim_die(sim, span->thread, span->phase, slot, 3);
        break;
    case MIXED_MOVE:
        mixed_move(sim, span, slot);
        break;
    default:
        p->status = 1;
        wait_end(p, MIXED_DECISION);
        wait_end(p, MIXED_PATIENCE);
        if (hash(p->id, 10, p->since) % 2) mixed_join(sim, span->thread, slot, 1);
    }
}

static void mixed_services(struct toy *toy)
{
    struct casegraph *graph = &toy->setup.casegraph;
    graph->services = 2;
    graph->service = memory_new(2, sizeof *graph->service);
    for (int i = 0; i < 2; i++) graph->service[i] = casegraph_service_default();
    graph->service[0].name = memory_text("office"), graph->service[0].staff = 6.3;
    graph->service[1].name = memory_text("other office"), graph->service[1].staff = 4.9, graph->service[1].newest = true;
}

static void build_mixed(struct toy *toy)
{
    static const double factor[WAIT_GROUPS] = {0.5, 1, 3, 1.0 / 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const char *const labels[] = {"female", "male"};
    toy_places(toy, 9);
    for (uint32_t i = 0; i < 9; i++) toy_links(toy, i, (i + 1) % 9, 100 + 100 * (i % 4)), toy_link(toy, i, (i + 4) % 9, 350);
    mixed_services(toy);
    trait_add(&toy->setup.traits, "sex", 2, labels, (const double[]){0.45, 0.55});
    toy->lab = (struct toy_lab){
        .waits = 5,
        .wait = {{.name = "harm", .over = WAIT_OVER_PLACE, .by_group = true, .slack = 2, .factor = factor},
                 {.name = "decision"},
                 {.name = "patience"},
                 {.name = "death", .over = WAIT_OVER_STAGE, .slack = 2, .factor = factor},
                 {.name = "move", .over = WAIT_OVER_PLACE, .phase = 1, .shared = true, .ahead = mixed_season, .factor = factor}},
        .rate = mixed_rate,
        .enter = mixed_enter,
        .act = mixed_act,
        .columns = 1};
    toy_model(toy, &toy_lab);
}

static void build_mixed_sampled(struct toy *toy)
{
    build_mixed(toy);
    toy->setup.sample = 1;
}

static void build_mixed_other(struct toy *toy)
{
    build_mixed(toy);
    toy->setup.seed = 2;
}

#define MIXED_DAYS 140

/* That the mixed world has in it what it says. */
static void mixed_world(void)
{
    struct toy toy;
    uint32_t states[3] = {0}, under_way = 0, paused = 0;
    toy_init(&toy);
    build_mixed(&toy);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    for (int32_t day = 0; day < MIXED_DAYS; day++) {
        sim_step(sim);
        toy_check(sim, "mixed");
        if (day == 80)
            TEST(service_waiting(sim->services, 0) > 20 && service_waiting(sim->services, 1) > 20, "queues of %d and %d",
                 (int)service_waiting(sim->services, 0), (int)service_waiting(sim->services, 1));
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        states[p->status % 3] += !(p->flags & PERSON_DEAD);
        under_way += !(p->flags & PERSON_DEAD) && p->place & PERSON_ON_LINK;
        paused += wait_kind(p, MIXED_HARM) == WAIT_SUSPENDED;
    }
    TEST(sim->persons.finals > 300 && states[1] > 100 && states[2] > 100 && under_way > 50 && paused == under_way,
         "%u archived, %u decided, %u impatient, %u on the way, %u paused", sim->persons.finals, states[1], states[2], under_way, paused);
    toy_close(sim);
}

/* Everybody who holds a ticket is counted by the queues, and nobody else. */
static void mixed_queues(void)
{
    struct toy toy;
    toy_init(&toy);
    build_mixed(&toy);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 2, .chunk = 64});
    for (int32_t day = 0; day < MIXED_DAYS; day++) {
        int64_t holders[2] = {0};
        sim_step(sim);
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            const struct person *p = &sim->persons.row[slot];
            if (wait_kind(p, MIXED_DECISION) == WAIT_TICKET) holders[service_of(p->threshold[MIXED_DECISION])]++;
        }
        for (int i = 0; i < 2; i++)
            TEST(service_waiting(sim->services, i) == holders[i], "day %d: %d wait, %d hold a ticket", day,
                 (int)service_waiting(sim->services, i), (int)holders[i]);
    }
    toy_close(sim);
}

static void mixed_many_ways(void)
{
    char one[65], other[65], what[80];
    static const uint32_t chunk[] = {3, 64, 65536};
    toy_digest(build_mixed, (struct sim_tuning){.threads = 1}, MIXED_DAYS, one);
    for (int threads = 1; threads <= 4; threads++)
        for (int c = 0; c < 3; c++)
            for (int naive = 0; naive < 2; naive++) {
                toy_digest(build_mixed, (struct sim_tuning){threads, chunk[c], naive == 1}, MIXED_DAYS, other);
                snprintf(what, sizeof what, "%d threads, chunk %u, naive %d", threads, chunk[c], naive);
                same_digest(what, one, other);
            }
    toy_digest(build_mixed_other, (struct sim_tuning){.threads = 1}, MIXED_DAYS, other);
    TEST(strcmp(one, other) != 0, "another seed gives the same digest");
    toy_twins("mixed", build_mixed, MIXED_DAYS);
}

static void mixed_sample(void)
{
    char one[65], other[65];
    toy_digest(build_mixed, (struct sim_tuning){.threads = 1}, MIXED_DAYS, one);
    toy_digest(build_mixed_sampled, (struct sim_tuning){.threads = 2, .chunk = 64}, MIXED_DAYS, other);
    same_digest("everybody's events are kept", one, other);
}

/* What is derived from the kept state, made anew in the middle as after a checkpoint, changes nothing. */
static void mixed_restored(void)
{
    char one[65], other[65];
    struct toy toy;
    toy_digest(build_mixed, (struct sim_tuning){.threads = 1}, MIXED_DAYS, one);
    toy_init(&toy);
    build_mixed(&toy);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 2, .chunk = 64});
    for (int32_t day = 0; day < MIXED_DAYS; day++) {
        if (day % 23 == 11) sim_restore(sim);
        sim_step(sim);
    }
    toy_check(sim, "restored");
    sim_digest(sim, other);
    same_digest("restored in the middle", one, other);
    toy_close(sim);
}

/* Events come in the order of (day, shard, person, sequence), whatever the threads: their checksum. */
static uint64_t events_of(struct sim_tuning tuning)
{
    struct toy toy;
    uint64_t sum = 1, deaths = 0;
    toy_init(&toy);
    build_mixed_sampled(&toy);
    struct sim *sim = toy_open(&toy, tuning);
    for (int32_t day = 0; day < MIXED_DAYS; day++) {
        sim_step(sim);
        for (uint32_t i = 0; i < sim->events.count; i++) {
            const struct event *e = &sim->events.sorted[i];
            sum = (sum ^ e->person ^ (uint64_t)e->place << 32 ^ e->kind ^ (uint64_t)e->phase << 8 ^ (uint64_t)e->day << 16) *
                  UINT64_C(0x9fb21c651e98df25);
            sum ^= sum >> 29;
            deaths += e->kind == sim->standard.died;
            TEST(i == 0 || e[-1].shard < e->shard || (e[-1].shard == e->shard && e[-1].person <= e->person),
                 "day %d: event %u is out of order", day, i);
        }
    }
    TEST(deaths == sim->persons.finals + sim->dead, "%d deaths in the events, %u in the run", (int)deaths, sim->persons.finals + sim->dead);
    toy_close(sim);
    return sum;
}

static void mixed_events(void)
{
    uint64_t one = events_of((struct sim_tuning){.threads = 1});
    TEST(one == events_of((struct sim_tuning){.threads = 4, .chunk = 3}), "4 threads, chunk 3: other events");
    TEST(one == events_of((struct sim_tuning){.threads = 2, .chunk = 64, .naive = true}), "2 threads, chunk 64, naive: other events");
}

/* ---- two in one process */

static void interleaved(void)
{
    char alone[3][65], together[3][65];
    toy_build *const build[3] = {build_mixed, build_mixed_other, build_flee_twin};
    struct toy toy[3];
    struct sim *sim[3];
    for (int i = 0; i < 3; i++) {
        toy_digest(build[i], (struct sim_tuning){.threads = 1}, 60, alone[i]);
        toy_init(&toy[i]);
        build[i](&toy[i]);
        sim[i] = toy_open(&toy[i], (struct sim_tuning){.threads = 1});
    }
    for (int32_t day = 0; day < 60; day++)
        for (int i = 0; i < 3; i++) sim_step(sim[(i + day) % 3]);
    for (int i = 0; i < 3; i++) {
        sim_digest(sim[i], together[i]);
        same_digest("side by side", alone[i], together[i]);
        toy_close(sim[i]);
    }
}

/* ---- the case

   hearing: a service decides, 3 in 10 are granted, 7 are refused; after 30 days the hearing expires; people leave the centre
   without leave at 0.004 a day and suffer harm at 0.02 a day meanwhile. */

enum { STAGE_HEARING,
       STAGE_GRANTED,
       STAGE_REFUSED,
       STAGE_EXPIRED,
       STAGE_LEFT,
       STAGES };

struct case_plan {
    double capacity, deadline, leave_rate, harm_rate;
    const char *rule;
};

/* The same weight for every class. */
static struct casegraph_outcome outcome_to(uint8_t to, double weight) { return (struct casegraph_outcome){to, CASEGRAPH_NONE, {weight, weight, weight, weight}}; }

static void case_stages(struct casegraph *graph, const struct case_plan *plan)
{
    static const char *const name[STAGES] = {"hearing", "granted", "refused", "expired", "left"};
    graph->stages = STAGES;
    graph->stage = memory_new(STAGES, sizeof *graph->stage);
    for (int i = 0; i < STAGES; i++) graph->stage[i] = casegraph_stage_default(), graph->stage[i].name = memory_text(name[i]);
    struct casegraph_stage *hearing = &graph->stage[STAGE_HEARING];
    hearing->service = 0;
    hearing->deadline = plan->deadline;
    hearing->overdue = STAGE_EXPIRED;
    hearing->assigns = true;
    hearing->placements = 1; /* the first, of number 0 */
    hearing->outcomes = 2;
    hearing->outcome = memory_new(2, sizeof *hearing->outcome);
    hearing->outcome[0] = outcome_to(STAGE_GRANTED, 0.3);
    hearing->outcome[1] = outcome_to(STAGE_REFUSED, 0.7);
}

static void case_graph(struct toy *toy, const struct case_plan *plan)
{
    struct casegraph *graph = &toy->setup.casegraph;
    case_stages(graph, plan);
    graph->placements = graph->services = 1;
    graph->placement = memory_new(1, sizeof *graph->placement);
    graph->service = memory_new(1, sizeof *graph->service);
    *graph->placement = casegraph_placement_default();
    graph->placement->name = memory_text("centre");
    graph->placement->rate[CASEGRAPH_LEAVES] = plan->leave_rate;
    graph->placement->leave_stage = STAGE_LEFT;
    graph->placement->rate[CASEGRAPH_PHYSICAL] = plan->harm_rate;
    *graph->service = casegraph_service_default();
    graph->service->name = memory_text("hearings");
    graph->service->staff = plan->capacity;
    graph->service->newest = strcmp(plan->rule, "newest") == 0;
}

/* Between 0 and twice the mean, in halves; known to the test as well. */
static double case_arrivals(int32_t day, double mean) { return floor(4 * mean * rng_uniform(hash(77, 11, (uint32_t)day))) / 2; }

static struct sim *case_open(struct toy *toy, const struct case_plan *plan, int32_t days, double mean)
{
    double *day = memory_new((size_t)days, sizeof *day), *value = memory_new((size_t)days, sizeof *value);
    toy_init(toy);
    toy_places(toy, 1);
    case_graph(toy, plan);
    for (int32_t i = 0; i < days; i++) day[i] = i, value[i] = case_arrivals(i, mean);
    driver_add_series(driver_add(&toy->setup.drivers, "arrivals", "people/day", "of a test", DRIVER_PLACE, DRIVER_STEP, 1), 0, days, day,
                      value);
    toy_model(toy, &arrivals);
    toy_model(toy, &placement_model);
    toy_model(toy, &case_model);
    memory_free(day);
    memory_free(value);
    return toy_open(toy, (struct sim_tuning){.threads = 1});
}

static int64_t in_stage(const struct sim *sim, const char *tally, int stage)
{
    return tally_at(&sim->tallies, tally_find(&sim->tallies, tally), (uint32_t)stage);
}

/* Nobody gives up: the queue is the daily recursion, exactly; with fractions of places carried over. */
static void case_recursion(double capacity, const char *rule)
{
    enum { DAYS = 600 };
    struct toy toy;
    struct case_plan plan = {capacity, 0, 0, 0, rule};
    struct sim *sim = case_open(&toy, &plan, DAYS, 5);
    double carry = 0, left = 0;
    int64_t waiting = 0, sum = 0, mean = 0;
    for (int32_t day = 0; day < DAYS; day++) {
        double people = case_arrivals(day, 5) + left;
        int64_t places = (int64_t)floor(carry + capacity + 1e-9), served = waiting < places ? waiting : places;
        carry += capacity - (double)places;
        left = people - floor(people);
        waiting += (int64_t)floor(people) - served;
        sim_step(sim);
        int64_t decided = in_stage(sim, "stage_reached", STAGE_GRANTED) + in_stage(sim, "stage_reached", STAGE_REFUSED);
        TEST(decided == served, "day %d: %d decided, recursion %d", day, (int)decided, (int)served);
        TEST(in_stage(sim, "cases", STAGE_HEARING) == waiting, "day %d: %d wait, recursion %d", day,
             (int)in_stage(sim, "cases", STAGE_HEARING), (int)waiting);
        sum += in_stage(sim, "cases", STAGE_HEARING);
        mean += waiting;
    }
    TEST(sum == mean && sum > 1000, "people waiting, summed over days: %d, recursion %d", (int)sum, (int)mean);
    toy_close(sim);
}

static void case_queue(void)
{
    case_recursion(5, "oldest");
    case_recursion(5.3, "newest");
    case_recursion(0.7, "oldest");
    case_recursion(1e6, "oldest");
}

/* A person as the naive twin knows it. */
struct naive_case {
    uint64_t id;
    uint32_t threshold; /* of the clock of the placement */
    uint32_t spell;     /* which has begun so many times */
    int32_t from;       /* day of arrival */
    int stage;          /* STAGE_GRANTED: decided, whichever way */
    double exposed;     /* days in the centre, once it is over */
};

struct naive_cases {
    struct naive_case *row;
    uint32_t count;
    struct naive_service queue;
    uint32_t yesterday, today; /* readings of the clock of the placement */
    uint64_t seed;
    int wait;               /* its number */
    double leave, harm;     /* hazards */
    int64_t decided, harms; /* today */
};

static void naive_end(struct naive_cases *naive, uint32_t i, int stage, double exposed)
{
    naive->row[i].stage = stage;
    naive->row[i].exposed = exposed;
    if (stage != STAGE_GRANTED) naive_service_leave(&naive->queue, i, service_ticket(0, 0, (uint32_t)naive->row[i].from));
}

static void naive_serve(struct naive_cases *naive, int32_t day, int64_t sixty_fourths)
{
    uint32_t *served = memory_new((size_t)naive->count + 1, sizeof *served);
    naive->decided = (int64_t)naive_service_serve(&naive->queue, 0, day, sixty_fourths, served);
    for (int64_t k = 0; k < naive->decided; k++) naive_end(naive, served[k], STAGE_GRANTED, day - naive->row[served[k]].from);
    memory_free(served);
}

/* From one event in the placement to the next, 2^-20 units of hazard. */
static uint32_t naive_units(const struct naive_cases *naive, struct naive_case *c)
{
    return (uint32_t)(rng_exponential(rng_draw(naive->seed, c->id, RNG_WAIT + (uint32_t)naive->wait, ++c->spell, 0).word[0]) * 0x1p20) + 1;
}

static void naive_enter(struct naive_cases *naive, const struct sim *sim, int32_t day, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        const struct person *p = &sim->persons.row[naive->count];
        struct naive_case *c = &naive->row[naive->count];
        uint32_t ticket = service_ticket(0, 0, (uint32_t)day);
        *c = (struct naive_case){.id = p->id, .from = day, .stage = STAGE_HEARING};
        c->threshold = naive->yesterday + naive_units(naive, c);
        naive_service_join(&naive->queue, naive->count++, ticket, rng_key(sim->setup->seed, p->id, RNG_QUEUE, ticket), p->id);
    }
}

/* Of what happens in the centre: is it leaving, rather than harm? */
static bool naive_leaves(const struct naive_cases *naive, const struct naive_case *c)
{
    const double weight[CASEGRAPH_CAUSES] = {[CASEGRAPH_LEAVES] = naive->leave, [CASEGRAPH_PHYSICAL] = naive->harm};
    return rng_race(naive->seed, c->id, placement_purpose(PLACEMENT_DRAW_CAUSE), c->spell, CASEGRAPH_CAUSES, weight, NULL) == CASEGRAPH_LEAVES;
}

/* The date first, then what the clock of the centre brings, until somebody leaves or the day is over. */
static void naive_give_up(struct naive_cases *naive, uint32_t i, int32_t day, int32_t deadline)
{
    struct naive_case *c = &naive->row[i];
    if (day >= c->from + deadline) naive_end(naive, i, STAGE_EXPIRED, day - c->from);
    while (c->stage == STAGE_HEARING && c->threshold <= naive->today) {
        double fraction = (double)(c->threshold - naive->yesterday) / (double)(naive->today - naive->yesterday);
        if (naive_leaves(naive, c)) naive_end(naive, i, STAGE_LEFT, day - c->from + fraction);
        else naive->harms++, c->threshold += naive_units(naive, c);
    }
}

static int wait_number(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->waits.count; i++)
        if (strcmp(sim->waits.wait[i].name, name) == 0) return i;
    TEST(false, "no wait '%s'", name);
    return 0;
}

static int stage_of(const struct sim *sim, uint32_t slot)
{
    int stage = sim->persons.row[slot].stage - 1;
    return stage == STAGE_REFUSED ? STAGE_GRANTED : stage;
}

static void compare_cases(const struct naive_cases *naive, const struct sim *sim, int32_t day)
{
    int64_t counts[STAGES] = {0}, all = 0;
    uint32_t different = 0;
    for (uint32_t i = 0; i < naive->count; i++) {
        counts[naive->row[i].stage]++;
        different += naive->row[i].id != sim->persons.row[i].id || naive->row[i].stage != stage_of(sim, i);
    }
    TEST(naive->count == sim->persons.count && different == 0, "day %d: %u persons stand in other stages than the naive twin's", day,
         different);
    for (int s = 0; s < STAGES; s++) {
        int64_t cases = in_stage(sim, "cases", s);
        all += cases;
        if (s != STAGE_GRANTED && s != STAGE_REFUSED)
            TEST(cases == counts[s], "day %d: %d in stage %d, naive %d", day, (int)cases, s, (int)counts[s]);
    }
    TEST(all == sim->persons.count, "day %d: %d in all stages, %u persons", day, (int)all, sim->persons.count);
    TEST(tally_at(&sim->tallies, tally_find(&sim->tallies, "placed"), 0) == counts[STAGE_HEARING], "day %d: the centre", day);
}

struct case_sums {
    int64_t harms, reached[STAGES];
};

static void case_day(struct naive_cases *naive, struct sim *sim, const struct case_plan *plan, double *left, struct case_sums *sums)
{
    int32_t day = sim->day;
    double people = case_arrivals(day, 20) + *left;
    *left = people - floor(people);
    sim_step(sim);
    naive->yesterday = naive->today;
    naive->today = sim->waits.wait[naive->wait].clock.today[wait_placement_cell(sim, 0, 1, 0) * WAIT_GROUPS];
    naive_serve(naive, day, (int64_t)(64 * plan->capacity));
    naive_enter(naive, sim, day, (int64_t)floor(people));
    naive->harms = 0;
    for (uint32_t i = 0; i < naive->count; i++)
        if (naive->row[i].stage == STAGE_HEARING) naive_give_up(naive, i, day, (int32_t)plan->deadline);
    int64_t decided = in_stage(sim, "stage_reached", STAGE_GRANTED) + in_stage(sim, "stage_reached", STAGE_REFUSED);
    TEST(decided == naive->decided && decided <= (int64_t)ceil(plan->capacity), "day %d: %d decided, naive %d", day, (int)decided,
         (int)naive->decided);
    for (int s = 0; s < STAGES; s++) {
        sums->reached[s] += in_stage(sim, "stage_reached", s);
        TEST(s == STAGE_HEARING || sums->reached[s] == in_stage(sim, "cases", s), "day %d, stage %d: %d reached it, %d are there", day, s,
             (int)sums->reached[s], (int)in_stage(sim, "cases", s));
    }
    int64_t harms = tally_at(&sim->tallies, tally_find(&sim->tallies, "harms_in_placement"), DOCKET_HARM_PHYSICAL);
    TEST(harms == naive->harms, "day %d: %d harms, naive %d", day, (int)harms, (int)naive->harms);
    sums->harms += harms;
    compare_cases(naive, sim, day);
}

static void case_laws(const struct naive_cases *naive, const struct case_plan *plan, const struct case_sums *sums, int32_t days)
{
    double exposed = 0, granted = (double)sums->reached[STAGE_GRANTED], refused = (double)sums->reached[STAGE_REFUSED];
    for (uint32_t i = 0; i < naive->count; i++)
        exposed += naive->row[i].stage == STAGE_HEARING ? days - naive->row[i].from : naive->row[i].exposed;
    double harms = plan->harm_rate * exposed, left = plan->leave_rate * exposed;
    TEST(fabs((double)sums->harms - harms) < 5 * sqrt(harms), "%d harms in %.0f days, expected %.0f", (int)sums->harms, exposed, harms);
    TEST(fabs((double)sums->reached[STAGE_LEFT] - left) < 5 * sqrt(left), "%d left in %.0f days, expected %.0f",
         (int)sums->reached[STAGE_LEFT], exposed, left);
    TEST(fabs(granted - 0.3 * (granted + refused)) < 5 * sqrt(0.21 * (granted + refused)), "%.0f granted, %.0f refused", granted, refused);
    TEST(sums->reached[STAGE_EXPIRED] > 100 && sums->reached[STAGE_LEFT] > 100 && granted > 100 && harms > 1000, "something of everything");
}

static void case_against_naive(struct case_plan plan, int32_t days)
{
    struct toy toy;
    struct sim *sim = case_open(&toy, &plan, days, 20);
    struct naive_cases naive = {.row = memory_new((size_t)days * 45, sizeof *naive.row), .seed = sim->setup->seed, .wait = wait_number(sim, "placement"), .leave = plan.leave_rate, .harm = plan.harm_rate};
    struct case_sums sums = {0};
    double left = 0;
    naive.queue.rule[0] = strcmp(plan.rule, "newest") == 0 ? SERVICE_NEWEST : SERVICE_OLDEST;
    for (int32_t day = 0; day < days && test_failed == 0; day++) case_day(&naive, sim, &plan, &left, &sums);
    toy_check(sim, "case");
    if (test_failed == 0) case_laws(&naive, &plan, &sums, days);
    naive_service_close(&naive.queue);
    memory_free(naive.row);
    toy_close(sim);
}

static void case_with_leaving(void)
{
    case_against_naive((struct case_plan){15.25, 30, 0.004, 0.02, "oldest"}, 300);
    case_against_naive((struct case_plan){17.5, 12, 0.03, 1.5, "newest"}, 300);
}

/* Two stages by hazards: the second begins at the moment at which the first ends, and may end on the same day. */
static void case_by_hazard(void)
{
    enum { PEOPLE = 100000,
           DAYS = 60 };
    const double hazard[2] = {0.15, 0.08};
    struct toy toy;
    struct case_plan plan = {0, 0, 0, 0, "oldest"};
    toy_init(&toy);
    toy_places(&toy, 1);
    case_graph(&toy, &plan);
    struct casegraph_stage *stage = toy.setup.casegraph.stage;
    stage[0].service = -1;
    stage[0].rate = hazard[0];
    stage[1].rate = hazard[1];
    stage[1].outcomes = 1;
    stage[1].outcome = memory_new(1, sizeof *stage[1].outcome);
    stage[1].outcome[0] = outcome_to(STAGE_EXPIRED, 2);
    stage[0].outcome[1] = outcome_to(STAGE_REFUSED, 0);
    driver_add_series(driver_add(&toy.setup.drivers, "arrivals", "people/day", "of a test", DRIVER_PLACE, DRIVER_STEP, 1), 0, 2,
                      (const double[]){0, 1}, (const double[]){PEOPLE, 0});
    toy_model(&toy, &arrivals);
    toy_model(&toy, &placement_model);
    toy_model(&toy, &case_model);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    double share[3] = {1, 0, 0};
    for (int32_t day = 0; day < DAYS; day++) {
        double left = exp(-hazard[0]), stays = exp(-hazard[1]), between = hazard[0] / (hazard[1] - hazard[0]) * (left - stays);
        share[1] = share[1] * stays + share[0] * between;
        share[0] *= left;
        share[2] = 1 - share[0] - share[1];
        sim_step(sim);
        double seen[3] = {(double)in_stage(sim, "cases", 0), (double)in_stage(sim, "cases", 1),
                          (double)in_stage(sim, "cases", STAGE_EXPIRED)};
        double expected[3] = {PEOPLE * share[0], PEOPLE * share[1], PEOPLE * share[2]};
        TEST(toy_surprise(3, seen, expected) < 5, "day %d: %.0f %.0f %.0f, expected %.0f %.0f %.0f", day, seen[0], seen[1], seen[2],
             expected[0], expected[1], expected[2]);
    }
    toy_close(sim);
}

/* Whoever gives newcomers their waits comes after those that enter people: the other way round is said, not lived with. */
static void case_before_arrivals(void)
{
    struct toy toy;
    struct case_plan plan = {0, 5, 0, 0.1, "oldest"};
    toy_init(&toy);
    toy_places(&toy, 1);
    case_graph(&toy, &plan);
    driver_add_series(driver_add(&toy.setup.drivers, "arrivals", "people/day", "of a test", DRIVER_PLACE, DRIVER_STEP, 1), 0, 1,
                      (const double[]){0}, (const double[]){10});
    toy_model(&toy, &placement_model);
    toy_model(&toy, &case_model);
    toy_model(&toy, &arrivals);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    sim_step(sim);
    TEST(sim->error.status == FAIL_INPUT && strstr(sim->error.text, "name arrivals first"), "%s", sim->error.text);
    sim->error.status = FAIL_NONE; /* expected; toy_close() looks for others */
    toy_close(sim);
}

#define CENTRE_HARM 0.3

/* Five days of hearing and five of appeal in the same centre, or ten of hearing: harm in the centre is the same, day by
   day. A change of stage carries the wait for harm over; it neither loses a day nor draws anew. */
static struct sim *centre_open(struct toy *toy, bool appeal)
{
    struct case_plan plan = {0, appeal ? 5 : 10, 0, CENTRE_HARM, "oldest"};
    toy_init(toy);
    toy_places(toy, 1);
    case_graph(toy, &plan);
    struct casegraph_stage *stage = toy->setup.casegraph.stage;
    stage[STAGE_HEARING].service = -1;
    if (appeal) {
        stage[STAGE_HEARING].overdue = STAGE_REFUSED;
        stage[STAGE_REFUSED].deadline = 5;
        stage[STAGE_REFUSED].overdue = STAGE_EXPIRED;
        stage[STAGE_REFUSED].outcomes = 1;
        stage[STAGE_REFUSED].outcome = memory_new(1, sizeof *stage->outcome);
        stage[STAGE_REFUSED].outcome[0] = outcome_to(STAGE_EXPIRED, 1);
    }
    driver_add_series(driver_add(&toy->setup.drivers, "arrivals", "people/day", "of a test", DRIVER_PLACE, DRIVER_STEP, 1), 0, 2,
                      (const double[]){0, 10}, (const double[]){500, 0});
    toy_model(toy, &arrivals);
    toy_model(toy, &placement_model);
    toy_model(toy, &case_model);
    return toy_open(toy, (struct sim_tuning){.threads = 1});
}

static void case_change_of_stage(void)
{
    struct toy toy[2];
    struct sim *sim[2] = {centre_open(&toy[0], false), centre_open(&toy[1], true)};
    double harms[2] = {0}, days_there[2] = {0};
    int different = 0;
    for (int32_t day = 0; day < 30; day++) {
        int64_t today[2];
        for (int i = 0; i < 2; i++) {
            sim_step(sim[i]);
            today[i] = tally_at(&sim[i]->tallies, tally_find(&sim[i]->tallies, "harms_in_placement"), DOCKET_HARM_PHYSICAL);
            harms[i] += (double)today[i];
            days_there[i] += (double)tally_at(&sim[i]->tallies, tally_find(&sim[i]->tallies, "placed"), 0);
        }
        different += today[0] != today[1];
    }
    for (int i = 0; i < 2; i++)
        TEST(fabs(harms[i] - CENTRE_HARM * days_there[i]) < 5 * sqrt(CENTRE_HARM * days_there[i]), "%s: %.0f harms in %.0f days at %g a day",
             i ? "with an appeal" : "without", harms[i], days_there[i], CENTRE_HARM);
    TEST(different == 0, "an appeal in the same centre changes the harms of %d days of 30", different);
    toy_close(sim[0]);
    toy_close(sim[1]);
}

static const struct test_case cases[] = {
    {"road", road},
    {"fork", fork_in_the_road},
    {"closed box", closed_box},
    {"closed box, many ways", box_many_ways},
    {"parties stay together", parties},
    {"parties, many ways", parties_many_ways},
    {"arms of a policy", policy_arms},
    {"mixed world", mixed_world},
    {"mixed queues", mixed_queues},
    {"mixed world, many ways", mixed_many_ways},
    {"mixed world, everybody's events", mixed_sample},
    {"mixed world, restored", mixed_restored},
    {"mixed world, order of events", mixed_events},
    {"interleaved", interleaved},
    {"case: the queue is the recursion", case_queue},
    {"case: the naive twin", case_with_leaving},
    {"case: stages by hazards", case_by_hazard},
    {"case: a change of stage", case_change_of_stage},
    {"case: before arrivals", case_before_arrivals},
};
TEST_MAIN(cases)
