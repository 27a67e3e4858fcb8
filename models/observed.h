/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_OBSERVED_H
#define WAYFARE_OBSERVED_H

#include "sim/model.h"

extern const struct model observed;

#endif
