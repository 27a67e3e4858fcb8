/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the journey costs people, in numbers of the whole run so far (A/72/643, paragraphs in brackets).

   deaths_so_far              people who died, wherever, reported or not [45-47]
   deaths_per_1000_departures 1000 deaths_so_far / people who set out [45]
   harms_per_person           harms received / people who set out [46-47]
   stranded_over_N_days       people who today are without means for more than N = 30, 180, 365 days [47, 53]; counted on the last day of a month
   held_person_days           person-days detained or held for ransom [43-44, 59]
   unsheltered_person_days    sum over places and days of max(0, staying + stranded people - shelter(place)), where the place has a column shelter [67a]
   share_by_choice            people whose motive is livelihood, family, work or study / people who set out [4, 52]
   share_regular              people who set out with papers / people who set out [34, 37]
   conflict_deaths_so_far     people who died in conflict at the places or in the states of a driver conflict_deaths, who need not be persons of the run
   Source: the definitions of the report's paragraphs. Assumption: a bed is for anybody; the lever shelter changes beds at once.
   Limits: motives are those of the trait motive; without that trait share_by_choice is not published. */
#include "models/indicators.h"

#include "models/journey.h"
#include "sim/calendar.h"
#include "sim/field.h"
#include "sim/portrait.h"
#include "sim/sim.h"
#include <string.h>

enum { DURATIONS = 3 };
static const int32_t duration_days[DURATIONS] = {30, 180, 365};

/* Since the first day, in persons and person-days. Kept. */
struct indicators_totals {
    int64_t entered, deaths, harms, held, by_choice, regular;
    double unsheltered;     /* people x days */
    double conflict_deaths; /* people */
};

struct indicators {
    const struct journey *journey;
    struct field shelter;
    struct indicators_totals totals;
    int motive; /* trait, -1: none */
    int harms;  /* tally */
    int shelter_lever;
    const struct driver *conflict; /* deaths a day; NULL: no such driver */
    int conflict_now;
    int deaths_now, death_rate, harm_rate, held_now, unsheltered_now, choice_now, regular_now, stranded_now[DURATIONS];
};

static const struct param params[] = {{0}};

static const struct lever levers[] = {
    {"shelter", "1", "factor on the places' shelter", 1, 0, 1e3, LEVER_PLACE},
    {0}};

static void declare(struct sim *sim, struct indicators *m)
{
    static const char *const names[DURATIONS] = {"stranded_over_30_days", "stranded_over_180_days", "stranded_over_365_days"};
    m->deaths_now = sim_indicator(sim, "deaths_so_far", "people", "people who died since the first day");
    m->death_rate = sim_indicator(sim, "deaths_per_1000_departures", "1", "1000 deaths per people who set out, since the first day");
    m->harm_rate = sim_indicator(sim, "harms_per_person", "1", "harms received per people who set out, since the first day");
    m->held_now = sim_indicator(sim, "held_person_days", "person-days", "days that people were detained or held for ransom since the first day");
    m->unsheltered_now = sim_indicator(sim, "unsheltered_person_days", "person-days", "days of staying or stranded people beyond the places' shelter since the first day");
    m->regular_now = sim_indicator(sim, "share_regular", "1", "share of people who set out with papers, since the first day");
    if (m->motive >= 0) m->choice_now = sim_indicator(sim, "share_by_choice", "1", "share of people who set out by choice rather than in need, since the first day");
    if (m->conflict) m->conflict_now = sim_indicator(sim, "conflict_deaths_so_far", "people", "people who died in conflict where the driver conflict_deaths has a series, since the first day");
    for (int i = 0; i < DURATIONS; i++) m->stranded_now[i] = sim_indicator(sim, names[i], "people", "people without the means to go on for so long, on the last day of the month before");
}

static int indicators_open(struct sim *sim, void *state)
{
    struct indicators *m = state;
    m->journey = sim_state(sim, "journey");
    if (!m->journey) return fail(&sim->error, FAIL_INPUT, "model indicators needs the model journey before it");
    m->motive = portrait_find(sim, "motive");
    m->conflict = driver_find(&sim->setup->drivers, "conflict_deaths");
    m->harms = tally_find(&sim->tallies, "harms_by_place");
    m->shelter_lever = lever_find(&sim->setup->levers, levers[0].name);
    declare(sim, m);
    sim_keep(sim, "indicators.totals", SIM_I64, 6, &m->totals);
    sim_keep(sim, "indicators.people", SIM_F64, 2, &m->totals.unsheltered);
    return field_open(&m->shelter, sim, WORLD_OF_PLACES, "shelter", 0, 1e9, INFINITY);
}

