/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results file of a study, out of the outcomes in its store. One thread only: HDF5 asks for it. */
#ifndef WAYFARE_STUDY_RESULTS_H
#define WAYFARE_STUDY_RESULTS_H

#include "study_store.h"

/* failed: [row], whether the run failed. Every row's outcome is in the store. PATH is there whole or not at all. */
int study_results_write(const char *path, const struct study_plan *plan, const struct study_store *store, const bool *failed,
                        const char *const *command, struct error *error);

#endif
