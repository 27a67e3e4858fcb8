/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who needs protection, and who could not be returned: the class that a perfect procedure would find, hidden from everybody
   in the model and read by those who decide, rightly or not, and by the results.

   Drawn on entering by the person trait `protection`, whose table gives the mix by place of origin and, through `given`, by
   motive: refugee, other (another need of international protection), obstacle, none. Refugee and other stay for the run.
   Of the two that remain the state of the origin decides day by day: the person has a uniform u for life, drawn by the id,
   and is a case of obstacles to return today where u < obstacle(state of origin, today), else of none. So the group grows and
   shrinks with that share, the same people come first in every arm, and who left it comes back to it first. The table's own
   parting of obstacle and none counts only where this model is not in force.
   obstacle: the driver or the column of that name by state, else the parameter; the share of people with neither need who
   could not be returned (no papers, no authority to take them back, no safe way there).
   Source: the scenario's mix and shares. Assumption: one share for all people of a state at once, whatever their age, papers
   or years abroad; the need itself does not change after entry.
   Limits: nobody becomes a refugee on the way (sur place); the share holds for return to the state of origin alone. */
#include "models/protection.h"

#include "sim/calendar.h"
#include "sim/facet.h"
#include "sim/field.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <string.h>

#define TRAIT "protection"

enum { DRAW_OBSTACLE }; /* purposes */

struct protection {
    double fallback; /* parameter */
    struct field obstacle;
    int trait;
    uint8_t class_of[PROTECTION_CLASSES]; /* of the trait's values */
    int unreturnable;                     /* indicator */
};

const char *const protection_names[PROTECTION_CLASSES] = {"refugee", "other", "obstacle", "none"};

#define FIELD(name) offsetof(struct protection, name)
static const struct param params[] = {
    {"obstacle", PARAM_NUMBER, FIELD(fallback), "1", "share of people in need of neither protection who could not be returned to the state of origin, where the scenario has no driver or column `obstacle`", "assumption: 0.5 (0.3-0.77); of people ordered to leave Germany 0.77 were tolerated (end of March 2016), of orders in the EU 0.36 were carried out (2014-15), and orders fail for other reasons too", 0.5, 0, 1, NULL, "triangular"},
    {0}};

static int class_of_label(const char *label)
{
    for (int i = 0; i < PROTECTION_CLASSES; i++)
        if (!strcmp(label, protection_names[i])) return i;
    return -1;
}

static int read_classes(struct sim *sim, struct protection *p)
{
    const struct trait *trait = &sim->setup->traits.trait[p->trait];
    char hint[96];
    for (uint32_t i = 0; i < trait->values; i++) {
        int found = class_of_label(trait->label[i]);
        if (found < 0 || i >= PROTECTION_CLASSES)
            return fail(&sim->error, FAIL_INPUT, "trait '" TRAIT "': expected the values refugee, other, obstacle and none, found '%s'%s", trait->label[i], fail_nearest(hint, trait->label[i], protection_names, PROTECTION_CLASSES));
        p->class_of[i] = (uint8_t)found;
    }
    return 0;
}

static uint32_t facet(const struct sim *sim, const void *state, uint32_t slot) { return protection_of(sim, state, slot); }

static int protection_open(struct sim *sim, void *state)
{
    struct protection *p = state;
    p->trait = portrait_find(sim, TRAIT);
    if (p->trait == TRAIT_NONE)
        return fail(&sim->error, FAIL_INPUT, "model protection: expected a trait '" TRAIT "' with the values refugee, other, obstacle and none, found none of that name");
    if (read_classes(sim, p) || field_open(&p->obstacle, sim, WORLD_OF_STATES, "obstacle", 0, 1, p->fallback)) return -1;
    facet_declare(sim, "protection", "need of protection today: refugee, another need, an obstacle to return, none of these", PROTECTION_CLASSES, protection_names, facet, p);
    p->unreturnable = sim_indicator(sim, "unreturnable_people", "people", "people outside their state of origin with neither need of protection who could not be returned; counted at the end of each month");
    return 0;
}

static double obstacle_today(const struct sim *sim, const struct protection *p, const struct person *person)
{
    return field_at(&p->obstacle, sim->world->place[portrait_origin(person)].state);
}

enum protection_class protection_need(const struct sim *sim, const void *state, uint32_t slot)
{
    const struct protection *p = state;
    enum protection_class class = p->class_of[portrait_value(sim, p->trait, slot)];
    return class < PROTECTION_OBSTACLE ? class : PROTECTION_NONE;
}

enum protection_class protection_of(const struct sim *sim, const void *state, uint32_t slot)
{
    const struct protection *p = state;
    const struct person *person = &sim->persons.row[slot];
    enum protection_class class = protection_need(sim, state, slot);
    if (class < PROTECTION_OBSTACLE) return class;
    double u = rng_uniform(rng_draw(sim->setup->seed, person->id, protection.purpose * 256u + DRAW_OBSTACLE, 0, 0).word[0]);
    return u < obstacle_today(sim, p, person) ? PROTECTION_OBSTACLE : PROTECTION_NONE;
}

static bool is_abroad(const struct sim *sim, uint32_t slot)
{
    const struct world *world = sim->world;
    uint32_t place = sim->persons.place[slot];
    if (place == PERSON_GONE) return false;
    if (place & PERSON_ON_LINK) place = world->link[place & ~PERSON_ON_LINK].from;
    return world->place[place].state != world->place[portrait_origin(&sim->persons.row[slot])].state;
}

/* The first day too, so that a rule always finds a number. */
static bool is_due(const struct setup *setup, int32_t day) { return day == 0 || calendar_month_ends(setup->start, setup->days, day); }

static void protection_settle(struct sim *sim, void *state)
{
    const struct protection *p = state;
    int64_t persons = 0;
    if (!is_due(sim->setup, sim->day)) return;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) persons += is_abroad(sim, slot) && protection_of(sim, p, slot) == PROTECTION_OBSTACLE;
    sim_publish(sim, p->unreturnable, (double)persons * sim->setup->scale);
}

const struct model protection = {
    .name = "protection",
    .doc = "the hidden protection class of people; obstacles to return follow the state of the origin over time",
    .source = "A/72/643 para 67; the mix is the scenario's",
    .purpose = 27,
    .state_size = sizeof(struct protection),
    .params = params,
    .open = protection_open,
    .settle = protection_settle,
};
