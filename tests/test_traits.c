/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traits: who is drawn with what. By hand, in frequency, by party, given another trait, by state; what changes them later;
   what the reader makes of their tables and what it refuses. */
#include "output/checkpoint.h"
#include "scenarios/scenario.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <stdlib.h>

/* ---- a world of four places in two states

   "way" and "mean" are drawn by party, the rest by person. "way" differs by state North and at place B, which is in it;
   "skill" depends on "way": by hand in the tables below. */

enum { A, /* North */
       B, /* North, with weights of its own */
       C, /* South */
       D, /* South */
       PLACES };
enum { WAY,
       SEX,
       AGE,
       SKILL,
       MEANS,
       HOBBY,
       TRAITS };
enum { NORTH,
       SOUTH };
enum { SKILLED,
       DRIVER,
       UNSKILLED };
enum { DAYS = 60,
       PARTY_SIZE = 3,
       AGES = 7,
       HOBBIES = 20 };

static const char *const way_labels[] = {"west", "east", "air"}, *const sex_labels[] = {"female", "male"}, *const skill_labels[] = {"skilled", "driver", "unskilled"},
                         *const means_labels[] = {"poor", "rich"}, *const age_labels[AGES] = {"0", "5", "12", "17", "18", "30", "60"};
static const double way_anywhere[] = {1, 1, 2}, way_north[] = {0, 3, 1}, way_b[] = {1, 0, 0};
static const double sex_weights[] = {0.4, 0.6}, age_weights[AGES] = {1, 2, 3, 4, 2, 6, 2}, age_at_d[AGES] = {1, 1, 1, 1, 0, 0, 0};
static const double skill_rest[] = {1, 1, 1}, skill_rest_north[] = {5, 0, 1}, skill_east[] = {0, 1, 9}, skill_east_south[] = {2, 2, 0}, skill_east_a[] = {0, 7, 3};
static const double means_air[] = {1, 8}, means_rest[] = {4, 1};

static void add_skill(struct trait_set *set)
{
    struct trait *skill = trait_add(set, "skill", 3, skill_labels, skill_rest);
    trait_depend(set, WAY);
    uint32_t east = trait_add_case(skill, 1);
    trait_add_weights(skill, east, TRAIT_PLACE, A, skill_east_a); /* the order of rows does not matter */
    trait_add_weights(skill, 0, TRAIT_STATE, NORTH, skill_rest_north);
    trait_add_weights(skill, east, TRAIT_STATE, SOUTH, skill_east_south);
    trait_add_weights(skill, east, TRAIT_ANYWHERE, 0, skill_east);
}

static void add_traits(struct trait_set *set)
{
    char hobby[HOBBIES][8];
    const char *hobby_labels[HOBBIES];
    double hobby_weights[HOBBIES];
    for (int i = 0; i < HOBBIES; i++) {
        snprintf(hobby[i], sizeof hobby[i], "h%d", i);
        hobby_labels[i] = hobby[i];
        hobby_weights[i] = 1 + i % 3;
    }
    struct trait *way = trait_add(set, "way", 3, way_labels, way_anywhere);
    way->by_party = true;
    trait_add_row(way, B, way_b);
    trait_add_weights(way, 0, TRAIT_STATE, NORTH, way_north);
    trait_add(set, "sex", 2, sex_labels, sex_weights);
    trait_add_row(trait_add(set, "age", AGES, age_labels, age_weights), D, age_at_d);
    add_skill(set);
    struct trait *means = trait_add(set, "means", 2, means_labels, means_rest);
    means->by_party = true;
    trait_depend(set, WAY);
    trait_add_weights(means, trait_add_case(means, 2), TRAIT_ANYWHERE, 0, means_air);
    trait_add(set, "hobby", HOBBIES, hobby_labels, hobby_weights);
}

/* The weights that the tables above mean for somebody who enters here. */
static const double *weights_of(int trait, uint32_t way, uint32_t place)
{
    bool north = place == A || place == B;
    switch (trait) {
    case WAY:
        return place == B ? way_b : north ? way_north
                                          : way_anywhere;
    case SEX:
        return sex_weights;
    case AGE:
        return place == D ? age_at_d : age_weights;
    case SKILL:
        if (way != 1) return north ? skill_rest_north : skill_rest;
        return place == A ? skill_east_a : north ? skill_east
                                                 : skill_east_south;
    case MEANS:
        return way == 2 ? means_air : means_rest;
    default:
        return NULL;
    }
}

static void enter_parties(struct sim *sim)
{
    const struct toy *toy = toy_of(sim);
    for (uint32_t place = 0; sim->day == 3 && place < PLACES; place++)
        for (uint32_t party = 0; party < toy->people; party++) {
            uint32_t slot = sim_enter(sim, place, PARTY_SIZE, (struct person_id_parts){.driver = 2, .place = place, .day = 3, .party = party}, true);
            for (; toy->lab.begin && slot < sim->persons.count; slot++) toy->lab.begin(sim, slot);
        }
}

