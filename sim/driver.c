/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "driver.h"
#include "memory.h"
#include <assert.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <string.h>

struct driver *driver_add(struct driver_set *set, const char *name, const char *unit, const char *doc, enum driver_over over,
                          enum driver_method method, uint32_t cells)
{
    assert(cells > 0 || over != DRIVER_GLOBAL);
    struct driver *driver = memory_new(1, sizeof *driver);
    driver->name = memory_text(name);
    driver->unit = memory_text(unit);
    driver->doc = memory_text(doc);
    driver->over = over;
    driver->method = method;
    driver->cells = cells;
    driver->today = memory_new(cells, sizeof *driver->today);
    driver->where = memory_new(cells, sizeof *driver->where);
    for (uint32_t i = 0; i < cells; i++) driver->today[i] = NAN;
    for (uint32_t i = 0; i < cells; i++) driver->where[i] = -1;
    set->driver = memory_grow(set->driver, set->count, set->count + 1, sizeof *set->driver);
    set->driver[set->count++] = driver;
    return driver;
}

/* Rooms double: there may be one series per place. */
void driver_add_series(struct driver *driver, uint32_t cell, int knots, const double *day, const double *value)
{
    assert(cell < driver->cells && knots >= 0);
    uint32_t count = driver->series_count;
    if ((count & (count - 1)) == 0) driver->series = memory_grow(driver->series, count, count ? (size_t)count * 2 : 1,
                                                                 sizeof *driver->series);
    struct driver_series *series = &driver->series[count];
    series->cell = cell;
    series->knots = knots;
    series->day = memory_copy(day, (size_t)knots, sizeof *day);
    series->value = memory_copy(value, (size_t)knots, sizeof *value);
    if (driver->where[cell] < 0) driver->where[cell] = (int32_t)count;
    driver->series_count++;
}

static int check_knots(const struct driver *driver, const struct driver_series *series, struct error *error)
{
    for (int i = 0; i < series->knots; i++) {
        if (!isfinite(series->day[i]) || !isfinite(series->value[i]))
            return fail(error, FAIL_INPUT, "driver '%s', cell %u, knot %d: expected a day and a value, found %.15g and %.15g",
                        driver->name, series->cell, i + 1, series->day[i], series->value[i]);
        if (i > 0 && series->day[i] <= series->day[i - 1])
            return fail(error, FAIL_INPUT, "driver '%s', cell %u: expected days in ascending order, found day %.15g after day %.15g",
                        driver->name, series->cell, series->day[i], series->day[i - 1]);
    }
    return 0;
}

static int check_series(const struct driver *driver, uint32_t i, struct error *error)
{
    const struct driver_series *series = &driver->series[i];
    int least = driver->method == DRIVER_SPLINE ? 3 : 1;
    if (series->knots < least)
        return fail(error, FAIL_INPUT, "driver '%s', cell %u: expected %d or more knots, found %d",
                    driver->name, series->cell, least, series->knots);
    if (driver->where[series->cell] != (int32_t)i)
        return fail(error, FAIL_INPUT, "driver '%s' has two series for cell %u", driver->name, series->cell);
    return check_knots(driver, series, error);
}

static void make_spline(struct driver_series *series)
{
    gsl_spline *spline = gsl_spline_alloc(gsl_interp_cspline, (size_t)series->knots);
    gsl_spline_init(spline, series->day, series->value, (size_t)series->knots);
    series->spline = spline;
}

static int finish_one(const struct driver_set *set, struct driver *driver, struct error *error)
{
    if (driver_find(set, driver->name) != driver) return fail(error, FAIL_INPUT, "two drivers are named '%s'", driver->name);
    for (uint32_t i = 0; i < driver->series_count; i++) {
        if (check_series(driver, i, error)) return -1;
        if (driver->method == DRIVER_SPLINE && !driver->series[i].spline) make_spline(&driver->series[i]);
    }
    return 0;
}

int driver_finish(struct driver_set *set, struct error *error)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (finish_one(set, set->driver[i], error)) return -1;
    return 0;
}

struct driver *driver_find(const struct driver_set *set, const char *name)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (strcmp(set->driver[i]->name, name) == 0) return set->driver[i];
    return NULL;
}

/* The last knot at or before the day; -1 before the first. */
static int knot_at(const struct driver_series *series, double day)
{
    int low = -1, high = series->knots; /* day[low] <= day < day[high] */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (series->day[middle] <= day) low = middle;
        else high = middle;
    }
    return low;
}

/* The same, from the cursor on: one step or none where days come in order. */
static int knot_next(struct driver_series *series, double day)
{
    int i = series->cursor - 1;
    if (i >= 0 && series->day[i] > day) i = knot_at(series, day);
    while (i + 1 < series->knots && series->day[i + 1] <= day) i++;
    series->cursor = i + 1;
    return i;
}

/* The value on a day whose knot is i. */
static double value_at(const struct driver *driver, const struct driver_series *series, int i, double day)
{
    if (series->knots == 0) return NAN;
    if (i < 0) return series->value[0];
    if (i == series->knots - 1 || driver->method == DRIVER_STEP) return series->value[i];
    if (driver->method == DRIVER_SPLINE) return gsl_spline_eval(series->spline, day, NULL);
    double share = (day - series->day[i]) / (series->day[i + 1] - series->day[i]);
    return series->value[i] + share * (series->value[i + 1] - series->value[i]);
}

double driver_at(const struct driver *driver, uint32_t cell, double day)
{
    assert(cell < driver->cells);
    if (driver->where[cell] < 0) return NAN;
    const struct driver_series *series = &driver->series[driver->where[cell]];
    return value_at(driver, series, knot_at(series, day), day);
}

void driver_day(struct driver_set *set, int32_t day)
{
    for (uint32_t d = 0; d < set->count; d++) {
        struct driver *driver = set->driver[d];
        for (uint32_t i = 0; i < driver->series_count; i++) {
            struct driver_series *series = &driver->series[i];
            driver->today[series->cell] = value_at(driver, series, knot_next(series, day), day);
        }
    }
}

static void free_one(struct driver *driver)
{
    for (uint32_t i = 0; i < driver->series_count; i++) {
        memory_free(driver->series[i].day);
        memory_free(driver->series[i].value);
        if (driver->series[i].spline) gsl_spline_free(driver->series[i].spline);
    }
    void *block[] = {driver->name, driver->unit, driver->doc, driver->series, driver->today, driver->where, driver};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

void driver_free(struct driver_set *set)
{
    if (!set) return;
    for (uint32_t i = 0; i < set->count; i++) free_one(set->driver[i]);
    memory_free(set->driver);
    memset(set, 0, sizeof *set);
}
