/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models in force, in order, and the values given for their parameters; sim_open() checks the values. */
#include "scenario_input.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <string.h>

static int check_model(struct scenario_input *input, struct config_node group, const char *name)
{
    const char *names[256];
    char hint[96];
    size_t count = 0;
    const struct setup *setup = input->setup;
    for (int i = 0; i < setup->models; i++)
        if (!strcmp(setup->model[i], name)) return config_fail(group, input->error, "model '%s' is there already", name);
    for (; models[count] && count < 256; count++) {
        names[count] = models[count]->name;
        if (!strcmp(names[count], name)) return 0;
    }
    return config_fail(group, input->error, "there is no model '%s'%s", name, fail_nearest(hint, name, names, count));
}

static int give(struct scenario_input *input, struct config_node node, const char *owner)
{
    const char *file = config_source(node), *name = config_name(node);
    struct config_list list;
    char *text;
    if (config_is_list(node)) {
        if (config_as_numbers(node, &list, input->error)) return -1;
        setup_give_list(input->setup, owner, name, list.count, list.value, file, config_line(node));
        memory_free(list.value);
        return 0;
    }
    if (config_as_plain(node, &text, input->error)) return -1;
    setup_give(input->setup, owner, name, text, file, config_line(node));
    memory_free(text);
    return 0;
}

static int read_model(struct scenario_input *input, struct config_node group)
{
    const char *name;
    if (config_as_group(group, input->error) || config_text(group, "name", CONFIG_NEEDED, &name, input->error)) return -1;
    if (check_model(input, group, name)) return -1;
    setup_add_model(input->setup, name);
    int count = config_count(group);
    for (int i = 0; i < count; i++) {
        struct config_node node = config_item(group, i);
        if (strcmp(config_name(node), "name") && give(input, node, name)) return -1;
    }
    return 0;
}

int scenario_models_read(struct scenario_input *input)
{
    struct config_node list;
    if (config_items(config_root(input->config), "models", CONFIG_NEEDED, &list, input->error)) return -1;
    int count = config_count(list);
    if (!count) return config_fail(list, input->error, "expected at least one model { name = ...; }");
    for (int i = 0; i < count; i++)
        if (read_model(input, config_item(list, i))) return -1;
    return 0;
}
