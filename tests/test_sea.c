/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sea: chances come out as given, whatever the scale; what people risk follows from the laws of sizes and losses, summed up
   here by enumeration; capacity, ports, parties, reports; the same bits however it is run. */
#include "models/market.h"
#include "models/sea.h"
#include "output/checkpoint.h"
#include "sim/memory.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <gsl/gsl_cdf.h>
#include <stdlib.h>

/* ---- coasts, a far shore, ports; people who embark and ask */

struct voyage {
    uint32_t links;   /* one from each coast to the far shore */
    double per_day;   /* people on each link and day */
    uint32_t party;   /* members */
    int32_t days;     /* of embarking */
    uint32_t only;    /* 1 + the link that people embark on; 0: all */
    uint32_t crowded; /* 1 + a link with ten times as many */
    bool late;        /* they embark when the day's vessels are made already */
};

enum { FATE,
       RECORD }; /* columns: of the crossing under way; outcome + 1, place, days of the last one */
enum { BOARD,
       CROSS }; /* waits */

static const struct voyage *voyage_of(const struct sim *sim) { return toy_of(sim)->context; }

static uint32_t persons_today(const struct sim *sim, uint32_t link)
{
    const struct voyage *v = voyage_of(sim);
    double rate = v->per_day / sim->setup->scale / v->party * (v->crowded == link + 1 ? 10 : 1), offset = fmod(0.618034 * link, 1);
    if (sim->day >= v->days || (v->only && v->only != link + 1)) return 0;
    return (uint32_t)(floor(rate * (sim->day + 1) + offset) - floor(rate * sim->day + offset)) * v->party;
}

static void enter_link(struct sim *sim, uint32_t link)
{
    uint32_t persons = persons_today(sim, link), party = voyage_of(sim)->party, first = sim->persons.count;
    struct person_id_parts parts = {.driver = 6, .place = link, .day = (uint32_t)sim->day};
    if (party == 1) sim_enter(sim, link, persons, parts, false);
    for (; party > 1 && parts.party * party < persons; parts.party++) sim_enter(sim, link, party, parts, true);
    int wait = toy_of(sim)->lab.number[voyage_of(sim)->late ? CROSS : BOARD];
    for (uint32_t slot = first; slot < sim->persons.count; slot++) wait_begin_day(&sim->persons.row[slot], wait, sim->day);
}

static void enter(struct sim *sim)
{
    for (uint32_t i = 0; i < voyage_of(sim)->links; i++) enter_link(sim, i);
}

static void board(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    uint32_t link = sim->world->first[p->place];
    wait_end(p, span->wait);
    sim_go(sim, span->thread, span->phase, slot, link | PERSON_ON_LINK);
    sea_embark(sim, sim_state(sim, "sea"), span->thread, link);
    wait_begin_day(p, toy_of(sim)->lab.number[CROSS], sim->day + voyage_of(sim)->late);
}

static void sail(struct sim *sim, struct person *p, uint32_t slot, uint32_t link)
{
    struct sea_fate fate = sea_fate(sim, sim_state(sim, "sea"), p, link, 1);
    *toy_cell(sim, FATE, slot) = *toy_cell(sim, RECORD, slot) = 1 + (uint32_t)fate.outcome + (fate.place << 8) + ((uint32_t)fate.days << 24);
    wait_begin_day(p, toy_of(sim)->lab.number[CROSS], sim->day + fate.days);
}

static void come_ashore(struct sim *sim, const struct model_span *span, uint32_t slot, uint32_t link)
{
    struct person *p = &sim->persons.row[slot];
    uint32_t fate = *toy_cell(sim, FATE, slot);
    enum sea_outcome outcome = (enum sea_outcome)((fate & 255) - 1);
    wait_end(p, span->wait);
    *toy_cell(sim, FATE, slot) = 0;
    sea_end(sim, sim_state(sim, "sea"), span->thread, p, link, outcome);
    if (outcome == SEA_DIED) sim_die(sim, span->thread, span->phase, slot, 2);
    else sim_go(sim, span->thread, span->phase, slot, fate >> 8 & 0xffff);
}

static void act(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (!(p->place & PERSON_ON_LINK)) board(sim, span, slot);
    else if (*toy_cell(sim, FATE, slot)) come_ashore(sim, span, slot, p->place & ~PERSON_ON_LINK);
    else sail(sim, p, slot, p->place & ~PERSON_ON_LINK);
}

static void add_coasts(struct toy *toy, uint32_t links)
{
    char name[16];
    for (uint32_t i = 0; i < links; i++) {
        snprintf(name, sizeof name, "coast%u", i);
        toy_place(toy, name, "South", WORLD_EMBARKATION);
    }
    toy_place(toy, "far", "North", WORLD_TOWN);
    toy_place(toy, "port", "North", WORLD_DISEMBARKATION);
    toy_place(toy, "isle", "Isle", WORLD_DISEMBARKATION);
    toy_place(toy, "elsewhere", "Isle", WORLD_DISEMBARKATION);
    toy_place(toy, "camp", "South", WORLD_DETENTION);
    for (uint32_t i = 0; i < links; i++) world_add_link(toy->setup.world, (struct world_link){.from = i, .to = links, .km = 100, .mode = WORLD_SEA});
}

static void give(struct toy *toy, const char *model, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, model, name, text, "toy", 0);
}

static void give_sea(struct toy *toy, const char *name, double value) { give(toy, "sea", name, value); }

