/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The protection class: who needs protection stays so, obstacles to return follow the state of the origin up and down, person
   by person and the same in every arm. */
#include "models/protection.h"
#include "sim/calendar.h"
#include "sim/facet.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "tests/test.h"
#include "tests/toy.h"

enum { WAR,
       CALM,
       HOST,
       STATES };
enum { CONFLICT,
       WORK }; /* motives */
enum { UP = 10,
       DOWN = 20 }; /* days on which the share of obstacles in WAR changes */

#define FALLBACK 0.35
#define COLUMN 0.6

static const char *const in_order[] = {"refugee", "other", "obstacle", "none"};
static const double mix[2][4] = {{0.5, 0.3, 0.05, 0.15}, {0.02, 0.08, 0.3, 0.6}}; /* by motive */

static double share_in_war(int32_t day) { return day < UP ? 0.2 : day < DOWN ? 0.8
                                                                             : 0.3; }

static double share_of(uint32_t state, int32_t day) { return state == WAR ? share_in_war(day) : state == CALM ? COLUMN
                                                                                                              : FALLBACK; }

/* ---- a place in each state, where people of two motives begin */

static void add_states(struct toy *toy)
{
    static const char *const state[STATES] = {"War", "Calm", "Host"};
    const double day[] = {0, UP, DOWN}, share[] = {0.2, 0.8, 0.3};
    for (int i = 0; i < STATES; i++) toy_place(toy, state[i], state[i], WORLD_TOWN);
    toy_link(toy, WAR, HOST, 100);
    toy_link(toy, CALM, HOST, 100);
    double *column = world_add_column(toy->setup.world, "obstacle", WORLD_OF_STATES)->value;
    column[WAR] = 0.99; /* the driver goes before it */
    column[CALM] = COLUMN;
    column[HOST] = NAN;
    struct driver *driver = driver_add(&toy->setup.drivers, "obstacle", "1", "share", DRIVER_STATE, DRIVER_STEP, STATES);
    driver_add_series(driver, WAR, 3, day, share);
}

static void add_traits(struct setup *setup, const char *const *label, const double by_motive[2][4])
{
    static const char *const motive[] = {"conflict", "work"};
    trait_add(&setup->traits, "motive", 2, motive, (const double[]){1, 1});
    trait_add(&setup->traits, "protection", 4, label, by_motive[CONFLICT]);
    trait_depend(&setup->traits, 0);
    struct trait *trait = &setup->traits.trait[1];
    trait_add_weights(trait, trait_add_case(trait, WORK), TRAIT_ANYWHERE, 0, by_motive[WORK]);
}

static void fill(struct toy *toy, uint32_t people)
{
    add_states(toy);
    add_traits(&toy->setup, in_order, mix);
    setup_give(&toy->setup, "protection", "obstacle", "0.35", "toy", 0);
    toy_model(toy, &protection);
    toy_model(toy, &toy_lab);
    toy->people = people;
}

static struct sim *open(struct toy *toy, uint32_t people)
{
    toy_init(toy);
    fill(toy, people);
    return toy_open(toy, (struct sim_tuning){.threads = 2});
}

static enum protection_class class_of(const struct sim *sim, uint32_t slot) { return protection_of(sim, sim_state(sim, "protection"), slot); }

static uint32_t origin_of(const struct sim *sim, uint32_t slot) { return person_id_parts(sim->persons.row[slot].id).place; }

static uint32_t drawn(const struct sim *sim, uint32_t slot) { return portrait_value(sim, portrait_find(sim, "protection"), slot); }

/* ---- laws */

static double errors(double seen, double share, double n) { return fabs(seen - share * n) / sqrt(n * share * (1 - share)); }

/* 5 standard errors of the smallest share are less than 2 % of it. */
static void the_share_is_that_of_the_origin_today(void)
{
    enum { PEOPLE = 480000 };
    const int32_t days[] = {UP, UP + 1, DOWN, DOWN + 1};
    struct toy toy;
    struct sim *sim = open(&toy, PEOPLE);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        double candidates[STATES] = {0}, obstacles[STATES] = {0};
        toy_steps(sim, days[i] - sim->day); /* the last day that is done: days[i] - 1 */
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
            enum protection_class class = class_of(sim, slot);
            candidates[origin_of(sim, slot)] += class >= PROTECTION_OBSTACLE;
            obstacles[origin_of(sim, slot)] += class == PROTECTION_OBSTACLE;
        }
        for (uint32_t s = 0; s < STATES; s++) {
            double share = share_of(s, days[i] - 1);
            TEST(errors(obstacles[s], share, candidates[s]) < 5, "day %d, state %u: %g of %g, not %g", days[i] - 1, s, obstacles[s], candidates[s], share);
            TEST(5 * sqrt(share * (1 - share) / candidates[s]) < 0.02 * share, "state %u: %g are too few", s, candidates[s]);
        }
    }
    toy_close(sim);
}

