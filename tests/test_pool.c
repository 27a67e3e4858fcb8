/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The latent pool: its counts against GSL's Poisson, its people against the reference for every scale and mix of parties, arms
   that nest, surges that are negative binomial, populations that are not exceeded, and the same bits however it is run. */
#include "models/pool.h"
#include "output/checkpoint.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>

/* ---- an entry that does what a test says */

enum { BY_CHANCE,
       EXACT,
       FINITE };

struct trickle {
    struct pool pool;
    double people, factor, population; /* a day and place */
    int rule;
};

#define FIELD(name) offsetof(struct trickle, name)
static const struct param params[] = {
    {"people", PARAM_NUMBER, FIELD(people), "people/day", "expected", "a test", 0, 0, 1e9, NULL, NULL},
    {"factor", PARAM_NUMBER, FIELD(factor), "1", "of the arm", "a test", 1, 0, 1e9, NULL, NULL},
    {"population", PARAM_NUMBER, FIELD(population), "people", "at risk", "a test", 0, 0, 1e9, NULL, NULL},
    {"rule", PARAM_CHOICE, FIELD(rule), "1", "which", "a test", BY_CHANCE, 0, 2, "chance|exact|finite", NULL},
    {"overdispersion", PARAM_NUMBER, FIELD(pool.overdispersion), "1", "of months", "a test", 0, 0, 100, NULL, NULL},
    {"multiple", PARAM_NUMBER, FIELD(pool.multiple), "1", "most", "a test", 4, 1, 1e6, NULL, NULL},
    {0}};

static const struct model trickle;

static int trickle_open(struct sim *sim, void *state)
{
    struct trickle *t = state;
    return pool_open(&t->pool, sim, (struct pool_plan){POOL_CLIMATE, trickle.purpose, "climate", t->rule == EXACT, t->rule == FINITE});
}

static void trickle_enter(struct sim *sim, void *state)
{
    struct trickle *t = state;
    for (uint32_t i = 0; i < sim->world->places; i++) {
        if (t->rule == EXACT) pool_enter_exact(sim, &t->pool, i, t->people, t->factor);
        else if (t->rule == FINITE) pool_enter_finite(sim, &t->pool, i, t->people, t->factor, t->population);
        else pool_enter(sim, &t->pool, i, t->people, t->factor);
    }
}

static void trickle_settle(struct sim *sim, void *state) { pool_settle(sim, &((struct trickle *)state)->pool); }

static void trickle_close(void *state) { pool_close(&((struct trickle *)state)->pool); }

static const struct model trickle = {.name = "trickle", .doc = "enters people", .source = "a test", .purpose = 202, .state_size = sizeof(struct trickle), .params = params, .open = trickle_open, .enter = trickle_enter, .settle = trickle_settle, .close = trickle_close};

static void give(struct toy *toy, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    setup_give(&toy->setup, "trickle", name, text, "toy", 0);
}

static void rule(struct toy *toy, int which)
{
    static const char *const word[] = {"chance", "exact", "finite"};
    setup_give(&toy->setup, "trickle", "rule", word[which], "toy", 0);
}

static void start(struct toy *toy, uint32_t places, double people, double scale)
{
    toy_init(toy);
    toy_places(toy, places);
    toy_model(toy, &trickle);
    toy->setup.scale = scale;
    give(toy, "people", people);
}

/* What families there are: everybody alone, a mix, or a mix that depends on place and motive. */
enum { ALONE,
       MIXED,
       GIVEN,
       MIXES };

static void add_sizes(struct toy *toy, int mix)
{
    static const char *const size[] = {"1", "2", "5"}, *const motive[] = {"conflict", "climate"}, *const age[] = {"3", "16", "30", "70"};
    struct trait_set *set = &toy->setup.traits;
    if (mix == ALONE) return;
    trait_add(set, "motive", 2, motive, (const double[]){9, 1})->by_party = true;
    trait_add(set, "age", 4, age, (const double[]){2, 2, 4, 1});
    struct trait *sizes = trait_add(set, "party_size", 3, size, (const double[]){5, 3, 2});
    sizes->by_party = true;
    if (mix == MIXED) return;
    trait_depend(set, 0);
    uint32_t climate = trait_add_case(sizes, 1);
    trait_add_weights(sizes, climate, TRAIT_ANYWHERE, 0, (const double[]){1, 1, 0});
    trait_add_weights(sizes, climate, TRAIT_PLACE, 1, (const double[]){0, 2, 6});
}

