/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journey of mixed movements: people with an intended destination go from place to place until they are there, lack the
   means to go on, are held, give up or die on the way; who went home may set out again.

   One wait carries all of it. At a place it is a clock of the party's class and mode:
     staying    h = embarkation_season(place)^season_power embarkation(place) stay_factor(class) / stay_days(place): goes on; at a marker at
                once; from places of embarkation times exp(coast_spread N - coast_spread^2 / 2), N near normal, one of each state and
                month: weather and whoever holds the beach
     stranded   h = what means.c says: has come by some money; who can pay a way stays again
     held       h = 1 / hold_days(place) + escape_rate(place): is let go (1 in held_times lets go those who could not pay), or escapes
     returned   h = again_rate(place) causes(state) (1 - reintegration_effect reintegration(state)): sets out again, equipped anew
   On a link it is the day of arrival. All places' and links' numbers may change on a date through drivers of their names.
   Going: of the links that are open and whose price today the person can pay, an exponential race with weights P of the route
   choice (route_values.c), keyed by (party, stay, number of the link at its place): closing a link moves only those who would
   have taken it and those who know of it ahead. Price = price x market's factor x lever.
   Links over land: chances death x death_risk, violence, kidnap, separation, refusal of a crossing, drawn on setting out, felt
   on the day of arrival (nobody with papers is refused): refused people are back at the start; kidnapped ones are held at the end; who is separated goes on
   alone. death grows with frailty (1 - health). Links of mode sea go by vessels where the model sea is in force (sea.c).
   Stranded: no link with P > 0 can be paid, or those that can hold less than least_share of P together.
   Giving up: after a refusal, an interception, a release or a spell of work in vain, with the place's chance give_up, people
   go home at once, however they get there. Who escapes stays and does not give up then.
   A procedure may keep people where they would stay or settle (journey_set_reception): they are settled there, without clocks, until
   it lets them go on or sends them home.
   Source: route choice Fosgerau, Frejinger, Karlstrom 2013, doi 10.1016/j.trb.2013.07.012; the rest is a frame for the scenario's numbers.
   Assumption: members of a party draw destination, stays and ways together and have the same money; harm and death are personal.
   Limits: the destination never changes; a link that closes under way lets people through; links over land have no capacity; who
   finds no open way at all waits and earns like those without money; the way home is not simulated; a child whose party's head
   dies in the same vessel counts as unaccompanied even if other adults live; members whom a procedure lets go on apart do not meet again. */
#include "models/journey.h"

#include "models/market.h"
#include "models/means.h"
#include "models/pool.h"
#include "models/route_values.h"
#include "models/sea.h"
#include "sim/calendar.h"
#include "sim/field.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <string.h>

#define MOST_LINKS 256         /* from one place */
#define MOST_DESTINATIONS 1024 /* of a map */
#define MOST_DAYS 3650         /* on one link */
#define ARRIVING 1             /* phase */
#define MOST_TIMES 255

enum { DRAW_DESTINATION,
       DRAW_LINK,
       DRAW_CROSSING,
       DRAW_PARTY_CROSSING,
       DRAW_GIVE_UP,
       DRAW_RELEASE,
       DRAW_COAST,
       DRAW_ESCAPE }; /* purposes */
enum { WORD_DEATH,
       WORD_VIOLENCE,
       WORD_SEPARATION }; /* of one person's crossing */
enum { WORD_KIDNAP,
       WORD_REFUSAL }; /* of one party's crossing */
enum { FATE_DEATH = 1,
       FATE_VIOLENCE = 2,
       FATE_SEPARATION = 4,
       FATE_KIDNAP = 8,
       FATE_REFUSAL = 16,
       FATE_EMBARKED = 32, /* its vessel is not known yet */
       FATE_AT_SEA = 64 }; /* the low bits are an enum sea_outcome */
enum { OUTCOME_ARRIVED,
       OUTCOME_REFUSED,
       OUTCOME_DIED,
       OUTCOMES }; /* of a passage over land */
enum { END_RELEASED,
       END_ESCAPED,
       ENDS }; /* of being held */

/* What a link asks or does today, by link. */
struct journey_links {
    struct field price, days, risk, control, death, violence, kidnap, separation, refusal;
};

struct journey {
    struct route_plan plan; /* parameters */
    double stay_days, least_share, hold_days, escape_rate, give_up, again_rate, reintegration_effect, frailty, season_power, coast_spread;
    struct param_list stay_factor;
    struct way way;
    struct route_values routes;
    struct journey_links links;
    struct field stay, season, hold, escape, giving_up, again, causes;
    const struct means *means; /* NULL: not in force, as are the next */
    const struct market *market;
    const struct sea *sea;
    journey_reception *reception; /* NULL: none */
    const void *receiver;         /* handed to reception */
    uint32_t classes, destinations;
    double *destination_weight;            /* by destination; NULL: the trait draws it */
    uint32_t *destination_of;              /* value of the trait -> destination */
    double *price, *days, *risk, *control; /* of today, by link */
    int step;                              /* the wait: the next step on the way */
    int peril;                             /* the wait of the model peril, -1: none */
    int class_trait, destination_trait, papers_trait;
    uint32_t with_papers;                                /* value of the trait papers that means yes */
    int destination, fate, toward, held_times, journeys; /* columns */
    int price_lever, control_lever, death_lever, embarkation_lever, reintegration_lever;
    int arrivals, passages, stranding, returns, departures; /* tallies */
    int releases;                                           /* another; -1: nobody can escape */
    int settled_event, stranded_event, held_event, released_event, returned_event, again_event, refused_event;
    int stranded_now, stranded_so_far, missing; /* indicators */
    int64_t stranded_days;                      /* person-days since day 0 */
};

