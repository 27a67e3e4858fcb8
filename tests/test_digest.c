/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a run may vary without changing its results, varied: threads, chunks, hints, the sample of events, checkpoints,
   company in the same process. Compilers and builds: test_builds.sh. */
#include "output/checkpoint.h"
#include "sim/memory.h"
#include "tests/flee_cases.h"
#include "tests/naive_flee_reference.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include <stdlib.h>

/* A run of which there is one digest only. */
struct subject {
    const char *name, *set; /* set: of the reference; NULL: the map below */
    enum naive_flee_rules rules;
    const char *awareness; /* NULL: as the set says */
    int32_t days;          /* 0: as the set says */
};

static const struct subject subjects[] = {
    {"small map, compat", NULL, NAIVE_FLEE_COMPAT, "2", 120},
    {"small map, fixed", NULL, NAIVE_FLEE_FIXED, "3", 120},
    {"burundi, compat", "burundi", NAIVE_FLEE_COMPAT, NULL, 0},
    {"mali2012, compat, awareness 2, traits", "mali2012", NAIVE_FLEE_COMPAT, "2", 0},
    {"mali2012, fixed, awareness 3, traits", "mali2012", NAIVE_FLEE_FIXED, "3", 0},
    {"car2013, fixed, short stints", "car2013_val3", NAIVE_FLEE_FIXED, NULL, 250},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* ---- the runs */

static void add_age(struct toy *toy)
{
    static const char *const label[] = {"young", "old"};
    static const double weight[] = {2, 1}, home[] = {1, 5};
    trait_add_row(trait_add(&toy->setup.traits, "age", 2, label, weight), A, home);
}

/* Zones, markers, camps that fill and close, walkers, a border that closes. */
static void draw(struct toy *toy)
{
    static const double comes_and_goes[] = {0, 0.2, 0.8, 0.8, 0, 0, 0.5};
    flee_cases_place(toy, "home", WORLD_TOWN, 90000);
    flee_cases_place(toy, "home", WORLD_TOWN, 3000);
    flee_cases_place(toy, "home", WORLD_MARKER, 0);
    flee_cases_place(toy, "home", WORLD_TOWN, 500);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 900);
    flee_cases_place(toy, "abroad", WORLD_CAMP, 0);
    toy_links(toy, A, B, 120), toy_links(toy, A, C, 60), toy_links(toy, C, D, 90), toy_links(toy, B, D, 150), toy_links(toy, D, E, 330), toy_links(toy, B, F, 240);
    flee_cases_column(toy, "walk_probability", true, 3, 0.3);
    flee_cases_event(toy, 20, WORLD_BORDER, 0, 1, true, 0);
    flee_cases_event(toy, 35, WORLD_BORDER, 0, 1, false, 0);
    flee_cases_event(toy, 40, WORLD_KIND, E, 0, true, WORLD_TOWN);
    flee_cases_series(toy, "conflict", B, 7, comes_and_goes);
    flee_cases_people(toy, "40", 60);
    flee_cases_give(toy, "flee_entry", "spawn_mode", "poisson");
    flee_cases_give(toy, "flee_entry", "take_from_population", "true");
    flee_cases_give(toy, "flee_journey", "avoid_short_stints", "true");
    flee_cases_give(toy, "flee_journey", "start_on_foot", "true");
    add_age(toy);
}

static bool is_at_hand(const struct subject *subject) { return !subject->set || naive_flee_reference_exists(); }

/* The setup lies in cases->toy. */
static void read_subject(struct flee_cases *cases, const struct subject *subject)
{
    struct error error = {0};
    struct setup *setup = &cases->toy.setup;
    if (!subject->set) {
        flee_cases_setup(cases, draw, subject->rules);
    } else {
        *cases = (struct flee_cases){.rules = subject->rules};
        setup_init(setup);
        if (naive_flee_reference_setup(setup, subject->set, flee_cases_word(subject->rules), &error)) {
            printf("%s\n", error.text);
            exit(EXIT_FAILURE);
        }
    }
    if (subject->awareness) setup_give(setup, "flee_journey", "awareness_level", subject->awareness, "test", 0);
    if (subject->days) setup->days = subject->days;
    setup->seed = 11;
}

