/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the naive engine share; nobody else includes it. */
#ifndef WAYFARE_NAIVE_FLEE_INSIDE_H
#define WAYFARE_NAIVE_FLEE_INSIDE_H

#include "naive_flee.h"
#include "naive_flee_random.h"

enum naive_flee_spawn_mode { NAIVE_FLEE_CONSTANT,
                             NAIVE_FLEE_POP_RATIO,
                             NAIVE_FLEE_POISSON };

/* Flee's settings by Flee's names; defaults as in Flee. */
struct naive_flee_settings {
    /* zones and scores */
    double conflict_weight, camp_weight, foreign_weight;
    double conflict_movechance, camp_movechance, idpcamp_movechance, default_movechance;
    double movechance_pop_base, movechance_pop_scale_factor;
    double conflict_spawn_decay_interval;
    const double *decay;
    int decays;
    /* entry */
    bool insert_day0, sum_from_camps, empty_camps_on_day0, take_from_population, conflict_zone_spawning_only, conflict_driven_spawning;
    enum naive_flee_spawn_mode spawn_mode;
    double displaced_per_conflict_day;
    /* journey */
    double awareness_level, softening, distance_power, weight_softening, weight_power, pruning_threshold;
    double capacity_buffer, capacity_scaling;
    double max_move_speed, max_walk_speed; /* km per day */
    double pop_power_for_loc_weight;
    bool use_pop_for_loc_weight, avoid_short_stints, start_on_foot;
};

struct naive_flee_link {
    uint32_t from, to;
    double km, speed_km, walk_probability; /* speed: per day */
    bool open, redirected;
    uint32_t closures;
    int32_t closed_on; /* the last day the link went from open to closed; -1: never */
};

/* One way out of a place: a path of links in the arena of routes. */
struct naive_flee_candidate {
    uint32_t first, hops, end;
    double reach; /* (softening + km)^distance_power */
};

struct naive_flee_choices {
    uint32_t map_version;  /* of the map they were found on; 0: never */
    uint64_t room_version; /* of the counts they were weighted with */
    uint32_t count, capacity;
    struct naive_flee_candidate *candidate;
    double *weight;
    double total;
};

struct naive_flee_person {
    uint32_t at;    /* place, or link while travelling */
    uint32_t route; /* in the arena: links still to take */
    uint16_t hops;  /* how many; 0: no route */
    bool travelling, has_travelled;
    int32_t set_out_on;
    double on_link_km;
    double recent; /* Flee's index of recent travel; kept where short stints are avoided */
};

struct naive_flee {
    const struct setup *setup;
    const struct world *world;
    struct naive_flee_options options;
    struct naive_flee_settings settings;
    int32_t day; /* today; days before it are done */
    uint32_t next_event, places, links;
    struct naive_flee_place *place;
    struct naive_flee_link *link;
    double *intensity;   /* by place: when it starts as a conflict zone */
    uint64_t *threshold; /* by place: a person leaves when a draw of 32 bits is below */
    double *attraction;  /* by place: weight_softening + score as a destination */
    struct naive_flee_choices *choices;
    uint32_t map_version;                         /* rises when links or markers change */
    uint64_t room_version;                        /* rises when a capacity multiplier changes */
    uint32_t *arena, arena_count, arena_capacity; /* routes; the first .links entries are the one-link routes */
    uint32_t *path;                               /* [places + 2] while routes are searched */
    struct naive_flee_person *person;
    uint32_t persons, person_capacity;
    struct naive_flee_totals totals;
    struct naive_flee_random random; /* of all draws but those who moves today, */
    struct naive_flee_random coins;  /* which are the many */
};

static inline bool naive_flee_fixed(const struct naive_flee *flee) { return flee->options.rules == NAIVE_FLEE_FIXED; }

/* naive_flee_settings.c */
int naive_flee_settings_read(struct naive_flee_settings *settings, const struct setup *setup, struct error *error);
double naive_flee_settings_decay(const struct naive_flee_settings *settings, int32_t since);

/* naive_flee_map.c: places, links and what happens to them */
void naive_flee_map_open(struct naive_flee *flee);
void naive_flee_map_kinds(struct naive_flee *flee);                            /* today's changes of kind */
bool naive_flee_map_conflict(struct naive_flee *flee);                         /* today's conflict; true: it changed somewhere */
void naive_flee_map_closures(struct naive_flee *flee);                         /* today's closures */
void naive_flee_map_weights(struct naive_flee *flee);                          /* refresh the weights of entry */
void naive_flee_map_scores(struct naive_flee *flee);                           /* scores, growing capacities, move chances */
void naive_flee_map_rooms(struct naive_flee *flee);                            /* capacity multipliers of all places */
void naive_flee_map_count(struct naive_flee *flee, uint32_t place, int delta); /* a person comes or goes */

/* naive_flee_entry.c: who is created, where */
void naive_flee_entry_day0(struct naive_flee *flee);
int naive_flee_entry_day(struct naive_flee *flee, struct error *error);

/* naive_flee_routes.c: ways out of a place */
void naive_flee_routes_open(struct naive_flee *flee);
void naive_flee_routes_close(struct naive_flee *flee);
const struct naive_flee_choices *naive_flee_routes_find(struct naive_flee *flee, uint32_t place);
double naive_flee_routes_weight(const struct naive_flee *flee, const struct naive_flee_candidate *candidate, double room);
bool naive_flee_routes_choose(struct naive_flee *flee, uint32_t place, struct naive_flee_person *person); /* false: none */

/* naive_flee_people.c: decisions and journeys */
void naive_flee_people_decide(struct naive_flee *flee);
void naive_flee_people_travel(struct naive_flee *flee);

#endif
