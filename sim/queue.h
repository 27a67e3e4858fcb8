/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Persons and services: each service of the case graph is one queue in every state that opens cases; tickets are called each
   morning, lists are made anew when slots move.

   A service of kind daily serves floor(capacity) people a day, fractions carried over; one of kind places serves as many as it has
   places free. capacity = staff x productivity, both levers; productivity falls by overload_loss x min(1, wait / overload_days),
   wait = waiting / capacity in days, of yesterday. Cell and queue number of a service: service * states of the world + state.

   A person holds tickets in waits of kind ticket, or in ticket columns: cold columns for queues beside those. A called wait becomes
   a day, today; a called column becomes QUEUE_CALLED and its wait a day, today. */
#ifndef WAYFARE_QUEUE_H
#define WAYFARE_QUEUE_H

#include "lever.h"
#include <stdbool.h>
#include <stdint.h>

#define QUEUE_NONE 0u           /* of a ticket column: no ticket */
#define QUEUE_CALLED UINT32_MAX /* was called today, or on a day when the person did not look */

struct sim;

extern const struct lever queue_levers[]; /* the engine's own: staff, productivity, newest, first; ends with name NULL */

void queue_open(struct sim *sim);    /* the services of the case graph, their levers and tallies: waiting, served, places_taken by service and state */
int queue_baseline(struct sim *sim); /* the levers' baselines are the scenario's */
void queue_close(struct sim *sim);
void queue_morning(struct sim *sim);                              /* after the levers: today's capacities and rules */
void queue_serve(struct sim *sim);                                /* today's capacity of every service; those called are due today */
void queue_settle(struct sim *sim);                               /* evening, after the services' own: the tally waiting */
void queue_leave_all(struct sim *sim, int thread, uint32_t slot); /* gives up every ticket of a person, in waits and columns */
void queue_rebuild(struct sim *sim);                              /* everybody who holds a ticket joins again */
void queue_compact(struct sim *sim);                              /* archive the dead, then rebuild */

/* ---- for models */

static inline uint32_t queue_number(uint32_t states, int service, uint32_t state) { return (uint32_t)service * states + state; }

/* Who goes where in a queue: 0 first. Asked when a person joins, and of everybody in a queue on the morning on which the lever `first` changed. */
typedef uint32_t queue_priority(const struct sim *sim, const void *state, uint32_t slot, int service, uint32_t world_state);
void queue_set_priority(struct sim *sim, queue_priority *priority, const void *state);

/* In open(): a column for tickets; whoever is called is due today through this wait. Returns the column. */
int queue_column(struct sim *sim, const char *name, const char *doc, int wait);

/* From act(), of the own row. The priority is asked for. */
void queue_join(struct sim *sim, int thread, uint32_t slot, int wait, int service, uint32_t world_state);          /* the wait begins */
void queue_join_column(struct sim *sim, int thread, uint32_t slot, int column, int service, uint32_t world_state); /* the column is taken */
void queue_leave(struct sim *sim, int thread, uint32_t slot, int wait);                                            /* no ticket: nothing */
void queue_leave_column(struct sim *sim, int thread, uint32_t slot, int column);                                   /* empties it, called or not */

/* A place of a service of kind places is taken or given back. */
void queue_take(struct sim *sim, int thread, int service, uint32_t world_state);
void queue_give(struct sim *sim, int thread, int service, uint32_t world_state);

double queue_capacity(const struct sim *sim, int service, uint32_t world_state);  /* of today: people a day, or places; of people, not persons */
int64_t queue_waiting(const struct sim *sim, int service, uint32_t world_state);  /* persons, as of yesterday's evening */
double queue_wait_days(const struct sim *sim, int service, uint32_t world_state); /* waiting / capacity; INFINITY without capacity while people wait */
double queue_pressure(const struct sim *sim, int service, uint32_t world_state);  /* productivity today / baseline, overload apart */

#endif
