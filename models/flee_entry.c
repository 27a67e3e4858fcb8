/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry of displaced people, by Flee's rules.

   data      N(t) = rise of the registered people on day t, less the debt of earlier falls; places drawn with weights
             w = population x conflict x decay(t - begin)
   constant  floor(rate x conflict) people a day from every place in conflict
   pop_ratio floor(rate x population x conflict)
   poisson   Poisson(rate x conflict)
   On day 0 the people already registered stand in their camps (insert_day0) and the places count initial_idps.
   compat: with data the weights lag a day where nothing began or ended (they are refreshed after use); people present on day
   0 are taken off the camps' capacity although they are counted as present too (B5), and a camp whose capacity falls to 0 so is
   unlimited (B6); day 0 counts twice in the raw sum (B7).
   fixed: weights of today, capacity as given, day 0 once.
   Source: Flee rule set (Suleimenova et al. 2017); daily counts by inverse CDF of one uniform.
   Limits: who registers is taken for who is displaced; the series is data, so arrivals are conditional on it. */
#include "models/flee_entry.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { BOOK_RAW,
       BOOK_DEBT,
       BOOK_UNPLACED,
       BOOKS };
enum { DRAW_PLACE,
       DRAW_NUMBER }; /* purposes */
enum { DRIVER_DISPLACED = 1,
       DRIVER_PRESENT = 2 }; /* drivers in a person's id */

#define FIELD(name) offsetof(struct flee_entry, name)
static const struct param params[] = {
    {"spawn_mode", PARAM_CHOICE, FIELD(mode), "1", "what supplies departures: registered people (data), or places in conflict", "Flee rule set", 0, 0, 3, "data|constant|pop_ratio|poisson", NULL},
    {"displaced_per_conflict_day", PARAM_NUMBER, FIELD(displaced_per_conflict_day), "people/day or 1/day", "people displaced per day of conflict of intensity 1; for pop_ratio the share of the population", "assumption: Flee's default, range wide", 500, 0, 1e9, NULL, "loguniform"},
    {"take_from_population", PARAM_FLAG, FIELD(take_from_population), "1", "people who set out leave the population of their place", "Flee rule set", 0, 0, 1, NULL, NULL},
    {"insert_day0", PARAM_FLAG, FIELD(insert_day0), "1", "people registered on day 0 start in their camps", "Flee rule set", 1, 0, 1, NULL, NULL},
    {"empty_camps_on_day0", PARAM_FLAG, FIELD(empty_camps_on_day0), "1", "camps start empty and day 0 counts nobody", "Flee rule set", 0, 0, 1, NULL, NULL},
    {"conflict_zone_spawning_only", PARAM_FLAG, FIELD(conflict_zone_spawning_only), "1", "only people from places in conflict set out; without food rules no other place has a weight, so that false changes nothing yet", "Flee rule set", 1, 0, 1, NULL, NULL},
    {"sum_from_camps", PARAM_FLAG, FIELD(sum_from_camps), "1", "count registered people camp by camp; else by the total series", "Flee rule set", 1, 0, 1, NULL, NULL},
    {0}};

/* ---- weights ---- */

static double weight_of(const struct flee_entry *e, uint32_t place, int32_t day)
{
    const struct flee_zones *z = e->zones;
    if (e->mode != FLEE_ENTRY_DATA || z->conflict[place] <= 0) return 0;
    return z->population[place] * z->conflict[place] * flee_zones_decay(z, place, day);
}

static void refresh(struct flee_entry *e, int32_t day)
{
    for (uint32_t i = 0; i < e->zones->places; i++) e->weight[i] = weight_of(e, i, day);
}

/* ---- numbers ---- */

static double global_at(const struct sim *sim, const char *name, int32_t day)
{
    const struct driver *driver = driver_find(&sim->setup->drivers, name);
    double value = driver ? driver_at(driver, 0, day) : 0;
    return isnan(value) ? 0 : value;
}

static double camps_at(const struct sim *sim, int32_t day)
{
    const struct driver *registered = driver_find(&sim->setup->drivers, "registered");
    double sum = global_at(sim, "registered_elsewhere", day);
    for (uint32_t s = 0; registered && s < registered->series_count; s++) sum += driver_at(registered, registered->series[s].cell, day);
    return sum;
}

/* People registered on this day more than the day before. */
static int64_t rise(const struct sim *sim, const struct flee_entry *e)
{
    int32_t day = sim->day;
    if (day > 0) return (int64_t)(e->sum_from_camps ? camps_at(sim, day) - camps_at(sim, day - 1) : global_at(sim, "registered_total", day) - global_at(sim, "registered_total", day - 1));
    if (e->empty_camps_on_day0) return 0;
    double camps = e->sum_from_camps ? camps_at(sim, 0) : 0, total = global_at(sim, "registered_total", 0);
    if (!e->sum_from_camps) return (int64_t)total;
    return (int64_t)(e->zones->rules == FLEE_COMPAT ? camps + total : camps);
}

