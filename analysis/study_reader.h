/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the study file's reader share. */
#ifndef WAYFARE_STUDY_READER_H
#define WAYFARE_STUDY_READER_H

#include "study_plan.h"

struct study_reader {
    struct study_plan *plan;
    struct config *config;
    struct error *error;
    struct setup base; /* the scenario alone, to look names up */
};

struct config_node study_reader_setting(struct study_reader *r, const char *name); /* one that is known to be there, for messages */
int study_reader_count(struct study_reader *r, const char *name, enum config_need need, int64_t low, int64_t high, int64_t *value);
/* Index of the word, -1 on error; fallback where the group does not have it. */
int study_reader_word(struct study_reader *r, struct config_node group, const char *name, const char *const *words, int fallback);
/* A group's "name", which is one of a model's parameter. */
int study_reader_param(struct study_reader *r, struct config_node group, const char **name, char **model, const struct param **param);

#endif
