/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file is written as PATH.part and gets its name when it is whole, so that a killed run leaves nothing that looks whole. */
#ifndef WAYFARE_PART_H
#define WAYFARE_PART_H

#include "sim/fail.h"
#include <stdbool.h>

char *part_name(const char *path);                 /* PATH.part, to be freed */
char *part_segment(const char *path, int segment); /* PATH.seg-0001 ..., to be freed */
bool part_exists(const char *path);
void part_remove_segments(const char *path);                                             /* 1, 2 ... as long as there are any */
int part_check_segments(const char *path, int count, struct error *error);               /* -1 where one of 1 to count is missing */
int part_refuse(const char *path, bool force, struct error *error);                      /* -1 where PATH exists and force is not given */
int part_publish(const char *part, const char *path, bool durable, struct error *error); /* durable: on the disk before the name changes */
int part_append(const char *from, const char *to, bool append, struct error *error);     /* else to becomes a copy */

#endif
