/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at results files: a summary for people, and whether two files say the same. */
#ifndef WAYFARE_INSPECT_H
#define WAYFARE_INSPECT_H

#include "sim/fail.h"
#include <stdio.h>

/* Title, days, people at the end by place, distance from the observed, seed, version, digest, parameters given. 0 or -1. */
int inspect_info(const char *path, FILE *out, struct error *error);

/* Logical content: objects, types, dimensions, values, attributes. Left out: /provenance/machine, the command line, names
   of input files and where a value was given, and how the data is stored. Writes what differs, the first of each object;
   returns 0 same, 1 different, -1 error. */
int inspect_diff(const char *path_a, const char *path_b, FILE *out, struct error *error);

#endif
