/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/walk.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOWN,
       JUNCTION,
       CAMP,
       FAR_CAMP,
       PLACES };
enum { DRAW_LINK,
       DRAW_END };

struct walk {
    double stay_days;
    struct param_list day_weight;
    int move, arrive;           /* waits */
    int steps;                  /* cold column */
    int reached, by_weekday;    /* tallies */
    int by_group, walkers;      /* tallies by month */
    int rafts, rafts_by_month;  /* tallies of things */
    int mean_stay, reached_all; /* indicators */
    int counted;                /* event kind */
    int64_t *reached_ever;      /* kept, by place */
    double *memory;             /* kept: a slow mean of arrivals */
};

static const struct param params[] = {
    {"stay", PARAM_NUMBER, offsetof(struct walk, stay_days), "days", "mean stay at a place", "assumption", 4, 0.5, 1000, NULL, NULL},
    {"day_weight", PARAM_LIST, offsetof(struct walk, day_weight), "1", "of each day of the week", "assumption", 0, 0, 10, NULL, NULL},
    {0}};

static void declare_rafts(struct walk *w, struct tally_set *tallies, int link)
{
    w->rafts = tally_declare(tallies, "rafts", "rafts", "rafts that left along the link", TALLY_FLOW, 1, &link);
    w->rafts_by_month = tally_declare(tallies, "rafts_by_month", "rafts", "the same by month", TALLY_FLOW, 1, &link);
    tally_of_things(tallies, w->rafts);
    tally_of_things(tallies, w->rafts_by_month);
    tally_by_month(tallies, w->rafts_by_month);
}

static int open_walk(struct sim *sim, void *state)
{
    static const char *const HOW[] = {"first time", "again"};
    struct walk *w = state;
    int model = sim_model_number(sim, w);
    w->move = wait_declare(sim, model, (struct wait_plan){.name = "move", .doc = "until leaving", .phase = 0, .over = WAIT_OVER_PLACE});
    w->arrive = wait_declare(sim, model, (struct wait_plan){.name = "arrive", .doc = "until the end of the link", .phase = 1});
    w->steps = person_column(&sim->persons, "walk_steps", "1", "places reached", 2, false);
    int axis[] = {tally_axis(&sim->tallies, "place", sim->world->places, NULL), tally_axis(&sim->tallies, "how", 2, HOW)};
    int weekday[] = {tally_axis(&sim->tallies, "weekday", 7, NULL)};
    w->reached = tally_declare(&sim->tallies, "reached", "people", "people who reached the place", TALLY_FLOW, 2, axis);
    w->by_weekday = tally_declare(&sim->tallies, "reached_by_weekday", "people", "people who reached any place", TALLY_FLOW, 1, weekday);
    w->by_group = tally_declare(&sim->tallies, "reached_by_group", "people", "people who reached the place, by weekday too", TALLY_FLOW, 3, (int[]){axis[0], axis[1], weekday[0]});
    w->walkers = tally_declare(&sim->tallies, "walkers", "people", "people alive who have reached some place", TALLY_STOCK, 0, NULL);
    declare_rafts(w, &sim->tallies, tally_axis(&sim->tallies, "link", sim->world->links, NULL));
    tally_by_month(&sim->tallies, w->by_group);
    tally_by_month(&sim->tallies, w->walkers);
    w->counted = event_kind(&sim->events, "counted", "reached a place; the value: 60001 and how many before");
    w->mean_stay = sim_indicator(sim, "mean_stay", "days", "the parameter, as a number with a unit of time");
    w->reached_all = sim_indicator(sim, "reached_ever", "people", "arrivals since the first day");
    w->reached_ever = memory_new(sim->world->places, sizeof *w->reached_ever);
    w->memory = memory_new(1, sizeof *w->memory);
    sim_keep(sim, "walk.reached_ever", SIM_I64, sim->world->places, w->reached_ever);
    sim_keep(sim, "walk.memory", SIM_F64, 1, w->memory);
    return w->move < 0 || w->arrive < 0 ? -1 : 0;
}

static void morning(struct sim *sim, void *state)
{
    const struct walk *w = state;
    double pull = 1 + 0.2 * sin(w->memory[0] + sim->day);
    if (sim->day == 0) wait_rate(sim, w->move, TOWN, 0.5); /* once: the clock has to keep it */
    for (uint32_t place = JUNCTION; place < sim->world->places; place++) wait_rate(sim, w->move, place, pull / w->stay_days);
}

