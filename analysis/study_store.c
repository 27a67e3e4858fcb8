/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_store.h"
#include "output/part.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "wayfare run 2"

enum { LEVEL = 1 };

/* Before counts and indicators, which are compressed: most cells of most months are 0. A SHA-256 of everything stands at the end. */
struct header {
    char mark[16], identity[72];
    uint64_t digest, counts, indicators, packed; /* packed: bytes of both together */
    int64_t failed;
    char message[sizeof(((struct study_outcome *)0)->message)];
};

static size_t counts_of(const struct study_layout *layout) { return (size_t)layout->rows * layout->row_cells; }
static size_t indicators_of(const struct study_layout *layout) { return (size_t)layout->rows * (size_t)layout->indicators; }

static char *file_of(const struct study_store *store, const char *identity) { return memory_format("%s/%.16s.run", store->folder, identity); }

int study_store_open(struct study_store *store, const char *out, const struct study_layout *layout, struct error *error)
{
    *store = (struct study_store){.folder = memory_format("%s.runs", out), .layout = layout};
    if (!mkdir(store->folder, 0777) || errno == EEXIST) return 0;
    return fail(error, FAIL_OUTPUT, "cannot make the folder '%s': %s", store->folder, strerror(errno));
}

void study_store_close(struct study_store *store)
{
    memory_free(store->folder);
    *store = (struct study_store){0};
}

static bool is_ours(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (!strcmp(dot, ".run") || !strcmp(dot, ".part"));
}

void study_store_remove(const struct study_store *store)
{
    DIR *folder = opendir(store->folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!is_ours(entry->d_name)) continue;
        char *path = memory_format("%s/%s", store->folder, entry->d_name);
        unlink(path);
        memory_free(path);
    }
    if (folder) closedir(folder);
    rmdir(store->folder);
}

void study_store_forget(const struct study_store *store, const char *identity)
{
    char *path = file_of(store, identity);
    unlink(path);
    memory_free(path);
}

static struct header header_of(const struct study_store *store, const char *identity, const struct study_outcome *outcome)
{
    struct header header;
    memset(&header, 0, sizeof header);
    snprintf(header.mark, sizeof header.mark, "%s", MARK);
    snprintf(header.identity, sizeof header.identity, "%s", identity);
    snprintf(header.message, sizeof header.message, "%s", outcome->message);
    header.digest = outcome->digest;
    header.counts = counts_of(store->layout);
    header.indicators = indicators_of(store->layout);
    header.failed = outcome->failed;
    return header;
}

static void seal_of(const struct header *header, const struct study_outcome *outcome, uint8_t seal[32])
{
    struct digest digest;
    digest_init(&digest);
    digest_add(&digest, header, sizeof *header);
    digest_add(&digest, outcome->count, header->counts * sizeof *outcome->count);
    digest_add(&digest, outcome->indicator, header->indicators * sizeof *outcome->indicator);
    digest_end(&digest, seal);
}

/* Counts and indicators as one block of bytes. */
static size_t bytes_of(const struct header *header) { return header->counts * sizeof(int64_t) + header->indicators * sizeof(double); }

static unsigned char *join(const struct header *header, const struct study_outcome *outcome)
{
    size_t counts = header->counts * sizeof *outcome->count;
    unsigned char *all = memory_new(bytes_of(header) + 1, 1);
    if (counts) memcpy(all, outcome->count, counts);
    if (header->indicators) memcpy(all + counts, outcome->indicator, header->indicators * sizeof *outcome->indicator);
    return all;
}

static unsigned char *pack(const struct study_outcome *outcome, struct header *header)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    size_t bytes = bytes_of(header), most = libdeflate_zlib_compress_bound(compressor, bytes);
    unsigned char *all = join(header, outcome), *packed = memory_new(most, 1);
    header->packed = libdeflate_zlib_compress(compressor, all, bytes, packed, most);
    libdeflate_free_compressor(compressor);
    memory_free(all);
    return packed;
}

static bool unpack(const struct header *header, const unsigned char *packed, struct study_outcome *outcome)
{
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    size_t bytes = bytes_of(header), counts = header->counts * sizeof *outcome->count;
    unsigned char *all = memory_new(bytes + 1, 1);
    bool whole = libdeflate_zlib_decompress(decompressor, packed, header->packed, all, bytes, NULL) == LIBDEFLATE_SUCCESS;
    if (whole && counts) memcpy(outcome->count, all, counts);
    if (whole && header->indicators) memcpy(outcome->indicator, all + counts, header->indicators * sizeof *outcome->indicator);
    libdeflate_free_decompressor(decompressor);
    memory_free(all);
    return whole;
}

static int write_all(FILE *file, struct header *header, const struct study_outcome *outcome)
{
    uint8_t seal[32];
    unsigned char *packed = pack(outcome, header);
    seal_of(header, outcome, seal);
    bool whole = fwrite(header, sizeof *header, 1, file) == 1;
    whole = whole && fwrite(packed, 1, header->packed, file) == header->packed;
    memory_free(packed);
    return whole && fwrite(seal, sizeof seal, 1, file) == 1 ? 0 : -1;
}

static int write_part(const char *part, struct header *header, const struct study_outcome *outcome, struct error *error)
{
    FILE *file = fopen(part, "wb");
    int status = file ? write_all(file, header, outcome) : -1;
    if (file && fclose(file)) status = -1;
    return status ? fail(error, FAIL_OUTPUT, "%s: cannot be written: %s", part, strerror(errno)) : 0;
}

int study_store_write(const struct study_store *store, const char *identity, const struct study_outcome *outcome, struct error *error)
{
    struct header header = header_of(store, identity, outcome);
    char *path = file_of(store, identity), *part = memory_format("%s.%ld.part", path, (long)getpid());
    int status = write_part(part, &header, outcome, error);
    if (!status) status = part_publish(part, path, false, error);
    if (status) unlink(part);
    memory_free(part);
    memory_free(path);
    return status;
}

static bool read_header(FILE *file, const struct study_store *store, const char *identity, struct header *header)
{
    if (fread(header, sizeof *header, 1, file) != 1 || memcmp(header->mark, MARK, sizeof MARK)) return false;
    if (strncmp(header->identity, identity, sizeof header->identity)) return false;
    if (header->counts != counts_of(store->layout) || header->indicators != indicators_of(store->layout)) return false;
    return header->packed <= 2 * bytes_of(header) + 1024; /* a torn number must not ask for all memory */
}

static bool read_all(FILE *file, const struct study_store *store, const char *identity, struct header *header, struct study_outcome *outcome)
{
    uint8_t seal[32], found[32];
    if (!read_header(file, store, identity, header)) return false;
    unsigned char *packed = memory_new(header->packed + 1, 1);
    bool whole = fread(packed, 1, header->packed, file) == header->packed && unpack(header, packed, outcome);
    memory_free(packed);
    if (!whole || fread(found, sizeof found, 1, file) != 1) return false;
    seal_of(header, outcome, seal);
    return !memcmp(seal, found, sizeof seal);
}

bool study_store_read(const struct study_store *store, const char *identity, struct study_outcome *outcome)
{
    struct header header;
    char *path = file_of(store, identity);
    FILE *file = fopen(path, "rb");
    bool whole = file && read_all(file, store, identity, &header, outcome);
    if (file) fclose(file);
    memory_free(path);
    if (!whole) return false;
    outcome->failed = header.failed != 0;
    outcome->digest = header.digest;
    snprintf(outcome->message, sizeof outcome->message, "%s", header.message);
    return true;
}
