/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Route choice: the three rules against enumeration, linear algebra and plain twins on small maps; classes, papers, closures
   and news against closed forms; input without a solution; the same bits for any number of threads; the cost of a big map. */
#include "models/route_values.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <gsl/gsl_linalg.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_PLACES = 120 };

/* ---- maps */

static double uniform(uint32_t a, uint32_t b) { return rng_uniform(rng_draw(7, a, 1, b, 0).word[0]); }

/* Weights or costs by link. */
static double *numbers(const struct world *world, uint32_t seed, double least, double most)
{
    double *value = memory_new(world->links, sizeof *value);
    for (uint32_t i = 0; i < world->links; i++) value[i] = least + (most - least) * uniform(1000 + i, seed);
    return value;
}

static void add_places(struct world *world, uint32_t places)
{
    uint32_t state = world_state(world, "here");
    for (uint32_t i = 0; i < places; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        world_add_place(world, (struct world_place){.name = name, .state = state, .kind = WORLD_TOWN});
    }
}

static void finish(struct world *world)
{
    struct error error = {0};
    TEST(world_finish(world, &error) == 0, "%s", error.text);
}

/* Each link with a chance, circles or only to places of higher number. */
static struct world *random_map(uint32_t places, bool circles, double share)
{
    struct world *world = world_new();
    add_places(world, places);
    for (uint32_t i = 0; i < places; i++)
        for (uint32_t k = circles ? 0 : i + 1; k < places; k++)
            if (k != i && uniform(i, k) < share) world_add_link(world, (struct world_link){.from = i, .to = k, .km = 1});
    finish(world);
    return world;
}

/* Roads both ways: each place to a near one before it, and some more. */
static void add_roads(struct world *world, uint32_t places, uint32_t roads)
{
    for (uint32_t i = 1; i < roads + 1; i++) {
        uint32_t a = i < places ? i : 3 * i % places, back = 1 + (uint32_t)(uniform(i, 5) * 7), b = a > back ? a - back : 0;
        if (i >= places) b = (a + 2 + (uint32_t)(uniform(i, 6) * 9)) % places;
        world_add_link(world, (struct world_link){.from = a, .to = b, .km = 50 + 300 * uniform(i, 8)});
        world_add_link(world, (struct world_link){.from = b, .to = a, .km = 50 + 300 * uniform(i, 8)});
    }
}

static bool close_to(double seen, double expected, double error) { return fabs(seen - expected) <= error * fabs(expected); }

/* ---- logit: values */

/* Links only to places of higher number: sum over all ways by following each. */
static double follow(const struct world *world, const double *weight, uint32_t place, uint32_t destination)
{
    double sum = 0;
    if (place == destination) return 1;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) sum += weight[i] * follow(world, weight, world->link[i].to, destination);
    return sum;
}

/* For one destination. */
static enum route_rules_answer solve_one(const struct world *world, const double *weight, uint32_t destination, double *value)
{
    struct route_rules rules;
    uint8_t answer;
    route_rules_open(&rules, world);
    route_rules_logit(&rules, weight, 1, &destination, value, &answer);
    route_rules_close(&rules);
    return (enum route_rules_answer)answer;
}

static void check_ways(const struct world *world, const double *weight, uint32_t n, const uint32_t *destination, const double *value)
{
    double *chance = memory_new((size_t)world->links * n, sizeof *chance);
    route_rules_logit_chance(world, weight, n, destination, value, chance);
    for (uint32_t i = 0; i < world->links; i++)
        for (uint32_t c = 0; c < n; c++) {
            double all = follow(world, weight, world->link[i].from, destination[c]), expected = all > 0 ? weight[i] * follow(world, weight, world->link[i].to, destination[c]) / all : 0;
            if (world->link[i].from == destination[c]) expected = 0;
            TEST(close_to(chance[i * n + c], expected, 1e-13), "link %u to %u: chance %.17g, by enumeration %.17g", i, destination[c], chance[i * n + c], expected);
        }
    memory_free(chance);
}

static void by_enumeration(void)
{
    static const uint32_t destination[] = {9, 10, 11, 12, 13};
    struct world *world = random_map(14, false, 0.5);
    struct route_rules rules;
    double *weight = numbers(world, 3, 0, 1), value[14 * 5];
    uint8_t answer[5];
    for (uint32_t i = 5; i < world->links; i += 11) weight[i] = 0;
    route_rules_open(&rules, world);
    route_rules_logit(&rules, weight, 5, destination, value, answer);
    for (uint32_t c = 0; c < 5; c++) {
        TEST(answer[c] == ROUTE_RULES_FOUND, "destination %u", destination[c]);
        for (uint32_t i = 0; i < 14; i++) {
            double expected = follow(world, weight, i, destination[c]);
            TEST(close_to(value[i * 5 + c], expected, 1e-13), "z of %u to %u: %.17g, by enumeration %.17g", i, destination[c], value[i * 5 + c], expected);
        }
        TEST(c == 4 || value[13 * 5 + c] == 0, "no way back");
    }
    check_ways(world, weight, 5, destination, value);
    route_rules_close(&rules);
    memory_free(weight);
    world_free(world);
}

/* (I - M) z = b over the places but the destination. */
static void solve_linear(const struct world *world, const double *weight, uint32_t destination, double *value)
{
    size_t n = world->places;
    gsl_matrix *matrix = gsl_matrix_calloc(n, n);
    gsl_vector *right = gsl_vector_calloc(n), *left = gsl_vector_calloc(n);
    gsl_permutation *order = gsl_permutation_alloc(n);
    int sign;
    gsl_matrix_set_identity(matrix);
    gsl_vector_set(right, destination, 1);
    for (uint32_t i = 0; i < world->links; i++) {
        const struct world_link *l = &world->link[i];
        if (l->from != destination) gsl_matrix_set(matrix, l->from, l->to, gsl_matrix_get(matrix, l->from, l->to) - weight[i]);
    }
    gsl_linalg_LU_decomp(matrix, order, &sign);
    gsl_linalg_LU_solve(matrix, order, right, left);
    for (size_t i = 0; i < n; i++) value[i] = gsl_vector_get(left, i);
    gsl_matrix_free(matrix);
    gsl_vector_free(right);
    gsl_vector_free(left);
    gsl_permutation_free(order);
}

