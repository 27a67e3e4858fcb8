/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smugglers' market: the price of a link follows control, the quality of vessels follows enforcement against smugglers.

   Price of a link today = its price x exp(price_elasticity (C - C0)), the factor within 1 / price_most and price_most.
   C is the link's control today: the field `control` plus the lever `control` where some model has it; C0 is the field on the
   first day. So a policy or a driver that raises control raises the price, and the state of the first day costs what the table says.
   Chance of a wreck today = that of the sea model x exp(quality_elasticity E), E the lever `enforcement`, 0 to 1: seized boats
   are replaced by worse ones.
   Source: directions in costs_and_harm.csv and vessels.csv (prices by period, wooden boats replaced by rubber ones after 2015);
   sizes are assumptions with wide ranges, 0 inside both.
   Assumption: the market answers on the day; control is given in units that run from about 0 to 1.
   Limits: no competition, no seasons, no bargaining by people's means; demand does not move the price. */
#include "models/market.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <stddef.h>

#define FIELD(name) offsetof(struct market, name)
static const struct param params[] = {
    {"price_elasticity", PARAM_NUMBER, FIELD(price_elasticity), "1/control", "rise of the logarithm of the price for a unit of control", "assumption: size; direction costs_and_harm.csv price Libya -> Italy (sea) 1000 USD 2014, 1500 USD 2016 (ln 1.5 = 0.4); top of the range: Agadez -> Sabha 250 USD 2015, 800 USD 2018-2019 (ln 3.2 = 1.2, uses 2018-19)", 0.4, 0, 1.5, NULL, "uniform"},
    {"price_most", PARAM_NUMBER, FIELD(price_most), "1", "the factor on prices stays within this and its inverse", "assumption: costs_and_harm.csv Agadez -> Sabha 250 USD 2015, up to 2200 USD early 2017", 10, 1, 1000, NULL, NULL},
    {"quality_elasticity", PARAM_NUMBER, FIELD(quality_elasticity), "1", "rise of the logarithm of the chance of a wreck at full enforcement", "assumption: no figure found; vessels.csv vessel_share wooden .65 2014, .05 2015-10..2016-03 says only that vessels changed", 0, 0, 1.5, NULL, "uniform"},
    {0}};

static const struct lever levers[] = {
    {"enforcement", "1", "enforcement against smugglers on a link: 0 none to 1 full; vessels get worse by the market's quality_elasticity", 0, 0, 1, LEVER_LINK},
    {0}};

/* What the field says on day 0, before any driver has been asked for a day. */
static double first_value(const struct field *field, uint32_t cell)
{
    double value = field->driver ? driver_at(field->driver, cell, 0) : NAN;
    if (isnan(value) && field->column) value = field->column[cell];
    return isnan(value) ? field->fallback : value;
}

static double *first_values(const struct field *field, uint32_t cells)
{
    double *value = memory_new(cells, sizeof *value);
    for (uint32_t i = 0; i < cells; i++) value[i] = first_value(field, i);
    return value;
}

static double *ones(uint32_t count)
{
    double *value = memory_new(count, sizeof *value);
    for (uint32_t i = 0; i < count; i++) value[i] = 1;
    return value;
}

/* Another model's lever, by link; -1 where nobody has it. */
static int link_lever(const struct lever_set *set, const char *name)
{
    int found = lever_find(set, name);
    return found >= 0 && set->lever[found]->over == LEVER_LINK ? found : -1;
}

static int market_open(struct sim *sim, void *state)
{
    struct market *m = state;
    struct field price;
    m->links = sim->world->links;
    if (field_open(&price, sim, WORLD_OF_LINKS, "price", 0, 1e9, 0) || field_open(&m->control, sim, WORLD_OF_LINKS, "control", 0, 1e9, 0)) return -1;
    m->price_base = first_values(&price, m->links);
    m->control_base = first_values(&m->control, m->links);
    m->price = ones(m->links);
    m->quality = ones(m->links);
    m->control_lever = link_lever(&sim->setup->levers, "control");
    m->enforcement_lever = lever_find(&sim->setup->levers, levers[0].name);
    m->price_index = sim_indicator(sim, "price_index", "1", "what all links cost together at today's prices of smugglers, over the same at those of the first day");
    return 0;
}

static double price_factor(const struct market *m, double rise)
{
    double factor = maths_exp(m->price_elasticity * rise);
    return factor > m->price_most ? m->price_most : factor < 1 / m->price_most ? 1 / m->price_most
                                                                               : factor;
}

static void market_morning(struct sim *sim, void *state)
{
    struct market *m = state;
    const struct lever_set *set = &sim->setup->levers;
    for (uint32_t i = 0; i < m->links; i++) {
        double added = m->control_lever >= 0 ? lever_value(set, m->control_lever, i) : 0;
        m->price[i] = price_factor(m, field_at(&m->control, i) + added - m->control_base[i]);
        m->quality[i] = maths_exp(m->quality_elasticity * lever_value(set, m->enforcement_lever, i));
    }
}

static void market_settle(struct sim *sim, void *state)
{
    const struct market *m = state;
    double base = 0, now = 0;
    for (uint32_t i = 0; i < m->links; i++) base += m->price_base[i];
    for (uint32_t i = 0; i < m->links; i++) now += m->price_base[i] * m->price[i];
    sim_publish(sim, m->price_index, base > 0 ? now / base : 1);
}

static void market_close(void *state)
{
    struct market *m = state;
    void *block[] = {m->price_base, m->control_base, m->price, m->quality};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

const struct model market = {
    .name = "market",
    .doc = "smugglers' prices follow control, the quality of their vessels follows enforcement",
    .source = "directions from prices and vessels by period, 2013-2019; sizes assumed",
    .purpose = 26,
    .state_size = sizeof(struct market),
    .params = params,
    .levers = levers,
    .open = market_open,
    .morning = market_morning,
    .settle = market_settle,
    .close = market_close,
};