/* Persons a party and its mean square, by place. */
static double mean_of(int mix, uint32_t place, int power)
{
    static const double size[] = {1, 2, 5};
    static const double weight[MIXES][2][3] = {{{1, 0, 0}, {1, 0, 0}}, {{.5, .3, .2}, {.5, .3, .2}}, {{.5, .5, 0}, {0, .25, .75}}};
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += weight[mix][place == 1][i] * pow(size[i], power);
    return sum;
}

static int64_t at(const struct sim *sim, const char *tally, uint32_t cell) { return tally_at(&sim->tallies, tally_find(&sim->tallies, tally), cell); }

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

/* ---- counts */

/* P(n - 1) < u <= P(n), to the precision of GSL's own sums. */
static void inverse_is_gsl(void)
{
    static const double mean[] = {1e-9, 0.03, 0.7, 1, 3.5, 20, 149.5, 150.5, 151, 400, 3000.25, 1e5, 1e6};
    static const double edge[] = {0x1p-53, 1e-12, 1e-9, 1e-6, 1e-3, 0.999, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12, 1 - 0x1p-53};
    for (size_t m = 0; m < sizeof mean / sizeof *mean; m++)
        for (int i = 0; i < 400; i++) {
            double u = i < 10 ? edge[i] : (i - 9.5) / 390;
            int64_t n = pool_poisson(mean[m], u);
            double above = gsl_cdf_poisson_P((unsigned)n, mean[m]), below = n > 0 ? gsl_cdf_poisson_P((unsigned)n - 1, mean[m]) : 0;
            double slack = 1e-9 * fmin(u, 1 - u) + (u > 0.5 ? 3e-14 : 0);
            TEST(below < u + slack && above >= u - slack, "mean %g, u %.17g: %d has P %.17g, one less %.17g", mean[m], u, (int)n, above, below);
        }
    TEST(pool_poisson(0, 0.5) == 0 && pool_poisson(-1, 0.5) == 0, "of nothing comes nothing");
}

/* ---- people */

/* People over all days as expected, for every scale and mix of families; tallies agree with rows. */
static void people_as_expected(void)
{
    enum { DAYS = 300 };
    static const double scale[] = {1, 10, 100};
    for (int mix = 0; mix < MIXES; mix++)
        for (int k = 0; k < 3; k++) {
            struct toy toy;
            start(&toy, 3, 100 * scale[k] / 7, scale[k]);
            add_sizes(&toy, mix);
            give(&toy, "factor", 1.3);
            struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
            double people[3] = {0}, entered[3] = {0};
            for (int day = 0; day < DAYS; day++) {
                toy_steps(sim, 1);
                for (uint32_t i = 0; i < 3; i++) people[i] += (double)at(sim, "departures", i * POOL_ENTRIES + POOL_CLIMATE) * scale[k];
                for (uint32_t i = 0; i < 3; i++) entered[i] += (double)at(sim, "entries", i) * scale[k];
            }
            for (uint32_t i = 0; i < 3; i++) {
                double expected = 1.3 * DAYS * 100 * scale[k] / 7, deviation = sqrt(expected * scale[k] * mean_of(mix, i, 2) / mean_of(mix, i, 1));
                TEST(fabs(people[i] - expected) < 5 * deviation, "mix %d, scale %g, place %u: %g people, not %g +- %g", mix, scale[k], i, people[i], expected, deviation);
                TEST(people[i] == entered[i], "departures %g, entries %g", people[i], entered[i]);
            }
            toy_check(sim, "pool");
            toy_close(sim);
        }
}

