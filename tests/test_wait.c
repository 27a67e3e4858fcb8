/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of waiting. A law says what the hazard m h of each class is on each day; survival to day n is exp(-sum of the
   days before n), exactly, whatever the hints, bounds and rings do. Classes are places of origin. Every law is checked on a
   crowd, by chi-squared of the day of firing at 5 standard errors, and on a small crowd against the twin that looks at
   everybody every day. */
#include "sim/memory.h"
#include "sim/rng.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <gsl/gsl_randist.h>
#include <stdlib.h>

#define NOBODY_FIRED 0u

typedef double law_hazard(int class, int32_t day);

struct law {
    const char *name;
    toy_build *build;
    law_hazard *hazard;
    int32_t days;
    uint32_t people; /* of each class; the twins have what build() gives */
    bool no_twins;
};

static uint32_t class_of(const struct sim *sim, uint32_t slot) { return person_id_parts(sim->persons.row[slot].id).place; }

/* seen[d]: how many of the class fired on day d; seen[days]: did not. */
static double *histogram(const struct sim *sim, uint32_t class, int32_t days)
{
    double *seen = memory_new((size_t)days + 1, sizeof *seen);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t fired = *toy_cell(sim, 0, slot);
        if (class_of(sim, slot) == class) seen[fired == NOBODY_FIRED ? (uint32_t)days : fired - 1]++;
    }
    return seen;
}

static void follow_class(const struct law *law, const struct sim *sim, uint32_t class)
{
    double *seen = histogram(sim, class, law->days), *expected = memory_new((size_t)law->days + 1, sizeof *expected), alive = law->people;
    for (int32_t day = 0; day < law->days; day++) {
        expected[day] = -expm1(-law->hazard((int)class, day)) * alive;
        alive -= expected[day];
    }
    expected[law->days] = alive;
    double surprise = toy_surprise((size_t)law->days + 1, seen, expected);
    TEST(surprise < 5, "%s, class %u: %.1f standard errors", law->name, class, surprise);
    for (int32_t day = 0; surprise >= 5 && day <= law->days; day++) {
        if (fabs(seen[day] - expected[day]) < 5 * sqrt(expected[day]) + 5) continue;
        printf("    first on day %d: %.0f, expected %.1f\n", day, seen[day], expected[day]);
        break;
    }
    memory_free(seen);
    memory_free(expected);
}

static void follow(const struct law *law)
{
    struct toy toy;
    toy_init(&toy);
    law->build(&toy);
    toy.people = law->people;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, law->days);
    toy_check(sim, law->name);
    for (uint32_t class = 0; class < sim->world->places; class ++) follow_class(law, sim, class);
    toy_close(sim);
    if (!law->no_twins) toy_twins(law->name, law->build, law->days);
}

/* ---- building */

static void begin_first(struct sim *sim, uint32_t slot) { wait_begin_clock(sim, &sim->persons.row[slot], 0); }

/* One clock over so many places, 300 people at each. */
static void one_clock(struct toy *toy, uint32_t places, struct wait_plan plan, toy_rate *rate)
{
    plan.name = "clock";
    plan.over = WAIT_OVER_PLACE;
    toy_places(toy, places);
    toy->people = 300;
    toy->lab.wait[toy->lab.waits++] = plan;
    toy->lab.rate = rate;
    toy->lab.begin = begin_first;
    toy->lab.columns = 1;
    toy_model(toy, &toy_lab);
}

/* ---- hazards of every kind */

static double constant_hazard(int class, int32_t day)
{
    static const double hazard[] = {0.02, 0.3, 1.5, 0};
    (void)day;
    return hazard[class];
}

static double constant_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return constant_hazard((int)cell, day);
}

static void build_constant(struct toy *toy) { one_clock(toy, 4, (struct wait_plan){0}, constant_rate); }

static void constant(void) { follow(&(struct law){"constant hazard", build_constant, constant_hazard, 300, 100000, false}); }

/* Moves by a factor of up to 4 from day to day, with a season of a year. */
static double daily_hazard(int class, int32_t day)
{
    static const double base[] = {0.003, 0.02, 0.2};
    double jitter = rng_uniform(rng_draw(5, (uint64_t) class, 1, (uint32_t)day, 0).word[0]);
    return base[class] * (0.25 + 0.75 * jitter) * (1 + 0.8 * sin(day / 58.1));
}

static double daily_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return daily_hazard((int)cell, day);
}

static double daily_ahead(const struct sim *sim, const void *state, uint32_t cell, int32_t day)
{
    (void)sim, (void)state;
    return daily_hazard((int)cell, day);
}

static void build_daily(struct toy *toy) { one_clock(toy, 3, (struct wait_plan){.slack = 2}, daily_rate); }
static void build_tight(struct toy *toy) { one_clock(toy, 3, (struct wait_plan){.slack = 0}, daily_rate); }
static void build_loose(struct toy *toy) { one_clock(toy, 3, (struct wait_plan){.slack = 4, .once = true}, daily_rate); }
static void build_ahead(struct toy *toy) { one_clock(toy, 3, (struct wait_plan){.ahead = daily_ahead}, NULL); }

static void daily(void)
{
    follow(&(struct law){"rates of the day, slack 2", build_daily, daily_hazard, 400, 50000, false});
    follow(&(struct law){"rates known ahead", build_ahead, daily_hazard, 400, 50000, false});
}

/* Slack, ring and the promise to act once are ways to find people, not laws. */
static void ways_of_finding(void)
{
    char hex[4][65];
    toy_build *const build[4] = {build_daily, build_tight, build_loose, build_ahead};
    for (int i = 0; i < 4; i++) toy_digest(build[i], (struct sim_tuning){.threads = 1}, 300, hex[i]);
    for (int i = 1; i < 4; i++) TEST(strcmp(hex[0], hex[i]) == 0, "way %d gives other results", i);
}

/* Up fifty times and more, down to nothing and back. */
static double jumping_hazard(int class, int32_t day)
{
    static const double calm[] = {0, 0.0004, 0.004}, storm[] = {0.02, 0.05, 0.15};
    if (day % 11 == 7) return storm[class];
    if (day % 11 > 7) return 0;
    return day < 60 ? 0 : calm[class];
}

