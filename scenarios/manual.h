/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters and levers of the models as tables, and the ODD+D document, from the tables that check them: wayfare params. */
#ifndef WAYFARE_MANUAL_H
#define WAYFARE_MANUAL_H

#include "sim/fail.h"
#include <stdio.h>

/* model NULL: all of them. format: "md", "cfg", "odd" (submodels: this one alone) or NULL for a plain list. 0, or -1 where
   there is no such model. */
int manual_write(const char *model, const char *format, FILE *out, struct error *error);

#endif
