/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Costs of links as classes of people see them, and the chances that a rule of choice makes of them.

   cost(link) = price_weight f1(class) price + time_weight f2(class) days + risk_weight f3(class) risk + control_weight f4(class) g control
   g = 1, and papers_control for people with papers where some link of the map needs papers. People without papers do not see
   links that do. Links known as closed are not seen. Rules of choice: route_rules.c, with their sources and limits.
   Assumption: people know costs and closures of the whole map as they were lag_days ago (before day 0: as on day 0), and
   choose at every place anew.
   Limits: nobody foresees being out of money; a closure whose end is announced is not known ahead.

   Chances are a function of what is known alone, and are made anew only when that has changed. At the start, with every link
   open, logit values that do not exist are an input error. During the run (a policy made a circle nearly free, a
   destination too dear) the values found last stay in force for that destination and class, beside today's weights of
   links; route_values_missing() counts these. By logit costs of 700 scales and more on one link count as 700, by gravity
   costs below a thousandth of a scale as that. */
#include "models/route_values.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/parallel.h"
#include "sim/sim.h"
#include <assert.h>
#include <string.h>

#define MOST_COST 700.0
#define LEAST_GRAVITY 1e-3 /* of the scale */
#define TOGETHER 32u       /* destinations of one task */
#define CLOSED_TO_ALL 255

/* ---- what is known ---- */

static double *input(const struct route_values *r, double *row, enum route_input which) { return row + (size_t)which * r->world->links; }

/* The row of day d is d modulo the number of rows, so that tomorrow's row holds what is lag_days old. */
static double *past_row(const struct route_values *r, int32_t day)
{
    uint32_t rows = (uint32_t)r->plan->lag_days + 1;
    return r->past + (size_t)((uint32_t)day % rows) * ROUTE_INPUTS * r->world->links;
}

static void note_costs(const struct route_values *r, double *row, const struct route_costs *costs)
{
    size_t bytes = r->world->links * sizeof *row;
    memcpy(input(r, row, ROUTE_PRICE), costs->price, bytes);
    memcpy(input(r, row, ROUTE_DAYS), costs->days, bytes);
    memcpy(input(r, row, ROUTE_RISK), costs->risk, bytes);
    memcpy(input(r, row, ROUTE_CONTROL), costs->control, bytes);
}

static void note_map(const struct route_values *r, double *row)
{
    double *papers = input(r, row, ROUTE_PAPERS), *attraction = input(r, row, ROUTE_ATTRACTION);
    for (uint32_t i = 0; i < r->world->links; i++) papers[i] = field_at(&r->papers_needed, i);
    for (uint32_t i = 0; i < r->world->links; i++) attraction[i] = field_at(&r->attraction, r->world->link[i].to);
}

static void note_closures(const struct route_values *r, double *row, const uint8_t *closed_to)
{
    double *closed = input(r, row, ROUTE_CLOSED);
    for (uint32_t i = 0; i < r->world->links; i++) {
        int more = closed_to ? closed_to[i] : 0;
        closed[i] = r->world->link[i].open ? more : CLOSED_TO_ALL;
    }
}

/* ---- costs ---- */

static double factor_of(const struct param_list *list, uint32_t class) { return list->count > 0 ? list->value[class] : 1; }

/* price, days, risk, control */
static void weights_of(const struct route_values *r, uint32_t class, bool papers, double weight[4])
{
    const struct route_plan *p = r->plan;
    weight[ROUTE_PRICE] = p->price_weight * factor_of(&p->price_factor, class);
    weight[ROUTE_DAYS] = p->time_weight * factor_of(&p->time_factor, class);
    weight[ROUTE_RISK] = p->risk_weight * factor_of(&p->risk_factor, class);
    weight[ROUTE_CONTROL] = p->control_weight * factor_of(&p->control_factor, class) * (papers ? p->papers_control : 1);
}

