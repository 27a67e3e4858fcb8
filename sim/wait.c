/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wait.h"

#include "memory.h"
#include "parallel.h"
#include "rng.h"
#include "sim.h"
#include "wide.h"
#include <assert.h>
#include <string.h>

#define UNIT 1048576.0        /* of readings and thresholds: 2^20 per unit hazard */
#define SUM_UNIT 4294967296.0 /* of accumulators */
#define WINDOW 256            /* days in a ring */
#define BATCH 32              /* days a ring is extended by at once */
#define CELLS_PER_TASK 1024
#define SATURATION_MOST 512.0 /* a day's hazard and a threshold ahead of it stay within a signed difference */

int wait_declare(struct sim *sim, int model, struct wait_plan plan)
{
    struct wait_set *set = &sim->waits;
    int last_phase = plan.day_phase > plan.phase ? plan.day_phase : plan.phase;
    assert(plan.phase >= 0 && last_phase < PERSON_WAITS && plan.saturation <= SATURATION_MOST && plan.groups <= WAIT_MOST_GROUPS);
    if (set->count == PERSON_WAITS) return fail(&sim->error, FAIL_INPUT, "wait '%s': a person holds at most %d waits", plan.name, PERSON_WAITS);
    struct wait *w = &set->wait[set->count];
    *w = (struct wait){.name = plan.name, .doc = plan.doc, .model = model, .phase = plan.phase, .day_phase = last_phase, .over = plan.over, .by_group = plan.by_group, .shared = plan.shared, .once = plan.once};
    w->clock.groups = !plan.by_group ? 1 : plan.groups > 0 ? (uint32_t)plan.groups
                                                           : WAIT_GROUPS;
    w->clock.saturation = plan.saturation > 0 ? plan.saturation : WAIT_CERTAIN;
    w->clock.slack = plan.slack > 0 ? plan.slack : 1.0;
    w->clock.ahead = plan.ahead;
    for (int g = 0; g < WAIT_MOST_GROUPS; g++) w->inverse[g] = 65536;
    for (int g = 0; g < WAIT_GROUPS; g++) {
        double m = plan.factor ? plan.factor[g] : 1.0;
        if (!(m >= 1.0 / 64 && m <= 64)) return fail(&sim->error, FAIL_INPUT, "wait '%s': the factor of class %d must lie between 1/64 and 64, found %g", plan.name, g, m);
        w->factor[g] = m;
        w->inverse[g] = (uint32_t)(65536.0 / m + 0.5);
    }
    if (last_phase >= sim->phases) sim->phases = last_phase + 1;
    return set->count++;
}

/* ---- cells ---- */

static uint32_t state_of(const struct sim *sim, const struct person *p)
{
    const struct world *world = sim->world;
    uint32_t place = p->place & PERSON_ON_LINK ? world->link[p->place & ~PERSON_ON_LINK].from : p->place;
    return world->place[place].state;
}

uint32_t wait_stage_cell(const struct sim *sim, uint32_t state, uint32_t stage)
{
    return state * (uint32_t)(sim->setup->casegraph.stages + 1) + stage;
}

uint32_t wait_placement_cell(const struct sim *sim, uint32_t state, uint32_t placement, uint32_t band)
{
    return (state * (uint32_t)(sim->setup->casegraph.placements + 1) + placement) * CASEGRAPH_BANDS + band;
}

/* Stage and placement numbers start at 1 in a person's row; 0 is none. */
static inline uint32_t cell_of(const struct sim *sim, const struct wait *w, const struct person *p)
{
    assert(w->over != WAIT_OVER_PLACE || !(p->place & PERSON_ON_LINK)); /* a clock over places is ended or suspended on leaving */
    assert(w->over != WAIT_OVER_PLACEMENT || p->band < CASEGRAPH_BANDS);
    uint32_t cell = p->place;
    if (w->over == WAIT_OVER_STAGE) cell = wait_stage_cell(sim, state_of(sim, p), p->stage);
    else if (w->over == WAIT_OVER_PLACEMENT) cell = wait_placement_cell(sim, state_of(sim, p), p->placement, p->band);
    return w->by_group ? cell * w->clock.groups + (w->shared ? p->party_group : p->group) : cell;
}