static double jumping_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return jumping_hazard((int)cell, day);
}

static void build_jumping(struct toy *toy) { one_clock(toy, 3, (struct wait_plan){.slack = 1}, jumping_rate); }
static void build_jumping_loose(struct toy *toy) { one_clock(toy, 3, (struct wait_plan){.slack = 2}, jumping_rate); }

static void jumping(void)
{
    follow(&(struct law){"rates that jump", build_jumping, jumping_hazard, 600, 50000, false});
    follow(&(struct law){"rates that jump, slack 2", build_jumping_loose, jumping_hazard, 600, 20000, false});
}

static double tiny_hazard(int class, int32_t day)
{
    static const double hazard[] = {1e-6, 3.3e-7, 2e-6, 1e-5};
    (void)day;
    return hazard[class];
}

static double tiny_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return tiny_hazard((int)cell, day);
}

static void build_tiny(struct toy *toy) { one_clock(toy, 4, (struct wait_plan){0}, tiny_rate); }

static void tiny(void)
{
    follow(&(struct law){"tiny hazards", build_tiny, tiny_hazard, 1000, 150000, true});
    toy_twins("tiny hazards", build_tiny, 600);
}

/* The accumulator holds what it should, to a unit of 2^-32 a day, rates on the day and ahead. */
static void clocks_hold_the_integral(void)
{
    struct toy toy;
    toy_init(&toy);
    one_clock(&toy, 3, (struct wait_plan){.slack = 2}, daily_rate);
    toy.people = 0;
    toy.lab.wait[toy.lab.waits++] = (struct wait_plan){.name = "ahead", .over = WAIT_OVER_PLACE, .ahead = daily_ahead};
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    double sum[3] = {0};
    for (int32_t day = 0; day < 700; day++) {
        sim_step(sim);
        for (uint32_t cell = 0; cell < 3; cell++) {
            const struct wait_clock *today = &sim->waits.wait[0].clock, *ahead = &sim->waits.wait[1].clock;
            sum[cell] += daily_hazard((int)cell, day);
            TEST(today->sum[cell] == ahead->sum[cell] && today->today[cell] == (uint32_t)(today->sum[cell] >> 12), "cell %u, day %d", cell,
                 day);
            TEST(fabs((double)today->sum[cell] * 0x1p-32 - 0x1p-21 - sum[cell]) <= (day + 1) * 0x1p-32,
                 "cell %u, day %d: %.12f, expected %.12f", cell, day, (double)today->sum[cell] * 0x1p-32, sum[cell]);
        }
    }
    toy_close(sim);
}

/* ---- factors */

static const double factors[WAIT_GROUPS] = {1.0 / 64, 1.0 / 3, 1, 64, 0.7, 50, 3, 5, 1, 1, 1, 1, 1, 1, 1, 1};

static double factor_base(int32_t day) { return 0.03 + 0.02 * (day % 3); }

static double factor_hazard(int class, int32_t day) { return factors[class] * factor_base(day); }

static double factor_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait, (void)cell;
    return factor_base(day);
}

static void build_factors(struct toy *toy) { one_clock(toy, 6, (struct wait_plan){.slack = 2, .factor = factors}, factor_rate); }

/* Clocks by class: the class of a place's people is its number; other classes' clocks run wild. */
static double by_group_hazard(int class, int32_t day) { return factors[class] * factor_base(day + class) * (1 + class); }

static double by_group_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    uint32_t place = cell / WAIT_GROUPS, group = cell % WAIT_GROUPS;
    return group == place ? factor_base(day + (int32_t)group) * (1 + group) : 20;
}

static void build_by_group(struct toy *toy)
{
    one_clock(toy, 6, (struct wait_plan){.slack = 2, .factor = factors, .by_group = true}, by_group_rate);
}

static void factor(void)
{
    follow(&(struct law){"factors", build_factors, factor_hazard, 150, 80000, false});
    follow(&(struct law){"factors and clocks by class", build_by_group, by_group_hazard, 100, 50000, false});
}

/* ---- clocks over the case: 2 states x 3 stages, 2 states x 3 placements x bands */

static double case_hazard(int class, int32_t day)
{
    static const double base[] = {0.01, 0.04, 0.0003, 0.2};
    return day % 17 == 5 ? 10 * base[class] : base[class];
}

static uint8_t band_of(uint32_t place) { return (uint8_t)(3 * place % CASEGRAPH_BANDS); }

static void begin_in_case(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    p->stage = (uint8_t)(p->place % 3);
    p->placement = (uint8_t)(p->place / 2);
    p->band = band_of(p->place);
    wait_begin_clock(sim, p, 0);
}

/* The place of a cell: a cell that is nobody's is certain, so that who looks at the wrong one is seen. */
static double case_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    enum wait_over over = toy->lab.wait[wait].over;
    for (uint32_t place = 0; place < 4; place++) {
        uint32_t state = place % 2, stage = place % 3, placement = place / 2;
        uint32_t mine = over == WAIT_OVER_STAGE ? state * 3 + stage : (state * 3 + placement) * CASEGRAPH_BANDS + band_of(place);
        if (mine == cell) return case_hazard((int)place, day);
    }
    return WAIT_CERTAIN;
}

static void build_case(struct toy *toy, enum wait_over over)
{
    struct casegraph *graph = &toy->setup.casegraph;
    for (int i = 0; i < 4; i++) toy_place(toy, (const char *const[]){"a", "b", "c", "d"}[i], i % 2 ? "east" : "west", WORLD_TOWN);
    graph->stages = graph->placements = 2;
    graph->stage = memory_new(2, sizeof *graph->stage);
    graph->placement = memory_new(2, sizeof *graph->placement);
    for (int i = 0; i < 2; i++) {
        graph->stage[i] = casegraph_stage_default();
        graph->stage[i].name = memory_text(i ? "decided" : "asked");
        graph->placement[i] = casegraph_placement_default();
        graph->placement[i].name = memory_text(i ? "flat" : "centre");
    }
    graph->stage[0].outcomes = 1;
    graph->stage[0].outcome = memory_new(1, sizeof *graph->stage[0].outcome);
    graph->stage[0].outcome[0] = (struct casegraph_outcome){.to = 1, .status = CASEGRAPH_NONE, .weight = {1, 1, 1, 1}};
    toy->people = 300;
    toy->lab = (struct toy_lab){.waits = 1,
                                .wait = {{.name = "case", .over = over, .slack = 2}},
                                .rate = case_rate,
                                .begin = begin_in_case,
                                .columns = 1};
    toy_model(toy, &toy_lab);
}