/* Parties are whole, of the size their trait says, those of two or more headed by an adult, with the motive of the entry. */
static void parties_are_families(void)
{
    struct toy toy;
    start(&toy, 2, 20, 1);
    add_sizes(&toy, GIVEN);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 40);
    int size = portrait_find(sim, "party_size"), motive = portrait_find(sim, "motive");
    uint32_t children = 0, parties = 0, alone = 0;
    for (uint32_t slot = 0, next; slot < sim->persons.count; slot = next, parties++) {
        const struct person *head = &sim->persons.row[slot];
        for (next = slot; next < sim->persons.count && sim->persons.row[next].party == head->party; next++) {
            TEST(portrait_value(sim, motive, next) == 1, "motive %u", portrait_value(sim, motive, next));
            TEST(person_id_parts(sim->persons.row[next].id).member == next - slot, "members are numbered");
            children += portrait_age_group(sim, &sim->persons.row[next]) < PORTRAIT_AGE_GROUP_ADULT;
        }
        bool child = portrait_age_group(sim, head) < PORTRAIT_AGE_GROUP_ADULT;
        TEST(head->id == head->party && (next == slot + 1 || !child), "the head of a party of %u is a child", next - slot);
        alone += child;
        TEST((uint32_t)atoi(portrait_label(sim, size, portrait_value(sim, size, slot))) == next - slot, "a party of %u", next - slot);
    }
    TEST(children > 100 && parties > 300 && alone > 20, "%u children in %u parties, %u of them alone", children, parties, alone);
    toy_close(sim);
}

static void nobody_of_nothing(void)
{
    for (int which = BY_CHANCE; which <= FINITE; which++)
        for (int zero = 0; zero < 2; zero++) {
            struct toy toy;
            start(&toy, 2, zero ? 0 : 500, 1);
            rule(&toy, which);
            give(&toy, "population", 1000);
            give(&toy, "factor", zero);
            struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
            toy_steps(sim, 50);
            TEST(sim->persons.entered == 0, "rule %d: %u came of nothing", which, (unsigned)sim->persons.entered);
            toy_close(sim);
        }
}

/* ---- arms */

struct who {
    uint64_t id;
    uint32_t day, size;
};

