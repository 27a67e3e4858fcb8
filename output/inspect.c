/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inspect.h"
#include "hdf5_file.h"
#include "number.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_MOST = 30 };

/* The last row of a dataset (time, places), as numbers; NULL where there is none. */
static double *last_row(hid_t file, const char *name, hsize_t count, struct error *error)
{
    struct hdf5_file_shape shape = {.rank = 0};
    if (!error->status && hdf5_file_has(file, name)) shape = hdf5_file_shape(file, name, error);
    if (shape.rank != 2 || shape.size[0] == 0 || shape.size[1] != count) return NULL;
    double *row = memory_new(count, sizeof *row);
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hdf5_file_read_rows(dataset, H5T_NATIVE_DOUBLE, shape.size[0] - 1, 1, row, error);
    H5Dclose(dataset);
    return row;
}

static void print_text(hid_t file, const char *object, const char *name, const char *label, FILE *out, struct error *error)
{
    char *text = hdf5_file_read_text(file, object, name, error);
    if (text && *text) fprintf(out, "%-12s %s\n", label, text);
    memory_free(text);
}

static void print_seed(hid_t file, FILE *out, struct error *error)
{
    uint64_t seed = 0;
    double scale = 1;
    char text[NUMBER_ROOM];
    hdf5_file_read_value(file, ".", "seed", H5T_NATIVE_UINT64, &seed, error);
    hdf5_file_read_value(file, ".", "scale", H5T_NATIVE_DOUBLE, &scale, error);
    if (!error->status) fprintf(out, "%-12s %" PRIu64 "\n%-12s %s people per simulated person\n", "seed", seed, "scale", number_brief(scale, text));
}

/* "2010-05-01 to 2011-05-31, 396 of 396 days, 396 rows" */
static void print_days(hid_t file, FILE *out, struct error *error)
{
    int32_t days = 0, start = 0, last = -1;
    char end[16], *begin = hdf5_file_read_text(file, ".", "start", error);
    hdf5_file_read_value(file, ".", "days", H5T_NATIVE_INT32, &days, error);
    struct hdf5_file_shape shape = hdf5_file_shape(file, "time", error);
    hid_t time = error->status ? H5I_INVALID_HID : H5Dopen2(file, "time", H5P_DEFAULT);
    if (time >= 0 && shape.size[0]) hdf5_file_read_rows(time, H5T_NATIVE_INT32, shape.size[0] - 1, 1, &last, error);
    if (time >= 0) H5Dclose(time);
    if (!error->status && begin && calendar_parse(begin, &start) == 0) {
        calendar_text(start + last, end);
        fprintf(out, "%-12s %s to %s, %d of %d, %" PRIu64 " rows\n", "days", begin, end, last + 1, days, (uint64_t)shape.size[0]);
    }
    memory_free(begin);
}

/* Of the tallies that are kept by month. */
static void print_months(hid_t file, FILE *out, struct error *error)
{
    if (error->status || !hdf5_file_has(file, "month")) return;
    struct hdf5_file_shape shape = hdf5_file_shape(file, "month", error);
    fprintf(out, "%-12s %" PRIu64 " rows\n", "months", (uint64_t)shape.size[0]);
}

static void print_census(hid_t file, FILE *out, struct error *error)
{
    hsize_t facets = 0;
    if (error->status || !hdf5_file_has(file, "census")) return;
    char **name = hdf5_file_read_strings(file, "census/facet", &facets, error);
    struct hdf5_file_shape shape = hdf5_file_shape(file, "census/people", error);
    fprintf(out, "%-12s %" PRIu64 " rows by", "census", (uint64_t)shape.size[0]);
    for (hsize_t i = 0; i < facets; i++) fprintf(out, "%s %s", i ? "," : "", name[i]);
    fputc('\n', out);
    hdf5_file_free_strings(name, facets);
}

struct place {
    const char *name;
    double present, observed; /* NaN: not observed */
};

static int by_present(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    if (left->present != right->present) return left->present < right->present ? 1 : -1;
    return strcmp(left->name, right->name);
}

