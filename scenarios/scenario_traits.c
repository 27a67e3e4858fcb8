/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traits: one table each; a row per value, a column "default" with its weights and one for each place or state that differs.
   With a column "given" the table holds several such blocks, one for each value of an earlier trait that differs. */
#include "scenario_input.h"
#include "sim/memory.h"
#include <string.h>

#define VALUES_MOST 4096
#define AGE_MOST 120 /* years */

/* One table and what has been understood of it. A block: the rows with one label in column "given". */
struct reader {
    struct scenario_input *input;
    struct csv *csv;
    const char *name;
    bool by_party, counted;
    const struct trait *given; /* NULL: none */
    int given_number;
    int value_column, default_column, given_column; /* -1: absent */
    uint32_t values, blocks;
    const char **label;  /* [values], in order of appearance */
    uint32_t *value_of;  /* [rows] */
    uint32_t *block_of;  /* [rows]: 0 the blank one, else value of the given trait + 1 */
    uint32_t *block_row; /* [blocks]: a row of the block + 1; 0: the table has no such block */
    double *weight;      /* [values] */
    struct error *error;
};

/* ---- rows ---- */

static int read_label(struct reader *r, int row)
{
    const char *label = csv_text(r->csv, row, r->value_column);
    if (!label[0]) return csv_fail(r->csv, row, r->error, "expected a text in column 'value', found nothing");
    uint32_t value = 0;
    while (value < r->values && strcmp(r->label[value], label)) value++;
    if (value == r->values) r->label[r->values++] = label;
    r->value_of[row] = value;
    if (r->values > VALUES_MOST) return fail_at(r->error, r->csv->path, 0, "expected at most %d values, found more", VALUES_MOST);
    return 0;
}

static int check_age(const struct reader *r, int row)
{
    int64_t years;
    const char *label = csv_text(r->csv, row, r->value_column);
    if (strcmp(r->name, "age") || (!param_parse_integer(label, &years) && years >= 0 && years <= AGE_MOST)) return 0;
    return csv_fail(r->csv, row, r->error, "expected an age in whole years from 0 to %d, found '%s'", AGE_MOST, label);
}

static int read_given(struct reader *r, int row)
{
    const char *label = csv_text(r->csv, row, r->given_column);
    int64_t value = label[0] ? trait_find_value(r->given, label) : -1;
    char hint[96];
    if (label[0] && value < 0)
        return csv_fail(r->csv, row, r->error, "the trait '%s' has no value '%s'%s", r->given->name, label,
                        fail_nearest(hint, label, (const char *const *)r->given->label, r->given->values));
    r->block_of[row] = (uint32_t)(value + 1);
    r->block_row[value + 1] = (uint32_t)row + 1;
    return 0;
}

static int read_labels(struct reader *r)
{
    for (int row = 0; row < r->csv->rows; row++)
        if (read_label(r, row) || check_age(r, row) || read_given(r, row)) return -1;
    return 0;
}

static int fail_twice(const struct reader *r, int row, uint32_t first)
{
    const char *given = csv_text(r->csv, row, r->given_column), *label = csv_text(r->csv, row, r->value_column);
    int line = r->csv->row[first].line;
    if (!given[0]) return csv_fail(r->csv, row, r->error, "value '%s' is there already, on line %d", label, line);
    return csv_fail(r->csv, row, r->error, "value '%s' given '%s' is there already, on line %d", label, given, line);
}

static int check_pairs(const struct reader *r)
{
    uint32_t *seen = memory_new((size_t)r->blocks * r->values, sizeof *seen); /* row + 1 */
    int status = 0;
    for (int row = 0; row < r->csv->rows && !status; row++) {
        uint32_t *pair = &seen[(size_t)r->block_of[row] * r->values + r->value_of[row]];
        if (*pair) status = fail_twice(r, row, *pair - 1);
        *pair = (uint32_t)row + 1;
    }
    memory_free(seen);
    return status;
}

/* Without a blank block every value of the given trait needs one. */
static int check_blocks(const struct reader *r)
{
    if (r->block_row[0]) return 0;
    for (uint32_t block = 1; block < r->blocks; block++)
        if (!r->block_row[block])
            return fail_at(r->error, r->csv->path, 0, "no row is given '%s' of the trait '%s', and none has a blank 'given' for the rest",
                           r->given->label[block - 1], r->given->name);
    return 0;
}

/* ---- weights ---- */

