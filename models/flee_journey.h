/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_FLEE_JOURNEY_H
#define WAYFARE_FLEE_JOURNEY_H

#include "models/flee_routes.h"

extern const struct model flee_journey;

#endif
