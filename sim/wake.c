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

static uint32_t collect(const uint8_t *hint, uint8_t code, uint32_t from, uint32_t *slot, uint32_t n)
{
    uint64_t codes = code * 0x0101010101010101u;
    for (uint32_t i = from; i < from + BLOCK; i += 8)
        for (uint64_t found = equal_bytes(hint + i, codes); found; found &= found - 1) slot[n++] = i + (uint32_t)__builtin_ctzll(found) / 8;
    return n;
}

static uint32_t scan(const struct sim *sim, uint32_t first, uint32_t end, uint32_t *slot)
{
    const uint8_t *hint = sim->persons.hint;
    uint8_t code = wait_code(sim->day);
    uint32_t n = 0, i = first;
    for (; i + BLOCK <= end; i += BLOCK)
        if (block_holds(hint + i, code)) n = collect(hint, code, i, slot, n);
    for (; i < end; i++)
        if (hint[i] == code) slot[n++] = i;
    return n;
}

static uint32_t everybody(const struct sim *sim, uint32_t first, uint32_t end, uint32_t *slot)
{
    uint32_t n = 0;
    for (uint32_t i = first; i < end; i++) {
        slot[n] = i;
        n += !(sim->persons.row[i].flags & PERSON_DEAD);
    }
    return n;
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

static void chunk_phase(void *context, int thread, uint32_t index)
{
    const struct phase_work *work = context;
    struct sim *sim = work->sim;
    struct sim_woken *woken = &sim->woken[index];
    uint32_t chunk = sim->tuning.chunk, first = index * chunk, count = sim->persons.count;
    uint32_t end = count - first < chunk ? count : first + chunk;
    if (!woken->slot) woken->slot = memory_new((size_t)chunk + 1, sizeof *woken->slot);
    if (work->phase == 0) woken->count = sim->waits.naive ? everybody(sim, first, end, woken->slot) : scan(sim, first, end, woken->slot);
    for (uint32_t i = 0; i < woken->count; i += WAVE) {
        const uint32_t *slot = woken->slot + i;
        uint32_t n = woken->count - i < WAVE ? woken->count - i : WAVE;
        prefetch(sim, slot, n);
        handle(sim, thread, work->phase, slot, n);
        if (work->phase == sim->phases - 1) wait_hints(sim, slot, n);
    }
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
