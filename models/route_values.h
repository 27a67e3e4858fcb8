/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ways to a destination are worth: a recursive logit over links (route_values.c says how). A part of models. */
#ifndef WAYFARE_ROUTE_VALUES_H
#define WAYFARE_ROUTE_VALUES_H

#include "sim/param.h"
#include "sim/world.h"

struct sim;

/* Parameters. Costs, and the scale that they are measured against, are in one unit of the scenario's choice (money, say). */
struct route_plan {
    double price_weight, time_weight, risk_weight, control_weight; /* cost per unit of money, day, unit of risk, unit of control */
    double scale;                                                  /* cost by which one way must be worse to be taken e times less often */
    double speed_km;                                               /* a day, where a link has no days */
    int64_t lag_days;                                              /* age of what people know of costs and closures */
    struct param_list price_factor;                                /* on price_weight, by class; empty: one class, 1 */
};

struct route_values {
    const struct route_plan *plan;
    const struct world *world;
    uint32_t classes, destinations;
    uint32_t *destination; /* places */
    double *days, *risk;   /* by link, blanks filled in */
    double *past;          /* [lag_days + 1][class][link]: exp(-cost / scale) of each of the last days, 0 where closed */
    double *known;         /* [class][link]: the same as people know it, and the values were last asked of */
    double *value;         /* [class][destination][place]: z */
    uint8_t *missing;      /* [class][destination]: known has no values; value is what was found last */
};

enum route_values_answer { ROUTE_VALUES_FOUND,
                           ROUTE_VALUES_ENDLESS,     /* circles cost too little: the sum over ways has no end, or does not settle */
                           ROUTE_VALUES_VANISHING }; /* some place is so far that its value cannot be told from 0 */

/* z of every place for one destination, by weight of each link, 0 where closed. A place without a way there has 0. */
enum route_values_answer route_values_solve(const struct world *world, const double *weight, uint32_t destination, double *value);

/* plan stays the caller's. Values as of a map without closures, at these prices and controls by link, must exist: 0, or -1
   with sim's error. What belongs to the run's state is kept with sim. */
int route_values_open(struct route_values *routes, struct sim *sim, const struct route_plan *plan, uint32_t destinations, const uint32_t *destination, const double *price, const double *control);
/* Each morning with today's prices and controls: remembers them, and makes the values anew if what people know has changed. */
void route_values_morning(struct route_values *routes, struct sim *sim, const double *price, const double *control);
uint32_t route_values_missing(const struct route_values *routes); /* how many (class, destination) have none of their own */
void route_values_close(struct route_values *routes);

/* By number of the destination, not its place. */
static inline double route_values_at(const struct route_values *r, uint32_t group, uint32_t destination, uint32_t place)
{
    return r->value[((size_t)group * r->destinations + destination) * r->world->places + place];
}

/* P(link | at its start): exp(-cost / scale) z(end) / z(start). 0 where people know of no way. */
static inline double route_values_chance(const struct route_values *r, uint32_t group, uint32_t destination, uint32_t link)
{
    const struct world_link *l = &r->world->link[link];
    double start = route_values_at(r, group, destination, l->from);
    return start > 0 ? r->known[(size_t)group * r->world->links + link] * route_values_at(r, group, destination, l->to) / start : 0;
}

#endif
