/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameter-table mechanism. A parameter is named in one table: parsing, checks, --help, the defaults file and the
   manual come from it. Values are written straight into the owner's struct at .offset. */
#ifndef WAYFARE_PARAM_H
#define WAYFARE_PARAM_H

#include "fail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum param_kind {
    PARAM_END = 0, /* sentinel */
    PARAM_NUMBER,  /* double */
    PARAM_INTEGER, /* int64_t */
    PARAM_FLAG,    /* bool */
    PARAM_CHOICE,  /* int: index into the words of .choices ("compat|fixed") */
    PARAM_LIST,    /* struct param_list of doubles */
    PARAM_TEXT     /* char *: a name; NULL where it is empty, as by default */
};

struct param_list {
    double *value;
    int count; /* 0: not given */
};

struct param {
    const char *name;
    enum param_kind kind;
    size_t offset;                   /* of the field in the owner's struct */
    const char *unit, *doc, *source; /* unit "1" for none; source: a citation, or "assumption: ..." */
    double fallback, low, high;      /* of every item for a list; a list's fallback is empty */
    const char *choices;             /* PARAM_CHOICE only */
    const char *distribution;        /* of a study's draws: "uniform", "loguniform", "triangular"; NULL: not drawn */
};

/* One value as a reader found it: text of a word or number, or a list; where it stood. */
struct param_given {
    char *owner, *name; /* model (or "run") and key */
    char *text;         /* "0.25", "true", "compat"; NULL where .list is used */
    struct param_list list;
    char *file;
    int line;
    bool used;
};

/* Fill every field of base with its fallback. */
void param_defaults(const struct param *table, void *base);

/* Check one given value against the table and store it. 0, or -1 with file, line, expectation and the nearest name. */
int param_store(const struct param *table, void *base, const struct param_given *given, struct error *error);

void param_release(const struct param *table, void *base); /* frees lists and texts */
const struct param *param_find(const struct param *table, const char *name);
/* The value now in base as text, for provenance and the resolved file. */
void param_text(const struct param *entry, const void *base, char *text, size_t size);
/* Whole texts to numbers: "5", "-2.5e3"; inf, nan, hex, trailing letters are refused. 0 or -1. */
int param_parse_number(const char *text, double *value);
int param_parse_integer(const char *text, int64_t *value);

#endif
