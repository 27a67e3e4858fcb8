/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Find the persons whose day has come, and let the models act for them, wave by wave. */
#ifndef WAYFARE_WAKE_H
#define WAYFARE_WAKE_H

struct sim;

/* One phase of today. Phase 0 scans the due-day bytes; the last phase leaves new hints. Threads own chunks of rows. */
void wake_phase(struct sim *sim, int phase);
void wake_close(struct sim *sim);

#endif
