/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"
#include "memory.h"
#include <assert.h>
#include <math.h>
#include <string.h>

const char *const world_kind_words[] = {"town", "camp", "idp_camp", "conflict", "marker", "forwarding", "city", "rural", "border", "embarkation", "disembarkation", "reception", "detention", NULL};
const char *const world_mode_words[] = {"road", "desert", "rail", "sea", "air", NULL};
const char *const world_role_words[] = {"origin", "transit", "destination", NULL};

/* Names: open addressing, at most half full; a slot holds index + 1, 0 is free. The texts belong to places and states. */

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash ^ hash >> 15;
}

/* The slot that holds the name, or the free one where it belongs. */
static uint32_t slot_of(const struct world_names *names, const char *name)
{
    uint32_t slot = hash_of(name) & (names->room - 1);
    while (names->slot[slot] && strcmp(names->name[names->slot[slot] - 1], name) != 0) slot = (slot + 1) & (names->room - 1);
    return slot;
}

static uint32_t find_name(const struct world_names *names, const char *name)
{
    if (names->room == 0) return WORLD_NOWHERE;
    uint32_t found = names->slot[slot_of(names, name)];
    return found ? found - 1 : WORLD_NOWHERE;
}

/* A duplicate is found as the first of its kind. */
static void enter_name(struct world_names *names, uint32_t i)
{
    uint32_t *slot = &names->slot[slot_of(names, names->name[i])];
    if (*slot == 0) *slot = i + 1;
}

static void grow_names(struct world_names *names)
{
    uint32_t room = names->room ? names->room * 2 : 16;
    names->name = memory_grow(names->name, names->room / 2, room / 2, sizeof *names->name);
    memory_free(names->slot);
    names->slot = memory_new(room, sizeof *names->slot);
    names->room = room;
    for (uint32_t i = 0; i < names->count; i++) enter_name(names, i);
}

static void add_name(struct world_names *names, const char *name)
{
    if (names->count == names->room / 2) grow_names(names);
    names->name[names->count] = name;
    enter_name(names, names->count++);
}

static void free_names(struct world_names *names)
{
    memory_free(names->slot);
    memory_free(names->name);
}

struct world *world_new(void) { return memory_new(1, sizeof(struct world)); }

/* Room for one more item; rooms double. */
static void *with_room(void *items, uint32_t count, size_t size)
{
    if (count > 0 && (count < 8 || (count & (count - 1)) != 0)) return items;
    size_t room = count == 0 ? 8 : (size_t)count * 2;
    return memory_grow(items, count, room, size);
}

uint32_t world_state(struct world *world, const char *name)
{
    uint32_t found = world_find_state(world, name);
    if (found != WORLD_NOWHERE) return found;
    world->state = with_room(world->state, world->states, sizeof *world->state);
    world->role = with_room(world->role, world->states, sizeof *world->role);
    world->state[world->states] = memory_text(name);
    add_name(&world->state_names, world->state[world->states]);
    return world->states++;
}

uint32_t world_add_place(struct world *world, struct world_place place)
{
    assert(!world->first && place.name && place.state < world->states);
    place.name = memory_text(place.name);
    place.region = memory_text(place.region);
    world->place = with_room(world->place, world->places, sizeof *world->place);
    world->place[world->places] = place;
    add_name(&world->place_names, place.name);
    return world->places++;
}

uint32_t world_add_link(struct world *world, struct world_link link)
{
    assert(!world->first && world->links < INT32_MAX && (unsigned)link.mode < WORLD_MODES);
    link.open = true;
    link.closures = 0;
    link.closed_on = -1;
    world->link = with_room(world->link, world->links, sizeof *world->link);
    world->link[world->links] = link;
    return world->links++;
}

void world_add_event(struct world *world, struct world_event event)
{
    assert(!world->first);
    world->event = with_room(world->event, world->events, sizeof *world->event);
    world->event[world->events++] = event;
}

