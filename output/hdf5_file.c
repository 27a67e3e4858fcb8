/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hdf5_file.h"
#include "chunk.h"
#include "hdf5_driver.h"
#include "sim/memory.h"
#include <assert.h>
#include <errno.h>
#include <hdf5_hl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Object and attribute names, and the dimension marks of netCDF, are short. */
enum { NAME_ROOM = 512,
       LEVEL = 1 };

/* The library's texts are long; the part that a reader needs stands behind "error message = '". */
static herr_t innermost(unsigned number, const H5E_error2_t *record, void *reason)
{
    if (number > 0 || !record->desc) return 0;
    const char *start = strstr(record->desc, "error message = '");
    start = start ? start + strlen("error message = '") : record->desc;
    snprintf(reason, NAME_ROOM, "%s", start);
    char *end = strchr(reason, '\'');
    if (start != record->desc && end) *end = '\0';
    return 0;
}

int hdf5_file_fail(struct error *error, hid_t where, const char *format, ...)
{
    char reason[NAME_ROOM] = "no reason given", what[NAME_ROOM];
    if (error->status) return -1;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, reason);
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    char *file = where < 0 ? NULL : hdf5_file_name(where);
    fail(error, FAIL_OUTPUT, "%s%s%s: %s", file ? file : "", file ? ": " : "", what, reason);
    memory_free(file);
    return -1;
}

char *hdf5_file_name(hid_t object)
{
    ssize_t length = H5Fget_name(object, NULL, 0);
    if (length < 0) return NULL;
    char *name = memory_new((size_t)length + 1, 1);
    H5Fget_name(object, name, (size_t)length + 1);
    return name;
}

static const unsigned ORDER = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

/* Creation order of links and attributes: netCDF needs it to append, and it keeps the order in which things are listed. */
static hid_t ordered(hid_t class)
{
    hid_t list = H5Pcreate(class);
    H5Pset_link_creation_order(list, ORDER);
    H5Pset_attr_creation_order(list, ORDER);
    return list;
}

static void quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

/* Our driver leaves the reason in errno. */
static void fail_opening(struct error *error, const char *path, const char *what)
{
    if (errno == EWOULDBLOCK) fail(error, FAIL_OUTPUT, "%s: %s: another program has it open", path, what);
    else if (errno) fail(error, FAIL_OUTPUT, "%s: %s: %s", path, what, strerror(errno));
    else hdf5_file_fail(error, H5I_INVALID_HID, "%s: %s", path, what);
}

hid_t hdf5_file_create(const char *path, struct error *error)
{
    if (error->status) return H5I_INVALID_HID;
    quiet();
    hid_t list = ordered(H5P_FILE_CREATE), access = hdf5_driver_access();
    errno = 0;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, list, access);
    if (file < 0) fail_opening(error, path, "cannot be created");
    H5Pclose(list);
    H5Pclose(access);
    return file;
}

hid_t hdf5_file_open(const char *path, bool writable, struct error *error)
{
    if (error->status) return H5I_INVALID_HID;
    quiet();
    hid_t access = writable ? hdf5_driver_access() : H5P_DEFAULT;
    errno = 0;
    hid_t file = H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    if (file < 0) fail_opening(error, path, "cannot be opened as HDF5");
    if (writable) H5Pclose(access);
    return file;
}

int hdf5_file_check(hid_t object, struct error *error)
{
    if (error->status) return -1;
    hid_t file = H5Iget_file_id(object);
    struct hdf5_driver_report *report = hdf5_driver_hold(file);
    int failed = report ? hdf5_driver_release(report) : 0;
    char *name = failed ? hdf5_file_name(file) : NULL;
    if (failed) fail(error, FAIL_OUTPUT, "%s: cannot be written: %s", name, strerror(failed));
    memory_free(name);
    H5Fclose(file);
    return failed ? -1 : 0;
}

int hdf5_file_flush(hid_t file, struct error *error)
{
    if (error->status) return -1;
    if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0) return hdf5_file_fail(error, file, "cannot be written");
    return hdf5_file_check(file, error);
}

