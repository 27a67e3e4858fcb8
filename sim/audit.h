/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nobody is lost: entered = present + on the way + dead, every day in every build; the whole recount on demand. */
#ifndef WAYFARE_AUDIT_H
#define WAYFARE_AUDIT_H

#include "fail.h"
#include <stdbool.h>

struct sim;

void audit_day(struct sim *sim);                           /* the sums; a contradiction sets sim->error to FAIL_INTERNAL */
bool audit_hints(const struct sim *sim);                   /* in the middle of a day: whoever is due today has today's hint. For debug builds */
int audit_all(const struct sim *sim, struct error *error); /* every row: tallies, place copies, hints */

#endif
