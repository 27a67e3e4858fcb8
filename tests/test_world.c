/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/memory.h"
#include "sim/world.h"
#include "tests/test.h"
#include <stdlib.h>

static uint32_t next_random(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((*state >> 32) * below) >> 32);
}

static uint32_t add_place(struct world *world, const char *name, const char *state)
{
    char text[64];
    snprintf(text, sizeof text, "%s", name);
    uint32_t number = world_state(world, state);
    uint32_t place = world_add_place(world, (struct world_place){.name = text, .state = number, .kind = WORLD_TOWN});
    memset(text, '#', sizeof text); /* the world keeps a copy */
    return place;
}

static void add_link(struct world *world, uint32_t from, uint32_t to, double km)
{
    world_add_link(world, (struct world_link){.from = from, .to = to, .km = km});
}

static void add_event(struct world *world, int32_t day, enum world_target target, uint32_t a, uint32_t b, bool closes)
{
    world_add_event(world, (struct world_event){.day = day, .target = target, .a = a, .b = b, .closes = closes});
}

/* A (Niger) - B (Niger) - C (Mali) - D (Mali), both ways, and a second way A -> C. */
enum { A,
       B,
       C,
       D };
static struct world *new_line(bool last_word)
{
    struct world *world = world_new();
    world->last_word = last_word;
    add_place(world, "A", "Niger");
    add_place(world, "B", "Niger");
    add_place(world, "C", "Mali");
    add_place(world, "D", "Mali");
    for (uint32_t p = 0; p < 3; p++) {
        add_link(world, p, p + 1, 10 * p + 10);
        add_link(world, p + 1, p, 10 * p + 10);
    }
    add_link(world, A, C, 25);
    return world;
}

static struct world *finished(struct world *world)
{
    struct error error = {0};
    TEST(world_finish(world, &error) == 0, "'%s'", error.text);
    return world;
}

static const struct world_link *link_of(const struct world *world, uint32_t from, uint32_t to)
{
    return &world->link[world_find_link(world, from, to)];
}

static void links_are_rows_in_the_order_given(void)
{
    uint64_t state = 3;
    enum { PLACES = 40,
           LINKS = 400 };
    struct world *world = world_new();
    for (int i = 0; i < PLACES; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        add_place(world, name, "S");
    }
    for (uint32_t i = 0; i < LINKS; i++) {
        struct world_link link = {.from = next_random(&state, PLACES), .km = i, .mode = (enum world_mode)(i % WORLD_MODES)};
        link.to = next_random(&state, PLACES);
        world_add_link(world, link);
    }
    finished(world);
    TEST(world->first[0] == 0 && world->first[PLACES] == LINKS, "rows cover all links");
    bool seen[LINKS] = {false};
    for (uint32_t p = 0; p < PLACES; p++)
        for (uint32_t i = world->first[p]; i < world->first[p + 1]; i++) {
            TEST(world->link[i].from == p && world->link[i].open && world->link[i].closed_on == -1, "link %u", i);
            TEST(i == world->first[p] || world->link[i].km > world->link[i - 1].km, "the order given, link %u", i);
            TEST(world->link[i].mode == (enum world_mode)((int)world->link[i].km % WORLD_MODES), "the mode goes with link %u", i);
            seen[(int)world->link[i].km] = true;
        }
    for (int i = 0; i < LINKS; i++) TEST(seen[i], "link %d is lost", i);
    world_free(world);
}

static void columns_follow_their_links(void)
{
    struct world *world = new_line(false);
    struct world_column *column = world_add_column(world, "toll", WORLD_OF_LINKS);
    for (uint32_t i = 0; i < world->links; i++) column->value[i] = world->link[i].km * 1000 + world->link[i].to;
    world_add_column(world, "toll", WORLD_OF_PLACES)->value[C] = 7;
    world_add_column(world, "toll", WORLD_OF_STATES)->value[1] = 5;
    column = world_add_column(world, "blank", WORLD_OF_LINKS);
    TEST(world_add_column(world, "blank", WORLD_OF_LINKS) == column && world->columns == 4, "found, not added twice");
    TEST(world_add_column(world, "toll", WORLD_OF_STATES)->value[1] == 5 && world->columns == 4, "asked for again, as it was");
    finished(world);
    const double *toll = world_values(world, "toll", WORLD_OF_LINKS), *blank = world_values(world, "blank", WORLD_OF_LINKS);
    for (uint32_t i = 0; i < world->links; i++) TEST(toll[i] == world->link[i].km * 1000 + world->link[i].to && isnan(blank[i]),
                                                     "link %u: %g", i, toll[i]);
    const double *places = world_values(world, "toll", WORLD_OF_PLACES), *states = world_values(world, "toll", WORLD_OF_STATES);
    TEST(places[C] == 7 && isnan(places[A]), "columns of places stay");
    TEST(states[world_find_state(world, "Mali")] == 5 && isnan(states[world_find_state(world, "Niger")]), "and those of states");
    TEST(world_values(world, "blank", WORLD_OF_PLACES) == NULL && world_values(world, "blank", WORLD_OF_STATES) == NULL, "no such column");
    TEST(world_values(world, "none", WORLD_OF_LINKS) == NULL, "no such column");
    world_free(world);
}

