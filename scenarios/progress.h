/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a run is: a bar on a terminal, else a line each tenth of the days. */
#ifndef WAYFARE_PROGRESS_H
#define WAYFARE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *out; /* NULL: silent */
    bool terminal;
    int32_t days;
    int tenth;          /* the last one told */
    double begun, told; /* seconds */
};

void progress_begin(struct progress *progress, FILE *out, int32_t day, int32_t days);
void progress_day(struct progress *progress, int32_t day, uint64_t persons); /* day: days done */
void progress_end(struct progress *progress);                                /* clears the bar */

#endif
