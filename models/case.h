/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_CASE_H
#define WAYFARE_CASE_H

#include "models/docket.h"

struct case_state;
extern const struct model case_model;

const struct docket *case_docket(const struct case_state *c);

/* A person of the journey has come to a place and would go on. Does the person claim here? Then the case is open (once in a state:
   who had one goes on). At the destination everybody does (settled = true). */
bool case_receives(const struct case_state *c, struct sim *sim, int thread, int phase, uint32_t slot, bool settled, struct wait_moment at);

#endif
