/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of Flee's input directories (DIR/input_csv, DIR/source_data) and settings files, as found in the wild. */
#ifndef WAYFARE_FLEE_DIR_H
#define WAYFARE_FLEE_DIR_H

#include "sim/setup.h"

struct flee_dir_options {
    const char *directory; /* holds input_csv/ and source_data/ */
    const char *settings;  /* simsetting.yml; NULL: DIR/simsetting.yml where present, else Flee's defaults */
    const char *rules;     /* "compat" or "fixed"; NULL: fixed */
    int32_t days;          /* 0: as sim_period.csv says */
    uint64_t seed;
    double scale; /* people per simulated person; only with rules "fixed" */
};

/* Fill the setup: world, events, drivers "conflict" (place, step), "registered" (place, one knot a day, as Flee's data
   table gives it: corrected, divided by hasten, truncated, less day 0 where empty_camps_on_day0 says so),
   "registered_total" and "registered_elsewhere" (global; the first data_layout row, and the sum of the rows that name no
   place), traits, models and their parameters, inputs.
   Unknown settings keys warn by name; rules that are not built are refused by name.
   Call setup_init() before and setup_free() after, in any case; world_finish() and driver_finish() are done here. 0 or -1. */
int flee_dir_read(struct setup *setup, const struct flee_dir_options *options, struct error *error);

#endif
