/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a decision on a case comes to. The hidden need of protection is seen through the accuracy of those who decide: a person
   is taken for in need or not, rightly or wrongly, and the outcome is drawn by the class that the person is taken for.

   1. Errors. A stage with a sensitivity and a specificity (levers, by stage and state) takes a person in need for one who is not
      with chance min(1, f (1 - sensitivity)), and one who is not for one who is with chance min(1, f (1 - specificity));
      f = error of the placement x (with counsel: 1 - counsel_effect) x (no interpreter, where a service gives them: 1 +
      no_interpreter) x pressure^pressure_elasticity x (1 - quality_effect quality). Pressure: productivity of the stage's service
      today over the scenario's, policies apart from overload; 1 for a stage without a service. So an accuracy of 1 makes no wrong
      finding whatever else holds, and 0.5 with 0.5 is a coin.
   2. Offices. Each party is sent to one of `offices` of the state, anew at each stage. The odds of being taken for in need are
      multiplied by exp(office_spread z), z standard normal of the office for the whole run; chances of 0 and 1 stay.
   3. Luck. One uniform a party, stage and decision, so that a family has one luck and a smaller error leaves out some wrong findings
      and adds none. Taken for: rightly, the own true class of today; in need taken for not: none; not in need taken for in need: other.
   4. Outcome. A race of exponentials with the stage's weights for that class, times the lever `grants` for outcomes with a status,
      by person, stage, decision and number of the outcome: closing one outcome moves only those who had it. Levers that close
      all of them leave the last of the list.
   A stage without a sensitivity makes no finding: its weights go by the true class. So do all without this model.
   Source: A/72/643 para 67 (b), assessment of each person, fairly and reliably; numbers at the parameters. Accuracy itself cannot
   be observed: analysis/accuracy_set.py says what recognition and success of appeals leave possible.
   Assumption: factors multiply, and act on both kinds of error alike; decisions of one stage and the next are independent given
   the need; offices differ in leniency, not in accuracy, and the same office is as lenient at every stage.
   Limits: no learning and no memory in an office; no country guidance that moves all decisions on an origin at once. The mean
   leniency of few offices is not 0: a state as a whole may be strict or lenient in one seed. */
#include "models/determination.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/queue.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define MOST_OFFICES 1000
#define MOST_TRIES 1000 /* for a normal deviate; each fails with chance 0.05 */

enum { DRAW_OFFICE,
       DRAW_LENIENCY,
       DRAW_OFFICER,
       DRAW_OUTCOME }; /* purposes */

struct determination {
    double counsel_effect, no_interpreter, pressure_elasticity, office_spread, quality_effect; /* parameters */
    int64_t offices;
    int sensitivity, specificity, grants, quality; /* levers */
    double *odds;                                  /* exp(office_spread z) by state and office */
};

