/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results file, which several writers share. Each holds an id of its own; the library knows that they are one file.
   Who opens first creates it, who closes last gives it its name. A cut ends a segment; the next file begins when a writer
   asks for it, so writers may be cut and closed in any order. */
#ifndef WAYFARE_RESULTS_H
#define WAYFARE_RESULTS_H

#include "sim/sim.h"
#include "sim/writer.h"
#include <hdf5.h>

struct results {
    struct writer_plan plan; /* its path is .path, a copy */
    char *path, *part;
    int segments; /* whole ones before the current file */
    hid_t file;   /* 0: none now */
};

/* The day that sim_step() has just finished; -1 before the first. */
static inline int32_t results_day(const struct sim *sim) { return sim->day - 1; }

int results_open(struct results *results, const struct writer_plan *plan, struct error *error); /* refuses an existing file; makes none yet */
int results_begin(struct results *results, const struct sim *sim, struct error *error);         /* results->file, made if need be */
/* Everything of the writer's in the file is closed before these. After a cut, results_begin() opens the next file. */
int results_cut(struct results *results, const struct sim *sim, struct error *error);
int results_close(struct results *results, const struct sim *sim, bool whole, struct error *error);

#endif