static int count_words(const char *const *words)
{
    int count = 0;
    for (; words[count]; count++)
        for (int i = 0; i < count; i++) TEST(strcmp(words[i], words[count]) != 0, "'%s' stands for two things", words[i]);
    return count;
}

/* Readers and results name bits and numbers by the place of a word in its list. */
static void words_stand_for_bits(void)
{
    TEST(1u << (count_words(world_kind_words) - 1) == WORLD_DETENTION, "a word for each kind");
    TEST(1u << (count_words(world_role_words) - 1) == WORLD_DESTINATION, "a word for each role");
    TEST(count_words(world_mode_words) == WORLD_MODES, "a word for each mode");
    TEST(!strcmp(world_mode_words[WORLD_SEA], "sea") && !strcmp(world_mode_words[0], "road"), "in their order");
    TEST(!strcmp(world_kind_words[8], "border") && WORLD_BORDER_POINT == 1 << 8 && !strcmp(world_kind_words[2], "idp_camp"), "in their order");
    TEST(!strcmp(world_role_words[1], "transit") && WORLD_TRANSIT == 2, "in their order");
}

static void names_are_found(void)
{
    struct world *world = world_new();
    TEST(world_find_place(world, "p0") == WORLD_NOWHERE && world_find_state(world, "s0") == WORLD_NOWHERE, "an empty world");
    for (int i = 0; i < 5000; i++) {
        char name[16], state[16];
        snprintf(name, sizeof name, "p%d", i);
        snprintf(state, sizeof state, "s%d", i % 300);
        uint32_t place = add_place(world, name, state);
        if (i < 300) TEST(world->role[world->place[place].state] == 0, "a new state has no role");
        if (i < 300) world->role[i] = (uint32_t)i % 8;
    }
    finished(world);
    for (uint32_t i = 0; i < 300; i++) TEST(world->role[i] == i % 8, "the role of state %u", i);
    TEST(world->states == 300, "%u states", world->states);
    for (uint32_t i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        TEST(world_find_place(world, name) == i && world->place[i].state == i % 300, "%s", name);
    }
    TEST(world_find_place(world, "p5000") == WORLD_NOWHERE && world_find_place(world, "") == WORLD_NOWHERE, "unknown");
    TEST(world_find_state(world, "s299") == 299 && world_find_state(world, "s300") == WORLD_NOWHERE, "states");
    world_free(world);
}

static int build_spoilt(struct world *world, int which)
{
    double bad = which == 2 ? -1 : NAN;
    switch (which) {
    case 0:
        add_place(world, "B", "Mali");
        return 1;
    case 1:
    case 2:
        add_link(world, A, D, bad);
        return 1;
    case 3:
        world->place[B].latitude = 91;
        return 1;
    case 4:
        world->place[B].population = -5;
        return 1;
    case 5:
        world->place[B].capacity = -1;
        return 1;
    case 6:
        add_event(world, 3, WORLD_LINK, A, D, true);
        return 1;
    case 7:
        add_event(world, 3, WORLD_REDIRECT, D, B, true);
        return 1;
    case 8:
        world->place[B].longitude = -180.5;
        return 1;
    default:
        return 0;
    }
}

