/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first pass over the raw text of a libconfig file and its includes, for what the library cannot tell afterwards. */
#ifndef WAYFARE_CONFIG_SCAN_H
#define WAYFARE_CONFIG_SCAN_H

#include "sim/fail.h"

struct config_scan {
    char **file; /* every file met, the main one first; each once */
    int files;
};

/* Collects the files; refuses numbers that would be cut, includes that are missing or circular, comments and texts
   without an end. directory: where includes are looked for. 0 or -1; config_scan_free in either case. */
int config_scan_read(struct config_scan *scan, const char *path, const char *directory, struct error *error);
void config_scan_free(struct config_scan *scan);

#endif
