/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the model placement share. placement.c: the model, a person's stay and its dates; placement_rules.c: levers, who
   may be where, the choice among those that are left; placement_hazard.c: what happens to people there. Placements are numbers of the
   case graph here, -1 outside any. */
#ifndef WAYFARE_PLACEMENT_PARTS_H
#define WAYFARE_PLACEMENT_PARTS_H

#include "models/placement.h"

#define PLACEMENT_OUTSIDE (-1)

/* Numbers in placement_rules_levers. Up to FAMILIES they are limits: where one changes, people in the placement are looked at that day. */
enum placement_lever { PLACEMENT_MAX_DAYS,
                       PLACEMENT_REVIEW_DAYS,
                       PLACEMENT_DETAIN_CHILDREN,
                       PLACEMENT_CHILDREN,
                       PLACEMENT_VULNERABLE,
                       PLACEMENT_FAMILIES,
                       PLACEMENT_LIMITS,
                       PLACEMENT_USE = PLACEMENT_LIMITS,
                       PLACEMENT_RISK_FROM,
                       PLACEMENT_RISK_TO,
                       PLACEMENT_COST_DAY, /* read by the accounts */
                       PLACEMENT_APPEARANCE,
                       PLACEMENT_LEAVING,
                       PLACEMENT_HARM,
                       PLACEMENT_VOLUNTARY,
                       PLACEMENT_LEVERS };
extern const struct lever placement_rules_levers[];

/* Of the model's addressed draws. */
enum placement_draw { PLACEMENT_DRAW_CHOICE,
                      PLACEMENT_DRAW_NOISE,
                      PLACEMENT_DRAW_ONSET,
                      PLACEMENT_DRAW_LASTING,
                      PLACEMENT_DRAW_CAUSE,
                      PLACEMENT_DRAW_APPEARANCE,
                      PLACEMENT_DRAW_RETURN };
static inline uint32_t placement_purpose(enum placement_draw draw) { return placement_model.purpose * 256u + (uint32_t)draw; }

struct placement {
    double risk_noise, appearance_outside, return_in_need; /* parameters */
    const struct casegraph *graph;
    const struct docket *docket; /* NULL: no model has attached it */
    int wait, agenda;            /* waits of the model that attached it */
    int lever[PLACEMENT_LEVERS];
    int assignments, entries;      /* columns: how many choices were drawn, placements entered */
    int sent;                      /* column: what is waited for follows another placement and is no assignment of the stage's */
    double (*slope)[DOCKET_RISKS]; /* [placement][risk class] factor on leaving */
    double *factors;               /* [placement][state][3] leaving, voluntary, harm of the rates that are set; NaN: none yet */
    double *limits;                /* [limit][placement][state] of the last morning. Kept */
    int share_detained;            /* indicator */
};

static inline uint32_t placement_cells(const struct sim *sim, const struct placement *placement) { return (uint32_t)placement->graph->placements * sim->world->states; }
static inline const struct casegraph_placement *placement_present(const struct placement *placement, const struct docket_person *a)
{
    return a->p->placement > 0 ? &placement->graph->placement[a->p->placement - 1] : NULL;
}

/* Takes over the number; was it another? NaN is. */
static inline bool placement_note(double *then, double now)
{
    bool moved = *then != now;
    *then = now;
    return moved;
}

/* In open(): the levers' baselines are the graph's, by state. */
void placement_rules_open(struct placement *placement, struct sim *sim);
static inline uint32_t placement_rules_cell(const struct sim *sim, int item, uint32_t state) { return (uint32_t)item * sim->world->states + state; }
/* Today's value for the placement in the person's state. */
double placement_rules_value(const struct placement *placement, const struct docket_person *a, enum placement_lever lever, int item);
/* Neither as a child nor as vulnerable nor as one of a family is the person banned from there. */
bool placement_rules_permit(const struct placement *placement, const struct docket_person *a, int item);
/* The rank of leaving as an individual assessment finds it, 0 to 1. */
double placement_rules_assessed(const struct placement *placement, const struct docket_person *a);
/* One of the stage's placements: the one wanted, else the present one, where it is still a candidate; else a draw. */
int placement_rules_choose(const struct placement *placement, const struct docket_person *a, const struct casegraph_stage *stage);

void placement_hazard_open(struct placement *placement, const struct sim *sim);
void placement_hazard_close(struct placement *placement);
void placement_hazard_morning(const struct placement *placement, struct sim *sim); /* today's rates */
bool placement_hazard_any(const struct casegraph_placement *of);
/* What entering and leaving do to health; the row stands in the placement, from and to are the other one, -1 outside any. */
void placement_hazard_enter(const struct placement *placement, const struct docket_person *a, int from);
void placement_hazard_leave(const struct placement *placement, const struct docket_person *a, int to);
enum casegraph_cause placement_hazard_strike(const struct placement *placement, const struct docket_person *a);
bool placement_hazard_appears(const struct placement *placement, const struct docket_person *a, uint32_t spell);

#endif
