/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journey of mixed movements: people with an intended destination and some money go from place to place until they
   are there, lack the means to go on, or die on the way.

   Entering: destination d with chance destination_weight(d) / sum; money = money_mean exp(money_spread N - money_spread^2 / 2),
   N standard normal. Leaving: hazard 1 / stay_days a day; at a marker at once. Going: of the links that are open and whose price
   today the person can pay, an exponential race with weights P of the recursive logit (route_values.c), keyed by (party, stay,
   number of the link at its place): closing a link moves only those who would have taken it and those who know of it ahead.
   Crossing: the price is paid, days (at least 1, rounded up) pass. Death with chance death x death_risk, harm with chance
   violence, drawn for each person and crossing when setting out, happen on the day of arrival. Arriving: at the destination the
   person stays for good, elsewhere the next stay begins.
   Stranded: no link with P > 0 can be paid, or those that can hold less than least_share of P together. With hazard
   1 / work_days a day the person has earned work_pay and tries again.
   Source: route choice Fosgerau, Frejinger, Karlstrom 2013, doi 10.1016/j.trb.2013.07.012; the rest is a frame for the scenario's numbers.
   Assumption: hazards of stay and work are constant; members of a party draw destination, money, stays and ways together, each
   pays alone, so that all have the same money at every moment; harm and death are personal, and the others go on.
   Limits: nobody gives up, changes the destination, borrows or is intercepted; a link that closes under way lets people
   through; who finds no open way at all waits and earns like those without money; with least_share 0 people who cannot pay the
   way on may go back and forth while money lasts; control is a cost that people see and nothing else; links have no
   capacity; price_factor looks at the party's class, which no model sets yet; .status holds enum journey_status.
   Levers act from the day on: prices at once on who can pay, and on choices when people know of them. */
#include "models/journey.h"

#include "models/route_values.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

#define MOST_LINKS 256         /* from one place */
#define MOST_DESTINATIONS 1024 /* of a map */
#define MOST_DAYS 3650         /* on one link */
#define MOST_TRIES 1000        /* for a normal deviate; each fails with chance 0.05 */

enum { DRAW_DESTINATION,
       DRAW_MONEY,
       DRAW_LINK,
       DRAW_CROSSING }; /* purposes */
enum { WORD_DEATH,
       WORD_HARM }; /* of one crossing's block */
enum { FATE_DEATH = 1,
       FATE_HARM = 2 }; /* bits of the column */

struct journey {
    struct route_plan plan; /* parameters */
    double stay_days, money_mean, money_spread, work_days, work_pay, least_share;
    struct route_values routes;
    uint32_t destinations;
    double *destination_weight;                           /* by destination */
    double *price_base, *control_base, *death, *violence; /* by link, blanks 0 */
    double *price, *control;                              /* of today */
    int move, arrive, work;                               /* waits */
    int destination, money, fate;                         /* columns */
    int price_lever, control_lever, death_lever;
    int arrivals, stranded, harms, deaths; /* tallies */
    int settled_event, stranded_event, harmed_event;
    int stranded_now, stranded_so_far, missing; /* indicators */
    int64_t stranded_days;                      /* person-days since day 0 */
};