static void build_plain(struct toy *toy)
{
    static const char *const states[PLACES] = {"North", "North", "South", "South"}, *const names[PLACES] = {"A", "B", "C", "D"};
    for (uint32_t i = 0; i < PLACES; i++) toy_place(toy, names[i], states[i], WORLD_TOWN);
    for (uint32_t i = 0; i < PLACES; i++) toy_links(toy, i, (i + 1) % PLACES, 100);
    add_traits(&toy->setup.traits);
    toy->people = 2000;
    toy->lab.enter = enter_parties;
    toy_model(toy, &toy_lab);
}

static struct sim *open_toy(struct toy *toy, toy_build *build)
{
    toy_init(toy);
    build(toy);
    return toy_open(toy, (struct sim_tuning){.threads = 1});
}

/* ---- counting again */

static const char *const tally_names[TRAITS] = {"present_by_way", "present_by_sex", "present_by_age_group", "present_by_skill", "present_by_means", NULL};

static uint32_t bin_of(const struct sim *sim, int trait, uint32_t slot)
{
    static const uint32_t group[AGES] = {0, 1, 2, 2, 3, 3, 4};
    uint32_t value = portrait_value(sim, trait, slot);
    return trait == AGE ? group[value] : value;
}

static void check_tally(const struct sim *sim, int trait, const char *what)
{
    int tally = tally_find(&sim->tallies, tally_names[trait]);
    uint32_t cells = tally < 0 ? 0 : sim->tallies.tally[tally].cells, bins = cells / PLACES, wrong = 0;
    int64_t *count = memory_new(cells, sizeof *count);
    TEST(cells > 0, "no tally %s", tally_names[trait]);
    for (uint32_t slot = 0; cells && slot < sim->persons.count; slot++)
        if (sim->persons.row[slot].place < PLACES) count[sim->persons.row[slot].place * bins + bin_of(sim, trait, slot)]++;
    for (uint32_t i = 0; i < cells; i++) wrong += count[i] != tally_at(&sim->tallies, tally, i);
    TEST(!wrong, "%s, day %d: %u cells of %s are not what the rows say", what, sim->day, wrong, tally_names[trait]);
    memory_free(count);
}

static void check_tallies(const struct sim *sim, const char *what)
{
    for (int trait = 0; trait < TRAITS; trait++)
        if (tally_names[trait]) check_tally(sim, trait, what);
}

/* ---- draws */

/* Whoever reads the tables by hand finds the same values: address and choice are part of what a run is. */
static uint32_t by_hand(const struct sim *sim, int trait, uint32_t slot)
{
    const struct person *p = &sim->persons.row[slot];
    uint64_t who = trait == WAY || trait == MEANS ? p->party : p->id;
    uint32_t values = sim->setup->traits.trait[trait].values;
    const double *weight = weights_of(trait, trait == WAY ? 0 : by_hand(sim, WAY, slot), p->place);
    struct alias_entry entry[HOBBIES];
    double work[2 * HOBBIES];
    struct rng_block block = rng_draw(sim->setup->seed, who, 32 + (uint32_t)trait, 0, 0);
    alias_build(entry, weight ? weight : sim->setup->traits.trait[trait].fallback, values, work);
    return alias_choose(entry, values, block.word[0], block.word[1]);
}

static void drawn_as_by_hand(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_plain);
    uint32_t wrong = 0;
    toy_steps(sim, 4);
    TEST(sim->persons.count == PLACES * 2000 * PARTY_SIZE, "%u persons", sim->persons.count);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        for (int trait = 0; trait < TRAITS; trait++) wrong += portrait_value(sim, trait, slot) != by_hand(sim, trait, slot);
    TEST(wrong == 0, "%u values", wrong);
    check_tallies(sim, "plain");
    TEST(tally_find(&sim->tallies, "present_by_hobby") < 0, "a trait of 20 values is kept, not counted");
    toy_close(sim);
}

static void members_are_alike(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_plain);
    uint32_t unlike[TRAITS] = {0};
    toy_steps(sim, 4);
    for (uint32_t slot = 1; slot < sim->persons.count; slot++)
        for (int trait = 0; trait < TRAITS && sim->persons.row[slot].party == sim->persons.row[slot - 1].party; trait++)
            unlike[trait] += portrait_value(sim, trait, slot) != portrait_value(sim, trait, slot - 1);
    for (int trait = 0; trait < TRAITS; trait++)
        TEST((unlike[trait] == 0) == (trait == WAY || trait == MEANS), "%s: %u neighbours in a party are unlike", sim->setup->traits.trait[trait].name, unlike[trait]);
    toy_close(sim);
}

