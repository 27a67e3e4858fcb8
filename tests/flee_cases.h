/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast engine by Flee's rules beside the naive one: small maps drawn in memory, and samples of many seeds. */
#ifndef WAYFARE_FLEE_CASES_H
#define WAYFARE_FLEE_CASES_H

#include "models/flee_entry.h"
#include "models/flee_routes.h"
#include "tests/naive_flee.h"
#include "tests/toy.h"

#define FLEE_CASES_TRAVELLING UINT32_MAX /* in a list of places: everybody on the road */

enum { A,
       B,
       C,
       D,
       E,
       F,
       G,
       H };

/* ---- drawing: places are "A", "B", ... in the order they are added */

uint32_t flee_cases_place(struct toy *toy, const char *state, uint32_t kind, double people); /* capacity of a camp, else population */
void flee_cases_give(struct toy *toy, const char *model, const char *name, const char *text);
void flee_cases_decay(struct toy *toy, int steps, const double *share);
void flee_cases_column(struct toy *toy, const char *name, bool of_links, uint32_t cell, double value); /* once per name; other cells stay blank */
void flee_cases_event(struct toy *toy, int32_t day, enum world_target target, uint32_t a, uint32_t b, bool closes, uint32_t kind);
/* From day 0 on, the last value for ever. */
void flee_cases_series(struct toy *toy, const char *driver, uint32_t cell, int days, const double *value);
/* So many people a day out of A while its conflict lasts, from day 0 to before this day. */
void flee_cases_people(struct toy *toy, const char *people, int32_t until);

/* ---- both engines on one map */

typedef void flee_cases_draw(struct toy *toy);

struct flee_cases {
    struct toy toy;
    enum naive_flee_rules rules;
    struct sim *sim;
    struct naive_flee *naive; /* by counts as of the start of the phase */
};

void flee_cases_setup(struct flee_cases *cases, flee_cases_draw *draw, enum naive_flee_rules rules); /* draws and closes the books, opens nothing */
void flee_cases_start(struct flee_cases *cases);                                                     /* opens both; cases must stay where it is from here on */
void flee_cases_steps(struct flee_cases *cases, int32_t days);
void flee_cases_close(struct flee_cases *cases);
const char *flee_cases_word(enum naive_flee_rules rules);

static inline double flee_cases_at(const struct sim *sim, uint32_t place) { return (double)tally_at(&sim->tallies, sim->standard.present, place); }
double flee_cases_travelling(const struct sim *sim);
const struct flee_zones *flee_cases_zones(const struct sim *sim);
const struct flee_entry *flee_cases_entry(const struct sim *sim);
double flee_cases_indicator(const struct sim *sim, const char *name);

/* The candidate routes and scores of the journey, made anew, all places empty. After a step. */
void flee_cases_routes(struct flee_routes *routes, struct sim *sim);

/* ---- samples: out[seed][day][place], created[day] of the first seed (NULL: not wanted) */

struct flee_cases_plan {
    struct setup *setup; /* finished; its seed is overwritten */
    enum naive_flee_rules rules;
    uint64_t seed; /* the first; seed + 1, ... follow */
    uint32_t seeds, places;
    const uint32_t *place;
};

void flee_cases_sample_engine(const struct flee_cases_plan *plan, double *out, double *created);
void flee_cases_sample_naive(const struct flee_cases_plan *plan, double *out, double *created);

/* Both samples are of one distribution: maximum and mean square of the differences, and spreads, at this level. */
void flee_cases_compare(const char *what, const double *engine, uint32_t engine_seeds, const double *naive, uint32_t naive_seeds, uint32_t days, uint32_t places, double level);

#endif