static void enter(struct sim *sim, void *state)
{
    const struct walk *w = state;
    uint32_t slot = sim_enter(sim, TOWN, 11 + (uint32_t)sim->day % 5, (struct person_id_parts){.driver = 1, .place = TOWN, .day = (uint32_t)sim->day}, false);
    for (; slot < sim->persons.count; slot++) wait_begin_clock(sim, &sim->persons.row[slot], w->move);
}

/* Any open link, the same chance for each. */
static void leave(struct sim *sim, const struct walk *w, const struct model_span *span, uint32_t slot)
{
    const struct world *world = sim->world;
    struct person *p = &sim->persons.row[slot];
    double weight[PLACES];
    int options = (int)(world->first[p->place + 1] - world->first[p->place]);
    for (int i = 0; i < options; i++) weight[i] = world->link[world->first[p->place] + (uint32_t)i].open;
    int won = rng_race(sim->setup->seed, p->id, walk.purpose * 256u + DRAW_LINK, p->spell[w->move], options, weight, NULL);
    if (won < 0) {
        wait_renew_clock(sim, p, w->move);
        return;
    }
    wait_end(p, w->move);
    uint32_t link = world->first[p->place] + (uint32_t)won;
    sim_go(sim, span->thread, span->phase, slot, link | PERSON_ON_LINK);
    wait_begin_day(p, w->arrive, sim->day + 1 + (int32_t)(world->link[link].km / 100));
    if (p->id % 3) return;
    tally_add(&sim->tallies, span->thread, w->rafts, link, 1);
    tally_add(&sim->tallies, span->thread, w->rafts_by_month, link, 1);
}

static void reach(struct sim *sim, const struct walk *w, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    uint16_t *steps = (uint16_t *)sim->persons.column[w->steps].data + slot;
    uint32_t to = sim->world->link[p->place & ~PERSON_ON_LINK].to;
    wait_end(p, w->arrive);
    if (rng_uniform(rng_draw(sim->setup->seed, p->id, walk.purpose * 256u + DRAW_END, p->spell[w->arrive], 0).word[0]) < 0.2) {
        tally_add(&sim->tallies, span->thread, w->walkers, 0, -(*steps > 0));
        sim_die(sim, span->thread, span->phase, slot, 1);
        return;
    }
    sim_go(sim, span->thread, span->phase, slot, to);
    tally_add(&sim->tallies, span->thread, w->reached, to * 2 + (*steps > 0), 1);
    tally_add(&sim->tallies, span->thread, w->by_weekday, (uint32_t)sim->day % 7, 1);
    tally_add(&sim->tallies, span->thread, w->by_group, (to * 2 + (*steps > 0)) * 7 + (uint32_t)sim->day % 7, 1);
    tally_add(&sim->tallies, span->thread, w->walkers, 0, *steps == 0);
    ++*steps;
    event_add_value(&sim->events, span->thread, p, w->counted, sim->day, span->phase, (uint16_t)(60000 + *steps));
    wait_begin_clock(sim, p, w->move);
}

static void act(struct sim *sim, void *state, const struct model_span *span)
{
    const struct walk *w = state;
    for (uint32_t i = 0; i < span->n; i++) (span->wait == w->move ? leave : reach)(sim, w, span, span->slot[i]);
}

static void settle(struct sim *sim, void *state)
{
    struct walk *w = state;
    int64_t today = 0, ever = 0;
    for (uint32_t place = 0; place < sim->world->places; place++) {
        int64_t here = tally_at(&sim->tallies, w->reached, place * 2) + tally_at(&sim->tallies, w->reached, place * 2 + 1);
        today += here;
        ever += w->reached_ever[place] += here;
    }
    w->memory[0] = 0.9 * w->memory[0] + 0.1 * (double)today;
    sim_publish(sim, w->mean_stay, w->stay_days);
    if (sim->day % 7 == 2) sim_publish(sim, w->reached_all, (double)ever * sim->setup->scale); /* it stands until the next time */
}

static void close_walk(void *state)
{
    struct walk *w = state;
    memory_free(w->reached_ever);
    memory_free(w->memory);
}

const struct model walk = {
    .name = "walk",
    .doc = "people walk from place to place",
    .source = "none",
    .purpose = 201,
    .state_size = sizeof(struct walk),
    .params = params,
    .open = open_walk,
    .morning = morning,
    .enter = enter,
    .act = act,
    .settle = settle,
    .close = close_walk,
};

