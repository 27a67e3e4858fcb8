/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry by a series: as many people enter a place each day as the driver "arrivals" says.
   N(t) = arrivals(t), fractions carried over. Source: the scenario's series. Assumption: the series is complete.
   Limits: no traits beyond the scenario's tables, everybody alone or in parties of party_size. */
#include "models/arrivals.h"

#include "sim/memory.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

#define DRIVER_ARRIVALS 3 /* in a person's id */

struct arrivals {
    int64_t party_size;
    double *left; /* by place: people who do not yet make a party */
};

static const struct param params[] = {
    {"party_size", PARAM_INTEGER, offsetof(struct arrivals, party_size), "persons", "everybody enters in parties of this size", "assumption: alone", 1, 1, 31, NULL, NULL},
    {0}};

static int arrivals_open(struct sim *sim, void *state)
{
    struct arrivals *a = state;
    const struct driver *driver = driver_find(&sim->setup->drivers, "arrivals");
    if (!driver || driver->over != DRIVER_PLACE) return fail(&sim->error, FAIL_INPUT, "model arrivals needs a driver 'arrivals' over places");
    a->left = memory_new(sim->world->places, sizeof *a->left);
    sim_keep(sim, "arrivals.left", SIM_F64, sim->world->places, a->left);
    return 0;
}

static void enter_place(struct sim *sim, struct arrivals *a, uint32_t place, double people)
{
    double size = (double)a->party_size * sim->setup->scale, all = people + a->left[place];
    int64_t parties = all > 0 ? (int64_t)(all / size) : 0;
    a->left[place] = all - (double)parties * size;
    struct person_id_parts first = {.driver = DRIVER_ARRIVALS, .place = place, .day = (uint32_t)sim->day};
    if (a->party_size == 1 && parties > 0) sim_enter(sim, place, (uint64_t)parties, first, false);
    for (int64_t i = 0; a->party_size > 1 && i < parties; i++, first.party++) sim_enter(sim, place, (uint32_t)a->party_size, first, true);
}

static void arrivals_enter(struct sim *sim, void *state)
{
    const struct driver *driver = driver_find(&sim->setup->drivers, "arrivals");
    for (uint32_t s = 0; s < driver->series_count; s++) {
        uint32_t place = driver->series[s].cell;
        if (!isnan(driver->today[place])) enter_place(sim, state, place, driver->today[place]);
    }
}

static void arrivals_close(void *state) { memory_free(((struct arrivals *)state)->left); }

const struct model arrivals = {
    .name = "arrivals",
    .doc = "people enter places as a series says",
    .source = "the scenario's series",
    .purpose = 4,
    .state_size = sizeof(struct arrivals),
    .params = params,
    .open = arrivals_open,
    .enter = arrivals_enter,
    .close = arrivals_close,
};
