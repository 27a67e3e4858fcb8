/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is common about a person with a case: columns, flags, dates, who somebody is to the procedure, and the counts. A part of
   models, like way.c: the model case owns it, placement and determination ask it.

   p->stage, p->placement: number + 1, 0 none. p->group: risk class of leaving 0-7, + 8 for children. p->band: duration band in the
   placement. p->status: 0 none, 1 papers, 2 + number of the case graph's status. */
#ifndef WAYFARE_DOCKET_H
#define WAYFARE_DOCKET_H

#include "models/protection.h"
#include "sim/field.h"
#include "sim/queue.h"
#include "sim/sim.h"

#define DOCKET_RISKS 8
#define DOCKET_CHILD 8          /* in p->group */
#define DOCKET_STATUS 2         /* first code of the case graph's statuses in p->status */
#define DOCKET_NEVER UINT16_MAX /* of a date column */

enum docket_flag { DOCKET_VULNERABLE = 1, /* found to be so */
                   DOCKET_NEEDY = 2,      /* vulnerable, found or not */
                   DOCKET_CONDITION = 4,  /* has the lasting condition */
                   DOCKET_DETAINED = 8,   /* has been detained */
                   DOCKET_LEFT = 16,      /* left a placement without leave */
                   DOCKET_DECIDED = 32,   /* a final decision has been made */
                   DOCKET_APPEALED = 64,
                   DOCKET_ALONE = 128 }; /* unaccompanied child at the start */

enum docket_kind_of_harm { DOCKET_HARM_PHYSICAL,
                           DOCKET_HARM_MENTAL,
                           DOCKET_HARM_DEATH,
                           DOCKET_HARMS };

/* Need of protection as it stays for life: protection class without obstacles, which come and go. */
enum docket_need { DOCKET_REFUGEE,
                   DOCKET_OTHER,
                   DOCKET_NO_NEED,
                   DOCKET_NEEDS };

/* Bins of days to the final decision: 0-30, 31-90, 91-180, 181-365, 366-730, 731-1095, over 1095. */
enum { DOCKET_BINS = 7 };

struct docket {
    const struct casegraph *graph;
    const void *protection; /* state of the model; NULL: everybody has the class none */
    int alone_trait;        /* trait `unaccompanied` with a value yes; -1: who is in company of a party is not alone */
    int vulnerable_trait;   /* trait `vulnerable` with a value yes; -1: only children who are alone */
    int papers_trait;       /* trait `papers` with a value yes; -1 */
    uint32_t alone_yes, vulnerable_yes, papers_yes;
    struct field recognition, readmission; /* by state of origin; readmission NaN: who has no obstacle to return */
    double likely_below, likely_above;     /* parameters of the model case */
    /* columns */
    int flags, held, age;                        /* u8: flags; bits of enum casegraph_gives held; age group as counted */
    int rounds;                                  /* u16: stages entered again and cases closed */
    int opened, stage_due, place_due, placed_on; /* u16 days */
    int wanted;                                  /* u8: placement + 1 whose place is asked for; 0 none */
    int bed, removal;                            /* ticket columns; -1 where the graph needs none */
    int asked[CASEGRAPH_GIVES];                  /* ticket columns by what is asked for; -1 */
    int asked_on[CASEGRAPH_GIVES];               /* u16 day */
    /* tallies, see docket.c for axes */
    int cases, reached, unplaced, placed, placed_by_group, placement_days, undecided, undecided_days;
    int entered_placement, left, hearings, onsets, harms;
    int decisions, decisions_by_origin, final_decisions, final_days;
    int returns, refoulement, removed_while_appealing, guardian_days, guardians, asked_for;
    int opened_event, reached_event, placed_event, harmed_event, left_event, decided_event, returned_event;
};

/* One person in one act. */
struct docket_person {
    struct sim *sim;
    const struct docket *docket;
    int thread, phase;
    uint32_t slot, state; /* state of the world whose case it is */
    struct person *p;
};

/* Columns, tallies, facets stage, placement and status; tickets called are due through the wait agenda. 0 or -1 */
int docket_open(struct docket *docket, struct sim *sim, int agenda);

uint32_t docket_state(const struct sim *sim, const struct person *p); /* where the person stands; on a link, the state of its start */
static inline struct docket_person docket_person(struct sim *sim, const struct docket *docket, int thread, int phase, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    return (struct docket_person){sim, docket, thread, phase, slot, docket_state(sim, p), p};
}
static inline uint8_t *docket_flags(const struct docket_person *a) { return (uint8_t *)a->sim->persons.column[a->docket->flags].data + a->slot; }
static inline uint8_t *docket_held(const struct docket_person *a) { return (uint8_t *)a->sim->persons.column[a->docket->held].data + a->slot; }
static inline uint8_t *docket_wanted(const struct docket_person *a) { return (uint8_t *)a->sim->persons.column[a->docket->wanted].data + a->slot; }
static inline uint16_t *docket_day(const struct docket_person *a, int column) { return (uint16_t *)a->sim->persons.column[column].data + a->slot; }
static inline bool docket_holds(const struct docket_person *a, enum casegraph_gives gives) { return *docket_held(a) >> gives & 1; }

bool docket_is_child(const struct docket_person *a);
bool docket_is(const struct docket_person *a, enum casegraph_who who);
enum protection_class docket_class(const struct docket_person *a); /* today's true class */
bool docket_in_need(const struct docket_person *a);                /* refugee or other */
double docket_rank(const struct docket_person *a);                 /* latent rank of leaving, 0 to 1, of the party; the same in every arm */
/* A status for a person: -1 a wrong refusal, 1 a wrong grant, 0 neither. */
static inline int docket_wrong(enum casegraph_level level, bool in_need)
{
    return level == CASEGRAPH_NO_STAY && in_need ? -1 : level == CASEGRAPH_PROTECTION && !in_need;
}
static inline double docket_class_rank(const struct person *p) { return (p->group % DOCKET_RISKS + 0.5) / DOCKET_RISKS; } /* middle of the risk class */
uint8_t docket_group(const struct docket_person *a);                                                                      /* of p->group, by rank and age group as counted */
uint16_t docket_birthday(const struct docket_person *a);                                                                  /* the day on which the next age group begins, today where that is past; DOCKET_NEVER */
int docket_service(const struct docket *docket, enum casegraph_gives gives);                                              /* the service that gives it; -1 */

/* Counts of people with a case: cases, undecided, unplaced, placed, placed_by_group. n = 1 or -1, with the row as it stands. */
void docket_count(const struct docket_person *a, int32_t n);
bool docket_is_undecided(const struct docket_person *a);
void docket_add(const struct docket_person *a, int tally, uint32_t cell, int32_t n);
uint32_t docket_stage_cell(const struct docket_person *a);     /* state x stage of the row */
uint32_t docket_placement_cell(const struct docket_person *a); /* state x placement of the row; the row has one */
uint32_t docket_people_cell(const struct docket_person *a);    /* sex x age group as counted */
enum docket_need docket_need(const struct docket_person *a);
uint32_t docket_bin(int32_t days);
void docket_settle(const struct docket *docket, struct sim *sim); /* evening: person-days of the stocks */

#endif
