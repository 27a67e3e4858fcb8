/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee_inside.h"
#include "sim/memory.h"
#include <math.h>

static const double NEARLY_NONE = 1e-6; /* Flee's zero for intensities and capacity multipliers */

/* The value of a column, or the fallback where the column or the cell is blank. */
static double value_of(const struct world *world, const char *column, bool of_links, uint32_t cell, double fallback)
{
    const double *value = world_values(world, column, of_links);
    return value && !isnan(value[cell]) ? value[cell] : fallback;
}

static double move_chance_of(const struct naive_flee_settings *settings, uint32_t kind)
{
    if (kind & WORLD_IDP_CAMP) return settings->idpcamp_movechance;
    if (kind & WORLD_CAMP) return settings->camp_movechance;
    if (kind & WORLD_CONFLICT) return settings->conflict_movechance;
    if (kind & (WORLD_FORWARDING | WORLD_MARKER)) return 1;
    return settings->default_movechance;
}

static void set_kind(struct naive_flee *flee, uint32_t i, uint32_t kind)
{
    struct naive_flee_place *place = &flee->place[i];
    place->move_chance = move_chance_of(&flee->settings, kind);
    place->conflict = kind & WORLD_CONFLICT ? flee->intensity[i] : -1;
    place->kind = kind & ~(uint32_t)WORLD_CONFLICT;
    /* Flee takes a place that people hardly leave for a camp. */
    if (!naive_flee_fixed(flee) && place->move_chance < 0.005 && !(kind & WORLD_CAMP)) place->kind = (place->kind | WORLD_CAMP) & ~(uint32_t)WORLD_TOWN;
}

static uint32_t start_kind(const struct world *world, uint32_t i)
{
    return world->start_kind ? world->start_kind[i] : world->place[i].kind;
}

static void open_place(struct naive_flee *flee, uint32_t i)
{
    const struct world_place *from = &flee->world->place[i];
    struct naive_flee_place *place = &flee->place[i];
    flee->intensity[i] = value_of(flee->world, "conflict_intensity", false, i, 1);
    set_kind(flee, i, start_kind(flee->world, i));
    place->capacity = place->kind & WORLD_CAMP ? from->capacity : -1;
    place->population = from->population;
    place->foreign = from->state != flee->world->place[0].state;
    place->time_of_conflict = -1;
    place->score = 1;
    place->room = 1;
}

static void open_link(struct naive_flee *flee, uint32_t i)
{
    const struct world_link *from = &flee->world->link[i];
    flee->link[i] = (struct naive_flee_link){
        .from = from->from,
        .to = from->to,
        .km = from->km,
        .speed_km = value_of(flee->world, "max_move_speed", true, i, flee->settings.max_move_speed),
        .walk_probability = value_of(flee->world, "walk_probability", true, i, 0),
        .open = true,
        .redirected = flee->world->start_redirected ? flee->world->start_redirected[i] : from->redirected,
        .closed_on = -1,
    };
}

void naive_flee_map_open(struct naive_flee *flee)
{
    flee->place = memory_new(flee->places, sizeof *flee->place);
    flee->intensity = memory_new(flee->places, sizeof *flee->intensity);
    flee->threshold = memory_new(flee->places, sizeof *flee->threshold);
    flee->attraction = memory_new(flee->places, sizeof *flee->attraction);
    flee->link = memory_new(flee->links, sizeof *flee->link);
    for (uint32_t i = 0; i < flee->places; i++) open_place(flee, i);
    for (uint32_t i = 0; i < flee->links; i++) open_link(flee, i);
    flee->map_version = 1;
    naive_flee_map_weights(flee);
    for (uint32_t i = 0; i < flee->places; i++) flee->place[i].weight_used = flee->place[i].weight_after;
}

/* Changes of kind come before today's conflict, as those of location_changes.csv do; the world does not tell those of
   closures.csv apart, which come after it: this matters only where both meet at one place on one day. */
