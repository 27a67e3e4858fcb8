/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exogenous series by place, state, link or for the whole world. */
#ifndef WAYFARE_DRIVER_H
#define WAYFARE_DRIVER_H

#include "fail.h"
#include <stdbool.h>
#include <stdint.h>

enum driver_over { DRIVER_GLOBAL,
                   DRIVER_PLACE,
                   DRIVER_STATE,
                   DRIVER_LINK };
enum driver_method { DRIVER_STEP,
                     DRIVER_LINEAR,
                     DRIVER_SPLINE }; /* constant before the first and after the last knot */

struct driver_series {
    uint32_t cell; /* place, state or link; 0 for a global driver */
    int knots;
    double *day; /* ascending; day 0 is the first day of the run */
    double *value;
    void *spline; /* DRIVER_SPLINE: a gsl_spline, made by driver_finish */
    int cursor;   /* knots at or before the day of the last driver_day() */
};

struct driver {
    char *name, *unit, *doc;
    enum driver_over over;
    enum driver_method method;
    uint32_t cells;
    uint32_t series_count;
    struct driver_series *series; /* at most one per cell */
    double *today;                /* per cell, set by driver_day(); NaN where the driver has no series */
    int32_t *where;               /* cell -> series or -1 */
};

struct driver_set {
    uint32_t count;
    struct driver **driver;
};

struct driver *driver_add(struct driver_set *set, const char *name, const char *unit, const char *doc,
                          enum driver_over over, enum driver_method method, uint32_t cells);
/* Takes copies of knots pairs. */
void driver_add_series(struct driver *driver, uint32_t cell, int knots, const double *day, const double *value);
int driver_finish(struct driver_set *set, struct error *error);             /* checks order and duplicates, makes splines */
struct driver *driver_find(const struct driver_set *set, const char *name); /* NULL: none */
double driver_at(const struct driver *driver, uint32_t cell, double day);
void driver_day(struct driver_set *set, int32_t day); /* fills .today of every driver */
void driver_free(struct driver_set *set);

#endif