static void compare_all(const struct world *world, const double *weight)
{
    enum { N = 20 };
    struct route_rules rules;
    uint32_t destination[N];
    double value[N * N], expected[N];
    uint8_t answer[N];
    for (uint32_t c = 0; c < N; c++) destination[c] = c;
    route_rules_open(&rules, world);
    route_rules_logit(&rules, weight, N, destination, value, answer);
    for (uint32_t c = 0; c < N; c++) {
        solve_linear(world, weight, c, expected);
        TEST(answer[c] == ROUTE_RULES_FOUND, "destination %u: %d", c, answer[c]);
        for (uint32_t i = 0; i < N; i++) TEST(close_to(value[i * N + c], expected[i], 1e-11), "z of %u to %u: %.17g, by LU %.17g", i, c, value[i * N + c], expected[i]);
    }
    route_rules_close(&rules);
}

/* Spectral radius about most * 3.7. */
static void by_linear_algebra(void)
{
    static const double most[] = {0.02, 0.1, 0.2, 0.25};
    struct world *world = random_map(20, true, 0.4);
    for (int m = 0; m < 4; m++) {
        double *weight = numbers(world, 3, 0, most[m]);
        for (uint32_t i = 5; i < world->links; i += 11) weight[i] = 0;
        compare_all(world, weight);
        memory_free(weight);
    }
    world_free(world);
}

/* A circle of two places with weight r each way has values if and only if r < 1, however little leads out. */
static void edge_of_existence(void)
{
    static const double r[] = {0.5, 0.9, 0.99, 0.9999, 1, 1.0001, 1.5};
    struct world *world = world_new();
    add_places(world, 3);
    world_add_link(world, (struct world_link){.from = 0, .to = 1});
    world_add_link(world, (struct world_link){.from = 1, .to = 0});
    world_add_link(world, (struct world_link){.from = 1, .to = 2});
    finish(world);
    for (size_t k = 0; k < sizeof r / sizeof *r; k++) {
        double weight[3] = {r[k], r[k], 1e-30}, value[3], expected = 1e-30 / (1 - r[k] * r[k]);
        enum route_rules_answer answer = solve_one(world, weight, 2, value);
        TEST(answer == (r[k] < 1 ? ROUTE_RULES_FOUND : ROUTE_RULES_ENDLESS), "r = %g: answer %d", r[k], (int)answer);
        TEST(r[k] >= 1 || close_to(value[1], expected, 1e-12), "r = %g: %g", r[k], value[1]);
        answer = solve_one(world, weight, 1, value);
        TEST(answer == ROUTE_RULES_FOUND && close_to(value[0], r[k], 1e-15) && value[2] == 0, "to 1, r = %g: answer %d, %g", r[k], (int)answer, value[0]);
    }
    world_free(world);
}

/* A hub with ten roads of weight 1/2: circles through it count for every destination but the hub. An island whose circles
   cost nothing leads nowhere and does not matter. */
static void each_for_itself(void)
{
    enum { HUB,
           ISLAND = 11,
           PLACES = 13 };
    static const uint32_t destination[] = {HUB, 3};
    struct world *world = world_new();
    struct route_rules rules;
    double *weight, value[PLACES * 2];
    uint8_t answer[2];
    add_places(world, PLACES);
    for (uint32_t i = 1; i <= 10; i++) {
        world_add_link(world, (struct world_link){.from = HUB, .to = i});
        world_add_link(world, (struct world_link){.from = i, .to = HUB});
    }
    world_add_link(world, (struct world_link){.from = ISLAND, .to = ISLAND + 1});
    world_add_link(world, (struct world_link){.from = ISLAND + 1, .to = ISLAND});
    finish(world);
    weight = numbers(world, 0, 0.5, 0.5);
    for (uint32_t i = world->first[ISLAND]; i < world->links; i++) weight[i] = 1;
    route_rules_open(&rules, world);
    route_rules_logit(&rules, weight, 2, destination, value, answer);
    TEST(answer[0] == ROUTE_RULES_FOUND && answer[1] == ROUTE_RULES_ENDLESS, "answers %d and %d", answer[0], answer[1]);
    for (uint32_t i = 1; i <= 10; i++) TEST(value[i * 2] == 0.5, "z of %u: %g", i, value[i * 2]);
    TEST(value[ISLAND * 2] == 0 && value[HUB * 2] == 1, "z of the island %g, of the hub %g", value[ISLAND * 2], value[HUB * 2]);
    for (uint32_t i = 0; i < world->first[ISLAND]; i++) weight[i] = 0.2;
    route_rules_logit(&rules, weight, 2, destination, value, answer);
    TEST(answer[1] == ROUTE_RULES_FOUND && close_to(value[HUB * 2 + 1], 0.2 / (1 - 9 * 0.04), 1e-14), "z of the hub %g", value[HUB * 2 + 1]);
    route_rules_close(&rules);
    memory_free(weight);
    world_free(world);
}

/* A chain of weights w: values keep their digits down to the limit, and what is beyond is told from what has no way. */
static void far_away(void)
{
    struct world *world = world_new();
    double weight[3], value[5];
    add_places(world, 5);
    for (uint32_t i = 0; i < 3; i++) world_add_link(world, (struct world_link){.from = i, .to = i + 1});
    finish(world);
    for (uint32_t i = 0; i < 3; i++) weight[i] = 1e-95;
    TEST(solve_one(world, weight, 3, value) == ROUTE_RULES_FOUND && close_to(value[0], 1e-285, 1e-13) && value[4] == 0, "z %g", value[0]);
    for (uint32_t i = 0; i < 3; i++) weight[i] = 1e-98;
    TEST(solve_one(world, weight, 3, value) == ROUTE_RULES_VANISHING, "z %g", value[0]);
    weight[0] = 1e-304, weight[1] = 1e-304;
    TEST(solve_one(world, weight, 3, value) == ROUTE_RULES_VANISHING, "z %g", value[0]);
    weight[1] = 0;
    TEST(solve_one(world, weight, 3, value) == ROUTE_RULES_FOUND && value[1] == 0 && value[0] == 0 && value[2] == 1e-98, "z %g", value[2]);
    world_free(world);
}

/* ---- shortest */

/* Every way without circles; INFINITY: none. */
static double cheapest(const struct world *world, const double *cost, uint32_t place, uint32_t destination, uint64_t visited)
{
    double best = INFINITY;
    if (place == destination) return 0;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) {
        uint32_t to = world->link[i].to;
        if (visited >> to & 1) continue;
        double way = cost[i] + cheapest(world, cost, to, destination, visited | 1ull << to);
        if (way < best) best = way;
    }
    return best;
}