static void build_stages(struct toy *toy) { build_case(toy, WAIT_OVER_STAGE); }

static void build_placements(struct toy *toy) { build_case(toy, WAIT_OVER_PLACEMENT); }

static void over_stages(void) { follow(&(struct law){"clocks over stages", build_stages, case_hazard, 200, 100000, false}); }

static void over_placements(void) { follow(&(struct law){"clocks over placements", build_placements, case_hazard, 200, 100000, false}); }

/* Every cell has one number and the last is below the number of cells. */
static void case_cells(void)
{
    for (int over = WAIT_OVER_STAGE; over <= WAIT_OVER_PLACEMENT; over++) {
        struct toy toy;
        toy_init(&toy);
        build_case(&toy, (enum wait_over)over);
        struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
        uint32_t cells = sim->waits.wait[0].clock.cells, next = 0, bands = over == WAIT_OVER_STAGE ? 1 : CASEGRAPH_BANDS;
        for (uint32_t cell = 0; cell < 2 * 3 * bands; cell++) {
            uint32_t state = cell / bands / 3, item = cell / bands % 3;
            next += (over == WAIT_OVER_STAGE ? wait_stage_cell(sim, state, item) : wait_placement_cell(sim, state, item, cell % bands)) == cell;
        }
        TEST(next == cells && cells == 2 * 3 * bands, "%u cells, %u of them where they are expected", cells, next);
        toy_close(sim);
    }
}

/* ---- certain */

static double certain_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return cell == 0 ? WAIT_CERTAIN : day < 40 ? 0
                                               : WAIT_CERTAIN;
}

static void build_certain(struct toy *toy) { one_clock(toy, 2, (struct wait_plan){0}, certain_rate); }

/* Everybody with m >= 1 leaves on the day, the day of entry included. */
static void certain(void)
{
    struct toy toy;
    toy_init(&toy);
    build_certain(&toy);
    toy.people = 100000;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 45);
    int wrong = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) wrong += *toy_cell(sim, 0, slot) != (class_of(sim, slot) == 0 ? 1 : 41);
    TEST(wrong == 0, "%d of %u did not leave on the day", wrong, sim->persons.count);
    toy_close(sim);
    toy_twins("certain", build_certain, 45);
}

static void again_tomorrow(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    (void)span;
    ++*toy_cell(sim, 0, slot);
    wait_begin_clock(sim, &sim->persons.row[slot], 0);
}

/* What is begun in an act is never due on the same day, however certain. */
static void begun_today(void)
{
    struct toy toy;
    toy_init(&toy);
    build_certain(&toy);
    toy.lab.act = again_tomorrow;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 400); /* readings go round after 178 days */
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t times = *toy_cell(sim, 0, slot), expected = class_of(sim, slot) == 0 ? 400 : 360;
        TEST(times == expected && sim->persons.row[slot].spell[0] == times + 1, "slot %u: %u times, expected %u", slot, times, expected);
    }
    toy_close(sim);
}

/* ---- the second spell: begun by an act, from that day's reading */

static void begin_second(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (span->wait == 0) {
        wait_end(p, 0);
        p->since = (uint16_t)sim->day;
        wait_begin_clock(sim, p, 1);
    } else {
        *toy_cell(sim, 0, slot) = (uint32_t)sim->day - p->since + 1; /* day 0 of this law is the day it begins */
        wait_end(p, 1);
    }
}

static double second_hazard(int class, int32_t day)
{
    static const double hazard[] = {0.07, 0.9};
    return day == 0 ? 0 : hazard[class];
}

static double second_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    return wait == 0 ? 0.3 + 0.1 * (day % 4) : second_hazard((int)cell, 1);
}

static void build_second(struct toy *toy)
{
    one_clock(toy, 2, (struct wait_plan){.slack = 2}, second_rate);
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "second", .over = WAIT_OVER_PLACE};
    toy->lab.act = begin_second;
}

static void second_spell(void) { follow(&(struct law){"second spell", build_second, second_hazard, 300, 100000, false}); }

/* ---- saturation, and rates that are none */

static double odd_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    const double rate[] = {5, INFINITY, NAN, -3, 0.02, 2};
    return day < 0 ? 0 : rate[cell];
}

static double odd_hazard(int class, int32_t day)
{
    static const double hazard[] = {2, 2, 0, 0, 0.02, 2};
    (void)day;
    return hazard[class];
}

static void build_odd(struct toy *toy) { one_clock(toy, 6, (struct wait_plan){.saturation = 2, .slack = 2}, odd_rate); }

static void saturation(void) { follow(&(struct law){"saturation", build_odd, odd_hazard, 40, 50000, false}); }

static int declared(struct wait_plan plan, int count, struct error *error)
{
    struct toy toy;
    toy_init(&toy);
    toy_places(&toy, 1);
    toy.lab.waits = count;
    for (int i = 0; i < count && i < PERSON_WAITS; i++) toy.lab.wait[i] = plan;
    toy_model(&toy, &toy_lab);
    world_finish(toy.setup.world, error);
    struct sim *sim = sim_open(&toy.setup, toy.list, (struct sim_tuning){.threads = 1}, error);
    int waits = sim ? sim->waits.count : -1;
    if (sim && waits == count) { /* no room for a sixth */
        int more = wait_declare(sim, 0, plan);
        TEST(count < PERSON_WAITS || (more == -1 && sim->error.status == FAIL_INPUT), "a person holds %d waits", PERSON_WAITS + 1);
    }
    sim_close(sim);
    setup_free(&toy.setup);
    return waits;
}

