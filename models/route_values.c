/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recursive logit over links to an intended destination.

   cost(link) = price_weight f(class) price + time_weight days + risk_weight risk + control_weight control
   z(destination) = 1,  z(i) = sum over open links i -> j of exp(-cost / scale) z(j),  P(i -> j | i) = exp(-cost / scale) z(j) / z(i)
   scale log z(i) is the expected least cost of the ways on, with its sign changed. P of a whole way is proportional to exp(-its cost / scale).
   Source: Fosgerau, Frejinger, Karlstrom 2013, doi 10.1016/j.trb.2013.07.012.
   Assumption: people know costs and closures of the whole map as they were lag_days ago (before day 0: as on day 0), and
   choose at every place anew. Perceived risk is the scenario's column. Markers are passed through like other places.
   Limits: ways that overlap count as if they did not (no correction); nobody foresees being out of money; a closure whose end
   is announced is not known ahead.

   Values exist where circles cost enough: the spectral radius of the matrix of weights among the places with a way to the
   destination is below 1. They are found from 0 by Gauss-Seidel sweeps, places in order of the links they are away, until no
   value changes by more than 1e-15 of itself: from below, in a fixed order, so that threads and history cannot matter. At
   the start, with every link open and no policy in force, values that do not exist are an input error. During the run
   (a policy made a circle nearly free, a destination too dear) the values found last stay in force for that destination and
   class while links known as closed still have weight 0; route_values_missing() counts these.
   Costs of 700 scales and more on one link count as 700. */
#include "models/route_values.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/parallel.h"
#include "sim/sim.h"
#include <math.h>
#include <string.h>

#define SETTLED 1e-15
#define SWEEPS 10000
#define MOST 1e250   /* a value above is on its way to infinity */
#define LEAST 1e-290 /* below it products with weights lose digits */
#define MOST_COST 700.0

/* ---- one destination ---- */

/* Places with a way to the destination, the nearest by number of links first; returns how many. value marks them meanwhile. */
static uint32_t order_by_links(const struct world *world, const double *weight, uint32_t destination, double *value, uint32_t *order)
{
    uint32_t n = 1;
    order[0] = destination;
    value[destination] = 1;
    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t i = world->first_in[order[k]]; i < world->first_in[order[k] + 1]; i++) {
            uint32_t link = world->link_in[i], from = world->link[link].from;
            if (weight[link] <= 0 || value[from] > 0) continue;
            value[from] = 1;
            order[n++] = from;
        }
    }
    return n;
}

static double sum_over_links(const struct world *world, const double *weight, const double *value, uint32_t place)
{
    double sum = 0;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) sum += weight[i] * value[world->link[i].to];
    return sum;
}

/* One sweep; returns whether something changed. A value beyond MOST is told by *endless. */
static bool sweep(const struct world *world, const double *weight, const uint32_t *order, uint32_t n, double *value, bool *endless)
{
    bool moved = false;
    for (uint32_t k = 1; k < n; k++) {
        double sum = sum_over_links(world, weight, value, order[k]), change = sum - value[order[k]];
        moved |= change > SETTLED * sum || -change > SETTLED * sum;
        *endless |= sum > MOST;
        value[order[k]] = sum;
    }
    return moved;
}

static enum route_values_answer iterate(const struct world *world, const double *weight, const uint32_t *order, uint32_t n, double *value)
{
    bool endless = false, moved = true;
    for (int i = 0; moved && !endless && i < SWEEPS; i++) moved = sweep(world, weight, order, n, value, &endless);
    if (moved || endless) return ROUTE_VALUES_ENDLESS;
    for (uint32_t k = 0; k < n; k++)
        if (value[order[k]] < LEAST) return ROUTE_VALUES_VANISHING;
    return ROUTE_VALUES_FOUND;
}

