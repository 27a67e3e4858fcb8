/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everybody who holds the same ticket (service, priority, arrival day) is a cohort: a count and a list of slots. The
   cohorts of one (service, priority) hang in a tree of three levels, six bits of the day each, so that days may be sparse
   and the oldest or newest is found by bit masks. Empty cohorts and branches are freed at once.

   Invariant, after service_settle: a cohort's list holds every slot that holds the ticket, and length - stale of its
   entries are those slots, once each. The stale others are people who left, or doubles of people who left and came back;
   nobody looks for them until the list is read. So a leave needs no search, and waiting costs nothing.

   Serving takes cohorts in order of priority and day while they fit into today's places. Of the first that does not fit,
   the marginal one, those with the smallest (key, id) are served. To spare a large cohort a full reading every day, a
   reading leaves the smallest of the rest, the front, at the end of the list, and the next days read only that. A join to
   the cohort undoes the front. The front never changes who is served.

   With ranks, count would be of all ranks and lists of this rank; the two places where ranks would add are marked RANKS. */
#include "service.h"
#include "memory.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define LEVELS 3
#define BRANCHES 64
#define DAY_MOST UINT16_MAX
#define ROOM_LEAST 11u
#define BINS 256
#define DIGITS 16
#define AHEAD 8 /* rows fetched ahead */
#define NO_FRONT UINT32_MAX
#define CARRY_UNIT 0x1p-40

struct cohort {
    uint32_t count; /* people who hold the ticket */
    int32_t stale;  /* entries that count for nobody; below 0 only within a settle */
    uint32_t front; /* the last entries of the list: no valid entry before them has a smaller (key, id) */
    uint32_t length, room;
    uint32_t slot[];
};

struct node {
    uint64_t used;         /* bit b: child[b] is there */
    void *child[BRANCHES]; /* struct node, or at level 0 struct cohort */
};

struct service {
    char *name;
    enum service_rule rule;
    int64_t waiting;
    struct node *line[SERVICE_PRIORITIES]; /* NULL: nobody waits */
};

struct entry {
    uint32_t slot, ticket;
};

/* What one thread tells; a cache line of its own. */
struct buffer {
    _Alignas(64) struct entry *join;
    uint32_t *leave; /* tickets */
    size_t joins, joins_room, leaves, leaves_room;
};

struct service_set {
    int threads, count;
    struct buffer *buffer; /* [threads] */
    struct service *service;
    double *carry;  /* multiples of CARRY_UNIT below 1 */
    uintptr_t rows; /* where the check looks; 0: not told */
    size_t stride;
};

/* ---- tree of days */

/* The nearest set bit at or above from (down: at or below); -1: none. */
static int bit_next(uint64_t mask, int from, bool down)
{
    if (from < 0 || from >= BRANCHES) return -1;
    mask &= down ? UINT64_MAX >> (BRANCHES - 1 - from) : UINT64_MAX << from;
    if (!mask) return -1;
    return down ? BRANCHES - 1 - __builtin_clzll(mask) : __builtin_ctzll(mask);
}

static int branch_of(uint32_t day, int level) { return (int)(day >> 6 * level & (BRANCHES - 1)); }

/* The nearest day with a cohort at or after from (down: at or before); days and from relative to the node; -1: none. */
static int32_t node_next(const struct node *node, int level, int32_t from, bool down)
{
    int32_t below = (1 << 6 * level) - 1, top = from >> 6 * level, step = down ? -1 : 1;
    for (int at = bit_next(node->used, top, down); at >= 0; at = bit_next(node->used, at + step, down)) {
        if (level == 0) return at;
        int32_t edge = down ? below : 0;
        int32_t found = node_next(node->child[at], level - 1, at == top ? from & below : edge, down);
        if (found >= 0) return at << 6 * level | found;
    }
    return -1;
}

/* Where the day's cohort hangs; branches are made as needed, so a cohort must be put there. */
static struct cohort **line_place(struct node **line, uint32_t day)
{
    void **place = (void **)line;
    for (int level = LEVELS - 1; level >= 0; level--) {
        if (!*place) *place = memory_new(1, sizeof(struct node));
        struct node *node = *place;
        node->used |= UINT64_C(1) << branch_of(day, level);
        place = &node->child[branch_of(day, level)];
    }
    return (struct cohort **)place;
}

static struct cohort *line_find(struct node *line, uint32_t day)
{
    void *at = line;
    for (int level = LEVELS - 1; level >= 0 && at; level--) at = ((struct node *)at)->child[branch_of(day, level)];
    return at;
}

