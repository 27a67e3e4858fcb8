/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates are found once: every simple path of at most awareness links, markers free and never an end. A weight is
     W = [ (weight_softening + B(end)) * C(end) / (softening + km) ^ distance_power ] ^ weight_power
   with B = S (camp, foreign and conflict weights) times, where asked, population ^ power, and C the capacity multiplier.
   Tables are built anew only for places with an end whose B or C moved. */
#include "models/flee_routes.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/parallel.h"
#include <string.h>

#define NO_ROOM 1e-6          /* fixed: nobody is sent to a place with less (B2) */
#define MOST_LINKS 64         /* of one route, markers included */
#define MOST_ROUTES 20000000u /* in all; beyond that the awareness is refused */
#define PLACES_PER_TASK 64

/* ---- candidates ---- */

/* compat: -1 behaves as 1. */
static int64_t level_of(const struct flee_routes *r) { return r->zones->rules == FLEE_COMPAT && r->plan->awareness < 0 ? 1 : r->plan->awareness; }

/* fixed, levels 0 and -1 (B8): people see the next stop only, and a marker is one. */
static bool sees_links_only(const struct flee_routes *r) { return r->zones->rules == FLEE_FIXED && r->plan->awareness < 1; }

/* The path walked so far: places[0] is the start, link[k] leads to places[k + 1]. */
struct walk {
    struct flee_routes *routes;
    const struct world *world;
    uint32_t place[MOST_LINKS + 1], link[MOST_LINKS];
    uint32_t links;
    double km;
    bool overflow;
};

static uint32_t add_step(struct flee_routes *r, uint32_t link)
{
    if (r->steps == r->step_room) {
        r->step = memory_grow(r->step, r->step_room, 2 * (size_t)r->step_room + 64, sizeof *r->step);
        r->step_room = 2 * r->step_room + 64;
    }
    r->step[r->steps] = link;
    return r->steps++;
}

static void add_route(struct walk *w, uint32_t start)
{
    struct flee_routes *r = w->routes;
    uint32_t index = r->from[start + 1]++;
    if (index == MOST_ROUTES) w->overflow = true;
    if (w->overflow) return;
    if (index == r->route_room) {
        r->route = memory_grow(r->route, r->route_room, 2 * (size_t)r->route_room + 64, sizeof *r->route);
        r->route_room = 2 * r->route_room + 64;
    }
    uint32_t first = r->steps;
    for (uint32_t k = 0; k < w->links; k++) add_step(r, w->link[k]);
    add_step(r, FLEE_ROUTES_NONE);
    const struct flee_routes_plan *plan = r->plan;
    double nearness = sees_links_only(r) && plan->awareness < 0 ? 1.0 : maths_pow(plan->softening + w->km, -plan->distance_power);
    r->route[index] = (struct flee_route){w->place[w->links], first, nearness};
    if (w->links > r->longest) r->longest = w->links;
}

static bool visited(const struct walk *w, uint32_t place)
{
    for (uint32_t k = 0; k <= w->links; k++)
        if (w->place[k] == place) return true;
    return false;
}

static void explore(struct walk *w, uint32_t link, int64_t step)
{
    const struct world_link *l = &w->world->link[link];
    bool marker = w->world->place[l->to].kind & WORLD_MARKER && !sees_links_only(w->routes);
    if (w->overflow || w->links == MOST_LINKS || visited(w, l->to)) return;
    w->link[w->links++] = link;
    w->place[w->links] = l->to;
    w->km += l->km;
    if (!marker) add_route(w, w->place[0]);
    if (level_of(w->routes) > (marker ? step - 1 : step))
        for (uint32_t next = w->world->first[l->to]; next < w->world->first[l->to + 1]; next++) explore(w, next, marker ? step : step + 1);
    w->links--;
    w->km -= l->km;
}

static void find_from(struct flee_routes *r, const struct world *world, uint32_t start, struct walk *w)
{
    w->links = 0;
    w->km = 0;
    w->place[0] = start;
    r->from[start + 1] = r->from[start];
    for (uint32_t link = world->first[start]; link < world->first[start + 1]; link++) explore(w, link, 1);
    uint32_t count = r->from[start + 1] - r->from[start];
    if (count > r->most) r->most = count;
}