static struct world_column *find_column(const struct world *world, const char *name, enum world_of of)
{
    for (uint32_t i = 0; i < world->columns; i++)
        if (world->column[i].of == of && strcmp(world->column[i].name, name) == 0) return &world->column[i];
    return NULL;
}

struct world_column *world_add_column(struct world *world, const char *name, enum world_of of)
{
    assert(!world->first);
    struct world_column *column = find_column(world, name, of);
    if (column) return column;
    world->column = with_room(world->column, world->columns, sizeof *world->column);
    column = &world->column[world->columns++];
    uint32_t count = of == WORLD_OF_LINKS ? world->links : of == WORLD_OF_PLACES ? world->places
                                                                                 : world->states;
    *column = (struct world_column){memory_text(name), of, memory_new(count, sizeof *column->value)};
    for (uint32_t i = 0; i < count; i++) column->value[i] = NAN;
    return column;
}

static int check_place(const struct world *world, uint32_t i, struct error *error)
{
    const struct world_place *place = &world->place[i];
    if (world_find_place(world, place->name) != i) return fail(error, FAIL_INPUT, "two places are named '%s'", place->name);
    if (fabs(place->latitude) > 90 || fabs(place->longitude) > 180)
        return fail(error, FAIL_INPUT, "place '%s': expected a latitude in [-90, 90] and a longitude in [-180, 180] degrees, "
                                       "found %.15g, %.15g",
                    place->name, place->latitude, place->longitude);
    if (!(place->population >= 0 && isfinite(place->population)))
        return fail(error, FAIL_INPUT, "place '%s': expected a population of 0 or more people, found %.15g",
                    place->name, place->population);
    if (!(place->capacity >= 0 && isfinite(place->capacity)))
        return fail(error, FAIL_INPUT, "place '%s': expected a capacity of 0 (unlimited) or more people, found %.15g",
                    place->name, place->capacity);
    return 0;
}

static int check_places(const struct world *world, struct error *error)
{
    for (uint32_t i = 0; i < world->places; i++)
        if (check_place(world, i, error)) return -1;
    return 0;
}

static int check_links(const struct world *world, struct error *error)
{
    for (uint32_t i = 0; i < world->links; i++) {
        const struct world_link *link = &world->link[i];
        assert(link->from < world->places && link->to < world->places);
        if (link->km >= 0 && isfinite(link->km)) continue;
        return fail(error, FAIL_INPUT, "link '%s' to '%s': expected a length of 0 km or more, found %.15g",
                    world->place[link->from].name, world->place[link->to].name, link->km);
    }
    return 0;
}

static bool is_event_known(const struct world *world, const struct world_event *event)
{
    switch (event->target) {
    case WORLD_LINK:
    case WORLD_REDIRECT:
        return event->a < world->places && event->b < world->places;
    case WORLD_BORDER:
        return event->a < world->states && event->b < world->states;
    case WORLD_PLACE:
    case WORLD_KIND:
        return event->a < world->places;
    }
    return false;
}

static int check_events(const struct world *world, struct error *error)
{
    for (uint32_t i = 0; i < world->events; i++) {
        const struct world_event *event = &world->event[i];
        assert(is_event_known(world, event));
        bool by_link = event->target == WORLD_LINK || event->target == WORLD_REDIRECT;
        if (!is_event_known(world, event)) return fail(error, FAIL_INTERNAL, "event %u names a place or state that does not exist", i);
        if (by_link && world_find_link(world, event->a, event->b) == WORLD_NOWHERE)
            return fail(error, FAIL_INPUT, "event of day %d: expected a link from '%s' to '%s', found none",
                        event->day, world->place[event->a].name, world->place[event->b].name);
    }
    return 0;
}

/* first[p] for a key by item, as for compressed rows: counts, then their running sum. */
static uint32_t *row_starts(const struct world *world, bool incoming)
{
    uint32_t *first = memory_new((size_t)world->places + 1, sizeof *first);
    for (uint32_t i = 0; i < world->links; i++) first[(incoming ? world->link[i].to : world->link[i].from) + 1]++;
    for (uint32_t p = 0; p < world->places; p++) first[p + 1] += first[p];
    return first;
}