static void print_places(struct place *place, hsize_t places, FILE *out)
{
    char present[NUMBER_ROOM], observed[NUMBER_ROOM];
    double total = 0;
    hsize_t some = 0;
    qsort(place, places, sizeof *place, by_present);
    for (hsize_t i = 0; i < places; i++) {
        total += place[i].present;
        some += place[i].present > 0 || !isnan(place[i].observed);
    }
    fprintf(out, "people at the end: %s at %" PRIu64 " places\n", number_brief(total, present), (uint64_t)places);
    for (hsize_t i = 0, shown = 0; i < places && shown < PLACES_MOST; i++) {
        if (place[i].present <= 0 && isnan(place[i].observed)) continue;
        shown++;
        fprintf(out, "  %-24s %12s", place[i].name, number_brief(place[i].present, present));
        if (!isnan(place[i].observed)) fprintf(out, "   observed %s", number_brief(place[i].observed, observed));
        fputc('\n', out);
    }
    if (some > PLACES_MOST) fprintf(out, "  and %" PRIu64 " more places\n", (uint64_t)(some - PLACES_MOST));
}

static void show_places(hid_t file, FILE *out, struct error *error)
{
    hsize_t places = 0;
    char **name = hdf5_file_read_strings(file, "place", &places, error);
    double *present = last_row(file, "present", places, error), *observed = last_row(file, "observed", places, error);
    struct place *place = memory_new(places, sizeof *place);
    for (hsize_t i = 0; present && i < places; i++) place[i] = (struct place){name[i], present[i], observed ? observed[i] : NAN};
    if (present) print_places(place, places, out);
    memory_free(place), memory_free(present), memory_free(observed);
    hdf5_file_free_strings(name, places);
}

static void print_difference(hid_t file, const char *name, const char *label, FILE *out, struct error *error)
{
    double mean;
    if (error->status || !hdf5_file_has(file, name)) return;
    if (hdf5_file_read_value(file, name, "mean_over_days", H5T_NATIVE_DOUBLE, &mean, error) == 0) fprintf(out, "%-34s %.4f mean over days\n", label, mean);
}

static void print_given(hid_t file, FILE *out, struct error *error)
{
    static const char *const COLUMN[] = {"provenance/name", "provenance/value", "provenance/unit", "provenance/origin"};
    hsize_t rows[4] = {0};
    char **text[4];
    for (int i = 0; i < 4; i++) text[i] = hdf5_file_read_strings(file, COLUMN[i], &rows[i], error);
    bool any = false;
    for (hsize_t i = 0; !error->status && i < rows[0]; i++) {
        if (!strcmp(text[3][i], "default") || !strcmp(text[3][i], "scenario")) continue;
        if (!any) fprintf(out, "given\n");
        any = true;
        fprintf(out, "  %s = %s%s%s   (%s)\n", text[0][i], text[1][i], strcmp(text[2][i], "1") ? " " : "", strcmp(text[2][i], "1") ? text[2][i] : "", text[3][i]);
    }
    for (int i = 0; i < 4; i++) hdf5_file_free_strings(text[i], rows[i]);
}

int inspect_info(const char *path, FILE *out, struct error *error)
{
    hid_t file = hdf5_file_open(path, false, error);
    if (!error->status && !hdf5_file_has(file, "provenance")) fail(error, FAIL_INPUT, "%s: no results of wayfare", path);
    print_text(file, ".", "title", "title", out, error);
    print_text(file, ".", "source", "program", out, error);
    print_text(file, ".", "legal", "legal", out, error);
    print_days(file, out, error);
    print_months(file, out, error);
    print_seed(file, out, error);
    print_text(file, "provenance", "digest", "digest", out, error);
    print_text(file, "provenance", "command", "command", out, error);
    print_census(file, out, error);
    show_places(file, out, error);
    print_difference(file, "relative_difference", "relative difference from observed", out, error);
    print_difference(file, "relative_difference_rescaled", "rescaled", out, error);
    print_given(file, out, error);
    if (file >= 0) H5Fclose(file);
    if (error->status == FAIL_OUTPUT) error->status = FAIL_INPUT; /* nothing is written here, whatever the helpers say */
    return error->status ? -1 : 0;
}
