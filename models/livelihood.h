/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_LIVELIHOOD_H
#define WAYFARE_LIVELIHOOD_H

#include "sim/model.h"

extern const struct model livelihood;

#endif
