/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_parameters.h"
#include "sim/memory.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const distributions[] = {[STUDY_UNIFORM] = "uniform", [STUDY_LOGUNIFORM] = "loguniform", [STUDY_TRIANGULAR] = "triangular", NULL};

/* ---- one parameter ---- */

/* What the target takes: of a model's parameter as its table has it, of a factor from 0 on. */
static void range_of(const struct study_target *target, double *low, double *high)
{
    bool any = target->kind == STUDY_TARGET_POLICY_VALUE || target->kind == STUDY_TARGET_ANALYSIS;
    *low = target->param ? target->param->low : any ? -HUGE_VAL
                                                    : 0;
    *high = target->param ? target->param->high : HUGE_VAL;
}

static int check_kind(const struct study_parameter *p, struct error *error)
{
    const struct param *param = p->target.param;
    if (!param || param->kind == PARAM_NUMBER || param->kind == PARAM_INTEGER) return 0;
    return fail_at(error, p->file, p->line, "%s is not a number and cannot be drawn; set it in the arms", p->name);
}

/* name: of its column, NULL: as the target. */
static int begin(struct study_reader *r, struct study_parameter *p, const char *target, const char *name, struct scenario_at at)
{
    p->name = memory_text(name ? name : target);
    p->file = memory_text(at.file);
    p->line = at.line;
    if (study_target_read(&p->target, target, &r->base, at, r->error) || check_kind(p, r->error)) return -1;
    p->whole = p->target.param && p->target.param->kind == PARAM_INTEGER;
    range_of(&p->target, &p->low, &p->high);
    for (const struct study_parameter *other = r->plan->parameter; other < p; other++)
        if (!strcmp(other->name, p->name)) return fail_at(r->error, at.file, at.line, "'%s' is drawn already", p->name);
    return 0;
}

/* A factor on some cells and one on others are two parameters; a value is drawn once. */
static int check_once(struct study_reader *r, const struct study_parameter *p)
{
    enum study_target_kind kind = p->target.kind;
    if (kind != STUDY_TARGET_PARAM && kind != STUDY_TARGET_POLICY_VALUE) return 0;
    for (const struct study_parameter *other = r->plan->parameter; other < p; other++)
        if (!strcmp(other->target.text, p->target.text)) return fail_at(r->error, p->file, p->line, "'%s' is drawn already", p->target.text);
    return 0;
}

/* ---- its range ---- */

static int check_range(struct study_reader *r, struct config_node group, const struct study_parameter *p)
{
    double low, high;
    range_of(&p->target, &low, &high);
    if (p->low > p->high) return config_fail(group, r->error, "%s: expected low below high, found %.15g and %.15g", p->name, p->low, p->high);
    if (p->low == p->high) return config_fail(group, r->error, "%s: low and high are both %.15g; set it in the arms instead", p->name, p->low);
    if (p->low < low || p->high > high)
        return config_fail(group, r->error, "%s: expected a range within [%.15g, %.15g], found [%.15g, %.15g]", p->name, low, high, p->low, p->high);
    if (p->distribution == STUDY_LOGUNIFORM && p->low <= 0)
        return config_fail(group, r->error, "%s: a loguniform distribution needs low above 0, found %.15g", p->name, p->low);
    if (p->distribution == STUDY_TRIANGULAR && (p->mode < p->low || p->mode > p->high))
        return config_fail(group, r->error, "%s: expected a mode from %.15g to %.15g, found %.15g", p->name, p->low, p->high, p->mode);
    return 0;
}

static int table_distribution(const struct param *param)
{
    for (int i = 0; param && param->distribution && distributions[i]; i++)
        if (!strcmp(distributions[i], param->distribution)) return i;
    return -1;
}

/* A table of draws needs none; what is written is kept, for those who read the results. */
static int read_distribution(struct study_reader *r, struct config_node group, struct study_parameter *p)
{
    int found = table_distribution(p->target.param);
    if (r->plan->design == STUDY_FILE && found < 0) found = STUDY_UNIFORM;
    if (config_has(group, "distribution")) found = study_reader_word(r, group, "distribution", distributions, -1);
    if (found < 0) return config_fail(group, r->error, "%s: its table names no distribution; give one of uniform, loguniform, triangular", p->name);
    p->distribution = (enum study_distribution)found;
    return 0;
}

/* Only a model's table says how far a parameter may go. */
static int check_given(struct study_reader *r, struct config_node group, const struct study_parameter *p)
{
    if (p->target.param || r->plan->design == STUDY_FILE || (config_has(group, "low") && config_has(group, "high"))) return 0;
    return config_fail(group, r->error, "%s: expected low and high, which no table has", p->name);
}

static int read_range(struct study_reader *r, struct config_node group, struct study_parameter *p)
{
    p->mode = p->target.param ? p->target.param->fallback : 1;
    if (check_given(r, group, p)) return -1;
    if (config_number(group, "low", CONFIG_OPTIONAL, &p->low, r->error) || config_number(group, "high", CONFIG_OPTIONAL, &p->high, r->error)) return -1;
    if (config_number(group, "mode", CONFIG_OPTIONAL, &p->mode, r->error) || read_distribution(r, group, p)) return -1;
    if (config_has(group, "mode") && p->distribution != STUDY_TRIANGULAR)
        return config_fail(group, r->error, "%s: only a triangular distribution has a mode", p->name);
    return check_range(r, group, p);
}

/* ---- the list ---- */

