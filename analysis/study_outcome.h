/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of a run: by row of time the cells of every tally over places alone, the total of every tally, the indicators. */
#ifndef WAYFARE_STUDY_OUTCOME_H
#define WAYFARE_STUDY_OUTCOME_H

#include "study_plan.h"
#include <stddef.h>

/* A row of counts: places of the first tally that is kept by place, of the next ...; then the total of every tally. */
struct study_layout {
    int rows; /* of time */
    int32_t *last_day;
    int tallies, indicators;
    size_t *first;    /* [tally]: of its cells in a row of counts; SIZE_MAX: its total only */
    size_t total;     /* of the first total */
    size_t row_cells; /* total + tallies */
};

struct study_outcome {
    bool failed;
    char message[sizeof(((struct error *)0)->text)]; /* why */
    uint64_t digest;                                 /* the first 16 digits of the run's */
    int64_t *count;                                  /* [row][cell], simulated persons; those who moved, entered ...: since the row before */
    double *indicator;                               /* [row][indicator] */
};

void study_outcome_layout(struct study_layout *layout, const struct study_plan *plan);
void study_outcome_free_layout(struct study_layout *layout);

void study_outcome_new(struct study_outcome *outcome, const struct study_layout *layout);
void study_outcome_free(struct study_outcome *outcome);
/* -1 where the study cannot go on; a run that fails is an outcome. */
int study_outcome_run(const struct study_plan *plan, const struct study_layout *layout, struct study_row row, struct study_outcome *outcome, struct error *error);

#endif
