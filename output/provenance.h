/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run was: its resolved configuration as a table of texts, its inputs, the program and the machine. */
#ifndef WAYFARE_PROVENANCE_H
#define WAYFARE_PROVENANCE_H

#include "sim/fail.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

struct sim;

/* One value of the configuration: "flee.camp_movechance", "0.001", "1", "default" or "given FILE:LINE". */
struct provenance_row {
    char *name, *value, *unit, *origin;
};

struct provenance {
    struct provenance_row *row;
    size_t rows;
};

/* The run's own values, every parameter of every model in force, the services of the case, every policy. */
void provenance_list(struct provenance *provenance, const struct sim *sim);
void provenance_free(struct provenance *provenance);
/* SHA-256 of the table and of the inputs' contents; where files lie and what was typed does not count. */
void provenance_digest(const struct provenance *provenance, const struct sim *sim, char hex[65]);

/* The table as datasets name, value, unit, origin; the inputs as input_path, input_sha256. */
int provenance_write_table(hid_t group, const struct provenance *provenance, const struct sim *sim, struct error *error);
/* What the run's levers permit beyond the lawful, "none" where nothing; in new memory. */
char *provenance_legal(const struct sim *sim);
/* Group /provenance of a results file: version, command, seed, table, inputs. command: as argv, or NULL. */
int provenance_begin(hid_t file, const struct sim *sim, const char *const *command, struct error *error);
/* When the file is complete: /provenance/machine, which comparisons leave out; and the digest, which looks at everybody. */
int provenance_finish(hid_t file, const struct sim *sim, bool digest, struct error *error);

#endif
