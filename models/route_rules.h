/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of choice between the links from a place, on one map, for several destinations side by side (route_rules.c says
   how). Knows nothing of people, days and news. A part of models.

   value is [place][n], chance is [link][n] for n destinations. Costs are 0 or more, INFINITY where the link is not there. */
#ifndef WAYFARE_ROUTE_RULES_H
#define WAYFARE_ROUTE_RULES_H

#include "sim/world.h"

enum route_rule { ROUTE_LOGIT,
                  ROUTE_SHORTEST,
                  ROUTE_GRAVITY };

/* A map made ready: the order in which places are taken out of the equations. Positions are places of that order. */
struct route_rules {
    const struct world *world;
    uint32_t *place, *position;    /* of a position; of a place */
    uint32_t *first_lower, *lower; /* positions before p that its equation meets: lower[first_lower[p]] .., ascending */
    uint32_t *first_upper, *upper; /* and after it */
};

void route_rules_open(struct route_rules *rules, const struct world *world);
void route_rules_close(struct route_rules *rules);

enum route_rules_answer { ROUTE_RULES_FOUND,
                          ROUTE_RULES_ENDLESS,     /* circles cost too little: the sum over ways has no end */
                          ROUTE_RULES_VANISHING }; /* some place is so far that its value cannot be told from 0 */

/* z by weight of each link, 0 where it is not there; a place without a way has 0. answer: of each destination. */
void route_rules_logit(const struct route_rules *rules, const double *weight, uint32_t n, const uint32_t *destination, double *value, uint8_t *answer);
void route_rules_logit_chance(const struct world *world, const double *weight, uint32_t n, const uint32_t *destination, const double *value, double *chance);

/* The least cost of a way there; INFINITY where there is none. */
void route_rules_shortest(const struct world *world, const double *cost, uint32_t n, const uint32_t *destination, double *value);
void route_rules_shortest_chance(const struct world *world, const double *cost, uint32_t n, const uint32_t *destination, const double *value, double *chance);

struct route_rules_gravity {
    const double *attraction; /* by link: of the place it leads to */
    double power, least;      /* cost that less counts as, above 0 */
};

/* value: least costs, which tell what leads to the destination. */
void route_rules_gravity_chance(const struct world *world, const double *cost, const struct route_rules_gravity *gravity, uint32_t n, const uint32_t *destination, const double *value, double *chance);

#endif
