/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nested departures: the latent pool from which every entry takes its people, with fixed ids and thresholds, so that an arm
   in which more people set out holds those of the other arm and some more. Here too: what entries read alike. */
#ifndef WAYFARE_POOL_H
#define WAYFARE_POOL_H

#include "sim/driver.h"
#include "sim/field.h"
#include <stdbool.h>
#include <stdint.h>

struct sim;

#define POOL_PURPOSES 16 /* a model's purposes below this are its pool's */

enum pool_entry { POOL_OBSERVED,
                  POOL_CONFLICT,
                  POOL_CLIMATE,
                  POOL_LIVELIHOOD,
                  POOL_AGAIN, /* after return: the journey's, which enters nobody and only counts */
                  POOL_ENTRIES };
extern const char *const pool_entry_names[POOL_ENTRIES];

/* What an entry says of itself. */
struct pool_plan {
    enum pool_entry entry;
    uint16_t purpose;   /* the model's */
    const char *motive; /* value of the trait "motive" that everybody gets; NULL: as drawn */
    bool carries;       /* pool_enter_exact() will be called */
    bool finite;        /* pool_enter_finite() will be called */
};

/* How far a finite population is used up; the people leave in a fixed order. */
struct pool_finite {
    double *expected; /* by place: people who should have left by now */
    double *last;     /* by place: threshold of the last party that left */
    uint32_t *left;   /* by place: parties that left */
    uint32_t *people; /* by place: persons that left */
};

struct pool {
    double multiple, overdispersion; /* parameters, in the owner's table */
    struct pool_plan plan;
    int tally, size_trait, motive_trait;
    uint32_t motive;
    double *mean_size;         /* by place: persons a party */
    double *surge;             /* by place: of the month surge_month - 1; made when asked for, so no state */
    int32_t *surge_month;      /* 0: none yet */
    double *due;               /* by place: persons who do not yet make a party; NULL unless .carries */
    struct pool_finite finite; /* NULL unless .finite */
    int64_t clamped;           /* place-days on which a factor was above .multiple */
    int clamped_indicator;
};

/* In open(), with the parameters filled in: 0, or -1 with sim's error. */
int pool_open(struct pool *pool, struct sim *sim, struct pool_plan plan);
void pool_close(struct pool *pool);

/* In enter(). people: expected to set out here today at factor 1; of drivers and parameters alone, never of levers or of what
   happened in the run, or arms would not nest. factor: of levers and perceptions, cut at .multiple. */
void pool_enter(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor);
/* At factor 1 to the person and not by chance; fractions are carried over. No surges. */
void pool_enter_exact(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor);
/* The same until population people have left, never more. Here more departures bring the same people earlier. */
void pool_enter_finite(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor, double population);
double pool_surge(const struct sim *sim, struct pool *pool, uint32_t place); /* of this month: mean 1, variance .overdispersion */
void pool_settle(struct sim *sim, const struct pool *pool);                  /* evening: publish */

int pool_tally(struct sim *sim); /* "departures" by place and entry; declares it where nobody has yet */

/* The smallest n with P(Poisson(mean) <= n) >= uniform, exact for means to 10^6 and the same on every processor. */
int64_t pool_poisson(double mean, double uniform);

/* A driver of people or events, over places or over states; a state's number goes to its places by the column origin_weight,
   else by population. */
struct pool_source {
    const struct driver *driver; /* NULL: none */
    double *share;               /* by place; NULL: the driver is over places */
};
int pool_source_open(struct pool_source *source, struct sim *sim, const char *name);            /* values below 0 are an error; absent is none */
double pool_source_at(const struct pool_source *source, const struct sim *sim, uint32_t place); /* of today; 0 where none */
void pool_source_close(struct pool_source *source);

/* A number of each place that may stand at the place or at its state, by column or driver. */
struct pool_field {
    struct field of_place, of_state;
    double fallback;
};
int pool_field_open(struct pool_field *field, struct sim *sim, const char *name, double least, double most, double fallback);
double pool_field_at(const struct pool_field *field, const struct sim *sim, uint32_t place);    /* today */
double pool_field_first(const struct pool_field *field, const struct sim *sim, uint32_t place); /* on day 0 */

/* People who live at each place of origin, in new memory: where there is a column origin_weight only places with a weight
   are origins, and one without a population has its share of the state's column population. */
double *pool_population(const struct world *world);

#endif
