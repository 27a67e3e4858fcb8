/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario_states.h"
#include "scenario_table.h"
#include "sim/memory.h"
#include <string.h>

static const char *const known[] = {"name", "roles", NULL};
enum { STATE_NAME,
       STATE_ROLES };

struct reader {
    struct scenario_input *input;
    struct world *world;
    struct scenario_table table;
    uint32_t *state_of; /* by row */
    int *row_of;        /* by state, -1: none */
    struct error *error;
};

static int find_state(struct reader *r, int row, uint32_t *state)
{
    const char *name;
    char hint[96];
    if (scenario_table_needed(&r->table, row, STATE_NAME, &name, r->error)) return -1;
    *state = world_find_state(r->world, name);
    if (*state != WORLD_NOWHERE) return 0;
    fail_nearest(hint, name, (const char *const *)r->world->state, r->world->states);
    return csv_fail(&r->table.csv, row, r->error, "expected a state that has a place, found '%s', in which no place lies%s", name, hint);
}

static int read_state(struct reader *r, int row)
{
    uint32_t state;
    if (find_state(r, row, &state)) return -1;
    if (r->row_of[state] >= 0)
        return csv_fail(&r->table.csv, row, r->error, "state '%s' is there already, on line %d", r->world->state[state],
                        r->table.csv.row[r->row_of[state]].line);
    r->row_of[state] = row;
    r->state_of[row] = state;
    return scenario_table_bits(r->input, &r->table, row, STATE_ROLES, world_role_words, &r->world->role[state]);
}

/* The column becomes a variable of the results, whose format has names of its own. */
static int check_name(const struct reader *r, const char *name)
{
    struct scenario_at at = scenario_input_header(&r->table.csv);
    for (const char *c = name; *c; c++)
        if (*c == '/' || (unsigned char)*c < ' ') return fail_at(r->error, at.file, at.line, "a column's name may not hold '/' or a line's end, as '%s' does", name);
    return 0;
}

static int add_column(struct reader *r, int column)
{
    const char *name = r->table.csv.name[column];
    if (check_name(r, name)) return -1;
    int rows = r->table.csv.rows;
    double *value = memory_new((size_t)rows, sizeof *value);
    int status = scenario_table_values(&r->table, column, value, r->error);
    double *to = status ? NULL : world_add_column(r->world, name, WORLD_OF_STATES)->value;
    for (int row = 0; to && row < rows; row++) to[r->state_of[row]] = value[row];
    memory_free(value);
    return status;
}

static int add_columns(struct reader *r)
{
    for (int i = 0; i < r->table.csv.columns; i++)
        if (!scenario_table_knows(&r->table, i) && add_column(r, i)) return -1;
    return 0;
}

/* One line, whose length a few names bound. */
static void warn_of_absent(const struct reader *r)
{
    uint32_t absent = 0;
    char *names = memory_text("");
    for (uint32_t state = 0; state < r->world->states; state++) {
        if (r->row_of[state] >= 0 || ++absent > 3) continue;
        char *longer = memory_format("%s%s'%.60s'", names, absent > 1 ? ", " : "", r->world->state[state]);
        memory_free(names);
        names = longer;
    }
    if (absent)
        setup_warn(r->input->setup, "%s: no row for %s%s: without roles, all columns blank", r->table.csv.path, names,
                   absent > 3 ? " and others" : "");
    memory_free(names);
}

static int read_rows(struct reader *r)
{
    for (int row = 0; row < r->table.csv.rows; row++)
        if (read_state(r, row)) return -1;
    return 0;
}

static int read_table(struct reader *r)
{
    if (scenario_table_open(&r->table, known, STATE_ROLES, r->error)) return -1;
    r->state_of = memory_new((size_t)r->table.csv.rows, sizeof *r->state_of);
    r->row_of = memory_new(r->world->states, sizeof *r->row_of);
    for (uint32_t i = 0; i < r->world->states; i++) r->row_of[i] = -1;
    int status = read_rows(r) || add_columns(r) ? -1 : 0;
    if (!status) warn_of_absent(r);
    memory_free(r->state_of);
    memory_free(r->row_of);
    return status;
}

int scenario_states_read(struct scenario_input *input, struct config_node world)
{
    struct reader r = {.input = input, .world = input->setup->world, .error = input->error};
    int status = scenario_input_table(input, world, "states", CONFIG_OPTIONAL, &r.table.csv);
    if (!status && r.table.csv.path) status = read_table(&r);
    csv_free(&r.table.csv);
    return status;
}
