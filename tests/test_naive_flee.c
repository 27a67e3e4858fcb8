/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The naive engine against serial Flee: what has no chance in it to the last digit, the rest in distribution. */
#include "naive_flee.h"
#include "naive_flee_reference.h"
#include "permutation.h"
#include "sim/memory.h"
#include "tests/test.h"
#include <stdlib.h>

#define DETERMINISTIC "../shared/flee/deterministic/"

enum { FIELDS = 40 };

/* One engine that follows the rows of a file, day after day. */
struct walk {
    const char *set;
    struct setup setup;
    struct naive_flee *flee;
    int32_t steps;
    FILE *file;
    char *line, *field[FIELDS], *name[FIELDS];
    char *header;
    size_t room;
    int fields;
    bool ok;
};

static int split(char *line, char **field)
{
    int count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *rest = line; rest && count < FIELDS;) field[count++] = strsep(&rest, ",");
    return count;
}

/* The engine keeps a pointer to the setup, so the walk stays where it is. */
static void walk_open(struct walk *walk, const char *set, const char *file)
{
    struct error error = {0};
    char *path = memory_format(DETERMINISTIC "%s_%s.csv", set, file);
    *walk = (struct walk){.set = set};
    setup_init(&walk->setup);
    walk->ok = naive_flee_reference_setup(&walk->setup, set, "compat", &error) == 0;
    if (walk->ok) walk->flee = naive_flee_open(&walk->setup, (struct naive_flee_options){NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1}, &error);
    walk->file = fopen(path, "r");
    walk->ok = walk->flee && walk->file && getline(&walk->header, &walk->room, walk->file) > 0;
    walk->room = 0;
    TEST(walk->ok, "%s: %s", path, error.text);
    if (walk->ok) split(walk->header, walk->name);
    memory_free(path);
}

static void walk_close(struct walk *walk)
{
    naive_flee_close(walk->flee);
    setup_free(&walk->setup);
    if (walk->file) fclose(walk->file);
    free(walk->line);
    free(walk->header);
}

/* The next row, with the engine after the row's day. */
static bool walk_next(struct walk *walk)
{
    struct error error = {0};
    if (!walk->ok || getline(&walk->line, &walk->room, walk->file) <= 0) return false;
    walk->fields = split(walk->line, walk->field);
    for (; walk->steps <= atoi(walk->field[0]); walk->steps++) {
        walk->ok = naive_flee_step(walk->flee, &error) == 0;
        TEST(walk->ok, "%s", error.text);
    }
    return walk->ok;
}

static void check(const struct walk *walk, const char *what, double found, int field)
{
    double expected = atof(walk->field[field]);
    TEST(fabs(found - expected) <= 1e-9 * fabs(expected),
         "%s day %s %s %s: expected %.17g, found %.17g", walk->set, walk->field[0], walk->field[1], what, expected, found);
}

static void check_days(const char *set)
{
    struct walk walk;
    walk_open(&walk, set, "days");
    const struct driver *registered = walk.ok ? driver_find(&walk.setup.drivers, "registered") : NULL;
    int rows = 0;
    for (; walk_next(&walk); rows++) {
        struct naive_flee_totals totals = naive_flee_totals(walk.flee);
        check(&walk, "people created", (double)totals.created_today, 1);
        check(&walk, "refugees_raw", totals.refugees_raw, 2);
        check(&walk, "debt", totals.debt, 3);
        for (int i = 4; i < walk.fields; i++) {
            uint32_t place = world_find_place(walk.setup.world, walk.name[i] + strlen("data:"));
            check(&walk, walk.name[i], driver_at(registered, place, atoi(walk.field[0])), i);
        }
    }
    TEST(rows == walk.setup.days, "%s: %d rows", set, rows);
    walk_close(&walk);
}

/* "Bubanza|Cibitoke": as many names as open links, each the end of one. */
static void check_links(const struct walk *walk, uint32_t place, char *names)
{
    const struct world *world = walk->setup.world;
    int named = 0, open = 0;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++) open += naive_flee_link_open(walk->flee, i);
    for (char *name; names && *names && (name = strsep(&names, "|")); named++) {
        bool found = false;
        for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++)
            if (naive_flee_link_open(walk->flee, i) && strcmp(world->place[world->link[i].to].name, name) == 0) found = true;
        TEST(found, "%s day %s: %s should be open from %s", walk->set, walk->field[0], name, walk->field[1]);
    }
    TEST(named == open, "%s day %s %s: expected %d open links, found %d", walk->set, walk->field[0], walk->field[1], named, open);
}