enum route_values_answer route_values_solve(const struct world *world, const double *weight, uint32_t destination, double *value)
{
    uint32_t *order = memory_new(world->places, sizeof *order);
    memset(value, 0, world->places * sizeof *value);
    uint32_t n = order_by_links(world, weight, destination, value, order);
    for (uint32_t k = 1; k < n; k++) value[order[k]] = 0;
    enum route_values_answer answer = iterate(world, weight, order, n, value);
    memory_free(order);
    return answer;
}

/* ---- all of them ---- */

struct task {
    struct route_values *routes;
    uint8_t *answer; /* [class][destination] */
};

static void solve_task(void *context, int thread, uint32_t index)
{
    (void)thread;
    const struct task *task = context;
    struct route_values *r = task->routes;
    uint32_t places = r->world->places;
    double *value = memory_new(places, sizeof *value);
    const double *weight = r->known + (size_t)(index / r->destinations) * r->world->links;
    enum route_values_answer answer = route_values_solve(r->world, weight, r->destination[index % r->destinations], value);
    if (answer == ROUTE_VALUES_FOUND) memcpy(r->value + (size_t)index * places, value, places * sizeof *value);
    r->missing[index] = answer != ROUTE_VALUES_FOUND;
    task->answer[index] = (uint8_t)answer;
    memory_free(value);
}

static void solve_all(struct route_values *r, int threads, uint8_t *answer)
{
    struct task task = {r, answer};
    parallel_for(threads, r->classes * r->destinations, solve_task, &task);
}

static double price_factor(const struct route_plan *plan, uint32_t group) { return plan->price_factor.count > 0 ? plan->price_factor.value[group] : 1; }

static double weight_of(const struct route_values *r, uint32_t group, uint32_t link, double price, double control)
{
    const struct route_plan *p = r->plan;
    double cost = p->price_weight * price_factor(p, group) * price + p->time_weight * r->days[link] + p->risk_weight * r->risk[link] + p->control_weight * control;
    double exponent = cost / p->scale;
    return maths_exp(exponent < MOST_COST ? -exponent : -MOST_COST);
}

static void weigh(const struct route_values *r, double *weight, const double *price, const double *control, bool all_open)
{
    uint32_t links = r->world->links;
    for (uint32_t group = 0; group < r->classes; group++)
        for (uint32_t i = 0; i < links; i++) weight[(size_t)group * links + i] = all_open || r->world->link[i].open ? weight_of(r, group, i, price[i], control[i]) : 0;
}

/* ---- opening ---- */

static double *column(const struct world *world, const char *name)
{
    const double *given = world_values(world, name, true);
    double *value = memory_new(world->links, sizeof *value);
    for (uint32_t i = 0; i < world->links; i++) value[i] = given ? given[i] : NAN;
    return value;
}

static int fill_links(struct route_values *r, struct sim *sim)
{
    const struct world *world = r->world;
    r->days = column(world, "days");
    r->risk = column(world, "risk");
    for (uint32_t i = 0; i < world->links; i++) {
        const struct world_link *l = &world->link[i];
        if (isnan(r->days[i])) r->days[i] = l->km / r->plan->speed_km;
        if (isnan(r->risk[i])) r->risk[i] = 0;
        if (r->days[i] >= 0 && r->risk[i] >= 0) continue;
        return fail(&sim->error, FAIL_INPUT, "link '%s>%s': expected days and risk of 0 or more, found %g and %g", world->place[l->from].name, world->place[l->to].name, r->days[i], r->risk[i]);
    }
    return 0;
}

static int fail_missing(const struct route_values *r, struct sim *sim, uint32_t index, enum route_values_answer answer)
{
    const char *name = r->world->place[r->destination[index % r->destinations]].name;
    uint32_t group = index / r->destinations;
    if (answer == ROUTE_VALUES_ENDLESS)
        return fail(&sim->error, FAIL_INPUT, "there are no route values to '%s' (class %u): going round in circles costs too little beside choice_scale %g; raise time_weight or price_weight, or lower choice_scale", name, group, r->plan->scale);
    return fail(&sim->error, FAIL_INPUT, "the route values to '%s' (class %u) vanish: some place is hundreds of choice_scale %g away; raise choice_scale", name, group, r->plan->scale);
}

