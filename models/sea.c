/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sea: vessels, wrecks, interception, rescue, landing, and what of it gets reported.

   Vessels. A link's people, embarked x scale, go aboard in a row: vessels of drawn size, in people, are filled one after the
   other. The last one stays open and takes the first of the next day, so that no vessel is cut off by midnight and what people
   risk does not depend on how many people one simulated person stands for. Size: with chance large_share lognormal of mean
   large_people, else of mean boat_people(link); spreads are standard deviations of logarithms; whole, 1 to most_people. A party
   stands at u x (people of today), u its own draw, in that row: its members share a vessel, the same one whatever other links do.
   Draws of a vessel are addressed by (link, day of its first people, number on that day).
   1. Fatal incident, chance min(0.95, wreck season quality (size / boat_people)^crowding exp(-rescue_effect coverage)).
      Deaths = loss_median (size / boat_people)^loss_size exp(loss_spread N), N standard normal; whole, 1 to size. Everybody aboard
      dies with chance deaths / size, by a draw of their own. loss_size 0 and loss_spread 0 leave out the tail.
   2. Who is alive is intercepted with chance interception_share while the state of departure has capacity of today left; vessels
      in the order of this draw, whatever their link. Capacity = lever + what is carried over: fractions of a place, and the debt
      where the last vessel was larger than what was left (a patrol is busy with it for days). Whole places not used are lost.
      They are taken to a place of that state by weights takes_intercepted, or back to the start of the link.
   3. Else rescued with chance coverage = 1 - (1 - state) (1 - private x allowed) (1 - merchant), by whom in proportion, and
      landed at a place of the link's basin by weights lands_rescued x disembarkation. Private ships wait standoff_days. Where all
      these weights are 0 everybody waits standoff_days, then disembarkation counts as 1; no weights at all: the end of the link.
   4. Else the vessel arrives alone at the end of the link after `days`, at least 1, rounded up. The other ends come after 1 day.
   Reported. An incident of n deaths with chance death_reporting^(1 / n): smaller ones less; all its deaths or none. A vessel's
   interception with chance interception_reporting. A person is counted as reported with the share of the day's deaths or
   interceptions on the link that are in reported vessels. Of deaths that get reported the share report_first is known at once, the
   rest arrives at a rate of 1 / report_days a day; sea_deaths_reported is what is known today.
   Source: vessels.csv, rescue.csv, balance_by_year.csv of the evidence; each number says from which years. The heavy tail of
   losses is a lognormal cut at the number aboard, over a mixture of sizes.
   Assumption: uniforms are fixed by address, so that more rescue or less season turns incidents off one by one; rescue acts on
   wrecks through rescue_effect only; season and quality act alike on all vessels of a link.
   Limits: vessels lost with everybody are reported like others; a vessel that is not full at night crosses in two parts; no
   transfer between vessels, no attempt that ends on the beach, no weather but `season`. */
#include "models/sea.h"

#include "models/market.h"
#include "sim/field.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CHANCE 0.95
#define MOST_TRIES 1000 /* for a normal deviate; each fails with chance 0.05 */
#define MOST_DAYS 3650  /* on one link */
#define BASINS 16
#define NO_BOUND 1e12 /* of interception_capacity */

const char *const sea_outcome_names[SEA_OUTCOMES] = {"arrived", "rescued_state", "rescued_private", "rescued_merchant", "intercepted", "died"};

enum { DRAW_SIZE,
       DRAW_STORY,
       DRAW_REPORT,
       DRAW_LOSS,
       DRAW_RESCUER,
       DRAW_SHORE,
       DRAW_VESSEL,
       DRAW_DEATH,
       DRAW_COUNTED }; /* purposes */
enum { WORD_WRECK,
       WORD_INTERCEPTION,
       WORD_RESCUE }; /* of a vessel's story */
enum { WORD_OF_DEATHS,
       WORD_OF_INTERCEPTION }; /* of its reports */
enum { RESCUERS = 3 };         /* state, private, merchant: in the order of outcomes */
enum { SEXES = 3 };

/* The part of a vessel that fills today. */
struct vessel {
    uint32_t link, number;
    int32_t day;          /* of the first people aboard; with link and number the address of its draws */
    double size;          /* people it takes */
    double people, until; /* of today aboard; with those before it on this link */
    double share;         /* of them who die */
    enum sea_outcome outcome;
    uint32_t place;
    int32_t days;
    bool counted; /* its incident, on an earlier day */
    bool death_reported, interception_reported;
};

/* A vessel that interception has met, in the queue for the capacity of its state. */
struct meeting {
    double draw;
    uint32_t state, vessel;
};

/* Places that take people off the sea, in groups: basins or states. */
struct shore {
    struct field weight;
    uint32_t groups;
    uint32_t *first; /* [groups + 1] */
    uint32_t *place;
    double *base, *now; /* weights of today, without and with levers */
};

/* Vessels that wait for more people, by link. Kept. */
struct open_vessels {
    int32_t *day;
    uint32_t *number;
    double *size, *left; /* people */
    uint8_t *struck;     /* its incident has been counted */
};

/* Of the deaths and of the interceptions of a day's vessels, the share that gets reported, by link. */
struct sea_reports {
    double *deaths, *interceptions;
};

/* Since the first day, in persons. Kept. */
struct sea_totals {
    int64_t attempts, deaths, intercepted, reported;
    double late; /* reported deaths that are not known yet */
};

