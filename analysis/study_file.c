/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_file.h"
#include "scenarios/prepare.h"
#include "scenarios/scenario_input.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define MOST 1000000 /* replicates: the next draw's seeds begin so far on; draws */

static const char *const designs[] = {[STUDY_NONE] = "none", [STUDY_RANDOM] = "random", [STUDY_LATIN] = "latin", NULL};
static const char *const distributions[] = {[STUDY_UNIFORM] = "uniform", [STUDY_LOGUNIFORM] = "loguniform", [STUDY_TRIANGULAR] = "triangular", NULL};

struct reader {
    struct study_plan *plan;
    struct config *config;
    struct error *error;
    struct setup base; /* the scenario alone, to look names up */
};

/* ---- one value ---- */

/* One that is known to be there, for messages. */
static struct config_node setting(struct reader *r, const char *name)
{
    struct config_node node;
    config_any(config_root(r->config), name, CONFIG_OPTIONAL, &node, r->error);
    return node;
}

static int read_count(struct reader *r, const char *name, enum config_need need, int64_t low, int64_t high, int64_t *value)
{
    struct config_node node;
    if (config_any(config_root(r->config), name, need, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_integer(node, value, r->error)) return -1;
    if (*value >= low && *value <= high) return 0;
    return config_fail(node, r->error, "expected a whole number from %" PRId64 " to %" PRId64 ", found %" PRId64, low, high, *value);
}

/* Index of the word, -1 on error; fallback where the group does not have it. */
static int read_word(struct reader *r, struct config_node group, const char *name, const char *const *words, int fallback)
{
    struct config_node node;
    struct scenario_input input = {NULL, r->config, r->error};
    const char *word;
    if (config_any(group, name, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return fallback;
    if (config_as_text(node, &word, r->error)) return -1;
    return scenario_input_word(&input, name, word, words, scenario_input_at(node));
}

static int read_every(struct reader *r)
{
    static const char *const words[] = {"month", NULL};
    struct config_node node;
    if (config_any(config_root(r->config), "every", CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_is_text(node)) return read_word(r, config_root(r->config), "every", words, 0) < 0 ? -1 : 0;
    return read_count(r, "every", CONFIG_NEEDED, 1, 32767, &r->plan->every);
}

/* ---- the scenario ---- */

int study_file_scenario(const struct study_plan *plan, uint64_t seed, struct setup *setup, struct error *error)
{
    const struct options options = {.command = OPTIONS_RUN, .argument = {plan->scenario}, .arguments = 1, .seed = (int64_t)seed, .scale = -1};
    return prepare_setup(setup, &options, error); /* .sample = 0: no events are kept */
}

static int read_scenario(struct reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node node;
    const char *word;
    if (config_any(config_root(r->config), "scenario", CONFIG_NEEDED, &node, r->error) || config_as_text(node, &word, r->error)) return -1;
    plan->scenario = config_path(r->config, word);
    if (access(plan->scenario, R_OK))
        return config_fail(node, r->error, "cannot read '%s': %s", plan->scenario, errno == ENOENT ? "there is no such file" : strerror(errno));
    return study_file_scenario(plan, (uint64_t)plan->first_seed, &r->base, r->error);
}

/* "study.cfg" is named after its scenario, any other file after itself. */
static char *name_of(const struct study_plan *plan, const struct setup *setup)
{
    const char *slash = strrchr(plan->path, '/'), *base = slash ? slash + 1 : plan->path;
    const char *dot = strrchr(base, '.');
    if (!strcmp(base, "study.cfg")) return memory_format("%s_study", setup->name);
    return memory_format("%.*s", (int)(dot > base ? dot - base : (long)strlen(base)), base);
}

static int read_head(struct reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node root = config_root(r->config);
    const char *title = NULL;
    plan->first_seed = 1;
    if (config_text(root, "title", CONFIG_OPTIONAL, &title, r->error)) return -1;
    if (read_count(r, "replicates", CONFIG_NEEDED, 1, MOST, &plan->replicates)) return -1;
    if (read_count(r, "first_seed", CONFIG_OPTIONAL, 0, INT64_MAX / 2, &plan->first_seed)) return -1;
    if (read_count(r, "draws", CONFIG_OPTIONAL, 0, MOST, &plan->draws) || read_every(r) || read_scenario(r)) return -1;
    int design = read_word(r, root, "design", designs, plan->draws > 0 ? STUDY_RANDOM : STUDY_NONE);
    if (design < 0) return -1;
    if (plan->draws > 0 && design == STUDY_NONE) return config_fail(setting(r, "design"), r->error, "draws need \"random\" or \"latin\"");
    plan->design = (enum study_design)design;
    plan->title = memory_text(title ? title : r->base.title);
    plan->name = name_of(plan, &r->base);
    return 0;
}

/* ---- parameters by name ---- */

static const struct model *find_model(const char *name)
{
    for (int i = 0; models[i]; i++)
        if (!strcmp(models[i]->name, name)) return models[i];
    return NULL;
}

static size_t count_params(const struct setup *setup)
{
    size_t count = 0;
    for (int i = 0; i < setup->models; i++)
        for (const struct param *param = find_model(setup->model[i])->params; param && param->kind != PARAM_END; param++) count++;
    return count;
}

static int fail_param(struct reader *r, struct config_node node, const char *name)
{
    size_t count = 0, room = count_params(&r->base);
    char **names = memory_new(room + 1, sizeof *names), hint[96];
    for (int i = 0; i < r->base.models; i++)
        for (const struct param *param = find_model(r->base.model[i])->params; param && param->kind != PARAM_END; param++)
            names[count++] = memory_format("%s.%s", r->base.model[i], param->name);
    fail_nearest(hint, name, (const char *const *)names, count);
    for (size_t i = 0; i < count; i++) memory_free(names[i]);
    memory_free(names);
    return config_fail(node, r->error, "no model in force has a parameter '%s'; expected MODEL.PARAMETER%s", name, hint);
}

/* Of "model.parameter": the entry in the table, and the model's name to be freed. */
static int find_param(struct reader *r, struct config_node node, const char *name, char **model, const struct param **param)
{
    for (int i = 0; i < r->base.models; i++) {
        const char *owner = r->base.model[i];
        size_t length = strlen(owner);
        if (strncmp(name, owner, length) || name[length] != '.') continue;
        *param = param_find(find_model(owner)->params, name + length + 1);
        if (!*param) continue;
        *model = memory_text(owner);
        return 0;
    }
    return fail_param(r, node, name);
}

/* A group's "name", which is one of a parameter. */
static int read_param_name(struct reader *r, struct config_node group, const char **name, char **model, const struct param **param)
{
    struct config_node node;
    if (config_as_group(group, r->error) || config_any(group, "name", CONFIG_NEEDED, &node, r->error)) return -1;
    return config_as_text(node, name, r->error) || find_param(r, node, *name, model, param) ? -1 : 0;
}

/* ---- what is drawn ---- */

static int check_range(struct reader *r, struct config_node group, const struct study_parameter *p)
{
    if (p->low > p->high) return config_fail(group, r->error, "%s: expected low below high, found %.15g and %.15g", p->name, p->low, p->high);
    if (p->low == p->high) return config_fail(group, r->error, "%s: low and high are both %.15g; set it in the arms instead", p->name, p->low);
    if (p->low < p->param->low || p->high > p->param->high)
        return config_fail(group, r->error, "%s: expected a range within [%.15g, %.15g], found [%.15g, %.15g]", p->name, p->param->low,
                           p->param->high, p->low, p->high);
    if (p->distribution == STUDY_LOGUNIFORM && p->low <= 0)
        return config_fail(group, r->error, "%s: a loguniform distribution needs low above 0, found %.15g", p->name, p->low);
    if (p->distribution == STUDY_TRIANGULAR && (p->mode < p->low || p->mode > p->high))
        return config_fail(group, r->error, "%s: expected a mode from %.15g to %.15g, found %.15g", p->name, p->low, p->high, p->mode);
    return 0;
}

static int table_distribution(const struct param *param)
{
    for (int i = 0; param->distribution && distributions[i]; i++)
        if (!strcmp(distributions[i], param->distribution)) return i;
    return -1;
}

static int read_distribution(struct reader *r, struct config_node group, struct study_parameter *p)
{
    int found = table_distribution(p->param);
    if (config_has(group, "distribution")) found = read_word(r, group, "distribution", distributions, -1);
    if (found < 0) return config_fail(group, r->error, "%s: its table names no distribution; give one of uniform, loguniform, triangular", p->name);
    p->distribution = (enum study_distribution)found;
    return 0;
}

static int read_range(struct reader *r, struct config_node group, struct study_parameter *p)
{
    if (p->param->kind != PARAM_NUMBER && p->param->kind != PARAM_INTEGER)
        return config_fail(group, r->error, "%s is not a number and cannot be drawn; set it in the arms", p->name);
    p->low = p->param->low;
    p->high = p->param->high;
    p->mode = p->param->fallback;
    if (config_number(group, "low", CONFIG_OPTIONAL, &p->low, r->error) || config_number(group, "high", CONFIG_OPTIONAL, &p->high, r->error)) return -1;
    if (config_number(group, "mode", CONFIG_OPTIONAL, &p->mode, r->error) || read_distribution(r, group, p)) return -1;
    if (config_has(group, "mode") && p->distribution != STUDY_TRIANGULAR)
        return config_fail(group, r->error, "%s: only a triangular distribution has a mode", p->name);
    return check_range(r, group, p);
}

static int read_parameter(struct reader *r, struct config_node group, struct study_parameter *p)
{
    const char *name;
    if (read_param_name(r, group, &name, &p->model, &p->param)) return -1;
    for (const struct study_parameter *other = r->plan->parameter; other < p; other++)
        if (!strcmp(other->name, name)) return config_fail(group, r->error, "'%s' is drawn already", name);
    p->name = memory_text(name);
    return read_range(r, group, p);
}

static int read_parameters(struct reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node list;
    if (config_items(config_root(r->config), "parameters", CONFIG_OPTIONAL, &list, r->error)) return -1;
    int count = config_count(list);
    if (plan->draws > 0 && !count) return config_fail(setting(r, "draws"), r->error, "draws need at least one of 'parameters'");
    plan->parameter = memory_new((size_t)count, sizeof *plan->parameter);
    plan->parameters = count;
    for (int i = 0; i < count; i++)
        if (read_parameter(r, config_item(list, i), &plan->parameter[i])) return -1;
    return 0;
}

/* ---- arms ---- */

static bool is_drawn(const struct study_plan *plan, const char *name)
{
    for (int i = 0; plan->draws > 0 && i < plan->parameters; i++)
        if (!strcmp(plan->parameter[i].name, name)) return true;
    return false;
}

static int give(struct reader *r, struct config_node node, struct study_arm *arm, const char *model, const struct param *param)
{
    const char *file = config_source(node);
    struct config_list list;
    char *text;
    if (config_is_list(node)) {
        if (config_as_numbers(node, &list, r->error)) return -1;
        setup_give_list(&arm->setup, model, param->name, list.count, list.value, file, config_line(node));
        memory_free(list.value);
        return 0;
    }
    if (config_as_plain(node, &text, r->error)) return -1;
    setup_give(&arm->setup, model, param->name, text, file, config_line(node));
    memory_free(text);
    return 0;
}

static int set_param(struct reader *r, struct config_node group, struct study_arm *arm, const char *model, const struct param *param)
{
    struct config_node value;
    for (int i = arm->first_given; i < arm->setup.givens; i++)
        if (!strcmp(arm->setup.given[i].owner, model) && !strcmp(arm->setup.given[i].name, param->name))
            return config_fail(group, r->error, "'%s.%s' is set already in this arm", model, param->name);
    if (config_any(group, "value", CONFIG_NEEDED, &value, r->error)) return -1;
    return give(r, value, arm, model, param);
}

static int read_set(struct reader *r, struct config_node group, struct study_arm *arm)
{
    const char *name;
    char *model = NULL;
    const struct param *param;
    int status = read_param_name(r, group, &name, &model, &param);
    if (!status && is_drawn(r->plan, name)) status = config_fail(group, r->error, "'%s' is drawn: an arm cannot set it", name);
    if (!status) status = set_param(r, group, arm, model, param);
    memory_free(model);
    return status;
}

void study_file_omit_closures(struct world *world)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < world->events; i++) {
        enum world_target target = world->event[i].target;
        if (target == WORLD_KIND || target == WORLD_REDIRECT) world->event[kept++] = world->event[i];
    }
    world->events = kept;
}

/* The arm's own stands behind the scenario's: of two values of a parameter the later counts. */
static int read_own(struct reader *r, struct config_node group, struct study_arm *arm)
{
    struct scenario_input input = {&arm->setup, r->config, r->error};
    struct config_node sets;
    arm->first_given = arm->setup.givens;
    arm->first_policy = arm->setup.levers.policies;
    if (config_items(group, "set", CONFIG_OPTIONAL, &sets, r->error)) return -1;
    int count = config_count(sets);
    for (int i = 0; i < count; i++)
        if (read_set(r, config_item(sets, i), arm)) return -1;
    if (scenario_policies_read_from(&input, group)) return -1;
    if (config_flag(group, "omit_closures", CONFIG_OPTIONAL, &arm->omit_closures, r->error)) return -1;
    if (arm->omit_closures) study_file_omit_closures(arm->setup.world);
    return 0;
}

static int read_arm(struct reader *r, struct config_node group, struct study_arm *arm)
{
    const char *name;
    if (config_as_group(group, r->error) || config_text(group, "name", CONFIG_NEEDED, &name, r->error)) return -1;
    for (const struct study_arm *other = r->plan->arm; other < arm; other++)
        if (!strcmp(other->name, name)) return config_fail(group, r->error, "there is an arm '%s' already", name);
    arm->name = memory_text(name);
    arm->line = config_line(group);
    if (study_file_scenario(r->plan, (uint64_t)r->plan->first_seed, &arm->setup, r->error)) return -1;
    return read_own(r, group, arm);
}

static int read_arms(struct reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node list;
    if (config_items(config_root(r->config), "arms", CONFIG_NEEDED, &list, r->error)) return -1;
    int count = config_count(list);
    if (!count) return config_fail(list, r->error, "expected at least one arm { name = ...; }");
    plan->arm = memory_new((size_t)count, sizeof *plan->arm);
    plan->arms = count;
    for (int i = 0; i < count; i++)
        if (read_arm(r, config_item(list, i), &plan->arm[i])) return -1;
    return 0;
}

int study_file_read(struct study_plan *plan, struct error *error)
{
    struct reader r = {.plan = plan, .config = config_open(plan->path, error), .error = error};
    if (!r.config) return -1;
    setup_init(&r.base);
    int status = read_head(&r) || read_parameters(&r) || read_arms(&r) || config_unread(r.config, error);
    setup_free(&r.base);
    config_close(r.config);
    return status ? -1 : 0;
}
