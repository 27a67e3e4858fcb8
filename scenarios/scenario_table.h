/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of the map: columns with a meaning of their own, some of them needed, and numeric columns of the scenario's own. */
#ifndef WAYFARE_SCENARIO_TABLE_H
#define WAYFARE_SCENARIO_TABLE_H

#include "scenario_input.h"

#define SCENARIO_TABLE_COLUMNS 16

struct scenario_table {
    struct csv csv;
    const char *const *known;           /* ends with NULL */
    int column[SCENARIO_TABLE_COLUMNS]; /* of known[i], -1 where absent */
};

/* Finds the columns; the first `needed` must be there. A further one whose name is near that of an absent one is a misspelling. */
int scenario_table_open(struct scenario_table *table, const char *const *known, int needed, struct error *error);
bool scenario_table_knows(const struct scenario_table *table, int column);

/* Fields of known[which]. */
const char *scenario_table_text(const struct scenario_table *table, int row, int which); /* "" where blank or absent */
int scenario_table_needed(const struct scenario_table *table, int row, int which, const char **text, struct error *error);
int scenario_table_number(const struct scenario_table *table, int row, int which, double low, double high, double *value, struct error *error);
int scenario_table_people(const struct scenario_table *table, int row, int which, double *value, struct error *error); /* 0 where blank or absent */
/* "town+conflict": word i gives bit 1 << i; a blank field gives 0. */
int scenario_table_bits(struct scenario_input *input, const struct scenario_table *table, int row, int which, const char *const *words,
                        uint32_t *bits);

/* A whole column of numbers by row, NaN where blank. */
int scenario_table_values(const struct scenario_table *table, int column, double *value, struct error *error);

#endif
