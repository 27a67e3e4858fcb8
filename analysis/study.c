/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study.h"
#include "output/part.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include "sim/parallel.h"
#include "sim/sim.h"
#include "study_results.h"
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_FOLDER "results"

struct study {
    const struct study_order *order;
    struct study_plan plan;
    struct study_layout layout;
    struct study_store store;
    char *out;
    int64_t first, end; /* rows to do */
    bool *failed;       /* [row] */
    double begun;
    atomic_llong done;   /* rows */
    int64_t told;        /* tenths of them, the first thread's own */
    atomic_flag stopped; /* whoever sets it writes the error */
    atomic_bool give_up; /* no further rows */
    struct error *error;
};

/* ---- what is to be done ---- */

static int parse_rows(struct study *study, int64_t rows)
{
    const char *text = study->order->rows;
    int64_t first = 0, last = 0;
    size_t dash = strcspn(text, "-");
    char *begin = memory_format("%.*s", (int)dash, text);
    int status = param_parse_integer(begin, &first) || param_parse_integer(text[dash] ? text + dash + 1 : begin, &last);
    memory_free(begin);
    if (status || first < 1 || last < first || last > rows)
        return fail(study->error, FAIL_USAGE, "--rows: expected A-B from 1 to %" PRId64 ", found '%s'", rows, text);
    study->first = first - 1;
    study->end = last;
    return 0;
}

static int choose_rows(struct study *study)
{
    int64_t rows = study_plan_rows(&study->plan);
    if (rows > INT32_MAX) return fail_at(study->error, study->plan.path, 0, "%" PRId64 " runs are more than can be counted", rows);
    study->end = rows;
    study->failed = memory_new((size_t)rows, sizeof *study->failed);
    return study->order->rows ? parse_rows(study, rows) : 0;
}

static int choose_out(struct study *study)
{
    const char *out = study->order->out;
    if (!out && mkdir(DEFAULT_FOLDER, 0777) && errno != EEXIST)
        return fail(study->error, FAIL_OUTPUT, "cannot make the folder '%s': %s", DEFAULT_FOLDER, strerror(errno));
    study->out = out ? memory_text(out) : memory_format(DEFAULT_FOLDER "/%s.h5", study->plan.name);
    return part_refuse(study->out, study->order->force, study->error);
}

static void write_warnings(const struct study *study)
{
    const struct setup *setup = &study->plan.arm[0].setup;
    for (const char *line = setup->warning.text; *line; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        if (study->order->progress) fprintf(study->order->progress, "warning: %.*s\n", (int)length, line);
        line += length;
    }
}

/* The study file and its draws are inputs, but not of what decides a run. */
static void record(struct study *study)
{
    const char *const path[] = {study->plan.path, study->plan.draws_file};
    char sha256[65];
    for (size_t i = 0; i < 2; i++)
        if (path[i] && !digest_file(path[i], sha256)) setup_add_input(study->plan.sim->setup, path[i], sha256);
}

/* ---- runs ---- */

/* The first thread is the one that may write. */
static void tell(struct study *study, int thread)
{
    FILE *out = study->order->progress;
    int64_t done = atomic_fetch_add(&study->done, 1) + 1, rows = study->end - study->first, tenth = done * 10 / rows;
    if (thread != 0 || !out || tenth <= study->told) return;
    study->told = tenth;
    fprintf(out, "%" PRId64 " of %" PRId64 " runs, %.1f s\n", done, rows, timer_wall() - study->begun);
}

static void stop(struct study *study, const struct error *why)
{
    if (!atomic_flag_test_and_set(&study->stopped)) *study->error = *why;
    atomic_store(&study->give_up, true);
}

static int run_and_keep(struct study *study, struct study_row row, const char *identity, struct study_outcome *outcome, struct error *error)
{
    if (study_outcome_run(&study->plan, &study->layout, row, outcome, error)) return -1;
    return study_store_write(&study->store, identity, outcome, error);
}

static void do_row(struct study *study, int64_t index)
{
    struct study_row row = study_plan_row(&study->plan, index);
    struct study_outcome outcome;
    struct error error = {0};
    char identity[65];
    study_plan_identity(&study->plan, row, identity);
    study_outcome_new(&outcome, &study->layout);
    if (study->order->force) study_store_forget(&study->store, identity);
    if (!study_store_read(&study->store, identity, &outcome)) {
        study_outcome_free(&outcome);
        study_outcome_new(&outcome, &study->layout); /* a torn file may have left something */
        if (run_and_keep(study, row, identity, &outcome, &error)) stop(study, &error);
    }
    study->failed[index] = outcome.failed;
    study_outcome_free(&outcome);
}

static void do_rows(void *context, int thread, uint32_t index)
{
    struct study *study = context;
    if (atomic_load(&study->give_up)) return;
    do_row(study, study->first + index);
    tell(study, thread);
}

static int do_all(struct study *study)
{
    int threads = study->order->threads > 0 ? study->order->threads : parallel_most();
    parallel_for(threads, (uint32_t)(study->end - study->first), do_rows, study);
    return atomic_load(&study->give_up) ? -1 : 0;
}

/* ---- the end ---- */

static int say_rows(const struct study *study)
{
    if (study->order->say)
        fprintf(study->order->say, "%s: rows %" PRId64 " to %" PRId64 " of %" PRId64 " are done, %.2f s\n", study->store.folder, study->first + 1,
                study->end, study_plan_rows(&study->plan), timer_wall() - study->begun);
    return 0;
}

static int64_t count_failed(const struct study *study)
{
    int64_t count = 0;
    for (int64_t i = 0; i < study->end; i++) count += study->failed[i];
    return count;
}

static void say_legal(const struct study *study)
{
    for (int i = 0; i < study->plan.arms && study->order->say; i++) {
        const struct study_arm *arm = &study->plan.arm[i];
        if (strcmp(arm->legal, "none")) fprintf(study->order->say, "arm '%s': %s\n", arm->name, arm->legal);
    }
}

static int finish(struct study *study)
{
    int64_t rows = study_plan_rows(&study->plan), failed = count_failed(study);
    record(study);
    if (study_results_write(study->out, &study->plan, &study->store, study->failed, study->order->command, study->error)) return -1;
    study_store_remove(&study->store);
    if (study->order->say) fprintf(study->order->say, "%s: %" PRId64 " runs, %.2f s\n", study->out, rows, timer_wall() - study->begun);
    say_legal(study);
    if (!failed) return 0;
    return fail(study->error, FAIL_RUN, "%" PRId64 " of %" PRId64 " runs failed; failed_message in %s says why", failed, rows, study->out);
}

static int work(struct study *study)
{
    if (study_outcome_layout(&study->layout, &study->plan, study->error)) return -1;
    write_warnings(study);
    if (study_store_open(&study->store, study->out, &study->layout, study->error) || do_all(study)) return -1;
    return study->order->rows ? say_rows(study) : finish(study);
}

int study_run(const struct study_order *order, struct error *error)
{
    struct study study = {.order = order, .begun = timer_wall(), .stopped = ATOMIC_FLAG_INIT, .error = error};
    int status = study_plan_open(&study.plan, order->path, error) || choose_rows(&study) || choose_out(&study) || work(&study);
    study_store_close(&study.store);
    study_outcome_free_layout(&study.layout);
    study_plan_close(&study.plan);
    memory_free(study.failed);
    memory_free(study.out);
    return status ? -1 : 0;
}
