/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "portrait.h"

#include "memory.h"
#include "rng.h"
#include "sim.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BINS 16   /* a trait with more values is kept but not counted by place, ages excepted */
#define ADULT_DRAWS 64 /* of an age, before the first is kept */

const char *const portrait_age_group_names[PORTRAIT_AGE_GROUPS] = {"0-4", "5-11", "12-17", "18-59", "60+"};

static uint8_t age_group(int years)
{
    static const int from[PORTRAIT_AGE_GROUPS] = {0, 5, 12, PORTRAIT_ADULT_YEARS, 60};
    uint8_t group = 0;
    for (uint8_t i = 1; i < PORTRAIT_AGE_GROUPS; i++)
        if (years >= from[i]) group = i;
    return group;
}

static bool is_age(const struct trait *trait) { return trait->fills == TRAIT_FILLS_BIRTH; }

static int years_of(const struct trait *trait, uint32_t value) { return atoi(trait->label[value]); }

/* ---- opening ---- */

/* In the places that a row of weights covers its alias table, number row + 1, takes the place of what was there. */
static void cover(struct sim_trait *t, const struct trait *trait, uint32_t row, const struct world *world)
{
    uint32_t *row_of_place = t->row_of_place + (size_t)trait->in_case[row] * world->places, cell = trait->place[row];
    if (trait->over[row] == TRAIT_PLACE) {
        row_of_place[cell] = row + 1;
        return;
    }
    for (uint32_t place = 0; place < world->places; place++)
        if (trait->over[row] == TRAIT_ANYWHERE || world->place[place].state == cell) row_of_place[place] = row + 1;
}

static void open_alias(struct sim_trait *t, const struct trait *trait, const struct world *world)
{
    uint32_t n = trait->values;
    double *work = memory_new(2 * (size_t)n, sizeof *work);
    t->alias = memory_new((size_t)(1 + trait->rows) * n, sizeof *t->alias);
    t->row_of_place = memory_new((size_t)trait->cases * world->places, sizeof *t->row_of_place);
    alias_build(t->alias, trait->fallback, n, work);
    for (uint32_t row = 0; row < trait->rows; row++) alias_build(t->alias + (size_t)(row + 1) * n, trait->weight + (size_t)row * n, n, work);
    for (enum trait_over over = TRAIT_ANYWHERE; over <= TRAIT_PLACE; over++)
        for (uint32_t row = 0; row < trait->rows; row++)
            if (trait->over[row] == over) cover(t, trait, row, world);
    memory_free(work);
}

static void open_bins(struct sim_trait *t, const struct trait *trait)
{
    t->bins = is_age(trait) ? PORTRAIT_AGE_GROUPS : trait->values;
    if (!trait->counted || t->bins > MOST_BINS) return;
    t->bin = memory_new(trait->values, 1);
    for (uint32_t v = 0; v < trait->values; v++) t->bin[v] = is_age(trait) ? age_group(years_of(trait, v)) : (uint8_t)v;
}

