/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer "panel": counts by day. Every tally of the run becomes a dataset (time, axes...), in people; with it come the map,
   the indicators and, where numbers were observed, the observed ones and how far the run is from them. Tallies that are kept by
   month have their rows along a dimension of their own: one a calendar month, whatever the days between the others.

   The difference of a day is sum |y - d| / max(sum d, 1) over the places with data, y simulated, d observed; rescaled:
   y times sum d / sum y first. Both means are over all days, whatever the days between rows.
   Rows are gathered in memory and written a block at a time, of days or of months; then the file is flushed. */
#include "hdf5_file.h"
#include "map.h"
#include "part.h"
#include "results.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "writers.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_MOST = 64,
       BYTES_MOST = 64 << 20 };
enum { DAYS, /* tally.by_month is an index of these */
       MONTHS,
       PACES };

/* A dimension that grows: the last day of each row, and which days it covers. */
struct pace {
    uint32_t room; /* rows gathered in memory; 0: none of this pace */
    struct hdf5_file_series time, bounds;
};

/* What a day adds to, until a row is due. A cut leaves it in group /pending of the segment for a resumed run. */
struct pending {
    int64_t *flow; /* by cell of the tally set */
    int32_t gathered;
    double difference, rescaled; /* sums over days */
    int64_t days;
};

struct panel {
    struct results results;
    struct pending pending;
    const struct driver *observed; /* NULL: none */
    bool whole_scale;
    int tallies, indicators;
    struct pace pace[PACES];
    struct hdf5_file_series observation, difference, rescaled;
    struct hdf5_file_series *tally, *indicator;
};

static const struct {
    const char *name, *bounds, *doc;
} dimension[PACES] = {
    {"time", "time_bounds", "day; counts of people are as at its end"},
    {"month", "month_bounds", "last day in the calendar month; counts of people are as at its end"},
};

/* xarray would turn a number with units "days" into a time span. */
static const char *units(const char *unit)
{
    if (!unit || !*unit) return "1";
    if (!strcmp(unit, "days")) return "day";
    if (!strcmp(unit, "persons") || !strcmp(unit, "person")) return "people";
    return unit;
}

static bool is_one_of_the_map(const char *axis) { return !strcmp(axis, "place") || !strcmp(axis, "link") || !strcmp(axis, "state"); }

static struct hdf5_file_shape line(const char *axis, hsize_t size) { return (struct hdf5_file_shape){1, {size}, {axis}}; }

static void describe(hid_t file, const char *name, const char *unit, const char *doc, struct error *error)
{
    hdf5_file_text(file, name, "units", units(unit), error);
    if (doc) hdf5_file_text(file, name, "long_name", doc, error);
}

/* A name given to two results would otherwise end in a message of the library. */
static int check_name(hid_t file, const char *name, struct error *error)
{
    if (error->status || !hdf5_file_has(file, name)) return 0;
    return fail(error, FAIL_INTERNAL, "two results are called '%s'", name);
}

static void write_axes(hid_t file, const struct tally_set *set, struct error *error)
{
    for (int i = 0; i < set->axes; i++) {
        const struct tally_axis *axis = &set->axis[i];
        if (axis->size == 0 || is_one_of_the_map(axis->name) || check_name(file, axis->name, error)) continue;
        if (axis->label) hdf5_file_strings(file, axis->name, axis->name, axis->size, (const char *const *)axis->label, error);
        else hdf5_file_dimension(file, axis->name, axis->size, false, error);
    }
}

static void begin_time(struct panel *panel, hid_t file, int index, int32_t start, struct error *error)
{
    const char *name = dimension[index].name, *bounds = dimension[index].bounds;
    struct pace *pace = &panel->pace[index];
    char date[16], since[64];
    calendar_text(start, date);
    snprintf(since, sizeof since, "days since %s 00:00:00", date);
    hdf5_file_series_create(&pace->time, file, name, H5T_NATIVE_INT32, line(name, 0), pace->room, NULL, error);
    hdf5_file_text(file, name, "units", since, error);
    hdf5_file_text(file, name, "calendar", "proleptic_gregorian", error);
    hdf5_file_text(file, name, "standard_name", "time", error);
    hdf5_file_text(file, name, "long_name", dimension[index].doc, error);
    hdf5_file_text(file, name, "bounds", bounds, error);
    hdf5_file_series_create(&pace->bounds, file, bounds, H5T_NATIVE_INT32, (struct hdf5_file_shape){2, {0, 2}, {name, "bound"}}, pace->room, NULL, error);
}

