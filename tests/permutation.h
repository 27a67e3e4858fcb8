/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are two samples of runs from one distribution? Every run is an array of cells (camps x days); labels are permuted. */
#ifndef WAYFARE_PERMUTATION_H
#define WAYFARE_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

struct permutation {
    double statistic; /* the largest |difference of means| / max(pooled standard deviation, 1 person) over the cells */
    double p;         /* share of labellings, ours included, with a statistic as large */
    size_t cell;      /* where it was */
    double square;    /* mean over the cells of (difference of means / max(pooled standard deviation, 1 person)) squared */
    double square_p;
    size_t compared; /* cells where both standard deviations exceed 1 person */
    size_t out;      /* of these, cells whose ratio of standard deviations is outside 0.5 to 2 */
    double out_p;    /* share of labellings, ours included, with as many cells out */
    double ratio;    /* root mean square over the compared cells of a's standard deviation, by that of b's */
    double ratio_p;  /* share of labellings with a ratio as far from 1, either way */
};

/* a[runs_a][cells] against b[runs_b][cells], two runs or more in each. */
struct permutation permutation_test(const double *a, size_t runs_a, const double *b, size_t runs_b, size_t cells, int labellings,
                                    uint64_t seed);

#endif