static int check_answers(const struct route_values *r, struct sim *sim, const uint8_t *answer)
{
    for (uint32_t i = 0; i < r->classes * r->destinations; i++)
        if (answer[i] != ROUTE_VALUES_FOUND) return fail_missing(r, sim, i, (enum route_values_answer)answer[i]);
    return 0;
}

static void make_room(struct route_values *r, struct sim *sim)
{
    uint32_t row = r->classes * r->world->links, days = (uint32_t)r->plan->lag_days + 1, pairs = r->classes * r->destinations;
    r->past = memory_new((size_t)days * row, sizeof *r->past);
    r->known = memory_new(row, sizeof *r->known);
    r->value = memory_new((size_t)pairs * r->world->places, sizeof *r->value);
    r->missing = memory_new(pairs, sizeof *r->missing);
    sim_keep(sim, "route_values.past", SIM_F64, days * row, r->past);
    sim_keep(sim, "route_values.known", SIM_F64, row, r->known);
    sim_keep(sim, "route_values.value", SIM_F64, pairs * r->world->places, r->value);
    sim_keep(sim, "route_values.missing", SIM_U8, pairs, r->missing);
}

static int check_room(const struct route_values *r, struct sim *sim)
{
    double numbers = (double)r->classes * ((double)r->world->links * ((double)r->plan->lag_days + 1) + (double)r->destinations * r->world->places);
    if (numbers < INT32_MAX) return 0;
    return fail(&sim->error, FAIL_INPUT, "route values need %.3g numbers; take fewer destinations, classes or information_lag_days", numbers);
}

int route_values_open(struct route_values *r, struct sim *sim, const struct route_plan *plan, uint32_t destinations, const uint32_t *destination, const double *price, const double *control)
{
    *r = (struct route_values){.plan = plan, .world = sim->world, .destinations = destinations};
    r->classes = plan->price_factor.count > 0 ? (uint32_t)plan->price_factor.count : 1;
    r->destination = memory_copy(destination, destinations, sizeof *destination);
    if (fill_links(r, sim) || check_room(r, sim)) return -1;
    make_room(r, sim);
    weigh(r, r->known, price, control, true);
    uint8_t *answer = memory_new((size_t)r->classes * destinations, sizeof *answer);
    solve_all(r, sim->tuning.threads, answer);
    int status = check_answers(r, sim, answer);
    memory_free(answer);
    return status;
}

/* ---- mornings ---- */

/* The row of day d is d modulo the number of rows, so that tomorrow's row holds what is lag_days old. */
static double *past_row(const struct route_values *r, int32_t day)
{
    uint32_t rows = (uint32_t)r->plan->lag_days + 1;
    return r->past + (size_t)((uint32_t)day % rows) * r->classes * r->world->links;
}

static void remember(struct route_values *r, int32_t day, const double *price, const double *control)
{
    double *today = past_row(r, day);
    size_t row = (size_t)r->classes * r->world->links;
    weigh(r, today, price, control, false);
    for (int32_t d = 1; day == 0 && row > 0 && d <= r->plan->lag_days; d++) memcpy(past_row(r, d), today, row * sizeof *today);
}

void route_values_morning(struct route_values *r, struct sim *sim, const double *price, const double *control)
{
    remember(r, sim->day, price, control);
    const double *old = past_row(r, sim->day + 1);
    size_t bytes = (size_t)r->classes * r->world->links * sizeof *old;
    if (bytes == 0 || !memcmp(r->known, old, bytes)) return;
    memcpy(r->known, old, bytes);
    uint8_t *answer = memory_new((size_t)r->classes * r->destinations, sizeof *answer);
    solve_all(r, sim->tuning.threads, answer);
    memory_free(answer);
}

uint32_t route_values_missing(const struct route_values *r)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < r->classes * r->destinations; i++) missing += r->missing[i];
    return missing;
}

void route_values_close(struct route_values *r)
{
    void *block[] = {r->destination, r->days, r->risk, r->past, r->known, r->value, r->missing};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}
