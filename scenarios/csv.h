/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated tables as people really write them: optional quotes (doubled inside), CRLF, CR or LF, a byte order
   mark, trailing commas, blank rows (dropped, also rows of commas only) and comments (rows whose first field begins
   with '#'). Spaces round a field are dropped unless quoted. Rows keep the line they began on. UTF-8 only. */
#ifndef WAYFARE_CSV_H
#define WAYFARE_CSV_H

#include "sim/fail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum csv_header {
    CSV_PLAIN, /* every row is data */
    CSV_NAMED, /* the first row that is no comment names the columns; names must differ; no row may be wider */
    CSV_FIRST, /* the same, but a comment that looks like a header ("#Day,A,B") counts too; its '#' is dropped */
    CSV_HASHED /* the widest comment before the first data row that looks like a header names them, if there is one; rows may be wider */
};

struct csv_row {
    int line;     /* in the file, from 1 */
    int fields;   /* trailing blank ones included */
    size_t first; /* index into .cell */
};

struct csv {
    char *path;
    int columns; /* named ones; blank names at the end are dropped */
    char **name;
    int header_line; /* 0: no header */
    int rows;
    struct csv_row *row;
    char **cell;
    char *text; /* all cells live here */
};

/* Fill *csv from a file. 0, or -1 with the file and line. csv_free it in either case. */
int csv_read(const char *path, enum csv_header header, struct csv *csv, struct error *error);
/* The same from bytes in memory; path is used in messages only. */
int csv_parse(const char *path, const char *bytes, size_t size, enum csv_header header, struct csv *csv, struct error *error);
void csv_free(struct csv *csv);

int csv_find(const struct csv *csv, const char *name);                        /* the column so named, or -1 */
int csv_column(const struct csv *csv, const char *name, struct error *error); /* the same; -1 with the nearest name in the error */

/* One field. "" where the row ends before it or the column is negative (an optional column that is absent). */
const char *csv_text(const struct csv *csv, int row, int column);
static inline bool csv_blank(const struct csv *csv, int row, int column) { return csv_text(csv, row, column)[0] == '\0'; }

/* Whole fields as values; a blank field is an error, so ask csv_blank() first where a blank is allowed. 0, or -1. */
int csv_number(const struct csv *csv, int row, int column, double *value, struct error *error); /* finite */
int csv_integer(const struct csv *csv, int row, int column, int64_t *value, struct error *error);
int csv_date(const struct csv *csv, int row, int column, int32_t *civil_day, struct error *error);

/* Bytes of the well-formed UTF-8 character at p (RFC 3629), 0 where there is none. */
size_t csv_character_bytes(const unsigned char *p, const unsigned char *end);

/* An error in a row: "path:line: ...". Returns -1. */
int csv_fail(const struct csv *csv, int row, struct error *error, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