static bool sees(const struct route_values *r, uint32_t class, bool papers, uint32_t link)
{
    unsigned closed = (unsigned)input(r, r->known, ROUTE_CLOSED)[link];
    return !(closed >> class & 1) && (papers || input(r, r->known, ROUTE_PAPERS)[link] < 0.5);
}

static void count_cost(const struct route_values *r, uint32_t group)
{
    uint32_t class = r->papers ? group / 2 : group, links = r->world->links;
    bool papers = r->papers && group % 2;
    double weight[4], *cost = r->cost + (size_t)group * links;
    weights_of(r, class, papers, weight);
    for (uint32_t i = 0; i < links; i++) {
        cost[i] = 0;
        for (enum route_input k = ROUTE_PRICE; k <= ROUTE_CONTROL; k++) cost[i] += weight[k] * input(r, r->known, k)[i];
        assert(cost[i] >= 0);
        if (!sees(r, class, papers, i)) cost[i] = INFINITY;
    }
}

/* ---- chances ---- */

/* Some destinations of one group; the arrays are theirs alone. */
struct task {
    struct route_values *routes;
    uint32_t group, first, n;
    const uint32_t *destination;
    const double *cost;
    double *weight, *value, *chance;
    uint8_t *answer;
};

static struct task task_of(struct route_values *r, uint32_t index, uint8_t *answer)
{
    uint32_t blocks = (r->destinations + TOGETHER - 1) / TOGETHER, first = index % blocks * TOGETHER, left = r->destinations - first;
    struct task t = {.routes = r, .group = index / blocks, .first = first, .n = left < TOGETHER ? left : TOGETHER, .destination = r->destination + first};
    t.cost = r->cost + (size_t)t.group * r->world->links;
    t.weight = memory_new(r->world->links, sizeof *t.weight);
    t.value = memory_new((size_t)r->world->places * t.n, sizeof *t.value);
    t.chance = memory_new((size_t)r->world->links * t.n, sizeof *t.chance);
    t.answer = answer + (size_t)t.group * r->destinations + first;
    return t;
}

static void weigh(const struct task *t)
{
    double scale = t->routes->plan->scale;
    for (uint32_t i = 0; i < t->routes->world->links; i++) {
        double exponent = t->cost[i] / scale;
        t->weight[i] = t->cost[i] < INFINITY ? maths_exp(exponent < MOST_COST ? -exponent : -MOST_COST) : 0;
    }
}

/* Values that do not exist give way to those found last. */
static void keep_missing(const struct task *t)
{
    struct route_values *r = t->routes;
    const double *old = r->value + (size_t)t->group * r->world->places * r->destinations + t->first;
    for (uint32_t c = 0; c < t->n; c++) {
        bool missing = t->answer[c] != ROUTE_RULES_FOUND;
        r->missing[(size_t)t->group * r->destinations + t->first + c] = missing;
        for (uint32_t i = 0; missing && i < r->world->places; i++) t->value[(size_t)i * t->n + c] = old[(size_t)i * r->destinations + c];
    }
}

static void choose_by_logit(const struct task *t)
{
    weigh(t);
    route_rules_logit(&t->routes->rules, t->weight, t->n, t->destination, t->value, t->answer);
    keep_missing(t);
    route_rules_logit_chance(t->routes->world, t->weight, t->n, t->destination, t->value, t->chance);
}

static void choose_by_cost(const struct task *t)
{
    struct route_values *r = t->routes;
    struct route_rules_gravity gravity = {input(r, r->known, ROUTE_ATTRACTION), r->plan->power, r->plan->scale * LEAST_GRAVITY};
    route_rules_shortest(r->world, t->cost, t->n, t->destination, t->value);
    if (r->plan->rule == ROUTE_SHORTEST) route_rules_shortest_chance(r->world, t->cost, t->n, t->destination, t->value, t->chance);
    else route_rules_gravity_chance(r->world, t->cost, &gravity, t->n, t->destination, t->value, t->chance);
}

