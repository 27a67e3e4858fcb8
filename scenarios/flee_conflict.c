/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conflicts.csv: a column for each place, a row for each day from day 0 on; the first column is not read. */
#include "scenarios/flee_input.h"
#include "sim/memory.h"
#include <string.h>

/* Column names so far that name no place, for one warning. */
struct strangers {
    int count;
    char names[160];
};

static int check_rows(struct flee_input *in, const struct csv *csv)
{
    if (csv->rows < in->setup->days)
        return fail_at(in->error, csv->path, 0, "expected %d rows or more, one for each day, found %d", in->setup->days, csv->rows);
    for (int row = 0; row < csv->rows; row++)
        if (csv->row[row].fields < csv->columns)
            return csv_fail(csv, row, in->error, "expected %d fields as the header (line %d) names, found %d", csv->columns,
                            csv->header_line, csv->row[row].fields);
    return 0;
}

/* Rows count, not the days written in them; that they differ is worth a word. */
static void check_days(struct flee_input *in, const struct csv *csv)
{
    int64_t day;
    for (int row = 0; row < csv->rows; row++) {
        struct error unused = {0};
        if (csv_integer(csv, row, 0, &day, &unused) || day == row) continue;
        setup_warn(in->setup, "%s:%d: the row of day %d says %lld; rows are taken in order", csv->path, csv->row[row].line, row,
                   (long long)day);
        return;
    }
}

/* value[rows]; *zero where all of them are. */
static int read_column(struct flee_input *in, const struct csv *csv, int column, double *value, bool *zero)
{
    *zero = true;
    for (int row = 0; row < csv->rows; row++) {
        if (csv_number(csv, row, column, &value[row], in->error)) return -1;
        if (value[row] < 0) return csv_fail(csv, row, in->error, "expected a conflict intensity of 0 or more in column '%s', found '%s'",
                                            csv->name[column], csv_text(csv, row, column));
        *zero = *zero && value[row] == 0;
    }
    return 0;
}

/* A knot where the value changes. */
static void add_series(struct driver *driver, uint32_t place, int rows, const double *value)
{
    double *day = memory_new((size_t)rows, sizeof *day), *knot = memory_new((size_t)rows, sizeof *knot);
    int knots = 0;
    for (int row = 0; row < rows; row++) {
        if (knots > 0 && value[row] == knot[knots - 1]) continue;
        day[knots] = row;
        knot[knots++] = value[row];
    }
    driver_add_series(driver, place, knots, day, knot);
    memory_free(day);
    memory_free(knot);
}

static int stranger(struct flee_input *in, const struct csv *csv, const char *name, bool zero, struct strangers *strangers)
{
    char hint[96];
    size_t length = strlen(strangers->names);
    if (!zero) return fail_at(in->error, csv->path, csv->header_line, "unknown location '%.80s'%s", name, flee_input_near_place(in, name, hint));
    snprintf(strangers->names + length, sizeof strangers->names - length, "%s%s", strangers->count++ ? ", " : "", name);
    return 0;
}

static int read_columns(struct flee_input *in, const struct csv *csv, struct driver *driver, double *value, struct strangers *strangers)
{
    for (int column = 1; column < csv->columns; column++) {
        bool zero;
        if (!*csv->name[column]) continue;
        if (read_column(in, csv, column, value, &zero)) return -1;
        uint32_t place = world_find_place(in->setup->world, csv->name[column]);
        if (place == WORLD_NOWHERE && stranger(in, csv, csv->name[column], zero, strangers)) return -1;
        if (place != WORLD_NOWHERE && !zero) add_series(driver, place, csv->rows, value);
    }
    return 0;
}

static int read_conflicts(struct flee_input *in, struct csv *csv)
{
    struct strangers strangers = {0};
    if (flee_input_table(in, in->input, "conflicts.csv", CSV_FIRST, csv) || check_rows(in, csv)) return -1;
    check_days(in, csv);
    struct driver *driver = driver_add(&in->setup->drivers, "conflict", "1", "conflict intensity by place, from conflicts.csv",
                                       DRIVER_PLACE, DRIVER_STEP, in->setup->world->places);
    double *value = memory_new((size_t)csv->rows, sizeof *value);
    int status = read_columns(in, csv, driver, value, &strangers);
    memory_free(value);
    if (strangers.count)
        setup_warn(in->setup, "%s:%d: %d column%s without conflict name%s no location: %s", csv->path, csv->header_line, strangers.count,
                   strangers.count > 1 ? "s" : "",
                   strangers.count > 1 ? "" : "s", strangers.names);
    return status;
}

int flee_conflict_read(struct flee_input *in)
{
    struct csv csv = {0};
    int status = read_conflicts(in, &csv);
    csv_free(&csv);
    return status;
}