static void bad_worlds_are_refused(void)
{
    static const char *const expected[] = {"two places are named 'B'", "link 'A' to 'D'", "found -1", "found 91", "population", "capacity",
                                           "link from 'A' to 'D'", "link from 'D' to 'B'", "-180.5"};
    for (int i = 0;; i++) {
        struct world *world = new_line(false);
        struct error error = {0};
        int spoilt = build_spoilt(world, i);
        if (spoilt) TEST(world_finish(world, &error) == -1 && error.status == FAIL_INPUT && strstr(error.text, expected[i]),
                         "case %d: '%s'", i, error.text);
        world_free(world);
        if (!spoilt) break;
    }
    world_free(NULL);
    struct world *empty = finished(world_new());
    TEST(world_day(empty, 0) == 0, "a world without places");
    world_free(empty);
}

static void a_link_closes_one_way(void)
{
    struct world *world = new_line(false);
    add_link(world, A, B, 99); /* beside the other */
    add_event(world, 2, WORLD_LINK, A, B, true);
    finished(world);
    TEST(world_day(world, 0) == 0 && world_day(world, 1) == 0 && link_of(world, A, B)->open, "not before its day");
    TEST(world_day(world, 2) == 1, "one event");
    int closed = 0;
    for (uint32_t i = 0; i < world->links; i++) {
        const struct world_link *link = &world->link[i];
        closed += !link->open;
        TEST(link->open == !(link->from == A && link->to == B) && link->closed_on == (link->open ? -1 : 2), "link %u", i);
    }
    TEST(closed == 2, "both links from A to B: %d", closed);
    world_free(world);
}

static void a_place_closes_all_its_links(void)
{
    struct world *world = new_line(false);
    add_link(world, C, C, 1);
    add_event(world, 1, WORLD_PLACE, C, 0, true);
    add_event(world, 2, WORLD_PLACE, C, 0, false);
    finished(world);
    world_day(world, 1);
    for (uint32_t i = 0; i < world->links; i++) {
        bool touches = world->link[i].from == C || world->link[i].to == C;
        TEST(world->link[i].open == !touches && world->link[i].closures == touches, "link %u: %d closures", i, world->link[i].closures);
    }
    world_day(world, 2);
    for (uint32_t i = 0; i < world->links; i++) TEST(world->link[i].open && world->link[i].closures == 0, "link %u", i);
    world_free(world);
}

static void a_border_closes_both_ways(void)
{
    struct world *world = new_line(false);
    add_place(world, "E", "Chad");
    add_link(world, 4, C, 5);
    add_event(world, 1, WORLD_BORDER, world_state(world, "Mali"), world_state(world, "Niger"), true);
    finished(world);
    world_day(world, 1);
    for (uint32_t i = 0; i < world->links; i++) {
        uint32_t from = world->link[i].from, to = world->link[i].to;
        bool crosses = (from <= B && (to == C || to == D)) || (to <= B && (from == C || from == D));
        TEST(world->link[i].open == !crosses, "link %u to %u", from, to);
    }
    world_free(world);
}

static void overlapping_closures(void)
{
    for (int last_word = 0; last_word < 2; last_word++) {
        struct world *world = new_line(last_word);
        add_event(world, 1, WORLD_LINK, B, C, true);
        add_event(world, 3, WORLD_PLACE, C, 0, true);
        add_event(world, 5, WORLD_LINK, B, C, false);
        add_event(world, 7, WORLD_PLACE, C, 0, false);
        add_event(world, 9, WORLD_PLACE, C, 0, false); /* nothing to end */
        add_event(world, 11, WORLD_LINK, B, C, true);
        finished(world);
        const struct world_link *link = link_of(world, B, C);
        for (int32_t day = 0; day < 13; day++) {
            world_day(world, day);
            bool open = day < 1 || (day >= (last_word ? 5 : 7) && day < 11);
            int32_t closed_on = day < 1 ? -1 : day < 11 ? 1
                                                        : 11;
            TEST(link->open == open && link->closed_on == closed_on, "mode %d, day %d: open %d, closed on %d",
                 last_word, day, link->open, link->closed_on);
            TEST(link->open == (link->closures == 0), "open means no closure in force");
        }
        world_free(world);
    }
}

