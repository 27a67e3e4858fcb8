/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual against the tables it is written from: complete, each entry once, numbers that read back, and what models
   declare in a real scenario is in the document. */
#include "scenarios/manual.h"
#include "scenarios/scenario.h"
#include "sim/memory.h"
#include "sim/queue.h"
#include "sim/sim.h"
#include "tests/test.h"
#include <stdlib.h>

#define CELLS_MOST 8
#define CELL_ROOM 512

static char *manual(const char *model, const char *format)
{
    char *text = NULL;
    size_t size = 0;
    struct error error = {0};
    FILE *out = open_memstream(&text, &size);
    TEST(manual_write(model, format, out, &error) == 0, "%s", error.text);
    fclose(out);
    return text;
}

/* The next line in new memory, NULL at the end; *at moves past it. */
static char *next_line(const char **at)
{
    const char *begin = *at, *end = begin + strcspn(begin, "\n");
    if (!*begin) return NULL;
    *at = *end ? end + 1 : end;
    return memory_format("%.*s", (int)(end - begin), begin);
}

/* The text below a heading ("## case"), up to the next one of any level, in new memory. */
static char *section(const char *text, const char *heading)
{
    char *all = memory_text("");
    bool inside = false;
    for (char *line; (line = next_line(&text)); memory_free(line)) {
        if (line[0] == '#') inside = !strcmp(line, heading);
        if (!inside) continue;
        char *longer = memory_format("%s%s\n", all, line);
        memory_free(all);
        all = longer;
    }
    return all;
}

struct cells {
    int count;
    char text[CELLS_MOST][CELL_ROOM];
};

/* "| a | b\|c |" */
static struct cells cut(const char *line)
{
    struct cells cells = {0};
    while (line[0] == '|' && line[1] == ' ' && cells.count < CELLS_MOST) {
        char *to = cells.text[cells.count++];
        for (line += 2; *line && strncmp(line, " |", 2) != 0; line++) {
            if (line[0] == '\\' && line[1] == '|') line++;
            *to++ = *line;
        }
        if (*line) line++;
    }
    return cells;
}

/* The row whose first cell is this name; how many there are. */
static int find_row(const char *text, const char *name, struct cells *found)
{
    int count = 0;
    for (char *line; (line = next_line(&text)); memory_free(line)) {
        struct cells cells = cut(line);
        if (cells.count < 2 || strcmp(cells.text[0], name) != 0) continue;
        *found = cells;
        count++;
    }
    return count;
}

static bool said(const char *text) { return text && *text && !strpbrk(text, "\n"); }

/* ---- tables ---- */

static void levers_are_complete(const char *owner, const struct lever *lever)
{
    for (; lever && lever->name; lever++) {
        TEST(said(lever->name) && said(lever->unit) && said(lever->doc), "lever %s.%s lacks a unit or a meaning", owner, lever->name);
        TEST(lever->min <= lever->fallback && lever->fallback <= lever->max, "%s.%s: its baseline is outside its range", owner, lever->name);
    }
}

static void param_is_complete(const char *owner, const struct param *param)
{
    TEST(said(param->name) && said(param->unit), "%s.%s lacks a unit", owner, param->name);
    TEST(said(param->doc), "%s.%s lacks a meaning", owner, param->name);
    TEST(said(param->source), "%s.%s lacks a source", owner, param->name);
    bool ranged = param->kind == PARAM_NUMBER || param->kind == PARAM_INTEGER;
    bool inside = param->low <= param->fallback && param->fallback <= param->high;
    TEST(!ranged || inside, "%s.%s: its default is outside its range", owner, param->name);
    TEST(param->kind != PARAM_CHOICE || said(param->choices), "%s.%s lacks its choices", owner, param->name);
}

static void tables_are_complete(void)
{
    for (int i = 0; models[i]; i++) {
        const struct model *m = models[i];
        TEST(said(m->name) && said(m->doc) && said(m->source), "model %s lacks a meaning or a source", m->name);
        for (const struct param *param = m->params; param->kind != PARAM_END; param++) param_is_complete(m->name, param);
        levers_are_complete(m->name, m->levers);
    }
    levers_are_complete("engine", queue_levers);
    for (const struct person_field *f = person_fields; f->name; f++)
        TEST(said(f->unit) && said(f->doc), "person.%s lacks a unit or a meaning", f->name);
}

/* ---- parameters ---- */

static const char *unit_cell(const char *unit) { return strcmp(unit, "1") ? unit : "-"; }

/* The default as the table has it: read back from the text. */
static void default_reads_back(const struct param *param, const char *text, const char *where)
{
    char words[CELL_ROOM];
    switch (param->kind) {
    case PARAM_NUMBER:
    case PARAM_INTEGER:
        TEST(strtod(text, NULL) == param->fallback, "%s: '%s' where the default is %.17g", where, text, param->fallback);
        break;
    case PARAM_FLAG:
        TEST(!strcmp(text, param->fallback != 0 ? "true" : "false"), "%s: '%s'", where, text);
        break;
    case PARAM_CHOICE:
        snprintf(words, sizeof words, "%s", param->choices);
        char *word = strtok(words, "|");
        for (int i = 0; i < (int)param->fallback; i++) word = strtok(NULL, "|");
        TEST(word && !strcmp(text, word), "%s: '%s'", where, text);
        break;
    case PARAM_TEXT:
        TEST(!*text, "%s: '%s'", where, text);
        break;
    default:
        TEST(!strcmp(text, "[]"), "%s: '%s'", where, text);
    }
}

