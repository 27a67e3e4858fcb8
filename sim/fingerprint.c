/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fingerprint.h"

#include "parallel.h"
#include "sim.h"
#include <string.h>

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * 0x9fb21c651e98df25u;
    return h ^ h >> 32;
}

/* Four lanes side by side, so that a hundred thousand cells cost little beside a day. */
static void mix_words(const uint64_t *word, size_t n, uint64_t lane[4])
{
    for (int k = 0; k < 4; k++) lane[k] = mix(0x243f6a8885a308d3u + (uint64_t)k, n);
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++) lane[k] = mix(lane[k], word[i + (size_t)k]);
    for (; i < n; i++) lane[0] = mix(lane[0], word[i]);
}

void fingerprint_day(struct sim *sim)
{
    uint64_t lane[4];
    mix_words((const uint64_t *)sim->tallies.value, sim->tallies.cells, lane);
    digest_fold(&sim->digest, lane, sizeof lane);
}

/* A copy whose size the compiler knows costs nothing. */
static uint64_t item(const void *at, size_t size)
{
    uint64_t value = 0;
    switch (size) {
    case 1:
        memcpy(&value, at, 1);
        break;
    case 2:
        memcpy(&value, at, 2);
        break;
    case 4:
        memcpy(&value, at, 4);
        break;
    default:
        memcpy(&value, at, sizeof value);
    }
    return value;
}

/* The record has no holes (person.c holds it to 64 bytes), so that its words are its content. */
static uint64_t person_mix(const struct sim *sim, uint32_t slot, uint64_t h)
{
    struct person row = sim->persons.row[slot];
    uint64_t word[sizeof row / 8];
    row.flags &= (uint8_t)~PERSON_SAMPLED; /* who is watched changes nothing */
    memcpy(word, &row, sizeof row);
    for (size_t i = 0; i < sizeof word / 8; i++) h = mix(h, word[i]);
    for (int i = 0; i < sim->persons.columns; i++) {
        const struct person_column *c = &sim->persons.column[i];
        h = mix(h, item((const char *)c->data + slot * c->size, c->size));
    }
    return h;
}

/* Sums over persons do not depend on the order of slots. The dead count by their final row, archived or not. */
static uint64_t final_mix(const struct person_final *f) { return mix(mix(mix(1, f->id), f->place), (uint64_t)f->day << 16 | (uint64_t)f->status << 8 | f->cause); }

static void sum_persons(const struct sim *sim, uint64_t sum[3])
{
    memset(sum, 0, 3 * sizeof *sum);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD) {
            struct person_final f = {p->id, p->threshold[0], p->since, p->status, p->band};
            sum[2] += final_mix(&f);
        } else {
            uint64_t h = person_mix(sim, slot, 0x13198a2e03707344u);
            sum[0] += h;
            sum[1] += mix(h, 0xa4093822299f31d0u);
        }
    }
    for (uint32_t i = 0; i < sim->persons.finals; i++) sum[2] += final_mix(&sim->persons.final[i]);
}

static size_t type_size(enum sim_type type) { return type == SIM_F64 || type == SIM_I64 ? 8 : type == SIM_U8 ? 1
                                                                                                             : 4; }

static void add_clocks(const struct sim *sim, struct digest *digest)
{
    for (int i = 0; i < sim->waits.count; i++) {
        const struct wait_clock *c = &sim->waits.wait[i].clock;
        digest_add(digest, c->sum, c->cells * sizeof *c->sum);
    }
}

void fingerprint_hex(const struct sim *sim, char hex[65])
{
    struct digest digest;
    uint64_t sum[3];
    uint8_t value[32];
    digest_init(&digest);
    digest_add(&digest, sim->digest.value, sizeof sim->digest.value);
    sum_persons(sim, sum);
    digest_add(&digest, sum, sizeof sum);
    for (int i = 0; i < sim->kepts; i++) digest_add(&digest, sim->kept[i].data, sim->kept[i].count * type_size(sim->kept[i].type));
    for (int i = 0; i < sim->indicators; i++) digest_add(&digest, &sim->indicator[i].value, sizeof sim->indicator[i].value);
    add_clocks(sim, &digest);
    digest_end(&digest, value);
    digest_hex(value, hex);
}
