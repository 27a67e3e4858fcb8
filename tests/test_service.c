/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_service.h"
#include "sim/memory.h"
#include "sim/parallel.h"
#include "test.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <malloc.h>
#include <stdlib.h>

/* ---- people who hold tickets, and the queue's questions about them */

struct holder {
    uint32_t ticket;
    bool waiting;
    uint64_t id, salt;
};

struct crowd {
    struct holder *holder;
    uint64_t key_mask;
    bool late;        /* holders are told only after the whole service has been served */
    uint32_t *called; /* slots, as called */
    size_t calls;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t next_random(uint64_t *state) { return mix(*state += UINT64_C(0x9e3779b97f4a7c15)); }

static uint32_t below(uint64_t *state, uint32_t n) { return (uint32_t)(next_random(state) % n); }

static uint64_t key_of(const struct crowd *crowd, uint32_t slot, uint32_t ticket)
{
    return mix(crowd->holder[slot].id * 3 + ticket) & crowd->key_mask;
}

static bool check(const void *context, uint32_t slot, uint32_t ticket, uint64_t *key, uint64_t *id)
{
    const struct crowd *crowd = context;
    const struct holder *holder = &crowd->holder[slot];
    if (!holder->waiting || holder->ticket != ticket) return false;
    *key = key_of(crowd, slot, ticket);
    *id = holder->id;
    return true;
}

static void call(void *context, uint32_t slot, uint32_t ticket)
{
    struct crowd *crowd = context;
    TEST(crowd->holder[slot].waiting && crowd->holder[slot].ticket == ticket, "slot %u", slot);
    if (!crowd->late) crowd->holder[slot].waiting = false;
    crowd->called[crowd->calls++] = slot;
}

/* A crowd whose ids run against the slots, so that neither stands for the other. */
static struct crowd crowd_new(uint32_t count)
{
    struct crowd crowd = {.key_mask = UINT64_MAX};
    crowd.holder = memory_new(count, sizeof *crowd.holder);
    crowd.called = memory_new(count, sizeof *crowd.called);
    for (uint32_t slot = 0; slot < count; slot++) crowd.holder[slot].id = (uint64_t)(count - slot) << 33 | 5;
    return crowd;
}

static void crowd_free(struct crowd *crowd)
{
    memory_free(crowd->holder);
    memory_free(crowd->called);
}

static void take_ticket(struct crowd *crowd, struct service_set *set, int thread, uint32_t slot, uint32_t ticket)
{
    crowd->holder[slot].ticket = ticket;
    crowd->holder[slot].waiting = true;
    service_join(set, thread, slot, ticket);
}

static void give_up(struct crowd *crowd, struct service_set *set, int thread, uint32_t slot)
{
    crowd->holder[slot].waiting = false;
    service_leave(set, thread, crowd->holder[slot].ticket);
}

/* Serves; returns how many were called. */
static size_t serve(struct crowd *crowd, struct service_set *set, int service, int32_t today, double capacity)
{
    crowd->calls = 0;
    service_serve(set, service, today, capacity, check, crowd, call, crowd);
    return crowd->calls;
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void sort_slots(uint32_t *slot, size_t count)
{
    if (count) qsort(slot, count, sizeof *slot, by_number);
}

/* ---- campaigns against the naive twin */

enum { SERVICES = 4,
       DAYS = 45,
       MOST_EVENTS = 20000 };

/* What happens, and how it is told to the queue: the second half must not matter. */
struct campaign {
    uint64_t seed;
    enum service_rule rule;
    bool leaving, changing, switching;
    bool returning; /* some take up a ticket again that they gave up or were served with */
    uint64_t key_mask;
    uint32_t people, backlog; /* backlog: people who join one service on day 0 */
    int threads;
    uint64_t order;
    bool late;
    int clear_every; /* days; 0: never */
};

struct event {
    enum { JOIN,
           LEAVE,
           MOVE } kind;
    uint32_t slot, ticket, new_ticket;
};

struct town {
    const struct campaign *plan;
    struct crowd crowd;
    struct service_set *set;
    struct naive_service naive;
    enum service_rule rule[SERVICES];
    uint64_t what, order; /* random states */
    struct event *event;
    size_t events;
    uint32_t *expected;
    uint64_t digest, served, doubles;
};

static void town_open(struct town *town, const struct campaign *plan)
{
    static const char *const names[SERVICES] = {"interview", "bed", "visa", "rescue"};
    *town = (struct town){.plan = plan, .what = plan->seed, .order = plan->order};
    town->set = service_open(plan->threads);
    town->event = memory_new(MOST_EVENTS, sizeof *town->event);
    town->expected = memory_new(plan->people, sizeof *town->expected);
    town->crowd = crowd_new(plan->people);
    town->crowd.key_mask = plan->key_mask;
    town->crowd.late = plan->late;
    if (plan->late) service_set_rows(town->set, town->crowd.holder, sizeof *town->crowd.holder);
    for (int i = 0; i < SERVICES; i++) TEST(service_declare(town->set, names[i], plan->rule) == i, "service %d", i);
    for (int i = 0; i < SERVICES; i++) town->naive.rule[i] = town->rule[i] = plan->rule;
}

static void town_close(struct town *town)
{
    crowd_free(&town->crowd);
    service_close(town->set);
    naive_service_close(&town->naive);
    memory_free(town->event);
    memory_free(town->expected);
}

static void note(struct town *town, struct event event)
{
    if (town->events < MOST_EVENTS) town->event[town->events++] = event;
    else TEST(false, "too many events");
}

static void town_join(struct town *town, uint32_t slot, uint32_t ticket)
{
    struct holder *holder = &town->crowd.holder[slot];
    if (holder->ticket == ticket) town->doubles++;
    holder->ticket = ticket;
    holder->waiting = true;
    naive_service_join(&town->naive, slot, ticket, key_of(&town->crowd, slot, ticket), holder->id);
    note(town, (struct event){JOIN, slot, ticket, 0});
}

static void town_leave(struct town *town, uint32_t slot)
{
    struct holder *holder = &town->crowd.holder[slot];
    holder->waiting = false;
    naive_service_leave(&town->naive, slot, holder->ticket);
    note(town, (struct event){LEAVE, slot, holder->ticket, 0});
}

static void town_move(struct town *town, uint32_t slot, uint32_t priority)
{
    struct holder *holder = &town->crowd.holder[slot];
    uint32_t old = holder->ticket, ticket = service_ticket(service_of(old), priority, service_day(old));
    holder->ticket = ticket;
    naive_service_leave(&town->naive, slot, old);
    naive_service_join(&town->naive, slot, ticket, key_of(&town->crowd, slot, ticket), holder->id);
    note(town, (struct event){MOVE, slot, old, ticket});
}

static uint32_t any_priority(struct town *town)
{
    static const uint32_t often[8] = {0, 1, 1, 2, 2, 2, 2, 7};
    return often[below(&town->what, 8)];
}

/* Some take up the ticket they had before, whatever became of it: given up or served. Some give up on the same day, and
   some of these come back to it on the same day. */
static void arrive(struct town *town, uint32_t slot, uint32_t day)
{
    uint32_t ticket = service_ticket(below(&town->what, SERVICES), any_priority(town), day);
    bool again = town->plan->returning && town->crowd.holder[slot].ticket && below(&town->what, 8) == 0;
    town_join(town, slot, again ? town->crowd.holder[slot].ticket : ticket);
    if (!town->plan->leaving || !town->plan->returning || below(&town->what, 8)) return;
    town_leave(town, slot);
    if (below(&town->what, 2)) town_join(town, slot, town->crowd.holder[slot].ticket);
}

static void abandon(struct town *town, uint32_t slot, uint32_t day)
{
    uint32_t ticket = town->crowd.holder[slot].ticket;
    town_leave(town, slot);
    if (!town->plan->returning) return;
    uint32_t what = below(&town->what, 4);
    if (what == 0) town_join(town, slot, ticket);
    if (what == 1) town_join(town, slot, service_ticket(service_of(ticket), service_priority(ticket), day));
}

static void change(struct town *town, uint32_t slot)
{
    uint32_t before = service_priority(town->crowd.holder[slot].ticket);
    town_move(town, slot, any_priority(town));
    if (below(&town->what, 3) == 0) town_move(town, slot, any_priority(town));
    if (town->plan->returning && below(&town->what, 4) == 0) town_move(town, slot, before);
}

static void live(struct town *town, uint32_t slot, uint32_t day)
{
    uint32_t chance = below(&town->what, 1000);
    if (!town->crowd.holder[slot].waiting) {
        if (chance < 150) arrive(town, slot, day);
    } else if (chance < 50) {
        if (town->plan->leaving) abandon(town, slot, day);
    } else if (chance < 100 && town->plan->changing) {
        change(town, slot);
    }
}

static void shuffle_events(struct town *town)
{
    for (size_t i = town->events; i > 1; i--) {
        size_t j = next_random(&town->order) % i;
        struct event kept = town->event[i - 1];
        town->event[i - 1] = town->event[j];
        town->event[j] = kept;
    }
}

static void tell(struct town *town, const struct event *event)
{
    int thread = (int)below(&town->order, (uint32_t)town->plan->threads);
    if (event->kind == JOIN) service_join(town->set, thread, event->slot, event->ticket);
    if (event->kind == LEAVE) service_leave(town->set, thread, event->ticket);
    if (event->kind == MOVE) service_move(town->set, thread, event->slot, event->ticket, event->new_ticket);
}

/* In any order and by any thread: even the events of one person. */
static void tell_events(struct town *town)
{
    shuffle_events(town);
    for (size_t i = 0; i < town->events; i++) tell(town, &town->event[i]);
    town->events = 0;
    service_settle(town->set);
}

static void clear_and_rejoin(struct town *town)
{
    service_clear(town->set);
    for (uint32_t i = 0; i < SERVICES; i++) TEST(service_waiting(town->set, (int)i) == 0, "service %u", i);
    for (uint32_t slot = 0; slot < town->plan->people; slot++)
        if (town->crowd.holder[slot].waiting) note(town, (struct event){JOIN, slot, town->crowd.holder[slot].ticket, 0});
    tell_events(town);
}

/* Most days like the others, some without places, some that empty the queue. */
static int64_t capacity_today(struct town *town, int service, int32_t day)
{
    static const int64_t usual[SERVICES] = {13, 5 * 64 + 21, 200, 12 * 64 + 1};
    uint32_t chance = below(&town->what, 12);
    if (day % 20 == 19) return 40 * usual[service];
    return chance < 2 ? chance * 2 * usual[service] : usual[service];
}

static void serve_town(struct town *town, int service, int32_t day)
{
    int64_t sixty_fourths = capacity_today(town, service, day);
    size_t expected = naive_service_serve(&town->naive, service, day, sixty_fourths, town->expected);
    size_t calls = serve(&town->crowd, town->set, service, day, (double)sixty_fourths / 64.0);
    sort_slots(town->expected, expected);
    sort_slots(town->crowd.called, calls);
    bool same = calls == expected && (!calls || memcmp(town->crowd.called, town->expected, calls * sizeof *town->expected) == 0);
    TEST(same, "day %d, service %d: %zu called, %zu expected, or others", day, service, calls, expected);
    for (size_t i = 0; i < calls; i++) {
        town->crowd.holder[town->crowd.called[i]].waiting = false;
        town->digest = mix(town->digest + town->crowd.called[i] + ((uint64_t)service << 32));
    }
    town->served += calls;
}

static void compare_cohorts(const struct town *town, int service, int32_t today)
{
    for (int priority = 0; priority < SERVICE_PRIORITIES; priority++)
        for (int32_t day = 0; day <= today; day++) {
            int64_t found = service_waiting_in(town->set, service, priority, day);
            int64_t expected = naive_service_waiting(&town->naive, service, priority, day);
            TEST(found == expected, "service %d priority %d day %d: %lld, expected %lld", service, priority, day, (long long)found, (long long)expected);
        }
}

static void compare_counts(const struct town *town, int32_t today)
{
    for (int service = 0; service < SERVICES; service++) {
        int64_t found = service_waiting(town->set, service), expected = naive_service_waiting(&town->naive, service, -1, -1);
        TEST(found == expected, "service %d on day %d: %lld, expected %lld", service, today, (long long)found, (long long)expected);
        if (today % 11 == 10) compare_cohorts(town, service, today);
    }
}

static void switch_rule(struct town *town)
{
    if (!town->plan->switching || below(&town->what, 4)) return;
    uint32_t service = below(&town->what, SERVICES);
    town->naive.rule[service] = town->rule[service] = town->rule[service] == SERVICE_OLDEST ? SERVICE_NEWEST : SERVICE_OLDEST;
    service_set_rule(town->set, (int)service, town->rule[service]);
}

static void town_day(struct town *town, int32_t day)
{
    if (town->plan->clear_every && day % town->plan->clear_every == 3) clear_and_rejoin(town);
    switch_rule(town);
    for (int service = 0; service < SERVICES; service++) serve_town(town, service, day);
    compare_counts(town, day);
    for (uint32_t slot = 0; slot < town->plan->people; slot++) live(town, slot, (uint32_t)day);
    tell_events(town);
    compare_counts(town, day);
}

/* Returns a digest of who was called on which day by which service. */
static uint64_t run_campaign(const struct campaign *plan)
{
    struct town town;
    town_open(&town, plan);
    for (uint32_t slot = 0; slot < plan->backlog; slot++) town_join(&town, slot, service_ticket(3, 2, 0));
    tell_events(&town);
    for (int32_t day = 0; day < DAYS; day++) town_day(&town, day);
    TEST(town.served > 100, "too few served to mean anything: %llu", (unsigned long long)town.served);
    TEST(!plan->leaving || !plan->returning || town.doubles > 5, "too few came back: %llu", (unsigned long long)town.doubles);
    uint64_t digest = town.digest;
    town_close(&town);
    return digest;
}

/* The same campaign told in several ways. */
static void vary_campaign(struct campaign plan)
{
    static const int threads[] = {1, 3, 4, 3};
    uint64_t first = 0;
    for (int i = 0; i < 4; i++) {
        plan.threads = threads[i];
        plan.order = (uint64_t)i + 1000;
        plan.late = i % 2;
        plan.clear_every = i == 2 ? 7 : i == 3 ? 1
                                               : 0;
        uint64_t digest = run_campaign(&plan);
        if (i == 0) first = digest;
        TEST(digest == first, "other people served with %d threads, clearing every %d days", plan.threads, plan.clear_every);
    }
}

/* No leaving; leaving; changes of priority; the rule switched; all of it. */
static void campaigns(struct campaign plan)
{
    for (int kind = 0; kind < 5; kind++) {
        plan.seed = (uint64_t)kind * 77 + plan.rule + plan.backlog;
        plan.leaving = kind == 1 || kind == 4;
        plan.changing = kind == 2 || kind == 4;
        plan.switching = kind >= 3;
        vary_campaign(plan);
    }
}

static void small_campaigns(enum service_rule rule, uint64_t key_mask)
{
    campaigns((struct campaign){.rule = rule, .key_mask = key_mask, .people = 500, .returning = true});
}

static void test_oldest_first(void) { small_campaigns(SERVICE_OLDEST, UINT64_MAX); }
static void test_newest_first(void) { small_campaigns(SERVICE_NEWEST, UINT64_MAX); }
static void test_ties_oldest(void) { small_campaigns(SERVICE_OLDEST, 3); }
static void test_ties_newest(void) { small_campaigns(SERVICE_NEWEST, 3); }

/* One cohort so large that it is served from its front, which holds only while nobody returns to it. */
static void test_backlog(void)
{
    campaigns((struct campaign){.rule = SERVICE_OLDEST, .key_mask = UINT64_MAX, .people = 1300, .backlog = 1200});
    campaigns((struct campaign){.rule = SERVICE_OLDEST, .key_mask = 3, .people = 1300, .backlog = 1200});
    campaigns((struct campaign){.rule = SERVICE_OLDEST, .key_mask = 3, .people = 1300, .backlog = 1200, .returning = true});
}

/* ---- the same from several threads at once */

enum { RUSH_PEOPLE = 20000,
       RUSH_SERVICES = 3 };

struct rush {
    struct service_set *set;
    struct crowd crowd[RUSH_SERVICES]; /* the same holders, lists of their own */
    int32_t day;
};

static void rush_join(void *context, int thread, uint32_t slot)
{
    struct rush *rush = context;
    uint32_t ticket = service_ticket(slot % RUSH_SERVICES, slot % 2, slot % 5);
    take_ticket(rush->crowd, rush->set, thread, slot, ticket);
    if (slot % 7 == 0) give_up(rush->crowd, rush->set, thread, slot);
    if (slot % 14 == 0) take_ticket(rush->crowd, rush->set, thread, slot, ticket);
}

static void rush_serve(void *context, int thread, uint32_t service)
{
    struct rush *rush = context;
    (void)thread;
    serve(&rush->crowd[service], rush->set, (int)service, rush->day, 100.5);
}

static void rush_open(struct rush *rush, int threads)
{
    *rush = (struct rush){.set = service_open(threads)};
    for (int i = 0; i < RUSH_SERVICES; i++) service_declare(rush->set, "rush", SERVICE_OLDEST);
    for (int i = 0; i < RUSH_SERVICES; i++) rush->crowd[i] = crowd_new(RUSH_PEOPLE);
    for (int i = 1; i < RUSH_SERVICES; i++) memory_free(rush->crowd[i].holder);
    for (int i = 1; i < RUSH_SERVICES; i++) rush->crowd[i].holder = rush->crowd[0].holder;
}

static void rush_close(struct rush *rush)
{
    for (int i = 1; i < RUSH_SERVICES; i++) memory_free(rush->crowd[i].called);
    crowd_free(&rush->crowd[0]);
    service_close(rush->set);
}

static uint64_t rush_day(struct rush *rush, int threads, uint64_t digest)
{
    parallel_for(threads, RUSH_SERVICES, rush_serve, rush);
    for (int i = 0; i < RUSH_SERVICES; i++) {
        sort_slots(rush->crowd[i].called, rush->crowd[i].calls);
        for (size_t j = 0; j < rush->crowd[i].calls; j++) digest = mix(digest + rush->crowd[i].called[j]);
    }
    return digest;
}

static uint64_t run_rush(int threads)
{
    struct rush rush;
    uint64_t digest = 0;
    int64_t left = 0;
    rush_open(&rush, threads);
    parallel_for(threads, RUSH_PEOPLE, rush_join, &rush);
    service_settle(rush.set);
    for (rush.day = 6; rush.day < 16; rush.day++) digest = rush_day(&rush, threads, digest);
    for (int i = 0; i < RUSH_SERVICES; i++) left += service_waiting(rush.set, i);
    TEST(left == RUSH_PEOPLE - 2858 + 1429 - RUSH_SERVICES * 1005, "%lld are left", (long long)left);
    rush_close(&rush);
    return digest;
}

static void test_threads_at_once(void)
{
    uint64_t one = run_rush(1);
    TEST(run_rush(3) == one && run_rush(4) == one, "other people served");
}

/* ---- fractions */

struct fraction {
    uint32_t people, days; /* people served per so many days */
};

static void serve_fraction(struct fraction fraction, double capacity)
{
    uint32_t people = 1001 * (fraction.people / fraction.days + 1);
    struct crowd crowd = crowd_new(people);
    struct service_set *set = service_open(1);
    service_declare(set, "fraction", SERVICE_OLDEST);
    for (uint32_t slot = 0; slot < people; slot++) take_ticket(&crowd, set, 0, slot, service_ticket(0, 0, slot * 1000u / people));
    service_settle(set);
    uint64_t served = 0;
    for (uint32_t day = 1; day <= 1000; day++) {
        served += serve(&crowd, set, 0, (int32_t)day + 1000, capacity);
        TEST(served == (uint64_t)day * fraction.people / fraction.days, "%u/%u: %llu served after %u days", fraction.people, fraction.days,
             (unsigned long long)served, day);
    }
    service_close(set);
    crowd_free(&crowd);
}

static void test_fractions(void)
{
    static const struct fraction fractions[] = {{1, 10}, {1, 3}, {2, 3}, {7, 10}, {5, 2}, {1, 1000}, {20005, 100}, {15432, 125}, {3, 1}, {0, 1}};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++)
        serve_fraction(fractions[i], (double)fractions[i].people / fractions[i].days);
    serve_fraction((struct fraction){7, 10}, 0.1 + 0.2 + 0.4); /* a hair more than 0.7 */
    serve_fraction((struct fraction){8, 10}, 1.0 - 0.2 + 0.1 - 0.1);
    serve_fraction((struct fraction){4, 1}, 4.35 * 100 - 431); /* a hair less than 4 */
}

/* An empty queue keeps a fraction below one, and never a whole place. */
static void test_empty_queue(void)
{
    struct crowd crowd = crowd_new(20);
    struct service_set *set = service_open(1);
    int service = service_declare(set, "bed", SERVICE_OLDEST);
    for (int32_t day = 0; day < 1001; day++) {
        TEST(serve(&crowd, set, service, day, 5.3) == 0, "nobody waits");
        TEST(service_carry(set)[service] >= 0 && service_carry(set)[service] < 1, "day %d: carry %g", day, service_carry(set)[service]);
    }
    TEST(fabs(service_carry(set)[service] - 0.3) < 1e-6, "1001 * 0.3 leaves 0.3, not %g", service_carry(set)[service]);
    for (uint32_t slot = 0; slot < 20; slot++) take_ticket(&crowd, set, 0, slot, service_ticket((uint32_t)service, 0, 1000));
    service_settle(set);
    service_clear(set);
    TEST(fabs(service_carry(set)[service] - 0.3) < 1e-6, "fractions stay");
    for (uint32_t slot = 0; slot < 20; slot++) service_join(set, 0, slot, service_ticket((uint32_t)service, 0, 1000));
    service_settle(set);
    TEST(serve(&crowd, set, service, 1000, 0.0) == 0, "no places");
    TEST(serve(&crowd, set, service, 1001, 5.3) == 5, "0.3 + 5.3");
    TEST(serve(&crowd, set, service, 1002, 5.3) == 5, "0.6 + 5.3");
    TEST(serve(&crowd, set, service, 1003, 1e300) == 10, "all places there are");
    service_close(set);
    crowd_free(&crowd);
}

/* ---- days, services, entries */

static void test_ticket(void)
{
    uint32_t ticket = service_ticket(4095, 7, 65535);
    TEST(service_of(ticket) == 4095 && service_priority(ticket) == 7 && service_day(ticket) == 65535, "%x", ticket);
    ticket = service_ticket(17, 3, 40000);
    TEST(service_of(ticket) == 17 && service_priority(ticket) == 3 && service_day(ticket) == 40000, "%x", ticket);
}

/* One place a day over days far apart: strict order of (priority, day), both ways. */
static void sparse(enum service_rule rule)
{
    static const uint32_t days[] = {0, 1, 63, 64, 127, 4095, 4096, 8191, 40000, 65534};
    enum { COUNT = sizeof days / sizeof *days };
    struct crowd crowd = crowd_new(2 * COUNT + 1);
    struct service_set *set = service_open(2);
    service_declare(set, "sparse", rule);
    for (uint32_t i = 0; i < 2 * COUNT; i++) { /* slots in the order of service */
        uint32_t place = rule == SERVICE_OLDEST ? i % COUNT : COUNT - 1 - i % COUNT;
        take_ticket(&crowd, set, (int)i % 2, i, service_ticket(0, i < COUNT ? 1 : 7, days[place]));
    }
    take_ticket(&crowd, set, 0, 2 * COUNT, service_ticket(0, 0, 65535)); /* not yet */
    service_settle(set);
    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        TEST(serve(&crowd, set, 0, 65535, 1) == 1 && crowd.called[0] == i, "place %u", i);
        TEST(service_waiting_in(set, 0, i < COUNT ? 1 : 7, (int32_t)service_day(crowd.holder[i].ticket)) == 0, "still there");
    }
    TEST(serve(&crowd, set, 0, 65535, 100) == 0, "who joins today is served from tomorrow on");
    TEST(serve(&crowd, set, 0, 70000, 100) == 1 && service_waiting(set, 0) == 0, "tomorrow");
    TEST(service_waiting_in(set, 0, 0, -1) == 0 && service_waiting_in(set, 0, 0, 70000) == 0, "days that cannot be");
    service_close(set);
    service_close(NULL);
    crowd_free(&crowd);
}