/* A column of links or places, blank where nothing is set. */
static double *column(struct toy *toy, const char *name, enum world_of of, double all)
{
    double *value = world_add_column(toy->setup.world, name, of)->value;
    uint32_t n = of == WORLD_OF_LINKS ? toy->setup.world->links : toy->setup.world->places;
    for (uint32_t i = 0; i < n; i++) value[i] = all;
    return value;
}

static void set_wreck(struct toy *toy, double chance) { column(toy, "wreck", WORLD_OF_LINKS, chance); }

static void use_sea(struct toy *toy, const struct voyage *voyage)
{
    toy->context = voyage;
    toy->setup.days = 30000;
    add_coasts(toy, voyage->links);
    toy->lab = (struct toy_lab){.waits = 2, .wait = {{.name = "board"}, {.name = "cross", .day_phase = SEA_PHASE}}, .enter = enter, .act = act, .columns = 2};
    toy_model(toy, &toy_lab);
    toy_model(toy, &sea);
}

static void start(struct toy *toy, const struct voyage *voyage, double scale)
{
    toy_init(toy);
    toy->setup.scale = scale;
    use_sea(toy, voyage);
}

/* Vessels all alike, without anything that happens. */
static void plain(struct toy *toy, const struct voyage *voyage, double scale)
{
    static const char *const nothing[] = {"wreck", "crowding", "rescue_effect", "boat_spread", "large_share", "large_spread", "loss_spread", "loss_size"};
    start(toy, voyage, scale);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) setup_forget(&toy->setup, "sea", nothing[i]), give_sea(toy, nothing[i], 0);
}

static void change(struct toy *toy, const char *name, double value)
{
    setup_forget(&toy->setup, "sea", name);
    give_sea(toy, name, value);
}

static void policy(struct toy *toy, const char *lever, int64_t cell, double value, int32_t from, int32_t to)
{
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = cell, .operation = LEVER_SET, .value = value, .from = from, .to = to});
}

static struct sim *open_one(struct toy *toy) { return toy_open(toy, (struct sim_tuning){.threads = 1}); }

static int64_t at(const struct sim *sim, const char *tally, uint32_t cell) { return tally_at(&sim->tallies, tally_find(&sim->tallies, tally), cell); }

static int64_t all(const struct sim *sim, const char *tally)
{
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, tally)];
    int64_t sum = 0;
    for (uint32_t i = 0; i < t->cells; i++) sum += sim->tallies.value[t->offset + i];
    return sum;
}

static int64_t ended(const struct sim *sim, enum sea_outcome outcome)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sim->world->links; i++) sum += at(sim, "crossings", i * SEA_OUTCOMES + (uint32_t)outcome);
    return sum;
}

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

static const double *kept(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->kepts; i++)
        if (!strcmp(sim->kept[i].name, name)) return sim->kept[i].data;
    return NULL;
}

/* Sums over a run. */
struct counts {
    int64_t embarked, by[SEA_OUTCOMES], vessels, wrecks, wrecks_reported, deaths_reported, interceptions_reported;
};

static void count_day(const struct sim *sim, struct counts *c)
{
    c->embarked += all(sim, "embarked");
    for (int i = 0; i < SEA_OUTCOMES; i++) c->by[i] += ended(sim, (enum sea_outcome)i);
    c->vessels += all(sim, "vessels");
    c->wrecks += all(sim, "wrecks");
    c->wrecks_reported += all(sim, "wrecks_reported");
    c->deaths_reported += all(sim, "deaths_reported");
    c->interceptions_reported += all(sim, "interceptions_reported");
}

static int64_t outcomes(const struct counts *c)
{
    int64_t sum = 0;
    for (int i = 0; i < SEA_OUTCOMES; i++) sum += c->by[i];
    return sum;
}

/* All who embark, and a while to come ashore. */
static struct counts run(struct toy *toy)
{
    struct counts c = {0};
    struct sim *sim = open_one(toy);
    for (int32_t day = 0; day < voyage_of(sim)->days + 40; day++) sim_step(sim), count_day(sim, &c);
    TEST(c.embarked == outcomes(&c) && c.embarked == (int64_t)sim->persons.entered, "%ld embarked, %ld ended", (long)c.embarked, (long)outcomes(&c));
    toy_check(sim, "sea");
    toy_close(sim);
    return c;
}

/* ---- the laws of sizes and losses, by enumeration */

struct law {
    double wreck, crowding, boat, boat_spread, large_share, large, large_spread, most, median, spread, by_size;
};

static const struct law defaults = {0.08, 0.5, 110, 0.5, 0.1, 400, 0.5, 1050, 8, 2.1, 1};

/* P(lognormal of this median, rounded, is n or more), n above 1. */
static double at_least(double n, double median, double spread)
{
    return spread > 0 ? gsl_cdf_ugaussian_Q(log((n - 0.5) / median) / spread) : median >= n - 0.5;
}

static double size_chance(double n, double mean, double spread, double most)
{
    double median = mean * exp(-spread * spread / 2), here = n > 1 ? at_least(n, median, spread) : 1;
    return n < most ? here - at_least(n + 1, median, spread) : here;
}

struct moments {
    double size, wrecks, deaths, squares; /* a vessel: people, incidents, deaths, their squares */
};

