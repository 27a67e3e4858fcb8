/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the Flee reader share: the run being read, files with their fingerprints, names, dates.
   Two sets of rules: "compat" lets pass what Flee lets pass, with a warning; "fixed" refuses it. */
#ifndef WAYFARE_FLEE_INPUT_H
#define WAYFARE_FLEE_INPUT_H

#include "scenarios/csv.h"
#include "scenarios/flee_dir.h"
#include <stdio.h>

struct flee_input {
    struct setup *setup;
    struct error *error;
    bool compat;
    int64_t hasten;           /* Flee's divisor of populations, capacities and data */
    bool empty_camps;         /* people registered on day 0 are left out of the data */
    char *root;               /* the directory, without slashes at its end */
    char *input, *source;     /* root/input_csv, root/source_data */
    struct csv places, links; /* locations.csv and routes.csv, open until their extra columns are read */
    int *row_of_link;         /* [links as added] */
    uint32_t links_added;
};

/* A regular file, open for reading, or NULL with the error set. */
FILE *flee_input_open(const struct flee_input *in, const char *path);
bool flee_input_exists(const char *directory, const char *file);
/* Reads directory/file and notes it among the inputs. Free *csv in either case. */
int flee_input_table(struct flee_input *in, const char *directory, const char *file, enum csv_header header, struct csv *csv);
int flee_input_record(struct flee_input *in, const char *path);

/* Every row has the first `least` of the fields that fields[] names (NULL at the end), and nothing beyond fields and header. */
int flee_input_widths(struct flee_input *in, const struct csv *csv, const char *const *fields, int least);
/* As csv_date(), but days and months may have one digit. */
int flee_input_date(const struct csv *csv, int row, int column, int32_t *civil_day, struct error *error);

/* " (did you mean ...?)" for the names of the map. */
const char *flee_input_near_place(const struct flee_input *in, const char *name, char hint[96]);
const char *flee_input_near_state(const struct flee_input *in, const char *name, char hint[96]);
/* The place named in a field, or an error with the nearest name. */
int flee_input_place(struct flee_input *in, const struct csv *csv, int row, int column, uint32_t *place);

/* compat: a warning and 0; fixed: the error and -1. */
int flee_input_doubt(struct flee_input *in, const struct csv *csv, int row, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The parts, in the order in which they are read. */
int flee_settings_read(struct flee_input *in, const char *path); /* path NULL: Flee's defaults */
int flee_places_read(struct flee_input *in);
int flee_routes_read(struct flee_input *in);
int flee_columns_read(struct flee_input *in); /* of places and links, once all of them are there */
int flee_closures_read(struct flee_input *in);
int flee_conflict_read(struct flee_input *in);
int flee_data_read(struct flee_input *in);
int flee_traits_read(struct flee_input *in);

/* enum world_kind of a location type, by Flee's substrings; 0 with the error set where there is none. */
uint32_t flee_places_kind(struct flee_input *in, const struct csv *csv, int row, int column);

#endif