/* Frees the day's cohort and the branches it leaves bare. Returns the node, or NULL where nothing hangs on it any more. */
static struct node *node_without(struct node *node, int level, uint32_t day)
{
    int at = branch_of(day, level);
    if (level > 0) node->child[at] = node_without(node->child[at], level - 1, day);
    else memory_free(node->child[at]);
    if (level == 0 || !node->child[at]) {
        node->child[at] = NULL;
        node->used &= ~(UINT64_C(1) << at);
    }
    if (node->used) return node;
    memory_free(node);
    return NULL;
}

static void node_free(struct node *node, int level)
{
    if (!node) return;
    for (int at = 0; at < BRANCHES; at++) {
        if (level > 0) node_free(node->child[at], level - 1);
        else memory_free(node->child[at]);
    }
    memory_free(node);
}

/* ---- cohorts */

static size_t cohort_bytes(uint32_t room) { return sizeof(struct cohort) + room * sizeof(uint32_t); }

static struct cohort *cohort_new(void)
{
    struct cohort *cohort = memory_new(cohort_bytes(ROOM_LEAST), 1);
    cohort->room = ROOM_LEAST;
    cohort->front = NO_FRONT;
    return cohort;
}

/* seen: a hash set of slot + 1, 2^bits places, at most half full. */
static bool first_sight(uint32_t *seen, int bits, uint32_t slot)
{
    size_t last = ((size_t)1 << bits) - 1, at = (size_t)((slot + 1) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - bits));
    while (seen[at] && seen[at] != slot + 1) at = (at + 1) & last;
    bool first = !seen[at];
    seen[at] = slot + 1;
    return first;
}

/* Keeps one entry of each slot. Each double dropped was one of the stale. */
static void cohort_drop_doubles(struct cohort *cohort)
{
    int bits = 4;
    while ((size_t)1 << bits < 2 * (size_t)cohort->length) bits++;
    uint32_t *seen = memory_new((size_t)1 << bits, sizeof *seen), kept = 0;
    for (uint32_t i = 0; i < cohort->length; i++)
        if (first_sight(seen, bits, cohort->slot[i])) cohort->slot[kept++] = cohort->slot[i];
    memory_free(seen);
    cohort->stale -= (int32_t)(cohort->length - kept);
    cohort->length = kept;
    cohort->front = NO_FRONT;
}

/* Makes room in a full list. People who come and go must not make it grow for ever: doubles go first. */
static struct cohort *cohort_grow(struct cohort *cohort)
{
    if (cohort->stale > 0) cohort_drop_doubles(cohort);
    if (cohort->length < cohort->room / 2) return cohort;
    uint32_t room = 2 * cohort->room;
    cohort = memory_grow(cohort, cohort_bytes(cohort->room), cohort_bytes(room), 1);
    cohort->room = room;
    return cohort;
}

static void cohort_add(struct cohort **place, uint32_t slot)
{
    if (!*place) *place = cohort_new();
    if ((*place)->length == (*place)->room) *place = cohort_grow(*place);
    struct cohort *cohort = *place;
    cohort->slot[cohort->length++] = slot;
    cohort->count++;
    cohort->front = NO_FRONT;
}

/* ---- set */

struct service_set *service_open(int threads)
{
    assert(threads > 0);
    struct service_set *set = memory_new(1, sizeof *set);
    set->threads = threads;
    set->buffer = memory_new((size_t)threads, sizeof *set->buffer);
    return set;
}

int service_declare(struct service_set *set, const char *name, enum service_rule rule)
{
    size_t count = (size_t)set->count;
    if (count == SERVICE_MOST) return -1;
    set->service = memory_grow(set->service, count, count + 1, sizeof *set->service);
    set->carry = memory_grow(set->carry, count, count + 1, sizeof *set->carry);
    set->service[count].name = memory_text(name);
    set->service[count].rule = rule;
    return set->count++;
}

int service_find(const struct service_set *set, const char *name)
{
    for (int i = 0; i < set->count; i++)
        if (strcmp(set->service[i].name, name) == 0) return i;
    return -1;
}

int service_count(const struct service_set *set) { return set->count; }

const char *service_name(const struct service_set *set, int service) { return set->service[service].name; }

void service_set_rule(struct service_set *set, int service, enum service_rule rule) { set->service[service].rule = rule; }

void service_set_rows(struct service_set *set, const void *base, size_t stride)
{
    set->rows = (uintptr_t)base;
    set->stride = stride;
}

double *service_carry(struct service_set *set) { return set->carry; }

int64_t service_waiting(const struct service_set *set, int service) { return set->service[service].waiting; }

