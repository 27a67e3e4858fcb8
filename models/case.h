/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_CASE_H
#define WAYFARE_CASE_H

#include "models/docket.h"

struct case_state;
extern const struct model case_model;

const struct docket *case_docket(const struct case_state *c);

#endif