static double *shortest_chance(const struct world *world, const double *cost, uint32_t n, const uint32_t *destination, double *value)
{
    double *chance = memory_new((size_t)world->links * n, sizeof *chance);
    route_rules_shortest(world, cost, n, destination, value);
    route_rules_shortest_chance(world, cost, n, destination, value, chance);
    return chance;
}

static void check_shortest(const struct world *world, const double *cost, uint32_t place, uint32_t c, uint32_t n, const uint32_t *destination, const double *value, const double *chance, uint32_t *ties)
{
    double least = cheapest(world, cost, place, destination[c], 1ull << place), best = 0;
    TEST(value[place * n + c] == least, "least cost of %u to %u: %g, by enumeration %g", place, destination[c], value[place * n + c], least);
    if (place == destination[c] || least == INFINITY) least = -1; /* nobody goes on */
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) best += cost[i] + cheapest(world, cost, world->link[i].to, destination[c], 0) == least;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) {
        bool good = cost[i] + cheapest(world, cost, world->link[i].to, destination[c], 0) == least;
        TEST(close_to(chance[i * n + c], good ? 1 / best : 0, 1e-15), "link %u to %u: chance %g, %g best links", i, destination[c], chance[i * n + c], best);
    }
    *ties += best > 1;
}

/* Costs 1 to 3, so that many ways cost the same. */
static void shortest_by_enumeration(void)
{
    static const uint32_t destination[] = {0, 4, 8};
    struct world *world = random_map(9, true, 0.5);
    double *cost = numbers(world, 4, 1, 4), value[9 * 3];
    uint32_t ties = 0;
    for (uint32_t i = 0; i < world->links; i++) cost[i] = i % 9 == 2 ? INFINITY : floor(cost[i]);
    double *chance = shortest_chance(world, cost, 3, destination, value);
    for (uint32_t place = 0; place < 9; place++)
        for (uint32_t c = 0; c < 3; c++) check_shortest(world, cost, place, c, 3, destination, value, chance, &ties);
    TEST(ties >= 3, "%u ties", ties);
    memory_free(chance);
    memory_free(cost);
    world_free(world);
}

/* 0 and 1 are joined for nothing, both ways. Nobody goes back and forth, and rounding does not part ways that cost the same. */
static void free_circles(void)
{
    static const uint32_t destination = 2;
    struct world *world = world_new();
    double value[5], cost[] = {0, 5, 0, 0.2, 0.1, 5, 0.1};
    add_places(world, 5);
    static const uint32_t from[] = {0, 0, 1, 1, 3, 3, 4}, to[] = {1, 2, 0, 4, 1, 2, 2};
    for (uint32_t i = 0; i < 7; i++) world_add_link(world, (struct world_link){.from = from[i], .to = to[i]});
    finish(world);
    double *chance = shortest_chance(world, cost, 1, &destination, value);
    TEST(chance[0] == 1 && chance[1] == 0 && chance[2] == 0 && chance[3] == 1, "cheap: %g %g %g %g", chance[0], chance[1], chance[2], chance[3]);
    memory_free(chance);
    cost[3] = 4.9;
    chance = shortest_chance(world, cost, 1, &destination, value);
    TEST(chance[0] == 0 && chance[1] == 1, "two ways of 5, one has fewer links: %g %g", chance[0], chance[1]);
    TEST(chance[2] == 0.5 && chance[3] == 0.5, "at 1: %g by 0, %g by 4", chance[2], chance[3]);
    cost[4] = 0.3, cost[3] = 0.1, cost[6] = 0.2, cost[5] = 0.6; /* 0.3 + (0.1 + 0.2) is not 0.6 */
    memory_free(chance);
    chance = shortest_chance(world, cost, 1, &destination, value);
    TEST(chance[4] == 0.5 && chance[5] == 0.5, "sums that differ by rounding: %g %g", chance[4], chance[5]);
    memory_free(chance);
    world_free(world);
}

/* With all circles free people still get there. */
static void shortest_leads(void)
{
    static const uint32_t destination = 6;
    struct world *world = random_map(12, true, 0.25);
    double *cost = numbers(world, 4, 0, 0), value[12], left[12] = {0};
    double *chance = shortest_chance(world, cost, 1, &destination, value);
    for (int step = 0; step < 12; step++)
        for (uint32_t place = 0; place < 12; place++) {
            left[place] = place == destination ? 1 : 0;
            for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) left[place] += chance[i] * left[world->link[i].to];
        }
    for (uint32_t place = 0; place < 12; place++) TEST(close_to(left[place], value[place] < INFINITY, 1e-14), "%g of those at %u arrive", left[place], place);
    memory_free(chance);
    memory_free(cost);
    world_free(world);
}

/* ---- gravity */

/* The equation as it stands in route_rules.c, term by term. */
struct twin {
    const struct world *world;
    const double *cost, *attraction; /* by link, by place */
    double power, least;
    uint32_t destination;
};

static bool leads(const struct twin *t, uint32_t place) { return cheapest(t->world, t->cost, place, t->destination, 1ull << place) < INFINITY; }

static double term(const struct twin *t, uint32_t place, double cost, bool sight)
{
    double nearness = pow(fmax(cost, t->least), -t->power);
    if (sight) return place == t->destination ? nearness : 0;
    return leads(t, place) ? t->attraction[place] * nearness : 0;
}

static double gravity_weight(const struct twin *t, uint32_t link, bool sight)
{
    const struct world_link *l = &t->world->link[link];
    if (t->cost[link] == INFINITY || !leads(t, l->to)) return 0;
    double sum = term(t, l->to, t->cost[link], sight);
    for (uint32_t i = t->world->first[l->to]; i < t->world->first[l->to + 1]; i++)
        if (t->world->link[i].to != l->from && t->cost[i] < INFINITY) sum += term(t, t->world->link[i].to, t->cost[link] + t->cost[i], sight);
    return sum;
}

static void check_gravity(const struct twin *t, uint32_t place, uint32_t n, uint32_t c, const double *chance, uint32_t *seen, uint32_t *blank)
{
    uint32_t first = t->world->first[place], last = t->world->first[place + 1];
    double weight[16], all = 0, sight = 0;
    for (uint32_t i = first; i < last; i++) sight += gravity_weight(t, i, true);
    for (uint32_t i = first; i < last; i++) all += weight[i - first] = gravity_weight(t, i, sight > 0);
    for (uint32_t i = first; all == 0 && i < last; i++) weight[i - first] = t->cost[i] < INFINITY && leads(t, t->world->link[i].to), *blank += weight[i - first] > 0;
    if (all == 0)
        for (uint32_t i = first; i < last; i++) all += weight[i - first];
    *seen += sight > 0;
    for (uint32_t i = first; i < last; i++) {
        double expected = place == t->destination || all == 0 ? 0 : weight[i - first] / all;
        TEST(close_to(chance[i * n + c], expected, 1e-12), "link %u of %u to %u: %.15g, expected %.15g", i, place, t->destination, chance[i * n + c], expected);
    }
}

