/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_CASE_H
#define WAYFARE_CASE_H

#include "sim/model.h"

extern const struct model case_model;

#endif
