/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is drawn: the study file's list of parameters, and a table of draws that were made elsewhere. */
#ifndef WAYFARE_STUDY_PARAMETERS_H
#define WAYFARE_STUDY_PARAMETERS_H

#include "study_reader.h"

/* Needs .design and .draws of the plan; a table of draws sets .draws, .draws_file and .value. */
int study_parameters_read(struct study_reader *r);
void study_parameters_free(struct study_plan *plan);

#endif
