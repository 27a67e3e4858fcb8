/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small worlds put together in memory, a model that does what a test says, and the arithmetic of agreement.

   A test fills a struct toy, opens a simulation over it and steps. One toy serves one simulation. The model toy_lab finds
   its toy through sim->setup, so that a test needs no state of its own. */
#ifndef WAYFARE_TOY_H
#define WAYFARE_TOY_H

#include "sim/sim.h"

#define TOY_COLUMNS 4

struct toy;

typedef void toy_begin(struct sim *sim, uint32_t slot);                               /* of a person who enters */
typedef void toy_act(struct sim *sim, const struct model_span *span, uint32_t slot);  /* of a person whose wait fires */
typedef double toy_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day); /* hazard per day */
typedef void toy_daily(struct sim *sim);

/* What the model toy_lab does. */
struct toy_lab {
    int waits;
    struct wait_plan wait[PERSON_WAITS];
    int number[PERSON_WAITS]; /* of each wait, set by opening */
    toy_rate *rate;           /* set each morning, for every cell of every clock that is not known ahead; NULL: never */
    toy_daily *morning, *enter, *settle;
    toy_begin *begin;
    toy_act *act; /* NULL: toy_fired */
    int columns;  /* cold columns of 4 bytes, from column number 0 on if no trait or other model has any */
    int column[TOY_COLUMNS];
};

struct toy {
    struct setup setup; /* first: see above */
    const struct model *list[10];
    int models;
    struct toy_lab lab;
    uint32_t people;     /* who enter on day 0 at every place, unless lab.enter is given */
    const void *context; /* the test's own */
};

/* A world without places, a year to run, seed 1. */
void toy_init(struct toy *toy);
uint32_t toy_place(struct toy *toy, const char *name, const char *state, uint32_t kind);
void toy_places(struct toy *toy, uint32_t count); /* "p0", "p1" ... in state "here" */
void toy_link(struct toy *toy, uint32_t from, uint32_t to, double km);
void toy_links(struct toy *toy, uint32_t a, uint32_t b, double km); /* both ways */
void toy_model(struct toy *toy, const struct model *model);         /* in force, after those named before */
/* Closes the books of the world and opens; a message and the end of the program where that fails. */
struct sim *toy_open(struct toy *toy, struct sim_tuning tuning);
void toy_steps(struct sim *sim, int32_t days);
void toy_close(struct sim *sim); /* the simulation and its toy */

static inline struct toy *toy_of(const struct sim *sim) { return (struct toy *)sim->setup; }

/* A 4-byte cell of lab column number. */
uint32_t *toy_cell(const struct sim *sim, int column, uint32_t slot);
/* The usual act: column[wait] = today + 1, and the wait ends. */
void toy_fired(struct sim *sim, const struct model_span *span, uint32_t slot);
/* The usual entry: toy.people at every place on day 0, .group the place modulo 16. */
void toy_crowd(struct sim *sim);

extern const struct model toy_lab; /* waits, rates and acts as toy.lab says; it declares the lever "toy" over places, 0 */

/* After a step: nobody's wait is left over, the engine's own audit finds nothing. */
void toy_check(struct sim *sim, const char *what);
/* Builds the same toy twice, runs it with hints and looking at everybody every day, and compares digests every third day. */
typedef void toy_build(struct toy *toy);
void toy_twins(const char *what, toy_build *build, int32_t days);
/* The digest after so many days of a fresh toy. */
void toy_digest(toy_build *build, struct sim_tuning tuning, int32_t days, char hex[65]);

/* How far counts are from what is expected, in standard errors: chi-squared as a normal deviate; bins expected below 10 go
   together with their neighbours. Sums must agree. */
double toy_surprise(size_t bins, const double *seen, const double *expected);

#endif