int64_t service_waiting_in(const struct service_set *set, int service, int priority, int32_t day)
{
    if (day < 0 || day > DAY_MOST) return 0;
    const struct cohort *cohort = line_find(set->service[service].line[priority], (uint32_t)day);
    return cohort ? cohort->count : 0;
}

static void buffer_free(struct buffer *buffer)
{
    memory_free(buffer->join);
    memory_free(buffer->leave);
    *buffer = (struct buffer){0};
}

void service_clear(struct service_set *set)
{
    for (int thread = 0; thread < set->threads; thread++) buffer_free(&set->buffer[thread]);
    for (int i = 0; i < set->count; i++) {
        struct service *service = &set->service[i];
        for (int priority = 0; priority < SERVICE_PRIORITIES; priority++) node_free(service->line[priority], LEVELS - 1);
        memset(service->line, 0, sizeof service->line);
        service->waiting = 0;
    }
}

void service_close(struct service_set *set)
{
    if (!set) return;
    service_clear(set);
    for (int i = 0; i < set->count; i++) memory_free(set->service[i].name);
    memory_free(set->service);
    memory_free(set->carry);
    memory_free(set->buffer);
    memory_free(set);
}

/* ---- joins and leaves */

static void *buffer_room(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room) return items;
    size_t wanted = *room ? 2 * *room : 64;
    items = memory_grow(items, *room, wanted, size);
    *room = wanted;
    return items;
}

void service_join(struct service_set *set, int thread, uint32_t slot, uint32_t ticket)
{
    assert(service_of(ticket) < (uint32_t)set->count && service_priority(ticket) < SERVICE_PRIORITIES && slot < UINT32_MAX);
    struct buffer *buffer = &set->buffer[thread];
    buffer->join = buffer_room(buffer->join, buffer->joins, &buffer->joins_room, sizeof *buffer->join);
    buffer->join[buffer->joins++] = (struct entry){slot, ticket};
}

void service_leave(struct service_set *set, int thread, uint32_t ticket)
{
    assert(service_of(ticket) < (uint32_t)set->count && service_priority(ticket) < SERVICE_PRIORITIES);
    struct buffer *buffer = &set->buffer[thread];
    buffer->leave = buffer_room(buffer->leave, buffer->leaves, &buffer->leaves_room, sizeof *buffer->leave);
    buffer->leave[buffer->leaves++] = ticket;
}

void service_move(struct service_set *set, int thread, uint32_t slot, uint32_t old_ticket, uint32_t new_ticket)
{
    if (old_ticket == new_ticket) return;
    service_leave(set, thread, old_ticket);
    service_join(set, thread, slot, new_ticket);
}

static void settle_joins(struct service_set *set, const struct buffer *buffer)
{
    for (size_t i = 0; i < buffer->joins; i++) {
        uint32_t ticket = buffer->join[i].ticket;
        struct service *service = &set->service[service_of(ticket)];
        cohort_add(line_place(&service->line[service_priority(ticket)], service_day(ticket)), buffer->join[i].slot);
        service->waiting++;
    }
}

static void leave_one(struct service_set *set, uint32_t ticket)
{
    struct service *service = &set->service[service_of(ticket)];
    struct node **line = &service->line[service_priority(ticket)];
    struct cohort *cohort = line_find(*line, service_day(ticket));
    assert(cohort && cohort->count > 0);
    service->waiting--;
    cohort->stale++;
    if (--cohort->count == 0) *line = node_without(*line, LEVELS - 1, service_day(ticket));
}

/* Empties a buffer; one that was far larger than this day needed is given back. */
static void buffer_empty(struct buffer *buffer)
{
    if (buffer->joins_room > 4096 + 4 * buffer->joins || buffer->leaves_room > 4096 + 4 * buffer->leaves) buffer_free(buffer);
    buffer->joins = buffer->leaves = 0;
}

/* All joins before all leaves: then no count falls below 0 on the way, whoever told what in which order. */
void service_settle(struct service_set *set)
{
    for (int thread = 0; thread < set->threads; thread++) settle_joins(set, &set->buffer[thread]);
    /* RANKS: the other ranks' joins and leaves by ticket come in here: counts and waiting change, and a join undoes the front. */
    for (int thread = 0; thread < set->threads; thread++)
        for (size_t i = 0; i < set->buffer[thread].leaves; i++) leave_one(set, set->buffer[thread].leave[i]);
    for (int thread = 0; thread < set->threads; thread++) buffer_empty(&set->buffer[thread]);
}

/* ---- radix select */

struct item {
    uint64_t key, id;
    uint32_t slot;
};

