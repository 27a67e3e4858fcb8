/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_file.h"
#include "scenarios/prepare.h"
#include "sim/memory.h"
#include "study_parameters.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MOST 1000000 /* replicates: the next draw's seeds begin so far on; draws */

static const char *const designs[] = {[STUDY_NONE] = "none", [STUDY_RANDOM] = "random", [STUDY_LATIN] = "latin", [STUDY_FILE] = "file", NULL};

/* ---- the head ---- */

static int read_every(struct study_reader *r)
{
    static const char *const words[] = {"month", NULL};
    struct config_node node;
    if (config_any(config_root(r->config), "every", CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_is_text(node)) return study_reader_word(r, config_root(r->config), "every", words, 0) < 0 ? -1 : 0;
    return study_reader_count(r, "every", CONFIG_NEEDED, 1, 32767, &r->plan->every);
}

/* ---- the scenario ---- */

int study_file_scenario(const struct study_plan *plan, const struct study_arm *arm, uint64_t seed, struct setup *setup, struct error *error)
{
    const struct options options = {
        .command = OPTIONS_RUN,
        .argument = {arm && arm->scenario ? arm->scenario : plan->scenario},
        .arguments = 1,
        .seed = (int64_t)seed,
        .days = plan->days,
        .scale = plan->scale > 0 ? plan->scale : -1,
    };
    return prepare_setup(setup, &options, error); /* .sample = 0: no events are kept */
}

/* The file that setting "scenario" of the group names; NULL where there is none. */
static int read_path(struct study_reader *r, struct config_node group, enum config_need need, char **path)
{
    struct config_node node;
    const char *word;
    if (config_any(group, "scenario", need, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &word, r->error)) return -1;
    *path = config_path(r->config, word);
    if (!access(*path, R_OK)) return 0;
    return config_fail(node, r->error, "cannot read '%s': %s", *path, errno == ENOENT ? "there is no such file" : strerror(errno));
}

/* In place of the scenario's own. */
static int read_scale(struct study_reader *r)
{
    struct study_plan *plan = r->plan;
    if (study_reader_count(r, "days", CONFIG_OPTIONAL, 1, 32767, &plan->days)) return -1;
    if (config_number(config_root(r->config), "scale", CONFIG_OPTIONAL, &plan->scale, r->error)) return -1;
    if (!config_has(config_root(r->config), "scale") || (plan->scale >= 1 && plan->scale <= 1e9)) return 0;
    return config_fail(study_reader_setting(r, "scale"), r->error, "expected a number from 1 to 1e9, found %.15g", plan->scale);
}

static int read_scenario(struct study_reader *r)
{
    struct study_plan *plan = r->plan;
    if (read_path(r, config_root(r->config), CONFIG_NEEDED, &plan->scenario) || read_scale(r)) return -1;
    return study_file_scenario(plan, NULL, (uint64_t)plan->first_seed, &r->base, r->error);
}

/* "study.cfg" is named after its scenario, any other file after itself. */
static char *name_of(const struct study_plan *plan, const struct setup *setup)
{
    const char *slash = strrchr(plan->path, '/'), *base = slash ? slash + 1 : plan->path;
    const char *dot = strrchr(base, '.');
    if (!strcmp(base, "study.cfg")) return memory_format("%s_study", setup->name);
    return memory_format("%.*s", (int)(dot > base ? dot - base : (long)strlen(base)), base);
}

static int read_head(struct study_reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node root = config_root(r->config);
    const char *title = NULL;
    plan->first_seed = 1;
    if (config_text(root, "title", CONFIG_OPTIONAL, &title, r->error)) return -1;
    if (study_reader_count(r, "replicates", CONFIG_NEEDED, 1, MOST, &plan->replicates)) return -1;
    if (study_reader_count(r, "first_seed", CONFIG_OPTIONAL, 0, INT64_MAX / 2, &plan->first_seed)) return -1;
    if (study_reader_count(r, "draws", CONFIG_OPTIONAL, 0, MOST, &plan->draws) || read_every(r) || read_scenario(r)) return -1;
    int design = study_reader_word(r, root, "design", designs, plan->draws > 0 ? STUDY_RANDOM : STUDY_NONE);
    if (design < 0) return -1;
    if (plan->draws > 0 && design == STUDY_NONE) return config_fail(study_reader_setting(r, "design"), r->error, "draws need \"random\", \"latin\" or \"file\"");
    plan->design = (enum study_design)design;
    plan->title = memory_text(title ? title : r->base.title);
    plan->name = name_of(plan, &r->base);
    return 0;
}

/* ---- what is kept ---- */

static int read_axes(struct study_reader *r, struct config_node group, struct study_keep *keep)
{
    struct config_node list;
    const char *axis;
    if (config_items(group, "by", CONFIG_NEEDED, &list, r->error)) return -1;
    int count = config_count(list);
    keep->axis = memory_new((size_t)count, sizeof *keep->axis);
    for (keep->axes = 0; keep->axes < count; keep->axes++) {
        if (config_as_text(config_item(list, keep->axes), &axis, r->error)) return -1;
        keep->axis[keep->axes] = memory_text(axis);
    }
    return 0;
}

/* "name": with every axis; { name; by = ("axis", ...) }: with these. */
static int read_kept(struct study_reader *r, struct config_node node, struct study_keep *keep)
{
    const char *name;
    keep->line = config_line(node);
    keep->whole = config_is_text(node);
    if (keep->whole ? config_as_text(node, &name, r->error) : config_as_group(node, r->error)) return -1;
    if (!keep->whole && config_text(node, "name", CONFIG_NEEDED, &name, r->error)) return -1;
    keep->name = memory_text(name);
    for (const struct study_keep *other = r->plan->keep; other < keep; other++)
        if (!strcmp(other->name, name)) return config_fail(node, r->error, "'%s' is kept already", name);
    return keep->whole ? 0 : read_axes(r, node, keep);
}

static int read_keep(struct study_reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node list;
    if (config_items(config_root(r->config), "keep", CONFIG_OPTIONAL, &list, r->error)) return -1;
    int count = config_count(list);
    if (list.setting && !count) return config_fail(list, r->error, "expected the name of at least one tally or indicator");
    plan->keep = memory_new((size_t)count, sizeof *plan->keep);
    for (int i = 0; i < count; i++) {
        plan->keeps = i + 1;
        if (read_kept(r, config_item(list, i), &plan->keep[i])) return -1;
    }
    return 0;
}

/* ---- arms ---- */

static bool is_drawn(const struct study_plan *plan, const char *name)
{
    for (int i = 0; plan->draws > 0 && i < plan->parameters; i++)
        if (!strcmp(plan->parameter[i].target.text, name)) return true;
    return false;
}

static int give(struct study_reader *r, struct config_node node, struct study_arm *arm, const char *model, const struct param *param)
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

static int set_param(struct study_reader *r, struct config_node group, struct study_arm *arm, const char *model, const struct param *param)
{
    struct config_node value;
    for (int i = arm->first_given; i < arm->setup.givens; i++)
        if (!strcmp(arm->setup.given[i].owner, model) && !strcmp(arm->setup.given[i].name, param->name))
            return config_fail(group, r->error, "'%s.%s' is set already in this arm", model, param->name);
    if (config_any(group, "value", CONFIG_NEEDED, &value, r->error)) return -1;
    return give(r, value, arm, model, param);
}

static int read_set(struct study_reader *r, struct config_node group, struct study_arm *arm)
{
    const char *name;
    char *model = NULL;
    const struct param *param;
    int status = study_reader_param(r, group, &name, &model, &param);
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
static int read_own(struct study_reader *r, struct config_node group, struct study_arm *arm)
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

static int read_arm(struct study_reader *r, struct config_node group, struct study_arm *arm)
{
    const char *name;
    if (config_as_group(group, r->error) || config_text(group, "name", CONFIG_NEEDED, &name, r->error)) return -1;
    for (const struct study_arm *other = r->plan->arm; other < arm; other++)
        if (!strcmp(other->name, name)) return config_fail(group, r->error, "there is an arm '%s' already", name);
    arm->name = memory_text(name);
    arm->line = config_line(group);
    if (read_path(r, group, CONFIG_OPTIONAL, &arm->scenario)) return -1;
    if (study_file_scenario(r->plan, arm, (uint64_t)r->plan->first_seed, &arm->setup, r->error)) return -1;
    return read_own(r, group, arm);
}

static int read_arms(struct study_reader *r)
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
    struct study_reader r = {.plan = plan, .config = config_open(plan->path, error), .error = error};
    if (!r.config) return -1;
    setup_init(&r.base);
    int status = read_head(&r) || study_parameters_read(&r) || read_keep(&r) || read_arms(&r) || config_unread(r.config, error);
    setup_free(&r.base);
    config_close(r.config);
    return status ? -1 : 0;
}
