/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "timer.h"
#include <assert.h>
#include <time.h>

const char *timer_name(enum timer_phase phase)
{
    static const char *const name[TIMER_PHASES] = {"drivers", "policy", "clocks", "services", "enter", "prepare", "act", "settle",
                                                   "observe"};
    assert((unsigned)phase < TIMER_PHASES);
    return name[phase];
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double timer_wall(void) { return seconds(CLOCK_MONOTONIC); }

double timer_cpu(void) { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

void timer_start(struct timer_set *set)
{
    set->wall_mark = timer_wall();
    set->cpu_mark = timer_cpu();
}

void timer_stop(struct timer_set *set, enum timer_phase phase)
{
    assert((unsigned)phase < TIMER_PHASES);
    double wall = timer_wall(), cpu = timer_cpu();
    set->wall[phase] += wall - set->wall_mark;
    set->cpu[phase] += cpu - set->cpu_mark;
    set->wall_mark = wall;
    set->cpu_mark = cpu;
}