static void declaring(void)
{
    double factor_of[WAIT_GROUPS];
    static const double wrong[] = {1.0 / 65, 64.5, 0, -1, INFINITY, NAN};
    struct error error = {0};
    for (int i = 0; i < WAIT_GROUPS; i++) factor_of[i] = i % 2 ? 64 : 1.0 / 64;
    struct wait_plan plan = {.name = "w", .over = WAIT_OVER_PLACE, .factor = factor_of};
    TEST(declared(plan, PERSON_WAITS, &error) == PERSON_WAITS, "%s", error.text);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error found = {0};
        factor_of[9] = wrong[i];
        TEST(declared(plan, 1, &found) == -1 && found.status == FAIL_INPUT && strstr(found.text, "class 9"), "factor %g: '%s'", wrong[i],
             found.text);
    }
}

/* ---- changes in mid-spell. A wait on day d happens at day fraction 0: from d on the new clock and factor count. */

/* Classes change their factor on days 9, 18, 27 ... */
static int stair(int class, int32_t day) { return (class + day / 9) % 8; }

static double stair_hazard(int class, int32_t day) { return factors[stair(class, day)] * 0.02 * (1 + day % 2); }

static double stair_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait, (void)cell;
    return 0.02 * (1 + day % 2);
}

static void change_group(struct sim *sim, uint32_t slot, struct wait_moment at)
{
    struct person *p = &sim->persons.row[slot];
    struct wait_residual residual = wait_take(sim, p, at);
    p->group = (uint8_t)stair((int)class_of(sim, slot), sim->day);
    wait_put(sim, p, &residual);
}

static void begin_with_dates(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    wait_begin_clock(sim, p, 0);
    wait_begin_day(p, 1, 9);
}

static void act_stair(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    if (span->wait == 0) {
        toy_fired(sim, span, slot);
        wait_end(&sim->persons.row[slot], 1);
    } else {
        change_group(sim, slot, wait_moment(sim, &sim->persons.row[slot], 1));
        wait_begin_day(&sim->persons.row[slot], 1, sim->day + 9);
    }
}

static void with_dates(struct toy *toy, toy_act *act)
{
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "date"};
    toy->lab.begin = begin_with_dates;
    toy->lab.act = act;
}

static void build_stair(struct toy *toy)
{
    one_clock(toy, 4, (struct wait_plan){.factor = factors, .slack = 2}, stair_rate);
    with_dates(toy, act_stair);
}

/* Duration bands: a date ends each band, the band sets the factor, the residual is carried over. */
static void bands(void) { follow(&(struct law){"bands", build_stair, stair_hazard, 120, 80000, false}); }

/* The same in the enter phase, where readings are yesterday's: an aid that needs a hint by hand. */
static void enter_stair(struct sim *sim)
{
    toy_crowd(sim);
    for (uint32_t slot = 0; sim->day > 0 && sim->day % 9 == 0 && slot < sim->persons.count; slot++) {
        change_group(sim, slot, WAIT_DAWN);
        sim->persons.hint[slot] = wait_code(sim->day);
    }
}

static void build_dawn(struct toy *toy)
{
    one_clock(toy, 4, (struct wait_plan){.factor = factors, .slack = 2}, stair_rate);
    toy->lab.enter = enter_stair;
}

static void bands_at_dawn(void) { follow(&(struct law){"bands at dawn", build_dawn, stair_hazard, 120, 80000, false}); }

/* Change of place on every seventh day, clocks differ by place and day; known ahead or on the day. */
static double wander_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return 0.004 * (1 + 3 * cell) * (1 + (day + (int32_t)cell) % 3);
}

static double wander_ahead(const struct sim *sim, const void *state, uint32_t cell, int32_t day)
{
    (void)sim, (void)state;
    return wander_rate(NULL, 0, cell, day);
}

static double wander_hazard(int class, int32_t day) { return wander_rate(NULL, 0, (uint32_t)(class + day / 7) % 5, day); }

static void act_wander(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (span->wait == 0) {
        toy_fired(sim, span, slot);
        wait_end(p, 1);
        return;
    }
    struct wait_residual residual = wait_take(sim, p, WAIT_DAWN);
    sim_go(sim, span->thread, span->phase, slot, (p->place + 1) % 5);
    wait_put(sim, p, &residual);
    wait_begin_day(p, 1, sim->day + 7);
}

static void begin_wander(struct sim *sim, uint32_t slot)
{
    begin_first(sim, slot);
    wait_begin_day(&sim->persons.row[slot], 1, 7);
}

static void build_wander(struct toy *toy)
{
    one_clock(toy, 5, (struct wait_plan){.slack = 2}, wander_rate);
    with_dates(toy, act_wander);
    toy->lab.begin = begin_wander;
}

static void build_wander_ahead(struct toy *toy)
{
    build_wander(toy);
    toy->lab.wait[0].ahead = wander_ahead;
}

static void change_of_place(void)
{
    follow(&(struct law){"change of place", build_wander, wander_hazard, 120, 60000, false});
    follow(&(struct law){"change of place, ahead", build_wander_ahead, wander_hazard, 120, 60000, false});
}

/* Moves at random moments between places where the hazard of harm is the same: harm must not notice. */
static double harm_hazard(int class, int32_t day)
{
    (void)class;
    return 0.06 * (1 + day % 2);
}

static double mover_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    return wait == 0 ? harm_hazard(0, day) : 0.2 + 0.3 * cell;
}

static void act_mover(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (span->wait == 0) {
        toy_fired(sim, span, slot);
        wait_end(p, 1);
        return;
    }
    struct wait_residual residual = wait_take(sim, p, wait_moment(sim, p, 1));
    sim_go(sim, span->thread, span->phase, slot, (p->place + 1) % 3);
    wait_put(sim, p, &residual);
    wait_begin_clock(sim, p, 1);
}

static void begin_mover(struct sim *sim, uint32_t slot)
{
    wait_begin_clock(sim, &sim->persons.row[slot], 0);
    wait_begin_clock(sim, &sim->persons.row[slot], 1);
}

