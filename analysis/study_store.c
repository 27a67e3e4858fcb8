/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_store.h"
#include "output/part.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "wayfare run 1"

/* Before counts and indicators; a SHA-256 of everything stands at the end. */
struct header {
    char mark[16], identity[72];
    uint64_t digest, counts, indicators;
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

static int write_all(FILE *file, const struct header *header, const struct study_outcome *outcome)
{
    uint8_t seal[32];
    seal_of(header, outcome, seal);
    bool whole = fwrite(header, sizeof *header, 1, file) == 1;
    whole = whole && fwrite(outcome->count, sizeof *outcome->count, header->counts, file) == header->counts;
    whole = whole && fwrite(outcome->indicator, sizeof *outcome->indicator, header->indicators, file) == header->indicators;
    return whole && fwrite(seal, sizeof seal, 1, file) == 1 ? 0 : -1;
}

static int write_part(const char *part, const struct header *header, const struct study_outcome *outcome, struct error *error)
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

static bool read_all(FILE *file, const struct study_store *store, const char *identity, struct header *header, struct study_outcome *outcome)
{
    uint8_t seal[32], found[32];
    if (fread(header, sizeof *header, 1, file) != 1 || memcmp(header->mark, MARK, sizeof MARK)) return false;
    if (strncmp(header->identity, identity, sizeof header->identity)) return false;
    if (header->counts != counts_of(store->layout) || header->indicators != indicators_of(store->layout)) return false;
    if (fread(outcome->count, sizeof *outcome->count, header->counts, file) != header->counts) return false;
    if (fread(outcome->indicator, sizeof *outcome->indicator, header->indicators, file) != header->indicators) return false;
    if (fread(found, sizeof found, 1, file) != 1) return false;
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
