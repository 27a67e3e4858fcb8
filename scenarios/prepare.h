/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a command line to a setup: the reader is chosen, the line's own values replace those of the input. */
#ifndef WAYFARE_PREPARE_H
#define WAYFARE_PREPARE_H

#include "options.h"
#include "sim/setup.h"

/* For run, flee and check. The setup is ready for sim_open(); setup_free it in either case. 0 or -1. */
int prepare_setup(struct setup *setup, const struct options *options, struct error *error);

#endif