int hdf5_file_close(hid_t file, struct error *error)
{
    if (file <= 0) return error->status ? -1 : 0;
    char *name = hdf5_file_name(file);
    struct hdf5_driver_report *report = hdf5_driver_hold(file);
    if (H5Fclose(file) < 0) hdf5_file_fail(error, H5I_INVALID_HID, "%s: cannot be closed", name);
    int failed = report ? hdf5_driver_release(report) : 0;
    if (failed) fail(error, FAIL_OUTPUT, "%s: cannot be written: %s", name, strerror(failed));
    memory_free(name);
    return error->status ? -1 : 0;
}

static bool is_named(hid_t file, const char *path)
{
    char *name = hdf5_file_name(file);
    bool same = name && !strcmp(name, path);
    memory_free(name);
    return same;
}

hid_t hdf5_file_join(const char *path)
{
    ssize_t files = H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_FILE);
    if (files <= 0) return H5I_INVALID_HID;
    hid_t *file = memory_new((size_t)files, sizeof *file), found = H5I_INVALID_HID;
    files = H5Fget_obj_ids((hid_t)H5F_OBJ_ALL, H5F_OBJ_FILE, (size_t)files, file);
    for (ssize_t i = 0; i < files && found < 0; i++)
        if (is_named(file[i], path)) found = H5Freopen(file[i]);
    memory_free(file);
    return found;
}

hid_t hdf5_file_group(hid_t where, const char *name, struct error *error)
{
    if (error->status) return H5I_INVALID_HID;
    hid_t list = ordered(H5P_GROUP_CREATE);
    hid_t group = H5Gcreate2(where, name, H5P_DEFAULT, list, H5P_DEFAULT);
    if (group < 0) hdf5_file_fail(error, where, "group '%s' cannot be created", name);
    H5Pclose(list);
    return group;
}

bool hdf5_file_has(hid_t where, const char *name) { return H5Lexists(where, name, H5P_DEFAULT) > 0; }

/* space is closed here. */
static int write_attribute(hid_t where, const char *object, const char *name, hid_t type, hid_t space, const void *value, struct error *error)
{
    hid_t attribute = H5I_INVALID_HID;
    if (!error->status) {
        attribute = H5Acreate_by_name(where, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (attribute < 0 || H5Awrite(attribute, type, value) < 0) hdf5_file_fail(error, where, "attribute '%s' of '%s' cannot be written", name, object);
    }
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return error->status ? -1 : 0;
}

int hdf5_file_text(hid_t where, const char *object, const char *name, const char *text, struct error *error)
{
    if (error->status) return -1;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text ? text : "") + 1);
    H5Tset_strpad(type, H5T_STR_NULLTERM);
    H5Tset_cset(type, H5T_CSET_UTF8);
    int status = write_attribute(where, object, name, type, H5Screate(H5S_SCALAR), text ? text : "", error);
    H5Tclose(type);
    return status;
}

int hdf5_file_values(hid_t where, const char *object, const char *name, hid_t type, hsize_t count, const void *value, struct error *error)
{
    if (error->status) return -1;
    return write_attribute(where, object, name, type, count ? H5Screate_simple(1, &count, NULL) : H5Screate(H5S_SCALAR), value, error);
}

int hdf5_file_number(hid_t where, const char *object, const char *name, double value, struct error *error)
{
    return hdf5_file_values(where, object, name, H5T_NATIVE_DOUBLE, 0, &value, error);
}

int hdf5_file_integer(hid_t where, const char *object, const char *name, int64_t value, struct error *error)
{
    return hdf5_file_values(where, object, name, H5T_NATIVE_INT64, 0, &value, error);
}