static struct moments law_moments(const struct law *law)
{
    struct moments m = {0};
    for (double n = 1; n <= law->most; n++) {
        double share = (1 - law->large_share) * size_chance(n, law->boat, law->boat_spread, law->most) + law->large_share * size_chance(n, law->large, law->large_spread, law->most);
        double chance = share * fmin(0.95, law->wreck * pow(n / law->boat, law->crowding)), median = law->median * pow(n / law->boat, law->by_size);
        double deaths = 1, squares = 1;
        for (double d = 2; d <= n; d++) deaths += at_least(d, median, law->spread), squares += (2 * d - 1) * at_least(d, median, law->spread);
        m.size += share * n;
        m.wrecks += chance;
        m.deaths += chance * deaths;
        m.squares += chance * squares;
    }
    return m;
}

static bool near(double seen, double expected, double deviation) { return fabs(seen - expected) <= 5 * deviation; }

/* ---- tests */

/* Sizes as the law says, no vessel lost or invented by midnight. */
static void vessels_hold_their_people(void)
{
    struct voyage v = {.links = 3, .per_day = 250, .party = 1, .days = 400};
    struct law law = defaults;
    struct toy toy;
    plain(&toy, &v, 10);
    struct counts c = run(&toy);
    TEST(c.vessels == 3 * 910, "%ld vessels of 110 for 3 x 100,000 people, expected 910 on each link", (long)c.vessels);
    v = (struct voyage){.links = 20, .per_day = 5000, .party = 1, .days = 100};
    start(&toy, &v, 100);
    set_wreck(&toy, 0);
    law.most = 300;
    give_sea(&toy, "most_people", law.most);
    c = run(&toy);
    struct moments m = law_moments(&law);
    double vessels = 1e7 / m.size;
    TEST(near((double)c.vessels, vessels, sqrt(vessels)), "%ld vessels, expected %.0f of %.1f people", (long)c.vessels, vessels, m.size);
    TEST(c.by[SEA_ARRIVED] == c.embarked, "without wrecks, rescue and interception everybody arrives");
}

/* n vessels of one size, persons spread over them: deviation of a count of persons to whom something happens by vessel. */
static double by_vessel(double persons, double vessels, double p) { return sqrt(persons * p * (1 - p) * (1 + persons / vessels)); }

/* A vessel has 110 people, one person is 100. */
static void realised_rates(void)
{
    struct voyage v = {.links = 10, .per_day = 20000, .party = 1, .days = 60};
    struct toy toy;
    plain(&toy, &v, 100);
    set_wreck(&toy, 0.25);
    change(&toy, "rescue_effect", 0.5);
    change(&toy, "loss_median", 55);
    column(&toy, "season", WORLD_OF_LINKS, 2);
    policy(&toy, "interception_share", -1, 0.3, 0, -1);
    policy(&toy, "rescue_state", -1, 0.4, 0, -1);
    policy(&toy, "rescue_private", -1, 0.5, 0, -1);
    policy(&toy, "rescue_merchant", -1, 0.2, 0, -1);
    policy(&toy, "private_allowed", -1, 0.6, 0, -1);
    struct counts c = run(&toy);
    double covered = 1 - 0.6 * 0.7 * 0.8, wrecks = 0.5 * exp(-0.5 * covered), n = (double)c.embarked, vessels = (double)c.vessels;
    TEST(near((double)c.wrecks, wrecks * vessels, sqrt(vessels * wrecks * (1 - wrecks))), "%ld wrecks of %g vessels, expected %g", (long)c.wrecks, vessels, wrecks * vessels);
    double expected[SEA_OUTCOMES] = {[SEA_DIED] = wrecks / 2}, alive = 1 - wrecks / 2, by[] = {0.4, 0.3, 0.2};
    expected[SEA_INTERCEPTED] = alive * 0.3;
    for (int i = 0; i < 3; i++) expected[SEA_RESCUED_STATE + i] = alive * 0.7 * covered * by[i] / 0.9;
    expected[SEA_ARRIVED] = alive * 0.7 * (1 - covered);
    for (int i = 0; i < SEA_OUTCOMES; i++) TEST(near((double)c.by[i], n * expected[i], by_vessel(n, vessels, expected[i])), "%s: %ld of %g, expected %g", sea_outcome_names[i], (long)c.by[i], n, n * expected[i]);
}

/* Thirty people a day and link are less than a vessel, and less than one person of 100. */
static struct counts small_days(double scale, uint32_t links, const struct law *law)
{
    struct voyage v = {.links = links, .per_day = 30, .party = 1, .days = 100};
    struct toy toy;
    start(&toy, &v, scale);
    set_wreck(&toy, law->wreck);
    give_sea(&toy, "loss_median", law->median);
    give_sea(&toy, "loss_spread", law->spread);
    return run(&toy);
}

static void deaths_do_not_depend_on_scale(void)
{
    static const double scale[] = {1, 10, 100};
    static const uint32_t links[] = {250, 800, 4000};
    struct law law = defaults;
    law.wreck = 0.5, law.median = 40, law.spread = 0.7;
    struct moments m = law_moments(&law);
    double expected = 1000 * m.deaths / m.size;
    for (int i = 0; i < 3; i++) {
        struct counts c = small_days(scale[i], links[i], &law);
        double seen = 1000 * (double)c.by[SEA_DIED] / (double)c.embarked, vessels = (double)c.vessels - links[i] / 2.0;
        TEST(fabs(seen / expected - 1) < 0.02, "scale %g: %.2f deaths per 1,000, the law has %.2f", scale[i], seen, expected);
        TEST(near((double)c.wrecks, vessels * m.wrecks, sqrt(vessels * m.wrecks)), "scale %g: %ld incidents, expected %.0f: each is counted once", scale[i], (long)c.wrecks, vessels * m.wrecks);
    }
}

