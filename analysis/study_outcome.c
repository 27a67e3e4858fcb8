/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_outcome.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- layout ---- */

/* The last day of a row is the last of the run, of so many days, or of a month. */
static bool ends_row(const struct study_plan *plan, int32_t day)
{
    const struct setup *setup = &plan->arm[0].setup;
    if (plan->every > 0) return (day + 1) % plan->every == 0 || day + 1 == setup->days;
    return calendar_month_ends(setup->start, setup->days, day);
}

static void lay_days(struct study_layout *layout, const struct study_plan *plan)
{
    int32_t days = plan->arm[0].setup.days;
    layout->last_day = memory_new((size_t)days, sizeof *layout->last_day);
    for (int32_t day = 0; day < days; day++)
        if (ends_row(plan, day)) layout->last_day[layout->rows++] = day;
}

/* ---- which tallies, along which axes ---- */

static const struct tally *tally_of(const struct study_plan *plan, const struct study_item *item) { return &plan->sim->tallies.tally[item->tally]; }

static bool keeps(const struct study_item *item, int axis)
{
    for (int k = 0; k < item->axes; k++)
        if (item->axis[k] == axis) return true;
    return false;
}

/* Of a tally's cell the one that is kept, which has the same axes in the same order but for those left out. */
static uint32_t kept_cell(const struct tally_set *set, const struct study_item *item, uint32_t cell)
{
    const struct tally *tally = &set->tally[item->tally];
    uint32_t kept = 0, stride = 1;
    for (int i = tally->axes; i-- > 0;) {
        uint32_t size = set->axis[tally->axis[i]].size, at = cell % size;
        cell /= size;
        if (!keeps(item, tally->axis[i])) continue;
        kept += at * stride;
        stride *= size;
    }
    return kept;
}

static void map_cells(const struct study_plan *plan, struct study_item *item)
{
    uint32_t cells = tally_of(plan, item)->cells;
    item->to = memory_new(cells, sizeof *item->to);
    for (uint32_t cell = 0; cell < cells; cell++) item->to[cell] = kept_cell(&plan->sim->tallies, item, cell);
}

/* The axes are set. */
static void lay_item(struct study_layout *layout, const struct study_plan *plan, struct study_item *item)
{
    const struct tally_set *set = &plan->sim->tallies;
    item->cells = item->axes ? 1 : 0;
    for (int i = 0; i < item->axes; i++) item->cells *= set->axis[item->axis[i]].size;
    if (item->cells) map_cells(plan, item);
    else item->axes = 0;
    item->first = layout->row_cells;
    item->total = item->first + item->cells;
    layout->row_cells = item->total + 1;
    if (item->axes && item->tally == plan->sim->standard.present) layout->present = (int)(item - layout->item);
}

/* Every tally's total, and the cells where they are places. */
static void lay_all(struct study_layout *layout, const struct study_plan *plan)
{
    const struct tally_set *set = &plan->sim->tallies;
    layout->items = set->count;
    layout->item = memory_new((size_t)set->count, sizeof *layout->item);
    for (int i = 0; i < set->count; i++) {
        const struct tally *tally = &set->tally[i];
        bool by_place = tally->axes == 1 && !strcmp(set->axis[tally->axis[0]].name, "place");
        layout->item[i] = (struct study_item){.tally = i, .axes = by_place, .axis = {tally->axis[0]}};
        lay_item(layout, plan, &layout->item[i]);
    }
    layout->indicators = plan->sim->indicators;
    layout->indicator = memory_new((size_t)layout->indicators, sizeof *layout->indicator);
    for (int i = 0; i < layout->indicators; i++) layout->indicator[i] = i;
}

/* ---- a list of them ---- */

static int fail_keep(const struct study_plan *plan, const struct study_keep *keep, struct error *error)
{
    const struct sim *sim = plan->sim;
    size_t count = 0;
    char hint[96];
    const char **names = memory_new((size_t)(sim->tallies.count + sim->indicators + 1), sizeof *names);
    for (int i = 0; i < sim->tallies.count; i++) names[count++] = sim->tallies.tally[i].name;
    for (int i = 0; i < sim->indicators; i++) names[count++] = sim->indicator[i].name;
    fail_nearest(hint, keep->name, names, count);
    memory_free(names);
    return fail_at(error, plan->path, keep->line, "there is no tally or indicator '%s' to keep%s", keep->name, hint);
}

static char *axis_names(const struct tally_set *set, const struct tally *tally)
{
    char *text = memory_text("");
    for (int i = 0; i < tally->axes; i++) {
        char *longer = memory_format("%s%s%s", text, i ? ", " : "", set->axis[tally->axis[i]].name);
        memory_free(text);
        text = longer;
    }
    return text;
}

static int fail_axes(const struct study_plan *plan, const struct study_keep *keep, const struct tally *tally, const char *what, struct error *error)
{
    char *names = axis_names(&plan->sim->tallies, tally);
    fail_at(error, plan->path, keep->line, "'%s' has the axes %s: %s, as { name = \"%s\"; by = (...); }", keep->name, names, what, keep->name);
    memory_free(names);
    return -1;
}

static bool is_wanted(const struct study_keep *keep, const char *axis)
{
    for (int i = 0; i < keep->axes; i++)
        if (!strcmp(keep->axis[i], axis)) return true;
    return keep->whole;
}

