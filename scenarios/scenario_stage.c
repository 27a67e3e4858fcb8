/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages of the case graph and their outcomes. */
#include "scenario_case.h"
#include "sim/memory.h"
#include <math.h>
#include <string.h>

#define AT(field) offsetof(struct casegraph_stage, field)
#define PRIORITY_LAST 7

static const struct scenario_case_field fields[] = {
    {"rate", NULL, AT(rate), 0, SCENARIO_CASE_RATE, false},
    {"deadline", NULL, AT(deadline), 0, SCENARIO_CASE_DAYS, false},
    {"screens", NULL, AT(screens), 0, 1, false},
    {"sensitivity", NULL, AT(sensitivity), 0, 1, false},
    {"specificity", NULL, AT(specificity), 0, 1, false},
    {0}};

/* ---- outcomes ---- */

/* weight = x: whatever class the person is taken for; weights = (refugee, other, obstacle, none). */
static int read_weights(struct scenario_case *r, struct config_node group, struct casegraph_outcome *outcome)
{
    static const struct scenario_case_field field = {"weight", NULL, 0, 0, SCENARIO_CASE_AMOUNT, false};
    struct config_list list = {0};
    double weight = 1;
    if (config_has(group, "weight") && config_has(group, "weights"))
        return config_fail(group, r->error, "expected either 'weight' or 'weights', found both");
    if (scenario_case_number(r, group, &field, &weight) || config_numbers(group, "weights", CONFIG_OPTIONAL, &list, r->error)) return -1;
    bool sound = !config_has(group, "weights") || list.count == CASEGRAPH_CLASSES;
    for (int i = 0; i < CASEGRAPH_CLASSES; i++) {
        outcome->weight[i] = i < list.count ? list.value[i] : weight;
        sound = sound && outcome->weight[i] >= 0 && outcome->weight[i] <= SCENARIO_CASE_AMOUNT;
    }
    memory_free(list.value);
    return sound ? 0 : config_fail(group, r->error, "weights: expected four numbers of 0 or more, for refugee, other, obstacle, none");
}

static int read_outcome(struct scenario_case *r, struct config_node group, struct casegraph_outcome *outcome)
{
    struct config_node to;
    outcome->to = outcome->status = CASEGRAPH_NONE;
    if (config_as_group(group, r->error) || config_any(group, "to", CONFIG_NEEDED, &to, r->error)) return -1;
    if (scenario_case_code(r, group, "to", SCENARIO_STAGE, &outcome->to)) return -1;
    return scenario_case_code(r, group, "status", SCENARIO_STATUS, &outcome->status) || read_weights(r, group, outcome) ? -1 : 0;
}

static int read_outcomes(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    struct config_node list;
    if (config_items(group, "outcomes", CONFIG_OPTIONAL, &list, r->error)) return -1;
    stage->outcomes = config_count(list);
    stage->outcome = memory_new((size_t)stage->outcomes, sizeof *stage->outcome);
    for (int i = 0; i < stage->outcomes; i++)
        if (read_outcome(r, config_item(list, i), &stage->outcome[i])) return -1;
    return 0;
}

/* ---- lists of names ---- */

static int add_placement(struct scenario_case *r, struct config_node node, struct casegraph_stage *stage)
{
    const char *name;
    uint32_t item;
    if (config_as_text(node, &name, r->error) || scenario_input_cell(r->input, SCENARIO_PLACEMENT, name, scenario_input_at(node), &item)) return -1;
    for (int i = 0; i < stage->placements; i++)
        if (stage->placement[i] == item) return config_fail(node, r->error, "'%s' is there already", name);
    stage->placement[stage->placements++] = (uint8_t)item;
    return 0;
}

/* Absent: the placement stays; an empty list: outside any. */
static int read_placements(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    struct config_node list;
    if (config_items(group, "placements", CONFIG_OPTIONAL, &list, r->error)) return -1;
    int count = config_count(list);
    stage->assigns = list.setting != NULL;
    if (count > CASEGRAPH_PLACEMENTS) return config_fail(list, r->error, "expected at most %d, found %d", CASEGRAPH_PLACEMENTS, count);
    for (int i = 0; i < count; i++)
        if (add_placement(r, config_item(list, i), stage)) return -1;
    return 0;
}

static int add_ask(struct scenario_case *r, struct config_node node, struct casegraph_stage *stage)
{
    const char *name;
    uint32_t item;
    if (config_as_text(node, &name, r->error) || scenario_input_cell(r->input, SCENARIO_SERVICE, name, scenario_input_at(node), &item)) return -1;
    enum casegraph_gives gives = r->graph->service[item].gives;
    if (gives == CASEGRAPH_GIVES_NOTHING)
        return config_fail(node, r->error, "expected a service that gives counsel, a guardian, a manager or an interpreter, found '%s'", name);
    if (stage->asks >> gives & 1) return config_fail(node, r->error, "'%s' is there already", name);
    stage->asks |= UINT32_C(1) << gives;
    return 0;
}

