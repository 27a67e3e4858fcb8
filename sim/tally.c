/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tally.h"
#include "memory.h"
#include "wide.h"
#include <assert.h>
#include <string.h>

#define BLOCK 64 /* cells reduced, or left, together */

static int find_axis(const struct tally_set *set, const char *name)
{
    for (int i = 0; i < set->axes; i++)
        if (strcmp(set->axis[i].name, name) == 0) return i;
    return -1;
}

int tally_axis(struct tally_set *set, const char *name, uint32_t size, const char *const *label)
{
    int found = find_axis(set, name);
    assert(found < 0 || set->axis[found].size == size);
    if (found >= 0) return found;
    set->axis = memory_grow(set->axis, (size_t)set->axes, (size_t)set->axes + 1, sizeof *set->axis);
    struct tally_axis *axis = &set->axis[set->axes];
    axis->name = memory_text(name);
    axis->size = size;
    if (label) axis->label = memory_new(size, sizeof *axis->label);
    for (uint32_t i = 0; label && i < size; i++) axis->label[i] = memory_text(label[i]);
    return set->axes++;
}

/* Too many for 32 bits become UINT32_MAX, which tally_open() refuses. */
static uint32_t count_cells(const struct tally_set *set, int axes, const int *axis)
{
    uint64_t cells = 1;
    for (int i = 0; i < axes; i++) {
        cells *= set->axis[axis[i]].size;
        if (cells > UINT32_MAX) cells = UINT32_MAX;
    }
    return (uint32_t)cells;
}

int tally_declare(struct tally_set *set, const char *name, const char *unit, const char *doc, enum tally_kind kind, int axes,
                  const int *axis)
{
    assert(!set->delta && axes >= 0 && axes <= TALLY_AXES && tally_find(set, name) < 0);
    set->tally = memory_grow(set->tally, (size_t)set->count, (size_t)set->count + 1, sizeof *set->tally);
    struct tally *tally = &set->tally[set->count];
    tally->name = memory_text(name);
    tally->unit = memory_text(unit);
    tally->doc = memory_text(doc);
    tally->kind = kind;
    tally->axes = axes;
    for (int i = 0; i < axes; i++) tally->axis[i] = axis[i];
    tally->cells = count_cells(set, axes, axis);
    tally->offset = set->cells;
    set->cells += tally->cells;
    return set->count++;
}

static const struct tally *largest(const struct tally_set *set)
{
    const struct tally *found = set->tally;
    for (int i = 1; i < set->count; i++)
        if (set->tally[i].cells > found->cells) found = &set->tally[i];
    return found;
}

int tally_open(struct tally_set *set, int threads, struct error *error)
{
    assert(threads > 0 && !set->delta);
    size_t bytes = set->cells * sizeof *set->value + (size_t)threads * set->cells * sizeof **set->delta;
    if (bytes > TALLY_LIMIT_BYTES) {
        const struct tally *most = largest(set);
        return fail(error, FAIL_INPUT, "tallies need %zu bytes (%zu cells, %d threads), above the limit of %zu bytes; "
                                       "the largest is '%s' with %u cells",
                    bytes, set->cells, threads, TALLY_LIMIT_BYTES, most->name, most->cells);
    }
    set->value = memory_new(set->cells, sizeof *set->value);
    set->delta = memory_new((size_t)threads, sizeof *set->delta);
    for (int i = 0; i < threads; i++) set->delta[i] = memory_new(set->cells, sizeof **set->delta);
    set->threads = threads;
    return 0;
}

int tally_find(const struct tally_set *set, const char *name)
{
    for (int i = 0; i < set->count; i++)
        if (strcmp(set->tally[i].name, name) == 0) return i;
    return -1;
}

/* Most cells see nobody in a phase, and their neighbours neither. */
WIDE static void take_row(int64_t *restrict value, int32_t *restrict delta, size_t cells)
{
    for (size_t first = 0; first < cells; first += BLOCK) {
        size_t end = first + BLOCK < cells ? first + BLOCK : cells;
        int32_t any = 0;
        for (size_t i = first; i < end; i++) any |= delta[i];
        for (size_t i = first; any && i < end; i++) {
            value[i] += delta[i];
            delta[i] = 0;
        }
    }
}

void tally_reduce(struct tally_set *set)
{
    for (int i = 0; i < set->threads; i++) take_row(set->value, set->delta[i], set->cells);
}

void tally_day(struct tally_set *set)
{
    for (int i = 0; i < set->count; i++) {
        const struct tally *tally = &set->tally[i];
        if (tally->kind == TALLY_FLOW && tally->cells) memset(set->value + tally->offset, 0, tally->cells * sizeof *set->value);
    }
}

static void free_axis(struct tally_axis *axis)
{
    for (uint32_t i = 0; axis->label && i < axis->size; i++) memory_free(axis->label[i]);
    memory_free(axis->label);
    memory_free(axis->name);
}

static void free_tally(struct tally *tally)
{
    memory_free(tally->name);
    memory_free(tally->unit);
    memory_free(tally->doc);
}

void tally_close(struct tally_set *set)
{
    if (!set) return;
    for (int i = 0; i < set->axes; i++) free_axis(&set->axis[i]);
    for (int i = 0; i < set->count; i++) free_tally(&set->tally[i]);
    for (int i = 0; i < set->threads; i++) memory_free(set->delta[i]);
    memory_free(set->axis);
    memory_free(set->tally);
    memory_free(set->value);
    memory_free(set->delta);
    memset(set, 0, sizeof *set);
}