static struct sim *open_run(struct setup *setup, struct sim_tuning tuning)
{
    struct error error = {0};
    struct sim *sim = sim_open(setup, models, tuning, &error);
    if (sim) return sim;
    printf("%s\n", error.text);
    exit(EXIT_FAILURE);
}

static void step_to(struct sim *sim, int32_t day)
{
    while (sim->day < day) sim_step(sim);
    TEST(sim->error.status == FAIL_NONE, "%s", sim->error.text);
}

/* What may vary. */
struct variant {
    const char *what;
    struct sim_tuning tuning;
    double sample;
    uint64_t seed; /* 0: the usual */
};

static void digest_of(const struct subject *subject, const struct variant *variant, char hex[65])
{
    struct flee_cases cases;
    read_subject(&cases, subject);
    cases.toy.setup.sample = variant->sample;
    if (variant->seed) cases.toy.setup.seed = variant->seed;
    struct sim *sim = open_run(&cases.toy.setup, variant->tuning);
    step_to(sim, cases.toy.setup.days);
    sim_digest(sim, hex);
    sim_close(sim);
    setup_free(&cases.toy.setup);
}

static const struct variant plain = {"one thread", {.threads = 1}, 0, 0};

static void expect(const struct subject *subject, const struct variant *variant, const char plain_hex[65])
{
    char hex[65];
    digest_of(subject, variant, hex);
    TEST(strcmp(hex, plain_hex) == 0, "%s, %s: the digest is %.16s, with one thread %.16s", subject->name, variant->what, hex, plain_hex);
}

/* ---- tests */

static void test_variants(const struct variant *variant, size_t variants)
{
    bool skipped = false;
    for (int i = 0; i < SUBJECTS; i++) {
        char hex[65];
        if (!is_at_hand(&subjects[i])) {
            skipped = true;
            continue;
        }
        digest_of(&subjects[i], &plain, hex);
        for (size_t k = 0; k < variants; k++) expect(&subjects[i], &variant[k], hex);
    }
    if (skipped) test_skip("no ../shared/flee: the small map only");
}

static void test_threads(void)
{
    static const struct variant variant[] = {
        {"2 threads", {.threads = 2}, 0, 0},
        {"3 threads", {.threads = 3}, 0, 0},
        {"4 threads", {.threads = 4}, 0, 0},
    };
    test_variants(variant, sizeof variant / sizeof *variant);
}

static void test_chunks(void)
{
    static const struct variant variant[] = {
        {"chunks of 1000", {.threads = 1, .chunk = 1000}, 0, 0},
        {"chunks of 1000, 3 threads", {.threads = 3, .chunk = 1000}, 0, 0},
        {"chunks of 65536, 2 threads", {.threads = 2, .chunk = 65536}, 0, 0},
    };
    test_variants(variant, sizeof variant / sizeof *variant);
}

/* Chunks so small that there are more of them than of anything else. */
static void test_tiny_chunks(void)
{
    static const struct variant tiny = {"chunks of 3, 2 threads", {.threads = 2, .chunk = 3}, 0, 0};
    char hex[65];
    digest_of(&subjects[0], &plain, hex);
    expect(&subjects[0], &tiny, hex);
}

static void test_everybody(void)
{
    static const struct variant variant[] = {{"looking at everybody", {.threads = 2, .naive = true}, 0, 0}};
    test_variants(variant, 1);
}

static void test_events(void)
{
    static const struct variant variant[] = {
        {"events of a tenth", {.threads = 2}, 0.1, 0},
        {"events of all", {.threads = 1}, 1, 0},
    };
    test_variants(variant, sizeof variant / sizeof *variant);
}

/* The digest sees what it should. */
static void test_differs(void)
{
    static const struct variant other = {"another seed", {.threads = 1}, 0, 12};
    char hex[2][65];
    digest_of(&subjects[0], &plain, hex[0]);
    digest_of(&subjects[0], &other, hex[1]);
    TEST(strcmp(hex[0], hex[1]) != 0, "another seed gives the same digest");
    struct flee_cases cases;
    read_subject(&cases, &subjects[0]);
    struct sim *sim = open_run(&cases.toy.setup, plain.tuning);
    step_to(sim, 50);
    sim_digest(sim, hex[0]);
    sim->persons.row[7].spell[0]++;
    sim_digest(sim, hex[1]);
    TEST(strcmp(hex[0], hex[1]) != 0, "one more spell of one person gives the same digest");
    sim_close(sim);
    setup_free(&cases.toy.setup);
}