#define FIELD(name) offsetof(struct determination, name)
static const struct param params[] = {
    {"counsel_effect", PARAM_NUMBER, FIELD(counsel_effect), "1", "share of wrong findings, of both kinds, that a lawyer removes; below 0 a lawyer adds some", "assumption: 0.15 (-0.1 to 0.5). For: 0.52 of represented and 0.10 of unrepresented people were granted protection in United States courts (TRAC 2016), half of it selection by lawyers. Against: early legal advice changed neither quality nor appeals in the United Kingdom (Home Office Research Report 70, 2013), and poor counsel was worse than none (Miller and others 2015)", 0.15, -0.1, 0.5, NULL, "triangular"},
    {"no_interpreter", PARAM_NUMBER, FIELD(no_interpreter), "1", "further wrong findings, as a share, for who has no interpreter where a service gives interpreters", "assumption: 0.25 (0 to 1), no source with a number; of 50 refusals overturned in the United Kingdom over 0.8 were wrong on credibility (Amnesty 2013), which rests on what was said and understood", 0.25, 0, 1, NULL, "triangular"},
    {"pressure_elasticity", PARAM_NUMBER, FIELD(pressure_elasticity), "1", "elasticity of the chance of a wrong finding to decisions per member of staff: faster decisions are worse", "assumption: 0.2 (0 to 2); United Kingdom 2013-23, shares of sampled decisions below standard (0.18-0.45) on decisions a staff-month (4-18), ten years: 0.22 with a standard error of 0.15 (Home Office transparency data), faults of process rather than of truth, and of differences between years", 0.2, 0, 2, NULL, "triangular"},
    {"office_spread", PARAM_NUMBER, FIELD(office_spread), "1", "standard deviation between offices in the log odds of being taken for in need", "recognition of one origin between German states 2010-15 (Schneider and others via ECRE 2017) and between states of Europe (EUAA 2021): 0.12 in shares (0.05-0.30), at a share of 0.4 equal to 0.5 (0.2-1.25)", 0.5, 0, 1.25, NULL, "triangular"},
    {"offices", PARAM_INTEGER, FIELD(offices), "offices", "offices of a state that decide on cases", "Italy 2015-17: 20 territorial commissions, with 27-28 sections", 20, 1, MOST_OFFICES, NULL, NULL},
    {"quality_effect", PARAM_NUMBER, FIELD(quality_effect), "1", "share of wrong findings that the full measure of the lever `quality` removes: second readings, training, country information", "assumption: 0.3 (0 to 0.6); in the United Kingdom 0.18-0.45 of sampled decisions fell below the own standard (2013-23), with no measured effect of review on them", 0.3, 0, 0.6, NULL, "triangular"},
    {0}};

static const struct lever levers[] = {
    {"sensitivity", "1", "chance that a person in need of protection is taken for one, before what else helps or harms", 1, 0, 1, LEVER_STAGE},
    {"specificity", "1", "chance that a person who is not in need is taken for one who is not", 1, 0, 1, LEVER_STAGE},
    {"grants", "1", "factor on the weights of outcomes that give this status; 0 closes it", 1, 0, 100, LEVER_STATUS},
    {"quality", "1", "quality control of decisions: 0 as it was, 1 every decision is read again", 0, 0, 1, LEVER_STATE},
    {0}};

/* ---- opening ---- */

static bool determines(const struct casegraph_stage *stage) { return !isnan(stage->sensitivity) && !isnan(stage->specificity); }

static int check_weights(struct sim *sim, const struct casegraph_stage *stage)
{
    for (int class = 0; class < CASEGRAPH_CLASSES; class ++) {
        double sum = 0;
        for (int i = 0; i < stage->outcomes; i++) sum += stage->outcome[i].weight[class];
        if (!(sum > 0))
            return fail(&sim->error, FAIL_INPUT, "stage '%s' makes a finding: expected an outcome with a weight above 0 for people taken for '%s', found none",
                        stage->name, protection_names[class]);
    }
    return 0;
}

static int check_stage(struct sim *sim, const struct casegraph_stage *stage)
{
    if (isnan(stage->sensitivity) != isnan(stage->specificity))
        return fail(&sim->error, FAIL_INPUT, "stage '%s': expected both sensitivity and specificity or none of them, found %s only",
                    stage->name, isnan(stage->specificity) ? "sensitivity" : "specificity");
    if (!determines(stage)) return 0;
    if (stage->outcomes == 0) return fail(&sim->error, FAIL_INPUT, "stage '%s': expected outcomes of its sensitivity and specificity, found none", stage->name);
    return check_weights(sim, stage);
}

/* A policy on a stage that makes no finding would do nothing. */
static int check_policy(struct sim *sim, const struct lever_policy *policy)
{
    bool named = !strcmp(policy->lever, "sensitivity") || !strcmp(policy->lever, "specificity");
    const struct casegraph *graph = &sim->setup->casegraph;
    int64_t stage = policy->cell / sim->world->states;
    if (!named || policy->cell < 0 || stage >= graph->stages || determines(&graph->stage[stage])) return 0;
    return fail_at(&sim->error, policy->file, policy->line, "policy '%s': expected a stage with a sensitivity and a specificity for lever '%s', found '%s'",
                   policy->name, policy->lever, graph->stage[stage].name);
}