static int fail_zero(const struct reader *r, uint32_t block, int column)
{
    const char *name = r->csv->name[column];
    struct scenario_at at = scenario_input_header(r->csv);
    if (!block) return fail_at(r->error, at.file, at.line, "column '%s': the weights are all 0", name);
    at = scenario_input_row(r->csv, (int)r->block_row[block] - 1);
    return fail_at(r->error, at.file, at.line, "column '%s': the weights given '%s' are all 0", name, r->given->label[block - 1]);
}

/* The weights of one block in one column, which need not sum to 1; a value without a row has none. */
static int read_weights(struct reader *r, uint32_t block, int column)
{
    double sum = 0;
    memset(r->weight, 0, r->values * sizeof *r->weight);
    for (int row = 0; row < r->csv->rows; row++) {
        double *weight = &r->weight[r->value_of[row]];
        if (r->block_of[row] != block) continue;
        if (csv_number(r->csv, row, column, weight, r->error)) return -1;
        if (*weight < 0)
            return csv_fail(r->csv, row, r->error, "column '%s': a weight may not be negative, found %g", r->csv->name[column], *weight);
        sum += *weight;
    }
    return sum > 0 ? 0 : fail_zero(r, block, column);
}

static int read_block(struct reader *r, struct trait *trait, uint32_t block, int column, enum trait_over over, uint32_t cell)
{
    if (!r->block_row[block]) return 0;
    if (read_weights(r, block, column)) return -1;
    trait_add_weights(trait, block ? trait_add_case(trait, block - 1) : 0, over, cell, r->weight);
    return 0;
}

static int read_blocks(struct reader *r, struct trait *trait, int column, enum trait_over over, uint32_t cell)
{
    for (uint32_t block = 0; block < r->blocks; block++)
        if (read_block(r, trait, block, column, over, cell)) return -1;
    return 0;
}

/* ---- columns ---- */

static int fail_column(const struct reader *r, const char *name)
{
    const struct world *world = r->input->setup->world;
    struct scenario_at at = scenario_input_header(r->csv);
    char hint[96];
    const char **names = memory_new((size_t)world->places + world->states, sizeof *names);
    for (uint32_t i = 0; i < world->places; i++) names[i] = world->place[i].name;
    for (uint32_t i = 0; i < world->states; i++) names[world->places + i] = world->state[i];
    fail_nearest(hint, name, names, (size_t)world->places + world->states);
    memory_free(names);
    return fail_at(r->error, at.file, at.line, "there is no place or state '%s'%s", name, hint);
}

/* What a place and a state are both called is the place. */
static int read_column(struct reader *r, struct trait *trait, int column)
{
    const struct world *world = r->input->setup->world;
    uint32_t place = world_find_place(world, r->csv->name[column]), state = world_find_state(world, r->csv->name[column]);
    if (place != WORLD_NOWHERE) return read_blocks(r, trait, column, TRAIT_PLACE, place);
    if (state != WORLD_NOWHERE) return read_blocks(r, trait, column, TRAIT_STATE, state);
    return fail_column(r, r->csv->name[column]);
}

static int read_columns(struct reader *r, struct trait *trait)
{
    for (uint32_t block = 1; block < r->blocks; block++)
        if (read_block(r, trait, block, r->default_column, TRAIT_ANYWHERE, 0)) return -1;
    for (int column = 0; column < r->csv->columns; column++) {
        if (column == r->value_column || column == r->default_column || column == r->given_column) continue;
        if (read_column(r, trait, column)) return -1;
    }
    return 0;
}

/* ---- a table ---- */

/* Without the setting, 'given' would be read as a place's name. */
static int check_given_column(const struct reader *r)
{
    const struct world *world = r->input->setup->world;
    int column = csv_find(r->csv, "given");
    bool is_named = world_find_place(world, "given") != WORLD_NOWHERE || world_find_state(world, "given") != WORLD_NOWHERE;
    if (r->given || column < 0 || is_named) return 0;
    return fail_at(r->error, r->csv->path, r->csv->header_line,
                   "column 'given': expected the setting given = \"...\" of the trait '%s' too, found none", r->name);
}

static int find_columns(struct reader *r)
{
    r->given_column = -1;
    if ((r->value_column = csv_column(r->csv, "value", r->error)) < 0) return -1;
    if ((r->default_column = csv_column(r->csv, "default", r->error)) < 0) return -1;
    if (r->given && (r->given_column = csv_column(r->csv, "given", r->error)) < 0) return -1;
    return check_given_column(r);
}

