/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where people are while a case or a removal is open: detention and its alternatives. Which placement a person is assigned, the
   hazards there, appearance at hearings. The model case moves people through it and owns the wait. */
#ifndef WAYFARE_PLACEMENT_H
#define WAYFARE_PLACEMENT_H

#include "models/docket.h"

struct placement;
extern const struct model placement_model; /* "placement", named before "case" in a scenario */

/* case tells it, in its open(), the docket, the wait of the hazards and the wait through which people are due today. */
void placement_attach(struct placement *placement, const struct docket *docket, int wait, int agenda);

/* Assigns one of the stage's placements (none: outside) and puts the person there, or where people wait for its place, with a
   ticket. Keeps the person in the present one where the rules still allow it and the stage names it. */
void placement_assign(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage, struct wait_moment at);
/* The ticket for the wanted placement's place was called: the person moves in. */
void placement_called(const struct placement *placement, const struct docket_person *a, struct wait_moment at);
/* Out of the present placement into another (CASEGRAPH_NONE: outside); gives the place back; ends a ticket for another place. */
void placement_move(const struct placement *placement, const struct docket_person *a, uint8_t to, struct wait_moment at);
/* The dates of the placement that have come: next band; release at max_days to .after; review, a new assignment by the rules of the
   present stage. Returns the next date of the placement after today, DOCKET_NEVER where there is none. */
uint16_t placement_date(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage, struct wait_moment at);
/* The wait struck: what. Onset, physical harm and death are counted here and, but for death, the wait goes on; leaving, returning
   and dying are the caller's to carry out. */
enum casegraph_cause placement_strike(const struct placement *placement, const struct docket_person *a);
/* Draws, once for each hearing (spell: which), whether the person appears; counts it. */
bool placement_appears(const struct placement *placement, const struct docket_person *a, uint32_t spell);
double placement_error(const struct placement *placement, const struct docket_person *a); /* factor on the chance of a wrong decision */

#endif