void naive_flee_map_kinds(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->world->events; i++) {
        const struct world_event *event = &flee->world->event[i];
        if (event->day != flee->day || event->target != WORLD_KIND) continue;
        set_kind(flee, event->a, event->kind);
        flee->map_version++;
    }
}

static void begin_conflict(struct naive_flee *flee, struct naive_flee_place *place, double intensity)
{
    place->conflict = intensity;
    place->move_chance = flee->settings.conflict_movechance;
    place->kind &= ~(uint32_t)WORLD_TOWN;
    place->time_of_conflict = flee->day;
}

static void end_conflict(struct naive_flee *flee, struct naive_flee_place *place)
{
    place->conflict = -1;
    place->move_chance = flee->settings.default_movechance;
    place->kind |= WORLD_TOWN;
}

/* Flee acts when a series passes the threshold and not otherwise (B4). */
static bool conflict_compat(struct naive_flee *flee, struct naive_flee_place *place, double before, double now)
{
    bool first = flee->day == 0;
    bool begins = now > NEARLY_NONE && (first || before < NEARLY_NONE), ends = !first && now < NEARLY_NONE && before >= NEARLY_NONE;
    if (begins) begin_conflict(flee, place, now);
    if (ends) end_conflict(flee, place);
    return begins || ends;
}

static bool conflict_fixed(struct naive_flee *flee, struct naive_flee_place *place, double before, double now)
{
    double old = place->conflict;
    if (now > NEARLY_NONE && (flee->day == 0 || before <= NEARLY_NONE)) begin_conflict(flee, place, now);
    else if (now > NEARLY_NONE) place->conflict = now;
    else if (old > 0) end_conflict(flee, place);
    return place->conflict != old || place->time_of_conflict == flee->day;
}

static bool conflict_at(struct naive_flee *flee, const struct driver *driver, uint32_t i)
{
    double now = driver_at(driver, i, flee->day), before = flee->day > 0 ? driver_at(driver, i, flee->day - 1) : 0;
    if (isnan(now)) return false; /* no series */
    if (naive_flee_fixed(flee)) return conflict_fixed(flee, &flee->place[i], before, now);
    return conflict_compat(flee, &flee->place[i], before, now);
}

bool naive_flee_map_conflict(struct naive_flee *flee)
{
    const struct driver *driver = driver_find(&flee->setup->drivers, "conflict");
    bool changed = false;
    for (uint32_t i = 0; driver && i < flee->places; i++)
        if (conflict_at(flee, driver, i)) changed = true;
    return changed;
}

static void close_link(struct naive_flee *flee, struct naive_flee_link *link)
{
    if (link->open) link->closed_on = flee->day;
    link->open = false;
    link->closures++;
}

static void reopen_link(struct naive_flee *flee, struct naive_flee_link *link)
{
    if (flee->world->last_word) link->closures = 0;
    else if (link->closures > 0) link->closures--;
    link->open = link->closures == 0;
}

static bool is_meant(const struct naive_flee *flee, const struct world_event *event, const struct naive_flee_link *link)
{
    uint32_t from = flee->world->place[link->from].state, to = flee->world->place[link->to].state;
    switch (event->target) {
    case WORLD_LINK:
        return naive_flee_fixed(flee) && link->from == event->a && link->to == event->b; /* B3 */
    case WORLD_REDIRECT:
        return link->from == event->a && link->to == event->b;
    case WORLD_PLACE:
        return link->from == event->a || link->to == event->a;
    case WORLD_BORDER:
        return (from == event->a && to == event->b) || (from == event->b && to == event->a);
    case WORLD_KIND:
        break;
    }
    return false;
}

static void apply(struct naive_flee *flee, const struct world_event *event)
{
    for (uint32_t i = 0; i < flee->links; i++) {
        struct naive_flee_link *link = &flee->link[i];
        if (!is_meant(flee, event, link)) continue;
        if (event->target == WORLD_REDIRECT) link->redirected = event->closes;
        else if (event->closes) close_link(flee, link);
        else reopen_link(flee, link);
    }
}

void naive_flee_map_closures(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->world->events; i++) {
        const struct world_event *event = &flee->world->event[i];
        if (event->day != flee->day || event->target == WORLD_KIND) continue;
        apply(flee, event);
        flee->map_version++;
    }
}

