/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_target.h"
#include "output/number.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <gsl/gsl_spline.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const tables[] = {[WORLD_OF_PLACES] = "places", [WORLD_OF_LINKS] = "links", [WORLD_OF_STATES] = "states", NULL};

static bool begins(const char *text, const char *prefix) { return !strncmp(text, prefix, strlen(prefix)); }

/* Without the ending; NULL where it is another. */
static char *without(const char *text, const char *ending)
{
    size_t length = strlen(text), end = strlen(ending);
    return length > end && !strcmp(text + length - end, ending) ? memory_format("%.*s", (int)(length - end), text) : NULL;
}

/* "there is no x 'name' (did you mean ...)", with names as a list. */
static int fail_none(struct scenario_at at, const char *what, const char *name, const char *const *names, size_t count, struct error *error)
{
    char hint[96];
    return fail_at(error, at.file, at.line, "there is no %s '%s'%s", what, name, fail_nearest(hint, name, names, count));
}

/* ---- parameters of models ---- */

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

static int fail_param(const struct setup *base, const char *text, struct scenario_at at, struct error *error)
{
    size_t count = 0, room = count_params(base);
    char **names = memory_new(room + 1, sizeof *names), hint[96];
    for (int i = 0; i < base->models; i++)
        for (const struct param *param = find_model(base->model[i])->params; param && param->kind != PARAM_END; param++)
            names[count++] = memory_format("%s.%s", base->model[i], param->name);
    fail_nearest(hint, text, (const char *const *)names, count);
    for (size_t i = 0; i < count; i++) memory_free(names[i]);
    memory_free(names);
    return fail_at(error, at.file, at.line, "no model in force has a parameter '%s'; expected MODEL.PARAMETER%s", text, hint);
}

int study_target_param(const struct setup *base, const char *text, struct scenario_at at, char **model, const struct param **param, struct error *error)
{
    for (int i = 0; i < base->models; i++) {
        const char *owner = base->model[i];
        size_t length = strlen(owner);
        if (strncmp(text, owner, length) || text[length] != '.') continue;
        *param = param_find(find_model(owner)->params, text + length + 1);
        if (!*param) continue;
        *model = memory_text(owner);
        return 0;
    }
    return fail_param(base, text, at, error);
}

/* ---- reading ---- */

static int read_policy(struct study_target *target, const char *rest, struct scenario_at at, struct error *error)
{
    target->kind = STUDY_TARGET_POLICY_VALUE;
    if ((target->owner = without(rest, ".value"))) return 0;
    target->kind = STUDY_TARGET_POLICY_FACTOR;
    if ((target->owner = without(rest, ".factor"))) return 0;
    return fail_at(error, at.file, at.line, "'%s': expected policy:NAME.value or policy:NAME.factor", target->text);
}

static int find_driver(const struct setup *setup, const char *name, struct scenario_at at, struct error *error)
{
    const struct driver_set *set = &setup->drivers;
    if (driver_find(set, name)) return 0;
    const char **names = memory_new((size_t)set->count + 1, sizeof *names);
    for (uint32_t i = 0; i < set->count; i++) names[i] = set->driver[i]->name;
    fail_none(at, "driver", name, names, set->count, error);
    memory_free(names);
    return -1;
}

static struct world_column *column_of(const struct world *world, enum world_of of, const char *name)
{
    for (uint32_t i = 0; i < world->columns; i++)
        if (world->column[i].of == of && !strcmp(world->column[i].name, name)) return &world->column[i];
    return NULL;
}

static int find_column(const struct setup *setup, enum world_of of, const char *name, struct scenario_at at, struct error *error)
{
    const struct world *world = setup->world;
    char hint[96];
    size_t count = 0;
    if (column_of(world, of, name)) return 0;
    const char **names = memory_new((size_t)world->columns + 1, sizeof *names);
    for (uint32_t i = 0; i < world->columns; i++)
        if (world->column[i].of == of) names[count++] = world->column[i].name;
    fail_nearest(hint, name, names, count);
    memory_free(names);
    return fail_at(error, at.file, at.line, "%s have no column '%s' of further numbers%s", tables[of], name, hint);
}