static uint32_t cells_over(const struct sim *sim, enum wait_over over)
{
    switch (over) {
    case WAIT_OVER_PLACE:
        return sim->world->places;
    case WAIT_OVER_STAGE:
        return wait_stage_cell(sim, sim->world->states, 0);
    case WAIT_OVER_PLACEMENT:
        return wait_placement_cell(sim, sim->world->states, 0, 0);
    default:
        return 0;
    }
}

/* ---- opening and the morning ---- */

static void clock_open(const struct sim *sim, struct wait *w)
{
    struct wait_clock *c = &w->clock;
    c->cells = cells_over(sim, w->over) * c->groups;
    c->sum = memory_new(c->cells, sizeof *c->sum);
    c->today = memory_new(c->cells, sizeof *c->today);
    c->yesterday = memory_new(c->cells, sizeof *c->yesterday);
    c->rate = memory_new(c->cells, sizeof *c->rate);
    c->bound = memory_new(c->cells, sizeof *c->bound);
    c->exceeded = memory_new(c->cells, sizeof *c->exceeded);
    /* Half a unit in the fraction: a floor of the difference of two readings is then right on average. */
    for (uint32_t i = 0; i < c->cells; i++) c->sum[i] = 0x800;
    if (!c->ahead) return;
    c->ring = memory_new((size_t)c->cells * WINDOW, sizeof *c->ring);
    c->ring_sum = memory_new(c->cells, sizeof *c->ring_sum);
    memcpy(c->ring_sum, c->sum, c->cells * sizeof *c->sum);
}

/* Only where one model owns every wait of the phase: it cannot promise for another's. */
bool wait_once(const struct sim *sim, int phase)
{
    const struct wait_set *set = &sim->waits;
    int first = set->phase_first[phase], end = set->phase_first[phase + 1];
    bool once = first < end;
    for (int k = first; k < end; k++) once &= set->wait[set->of_phase[k]].once && set->wait[set->of_phase[k]].model == set->wait[set->of_phase[first]].model;
    return once;
}

static uint8_t kinds_in(const struct wait *w, int phase)
{
    return (uint8_t)((w->phase == phase) << WAIT_CLOCK | (w->day_phase == phase) << WAIT_DAY);
}

static void order_by_phase(struct sim *sim)
{
    struct wait_set *set = &sim->waits;
    uint8_t n = 0;
    for (int phase = 0; phase < PERSON_WAITS; phase++) {
        set->phase_first[phase] = n;
        for (int i = 0; i < set->count; i++) {
            uint8_t kinds = kinds_in(&set->wait[i], phase);
            if (!kinds) continue;
            set->of_phase[n] = (uint8_t)i;
            set->kinds_of_phase[n++] = kinds;
        }
    }
    set->phase_first[PERSON_WAITS] = n;
}

int wait_open(struct sim *sim)
{
    order_by_phase(sim);
    for (int i = 0; i < sim->waits.count; i++) clock_open(sim, &sim->waits.wait[i]);
    return 0;
}

void wait_close(struct sim *sim)
{
    for (int i = 0; i < sim->waits.count; i++) {
        struct wait_clock *c = &sim->waits.wait[i].clock;
        memory_free(c->sum), memory_free(c->today), memory_free(c->yesterday), memory_free(c->rate);
        memory_free(c->bound), memory_free(c->exceeded), memory_free(c->ring), memory_free(c->ring_sum);
    }
}

static uint64_t increment(const struct wait_clock *c, double hazard)
{
    if (!(hazard > 0)) return 0;
    return (uint64_t)((hazard < c->saturation ? hazard : c->saturation) * SUM_UNIT + 0.5);
}

/* Hints may be early, never late: a bound may fall at any time, and where a rate rises above it the people concerned are looked
   at. A rate that stood still since yesterday is taken to stay; one that moves gets slack, once it has left what it had. */
