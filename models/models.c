/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The behaviours of the program: one file each, one line here. */
#include "models/accounts.h"
#include "models/arrivals.h"
#include "models/case.h"
#include "models/climate.h"
#include "models/conflict.h"
#include "models/determination.h"
#include "models/flee_entry.h"
#include "models/flee_journey.h"
#include "models/flee_zones.h"
#include "models/indicators.h"
#include "models/journey.h"
#include "models/livelihood.h"
#include "models/market.h"
#include "models/means.h"
#include "models/observed.h"
#include "models/peril.h"
#include "models/placement.h"
#include "models/protection.h"
#include "models/pull.h"
#include "models/sea.h"
#include "sim/sim.h"

const struct model *const models[] = {
    &arrivals,
    &protection,
    &pull,
    &observed,
    &conflict,
    &climate,
    &livelihood,
    &market,
    &sea,
    &means,
    &journey,
    &peril,
    &indicators,
    &placement_model,
    &determination_model,
    &case_model,
    &accounts_model,
    &flee_zones,
    &flee_entry,
    &flee_journey,
    NULL,
};