static bool is_by_link(const struct tally_set *set, const struct tally *tally)
{
    for (int i = 0; i < tally->axes; i++)
        if (!strcmp(set->axis[tally->axis[i]].name, "link")) return true;
    return false;
}

static void begin_tally(struct panel *panel, hid_t file, const struct tally_set *set, int index, struct error *error)
{
    const struct tally *tally = &set->tally[index];
    const char *pace = dimension[tally->by_month].name;
    struct hdf5_file_shape shape = {1 + tally->axes, {0}, {pace}};
    if (tally->cells == 0 || check_name(file, tally->name, error)) return;
    for (int i = 0; i < tally->axes; i++) {
        shape.size[i + 1] = set->axis[tally->axis[i]].size;
        shape.axis[i + 1] = set->axis[tally->axis[i]].name;
    }
    hid_t type = panel->whole_scale ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
    hdf5_file_series_create(&panel->tally[index], file, tally->name, type, shape, panel->pace[tally->by_month].room, NULL, error);
    describe(file, tally->name, tally->unit ? tally->unit : "people", tally->doc, error);
    char *method = memory_format("%s: %s", pace, tally->kind == TALLY_STOCK ? "point" : "sum");
    hdf5_file_text(file, tally->name, "cell_methods", method, error);
    memory_free(method);
    if (tally->things) hdf5_file_integer(file, tally->name, "things", 1, error);
    if (is_by_link(set, tally)) hdf5_file_text(file, tally->name, "coordinates", "link_name", error);
}

static void begin_indicator(struct panel *panel, hid_t file, const struct sim_indicator *indicator, int index, struct error *error)
{
    if (check_name(file, indicator->name, error)) return;
    hdf5_file_series_create(&panel->indicator[index], file, indicator->name, H5T_NATIVE_DOUBLE, line("time", 0), panel->pace[DAYS].room, NULL, error);
    describe(file, indicator->name, indicator->unit, indicator->doc, error);
    hdf5_file_text(file, indicator->name, "cell_methods", "time: point", error);
}

static void begin_observed(struct panel *panel, hid_t file, uint32_t places, struct error *error)
{
    const double none = NAN;
    struct hdf5_file_shape by_place = {2, {0, places}, {"time", "place"}};
    hdf5_file_series_create(&panel->observation, file, "observed", H5T_NATIVE_DOUBLE, by_place, panel->pace[DAYS].room, &none, error);
    describe(file, "observed", "people", "people observed at the place; none where there is no series", error);
    hdf5_file_series_create(&panel->difference, file, "relative_difference", H5T_NATIVE_DOUBLE, line("time", 0), panel->pace[DAYS].room, NULL, error);
    describe(file, "relative_difference", "1", "sum of absolute differences from the observed over the sum of the observed", error);
    hdf5_file_series_create(&panel->rescaled, file, "relative_difference_rescaled", H5T_NATIVE_DOUBLE, line("time", 0), panel->pace[DAYS].room, NULL, error);
    describe(file, "relative_difference_rescaled", "1", "the same, the simulated rescaled to the sum of the observed first", error);
}

static int begin(struct panel *panel, const struct sim *sim, struct error *error)
{
    if (panel->results.file > 0) return 0;
    if (results_begin(&panel->results, sim, error)) return -1;
    hid_t file = panel->results.file;
    hdf5_file_dimension(file, "bound", 2, false, error);
    for (int i = 0; i < PACES; i++)
        if (panel->pace[i].room) begin_time(panel, file, i, sim->setup->start, error);
    map_write(file, sim->world, error);
    write_axes(file, &sim->tallies, error);
    if (panel->observed) begin_observed(panel, file, sim->world->places, error);
    for (int i = 0; i < panel->tallies; i++) begin_tally(panel, file, &sim->tallies, i, error);
    for (int i = 0; i < panel->indicators; i++) begin_indicator(panel, file, &sim->indicator[i], i, error);
    return error->status ? -1 : 0;
}

