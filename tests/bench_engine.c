/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's cost in processor time per person-day: resting, rates that change, everybody active, mixed, and five waits.
   usage: bench_engine [name [persons in millions]]; lines "name value unit". Figures are medians over days. */
#include "sim/memory.h"
#include "sim/parallel.h"
#include "sim/queue.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEGREE 8
#define RANGE_KM 200.0
#define PURPOSE 200

enum crowd { REST,
             CHANGE,
             ACTIVE,
             MIXED,
             FIVE };

/* One benchmark: what the world is and how many persons stand in it. */
struct bench {
    struct setup setup; /* first: models find their bench through sim->setup */
    enum crowd crowd;
    double rate; /* FIVE: hazard of moving; the harms have a third each */
    uint32_t persons;
    int leave, arrive, harm[2], decide;
    struct alias_entry *alias;
    uint64_t acts; /* persons who woke, summed over the days measured */
    uint64_t events;
};

static struct bench *bench_of(const struct sim *sim) { return (struct bench *)sim->setup; }

/* ---- the model ---- */

static double seasonal(const struct sim *sim, const void *state, uint32_t cell, int32_t day)
{
    (void)state;
    const struct bench *b = bench_of(sim);
    double phase = (double)((day + (int32_t)cell * 7) % 365) / 365, wave = phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase;
    if (b->crowd == CHANGE) return cell % 5 ? 0.001 : 0.001 * (day % 2 ? 1.1 : 1.0);
    return b->rate * (1 + 0.4 * wave);
}

static double harmful(const struct sim *sim, const void *state, uint32_t cell, int32_t day) { return seasonal(sim, state, cell, day) / 3; }

static int model_open(struct sim *sim, void *state)
{
    (void)state;
    struct bench *b = bench_of(sim);
    bool ahead = b->crowd == CHANGE || b->crowd == FIVE;
    b->leave = wait_declare(sim, 0, (struct wait_plan){.name = "leave", .over = WAIT_OVER_PLACE, .shared = true, .once = b->crowd != FIVE, .ahead = ahead ? seasonal : NULL});
    b->arrive = wait_declare(sim, 0, (struct wait_plan){.name = "arrive", .shared = true, .once = b->crowd != FIVE});
    if (b->crowd != FIVE) return 0;
    b->harm[0] = wait_declare(sim, 0, (struct wait_plan){.name = "harm", .over = WAIT_OVER_PLACE, .ahead = harmful});
    b->harm[1] = wait_declare(sim, 0, (struct wait_plan){.name = "violence", .over = WAIT_OVER_PLACE, .ahead = harmful});
    b->decide = wait_declare(sim, 0, (struct wait_plan){.name = "decide"});
    return 0;
}

static void model_morning(struct sim *sim, void *state)
{
    (void)state;
    struct bench *b = bench_of(sim);
    if (b->crowd == CHANGE || b->crowd == FIVE || sim->day > 0) return;
    for (uint32_t p = 0; p < sim->world->places; p++) {
        double hazard = b->crowd == REST ? 0.001 : b->crowd == ACTIVE || p % 10 == 9 ? WAIT_CERTAIN
                                               : p % 10 < 3                          ? 0.001
                                                                                     : 0.3567;
        wait_rate(sim, b->leave, p, hazard);
    }
}

static void begin(struct sim *sim, uint32_t slot)
{
    struct bench *b = bench_of(sim);
    struct person *p = &sim->persons.row[slot];
    wait_begin_clock(sim, p, b->leave);
    if (b->crowd != FIVE) return;
    wait_begin_clock(sim, p, b->harm[0]);
    wait_begin_clock(sim, p, b->harm[1]);
    queue_join(sim, 0, slot, b->decide, 0, 0);
}

static void model_enter(struct sim *sim, void *state)
{
    (void)state;
    struct bench *b = bench_of(sim);
    uint32_t each = b->persons / sim->world->places, party = b->crowd == FIVE ? 4 : 1;
    if (sim->day > 0) return;
    person_reserve(&sim->persons, b->persons);
    for (uint32_t p = 0; p < sim->world->places; p++)
        for (uint32_t k = 0; k < each; k += party == 1 ? each : party) sim_enter(sim, p, party == 1 ? each : party, (struct person_id_parts){.driver = 1, .place = p, .party = k}, party > 1);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) begin(sim, slot);
}

/* Stage by stage, so that what the next stage reads is on its way: tables, then links, then counts. */
static void fetch_tables(const struct sim *sim, const struct model_span *span, const uint32_t *column)
{
    const struct bench *b = bench_of(sim);
    for (uint32_t i = 0; i < span->n; i++) {
        uint32_t place = sim->persons.row[span->slot[i]].place;
        if (span->wait == b->leave) __builtin_prefetch(&b->alias[sim->world->first[place] + (((uint64_t)column[i] * DEGREE) >> 32)]);
        else __builtin_prefetch(&sim->world->link[place & ~PERSON_ON_LINK]);
    }
}

