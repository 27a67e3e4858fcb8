/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario_table.h"
#include "sim/memory.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Columns of text for people who read the table. */
static bool is_remark(const char *name) { return !strcmp(name, "source") || !strcmp(name, "note"); }

bool scenario_table_knows(const struct scenario_table *table, int column)
{
    if (is_remark(table->csv.name[column])) return true;
    for (int i = 0; table->known[i]; i++)
        if (table->column[i] == column) return true;
    return false;
}

static int check_own(const struct scenario_table *table, int column, struct error *error)
{
    const char *absent[SCENARIO_TABLE_COLUMNS], *name = table->csv.name[column];
    struct scenario_at at = scenario_input_header(&table->csv);
    size_t count = 0;
    char hint[96];
    if (!name[0]) return fail_at(error, at.file, at.line, "column %d has no name", column + 1);
    for (int i = 0; table->known[i]; i++)
        if (table->column[i] < 0) absent[count++] = table->known[i];
    fail_nearest(hint, name, absent, count);
    return hint[0] ? fail_at(error, at.file, at.line, "unknown column '%s'%s", name, hint) : 0;
}

int scenario_table_open(struct scenario_table *table, const char *const *known, int needed, struct error *error)
{
    const struct csv *csv = &table->csv;
    table->known = known;
    for (int i = 0; known[i]; i++) {
        assert(i < SCENARIO_TABLE_COLUMNS);
        table->column[i] = i < needed ? csv_column(csv, known[i], error) : csv_find(csv, known[i]);
        if (i < needed && table->column[i] < 0) return -1;
    }
    for (int i = 0; i < csv->columns; i++)
        if (!scenario_table_knows(table, i) && check_own(table, i, error)) return -1;
    return 0;
}

const char *scenario_table_text(const struct scenario_table *table, int row, int which) { return csv_text(&table->csv, row, table->column[which]); }

int scenario_table_needed(const struct scenario_table *table, int row, int which, const char **text, struct error *error)
{
    *text = scenario_table_text(table, row, which);
    if ((*text)[0]) return 0;
    return csv_fail(&table->csv, row, error, "expected a text in column '%s', found nothing", table->known[which]);
}

int scenario_table_number(const struct scenario_table *table, int row, int which, double low, double high, double *value, struct error *error)
{
    if (csv_number(&table->csv, row, table->column[which], value, error)) return -1;
    if (*value >= low && *value <= high) return 0;
    return csv_fail(&table->csv, row, error, "column '%s': expected a number from %g to %g, found %.15g", table->known[which], low, high,
                    *value);
}

int scenario_table_people(const struct scenario_table *table, int row, int which, double *value, struct error *error)
{
    *value = 0;
    return scenario_table_text(table, row, which)[0] ? scenario_table_number(table, row, which, 0, 1e10, value, error) : 0;
}

int scenario_table_bits(struct scenario_input *input, const struct scenario_table *table, int row, int which, const char *const *words,
                        uint32_t *bits)
{
    const char *text = scenario_table_text(table, row, which);
    int found = 0;
    *bits = 0;
    for (const char *at = text[0] ? text : NULL; at && found >= 0; at = strchr(at, '+') ? strchr(at, '+') + 1 : NULL) {
        char *word = memory_format("%.*s", (int)strcspn(at, "+"), at);
        found = scenario_input_word(input, table->known[which], word, words, scenario_input_row(&table->csv, row));
        memory_free(word);
        if (found >= 0) *bits |= 1u << found;
    }
    return found < 0 ? -1 : 0;
}

int scenario_table_values(const struct scenario_table *table, int column, double *value, struct error *error)
{
    for (int row = 0; row < table->csv.rows; row++) {
        value[row] = NAN;
        if (!csv_blank(&table->csv, row, column) && csv_number(&table->csv, row, column, &value[row], error)) return -1;
    }
    return 0;
}
