/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pull and deterrence: what people at home hear of policies multiplies departures,
     factor = exp(sum_j e_j (x_j - r_j)),
   x_j yesterday's published indicator, smoothed exponentially over memory_days; r_j the value that was published first unless
   a parameter gives one. decision_days counts in years; pathway_places as the logarithm of 1 + places, so that its e is an elasticity;
   the others as they are (shares: e is the relative change of departures from none to all, for small e).
   Source: the evidence has both signs. Rescue: sar.pull.null, sar.pull.null2 (no effect) against sar.moral_hazard (more attempts);
   detention: deterrence.family_detention_us (no effect); return and enforcement: return.enforcement_effect (fewer try again);
   pathways: pathway.elasticity_us (-0.3 after ten months), doubted for other routes; access rules and speed: asylum.policy_deterrence.
   So every elasticity is 0 unless a study says otherwise, and every range holds both signs.
   Assumption: one factor for all origins and entries; news of all policies has one age.
   Limits: an indicator that no model publishes, or not yet, counts as its reference; no thresholds, no rumours. */
#include "models/pull.h"

#include "sim/maths.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { RESCUE,
       DISEMBARKATION,
       INTERCEPTION,
       DETENTION,
       DECISION,
       RETURN,
       PATHWAYS,
       NEWS };
enum pull_unit { AS_IT_IS,
                 IN_YEARS,
                 LOGARITHM };

static const struct {
    const char *indicator;
    enum pull_unit unit;
} news[NEWS] = {
    [RESCUE] = {"rescue_coverage", AS_IT_IS},
    [DISEMBARKATION] = {"disembarkation_share", AS_IT_IS},
    [INTERCEPTION] = {"interception_share", AS_IT_IS},
    [DETENTION] = {"detention_share", AS_IT_IS},
    [DECISION] = {"decision_days", IN_YEARS},
    [RETURN] = {"return_rate", AS_IT_IS},
    [PATHWAYS] = {"pathway_places", LOGARITHM},
};

struct pull {
    double elasticity[NEWS], given[NEWS], memory_days; /* parameters */
    double heard[NEWS], reference[NEWS];               /* in the unit of the elasticity */
    uint8_t known[NEWS];
    int found[NEWS]; /* index of the indicator + 1, 0: none */
    bool looked;
    double factor; /* of today */
    int published;
};

#define FIELD(name) offsetof(struct pull, name)
#define ELASTICITY(number, name, unit, doc, source, most)                                                   \
    {                                                                                                       \
        name, PARAM_NUMBER, FIELD(elasticity[number]), unit, doc, source, 0, -(most), most, NULL, "uniform" \
    }
#define REFERENCE(number, name, unit)                                                                                                                                                          \
    {                                                                                                                                                                                          \
        name, PARAM_NUMBER, FIELD(given[number]), unit, "value at which the factor is 1; -1: the first that is published", "assumption: people are used to the first", -1, -1, 1e9, NULL, NULL \
    }
