/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"
#include "sim/memory.h"
#include "sim/param.h"
#include <getopt.h>
#include <string.h>

#define BIT(command) (1u << (command))
#define RUNS (BIT(OPTIONS_RUN) | BIT(OPTIONS_FLEE))
#define WRITES (RUNS | BIT(OPTIONS_STUDY))
#define READS (RUNS | BIT(OPTIONS_CHECK))
#define EVERY_COMMAND (BIT(OPTIONS_COMMANDS) - 1u)
#define LONG_BASE 256 /* getopt's codes of our options, above any letter */

struct command {
    const char *name, *arguments, *doc;
    int least, most;
};

static const struct command commands[OPTIONS_COMMANDS] = {
    [OPTIONS_RUN] = {"run", "SCENARIO.cfg", "simulate a scenario", 1, 1},
    [OPTIONS_FLEE] = {"flee", "DIR", "simulate a directory in Flee's input format", 1, 1},
    [OPTIONS_CHECK] = {"check", "SCENARIO.cfg|DIR", "read and check everything, print a summary, write nothing", 1, 1},
    [OPTIONS_RESUME] = {"resume", "FILE.ckpt", "go on from a checkpoint", 1, 1},
    [OPTIONS_INFO] = {"info", "FILE.h5", "say what is in a results file", 1, 1},
    [OPTIONS_DIFF] = {"diff", "A.h5 B.h5", "compare two results files; status 1 where they differ", 2, 2},
    [OPTIONS_STUDY] = {"study", "STUDY.cfg", "run arms, parameter draws and replicates of a scenario; one results file", 1, 1},
    [OPTIONS_PARAMS] = {"params", "[MODEL]", "list the parameters with units, defaults, ranges and sources", 0, 1},
};

enum kind { KIND_FLAG,
            KIND_TEXT,
            KIND_INTEGER,
            KIND_NUMBER,
            KIND_SET };

struct entry {
    const char *name, *value, *doc; /* doc NULL: another name, not listed */
    enum kind kind;
    size_t offset;
    double low, high;
    unsigned commands;
    const char *words; /* of a text that must be one of them: "compat|fixed" */
};

#define FIELD(name) offsetof(struct options, name)
static const struct entry entries[] = {
    {"out", "FILE.h5", "results file (default: results/NAME.h5)", KIND_TEXT, FIELD(out), 0, 0, WRITES, NULL},
    {"output", "FILE.h5", NULL, KIND_TEXT, FIELD(out), 0, 0, RUNS, NULL},
    {"csv", "FILE.csv", "write Flee's out.csv too", KIND_TEXT, FIELD(csv), 0, 0, RUNS, NULL},
    {"settings", "FILE.yml", "Flee's settings (default: DIR/simsetting.yml)", KIND_TEXT, FIELD(settings), 0, 0,
     BIT(OPTIONS_FLEE) | BIT(OPTIONS_CHECK), NULL},
    {"rules", "compat|fixed", "do what Flee does, or what its rules mean (fixed)", KIND_TEXT, FIELD(rules), 0, 0, READS, "compat|fixed"},
    {"days", "N", "days to simulate, instead of the input's", KIND_INTEGER, FIELD(days), 1, 32767, READS, NULL},
    {"seed", "N", "seed of all draws, instead of the input's", KIND_INTEGER, FIELD(seed), 0, 9.2e18, READS, NULL},
    {"scale", "K", "people per simulated person, at least 1", KIND_NUMBER, FIELD(scale), 1, 1e6, READS, NULL},
    {"sample", "Q", "share of persons whose events are written, 0 to 1", KIND_NUMBER, FIELD(sample), 0, 1, READS, NULL},
    {"every", "N", "days between rows of the results", KIND_INTEGER, FIELD(every), 1, 32767, RUNS, NULL},
    {"threads", "N", "threads (default: all processors); results do not depend on it", KIND_INTEGER, FIELD(threads), 1, 4096,
     READS | BIT(OPTIONS_RESUME) | BIT(OPTIONS_STUDY), NULL},
    {"rows", "A-B", "only these of the runs, numbered from 1; a call without --rows writes the file", KIND_TEXT, FIELD(rows), 0, 0,
     BIT(OPTIONS_STUDY), NULL},
    {"checkpoint", "N", "write FILE.h5.ckpt every N days", KIND_INTEGER, FIELD(checkpoint), 1, 32767, RUNS, NULL},
    {"set", "MODEL.PARAMETER=VALUE", "give a parameter another value (repeatable; a list as 1,2,3)", KIND_SET, 0, 0, 0, READS, NULL},
    {"force", NULL, "replace existing results", KIND_FLAG, FIELD(force), 0, 0, WRITES, NULL},
    {"format", "md|cfg|odd", "a table in Markdown, a settings file with the defaults, or an ODD+D document", KIND_TEXT, FIELD(format), 0, 0, BIT(OPTIONS_PARAMS),
     "md|cfg|odd"},
    {"help", NULL, "print this", KIND_FLAG, FIELD(help), 0, 0, EVERY_COMMAND, NULL},
};
enum { ENTRIES = sizeof entries / sizeof *entries };

