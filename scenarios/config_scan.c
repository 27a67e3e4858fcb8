/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config_scan.h"
#include "csv.h"
#include "sim/memory.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH 10 /* libconfig's own limit on includes within includes */

/* One file being read; the chain of parents is what a circle closes. */
struct reader {
    const struct reader *parent;
    struct config_scan *scan;
    const char *file, *directory;
    char *text;
    size_t at, size;
    int line;
    dev_t device;
    ino_t inode;
    struct error *error;
};

static int read_text(struct reader *r);

/* An error about a file as a whole is told at the line that includes it. */
static int fail_file(const struct reader *r, const char *what)
{
    if (!r->parent) return fail_at(r->error, r->file, 0, "%s", what);
    return fail_at(r->error, r->parent->file, r->parent->line, "included file '%s': %s", r->file, what);
}

static int check_kind(struct reader *r, FILE *in)
{
    struct stat info;
    if (fstat(fileno(in), &info)) return fail_file(r, strerror(errno));
    if (S_ISDIR(info.st_mode)) return fail_file(r, "is a directory; expected a settings file");
    if (!S_ISREG(info.st_mode)) return fail_file(r, "is not an ordinary file");
    r->size = (size_t)info.st_size;
    r->device = info.st_dev;
    r->inode = info.st_ino;
    return 0;
}

static int check_circle(const struct reader *r)
{
    int depth = 0;
    for (const struct reader *p = r->parent; p; p = p->parent, depth++)
        if (p->device == r->device && p->inode == r->inode) return fail_file(r, "includes itself, directly or through others");
    return depth > DEPTH ? fail_file(r, "includes are nested too deep") : 0;
}

/* Names go into the results, which hold UTF-8. */
static int check_text(const struct reader *r)
{
    const unsigned char *p = (const unsigned char *)r->text, *end = p + r->size;
    for (int line = 1; p < end; p += csv_character_bytes(p, end)) {
        if (csv_character_bytes(p, end) == 0) return fail_at(r->error, r->file, line, "expected UTF-8 text, found byte 0x%02X", *p);
        line += *p == '\n';
    }
    return 0;
}

static int load(struct reader *r, FILE *in)
{
    if (check_kind(r, in) || check_circle(r)) return -1;
    r->text = memory_new(r->size + 1, 1);
    if (fread(r->text, 1, r->size, in) != r->size) return fail_file(r, "cannot be read to its end");
    if (memchr(r->text, '\0', r->size)) return fail_file(r, "holds a zero byte: it is no text file");
    if (r->size >= 3 && !memcmp(r->text, "\xef\xbb\xbf", 3)) return fail_file(r, "begins with a byte order mark; save it as plain UTF-8");
    return check_text(r);
}

static int open_file(struct reader *r)
{
    FILE *in = fopen(r->file, "r");
    if (!in) return fail_file(r, errno == ENOENT ? "there is no such file" : strerror(errno));
    int status = load(r, in);
    fclose(in);
    return status;
}

static void remember(struct config_scan *scan, const char *file)
{
    for (int i = 0; i < scan->files; i++)
        if (!strcmp(scan->file[i], file)) return;
    scan->file = memory_grow(scan->file, (size_t)scan->files, (size_t)scan->files + 1, sizeof *scan->file);
    scan->file[scan->files++] = memory_text(file);
}

static char now(const struct reader *r) { return r->text[r->at]; }
static bool ahead(const struct reader *r, const char *word) { return !strncmp(r->text + r->at, word, strlen(word)); }

static void skip_line(struct reader *r)
{
    while (now(r) && now(r) != '\n') r->at++;
}

static int skip_comment(struct reader *r)
{
    int began = r->line;
    for (r->at += 2; now(r); r->at++) {
        if (ahead(r, "*/")) return r->at += 2, 0;
        if (now(r) == '\n') r->line++;
    }
    return fail_at(r->error, r->file, began, "a comment begins here (/*) and never ends");
}

static int skip_string(struct reader *r)
{
    int began = r->line;
    for (r->at++; now(r); r->at++) {
        if (now(r) == '"') return r->at++, 0;
        if (now(r) == '\n') r->line++;
        if (now(r) == '\\' && r->text[r->at + 1]) r->at++;
    }
    return fail_at(r->error, r->file, began, "a text begins here (\") and never ends");
}

static bool name_letter(char c) { return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '*'; }

static void skip_name(struct reader *r)
{
    while (name_letter(now(r))) r->at++;
}

