/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source_data/data_layout.csv (name, file, more files to add) and input_csv/registration_corrections.csv (name, date):
   the people registered on each day. The first row of the layout is the total. */
#include "scenarios/flee_table.h"
#include "sim/memory.h"
#include <string.h>

enum { NAME,
       FILE_NAME };
enum { DATE = 1 };

struct layout {
    struct csv csv;
    struct flee_table *table; /* [csv.rows] */
    double *day, *today;      /* [days]: knots of one series */
};

static int find_row(const struct layout *layout, const char *name)
{
    for (int i = 0; i < layout->csv.rows; i++)
        if (!strcmp(csv_text(&layout->csv, i, NAME), name)) return i;
    return -1;
}

static const char *near_row(const struct layout *layout, const char *name, char hint[96])
{
    const char **names = memory_new((size_t)layout->csv.rows, sizeof *names);
    for (int i = 0; i < layout->csv.rows; i++) names[i] = csv_text(&layout->csv, i, NAME);
    fail_nearest(hint, name, names, (size_t)layout->csv.rows);
    memory_free(names);
    return hint;
}

static int check_row(struct flee_input *in, const struct layout *layout, int row)
{
    const struct csv *csv = &layout->csv;
    const char *name = csv_text(csv, row, NAME);
    if (!*name || csv_blank(csv, row, FILE_NAME)) return csv_fail(csv, row, in->error, "expected a name and a file, found %s",
                                                                  *name ? "a name only" : "no name");
    if (row == 0 && strcmp(name, "total")) return csv_fail(csv, row, in->error, "expected 'total' in the first row, found '%.80s'", name);
    int first = find_row(layout, name);
    return first == row ? 0 : csv_fail(csv, row, in->error, "'%.80s' is given twice, first on line %d", name, csv->row[first].line);
}

static int read_file(struct flee_input *in, const struct layout *layout, int row, int column, struct flee_table *table)
{
    const char *file = csv_text(&layout->csv, row, column);
    if (flee_input_exists(in->source, file)) return flee_table_read(in, file, table);
    *table = (struct flee_table){0};
    return csv_fail(&layout->csv, row, in->error, "no file '%.80s' in %s", file, in->source);
}

static int add_file(struct flee_input *in, struct layout *layout, int row, int column)
{
    struct flee_table other;
    int status = read_file(in, layout, row, column, &other);
    if (!status && flee_table_add(&layout->table[row], &other, in->compat))
        status = csv_fail(&layout->csv, row, in->error, "expected '%.80s' to start no later than the files before it, as Flee cannot add it otherwise (rules fixed can)",
                          csv_text(&layout->csv, row, column));
    flee_table_free(&other);
    return status;
}

static int read_row(struct flee_input *in, struct layout *layout, int row)
{
    if (check_row(in, layout, row) || read_file(in, layout, row, FILE_NAME, &layout->table[row])) return -1;
    for (int column = FILE_NAME + 1; column < layout->csv.row[row].fields; column++)
        if (!csv_blank(&layout->csv, row, column) && add_file(in, layout, row, column)) return -1;
    return 0;
}

static int read_layout(struct flee_input *in, struct layout *layout)
{
    if (flee_input_table(in, in->source, "data_layout.csv", CSV_PLAIN, &layout->csv)) return -1;
    if (layout->csv.rows == 0) return fail_at(in->error, layout->csv.path, 0, "expected a row 'total' and one for each camp, found none");
    layout->table = memory_new((size_t)layout->csv.rows, sizeof *layout->table);
    for (int row = 0; row < layout->csv.rows; row++)
        if (read_row(in, layout, row)) return -1;
    return 0;
}

static int check_camps(struct flee_input *in, const struct layout *layout)
{
    char hint[96];
    const struct world *world = in->setup->world;
    for (uint32_t i = 0; i < world->places; i++)
        if ((world->place[i].kind & WORLD_CAMP) && find_row(layout, world->place[i].name) < 0)
            return fail_at(in->error, layout->csv.path, 0, "expected a row for camp '%.80s', found none%s", world->place[i].name,
                           near_row(layout, world->place[i].name, hint));
    return 0;
}

static int correct(struct flee_input *in, struct layout *layout, const struct csv *csv, int row)
{
    int32_t date;
    char hint[96];
    const char *name = csv_text(csv, row, NAME);
    int found = find_row(layout, name);
    if (found < 0) return csv_fail(csv, row, in->error, "unknown name '%.80s' in data_layout.csv%s", name, near_row(layout, name, hint));
    if (flee_input_date(csv, row, DATE, &date, in->error)) return -1;
    if (date < in->setup->start) {
        setup_warn(in->setup, "%s:%d: the date is before the start; ignored", csv->path, csv->row[row].line);
        return 0;
    }
    int status = flee_table_correct(&layout->table[found], date - in->setup->start);
    if (status == 0) return 0;
    if (status == -2) return csv_fail(csv, row, in->error, "nobody was registered for '%.80s' just before %s, so there is nothing to scale", name, csv_text(csv, row, DATE));
    return csv_fail(csv, row, in->error, "expected a date in the data of '%.80s' and not its first, found '%s'", name, csv_text(csv, row, DATE));
}

