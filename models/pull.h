/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people hear of policies, as a factor on setting out. */
#ifndef WAYFARE_PULL_H
#define WAYFARE_PULL_H

#include "sim/model.h"

extern const struct model pull;

double pull_factor(const struct sim *sim); /* of today; 1 where the model is not in force */

#endif
