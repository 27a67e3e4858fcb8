/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place where threads are started. */
#ifndef WAYFARE_PARALLEL_H
#define WAYFARE_PARALLEL_H

#include <stdint.h>

typedef void parallel_work(void *context, int thread, uint32_t index);

/* work(context, thread, index) for every index below n, in any order, by at most threads threads. */
void parallel_for(int threads, uint32_t n, parallel_work *work, void *context);
int parallel_most(void); /* processors to be had; 1 without OpenMP */

#endif
