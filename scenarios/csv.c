/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/csv.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/param.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Cells are written one after the other into csv->text, each with its end: never more bytes than the file has, plus one. */
struct scan {
    const char *at, *end;
    int line;
    char *out;
    size_t cells, cell_room;
    int row_room;
    enum csv_header header;
    struct csv *csv;
    struct error *error;
};

static bool at_line_end(const struct scan *s) { return s->at == s->end || *s->at == '\n' || *s->at == '\r'; }

static void skip_spaces(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t')) s->at++;
}

/* CRLF, LF and a lone CR each end one line. */
static void skip_line_end(struct scan *s)
{
    if (s->at == s->end) return;
    if (*s->at == '\r' && s->at + 1 < s->end && s->at[1] == '\n') s->at++;
    s->at++;
    s->line++;
}

static char *begin_cell(struct scan *s)
{
    struct csv *csv = s->csv;
    if (s->cells == s->cell_room) {
        size_t room = s->cell_room ? 2 * s->cell_room : 64;
        csv->cell = memory_grow(csv->cell, s->cell_room, room, sizeof *csv->cell);
        s->cell_room = room;
    }
    return csv->cell[s->cells++] = s->out;
}

static void end_cell(struct scan *s, const char *begin, bool trim)
{
    while (trim && s->out > begin && strchr(" \t", s->out[-1])) s->out--;
    *s->out++ = '\0';
}

static void plain_field(struct scan *s)
{
    const char *begin = begin_cell(s);
    while (!at_line_end(s) && *s->at != ',') *s->out++ = *s->at++;
    end_cell(s, begin, true);
}

/* In comments a quote may stand alone ("don't"), so only a pair round the whole field is taken off. */
static void comment_field(struct scan *s)
{
    plain_field(s);
    char *cell = s->csv->cell[s->cells - 1];
    size_t length = strlen(cell);
    if (length < 2 || cell[0] != '"' || cell[length - 1] != '"') return;
    cell[length - 1] = '\0';
    s->csv->cell[s->cells - 1] = cell + 1;
}

static bool quote_closes(struct scan *s)
{
    if (*s->at != '"') return false;
    if (s->at + 1 == s->end || s->at[1] != '"') return true;
    s->at++; /* doubled: one quote is copied */
    return false;
}

static int quoted_field(struct scan *s)
{
    const char *begin = begin_cell(s);
    int line = s->line;
    for (s->at++; s->at < s->end && !quote_closes(s); s->at++) {
        if (*s->at == '\n' || (*s->at == '\r' && (s->at + 1 == s->end || s->at[1] != '\n'))) s->line++;
        *s->out++ = *s->at;
    }
    if (s->at == s->end) return fail_at(s->error, s->csv->path, line, "expected a closing quote, found the end of the file");
    s->at++;
    end_cell(s, begin, false);
    skip_spaces(s);
    if (at_line_end(s) || *s->at == ',') return 0;
    return fail_at(s->error, s->csv->path, s->line, "expected a comma or the end of the line after a closing quote, found '%c'", *s->at);
}

static int next_field(struct scan *s, bool comment)
{
    skip_spaces(s);
    if (comment) return comment_field(s), 0;
    if (s->at < s->end && *s->at == '"') return quoted_field(s);
    return plain_field(s), 0;
}

/* Appends one row's cells. */
static int scan_fields(struct scan *s)
{
    skip_spaces(s);
    bool comment = s->at < s->end && *s->at == '#';
    if (next_field(s, comment)) return -1;
    while (s->at < s->end && *s->at == ',') {
        s->at++;
        if (next_field(s, comment)) return -1;
    }
    skip_line_end(s);
    return 0;
}

static bool blank_row(char *const *cell, int fields)
{
    for (int i = 0; i < fields; i++)
        if (cell[i][0]) return false;
    return true;
}

/* "#name,region" does, "# from UNHCR, 2015" does not. */
static bool looks_like_header(char *const *cell, int fields)
{
    const char *first = cell[0] + strspn(cell[0], "# \t");
    return fields >= 2 && *first && !strpbrk(first, " \t");
}

