/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Flee's rules keep about places: conflict, kind, move chance, capacity, population. Shared by Flee's models. */
#ifndef WAYFARE_FLEE_ZONES_H
#define WAYFARE_FLEE_ZONES_H

#include "sim/param.h"
#include <stdbool.h>
#include <stdint.h>

enum flee_rules { FLEE_FIXED,
                  FLEE_COMPAT };

struct flee_zones {
    /* parameters */
    int rules; /* enum flee_rules */
    struct param_list decay;
    int64_t decay_interval;
    double conflict_movechance, camp_movechance, idp_camp_movechance, default_movechance;
    /* by place */
    uint32_t places;
    double *conflict;               /* intensity, above 0; -1: none */
    int32_t *since;                 /* day the conflict began; -1: before the run, or never */
    double *movechance;             /* per day */
    uint32_t *kind;                 /* enum world_kind as it is today */
    double *capacity;               /* people; 0 or less: unlimited */
    double *population;             /* people who live there */
    bool changed;                   /* a conflict began or ended today */
    const double *capacity_per_day; /* world column or NULL */
    int capacity_factor;            /* lever */
};

extern const struct model flee_zones;

/* Share of a conflict's effect that is left on this day. */
double flee_zones_decay(const struct flee_zones *zones, uint32_t place, int32_t day);

/* Today's growth of capacities; after entry, before decisions. */
void flee_zones_grow(struct flee_zones *zones);

#endif
