/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of locations.csv and routes.csv beyond Flee's own: kept where they hold numbers. */
#include "scenarios/flee_input.h"
#include <math.h>
#include <string.h>

enum { PLACE_FIELDS = 8,
       LINK_FIELDS = 4 };

/* Columns that rules read: a text there is an error, not a reason to leave the column out. */
static const struct {
    const char *name;
    bool of_links;
    double low, high;
} known[] = {
    {"conflict_intensity", false, 0, HUGE_VAL},
    {"initial_idps", false, 0, HUGE_VAL},
    {"capacity_per_day", false, -HUGE_VAL, HUGE_VAL},
    {"farmer_fraction", false, 0, 0},
    {"max_move_speed", true, 0, HUGE_VAL},
    {"walk_probability", true, 0, 1},
};

static int known_index(const char *name, bool of_links)
{
    for (int i = 0; i < (int)(sizeof known / sizeof *known); i++)
        if (!strcmp(known[i].name, name) && known[i].of_links == of_links) return i;
    return -1;
}

/* A field is a number, or blank and then NaN. */
static int read_value(const struct csv *csv, int row, int column, double *value, struct error *error)
{
    *value = NAN;
    return csv_blank(csv, row, column) ? 0 : csv_number(csv, row, column, value, error);
}

/* The first row with something else than a number; -1 where all are numbers or blank. */
static int first_text(const struct csv *csv, int column)
{
    double value;
    for (int row = 0; row < csv->rows; row++) {
        struct error unused = {0};
        if (read_value(csv, row, column, &value, &unused)) return row;
    }
    return -1;
}

static bool all_blank(const struct csv *csv, int column)
{
    for (int row = 0; row < csv->rows; row++)
        if (!csv_blank(csv, row, column)) return false;
    return true;
}

static int check_range(const struct csv *csv, int row, int column, int i, double value, struct error *error)
{
    if (isnan(value) || (value >= known[i].low && value <= known[i].high)) return 0;
    if (known[i].high == 0) return csv_fail(csv, row, error, "rule '%s' is not built yet; set the column to 0 or remove it", known[i].name);
    return csv_fail(csv, row, error, "expected %g to %g in column '%s', found '%s'", known[i].low, known[i].high, known[i].name,
                    csv_text(csv, row, column));
}

/* Values by item (place or link) from those by row. */
static int fill(struct flee_input *in, const struct csv *csv, int column, bool of_links)
{
    int i = known_index(csv->name[column], of_links);
    struct world_column *made = world_add_column(in->setup->world, csv->name[column], of_links);
    uint32_t count = of_links ? in->links_added : in->setup->world->places;
    for (uint32_t item = 0; item < count; item++) {
        int row = of_links ? in->row_of_link[item] : (int)item;
        if (read_value(csv, row, column, &made->value[item], in->error)) return -1;
        if (i >= 0 && check_range(csv, row, column, i, made->value[item], in->error)) return -1;
    }
    return 0;
}

static int read_column(struct flee_input *in, const struct csv *csv, int column, bool of_links)
{
    const char *name = csv->name[column];
    if (!*name || all_blank(csv, column)) return 0;
    int text = first_text(csv, column);
    if (text < 0 || known_index(name, of_links) >= 0) return fill(in, csv, column, of_links);
    setup_warn(in->setup, "%s:%d: column '%.40s' holds text ('%.40s'); left out", csv->path, csv->row[text].line, name, csv_text(csv, text, column));
    return 0;
}

static int check_twice(const struct csv *csv, int from, struct error *error)
{
    for (int i = from; i < csv->columns; i++)
        for (int j = from; j < i; j++)
            if (*csv->name[i] && !strcmp(csv->name[i], csv->name[j]))
                return fail_at(error, csv->path, csv->header_line, "column '%.80s' is named twice", csv->name[i]);
    return 0;
}

static int read_columns(struct flee_input *in, const struct csv *csv, int from, bool of_links)
{
    if (check_twice(csv, from, in->error)) return -1;
    for (int column = from; column < csv->columns; column++)
        if (read_column(in, csv, column, of_links)) return -1;
    return 0;
}

int flee_columns_read(struct flee_input *in)
{
    return read_columns(in, &in->places, PLACE_FIELDS, false) || read_columns(in, &in->links, LINK_FIELDS, true) ? -1 : 0;
}
