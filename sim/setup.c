/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup.h"
#include "memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void setup_init(struct setup *setup)
{
    memset(setup, 0, sizeof *setup);
    setup->scale = 1;
}

void setup_add_model(struct setup *setup, const char *name)
{
    size_t count = (size_t)setup->models;
    setup->model = memory_grow(setup->model, count, count + 1, sizeof *setup->model);
    setup->model[count] = memory_text(name);
    setup->models++;
}

static struct param_given *add_given(struct setup *setup, const char *owner, const char *name, const char *file, int line)
{
    size_t count = (size_t)setup->givens;
    setup->given = memory_grow(setup->given, count, count + 1, sizeof *setup->given);
    struct param_given *given = &setup->given[count];
    given->owner = memory_text(owner);
    given->name = memory_text(name);
    given->file = memory_text(file);
    given->line = line;
    setup->givens++;
    return given;
}

void setup_give(struct setup *setup, const char *owner, const char *name, const char *text, const char *file, int line)
{
    add_given(setup, owner, name, file, line)->text = memory_text(text ? text : "");
}

void setup_give_list(struct setup *setup, const char *owner, const char *name, int count, const double *value, const char *file, int line)
{
    struct param_given *given = add_given(setup, owner, name, file, line);
    given->list.value = memory_copy(value, (size_t)count, sizeof *value);
    given->list.count = count;
}

void setup_add_input(struct setup *setup, const char *path, const char *sha256)
{
    size_t count = (size_t)setup->inputs;
    setup->input = memory_grow(setup->input, count, count + 1, sizeof *setup->input);
    setup->input[count].path = memory_text(path);
    snprintf(setup->input[count].sha256, sizeof setup->input[count].sha256, "%s", sha256);
    setup->inputs++;
}

void setup_add_census(struct setup *setup, const char *facet)
{
    size_t count = (size_t)setup->census_facets;
    setup->census = true;
    if (!facet) return;
    setup->census_facet = memory_grow(setup->census_facet, count, count + 1, sizeof *setup->census_facet);
    setup->census_facet[count] = memory_text(facet);
    setup->census_facets++;
}

/* Lines are joined by newlines, without one at the end; what does not fit is cut off. */
void setup_warn(struct setup *setup, const char *format, ...)
{
    char *text = setup->warning.text;
    size_t size = sizeof setup->warning.text, length = strlen(text);
    if (length > 0 && length + 1 < size) {
        text[length++] = '\n';
        text[length] = '\0';
    }
    va_list list;
    va_start(list, format);
    vsnprintf(text + length, size - length, format, list);
    va_end(list);
}

static void free_given(struct param_given *given)
{
    memory_free(given->owner);
    memory_free(given->name);
    memory_free(given->text);
    memory_free(given->list.value);
    memory_free(given->file);
}

void setup_forget(struct setup *setup, const char *owner, const char *name)
{
    int kept = 0;
    for (int i = 0; i < setup->givens; i++) {
        struct param_given *given = &setup->given[i];
        if (!strcmp(given->owner, owner) && !strcmp(given->name, name)) free_given(given);
        else setup->given[kept++] = *given;
    }
    setup->givens = kept;
}

void setup_free(struct setup *setup)
{
    if (!setup) return;
    for (int i = 0; i < setup->models; i++) memory_free(setup->model[i]);
    for (int i = 0; i < setup->givens; i++) free_given(&setup->given[i]);
    for (int i = 0; i < setup->inputs; i++) memory_free(setup->input[i].path);
    for (int i = 0; i < setup->census_facets; i++) memory_free(setup->census_facet[i]);
    world_free(setup->world);
    driver_free(&setup->drivers);
    trait_free(&setup->traits);
    casegraph_free(&setup->casegraph);
    lever_free(&setup->levers);
    void *block[] = {setup->name, setup->title, setup->source, setup->model, setup->given, setup->census_facet, setup->observed, setup->input};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    setup_init(setup);
}