static int read_where(struct study_reader *r, struct config_node group, struct study_parameter *p)
{
    struct config_node where;
    struct scenario_input input = {&r->base, r->config, r->error};
    if (config_any(group, "where", CONFIG_OPTIONAL, &where, r->error)) return -1;
    return where.setting ? study_target_where(&p->target, where, &input) : 0;
}

static int read_parameter(struct study_reader *r, struct config_node group, struct study_parameter *p)
{
    struct config_node node;
    const char *target, *name = NULL;
    if (config_as_group(group, r->error) || config_any(group, "name", CONFIG_NEEDED, &node, r->error)) return -1;
    if (config_as_text(node, &target, r->error) || config_text(group, "as", CONFIG_OPTIONAL, &name, r->error)) return -1;
    if (begin(r, p, target, name, scenario_input_at(node)) || check_once(r, p) || read_where(r, group, p)) return -1;
    return read_range(r, group, p);
}

static int read_list(struct study_reader *r, struct config_node list)
{
    int count = config_count(list);
    for (int i = 0; i < count; i++) {
        r->plan->parameters = i + 1;
        if (read_parameter(r, config_item(list, i), &r->plan->parameter[i])) return -1;
    }
    return 0;
}

/* ---- a table of draws ---- */

static const struct study_parameter *find(const struct study_plan *plan, const char *name, int *index)
{
    for (*index = 0; *index < plan->parameters; ++*index)
        if (!strcmp(plan->parameter[*index].name, name)) return &plan->parameter[*index];
    return NULL;
}

/* A column that the list does not have stands for what its name says. */
static int add_columns(struct study_reader *r, const struct csv *csv)
{
    int index;
    for (int i = 0; i < csv->columns; i++) {
        if (!strcmp(csv->name[i], "weight"))
            return fail_at(r->error, csv->path, csv->header_line, "rows stand for equal shares: draw again by weight first, and leave the column 'weight' out");
        if (find(r->plan, csv->name[i], &index)) continue;
        struct study_parameter *p = &r->plan->parameter[r->plan->parameters++];
        if (begin(r, p, csv->name[i], NULL, scenario_input_header(csv)) || check_once(r, p)) return -1;
    }
    return 0;
}

static int check_columns(struct study_reader *r, const struct csv *csv)
{
    for (int i = 0; i < r->plan->parameters; i++)
        if (csv_column(csv, r->plan->parameter[i].name, r->error) < 0) return -1;
    return 0;
}

static int read_value(struct study_reader *r, const struct csv *csv, int row, int column)
{
    int index;
    const struct study_parameter *p = find(r->plan, csv->name[column], &index);
    double *value = &r->plan->value[row * r->plan->parameters + index];
    if (csv_number(csv, row, column, value, r->error)) return -1;
    if (*value < p->low || *value > p->high)
        return csv_fail(csv, row, r->error, "%s: expected a value within [%.15g, %.15g], found %.15g", p->name, p->low, p->high, *value);
    return p->whole && *value != round(*value) ? csv_fail(csv, row, r->error, "%s: expected a whole number, found %.15g", p->name, *value) : 0;
}

static int read_rows(struct study_reader *r, const struct csv *csv)
{
    struct study_plan *plan = r->plan;
    if (!csv->rows) return fail_at(r->error, csv->path, csv->header_line, "expected at least one row of values below the names");
    if (plan->draws > csv->rows)
        return config_fail(study_reader_setting(r, "draws"), r->error, "%s has %d rows, fewer than %" PRId64 " draws", csv->path, csv->rows, plan->draws);
    if (!plan->draws) plan->draws = csv->rows;
    plan->value = memory_new((size_t)(plan->draws * plan->parameters), sizeof *plan->value);
    for (int row = 0; row < plan->draws; row++)
        for (int column = 0; column < csv->columns; column++)
            if (read_value(r, csv, row, column)) return -1;
    return 0;
}

/* ---- both ---- */

static void make_room(struct study_plan *plan, int count) { plan->parameter = memory_new((size_t)count, sizeof *plan->parameter); }

static int read_with_table(struct study_reader *r, struct config_node list)
{
    struct csv csv = {0};
    const char *name;
    if (config_text(config_root(r->config), "draws_file", CONFIG_NEEDED, &name, r->error)) return -1;
    r->plan->draws_file = config_path(r->config, name);
    int status = csv_read(r->plan->draws_file, CSV_NAMED, &csv, r->error);
    if (!status) {
        make_room(r->plan, config_count(list) + csv.columns);
        status = read_list(r, list) || add_columns(r, &csv) || check_columns(r, &csv) || read_rows(r, &csv) ? -1 : 0;
    }
    csv_free(&csv);
    return status;
}

int study_parameters_read(struct study_reader *r)
{
    struct study_plan *plan = r->plan;
    struct config_node list;
    if (config_items(config_root(r->config), "parameters", CONFIG_OPTIONAL, &list, r->error)) return -1;
    if (plan->design == STUDY_FILE) return read_with_table(r, list);
    if (config_has(config_root(r->config), "draws_file"))
        return config_fail(study_reader_setting(r, "draws_file"), r->error, "a table of draws needs design = \"file\"");
    if (plan->draws > 0 && !config_count(list)) return config_fail(study_reader_setting(r, "draws"), r->error, "draws need at least one of 'parameters'");
    make_room(plan, config_count(list));
    return read_list(r, list);
}

void study_parameters_free(struct study_plan *plan)
{
    for (int i = 0; plan->parameter && i < plan->parameters; i++) {
        memory_free(plan->parameter[i].name);
        memory_free(plan->parameter[i].file);
        study_target_free(&plan->parameter[i].target);
    }
    memory_free(plan->parameter);
}