/* ---- values ---- */

static int fail_value(const struct entry *entry, const char *text, struct error *error)
{
    if (entry->words) return fail(error, FAIL_USAGE, "--%s: expected one of %s, found '%s'", entry->name, entry->words, text);
    const char *kind = entry->kind == KIND_INTEGER ? "a whole number" : "a number";
    return fail(error, FAIL_USAGE, "--%s: expected %s from %g to %g, found '%s'", entry->name, kind, entry->low, entry->high, text);
}

static bool one_of(const char *words, const char *text)
{
    size_t length = strlen(text);
    for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strcspn(at, "|") == length && !strncmp(at, text, length)) return true;
    return false;
}

/* "model.parameter=value" */
static int add_set(struct options *options, const char *text, struct error *error)
{
    size_t name = strcspn(text, "="), model = strcspn(text, ".");
    if (!text[name] || model == 0 || model + 1 >= name || !text[name + 1])
        return fail(error, FAIL_USAGE, "--set: expected MODEL.PARAMETER=VALUE, found '%s'", text);
    options->set = memory_grow(options->set, (size_t)options->sets, (size_t)options->sets + 1, sizeof *options->set);
    struct options_set *set = &options->set[options->sets++];
    set->model = memory_format("%.*s", (int)model, text);
    set->parameter = memory_format("%.*s", (int)(name - model - 1), text + model + 1);
    set->value = memory_text(text + name + 1);
    return 0;
}

static int store_integer(const struct entry *entry, const char *text, int64_t *value, struct error *error)
{
    bool wrong = param_parse_integer(text, value) || (double)*value < entry->low || (double)*value > entry->high;
    if (wrong) return fail_value(entry, text, error);
    return 0;
}

static int store_number(const struct entry *entry, const char *text, double *value, struct error *error)
{
    if (param_parse_number(text, value) || *value < entry->low || *value > entry->high) return fail_value(entry, text, error);
    return 0;
}

static int store_text(const struct entry *entry, const char *text, const char **value, struct error *error)
{
    if (!text[0]) return fail(error, FAIL_USAGE, "--%s: expected %s, found nothing", entry->name, entry->value);
    if (entry->words && !one_of(entry->words, text)) return fail_value(entry, text, error);
    *value = text;
    return 0;
}

static int store(struct options *options, const struct entry *entry, const char *text, struct error *error)
{
    void *field = (char *)options + entry->offset;
    switch (entry->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return 0;
    case KIND_TEXT:
        return store_text(entry, text, field, error);
    case KIND_INTEGER:
        return store_integer(entry, text, field, error);
    case KIND_NUMBER:
        return store_number(entry, text, field, error);
    case KIND_SET:
        return add_set(options, text, error);
    }
    return 0;
}

/* ---- the line ---- */

static int fail_command(const char *word, struct error *error)
{
    const char *names[OPTIONS_COMMANDS];
    char hint[96];
    for (int i = 0; i < OPTIONS_COMMANDS; i++) names[i] = commands[i].name;
    return fail(error, FAIL_USAGE, "unknown command '%s'%s", word, fail_nearest(hint, word, names, OPTIONS_COMMANDS));
}

/* OPTIONS_COMMANDS where there is none. */
static enum options_command find_command(const char *word)
{
    int i = 0;
    while (i < OPTIONS_COMMANDS && strcmp(commands[i].name, word)) i++;
    return (enum options_command)i;
}

bool options_is_command(const char *word) { return find_command(word) != OPTIONS_COMMANDS; }

/* getopt's list for this command; a code leads back to the entry. */
static void long_options(enum options_command command, struct option *list)
{
    int count = 0;
    for (int i = 0; i < ENTRIES; i++) {
        if (!(entries[i].commands & BIT(command))) continue;
        list[count++] = (struct option){entries[i].name, entries[i].value ? required_argument : no_argument, NULL, LONG_BASE + i};
    }
    list[count] = (struct option){0};
}