static int find_routes(struct flee_routes *r, struct sim *sim)
{
    struct walk w = {.routes = r, .world = sim->world};
    r->from = memory_new((size_t)sim->world->places + 1, sizeof *r->from);
    for (uint32_t p = 0; p < sim->world->places && !w.overflow; p++) find_from(r, sim->world, p, &w);
    if (w.overflow) return fail(&sim->error, FAIL_INPUT, "awareness_level %d gives more than %u candidate routes on this map; take a lower one", (int)r->plan->awareness, MOST_ROUTES);
    return 0;
}

/* Candidates are found once: who is a marker must not change. */
static int check_markers(struct sim *sim)
{
    const struct world *world = sim->world;
    for (uint32_t i = 0; i < world->events; i++) {
        const struct world_event *e = &world->event[i];
        if (e->target != WORLD_KIND || !((e->kind ^ world->place[e->a].kind) & WORLD_MARKER)) continue;
        return fail(&sim->error, FAIL_INPUT, "day %d: '%s' becomes a marker or ceases to be one; routes are found once, so that a place is a marker always or never", e->day, world->place[e->a].name);
    }
    return 0;
}

int flee_routes_open(struct flee_routes *r, struct sim *sim, const struct flee_routes_plan *plan, struct flee_zones *zones)
{
    uint32_t places = sim->world->places;
    r->plan = plan;
    r->zones = zones;
    if (check_markers(sim) || find_routes(r, sim)) return -1;
    uint32_t routes = r->from[places];
    r->score = memory_new(places, sizeof *r->score);
    r->pull = memory_new(places, sizeof *r->pull);
    r->room = memory_new(places, sizeof *r->room);
    r->changed = memory_new(places, 1);
    r->usable = memory_new(places, 1);
    r->alias = memory_new(routes, sizeof *r->alias);
    r->weight = memory_new(routes, sizeof *r->weight);
    r->work = memory_new((size_t)sim->tuning.threads * 2 * r->most + 1, sizeof *r->work);
    r->stale = true;
    return 0;
}

void flee_routes_close(struct flee_routes *r)
{
    memory_free(r->from), memory_free(r->route), memory_free(r->step), memory_free(r->score), memory_free(r->pull);
    memory_free(r->room), memory_free(r->changed), memory_free(r->usable), memory_free(r->alias), memory_free(r->weight);
    memory_free(r->work);
}

/* ---- scores and room ---- */

static double score_of(const struct flee_routes *r, const struct sim *sim, uint32_t place)
{
    const struct flee_zones *z = r->zones;
    double s = 1.0;
    if (sim->world->place[place].state != sim->world->place[0].state) s *= r->plan->foreign_weight;
    if (z->kind[place] & WORLD_CAMP) s *= r->plan->camp_weight;
    if (z->conflict[place] > 0) s *= maths_pow(r->plan->conflict_weight, flee_zones_decay(z, place, sim->day) * z->conflict[place]);
    return s;
}

static double pull_of(const struct flee_routes *r, uint32_t place)
{
    if (!r->plan->use_population || (r->zones->kind[place] & WORLD_CAMP && r->zones->conflict[place] <= 0)) return r->score[place];
    double people = r->zones->population[place];
    return r->score[place] * maths_pow(people > 1 ? people : 1, r->plan->population_power);
}

void flee_routes_morning(struct flee_routes *r, const struct sim *sim)
{
    for (uint32_t p = 0; p < sim->world->places; p++) {
        r->score[p] = score_of(r, sim, p);
        double pull = pull_of(r, p);
        r->changed[p] |= pull != r->pull[p];
        r->pull[p] = pull;
    }
    for (uint32_t i = 0; i < sim->world->events; i++) r->stale |= sim->world->event[i].day == sim->day;
}

/* C: 1 up to the buffer's share of the capacity, then falling to 0 at the capacity. A place without a capacity has room;
   compat: one below 1 is none (B6). */
static double room_of(const struct flee_routes *r, const struct lever_set *levers, uint32_t place, double people)
{
    double given = r->zones->capacity[place], k = given * r->plan->capacity_scaling * lever_value(levers, r->zones->capacity_factor, place);
    double free = r->plan->capacity_buffer * k;
    if (given <= 0 || (k < 1 && r->zones->rules == FLEE_COMPAT)) return 1.0;
    if (people <= free && people < k) return 1.0;
    return people >= k ? 0.0 : 1.0 - (people - free) / (k * (1.0 - r->plan->capacity_buffer));
}

/* ---- tables ---- */

static bool is_open(const struct flee_routes *r, const struct world *world, uint32_t route)
{
    for (uint32_t s = r->route[route].first; r->step[s] != FLEE_ROUTES_NONE; s++)
        if (!world->link[r->step[s]].open) return false;
    return true;
}

