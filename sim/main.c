/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front door: commands, exit statuses, and what must be set once for the whole process. */
#include "analysis/study.h"
#include "output/inspect.h"
#include "scenarios/manual.h"
#include "scenarios/runner.h"
#include "sim/memory.h"
#include "sim/version.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

static int write_version(void)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    printf("wayfare %s\ncompiler %s\nHDF5 %u.%u.%u, GSL %s, libconfig %d.%d.%d, libyaml %s\n", WAYFARE_VERSION, __VERSION__, major, minor,
           release, gsl_version,
           LIBCONFIG_VER_MAJOR, LIBCONFIG_VER_MINOR, LIBCONFIG_VER_REVISION, yaml_get_version_string());
    return 0;
}

/* Results files are inputs here, whatever their reader calls them. */
static int as_input(struct error *error)
{
    if (error->status == FAIL_OUTPUT) error->status = FAIL_INPUT;
    return -1;
}

/* A diff that finds something ends with status 1 and no message. */
static int compare(const struct options *options, struct error *error)
{
    int status = inspect_diff(options->argument[0], options->argument[1], stdout, error);
    if (status < 0) return as_input(error);
    return status ? fail(error, FAIL_RUN, "%s", "") : 0;
}

static int study(const struct options *options, const char *const *command, struct error *error)
{
    const struct study_order order = {
        .path = options->argument[0],
        .out = options->out,
        .rows = options->rows,
        .threads = (int)options->threads,
        .force = options->force,
        .command = command,
        .say = stdout,
        .progress = stderr,
    };
    return study_run(&order, error);
}

static int obey(const struct options *options, const char *const *command, struct error *error)
{
    const struct runner runner = {.command = command, .out = stdout, .progress = stderr};
    if (options->help) return options_help(options->command, stdout), 0;
    switch (options->command) {
    case OPTIONS_RUN:
    case OPTIONS_FLEE:
        return runner_run(&runner, options, error);
    case OPTIONS_CHECK:
        return runner_check(&runner, options, error);
    case OPTIONS_RESUME:
        return runner_resume(&runner, options, error);
    case OPTIONS_INFO:
        return inspect_info(options->argument[0], stdout, error) ? as_input(error) : 0;
    case OPTIONS_DIFF:
        return compare(options, error);
    case OPTIONS_PARAMS:
        return manual_write(options->argument[0], options->format, stdout, error);
    case OPTIONS_STUDY:
        return study(options, command, error);
    case OPTIONS_COMMANDS:
        break;
    }
    return fail(error, FAIL_USAGE, "expected a command");
}

/* Parsing moves argv's texts about; the command is kept as it was typed. */
static int command_line(int argc, char **argv, struct error *error)
{
    struct options options;
    char **order = memory_copy(argv, (size_t)argc + 1, sizeof *order);
    int status = options_parse(&options, argc, order, error);
    if (!status) status = obey(&options, (const char *const *)argv, error);
    options_free(&options);
    memory_free(order);
    return status;
}

static int tell(const struct error *error, const char *word)
{
    if (error->text[0]) fprintf(stderr, "wayfare: %s\n", error->text);
    if (error->status == FAIL_USAGE) fprintf(stderr, "Try 'wayfare%s%s --help'.\n", word ? " " : "", word ? word : "");
    return (int)error->status;
}

/* libgomp reads the policy before main(): waiting threads that spin would slow down runs side by side. */
static void wait_passively(char **argv)
{
    if (getenv("OMP_WAIT_POLICY")) return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv);
}

static void silence_libraries(void)
{
    gsl_set_error_handler_off();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    const char *word = argc > 1 ? argv[1] : "";
    wait_passively(argv);
    silence_libraries();
    if (!strcmp(word, "--help") || !strcmp(word, "-h")) options_help_all(stdout);
    else if (!strcmp(word, "--version")) write_version();
    else command_line(argc, argv, &error);
    if (fflush(stdout) || ferror(stdout)) fail(&error, FAIL_OUTPUT, "standard output cannot be written");
    return error.status ? tell(&error, options_is_command(word) ? word : NULL) : 0;
}
