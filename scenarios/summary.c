/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"
#include "sim/calendar.h"
#include "sim/sim.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- the run and its map ---- */

static void write_run(const struct setup *setup, FILE *out)
{
    char first[16], last[16];
    calendar_text(setup->start, first);
    calendar_text(setup->start + setup->days - 1, last);
    fprintf(out, "%s: %s\n", setup->name, setup->title ? setup->title : "");
    fprintf(out, "  source      %s, %d files read\n", setup->source ? setup->source : "", setup->inputs);
    fprintf(out, "  days        %" PRId32 ", from %s to %s\n", setup->days, first, last);
    fprintf(out, "  seed        %" PRIu64 "\n", setup->seed);
    fprintf(out, "  scale       %.15g people per simulated person\n", setup->scale);
    fprintf(out, "  sample      %.15g of the persons have their events written\n", setup->sample);
}

enum { WORDS = 32 };

static void count_bits(uint32_t bits, uint32_t count[WORDS])
{
    for (int i = 0; i < WORDS; i++) count[i] += bits >> i & 1;
}

/* How many have each word; of words that nobody has, nothing. */
static void write_counts(const char *const *words, const uint32_t count[WORDS], FILE *out)
{
    const char *before = ": ";
    for (int i = 0; words[i]; i++) {
        if (count[i] == 0) continue;
        fprintf(out, "%s%s %" PRIu32, before, words[i], count[i]);
        before = ", ";
    }
}

static void write_places(const struct world *world, FILE *out)
{
    uint32_t role[WORDS] = {0}, kind[WORDS] = {0};
    for (uint32_t i = 0; i < world->states; i++) count_bits(world->role[i], role);
    for (uint32_t i = 0; i < world->places; i++) count_bits(world->place[i].kind, kind);
    fprintf(out, "  states      %" PRIu32, world->states);
    write_counts(world_role_words, role, out);
    fprintf(out, "\n  places      %" PRIu32, world->places);
    write_counts(world_kind_words, kind, out);
    fputc('\n', out);
}

static void write_links(const struct world *world, FILE *out)
{
    uint32_t mode[WORDS] = {0};
    for (uint32_t i = 0; i < world->links; i++) mode[world->link[i].mode]++;
    fprintf(out, "  links       %" PRIu32 " directed", world->links);
    write_counts(world_mode_words, mode, out);
    fprintf(out, "; %" PRIu32 " changes of the map over time\n", world->events);
}

static double sum_people(const struct world *world, bool capacity)
{
    double sum = 0;
    for (uint32_t i = 0; i < world->places; i++) sum += capacity ? world->place[i].capacity : world->place[i].population;
    return sum;
}

static void write_world(const struct world *world, FILE *out)
{
    write_places(world, out);
    fprintf(out, "  people      %.0f live there; room for %.0f where capacity is limited\n", sum_people(world, false), sum_people(world, true));
    write_links(world, out);
}

/* ---- series, case, policies ---- */

static void write_driver(const struct driver *driver, FILE *out)
{
    static const char *const over[] = {"the world", "places", "states", "links"}, *const method[] = {"step", "linear", "spline"};
    int knots = 0;
    for (uint32_t i = 0; i < driver->series_count; i++) knots += driver->series[i].knots;
    fprintf(out, "  driver      %s [%s] over %s: %u series, %d values, %s\n", driver->name, driver->unit ? driver->unit : "1",
            over[driver->over], driver->series_count, knots, method[driver->method]);
}

static void write_policy(const struct lever_policy *policy, FILE *out)
{
    static const char *const operation[] = {"set to", "multiplied by", "raised by"};
    fprintf(out, "  policy      %s: %s %s %g", policy->name, policy->lever, operation[policy->operation], policy->value);
    if (policy->cell >= 0) fprintf(out, " in cell %" PRId64, policy->cell);
    fprintf(out, ", from day %" PRId32, policy->from);
    if (policy->to >= 0) fprintf(out, " to day %" PRId32, policy->to - 1);
    if (policy->indicator) fprintf(out, ", while %s is %s %g", policy->indicator, policy->below ? "below" : "above", policy->threshold);
    fprintf(out, "\n");
}

static void write_trait(const struct trait_set *traits, const struct trait *trait, FILE *out)
{
    fprintf(out, "  trait       %s: %" PRIu32 " values per %s", trait->name, trait->values, trait->by_party ? "party" : "person");
    if (trait->given != TRAIT_NONE) fprintf(out, ", given %s", traits->trait[trait->given].name);
    fputc('\n', out);
}

