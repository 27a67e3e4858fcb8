/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The person's record, its field table, ids and shards, and the store that grows and closes its gaps. */
#include "sim/memory.h"
#include "sim/person.h"
#include "sim/rng.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <stdlib.h>

/* ---- the record */

/* Every byte of the record belongs to exactly one field of the table. */
static void table_covers_the_record(void)
{
    int owner[sizeof(struct person)] = {0}, fields = 0;
    for (const struct person_field *f = person_fields; f->name; f++, fields++) {
        TEST(f->size > 0 && f->count > 0 && f->unit && *f->unit && f->doc && *f->doc, "field %s", f->name);
        TEST(f->offset % f->size == 0, "field %s is not aligned", f->name);
        for (size_t i = 0; i < f->size * (size_t)f->count; i++) owner[f->offset + i]++;
    }
    TEST(sizeof(struct person) == 64 && fields > 10, "%zu bytes, %d fields", sizeof(struct person), fields);
    for (size_t i = 0; i < sizeof owner / sizeof *owner; i++) TEST(owner[i] == 1, "byte %zu belongs to %d fields", i, owner[i]);
}

static const struct person_field *field(const char *name)
{
    const struct person_field *f = person_fields;
    while (f->name && strcmp(f->name, name) != 0) f++;
    return f;
}

static void table_names_what_is_there(void)
{
    struct person p;
    static const char *const names[] = {"id", "party", "threshold", "place", "since", "spell", "kinds", "group", "stage", "flags"};
    const void *at[] = {&p.id, &p.party, p.threshold, &p.place, &p.since, p.spell, &p.kinds, &p.group, &p.stage, &p.flags};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct person_field *f = field(names[i]);
        TEST(f->name && f->offset == (size_t)((const char *)at[i] - (const char *)&p), "field %s", names[i]);
    }
    TEST(field("threshold")->count == PERSON_WAITS && field("threshold")->size == 4 && field("spell")->count == PERSON_WAITS,
         "one of each wait");
}

/* ---- ids */

static bool same_parts(struct person_id_parts a, struct person_id_parts b)
{
    return a.driver == b.driver && a.place == b.place && a.day == b.day && a.party == b.party && a.member == b.member;
}

static void ids_are_parts(void)
{
    const uint32_t most[5] = {7, PERSON_MOST_PLACES - 1, PERSON_MOST_DAYS - 1, PERSON_MOST_PARTIES - 1, 31};
    for (uint32_t i = 0; i < 20000; i++) {
        struct rng_block a = rng_draw(3, i, 1, 0, 0), b = rng_draw(3, i, 1, 0, 1);
        uint32_t word[5] = {a.word[0], a.word[1], a.word[2], a.word[3], b.word[0]};
        for (int k = 0; k < 5; k++)
            word[k] = i < 1024 ? (i >> 2 * k & 3) == 0 ? 0 : (i >> 2 * k & 3) == 1 ? most[k]
                                                                                   : word[k] & most[k]
                               : word[k] & most[k];
        struct person_id_parts parts = {word[0], word[1], word[2], word[3], word[4]};
        uint64_t id = person_id(parts);
        TEST(same_parts(person_id_parts(id), parts), "id %llx", (unsigned long long)id);
        TEST(person_id(person_id_parts(id)) == id, "id %llx", (unsigned long long)id);
    }
    struct person_id_parts all = {most[0], most[1], most[2], most[3], most[4]};
    TEST(person_id(all) == INT64_MAX && person_id((struct person_id_parts){0}) == 0, "no bit but the top one is left over: %llx",
         (unsigned long long)person_id(all));
}

/* Members of a party differ in the lowest bits only, so that the party's id is the id of its member 0. */
static void members_share_a_party(void)
{
    struct person_id_parts parts = {.driver = 3, .place = 77, .day = 12, .party = 5};
    for (parts.member = 0; parts.member < 32; parts.member++)
        TEST(person_id(parts) == (person_id((struct person_id_parts){3, 77, 12, 5, 0}) | parts.member), "member %u", parts.member);
}

/* Who parts founds a party that nobody else can have: neither another who parts nor anybody who enters. */
static void parting(void)
{
    struct person_id_parts parts = {.driver = 7, .place = 77, .day = 12, .party = 5};
    uint64_t founded[32];
    for (parts.member = 0; parts.member < 32; parts.member++) {
        struct person p = {.id = person_id(parts),
                           .party = person_id((struct person_id_parts){7, 77, 12, 5, 0}),
                           .group = (uint8_t)(parts.member % 16),
                           .party_group = 9,
                           .flags = PERSON_SAMPLED};
        person_part(&p);
        founded[parts.member] = p.party;
        TEST(p.id == person_id(parts) && p.party > INT64_MAX && p.party_group == p.group && p.flags == (PERSON_SAMPLED | PERSON_PARTED),
             "member %u", parts.member);
        for (uint32_t i = 0; i < parts.member; i++) TEST(founded[i] != p.party, "members %u and %u found the same party", i, parts.member);
    }
}

