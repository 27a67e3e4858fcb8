/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a study's parameter stands for in the setup of a run.

       MODEL.PARAMETER       a parameter of a model in force
       policy:NAME.value     the value of every policy of that name, in the arms that have one; all of them act on one lever in one way
       policy:NAME.factor    a factor on the value of every policy of that name
       driver:NAME           a factor on every value of a driver
       column:TABLE.NAME     a factor on a column of the map's tables places, links or states (their further numbers, not km or capacity)
       analysis:NAME         nothing in the run: a number for those who read the results, a share of events that is reported for example

   where = ("Name", ...) holds a driver's or a column's factor to those places, states or links. */
#ifndef WAYFARE_STUDY_TARGET_H
#define WAYFARE_STUDY_TARGET_H

#include "scenarios/scenario_input.h"

enum study_target_kind { STUDY_TARGET_PARAM,
                         STUDY_TARGET_POLICY_VALUE,
                         STUDY_TARGET_POLICY_FACTOR,
                         STUDY_TARGET_DRIVER,
                         STUDY_TARGET_COLUMN,
                         STUDY_TARGET_ANALYSIS };

struct study_target {
    enum study_target_kind kind;
    char *text;                /* as written */
    char *owner;               /* the model, policy, driver or column */
    const struct param *param; /* of the model's table; NULL for the other kinds */
    enum world_of of;          /* of a column */
    uint32_t *cell, cells;     /* of a driver or column; none: all */
};

/* Looked up in the scenario's setup; policies are left to study_target_check(). 0 or -1; study_target_free in either case. */
int study_target_read(struct study_target *target, const char *text, const struct setup *base, struct scenario_at at, struct error *error);
int study_target_where(struct study_target *target, struct config_node where, struct scenario_input *input);
void study_target_free(struct study_target *target);

/* Of "model.parameter": the entry in the table, and the model's name to be freed. */
int study_target_param(const struct setup *base, const char *text, struct scenario_at at, char **model, const struct param **param, struct error *error);

/* Setups of all arms, opened once: is what is meant there, and can it take values from low to high? */
int study_target_check(const struct study_target *target, double low, double high, const struct setup *const *setup, int setups, struct scenario_at at, struct error *error);
const char *study_target_unit(const struct study_target *target, const struct setup *setup); /* setup: opened once */
double study_target_value(const struct study_target *target, const struct setup *setup);     /* without draws: of a policy, else 1; NaN: none */
void study_target_apply(const struct study_target *target, double value, const char *file, struct setup *setup);

#endif
