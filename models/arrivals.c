/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry by a series: as many people enter a place each day as the driver "arrivals" says, times what an indicator says,
     N(t) = arrivals(t) x f,   f = max(0, 1 + inflow_elasticity x inflow_indicator(t - 1)),
   f = 1 without an indicator or before it has a value. The series alone, fractions carried over, gives a number of parties of the
   day; times f, rounded up or down by one draw of the day and place, so that f is right on average, an arm with a larger f has
   the same first parties of a day and some more, and f = 1 changes nothing. With `at` everybody enters at that place; the
   series' place is the origin in their ids, and traits are drawn as for it.
   Source: the scenario's series. Assumption: the series is complete; who decides to come looks at one number.
   Limits: no traits beyond the scenario's tables; parties of party_size, or of the sizes that a trait party_size by party says. */
#include "models/arrivals.h"

#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

#define DRIVER_ARRIVALS 3 /* in a person's id */
#define MOST_SIZE 32      /* members that fit a person's id */

enum { DRAW_ROUND }; /* purposes */

struct arrivals {
    int64_t party_size;
    char *at, *inflow_indicator;
    double inflow_elasticity;
    double *left;       /* by place: people of the series who do not yet make a party; below 0: more have come, in whole parties */
    uint32_t enters_at; /* WORLD_NOWHERE: where the series says */
    int indicator;      /* -1: none */
    int size_trait;
};

#define FIELD(name) offsetof(struct arrivals, name)
static const struct param params[] = {
    {"party_size", PARAM_INTEGER, FIELD(party_size), "persons", "everybody enters in parties of this size, unless there is a trait party_size", "assumption: alone", 1, 1, 31, NULL, NULL},
    {"at", PARAM_TEXT, FIELD(at), "1", "place where all enter, from whatever origin; blank: where the series says", "the scenario", 0, 0, 0, NULL, NULL},
    {"inflow_indicator", PARAM_TEXT, FIELD(inflow_indicator), "1", "indicator that people know of when they set out; blank: none", "the scenario", 0, 0, 0, NULL, NULL},
    {"inflow_elasticity", PARAM_NUMBER, FIELD(inflow_elasticity), "1", "share by which arrivals rise for each unit of the indicator", "assumption: none", 0, -2, 2, NULL, "uniform"},
    {0}};

/* ---- opening ---- */

static int find_place(struct sim *sim, struct arrivals *a)
{
    char hint[96];
    a->enters_at = a->at ? world_find_place(sim->world, a->at) : WORLD_NOWHERE;
    if (!a->at || a->enters_at != WORLD_NOWHERE) return 0;
    const char **names = memory_new(sim->world->places, sizeof *names);
    for (uint32_t i = 0; i < sim->world->places; i++) names[i] = sim->world->place[i].name;
    fail(&sim->error, FAIL_INPUT, "arrivals.at: there is no place '%s'%s", a->at, fail_nearest(hint, a->at, names, sim->world->places));
    memory_free(names);
    return -1;
}

static int find_size(struct sim *sim, struct arrivals *a)
{
    a->size_trait = portrait_find(sim, "party_size");
    const struct trait *trait = a->size_trait == TRAIT_NONE ? NULL : &sim->setup->traits.trait[a->size_trait];
    if (!trait || !trait->by_party) a->size_trait = TRAIT_NONE;
    for (uint32_t v = 0; a->size_trait != TRAIT_NONE && v < trait->values; v++) {
        int64_t size;
        if (param_parse_integer(trait->label[v], &size) || size < 1 || size > MOST_SIZE) return fail(&sim->error, FAIL_INPUT, "trait 'party_size': expected numbers from 1 to %d as values, found '%s'", MOST_SIZE, trait->label[v]);
    }
    return 0;
}

static int arrivals_open(struct sim *sim, void *state)
{
    struct arrivals *a = state;
    const struct driver *driver = driver_find(&sim->setup->drivers, "arrivals");
    if (!driver || driver->over != DRIVER_PLACE) return fail(&sim->error, FAIL_INPUT, "model arrivals needs a driver 'arrivals' over places");
    a->indicator = -1;
    a->left = memory_new(sim->world->places, sizeof *a->left);
    sim_keep(sim, "arrivals.left", SIM_F64, sim->world->places, a->left);
    return find_place(sim, a) || find_size(sim, a) ? -1 : 0;
}