char *hdf5_file_read_text(hid_t where, const char *object, const char *name, struct error *error)
{
    if (error->status || H5Aexists_by_name(where, object, name, H5P_DEFAULT) <= 0) return NULL;
    hid_t attribute = H5Aopen_by_name(where, object, name, H5P_DEFAULT, H5P_DEFAULT), type = H5Aget_type(attribute);
    char *text = NULL;
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0) {
        text = memory_new(H5Tget_size(type) + 1, 1);
        if (H5Aread(attribute, type, text) < 0) hdf5_file_fail(error, where, "attribute '%s' of '%s' cannot be read", name, object);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

int hdf5_file_read_value(hid_t where, const char *object, const char *name, hid_t type, void *value, struct error *error)
{
    if (error->status) return -1;
    hid_t attribute = H5Aopen_by_name(where, object, name, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Aread(attribute, type, value) < 0) hdf5_file_fail(error, where, "attribute '%s' of '%s' cannot be read", name, object);
    if (attribute >= 0) H5Aclose(attribute);
    return error->status ? -1 : 0;
}

/* space and list are closed here. */
static hid_t create_dataset(hid_t where, const char *name, hid_t type, hid_t space, hid_t list, struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    if (!error->status) {
        dataset = H5Dcreate2(where, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
        if (dataset < 0) hdf5_file_fail(error, where, "dataset '%s' cannot be created", name);
    }
    H5Pclose(list);
    H5Sclose(space);
    return dataset;
}

static hid_t dataset_list(void)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_attr_creation_order(list, ORDER);
    return list;
}

static int close_dataset(hid_t dataset, struct error *error)
{
    if (dataset <= 0) return error->status ? -1 : 0;
    char *file = hdf5_file_name(dataset);
    if (H5Dclose(dataset) < 0) hdf5_file_fail(error, H5I_INVALID_HID, "%s: a dataset cannot be closed", file ? file : "");
    memory_free(file);
    return error->status ? -1 : 0;
}

static void make_scale(hid_t dataset, const char *name, struct error *error)
{
    if (!error->status && H5DSset_scale(dataset, name) < 0) hdf5_file_fail(error, dataset, "'%s' cannot become a dimension", name);
}

/* netCDF knows a dimension without a variable by this text; the dataset itself is never written and takes no room. */
int hdf5_file_dimension(hid_t where, const char *name, hsize_t length, bool unlimited, struct error *error)
{
    if (error->status) return -1;
    char mark[NAME_ROOM];
    snprintf(mark, sizeof mark, "This is a netCDF dimension but not a netCDF variable.%10d", (int)length);
    hsize_t most = unlimited ? H5S_UNLIMITED : length, chunk = 65536;
    hid_t list = dataset_list();
    if (unlimited) H5Pset_chunk(list, 1, &chunk);
    hid_t dataset = create_dataset(where, name, H5T_NATIVE_FLOAT, H5Screate_simple(1, &length, &most), list, error);
    make_scale(dataset, mark, error);
    return close_dataset(dataset, error);
}

static void attach(hid_t where, hid_t dataset, const char *axis, unsigned index, struct error *error)
{
    if (error->status) return;
    hid_t scale = H5Dopen2(where, axis, H5P_DEFAULT);
    if (scale < 0 || H5DSattach_scale(dataset, scale, index) < 0) hdf5_file_fail(error, where, "dimension '%s' cannot be attached", axis);
    if (scale >= 0) H5Dclose(scale);
}

static bool is_coordinate(const char *name, const struct hdf5_file_shape *shape)
{
    return shape->rank == 1 && shape->axis[0] && !strcmp(name, shape->axis[0]);
}

static void attach_all(hid_t where, hid_t dataset, const char *name, const struct hdf5_file_shape *shape, struct error *error)
{
    if (is_coordinate(name, shape)) {
        make_scale(dataset, name, error);
        return;
    }
    for (int i = 0; i < shape->rank; i++)
        if (shape->axis[i]) attach(where, dataset, shape->axis[i], (unsigned)i, error);
}

int hdf5_file_array(hid_t where, const char *name, hid_t type, struct hdf5_file_shape shape, const void *value, struct error *error)
{
    if (error->status) return -1;
    hid_t dataset = create_dataset(where, name, type, H5Screate_simple(shape.rank, shape.size, NULL), dataset_list(), error);
    bool empty = false;
    for (int i = 0; i < shape.rank; i++) empty = empty || shape.size[i] == 0;
    if (!error->status && !empty && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0)
        hdf5_file_fail(error, where, "dataset '%s' cannot be written", name);
    attach_all(where, dataset, name, &shape, error);
    return close_dataset(dataset, error);
}

static hid_t string_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

int hdf5_file_strings(hid_t where, const char *name, const char *axis, hsize_t count, const char *const *text, struct error *error)
{
    if (error->status) return -1;
    const char **copy = memory_new(count, sizeof *copy);
    for (hsize_t i = 0; i < count; i++) copy[i] = text[i] ? text[i] : "";
    hid_t type = string_type();
    int status = hdf5_file_array(where, name, type, (struct hdf5_file_shape){1, {count}, {axis}}, copy, error);
    H5Tclose(type);
    memory_free(copy);
    return status;
}

struct hdf5_file_shape hdf5_file_shape(hid_t where, const char *name, struct error *error)
{
    struct hdf5_file_shape shape = {.rank = 0};
    if (error->status) return shape;
    hid_t dataset = H5Dopen2(where, name, H5P_DEFAULT);
    if (dataset < 0) {
        hdf5_file_fail(error, where, "dataset '%s' is missing", name);
        return shape;
    }
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank > HDF5_FILE_RANK || rank < 0) fail(error, FAIL_OUTPUT, "dataset '%s': more than %d dimensions", name, HDF5_FILE_RANK);
    else shape.rank = H5Sget_simple_extent_dims(space, shape.size, NULL);
    H5Sclose(space);
    H5Dclose(dataset);
    return shape;
}

