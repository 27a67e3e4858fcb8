/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of a run, by row of time: totals of tallies, cells of some, indicators. Without a list in the study file: the total
   of every tally, the cells of those over places alone, every indicator. */
#ifndef WAYFARE_STUDY_OUTCOME_H
#define WAYFARE_STUDY_OUTCOME_H

#include "study_plan.h"
#include <stddef.h>

#define STUDY_OUTCOME_AXES 3 /* with arm, draw, replicate and time as many as a dataset may have */

/* A tally that is kept: its total, and sums over the axes that are not. */
struct study_item {
    int tally, axes, axis[STUDY_OUTCOME_AXES]; /* axis: numbers of the tally set's, outermost first; none: the total only */
    uint32_t cells;                            /* kept */
    uint32_t *to;                              /* [the tally's cell]: the kept one */
    size_t first, total;                       /* in a row of counts */
};

struct study_layout {
    int rows; /* of time */
    int32_t *last_day;
    int items, indicators;
    struct study_item *item;
    int *indicator;   /* their numbers */
    size_t row_cells; /* counts of a row */
    int present;      /* the item that counts people present by place; -1: none */
};

struct study_outcome {
    bool failed;
    char message[sizeof(((struct error *)0)->text)]; /* why */
    uint64_t digest;                                 /* the first 16 digits of the run's */
    int64_t *count;                                  /* [row][cell], simulated persons; those who moved, entered ...: since the row before */
    double *indicator;                               /* [row][indicator] */
};

int study_outcome_layout(struct study_layout *layout, const struct study_plan *plan, struct error *error); /* free in either case */
void study_outcome_free_layout(struct study_layout *layout);

void study_outcome_new(struct study_outcome *outcome, const struct study_layout *layout);
void study_outcome_free(struct study_outcome *outcome);
/* -1 where the study cannot go on; a run that fails is an outcome. */
int study_outcome_run(const struct study_plan *plan, const struct study_layout *layout, struct study_row row, struct study_outcome *outcome, struct error *error);

#endif
