/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where to, by Flee's rules: candidate routes up to an awareness of n links, their weights, one alias table a place. */
#ifndef WAYFARE_FLEE_ROUTES_H
#define WAYFARE_FLEE_ROUTES_H

#include "models/flee_zones.h"
#include "sim/alias.h"
#include "sim/sim.h"

#define FLEE_ROUTES_NONE UINT32_MAX

/* A simple path from a place; its links are step[first] ... up to FLEE_ROUTES_NONE. */
struct flee_route {
    uint32_t end, first;
    double nearness; /* 1 / (softening + km) ^ distance_power */
};

/* Parameters; a part of the journey's table. */
struct flee_routes_plan {
    int64_t awareness;
    double foreign_weight, camp_weight, conflict_weight;
    double softening, weight_softening, weight_power, distance_power;
    double capacity_buffer, capacity_scaling, pruning_threshold, population_power;
    bool use_population;
};

struct flee_routes {
    const struct flee_routes_plan *plan;
    struct flee_zones *zones;
    uint32_t *from; /* routes of place p: from[p] .. from[p + 1] - 1 */
    struct flee_route *route;
    uint32_t *step;
    uint32_t steps, step_room, route_room, longest; /* longest: most links of one route */
    double *score;                                  /* by place: S, what speaks for it */
    double *room;                                   /* by place: C, 1 free to 0 full, as of the start of the phase */
    double *pull;                                   /* by place: S with population, as the weights use it */
    uint8_t *changed;                               /* by place: score or room moved since the tables were built */
    uint8_t *usable;                                /* by place: some route is open */
    struct alias_entry *alias;                      /* parallel to route */
    double *weight;                                 /* parallel to route */
    double *work;                                   /* [threads][2 * most] */
    uint32_t most;                                  /* routes from one place */
    bool stale;                                     /* every table must be built anew */
};

int flee_routes_open(struct flee_routes *routes, struct sim *sim, const struct flee_routes_plan *plan, struct flee_zones *zones);
void flee_routes_morning(struct flee_routes *routes, const struct sim *sim); /* scores of today */
void flee_routes_prepare(struct flee_routes *routes, struct sim *sim);       /* room by the counts as they stand; tables */
void flee_routes_close(struct flee_routes *routes);

/* The weight of one candidate with the room given; 0 where a link of it is closed. */
double flee_routes_weight(const struct flee_routes *routes, const struct world *world, uint32_t route);

static inline uint32_t flee_routes_choose(const struct flee_routes *r, uint32_t place, uint32_t word0, uint32_t word1)
{
    if (!r->usable[place]) return FLEE_ROUTES_NONE;
    uint32_t first = r->from[place];
    return first + alias_choose(r->alias + first, r->from[place + 1] - first, word0, word1);
}

#endif