/* Heads of parties only, who are independent of each other. way: the value asked for, or any. */
static void check_share(const struct sim *sim, int trait, int64_t way, uint32_t place)
{
    double seen[AGES] = {0}, expected[AGES] = {0}, sum = 0, people = 0;
    uint32_t values = sim->setup->traits.trait[trait].values;
    const double *weight = weights_of(trait, (uint32_t)way, place);
    for (uint32_t slot = 0; slot < sim->persons.count; slot += PARTY_SIZE) {
        bool asked = sim->persons.row[slot].place == place && (way < 0 || portrait_value(sim, WAY, slot) == way);
        if (asked) seen[portrait_value(sim, trait, slot)]++, people++;
    }
    for (uint32_t v = 0; v < values; v++) sum += weight[v];
    for (uint32_t v = 0; v < values; v++) {
        expected[v] = people * weight[v] / sum;
        double error = sqrt(expected[v] * (1 - weight[v] / sum));
        TEST(fabs(seen[v] - expected[v]) <= 5 * error, "%s %u at %u, way %d: %g seen, %g expected", sim->setup->traits.trait[trait].name, v, place, (int)way, seen[v], expected[v]);
    }
    double surprise = people > 0 ? toy_surprise(values, seen, expected) : 0;
    TEST(surprise < 5, "%s at %u, way %d: %g standard errors", sim->setup->traits.trait[trait].name, place, (int)way, surprise);
}

static void build_many(struct toy *toy)
{
    build_plain(toy);
    toy->people = 40000;
}

static void shares_are_the_weights(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_many);
    toy_steps(sim, 4);
    for (uint32_t place = 0; place < PLACES; place++) {
        for (int trait = WAY; trait <= AGE; trait++) check_share(sim, trait, -1, place);
        for (int64_t way = 0; way < 3; way++) {
            check_share(sim, SKILL, way, place);
            check_share(sim, MEANS, way, place);
        }
    }
    toy_close(sim);
}

/* ---- draws without a row */

static void drawn_without_a_row(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_plain);
    uint32_t wrong = 0, unlike = 0, fresh = 0;
    toy_steps(sim, 4);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        for (int trait = 0; trait < TRAITS; trait++) {
            uint32_t value = portrait_value(sim, trait, slot), way = portrait_value(sim, WAY, slot);
            bool by_party = trait == WAY || trait == MEANS;
            wrong += portrait_draw_value(sim, trait, p->place, p->id, 0) != value;
            wrong += portrait_draw_given(sim, trait, way, p->place, p->id, 0) != value;
            unlike += by_party && portrait_draw_value(sim, trait, p->place, p->party, 0) != value;
        }
        fresh += portrait_draw_value(sim, SEX, p->place, p->id, 1) != portrait_value(sim, SEX, slot);
    }
    TEST(wrong == 0 && unlike == 0, "%u values by person, %u by party are not those of the row", wrong, unlike);
    TEST(fabs(fresh - 0.48 * sim->persons.count) < 5 * sqrt(0.48 * 0.52 * sim->persons.count), "%u of %u differ at the next spell", fresh, sim->persons.count);
    toy_close(sim);
}

static void names_and_numbers(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_plain);
    toy_steps(sim, 4);
    TEST(portrait_find(sim, "skill") == SKILL && portrait_find(sim, "skil") == TRAIT_NONE, "find");
    TEST(!strcmp(portrait_label(sim, SKILL, DRIVER), "driver"), "label");
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) TEST(portrait_origin(&sim->persons.row[slot]) == sim->persons.row[slot].place, "slot %u", slot);
    toy_close(sim);
}

/* ---- ages */

static void ages_and_groups(void)
{
    static const struct {
        int years;
        uint32_t group;
    } known[] = {{0, 0}, {4, 0}, {5, 1}, {11, 1}, {12, 2}, {17, 2}, {18, 3}, {59, 3}, {60, 4}, {104, 4}};
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_plain);
    uint32_t wrong = 0;
    toy_steps(sim, 4);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        int years = atoi(portrait_label(sim, AGE, portrait_value(sim, AGE, slot)));
        wrong += portrait_age_years(p, 3) != years || portrait_age_years(p, 3 + 10 * 364) != years + 10 || portrait_age_group(sim, p) != bin_of(sim, AGE, slot);
    }
    TEST(wrong == 0, "%u ages", wrong);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct person p = {.birth = (int16_t)(-52 * known[i].years)};
        TEST(portrait_age_years(&p, 0) == known[i].years && portrait_age_group(sim, &p) == known[i].group, "%d: group %u", known[i].years, portrait_age_group(sim, &p));
    }
    toy_close(sim);
}

static void build_ageless(struct toy *toy)
{
    toy_places(toy, 1);
    toy->people = 5;
    trait_add(&toy->setup.traits, "sex", 2, sex_labels, sex_weights);
    toy_model(toy, &toy_lab);
}

static void without_ages_all_are_adults(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_ageless);
    toy_steps(sim, 1);
    struct person before = sim->persons.row[2];
    portrait_make_adult(sim, 2);
    TEST(!memcmp(&before, &sim->persons.row[2], sizeof before), "nothing to draw");
    TEST(portrait_age_group(sim, &before) == PORTRAIT_AGE_GROUP_ADULT, "%u", portrait_age_group(sim, &before));
    toy_close(sim);
}

