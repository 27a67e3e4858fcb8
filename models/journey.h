/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_JOURNEY_H
#define WAYFARE_JOURNEY_H

#include "sim/model.h"

/* Where a person stands in the journey, as the model keeps it in .status. */
enum journey_status { JOURNEY_ON_THE_WAY, /* travelling, or staying where the way leads through */
                      JOURNEY_STRANDED,
                      JOURNEY_SETTLED };

#define JOURNEY_CAUSE_CROSSING 1 /* of a death */

extern const struct model journey;

#endif