static int choose_axes(const struct study_plan *plan, const struct study_keep *keep, struct study_item *item, struct error *error)
{
    const struct tally_set *set = &plan->sim->tallies;
    const struct tally *tally = tally_of(plan, item);
    int found = 0;
    for (int i = 0; i < tally->axes; i++) {
        if (!is_wanted(keep, set->axis[tally->axis[i]].name)) continue;
        if (found < STUDY_OUTCOME_AXES) item->axis[found] = tally->axis[i];
        found++;
    }
    if (found > STUDY_OUTCOME_AXES) return fail_axes(plan, keep, tally, "three at most can be kept", error);
    if (!keep->whole && found < keep->axes) return fail_axes(plan, keep, tally, "each can be kept once", error);
    item->axes = found;
    return 0;
}

static int find_indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return i;
    return -1;
}

static int lay_kept(struct study_layout *layout, const struct study_plan *plan, const struct study_keep *keep, struct error *error)
{
    int tally = tally_find(&plan->sim->tallies, keep->name), indicator = find_indicator(plan->sim, keep->name);
    struct study_item *item = &layout->item[layout->items];
    if (tally < 0 && (indicator < 0 || !keep->whole)) return fail_keep(plan, keep, error);
    if (tally < 0) {
        layout->indicator[layout->indicators++] = indicator;
        return 0;
    }
    *item = (struct study_item){.tally = tally};
    if (choose_axes(plan, keep, item, error)) return -1;
    lay_item(layout, plan, item);
    layout->items++;
    return 0;
}

static int lay_list(struct study_layout *layout, const struct study_plan *plan, struct error *error)
{
    layout->item = memory_new((size_t)plan->keeps, sizeof *layout->item);
    layout->indicator = memory_new((size_t)plan->keeps, sizeof *layout->indicator);
    for (int i = 0; i < plan->keeps; i++)
        if (lay_kept(layout, plan, &plan->keep[i], error)) return -1;
    return 0;
}

int study_outcome_layout(struct study_layout *layout, const struct study_plan *plan, struct error *error)
{
    *layout = (struct study_layout){.present = -1};
    lay_days(layout, plan);
    if (plan->keeps) return lay_list(layout, plan, error);
    lay_all(layout, plan);
    return 0;
}

void study_outcome_free_layout(struct study_layout *layout)
{
    for (int i = 0; i < layout->items; i++) memory_free(layout->item[i].to);
    memory_free(layout->item);
    memory_free(layout->indicator);
    memory_free(layout->last_day);
    *layout = (struct study_layout){0};
}

void study_outcome_new(struct study_outcome *outcome, const struct study_layout *layout)
{
    *outcome = (struct study_outcome){0};
    outcome->count = memory_new((size_t)layout->rows * layout->row_cells, sizeof *outcome->count);
    outcome->indicator = memory_new((size_t)layout->rows * (size_t)layout->indicators, sizeof *outcome->indicator);
}

void study_outcome_free(struct study_outcome *outcome)
{
    memory_free(outcome->count);
    memory_free(outcome->indicator);
    *outcome = (struct study_outcome){0};
}

/* ---- one run ---- */

static void add_cells(const struct tally_set *set, const struct study_item *item, int64_t *row)
{
    const struct tally *tally = &set->tally[item->tally];
    const int64_t *value = set->value + tally->offset;
    int64_t sum = 0;
    for (uint32_t cell = 0; cell < tally->cells; cell++) sum += value[cell];
    row[item->total] += sum;
    for (uint32_t cell = 0; item->axes && cell < tally->cells; cell++) row[item->first + item->to[cell]] += value[cell];
}

/* Of today: what happened is added up over the days of a row, who is there counts on its last day. */
static void add_day(const struct study_layout *layout, const struct sim *sim, int row, bool last, struct study_outcome *outcome)
{
    int64_t *count = outcome->count + (size_t)row * layout->row_cells;
    for (int i = 0; i < layout->items; i++)
        if (last || sim->tallies.tally[layout->item[i].tally].kind == TALLY_FLOW) add_cells(&sim->tallies, &layout->item[i], count);
    for (int i = 0; last && i < layout->indicators; i++)
        outcome->indicator[(size_t)row * (size_t)layout->indicators + (size_t)i] = sim->indicator[layout->indicator[i]].value;
}

static int simulate(const struct study_layout *layout, struct sim *sim, struct study_outcome *outcome, struct error *error)
{
    for (int row = 0; row < layout->rows; row++) {
        while (sim->day <= layout->last_day[row]) {
            sim_step(sim);
            if (sim->error.status) return fail(error, sim->error.status, "%s", sim->error.text);
            add_day(layout, sim, row, sim->day > layout->last_day[row], outcome);
        }
    }
    return sim_audit(sim, error);
}

static void sign(const struct sim *sim, struct study_outcome *outcome)
{
    char hex[65];
    sim_digest(sim, hex);
    hex[16] = '\0';
    outcome->digest = strtoull(hex, NULL, 16);
}

static void work(const struct study_plan *plan, const struct study_layout *layout, struct setup *setup, struct study_outcome *outcome)
{
    struct error error = {0};
    struct sim *sim = sim_open(setup, models, (struct sim_tuning){.threads = 1}, &error);
    int status = sim ? study_plan_compare(plan, sim, &error) : -1;
    if (!status) status = simulate(layout, sim, outcome, &error);
    if (!status) sign(sim, outcome);
    outcome->failed = status != 0;
    snprintf(outcome->message, sizeof outcome->message, "%s", error.text);
    sim_close(sim);
}

int study_outcome_run(const struct study_plan *plan, const struct study_layout *layout, struct study_row row, struct study_outcome *outcome, struct error *error)
{
    struct setup setup = {0};
    int status = study_plan_setup(plan, row, &setup, error);
    if (!status) work(plan, layout, &setup, outcome);
    setup_free(&setup);
    return status;
}