/* ---- heads of parties */

/* "school" depends on age, "friend" on school: both follow where the age is drawn again. */
enum { SCHOOL = TRAITS,
       FRIEND };

static void add_followers(struct trait_set *set)
{
    static const char *const labels[] = {"no", "yes"};
    struct trait *school = trait_add(set, "school", 2, labels, (double[]){1, 0});
    trait_depend(set, AGE);
    for (uint32_t age = 1; age <= 3; age++) trait_add_weights(school, trait_add_case(school, age), TRAIT_ANYWHERE, 0, (double[]){0, 1});
    struct trait *friend = trait_add(set, "friend", 2, labels, (double[]){1, 0});
    trait_depend(set, SCHOOL);
    trait_add_weights(friend, trait_add_case(friend, 1), TRAIT_ANYWHERE, 0, (double[]){0, 1});
}

static void begin_head(struct sim *sim, uint32_t slot)
{
    const struct person *p = &sim->persons.row[slot];
    if (p->id == p->party) portrait_make_adult(sim, slot);
}

static void build_heads(struct toy *toy)
{
    build_plain(toy);
    add_followers(&toy->setup.traits);
    toy->people = 20000;
    toy->lab.begin = begin_head;
}

static void heads_are_adults(void)
{
    static const double adult_weights[AGES] = {0, 0, 0, 0, 2, 6, 2};
    struct toy toy, plain_toy;
    struct sim *sim = open_toy(&toy, build_heads);
    toy_steps(sim, 4);
    build_heads((toy_init(&plain_toy), &plain_toy));
    plain_toy.lab.begin = NULL;
    struct sim *plain = toy_open(&plain_toy, (struct sim_tuning){.threads = 1});
    toy_steps(plain, 4);
    double seen[AGES] = {0}, expected[AGES] = {0}, heads = 0;
    uint32_t changed = 0, children = 0, unborn = 0, loose = 0, at_d = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        uint32_t age = portrait_value(sim, AGE, slot), first = portrait_value(plain, AGE, slot);
        bool is_head = slot % PARTY_SIZE == 0, was_adult = first >= 4;
        changed += (!is_head || was_adult) && age != first;
        unborn += portrait_age_years(p, 3) != atoi(age_labels[age]);
        loose += (age >= 1 && age <= 3) != (portrait_value(sim, SCHOOL, slot) == 1) || portrait_value(sim, SCHOOL, slot) != portrait_value(sim, FRIEND, slot);
        if (!is_head) continue;
        if (p->place == D) at_d += age != first;
        else seen[age]++, heads++, children += age < 4;
    }
    for (int v = 0; v < AGES; v++) expected[v] = heads * adult_weights[v] / 10;
    TEST(children == 0 && changed == 0, "%u heads are children, %u who need no other age have one", children, changed);
    TEST(toy_surprise(AGES, seen, expected) < 5, "ages of heads: %g standard errors", toy_surprise(AGES, seen, expected));
    TEST(unborn == 0, "%u births are not those of the age", unborn);
    TEST(loose == 0, "%u have what belongs to another age", loose);
    TEST(at_d == 0, "only children come from D: %u have another age than drawn first", at_d);
    check_tallies(sim, "heads");
    toy_close(plain);
    toy_close(sim);
}

/* ---- changes */

static void begin_given(struct sim *sim, uint32_t slot)
{
    const struct toy *toy = toy_of(sim);
    portrait_give(sim, WAY, slot, toy->context ? 1 : portrait_value(sim, WAY, slot));
}

static void build_given(struct toy *toy)
{
    build_plain(toy);
    toy->lab.begin = begin_given;
}

/* Given the value that was drawn nobody changes; given another, what depends on it is drawn as if it had been drawn. */
static void given_values_carry_over(void)
{
    struct toy toy[3];
    char hex[2][65];
    struct sim *plain = open_toy(&toy[0], build_plain), *same = open_toy(&toy[1], build_given), *east;
    build_given((toy_init(&toy[2]), &toy[2]));
    toy[2].context = &toy[2];
    east = toy_open(&toy[2], (struct sim_tuning){.threads = 1});
    toy_steps(plain, 5), toy_steps(same, 5), toy_steps(east, 5);
    sim_digest(plain, hex[0]), sim_digest(same, hex[1]);
    TEST(!strcmp(hex[0], hex[1]), "given what was drawn");
    uint32_t wrong = 0, others = 0;
    for (uint32_t slot = 0; slot < east->persons.count; slot++) {
        const struct person *p = &east->persons.row[slot];
        wrong += portrait_value(east, WAY, slot) != 1;
        wrong += portrait_value(east, SKILL, slot) != portrait_draw_given(east, SKILL, 1, p->place, p->id, 0);
        wrong += portrait_value(east, MEANS, slot) != portrait_draw_given(east, MEANS, 1, p->place, p->party, 0);
        for (int trait = 0; trait < TRAITS; trait++) others += trait != WAY && trait != SKILL && trait != MEANS && portrait_value(east, trait, slot) != portrait_value(plain, trait, slot);
        others += memcmp(p, &plain->persons.row[slot], sizeof *p) != 0;
    }
    TEST(wrong == 0 && others == 0, "%u values given or depending, %u others", wrong, others);
    check_tallies(east, "given");
    toy_close(plain), toy_close(same), toy_close(east);
}