struct sea {
    double wreck, crowding, rescue_effect; /* parameters */
    double boat_people, boat_spread, large_share, large_people, large_spread, most_people;
    double loss_median, loss_spread, loss_size;
    double death_reporting, interception_reporting, report_first, report_days;
    const struct market *market;
    struct field wreck_field, boat_field, large_field, season_field, days_field;
    struct shore landing, taking;
    uint32_t *link, links; /* those over the sea */
    uint32_t *basin;       /* by link */
    struct vessel *vessel; /* of today, those of a link in a row */
    uint32_t vessels, room;
    uint32_t *first, *end; /* by link */
    struct meeting *meeting;
    uint32_t meetings, meeting_room;
    double *capacity; /* left today, by state */
    double *carried;  /* by state. Kept */
    struct open_vessels open;
    struct sea_reports today, yesterday; /* today's kept */
    int64_t *waiting;                    /* persons by link who embarked after the vessels of the day were made. Kept */
    int64_t *aboard;                     /* persons by link on today's vessels who embarked today */
    struct sea_totals totals;
    int rescue[RESCUERS], private_allowed, capacity_lever, share_lever, disembarkation, standoff; /* levers */
    int embarked, crossings, by_group, deaths_reported, interceptions_reported;                   /* tallies */
    int made, wrecks, wrecks_reported;
    int attempts_now, deaths_now, death_rate, intercepted_now, reported_now, coverage_now, share_now, landing_now; /* indicators */
};

#define FIELD(name) offsetof(struct sea, name)
static const struct param params[] = {
    {"wreck", PARAM_NUMBER, FIELD(wreck), "1", "chance that a vessel of mean size has a fatal incident without rescue, where the link's column wreck is blank", "assumption: vessels.csv death_size_distribution 2014-2016 (253 incidents) over balance_by_year.csv 2014-2016 (541802 attempts, about 130 a vessel) = 0.06 under the rescue of those years, and exp(0.4) without", 0.08, 0, 0.3, NULL, "triangular"},
    {"crowding", PARAM_NUMBER, FIELD(crowding), "1", "power of size / boat_people in the chance of an incident", "assumption: no figure found; 0 is no effect", 0.5, 0, 1.5, NULL, "uniform"},
    {"rescue_effect", PARAM_NUMBER, FIELD(rescue_effect), "1", "fall of the logarithm of that chance from coverage 0 to 1", "assumption: evidence cmed.regime.death_per_1000 2014-2016, thin rescue 45.4 against 19.6 (ln = 0.84), none of it left without April 2015; below 0 where rescue draws worse vessels", 0.4, -0.5, 1.5, NULL, "uniform"},
    {"boat_people", PARAM_NUMBER, FIELD(boat_people), "people", "mean size of a common vessel, where the link's column boat_people is blank", "vessels.csv people_per_boat 2014-2016: all 100 (2015), 160 (2016), per rescue event 125 (2016), merchant rescues 110 (2016); less the large ones", 110, 50, 250, NULL, "triangular"},
    {"boat_spread", PARAM_NUMBER, FIELD(boat_spread), "1", "standard deviation of the logarithm of common sizes", "assumption: vessels.csv 2016 days of 105 to 125 a boat are means; loads of 20 to 200+ are named", 0.5, 0, 1.5, NULL, "uniform"},
    {"large_share", PARAM_NUMBER, FIELD(large_share), "1", "share of vessels that are large, where the link's column large_share is blank", "assumption: vessels.csv vessel_share wooden 2014-2016 .05-.65, of which few are large", 0.1, 0, 0.4, NULL, "triangular"},
    {"large_people", PARAM_NUMBER, FIELD(large_people), "people", "mean size of a large vessel", "vessels.csv people_per_boat 2014-2016: trawler with transfers 200-500, largest rescue 887 (2014)", 400, 150, 900, NULL, "triangular"},
    {"large_spread", PARAM_NUMBER, FIELD(large_spread), "1", "standard deviation of the logarithm of large sizes", "assumption: two thirds within 200 to 600", 0.5, 0, 1.5, NULL, "uniform"},
    {"most_people", PARAM_NUMBER, FIELD(most_people), "people", "no vessel is larger", "vessels.csv people_per_boat 2015-04-18 large wooden trawler", 1050, 1, 10000, NULL, NULL},
    {"loss_median", PARAM_NUMBER, FIELD(loss_median), "people", "median of the deaths in an incident of a vessel of mean size, before the cut at the number aboard", "vessels.csv death_size_distribution 2014-2016 (253 incidents, median about 10 after the cut and with large vessels)", 8, 1, 100, NULL, "loguniform"},
    {"loss_spread", PARAM_NUMBER, FIELD(loss_spread), "1", "standard deviation of their logarithm, before the cut", "vessels.csv death_size_distribution 2014-2016 1.7 after the cut; death_size_fit 1.59-1.97 in regimes 2014-01..2017-06 (uses 2017H1)", 2.1, 0, 3, NULL, "triangular"},
    {"loss_size", PARAM_NUMBER, FIELD(loss_size), "1", "power of size / boat_people in the deaths", "assumption: the 16 incidents of 200 or more dead in 2014-2016 need large vessels that lose more; 0 is no effect", 1, 0, 1.5, NULL, "uniform"},
    {"death_reporting", PARAM_NUMBER, FIELD(death_reporting), "1", "chance that an incident of one death gets reported; of n deaths, to the power 1 / n", "assumption: journey NOTES 8, small incidents were probably recorded less before 2015", 0.7, 0.05, 1, NULL, "uniform"},
    {"interception_reporting", PARAM_NUMBER, FIELD(interception_reporting), "1", "chance that an interception gets reported", "assumption: transit_libya.csv intercepted_libya 2016, 14332 against 18946 (0.76)", 0.85, 0.3, 1, NULL, "uniform"},
    {"report_first", PARAM_NUMBER, FIELD(report_first), "1", "share of deaths that ever get reported which are known at once", "evidence seed.deaths_check: 16 % more two years later (windows 2014-2017)", 0.86, 0.5, 1, NULL, "uniform"},
    {"report_days", PARAM_NUMBER, FIELD(report_days), "days", "mean delay of the rest", "assumption: nearly all of it within the two years of seed.deaths_check", 365, 1, 3650, NULL, "loguniform"},
    {0}};

