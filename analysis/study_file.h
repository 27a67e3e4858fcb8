/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STUDY.cfg and the scenario it names, read into a plan. Paths in it are seen from its own folder.

       title      = "...";                 // optional
       scenario   = "scenario.cfg";
       replicates = 20;                    // seeds per draw
       first_seed = 1;                     // optional
       draws      = 50;                    // optional; 0: no draws
       design     = "latin";               // none, random (more draws keep the first ones) or latin
       every      = "month";               // or days between rows; optional
       parameters = (                      // without low, high, distribution: as the parameter's table has them
         { name = "flee_journey.max_move_speed"; low = 150.0; high = 400.0; distribution = "uniform"; }   // loguniform, triangular (mode)
       );
       arms = (                            // the first is the reference
         { name = "as it is"; },
         { name = "border open"; omit_closures = true;        // closures of links, places and borders are left out
           set = ( { name = "flee_zones.default_movechance"; value = 0.2; } );
           policies = ( { name = "..."; lever = "camp_capacity"; where = "Wend"; set = 2.0; } ); }        // as in a scenario
       ); */
#ifndef WAYFARE_STUDY_FILE_H
#define WAYFARE_STUDY_FILE_H

#include "study_plan.h"

/* plan->path is set. Everything but values, digests and what is opened. */
int study_file_read(struct study_plan *plan, struct error *error);
int study_file_scenario(const struct study_plan *plan, uint64_t seed, struct setup *setup, struct error *error); /* as it stands, without an arm's own */
void study_file_omit_closures(struct world *world);                                                              /* those of links, places and borders */

#endif
