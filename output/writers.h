/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_WRITERS_H
#define WAYFARE_WRITERS_H

#include "sim/writer.h"

extern const struct writer panel_writer, events_writer, census_writer, flee_csv_writer;

#endif