enum { LEVER_OF_STATE,
       LEVER_OF_PRIVATE,
       LEVER_OF_MERCHANT,
       LEVER_OF_ALLOWED,
       LEVER_OF_CAPACITY,
       LEVER_OF_SHARE,
       LEVER_OF_DISEMBARKATION,
       LEVER_OF_STANDOFF };
static const struct lever levers[] = {
    [LEVER_OF_STATE] = {"rescue_state", "1", "chance that ships of states find and rescue a vessel on a link", 0, 0, 1, LEVER_LINK},
    [LEVER_OF_PRIVATE] = {"rescue_private", "1", "chance that private rescue ships find and rescue a vessel on a link, where allowed", 0, 0, 1, LEVER_LINK},
    [LEVER_OF_MERCHANT] = {"rescue_merchant", "1", "chance that merchant ships find and rescue a vessel on a link", 0, 0, 1, LEVER_LINK},
    [LEVER_OF_ALLOWED] = {"private_allowed", "1", "factor on rescue_private everywhere: 1 allowed, 0 not", 1, 0, 1, LEVER_GLOBAL},
    [LEVER_OF_CAPACITY] = {"interception_capacity", "people/day", "people that a state can intercept off its coast; 1e12 is no bound", NO_BOUND, 0, NO_BOUND, LEVER_STATE},
    [LEVER_OF_SHARE] = {"interception_share", "1", "chance that a vessel on a link is intercepted while there is capacity", 0, 0, 1, LEVER_LINK},
    [LEVER_OF_DISEMBARKATION] = {"disembarkation", "1", "factor on the weight of a place among those where rescued people land; 0 closes it", 1, 0, 1e6, LEVER_PLACE},
    [LEVER_OF_STANDOFF] = {"standoff_days", "days", "days that private ships wait for a port, and all ships where all ports are closed", 0, 0, 365, LEVER_GLOBAL},
    {0}};

/* ---- opening ---- */

static int open_fields(struct sim *sim, struct sea *s)
{
    if (field_open(&s->wreck_field, sim, WORLD_OF_LINKS, "wreck", 0, 1, s->wreck)) return -1;
    if (field_open(&s->boat_field, sim, WORLD_OF_LINKS, "boat_people", 1, 1e5, s->boat_people)) return -1;
    if (field_open(&s->large_field, sim, WORLD_OF_LINKS, "large_share", 0, 1, s->large_share)) return -1;
    if (field_open(&s->season_field, sim, WORLD_OF_LINKS, "season", 0, 1000, 1)) return -1;
    return field_open(&s->days_field, sim, WORLD_OF_LINKS, "days", 0, MOST_DAYS, 1);
}

static int find_links(struct sim *sim, struct sea *s)
{
    uint32_t links = sim->world->links;
    s->link = memory_new(links, sizeof *s->link);
    s->first = memory_new(links, sizeof *s->first);
    s->end = memory_new(links, sizeof *s->end);
    for (uint32_t i = 0; i < links; i++)
        if (sim->world->link[i].mode == WORLD_SEA) s->link[s->links++] = i;
    return s->links ? 0 : fail(&sim->error, FAIL_INPUT, "model sea: no link has the mode sea");
}

/* Numbers 0 to BASINS - 1 of a column that does not change with time; NULL with an error. */
static uint32_t *read_basins(struct sim *sim, enum world_of of, uint32_t cells)
{
    struct field field;
    uint32_t *basin = memory_new((size_t)cells + 1, sizeof *basin);
    int status = field_open(&field, sim, of, "basin", 0, BASINS - 1, 0);
    for (uint32_t i = 0; !status && field.column && i < cells; i++) {
        double value = isnan(field.column[i]) ? 0 : field.column[i];
        basin[i] = (uint32_t)value;
        if (value != floor(value)) status = fail(&sim->error, FAIL_INPUT, "column 'basin': expected whole numbers from 0 to %d, found %g", BASINS - 1, value);
    }
    if (!status) return basin;
    memory_free(basin);
    return NULL;
}

static bool may_take(const struct shore *shore, uint32_t place)
{
    const struct field *f = &shore->weight;
    return (f->column && !isnan(f->column[place])) || (f->driver && f->driver->where[place] >= 0);
}

