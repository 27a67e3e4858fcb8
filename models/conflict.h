/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_CONFLICT_H
#define WAYFARE_CONFLICT_H

#include "sim/model.h"

extern const struct model conflict;

#endif