static void the_mix_is_that_of_the_motive(void)
{
    enum { PEOPLE = 40000 };
    double seen[2][3] = {{0}}, n[2] = {0};
    struct toy toy;
    struct sim *sim = open(&toy, PEOPLE);
    toy_steps(sim, 1);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t motive = portrait_value(sim, portrait_find(sim, "motive"), slot);
        enum protection_class class = class_of(sim, slot);
        seen[motive][class < PROTECTION_OBSTACLE ? class : 2]++;
        n[motive]++;
    }
    for (int motive = 0; motive < 2; motive++)
        for (int k = 0; k < 2; k++) TEST(errors(seen[motive][k], mix[motive][k], n[motive]) < 5, "motive %d, %s: %g of %g", motive, in_order[k], seen[motive][k], n[motive]);
    toy_close(sim);
}

/* Need of protection is for life; obstacles come and go in one order of persons. */
static void the_same_people_come_and_go(void)
{
    enum { PEOPLE = 3000 };
    struct toy toy;
    struct sim *sim = open(&toy, PEOPLE);
    uint32_t moved = 0, wrong = 0, count = STATES * PEOPLE;
    enum protection_class *low = memory_new(count, sizeof *low), *high = memory_new(count, sizeof *high);
    toy_steps(sim, UP);
    for (uint32_t slot = 0; slot < count; slot++) low[slot] = class_of(sim, slot);
    toy_steps(sim, DOWN - UP);
    for (uint32_t slot = 0; slot < count; slot++) high[slot] = class_of(sim, slot);
    toy_steps(sim, 1);
    for (uint32_t slot = 0; slot < count; slot++) {
        enum protection_class last = class_of(sim, slot);
        bool war = origin_of(sim, slot) == WAR, stays = low[slot] == high[slot] && high[slot] == last;
        wrong += (!war || drawn(sim, slot) < 2) && !stays;
        wrong += drawn(sim, slot) < 2 ? last != drawn(sim, slot) : last < PROTECTION_OBSTACLE;
        wrong += low[slot] == PROTECTION_OBSTACLE && !(high[slot] == PROTECTION_OBSTACLE && last == PROTECTION_OBSTACLE); /* 0.2 within 0.3 within 0.8 */
        wrong += last == PROTECTION_OBSTACLE && high[slot] != PROTECTION_OBSTACLE;
        moved += high[slot] != last;
    }
    TEST(wrong == 0 && moved > 300, "%u of %u are wrong, %u left the group", wrong, count, moved);
    memory_free(low), memory_free(high);
    toy_close(sim);
}

/* In the other arm people come in another order, with others before them, and go elsewhere. */
static void enter_otherwise(struct sim *sim)
{
    for (uint32_t place = STATES; sim->day == 0 && place-- > 0;) {
        sim_enter(sim, place, 50, (struct person_id_parts){.driver = 2, .place = place}, false);
        sim_enter(sim, place, toy_of(sim)->people, (struct person_id_parts){.driver = 6, .place = place}, false);
    }
}

static void the_same_class_in_every_arm(void)
{
    enum { PEOPLE = 2000 };
    struct toy toy[2];
    struct sim *arm[2] = {open(&toy[0], PEOPLE), NULL};
    toy_init(&toy[1]);
    fill(&toy[1], PEOPLE);
    toy[1].lab.enter = enter_otherwise;
    arm[1] = toy_open(&toy[1], (struct sim_tuning){.threads = 1});
    uint32_t same = 0;
    for (int i = 0; i < 2; i++) toy_steps(arm[i], UP + 3);
    for (uint32_t slot = 0; slot < arm[1]->persons.count; slot++) {
        struct person_id_parts parts = person_id_parts(arm[1]->persons.row[slot].id);
        if (parts.driver != 6) continue;
        uint32_t twin = parts.place * PEOPLE + parts.party; /* the rows of the first arm are in the order of ids */
        TEST(arm[0]->persons.row[twin].id == arm[1]->persons.row[slot].id, "person %u", slot);
        same += class_of(arm[0], twin) == class_of(arm[1], slot);
    }
    TEST(same == STATES * PEOPLE, "%u of %d have the same class", same, STATES * PEOPLE);
    toy_close(arm[0]);
    toy_close(arm[1]);
}