static int open_shore(struct shore *shore, struct sim *sim, const char *column, uint32_t groups, const uint32_t *group)
{
    uint32_t places = sim->world->places, count = 0;
    if (field_open(&shore->weight, sim, WORLD_OF_PLACES, column, 0, 1e9, 0)) return -1;
    shore->groups = groups;
    shore->first = memory_new((size_t)groups + 1, sizeof *shore->first);
    shore->place = memory_new((size_t)places + 1, sizeof *shore->place);
    shore->base = memory_new((size_t)places + 1, sizeof *shore->base);
    shore->now = memory_new((size_t)places + 1, sizeof *shore->now);
    for (uint32_t g = 0; g < groups; g++) {
        for (uint32_t i = 0; i < places; i++)
            if (group[i] == g && may_take(shore, i)) shore->place[count++] = i;
        shore->first[g + 1] = count;
    }
    return 0;
}

static int open_shores(struct sim *sim, struct sea *s)
{
    const struct world *world = sim->world;
    s->basin = read_basins(sim, WORLD_OF_LINKS, world->links);
    uint32_t *group = s->basin ? read_basins(sim, WORLD_OF_PLACES, world->places) : NULL;
    int status = group ? open_shore(&s->landing, sim, "lands_rescued", BASINS, group) : -1;
    for (uint32_t i = 0; !status && i < world->places; i++) group[i] = world->place[i].state;
    if (!status) status = open_shore(&s->taking, sim, "takes_intercepted", world->states, group);
    memory_free(group);
    return status;
}

static void keep(struct sim *sim, struct sea *s)
{
    uint32_t links = sim->world->links, states = sim->world->states;
    struct open_vessels *o = &s->open;
    struct sea_totals *t = &s->totals;
    sim_keep(sim, "sea.carried", SIM_F64, states, s->carried = memory_new(states, sizeof *s->carried));
    sim_keep(sim, "sea.open_day", SIM_I32, links, o->day = memory_new(links, sizeof *o->day));
    sim_keep(sim, "sea.open_number", SIM_U32, links, o->number = memory_new(links, sizeof *o->number));
    sim_keep(sim, "sea.open_size", SIM_F64, links, o->size = memory_new(links, sizeof *o->size));
    sim_keep(sim, "sea.open_left", SIM_F64, links, o->left = memory_new(links, sizeof *o->left));
    sim_keep(sim, "sea.open_struck", SIM_U8, links, o->struck = memory_new(links, sizeof *o->struck));
    sim_keep(sim, "sea.reported_deaths", SIM_F64, links, s->today.deaths = memory_new(links, sizeof *s->today.deaths));
    sim_keep(sim, "sea.reported_interceptions", SIM_F64, links, s->today.interceptions = memory_new(links, sizeof *s->today.interceptions));
    sim_keep(sim, "sea.waiting", SIM_I64, links, s->waiting = memory_new(links, sizeof *s->waiting));
    sim_keep(sim, "sea.totals", SIM_I64, offsetof(struct sea_totals, late) / sizeof t->attempts, t);
    sim_keep(sim, "sea.late", SIM_F64, 1, &t->late);
}

static void declare_tallies(struct sim *sim, struct sea *s)
{
    static const char *const sexes[SEXES] = {"unknown", "female", "male"};
    struct tally_set *t = &sim->tallies;
    int link = tally_axis(t, "link", sim->world->links, NULL), state = tally_axis(t, "state", sim->world->states, (const char *const *)sim->world->state);
    int outcome = tally_axis(t, "outcome", SEA_OUTCOMES, sea_outcome_names), sex = tally_axis(t, "sex_code", SEXES, sexes);
    int age = tally_axis(t, "age_group", PORTRAIT_AGE_GROUPS, portrait_age_group_names);
    s->embarked = tally_declare(t, "embarked", "people", "people who embarked on the sea link", TALLY_FLOW, 1, &link);
    s->crossings = tally_declare(t, "crossings", "people", "people whose crossing of the sea link ended, by how", TALLY_FLOW, 2, (int[]){link, outcome});
    s->by_group = tally_declare(t, "crossings_by_group", "people", "the same by state of departure, sex and age", TALLY_FLOW, 4, (int[]){state, outcome, sex, age});
    s->deaths_reported = tally_declare(t, "deaths_reported", "people", "people who died on the sea link in an incident that gets reported", TALLY_FLOW, 1, &link);
    s->interceptions_reported = tally_declare(t, "interceptions_reported", "people", "people intercepted on the sea link whose interception gets reported", TALLY_FLOW, 1, &link);
    s->made = tally_declare(t, "vessels", "vessels", "vessels that the first people boarded", TALLY_FLOW, 1, &link);
    s->wrecks = tally_declare(t, "wrecks", "vessels", "vessels with a fatal incident", TALLY_FLOW, 1, &link);
    s->wrecks_reported = tally_declare(t, "wrecks_reported", "vessels", "those of them whose incident gets reported", TALLY_FLOW, 1, &link);
    const int things[] = {s->made, s->wrecks, s->wrecks_reported};
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) tally_of_things(t, things[i]);
    tally_by_month(t, s->by_group);
}

static void declare_indicators(struct sim *sim, struct sea *s)
{
    s->attempts_now = sim_indicator(sim, "sea_attempts", "people", "crossings of the sea that have ended, since the first day");
    s->deaths_now = sim_indicator(sim, "sea_deaths", "people", "people who died at sea since the first day");
    s->death_rate = sim_indicator(sim, "deaths_per_1000_attempts", "1", "deaths at sea per 1,000 crossings that have ended, since the first day");
    s->intercepted_now = sim_indicator(sim, "intercepted_share", "1", "people intercepted, of all crossings that have ended since the first day");
    s->reported_now = sim_indicator(sim, "sea_deaths_reported", "people", "deaths at sea since the first day that are known today");
    s->coverage_now = sim_indicator(sim, "rescue_coverage", "1", "chance today that a vessel is rescued, mean over sea links");
    s->share_now = sim_indicator(sim, "interception_share", "1", "the lever interception_share today, mean over sea links");
    s->landing_now = sim_indicator(sim, "disembarkation_share", "1", "weight of the places where rescued people may land today, of that without policies");
}