static void gravity_by_its_twin(void)
{
    static const uint32_t destination[] = {2, 12};
    struct world *world = random_map(13, true, 0.16);
    double *cost = numbers(world, 4, 20, 300), *by_link = memory_new(world->links, sizeof *by_link), attraction[13], value[13 * 2];
    double *chance = memory_new((size_t)world->links * 2, sizeof *chance);
    uint32_t seen = 0, blank = 0;
    for (uint32_t i = 0; i < 13; i++) attraction[i] = i % 4 < 3 ? 0 : 0.2 + uniform(i, 40);
    for (uint32_t i = 0; i < world->links; i++) cost[i] = i % 8 == 3 ? INFINITY : i % 8 == 5 ? 0
                                                                                             : cost[i];
    for (uint32_t i = 0; i < world->links; i++) by_link[i] = attraction[world->link[i].to];
    route_rules_shortest(world, cost, 2, destination, value);
    route_rules_gravity_chance(world, cost, &(struct route_rules_gravity){by_link, 1.4, 0.2}, 2, destination, value, chance);
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t place = 0; place < 13; place++) check_gravity(&(struct twin){world, cost, attraction, 1.4, 0.2, destination[c]}, place, 2, c, chance, &seen, &blank);
    TEST(seen > 4 && seen < 24 && blank > 0, "too plain: %u places see the destination, %u links without attraction", seen, blank);
    memory_free(chance), memory_free(by_link), memory_free(cost);
    world_free(world);
}

/* ---- a lab: a model that has route values and nothing else */

struct leg {
    uint32_t from, to;
    double price, days, risk, control, papers;
};

struct lab {
    struct toy toy; /* first: the model finds its lab through the setup */
    struct route_plan plan;
    uint32_t classes, destinations, destination[MOST_PLACES];
    double price[4 * MOST_PLACES], days[4 * MOST_PLACES], risk[4 * MOST_PLACES], control[4 * MOST_PLACES];
    uint8_t closed_to[4 * MOST_PLACES];
    struct route_values routes;
};

struct lab_handle {
    struct lab *lab;
};

static struct route_costs costs_of(const struct lab *lab) { return (struct route_costs){lab->price, lab->days, lab->risk, lab->control, lab->closed_to}; }

static int lab_open(struct sim *sim, void *state)
{
    struct lab *lab = ((struct lab_handle *)state)->lab = (struct lab *)sim->setup;
    struct route_costs costs = costs_of(lab);
    return route_values_open(&lab->routes, sim, &lab->plan, lab->classes, lab->destinations, lab->destination, &costs);
}

static void lab_morning(struct sim *sim, void *state)
{
    struct lab *lab = ((struct lab_handle *)state)->lab;
    struct route_costs costs = costs_of(lab);
    route_values_morning(&lab->routes, sim, &costs);
}

static void lab_close(void *state)
{
    struct lab *lab = ((struct lab_handle *)state)->lab;
    if (lab) route_values_close(&lab->routes);
}

static const struct param no_params[] = {{0}};
static const struct model route_lab = {.name = "route_lab", .doc = "route values alone", .source = "none", .purpose = 201, .state_size = sizeof(struct lab_handle), .params = no_params, .open = lab_open, .morning = lab_morning, .close = lab_close};

/* Legs in order of .from, so that links keep their numbers. Everybody goes to the last place. */
static struct lab *lab_new(uint32_t places, const struct leg *leg, uint32_t legs)
{
    struct lab *lab = memory_new(1, sizeof *lab);
    toy_init(&lab->toy);
    toy_places(&lab->toy, places);
    for (uint32_t i = 0; i < legs; i++) {
        toy_link(&lab->toy, leg[i].from, leg[i].to, 100);
        lab->price[i] = leg[i].price, lab->days[i] = leg[i].days, lab->risk[i] = leg[i].risk, lab->control[i] = leg[i].control;
    }
    for (uint32_t i = 0; i < legs; i++)
        if (leg[i].papers > 0) world_add_column(lab->toy.setup.world, "papers", WORLD_OF_LINKS)->value[i] = leg[i].papers;
    toy_model(&lab->toy, &route_lab);
    lab->plan = (struct route_plan){.price_weight = 1.5, .time_weight = 20, .risk_weight = 2, .control_weight = 0.5, .scale = 150, .power = 1, .speed_km = 200};
    lab->classes = lab->destinations = 1;
    lab->destination[0] = places - 1;
    return lab;
}

static struct sim *lab_start(struct lab *lab) { return toy_open(&lab->toy, (struct sim_tuning){.threads = 1}); }

static void lab_end(struct lab *lab, struct sim *sim)
{
    toy_close(sim);
    memory_free(lab);
}

static void close_link(struct lab *lab, uint32_t from, uint32_t to, int32_t day, bool closes)
{
    world_add_event(lab->toy.setup.world, (struct world_event){.day = day, .target = WORLD_LINK, .a = from, .b = to, .closes = closes});
}

/* ---- a fork: 0 to 1, 2, 3, and from each to 4 */

enum { FORK_PLACES = 5,
       FORK_LEGS = 6 };
static const struct leg fork_legs[FORK_LEGS] = {{0, 1, 100, 4, 50, 0, 0}, {0, 2, 250, 1, 0, 60, 0}, {0, 3, 180, 2, 80, 100, 0}, {1, 4, 150, 3, 20, 40, 0}, {2, 4, 60, 1, 0, 0, 0}, {3, 4, 20, 5, 10, 0, 0}};
static const double plain[4] = {1, 1, 1, 1};

/* factor on price, days, risk, control. */
static double fork_cost(uint32_t leg, const double factor[4])
{
    const struct leg *l = &fork_legs[leg];
    return 1.5 * factor[0] * l->price + 20 * factor[1] * l->days + 2 * factor[2] * l->risk + 0.5 * factor[3] * l->control;
}

static double fork_weight(uint32_t way, const double factor[4]) { return exp(-(fork_cost(way, factor) + fork_cost(way + 3, factor)) / 150); }

