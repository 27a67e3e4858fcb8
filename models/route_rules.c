/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three rules. w(link) = exp(-cost / scale), d the destination.

   Logit (recursive): z(d) = 1,  z(i) = sum over links i -> j of w z(j),  P(i -> j | i) = w z(j) / z(i).
   scale log z(i) is the expected least cost of the ways on, with its sign changed. P of a whole way is proportional to
   exp(-its cost / scale).
   Shortest: P = 1 on the first link of the cheapest way; cheapest ways that cost the same share equally at each place.
   Gravity (local): people know the places up to two links away and no others.
     W(i -> j) = A(j) / c(i,j)^power + sum over links j -> k, k not i, of A(k) / (c(i,j) + c(j,k))^power
   A is the place's attraction. Places that do not lead to d count as nothing and links to them have W = 0; where d itself is
   among the known places its terms alone count; where all W are 0 links that lead to d are equally likely.
   Source: Fosgerau, Frejinger, Karlstrom 2013, doi 10.1016/j.trb.2013.07.012; shortest ways Bellman 1958; gravity as in Flee
   (Suleimenova, Bell, Groen 2017, doi 10.1038/s41598-017-13828-9), with costs for distances, to two links.
   Assumption: a choice at one place does not look back at the way there. Markers are passed through like other places.
   Limits: ways that overlap count as if they did not (no correction); by gravity people who do not see d wander.

   Logit values exist where circles cost enough: the spectral radius of the matrix M of weights among the places with a way
   to d, d's own links left out, is below 1. I - M is then an M-matrix, and taking places out one by one meets pivots above
   0 only; beside the pivots nothing is subtracted, so that values keep their digits however small they are. A pivot of
   LEAST_PIVOT or less counts as 0. Places go out in order of the fewest neighbours left (a map is sparse, so little is
   filled in), once for all destinations: with G = (I - M)^-1, all links in M, z(i) = G(i,d) / G(d,d). Where that G does not
   exist, each destination has equations of its own. Weights alone decide which of the two, so that threads and history
   cannot matter. Work grows with what is filled in: maps of some thousand places should be road-like, not all to all. */
#include "models/route_rules.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_PIVOT 1e-6
#define MOST 1e250   /* a value above is on its way to infinity */
#define LEAST 1e-290 /* below it products with weights lose digits */
#define TIE 1e-9     /* ways whose costs differ by less than this share of them cost the same */

/* ---- which place is taken out when ---- */

/* Places that share an equation with one, in the map as it is filled in so far. */
struct neighbours {
    uint32_t *place;
    uint32_t count, room;
};

static bool is_neighbour(const struct neighbours *of, uint32_t place)
{
    for (uint32_t i = 0; i < of->count; i++)
        if (of->place[i] == place) return true;
    return false;
}

static void add_neighbour(struct neighbours *of, uint32_t place)
{
    if (is_neighbour(of, place)) return;
    if (of->count == of->room) {
        of->place = memory_grow(of->place, of->room, 2 * (size_t)of->room + 4, sizeof *of->place);
        of->room = 2 * of->room + 4;
    }
    of->place[of->count++] = place;
}

static void drop_neighbour(struct neighbours *of, uint32_t place)
{
    uint32_t i = 0;
    while (of->place[i] != place) i++;
    of->place[i] = of->place[--of->count];
}

static void connect(struct neighbours *all, const struct world *world)
{
    for (uint32_t i = 0; i < world->links; i++) {
        uint32_t from = world->link[i].from, to = world->link[i].to;
        if (from == to) continue;
        add_neighbour(&all[from], to);
        add_neighbour(&all[to], from);
    }
}

static uint32_t fewest_neighbours(const struct neighbours *all, const uint32_t *position, uint32_t places)
{
    uint32_t best = WORLD_NOWHERE;
    for (uint32_t i = 0; i < places; i++)
        if (position[i] == WORLD_NOWHERE && (best == WORLD_NOWHERE || all[i].count < all[best].count)) best = i;
    return best;
}