static void begin_walk(struct sim *sim, uint32_t slot)
{
    begin_head(sim, slot);
    wait_begin_clock(sim, &sim->persons.row[slot], 0);
}

static void go_on(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    struct person *p = &sim->persons.row[slot];
    bool on_link = p->place & PERSON_ON_LINK;
    wait_end(p, 0);
    sim_go(sim, span->thread, span->phase, slot, on_link ? sim->world->link[p->place & ~PERSON_ON_LINK].to : sim->world->first[p->place] | PERSON_ON_LINK);
    if (on_link) wait_begin_clock(sim, p, 0);
    else wait_begin_day(p, 0, sim->day + 2);
}

/* People go round, turn skilled, change sex and age at places and on links, and some die. */
static void walk_on(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    const struct person *p = &sim->persons.row[slot];
    uint32_t turn = p->spell[0] + (uint32_t)(p->id >> 5);
    if (turn % 3 == 0) portrait_set(sim, span->thread, SKILL, slot, SKILLED);
    if (turn % 5 == 0) portrait_set(sim, span->thread, SEX, slot, turn % 2);
    if (turn % 7 == 0) portrait_set(sim, span->thread, AGE, slot, turn % AGES);
    if (turn % 11 == 0) portrait_set(sim, span->thread, HOBBY, slot, turn % HOBBIES);
    if (turn % 37 == 0) sim_die(sim, span->thread, span->phase, slot, 1);
    else go_on(sim, span, slot);
}

static double walk_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy, (void)wait, (void)day;
    return 0.2 + 0.1 * (cell % 3);
}

static void build_walk(struct toy *toy)
{
    build_plain(toy);
    toy->people = 500;
    toy->lab.waits = 1;
    toy->lab.wait[0] = (struct wait_plan){.name = "walk", .over = WAIT_OVER_PLACE};
    toy->lab.rate = walk_rate;
    toy->lab.begin = begin_walk;
    toy->lab.act = walk_on;
}

static void changes_are_counted(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_walk);
    uint32_t on_links = 0, unlike = 0;
    for (int32_t day = 0; day < DAYS; day++) {
        toy_steps(sim, 1);
        if (day % 5 == 0) check_tallies(sim, "walk");
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD) continue;
        on_links += p->place >= PERSON_ON_LINK;
        unlike += p->sex != portrait_value(sim, SEX, slot) + 1;
    }
    TEST(on_links > 100 && unlike == 0, "%u on links, %u whose field is another sex than the trait", on_links, unlike);
    TEST(sim->persons.entered - sim->persons.count + sim->dead > 500, "some die");
    toy_check(sim, "walk");
    toy_close(sim);
}

static void build_uncounted(struct toy *toy)
{
    build_walk(toy);
    toy->setup.traits.trait[SKILL].counted = false;
}

/* No tally of it, and everybody walks and turns as before. */
static void uncounted(void)
{
    struct toy toy, other;
    struct sim *sim = open_toy(&toy, build_walk), *without = open_toy(&other, build_uncounted);
    toy_steps(sim, DAYS);
    toy_steps(without, DAYS);
    TEST(tally_find(&sim->tallies, "present_by_skill") >= 0 && tally_find(&without->tallies, "present_by_skill") < 0, "the tally");
    TEST(facet_find(without, "skill") >= 0, "a facet all the same");
    TEST(sim->persons.count == without->persons.count, "%u and %u persons", sim->persons.count, without->persons.count);
    uint32_t unlike = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        unlike += memcmp(&sim->persons.row[slot], &without->persons.row[slot], sizeof(struct person)) || portrait_value(sim, SKILL, slot) != portrait_value(without, SKILL, slot);
    TEST(unlike == 0, "%u persons are others", unlike);
    for (int trait = 0; trait < TRAITS; trait++)
        if (tally_names[trait] && trait != SKILL) check_tally(without, trait, "uncounted");
    toy_close(sim), toy_close(without);
}

/* Set a while after entering, an age is that of today. */
static void set_today(void)
{
    struct toy toy;
    struct sim *sim = open_toy(&toy, build_plain);
    toy_steps(sim, 200);
    portrait_set(sim, 0, AGE, 7, 5);
    TEST(portrait_age_years(&sim->persons.row[7], 200) == 30 && portrait_age_group(sim, &sim->persons.row[7]) == 3, "%d", portrait_age_years(&sim->persons.row[7], 200));
    toy_close(sim);
}

