/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario_input.h"
#include "sim/calendar.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define DAY_MOST 1000000 /* of any date from the start, run or not */

struct scenario_at scenario_input_at(struct config_node node) { return (struct scenario_at){config_source(node), config_line(node)}; }
struct scenario_at scenario_input_row(const struct csv *csv, int row) { return (struct scenario_at){csv->path, csv->row[row].line}; }
struct scenario_at scenario_input_header(const struct csv *csv) { return (struct scenario_at){csv->path, csv->header_line}; }

/* ---- files ---- */

int scenario_input_record(struct scenario_input *input, const char *path)
{
    char sha256[65];
    if (digest_file(path, sha256)) return fail_at(input->error, path, 0, "cannot be read for its SHA-256");
    setup_add_input(input->setup, path, sha256);
    return 0;
}

/* A needed table has rows; an optional one may hold its header only. */
static int read_table(struct scenario_input *input, struct config_node node, const char *path, enum config_need need, struct csv *csv)
{
    if (access(path, R_OK))
        return config_fail(node, input->error, "cannot read '%s': %s", path, errno == ENOENT ? "there is no such file" : strerror(errno));
    if (csv_read(path, CSV_NAMED, csv, input->error)) return -1;
    if (!csv->rows && need == CONFIG_NEEDED) return fail_at(input->error, path, 0, "holds no rows below its header");
    return scenario_input_record(input, path);
}

