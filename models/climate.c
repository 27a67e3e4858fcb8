/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People displaced by slow and by sudden changes of climate and nature; stated apart from conflict.
   Slow onset, of the people in food insecurity phase 3 or worse now (driver "ipc3" over places or states):
     displaced a day = ipc3 x (displaced_access + (displaced_no_access - displaced_access) x c) x drought_effect^z / 365
   c: conflict_no_access, 1 where conflict goes with no access for aid, 0 where aid reaches people; z: drought_index, how many
   standard deviations six-month vegetation health is below its mean. Both by column or driver of the place or state; blank is 0.
   Sudden onset: displaced today = disaster_share x people affected today (driver "disaster_affected" over places or states).
   Of each slow_abroad and sudden_abroad cross a border and are persons of the run (times pull); the others are people displaced
   inside, not simulated, of whom 1 / sudden_days a day and slow_return a year go home. Levers: resilience of a state lowers both
   displaced shares by resilience_effect x resilience; disaster_visas is the share of parties that travel with papers (trait papers, value yes).
   Source: drivers/elasticities.csv (drought and flood rows), drought.somalia_2017.
   Decided: the drought ratios are events of twelve months per person found in phase 3 or worse at one time of them. So they are a
   rate per year on the people in phase 3 now, not on those who newly enter it: a crisis that lasts a year displaces the ratio, and
   a chronic one goes on displacing. Where ipc3 holds the peak season only, this counts too many.
   Assumption: surges by (place, month) hold for both; the lever's effect is linear.
   Limits: events, not persons (repeat moves count); no drought leads to conflict here; nobody displaced inside crosses later. */
#include "models/climate.h"

#include "models/pool.h"
#include "models/pull.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include "sim/trait.h"
#include <stddef.h>

enum { DRAW_PAPERS = POOL_PURPOSES }; /* purposes */
enum { SLOW,
       SUDDEN,
       ONSETS };

struct climate {
    struct pool pool;
    double displaced_no_access, displaced_access, drought_effect, disaster_share; /* parameters */
    double abroad[ONSETS], slow_return, sudden_days, resilience_effect;
    struct pool_source ipc3, affected;
    struct pool_field no_access, drought;
    double *inside[ONSETS];     /* by place: people displaced inside now */
    double displaced, returned; /* inside, so far */
    int resilience, visas;      /* levers */
    int papers_trait;
    uint32_t papers;
    int inside_indicator, displaced_indicator, returned_indicator;
};

#define FIELD(name) offsetof(struct climate, name)
static const struct param params[] = {
    {"displaced_no_access", PARAM_NUMBER, FIELD(displaced_no_access), "1/year", "share displaced of people in phase 3 or worse, with conflict and no access for aid", "evidence: elasticities.csv, drought: suggested prior by context 0.30 (0.2 to 0.4), Somalia 2016-17 0.33, drought.somalia_2017 0.1 to 0.5", 0.30, 0.1, 0.5, NULL, "uniform"},
    {"displaced_access", PARAM_NUMBER, FIELD(displaced_access), "1/year", "the same where aid reaches people", "evidence: elasticities.csv, drought: suggested prior by context 0.03 (0.005 to 0.06), Ethiopia 2017 0.047, Kenya 2017 0.015, Sahel not measured", 0.03, 0, 0.06, NULL, "uniform"},
    {"drought_effect", PARAM_NUMBER, FIELD(drought_effect), "1", "factor on it for each standard deviation of drought_index", "evidence: elasticities.csv, x3.6 (2.0 to 6.4) for 1 SD lower vegetation health, 18 regions; all fits 1.6 to 9.0", 3.6, 1.6, 9, NULL, "loguniform"},
    {"disaster_share", PARAM_NUMBER, FIELD(disaster_share), "1", "share displaced of people affected by a sudden disaster", "evidence: elasticities.csv, flood: 27 core countries 0.52 (0.15 to 0.95), drivers/NOTES.md 0.5", 0.5, 0.12, 0.97, NULL, "uniform"},
    {"slow_abroad", PARAM_NUMBER, FIELD(abroad[SLOW]), "1", "share of those displaced by slow onset who cross a border", "evidence: elasticities.csv, cross-border share of drought moves 0.02 (0.01 to 0.03), one drought; range wider", 0.02, 0, 0.1, NULL, "uniform"},
    {"sudden_abroad", PARAM_NUMBER, FIELD(abroad[SUDDEN]), "1", "the same of sudden onset", "evidence: elasticities.csv, flood: cross-border share 0.01 (0 to 0.03)", 0.01, 0, 0.03, NULL, "uniform"},
    {"slow_return", PARAM_NUMBER, FIELD(slow_return), "1/year", "rate of return of those displaced inside by slow onset", "evidence: elasticities.csv, IDP return rate 0.114 pooled (0.02 to 0.46 by country, p90 0.52), mostly conflict", 0.114, 0, 0.6, NULL, "uniform"},
    {"sudden_days", PARAM_NUMBER, FIELD(sudden_days), "days", "mean time until those displaced inside by sudden onset return", "assumption: elasticities.csv, flood: duration 2 months (0.5 to 6)", 60, 15, 180, NULL, "loguniform"},
    {"resilience_effect", PARAM_NUMBER, FIELD(resilience_effect), "1", "share of displacement that full resilience spending prevents", "assumption: a third, anything from nothing to all", 0.33, 0, 1, NULL, "uniform"},
    {"overdispersion", PARAM_NUMBER, FIELD(pool.overdispersion), "1", "variance of the monthly factor on displacement from a place", "assumption: months differ by half their mean; nothing found", 0.25, 0, 1, NULL, "uniform"},
    {"multiple", PARAM_NUMBER, FIELD(pool.multiple), "1", "largest factor on departures that the latent pool holds", "assumption: policies and perceptions raise departures fourfold at most; more is cut and counted", 4, 1, 1000, NULL, NULL},
    {0}};