static int read_column(struct study_target *target, const char *rest, const struct setup *base, struct scenario_at at, struct error *error)
{
    const char *dot = strchr(rest, '.');
    target->kind = STUDY_TARGET_COLUMN;
    for (int i = 0; dot && tables[i]; i++) {
        if (strncmp(rest, tables[i], (size_t)(dot - rest)) || strlen(tables[i]) != (size_t)(dot - rest)) continue;
        target->of = (enum world_of)i;
        target->owner = memory_text(dot + 1);
        return find_column(base, target->of, target->owner, at, error);
    }
    return fail_at(error, at.file, at.line, "'%s': expected column:places.NAME, column:links.NAME or column:states.NAME", target->text);
}

static int fail_prefix(const char *text, struct scenario_at at, struct error *error)
{
    static const char *const words[] = {"policy", "driver", "column", "analysis"};
    char *word = memory_format("%.*s", (int)strcspn(text, ":"), text), hint[96];
    fail_at(error, at.file, at.line, "'%s': expected policy, driver, column or analysis before ':'%s", text, fail_nearest(hint, word, words, 4));
    memory_free(word);
    return -1;
}

int study_target_read(struct study_target *target, const char *text, const struct setup *base, struct scenario_at at, struct error *error)
{
    *target = (struct study_target){.text = memory_text(text)};
    if (begins(text, "policy:")) return read_policy(target, text + strlen("policy:"), at, error);
    if (begins(text, "column:")) return read_column(target, text + strlen("column:"), base, at, error);
    if (begins(text, "analysis:")) {
        target->kind = STUDY_TARGET_ANALYSIS;
        target->owner = memory_text(text + strlen("analysis:"));
        return 0;
    }
    if (begins(text, "driver:")) {
        target->kind = STUDY_TARGET_DRIVER;
        target->owner = memory_text(text + strlen("driver:"));
        return find_driver(base, target->owner, at, error);
    }
    if (strchr(text, ':')) return fail_prefix(text, at, error);
    return study_target_param(base, text, at, &target->owner, &target->param, error);
}

void study_target_free(struct study_target *target)
{
    memory_free(target->text);
    memory_free(target->owner);
    memory_free(target->cell);
    *target = (struct study_target){0};
}

/* ---- some cells only ---- */

static enum scenario_over cells_of(const struct study_target *target, const struct setup *base)
{
    static const enum scenario_over of_driver[] = {
        [DRIVER_GLOBAL] = SCENARIO_GLOBAL, [DRIVER_PLACE] = SCENARIO_PLACE, [DRIVER_STATE] = SCENARIO_STATE, [DRIVER_LINK] = SCENARIO_LINK};
    static const enum scenario_over of_column[] = {
        [WORLD_OF_PLACES] = SCENARIO_PLACE, [WORLD_OF_LINKS] = SCENARIO_LINK, [WORLD_OF_STATES] = SCENARIO_STATE};
    if (target->kind == STUDY_TARGET_COLUMN) return of_column[target->of];
    if (target->kind == STUDY_TARGET_DRIVER) return of_driver[driver_find(&base->drivers, target->owner)->over];
    return SCENARIO_GLOBAL;
}

static int add_cell(struct study_target *target, struct config_node node, enum scenario_over over, struct scenario_input *input)
{
    const char *name;
    uint32_t cell;
    if (config_as_text(node, &name, input->error) || scenario_input_cell(input, over, name, scenario_input_at(node), &cell)) return -1;
    for (uint32_t i = 0; i < target->cells; i++)
        if (target->cell[i] == cell) return config_fail(node, input->error, "'%s' is there already", name);
    target->cell = memory_grow(target->cell, target->cells, (size_t)target->cells + 1, sizeof *target->cell);
    target->cell[target->cells++] = cell;
    return 0;
}

