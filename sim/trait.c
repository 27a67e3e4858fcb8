/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trait.h"
#include "memory.h"
#include <assert.h>
#include <string.h>

struct trait *trait_add(struct trait_set *set, const char *name, uint32_t values, const char *const *label, const double *weight)
{
    assert(values > 0);
    set->trait = memory_grow(set->trait, set->count, set->count + 1, sizeof *set->trait);
    struct trait *trait = &set->trait[set->count++];
    trait->name = memory_text(name);
    trait->values = values;
    trait->label = memory_new(values, sizeof *trait->label);
    for (uint32_t i = 0; i < values; i++) trait->label[i] = memory_text(label[i]);
    trait->fallback = memory_copy(weight, values, sizeof *weight);
    return trait;
}

/* The row of a place, made where there is none: a later row of the same place replaces the earlier. */
static uint32_t row_of(struct trait *trait, uint32_t place)
{
    for (uint32_t i = 0; i < trait->rows; i++)
        if (trait->place[i] == place) return i;
    size_t rows = trait->rows, values = trait->values;
    trait->place = memory_grow(trait->place, rows, rows + 1, sizeof *trait->place);
    trait->weight = memory_grow(trait->weight, rows * values, (rows + 1) * values, sizeof *trait->weight);
    trait->place[rows] = place;
    return trait->rows++;
}

void trait_add_row(struct trait *trait, uint32_t place, const double *weight)
{
    size_t row = row_of(trait, place);
    memcpy(trait->weight + row * trait->values, weight, trait->values * sizeof *weight);
}

static void free_one(struct trait *trait)
{
    for (uint32_t i = 0; i < trait->values; i++) memory_free(trait->label[i]);
    memory_free(trait->name);
    memory_free(trait->label);
    memory_free(trait->fallback);
    memory_free(trait->place);
    memory_free(trait->weight);
}

void trait_free(struct trait_set *set)
{
    if (!set) return;
    for (uint32_t i = 0; i < set->count; i++) free_one(&set->trait[i]);
    memory_free(set->trait);
    memset(set, 0, sizeof *set);
}