static void test_sparse_days(void)
{
    sparse(SERVICE_OLDEST);
    sparse(SERVICE_NEWEST);
}

/* 4096 services, three of them used; what they held is freed when it is served. */
static void test_many_services(void)
{
    struct crowd crowd = crowd_new(30000);
    struct service_set *set = service_open(1);
    for (int i = 0; i < SERVICE_MOST; i++) {
        char name[32];
        snprintf(name, sizeof name, "office %d", i);
        TEST(service_declare(set, name, SERVICE_OLDEST) == i, "service %d", i);
    }
    TEST(service_declare(set, "one too many", SERVICE_OLDEST) == -1 && service_count(set) == SERVICE_MOST, "a ticket has 12 bits for the service");
    TEST(service_find(set, "office 4095") == 4095 && service_find(set, "office") == -1, "find");
    TEST(strcmp(service_name(set, 77), "office 77") == 0, "name %s", service_name(set, 77));
    size_t before = mallinfo2().uordblks;
    for (uint32_t slot = 0; slot < 30000; slot++) take_ticket(&crowd, set, 0, slot, service_ticket(slot % 3 * 2000, slot % 8, slot % 3000));
    service_settle(set);
    service_settle(set);
    size_t calls = 0;
    for (int i = 0; i < SERVICE_MOST; i++) calls += serve(&crowd, set, i, 3000, 20000);
    TEST(calls == 30000, "%zu calls", calls);
    size_t after = mallinfo2().uordblks;
    TEST(after <= before + 65536, "%zu bytes are kept", after - before); /* the C library keeps a few freed blocks */
    service_close(set);
    crowd_free(&crowd);
}

