/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "prepare.h"
#include "flee_dir.h"
#include "scenario.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <string.h>
#include <sys/stat.h>

static bool is_directory(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}

static bool exists(const char *directory, const char *name)
{
    struct stat info;
    char *path = memory_format("%s/%s", directory, name);
    bool found = !stat(path, &info);
    memory_free(path);
    return found;
}

/* A directory is Flee's unless it holds a scenario.cfg, which `run` and `check` then take. */
static bool is_flee(const struct options *options)
{
    const char *path = options->argument[0];
    if (options->command == OPTIONS_FLEE) return true;
    return options->command == OPTIONS_CHECK && is_directory(path) && !exists(path, "scenario.cfg");
}

static int read_flee(struct setup *setup, const struct options *options, struct error *error)
{
    struct flee_dir_options flee = {
        .directory = options->argument[0],
        .settings = options->settings,
        .rules = options->rules,
        .days = (int32_t)options->days,
        .seed = options->seed < 0 ? 1 : (uint64_t)options->seed,
        .scale = options->scale < 0 ? 1 : options->scale,
    };
    return flee_dir_read(setup, &flee, error);
}

static int read_scenario(struct setup *setup, const struct options *options, struct error *error)
{
    const char *path = options->argument[0];
    if (options->settings) return fail(error, FAIL_USAGE, "--settings is for directories in Flee's format, and '%s' is none", path);
    if (!is_directory(path) || !exists(path, "scenario.cfg")) return scenario_read(setup, path, error);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    char *file = memory_format("%.*s/scenario.cfg", (int)length, path);
    int status = scenario_read(setup, file, error);
    memory_free(file);
    return status;
}

/* ---- values of the command line ---- */

static void override_run(struct setup *setup, const struct options *options)
{
    if (options->days > 0) setup->days = (int32_t)options->days;
    if (options->seed >= 0) setup->seed = (uint64_t)options->seed;
    if (options->scale >= 0) setup->scale = options->scale;
    if (options->sample >= 0) setup->sample = options->sample;
}

static int parse_list(const struct options_set *set, struct param_list *list, struct error *error)
{
    for (const char *at = set->value; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char *word = memory_format("%.*s", (int)strcspn(at, ","), at);
        list->value = memory_grow(list->value, (size_t)list->count, (size_t)list->count + 1, sizeof *list->value);
        int status = param_parse_number(word, &list->value[list->count++]);
        memory_free(word);
        if (status)
            return fail(error, FAIL_USAGE, "--set %s.%s: expected numbers with commas between, found '%s'",
                        set->model, set->parameter, set->value);
    }
    return 0;
}

static int give(struct setup *setup, const struct options_set *set, enum param_kind kind, struct error *error)
{
    struct param_list list = {0};
    int status = 0;
    setup_forget(setup, set->model, set->parameter);
    if (kind == PARAM_LIST) status = parse_list(set, &list, error);
    if (kind != PARAM_LIST) setup_give(setup, set->model, set->parameter, set->value, "--set", 0);
    else if (!status) setup_give_list(setup, set->model, set->parameter, list.count, list.value, "--set", 0);
    memory_free(list.value);
    return status;
}

static const struct model *find_model(const struct setup *setup, const char *name, struct error *error)
{
    char hint[96];
    for (int i = 0; models[i]; i++)
        for (int j = 0; j < setup->models; j++)
            if (!strcmp(models[i]->name, name) && !strcmp(setup->model[j], name)) return models[i];
    fail_nearest(hint, name, (const char *const *)setup->model, (size_t)setup->models);
    fail(error, FAIL_USAGE, "--set: no model '%s' is in force%s", name, hint);
    return NULL;
}

static int fail_parameter(const struct model *model, const char *name, struct error *error)
{
    char hint[96];
    size_t count = 0;
    while (model->params[count].kind != PARAM_END) count++;
    const char **names = memory_new(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) names[i] = model->params[i].name;
    fail_nearest(hint, name, names, count);
    memory_free(names);
    return fail(error, FAIL_USAGE, "--set: %s has no parameter '%s'%s", model->name, name, hint);
}

static int apply_sets(struct setup *setup, const struct options *options, struct error *error)
{
    for (int i = 0; i < options->sets; i++) {
        const struct options_set *set = &options->set[i];
        const struct model *model = find_model(setup, set->model, error);
        if (!model) return -1;
        const struct param *param = param_find(model->params, set->parameter);
        if (!param) return fail_parameter(model, set->parameter, error);
        if (give(setup, set, param->kind, error)) return -1;
    }
    return 0;
}

/* --rules goes to every model of a scenario that has the choice. */
static void give_rules(struct setup *setup, const char *rules)
{
    for (int i = 0; models[i]; i++)
        for (int j = 0; j < setup->models; j++) {
            if (strcmp(models[i]->name, setup->model[j]) || !param_find(models[i]->params, "rules")) continue;
            setup_forget(setup, models[i]->name, "rules");
            setup_give(setup, models[i]->name, "rules", rules, "--rules", 0);
        }
}

int prepare_setup(struct setup *setup, const struct options *options, struct error *error)
{
    setup_init(setup);
    bool flee = is_flee(options);
    if (flee ? read_flee(setup, options, error) : read_scenario(setup, options, error)) return -1;
    override_run(setup, options);
    if (!flee && options->rules) give_rules(setup, options->rules);
    return apply_sets(setup, options, error);
}
