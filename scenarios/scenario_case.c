/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The case graph: statuses and services, the frame, and what its parts read alike. */
#include "scenario_case.h"
#include "sim/memory.h"
#include <string.h>

#define NOT_GIVEN (-1.0)
#define GROWN(graph, what, count) memory_grow((graph)->what, (size_t)(graph)->count, (size_t)(graph)->count + 1, sizeof *(graph)->what)

/* ---- one setting ---- */

static int fail_number(struct config_node node, const struct scenario_case_field *field, double value, struct error *error)
{
    return config_fail(node, error, "expected a %snumber from %g to %g, found %.15g", field->whole ? "whole " : "", field->low, field->high, value);
}

int scenario_case_number(struct scenario_case *r, struct config_node group, const struct scenario_case_field *field, double *value)
{
    struct config_node node;
    int64_t whole = 0;
    if (config_any(group, field->key, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (field->whole && config_as_integer(node, &whole, r->error)) return -1;
    if (config_as_number(node, value, r->error)) return -1;
    return *value >= field->low && *value <= field->high ? 0 : fail_number(node, field, *value, r->error);
}

int scenario_case_numbers(struct scenario_case *r, struct config_node group, const struct scenario_case_field *fields, void *item)
{
    for (const struct scenario_case_field *field = fields; field->key; field++)
        if (scenario_case_number(r, group, field, (double *)((char *)item + field->offset))) return -1;
    return 0;
}

int scenario_case_word(struct scenario_case *r, struct config_node group, const char *key, const char *const *words, int *value)
{
    struct config_node node;
    const char *word;
    if (config_any(group, key, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &word, r->error)) return -1;
    *value = scenario_input_word(r->input, key, word, words, scenario_input_at(node));
    return *value < 0 ? -1 : 0;
}

int scenario_case_item(struct scenario_case *r, struct config_node group, const char *key, enum scenario_over over, int *found)
{
    struct config_node node;
    const char *name;
    uint32_t item;
    if (config_any(group, key, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &name, r->error) || scenario_input_cell(r->input, over, name, scenario_input_at(node), &item)) return -1;
    *found = (int)item;
    return 0;
}

int scenario_case_code(struct scenario_case *r, struct config_node group, const char *key, enum scenario_over over, uint8_t *found)
{
    int item = *found;
    if (scenario_case_item(r, group, key, over, &item)) return -1;
    *found = (uint8_t)item;
    return 0;
}

int scenario_case_kind(struct scenario_case *r, struct config_node group, const char *key, int service, bool places)
{
    if (service < 0 || r->graph->service[service].places == places) return 0;
    return config_fail(group, r->error, "%s: expected a service of kind \"%s\", found '%s'", key, places ? "places" : "daily",
                       r->graph->service[service].name);
}

int scenario_case_only_with(struct scenario_case *r, struct config_node group, const char *key, bool has, const char *other)
{
    struct config_node node;
    if (has || config_any(group, key, CONFIG_OPTIONAL, &node, r->error) || !node.setting) return 0;
    return config_fail(node, r->error, "means nothing without %s", other);
}

int scenario_case_doc(struct scenario_case *r, struct config_node group, char **doc)
{
    const char *text = "";
    int status = config_text(group, "doc", CONFIG_OPTIONAL, &text, r->error);
    *doc = memory_text(text);
    return status;
}

/* ---- what one state has instead ---- */

void scenario_case_give(struct scenario_case *r, const char *lever, bool of_service, int item, uint32_t state, double value)
{
    struct casegraph *graph = r->graph;
    struct casegraph_given given = {.lever = memory_text(lever), .of_service = of_service, .item = item, .state = state, .value = value};
    graph->given = GROWN(graph, given, givens);
    graph->given[graph->givens++] = given;
}

int scenario_case_given(struct scenario_case *r, struct config_node group, const struct scenario_case_field *fields, bool of_service, int item,
                        uint32_t state)
{
    double value = 0;
    for (const struct scenario_case_field *field = fields; field->key; field++) {
        if (!field->lever) continue;
        if (scenario_case_number(r, group, field, &value)) return -1;
        if (config_has(group, field->key)) scenario_case_give(r, field->lever, of_service, item, state, value);
    }
    return 0;
}

static int read_state_name(struct scenario_case *r, struct config_node group, bool *seen, uint32_t *state)
{
    struct config_node node;
    const char *name;
    if (config_as_group(group, r->error) || config_any(group, "state", CONFIG_NEEDED, &node, r->error)) return -1;
    if (config_as_text(node, &name, r->error) || scenario_input_cell(r->input, SCENARIO_STATE, name, scenario_input_at(node), state)) return -1;
    if (seen[*state]) return config_fail(node, r->error, "'%s' is there already", name);
    seen[*state] = true;
    return 0;
}

int scenario_case_states(struct scenario_case *r, struct config_node group, int item, scenario_case_by_state *read)
{
    struct config_node list;
    uint32_t state = 0;
    int status = 0;
    if (config_items(group, "by_state", CONFIG_OPTIONAL, &list, r->error)) return -1;
    bool *seen = memory_new((size_t)r->input->setup->world->states + 1, sizeof *seen);
    for (int i = 0, count = config_count(list); i < count && !status; i++) {
        struct config_node one = config_item(list, i);
        status = read_state_name(r, one, seen, &state);
        if (!status) status = read(r, one, item, state);
    }
    memory_free(seen);
    return status;
}

/* ---- statuses ---- */

static int read_status(struct scenario_case *r, struct config_node group, int item)
{
    struct casegraph_status *status = &r->graph->status[item];
    int level = -1;
    if (scenario_case_doc(r, group, &status->doc) || scenario_case_word(r, group, "level", casegraph_level_words, &level)) return -1;
    if (level < 0) return config_fail(group, r->error, "status '%s': 'level' is missing", status->name);
    status->level = (enum casegraph_level)level;
    return 0;
}

/* ---- services ---- */

static const struct scenario_case_field service_fields[] = {
    {"staff", "staff", offsetof(struct casegraph_service, staff), 0, SCENARIO_CASE_AMOUNT, false},
    {"productivity", "productivity", offsetof(struct casegraph_service, productivity), 0, 1e6, false},
    {"cost", "service_cost", offsetof(struct casegraph_service, cost), 0, 1e6, false},
    {"overload_loss", NULL, offsetof(struct casegraph_service, overload_loss), 0, 1, false},
    {"overload_days", NULL, offsetof(struct casegraph_service, overload_days), 0, SCENARIO_CASE_DAYS, false},
    {"coverage", NULL, offsetof(struct casegraph_service, coverage), 0, 1, false},
    {0}};

/* Capacity is short for so many staff who each do one. */
static int read_capacity(struct scenario_case *r, struct config_node group, double *capacity)
{
    static const struct scenario_case_field field = {"capacity", NULL, 0, 0, SCENARIO_CASE_AMOUNT, false};
    *capacity = NOT_GIVEN;
    if (scenario_case_number(r, group, &field, capacity)) return -1;
    if (*capacity < 0 || (!config_has(group, "staff") && !config_has(group, "productivity"))) return 0;
    return config_fail(group, r->error, "expected either 'capacity' or 'staff' and 'productivity', found both");
}

static int read_first(struct scenario_case *r, struct config_node group, enum casegraph_first *first)
{
    int word = (int)*first;
    if (scenario_case_word(r, group, "first", casegraph_first_words, &word)) return -1;
    *first = (enum casegraph_first)word;
    return 0;
}

static int read_service_given(struct scenario_case *r, struct config_node group, int item, uint32_t state)
{
    double capacity;
    enum casegraph_first first = CASEGRAPH_FIRST_NONE;
    bool newest = false;
    if (read_capacity(r, group, &capacity) || scenario_case_given(r, group, service_fields, true, item, state)) return -1;
    if (config_flag(group, "newest", CONFIG_OPTIONAL, &newest, r->error) || read_first(r, group, &first)) return -1;
    if (capacity >= 0) {
        scenario_case_give(r, "staff", true, item, state, capacity);
        scenario_case_give(r, "productivity", true, item, state, 1);
    }
    if (config_has(group, "newest")) scenario_case_give(r, "newest", true, item, state, newest);
    if (config_has(group, "first")) scenario_case_give(r, "first", true, item, state, (double)first);
    return 0;
}

static int read_queue(struct scenario_case *r, struct config_node group, struct casegraph_service *service)
{
    static const char *const kinds[] = {"daily", "places", NULL}, *const rules[] = {"oldest", "newest", NULL};
    int kind = 0, rule = 0, payer = (int)service->payer;
    if (scenario_case_word(r, group, "kind", kinds, &kind) || scenario_case_word(r, group, "rule", rules, &rule)) return -1;
    if (scenario_case_word(r, group, "payer", casegraph_payer_words, &payer)) return -1;
    service->places = kind == 1;
    service->newest = rule == 1;
    service->payer = (enum casegraph_payer)payer;
    return read_first(r, group, &service->first);
}

/* Two services that give the same could not be told apart by who asks. */
static int check_gives(struct scenario_case *r, struct config_node group, int item)
{
    const struct casegraph_service *service = &r->graph->service[item];
    bool gives = service->gives != CASEGRAPH_GIVES_NOTHING;
    if (scenario_case_only_with(r, group, "to", gives, "'gives'") || scenario_case_only_with(r, group, "coverage", gives, "'gives'")) return -1;
    if (gives && !service->places)
        return config_fail(group, r->error, "service '%s': expected kind = \"places\" for a service that gives a %s", service->name,
                           casegraph_gives_words[service->gives]);
    for (int i = 0; i < item; i++)
        if (gives && r->graph->service[i].gives == service->gives)
            return config_fail(group, r->error, "service '%s' gives a %s, as '%s' does: expected one at most", service->name,
                               casegraph_gives_words[service->gives], r->graph->service[i].name);
    return 0;
}

static int read_gives(struct scenario_case *r, struct config_node group, int item)
{
    struct casegraph_service *service = &r->graph->service[item];
    int gives = (int)service->gives, to = (int)service->to;
    if (scenario_case_word(r, group, "gives", casegraph_gives_words, &gives)) return -1;
    if (scenario_case_word(r, group, "to", casegraph_who_words, &to)) return -1;
    service->gives = (enum casegraph_gives)gives;
    service->to = (enum casegraph_who)to;
    return check_gives(r, group, item);
}

static int read_service(struct scenario_case *r, struct config_node group, int item)
{
    struct casegraph_service *service = &r->graph->service[item];
    double capacity;
    if (scenario_case_doc(r, group, &service->doc) || read_queue(r, group, service) || read_gives(r, group, item)) return -1;
    if (read_capacity(r, group, &capacity) || scenario_case_numbers(r, group, service_fields, service)) return -1;
    if (capacity >= 0) {
        service->staff = capacity;
        service->productivity = 1;
    }
    if (service->overload_loss > 0 && !(service->overload_days > 0))
        return config_fail(group, r->error, "service '%s': overload_loss needs overload_days above 0", service->name);
    return scenario_case_states(r, group, item, read_service_given);
}

/* ---- names ---- */

typedef int find_name(const struct casegraph *graph, const char *name);
typedef void add_name(struct casegraph *graph, const char *name);

static void add_status(struct casegraph *graph, const char *name)
{
    graph->status = GROWN(graph, status, statuses);
    graph->status[graph->statuses++] = (struct casegraph_status){.name = memory_text(name)};
}

static void add_service(struct casegraph *graph, const char *name)
{
    graph->service = GROWN(graph, service, services);
    graph->service[graph->services] = casegraph_service_default();
    graph->service[graph->services++].name = memory_text(name);
}

static void add_placement(struct casegraph *graph, const char *name)
{
    graph->placement = GROWN(graph, placement, placements);
    graph->placement[graph->placements] = casegraph_placement_default();
    graph->placement[graph->placements++].name = memory_text(name);
}

static void add_stage(struct casegraph *graph, const char *name)
{
    graph->stage = GROWN(graph, stage, stages);
    graph->stage[graph->stages] = casegraph_stage_default();
    graph->stage[graph->stages++].name = memory_text(name);
}

typedef int read_item(struct scenario_case *r, struct config_node group, int item);

static int read_stage(struct scenario_case *r, struct config_node group, int item) { return scenario_stage_read(r, group, &r->graph->stage[item]); }

/* The lists of the group, in the order in which their items are read: a later one asks what kind an earlier one is. */
static const struct list {
    const char *key;
    enum config_need need;
    int most; /* a person's row holds number + 1 in a byte, of a status number + 2 */
    find_name *find;
    add_name *add;
    read_item *read;
} lists[] = {
    {"statuses", CONFIG_OPTIONAL, CASEGRAPH_NONE - 2, casegraph_find_status, add_status, read_status},
    {"services", CONFIG_OPTIONAL, INT16_MAX, casegraph_find_service, add_service, read_service},
    {"placements", CONFIG_OPTIONAL, CASEGRAPH_NONE, casegraph_find_placement, add_placement, scenario_placement_read},
    {"stages", CONFIG_NEEDED, CASEGRAPH_NONE, casegraph_find_stage, add_stage, read_stage},
};
enum { LISTS = sizeof lists / sizeof *lists };

/* Policies write "item@state" and "all". */
static int check_name(struct scenario_case *r, struct config_node group, const struct list *list, const char *name)
{
    if (strchr(name, '@') || !strcmp(name, "all"))
        return config_fail(group, r->error, "expected a name without '@' that is not \"all\", found '%s'", name);
    return list->find(r->graph, name) < 0 ? 0 : config_fail(group, r->error, "'%s' is there already", name);
}

static int read_names(struct scenario_case *r, struct config_node group, const struct list *list)
{
    struct config_node items;
    const char *name;
    if (config_items(group, list->key, list->need, &items, r->error)) return -1;
    int count = config_count(items);
    if (count > list->most) return config_fail(items, r->error, "expected at most %d, found %d", list->most, count);
    for (int i = 0; i < count; i++) {
        struct config_node item = config_item(items, i);
        if (config_as_group(item, r->error) || config_text(item, "name", CONFIG_NEEDED, &name, r->error)) return -1;
        if (check_name(r, item, list, name)) return -1;
        list->add(r->graph, name);
    }
    return 0;
}

static int read_items(struct scenario_case *r, struct config_node group, const struct list *list)
{
    struct config_node items;
    if (config_items(group, list->key, list->need, &items, r->error)) return -1;
    for (int i = 0, count = config_count(items); i < count; i++)
        if (list->read(r, config_item(items, i), i)) return -1;
    return 0;
}

/* ---- the frame ---- */

static int add_state(struct scenario_case *r, struct config_node node)
{
    struct casegraph *graph = r->graph;
    const char *name;
    uint32_t state;
    if (config_as_text(node, &name, r->error) || scenario_input_cell(r->input, SCENARIO_STATE, name, scenario_input_at(node), &state)) return -1;
    if (graph->states > 0 && casegraph_opens_in(graph, state)) return config_fail(node, r->error, "'%s' is there already", name);
    graph->state = GROWN(graph, state, states);
    graph->state[graph->states++] = state;
    return 0;
}

static int read_states(struct scenario_case *r, struct config_node group)
{
    struct config_node list;
    if (config_items(group, "states", CONFIG_OPTIONAL, &list, r->error)) return -1;
    if (!list.setting) return 0;
    int count = config_count(list);
    if (!count) return config_fail(list, r->error, "expected at least one state, or none of this setting for all");
    for (int i = 0; i < count; i++)
        if (add_state(r, config_item(list, i))) return -1;
    return 0;
}

static int read_group(struct scenario_case *r, struct config_node group)
{
    for (int i = 0; i < LISTS; i++)
        if (read_names(r, group, &lists[i])) return -1;
    for (int i = 0; i < LISTS; i++)
        if (read_items(r, group, &lists[i])) return -1;
    return read_states(r, group) || scenario_case_item(r, group, "start", SCENARIO_STAGE, &r->graph->start) ? -1 : 0;
}

int scenario_case_read(struct scenario_input *input)
{
    struct scenario_case r = {.input = input, .graph = &input->setup->casegraph, .error = input->error};
    struct config_node group;
    struct error found = {0};
    if (config_group(config_root(input->config), "case", CONFIG_OPTIONAL, &group, input->error)) return -1;
    if (!group.setting) return 0;
    if (read_group(&r, group) || config_unread_in(group, input->error)) return -1;
    return casegraph_check(r.graph, &found) ? config_fail(group, input->error, "%s", found.text) : 0;
}