/* Indicators are declared by models that may open after this one. */
static void find_indicator(struct sim *sim, struct arrivals *a)
{
    char hint[96];
    size_t count = (size_t)sim->indicators;
    const char **names = memory_new(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = sim->indicator[i].name;
        if (!strcmp(names[i], a->inflow_indicator)) a->indicator = (int)i;
    }
    if (a->indicator < 0) fail(&sim->error, FAIL_INPUT, "arrivals.inflow_indicator: there is no indicator '%s'%s", a->inflow_indicator, fail_nearest(hint, a->inflow_indicator, names, count));
    memory_free(names);
}

static void arrivals_morning(struct sim *sim, void *state)
{
    struct arrivals *a = state;
    if (a->inflow_indicator && a->indicator < 0) find_indicator(sim, a);
}

/* ---- entering ---- */

static double factor_of(const struct sim *sim, const struct arrivals *a)
{
    double seen = a->indicator < 0 ? NAN : sim->indicator[a->indicator].value, factor = 1 + a->inflow_elasticity * seen;
    return isnan(factor) ? 1 : fmax(0, factor);
}

static uint32_t size_of(const struct sim *sim, const struct arrivals *a, struct person_id_parts party)
{
    int64_t size = a->party_size;
    if (a->size_trait != TRAIT_NONE) param_parse_integer(portrait_label(sim, a->size_trait, portrait_draw_value(sim, a->size_trait, party.place, person_id(party), 0)), &size);
    return (uint32_t)size;
}

/* How many parties the series alone brings. Sizes that differ: a party comes while anybody is due, so that none is passed over. */
static int64_t parties_of(const struct sim *sim, struct arrivals *a, struct person_id_parts party, double people)
{
    double scale = sim->setup->scale, *left = &a->left[party.place], all = people + *left;
    int64_t parties = 0;
    if (a->size_trait == TRAIT_NONE) {
        double size = (double)a->party_size * scale;
        parties = all > 0 ? (int64_t)(all / size) : 0;
        *left = all - (double)parties * size;
        return parties;
    }
    for (*left = all; *left > 1e-9 * scale && party.party < PERSON_MOST_PARTIES; party.party++, parties++) *left -= size_of(sim, a, party) * scale;
    return parties;
}

/* One uniform for the day and place: the number grows with the factor and is right on average. */
static int64_t times(const struct sim *sim, int64_t parties, double factor, struct person_id_parts party)
{
    if (factor == 1) return parties;
    double uniform = rng_uniform(rng_draw(sim->setup->seed, person_id(party), arrivals.purpose * 256u + DRAW_ROUND, 0, 0).word[0]);
    return (int64_t)fmin((double)parties * factor + uniform, PERSON_MOST_PARTIES);
}

/* Whoever heads a party of a drawn size is an adult. */
static void enter_party(struct sim *sim, const struct arrivals *a, uint32_t at, struct person_id_parts party)
{
    uint32_t size = size_of(sim, a, party), slot = sim_enter(sim, at, size, party, true);
    if (a->size_trait != TRAIT_NONE && size > 1 && sim->persons.count - slot == size) portrait_make_adult(sim, slot);
}

static void enter_place(struct sim *sim, struct arrivals *a, uint32_t place, double people, double factor)
{
    struct person_id_parts first = {.driver = DRIVER_ARRIVALS, .place = place, .day = (uint32_t)sim->day};
    uint32_t at = a->enters_at == WORLD_NOWHERE ? place : a->enters_at;
    int64_t parties = times(sim, parties_of(sim, a, first, people), factor, first);
    bool alone = a->party_size == 1 && a->size_trait == TRAIT_NONE;
    if (alone && parties > 0) sim_enter(sim, at, (uint64_t)parties, first, false);
    for (int64_t i = 0; !alone && i < parties && !sim->error.status; i++, first.party++) enter_party(sim, a, at, first);
}

static void arrivals_enter(struct sim *sim, void *state)
{
    const struct driver *driver = driver_find(&sim->setup->drivers, "arrivals");
    double factor = factor_of(sim, state);
    for (uint32_t s = 0; s < driver->series_count; s++) {
        uint32_t place = driver->series[s].cell;
        if (!isnan(driver->today[place])) enter_place(sim, state, place, driver->today[place], factor);
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
    .morning = arrivals_morning,
    .enter = arrivals_enter,
    .close = arrivals_close,
};
