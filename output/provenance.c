/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "provenance.h"
#include "hdf5_file.h"
#include "number.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "sim/version.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { VALUE_ROOM = 1 << 16,
       LEGAL_ROOM = 1 << 12 };

/* All four texts are taken over. */
static void add(struct provenance *p, char *name, char *value, char *unit, char *origin)
{
    p->row = memory_grow(p->row, p->rows, p->rows + 1, sizeof *p->row);
    p->row[p->rows++] = (struct provenance_row){name, value, unit, origin};
}

/* Where a value was written; the last one given counts. */
static char *origin(const struct setup *setup, const char *owner, const char *name, const char *otherwise)
{
    for (int i = setup->givens; i-- > 0;) {
        const struct param_given *given = &setup->given[i];
        if (strcmp(given->owner, owner) || strcmp(given->name, name)) continue;
        return memory_format("given %s:%d", given->file ? given->file : "", given->line);
    }
    return memory_text(otherwise);
}

static void add_run(struct provenance *p, const struct setup *setup, const char *name, char *value, const char *unit)
{
    add(p, memory_format("run.%s", name), value, memory_text(unit), origin(setup, "run", name, "scenario"));
}

static char *number(double value)
{
    char text[NUMBER_ROOM];
    return memory_text(number_brief(value, text));
}

static char *model_names(const struct sim *sim)
{
    char *all = memory_text("");
    for (int i = 0; i < sim->models; i++) {
        char *longer = memory_format("%s%s%s", all, i ? " " : "", sim->model[i].model->name);
        memory_free(all);
        all = longer;
    }
    return all;
}

static void list_run(struct provenance *p, const struct sim *sim)
{
    const struct setup *setup = sim->setup;
    char start[16];
    calendar_text(setup->start, start);
    add_run(p, setup, "start", memory_text(start), "date");
    add_run(p, setup, "days", memory_format("%" PRId32, setup->days), "day");
    add_run(p, setup, "seed", memory_format("%" PRIu64, setup->seed), "1");
    add_run(p, setup, "scale", number(setup->scale), "people per simulated person");
    add_run(p, setup, "sample", number(setup->sample), "1");
    add_run(p, setup, "models", model_names(sim), "1");
}

static void list_model(struct provenance *p, const struct sim *sim, const struct sim_model *in_force, char *text)
{
    const char *owner = in_force->model->name;
    for (const struct param *entry = in_force->model->params; entry && entry->kind != PARAM_END; entry++) {
        param_text(entry, in_force->state, text, VALUE_ROOM);
        add(p, memory_format("%s.%s", owner, entry->name), memory_text(text), memory_text(entry->unit), origin(sim->setup, owner, entry->name, "default"));
    }
}

static char *policy_term(const struct lever_policy *policy)
{
    char threshold[NUMBER_ROOM];
    char *until = policy->to < 0 ? memory_text("the end") : memory_format("day %" PRId32, policy->to);
    char *condition = memory_text("");
    if (policy->indicator) {
        memory_free(condition);
        condition = memory_format(", while %s is %s %s", policy->indicator, policy->below ? "below" : "above", number_brief(policy->threshold, threshold));
    }
    char *term = memory_format("from day %" PRId32 " to %s%s", policy->from, until, condition);
    memory_free(until);
    memory_free(condition);
    return term;
}

static void list_policy(struct provenance *p, const struct lever_policy *policy)
{
    static const char *const OPERATION[] = {[LEVER_SET] = "set", [LEVER_MULTIPLY] = "multiply", [LEVER_ADD] = "add"};
    char value[NUMBER_ROOM];
    char *where = policy->cell < 0 ? memory_text("everywhere") : memory_format("cell %" PRId64, policy->cell), *term = policy_term(policy);
    char *text = memory_format("%s %s %s %s, %s", OPERATION[policy->operation], policy->lever, number_brief(policy->value, value), where, term);
    char *from = memory_format("given %s:%d", policy->file ? policy->file : "", policy->line);
    add(p, memory_format("policy.%s", policy->name ? policy->name : ""), text, memory_text(""), from);
    memory_free(where);
    memory_free(term);
}