int study_target_where(struct study_target *target, struct config_node where, struct scenario_input *input)
{
    enum scenario_over over = cells_of(target, input->setup);
    if (over == SCENARIO_GLOBAL) return config_fail(where, input->error, "'%s' does not hold for one place or link more than another", target->text);
    if (!config_is_list(where)) return add_cell(target, where, over, input);
    int count = config_count(where);
    if (!count) return config_fail(where, input->error, "expected at least one name");
    for (int i = 0; i < count; i++)
        if (add_cell(target, config_item(where, i), over, input)) return -1;
    return 0;
}

/* ---- checking ---- */

static bool is_policy(const struct study_target *target)
{
    return target->kind == STUDY_TARGET_POLICY_VALUE || target->kind == STUDY_TARGET_POLICY_FACTOR;
}

/* The next policy of the target's name from this one on; NULL: no more. */
static const struct lever_policy *next_policy(const struct study_target *target, const struct setup *setup, uint32_t *index)
{
    const struct lever_set *set = &setup->levers;
    while (*index < set->policies) {
        const struct lever_policy *policy = &set->policy[(*index)++];
        if (!strcmp(policy->name, target->owner)) return policy;
    }
    return NULL;
}

static const struct lever *lever_of(const struct setup *setup, const struct lever_policy *policy)
{
    int found = lever_find(&setup->levers, policy->lever);
    return found < 0 ? NULL : setup->levers.lever[found];
}

static int check_values(const struct study_target *target, const struct lever_policy *policy, const struct lever *lever, double low, double high,
                        struct scenario_at at, struct error *error)
{
    double factor = target->kind == STUDY_TARGET_POLICY_FACTOR ? policy->value : 1, a = low * factor, b = high * factor;
    if (policy->operation != LEVER_SET || (fmin(a, b) >= lever->min && fmax(a, b) <= lever->max)) return 0;
    return fail_at(error, at.file, at.line, "%s: lever '%s' takes values from %g to %g, and these draws give %.15g to %.15g", target->text, lever->name,
                   lever->min, lever->max, fmin(a, b), fmax(a, b));
}

/* One value cannot stand for two levers, or for a set here and a factor there. */
static int check_alike(const struct study_target *target, const struct lever_policy *a, const struct lever_policy *b, struct scenario_at at, struct error *error)
{
    if (target->kind == STUDY_TARGET_POLICY_FACTOR || (!strcmp(a->lever, b->lever) && a->operation == b->operation)) return 0;
    return fail_at(error, at.file, at.line, "%s: policies of that name act on lever '%s' and on '%s' or in different ways; name them apart, or draw policy:%s.factor",
                   target->text, a->lever, b->lever, target->owner);
}

static int fail_policy(const struct study_target *target, const struct setup *const *setup, int setups, struct scenario_at at, struct error *error)
{
    size_t room = 0, count = 0;
    for (int i = 0; i < setups; i++) room += setup[i]->levers.policies;
    const char **names = memory_new(room + 1, sizeof *names);
    for (int i = 0; i < setups; i++)
        for (uint32_t j = 0; j < setup[i]->levers.policies; j++) names[count++] = setup[i]->levers.policy[j].name;
    fail_none(at, "policy", target->owner, names, count, error);
    memory_free(names);
    return -1;
}

/* first: the first one found in any arm. */
static int check_policies(const struct study_target *target, double low, double high, const struct setup *setup, const struct lever_policy **first,
                          struct scenario_at at, struct error *error)
{
    const struct lever_policy *policy;
    for (uint32_t i = 0; (policy = next_policy(target, setup, &i));) {
        if (!*first) *first = policy;
        if (check_alike(target, *first, policy, at, error) || check_values(target, policy, lever_of(setup, policy), low, high, at, error)) return -1;
    }
    return 0;
}

static int check_setup(const struct study_target *target, const struct setup *setup, struct scenario_at at, struct error *error)
{
    if (target->kind == STUDY_TARGET_DRIVER) return find_driver(setup, target->owner, at, error);
    if (target->kind == STUDY_TARGET_COLUMN) return find_column(setup, target->of, target->owner, at, error);
    return 0;
}

