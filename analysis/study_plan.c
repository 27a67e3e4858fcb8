/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_plan.h"
#include "output/number.h"
#include "output/provenance.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "sim/version.h"
#include "study_file.h"
#include <string.h>

#define SEEDS_PER_DRAW 1000000

/* ---- rows ---- */

struct study_row study_plan_find(const struct study_plan *plan, int arm, int64_t draw, int64_t replicate)
{
    return (struct study_row){arm, draw, replicate, (uint64_t)(plan->first_seed + SEEDS_PER_DRAW * draw + replicate)};
}

struct study_row study_plan_row(const struct study_plan *plan, int64_t index)
{
    int64_t pair = index / plan->arms;
    return study_plan_find(plan, (int)(index % plan->arms), pair / plan->replicates, pair % plan->replicates);
}

void study_plan_identity(const struct study_plan *plan, struct study_row row, char hex[65])
{
    struct digest digest;
    uint8_t value[32];
    size_t drawn = plan->draws > 0 ? (size_t)plan->parameters : 0;
    digest_init(&digest);
    digest_add(&digest, plan->arm[row.arm].digest, 64);
    digest_add(&digest, &row.seed, sizeof row.seed);
    for (size_t i = 0; i < drawn; i++) digest_add(&digest, plan->parameter[i].name, strlen(plan->parameter[i].name) + 1);
    digest_add(&digest, plan->value + (size_t)row.draw * (size_t)plan->parameters, drawn * sizeof *plan->value);
    digest_end(&digest, value);
    digest_hex(value, hex);
}

/* ---- the setup of a run ---- */

static int check_inputs(const struct setup *setup, const struct setup *then, struct error *error)
{
    bool same = setup->inputs == then->inputs;
    for (int i = 0; same && i < setup->inputs; i++) {
        if (strcmp(setup->input[i].sha256, then->input[i].sha256))
            return fail(error, FAIL_INPUT, "%s: has changed since the study began", setup->input[i].path);
    }
    return same ? 0 : fail(error, FAIL_INPUT, "%s: its inputs have changed since the study began", setup->source);
}

static void add_own(struct setup *setup, const struct study_arm *arm)
{
    for (int i = arm->first_given; i < arm->setup.givens; i++) {
        const struct param_given *g = &arm->setup.given[i];
        if (g->text) setup_give(setup, g->owner, g->name, g->text, g->file, g->line);
        else setup_give_list(setup, g->owner, g->name, g->list.count, g->list.value, g->file, g->line);
    }
    for (uint32_t i = arm->first_policy; i < arm->setup.levers.policies; i++) lever_add_policy(&setup->levers, arm->setup.levers.policy[i]);
    if (arm->omit_closures) study_file_omit_closures(setup->world);
}

static void add_drawn(struct setup *setup, const struct study_plan *plan, int64_t draw)
{
    char text[NUMBER_ROOM];
    for (int i = 0; plan->draws > 0 && i < plan->parameters; i++) {
        const struct study_parameter *p = &plan->parameter[i];
        setup_give(setup, p->model, p->param->name, number_brief(plan->value[draw * plan->parameters + i], text), plan->path, 0);
    }
}

int study_plan_setup(const struct study_plan *plan, struct study_row row, struct setup *setup, struct error *error)
{
    const struct study_arm *arm = &plan->arm[row.arm];
    if (study_file_scenario(plan, row.seed, setup, error) || check_inputs(setup, &arm->setup, error)) return -1;
    add_own(setup, arm);
    add_drawn(setup, plan, row.draw);
    return 0;
}

/* ---- what is counted ---- */

static int fail_compare(struct error *error, const char *name)
{
    return fail(error, FAIL_INPUT, "counts something else than the reference arm: '%s'", name);
}

static int compare_tally(const struct sim *a, const struct sim *b, int i, struct error *error)
{
    const struct tally *x = &a->tallies.tally[i], *y = &b->tallies.tally[i];
    if (!strcmp(x->name, y->name) && x->cells == y->cells && x->kind == y->kind && x->axes == y->axes) return 0;
    return fail_compare(error, y->name);
}

int study_plan_compare(const struct study_plan *plan, const struct sim *sim, struct error *error)
{
    const struct sim *reference = plan->sim;
    if (reference->tallies.count != sim->tallies.count) return fail_compare(error, "more or fewer tallies");
    if (reference->indicators != sim->indicators) return fail_compare(error, "more or fewer indicators");
    for (int i = 0; i < sim->tallies.count; i++)
        if (compare_tally(reference, sim, i, error)) return -1;
    for (int i = 0; i < sim->indicators; i++)
        if (strcmp(reference->indicator[i].name, sim->indicator[i].name)) return fail_compare(error, sim->indicator[i].name);
    return 0;
}

/* ---- opening arms ---- */