static void put_back(const struct task *t, uint32_t rows, const double *from, double *all)
{
    uint32_t stride = t->routes->destinations;
    double *to = all + (size_t)t->group * rows * stride + t->first;
    for (uint32_t i = 0; i < rows; i++) memcpy(to + (size_t)i * stride, from + (size_t)i * t->n, t->n * sizeof *to);
}

struct job {
    struct route_values *routes;
    uint8_t *answer; /* [group][destination] */
};

static void do_task(void *context, int thread, uint32_t index)
{
    (void)thread;
    const struct job *job = context;
    struct route_values *r = job->routes;
    struct task t = task_of(r, index, job->answer);
    if (r->plan->rule == ROUTE_LOGIT) choose_by_logit(&t);
    else choose_by_cost(&t);
    put_back(&t, r->world->places, t.value, r->value);
    put_back(&t, r->world->links, t.chance, r->chance);
    memory_free(t.weight), memory_free(t.value), memory_free(t.chance);
}

static void choose_anew(struct route_values *r, int threads, uint8_t *answer)
{
    struct job job = {r, answer};
    for (uint32_t group = 0; group < r->groups; group++) count_cost(r, group);
    parallel_for(threads, r->groups * ((r->destinations + TOGETHER - 1) / TOGETHER), do_task, &job);
}

/* ---- opening ---- */

static int check_list(struct sim *sim, const char *name, const struct param_list *list, uint32_t classes)
{
    if (list->count == 0 || list->count == (int)classes) return 0;
    return fail(&sim->error, FAIL_INPUT, "%s: expected a number for each of the %u classes of people, or an empty list, found %d", name, classes, list->count);
}

static int check_classes(struct sim *sim, const struct route_plan *p, uint32_t classes)
{
    if (classes == 0 || classes > ROUTE_VALUES_CLASSES) return fail(&sim->error, FAIL_INPUT, "route choice knows 1 to %d classes of people, found %u", ROUTE_VALUES_CLASSES, classes);
    if (check_list(sim, "price_factor", &p->price_factor, classes) || check_list(sim, "time_factor", &p->time_factor, classes)) return -1;
    return check_list(sim, "risk_factor", &p->risk_factor, classes) || check_list(sim, "control_factor", &p->control_factor, classes) ? -1 : 0;
}

static int open_fields(struct route_values *r, struct sim *sim)
{
    if (field_open(&r->papers_needed, sim, WORLD_OF_LINKS, "papers", 0, 1, 0) || field_open(&r->attraction, sim, WORLD_OF_PLACES, "attraction", 0, 1e9, 1)) return -1;
    r->papers = r->papers_needed.driver;
    for (uint32_t i = 0; r->papers_needed.column && i < r->world->links; i++) r->papers |= r->papers_needed.column[i] >= 0.5;
    r->groups = r->classes * (r->papers ? 2 : 1);
    return 0;
}

static const char *with_papers(const struct route_values *r, uint32_t group)
{
    return !r->papers ? "" : group % 2 ? ", with papers"
                                       : ", without papers";
}

static int fail_missing(const struct route_values *r, struct sim *sim, uint32_t index, enum route_rules_answer answer)
{
    const char *name = r->world->place[r->destination[index % r->destinations]].name;
    uint32_t group = index / r->destinations, class = r->papers ? group / 2 : group;
    if (answer == ROUTE_RULES_ENDLESS)
        return fail(&sim->error, FAIL_INPUT, "there are no route values to '%s' (class %u%s): going round in circles costs too little beside choice_scale %g; raise time_weight or price_weight, or lower choice_scale", name, class, with_papers(r, group), r->plan->scale);
    return fail(&sim->error, FAIL_INPUT, "the route values to '%s' (class %u%s) vanish: some place is hundreds of choice_scale %g away; raise choice_scale", name, class, with_papers(r, group), r->plan->scale);
}

static int check_answers(const struct route_values *r, struct sim *sim, const uint8_t *answer)
{
    for (uint32_t i = 0; i < r->groups * r->destinations; i++)
        if (answer[i] != ROUTE_RULES_FOUND) return fail_missing(r, sim, i, (enum route_rules_answer)answer[i]);
    return 0;
}

