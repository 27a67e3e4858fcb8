/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole chunks compressed outside the library, twice as fast, to what its shuffle and deflate filters would read. */
#ifndef WAYFARE_CHUNK_H
#define WAYFARE_CHUNK_H

#include <hdf5.h>
#include <stddef.h>

/* The chunk that begins at row first: items of so many bytes each. 0, or -1 for the library's reason. */
int chunk_write(hid_t dataset, hsize_t first, size_t items, size_t item_bytes, const void *data);

#endif