static void build_mover(struct toy *toy)
{
    one_clock(toy, 3, (struct wait_plan){0}, mover_rate);
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "move", .over = WAIT_OVER_PLACE};
    toy->lab.begin = begin_mover;
    toy->lab.act = act_mover;
}

static void harm_on_the_move(void) { follow(&(struct law){"harm of people who move", build_mover, harm_hazard, 80, 100000, false}); }

/* Taken and put back with nothing changed between: nothing changes, for those due later today either. */
static void put_back(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (span->wait == 0) {
        toy_fired(sim, span, slot);
        wait_end(p, 1);
        return;
    }
    uint32_t before = p->threshold[0];
    struct wait_residual residual = wait_take(sim, p, WAIT_DAWN);
    wait_put(sim, p, &residual);
    if (p->threshold[0] != before) p->band = 1;
    wait_suspend(sim, p, 0, WAIT_DAWN);
    wait_resume(sim, p, 0, WAIT_DAWN);
    if (p->threshold[0] != before) p->band |= 2;
    wait_begin_day(p, 1, sim->day + 1);
}

static void put_back_unchanged(void)
{
    struct toy toy;
    toy_init(&toy);
    one_clock(&toy, 1, (struct wait_plan){0}, mover_rate);
    with_dates(&toy, put_back);
    toy.people = 20000;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 60);
    uint32_t moved = 0, resumed = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        moved += sim->persons.row[slot].band & 1;
        resumed += sim->persons.row[slot].band >> 1;
    }
    TEST(moved == 0, "wait_put(wait_take()) moved the threshold of %u of %u", moved, sim->persons.count);
    TEST(resumed == 0, "wait_resume() after wait_suspend() moved the threshold of %u of %u", resumed, sim->persons.count);
    toy_close(sim);
}

/* The residual is conserved, person by person. Harm waits while people move at moments of the day between places of other
   hazards, change class at dawn, and are safe at place 2, where the wait is suspended. The integral of m h along each path up
   to the moment of harm is the Exp(1) that was drawn. */

enum { TRAIL_HARM,
       TRAIL_MOVE,
       TRAIL_DATE,
       TRAIL_SAFE = 2 };

struct trail {
    double integral, since; /* up to the moment of today that stands in since */
};

static double trail_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    if (wait == TRAIL_HARM) return cell == TRAIL_SAFE ? 0 : 0.03 * (1 + 4 * cell) * (1 + day % 3);
    return 0.2 + 0.3 * cell;
}

static double trail_ahead(const struct sim *sim, const void *state, uint32_t cell, int32_t day)
{
    (void)sim, (void)state;
    return trail_rate(NULL, TRAIL_HARM, cell, day);
}

static struct trail *trail_of(const struct sim *sim, uint32_t slot) { return (struct trail *)toy_of(sim)->context + slot; }

static void trail_until(const struct sim *sim, uint32_t slot, double moment)
{
    const struct person *p = &sim->persons.row[slot];
    if (!toy_of(sim)->context) return; /* the twins keep none */
    struct trail *trail = trail_of(sim, slot);
    trail->integral += factors[p->group] * trail_rate(NULL, TRAIL_HARM, p->place, sim->day) * (moment - trail->since);
    trail->since = moment;
}

static void trail_step(struct sim *sim, const struct model_span *span, uint32_t slot, struct wait_moment at)
{
    struct person *p = &sim->persons.row[slot];
    uint32_t to = span->wait == TRAIL_MOVE ? (p->place + 1) % 4 : p->place;
    if (to == TRAIL_SAFE) wait_suspend(sim, p, TRAIL_HARM, at);
    struct wait_residual residual = wait_take(sim, p, at);
    if (span->wait == TRAIL_DATE) p->group = (uint8_t)((p->group + 1) % 5);
    else sim_go(sim, span->thread, span->phase, slot, to);
    wait_put(sim, p, &residual);
    if (to != TRAIL_SAFE) wait_resume(sim, p, TRAIL_HARM, at);
    if (span->wait == TRAIL_DATE) wait_begin_day(p, TRAIL_DATE, sim->day + 5);
    else wait_begin_clock(sim, p, TRAIL_MOVE);
}

static void act_trail(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    struct wait_moment at = wait_moment(sim, p, span->wait);
    trail_until(sim, slot, (double)at.before / at.span);
    if (span->wait != TRAIL_HARM) {
        trail_step(sim, span, slot, at);
        return;
    }
    toy_fired(sim, span, slot);
    wait_end(p, TRAIL_MOVE);
    wait_end(p, TRAIL_DATE);
}

static void begin_trail(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    wait_begin_clock(sim, p, TRAIL_HARM);
    wait_begin_clock(sim, p, TRAIL_MOVE);
    wait_begin_day(p, TRAIL_DATE, 3);
    if (p->place == TRAIL_SAFE) wait_suspend(sim, p, TRAIL_HARM, WAIT_DAWN);
}

static void evening(struct sim *sim)
{
    for (uint32_t slot = 0; slot < sim->persons.count && toy_of(sim)->context; slot++) {
        if (*toy_cell(sim, 0, slot) == NOBODY_FIRED) trail_until(sim, slot, 1);
        trail_of(sim, slot)->since = 0;
    }
}

static void build_trail(struct toy *toy)
{
    one_clock(toy, 4, (struct wait_plan){.factor = factors, .slack = 2}, trail_rate);
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "move", .over = WAIT_OVER_PLACE};
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "date"};
    toy->lab.begin = begin_trail;
    toy->lab.act = act_trail;
    toy->lab.settle = evening;
}

static void build_trail_ahead(struct toy *toy)
{
    build_trail(toy);
    toy->lab.wait[TRAIL_HARM].ahead = trail_ahead;
}

