/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a queue costs: a million people waiting in 100 services that take 200 a day each, with real records and keys. */
#include "sim/memory.h"
#include "sim/person.h"
#include "sim/rng.h"
#include "sim/service.h"
#include <stdio.h>
#include <time.h>

enum { PEOPLE = 1000000,
       SERVICES = 100,
       CAPACITY = 200,
       BACKLOG_DAYS = 50,
       DAYS = 200,
       ARRIVALS = 25000,
       LEAVERS = 5000 };

struct bench {
    struct service_set *set;
    struct person *row;
    uint32_t *idle; /* slots of those who wait for nothing */
    size_t idles, room;
    uint64_t random;
};

struct span {
    double seconds;
    size_t items;
};

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void print_each(const char *name, struct span span) { printf("%s %.1f ns\n", name, 1e9 * span.seconds / (double)span.items); }

static uint32_t random_below(struct bench *bench, uint32_t n) { return (uint32_t)(rng_key(1, bench->random++, RNG_NONE, 0) % n); }

/* spell[0]: 1 while waiting; threshold[0]: the ticket. */
static bool check(const void *context, uint32_t slot, uint32_t ticket, uint64_t *key, uint64_t *id)
{
    const struct person *person = &((const struct bench *)context)->row[slot];
    if (!person->spell[0] || person->threshold[0] != ticket) return false;
    *key = rng_key(7, person->id, RNG_QUEUE, ticket);
    *id = person->id;
    return true;
}

static void call(void *context, uint32_t slot, uint32_t ticket)
{
    struct bench *bench = context;
    (void)ticket;
    bench->row[slot].spell[0] = 0;
    bench->idle[bench->idles++] = slot;
}

static void open_bench(struct bench *bench, uint32_t people)
{
    *bench = (struct bench){.set = service_open(1)};
    bench->row = memory_new(people, sizeof *bench->row);
    bench->idle = memory_new(people, sizeof *bench->idle);
    service_set_rows(bench->set, bench->row, sizeof *bench->row);
    for (int i = 0; i < SERVICES; i++) service_declare(bench->set, "service", SERVICE_OLDEST);
    for (uint32_t slot = people; slot-- > 0;) {
        bench->row[slot].id = (uint64_t)slot << 20 | 3;
        bench->idle[bench->idles++] = slot;
    }
    bench->room = people;
}

static void close_bench(struct bench *bench)
{
    service_close(bench->set);
    memory_free(bench->row);
    memory_free(bench->idle);
}

/* A person takes a ticket; the queue is told later. */
static uint32_t take_ticket(struct bench *bench, uint32_t service, uint32_t day)
{
    uint32_t slot = bench->idle[--bench->idles];
    bench->row[slot].spell[0] = 1;
    bench->row[slot].threshold[0] = service_ticket(service, service % 3, day);
    return slot;
}

static void arrive(struct bench *bench, uint32_t day, size_t count, struct span *span)
{
    size_t room = bench->idles;
    for (size_t i = 0; i < count && bench->idles; i++) take_ticket(bench, random_below(bench, SERVICES), day);
    double begin = cpu_seconds();
    for (size_t i = room; i-- > bench->idles; span->items++) service_join(bench->set, 0, bench->idle[i], bench->row[bench->idle[i]].threshold[0]);
    service_settle(bench->set);
    span->seconds += cpu_seconds() - begin;
}

static void abandon(struct bench *bench, struct span *span)
{
    size_t before = bench->idles;
    for (int i = 0; i < LEAVERS; i++) {
        uint32_t slot = random_below(bench, (uint32_t)bench->room);
        if (!bench->row[slot].spell[0]) continue;
        bench->row[slot].spell[0] = 0;
        bench->idle[bench->idles++] = slot;
    }
    double begin = cpu_seconds();
    for (size_t i = before; i < bench->idles; i++, span->items++) service_leave(bench->set, 0, bench->row[bench->idle[i]].threshold[0]);
    service_settle(bench->set);
    span->seconds += cpu_seconds() - begin;
}

static void serve(struct bench *bench, int services, int32_t day, double capacity, struct span *span)
{
    size_t before = bench->idles;
    double begin = cpu_seconds();
    for (int i = 0; i < services; i++) service_serve(bench->set, i, day, capacity, check, bench, call, bench);
    span->seconds += cpu_seconds() - begin;
    span->items += bench->idles - before;
}

static void bench_steady(void)
{
    struct bench bench;
    struct span first = {0}, joins = {0}, leaves = {0}, served = {0}, waiting = {0};
    open_bench(&bench, PEOPLE + 300000);
    for (uint32_t day = 0; day < BACKLOG_DAYS; day++) arrive(&bench, day, PEOPLE / BACKLOG_DAYS, &first);
    for (int32_t day = BACKLOG_DAYS; day < BACKLOG_DAYS + DAYS; day++) {
        serve(&bench, SERVICES, day, CAPACITY + 0.3, &served);
        arrive(&bench, (uint32_t)day, ARRIVALS, &joins);
        abandon(&bench, &leaves);
        serve(&bench, SERVICES, day, 0, &waiting);
    }
    waiting.items = (size_t)DAYS * (bench.room - bench.idles);
    print_each("service_per_served", served);
    print_each("service_per_join", joins);
    print_each("service_per_leave", leaves);
    printf("service_per_waiting_day %.5f ns\n", 1e9 * waiting.seconds / (double)waiting.items);
    close_bench(&bench);
}

/* Everybody joined the same service on the same day. */
static void bench_one_cohort(void)
{
    struct bench bench;
    struct span served = {0};
    open_bench(&bench, PEOPLE);
    for (int i = 0; i < PEOPLE; i++) service_join(bench.set, 0, take_ticket(&bench, 0, 0), service_ticket(0, 0, 0));
    service_settle(bench.set);
    for (int32_t day = 1; day <= 10 * DAYS; day++) serve(&bench, 1, day, CAPACITY, &served);
    print_each("service_per_served_of_one_cohort", served);
    close_bench(&bench);
}

/* After a load or a compaction. */
static void bench_rejoin(void)
{
    struct bench bench;
    struct span span = {0};
    open_bench(&bench, PEOPLE);
    for (int i = 0; i < PEOPLE; i++) take_ticket(&bench, random_below(&bench, SERVICES), random_below(&bench, BACKLOG_DAYS));
    double begin = cpu_seconds();
    service_clear(bench.set);
    for (uint32_t slot = 0; slot < PEOPLE; slot++, span.items++) service_join(bench.set, 0, slot, bench.row[slot].threshold[0]);
    service_settle(bench.set);
    span.seconds = cpu_seconds() - begin;
    print_each("service_per_rejoin", span);
    close_bench(&bench);
}

int main(void)
{
    bench_steady();
    bench_one_cohort();
    bench_rejoin();
    return 0;
}
