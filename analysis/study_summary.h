/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arms held against the reference, run by run: pairs share their seed and their draw.

   d(i) = y(arm, i) - y(reference, i) over pairs i in which both runs have the value. Standard error: with one draw sd(d) / sqrt(n);
   with several the draws are what is independent: sd over draws of the mean of d in the draw, / sqrt(draws) (with a Latin
   hypercube rather too large). Variance ratio: var(d) / (var y(arm) + var y(reference)): below 1, pairing has paid. */
#ifndef WAYFARE_STUDY_SUMMARY_H
#define WAYFARE_STUDY_SUMMARY_H

#include <stdint.h>

struct study_summary {
    double mean; /* of the arm's own values in the pairs */
    double difference, standard_error, low, high, variance_ratio;
    int32_t pairs;
};

/* Values by draw and replicate, NaN where there is none. Numbers that cannot be had are NaN. */
struct study_summary study_summary_of(const double *arm, const double *reference, int64_t draws, int64_t replicates);

#endif