static int64_t settle_debt(struct flee_entry *e, int64_t more)
{
    int64_t number = more - e->book[BOOK_DEBT];
    e->book[BOOK_DEBT] = number < 0 ? -number : 0;
    return number > 0 ? number : 0;
}

/* Whole simulated persons of so many people; the rest waits in left. */
static int64_t whole(const struct sim *sim, double people, double *left)
{
    double persons = (people + *left) / sim->setup->scale;
    int64_t n = (int64_t)persons;
    *left = people + *left - (double)n * sim->setup->scale;
    return n > 0 ? n : 0;
}

/* Draws places for n persons. They wait for tomorrow where no place has a weight. */
static void place_drawn(struct sim *sim, struct flee_entry *e, int64_t n)
{
    uint32_t places = e->zones->places;
    double sum = 0;
    for (uint32_t i = 0; i < places; i++) sum += e->spawned[i];
    n += e->book[BOOK_UNPLACED];
    e->book[BOOK_UNPLACED] = sum > 0 ? 0 : n;
    if (!(sum > 0)) return;
    alias_build(e->alias, e->spawned, places, e->work);
    for (int64_t j = 0; j < n; j++) {
        struct rng_block block = rng_draw(sim->setup->seed, (uint64_t)j, flee_entry.purpose * 256u + DRAW_PLACE, (uint32_t)sim->day, 0);
        e->number[alias_choose(e->alias, places, block.word[0], block.word[1])]++;
    }
}

static void count_by_data(struct sim *sim, struct flee_entry *e)
{
    int64_t more = rise(sim, e);
    e->book[BOOK_RAW] += more;
    int64_t number = settle_debt(e, sim->day == 0 && e->insert_day0 ? 0 : more);
    place_drawn(sim, e, whole(sim, (double)number, &e->left[e->zones->places]));
}

/* Poisson by inverse CDF of one uniform per 500 of the mean, so that arms with a higher mean hold the same people and more. */
static int64_t poisson(const struct sim *sim, uint32_t place, double mean)
{
    int64_t n = 0;
    for (uint32_t part = 0; mean > 0; part++, mean -= 500) {
        double mu = mean < 500 ? mean : 500, p = maths_exp(-mu), sum = p;
        struct rng_block block = rng_draw(sim->setup->seed, place, flee_entry.purpose * 256u + DRAW_NUMBER, (uint32_t)sim->day, part);
        double u = rng_uniform52(block.word[0], block.word[1]);
        for (int64_t k = 1; u > sum && k < 5000; k++, n++) {
            p *= mu / (double)k;
            sum += p;
        }
    }
    return n;
}

static double displaced(const struct sim *sim, const struct flee_entry *e, uint32_t place)
{
    double c = e->zones->conflict[place], rate = e->displaced_per_conflict_day;
    if (c <= 0) return 0;
    if (e->mode == FLEE_ENTRY_POISSON) return (double)poisson(sim, place, rate * c);
    return e->mode == FLEE_ENTRY_CONSTANT ? floor(floor(rate) * c) : floor(rate * e->zones->population[place] * c);
}

static void count_by_conflict(struct sim *sim, struct flee_entry *e)
{
    for (uint32_t i = 0; i < e->zones->places; i++) e->number[i] = whole(sim, displaced(sim, e, i), &e->left[i]);
}

/* ---- the day ---- */

static void take_off_capacity(struct sim *sim, struct flee_entry *e)
{
    const struct driver *registered = driver_find(&sim->setup->drivers, "registered");
    for (uint32_t s = 0; registered && s < registered->series_count; s++) {
        uint32_t place = registered->series[s].cell;
        if (e->zones->capacity[place] > 0) e->zones->capacity[place] -= driver_at(registered, place, 0);
    }
}

static void entry_morning(struct sim *sim, void *state)
{
    struct flee_entry *e = state;
    if (e->zones->changed || e->zones->rules == FLEE_FIXED) refresh(e, sim->day);
    memcpy(e->spawned, e->weight, e->zones->places * sizeof *e->weight);
    memset(e->number, 0, e->zones->places * sizeof *e->number);
    if (e->mode == FLEE_ENTRY_DATA) count_by_data(sim, e);
    else count_by_conflict(sim, e);
    bool day0 = sim->day == 0 && e->mode == FLEE_ENTRY_DATA && e->insert_day0;
    if (day0 && e->zones->rules == FLEE_COMPAT) take_off_capacity(sim, e);
}

