/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer "flee_csv": Flee's out.csv, column for column, its date one day late as Flee prints it. Camps are the places that
   are camps before the first day and have observed numbers, in the order of places. "Total error" is the sum of absolute
   differences over the raw count, which Flee never corrects. Without a raw count the totals are printed as Flee does. */
#include "number.h"
#include "part.h"
#include "results.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "writers.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct flee_csv {
    char *path, *part;
    FILE *file;
    int segments; /* whole ones before the current file */
    const struct driver *observed;
    uint32_t *camp;
    uint32_t camps;
    int raw, debt; /* indicators; -1: none */
};

static int find_indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return i;
    return -1;
}

static void find_camps(struct flee_csv *csv, const struct world *world)
{
    csv->camp = memory_new(world->places, sizeof *csv->camp);
    for (uint32_t i = 0; i < world->places; i++)
        if (world->start_kind[i] & WORLD_CAMP && csv->observed->where[i] >= 0) csv->camp[csv->camps++] = i;
}

static int check_stream(const struct flee_csv *csv, struct error *error)
{
    if (!error->status && ferror(csv->file)) fail(error, FAIL_OUTPUT, "%s: cannot be written: %s", csv->part, strerror(errno));
    return error->status ? -1 : 0;
}

static void write_header(const struct flee_csv *csv, const struct world *world)
{
    fputs("Day,Date,", csv->file);
    for (uint32_t i = 0; i < csv->camps; i++) {
        const char *name = world->place[csv->camp[i]].name;
        fprintf(csv->file, "%s sim,%s data,%s error,", name, name, name);
    }
    fputs("Total error,refugees in camps (UNHCR),total refugees (simulation),raw UNHCR refugee count,refugees in camps (simulation),refugee_debt\n", csv->file);
}

/* Opens the current file; only the first of a run's segments has the header. */
static int begin(struct flee_csv *csv, const struct sim *sim, struct error *error)
{
    if (csv->file) return 0;
    csv->file = fopen(csv->part, "w");
    if (!csv->file) return fail(error, FAIL_OUTPUT, "%s: cannot be created: %s", csv->part, strerror(errno));
    if (csv->segments == 0) write_header(csv, sim->world);
    return check_stream(csv, error);
}

static void put(FILE *file, double value, char end)
{
    char text[NUMBER_ROOM];
    fprintf(file, "%s%c", number_brief(value, text), end);
}

/* Rounded to four decimals as numpy rounds. */
static double rounded(double value) { return rint(value * 1e4) / 1e4; }

static double relative_error(double simulated, double observed) { return observed < 1e-5 ? 0 : rounded(fabs(simulated / observed - 1)); }

struct sums {
    double simulated, observed, difference;
};

static struct sums write_camps(const struct flee_csv *csv, const struct sim *sim, int32_t day)
{
    struct sums sums = {0};
    char text[NUMBER_ROOM];
    for (uint32_t i = 0; i < csv->camps; i++) {
        double simulated = (double)tally_at(&sim->tallies, sim->standard.present, csv->camp[i]) * sim->setup->scale;
        double observed = driver_at(csv->observed, csv->camp[i], day);
        put(csv->file, simulated, ',');
        put(csv->file, observed, ',');
        fprintf(csv->file, "%s,", number_text(relative_error(simulated, observed), text));
        sums.simulated += simulated;
        sums.observed += observed;
        sums.difference += rounded(fabs(simulated - observed));
    }
    return sums;
}

static double indicator(const struct sim *sim, int index) { return index < 0 ? 0 : sim->indicator[index].value; }

static void write_totals(const struct flee_csv *csv, const struct sim *sim, struct sums sums)
{
    double raw = indicator(sim, csv->raw), debt = indicator(sim, csv->debt);
    char text[NUMBER_ROOM];
    bool counted = raw > 0;
    fprintf(csv->file, "%s,", number_text(counted ? sums.difference / raw : 0, text));
    put(csv->file, counted ? trunc(sums.observed) : 0, ',');
    put(csv->file, (double)sim->persons.entered * sim->setup->scale, ',');
    put(csv->file, counted ? raw : 0, ',');
    put(csv->file, sums.simulated, ',');
    put(csv->file, counted && debt > 0 ? debt : 0, '\n');
}

