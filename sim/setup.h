/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader hands to the engine: everything about one run, checked for form, owned by the setup.
   sim_open() takes it; it must outlive the simulation. */
#ifndef WAYFARE_SETUP_H
#define WAYFARE_SETUP_H

#include "casegraph.h"
#include "driver.h"
#include "lever.h"
#include "param.h"
#include "trait.h"
#include "world.h"

/* One input file, for provenance. */
struct setup_input {
    char *path;
    char sha256[65];
};

struct setup {
    bool in_use; /* by a simulation: the map, the drivers and the levers hold its day, so one at a time */
    char *name, *title;
    char *source;  /* the scenario file or directory */
    int32_t start; /* civil day of day 0 */
    int32_t days;
    uint64_t seed;
    double scale;  /* people per simulated person, >= 1 */
    double sample; /* share of persons whose events are kept, 0 to 1 */
    struct world *world;
    struct driver_set drivers;
    struct trait_set traits;
    struct casegraph casegraph;
    struct lever_set levers; /* policies only; models declare the levers */
    char **model;            /* names of the models in force, in order */
    int models;
    struct param_given *given; /* values for models' parameters, checked by sim_open */
    int givens;
    bool census;         /* people are counted at the end of every month, */
    char **census_facet; /* by these facets together; none named: by all */
    int census_facets;
    char *observed; /* driver by place that the results are held against; NULL: none */
    struct setup_input *input;
    int inputs;
    struct error warning; /* .text: lines of warnings, "" for none */
};

void setup_init(struct setup *setup); /* all empty, scale 1; the reader makes .world */
void setup_add_model(struct setup *setup, const char *name);
/* Takes copies. */
void setup_give(struct setup *setup, const char *owner, const char *name, const char *text, const char *file, int line);
void setup_give_list(struct setup *setup, const char *owner, const char *name, int count, const double *value, const char *file, int line);
void setup_forget(struct setup *setup, const char *owner, const char *name); /* what was given for this parameter no longer counts */
void setup_add_input(struct setup *setup, const char *path, const char *sha256);
void setup_add_census(struct setup *setup, const char *facet); /* asks for the census, by this facet too; NULL: by all */
void setup_warn(struct setup *setup, const char *format, ...) __attribute__((format(printf, 2, 3)));
void setup_free(struct setup *setup);

#endif