static int check(struct sim *sim)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    for (int i = 0; i < graph->stages; i++)
        if (check_stage(sim, &graph->stage[i])) return -1;
    for (uint32_t i = 0; i < sim->setup->levers.policies; i++)
        if (check_policy(sim, &sim->setup->levers.policy[i])) return -1;
    return 0;
}

static int find_lever(const struct sim *sim, const char *name) { return lever_find(&sim->setup->levers, name); }

static void set_baselines(const struct determination *d, const struct sim *sim)
{
    const struct casegraph *graph = &sim->setup->casegraph;
    double **baseline = sim->setup->levers.baseline;
    for (uint32_t cell = 0; cell < (uint32_t)graph->stages * sim->world->states; cell++) {
        const struct casegraph_stage *stage = &graph->stage[cell / sim->world->states];
        if (!determines(stage)) continue;
        baseline[d->sensitivity][cell] = stage->sensitivity;
        baseline[d->specificity][cell] = stage->specificity;
    }
}

static uint32_t purpose(uint32_t what) { return determination_model.purpose * 256u + what; }

/* Standard normal by Marsaglia's polar method: no function that differs between processors. */
static double leniency(const struct sim *sim, uint32_t state, uint32_t office)
{
    uint64_t address = (uint64_t)state << 32 | office;
    for (uint32_t i = 0; i < MOST_TRIES; i++) {
        struct rng_block block = rng_draw(sim->setup->seed, address, purpose(DRAW_LENIENCY), 0, i);
        for (int k = 0; k < 4; k += 2) {
            double a = 2 * rng_uniform(block.word[k]) - 1, b = 2 * rng_uniform(block.word[k + 1]) - 1, square = a * a + b * b;
            if (square < 1 && square > 0) return a * sqrt(-2 * maths_log(square) / square);
        }
    }
    return 0;
}

static void open_offices(struct determination *d, const struct sim *sim)
{
    uint32_t offices = (uint32_t)d->offices, count = sim->world->states * offices;
    d->odds = memory_new(count, sizeof *d->odds);
    for (uint32_t i = 0; i < count; i++) d->odds[i] = maths_exp(d->office_spread * leniency(sim, i / offices, i % offices));
}

static int determination_open(struct sim *sim, void *state)
{
    struct determination *d = state;
    if (check(sim)) return -1;
    d->sensitivity = find_lever(sim, "sensitivity");
    d->specificity = find_lever(sim, "specificity");
    d->grants = find_lever(sim, "grants");
    d->quality = find_lever(sim, "quality");
    set_baselines(d, sim);
    open_offices(d, sim);
    return 0;
}

static void determination_close(void *state)
{
    struct determination *d = state;
    memory_free(d->odds);
}

/* ---- the finding ---- */

static double lever(const struct docket_person *a, int number, uint32_t cell) { return lever_value(&a->sim->setup->levers, number, cell); }

static uint32_t cell_of(const struct docket_person *a, int item) { return (uint32_t)item * a->sim->world->states + a->state; }

static double pressure(const struct determination *d, const struct docket_person *a, int stage)
{
    int service = a->docket->graph->stage[stage].service;
    if (service < 0) return 1;
    double value = queue_pressure(a->sim, service, a->state);
    return isfinite(value) && value >= 0 ? maths_pow(value, d->pressure_elasticity) : 1;
}