static void threads_change_nothing(void)
{
    char one[65], four[65];
    toy_digest(build_walk, (struct sim_tuning){.threads = 1}, DAYS, one);
    toy_digest(build_walk, (struct sim_tuning){.threads = 4, .chunk = 100}, DAYS, four);
    TEST(!strcmp(one, four), "%.16s and %.16s", one, four);
    toy_twins("walk", build_walk, DAYS);
}

/* ---- two arms */

static void enter_more(struct sim *sim)
{
    if (sim->day == 1) sim_enter(sim, C, 700, (struct person_id_parts){.driver = 1, .place = C, .day = 1}, false);
    enter_parties(sim);
}

static double hurried_rate(const struct toy *toy, int wait, uint32_t cell, int32_t day) { return 3 * walk_rate(toy, wait, cell, day); }

static void build_base(struct toy *toy)
{
    build_walk(toy);
    toy->lab.act = go_on;
}

/* 700 people come earlier, and everybody hurries. */
static void build_arm(struct toy *toy)
{
    build_base(toy);
    toy->lab.enter = enter_more;
    toy->lab.rate = hurried_rate;
}

static void same_person_same_traits(void)
{
    struct toy toy[2];
    struct sim *base = open_toy(&toy[0], build_base), *arm = open_toy(&toy[1], build_arm);
    uint32_t unlike = 0, elsewhere = 0, shift = 700;
    toy_steps(base, 30), toy_steps(arm, 30);
    TEST(arm->persons.count == base->persons.count + shift, "%u and %u", base->persons.count, arm->persons.count);
    for (uint32_t slot = 0; slot < base->persons.count; slot++) {
        const struct person *p = &base->persons.row[slot], *q = &arm->persons.row[slot + shift];
        elsewhere += p->place != q->place;
        unlike += p->id != q->id || p->birth != q->birth || p->sex != q->sex;
        for (int trait = 0; trait < TRAITS; trait++) unlike += portrait_value(base, trait, slot) != portrait_value(arm, trait, slot + shift);
    }
    TEST(unlike == 0 && elsewhere > 1000, "%u are somebody else, %u are elsewhere", unlike, elsewhere);
    toy_close(base), toy_close(arm);
}

/* ---- from a checkpoint */

static void resumed(void)
{
    struct scratch scratch = scratch_open();
    struct toy toy[2];
    struct error error = {0};
    static const char *const command[] = {"wayfare", NULL};
    struct writer_plan plan = {.command = command};
    char hex[2][65];
    struct sim *whole = open_toy(&toy[0], build_walk), *rest = open_toy(&toy[1], build_walk);
    toy_steps(whole, 20);
    TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 0, &error) == 0 && checkpoint_load(rest, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
    toy_steps(whole, 20), toy_steps(rest, 20);
    sim_digest(whole, hex[0]), sim_digest(rest, hex[1]);
    TEST(!strcmp(hex[0], hex[1]), "%.16s and %.16s", hex[0], hex[1]);
    check_tallies(rest, "resumed");
    toy_close(whole), toy_close(rest);
    scratch_close(&scratch);
}

/* ---- the reader */

struct file {
    const char *name, *text;
};

static const struct file base_files[] = {
    {"scenario.cfg",
     "title = \"Traits\"; start = \"2020-01-01\"; days = 30;\n"
     "world = { places = \"places.csv\"; };\n"
     "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\n"
     "traits = (\n"
     "  { name = \"class\"; file = \"class.csv\"; per = \"party\"; },\n"
     "  { name = \"age\"; file = \"age.csv\"; per = \"person\"; },\n"
     "  { name = \"skill\"; file = \"skill.csv\"; given = \"class\"; count = false; },\n"
     "  { name = \"ties\"; file = \"ties.csv\"; per = \"party\"; given = \"class\"; }\n"
     ");\n"
     "models = ( { name = \"arrivals\"; party_size = 2; } );\n"},
    {"places.csv", "name,state,latitude,longitude,kind\nAlba,Northland,1,1,town\nBora,Northland,1,2,town\nCeta,Southland,2,2,town\nTwin,Twin,3,3,town\nSide,Twin,3,4,town\n"},
    {"arrivals.csv", "day,Alba,Bora,Ceta,Twin,Side\n0,40,40,40,40,40\n"},
    {"class.csv", "value,default,Northland,Alba,Twin\nwest,1,0,5,0\nhorn,2,1,0,0\nsouth,3,1,1,1\n"},
    {"age.csv", "value,default\n7,1\n19,1\n64,1\n"},
    {"skill.csv", "given,value,default,Southland\nhorn,low,3,1\nhorn,high,1,1\n,high,1,0\n,low,1,2\n,none,2,2\nwest,none,1,1\n"},
    {"ties.csv", "given,value,default\nwest,no,1\nwest,yes,1\nhorn,no,1\nsouth,yes,1\n"},
};

