/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map from its tables: places, links and closures here, states in a file of their own. */
#include "scenario_input.h"
#include "scenario_states.h"
#include "scenario_table.h"
#include "sim/memory.h"
#include <stdlib.h>
#include <string.h>

#define PLACES_MOST 262143 /* a person's id holds 18 bits of origin */

static const char *const place_columns[] = {"name", "state", "latitude", "longitude", "kind", "region", "population", "capacity", NULL};
static const char *const link_columns[] = {"from", "to", "km", "both", "redirected", "mode", NULL};
static const char *const closure_columns[] = {"day", "until", "what", "a", "b", "kind", "both", NULL};
enum { PLACE_NAME,
       PLACE_STATE,
       PLACE_LATITUDE,
       PLACE_LONGITUDE,
       PLACE_KIND,
       PLACE_REGION,
       PLACE_POPULATION,
       PLACE_CAPACITY };
enum { LINK_FROM,
       LINK_TO,
       LINK_KM,
       LINK_BOTH,
       LINK_REDIRECTED,
       LINK_MODE };
enum { CLOSURE_DAY,
       CLOSURE_UNTIL,
       CLOSURE_WHAT,
       CLOSURE_A,
       CLOSURE_B,
       CLOSURE_KIND,
       CLOSURE_BOTH };

/* A directed link as added, and the row it came from. */
struct link_row {
    uint32_t from, to;
    int row;
};

struct reader {
    struct scenario_input *input;
    struct world *world;
    struct scenario_table places, links, closures;
    struct link_row *link; /* in the order added, then sorted to find duplicates */
    uint32_t link_count, link_room;
    struct error *error;
};

/* ---- places ---- */

/* A camp for internally displaced people is a camp. */
static int read_kind(struct reader *r, const struct scenario_table *table, int row, int which, uint32_t *kind)
{
    const char *text;
    if (scenario_table_needed(table, row, which, &text, r->error)) return -1;
    if (scenario_table_bits(r->input, table, row, which, world_kind_words, kind)) return -1;
    if (*kind & WORLD_IDP_CAMP) *kind |= WORLD_CAMP;
    return 0;
}

static int read_position(struct reader *r, int row, struct world_place *place)
{
    if (scenario_table_number(&r->places, row, PLACE_LATITUDE, -90, 90, &place->latitude, r->error)) return -1;
    return scenario_table_number(&r->places, row, PLACE_LONGITUDE, -180, 180, &place->longitude, r->error);
}

static int read_people(struct reader *r, int row, struct world_place *place)
{
    if (scenario_table_people(&r->places, row, PLACE_POPULATION, &place->population, r->error)) return -1;
    return scenario_table_people(&r->places, row, PLACE_CAPACITY, &place->capacity, r->error);
}

static int read_names(struct reader *r, int row, const char **name, const char **state)
{
    if (scenario_table_needed(&r->places, row, PLACE_NAME, name, r->error) || scenario_table_needed(&r->places, row, PLACE_STATE, state, r->error)) return -1;
    if (strchr(*name, '>'))
        return csv_fail(&r->places.csv, row, r->error, "a place's name may not hold '>', as '%s' does: it joins the ends of a link", *name);
    uint32_t same = world_find_place(r->world, *name);
    if (same == WORLD_NOWHERE) return 0;
    return csv_fail(&r->places.csv, row, r->error, "place '%s' is there already, on line %d", *name, r->places.csv.row[same].line);
}

static int read_place(struct reader *r, int row)
{
    struct world_place place = {0};
    const char *name, *state;
    if (read_names(r, row, &name, &state) || read_position(r, row, &place) || read_people(r, row, &place)) return -1;
    if (read_kind(r, &r->places, row, PLACE_KIND, &place.kind)) return -1;
    char *words[] = {memory_text(name), memory_text(scenario_table_text(&r->places, row, PLACE_REGION))};
    place.name = words[0];
    place.region = words[1];
    place.state = world_state(r->world, state);
    world_add_place(r->world, place);
    memory_free(words[0]);
    memory_free(words[1]);
    return 0;
}

static int read_places(struct reader *r)
{
    struct csv *csv = &r->places.csv;
    if (scenario_table_open(&r->places, place_columns, PLACE_REGION, r->error)) return -1;
    if (csv->rows > PLACES_MOST) return fail_at(r->error, csv->path, 0, "expected at most %d places, found %d", PLACES_MOST, csv->rows);
    for (int row = 0; row < csv->rows; row++)
        if (read_place(r, row)) return -1;
    return 0;
}

/* ---- links ---- */

static void add_link(struct reader *r, struct world_link link, int row)
{
    if (r->link_count == r->link_room) {
        uint32_t room = r->link_room ? 2 * r->link_room : 64;
        r->link = memory_grow(r->link, r->link_room, room, sizeof *r->link);
        r->link_room = room;
    }
    r->link[r->link_count++] = (struct link_row){link.from, link.to, row};
    world_add_link(r->world, link);
}