double flee_routes_weight(const struct flee_routes *r, const struct world *world, uint32_t route)
{
    const struct flee_route *c = &r->route[route];
    if (!is_open(r, world, route)) return 0;
    if (r->zones->rules == FLEE_FIXED && r->room[c->end] <= NO_ROOM) return 0;
    double weight = sees_links_only(r) ? c->nearness : (r->plan->weight_softening + r->pull[c->end]) * c->nearness * r->room[c->end];
    return maths_pow(weight, r->plan->weight_power);
}

static void prune(const struct flee_routes *r, double *weight, uint32_t n)
{
    double most = 0;
    if (r->plan->pruning_threshold < 1.001) return;
    for (uint32_t i = 0; i < n; i++)
        if (weight[i] > most) most = weight[i];
    for (uint32_t i = 0; i < n; i++)
        if (weight[i] < most / r->plan->pruning_threshold) weight[i] = 0;
}

/* The first open redirected link with room at its end; world->links: none. */
static uint32_t redirected_link(const struct flee_routes *r, const struct world *world, uint32_t place)
{
    for (uint32_t link = world->first[place]; link < world->first[place + 1]; link++)
        if (world->link[link].redirected && world->link[link].open && r->room[world->link[link].to] > NO_ROOM) return link;
    return world->links;
}

/* Can the route be chosen at all? fixed (B2): where a link is redirected only the link itself, or what begins with it if its
   end is a marker. */
static bool counts(const struct flee_routes *r, const struct world *world, uint32_t route, uint32_t redirected)
{
    uint32_t first = r->route[route].first;
    if (!is_open(r, world, route)) return false;
    if (redirected == world->links) return true;
    return r->step[first] == redirected && (r->step[first + 1] == FLEE_ROUTES_NONE || world->place[world->link[redirected].to].kind & WORLD_MARKER);
}

/* Where every weight is 0 the routes that count are equally likely, as in Flee. */
static void build(struct flee_routes *r, const struct world *world, uint32_t place, double *work)
{
    uint32_t first = r->from[place], n = r->from[place + 1] - first;
    uint32_t redirected = r->zones->rules == FLEE_FIXED ? redirected_link(r, world, place) : world->links;
    double *weight = r->weight + first, sum = 0;
    r->usable[place] = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool can = counts(r, world, first + i, redirected);
        weight[i] = can ? flee_routes_weight(r, world, first + i) : 0;
        sum += weight[i];
        r->usable[place] |= can;
    }
    for (uint32_t i = 0; sum == 0 && i < n; i++) weight[i] = counts(r, world, first + i, redirected);
    prune(r, weight, n);
    if (r->usable[place]) alias_build(r->alias + first, weight, n, work);
}

static bool concerned(const struct flee_routes *r, uint32_t place)
{
    for (uint32_t i = r->from[place]; i < r->from[place + 1]; i++)
        if (r->changed[r->route[i].end]) return true;
    return false;
}

struct build_work {
    struct flee_routes *routes;
    const struct world *world;
};

static void build_task(void *context, int thread, uint32_t index)
{
    const struct build_work *w = context;
    struct flee_routes *r = w->routes;
    uint32_t end = (index + 1) * PLACES_PER_TASK < w->world->places ? (index + 1) * PLACES_PER_TASK : w->world->places;
    for (uint32_t place = index * PLACES_PER_TASK; place < end; place++)
        if (r->stale || concerned(r, place)) build(r, w->world, place, r->work + (size_t)thread * 2 * r->most);
}

static bool update_room(struct flee_routes *r, const struct sim *sim)
{
    bool any = r->stale;
    for (uint32_t p = 0; p < sim->world->places; p++) {
        double room = room_of(r, &sim->setup->levers, p, (double)tally_at(&sim->tallies, sim->standard.present, p) * sim->setup->scale);
        r->changed[p] |= room != r->room[p];
        r->room[p] = room;
        any |= r->changed[p];
    }
    return any;
}

void flee_routes_prepare(struct flee_routes *r, struct sim *sim)
{
    struct build_work w = {r, sim->world};
    if (!update_room(r, sim)) return;
    parallel_for(sim->tuning.threads, (sim->world->places + PLACES_PER_TASK - 1) / PLACES_PER_TASK, build_task, &w);
    memset(r->changed, 0, sim->world->places);
    r->stale = false;
}
