/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped scenario of mixed movements, one thread, without files: processor time at several scales, person-days in a
   CPU second, and what a further person-day costs (the slope between two scales, free of what a day costs by itself).
   Lines "name value unit"; medians of three runs. */
#include "models/journey.h"
#include "scenarios/scenario.h"
#include "sim/sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 3

static const char *const path = "scenarios/central_mediterranean/scenario.cfg";

struct cost {
    double seconds, person_days;
};

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int run(double scale, struct cost *cost)
{
    struct setup setup;
    struct error error = {0};
    double start = cpu_seconds();
    setup_init(&setup);
    if (scenario_read(&setup, path, &error)) return -1;
    setup.scale = scale;
    struct sim *sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    if (!sim) return -1;
    for (cost->person_days = 0; sim->day < setup.days;) {
        sim_step(sim);
        cost->person_days += sim->persons.count - sim->dead;
    }
    sim_close(sim);
    setup_free(&setup);
    cost->seconds = cpu_seconds() - start;
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = ((const struct cost *)a)->seconds, y = ((const struct cost *)b)->seconds;
    return (x > y) - (x < y);
}

static int median(double scale, struct cost *cost)
{
    struct cost each[RUNS];
    for (int i = 0; i < RUNS; i++)
        if (run(scale, &each[i])) return -1;
    qsort(each, RUNS, sizeof *each, compare);
    *cost = each[RUNS / 2];
    printf("central_k%g_cpu %.3f s\n", scale, cost->seconds);
    printf("central_k%g_rate %.1f million person-days per CPU second\n", scale, cost->person_days / cost->seconds / 1e6);
    return 0;
}

int main(void)
{
    struct cost coarse, fine;
    if (median(100, &coarse) || median(10, &fine)) {
        printf("skipped: %s does not run\n", path);
        return 0;
    }
    printf("central_person_day %.2f ns\n", 1e9 * (fine.seconds - coarse.seconds) / (fine.person_days - coarse.person_days));
    return 0;
}
