/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue.h"

#include "memory.h"
#include "parallel.h"
#include "rng.h"
#include "sim.h"
#include <assert.h>
#include <math.h>

enum { STAFF,
       PRODUCTIVITY,
       NEWEST,
       FIRST,
       LEVERS };

const struct lever queue_levers[] = {
    [STAFF] = {"staff", "people", "staff of a service; capacity = staff x productivity", 0, 0, 1e12, LEVER_SERVICE},
    [PRODUCTIVITY] = {"productivity", "people per day", "people a day whom one of the staff serves; of a service that has places, how many people hold one", 1, 0, 1e12, LEVER_SERVICE},
    [NEWEST] = {"newest", "1", "within a priority, who came last goes first (1) or last (0)", 0, 0, 1, LEVER_SERVICE},
    [FIRST] = {"first", "code", "who goes before others: 0 nobody, 1 children, 2 vulnerable people, 3 people likely to be refused, 4 people likely to be recognised", 0, 0, CASEGRAPH_FIRSTS - 1, LEVER_SERVICE},
    [LEVERS] = {0}};

/* A ticket column holds QUEUE_NONE, ticket + 1, or QUEUE_CALLED, which no ticket reaches: a priority has three bits of its four. */
struct column {
    int column, wait;
};

struct queue {
    int lever[LEVERS];
    int waiting, served, places_taken; /* tallies; not declared where there are no services */
    uint32_t count;                    /* services x states of the world */
    uint32_t *open, opens;             /* those served each day: of states that open cases */
    double *capacity;                  /* of today; yesterday's until queue_morning() */
    uint8_t *first;                    /* whom the tickets of a queue put first: the lever as of the last serving */
    struct column *column;
    int columns;
    queue_priority *priority; /* NULL: all are 0 */
    const void *prioritiser;
};

static double lever_at(const struct sim *sim, int lever, uint32_t number) { return lever_value(&sim->setup->levers, sim->queue->lever[lever], number); }

static const struct casegraph_service *service_at(const struct sim *sim, uint32_t number) { return &sim->setup->casegraph.service[number / sim->world->states]; }

static uint32_t *ticket_cell(const struct sim *sim, int column, uint32_t slot) { return (uint32_t *)sim->persons.column[column].data + slot; }

/* ---- opening */

static const char **service_names(const struct casegraph *graph)
{
    const char **name = memory_new((size_t)graph->services, sizeof *name);
    for (int i = 0; i < graph->services; i++) name[i] = graph->service[i].name;
    return name;
}

static void declare_tallies(struct sim *sim)
{
    struct queue *queue = sim->queue;
    struct tally_set *t = &sim->tallies;
    const char **names = service_names(&sim->setup->casegraph);
    int axis[2] = {tally_axis(t, "service", (uint32_t)sim->setup->casegraph.services, names),
                   tally_axis(t, "state", sim->world->states, (const char *const *)sim->world->state)};
    queue->waiting = tally_declare(t, "waiting", "people", "people in the queue of the service at the end of the day", TALLY_STOCK, 2, axis);
    queue->served = tally_declare(t, "served", "people", "people called by the service", TALLY_FLOW, 2, axis);
    queue->places_taken = tally_declare(t, "places_taken", "people", "people who hold a place of the service at the end of the day", TALLY_STOCK, 2, axis);
    memory_free(names);
}

static void declare_queue(struct sim *sim, uint32_t number)
{
    struct queue *queue = sim->queue;
    const struct casegraph_service *service = service_at(sim, number);
    uint32_t state = number % sim->world->states;
    char *name = memory_format("%s@%s", service->name, sim->world->state[state]);
    service_declare(sim->services, name, service->newest ? SERVICE_NEWEST : SERVICE_OLDEST);
    memory_free(name);
    if (casegraph_opens_in(&sim->setup->casegraph, state)) queue->open[queue->opens++] = number;
}

void queue_open(struct sim *sim)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    uint64_t count = (uint64_t)graph->services * sim->world->states;
    struct queue *queue = sim->queue = memory_new(1, sizeof *queue);
    sim->services = service_open(sim->tuning.threads);
    if (count > SERVICE_MOST) {
        fail(&sim->error, FAIL_INPUT, "%d services in each of %u states are %llu queues, %d at most: name fewer services or merge states", graph->services, sim->world->states, (unsigned long long)count, SERVICE_MOST);
        return;
    }
    queue->count = (uint32_t)count;
    queue->open = memory_new(count, sizeof *queue->open);
    queue->capacity = memory_new(count, sizeof *queue->capacity);
    queue->first = memory_new(count, sizeof *queue->first);
    for (uint32_t number = 0; number < queue->count; number++) declare_queue(sim, number);
    for (int i = 0; i < LEVERS; i++) queue->lever[i] = lever_declare(&sim->setup->levers, &queue_levers[i], queue->count);
    if (count > 0) declare_tallies(sim);
}