/* Its neighbours become each other's; its own list stays as it is now: all of them go later. */
static void take_out(struct neighbours *all, uint32_t place)
{
    const struct neighbours *own = &all[place];
    for (uint32_t i = 0; i < own->count; i++) {
        drop_neighbour(&all[own->place[i]], place);
        for (uint32_t k = 0; k < own->count; k++)
            if (k != i) add_neighbour(&all[own->place[i]], own->place[k]);
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void list_upper(struct route_rules *rules, const struct neighbours *all)
{
    uint32_t places = rules->world->places;
    for (uint32_t p = 0; p < places; p++) rules->first_upper[p + 1] = rules->first_upper[p] + all[rules->place[p]].count;
    rules->upper = memory_new((size_t)rules->first_upper[places] + 1, sizeof *rules->upper);
    for (uint32_t p = 0; p < places; p++) {
        const struct neighbours *own = &all[rules->place[p]];
        uint32_t *upper = rules->upper + rules->first_upper[p];
        for (uint32_t i = 0; i < own->count; i++) upper[i] = rules->position[own->place[i]];
        qsort(upper, own->count, sizeof *upper, by_number);
    }
}

static void list_lower(struct route_rules *rules)
{
    uint32_t places = rules->world->places, *first = rules->first_lower;
    rules->lower = memory_new((size_t)rules->first_upper[places] + 1, sizeof *rules->lower);
    for (uint32_t i = 0; i < rules->first_upper[places]; i++) first[rules->upper[i] + 1]++;
    for (uint32_t p = 0; p < places; p++) first[p + 1] += first[p];
    uint32_t *next = memory_copy(first, (size_t)places + 1, sizeof *next);
    for (uint32_t p = 0; p < places; p++)
        for (uint32_t i = rules->first_upper[p]; i < rules->first_upper[p + 1]; i++) rules->lower[next[rules->upper[i]]++] = p;
    memory_free(next);
}

void route_rules_open(struct route_rules *rules, const struct world *world)
{
    uint32_t places = world->places;
    struct neighbours *all = memory_new(places, sizeof *all);
    *rules = (struct route_rules){.world = world};
    rules->place = memory_new(places, sizeof *rules->place);
    rules->position = memory_new(places, sizeof *rules->position);
    rules->first_lower = memory_new((size_t)places + 1, sizeof *rules->first_lower);
    rules->first_upper = memory_new((size_t)places + 1, sizeof *rules->first_upper);
    connect(all, world);
    for (uint32_t i = 0; i < places; i++) rules->position[i] = WORLD_NOWHERE;
    for (uint32_t p = 0; p < places; p++) {
        rules->place[p] = fewest_neighbours(all, rules->position, places);
        rules->position[rules->place[p]] = p;
        take_out(all, rules->place[p]);
    }
    list_upper(rules, all);
    list_lower(rules);
    for (uint32_t i = 0; i < places; i++) memory_free(all[i].place);
    memory_free(all);
}

void route_rules_close(struct route_rules *rules)
{
    memory_free(rules->place), memory_free(rules->position);
    memory_free(rules->first_lower), memory_free(rules->lower);
    memory_free(rules->first_upper), memory_free(rules->upper);
    *rules = (struct route_rules){0};
}

/* ---- logit: the equations ---- */

/* I - M = (I - L) (I / inverse - U), L and U 0 or more: parallel to the lists of positions. */
struct factors {
    double *lower, *upper, *inverse, *row; /* row: work, 0 between rows */
};

static struct factors factors_new(const struct route_rules *rules)
{
    uint32_t places = rules->world->places, entries = rules->first_upper[places] + 1;
    return (struct factors){memory_new(entries, sizeof(double)), memory_new(entries, sizeof(double)), memory_new(places, sizeof(double)), memory_new(places, sizeof(double))};
}

static void factors_free(struct factors *f)
{
    memory_free(f->lower), memory_free(f->upper), memory_free(f->inverse), memory_free(f->row);
}

static void fill_row(const struct route_rules *rules, const double *weight, uint32_t p, double *row)
{
    const struct world *world = rules->world;
    uint32_t place = rules->place[p];
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) row[rules->position[world->link[i].to]] += weight[i];
}

static double take(double *cell)
{
    double value = *cell;
    *cell = 0;
    return value;
}

/* Rows before p are done. */
static void reduce_row(const struct route_rules *rules, struct factors *f, uint32_t p)
{
    for (uint32_t i = rules->first_lower[p]; i < rules->first_lower[p + 1]; i++) {
        uint32_t k = rules->lower[i];
        double share = f->lower[i] = take(&f->row[k]) * f->inverse[k];
        for (uint32_t u = rules->first_upper[k]; share > 0 && u < rules->first_upper[k + 1]; u++) f->row[rules->upper[u]] += share * f->upper[u];
    }
}

/* Whether the values exist. */
static bool factorize(const struct route_rules *rules, const double *weight, struct factors *f)
{
    bool exist = true;
    for (uint32_t p = 0; p < rules->world->places; p++) {
        fill_row(rules, weight, p, f->row);
        reduce_row(rules, f, p);
        double pivot = 1 - take(&f->row[p]);
        exist &= pivot > LEAST_PIVOT;
        f->inverse[p] = exist ? 1 / pivot : 0; /* 0: what follows stays finite, and is not used */
        for (uint32_t u = rules->first_upper[p]; u < rules->first_upper[p + 1]; u++) f->upper[u] = take(&f->row[rules->upper[u]]);
    }
    return exist;
}

static void add_row(uint32_t n, double *restrict to, double share, const double *restrict from)
{
    for (uint32_t c = 0; c < n; c++) to[c] += share * from[c];
}

static void scale_row(uint32_t n, double *row, double factor)
{
    for (uint32_t c = 0; c < n; c++) row[c] *= factor;
}

/* value: right sides, then solutions. */
static void substitute(const struct route_rules *rules, const struct factors *f, uint32_t n, double *value)
{
    for (uint32_t p = 0; p < rules->world->places; p++)
        for (uint32_t i = rules->first_lower[p]; i < rules->first_lower[p + 1]; i++) add_row(n, value + (size_t)rules->place[p] * n, f->lower[i], value + (size_t)rules->place[rules->lower[i]] * n);
    for (uint32_t p = rules->world->places; p-- > 0;) {
        double *row = value + (size_t)rules->place[p] * n;
        for (uint32_t i = rules->first_upper[p]; i < rules->first_upper[p + 1]; i++) add_row(n, row, f->upper[i], value + (size_t)rules->place[rules->upper[i]] * n);
        scale_row(n, row, f->inverse[p]);
    }
}

/* ---- logit: values ---- */

static void put_ones(uint32_t places, uint32_t n, const uint32_t *destination, double *value)
{
    memset(value, 0, (size_t)places * n * sizeof *value);
    for (uint32_t c = 0; c < n; c++) value[(size_t)destination[c] * n + c] = 1;
}

static void solve_together(const struct route_rules *rules, const struct factors *f, uint32_t n, const uint32_t *destination, double *value)
{
    uint32_t places = rules->world->places;
    double *own = memory_new(n, sizeof *own);
    put_ones(places, n, destination, value);
    substitute(rules, f, n, value);
    for (uint32_t c = 0; c < n; c++) own[c] = 1 / value[(size_t)destination[c] * n + c];
    for (uint32_t i = 0; i < places; i++)
        for (uint32_t c = 0; c < n; c++) value[(size_t)i * n + c] *= own[c];
    for (uint32_t c = 0; c < n; c++) value[(size_t)destination[c] * n + c] = 1;
    memory_free(own);
}

/* Marks places with a way to the destination. */
static void mark_ways(const struct world *world, const double *weight, uint32_t destination, uint8_t *marked)
{
    uint32_t *queue = memory_new(world->places, sizeof *queue), n = 1;
    queue[0] = destination;
    marked[destination] = 1;
    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t i = world->first_in[queue[k]]; i < world->first_in[queue[k] + 1]; i++) {
            uint32_t link = world->link_in[i], from = world->link[link].from;
            if (weight[link] <= 0 || marked[from]) continue;
            marked[from] = 1;
            queue[n++] = from;
        }
    }
    memory_free(queue);
}

