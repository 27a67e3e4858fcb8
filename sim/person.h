/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Persons: one 64-byte record each (a cache line), a copy of the place for passes by place, one due-day hint, and cold
   columns that are paid for only when a model asks. One field table drives allocation, checkpoint, digest and manual. */
#ifndef WAYFARE_PERSON_H
#define WAYFARE_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERSON_WAITS 5
#define PERSON_SHARDS 4096
#define PERSON_ON_LINK 0x80000000u /* .place is a link: index | PERSON_ON_LINK */
#define PERSON_GONE UINT32_MAX     /* .place of the dead until they are archived */

/* The field table: X(type, name, 1, unit, meaning), A for arrays. Order gives the record its layout without holes. */
#define PERSON_FIELDS(X, A)                                                                                         \
    X(uint64_t, id, 1, "1", "driver, origin place, cohort day, party and member; the same in every policy arm")     \
    X(uint64_t, party, 1, "1", "id of the family or group; own id for a person alone")                              \
    A(uint32_t, threshold, PERSON_WAITS, "2^-20 or day", "of each wait: clock reading, day, ticket or residual")    \
    X(uint32_t, place, 1, "index", "place, or link with the top bit set")                                           \
    X(uint16_t, since, 1, "day", "day of reaching this place or link")                                              \
    X(int16_t, birth, 1, "weeks", "birth, in weeks from the first day of the run")                                  \
    A(uint16_t, spell, PERSON_WAITS, "1", "of each wait: how many spells have begun")                               \
    X(uint16_t, kinds, 1, "code", "three bits a wait: none, clock, day, ticket, suspended")                         \
    X(uint8_t, group, 1, "code", "hazard class, below 16")                                                          \
    X(uint8_t, status, 1, "code", "legal status")                                                                   \
    X(uint8_t, stage, 1, "code", "stage of the case, number + 1; 0 none")                                           \
    X(uint8_t, placement, 1, "code", "placement while the case is open, number + 1; 0 none")                        \
    X(uint8_t, sex, 1, "code", "0 unknown, 1 female, 2 male")                                                       \
    X(uint8_t, band, 1, "code", "duration band")                                                                    \
    X(uint8_t, flags, 1, "bits", "1 dead, 2 in the keyed sample, 4 parted from the party, 8 in company of a party") \
    X(uint8_t, party_group, 1, "code", "hazard class of the party, the same for every member")

#define PERSON_FIELD(type, name, count, unit, meaning) type name;
#define PERSON_ARRAY(type, name, count, unit, meaning) type name[count];
struct person {
    PERSON_FIELDS(PERSON_FIELD, PERSON_ARRAY)
};
#undef PERSON_FIELD
#undef PERSON_ARRAY

enum person_flag { PERSON_DEAD = 1,
                   PERSON_SAMPLED = 2,
                   PERSON_PARTED = 4,
                   PERSON_IN_COMPANY = 8 }; /* entered in a party of two or more and did not part from it */

/* The same table at run time, ends with name == NULL. */
struct person_field {
    const char *name, *unit, *doc;
    size_t offset, size; /* size of one item */
    int count;
};
extern const struct person_field person_fields[];

/* A cold column: one fixed-size item per person. */
struct person_column {
    char *name, *unit, *doc;
    size_t size; /* of one item: 1, 2, 4 or 8 bytes */
    bool real;   /* float or double, else an unsigned integer */
    void *data;
};

/* The final row of a person who died. */
struct person_final {
    uint64_t id;
    uint32_t place; /* as in struct person */
    uint16_t day;
    uint8_t status, cause;
};

struct person_store {
    uint32_t count, room;
    struct person *row;
    uint32_t *place; /* copy of row[].place */
    uint8_t *hint;   /* due day modulo 255; 255 never. A hint: outside digest and checkpoint */
    struct person_column *column;
    int columns;
    struct person_final *final;
    uint32_t finals, finals_room;
    uint64_t entered;
};

#define PERSON_MOST_PLACES (1u << 18)
#define PERSON_MOST_DAYS (1u << 15)
#define PERSON_MOST_PARTIES (1u << 22)

/* Parts of an id; each part is checked by an assertion against its width. */
struct person_id_parts {
    uint32_t driver; /* 3 bits: which entry; the top bit marks the party of a person who parted */
    uint32_t place;  /* 18 bits: origin */
    uint32_t day;    /* 15 bits: cohort day in the latent pool */
    uint32_t party;  /* 22 bits: number of the party on that day */
    uint32_t member; /* 5 bits */
};
uint64_t person_id(struct person_id_parts parts);
struct person_id_parts person_id_parts(uint64_t id);
/* The person leaves the party and founds a new one, alone. Between wait_take() and wait_put(): the class of shared waits changes. */
void person_part(struct person *p);
uint32_t person_shard(uint64_t id); /* 0 to PERSON_SHARDS - 1, well mixed */

int person_column(struct person_store *store, const char *name, const char *unit, const char *doc, size_t size, bool real); /* finds or adds; returns its index */
/* count new zeroed rows at the end (their waits are none, their hint is never); returns the first slot. */
uint32_t person_append(struct person_store *store, uint32_t count);
void person_reserve(struct person_store *store, uint32_t room); /* at least this many rows without moving */
/* Archive the dead and close the gaps. Moves slots: only between rebuilds of the queues' lists. Returns how many went. */
uint32_t person_compact(struct person_store *store);
void person_close(struct person_store *store);

#endif