/* Ids of the dead, in order. */
struct dead {
    uint64_t *id;
    uint32_t count;
};

static int by_id(const void *a, const void *b) { return *(const uint64_t *)a < *(const uint64_t *)b ? -1 : *(const uint64_t *)a > *(const uint64_t *)b; }

static struct dead find_dead(const struct sim *sim)
{
    struct dead d = {memory_new(sim->persons.entered + 1, sizeof *d.id), 0};
    for (uint32_t i = 0; i < sim->persons.finals; i++) d.id[d.count++] = sim->persons.final[i].id;
    for (uint32_t i = 0; i < sim->persons.count; i++)
        if (sim->persons.row[i].flags & PERSON_DEAD) d.id[d.count++] = sim->persons.row[i].id;
    qsort(d.id, d.count, sizeof *d.id, by_id);
    return d;
}

static struct dead dead_with(double effect, double rescue)
{
    static const struct voyage v = {.links = 4, .per_day = 300, .party = 2, .days = 60};
    struct toy toy;
    start(&toy, &v, 1);
    set_wreck(&toy, 0.3);
    give_sea(&toy, "rescue_effect", effect);
    policy(&toy, "rescue_state", -1, rescue, 0, -1);
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 70);
    struct dead d = find_dead(sim);
    toy_close(sim);
    return d;
}

static uint32_t count_missing(const struct dead *few, const struct dead *many)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < few->count; i++) missing += !bsearch(&few->id[i], many->id, many->count, sizeof *many->id, by_id);
    return missing;
}

/* With more rescue fewer die, and nobody who would have lived; without an effect the same people. */
static void rescue_and_deaths(void)
{
    struct dead none = dead_with(0, 0), some = dead_with(0, 0.8), base = dead_with(1, 0), half = dead_with(1, 0.5), full = dead_with(1, 1);
    TEST(none.count == some.count && count_missing(&none, &some) == 0, "no effect: %u and %u dead, %u differ", none.count, some.count, count_missing(&none, &some));
    TEST(none.count == base.count && count_missing(&none, &base) == 0, "no rescue: %u and %u dead", none.count, base.count);
    TEST(base.count > half.count && half.count > full.count && full.count > 100, "%u, %u and %u dead", base.count, half.count, full.count);
    TEST(count_missing(&half, &base) == 0 && count_missing(&full, &half) == 0, "%u and %u die of more rescue", count_missing(&half, &base), count_missing(&full, &half));
    struct dead *each[] = {&none, &some, &base, &half, &full};
    for (int i = 0; i < 5; i++) memory_free(each[i]->id);
}

/* Monthly deaths in people: their variance over their mean is that of the law of sizes and losses. A month's people go in a day. */
static void deaths_are_overdispersed(void)
{
    static const struct voyage v = {.links = 10, .per_day = 3000, .party = 1, .days = 251};
    enum { MONTHS = 250 };
    struct toy toy;
    double sum = 0, squares = 0;
    start(&toy, &v, 10);
    struct sim *sim = open_one(&toy);
    sim_step(sim);
    for (int month = 0; month < MONTHS; month++) {
        sim_step(sim);
        double deaths = 10 * (double)ended(sim, SEA_DIED);
        sum += deaths;
        squares += deaths * deaths;
    }
    toy_close(sim);
    struct moments m = law_moments(&defaults);
    double mean = sum / MONTHS, ratio = (squares / MONTHS - mean * mean) / mean, expected = m.squares / m.deaths, deaths = 30000 * m.deaths / m.size;

    TEST(ratio > expected / 2 && ratio < expected * 2, "variance over mean %.0f, expected %.0f", ratio, expected);
    TEST(near(mean, deaths, sqrt(deaths * expected / MONTHS)), "%.1f deaths a month, expected %.1f", mean, deaths);
    TEST(expected > 200 && expected < 600, "the defaults give %.0f, the record about 270 within and 410 with its seasons", expected);
}

/* ---- interception */

/* By no day more than the capacity so far, one vessel and what chance puts aboard; all of it is used, for no link before others. */
static void capacity_holds_over_time(void)
{
    static const struct voyage v = {.links = 2, .per_day = 400, .party = 1, .days = 240};
    struct toy toy;
    int64_t taken = 0, before = 0, by[2] = {0};
    plain(&toy, &v, 1);
    set_wreck(&toy, 0.2);
    change(&toy, "loss_median", 100);
    change(&toy, "loss_spread", 1);
    policy(&toy, "interception_share", -1, 1, 0, -1);
    policy(&toy, "interception_capacity", 0, 55.4, 0, 180);
    policy(&toy, "interception_capacity", 0, 0, 180, -1);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 240; day++) {
        sim_step(sim);
        taken += ended(sim, SEA_INTERCEPTED);
        for (uint32_t i = 0; i < 2; i++) by[i] += at(sim, "crossings", i * SEA_OUTCOMES + SEA_INTERCEPTED);
        double most = 55.4 * fmin(day, 180), noise = 5 * sqrt((double)taken) + 1;
        TEST((double)taken < most + 110 + noise, "day %d: %ld taken, capacity so far %g", day, (long)taken, most);
        TEST((double)taken > most - 1 - noise, "day %d: only %ld taken, capacity so far %g", day, (long)taken, most);
        if (day == 180) before = taken;
    }
    TEST(taken == before, "%ld people intercepted without capacity", (long)(taken - before));
    TEST(near((double)by[0], (double)taken / 2, sqrt(110 * (double)taken) / 2), "%ld and %ld from two links alike", (long)by[0], (long)by[1]);
    toy_close(sim);
}

