/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names are those of a run's file where they mean the same; dimensions arm, draw and replicate stand before time. */
#include "study_results.h"
#include "output/map.h"
#include "output/part.h"
#include "output/provenance.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "sim/version.h"
#include "study_cube.h"
#include "study_summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FEWEST_PEOPLE = 30,
       FEWEST_EVENTS = 10 }; /* simulated; below, chance rules */

struct study_results {
    hid_t file;
    const struct study_plan *plan;
    const struct study_layout *layout;
    const struct study_store *store;
    const bool *failed;
    hsize_t arms, draws, replicates;
    size_t measures; /* at the end of the run: the total of every kept tally, the kept indicators, people present at every place */
    bool whole_scale, some_failed;
    struct study_cube *cells, *total, *indicator; /* [item], [item], [indicator] */
    struct study_cube status, digest;
    double *end; /* [arm][measure][draw][replicate] */
    void *values;
};

/* xarray would turn a number with units "days" into a time span. */
static const char *units(const char *unit)
{
    if (!unit || !*unit) return "1";
    if (!strcmp(unit, "days")) return "day";
    if (!strcmp(unit, "persons") || !strcmp(unit, "person")) return "people";
    return unit;
}

static struct hdf5_file_shape line(const char *axis, hsize_t size) { return (struct hdf5_file_shape){1, {size}, {axis}}; }

static struct hdf5_file_shape run_shape(const struct study_results *r)
{
    return (struct hdf5_file_shape){3, {r->arms, r->draws, r->replicates}, {"arm", "draw", "replicate"}};
}

static struct hdf5_file_shape longer(struct hdf5_file_shape shape, const char *axis, hsize_t size)
{
    shape.size[shape.rank] = size;
    shape.axis[shape.rank++] = axis;
    return shape;
}

static void describe(const struct study_results *r, const char *name, const char *unit, const char *doc, struct error *error)
{
    hdf5_file_text(r->file, name, "units", units(unit), error);
    if (doc) hdf5_file_text(r->file, name, "long_name", doc, error);
}

/* ---- header and axes ---- */

static void write_header(const struct study_results *r, struct error *error)
{
    const struct setup *setup = r->plan->sim->setup;
    static const char *const designs[] = {[STUDY_NONE] = "none", [STUDY_RANDOM] = "random", [STUDY_LATIN] = "latin", [STUDY_FILE] = "file"};
    char start[16];
    calendar_text(setup->start, start);
    hdf5_file_text(r->file, ".", "Conventions", "CF-1.8", error);
    hdf5_file_text(r->file, ".", "title", r->plan->title, error);
    hdf5_file_text(r->file, ".", "source", "wayfare " WAYFARE_VERSION, error);
    hdf5_file_integer(r->file, ".", "seed", r->plan->first_seed, error);
    hdf5_file_number(r->file, ".", "scale", setup->scale, error);
    hdf5_file_values(r->file, ".", "days", H5T_NATIVE_INT32, 0, &setup->days, error);
    hdf5_file_text(r->file, ".", "start", start, error);
    hdf5_file_text(r->file, ".", "reference_arm", r->plan->arm[0].name, error);
    hdf5_file_text(r->file, ".", "legal", r->plan->arm[0].legal, error);
    hdf5_file_text(r->file, ".", "design", designs[r->plan->design], error);
}

static void write_number_line(const struct study_results *r, const char *name, hsize_t size, const char *doc, struct error *error)
{
    int32_t *value = memory_new(size, sizeof *value);
    for (hsize_t i = 0; i < size; i++) value[i] = (int32_t)i;
    hdf5_file_array(r->file, name, H5T_NATIVE_INT32, line(name, size), value, error);
    hdf5_file_text(r->file, name, "long_name", doc, error);
    memory_free(value);
}

