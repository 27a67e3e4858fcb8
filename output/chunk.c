/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chunk.h"
#include "sim/memory.h"
#include <libdeflate.h>

enum { LEVEL = 1 };

/* All first bytes, then all second bytes and so on. */
static void shuffle(const unsigned char *from, unsigned char *to, size_t items, size_t item_bytes)
{
    for (size_t byte = 0; byte < item_bytes; byte++)
        for (size_t i = 0; i < items; i++) *to++ = from[i * item_bytes + byte];
}

int chunk_write(hid_t dataset, hsize_t first, size_t items, size_t item_bytes, const void *data)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    size_t bytes = items * item_bytes, most = libdeflate_zlib_compress_bound(compressor, bytes);
    unsigned char *planes = memory_new(bytes, 1), *packed = memory_new(most, 1);
    hsize_t offset[H5S_MAX_RANK] = {first};
    shuffle(data, planes, items, item_bytes);
    size_t size = libdeflate_zlib_compress(compressor, planes, bytes, packed, most);
    herr_t status = H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, offset, size, packed);
    libdeflate_free_compressor(compressor);
    memory_free(planes);
    memory_free(packed);
    return status < 0 ? -1 : 0;
}
