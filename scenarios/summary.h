/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run would be, for people to read: wayfare check. */
#ifndef WAYFARE_SUMMARY_H
#define WAYFARE_SUMMARY_H

#include <stdio.h>

struct sim;

void summary_write(const struct sim *sim, FILE *out); /* of an opened simulation, before its first day */

#endif
