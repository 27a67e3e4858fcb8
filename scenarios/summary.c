/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"
#include "output/provenance.h"
#include "sim/calendar.h"
#include "sim/memory.h"
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

/* ---- series and policies ---- */

static void write_driver(const struct driver *driver, FILE *out)
{
    static const char *const over[] = {"the world", "places", "states", "links"}, *const method[] = {"step", "linear", "spline"};
    int knots = 0;
    for (uint32_t i = 0; i < driver->series_count; i++) knots += driver->series[i].knots;
    fprintf(out, "  driver      %s [%s] over %s: %u series, %d values, %s\n", driver->name, driver->unit ? driver->unit : "1",
            over[driver->over], driver->series_count, knots, method[driver->method]);
}

/* The name of an item of the case graph. */
static const char *item_name(const struct casegraph *graph, enum lever_over over, uint32_t item)
{
    if (over == LEVER_PLACEMENT) return graph->placement[item].name;
    if (over == LEVER_SERVICE) return graph->service[item].name;
    return over == LEVER_STAGE ? graph->stage[item].name : graph->status[item].name;
}

static void write_where(const struct setup *setup, enum lever_over over, const struct lever_policy *policy, FILE *out)
{
    const struct world *world = setup->world;
    uint32_t cell = (uint32_t)policy->cell, states = world->states;
    if (over == LEVER_STATE) fprintf(out, " in %s", world->state[cell]);
    else if (over == LEVER_PLACE) fprintf(out, " in %s", world->place[cell].name);
    else if (over == LEVER_LINK) fprintf(out, " on %s > %s", world->place[world->link[cell].from].name, world->place[world->link[cell].to].name);
    else if (policy->cells < states) fprintf(out, " of %s in %s", item_name(&setup->casegraph, over, cell / states), world->state[cell % states]);
    else fprintf(out, " of %s", item_name(&setup->casegraph, over, cell / states));
}

static void write_policy(const struct setup *setup, uint32_t i, FILE *out)
{
    static const char *const operation[] = {"set to", "multiplied by", "raised by"};
    const struct lever_set *levers = &setup->levers;
    const struct lever_policy *policy = &levers->policy[i];
    fprintf(out, "  policy      %s: %s", policy->name, policy->lever);
    if (policy->cell >= 0) write_where(setup, levers->lever[levers->policy_lever[i]]->over, policy, out);
    fprintf(out, " %s %g, from day %" PRId32, operation[policy->operation], policy->value, policy->from);
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

/* ---- the case ---- */

static void write_service(const struct casegraph *graph, const struct world *world, int i, FILE *out)
{
    const struct casegraph_service *service = &graph->service[i];
    const char *unit = service->places ? "places" : "people a day";
    fprintf(out, "    service     %s: %g %s in each state", service->name, service->staff * service->productivity, unit);
    if (service->gives != CASEGRAPH_GIVES_NOTHING) fprintf(out, ", gives a %s", casegraph_gives_words[service->gives]);
    for (uint32_t state = 0; state < world->states; state++) {
        double staff = casegraph_given(graph, "staff", true, i, state, service->staff);
        double capacity = staff * casegraph_given(graph, "productivity", true, i, state, service->productivity);
        if (casegraph_opens_in(graph, state) && capacity != service->staff * service->productivity)
            fprintf(out, "; %s %g", world->state[state], capacity);
    }
    fputc('\n', out);
}

static void write_placement(const struct casegraph *graph, int i, FILE *out)
{
    const struct casegraph_placement *placement = &graph->placement[i];
    fprintf(out, "    placement   %s: %s", placement->name, placement->detains ? "detains" : "open");
    if (placement->service >= 0) fprintf(out, ", places of %s", graph->service[placement->service].name);
    if (placement->meanwhile != CASEGRAPH_NONE) fprintf(out, ", meanwhile %s", graph->placement[placement->meanwhile].name);
    fprintf(out, ", %g EUR a day\n", placement->cost_day);
}

static void write_stage_queue(const struct casegraph *graph, const struct casegraph_stage *stage, FILE *out)
{
    if (stage->service >= 0) fprintf(out, " waits for %s", graph->service[stage->service].name);
    else if (stage->rate > 0) fprintf(out, " %g a day", stage->rate);
    else fprintf(out, casegraph_is_final(stage) ? " final" : " waits");
    if (stage->deadline > 0) fprintf(out, ", at most %g days", stage->deadline);
}

static void write_stage(const struct casegraph *graph, int i, FILE *out)
{
    const struct casegraph_stage *stage = &graph->stage[i];
    fprintf(out, "    stage       %s:", stage->name);
    write_stage_queue(graph, stage, out);
    if (stage->only != CASEGRAPH_ALL) fprintf(out, ", only %s", casegraph_who_words[stage->only]);
    for (int k = 0; k < stage->outcomes; k++) fprintf(out, "%s%s", k ? ", " : " -> ", graph->stage[stage->outcome[k].to].name);
    fputc('\n', out);
}

static void write_statuses(const struct casegraph *graph, FILE *out)
{
    if (!graph->statuses) return;
    fprintf(out, "    statuses   ");
    for (int i = 0; i < graph->statuses; i++)
        fprintf(out, "%s %s (%s)", i ? "," : "", graph->status[i].name, casegraph_level_words[graph->status[i].level]);
    fputc('\n', out);
}

static void write_case(const struct casegraph *graph, const struct world *world, FILE *out)
{
    if (!graph->stages) return;
    fprintf(out, "  case        opened in");
    if (!graph->states) fprintf(out, " every state");
    for (int i = 0; i < graph->states; i++) fprintf(out, "%s %s", i ? "," : "", world->state[graph->state[i]]);
    fprintf(out, ", begins as %s; %d stages, %d placements, %d services\n", graph->stage[graph->start].name, graph->stages, graph->placements,
            graph->services);
    write_statuses(graph, out);
    for (int i = 0; i < graph->services; i++) write_service(graph, world, i, out);
    for (int i = 0; i < graph->placements; i++) write_placement(graph, i, out);
    for (int i = 0; i < graph->stages; i++) write_stage(graph, i, out);
}

static void write_parts(const struct setup *setup, FILE *out)
{
    const struct trait_set *traits = &setup->traits;
    for (uint32_t i = 0; i < setup->drivers.count; i++) write_driver(setup->drivers.driver[i], out);
    if (setup->observed) fprintf(out, "  observed    %s\n", setup->observed);
    for (uint32_t i = 0; i < traits->count; i++) write_trait(traits, &traits->trait[i], out);
    write_case(&setup->casegraph, setup->world, out);
    for (uint32_t i = 0; i < setup->levers.policies; i++) write_policy(setup, i, out);
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

static void write_legal(const struct sim *sim, FILE *out)
{
    char *legal = provenance_legal(sim);
    fprintf(out, "  legal       %s\n", legal);
    memory_free(legal);
}

void summary_write(const struct sim *sim, FILE *out)
{
    write_run(sim->setup, out);
    write_world(sim->world, out);
    write_parts(sim->setup, out);
    write_legal(sim, out);
    write_size(sim, out);
    write_models(sim, out);
}