static int read_asks(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    struct config_node list;
    if (config_items(group, "asks", CONFIG_OPTIONAL, &list, r->error)) return -1;
    for (int i = 0, count = config_count(list); i < count; i++)
        if (add_ask(r, config_item(list, i), stage)) return -1;
    return 0;
}

/* ---- the stage ---- */

static int check_needs(struct scenario_case *r, struct config_node group, const char *what, bool missing, const char *key)
{
    return missing ? config_fail(group, r->error, "'%s' is missing: %s needs it", key, what) : 0;
}

static int read_queue(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    int64_t priority = 0;
    int service = stage->service;
    if (scenario_case_item(r, group, "service", SCENARIO_SERVICE, &service) || scenario_case_kind(r, group, "service", service, false)) return -1;
    stage->service = (int16_t)service;
    if (config_integer(group, "priority", CONFIG_OPTIONAL, &priority, r->error)) return -1;
    if (priority < 0 || priority > PRIORITY_LAST)
        return config_fail(group, r->error, "priority: expected a whole number from 0 (first) to %d, found %lld", PRIORITY_LAST,
                           (long long)priority);
    stage->priority = (uint8_t)priority;
    if (service >= 0 && config_has(group, "rate"))
        return config_fail(group, r->error, "stage '%s': expected either 'service' or 'rate', found both", stage->name);
    return scenario_case_code(r, group, "overdue", SCENARIO_STAGE, &stage->overdue);
}

static int read_who(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    int only = (int)stage->only;
    if (scenario_case_word(r, group, "only", casegraph_who_words, &only)) return -1;
    if (scenario_case_code(r, group, "otherwise", SCENARIO_STAGE, &stage->otherwise)) return -1;
    stage->only = (enum casegraph_who)only;
    bool some = stage->only != CASEGRAPH_ALL;
    if (scenario_case_only_with(r, group, "otherwise", some, "'only'")) return -1;
    return check_needs(r, group, "'only', for everybody else,", some && stage->otherwise == CASEGRAPH_NONE, "otherwise");
}

static int read_hearing(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    if (config_flag(group, "hearing", CONFIG_OPTIONAL, &stage->hearing, r->error)) return -1;
    if (scenario_case_code(r, group, "no_show", SCENARIO_STAGE, &stage->no_show)) return -1;
    if (scenario_case_only_with(r, group, "no_show", stage->hearing, "hearing = true")) return -1;
    return check_needs(r, group, "a hearing, for who does not appear,", stage->hearing && stage->no_show == CASEGRAPH_NONE, "no_show");
}

static int read_removal(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    int removal = stage->removal;
    if (scenario_case_item(r, group, "removal", SCENARIO_SERVICE, &removal) || scenario_case_kind(r, group, "removal", removal, false)) return -1;
    stage->removal = (int16_t)removal;
    if (scenario_case_code(r, group, "removed", SCENARIO_STAGE, &stage->removed)) return -1;
    if (scenario_case_only_with(r, group, "removed", removal >= 0, "'removal'")) return -1;
    return check_needs(r, group, "a removal", removal >= 0 && stage->removed == CASEGRAPH_NONE, "removed");
}

static int read_decision(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    int returns = (int)stage->returns;
    if (config_flag(group, "decided", CONFIG_OPTIONAL, &stage->decided, r->error)) return -1;
    if (config_flag(group, "appeal", CONFIG_OPTIONAL, &stage->appeal, r->error)) return -1;
    if (scenario_case_word(r, group, "returns", casegraph_returns_words, &returns)) return -1;
    stage->returns = (enum casegraph_returns)returns;
    if (isnan(stage->sensitivity) == isnan(stage->specificity)) return 0;
    return config_fail(group, r->error, "stage '%s': expected both 'sensitivity' and 'specificity' or neither", stage->name);
}

int scenario_stage_read(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage)
{
    if (scenario_case_doc(r, group, &stage->doc) || scenario_case_numbers(r, group, fields, stage)) return -1;
    if (read_queue(r, group, stage) || read_placements(r, group, stage) || read_who(r, group, stage)) return -1;
    if (read_asks(r, group, stage) || read_hearing(r, group, stage) || read_removal(r, group, stage)) return -1;
    return read_decision(r, group, stage) || read_outcomes(r, group, stage) ? -1 : 0;
}
