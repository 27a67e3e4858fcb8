/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole run: read, open, days, writers, checkpoints, signals. USR1 writes a checkpoint and goes on; TERM, INT and USR2
   write one and stop with FAIL_AGAIN. Signals wait until the day is done. */
#ifndef WAYFARE_RUNNER_H
#define WAYFARE_RUNNER_H

#include "options.h"

struct runner {
    const char *const *command; /* the line as it was typed, NULL-ended: provenance, and how a checkpoint finds its input again */
    FILE *out;                  /* one line at the end; check: the summary */
    FILE *progress;             /* progress and warnings */
};

/* 0, or -1 with the error. */
int runner_run(const struct runner *runner, const struct options *options, struct error *error);    /* run, flee */
int runner_resume(const struct runner *runner, const struct options *options, struct error *error); /* argument[0]: the checkpoint */
int runner_check(const struct runner *runner, const struct options *options, struct error *error);

#endif
