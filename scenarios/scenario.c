/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario.h"
#include "scenario_input.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_MOST 32767 /* a person's id holds 15 bits of day */

static int range_number(struct scenario_input *input, struct config_node root, const char *name, double low, double high, double *value)
{
    struct config_node node;
    if (config_any(root, name, CONFIG_OPTIONAL, &node, input->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_number(node, value, input->error)) return -1;
    if (*value >= low && *value <= high) return 0;
    return config_fail(node, input->error, "expected a number from %g to %g, found %.15g", low, high, *value);
}

static int range_integer(struct scenario_input *input, struct config_node root, const char *name, enum config_need need, int64_t low,
                         int64_t high, int64_t *value)
{
    struct config_node node;
    if (config_any(root, name, need, &node, input->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_integer(node, value, input->error)) return -1;
    if (*value >= low && *value <= high) return 0;
    return config_fail(node, input->error, "expected a whole number from %" PRId64 " to %" PRId64 ", found %" PRId64, low, high, *value);
}

static int read_start(struct scenario_input *input, struct config_node root)
{
    struct config_node node;
    const char *text;
    if (config_any(root, "start", CONFIG_NEEDED, &node, input->error) || config_as_text(node, &text, input->error)) return -1;
    if (!calendar_parse(text, &input->setup->start)) return 0;
    return config_fail(node, input->error, "expected a date as \"2015-05-01\", found '%s'", text);
}

/* census = true, or the names of facets. */
static int read_census(struct scenario_input *input, struct config_node root)
{
    struct config_node node;
    const char *name;
    bool wanted = false;
    if (config_any(root, "census", CONFIG_OPTIONAL, &node, input->error) || !node.setting) return input->error->status ? -1 : 0;
    if (!config_is_list(node)) {
        if (config_flag(root, "census", CONFIG_OPTIONAL, &wanted, input->error)) return -1;
        if (wanted) setup_add_census(input->setup, NULL);
        return 0;
    }
    if (config_count(node) == 0) return config_fail(node, input->error, "expected true, false or at least one name of a facet");
    for (int i = 0; i < config_count(node); i++) {
        if (config_as_text(config_item(node, i), &name, input->error)) return -1;
        setup_add_census(input->setup, name);
    }
    return 0;
}

static int read_run(struct scenario_input *input)
{
    struct config_node root = config_root(input->config);
    struct setup *setup = input->setup;
    const char *title;
    int64_t days = 0, seed = 1;
    if (config_text(root, "title", CONFIG_NEEDED, &title, input->error) || read_start(input, root)) return -1;
    if (range_integer(input, root, "days", CONFIG_NEEDED, 1, DAYS_MOST, &days)) return -1;
    if (range_integer(input, root, "seed", CONFIG_OPTIONAL, 0, INT64_MAX, &seed)) return -1;
    if (range_number(input, root, "scale", 1, 1e6, &setup->scale) || range_number(input, root, "sample", 0, 1, &setup->sample)) return -1;
    if (read_census(input, root)) return -1;
    setup->title = memory_text(title);
    setup->days = (int32_t)days;
    setup->seed = (uint64_t)seed;
    return 0;
}

/* "scenarios/three_borders/scenario.cfg" is called three_borders; any other file by its own name. */
static char *name_of(const char *path)
{
    char *full = realpath(path, NULL), *text = memory_text(full ? full : path);
    free(full);
    char *base = strrchr(text, '/');
    if (base && !strcmp(base, "/scenario.cfg")) *base = '\0';
    base = strrchr(text, '/');
    base = base ? base + 1 : text;
    char *dot = strrchr(base, '.');
    if (dot && dot > base && !strcmp(dot, ".cfg")) *dot = '\0';
    char *name = memory_text(*base ? base : "scenario");
    memory_free(text);
    return name;
}

static int record_files(struct scenario_input *input)
{
    for (int i = 0; i < config_files(input->config); i++)
        if (scenario_input_record(input, config_file(input->config, i))) return -1;
    return 0;
}

/* Policies name levers of models and cells of the map and the case: they come last. */
static int read_parts(struct scenario_input *input)
{
    if (record_files(input) || read_run(input) || scenario_world_read(input) || scenario_drivers_read(input)) return -1;
    if (scenario_traits_read(input) || scenario_case_read(input) || scenario_models_read(input) || scenario_policies_read(input)) return -1;
    return config_unread(input->config, input->error);
}

int scenario_read(struct setup *setup, const char *path, struct error *error)
{
    struct config *config = config_open(path, error);
    if (!config) return -1;
    struct scenario_input input = {setup, config, error};
    setup->name = name_of(path);
    setup->source = memory_text(path);
    int status = read_parts(&input);
    config_close(config);
    return status;
}
