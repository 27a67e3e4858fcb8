/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is common to everything that happens to people on the way: where a person stands in the journey, what they carry, and
   what is recorded of harm and death. A part of models: the journey owns it, others ask the journey for it.

   The class of people (trait "class") and the mode make the hazard class of the party: clocks over places run by it. */
#ifndef WAYFARE_WAY_H
#define WAYFARE_WAY_H

#include "sim/sim.h"

#define WAY_CLASSES 8
#define WAY_MODES 8
#define WAY_GROUPS (WAY_CLASSES * WAY_MODES) /* clocks a place */

enum way_mode { WAY_STAYING,    /* at a place, will go on */
                WAY_TRAVELLING, /* on a link */
                WAY_STRANDED,   /* without the means to go on */
                WAY_HELD,       /* detained or held for ransom */
                WAY_SETTLED,    /* at the intended destination, or kept by a procedure */
                WAY_RETURNED,   /* at home again */
                WAY_MODES_USED };

enum way_cause { WAY_CAUSE_LAND = 1, /* of a death: on a link over land */
                 WAY_CAUSE_SEA,
                 WAY_CAUSE_PLACE,
                 WAY_CAUSES };

enum way_harm { WAY_VIOLENCE,
                WAY_SGBV, /* sexual and gender-based violence */
                WAY_KIDNAPPING,
                WAY_TRAFFICKING,
                WAY_HARMS };

struct way {
    int money, debt, health, harms, stranded; /* columns; money and debt are the same for every member of a party */
    int deaths, harmed, harmed_at;            /* tallies: by state, cause, sex, age group; the same by kind of harm; by place and kind */
    int separated, modes;                     /* by state; people present by place and mode */
    int harmed_event, separated_event;
    double health_loss; /* share of health that a harm takes */
};

/* One person in one act. */
struct way_person {
    struct sim *sim;
    const struct way *way;
    int thread, phase;
    uint32_t slot;
    struct person *p;
};

void way_open(struct way *way, struct sim *sim);

static inline enum way_mode way_mode(const struct person *p) { return (enum way_mode)(p->party_group % WAY_MODES); }
static inline uint32_t way_class(const struct person *p) { return p->party_group / WAY_MODES; }
static inline uint8_t way_group(uint32_t class, enum way_mode mode) { return (uint8_t)(class * WAY_MODES + (uint32_t)mode); }

static inline struct way_person way_person(struct sim *sim, const struct way *way, int thread, int phase, uint32_t slot)
{
    return (struct way_person){sim, way, thread, phase, slot, &sim->persons.row[slot]};
}
static inline float *way_money(const struct way_person *w) { return (float *)w->sim->persons.column[w->way->money].data + w->slot; }
static inline float *way_debt(const struct way_person *w) { return (float *)w->sim->persons.column[w->way->debt].data + w->slot; }
static inline uint8_t *way_health(const struct way_person *w) { return (uint8_t *)w->sim->persons.column[w->way->health].data + w->slot; }

void way_enter(const struct way_person *w, uint32_t class); /* a newcomer stays at a place */
/* What is left of running clocks is carried over to those of the new mode. */
void way_turn(const struct way_person *w, enum way_mode mode, struct wait_moment at);
void way_go(const struct way_person *w, uint32_t place, enum way_mode mode); /* sim_go() and the mode, where no clock over places runs */
void way_harm(const struct way_person *w, enum way_harm kind);
void way_die(const struct way_person *w, enum way_cause cause);
void way_part(const struct way_person *w, struct wait_moment at); /* from the party: goes on alone, with the same money */
bool way_is_child(const struct way_person *w);
/* A child without a grown-up of the party: entered alone, or parted. */
bool way_is_unaccompanied(const struct way_person *w);
uint32_t way_state(const struct way_person *w); /* where the person is; on a link, the state of its start */

#endif
