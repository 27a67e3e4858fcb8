/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People displaced by conflict deaths: the driver "conflict_deaths" over places or states, deaths a day.
     M(place, day) = M(yesterday) + (1 - exp(-1 / memory_days)) (deaths - M(yesterday))       so that the sum of M is that of deaths
     I(state)      = 365 x sum of M over its places                                           deaths a year as they now feel
     abroad a day  = refugees_per_death x M x (I / reference_deaths)^(elasticity - 1)
     inside a day  = displaced_inside_per_death(I) x M
   With a number internal_share at the place or state, both together are split by it instead. Who crosses a border is a person
   of the run, times pull; who is displaced inside is counted as people and not simulated. Both carry the month's surge
   (overdispersion: negative binomial counts). Elasticity 1 is a fixed ratio; 0.5 and 1 are rival settings.
   With share_at_risk above 0, places with a population lose share_at_risk x population people across borders and no more.
   Columns or drivers refugees_per_death, displaced_inside_per_death, internal_share by place or state go before the parameters.
   Source: ratios and elasticities Fearon, Shaver 2021 (conflict.refugees_per_death) and the fits in drivers/elasticities.csv.
   Assumption: the yearly relations hold for the days of a year; one memory for everybody; surges of places are independent.
   Limits: ratios spread over two orders of magnitude between countries (9 to 648 inside, p10 to p90): no forecast of one war;
   deaths are those a source counts; no return; those inside do not cross later. */
#include "models/conflict.h"

#include "models/pool.h"
#include "models/pull.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

enum { BANDS = 4 };
enum { INSIDE_MEDIAN,
       INSIDE_BY_INTENSITY };
enum { TOTAL_INSIDE,
       TOTAL_DEATHS,
       TOTALS };

struct conflict {
    struct pool pool;
    double refugees_per_death, elasticity, reference_deaths, memory_days, inside_per_death, inside_in_band[BANDS], share_at_risk; /* parameters */
    int inside_rule;
    struct pool_source deaths;
    struct pool_field refugees_ratio, inside_ratio, internal_share;
    double *at_risk;    /* by place: people who can be displaced across borders; NULL: no limit */
    double *remembered; /* by place: M */
    double *intensity;  /* by state: I */
    double total[TOTALS];
    int inside_indicator, deaths_indicator;
};