static void events_of_a_day_keep_their_order(void)
{
    struct world *world = new_line(true);
    add_event(world, 4, WORLD_LINK, A, B, false);
    add_event(world, 3, WORLD_LINK, A, B, true);
    add_event(world, 3, WORLD_LINK, B, A, true);
    add_event(world, 3, WORLD_LINK, B, A, false);
    add_event(world, 4, WORLD_LINK, A, B, true);
    add_event(world, -2, WORLD_LINK, C, D, true); /* never */
    finished(world);
    TEST(world_day(world, 0) == 0 && link_of(world, C, D)->open, "a day before the first never comes");
    world_day(world, 1);
    world_day(world, 2);
    TEST(world_day(world, 3) == 3, "three events");
    TEST(!link_of(world, A, B)->open && link_of(world, B, A)->open && link_of(world, B, A)->closed_on == 3, "day 3");
    TEST(world_day(world, 4) == 2 && !link_of(world, A, B)->open && link_of(world, A, B)->closed_on == 4,
         "opened and closed again on day 4");
    world_free(world);
}

static void kinds_and_redirections(void)
{
    struct world *world = new_line(false);
    world_add_event(world, (struct world_event){.day = 2, .target = WORLD_KIND, .a = B, .kind = WORLD_CAMP | WORLD_IDP_CAMP});
    add_event(world, 2, WORLD_REDIRECT, B, C, true);
    add_event(world, 4, WORLD_REDIRECT, B, C, false);
    finished(world);
    world_day(world, 1);
    TEST(world->place[B].kind == WORLD_TOWN && !world->kind_changed[B] && !link_of(world, B, C)->redirected, "day 1");
    world_day(world, 2);
    TEST(world->place[B].kind == (WORLD_CAMP | WORLD_IDP_CAMP) && world->kind_changed[B] && !world->kind_changed[A], "day 2");
    TEST(link_of(world, B, C)->redirected && !link_of(world, C, B)->redirected && link_of(world, B, C)->open, "day 2");
    world_day(world, 3);
    TEST(!world->kind_changed[B] && world->place[B].kind == (WORLD_CAMP | WORLD_IDP_CAMP) && link_of(world, B, C)->redirected, "day 3");
    world_day(world, 4);
    TEST(!link_of(world, B, C)->redirected, "day 4");
    world_rewind(world);
    TEST(world->place[B].kind == WORLD_TOWN && !world->kind_changed[B] && !link_of(world, B, C)->redirected, "rewound");
    world_free(world);
}

enum { PLACES = 12,
       STATES = 3,
       LINKS = 60,
       EVENTS = 80,
       DAYS = 30 };

static struct world_event random_event(const struct world *world, uint64_t *state)
{
    static const enum world_target targets[] = {WORLD_LINK, WORLD_PLACE, WORLD_BORDER, WORLD_KIND, WORLD_REDIRECT};
    struct world_event event = {.day = (int32_t)next_random(state, DAYS + 4) - 4};
    event.target = targets[next_random(state, 5)];
    event.closes = next_random(state, 2);
    const struct world_link *link = &world->link[next_random(state, LINKS)];
    bool by_link = event.target == WORLD_LINK || event.target == WORLD_REDIRECT, by_state = event.target == WORLD_BORDER;
    event.a = by_link ? link->from : next_random(state, by_state ? STATES : PLACES);
    event.b = by_link ? link->to : next_random(state, STATES);
    event.kind = next_random(state, 64);
    return event;
}

static struct world *random_world(uint64_t *state, bool last_word)
{
    struct world *world = world_new();
    world->last_word = last_word;
    for (int i = 0; i < PLACES; i++) {
        char name[16], country[16];
        snprintf(name, sizeof name, "p%d", i);
        snprintf(country, sizeof country, "s%d", i % STATES);
        add_place(world, name, country);
    }
    for (int i = 0; i < LINKS; i++) {
        struct world_link link = {.from = next_random(state, PLACES), .km = i};
        link.to = next_random(state, PLACES);
        link.redirected = next_random(state, 4) == 0;
        world_add_link(world, link);
    }
    for (int i = 0; i < EVENTS; i++) world_add_event(world, random_event(world, state));
    return finished(world);
}

static bool concerns(const struct world *world, const struct world_event *event, const struct world_link *link)
{
    uint32_t from = world->place[link->from].state, to = world->place[link->to].state;
    switch (event->target) {
    case WORLD_LINK:
    case WORLD_REDIRECT:
        return link->from == event->a && link->to == event->b;
    case WORLD_PLACE:
        return link->from == event->a || link->to == event->a;
    case WORLD_BORDER:
        return (from == event->a && to == event->b) || (from == event->b && to == event->a);
    default:
        return false;
    }
}