static int read_end(struct reader *r, const struct scenario_table *table, int row, int which, enum scenario_over over, uint32_t *cell)
{
    const char *name;
    if (scenario_table_needed(table, row, which, &name, r->error)) return -1;
    return scenario_input_cell(r->input, over, name, scenario_input_row(&table->csv, row), cell);
}

static int read_mode(struct reader *r, int row, enum world_mode *mode)
{
    const struct scenario_table *table = &r->links;
    const char *word = scenario_table_text(table, row, LINK_MODE);
    int found = word[0] ? scenario_input_word(r->input, "mode", word, world_mode_words, scenario_input_row(&table->csv, row)) : WORLD_ROAD;
    if (found < 0) return -1;
    *mode = (enum world_mode)found;
    return 0;
}

static int read_link(struct reader *r, int row)
{
    const struct scenario_table *table = &r->links;
    struct world_link link = {0};
    bool both = true;
    if (read_end(r, table, row, LINK_FROM, SCENARIO_PLACE, &link.from)) return -1;
    if (read_end(r, table, row, LINK_TO, SCENARIO_PLACE, &link.to)) return -1;
    if (link.from == link.to)
        return csv_fail(&table->csv, row, r->error, "a link leads from '%s' to itself", scenario_table_text(table, row, LINK_FROM));
    if (scenario_table_number(table, row, LINK_KM, 0.001, 50000, &link.km, r->error)) return -1;
    if (scenario_input_yes(r->input, &table->csv, row, table->column[LINK_BOTH], &both)) return -1;
    if (scenario_input_yes(r->input, &table->csv, row, table->column[LINK_REDIRECTED], &link.redirected)) return -1;
    if (read_mode(r, row, &link.mode)) return -1;
    add_link(r, link, row);
    struct world_link back = {.from = link.to, .to = link.from, .km = link.km, .mode = link.mode};
    if (both) add_link(r, back, row);
    return 0;
}

static int compare_links(const void *left, const void *right)
{
    const struct link_row *a = left, *b = right;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    if (a->to != b->to) return a->to < b->to ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int check_links(struct reader *r)
{
    const struct csv *csv = &r->links.csv;
    if (r->link_count) qsort(r->link, r->link_count, sizeof *r->link, compare_links);
    for (uint32_t i = 1; i < r->link_count; i++) {
        const struct link_row *a = &r->link[i - 1], *b = &r->link[i];
        if (a->from != b->from || a->to != b->to) continue;
        return csv_fail(csv, b->row, r->error,
                        "the link from '%s' to '%s' is there already, on line %d (links go both ways unless both = no)",
                        r->world->place[b->from].name, r->world->place[b->to].name, csv->row[a->row].line);
    }
    return 0;
}

static int read_links(struct reader *r)
{
    struct csv *csv = &r->links.csv;
    if (!csv->path) return 0;
    if (scenario_table_open(&r->links, link_columns, LINK_BOTH, r->error)) return -1;
    for (int row = 0; row < csv->rows; row++)
        if (read_link(r, row)) return -1;
    return 0;
}

static bool has_link(const struct reader *r, uint32_t from, uint32_t to)
{
    uint32_t low = 0, high = r->link_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct link_row *at = &r->link[middle];
        bool before = at->from != from ? at->from < from : at->to < to;
        if (before) low = middle + 1;
        else high = middle;
    }
    return low < r->link_count && r->link[low].from == from && r->link[low].to == to;
}

/* ---- further numeric columns ---- */

/* Rows are places as added; each row of links may have made two. */
static void spread(const struct reader *r, enum world_of of, const double *value, double *to)
{
    uint32_t count = of == WORLD_OF_LINKS ? r->link_count : r->world->places;
    for (uint32_t i = 0; i < count; i++) to[i] = value[of == WORLD_OF_LINKS ? (uint32_t)r->link[i].row : i];
}

static int add_column(struct reader *r, const struct scenario_table *table, int column, enum world_of of)
{
    double *value = memory_new((size_t)table->csv.rows, sizeof *value);
    int status = scenario_table_values(table, column, value, r->error);
    if (!status) spread(r, of, value, world_add_column(r->world, table->csv.name[column], of)->value);
    memory_free(value);
    return status;
}

/* Once all places and links are added, and before links are sorted. */
static int add_columns(struct reader *r, const struct scenario_table *table, enum world_of of)
{
    for (int i = 0; i < table->csv.columns; i++)
        if (!scenario_table_knows(table, i) && add_column(r, table, i, of)) return -1;
    return 0;
}

/* ---- closures ---- */

static int read_span(struct reader *r, int row, int32_t *day, int32_t *until)
{
    const struct scenario_table *table = &r->closures;
    struct scenario_at at = scenario_input_row(&table->csv, row);
    const char *text;
    if (scenario_table_needed(table, row, CLOSURE_DAY, &text, r->error)) return -1;
    if (scenario_input_day(r->input, text, at, day) || scenario_input_inside(r->input, *day, at)) return -1;
    *until = INT32_MAX;
    text = scenario_table_text(table, row, CLOSURE_UNTIL);
    if (text[0] && scenario_input_day(r->input, text, at, until)) return -1;
    return *until > *day ? 0 : csv_fail(&table->csv, row, r->error, "expected 'until' after 'day', found '%s'", text);
}

