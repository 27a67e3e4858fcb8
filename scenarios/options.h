/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one table of commands, one of options; parsing, --help and messages come from them. */
#ifndef WAYFARE_OPTIONS_H
#define WAYFARE_OPTIONS_H

#include "sim/fail.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum options_command { OPTIONS_RUN,
                       OPTIONS_FLEE,
                       OPTIONS_CHECK,
                       OPTIONS_RESUME,
                       OPTIONS_INFO,
                       OPTIONS_DIFF,
                       OPTIONS_PARAMS,
                       OPTIONS_STUDY,
                       OPTIONS_COMMANDS };

/* "model.parameter=value", cut in three. */
struct options_set {
    char *model, *parameter, *value;
};

/* Texts are borrowed from argv, except those of the sets. */
struct options {
    enum options_command command;
    const char *argument[2];
    int arguments;
    const char *settings, *out, *csv, *rules, *format, *rows; /* NULL: not given */
    int64_t days, threads, every, checkpoint;                 /* 0: not given */
    int64_t seed;                                             /* -1: not given */
    double scale, sample;                                     /* -1: not given */
    bool force, help;
    struct options_set *set;
    int sets;
};

/* argv[1] is the command. 0, or -1 with FAIL_USAGE; options_free in either case. */
int options_parse(struct options *options, int argc, char *const *argv, struct error *error);
void options_free(struct options *options);
bool options_is_command(const char *word);

void options_help_all(FILE *out);
void options_help(enum options_command command, FILE *out);

#endif