#define FIELD(name) offsetof(struct journey, name)
static const struct param params[] = {
    {"stay_days", PARAM_NUMBER, FIELD(stay_days), "days", "mean stay at a place before going on", "assumption: weeks", 20, 0.05, 3650, NULL, "loguniform"},
    {"speed", PARAM_NUMBER, FIELD(plan.speed_km), "km/day", "speed on links without days", "assumption: road travel", 200, 1, 20000, NULL, "uniform"},
    {"price_weight", PARAM_NUMBER, FIELD(plan.price_weight), "cost/money", "cost that a person sees in a unit of money", "assumption: money is the unit of cost", 1, 0, 1e6, NULL, "loguniform"},
    {"price_factor", PARAM_LIST, FIELD(plan.price_factor), "1", "factor on price_weight by class of the party; none: one class", "assumption: classes alike", 0, 0, 1e6, NULL, NULL},
    {"time_weight", PARAM_NUMBER, FIELD(plan.time_weight), "cost/day", "cost that a person sees in a day on the way", "assumption: a day's living", 10, 0, 1e6, NULL, "loguniform"},
    {"risk_weight", PARAM_NUMBER, FIELD(plan.risk_weight), "cost", "cost that a person sees in a unit of a link's risk", "assumption: the scenario's risk is in units of cost", 1, 0, 1e9, NULL, "loguniform"},
    {"control_weight", PARAM_NUMBER, FIELD(plan.control_weight), "cost", "cost that a person sees in a unit of a link's control", "assumption: the scenario's control is in units of cost", 1, 0, 1e9, NULL, "loguniform"},
    {"choice_scale", PARAM_NUMBER, FIELD(plan.scale), "cost", "cost by which one way must be worse to be taken e times less often", "assumption: a few hundred beside prices in thousands", 200, 1e-6, 1e9, NULL, "loguniform"},
    {"information_lag_days", PARAM_INTEGER, FIELD(plan.lag_days), "days", "age of what people know of costs and closures", "assumption: up to date", 0, 0, 365, NULL, "uniform"},
    {"money_mean", PARAM_NUMBER, FIELD(money_mean), "money", "mean of the money a person sets out with", "assumption: two or three legs", 2000, 0, 1e9, NULL, "loguniform"},
    {"money_spread", PARAM_NUMBER, FIELD(money_spread), "1", "standard deviation of its logarithm", "assumption: one in six has less than a third of the mean", 0.8, 0, 5, NULL, "uniform"},
    {"work_days", PARAM_NUMBER, FIELD(work_days), "days", "mean time until a stranded person has earned work_pay", "assumption: three months", 90, 0.05, 36500, NULL, "loguniform"},
    {"work_pay", PARAM_NUMBER, FIELD(work_pay), "money", "what is left of the earnings then", "assumption: part of a leg", 300, 0, 1e9, NULL, "loguniform"},
    {"least_share", PARAM_NUMBER, FIELD(least_share), "1", "a person goes on only where the links to be paid hold at least this share of P together, else is stranded", "assumption: any way is taken", 0, 0, 0.999, NULL, "uniform"},
    {0}};

enum { LEVER_OF_PRICE,
       LEVER_OF_CONTROL,
       LEVER_OF_DEATH };
static const struct lever levers[] = {
    [LEVER_OF_PRICE] = {"price", "1", "factor on the price of a link", 1, 0, 1e6, LEVER_LINK},
    [LEVER_OF_CONTROL] = {"control", "control", "added to the control of a link", 0, 0, 1e9, LEVER_LINK},
    [LEVER_OF_DEATH] = {"death_risk", "1", "factor on the chance of dying on a crossing of a link", 1, 0, 1e6, LEVER_LINK},
    {0}};

/* ---- opening ---- */

static int check_link(const struct sim *sim, uint32_t link, const char *name, double value, double most, struct error *error)
{
    const struct world *world = sim->world;
    if (value >= 0 && value <= most) return 0;
    return fail(error, FAIL_INPUT, "link '%s>%s': expected a %s from 0 to %g, found %g", world->place[world->link[link].from].name, world->place[world->link[link].to].name, name, most, value);
}

/* A numeric column of the links, 0 where absent or blank; NULL with an error. */
static double *link_column(struct sim *sim, const char *name, double most)
{
    const double *given = world_values(sim->world, name, true);
    double *value = memory_new((size_t)sim->world->links + 1, sizeof *value);
    for (uint32_t i = 0; given && i < sim->world->links; i++) {
        value[i] = isnan(given[i]) ? 0 : given[i];
        if (!check_link(sim, i, name, value[i], most, &sim->error)) continue;
        memory_free(value);
        return NULL;
    }
    return value;
}