/* ---- the indicator and the facet */

static void go_on_the_way(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    const struct toy_lab *lab = &toy_of(sim)->lab;
    struct person *p = &sim->persons.row[slot];
    wait_end(p, span->wait);
    if (p->id % 7 == 0) sim_die(sim, span->thread, span->phase, slot, 1);
    else if (span->wait == lab->number[1]) sim_go(sim, span->thread, span->phase, slot, HOST);
    else {
        sim_go(sim, span->thread, span->phase, slot, sim->world->first[p->place] | PERSON_ON_LINK);
        wait_begin_day(p, lab->number[1], sim->day + 5);
    }
}

static void set_out(struct sim *sim, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    if (p->place != HOST) wait_begin_day(p, toy_of(sim)->lab.number[0], sim->day + (int32_t)(p->id % 90));
}

/* By its own reckoning, from the table's labels and the address of the draw. */
static bool counts(const struct sim *sim, uint32_t slot, int32_t day)
{
    const struct person *p = &sim->persons.row[slot];
    const char *label = sim->setup->traits.trait[1].label[drawn(sim, slot)];
    double u = rng_uniform(rng_draw(sim->setup->seed, p->id, 27 * 256, 0, 0).word[0]);
    bool abroad = p->place == HOST && origin_of(sim, slot) != HOST; /* both links begin at home */
    return abroad && (!strcmp(label, "obstacle") || !strcmp(label, "none")) && u < share_of(origin_of(sim, slot), day);
}

static double recount(const struct sim *sim, int32_t day)
{
    double people = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) people += !(sim->persons.row[slot].flags & PERSON_DEAD) && counts(sim, slot, day);
    return people * sim->setup->scale;
}

static void fill_travellers(struct toy *toy)
{
    fill(toy, 4000);
    toy->setup.start = calendar_day((struct calendar_date){2016, 2, 10});
    toy->setup.days = 60;
    toy->setup.scale = 2.5;
    toy->lab.waits = 2;
    toy->lab.wait[0] = (struct wait_plan){.name = "leave", .doc = "d"};
    toy->lab.wait[1] = (struct wait_plan){.name = "arrive", .doc = "d", .phase = 1};
    toy->lab.begin = set_out;
    toy->lab.act = go_on_the_way;
}

/* 29 February is day 19, 31 March day 50, the last day 59. */
static void the_indicator_is_a_count_of_people_abroad(void)
{
    struct toy toy;
    toy_init(&toy);
    fill_travellers(&toy);
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 3});
    double expected = NAN;
    int first = -1;
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, "unreturnable_people")) first = i;
    TEST(first >= 0, "no such indicator");
    for (int32_t day = 0; first >= 0 && day < 60; day++) {
        sim_step(sim);
        if (day == 0 || day == 19 || day == 50 || day == 59) expected = recount(sim, day);
        TEST(sim->indicator[first].value == expected, "day %d: %g, not %g", day, sim->indicator[first].value, expected);
    }
    TEST(expected > 1000, "%g people are too few to see anything", expected);
    toy_check(sim, "travellers");
    toy_close(sim);
}

static void threads_do_not_matter(void)
{
    char hex[2][65];
    toy_digest(fill_travellers, (struct sim_tuning){.threads = 1}, 51, hex[0]);
    toy_digest(fill_travellers, (struct sim_tuning){.threads = 4, .chunk = 64}, 51, hex[1]);
    TEST(!strcmp(hex[0], hex[1]), "%s and %s", hex[0], hex[1]);
}

