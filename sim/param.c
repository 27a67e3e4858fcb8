/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "param.h"
#include "memory.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD_MOST = 64 };

static void *field(const struct param *entry, void *base) { return (char *)base + entry->offset; }
static const void *const_field(const struct param *entry, const void *base) { return (const char *)base + entry->offset; }

static void store_fallback(const struct param *entry, void *at)
{
    switch (entry->kind) {
    case PARAM_NUMBER:
        *(double *)at = entry->fallback;
        break;
    case PARAM_INTEGER:
        *(int64_t *)at = (int64_t)entry->fallback;
        break;
    case PARAM_FLAG:
        *(bool *)at = entry->fallback != 0;
        break;
    case PARAM_CHOICE:
        *(int *)at = (int)entry->fallback;
        break;
    case PARAM_LIST:
        *(struct param_list *)at = (struct param_list){NULL, 0};
        break;
    case PARAM_TEXT:
        *(char **)at = NULL;
        break;
    case PARAM_END:
        break;
    }
}

void param_defaults(const struct param *table, void *base)
{
    for (const struct param *entry = table; entry->kind != PARAM_END; entry++) store_fallback(entry, field(entry, base));
}

const struct param *param_find(const struct param *table, const char *name)
{
    for (const struct param *entry = table; entry->kind != PARAM_END; entry++)
        if (strcmp(entry->name, name) == 0) return entry;
    return NULL;
}

/* Moves past digits; returns how many. */
static int skip_digits(const char **text)
{
    int count = 0;
    for (; isdigit((unsigned char)**text); count++) ++*text;
    return count;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point. */
static bool is_decimal(const char *text)
{
    if (*text == '+' || *text == '-') text++;
    int count = skip_digits(&text);
    if (*text == '.') {
        text++;
        count += skip_digits(&text);
    }
    if (count == 0) return false;
    if (*text != 'e' && *text != 'E') return *text == '\0';
    text++;
    if (*text == '+' || *text == '-') text++;
    return skip_digits(&text) > 0 && *text == '\0';
}

int param_parse_number(const char *text, double *value)
{
    if (!is_decimal(text)) return -1;
    char *end;
    double number = strtod(text, &end);
    if (*end != '\0' || !isfinite(number)) return -1;
    *value = number;
    return 0;
}

int param_parse_integer(const char *text, int64_t *value)
{
    const char *digit = text + (*text == '+' || *text == '-');
    if (skip_digits(&digit) == 0 || *digit != '\0') return -1;
    errno = 0;
    intmax_t number = strtoimax(text, NULL, 10);
    if (errno == ERANGE || number < INT64_MIN || number > INT64_MAX) return -1;
    *value = (int64_t)number;
    return 0;
}

static int fail_unknown(const struct param *table, const struct param_given *given, struct error *error)
{
    size_t count = 0;
    while (table[count].kind != PARAM_END) count++;
    const char **name = memory_new(count + 1, sizeof *name);
    for (size_t i = 0; i < count; i++) name[i] = table[i].name;
    char hint[96];
    fail_nearest(hint, given->name, name, count);
    memory_free(name);
    return fail_at(error, given->file, given->line, "%s has no parameter '%s'%s", given->owner, given->name, hint);
}

/* "expected <what>, found '<text>'" for the parameter. */
static int fail_expected(const struct param_given *given, const char *what, struct error *error)
{
    if (given->text)
        return fail_at(error, given->file, given->line, "%s.%s: expected %s, found '%s'",
                       given->owner, given->name, what, given->text);
    return fail_at(error, given->file, given->line, "%s.%s: expected %s, found a list", given->owner, given->name, what);
}

static int check_range(const struct param *entry, double value, const struct param_given *given, struct error *error)
{
    if (value >= entry->low && value <= entry->high) return 0;
    bool bare = !entry->unit || strcmp(entry->unit, "1") == 0;
    return fail_at(error, given->file, given->line, "%s.%s: expected a value in [%.15g, %.15g]%s%s, found %.15g", given->owner, given->name,
                   entry->low, entry->high, bare ? "" : " ", bare ? "" : entry->unit, value);
}

static int store_number(const struct param *entry, double *at, const struct param_given *given, struct error *error)
{
    double value;
    if (!given->text || param_parse_number(given->text, &value)) return fail_expected(given, "a number", error);
    if (check_range(entry, value, given, error)) return -1;
    *at = value;
    return 0;
}

static int store_integer(const struct param *entry, int64_t *at, const struct param_given *given, struct error *error)
{
    int64_t value;
    if (!given->text || param_parse_integer(given->text, &value)) return fail_expected(given, "a whole number", error);
    if (check_range(entry, (double)value, given, error)) return -1;
    *at = value;
    return 0;
}

static int store_flag(bool *at, const struct param_given *given, struct error *error)
{
    static const char *const word[] = {"false", "true", "no", "yes", "off", "on", "0", "1"}; /* odd ones are true */
    for (size_t i = 0; given->text && i < sizeof word / sizeof *word; i++) {
        if (strcasecmp(given->text, word[i]) != 0) continue;
        *at = i % 2 == 1;
        return 0;
    }
    return fail_expected(given, "true or false", error);
}

/* The length of the word that begins here; *next is where the following one begins, NULL after the last. */
static size_t word_length(const char *words, const char **next)
{
    size_t length = strcspn(words, "|");
    *next = words[length] == '|' ? words + length + 1 : NULL;
    return length;
}

/* Index of text among words such as "compat|fixed"; -1: none. */
static int choice_index(const char *words, const char *text)
{
    int i = 0;
    for (const char *word = words, *next; word; word = next, i++) {
        size_t length = word_length(word, &next);
        if (strlen(text) == length && memcmp(word, text, length) == 0) return i;
    }
    return -1;
}

/* Copies word number choice; "" where there is none. */
static void choice_word(const char *words, int choice, char *text, size_t size)
{
    int i = 0;
    text[0] = '\0';
    for (const char *word = words, *next; word; word = next, i++) {
        size_t length = word_length(word, &next);
        if (i == choice) snprintf(text, size, "%.*s", (int)length, word);
    }
}

static int fail_choice(const struct param *entry, const struct param_given *given, struct error *error)
{
    char word[WORD_MOST][WORD_MOST], list[512] = "", hint[96] = "";
    const char *name[WORD_MOST];
    size_t count = 0;
    for (const char *at = entry->choices, *next; at && count < WORD_MOST; at = next, count++) {
        snprintf(word[count], sizeof word[count], "%.*s", (int)word_length(at, &next), at);
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s'%s'", !count ? "" : next ? ", "
                                                                                   : " or ",
                 word[count]);
        name[count] = word[count];
    }
    if (!given->text) return fail_expected(given, list, error);
    fail_nearest(hint, given->text, name, count);
    return fail_at(error, given->file, given->line, "%s.%s: expected %s, found '%s'%s", given->owner, given->name, list, given->text, hint);
}