static size_t count_cells(const struct tally_set *set, bool by_month)
{
    size_t cells = 0;
    for (int i = 0; i < set->count; i++) cells += set->tally[i].by_month == by_month ? set->tally[i].cells : 0;
    return cells;
}

/* Few enough rows that all of them together take moderate room. */
static uint32_t choose_room(size_t row_cells, size_t rows)
{
    size_t room = BYTES_MOST / (row_cells * sizeof(double));
    if (room > ROWS_MOST) room = ROWS_MOST;
    if (room > rows) room = rows;
    return room ? (uint32_t)room : 1;
}

static void choose_rooms(struct panel *panel, const struct sim *sim, int every)
{
    size_t days = (size_t)sim->setup->days, by_month = count_cells(&sim->tallies, true);
    panel->pace[DAYS].room = choose_room(count_cells(&sim->tallies, false) + sim->world->places + (size_t)sim->indicators + 8, days / (size_t)every + 1);
    if (by_month) panel->pace[MONTHS].room = choose_room(by_month, days / 28 + 2);
}

static int find_observed(struct panel *panel, const struct setup *setup, struct error *error)
{
    if (!setup->observed) return 0;
    panel->observed = driver_find(&setup->drivers, setup->observed);
    if (panel->observed && panel->observed->over == DRIVER_PLACE) return 0;
    return fail(error, FAIL_INPUT, "the observed numbers '%s': no driver by place has this name", setup->observed);
}

static void read_pending(struct panel *panel, size_t cells, struct error *error)
{
    struct pending *pending = &panel->pending;
    char *segment = part_segment(panel->results.path, panel->results.segments);
    hid_t file = hdf5_file_open(segment, false, error);
    hdf5_file_read(file, "pending/flow", H5T_NATIVE_INT64, cells, pending->flow, error);
    hdf5_file_read_value(file, "pending", "gathered", H5T_NATIVE_INT32, &pending->gathered, error);
    hdf5_file_read_value(file, "pending", "difference", H5T_NATIVE_DOUBLE, &pending->difference, error);
    hdf5_file_read_value(file, "pending", "rescaled", H5T_NATIVE_DOUBLE, &pending->rescaled, error);
    hdf5_file_read_value(file, "pending", "days", H5T_NATIVE_INT64, &pending->days, error);
    if (file >= 0) H5Fclose(file);
    memory_free(segment);
}

static void write_pending(const struct panel *panel, size_t cells, struct error *error)
{
    const struct pending *pending = &panel->pending;
    hid_t group = hdf5_file_group(panel->results.file, "pending", error);
    hdf5_file_array(group, "flow", H5T_NATIVE_INT64, (struct hdf5_file_shape){1, {cells}, {NULL}}, pending->flow, error);
    hdf5_file_values(group, ".", "gathered", H5T_NATIVE_INT32, 0, &pending->gathered, error);
    hdf5_file_number(group, ".", "difference", pending->difference, error);
    hdf5_file_number(group, ".", "rescaled", pending->rescaled, error);
    hdf5_file_integer(group, ".", "days", pending->days, error);
    if (group >= 0) H5Gclose(group);
}

static int panel_close(struct sim *sim, void *state, bool whole, struct error *error);

static void *panel_open(struct sim *sim, const struct writer_plan *plan, struct error *error)
{
    struct panel *panel = memory_new(1, sizeof *panel);
    panel->whole_scale = sim->setup->scale == floor(sim->setup->scale);
    choose_rooms(panel, sim, plan->every);
    panel->tallies = sim->tallies.count;
    panel->indicators = sim->indicators;
    panel->tally = memory_new((size_t)panel->tallies, sizeof *panel->tally);
    panel->indicator = memory_new((size_t)panel->indicators, sizeof *panel->indicator);
    panel->pending.flow = memory_new(sim->tallies.cells, sizeof *panel->pending.flow);
    if (find_observed(panel, sim->setup, error) == 0 && results_open(&panel->results, plan, error) == 0) {
        if (plan->first_segment > 0) read_pending(panel, sim->tallies.cells, error);
        begin(panel, sim, error);
    }
    if (!error->status) return panel;
    panel_close(sim, panel, false, error);
    return NULL;
}

