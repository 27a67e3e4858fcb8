/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "runner.h"
#include "output/checkpoint.h"
#include "output/part.h"
#include "output/provenance.h"
#include "prepare.h"
#include "progress.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "sim/writer.h"
#include "summary.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WRITERS_MOST 32
#define DEFAULT_FOLDER "results"

/* A run from its command line to its last file. */
struct run {
    const struct runner *runner;
    const struct options *options;
    struct setup setup;
    struct sim *sim;
    struct writer_plan plan;
    char *results, *checkpoint; /* paths */
    void *state[WRITERS_MOST];  /* of writers[]; NULL: not wanted */
    int segment;                /* whole ones so far */
    sigset_t signals, before;
    double begun;
    struct error *error;
};

/* ---- where results go ---- */

static int check_folder(const char *path, struct error *error)
{
    struct stat info;
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path) return 0;
    char *folder = memory_format("%.*s", (int)(slash - path), path);
    int status = stat(folder, &info) ? fail(error, FAIL_OUTPUT, "%s: there is no folder '%s'", path, folder) : 0;
    if (!status && !S_ISDIR(info.st_mode)) status = fail(error, FAIL_OUTPUT, "%s: '%s' is no folder", path, folder);
    memory_free(folder);
    return status;
}

/* Only the folder that we chose ourselves is made. */
static int make_default_folder(struct error *error)
{
    if (!mkdir(DEFAULT_FOLDER, 0777) || errno == EEXIST) return 0;
    return fail(error, FAIL_OUTPUT, "cannot make the folder '%s': %s", DEFAULT_FOLDER, strerror(errno));
}

static int choose_results(struct run *run)
{
    const char *out = run->options->out;
    if (!out && make_default_folder(run->error)) return -1;
    run->results = out ? memory_text(out) : memory_format(DEFAULT_FOLDER "/%s.h5", run->setup.name);
    run->checkpoint = memory_format("%s.ckpt", run->results);
    return check_folder(run->results, run->error) || (run->options->csv && check_folder(run->options->csv, run->error)) ? -1 : 0;
}

/* Nothing is overwritten unasked, and that is said before anything is computed. */
static int refuse_existing(struct run *run, bool resumed)
{
    bool force = run->options->force;
    if (part_refuse(run->results, force, run->error)) return -1;
    if (!resumed && !force && part_exists(run->checkpoint))
        return fail(run->error, FAIL_OUTPUT, "%s: a checkpoint of an earlier run; resume it, or --force to begin anew", run->checkpoint);
    return run->options->csv && !resumed ? part_refuse(run->options->csv, force, run->error) : 0;
}

static void make_plan(struct run *run)
{
    run->plan = (struct writer_plan){
        .path = run->results,
        .csv = run->options->csv,
        .force = run->options->force,
        .every = run->options->every > 0 ? (int)run->options->every : 1,
        .command = run->runner->command,
        .first_segment = run->segment,
    };
}

/* ---- reading and opening ---- */

/* Warnings are lines. */
static void write_warnings(const struct run *run)
{
    for (const char *line = run->setup.warning.text; *line; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        if (run->runner->progress) fprintf(run->runner->progress, "warning: %.*s\n", (int)length, line);
        line += length;
    }
}

static int prepare(struct run *run)
{
    int status = prepare_setup(&run->setup, run->options, run->error);
    write_warnings(run);
    return status;
}

static int open_sim(struct run *run)
{
    struct sim_tuning tuning = {.threads = (int)run->options->threads};
    run->sim = sim_open(&run->setup, models, tuning, run->error);
    return run->sim ? 0 : -1;
}

static int open_writers(struct run *run)
{
    make_plan(run);
    for (int i = 0; writers[i] && i < WRITERS_MOST; i++) {
        if (!writers[i]->wanted(run->sim, &run->plan)) continue;
        run->state[i] = writers[i]->open(run->sim, &run->plan, run->error);
        if (!run->state[i]) return -1;
    }
    return 0;
}

/* ---- days ---- */

static int write_day(struct run *run)
{
    for (int i = 0; writers[i]; i++)
        if (run->state[i] && writers[i]->write(run->sim, run->state[i], run->error)) return -1;
    return 0;
}

static int save_checkpoint(struct run *run)
{
    for (int i = 0; writers[i]; i++)
        if (run->state[i] && writers[i]->cut && writers[i]->cut(run->sim, run->state[i], run->error)) return -1;
    return checkpoint_save(run->sim, &run->plan, run->checkpoint, ++run->segment, run->error);
}

/* Signals of the run wait in the kernel until the day is done. */
static void hold_signals(struct run *run)
{
    static const int held[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    sigemptyset(&run->signals);
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) sigaddset(&run->signals, held[i]);
    sigprocmask(SIG_BLOCK, &run->signals, &run->before);
}

struct wish {
    bool save, stop;
};

static struct wish read_signals(const struct run *run)
{
    const struct timespec at_once = {0};
    struct wish wish = {0};
    for (int number; (number = sigtimedwait(&run->signals, NULL, &at_once)) > 0;) {
        wish.save = true;
        wish.stop |= number != SIGUSR1;
    }
    return wish;
}

/* What came too late for another day is forgotten: the run has ended already. */
static void release_signals(const struct run *run)
{
    read_signals(run);
    sigprocmask(SIG_SETMASK, &run->before, NULL);
}