static int by_id(const void *a, const void *b)
{
    const struct who *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Everybody who has set out, by id; *count of them. */
static struct who *roll(const struct sim *sim, uint32_t *count)
{
    int size = portrait_find(sim, "party_size");
    *count = sim->persons.count;
    struct who *who = memory_new((size_t)*count + 1, sizeof *who);
    for (uint32_t i = 0; i < *count; i++) who[i] = (struct who){sim->persons.row[i].id, sim->persons.row[i].since, size < 0 ? 1 : portrait_value(sim, size, i)};
    qsort(who, *count, sizeof *who, by_id);
    return who;
}

/* How many of a are not in b, or not on the same day (later in b, where days may differ) or with another trait. */
static uint32_t strangers(const struct who *a, uint32_t count_a, const struct who *b, uint32_t count_b, bool same_day)
{
    uint32_t strange = 0;
    for (uint32_t i = 0; i < count_a; i++) {
        const struct who *found = bsearch(&a[i], b, count_b, sizeof *b, by_id);
        strange += !found || found->size != a[i].size || (same_day ? found->day != a[i].day : found->day > a[i].day);
    }
    return strange;
}

static struct sim *open_arm(struct toy *toy, int which, double factor)
{
    start(toy, 3, which == FINITE ? 40 : 25, 1);
    add_sizes(toy, MIXED);
    rule(toy, which);
    give(toy, "factor", factor);
    give(toy, "overdispersion", which == EXACT ? 0 : 0.5);
    give(toy, "population", 3000);
    return toy_open(toy, (struct sim_tuning){.threads = 1});
}

/* The people of the arm with fewer departures are among those of the other, on the same day but where a population is finite. */
static void arms_nest(void)
{
    static const double factor[] = {0.7, 1, 1.6};
    for (int which = BY_CHANCE; which <= FINITE; which++) {
        struct toy toy[3];
        struct sim *sim[3];
        for (int a = 0; a < 3; a++) sim[a] = open_arm(&toy[a], which, factor[a]);
        for (int month = 0; month < 6; month++) {
            struct who *who[3];
            uint32_t count[3];
            for (int a = 0; a < 3; a++) toy_steps(sim[a], 20), who[a] = roll(sim[a], &count[a]);
            for (int a = 0; a < 2; a++) {
                uint32_t strange = strangers(who[a], count[a], who[a + 1], count[a + 1], which != FINITE);
                TEST(strange == 0, "rule %d, day %d: %u of %u of the arm %g are not in the arm %g", which, 20 * (month + 1), strange, count[a], factor[a], factor[a + 1]);
                TEST(count[a] < count[a + 1] || count[a + 1] > 8990, "rule %d: %u at %g, %u at %g", which, count[a], factor[a], count[a + 1], factor[a + 1]);
            }
            for (int a = 0; a < 3; a++) memory_free(who[a]);
        }
        for (int a = 0; a < 3; a++) toy_close(sim[a]);
    }
}

/* A factor above what the pool holds is cut and counted. */
static void factors_are_cut(void)
{
    struct toy toy[2];
    struct sim *sim[2];
    for (int a = 0; a < 2; a++) {
        start(&toy[a], 2, 30, 1);
        give(&toy[a], "multiple", 2);
        give(&toy[a], "factor", a ? 2 : 7);
        sim[a] = toy_open(&toy[a], (struct sim_tuning){.threads = 1});
        toy_steps(sim[a], 30);
    }
    TEST(sim[0]->persons.entered == sim[1]->persons.entered, "%u at a factor above the multiple, %u at it", (unsigned)sim[0]->persons.entered, (unsigned)sim[1]->persons.entered);
    TEST(indicator(sim[0], "climate_clamped") == 60 && indicator(sim[1], "climate_clamped") == 0, "clamped on %g and %g place-days", indicator(sim[0], "climate_clamped"), indicator(sim[1], "climate_clamped"));
    toy_close(sim[0]);
    toy_close(sim[1]);
}

/* ---- surges */

/* Counts of the months of 31 days over many places, against the negative binomial; places and months are independent. */
static void months_are_negative_binomial(void)
{
    enum { PLACES = 400,
           DAYS = 1461,
           MOST = 400 };
    static const double variance[] = {0, 0.25, 1.7};
    for (int v = 0; v < 3; v++) {
        struct toy toy;
        double seen[MOST] = {0}, expected[MOST] = {0}, lag = 0, beside = 0, square = 0, before[PLACES] = {0}, total = 0;
        start(&toy, PLACES, 1.3 / 3, 1);
        toy.setup.start = calendar_day((struct calendar_date){2014, 1, 1});
        toy.setup.days = DAYS;
        give(&toy, "overdispersion", variance[v]);
        struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
        double mean = 31 * 1.3 / 3, count[PLACES] = {0};
        for (int day = 0; day < DAYS; day++) {
            toy_steps(sim, 1);
            for (uint32_t i = 0; i < PLACES; i++) count[i] += (double)at(sim, "departures", i * POOL_ENTRIES + POOL_CLIMATE);
            struct calendar_date date = calendar_date(toy.setup.start + day), next = calendar_date(toy.setup.start + day + 1);
            if (next.month == date.month) continue;
            for (uint32_t i = 0; i < PLACES && date.day == 31; i++) {
                seen[(int)fmin(count[i], MOST - 1)]++, total++;
                lag += (count[i] - mean) * before[i], beside += i > 0 ? (count[i] - mean) * (count[i - 1] - mean) : 0, square += (count[i] - mean) * (count[i] - mean);
            }
            for (uint32_t i = 0; i < PLACES; i++) before[i] = date.day == 31 ? count[i] - mean : 0, count[i] = 0;
        }
        for (unsigned n = 0; n < MOST; n++) expected[n] = total * (variance[v] > 0 ? gsl_ran_negative_binomial_pdf(n, 1 / (1 + variance[v] * mean), 1 / variance[v]) : gsl_ran_poisson_pdf(n, mean));
        double surprise = toy_surprise(MOST, seen, expected), of_theory = mean + variance[v] * mean * mean;
        TEST(surprise < 5, "variance %g: %g standard errors from the negative binomial", variance[v], surprise);
        TEST(fabs(square / total / of_theory - 1) < 0.1, "variance %g: months vary by %g, not %g", variance[v], square / total, of_theory);
        TEST(fabs(beside / square) < 5 / sqrt(total) && fabs(lag / square) < 5 / sqrt(total), "variance %g: correlation %g with the neighbour, %g with the month before", variance[v], beside / square, lag / square);
        toy_close(sim);
    }
}

/* ---- exact */

static void series_to_the_fraction(void)
{
    static const double scale[] = {1, 10};
    for (int k = 0; k < 2; k++)
        for (int mix = ALONE; mix <= MIXED; mix++) {
            struct toy toy;
            start(&toy, 2, 7.3, scale[k]);
            add_sizes(&toy, mix);
            rule(&toy, EXACT);
            struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
            for (int day = 1; day <= 200; day++) {
                toy_steps(sim, 1);
                double gap = 2 * 7.3 * day - (double)sim->persons.entered * scale[k], most = scale[k] * (mix == ALONE ? 1 : 5);
                TEST(gap > -2 * most && gap < 2 * most + 1e-6 && (mix != ALONE || gap > -1e-6), "scale %g, mix %d, day %d: %g people behind the series", scale[k], mix, day, gap);
            }
            toy_close(sim);
        }
}

/* Factors thin what is exact, or add to it from the pool. */
static void exact_with_a_factor(void)
{
    static const double factor[] = {0.6, 1.8, 4};
    for (int f = 0; f < 3; f++) {
        struct toy toy;
        start(&toy, 1, 70, 1);
        rule(&toy, EXACT);
        give(&toy, "factor", factor[f]);
        struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
        toy_steps(sim, 300);
        double expected = 21000 * factor[f], variance = 21000 * (factor[f] < 1 ? factor[f] * (1 - factor[f]) : factor[f] - 1);
        TEST(fabs((double)sim->persons.entered - expected) < 5 * sqrt(variance), "factor %g: %u, not %g +- %g", factor[f], (unsigned)sim->persons.entered, expected, sqrt(variance));
        toy_close(sim);
    }
}

/* ---- finite populations */

static void populations_are_not_exceeded(void)
{
    static const double scale[] = {1, 10, 100}, factor[] = {0.5, 1, 3};
    for (int k = 0; k < 3; k++)
        for (int f = 0; f < 3; f++)
            for (int mix = ALONE; mix <= MIXED; mix++) {
                struct toy toy;
                start(&toy, 2, 120, scale[k]);
                add_sizes(&toy, mix);
                rule(&toy, FINITE);
                give(&toy, "factor", factor[f]);
                give(&toy, "overdispersion", 0.3);
                give(&toy, "population", 8123);
                struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
                for (int day = 0; day < 300; day++) {
                    toy_steps(sim, 1);
                    for (uint32_t i = 0; i < 2; i++) TEST((double)at(sim, "present", i) * scale[k] <= 8123, "scale %g, day %d: %g people of 8123", scale[k], day, (double)at(sim, "present", i) * scale[k]);
                }
                for (uint32_t i = 0; i < 2; i++) {
                    double left = 8123 - (double)at(sim, "present", i) * scale[k];
                    TEST(left < (mix == ALONE ? 1 : 5) * scale[k], "scale %g, factor %g, mix %d: %g people stay for ever", scale[k], factor[f], mix, left);
                }
                toy_check(sim, "finite");
                toy_close(sim);
            }
}

/* Before it is used up a population loses people as expected: binomial. */
static void populations_shrink_as_expected(void)
{
    enum { PLACES = 400 };
    struct toy toy;
    start(&toy, PLACES, 3, 1);
    rule(&toy, FINITE);
    give(&toy, "population", 1000);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    for (int part = 1; part <= 3; part++) {
        double sum = 0, square = 0, share = part * 0.3;
        toy_steps(sim, 100);
        for (uint32_t i = 0; i < PLACES; i++) sum += (double)at(sim, "present", i), square += pow((double)at(sim, "present", i) - 1000 * share, 2);
        double deviation = sqrt(1000 * share * (1 - share) / PLACES), variance = square / PLACES, of_theory = 1000 * share * (1 - share);
        TEST(fabs(sum / PLACES - 1000 * share) < 5 * deviation, "%g of 1000 left, not %g +- %g", sum / PLACES, 1000 * share, deviation);
        TEST(fabs(variance / of_theory - 1) < 5 * sqrt(2.0 / PLACES), "variance %g, not %g", variance, of_theory);
    }
    toy_close(sim);
}

/* ---- however it is run */

static void build(struct toy *toy, int which)
{
    toy_places(toy, 4);
    toy_model(toy, &trickle);
    toy->setup.scale = 2;
    toy->setup.start = calendar_day((struct calendar_date){2016, 1, 20});
    add_sizes(toy, GIVEN);
    rule(toy, which);
    give(toy, "people", 31.7);
    give(toy, "factor", 1.1);
    give(toy, "overdispersion", 0.8);
    give(toy, "population", 2500);
}

static void build_chance(struct toy *toy) { build(toy, BY_CHANCE); }
static void build_exact(struct toy *toy) { build(toy, EXACT); }
static void build_finite(struct toy *toy) { build(toy, FINITE); }
static toy_build *const builds[] = {build_chance, build_exact, build_finite};

static void the_same_however_it_is_run(void)
{
    char one[65], other[65];
    for (int b = 0; b < 3; b++) {
        toy_digest(builds[b], (struct sim_tuning){1, 65536, false}, 100, one);
        toy_digest(builds[b], (struct sim_tuning){4, 13, false}, 100, other);
        TEST(!strcmp(one, other), "rule %d: %.16s and %.16s", b, one, other);
    }
}

/* Saved in the middle of a month and of a party. */
static void resumed(void)
{
    static const char *const command[] = {"wayfare", "run", "toy", NULL};
    struct scratch scratch = scratch_open();
    for (int b = 0; b < 3; b++) {
        struct error error = {0};
        struct writer_plan plan = {.command = command};
        struct toy toy[2];
        char one[65], other[65];
        for (int i = 0; i < 2; i++) toy_init(&toy[i]), builds[b](&toy[i]);
        struct sim *whole = toy_open(&toy[0], (struct sim_tuning){.threads = 1}), *second = toy_open(&toy[1], (struct sim_tuning){.threads = 1});
        toy_steps(whole, 33);
        TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 1, &error) == 0, "%s", error.text);
        TEST(checkpoint_load(second, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
        toy_steps(whole, 50);
        toy_steps(second, 50);
        sim_digest(whole, one);
        sim_digest(second, other);
        TEST(!strcmp(one, other), "rule %d: %.16s and %.16s", b, one, other);
        toy_close(whole);
        toy_close(second);
    }
    scratch_close(&scratch);
}

/* ---- bad input */

static void refused(struct toy *toy, const char *expected)
{
    struct error error = {0};
    TEST(world_finish(toy->setup.world, &error) == 0, "%s", error.text);
    struct sim *sim = sim_open(&toy->setup, toy->list, (struct sim_tuning){.threads = 1}, &error);
    TEST(!sim && !strcmp(error.text, expected), "'%s', not '%s'", error.text, expected);
    sim_close(sim);
    setup_free(&toy->setup);
}

static void bad_input(void)
{
    static const char *const word[] = {"few", "many"}, *const number[] = {"1", "33"}, *const motive[] = {"war", "work"};
    struct toy toy;
    start(&toy, 1, 1, 1);
    trait_add(&toy.setup.traits, "party_size", 2, word, (const double[]){1, 1})->by_party = true;
    refused(&toy, "trait 'party_size': expected numbers from 1 to 32 as values, found 'few'");
    start(&toy, 1, 1, 1);
    trait_add(&toy.setup.traits, "party_size", 2, number, (const double[]){1, 1})->by_party = true;
    refused(&toy, "trait 'party_size': expected numbers from 1 to 32 as values, found '33'");
    start(&toy, 1, 1, 1);
    trait_add(&toy.setup.traits, "party_size", 1, number, (const double[]){1});
    refused(&toy, "trait 'party_size' must be drawn per party");
    start(&toy, 1, 1, 1);
    trait_add(&toy.setup.traits, "motive", 2, motive, (const double[]){1, 1});
    refused(&toy, "trait 'motive' has no value 'climate', which the entry climate gives");
}

/* Too many for ids: the run ends with a message. */
static void too_many(void)
{
    struct toy toy;
    start(&toy, 1, 5e6, 1);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 1);
    TEST(sim->error.status == FAIL_RUN && !strcmp(sim->error.text, "day 0: more than 4194304 parties in the pool of p0, entry climate; take a larger scale"), "%s", sim->error.text);
    sim->error = (struct error){0};
    toy_close(sim);
}

static const struct test_case cases[] = {
    {"inverse of the Poisson", inverse_is_gsl},
    {"people as expected", people_as_expected},
    {"parties are families", parties_are_families},
    {"nobody of nothing", nobody_of_nothing},
    {"arms nest", arms_nest},
    {"factors are cut", factors_are_cut},
    {"negative binomial", months_are_negative_binomial},
    {"exact", series_to_the_fraction},
    {"exact with a factor", exact_with_a_factor},
    {"population not exceeded", populations_are_not_exceeded},
    {"population shrinks", populations_shrink_as_expected},
    {"the same however it is run", the_same_however_it_is_run},
    {"resumed", resumed},
    {"bad input", bad_input},
    {"too many", too_many},
};
TEST_MAIN(cases)
