/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer "census": at the end of every calendar month, and of the run, everybody alive is counted by all facets asked for
   together. Group /census is a sparse long table: a row for each combination that somebody has, in the order of the months
   and then of the codes, the first facet's first.

   A combination is one number, sum of code x stride, so that counting is a pass over the rows, a sort by digits and a look
   for runs; neither threads nor the order of persons show. Blocks are cut by row count. */
#include "hdf5_file.h"
#include "results.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "writers.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_ROWS = 65536,
       SPAN = 1024, /* persons whose codes are looked up together, one facet after the other */
       DIGIT_BITS = 11,
       DIGITS = 1 << DIGIT_BITS,
       FEWEST = 30 }; /* simulated persons; below, a cell is marked */

struct column {
    const struct facet *facet;
    uint64_t stride;
    struct hdf5_file_series series;
};

struct census {
    struct results results;
    hid_t group; /* 0: none now */
    struct column *column;
    int columns;
    int bits; /* of the largest combination */
    bool whole_scale;
    struct hdf5_file_series month, day, people, marked;
    uint64_t *key, *spare; /* combinations of persons */
    uint32_t room;
};

/* ---- opening */

static int find_facet(const struct sim *sim, const char *name, struct error *error)
{
    char hint[96];
    int found = facet_find(sim, name), count = sim->facets.count;
    if (found >= 0) return found;
    const char **names = memory_new((size_t)count, sizeof *names);
    for (int i = 0; i < count; i++) names[i] = sim->facets.facet[i].name;
    fail(error, FAIL_INPUT, "census: unknown facet '%s'%s", name, fail_nearest(hint, name, names, (size_t)count));
    memory_free(names);
    return -1;
}

static int add_column(struct census *census, const struct facet *facet, struct error *error)
{
    for (int i = 0; i < census->columns; i++)
        if (census->column[i].facet == facet) return fail(error, FAIL_INPUT, "census: facet '%s' is named twice", facet->name);
    size_t count = (size_t)census->columns++;
    census->column = memory_grow(census->column, count, count + 1, sizeof *census->column);
    census->column[count].facet = facet;
    return 0;
}

static int choose_columns(struct census *census, const struct sim *sim, struct error *error)
{
    const struct setup *setup = sim->setup;
    int count = setup->census_facets ? setup->census_facets : sim->facets.count;
    for (int i = 0; i < count; i++) {
        int found = setup->census_facets ? find_facet(sim, setup->census_facet[i], error) : i;
        if (found < 0 || add_column(census, &sim->facets.facet[found], error)) return -1;
    }
    return 0;
}

static int refuse(const struct census *census, struct error *error)
{
    char *all = memory_text("");
    for (int i = 0; i < census->columns; i++) {
        char *longer = memory_format("%s%s%s (%u)", all, i ? ", " : "", census->column[i].facet->name, census->column[i].facet->count);
        memory_free(all);
        all = longer;
    }
    fail(error, FAIL_INPUT, "census: expected facets with fewer than 2^64 combinations, found more: %s; name those that are needed, as census = (\"state\", \"sex\")", all);
    memory_free(all);
    return -1;
}

static int set_strides(struct census *census, struct error *error)
{
    uint64_t stride = 1;
    for (int i = census->columns; i-- > 0;) {
        const struct facet *facet = census->column[i].facet;
        census->column[i].stride = stride;
        if (facet->count && __builtin_mul_overflow(stride, facet->count, &stride)) return refuse(census, error);
    }
    for (stride--; stride; stride >>= 1) census->bits++;
    return 0;
}

/* ---- the group */

static int check_name(const struct census *census, const char *name, struct error *error)
{
    if (error->status || !hdf5_file_has(census->group, name)) return 0;
    return fail(error, FAIL_INPUT, "census: no facet can be called '%s', which the table has already", name);
}

static hid_t code_type(uint32_t count) { return count <= 1u << 8 ? H5T_NATIVE_UINT8 : count <= 1u << 16 ? H5T_NATIVE_UINT16
                                                                                                        : H5T_NATIVE_UINT32; }

static const struct hdf5_file_shape ROW = {1, {0}, {"row"}};

/* The codes, and beside them what they mean. */
static void begin_column(struct census *census, struct column *column, struct error *error)
{
    const struct facet *facet = column->facet;
    char *label = memory_format("%s_label", facet->name);
    if (check_name(census, facet->name, error) == 0 && check_name(census, label, error) == 0) {
        hdf5_file_series_create(&column->series, census->group, facet->name, code_type(facet->count), ROW, BLOCK_ROWS, NULL, error);
        hdf5_file_text(census->group, facet->name, "long_name", facet->doc, error);
        hdf5_file_text(census->group, facet->name, "labels", label, error);
        hdf5_file_strings(census->group, label, label, facet->count, (const char *const *)facet->label, error);
    }
    memory_free(label);
}