static double weight_of(const struct naive_flee *flee, const struct naive_flee_place *place)
{
    if (flee->settings.conflict_driven_spawning || place->conflict <= 0) return 0;
    return place->population * place->conflict * naive_flee_settings_decay(&flee->settings, flee->day - place->time_of_conflict);
}

void naive_flee_map_weights(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->places; i++) flee->place[i].weight_after = weight_of(flee, &flee->place[i]);
}

static double score_of(const struct naive_flee *flee, const struct naive_flee_place *place)
{
    const struct naive_flee_settings *settings = &flee->settings;
    double score = 1;
    if (place->foreign) score *= settings->foreign_weight;
    if (place->kind & (WORLD_CAMP | WORLD_IDP_CAMP)) score *= settings->camp_weight;
    if (place->conflict > 0)
        score *= pow(settings->conflict_weight, naive_flee_settings_decay(settings, flee->day - place->time_of_conflict) * place->conflict);
    return score;
}

/* The score as a destination: people are drawn to towns and zones by their population, never to camps. */
static double attraction_of(const struct naive_flee *flee, const struct naive_flee_place *place)
{
    const struct naive_flee_settings *settings = &flee->settings;
    double score = place->score;
    if (settings->use_pop_for_loc_weight && !(place->kind & WORLD_CAMP))
        score *= pow(fmax(1, place->population), settings->pop_power_for_loc_weight);
    return settings->weight_softening + score;
}

static uint64_t threshold_of(const struct naive_flee *flee, const struct naive_flee_place *place)
{
    const struct naive_flee_settings *settings = &flee->settings;
    double chance = place->move_chance, people = fmax(place->population, place->capacity);
    if (settings->movechance_pop_scale_factor != 0)
        chance *= pow(people / settings->movechance_pop_base, settings->movechance_pop_scale_factor);
    if (!(chance > 0)) return 0;
    return chance >= 1 ? (uint64_t)1 << 32 : (uint64_t)llround(chance * 0x1p32);
}

/* Compat: Flee's K grows whatever it is; fixed: unlimited stays unlimited (B6). */
static void grow_capacity(struct naive_flee *flee, uint32_t i)
{
    double per_day = trunc(value_of(flee->world, "capacity_per_day", false, i, 0));
    if (per_day > 0 && (flee->place[i].capacity > 0 || !naive_flee_fixed(flee))) flee->place[i].capacity += per_day;
}

void naive_flee_map_scores(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->places; i++) {
        struct naive_flee_place *place = &flee->place[i];
        place->score = score_of(flee, place);
        grow_capacity(flee, i);
        flee->attraction[i] = attraction_of(flee, place);
        flee->threshold[i] = threshold_of(flee, place);
    }
    flee->room_version++;
}

/* C(j): 1 up to the buffer, then falling to 0 at capacity. */
static double room_of(const struct naive_flee *flee, const struct naive_flee_place *place)
{
    double capacity = place->capacity * flee->settings.capacity_scaling, buffer = flee->settings.capacity_buffer;
    double present = (double)place->present;
    if (naive_flee_fixed(flee) ? place->capacity <= 0 : capacity < 1) return 1;
    if (present <= buffer * capacity) return 1;
    if (present >= capacity) return 0;
    return 1 - (present - buffer * capacity) / (capacity * (1 - buffer));
}

static void set_room(struct naive_flee *flee, struct naive_flee_place *place)
{
    double room = room_of(flee, place);
    if (room == place->room) return;
    place->room = room;
    flee->room_version++;
}

void naive_flee_map_rooms(struct naive_flee *flee)
{
    for (uint32_t i = 0; i < flee->places; i++) set_room(flee, &flee->place[i]);
}

void naive_flee_map_count(struct naive_flee *flee, uint32_t place, int delta)
{
    flee->place[place].present += delta;
    if (flee->options.order == NAIVE_FLEE_SERIAL) set_room(flee, &flee->place[place]);
}
