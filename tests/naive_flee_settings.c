/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee_inside.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name;
    size_t offset;
    double fallback;
};

#define AT(field) #field, offsetof(struct naive_flee_settings, field)

static const struct entry numbers[] = {
    {AT(conflict_weight), 0.31622776601683794}, /* 10^-1/2 */
    {AT(camp_weight), 1},
    {AT(foreign_weight), 1},
    {AT(conflict_movechance), 1},
    {AT(camp_movechance), 0.001},
    {AT(idpcamp_movechance), 0.1},
    {AT(default_movechance), 0.3},
    {AT(movechance_pop_base), 10000},
    {AT(movechance_pop_scale_factor), 0},
    {AT(conflict_spawn_decay_interval), 30},
    {AT(displaced_per_conflict_day), NAN}, /* depends on the mode */
    {AT(awareness_level), 1},
    {AT(softening), 10},
    {AT(distance_power), 1},
    {AT(weight_softening), 0},
    {AT(weight_power), 1},
    {AT(pruning_threshold), 1},
    {AT(capacity_buffer), 0.9},
    {AT(capacity_scaling), 1},
    {AT(max_move_speed), 360},
    {AT(max_walk_speed), 35},
    {AT(pop_power_for_loc_weight), 0.1},
};

static const struct entry flags[] = {
    {AT(insert_day0), 1},
    {AT(sum_from_camps), 1},
    {AT(empty_camps_on_day0), 0},
    {AT(take_from_population), 0},
    {AT(conflict_zone_spawning_only), 1},
    {AT(use_pop_for_loc_weight), 0},
    {AT(avoid_short_stints), 0},
    {AT(start_on_foot), 0},
};

enum { NUMBERS = sizeof numbers / sizeof *numbers,
       FLAGS = sizeof flags / sizeof *flags };

static void set_fallbacks(struct naive_flee_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    for (int i = 0; i < NUMBERS; i++) *(double *)((char *)settings + numbers[i].offset) = numbers[i].fallback;
    for (int i = 0; i < FLAGS; i++) *(bool *)((char *)settings + flags[i].offset) = flags[i].fallback > 0;
}

static const struct entry *find(const struct entry *table, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

static int read_number(double *value, const struct param_given *given, struct error *error)
{
    char *end;
    *value = strtod(given->text, &end);
    if (end == given->text || *end)
        return fail_at(error, given->file, given->line, "%s: expected a number, found '%s'", given->name, given->text);
    return 0;
}

static int read_flag(bool *value, const struct param_given *given, struct error *error)
{
    *value = strcmp(given->text, "true") == 0;
    if (*value || strcmp(given->text, "false") == 0) return 0;
    return fail_at(error, given->file, given->line, "%s: expected true or false, found '%s'", given->name, given->text);
}

/* Who gives a mode wants people to come with conflict instead of by the data. */
static int read_mode(struct naive_flee_settings *settings, const struct param_given *given, struct error *error)
{
    static const char *const word[] = {"constant", "pop_ratio", "poisson"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(given->text, word[i]) != 0) continue;
        settings->spawn_mode = (enum naive_flee_spawn_mode)i;
        settings->conflict_driven_spawning = true;
        return 0;
    }
    return fail_at(error, given->file, given->line, "%s: unknown mode '%s'", given->name, given->text);
}

static int read_one(struct naive_flee_settings *settings, const struct param_given *given, struct error *error)
{
    const struct entry *number = find(numbers, NUMBERS, given->name), *flag = find(flags, FLAGS, given->name);
    if (number) return read_number((double *)((char *)settings + number->offset), given, error);
    if (flag) return read_flag((bool *)((char *)settings + flag->offset), given, error);
    if (strcmp(given->name, "spawn_mode") == 0) return read_mode(settings, given, error);
    if (strcmp(given->name, "rules") == 0) return 0; /* the options say */
    if (strcmp(given->name, "conflict_spawn_decay") != 0)
        return fail_at(error, given->file, given->line, "the naive engine does not know the parameter '%s'", given->name);
    settings->decay = given->list.value;
    settings->decays = given->list.count;
    return 0;
}

int naive_flee_settings_read(struct naive_flee_settings *settings, const struct setup *setup, struct error *error)
{
    set_fallbacks(settings);
    for (int i = 0; i < setup->givens; i++)
        if (strncmp(setup->given[i].owner, "flee_", 5) == 0 && read_one(settings, &setup->given[i], error)) return -1;
    if (isnan(settings->displaced_per_conflict_day))
        settings->displaced_per_conflict_day = settings->spawn_mode == NAIVE_FLEE_POP_RATIO ? 0.01 : 500;
    if (settings->spawn_mode != NAIVE_FLEE_POP_RATIO) settings->displaced_per_conflict_day = trunc(settings->displaced_per_conflict_day);
    settings->awareness_level = trunc(settings->awareness_level);
    return 0;
}

/* How much of a conflict is left so many days after it began. */
double naive_flee_settings_decay(const struct naive_flee_settings *settings, int32_t since)
{
    if (settings->decays == 0) return 1;
    double step = trunc(since / settings->conflict_spawn_decay_interval), last = settings->decays - 1;
    return settings->decay[(int)(step < last ? step : last)];
}
