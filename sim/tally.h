/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integer counts over declared axes. Threads add to private deltas; one reduction per phase makes them visible. */
#ifndef WAYFARE_TALLY_H
#define WAYFARE_TALLY_H

#include "fail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_AXES 4
#define TALLY_LIMIT_BYTES ((size_t)2 << 30) /* refuse above: all deltas of all threads together */

enum tally_kind {
    TALLY_STOCK, /* persons present: carried from day to day */
    TALLY_FLOW   /* movements and events: begins at 0 each day */
};

struct tally_axis {
    char *name; /* "place", "link", "state", "class", "age_group" ... */
    uint32_t size;
    char **label; /* NULL: numbered */
};

struct tally {
    char *name, *unit, *doc;
    enum tally_kind kind;
    bool things;   /* counts things as they are, not persons who stand for several */
    bool by_month; /* many splits: written once a month, not every day */
    int axes;
    int axis[TALLY_AXES]; /* outermost first */
    uint32_t cells;
    size_t offset; /* of its first cell in .value and in each delta row */
};

struct tally_set {
    struct tally_axis *axis;
    int axes;
    struct tally *tally;
    int count;
    size_t cells;   /* of all tallies together */
    int64_t *value; /* after the last reduction; counts of simulated persons (multiply by scale for people) */
    int threads;
    int32_t **delta; /* [thread][cell] */
};

/* Finds or adds; returns its index. */
int tally_axis(struct tally_set *set, const char *name, uint32_t size, const char *const *label);
/* Returns its index. */
int tally_declare(struct tally_set *set, const char *name, const char *unit, const char *doc,
                  enum tally_kind kind, int axes, const int *axis);
/* To be said before tally_open(). */
static inline void tally_of_things(struct tally_set *set, int tally) { set->tally[tally].things = true; }
static inline void tally_by_month(struct tally_set *set, int tally) { set->tally[tally].by_month = true; }
/* People (or things) that one count stands for. */
static inline double tally_scale(const struct tally *tally, double scale) { return tally->things ? 1 : scale; }
/* Prints nothing; refuses above the limit, naming cells and bytes. */
int tally_open(struct tally_set *set, int threads, struct error *error);
int tally_find(const struct tally_set *set, const char *name);
void tally_reduce(struct tally_set *set); /* value += sum of deltas; deltas = 0. The place for a sum over ranks */
void tally_day(struct tally_set *set);    /* flows back to 0 */
void tally_close(struct tally_set *set);

static inline int64_t tally_at(const struct tally_set *set, int tally, uint32_t cell)
{
    return set->value[set->tally[tally].offset + cell];
}
static inline void tally_add(struct tally_set *set, int thread, int tally, uint32_t cell, int32_t n)
{
    set->delta[thread][set->tally[tally].offset + cell] += n;
}
/* In settle(), of a flow that one thread knows whole at the end of the day: the next tally_day() ends it. */
static inline void tally_write(struct tally_set *set, int tally, uint32_t cell, int64_t n)
{
    set->value[set->tally[tally].offset + cell] = n;
}

#endif
