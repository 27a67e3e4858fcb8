/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of parameters. A random draw is addressed by (seed, draw, name): more draws or parameters leave it as it is. A Latin
   hypercube has every parameter once in each of as many equally likely strata as there are draws, and depends on their number. */
#ifndef WAYFARE_STUDY_DRAW_H
#define WAYFARE_STUDY_DRAW_H

#include "study_target.h"

enum study_design { STUDY_NONE,
                    STUDY_RANDOM,
                    STUDY_LATIN,
                    STUDY_FILE }; /* values stand in a table */
enum study_distribution { STUDY_UNIFORM,
                          STUDY_LOGUNIFORM,
                          STUDY_TRIANGULAR };

struct study_parameter {
    char *name; /* of its column in tables of draws: as the target is written, or another */
    bool whole; /* whole numbers only */
    enum study_distribution distribution;
    double low, high, mode; /* mode: of a triangular one */
    struct study_target target;
    char *file; /* where it was named */
    int line;
};

/* The value below which a share u of the distribution lies, 0 < u < 1; whole numbers are rounded from low - 1/2 to high + 1/2. */
double study_draw_quantile(const struct study_parameter *parameter, double u);
/* value[draw][parameter]; the design is random or latin. */
void study_draw_fill(const struct study_parameter *parameter, int parameters, enum study_design design, uint64_t seed, int64_t draws,
                     double *value);

#endif