/* One link from the first day on, by the definition. */
static struct world_link naive_link(const struct world *world, const struct world_link *now, bool redirected, int32_t today)
{
    struct world_link link = {.from = now->from, .to = now->to, .km = now->km, .redirected = redirected, .open = true, .closed_on = -1};
    for (int32_t day = 0; day <= today; day++)
        for (uint32_t i = 0; i < world->events; i++) {
            const struct world_event *event = &world->event[i];
            if (event->day != day || !concerns(world, event, &link)) continue;
            if (event->target == WORLD_REDIRECT) {
                link.redirected = event->closes;
                continue;
            }
            int closures = link.closures + (event->closes ? 1 : -1);
            if (!event->closes && world->last_word) closures = 0;
            if (event->closes && link.closures == 0) link.closed_on = day;
            link.closures = (uint16_t)(closures < 0 ? 0 : closures);
            link.open = link.closures == 0;
        }
    return link;
}

static bool same_link(const struct world_link *a, const struct world_link *b)
{
    return a->open == b->open && a->closures == b->closures && a->closed_on == b->closed_on && a->redirected == b->redirected;
}

static void equals_the_naive_twin(void)
{
    uint64_t state = 11;
    for (int round = 0; round < 40; round++) {
        struct world *world = random_world(&state, round % 2);
        bool redirected[LINKS];
        for (int i = 0; i < LINKS; i++) redirected[i] = world->link[i].redirected;
        for (int32_t day = 0; day < DAYS; day++) {
            world_day(world, day);
            for (int i = 0; i < LINKS; i++) {
                struct world_link naive = naive_link(world, &world->link[i], redirected[i], day);
                TEST(same_link(&world->link[i], &naive), "round %d, day %d, link %d", round, day, i);
            }
        }
        world_free(world);
    }
}

/* All that world_day() may change. */
struct snapshot {
    struct world_link link[LINKS];
    uint32_t kind[PLACES];
    bool changed[PLACES];
};

static void take(const struct world *world, struct snapshot *snapshot)
{
    memcpy(snapshot->link, world->link, sizeof snapshot->link);
    for (int i = 0; i < PLACES; i++) snapshot->kind[i] = world->place[i].kind;
    memcpy(snapshot->changed, world->kind_changed, sizeof snapshot->changed);
}

static bool same(const struct world *world, const struct snapshot *snapshot)
{
    bool equal = memcmp(world->kind_changed, snapshot->changed, sizeof snapshot->changed) == 0;
    for (int i = 0; i < LINKS; i++) equal &= same_link(&world->link[i], &snapshot->link[i]);
    for (int i = 0; i < PLACES; i++) equal &= world->place[i].kind == snapshot->kind[i];
    return equal;
}

static void rewound_and_replayed_equals_the_straight_run(void)
{
    uint64_t state = 5;
    static struct snapshot straight[DAYS], start;
    for (int round = 0; round < 10; round++) {
        struct world *world = random_world(&state, round % 2);
        take(world, &start);
        for (int32_t day = 0; day < DAYS; day++) {
            world_day(world, day);
            take(world, &straight[day]);
        }
        for (int32_t until = 0; until < DAYS; until += 7) {
            world_rewind(world);
            TEST(same(world, &start), "round %d: as at the start", round);
            for (int32_t day = 0; day <= until; day++) {
                world_day(world, day);
                TEST(same(world, &straight[day]), "round %d, day %d", round, day);
            }
        }
        world_free(world);
    }
}

static const struct test_case cases[] = {
    {"links_are_rows_in_the_order_given", links_are_rows_in_the_order_given},
    {"columns_follow_their_links", columns_follow_their_links},
    {"words_stand_for_bits", words_stand_for_bits},
    {"names_are_found", names_are_found},
    {"bad_worlds_are_refused", bad_worlds_are_refused},
    {"a_link_closes_one_way", a_link_closes_one_way},
    {"a_place_closes_all_its_links", a_place_closes_all_its_links},
    {"a_border_closes_both_ways", a_border_closes_both_ways},
    {"overlapping_closures", overlapping_closures},
    {"events_of_a_day_keep_their_order", events_of_a_day_keep_their_order},
    {"kinds_and_redirections", kinds_and_redirections},
    {"equals_the_naive_twin", equals_the_naive_twin},
    {"rewound_and_replayed_equals_the_straight_run", rewound_and_replayed_equals_the_straight_run}};

TEST_MAIN(cases)