void wait_rate(struct sim *sim, int wait, uint32_t cell, double hazard)
{
    struct wait_clock *c = &sim->waits.wait[wait].clock;
    uint64_t rate = increment(c, hazard), bound = c->bound[cell];
    if (rate == c->rate[cell]) {
        c->bound[cell] = rate;
        return;
    }
    c->rate[cell] = rate;
    if (rate > bound) {
        c->exceeded[cell] = 1;
        c->any_exceeded = true;
    } else if ((double)rate * c->slack * c->slack >= (double)bound) {
        return;
    }
    double wanted = (double)rate * c->slack, limit = (double)increment(c, c->saturation);
    c->bound[cell] = wanted < limit ? (uint64_t)wanted : (uint64_t)limit;
}

/* One stretch of cells of one clock, and the days to work on. */
struct stretch {
    struct sim *sim;
    struct wait *wait;
    int32_t from, to;
};

WIDE static void advance(uint32_t n, const uint64_t *restrict rate, uint64_t *restrict sum, uint32_t *restrict today, uint32_t *restrict yesterday)
{
    for (uint32_t i = 0; i < n; i++) {
        yesterday[i] = today[i];
        sum[i] += rate[i];
        today[i] = (uint32_t)(sum[i] >> 12);
    }
}

static void extend_cell(const struct sim *sim, const struct wait *w, uint32_t cell, int32_t from, int32_t to)
{
    const struct wait_clock *c = &w->clock;
    const void *state = sim->model[w->model].state;
    uint64_t sum = c->ring_sum[cell];
    uint32_t *row = c->ring + (size_t)cell * WINDOW;
    for (int32_t day = from; day < to; day++) {
        sum += increment(c, c->ahead(sim, state, cell, day));
        row[day % WINDOW] = (uint32_t)(sum >> 12);
    }
    c->ring_sum[cell] = sum;
}

static void advance_task(void *context, int thread, uint32_t index)
{
    (void)thread;
    const struct stretch *s = context;
    const struct wait_clock *c = &s->wait->clock;
    const void *state = s->sim->model[s->wait->model].state;
    uint32_t first = index * CELLS_PER_TASK, n = c->cells - first < CELLS_PER_TASK ? c->cells - first : CELLS_PER_TASK;
    for (uint32_t cell = first; c->ahead && cell < first + n; cell++) c->rate[cell] = increment(c, c->ahead(s->sim, state, cell, s->sim->day));
    advance(n, c->rate + first, c->sum + first, c->today + first, c->yesterday + first);
}

static void extend_task(void *context, int thread, uint32_t index)
{
    (void)thread;
    const struct stretch *s = context;
    uint32_t first = index * CELLS_PER_TASK, end = first + CELLS_PER_TASK, cells = s->wait->clock.cells;
    for (uint32_t cell = first; cell < end && cell < cells; cell++) extend_cell(s->sim, s->wait, cell, s->from, s->to);
}

static void extend_ring(struct sim *sim, struct wait *w, int32_t today)
{
    struct wait_clock *c = &w->clock;
    while (c->ring_end <= today + WINDOW - BATCH) {
        struct stretch s = {sim, w, c->ring_end, c->ring_end + BATCH};
        parallel_for(sim->tuning.threads, (c->cells + CELLS_PER_TASK - 1) / CELLS_PER_TASK, extend_task, &s);
        c->ring_end += BATCH;
    }
}

void wait_morning(struct sim *sim)
{
    for (int i = 0; i < sim->waits.count; i++) {
        struct wait *w = &sim->waits.wait[i];
        struct stretch s = {sim, w, 0, 0};
        parallel_for(sim->tuning.threads, (w->clock.cells + CELLS_PER_TASK - 1) / CELLS_PER_TASK, advance_task, &s);
        if (w->clock.ahead) extend_ring(sim, w, sim->day);
    }
}

/* A checkpoint was loaded: the ring ahead is made anew from the sums, which stand at the end of the day before sim->day. */
void wait_restore(struct sim *sim)
{
    for (int i = 0; i < sim->waits.count; i++) {
        struct wait *w = &sim->waits.wait[i];
        if (!w->clock.ahead) continue;
        memcpy(w->clock.ring_sum, w->clock.sum, w->clock.cells * sizeof *w->clock.sum);
        w->clock.ring_end = sim->day;
        extend_ring(sim, w, sim->day - 1);
    }
}

