/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything with a capacity is one mechanism: integer counts by (service, priority, arrival day), a served cut that is a
   key (priority, day, keyed hash), the marginal cohort found by radix select on the hash. Leaving decrements; a change of
   priority moves a count; a queue rule is a change of key. Exact for any number of threads; counts and the 256-bin
   histograms of the radix select are the only things a reduction over ranks would have to add.

   A place in a queue is a ticket held by a slot. A slot holds a given ticket at most once at a time; it may give it up and
   take it again, at any time. Every ticket taken is told by join, every one given up before it is served by leave. */
#ifndef WAYFARE_SERVICE_H
#define WAYFARE_SERVICE_H

#include "fail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVICE_PRIORITIES 8
#define SERVICE_MOST 4096

enum service_rule { SERVICE_OLDEST,
                    SERVICE_NEWEST }; /* within a priority; priority 0 is served first */

/* A place in a queue, as a person keeps it: 16 bits day, 4 bits priority, 12 bits service. */
static inline uint32_t service_ticket(uint32_t service, uint32_t priority, uint32_t day) { return day << 16 | priority << 12 | service; }
static inline uint32_t service_of(uint32_t ticket) { return ticket & 0xfff; }
static inline uint32_t service_priority(uint32_t ticket) { return ticket >> 12 & 0xf; }
static inline uint32_t service_day(uint32_t ticket) { return ticket >> 16; }

/* What the queue asks about an entry when it reads it: does slot still hold this ticket, and what is its key?
   The key is rng_key(seed, person, RNG_QUEUE, ...): ties on it go to the id. Key and id depend on the person and the ticket
   alone, never on today: while a ticket is held they stay the same. */
typedef bool service_check(const void *context, uint32_t slot, uint32_t ticket, uint64_t *key, uint64_t *id);
/* Told of each one served, in no particular order. */
typedef void service_call(void *context, uint32_t slot, uint32_t ticket);

struct service_set; /* opaque; service.c describes it */

struct service_set *service_open(int threads);
/* names are copied; returns the service's number, or -1 where SERVICE_MOST are declared already. */
int service_declare(struct service_set *set, const char *name, enum service_rule rule);
int service_find(const struct service_set *set, const char *name);
int service_count(const struct service_set *set);
const char *service_name(const struct service_set *set, int service);
void service_close(struct service_set *set);

/* From act(), by thread: counts and lists change at the next service_settle(). Results depend neither on the thread nor
   on the order of these calls. */
void service_join(struct service_set *set, int thread, uint32_t slot, uint32_t ticket);
void service_leave(struct service_set *set, int thread, uint32_t ticket);
void service_move(struct service_set *set, int thread, uint32_t slot, uint32_t old_ticket, uint32_t new_ticket);
void service_settle(struct service_set *set); /* the one reduction */

/* Serve today's capacity (people per day / scale, fractional part carried over; unused whole places are not).
   Those served leave the counts (no leave is due for them); call is told of each. People who joined on an earlier day
   only: day < today. Once a day for each service, after a settle that knows every ticket given up so far. Different
   services may be served by different threads at once. */
void service_serve(struct service_set *set, int service, int32_t today, double capacity,
                   service_check *check, const void *check_context, service_call *call, void *call_context);

/* For speed only: the check will look at base + slot * stride, so that memory can be fetched ahead (half the cost where
   people are many). Say it again when the rows have moved; an old address does no harm. NULL: nothing is fetched. */
void service_set_rows(struct service_set *set, const void *base, size_t stride);

int64_t service_waiting(const struct service_set *set, int service); /* persons, all priorities */
int64_t service_waiting_in(const struct service_set *set, int service, int priority, int32_t day);
void service_set_rule(struct service_set *set, int service, enum service_rule rule); /* from today on */

/* Slots moved or a checkpoint was loaded: forget the lists and counts (and what was not yet settled), then join everybody
   who holds a ticket again. The carried fractions stay. */
void service_clear(struct service_set *set);
/* The carried fraction of each service, for the checkpoint: an array of service_count() doubles. */
double *service_carry(struct service_set *set);

#endif
