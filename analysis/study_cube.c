/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_cube.h"
#include <hdf5_hl.h>

enum { RUN_AXES = 3,
       CHUNK_BYTES = 256 << 10, /* well within the library's cache of a dataset */
       LEVEL = 1 };

/* Runs that follow each other, as many as fit; a run is never cut. */
static void choose_chunk(const struct hdf5_file_shape *shape, size_t item, hsize_t *chunk)
{
    size_t bytes = item;
    for (int i = 0; i < shape->rank; i++) chunk[i] = shape->size[i];
    chunk[0] = 1;
    for (int i = 1; i < shape->rank; i++) bytes *= chunk[i];
    for (int i = 1; i < RUN_AXES; i++)
        for (; bytes > CHUNK_BYTES && chunk[i] > 1; bytes = bytes / 2 + 1) chunk[i] = (chunk[i] + 1) / 2;
}

static hid_t creation_list(const struct hdf5_file_shape *shape, hid_t type, const void *fill)
{
    hsize_t chunk[HDF5_FILE_RANK];
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    choose_chunk(shape, H5Tget_size(type), chunk);
    H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_chunk(list, shape->rank, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, LEVEL);
    if (fill) H5Pset_fill_value(list, type, fill);
    return list;
}

static void attach(const struct study_cube *cube, hid_t file, unsigned i, struct error *error)
{
    hid_t scale = H5Dopen2(file, cube->shape.axis[i], H5P_DEFAULT);
    if (scale < 0 || H5DSattach_scale(cube->dataset, scale, i) < 0) hdf5_file_fail(error, file, "dimension '%s' cannot be attached", cube->shape.axis[i]);
    if (scale >= 0) H5Dclose(scale);
}

int study_cube_create(struct study_cube *cube, hid_t file, const char *name, hid_t type, struct hdf5_file_shape shape, const void *fill, struct error *error)
{
    if (error->status) return -1;
    *cube = (struct study_cube){.type = type, .shape = shape};
    if (hdf5_file_has(file, name)) return fail(error, FAIL_INTERNAL, "two results are called '%s'", name);
    hid_t list = creation_list(&shape, type, fill), space = H5Screate_simple(shape.rank, shape.size, NULL);
    cube->dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (cube->dataset < 0) hdf5_file_fail(error, file, "dataset '%s' cannot be created", name);
    H5Sclose(space);
    H5Pclose(list);
    for (int i = 0; i < shape.rank && !error->status; i++) attach(cube, file, (unsigned)i, error);
    if (fill) hdf5_file_values(cube->dataset, ".", "_FillValue", type, 1, fill, error);
    return error->status ? -1 : 0;
}

int study_cube_put(const struct study_cube *cube, const hsize_t at[3], const void *value, struct error *error)
{
    hsize_t start[HDF5_FILE_RANK] = {at[0], at[1], at[2]}, count[HDF5_FILE_RANK] = {1, 1, 1};
    if (error->status) return -1;
    for (int i = RUN_AXES; i < cube->shape.rank; i++) count[i] = cube->shape.size[i];
    hid_t there = H5Dget_space(cube->dataset), here = H5Screate_simple(cube->shape.rank, count, NULL);
    H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL);
    if (H5Dwrite(cube->dataset, cube->type, here, there, H5P_DEFAULT, value) < 0) hdf5_file_fail(error, cube->dataset, "a run cannot be written");
    H5Sclose(here);
    H5Sclose(there);
    return error->status ? -1 : 0;
}

void study_cube_close(struct study_cube *cube)
{
    if (cube->dataset > 0) H5Dclose(cube->dataset);
    *cube = (struct study_cube){0};
}
