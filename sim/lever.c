/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lever.h"
#include "memory.h"
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int add_lever(struct lever_set *set, const struct lever *lever, uint32_t cells)
{
    size_t count = set->count;
    set->lever = memory_grow(set->lever, count, count + 1, sizeof *set->lever);
    set->cells = memory_grow(set->cells, count, count + 1, sizeof *set->cells);
    set->baseline = memory_grow(set->baseline, count, count + 1, sizeof *set->baseline);
    set->today = memory_grow(set->today, count, count + 1, sizeof *set->today);
    set->lever[count] = lever;
    set->cells[count] = cells;
    set->baseline[count] = memory_new(cells, sizeof **set->baseline);
    set->today[count] = memory_new(cells, sizeof **set->today);
    return (int)set->count++;
}

int lever_declare(struct lever_set *set, const struct lever *lever, uint32_t cells)
{
    assert(lever->min <= lever->max);
    int found = lever_find(set, lever->name);
    if (found < 0) found = add_lever(set, lever, cells);
    assert(set->lever[found] == lever && set->cells[found] == cells);
    for (uint32_t i = 0; i < cells; i++) set->baseline[found][i] = set->today[found][i] = lever->fallback;
    return found;
}

int lever_find(const struct lever_set *set, const char *name)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (strcmp(set->lever[i]->name, name) == 0) return (int)i;
    return -1;
}

void lever_add_policy(struct lever_set *set, struct lever_policy policy)
{
    policy.name = memory_text(policy.name ? policy.name : "");
    policy.lever = memory_text(policy.lever);
    policy.indicator = memory_text(policy.indicator);
    policy.file = memory_text(policy.file);
    set->policy = memory_grow(set->policy, set->policies, set->policies + 1, sizeof *set->policy);
    set->policy[set->policies++] = policy;
}

static int fail_unknown(const struct lever_set *set, const struct lever_policy *policy, struct error *error)
{
    const char **name = memory_new((size_t)set->count + 1, sizeof *name);
    for (uint32_t i = 0; i < set->count; i++) name[i] = set->lever[i]->name;
    char hint[96];
    fail_nearest(hint, policy->lever, name, set->count);
    memory_free(name);
    return fail_at(error, policy->file, policy->line, "policy '%s': no model in force has a lever '%s'%s",
                   policy->name, policy->lever, hint);
}

/* Cells first to end - 1. */
struct range {
    int64_t first, end;
};

static struct range range_of(const struct lever_set *set, uint32_t i)
{
    const struct lever_policy *policy = &set->policy[i];
    if (policy->cell < 0) return (struct range){0, set->cells[set->policy_lever[i]]};
    return (struct range){policy->cell, policy->cell + (policy->cells > 1 ? policy->cells : 1)};
}

static int check_cell(const struct lever_set *set, uint32_t i, struct error *error)
{
    const struct lever_policy *policy = &set->policy[i];
    int64_t cells = set->cells[set->policy_lever[i]], last = range_of(set, i).end - 1;
    if (policy->cell >= -1 && last < cells) return 0;
    int64_t found = policy->cell < -1 || policy->cell >= cells ? policy->cell : last;
    return fail_at(error, policy->file, policy->line, "policy '%s': lever '%s' has cells 0 to %" PRId64 ", found %" PRId64, policy->name,
                   policy->lever, cells - 1, found);
}

static int check_values(const struct lever_policy *policy, struct error *error)
{
    if (!isfinite(policy->value))
        return fail_at(error, policy->file, policy->line, "policy '%s': expected a number as value, found %g", policy->name, policy->value);
    if (policy->to >= 0 && policy->from >= policy->to)
        return fail_at(error, policy->file, policy->line, "policy '%s': expected its last day after its first, found from day %d to day %d",
                       policy->name, policy->from, policy->to);
    if (policy->indicator && !isfinite(policy->threshold))
        return fail_at(error, policy->file, policy->line, "policy '%s': expected a number as threshold, found %g",
                       policy->name, policy->threshold);
    return 0;
}

