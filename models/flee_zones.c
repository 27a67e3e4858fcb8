/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conflict zones and kinds of places, by Flee's rules.

   A conflict begins on the day its series rises above 1e-6 and ends on the day it falls below: while it lasts the place is
   no town and people leave with conflict_movechance. Its effect decays as decay[min(days / interval, last)].
   compat keeps the intensity of the first day (B4); fixed follows the series.
   Source: Suleimenova, Bell, Groen, Sci. Rep. 7:13377 (2017); Flee's rule set. Assumption: a place is calm or in conflict as a
   whole. Limits: no floods, no food insecurity. */
#include "models/flee_zones.h"

#include "sim/memory.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

#define CALM 1e-6 /* series values below are no conflict */

#define FIELD(name) offsetof(struct flee_zones, name)

static const struct param params[] = {
    {"rules", PARAM_CHOICE, FIELD(rules), "1", "fixed does what the documentation of Flee's rules means; compat does what Flee does", "wayfare", 0, 0, 1, "fixed|compat", NULL},
    {"conflict_spawn_decay", PARAM_LIST, FIELD(decay), "1", "share of a conflict's effect left, by interval since it began; not given: no decay", "Flee rule set", 1, 0, 1e6, NULL, NULL},
    {"conflict_spawn_decay_interval", PARAM_INTEGER, FIELD(decay_interval), "days", "length of one interval of conflict_spawn_decay", "Flee rule set", 30, 1, 36500, NULL, NULL},
    {"conflict_movechance", PARAM_NUMBER, FIELD(conflict_movechance), "1/day", "chance to leave a place in conflict", "Suleimenova et al. 2017", 1.0, 0, 1, NULL, "uniform"},
    {"camp_movechance", PARAM_NUMBER, FIELD(camp_movechance), "1/day", "chance to leave a camp", "Suleimenova et al. 2017", 0.001, 0, 1, NULL, "loguniform"},
    {"idpcamp_movechance", PARAM_NUMBER, FIELD(idp_camp_movechance), "1/day", "chance to leave a camp for internally displaced people", "Flee rule set", 0.1, 0, 1, NULL, "loguniform"},
    {"default_movechance", PARAM_NUMBER, FIELD(default_movechance), "1/day", "chance to leave a town", "Suleimenova et al. 2017", 0.3, 0, 1, NULL, "uniform"},
    {0}};

static const struct lever levers[] = {
    {"camp_capacity", "1", "factor on the capacity of a place", 1, 0, 1e6, LEVER_PLACE},
    {0}};

double flee_zones_decay(const struct flee_zones *z, uint32_t place, int32_t day)
{
    if (z->decay.count == 0) return 1.0;
    int64_t step = (day - z->since[place]) / z->decay_interval;
    return z->decay.value[step < z->decay.count ? step : z->decay.count - 1];
}

/* Later words of a kind override earlier ones, as Flee reads a place's type. */
static double chance_of(const struct flee_zones *z, uint32_t kind)
{
    if (kind & (WORLD_MARKER | WORLD_FORWARDING)) return 1.0;
    if (kind & WORLD_CONFLICT) return z->conflict_movechance;
    if (kind & WORLD_IDP_CAMP) return z->idp_camp_movechance;
    return kind & WORLD_CAMP ? z->camp_movechance : z->default_movechance;
}

static void begin_conflict(struct flee_zones *z, uint32_t place, double intensity, int32_t day)
{
    z->conflict[place] = intensity;
    z->since[place] = day;
    z->movechance[place] = z->conflict_movechance;
    z->kind[place] &= ~(uint32_t)WORLD_TOWN;
    z->changed = true;
}

static void end_conflict(struct flee_zones *z, uint32_t place)
{
    z->conflict[place] = -1;
    z->movechance[place] = z->default_movechance;
    z->kind[place] |= WORLD_TOWN;
    z->changed = true;
}

static void set_kind(struct flee_zones *z, uint32_t place, uint32_t kind)
{
    z->kind[place] = kind;
    z->conflict[place] = kind & WORLD_CONFLICT ? 1.0 : -1.0;
    z->movechance[place] = chance_of(z, kind);
    /* Flee takes a place that people hardly leave for a camp. */
    if (z->rules == FLEE_COMPAT && z->movechance[place] < 0.005 && !(kind & WORLD_CAMP)) z->kind[place] = (kind | WORLD_CAMP) & ~(uint32_t)WORLD_TOWN;
}

