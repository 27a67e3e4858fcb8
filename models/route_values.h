/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which way people go: chances of the links from a place, by class of people and destination, from costs as people know them
   (route_values.c says how, route_rules.c which rules there are). A part of models. */
#ifndef WAYFARE_ROUTE_VALUES_H
#define WAYFARE_ROUTE_VALUES_H

#include "models/route_rules.h"
#include "sim/field.h"
#include "sim/param.h"

struct sim;

#define ROUTE_VALUES_CLASSES 8
#define ROUTE_VALUES_RULES "logit|shortest|gravity" /* words of enum route_rule, for the parameter */

/* Parameters. Costs, and the scale that they are measured against, are in one unit of the scenario's choice (money, say).
   Lists have one factor for each class of people on the weight before them, or none at all: 1. */
struct route_plan {
    int rule;                                                                 /* enum route_rule */
    double price_weight, time_weight, risk_weight, control_weight;            /* cost per unit of money, day, unit of risk, unit of control */
    struct param_list price_factor, time_factor, risk_factor, control_factor; /* by class */
    double papers_control;                                                    /* factor on control_weight for people with papers, where some link needs papers */
    double scale;                                                             /* logit: cost by which one way must be worse to be taken e times less often */
    double power;                                                             /* gravity: of the cost */
    double speed_km;                                                          /* a day, where a link has no days */
    int64_t lag_days;                                                         /* age of what people know */
};

/* Today's numbers by link, 0 or more: as people would see them if they were there. What is seen may differ from what
   happens: hazards are drawn from other arrays. */
struct route_costs {
    const double *price, *days, *risk, *control;
    const uint8_t *closed_to; /* bit c: closed to class c, whether or not the map has it open; NULL: nothing more is closed */
};

enum route_input { ROUTE_PRICE,
                   ROUTE_DAYS,
                   ROUTE_RISK,
                   ROUTE_CONTROL,
                   ROUTE_CLOSED, /* bits, as in closed_to */
                   ROUTE_PAPERS,
                   ROUTE_ATTRACTION, /* of the place the link leads to */
                   ROUTE_INPUTS };

struct route_values {
    const struct route_plan *plan;
    const struct world *world;
    uint32_t classes, groups, destinations; /* groups: route classes, see route_values_class() */
    bool papers;                            /* some link needs papers, now or later */
    uint32_t *destination;                  /* places */
    struct field papers_needed, attraction;
    struct route_rules rules;
    double *past;     /* [lag_days + 1][input][link]: each of the last days */
    double *known;    /* [input][link]: as people know it, and what follows was made from */
    double *cost;     /* [group][link]; INFINITY: people do not see the link */
    double *value;    /* [group][place][destination] */
    double *chance;   /* [group][link][destination] */
    uint8_t *missing; /* [group][destination]: known has no values; value is what was found last */
};

/* plan stays the caller's; classes is the number of classes of people. Values as of a map without closures, at these costs,
   must exist: 0, or -1 with sim's error. What belongs to the run's state is kept with sim. */
int route_values_open(struct route_values *routes, struct sim *sim, const struct route_plan *plan, uint32_t classes, uint32_t destinations, const uint32_t *destination, const struct route_costs *costs);
/* Each morning: remembers today's numbers, and makes the chances anew if what people know has changed. */
void route_values_morning(struct route_values *routes, struct sim *sim, const struct route_costs *costs);
uint32_t route_values_missing(const struct route_values *routes); /* how many (group, destination) have no values of their own */
void route_values_close(struct route_values *routes);             /* accepts zeroes and the half opened */

/* Days on a link: as given, else (NaN) by length and speed. */
static inline double route_values_days(const struct route_plan *plan, const struct world_link *link, double given) { return isnan(given) ? link->km / plan->speed_km : given; }

/* The route class of people. Where no link needs papers, papers make no difference. */
static inline uint32_t route_values_class(const struct route_values *r, uint32_t class, bool papers) { return r->papers ? class * 2 + papers : class; }

/* Destinations by their number, not their place. Logit: z; else the least cost, INFINITY where people know of no way. */
static inline double route_values_at(const struct route_values *r, uint32_t group, uint32_t destination, uint32_t place)
{
    return r->value[((size_t)group * r->world->places + place) * r->destinations + destination];
}

/* P(link | at its start): 0 where people know of no way, and at the destination itself. */
static inline double route_values_chance(const struct route_values *r, uint32_t group, uint32_t destination, uint32_t link)
{
    return r->chance[((size_t)group * r->world->links + link) * r->destinations + destination];
}

#endif