static const struct lever levers[] = {
    {"resilience", "1", "spending on resilience, as a share of all that could be useful", 0, 0, 1, LEVER_STATE},
    {"disaster_visas", "1", "share of those who cross a border for climate or disaster that holds a visa for it", 0, 0, 1, LEVER_STATE},
    {0}};

/* ---- opening ---- */

static int find_papers(struct sim *sim, struct climate *c)
{
    c->papers_trait = portrait_find(sim, "papers");
    if (c->papers_trait == TRAIT_NONE) return 0;
    int64_t yes = trait_find_value(&sim->setup->traits.trait[c->papers_trait], "yes");
    c->papers = (uint32_t)yes;
    return yes >= 0 ? 0 : fail(&sim->error, FAIL_INPUT, "trait 'papers' has no value 'yes', which disaster visas give");
}

static int open_sources(struct sim *sim, struct climate *c)
{
    if (pool_source_open(&c->ipc3, sim, "ipc3") || pool_source_open(&c->affected, sim, "disaster_affected")) return -1;
    if (pool_field_open(&c->no_access, sim, "conflict_no_access", 0, 1, 0) || pool_field_open(&c->drought, sim, "drought_index", -5, 5, 0)) return -1;
    if (c->ipc3.driver || c->affected.driver) return 0;
    return fail(&sim->error, FAIL_INPUT, "model climate needs a driver 'ipc3' or 'disaster_affected' over places or states");
}

static int climate_open(struct sim *sim, void *state)
{
    struct climate *c = state;
    if (pool_open(&c->pool, sim, (struct pool_plan){.entry = POOL_CLIMATE, .purpose = climate.purpose, .motive = "climate"})) return -1;
    if (open_sources(sim, c) || find_papers(sim, c)) return -1;
    for (int onset = 0; onset < ONSETS; onset++) {
        c->inside[onset] = memory_new(sim->world->places, sizeof **c->inside);
        sim_keep(sim, onset == SLOW ? "climate.inside_slow" : "climate.inside_sudden", SIM_F64, sim->world->places, c->inside[onset]);
    }
    sim_keep(sim, "climate.displaced", SIM_F64, 1, &c->displaced);
    sim_keep(sim, "climate.returned", SIM_F64, 1, &c->returned);
    c->resilience = lever_find(&sim->setup->levers, levers[0].name);
    c->visas = lever_find(&sim->setup->levers, levers[1].name);
    c->inside_indicator = sim_indicator(sim, "displaced_inside_by_climate_now", "people", "people displaced inside their state by climate and disasters now; not simulated");
    c->displaced_indicator = sim_indicator(sim, "internally_displaced_by_climate", "people", "people displaced inside their state by climate and disasters, so far; not simulated");
    c->returned_indicator = sim_indicator(sim, "returned_after_climate", "people", "of these returned, so far");
    return 0;
}

