/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The behaviours of the program: one file each, one line here. */
#include "models/arrivals.h"
#include "models/case.h"
#include "models/flee_entry.h"
#include "models/flee_journey.h"
#include "models/flee_zones.h"
#include "models/journey.h"
#include "sim/sim.h"

const struct model *const models[] = {
    &arrivals,
    &case_model,
    &flee_zones,
    &flee_entry,
    &flee_journey,
    &journey,
    NULL,
};