static bool is_header(const struct scan *s, char *const *cell, int fields)
{
    bool comment = cell[0][0] == '#', none_yet = !s->csv->header_line;
    switch (s->header) {
    case CSV_PLAIN:
        return false;
    case CSV_NAMED:
        return none_yet && !comment;
    case CSV_FIRST:
        return none_yet && (!comment || looks_like_header(cell, fields));
    case CSV_HASHED:
        return s->csv->rows == 0 && comment && looks_like_header(cell, fields) && fields > s->csv->columns;
    }
    return false;
}

static void set_header(struct csv *csv, char *const *cell, int fields, int line)
{
    while (fields > 0 && !cell[fields - 1][0]) fields--;
    memory_free(csv->name);
    csv->name = memory_copy(cell, (size_t)fields, sizeof *csv->name);
    if (cell[0][0] == '#') csv->name[0] += strspn(cell[0], "# \t");
    csv->columns = fields;
    csv->header_line = line;
}

static void add_row(struct scan *s, size_t first, int fields, int line)
{
    struct csv *csv = s->csv;
    if (csv->rows == s->row_room) {
        int room = s->row_room ? 2 * s->row_room : 64;
        csv->row = memory_grow(csv->row, (size_t)s->row_room, (size_t)room, sizeof *csv->row);
        s->row_room = room;
    }
    csv->row[csv->rows++] = (struct csv_row){.line = line, .fields = fields, .first = first};
}

static int scan_row(struct scan *s)
{
    size_t first = s->cells;
    char *out = s->out;
    int line = s->line;
    if (scan_fields(s)) return -1;
    char *const *cell = s->csv->cell + first;
    int fields = (int)(s->cells - first);
    bool blank = blank_row(cell, fields);
    if (!blank && is_header(s, cell, fields)) return set_header(s->csv, cell, fields, line), 0;
    if (!blank && cell[0][0] != '#') return add_row(s, first, fields, line), 0;
    s->cells = first;
    s->out = out;
    return 0;
}

size_t csv_character_bytes(const unsigned char *p, const unsigned char *end)
{
    if (*p < 0x80) return *p != 0;
    size_t bytes = *p >= 0xC2 && *p <= 0xDF ? 2 : (*p & 0xF0) == 0xE0    ? 3
                                              : *p >= 0xF0 && *p <= 0xF4 ? 4
                                                                         : 0;
    if (bytes == 0 || (size_t)(end - p) < bytes) return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    bool overlong = (*p == 0xE0 && p[1] < 0xA0) || (*p == 0xF0 && p[1] < 0x90);
    bool beyond = (*p == 0xED && p[1] > 0x9F) || (*p == 0xF4 && p[1] > 0x8F);
    return overlong || beyond ? 0 : bytes;
}

static int check_text(const struct scan *s)
{
    const unsigned char *p = (const unsigned char *)s->at, *end = (const unsigned char *)s->end;
    int line = 1;
    while (p < end) {
        size_t bytes = csv_character_bytes(p, end);
        if (bytes == 0) return fail_at(s->error, s->csv->path, line, "expected UTF-8 text, found byte 0x%02X", *p);
        if (*p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'))) line++;
        p += bytes;
    }
    return 0;
}

static int check_names(const struct csv *csv, struct error *error)
{
    for (int i = 1; i < csv->columns; i++)
        if (csv->name[i][0] && csv_find(csv, csv->name[i]) < i)
            return fail_at(error, csv->path, csv->header_line, "column '%s' is named twice", csv->name[i]);
    return 0;
}

static int check_widths(const struct csv *csv, struct error *error)
{
    for (int i = 0; i < csv->rows; i++)
        for (int j = csv->columns; j < csv->row[i].fields; j++)
            if (!csv_blank(csv, i, j))
                return csv_fail(csv, i, error, "expected %d fields as the header (line %d) names, found %d", csv->columns,
                                csv->header_line, j + 1);
    return 0;
}

int csv_parse(const char *path, const char *bytes, size_t size, enum csv_header header, struct csv *csv, struct error *error)
{
    struct scan s = {.at = bytes, .end = bytes + size, .line = 1, .header = header, .csv = csv, .error = error};
    *csv = (struct csv){.path = memory_text(path), .text = memory_new(size + 1, 1)};
    s.out = csv->text;
    if (size >= 3 && !memcmp(s.at, "\xEF\xBB\xBF", 3)) s.at += 3;
    if (check_text(&s)) return -1;
    while (s.at < s.end)
        if (scan_row(&s)) return -1;
    if (header == CSV_PLAIN || header == CSV_HASHED) return 0;
    if (!csv->header_line) return fail_at(error, path, 0, "expected a first row with the names of the columns, found none");
    return check_names(csv, error) || check_widths(csv, error) ? -1 : 0;
}

/* The whole file in new memory; NULL with the error set. */
static char *load(const char *path, size_t *size, struct error *error)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status)) fail_at(error, path, 0, "cannot read the file: %s", strerror(errno));
    else if (!S_ISREG(status.st_mode)) fail_at(error, path, 0, "expected a file, found %s",
                                               S_ISDIR(status.st_mode) ? "a directory" : "something else");
    else {
        char *bytes = memory_new((size_t)status.st_size + 1, 1);
        *size = fread(bytes, 1, (size_t)status.st_size, file);
        fclose(file);
        if (*size == (size_t)status.st_size) return bytes;
        fail_at(error, path, 0, "cannot read the file to its end");
        memory_free(bytes);
        return NULL;
    }
    if (file) fclose(file);
    return NULL;
}