static void find_levers(struct sim *sim, struct sea *s)
{
    const struct lever_set *set = &sim->setup->levers;
    for (int i = 0; i < RESCUERS; i++) s->rescue[i] = lever_find(set, levers[LEVER_OF_STATE + i].name);
    s->private_allowed = lever_find(set, levers[LEVER_OF_ALLOWED].name);
    s->capacity_lever = lever_find(set, levers[LEVER_OF_CAPACITY].name);
    s->share_lever = lever_find(set, levers[LEVER_OF_SHARE].name);
    s->disembarkation = lever_find(set, levers[LEVER_OF_DISEMBARKATION].name);
    s->standoff = lever_find(set, levers[LEVER_OF_STANDOFF].name);
}

static int sea_open(struct sim *sim, void *state)
{
    struct sea *s = state;
    if (find_links(sim, s) || open_fields(sim, s) || open_shores(sim, s)) return -1;
    s->market = sim_state(sim, "market");
    s->capacity = memory_new(sim->world->states, sizeof *s->capacity);
    s->aboard = memory_new(sim->world->links, sizeof *s->aboard);
    s->yesterday.deaths = memory_new(sim->world->links, sizeof *s->yesterday.deaths);
    s->yesterday.interceptions = memory_new(sim->world->links, sizeof *s->yesterday.interceptions);
    keep(sim, s);
    declare_tallies(sim, s);
    declare_indicators(sim, s);
    find_levers(sim, s);
    return 0;
}

/* ---- levers and draws ---- */

static double lever(const struct sim *sim, int which, uint32_t cell) { return lever_value(&sim->setup->levers, which, cell); }

/* By whom a vessel on this link would be rescued; returns the chance of any. */
static double coverage(const struct sim *sim, const struct sea *s, uint32_t link, double by[RESCUERS])
{
    for (int i = 0; i < RESCUERS; i++) by[i] = lever(sim, s->rescue[i], link);
    by[SEA_RESCUED_PRIVATE - SEA_RESCUED_STATE] *= lever(sim, s->private_allowed, 0);
    return 1 - (1 - by[0]) * (1 - by[1]) * (1 - by[2]);
}

static uint32_t purpose(uint32_t draw) { return sea.purpose * 256u + draw; }

static uint64_t address(const struct vessel *v) { return (uint64_t)(uint32_t)v->day << 32 | v->link; }

static struct rng_block draw(const struct sim *sim, const struct vessel *v, uint32_t what, uint32_t option)
{
    return rng_draw(sim->setup->seed, address(v), purpose(what), v->number, option);
}

/* Standard normal by Marsaglia's polar method: no function that differs between processors. Option 0 is left to others. */
static double normal(const struct sim *sim, const struct vessel *v, uint32_t what)
{
    for (uint32_t i = 1; i < MOST_TRIES; i++) {
        struct rng_block block = draw(sim, v, what, i);
        for (int k = 0; k < 4; k += 2) {
            double a = 2 * rng_uniform(block.word[k]) - 1, b = 2 * rng_uniform(block.word[k + 1]) - 1, square = a * a + b * b;
            if (square < 1 && square > 0) return a * sqrt(-2 * maths_log(square) / square);
        }
    }
    return 0;
}

static double whole(double value, double most)
{
    double rounded = floor(value + 0.5);
    return rounded < 1 ? 1 : rounded > most ? most
                                            : rounded;
}

/* ---- vessels ---- */

static double draw_size(const struct sim *sim, const struct sea *s, const struct vessel *v)
{
    bool large = rng_uniform(draw(sim, v, DRAW_SIZE, 0).word[0]) < field_at(&s->large_field, v->link);
    double mean = large ? s->large_people : field_at(&s->boat_field, v->link), spread = large ? s->large_spread : s->boat_spread;
    double size = spread > 0 ? mean * maths_exp(spread * normal(sim, v, DRAW_SIZE) - spread * spread / 2) : mean;
    return whole(size, whole(s->most_people, INFINITY));
}

static void begin_vessel(struct sim *sim, struct sea *s, uint32_t link, uint32_t number)
{
    struct vessel v = {.link = link, .number = number, .day = sim->day};
    s->open.day[link] = v.day;
    s->open.number[link] = v.number;
    s->open.size[link] = s->open.left[link] = draw_size(sim, s, &v);
    s->open.struck[link] = 0;
    tally_add(&sim->tallies, 0, s->made, link, 1);
}

static struct vessel *add_vessel(struct sea *s)
{
    uint32_t room = s->room;
    if (s->vessels == room) s->vessel = memory_grow(s->vessel, room, s->room = room ? 2 * room : 64, sizeof *s->vessel);
    return &s->vessel[s->vessels++];
}

static double board(struct sea *s, uint32_t link, double people, double before)
{
    struct open_vessels *o = &s->open;
    double aboard = people < o->left[link] ? people : o->left[link];
    o->left[link] -= aboard;
    *add_vessel(s) = (struct vessel){.link = link, .number = o->number[link], .day = o->day[link], .size = o->size[link], .people = aboard, .until = before + aboard, .counted = o->struck[link]};
    return aboard;
}

