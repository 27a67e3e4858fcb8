/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map in a results file: dimensions place, link and state, and what is known of each: state_roles and
   state_COLUMN, place_kind ..., link_mode ... */
#ifndef WAYFARE_MAP_H
#define WAYFARE_MAP_H

#include "sim/world.h"
#include <hdf5.h>

int map_write(hid_t file, const struct world *world, struct error *error);

#endif
