/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened to the persons of the keyed sample: (day, shard, person, sequence) gives the order, whatever the threads. */
#ifndef WAYFARE_EVENT_H
#define WAYFARE_EVENT_H

#include "person.h"
#include <stdint.h>

struct event {
    uint64_t person;
    uint32_t place; /* as in struct person */
    uint32_t shard;
    uint16_t day, value; /* value: as the kind's doc says */
    uint8_t kind, phase;
};

struct event_kind {
    char *name, *doc;
};

struct event_log {
    struct event_kind *kind;
    int kinds;
    int threads;
    struct event **row; /* [thread] */
    uint32_t *rows, *room;
    struct event *sorted; /* of today, after event_settle */
    uint32_t count;
    uint32_t sorted_room; /* of .sorted and of .scratch, its twin for the sort */
    struct event *scratch;
};

int event_kind(struct event_log *log, const char *name, const char *doc); /* finds or adds; returns its code */
void event_open(struct event_log *log, int threads);
void event_close(struct event_log *log);
/* Kept only if the person is in the sample; value 0 where none is given. */
void event_add(struct event_log *log, int thread, const struct person *p, int kind, int32_t day, int phase);
void event_add_value(struct event_log *log, int thread, const struct person *p, int kind, int32_t day, int phase, uint16_t value);
void event_settle(struct event_log *log); /* sorts today's events into .sorted and empties the threads' rows */

#endif
