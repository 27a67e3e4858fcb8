/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/flee_dir.h"
#include "scenarios/flee_input.h"
#include "sim/memory.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int check_options(struct flee_input *in, const struct flee_dir_options *options)
{
    static const char *const rules[] = {"compat", "fixed"};
    char hint[96];
    const char *word = options->rules ? options->rules : "fixed";
    in->compat = !strcmp(word, "compat");
    if (!in->compat && strcmp(word, "fixed")) return fail(in->error, FAIL_USAGE, "expected rules compat or fixed, found '%s'%s", word,
                                                          fail_nearest(hint, word, rules, 2));
    if (options->days < 0) return fail(in->error, FAIL_USAGE, "expected a number of days above 0, found %d", options->days);
    if (in->compat && options->scale != 0 && options->scale != 1)
        return fail(in->error, FAIL_USAGE, "expected a scale of 1 with rules compat, found %g; use hasten in the settings, or rules fixed", options->scale);
    if (options->scale != 0 && !(options->scale >= 1 && isfinite(options->scale))) return fail(in->error, FAIL_USAGE,
                                                                                               "expected a scale of 1 or more, found %g", options->scale);
    return 0;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int open_root(struct flee_input *in, const char *directory)
{
    in->root = memory_text(directory);
    for (size_t length = strlen(in->root); length > 1 && in->root[length - 1] == '/'; length--) in->root[length - 1] = '\0';
    in->input = memory_format("%s/input_csv", in->root);
    in->source = memory_format("%s/source_data", in->root);
    if (!is_directory(in->root)) return fail_at(in->error, in->root, 0, "expected a directory with input_csv and source_data");
    if (!is_directory(in->input)) return fail_at(in->error, in->input, 0, "expected a directory, found none");
    if (!is_directory(in->source)) return fail_at(in->error, in->source, 0, "expected a directory, found none");
    return 0;
}

/* The last part of the path, also of "." and "..". */
static char *base_name(const char *root)
{
    char whole[PATH_MAX];
    const char *path = realpath(root, whole) ? whole : root, *slash = strrchr(path, '/');
    return memory_text(slash && slash[1] ? slash + 1 : path);
}

static void fill_run(struct flee_input *in, const struct flee_dir_options *options)
{
    struct setup *setup = in->setup;
    setup->name = base_name(in->root);
    setup->title = memory_text(setup->name);
    setup->source = memory_text(options->directory);
    setup->seed = options->seed;
    setup->scale = options->scale != 0 ? options->scale : 1;
    setup->observed = memory_text("registered");
    setup->world = world_new();
}

static int read_length(struct flee_input *in, const struct csv *csv, int row)
{
    int64_t days;
    if (csv_integer(csv, row, 1, &days, in->error)) return -1;
    if (days < 1 || days > INT32_MAX) return csv_fail(csv, row, in->error, "expected a length of 1 day or more, found '%s'", csv_text(csv, row, 1));
    in->setup->days = (int32_t)days;
    return 0;
}

static int read_period_row(struct flee_input *in, const struct csv *csv, int row, bool *dated)
{
    static const char *const known[] = {"StartDate", "Length"};
    char hint[96];
    const char *label = csv_text(csv, row, 0);
    if (!strcasecmp(label, "Length")) return read_length(in, csv, row);
    if (strcasecmp(label, "StartDate")) {
        setup_warn(in->setup, "%s:%d: unknown label '%.40s' ignored%s", csv->path, csv->row[row].line, label, fail_nearest(hint, label, known, 2));
        return 0;
    }
    *dated = true;
    return flee_input_date(csv, row, 1, &in->setup->start, in->error);
}

static int read_period(struct flee_input *in, struct csv *csv)
{
    bool dated = false;
    if (flee_input_table(in, in->input, "sim_period.csv", CSV_PLAIN, csv)) return -1;
    for (int row = 0; row < csv->rows; row++)
        if (read_period_row(in, csv, row, &dated)) return -1;
    if (!dated) return fail_at(in->error, csv->path, 0, "expected a row StartDate,YYYY-MM-DD, found none");
    return in->setup->days ? 0 : fail_at(in->error, csv->path, 0, "expected a row Length,DAYS, found none");
}

static int fill_period(struct flee_input *in, int32_t days)
{
    struct csv csv = {0};
    int status = read_period(in, &csv);
    csv_free(&csv);
    if (days > 0) in->setup->days = days;
    return status;
}

static int read_settings(struct flee_input *in, const char *given)
{
    if (given) return flee_settings_read(in, given);
    if (!flee_input_exists(in->root, "simsetting.yml")) return flee_settings_read(in, NULL);
    char *path = memory_format("%s/simsetting.yml", in->root);
    int status = flee_settings_read(in, path);
    memory_free(path);
    return status;
}

/* Files that only rules not built here would read. */
static void warn_unread(struct flee_input *in)
{
    static const char *const files[] = {"region_attributes_IPC.csv", "flood_level.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (flee_input_exists(in->input, files[i])) setup_warn(in->setup, "%s/%s: not read, as no rule uses it", in->input, files[i]);
}

static int read_map(struct flee_input *in)
{
    if (flee_places_read(in) || flee_routes_read(in) || flee_columns_read(in) || flee_closures_read(in)) return -1;
    return world_finish(in->setup->world, in->error);
}

static int read_all(struct flee_input *in, const struct flee_dir_options *options)
{
    if (check_options(in, options) || open_root(in, options->directory)) return -1;
    fill_run(in, options);
    if (fill_period(in, options->days) || read_settings(in, options->settings) || read_map(in)) return -1;
    if (flee_conflict_read(in) || flee_data_read(in) || flee_traits_read(in)) return -1;
    warn_unread(in);
    return driver_finish(&in->setup->drivers, in->error);
}

int flee_dir_read(struct setup *setup, const struct flee_dir_options *options, struct error *error)
{
    struct flee_input in = {.setup = setup, .error = error, .hasten = 1};
    int status = read_all(&in, options);
    csv_free(&in.places);
    csv_free(&in.links);
    memory_free(in.row_of_link);
    memory_free(in.root);
    memory_free(in.input);
    memory_free(in.source);
    return status;
}
