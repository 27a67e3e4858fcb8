/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wall and processor time per phase of the day. */
#ifndef WAYFARE_TIMER_H
#define WAYFARE_TIMER_H

enum timer_phase {
    TIMER_DRIVERS,
    TIMER_POLICY,
    TIMER_CLOCKS,
    TIMER_SERVICES,
    TIMER_ENTER,
    TIMER_PREPARE,
    TIMER_ACT,
    TIMER_SETTLE,
    TIMER_OBSERVE,
    TIMER_PHASES
};

struct timer_set {
    double wall[TIMER_PHASES], cpu[TIMER_PHASES];
    double wall_mark, cpu_mark;
};

const char *timer_name(enum timer_phase phase);
void timer_start(struct timer_set *set);
void timer_stop(struct timer_set *set, enum timer_phase phase); /* since the last start or stop */
double timer_wall(void);                                        /* seconds, monotonic */
double timer_cpu(void);                                         /* seconds of this process, all threads */

#endif
