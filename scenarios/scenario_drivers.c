/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drivers: one table each, a row per day, a column per place, state or link, or one column "value" for the whole world. */
#include "scenario_input.h"
#include "sim/memory.h"
#include <string.h>

static const char *const over_words[] = {"global", "place", "state", "link", NULL};
static const char *const method_words[] = {"step", "linear", "spline", NULL};
static const enum driver_over overs[] = {DRIVER_GLOBAL, DRIVER_PLACE, DRIVER_STATE, DRIVER_LINK};
static const enum scenario_over cells_of[] = {SCENARIO_GLOBAL, SCENARIO_PLACE, SCENARIO_STATE, SCENARIO_LINK};
static const enum driver_method methods[] = {DRIVER_STEP, DRIVER_LINEAR, DRIVER_SPLINE};

struct reader {
    struct scenario_input *input;
    struct driver *driver;
    struct csv csv;
    int over;             /* index into over_words */
    double *day;          /* of each row */
    double *knot, *value; /* of one column, blank fields left out */
    struct error *error;
};

static int read_days(struct reader *r)
{
    const struct csv *csv = &r->csv;
    for (int row = 0; row < csv->rows; row++) {
        int32_t day;
        const char *text = csv_text(csv, row, 0);
        if (scenario_input_day(r->input, text, scenario_input_row(csv, row), &day)) return -1;
        if (row > 0 && day <= r->day[row - 1])
            return csv_fail(csv, row, r->error, "days must ascend: '%s' does not come after '%s'", text, csv_text(csv, row - 1, 0));
        r->day[row] = day;
    }
    return 0;
}

static int read_knots(struct reader *r, int column)
{
    int knots = 0;
    for (int row = 0; row < r->csv.rows; row++) {
        if (csv_blank(&r->csv, row, column)) continue;
        if (csv_number(&r->csv, row, column, &r->value[knots], r->error)) return -1;
        r->knot[knots++] = r->day[row];
    }
    return knots;
}

static int find_cell(struct reader *r, int column, uint32_t *cell)
{
    const char *name = r->csv.name[column];
    struct scenario_at at = scenario_input_header(&r->csv);
    *cell = 0;
    if (overs[r->over] != DRIVER_GLOBAL) return scenario_input_cell(r->input, cells_of[r->over], name, at, cell);
    return strcmp(name, "value") ? fail_at(r->error, at.file, at.line,
                                           "expected one column 'value' after the day for a global driver, found '%s'", name)
                                 : 0;
}

static int read_series(struct reader *r, int column)
{
    uint32_t cell;
    struct scenario_at at = scenario_input_header(&r->csv);
    if (find_cell(r, column, &cell)) return -1;
    if (r->driver->where[cell] >= 0) return fail_at(r->error, at.file, at.line, "two columns stand for '%s'", r->csv.name[column]);
    int knots = read_knots(r, column), least = r->driver->method == DRIVER_SPLINE ? 3 : 1;
    if (knots < 0) return -1;
    if (knots < least)
        return fail_at(r->error, at.file, at.line, "column '%s': a driver with method \"%s\" needs at least %d values, found %d",
                       r->csv.name[column], method_words[r->driver->method], least, knots);
    driver_add_series(r->driver, cell, knots, r->knot, r->value);
    return 0;
}

static int check_header(const struct reader *r)
{
    const struct csv *csv = &r->csv;
    if (strcmp(csv->name[0], "day") && strcmp(csv->name[0], "date"))
        return fail_at(r->error, csv->path, csv->header_line, "expected 'day' or 'date' as the first column, found '%s'", csv->name[0]);
    return csv->columns > 1 ? 0 : fail_at(r->error, csv->path, csv->header_line, "expected a column of values beside '%s'", csv->name[0]);
}