/* " (did you mean '--seed'?)" for a misspelt "--sede=4". */
static void nearest_option(char hint[96], enum options_command command, const char *text)
{
    char names[ENTRIES][24];
    const char *list[ENTRIES];
    size_t count = 0;
    for (int i = 0; i < ENTRIES; i++) {
        if (!(entries[i].commands & BIT(command))) continue;
        snprintf(names[count], sizeof names[count], "--%s", entries[i].name);
        list[count] = names[count];
        count++;
    }
    char *word = memory_format("%.*s", (int)strcspn(text, "="), text);
    fail_nearest(hint, word, list, count);
    memory_free(word);
}

static int fail_option(enum options_command command, const char *text, int code, struct error *error)
{
    char hint[96];
    if (code >= LONG_BASE) return fail(error, FAIL_USAGE, "option '--%s' takes no value", entries[code - LONG_BASE].name);
    if (code) return fail(error, FAIL_USAGE, "unknown option '-%c'", code);
    nearest_option(hint, command, text);
    return fail(error, FAIL_USAGE, "unknown option '%s'%s", text, hint);
}

static int parse_option(struct options *options, int code, char *const *argv, struct error *error)
{
    if (code == 'h') return options->help = true, 0;
    if (code == '?') return fail_option(options->command, argv[optind - 1], optopt, error);
    if (code == ':' && optopt < LONG_BASE) return fail_option(options->command, argv[optind - 1], optopt, error);
    if (code == ':')
        return fail(error, FAIL_USAGE, "option '--%s' needs a value: %s", entries[optopt - LONG_BASE].name, entries[optopt - LONG_BASE].value);
    return store(options, &entries[code - LONG_BASE], optarg, error);
}

static int take_arguments(struct options *options, int count, char *const *argument, struct error *error)
{
    const struct command *command = &commands[options->command];
    if (options->help) return 0;
    if (count < command->least) return fail(error, FAIL_USAGE, "expected %s", command->arguments);
    if (count > command->most) return fail(error, FAIL_USAGE, "unexpected argument '%s'", argument[command->most]);
    for (int i = 0; i < count; i++) options->argument[i] = argument[i];
    options->arguments = count;
    return 0;
}

int options_parse(struct options *options, int argc, char *const *argv, struct error *error)
{
    struct option list[ENTRIES + 1];
    *options = (struct options){.seed = -1, .scale = -1, .sample = -1};
    if (argc < 2) return fail(error, FAIL_USAGE, "expected a command");
    options->command = find_command(argv[1]);
    if (options->command == OPTIONS_COMMANDS) return fail_command(argv[1], error);
    long_options(options->command, list);
    optind = 0; /* getopt begins anew: a resumed run parses the line it was started with */
    opterr = 0;
    for (;;) {
        int code = getopt_long(argc - 1, argv + 1, ":h", list, NULL);
        if (code == -1) break;
        if (parse_option(options, code, argv + 1, error)) return -1;
    }
    return take_arguments(options, argc - 1 - optind, argv + 1 + optind, error);
}

void options_free(struct options *options)
{
    for (int i = 0; i < options->sets; i++) {
        memory_free(options->set[i].model);
        memory_free(options->set[i].parameter);
        memory_free(options->set[i].value);
    }
    memory_free(options->set);
    options->set = NULL;
    options->sets = 0;
}

/* ---- help ---- */

void options_help_all(FILE *out)
{
    fprintf(out, "usage: wayfare COMMAND ...\n\nTests migration policy on synthetic people. Commands:\n");
    for (int i = 0; i < OPTIONS_COMMANDS; i++) fprintf(out, "  %-7s %-17s %s\n", commands[i].name, commands[i].arguments, commands[i].doc);
    fprintf(out, "\n'wayfare COMMAND --help' lists the options of a command; 'wayfare --version' says what was built.\n"
                 "Status: 0 done, 1 run-time failure (diff: files differ), 2 command line, 3 invalid input, 4 output,\n"
                 "5 internal contradiction, 75 stopped after a checkpoint: resume.\n");
}

static void help_entry(const struct entry *entry, FILE *out)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", entry->name, entry->value ? " " : "", entry->value ? entry->value : "");
    fprintf(out, "  %-28s %s\n", left, entry->doc);
}

void options_help(enum options_command command, FILE *out)
{
    fprintf(out, "usage: wayfare %s %s [options]\n\n%s\n\n", commands[command].name, commands[command].arguments, commands[command].doc);
    for (int i = 0; i < ENTRIES; i++)
        if (entries[i].doc && entries[i].commands & BIT(command)) help_entry(&entries[i], out);
    if (RUNS & BIT(command)) fprintf(out,
                                     "\nSignals: USR1 writes a checkpoint and goes on; TERM, INT and USR2 write one and stop with status 75.\n");
}
