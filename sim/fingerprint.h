/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The digest of a run: each day's tallies folded into a chain, at the end the persons and the kept state. Logical content
   only: no order of slots, no hints, no times. */
#ifndef WAYFARE_FINGERPRINT_H
#define WAYFARE_FINGERPRINT_H

struct sim;

void fingerprint_day(struct sim *sim);
void fingerprint_hex(const struct sim *sim, char hex[65]);

#endif