#define FIELD(name) offsetof(struct conflict, name)
static const struct param params[] = {
    {"refugees_per_death", PARAM_NUMBER, FIELD(refugees_per_death), "people/death", "people who cross a border per death, at reference_deaths a year", "evidence: conflict.refugees_per_death, Fearon & Shaver 2021 median 18, prior 10 to 60; elasticities.csv pooled 17.5, typical country-year 4.4; single countries 1.6 to 275", 18, 1, 300, NULL, "loguniform"},
    {"elasticity", PARAM_NUMBER, FIELD(elasticity), "1", "of people who cross a border to deaths; 1: a fixed ratio", "evidence: Fearon & Shaver 2021 one year 0.49, lasting 1.0; elasticities.csv 0.89 to 1.15; rival settings 0.5 and 1", 1, 0.3, 1.3, NULL, "uniform"},
    {"reference_deaths", PARAM_NUMBER, FIELD(reference_deaths), "deaths/year", "deaths in a state at which refugees_per_death holds; counts only where elasticity is not 1", "evidence: conflict.csv, median 605 of country-years with 25 deaths or more (quartiles 143, 2070)", 605, 25, 10000, NULL, "loguniform"},
    {"memory_days", PARAM_NUMBER, FIELD(memory_days), "days", "mean time from a death to the flight it causes", "assumption: weeks; the fits are by year", 30, 0, 365, NULL, "triangular"},
    {"inside_rule", PARAM_CHOICE, FIELD(inside_rule), "1", "people displaced inside per death: one ratio, or falling with deaths a year in the state", "evidence: elasticities.csv, ratio falls with intensity", INSIDE_BY_INTENSITY, 0, 1, "median|intensity", NULL},
    {"inside_per_death", PARAM_NUMBER, FIELD(inside_per_death), "people/death", "displaced inside with the rule median", "evidence: elasticities.csv, typical country-year 121, quartiles 36 to 360, p10 to p90 9 to 648", 121, 5, 1000, NULL, "loguniform"},
    {"inside_25", PARAM_NUMBER, FIELD(inside_in_band[0]), "people/death", "displaced inside at 25 to 99 deaths a year", "evidence: elasticities.csv 162, quartiles 29 to 503", 162, 5, 1000, NULL, "loguniform"},
    {"inside_100", PARAM_NUMBER, FIELD(inside_in_band[1]), "people/death", "displaced inside at 100 to 999 deaths a year", "evidence: elasticities.csv 164, quartiles 49 to 462", 164, 5, 1000, NULL, "loguniform"},
    {"inside_1000", PARAM_NUMBER, FIELD(inside_in_band[2]), "people/death", "displaced inside at 1,000 to 9,999 deaths a year", "evidence: elasticities.csv 119, quartiles 50 to 280", 119, 5, 1000, NULL, "loguniform"},
    {"inside_10000", PARAM_NUMBER, FIELD(inside_in_band[3]), "people/death", "displaced inside at 10,000 deaths a year and more", "evidence: elasticities.csv 25, quartiles 15 to 71", 25, 5, 1000, NULL, "loguniform"},
    {"share_at_risk", PARAM_NUMBER, FIELD(share_at_risk), "1", "share of a place's population that can be displaced across borders at most; 0: no limit", "assumption: no limit", 0, 0, 1, NULL, NULL},
    {"overdispersion", PARAM_NUMBER, FIELD(pool.overdispersion), "1", "variance of the monthly factor on displacement from a place", "assumption: months differ by half their mean; nothing found", 0.25, 0, 1, NULL, "uniform"},
    {"multiple", PARAM_NUMBER, FIELD(pool.multiple), "1", "largest factor on departures that the latent pool holds", "assumption: policies and perceptions raise departures fourfold at most; more is cut and counted", 4, 1, 1000, NULL, NULL},
    {0}};

/* ---- opening ---- */

static int open_fields(struct sim *sim, struct conflict *c)
{
    if (pool_field_open(&c->refugees_ratio, sim, "refugees_per_death", 0, 1e4, c->refugees_per_death)) return -1;
    if (pool_field_open(&c->inside_ratio, sim, "displaced_inside_per_death", 0, 1e5, NAN)) return -1;
    return pool_field_open(&c->internal_share, sim, "internal_share", 0, 1, NAN);
}

static void open_risk(struct sim *sim, struct conflict *c)
{
    if (c->share_at_risk <= 0) return;
    c->at_risk = pool_population(sim->world);
    for (uint32_t i = 0; i < sim->world->places; i++) c->at_risk[i] *= c->share_at_risk;
}

static int conflict_open(struct sim *sim, void *state)
{
    struct conflict *c = state;
    struct pool_plan plan = {.entry = POOL_CONFLICT, .purpose = conflict.purpose, .motive = "conflict", .finite = c->share_at_risk > 0};
    if (pool_open(&c->pool, sim, plan) || pool_source_open(&c->deaths, sim, "conflict_deaths") || open_fields(sim, c)) return -1;
    if (!c->deaths.driver) return fail(&sim->error, FAIL_INPUT, "model conflict needs a driver 'conflict_deaths' over places or states");
    open_risk(sim, c);
    c->remembered = memory_new(sim->world->places, sizeof *c->remembered);
    c->intensity = memory_new(sim->world->states, sizeof *c->intensity);
    sim_keep(sim, "conflict.remembered", SIM_F64, sim->world->places, c->remembered);
    sim_keep(sim, "conflict.total", SIM_F64, TOTALS, c->total);
    c->inside_indicator = sim_indicator(sim, "internally_displaced_by_conflict", "people", "people displaced inside their state by conflict, so far; not simulated");
    c->deaths_indicator = sim_indicator(sim, "deaths_at_origin", "people", "conflict deaths at the places of origin, so far");
    return 0;
}

/* ---- the day ---- */