static double baseline_of(const struct casegraph_service *service, int lever)
{
    double value[LEVERS] = {service->staff, service->productivity, service->newest, service->first};
    return value[lever];
}

static uint8_t first_code(double lever) { return (uint8_t)(lever + 0.5); }

int queue_baseline(struct sim *sim)
{
    struct queue *queue = sim->queue;
    const struct casegraph *graph = &sim->setup->casegraph;
    double **baseline = sim->setup->levers.baseline;
    for (uint32_t number = 0; number < queue->count; number++) {
        int item = (int)(number / sim->world->states);
        uint32_t state = number % sim->world->states;
        for (int i = 0; i < LEVERS; i++) baseline[queue->lever[i]][number] = casegraph_given(graph, queue_levers[i].name, true, item, state, baseline_of(&graph->service[item], i));
        queue->first[number] = first_code(baseline[queue->lever[FIRST]][number]);
    }
    sim_keep(sim, "service_carry", SIM_F64, queue->count, service_carry(sim->services));
    sim_keep(sim, "queue_capacity", SIM_F64, queue->count, queue->capacity);
    sim_keep(sim, "queue_first", SIM_U8, queue->count, queue->first);
    return 0;
}

void queue_close(struct sim *sim)
{
    struct queue *queue = sim->queue;
    service_close(sim->services);
    if (!queue) return;
    memory_free(queue->open);
    memory_free(queue->capacity);
    memory_free(queue->first);
    memory_free(queue->column);
    memory_free(queue);
}

/* ---- capacity */

/* The share of the productivity that people lose who work under a long queue: by yesterday's waiting and yesterday's capacity. */
static double overload(const struct sim *sim, uint32_t number)
{
    const struct casegraph_service *service = service_at(sim, number);
    if (!(service->overload_loss > 0)) return 0;
    double days = queue_wait_days(sim, (int)(number / sim->world->states), number % sim->world->states);
    return service->overload_loss * fmin(1, days / service->overload_days);
}

void queue_morning(struct sim *sim)
{
    struct queue *queue = sim->queue;
    for (uint32_t number = 0; number < queue->count; number++) {
        queue->capacity[number] = lever_at(sim, STAFF, number) * lever_at(sim, PRODUCTIVITY, number) * (1 - overload(sim, number));
        service_set_rule(sim->services, (int)number, lever_at(sim, NEWEST, number) >= 0.5 ? SERVICE_NEWEST : SERVICE_OLDEST);
    }
}

/* Whole places that nobody holds; a hair above, as service.c does, so that 0.1 x 30 is 3. */
static double free_places(const struct sim *sim, uint32_t number, double capacity)
{
    double places = floor(capacity + 0x1p-40) - (double)tally_at(&sim->tallies, sim->queue->places_taken, number);
    return places > 0 ? places : 0;
}

double queue_capacity(const struct sim *sim, int service, uint32_t world_state) { return sim->queue->capacity[queue_number(sim->world->states, service, world_state)]; }

int64_t queue_waiting(const struct sim *sim, int service, uint32_t world_state) { return tally_at(&sim->tallies, sim->queue->waiting, queue_number(sim->world->states, service, world_state)); }

double queue_wait_days(const struct sim *sim, int service, uint32_t world_state)
{
    double people = (double)queue_waiting(sim, service, world_state) * sim->setup->scale, capacity = queue_capacity(sim, service, world_state);
    if (!(people > 0)) return 0;
    return capacity > 0 ? people / capacity : INFINITY;
}

double queue_pressure(const struct sim *sim, int service, uint32_t world_state)
{
    uint32_t number = queue_number(sim->world->states, service, world_state);
    double baseline = sim->setup->levers.baseline[sim->queue->lever[PRODUCTIVITY]][number];
    return baseline > 0 ? lever_at(sim, PRODUCTIVITY, number) / baseline : 1;
}

/* ---- serving */

/* Where this person holds the ticket: a wait, or PERSON_WAITS + number of a ticket column; -1: nowhere. */
static int holder(const struct sim *sim, uint32_t slot, uint32_t ticket)
{
    const struct person *p = &sim->persons.row[slot];
    const struct queue *queue = sim->queue;
    if (p->flags & PERSON_DEAD) return -1;
    for (int i = 0; i < sim->waits.count; i++)
        if (wait_kind(p, i) == WAIT_TICKET && p->threshold[i] == ticket) return i;
    for (int i = 0; i < queue->columns; i++)
        if (*ticket_cell(sim, queue->column[i].column, slot) == ticket + 1) return PERSON_WAITS + i;
    return -1;
}

