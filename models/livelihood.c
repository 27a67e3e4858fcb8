/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People who set out for a living: aspiration times capability, more where kin are abroad and work is wanted.
     departures a day = population x adult_share x preparing x setting_out x hump x network x demand / 365
     hump    = exp(-curvature ln(income / peak_income)^2), income of the state in the unit of peak_income
     network = (diaspora / diaspora_reference)^diaspora_elasticity
     demand  = (labour_demand / labour_demand on day 0)^demand_elasticity, driver "labour_demand" of the whole world
   population of the place or its share of the state's (pool_population()); income and diaspora (people from there who live at the destinations), adult_share and setting_out
   may be columns or drivers of the place or state. Without an income or a diaspora its factor is 1. diaspora_reference 0 means the
   value on day 0, so that only growth counts. Lever income_support multiplies a state's income: aid raises departures
   below the peak and lowers them above (the factor on departures is the ratio of the humps), times pull.
   Everybody's motive is livelihood: who left by choice is told by the trait.
   Source: funnel of wish, plan, preparation aspire.to_plan_to_prepare and drivers/aspirations.csv; hump aid.effect (Clemens 2014);
   diaspora drivers/gravity.csv (A2, A3, B2). Assumption: preparing now means setting out within the year, for the share setting_out.
   Limits: the population is not used up; in gravity.csv the income of the origin is negative (-0.2 to -0.5), the hump not visible: curvature 0
   is within the range; no feedback of those who left on the diaspora unless the scenario's series says so. */
#include "models/livelihood.h"

#include "models/pool.h"
#include "models/pull.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

struct livelihood {
    struct pool pool;
    double adult_share, preparing, setting_out, peak_income, curvature, diaspora_reference, diaspora_elasticity, demand_elasticity; /* parameters */
    struct pool_field adults, setting, income, diaspora;
    const struct driver *demand;
    double first_demand;
    double *population;     /* by place of origin */
    double *first_diaspora; /* by place: on day 0 */
    int support;            /* lever */
};

#define FIELD(name) offsetof(struct livelihood, name)
static const struct param params[] = {
    {"adult_share", PARAM_NUMBER, FIELD(adult_share), "1", "share of adults among the population", "evidence: country.csv, aged 15 to 64 in 27 core countries 2014: median 0.54 (0.47 to 0.69)", 0.54, 0.47, 0.69, NULL, "uniform"},
    {"preparing", PARAM_NUMBER, FIELD(preparing), "1/year", "share of adults who prepare to leave, where income is at the peak", "evidence: aspirations.csv, 0.015 (wish 0.33 x plan 0.12 x prepare 0.35 to 0.40), Afrobarometer 0.03, world 0.0046; 1 to 3 %", 0.015, 0.004, 0.05, NULL, "loguniform"},
    {"setting_out", PARAM_NUMBER, FIELD(setting_out), "1", "share of those preparing who set out on the routes of the run within the year", "assumption: aspirations.csv, preferred Europe 0.27 x would leave without papers 0.40 = 0.108, of different people; from one in a thousand to all", 0.108, 0.001, 1, NULL, "loguniform"},
    {"peak_income", PARAM_NUMBER, FIELD(peak_income), "USD/year", "income a person, in purchasing power, at which departures are highest", "evidence: aid.effect 8,000 to 10,000, turning point to be verified; range an assumption", 9000, 4000, 15000, NULL, "uniform"},
    {"curvature", PARAM_NUMBER, FIELD(curvature), "1", "how steep the hump is; 0: none", "assumption: at a quarter of the peak 0.62; gravity.csv shows no hump, so from none to steep", 0.25, 0, 1, NULL, "uniform"},
    {"diaspora_reference", PARAM_NUMBER, FIELD(diaspora_reference), "people", "diaspora at which its factor is 1; 0: what it is on day 0", "assumption: only growth counts", 0, 0, 1e9, NULL, NULL},
    {"diaspora_elasticity", PARAM_NUMBER, FIELD(diaspora_elasticity), "1", "of departures to the diaspora", "evidence: gravity.csv 0.53 (A2), 0.60 (A3), 0.49 on claims (B2); 0.5 to 0.6; 0: none", 0.55, 0, 1, NULL, "triangular"},
    {"demand_elasticity", PARAM_NUMBER, FIELD(demand_elasticity), "1", "of departures to labour demand at the destinations", "assumption: none found; gravity.csv destination unemployment -0.016 to -0.031 a point", 0.5, 0, 2, NULL, "triangular"},
    {"overdispersion", PARAM_NUMBER, FIELD(pool.overdispersion), "1", "variance of the monthly factor on departures from a place", "assumption: months differ by a third of their mean; nothing found", 0.1, 0, 1, NULL, "uniform"},
    {"multiple", PARAM_NUMBER, FIELD(pool.multiple), "1", "largest factor on departures that the latent pool holds", "assumption: policies and perceptions raise departures fourfold at most; more is cut and counted", 4, 1, 1000, NULL, NULL},
    {0}};

