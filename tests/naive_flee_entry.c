/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee_inside.h"
#include "sim/memory.h"
#include <math.h>

static void create(struct naive_flee *flee, uint32_t place, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (flee->persons == flee->person_capacity) {
            flee->person_capacity = flee->persons ? 2 * flee->persons : 1024;
            flee->person = memory_grow(flee->person, flee->persons, flee->person_capacity, sizeof *flee->person);
        }
        flee->person[flee->persons++] = (struct naive_flee_person){.at = place};
    }
    flee->place[place].present += count;
    flee->totals.created += count;
}

static void take_from_population(struct naive_flee_place *place, int64_t count)
{
    place->population = fmax(0, place->population - (double)count);
}

/* People counted at a place by the data; 0 where there are none. */
static double registered(const struct naive_flee *flee, uint32_t place, int32_t day)
{
    const struct driver *driver = driver_find(&flee->setup->drivers, "registered");
    double people = driver ? driver_at(driver, place, day) : 0;
    return isnan(people) ? 0 : people;
}

static double global(const struct naive_flee *flee, const char *name, int32_t day)
{
    const struct driver *driver = driver_find(&flee->setup->drivers, name);
    return driver ? driver_at(driver, 0, day) : 0;
}

static double registered_in_all(const struct naive_flee *flee, int32_t day)
{
    double sum = global(flee, "registered_elsewhere", day);
    for (uint32_t i = 0; i < flee->places; i++) sum += registered(flee, i, day);
    return sum;
}

/* Of day 0 Flee adds up every row of the data, the one of the total too (B7). */
static double difference(const struct naive_flee *flee)
{
    const struct naive_flee_settings *settings = &flee->settings;
    int32_t day = flee->day;
    if (day == 0) {
        double total = global(flee, "registered_total", 0), all = registered_in_all(flee, 0);
        double people = !settings->sum_from_camps ? total : naive_flee_fixed(flee) ? all
                                                                                   : all + total;
        return settings->empty_camps_on_day0 ? 0 : people;
    }
    if (settings->sum_from_camps) return registered_in_all(flee, day) - registered_in_all(flee, day - 1);
    return global(flee, "registered_total", day) - global(flee, "registered_total", day - 1);
}

void naive_flee_entry_day0(struct naive_flee *flee)
{
    const double *initial = world_values(flee->world, "initial_idps", false);
    for (uint32_t i = 0; i < flee->places; i++) {
        if (!(flee->place[i].kind & WORLD_CAMP) || flee->settings.empty_camps_on_day0) continue;
        double people = flee->settings.insert_day0 ? registered(flee, i, 0) : 0;
        if (initial && !isnan(initial[i])) people += trunc(initial[i]);
        create(flee, i, (int64_t)people);
    }
}

/* Flee takes the people of day 0 off the capacity, beside counting them as present (B5). */
static void shrink_capacities(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->places; i++)
        if (flee->place[i].capacity > 0) flee->place[i].capacity -= registered(flee, i, 0);
}

/* How many to create today; what the data take back is a debt on later days. */
static int64_t owed(struct naive_flee *flee)
{
    double change = difference(flee), people = change - flee->totals.debt;
    flee->totals.refugees_raw += change;
    if (flee->day == 0 && flee->settings.insert_day0) {
        people = 0;
        if (!naive_flee_fixed(flee)) shrink_capacities(flee);
    }
    flee->totals.debt = people < 0 ? -people : 0;
    return people > 0 ? (int64_t)people : 0;
}

static uint32_t draw_place(struct naive_flee *flee, double total)
{
    double left = naive_flee_random_uniform(&flee->random) * total;
    uint32_t last = 0;
    for (uint32_t i = 0; i < flee->places; i++) {
        if (flee->place[i].weight_used <= 0) continue;
        last = i;
        left -= flee->place[i].weight_used;
        if (left < 0) break;
    }
    return last;
}

/* As many as the data say, where the weights say. */
static int enter_by_data(struct naive_flee *flee, struct error *error)
{
    int64_t people = owed(flee);
    double total = 0;
    for (uint32_t i = 0; i < flee->places; i++) total += flee->place[i].weight_used;
    if (people > 0 && !(total > 0))
        return fail(error, FAIL_RUN, "day %d: %lld people to create, and no place has a weight", flee->day, (long long)people);
    for (int64_t i = 0; i < people; i++) {
        uint32_t place = draw_place(flee, total);
        create(flee, place, 1);
        if (flee->settings.take_from_population) take_from_population(&flee->place[place], 1);
    }
    return 0;
}

static int64_t driven_out(struct naive_flee *flee, const struct naive_flee_place *place)
{
    double rate = flee->settings.displaced_per_conflict_day * place->conflict;
    switch (flee->settings.spawn_mode) {
    case NAIVE_FLEE_CONSTANT:
        return (int64_t)rate;
    case NAIVE_FLEE_POP_RATIO:
        return (int64_t)(flee->settings.displaced_per_conflict_day * place->population * place->conflict);
    case NAIVE_FLEE_POISSON:
        break;
    }
    return naive_flee_random_poisson(&flee->random, rate);
}

static void enter_by_conflict(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->places; i++) {
        if (flee->place[i].conflict <= 0) continue;
        int64_t people = driven_out(flee, &flee->place[i]);
        create(flee, i, people);
        if (flee->settings.take_from_population) take_from_population(&flee->place[i], people);
    }
}

int naive_flee_entry_day(struct naive_flee *flee, struct error *error)
{
    int64_t before = flee->totals.created;
    int status = 0;
    if (naive_flee_fixed(flee)) naive_flee_map_weights(flee); /* of today; compat: of the last day on which something began or ended, or of yesterday */
    for (uint32_t i = 0; i < flee->places; i++) flee->place[i].weight_used = flee->place[i].weight_after;
    if (flee->settings.conflict_driven_spawning) enter_by_conflict(flee);
    else status = enter_by_data(flee, error);
    flee->totals.created_today = flee->totals.created - before;
    return status;
}