/* Chances of the ways against weights that need not sum to 1. */
static void check_fork(const char *what, const struct lab *lab, uint32_t class, const double weight[3])
{
    double sum = weight[0] + weight[1] + weight[2];
    for (uint32_t i = 0; i < 3; i++) {
        double seen = route_values_chance(&lab->routes, class, 0, i), expected = sum > 0 ? weight[i] / sum : 0;
        TEST(close_to(seen, expected, 1e-13), "%s, class %u, way %u: %.17g, expected %.17g", what, class, i, seen, expected);
    }
}

static void check_fork_with(const char *what, const struct lab *lab, uint32_t class, const double factor[4], const double open[3])
{
    double weight[3];
    for (uint32_t i = 0; i < 3; i++) weight[i] = open[i] > 0 ? fork_weight(i, factor) : 0;
    check_fork(what, lab, class, weight);
}

/* A closed link's people take the others in proportion; a closure further on is felt at the fork; then all is as it was. */
static void closed_links(void)
{
    static const double all[] = {1, 1, 1}, no_first[] = {0, 1, 1}, last[] = {0, 0, 1}, none[] = {0, 0, 0};
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    close_link(lab, 0, 1, 1, true);
    close_link(lab, 2, 4, 2, true);
    close_link(lab, 3, 4, 3, true);
    for (uint32_t i = 0; i < 3; i++) close_link(lab, i == 0 ? 0 : i + 1, i == 0 ? 1 : 4, 4, false);
    struct sim *sim = lab_start(lab);
    sim_step(sim), check_fork_with("open", lab, 0, plain, all);
    sim_step(sim), check_fork_with("one closed", lab, 0, plain, no_first);
    TEST(route_values_chance(&lab->routes, 0, 0, 3) == 1, "who is at 1 goes on");
    sim_step(sim), check_fork_with("two closed", lab, 0, plain, last);
    TEST(route_values_at(&lab->routes, 0, 0, 2) == 0 && route_values_chance(&lab->routes, 0, 0, 4) == 0, "no way from 2");
    sim_step(sim), check_fork_with("all closed", lab, 0, plain, none);
    sim_step(sim), check_fork_with("open again", lab, 0, plain, all);
    TEST(route_values_missing(&lab->routes) == 0, "%u missing", route_values_missing(&lab->routes));
    lab_end(lab, sim);
}

/* Closed by the caller, to some classes or to all. */
static void closed_by_class(void)
{
    static const double all[] = {1, 1, 1}, no_first[] = {0, 1, 1}, no_second[] = {1, 0, 1};
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    lab->classes = 3;
    lab->closed_to[0] = 255; /* does not count for opening */
    struct sim *sim = lab_start(lab);
    check_fork_with("at the start", lab, 1, plain, all);
    lab->closed_to[0] = 2, lab->closed_to[4] = 4;
    sim_step(sim);
    check_fork_with("closed to 1 and 2", lab, 0, plain, all);
    check_fork_with("closed to 1", lab, 1, plain, no_first);
    check_fork_with("closed to 2", lab, 2, plain, no_second);
    lab->closed_to[0] = 255, lab->closed_to[4] = 0;
    sim_step(sim);
    for (uint32_t class = 0; class < 3; class += 1) check_fork_with("closed to all", lab, class, plain, no_first);
    lab_end(lab, sim);
}

/* ---- classes and papers */

static void classes_see_their_own_costs(void)
{
    static double price[] = {1, 3, 0.5}, days[] = {1, 0, 2}, risk[] = {1, 1.5, 4}, control[] = {1, 7, 0};
    static const double all[] = {1, 1, 1};
    struct param_list *list[4];
    double *factor[4] = {price, days, risk, control};
    for (int given = 1; given < 16; given++) {
        struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
        lab->classes = 3;
        list[0] = &lab->plan.price_factor, list[1] = &lab->plan.time_factor, list[2] = &lab->plan.risk_factor, list[3] = &lab->plan.control_factor;
        for (int k = 0; k < 4; k++)
            if (given >> k & 1) *list[k] = (struct param_list){factor[k], 3};
        struct sim *sim = lab_start(lab);
        sim_step(sim);
        for (uint32_t class = 0; class < 3; class += 1) {
            double own[4];
            for (int k = 0; k < 4; k++) own[k] = given >> k & 1 ? factor[k][class] : 1;
            check_fork_with("factors", lab, route_values_class(&lab->routes, class, given % 2), own, all);
        }
        TEST(lab->routes.groups == 3, "%u route classes where no link needs papers", lab->routes.groups);
        lab_end(lab, sim);
    }
}

static void papers_open_links(void)
{
    static const double all[] = {1, 1, 1}, two[] = {1, 0, 1};
    static double price[] = {1, 2};
    static const double trouble[] = {1, 0, 0.25};
    for (int k = 0; k < 3; k++) {
        struct leg legs[FORK_LEGS];
        memcpy(legs, fork_legs, sizeof legs);
        legs[4].papers = 1; /* 2 to 4 */
        struct lab *lab = lab_new(FORK_PLACES, legs, FORK_LEGS);
        lab->classes = 2;
        lab->plan.papers_control = trouble[k];
        lab->plan.price_factor = (struct param_list){price, 2};
        struct sim *sim = lab_start(lab);
        sim_step(sim);
        TEST(lab->routes.groups == 4 && route_values_class(&lab->routes, 1, false) == 2 && route_values_class(&lab->routes, 1, true) == 3, "%u route classes", lab->routes.groups);
        for (uint32_t class = 0; class < 2; class += 1) {
            double without[4] = {price[class], 1, 1, 1}, with[4] = {price[class], 1, 1, trouble[k]};
            check_fork_with("without papers", lab, route_values_class(&lab->routes, class, false), without, two);
            check_fork_with("with papers", lab, route_values_class(&lab->routes, class, true), with, all);
            TEST(route_values_chance(&lab->routes, route_values_class(&lab->routes, class, false), 0, 4) == 0, "invisible");
        }
        lab_end(lab, sim);
    }
}

/* Papers are needed from day 5 on, and people hear of it three days later. */
static void papers_by_driver(void)
{
    static const double all[] = {1, 1, 1}, two[] = {1, 0, 1}, day[] = {0, 5}, needed[] = {0, 1};
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    lab->plan.papers_control = 1;
    lab->plan.lag_days = 3;
    struct driver *driver = driver_add(&lab->toy.setup.drivers, "papers", "1", "needed", DRIVER_LINK, DRIVER_STEP, FORK_LEGS);
    driver_add_series(driver, 1, 2, day, needed);
    struct sim *sim = lab_start(lab);
    for (int today = 0; today < 12; today++) {
        sim_step(sim);
        check_fork_with("driver, without", lab, 0, plain, today < 8 ? all : two);
        check_fork_with("driver, with", lab, 1, plain, all);
    }
    lab_end(lab, sim);
}

