/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_JOURNEY_H
#define WAYFARE_JOURNEY_H

#include "models/way.h"
#include "sim/model.h"

struct journey;

extern const struct model journey;

/* For models named after it. */
const struct way *journey_way(const struct journey *journey);
uint32_t journey_classes(const struct journey *journey); /* of people; clocks over places have WAY_MODES of each */
/* The party is held where it is, from this moment of the day, so many times longer than the place holds people on average. */
void journey_hold(const struct journey *journey, const struct way_person *w, double times, struct wait_moment at);

#endif
