/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies: what a lever is set to, where, when or on which condition. Only models know the levers. */
#include "scenario_input.h"
#include "sim/memory.h"
#include "sim/queue.h"
#include "sim/sim.h"
#include <string.h>

#define LEVERS_MOST 512

static const enum scenario_over over_of[LEVER_OVERS] = {
    [LEVER_GLOBAL] = SCENARIO_GLOBAL,
    [LEVER_STATE] = SCENARIO_STATE,
    [LEVER_PLACE] = SCENARIO_PLACE,
    [LEVER_LINK] = SCENARIO_LINK,
    [LEVER_PLACEMENT] = SCENARIO_PLACEMENT,
    [LEVER_SERVICE] = SCENARIO_SERVICE,
    [LEVER_STAGE] = SCENARIO_STAGE,
    [LEVER_STATUS] = SCENARIO_STATUS,
};

static bool in_force(const struct setup *setup, const char *model)
{
    for (int i = 0; i < setup->models; i++)
        if (!strcmp(setup->model[i], model)) return true;
    return false;
}

static const struct lever *find_lever(const struct lever *table, const char *name)
{
    for (const struct lever *lever = table; lever && lever->name; lever++)
        if (!strcmp(lever->name, name)) return lever;
    return NULL;
}

static size_t add_names(const struct lever *table, const char **names, size_t count)
{
    for (const struct lever *lever = table; lever && lever->name && count < LEVERS_MOST; lever++) names[count++] = lever->name;
    return count;
}

static int fail_lever(struct scenario_input *input, struct config_node node, const char *name)
{
    const char *names[LEVERS_MOST];
    char hint[96];
    size_t count = add_names(queue_levers, names, 0);
    for (int i = 0; models[i]; i++) {
        if (find_lever(models[i]->levers, name))
            return config_fail(node, input->error, "lever '%s' belongs to the model '%s', which is not in force here", name, models[i]->name);
        if (in_force(input->setup, models[i]->name)) count = add_names(models[i]->levers, names, count);
    }
    return config_fail(node, input->error, "no model in force has a lever '%s'%s", name, fail_nearest(hint, name, names, count));
}

static int read_lever(struct scenario_input *input, struct config_node group, const struct lever **lever)
{
    struct config_node node;
    const char *name;
    if (config_any(group, "lever", CONFIG_NEEDED, &node, input->error) || config_as_text(node, &name, input->error)) return -1;
    if ((*lever = find_lever(queue_levers, name))) return 0;
    for (int i = 0; models[i]; i++)
        if (in_force(input->setup, models[i]->name) && (*lever = find_lever(models[i]->levers, name))) return 0;
    return fail_lever(input, node, name);
}

/* One of set, multiply, add, with its value. */
static int read_operation(struct scenario_input *input, struct config_node group, const struct lever *lever, struct lever_policy *policy)
{
    static const char *const words[] = {"set", "multiply", "add"};
    static const enum lever_operation operations[] = {LEVER_SET, LEVER_MULTIPLY, LEVER_ADD};
    int given = 0;
    for (size_t i = 0; i < 3; i++) {
        if (config_number(group, words[i], CONFIG_OPTIONAL, &policy->value, input->error)) return -1;
        if (!config_has(group, words[i])) continue;
        policy->operation = operations[i];
        given++;
    }
    if (given != 1)
        return config_fail(group, input->error, "policy '%s': expected one of set, multiply or add, found %d", policy->name, given);
    if (policy->operation != LEVER_SET || (policy->value >= lever->min && policy->value <= lever->max)) return 0;
    return config_fail(group, input->error, "policy '%s': lever '%s' takes values from %g to %g %s, found %.15g", policy->name,
                       lever->name, lever->min, lever->max, lever->unit ? lever->unit : "", policy->value);
}

static int read_span(struct scenario_input *input, struct config_node group, struct lever_policy *policy)
{
    policy->from = 0;
    policy->to = -1;
    struct scenario_at at = scenario_input_at(group);
    if (scenario_input_day_setting(input, group, "from", CONFIG_OPTIONAL, &policy->from)) return -1;
    if (scenario_input_inside(input, policy->from, at)) return -1;
    if (!config_has(group, "until")) return 0;
    if (scenario_input_day_setting(input, group, "until", CONFIG_OPTIONAL, &policy->to)) return -1;
    if (policy->to > policy->from) return 0;
    return config_fail(group, input->error, "policy '%s': expected 'until' after 'from', found days %d and %d",
                       policy->name, policy->to, policy->from);
}

static int read_condition(struct scenario_input *input, struct config_node group, struct lever_policy *policy)
{
    struct config_node when;
    const char *indicator;
    if (config_group(group, "when", CONFIG_OPTIONAL, &when, input->error)) return -1;
    if (!when.setting) return 0;
    if (config_text(when, "indicator", CONFIG_NEEDED, &indicator, input->error)) return -1;
    policy->below = config_has(when, "below");
    if (config_number(when, "above", CONFIG_OPTIONAL, &policy->threshold, input->error)) return -1;
    if (config_number(when, "below", CONFIG_OPTIONAL, &policy->threshold, input->error)) return -1;
    if (config_has(when, "above") == policy->below)
        return config_fail(when, input->error, "policy '%s': expected either 'above' or 'below'", policy->name);
    policy->indicator = memory_text(indicator);
    return 0;
}

