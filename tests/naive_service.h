/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The service queue as it would be explained to a child: one list of who waits, sorted again for every service and day.
   Capacities are whole sixty-fourths, so that the carried fraction is an integer. */
#ifndef WAYFARE_NAIVE_SERVICE_H
#define WAYFARE_NAIVE_SERVICE_H

#include "sim/service.h"

#define NAIVE_SERVICE_MOST 16

struct naive_service_entry {
    uint32_t slot, ticket;
    uint64_t key, id;
    int64_t order; /* day or -day: set for sorting */
};

struct naive_service {
    struct naive_service_entry *entry;
    size_t count, room;
    enum service_rule rule[NAIVE_SERVICE_MOST];
    int64_t carry[NAIVE_SERVICE_MOST]; /* sixty-fourths, below 64 */
};

void naive_service_close(struct naive_service *naive);
void naive_service_join(struct naive_service *naive, uint32_t slot, uint32_t ticket, uint64_t key, uint64_t id);
void naive_service_leave(struct naive_service *naive, uint32_t slot, uint32_t ticket);
/* Writes the slots served, which leave the list, and returns how many. */
size_t naive_service_serve(struct naive_service *naive, int service, int32_t today, int64_t sixty_fourths, uint32_t *served);
/* priority or day -1: any. */
int64_t naive_service_waiting(const struct naive_service *naive, int service, int priority, int32_t day);

#endif
