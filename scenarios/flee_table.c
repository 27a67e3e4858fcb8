/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/flee_table.h"
#include "sim/memory.h"
#include <stdlib.h>
#include <string.h>

/* Rooms double. */
static void append(struct flee_table *table, int32_t day, double value)
{
    size_t count = (size_t)table->count, room = count ? 2 * count : 1;
    if ((count & (count - 1)) == 0) {
        table->day = memory_grow(table->day, count, room, sizeof *table->day);
        table->value = memory_grow(table->value, count, room, sizeof *table->value);
    }
    table->day[count] = day;
    table->value[count] = value;
    table->count++;
}

void flee_table_free(struct flee_table *table)
{
    memory_free(table->day);
    memory_free(table->value);
    *table = (struct flee_table){0};
}

/* Whole numbers only, as Flee; "fixed" takes fractions too. */
static int read_people(struct flee_input *in, const struct csv *csv, int row, double *people)
{
    int64_t whole;
    if (in->compat) {
        if (csv_integer(csv, row, 1, &whole, in->error)) return -1;
        *people = (double)whole;
    } else if (csv_number(csv, row, 1, people, in->error)) return -1;
    if (*people >= 0 && *people <= 1e15) return 0;
    return csv_fail(csv, row, in->error, "expected a number of people of 0 or more, found '%s'", csv_text(csv, row, 1));
}

static int read_row(struct flee_input *in, const struct csv *csv, int row, struct flee_table *table)
{
    int32_t date;
    double people;
    if (csv_blank(csv, row, 1)) return 0; /* no number for that date */
    if (flee_input_date(csv, row, 0, &date, in->error) || read_people(in, csv, row, &people)) return -1;
    append(table, date - in->setup->start, people / (double)in->hasten);
    return 0;
}

/* The first row is a header if it says so or has no date. */
static int first_row(const struct csv *csv)
{
    if (csv->rows == 0) return 0;
    const char *first = csv_text(csv, 0, 0);
    return !*first || !strcmp(first, "Date") || !strcmp(first, "DateTime");
}

/* Insertion sort, stable: files are short and nearly in order. Returns whether anything moved. */
static bool sort(struct flee_table *table)
{
    bool moved = false;
    for (int i = 1; i < table->count; i++)
        for (int j = i; j > 0 && table->day[j - 1] > table->day[j]; j--) {
            int32_t day = table->day[j];
            double value = table->value[j];
            table->day[j] = table->day[j - 1];
            table->value[j] = table->value[j - 1];
            table->day[j - 1] = day;
            table->value[j - 1] = value;
            moved = true;
        }
    return moved;
}

static int read_rows(struct flee_input *in, const struct csv *csv, struct flee_table *table)
{
    for (int row = first_row(csv); row < csv->rows; row++)
        if (read_row(in, csv, row, table)) return -1;
    if (table->count == 0) return fail_at(in->error, csv->path, 0, "expected rows of a date and a number of people, found none");
    if (sort(table)) setup_warn(in->setup, "%s: dates are not in order; sorted", csv->path);
    return 0;
}

int flee_table_read(struct flee_input *in, const char *file, struct flee_table *table)
{
    struct csv csv = {0};
    *table = (struct flee_table){0};
    int status = flee_input_table(in, in->source, file, CSV_PLAIN, &csv) ? -1 : read_rows(in, &csv, table);
    csv_free(&csv);
    return status;
}

double flee_table_at(const struct flee_table *table, int32_t day)
{
    if (day <= table->day[0]) return table->value[0];
    for (int i = 1; i < table->count; i++) {
        if (day >= table->day[i]) continue;
        double before = table->value[i - 1];
        double share = (double)(day - table->day[i - 1]) / (double)(table->day[i] - table->day[i - 1]);
        return before + share * (table->value[i] - before);
    }
    return table->value[table->count - 1];
}

/* Flee's sum: `one` is walked along by an offset that stays on its last entry; entries of `one` get the value of `other`
   seen last, entries of `other` get the next value of `one`. */
static int add_like_flee(const struct flee_table *one, const struct flee_table *other, struct flee_table *sum)
{
    int offset = 0, seen = -1;
    for (int i = 0; i < other->count; i++) {
        bool ended = false;
        while (other->day[i] > one->day[offset] && !ended) {
            if (seen < 0) return -1;
            append(sum, one->day[offset], other->value[seen] + one->value[offset]);
            ended = offset == one->count - 1;
            if (!ended) offset++;
        }
        if (other->day[i] > one->day[offset]) continue;
        append(sum, other->day[i], other->value[i] + one->value[offset]);
        if (other->day[i] == one->day[offset] && offset < one->count - 1) offset++;
        seen = i;
    }
    return 0;
}

static void add_interpolated(const struct flee_table *one, const struct flee_table *other, struct flee_table *sum)
{
    for (int i = 0, j = 0; i < one->count || j < other->count;) {
        bool first = j == other->count || (i < one->count && one->day[i] <= other->day[j]);
        int32_t day = first ? one->day[i++] : other->day[j++];
        if (sum->count && sum->day[sum->count - 1] == day) continue;
        append(sum, day, flee_table_at(one, day) + flee_table_at(other, day));
    }
}

int flee_table_add(struct flee_table *table, const struct flee_table *other, bool compat)
{
    struct flee_table sum = {0};
    int status = 0;
    if (compat) status = add_like_flee(table, other, &sum);
    else add_interpolated(table, other, &sum);
    flee_table_free(table);
    *table = sum;
    return status;
}

int flee_table_correct(struct flee_table *table, int32_t day)
{
    int status = -1;
    for (int i = 1; i < table->count; i++) {
        if (table->day[i] != day) continue;
        if (table->value[i - 1] == 0) return -2;
        double factor = table->value[i] / table->value[i - 1];
        for (int j = 0; j < i; j++) table->value[j] *= factor;
        status = 0;
    }
    return status;
}