#define FIELD(name) offsetof(struct journey, name)
static const struct param params[] = {
    {"stay_days", PARAM_NUMBER, FIELD(stay_days), "days", "mean stay at a place before going on, where the place's column stay_days is blank", "assumption: weeks", 20, 0.05, 3650, NULL, "loguniform"},
    {"stay_factor", PARAM_LIST, FIELD(stay_factor), "1", "factor on the hazard of going on by class; none: 1", "assumption: classes alike", 0, 0, 1000, NULL, NULL},
    {"route_choice", PARAM_CHOICE, FIELD(plan.rule), "1", "logit over whole ways, the cheapest way, or the next place's pull over its cost", "Fosgerau et al. 2013; gravity as Flee", 0, 0, 2, ROUTE_VALUES_RULES, NULL},
    {"gravity_power", PARAM_NUMBER, FIELD(plan.power), "1", "gravity: power of the cost", "assumption: as distance in gravity models, gravity.csv -1.0 to -1.4", 1, 0, 10, NULL, "uniform"},
    {"speed", PARAM_NUMBER, FIELD(plan.speed_km), "km/day", "speed on links without days", "assumption: road travel", 200, 1, 20000, NULL, "uniform"},
    {"price_weight", PARAM_NUMBER, FIELD(plan.price_weight), "cost/money", "cost that a person sees in a unit of money", "assumption: money is the unit of cost", 1, 0, 1e6, NULL, "loguniform"},
    {"price_factor", PARAM_LIST, FIELD(plan.price_factor), "1", "factor on price_weight by class; none: 1", "assumption: classes alike", 0, 0, 1e6, NULL, NULL},
    {"time_factor", PARAM_LIST, FIELD(plan.time_factor), "1", "factor on time_weight by class; none: 1", "assumption: classes alike", 0, 0, 1e6, NULL, NULL},
    {"risk_factor", PARAM_LIST, FIELD(plan.risk_factor), "1", "factor on risk_weight by class; none: 1", "assumption: classes alike", 0, 0, 1e6, NULL, NULL},
    {"control_factor", PARAM_LIST, FIELD(plan.control_factor), "1", "factor on control_weight by class; none: 1", "assumption: classes alike", 0, 0, 1e6, NULL, NULL},
    {"papers_control", PARAM_NUMBER, FIELD(plan.papers_control), "1", "factor on control_weight for people with papers, where some link needs papers", "assumption: control does not trouble them", 0, 0, 1, NULL, "uniform"},
    {"time_weight", PARAM_NUMBER, FIELD(plan.time_weight), "cost/day", "cost that a person sees in a day on the way", "assumption: a day's living", 10, 0, 1e6, NULL, "loguniform"},
    {"risk_weight", PARAM_NUMBER, FIELD(plan.risk_weight), "cost", "cost that a person sees in a unit of a link's risk", "assumption: the scenario's risk is in units of cost", 1, 0, 1e9, NULL, "loguniform"},
    {"control_weight", PARAM_NUMBER, FIELD(plan.control_weight), "cost", "cost that a person sees in a unit of a link's control", "assumption: the scenario's control is in units of cost", 1, 0, 1e9, NULL, "loguniform"},
    {"choice_scale", PARAM_NUMBER, FIELD(plan.scale), "cost", "cost by which one way must be worse to be taken e times less often", "assumption: a few hundred beside prices in thousands", 200, 1e-6, 1e9, NULL, "loguniform"},
    {"information_lag_days", PARAM_INTEGER, FIELD(plan.lag_days), "days", "age of what people know of costs and closures", "assumption: up to date", 0, 0, 365, NULL, "uniform"},
    {"least_share", PARAM_NUMBER, FIELD(least_share), "1", "a person goes on only where the links to be paid hold at least this share of P together, else is stranded", "assumption: any way is taken", 0, 0, 0.999, NULL, "uniform"},
    {"hold_days", PARAM_NUMBER, FIELD(hold_days), "days", "mean time held, where the place's column hold_days is blank", "assumption: two months; up to three years reported (costs_and_harm.csv)", 60, 0.05, 3650, NULL, "loguniform"},
    {"escape_rate", PARAM_NUMBER, FIELD(escape_rate), "1/day", "hazard of escaping of people held, where the place's column escape_rate is blank", "assumption: nobody", 0, 0, 1, NULL, "loguniform"},
    {"give_up", PARAM_NUMBER, FIELD(give_up), "1", "chance to go home at each failure, where the place's column give_up is blank", "assumption: nobody", 0, 0, 1, NULL, "uniform"},
    {"again_rate", PARAM_NUMBER, FIELD(again_rate), "1/day", "hazard of setting out again of people at home, where the place's column again_rate is blank", "assumption: nobody", 0, 0, 1, NULL, "loguniform"},
    {"reintegration_effect", PARAM_NUMBER, FIELD(reintegration_effect), "1", "share of that hazard that reintegration 1 removes", "assumption: no effect within", 0.3, 0, 1, NULL, "uniform"},
    {"frailty", PARAM_NUMBER, FIELD(frailty), "1", "chance of death on land grows by this share where health is lost altogether", "assumption: no effect", 0, 0, 20, NULL, "uniform"},
    {"season_power", PARAM_NUMBER, FIELD(season_power), "1", "power of the places' embarkation_season: how strongly the season acts", "assumption: as given; 0 is no season", 1, 0, 5, NULL, "uniform"},
    {"coast_spread", PARAM_NUMBER, FIELD(coast_spread), "1", "standard deviation of the logarithm of a factor of each month on leaving the places of embarkation of a state", "assumption: no such chance; central Mediterranean months of 2014-16 differ from a fit without it by 0.3", 0, 0, 1, NULL, "uniform"},
    {"health_loss", PARAM_NUMBER, FIELD(way.health_loss), "1", "share of health that a harm takes", "assumption: a fifth", 0.2, 0, 1, NULL, "uniform"},
    {0}};

enum { LEVER_OF_PRICE,
       LEVER_OF_CONTROL,
       LEVER_OF_DEATH,
       LEVER_OF_EMBARKATION,
       LEVER_OF_REINTEGRATION };