static void write_arms(const struct study_results *r, struct error *error)
{
    const char **name = memory_new(r->arms, sizeof *name), **description = memory_new(r->arms, sizeof *description), **legal = memory_new(r->arms, sizeof *legal);
    for (hsize_t i = 0; i < r->arms; i++) {
        name[i] = r->plan->arm[i].name;
        description[i] = r->plan->arm[i].description;
        legal[i] = r->plan->arm[i].legal;
    }
    hdf5_file_strings(r->file, "arm", "arm", r->arms, name, error);
    hdf5_file_strings(r->file, "arm_description", "arm", r->arms, description, error);
    hdf5_file_text(r->file, "arm_description", "long_name", "what differs from the reference arm", error);
    hdf5_file_strings(r->file, "arm_legal", "arm", r->arms, legal, error);
    hdf5_file_text(r->file, "arm_legal", "long_name", "what the arm's levers permit beyond the lawful", error);
    memory_free(name);
    memory_free(description);
    memory_free(legal);
}

static void write_bounds(const struct study_results *r, struct error *error)
{
    hsize_t rows = (hsize_t)r->layout->rows;
    int32_t *bounds = memory_new(2 * rows, sizeof *bounds);
    for (hsize_t i = 0; i < rows; i++) {
        bounds[2 * i] = i > 0 ? r->layout->last_day[i - 1] + 1 : 0;
        bounds[2 * i + 1] = r->layout->last_day[i] + 1;
    }
    hdf5_file_dimension(r->file, "bound", 2, false, error);
    hdf5_file_array(r->file, "time_bounds", H5T_NATIVE_INT32, longer(line("time", rows), "bound", 2), bounds, error);
    memory_free(bounds);
}

static void write_time(const struct study_results *r, struct error *error)
{
    char date[16], since[64];
    calendar_text(r->plan->sim->setup->start, date);
    snprintf(since, sizeof since, "days since %s 00:00:00", date);
    hdf5_file_array(r->file, "time", H5T_NATIVE_INT32, line("time", (hsize_t)r->layout->rows), r->layout->last_day, error);
    hdf5_file_text(r->file, "time", "units", since, error);
    hdf5_file_text(r->file, "time", "calendar", "proleptic_gregorian", error);
    hdf5_file_text(r->file, "time", "standard_name", "time", error);
    hdf5_file_text(r->file, "time", "long_name", "day; counts of people are as at its end", error);
    hdf5_file_text(r->file, "time", "bounds", "time_bounds", error);
    write_bounds(r, error);
}

/* Further numbers of the map's tables as the reference arm's scenario has them, for choosing places and links by them. */
static void write_columns(const struct study_results *r, struct error *error)
{
    static const char *const ONE[] = {[WORLD_OF_PLACES] = "place", [WORLD_OF_LINKS] = "link", [WORLD_OF_STATES] = "state"};
    const struct world *world = r->plan->sim->world;
    const hsize_t size[] = {[WORLD_OF_PLACES] = world->places, [WORLD_OF_LINKS] = world->links, [WORLD_OF_STATES] = world->states};
    for (uint32_t i = 0; i < world->columns && !error->status; i++) {
        const struct world_column *column = &world->column[i];
        char *name = memory_format("%s_%s", ONE[column->of], column->name);
        if (size[column->of] && !hdf5_file_has(r->file, name))
            hdf5_file_array(r->file, name, H5T_NATIVE_DOUBLE, line(ONE[column->of], size[column->of]), column->value, error);
        memory_free(name);
    }
}

static bool is_of_the_map(const char *axis) { return !strcmp(axis, "place") || !strcmp(axis, "link") || !strcmp(axis, "state"); }

static bool is_kept(const struct study_layout *layout, int axis)
{
    for (int i = 0; i < layout->items; i++)
        for (int k = 0; k < layout->item[i].axes; k++)
            if (layout->item[i].axis[k] == axis) return true;
    return false;
}

