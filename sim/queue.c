/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue.h"

#include "rng.h"
#include "sim.h"
#include <string.h>

const struct lever queue_levers[] = {
    {"service_capacity", "people per day", "how many people a service serves in a day", 0, 0, 1e12, LEVER_SERVICE},
    {0}};

void queue_open(struct sim *sim)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    sim->services = service_open(sim->tuning.threads);
    for (int i = 0; i < graph->services; i++) service_declare(sim->services, graph->service[i].name, graph->service[i].rule && !strcmp(graph->service[i].rule, "newest") ? SERVICE_NEWEST : SERVICE_OLDEST);
    lever_declare(&sim->setup->levers, &queue_levers[0], (uint32_t)graph->services);
}

int queue_baseline(struct sim *sim)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    int lever = lever_find(&sim->setup->levers, queue_levers[0].name);
    for (int i = 0; i < graph->services; i++) sim->setup->levers.baseline[lever][i] = graph->service[i].capacity;
    sim_keep(sim, "service_carry", SIM_F64, (uint32_t)graph->services, service_carry(sim->services));
    return 0;
}

/* The wait of this person that holds the ticket, -1: none. */
static int holds(const struct sim *sim, const struct person *p, uint32_t ticket)
{
    if (p->flags & PERSON_DEAD) return -1;
    for (int i = 0; i < sim->waits.count; i++)
        if (wait_kind(p, i) == WAIT_TICKET && p->threshold[i] == ticket) return i;
    return -1;
}

static bool check(const void *context, uint32_t slot, uint32_t ticket, uint64_t *key, uint64_t *id)
{
    const struct sim *sim = context;
    const struct person *p = &sim->persons.row[slot];
    if (slot >= sim->persons.count || holds(sim, p, ticket) < 0) return false;
    *id = p->id;
    *key = rng_key(sim->setup->seed, p->id, RNG_QUEUE, ticket);
    return true;
}

/* A ticket that is called becomes a day: today, at day fraction 0. */
static void called(void *context, uint32_t slot, uint32_t ticket)
{
    struct sim *sim = context;
    struct person *p = &sim->persons.row[slot];
    wait_begin_day(p, holds(sim, p, ticket), sim->day);
    sim->persons.hint[slot] = wait_code(sim->day);
}

void queue_serve(struct sim *sim)
{
    const struct lever_set *levers = &sim->setup->levers;
    int lever = lever_find(levers, queue_levers[0].name);
    service_set_rows(sim->services, sim->persons.row, sizeof *sim->persons.row);
    for (int i = 0; i < service_count(sim->services); i++) service_serve(sim->services, i, sim->day, lever_value(levers, lever, (uint32_t)i) / sim->setup->scale, check, sim, called, sim);
}

void queue_rebuild(struct sim *sim)
{
    service_clear(sim->services);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        for (int i = 0; i < sim->waits.count; i++)
            if (wait_kind(p, i) == WAIT_TICKET) service_join(sim->services, 0, slot, p->threshold[i]);
    }
    service_settle(sim->services);
}

void queue_compact(struct sim *sim)
{
    sim->dead -= person_compact(&sim->persons);
    if (service_count(sim->services) > 0) queue_rebuild(sim);
}