static void add_scenario(struct provenance *p, char *name, char *value, const char *unit) { add(p, name, value, memory_text(unit), memory_text("scenario")); }

/* What a reader needs to turn queues into staff. */
static void list_service(struct provenance *p, const struct casegraph_service *service)
{
    const char *unit = service->places ? "people" : "people/day";
    add_scenario(p, memory_format("service.%s.kind", service->name), memory_text(service->places ? "places" : "daily"), "1");
    add_scenario(p, memory_format("service.%s.gives", service->name), memory_text(casegraph_gives_words[service->gives]), "1");
    add_scenario(p, memory_format("service.%s.staff", service->name), number(service->staff), "1");
    add_scenario(p, memory_format("service.%s.productivity", service->name), number(service->productivity), unit);
}

static void list_case(struct provenance *p, const struct casegraph *graph, const struct world *world)
{
    for (int i = 0; i < graph->services; i++) list_service(p, &graph->service[i]);
    for (int i = 0; i < graph->givens; i++) {
        const struct casegraph_given *given = &graph->given[i];
        const char *item = given->of_service ? graph->service[given->item].name : graph->placement[given->item].name;
        add_scenario(p, memory_format("%s.%s.%s@%s", given->of_service ? "service" : "placement", item, given->lever, world->state[given->state]), number(given->value), "1");
    }
}

void provenance_list(struct provenance *p, const struct sim *sim)
{
    *p = (struct provenance){0};
    list_run(p, sim);
    char *text = memory_new(VALUE_ROOM, 1);
    for (int i = 0; i < sim->models; i++) list_model(p, sim, &sim->model[i], text);
    memory_free(text);
    list_case(p, &sim->setup->casegraph, sim->world);
    for (uint32_t i = 0; i < sim->setup->levers.policies; i++) list_policy(p, &sim->setup->levers.policy[i]);
}

void provenance_free(struct provenance *p)
{
    for (size_t i = 0; i < p->rows; i++) {
        struct provenance_row *row = &p->row[i];
        memory_free(row->name), memory_free(row->value), memory_free(row->unit), memory_free(row->origin);
    }
    memory_free(p->row);
    *p = (struct provenance){0};
}

void provenance_digest(const struct provenance *p, const struct sim *sim, char hex[65])
{
    struct digest digest;
    uint8_t value[32];
    digest_init(&digest);
    for (size_t i = 0; i < p->rows; i++) {
        digest_add(&digest, p->row[i].name, strlen(p->row[i].name) + 1);
        digest_add(&digest, p->row[i].value, strlen(p->row[i].value) + 1);
    }
    for (int i = 0; i < sim->setup->inputs; i++) digest_add(&digest, sim->setup->input[i].sha256, 64);
    digest_end(&digest, value);
    digest_hex(value, hex);
}

/* One column of texts out of an array of structs. */
static int write_column(hid_t group, const char *name, const char *axis, const char *const *first, size_t stride, size_t rows, struct error *error)
{
    const char **text = memory_new(rows, sizeof *text);
    for (size_t i = 0; i < rows; i++) text[i] = *(const char *const *)((const char *)first + i * stride);
    int status = hdf5_file_strings(group, name, axis, rows, text, error);
    memory_free(text);
    return status;
}

static int write_inputs(hid_t group, const struct setup *setup, struct error *error)
{
    size_t inputs = (size_t)setup->inputs;
    if (inputs == 0) return error->status ? -1 : 0;
    const char **path = memory_new(inputs, sizeof *path), **sha256 = memory_new(inputs, sizeof *sha256);
    for (size_t i = 0; i < inputs; i++) path[i] = setup->input[i].path, sha256[i] = setup->input[i].sha256;
    hdf5_file_dimension(group, "input", inputs, false, error);
    hdf5_file_strings(group, "input_path", "input", inputs, path, error);
    hdf5_file_strings(group, "input_sha256", "input", inputs, sha256, error);
    memory_free(path);
    memory_free(sha256);
    return error->status ? -1 : 0;
}

