/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thin helpers over libhdf5 for files that are also netCDF-4: creation order is tracked, every dataset has its dimension
   scales attached, names are variable-length strings, text attributes are scalar fixed-length UTF-8.

   Every call returns 0 or -1 (an id or H5I_INVALID_HID) and does nothing when an error stands already, so that a long
   set-up is checked once, at its end. Objects are named by the group they stand in and their name; "." is the group. */
#ifndef WAYFARE_HDF5_FILE_H
#define WAYFARE_HDF5_FILE_H

#include "sim/fail.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#define HDF5_FILE_RANK 7

/* Names and sizes of a dataset's dimensions, outermost first. A NULL name: no scale is attached. */
struct hdf5_file_shape {
    int rank;
    hsize_t size[HDF5_FILE_RANK];
    const char *axis[HDF5_FILE_RANK];
};

/* An unlimited first dimension whose rows are gathered in memory and written a block at a time. */
struct hdf5_file_series {
    hid_t dataset, type;
    int rank;
    hsize_t size[HDF5_FILE_RANK]; /* size[0]: rows in the file */
    size_t row_bytes;
    uint32_t rows, room; /* gathered in memory */
    bool one_chunk;      /* a block of room rows is one chunk */
    unsigned char *row;
};

/* "FILE: what failed: the library's innermost reason". Call before any other call of the library. Returns -1.
   where: an object of the file, or H5I_INVALID_HID for a text without the file's name. */
int hdf5_file_fail(struct error *error, hid_t where, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* These two also turn off the library's own printing of errors in this thread. */
hid_t hdf5_file_create(const char *path, struct error *error); /* empties an existing file */
hid_t hdf5_file_open(const char *path, bool writable, struct error *error);
/* Of a file that was created or opened for writing. A full disk is said here and where rows are written, not earlier.
   Closing happens in any case. */
int hdf5_file_check(hid_t object, struct error *error); /* the file it is in */
int hdf5_file_flush(hid_t file, struct error *error);
int hdf5_file_close(hid_t file, struct error *error);
/* Another id of a file that is open for writing in this process; H5I_INVALID_HID: none is. */
hid_t hdf5_file_join(const char *path);
hid_t hdf5_file_group(hid_t where, const char *name, struct error *error); /* creates */
bool hdf5_file_has(hid_t where, const char *name);
char *hdf5_file_name(hid_t object); /* of the file, to be freed */

/* Attributes. */
int hdf5_file_text(hid_t where, const char *object, const char *name, const char *text, struct error *error);
int hdf5_file_number(hid_t where, const char *object, const char *name, double value, struct error *error);
int hdf5_file_integer(hid_t where, const char *object, const char *name, int64_t value, struct error *error);
int hdf5_file_values(hid_t where, const char *object, const char *name, hid_t type, hsize_t count, const void *value, struct error *error); /* count 0: a scalar */
/* NULL where there is none: no error. */
char *hdf5_file_read_text(hid_t where, const char *object, const char *name, struct error *error);
int hdf5_file_read_value(hid_t where, const char *object, const char *name, hid_t type, void *value, struct error *error);

/* A dimension without a coordinate variable; unlimited ones begin with length 0. */
int hdf5_file_dimension(hid_t where, const char *name, hsize_t length, bool unlimited, struct error *error);

/* Fixed datasets. A dataset named after its only axis becomes the coordinate variable of that dimension. */
int hdf5_file_array(hid_t where, const char *name, hid_t type, struct hdf5_file_shape shape, const void *value, struct error *error);
int hdf5_file_strings(hid_t where, const char *name, const char *axis, hsize_t count, const char *const *text, struct error *error);
struct hdf5_file_shape hdf5_file_shape(hid_t where, const char *name, struct error *error);                     /* sizes only */
int hdf5_file_read(hid_t where, const char *name, hid_t type, hsize_t count, void *value, struct error *error); /* count: as expected, else an error */
/* Rows along the first dimension; of a scalar, its value. */
int hdf5_file_read_rows(hid_t dataset, hid_t type, hsize_t first, hsize_t rows, void *value, struct error *error);
char **hdf5_file_read_strings(hid_t where, const char *name, hsize_t *count, struct error *error);
void hdf5_file_free_strings(char **text, hsize_t count);

/* shape.size[0] is ignored; fill: NULL, or one item that stands for "none". */
int hdf5_file_series_create(struct hdf5_file_series *series, hid_t where, const char *name, hid_t type,
                            struct hdf5_file_shape shape, uint32_t room, const void *fill, struct error *error);
void *hdf5_file_series_next(struct hdf5_file_series *series); /* the row to fill; there must be room */
int hdf5_file_series_flush(struct hdf5_file_series *series, struct error *error);
int hdf5_file_series_close(struct hdf5_file_series *series, struct error *error); /* flushes unless an error stands; accepts a zeroed one */

#endif