/* ---- news */

static void one_lag(int32_t lag)
{
    static const double all[] = {1, 1, 1}, two[] = {0, 1, 1};
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    lab->plan.lag_days = lag;
    close_link(lab, 1, 4, 20, true);
    close_link(lab, 1, 4, 30, false);
    struct sim *sim = lab_start(lab);
    for (int32_t day = 0; day <= 40 + lag; day++) {
        double weight[3] = {fork_weight(0, plain), fork_weight(1, plain), fork_weight(2, plain)};
        if (day == 40) lab->price[1] = 50, lab->days[1] = 9, lab->risk[1] = 7, lab->control[1] = 3; /* 0 to 2 */
        sim_step(sim);
        if (day < 40 + lag) {
            check_fork_with("closure", lab, 0, plain, day >= 20 + lag && day < 30 + lag ? two : all);
            continue;
        }
        weight[1] = exp(-(1.5 * 50 + 20 * 9 + 2 * 7 + 0.5 * 3 + fork_cost(4, plain)) / 150);
        check_fork("other costs", lab, 0, weight);
    }
    lab_end(lab, sim);
}

static void news_travel(void)
{
    one_lag(0);
    one_lag(1);
    one_lag(7);
    one_lag(60);
}

/* Nothing is solved while nothing is new: a mark put into the chances stays until then. */
static void solved_when_needed(void)
{
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    lab->plan.lag_days = 2;
    struct sim *sim = lab_start(lab);
    sim_step(sim);
    lab->routes.chance[0] = 7;
    for (int day = 1; day < 9; day++) {
        if (day == 4) lab->risk[5] += 1e-9;
        sim_step(sim);
        TEST((lab->routes.chance[0] == 7) == (day < 6), "day %d: %g", day, lab->routes.chance[0]);
    }
    lab_end(lab, sim);
}

/* ---- rules by name */

/* Costs of links are days here. */
static struct lab *days_lab(const struct world *map, const double *days, enum route_rule rule, double scale)
{
    struct leg leg[4 * MOST_PLACES];
    for (uint32_t i = 0; i < map->links; i++) leg[i] = (struct leg){map->link[i].from, map->link[i].to, 0, days[i], 0, 0, 0};
    struct lab *lab = lab_new(map->places, leg, map->links);
    lab->plan = (struct route_plan){.rule = (int)rule, .time_weight = 1, .scale = scale, .speed_km = 100, .power = 1};
    return lab;
}

/* Greatest difference of chances where the best link is so much better than the next. */
static double difference(const struct lab *a, const struct lab *b, const struct world *map, const double *days, double gap, uint32_t *clear)
{
    double most = 0;
    for (uint32_t place = 0; place + 1 < map->places; place++) {
        double best = INFINITY, next = INFINITY;
        for (uint32_t i = map->first[place]; i < map->first[place + 1]; i++) {
            double way = days[i] + route_values_at(&b->routes, 0, 0, map->link[i].to);
            if (way < best) next = best, best = way;
            else if (way < next) next = way;
        }
        if (next - best < gap) continue;
        ++*clear;
        for (uint32_t i = map->first[place]; i < map->first[place + 1]; i++) most = fmax(most, fabs(route_values_chance(&a->routes, 0, 0, i) - route_values_chance(&b->routes, 0, 0, i)));
    }
    return most;
}

static void shortest_is_the_limit(void)
{
    static const double scale[] = {0.4, 0.1, 0.02};
    struct world *map = random_map(14, true, 0.2);
    double *days = numbers(map, 4, 0.5, 1.5), before = 1;
    for (int k = 0; k < 3; k++) {
        uint32_t clear = 0;
        struct lab *logit = days_lab(map, days, ROUTE_LOGIT, scale[k]), *shortest = days_lab(map, days, ROUTE_SHORTEST, 1);
        struct sim *a = lab_start(logit), *b = lab_start(shortest);
        sim_step(a), sim_step(b);
        double now = difference(logit, shortest, map, days, 0.6, &clear);
        TEST(clear > 4 && now < before / 2 && (k < 2 || now < 1e-12), "scale %g: chances differ by %g at %u places", scale[k], now, clear);
        before = now;
        lab_end(logit, a), lab_end(shortest, b);
    }
    memory_free(days);
    world_free(map);
}

/* A link that closes: the next cheapest way takes all. */
static void shortest_turns(void)
{
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    double least = INFINITY;
    lab->plan.rule = ROUTE_SHORTEST;
    lab->plan.lag_days = 5;
    close_link(lab, 2, 4, 3, true); /* the cheapest way is by 2, the next by 3 */
    for (uint32_t i = 0; i < 3; i++) least = fmin(least, fork_cost(i, plain) + fork_cost(i + 3, plain));
    struct sim *sim = lab_start(lab);
    for (int day = 0; day < 12; day++) {
        sim_step(sim);
        uint32_t way = day < 8 ? 1 : 2;
        for (uint32_t i = 0; i < 3; i++) TEST(route_values_chance(&lab->routes, 0, 0, i) == (i == way), "day %d, way %u: %g", day, i, route_values_chance(&lab->routes, 0, 0, i));
        if (day < 8) TEST(close_to(route_values_at(&lab->routes, 0, 0, 0), least, 1e-14), "least cost %g, expected %g", route_values_at(&lab->routes, 0, 0, 0), least);
    }
    lab_end(lab, sim);
}

