/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What new persons are drawn with: named traits whose weights may differ by the value of an earlier trait and by place. */
#ifndef WAYFARE_TRAIT_H
#define WAYFARE_TRAIT_H

#include <stdbool.h>
#include <stdint.h>

#define TRAIT_MOST 64 /* in a set */
#define TRAIT_NONE (-1)

/* Where a row of weights holds; a later one goes before an earlier one. */
enum trait_over { TRAIT_ANYWHERE,
                  TRAIT_STATE,
                  TRAIT_PLACE };

/* What of the person's row the value fills too. */
enum trait_fills { TRAIT_FILLS_NOTHING,
                   TRAIT_FILLS_SEX,
                   TRAIT_FILLS_BIRTH };

struct trait {
    char *name; /* "age", "gender", "ethnicity" ... */
    enum trait_fills fills;
    bool by_party;     /* drawn by the party's id, so that all members are alike */
    bool counted;      /* by place and day, where its values are few; else kept only */
    int given;         /* the earlier trait that the weights depend on, or TRAIT_NONE; of a trait by party one by party */
    uint32_t cases;    /* case 0: any value of the given trait that has no case of its own */
    uint32_t *case_of; /* [values of the given trait]; NULL without one */
    uint32_t values;
    char **label;     /* values */
    double *fallback; /* weights[values] of case 0 anywhere, need not sum to 1 */
    uint32_t rows;    /* further weights, each of one case */
    uint32_t *in_case;
    enum trait_over *over;
    uint32_t *place; /* [rows]; a state where .over says so, 0 for anywhere */
    double *weight;  /* [rows][values] */
};

struct trait_set {
    uint32_t count;
    uint32_t age; /* number + 1 of the trait called "age"; 0: none */
    struct trait *trait;
};

/* Valid until the next trait is added. Takes copies. */
struct trait *trait_add(struct trait_set *set, const char *name, uint32_t values, const char *const *label, const double *weight);
/* The weights of the trait added last depend on the value of an earlier one. */
void trait_depend(struct trait_set *set, int given);
/* This value of the given trait has weights of its own from now on; returns the case's number. Rows of it must say what holds anywhere. */
uint32_t trait_add_case(struct trait *trait, uint32_t given_value);
/* A later row of the same case and place replaces the earlier. */
void trait_add_row(struct trait *trait, uint32_t place, const double *weight); /* of case 0 at a place */
void trait_add_weights(struct trait *trait, uint32_t in_case, enum trait_over over, uint32_t cell, const double *weight);
void trait_free(struct trait_set *set);

int trait_find(const struct trait_set *set, const char *name);          /* TRAIT_NONE: none */
int64_t trait_find_value(const struct trait *trait, const char *label); /* -1: none */

#endif
