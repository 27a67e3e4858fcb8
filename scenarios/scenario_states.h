/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The optional table of states: what each is to people on the move, and numbers about it. */
#ifndef WAYFARE_SCENARIO_STATES_H
#define WAYFARE_SCENARIO_STATES_H

#include "scenario_input.h"

/* world: the group that names the table. After the places, which say what states there are. */
int scenario_states_read(struct scenario_input *input, struct config_node world);

#endif
