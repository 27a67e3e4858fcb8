/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One person acts in one thread per phase, so a stable sort by (shard, person, phase) of the threads' rows, one after the
   other, gives the same order for any number of threads. */
#include "event.h"
#include "memory.h"
#include <assert.h>
#include <string.h>

int event_kind(struct event_log *log, const char *name, const char *doc)
{
    for (int i = 0; i < log->kinds; i++)
        if (strcmp(log->kind[i].name, name) == 0) return i;
    assert(log->kinds <= UINT8_MAX);
    log->kind = memory_grow(log->kind, (size_t)log->kinds, (size_t)log->kinds + 1, sizeof *log->kind);
    log->kind[log->kinds] = (struct event_kind){memory_text(name), memory_text(doc)};
    return log->kinds++;
}

void event_open(struct event_log *log, int threads)
{
    assert(threads > 0 && !log->row);
    log->threads = threads;
    log->row = memory_new((size_t)threads, sizeof *log->row);
    log->rows = memory_new((size_t)threads, sizeof *log->rows);
    log->room = memory_new((size_t)threads, sizeof *log->room);
}

void event_close(struct event_log *log)
{
    if (!log) return;
    for (int i = 0; i < log->kinds; i++) {
        memory_free(log->kind[i].name);
        memory_free(log->kind[i].doc);
    }
    for (int i = 0; i < log->threads; i++) memory_free(log->row[i]);
    void *block[] = {log->kind, log->row, log->rows, log->room, log->sorted, log->scratch};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    memset(log, 0, sizeof *log);
}

static struct event *next_row(struct event_log *log, int thread)
{
    if (log->rows[thread] == log->room[thread]) {
        uint32_t room = log->room[thread] ? log->room[thread] * 2 : 64;
        log->row[thread] = memory_grow(log->row[thread], log->room[thread], room, sizeof **log->row);
        log->room[thread] = room;
    }
    return &log->row[thread][log->rows[thread]++];
}

void event_add_value(struct event_log *log, int thread, const struct person *p, int kind, int32_t day, int phase, uint16_t value)
{
    if (!(p->flags & PERSON_SAMPLED)) return;
    assert(kind >= 0 && kind < log->kinds && day >= 0 && day <= UINT16_MAX && phase >= 0 && phase <= UINT8_MAX);
    struct event *event = next_row(log, thread);
    event->person = p->id;
    event->place = p->place;
    event->shard = person_shard(p->id);
    event->day = (uint16_t)day;
    event->value = value;
    event->kind = (uint8_t)kind;
    event->phase = (uint8_t)phase;
}

void event_add(struct event_log *log, int thread, const struct person *p, int kind, int32_t day, int phase)
{
    event_add_value(log, thread, p, kind, day, phase, 0);
}

static bool is_before(const struct event *a, const struct event *b)
{
    if (a->shard != b->shard) return a->shard < b->shard;
    if (a->person != b->person) return a->person < b->person;
    return a->phase < b->phase;
}

static void merge(const struct event *from, struct event *to, uint32_t low, uint32_t middle, uint32_t high)
{
    uint32_t left = low, right = middle;
    for (uint32_t i = low; i < high; i++) {
        bool take_right = right < high && (left >= middle || is_before(&from[right], &from[left]));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

/* One pass of a merge sort: runs of width become runs of twice the width. */
static void merge_runs(const struct event *from, struct event *to, uint32_t count, uint32_t width)
{
    for (uint32_t low = 0; low < count; low += 2 * width) {
        uint32_t middle = count - low < width ? count : low + width;
        merge(from, to, low, middle, count - middle < width ? count : middle + width);
    }
}

static void sort(struct event_log *log)
{
    for (uint32_t width = 1; width < log->count; width *= 2) {
        merge_runs(log->sorted, log->scratch, log->count, width);
        struct event *swap = log->sorted;
        log->sorted = log->scratch;
        log->scratch = swap;
    }
}

static void make_room(struct event_log *log, uint32_t count)
{
    if (count <= log->sorted_room) return;
    memory_free(log->sorted);
    memory_free(log->scratch);
    log->sorted_room = count + count / 2;
    log->sorted = memory_new(log->sorted_room, sizeof *log->sorted);
    log->scratch = memory_new(log->sorted_room, sizeof *log->scratch);
}

void event_settle(struct event_log *log)
{
    uint32_t count = 0;
    for (int i = 0; i < log->threads; i++) count += log->rows[i];
    make_room(log, count);
    log->count = 0;
    for (int i = 0; i < log->threads; i++) {
        if (log->rows[i]) memcpy(log->sorted + log->count, log->row[i], log->rows[i] * sizeof *log->sorted);
        log->count += log->rows[i];
        log->rows[i] = 0;
    }
    sort(log);
}