int study_target_check(const struct study_target *target, double low, double high, const struct setup *const *setup, int setups, struct scenario_at at,
                       struct error *error)
{
    const struct lever_policy *first = NULL;
    for (int i = 0; i < setups; i++) {
        if (check_setup(target, setup[i], at, error)) return -1;
        if (is_policy(target) && check_policies(target, low, high, setup[i], &first, at, error)) return -1;
    }
    return is_policy(target) && !first ? fail_policy(target, setup, setups, at, error) : 0;
}

const char *study_target_unit(const struct study_target *target, const struct setup *setup)
{
    uint32_t index = 0;
    if (target->param) return target->param->unit;
    const struct lever_policy *policy = target->kind == STUDY_TARGET_POLICY_VALUE ? next_policy(target, setup, &index) : NULL;
    const struct lever *lever = policy && policy->operation != LEVER_MULTIPLY ? lever_of(setup, policy) : NULL;
    return lever ? lever->unit : NULL;
}

double study_target_value(const struct study_target *target, const struct setup *setup)
{
    uint32_t index = 0;
    if (target->kind == STUDY_TARGET_ANALYSIS) return NAN;
    if (target->kind != STUDY_TARGET_POLICY_VALUE) return 1;
    const struct lever_policy *policy = next_policy(target, setup, &index);
    return policy ? policy->value : NAN;
}

/* ---- applying ---- */

static void give(const struct study_target *target, double value, const char *file, struct setup *setup)
{
    char text[NUMBER_ROOM];
    setup_give(setup, target->owner, target->param->name, number_brief(value, text), file, 0);
}

static void apply_policy(const struct study_target *target, double value, struct setup *setup)
{
    for (uint32_t i = 0; i < setup->levers.policies; i++) {
        struct lever_policy *policy = &setup->levers.policy[i];
        if (strcmp(policy->name, target->owner)) continue;
        policy->value = target->kind == STUDY_TARGET_POLICY_VALUE ? value : policy->value * value;
    }
}

static void scale_series(struct driver_series *series, double factor)
{
    for (int i = 0; i < series->knots; i++) series->value[i] *= factor;
    if (series->spline) gsl_spline_init(series->spline, series->day, series->value, (size_t)series->knots);
}

static void apply_driver(const struct study_target *target, double factor, struct setup *setup)
{
    struct driver *driver = driver_find(&setup->drivers, target->owner);
    for (uint32_t i = 0; !target->cells && i < driver->series_count; i++) scale_series(&driver->series[i], factor);
    for (uint32_t i = 0; i < target->cells; i++)
        if (driver->where[target->cell[i]] >= 0) scale_series(&driver->series[driver->where[target->cell[i]]], factor);
}

static uint32_t count_of(const struct world *world, enum world_of of)
{
    if (of == WORLD_OF_PLACES) return world->places;
    return of == WORLD_OF_LINKS ? world->links : world->states;
}

static void apply_column(const struct study_target *target, double factor, struct setup *setup)
{
    double *value = column_of(setup->world, target->of, target->owner)->value;
    for (uint32_t i = 0; !target->cells && i < count_of(setup->world, target->of); i++) value[i] *= factor;
    for (uint32_t i = 0; i < target->cells; i++) value[target->cell[i]] *= factor;
}

void study_target_apply(const struct study_target *target, double value, const char *file, struct setup *setup)
{
    switch (target->kind) {
    case STUDY_TARGET_PARAM:
        give(target, value, file, setup);
        break;
    case STUDY_TARGET_POLICY_VALUE:
    case STUDY_TARGET_POLICY_FACTOR:
        apply_policy(target, value, setup);
        break;
    case STUDY_TARGET_DRIVER:
        apply_driver(target, value, setup);
        break;
    case STUDY_TARGET_COLUMN:
        apply_column(target, value, setup);
        break;
    case STUDY_TARGET_ANALYSIS:
        break;
    }
}