static void check_place(const struct walk *walk)
{
    static const uint32_t flag[] = {WORLD_TOWN, WORLD_CAMP, WORLD_IDP_CAMP, WORLD_MARKER, WORLD_FORWARDING};
    uint32_t at = world_find_place(walk->setup.world, walk->field[1]);
    TEST(at != WORLD_NOWHERE, "%s", walk->field[1]);
    if (at == WORLD_NOWHERE) return;
    const struct naive_flee_place *place = naive_flee_place(walk->flee, at);
    check(walk, "conflict", place->conflict, 2);
    check(walk, "move chance", place->move_chance, 3);
    for (int i = 0; i < 5; i++) check(walk, walk->name[4 + i], (place->kind & flag[i]) != 0, 4 + i);
    check(walk, "capacity", place->capacity, 9);
    check(walk, "population", place->population, 10);
    check(walk, "time of conflict", place->time_of_conflict, 11);
    check(walk, "score", place->score, 12);
    check(walk, "weight used", place->weight_used, 13);
    check(walk, "weight after", place->weight_after, 14);
    check_links(walk, at, walk->fields > 15 ? walk->field[15] : NULL);
}

static void check_locations(const char *set)
{
    struct walk walk;
    walk_open(&walk, set, "locations");
    int rows = 0;
    for (; walk_next(&walk); rows++) check_place(&walk);
    TEST(rows > 0 && (uint32_t)rows % walk.setup.world->places == 0, "%s: %d rows", set, rows);
    walk_close(&walk);
}

static bool is_route(const struct world *world, const struct naive_flee_route *route, const char *names)
{
    size_t length = strlen(names);
    char *written = memory_text(world->place[world->link[route->link[0]].from].name);
    for (uint32_t i = 0; i < route->hops; i++) {
        char *longer = memory_format("%s>%s", written, world->place[world->link[route->link[i]].to].name);
        memory_free(written);
        written = longer;
    }
    bool same = strlen(written) == length && strcmp(written, names) == 0;
    memory_free(written);
    return same;
}

/* One of the routes from the place has these stops and this weight. */
static bool has_route(const struct walk *walk, uint32_t place, const char *names, double weight)
{
    for (uint32_t i = 0; i < naive_flee_routes(walk->flee, place); i++) {
        struct naive_flee_route route = naive_flee_route(walk->flee, place, i);
        if (fabs(route.weight - weight) <= 1e-9 * weight && is_route(walk->setup.world, &route, names)) return true;
    }
    return false;
}

static int count_routes(const struct walk *walk)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < walk->setup.world->places; i++) count += naive_flee_routes(walk->flee, i);
    return (int)count;
}

static void check_routes(const char *set)
{
    struct walk walk;
    walk_open(&walk, set, "routes");
    int rows = 0, expected = 0;
    for (int32_t day = -1; walk_next(&walk); rows++) {
        uint32_t place = world_find_place(walk.setup.world, walk.field[1]);
        bool found = place != WORLD_NOWHERE && has_route(&walk, place, walk.field[2], atof(walk.field[3]));
        TEST(found, "%s day %s: no route %s of weight %s", set, walk.field[0], walk.field[2], walk.field[3]);
        if (day != walk.steps) expected += count_routes(&walk);
        day = walk.steps;
    }
    TEST(rows > 0 && rows == expected, "%s: %d routes in the file, %d found", set, rows, expected);
    walk_close(&walk);
}

static void test_exact(void)
{
    static const char *const set[] = {"burundi", "mali2012", "car2013_val3"};
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    for (int i = 0; i < 3; i++) {
        check_days(set[i]);
        check_locations(set[i]);
        check_routes(set[i]);
    }
}

/* Nobody is lost on the way. */
static void check_everybody(const struct setup *setup, const struct naive_flee *flee, uint32_t day)
{
    struct naive_flee_totals totals = naive_flee_totals(flee);
    int64_t somewhere = totals.travelling;
    for (uint32_t i = 0; i < setup->world->places; i++) somewhere += naive_flee_place(flee, i)->present;
    TEST(somewhere == totals.created && totals.travelling >= 0,
         "%s day %u: %lld of %lld people are somewhere", setup->name, day, (long long)somewhere, (long long)totals.created);
}

