/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the scenario reader share: files by name with their fingerprints, days and dates, names of cells. */
#ifndef WAYFARE_SCENARIO_INPUT_H
#define WAYFARE_SCENARIO_INPUT_H

#include "config.h"
#include "csv.h"
#include "sim/setup.h"

struct scenario_input {
    struct setup *setup;
    struct config *config;
    struct error *error;
};

/* A position in a text file, for messages. */
struct scenario_at {
    const char *file;
    int line;
};

/* What a name may stand for; a link is written "From>To". */
enum scenario_over { SCENARIO_GLOBAL,
                     SCENARIO_PLACE,
                     SCENARIO_STATE,
                     SCENARIO_LINK,
                     SCENARIO_PLACEMENT, /* this and the next three: items of the case graph */
                     SCENARIO_SERVICE,
                     SCENARIO_STAGE,
                     SCENARIO_STATUS };

struct scenario_at scenario_input_at(struct config_node node);
struct scenario_at scenario_input_row(const struct csv *csv, int row);
struct scenario_at scenario_input_header(const struct csv *csv);

int scenario_input_record(struct scenario_input *input, const char *path); /* one more input, with its SHA-256 */
/* Reads the table that setting `name` of the group names; *csv is empty where an optional one is absent. */
int scenario_input_table(struct scenario_input *input, struct config_node group, const char *name, enum config_need need, struct csv *csv);

/* "2015-06-01" or a whole number of days from the start; days may lie outside the run. */
int scenario_input_day(struct scenario_input *input, const char *text, struct scenario_at at, int32_t *day);
int scenario_input_day_setting(struct scenario_input *input, struct config_node group, const char *name, enum config_need need,
                               int32_t *day);
/* 0, or -1 where the day is not a day of the run. */
int scenario_input_inside(struct scenario_input *input, int32_t day, struct scenario_at at);

/* The cell of that name (of the case graph: the item), or an error with the nearest one. */
int scenario_input_cell(struct scenario_input *input, enum scenario_over over, const char *name, struct scenario_at at, uint32_t *cell);
/* The cells of a lever from *cell on; of the case graph "item" is that in every state, "item@state" in one. */
int scenario_input_cells(struct scenario_input *input, enum scenario_over over, const char *name, struct scenario_at at, uint32_t *cell,
                         uint32_t *cells);
/* Index of a word among those ending with NULL, or -1 with an error that lists them. what: "over", "method" ... */
int scenario_input_word(struct scenario_input *input, const char *what, const char *word, const char *const *words, struct scenario_at at);
/* yes | no; a blank field leaves *flag as it is. */
int scenario_input_yes(struct scenario_input *input, const struct csv *csv, int row, int column, bool *flag);

int scenario_world_read(struct scenario_input *input);
int scenario_drivers_read(struct scenario_input *input);
int scenario_traits_read(struct scenario_input *input);
int scenario_case_read(struct scenario_input *input);
int scenario_policies_read(struct scenario_input *input);
int scenario_policies_read_from(struct scenario_input *input, struct config_node group); /* its "policies"; the file may be another */
int scenario_models_read(struct scenario_input *input);

#endif
