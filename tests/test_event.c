/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/event.h"
#include "sim/memory.h"
#include "tests/test.h"
#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ *state >> 31;
}

enum { PERSONS = 700,
       PHASES = 3,
       DAYS = 4,
       MOST = 5 };

static void open(struct event_log *log, int threads)
{
    for (int i = 0; i < MOST; i++) {
        char name[8];
        snprintf(name, sizeof name, "k%d", i);
        TEST(event_kind(log, name, "a kind") == i, "kind %d", i);
    }
    event_open(log, threads);
}

/* What a person does in a phase of a day, whoever looks: up to five events, the place tells which. */
static void act(struct event_log *log, int thread, struct person *p, int32_t day, int phase)
{
    uint64_t state = p->id * 31 + (uint64_t)day * 7 + (uint64_t)phase;
    uint64_t count = next_random(&state) % (MOST + 1);
    for (uint64_t i = 0; i < count; i++) {
        p->place = (uint32_t)next_random(&state);
        int kind = (int)(next_random(&state) % MOST);
        if (i % 2) event_add(log, thread, p, kind, day, phase);
        else event_add_value(log, thread, p, kind, day, phase, (uint16_t)(next_random(&state) | 1));
    }
}

static void run_day(struct event_log *log, struct person *persons, int32_t day, uint64_t *state)
{
    for (int phase = 0; phase < PHASES; phase++)
        for (int i = 0; i < PERSONS; i++) act(log, (int)(next_random(state) % (uint64_t)log->threads), &persons[i], day, phase);
    event_settle(log);
}

static bool same(const struct event *a, const struct event *b)
{
    return a->person == b->person && a->place == b->place && a->shard == b->shard && a->day == b->day && a->kind == b->kind &&
           a->phase == b->phase && a->value == b->value;
}

static struct person *new_persons(void)
{
    struct person *persons = memory_new(PERSONS, sizeof *persons);
    uint64_t state = 77;
    for (int i = 0; i < PERSONS; i++) {
        persons[i].id = next_random(&state);
        persons[i].flags = next_random(&state) % 3 ? PERSON_SAMPLED : PERSON_PARTED;
    }
    return persons;
}

static void threads_do_not_matter(void)
{
    struct person *persons = new_persons();
    for (int threads = 1; threads <= 5; threads++) {
        struct event_log one = {0}, many = {0};
        uint64_t state = (uint64_t)threads;
        open(&one, 1);
        open(&many, threads);
        for (int32_t day = 0; day < DAYS; day++) {
            run_day(&one, persons, day, &state);
            run_day(&many, persons, day, &state);
            uint32_t wrong = 0;
            TEST(one.count == many.count && one.count > PERSONS, "%u and %u events", one.count, many.count);
            for (uint32_t i = 0; i < one.count && i < many.count; i++) wrong += !same(&one.sorted[i], &many.sorted[i]);
            TEST(wrong == 0, "%d threads, day %d: %u events differ", threads, day, wrong);
        }
        event_close(&one);
        event_close(&many);
    }
    memory_free(persons);
}

static int compare(const struct event *a, const struct event *b)
{
    if (a->shard != b->shard) return a->shard < b->shard ? -1 : 1;
    if (a->person != b->person) return a->person < b->person ? -1 : 1;
    return (int)a->phase - (int)b->phase;
}

static uint16_t value_of(int kind) { return kind % 2 ? (uint16_t)(60000 + kind) : 0; }

static void add_one(struct event_log *log, int thread, const struct person *p, int kind, int phase)
{
    if (kind % 2) event_add_value(log, thread, p, kind, 9, phase, value_of(kind));
    else event_add(log, thread, p, kind, 9, phase);
}

/* Within one person and phase the events stand as they were emitted: kinds count up. */
static void order_is_shard_person_phase_emission(void)
{
    struct event_log log = {0};
    struct person *persons = new_persons();
    open(&log, 3);
    for (int phase = PHASES; phase-- > 0;)
        for (int i = PERSONS; i-- > 0;)
            for (int kind = 0; kind < MOST; kind++) add_one(&log, i % 3, &persons[i], kind, phase);
    event_settle(&log);
    uint32_t sampled = 0;
    for (int i = 0; i < PERSONS; i++) sampled += persons[i].flags == PERSON_SAMPLED;
    TEST(log.count == sampled * PHASES * MOST, "only the sampled are kept: %u events", log.count);
    for (uint32_t i = 0; i < log.count; i++) {
        TEST(log.sorted[i].shard == person_shard(log.sorted[i].person) && log.sorted[i].day == 9 && log.sorted[i].value == value_of(log.sorted[i].kind), "event %u", i);
        int order = i ? compare(&log.sorted[i - 1], &log.sorted[i]) : -1;
        TEST(order < 0 || (order == 0 && log.sorted[i - 1].kind + 1 == log.sorted[i].kind), "event %u", i);
    }
    event_settle(&log);
    TEST(log.count == 0, "the rows were emptied");
    event_close(&log);
    event_close(&log);
    memory_free(persons);
}

static void kinds_are_found_or_added(void)
{
    struct event_log log = {0};
    TEST(event_kind(&log, "arrived", "a") == 0 && event_kind(&log, "died", "b") == 1 && event_kind(&log, "arrived", "c") == 0, "codes");
    TEST(log.kinds == 2 && strcmp(log.kind[0].doc, "a") == 0, "the first words stand");
    event_close(&log);
}

static const struct test_case cases[] = {
    {"threads_do_not_matter", threads_do_not_matter},
    {"order_is_shard_person_phase_emission", order_is_shard_person_phase_emission},
    {"kinds_are_found_or_added", kinds_are_found_or_added}};

TEST_MAIN(cases)