/* The names in a set of the scenario, sets = ( { name = "..."; of = ("...", ...); } ); 1 where there is one, 0 where not, -1 on error. */
static int find_set(struct scenario_input *input, const char *wanted, struct config_node *of)
{
    struct config_node list;
    const char *name;
    if (config_items(config_root(input->config), "sets", CONFIG_OPTIONAL, &list, input->error)) return -1;
    for (int i = 0, count = config_count(list); i < count; i++) {
        struct config_node group = config_item(list, i);
        if (config_as_group(group, input->error) || config_text(group, "name", CONFIG_NEEDED, &name, input->error)) return -1;
        if (config_items(group, "of", CONFIG_NEEDED, of, input->error)) return -1;
        if (!strcmp(name, wanted)) return 1;
    }
    return 0;
}

static int add_at(struct scenario_input *input, struct config_node where, enum scenario_over over, struct lever_policy *policy)
{
    const char *name;
    uint32_t cell = 0, cells = 1;
    if (config_as_text(where, &name, input->error)) return -1;
    bool all = !strcmp(name, "all");
    if (!all && over == SCENARIO_GLOBAL)
        return config_fail(where, input->error, "lever '%s' holds for the whole world: expected \"all\" or nothing, found '%s'",
                           policy->lever, name);
    if (!all && scenario_input_cells(input, over, name, scenario_input_at(where), &cell, &cells)) return -1;
    policy->cell = all ? -1 : (int64_t)cell;
    policy->cells = cells;
    lever_add_policy(&input->setup->levers, *policy);
    return 0;
}

/* A name, or the name of a set of them. */
static int add_names_of(struct scenario_input *input, struct config_node where, enum scenario_over over, struct lever_policy *policy)
{
    struct config_node of;
    const char *name;
    if (config_as_text(where, &name, input->error)) return -1;
    int found = find_set(input, name, &of);
    if (found <= 0) return found < 0 ? -1 : add_at(input, where, over, policy);
    for (int i = 0, count = config_count(of); i < count; i++)
        if (add_at(input, config_item(of, i), over, policy)) return -1;
    return 0;
}

/* where = "Place", ("Place", "A set") or "all", which is also what its absence means: one policy for each name. */
static int add_everywhere(struct scenario_input *input, struct config_node group, enum scenario_over over, struct lever_policy *policy)
{
    struct config_node where;
    policy->cell = -1;
    if (config_any(group, "where", CONFIG_OPTIONAL, &where, input->error)) return -1;
    if (!where.setting) return lever_add_policy(&input->setup->levers, *policy), 0;
    if (!config_is_list(where)) return add_names_of(input, where, over, policy);
    int count = config_count(where);
    if (!count) return config_fail(where, input->error, "expected at least one name");
    for (int i = 0; i < count; i++)
        if (add_names_of(input, config_item(where, i), over, policy)) return -1;
    return 0;
}

/* The policy's own texts are borrowed, but for the indicator. */
static int read_rest(struct scenario_input *input, struct config_node group, struct lever_policy *policy)
{
    const struct lever *lever;
    if (read_lever(input, group, &lever)) return -1;
    char *name = memory_text(lever->name), *file = memory_text(config_source(group));
    policy->lever = name;
    policy->file = file;
    policy->line = config_line(group);
    int status = read_operation(input, group, lever, policy);
    if (!status) status = read_span(input, group, policy);
    if (!status) status = read_condition(input, group, policy);
    if (!status) status = add_everywhere(input, group, over_of[lever->over], policy);
    memory_free(policy->indicator);
    memory_free(name);
    memory_free(file);
    return status;
}

static int read_policy(struct scenario_input *input, struct config_node group)
{
    struct lever_policy policy = {0};
    const char *name;
    if (config_as_group(group, input->error) || config_text(group, "name", CONFIG_NEEDED, &name, input->error)) return -1;
    policy.name = memory_text(name);
    int status = read_rest(input, group, &policy);
    memory_free(policy.name);
    return status;
}

int scenario_policies_read_from(struct scenario_input *input, struct config_node group)
{
    struct config_node list;
    if (config_items(group, "policies", CONFIG_OPTIONAL, &list, input->error)) return -1;
    int count = config_count(list);
    for (int i = 0; i < count; i++)
        if (read_policy(input, config_item(list, i))) return -1;
    return 0;
}

/* A set that no policy names is checked too. */
static int check_sets(struct scenario_input *input)
{
    struct config_node list, of;
    const char *name;
    if (find_set(input, "", &of) < 0 || config_items(config_root(input->config), "sets", CONFIG_OPTIONAL, &list, input->error)) return -1;
    for (int i = 0, sets = config_count(list); i < sets; i++) {
        if (config_items(config_item(list, i), "of", CONFIG_NEEDED, &of, input->error)) return -1;
        for (int k = 0, count = config_count(of); k < count; k++)
            if (config_as_text(config_item(of, k), &name, input->error)) return -1;
    }
    return 0;
}

int scenario_policies_read(struct scenario_input *input)
{
    if (check_sets(input)) return -1;
    return scenario_policies_read_from(input, config_root(input->config));
}
