/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of source_data: people registered on some days, and what Flee makes of it between them. */
#ifndef WAYFARE_FLEE_TABLE_H
#define WAYFARE_FLEE_TABLE_H

#include "scenarios/flee_input.h"

struct flee_table {
    int count;
    int32_t *day;  /* ascending, from the start of the run; may be negative */
    double *value; /* people, divided by hasten */
};

int flee_table_read(struct flee_input *in, const char *file, struct flee_table *table);
void flee_table_free(struct flee_table *table);

/* The value on a day: linear between days, constant outside. */
double flee_table_at(const struct flee_table *table, int32_t day);

/* table := table + other. compat: as Flee adds them (see SPEC B25: no interpolation, the tail is lost), -1 where Flee
   fails, because other starts later than table; fixed: the sum of both at every day that either has. */
int flee_table_add(struct flee_table *table, const struct flee_table *other, bool compat);

/* Scales all entries before the day by value(day) / value(entry before). 0, or -1: the day has no entry or no earlier
   one, -2: the entry before is 0. */
int flee_table_correct(struct flee_table *table, int32_t day);

#endif