int csv_read(const char *path, enum csv_header header, struct csv *csv, struct error *error)
{
    size_t size = 0;
    *csv = (struct csv){0};
    char *bytes = load(path, &size, error);
    if (!bytes) return -1;
    int status = csv_parse(path, bytes, size, header, csv, error);
    memory_free(bytes);
    return status;
}

void csv_free(struct csv *csv)
{
    memory_free(csv->path);
    memory_free(csv->name);
    memory_free(csv->row);
    memory_free(csv->cell);
    memory_free(csv->text);
    *csv = (struct csv){0};
}

int csv_find(const struct csv *csv, const char *name)
{
    for (int i = 0; i < csv->columns; i++)
        if (!strcmp(csv->name[i], name)) return i;
    return -1;
}

int csv_column(const struct csv *csv, const char *name, struct error *error)
{
    char hint[96];
    int column = csv_find(csv, name);
    if (column >= 0) return column;
    return fail_at(error, csv->path, csv->header_line, "expected a column '%s', found none%s", name,
                   fail_nearest(hint, name, (const char *const *)csv->name, (size_t)csv->columns));
}

const char *csv_text(const struct csv *csv, int row, int column)
{
    const struct csv_row *r = &csv->row[row];
    return column >= 0 && column < r->fields ? csv->cell[r->first + (size_t)column] : "";
}

/* Column and content, for messages. */
static int unexpected(const struct csv *csv, int row, int column, const char *expected, struct error *error)
{
    const char *found = csv_text(csv, row, column);
    const char *name = column >= 0 && column < csv->columns ? csv->name[column] : "";
    if (!*name) return csv_fail(csv, row, error, "expected %s in field %d, found %s%.80s%s", expected, column + 1, *found ? "'" : "",
                                *found ? found : "nothing", *found ? "'" : "");
    return csv_fail(csv, row, error, "expected %s in column '%s', found %s%.80s%s", expected, name, *found ? "'" : "",
                    *found ? found : "nothing", *found ? "'" : "");
}

int csv_number(const struct csv *csv, int row, int column, double *value, struct error *error)
{
    if (!param_parse_number(csv_text(csv, row, column), value)) return 0;
    return unexpected(csv, row, column, "a number", error);
}

int csv_integer(const struct csv *csv, int row, int column, int64_t *value, struct error *error)
{
    if (!param_parse_integer(csv_text(csv, row, column), value)) return 0;
    return unexpected(csv, row, column, "a whole number", error);
}

int csv_date(const struct csv *csv, int row, int column, int32_t *civil_day, struct error *error)
{
    if (!calendar_parse(csv_text(csv, row, column), civil_day)) return 0;
    return unexpected(csv, row, column, "a date YYYY-MM-DD", error);
}

int csv_fail(const struct csv *csv, int row, struct error *error, const char *format, ...)
{
    char text[sizeof error->text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return fail_at(error, csv->path, csv->row[row].line, "%s", text);
}
