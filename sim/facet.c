/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facet.h"

#include "memory.h"
#include "portrait.h"
#include "sim.h"
#include <assert.h>
#include <string.h>

#define MOST_VALUES 16 /* a trait with more is no facet */

static const char *const sex_labels[] = {"unknown", "female", "male"};
static const char *const status_labels[] = {"irregular or none", "regular", "other"};

static const struct person *row(const struct sim *sim, uint32_t slot) { return &sim->persons.row[slot]; }

/* A link counts as its start. */
static uint32_t state_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    const struct world *world = sim->world;
    uint32_t place = sim->persons.place[slot];
    return world->place[place & PERSON_ON_LINK ? world->link[place & ~PERSON_ON_LINK].from : place].state;
}

static uint32_t sex_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return row(sim, slot)->sex;
}

static uint32_t age_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return portrait_age_group(sim, row(sim, slot));
}

static uint32_t origin_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    uint32_t place = portrait_origin(row(sim, slot));
    assert(place < sim->world->places);
    return sim->world->place[place].state;
}

static uint32_t status_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    uint8_t status = row(sim, slot)->status;
    return status < 2 ? status : 2;
}

/* state: one of sim->trait. */
static uint32_t trait_code(const struct sim *sim, const void *state, uint32_t slot)
{
    const struct sim_trait *trait = state;
    return portrait_value(sim, (int)(trait - sim->trait), slot);
}

int facet_find(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->facets.count; i++)
        if (!strcmp(sim->facets.facet[i].name, name)) return i;
    return -1;
}

static void release(struct facet *facet)
{
    for (uint32_t i = 0; i < facet->count; i++) memory_free(facet->label[i]);
    memory_free(facet->label);
    memory_free(facet->name);
    memory_free(facet->doc);
}

/* A model that knows more than a trait's value at entry, or what the codes of the status mean, puts its own facet in that place. */
static struct facet *place_for(struct facet_set *set, int found)
{
    if (found >= 0) {
        struct facet *facet = &set->facet[found];
        assert(facet->code == trait_code || facet->code == status_code);
        release(facet);
        return facet;
    }
    size_t count = (size_t)set->count;
    set->facet = memory_grow(set->facet, count, count + 1, sizeof *set->facet);
    return &set->facet[set->count++];
}

void facet_declare(struct sim *sim, const char *name, const char *doc, uint32_t count, const char *const *label, facet_code *code, const void *state)
{
    struct facet *facet = place_for(&sim->facets, facet_find(sim, name));
    *facet = (struct facet){memory_text(name), memory_text(doc), count, memory_new(count, sizeof *facet->label), code, state};
    for (uint32_t i = 0; i < count; i++) facet->label[i] = memory_text(label[i]);
}

/* Sex and age are the engine's own already; a trait that is called as another facet of the engine gets a longer name. */
static void declare_trait(struct sim *sim, const struct trait *trait, const struct sim_trait *t)
{
    if (trait->values > MOST_VALUES || !strcmp(trait->name, "sex") || !strcmp(trait->name, "age")) return;
    bool taken = facet_find(sim, trait->name) >= 0;
    char *name = memory_format("%s%s", taken ? "trait_" : "", trait->name), *doc = memory_format("the trait %s", trait->name);
    facet_declare(sim, name, doc, trait->values, (const char *const *)trait->label, trait_code, t);
    memory_free(name);
    memory_free(doc);
}

void facet_open(struct sim *sim)
{
    const struct world *world = sim->world;
    const struct trait_set *traits = &sim->setup->traits;
    const char *const *states = (const char *const *)world->state;
    facet_declare(sim, "state", "state where the person is; of a link, that of its start", world->states, states, state_code, NULL);
    facet_declare(sim, "sex", "sex", 3, sex_labels, sex_code, NULL);
    facet_declare(sim, "age_group", "age in years", PORTRAIT_AGE_GROUPS, portrait_age_group_names, age_code, NULL);
    facet_declare(sim, "origin", "state of the place where the person set out first", world->states, states, origin_code, NULL);
    facet_declare(sim, "status", "legal status", 3, status_labels, status_code, NULL);
    for (uint32_t i = 0; i < traits->count; i++) declare_trait(sim, &traits->trait[i], &sim->trait[i]);
}

void facet_close(struct sim *sim)
{
    for (int i = 0; i < sim->facets.count; i++) release(&sim->facets.facet[i]);
    memory_free(sim->facets.facet);
    sim->facets = (struct facet_set){0};
}
