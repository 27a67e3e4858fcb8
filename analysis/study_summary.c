/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_summary.h"
#include "sim/memory.h"
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* The pairs that are there, draw by draw. */
struct pairs {
    double *arm, *reference, *difference, *draw_mean;
    size_t count, draws;
};

static void add_draw(struct pairs *p, const double *arm, const double *reference, int64_t replicates)
{
    size_t first = p->count;
    for (int64_t i = 0; i < replicates; i++) {
        if (isnan(arm[i]) || isnan(reference[i])) continue;
        p->arm[p->count] = arm[i];
        p->reference[p->count] = reference[i];
        p->difference[p->count++] = arm[i] - reference[i];
    }
    if (p->count > first) p->draw_mean[p->draws++] = gsl_stats_mean(p->difference + first, 1, p->count - first);
}

static double variance(const double *value, size_t count) { return count > 1 ? gsl_stats_variance(value, 1, count) : NAN; }

static double standard_error(const struct pairs *p, int64_t draws)
{
    const double *value = draws > 1 ? p->draw_mean : p->difference;
    size_t count = draws > 1 ? p->draws : p->count;
    return sqrt(variance(value, count) / (double)count);
}

/* Sorts the differences. */
static void fill(struct study_summary *summary, struct pairs *p, int64_t draws)
{
    double unpaired = variance(p->arm, p->count) + variance(p->reference, p->count);
    summary->mean = gsl_stats_mean(p->arm, 1, p->count);
    summary->difference = gsl_stats_mean(p->difference, 1, p->count);
    summary->standard_error = standard_error(p, draws);
    summary->variance_ratio = unpaired > 0 ? variance(p->difference, p->count) / unpaired : NAN;
    gsl_sort(p->difference, 1, p->count);
    summary->low = gsl_stats_quantile_from_sorted_data(p->difference, 1, p->count, 0.05);
    summary->high = gsl_stats_quantile_from_sorted_data(p->difference, 1, p->count, 0.95);
}

struct study_summary study_summary_of(const double *arm, const double *reference, int64_t draws, int64_t replicates)
{
    struct study_summary summary = {NAN, NAN, NAN, NAN, NAN, NAN, 0};
    size_t most = (size_t)(draws * replicates);
    double *room = memory_new(3 * most + (size_t)draws, sizeof *room);
    struct pairs pairs = {room, room + most, room + 2 * most, room + 3 * most, 0, 0};
    for (int64_t i = 0; i < draws; i++) add_draw(&pairs, arm + i * replicates, reference + i * replicates, replicates);
    if (pairs.count > 0) fill(&summary, &pairs, draws);
    summary.pairs = (int32_t)pairs.count;
    memory_free(room);
    return summary;
}