/* Of the arm and all that was read; the seed in the table is the same for all rows and does no harm. */
static void digest_arm(const struct study_plan *plan, struct study_arm *arm, const struct sim *sim, const struct provenance *table)
{
    struct digest digest;
    uint8_t value[32];
    char configuration[65];
    provenance_digest(table, sim, configuration);
    char *text = memory_format("wayfare %s\n%s\n%s\n%d\n%lld\n", WAYFARE_VERSION, configuration, arm->name, arm->omit_closures, (long long)plan->every);
    digest_init(&digest);
    digest_add(&digest, text, strlen(text));
    digest_end(&digest, value);
    digest_hex(value, arm->digest);
    memory_free(text);
}

static bool has_row(const struct provenance *table, const struct provenance_row *row)
{
    for (size_t i = 0; i < table->rows; i++)
        if (!strcmp(table->row[i].name, row->name) && !strcmp(table->row[i].value, row->value)) return true;
    return false;
}

static void append(char **text, const char *name, const char *value)
{
    char *longer = memory_format("%s%s%s%s%s", *text, **text ? "; " : "", name, *value ? " = " : "", value);
    memory_free(*text);
    *text = longer;
}

static void describe(struct study_arm *arm, const struct provenance *table, const struct provenance *reference)
{
    arm->description = memory_text("");
    for (size_t i = 0; i < table->rows; i++)
        if (!has_row(reference, &table->row[i])) append(&arm->description, table->row[i].name, table->row[i].value);
    if (arm->omit_closures) append(&arm->description, "closures left out", "");
}

static int fail_arm(const struct study_plan *plan, const struct study_arm *arm, const struct error *why, struct error *error)
{
    return fail_at(error, plan->path, arm->line, "arm '%s': %.700s", arm->name, why->text);
}

static struct sim *open_arm(struct study_plan *plan, struct study_arm *arm, struct provenance *table, struct error *error)
{
    struct error why = {0};
    struct sim *sim = sim_open(&arm->setup, models, (struct sim_tuning){.threads = 1}, &why);
    if (!sim) return fail_arm(plan, arm, &why, error), NULL;
    provenance_list(table, sim);
    digest_arm(plan, arm, sim, table);
    return sim;
}

static int open_other(struct study_plan *plan, struct study_arm *arm, const struct provenance *reference, struct error *error)
{
    struct provenance table = {0};
    struct error why = {0};
    struct sim *sim = open_arm(plan, arm, &table, error);
    int status = sim ? 0 : -1;
    if (sim && study_plan_compare(plan, sim, &why)) status = fail_arm(plan, arm, &why, error);
    if (!status) describe(arm, &table, reference);
    provenance_free(&table);
    sim_close(sim);
    return status;
}

/* Every arm is opened once, so that what is wrong is said before anything is computed. */
static int open_arms(struct study_plan *plan, struct error *error)
{
    struct provenance reference = {0};
    plan->sim = open_arm(plan, &plan->arm[0], &reference, error);
    int status = plan->sim ? 0 : -1;
    if (!status) plan->arm[0].description = memory_text("the reference");
    for (int i = 1; i < plan->arms && !status; i++) status = open_other(plan, &plan->arm[i], &reference, error);
    provenance_free(&reference);
    return status;
}

/* ---- values ---- */

/* As it is in the reference arm. */
static double value_in_force(const struct sim *sim, const struct study_parameter *p)
{
    char text[80];
    double value = 0;
    param_text(p->param, sim_state(sim, p->model), text, sizeof text);
    param_parse_number(text, &value);
    return value;
}

static void fill_values(struct study_plan *plan)
{
    plan->value = memory_new((size_t)(study_plan_draws(plan) * plan->parameters), sizeof *plan->value);
    if (plan->draws > 0) study_draw_fill(plan->parameter, plan->parameters, plan->design, (uint64_t)plan->first_seed, plan->draws, plan->value);
    for (int i = 0; plan->draws == 0 && i < plan->parameters; i++) plan->value[i] = value_in_force(plan->sim, &plan->parameter[i]);
}

int study_plan_open(struct study_plan *plan, const char *path, struct error *error)
{
    *plan = (struct study_plan){.path = memory_text(path)};
    if (study_file_read(plan, error) || open_arms(plan, error)) return -1;
    fill_values(plan);
    return 0;
}

void study_plan_close(struct study_plan *plan)
{
    sim_close(plan->sim);
    for (int i = 0; plan->arm && i < plan->arms; i++) {
        setup_free(&plan->arm[i].setup);
        memory_free(plan->arm[i].name);
        memory_free(plan->arm[i].description);
    }
    for (int i = 0; plan->parameter && i < plan->parameters; i++) {
        memory_free(plan->parameter[i].name);
        memory_free(plan->parameter[i].model);
    }
    void *block[] = {plan->path, plan->title, plan->scenario, plan->name, plan->parameter, plan->arm, plan->value};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    *plan = (struct study_plan){0};
}