/* ---- checkpoints: every leg of the run in a simulation of its own, with another number of threads and other chunks */

static const char *const command[] = {"wayfare", "flee", "nowhere", NULL};

/* From the checkpoint, if there is one, to the day; leaves a checkpoint, or the digest at the end. */
static void run_leg(const struct subject *subject, const char *path, int leg, int32_t until, char hex[65])
{
    struct flee_cases cases;
    struct error error = {0};
    struct writer_plan plan = {.path = path, .every = 1, .command = command};
    read_subject(&cases, subject);
    struct sim *sim = open_run(&cases.toy.setup, (struct sim_tuning){.threads = 1 + leg % 3, .chunk = leg % 2 ? 700 : 0, .naive = leg == 2});
    if (leg > 0) TEST(checkpoint_load(sim, path, &error) == 0, "%s, leg %d: %s", subject->name, leg, error.text);
    step_to(sim, until ? until : cases.toy.setup.days);
    if (until) TEST(checkpoint_save(sim, &plan, path, 0, &error) == 0, "%s, leg %d: %s", subject->name, leg, error.text);
    else sim_digest(sim, hex);
    sim_close(sim);
    setup_free(&cases.toy.setup);
}

static void check_split(const struct subject *subject, const char *path, const int32_t *until, int legs, const char plain_hex[65])
{
    char hex[65] = "";
    for (int leg = 0; leg < legs; leg++) run_leg(subject, path, leg, until[leg], hex);
    TEST(strcmp(hex, plain_hex) == 0, "%s, split at day %d: the digest is %.16s, in one run %.16s", subject->name, until[0], hex, plain_hex);
}

static void test_checkpoints(void)
{
    static const int32_t once[] = {1, 23, 41, 90}, often[] = {5, 6, 40, 75, 0};
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "checkpoint.h5");
    bool skipped = false;
    for (int i = 0; i < SUBJECTS; i++) {
        char hex[65];
        if (!is_at_hand(&subjects[i])) {
            skipped = true;
            continue;
        }
        digest_of(&subjects[i], &plain, hex);
        for (int k = 0; k < 4; k++) check_split(&subjects[i], path, (int32_t[]){once[k], 0}, 2, hex);
        check_split(&subjects[i], path, often, 5, hex);
    }
    if (skipped) test_skip("no ../shared/flee: the small map only");
    scratch_close(&scratch);
}

/* ---- several simulations at once */

static void test_interleaved(void)
{
    struct flee_cases cases[SUBJECTS];
    struct sim *sim[SUBJECTS] = {NULL};
    for (int i = 0; i < SUBJECTS; i++) {
        if (!is_at_hand(&subjects[i])) continue;
        read_subject(&cases[i], &subjects[i]);
        sim[i] = open_run(&cases[i].toy.setup, (struct sim_tuning){.threads = 1 + i % 2});
    }
    for (int32_t day = 1; day <= 400; day++)
        for (int i = 0; i < SUBJECTS; i++)
            if (sim[i] && day <= cases[i].toy.setup.days) step_to(sim[i], day);
    for (int i = 0; i < SUBJECTS; i++) {
        char hex[2][65];
        if (!sim[i]) continue;
        sim_digest(sim[i], hex[0]);
        sim_close(sim[i]);
        setup_free(&cases[i].toy.setup);
        digest_of(&subjects[i], &plain, hex[1]);
        TEST(strcmp(hex[0], hex[1]) == 0, "%s, beside others: the digest is %.16s, alone %.16s", subjects[i].name, hex[0], hex[1]);
    }
}

static const struct test_case cases[] = {
    {"threads", test_threads},
    {"chunks", test_chunks},
    {"tiny chunks", test_tiny_chunks},
    {"looking at everybody", test_everybody},
    {"events", test_events},
    {"digests differ", test_differs},
    {"checkpoints", test_checkpoints},
    {"interleaved", test_interleaved},
};
TEST_MAIN(cases)