static int check_room(const struct route_values *r, struct sim *sim)
{
    double numbers = (double)r->world->links * ROUTE_INPUTS * ((double)r->plan->lag_days + 1) + (double)r->groups * r->destinations * ((double)r->world->places + r->world->links);
    if (numbers < INT32_MAX) return 0;
    return fail(&sim->error, FAIL_INPUT, "route values need %.3g numbers; take fewer destinations, classes or information_lag_days", numbers);
}

static void make_room(struct route_values *r, struct sim *sim)
{
    uint32_t places = r->world->places, links = r->world->links, row = ROUTE_INPUTS * links, days = (uint32_t)r->plan->lag_days + 1, pairs = r->groups * r->destinations;
    r->past = memory_new((size_t)days * row, sizeof *r->past);
    r->known = memory_new(row, sizeof *r->known);
    r->cost = memory_new((size_t)r->groups * links, sizeof *r->cost);
    r->value = memory_new((size_t)pairs * places, sizeof *r->value);
    r->chance = memory_new((size_t)pairs * links, sizeof *r->chance);
    r->missing = memory_new(pairs, sizeof *r->missing);
    sim_keep(sim, "route_values.past", SIM_F64, days * row, r->past);
    sim_keep(sim, "route_values.known", SIM_F64, row, r->known);
    sim_keep(sim, "route_values.value", SIM_F64, pairs * places, r->value);
    sim_keep(sim, "route_values.chance", SIM_F64, pairs * links, r->chance);
    sim_keep(sim, "route_values.missing", SIM_U8, pairs, r->missing);
}

int route_values_open(struct route_values *r, struct sim *sim, const struct route_plan *plan, uint32_t classes, uint32_t destinations, const uint32_t *destination, const struct route_costs *costs)
{
    *r = (struct route_values){.plan = plan, .world = sim->world, .classes = classes, .destinations = destinations};
    if (check_classes(sim, plan, classes) || open_fields(r, sim) || check_room(r, sim)) return -1;
    r->destination = memory_copy(destination, destinations, sizeof *destination);
    route_rules_open(&r->rules, r->world);
    make_room(r, sim);
    note_costs(r, r->known, costs);
    note_map(r, r->known); /* known closures stay 0 */
    uint8_t *answer = memory_new((size_t)r->groups * destinations, sizeof *answer);
    choose_anew(r, sim->tuning.threads, answer);
    int status = check_answers(r, sim, answer);
    memory_free(answer);
    return status;
}

/* ---- mornings ---- */

static void remember(struct route_values *r, int32_t day, const struct route_costs *costs)
{
    double *today = past_row(r, day);
    size_t row = (size_t)ROUTE_INPUTS * r->world->links;
    note_costs(r, today, costs);
    note_map(r, today);
    note_closures(r, today, costs->closed_to);
    for (int32_t d = 1; day == 0 && row > 0 && d <= r->plan->lag_days; d++) memcpy(past_row(r, d), today, row * sizeof *today);
}

void route_values_morning(struct route_values *r, struct sim *sim, const struct route_costs *costs)
{
    remember(r, sim->day, costs);
    const double *old = past_row(r, sim->day + 1);
    size_t bytes = (size_t)ROUTE_INPUTS * r->world->links * sizeof *old;
    if (bytes == 0 || !memcmp(r->known, old, bytes)) return;
    memcpy(r->known, old, bytes);
    uint8_t *answer = memory_new((size_t)r->groups * r->destinations, sizeof *answer);
    choose_anew(r, sim->tuning.threads, answer);
    memory_free(answer);
}

uint32_t route_values_missing(const struct route_values *r)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < r->groups * r->destinations; i++) missing += r->missing[i];
    return missing;
}

void route_values_close(struct route_values *r)
{
    route_rules_close(&r->rules);
    void *block[] = {r->destination, r->past, r->known, r->cost, r->value, r->chance, r->missing};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}
