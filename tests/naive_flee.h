/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flee's rules in plain loops: everybody is looked at every day, a move is a Bernoulli draw. The oracle for the fast engine,
   which it must equal in distribution. It reads a setup as scenarios/flee_dir.h fills it and never changes it. */
#ifndef WAYFARE_NAIVE_FLEE_H
#define WAYFARE_NAIVE_FLEE_H

#include "sim/setup.h"

enum naive_flee_rules { NAIVE_FLEE_COMPAT,
                        NAIVE_FLEE_FIXED };

/* Which counts of people present a capacity is held against. */
enum naive_flee_order {
    NAIVE_FLEE_SERIAL,        /* as they stand: people act one after the other in order of creation, as in serial Flee */
    NAIVE_FLEE_START_OF_PHASE /* as they stood before the decisions; on the road, as they stood after all decisions */
};

struct naive_flee_options {
    enum naive_flee_rules rules;
    enum naive_flee_order order;
    uint64_t seed;
};

/* A place after the last step. */
struct naive_flee_place {
    uint32_t kind; /* enum world_kind, or-ed; WORLD_CONFLICT is never set: see .conflict */
    bool foreign;
    double conflict;          /* intensity; -1: none */
    int32_t time_of_conflict; /* day it began; -1: never, or before the run */
    double move_chance;       /* per day, before the population factor */
    double capacity;          /* people; 0 or less: unlimited */
    double population;
    double score;
    double weight_used;  /* weight of the place in today's entries */
    double weight_after; /* as refreshed before today's decisions */
    double room;         /* capacity multiplier of the last phase, 0 to 1 */
    int64_t present;     /* people at the place */
};

struct naive_flee_totals {
    int64_t created, created_today; /* people, day-0 people in camps included in .created only */
    int64_t travelling;
    double refugees_raw, debt;
};

/* A route that can be chosen, with its weight while all camps are empty. */
struct naive_flee_route {
    const uint32_t *link; /* [hops], valid until the next step */
    uint32_t hops;
    double weight;
};

struct naive_flee;

/* NULL, with a message, where the setup holds something this engine does not know. */
struct naive_flee *naive_flee_open(const struct setup *setup, struct naive_flee_options options, struct error *error);
int naive_flee_step(struct naive_flee *flee, struct error *error); /* one day; -1: people to create and nowhere to create them */
void naive_flee_close(struct naive_flee *flee);

const struct naive_flee_place *naive_flee_place(const struct naive_flee *flee, uint32_t place);
struct naive_flee_totals naive_flee_totals(const struct naive_flee *flee);
bool naive_flee_link_open(const struct naive_flee *flee, uint32_t link);
uint32_t naive_flee_routes(struct naive_flee *flee, uint32_t place); /* how many routes begin at the place */
struct naive_flee_route naive_flee_route(struct naive_flee *flee, uint32_t place, uint32_t route);

/* The places that are camps on day 0, in order. Returns how many; camp may be NULL. */
uint32_t naive_flee_camps(const struct setup *setup, uint32_t *camp);

/* People present after each step: out[seed][day][camp], for seeds options.seed, options.seed + 1, ..., in parallel. 0 or -1. */
int naive_flee_sample(const struct setup *setup, struct naive_flee_options options, uint32_t seeds, double *out, struct error *error);

#endif