static const struct lever levers[] = {
    {"income_support", "1", "factor on the income of people at home, by aid or trade", 1, 0.1, 10, LEVER_STATE},
    {0}};

/* ---- opening ---- */

static int open_fields(struct sim *sim, struct livelihood *l)
{
    if (pool_field_open(&l->adults, sim, "adult_share", 0, 1, l->adult_share) || pool_field_open(&l->setting, sim, "setting_out", 0, 1, l->setting_out)) return -1;
    return pool_field_open(&l->income, sim, "income", 0, 1e9, NAN) || pool_field_open(&l->diaspora, sim, "diaspora", 0, 1e9, NAN) ? -1 : 0;
}

/* Of dollars and of people: no logarithm or ratio of 0. */
static double at_least_one(double value) { return value > 1 ? value : 1; }

static int open_demand(struct sim *sim, struct livelihood *l)
{
    l->demand = driver_find(&sim->setup->drivers, "labour_demand");
    if (!l->demand) return 0;
    if (l->demand->over != DRIVER_GLOBAL) return fail(&sim->error, FAIL_INPUT, "driver 'labour_demand' must be global");
    l->first_demand = driver_at(l->demand, 0, 0);
    if (l->first_demand > 0) return 0;
    return fail(&sim->error, FAIL_INPUT, "driver 'labour_demand': expected a number above 0 on day 0, found %g", l->first_demand);
}

static int livelihood_open(struct sim *sim, void *state)
{
    struct livelihood *l = state;
    if (pool_open(&l->pool, sim, (struct pool_plan){.entry = POOL_LIVELIHOOD, .purpose = livelihood.purpose, .motive = "livelihood"})) return -1;
    if (open_fields(sim, l) || open_demand(sim, l)) return -1;
    double people = 0;
    l->population = pool_population(sim->world);
    for (uint32_t i = 0; i < sim->world->places; i++) people += l->population[i];
    if (!(people > 0)) return fail(&sim->error, FAIL_INPUT, "model livelihood needs the population of the places, above 0 for at least one");
    l->first_diaspora = memory_new(sim->world->places, sizeof *l->first_diaspora);
    for (uint32_t i = 0; i < sim->world->places; i++) l->first_diaspora[i] = at_least_one(pool_field_first(&l->diaspora, sim, i));
    l->support = lever_find(&sim->setup->levers, levers[0].name);
    return 0;
}

/* ---- the day ---- */

static double hump(const struct livelihood *l, double income)
{
    if (isnan(income)) return 1;
    double distance = maths_log(at_least_one(income) / l->peak_income);
    return maths_exp(-l->curvature * distance * distance);
}

static double network(const struct livelihood *l, const struct sim *sim, uint32_t place)
{
    double diaspora = pool_field_at(&l->diaspora, sim, place);
    if (isnan(diaspora)) return 1;
    double reference = l->diaspora_reference > 0 ? l->diaspora_reference : l->first_diaspora[place];
    return maths_pow(at_least_one(diaspora) / reference, l->diaspora_elasticity);
}

static double demand(const struct livelihood *l)
{
    if (!l->demand) return 1;
    double today = l->demand->today[0];
    return today > 0 ? maths_pow(today / l->first_demand, l->demand_elasticity) : 0;
}

static void enter_place(struct sim *sim, struct livelihood *l, uint32_t place, double wanted, double heard)
{
    double income = pool_field_at(&l->income, sim, place), here = hump(l, income);
    double adults = l->population[place] * pool_field_at(&l->adults, sim, place);
    double people = adults * l->preparing * pool_field_at(&l->setting, sim, place) * here * network(l, sim, place) * wanted / 365;
    double support = lever_value(&sim->setup->levers, l->support, sim->world->place[place].state);
    double factor = support == 1 || here <= 0 ? 1 : hump(l, income * support) / here;
    pool_enter(sim, &l->pool, place, people, heard * factor);
}

static void livelihood_enter(struct sim *sim, void *state)
{
    struct livelihood *l = state;
    double wanted = demand(l), heard = pull_factor(sim);
    for (uint32_t i = 0; i < sim->world->places; i++)
        if (l->population[i] > 0) enter_place(sim, l, i, wanted, heard);
}

static void livelihood_settle(struct sim *sim, void *state) { pool_settle(sim, &((struct livelihood *)state)->pool); }

static void livelihood_close(void *state)
{
    struct livelihood *l = state;
    memory_free(l->population);
    memory_free(l->first_diaspora);
    pool_close(&l->pool);
}

const struct model livelihood = {
    .name = "livelihood",
    .doc = "adults who prepare to leave set out for a living",
    .source = "Gallup 2012 and Afrobarometer 2016-18 (funnel); Clemens 2014, IZA DP 8592 (hump); Poisson gravity fits (diaspora)",
    .purpose = 23,
    .state_size = sizeof(struct livelihood),
    .params = params,
    .levers = levers,
    .open = livelihood_open,
    .enter = livelihood_enter,
    .settle = livelihood_settle,
    .close = livelihood_close,
};