static void choose_links(const struct sim *sim, const struct model_span *span, const uint32_t *column, const uint32_t *keep, uint32_t *to)
{
    const struct bench *b = bench_of(sim);
    for (uint32_t i = 0; i < span->n; i++) {
        uint32_t place = sim->persons.row[span->slot[i]].place, first = sim->world->first[span->wait == b->leave ? place : 0];
        if (span->wait == b->leave) to[i] = (first + alias_choose(b->alias + first, DEGREE, column[i], keep[i])) | PERSON_ON_LINK;
        else to[i] = sim->world->link[place & ~PERSON_ON_LINK].to;
        if (span->wait == b->leave) __builtin_prefetch(&sim->world->link[to[i] & ~PERSON_ON_LINK]);
        sim_fetch(sim, span->thread, to[i]);
    }
}

static void leave(struct sim *sim, const struct model_span *span, uint32_t slot, uint32_t link)
{
    struct bench *b = bench_of(sim);
    struct person *p = &sim->persons.row[slot];
    for (int k = 0; b->crowd == FIVE && k < 2; k++) wait_suspend(sim, p, b->harm[k], wait_moment(sim, p, b->leave));
    sim_go(sim, span->thread, span->phase, slot, link);
    wait_end(p, b->leave);
    wait_begin_day(p, b->arrive, sim->day + 1 + (int32_t)(sim->world->link[link & ~PERSON_ON_LINK].km / RANGE_KM));
}

static void arrive(struct sim *sim, const struct model_span *span, uint32_t slot, uint32_t place, uint32_t hazard)
{
    struct bench *b = bench_of(sim);
    struct person *p = &sim->persons.row[slot];
    sim_go(sim, span->thread, span->phase, slot, place);
    wait_end(p, b->arrive);
    p->spell[b->leave]++;
    wait_begin_clock_hazard(sim, p, b->leave, hazard);
    for (int k = 0; b->crowd == FIVE && k < 2; k++) wait_resume(sim, p, b->harm[k], WAIT_DAWN);
}

/* Decided: a new claim in 30 days; the days until then are a deadline. */
static void decided(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct bench *b = bench_of(sim);
    struct person *p = &sim->persons.row[slot];
    if ((p->spell[b->decide]++ & 1) == 0) {
        wait_begin_day(p, b->decide, sim->day + 30);
        return;
    }
    queue_join(sim, span->thread, slot, b->decide, 0, 0);
}

static void move_span(struct sim *sim, const struct model_span *span)
{
    struct bench *b = bench_of(sim);
    struct rng_blocks blocks;
    uint64_t party[RNG_MANY];
    uint32_t spell[RNG_MANY], hazard[RNG_MANY], to[RNG_MANY];
    for (uint32_t i = 0; i < span->n; i++) {
        party[i] = sim->persons.row[span->slot[i]].party;
        spell[i] = sim->persons.row[span->slot[i]].spell[b->leave];
    }
    rng_draw_many(sim->setup->seed, span->n, party, PURPOSE * 256 + (span->wait == b->leave), spell, &blocks);
    fetch_tables(sim, span, blocks.word[1]);
    choose_links(sim, span, blocks.word[1], blocks.word[2], to);
    if (span->wait == b->arrive) rng_hazard_many(span->n, blocks.word[0], hazard);
    for (uint32_t i = 0; i < span->n; i++) {
        if (span->wait == b->leave) leave(sim, span, span->slot[i], to[i]);
        else arrive(sim, span, span->slot[i], to[i], hazard[i]);
    }
}

static void model_act(struct sim *sim, void *state, const struct model_span *span)
{
    (void)state;
    struct bench *b = bench_of(sim);
    if (span->thread == 0) b->events += span->n; /* a sample; exact with one thread */
    if (span->wait == b->leave || span->wait == b->arrive) move_span(sim, span);
    else
        for (uint32_t i = 0; i < span->n; i++) {
            if (span->wait == b->decide) decided(sim, span, span->slot[i]);
            else wait_renew_clock(sim, &sim->persons.row[span->slot[i]], span->wait);
        }
}

static const struct model bench_model = {.name = "bench", .doc = "people who rest, move and wait", .source = "none", .purpose = PURPOSE, .state_size = 8, .params = (const struct param[]){{0}}, .open = model_open, .morning = model_morning, .enter = model_enter, .act = model_act};

/* ---- the world ---- */

