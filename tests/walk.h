/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small run with something of everything that is written: clocks, days, deaths, a cold column, kept numbers, a tally over
   a labelled and one over a numbered axis, tallies by month and of things, indicators, a parameter list, observed numbers, a camp that closes. */
#ifndef WAYFARE_WALK_H
#define WAYFARE_WALK_H

#include "sim/sim.h"

enum { WALK_DAYS = 60 };

struct walk_options {
    uint64_t seed; /* 0: 5 */
    double scale;  /* 0: 2 */
    double sample;
    int32_t days;             /* 0: WALK_DAYS */
    int threads;              /* 0: 1 */
    const char *stay;         /* the parameter's text; NULL: its default */
    const char *input_sha256; /* NULL: some */
};

extern const struct model walk;

struct sim *walk_open(struct walk_options options); /* ends the program where it cannot */
void walk_close(struct sim *sim);                   /* and its setup */

#endif