struct range {
    uint32_t first, end;
};

struct cut {
    uint32_t bin, below, inside; /* the bin where the wanted number is reached; items in lower bins; items in it */
};

/* Digit 0 is the most significant byte of the key, digit 15 the least of the id. */
static inline uint32_t item_digit(const struct item *item, int digit)
{
    uint64_t word = digit < 8 ? item->key : item->id;
    return (uint32_t)(word >> (56 - 8 * (digit & 7)) & 0xff);
}

/* False: there are fewer than wanted. */
static bool find_cut(const uint32_t histogram[BINS], uint32_t wanted, struct cut *cut)
{
    *cut = (struct cut){0};
    for (cut->bin = 0; cut->bin < BINS; cut->bin++) {
        cut->inside = histogram[cut->bin];
        if (cut->inside >= wanted - cut->below) return true;
        cut->below += cut->inside;
    }
    return false;
}

static void swap(struct item *a, struct item *b)
{
    struct item kept = *a;
    *a = *b;
    *b = kept;
}

/* Orders the range by digit below, equal to and above bin. Returns the range of the equal. */
static struct range partition(struct item *item, struct range range, int digit, uint32_t bin)
{
    uint32_t at = range.first;
    while (at < range.end) {
        uint32_t found = item_digit(&item[at], digit);
        if (found > bin) swap(&item[at], &item[--range.end]);
        else if (found == bin) at++;
        else swap(&item[at++], &item[range.first++]);
    }
    return range;
}

/* Brings the wanted smallest by (key, id) to the front of n. Returns how many of them are here: all, on one rank.
   -1: there are fewer than wanted. */
static int64_t select_smallest(struct item *item, uint32_t n, uint32_t wanted)
{
    struct range range = {0, n};
    for (int digit = 0; digit < DIGITS; digit++) {
        uint32_t histogram[BINS] = {0};
        for (uint32_t i = range.first; i < range.end; i++) histogram[item_digit(&item[i], digit)]++;
        /* RANKS: the histograms of all ranks are added here. */
        struct cut cut;
        if (!find_cut(histogram, wanted, &cut)) return -1;
        range = partition(item, range, digit, cut.bin);
        wanted -= cut.below;
        if (cut.inside == wanted) return range.end;
    }
    assert(false && "two people share key and id");
    return range.first + wanted;
}

/* ---- serving */

/* One call of service_serve. */
struct serving {
    const struct service_set *set;
    struct service *service;
    int number;
    int32_t today;
    service_check *check;
    const void *check_context;
    service_call *call;
    void *call_context;
    struct item *item; /* of the cohort that is read */
    uint32_t room;
};

/* An address only: nothing is read, so it may be out of date. */
static inline void fetch(const struct service_set *set, uint32_t slot)
{
    if (set->rows) __builtin_prefetch((const void *)(set->rows + set->stride * slot), 1);
}

static uint32_t read_entries(struct serving *serving, const uint32_t *slot, uint32_t count, uint32_t ticket)
{
    if (count > serving->room) {
        memory_free(serving->item);
        serving->item = memory_new(count, sizeof *serving->item);
        serving->room = count;
    }
    uint32_t valid = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct item *item = &serving->item[valid];
        item->slot = slot[i];
        if (i + AHEAD < count) fetch(serving->set, slot[i + AHEAD]);
        if (serving->check(serving->check_context, slot[i], ticket, &item->key, &item->id)) valid++;
    }
    return valid;
}

/* Reads a whole list: everybody who holds the ticket, once each. */
static uint32_t read_all(struct serving *serving, struct cohort *cohort, uint32_t ticket)
{
    int64_t expected = (int64_t)cohort->length - cohort->stale;
    uint32_t valid = read_entries(serving, cohort->slot, cohort->length, ticket);
    if (valid > expected) {
        cohort_drop_doubles(cohort);
        valid = read_entries(serving, cohort->slot, cohort->length, ticket);
    }
    assert(valid == expected); /* fewer: a ticket was given up without a leave; more: taken without a join */
    return valid;
}

static void call_items(struct serving *serving, uint32_t count, uint32_t ticket)
{
    for (uint32_t i = 0; i < count; i++) serving->call(serving->call_context, serving->item[i].slot, ticket);
}

static void put_back(struct cohort *cohort, const struct item *item, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) cohort->slot[cohort->length++] = item[i].slot;
}

