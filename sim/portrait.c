/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "portrait.h"

#include "memory.h"
#include "rng.h"
#include "sim.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BINS 16 /* a trait with more values is kept but not counted by place, ages excepted */

static const char *const age_labels[] = {"0-4", "5-11", "12-17", "18-59", "60+"};
static const int age_from[] = {0, 5, 12, 18, 60};

static uint8_t age_bin(int age)
{
    uint8_t bin = 0;
    for (uint8_t i = 1; i < 5; i++)
        if (age >= age_from[i]) bin = i;
    return bin;
}

static bool is_age(const struct trait *trait) { return !strcmp(trait->name, "age"); }

static bool is_sex(const struct trait *trait) { return !strcmp(trait->name, "sex") || !strcmp(trait->name, "gender"); }

static void open_alias(struct sim_trait *t, const struct trait *trait, uint32_t places)
{
    uint32_t n = trait->values;
    double *work = memory_new(2 * (size_t)n, sizeof *work);
    t->alias = memory_new((size_t)(1 + trait->rows) * n, sizeof *t->alias);
    t->row_of_place = memory_new(places, sizeof *t->row_of_place);
    alias_build(t->alias, trait->fallback, n, work);
    for (uint32_t row = 0; row < trait->rows; row++) {
        alias_build(t->alias + (size_t)(row + 1) * n, trait->weight + (size_t)row * n, n, work);
        t->row_of_place[trait->place[row]] = row + 1;
    }
    memory_free(work);
}

static void open_bins(struct sim_trait *t, const struct trait *trait)
{
    t->bins = is_age(trait) ? 5 : trait->values;
    if (t->bins > MOST_BINS) return;
    t->bin = memory_new(trait->values, 1);
    for (uint32_t v = 0; v < trait->values; v++) t->bin[v] = is_age(trait) ? age_bin(atoi(trait->label[v])) : (uint8_t)v;
}

static void open_tally(struct sim *sim, struct sim_trait *t, const struct trait *trait)
{
    if (!t->bin) return;
    const char *axis_name = is_age(trait) ? "age_group" : trait->name;
    const char *const *labels = is_age(trait) ? age_labels : (const char *const *)trait->label;
    int axes[2] = {tally_axis(&sim->tallies, "place", sim->world->places, NULL), tally_axis(&sim->tallies, axis_name, t->bins, labels)};
    char *name = memory_format("present_by_%s", axis_name);
    char *doc = memory_format("people present at the end of the day, by %s on entering", axis_name);
    t->tally = tally_declare(&sim->tallies, name, "people", doc, TALLY_STOCK, 2, axes);
    memory_free(name);
    memory_free(doc);
}

void portrait_open(struct sim *sim)
{
    const struct trait_set *set = &sim->setup->traits;
    sim->trait = memory_new(set->count, sizeof *sim->trait);
    for (uint32_t i = 0; i < set->count; i++) {
        struct sim_trait *t = &sim->trait[i];
        const struct trait *trait = &set->trait[i];
        char *name = memory_format("trait_%s", trait->name);
        t->column = person_column(&sim->persons, name, "code", "number of the value in the trait's table", 2, false);
        memory_free(name);
        open_alias(t, trait, sim->world->places);
        open_bins(t, trait);
        open_tally(sim, t, trait);
    }
}

void portrait_close(struct sim *sim)
{
    for (uint32_t i = 0; sim->trait && i < sim->setup->traits.count; i++) {
        memory_free(sim->trait[i].alias);
        memory_free(sim->trait[i].row_of_place);
        memory_free(sim->trait[i].bin);
    }
    memory_free(sim->trait);
}

static uint16_t *values_of(const struct sim *sim, const struct sim_trait *t) { return sim->persons.column[t->column].data; }

/* Sex and birth have fields of their own in the row. */
static void known_fields(const struct trait *trait, uint32_t value, uint32_t word, struct person *p)
{
    if (is_sex(trait)) p->sex = !strcmp(trait->label[value], "female") ? 1 : !strcmp(trait->label[value], "male") ? 2
                                                                                                                  : 0;
    if (is_age(trait)) p->birth = (int16_t)(p->since / 7 - atoi(trait->label[value]) * 52 - (int)((uint64_t)word * 52 >> 32));
}

void portrait_draw(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    for (uint32_t i = 0; i < sim->setup->traits.count; i++) {
        struct sim_trait *t = &sim->trait[i];
        const struct trait *trait = &sim->setup->traits.trait[i];
        struct rng_block block = rng_draw(sim->setup->seed, p->id, RNG_TRAIT + i, 0, 0);
        const struct alias_entry *alias = t->alias + (size_t)t->row_of_place[p->place] * trait->values;
        uint32_t value = alias_choose(alias, trait->values, block.word[0], block.word[1]);
        values_of(sim, t)[slot] = (uint16_t)value;
        known_fields(trait, value, block.word[2], p);
    }
    portrait_count(sim, 0, slot, p->place, 1);
}

void portrait_count(struct sim *sim, int thread, uint32_t slot, uint32_t place, int32_t n)
{
    for (uint32_t i = 0; i < sim->setup->traits.count; i++) {
        const struct sim_trait *t = &sim->trait[i];
        if (t->bin) tally_add(&sim->tallies, thread, t->tally, place * t->bins + t->bin[values_of(sim, t)[slot]], n);
    }
}