/* Those of kept tallies that the map does not have. */
static void write_tally_axes(const struct study_results *r, struct error *error)
{
    const struct tally_set *set = &r->plan->sim->tallies;
    for (int i = 0; i < set->axes && !error->status; i++) {
        const struct tally_axis *axis = &set->axis[i];
        if (!is_kept(r->layout, i) || is_of_the_map(axis->name)) continue;
        if (hdf5_file_has(r->file, axis->name)) fail(error, FAIL_INTERNAL, "two results are called '%s'", axis->name);
        if (axis->label) hdf5_file_strings(r->file, axis->name, axis->name, axis->size, (const char *const *)axis->label, error);
        else hdf5_file_dimension(r->file, axis->name, axis->size, false, error);
    }
}

static void write_axes(const struct study_results *r, struct error *error)
{
    write_arms(r, error);
    write_number_line(r, "draw", r->draws, "draw of the parameters", error);
    write_number_line(r, "replicate", r->replicates, "replicate: the same seed in every arm", error);
    write_time(r, error);
    map_write(r->file, r->plan->sim->world, error);
    write_columns(r, error);
    write_tally_axes(r, error);
}

/* ---- seeds and parameters ---- */

static void write_seeds(const struct study_results *r, struct error *error)
{
    struct hdf5_file_shape shape = {2, {r->draws, r->replicates}, {"draw", "replicate"}};
    int64_t *seed = memory_new(r->draws * r->replicates, sizeof *seed);
    for (hsize_t i = 0; i < r->draws * r->replicates; i++)
        seed[i] = (int64_t)study_plan_find(r->plan, 0, (int64_t)(i / r->replicates), (int64_t)(i % r->replicates)).seed;
    hdf5_file_array(r->file, "run_seed", H5T_NATIVE_INT64, shape, seed, error);
    hdf5_file_text(r->file, "run_seed", "long_name", "seed of the run, in every arm", error);
    memory_free(seed);
}

/* mode: NaN where the distribution is not triangular. */
static void write_ranges(const struct study_results *r, hsize_t count, struct error *error)
{
    double *range = memory_new(3 * count, sizeof *range);
    for (hsize_t i = 0; i < count; i++) {
        const struct study_parameter *p = &r->plan->parameter[i];
        range[i] = p->low;
        range[count + i] = p->high;
        range[2 * count + i] = p->distribution == STUDY_TRIANGULAR ? p->mode : NAN;
    }
    hdf5_file_array(r->file, "parameter_low", H5T_NATIVE_DOUBLE, line("parameter", count), range, error);
    hdf5_file_array(r->file, "parameter_high", H5T_NATIVE_DOUBLE, line("parameter", count), range + count, error);
    hdf5_file_array(r->file, "parameter_mode", H5T_NATIVE_DOUBLE, line("parameter", count), range + 2 * count, error);
    memory_free(range);
}

static void write_whole(const struct study_results *r, hsize_t count, struct error *error)
{
    uint8_t *whole = memory_new(count, sizeof *whole);
    for (hsize_t i = 0; i < count; i++) whole[i] = r->plan->parameter[i].whole;
    hdf5_file_array(r->file, "parameter_whole", H5T_NATIVE_UINT8, line("parameter", count), whole, error);
    hdf5_file_text(r->file, "parameter_whole", "long_name", "1: whole numbers only", error);
    memory_free(whole);
}

static void write_parameter_texts(const struct study_results *r, hsize_t count, struct error *error)
{
    static const char *const distributions[] = {[STUDY_UNIFORM] = "uniform", [STUDY_LOGUNIFORM] = "loguniform", [STUDY_TRIANGULAR] = "triangular"};
    const char **text = memory_new(4 * count, sizeof *text);
    for (hsize_t i = 0; i < count; i++) {
        const struct study_parameter *p = &r->plan->parameter[i];
        text[i] = p->name;
        text[count + i] = units(study_target_unit(&p->target, &r->plan->arm[0].setup));
        text[2 * count + i] = distributions[p->distribution];
        text[3 * count + i] = p->target.text;
    }
    hdf5_file_strings(r->file, "parameter", "parameter", count, text, error);
    hdf5_file_strings(r->file, "parameter_unit", "parameter", count, text + count, error);
    hdf5_file_strings(r->file, "parameter_distribution", "parameter", count, text + 2 * count, error);
    hdf5_file_strings(r->file, "parameter_target", "parameter", count, text + 3 * count, error);
    hdf5_file_text(r->file, "parameter_target", "long_name", "what the parameter stands for: of a model, or a factor on a policy, driver or column", error);
    memory_free(text);
}

