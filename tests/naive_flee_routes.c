/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every simple path out of a place, up to the awareness level, is a way to choose; markers cost no step and are no end. */
#include "naive_flee_inside.h"
#include "sim/memory.h"
#include <assert.h>
#include <math.h>

static const double NO_ROOM = 1e-6;

static uint32_t store(struct naive_flee *flee, const uint32_t *path, uint32_t hops)
{
    while (flee->arena_count + hops > flee->arena_capacity) {
        uint32_t old = flee->arena_capacity;
        flee->arena_capacity = old ? 2 * old : 256;
        flee->arena = memory_grow(flee->arena, old, flee->arena_capacity, sizeof *flee->arena);
    }
    for (uint32_t i = 0; i < hops; i++) flee->arena[flee->arena_count + i] = path[i];
    flee->arena_count += hops;
    return flee->arena_count - hops;
}

void naive_flee_routes_open(struct naive_flee *flee)
{
    flee->choices = memory_new(flee->places, sizeof *flee->choices);
    flee->path = memory_new((size_t)flee->places + 2, sizeof *flee->path);
    for (uint32_t i = 0; i < flee->links; i++) store(flee, &i, 1);
}

void naive_flee_routes_close(struct naive_flee *flee)
{
    for (uint32_t i = 0; flee->choices && i < flee->places; i++) {
        memory_free(flee->choices[i].candidate);
        memory_free(flee->choices[i].weight);
    }
    memory_free(flee->choices);
    memory_free(flee->path);
    memory_free(flee->arena);
}

static void add(struct naive_flee *flee, struct naive_flee_choices *choices, uint32_t hops, double km)
{
    if (choices->count == choices->capacity) {
        uint32_t old = choices->capacity;
        choices->capacity = old ? 2 * old : 8;
        choices->candidate = memory_grow(choices->candidate, old, choices->capacity, sizeof *choices->candidate);
        choices->weight = memory_grow(choices->weight, old, choices->capacity, sizeof *choices->weight);
    }
    choices->candidate[choices->count++] = (struct naive_flee_candidate){
        .first = store(flee, flee->path, hops),
        .hops = hops,
        .end = flee->link[flee->path[hops - 1]].to,
        .reach = pow(flee->settings.softening + km, flee->settings.distance_power),
    };
}

/* Is the place the start of the path, or the end of one of its first links? */
static bool is_on_path(const struct naive_flee *flee, uint32_t place, uint32_t links)
{
    if (place == flee->link[flee->path[0]].from) return true;
    for (uint32_t i = 0; i < links; i++)
        if (flee->link[flee->path[i]].to == place) return true;
    return false;
}

/* The path's last link is path[hops - 1]; before it lie km_before. */
static void search(struct naive_flee *flee, struct naive_flee_choices *choices, uint32_t hops, double km_before, double step)
{
    const struct naive_flee_link *last = &flee->link[flee->path[hops - 1]];
    if (flee->place[last->to].kind & WORLD_MARKER) step--;
    else add(flee, choices, hops, km_before + last->km);
    if (!(fabs(flee->settings.awareness_level) > step)) return; /* Flee's level -1 behaves as 1 */
    for (uint32_t i = flee->world->first[last->to]; i < flee->world->first[last->to + 1]; i++) {
        if (!flee->link[i].open || is_on_path(flee, flee->link[i].to, hops - 1)) continue;
        flee->path[hops] = i;
        search(flee, choices, hops + 1, km_before + last->km, step + 1);
    }
}

/* Fixed rules, levels 0 and -1 (B8): people see the next stop only, and a marker is one. */
static bool sees_links_only(const struct naive_flee *flee) { return naive_flee_fixed(flee) && flee->settings.awareness_level < 1; }