static int store_choice(const struct param *entry, int *at, const struct param_given *given, struct error *error)
{
    int choice = given->text ? choice_index(entry->choices, given->text) : -1;
    if (choice < 0) return fail_choice(entry, given, error);
    *at = choice;
    return 0;
}

static int store_list(const struct param *entry, struct param_list *at, const struct param_given *given, struct error *error)
{
    if (given->text) return fail_expected(given, "a list of numbers", error);
    for (int i = 0; i < given->list.count; i++)
        if (check_range(entry, given->list.value[i], given, error)) return -1;
    memory_free(at->value);
    at->value = memory_copy(given->list.value, (size_t)given->list.count, sizeof *at->value);
    at->count = given->list.count;
    return 0;
}

static int store_text(char **at, const struct param_given *given, struct error *error)
{
    if (!given->text) return fail_expected(given, "a text", error);
    memory_free(*at);
    *at = *given->text ? memory_text(given->text) : NULL;
    return 0;
}

int param_store(const struct param *table, void *base, const struct param_given *given, struct error *error)
{
    const struct param *entry = param_find(table, given->name);
    if (!entry) return fail_unknown(table, given, error);
    void *at = field(entry, base);
    switch (entry->kind) {
    case PARAM_NUMBER:
        return store_number(entry, at, given, error);
    case PARAM_INTEGER:
        return store_integer(entry, at, given, error);
    case PARAM_FLAG:
        return store_flag(at, given, error);
    case PARAM_CHOICE:
        return store_choice(entry, at, given, error);
    case PARAM_LIST:
        return store_list(entry, at, given, error);
    case PARAM_TEXT:
        return store_text(at, given, error);
    case PARAM_END:
        break;
    }
    assert(entry->kind != PARAM_END);
    return -1;
}

static void release_list(struct param_list *list)
{
    memory_free(list->value);
    *list = (struct param_list){NULL, 0};
}

static void release_text(char **text)
{
    memory_free(*text);
    *text = NULL;
}

void param_release(const struct param *table, void *base)
{
    for (const struct param *entry = table; entry->kind != PARAM_END; entry++) {
        if (entry->kind == PARAM_LIST) release_list(field(entry, base));
        if (entry->kind == PARAM_TEXT) release_text(field(entry, base));
    }
}

/* A short text that reads back as the same double. */
static void number_text(double value, char *text, size_t size)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    snprintf(text, size, "%s", digits);
}

static void list_text(const struct param_list *list, char *text, size_t size)
{
    size_t length = 0;
    snprintf(text, size, "[");
    for (int i = 0; i < list->count; i++) {
        char number[40];
        number_text(list->value[i], number, sizeof number);
        length = strlen(text);
        snprintf(text + length, size - length, "%s%s", i ? ", " : "", number);
    }
    length = strlen(text);
    snprintf(text + length, size - length, "]");
}

void param_text(const struct param *entry, const void *base, char *text, size_t size)
{
    const void *at = const_field(entry, base);
    assert(size > 0);
    switch (entry->kind) {
    case PARAM_NUMBER:
        number_text(*(const double *)at, text, size);
        break;
    case PARAM_INTEGER:
        snprintf(text, size, "%" PRId64, *(const int64_t *)at);
        break;
    case PARAM_FLAG:
        snprintf(text, size, "%s", *(const bool *)at ? "true" : "false");
        break;
    case PARAM_CHOICE:
        choice_word(entry->choices, *(const int *)at, text, size);
        break;
    case PARAM_LIST:
        list_text(at, text, size);
        break;
    case PARAM_TEXT:
        snprintf(text, size, "%s", *(char *const *)at ? *(char *const *)at : "");
        break;
    case PARAM_END:
        text[0] = '\0';
        break;
    }
}