static void write_parameters(const struct study_results *r, struct error *error)
{
    hsize_t count = (hsize_t)r->plan->parameters;
    struct hdf5_file_shape shape = {2, {r->draws, count}, {"draw", "parameter"}};
    if (count == 0) return;
    write_parameter_texts(r, count, error);
    write_ranges(r, count, error);
    write_whole(r, count, error);
    hdf5_file_array(r->file, "parameter_value", H5T_NATIVE_DOUBLE, shape, r->plan->value, error);
    hdf5_file_text(r->file, "parameter_value", "long_name", "value of the parameter in the draw, in every arm", error);
}

/* ---- cubes ---- */

static void create_cube(struct study_results *r, struct study_cube *cube, const char *name, struct hdf5_file_shape shape, bool counts, struct error *error)
{
    const int64_t none = -1;
    const double nothing = NAN;
    bool whole = counts && r->whole_scale;
    const void *fill = whole ? (const void *)&none : (const void *)&nothing;
    study_cube_create(cube, r->file, name, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, shape, r->some_failed ? fill : NULL, error);
}

static void describe_tally(struct study_results *r, const char *name, const struct tally *tally, bool by_link, struct error *error)
{
    describe(r, name, tally->unit ? tally->unit : "people", tally->doc, error);
    hdf5_file_text(r->file, name, "cell_methods", tally->kind == TALLY_STOCK ? "time: point" : "time: sum", error);
    if (tally->things) hdf5_file_integer(r->file, name, "things", 1, error);
    if (by_link) hdf5_file_text(r->file, name, "coordinates", "link_name", error);
}

static void create_cells(struct study_results *r, int i, struct hdf5_file_shape shape, struct error *error)
{
    const struct study_item *item = &r->layout->item[i];
    const struct tally_set *set = &r->plan->sim->tallies;
    bool by_link = false;
    for (int k = 0; k < item->axes; k++) {
        const struct tally_axis *axis = &set->axis[item->axis[k]];
        shape = longer(shape, axis->name, axis->size);
        by_link = by_link || !strcmp(axis->name, "link");
    }
    create_cube(r, &r->cells[i], set->tally[item->tally].name, shape, true, error);
    describe_tally(r, set->tally[item->tally].name, &set->tally[item->tally], by_link, error);
}

static void create_item(struct study_results *r, int i, struct error *error)
{
    const struct tally *tally = &r->plan->sim->tallies.tally[r->layout->item[i].tally];
    struct hdf5_file_shape shape = longer(run_shape(r), "time", (hsize_t)r->layout->rows);
    char *total = memory_format("total_%s", tally->name);
    create_cube(r, &r->total[i], total, shape, true, error);
    describe_tally(r, total, tally, false, error);
    memory_free(total);
    if (r->layout->item[i].axes) create_cells(r, i, shape, error);
}

static const struct sim_indicator *indicator_of(const struct study_results *r, int i) { return &r->plan->sim->indicator[r->layout->indicator[i]]; }

static void create_indicator(struct study_results *r, int i, struct error *error)
{
    const struct sim_indicator *indicator = indicator_of(r, i);
    create_cube(r, &r->indicator[i], indicator->name, longer(run_shape(r), "time", (hsize_t)r->layout->rows), false, error);
    describe(r, indicator->name, indicator->unit, indicator->doc, error);
    hdf5_file_text(r->file, indicator->name, "cell_methods", "time: point", error);
}

static void create_status(struct study_results *r, struct error *error)
{
    static const uint8_t VALUES[] = {0, 1};
    study_cube_create(&r->status, r->file, "run_status", H5T_NATIVE_UINT8, run_shape(r), NULL, error);
    hdf5_file_values(r->file, "run_status", "flag_values", H5T_NATIVE_UINT8, 2, VALUES, error);
    hdf5_file_text(r->file, "run_status", "flag_meanings", "done failed", error);
    study_cube_create(&r->digest, r->file, "run_digest", H5T_NATIVE_UINT64, run_shape(r), NULL, error);
    hdf5_file_text(r->file, "run_digest", "long_name", "the first 16 digits of the run's digest", error);
}

