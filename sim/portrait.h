/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traits of persons: drawn on entering from the setup's tables, kept in cold columns, counted where they have few values.
   Draws are addressed by the id of the person, or of the party for a trait by party, so that they are the same in every arm. */
#ifndef WAYFARE_PORTRAIT_H
#define WAYFARE_PORTRAIT_H

#include "sim.h"

enum { PORTRAIT_AGE_GROUPS = 5,      /* 0-4, 5-11, 12-17, 18-59, 60+ */
       PORTRAIT_AGE_GROUP_ADULT = 3, /* the group of everybody where there is no trait age */
       PORTRAIT_ADULT_YEARS = 18 };
extern const char *const portrait_age_group_names[PORTRAIT_AGE_GROUPS];

void portrait_open(struct sim *sim);
void portrait_draw(struct sim *sim, uint32_t slot); /* on entering */
void portrait_count(struct sim *sim, int thread, uint32_t slot, uint32_t place, int32_t n);
void portrait_close(struct sim *sim);

int portrait_find(const struct sim *sim, const char *name); /* TRAIT_NONE: no such trait */
static inline uint32_t portrait_value(const struct sim *sim, int trait, uint32_t slot)
{
    return ((const uint16_t *)sim->persons.column[sim->trait[trait].column].data)[slot];
}
const char *portrait_label(const struct sim *sim, int trait, uint32_t value);

/* What a person of this id is drawn with who enters here, without a row; a party's id serves for a trait by party. Spell 0 is
   the draw of portrait_draw(), further spells are fresh. A trait that depends on another takes what that is drawn with. */
uint32_t portrait_draw_value(const struct sim *sim, int trait, uint32_t place, uint64_t who, uint32_t spell);
/* The same where the value of the given trait is known. */
uint32_t portrait_draw_given(const struct sim *sim, int trait, uint32_t given_value, uint32_t place, uint64_t who, uint32_t spell);

/* From act() too; tallies, sex and birth follow, the traits that depend on this one do not. Of a trait by party set every member's. */
void portrait_set(struct sim *sim, int thread, int trait, uint32_t slot, uint32_t value);
/* In enter() only: the same, and the traits that depend on this one are drawn anew for the value (same address, so that a
   person who is given the value that was drawn stays the same). */
void portrait_give(struct sim *sim, int trait, uint32_t slot, uint32_t value);
/* In enter() only: who is younger than 18 has the age drawn again by the next spells until 18 or more; after 64 in vain
   the first age stays. Nothing where there is no trait age. After portrait_give(), which may draw the age as well. */
void portrait_make_adult(struct sim *sim, uint32_t slot);

int portrait_age_years(const struct person *p, int32_t day); /* a year is 52 weeks; only where there is a trait age */
uint32_t portrait_age_group(const struct sim *sim, const struct person *p);
uint32_t portrait_origin(const struct person *p); /* the place in the person's id */

#endif
