/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/flee_input.h"
#include "sim/calendar.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *flee_input_open(const struct flee_input *in, const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status)) fail_at(in->error, path, 0, "cannot read the file: %s", strerror(errno));
    else if (!S_ISREG(status.st_mode)) fail_at(in->error, path, 0, "expected a file, found %s",
                                               S_ISDIR(status.st_mode) ? "a directory" : "something else");
    else return file;
    if (file) fclose(file);
    return NULL;
}

bool flee_input_exists(const char *directory, const char *file)
{
    char *path = memory_format("%s/%s", directory, file);
    bool exists = access(path, F_OK) == 0;
    memory_free(path);
    return exists;
}

int flee_input_record(struct flee_input *in, const char *path)
{
    char hex[65];
    for (int i = 0; i < in->setup->inputs; i++)
        if (!strcmp(in->setup->input[i].path, path)) return 0;
    if (digest_file(path, hex)) return fail_at(in->error, path, 0, "cannot read the file again for its fingerprint");
    setup_add_input(in->setup, path, hex);
    return 0;
}

int flee_input_table(struct flee_input *in, const char *directory, const char *file, enum csv_header header, struct csv *csv)
{
    char *path = memory_format("%s/%s", directory, file);
    int status = csv_read(path, header, csv, in->error);
    if (!status) status = flee_input_record(in, path);
    memory_free(path);
    return status;
}

/* "name1, name2, distance"; returns how many there are. */
static int join_names(char *text, size_t size, const char *const *names)
{
    size_t length = 0;
    int count = 0;
    text[0] = '\0';
    for (; names[count] && length < size; count++)
        length += (size_t)snprintf(text + length, size - length, "%s%s", count ? ", " : "", names[count]);
    return count;
}

static int check_width(struct flee_input *in, const struct csv *csv, int row, int least, int named)
{
    int fields = csv->row[row].fields;
    if (fields < least) return csv_fail(csv, row, in->error, "expected %d fields or more, found %d", least, fields);
    for (int i = named; i < fields; i++)
        if (!csv_blank(csv, row, i))
            return csv_fail(csv, row, in->error, "expected no field %d, as the header names none, found '%.80s'", i + 1, csv_text(csv, row, i));
    return 0;
}

int flee_input_widths(struct flee_input *in, const struct csv *csv, const char *const *fields, int least)
{
    char names[256];
    int own = join_names(names, sizeof names, fields), named = csv->columns > own ? csv->columns : own;
    if (csv->header_line && csv->columns < least)
        return fail_at(in->error, csv->path, csv->header_line, "expected a header of %d names or more (%s), found %d", least, names,
                       csv->columns);
    for (int row = 0; row < csv->rows; row++)
        if (check_width(in, csv, row, least, named)) return -1;
    return 0;
}

int flee_input_date(const struct csv *csv, int row, int column, int32_t *civil_day, struct error *error)
{
    int year, month, day, end = 0;
    char text[40];
    int found = sscanf(csv_text(csv, row, column), "%4d-%2d-%2d%n", &year, &month, &day, &end);
    if (found != 3 || csv_text(csv, row, column)[end] || year < 0 || month < 0 || day < 0) return csv_date(csv, row, column, civil_day,
                                                                                                           error);
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    return calendar_parse(text, civil_day) ? csv_date(csv, row, column, civil_day, error) : 0;
}

const char *flee_input_near_place(const struct flee_input *in, const char *name, char hint[96])
{
    const struct world *world = in->setup->world;
    const char **names = memory_new(world->places, sizeof *names);
    for (uint32_t i = 0; i < world->places; i++) names[i] = world->place[i].name;
    fail_nearest(hint, name, names, world->places);
    memory_free(names);
    return hint;
}

const char *flee_input_near_state(const struct flee_input *in, const char *name, char hint[96])
{
    return fail_nearest(hint, name, (const char *const *)in->setup->world->state, in->setup->world->states);
}

int flee_input_place(struct flee_input *in, const struct csv *csv, int row, int column, uint32_t *place)
{
    char hint[96];
    const char *name = csv_text(csv, row, column);
    *place = world_find_place(in->setup->world, name);
    if (*place != WORLD_NOWHERE) return 0;
    if (!*name) return csv_fail(csv, row, in->error, "expected the name of a location in field %d, found nothing", column + 1);
    return csv_fail(csv, row, in->error, "unknown location '%.80s'%s", name, flee_input_near_place(in, name, hint));
}

int flee_input_doubt(struct flee_input *in, const struct csv *csv, int row, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (!in->compat) return csv_fail(csv, row, in->error, "%s", text);
    setup_warn(in->setup, "%s:%d: %s; ignored", csv->path, csv->row[row].line, text);
    return 0;
}
