/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A policy is data: (lever, where, set | multiply | add, value, from, to, or a rule on yesterday's indicators).
   Each day every lever starts from its baseline; policies apply in the order set, multiply, add. No undo. */
#ifndef WAYFARE_LEVER_H
#define WAYFARE_LEVER_H

#include "fail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lever_over { LEVER_GLOBAL,
                  LEVER_STATE,
                  LEVER_PLACE,
                  LEVER_LINK,
                  LEVER_PLACEMENT, /* this and the next three: item of the case graph x state, cell = item * states + state */
                  LEVER_SERVICE,
                  LEVER_STAGE,
                  LEVER_STATUS,
                  LEVER_OVERS };

/* Declared by a model in a table that ends with name == NULL. */
struct lever {
    const char *name, *unit, *doc;
    double fallback, min, max;
    enum lever_over over;
};

/* The legal flag of a lever: what a value outside least .. most permits, for labels ("children may be detained"). */
struct lever_right {
    const char *lever, *breaks;
    double least, most;
};

enum lever_operation { LEVER_SET,
                       LEVER_MULTIPLY,
                       LEVER_ADD };

struct lever_policy {
    char *name; /* of the policy, for messages */
    char *lever;
    int64_t cell;   /* the first; -1: everywhere */
    uint32_t cells; /* from there on; 0 is 1 */
    enum lever_operation operation;
    double value;
    int32_t from, to; /* days, to exclusive; to < 0: until the end */
    char *indicator;  /* NULL: by date only; else in force while yesterday's indicator is above (or below) the threshold */
    bool below;
    double threshold;
    char *file; /* where it was written */
    int line;
};

struct lever_set {
    const struct lever **lever;
    uint32_t count;
    uint32_t *cells;
    double **baseline, **today; /* [lever][cell] */
    struct lever_policy *policy;
    uint32_t policies;
    int32_t *policy_lever; /* resolved by lever_finish */
    struct lever_right *right;
    uint32_t rights;
};

/* Yesterday's indicators by name: value, or NaN where unknown. */
typedef double lever_indicator(void *context, const char *name);

/* Returns its index; baseline = fallback. Declared again (by a second run of the same setup), the lever begins afresh. */
int lever_declare(struct lever_set *set, const struct lever *lever, uint32_t cells);
int lever_find(const struct lever_set *set, const char *name);            /* -1: none */
void lever_add_policy(struct lever_set *set, struct lever_policy policy); /* takes copies of the texts */
/* Refuses unknown levers, cells and indicators (known gives NaN), and two sets on one cell at once. */
int lever_finish(struct lever_set *set, lever_indicator *known, void *context, struct error *error);
void lever_add_right(struct lever_set *set, struct lever_right right); /* keeps the texts; the same lever again: nothing */
/* What the baselines and policies of the run permit beyond the lawful, each once, joined by "; ". Returns text, "" where nothing. */
char *lever_legal(const struct lever_set *set, char *text, size_t room);
void lever_day(struct lever_set *set, int32_t day, lever_indicator *indicator, void *context);
static inline double lever_value(const struct lever_set *set, int lever, uint32_t cell) { return set->today[lever][cell]; }
void lever_free(struct lever_set *set);

#endif