static bool check(const void *context, uint32_t slot, uint32_t ticket, uint64_t *key, uint64_t *id)
{
    const struct sim *sim = context;
    if (slot >= sim->persons.count || holder(sim, slot, ticket) < 0) return false;
    *id = sim->persons.row[slot].id;
    *key = rng_key(sim->setup->seed, *id, RNG_QUEUE, ticket);
    return true;
}

/* A ticket that is called becomes a day: today, at day fraction 0. */
static void called(void *context, uint32_t slot, uint32_t ticket)
{
    struct sim *sim = context;
    struct person *p = &sim->persons.row[slot];
    int wait = holder(sim, slot, ticket);
    assert(wait >= 0);
    if (wait >= PERSON_WAITS) {
        const struct column *column = &sim->queue->column[wait - PERSON_WAITS];
        *ticket_cell(sim, column->column, slot) = QUEUE_CALLED;
        wait = column->wait;
        assert(wait_kind(p, wait) != WAIT_TICKET);
    }
    wait_begin_day(p, wait, sim->day);
    sim->persons.hint[slot] = wait_code(sim->day);
    tally_add(&sim->tallies, 0, sim->queue->served, service_of(ticket), 1);
}

static uint32_t priority_of(const struct sim *sim, uint32_t slot, uint32_t number)
{
    const struct queue *queue = sim->queue;
    if (!queue->priority) return 0;
    uint32_t priority = queue->priority(sim, queue->prioritiser, slot, (int)(number / sim->world->states), number % sim->world->states);
    return priority < SERVICE_PRIORITIES ? priority : SERVICE_PRIORITIES - 1;
}

/* The pass over everybody on a day on which other people go first. */
struct pass {
    struct sim *sim;
    const bool *changed; /* by queue */
};

static uint32_t moved(const struct pass *pass, int thread, uint32_t slot, uint32_t ticket)
{
    uint32_t number = service_of(ticket);
    if (!pass->changed[number]) return ticket;
    uint32_t other = service_ticket(number, priority_of(pass->sim, slot, number), service_day(ticket));
    service_move(pass->sim->services, thread, slot, ticket, other);
    return other;
}

static void move_person(const struct pass *pass, int thread, uint32_t slot)
{
    const struct queue *queue = pass->sim->queue;
    struct person *p = &pass->sim->persons.row[slot];
    for (int i = 0; i < pass->sim->waits.count; i++)
        if (wait_kind(p, i) == WAIT_TICKET) p->threshold[i] = moved(pass, thread, slot, p->threshold[i]);
    for (int i = 0; i < queue->columns; i++) {
        uint32_t *cell = ticket_cell(pass->sim, queue->column[i].column, slot);
        if (*cell != QUEUE_NONE && *cell != QUEUE_CALLED) *cell = moved(pass, thread, slot, *cell - 1) + 1;
    }
}

static void move_task(void *context, int thread, uint32_t index)
{
    const struct pass *pass = context;
    uint32_t chunk = pass->sim->tuning.chunk, first = index * chunk, count = pass->sim->persons.count;
    uint32_t end = count - first < chunk ? count : first + chunk;
    for (uint32_t slot = first; slot < end; slot++)
        if (!(pass->sim->persons.row[slot].flags & PERSON_DEAD)) move_person(pass, thread, slot);
}

/* Marks the queues where other people go first than when the tickets were given; returns whether anybody waits there. */
static bool mark_changed(const struct sim *sim, bool *changed)
{
    struct queue *queue = sim->queue;
    bool any = false;
    for (uint32_t number = 0; number < queue->count; number++) {
        uint8_t now = first_code(lever_at(sim, FIRST, number));
        changed[number] = now != queue->first[number];
        queue->first[number] = now;
        any |= changed[number] && service_waiting(sim->services, (int)number) > 0;
    }
    return any;
}

static void move_tickets(struct sim *sim)
{
    bool changed[SERVICE_MOST];
    if (!mark_changed(sim, changed)) return;
    struct pass pass = {sim, changed};
    parallel_for(sim->tuning.threads, (uint32_t)(((uint64_t)sim->persons.count + sim->tuning.chunk - 1) / sim->tuning.chunk), move_task, &pass);
    service_settle(sim->services);
}

void queue_serve(struct sim *sim)
{
    const struct queue *queue = sim->queue;
    move_tickets(sim);
    service_set_rows(sim->services, sim->persons.row, sizeof *sim->persons.row);
    for (uint32_t i = 0; i < queue->opens; i++) {
        uint32_t number = queue->open[i];
        double capacity = queue->capacity[number] / sim->setup->scale;
        if (service_at(sim, number)->places) capacity = free_places(sim, number, capacity);
        service_serve(sim->services, (int)number, sim->day, capacity, check, sim, called, sim);
    }
}

