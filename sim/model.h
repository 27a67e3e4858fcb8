/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contract of a behaviour: one const struct in one file, one line in models/models.c. */
#ifndef WAYFARE_MODEL_H
#define WAYFARE_MODEL_H

#include "lever.h"
#include "param.h"
#include <stddef.h>
#include <stdint.h>

struct sim;

/* Persons whose wait fires today, each once, in no order that counts. act() may write their rows and cold columns, tallies, queues and events
   through .thread, and nothing else. */
struct model_span {
    int thread, phase, wait;
    uint32_t n;
    const uint32_t *slot;
};

struct model {
    const char *name, *doc, *source;
    uint16_t purpose;           /* 1 to 255, its own: the base of its addressed draws, purpose * 256 */
    size_t state_size;          /* zeroed, parameters filled in before open() */
    const struct param *params; /* ends with PARAM_END; offsets into the state */
    const struct lever *levers; /* ends with name NULL; or NULL */

    int (*open)(struct sim *sim, void *state);                /* declare waits, tallies, columns, kept arrays; 0 or -1 */
    void (*morning)(struct sim *sim, void *state);            /* today's rates and numbers, on one thread */
    void (*enter)(struct sim *sim, void *state);              /* new persons, or the waits of those who came before this model's turn (rows from sim->newcomers on), on one thread */
    void (*prepare)(struct sim *sim, void *state, int phase); /* tables for a phase, from the counts as they now stand */
    void (*act)(struct sim *sim, void *state, const struct model_span *span);
    void (*settle)(struct sim *sim, void *state); /* evening: publish indicators */
    void (*close)(void *state);                   /* accepts a half-opened state */
};

#endif
