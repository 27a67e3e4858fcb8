/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/way.h"

#include "sim/facet.h"
#include "sim/portrait.h"
#include "sim/sim.h"

#define FULL_HEALTH 255
#define MONTH_DAYS 30
#define HALF_YEAR_DAYS 180
#define YEAR_DAYS 365

enum { SEXES = 3,
       AGE_GROUPS = PORTRAIT_AGE_GROUPS };

static const char *const mode_names[WAY_MODES_USED] = {"staying", "travelling", "stranded", "held", "settled", "returned"};
static const char *const cause_names[WAY_CAUSES] = {"unknown", "land", "sea", "place"};
static const char *const harm_names[WAY_HARMS] = {"violence", "sgbv", "kidnapping", "trafficking"};
static const char *const sex_names[SEXES] = {"unknown", "female", "male"};
static const char *const stranded_names[] = {"no", "0-30", "31-180", "181-365", "over 365"};

static uint32_t mode_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return (uint32_t)way_mode(&sim->persons.row[slot]);
}

static uint32_t stranded_code(const struct sim *sim, const void *state, uint32_t slot)
{
    const struct way *way = state;
    const struct person *p = &sim->persons.row[slot];
    const uint16_t *since = sim->persons.column[way->stranded].data;
    int days = sim->day - since[slot];
    if (way_mode(p) != WAY_STRANDED) return 0;
    return days <= MONTH_DAYS ? 1 : days <= HALF_YEAR_DAYS ? 2
                                : days <= YEAR_DAYS        ? 3
                                                           : 4;
}

static void declare_facets(struct way *way, struct sim *sim)
{
    facet_declare(sim, "mode", "where a person stands in the journey", WAY_MODES_USED, mode_names, mode_code, NULL);
    facet_declare(sim, "stranded_days", "days without the means to go on", 5, stranded_names, stranded_code, way);
}

void way_open(struct way *way, struct sim *sim)
{
    struct person_store *persons = &sim->persons;
    struct tally_set *t = &sim->tallies;
    way->money = person_column(persons, "money", "money", "what the person can still spend", sizeof(float), true);
    way->debt = person_column(persons, "debt", "money", "what the person owes for the journey", sizeof(float), true);
    way->health = person_column(persons, "health", "1/255", "255 unharmed, less after each harm", 1, false);
    way->harms = person_column(persons, "harms", "1", "harms received so far", 2, false);
    way->stranded = person_column(persons, "stranded_since", "day", "the day on which the person was last stranded", 2, false);
    int state = tally_axis(t, "state", sim->world->states, (const char *const *)sim->world->state), place = tally_axis(t, "place", sim->world->places, NULL);
    int sex = tally_axis(t, "sex_code", SEXES, sex_names), age = tally_axis(t, "age_group", AGE_GROUPS, portrait_age_group_names);
    int of_deaths[] = {state, tally_axis(t, "cause", WAY_CAUSES, cause_names), sex, age};
    int of_harms[] = {state, tally_axis(t, "harm", WAY_HARMS, harm_names), sex, age};
    int of_places[] = {place, tally_axis(t, "harm", WAY_HARMS, harm_names)}, of_modes[] = {place, tally_axis(t, "mode", WAY_MODES_USED, mode_names)};
    way->deaths = tally_declare(t, "deaths_by_group", "people", "people who died on the way, by the state where (on a link: of its start)", TALLY_FLOW, 4, of_deaths);
    way->harmed = tally_declare(t, "harms_by_group", "events", "harms that people received on the way, by the state where", TALLY_FLOW, 4, of_harms);
    way->harmed_at = tally_declare(t, "harms_by_place", "events", "harms that people received at the place, or on a link from it", TALLY_FLOW, 2, of_places);
    way->separated = tally_declare(t, "separated_children", "people", "children who lost their party on the way", TALLY_FLOW, 1, &state);
    way->modes = tally_declare(t, "present_by_mode", "people", "people at the place at the end of the day, by where they stand in the journey", TALLY_STOCK, 2, of_modes);
    way->harmed_event = event_kind(&sim->events, "harmed_on_the_way", "suffered harm; value: 0 violence, 1 sgbv, 2 kidnapping, 3 trafficking");
    way->separated_event = event_kind(&sim->events, "separated", "lost the party and went on alone");
    tally_by_month(t, way->deaths);
    tally_by_month(t, way->harmed);
    declare_facets(way, sim);
}