static void write_parts(const struct setup *setup, FILE *out)
{
    const struct casegraph *graph = &setup->casegraph;
    const struct trait_set *traits = &setup->traits;
    for (uint32_t i = 0; i < setup->drivers.count; i++) write_driver(setup->drivers.driver[i], out);
    if (setup->observed) fprintf(out, "  observed    %s\n", setup->observed);
    for (uint32_t i = 0; i < traits->count; i++) write_trait(traits, &traits->trait[i], out);
    if (graph->stages) fprintf(out, "  case        %d stages, %d placements, %d services\n", graph->stages, graph->placements,
                               graph->services);
    for (uint32_t i = 0; i < setup->levers.policies; i++) write_policy(&setup->levers.policy[i], out);
}

/* ---- size ---- */

/* People in a series that says how many there are (the most on any day) or how many come (the sum); NaN without one. */
static double people_of(const struct setup *setup, const char *name, bool adds)
{
    const struct driver *driver = driver_find(&setup->drivers, name);
    double all = 0;
    if (!driver) return NAN;
    for (int32_t day = 0; day < setup->days; day++) {
        double sum = 0;
        for (uint32_t i = 0; i < driver->series_count; i++) sum += driver_at(driver, driver->series[i].cell, day);
        all = adds ? all + sum : fmax(all, sum);
    }
    return all;
}

static double expected_persons(const struct setup *setup)
{
    double arrivals = people_of(setup, "arrivals", true), registered = people_of(setup, "registered", false);
    return (isnan(arrivals) ? registered : arrivals) / setup->scale;
}

static size_t bytes_per_person(const struct person_store *store)
{
    size_t bytes = sizeof(struct person) + sizeof *store->place + sizeof *store->hint;
    for (int i = 0; i < store->columns; i++) bytes += store->column[i].size;
    return bytes;
}

static void write_size(const struct sim *sim, FILE *out)
{
    size_t each = bytes_per_person(&sim->persons), cells = sim->tallies.cells;
    double persons = expected_persons(sim->setup), fixed = (double)cells * (8 + 4.0 * sim->tallies.threads);
    if (isnan(persons)) fprintf(out, "  persons     no series tells how many; %zu bytes each\n", each);
    else fprintf(out, "  persons     about %.0f simulated by the series, %zu bytes each\n", persons, each);
    fprintf(out, "  memory      about %.1f MB, with %zu tally cells for %d threads\n",
            ((isnan(persons) ? 0 : persons * (double)each) + fixed) / 1e6, cells, sim->tallies.threads);
}

/* ---- parameters ---- */

static const struct param_given *find_given(const struct setup *setup, const char *model, const char *name)
{
    const struct param_given *found = NULL;
    for (int i = 0; i < setup->givens; i++)
        if (!strcmp(setup->given[i].owner, model) && !strcmp(setup->given[i].name, name)) found = &setup->given[i];
    return found;
}

static void write_param(const struct setup *setup, const struct sim_model *m, const struct param *param, FILE *out)
{
    char value[200], where[160] = "default";
    const struct param_given *given = find_given(setup, m->model->name, param->name);
    param_text(param, m->state, value, sizeof value);
    if (given && given->line > 0) snprintf(where, sizeof where, "given, %s:%d", given->file, given->line);
    else if (given) snprintf(where, sizeof where, "given, %s", given->file ? given->file : "");
    bool bare = !param->unit || !strcmp(param->unit, "1");
    fprintf(out, "    %-30s = %s%s%s  (%s)\n", param->name, value, bare ? "" : " ", bare ? "" : param->unit, where);
}

static void write_models(const struct sim *sim, FILE *out)
{
    for (int i = 0; i < sim->models; i++) {
        const struct sim_model *m = &sim->model[i];
        fprintf(out, "  model       %s: %s\n", m->model->name, m->model->doc);
        for (const struct param *param = m->model->params; param->kind != PARAM_END; param++) write_param(sim->setup, m, param, out);
    }
}

void summary_write(const struct sim *sim, FILE *out)
{
    write_run(sim->setup, out);
    write_world(sim->world, out);
    write_parts(sim->setup, out);
    write_size(sim, out);
    write_models(sim, out);
}