static const struct param params[] = {
    ELASTICITY(RESCUE, "rescue_elasticity", "1", "change of ln departures from rescue of none to all", "evidence: sar.pull.null 0, sar.pull.null2 0, sar.moral_hazard above 0; prior 0 (0 to 0.5), range both-sided", 1),
    ELASTICITY(DISEMBARKATION, "disembarkation_elasticity", "1", "change of ln departures from landing of none to all in safety", "assumption: no effect, either sign; no number found", 1),
    ELASTICITY(INTERCEPTION, "interception_elasticity", "1", "change of ln departures from interception of none to all", "evidence: sar.pull.null (only push-backs changed the flow), return.enforcement_effect below 0, no number; range an assumption", 2),
    ELASTICITY(DETENTION, "detention_elasticity", "1", "change of ln departures from detention of none to all", "evidence: deterrence.family_detention_us 0; prior 0 (-0.1 to 0), range both-sided", 1),
    ELASTICITY(DECISION, "decision_elasticity", "1/year", "change of ln departures by a year more until a decision", "evidence: asylum.policy_deterrence, processing rules deter, sign only; range an assumption", 1),
    ELASTICITY(RETURN, "return_elasticity", "1", "change of ln departures from return of none to all", "evidence: return.enforcement_effect below 0, return.ties_effect above 0, signs only; range an assumption", 2),
    ELASTICITY(PATHWAYS, "pathway_elasticity", "1", "elasticity of departures to 1 + places on pathways", "evidence: pathway.elasticity_us -0.3 (-0.4 to -0.1) at one border; elsewhere doubted; range both-sided", 0.5),
    REFERENCE(RESCUE, "rescue_reference", "1"),
    REFERENCE(DISEMBARKATION, "disembarkation_reference", "1"),
    REFERENCE(INTERCEPTION, "interception_reference", "1"),
    REFERENCE(DETENTION, "detention_reference", "1"),
    REFERENCE(DECISION, "decision_reference", "days"),
    REFERENCE(RETURN, "return_reference", "1"),
    REFERENCE(PATHWAYS, "pathway_reference", "people"),
    {"memory_days", PARAM_NUMBER, FIELD(memory_days), "days", "mean age of what people have heard", "assumption: months; pathway.elasticity_us speaks of ten months", 90, 0, 1000, NULL, "uniform"},
    {0}};

static double in_unit(int j, double value)
{
    if (news[j].unit == IN_YEARS) return value / 365;
    return news[j].unit == LOGARITHM ? maths_log(1 + (value > 0 ? value : 0)) : value;
}

static int pull_open(struct sim *sim, void *state)
{
    struct pull *p = state;
    p->factor = 1;
    sim_keep(sim, "pull.heard", SIM_F64, NEWS, p->heard);
    sim_keep(sim, "pull.reference", SIM_F64, NEWS, p->reference);
    sim_keep(sim, "pull.known", SIM_U8, NEWS, p->known);
    p->published = sim_indicator(sim, "pull_factor", "1", "factor on departures by what people have heard of policies");
    return 0;
}

/* On the first morning, when every model has declared what it publishes. */
static void look(const struct sim *sim, struct pull *p)
{
    for (int j = 0; j < NEWS; j++)
        for (int i = 0; i < sim->indicators; i++)
            if (!strcmp(sim->indicator[i].name, news[j].indicator)) p->found[j] = i + 1;
    p->looked = true;
}

static void hear(struct pull *p, int j, double value, double share)
{
    if (!isfinite(value)) return;
    double x = in_unit(j, value);
    if (!p->known[j]) {
        p->reference[j] = p->given[j] < 0 ? x : in_unit(j, p->given[j]);
        p->heard[j] = x;
        p->known[j] = 1;
    }
    p->heard[j] += share * (x - p->heard[j]);
}

static void pull_morning(struct sim *sim, void *state)
{
    struct pull *p = state;
    double share = p->memory_days > 0 ? 1 - maths_exp(-1 / p->memory_days) : 1, sum = 0;
    if (!p->looked) look(sim, p);
    for (int j = 0; j < NEWS; j++)
        if (p->found[j]) hear(p, j, sim->indicator[p->found[j] - 1].value, share);
    for (int j = 0; j < NEWS; j++) sum += p->elasticity[j] * (p->heard[j] - p->reference[j]);
    p->factor = maths_exp(sum);
}

static void pull_settle(struct sim *sim, void *state)
{
    const struct pull *p = state;
    sim_publish(sim, p->published, p->factor);
}

double pull_factor(const struct sim *sim)
{
    const struct pull *p = sim_state(sim, "pull");
    return p ? p->factor : 1;
}

const struct model pull = {
    .name = "pull",
    .doc = "what people hear of rescue, control, detention, decisions and pathways multiplies departures",
    .source = "evidence with both signs, see the parameters; Rodriguez Sanchez et al. 2023; Deiana, Maheshri, Mastrobuoni 2019; Clemens 2024",
    .purpose = 24,
    .state_size = sizeof(struct pull),
    .params = params,
    .open = pull_open,
    .morning = pull_morning,
    .settle = pull_settle,
};
