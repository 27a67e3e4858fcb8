/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One clear message and one exit status for everything that can go wrong before the time loop. */
#ifndef WAYFARE_FAIL_H
#define WAYFARE_FAIL_H

#include <stddef.h>

/* Exit statuses of the program. */
enum fail_status {
    FAIL_NONE = 0,
    FAIL_RUN = 1,      /* run-time failure */
    FAIL_USAGE = 2,    /* command line */
    FAIL_INPUT = 3,    /* scenario or data invalid */
    FAIL_OUTPUT = 4,   /* results could not be written */
    FAIL_INTERNAL = 5, /* the audit found a contradiction */
    FAIL_AGAIN = 75    /* stopped after a checkpoint: resume */
};

struct error {
    enum fail_status status;
    char text[1024];
};

/* Keep the first message; always returns -1, so that "return fail(...)" reads well. */
int fail(struct error *error, enum fail_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* An input error at "file:line: "; line 0 leaves the line out. Returns -1. */
int fail_at(struct error *error, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* " (did you mean 'x'?)" for the nearest of count names, or "" where none is near. The text lives in hint[96]. */
const char *fail_nearest(char hint[96], const char *name, const char *const *names, size_t count);

#endif