/* Days without vessels leave fractions, not whole places. */
static void fractions_carry_over(void)
{
    static const struct voyage v = {.links = 1, .per_day = 40, .party = 1, .days = 31, .only = 2};
    struct toy toy;
    plain(&toy, &v, 1);
    policy(&toy, "interception_share", -1, 1, 0, -1);
    policy(&toy, "interception_capacity", 0, 7.375, 0, -1);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 20; day++) {
        sim_step(sim);
        double expected = fmod(0.375 * (day + 1), 1);
        TEST(kept(sim, "sea.carried")[0] == expected, "day %d: %g carried over, expected %g", day, kept(sim, "sea.carried")[0], expected);
        TEST(kept(sim, "sea.carried")[1] == 0, "a state without a bound carries nothing");
    }
    toy_close(sim);
}

/* The capacity of one state is no other's, and where there is no bound the share counts alone. */
static void without_bound(void)
{
    static const struct voyage v = {.links = 2, .per_day = 20000, .party = 1, .days = 40};
    struct toy toy;
    plain(&toy, &v, 100);
    toy.setup.world->place[1].state = world_state(toy.setup.world, "West");
    policy(&toy, "interception_share", -1, 0.6, 0, -1);
    policy(&toy, "interception_capacity", 0, 0, 0, -1);
    int64_t by[2] = {0};
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 50; day++) {
        sim_step(sim);
        for (uint32_t i = 0; i < 2; i++) by[i] += at(sim, "crossings", i * SEA_OUTCOMES + SEA_INTERCEPTED);
    }
    TEST(by[0] == 0, "%ld intercepted without capacity", (long)by[0]);
    TEST(near((double)by[1], 4800, by_vessel(8000, 7273, 0.6)), "%ld intercepted, expected 4800", (long)by[1]);
    toy_close(sim);
}

/* ---- ports and days */

enum { LINKS = 2,
       FAR = LINKS,
       PORT,
       ISLE,
       ELSEWHERE,
       CAMP };
static const struct voyage ports_voyage = {.links = LINKS, .per_day = 200, .party = 1, .days = 40};

static void add_ports(struct toy *toy)
{
    double *lands = column(toy, "lands_rescued", WORLD_OF_PLACES, NAN), *takes = column(toy, "takes_intercepted", WORLD_OF_PLACES, NAN);
    double *basin = column(toy, "basin", WORLD_OF_PLACES, NAN), *days = column(toy, "days", WORLD_OF_LINKS, 2.5);
    lands[PORT] = 3, lands[ISLE] = 1, lands[ELSEWHERE] = 50, takes[CAMP] = 1;
    basin[PORT] = basin[ISLE] = 0, basin[ELSEWHERE] = 1;
    days[1] = 0.2;
}

/* Where each person went, by id order of slots; rows are kept, for nobody dies. */
static uint32_t *records(struct toy *toy, uint32_t *count)
{
    struct sim *sim = open_one(toy);
    toy_steps(sim, 60);
    *count = sim->persons.count;
    uint32_t *record = memory_copy(toy_cell(sim, RECORD, 0), *count, sizeof *record);
    toy_close(sim);
    return record;
}

static uint32_t *port_records(double port, double isle, double standoff, bool private, uint32_t *count)
{
    struct toy toy;
    plain(&toy, &ports_voyage, 1);
    add_ports(&toy);
    policy(&toy, private ? "rescue_private" : "rescue_state", -1, 1, 0, -1);
    policy(&toy, "disembarkation", PORT, port, 0, -1);
    policy(&toy, "disembarkation", ISLE, isle, 0, -1);
    policy(&toy, "standoff_days", -1, standoff, 0, -1);
    return records(&toy, count);
}

static uint32_t place_in(uint32_t record) { return record >> 8 & 0xffff; }
static uint32_t days_in(uint32_t record) { return record >> 24; }

static uint32_t count_at(const uint32_t *record, uint32_t n, uint32_t place, uint32_t days)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) count += place_in(record[i]) == place && days_in(record[i]) == days;
    return count;
}

static void closed_ports_move_landings(void)
{
    uint32_t n, moved = 0;
    uint32_t *open = port_records(1, 1, 1.5, false, &n), *one = port_records(1, 0, 1.5, false, &n), *none = port_records(0, 0, 1.5, false, &n), *private = port_records(1, 1, 1.5, true, &n);
    double vessels = n / 110.0, share = count_at(open, n, PORT, 1) / (double)n;
    TEST(near(share, 0.75, sqrt(0.75 * 0.25 / vessels)), "%.3f land at the port with weight 3 of 4", share);
    TEST(count_at(open, n, PORT, 1) + count_at(open, n, ISLE, 1) == n, "all land in their basin after a day");
    TEST(count_at(one, n, PORT, 1) == n, "%u of %u land where it is open", count_at(one, n, PORT, 1), n);
    for (uint32_t i = 0; i < n; i++) moved += place_in(one[i]) != place_in(open[i]) && place_in(open[i]) != ISLE;
    TEST(moved == 0, "%u moved who had not landed at the closed port", moved);
    TEST(count_at(none, n, PORT, 3) + count_at(none, n, ISLE, 3) == n && count_at(none, n, PORT, 3) == count_at(open, n, PORT, 1), "all closed: two days more, then as without closure");
    TEST(count_at(private, n, PORT, 3) == count_at(open, n, PORT, 1) && count_at(private, n, ISLE, 3) == count_at(open, n, ISLE, 1), "private ships wait two days");
    memory_free(open), memory_free(one), memory_free(none), memory_free(private);
}

