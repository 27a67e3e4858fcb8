/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits and hazard clocks: nothing that waits is touched.

   A person holds up to five waits, each a kind and a 32-bit threshold. Due is the earliest.
     clock      due on the first day with reading >= threshold; a reading is the integral of the cell's hazard so far
     day        due on that day, at day fraction 0
     ticket     due when the service has called it (service.h), at day fraction 0
     suspended  stores what is left of the clock, by the person's factor
   A clock is a 64-bit accumulator in 2^-32 units, read as 32 bits in 2^-20 units and compared by signed difference.
   On beginning a clock wait the person draws E ~ Exp(1); threshold = reading + E / m, m in [1/64, 64] the person's factor. */
#ifndef WAYFARE_WAIT_H
#define WAYFARE_WAIT_H

#include "fail.h"
#include "person.h"
#include <stdbool.h>
#include <stdint.h>

#define WAIT_NEVER 255u     /* hint code */
#define WAIT_CERTAIN 23.0   /* hazard per day that ends every clock wait with m >= 1 on the day */
#define WAIT_HORIZON 254    /* days a hint can reach */
#define WAIT_GROUPS 16      /* hazard classes with factors of their own, and with clocks unless a wait asks for more */
#define WAIT_MOST_GROUPS 64 /* hazard classes */
#define WAIT_WAVE 512       /* rows fetched and handled together: they fit the first caches */

enum wait_kind { WAIT_NONE,
                 WAIT_CLOCK,
                 WAIT_DAY,
                 WAIT_TICKET,
                 WAIT_SUSPENDED };
enum wait_over { WAIT_OVER_NOTHING,
                 WAIT_OVER_PLACE,
                 WAIT_OVER_STAGE,       /* state and stage of the case */
                 WAIT_OVER_PLACEMENT }; /* state, placement and duration band: what a wait's clocks belong to */

struct sim;

/* Hazard per day of (cell, cause) on any day ahead: exogenous, known in advance. */
typedef double wait_ahead(const struct sim *sim, const void *state, uint32_t cell, int32_t day);

/* One column of clocks: a cause over the cells of places, of stages or of placements by state. */
struct wait_clock {
    uint32_t cells, groups;      /* cells counts groups: cell = place * groups + group */
    uint64_t *sum;               /* 2^-32 units */
    uint32_t *today, *yesterday; /* readings, 2^-20 units */
    uint64_t *rate;              /* of today, 2^-32 units per day */
    uint64_t *bound;             /* the rate hints assume; exceeding it triggers one pass over the people concerned */
    uint8_t *exceeded;           /* per cell: today's rate exceeds the bound that hints assumed */
    double saturation;           /* declared maximum hazard per day */
    double slack;                /* bound = slack * rate: above 1 for rates that move every day */
    bool any_exceeded;
    wait_ahead *ahead; /* NULL: rates are known on the day only */
    uint32_t *ring;    /* [cell][window]: readings of days to come */
    uint64_t *ring_sum;
    int32_t ring_end; /* first day not in the ring */
};

/* A wait as a model declares it. */
struct wait {
    const char *name, *doc;
    int model, phase; /* who handles it, in which phase of the day */
    int day_phase;    /* the phase in which it fires as a day */
    enum wait_over over;
    bool by_group;
    bool shared;                        /* drawn by party: every member computes the same */
    bool once;                          /* after its act none of the phase's waits is due for the person today */
    double factor[WAIT_GROUPS];         /* m by hazard class */
    uint32_t inverse[WAIT_MOST_GROUPS]; /* 2^16 / m; m is 1 from class WAIT_GROUPS on */
    struct wait_clock clock;
};

struct wait_set {
    int count;
    /* Waits ordered by phase; phase p holds [phase_first[p], phase_first[p + 1]). A wait whose days fire later stands in two. */
    uint8_t of_phase[2 * PERSON_WAITS], kinds_of_phase[2 * PERSON_WAITS], phase_first[PERSON_WAITS + 1];
    struct wait wait[PERSON_WAITS];
    bool naive; /* every person is looked at every day; the same results, slower (for tests) */
};

/* Declared in a model's open(); returns the wait's number, or -1 with sim's error (more than five; factor out of range). */
struct wait_plan {
    const char *name, *doc;
    int phase;
    int day_phase; /* the phase in which it fires as a day (arrivals, after everybody has set out); 0: .phase */
    enum wait_over over;
    bool by_group; /* clocks by hazard class: only where a lever or driver tells classes apart */
    int groups;    /* hazard classes that have clocks of their own; 0: WAIT_GROUPS */
    bool shared;
    bool once;         /* promise: after its act no wait of this phase is due today for the person (saves a look) */
    double saturation; /* maximum hazard per day; 0: WAIT_CERTAIN */
    double slack;      /* hints assume at most slack times today's rate, 0 means 1; 2 for a rate that moves every day */
    wait_ahead *ahead;
    const double *factor; /* [WAIT_GROUPS] or NULL for 1 */
};
int wait_declare(struct sim *sim, int model, struct wait_plan plan);