int provenance_write_table(hid_t group, const struct provenance *p, const struct sim *sim, struct error *error)
{
    size_t stride = sizeof *p->row;
    const char *const *name = (const char *const *)&p->row->name, *const *value = (const char *const *)&p->row->value;
    const char *const *unit = (const char *const *)&p->row->unit, *const *from = (const char *const *)&p->row->origin;
    hdf5_file_dimension(group, "parameter", p->rows, false, error);
    write_column(group, "name", "parameter", name, stride, p->rows, error);
    write_column(group, "value", "parameter", value, stride, p->rows, error);
    write_column(group, "unit", "parameter", unit, stride, p->rows, error);
    write_column(group, "origin", "parameter", from, stride, p->rows, error);
    return write_inputs(group, sim->setup, error);
}

char *provenance_legal(const struct sim *sim)
{
    char text[LEGAL_ROOM];
    lever_legal(&sim->setup->levers, text, sizeof text);
    return memory_text(*text ? text : "none");
}

/* argv as one line, quoted where a shell would need it. */
static char *command_line(const char *const *command)
{
    char *line = memory_text("");
    for (int i = 0; command && command[i]; i++) {
        const char *quote = command[i][0] == '\0' || strpbrk(command[i], " \t\n\"$&|;<>()*?'") ? "'" : "";
        char *longer = memory_format("%s%s%s%s%s", line, i ? " " : "", quote, command[i], quote);
        memory_free(line);
        line = longer;
    }
    return line;
}

int provenance_begin(hid_t file, const struct sim *sim, const char *const *command, struct error *error)
{
    struct provenance table;
    hid_t group = hdf5_file_group(file, "provenance", error);
    char *line = command_line(command);
    hdf5_file_text(group, ".", "version", WAYFARE_VERSION, error);
    hdf5_file_text(group, ".", "command", line, error);
    hdf5_file_text(group, ".", "source", sim->setup->source, error);
    hdf5_file_values(group, ".", "seed", H5T_NATIVE_UINT64, 0, &sim->setup->seed, error);
    provenance_list(&table, sim);
    provenance_write_table(group, &table, sim, error);
    provenance_free(&table);
    memory_free(line);
    if (group >= 0) H5Gclose(group);
    return error->status ? -1 : 0;
}

static void write_phases(hid_t group, const struct timer_set *timers, struct error *error)
{
    const char *phase[TIMER_PHASES];
    for (int i = 0; i < TIMER_PHASES; i++) phase[i] = timer_name((enum timer_phase)i);
    struct hdf5_file_shape shape = {1, {TIMER_PHASES}, {"phase"}};
    hdf5_file_strings(group, "phase", "phase", TIMER_PHASES, phase, error);
    hdf5_file_array(group, "wall", H5T_NATIVE_DOUBLE, shape, timers->wall, error);
    hdf5_file_array(group, "processor", H5T_NATIVE_DOUBLE, shape, timers->cpu, error);
    hdf5_file_text(group, "wall", "units", "s", error);
    hdf5_file_text(group, "processor", "units", "s", error);
}

int provenance_finish(hid_t file, const struct sim *sim, bool digest, struct error *error)
{
    char hex[65];
    struct rusage usage = {0};
    if (digest) sim_digest(sim, hex);
    if (digest) hdf5_file_text(file, "provenance", "digest", hex, error);
    hid_t group = hdf5_file_group(file, "provenance/machine", error);
    getrusage(RUSAGE_SELF, &usage);
    hdf5_file_integer(group, ".", "peak_memory_bytes", usage.ru_maxrss * 1024, error);
    hdf5_file_integer(group, ".", "threads", sim->tallies.threads, error);
    hdf5_file_text(group, ".", "compiler", __VERSION__, error);
    write_phases(group, &sim->timers, error);
    if (group >= 0) H5Gclose(group);
    return error->status ? -1 : 0;
}
