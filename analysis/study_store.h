/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outcomes of finished runs in the folder OUT.runs, one file each, named after what decides it. A file is there whole or not
   at all, and says so by its SHA-256. Any number of threads and processes may write. */
#ifndef WAYFARE_STUDY_STORE_H
#define WAYFARE_STUDY_STORE_H

#include "study_outcome.h"

struct study_store {
    char *folder;
    const struct study_layout *layout;
};

int study_store_open(struct study_store *store, const char *out, const struct study_layout *layout, struct error *error); /* makes the folder */
void study_store_close(struct study_store *store);
void study_store_remove(const struct study_store *store); /* the folder and what was written into it */

int study_store_write(const struct study_store *store, const char *identity, const struct study_outcome *outcome, struct error *error);
/* False where there is none, or none that is whole. */
bool study_store_read(const struct study_store *store, const char *identity, struct study_outcome *outcome);
void study_store_forget(const struct study_store *store, const char *identity);

#endif
