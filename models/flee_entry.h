/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is displaced, by Flee's rules. */
#ifndef WAYFARE_FLEE_ENTRY_H
#define WAYFARE_FLEE_ENTRY_H

#include "models/flee_zones.h"

enum flee_entry_mode { FLEE_ENTRY_DATA,
                       FLEE_ENTRY_CONSTANT,
                       FLEE_ENTRY_RATIO,
                       FLEE_ENTRY_POISSON };

struct flee_entry {
    /* parameters */
    int mode; /* enum flee_entry_mode */
    bool take_from_population, insert_day0, empty_camps_on_day0, conflict_zone_spawning_only, sum_from_camps;
    double displaced_per_conflict_day;
    /* state */
    struct flee_zones *zones;
    double *weight;  /* by place: what today's new people are drawn with */
    double *spawned; /* the weights as they were used today */
    double *initial; /* by place: people who are there on day 0 */
    int64_t *number; /* by place: simulated persons who enter today */
    double *left;    /* by place and for the whole: people who do not yet make a simulated person */
    int64_t *book;   /* raw, debt, unplaced: see flee_entry.c */
    int raw_indicator, debt_indicator, new_indicator;
    struct alias_entry *alias;
    double *work;
};

extern const struct model flee_entry;

#endif
