/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run with checkpoints writes one whole HDF5 file per interval, PATH.seg-0001 and so on; at its end they become one. */
#ifndef WAYFARE_SEGMENTS_H
#define WAYFARE_SEGMENTS_H

#include "sim/fail.h"

/* Joins segments 1 to count along the unlimited dimensions into PATH and removes them. Everything that does not grow, and
   all attributes, are the last segment's. Knows nothing of what the datasets mean. */
int segments_merge(const char *path, int count, struct error *error);

#endif