/* Somebody who gives up and comes back again and again is called once, counted once, and does not fill the memory. */
static void test_back_and_forth(void)
{
    struct crowd crowd = crowd_new(301);
    crowd.late = true;
    struct service_set *set = service_open(2);
    service_declare(set, "patience", SERVICE_OLDEST);
    uint32_t here = service_ticket(0, 2, 9), there = service_ticket(0, 1, 9);
    for (uint32_t slot = 0; slot < 301; slot++) take_ticket(&crowd, set, 0, slot, here);
    service_settle(set);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 100000; i++) {
        service_move(set, i % 2, 7, here, there);
        service_move(set, 1 - i % 2, 7, there, here);
        service_move(set, 0, 7, here, here);
        if (i % 3 == 0) service_settle(set);
    }
    service_settle(set);
    TEST(mallinfo2().uordblks <= before + 65536, "%zu bytes more", mallinfo2().uordblks - before);
    TEST(service_waiting(set, 0) == 301 && service_waiting_in(set, 0, 1, 9) == 0, "%lld wait", (long long)service_waiting(set, 0));
    unsigned called[301] = {0};
    for (int32_t day = 10; day < 20; day++) {
        size_t calls = serve(&crowd, set, 0, day, 100);
        TEST(calls == (day < 13 ? 100 : day == 13), "%zu on day %d", calls, day);
        for (size_t i = 0; i < calls; i++) {
            called[crowd.called[i]]++;
            crowd.holder[crowd.called[i]].waiting = false;
        }
    }
    for (uint32_t slot = 0; slot < 301; slot++) TEST(called[slot] == 1, "slot %u: %u times", slot, called[slot]);
    service_close(set);
    crowd_free(&crowd);
}

