/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second graph a person stands in: stages of a case, placements meanwhile, services with capacity, legal statuses. Read from
   data; the same in every state that opens cases, but for what `given` says of one state. */
#ifndef WAYFARE_CASEGRAPH_H
#define WAYFARE_CASEGRAPH_H

#include "fail.h"
#include <stdbool.h>
#include <stdint.h>

#define CASEGRAPH_NONE UINT8_MAX
#define CASEGRAPH_OUTCOMES 64   /* of one stage */
#define CASEGRAPH_CLASSES 4     /* of protection: refugee, other, obstacle, none (models/protection.h) */
#define CASEGRAPH_BANDS 8       /* of days held */
#define CASEGRAPH_PLACEMENTS 16 /* that one stage chooses from */

/* What a status is right for. */
enum casegraph_level { CASEGRAPH_NO_STAY,    /* may not stay: wrong for people in need */
                       CASEGRAPH_STAY,       /* may stay: wrong for nobody */
                       CASEGRAPH_PROTECTION, /* wrong for people who are not in need */
                       CASEGRAPH_LEVELS };

/* Whom a stage or a service is for. */
enum casegraph_who { CASEGRAPH_ALL,
                     CASEGRAPH_CHILDREN,
                     CASEGRAPH_ADULTS,
                     CASEGRAPH_UNACCOMPANIED,     /* children without a grown-up of their party */
                     CASEGRAPH_VULNERABLE,        /* found to be so */
                     CASEGRAPH_LIKELY_REFUSED,    /* the state of origin's known rate of recognition is low */
                     CASEGRAPH_LIKELY_RECOGNISED, /* it is high */
                     CASEGRAPH_REMOVABLE,         /* the state of origin takes the person back */
                     CASEGRAPH_UNREMOVABLE,
                     CASEGRAPH_PAPERS, /* .status 1 */
                     CASEGRAPH_WHOS };

/* Who goes before others in a queue; numbers are the lever's values. */
enum casegraph_first { CASEGRAPH_FIRST_NONE,
                       CASEGRAPH_FIRST_CHILDREN,
                       CASEGRAPH_FIRST_VULNERABLE,
                       CASEGRAPH_FIRST_LIKELY_REFUSED,
                       CASEGRAPH_FIRST_LIKELY_RECOGNISED,
                       CASEGRAPH_FIRSTS };

/* What holding a place of a service means; parallel queues of a person are told apart by it. */
enum casegraph_gives { CASEGRAPH_GIVES_NOTHING,
                       CASEGRAPH_GIVES_COUNSEL,
                       CASEGRAPH_GIVES_GUARDIAN,
                       CASEGRAPH_GIVES_MANAGER,
                       CASEGRAPH_GIVES_INTERPRETER,
                       CASEGRAPH_GIVES };

enum casegraph_payer { CASEGRAPH_STATE,
                       CASEGRAPH_DONOR, /* EU, other states, donors */
                       CASEGRAPH_PERSON,
                       CASEGRAPH_PAYERS };

enum casegraph_returns { CASEGRAPH_STAYS,
                         CASEGRAPH_FORCED,
                         CASEGRAPH_VOLUNTARY };

enum casegraph_cause { CASEGRAPH_LEAVES,   /* without leave */
                       CASEGRAPH_RETURNS,  /* voluntarily */
                       CASEGRAPH_MENTAL,   /* onset of a lasting condition */
                       CASEGRAPH_PHYSICAL, /* harm */
                       CASEGRAPH_DEATH,
                       CASEGRAPH_CAUSES };

/* The words for them, ending with NULL. */
extern const char *const casegraph_level_words[], *const casegraph_who_words[], *const casegraph_first_words[], *const casegraph_gives_words[],
                                                                                                                    *const casegraph_payer_words[], *const casegraph_returns_words[];

struct casegraph_status {
    char *name, *doc;
    enum casegraph_level level;
};

struct casegraph_outcome {
    uint8_t to;                       /* stage */
    uint8_t status;                   /* CASEGRAPH_NONE: as before */
    double weight[CASEGRAPH_CLASSES]; /* by the class that the person is taken for */
};