static void gather_flows(struct panel *panel, const struct tally_set *set)
{
    for (int i = 0; i < set->count; i++) {
        const struct tally *tally = &set->tally[i];
        if (tally->kind != TALLY_FLOW) continue;
        int64_t *sum = panel->pending.flow + tally->offset;
        const int64_t *today = set->value + tally->offset;
        for (uint32_t cell = 0; cell < tally->cells; cell++) sum[cell] += today[cell];
    }
}

/* Of a day, over the places with data. */
struct totals {
    double observed, simulated;
};

static double present(const struct sim *sim, uint32_t place)
{
    return (double)tally_at(&sim->tallies, sim->standard.present, place) * sim->setup->scale;
}

static struct totals add_up(const struct panel *panel, const struct sim *sim, int32_t day)
{
    struct totals totals = {0};
    for (uint32_t i = 0; i < panel->observed->series_count; i++) {
        uint32_t place = panel->observed->series[i].cell;
        totals.observed += driver_at(panel->observed, place, day);
        totals.simulated += present(sim, place);
    }
    return totals;
}

static double difference(const struct panel *panel, const struct sim *sim, int32_t day, double factor, double observed)
{
    double sum = 0;
    for (uint32_t i = 0; i < panel->observed->series_count; i++) {
        uint32_t place = panel->observed->series[i].cell;
        sum += fabs(present(sim, place) * factor - driver_at(panel->observed, place, day));
    }
    return sum / fmax(observed, 1);
}

struct differences {
    double plain, rescaled;
};

static struct differences compare(const struct panel *panel, const struct sim *sim, int32_t day)
{
    struct totals totals = add_up(panel, sim, day);
    double factor = totals.simulated > 0 ? totals.observed / totals.simulated : 0;
    return (struct differences){difference(panel, sim, day, 1, totals.observed), difference(panel, sim, day, factor, totals.observed)};
}

static void put_tally(const struct panel *panel, const struct tally *tally, const int64_t *count, double scale, void *row)
{
    int64_t whole = (int64_t)scale, *integer = row;
    double *number = row;
    if (panel->whole_scale)
        for (uint32_t cell = 0; cell < tally->cells; cell++) integer[cell] = count[cell] * whole;
    else
        for (uint32_t cell = 0; cell < tally->cells; cell++) number[cell] = (double)count[cell] * scale;
}

/* Those of a pace; what happened is then counted from 0 again. */
static void put_tallies(struct panel *panel, const struct sim *sim, bool by_month)
{
    for (int i = 0; i < panel->tallies; i++) {
        const struct tally *tally = &sim->tallies.tally[i];
        if (tally->by_month != by_month || tally->cells == 0) continue;
        int64_t *flow = panel->pending.flow + tally->offset;
        const int64_t *count = tally->kind == TALLY_FLOW ? flow : sim->tallies.value + tally->offset;
        put_tally(panel, tally, count, tally_scale(tally, sim->setup->scale), hdf5_file_series_next(&panel->tally[i]));
        memset(flow, 0, tally->cells * sizeof *flow);
    }
}

static void put_observed(struct panel *panel, const struct sim *sim, int32_t day, struct differences differences)
{
    double *row = hdf5_file_series_next(&panel->observation);
    for (uint32_t place = 0; place < sim->world->places; place++) row[place] = NAN;
    for (uint32_t i = 0; i < panel->observed->series_count; i++) {
        uint32_t place = panel->observed->series[i].cell;
        row[place] = driver_at(panel->observed, place, day);
    }
    *(double *)hdf5_file_series_next(&panel->difference) = differences.plain;
    *(double *)hdf5_file_series_next(&panel->rescaled) = differences.rescaled;
}

/* A row of day d holds the flows of the days from first up to, not with, d + 1. */
static void put_time(struct pace *pace, int32_t first, int32_t day)
{
    *(int32_t *)hdf5_file_series_next(&pace->time) = day;
    int32_t *bounds = hdf5_file_series_next(&pace->bounds);
    bounds[0] = first;
    bounds[1] = day + 1;
}

static void put_row(struct panel *panel, const struct sim *sim, int32_t day, struct differences differences)
{
    put_time(&panel->pace[DAYS], day + 1 - panel->pending.gathered, day);
    put_tallies(panel, sim, false);
    for (int i = 0; i < panel->indicators; i++) *(double *)hdf5_file_series_next(&panel->indicator[i]) = sim->indicator[i].value;
    if (panel->observed) put_observed(panel, sim, day, differences);
    panel->pending.gathered = 0;
}

