/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A study: arms x parameter draws x replicates of one scenario, run side by side, gathered in one file.

   Runs are numbered from 1 as rows: the arm changes fastest, then the replicate, then the draw. A row is the same whatever
   other arms or draws there are: its seed is first_seed + 1000000 draw + replicate, the same in every arm, and its parameters
   are drawn by (first_seed, draw, name).

   Each run is a simulation of its own on one thread; what is kept of it goes to a small file in the folder FILE.h5.runs, under
   a name made of everything that decides its result. A study that was stopped goes on where it was: what lies there is not
   run again. When every row is there FILE.h5 is written beside, gets its name, and the folder goes. Processes that do some
   of the rows each (--rows) may share the folder; a call without --rows does the rest and writes FILE.h5. */
#ifndef WAYFARE_STUDY_H
#define WAYFARE_STUDY_H

#include "sim/fail.h"
#include <stdbool.h>
#include <stdio.h>

struct study_order {
    const char *path;           /* STUDY.cfg */
    const char *out;            /* NULL: results/NAME.h5 */
    const char *rows;           /* "3-10" or "3": only these, and no FILE.h5; NULL: all */
    int threads;                /* runs at a time; 0: all processors */
    bool force;                 /* replace FILE.h5, run again what was kept */
    const char *const *command; /* as typed, for provenance; NULL-ended, or NULL */
    FILE *say, *progress;       /* one line at the end, then one for each arm that permits more than the lawful; progress and warnings. NULL: silent */
};

/* 0, or -1 with the error. Runs that fail are listed in FILE.h5, which is whole; the status is then FAIL_RUN. */
int study_run(const struct study_order *order, struct error *error);

#endif
