/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hidden protection class of each person: what a perfect procedure would find today. */
#ifndef WAYFARE_PROTECTION_H
#define WAYFARE_PROTECTION_H

#include "sim/model.h"

enum protection_class { PROTECTION_REFUGEE,
                        PROTECTION_OTHER,    /* in need of international protection, no refugee */
                        PROTECTION_OBSTACLE, /* neither, and could not be returned today */
                        PROTECTION_NONE,
                        PROTECTION_CLASSES };

extern const struct model protection;
extern const char *const protection_names[PROTECTION_CLASSES];

/* Today's class; reads only, from act() too. state: sim_state(sim, "protection"). */
enum protection_class protection_of(const struct sim *sim, const void *state, uint32_t slot);

/* The need that a person was given, which stays: obstacles are not told from none. */
enum protection_class protection_need(const struct sim *sim, const void *state, uint32_t slot);

#endif
