/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress.h"
#include "sim/timer.h"
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define BAR 40
#define PAUSE 0.1 /* seconds between two drawings of the bar */

static int tenths(const struct progress *p, int32_t day) { return (int)((int64_t)day * 10 / p->days); }

void progress_begin(struct progress *progress, FILE *out, int32_t day, int32_t days)
{
    *progress = (struct progress){.out = out, .days = days > 0 ? days : 1, .begun = timer_wall()};
    progress->terminal = out && isatty(fileno(out));
    progress->tenth = tenths(progress, day);
}

static void draw_bar(struct progress *p, int32_t day, uint64_t persons, double now)
{
    char bar[BAR + 1];
    int filled = (int)((int64_t)day * BAR / p->days);
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)filled);
    bar[BAR] = '\0';
    fprintf(p->out, "\r[%s] day %" PRId32 " of %" PRId32 ", %" PRIu64 " persons, %.0f s ", bar, day, p->days, persons, now - p->begun);
    fflush(p->out);
    p->told = now;
}

void progress_day(struct progress *progress, int32_t day, uint64_t persons)
{
    if (!progress->out) return;
    double now = timer_wall();
    int tenth = tenths(progress, day);
    if (progress->terminal && (now - progress->told > PAUSE || day == progress->days)) draw_bar(progress, day, persons, now);
    if (!progress->terminal && tenth > progress->tenth)
        fprintf(progress->out, "day %" PRId32 " of %" PRId32 " (%d %%), %" PRIu64 " persons, %.1f s\n", day, progress->days, tenth * 10,
                persons, now - progress->begun);
    progress->tenth = tenth;
}

void progress_end(struct progress *progress)
{
    if (!progress->out || !progress->terminal || progress->told == 0) return;
    fprintf(progress->out, "\r\033[K");
    fflush(progress->out);
}