static double initially_present(const struct sim *sim, const struct flee_entry *e, uint32_t place)
{
    const struct driver *registered = driver_find(&sim->setup->drivers, "registered");
    const double *idps = world_values(sim->world, "initial_idps", false);
    bool camp = sim->world->place[place].kind & WORLD_CAMP;
    double people = camp && registered && e->insert_day0 ? driver_at(registered, place, 0) : 0;
    if (isnan(people)) people = 0;
    if (camp && idps && !isnan(idps[place])) people += floor(idps[place]);
    return floor(people);
}

static void enter_initial(struct sim *sim, struct flee_entry *e)
{
    double left = 0;
    for (uint32_t i = 0; i < e->zones->places; i++) {
        int64_t n = whole(sim, e->initial[i], &left);
        if (n > 0) sim_enter(sim, i, (uint64_t)n, (struct person_id_parts){.driver = DRIVER_PRESENT, .place = i}, false);
    }
}

static void entry_enter(struct sim *sim, void *state)
{
    struct flee_entry *e = state;
    int64_t all = 0;
    if (sim->day == 0 && !e->empty_camps_on_day0) enter_initial(sim, e);
    for (uint32_t i = 0; i < e->zones->places; i++) {
        if (e->number[i] == 0) continue;
        sim_enter(sim, i, (uint64_t)e->number[i], (struct person_id_parts){.driver = DRIVER_DISPLACED, .place = i, .day = (uint32_t)sim->day}, false);
        if (e->take_from_population) e->zones->population[i] = fmax(0, e->zones->population[i] - (double)e->number[i] * sim->setup->scale);
        all += e->number[i];
    }
    sim_publish(sim, e->new_indicator, (double)all * sim->setup->scale);
}

static void entry_settle(struct sim *sim, void *state)
{
    struct flee_entry *e = state;
    refresh(e, sim->day);
    sim_publish(sim, e->raw_indicator, (double)e->book[BOOK_RAW]);
    sim_publish(sim, e->debt_indicator, (double)e->book[BOOK_DEBT]);
}

static int entry_open(struct sim *sim, void *state)
{
    struct flee_entry *e = state;
    uint32_t n = sim->world->places;
    e->zones = sim_state(sim, "flee_zones");
    if (!e->zones || sim_model_number(sim, e->zones) > sim_model_number(sim, e)) return fail(&sim->error, FAIL_INPUT, "model flee_entry needs the model flee_zones before it");
    if (e->mode == FLEE_ENTRY_DATA && !driver_find(&sim->setup->drivers, "registered")) return fail(&sim->error, FAIL_INPUT, "model flee_entry with spawn_mode data needs a driver 'registered' over places");
    e->weight = memory_new(n, sizeof *e->weight);
    e->spawned = memory_new(n, sizeof *e->spawned);
    e->number = memory_new(n, sizeof *e->number);
    e->left = memory_new((size_t)n + 1, sizeof *e->left);
    e->book = memory_new(BOOKS, sizeof *e->book);
    e->alias = memory_new(n, sizeof *e->alias);
    e->work = memory_new(2 * (size_t)n, sizeof *e->work);
    /* The camps are those of before day 0, also where one is closed on that day. */
    e->initial = memory_new(n, sizeof *e->initial);
    for (uint32_t i = 0; i < n; i++) e->initial[i] = initially_present(sim, e, i);
    refresh(e, 0);
    sim_keep(sim, "flee_entry.weight", SIM_F64, n, e->weight);
    sim_keep(sim, "flee_entry.left", SIM_F64, n + 1, e->left);
    sim_keep(sim, "flee_entry.book", SIM_I64, BOOKS, e->book);
    e->raw_indicator = sim_indicator(sim, "refugees_raw", "people", "sum of the daily rises of registered people");
    e->debt_indicator = sim_indicator(sim, "refugee_debt", "people", "falls of registered people not yet made up by rises");
    e->new_indicator = sim_indicator(sim, "displaced", "people", "people who were displaced today");
    return 0;
}

static void entry_close(void *state)
{
    struct flee_entry *e = state;
    memory_free(e->weight), memory_free(e->spawned), memory_free(e->number), memory_free(e->left);
    memory_free(e->initial);
    memory_free(e->book), memory_free(e->alias), memory_free(e->work);
}

const struct model flee_entry = {
    .name = "flee_entry",
    .doc = "displaced people enter as registered people rise, or as places in conflict displace them",
    .source = "Suleimenova et al. 2017, doi 10.1038/s41598-017-13828-9; Flee rule set",
    .purpose = 2,
    .state_size = sizeof(struct flee_entry),
    .params = params,
    .open = entry_open,
    .morning = entry_morning,
    .enter = entry_enter,
    .settle = entry_settle,
    .close = entry_close,
};
