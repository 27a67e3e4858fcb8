/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossing the sea: people of one day and one link share vessels; wrecks strike vessels, rescue and interception meet them.
   The journey asks; sea.c answers. Without this model sea links are crossed like roads. */
#ifndef WAYFARE_SEA_H
#define WAYFARE_SEA_H

#include "sim/model.h"
#include "sim/person.h"
#include <stdbool.h>
#include <stdint.h>

#define SEA_PHASE 1 /* of the day: vessels are made when everybody who embarks today is known */

enum sea_outcome { SEA_ARRIVED, /* alone, at the end of the link */
                   SEA_RESCUED_STATE,
                   SEA_RESCUED_PRIVATE,
                   SEA_RESCUED_MERCHANT,
                   SEA_INTERCEPTED, /* and taken back to the state of departure */
                   SEA_DIED,
                   SEA_OUTCOMES };

struct sea;

/* How one person's crossing ends. */
struct sea_fate {
    enum sea_outcome outcome;
    uint32_t place; /* where the person is put ashore; the end of the link where they died */
    int32_t days;   /* from embarking until then, at least 1 */
};

extern const struct model sea;
extern const char *const sea_outcome_names[SEA_OUTCOMES];

/* Phase 0, in act(): one more person embarks today on this sea link. Who embarks in a later phase goes with tomorrow's vessels. */
void sea_embark(struct sim *sim, const struct sea *s, int thread, uint32_t link);
/* Phase 1, in act(), on the day of those vessels: the same for every member of the party, death apart, which is the person's
   own. spell: the crossing's number. Counts nothing, so it may be asked of a person who is no row (id and party count). */
struct sea_fate sea_fate(const struct sim *sim, const struct sea *s, const struct person *p, uint32_t link, uint32_t spell);
/* Phase 1, in act(), once, on the day that sea_fate() gave and before sim_die(): counts the crossing. */
void sea_end(struct sim *sim, const struct sea *s, int thread, const struct person *p, uint32_t link, enum sea_outcome outcome);
/* Is this a place where intercepted people are taken today (takes_intercepted above 0), rather than let go on the shore? */
bool sea_holds(const struct sea *s, uint32_t place);

#endif
