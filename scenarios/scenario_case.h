/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of the case graph share. Names are taken in a first pass, so that any item may refer to any other. */
#ifndef WAYFARE_SCENARIO_CASE_H
#define WAYFARE_SCENARIO_CASE_H

#include "scenario_input.h"
#include "sim/wait.h"

#define SCENARIO_CASE_RATE WAIT_CERTAIN /* the most, per day: the engine cuts hazards there */
#define SCENARIO_CASE_DAYS 32767.0
#define SCENARIO_CASE_AMOUNT 1e9

struct scenario_case {
    struct scenario_input *input;
    struct casegraph *graph;
    struct error *error;
};

/* One number of an item, and of what a state may have instead. */
struct scenario_case_field {
    const char *key, *lever; /* lever NULL: the same in every state */
    size_t offset;           /* of the double */
    double low, high;
    bool whole;
};

/* Absent settings leave *value, which is the default, as it is. 0 or -1. */
int scenario_case_number(struct scenario_case *r, struct config_node group, const struct scenario_case_field *field, double *value);
int scenario_case_numbers(struct scenario_case *r, struct config_node group, const struct scenario_case_field *fields, void *item);
int scenario_case_word(struct scenario_case *r, struct config_node group, const char *key, const char *const *words, int *value);
/* An item of the case graph by name; absent: *found stays. */
int scenario_case_item(struct scenario_case *r, struct config_node group, const char *key, enum scenario_over over, int *found);
int scenario_case_code(struct scenario_case *r, struct config_node group, const char *key, enum scenario_over over, uint8_t *found);
/* Refuses a service of the other kind. */
int scenario_case_kind(struct scenario_case *r, struct config_node group, const char *key, int service, bool places);
/* Refuses a key that means nothing without another. */
int scenario_case_only_with(struct scenario_case *r, struct config_node group, const char *key, bool has, const char *other);
int scenario_case_doc(struct scenario_case *r, struct config_node group, char **doc);

int scenario_stage_read(struct scenario_case *r, struct config_node group, struct casegraph_stage *stage);
int scenario_placement_read(struct scenario_case *r, struct config_node group, int item);
/* The value of a lever in one state, from a group of `by_state`. */
void scenario_case_give(struct scenario_case *r, const char *lever, bool of_service, int item, uint32_t state, double value);
/* Each group of `by_state`: its state, which no other group of the list has. read does the rest. */
typedef int scenario_case_by_state(struct scenario_case *r, struct config_node group, int item, uint32_t state);
int scenario_case_states(struct scenario_case *r, struct config_node group, int item, scenario_case_by_state *read);
int scenario_case_given(struct scenario_case *r, struct config_node group, const struct scenario_case_field *fields, bool of_service, int item,
                        uint32_t state);

#endif
