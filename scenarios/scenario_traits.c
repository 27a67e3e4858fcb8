/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traits: one table each; a row per value, a column "default" with its weights and one for each place that differs. */
#include "scenario_input.h"
#include "sim/memory.h"
#include <string.h>

#define VALUES_MOST 4096

/* The weights of one column; they need not sum to 1. */
static int read_weights(const struct csv *csv, int column, double *weight, struct error *error)
{
    double sum = 0;
    for (int row = 0; row < csv->rows; row++) {
        if (csv_number(csv, row, column, &weight[row], error)) return -1;
        if (weight[row] < 0)
            return csv_fail(csv, row, error, "column '%s': a weight may not be negative, found %g", csv->name[column], weight[row]);
        sum += weight[row];
    }
    return sum > 0 ? 0 : fail_at(error, csv->path, csv->header_line, "column '%s': the weights are all 0", csv->name[column]);
}

static int read_labels(const struct csv *csv, int column, const char **label, struct error *error)
{
    for (int row = 0; row < csv->rows; row++) {
        label[row] = csv_text(csv, row, column);
        if (!label[row][0]) return csv_fail(csv, row, error, "expected a text in column 'value', found nothing");
        for (int other = 0; other < row; other++)
            if (!strcmp(label[row], label[other]))
                return csv_fail(csv, row, error, "value '%s' is there already, on line %d", label[row], csv->row[other].line);
    }
    return 0;
}

static int read_rows(struct scenario_input *input, const struct csv *csv, struct trait *trait, int value, int fallback, double *weight)
{
    for (int column = 0; column < csv->columns; column++) {
        uint32_t place;
        if (column == value || column == fallback) continue;
        if (scenario_input_cell(input, SCENARIO_PLACE, csv->name[column], scenario_input_header(csv), &place)) return -1;
        if (read_weights(csv, column, weight, input->error)) return -1;
        trait_add_row(trait, place, weight);
    }
    return 0;
}

static int fill(struct scenario_input *input, const struct csv *csv, const char *name, const char **label, double *weight)
{
    int value = csv_column(csv, "value", input->error), fallback = value < 0 ? -1 : csv_column(csv, "default", input->error);
    if (fallback < 0 || read_labels(csv, value, label, input->error) || read_weights(csv, fallback, weight, input->error)) return -1;
    struct trait *trait = trait_add(&input->setup->traits, name, (uint32_t)csv->rows, label, weight);
    return read_rows(input, csv, trait, value, fallback, weight);
}

static int read_table(struct scenario_input *input, const struct csv *csv, const char *name)
{
    if (csv->rows > VALUES_MOST) return fail_at(input->error, csv->path, 0, "expected at most %d values, found %d", VALUES_MOST, csv->rows);
    const char **label = memory_new((size_t)csv->rows, sizeof *label);
    double *weight = memory_new((size_t)csv->rows, sizeof *weight);
    int status = fill(input, csv, name, label, weight);
    memory_free(label);
    memory_free(weight);
    return status;
}

static int check_name(struct scenario_input *input, struct config_node group, const char *name)
{
    for (uint32_t i = 0; i < input->setup->traits.count; i++)
        if (!strcmp(input->setup->traits.trait[i].name, name))
            return config_fail(group, input->error, "there is already a trait '%s'", name);
    return 0;
}

static int read_trait(struct scenario_input *input, struct config_node group)
{
    struct csv csv;
    const char *name;
    if (config_as_group(group, input->error) || config_text(group, "name", CONFIG_NEEDED, &name, input->error)) return -1;
    if (check_name(input, group, name)) return -1;
    int status = scenario_input_table(input, group, "file", CONFIG_NEEDED, &csv);
    if (!status) status = read_table(input, &csv, name);
    csv_free(&csv);
    return status;
}

int scenario_traits_read(struct scenario_input *input)
{
    struct config_node list;
    if (config_items(config_root(input->config), "traits", CONFIG_OPTIONAL, &list, input->error)) return -1;
    int count = config_count(list);
    for (int i = 0; i < count; i++)
        if (read_trait(input, config_item(list, i))) return -1;
    return 0;
}
