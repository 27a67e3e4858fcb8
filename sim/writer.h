/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contract of an output: one const struct in one file, one line in output/writers.c. */
#ifndef WAYFARE_WRITER_H
#define WAYFARE_WRITER_H

#include "fail.h"
#include <stdbool.h>
#include <stdint.h>

struct sim;

/* What the command line asks of all writers. */
struct writer_plan {
    const char *path;           /* results file; written as path.part, renamed when whole */
    const char *csv;            /* Flee's out.csv, or NULL */
    bool force;                 /* replace existing files */
    int every;                  /* days between rows, at least 1; flows are summed over the days between */
    const char *const *command; /* argv, for provenance; NULL-ended */
    int first_segment;          /* > 0 when resumed from a checkpoint: segments before it exist */
};

struct writer {
    const char *name, *doc;
    bool (*wanted)(const struct sim *sim, const struct writer_plan *plan);
    void *(*open)(struct sim *sim, const struct writer_plan *plan, struct error *error); /* before the first day; NULL on error */
    int (*write)(struct sim *sim, void *state, struct error *error);                     /* at the end of each day */
    int (*cut)(struct sim *sim, void *state, struct error *error);                       /* a checkpoint is being written: close this segment, begin the next; may be NULL */
    int (*close)(struct sim *sim, void *state, bool whole, struct error *error);         /* whole: finish and rename; else leave no trace that looks whole */
};

extern const struct writer *const writers[]; /* ends with NULL; in output/writers.c */

#endif
