/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_service.h"
#include "sim/memory.h"
#include <assert.h>
#include <stdlib.h>

void naive_service_close(struct naive_service *naive)
{
    memory_free(naive->entry);
    *naive = (struct naive_service){0};
}

void naive_service_join(struct naive_service *naive, uint32_t slot, uint32_t ticket, uint64_t key, uint64_t id)
{
    if (naive->count == naive->room) {
        naive->entry = memory_grow(naive->entry, naive->room, naive->room + 1000, sizeof *naive->entry);
        naive->room += 1000;
    }
    naive->entry[naive->count++] = (struct naive_service_entry){slot, ticket, key, id, 0};
}

void naive_service_leave(struct naive_service *naive, uint32_t slot, uint32_t ticket)
{
    size_t i = 0;
    while (i < naive->count && (naive->entry[i].slot != slot || naive->entry[i].ticket != ticket)) i++;
    assert(i < naive->count);
    if (i < naive->count) naive->entry[i] = naive->entry[--naive->count];
}

static int compare(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_unsigned(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int by_priority_day_key_id(const void *left, const void *right)
{
    const struct naive_service_entry *a = left, *b = right;
    int order = compare(service_priority(a->ticket), service_priority(b->ticket));
    if (!order) order = compare(a->order, b->order);
    if (!order) order = compare_unsigned(a->key, b->key);
    return order ? order : compare_unsigned(a->id, b->id);
}

static int64_t places(struct naive_service *naive, int service, int64_t sixty_fourths)
{
    int64_t sum = naive->carry[service] + sixty_fourths;
    naive->carry[service] = sum % 64;
    return sum / 64;
}

size_t naive_service_serve(struct naive_service *naive, int service, int32_t today, int64_t sixty_fourths, uint32_t *served)
{
    int64_t left = places(naive, service, sixty_fourths);
    for (size_t i = 0; i < naive->count; i++) {
        int64_t day = service_day(naive->entry[i].ticket);
        naive->entry[i].order = naive->rule[service] == SERVICE_NEWEST ? -day : day;
    }
    if (naive->count) qsort(naive->entry, naive->count, sizeof *naive->entry, by_priority_day_key_id);
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < naive->count; i++) {
        struct naive_service_entry entry = naive->entry[i];
        bool mine = service_of(entry.ticket) == (uint32_t)service && (int64_t)service_day(entry.ticket) < today;
        if (mine && left-- > 0) served[count++] = entry.slot;
        else naive->entry[kept++] = entry;
    }
    naive->count = kept;
    return count;
}

int64_t naive_service_waiting(const struct naive_service *naive, int service, int priority, int32_t day)
{
    int64_t count = 0;
    for (size_t i = 0; i < naive->count; i++) {
        uint32_t ticket = naive->entry[i].ticket;
        bool same = service_of(ticket) == (uint32_t)service;
        if (priority >= 0) same = same && service_priority(ticket) == (uint32_t)priority;
        if (day >= 0) same = same && service_day(ticket) == (uint32_t)day;
        count += same;
    }
    return count;
}