/* The equations without the destination's own links and without places that do not lead there. */
static enum route_rules_answer solve_alone(const struct route_rules *rules, const double *weight, struct factors *f, uint32_t destination, double *value)
{
    const struct world *world = rules->world;
    double *used = memory_new(world->links, sizeof *used);
    uint8_t *marked = memory_new(world->places, 1);
    mark_ways(world, weight, destination, marked);
    for (uint32_t i = 0; i < world->links; i++) used[i] = world->link[i].from != destination && marked[world->link[i].to] ? weight[i] : 0;
    bool exist = factorize(rules, used, f);
    put_ones(world->places, 1, &destination, value);
    if (exist) substitute(rules, f, 1, value);
    memory_free(used);
    memory_free(marked);
    return exist ? ROUTE_RULES_FOUND : ROUTE_RULES_ENDLESS;
}

static void solve_each(const struct route_rules *rules, const double *weight, struct factors *f, uint32_t n, const uint32_t *destination, double *value, uint8_t *answer)
{
    uint32_t places = rules->world->places;
    double *column = memory_new(places, sizeof *column);
    for (uint32_t c = 0; c < n; c++) {
        answer[c] = (uint8_t)solve_alone(rules, weight, f, destination[c], column);
        for (uint32_t i = 0; i < places; i++) value[(size_t)i * n + c] = column[i];
    }
    memory_free(column);
}

