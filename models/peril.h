/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_PERIL_H
#define WAYFARE_PERIL_H

#include "sim/model.h"

extern const struct model peril;

#endif