static void range_reads_back(const struct param *param, const char *text, const char *where)
{
    double low = NAN, high = NAN;
    if (param->kind == PARAM_FLAG) TEST(!strcmp(text, "true|false"), "%s: '%s'", where, text);
    else if (param->kind == PARAM_CHOICE) TEST(!strcmp(text, param->choices), "%s: '%s'", where, text);
    else if (param->kind == PARAM_TEXT) TEST(!strcmp(text, "a name"), "%s: '%s'", where, text);
    else {
        sscanf(text, "%lf to %lf", &low, &high);
        TEST(low == param->low && high == param->high, "%s: '%s' where the range is %.17g to %.17g", where, text, param->low, param->high);
    }
}

static void param_is_there(const char *part, const char *format, const char *owner, const struct param *param)
{
    struct cells row = {0};
    char where[200];
    snprintf(where, sizeof where, "%s %s.%s", format, owner, param->name);
    int count = find_row(part, param->name, &row);
    TEST(count == 1, "%s is there %d times", where, count);
    if (count != 1) return;
    TEST(row.count == (strcmp(format, "odd") ? 6 : 7), "%s: %d cells", where, row.count);
    default_reads_back(param, row.text[1], where);
    TEST(!strcmp(row.text[2], unit_cell(param->unit)), "%s: unit '%s'", where, row.text[2]);
    range_reads_back(param, row.text[3], where);
    TEST(!strcmp(row.text[4], param->doc), "%s: meaning '%s'", where, row.text[4]);
    TEST(!strcmp(row.text[5], param->source), "%s: source '%s'", where, row.text[5]);
}

static void lever_is_there(const char *part, const char *owner, const struct lever *lever)
{
    static const char *const over[LEVER_OVERS] = {
        [LEVER_GLOBAL] = "world", [LEVER_STATE] = "state", [LEVER_PLACE] = "place", [LEVER_LINK] = "link", [LEVER_PLACEMENT] = "placement", [LEVER_SERVICE] = "service", [LEVER_STAGE] = "stage", [LEVER_STATUS] = "status"};
    struct cells row = {0};
    int count = find_row(part, lever->name, &row);
    TEST(count == 1, "lever %s.%s is there %d times", owner, lever->name, count);
    if (count != 1) return;
    TEST(strtod(row.text[1], NULL) == lever->fallback && !strcmp(row.text[2], unit_cell(lever->unit)) && !strcmp(row.text[5], lever->doc),
         "lever %s.%s: '%s' '%s' '%s'", owner, lever->name, row.text[1], row.text[2], row.text[5]);
    TEST(!strcmp(row.text[4], over[lever->over]), "lever %s.%s is over '%s'", owner, lever->name, row.text[4]);
}

static void every_parameter(const char *format, const char *level)
{
    char *text = manual(NULL, format);
    for (int i = 0; models[i]; i++) {
        const struct model *m = models[i];
        char *heading = memory_format("%s %s", level, m->name), *part = section(text, heading);
        TEST(strstr(part, m->doc) && strstr(part, m->source), "%s %s: meaning or source", format, m->name);
        for (const struct param *param = m->params; param->kind != PARAM_END; param++) param_is_there(part, format, m->name, param);
        for (const struct lever *lever = m->levers; lever && lever->name; lever++) lever_is_there(part, m->name, lever);
        memory_free(heading), memory_free(part);
    }
    free(text);
}

static void parameters(void)
{
    every_parameter("md", "##");
    every_parameter("odd", "###");
}

/* ---- the ODD+D document ---- */

static void person_fields_are_there(void)
{
    char *text = manual(NULL, "odd"), *part = section(text, "### Person");
    for (const struct person_field *f = person_fields; f->name; f++) {
        struct cells row = {0};
        int count = find_row(part, f->name, &row);
        TEST(count == 1, "%s is there %d times", f->name, count);
        TEST(atoi(row.text[1]) == f->count && !strcmp(row.text[2], unit_cell(f->unit)) && !strcmp(row.text[3], f->doc),
             "%s: '%s' '%s' '%s'", f->name, row.text[1], row.text[2], row.text[3]);
    }
    memory_free(part);
    free(text);
}