static void open_tally(struct sim *sim, struct sim_trait *t, const struct trait *trait)
{
    if (!t->bin) return;
    const char *axis_name = is_age(trait) ? "age_group" : trait->name;
    const char *const *labels = is_age(trait) ? portrait_age_group_names : (const char *const *)trait->label;
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
        open_alias(t, trait, sim->world);
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

/* ---- values ---- */

static uint16_t *values_of(const struct sim *sim, const struct sim_trait *t) { return sim->persons.column[t->column].data; }

static const struct trait *trait_of(const struct sim *sim, int trait)
{
    assert(trait >= 0 && (uint32_t)trait < sim->setup->traits.count);
    return &sim->setup->traits.trait[trait];
}

int portrait_find(const struct sim *sim, const char *name) { return trait_find(&sim->setup->traits, name); }

const char *portrait_label(const struct sim *sim, int trait, uint32_t value) { return trait_of(sim, trait)->label[value]; }

/* Sex and birth have fields of their own in the row. */
static void known_fields(const struct sim *sim, const struct trait *trait, uint32_t value, uint32_t word, struct person *p)
{
    if (trait->fills == TRAIT_FILLS_SEX) p->sex = !strcmp(trait->label[value], "female") ? 1 : !strcmp(trait->label[value], "male") ? 2
                                                                                                                                    : 0;
    if (is_age(trait)) p->birth = (int16_t)(sim->day / 7 - years_of(trait, value) * 52 - (int)((uint64_t)word * 52 >> 32));
}

/* ---- draws ---- */

static struct rng_block draw(const struct sim *sim, int trait, uint64_t who, uint32_t spell)
{
    return rng_draw(sim->setup->seed, who, RNG_TRAIT + (uint32_t)trait, spell, 0);
}

/* given_value counts only where the trait depends on another. */
static uint32_t choose(const struct sim *sim, int trait, uint32_t given_value, uint32_t place, struct rng_block block)
{
    const struct trait *of = trait_of(sim, trait);
    const struct sim_trait *t = &sim->trait[trait];
    uint32_t in_case = of->given == TRAIT_NONE ? 0 : of->case_of[given_value];
    uint32_t row = t->row_of_place[(size_t)in_case * sim->world->places + place];
    return alias_choose(t->alias + (size_t)row * of->values, of->values, block.word[0], block.word[1]);
}

static uint64_t party_of(uint64_t id)
{
    struct person_id_parts parts = person_id_parts(id);
    parts.member = 0;
    return person_id(parts);
}

uint32_t portrait_draw_given(const struct sim *sim, int trait, uint32_t given_value, uint32_t place, uint64_t who, uint32_t spell)
{
    uint64_t address = trait_of(sim, trait)->by_party ? party_of(who) : who;
    return choose(sim, trait, given_value, place, draw(sim, trait, address, spell));
}

uint32_t portrait_draw_value(const struct sim *sim, int trait, uint32_t place, uint64_t who, uint32_t spell)
{
    int given = trait_of(sim, trait)->given;
    uint32_t given_value = given == TRAIT_NONE ? 0 : portrait_draw_value(sim, given, place, who, 0);
    return portrait_draw_given(sim, trait, given_value, place, who, spell);
}

static uint32_t given_in_row(const struct sim *sim, int trait, uint32_t slot)
{
    int given = trait_of(sim, trait)->given;
    return given == TRAIT_NONE ? 0 : portrait_value(sim, given, slot);
}

static struct rng_block draw_for_row(const struct sim *sim, int trait, uint32_t slot, uint32_t spell)
{
    const struct person *p = &sim->persons.row[slot];
    return draw(sim, trait, trait_of(sim, trait)->by_party ? p->party : p->id, spell);
}

/* Traits are those of the origin, wherever the person enters. */
static uint32_t choose_for_row(const struct sim *sim, int trait, uint32_t slot, struct rng_block block)
{
    return choose(sim, trait, given_in_row(sim, trait, slot), portrait_origin(&sim->persons.row[slot]), block);
}

void portrait_draw(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    for (int i = 0; i < (int)sim->setup->traits.count; i++) {
        struct rng_block block = draw_for_row(sim, i, slot, 0);
        uint32_t value = choose_for_row(sim, i, slot, block);
        values_of(sim, &sim->trait[i])[slot] = (uint16_t)value;
        known_fields(sim, trait_of(sim, i), value, block.word[2], p);
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

/* ---- changes ---- */

/* Nobody is counted on a link. */
static void recount(struct sim *sim, int thread, int trait, uint32_t place, uint32_t before, uint32_t after)
{
    const struct sim_trait *t = &sim->trait[trait];
    if (!t->bin || place & PERSON_ON_LINK) return;
    tally_add(&sim->tallies, thread, t->tally, place * t->bins + t->bin[before], -1);
    tally_add(&sim->tallies, thread, t->tally, place * t->bins + t->bin[after], 1);
}

static void change(struct sim *sim, int thread, int trait, uint32_t slot, uint32_t value, uint32_t word)
{
    const struct trait *of = trait_of(sim, trait);
    struct person *p = &sim->persons.row[slot];
    assert(value < of->values);
    recount(sim, thread, trait, p->place, portrait_value(sim, trait, slot), value);
    values_of(sim, &sim->trait[trait])[slot] = (uint16_t)value;
    known_fields(sim, of, value, word, p);
}

void portrait_set(struct sim *sim, int thread, int trait, uint32_t slot, uint32_t value)
{
    change(sim, thread, trait, slot, value, draw_for_row(sim, trait, slot, 0).word[2]);
}

/* A trait depends on one other at most, so that each is drawn once, after the one it depends on. */
static void draw_dependent(struct sim *sim, int given, uint32_t slot)
{
    for (int i = given + 1; i < (int)sim->setup->traits.count; i++) {
        if (trait_of(sim, i)->given != given) continue;
        struct rng_block block = draw_for_row(sim, i, slot, 0);
        change(sim, 0, i, slot, choose_for_row(sim, i, slot, block), block.word[2]);
        draw_dependent(sim, i, slot);
    }
}

void portrait_give(struct sim *sim, int trait, uint32_t slot, uint32_t value)
{
    portrait_set(sim, 0, trait, slot, value);
    draw_dependent(sim, trait, slot);
}

void portrait_make_adult(struct sim *sim, uint32_t slot)
{
    int age = (int)sim->setup->traits.age - 1;
    if (age < 0 || years_of(trait_of(sim, age), portrait_value(sim, age, slot)) >= PORTRAIT_ADULT_YEARS) return;
    for (uint32_t spell = 1; spell <= ADULT_DRAWS; spell++) {
        struct rng_block block = draw_for_row(sim, age, slot, spell);
        uint32_t value = choose_for_row(sim, age, slot, block);
        if (years_of(trait_of(sim, age), value) < PORTRAIT_ADULT_YEARS) continue;
        change(sim, 0, age, slot, value, block.word[2]);
        draw_dependent(sim, age, slot);
        return;
    }
}

/* ---- what a row says ---- */

int portrait_age_years(const struct person *p, int32_t day) { return (day / 7 - p->birth) / 52; }

uint32_t portrait_age_group(const struct sim *sim, const struct person *p)
{
    return sim->setup->traits.age ? age_group(portrait_age_years(p, sim->day)) : PORTRAIT_AGE_GROUP_ADULT;
}

uint32_t portrait_origin(const struct person *p) { return person_id_parts(p->id).place; }