static int correct_rows(struct flee_input *in, struct layout *layout, struct csv *csv)
{
    if (flee_input_table(in, in->input, "registration_corrections.csv", CSV_PLAIN, csv)) return -1;
    for (int row = 0; row < csv->rows; row++)
        if (csv->row[row].fields > 1 && correct(in, layout, csv, row)) return -1;
    return 0;
}

static int read_corrections(struct flee_input *in, struct layout *layout)
{
    struct csv csv = {0};
    if (!flee_input_exists(in->input, "registration_corrections.csv")) return 0;
    int status = correct_rows(in, layout, &csv);
    csv_free(&csv);
    return status;
}

/* Adds to layout->today what Flee reads on each day: whole people, rounded towards zero. */
static void add_days(struct flee_input *in, struct layout *layout, int row)
{
    for (int32_t day = 0; day < in->setup->days; day++) layout->today[day] += (double)(int64_t)flee_table_at(&layout->table[row], day);
}

/* empty_camps_on_day0: who was there on day 0 is left out. */
static void leave_out_day0(struct flee_input *in, struct layout *layout)
{
    double before = in->empty_camps ? layout->today[0] : 0;
    for (int32_t day = 0; day < in->setup->days; day++) layout->today[day] -= before;
}

static void clear_days(struct flee_input *in, struct layout *layout)
{
    for (int32_t day = 0; day < in->setup->days; day++) layout->today[day] = 0;
}

static void add_series(struct flee_input *in, struct layout *layout, struct driver *driver, uint32_t cell)
{
    leave_out_day0(in, layout);
    driver_add_series(driver, cell, in->setup->days, layout->day, layout->today);
}

static void make_total(struct flee_input *in, struct layout *layout)
{
    struct driver *driver = driver_add(&in->setup->drivers, "registered_total", "people",
                                       "people registered in all, the first row of data_layout.csv", DRIVER_GLOBAL, DRIVER_STEP, 1);
    clear_days(in, layout);
    add_days(in, layout, 0);
    add_series(in, layout, driver, 0);
}

static void make_places(struct flee_input *in, struct layout *layout)
{
    const struct world *world = in->setup->world;
    struct driver *driver = driver_add(&in->setup->drivers, "registered", "people", "people registered by place, from source_data",
                                       DRIVER_PLACE, DRIVER_STEP, world->places);
    for (int row = 1; row < layout->csv.rows; row++) {
        uint32_t place = world_find_place(world, csv_text(&layout->csv, row, NAME));
        if (place == WORLD_NOWHERE) continue;
        clear_days(in, layout);
        add_days(in, layout, row);
        add_series(in, layout, driver, place);
    }
}

static void make_elsewhere(struct flee_input *in, struct layout *layout)
{
    struct driver *driver = driver_add(&in->setup->drivers, "registered_elsewhere", "people",
                                       "people registered under names that are no place", DRIVER_GLOBAL, DRIVER_STEP, 1);
    clear_days(in, layout);
    for (int row = 1; row < layout->csv.rows; row++) {
        const char *name = csv_text(&layout->csv, row, NAME);
        if (world_find_place(in->setup->world, name) != WORLD_NOWHERE) continue;
        add_days(in, layout, row);
        setup_warn(in->setup, "%s:%d: '%.80s' is no location; its people count as registered elsewhere", layout->csv.path,
                   layout->csv.row[row].line, name);
    }
    add_series(in, layout, driver, 0);
}

static void make_drivers(struct flee_input *in, struct layout *layout)
{
    size_t days = (size_t)in->setup->days;
    layout->day = memory_new(days, sizeof *layout->day);
    layout->today = memory_new(days, sizeof *layout->today);
    for (int32_t day = 0; day < in->setup->days; day++) layout->day[day] = day;
    make_places(in, layout);
    make_total(in, layout);
    make_elsewhere(in, layout);
}

static void free_layout(struct layout *layout)
{
    for (int row = 0; layout->table && row < layout->csv.rows; row++) flee_table_free(&layout->table[row]);
    memory_free(layout->table);
    memory_free(layout->day);
    memory_free(layout->today);
    csv_free(&layout->csv);
}

int flee_data_read(struct flee_input *in)
{
    struct layout layout = {0};
    int status = read_layout(in, &layout) || check_camps(in, &layout) || read_corrections(in, &layout) ? -1 : 0;
    if (!status) make_drivers(in, &layout);
    free_layout(&layout);
    return status;
}
