/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_ARRIVALS_H
#define WAYFARE_ARRIVALS_H

#include "sim/model.h"

extern const struct model arrivals;

#endif