/* ---- shards */

static struct person_id_parts varied(int axis, uint32_t i)
{
    struct person_id_parts parts = {1, 3, 7, 9, 0};
    if (axis == 0) parts.party = i;
    else if (axis == 1) parts.place = i;
    else if (axis == 2) parts.member = i % 32, parts.party = i / 32;
    else parts.day = i % 32768, parts.driver = i / 32768 % 8;
    return parts;
}

/* Whatever part of the id varies, people spread evenly over the shards, and neighbours independently. */
static void shards_are_uniform(void)
{
    enum { N = 200000,
           PAIRS = 4096 };
    static const char *const axis_name[] = {"party", "place", "member", "day"};
    for (int axis = 0; axis < 4; axis++) {
        double *seen = memory_new(PERSON_SHARDS, sizeof *seen), *expected = memory_new(PERSON_SHARDS, sizeof *expected);
        double pairs[PAIRS] = {0}, expected_pairs[PAIRS];
        uint32_t last = 0;
        for (uint32_t i = 0; i < N; i++) {
            uint32_t shard = person_shard(person_id(varied(axis, i)));
            TEST(shard < PERSON_SHARDS, "shard %u", shard);
            seen[shard % PERSON_SHARDS]++;
            pairs[last / 64 * 64 + shard / 64]++;
            last = shard;
        }
        for (int i = 0; i < PERSON_SHARDS; i++) expected[i] = (double)N / PERSON_SHARDS;
        for (int i = 0; i < PAIRS; i++) expected_pairs[i] = (double)N / PAIRS;
        TEST(toy_surprise(PERSON_SHARDS, seen, expected) < 5, "by %s: %.1f standard errors", axis_name[axis],
             toy_surprise(PERSON_SHARDS, seen, expected));
        TEST(toy_surprise(PAIRS, pairs, expected_pairs) < 5, "neighbours by %s: %.1f standard errors", axis_name[axis],
             toy_surprise(PAIRS, pairs, expected_pairs));
        memory_free(seen);
        memory_free(expected);
    }
}

/* ---- the store */

/* What a person should carry, made from its number alone. */
static void fill(struct person_store *store, uint32_t slot, uint32_t number)
{
    struct person *p = &store->row[slot];
    memset(p, (int)(number & 0x7f), sizeof *p);
    p->id = (uint64_t)number * 1000003;
    p->flags = 0;
    p->place = store->place[slot] = number % 97;
    store->hint[slot] = (uint8_t)number;
    ((uint8_t *)store->column[0].data)[slot] = (uint8_t)(number * 7);
    ((uint16_t *)store->column[1].data)[slot] = (uint16_t)(number * 11);
    ((float *)store->column[2].data)[slot] = (float)number / 3;
    ((double *)store->column[3].data)[slot] = (double)number / 7;
}

static bool holds(const struct person_store *store, uint32_t slot, uint32_t number)
{
    struct person_store one = {.column = store->column};
    struct person row, *p = &store->row[slot];
    struct person_column column[4];
    uint32_t place;
    uint8_t hint, c0;
    uint16_t c1;
    float c2;
    double c3;
    void *const data[4] = {&c0, &c1, &c2, &c3};
    for (int i = 0; i < 4; i++) column[i] = store->column[i], column[i].data = data[i];
    one = (struct person_store){.row = &row, .place = &place, .hint = &hint, .column = column};
    fill(&one, 0, number);
    return memcmp(&row, p, sizeof row) == 0 && store->place[slot] == place && store->hint[slot] == hint &&
           ((uint8_t *)store->column[0].data)[slot] == c0 && ((uint16_t *)store->column[1].data)[slot] == c1 &&
           memcmp((float *)store->column[2].data + slot, &c2, sizeof c2) == 0 &&
           memcmp((double *)store->column[3].data + slot, &c3, sizeof c3) == 0;
}

static void add_columns(struct person_store *store, int from, int to)
{
    static const struct {
        const char *name;
        size_t size;
        bool real;
    } column[] = {{"byte", 1, false}, {"word", 2, false}, {"float", 4, true}, {"double", 8, true}};
    for (int i = from; i < to; i++)
        TEST(person_column(store, column[i].name, "1", "of a test", column[i].size, column[i].real) == i, "column %d", i);
}