static void compare_trails(const struct sim *sim, const struct trail *trails)
{
    double worst = 0;
    uint32_t fired = 0, early = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        double drawn = rng_exponential(rng_draw(sim->setup->seed, sim->persons.row[slot].id, RNG_WAIT + TRAIL_HARM, 1, 0).word[0]);
        if (*toy_cell(sim, 0, slot) == NOBODY_FIRED) {
            early += trails[slot].integral > drawn + 1e-4;
            continue;
        }
        fired++;
        worst = fmax(worst, fabs(trails[slot].integral - drawn));
    }
    TEST(fired > sim->persons.count / 2, "only %u of %u", fired, sim->persons.count);
    TEST(worst < 1e-3, "somebody's integral of hazard is off by %g", worst);
    TEST(early == 0, "%u outlived what they had drawn", early);
}

static void follow_trails(toy_build *build, const char *what)
{
    struct toy toy;
    toy_init(&toy);
    build(&toy);
    toy.people = 5000;
    struct trail *trails = memory_new(4 * (size_t)toy.people, sizeof *trails);
    toy.context = trails;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 60);
    toy_check(sim, what);
    compare_trails(sim, trails);
    toy_close(sim);
    memory_free(trails);
    toy_twins(what, build, 60);
}

static void residuals(void)
{
    follow_trails(build_trail, "residuals");
    follow_trails(build_trail_ahead, "residuals, ahead");
}

/* Suspended from day 10 to day 24, the residual is kept. */
static double pause_hazard(int class, int32_t day) { return day >= 10 && day < 25 ? 0 : factors[class] * 0.02 * (1 + day % 2); }

static void pause_or_go_on(struct sim *sim, struct person *p)
{
    if (sim->day == 10) wait_suspend(sim, p, 0, WAIT_DAWN);
    else wait_resume(sim, p, 0, WAIT_DAWN);
}

static void act_pause(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (span->wait == 0) {
        toy_fired(sim, span, slot);
        wait_end(p, 1);
        return;
    }
    pause_or_go_on(sim, p);
    if (sim->day == 10) wait_begin_day(p, 1, 25);
    else wait_end(p, 1);
}

static void begin_pause(struct sim *sim, uint32_t slot)
{
    begin_first(sim, slot);
    wait_begin_day(&sim->persons.row[slot], 1, 10);
}

static void build_pause(struct toy *toy)
{
    one_clock(toy, 5, (struct wait_plan){.factor = factors, .slack = 2}, stair_rate);
    with_dates(toy, act_pause);
    toy->lab.begin = begin_pause;
}

static void pauses(void) { follow(&(struct law){"suspended waits", build_pause, pause_hazard, 90, 60000, false}); }

static void enter_pause(struct sim *sim)
{
    toy_crowd(sim);
    for (uint32_t slot = 0; (sim->day == 10 || sim->day == 25) && slot < sim->persons.count; slot++) {
        pause_or_go_on(sim, &sim->persons.row[slot]);
        sim->persons.hint[slot] = wait_code(sim->day);
    }
}

static void build_pause_at_dawn(struct toy *toy)
{
    one_clock(toy, 5, (struct wait_plan){.factor = factors, .slack = 2}, stair_rate);
    toy->lab.enter = enter_pause;
}

static void pauses_at_dawn(void) { follow(&(struct law){"waits suspended at dawn", build_pause_at_dawn, pause_hazard, 90, 60000, false}); }

/* ---- renewal in place: counts are Poisson */

static double renewal_hazard(int class, int32_t day)
{
    static const double base[] = {0.004, 0.05, 0.3, 2.5};
    return base[class] * (0.5 + 0.5 * (day % 3));
}

static double renewal_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return renewal_hazard((int)cell, day) / factors[cell + 1];
}

static void renew(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    (void)span;
    ++*toy_cell(sim, 0, slot);
    wait_renew_clock(sim, &sim->persons.row[slot], 0);
}

static void begin_renewal(struct sim *sim, uint32_t slot)
{
    sim->persons.row[slot].group++; /* m = 1/3, 1, 64, 0.7 */
    begin_first(sim, slot);
}

static void build_renewal(struct toy *toy)
{
    one_clock(toy, 4, (struct wait_plan){.factor = factors, .slack = 2}, renewal_rate);
    toy->lab.act = renew;
    toy->lab.begin = begin_renewal;
}

static void poisson_counts(const struct sim *sim, uint32_t class, double mean, uint32_t people)
{
    enum { MOST = 600 };
    double seen[MOST] = {0}, expected[MOST], sum = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t times = *toy_cell(sim, 0, slot);
        if (class_of(sim, slot) == class) seen[times < MOST ? times : MOST - 1]++;
    }
    for (unsigned i = 0; i < MOST; i++) sum += expected[i] = people * gsl_ran_poisson_pdf(i, mean);
    expected[MOST - 1] += people - sum;
    double surprise = toy_surprise(MOST, seen, expected);
    TEST(surprise < 5, "class %u, mean %.2f: %.1f standard errors", class, mean, surprise);
}

static void follow_counts(toy_build *build, law_hazard *hazard, uint32_t people, int32_t days)
{
    struct toy toy;
    toy_init(&toy);
    build(&toy);
    toy.people = people;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, days);
    for (uint32_t class = 0; class < sim->world->places; class ++) {
        double mean = 0;
        for (int32_t day = 0; day < days; day++) mean += hazard((int)class, day);
        poisson_counts(sim, class, mean, people);
    }
    toy_close(sim);
    toy_twins("renewals", build, 60);
}

static void renewals(void) { follow_counts(build_renewal, renewal_hazard, 40000, 90); }

/* Hazards so high that readings go round six times, and a wait of m = 1/64 reaches over a third of the circle. */
static double high_hazard(int class, int32_t day) { return (100 + 150 * class + 10 * (day % 2)) / 64.0; }

static double high_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait;
    return 64 * high_hazard((int)cell, day);
}

static double high_ahead(const struct sim *sim, const void *state, uint32_t cell, int32_t day)
{
    (void)sim, (void)state;
    return 64 * high_hazard((int)cell, day);
}

static void begin_high(struct sim *sim, uint32_t slot)
{
    sim->persons.row[slot].group = 0; /* m = 1/64 */
    begin_first(sim, slot);
}

static void build_high(struct toy *toy)
{
    one_clock(toy, 3, (struct wait_plan){.factor = factors, .slack = 2, .saturation = 500}, high_rate);
    toy->people = 100;
    toy->lab.act = renew;
    toy->lab.begin = begin_high;
}

