/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parallel.h"

#ifdef _OPENMP
#include <omp.h>
#else
static int omp_get_thread_num(void) { return 0; }
static int omp_get_max_threads(void) { return 1; }
#endif

void parallel_for(int threads, uint32_t n, parallel_work *work, void *context)
{
    int team = n < (uint32_t)threads ? (int)n : threads;
#pragma omp parallel for schedule(dynamic, 1) num_threads(team) if (team > 1)
    for (uint32_t i = 0; i < n; i++) work(context, omp_get_thread_num(), i);
    (void)team;
}

int parallel_most(void) { return omp_get_max_threads(); }