/* Set today's hazard of one cell (clocks known on the day only). Morning, one thread per cell. */
void wait_rate(struct sim *sim, int wait, uint32_t cell, double hazard);

static inline enum wait_kind wait_kind(const struct person *p, int wait) { return (enum wait_kind)((p->kinds >> (3 * wait)) & 7); }

static inline void wait_set_kind(struct person *p, int wait, enum wait_kind kind)
{
    p->kinds = (uint16_t)((p->kinds & ~(7u << (3 * wait))) | (uint32_t)kind << (3 * wait));
}

/* Where within today something happens: before / span of the day. A change happens at the moment of the wait that fires:
   the day's hazard until then counts on the old clock, the rest of it on the new one. Ask before the wait is ended.
   A clock carried to a moment before dusk may be due today; in a phase that is over it fires tomorrow: in late phases use
   WAIT_DUSK for the waits of earlier ones. */
struct wait_moment {
    uint32_t before, span;
};
#define WAIT_DAWN ((struct wait_moment){0, 1}) /* deadlines, tickets, entering */
#define WAIT_DUSK ((struct wait_moment){1, 1})
struct wait_moment wait_moment(const struct sim *sim, const struct person *p, int wait);

/* Begin, end and change a wait of one person; own row only, so callable from act() and enter().
   wait_begin_clock(), .._at() and wait_renew_clock() count one spell and draw by (person or party, RNG_WAIT + wait, spell). */
void wait_begin_clock(const struct sim *sim, struct person *p, int wait);                           /* from today's reading; during enter: yesterday's */
void wait_begin_clock_at(const struct sim *sim, struct person *p, int wait, struct wait_moment at); /* from this moment of today */
void wait_begin_clock_hazard(const struct sim *sim, struct person *p, int wait, uint32_t hazard);   /* E given, in 2^-20 units (rng_hazard_many) */
static inline void wait_begin_day(struct person *p, int wait, int32_t day)
{
    p->threshold[wait] = (uint32_t)day;
    wait_set_kind(p, wait, WAIT_DAY);
}
void wait_begin_ticket(struct person *p, int wait, uint32_t ticket);
void wait_renew_clock(const struct sim *sim, struct person *p, int wait); /* renews in place: from its threshold */
static inline void wait_end(struct person *p, int wait)
{
    p->threshold[wait] = 0;
    wait_set_kind(p, wait, WAIT_NONE);
}

void wait_suspend(const struct sim *sim, struct person *p, int wait, struct wait_moment at);
void wait_resume(const struct sim *sim, struct person *p, int wait, struct wait_moment at);
/* Move to other clocks or factors: residuals are carried over, never redrawn. Make the change between take and put:
       struct wait_residual r = wait_take(sim, p, at);  p->group = ...; p->place = ...;  wait_put(sim, p, &r);           */
struct wait_residual {
    uint32_t left[PERSON_WAITS];    /* units of the old clock */
    uint32_t inverse[PERSON_WAITS]; /* 2^16 / m of then */
    uint16_t kinds;                 /* of then: a wait begun since is left alone */
    struct wait_moment at;
};
struct wait_residual wait_take(const struct sim *sim, const struct person *p, struct wait_moment at);
void wait_put(const struct sim *sim, struct person *p, const struct wait_residual *residual);

/* Persons by the wait that fires. */
struct wait_buckets {
    uint32_t n[PERSON_WAITS];
    uint32_t slot[PERSON_WAITS][WAIT_WAVE];
};
/* Sort n <= WAIT_WAVE persons by the wait of this phase that fires today; returns how many have one. */
uint32_t wait_sort(const struct sim *sim, int phase, const uint32_t *slot, uint32_t n, struct wait_buckets *buckets);
/* Does one act settle a person for this phase? */
bool wait_once(const struct sim *sim, int phase);
/* After this phase: leave new hints for those of n persons who have no more waits due today; the others come to the front of
   slot. Returns how many these are. */
uint32_t wait_hints(struct sim *sim, int phase, uint32_t *slot, uint32_t n);

/* The due-day hint for a row as it stands at the end of its acts today: never later than the true day. */
uint8_t wait_hint(const struct sim *sim, const struct person *p);
static inline uint8_t wait_code(int32_t day) { return (uint8_t)((uint32_t)day % 255u); }

/* Engine's side. */
int wait_open(struct sim *sim);                                  /* after the models declared theirs: makes the clocks */
bool wait_is_due(const struct sim *sim, const struct person *p); /* any wait of any phase */
void wait_morning(struct sim *sim);                              /* advance every clock by today's rate */
void wait_exceeded(struct sim *sim);                             /* re-estimate the hints of the people at cells whose bound was exceeded */
void wait_restore(struct sim *sim);                              /* a checkpoint was loaded: what is derived from the clocks is made anew */
void wait_close(struct sim *sim);
/* Cells of clocks over cases, before groups; stage and placement as in a person's row: 0 none, else number + 1. */
uint32_t wait_stage_cell(const struct sim *sim, uint32_t state, uint32_t stage);
uint32_t wait_placement_cell(const struct sim *sim, uint32_t state, uint32_t placement, uint32_t band); /* band below CASEGRAPH_BANDS */

#endif