/* order[new] = old: links by .from (or .to), in the order given within each. */
static uint32_t *link_order(const struct world *world, const uint32_t *first, bool incoming)
{
    uint32_t *next = memory_copy(first, (size_t)world->places + 1, sizeof *next);
    uint32_t *order = memory_new(world->links, sizeof *order);
    for (uint32_t i = 0; i < world->links; i++) order[next[incoming ? world->link[i].to : world->link[i].from]++] = i;
    memory_free(next);
    return order;
}

static void permute_column(struct world_column *column, const uint32_t *order, uint32_t count)
{
    double *value = memory_new(count, sizeof *value);
    for (uint32_t i = 0; i < count; i++) value[i] = column->value[order[i]];
    memory_free(column->value);
    column->value = value;
}

static void sort_links(struct world *world)
{
    uint32_t *order = link_order(world, world->first, false);
    struct world_link *link = memory_new(world->links, sizeof *link);
    for (uint32_t i = 0; i < world->links; i++) link[i] = world->link[order[i]];
    memory_free(world->link);
    world->link = link;
    for (uint32_t i = 0; i < world->columns; i++)
        if (world->column[i].of == WORLD_OF_LINKS) permute_column(&world->column[i], order, world->links);
    memory_free(order);
}

static void merge_events(const struct world_event *from, struct world_event *to, uint32_t low, uint32_t middle, uint32_t high)
{
    uint32_t left = low, right = middle;
    for (uint32_t i = low; i < high; i++) {
        bool take_left = left < middle && (right >= high || from[left].day <= from[right].day);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* By day, stable. */
static void sort_events(struct world *world)
{
    uint32_t count = world->events;
    struct world_event *from = world->event, *to = memory_new(count, sizeof *to);
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t low = 0; low < count; low += 2 * width) {
            uint32_t middle = count - low < width ? count : low + width;
            merge_events(from, to, low, middle, count - middle < width ? count : middle + width);
        }
        struct world_event *swap = from;
        from = to;
        to = swap;
    }
    world->event = from;
    memory_free(to);
}

static void keep_start(struct world *world)
{
    world->kind_changed = memory_new(world->places, sizeof *world->kind_changed);
    world->start_kind = memory_new(world->places, sizeof *world->start_kind);
    world->start_redirected = memory_new(world->links, sizeof *world->start_redirected);
    for (uint32_t i = 0; i < world->places; i++) world->start_kind[i] = world->place[i].kind;
    for (uint32_t i = 0; i < world->links; i++) world->start_redirected[i] = world->link[i].redirected;
}

int world_finish(struct world *world, struct error *error)
{
    assert(!world->first);
    if (check_places(world, error) || check_links(world, error)) return -1;
    world->first = row_starts(world, false);
    sort_links(world);
    world->first_in = row_starts(world, true);
    world->link_in = link_order(world, world->first_in, true);
    sort_events(world);
    keep_start(world);
    world_rewind(world);
    return check_events(world, error);
}

static void free_texts(struct world *world)
{
    for (uint32_t i = 0; i < world->states; i++) memory_free(world->state[i]);
    for (uint32_t i = 0; i < world->places; i++) {
        memory_free(world->place[i].name);
        memory_free(world->place[i].region);
    }
    for (uint32_t i = 0; i < world->columns; i++) {
        memory_free(world->column[i].name);
        memory_free(world->column[i].value);
    }
}

