/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map: states, places and directed links in compressed rows, with their closures. Kinds, modes and roles carry no rule
   of the engine's own: models, outputs and pictures use them. */
#ifndef WAYFARE_WORLD_H
#define WAYFARE_WORLD_H

#include "fail.h"
#include <stdbool.h>
#include <stdint.h>

#define WORLD_NOWHERE UINT32_MAX

/* What a place is; several may hold at once. */
enum world_kind {
    WORLD_TOWN = 1,
    WORLD_CAMP = 2,
    WORLD_IDP_CAMP = 4,    /* camp for internally displaced people; set beside WORLD_CAMP */
    WORLD_CONFLICT = 8,    /* starts as a conflict zone */
    WORLD_MARKER = 16,     /* a junction: passed through, never a destination */
    WORLD_FORWARDING = 32, /* people are sent on from here at once */
    WORLD_CITY = 64,
    WORLD_RURAL = 128,        /* a rural district */
    WORLD_BORDER_POINT = 256, /* "border": where a border is crossed */
    WORLD_EMBARKATION = 512,
    WORLD_DISEMBARKATION = 1024, /* a port where people are put ashore */
    WORLD_RECEPTION = 2048,
    WORLD_DETENTION = 4096
};

/* How a link is travelled. */
enum world_mode { WORLD_ROAD,
                  WORLD_DESERT,
                  WORLD_RAIL,
                  WORLD_SEA,
                  WORLD_AIR,
                  WORLD_MODES };

/* What a state is to people on the move; several may hold at once. */
enum world_role { WORLD_ORIGIN = 1,
                  WORLD_TRANSIT = 2,
                  WORLD_DESTINATION = 4 };

/* The words for them, ending with NULL: word i stands for bit 1 << i of a kind or a role, and for mode i. */
extern const char *const world_kind_words[], *const world_mode_words[], *const world_role_words[];

struct world_place {
    char *name, *region;
    uint32_t state;
    double latitude, longitude; /* degrees */
    uint32_t kind;              /* enum world_kind, or-ed */
    double population;          /* people living here at the start */
    double capacity;            /* people; 0: unlimited */
};

struct world_link {
    uint32_t from, to;
    double km;
    enum world_mode mode;
    bool redirected; /* everybody who leaves .from takes this link */
    /* state of today, kept by world_day(): */
    bool open;
    uint16_t closures; /* closures in force */
    int32_t closed_on; /* the last day a closure took this link out, -1: never */
};

enum world_target { WORLD_LINK,
                    WORLD_PLACE,
                    WORLD_BORDER,
                    WORLD_KIND,
                    WORLD_REDIRECT };

/* Something that happens to the map on one day, in order of day, then order given. */
struct world_event {
    int32_t day;
    enum world_target target; /* LINK: a -> b; PLACE: all links of place a; BORDER: all links between states a and b */
    uint32_t a, b;
    bool closes; /* else reopens (KIND: .kind becomes the place's kind; REDIRECT: sets or clears on link a -> b) */
    uint32_t kind;
};

enum world_of { WORLD_OF_PLACES,
                WORLD_OF_LINKS,
                WORLD_OF_STATES };

/* A numeric column beside the fixed ones, by place, link or state; NaN where blank. */
struct world_column {
    char *name;
    enum world_of of;
    double *value;
};

/* Names to numbers; world.c's own. */
struct world_names {
    uint32_t room, count;
    uint32_t *slot;    /* [room]: number + 1, 0 free */
    const char **name; /* [room / 2] */
};

struct world {
    uint32_t states, places, links;
    char **state;   /* names */
    uint32_t *role; /* [states]: enum world_role, or-ed; 0 until somebody sets it */
    struct world_place *place;
    struct world_link *link; /* ordered by .from, then as given */
    uint32_t *first;         /* links of place p: first[p] .. first[p + 1] - 1 */
    struct world_event *event;
    uint32_t events;
    struct world_column *column;
    uint32_t columns;
    bool last_word; /* a reopening ends every closure of the link (Flee); else a link is open when no closure is in force */
    uint32_t next_event;
    bool *kind_changed; /* per place: a KIND event happened today */
    /* world.c's own: */
    struct world_names place_names, state_names;
    uint32_t *first_in, *link_in; /* links to place p: link_in[first_in[p]] .. link_in[first_in[p + 1] - 1] */
    uint32_t *start_kind;         /* as on day 0, for world_rewind() */
    bool *start_redirected;
};

/* Building: add in any order, then close the books. Names must be unique among places, and among states. */
struct world *world_new(void);
uint32_t world_state(struct world *world, const char *name);             /* finds or adds */
uint32_t world_add_place(struct world *world, struct world_place place); /* takes copies of the texts */
uint32_t world_add_link(struct world *world, struct world_link link);    /* .from, .to, .km, .mode, .redirected; world_finish() renumbers */
void world_add_event(struct world *world, struct world_event event);
/* After all states, places and links were added and before world_finish: values follow the links' order. Valid until the
   next is added. Asked for again, the same column. */
struct world_column *world_add_column(struct world *world, const char *name, enum world_of of);
/* Sorts links and events, makes rows, checks. */
int world_finish(struct world *world, struct error *error);
void world_free(struct world *world);

uint32_t world_find_place(const struct world *world, const char *name); /* WORLD_NOWHERE: none */
uint32_t world_find_state(const struct world *world, const char *name);
uint32_t world_find_link(const struct world *world, uint32_t from, uint32_t to);             /* the first one */
const double *world_values(const struct world *world, const char *column, enum world_of of); /* NULL: no such column */

/* Apply the events of today; days must come in order. Returns the number of events applied. */
int world_day(struct world *world, int32_t day);
/* Start again from day 0 (before a run, or on loading a checkpoint, which then replays to its day). */
void world_rewind(struct world *world);

#endif
