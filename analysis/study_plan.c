/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_plan.h"
#include "output/provenance.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "sim/version.h"
#include "study_file.h"
#include "study_parameters.h"
#include <math.h>
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

static void digest_target(struct digest *digest, const struct study_target *target)
{
    digest_add(digest, target->text, strlen(target->text) + 1);
    digest_add(digest, &target->cells, sizeof target->cells);
    digest_add(digest, target->cell, target->cells * sizeof *target->cell);
}

void study_plan_identity(const struct study_plan *plan, struct study_row row, char hex[65])
{
    struct digest digest;
    uint8_t value[32];
    size_t drawn = plan->draws > 0 ? (size_t)plan->parameters : 0;
    digest_init(&digest);
    digest_add(&digest, plan->arm[row.arm].digest, 64);
    digest_add(&digest, &row.seed, sizeof row.seed);
    for (size_t i = 0; i < drawn; i++) digest_target(&digest, &plan->parameter[i].target);
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
    for (int i = 0; plan->draws > 0 && i < plan->parameters; i++)
        study_target_apply(&plan->parameter[i].target, plan->value[draw * plan->parameters + i], plan->path, setup);
}

/* Without what is drawn. */
static int read_arm(const struct study_plan *plan, const struct study_arm *arm, uint64_t seed, struct setup *setup, struct error *error)
{
    if (study_file_scenario(plan, arm, seed, setup, error) || check_inputs(setup, &arm->setup, error)) return -1;
    add_own(setup, arm);
    return 0;
}

int study_plan_setup(const struct study_plan *plan, struct study_row row, struct setup *setup, struct error *error)
{
    if (read_arm(plan, &plan->arm[row.arm], row.seed, setup, error)) return -1;
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
    if (!strcmp(x->name, y->name) && x->cells == y->cells && x->kind == y->kind && x->things == y->things && x->axes == y->axes) return 0;
    return fail_compare(error, y->name);
}

static bool same_link(const struct world *x, const struct world *y, uint32_t i) { return x->link[i].from == y->link[i].from && x->link[i].to == y->link[i].to; }

/* An arm may have a scenario of its own, on the same map. */
static int compare_maps(const struct world *x, const struct world *y, struct error *error)
{
    if (x->places != y->places || x->links != y->links || x->states != y->states) return fail_compare(error, "more or fewer places, links or states");
    for (uint32_t i = 0; i < x->places; i++)
        if (strcmp(x->place[i].name, y->place[i].name) || x->place[i].state != y->place[i].state) return fail_compare(error, y->place[i].name);
    for (uint32_t i = 0; i < x->states; i++)
        if (strcmp(x->state[i], y->state[i])) return fail_compare(error, y->state[i]);
    for (uint32_t i = 0; i < x->links; i++)
        if (!same_link(x, y, i)) return fail_compare(error, "links between other places");
    return 0;
}

static int compare_times(const struct setup *x, const struct setup *y, struct error *error)
{
    if (x->start != y->start || x->days != y->days) return fail_compare(error, "other days");
    return x->scale == y->scale ? 0 : fail_compare(error, "another scale");
}

int study_plan_compare(const struct study_plan *plan, const struct sim *sim, struct error *error)
{
    const struct sim *reference = plan->sim;
    if (compare_times(reference->setup, sim->setup, error) || compare_maps(reference->world, sim->world, error)) return -1;
    if (reference->tallies.count != sim->tallies.count) return fail_compare(error, "more or fewer tallies");
    if (reference->indicators != sim->indicators) return fail_compare(error, "more or fewer indicators");
    for (int i = 0; i < sim->tallies.count; i++)
        if (compare_tally(reference, sim, i, error)) return -1;
    for (int i = 0; i < sim->indicators; i++)
        if (strcmp(reference->indicator[i].name, sim->indicator[i].name)) return fail_compare(error, sim->indicator[i].name);
    return 0;
}

/* ---- opening arms ---- */

static void append(char **text, const char *name, const char *value)
{
    char *longer = memory_format("%s%s%s%s%s", *text, **text ? "; " : "", name, *value ? " = " : "", value);
    memory_free(*text);
    *text = longer;
}

static char *kept_text(const struct study_plan *plan)
{
    char *text = memory_text("");
    for (int i = 0; i < plan->keeps; i++) {
        const struct study_keep *keep = &plan->keep[i];
        append(&text, keep->name, keep->whole ? "whole" : "by");
        for (int k = 0; k < keep->axes; k++) append(&text, keep->axis[k], "");
    }
    return text;
}

/* Of the arm and all that was read; the seed in the table is the same for all rows and does no harm. */
static void digest_arm(const struct study_plan *plan, struct study_arm *arm, const struct sim *sim, const struct provenance *table)
{
    struct digest digest;
    uint8_t value[32];
    char configuration[65];
    provenance_digest(table, sim, configuration);
    char *kept = kept_text(plan);
    char *text = memory_format("wayfare %s\n%s\n%s\n%d\n%lld\n%s\n", WAYFARE_VERSION, configuration, arm->name, arm->omit_closures, (long long)plan->every, kept);
    digest_init(&digest);
    digest_add(&digest, text, strlen(text));
    digest_end(&digest, value);
    digest_hex(value, arm->digest);
    memory_free(text);
    memory_free(kept);
}

