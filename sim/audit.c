/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit.h"

#include "memory.h"
#include "sim.h"
#include <inttypes.h>

static int64_t total(const struct sim *sim, int tally)
{
    const struct tally *t = &sim->tallies.tally[tally];
    int64_t sum = 0;
    for (uint32_t cell = 0; cell < t->cells; cell++) sum += sim->tallies.value[t->offset + cell];
    return sum;
}

static uint32_t count_dead(const struct sim *sim)
{
    uint32_t dead = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) dead += sim->persons.row[slot].flags & PERSON_DEAD;
    return dead;
}

void audit_day(struct sim *sim)
{
    int64_t deaths = total(sim, sim->standard.deaths);
    sim->dead += (uint32_t)deaths;
    int64_t present = total(sim, sim->standard.present), travelling = total(sim, sim->standard.travelling);
    int64_t dead = (int64_t)sim->persons.finals + sim->dead;
    if ((int64_t)sim->persons.entered != present + travelling + dead)
        fail(&sim->error, FAIL_INTERNAL, "day %d: %" PRIu64 " persons entered, but %" PRId64 " are present, %" PRId64 " on the way and %" PRId64 " dead", sim->day, sim->persons.entered, present, travelling, dead);
}

bool audit_hints(const struct sim *sim)
{
    uint8_t today = wait_code(sim->day);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (!(p->flags & PERSON_DEAD) && sim->persons.hint[slot] != today && wait_is_due(sim, p)) return false;
    }
    return true;
}

/* Recount of present and travelling, place by place. */
static int check_counts(const struct sim *sim, int64_t *count, struct error *error)
{
    const struct world *world = sim->world;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->place != sim->persons.place[slot]) return fail(error, FAIL_INTERNAL, "slot %u: the copy of the place is %u, the row says %u", slot, sim->persons.place[slot], p->place);
        if (p->flags & PERSON_DEAD) continue;
        uint32_t cell = p->place & PERSON_ON_LINK ? world->places + (p->place & ~PERSON_ON_LINK) : p->place;
        if (cell >= world->places + world->links) return fail(error, FAIL_INTERNAL, "slot %u stands nowhere: place %u", slot, p->place);
        count[cell]++;
    }
    for (uint32_t i = 0; i < world->places; i++)
        if (count[i] != tally_at(&sim->tallies, sim->standard.present, i))
            return fail(error, FAIL_INTERNAL, "%s: %" PRId64 " persons stand there, the tally says %" PRId64, world->place[i].name, count[i], tally_at(&sim->tallies, sim->standard.present, i));
    for (uint32_t i = 0; i < world->links; i++)
        if (count[world->places + i] != tally_at(&sim->tallies, sim->standard.travelling, i)) return fail(error, FAIL_INTERNAL, "link %u: %" PRId64 " persons are on it, the tally disagrees", i, count[world->places + i]);
    return 0;
}

/* Days from tomorrow-to-be (sim->day) until the hint fires; 255 never. */
static uint32_t hint_days(const struct sim *sim, uint8_t hint) { return hint == WAIT_NEVER ? 255 : (hint + 255u - wait_code(sim->day)) % 255u; }

/* Between days: whoever is due on a known day must have a hint no later. Clocks are checked by the naive run. */
static int check_hints(const struct sim *sim, struct error *error)
{
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        for (int i = 0; i < sim->waits.count; i++) {
            if (wait_kind(p, i) != WAIT_DAY) continue;
            int32_t days = (int32_t)p->threshold[i] - sim->day;
            if (days >= 0 && (uint32_t)days < 255 && hint_days(sim, sim->persons.hint[slot]) > (uint32_t)days)
                return fail(error, FAIL_INTERNAL, "slot %u is due in %d days, its hint says %u", slot, days, hint_days(sim, sim->persons.hint[slot]));
        }
    }
    return 0;
}

int audit_all(const struct sim *sim, struct error *error)
{
    int64_t *count = memory_new((size_t)sim->world->places + sim->world->links, sizeof *count);
    int status = check_counts(sim, count, error);
    memory_free(count);
    if (status) return -1;
    if (sim->persons.entered != (uint64_t)sim->persons.finals + sim->persons.count) return fail(error, FAIL_INTERNAL, "%" PRIu64 " entered, %u rows and %u archived", sim->persons.entered, sim->persons.count, sim->persons.finals);
    if (count_dead(sim) != sim->dead) return fail(error, FAIL_INTERNAL, "%u rows are dead, %u were counted", count_dead(sim), sim->dead);
    return check_hints(sim, error);
}
