/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a study file says, checked: every arm was read and opened once. */
#ifndef WAYFARE_STUDY_PLAN_H
#define WAYFARE_STUDY_PLAN_H

#include "sim/setup.h"
#include "study_draw.h"

struct sim;

/* What is kept of every run: a tally or an indicator. */
struct study_keep {
    char *name;
    bool whole; /* every axis; else these, summed over the others */
    char **axis;
    int axes, line;
};

/* The scenario with the arm's own values and policies; they stand behind the scenario's. */
struct study_arm {
    char *name;
    char *scenario;    /* its own file; NULL: the study's */
    char *description; /* how its configuration differs from the reference's */
    char *legal;       /* what its levers permit beyond the lawful; "none" */
    int line;          /* in the study file */
    bool omit_closures;
    struct setup setup;
    int first_given;       /* of setup.given: from here on the arm's own */
    uint32_t first_policy; /* of setup.levers.policy, likewise */
    char digest[65];       /* of everything but seed and drawn values */
};

struct study_plan {
    char *path, *title, *scenario, *name;
    int64_t replicates, first_seed, draws; /* draws 0: the values as they are */
    enum study_design design;
    char *draws_file;        /* design STUDY_FILE */
    int64_t every;           /* days between rows of time; 0: ends of months */
    int64_t days;            /* in place of the scenario's; 0: as there */
    double scale;            /* likewise */
    struct study_keep *keep; /* none: totals of all, cells of those over places alone, all indicators */
    int keeps;
    struct study_parameter *parameter;
    int parameters;
    struct study_arm *arm; /* the first is the reference */
    int arms;
    double *value;   /* [draw][parameter] */
    struct sim *sim; /* of the reference, opened and never stepped: it knows what is counted */
};

struct study_row {
    int arm;
    int64_t draw, replicate;
    uint64_t seed;
};

/* 0, or -1 with "file:line: ..."; study_plan_close in either case. */
int study_plan_open(struct study_plan *plan, const char *path, struct error *error);
void study_plan_close(struct study_plan *plan);

static inline int64_t study_plan_draws(const struct study_plan *plan) { return plan->draws > 0 ? plan->draws : 1; }
static inline int64_t study_plan_rows(const struct study_plan *plan) { return study_plan_draws(plan) * plan->replicates * plan->arms; }
struct study_row study_plan_row(const struct study_plan *plan, int64_t index);
struct study_row study_plan_find(const struct study_plan *plan, int arm, int64_t draw, int64_t replicate);

/* SHA-256 of everything that decides the result of a row. */
void study_plan_identity(const struct study_plan *plan, struct study_row row, char hex[65]);
/* Reads the scenario anew for one run; an input that is not as it was is an error. setup_free in either case. May be called by several
   threads at once. */
int study_plan_setup(const struct study_plan *plan, struct study_row row, struct setup *setup, struct error *error);
/* -1 where a run counts or publishes something else than the reference. */
int study_plan_compare(const struct study_plan *plan, const struct sim *sim, struct error *error);

#endif