/* Of today's people on a link. The first vessel may be one of an earlier day. */
static void fill(struct sim *sim, struct sea *s, uint32_t link)
{
    s->aboard[link] = tally_at(&sim->tallies, s->embarked, link);
    double people = (double)(s->aboard[link] + s->waiting[link]) * sim->setup->scale, aboard = 0;
    s->first[link] = s->vessels;
    for (uint32_t number = 0; aboard < people;) {
        if (s->open.left[link] <= 0) begin_vessel(sim, s, link, number++);
        aboard += board(s, link, people - aboard, aboard);
    }
    s->end[link] = s->vessels;
}

/* ---- wrecks ---- */

static double wreck_chance(const struct sim *sim, const struct sea *s, const struct vessel *v)
{
    double by[RESCUERS], covered = coverage(sim, s, v->link, by);
    double chance = field_at(&s->wreck_field, v->link) * field_at(&s->season_field, v->link) * market_quality(s->market, v->link);
    chance *= maths_pow(v->size / field_at(&s->boat_field, v->link), s->crowding) * maths_exp(-s->rescue_effect * covered);
    return chance < MOST_CHANCE ? chance : MOST_CHANCE;
}

static double draw_loss(const struct sim *sim, const struct sea *s, const struct vessel *v)
{
    double median = s->loss_median * maths_pow(v->size / field_at(&s->boat_field, v->link), s->loss_size);
    return whole(s->loss_spread > 0 ? median * maths_exp(s->loss_spread * normal(sim, v, DRAW_LOSS)) : median, v->size);
}

static void strike(struct sim *sim, struct sea *s, struct vessel *v)
{
    if (rng_uniform(draw(sim, v, DRAW_STORY, 0).word[WORD_WRECK]) >= wreck_chance(sim, s, v)) return;
    double deaths = draw_loss(sim, s, v);
    v->share = deaths / v->size;
    v->death_reported = rng_uniform(draw(sim, v, DRAW_REPORT, 0).word[WORD_OF_DEATHS]) < maths_pow(s->death_reporting, 1 / deaths);
    bool still_open = s->open.day[v->link] == v->day && s->open.number[v->link] == v->number;
    if (still_open) s->open.struck[v->link] = 1;
    if (v->counted) return;
    tally_add(&sim->tallies, 0, s->wrecks, v->link, 1);
    tally_add(&sim->tallies, 0, s->wrecks_reported, v->link, v->death_reported);
}

/* ---- interception ---- */

static int by_state_and_draw(const void *left, const void *right)
{
    const struct meeting *a = left, *b = right;
    if (a->state != b->state) return a->state < b->state ? -1 : 1;
    if (a->draw != b->draw) return a->draw < b->draw ? -1 : 1;
    return a->vessel < b->vessel ? -1 : a->vessel > b->vessel;
}

static void meet(struct sim *sim, struct sea *s)
{
    s->meetings = 0;
    if (s->meeting_room < s->room) {
        s->meeting = memory_grow(s->meeting, s->meeting_room, s->room, sizeof *s->meeting);
        s->meeting_room = s->room;
    }
    for (uint32_t i = 0; i < s->vessels; i++) {
        const struct vessel *v = &s->vessel[i];
        double drawn = rng_uniform(draw(sim, v, DRAW_STORY, 0).word[WORD_INTERCEPTION]);
        if (drawn >= lever(sim, s->share_lever, v->link)) continue;
        s->meeting[s->meetings++] = (struct meeting){drawn, sim->world->place[sim->world->link[v->link].from].state, i};
    }
    if (s->meetings > 1) qsort(s->meeting, s->meetings, sizeof *s->meeting, by_state_and_draw);
}

static void take_back(struct sim *sim, struct sea *s, struct vessel *v)
{
    v->outcome = SEA_INTERCEPTED;
    v->interception_reported = rng_uniform(draw(sim, v, DRAW_REPORT, 0).word[WORD_OF_INTERCEPTION]) < s->interception_reporting;
}

static void open_capacity(const struct sim *sim, struct sea *s)
{
    for (uint32_t i = 0; i < sim->world->states; i++) {
        double given = lever(sim, s->capacity_lever, i);
        s->capacity[i] = given > 0 ? given + s->carried[i] : 0;
    }
}

/* A debt waits while a state intercepts nobody. */
static void carry_capacity(const struct sim *sim, struct sea *s)
{
    for (uint32_t i = 0; i < sim->world->states; i++) {
        double given = lever(sim, s->capacity_lever, i), left = s->capacity[i];
        if (given > 0) s->carried[i] = given >= NO_BOUND ? 0 : left < 0 ? left
                                                                        : left - floor(left);
    }
}

static void intercept(struct sim *sim, struct sea *s)
{
    open_capacity(sim, s);
    meet(sim, s);
    for (uint32_t i = 0; i < s->meetings; i++) {
        struct vessel *v = &s->vessel[s->meeting[i].vessel];
        double *left = &s->capacity[s->meeting[i].state];
        if (*left <= 0) continue;
        *left -= v->people * (1 - v->share);
        take_back(sim, s, v);
    }
    carry_capacity(sim, s);
}

/* ---- rescue and landing ---- */

/* which: a lever over places, -1 none. */
static void weigh(struct shore *shore, const struct sim *sim, int which)
{
    for (uint32_t i = 0; i < shore->first[shore->groups]; i++) {
        shore->base[i] = field_at(&shore->weight, shore->place[i]);
        shore->now[i] = which >= 0 ? shore->base[i] * lever(sim, which, shore->place[i]) : shore->base[i];
    }
}