/* The run may begin within the month. */
static void put_month(struct panel *panel, const struct sim *sim, int32_t day)
{
    int32_t first = day + 1 - calendar_date(sim->setup->start + day).day;
    put_time(&panel->pace[MONTHS], first < 0 ? 0 : first, day);
    put_tallies(panel, sim, true);
}

static int each_series(struct panel *panel, int (*what)(struct hdf5_file_series *, struct error *), struct error *error)
{
    struct pace *days = &panel->pace[DAYS], *months = &panel->pace[MONTHS];
    struct hdf5_file_series *single[] = {&days->time, &days->bounds, &months->time, &months->bounds, &panel->observation, &panel->difference, &panel->rescaled};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) what(single[i], error);
    for (int i = 0; i < panel->tallies; i++) what(&panel->tally[i], error);
    for (int i = 0; i < panel->indicators; i++) what(&panel->indicator[i], error);
    return error->status ? -1 : 0;
}

/* Half a block of rows would be packed again with every later one. */
static int flush_full(struct hdf5_file_series *series, struct error *error)
{
    return series->row && series->rows == series->room ? hdf5_file_series_flush(series, error) : 0;
}

static int flush(struct panel *panel, struct error *error)
{
    if (each_series(panel, flush_full, error)) return -1;
    return hdf5_file_flush(panel->results.file, error);
}

static bool is_full(const struct pace *pace) { return pace->room && pace->time.rows == pace->room; }

static int panel_write(struct sim *sim, void *state, struct error *error)
{
    struct panel *panel = state;
    struct differences differences = {0};
    int32_t day = results_day(sim);
    if (begin(panel, sim, error)) return -1;
    gather_flows(panel, &sim->tallies);
    panel->pending.gathered++;
    panel->pending.days++;
    if (panel->observed) differences = compare(panel, sim, day);
    panel->pending.difference += differences.plain;
    panel->pending.rescaled += differences.rescaled;
    if ((day + 1) % panel->results.plan.every == 0 || day + 1 == sim->setup->days) put_row(panel, sim, day, differences);
    if (panel->pace[MONTHS].room && calendar_month_ends(sim->setup->start, sim->setup->days, day)) put_month(panel, sim, day);
    return is_full(&panel->pace[DAYS]) || is_full(&panel->pace[MONTHS]) ? flush(panel, error) : 0;
}

static void write_means(const struct panel *panel, struct error *error)
{
    const struct pending *pending = &panel->pending;
    double days = pending->days ? (double)pending->days : NAN;
    hdf5_file_number(panel->results.file, "relative_difference", "mean_over_days", pending->difference / days, error);
    hdf5_file_number(panel->results.file, "relative_difference_rescaled", "mean_over_days", pending->rescaled / days, error);
}

static int finish(struct panel *panel, struct error *error)
{
    each_series(panel, hdf5_file_series_close, error);
    if (panel->observed) write_means(panel, error);
    return error->status ? -1 : 0;
}

static int panel_cut(struct sim *sim, void *state, struct error *error)
{
    struct panel *panel = state;
    if (begin(panel, sim, error) || finish(panel, error)) return -1;
    write_pending(panel, sim->tallies.cells, error);
    return results_cut(&panel->results, sim, error);
}

static int panel_close(struct sim *sim, void *state, bool whole, struct error *error)
{
    struct panel *panel = state;
    struct error broken_off = {.status = FAIL_OUTPUT};
    if (!panel) return 0;
    whole = whole && !error->status;
    if (panel->results.file > 0 && whole) finish(panel, error);
    each_series(panel, hdf5_file_series_close, &broken_off);
    results_close(&panel->results, sim, whole, error);
    memory_free(panel->pending.flow);
    memory_free(panel->tally);
    memory_free(panel->indicator);
    memory_free(panel);
    return error->status ? -1 : 0;
}

static bool panel_wanted(const struct sim *sim, const struct writer_plan *plan)
{
    (void)sim;
    return plan->path != NULL;
}

const struct writer panel_writer = {
    .name = "panel",
    .doc = "counts by day, of many splits by month, over places, links and every other declared axis, with the map, indicators and observed numbers",
    .wanted = panel_wanted,
    .open = panel_open,
    .write = panel_write,
    .cut = panel_cut,
    .close = panel_close,
};
