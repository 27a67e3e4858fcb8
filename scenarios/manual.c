/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manual.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include <string.h>

typedef void write_model(const struct model *model, FILE *out);

/* The fallback of a parameter as text: a table of one entry, stored into scratch. */
static void fallback_text(const struct param *param, char *text, size_t size)
{
    union {
        double number;
        int64_t integer;
        bool flag;
        int choice;
        struct param_list list;
    } scratch = {0};
    struct param table[2] = {*param, {0}};
    table[0].offset = 0;
    param_defaults(table, &scratch);
    param_text(table, &scratch, text, size);
}

static void range_text(const struct param *param, char *text, size_t size)
{
    if (param->kind == PARAM_CHOICE) snprintf(text, size, "%s", param->choices);
    else if (param->kind == PARAM_FLAG) snprintf(text, size, "true|false");
    else snprintf(text, size, "%g to %g%s", param->low, param->high, param->kind == PARAM_LIST ? " each" : "");
}

static const char *unit_of(const char *unit) { return unit && strcmp(unit, "1") ? unit : "-"; }

/* ---- plain ---- */

static void plain_model(const struct model *model, FILE *out)
{
    char value[100], range[200];
    fprintf(out, "%s: %s\n", model->name, model->doc);
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) {
        fallback_text(param, value, sizeof value);
        range_text(param, range, sizeof range);
        fprintf(out, "  %-28s %s [%s; %s] %s\n", param->name, value, unit_of(param->unit), range, param->doc);
    }
    for (const struct lever *lever = model->levers; lever && lever->name; lever++)
        fprintf(out, "  lever %-22s %g [%s; %g to %g] %s\n", lever->name, lever->fallback, unit_of(lever->unit), lever->min, lever->max,
                lever->doc);
}

/* ---- Markdown ---- */

/* A bar would end the cell. */
static void cell(const char *text, FILE *out)
{
    for (; text && *text; text++) fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void row(const char *const *text, int count, FILE *out)
{
    for (int i = 0; i < count; i++) {
        fprintf(out, "| ");
        cell(text[i], out);
        fprintf(out, " ");
    }
    fprintf(out, "|\n");
}

static void markdown_params(const struct model *model, FILE *out)
{
    char value[100], range[200];
    if (model->params->kind == PARAM_END) return;
    fprintf(out, "| parameter | default | unit | range | meaning | source |\n|---|---|---|---|---|---|\n");
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) {
        fallback_text(param, value, sizeof value);
        range_text(param, range, sizeof range);
        row((const char *[]){param->name, value, unit_of(param->unit), range, param->doc, param->source}, 6, out);
    }
    fprintf(out, "\n");
}

static void markdown_levers(const struct model *model, FILE *out)
{
    static const char *const over[LEVER_OVERS] = {"world", "state", "place", "link", "placement", "service"};
    char value[40], range[80];
    if (!model->levers || !model->levers->name) return;
    fprintf(out, "| lever | baseline | unit | range | over | meaning |\n|---|---|---|---|---|---|\n");
    for (const struct lever *lever = model->levers; lever->name; lever++) {
        snprintf(value, sizeof value, "%g", lever->fallback);
        snprintf(range, sizeof range, "%g to %g", lever->min, lever->max);
        row((const char *[]){lever->name, value, unit_of(lever->unit), range, over[lever->over], lever->doc}, 6, out);
    }
    fprintf(out, "\n");
}

static void markdown_model(const struct model *model, FILE *out)
{
    fprintf(out, "## %s\n\n%s. Source: %s.\n\n", model->name, model->doc, model->source ? model->source : "none");
    markdown_params(model, out);
    markdown_levers(model, out);
}

/* ---- a settings file ---- */

static void settings_param(const struct param *param, FILE *out)
{
    char value[100], range[200];
    const char *quote = param->kind == PARAM_CHOICE ? "\"" : "";
    fallback_text(param, value, sizeof value);
    range_text(param, range, sizeof range);
    fprintf(out, "    // %s [%s; %s] %s\n", param->doc, unit_of(param->unit), range, param->source ? param->source : "");
    bool real = param->kind == PARAM_NUMBER && !strpbrk(value, ".e");
    fprintf(out, "    %s%s = %s%s%s%s;\n", param->kind == PARAM_LIST ? "// " : "", param->name, quote, value, real ? ".0" : "", quote);
}

static void settings_model(const struct model *model, FILE *out)
{
    fprintf(out, "  { // %s\n    name = \"%s\";\n", model->doc, model->name);
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) settings_param(param, out);
    fprintf(out, "  }");
}

static void settings_all(int count, const struct model *const *list, FILE *out)
{
    fprintf(out, "// The models with their defaults: keep what you need and change what you know better.\nmodels = (\n");
    for (int i = 0; i < count; i++) {
        settings_model(list[i], out);
        fprintf(out, i + 1 < count ? ",\n" : "\n");
    }
    fprintf(out, ");\n");
}

/* ---- choice ---- */

static int find_model(const char *name, int count, struct error *error)
{
    const char **names = memory_new((size_t)count + 1, sizeof *names);
    char hint[96];
    int found = -1;
    for (int i = 0; i < count; i++) {
        names[i] = models[i]->name;
        if (!strcmp(names[i], name)) found = i;
    }
    if (found < 0) fail(error, FAIL_USAGE, "there is no model '%s'%s", name, fail_nearest(hint, name, names, (size_t)count));
    memory_free(names);
    return found;
}

int manual_write(const char *model, const char *format, FILE *out, struct error *error)
{
    int count = 0;
    while (models[count]) count++;
    int first = model ? find_model(model, count, error) : 0;
    if (first < 0) return -1;
    int last = model ? first + 1 : count;
    if (format && !strcmp(format, "cfg")) return settings_all(last - first, models + first, out), 0;
    write_model *write = format ? markdown_model : plain_model;
    for (int i = first; i < last; i++) write(models[i], out);
    return 0;
}
