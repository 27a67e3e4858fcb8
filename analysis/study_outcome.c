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
    if (day + 1 == setup->days) return true;
    if (plan->every > 0) return (day + 1) % plan->every == 0;
    return calendar_date(setup->start + day + 1).day == 1;
}

static void lay_days(struct study_layout *layout, const struct study_plan *plan)
{
    int32_t days = plan->arm[0].setup.days;
    layout->last_day = memory_new((size_t)days, sizeof *layout->last_day);
    for (int32_t day = 0; day < days; day++)
        if (ends_row(plan, day)) layout->last_day[layout->rows++] = day;
}

static bool is_by_place(const struct tally_set *set, const struct tally *tally)
{
    return tally->axes == 1 && !strcmp(set->axis[tally->axis[0]].name, "place");
}

void study_outcome_layout(struct study_layout *layout, const struct study_plan *plan)
{
    const struct tally_set *set = &plan->sim->tallies;
    *layout = (struct study_layout){.tallies = set->count, .indicators = plan->sim->indicators};
    lay_days(layout, plan);
    layout->first = memory_new((size_t)set->count, sizeof *layout->first);
    for (int i = 0; i < set->count; i++) {
        bool kept = is_by_place(set, &set->tally[i]);
        layout->first[i] = kept ? layout->total : SIZE_MAX;
        if (kept) layout->total += set->tally[i].cells;
    }
    layout->row_cells = layout->total + (size_t)set->count;
}

void study_outcome_free_layout(struct study_layout *layout)
{
    memory_free(layout->last_day);
    memory_free(layout->first);
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

static void add_cells(const struct study_layout *layout, const struct tally_set *set, int index, int64_t *row)
{
    const struct tally *tally = &set->tally[index];
    const int64_t *value = set->value + tally->offset;
    int64_t sum = 0;
    for (uint32_t cell = 0; cell < tally->cells; cell++) sum += value[cell];
    row[layout->total + (size_t)index] += sum;
    if (layout->first[index] == SIZE_MAX) return;
    for (uint32_t cell = 0; cell < tally->cells; cell++) row[layout->first[index] + cell] += value[cell];
}

/* Of today: what happened is added up over the days of a row, who is there counts on its last day. */
static void add_day(const struct study_layout *layout, const struct sim *sim, int row, bool last, struct study_outcome *outcome)
{
    int64_t *count = outcome->count + (size_t)row * layout->row_cells;
    for (int i = 0; i < layout->tallies; i++)
        if (last || sim->tallies.tally[i].kind == TALLY_FLOW) add_cells(layout, &sim->tallies, i, count);
    for (int i = 0; last && i < layout->indicators; i++)
        outcome->indicator[(size_t)row * (size_t)layout->indicators + (size_t)i] = sim->indicator[i].value;
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
