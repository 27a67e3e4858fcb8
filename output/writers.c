/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "writers.h"
#include <stddef.h>

const struct writer *const writers[] = {&panel_writer, &events_writer, &census_writer, &flee_csv_writer, NULL};