/* A place that lost its value has a link that leads to one which still has some. */
static void check_range(const struct world *world, const double *weight, uint32_t n, const double *value, uint8_t *answer)
{
    for (uint32_t i = 0; i < world->links; i++) {
        const double *from = value + (size_t)world->link[i].from * n, *to = value + (size_t)world->link[i].to * n;
        for (uint32_t c = 0; weight[i] > 0 && c < n; c++) {
            if (answer[c] != ROUTE_RULES_FOUND) continue;
            if (!(from[c] <= MOST)) answer[c] = ROUTE_RULES_ENDLESS;
            else if (from[c] < LEAST && to[c] > 0) answer[c] = ROUTE_RULES_VANISHING;
        }
    }
}

void route_rules_logit(const struct route_rules *rules, const double *weight, uint32_t n, const uint32_t *destination, double *value, uint8_t *answer)
{
    struct factors f = factors_new(rules);
    memset(answer, ROUTE_RULES_FOUND, n);
    if (factorize(rules, weight, &f)) solve_together(rules, &f, n, destination, value);
    else solve_each(rules, weight, &f, n, destination, value, answer);
    check_range(rules->world, weight, n, value, answer);
    factors_free(&f);
}

/* ---- chances from weights ---- */

/* Weights of the links from each place become shares; all 0 stay 0. */
static void share_out(const struct world *world, uint32_t n, double *chance)
{
    double *sum = memory_new(n, sizeof *sum);
    for (uint32_t place = 0; place < world->places; place++) {
        memset(sum, 0, n * sizeof *sum);
        for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) add_row(n, sum, 1, chance + (size_t)i * n);
        for (uint32_t c = 0; c < n; c++) sum[c] = sum[c] > 0 ? 1 / sum[c] : 0;
        for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++)
            for (uint32_t c = 0; c < n; c++) chance[(size_t)i * n + c] *= sum[c];
    }
    memory_free(sum);
}

/* Nobody goes on from the destination. */
static void stay_there(const struct world *world, uint32_t n, const uint32_t *destination, double *chance)
{
    for (uint32_t c = 0; c < n; c++)
        for (uint32_t i = world->first[destination[c]]; i < world->first[destination[c] + 1]; i++) chance[(size_t)i * n + c] = 0;
}

void route_rules_logit_chance(const struct world *world, const double *weight, uint32_t n, const uint32_t *destination, const double *value, double *chance)
{
    for (uint32_t i = 0; i < world->links; i++)
        for (uint32_t c = 0; c < n; c++) chance[(size_t)i * n + c] = weight[i] * value[(size_t)world->link[i].to * n + c];
    stay_there(world, n, destination, chance);
    share_out(world, n, chance);
}

/* ---- shortest ---- */

static bool relax(uint32_t n, double *restrict from, double cost, const double *restrict to)
{
    bool moved = false;
    for (uint32_t c = 0; c < n; c++) {
        moved |= cost + to[c] < from[c];
        from[c] = cost + to[c] < from[c] ? cost + to[c] : from[c];
    }
    return moved;
}

static void begin_far(uint32_t places, uint32_t n, const uint32_t *destination, double *value)
{
    for (size_t i = 0; i < (size_t)places * n; i++) value[i] = INFINITY;
    for (uint32_t c = 0; c < n; c++) value[(size_t)destination[c] * n + c] = 0;
}

/* Sums are made from the destination on, so that any order of links ends at the same bits. */
void route_rules_shortest(const struct world *world, const double *cost, uint32_t n, const uint32_t *destination, double *value)
{
    bool moved = true;
    begin_far(world->places, n, destination, value);
    for (uint32_t sweep = 0; moved && sweep <= world->places; sweep++) {
        moved = false;
        for (uint32_t i = world->links; i-- > 0;)
            if (cost[i] < INFINITY) moved |= relax(n, value + (size_t)world->link[i].from * n, cost[i], value + (size_t)world->link[i].to * n);
    }
    assert(!moved);
}

static bool is_cheapest(double from, double cost, double to) { return cost + to < INFINITY && cost + to <= from * (1 + TIE); }

