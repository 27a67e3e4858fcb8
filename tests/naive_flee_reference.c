/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee_reference.h"
#include "naive_flee.h"
#include "scenarios/flee_dir.h"
#include "sim/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHARED "../shared/flee/"

static const struct {
    const char *set, *directory, *settings;
} sets[] = {
    {"burundi", SHARED "conflicts/burundi", SHARED "settings/burundi_h10.yml"},
    {"mali2012", SHARED "conflicts/mali2012", SHARED "settings/mali2012_h10_nolog.yml"},
    {"car2013_val3", SHARED "conflicts/car2013", SHARED "settings/validation_h10.yml"},
};

bool naive_flee_reference_exists(void) { return access(SHARED "reference", R_OK) == 0; }

int naive_flee_reference_setup(struct setup *setup, const char *set, const char *rules, struct error *error)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (strcmp(sets[i].set, set) != 0) continue;
        struct flee_dir_options options = {sets[i].directory, sets[i].settings, rules, .seed = 1, .scale = 1};
        return flee_dir_read(setup, &options, error);
    }
    return fail(error, FAIL_INPUT, "no reference set '%s'", set);
}

/* The place of a camp in the order of naive_flee_camps(), or -1. */
static int camp_index(const struct setup *setup, const char *name)
{
    uint32_t place = world_find_place(setup->world, name), count = naive_flee_camps(setup, NULL);
    uint32_t *camp = memory_new(count, sizeof *camp);
    int found = -1;
    naive_flee_camps(setup, camp);
    for (uint32_t i = 0; i < count; i++)
        if (camp[i] == place) found = (int)i;
    memory_free(camp);
    return found;
}

static uint32_t fields_of(const char *line)
{
    uint32_t count = 1;
    for (; *line; line++) count += *line == ',';
    return count;
}

/* "day,camp,value of the first seed, ...": into its places. */
static int read_seeds(struct naive_flee_reference *reference, const struct setup *setup, char *line, struct error *error)
{
    char *rest = line, *field = strsep(&rest, ","), *name = strsep(&rest, ",");
    uint32_t day = (uint32_t)strtoul(field, NULL, 10);
    int camp = name ? camp_index(setup, name) : -1;
    if (day >= reference->days || camp < 0)
        return fail(error, FAIL_INPUT, "reference: no day %u or camp '%s' in the setup", day, name ? name : "");
    for (uint32_t seed = 0; seed < reference->seeds; seed++) {
        field = strsep(&rest, ",");
        if (!field) return fail(error, FAIL_INPUT, "reference: day %u, '%s': expected %u values", day, name, reference->seeds);
        reference->present[((size_t)seed * reference->days + day) * reference->camps + (uint32_t)camp] = strtod(field, NULL);
    }
    return 0;
}

/* "day,date,camp,seeds,mean,...": only the count of everybody, which is the same for every seed. */
static int read_summary(struct naive_flee_reference *reference, const struct setup *setup, char *line, struct error *error)
{
    (void)setup;
    char *rest = line, *field[5] = {NULL};
    for (int i = 0; i < 5; i++) field[i] = strsep(&rest, ",");
    if (!field[4]) return fail(error, FAIL_INPUT, "reference: expected 5 fields or more in '%s'", line);
    uint32_t day = (uint32_t)strtoul(field[0], NULL, 10);
    if (strcmp(field[2], "__total_agents") != 0) return 0;
    if (day >= reference->days) return fail(error, FAIL_INPUT, "reference: no day %u in the setup", day);
    reference->created[day] = strtod(field[4], NULL);
    return 0;
}

typedef int row_reader(struct naive_flee_reference *reference, const struct setup *setup, char *line, struct error *error);

static int read_rows(struct naive_flee_reference *reference, const char *path, const struct setup *setup, row_reader *read_row,
                     struct error *error)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    if (!file || getline(&line, &room, file) < 0) status = fail(error, FAIL_INPUT, "%s cannot be read", path);
    while (status == 0 && getline(&line, &room, file) > 0) status = read_row(reference, setup, line, error);
    if (file) fclose(file);
    free(line);
    return status;
}

static uint32_t seeds_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    uint32_t fields = file && getline(&line, &room, file) > 0 ? fields_of(line) : 2;
    if (file) fclose(file);
    free(line);
    return fields - 2;
}

int naive_flee_reference_read(struct naive_flee_reference *reference, const char *set, const struct setup *setup, struct error *error)
{
    char *seeds = memory_format(SHARED "reference/%s_allseeds.csv", set), *summary = memory_format(SHARED "reference/%s_camps.csv", set);
    *reference = (struct naive_flee_reference){seeds_of(seeds), (uint32_t)setup->days, naive_flee_camps(setup, NULL), NULL, NULL};
    reference->created = memory_new(reference->days, sizeof *reference->created);
    reference->present = memory_new((size_t)reference->seeds * reference->days * reference->camps, sizeof *reference->present);
    int status = read_rows(reference, seeds, setup, read_seeds, error);
    if (!status) status = read_rows(reference, summary, setup, read_summary, error);
    memory_free(seeds);
    memory_free(summary);
    return status;
}

void naive_flee_reference_free(struct naive_flee_reference *reference)
{
    memory_free(reference->present);
    memory_free(reference->created);
}
