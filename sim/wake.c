/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wake.h"

#include "memory.h"
#include "parallel.h"
#include "sim.h"
#include <assert.h>
#include <string.h>

#define WAVE WAIT_WAVE
#define BLOCK 64    /* hints compared at once */
#define ROUNDS 1000 /* more acts than this of one person on one day is a model that never ends its wait */

static bool block_holds(const uint8_t *hint, uint8_t code)
{
    uint8_t any = 0;
    for (int k = 0; k < BLOCK; k++) any |= hint[k] == code;
    return any;
}

/* The top bit of every byte of eight hints that equals the code. */
static uint64_t equal_bytes(const uint8_t *hint, uint64_t codes)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    uint64_t x;
    memcpy(&x, hint, sizeof x);
    x ^= codes;
    return ~(((x & low) + low) | x | low);
}

/* A chunk of rows on its way through the scan: slots found so far, and the next row to look at. */
struct finder {
    const struct sim *sim;
    uint32_t *slot;
    uint32_t n, next, end;
    uint8_t code;
};

/* Its row is wanted soon: the fetch overlaps with the rest of the scan. */
static void found(struct finder *f, uint32_t slot)
{
    f->slot[f->n++] = slot;
    __builtin_prefetch(&f->sim->persons.row[slot], 1);
}

static void collect_block(struct finder *f)
{
    const uint8_t *hint = f->sim->persons.hint;
    uint64_t codes = f->code * 0x0101010101010101u;
    for (uint32_t i = f->next; i < f->next + BLOCK; i += 8)
        for (uint64_t equal = equal_bytes(hint + i, codes); equal; equal &= equal - 1) found(f, i + (uint32_t)__builtin_ctzll(equal) / 8);
}

/* Until a wave is nearly full or the chunk ends. */
static void scan(struct finder *f, uint32_t most)
{
    const uint8_t *hint = f->sim->persons.hint;
    for (; f->next + BLOCK <= f->end && f->n + BLOCK <= most; f->next += BLOCK)
        if (block_holds(hint + f->next, f->code)) collect_block(f);
    for (; f->next + BLOCK > f->end && f->next < f->end && f->n < most; f->next++)
        if (hint[f->next] == f->code) found(f, f->next);
}

static void everybody(struct finder *f, uint32_t most)
{
    for (; f->next < f->end && f->n < most; f->next++)
        if (!(f->sim->persons.row[f->next].flags & PERSON_DEAD)) found(f, f->next);
}

static void prefetch(const struct sim *sim, const uint32_t *slot, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) __builtin_prefetch(&sim->persons.row[slot[i]], 1);
}

static void act(struct sim *sim, int thread, int phase, const struct wait_buckets *b)
{
    for (int i = 0; i < sim->waits.count; i++) {
        if (b->n[i] == 0) continue;
        const struct sim_model *m = &sim->model[sim->waits.wait[i].model];
        struct model_span span = {thread, phase, i, b->n[i], b->slot[i]};
        m->model->act(sim, m->state, &span);
    }
}

static uint32_t gather(const struct wait_buckets *b, uint32_t *slot)
{
    uint32_t n = 0;
    for (int i = 0; i < PERSON_WAITS; i++)
        for (uint32_t k = 0; k < b->n[i]; k++) slot[n++] = b->slot[i][k];
    return n;
}

/* Everything of this phase that is due for these persons: after an act another wait may be due, until none is. */
static void handle(struct sim *sim, int thread, int phase, const uint32_t *slot, uint32_t n)
{
    struct wait_buckets b;
    uint32_t again[WAVE];
    int rounds = 0;
    while (n > 0 && wait_sort(sim, phase, slot, n, &b) > 0) {
        act(sim, thread, phase, &b);
        if (wait_once(sim, phase)) return;
        n = gather(&b, again);
        slot = again;
        assert(rounds < ROUNDS);
        if (++rounds == ROUNDS) return;
    }
}

struct phase_work {
    struct sim *sim;
    int phase;
};

/* Who is due again in a later phase comes to the front of slot; returns how many. */
static uint32_t wave(const struct phase_work *work, int thread, uint32_t *slot, uint32_t n)
{
    handle(work->sim, thread, work->phase, slot, n);
    return wait_hints(work->sim, work->phase, slot, n);
}

/* Phase 0: find a wave, handle it, go on. */
static void find_chunk(const struct phase_work *work, int thread, struct sim_woken *woken, uint32_t first, uint32_t end)
{
    struct sim *sim = work->sim;
    struct finder f = {sim, woken->slot, 0, first, end, wait_code(sim->day)};
    while (f.next < end) {
        uint32_t kept = f.n;
        if (sim->waits.naive) everybody(&f, kept + WAVE);
        else scan(&f, kept + WAVE);
        f.n = kept + wave(work, thread, woken->slot + kept, f.n - kept);
    }
    woken->count = f.n;
}

/* Later phases: those who were left over. */
static void take_chunk(const struct phase_work *work, int thread, struct sim_woken *woken)
{
    uint32_t count = woken->count;
    woken->count = 0;
    for (uint32_t i = 0; i < count; i += WAVE) {
        uint32_t n = count - i < WAVE ? count - i : WAVE;
        prefetch(work->sim, woken->slot + i, n);
        uint32_t later = wave(work, thread, woken->slot + i, n);
        memmove(woken->slot + woken->count, woken->slot + i, later * sizeof *woken->slot);
        woken->count += later;
    }
}

static void chunk_phase(void *context, int thread, uint32_t index)
{
    const struct phase_work *work = context;
    struct sim *sim = work->sim;
    struct sim_woken *woken = &sim->woken[index];
    uint32_t chunk = sim->tuning.chunk, first = index * chunk, count = sim->persons.count;
    uint32_t end = count - first < chunk ? count : first + chunk;
    if (!woken->slot) woken->slot = memory_new((size_t)chunk + 1, sizeof *woken->slot);
    if (work->phase == 0) find_chunk(work, thread, woken, first, end);
    else take_chunk(work, thread, woken);
}

void wake_phase(struct sim *sim, int phase)
{
    uint32_t chunks = (uint32_t)(((uint64_t)sim->persons.count + sim->tuning.chunk - 1) / sim->tuning.chunk);
    if (chunks > sim->chunks) {
        sim->woken = memory_grow(sim->woken, sim->chunks, chunks, sizeof *sim->woken);
        sim->chunks = chunks;
    }
    struct phase_work work = {sim, phase};
    parallel_for(sim->tuning.threads, chunks, chunk_phase, &work);
}

void wake_close(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->chunks; i++) memory_free(sim->woken[i].slot);
    memory_free(sim->woken);
}