static const struct lever levers[] = {
    [LEVER_OF_PRICE] = {"price", "1", "factor on the price of a link", 1, 0, 1e6, LEVER_LINK},
    [LEVER_OF_CONTROL] = {"control", "control", "added to the control of a link", 0, 0, 1e9, LEVER_LINK},
    [LEVER_OF_DEATH] = {"death_risk", "1", "factor on the chance of dying on a crossing of a link over land", 1, 0, 1e6, LEVER_LINK},
    [LEVER_OF_EMBARKATION] = {"embarkation", "1", "factor on the hazard of going on from a place", 1, 0, 1e3, LEVER_PLACE},
    [LEVER_OF_REINTEGRATION] = {"reintegration", "1", "support for people who returned to a state: 0 none to 1 for everybody", 0, 0, 1, LEVER_STATE},
    {0}};

/* ---- opening ---- */

static int open_links(struct sim *sim, struct journey_links *l)
{
    const struct {
        struct field *field;
        const char *name;
        double most;
    } table[] = {{&l->price, "price", 1e9}, {&l->risk, "risk", 1e9}, {&l->control, "control", 1e9}, {&l->death, "death", 1}, {&l->violence, "violence", 1}, {&l->kidnap, "kidnap", 1}, {&l->separation, "separation", 1}, {&l->refusal, "refusal", 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (field_open(table[i].field, sim, WORLD_OF_LINKS, table[i].name, 0, table[i].most, 0)) return -1;
    return field_open(&l->days, sim, WORLD_OF_LINKS, "days", 0, MOST_DAYS, NAN);
}

static int open_places(struct sim *sim, struct journey *j)
{
    const struct {
        struct field *field;
        const char *name;
        double least, most, fallback;
    } table[] = {{&j->stay, "stay_days", 0.05, 36500, j->stay_days}, {&j->season, "embarkation_season", 0, 1e3, 1}, {&j->hold, "hold_days", 0.05, 36500, j->hold_days}, {&j->escape, "escape_rate", 0, 10, j->escape_rate}, {&j->giving_up, "give_up", 0, 1, j->give_up}, {&j->again, "again_rate", 0, 10, j->again_rate}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (field_open(table[i].field, sim, WORLD_OF_PLACES, table[i].name, table[i].least, table[i].most, table[i].fallback)) return -1;
    return field_open(&j->causes, sim, WORLD_OF_STATES, "causes", 0, 1e3, 1);
}

static int read_map(struct sim *sim, struct journey *j)
{
    for (uint32_t i = 0; i < sim->world->places; i++)
        if (sim->world->first[i + 1] - sim->world->first[i] > MOST_LINKS) return fail(&sim->error, FAIL_INPUT, "place '%s': journey follows at most %d links from one place", sim->world->place[i].name, MOST_LINKS);
    if (open_links(sim, &j->links) || open_places(sim, j)) return -1;
    double **rows[] = {&j->price, &j->days, &j->risk, &j->control};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) *rows[i] = memory_new((size_t)sim->world->links + 1, sizeof **rows[i]);
    return 0;
}

static int check_destination(struct sim *sim, uint32_t place, double weight)
{
    const struct world_place *p = &sim->world->place[place];
    if (!(weight >= 0)) return fail(&sim->error, FAIL_INPUT, "place '%s': expected a destination_weight of 0 or more, found %g", p->name, weight);
    if (weight > 0 && p->kind & WORLD_MARKER) return fail(&sim->error, FAIL_INPUT, "place '%s' is a marker: nobody's destination, yet its destination_weight is %g", p->name, weight);
    return 0;
}

/* Places with a destination_weight; returns 0, or -1. */
static int weighted_destinations(struct sim *sim, struct journey *j, uint32_t *place)
{
    const double *weight = world_values(sim->world, "destination_weight", WORLD_OF_PLACES);
    j->destination_weight = memory_new(MOST_DESTINATIONS, sizeof *j->destination_weight);
    for (uint32_t i = 0; weight && i < sim->world->places; i++) {
        if (isnan(weight[i]) || weight[i] == 0) continue;
        if (check_destination(sim, i, weight[i])) return -1;
        if (j->destinations == MOST_DESTINATIONS) return fail(&sim->error, FAIL_INPUT, "more than %d places have a destination_weight", MOST_DESTINATIONS);
        place[j->destinations] = i;
        j->destination_weight[j->destinations++] = weight[i];
    }
    if (j->destinations > 0) return 0;
    return fail(&sim->error, FAIL_INPUT, "model journey needs a trait destination, or a column destination_weight of the places, above 0 for at least one");
}

/* Places named by the trait destination. */
static int drawn_destinations(struct sim *sim, struct journey *j, uint32_t *place)
{
    const struct trait *trait = &sim->setup->traits.trait[j->destination_trait];
    if (trait->values > MOST_DESTINATIONS) return fail(&sim->error, FAIL_INPUT, "trait 'destination': more than %d values", MOST_DESTINATIONS);
    for (uint32_t v = 0; v < trait->values; v++) {
        place[v] = world_find_place(sim->world, trait->label[v]);
        if (place[v] == WORLD_NOWHERE) return fail(&sim->error, FAIL_INPUT, "trait 'destination': no place is called '%s'", trait->label[v]);
        if (sim->world->place[place[v]].kind & WORLD_MARKER) return fail(&sim->error, FAIL_INPUT, "trait 'destination': place '%s' is a marker: nobody's destination", trait->label[v]);
    }
    j->destinations = trait->values;
    return 0;
}

/* A trait on which the moves of a party depend must be the party's. */
static int shared_trait(struct sim *sim, const char *name, int *trait)
{
    *trait = portrait_find(sim, name);
    if (*trait < 0 || sim->setup->traits.trait[*trait].by_party) return 0;
    return fail(&sim->error, FAIL_INPUT, "trait '%s': journey needs it by party, so that members go the same way: per = \"party\"", name);
}

static int read_papers(struct sim *sim, struct journey *j)
{
    int64_t yes = j->papers_trait >= 0 ? trait_find_value(&sim->setup->traits.trait[j->papers_trait], "yes") : 0;
    j->with_papers = (uint32_t)yes;
    return yes >= 0 ? 0 : fail(&sim->error, FAIL_INPUT, "trait 'papers': expected a value 'yes'");
}

static int read_traits(struct sim *sim, struct journey *j)
{
    static const char *const others[] = {"ties", "skill"};
    int other;
    if (shared_trait(sim, "class", &j->class_trait) || shared_trait(sim, "destination", &j->destination_trait) || shared_trait(sim, "papers", &j->papers_trait)) return -1;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (shared_trait(sim, others[i], &other)) return -1;
    j->classes = j->class_trait >= 0 ? sim->setup->traits.trait[j->class_trait].values : 1;
    if (j->classes > WAY_CLASSES) return fail(&sim->error, FAIL_INPUT, "trait 'class': at most %d values, found %u", WAY_CLASSES, j->classes);
    if (j->stay_factor.count > 0 && j->stay_factor.count != (int)j->classes) return fail(&sim->error, FAIL_INPUT, "journey.stay_factor: expected %u numbers, one for each class, found %d", j->classes, j->stay_factor.count);
    return read_papers(sim, j);
}

static struct route_costs costs_of(const struct journey *j) { return (struct route_costs){j->price, j->days, j->risk, j->control, NULL}; }

static int open_values(struct sim *sim, struct journey *j, const uint32_t *place)
{
    for (uint32_t i = 0; i < sim->world->links; i++) {
        j->price[i] = field_first(&j->links.price, i);
        j->days[i] = route_values_days(&j->plan, &sim->world->link[i], field_first(&j->links.days, i));
        j->risk[i] = field_first(&j->links.risk, i);
        j->control[i] = field_first(&j->links.control, i);
    }
    struct route_costs costs = costs_of(j);
    return route_values_open(&j->routes, sim, &j->plan, j->classes, j->destinations, place, &costs);
}

static int open_routes(struct sim *sim, struct journey *j)
{
    uint32_t *place = memory_new(MOST_DESTINATIONS, sizeof *place);
    int status = j->destination_trait >= 0 ? drawn_destinations(sim, j, place) : weighted_destinations(sim, j, place);
    if (!status) status = open_values(sim, j, place);
    memory_free(place);
    return status;
}

static int declare_wait(struct sim *sim, struct journey *j)
{
    j->step = wait_declare(sim, sim_model_number(sim, j), (struct wait_plan){.name = "step", .doc = "until the next step on the way: leaving, arriving, earning, release, setting out again", .over = WAIT_OVER_PLACE, .shared = true, .by_group = true, .groups = (int)(j->classes * WAY_MODES), .slack = 1.5, .day_phase = ARRIVING});
    return j->step < 0 ? -1 : 0;
}

static void declare_columns(struct sim *sim, struct journey *j)
{
    struct person_store *persons = &sim->persons;
    way_open(&j->way, sim);
    j->destination = person_column(persons, "destination", "index", "number of the intended destination", 2, false);
    j->fate = person_column(persons, "crossing_fate", "bits", "of the crossing under way: 1 death, 2 violence, 4 separation, 8 kidnapping, 16 refusal, 32 embarked, 64 at sea", 1, false);
    j->toward = person_column(persons, "crossing_end", "index", "place where the sea crossing ends", 4, false);
    j->held_times = person_column(persons, "held_times", "1", "of a person held: held so many times longer than others", 1, false);
    j->journeys = person_column(persons, "journeys", "1", "how often the person set out from home", 1, false);
}

static int declare_releases(struct tally_set *t, uint32_t places, const struct field *escape)
{
    static const char *const ends[ENDS] = {"released", "escaped"};
    if (escape->fallback <= 0 && !field_is_given(escape)) return -1;
    int axes[] = {tally_axis(t, "place", places, NULL), tally_axis(t, "release", ENDS, ends)};
    return tally_declare(t, "releases", "people", "people held there who came free, by how", TALLY_FLOW, 2, axes);
}

static void declare_outputs(struct sim *sim, struct journey *j)
{
    static const char *const outcomes[OUTCOMES] = {"arrived", "refused", "died"};
    struct tally_set *t = &sim->tallies;
    int place = tally_axis(t, "place", sim->world->places, NULL), link = tally_axis(t, "link", sim->world->links, NULL);
    int passages[] = {link, tally_axis(t, "passage", OUTCOMES, outcomes)};
    j->arrivals = tally_declare(t, "arrivals_at_destination", "people", "people who reached their intended destination", TALLY_FLOW, 1, &place);
    j->passages = tally_declare(t, "passages", "people", "people at the end of a way over land, by how it ended", TALLY_FLOW, 2, passages);
    j->stranding = tally_declare(t, "strandings", "people", "people who were left without the means to go on", TALLY_FLOW, 1, &place);
    j->returns = tally_declare(t, "returns_home", "people", "people who gave up there and went home", TALLY_FLOW, 1, &place);
    j->departures = pool_tally(sim);
    j->releases = declare_releases(t, sim->world->places, &j->escape);
    j->settled_event = event_kind(&sim->events, "settled", "reached the intended destination");
    j->stranded_event = event_kind(&sim->events, "stranded", "could not pay any way on");
    j->held_event = event_kind(&sim->events, "held", "was detained or held for ransom");
    j->released_event = event_kind(&sim->events, "released", "was let go; value 1: escaped");
    j->returned_event = event_kind(&sim->events, "returned_home", "gave up and went home");
    j->again_event = event_kind(&sim->events, "set_out_again", "set out from home once more");
    j->refused_event = event_kind(&sim->events, "refused", "was sent back at a border");
    j->stranded_now = sim_indicator(sim, "stranded_people", "people", "people who cannot pay any way on");
    j->stranded_so_far = sim_indicator(sim, "stranded_person_days", "person-days", "days that people spent stranded since the first day");
    j->missing = sim_indicator(sim, "route_values_missing", "1", "destinations (by class) whose route values do not exist today, so that older ones are in force");
    sim_keep(sim, "journey.stranded_days", SIM_I64, 1, &j->stranded_days);
}

static void find_levers(const struct sim *sim, struct journey *j)
{
    const struct lever_set *set = &sim->setup->levers;
    j->price_lever = lever_find(set, levers[LEVER_OF_PRICE].name);
    j->control_lever = lever_find(set, levers[LEVER_OF_CONTROL].name);
    j->death_lever = lever_find(set, levers[LEVER_OF_DEATH].name);
    j->embarkation_lever = lever_find(set, levers[LEVER_OF_EMBARKATION].name);
    j->reintegration_lever = lever_find(set, levers[LEVER_OF_REINTEGRATION].name);
}

static int journey_open(struct sim *sim, void *state)
{
    struct journey *j = state;
    j->means = sim_state(sim, "means");
    j->market = sim_state(sim, "market");
    j->sea = sim_state(sim, "sea");
    if (read_map(sim, j) || read_traits(sim, j) || open_routes(sim, j) || declare_wait(sim, j)) return -1;
    declare_columns(sim, j);
    declare_outputs(sim, j);
    find_levers(sim, j);
    return 0;
}

/* ---- the morning ---- */

static int find_wait(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->waits.count; i++)
        if (!strcmp(sim->waits.wait[i].name, name)) return i;
    return -1;
}

static void set_links(const struct sim *sim, struct journey *j)
{
    const struct lever_set *set = &sim->setup->levers;
    for (uint32_t i = 0; i < sim->world->links; i++) {
        j->price[i] = field_at(&j->links.price, i) * market_price(j->market, i) * lever_value(set, j->price_lever, i);
        j->days[i] = route_values_days(&j->plan, &sim->world->link[i], field_at(&j->links.days, i));
        j->risk[i] = field_at(&j->links.risk, i);
        j->control[i] = field_at(&j->links.control, i) + lever_value(set, j->control_lever, i);
    }
}

static double again_hazard(const struct sim *sim, const struct journey *j, uint32_t place)
{
    uint32_t state = sim->world->place[place].state;
    double support = lever_value(&sim->setup->levers, j->reintegration_lever, state);
    return field_at(&j->again, place) * field_at(&j->causes, state) * (1 - j->reintegration_effect * support);
}

/* The same in every arm. */
static double coast_factor(const struct sim *sim, const struct journey *j, uint32_t place)
{
    if (j->coast_spread <= 0 || !(sim->world->place[place].kind & WORLD_EMBARKATION)) return 1;
    struct calendar_date date = calendar_date(sim->setup->start + sim->day);
    struct rng_block block[3];
    for (uint32_t i = 0; i < 3; i++) block[i] = rng_draw(sim->setup->seed, sim->world->place[place].state, journey.purpose * 256u + DRAW_COAST, (uint32_t)(date.year * 12 + date.month), i);
    return maths_exp(j->coast_spread * rng_near_normal(block) - j->coast_spread * j->coast_spread / 2);
}

static void set_place(struct sim *sim, const struct journey *j, uint32_t place)
{
    double stay = maths_pow(field_at(&j->season, place), j->season_power) * coast_factor(sim, j, place) * lever_value(&sim->setup->levers, j->embarkation_lever, place) / field_at(&j->stay, place);
    double earn = j->means ? means_rate(j->means, sim, place) : 1 / field_at(&j->stay, place), release = 1 / field_at(&j->hold, place) + field_at(&j->escape, place), again = again_hazard(sim, j, place);
    for (uint32_t c = 0; c < j->classes; c++) {
        uint32_t cell = (place * j->classes + c) * WAY_MODES;
        wait_rate(sim, j->step, cell + WAY_STAYING, stay * (j->stay_factor.count ? j->stay_factor.value[c] : 1));
        wait_rate(sim, j->step, cell + WAY_STRANDED, earn);
        wait_rate(sim, j->step, cell + WAY_HELD, release);
        wait_rate(sim, j->step, cell + WAY_RETURNED, again);
    }
}

static void journey_morning(struct sim *sim, void *state)
{
    struct journey *j = state;
    j->peril = find_wait(sim, "peril");
    set_links(sim, j);
    struct route_costs costs = costs_of(j);
    route_values_morning(&j->routes, sim, &costs);
    for (uint32_t i = 0; i < sim->world->places; i++) set_place(sim, j, i);
}

/* ---- one person ---- */

struct traveller {
    struct way_person way; /* first */
    struct sim *sim;
    const struct journey *j;
    struct person *p;
    uint16_t *destination;
    uint8_t *fate, *held_times, *journeys;
    uint32_t *toward;
};

static struct traveller traveller_of(const struct way_person *w, const struct journey *j)
{
    const struct person_column *column = w->sim->persons.column;
    struct traveller t = {*w, w->sim, j, w->p, column[j->destination].data, column[j->fate].data, column[j->held_times].data, column[j->journeys].data, column[j->toward].data};
    t.destination += w->slot;
    t.fate += w->slot;
    t.held_times += w->slot;
    t.journeys += w->slot;
    t.toward += w->slot;
    return t;
}

static uint32_t purpose(uint32_t draw) { return journey.purpose * 256u + draw; }

static void note(const struct traveller *t, int event) { event_add(&t->sim->events, t->way.thread, t->p, event, t->sim->day, t->way.phase); }

static void count(const struct traveller *t, int tally, uint32_t cell, int32_t n) { tally_add(&t->sim->tallies, t->way.thread, tally, cell, n); }

static bool is_at_destination(const struct traveller *t) { return t->p->place == t->j->routes.destination[*t->destination]; }

static bool has_papers(const struct traveller *t) { return t->j->papers_trait >= 0 && portrait_value(t->sim, t->j->papers_trait, t->way.slot) == t->j->with_papers; }

static double money_of(const struct traveller *t) { return t->j->means ? (double)*way_money(&t->way) : INFINITY; }

static struct rng_block draw(const struct traveller *t, uint64_t who, uint32_t what, uint32_t spell) { return rng_draw(t->sim->setup->seed, who, purpose(what), spell, 0); }

static void choose_destination(const struct traveller *t)
{
    const struct journey *j = t->j;
    if (j->destination_trait >= 0) *t->destination = (uint16_t)portrait_value(t->sim, j->destination_trait, t->way.slot);
    else *t->destination = (uint16_t)rng_race(t->sim->setup->seed, t->p->party, purpose(DRAW_DESTINATION), 0, (int)j->destinations, j->destination_weight, NULL);
}

static void equip(const struct traveller *t)
{
    if (t->j->means) means_equip(t->j->means, &t->way, *t->journeys);
    ++*t->journeys;
}

/* ---- steps that end at a place ---- */

static void begin_clocks(const struct traveller *t, struct wait_moment at)
{
    wait_begin_clock_at(t->sim, t->p, t->j->step, at);
    if (t->j->peril >= 0 && wait_kind(t->p, t->j->peril) != WAIT_CLOCK) wait_begin_clock_at(t->sim, t->p, t->j->peril, at);
}

static void end_clocks(const struct traveller *t)
{
    wait_end(t->p, t->j->step);
    if (t->j->peril >= 0) wait_end(t->p, t->j->peril);
}

/* Asked while the clocks of the stay still run, as they go on where nobody keeps the person. */
static bool is_kept(const struct traveller *t, bool at_destination, struct wait_moment at)
{
    const struct journey *j = t->j;
    return j->reception && j->reception(j->receiver, t->sim, t->way.thread, t->way.phase, t->way.slot, at_destination, at);
}

static void keep(const struct traveller *t, struct wait_moment at)
{
    end_clocks(t);
    way_turn(&t->way, WAY_SETTLED, at);
}

static void settle(const struct traveller *t, struct wait_moment at)
{
    is_kept(t, true, at); /* settled in either case */
    keep(t, at);
    count(t, t->j->arrivals, t->p->place, 1);
    note(t, t->j->settled_event);
}

/* A procedure may send home who is on a link: counted at its start. */
static void go_home(const struct traveller *t)
{
    uint32_t home = portrait_origin(t->p), link = t->p->place & ~PERSON_ON_LINK;
    end_clocks(t);
    *t->fate = 0;
    count(t, t->j->returns, t->p->place & PERSON_ON_LINK ? t->sim->world->link[link].from : link, 1);
    note(t, t->j->returned_event);
    way_go(&t->way, home, WAY_RETURNED);
    if (t->j->again.fallback > 0 || field_is_given(&t->j->again)) wait_begin_clock_at(t->sim, t->p, t->j->step, WAIT_DUSK);
}

static void hold(const struct traveller *t, double times, struct wait_moment at)
{
    *t->held_times = (uint8_t)(times < 1 ? 1 : times < MOST_TIMES ? times + 0.5
                                                                  : MOST_TIMES);
    way_turn(&t->way, WAY_HELD, at);
    begin_clocks(t, at);
    note(t, t->j->held_event);
}

static void strand(const struct traveller *t, struct wait_moment at)
{
    way_turn(&t->way, WAY_STRANDED, at);
    count(t, t->j->stranding, t->p->place, 1);
    note(t, t->j->stranded_event);
    begin_clocks(t, at);
}

/* ---- leaving ---- */

static bool can_take(const struct traveller *t, uint32_t link) { return t->sim->world->link[link].open && t->j->price[link] <= money_of(t); }

/* The link to take, or WORLD_NOWHERE. One choice is made in each stay, so the stay's number is its address. */
static uint32_t choose(const struct traveller *t)
{
    double weight[MOST_LINKS], share = 0;
    const struct world *world = t->sim->world;
    uint32_t first = world->first[t->p->place], n = world->first[t->p->place + 1] - first, class = route_values_class(&t->j->routes, way_class(t->p), has_papers(t));
    for (uint32_t i = 0; i < n; i++) weight[i] = can_take(t, first + i) ? route_values_chance(&t->j->routes, class, *t->destination, first + i) : 0;
    for (uint32_t i = 0; i < n; i++) share += weight[i];
    if (share < t->j->least_share) return WORLD_NOWHERE;
    int won = rng_race(t->sim->setup->seed, t->p->party, purpose(DRAW_LINK), t->p->spell[t->j->step], (int)n, weight, NULL);
    return won < 0 ? WORLD_NOWHERE : first + (uint32_t)won;
}

static uint32_t bit_if(uint32_t word, double chance, uint32_t bit) { return rng_uniform(word) < chance ? bit : 0; }

/* What a way over land does to the person, and to the party together. */
static uint8_t draw_fate(const struct traveller *t, uint32_t link)
{
    const struct journey *j = t->j;
    uint32_t spell = t->p->spell[j->step];
    double lost = 1 - *way_health(&t->way) / 255.0, death = field_at(&j->links.death, link) * lever_value(&t->sim->setup->levers, j->death_lever, link) * (1 + j->frailty * lost);
    struct rng_block own = draw(t, t->p->id, DRAW_CROSSING, spell), shared = draw(t, t->p->party, DRAW_PARTY_CROSSING, spell);
    uint32_t fate = bit_if(own.word[WORD_DEATH], death, FATE_DEATH) | bit_if(own.word[WORD_VIOLENCE], field_at(&j->links.violence, link), FATE_VIOLENCE) | bit_if(own.word[WORD_SEPARATION], field_at(&j->links.separation, link), FATE_SEPARATION);
    return (uint8_t)(fate | bit_if(shared.word[WORD_KIDNAP], field_at(&j->links.kidnap, link), FATE_KIDNAP) | bit_if(shared.word[WORD_REFUSAL], has_papers(t) ? 0 : field_at(&j->links.refusal, link), FATE_REFUSAL));
}

static int32_t days_on(const struct journey *j, uint32_t link)
{
    double days = ceil(j->days[link]);
    return days < 1 ? 1 : days > MOST_DAYS ? MOST_DAYS
                                           : (int32_t)days;
}

/* Clocks over places end before the person steps on a link. */
static void set_out(const struct traveller *t, uint32_t link)
{
    bool embarks = t->j->sea && t->sim->world->link[link].mode == WORLD_SEA;
    if (t->j->means) means_pay(&t->way, t->j->price[link]);
    *t->fate = embarks ? FATE_EMBARKED : draw_fate(t, link);
    end_clocks(t);
    way_go(&t->way, link | PERSON_ON_LINK, WAY_TRAVELLING);
    /* Vessels are made after phase 0: who reaches the shore by way of a marker later in the day sails tomorrow. */
    wait_begin_day(t->p, t->j->step, t->sim->day + (embarks ? t->way.phase >= SEA_PHASE : days_on(t->j, link)));
    if (embarks) sea_embark(t->sim, t->j->sea, t->way.thread, link);
}

/* Keyed by the stay: the chance is asked at most once in each. */
static bool gives_up(const struct traveller *t)
{
    double chance = field_at(&t->j->giving_up, t->p->place);
    return chance > 0 && rng_uniform(draw(t, t->p->party, DRAW_GIVE_UP, t->p->spell[t->j->step]).word[0]) < chance;
}

static void leave(const struct traveller *t, struct wait_moment at)
{
    uint32_t link = choose(t);
    if (link != WORLD_NOWHERE) set_out(t, link);
    else strand(t, at);
}

/* A stay begins, with clocks that run from this moment of the day. */
static void stay(const struct traveller *t, struct wait_moment at)
{
    if (way_mode(t->p) != WAY_STAYING) way_turn(&t->way, WAY_STAYING, at);
    if (is_at_destination(t)) {
        settle(t, at);
    } else if (t->sim->world->place[t->p->place].kind & WORLD_MARKER) {
        t->p->spell[t->j->step]++;
        leave(t, at);
    } else if (is_kept(t, false, at)) {
        keep(t, at);
    } else {
        begin_clocks(t, at);
    }
}

/* Who can pay a way again waits for it like everybody who stays. */
static void earn(const struct traveller *t, struct wait_moment at)
{
    if (t->j->means) means_earn(t->j->means, &t->way, t->p->spell[t->j->step]);
    if (gives_up(t)) go_home(t);
    else if (choose(t) != WORLD_NOWHERE) stay(t, at);
    else wait_renew_clock(t->sim, t->p, t->j->step);
}

/* Not drawn where nobody escapes. */
static bool escapes(const struct traveller *t)
{
    double escape = field_at(&t->j->escape, t->p->place), all = escape + 1 / field_at(&t->j->hold, t->p->place);
    return escape > 0 && rng_uniform(draw(t, t->p->party, DRAW_ESCAPE, t->p->spell[t->j->step]).word[0]) * all < escape;
}

static void come_free(const struct traveller *t, uint32_t end)
{
    if (t->j->releases >= 0) count(t, t->j->releases, t->p->place * ENDS + end, 1);
    event_add_value(&t->sim->events, t->way.thread, t->p, t->j->released_event, t->sim->day, t->way.phase, (uint16_t)end);
}

static void release(const struct traveller *t, struct wait_moment at)
{
    if (escapes(t)) {
        come_free(t, END_ESCAPED);
        stay(t, at);
        return;
    }
    bool again = *t->held_times > 1 && rng_uniform(draw(t, t->p->party, DRAW_RELEASE, t->p->spell[t->j->step]).word[0]) * *t->held_times >= 1;
    if (again) {
        wait_renew_clock(t->sim, t->p, t->j->step);
        return;
    }
    come_free(t, END_RELEASED);
    if (gives_up(t)) go_home(t);
    else stay(t, at);
}

static void set_out_again(const struct traveller *t, struct wait_moment at)
{
    equip(t);
    count(t, t->j->departures, t->p->place * POOL_ENTRIES + POOL_AGAIN, 1);
    note(t, t->j->again_event);
    stay(t, at);
}

static void act_at_place(const struct traveller *t)
{
    struct wait_moment at = wait_moment(t->sim, t->p, t->j->step);
    switch (way_mode(t->p)) {
    case WAY_STRANDED:
        earn(t, at);
        break;
    case WAY_HELD:
        release(t, at);
        break;
    case WAY_RETURNED:
        set_out_again(t, at);
        break;
    default:
        leave(t, at);
    }
}

/* ---- arriving ---- */

/* Today's vessels are known: how the crossing will end, and when. */
static void sail(const struct traveller *t, uint32_t link)
{
    struct sea_fate fate = sea_fate(t->sim, t->j->sea, t->p, link, t->p->spell[t->j->step]);
    *t->fate = (uint8_t)(FATE_AT_SEA | (uint32_t)fate.outcome);
    *t->toward = fate.place;
    wait_begin_day(t->p, t->j->step, t->sim->day + fate.days);
}

/* Does the head of this party die in the vessel? Every member can tell, for the head's draw has an address. */
static bool loses_head(const struct traveller *t, uint32_t link)
{
    struct person head = *t->p;
    if (t->p->id == t->p->party || !(t->p->flags & PERSON_IN_COMPANY)) return false;
    head.id = t->p->party;
    return sea_fate(t->sim, t->j->sea, &head, link, t->p->spell[t->j->step]).outcome == SEA_DIED;
}

static void put_ashore(const struct traveller *t, enum sea_outcome outcome, uint32_t place)
{
    *t->fate = 0;
    way_go(&t->way, place, WAY_STAYING);
    if (outcome != SEA_INTERCEPTED) {
        stay(t, WAIT_DUSK);
        return;
    }
    if (gives_up(t)) go_home(t);
    else if (sea_holds(t->j->sea, place)) hold(t, 1, WAIT_DUSK);
    else stay(t, WAIT_DUSK);
}

static void land(const struct traveller *t, uint32_t link)
{
    enum sea_outcome outcome = (enum sea_outcome)(*t->fate & (FATE_AT_SEA - 1));
    sea_end(t->sim, t->j->sea, t->way.thread, t->p, link, outcome);
    if (outcome == SEA_DIED) way_die(&t->way, WAY_CAUSE_SEA);
    else put_ashore(t, outcome, *t->toward);
}

static void arrive_over_land(const struct traveller *t, uint32_t link)
{
    const struct world_link *l = &t->sim->world->link[link];
    uint8_t fate = *t->fate;
    bool refused = fate & FATE_REFUSAL;
    *t->fate = 0;
    wait_end(t->p, t->j->step);
    count(t, t->j->passages, link * OUTCOMES + (uint32_t)(fate & FATE_DEATH ? OUTCOME_DIED : refused ? OUTCOME_REFUSED
                                                                                                     : OUTCOME_ARRIVED),
          1);
    if (fate & FATE_VIOLENCE) way_harm(&t->way, WAY_VIOLENCE);
    if (fate & FATE_DEATH) {
        way_die(&t->way, WAY_CAUSE_LAND);
        return;
    }
    if (fate & FATE_SEPARATION) way_part(&t->way, WAIT_DUSK);
    if (refused) note(t, t->j->refused_event);
    way_go(&t->way, refused ? l->from : l->to, WAY_STAYING);
    if (refused && gives_up(t)) go_home(t);
    else if (fate & FATE_KIDNAP && !refused) way_harm(&t->way, WAY_KIDNAPPING), hold(t, 1, WAIT_DUSK);
    else stay(t, WAIT_DUSK);
}

static void arrive(const struct traveller *t)
{
    uint32_t link = t->p->place & ~PERSON_ON_LINK;
    if (*t->fate & FATE_EMBARKED) {
        bool alone = loses_head(t, link);
        sail(t, link);
        if (alone) way_part(&t->way, WAIT_DUSK);
    } else if (*t->fate & FATE_AT_SEA) {
        wait_end(t->p, t->j->step);
        land(t, link);
    } else {
        arrive_over_land(t, link);
    }
}

/* ---- phases ---- */

static void journey_enter(struct sim *sim, void *state)
{
    struct journey *j = state;
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        struct way_person w = way_person(sim, &j->way, 0, 0, slot);
        struct traveller t = traveller_of(&w, j);
        way_enter(&w, j->class_trait >= 0 ? portrait_value(sim, j->class_trait, slot) : 0);
        choose_destination(&t);
        if (has_papers(&t)) t.p->status = 1;
        equip(&t);
        if (is_at_destination(&t)) settle(&t, WAIT_DAWN);
        else if (is_kept(&t, false, WAIT_DAWN)) keep(&t, WAIT_DAWN);
        else begin_clocks(&t, WAIT_DAWN);
    }
}