static bool is_choice(const char *motive)
{
    static const char *const choices[] = {"livelihood", "family", "work", "study"};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (!strcmp(motive, choices[i])) return true;
    return false;
}

static void indicators_enter(struct sim *sim, void *state)
{
    struct indicators *m = state;
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        m->totals.entered++;
        m->totals.regular += sim->persons.row[slot].status == 1;
        if (m->motive >= 0) m->totals.by_choice += is_choice(portrait_label(sim, m->motive, portrait_value(sim, m->motive, slot)));
    }
}

static void add_place(const struct sim *sim, struct indicators *m, uint32_t place)
{
    const struct way *way = journey_way(m->journey);
    int64_t staying = tally_at(&sim->tallies, way->modes, place * WAY_MODES_USED + WAY_STAYING), stranded = tally_at(&sim->tallies, way->modes, place * WAY_MODES_USED + WAY_STRANDED);
    double without = (double)(staying + stranded) * sim->setup->scale - field_at(&m->shelter, place) * lever_value(&sim->setup->levers, m->shelter_lever, place);
    if (without > 0) m->totals.unsheltered += without;
    m->totals.held += tally_at(&sim->tallies, way->modes, place * WAY_MODES_USED + WAY_HELD);
    m->totals.deaths += tally_at(&sim->tallies, sim->standard.deaths, place);
    for (uint32_t k = 0; k < WAY_HARMS; k++) m->totals.harms += tally_at(&sim->tallies, m->harms, place * WAY_HARMS + k);
}

/* Once a month: a pass over everybody. */
static void count_stranded(struct sim *sim, const struct indicators *m)
{
    const uint16_t *since = sim->persons.column[journey_way(m->journey)->stranded].data;
    int64_t people[DURATIONS] = {0};
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD || way_mode(p) != WAY_STRANDED) continue;
        for (int i = 0; i < DURATIONS; i++) people[i] += sim->day - since[slot] > duration_days[i];
    }
    for (int i = 0; i < DURATIONS; i++) sim_publish(sim, m->stranded_now[i], (double)people[i] * sim->setup->scale);
}

static void publish(struct sim *sim, const struct indicators *m)
{
    const struct indicators_totals *t = &m->totals;
    double scale = sim->setup->scale, entered = t->entered > 0 ? (double)t->entered : 1;
    sim_publish(sim, m->deaths_now, (double)t->deaths * scale);
    sim_publish(sim, m->death_rate, 1000 * (double)t->deaths / entered);
    sim_publish(sim, m->harm_rate, (double)t->harms / entered);
    sim_publish(sim, m->held_now, (double)t->held * scale);
    sim_publish(sim, m->unsheltered_now, t->unsheltered);
    sim_publish(sim, m->regular_now, (double)t->regular / entered);
    if (m->motive >= 0) sim_publish(sim, m->choice_now, (double)t->by_choice / entered);
    if (m->conflict) sim_publish(sim, m->conflict_now, t->conflict_deaths);
}

static void add_conflict(struct indicators *m)
{
    for (uint32_t s = 0; m->conflict && s < m->conflict->series_count; s++) {
        double deaths = m->conflict->today[m->conflict->series[s].cell];
        if (!isnan(deaths)) m->totals.conflict_deaths += deaths;
    }
}

static void indicators_settle(struct sim *sim, void *state)
{
    struct indicators *m = state;
    add_conflict(m);
    for (uint32_t i = 0; i < sim->world->places; i++) add_place(sim, m, i);
    publish(sim, m);
    if (calendar_month_ends(sim->setup->start, sim->setup->days, sim->day)) count_stranded(sim, m);
}

const struct model indicators = {
    .name = "indicators",
    .doc = "deaths, harms, stranding, shelter, choice and regularity of the journey in numbers",
    .source = "A/72/643",
    .purpose = 30,
    .state_size = sizeof(struct indicators),
    .params = params,
    .levers = levers,
    .open = indicators_open,
    .enter = indicators_enter,
    .settle = indicators_settle,
};