static void build_world(struct bench *b, uint32_t places)
{
    struct world *world = b->setup.world = world_new();
    uint32_t state = world_state(world, "here");
    char name[32];
    for (uint32_t p = 0; p < places; p++) {
        snprintf(name, sizeof name, "p%u", p);
        world_add_place(world, (struct world_place){.name = name, .state = state, .kind = WORLD_TOWN});
    }
    for (uint32_t p = 0; p < places; p++)
        for (uint32_t k = 0; k < DEGREE; k++) {
            struct rng_block r = rng_draw(7, p, 1, k, 0);
            world_add_link(world, (struct world_link){.from = p, .to = (p + 1 + r.word[0] % (places - 1)) % places, .km = 20 + r.word[1] % 400});
        }
    struct error error = {0};
    if (world_finish(world, &error)) fprintf(stderr, "%s\n", error.text), exit(1);
}

static void build_alias(struct bench *b)
{
    const struct world *world = b->setup.world;
    double weight[DEGREE], work[2 * DEGREE];
    b->alias = memory_new(world->links, sizeof *b->alias);
    for (uint32_t p = 0; p < world->places; p++) {
        for (uint32_t k = 0; k < DEGREE; k++) weight[k] = 1 / (10 + world->link[world->first[p] + k].km);
        alias_build(b->alias + world->first[p], weight, DEGREE, work);
    }
}

static void build_service(struct bench *b)
{
    struct casegraph *graph = &b->setup.casegraph;
    graph->services = 1;
    graph->service = memory_new(1, sizeof *graph->service);
    graph->service[0] = casegraph_service_default();
    graph->service[0].name = memory_text("decisions");
    graph->service[0].staff = b->persons * b->rate / 4;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct sim *sim, int days, const char *name, int threads)
{
    struct bench *b = bench_of(sim);
    double cost[512];
    for (int d = 0; d < days / 2; d++) sim_step(sim);
    b->events = 0;
    for (int d = 0; d < days; d++) {
        double start = timer_cpu();
        sim_step(sim);
        cost[d] = (timer_cpu() - start) / sim->persons.count * 1e9;
    }
    qsort(cost, (size_t)days, sizeof *cost, compare);
    printf("%s_%dthreads %.3f ns/person-day\n", name, threads, cost[days / 2]);
    if (threads == 1) printf("%s_acts %.3f %% of persons a day\n", name, 100.0 * (double)b->events / days / sim->persons.count);
}

static void run(enum crowd crowd, const char *name, double rate, uint32_t places, uint32_t persons, int days, int threads)
{
    static const struct model *const list[] = {&bench_model, NULL};
    struct bench b = {.crowd = crowd, .rate = rate, .persons = persons};
    struct error error = {0};
    setup_init(&b.setup);
    b.setup.days = 2 * days;
    b.setup.seed = 1;
    build_world(&b, places);
    build_alias(&b);
    if (crowd == FIVE) build_service(&b);
    setup_add_model(&b.setup, "bench");
    struct sim *sim = sim_open(&b.setup, list, (struct sim_tuning){.threads = threads}, &error);
    if (!sim) fprintf(stderr, "%s\n", error.text), exit(1);
    measure(sim, days, name, threads);
    if (sim->error.status) printf("%s_error %s\n", name, sim->error.text);
    sim_close(sim);
    memory_free(b.alias);
    setup_free(&b.setup);
}

static const struct {
    const char *name;
    enum crowd crowd;
    double rate;
    uint32_t places, millions;
    int days;
} cases[] = {
    {"resting_1e7", REST, 0, 10000, 10, 60},
    {"changing_rates_1e7", CHANGE, 0, 10000, 10, 60},
    {"active_1e7", ACTIVE, 0, 10000, 10, 10},
    {"mixed_1e7", MIXED, 0, 10000, 10, 10},
    {"five_waits_0.2_percent", FIVE, 0.0005, 2000, 4, 60},
    {"five_waits_1.3_percent", FIVE, 0.0035, 2000, 4, 40},
    {"five_waits_7_percent", FIVE, 0.022, 2000, 4, 30},
    {"resting_1e8", REST, 0, 10000, 100, 20},
};

int main(int argc, char **argv)
{
    double free_gib = argc > 2 ? 1e9 : 16;
    printf("hot_state %zu bytes/person (record, copy of the place, hint)\n", sizeof(struct person) + 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc > 1 && !strstr(cases[i].name, argv[1])) continue;
        uint32_t millions = argc > 2 ? (uint32_t)atoi(argv[2]) : cases[i].millions;
        if (millions * 0.08 > free_gib) continue;
        run(cases[i].crowd, cases[i].name, cases[i].rate, cases[i].places, millions * 1000000u, cases[i].days, 1);
        if (parallel_most() > 1) run(cases[i].crowd, cases[i].name, cases[i].rate, cases[i].places, millions * 1000000u, cases[i].days, parallel_most());
    }
    return 0;
}
