/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "person.h"

#include "memory.h"
#include <assert.h>
#include <string.h>

#define FIELD(type, name, count, unit, meaning) {#name, unit, meaning, offsetof(struct person, name), sizeof(type), count},
const struct person_field person_fields[] = {PERSON_FIELDS(FIELD, FIELD){NULL, NULL, NULL, 0, 0, 0}};
#undef FIELD

_Static_assert(sizeof(struct person) == 64, "one person is one cache line");

uint64_t person_id(struct person_id_parts p)
{
    assert(p.driver < 1u << 3 && p.place < PERSON_MOST_PLACES && p.day < PERSON_MOST_DAYS && p.party < PERSON_MOST_PARTIES && p.member < 1u << 5);
    return (uint64_t)p.driver << 60 | (uint64_t)p.place << 42 | (uint64_t)p.day << 27 | (uint64_t)p.party << 5 | p.member;
}

struct person_id_parts person_id_parts(uint64_t id)
{
    return (struct person_id_parts){(uint32_t)(id >> 60), (uint32_t)(id >> 42) & 0x3ffff, (uint32_t)(id >> 27) & 0x7fff, (uint32_t)(id >> 5) & 0x3fffff, (uint32_t)id & 0x1f};
}

void person_part(struct person *p)
{
    p->party = p->id | (uint64_t)1 << 63;
    p->party_group = p->group;
    p->flags |= PERSON_PARTED;
}

/* The finaliser of MurmurHash3, whose low bits depend on every bit of the id. */
uint32_t person_shard(uint64_t id)
{
    id = (id ^ id >> 33) * 0xff51afd7ed558ccdu;
    id = (id ^ id >> 33) * 0xc4ceb9fe1a85ec53u;
    return (uint32_t)(id ^ id >> 33) & (PERSON_SHARDS - 1);
}

int person_column(struct person_store *store, const char *name, const char *unit, const char *doc, size_t size, bool real)
{
    for (int i = 0; i < store->columns; i++)
        if (!strcmp(store->column[i].name, name)) return i;
    int index = store->columns++;
    store->column = memory_grow(store->column, (size_t)index, (size_t)index + 1, sizeof *store->column);
    store->column[index] = (struct person_column){memory_text(name), memory_text(unit), memory_text(doc), size, real, memory_new(store->room, size)};
    return index;
}

void person_reserve(struct person_store *store, uint32_t room)
{
    if (room <= store->room) return;
    store->row = memory_grow(store->row, store->count, room, sizeof *store->row);
    store->place = memory_grow(store->place, store->count, room, sizeof *store->place);
    store->hint = memory_grow(store->hint, store->count, room, sizeof *store->hint);
    for (int i = 0; i < store->columns; i++) store->column[i].data = memory_grow(store->column[i].data, store->count, room, store->column[i].size);
    store->room = room;
}

static void blank(struct person_store *store, uint32_t first, uint32_t count)
{
    memset(store->row + first, 0, count * sizeof *store->row);
    memset(store->hint + first, 255, count);
    for (int i = 0; i < store->columns; i++) memset((char *)store->column[i].data + first * store->column[i].size, 0, count * store->column[i].size);
}

uint32_t person_append(struct person_store *store, uint32_t count)
{
    uint32_t first = store->count;
    if (count == 0) return first;
    if ((uint64_t)first + count > store->room) person_reserve(store, first + count + first / 2 + 1024);
    blank(store, first, count);
    store->count += count;
    return first;
}

static void archive(struct person_store *store, const struct person *p)
{
    if (store->finals == store->finals_room) {
        store->finals_room = store->finals_room * 2 + 64;
        store->final = memory_grow(store->final, store->finals, store->finals_room, sizeof *store->final);
    }
    /* A dead person's first threshold holds the last place, the band the cause: see sim_die(). */
    store->final[store->finals++] = (struct person_final){p->id, p->threshold[0], p->since, p->status, p->band};
}

static void shift(struct person_store *store, uint32_t from, uint32_t to)
{
    if (from == to) return;
    store->row[to] = store->row[from];
    store->place[to] = store->place[from];
    store->hint[to] = store->hint[from];
    for (int i = 0; i < store->columns; i++) {
        struct person_column *c = &store->column[i];
        memcpy((char *)c->data + to * c->size, (char *)c->data + from * c->size, c->size);
    }
}

uint32_t person_compact(struct person_store *store)
{
    uint32_t kept = 0, before = store->count;
    for (uint32_t slot = 0; slot < before; slot++) {
        if (store->row[slot].flags & PERSON_DEAD) archive(store, &store->row[slot]);
        else shift(store, slot, kept++);
    }
    store->count = kept;
    return before - kept;
}

void person_close(struct person_store *store)
{
    for (int i = 0; i < store->columns; i++) {
        struct person_column *c = &store->column[i];
        memory_free(c->name), memory_free(c->unit), memory_free(c->doc), memory_free(c->data);
    }
    memory_free(store->row), memory_free(store->place), memory_free(store->hint);
    memory_free(store->column), memory_free(store->final);
    *store = (struct person_store){0};
}