/* Vessels of one day and link choose for themselves. */
static void each_vessel_has_its_port(void)
{
    static const struct voyage v = {.links = LINKS, .per_day = 5e5, .party = 1, .days = 1};
    uint32_t n;
    struct toy toy;
    plain(&toy, &v, 100);
    add_ports(&toy);
    policy(&toy, "rescue_state", -1, 1, 0, -1);
    uint32_t *record = records(&toy, &n);
    double share = count_at(record, n, PORT, 1) / (double)n;
    TEST(near(share, 0.75, sqrt(0.75 * 0.25 * 2 / n)), "%.3f land at the port with weight 3 of 4", share);
    memory_free(record);
}

static void arriving_and_taken_back(void)
{
    uint32_t n;
    struct toy toy;
    plain(&toy, &ports_voyage, 1);
    add_ports(&toy);
    uint32_t *record = records(&toy, &n);
    TEST(count_at(record, n, FAR, 3) == n / 2 && count_at(record, n, FAR, 1) == n / 2, "2.5 and 0.2 days are 3 and 1");
    memory_free(record);
    plain(&toy, &ports_voyage, 1);
    add_ports(&toy);
    toy.setup.world->place[1].state = world_state(toy.setup.world, "West");
    policy(&toy, "interception_share", -1, 1, 0, -1);
    record = records(&toy, &n);
    TEST(count_at(record, n, CAMP, 1) == n / 2 && count_at(record, n, 1, 1) == n / 2, "to the camp of the state, or back to the shore: %u, %u of %u", count_at(record, n, CAMP, 1), count_at(record, n, 1, 1), n);
    memory_free(record);
    plain(&toy, &ports_voyage, 1);
    add_ports(&toy);
    struct sim *sim = open_one(&toy);
    const struct sea *s = sim_state(sim, "sea");
    TEST(sea_holds(s, CAMP) && !sea_holds(s, PORT) && !sea_holds(s, 0), "the camp holds people, ports and shores do not");
    toy_close(sim);
}

/* ---- parties, other links, late people */

static void eventful(struct toy *toy, const struct voyage *v, double scale)
{
    start(toy, v, scale);
    set_wreck(toy, 0.3);
    policy(toy, "interception_share", -1, 0.3, 5, -1);
    policy(toy, "interception_capacity", 0, 333.3, 10, -1);
    policy(toy, "rescue_state", -1, 0.3, 0, -1);
    policy(toy, "rescue_private", -1, 0.3, 20, -1);
    policy(toy, "rescue_merchant", 1, 0.2, 0, 30);
    policy(toy, "standoff_days", -1, 2, 25, -1);
}

static void members_share_a_vessel(void)
{
    static const struct voyage v = {.links = 3, .per_day = 240, .party = 4, .days = 40};
    uint32_t apart = 0, kinds = 0, bereaved = 0;
    struct toy toy;
    eventful(&toy, &v, 1);
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 41);
    for (uint32_t i = 1; i < sim->persons.count; i++) {
        uint32_t a = *toy_cell(sim, RECORD, i - 1), b = *toy_cell(sim, RECORD, i);
        bool dead = (a & 255) == SEA_DIED + 1 || (b & 255) == SEA_DIED + 1;
        if (sim->persons.row[i].party != sim->persons.row[i - 1].party || !a || !b) continue;
        kinds |= 1u << (b & 255);
        bereaved += dead && a != b;
        apart += !dead && a != b;
    }
    TEST(apart == 0, "%u members part from their party", apart);
    TEST(kinds == 0x7e && bereaved > 20, "outcomes seen: %x; %u bereaved", kinds, bereaved);
    toy_close(sim);
}

/* The people of link 0, whose capacity no other link shares. */
static uint32_t count_differences(bool alone)
{
    struct voyage v = {.links = 2, .per_day = 200, .party = 1, .days = 60, .only = alone ? 1 : 0, .crowded = alone ? 0 : 2};
    uint32_t sum = 0;
    struct toy toy;
    eventful(&toy, &v, 1);
    toy.setup.world->place[1].state = world_state(toy.setup.world, "West");
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 60; day++) {
        sim_step(sim);
        for (uint32_t i = 0; i < SEA_OUTCOMES; i++) sum = sum * 31 + (uint32_t)at(sim, "crossings", i);
    }
    toy_close(sim);
    return sum;
}

static void other_links_do_not_matter(void)
{
    TEST(count_differences(true) == count_differences(false), "outcomes on a link change with the people on another");
}

/* People who embark when the vessels are made are tomorrow's. */
static void late_people_go_tomorrow(void)
{
    static const struct voyage v = {.links = 2, .per_day = 330, .party = 3, .days = 30, .late = true};
    struct toy toy;
    plain(&toy, &v, 1);
    struct counts c = run(&toy);
    TEST(c.by[SEA_ARRIVED] == 2 * 330 * 30 && c.vessels == 2 * 90, "%ld arrived in %ld vessels", (long)c.by[SEA_ARRIVED], (long)c.vessels);
}

/* ---- reports */