/* ---- fairness: who of a cohort is served first has nothing to do with the slot */

static void test_fairness(void)
{
    enum { PEOPLE = 40000,
           BLOCKS = 20,
           SERVED = 5 * 2000 };
    struct crowd crowd = crowd_new(PEOPLE);
    struct service_set *set = service_open(1);
    service_declare(set, "fair", SERVICE_OLDEST);
    for (uint32_t slot = 0; slot < PEOPLE; slot++) take_ticket(&crowd, set, 0, slot, service_ticket(0, 0, 0));
    service_settle(set);
    double served[BLOCKS] = {0}, deviation = 0;
    for (int32_t day = 1; day <= 5; day++) {
        size_t calls = serve(&crowd, set, 0, day, 2000);
        for (size_t i = 0; i < calls; i++) served[crowd.called[i] / (PEOPLE / BLOCKS)]++;
    }
    double share = (double)SERVED / PEOPLE, mean = (double)SERVED / BLOCKS;
    for (int block = 0; block < BLOCKS; block++) deviation += (served[block] - mean) * (served[block] - mean) / (mean * (1 - share));
    TEST(gsl_cdf_chisq_Q(deviation, BLOCKS - 1) > 1e-6, "chi-squared %g with %d degrees of freedom", deviation, BLOCKS - 1);
    TEST(gsl_cdf_chisq_P(deviation, BLOCKS - 1) > 1e-6, "too even: chi-squared %g", deviation);
    service_close(set);
    crowd_free(&crowd);
}