static void add_both(struct world *world, uint32_t a, uint32_t b, double km)
{
    world_add_link(world, (struct world_link){.from = a, .to = b, .km = km});
    world_add_link(world, (struct world_link){.from = b, .to = a, .km = km});
}

/* The far camp is a camp on the first day only, and its road is closed for a while. */
static void fill_world(struct world *world)
{
    uint32_t home = world_state(world, "Home"), abroad = world_state(world, "Abroad");
    const struct world_place place[PLACES] = {
        {.name = "Town", .region = "North", .state = home, .latitude = 12.5, .longitude = -8, .kind = WORLD_TOWN | WORLD_CONFLICT, .population = 120000},
        {.name = "Zu\u00e9rat", .region = "North", .state = abroad, .latitude = 22.75, .longitude = -12.5, .kind = WORLD_TOWN, .population = 44000},
        {.name = "Camp", .region = "", .state = abroad, .latitude = 15, .longitude = -4.25, .kind = WORLD_CAMP, .capacity = 500},
        {.name = "Far camp", .state = abroad, .latitude = 16, .longitude = -3, .kind = WORLD_CAMP},
    };
    for (int i = 0; i < PLACES; i++) world_add_place(world, place[i]);
    add_both(world, TOWN, JUNCTION, 250);
    add_both(world, JUNCTION, CAMP, 90);
    add_both(world, JUNCTION, FAR_CAMP, 120);
    world_add_event(world, (struct world_event){.day = 3, .target = WORLD_KIND, .a = FAR_CAMP, .kind = WORLD_TOWN});
    world_add_event(world, (struct world_event){.day = 10, .target = WORLD_PLACE, .a = FAR_CAMP, .closes = true});
    world_add_event(world, (struct world_event){.day = 25, .target = WORLD_PLACE, .a = FAR_CAMP, .closes = false});
}

/* Numbers for both camps and for a town that is no camp. */
static void fill_observed(struct setup *setup)
{
    const double day[] = {0, 20, 40}, camp[] = {0, 60, 333}, far_camp[] = {3, 30, 31}, town[] = {7, 8, 9.5};
    struct driver *driver = driver_add(&setup->drivers, "registered", "people", "registered people", DRIVER_PLACE, DRIVER_STEP, PLACES);
    driver_add_series(driver, FAR_CAMP, 3, day, far_camp);
    driver_add_series(driver, CAMP, 3, day, camp);
    driver_add_series(driver, JUNCTION, 3, day, town);
    setup->observed = memory_text("registered");
}

static void fill_setup(struct setup *setup, struct walk_options options)
{
    const double weight[] = {1, 0.5, 2};
    setup_init(setup);
    setup->name = memory_text("walk");
    setup->title = memory_text("A walk, to be written down");
    setup->source = memory_text("nowhere");
    setup->start = calendar_day((struct calendar_date){2016, 2, 27});
    setup->days = options.days ? options.days : WALK_DAYS;
    setup->seed = options.seed ? options.seed : 5;
    setup->scale = options.scale > 0 ? options.scale : 2;
    setup->sample = options.sample;
    setup->world = world_new();
    fill_world(setup->world);
    fill_observed(setup);
    setup_add_model(setup, "walk");
    if (options.stay) setup_give(setup, "walk", "stay", options.stay, "walk.cfg", 12);
    setup_give_list(setup, "walk", "day_weight", 3, weight, "walk.cfg", 13);
    setup_add_input(setup, "walk.cfg", options.input_sha256 ? options.input_sha256 : "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
}

struct sim *walk_open(struct walk_options options)
{
    static const struct model *const LIST[] = {&walk, NULL};
    struct setup *setup = memory_new(1, sizeof *setup);
    struct error error = {0};
    struct sim *sim = NULL;
    fill_setup(setup, options);
    if (world_finish(setup->world, &error) == 0 && driver_finish(&setup->drivers, &error) == 0)
        sim = sim_open(setup, LIST, (struct sim_tuning){.threads = options.threads ? options.threads : 1, .chunk = 64}, &error);
    if (sim) return sim;
    printf("walk: %s\n", error.text);
    exit(EXIT_FAILURE);
}

void walk_close(struct sim *sim)
{
    struct setup *setup = sim->setup;
    sim_close(sim);
    setup_free(setup);
    memory_free(setup);
}