static int read_links(struct sim *sim, struct journey *j)
{
    for (uint32_t i = 0; i < sim->world->places; i++)
        if (sim->world->first[i + 1] - sim->world->first[i] > MOST_LINKS) return fail(&sim->error, FAIL_INPUT, "place '%s': journey follows at most %d links from one place", sim->world->place[i].name, MOST_LINKS);
    if (!(j->price_base = link_column(sim, "price", 1e9)) || !(j->control_base = link_column(sim, "control", 1e9))) return -1;
    if (!(j->death = link_column(sim, "death", 1)) || !(j->violence = link_column(sim, "violence", 1))) return -1;
    j->price = memory_copy(j->price_base, (size_t)sim->world->links + 1, sizeof *j->price);
    j->control = memory_copy(j->control_base, (size_t)sim->world->links + 1, sizeof *j->control);
    return 0;
}

static int check_destination(struct sim *sim, uint32_t place, double weight)
{
    const struct world_place *p = &sim->world->place[place];
    if (!(weight >= 0)) return fail(&sim->error, FAIL_INPUT, "place '%s': expected a destination_weight of 0 or more, found %g", p->name, weight);
    if (weight > 0 && p->kind & WORLD_MARKER) return fail(&sim->error, FAIL_INPUT, "place '%s' is a marker: nobody's destination, yet its destination_weight is %g", p->name, weight);
    return 0;
}

/* Places that somebody intends to reach, and their weights; returns how many, or -1. */
static int read_destinations(struct sim *sim, struct journey *j, uint32_t *place)
{
    const double *weight = world_values(sim->world, "destination_weight", false);
    j->destination_weight = memory_new(MOST_DESTINATIONS, sizeof *j->destination_weight);
    for (uint32_t i = 0; weight && i < sim->world->places; i++) {
        if (isnan(weight[i]) || weight[i] == 0) continue;
        if (check_destination(sim, i, weight[i])) return -1;
        if (j->destinations == MOST_DESTINATIONS) return fail(&sim->error, FAIL_INPUT, "more than %d places have a destination_weight", MOST_DESTINATIONS);
        place[j->destinations] = i;
        j->destination_weight[j->destinations++] = weight[i];
    }
    if (j->destinations > 0) return 0;
    return fail(&sim->error, FAIL_INPUT, "model journey needs a column destination_weight of the places, above 0 for at least one");
}

static int declare_waits(struct sim *sim, struct journey *j)
{
    int model = sim_model_number(sim, j);
    j->move = wait_declare(sim, model, (struct wait_plan){.name = "move", .doc = "until the person leaves the place", .over = WAIT_OVER_PLACE, .shared = true});
    j->arrive = wait_declare(sim, model, (struct wait_plan){.name = "arrive", .doc = "until the person reaches the end of the link", .shared = true});
    j->work = wait_declare(sim, model, (struct wait_plan){.name = "work", .doc = "until a stranded person has earned something", .over = WAIT_OVER_PLACE, .shared = true});
    return j->move < 0 || j->arrive < 0 || j->work < 0 ? -1 : 0;
}

static void declare_columns(struct sim *sim, struct journey *j)
{
    struct person_store *persons = &sim->persons;
    j->destination = person_column(persons, "destination", "index", "number of the intended destination among the places with a destination_weight", 2, false);
    j->money = person_column(persons, "money", "money", "what the person can still spend", sizeof(float), true);
    j->fate = person_column(persons, "crossing_fate", "bits", "of the crossing under way: 1 ends in death, 2 brings harm", 1, false);
}