struct casegraph_stage {
    char *name, *doc;
    int16_t service;  /* whose queue a person joins here; -1: none */
    uint8_t priority; /* in that queue, before what the lever `first` does */
    double rate;      /* hazard per day of leaving without a service; 0: none */
    double deadline;  /* days; 0: none */
    uint8_t overdue;  /* stage on reaching the deadline; CASEGRAPH_NONE: as an outcome */
    bool assigns;     /* to one of the placements below, none of them: outside; else the placement stays */
    int placements;
    uint8_t placement[CASEGRAPH_PLACEMENTS];
    enum casegraph_who only;
    uint8_t otherwise;               /* stage of everybody else, at once */
    uint32_t asks;                   /* bits of enum casegraph_gives: places asked for on entering */
    double screens;                  /* chance that a vulnerable person is found to be so on leaving */
    bool hearing;                    /* the person must appear when called */
    uint8_t no_show;                 /* stage of who does not */
    double sensitivity, specificity; /* NaN: no determination, weights by the true class */
    bool decided, appeal;
    int16_t removal;                /* service that removes people meanwhile where the lever suspensive is 0; -1: none */
    uint8_t removed;                /* stage after that */
    enum casegraph_returns returns; /* entering is the return to the state of origin */
    int outcomes;                   /* 0: final, unless a deadline leads on */
    struct casegraph_outcome *outcome;
};

struct casegraph_placement {
    char *name, *doc;
    int16_t service;   /* of kind places; -1: unlimited */
    uint8_t meanwhile; /* placement while waiting for a place; CASEGRAPH_NONE: outside any */
    bool detains, work;
    double use, children, vulnerable, families; /* weight in the assignment; 0 never, 1 last, 2 like everybody */
    double risk_from, risk_to;
    double rate[CASEGRAPH_CAUSES]; /* per day */
    double leave_slope;
    uint8_t leave_stage, return_stage; /* CASEGRAPH_NONE: leaving goes on outside */
    double onset, lasting, child_factor;
    int bands;                                                  /* at least 1 after casegraph_check */
    double band[CASEGRAPH_BANDS], band_factor[CASEGRAPH_BANDS]; /* first day of each, ascending from 0 */
    double appearance, appearance_slope, error;
    double max_days, review_days; /* 0: none */
    uint8_t after;                /* placement after max_days; CASEGRAPH_NONE: outside */
    double cost_day;              /* EUR */
    enum casegraph_payer payer;
};

struct casegraph_service {
    char *name, *doc;
    bool places;                /* people hold a place for a time; else so many are served in a day */
    double staff, productivity; /* capacity = staff * productivity */
    bool newest;                /* within a priority the newest first */
    enum casegraph_first first;
    double overload_loss, overload_days;
    double cost; /* EUR a person served */
    enum casegraph_payer payer;
    enum casegraph_gives gives;
    enum casegraph_who to; /* of those who ask */
    double coverage;       /* share of them for whom it is asked */
};

/* What one state has instead: the baseline of a lever over services or placements. */
struct casegraph_given {
    char *lever;
    bool of_service; /* else of a placement */
    int item;
    uint32_t state; /* of the world */
    double value;
};

struct casegraph {
    int stages, placements, services, statuses;
    struct casegraph_stage *stage;
    struct casegraph_placement *placement;
    struct casegraph_service *service;
    struct casegraph_status *status;
    int start;       /* the stage in which a case begins */
    int states;      /* that open cases; 0: all */
    uint32_t *state; /* of the world */
    int givens;
    struct casegraph_given *given;
};

int casegraph_find_stage(const struct casegraph *graph, const char *name); /* -1: none */
int casegraph_find_placement(const struct casegraph *graph, const char *name);
int casegraph_find_service(const struct casegraph *graph, const char *name);
int casegraph_find_status(const struct casegraph *graph, const char *name);
bool casegraph_opens_in(const struct casegraph *graph, uint32_t state); /* are cases opened in this state of the world? */
/* Nothing more happens there: no outcomes, service, rate, deadline. */
bool casegraph_is_final(const struct casegraph_stage *stage);
/* Items as a reader starts them: every field its default (use 1, children 2, risk_to 1, appearance 1, error 1, child_factor 1, coverage 1,
   productivity 1, sensitivity NaN, no service, no stage ...). */
struct casegraph_stage casegraph_stage_default(void);
struct casegraph_placement casegraph_placement_default(void);
struct casegraph_service casegraph_service_default(void);
/* A case begins in .start; every other stage must be reachable from it, or be where leaving a placement, not appearing, a removal or
   `otherwise` leads; `otherwise` may not go round in a circle; removal and asks need services; a placement's service must be of kind places. */
int casegraph_check(const struct casegraph *graph, struct error *error);
/* The value of a lever over services (or placements) for item and state: as given for the state, else fallback. */
double casegraph_given(const struct casegraph *graph, const char *lever, bool of_service, int item, uint32_t state, double fallback);
void casegraph_free(struct casegraph *graph);

#endif
