/* SPDX-License-Identifier: GPL-3.0-or-later */
/* demographics_NAME.csv: a column NAME of values, a column Default of weights, and one for each place with weights of its own. */
#include "scenarios/flee_input.h"
#include "sim/memory.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "demographics_", suffix[] = ".csv";

/* Between prefix and suffix, as far as a further '_' or '.'; empty for other files. In new memory. */
static char *trait_name(const char *file)
{
    size_t length = strlen(file), least = sizeof prefix + sizeof suffix - 2;
    bool fits = length >= least && !strncmp(file, prefix, sizeof prefix - 1) && !strcmp(file + length - (sizeof suffix - 1), suffix);
    return memory_format("%.*s", fits ? (int)strcspn(file + sizeof prefix - 1, "_.") : 0, fits ? file + sizeof prefix - 1 : "");
}

static int read_weights(struct flee_input *in, const struct csv *csv, int column, double *weight)
{
    double sum = 0;
    for (int row = 0; row < csv->rows; row++) {
        weight[row] = 0;
        if (csv_blank(csv, row, column)) continue;
        if (csv_number(csv, row, column, &weight[row], in->error)) return -1;
        if (weight[row] < 0) return csv_fail(csv, row, in->error, "expected a weight of 0 or more in column '%s', found '%s'",
                                             csv->name[column], csv_text(csv, row, column));
        sum += weight[row];
    }
    return sum > 0 ? 0 : fail_at(in->error, csv->path, csv->header_line, "expected weights above 0 in column '%s', found none", csv->name[column]);
}

static int check_values(struct flee_input *in, const struct csv *csv, int column)
{
    if (csv->rows == 0) return fail_at(in->error, csv->path, 0, "expected rows of values and weights, found none");
    for (int row = 0; row < csv->rows; row++) {
        if (csv_blank(csv, row, column)) return csv_fail(csv, row, in->error, "expected a value in column '%s', found nothing",
                                                         csv->name[column]);
        for (int i = 0; i < row; i++)
            if (!strcmp(csv_text(csv, i, column), csv_text(csv, row, column)))
                return csv_fail(csv, row, in->error, "value '%.80s' is given twice, first on line %d", csv_text(csv, row, column),
                                csv->row[i].line);
    }
    return 0;
}

static struct trait *make_trait(struct flee_input *in, const struct csv *csv, int column, const char *name, const double *weight)
{
    const char **label = memory_new((size_t)csv->rows, sizeof *label);
    for (int row = 0; row < csv->rows; row++) label[row] = csv_text(csv, row, column);
    struct trait *trait = trait_add(&in->setup->traits, name, (uint32_t)csv->rows, label, weight);
    memory_free(label);
    return trait;
}

static int read_places(struct flee_input *in, const struct csv *csv, int values, int fallback, struct trait *trait, double *weight)
{
    for (int column = 0; column < csv->columns; column++) {
        if (column == values || column == fallback || !*csv->name[column]) continue;
        uint32_t place = world_find_place(in->setup->world, csv->name[column]);
        char hint[96];
        if (place == WORLD_NOWHERE) {
            setup_warn(in->setup, "%s:%d: column '%.40s' names no location; ignored%s", csv->path, csv->header_line, csv->name[column],
                       flee_input_near_place(in, csv->name[column], hint));
            continue;
        }
        if (read_weights(in, csv, column, weight)) return -1;
        trait_add_row(trait, place, weight);
    }
    return 0;
}

static int read_table(struct flee_input *in, const struct csv *csv, const char *name)
{
    int values = csv_column(csv, name, in->error);
    int fallback = values < 0 ? -1 : csv_column(csv, "Default", in->error);
    if (fallback < 0 || check_values(in, csv, values)) return -1;
    double *weight = memory_new((size_t)csv->rows, sizeof *weight);
    int status = read_weights(in, csv, fallback, weight);
    if (!status) status = read_places(in, csv, values, fallback, make_trait(in, csv, values, name, weight), weight);
    memory_free(weight);
    return status;
}

static int read_file(struct flee_input *in, const char *file, const char *name)
{
    struct csv csv = {0};
    int status = flee_input_table(in, in->input, file, CSV_FIRST, &csv) || read_table(in, &csv, name) ? -1 : 0;
    csv_free(&csv);
    return status;
}

/* Names of all files in new memory; -1 with the error set. */
static int list_files(struct flee_input *in, char ***files)
{
    int count = 0;
    const struct dirent *entry;
    DIR *directory = opendir(in->input);
    *files = NULL;
    if (!directory) return fail_at(in->error, in->input, 0, "cannot list the directory: %s", strerror(errno));
    while ((entry = readdir(directory))) {
        *files = memory_grow(*files, (size_t)count, (size_t)count + 1, sizeof **files);
        (*files)[count++] = memory_text(entry->d_name);
    }
    closedir(directory);
    return count;
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* In the order of their names, so that a run does not depend on the file system. */
int flee_traits_read(struct flee_input *in)
{
    char **files;
    int status = 0, count = list_files(in, &files);
    if (count < 0) return -1;
    qsort(files, (size_t)count, sizeof *files, compare);
    for (int i = 0; i < count; i++) {
        char *name = trait_name(files[i]);
        if (*name && !status) status = read_file(in, files[i], name);
        memory_free(name);
        memory_free(files[i]);
    }
    memory_free(files);
    return status;
}