/* ---- queueing theory

   Arrivals of a day are Poisson with mean rho * capacity and are served from the next day on, so what is left after the
   morning's service follows the Lindley recursion left' = max(0, left + arrivals - capacity), exactly.
   1. The queue equals the recursion, every day.
   2. The recursion's mean equals Spitzer's sum for this random walk, sum over n of E[(S_n)^+] / n.
   3. With one place a day the recursion is M/D/1 seen after each service, so both equal rho^2 / (2 (1 - rho)), the mean
      number waiting. With many places a day it lies below: nobody looks at the queue within a day. */

struct poisson {
    gsl_rng *rng;
    gsl_ran_discrete_t *table;
    uint64_t first;
};

/* The distribution cut at 12 standard deviations. */
static struct poisson poisson_open(double mean)
{
    double reach = 12 * sqrt(mean) + 12;
    struct poisson poisson = {.rng = gsl_rng_alloc(gsl_rng_taus2), .first = mean > reach ? (uint64_t)(mean - reach) : 0};
    size_t count = (size_t)(mean + reach) - poisson.first + 1;
    double *weight = memory_new(count, sizeof *weight);
    for (size_t i = 0; i < count; i++) weight[i] = gsl_ran_poisson_pdf((unsigned)(poisson.first + i), mean);
    poisson.table = gsl_ran_discrete_preproc(count, weight);
    gsl_rng_set(poisson.rng, 20260);
    memory_free(weight);
    return poisson;
}