/* Links to the destination along cheapest ways, the fewest. */
static void count_links(const struct world *world, const double *cost, uint32_t n, const uint32_t *destination, const double *value, double *links)
{
    begin_far(world->places, n, destination, links);
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = world->links; i-- > 0;) {
            size_t from = (size_t)world->link[i].from * n, to = (size_t)world->link[i].to * n;
            for (uint32_t c = 0; c < n; c++) {
                if (links[to + c] + 1 >= links[from + c] || !is_cheapest(value[from + c], cost[i], value[to + c])) continue;
                links[from + c] = links[to + c] + 1;
                moved = true;
            }
        }
    }
}

/* Where links cost nothing, a cheapest way does not go in circles: a step leads to where less cost, or fewer links, are left. */
void route_rules_shortest_chance(const struct world *world, const double *cost, uint32_t n, const uint32_t *destination, const double *value, double *chance)
{
    double *links = memory_new((size_t)world->places * n, sizeof *links);
    count_links(world, cost, n, destination, value, links);
    for (uint32_t i = 0; i < world->links; i++) {
        size_t from = (size_t)world->link[i].from * n, to = (size_t)world->link[i].to * n;
        for (uint32_t c = 0; c < n; c++) {
            bool nearer = value[to + c] < value[from + c] || links[to + c] < links[from + c];
            chance[(size_t)i * n + c] = nearer && is_cheapest(value[from + c], cost[i], value[to + c]);
        }
    }
    share_out(world, n, chance);
    memory_free(links);
}

/* ---- gravity ---- */

struct gravity {
    const struct world *world;
    const double *cost;
    const struct route_rules_gravity *plan;
    uint32_t n;
    const uint32_t *destination;
    const double *value;
};

/* The terms of one known place. */
static void add_term(const struct gravity *g, uint32_t place, double attraction, double cost, double *weight, double *sight)
{
    double nearness = maths_pow(cost > g->plan->least ? cost : g->plan->least, -g->plan->power);
    const double *left = g->value + (size_t)place * g->n;
    for (uint32_t c = 0; c < g->n; c++) weight[c] += left[c] < INFINITY ? attraction * nearness : 0;
    for (uint32_t c = 0; c < g->n; c++) sight[c] += g->destination[c] == place ? nearness : 0;
}

/* Of the end and what lies beyond: where the end does not lead to d, nothing beyond does. */
static void add_terms(const struct gravity *g, uint32_t link, double *weight, double *sight)
{
    const struct world_link *l = &g->world->link[link];
    add_term(g, l->to, g->plan->attraction[link], g->cost[link], weight, sight);
    for (uint32_t i = g->world->first[l->to]; i < g->world->first[l->to + 1]; i++)
        if (g->cost[i] < INFINITY && g->world->link[i].to != l->from) add_term(g, g->world->link[i].to, g->plan->attraction[i], g->cost[link] + g->cost[i], weight, sight);
}

static double sum_at(const struct gravity *g, const double *weight, uint32_t place, uint32_t c)
{
    double sum = 0;
    for (uint32_t i = g->world->first[place]; i < g->world->first[place + 1]; i++) sum += weight[(size_t)i * g->n + c];
    return sum;
}

/* The destination in sight before all; nothing attractive in sight: any link that leads there. */
static void settle_weights(const struct gravity *g, uint32_t place, uint32_t c, double *weight, const double *sight)
{
    bool sees = sum_at(g, sight, place, c) > 0, blank = sum_at(g, weight, place, c) <= 0;
    for (uint32_t i = g->world->first[place]; (sees || blank) && i < g->world->first[place + 1]; i++) {
        size_t cell = (size_t)i * g->n + c;
        bool leads = g->cost[i] < INFINITY && g->value[(size_t)g->world->link[i].to * g->n + c] < INFINITY;
        weight[cell] = sees ? sight[cell] : leads;
    }
}

void route_rules_gravity_chance(const struct world *world, const double *cost, const struct route_rules_gravity *gravity, uint32_t n, const uint32_t *destination, const double *value, double *chance)
{
    struct gravity g = {world, cost, gravity, n, destination, value};
    double *sight = memory_new((size_t)world->links * n, sizeof *sight);
    memset(chance, 0, (size_t)world->links * n * sizeof *chance);
    for (uint32_t i = 0; i < world->links; i++)
        if (cost[i] < INFINITY) add_terms(&g, i, chance + (size_t)i * n, sight + (size_t)i * n);
    for (uint32_t place = 0; place < world->places; place++)
        for (uint32_t c = 0; c < n; c++) settle_weights(&g, place, c, chance, sight);
    stay_there(world, n, destination, chance);
    share_out(world, n, chance);
    memory_free(sight);
}