static int read_columns(struct reader *r)
{
    size_t rows = (size_t)r->csv.rows;
    r->day = memory_new(3 * rows, sizeof *r->day);
    r->knot = r->day + rows;
    r->value = r->knot + rows;
    int status = check_header(r) || read_days(r) ? -1 : 0;
    for (int column = 1; !status && column < r->csv.columns; column++) status = read_series(r, column);
    memory_free(r->day);
    return status;
}

static uint32_t cell_count(const struct world *world, enum driver_over over)
{
    switch (over) {
    case DRIVER_PLACE:
        return world->places;
    case DRIVER_STATE:
        return world->states;
    case DRIVER_LINK:
        return world->links;
    case DRIVER_GLOBAL:
        break;
    }
    return 1;
}

/* Index of the word that the setting holds; 0, the first, where it is absent. */
static int read_word(struct reader *r, struct config_node group, const char *name, enum config_need need, const char *const *words)
{
    const char *word = words[0];
    struct config_node node;
    if (config_any(group, name, need, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &word, r->error)) return -1;
    return scenario_input_word(r->input, name, word, words, scenario_input_at(node));
}

/* Name, unit, meaning, over and method; the driver is added without series. */
static int read_head(struct reader *r, struct config_node group)
{
    const char *name, *unit = "1", *doc = "";
    struct setup *setup = r->input->setup;
    if (config_text(group, "name", CONFIG_NEEDED, &name, r->error)) return -1;
    if (config_text(group, "unit", CONFIG_OPTIONAL, &unit, r->error)) return -1;
    if (config_text(group, "doc", CONFIG_OPTIONAL, &doc, r->error)) return -1;
    if (driver_find(&setup->drivers, name)) return config_fail(group, r->error, "there is already a driver '%s'", name);
    int method = read_word(r, group, "method", CONFIG_OPTIONAL, method_words);
    r->over = read_word(r, group, "over", CONFIG_NEEDED, over_words);
    if (r->over < 0 || method < 0) return -1;
    r->driver = driver_add(&setup->drivers, name, unit, doc, overs[r->over], methods[method], cell_count(setup->world, overs[r->over]));
    return 0;
}

static int read_driver(struct scenario_input *input, struct config_node group)
{
    struct reader r = {.input = input, .error = input->error};
    if (config_as_group(group, input->error) || read_head(&r, group)) return -1;
    int status = scenario_input_table(input, group, "file", CONFIG_NEEDED, &r.csv);
    if (!status) status = read_columns(&r);
    csv_free(&r.csv);
    return status;
}

static int fail_observed(struct scenario_input *input, struct config_node node, const char *name)
{
    const struct driver_set *set = &input->setup->drivers;
    const char **names = memory_new((size_t)set->count + 1, sizeof *names);
    char hint[96];
    for (uint32_t i = 0; i < set->count; i++) names[i] = set->driver[i]->name;
    fail_nearest(hint, name, names, set->count);
    memory_free(names);
    return config_fail(node, input->error, "there is no driver '%s'%s", name, hint);
}

static int read_observed(struct scenario_input *input)
{
    struct config_node node;
    const char *name;
    if (config_any(config_root(input->config), "observed", CONFIG_OPTIONAL, &node, input->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &name, input->error)) return -1;
    const struct driver *driver = driver_find(&input->setup->drivers, name);
    if (!driver) return fail_observed(input, node, name);
    if (driver->over != DRIVER_PLACE) return config_fail(node, input->error, "expected a driver over places, and '%s' is not", name);
    input->setup->observed = memory_text(name);
    return 0;
}

int scenario_drivers_read(struct scenario_input *input)
{
    struct config_node list;
    if (config_items(config_root(input->config), "drivers", CONFIG_OPTIONAL, &list, input->error)) return -1;
    int count = config_count(list);
    for (int i = 0; i < count; i++)
        if (read_driver(input, config_item(list, i))) return -1;
    return read_observed(input) || driver_finish(&input->setup->drivers, input->error) ? -1 : 0;
}