/* Serves from the front alone. False, with nothing done: it no longer has enough people. */
static bool serve_front(struct serving *serving, struct cohort *cohort, uint32_t ticket, uint32_t wanted)
{
    uint32_t front = cohort->front, base = cohort->length - front;
    uint32_t valid = read_entries(serving, cohort->slot + base, front, ticket);
    int64_t found = select_smallest(serving->item, valid, wanted);
    if (found < 0) return false;
    uint32_t served = (uint32_t)found;
    call_items(serving, served, ticket);
    cohort->length = base;
    put_back(cohort, serving->item + served, valid - served);
    cohort->front = valid - served;
    cohort->stale -= (int32_t)(front - valid);
    return true;
}

/* How many to tell from the rest on a full reading of count, so that full readings and front readings cost about the
   same in the long run; 0: a front would not pay. */
static uint32_t front_size(uint32_t count, uint32_t wanted)
{
    double size = wanted + sqrt((double)wanted * count);
    return count >= 256 && size < 0.5 * count ? (uint32_t)size : 0;
}

static uint32_t select_or_all(struct item *item, uint32_t n, uint32_t wanted)
{
    int64_t found = select_smallest(item, n, wanted);
    assert(found >= 0);
    return found < 0 ? n : (uint32_t)found;
}

static void serve_from_all(struct serving *serving, struct cohort *cohort, uint32_t ticket, uint32_t wanted)
{
    uint32_t valid = read_all(serving, cohort, ticket), size = front_size(cohort->count, wanted);
    uint32_t front = size ? select_or_all(serving->item, valid, size) : valid;
    uint32_t served = select_or_all(serving->item, front, wanted);
    call_items(serving, served, ticket);
    cohort->length = 0;
    cohort->stale = 0;
    put_back(cohort, serving->item + front, valid - front);
    put_back(cohort, serving->item + served, front - served);
    cohort->front = size ? front - served : NO_FRONT;
}

/* Serves at most places people of one day's cohort, which goes when it is wholly served. Returns how many. */
static uint32_t serve_cohort(struct serving *serving, struct node **line, uint32_t ticket, int64_t places)
{
    struct cohort *cohort = line_find(*line, service_day(ticket));
    uint32_t count = cohort->count, wanted = (uint32_t)places;
    if (count <= places) {
        call_items(serving, read_all(serving, cohort, ticket), ticket);
        *line = node_without(*line, LEVELS - 1, service_day(ticket));
        return count;
    }
    if (cohort->front == NO_FRONT || !serve_front(serving, cohort, ticket, wanted)) serve_from_all(serving, cohort, ticket, wanted);
    cohort->count -= wanted;
    return wanted;
}

/* The day to serve next; -1: nobody who joined before today waits. */
static int32_t line_next(const struct node *line, enum service_rule rule, int32_t today)
{
    int32_t last = today - 1 < DAY_MOST ? today - 1 : DAY_MOST;
    if (!line || last < 0) return -1;
    if (rule == SERVICE_NEWEST) return node_next(line, LEVELS - 1, last, true);
    int32_t day = node_next(line, LEVELS - 1, 0, false);
    return day <= last ? day : -1;
}

/* Returns the places that are left. */
static int64_t serve_line(struct serving *serving, uint32_t priority, int64_t places)
{
    struct service *service = serving->service;
    struct node **line = &service->line[priority];
    int32_t day;
    while (places > 0 && (day = line_next(*line, service->rule, serving->today)) >= 0) {
        uint32_t ticket = service_ticket((uint32_t)serving->number, priority, (uint32_t)day);
        uint32_t served = serve_cohort(serving, line, ticket, places);
        service->waiting -= served;
        places -= served;
    }
    return places;
}

/* Today's whole places; the fraction goes on to tomorrow. Fractions are whole CARRY_UNITs, so that adding them is exact,
   and rounded up, so that ten days of 0.1 make one place. A hair above is 1e-12 people per day. */
static int64_t places_today(double *carry, double capacity)
{
    assert(capacity >= 0);
    if (capacity >= 0x1p52) return INT64_MAX;
    double exact = ceil(capacity / CARRY_UNIT) * CARRY_UNIT, whole = floor(exact);
    *carry += exact - whole;
    if (*carry < 1) return (int64_t)whole;
    *carry -= 1;
    return (int64_t)whole + 1;
}

void service_serve(struct service_set *set, int number, int32_t today, double capacity, service_check *check, const void *check_context,
                   service_call *call, void *call_context)
{
    struct serving serving = {set, &set->service[number], number, today, check, check_context, call, call_context, NULL, 0};
    int64_t places = places_today(&set->carry[number], capacity);
    for (uint32_t priority = 0; priority < SERVICE_PRIORITIES && places > 0; priority++) places = serve_line(&serving, priority, places);
    memory_free(serving.item);
}
