/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The case graph: services, placements and stages by name. A first pass takes the names, a second what refers to them. */
#include "scenario_input.h"
#include "sim/memory.h"
#include "sim/wait.h"
#include <string.h>

#define RATE_MOST WAIT_CERTAIN /* per day: the engine cuts hazards there */

struct reader {
    struct scenario_input *input;
    struct casegraph *graph;
    struct config_node services, placements, stages;
    struct error *error;
};

typedef int find_name(const struct casegraph *graph, const char *name);

/* A number from 0 to most; absent is 0. */
static int amount(struct reader *r, struct config_node group, const char *name, double most, double *value)
{
    struct config_node node;
    *value = 0;
    if (config_any(group, name, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_number(node, value, r->error)) return -1;
    return *value >= 0 && *value <= most ? 0 : config_fail(node, r->error, "expected a number from 0 to %g, found %.15g", most, *value);
}

static int read_doc(struct reader *r, struct config_node group, char **doc)
{
    const char *text = "";
    int status = config_text(group, "doc", CONFIG_OPTIONAL, &text, r->error);
    *doc = memory_text(text);
    return status;
}

/* The name of an item, which no earlier one has. */
static int read_name(struct reader *r, struct config_node group, find_name *find, const char **name)
{
    if (config_as_group(group, r->error) || config_text(group, "name", CONFIG_NEEDED, name, r->error)) return -1;
    return find(r->graph, *name) < 0 ? 0 : config_fail(group, r->error, "'%s' is there already", *name);
}

static int fail_stage(struct reader *r, struct config_node node, const char *name)
{
    const struct casegraph *graph = r->graph;
    const char *names[CASEGRAPH_NONE];
    char hint[96];
    for (int i = 0; i < graph->stages; i++) names[i] = graph->stage[i].name;
    fail_nearest(hint, name, names, (size_t)graph->stages);
    return config_fail(node, r->error, "there is no stage '%s'%s", name, hint);
}

/* Another stage by name; CASEGRAPH_NONE where the setting is absent. */
static int read_stage_name(struct reader *r, struct config_node group, const char *key, enum config_need need, uint8_t *stage)
{
    struct config_node node;
    const char *name;
    *stage = CASEGRAPH_NONE;
    if (config_any(group, key, need, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &name, r->error)) return -1;
    int found = casegraph_find_stage(r->graph, name);
    if (found < 0) return fail_stage(r, node, name);
    *stage = (uint8_t)found;
    return 0;
}

/* A placement or service by name; -1 where the setting is absent. */
static int read_cell(struct reader *r, struct config_node group, const char *key, enum scenario_over over, int *found)
{
    struct config_node node;
    const char *name;
    uint32_t cell;
    *found = -1;
    if (config_any(group, key, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &name, r->error) || scenario_input_cell(r->input, over, name, scenario_input_at(node), &cell)) return -1;
    *found = (int)cell;
    return 0;
}

/* ---- services ---- */

static int read_rule(struct reader *r, struct config_node group, char **rule)
{
    static const char *const words[] = {"oldest", "newest", NULL};
    const char *word = words[0];
    if (config_text(group, "rule", CONFIG_OPTIONAL, &word, r->error)) return -1;
    *rule = memory_text(word);
    return scenario_input_word(r->input, "rule", word, words, scenario_input_at(group)) < 0 ? -1 : 0;
}

static int read_service(struct reader *r, struct config_node group)
{
    const char *name;
    if (read_name(r, group, casegraph_find_service, &name)) return -1;
    struct casegraph_service *service = &r->graph->service[r->graph->services++];
    service->name = memory_text(name);
    if (read_doc(r, group, &service->doc) || read_rule(r, group, &service->rule)) return -1;
    return amount(r, group, "capacity", 1e9, &service->capacity);
}

static int read_services(struct reader *r)
{
    int count = config_count(r->services);
    r->graph->service = memory_new((size_t)count, sizeof *r->graph->service);
    for (int i = 0; i < count; i++)
        if (read_service(r, config_item(r->services, i))) return -1;
    return 0;
}

/* ---- placements ---- */

static int name_placements(struct reader *r)
{
    int count = config_count(r->placements);
    const char *name;
    r->graph->placement = memory_new((size_t)count, sizeof *r->graph->placement);
    for (int i = 0; i < count; i++) {
        if (read_name(r, config_item(r->placements, i), casegraph_find_placement, &name)) return -1;
        r->graph->placement[r->graph->placements++].name = memory_text(name);
    }
    return 0;
}

static int read_placement(struct reader *r, struct config_node group, struct casegraph_placement *placement)
{
    if (read_doc(r, group, &placement->doc) || amount(r, group, "capacity", 1e9, &placement->capacity)) return -1;
    if (placement->capacity > 0) setup_warn(r->input->setup, "placement '%s': its capacity is read, but nothing acts on it yet", placement->name);
    if (amount(r, group, "leave_rate", RATE_MOST, &placement->leave_rate)) return -1;
    if (amount(r, group, "harm_rate", RATE_MOST, &placement->harm_rate)) return -1;
    enum config_need need = placement->leave_rate > 0 ? CONFIG_NEEDED : CONFIG_OPTIONAL;
    return read_stage_name(r, group, "leave_stage", need, &placement->leave_stage);
}

static int read_placements(struct reader *r)
{
    for (int i = 0; i < r->graph->placements; i++)
        if (read_placement(r, config_item(r->placements, i), &r->graph->placement[i])) return -1;
    return 0;
}

/* ---- stages ---- */

static int name_stages(struct reader *r)
{
    int count = config_count(r->stages);
    const char *name;
    if (count > CASEGRAPH_NONE) return config_fail(r->stages, r->error, "expected at most %d stages, found %d", CASEGRAPH_NONE, count);
    r->graph->stage = memory_new((size_t)count, sizeof *r->graph->stage);
    for (int i = 0; i < count; i++) {
        if (read_name(r, config_item(r->stages, i), casegraph_find_stage, &name)) return -1;
        r->graph->stage[r->graph->stages++].name = memory_text(name);
    }
    return 0;
}

static int read_outcome(struct reader *r, struct config_node group, struct casegraph_outcome *outcome)
{
    int placement;
    if (config_as_group(group, r->error) || read_stage_name(r, group, "to", CONFIG_NEEDED, &outcome->to)) return -1;
    if (read_cell(r, group, "placement", SCENARIO_PLACEMENT, &placement)) return -1;
    outcome->placement = placement < 0 ? CASEGRAPH_NONE : (uint8_t)placement;
    if (amount(r, group, "weight", 1e9, &outcome->weight)) return -1;
    if (!config_has(group, "weight")) outcome->weight = 1;
    return 0;
}

static int read_outcomes(struct reader *r, struct config_node group, struct casegraph_stage *stage)
{
    struct config_node list;
    if (config_items(group, "outcomes", CONFIG_OPTIONAL, &list, r->error)) return -1;
    int count = config_count(list);
    stage->outcome = memory_new((size_t)count, sizeof *stage->outcome);
    stage->outcomes = count;
    for (int i = 0; i < count; i++)
        if (read_outcome(r, config_item(list, i), &stage->outcome[i])) return -1;
    return 0;
}

static int read_priority(struct reader *r, struct config_node group, struct casegraph_stage *stage)
{
    int64_t priority = 0;
    if (config_integer(group, "priority", CONFIG_OPTIONAL, &priority, r->error)) return -1;
    if (priority < 0 || priority > 7)
        return config_fail(group, r->error, "expected a priority from 0 (first) to 7, found %lld", (long long)priority);
    stage->priority = (uint8_t)priority;
    return 0;
}

static int read_stage(struct reader *r, struct config_node group, struct casegraph_stage *stage)
{
    int service;
    if (read_doc(r, group, &stage->doc) || read_priority(r, group, stage)) return -1;
    if (read_cell(r, group, "service", SCENARIO_SERVICE, &service)) return -1;
    stage->service = (int16_t)service;
    if (amount(r, group, "rate", RATE_MOST, &stage->rate) || amount(r, group, "deadline", 32767, &stage->deadline)) return -1;
    return read_stage_name(r, group, "overdue", CONFIG_OPTIONAL, &stage->overdue) || read_outcomes(r, group, stage) ? -1 : 0;
}

static int read_stages(struct reader *r)
{
    for (int i = 0; i < r->graph->stages; i++)
        if (read_stage(r, config_item(r->stages, i), &r->graph->stage[i])) return -1;
    return 0;
}

static int read_lists(struct reader *r, struct config_node group)
{
    if (config_items(group, "services", CONFIG_OPTIONAL, &r->services, r->error)) return -1;
    if (config_items(group, "placements", CONFIG_OPTIONAL, &r->placements, r->error)) return -1;
    return config_items(group, "stages", CONFIG_NEEDED, &r->stages, r->error);
}

int scenario_case_read(struct scenario_input *input)
{
    struct reader r = {.input = input, .graph = &input->setup->casegraph, .error = input->error};
    struct config_node group;
    if (config_group(config_root(input->config), "case", CONFIG_OPTIONAL, &group, input->error)) return -1;
    if (!group.setting) return 0;
    if (read_lists(&r, group) || name_placements(&r) || name_stages(&r) || read_services(&r)) return -1;
    if (read_placements(&r) || read_stages(&r)) return -1;
    struct error found = {0};
    return casegraph_check(r.graph, &found) ? config_fail(group, input->error, "%s", found.text) : 0;
}