static bool is_blank(const struct person_store *store, uint32_t slot)
{
    struct person zero;
    memset(&zero, 0, sizeof zero);
    bool blank = memcmp(&zero, &store->row[slot], sizeof zero) == 0 && store->hint[slot] == 255;
    for (int i = 0; i < store->columns; i++)
        for (size_t b = 0; b < store->column[i].size; b++)
            blank = blank && ((char *)store->column[i].data)[slot * store->column[i].size + b] == 0;
    return blank;
}

static void append_keeps(void)
{
    struct person_store store = {0};
    add_columns(&store, 0, 2); /* columns before anybody is there, and after */
    uint32_t first = person_append(&store, 3), numbers = 3;
    add_columns(&store, 2, 4);
    TEST(first == 0 && store.count == 3 && is_blank(&store, 2), "first rows");
    add_columns(&store, 0, 4); /* found, not added */
    TEST(store.columns == 4, "%d columns", store.columns);
    for (uint32_t i = 0; i < 3; i++) fill(&store, i, i);
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t count = round * round % 300;
        first = person_append(&store, count);
        TEST(first == numbers && store.count == numbers + count && store.count <= store.room, "round %u: first %u", round, first);
        for (uint32_t i = 0; i < count; i++) TEST(is_blank(&store, first + i), "slot %u is not blank", first + i);
        for (uint32_t i = 0; i < count; i++) fill(&store, first + i, numbers++);
    }
    const struct person *at = store.row;
    person_reserve(&store, 10);
    TEST(at == store.row, "a smaller reserve moves nothing");
    person_reserve(&store, store.room + 5000);
    at = store.row;
    first = person_append(&store, 5000);
    for (uint32_t i = 0; i < 5000; i++) fill(&store, first + i, numbers++);
    TEST(at == store.row, "what was reserved is there");
    TEST((uintptr_t)store.row % 64 == 0, "a person lies in one cache line");
    for (uint32_t slot = 0; slot < store.count; slot++) TEST(holds(&store, slot, slot), "slot %u", slot);
    person_close(&store);
    TEST(store.row == NULL && store.count == 0, "closed");
    person_close(&store);
}

static bool dies(uint32_t number, uint32_t share) { return rng_draw(8, number, 1, 0, 0).word[0] % 10 < share; }

static void die(struct person_store *store, uint32_t slot, uint32_t number)
{
    struct person *p = &store->row[slot];
    p->flags = PERSON_DEAD | PERSON_SAMPLED;
    p->threshold[0] = number % 97;
    p->since = (uint16_t)(number % 365);
    p->status = (uint8_t)(number % 5);
    p->band = (uint8_t)(number % 9);
    p->place = store->place[slot] = PERSON_GONE;
}

static bool is_final(const struct person_final *f, uint32_t number)
{
    return f->id == (uint64_t)number * 1000003 && f->place == number % 97 && f->day == number % 365 && f->status == number % 5 &&
           f->cause == number % 9;
}

/* The living keep everything and their order; the dead leave a final row each; rows left over are blank again. */
static void compact(uint32_t share)
{
    enum { N = 5000 };
    struct person_store store = {0};
    uint32_t dead = 0, next_living = 0, next_dead = 0;
    add_columns(&store, 0, 4);
    person_append(&store, N);
    for (uint32_t i = 0; i < N; i++) {
        fill(&store, i, i);
        if (dies(i, share)) die(&store, i, i), dead++;
    }
    TEST(person_compact(&store) == dead && store.count == N - dead && store.finals == dead, "%u dead, %u left, %u archived", dead,
         store.count, store.finals);
    for (uint32_t number = 0; number < N; number++) {
        bool dead_now = dies(number, share),
             kept = dead_now ? is_final(&store.final[next_dead++], number) : holds(&store, next_living++, number);
        TEST(kept, "number %u, %s", number, dead_now ? "dead" : "alive");
    }
    TEST(person_compact(&store) == 0 && store.finals == dead, "nobody dies twice");
    uint32_t first = person_append(&store, 200);
    for (uint32_t i = 0; i < 200; i++) TEST(is_blank(&store, first + i), "slot %u is not blank", first + i);
    person_close(&store);
}

static void compact_keeps(void)
{
    compact(0);
    compact(3);
    compact(9);
    compact(10);
}

static const struct test_case cases[] = {
    {"the table covers the record", table_covers_the_record},
    {"the table names what is there", table_names_what_is_there},
    {"ids are parts", ids_are_parts},
    {"members share a party", members_share_a_party},
    {"parting", parting},
    {"shards are uniform", shards_are_uniform},
    {"append keeps everything", append_keeps},
    {"compact keeps everything", compact_keeps},
};
TEST_MAIN(cases)