static int flee_csv_write(struct sim *sim, void *state, struct error *error)
{
    struct flee_csv *csv = state;
    int32_t day = results_day(sim);
    char date[16];
    if (begin(csv, sim, error)) return -1;
    calendar_text(sim->setup->start + day + 1, date);
    fprintf(csv->file, "%d,%s,", day, date);
    write_totals(csv, sim, write_camps(csv, sim, day));
    return check_stream(csv, error);
}

static int end(struct flee_csv *csv, struct error *error)
{
    FILE *file = csv->file;
    csv->file = NULL;
    if (file && fclose(file)) fail(error, FAIL_OUTPUT, "%s: cannot be written: %s", csv->part, strerror(errno));
    return error->status ? -1 : 0;
}

static int name_segment(struct flee_csv *csv, struct error *error)
{
    char *segment = part_segment(csv->path, ++csv->segments);
    int status = part_publish(csv->part, segment, true, error);
    memory_free(segment);
    return status;
}

static int flee_csv_cut(struct sim *sim, void *state, struct error *error)
{
    struct flee_csv *csv = state;
    if (begin(csv, sim, error) || end(csv, error)) return -1;
    return name_segment(csv, error);
}

static int join(struct flee_csv *csv, struct error *error)
{
    for (int i = 1; i <= csv->segments && !error->status; i++) {
        char *segment = part_segment(csv->path, i);
        part_append(segment, csv->part, i > 1, error);
        memory_free(segment);
    }
    if (error->status || part_publish(csv->part, csv->path, false, error)) return -1;
    part_remove_segments(csv->path);
    return 0;
}

/* After a cut there may be no current file. */
static int finish(struct flee_csv *csv, struct error *error)
{
    bool open = csv->file != NULL;
    if (end(csv, error)) return -1;
    if (csv->segments == 0) return part_publish(csv->part, csv->path, false, error);
    if (open && name_segment(csv, error)) return -1;
    return join(csv, error);
}

static int flee_csv_close(struct sim *sim, void *state, bool whole, struct error *error)
{
    struct flee_csv *csv = state;
    struct error ignored = {0};
    (void)sim;
    if (!csv) return 0;
    bool ours = csv->file != NULL;
    if (!whole || error->status || finish(csv, error)) {
        end(csv, &ignored);
        if (ours) unlink(csv->part);
    }
    memory_free(csv->path);
    memory_free(csv->part);
    memory_free(csv->camp);
    memory_free(csv);
    return error->status ? -1 : 0;
}

static int find_observed(struct flee_csv *csv, const struct setup *setup, struct error *error)
{
    csv->observed = setup->observed ? driver_find(&setup->drivers, setup->observed) : NULL;
    if (csv->observed && csv->observed->over == DRIVER_PLACE) return 0;
    return fail(error, FAIL_INPUT, "%s: a table of camps needs observed numbers by place, and the run has none", csv->path);
}

static void *flee_csv_open(struct sim *sim, const struct writer_plan *plan, struct error *error)
{
    struct flee_csv *csv = memory_new(1, sizeof *csv);
    csv->path = memory_text(plan->csv);
    csv->part = part_name(plan->csv);
    csv->segments = plan->first_segment;
    csv->raw = find_indicator(sim, "refugees_raw");
    csv->debt = find_indicator(sim, "refugee_debt");
    find_observed(csv, sim->setup, error);
    if (!error->status) part_refuse(csv->path, plan->force, error);
    if (!error->status) part_check_segments(csv->path, csv->segments, error);
    if (!error->status) find_camps(csv, sim->world);
    if (!error->status && begin(csv, sim, error) == 0) return csv;
    flee_csv_close(sim, csv, false, error);
    return NULL;
}

static bool flee_csv_wanted(const struct sim *sim, const struct writer_plan *plan)
{
    (void)sim;
    return plan->csv != NULL;
}

const struct writer flee_csv_writer = {
    .name = "flee_csv",
    .doc = "Flee's out.csv: people simulated and observed by camp and day",
    .wanted = flee_csv_wanted,
    .open = flee_csv_open,
    .write = flee_csv_write,
    .cut = flee_csv_cut,
    .close = flee_csv_close,
};
