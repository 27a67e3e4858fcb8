/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_INDICATORS_H
#define WAYFARE_INDICATORS_H

#include "sim/model.h"

extern const struct model indicators;

#endif