static int fill(struct reader *r)
{
    struct trait_set *set = &r->input->setup->traits;
    if (read_labels(r) || check_pairs(r) || check_blocks(r)) return -1;
    if (r->block_row[0] && read_weights(r, 0, r->default_column)) return -1;
    bool depends = r->given; /* adding moves what .given points to */
    struct trait *trait = trait_add(set, r->name, r->values, r->label, r->weight);
    trait->by_party = r->by_party;
    trait->counted = r->counted;
    if (depends) {
        trait_depend(set, r->given_number);
        r->given = &set->trait[r->given_number];
    }
    return read_columns(r, trait);
}

static int read_table(struct reader *r)
{
    if (find_columns(r)) return -1;
    size_t rows = (size_t)r->csv->rows;
    r->blocks = 1 + (r->given ? r->given->values : 0);
    r->label = memory_new(rows, sizeof *r->label);
    r->value_of = memory_new(rows, sizeof *r->value_of);
    r->block_of = memory_new(rows, sizeof *r->block_of);
    r->block_row = memory_new(r->blocks, sizeof *r->block_row);
    r->weight = memory_new(rows, sizeof *r->weight);
    int status = fill(r);
    memory_free(r->label);
    memory_free(r->value_of);
    memory_free(r->block_of);
    memory_free(r->block_row);
    memory_free(r->weight);
    return status;
}

/* ---- settings ---- */

static int read_name(struct reader *r, struct config_node group)
{
    static const char *const taken[] = {"time", "month", "bound", "place", "link", "state", "stage", "placement", "age_group",
                                        "sex_code", "cause", "harm", "mode", "outcome", "entry"};
    const struct trait_set *set = &r->input->setup->traits;
    if (config_text(group, "name", CONFIG_NEEDED, &r->name, r->error)) return -1;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (!strcmp(r->name, taken[i]))
            return config_fail(group, r->error, "'%s' is a dimension of the results: expected another name for the trait", r->name);
    if (trait_find(set, r->name) != TRAIT_NONE) return config_fail(group, r->error, "there is already a trait '%s'", r->name);
    return set->count < TRAIT_MOST ? 0 : config_fail(group, r->error, "expected at most %d traits, found more", TRAIT_MOST);
}

static int read_per(struct reader *r, struct config_node group)
{
    static const char *const words[] = {"person", "party", NULL};
    struct config_node node;
    const char *word;
    if (config_any(group, "per", CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &word, r->error)) return -1;
    int found = scenario_input_word(r->input, "per", word, words, scenario_input_at(node));
    if (found < 0) return -1;
    r->by_party = found == 1;
    if (r->by_party && !strcmp(r->name, "age"))
        return config_fail(node, r->error, "an age is a person's: expected \"person\", found \"party\"");
    return 0;
}

static int fail_given(const struct reader *r, struct config_node node, const char *word)
{
    const struct trait_set *set = &r->input->setup->traits;
    const char *names[TRAIT_MOST];
    char hint[96];
    for (uint32_t i = 0; i < set->count; i++) names[i] = set->trait[i].name;
    return config_fail(node, r->error, "there is no trait '%s' before this one%s", word, fail_nearest(hint, word, names, set->count));
}

static int read_depends(struct reader *r, struct config_node group)
{
    struct trait_set *set = &r->input->setup->traits;
    struct config_node node;
    const char *word;
    if (config_any(group, "given", CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &word, r->error)) return -1;
    r->given_number = trait_find(set, word);
    if (r->given_number == TRAIT_NONE) return fail_given(r, node, word);
    r->given = &set->trait[r->given_number];
    if (r->by_party && !r->given->by_party)
        return config_fail(node, r->error, "'%s' is drawn by party and cannot depend on '%s', which is drawn by person", r->name, word);
    return 0;
}

static int read_trait(struct scenario_input *input, struct config_node group)
{
    struct csv csv;
    struct reader reader = {.input = input, .csv = &csv, .counted = true, .error = input->error};
    if (config_as_group(group, input->error)) return -1;
    if (read_name(&reader, group) || read_per(&reader, group) || read_depends(&reader, group)) return -1;
    if (config_flag(group, "count", CONFIG_OPTIONAL, &reader.counted, reader.error)) return -1;
    int status = scenario_input_table(input, group, "file", CONFIG_NEEDED, &csv);
    if (!status) status = read_table(&reader);
    csv_free(&csv);
    return status;
}

int scenario_traits_read(struct scenario_input *input)
{
    struct config_node list;
    if (config_items(config_root(input->config), "traits", CONFIG_OPTIONAL, &list, input->error)) return -1;
    int count = config_count(list);
    for (int i = 0; i < count; i++)
        if (read_trait(input, config_item(list, i))) return -1;
    return 0;
}