static void open_place(struct flee_zones *z, const struct world *world, uint32_t i, const double *intensity)
{
    const struct world_place *place = &world->place[i];
    set_kind(z, i, place->kind);
    z->since[i] = -1;
    if (place->kind & WORLD_CONFLICT && intensity && !isnan(intensity[i])) z->conflict[i] = intensity[i];
    z->capacity[i] = place->kind & WORLD_CAMP ? place->capacity : -1;
    z->population[i] = place->kind & WORLD_CAMP ? 0 : place->population;
}

static int zones_open(struct sim *sim, void *state)
{
    struct flee_zones *z = state;
    uint32_t n = z->places = sim->world->places;
    z->conflict = memory_new(n, sizeof *z->conflict);
    z->since = memory_new(n, sizeof *z->since);
    z->movechance = memory_new(n, sizeof *z->movechance);
    z->kind = memory_new(n, sizeof *z->kind);
    z->capacity = memory_new(n, sizeof *z->capacity);
    z->population = memory_new(n, sizeof *z->population);
    z->capacity_factor = lever_find(&sim->setup->levers, levers[0].name);
    z->capacity_per_day = world_values(sim->world, "capacity_per_day", false);
    for (uint32_t i = 0; i < n; i++) open_place(z, sim->world, i, world_values(sim->world, "conflict_intensity", false));
    sim_keep(sim, "flee_zones.conflict", SIM_F64, n, z->conflict);
    sim_keep(sim, "flee_zones.since", SIM_I32, n, z->since);
    sim_keep(sim, "flee_zones.movechance", SIM_F64, n, z->movechance);
    sim_keep(sim, "flee_zones.kind", SIM_U32, n, z->kind);
    sim_keep(sim, "flee_zones.capacity", SIM_F64, n, z->capacity);
    sim_keep(sim, "flee_zones.population", SIM_F64, n, z->population);
    return 0;
}

static void follow_conflict(struct flee_zones *z, uint32_t place, double yesterday, double today, int32_t day)
{
    if (today > CALM && (day == 0 || yesterday < CALM)) begin_conflict(z, place, today, day);
    else if (day > 0 && today < CALM && yesterday >= CALM) end_conflict(z, place);
    if (z->rules == FLEE_COMPAT) return;
    if (today > CALM) z->conflict[place] = today;
    else if (z->conflict[place] > 0) end_conflict(z, place);
}

static void zones_morning(struct sim *sim, void *state)
{
    struct flee_zones *z = state;
    const struct driver *conflict = driver_find(&sim->setup->drivers, "conflict");
    z->changed = false;
    for (uint32_t i = 0; i < z->places; i++)
        if (sim->world->kind_changed[i]) set_kind(z, i, sim->world->place[i].kind);
    for (uint32_t s = 0; conflict && s < conflict->series_count; s++) {
        uint32_t place = conflict->series[s].cell;
        double yesterday = sim->day > 0 ? driver_at(conflict, place, sim->day - 1) : 0;
        follow_conflict(z, place, yesterday, conflict->today[place], sim->day);
    }
}

/* fixed: a place without a limit gets none by growing (B6). */
void flee_zones_grow(struct flee_zones *z)
{
    for (uint32_t i = 0; z->capacity_per_day && i < z->places; i++)
        if (z->capacity_per_day[i] > 0 && (z->rules == FLEE_COMPAT || z->capacity[i] > 0)) z->capacity[i] += floor(z->capacity_per_day[i]);
}

static void zones_close(void *state)
{
    struct flee_zones *z = state;
    memory_free(z->conflict), memory_free(z->since), memory_free(z->movechance);
    memory_free(z->kind), memory_free(z->capacity), memory_free(z->population);
}

const struct model flee_zones = {
    .name = "flee_zones",
    .doc = "conflict zones, kinds of places and their move chances, by Flee's rules",
    .source = "Suleimenova et al. 2017, doi 10.1038/s41598-017-13828-9; Flee rule set",
    .purpose = 1,
    .state_size = sizeof(struct flee_zones),
    .params = params,
    .levers = levers,
    .open = zones_open,
    .morning = zones_morning,
    .close = zones_close,
};
