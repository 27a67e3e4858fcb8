/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "segments.h"
#include "hdf5_file.h"
#include "part.h"
#include "sim/memory.h"
#include <string.h>
#include <unistd.h>

enum { SLAB_BYTES = 8 << 20 };

/* The datasets that grow. */
struct growing {
    char **name;
    hsize_t *rows; /* so far, in the file that is being made */
    size_t count;
};

static bool grows(hid_t dataset)
{
    hsize_t size[HDF5_FILE_RANK] = {0}, most[HDF5_FILE_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank > 0 && rank <= HDF5_FILE_RANK) H5Sget_simple_extent_dims(space, size, most);
    H5Sclose(space);
    return most[0] == H5S_UNLIMITED;
}

static herr_t gather(hid_t file, const char *name, const H5O_info_t *about, void *context)
{
    struct growing *growing = context;
    if (about->type != H5O_TYPE_DATASET) return 0;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    if (dataset < 0) return -1;
    if (grows(dataset)) {
        growing->name = memory_grow(growing->name, growing->count, growing->count + 1, sizeof *growing->name);
        growing->name[growing->count++] = memory_text(name);
    }
    return H5Dclose(dataset);
}

static int find_growing(struct growing *growing, hid_t file, struct error *error)
{
    *growing = (struct growing){0};
    if (error->status) return -1;
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, gather, growing, H5O_INFO_BASIC) < 0) return hdf5_file_fail(error, file, "cannot be listed");
    growing->rows = memory_new(growing->count, sizeof *growing->rows);
    return 0;
}

static void free_growing(struct growing *growing)
{
    for (size_t i = 0; i < growing->count; i++) memory_free(growing->name[i]);
    memory_free(growing->name);
    memory_free(growing->rows);
}

/* One dataset in a segment, and where its rows go. */
struct strip {
    hid_t from, to, type;
    int rank;
    hsize_t size[HDF5_FILE_RANK]; /* of the segment's dataset */
    hsize_t offset;               /* of its first row in the whole */
    size_t row_bytes;
};

/* Rows at a time: whole chunks, a few megabytes. */
static hsize_t slab_rows(const struct strip *strip)
{
    hsize_t chunk[HDF5_FILE_RANK] = {1};
    hid_t list = H5Dget_create_plist(strip->from);
    H5Pget_chunk(list, strip->rank, chunk);
    H5Pclose(list);
    hsize_t chunks = SLAB_BYTES / (chunk[0] * strip->row_bytes + 1);
    return chunk[0] * (chunks ? chunks : 1);
}

static int move_slab(const struct strip *strip, hsize_t row, hsize_t rows, void *buffer)
{
    hsize_t start[HDF5_FILE_RANK] = {row}, count[HDF5_FILE_RANK];
    memcpy(count, strip->size, sizeof count);
    count[0] = rows;
    hid_t here = H5Screate_simple(strip->rank, count, NULL), source = H5Dget_space(strip->from), target = H5Dget_space(strip->to);
    H5Sselect_hyperslab(source, H5S_SELECT_SET, start, NULL, count, NULL);
    start[0] = strip->offset + row;
    H5Sselect_hyperslab(target, H5S_SELECT_SET, start, NULL, count, NULL);
    bool done = H5Dread(strip->from, strip->type, here, source, H5P_DEFAULT, buffer) >= 0;
    done = done && H5Dwrite(strip->to, strip->type, here, target, H5P_DEFAULT, buffer) >= 0;
    H5Sclose(here), H5Sclose(source), H5Sclose(target);
    return done ? 0 : -1;
}

/* A dimension without a variable has no storage: its length grows, nothing is copied. */
static int move_rows(const struct strip *strip, struct error *error)
{
    if (H5Dget_storage_size(strip->from) == 0) return 0;
    hsize_t most = slab_rows(strip), rows = strip->size[0];
    void *buffer = memory_new(most < rows ? most : rows, strip->row_bytes);
    int status = 0;
    for (hsize_t row = 0; row < rows && status == 0; row += most) {
        hsize_t now = rows - row < most ? rows - row : most;
        status = move_slab(strip, row, now, buffer) || hdf5_file_check(strip->to, error);
    }
    memory_free(buffer);
    return status;
}

static void measure(struct strip *strip)
{
    hid_t space = H5Dget_space(strip->from);
    strip->rank = H5Sget_simple_extent_dims(space, strip->size, NULL);
    strip->type = H5Dget_type(strip->from);
    strip->row_bytes = H5Tget_size(strip->type);
    for (int i = 1; i < strip->rank; i++) strip->row_bytes *= strip->size[i];
    H5Sclose(space);
}

static int grow_to(const struct strip *strip, hsize_t rows)
{
    hsize_t size[HDF5_FILE_RANK];
    memcpy(size, strip->size, sizeof size);
    size[0] = rows;
    return H5Dset_extent(strip->to, size) < 0 ? -1 : 0;
}

static int append(hid_t whole, hid_t segment, const char *name, hsize_t *rows, struct error *error)
{
    if (error->status) return -1;
    struct strip strip = {.from = H5Dopen2(segment, name, H5P_DEFAULT), .to = H5Dopen2(whole, name, H5P_DEFAULT), .offset = *rows};
    if (strip.from < 0 || strip.to < 0) hdf5_file_fail(error, segment, "dataset '%s' is missing", name);
    else {
        measure(&strip);
        if (grow_to(&strip, *rows += strip.size[0]) || move_rows(&strip, error)) hdf5_file_fail(error, whole, "dataset '%s' cannot be joined", name);
        H5Tclose(strip.type);
    }
    if (strip.from >= 0) H5Dclose(strip.from);
    if (strip.to >= 0) H5Dclose(strip.to);
    return error->status ? -1 : 0;
}

static int append_segment(hid_t whole, const char *path, struct growing *growing, struct error *error)
{
    hid_t segment = hdf5_file_open(path, false, error);
    for (size_t i = 0; i < growing->count; i++) append(whole, segment, growing->name[i], &growing->rows[i], error);
    if (segment >= 0) H5Fclose(segment);
    return error->status ? -1 : 0;
}

/* part begins as a copy of the last segment; then the rows of all of them are laid into it, the last one's too. */
static int join(const char *part, char *const *segment, int count, struct error *error)
{
    struct growing growing;
    if (part_append(segment[count - 1], part, false, error)) return -1;
    hid_t whole = hdf5_file_open(part, true, error);
    find_growing(&growing, whole, error);
    for (int i = 0; i < count; i++) append_segment(whole, segment[i], &growing, error);
    bool pending = !error->status && hdf5_file_has(whole, "pending");
    if (pending && H5Ldelete(whole, "pending", H5P_DEFAULT) < 0) hdf5_file_fail(error, whole, "group 'pending' cannot be removed");
    free_growing(&growing);
    return hdf5_file_close(whole, error);
}

int segments_merge(const char *path, int count, struct error *error)
{
    char *part = part_name(path), **segment = memory_new((size_t)count, sizeof *segment);
    for (int i = 0; i < count; i++) segment[i] = part_segment(path, i + 1);
    if (join(part, segment, count, error) || part_publish(part, path, false, error)) unlink(part);
    else part_remove_segments(path);
    for (int i = 0; i < count; i++) memory_free(segment[i]);
    memory_free(segment);
    memory_free(part);
    return error->status ? -1 : 0;
}