static void find(struct naive_flee *flee, struct naive_flee_choices *choices, uint32_t place)
{
    choices->count = 0;
    choices->map_version = flee->map_version;
    choices->room_version = 0;
    if (!naive_flee_fixed(flee) && flee->settings.awareness_level == 0) return; /* nobody ever moves */
    for (uint32_t i = flee->world->first[place]; i < flee->world->first[place + 1]; i++) {
        if (!flee->link[i].open) continue;
        flee->path[0] = i;
        if (sees_links_only(flee)) add(flee, choices, 1, flee->link[i].km);
        else search(flee, choices, 1, 0, 1);
    }
}

const struct naive_flee_choices *naive_flee_routes_find(struct naive_flee *flee, uint32_t place)
{
    struct naive_flee_choices *choices = &flee->choices[place];
    if (choices->map_version != flee->map_version) find(flee, choices, place);
    return choices;
}

double naive_flee_routes_weight(const struct naive_flee *flee, const struct naive_flee_candidate *candidate, double room)
{
    const struct naive_flee_settings *settings = &flee->settings;
    double weight = flee->attraction[candidate->end] / candidate->reach * room;
    if (naive_flee_fixed(flee) && room <= NO_ROOM) return 0;
    if (sees_links_only(flee)) weight = settings->awareness_level < 0 ? 1 : 1 / candidate->reach;
    if (sees_links_only(flee) && settings->awareness_level < 0) return weight;
    return settings->weight_power == 1 ? weight : pow(weight, settings->weight_power);
}

static void prune(struct naive_flee_choices *choices, double threshold)
{
    double most = 0;
    for (uint32_t i = 0; i < choices->count; i++) most = fmax(most, choices->weight[i]);
    for (uint32_t i = 0; i < choices->count; i++)
        if (choices->weight[i] < most / threshold) choices->weight[i] = 0;
}

static void weigh(struct naive_flee *flee, struct naive_flee_choices *choices)
{
    choices->room_version = flee->room_version;
    for (uint32_t i = 0; i < choices->count; i++)
        choices->weight[i] = naive_flee_routes_weight(flee, &choices->candidate[i], flee->place[choices->candidate[i].end].room);
    if (flee->settings.pruning_threshold >= 1.001) prune(choices, flee->settings.pruning_threshold);
    choices->total = 0;
    for (uint32_t i = 0; i < choices->count; i++) choices->total += choices->weight[i];
}

static uint32_t draw(struct naive_flee *flee, const struct naive_flee_choices *choices)
{
    double u = naive_flee_random_uniform(&flee->random), left = u * choices->total;
    uint32_t last = 0;
    if (!(choices->total > 0)) return (uint32_t)(u * choices->count);
    for (uint32_t i = 0; i < choices->count; i++) {
        if (choices->weight[i] <= 0) continue;
        last = i;
        left -= choices->weight[i];
        if (left < 0) break;
    }
    return last;
}

/* Fixed rules: the first open link that everybody is sent along, if there is room at its end (B2). */
static uint32_t redirection(const struct naive_flee *flee, uint32_t place)
{
    for (uint32_t i = flee->world->first[place]; i < flee->world->first[place + 1]; i++)
        if (flee->link[i].open && flee->link[i].redirected && flee->place[flee->link[i].to].room > NO_ROOM) return i;
    return WORLD_NOWHERE;
}

bool naive_flee_routes_choose(struct naive_flee *flee, uint32_t place, struct naive_flee_person *person)
{
    uint32_t sent = naive_flee_fixed(flee) ? redirection(flee, place) : WORLD_NOWHERE;
    if (sent != WORLD_NOWHERE) {
        person->route = sent;
        person->hops = 1;
        return true;
    }
    naive_flee_routes_find(flee, place);
    struct naive_flee_choices *choices = &flee->choices[place];
    if (choices->count == 0) return false;
    if (choices->room_version != flee->room_version) weigh(flee, choices);
    const struct naive_flee_candidate *candidate = &choices->candidate[draw(flee, choices)];
    person->route = candidate->first;
    assert(candidate->hops <= UINT16_MAX);
    person->hops = (uint16_t)candidate->hops;
    return true;
}
