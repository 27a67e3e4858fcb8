/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dataset over (arm, draw, replicate, ...) of a results file, written run by run. */
#ifndef WAYFARE_STUDY_CUBE_H
#define WAYFARE_STUDY_CUBE_H

#include "output/hdf5_file.h"

struct study_cube {
    hid_t dataset, type; /* dataset 0: none */
    struct hdf5_file_shape shape;
};

/* fill: NULL, or what stands where no run wrote. The axes exist. */
int study_cube_create(struct study_cube *cube, hid_t file, const char *name, hid_t type, struct hdf5_file_shape shape, const void *fill, struct error *error);
int study_cube_put(const struct study_cube *cube, const hsize_t at[3], const void *value, struct error *error); /* everything of one run */
void study_cube_close(struct study_cube *cube);                                                                 /* accepts a zeroed one */

#endif