static void list_facets(const struct census *census, struct error *error)
{
    const char **name = memory_new((size_t)census->columns, sizeof *name);
    for (int i = 0; i < census->columns; i++) name[i] = census->column[i].facet->name;
    hdf5_file_strings(census->group, "facet", "facet", (hsize_t)census->columns, name, error);
    memory_free(name);
}

static void describe(const struct census *census, const struct sim *sim, struct error *error)
{
    hid_t group = census->group;
    char date[16], since[64];
    calendar_text(sim->setup->start, date);
    snprintf(since, sizeof since, "days since %s 00:00:00", date);
    hdf5_file_text(group, "month", "long_name", "calendar month as YYYYMM", error);
    hdf5_file_text(group, "day", "long_name", "day at whose end people are counted: the month's last, or the run's", error);
    hdf5_file_text(group, "day", "units", since, error);
    hdf5_file_text(group, "day", "calendar", "proleptic_gregorian", error);
    hdf5_file_text(group, "people", "long_name", "people who have these codes together", error);
    hdf5_file_text(group, "people", "units", "people", error);
    hdf5_file_text(group, "marked", "long_name", "1: too few simulated persons to be ranked or compared", error);
    hdf5_file_integer(group, "marked", "fewer_than", FEWEST, error);
    hdf5_file_number(group, ".", "scale", sim->setup->scale, error);
}

static int begin(struct census *census, const struct sim *sim, struct error *error)
{
    if (census->group > 0) return 0;
    if (results_begin(&census->results, sim, error)) return -1;
    hid_t group = census->group = hdf5_file_group(census->results.file, "census", error);
    hid_t people = census->whole_scale ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
    hdf5_file_dimension(group, "row", 0, true, error);
    hdf5_file_series_create(&census->month, group, "month", H5T_NATIVE_INT32, ROW, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&census->day, group, "day", H5T_NATIVE_INT32, ROW, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&census->people, group, "people", people, ROW, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&census->marked, group, "marked", H5T_NATIVE_UINT8, ROW, BLOCK_ROWS, NULL, error);
    if (!error->status) describe(census, sim, error);
    if (!error->status) list_facets(census, error);
    for (int i = 0; i < census->columns && !error->status; i++) begin_column(census, &census->column[i], error);
    return error->status ? -1 : 0;
}

static int each_series(struct census *census, int (*what)(struct hdf5_file_series *, struct error *), struct error *error)
{
    struct hdf5_file_series *series[] = {&census->month, &census->day, &census->people, &census->marked};
    for (size_t i = 0; i < sizeof series / sizeof *series; i++) what(series[i], error);
    for (int i = 0; i < census->columns; i++) what(&census->column[i].series, error);
    return error->status ? -1 : 0;
}

/* The dimension without a variable grows with the columns. */
static int flush(struct census *census, struct error *error)
{
    if (each_series(census, hdf5_file_series_flush, error)) return -1;
    hid_t scale = H5Dopen2(census->group, "row", H5P_DEFAULT);
    if (scale < 0 || H5Dset_extent(scale, census->people.size) < 0) hdf5_file_fail(error, census->group, "dimension 'row' cannot grow");
    if (scale >= 0) H5Dclose(scale);
    return error->status ? -1 : hdf5_file_flush(census->results.file, error);
}

/* ---- counting */

static uint32_t alive(const struct sim *sim, uint32_t first, uint32_t slot[SPAN])
{
    uint32_t end = sim->persons.count - first < SPAN ? sim->persons.count : first + SPAN, n = 0;
    for (uint32_t i = first; i < end; i++) {
        slot[n] = i;
        n += !(sim->persons.row[i].flags & PERSON_DEAD);
    }
    return n;
}

static int add_codes(const struct column *column, const struct sim *sim, const uint32_t *slot, uint32_t n, uint64_t *key, struct error *error)
{
    const struct facet *facet = column->facet;
    uint32_t beyond = n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t code = facet->code(sim, facet->state, slot[i]);
        if (code >= facet->count) beyond = i;
        key[i] += code * column->stride;
    }
    if (beyond == n) return 0;
    return fail(error, FAIL_INTERNAL, "facet '%s': expected a code below %u, found %u", facet->name, facet->count, facet->code(sim, facet->state, slot[beyond]));
}

static void make_room(struct census *census, uint32_t persons)
{
    if (persons <= census->room) return;
    memory_free(census->key);
    memory_free(census->spare);
    census->room = persons + persons / 2;
    census->key = memory_new(census->room, sizeof *census->key);
    census->spare = memory_new(census->room, sizeof *census->spare);
}

/* Fills .key with the combination of each person alive; returns how many they are. */
static uint32_t gather(struct census *census, const struct sim *sim, struct error *error)
{
    uint32_t slot[SPAN], count = 0;
    make_room(census, sim->persons.count);
    for (uint32_t first = 0; first < sim->persons.count; first += SPAN) {
        uint32_t n = alive(sim, first, slot);
        if (n) memset(census->key + count, 0, n * sizeof *census->key);
        for (int i = 0; i < census->columns; i++)
            if (add_codes(&census->column[i], sim, slot, n, census->key + count, error)) return 0;
        count += n;
    }
    return count;
}