void queue_settle(struct sim *sim)
{
    const struct queue *queue = sim->queue;
    for (uint32_t number = 0; number < queue->count; number++) tally_write(&sim->tallies, queue->waiting, number, service_waiting(sim->services, (int)number));
}

/* ---- lists made anew */

static void rejoin(struct sim *sim, uint32_t slot)
{
    const struct queue *queue = sim->queue;
    const struct person *p = &sim->persons.row[slot];
    for (int i = 0; i < sim->waits.count; i++)
        if (wait_kind(p, i) == WAIT_TICKET) service_join(sim->services, 0, slot, p->threshold[i]);
    for (int i = 0; i < queue->columns; i++) {
        uint32_t held = *ticket_cell(sim, queue->column[i].column, slot);
        if (held != QUEUE_NONE && held != QUEUE_CALLED) service_join(sim->services, 0, slot, held - 1);
    }
}

void queue_rebuild(struct sim *sim)
{
    service_clear(sim->services);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        if (!(sim->persons.row[slot].flags & PERSON_DEAD)) rejoin(sim, slot);
    service_settle(sim->services);
}

void queue_compact(struct sim *sim)
{
    sim->dead -= person_compact(&sim->persons);
    if (service_count(sim->services) > 0) queue_rebuild(sim);
}

/* ---- for models */

void queue_set_priority(struct sim *sim, queue_priority *priority, const void *state)
{
    sim->queue->priority = priority;
    sim->queue->prioritiser = state;
}

int queue_column(struct sim *sim, const char *name, const char *doc, int wait)
{
    struct queue *queue = sim->queue;
    size_t count = (size_t)queue->columns;
    assert(wait >= 0 && wait < sim->waits.count);
    queue->column = memory_grow(queue->column, count, count + 1, sizeof *queue->column);
    queue->column[count] = (struct column){person_column(&sim->persons, name, "ticket + 1", doc, sizeof(uint32_t), false), wait};
    return queue->column[queue->columns++].column;
}

static uint32_t new_ticket(struct sim *sim, int thread, uint32_t slot, int service, uint32_t world_state)
{
    uint32_t number = queue_number(sim->world->states, service, world_state);
    assert(service >= 0 && number < sim->queue->count && casegraph_opens_in(&sim->setup->casegraph, world_state));
    uint32_t ticket = service_ticket(number, priority_of(sim, slot, number), (uint32_t)sim->day);
    assert(holder(sim, slot, ticket) < 0); /* a queue knows people by their ticket: one a day for each */
    service_join(sim->services, thread, slot, ticket);
    return ticket;
}

void queue_join(struct sim *sim, int thread, uint32_t slot, int wait, int service, uint32_t world_state)
{
    assert(wait_kind(&sim->persons.row[slot], wait) != WAIT_TICKET);
    wait_begin_ticket(&sim->persons.row[slot], wait, new_ticket(sim, thread, slot, service, world_state));
}

void queue_join_column(struct sim *sim, int thread, uint32_t slot, int column, int service, uint32_t world_state)
{
    uint32_t *cell = ticket_cell(sim, column, slot);
    assert(*cell == QUEUE_NONE || *cell == QUEUE_CALLED);
    *cell = new_ticket(sim, thread, slot, service, world_state) + 1;
}

void queue_leave(struct sim *sim, int thread, uint32_t slot, int wait)
{
    struct person *p = &sim->persons.row[slot];
    if (wait_kind(p, wait) != WAIT_TICKET) return;
    service_leave(sim->services, thread, p->threshold[wait]);
    wait_end(p, wait);
}

void queue_leave_column(struct sim *sim, int thread, uint32_t slot, int column)
{
    uint32_t *cell = ticket_cell(sim, column, slot);
    if (*cell != QUEUE_NONE && *cell != QUEUE_CALLED) service_leave(sim->services, thread, *cell - 1);
    *cell = QUEUE_NONE;
}

void queue_leave_all(struct sim *sim, int thread, uint32_t slot)
{
    for (int i = 0; i < sim->waits.count; i++) queue_leave(sim, thread, slot, i);
    for (int i = 0; i < sim->queue->columns; i++) queue_leave_column(sim, thread, slot, sim->queue->column[i].column);
}

void queue_take(struct sim *sim, int thread, int service, uint32_t world_state) { tally_add(&sim->tallies, thread, sim->queue->places_taken, queue_number(sim->world->states, service, world_state), 1); }

void queue_give(struct sim *sim, int thread, int service, uint32_t world_state) { tally_add(&sim->tallies, thread, sim->queue->places_taken, queue_number(sim->world->states, service, world_state), -1); }
