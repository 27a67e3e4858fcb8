/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What procedures cost and how fair they are, in numbers: costs by item and payer, indicators of part (b). */
#ifndef WAYFARE_ACCOUNTS_H
#define WAYFARE_ACCOUNTS_H

#include "sim/model.h"

extern const struct model accounts_model; /* "accounts", named after "case" in a scenario */

#endif