/* One pass of the sort: by one digit, keeping the order of equals. */
static void sort_digit(const uint64_t *from, uint64_t *to, uint32_t count, int shift)
{
    uint32_t next[DIGITS] = {0}, sum = 0;
    for (uint32_t i = 0; i < count; i++) next[from[i] >> shift & (DIGITS - 1)]++;
    for (int d = 0; d < DIGITS; d++) {
        uint32_t here = next[d];
        next[d] = sum;
        sum += here;
    }
    for (uint32_t i = 0; i < count; i++) to[next[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

static void sort(struct census *census, uint32_t count)
{
    for (int shift = 0; shift < census->bits; shift += DIGIT_BITS) {
        sort_digit(census->key, census->spare, count, shift);
        uint64_t *swap = census->key;
        census->key = census->spare;
        census->spare = swap;
    }
}

static void put(struct census *census, const struct sim *sim, int32_t month, uint64_t key, uint32_t persons)
{
    void *people = hdf5_file_series_next(&census->people);
    if (census->whole_scale) *(int64_t *)people = (int64_t)persons * (int64_t)sim->setup->scale;
    else *(double *)people = persons * sim->setup->scale;
    *(int32_t *)hdf5_file_series_next(&census->month) = month;
    *(int32_t *)hdf5_file_series_next(&census->day) = results_day(sim);
    *(uint8_t *)hdf5_file_series_next(&census->marked) = persons < FEWEST;
    for (int i = 0; i < census->columns; i++) {
        struct column *column = &census->column[i];
        uint32_t code = (uint32_t)(key / column->stride);
        void *cell = hdf5_file_series_next(&column->series);
        if (column->series.row_bytes == 1) *(uint8_t *)cell = (uint8_t)code;
        else if (column->series.row_bytes == 2) *(uint16_t *)cell = (uint16_t)code;
        else *(uint32_t *)cell = code;
        key -= code * column->stride;
    }
}

static int put_runs(struct census *census, const struct sim *sim, int32_t month, uint32_t count, struct error *error)
{
    const uint64_t *key = census->key;
    for (uint32_t first = 0, end = 0; first < count; first = end) {
        while (end < count && key[end] == key[first]) end++;
        put(census, sim, month, key[first], end - first);
        if (census->people.rows == BLOCK_ROWS && flush(census, error)) return -1;
    }
    return 0;
}

static int census_write(struct sim *sim, void *state, struct error *error)
{
    struct census *census = state;
    int32_t day = results_day(sim);
    if (begin(census, sim, error)) return -1;
    if (!calendar_month_ends(sim->setup->start, sim->setup->days, day)) return 0;
    struct calendar_date date = calendar_date(sim->setup->start + day);
    uint32_t count = gather(census, sim, error);
    if (error->status) return -1;
    sort(census, count);
    return put_runs(census, sim, date.year * 100 + date.month, count, error);
}

/* ---- the writer */

/* Lets go of everything in the file; writes what is left unless an error stands. */
static void end(struct census *census, struct error *error)
{
    if (!error->status && census->group > 0) flush(census, error);
    each_series(census, hdf5_file_series_close, error);
    if (census->group > 0) H5Gclose(census->group);
    census->group = 0;
}

static int census_cut(struct sim *sim, void *state, struct error *error)
{
    struct census *census = state;
    if (begin(census, sim, error)) return -1;
    end(census, error);
    return results_cut(&census->results, sim, error);
}

static int census_close(struct sim *sim, void *state, bool whole, struct error *error)
{
    struct census *census = state;
    struct error broken_off = {.status = FAIL_OUTPUT};
    if (!census) return 0;
    whole = whole && !error->status;
    end(census, whole ? error : &broken_off);
    results_close(&census->results, sim, whole, error);
    memory_free(census->column);
    memory_free(census->key);
    memory_free(census->spare);
    memory_free(census);
    return error->status ? -1 : 0;
}

static void *census_open(struct sim *sim, const struct writer_plan *plan, struct error *error)
{
    struct census *census = memory_new(1, sizeof *census);
    census->whole_scale = sim->setup->scale == floor(sim->setup->scale);
    bool ready = choose_columns(census, sim, error) == 0 && set_strides(census, error) == 0 && results_open(&census->results, plan, error) == 0;
    if (ready && begin(census, sim, error) == 0) return census;
    census_close(sim, census, false, error);
    return NULL;
}

static bool census_wanted(const struct sim *sim, const struct writer_plan *plan) { return plan->path && sim->setup->census; }

const struct writer census_writer = {
    .name = "census",
    .doc = "people alive at the end of each month by all facets together, a row for each combination",
    .wanted = census_wanted,
    .open = census_open,
    .write = census_write,
    .cut = census_cut,
    .close = census_close,
};
