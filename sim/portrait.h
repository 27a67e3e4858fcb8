/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traits of persons: drawn on entering from the setup's tables, kept in cold columns, counted where they have few values. */
#ifndef WAYFARE_PORTRAIT_H
#define WAYFARE_PORTRAIT_H

#include <stdint.h>

struct sim;

void portrait_open(struct sim *sim);
void portrait_draw(struct sim *sim, uint32_t slot); /* on entering: by person id, so the same in every arm */
void portrait_count(struct sim *sim, int thread, uint32_t slot, uint32_t place, int32_t n);
void portrait_close(struct sim *sim);

#endif
