/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of wayfare's own scenarios: a libconfig file beside its CSV tables. */
#ifndef WAYFARE_SCENARIO_H
#define WAYFARE_SCENARIO_H

#include "sim/setup.h"

/* 0, or -1 with "file:line: what was expected, what was found (did you mean ...)". */
int scenario_read(struct setup *setup, const char *path, struct error *error);

#endif
