/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "part.h"
#include "sim/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *part_name(const char *path) { return memory_format("%s.part", path); }

char *part_segment(const char *path, int segment) { return memory_format("%s.seg-%04d", path, segment); }

bool part_exists(const char *path) { return access(path, F_OK) == 0; }

int part_refuse(const char *path, bool force, struct error *error)
{
    if (force || !part_exists(path)) return 0;
    return fail(error, FAIL_OUTPUT, "%s: exists already; choose another name, or --force to replace it", path);
}

static int settle_on_disk(const char *path)
{
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    int status = fsync(file);
    return close(file) || status ? -1 : 0;
}

int part_publish(const char *part, const char *path, bool durable, struct error *error)
{
    if (durable && settle_on_disk(part)) return fail(error, FAIL_OUTPUT, "%s: cannot be brought to the disk: %s", part, strerror(errno));
    if (rename(part, path)) return fail(error, FAIL_OUTPUT, "%s: cannot be renamed to %s: %s", part, path, strerror(errno));
    return 0;
}

void part_remove_segments(const char *path)
{
    for (int i = 1, gone = 0; gone == 0; i++) {
        char *segment = part_segment(path, i);
        gone = unlink(segment);
        memory_free(segment);
    }
}

int part_check_segments(const char *path, int count, struct error *error)
{
    for (int i = 1; i <= count && !error->status; i++) {
        char *segment = part_segment(path, i);
        if (!part_exists(segment)) fail(error, FAIL_OUTPUT, "%s: missing; it holds days before the checkpoint", segment);
        memory_free(segment);
    }
    return error->status ? -1 : 0;
}

static int copy_stream(FILE *from, FILE *to)
{
    char block[1 << 16];
    for (size_t bytes; (bytes = fread(block, 1, sizeof block, from)) > 0;)
        if (fwrite(block, 1, bytes, to) != bytes) return -1;
    return ferror(from) ? -1 : 0;
}

int part_append(const char *from, const char *to, bool append, struct error *error)
{
    FILE *source = fopen(from, "rb"), *target = source ? fopen(to, append ? "ab" : "wb") : NULL;
    if (!source || !target || copy_stream(source, target)) fail(error, FAIL_OUTPUT, "%s: cannot be copied to %s: %s", from, to, strerror(errno));
    if (source) fclose(source);
    if (target && fclose(target)) fail(error, FAIL_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    return error->status ? -1 : 0;
}