static int64_t poisson_draw(const struct poisson *poisson) { return (int64_t)(poisson->first + gsl_ran_discrete(poisson->rng, poisson->table)); }

static void poisson_close(struct poisson *poisson)
{
    gsl_ran_discrete_free(poisson->table);
    gsl_rng_free(poisson->rng);
}

static int64_t lindley(int64_t left, int64_t arrivals, int64_t capacity) { return left + arrivals > capacity ? left + arrivals - capacity : 0; }

static double recursion_mean(double rho, int64_t capacity, int64_t days)
{
    struct poisson poisson = poisson_open(rho * (double)capacity);
    int64_t left = 0, sum = 0;
    for (int64_t day = 0; day < days; day++) {
        left = lindley(left, poisson_draw(&poisson), capacity);
        sum += left;
    }
    poisson_close(&poisson);
    return (double)sum / (double)days;
}

/* E[(N - k)^+] for N Poisson. */
static double poisson_excess(double mean, unsigned k) { return mean * gsl_cdf_poisson_Q(k - 1, mean) - k * gsl_cdf_poisson_Q(k, mean); }

static double spitzer_mean(double rho, unsigned capacity)
{
    double sum = 0;
    unsigned terms = (unsigned)(150 / ((1 - rho) * (1 - rho) * capacity)) + 10;
    for (unsigned n = terms; n > 0; n--) sum += poisson_excess(n * rho * capacity, n * capacity) / n;
    return sum;
}