/* ---- the day ---- */

static void go_home(struct climate *c, int onset, uint32_t place, double share)
{
    double people = share * c->inside[onset][place];
    c->inside[onset][place] -= people;
    c->returned += people;
}

/* People a day before surges, levers and pull. */
static void expect(const struct sim *sim, const struct climate *c, uint32_t place, double people[ONSETS])
{
    double open = c->displaced_access, shut = c->displaced_no_access - open;
    double a_year = (open + shut * pool_field_at(&c->no_access, sim, place)) * maths_pow(c->drought_effect, pool_field_at(&c->drought, sim, place));
    people[SLOW] = pool_source_at(&c->ipc3, sim, place) * a_year / 365;
    people[SUDDEN] = pool_source_at(&c->affected, sim, place) * c->disaster_share;
}

static void give_papers(struct sim *sim, const struct climate *c, uint32_t first, double share)
{
    for (uint32_t slot = first; c->papers_trait != TRAIT_NONE && share > 0 && slot < sim->persons.count; slot++) {
        struct rng_block block = rng_draw(sim->setup->seed, sim->persons.row[slot].party, climate.purpose * 256u + DRAW_PAPERS, 0, 0);
        if (rng_uniform(block.word[0]) < share) portrait_give(sim, c->papers_trait, slot, c->papers);
    }
}

static void enter_place(struct sim *sim, struct climate *c, uint32_t place, double heard)
{
    double people[ONSETS], abroad = 0;
    uint32_t state = sim->world->place[place].state, first = sim->persons.count;
    const struct lever_set *set = &sim->setup->levers;
    expect(sim, c, place, people);
    double left = 1 - c->resilience_effect * lever_value(set, c->resilience, state);
    for (int onset = 0; onset < ONSETS; onset++) {
        if (people[onset] <= 0) continue;
        double inside = (1 - c->abroad[onset]) * people[onset] * left * pool_surge(sim, &c->pool, place);
        abroad += c->abroad[onset] * people[onset];
        c->inside[onset][place] += inside;
        c->displaced += inside;
    }
    pool_enter(sim, &c->pool, place, abroad, heard * left);
    give_papers(sim, c, first, lever_value(set, c->visas, state));
}

static void climate_enter(struct sim *sim, void *state)
{
    struct climate *c = state;
    double heard = pull_factor(sim), slow = 1 - maths_exp(-c->slow_return / 365), sudden = 1 - maths_exp(-1 / c->sudden_days);
    for (uint32_t i = 0; i < sim->world->places; i++) {
        go_home(c, SLOW, i, slow);
        go_home(c, SUDDEN, i, sudden);
        enter_place(sim, c, i, heard);
    }
}

static void climate_settle(struct sim *sim, void *state)
{
    const struct climate *c = state;
    double now = 0;
    for (int onset = 0; onset < ONSETS; onset++)
        for (uint32_t i = 0; i < sim->world->places; i++) now += c->inside[onset][i];
    sim_publish(sim, c->inside_indicator, now);
    sim_publish(sim, c->displaced_indicator, c->displaced);
    sim_publish(sim, c->returned_indicator, c->returned);
    pool_settle(sim, &c->pool);
}

static void climate_close(void *state)
{
    struct climate *c = state;
    for (int onset = 0; onset < ONSETS; onset++) memory_free(c->inside[onset]);
    pool_source_close(&c->ipc3);
    pool_source_close(&c->affected);
    pool_close(&c->pool);
}

const struct model climate = {
    .name = "climate",
    .doc = "food insecurity, drought and disasters displace people, mostly inside",
    .source = "ratios of UNHCR PRMN, FSNAU, OCHA, IDMC and EM-DAT figures: drivers/elasticities.csv",
    .purpose = 22,
    .state_size = sizeof(struct climate),
    .params = params,
    .levers = levers,
    .open = climate_open,
    .enter = climate_enter,
    .settle = climate_settle,
    .close = climate_close,
};