/* A place closed moves only those who would have gone there. WORLD_NOWHERE: no weight. */
static uint32_t choose(const struct shore *shore, const struct sim *sim, const struct vessel *v, uint32_t group, const double *weight)
{
    uint32_t first = shore->first[group], n = shore->first[group + 1] - first;
    int won = rng_race(sim->setup->seed, address(v), purpose(DRAW_SHORE), v->number, (int)n, weight + first, NULL);
    return won < 0 ? WORLD_NOWHERE : shore->place[first + (uint32_t)won];
}

static void land(const struct sim *sim, const struct sea *s, struct vessel *v)
{
    uint32_t basin = s->basin[v->link], place = choose(&s->landing, sim, v, basin, s->landing.now);
    bool closed = place == WORLD_NOWHERE;
    if (closed) place = choose(&s->landing, sim, v, basin, s->landing.base);
    closed = closed && place != WORLD_NOWHERE;
    v->place = place == WORLD_NOWHERE ? sim->world->link[v->link].to : place;
    v->days = 1;
    if (closed || v->outcome == SEA_RESCUED_PRIVATE) v->days += (int32_t)ceil(lever(sim, s->standoff, 0));
}

static void bring_back(const struct sim *sim, const struct sea *s, struct vessel *v)
{
    uint32_t start = sim->world->link[v->link].from, place = choose(&s->taking, sim, v, sim->world->place[start].state, s->taking.now);
    v->place = place == WORLD_NOWHERE ? start : place;
    v->days = 1;
}

static void arrive(const struct sim *sim, const struct sea *s, struct vessel *v)
{
    double days = ceil(field_at(&s->days_field, v->link));
    v->place = sim->world->link[v->link].to;
    v->days = days < 1 ? 1 : (int32_t)days;
}

static void finish(const struct sim *sim, const struct sea *s, struct vessel *v)
{
    double by[RESCUERS];
    if (v->outcome == SEA_INTERCEPTED) {
        bring_back(sim, s, v);
    } else if (rng_uniform(draw(sim, v, DRAW_STORY, 0).word[WORD_RESCUE]) < coverage(sim, s, v->link, by)) {
        int who = rng_race(sim->setup->seed, address(v), purpose(DRAW_RESCUER), v->number, RESCUERS, by, NULL);
        v->outcome = (enum sea_outcome)(SEA_RESCUED_STATE + who);
        land(sim, s, v);
    } else {
        arrive(sim, s, v);
    }
}

/* ---- reports ---- */

static void report(struct sea *s, uint32_t link)
{
    double deaths = 0, deaths_in = 0, taken = 0, taken_in = 0;
    for (uint32_t i = s->first[link]; i < s->end[link]; i++) {
        const struct vessel *v = &s->vessel[i];
        double dead = v->people * v->share, back = v->outcome == SEA_INTERCEPTED ? v->people - dead : 0;
        deaths += dead;
        taken += back;
        deaths_in += v->death_reported ? dead : 0;
        taken_in += v->interception_reported ? back : 0;
    }
    s->yesterday.deaths[link] = s->today.deaths[link];
    s->yesterday.interceptions[link] = s->today.interceptions[link];
    s->today.deaths[link] = deaths > 0 ? deaths_in / deaths : 0;
    s->today.interceptions[link] = taken > 0 ? taken_in / taken : 0;
}

static void sea_prepare(struct sim *sim, void *state, int phase)
{
    struct sea *s = state;
    if (phase != SEA_PHASE) return;
    s->vessels = 0;
    weigh(&s->landing, sim, s->disembarkation);
    weigh(&s->taking, sim, -1);
    for (uint32_t i = 0; i < s->links; i++) fill(sim, s, s->link[i]);
    for (uint32_t i = 0; i < s->vessels; i++) strike(sim, s, &s->vessel[i]);
    intercept(sim, s);
    for (uint32_t i = 0; i < s->vessels; i++) finish(sim, s, &s->vessel[i]);
    for (uint32_t i = 0; i < s->links; i++) report(s, s->link[i]);
}

/* ---- one person ---- */

void sea_embark(struct sim *sim, const struct sea *s, int thread, uint32_t link)
{
    assert(sim->world->link[link].mode == WORLD_SEA);
    tally_add(&sim->tallies, thread, s->embarked, link, 1);
}

/* The vessel of the party: where it stands in the row of today's people. */
static const struct vessel *find_vessel(const struct sim *sim, const struct sea *s, const struct person *p, uint32_t link, uint32_t spell)
{
    struct rng_block block = rng_draw(sim->setup->seed, p->party, purpose(DRAW_VESSEL), spell, 0);
    uint32_t low = s->first[link], high = s->end[link];
    assert(low < high); /* somebody embarked here today */
    double stands = rng_uniform52(block.word[0], block.word[1]) * s->vessel[high - 1].until;
    for (high--; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (s->vessel[middle].until < stands) low = middle + 1;
        else high = middle;
    }
    return &s->vessel[low];
}

struct sea_fate sea_fate(const struct sim *sim, const struct sea *s, const struct person *p, uint32_t link, uint32_t spell)
{
    const struct vessel *v = find_vessel(sim, s, p, link, spell);
    bool dies = rng_uniform(rng_draw(sim->setup->seed, p->id, purpose(DRAW_DEATH), spell, 0).word[0]) < v->share;
    if (dies) return (struct sea_fate){SEA_DIED, sim->world->link[link].to, 1};
    return (struct sea_fate){v->outcome, v->place, v->days};
}