static double md1_mean(double rho) { return rho * rho / (2 * (1 - rho)); }

static void near(const char *what, double found, double expected, double tolerance)
{
    TEST(fabs(found / expected - 1) < tolerance, "%s: %.6f, expected %.6f", what, found, expected);
}

static void test_theory(void)
{
    double one = recursion_mean(0.9, 1, 20000000);
    double two_hundred = recursion_mean(0.98, 200, 2000000), thousand = recursion_mean(0.98, 1000, 2000000);
    near("Spitzer, one a day, rho 0.5, against M/D/1", spitzer_mean(0.5, 1), md1_mean(0.5), 1e-6);
    near("Spitzer, one a day, rho 0.95, against M/D/1", spitzer_mean(0.95, 1), md1_mean(0.95), 1e-6);
    near("one a day, rho 0.9, against M/D/1", one, md1_mean(0.9), 0.02);
    near("200 a day, rho 0.98, against Spitzer", two_hundred, spitzer_mean(0.98, 200), 0.02);
    near("1000 a day, rho 0.98, against Spitzer", thousand, spitzer_mean(0.98, 1000), 0.02);
    TEST(thousand < two_hundred && two_hundred < md1_mean(0.98), "%.4f, %.4f, M/D/1 %.4f", thousand, two_hundred, md1_mean(0.98));
}