static void create_cubes(struct study_results *r, struct error *error)
{
    create_status(r, error);
    for (int i = 0; i < r->layout->items; i++) create_item(r, i, error);
    for (int i = 0; i < r->layout->indicators; i++) create_indicator(r, i, error);
}

/* ---- runs ---- */

static const struct tally *tally_of(const struct study_results *r, size_t item) { return &r->plan->sim->tallies.tally[r->layout->item[item].tally]; }

/* People, or things, that one count stands for. */
static double scale_of(const struct study_results *r, size_t item) { return tally_scale(tally_of(r, item), r->plan->sim->setup->scale); }

/* count cells of every row from this one on, times the scale, as the file has them. */
static const void *scaled(const struct study_results *r, const struct study_outcome *outcome, size_t first, size_t count, double scale)
{
    double *number = r->values;
    int64_t whole = (int64_t)scale, *integer = r->values;
    for (size_t i = 0; i < (size_t)r->layout->rows * count; i++) {
        int64_t persons = outcome->count[i / count * r->layout->row_cells + first + i % count];
        if (r->whole_scale) integer[i] = persons * whole;
        else number[i] = (double)persons * scale;
    }
    return r->values;
}

static const void *indicator_values(const struct study_results *r, const struct study_outcome *outcome, int index)
{
    double *value = r->values;
    for (int row = 0; row < r->layout->rows; row++) value[row] = outcome->indicator[row * r->layout->indicators + index];
    return value;
}

static void put_values(const struct study_results *r, const hsize_t at[3], const struct study_outcome *outcome, struct error *error)
{
    const struct study_layout *layout = r->layout;
    for (int i = 0; i < layout->items; i++) {
        const struct study_item *item = &layout->item[i];
        double scale = scale_of(r, (size_t)i);
        study_cube_put(&r->total[i], at, scaled(r, outcome, item->total, 1, scale), error);
        if (item->axes) study_cube_put(&r->cells[i], at, scaled(r, outcome, item->first, item->cells, scale), error);
    }
    for (int i = 0; i < layout->indicators; i++) study_cube_put(&r->indicator[i], at, indicator_values(r, outcome, i), error);
}

/* Who is there on the last day; what happened from the first to the last. */
static double total_at_end(const struct study_results *r, const struct study_outcome *outcome, size_t item)
{
    const struct study_layout *layout = r->layout;
    int64_t sum = 0;
    for (int row = tally_of(r, item)->kind == TALLY_FLOW ? 0 : layout->rows - 1; row < layout->rows; row++)
        sum += outcome->count[(size_t)row * layout->row_cells + layout->item[item].total];
    return (double)sum * scale_of(r, item);
}

static double measure_at_end(const struct study_results *r, const struct study_outcome *outcome, size_t measure)
{
    const struct study_layout *layout = r->layout;
    size_t items = (size_t)layout->items, indicators = (size_t)layout->indicators, last = (size_t)layout->rows - 1;
    if (outcome->failed) return NAN;
    if (measure < items) return total_at_end(r, outcome, measure);
    if (measure < items + indicators) return outcome->indicator[last * indicators + measure - items];
    size_t cell = layout->item[layout->present].first + measure - items - indicators;
    return (double)outcome->count[last * layout->row_cells + cell] * scale_of(r, (size_t)layout->present);
}

/* Of one arm and measure: values by draw and replicate. */
static double *end_of(const struct study_results *r, hsize_t arm, size_t measure)
{
    return r->end + (arm * r->measures + measure) * r->draws * r->replicates;
}