static void reports_by_size(void)
{
    static const struct voyage v = {.links = 10, .per_day = 20000, .party = 1, .days = 40};
    for (int i = 0; i < 3; i++) {
        double deaths = i == 0 ? 1 : i == 1 ? 4
                                            : 40;
        struct toy toy;
        plain(&toy, &v, 100);
        set_wreck(&toy, 0.5);
        change(&toy, "loss_median", deaths);
        change(&toy, "death_reporting", 0.4);
        change(&toy, "interception_reporting", 0.7);
        policy(&toy, "interception_share", -1, 0.5, 0, -1);
        struct counts c = run(&toy);
        double share = pow(0.4, 1 / deaths), wrecks = (double)c.wrecks, died = (double)c.by[SEA_DIED], taken = (double)c.by[SEA_INTERCEPTED];
        TEST(near((double)c.wrecks_reported, share * wrecks, sqrt(wrecks * share * (1 - share))), "%g dead: %ld of %g incidents reported, expected %.3f", deaths, (long)c.wrecks_reported, wrecks, share);
        TEST(near((double)c.deaths_reported, share * died, by_vessel(died, wrecks, share)), "%g dead: %ld of %g deaths reported, expected %.3f", deaths, (long)c.deaths_reported, died, share);
        TEST(near((double)c.interceptions_reported, 0.7 * taken, by_vessel(taken, (double)c.vessels / 2, 0.7)), "%ld of %g interceptions reported", (long)c.interceptions_reported, taken);
    }
}

/* All die on one day; what is known of it later grows. */
static void reports_come_late(void)
{
    static const struct voyage v = {.links = 1, .per_day = 1e5, .party = 1, .days = 1};
    struct toy toy;
    plain(&toy, &v, 10);
    set_wreck(&toy, 1), change(&toy, "loss_median", 55), change(&toy, "death_reporting", 1);
    change(&toy, "report_first", 0.5), change(&toy, "report_days", 20);
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 2);
    double died = 10 * (double)ended(sim, SEA_DIED);
    TEST(died > 40000 && died == indicator(sim, "sea_deaths") && indicator(sim, "sea_attempts") == 1e5, "%g died, %g published, %g attempts", died, indicator(sim, "sea_deaths"), indicator(sim, "sea_attempts"));
    for (int day = 0; day < 60; day++, sim_step(sim)) {
        double known = died * (1 - 0.5 * exp(-day / 20.0));
        TEST(fabs(indicator(sim, "sea_deaths_reported") - known) < 1e-6 * died, "after %d days %g known, expected %g", day, indicator(sim, "sea_deaths_reported"), known);
    }
    TEST(indicator(sim, "deaths_per_1000_attempts") == died / 100, "%g per 1,000", indicator(sim, "deaths_per_1000_attempts"));
    toy_close(sim);
}

static void policies_are_published(void)
{
    struct toy toy;
    plain(&toy, &ports_voyage, 1);
    add_ports(&toy);
    policy(&toy, "rescue_state", 0, 0.5, 0, -1);
    policy(&toy, "rescue_merchant", -1, 0.5, 0, -1);
    policy(&toy, "interception_share", 1, 0.5, 0, -1);
    policy(&toy, "disembarkation", ELSEWHERE, 0, 0, -1);
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 1);
    TEST(indicator(sim, "rescue_coverage") == (0.75 + 0.5) / 2, "%g", indicator(sim, "rescue_coverage"));
    TEST(indicator(sim, "interception_share") == 0.25, "%g", indicator(sim, "interception_share"));
    TEST(indicator(sim, "disembarkation_share") == 4.0 / 54, "%g", indicator(sim, "disembarkation_share"));
    toy_close(sim);
}

/* ---- with the market, and however it is run */

static void worse_vessels_wreck_more(void)
{
    static const struct voyage v = {.links = 4, .per_day = 20000, .party = 1, .days = 60};
    int64_t wrecks[2] = {0}, vessels[2] = {0};
    struct toy toy;
    toy_init(&toy);
    toy_model(&toy, &market);
    toy.setup.scale = 100;
    use_sea(&toy, &v);
    give(&toy, "market", "quality_elasticity", 1);
    set_wreck(&toy, 0.2), give_sea(&toy, "crowding", 0);
    policy(&toy, "enforcement", 0, 0.8, 0, -1), policy(&toy, "enforcement", 1, 0.8, 0, -1);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 60; day++) {
        sim_step(sim);
        for (uint32_t i = 0; i < 4; i++) wrecks[i / 2] += at(sim, "wrecks", i), vessels[i / 2] += at(sim, "vessels", i);
    }
    for (int i = 0; i < 2; i++) {
        double n = (double)vessels[i], chance = i ? 0.2 : 0.2 * exp(0.8);
        TEST(near((double)wrecks[i], n * chance, sqrt(n * chance * (1 - chance))), "%ld wrecks of %g, expected %g", (long)wrecks[i], n, n * chance);
    }
    toy_close(sim);
}

static const struct voyage box_voyage = {.links = 5, .per_day = 60, .party = 3, .days = 50, .crowded = 2};

