/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of the file: configuration, person (a dataset for each field), column, final, clock, kept; tallies and indicators
   at the root. The tables of fields, columns, waits and kept arrays are walked the same way for saving and loading. */
#include "checkpoint.h"
#include "hdf5_file.h"
#include "part.h"
#include "provenance.h"
#include "sim/memory.h"
#include "sim/version.h"
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1,
       BLOCK_ROWS = 65536 };

/* One pass over the state, in either direction. */
struct passage {
    hid_t file;
    bool loading;
    struct error *error;
};

static hid_t unsigned_type(size_t size)
{
    switch (size) {
    case 1:
        return H5T_NATIVE_UINT8;
    case 2:
        return H5T_NATIVE_UINT16;
    case 4:
        return H5T_NATIVE_UINT32;
    default:
        return H5T_NATIVE_UINT64;
    }
}

static hid_t column_type(const struct person_column *column)
{
    if (!column->real) return unsigned_type(column->size);
    return column->size == sizeof(float) ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

static hid_t kept_type(enum sim_type type)
{
    switch (type) {
    case SIM_F64:
        return H5T_NATIVE_DOUBLE;
    case SIM_I64:
        return H5T_NATIVE_INT64;
    case SIM_U32:
        return H5T_NATIVE_UINT32;
    case SIM_I32:
        return H5T_NATIVE_INT32;
    default:
        return H5T_NATIVE_UINT8;
    }
}

/* A whole array under a path such as "kept/NAME". */
static void pass_array(const struct passage *pass, const char *group, const char *name, hid_t type, hsize_t count, void *data)
{
    char *path = memory_format("%s/%s", group, name);
    if (pass->loading) hdf5_file_read(pass->file, path, type, count, data, pass->error);
    else hdf5_file_array(pass->file, path, type, (struct hdf5_file_shape){1, {count}, {NULL}}, data, pass->error);
    memory_free(path);
}

/* A field of an array of structs: items of one type at a fixed distance. */
struct field {
    const char *group, *name;
    hid_t type;
    int count; /* items of the field, 1: a plain one */
    void *base;
    size_t stride;
    hsize_t rows;
};

static void save_field(const struct passage *pass, const struct field *f)
{
    struct hdf5_file_series series = {0};
    struct hdf5_file_shape shape = {f->count > 1 ? 2 : 1, {0, (hsize_t)f->count}, {NULL}};
    uint32_t room = f->rows < BLOCK_ROWS ? (uint32_t)f->rows + (f->rows == 0) : BLOCK_ROWS;
    char *path = memory_format("%s/%s", f->group, f->name);
    hdf5_file_series_create(&series, pass->file, path, f->type, shape, room, NULL, pass->error);
    for (hsize_t row = 0; !pass->error->status && row < f->rows; row++) {
        memcpy(hdf5_file_series_next(&series), (const char *)f->base + row * f->stride, series.row_bytes);
        if (series.rows == room) hdf5_file_series_flush(&series, pass->error);
    }
    hdf5_file_series_close(&series, pass->error);
    memory_free(path);
}

static void load_rows(const struct passage *pass, const struct field *f, hid_t dataset, size_t row_bytes, char *block)
{
    for (hsize_t row = 0; row < f->rows; row += BLOCK_ROWS) {
        hsize_t rows = f->rows - row < BLOCK_ROWS ? f->rows - row : BLOCK_ROWS;
        if (hdf5_file_read_rows(dataset, f->type, row, rows, block, pass->error)) return;
        for (hsize_t i = 0; i < rows; i++) memcpy((char *)f->base + (row + i) * f->stride, block + i * row_bytes, row_bytes);
    }
}

static void load_field(const struct passage *pass, const struct field *f)
{
    size_t row_bytes = H5Tget_size(f->type) * (size_t)f->count;
    char *path = memory_format("%s/%s", f->group, f->name), *block = memory_new(BLOCK_ROWS, row_bytes);
    struct hdf5_file_shape shape = hdf5_file_shape(pass->file, path, pass->error);
    bool fits = shape.size[0] == f->rows && (f->count == 1 || shape.size[1] == (hsize_t)f->count);
    if (!pass->error->status && !fits) fail(pass->error, FAIL_INPUT, "'%s' has another size than this program writes", path);
    hid_t dataset = pass->error->status ? H5I_INVALID_HID : H5Dopen2(pass->file, path, H5P_DEFAULT);
    if (dataset >= 0) {
        load_rows(pass, f, dataset, row_bytes, block);
        H5Dclose(dataset);
    }
    memory_free(path), memory_free(block);
}

static void pass_field(const struct passage *pass, struct field f)
{
    if (pass->loading) load_field(pass, &f);
    else save_field(pass, &f);
}

static void pass_persons(const struct passage *pass, struct person_store *persons)
{
    struct person nobody = {0}, *row = persons->row ? persons->row : &nobody;
    for (const struct person_field *f = person_fields; f->name; f++)
        pass_field(pass, (struct field){"person", f->name, unsigned_type(f->size), f->count, (char *)row + f->offset, sizeof *row, persons->count});
    for (int i = 0; i < persons->columns; i++) {
        const struct person_column *c = &persons->column[i];
        pass_field(pass, (struct field){"column", c->name, column_type(c), 1, c->data, c->size, persons->count});
    }
}

static void pass_finals(const struct passage *pass, struct person_store *persons)
{
    struct person_final nobody = {0}, *final = persons->final ? persons->final : &nobody;
    const struct field field[] = {
        {"final", "id", H5T_NATIVE_UINT64, 1, &final->id, sizeof *final, persons->finals},
        {"final", "place", H5T_NATIVE_UINT32, 1, &final->place, sizeof *final, persons->finals},
        {"final", "day", H5T_NATIVE_UINT16, 1, &final->day, sizeof *final, persons->finals},
        {"final", "status", H5T_NATIVE_UINT8, 1, &final->status, sizeof *final, persons->finals},
        {"final", "cause", H5T_NATIVE_UINT8, 1, &final->cause, sizeof *final, persons->finals},
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) pass_field(pass, field[i]);
}

static void pass_clock(const struct passage *pass, int number, struct wait *wait)
{
    struct wait_clock *clock = &wait->clock;
    char *group = memory_format("clock/%d_%s", number, wait->name);
    if (!pass->loading) {
        hid_t made = hdf5_file_group(pass->file, group, pass->error);
        if (made >= 0) H5Gclose(made);
    }
    pass_array(pass, group, "sum", H5T_NATIVE_UINT64, clock->cells, clock->sum);
    pass_array(pass, group, "today", H5T_NATIVE_UINT32, clock->cells, clock->today);
    pass_array(pass, group, "yesterday", H5T_NATIVE_UINT32, clock->cells, clock->yesterday);
    pass_array(pass, group, "rate", H5T_NATIVE_UINT64, clock->cells, clock->rate);
    pass_array(pass, group, "bound", H5T_NATIVE_UINT64, clock->cells, clock->bound);
    memory_free(group);
}

static void pass_indicators(const struct passage *pass, struct sim *sim)
{
    size_t count = (size_t)sim->indicators;
    double *value = memory_new(count + 1, sizeof *value);
    for (size_t i = 0; i < count; i++) value[i] = sim->indicator[i].value;
    pass_array(pass, ".", "indicator", H5T_NATIVE_DOUBLE, count, value);
    for (size_t i = 0; i < count; i++) sim->indicator[i].value = value[i];
    memory_free(value);
}

static void pass_all(const struct passage *pass, struct sim *sim)
{
    pass_persons(pass, &sim->persons);
    pass_finals(pass, &sim->persons);
    for (int i = 0; i < sim->waits.count; i++)
        if (sim->waits.wait[i].clock.cells) pass_clock(pass, i, &sim->waits.wait[i]);
    pass_array(pass, ".", "tally", H5T_NATIVE_INT64, sim->tallies.cells, sim->tallies.value);
    for (int i = 0; i < sim->kepts; i++) {
        const struct sim_kept *kept = &sim->kept[i];
        pass_array(pass, "kept", kept->name, kept_type(kept->type), kept->count, kept->data);
    }
    pass_indicators(pass, sim);
}

static void make_groups(hid_t file, struct error *error)
{
    static const char *const GROUP[] = {"person", "column", "final", "clock", "kept"};
    for (size_t i = 0; i < sizeof GROUP / sizeof *GROUP; i++) {
        hid_t group = hdf5_file_group(file, GROUP[i], error);
        if (group >= 0) H5Gclose(group);
    }
}

static void save_configuration(hid_t file, const struct sim *sim, struct error *error)
{
    struct provenance table;
    char hex[65];
    provenance_list(&table, sim);
    provenance_digest(&table, sim, hex);
    hid_t group = hdf5_file_group(file, "configuration", error);
    hdf5_file_text(file, "configuration", "digest", hex, error);
    provenance_write_table(group, &table, sim, error);
    if (group >= 0) H5Gclose(group);
    provenance_free(&table);
}

static void save_command(hid_t file, const char *const *command, struct error *error)
{
    hsize_t count = 0;
    while (command && command[count]) count++;
    hdf5_file_strings(file, "command", NULL, count, command, error);
}

static void save_header(hid_t file, const struct sim *sim, int segment, struct error *error)
{
    const struct person_store *persons = &sim->persons;
    hdf5_file_integer(file, ".", "checkpoint_format", FORMAT, error);
    hdf5_file_text(file, ".", "version", WAYFARE_VERSION, error);
    hdf5_file_integer(file, ".", "segment", segment, error);
    hdf5_file_integer(file, ".", "day", sim->day, error);
    hdf5_file_integer(file, ".", "persons", persons->count, error);
    hdf5_file_integer(file, ".", "finals", persons->finals, error);
    hdf5_file_values(file, ".", "entered", H5T_NATIVE_UINT64, 0, &persons->entered, error);
    hdf5_file_values(file, ".", "digest", H5T_NATIVE_UINT8, sizeof sim->digest.value, sim->digest.value, error);
}

int checkpoint_save(struct sim *sim, const struct writer_plan *plan, const char *path, int segment, struct error *error)
{
    char *part = part_name(path);
    hid_t file = hdf5_file_create(part, error);
    save_header(file, sim, segment, error);
    save_command(file, plan->command, error);
    save_configuration(file, sim, error);
    make_groups(file, error);
    pass_all(&(struct passage){file, false, error}, sim);
    if (hdf5_file_close(file, error) || part_publish(part, path, true, error)) unlink(part);
    memory_free(part);
    return error->status ? -1 : 0;
}

static int check_format(hid_t file, const char *path, struct error *error)
{
    int64_t format = 0;
    char *version = hdf5_file_read_text(file, ".", "version", error);
    if (!error->status && H5Aexists(file, "checkpoint_format") <= 0) fail(error, FAIL_INPUT, "%s: no checkpoint of wayfare", path);
    hdf5_file_read_value(file, ".", "checkpoint_format", H5T_NATIVE_INT64, &format, error);
    if (!error->status && (format != FORMAT || !version || strcmp(version, WAYFARE_VERSION)))
        fail(error, FAIL_INPUT, "%s: written by wayfare %s, this is %s; only the same version continues bit for bit", path, version ? version : "?", WAYFARE_VERSION);
    memory_free(version);
    return error->status ? -1 : 0;
}

static hid_t open_checkpoint(const char *path, struct error *error)
{
    hid_t file = hdf5_file_open(path, false, error);
    check_format(file, path, error);
    return file;
}

/* A checkpoint is an input here, whatever the helpers say. */
static int close_checkpoint(hid_t file, struct error *error)
{
    if (file >= 0) H5Fclose(file);
    if (error->status == FAIL_OUTPUT) error->status = FAIL_INPUT;
    return error->status ? -1 : 0;
}

static const char *given_value(const struct provenance *table, const char *name)
{
    for (size_t i = 0; i < table->rows; i++)
        if (!strcmp(table->row[i].name, name)) return table->row[i].value;
    return "absent";
}

/* Names the first value that differs. */
static void explain_values(hid_t file, const char *path, const struct provenance *table, struct error *error)
{
    hsize_t names = 0, values = 0;
    char **name = hdf5_file_read_strings(file, "configuration/name", &names, error);
    char **value = hdf5_file_read_strings(file, "configuration/value", &values, error);
    for (hsize_t i = 0; i < names && i < values; i++) {
        const char *now = given_value(table, name[i]);
        if (!strcmp(now, value[i])) continue;
        fail(error, FAIL_INPUT, "%s: %s is %s in the checkpoint and %s now; resume demands the same configuration", path, name[i], value[i], now);
    }
    hdf5_file_free_strings(name, names), hdf5_file_free_strings(value, values);
}

static void explain_inputs(hid_t file, const char *path, const struct setup *setup, struct error *error)
{
    hsize_t count = 0;
    if (error->status || !hdf5_file_has(file, "configuration/input_sha256")) return;
    char **sha256 = hdf5_file_read_strings(file, "configuration/input_sha256", &count, error);
    for (hsize_t i = 0; i < count && i < (hsize_t)setup->inputs; i++) {
        if (!strcmp(sha256[i], setup->input[i].sha256)) continue;
        fail(error, FAIL_INPUT, "%s: the input %s has changed since the checkpoint; resume demands the same", path, setup->input[i].path);
    }
    hdf5_file_free_strings(sha256, count);
}

static void check_configuration(hid_t file, const char *path, const struct sim *sim, struct error *error)
{
    struct provenance table;
    char hex[65], *digest = hdf5_file_read_text(file, "configuration", "digest", error);
    provenance_list(&table, sim);
    provenance_digest(&table, sim, hex);
    if (!error->status && (!digest || strcmp(digest, hex))) {
        explain_values(file, path, &table, error);
        explain_inputs(file, path, sim->setup, error);
        fail(error, FAIL_INPUT, "%s: the configuration has other values or inputs than the checkpoint; resume demands the same", path);
    }
    provenance_free(&table);
    memory_free(digest);
}

static void load_header(hid_t file, struct sim *sim, struct error *error)
{
    struct person_store *persons = &sim->persons;
    uint32_t count = 0;
    hdf5_file_read_value(file, ".", "day", H5T_NATIVE_INT32, &sim->day, error);
    hdf5_file_read_value(file, ".", "persons", H5T_NATIVE_UINT32, &count, error);
    hdf5_file_read_value(file, ".", "finals", H5T_NATIVE_UINT32, &persons->finals, error);
    hdf5_file_read_value(file, ".", "digest", H5T_NATIVE_UINT8, sim->digest.value, error);
    if (error->status) return;
    person_append(persons, count);
    hdf5_file_read_value(file, ".", "entered", H5T_NATIVE_UINT64, &persons->entered, error);
    persons->final = memory_new(persons->finals, sizeof *persons->final);
    persons->finals_room = persons->finals;
}

/* The map of the day is made by living through its days again. */
static void replay_world(struct sim *sim)
{
    world_rewind(sim->world);
    for (int32_t day = 0; day < sim->day; day++) world_day(sim->world, day);
}

int checkpoint_load(struct sim *sim, const char *path, struct error *error)
{
    hid_t file = open_checkpoint(path, error);
    if (!error->status) check_configuration(file, path, sim, error);
    if (!error->status) load_header(file, sim, error);
    if (!error->status) pass_all(&(struct passage){file, true, error}, sim);
    if (!error->status) {
        replay_world(sim);
        sim_restore(sim);
    }
    return close_checkpoint(file, error);
}

int checkpoint_command(const char *path, int *argc, char ***argv, struct error *error)
{
    hsize_t count = 0;
    hid_t file = open_checkpoint(path, error);
    char **text = hdf5_file_read_strings(file, "command", &count, error);
    *argc = (int)count;
    *argv = memory_grow(text, count, count + 1, sizeof **argv);
    return close_checkpoint(file, error);
}

void checkpoint_free_command(char **argv)
{
    for (char **text = argv; text && *text; text++) memory_free(*text);
    memory_free(argv);
}

int checkpoint_segment(const char *path, struct error *error)
{
    int64_t segment = 0;
    hid_t file = open_checkpoint(path, error);
    hdf5_file_read_value(file, ".", "segment", H5T_NATIVE_INT64, &segment, error);
    return close_checkpoint(file, error) ? -1 : (int)segment;
}
