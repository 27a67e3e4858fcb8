/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One simulation: modules side by side, the day, its phases. Two of them may run in one process. */
#ifndef WAYFARE_SIM_H
#define WAYFARE_SIM_H

#include "alias.h"
#include "digest.h"
#include "event.h"
#include "facet.h"
#include "model.h"
#include "person.h"
#include "service.h"
#include "setup.h"
#include "tally.h"
#include "timer.h"
#include "wait.h"

/* A model in force. */
struct sim_model {
    const struct model *model;
    void *state;
};

/* An array that belongs to the state of the run: checkpointed, digested. */
enum sim_type { SIM_F64,
                SIM_I64,
                SIM_U32,
                SIM_I32,
                SIM_U8 };
struct sim_kept {
    char *name;
    enum sim_type type;
    uint32_t count;
    void *data;
};

/* A number published each evening by name, read the next morning by levers' rules. */
struct sim_indicator {
    char *name, *unit, *doc;
    double value; /* NaN until first published */
};

/* Who woke today in one chunk of persons. */
struct sim_woken {
    uint32_t *slot;
    uint32_t count;
};

/* How a trait of the setup is drawn, kept and counted. */
struct sim_trait {
    struct alias_entry *alias; /* [1 + rows][values]: the fallback, then places with weights of their own */
    uint32_t *row_of_place;    /* 0: the fallback */
    int column;                /* cold column: the value's number, 2 bytes */
    uint8_t *bin;              /* value -> bin of the tally; NULL: not counted */
    uint32_t bins;
    int tally; /* people present by place and bin */
};

/* What a run may vary without changing its results. */
struct sim_tuning {
    int threads;    /* 0: all processors */
    uint32_t chunk; /* persons per unit of work; 0: the default */
    bool naive;     /* look at everybody every day */
};

/* The tallies and event kinds every run has, by number. */
struct sim_standard {
    int present, travelling, movements, entries, deaths; /* tallies: by place; by link (present on it); by link; by place; by place */
    int entered, departed, arrived, turned_back, died;   /* event kinds */
};

/* People with an open case (stage above 0) are watched: told before the row changes, on the thread of the act. */
enum sim_watched { SIM_DIES,
                   SIM_LEAVES_STATE };
typedef void sim_watch(struct sim *sim, const void *state, int thread, int phase, uint32_t slot, enum sim_watched what);

struct sim {
    struct setup *setup;
    struct world *world; /* the setup's */
    int32_t day;         /* today; days before it are done */
    int phases;          /* acting phases of a day: the most that any model's wait asks for */
    uint32_t newcomers;  /* rows from here on entered today */
    bool entering;       /* within the enter phase: clock waits begin from yesterday's reading */
    struct sim_tuning tuning;
    struct person_store persons;
    struct wait_set waits;
    struct service_set *services;
    struct tally_set tallies;
    struct event_log events;
    struct facet_set facets; /* what people can be counted by */
    struct sim_model *model;
    int models;
    struct sim_kept *kept;
    int kepts;
    struct sim_indicator *indicator;
    int indicators;
    struct timer_set timers;
    struct digest_chain digest;
    struct sim_standard standard; /* the tallies and events every run has */
    sim_watch *watch;             /* NULL: nobody watches */
    const void *watcher;          /* handed to watch */
    struct queue *queue;          /* what queue.c knows beside the services */
    struct sim_trait *trait;      /* [setup->traits.count] */
    struct sim_woken *woken;      /* per chunk: who woke today */
    uint32_t chunks;
    uint32_t dead; /* rows not yet archived */
    struct error error;
};

/* models: a list that ends with NULL. NULL is returned on error. The setup must outlive the simulation. */
struct sim *sim_open(struct setup *setup, const struct model *const *models, struct sim_tuning tuning, struct error *error);
void sim_step(struct sim *sim);    /* one day */
void sim_restore(struct sim *sim); /* after a checkpoint was loaded: hints, place copies, rings and queue lists are made anew */
void sim_close(struct sim *sim);
int sim_audit(const struct sim *sim, struct error *error); /* recounts everything: nobody is lost, hints are early, tallies agree */
void sim_digest(const struct sim *sim, char hex[65]);      /* of everything up to sim->day: logical content only */

/* For models. */
void *sim_state(const struct sim *sim, const char *model);      /* of another model in force; NULL: not in force */
int sim_model_number(const struct sim *sim, const void *state); /* of the model that owns this state */
void sim_keep(struct sim *sim, const char *name, enum sim_type type, uint32_t count, void *data);
int sim_indicator(struct sim *sim, const char *name, const char *unit, const char *doc); /* declares; returns its index */
void sim_publish(struct sim *sim, int indicator, double value);
/* In enter(): count persons in a row at a place of the map, ids and places filled in, sample flag set, counted as entered. Returns the first slot. */
uint32_t sim_enter(struct sim *sim, uint32_t place, uint64_t number, struct person_id_parts first, bool members);
/* present and travelling lie side by side in the tallies, so that one index serves both. */
static inline uint32_t sim_presence_cell(const struct sim *sim, uint32_t place)
{
    return place & PERSON_ON_LINK ? sim->world->places + (place & ~PERSON_ON_LINK) : place;
}
/* For spans of many movers: the counts that sim_go() will touch are on their way. */
static inline void sim_fetch(const struct sim *sim, int thread, uint32_t place)
{
    const int32_t *delta = sim->tallies.delta[thread];
    __builtin_prefetch(delta + sim->tallies.tally[sim->standard.present].offset + sim_presence_cell(sim, place), 1);
    if (place & PERSON_ON_LINK) __builtin_prefetch(delta + sim->tallies.tally[sim->standard.movements].offset + (place & ~PERSON_ON_LINK), 1);
}
void sim_watch_cases(struct sim *sim, sim_watch *watch, const void *state); /* in open(); one watcher */
void sim_watch_move(struct sim *sim, int thread, int phase, uint32_t slot, uint32_t to);
void sim_note_move(struct sim *sim, int thread, int phase, uint32_t slot, uint32_t from, uint32_t to);

/* In act(): the person goes to a place, or onto a link (link | PERSON_ON_LINK); tallies and place copy follow. Clock waits
   over places are the model's to end, suspend or carry. */
static inline void sim_go(struct sim *sim, int thread, int phase, uint32_t slot, uint32_t place)
{
    struct person *p = &sim->persons.row[slot];
    const struct tally *tally = sim->tallies.tally;
    int32_t *delta = sim->tallies.delta[thread], *presence = delta + tally[sim->standard.present].offset;
    uint32_t from = p->place;
    if (p->stage > 0 && sim->watch) sim_watch_move(sim, thread, phase, slot, place);
    presence[sim_presence_cell(sim, from)]--;
    presence[sim_presence_cell(sim, place)]++;
    if (place & PERSON_ON_LINK) delta[tally[sim->standard.movements].offset + (place & ~PERSON_ON_LINK)]++;
    p->place = sim->persons.place[slot] = place;
    p->since = (uint16_t)sim->day;
    if (p->flags & PERSON_SAMPLED || sim->setup->traits.count > 0) sim_note_move(sim, thread, phase, slot, from, place);
}
void sim_die(struct sim *sim, int thread, int phase, uint32_t slot, uint8_t cause);

extern const struct model *const models[]; /* ends with NULL; in models/models.c */

#endif
