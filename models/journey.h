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

/* Asked when somebody would stay at a place or settles at the destination: does a procedure keep the person there? Set in open() by
   a model named after it. Whoever is kept is settled at the place, without clocks. */
typedef bool journey_reception(const void *state, struct sim *sim, int thread, int phase, uint32_t slot, bool at_destination, struct wait_moment at);
void journey_set_reception(struct journey *journey, journey_reception *reception, const void *state);
/* Who was kept goes on towards the destination, or is settled where that is here. */
void journey_resume(const struct journey *journey, const struct way_person *w, struct wait_moment at);
/* Who goes on, or is stranded, at a place is kept there after all. */
void journey_keep(const struct journey *journey, const struct way_person *w, struct wait_moment at);
void journey_go_home(const struct journey *journey, const struct way_person *w); /* returns to the place of origin */

#endif