/* ---- one person ---- */

static uint32_t inverse_of(const struct wait *w, const struct person *p) { return w->inverse[w->shared ? p->party_group : p->group]; }

/* Units of hazard of the clock that stand for hazard units of Exp(1): at least 1, so that nothing begun today is due today. */
static uint32_t on_clock(const struct wait *w, const struct person *p, uint32_t hazard)
{
    uint64_t units = ((uint64_t)hazard * inverse_of(w, p) + 0xffff) >> 16;
    return units > 0 ? (uint32_t)units : 1;
}

static uint32_t reading_at(const struct sim *sim, const struct wait *w, const struct person *p, struct wait_moment at)
{
    uint32_t cell = cell_of(sim, w, p), yesterday = w->clock.yesterday[cell], gone = w->clock.today[cell] - yesterday;
    return yesterday + (uint32_t)((uint64_t)gone * at.before / at.span);
}

static uint32_t reading_of(const struct sim *sim, const struct wait *w, const struct person *p)
{
    uint32_t cell = cell_of(sim, w, p);
    return sim->entering ? w->clock.yesterday[cell] : w->clock.today[cell];
}

static uint32_t exponential_units(uint32_t word) { return (uint32_t)(rng_exponential(word) * UNIT) + 1; }

void wait_begin_clock_hazard(const struct sim *sim, struct person *p, int wait, uint32_t hazard)
{
    const struct wait *w = &sim->waits.wait[wait];
    p->threshold[wait] = reading_of(sim, w, p) + on_clock(w, p, hazard);
    wait_set_kind(p, wait, WAIT_CLOCK);
}

static uint32_t spell_word(const struct sim *sim, struct person *p, int wait)
{
    uint64_t who = sim->waits.wait[wait].shared ? p->party : p->id;
    return rng_draw(sim->setup->seed, who, RNG_WAIT + (uint32_t)wait, ++p->spell[wait], 0).word[0];
}

void wait_begin_clock(const struct sim *sim, struct person *p, int wait) { wait_begin_clock_hazard(sim, p, wait, exponential_units(spell_word(sim, p, wait))); }

void wait_begin_clock_at(const struct sim *sim, struct person *p, int wait, struct wait_moment at)
{
    const struct wait *w = &sim->waits.wait[wait];
    p->threshold[wait] = reading_at(sim, w, p, at) + on_clock(w, p, exponential_units(spell_word(sim, p, wait)));
    wait_set_kind(p, wait, WAIT_CLOCK);
}

void wait_renew_clock(const struct sim *sim, struct person *p, int wait)
{
    assert(wait_kind(p, wait) == WAIT_CLOCK);
    p->threshold[wait] += on_clock(&sim->waits.wait[wait], p, exponential_units(spell_word(sim, p, wait)));
}

void wait_begin_ticket(struct person *p, int wait, uint32_t ticket)
{
    p->threshold[wait] = ticket;
    wait_set_kind(p, wait, WAIT_TICKET);
}

/* What is left of a clock wait; 0 where it is due by then. */
static uint32_t left_at(const struct sim *sim, const struct wait *w, const struct person *p, uint32_t threshold, struct wait_moment at)
{
    int32_t left = (int32_t)(threshold - reading_at(sim, w, p, at));
    return left > 0 ? (uint32_t)left : 0;
}

void wait_suspend(const struct sim *sim, struct person *p, int wait, struct wait_moment at)
{
    if (wait_kind(p, wait) != WAIT_CLOCK) return;
    p->threshold[wait] = left_at(sim, &sim->waits.wait[wait], p, p->threshold[wait], at);
    wait_set_kind(p, wait, WAIT_SUSPENDED);
}

void wait_resume(const struct sim *sim, struct person *p, int wait, struct wait_moment at)
{
    if (wait_kind(p, wait) != WAIT_SUSPENDED) return;
    p->threshold[wait] += reading_at(sim, &sim->waits.wait[wait], p, at);
    wait_set_kind(p, wait, WAIT_CLOCK);
}

