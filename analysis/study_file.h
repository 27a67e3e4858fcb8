/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STUDY.cfg and the scenario it names, read into a plan. Paths in it are seen from its own folder.

       title      = "...";                 // optional
       scenario   = "scenario.cfg";
       replicates = 20;                    // seeds per draw
       first_seed = 1;                     // optional
       draws      = 50;                    // optional; 0: no draws
       design     = "latin";               // none, random (more draws keep the first ones) or latin
       draws_file = "posterior.csv";       // design = "file": a column for each parameter, a row for each draw, all of equal weight;
                                           // draws = 50 takes the first 50 rows
       every      = "month";               // or days between rows; optional
       scale      = 100.0;  days = 1096;   // optional, in place of the scenario's
       keep       = ( "crossings",         // optional: these tallies, cell by cell, and these indicators; nothing else is kept
         { name = "deaths_by_group"; by = ("state", "cause"); } );  // summed over the other axes; three axes at most
       parameters = (                      // what a name may stand for: study_target.h. Without low, high, distribution: as a model's table has them
         { name = "flee_journey.max_move_speed"; low = 150.0; high = 400.0; distribution = "uniform"; },  // loguniform, triangular (mode)
         { name = "policy:more room.value"; low = 1.0; high = 4.0; distribution = "uniform"; },
         { name = "column:links.wreck"; where = ("A>B", "C>B"); as = "wreck in the west"; low = 0.5; high = 2.0; distribution = "loguniform"; }
       );                                  // as: its name in tables; design = "file" needs the list only for names and wheres
       arms = (                            // the first is the reference
         { name = "as it is"; },
         { name = "another year"; scenario = "shuffled.cfg"; },  // the same map and models with other data
         { name = "border open"; omit_closures = true;           // closures of links, places and borders are left out
           set = ( { name = "flee_zones.default_movechance"; value = 0.2; } );
           policies = ( { name = "..."; lever = "camp_capacity"; where = "Wend"; set = 2.0; } ); }        // as in a scenario
       ); */
#ifndef WAYFARE_STUDY_FILE_H
#define WAYFARE_STUDY_FILE_H

#include "study_plan.h"

/* plan->path is set. Everything but values, digests and what is opened. */
int study_file_read(struct study_plan *plan, struct error *error);
/* As it stands, without an arm's own values; arm NULL: the study's. */
int study_file_scenario(const struct study_plan *plan, const struct study_arm *arm, uint64_t seed, struct setup *setup, struct error *error);
void study_file_omit_closures(struct world *world); /* those of links, places and borders */

#endif
