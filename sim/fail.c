/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_MOST 64 /* longer names are never suggested */

/* One line, whatever the names that were read hold. */
static void flatten(char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text)) *text = ' ';
}

int fail(struct error *error, enum fail_status status, const char *format, ...)
{
    assert(error && status != FAIL_NONE);
    if (error->status != FAIL_NONE) return -1;
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    flatten(error->text);
    error->status = status;
    return -1;
}

/* Writes "file:line: ", "file: " or nothing; returns its length, always below size. */
static size_t write_place(char *text, size_t size, const char *file, int line)
{
    text[0] = '\0';
    if (file && line > 0) snprintf(text, size, "%s:%d: ", file, line);
    else if (file) snprintf(text, size, "%s: ", file);
    return strlen(text);
}

int fail_at(struct error *error, const char *file, int line, const char *format, ...)
{
    assert(error);
    if (error->status != FAIL_NONE) return -1;
    size_t length = write_place(error->text, sizeof error->text, file, line);
    va_list list;
    va_start(list, format);
    vsnprintf(error->text + length, sizeof error->text - length, format, list);
    va_end(list);
    flatten(error->text);
    error->status = FAIL_INPUT;
    return -1;
}

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

static int lower(char c) { return tolower((unsigned char)c); }

/* The next row of the edit table: row[i + 1] from row[i] and row[i - 1], for the letter b[i]. */
static void edit_row(const char *a, size_t a_length, const char *b, size_t i, const size_t *before, const size_t *above, size_t *row)
{
    row[0] = i + 1;
    for (size_t j = 0; j < a_length; j++) {
        size_t cost = lower(a[j]) != lower(b[i]);
        size_t best = min_size(min_size(row[j] + 1, above[j + 1] + 1), above[j] + cost);
        bool swapped = i > 0 && j > 0 && lower(a[j]) == lower(b[i - 1]) && lower(a[j - 1]) == lower(b[i]);
        row[j + 1] = swapped ? min_size(best, before[j - 1] + 1) : best;
    }
}

/* Insertions, deletions, changes and swaps of neighbours that turn one into the other; upper and lower case are alike. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_MOST + 1];
    for (size_t j = 0; j <= a_length; j++) rows[0][j] = j;
    for (size_t i = 0; i < b_length; i++) edit_row(a, a_length, b, i, rows[(i + 2) % 3], rows[i % 3], rows[(i + 1) % 3]);
    return rows[b_length % 3][a_length];
}

/* Index of the nearest name within reach, or count. The first of equals. */
static size_t nearest(const char *name, const char *const *names, size_t count)
{
    size_t length = strlen(name), found = count;
    if (length > NAME_MOST) return count;
    size_t limit = length / 3 > 1 ? length / 3 : 1;
    for (size_t i = 0; i < count; i++) {
        size_t other = names[i] ? strlen(names[i]) : 0;
        if (other == 0 || other > NAME_MOST || other > length + limit || length > other + limit) continue;
        size_t distance = edit_distance(name, length, names[i], other);
        if (distance > limit) continue;
        found = i;
        if (distance == 0) break;
        limit = distance - 1;
    }
    return found;
}

const char *fail_nearest(char hint[96], const char *name, const char *const *names, size_t count)
{
    size_t found = nearest(name, names, count);
    hint[0] = '\0';
    if (found < count) snprintf(hint, 96, " (did you mean '%s'?)", names[found]);
    return hint;
}