static void put_run(struct study_results *r, const hsize_t at[3], const struct study_outcome *outcome, struct error *error)
{
    uint8_t status = outcome->failed;
    study_cube_put(&r->status, at, &status, error);
    study_cube_put(&r->digest, at, &outcome->digest, error);
    if (!outcome->failed) put_values(r, at, outcome, error);
    for (size_t i = 0; i < r->measures; i++) end_of(r, at[0], i)[at[1] * r->replicates + at[2]] = measure_at_end(r, outcome, i);
}

static int put_row(struct study_results *r, const hsize_t at[3], struct study_outcome *outcome, struct error *error)
{
    char identity[65];
    study_plan_identity(r->plan, study_plan_find(r->plan, (int)at[0], (int64_t)at[1], (int64_t)at[2]), identity);
    if (!study_store_read(r->store, identity, outcome)) return fail(error, FAIL_OUTPUT, "%s/%.16s.run: cannot be read", r->store->folder, identity);
    put_run(r, at, outcome, error);
    return error->status ? -1 : 0;
}

static void put_rows(struct study_results *r, struct error *error)
{
    struct study_outcome outcome;
    study_outcome_new(&outcome, r->layout);
    for (hsize_t i = 0; i < r->arms * r->draws * r->replicates && !error->status; i++) {
        const hsize_t at[3] = {i / (r->draws * r->replicates), i / r->replicates % r->draws, i % r->replicates};
        put_row(r, at, &outcome, error);
    }
    study_outcome_free(&outcome);
}

/* ---- failed runs ---- */

static void write_failed_lines(const struct study_results *r, hsize_t count, const int32_t *at, const char *const *message, struct error *error)
{
    static const char *const NAMES[] = {"failed_arm", "failed_draw", "failed_replicate"};
    hdf5_file_dimension(r->file, "failed", count, false, error);
    for (hsize_t k = 0; k < 3; k++) {
        hdf5_file_array(r->file, NAMES[k], H5T_NATIVE_INT32, line("failed", count), at + k * count, error);
        hdf5_file_text(r->file, NAMES[k], "long_name", "index, from 0, of a run that failed", error);
    }
    hdf5_file_strings(r->file, "failed_message", "failed", count, message, error);
}

static void gather_failed(const struct study_results *r, hsize_t count, int32_t *at, char **message)
{
    struct study_outcome outcome;
    hsize_t found = 0;
    study_outcome_new(&outcome, r->layout);
    for (int64_t i = 0; i < study_plan_rows(r->plan); i++) {
        struct study_row row = study_plan_row(r->plan, i);
        char identity[65];
        if (!r->failed[i]) continue;
        study_plan_identity(r->plan, row, identity);
        study_store_read(r->store, identity, &outcome);
        at[found] = row.arm, at[count + found] = (int32_t)row.draw, at[2 * count + found] = (int32_t)row.replicate;
        message[found++] = memory_text(outcome.message);
    }
    study_outcome_free(&outcome);
}

static hsize_t count_failed(const struct study_results *r)
{
    hsize_t count = 0;
    for (int64_t i = 0; i < study_plan_rows(r->plan); i++) count += r->failed[i];
    return count;
}

static void write_failed(const struct study_results *r, struct error *error)
{
    hsize_t count = count_failed(r);
    hdf5_file_integer(r->file, ".", "failed_runs", (int64_t)count, error);
    if (count == 0) return;
    int32_t *at = memory_new(3 * count, sizeof *at);
    char **message = memory_new(count, sizeof *message);
    gather_failed(r, count, at, message);
    write_failed_lines(r, count, at, (const char *const *)message, error);
    hdf5_file_free_strings(message, count);
    memory_free(at);
}

/* ---- summary ---- */

struct measure {
    const char *name, *unit, *doc, *at; /* at: a place, or NULL */
};

static struct measure measure_of(const struct study_results *r, size_t index)
{
    const struct sim *sim = r->plan->sim;
    size_t items = (size_t)r->layout->items, others = items + (size_t)r->layout->indicators;
    const struct sim_indicator *indicator = index >= items && index < others ? indicator_of(r, (int)(index - items)) : NULL;
    if (indicator) return (struct measure){indicator->name, indicator->unit, indicator->doc, NULL};
    const struct tally *tally = tally_of(r, index < items ? index : (size_t)r->layout->present);
    const char *at = index < others ? NULL : sim->world->place[index - others].name;
    return (struct measure){tally->name, tally->unit ? tally->unit : "people", tally->doc, at};
}