static void declare_outputs(struct sim *sim, struct journey *j)
{
    struct tally_set *t = &sim->tallies;
    int place = tally_axis(t, "place", sim->world->places, NULL), link = tally_axis(t, "link", sim->world->links, NULL);
    j->arrivals = tally_declare(t, "arrivals_at_destination", "people", "people who reached their intended destination", TALLY_FLOW, 1, &place);
    j->stranded = tally_declare(t, "stranded", "people", "people who cannot pay any way on, at the end of the day; its sum over days is person-days stranded", TALLY_STOCK, 1, &place);
    j->harms = tally_declare(t, "crossing_harms", "events", "harms that people suffered on the link, on the day of arrival", TALLY_FLOW, 1, &link);
    j->deaths = tally_declare(t, "crossing_deaths", "people", "people who died on the link, on the day they would have arrived", TALLY_FLOW, 1, &link);
    j->settled_event = event_kind(&sim->events, "settled", "reached the intended destination");
    j->stranded_event = event_kind(&sim->events, "stranded", "could not pay any way on");
    j->harmed_event = event_kind(&sim->events, "harmed_on_the_way", "suffered harm on a link");
    j->stranded_now = sim_indicator(sim, "stranded_people", "people", "people who cannot pay any way on");
    j->stranded_so_far = sim_indicator(sim, "stranded_person_days", "person-days", "days that people spent stranded since the first day");
    j->missing = sim_indicator(sim, "route_values_missing", "1", "destinations (by class) whose route values do not exist today, so that older ones are in force");
    sim_keep(sim, "journey.stranded_days", SIM_I64, 1, &j->stranded_days);
}

static int journey_open(struct sim *sim, void *state)
{
    struct journey *j = state;
    if (j->plan.price_factor.count > WAIT_GROUPS) return fail(&sim->error, FAIL_INPUT, "journey.price_factor: expected at most %d classes, found %d", WAIT_GROUPS, j->plan.price_factor.count);
    uint32_t *place = memory_new(MOST_DESTINATIONS, sizeof *place);
    int status = read_links(sim, j) || read_destinations(sim, j, place) ? -1 : 0;
    if (!status) status = route_values_open(&j->routes, sim, &j->plan, j->destinations, place, j->price, j->control);
    memory_free(place);
    if (status || declare_waits(sim, j)) return -1;
    declare_columns(sim, j);
    declare_outputs(sim, j);
    j->price_lever = lever_find(&sim->setup->levers, levers[LEVER_OF_PRICE].name);
    j->control_lever = lever_find(&sim->setup->levers, levers[LEVER_OF_CONTROL].name);
    j->death_lever = lever_find(&sim->setup->levers, levers[LEVER_OF_DEATH].name);
    return 0;
}

static void journey_morning(struct sim *sim, void *state)
{
    struct journey *j = state;
    const struct lever_set *set = &sim->setup->levers;
    for (uint32_t i = 0; i < sim->world->links; i++) j->price[i] = j->price_base[i] * lever_value(set, j->price_lever, i);
    for (uint32_t i = 0; i < sim->world->links; i++) j->control[i] = j->control_base[i] + lever_value(set, j->control_lever, i);
    route_values_morning(&j->routes, sim, j->price, j->control);
    for (uint32_t i = 0; i < sim->world->places; i++) {
        wait_rate(sim, j->move, i, 1 / j->stay_days);
        wait_rate(sim, j->work, i, 1 / j->work_days);
    }
}

/* ---- one person ---- */

struct traveller {
    struct sim *sim;
    const struct journey *j;
    int thread, phase;
    struct person *p;
    uint32_t slot;
    uint16_t *destination;
    float *money;
    uint8_t *fate;
};

static struct traveller traveller_of(struct sim *sim, const struct journey *j, int thread, int phase, uint32_t slot)
{
    const struct person_column *column = sim->persons.column;
    struct traveller t = {sim, j, thread, phase, &sim->persons.row[slot], slot, column[j->destination].data, column[j->money].data, column[j->fate].data};
    t.destination += slot;
    t.money += slot;
    t.fate += slot;
    return t;
}

static uint32_t purpose(uint32_t draw) { return journey.purpose * 256u + draw; }

static void note(const struct traveller *t, int event) { event_add(&t->sim->events, t->thread, t->p, event, t->sim->day, t->phase); }

static void count(const struct traveller *t, int tally, uint32_t cell, int32_t n) { tally_add(&t->sim->tallies, t->thread, tally, cell, n); }

