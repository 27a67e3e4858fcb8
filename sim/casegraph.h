/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second graph a person stands in: stages of a case and placements, read from data. */
#ifndef WAYFARE_CASEGRAPH_H
#define WAYFARE_CASEGRAPH_H

#include "fail.h"
#include <stdint.h>

#define CASEGRAPH_NONE UINT8_MAX
#define CASEGRAPH_OUTCOMES 64 /* of one stage */

struct casegraph_outcome {
    uint8_t to;        /* stage */
    uint8_t placement; /* placement on reaching it; CASEGRAPH_NONE: unchanged */
    double weight;
};

struct casegraph_stage {
    char *name, *doc;
    int16_t service;  /* index of the service whose queue a person joins here; -1: none */
    uint8_t priority; /* in that queue */
    double rate;      /* hazard per day of leaving without a service; 0: none */
    double deadline;  /* days; 0: none */
    uint8_t overdue;  /* stage on reaching the deadline; CASEGRAPH_NONE: as an outcome */
    int outcomes;     /* 0: final */
    struct casegraph_outcome *outcome;
};

struct casegraph_placement {
    char *name, *doc;
    double leave_rate;   /* hazard per day of leaving without leave (absconding) */
    uint8_t leave_stage; /* stage after that */
    double harm_rate;    /* hazard per day of harm */
    double capacity;     /* people; 0: unlimited */
};

struct casegraph_service {
    char *name, *doc;
    double capacity; /* people per day, may be fractional */
    char *rule;      /* "oldest" or "newest" */
};

struct casegraph {
    int stages, placements, services;
    struct casegraph_stage *stage;
    struct casegraph_placement *placement;
    struct casegraph_service *service;
};

int casegraph_find_stage(const struct casegraph *graph, const char *name); /* -1: none */
int casegraph_find_placement(const struct casegraph *graph, const char *name);
int casegraph_find_service(const struct casegraph *graph, const char *name);
/* A case begins in stage 0; every other stage must be reachable from it, or be where leaving a placement leads. */
int casegraph_check(const struct casegraph *graph, struct error *error);
void casegraph_free(struct casegraph *graph);

#endif