/* An include must stand first on its line, as in libconfig. */
static int try_include(struct reader *r, bool *done)
{
    size_t begin = r->at + strspn(r->text + r->at, " \t");
    if (strncmp(r->text + begin, "@include", 8)) return 0;
    begin += 8;
    size_t quote = begin + strspn(r->text + begin, " \t");
    if (quote == begin || r->text[quote] != '"') return 0;
    size_t length = strcspn(r->text + quote + 1, "\"\n");
    if (r->text[quote + 1 + length] != '"' || !length) return fail_at(r->error, r->file, r->line, "expected @include \"file\"");
    char *name = memory_format("%.*s", (int)length, r->text + quote + 1);
    char *file = r->directory ? memory_format("%s/%s", r->directory, name) : memory_text(name);
    struct reader child = {.parent = r, .scan = r->scan, .file = file, .directory = r->directory, .line = 1, .error = r->error};
    int status = read_text(&child);
    memory_free(name);
    memory_free(file);
    r->at = quote + length + 2;
    *done = true;
    return status;
}

static int check_whole(const struct reader *r, const char *digits)
{
    int base = digits[0] == '0' && tolower((unsigned char)digits[1]) == 'x' ? 16 : 10;
    char *end;
    errno = 0;
    long long value = strtoll(digits, &end, base);
    bool lost = errno == ERANGE, large = *end == 'L';
    if (!lost && (large || *end || (value >= INT32_MIN && value <= INT32_MAX))) return 0;
    if (lost) return fail_at(r->error, r->file, r->line, "the number %s does not fit in 64 bits", digits);
    return fail_at(r->error, r->file, r->line, "the number %s does not fit in 32 bits: write %sL", digits, digits);
}

static int check_number(const struct reader *r, const char *digits)
{
    bool hex = strpbrk(digits, "xX") != NULL;
    if (hex || !strpbrk(digits, ".eE")) return check_whole(r, digits);
    char *end;
    double value = strtod(digits, &end);
    if (end == digits) return fail_at(r->error, r->file, r->line, "expected a number, found '%s'", digits);
    if (!isfinite(value)) return fail_at(r->error, r->file, r->line, "the number %s is too large", digits);
    return 0;
}

static size_t number_length(const char *text)
{
    size_t n = 1;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    for (;; n++) {
        bool exponent = !hex && (text[n - 1] == 'e' || text[n - 1] == 'E') && (text[n] == '-' || text[n] == '+');
        if (!isalnum((unsigned char)text[n]) && text[n] != '.' && !exponent) return n;
    }
}

static int scan_number(struct reader *r)
{
    size_t length = number_length(r->text + r->at);
    char *digits = memory_format("%.*s", (int)length, r->text + r->at);
    int status = check_number(r, digits);
    memory_free(digits);
    r->at += length;
    return status;
}

static bool number_begins(const struct reader *r)
{
    const char *text = r->text + r->at;
    if (*text == '+' || *text == '-') text++;
    return isdigit((unsigned char)*text) || *text == '.';
}

static int scan_token(struct reader *r)
{
    if (now(r) == '#' || ahead(r, "//")) return skip_line(r), 0;
    if (ahead(r, "/*")) return skip_comment(r);
    if (now(r) == '"') return skip_string(r);
    if (ahead(r, "@include")) return fail_at(r->error, r->file, r->line, "expected @include \"file\" first on its line");
    if (number_begins(r)) return scan_number(r);
    if (name_letter(now(r))) return skip_name(r), 0;
    if (now(r) == '\n') r->line++;
    r->at++;
    return 0;
}

static int scan_text(struct reader *r)
{
    while (now(r)) {
        bool included = false;
        bool at_start = r->at == 0 || r->text[r->at - 1] == '\n';
        if (at_start && try_include(r, &included)) return -1;
        if (!included && scan_token(r)) return -1;
    }
    return 0;
}

static int read_text(struct reader *r)
{
    int status = open_file(r);
    if (!status) remember(r->scan, r->file);
    if (!status) status = scan_text(r);
    memory_free(r->text);
    return status;
}

int config_scan_read(struct config_scan *scan, const char *path, const char *directory, struct error *error)
{
    *scan = (struct config_scan){0};
    struct reader first = {.scan = scan, .file = path, .directory = directory, .line = 1, .error = error};
    return read_text(&first);
}

void config_scan_free(struct config_scan *scan)
{
    for (int i = 0; i < scan->files; i++) memory_free(scan->file[i]);
    memory_free(scan->file);
    *scan = (struct config_scan){0};
}