/* Each once, in this order. */
static void headings(void)
{
    static const char *const wanted[] = {
        "## 1 Purpose and patterns", "## 2 Entities, state variables and scales", "### Person", "### Scales", "## 3 Process overview and scheduling",
        "## 4 Design concepts", "### Theoretical and empirical background", "### Basic principles", "### Individual decision making", "### Emergence",
        "### Adaptation", "### Objectives", "### Learning", "### Prediction", "### Sensing", "### Interaction", "### Stochasticity",
        "### Collectives", "### Heterogeneity", "### Observation", "## 5 Initialisation", "## 6 Input data",
        "## 7 Submodels", "## 8 Implementation details"};
    char *text = manual(NULL, "odd");
    const char *at = text;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char *line = memory_format("\n%s\n", wanted[i]);
        const char *found = strstr(at, line);
        TEST(found, "'%s' is missing or out of order", wanted[i]);
        TEST(!found || !strstr(found + 1, line), "'%s' is there twice", wanted[i]);
        at = found ? found : at;
        memory_free(line);
    }
    free(text);
}

static bool is_name_part(char c) { return c == '_' || (c >= 'a' && c <= 'z'); }

/* As a whole word: one model's name may end another's. */
static bool holds_name(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
        if ((at == text || !is_name_part(at[-1])) && !is_name_part(at[length])) return true;
    return false;
}

static void phases_name_their_models(void)
{
    struct cells row = {0};
    char *text = manual(NULL, "odd"), *part = section(text, "## 3 Process overview and scheduling");
    for (int i = 0; models[i]; i++) {
        const struct model *m = models[i];
        const struct {
            const char *phase;
            bool has;
        } parts[] = {{"clocks", m->morning}, {"enter", m->enter}, {"prepare", m->prepare}, {"act", m->act}, {"settle", m->settle}};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            TEST(find_row(part, parts[k].phase, &row) == 1, "phase '%s'", parts[k].phase);
            TEST(holds_name(row.text[2], m->name) == parts[k].has, "%s in phase %s: '%s'", m->name, parts[k].phase, row.text[2]);
        }
    }
    memory_free(part);
    free(text);
}

/* What follows the scenario's traits is the scenario's, not a model's. */
static bool is_of_a_trait(const char *name) { return !strncmp(name, "present_by_", 11); }

static void row_holds(const char *text, const char *what, const char *name, int cell, const char *doc)
{
    struct cells row = {0};
    int count = find_row(text, name, &row);
    TEST(count >= 1, "%s '%s' is missing", what, name);
    TEST(count != 1 || !strcmp(row.text[cell], doc), "%s '%s': '%s' where '%s' was expected", what, name, row.text[cell], doc);
}

static void declared_is_there(const char *text, const struct sim *sim)
{
    for (int i = 0; i < sim->waits.count; i++) row_holds(text, "wait", sim->waits.wait[i].name, 4, sim->waits.wait[i].doc);
    for (int i = 0; i < sim->tallies.count; i++)
        if (!is_of_a_trait(sim->tallies.tally[i].name)) row_holds(text, "tally", sim->tallies.tally[i].name, 4, sim->tallies.tally[i].doc);
    for (int i = 0; i < sim->indicators; i++) row_holds(text, "indicator", sim->indicator[i].name, 2, sim->indicator[i].doc);
    for (int i = 0; i < sim->events.kinds; i++) row_holds(text, "event", sim->events.kind[i].name, 1, sim->events.kind[i].doc);
}

static void scenarios_declare_nothing_else(void)
{
    static const char *const paths[] = {"scenarios/three_borders/scenario.cfg", "scenarios/toy_case/scenario.cfg"};
    char *text = manual(NULL, "odd");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct setup setup;
        struct error error = {0};
        setup_init(&setup);
        struct sim *sim = scenario_read(&setup, paths[i], &error) ? NULL : sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
        TEST(sim, "%s", error.text);
        if (sim) declared_is_there(text, sim);
        sim_close(sim);
        setup_free(&setup);
    }
    free(text);
}

/* ---- choice ---- */

static void one_model(void)
{
    static const char *const formats[] = {NULL, "md", "cfg", "odd"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *text = manual("flee_zones", formats[i]);
        TEST(strstr(text, "camp_movechance") && !strstr(text, "max_move_speed"), "%s", formats[i] ? formats[i] : "plain");
        free(text);
    }
}

static void no_such_model(void)
{
    struct error error = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    TEST(manual_write("flee_zone", "odd", out, &error) == -1 && error.status == FAIL_USAGE, "status %d", (int)error.status);
    TEST(strstr(error.text, "flee_zones"), "%s", error.text);
    fclose(out);
    TEST(size == 0, "nothing is written: %s", text);
    free(text);
}

static void the_same_again(void)
{
    char *first = manual(NULL, "odd"), *again = manual(NULL, "odd");
    TEST(!strcmp(first, again), "written twice, it differs");
    free(first), free(again);
}

static const struct test_case cases[] = {
    {"tables are complete", tables_are_complete},
    {"parameters and levers", parameters},
    {"person fields", person_fields_are_there},
    {"headings", headings},
    {"phases name their models", phases_name_their_models},
    {"what scenarios declare", scenarios_declare_nothing_else},
    {"one model", one_model},
    {"no such model", no_such_model},
    {"the same again", the_same_again},
};

TEST_MAIN(cases)
