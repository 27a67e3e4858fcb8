/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a run at the end of a day, in one HDF5 file: from here the rest is bit-identical. What can be made anew is
   not in it: hints, copies, queue lists, the map of the day. Cut the writers first, then save: the checkpoint names the
   number of segments that are whole. */
#ifndef WAYFARE_CHECKPOINT_H
#define WAYFARE_CHECKPOINT_H

#include "sim/sim.h"
#include "sim/writer.h"

int checkpoint_save(struct sim *sim, const struct writer_plan *plan, const char *path, int segment, struct error *error);
/* Into a freshly opened run of the same configuration. */
int checkpoint_load(struct sim *sim, const char *path, struct error *error);
/* For "resume FILE", before anything is opened: the command line of the run, NULL-ended, to be given to checkpoint_free_command(). */
int checkpoint_command(const char *path, int *argc, char ***argv, struct error *error);
void checkpoint_free_command(char **argv);
int checkpoint_segment(const char *path, struct error *error); /* for writer_plan.first_segment; -1 on error */

#endif
