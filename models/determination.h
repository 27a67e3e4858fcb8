/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a decision on a case comes to: the hidden class seen through the accuracy of the office that decides. */
#ifndef WAYFARE_DETERMINATION_H
#define WAYFARE_DETERMINATION_H

#include "models/docket.h"

struct determination;
extern const struct model determination_model; /* "determination", named before "case" in a scenario */

/* The outcome of a stage, an index into stage->outcome. error: factor on both chances of a wrong finding, of the placement.
   determination NULL: weights by the true class. spell: which decision of this stage of this person. */
int determination_outcome(const struct determination *determination, const struct docket_person *a, int stage, double error, uint32_t spell);
/* Is this status wrong for the person today? -1 a wrong refusal, 1 a wrong grant, 0 neither. */
int determination_wrong(const struct docket_person *a, uint8_t status);

#endif