static hsize_t items(const struct hdf5_file_shape *shape)
{
    hsize_t count = 1;
    for (int i = 0; i < shape->rank; i++) count *= shape->size[i];
    return count;
}

int hdf5_file_read(hid_t where, const char *name, hid_t type, hsize_t count, void *value, struct error *error)
{
    struct hdf5_file_shape shape = hdf5_file_shape(where, name, error);
    if (error->status) return -1;
    hsize_t found = items(&shape);
    if (found != count) return fail(error, FAIL_OUTPUT, "dataset '%s': %llu items expected, %llu found", name, (unsigned long long)count, (unsigned long long)found);
    if (count == 0) return 0;
    hid_t dataset = H5Dopen2(where, name, H5P_DEFAULT);
    if (dataset < 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0) hdf5_file_fail(error, where, "dataset '%s' cannot be read", name);
    if (dataset >= 0) H5Dclose(dataset);
    return error->status ? -1 : 0;
}

int hdf5_file_read_rows(hid_t dataset, hid_t type, hsize_t first, hsize_t rows, void *value, struct error *error)
{
    hsize_t start[HDF5_FILE_RANK] = {first}, count[HDF5_FILE_RANK];
    if (error->status) return -1;
    hid_t there = H5Dget_space(dataset), here = H5S_ALL;
    int rank = H5Sget_simple_extent_dims(there, count, NULL);
    if (rank > 0) {
        count[0] = rows;
        H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL);
        here = H5Screate_simple(rank, count, NULL);
    }
    if (H5Dread(dataset, type, here, there, H5P_DEFAULT, value) < 0) hdf5_file_fail(error, dataset, "a dataset cannot be read");
    if (rank > 0) H5Sclose(here);
    H5Sclose(there);
    return error->status ? -1 : 0;
}

/* The library's own copies of the texts are given back to it. */
static char **own_copies(char **text, hsize_t count, hid_t type)
{
    char **copy = memory_new(count, sizeof *copy);
    for (hsize_t i = 0; i < count; i++) copy[i] = memory_text(text[i] ? text[i] : "");
    hid_t space = H5Screate_simple(1, &count, NULL);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    H5Sclose(space);
    return copy;
}

char **hdf5_file_read_strings(hid_t where, const char *name, hsize_t *count, struct error *error)
{
    struct hdf5_file_shape shape = hdf5_file_shape(where, name, error);
    *count = error->status ? 0 : items(&shape);
    if (*count == 0) return NULL;
    char **text = memory_new(*count, sizeof *text), **copy = NULL;
    hid_t type = string_type();
    if (hdf5_file_read(where, name, type, *count, text, error) == 0) copy = own_copies(text, *count, type);
    else *count = 0;
    H5Tclose(type);
    memory_free(text);
    return copy;
}

void hdf5_file_free_strings(char **text, hsize_t count)
{
    for (hsize_t i = 0; text && i < count; i++) memory_free(text[i]);
    memory_free(text);
}