struct wait_residual wait_take(const struct sim *sim, const struct person *p, struct wait_moment at)
{
    struct wait_residual r = {.at = at, .kinds = p->kinds};
    for (int i = 0; i < sim->waits.count; i++) {
        const struct wait *w = &sim->waits.wait[i];
        enum wait_kind kind = wait_kind(p, i);
        r.inverse[i] = inverse_of(w, p);
        if (kind == WAIT_CLOCK) r.left[i] = left_at(sim, w, p, p->threshold[i], at);
        if (kind == WAIT_SUSPENDED) r.left[i] = p->threshold[i];
    }
    return r;
}

/* The same residual on a clock with another factor: T' - H = (T - H) m_old / m_new. Equal factors change nothing. */
static uint32_t rescale(uint32_t left, uint32_t from, uint32_t to)
{
    uint64_t units = from == to ? left : ((uint64_t)left * to + from - 1) / from;
    return units < INT32_MAX ? (uint32_t)units : INT32_MAX;
}

void wait_put(const struct sim *sim, struct person *p, const struct wait_residual *r)
{
    for (int i = 0; i < sim->waits.count; i++) {
        const struct wait *w = &sim->waits.wait[i];
        enum wait_kind kind = wait_kind(p, i);
        uint32_t then = r->kinds >> (3 * i) & 7u;
        if ((kind != WAIT_CLOCK && kind != WAIT_SUSPENDED) || (then != WAIT_CLOCK && then != WAIT_SUSPENDED)) continue;
        uint32_t left = rescale(r->left[i], r->inverse[i], inverse_of(w, p));
        p->threshold[i] = kind == WAIT_CLOCK ? reading_at(sim, w, p, r->at) + left : left;
    }
}

/* ---- due ---- */

/* When within today a wait fires; span 0 means not today. */
static inline struct wait_moment moment_of(const struct sim *sim, const struct person *p, int wait)
{
    enum wait_kind kind = wait_kind(p, wait);
    if (kind == WAIT_DAY) return (struct wait_moment){0, (int32_t)p->threshold[wait] <= sim->day};
    if (kind != WAIT_CLOCK) return (struct wait_moment){0, 0};
    const struct wait *w = &sim->waits.wait[wait];
    uint32_t cell = cell_of(sim, w, p), today = w->clock.today[cell];
    if ((int32_t)(today - p->threshold[wait]) < 0) return (struct wait_moment){0, 0};
    uint32_t yesterday = w->clock.yesterday[cell], span = today - yesterday;
    int32_t before = (int32_t)(p->threshold[wait] - yesterday);
    return (struct wait_moment){before > 0 ? (uint32_t)before : 0, span > 0 ? span : 1};
}

static inline int due_in(const struct sim *sim, const struct person *p, int phase)
{
    const struct wait_set *set = &sim->waits;
    int first = -1;
    struct wait_moment best = {0, 0};
    for (int k = set->phase_first[phase]; k < set->phase_first[phase + 1]; k++) {
        if (!(set->kinds_of_phase[k] >> wait_kind(p, set->of_phase[k]) & 1)) continue;
        struct wait_moment m = moment_of(sim, p, set->of_phase[k]);
        if (m.span == 0) continue;
        if (first < 0 || (uint64_t)m.before * best.span < (uint64_t)best.before * m.span) {
            first = set->of_phase[k];
            best = m;
        }
    }
    return first;
}

struct wait_moment wait_moment(const struct sim *sim, const struct person *p, int wait)
{
    struct wait_moment m = moment_of(sim, p, wait);
    return m.span > 0 ? m : WAIT_DUSK;
}

uint32_t wait_sort(const struct sim *sim, int phase, const uint32_t *slot, uint32_t n, struct wait_buckets *b)
{
    uint32_t due = 0;
    for (int i = 0; i < PERSON_WAITS; i++) b->n[i] = 0;
    for (uint32_t i = 0; i < n; i++) {
        int wait = due_in(sim, &sim->persons.row[slot[i]], phase);
        if (wait < 0) continue;
        b->slot[wait][b->n[wait]++] = slot[i];
        due++;
    }
    return due;
}

