/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_CLIMATE_H
#define WAYFARE_CLIMATE_H

#include "sim/model.h"

extern const struct model climate;

#endif