/* 0 sees 1, 2, 3, but not the destination 4; 5 leads nowhere. 1 sees 4 behind 3. */
static void gravity_by_hand(void)
{
    static const struct leg legs[] = {{0, 1, 0, 10, 0, 0, 0}, {0, 2, 0, 20, 0, 0, 0}, {1, 0, 0, 10, 0, 0, 0}, {1, 3, 0, 30, 0, 0, 0}, {2, 3, 0, 5, 0, 0, 0}, {2, 5, 0, 1, 0, 0, 0}, {3, 4, 0, 50, 0, 0, 0}};
    for (int given = 0; given < 2; given++) {
        struct lab *lab = lab_new(6, legs, 7);
        double own = given ? 3 : 1, first = 1.0 / 10 + own / 40, second = 1.0 / 20 + own / 25;
        lab->plan = (struct route_plan){.rule = ROUTE_GRAVITY, .time_weight = 1, .scale = 1, .speed_km = 100, .power = 1};
        lab->destination[0] = 4;
        if (given) world_add_column(lab->toy.setup.world, "attraction", WORLD_OF_PLACES)->value[3] = 3;
        struct sim *sim = lab_start(lab);
        sim_step(sim);
        TEST(close_to(route_values_chance(&lab->routes, 0, 0, 0), first / (first + second), 1e-14), "to 1: %g", route_values_chance(&lab->routes, 0, 0, 0));
        TEST(close_to(route_values_chance(&lab->routes, 0, 0, 1), second / (first + second), 1e-14), "to 2: %g", route_values_chance(&lab->routes, 0, 0, 1));
        TEST(route_values_chance(&lab->routes, 0, 0, 2) == 0 && route_values_chance(&lab->routes, 0, 0, 3) == 1, "1 sees 4: back %g, on %g", route_values_chance(&lab->routes, 0, 0, 2), route_values_chance(&lab->routes, 0, 0, 3));
        TEST(route_values_chance(&lab->routes, 0, 0, 5) == 0, "5 leads nowhere: %g", route_values_chance(&lab->routes, 0, 0, 5));
        lab_end(lab, sim);
    }
}

/* ---- bad input, and values that are lost on the way */

static void refused(struct lab *lab, const char *said, const char *said_too)
{
    struct error error = {0};
    finish(lab->toy.setup.world);
    struct sim *sim = sim_open(&lab->toy.setup, lab->toy.list, (struct sim_tuning){.threads = 2}, &error);
    TEST(!sim && error.status == FAIL_INPUT && strstr(error.text, said) && strstr(error.text, said_too), "expected '%s' and '%s', found status %d: %s", said, said_too, (int)error.status, error.text);
    sim_close(sim);
    setup_free(&lab->toy.setup);
    memory_free(lab);
}

static void bad_lists(void)
{
    static double two[] = {1, 2};
    static const char *const name[] = {"price_factor", "time_factor", "risk_factor", "control_factor"};
    for (int k = 0; k < 4; k++) {
        struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
        struct param_list *list[] = {&lab->plan.price_factor, &lab->plan.time_factor, &lab->plan.risk_factor, &lab->plan.control_factor};
        lab->classes = k < 2 ? 3 : 1;
        *list[k] = (struct param_list){two, 2};
        refused(lab, name[k], k < 2 ? "each of the 3 classes of people, or an empty list, found 2" : "each of the 1 classes");
    }
    struct lab *lab = lab_new(FORK_PLACES, fork_legs, FORK_LEGS);
    lab->classes = 9;
    refused(lab, "1 to 8 classes", "found 9");
}

static void bad_maps(void)
{
    static const struct leg circle[] = {{0, 1, 0, 1, 0, 0, 0}, {0, 2, 0, 1, 0, 0, 0}, {1, 0, 0, 1, 0, 0, 0}, {1, 2, 0, 1, 0, 0, 0}, {2, 0, 0, 1, 0, 0, 0}, {2, 1, 0, 1, 0, 0, 0}, {2, 3, 0, 1, 0, 0, 1}};
    static const struct leg dear[] = {{0, 1, 1e5, 1, 0, 0, 0}}, strange[] = {{0, 1, 1, 1, 0, 0, 2}};
    struct lab *lab = lab_new(4, circle, 7); /* papers only where the circle has been left */
    refused(lab, "there are no route values to 'p3' (class 0, with papers)", "raise time_weight or price_weight, or lower choice_scale");
    refused(lab_new(2, dear, 1), "the route values to 'p1' (class 0) vanish", "raise choice_scale");
    refused(lab_new(2, strange, 1), "link 'p0>p1'", "papers from 0 to 1, found 2");
    for (enum route_rule rule = ROUTE_SHORTEST; rule <= ROUTE_GRAVITY; rule++) { /* neither knows such limits */
        lab = lab_new(4, circle, 7);
        lab->plan.rule = (int)rule;
        struct sim *sim = lab_start(lab);
        sim_step(sim);
        TEST(route_values_missing(&lab->routes) == 0, "rule %d: %u missing", (int)rule, route_values_missing(&lab->routes));
        lab_end(lab, sim);
    }
}

/* 0 and 1 are joined both ways, 2 can be reached from both; on day 3 the circle costs nothing. Values of day 2 stay for 2, and
   none are lost for 1, whose own links do not count. */
static void lost_values(void)
{
    static const struct leg legs[] = {{0, 1, 0, 15, 0, 0, 0}, {0, 2, 0, 25, 0, 0, 0}, {1, 0, 0, 15, 0, 0, 0}, {1, 2, 0, 5, 0, 0, 0}};
    double out = exp(-2), into = exp(-20.0 * 25 / 150), last = exp(-20.0 * 5 / 150), z1 = (out * into + last) / (1 - out * out);
    struct lab *lab = lab_new(3, legs, 4);
    lab->destinations = 2;
    lab->destination[0] = 2, lab->destination[1] = 1;
    struct sim *sim = lab_start(lab);
    for (int day = 0; day < 9; day++) {
        bool lost = day >= 3 && day < 6;
        lab->days[0] = lab->days[2] = lost ? 0 : 15;
        sim_step(sim);
        double expected = lost ? z1 / (z1 + into) : out * z1 / (out * z1 + into);
        TEST(close_to(route_values_chance(&lab->routes, 0, 0, 0), expected, 1e-13), "day %d: %.15g, expected %.15g", day, route_values_chance(&lab->routes, 0, 0, 0), expected);
        TEST(close_to(route_values_chance(&lab->routes, 0, 0, 0) + route_values_chance(&lab->routes, 0, 0, 1), 1, 1e-15), "day %d: chances do not sum to 1", day);
        TEST(route_values_missing(&lab->routes) == lost && lab->routes.missing[0] == lost, "day %d: %u missing", day, route_values_missing(&lab->routes));
        TEST(close_to(route_values_at(&lab->routes, 0, 1, 0), lost ? 1 : out, 1e-14), "day %d: z of 0 to 1 %g", day, route_values_at(&lab->routes, 0, 1, 0));
    }
    lab_end(lab, sim);
}

/* ---- a big map: 120 places, 250 links, 8 classes with and without papers */

enum { BIG_ROADS = 125,
       BIG_LINKS = 2 * BIG_ROADS };