static void write_base(const struct scratch *scratch)
{
    for (size_t i = 0; i < sizeof base_files / sizeof *base_files; i++) scratch_write(scratch, base_files[i].name, base_files[i].text);
}

/* Weights by hand of what the files above say. */
static bool row_is(const struct trait *trait, uint32_t in_case, enum trait_over over, uint32_t cell, double a, double b, double c)
{
    for (uint32_t row = 0; row < trait->rows; row++) {
        const double *weight = trait->weight + (size_t)row * trait->values;
        if (trait->in_case[row] == in_case && trait->over[row] == over && trait->place[row] == cell) return weight[0] == a && weight[1] == b && (trait->values < 3 || weight[2] == c);
    }
    return false;
}

static void check_read(const struct trait *trait)
{
    TEST(trait[0].by_party && !trait[1].by_party && !trait[2].by_party && trait[3].by_party, "per");
    TEST(trait[0].counted && trait[1].counted && !trait[2].counted && trait[3].counted, "count");
    TEST(trait[0].given == TRAIT_NONE && trait[2].given == 0 && trait[3].given == 0, "given");
    TEST(trait[0].rows == 3 && row_is(&trait[0], 0, TRAIT_STATE, 0, 0, 1, 1) && row_is(&trait[0], 0, TRAIT_PLACE, 0, 5, 0, 1), "a state and a place of it");
    TEST(row_is(&trait[0], 0, TRAIT_PLACE, 3, 0, 0, 1), "a name of both is the place");
    const struct trait *skill = &trait[2], *ties = &trait[3];
    TEST(skill->values == 3 && !strcmp(skill->label[0], "low") && !strcmp(skill->label[2], "none"), "labels in order of appearance");
    TEST(skill->cases == 3 && skill->case_of[0] && skill->case_of[1] && !skill->case_of[2] && skill->case_of[0] != skill->case_of[1], "cases");
    TEST(skill->fallback[0] == 1 && skill->fallback[1] == 1 && skill->fallback[2] == 2 && row_is(skill, 0, TRAIT_STATE, 1, 2, 0, 2), "the rest");
    TEST(row_is(skill, skill->case_of[1], TRAIT_ANYWHERE, 0, 3, 1, 0) && row_is(skill, skill->case_of[1], TRAIT_STATE, 1, 1, 1, 0), "horn");
    TEST(row_is(skill, skill->case_of[0], TRAIT_ANYWHERE, 0, 0, 0, 1) && skill->rows == 5, "west; %u rows", skill->rows);
    TEST(ties->cases == 4 && row_is(ties, ties->case_of[1], TRAIT_ANYWHERE, 0, 1, 0, 0), "ties of every class, none left over");
}

/* Each person has what the tables allow. */
static void check_people(const struct sim *sim)
{
    uint32_t wrong = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        uint32_t class = portrait_value(sim, 0, slot), skill = portrait_value(sim, 2, slot), ties = portrait_value(sim, 3, slot);
        uint32_t origin = portrait_origin(&sim->persons.row[slot]);
        wrong += origin == 0 ? class == 1 : origin == 1 ? class == 0
                                        : origin == 3   ? class != 2
                                                        : 0;
        wrong += class == 0 && skill != 2;
        wrong += class == 1 && skill == 2;
        wrong += class == 2 && skill == 1 && origin == 2;
        wrong += (class == 1 && ties != 0) || (class == 2 && ties != 1);
    }
    TEST(sim->persons.count > 5000 && wrong == 0, "%u wrong values of %u persons", wrong, sim->persons.count);
}

static void read_from_files(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    struct error error = {0};
    write_base(&scratch);
    setup_init(&setup);
    TEST(!scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error), "%s", error.text);
    struct sim *sim = error.status ? NULL : sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    TEST(sim, "%s", error.text);
    if (sim) {
        check_read(setup.traits.trait);
        toy_steps(sim, setup.days);
        check_people(sim);
        TEST(!sim_audit(sim, &error), "%s", error.text);
    }
    sim_close(sim);
    setup_free(&setup);
    scratch_close(&scratch);
}

/* One edit of one file, and what the message must hold. */
struct variant {
    const char *file, *old, *new, *expected[3];
};

