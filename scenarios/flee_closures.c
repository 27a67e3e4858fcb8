/* SPDX-License-Identifier: GPL-3.0-or-later */
/* closures.csv: type, name1, name2, day it closes, day it reopens (-1: never). location_changes.csv: location, type, day.
   Of events on one day those of location_changes.csv come first, then closures row by row. */
#include "scenarios/flee_input.h"
#include <string.h>

enum { TYPE,
       NAME1,
       NAME2,
       START,
       END };
enum { LOCATION,
       NEW_TYPE,
       DAY };

static const char *const closure_fields[] = {"closure_type", "name1", "name2", "closure_start", "closure_end", NULL};
static const char *const change_fields[] = {"location", "new_type", "day", NULL};

/* What a type of closure does at its start and at its end. */
static const struct closure {
    const char *type;
    enum world_target target;
    bool start_closes, end_closes;
    uint32_t start_kind, end_kind;
} closures[] = {
    {"country", WORLD_BORDER, true, false, 0, 0},
    {"location", WORLD_PLACE, true, false, 0, 0},
    {"link", WORLD_LINK, true, false, 0, 0},
    {"camp", WORLD_KIND, true, false, WORLD_TOWN, WORLD_CAMP},
    {"idpcamp", WORLD_KIND, true, false, WORLD_TOWN, WORLD_CAMP | WORLD_IDP_CAMP},
    {"remove_forced_redirection", WORLD_REDIRECT, false, true, 0, 0},
};
enum { CLOSURES = sizeof closures / sizeof *closures };

static int read_day(struct flee_input *in, const struct csv *csv, int row, int column, int32_t *day)
{
    int64_t number;
    *day = -1;
    if (csv_integer(csv, row, column, &number, in->error)) return -1;
    if (number < -1 || number > INT32_MAX) return csv_fail(csv, row, in->error,
                                                           "expected a day of 0 or later, or -1 for never, in field %d, found '%s'", column + 1, csv_text(csv, row, column));
    *day = (int32_t)number;
    return 0;
}

static void add_event(struct flee_input *in, struct world_event event, int32_t day)
{
    event.day = day;
    if (day >= 0) world_add_event(in->setup->world, event);
}

/* The find functions return 1, or 0 where the name is unknown and the rules let that pass, or -1. */

static int find_state(struct flee_input *in, const struct csv *csv, int row, int column, uint32_t *state)
{
    char hint[96];
    const char *name = csv_text(csv, row, column);
    *state = world_find_state(in->setup->world, name);
    if (*state != WORLD_NOWHERE) return 1;
    return flee_input_doubt(in, csv, row, "unknown country '%.80s'%s", name, flee_input_near_state(in, name, hint));
}

static int find_place(struct flee_input *in, const struct csv *csv, int row, int column, uint32_t *place)
{
    char hint[96];
    const char *name = csv_text(csv, row, column);
    *place = world_find_place(in->setup->world, name);
    if (*place != WORLD_NOWHERE) return 1;
    return flee_input_doubt(in, csv, row, "unknown location '%.80s'%s", name, flee_input_near_place(in, name, hint));
}

static bool has_link(const struct world *world, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < world->links; i++)
        if (world->link[i].from == from && world->link[i].to == to) return true;
    return false;
}

static int find_border(struct flee_input *in, const struct csv *csv, int row, struct world_event *event)
{
    int found = find_state(in, csv, row, NAME1, &event->a);
    return found < 1 ? found : find_state(in, csv, row, NAME2, &event->b);
}

static int find_link(struct flee_input *in, const struct csv *csv, int row, struct world_event *event)
{
    int found = find_place(in, csv, row, NAME1, &event->a);
    if (found == 1) found = find_place(in, csv, row, NAME2, &event->b);
    if (found < 1 || has_link(in->setup->world, event->a, event->b)) return found;
    return flee_input_doubt(in, csv, row, "no route from '%.80s' to '%.80s'", csv_text(csv, row, NAME1), csv_text(csv, row, NAME2));
}

static int find_target(struct flee_input *in, const struct csv *csv, int row, struct world_event *event)
{
    if (event->target == WORLD_BORDER) return find_border(in, csv, row, event);
    if (event->target == WORLD_LINK || event->target == WORLD_REDIRECT) return find_link(in, csv, row, event);
    return find_place(in, csv, row, NAME1, &event->a);
}

static const struct closure *find_closure(struct flee_input *in, const struct csv *csv, int row)
{
    const char *type = csv_text(csv, row, TYPE), *known[CLOSURES];
    char hint[96];
    for (int i = 0; i < CLOSURES; i++) {
        if (!strcmp(type, closures[i].type)) return &closures[i];
        known[i] = closures[i].type;
    }
    csv_fail(csv, row, in->error, "expected a closure type (country, location, link, camp, idpcamp, remove_forced_redirection), found %s%.80s%s%s", *type ? "'" : "",
             *type ? type : "nothing", *type ? "'" : "", fail_nearest(hint, type, known, CLOSURES));
    return NULL;
}

static int read_closure(struct flee_input *in, const struct csv *csv, int row)
{
    int32_t start = 0, end = 0;
    const struct closure *closure = find_closure(in, csv, row);
    if (!closure || read_day(in, csv, row, START, &start) || read_day(in, csv, row, END, &end)) return -1;
    struct world_event event = {.target = closure->target, .closes = closure->start_closes, .kind = closure->start_kind};
    int found = find_target(in, csv, row, &event);
    if (found < 1) return found;
    if (in->compat && closure->target == WORLD_LINK) { /* Flee compares the names by identity, so nothing matches */
        setup_warn(in->setup, "%s:%d: closures of type 'link' have no effect in Flee, nor with rules compat", csv->path,
                   csv->row[row].line);
        return 0;
    }
    add_event(in, event, start);
    event.closes = closure->end_closes;
    event.kind = closure->end_kind;
    add_event(in, event, end);
    return 0;
}

static int read_change(struct flee_input *in, const struct csv *csv, int row)
{
    int32_t day = 0;
    struct world_event event = {.target = WORLD_KIND, .kind = flee_places_kind(in, csv, row, NEW_TYPE)};
    if (event.kind == 0 || read_day(in, csv, row, DAY, &day)) return -1;
    int found = find_place(in, csv, row, LOCATION, &event.a);
    if (found == 1) add_event(in, event, day);
    return found < 0 ? -1 : 0;
}

static int read_changes(struct flee_input *in, struct csv *csv)
{
    if (flee_input_table(in, in->input, "location_changes.csv", CSV_HASHED, csv) || flee_input_widths(in, csv, change_fields,
                                                                                                      DAY + 1)) return -1;
    for (int row = 0; row < csv->rows; row++)
        if (read_change(in, csv, row)) return -1;
    return 0;
}

static int read_closures(struct flee_input *in, struct csv *csv)
{
    if (flee_input_table(in, in->input, "closures.csv", CSV_HASHED, csv) || flee_input_widths(in, csv, closure_fields, END + 1)) return -1;
    for (int row = 0; row < csv->rows; row++)
        if (read_closure(in, csv, row)) return -1;
    return 0;
}

int flee_closures_read(struct flee_input *in)
{
    struct csv changes = {0}, csv = {0};
    int status = flee_input_exists(in->input, "location_changes.csv") ? read_changes(in, &changes) : 0;
    if (!status) status = read_closures(in, &csv);
    csv_free(&changes);
    csv_free(&csv);
    in->setup->world->last_word = in->compat;
    return status;
}