static void build_high_ahead(struct toy *toy)
{
    build_high(toy);
    toy->lab.wait[0].ahead = high_ahead;
}

static void high_rates(void)
{
    follow_counts(build_high, high_hazard, 2000, 60);
    follow_counts(build_high_ahead, high_hazard, 2000, 60);
}

/* ---- who is first on a day */

/* Competing clocks of one day: whoever's interpolated time is earlier, so the shares are those of the hazards. */
static double rival_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    static const double base[] = {0.1, 0.4, 0.03};
    (void)toy, (void)day;
    return base[wait] * (cell == 0 ? 1 : cell == 1 ? 8
                                                   : 0.1);
}

static void begin_all(struct sim *sim, uint32_t slot)
{
    for (int i = 0; i < sim->waits.count; i++) wait_begin_clock(sim, &sim->persons.row[slot], i);
}

static void winner_takes(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    *toy_cell(sim, 0, slot) = (uint32_t)span->wait + 1;
    for (int i = 0; i < sim->waits.count; i++) wait_end(&sim->persons.row[slot], i);
}

static void build_rivals(struct toy *toy)
{
    one_clock(toy, 3, (struct wait_plan){.factor = factors}, rival_rate); /* classes 0, 1 and 2: m = 1/64, 1/3 and 1 */
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "second", .over = WAIT_OVER_PLACE};
    toy->lab.wait[toy->lab.waits++] = (struct wait_plan){.name = "third", .over = WAIT_OVER_PLACE};
    toy->lab.begin = begin_all;
    toy->lab.act = winner_takes;
}

static void rivals(void)
{
    struct toy toy;
    toy_init(&toy);
    build_rivals(&toy);
    toy.people = 60000;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 400);
    double seen[3][4] = {{0}};
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) seen[class_of(sim, slot)][*toy_cell(sim, 0, slot)]++;
    for (int class = 0; class < 3; class ++) {
        double hazard[3] = {0.1 * factors[class], 0.4, 0.03}, sum = hazard[0] + hazard[1] + hazard[2], expected[3];
        for (int i = 0; i < 3; i++) expected[i] = 60000 * hazard[i] / sum;
        TEST(seen[class][0] == 0 && toy_surprise(3, seen[class] + 1, expected) < 5, "class %d: %.0f %.0f %.0f, %.1f standard errors", class,
             seen[class][1], seen[class][2], seen[class][3], toy_surprise(3, seen[class] + 1, expected));
    }
    toy_close(sim);
    toy_twins("rivals", build_rivals, 50);
}

/* A date is at day fraction 0, before any clock; dates among themselves go by number; the clock comes the same day. */
static void note_order(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    *toy_cell(sim, span->wait, slot) = (uint32_t)sim->day * 10 + ++p->band;
    wait_end(p, span->wait);
}

static void begin_order(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    wait_begin_clock(sim, p, 0);
    wait_begin_day(p, 1, 40);
    wait_begin_day(p, 2, 40);
    wait_begin_clock(sim, p, 3);
}

static double order_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    if (wait == 0) return day < 40 ? 0 : WAIT_CERTAIN;
    return day < 40 ? 0 : cell == 0 ? 1e-9
                                    : WAIT_CERTAIN;
}

static void order_of_the_day(void)
{
    struct toy toy;
    toy_init(&toy);
    one_clock(&toy, 2, (struct wait_plan){0}, order_rate);
    toy.lab.wait[1] = toy.lab.wait[2] = (struct wait_plan){.name = "date"};
    toy.lab.wait[3] = (struct wait_plan){.name = "other", .over = WAIT_OVER_PLACE};
    toy.lab.waits = toy.lab.columns = 4;
    toy.lab.begin = begin_order;
    toy.lab.act = note_order;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 50);
    uint32_t first = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t clock = *toy_cell(sim, 0, slot), other = *toy_cell(sim, 3, slot);
        TEST(*toy_cell(sim, 1, slot) == 401 && *toy_cell(sim, 2, slot) == 402, "dates at %u and %u", *toy_cell(sim, 1, slot),
             *toy_cell(sim, 2, slot));
        if (class_of(sim, slot) == 0) TEST(clock == 403 && other == 0, "clocks at %u and %u", clock, other);
        else TEST((clock == 403 && other == 404) || (clock == 404 && other == 403), "clocks at %u and %u", clock, other);
        first += class_of(sim, slot) == 1 && clock == 403;
    }
    TEST(abs((int)first - 150) < 44, "two like clocks: the first was first for %u of 300", first);
    toy_close(sim);
}

/* ---- dates */

static const int32_t dates[] = {0, 1, 2, 63, 64, 253, 254, 255, 256, 257, 508, 509, 510, 511, 700, 765};
#define DATES (sizeof dates / sizeof *dates)

static void begin_date(struct sim *sim, uint32_t slot)
{
    wait_begin_day(&sim->persons.row[slot], 0, dates[slot % DATES]);
}

static void build_dates(struct toy *toy)
{
    toy_places(toy, 1);
    toy->people = 160;
    toy->lab = (struct toy_lab){.waits = 1, .wait = {{.name = "date"}}, .columns = 1, .begin = begin_date};
    toy_model(toy, &toy_lab);
}

static void far_dates(void)
{
    struct toy toy;
    toy_init(&toy);
    build_dates(&toy);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    for (int32_t day = 0; day < 770; day++) {
        sim_step(sim);
        toy_check(sim, "dates");
        for (uint32_t slot = 0; slot < DATES; slot++)
            TEST((*toy_cell(sim, 0, slot) != 0) == (dates[slot] <= day), "day %d: date %d, fired %u", day, dates[slot],
                 *toy_cell(sim, 0, slot));
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        TEST(*toy_cell(sim, 0, slot) == (uint32_t)dates[slot % DATES] + 1, "date %d fired on day %u", dates[slot % DATES],
             *toy_cell(sim, 0, slot) - 1);
    toy_close(sim);
    toy_twins("dates", build_dates, 300);
}

/* A date of today or before, begun in an act, comes the same day; one of tomorrow, tomorrow. */
static void chain(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    uint32_t times = ++*toy_cell(sim, 0, slot);
    if (times < 4) wait_begin_day(p, span->wait, sim->day - (int32_t)times % 2);
    else wait_begin_day(p, span->wait, sim->day + 1);
}

static void dates_of_today(void)
{
    struct toy toy;
    toy_init(&toy);
    build_dates(&toy);
    toy.lab.act = chain;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 10);
    for (uint32_t slot = 0; slot < 3; slot++)
        TEST(*toy_cell(sim, 0, slot) == 4 + 9 - slot, "first date %d: %u times", dates[slot], *toy_cell(sim, 0, slot));
    toy_close(sim);
}