static const struct variant variants[] = {
    {"scenario.cfg", "per = \"person\"", "per = \"persn\"", {"scenario.cfg:6: per: expected one of person, party", "did you mean 'person'?"}},
    {"scenario.cfg", "per = \"person\"", "per = \"party\"", {"scenario.cfg:6:", "an age is a person's", "found \"party\""}},
    {"scenario.cfg", "per = \"person\"", "per = 3", {"scenario.cfg:6:", "expected a text"}},
    {"scenario.cfg", "per = \"person\"", "pre = \"person\"", {"scenario.cfg:6:", "unknown setting", "did you mean 'per'?"}},
    {"scenario.cfg", "count = false", "count = 0", {"scenario.cfg:7:", "count", "expected"}},
    {"scenario.cfg", "csv\"; given = \"class\"", "csv\"; given = \"clas\"", {"scenario.cfg:7:", "there is no trait 'clas' before this one", "did you mean 'class'?"}},
    {"scenario.cfg", "csv\"; given = \"class\"", "csv\"; given = \"ties\"", {"scenario.cfg:7:", "no trait 'ties' before this one"}},
    {"scenario.cfg", "csv\"; given = \"class\"", "csv\"; given = \"skill\"", {"scenario.cfg:7:", "no trait 'skill' before this one"}},
    {"scenario.cfg", "\"party\"; given = \"class\"", "\"party\"; given = \"skill\"", {"scenario.cfg:8:", "'ties' is drawn by party", "'skill', which is drawn by person"}},
    {"scenario.cfg", "csv\"; given = \"class\";", "csv\";", {"skill.csv:1: column 'given'", "given = \"...\" of the trait 'skill'"}},
    {"scenario.cfg", "name = \"ties\"", "name = \"skill\"", {"scenario.cfg:8:", "there is already a trait 'skill'"}},
    {"scenario.cfg", "name = \"ties\"", "name = \"state\"", {"scenario.cfg:8:", "'state' is a dimension of the results"}},
    {"scenario.cfg", "name = \"ties\"", "name = \"month\"", {"scenario.cfg:8:", "'month' is a dimension of the results"}},
    {"skill.csv", "given,value", "givn,value", {"skill.csv:1:", "expected a column 'given'", "did you mean 'givn'?"}},
    {"skill.csv", "horn,low", "hron,low", {"skill.csv:2:", "the trait 'class' has no value 'hron'", "did you mean 'horn'?"}},
    {"skill.csv", "horn,high", "horn,low", {"skill.csv:3:", "value 'low' given 'horn' is there already, on line 2"}},
    {"skill.csv", ",high,1,0", ",low,1,0", {"skill.csv:5:", "value 'low' is there already, on line 4"}},
    {"skill.csv", "west,none,1,1", "west,none,1,0", {"skill.csv:7:", "column 'Southland': the weights given 'west' are all 0"}},
    {"skill.csv", ",high,1,0", ",high,-1,0", {"skill.csv:4:", "'default'", "negative"}},
    {"skill.csv", "horn,high,1,1", "horn,high,1", {"skill.csv:3:", "Southland"}},
    {"ties.csv", "south,yes,1\n", "", {"ties.csv:", "no row is given 'south' of the trait 'class'", "blank 'given'"}},
    {"class.csv", "Northland", "Nothland", {"class.csv:1:", "there is no place or state 'Nothland'", "did you mean 'Northland'?"}},
    {"class.csv", "Alba", "Alab", {"class.csv:1:", "there is no place or state 'Alab'", "did you mean 'Alba'?"}},
    {"class.csv", "Northland,Alba", "Alba,Alba", {"class.csv:1:", "named twice"}},
    {"class.csv", "horn,2,1,0,0\nsouth,3,1,1,1", "horn,2,0,0,0\nsouth,3,0,1,1", {"class.csv:1:", "column 'Northland': the weights are all 0"}},
    {"age.csv", "19,1", "19+,1", {"age.csv:3:", "expected an age in whole years from 0 to 120", "'19+'"}},
    {"age.csv", "64,1", "164,1", {"age.csv:4:", "expected an age", "'164'"}},
};

static void try_variant(const struct variant *v)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    struct setup setup;
    write_base(&scratch);
    scratch_edit(&scratch, v->file, v->old, v->new);
    setup_init(&setup);
    TEST(scenario_read(&setup, scratch_path(&scratch, "scenario.cfg"), &error) == -1 && error.status == FAIL_INPUT, "%s: %s: status %d", v->file, v->new, (int)error.status);
    for (int i = 0; i < 3 && v->expected[i]; i++) TEST(strstr(error.text, v->expected[i]), "%s: '%s' is not in '%s'", v->new, v->expected[i], error.text);
    setup_free(&setup);
    scratch_close(&scratch);
}

static void refused(void)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) try_variant(&variants[i]);
}

static const struct test_case cases[] = {
    {"drawn as by hand", drawn_as_by_hand},
    {"members are alike", members_are_alike},
    {"shares are the weights", shares_are_the_weights},
    {"drawn without a row", drawn_without_a_row},
    {"names and numbers", names_and_numbers},
    {"ages and groups", ages_and_groups},
    {"without ages all are adults", without_ages_all_are_adults},
    {"heads are adults", heads_are_adults},
    {"given values carry over", given_values_carry_over},
    {"changes are counted", changes_are_counted},
    {"uncounted", uncounted},
    {"set today", set_today},
    {"threads change nothing", threads_change_nothing},
    {"same person, same traits", same_person_same_traits},
    {"resumed", resumed},
    {"read from files", read_from_files},
    {"refused", refused},
};
TEST_MAIN(cases)