/* Those who died or were intercepted sailed yesterday. Where one incident is all there was the share is 0 or 1. */
static void count_report(struct sim *sim, int thread, int tally, uint64_t who, uint32_t link, double share)
{
    struct rng_block block = rng_draw(sim->setup->seed, who, purpose(DRAW_COUNTED), (uint32_t)sim->day, 0);
    tally_add(&sim->tallies, thread, tally, link, rng_uniform(block.word[0]) < share);
}

void sea_end(struct sim *sim, const struct sea *s, int thread, const struct person *p, uint32_t link, enum sea_outcome outcome)
{
    const struct world *world = sim->world;
    uint32_t state = world->place[world->link[link].from].state, sex = p->sex < SEXES ? p->sex : 0;
    uint32_t group = ((state * SEA_OUTCOMES + (uint32_t)outcome) * SEXES + sex) * PORTRAIT_AGE_GROUPS + portrait_age_group(sim, p);
    tally_add(&sim->tallies, thread, s->crossings, link * SEA_OUTCOMES + (uint32_t)outcome, 1);
    tally_add(&sim->tallies, thread, s->by_group, group, 1);
    if (outcome == SEA_DIED) count_report(sim, thread, s->deaths_reported, p->id, link, s->yesterday.deaths[link]);
    if (outcome == SEA_INTERCEPTED) count_report(sim, thread, s->interceptions_reported, p->party, link, s->yesterday.interceptions[link]);
}

bool sea_holds(const struct sea *s, uint32_t place) { return field_at(&s->taking.weight, place) > 0; }

/* ---- evening ---- */

static void add_up(const struct sim *sim, struct sea *s)
{
    struct sea_totals *t = &s->totals;
    int64_t reported = 0;
    for (uint32_t i = 0; i < s->links; i++) {
        for (uint32_t k = 0; k < SEA_OUTCOMES; k++) t->attempts += tally_at(&sim->tallies, s->crossings, s->link[i] * SEA_OUTCOMES + k);
        t->deaths += tally_at(&sim->tallies, s->crossings, s->link[i] * SEA_OUTCOMES + SEA_DIED);
        t->intercepted += tally_at(&sim->tallies, s->crossings, s->link[i] * SEA_OUTCOMES + SEA_INTERCEPTED);
        reported += tally_at(&sim->tallies, s->deaths_reported, s->link[i]);
    }
    t->reported += reported;
    t->late = t->late * maths_exp(-1 / s->report_days) + (double)reported * (1 - s->report_first);
}

static void publish_policy(struct sim *sim, const struct sea *s)
{
    double covered = 0, share = 0, now = 0, base = 0, by[RESCUERS];
    const struct shore *landing = &s->landing;
    for (uint32_t i = 0; i < s->links; i++) covered += coverage(sim, s, s->link[i], by);
    for (uint32_t i = 0; i < s->links; i++) share += lever(sim, s->share_lever, s->link[i]);
    for (uint32_t i = 0; i < landing->first[landing->groups]; i++) now += landing->now[i], base += landing->base[i];
    sim_publish(sim, s->coverage_now, covered / s->links);
    sim_publish(sim, s->share_now, share / s->links);
    sim_publish(sim, s->landing_now, base > 0 ? now / base : 1);
}

static void sea_settle(struct sim *sim, void *state)
{
    struct sea *s = state;
    const struct sea_totals *t = &s->totals;
    add_up(sim, s);
    for (uint32_t i = 0; i < s->links; i++) s->waiting[s->link[i]] = tally_at(&sim->tallies, s->embarked, s->link[i]) - s->aboard[s->link[i]];
    double scale = sim->setup->scale, attempts = t->attempts > 0 ? (double)t->attempts : 1;
    sim_publish(sim, s->attempts_now, (double)t->attempts * scale);
    sim_publish(sim, s->deaths_now, (double)t->deaths * scale);
    sim_publish(sim, s->death_rate, 1000 * (double)t->deaths / attempts);
    sim_publish(sim, s->intercepted_now, (double)t->intercepted / attempts);
    sim_publish(sim, s->reported_now, ((double)t->reported - t->late) * scale);
    publish_policy(sim, s);
}

static void close_shore(struct shore *shore)
{
    memory_free(shore->first);
    memory_free(shore->place);
    memory_free(shore->base);
    memory_free(shore->now);
}

static void sea_close(void *state)
{
    struct sea *s = state;
    void *block[] = {s->link, s->basin, s->vessel, s->first, s->end, s->meeting, s->capacity, s->carried, s->waiting, s->aboard,
                     s->today.deaths, s->today.interceptions, s->yesterday.deaths, s->yesterday.interceptions,
                     s->open.day, s->open.number, s->open.size, s->open.left, s->open.struck};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    close_shore(&s->landing);
    close_shore(&s->taking);
}

const struct model sea = {
    .name = "sea",
    .doc = "vessels cross the sea; they wreck, are intercepted, rescued, or arrive",
    .source = "incidents of 2014-2016 in the Missing Migrants record, loads of vessels by Frontex and the Italian coast guard; sizes of effects assumed",
    .purpose = 25,
    .state_size = sizeof(struct sea),
    .params = params,
    .levers = levers,
    .open = sea_open,
    .prepare = sea_prepare,
    .settle = sea_settle,
    .close = sea_close,
};
