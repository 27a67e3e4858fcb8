/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facets: what people can be counted by (state, sex, age group, origin, ...), each a small code of a person read on demand.
   The engine declares those that every run has; models add theirs. A census counts people over all of them together. */
#ifndef WAYFARE_FACET_H
#define WAYFARE_FACET_H

#include <stdint.h>

struct sim;

/* The code of the person in this row, below the facet's count. Reads only. */
typedef uint32_t facet_code(const struct sim *sim, const void *state, uint32_t slot);

struct facet {
    char *name, *doc;
    uint32_t count;
    char **label; /* [count] */
    facet_code *code;
    const void *state; /* handed to code */
};

struct facet_set {
    int count;
    struct facet *facet;
};

/* In open(): takes copies. A name that a trait, or status, has already takes that facet's place; any other name declared twice is a programmer's error. */
void facet_declare(struct sim *sim, const char *name, const char *doc, uint32_t count, const char *const *label, facet_code *code, const void *state);
int facet_find(const struct sim *sim, const char *name); /* -1: none */
void facet_open(struct sim *sim);                        /* the engine's own: state, sex, age_group, origin, status, and the traits with few values */
void facet_close(struct sim *sim);

#endif