static int check_indicator(const struct lever_policy *policy, lever_indicator *known, void *context, struct error *error)
{
    if (!policy->indicator || (known && !isnan(known(context, policy->indicator)))) return 0;
    return fail_at(error, policy->file, policy->line, "policy '%s': no model in force publishes an indicator '%s'",
                   policy->name, policy->indicator);
}

static int finish_policy(struct lever_set *set, uint32_t i, lever_indicator *known, void *context, struct error *error)
{
    const struct lever_policy *policy = &set->policy[i];
    int lever = lever_find(set, policy->lever);
    if (lever < 0) return fail_unknown(set, policy, error);
    set->policy_lever[i] = lever;
    if (check_cell(set, i, error) || check_values(policy, error)) return -1;
    return check_indicator(policy, known, context, error);
}

static bool is_before(int32_t from, int32_t to) { return to < 0 || from < to; }

/* Two sets of one lever, on one cell, at once. Rules may take turns: of two in force the later written holds. */
static bool is_conflict(const struct lever_set *set, uint32_t i, uint32_t j)
{
    const struct lever_policy *a = &set->policy[i], *b = &set->policy[j];
    if (a->operation != LEVER_SET || b->operation != LEVER_SET || set->policy_lever[i] != set->policy_lever[j]) return false;
    struct range here = range_of(set, i), there = range_of(set, j);
    if (here.first >= there.end || there.first >= here.end) return false;
    if (a->indicator && b->indicator) return false;
    return is_before(a->from, b->to) && is_before(b->from, a->to);
}

static int check_conflicts(const struct lever_set *set, uint32_t i, struct error *error)
{
    if (set->policy[i].operation != LEVER_SET) return 0;
    for (uint32_t j = 0; j < i; j++) {
        if (!is_conflict(set, i, j)) continue;
        const struct lever_policy *now = &set->policy[i], *other = &set->policy[j];
        return fail_at(error, now->file, now->line, "policy '%s' sets lever '%s' where and when policy '%s' (%s:%d) sets it too",
                       now->name, now->lever, other->name, other->file ? other->file : "", other->line);
    }
    return 0;
}

int lever_finish(struct lever_set *set, lever_indicator *known, void *context, struct error *error)
{
    memory_free(set->policy_lever);
    set->policy_lever = memory_new(set->policies, sizeof *set->policy_lever);
    for (uint32_t i = 0; i < set->policies; i++)
        if (finish_policy(set, i, known, context, error)) return -1;
    for (uint32_t i = 0; i < set->policies; i++)
        if (check_conflicts(set, i, error)) return -1;
    return 0;
}

static bool is_in_force(const struct lever_policy *policy, int32_t day, lever_indicator *indicator, void *context)
{
    if (day < policy->from || (policy->to >= 0 && day >= policy->to)) return false;
    if (!policy->indicator) return true;
    double value = indicator ? indicator(context, policy->indicator) : NAN;
    return policy->below ? value < policy->threshold : value > policy->threshold;
}

static double changed(enum lever_operation operation, double old, double value)
{
    switch (operation) {
    case LEVER_SET:
        return value;
    case LEVER_MULTIPLY:
        return old * value;
    case LEVER_ADD:
        return old + value;
    }
    return old;
}

static void apply(struct lever_set *set, uint32_t i)
{
    const struct lever_policy *policy = &set->policy[i];
    struct range range = range_of(set, i);
    double *today = set->today[set->policy_lever[i]];
    for (int64_t cell = range.first; cell < range.end; cell++) today[cell] = changed(policy->operation, today[cell], policy->value);
}

static void reset(struct lever_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->cells[i]) memcpy(set->today[i], set->baseline[i], set->cells[i] * sizeof **set->today);
}

static double clamped(const struct lever *lever, double value)
{
    double low = value < lever->min ? lever->min : value;
    return low > lever->max ? lever->max : low;
}

static void clamp(const struct lever *lever, double *value, uint32_t cells)
{
    for (uint32_t i = 0; i < cells; i++) value[i] = clamped(lever, value[i]);
}