static void *cell(const struct way_person *w, int column, size_t size) { return (char *)w->sim->persons.column[column].data + w->slot * size; }

/* On a link: its start. */
static uint32_t place_of(const struct way_person *w)
{
    return w->p->place & PERSON_ON_LINK ? w->sim->world->link[w->p->place & ~PERSON_ON_LINK].from : w->p->place;
}

uint32_t way_state(const struct way_person *w) { return w->sim->world->place[place_of(w)].state; }

static void count_mode(const struct way_person *w, int32_t n)
{
    if (w->p->place & PERSON_ON_LINK) return;
    tally_add(&w->sim->tallies, w->thread, w->way->modes, w->p->place * WAY_MODES_USED + (uint32_t)way_mode(w->p), n);
}

static void set_mode(const struct way_person *w, enum way_mode mode)
{
    if (mode == WAY_STRANDED) *(uint16_t *)cell(w, w->way->stranded, 2) = (uint16_t)w->sim->day;
    w->p->party_group = way_group(way_class(w->p), mode);
}

void way_turn(const struct way_person *w, enum way_mode mode, struct wait_moment at)
{
    struct wait_residual residual = wait_take(w->sim, w->p, at);
    count_mode(w, -1);
    set_mode(w, mode);
    count_mode(w, 1);
    wait_put(w->sim, w->p, &residual);
}

void way_go(const struct way_person *w, uint32_t place, enum way_mode mode)
{
    count_mode(w, -1);
    sim_go(w->sim, w->thread, w->phase, w->slot, place);
    set_mode(w, mode);
    count_mode(w, 1);
}

static uint32_t group_cell(const struct way_person *w, uint32_t kind, uint32_t kinds)
{
    return ((way_state(w) * kinds + kind) * SEXES + w->p->sex) * AGE_GROUPS + portrait_age_group(w->sim, w->p);
}

void way_harm(const struct way_person *w, enum way_harm kind)
{
    uint8_t *health = way_health(w);
    uint16_t *harms = cell(w, w->way->harms, 2);
    *health = (uint8_t)((double)*health * (1 - w->way->health_loss));
    if (*harms < UINT16_MAX) ++*harms;
    tally_add(&w->sim->tallies, w->thread, w->way->harmed, group_cell(w, (uint32_t)kind, WAY_HARMS), 1);
    tally_add(&w->sim->tallies, w->thread, w->way->harmed_at, place_of(w) * WAY_HARMS + (uint32_t)kind, 1);
    event_add_value(&w->sim->events, w->thread, w->p, w->way->harmed_event, w->sim->day, w->phase, (uint16_t)kind);
}

void way_die(const struct way_person *w, enum way_cause cause)
{
    count_mode(w, -1);
    tally_add(&w->sim->tallies, w->thread, w->way->deaths, group_cell(w, (uint32_t)cause, WAY_CAUSES), 1);
    sim_die(w->sim, w->thread, w->phase, w->slot, (uint8_t)cause);
}

bool way_is_child(const struct way_person *w) { return portrait_age_group(w->sim, w->p) < PORTRAIT_AGE_GROUP_ADULT; }

bool way_is_unaccompanied(const struct way_person *w)
{
    return way_is_child(w) && !(w->p->flags & PERSON_IN_COMPANY);
}

void way_part(const struct way_person *w, struct wait_moment at)
{
    struct wait_residual residual = wait_take(w->sim, w->p, at);
    uint8_t group = w->p->party_group;
    if (w->p->id == w->p->party || !(w->p->flags & PERSON_IN_COMPANY)) return; /* who goes first is the party */
    person_part(w->p);
    w->p->flags &= (uint8_t)~PERSON_IN_COMPANY;
    w->p->party_group = group;
    wait_put(w->sim, w->p, &residual);
    if (way_is_child(w)) tally_add(&w->sim->tallies, w->thread, w->way->separated, way_state(w), 1);
    event_add(&w->sim->events, w->thread, w->p, w->way->separated_event, w->sim->day, w->phase);
}

void way_enter(const struct way_person *w, uint32_t class)
{
    w->p->party_group = way_group(class, WAY_STAYING);
    *way_health(w) = FULL_HEALTH;
    count_mode(w, 1);
}