static bool is_at_destination(const struct traveller *t) { return t->p->place == t->j->routes.destination[*t->destination]; }

static uint32_t class_of(const struct traveller *t)
{
    uint32_t classes = t->j->routes.classes;
    return t->p->party_group < classes ? t->p->party_group : classes - 1;
}

/* Standard normal by Marsaglia's polar method: no function that differs between processors. */
static double normal(uint64_t seed, uint64_t party)
{
    for (uint32_t i = 0; i < MOST_TRIES; i++) {
        struct rng_block block = rng_draw(seed, party, purpose(DRAW_MONEY), i, 0);
        for (int k = 0; k < 4; k += 2) {
            double u = 2 * rng_uniform(block.word[k]) - 1, v = 2 * rng_uniform(block.word[k + 1]) - 1, s = u * u + v * v;
            if (s < 1 && s > 0) return u * sqrt(-2 * maths_log(s) / s);
        }
    }
    return 0;
}

static void equip(const struct traveller *t)
{
    const struct journey *j = t->j;
    uint64_t seed = t->sim->setup->seed, party = t->p->party;
    *t->destination = (uint16_t)rng_race(seed, party, purpose(DRAW_DESTINATION), 0, (int)j->destinations, j->destination_weight, NULL);
    double spread = j->money_spread, shift = spread > 0 ? spread * normal(seed, party) - spread * spread / 2 : 0;
    *t->money = (float)(j->money_mean * maths_exp(shift));
}

static void settle(const struct traveller *t)
{
    t->p->status = JOURNEY_SETTLED;
    count(t, t->j->arrivals, t->p->place, 1);
    note(t, t->j->settled_event);
}

/* ---- leaving ---- */

static bool can_take(const struct traveller *t, uint32_t link) { return t->sim->world->link[link].open && t->j->price[link] <= (double)*t->money; }

/* The link to take, or WORLD_NOWHERE. One choice is made in each stay, so the stay's number is its address. */
static uint32_t choose(const struct traveller *t)
{
    double weight[MOST_LINKS], share = 0;
    const struct world *world = t->sim->world;
    uint32_t first = world->first[t->p->place], n = world->first[t->p->place + 1] - first, group = class_of(t);
    for (uint32_t i = 0; i < n; i++) weight[i] = can_take(t, first + i) ? route_values_chance(&t->j->routes, group, *t->destination, first + i) : 0;
    for (uint32_t i = 0; i < n; i++) share += weight[i];
    if (share < t->j->least_share) return WORLD_NOWHERE;
    int won = rng_race(t->sim->setup->seed, t->p->party, purpose(DRAW_LINK), t->p->spell[t->j->move], (int)n, weight, NULL);
    return won < 0 ? WORLD_NOWHERE : first + (uint32_t)won;
}

static uint8_t draw_fate(const struct traveller *t, uint32_t link)
{
    const struct journey *j = t->j;
    double death = j->death[link] * lever_value(&t->sim->setup->levers, j->death_lever, link);
    struct rng_block block = rng_draw(t->sim->setup->seed, t->p->id, purpose(DRAW_CROSSING), t->p->spell[j->move], 0);
    uint32_t dies = rng_uniform(block.word[WORD_DEATH]) < death ? FATE_DEATH : 0;
    return (uint8_t)(dies | (rng_uniform(block.word[WORD_HARM]) < j->violence[link] ? FATE_HARM : 0));
}

static int32_t days_on(const struct journey *j, uint32_t link)
{
    double days = ceil(j->routes.days[link]);
    return days < 1 ? 1 : days > MOST_DAYS ? MOST_DAYS
                                           : (int32_t)days;
}

static void leave_stranding(const struct traveller *t)
{
    if (t->p->status != JOURNEY_STRANDED) return;
    count(t, t->j->stranded, t->p->place, -1);
    t->p->status = JOURNEY_ON_THE_WAY;
}