static struct lab *big_lab(enum route_rule rule, uint32_t destinations)
{
    static double factor[8] = {1, 0.5, 2, 1.5, 0.7, 1.2, 0.9, 3};
    struct lab *lab = memory_new(1, sizeof *lab);
    struct world *world;
    toy_init(&lab->toy);
    world = lab->toy.setup.world;
    add_places(world, MOST_PLACES);
    add_roads(world, MOST_PLACES, BIG_ROADS);
    for (uint32_t i = 0; i < BIG_LINKS; i += 17) world_add_column(world, "papers", WORLD_OF_LINKS)->value[i] = 1;
    for (uint32_t i = 0; i < BIG_LINKS; i++) lab->price[i] = 300 * uniform(i, 21), lab->days[i] = 1 + floor(5 * uniform(i, 22)), lab->risk[i] = 60 * uniform(i, 23), lab->control[i] = 90 * uniform(i, 24);
    toy_model(&lab->toy, &route_lab);
    lab->plan = (struct route_plan){.rule = (int)rule, .price_weight = 1, .time_weight = 20, .risk_weight = 1, .control_weight = 0.5, .scale = 90, .power = 1.4, .speed_km = 200, .papers_control = 0.3};
    lab->plan.price_factor = lab->plan.time_factor = (struct param_list){factor, 8};
    lab->classes = 8;
    lab->destinations = destinations;
    for (uint32_t c = 0; c < destinations; c++) lab->destination[c] = (c * 7 + 5) % MOST_PLACES;
    return lab;
}

static void change(struct lab *lab, int day)
{
    for (uint32_t i = 0; i < BIG_LINKS; i++) lab->price[i] *= 1 + 0.01 * (uniform(i, 100 + (uint32_t)day) - 0.5);
    for (uint32_t i = 0; i < BIG_LINKS; i++) lab->closed_to[i] = uniform(i, 200 + (uint32_t)day) < 0.03 ? 255 : 0;
}

static void the_same_bits(void)
{
    for (enum route_rule rule = ROUTE_LOGIT; rule <= ROUTE_GRAVITY; rule++) {
        struct lab *one = big_lab(rule, 70), *four = big_lab(rule, 70);
        struct sim *a = toy_open(&one->toy, (struct sim_tuning){.threads = 1}), *b = toy_open(&four->toy, (struct sim_tuning){.threads = 4});
        for (int day = 0; day < 4; day++) {
            change(one, day), change(four, day);
            sim_step(a), sim_step(b);
            const struct route_values *r = &one->routes, *s = &four->routes;
            size_t pairs = (size_t)r->groups * r->destinations;
            TEST(r->groups == 16 && r->world->links == BIG_LINKS, "%u groups, %u links", r->groups, r->world->links);
            TEST(!memcmp(r->chance, s->chance, pairs * BIG_LINKS * sizeof *r->chance) && !memcmp(r->value, s->value, pairs * MOST_PLACES * sizeof *r->value), "rule %d, day %d: threads differ", (int)rule, day);
        }
        lab_end(one, a), lab_end(four, b);
    }
}

/* Where chances are above 0 they sum to 1 and lead on. */
static void check_sums(const struct route_values *r, uint32_t group, uint32_t c)
{
    for (uint32_t place = 0; place < MOST_PLACES; place++) {
        double sum = 0;
        for (uint32_t i = r->world->first[place]; i < r->world->first[place + 1]; i++) {
            double chance = route_values_chance(r, group, c, i), left = route_values_at(r, group, c, r->world->link[i].to);
            sum += chance;
            TEST(chance == 0 || (r->plan->rule == ROUTE_LOGIT ? left > 0 : left < INFINITY), "link %u leads nowhere", i);
        }
        double own = route_values_at(r, group, c, place);
        bool way = place != r->destination[c] && (r->plan->rule == ROUTE_LOGIT ? own > 0 : own < INFINITY);
        TEST(close_to(sum, way, 1e-13), "group %u, %u to %u: chances sum to %.15g", group, place, c, sum);
    }
}

static void sums_of_the_big_map(void)
{
    for (enum route_rule rule = ROUTE_LOGIT; rule <= ROUTE_GRAVITY; rule++) {
        struct lab *lab = big_lab(rule, 40);
        struct sim *sim = lab_start(lab);
        for (int day = 0; day < 2; day++) {
            change(lab, day);
            sim_step(sim);
            for (uint32_t group = 0; group < 16; group++)
                for (uint32_t c = 0; c < 40; c++) check_sums(&lab->routes, group, c);
        }
        lab_end(lab, sim);
    }
}

/* CPU milliseconds of a morning with news: the least of several. */
static double cost_of_news(enum route_rule rule)
{
    struct lab *lab = big_lab(rule, 20);
    struct sim *sim = lab_start(lab);
    double least = INFINITY;
    for (int day = 0; day < 20; day++) {
        struct route_costs costs = costs_of(lab);
        change(lab, day);
        clock_t begin = clock();
        route_values_morning(&lab->routes, sim, &costs);
        least = fmin(least, (double)(clock() - begin) * 1000 / CLOCKS_PER_SEC);
    }
    lab_end(lab, sim);
    return least;
}

static void fast_enough(void)
{
    for (enum route_rule rule = ROUTE_LOGIT; rule <= ROUTE_GRAVITY; rule++) {
        double cost = cost_of_news(rule);
        if (getenv("WAYFARE_LONG")) printf("  rule %d: %.2f ms of CPU for 16 route classes and 20 destinations\n", (int)rule, cost);
        TEST(cost < 20, "rule %d: %.1f ms of CPU", (int)rule, cost);
    }
}

static const struct test_case cases[] = {
    {"logit by enumeration", by_enumeration},
    {"logit by linear algebra", by_linear_algebra},
    {"edge of existence", edge_of_existence},
    {"each destination for itself", each_for_itself},
    {"far away", far_away},
    {"shortest by enumeration", shortest_by_enumeration},
    {"free circles", free_circles},
    {"shortest leads", shortest_leads},
    {"gravity by its twin", gravity_by_its_twin},
    {"closed links", closed_links},
    {"closed by class", closed_by_class},
    {"classes", classes_see_their_own_costs},
    {"papers", papers_open_links},
    {"papers by driver", papers_by_driver},
    {"news", news_travel},
    {"solved when needed", solved_when_needed},
    {"shortest is the limit", shortest_is_the_limit},
    {"shortest turns", shortest_turns},
    {"gravity by hand", gravity_by_hand},
    {"bad lists", bad_lists},
    {"bad maps", bad_maps},
    {"lost values", lost_values},
    {"the same bits", the_same_bits},
    {"sums of the big map", sums_of_the_big_map},
    {"fast enough", fast_enough},
};
TEST_MAIN(cases)