static void write_measures(const struct study_results *r, struct error *error)
{
    const char **unit = memory_new(r->measures, sizeof *unit), **doc = memory_new(r->measures, sizeof *doc);
    char **name = memory_new(r->measures, sizeof *name);
    for (size_t i = 0; i < r->measures; i++) {
        struct measure measure = measure_of(r, i);
        name[i] = memory_format("%s%s%s", measure.name, measure.at ? " at " : "", measure.at ? measure.at : "");
        unit[i] = units(measure.unit);
        doc[i] = measure.doc;
    }
    hdf5_file_strings(r->file, "measure", "measure", r->measures, (const char *const *)name, error);
    hdf5_file_text(r->file, "measure", "long_name", "totals over the last day, or over all days of what happens on a day; indicators of the last day", error);
    hdf5_file_strings(r->file, "measure_unit", "measure", r->measures, unit, error);
    hdf5_file_strings(r->file, "measure_meaning", "measure", r->measures, doc, error);
    hdf5_file_free_strings(name, r->measures);
    memory_free(unit);
    memory_free(doc);
}

/* Columns of the summary that are numbers. */
static const struct column {
    const char *name, *doc;
    size_t offset;
} columns[] = {
    {"end_mean", "mean at the end of the run, over the pairs", offsetof(struct study_summary, mean)},
    {"difference_mean", "mean difference from the reference arm, seed by seed", offsetof(struct study_summary, difference)},
    {"difference_standard_error", "standard error of difference_mean; with several draws, draws are what is independent", offsetof(struct study_summary, standard_error)},
    {"difference_low", "5 % quantile of the differences over draws and replicates", offsetof(struct study_summary, low)},
    {"difference_high", "95 % quantile of the differences over draws and replicates", offsetof(struct study_summary, high)},
    {"variance_ratio", "variance of the paired differences over that of unpaired ones", offsetof(struct study_summary, variance_ratio)},
};

static void write_column(const struct study_results *r, const struct column *column, const struct study_summary *summary, struct error *error)
{
    size_t count = r->arms * r->measures;
    struct hdf5_file_shape shape = {2, {r->arms, r->measures}, {"arm", "measure"}};
    double *value = memory_new(count, sizeof *value);
    for (size_t i = 0; i < count; i++) memcpy(&value[i], (const char *)&summary[i] + column->offset, sizeof *value);
    hdf5_file_array(r->file, column->name, H5T_NATIVE_DOUBLE, shape, value, error);
    hdf5_file_text(r->file, column->name, "long_name", column->doc, error);
    memory_free(value);
}

static void write_pairs(const struct study_results *r, const struct study_summary *summary, struct error *error)
{
    size_t count = r->arms * r->measures;
    struct hdf5_file_shape shape = {2, {r->arms, r->measures}, {"arm", "measure"}};
    int32_t *pairs = memory_new(count, sizeof *pairs);
    for (size_t i = 0; i < count; i++) pairs[i] = summary[i].pairs;
    hdf5_file_array(r->file, "pairs", H5T_NATIVE_INT32, shape, pairs, error);
    hdf5_file_text(r->file, "pairs", "long_name", "pairs of runs in the summary", error);
    memory_free(pairs);
}

/* What is counted in simulated persons can be too few to tell arms apart: on average fewer than 30 who are there, or 10 to whom
   something happened, in this arm or in the reference. Things count one by one. */
static bool is_few(const struct study_results *r, const struct study_summary *summary, const struct study_summary *reference, size_t index)
{
    size_t items = (size_t)r->layout->items, others = items + (size_t)r->layout->indicators;
    size_t item = index < items ? index : (size_t)r->layout->present;
    if (index >= items && index < others) return false;
    bool events = tally_of(r, item)->kind == TALLY_FLOW;
    return !(fmin(summary->mean, reference->mean) >= scale_of(r, item) * (events ? FEWEST_EVENTS : FEWEST_PEOPLE));
}