static bool has_row(const struct provenance *table, const struct provenance_row *row)
{
    for (size_t i = 0; i < table->rows; i++)
        if (!strcmp(table->row[i].name, row->name) && !strcmp(table->row[i].value, row->value)) return true;
    return false;
}

static void describe(struct study_arm *arm, const struct provenance *table, const struct provenance *reference)
{
    arm->description = memory_text("");
    for (size_t i = 0; i < table->rows; i++)
        if (!has_row(reference, &table->row[i])) append(&arm->description, table->row[i].name, table->row[i].value);
    if (arm->omit_closures) append(&arm->description, "closures left out", "");
    if (arm->scenario) append(&arm->description, "scenario", arm->scenario);
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
    arm->legal = provenance_legal(sim);
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
static double value_in_force(const struct study_plan *plan, const struct study_parameter *p)
{
    char text[80];
    double value = 0;
    if (!p->target.param) return study_target_value(&p->target, &plan->arm[0].setup);
    param_text(p->target.param, sim_state(plan->sim, p->target.owner), text, sizeof text);
    param_parse_number(text, &value);
    return value;
}

static void fill_values(struct study_plan *plan)
{
    if (plan->value) return; /* a table of draws was read */
    plan->value = memory_new((size_t)(study_plan_draws(plan) * plan->parameters), sizeof *plan->value);
    if (plan->draws > 0) study_draw_fill(plan->parameter, plan->parameters, plan->design, (uint64_t)plan->first_seed, plan->draws, plan->value);
    for (int i = 0; plan->draws == 0 && i < plan->parameters; i++) plan->value[i] = value_in_force(plan, &plan->parameter[i]);
}

/* A table's draws may lie anywhere in what a parameter can take. */
static void find_ends(const struct study_plan *plan, int index, double *low, double *high)
{
    *low = plan->parameter[index].low;
    *high = plan->parameter[index].high;
    if (plan->design != STUDY_FILE) return;
    *low = *high = plan->value[index];
    for (int64_t i = 1; i < plan->draws; i++) {
        *low = fmin(*low, plan->value[i * plan->parameters + index]);
        *high = fmax(*high, plan->value[i * plan->parameters + index]);
    }
}

/* What a factor makes of tables is for the models to judge: the reference arm is opened with it. */
static int try_factor(const struct study_plan *plan, const struct study_parameter *p, double value, struct error *error)
{
    struct setup setup = {0};
    struct error why = {0};
    int status = read_arm(plan, &plan->arm[0], (uint64_t)plan->first_seed, &setup, error);
    if (!status) study_target_apply(&p->target, value, plan->path, &setup);
    struct sim *sim = status ? NULL : sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &why);
    if (!status && !sim) status = fail_at(error, p->file, p->line, "%s = %.15g: %.700s", p->name, value, why.text);
    sim_close(sim);
    setup_free(&setup);
    return status;
}

static int check_target(const struct study_plan *plan, int index, const struct setup *const *setup, struct error *error)
{
    const struct study_parameter *p = &plan->parameter[index];
    bool table = p->target.kind == STUDY_TARGET_DRIVER || p->target.kind == STUDY_TARGET_COLUMN;
    double low, high;
    find_ends(plan, index, &low, &high);
    if (study_target_check(&p->target, low, high, setup, plan->arms, (struct scenario_at){p->file, p->line}, error)) return -1;
    if (!table) return 0;
    return try_factor(plan, p, low, error) || try_factor(plan, p, high, error) ? -1 : 0;
}

static int check_targets(const struct study_plan *plan, struct error *error)
{
    const struct setup **setup = memory_new((size_t)plan->arms, sizeof *setup);
    int status = 0;
    for (int i = 0; i < plan->arms; i++) setup[i] = &plan->arm[i].setup;
    for (int i = 0; i < plan->parameters && !status; i++) status = check_target(plan, i, setup, error);
    memory_free(setup);
    return status;
}

int study_plan_open(struct study_plan *plan, const char *path, struct error *error)
{
    *plan = (struct study_plan){.path = memory_text(path)};
    if (study_file_read(plan, error) || open_arms(plan, error)) return -1;
    fill_values(plan);
    return check_targets(plan, error);
}

static void free_arm(struct study_arm *arm)
{
    setup_free(&arm->setup);
    memory_free(arm->name);
    memory_free(arm->scenario);
    memory_free(arm->description);
    memory_free(arm->legal);
}

static void free_keep(struct study_keep *keep)
{
    for (int i = 0; i < keep->axes; i++) memory_free(keep->axis[i]);
    memory_free(keep->axis);
    memory_free(keep->name);
}

void study_plan_close(struct study_plan *plan)
{
    sim_close(plan->sim);
    for (int i = 0; plan->arm && i < plan->arms; i++) free_arm(&plan->arm[i]);
    for (int i = 0; plan->keep && i < plan->keeps; i++) free_keep(&plan->keep[i]);
    study_parameters_free(plan);
    void *block[] = {plan->path, plan->title, plan->scenario, plan->name, plan->arm, plan->value, plan->keep, plan->draws_file};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    *plan = (struct study_plan){0};
}