static void the_facet_says_today(void)
{
    struct toy toy;
    struct sim *sim = open(&toy, 500);
    int number = facet_find(sim, "protection");
    const struct facet *facet = &sim->facets.facet[number];
    uint32_t differ = 0, wrong = 0;
    toy_steps(sim, UP + 1);
    TEST(number >= 0 && facet->count == PROTECTION_CLASSES && !strcmp(facet->label[PROTECTION_OBSTACLE], "obstacle"), "facet %d", number);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        wrong += facet->code(sim, facet->state, slot) != (uint32_t)class_of(sim, slot);
        differ += facet->code(sim, facet->state, slot) != drawn(sim, slot);
    }
    TEST(wrong == 0 && differ > 100, "%u wrong, %u another class than the one drawn", wrong, differ);
    toy_close(sim);
}

/* Not named, the model changes nothing: the trait stands as it was drawn. */
static void without_the_model_the_trait_stands(void)
{
    struct toy toy;
    toy_init(&toy);
    add_states(&toy);
    add_traits(&toy.setup, in_order, mix);
    toy_model(&toy, &toy_lab);
    toy.people = 100;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    const struct facet *facet = &sim->facets.facet[facet_find(sim, "protection")];
    toy_steps(sim, 1);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) TEST(facet->code(sim, facet->state, slot) == drawn(sim, slot), "person %u", slot);
    toy_close(sim);
}

/* The numbers of the trait's values are the table's, those of the classes are not. */
static void labels_may_come_in_any_order(void)
{
    static const char *const turned[] = {"none", "obstacle", "other", "refugee"};
    struct toy toy;
    toy_init(&toy);
    add_states(&toy);
    add_traits(&toy.setup, turned, mix);
    toy_model(&toy, &protection);
    toy_model(&toy, &toy_lab);
    toy.people = 1000;
    struct sim *sim = toy_open(&toy, (struct sim_tuning){.threads = 1});
    toy_steps(sim, 1);
    uint32_t seen[PROTECTION_CLASSES] = {0};
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        enum protection_class class = class_of(sim, slot);
        seen[class]++;
        TEST(drawn(sim, slot) < 2 ? class >= PROTECTION_OBSTACLE : class == 3 - drawn(sim, slot), "person %u: %d of %u", slot, class, drawn(sim, slot));
    }
    for (int i = 0; i < PROTECTION_CLASSES; i++) TEST(seen[i] > 50, "class %d: %u", i, seen[i]);
    toy_close(sim);
}

/* ---- refusals */

static void refuse(struct toy *toy, const char *said)
{
    struct error error = {0};
    toy_model(toy, &protection);
    world_finish(toy->setup.world, &error);
    driver_finish(&toy->setup.drivers, &error);
    struct sim *sim = sim_open(&toy->setup, toy->list, (struct sim_tuning){.threads = 1}, &error);
    TEST(!sim && error.status == FAIL_INPUT && strstr(error.text, said), "'%s' is not in: %d %s", said, error.status, error.text);
    setup_free(&toy->setup);
}

static void mistakes_are_named(void)
{
    static const char *const misspelt[] = {"refugee", "other", "obstacles", "none"};
    struct toy toy;
    toy_init(&toy);
    add_states(&toy);
    refuse(&toy, "model protection: expected a trait 'protection'");
    toy_init(&toy);
    add_states(&toy);
    add_traits(&toy.setup, misspelt, mix);
    refuse(&toy, "trait 'protection': expected the values refugee, other, obstacle and none, found 'obstacles' (did you mean 'obstacle'?)");
    toy_init(&toy);
    toy_place(&toy, "Town", "Velmar", WORLD_TOWN);
    add_traits(&toy.setup, in_order, mix);
    world_add_column(toy.setup.world, "obstacle", WORLD_OF_STATES)->value[0] = 1.2;
    refuse(&toy, "obstacle from 0 to 1, found 1.2");
}

static const struct test_case cases[] = {
    {"the share is that of the origin today", the_share_is_that_of_the_origin_today},
    {"the mix is that of the motive", the_mix_is_that_of_the_motive},
    {"the same people come and go", the_same_people_come_and_go},
    {"the same class in every arm", the_same_class_in_every_arm},
    {"the indicator is a count of people abroad", the_indicator_is_a_count_of_people_abroad},
    {"threads do not matter", threads_do_not_matter},
    {"the facet says today", the_facet_says_today},
    {"without the model the trait stands", without_the_model_the_trait_stands},
    {"labels may come in any order", labels_may_come_in_any_order},
    {"mistakes are named", mistakes_are_named},
};
TEST_MAIN(cases)
