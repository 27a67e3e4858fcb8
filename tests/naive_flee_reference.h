/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What serial Flee gave: per seed, day and camp, from ../shared/flee/reference. */
#ifndef WAYFARE_NAIVE_FLEE_REFERENCE_H
#define WAYFARE_NAIVE_FLEE_REFERENCE_H

#include "sim/setup.h"

struct naive_flee_reference {
    uint32_t seeds, days, camps;
    double *present; /* [seed][day][camp], camps as naive_flee_camps() orders them */
    double *created; /* [day]: everybody ever created, the same for every seed */
};

/* The set ("burundi") of setup. 0, or -1 where the file and the setup do not go together. */
int naive_flee_reference_read(struct naive_flee_reference *reference, const char *set, const struct setup *setup, struct error *error);
void naive_flee_reference_free(struct naive_flee_reference *reference);

/* Read the set's inputs by the settings of the reference runs. */
int naive_flee_reference_setup(struct setup *setup, const char *set, const char *rules, struct error *error);
bool naive_flee_reference_exists(void);

#endif
