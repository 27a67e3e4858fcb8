/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A number of each place, link or state that may change on a date: today's value of the driver of that name where it has
   one, else the map's column of that name, else a fallback. */
#ifndef WAYFARE_FIELD_H
#define WAYFARE_FIELD_H

#include "driver.h"
#include "world.h"
#include <math.h>

struct sim;

struct field {
    const double *column;        /* NULL: none; NaN where blank */
    const struct driver *driver; /* NULL: none */
    double fallback;
};

/* Every value of the column and every knot of the driver must lie within least and most: 0, or -1 with sim's error. */
int field_open(struct field *field, struct sim *sim, enum world_of of, const char *name, double least, double most, double fallback);
static inline bool field_is_given(const struct field *field) { return field->column || field->driver; }

double field_first(const struct field *field, uint32_t cell); /* as on day 0; before the first day, when field_at() knows no driver */

static inline double field_at(const struct field *field, uint32_t cell)
{
    if (field->driver && !isnan(field->driver->today[cell])) return field->driver->today[cell];
    if (field->column && !isnan(field->column[cell])) return field->column[cell];
    return field->fallback;
}

#endif