void lever_day(struct lever_set *set, int32_t day, lever_indicator *indicator, void *context)
{
    static const enum lever_operation order[] = {LEVER_SET, LEVER_MULTIPLY, LEVER_ADD};
    assert(set->policies == 0 || set->policy_lever);
    reset(set);
    for (size_t turn = 0; turn < sizeof order / sizeof *order; turn++)
        for (uint32_t i = 0; i < set->policies; i++)
            if (set->policy[i].operation == order[turn] && is_in_force(&set->policy[i], day, indicator, context)) apply(set, i);
    for (uint32_t i = 0; i < set->count; i++) clamp(set->lever[i], set->today[i], set->cells[i]);
}

/* ---- legal flags */

void lever_add_right(struct lever_set *set, struct lever_right right)
{
    assert(right.least <= right.most);
    for (uint32_t i = 0; i < set->rights; i++)
        if (strcmp(set->right[i].lever, right.lever) == 0) return;
    set->right = memory_grow(set->right, set->rights, set->rights + 1, sizeof *set->right);
    set->right[set->rights++] = right;
}

/* Does a policy set it all through the run? Then its baseline never holds. */
static bool is_always_set(const struct lever_set *set, int lever, uint32_t cell)
{
    for (uint32_t i = 0; i < set->policies; i++) {
        const struct lever_policy *policy = &set->policy[i];
        struct range range = range_of(set, i);
        bool always = policy->operation == LEVER_SET && !policy->indicator && policy->from <= 0 && policy->to < 0;
        if (set->policy_lever[i] == lever && always && cell >= range.first && cell < range.end) return true;
    }
    return false;
}

static bool baseline_breaks(const struct lever_set *set, int lever, const struct lever_right *right)
{
    for (uint32_t cell = 0; cell < set->cells[lever]; cell++) {
        double value = clamped(set->lever[lever], set->baseline[lever][cell]);
        if ((value < right->least || value > right->most) && !is_always_set(set, lever, cell)) return true;
    }
    return false;
}

static bool policy_breaks(const struct lever_set *set, uint32_t i, const struct lever_right *right)
{
    const struct lever_policy *policy = &set->policy[i];
    int lever = set->policy_lever[i];
    struct range range = range_of(set, i);
    for (int64_t cell = range.first; cell < range.end; cell++) {
        double value = clamped(set->lever[lever], changed(policy->operation, set->baseline[lever][cell], policy->value));
        if (value < right->least || value > right->most) return true;
    }
    return false;
}

static bool is_broken(const struct lever_set *set, const struct lever_right *right)
{
    int lever = lever_find(set, right->lever);
    if (lever < 0) return false;
    bool broken = baseline_breaks(set, lever, right);
    for (uint32_t i = 0; i < set->policies; i++)
        if (set->policy_lever[i] == lever) broken |= policy_breaks(set, i, right);
    return broken;
}

/* Two levers may break the same right: it is named once. */
static bool is_named(const struct lever_set *set, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++)
        if (!strcmp(set->right[j].breaks, set->right[i].breaks) && is_broken(set, &set->right[j])) return true;
    return false;
}

char *lever_legal(const struct lever_set *set, char *text, size_t room)
{
    size_t length = 0;
    assert(room > 0 && (set->policies == 0 || set->policy_lever));
    text[0] = '\0';
    for (uint32_t i = 0; i < set->rights; i++) {
        if (!is_broken(set, &set->right[i]) || is_named(set, i)) continue;
        snprintf(text + length, room - length, "%s%s", length > 0 ? "; " : "", set->right[i].breaks);
        length += strlen(text + length);
    }
    return text;
}

static void free_policy(struct lever_policy *policy)
{
    memory_free(policy->name);
    memory_free(policy->lever);
    memory_free(policy->indicator);
    memory_free(policy->file);
}

void lever_free(struct lever_set *set)
{
    if (!set) return;
    for (uint32_t i = 0; i < set->policies; i++) free_policy(&set->policy[i]);
    for (uint32_t i = 0; i < set->count; i++) {
        memory_free(set->baseline[i]);
        memory_free(set->today[i]);
    }
    void *block[] = {set->lever, set->cells, set->baseline, set->today, set->policy, set->policy_lever, set->right};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    memset(set, 0, sizeof *set);
}