int scenario_input_table(struct scenario_input *input, struct config_node group, const char *name, enum config_need need, struct csv *csv)
{
    struct config_node node;
    const char *word;
    memset(csv, 0, sizeof *csv);
    if (config_any(group, name, need, &node, input->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_text(node, &word, input->error)) return -1;
    char *path = config_path(input->config, word);
    int status = read_table(input, node, path, need, csv);
    memory_free(path);
    return status;
}

/* ---- days ---- */

int scenario_input_day(struct scenario_input *input, const char *text, struct scenario_at at, int32_t *day)
{
    int64_t value;
    int32_t civil;
    if (!param_parse_integer(text, &value)) {
    } else if (!calendar_parse(text, &civil)) {
        value = (int64_t)civil - input->setup->start;
    } else {
        return fail_at(input->error, at.file, at.line, "expected a day (30) or a date (2015-06-01), found '%s'", text);
    }
    if (value < -DAY_MOST || value > DAY_MOST)
        return fail_at(input->error, at.file, at.line, "'%s' is too far from the start of the run", text);
    *day = (int32_t)value;
    return 0;
}

int scenario_input_day_setting(struct scenario_input *input, struct config_node group, const char *name, enum config_need need,
                               int32_t *day)
{
    struct config_node node;
    if (config_any(group, name, need, &node, input->error)) return -1;
    if (!node.setting) return 0;
    if (!config_is_text(node) && !config_is_integer(node))
        return config_fail(node, input->error, "expected a day (30) or a date (\"2015-06-01\")");
    char *text;
    if (config_as_plain(node, &text, input->error)) return -1;
    int status = scenario_input_day(input, text, scenario_input_at(node), day);
    memory_free(text);
    return status;
}

int scenario_input_inside(struct scenario_input *input, int32_t day, struct scenario_at at)
{
    char first[16], last[16], found[16];
    const struct setup *setup = input->setup;
    if (day >= 0 && day < setup->days) return 0;
    calendar_text(setup->start, first);
    calendar_text(setup->start + setup->days - 1, last);
    calendar_text(setup->start + day, found);
    return fail_at(input->error, at.file, at.line,
                   "day %" PRId32 " (%s) is outside the run, which goes from day 0 (%s) to day %" PRId32 " (%s)",
                   day, found, first, setup->days - 1, last);
}

/* ---- names ---- */

static const char *const over_word[] = {"world", "place", "state", "link", "placement", "service", "stage", "status"};

static const char *name_of(const struct setup *setup, enum scenario_over over, uint32_t i)
{
    switch (over) {
    case SCENARIO_PLACE:
    case SCENARIO_LINK:
        return setup->world->place[i].name;
    case SCENARIO_STATE:
        return setup->world->state[i];
    case SCENARIO_PLACEMENT:
        return setup->casegraph.placement[i].name;
    case SCENARIO_SERVICE:
        return setup->casegraph.service[i].name;
    case SCENARIO_STAGE:
        return setup->casegraph.stage[i].name;
    case SCENARIO_STATUS:
        return setup->casegraph.status[i].name;
    case SCENARIO_GLOBAL:
        break;
    }
    return NULL;
}

/* How many names there are to choose from; the ends of a link are places. */
static uint32_t names_of(const struct setup *setup, enum scenario_over over)
{
    switch (over) {
    case SCENARIO_PLACE:
    case SCENARIO_LINK:
        return setup->world->places;
    case SCENARIO_STATE:
        return setup->world->states;
    case SCENARIO_PLACEMENT:
        return (uint32_t)setup->casegraph.placements;
    case SCENARIO_SERVICE:
        return (uint32_t)setup->casegraph.services;
    case SCENARIO_STAGE:
        return (uint32_t)setup->casegraph.stages;
    case SCENARIO_STATUS:
        return (uint32_t)setup->casegraph.statuses;
    case SCENARIO_GLOBAL:
        break;
    }
    return 0;
}

static int fail_name(struct scenario_input *input, enum scenario_over over, const char *name, struct scenario_at at)
{
    char hint[96];
    uint32_t count = names_of(input->setup, over);
    const char **names = memory_new((size_t)count + 1, sizeof *names);
    for (uint32_t i = 0; i < count; i++) names[i] = name_of(input->setup, over, i);
    fail_nearest(hint, name, names, count);
    memory_free(names);
    return fail_at(input->error, at.file, at.line, "there is no %s '%s'%s", over_word[over == SCENARIO_LINK ? SCENARIO_PLACE : over],
                   name, hint);
}

/* -1 where there is none; the world answers for its own, which may be many. */
static int64_t find(const struct setup *setup, enum scenario_over over, const char *name)
{
    uint32_t found = WORLD_NOWHERE;
    if (over == SCENARIO_PLACEMENT) return casegraph_find_placement(&setup->casegraph, name);
    if (over == SCENARIO_SERVICE) return casegraph_find_service(&setup->casegraph, name);
    if (over == SCENARIO_STAGE) return casegraph_find_stage(&setup->casegraph, name);
    if (over == SCENARIO_STATUS) return casegraph_find_status(&setup->casegraph, name);
    if (over == SCENARIO_STATE) found = world_find_state(setup->world, name);
    if (over == SCENARIO_PLACE || over == SCENARIO_LINK) found = world_find_place(setup->world, name);
    return found == WORLD_NOWHERE ? -1 : (int64_t)found;
}

static int find_name(struct scenario_input *input, enum scenario_over over, const char *name, struct scenario_at at, uint32_t *cell)
{
    int64_t found = find(input->setup, over, name);
    if (found < 0) return fail_name(input, over, name, at);
    *cell = (uint32_t)found;
    return 0;
}

/* Cuts "From > To" in two, without the spaces round the sign; returns the end, NULL where there is no sign. */
static char *split_link(char *text)
{
    char *sign = strchr(text, '>');
    if (!sign) return NULL;
    char *end = sign + 1 + strspn(sign + 1, " ");
    for (*sign = '\0'; sign > text && sign[-1] == ' '; sign--) sign[-1] = '\0';
    return end;
}

static int find_ends(struct scenario_input *input, const char *begin, const char *end, struct scenario_at at, uint32_t *cell)
{
    uint32_t from = 0, to = 0;
    if (find_name(input, SCENARIO_LINK, begin, at, &from) || find_name(input, SCENARIO_LINK, end, at, &to)) return -1;
    *cell = world_find_link(input->setup->world, from, to);
    return *cell == WORLD_NOWHERE ? fail_at(input->error, at.file, at.line, "there is no link from '%s' to '%s'", begin, end) : 0;
}

static int find_link(struct scenario_input *input, const char *name, struct scenario_at at, uint32_t *cell)
{
    char *text = memory_text(name), *end = split_link(text);
    int status = -1;
    if (end) status = find_ends(input, text, end, at, cell);
    else fail_at(input->error, at.file, at.line, "expected a link \"From>To\", found '%s'", name);
    memory_free(text);
    return status;
}

int scenario_input_cell(struct scenario_input *input, enum scenario_over over, const char *name, struct scenario_at at, uint32_t *cell)
{
    return over == SCENARIO_LINK ? find_link(input, name, at, cell) : find_name(input, over, name, at, cell);
}

/* No name of an item holds the sign: the first one parts item and state. */
static int find_item_cells(struct scenario_input *input, enum scenario_over over, char *name, struct scenario_at at, uint32_t *cell,
                           uint32_t *cells)
{
    uint32_t states = input->setup->world->states, item = 0, state = 0;
    char *sign = strchr(name, '@');
    if (sign) *sign = '\0';
    if (find_name(input, over, name, at, &item)) return -1;
    if (sign && find_name(input, SCENARIO_STATE, sign + 1, at, &state)) return -1;
    *cell = item * states + state;
    *cells = sign ? 1 : states;
    return 0;
}

int scenario_input_cells(struct scenario_input *input, enum scenario_over over, const char *name, struct scenario_at at, uint32_t *cell,
                         uint32_t *cells)
{
    *cells = 1;
    if (over < SCENARIO_PLACEMENT) return scenario_input_cell(input, over, name, at, cell);
    char *text = memory_text(name);
    int status = find_item_cells(input, over, text, at, cell, cells);
    memory_free(text);
    return status;
}

int scenario_input_word(struct scenario_input *input, const char *what, const char *word, const char *const *words, struct scenario_at at)
{
    char list[200] = "", hint[96];
    int count = 0;
    for (; words[count]; count++) {
        size_t used = strlen(list);
        if (!strcmp(word, words[count])) return count;
        snprintf(list + used, sizeof list - used, "%s%s", count ? ", " : "", words[count]);
    }
    fail_nearest(hint, word, words, (size_t)count);
    return fail_at(input->error, at.file, at.line, "%s: expected one of %s, found '%s'%s", what, list, word, hint);
}

int scenario_input_yes(struct scenario_input *input, const struct csv *csv, int row, int column, bool *flag)
{
    static const char *const words[] = {"no", "yes", NULL};
    if (csv_blank(csv, row, column)) return 0;
    int found = scenario_input_word(input, csv->name[column], csv_text(csv, row, column), words, scenario_input_row(csv, row));
    if (found < 0) return -1;
    *flag = found == 1;
    return 0;
}