static int fail_stopped(struct run *run)
{
    return fail(run->error, FAIL_AGAIN, "stopped after day %" PRId32 " of %" PRId32 "; go on with: wayfare resume %s", run->sim->day,
                run->setup.days, run->checkpoint);
}

/* After a day: its checkpoint, if one is due or asked for. */
static int heed(struct run *run)
{
    struct wish wish = read_signals(run);
    int64_t every = run->options->checkpoint;
    if (every > 0 && run->sim->day % every == 0) wish.save = true;
    if (run->sim->day >= run->setup.days || !wish.save) return 0;
    if (save_checkpoint(run)) return -1;
    return wish.stop ? fail_stopped(run) : 0;
}

static int simulate(struct run *run)
{
    struct progress progress;
    int status = 0;
    progress_begin(&progress, run->runner->progress, run->sim->day, run->setup.days);
    while (!status && run->sim->day < run->setup.days) {
        sim_step(run->sim);
        if (run->sim->error.status) status = fail(run->error, run->sim->error.status, "%s", run->sim->error.text);
        if (!status) status = write_day(run);
        timer_stop(&run->sim->timers, TIMER_OBSERVE);
        if (!status) status = heed(run);
        if (!status) progress_day(&progress, run->sim->day, run->sim->persons.entered);
    }
    progress_end(&progress);
    return status ? -1 : sim_audit(run->sim, run->error);
}

/* ---- the end ---- */

static void close_writers(struct run *run)
{
    for (int i = 0; writers[i] && i < WRITERS_MOST; i++) {
        if (run->state[i]) writers[i]->close(run->sim, run->state[i], !run->error->status, run->error);
        run->state[i] = NULL;
    }
}

static void write_last_line(const struct run *run, const char *digest)
{
    char *legal = provenance_legal(run->sim);
    bool lawful = !strcmp(legal, "none");
    fprintf(run->runner->out, "%s: %" PRIu64 " persons, digest %s, %.2f s%s%s\n", run->results, run->sim->persons.entered, digest,
            timer_wall() - run->begun, lawful ? "" : "; ", lawful ? "" : legal);
    memory_free(legal);
}

static int work(struct run *run)
{
    char digest[65];
    int status = open_writers(run);
    if (!status) status = simulate(run);
    close_writers(run);
    if (status || run->error->status) return -1;
    if (part_exists(run->checkpoint)) unlink(run->checkpoint);
    sim_digest(run->sim, digest);
    write_last_line(run, digest);
    return 0;
}

/* Signals are held before the first thread starts: threads inherit what is held. checkpoint: NULL at the beginning. */
static int open_and_work(struct run *run, const char *checkpoint)
{
    hold_signals(run);
    int status = open_sim(run);
    if (!status && checkpoint) status = checkpoint_load(run->sim, checkpoint, run->error);
    if (!status) status = work(run);
    release_signals(run);
    return status;
}

static int finish(struct run *run, int status)
{
    sim_close(run->sim);
    setup_free(&run->setup);
    memory_free(run->results);
    memory_free(run->checkpoint);
    return status;
}

int runner_run(const struct runner *runner, const struct options *options, struct error *error)
{
    struct run run = {.runner = runner, .options = options, .begun = timer_wall(), .error = error};
    int status = prepare(&run) || choose_results(&run) || refuse_existing(&run, false) || open_and_work(&run, NULL);
    return finish(&run, status ? -1 : 0);
}

int runner_check(const struct runner *runner, const struct options *options, struct error *error)
{
    struct run run = {.runner = runner, .options = options, .error = error};
    int status = prepare(&run) || open_sim(&run);
    if (!status) summary_write(run.sim, runner->out);
    return finish(&run, status ? -1 : 0);
}

/* ---- resuming ---- */

static int continue_from(struct run *run, const char *checkpoint)
{
    run->segment = checkpoint_segment(checkpoint, run->error);
    if (run->segment < 0) return -1;
    return prepare(run) || choose_results(run) || refuse_existing(run, true) || open_and_work(run, checkpoint) ? -1 : 0;
}

/* The line in the checkpoint, parsed as it was then; threads may be others. */
static int parse_old(struct options *old, const struct options *now, int argc, char *const *argv, struct error *error)
{
    if (options_parse(old, argc, argv, error)) return -1;
    if (now->threads > 0) old->threads = now->threads;
    if (old->command == OPTIONS_RUN || old->command == OPTIONS_FLEE) return 0;
    return fail(error, FAIL_INPUT, "%s: holds the command '%s', which cannot be resumed", now->argument[0], argv[1]);
}

static int resume_command(const struct runner *runner, const struct options *options, int argc, char **argv, struct error *error)
{
    struct options old;
    char **order = memory_copy(argv, (size_t)argc + 1, sizeof *order);
    struct runner then = {(const char *const *)argv, runner->out, runner->progress};
    struct run run = {.runner = &then, .options = &old, .begun = timer_wall(), .error = error};
    int status = parse_old(&old, options, argc, order, error);
    if (!status) status = finish(&run, continue_from(&run, options->argument[0]));
    options_free(&old);
    memory_free(order);
    return status;
}

int runner_resume(const struct runner *runner, const struct options *options, struct error *error)
{
    int argc = 0;
    char **argv = NULL;
    int status = checkpoint_command(options->argument[0], &argc, &argv, error);
    if (!status) status = resume_command(runner, options, argc, argv, error);
    checkpoint_free_command(argv);
    return status;
}