/* The change and, where it has an end, its undoing. */
static void add_events(struct reader *r, struct world_event event, int32_t until, uint32_t kind_after)
{
    world_add_event(r->world, event);
    if (until == INT32_MAX) return;
    event.day = until;
    event.closes = false;
    event.kind = kind_after;
    world_add_event(r->world, event);
}

static int add_link_closure(struct reader *r, int row, struct world_event event, int32_t until)
{
    const struct scenario_table *table = &r->closures;
    bool both = event.target == WORLD_LINK, there = has_link(r, event.a, event.b), back = has_link(r, event.b, event.a);
    if (scenario_input_yes(r->input, &table->csv, row, table->column[CLOSURE_BOTH], &both)) return -1;
    if (!there)
        return csv_fail(&table->csv, row, r->error, "there is no link from '%s' to '%s'",
                        r->world->place[event.a].name, r->world->place[event.b].name);
    add_events(r, event, until, 0);
    if (both && back) add_events(r, (struct world_event){event.day, event.target, event.b, event.a, true, 0}, until, 0);
    return 0;
}

static int read_ends(struct reader *r, int row, struct world_event *event)
{
    const struct scenario_table *table = &r->closures;
    enum scenario_over over = event->target == WORLD_BORDER ? SCENARIO_STATE : SCENARIO_PLACE;
    bool two = event->target != WORLD_PLACE && event->target != WORLD_KIND;
    if (read_end(r, table, row, CLOSURE_A, over, &event->a)) return -1;
    if (two) return read_end(r, table, row, CLOSURE_B, over, &event->b);
    if (!scenario_table_text(table, row, CLOSURE_B)[0]) return 0;
    return csv_fail(&table->csv, row, r->error, "expected column 'b' to be blank for '%s'", scenario_table_text(table, row, CLOSURE_WHAT));
}

static int add_closure(struct reader *r, int row, struct world_event event, int32_t until)
{
    const struct scenario_table *table = &r->closures;
    event.closes = event.target != WORLD_KIND;
    if (event.target == WORLD_LINK || event.target == WORLD_REDIRECT) return add_link_closure(r, row, event, until);
    if (event.target == WORLD_KIND && read_kind(r, table, row, CLOSURE_KIND, &event.kind)) return -1;
    add_events(r, event, until, event.target == WORLD_KIND ? r->world->place[event.a].kind : 0);
    return 0;
}

static int read_closure(struct reader *r, int row)
{
    static const char *const words[] = {"link", "place", "border", "kind", "redirect", NULL};
    static const enum world_target targets[] = {WORLD_LINK, WORLD_PLACE, WORLD_BORDER, WORLD_KIND, WORLD_REDIRECT};
    const struct scenario_table *table = &r->closures;
    struct world_event event = {0};
    int32_t until;
    if (read_span(r, row, &event.day, &until)) return -1;
    int what = scenario_input_word(r->input, "what", scenario_table_text(table, row, CLOSURE_WHAT), words, scenario_input_row(&table->csv, row));
    if (what < 0) return -1;
    event.target = targets[what];
    return read_ends(r, row, &event) ? -1 : add_closure(r, row, event, until);
}

static int read_closures(struct reader *r)
{
    struct csv *csv = &r->closures.csv;
    if (!csv->path) return 0;
    if (scenario_table_open(&r->closures, closure_columns, CLOSURE_B, r->error)) return -1;
    for (int i = 0; i < csv->columns; i++)
        if (!scenario_table_knows(&r->closures, i))
            return fail_at(r->error, csv->path, csv->header_line, "unknown column '%s'", csv->name[i]);
    for (int row = 0; row < csv->rows; row++)
        if (read_closure(r, row)) return -1;
    return 0;
}

/* ---- the whole ---- */

static int read_tables(struct reader *r, struct config_node world)
{
    if (scenario_input_table(r->input, world, "places", CONFIG_NEEDED, &r->places.csv)) return -1;
    if (scenario_input_table(r->input, world, "links", CONFIG_OPTIONAL, &r->links.csv)) return -1;
    return scenario_input_table(r->input, world, "closures", CONFIG_OPTIONAL, &r->closures.csv);
}

static int build(struct reader *r, struct config_node world)
{
    if (read_places(r) || scenario_states_read(r->input, world) || read_links(r)) return -1;
    if (add_columns(r, &r->places, WORLD_OF_PLACES) || add_columns(r, &r->links, WORLD_OF_LINKS)) return -1;
    if (check_links(r) || read_closures(r)) return -1;
    return world_finish(r->world, r->error);
}

int scenario_world_read(struct scenario_input *input)
{
    struct reader r = {.input = input, .error = input->error};
    struct config_node world;
    if (config_group(config_root(input->config), "world", CONFIG_NEEDED, &world, input->error)) return -1;
    r.world = input->setup->world = world_new();
    int status = read_tables(&r, world);
    if (!status) status = build(&r, world);
    csv_free(&r.places.csv);
    csv_free(&r.links.csv);
    csv_free(&r.closures.csv);
    memory_free(r.link);
    return status;
}