bool wait_is_due(const struct sim *sim, const struct person *p)
{
    for (int i = 0; i < sim->waits.count; i++)
        if (moment_of(sim, p, i).span > 0) return true;
    return false;
}

/* ---- hints ---- */

/* Days until a clock that runs at its bound reaches the threshold; exact where the rate stays at the bound. */
static uint32_t days_at_bound(const struct wait_clock *c, uint32_t cell, uint32_t threshold)
{
    int32_t need = (int32_t)(threshold - c->today[cell]);
    if (need <= 0) return 1;
    uint64_t units = ((uint64_t)need << 12) - (c->sum[cell] & 0xfff), bound = c->bound[cell];
    if (units <= bound) return 1;
    if (bound == 0 || units > bound * (WAIT_HORIZON - 1)) return bound == 0 ? UINT32_MAX : WAIT_HORIZON;
    return (uint32_t)((units + bound - 1) / bound);
}

/* Day by day, for rates so high that 32 bits could wrap within the ring; no single day can. */
static uint32_t walk_ahead(const uint32_t *row, int32_t day, int32_t most, uint32_t today, uint32_t need)
{
    uint64_t sum = 0;
    for (int32_t d = 1; d < most; d++) {
        uint32_t before = d == 1 ? today : row[(day + d - 1) % WINDOW];
        sum += row[(day + d) % WINDOW] - before;
        if (sum >= need) return (uint32_t)d;
    }
    return (uint32_t)most;
}

/* The first day of the ring with need units more than today, by interpolation; the last one where there is none.
   span: units from today to the ring's last day, below 2^32. */
static uint32_t search_ahead(const uint32_t *row, int32_t day, int32_t most, uint32_t today, uint32_t need, uint32_t span)
{
    int32_t low = 0, high = most;
    uint32_t low_units = 0, high_units = span;
    for (int tries = 0; high - low > 1; tries++) {
        int32_t guess = tries < 4 ? low + (int32_t)((uint64_t)(need - low_units) * (uint32_t)(high - low) / (high_units - low_units)) : (low + high) / 2;
        guess = guess <= low ? low + 1 : guess >= high ? high - 1
                                                       : guess;
        uint32_t units = row[(day + guess) % WINDOW] - today;
        if (units >= need) high = guess, high_units = units;
        else low = guess, low_units = units;
    }
    return (uint32_t)high;
}

/* The same along the ring of readings to come. */
static uint32_t days_ahead(const struct sim *sim, const struct wait_clock *c, uint32_t cell, uint32_t threshold)
{
    const uint32_t *row = c->ring + (size_t)cell * WINDOW;
    int32_t most = c->ring_end - 1 - sim->day;
    uint32_t today = c->today[cell], need = threshold - today;
    uint64_t span = (c->ring_sum[cell] >> 12) - (c->sum[cell] >> 12);
    if ((int32_t)need <= 0) return 1;
    if (need > span) return (uint32_t)most;
    return span <= UINT32_MAX ? search_ahead(row, sim->day, most, today, need, (uint32_t)span) : walk_ahead(row, sim->day, most, today, need);
}

static uint32_t days_until(const struct sim *sim, const struct person *p, int wait)
{
    enum wait_kind kind = wait_kind(p, wait);
    if (kind == WAIT_DAY) {
        int32_t days = (int32_t)p->threshold[wait] - sim->day;
        return days > 0 ? (uint32_t)days : 1;
    }
    if (kind != WAIT_CLOCK) return UINT32_MAX;
    const struct wait *w = &sim->waits.wait[wait];
    uint32_t cell = cell_of(sim, w, p);
    return w->clock.ahead ? days_ahead(sim, &w->clock, cell, p->threshold[wait]) : days_at_bound(&w->clock, cell, p->threshold[wait]);
}