static void conflict_morning(struct sim *sim, void *state)
{
    struct conflict *c = state;
    const struct world *world = sim->world;
    double share = c->memory_days > 0 ? 1 - maths_exp(-1 / c->memory_days) : 1;
    for (uint32_t i = 0; i < world->states; i++) c->intensity[i] = 0;
    for (uint32_t i = 0; i < world->places; i++) {
        double deaths = pool_source_at(&c->deaths, sim, i);
        c->total[TOTAL_DEATHS] += deaths;
        c->remembered[i] += share * (deaths - c->remembered[i]);
        c->intensity[world->place[i].state] += 365 * c->remembered[i];
    }
}

/* Between the middles of the bands the ratio is linear in the logarithm of deaths a year. */
static double inside_by_intensity(const struct conflict *c, double intensity)
{
    static const double first = 50, step = 2.302585092994046; /* the first middle; ln 10 between them */
    double at = (maths_log(intensity) - maths_log(first)) / step;
    if (!(at > 0)) return c->inside_in_band[0];
    if (at >= BANDS - 1) return c->inside_in_band[BANDS - 1];
    int band = (int)at;
    return c->inside_in_band[band] + (at - band) * (c->inside_in_band[band + 1] - c->inside_in_band[band]);
}

static double inside_ratio(const struct sim *sim, const struct conflict *c, uint32_t place, double intensity)
{
    double known = pool_field_at(&c->inside_ratio, sim, place);
    if (!isnan(known)) return known;
    return c->inside_rule == INSIDE_MEDIAN ? c->inside_per_death : inside_by_intensity(c, intensity);
}

/* People a day before surges and pull. */
static void expect(const struct sim *sim, const struct conflict *c, uint32_t place, double *abroad, double *inside)
{
    double deaths = c->remembered[place], intensity = c->intensity[sim->world->place[place].state];
    double split = pool_field_at(&c->internal_share, sim, place);
    *abroad = pool_field_at(&c->refugees_ratio, sim, place) * deaths * maths_pow(intensity / c->reference_deaths, c->elasticity - 1);
    *inside = inside_ratio(sim, c, place, intensity) * deaths;
    if (isnan(split)) return;
    double both = *abroad + *inside;
    *inside = split * both;
    *abroad = both - *inside;
}

static void enter_place(struct sim *sim, struct conflict *c, uint32_t place, double factor)
{
    double abroad, inside;
    expect(sim, c, place, &abroad, &inside);
    c->total[TOTAL_INSIDE] += inside * pool_surge(sim, &c->pool, place);
    if (c->at_risk && c->at_risk[place] > 0) pool_enter_finite(sim, &c->pool, place, abroad, factor, c->at_risk[place]);
    else pool_enter(sim, &c->pool, place, abroad, factor);
}

static void conflict_enter(struct sim *sim, void *state)
{
    struct conflict *c = state;
    double factor = pull_factor(sim);
    for (uint32_t i = 0; i < sim->world->places; i++)
        if (c->remembered[i] > 1e-12) enter_place(sim, c, i, factor);
}

static void conflict_settle(struct sim *sim, void *state)
{
    const struct conflict *c = state;
    sim_publish(sim, c->inside_indicator, c->total[TOTAL_INSIDE]);
    sim_publish(sim, c->deaths_indicator, c->total[TOTAL_DEATHS]);
    pool_settle(sim, &c->pool);
}

static void conflict_close(void *state)
{
    struct conflict *c = state;
    memory_free(c->at_risk);
    memory_free(c->remembered);
    memory_free(c->intensity);
    pool_source_close(&c->deaths);
    pool_close(&c->pool);
}

const struct model conflict = {
    .name = "conflict",
    .doc = "conflict deaths displace people, inside and across borders",
    .source = "Fearon, Shaver 2021, ESOC WP 25; ratios and elasticities fitted on UCDP, IDMC and UNHCR figures",
    .purpose = 21,
    .state_size = sizeof(struct conflict),
    .params = params,
    .open = conflict_open,
    .morning = conflict_morning,
    .enter = conflict_enter,
    .settle = conflict_settle,
    .close = conflict_close,
};