static void write_few(const struct study_results *r, const struct study_summary *summary, struct error *error)
{
    size_t count = r->arms * r->measures;
    struct hdf5_file_shape shape = {2, {r->arms, r->measures}, {"arm", "measure"}};
    uint8_t *few = memory_new(count, sizeof *few);
    for (size_t i = 0; i < count; i++) few[i] = is_few(r, &summary[i], &summary[i % r->measures], i % r->measures);
    hdf5_file_array(r->file, "few", H5T_NATIVE_UINT8, shape, few, error);
    hdf5_file_text(r->file, "few", "long_name", "1: fewer than 30 simulated persons, or than 10 events, in this arm or the reference: not to be ranked", error);
    memory_free(few);
}

static void write_summary(const struct study_results *r, struct error *error)
{
    struct study_summary *summary = memory_new(r->arms * r->measures, sizeof *summary);
    for (hsize_t arm = 0; arm < r->arms; arm++)
        for (size_t i = 0; i < r->measures; i++)
            summary[arm * r->measures + i] = study_summary_of(end_of(r, arm, i), end_of(r, 0, i), (int64_t)r->draws, (int64_t)r->replicates);
    write_measures(r, error);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) write_column(r, &columns[i], summary, error);
    write_pairs(r, summary, error);
    write_few(r, summary, error);
    memory_free(summary);
}

/* ---- the file ---- */

static void allocate(struct study_results *r)
{
    const struct study_layout *layout = r->layout;
    r->cells = memory_new((size_t)layout->items, sizeof *r->cells);
    r->total = memory_new((size_t)layout->items, sizeof *r->total);
    r->indicator = memory_new((size_t)layout->indicators, sizeof *r->indicator);
    r->end = memory_new(r->arms * r->measures * r->draws * r->replicates, sizeof *r->end);
    r->values = memory_new((size_t)layout->rows * layout->row_cells, sizeof(double));
}

static void release(struct study_results *r)
{
    for (int i = 0; i < r->layout->items; i++) {
        study_cube_close(&r->cells[i]);
        study_cube_close(&r->total[i]);
    }
    for (int i = 0; i < r->layout->indicators; i++) study_cube_close(&r->indicator[i]);
    study_cube_close(&r->status);
    study_cube_close(&r->digest);
    void *block[] = {r->cells, r->total, r->indicator, r->end, r->values};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
}

static int write_file(struct study_results *r, const char *part, const char *const *command, struct error *error)
{
    r->file = hdf5_file_create(part, error);
    if (r->file < 0) return -1;
    allocate(r);
    write_header(r, error);
    write_axes(r, error);
    write_seeds(r, error);
    write_parameters(r, error);
    create_cubes(r, error);
    if (!error->status) put_rows(r, error);
    write_failed(r, error);
    write_summary(r, error);
    provenance_begin(r->file, r->plan->sim, command, error);
    release(r);
    return hdf5_file_close(r->file, error);
}

int study_results_write(const char *path, const struct study_plan *plan, const struct study_store *store, const bool *failed,
                        const char *const *command, struct error *error)
{
    const struct study_layout *layout = store->layout;
    struct study_results results = {
        .plan = plan,
        .layout = layout,
        .store = store,
        .failed = failed,
        .arms = (hsize_t)plan->arms,
        .draws = (hsize_t)study_plan_draws(plan),
        .replicates = (hsize_t)plan->replicates,
        .measures = (size_t)layout->items + (size_t)layout->indicators + (layout->present < 0 ? 0 : plan->sim->world->places),
        .whole_scale = plan->sim->setup->scale == floor(plan->sim->setup->scale),
    };
    results.some_failed = count_failed(&results) > 0;
    char *part = part_name(path);
    int status = write_file(&results, part, command, error);
    if (!status) status = part_publish(part, path, false, error);
    if (status) unlink(part);
    memory_free(part);
    return status;
}
