/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trait.h"
#include "memory.h"
#include <assert.h>
#include <string.h>

static enum trait_fills fills_of(const char *name)
{
    if (!strcmp(name, "age")) return TRAIT_FILLS_BIRTH;
    return !strcmp(name, "sex") || !strcmp(name, "gender") ? TRAIT_FILLS_SEX : TRAIT_FILLS_NOTHING;
}

struct trait *trait_add(struct trait_set *set, const char *name, uint32_t values, const char *const *label, const double *weight)
{
    assert(values > 0 && set->count < TRAIT_MOST);
    set->trait = memory_grow(set->trait, set->count, set->count + 1, sizeof *set->trait);
    struct trait *trait = &set->trait[set->count++];
    trait->name = memory_text(name);
    trait->fills = fills_of(name);
    if (trait->fills == TRAIT_FILLS_BIRTH) set->age = set->count;
    trait->given = TRAIT_NONE;
    trait->counted = true;
    trait->cases = 1;
    trait->values = values;
    trait->label = memory_new(values, sizeof *trait->label);
    for (uint32_t i = 0; i < values; i++) trait->label[i] = memory_text(label[i]);
    trait->fallback = memory_copy(weight, values, sizeof *weight);
    return trait;
}

void trait_depend(struct trait_set *set, int given)
{
    struct trait *trait = &set->trait[set->count - 1];
    assert(given >= 0 && given < (int)set->count - 1 && !trait->case_of);
    trait->given = given;
    trait->case_of = memory_new(set->trait[given].values, sizeof *trait->case_of);
}

uint32_t trait_add_case(struct trait *trait, uint32_t given_value)
{
    assert(trait->case_of);
    if (!trait->case_of[given_value]) trait->case_of[given_value] = trait->cases++;
    return trait->case_of[given_value];
}

/* The row of a case and place, made where there is none. */
static uint32_t row_of(struct trait *trait, uint32_t in_case, enum trait_over over, uint32_t cell)
{
    for (uint32_t i = 0; i < trait->rows; i++)
        if (trait->place[i] == cell && trait->over[i] == over && trait->in_case[i] == in_case) return i;
    size_t rows = trait->rows, values = trait->values;
    trait->in_case = memory_grow(trait->in_case, rows, rows + 1, sizeof *trait->in_case);
    trait->over = memory_grow(trait->over, rows, rows + 1, sizeof *trait->over);
    trait->place = memory_grow(trait->place, rows, rows + 1, sizeof *trait->place);
    trait->weight = memory_grow(trait->weight, rows * values, (rows + 1) * values, sizeof *trait->weight);
    trait->in_case[rows] = in_case;
    trait->over[rows] = over;
    trait->place[rows] = cell;
    return trait->rows++;
}

void trait_add_weights(struct trait *trait, uint32_t in_case, enum trait_over over, uint32_t cell, const double *weight)
{
    assert(in_case < trait->cases);
    size_t row = row_of(trait, in_case, over, cell);
    memcpy(trait->weight + row * trait->values, weight, trait->values * sizeof *weight);
}

void trait_add_row(struct trait *trait, uint32_t place, const double *weight) { trait_add_weights(trait, 0, TRAIT_PLACE, place, weight); }

static void free_one(struct trait *trait)
{
    for (uint32_t i = 0; i < trait->values; i++) memory_free(trait->label[i]);
    memory_free(trait->name);
    memory_free(trait->case_of);
    memory_free(trait->label);
    memory_free(trait->fallback);
    memory_free(trait->in_case);
    memory_free(trait->over);
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

int trait_find(const struct trait_set *set, const char *name)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (!strcmp(set->trait[i].name, name)) return (int)i;
    return TRAIT_NONE;
}

int64_t trait_find_value(const struct trait *trait, const char *label)
{
    for (uint32_t i = 0; i < trait->values; i++)
        if (!strcmp(trait->label[i], label)) return i;
    return -1;
}