void world_free(struct world *world)
{
    if (!world) return;
    free_texts(world);
    free_names(&world->place_names);
    free_names(&world->state_names);
    void *block[] = {world->state, world->role, world->place, world->link, world->first, world->event, world->column, world->kind_changed,
                     world->first_in, world->link_in, world->start_kind, world->start_redirected, world};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

uint32_t world_find_place(const struct world *world, const char *name) { return find_name(&world->place_names, name); }

uint32_t world_find_state(const struct world *world, const char *name) { return find_name(&world->state_names, name); }

uint32_t world_find_link(const struct world *world, uint32_t from, uint32_t to)
{
    assert(world->first && from < world->places && to < world->places);
    for (uint32_t i = world->first[from]; i < world->first[from + 1]; i++)
        if (world->link[i].to == to) return i;
    return WORLD_NOWHERE;
}

const double *world_values(const struct world *world, const char *column, enum world_of of)
{
    const struct world_column *found = find_column(world, column, of);
    return found ? found->value : NULL;
}

static void close_link(struct world_link *link, int32_t day)
{
    if (link->open) link->closed_on = day;
    if (link->closures < UINT16_MAX) link->closures++;
    link->open = false;
}

static void open_link(struct world_link *link, bool last_word)
{
    if (last_word) link->closures = 0;
    else if (link->closures > 0) link->closures--;
    link->open = link->closures == 0;
}

static void set_link(const struct world *world, uint32_t i, const struct world_event *event)
{
    if (event->closes) close_link(&world->link[i], event->day);
    else open_link(&world->link[i], world->last_word);
}

static void apply_link(const struct world *world, const struct world_event *event)
{
    for (uint32_t i = world->first[event->a]; i < world->first[event->a + 1]; i++)
        if (world->link[i].to == event->b) set_link(world, i, event);
}

static void apply_redirect(const struct world *world, const struct world_event *event)
{
    for (uint32_t i = world->first[event->a]; i < world->first[event->a + 1]; i++)
        if (world->link[i].to == event->b) world->link[i].redirected = event->closes;
}

/* A link from the place to itself is set once. */
static void apply_place(const struct world *world, const struct world_event *event)
{
    for (uint32_t i = world->first[event->a]; i < world->first[event->a + 1]; i++) set_link(world, i, event);
    for (uint32_t i = world->first_in[event->a]; i < world->first_in[event->a + 1]; i++)
        if (world->link[world->link_in[i]].from != event->a) set_link(world, world->link_in[i], event);
}

static void apply_border(const struct world *world, const struct world_event *event)
{
    for (uint32_t i = 0; i < world->links; i++) {
        uint32_t from = world->place[world->link[i].from].state, to = world->place[world->link[i].to].state;
        if ((from == event->a && to == event->b) || (from == event->b && to == event->a)) set_link(world, i, event);
    }
}

static void apply_event(struct world *world, const struct world_event *event)
{
    switch (event->target) {
    case WORLD_LINK:
        apply_link(world, event);
        break;
    case WORLD_PLACE:
        apply_place(world, event);
        break;
    case WORLD_BORDER:
        apply_border(world, event);
        break;
    case WORLD_REDIRECT:
        apply_redirect(world, event);
        break;
    case WORLD_KIND:
        world->place[event->a].kind = event->kind;
        world->kind_changed[event->a] = true;
        break;
    }
}

static void clear_kind_changed(struct world *world)
{
    if (world->places) memset(world->kind_changed, 0, world->places * sizeof *world->kind_changed);
}

int world_day(struct world *world, int32_t day)
{
    assert(world->first);
    int applied = 0;
    clear_kind_changed(world);
    for (; world->next_event < world->events && world->event[world->next_event].day <= day; applied++)
        apply_event(world, &world->event[world->next_event++]);
    return applied;
}

void world_rewind(struct world *world)
{
    assert(world->first);
    clear_kind_changed(world);
    for (uint32_t i = 0; i < world->places; i++) world->place[i].kind = world->start_kind[i];
    for (uint32_t i = 0; i < world->links; i++) {
        struct world_link *link = &world->link[i];
        link->redirected = world->start_redirected[i];
        link->open = true;
        link->closures = 0;
        link->closed_on = -1;
    }
    world->next_event = 0;
    while (world->next_event < world->events && world->event[world->next_event].day < 0) world->next_event++;
}
