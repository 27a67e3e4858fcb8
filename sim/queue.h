/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Persons and services: tickets are called each morning, lists are made anew when slots move. */
#ifndef WAYFARE_QUEUE_H
#define WAYFARE_QUEUE_H

#include "lever.h"

struct sim;

extern const struct lever queue_levers[]; /* the engine's own; ends with name NULL */

void queue_open(struct sim *sim);    /* the services of the case graph, and their capacity as a lever */
int queue_baseline(struct sim *sim); /* the lever's baseline is the scenario's capacity */
void queue_serve(struct sim *sim);   /* today's capacity of every service; those called are due today */
void queue_rebuild(struct sim *sim); /* everybody who holds a ticket joins again */
void queue_compact(struct sim *sim); /* archive the dead, then rebuild */

#endif