/* How many there are on each day is not left to chance. */
static void check_created(const struct setup *setup, const struct naive_flee_reference *reference)
{
    struct error error = {0};
    struct naive_flee *flee = naive_flee_open(setup, (struct naive_flee_options){NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 7}, &error);
    for (uint32_t day = 0; flee && day < reference->days && naive_flee_step(flee, &error) == 0; day++) {
        double created = (double)naive_flee_totals(flee).created;
        TEST(created == reference->created[day], "day %u: expected %g people, found %g", day, reference->created[day], created);
        check_everybody(setup, flee, day);
    }
    TEST(flee && !error.status, "%s", error.text);
    naive_flee_close(flee);
}

static void check_rules(const char *set, const char *rules, enum naive_flee_rules as)
{
    struct setup setup;
    struct error error = {0};
    struct naive_flee *flee = NULL;
    setup_init(&setup);
    bool ready = naive_flee_reference_setup(&setup, set, rules, &error) == 0;
    if (ready) flee = naive_flee_open(&setup, (struct naive_flee_options){as, NAIVE_FLEE_START_OF_PHASE, 7}, &error);
    for (uint32_t day = 0; flee && day < (uint32_t)setup.days && naive_flee_step(flee, &error) == 0; day++) check_everybody(&setup, flee, day);
    TEST(flee && !error.status, "%s, rules %s: %s", set, rules, error.text);
    naive_flee_close(flee);
    setup_free(&setup);
}

/* The variants that the fast engine is held against run on the same inputs. */
static void test_variants(void)
{
    static const char *const set[] = {"burundi", "mali2012", "car2013_val3"};
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    for (int i = 0; i < 3; i++) {
        check_rules(set[i], "compat", NAIVE_FLEE_COMPAT);
        check_rules(set[i], "fixed", NAIVE_FLEE_FIXED);
    }
}

static void compare(const struct setup *setup, const struct naive_flee_reference *reference, const char *set, uint32_t seeds)
{
    struct error error = {0};
    size_t cells = (size_t)reference->days * reference->camps;
    double *present = memory_new(seeds * cells, sizeof *present);
    TEST(naive_flee_sample(setup, (struct naive_flee_options){NAIVE_FLEE_COMPAT, NAIVE_FLEE_SERIAL, 1000}, seeds, present, &error) == 0,
         "%s", error.text);
    struct permutation test = permutation_test(present, seeds, reference->present, reference->seeds, cells, 999, 1);
    uint32_t day = (uint32_t)(test.cell / reference->camps), camp = (uint32_t)(test.cell % reference->camps);
    printf("  %s: %u seeds against %u of Flee: largest difference %.2f standard deviations (day %u, camp %u), p %.3f;"
           " mean square %.4f, p %.3f; ratio of deviations %.3f, p %.3f; outside 0.5 to 2 in %zu of %zu cells, p %.3f\n",
           set, seeds, reference->seeds, test.statistic, day, camp, test.p, test.square, test.square_p, test.ratio, test.ratio_p,
           test.out, test.compared, test.out_p);
    TEST(test.p > 0.01 && test.square_p > 0.01, "%s: means differ", set);
    TEST(test.out_p > 0.01, "%s: too many cells with another spread", set);
    TEST(test.ratio > 0.5 && test.ratio < 2 && test.ratio_p > 0.01, "%s: spreads differ", set);
    memory_free(present);
}

static void test_distribution(const char *set, uint32_t seeds)
{
    struct setup setup;
    struct error error = {0};
    struct naive_flee_reference reference = {0};
    if (!naive_flee_reference_exists()) {
        test_skip("no ../shared/flee");
        return;
    }
    setup_init(&setup);
    bool ready = naive_flee_reference_setup(&setup, set, "compat", &error) == 0;
    if (ready) ready = naive_flee_reference_read(&reference, set, &setup, &error) == 0;
    TEST(ready, "%s: %s", set, error.text);
    if (ready) {
        check_created(&setup, &reference);
        compare(&setup, &reference, set, seeds);
    }
    naive_flee_reference_free(&reference);
    setup_free(&setup);
}

static void test_burundi(void) { test_distribution("burundi", 200); }
static void test_mali(void) { test_distribution("mali2012", 200); }

static void test_car(void)
{
    if (getenv("WAYFARE_LONG")) test_distribution("car2013_val3", 100);
    else test_skip("car2013 in distribution: set WAYFARE_LONG");
}

static const struct test_case cases[] = {
    {"deterministic", test_exact},
    {"variants", test_variants},
    {"burundi", test_burundi},
    {"mali2012", test_mali},
    {"car2013 long", test_car},
};
TEST_MAIN(cases)
