/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smugglers' market: prices follow control, quality follows enforcement, and nothing moves without them. */
#include "models/market.h"
#include "tests/test.h"
#include "tests/toy.h"

/* A stand-in for the model that owns the lever control. */
static const struct param no_params[] = {{0}};
static const struct lever road_levers[] = {{"control", "control", "added to the control of a link", 0, 0, 1e9, LEVER_LINK}, {0}};
static const struct model road = {.name = "road", .doc = "has a lever", .source = "none", .purpose = 201, .state_size = 8, .params = no_params, .levers = road_levers};

static void start(struct toy *toy, bool with_road)
{
    toy_init(toy);
    toy_places(toy, 3);
    toy_links(toy, 0, 1, 10);
    toy_links(toy, 1, 2, 10);
    double *price = world_add_column(toy->setup.world, "price", WORLD_OF_LINKS)->value;
    double *control = world_add_column(toy->setup.world, "control", WORLD_OF_LINKS)->value;
    for (int i = 0; i < 4; i++) price[i] = i < 2 ? 100 : 300, control[i] = i == 3 ? NAN : 0.2 * i;
    toy_model(toy, &market);
    if (with_road) toy_model(toy, &road);
}

static void give(struct toy *toy, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, "market", name, text, "toy", 0);
}

static void policy(struct toy *toy, const char *lever, int64_t cell, double value, int32_t from, int32_t to)
{
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = cell, .operation = LEVER_SET, .value = value, .from = from, .to = to});
}

static struct sim *open_one(struct toy *toy) { return toy_open(toy, (struct sim_tuning){.threads = 1}); }

static bool close_to(double a, double b) { return fabs(a - b) < 1e-12 * fabs(b); }

static double index_of(const struct sim *sim) { return sim->indicator[0].value; }

/* The number of the link i of the columns above. */
static uint32_t link_from(const struct sim *sim, uint32_t from, uint32_t to) { return world_find_link(sim->world, from, to); }

static void nothing_moves_by_itself(void)
{
    struct toy toy;
    start(&toy, false);
    give(&toy, "price_elasticity", 1.5);
    give(&toy, "quality_elasticity", 1.5);
    struct sim *sim = open_one(&toy);
    const struct market *m = sim_state(sim, "market");
    for (int day = 0; day < 3; day++) {
        sim_step(sim);
        for (uint32_t i = 0; i < 4; i++) TEST(market_price(m, i) == 1 && market_quality(m, i) == 1, "link %u: %g, %g", i, market_price(m, i), market_quality(m, i));
        TEST(index_of(sim) == 1, "index %g", index_of(sim));
    }
    TEST(market_price(NULL, 2) == 1 && market_quality(NULL, 2) == 1, "absent");
    toy_close(sim);
}

/* Control rises by lever on one link, on days 2 to 4. */
static void prices_follow_control(void)
{
    struct toy toy;
    start(&toy, true);
    give(&toy, "price_elasticity", 0.8);
    policy(&toy, "control", -1, 0.5, 2, 5);
    struct sim *sim = open_one(&toy);
    const struct market *m = sim_state(sim, "market");
    for (int day = 0; day < 7; day++) {
        sim_step(sim);
        double expected = day >= 2 && day < 5 ? exp(0.8 * 0.5) : 1;
        for (uint32_t i = 0; i < 4; i++) TEST(close_to(market_price(m, i), expected) && market_quality(m, i) == 1, "day %d, link %u: %g, expected %g", day, i, market_price(m, i), expected);
        TEST(close_to(index_of(sim), expected), "day %d: index %g", day, index_of(sim));
    }
    toy_close(sim);
}

/* The index weighs links by their price; the factor has bounds. */
static void index_and_bounds(void)
{
    static const double rise[] = {0.5, 100}, factor[] = {1.4918246976412703, 4};
    for (int k = 0; k < 2; k++) {
        struct toy toy;
        start(&toy, true);
        give(&toy, "price_elasticity", 0.8);
        give(&toy, "price_most", 4);
        uint32_t dear = 3; /* from place 2 to place 1, which the columns price at 300 */
        policy(&toy, "control", dear, rise[k], 0, -1);
        struct sim *sim = open_one(&toy);
        sim_step(sim);
        TEST(link_from(sim, 2, 1) == dear, "links are ordered by place");
        TEST(close_to(market_price(sim_state(sim, "market"), dear), factor[k]), "%g, expected %g", market_price(sim_state(sim, "market"), dear), factor[k]);
        TEST(close_to(index_of(sim), (500 + 300 * factor[k]) / 800), "index %g", index_of(sim));
        toy_close(sim);
    }
}

/* A driver of control counts from its first day on; falling control lowers the price. */
static void drivers_move_prices(void)
{
    struct toy toy;
    const double day[] = {0, 3, 6}, value[] = {0.4, 0.9, 0.1};
    start(&toy, false);
    give(&toy, "price_elasticity", 1);
    struct driver *driver = driver_add(&toy.setup.drivers, "control", "1", "of a test", DRIVER_LINK, DRIVER_STEP, 4);
    driver_add_series(driver, 1, 3, day, value);
    struct sim *sim = open_one(&toy);
    for (int today = 0; today < 9; today++) {
        sim_step(sim);
        double expected = today < 3 ? 1 : today < 6 ? exp(0.5)
                                                    : exp(-0.3);
        const struct market *m = sim_state(sim, "market");
        TEST(close_to(market_price(m, 1), expected) && market_price(m, 0) == 1, "day %d: %g, expected %g", today, market_price(m, 1), expected);
    }
    toy_close(sim);
}

static void quality_follows_enforcement(void)
{
    struct toy toy;
    start(&toy, true);
    give(&toy, "quality_elasticity", 1.2);
    policy(&toy, "enforcement", 2, 0.5, 1, 3);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 5; day++) {
        sim_step(sim);
        const struct market *m = sim_state(sim, "market");
        double expected = day == 1 || day == 2 ? exp(0.6) : 1;
        TEST(close_to(market_quality(m, 2), expected) && market_quality(m, 1) == 1 && market_price(m, 2) == 1, "day %d: %g, expected %g", day, market_quality(m, 2), expected);
    }
    toy_close(sim);
}

static void bad_input(void)
{
    struct toy toy;
    struct error error = {0};
    start(&toy, false);
    toy.setup.world->column[1].value[2] = -1;
    TEST(world_finish(toy.setup.world, &error) == 0, "%s", error.text);
    struct sim *sim = sim_open(&toy.setup, toy.list, (struct sim_tuning){.threads = 1}, &error);
    TEST(!sim && strstr(error.text, "control from 0 to 1e+09, found -1"), "found: %s", error.text);
    sim_close(sim);
    setup_free(&toy.setup);
}

static const struct test_case cases[] = {
    {"nothing moves by itself", nothing_moves_by_itself},
    {"prices follow control", prices_follow_control},
    {"index and bounds", index_and_bounds},
    {"drivers move prices", drivers_move_prices},
    {"quality follows enforcement", quality_follows_enforcement},
    {"bad input", bad_input},
};
TEST_MAIN(cases)
