/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Throw-away folders with small files in them. */
#ifndef WAYFARE_SCRATCH_H
#define WAYFARE_SCRATCH_H

#include <stddef.h>

struct scratch {
    char folder[256];
};

struct scratch scratch_open(void);
void scratch_close(struct scratch *scratch); /* removes the folder and what is in it */
/* "FOLDER/name" in one of a few buffers that are used in turn. */
const char *scratch_path(const struct scratch *scratch, const char *name);
void scratch_write(const struct scratch *scratch, const char *name, const char *text); /* folders on the way are made */
void scratch_write_bytes(const struct scratch *scratch, const char *name, const void *bytes, size_t size);
char *scratch_read(const char *path, size_t *size); /* NULL where it cannot be; free() it */
/* Replaces the first `old` of a file by `new`; the test ends where it is not there. */
void scratch_edit(const struct scratch *scratch, const char *name, const char *old, const char *new);

/* Runs the work as a user without rights and returns its exit status, -1 where rights cannot be dropped. */
int scratch_without_rights(int (*work)(void *context), void *context);

#endif