static hid_t series_list(int rank, const hsize_t *chunk, hid_t type, const void *fill)
{
    hid_t list = dataset_list();
    H5Pset_chunk(list, rank, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, LEVEL);
    if (fill) H5Pset_fill_value(list, type, fill);
    return list;
}

/* Chunks of one block of rows, cut along the outer axes until they are of a moderate size. True: no cut was needed. */
static bool choose_chunk(const struct hdf5_file_shape *shape, uint32_t room, size_t item, hsize_t *chunk)
{
    bool whole = true;
    size_t bytes = room * item;
    chunk[0] = room;
    for (int i = 1; i < shape->rank; i++) bytes *= chunk[i] = shape->size[i];
    for (int i = 1; i < shape->rank; i++)
        for (; bytes > (size_t)8 << 20 && chunk[i] > 1; bytes = bytes / 2 + 1, whole = false) chunk[i] = (chunk[i] + 1) / 2;
    return whole;
}

int hdf5_file_series_create(struct hdf5_file_series *series, hid_t where, const char *name, hid_t type,
                            struct hdf5_file_shape shape, uint32_t room, const void *fill, struct error *error)
{
    hsize_t most[HDF5_FILE_RANK], chunk[HDF5_FILE_RANK];
    if (error->status) return -1;
    *series = (struct hdf5_file_series){.rank = shape.rank, .row_bytes = H5Tget_size(type), .room = room, .type = type};
    series->one_chunk = choose_chunk(&shape, room, series->row_bytes, chunk);
    for (int i = 1; i < shape.rank; i++) series->row_bytes *= series->size[i] = most[i] = shape.size[i];
    most[0] = H5S_UNLIMITED;
    hid_t space = H5Screate_simple(shape.rank, series->size, most);
    series->dataset = create_dataset(where, name, type, space, series_list(shape.rank, chunk, type, fill), error);
    attach_all(where, series->dataset, name, &shape, error);
    if (fill) hdf5_file_values(series->dataset, ".", "_FillValue", type, 1, fill, error);
    series->row = memory_new(room, series->row_bytes);
    return error->status ? -1 : 0;
}

void *hdf5_file_series_next(struct hdf5_file_series *series)
{
    assert(series->rows < series->room);
    return series->row + series->rows++ * series->row_bytes;
}

static void write_selection(struct hdf5_file_series *series, hsize_t first, struct error *error)
{
    hsize_t start[HDF5_FILE_RANK] = {first}, count[HDF5_FILE_RANK];
    memcpy(count, series->size, sizeof count);
    count[0] = series->rows;
    hid_t there = H5Dget_space(series->dataset), here = H5Screate_simple(series->rank, count, NULL);
    H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL);
    if (H5Dwrite(series->dataset, series->type, here, there, H5P_DEFAULT, series->row) < 0) hdf5_file_fail(error, series->dataset, "rows cannot be written");
    H5Sclose(here);
    H5Sclose(there);
}

static void write_rows(struct hdf5_file_series *series, hsize_t first, struct error *error)
{
    bool whole = series->one_chunk && series->rows == series->room && first % series->room == 0;
    size_t item = H5Tget_size(series->type), items = series->rows * series->row_bytes / item;
    if (!whole) write_selection(series, first, error);
    else if (chunk_write(series->dataset, first, items, item, series->row)) hdf5_file_fail(error, series->dataset, "a chunk cannot be written");
}

int hdf5_file_series_flush(struct hdf5_file_series *series, struct error *error)
{
    if (error->status || series->rows == 0) return error->status ? -1 : 0;
    hsize_t first = series->size[0];
    series->size[0] += series->rows;
    if (H5Dset_extent(series->dataset, series->size) < 0) hdf5_file_fail(error, series->dataset, "a dataset cannot grow");
    else write_rows(series, first, error);
    series->rows = 0;
    return hdf5_file_check(series->dataset, error);
}

int hdf5_file_series_close(struct hdf5_file_series *series, struct error *error)
{
    if (series->row) hdf5_file_series_flush(series, error);
    close_dataset(series->dataset, error);
    memory_free(series->row);
    *series = (struct hdf5_file_series){0};
    return error->status ? -1 : 0;
}