/* Each day people take slots round a ring that is large enough. */
struct line_run {
    struct crowd crowd;
    struct service_set *set;
    uint32_t ring, next;
    int64_t left, waited, evenings; /* days waited by those served; sum of people waiting overnight */
};

static void line_day(struct line_run *run, int32_t day, int64_t capacity, int64_t arrivals)
{
    size_t calls = serve(&run->crowd, run->set, 0, day, (double)capacity);
    for (size_t i = 0; i < calls; i++) run->waited += day - (int32_t)service_day(run->crowd.holder[run->crowd.called[i]].ticket);
    int64_t left = service_waiting(run->set, 0);
    TEST(left == run->left, "day %d: %lld wait, recursion %lld", day, (long long)left, (long long)run->left);
    for (int64_t i = 0; i < arrivals; i++) take_ticket(&run->crowd, run->set, 0, run->next++ % run->ring, service_ticket(0, 0, (uint32_t)day));
    service_settle(run->set);
    run->left = lindley(run->left, arrivals, capacity);
    run->evenings += service_waiting(run->set, 0);
}

/* The queue against the recursion; and Little's law as an identity: those who wait overnight, day by day, are the days
   waited by those served, once the queue has been emptied. */
static void follow_recursion(double rho, int64_t capacity, int32_t days)
{
    struct poisson poisson = poisson_open(rho * (double)capacity);
    struct line_run run = {crowd_new(1 << 16), service_open(1), 1 << 16, 0, 0, 0, 0};
    service_declare(run.set, "line", SERVICE_OLDEST);
    int64_t longest = 0;
    for (int32_t day = 0; day < days; day++) {
        line_day(&run, day, capacity, poisson_draw(&poisson));
        if (run.left > longest) longest = run.left;
    }
    for (int32_t day = days; day < days + 200; day++) line_day(&run, day, capacity, 0);
    TEST(run.left == 0 && longest > capacity / 20, "the longest queue was %lld", (long long)longest);
    TEST(run.waited == run.evenings, "%lld days waited, %lld people overnight", (long long)run.waited, (long long)run.evenings);
    service_close(run.set);
    crowd_free(&run.crowd);
    poisson_close(&poisson);
}

static void test_recursion(void)
{
    follow_recursion(0.9, 1, 60000);
    follow_recursion(0.98, 200, 2500);
    follow_recursion(0.98, 1000, 400);
}

static const struct test_case cases[] = {
    {"ticket", test_ticket},
    {"oldest first equals the naive twin", test_oldest_first},
    {"newest first equals the naive twin", test_newest_first},
    {"ties on the key, oldest first", test_ties_oldest},
    {"ties on the key, newest first", test_ties_newest},
    {"a large cohort equals the naive twin", test_backlog},
    {"several threads at once", test_threads_at_once},
    {"fractional capacity", test_fractions},
    {"empty queue", test_empty_queue},
    {"sparse days", test_sparse_days},
    {"many services", test_many_services},
    {"back and forth", test_back_and_forth},
    {"fairness", test_fairness},
    {"recursion", test_recursion},
    {"theory", test_theory},
};
TEST_MAIN(cases)
