/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee.h"
#include "naive_flee_inside.h"
#include "sim/memory.h"
#include "sim/parallel.h"
#include <assert.h>

struct naive_flee *naive_flee_open(const struct setup *setup, struct naive_flee_options options, struct error *error)
{
    struct naive_flee *flee = memory_new(1, sizeof *flee);
    flee->setup = setup;
    flee->world = setup->world;
    flee->options = options;
    flee->places = flee->world->places;
    flee->links = flee->world->links;
    if (setup->scale != 1) fail(error, FAIL_INPUT, "the naive engine simulates every person: expected scale 1, found %g", setup->scale);
    if (setup->scale != 1 || naive_flee_settings_read(&flee->settings, setup, error)) {
        naive_flee_close(flee);
        return NULL;
    }
    flee->random = naive_flee_random_seeded(options.seed);
    flee->coins = naive_flee_random_seeded(~options.seed);
    naive_flee_map_open(flee);
    naive_flee_routes_open(flee);
    naive_flee_entry_day0(flee);
    return flee;
}

void naive_flee_close(struct naive_flee *flee)
{
    if (!flee) return;
    naive_flee_routes_close(flee);
    void *block[] = {flee->place, flee->link, flee->intensity, flee->threshold, flee->attraction, flee->person, flee};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

/* A day of Flee. Entry sees the weights of the morning if a conflict began, changed or ended, else those of yesterday. */
int naive_flee_step(struct naive_flee *flee, struct error *error)
{
    naive_flee_map_kinds(flee);
    if (naive_flee_map_conflict(flee)) naive_flee_map_weights(flee);
    if (naive_flee_entry_day(flee, error)) return -1;
    naive_flee_map_closures(flee);
    naive_flee_map_weights(flee);
    naive_flee_map_scores(flee);
    naive_flee_map_rooms(flee);
    naive_flee_people_decide(flee);
    naive_flee_map_rooms(flee);
    naive_flee_people_travel(flee);
    flee->day++;
    return 0;
}

const struct naive_flee_place *naive_flee_place(const struct naive_flee *flee, uint32_t place)
{
    assert(place < flee->places);
    return &flee->place[place];
}

struct naive_flee_totals naive_flee_totals(const struct naive_flee *flee) { return flee->totals; }

bool naive_flee_link_open(const struct naive_flee *flee, uint32_t link) { return flee->link[link].open; }

uint32_t naive_flee_routes(struct naive_flee *flee, uint32_t place) { return naive_flee_routes_find(flee, place)->count; }

struct naive_flee_route naive_flee_route(struct naive_flee *flee, uint32_t place, uint32_t route)
{
    const struct naive_flee_candidate *candidate = &naive_flee_routes_find(flee, place)->candidate[route];
    return (struct naive_flee_route){flee->arena + candidate->first, candidate->hops, naive_flee_routes_weight(flee, candidate, 1)};
}

uint32_t naive_flee_camps(const struct setup *setup, uint32_t *camp)
{
    const struct world *world = setup->world;
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->places; i++) {
        if (!((world->start_kind ? world->start_kind[i] : world->place[i].kind) & WORLD_CAMP)) continue;
        if (camp) camp[count] = i;
        count++;
    }
    return count;
}

struct sample {
    const struct setup *setup;
    struct naive_flee_options options;
    uint32_t camps, *camp;
    double *out;
    struct error *error; /* [seeds] */
};

static int run(const struct sample *sample, struct naive_flee *flee, double *out, struct error *error)
{
    if (!flee) return -1;
    for (int32_t day = 0; day < sample->setup->days; day++) {
        if (naive_flee_step(flee, error)) return -1;
        for (uint32_t i = 0; i < sample->camps; i++) *out++ = (double)flee->place[sample->camp[i]].present;
    }
    return 0;
}

static void run_seed(void *context, int thread, uint32_t seed)
{
    (void)thread;
    const struct sample *sample = context;
    struct naive_flee_options options = sample->options;
    options.seed += seed;
    struct naive_flee *flee = naive_flee_open(sample->setup, options, &sample->error[seed]);
    run(sample, flee, sample->out + (size_t)seed * (size_t)sample->setup->days * sample->camps, &sample->error[seed]);
    naive_flee_close(flee);
}

int naive_flee_sample(const struct setup *setup, struct naive_flee_options options, uint32_t seeds, double *out, struct error *error)
{
    struct sample sample = {.setup = setup, .options = options, .camps = naive_flee_camps(setup, NULL), .out = out};
    int status = 0;
    sample.camp = memory_new(sample.camps, sizeof *sample.camp);
    sample.error = memory_new(seeds, sizeof *sample.error);
    naive_flee_camps(setup, sample.camp);
    parallel_for(parallel_most(), seeds, run_seed, &sample);
    for (uint32_t i = 0; i < seeds; i++)
        if (sample.error[i].status) status = fail(error, sample.error[i].status, "%s", sample.error[i].text);
    memory_free(sample.camp);
    memory_free(sample.error);
    return status;
}