/* ---- never, and the horizon */

static double faint_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait, (void)day;
    return cell == 1 ? 1e-9 : 0; /* 300 people and 1200 days: one in 2800 worlds fires */
}

static void begin_some(struct sim *sim, uint32_t slot)
{
    if (sim->persons.row[slot].place > 0) wait_begin_clock(sim, &sim->persons.row[slot], 0);
}

/* Place 0: no wait. 1: a hazard so faint that only the horizon wakes people. 2: a clock that stands still. */
static void never(void)
{
    struct toy toy;
    toy_init(&toy);
    one_clock(&toy, 3, (struct wait_plan){.slack = 2}, faint_rate);
    toy.lab.begin = begin_some;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    sim_step(sim);
    struct person *before = memory_copy(sim->persons.row, sim->persons.count, sizeof *before);
    uint8_t *hint = memory_copy(sim->persons.hint, sim->persons.count, 1);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        TEST((sim->persons.hint[slot] == WAIT_NEVER) == (before[slot].place != 1), "slot %u: hint %u", slot, sim->persons.hint[slot]);
    uint8_t *last = memory_copy(hint, sim->persons.count, 1);
    int32_t woken = 0; /* days on which somebody was looked at and got a new hint */
    for (int32_t day = 1; day < 1200; day++) {
        sim_step(sim);
        woken += memcmp(last, sim->persons.hint, sim->persons.count) != 0;
        memcpy(last, sim->persons.hint, sim->persons.count);
    }
    memory_free(last);
    TEST(memcmp(before, sim->persons.row, sim->persons.count * sizeof *before) == 0, "a false wake wrote into a person");
    TEST(woken == 4, "people woke on %d days, expected every %d", woken, WAIT_HORIZON);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        TEST((hint[slot] == WAIT_NEVER) == (sim->persons.hint[slot] == WAIT_NEVER), "slot %u: hint %u", slot, sim->persons.hint[slot]);
    memory_free(before);
    memory_free(hint);
    toy_close(sim);
}

/* Hint codes: 255 is nobody's day. */
static void codes(void)
{
    for (int32_t day = 0; day < 70000; day++)
        TEST(wait_code(day) != WAIT_NEVER && wait_code(day + WAIT_HORIZON) != wait_code(day), "day %d", day);
}

/* ---- a wait that is a clock in phase 0 and a day in phase 1 */

static void late_act(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    bool clock = wait_kind(p, 0) == WAIT_CLOCK;
    TEST(span->phase == (clock ? 0 : 1), "slot %u, a %s fires in phase %d", slot, clock ? "clock" : "day", span->phase);
    *toy_cell(sim, clock ? 0 : 1, slot) += 1;
    if (clock) wait_begin_day(p, 0, sim->day + (int32_t)(slot % 3)); /* for one in three: later today */
    else wait_begin_clock_at(sim, p, 0, WAIT_DUSK);
}

static void build_late(struct toy *toy)
{
    one_clock(toy, 4, (struct wait_plan){.day_phase = 1}, factor_rate);
    toy->lab.act = late_act;
    toy->lab.columns = 2;
}

static void days_in_a_later_phase(void)
{
    struct toy toy;
    uint32_t clocks = 0, days = 0;
    toy_init(&toy);
    build_late(&toy);
    toy.people = 500;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    TEST(sim->phases == 2, "%d phases", sim->phases);
    for (int day = 0; day < 200; day++) {
        sim_step(sim);
        toy_check(sim, "late days");
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        clocks += *toy_cell(sim, 0, slot), days += *toy_cell(sim, 1, slot);
        bool waits = wait_kind(&sim->persons.row[slot], 0) == WAIT_DAY;
        TEST(*toy_cell(sim, 0, slot) == *toy_cell(sim, 1, slot) + waits && (slot % 3 > 0 || !waits), "slot %u: %u clocks, %u days", slot, *toy_cell(sim, 0, slot), *toy_cell(sim, 1, slot));
    }
    TEST(clocks > 10000 && days > 10000, "too quiet: %u, %u", clocks, days);
    toy_close(sim);
    toy_twins("late days", build_late, 100);
}

static const struct test_case cases[] = {
    {"constant hazard", constant},
    {"hazards that move daily", daily},
    {"ways of finding people", ways_of_finding},
    {"hazards that jump", jumping},
    {"tiny hazards", tiny},
    {"clocks hold the integral", clocks_hold_the_integral},
    {"factors", factor},
    {"over stages", over_stages},
    {"over placements", over_placements},
    {"cells of cases", case_cells},
    {"certain", certain},
    {"begun today", begun_today},
    {"the second spell", second_spell},
    {"saturation", saturation},
    {"declaring", declaring},
    {"bands", bands},
    {"bands at dawn", bands_at_dawn},
    {"change of place", change_of_place},
    {"harm on the move", harm_on_the_move},
    {"put back unchanged", put_back_unchanged},
    {"residuals are conserved", residuals},
    {"pauses", pauses},
    {"pauses at dawn", pauses_at_dawn},
    {"renewals", renewals},
    {"high rates", high_rates},
    {"rivals on a day", rivals},
    {"order of the day", order_of_the_day},
    {"far dates", far_dates},
    {"dates of today", dates_of_today},
    {"never", never},
    {"codes", codes},
    {"days in a later phase", days_in_a_later_phase},
};
TEST_MAIN(cases)