static void journey_act(struct sim *sim, void *state, const struct model_span *span)
{
    const struct journey *j = state;
    for (uint32_t i = 0; i < span->n; i++) {
        struct way_person w = way_person(sim, &j->way, span->thread, span->phase, span->slot[i]);
        struct traveller t = traveller_of(&w, j);
        if (t.p->place & PERSON_ON_LINK) arrive(&t);
        else act_at_place(&t);
    }
}

static void journey_settle(struct sim *sim, void *state)
{
    struct journey *j = state;
    int64_t stranded = 0;
    for (uint32_t i = 0; i < sim->world->places; i++) stranded += tally_at(&sim->tallies, j->way.modes, i * WAY_MODES_USED + WAY_STRANDED);
    j->stranded_days += stranded;
    sim_publish(sim, j->stranded_now, (double)stranded * sim->setup->scale);
    sim_publish(sim, j->stranded_so_far, (double)j->stranded_days * sim->setup->scale);
    sim_publish(sim, j->missing, route_values_missing(&j->routes));
}

static void journey_close(void *state)
{
    struct journey *j = state;
    route_values_close(&j->routes);
    void *block[] = {j->destination_weight, j->price, j->days, j->risk, j->control};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

const struct way *journey_way(const struct journey *j) { return &j->way; }

uint32_t journey_classes(const struct journey *j) { return j->classes; }

void journey_hold(const struct journey *j, const struct way_person *w, double times, struct wait_moment at)
{
    struct traveller t = traveller_of(w, j);
    hold(&t, times, at);
}

void journey_set_reception(struct journey *j, journey_reception *reception, const void *state)
{
    j->reception = reception;
    j->receiver = state;
}

void journey_resume(const struct journey *j, const struct way_person *w, struct wait_moment at)
{
    struct traveller t = traveller_of(w, j);
    if (way_mode(w->p) != WAY_SETTLED) return; /* held: goes on when let go */
    if (is_at_destination(&t)) {
        keep(&t, at); /* counted as arrived when they came */
        return;
    }
    way_turn(&t.way, WAY_STAYING, at);
    begin_clocks(&t, at);
}

void journey_keep(const struct journey *j, const struct way_person *w, struct wait_moment at)
{
    struct traveller t = traveller_of(w, j);
    enum way_mode mode = way_mode(w->p);
    if (mode == WAY_STAYING || mode == WAY_STRANDED) keep(&t, at);
}

void journey_go_home(const struct journey *j, const struct way_person *w)
{
    struct traveller t = traveller_of(w, j);
    go_home(&t);
}

const struct model journey = {
    .name = "journey",
    .doc = "people with a destination go from place to place: routes, borders, crossings, stranding, return",
    .source = "Fosgerau, Frejinger, Karlstrom 2013, doi 10.1016/j.trb.2013.07.012",
    .purpose = 6,
    .state_size = sizeof(struct journey),
    .params = params,
    .levers = levers,
    .open = journey_open,
    .morning = journey_morning,
    .enter = journey_enter,
    .act = journey_act,
    .settle = journey_settle,
    .close = journey_close,
};
