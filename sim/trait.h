/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What new persons are drawn with: named traits whose weights may differ by place. */
#ifndef WAYFARE_TRAIT_H
#define WAYFARE_TRAIT_H

#include <stdint.h>

struct trait {
    char *name; /* "age", "gender", "ethnicity" ... */
    uint32_t values;
    char **label;     /* values */
    double *fallback; /* weights[values], need not sum to 1 */
    uint32_t rows;    /* places with weights of their own */
    uint32_t *place;  /* [rows] */
    double *weight;   /* [rows][values] */
};

struct trait_set {
    uint32_t count;
    struct trait *trait;
};

/* Valid until the next trait is added. Takes copies. */
struct trait *trait_add(struct trait_set *set, const char *name, uint32_t values, const char *const *label, const double *weight);
/* A later row of a place replaces the earlier. */
void trait_add_row(struct trait *trait, uint32_t place, const double *weight);
void trait_free(struct trait_set *set);

#endif