uint8_t wait_hint(const struct sim *sim, const struct person *p)
{
    uint32_t days = UINT32_MAX;
    if (p->flags & PERSON_DEAD) return WAIT_NEVER;
    for (int i = 0; i < sim->waits.count; i++) {
        uint32_t d = days_until(sim, p, i);
        if (d < days) days = d;
    }
    if (days == UINT32_MAX) return WAIT_NEVER;
    return wait_code(sim->day + (int32_t)(days < WAIT_HORIZON ? days : WAIT_HORIZON));
}

/* Nobody else's act changes that today: rows are their own, clocks moved in the morning. */
static bool is_due_after(const struct sim *sim, const struct person *p, int phase)
{
    const struct wait_set *set = &sim->waits;
    for (int k = set->phase_first[phase + 1]; k < set->phase_first[sim->phases]; k++)
        if (set->kinds_of_phase[k] >> wait_kind(p, set->of_phase[k]) & 1 && moment_of(sim, p, set->of_phase[k]).span > 0) return true;
    return false;
}

uint32_t wait_hints(struct sim *sim, int phase, uint32_t *slot, uint32_t n)
{
    uint32_t later = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct person *p = &sim->persons.row[slot[i]];
        if (is_due_after(sim, p, phase)) slot[later++] = slot[i];
        else sim->persons.hint[slot[i]] = wait_hint(sim, p);
    }
    return later;
}

/* ---- the pass over people at cells whose bound was exceeded ---- */

static bool person_exceeded(const struct sim *sim, const struct person *p)
{
    for (int i = 0; i < sim->waits.count; i++) {
        const struct wait *w = &sim->waits.wait[i];
        if (w->clock.any_exceeded && wait_kind(p, i) == WAIT_CLOCK && w->clock.exceeded[cell_of(sim, w, p)]) return true;
    }
    return false;
}

struct pass {
    struct sim *sim;
    const uint8_t *place; /* places concerned; NULL: look at every row */
};

static void pass_task(void *context, int thread, uint32_t index)
{
    (void)thread;
    const struct pass *pass = context;
    struct sim *sim = pass->sim;
    struct person_store *persons = &sim->persons;
    uint32_t first = index * sim->tuning.chunk;
    uint32_t end = persons->count - first < sim->tuning.chunk ? persons->count : first + sim->tuning.chunk;
    for (uint32_t slot = first; slot < end; slot++) {
        uint32_t place = persons->place[slot];
        if (pass->place && (place & PERSON_ON_LINK || !pass->place[place])) continue;
        const struct person *p = &persons->row[slot];
        if (p->flags & PERSON_DEAD || !person_exceeded(sim, p)) continue;
        persons->hint[slot] = wait_is_due(sim, p) ? wait_code(sim->day) : wait_hint(sim, p);
    }
}

/* Marks the places concerned by clocks over places; returns false where a clock over cases is concerned too. */
static bool mark_places(const struct sim *sim, uint8_t *place)
{
    bool only = true;
    for (int i = 0; i < sim->waits.count; i++) {
        const struct wait_clock *c = &sim->waits.wait[i].clock;
        if (!c->any_exceeded) continue;
        if (sim->waits.wait[i].over != WAIT_OVER_PLACE) only = false;
        else
            for (uint32_t cell = 0; cell < c->cells; cell++) place[cell / c->groups] |= c->exceeded[cell];
    }
    return only;
}

void wait_exceeded(struct sim *sim)
{
    bool any = false;
    for (int i = 0; i < sim->waits.count; i++) any |= sim->waits.wait[i].clock.any_exceeded;
    if (!any) return;
    uint8_t *place = memory_new(sim->world->places, 1);
    struct pass pass = {sim, mark_places(sim, place) ? place : NULL};
    parallel_for(sim->tuning.threads, (uint32_t)(((uint64_t)sim->persons.count + sim->tuning.chunk - 1) / sim->tuning.chunk), pass_task, &pass);
    memory_free(place);
    for (int i = 0; i < sim->waits.count; i++) {
        struct wait_clock *c = &sim->waits.wait[i].clock;
        if (c->any_exceeded) memset(c->exceeded, 0, c->cells);
        c->any_exceeded = false;
    }
}
