/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Departures as a series says: the driver "departures" over places, people a day, step or linear,
     expected(place, day) = departures(place, day) x pull x lever departures(place).
   By chance (Poisson, or negative binomial with overdispersion) or, with exact, to the person at factor 1.
   The places that have a series are the origins that this entry supplies. The parameter conditional says that the series was
   derived from arrivals: then arrivals are no test of the run, and the results file says so with the parameters.
   Source: the scenario's series. Assumption: the series is complete. Limits: the series does not feel what happens at home. */
#include "models/observed.h"

#include "models/pool.h"
#include "models/pull.h"
#include "sim/sim.h"
#include <stddef.h>

struct observed {
    struct pool pool;
    bool exact, conditional; /* parameters */
    struct pool_source departures;
    int lever;
};

#define FIELD(name) offsetof(struct observed, name)
static const struct param params[] = {
    {"exact", PARAM_FLAG, FIELD(exact), "1", "as many people as the series says, not by chance", "assumption: counts of a day are Poisson", 0, 0, 1, NULL, NULL},
    {"conditional", PARAM_FLAG, FIELD(conditional), "1", "the series was derived from arrivals, so that arrivals are no test; changes nothing in the run", "the scenario", 0, 0, 1, NULL, NULL},
    {"overdispersion", PARAM_NUMBER, FIELD(pool.overdispersion), "1", "variance of the monthly factor on departures from a place", "assumption: none, the series has its own ups and downs", 0, 0, 1, NULL, "uniform"},
    {"multiple", PARAM_NUMBER, FIELD(pool.multiple), "1", "largest factor on departures that the latent pool holds", "assumption: policies and perceptions raise departures fourfold at most; more is cut and counted", 4, 1, 1000, NULL, NULL},
    {0}};

static const struct lever levers[] = {
    {"departures", "1", "factor on the people who set out from a place, up to the pool's multiple", 1, 0, 1000, LEVER_PLACE},
    {0}};

static int observed_open(struct sim *sim, void *state)
{
    struct observed *o = state;
    if (pool_open(&o->pool, sim, (struct pool_plan){.entry = POOL_OBSERVED, .purpose = observed.purpose, .carries = o->exact})) return -1;
    o->lever = lever_find(&sim->setup->levers, levers[0].name);
    if (pool_source_open(&o->departures, sim, "departures")) return -1;
    if (o->departures.driver && o->departures.driver->over == DRIVER_PLACE) return 0;
    return fail(&sim->error, FAIL_INPUT, "model observed needs a driver 'departures' over places");
}

static void observed_enter(struct sim *sim, void *state)
{
    struct observed *o = state;
    const struct driver *driver = o->departures.driver;
    double pull_now = pull_factor(sim);
    for (uint32_t s = 0; s < driver->series_count; s++) {
        uint32_t place = driver->series[s].cell;
        double people = pool_source_at(&o->departures, sim, place), factor = pull_now * lever_value(&sim->setup->levers, o->lever, place);
        if (o->exact) pool_enter_exact(sim, &o->pool, place, people, factor);
        else pool_enter(sim, &o->pool, place, people, factor);
    }
}

static void observed_settle(struct sim *sim, void *state) { pool_settle(sim, &((struct observed *)state)->pool); }

static void observed_close(void *state)
{
    struct observed *o = state;
    pool_source_close(&o->departures);
    pool_close(&o->pool);
}

const struct model observed = {
    .name = "observed",
    .doc = "people set out as an observed or assumed series says",
    .source = "the scenario's series",
    .purpose = 20,
    .state_size = sizeof(struct observed),
    .params = params,
    .levers = levers,
    .open = observed_open,
    .enter = observed_enter,
    .settle = observed_settle,
    .close = observed_close,
};