/* Clocks over places end before the person steps on a link. */
static void set_out(const struct traveller *t, uint32_t link)
{
    leave_stranding(t);
    *t->money = (float)((double)*t->money - t->j->price[link]);
    *t->fate = draw_fate(t, link);
    wait_end(t->p, t->j->move);
    wait_end(t->p, t->j->work);
    sim_go(t->sim, t->thread, t->phase, t->slot, link | PERSON_ON_LINK);
    wait_begin_day(t->p, t->j->arrive, t->sim->day + days_on(t->j, link));
}

static void strand(const struct traveller *t)
{
    t->p->status = JOURNEY_STRANDED;
    count(t, t->j->stranded, t->p->place, 1);
    note(t, t->j->stranded_event);
    wait_end(t->p, t->j->move);
    wait_begin_clock(t->sim, t->p, t->j->work);
}

static void leave(const struct traveller *t)
{
    uint32_t link = choose(t);
    if (link != WORLD_NOWHERE) set_out(t, link);
    else if (t->p->status == JOURNEY_STRANDED) wait_renew_clock(t->sim, t->p, t->j->work);
    else strand(t);
}

static void earn(const struct traveller *t)
{
    *t->money = (float)((double)*t->money + t->j->work_pay);
    leave(t);
}

/* ---- arriving ---- */

static void begin_stay(const struct traveller *t)
{
    if (is_at_destination(t)) {
        settle(t);
    } else if (t->sim->world->place[t->p->place].kind & WORLD_MARKER) {
        t->p->spell[t->j->move]++;
        leave(t);
    } else {
        wait_begin_clock(t->sim, t->p, t->j->move);
    }
}

static void arrive(const struct traveller *t)
{
    uint32_t link = t->p->place & ~PERSON_ON_LINK;
    uint8_t fate = *t->fate;
    *t->fate = 0;
    wait_end(t->p, t->j->arrive);
    if (fate & FATE_HARM) {
        count(t, t->j->harms, link, 1);
        note(t, t->j->harmed_event);
    }
    if (fate & FATE_DEATH) {
        count(t, t->j->deaths, link, 1);
        sim_die(t->sim, t->thread, t->phase, t->slot, JOURNEY_CAUSE_CROSSING);
        return;
    }
    sim_go(t->sim, t->thread, t->phase, t->slot, t->sim->world->link[link].to);
    begin_stay(t);
}

/* ---- phases ---- */

static void journey_enter(struct sim *sim, void *state)
{
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        struct traveller t = traveller_of(sim, state, 0, 0, slot);
        equip(&t);
        if (is_at_destination(&t)) settle(&t);
        else wait_begin_clock(sim, t.p, t.j->move);
    }
}

static void journey_act(struct sim *sim, void *state, const struct model_span *span)
{
    const struct journey *j = state;
    for (uint32_t i = 0; i < span->n; i++) {
        struct traveller t = traveller_of(sim, j, span->thread, span->phase, span->slot[i]);
        if (span->wait == j->move) leave(&t);
        else if (span->wait == j->arrive) arrive(&t);
        else earn(&t);
    }
}

static void journey_settle(struct sim *sim, void *state)
{
    struct journey *j = state;
    int64_t stranded = 0;
    for (uint32_t i = 0; i < sim->world->places; i++) stranded += tally_at(&sim->tallies, j->stranded, i);
    j->stranded_days += stranded;
    sim_publish(sim, j->stranded_now, (double)stranded * sim->setup->scale);
    sim_publish(sim, j->stranded_so_far, (double)j->stranded_days * sim->setup->scale);
    sim_publish(sim, j->missing, route_values_missing(&j->routes));
}

static void journey_close(void *state)
{
    struct journey *j = state;
    route_values_close(&j->routes);
    void *block[] = {j->destination_weight, j->price_base, j->control_base, j->death, j->violence, j->price, j->control};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

const struct model journey = {
    .name = "journey",
    .doc = "people with a destination and money choose ways, cross, strand, settle or die",
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