static void build_box(struct toy *toy)
{
    toy->setup.scale = 2.5;
    toy_model(toy, &market);
    use_sea(toy, &box_voyage);
    set_wreck(toy, 0.3);
    double *lands = column(toy, "lands_rescued", WORLD_OF_PLACES, NAN);
    lands[6] = 2, lands[7] = 1;
    policy(toy, "interception_share", -1, 0.4, 5, -1);
    policy(toy, "interception_capacity", 0, 33.3, 10, -1);
    policy(toy, "rescue_state", -1, 0.3, 0, -1);
    policy(toy, "rescue_private", -1, 0.3, 20, -1);
    policy(toy, "disembarkation", 6, 0, 30, -1);
    policy(toy, "enforcement", 2, 0.7, 20, -1);
}

static void the_same_however_it_is_run(void)
{
    char one[65], other[65];
    static const struct sim_tuning tuning[] = {{4, 64, false}, {4, 65536, false}, {3, 7, false}, {2, 64, true}};
    toy_digest(build_box, (struct sim_tuning){1, 65536, false}, 60, one);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        toy_digest(build_box, tuning[i], 60, other);
        TEST(!strcmp(one, other), "%d threads, chunk %u: %.16s and %.16s", tuning[i].threads, tuning[i].chunk, one, other);
    }
    toy_twins("sea", build_box, 60);
}

/* Half full vessels, debts of capacity and reports to come are part of a checkpoint. */
static void resumed(void)
{
    static const char *const command[] = {"wayfare", "run", "toy", NULL};
    struct scratch scratch = scratch_open();
    struct error error = {0};
    struct writer_plan plan = {.command = command};
    struct toy toy[2];
    char one[65], other[65];
    for (int i = 0; i < 2; i++) toy_init(&toy[i]), build_box(&toy[i]);
    struct sim *whole = open_one(&toy[0]), *second = open_one(&toy[1]);
    toy_steps(whole, 23);
    TEST(kept(whole, "sea.carried")[0] != 0 && kept(whole, "sea.open_left")[0] > 0 && *kept(whole, "sea.late") > 0, "nothing to keep: %g %g %g", kept(whole, "sea.carried")[0], kept(whole, "sea.open_left")[0], *kept(whole, "sea.late"));
    TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 1, &error) == 0, "%s", error.text);
    TEST(checkpoint_load(second, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
    TEST(kept(second, "sea.carried")[0] == kept(whole, "sea.carried")[0], "%g carried over", kept(second, "sea.carried")[0]);
    toy_steps(whole, 30);
    toy_steps(second, 30);
    sim_digest(whole, one);
    sim_digest(second, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    TEST(indicator(whole, "sea_deaths") == indicator(second, "sea_deaths") && indicator(whole, "sea_deaths") > 0, "%g and %g dead", indicator(whole, "sea_deaths"), indicator(second, "sea_deaths"));
    toy_close(whole);
    toy_close(second);
    scratch_close(&scratch);
}

/* ---- bad input */

static void expect_error(struct toy *toy, const char *text)
{
    struct error error = {0};
    TEST(world_finish(toy->setup.world, &error) == 0, "%s", error.text);
    struct sim *sim = sim_open(&toy->setup, toy->list, (struct sim_tuning){.threads = 1}, &error);
    TEST(!sim && !strcmp(error.text, text), "found: %s", error.text);
    sim_close(sim);
    setup_free(&toy->setup);
}

static void bad_input(void)
{
    static const struct voyage v = {.links = 2, .party = 1};
    struct toy toy;
    start(&toy, &v, 1);
    toy.setup.world->link[0].mode = toy.setup.world->link[1].mode = WORLD_ROAD;
    expect_error(&toy, "model sea: no link has the mode sea");
    start(&toy, &v, 1);
    column(&toy, "wreck", WORLD_OF_LINKS, NAN)[1] = 1.5;
    expect_error(&toy, "link 'coast1>far': expected wreck from 0 to 1, found 1.5");
    start(&toy, &v, 1);
    column(&toy, "boat_people", WORLD_OF_LINKS, NAN)[0] = 0;
    expect_error(&toy, "link 'coast0>far': expected boat_people from 1 to 100000, found 0");
    start(&toy, &v, 1);
    column(&toy, "basin", WORLD_OF_PLACES, NAN)[3] = 0.5;
    expect_error(&toy, "column 'basin': expected whole numbers from 0 to 15, found 0.5");
    start(&toy, &v, 1);
    column(&toy, "lands_rescued", WORLD_OF_PLACES, NAN)[3] = -1;
    expect_error(&toy, "place 'port': expected lands_rescued from 0 to 1e+09, found -1");
}

static const struct test_case cases[] = {
    {"vessels hold their people", vessels_hold_their_people},
    {"realised rates", realised_rates},
    {"deaths do not depend on scale", deaths_do_not_depend_on_scale},
    {"rescue and deaths", rescue_and_deaths},
    {"deaths are overdispersed", deaths_are_overdispersed},
    {"capacity holds over time", capacity_holds_over_time},
    {"fractions carry over", fractions_carry_over},
    {"without bound", without_bound},
    {"closed ports move landings", closed_ports_move_landings},
    {"each vessel has its port", each_vessel_has_its_port},
    {"arriving and taken back", arriving_and_taken_back},
    {"members share a vessel", members_share_a_vessel},
    {"other links do not matter", other_links_do_not_matter},
    {"late people go tomorrow", late_people_go_tomorrow},
    {"reports by size", reports_by_size},
    {"reports come late", reports_come_late},
    {"policies are published", policies_are_published},
    {"worse vessels wreck more", worse_vessels_wreck_more},
    {"the same however it is run", the_same_however_it_is_run},
    {"resumed", resumed},
    {"bad input", bad_input},
};
TEST_MAIN(cases)