/* On both chances of a wrong finding. */
static double factor(const struct determination *d, const struct docket_person *a, int stage, double error)
{
    double counsel = docket_holds(a, CASEGRAPH_GIVES_COUNSEL) ? 1 - d->counsel_effect : 1;
    bool alone = docket_service(a->docket, CASEGRAPH_GIVES_INTERPRETER) >= 0 && !docket_holds(a, CASEGRAPH_GIVES_INTERPRETER);
    double interpreter = alone ? 1 + d->no_interpreter : 1;
    double quality = 1 - d->quality_effect * lever(a, d->quality, a->state);
    return error * counsel * interpreter * pressure(d, a, stage) * quality;
}

static double wrong_chance(double right, double times)
{
    double wrong = (1 - right) * times;
    return wrong < 1 ? wrong : 1;
}

/* The party's office at this stage. */
static double odds_of_office(const struct determination *d, const struct docket_person *a, int stage)
{
    uint32_t word = rng_draw(a->sim->setup->seed, a->p->party, purpose(DRAW_OFFICE), 0, (uint32_t)stage).word[0];
    uint32_t offices = (uint32_t)d->offices, office = (uint32_t)((uint64_t)word * offices >> 32);
    return d->odds[a->state * offices + office];
}

/* Of being taken for in need. */
static double chance(const struct determination *d, const struct docket_person *a, int stage, double error, bool in_need)
{
    double times = factor(d, a, stage, error);
    double wrong = wrong_chance(lever(a, in_need ? d->sensitivity : d->specificity, cell_of(a, stage)), times);
    double yes = in_need ? 1 - wrong : wrong, odds = odds_of_office(d, a, stage);
    return yes * odds / (yes * odds + (1 - yes));
}

static enum protection_class taken_for(const struct determination *d, const struct docket_person *a, int stage, double error, uint32_t spell)
{
    enum protection_class class = docket_class(a);
    bool in_need = class < PROTECTION_OBSTACLE;
    double luck = rng_uniform(rng_draw(a->sim->setup->seed, a->p->party, purpose(DRAW_OFFICER), spell, (uint32_t)stage).word[0]);
    bool taken = luck < chance(d, a, stage, error, in_need);
    if (taken == in_need) return class;
    return in_need ? PROTECTION_NONE : PROTECTION_OTHER;
}

/* ---- the outcome ---- */

static int draw_outcome(const struct determination *d, const struct docket_person *a, int stage, enum protection_class class, uint32_t spell)
{
    const struct casegraph_stage *s = &a->docket->graph->stage[stage];
    double weight[CASEGRAPH_OUTCOMES];
    for (int i = 0; i < s->outcomes; i++) {
        uint8_t status = s->outcome[i].status;
        weight[i] = s->outcome[i].weight[class] * (d && status != CASEGRAPH_NONE ? lever(a, d->grants, cell_of(a, status)) : 1);
    }
    int won = rng_race(a->sim->setup->seed, a->p->id, purpose(DRAW_OUTCOME), (uint32_t)stage << 16 | spell, s->outcomes, weight, NULL);
    return won < 0 ? s->outcomes - 1 : won;
}

int determination_outcome(const struct determination *d, const struct docket_person *a, int stage, double error, uint32_t spell)
{
    const struct casegraph_stage *s = &a->docket->graph->stage[stage];
    assert(s->outcomes > 0 && error >= 0 && spell <= UINT16_MAX);
    bool finds = d && determines(s);
    enum protection_class class = finds ? taken_for(d, a, stage, error, spell) : docket_class(a);
    return draw_outcome(d, a, stage, class, spell);
}

int determination_wrong(const struct docket_person *a, uint8_t status)
{
    return status == CASEGRAPH_NONE ? 0 : docket_wrong(a->docket->graph->status[status].level, docket_in_need(a));
}

const struct model determination_model = {
    .name = "determination",
    .doc = "what decisions on cases come to: accuracy, counsel, interpreters, pressure, quality, noise between offices",
    .source = "A/72/643 para 67 (b); Home Office transparency data 2013-23; ECRE 2017; EUAA 2021",
    .purpose = 31,
    .state_size = sizeof(struct determination),
    .params = params,
    .levers = levers,
    .open = determination_open,
    .close = determination_close,
};
