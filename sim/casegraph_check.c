/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What casegraph_check() refuses. NaN fails every comparison that is written as what is right. */
#include "casegraph.h"
#include "service.h"
#include <math.h>
#include <string.h>

/* One item of the graph, for messages: "stage 'hearing'". */
struct subject {
    const struct casegraph *graph;
    const char *kind, *name;
    struct error *error;
};

static bool is_amount(double value) { return value >= 0 && isfinite(value); }

static bool is_share(double value) { return value >= 0 && value <= 1; }

static int check_amount(const struct subject *s, const char *what, double value)
{
    if (is_amount(value)) return 0;
    return fail(s->error, FAIL_INPUT, "%s '%s': expected 0 or more as %s, found %g", s->kind, s->name, what, value);
}

static int check_share(const struct subject *s, const char *what, double value)
{
    if (is_share(value)) return 0;
    return fail(s->error, FAIL_INPUT, "%s '%s': expected a share from 0 to 1 as %s, found %g", s->kind, s->name, what, value);
}

static int check_number(const struct subject *s, const char *what, double value)
{
    if (isfinite(value)) return 0;
    return fail(s->error, FAIL_INPUT, "%s '%s': expected a number as %s, found %g", s->kind, s->name, what, value);
}

static int check_index(const struct subject *s, const char *what, int value, int end)
{
    if (value >= 0 && value < end) return 0;
    return fail(s->error, FAIL_INPUT, "%s '%s': expected %s below %d, found %d", s->kind, s->name, what, end, value);
}

/* A stage or placement that need not be given. */
static int check_perhaps(const struct subject *s, const char *what, uint8_t value, int end) { return value == CASEGRAPH_NONE ? 0 : check_index(s, what, value, end); }

/* -1, or a service of the kind wanted. */
static int check_service_kind(const struct subject *s, const char *what, int service, bool places)
{
    if (service == -1) return 0;
    if (check_index(s, what, service, s->graph->services)) return -1;
    if (s->graph->service[service].places == places) return 0;
    return fail(s->error, FAIL_INPUT, "%s '%s': expected %s of kind %s, found '%s'", s->kind, s->name, what, places ? "places" : "daily", s->graph->service[service].name);
}

static int check_twins(const struct subject *s, int found, int expected)
{
    return found == expected ? 0 : fail(s->error, FAIL_INPUT, "two %s%s are named '%s'", s->kind, !strcmp(s->kind, "status") ? "es" : "s", s->name);
}

/* ---- stages */

static int check_outcome(const struct subject *s, const struct casegraph_outcome *outcome)
{
    if (check_index(s, "an outcome's stage", outcome->to, s->graph->stages)) return -1;
    if (check_perhaps(s, "an outcome's status", outcome->status, s->graph->statuses)) return -1;
    for (int i = 0; i < CASEGRAPH_CLASSES; i++)
        if (check_amount(s, "an outcome's weight", outcome->weight[i])) return -1;
    return 0;
}

/* Whoever is taken for whatever class must get one of the outcomes. */
static int check_weights(const struct subject *s, const struct casegraph_stage *stage)
{
    for (int class = 0; class < CASEGRAPH_CLASSES; class ++) {
        double sum = 0;
        for (int i = 0; i < stage->outcomes; i++) sum += stage->outcome[i].weight[class];
        if (!(sum > 0) || !isfinite(sum)) return fail(s->error, FAIL_INPUT, "stage '%s': every outcome has weight 0 in place %d of 'weights'", s->name, class + 1);
    }
    return 0;
}

static int check_outcomes(const struct subject *s, const struct casegraph_stage *stage)
{
    if (stage->outcomes < 0 || stage->outcomes > CASEGRAPH_OUTCOMES)
        return fail(s->error, FAIL_INPUT, "stage '%s': expected at most %d outcomes, found %d", s->name, CASEGRAPH_OUTCOMES, stage->outcomes);
    for (int i = 0; i < stage->outcomes; i++)
        if (check_outcome(s, &stage->outcome[i])) return -1;
    bool ends = stage->rate > 0 || stage->service >= 0 || (stage->deadline > 0 && stage->overdue == CASEGRAPH_NONE);
    if (stage->outcomes == 0 && ends) return fail(s->error, FAIL_INPUT, "stage '%s': expected outcomes for its rate, service or deadline, found none", s->name);
    return stage->outcomes > 0 ? check_weights(s, stage) : 0;
}

static int check_leaving(const struct subject *s, const struct casegraph_stage *stage)
{
    if (check_service_kind(s, "a service", stage->service, false)) return -1;
    if (stage->priority >= SERVICE_PRIORITIES) return fail(s->error, FAIL_INPUT, "stage '%s': expected a priority below %d, found %d", s->name, SERVICE_PRIORITIES, stage->priority);
    if (check_amount(s, "the rate per day", stage->rate)) return -1;
    if (stage->rate > 0 && stage->service >= 0) return fail(s->error, FAIL_INPUT, "stage '%s': expected a service or a rate, found both", s->name);
    if (check_amount(s, "the deadline in days (0: none)", stage->deadline)) return -1;
    return check_perhaps(s, "the stage after its deadline", stage->overdue, s->graph->stages);
}

static int check_placements(const struct subject *s, const struct casegraph_stage *stage)
{
    if (stage->placements < 0 || stage->placements > CASEGRAPH_PLACEMENTS)
        return fail(s->error, FAIL_INPUT, "stage '%s': expected at most %d placements, found %d", s->name, CASEGRAPH_PLACEMENTS, stage->placements);
    for (int i = 0; i < stage->placements; i++) {
        if (check_index(s, "a placement", stage->placement[i], s->graph->placements)) return -1;
        if (memchr(stage->placement, stage->placement[i], (size_t)i)) return fail(s->error, FAIL_INPUT, "stage '%s': placement '%s' is named twice", s->name, s->graph->placement[stage->placement[i]].name);
    }
    return 0;
}

static int check_only(const struct subject *s, const struct casegraph_stage *stage)
{
    if (check_index(s, "the number of 'only'", (int)stage->only, CASEGRAPH_WHOS)) return -1;
    if (stage->only != CASEGRAPH_ALL) return check_index(s, "the stage 'otherwise' of those for whom this one is not", stage->otherwise, s->graph->stages);
    return stage->otherwise == CASEGRAPH_NONE ? 0 : fail(s->error, FAIL_INPUT, "stage '%s': 'otherwise' needs 'only': this stage is for all", s->name);
}

static bool is_given(const struct casegraph *graph, int gives)
{
    for (int i = 0; i < graph->services; i++)
        if (graph->service[i].places && (int)graph->service[i].gives == gives) return true;
    return false;
}

/* A place in a placement and a place asked for are two tickets, which one queue could not tell apart. */
static bool is_placement(const struct casegraph *graph, int gives)
{
    for (int i = 0; i < graph->placements; i++)
        if (graph->placement[i].service >= 0 && (int)graph->service[graph->placement[i].service].gives == gives) return true;
    return false;
}

static int check_asks(const struct subject *s, const struct casegraph_stage *stage)
{
    if (stage->asks && casegraph_is_final(stage)) return fail(s->error, FAIL_INPUT, "stage '%s' is final: nothing is asked for when the case ends, expected no 'asks'", s->name);
    for (int gives = 1; gives < CASEGRAPH_GIVES; gives++)
        if (stage->asks >> gives & 1 && is_placement(s->graph, gives))
            return fail(s->error, FAIL_INPUT, "stage '%s' asks for a %s: a placement takes places of the same service, expected two services", s->name, casegraph_gives_words[gives]);
    if (stage->asks >> CASEGRAPH_GIVES || stage->asks & 1) return fail(s->error, FAIL_INPUT, "stage '%s': expected 'asks' to name what a place gives, found code %u", s->name, stage->asks);
    for (int gives = 1; gives < CASEGRAPH_GIVES; gives++)
        if (stage->asks >> gives & 1 && !is_given(s->graph, gives))
            return fail(s->error, FAIL_INPUT, "stage '%s' asks for a %s: no service of kind places gives that", s->name, casegraph_gives_words[gives]);
    return 0;
}

static int check_decision(const struct subject *s, const struct casegraph_stage *stage)
{
    bool none = isnan(stage->sensitivity) && isnan(stage->specificity), both = is_share(stage->sensitivity) && is_share(stage->specificity);
    if (!none && !both)
        return fail(s->error, FAIL_INPUT, "stage '%s': expected shares from 0 to 1 as sensitivity and specificity, or neither, found %g and %g", s->name, stage->sensitivity, stage->specificity);
    if (check_share(s, "the chance 'screens'", stage->screens)) return -1;
    if (stage->hearing && check_index(s, "the stage 'no_show' of those who do not appear at the hearing", stage->no_show, s->graph->stages)) return -1;
    return check_perhaps(s, "the stage 'no_show'", stage->no_show, s->graph->stages);
}

static int check_removal(const struct subject *s, const struct casegraph_stage *stage)
{
    if (check_index(s, "the number of 'returns'", (int)stage->returns, CASEGRAPH_VOLUNTARY + 1)) return -1;
    if (check_service_kind(s, "the service 'removal'", stage->removal, false)) return -1;
    if (stage->removal < 0 && stage->removed != CASEGRAPH_NONE) return fail(s->error, FAIL_INPUT, "stage '%s': 'removed' needs a service 'removal'", s->name);
    if (stage->removal < 0) return 0;
    if (casegraph_is_final(stage)) return fail(s->error, FAIL_INPUT, "stage '%s' is final: expected no 'removal' after the case has ended", s->name);
    if (stage->removal == stage->service) return fail(s->error, FAIL_INPUT, "stage '%s': expected another service as 'removal' than the stage's own, found '%s' for both", s->name, s->graph->service[stage->service].name);
    return check_index(s, "the stage 'removed' after the removal", stage->removed, s->graph->stages);
}

static int check_stage(const struct casegraph *graph, int i, struct error *error)
{
    const struct casegraph_stage *stage = &graph->stage[i];
    const struct subject s = {graph, "stage", stage->name, error};
    if (check_twins(&s, casegraph_find_stage(graph, stage->name), i)) return -1;
    if (check_leaving(&s, stage) || check_placements(&s, stage) || check_only(&s, stage) || check_asks(&s, stage)) return -1;
    return check_decision(&s, stage) || check_removal(&s, stage) || check_outcomes(&s, stage) ? -1 : 0;
}

static int check_stages(const struct casegraph *graph, struct error *error)
{
    int finals = 0;
    for (int i = 0; i < graph->stages; i++) {
        if (check_stage(graph, i, error)) return -1;
        finals += casegraph_is_final(&graph->stage[i]);
    }
    if (graph->stages > 0 && finals == 0)
        return fail(error, FAIL_INPUT, "expected at least one final stage (without outcomes, rate, service and deadline), found none among %d", graph->stages);
    return 0;
}

/* ---- placements */

static int check_bands(const struct subject *s, const struct casegraph_placement *placement)
{
    if (placement->bands < 1 || placement->bands > CASEGRAPH_BANDS)
        return fail(s->error, FAIL_INPUT, "placement '%s': expected 1 to %d bands, found %d", s->name, CASEGRAPH_BANDS, placement->bands);
    for (int i = 0; i < placement->bands; i++) {
        bool ascends = i == 0 ? placement->band[0] == 0 : isfinite(placement->band[i]) && placement->band[i] > placement->band[i - 1];
        if (!ascends) return fail(s->error, FAIL_INPUT, "placement '%s': expected bands that ascend from day 0, found %g as number %d", s->name, placement->band[i], i + 1);
        if (check_amount(s, "a band's factor", placement->band_factor[i])) return -1;
    }
    return 0;
}

static int check_assignment(const struct subject *s, const struct casegraph_placement *placement)
{
    if (check_amount(s, "the weight 'use'", placement->use)) return -1;
    const double rule[] = {placement->children, placement->vulnerable, placement->families};
    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++)
        if (!(rule[i] >= 0 && rule[i] <= 2)) return fail(s->error, FAIL_INPUT, "placement '%s': expected 0, 1 or 2 as children, vulnerable and families, found %g", s->name, rule[i]);
    if (check_share(s, "risk_from", placement->risk_from) || check_share(s, "risk_to", placement->risk_to)) return -1;
    if (placement->risk_from > placement->risk_to) return fail(s->error, FAIL_INPUT, "placement '%s': expected risk_from at or below risk_to, found %g and %g", s->name, placement->risk_from, placement->risk_to);
    return 0;
}

static int check_harms(const struct subject *s, const struct casegraph_placement *placement)
{
    static const char *const rate[] = {"the leave_rate per day", "the return_rate per day", "the mental_rate per day", "the physical_rate per day", "the death_rate per day"};
    _Static_assert(sizeof rate / sizeof *rate == CASEGRAPH_CAUSES, "a name for each cause");
    for (int i = 0; i < CASEGRAPH_CAUSES; i++)
        if (check_amount(s, rate[i], placement->rate[i])) return -1;
    if (check_number(s, "leave_slope", placement->leave_slope)) return -1;
    if (check_perhaps(s, "the stage after leaving", placement->leave_stage, s->graph->stages)) return -1;
    if (check_perhaps(s, "the stage after a voluntary return", placement->return_stage, s->graph->stages)) return -1;
    if (check_share(s, "the chance 'onset'", placement->onset) || check_share(s, "the share 'lasting'", placement->lasting)) return -1;
    return check_amount(s, "child_factor", placement->child_factor) || check_bands(s, placement) ? -1 : 0;
}

static int check_stay(const struct subject *s, const struct casegraph_placement *placement, int i)
{
    if (check_share(s, "the chance of appearance", placement->appearance) || check_number(s, "appearance_slope", placement->appearance_slope)) return -1;
    if (check_amount(s, "the factor 'error'", placement->error)) return -1;
    if (check_amount(s, "max_days (0: no limit)", placement->max_days) || check_amount(s, "review_days (0: never)", placement->review_days)) return -1;
    if (check_perhaps(s, "the placement 'after'", placement->after, s->graph->placements)) return -1;
    if (placement->max_days > 0 && placement->after == i) return fail(s->error, FAIL_INPUT, "placement '%s': expected another placement as 'after', found itself", s->name);
    if (check_amount(s, "cost_day in EUR", placement->cost_day)) return -1;
    return check_index(s, "the number of 'payer'", (int)placement->payer, CASEGRAPH_PAYERS);
}

/* Who waits for a place waits in one queue for it, so what is there meanwhile has room for everybody. */
static int check_meanwhile(const struct subject *s, const struct casegraph_placement *placement)
{
    if (check_service_kind(s, "a service", placement->service, true) || check_perhaps(s, "the placement 'meanwhile'", placement->meanwhile, s->graph->placements)) return -1;
    if (placement->meanwhile == CASEGRAPH_NONE) return 0;
    const struct casegraph_placement *meanwhile = &s->graph->placement[placement->meanwhile];
    if (meanwhile->service == -1) return 0;
    return fail(s->error, FAIL_INPUT, "placement '%s': expected a placement without a service as 'meanwhile', found '%s'", s->name, meanwhile->name);
}

static int check_placement(const struct casegraph *graph, int i, struct error *error)
{
    const struct casegraph_placement *placement = &graph->placement[i];
    const struct subject s = {graph, "placement", placement->name, error};
    if (check_twins(&s, casegraph_find_placement(graph, placement->name), i) || check_meanwhile(&s, placement)) return -1;
    return check_assignment(&s, placement) || check_harms(&s, placement) || check_stay(&s, placement, i) ? -1 : 0;
}

/* ---- services, statuses, what states have instead */

static int check_overload(const struct subject *s, const struct casegraph_service *service)
{
    if (check_share(s, "overload_loss", service->overload_loss) || check_amount(s, "overload_days", service->overload_days)) return -1;
    if (!(service->overload_loss > 0)) return 0;
    if (service->places) return fail(s->error, FAIL_INPUT, "service '%s': expected overload_loss of a service of kind daily only, found it of one of kind places", s->name);
    return service->overload_days > 0 ? 0 : fail(s->error, FAIL_INPUT, "service '%s': expected overload_days above 0 for its overload_loss, found 0", s->name);
}

static int check_service(const struct casegraph *graph, int i, struct error *error)
{
    const struct casegraph_service *service = &graph->service[i];
    const struct subject s = {graph, "service", service->name, error};
    if (check_twins(&s, casegraph_find_service(graph, service->name), i)) return -1;
    if (check_amount(&s, "staff (or capacity)", service->staff) || check_amount(&s, "productivity", service->productivity)) return -1;
    if (check_index(&s, "the number of 'first'", (int)service->first, CASEGRAPH_FIRSTS) || check_overload(&s, service)) return -1;
    if (check_amount(&s, "the cost in EUR", service->cost) || check_index(&s, "the number of 'payer'", (int)service->payer, CASEGRAPH_PAYERS)) return -1;
    if (check_index(&s, "the number of 'gives'", (int)service->gives, CASEGRAPH_GIVES)) return -1;
    if (service->gives != CASEGRAPH_GIVES_NOTHING && !service->places)
        return fail(error, FAIL_INPUT, "service '%s': expected kind places for 'gives', found daily", service->name);
    return check_index(&s, "the number of 'to'", (int)service->to, CASEGRAPH_WHOS) || check_share(&s, "coverage", service->coverage) ? -1 : 0;
}

static int check_status(const struct casegraph *graph, int i, struct error *error)
{
    const struct subject s = {graph, "status", graph->status[i].name, error};
    if (check_twins(&s, casegraph_find_status(graph, graph->status[i].name), i)) return -1;
    return check_index(&s, "the number of 'level'", (int)graph->status[i].level, CASEGRAPH_LEVELS);
}

static int check_given(const struct casegraph *graph, int i, struct error *error)
{
    const struct casegraph_given *given = &graph->given[i];
    const struct subject s = {graph, "by_state", given->lever, error};
    if (check_index(&s, given->of_service ? "a service" : "a placement", given->item, given->of_service ? graph->services : graph->placements)) return -1;
    if (check_number(&s, "its value", given->value)) return -1;
    for (int j = 0; j < i; j++) {
        const struct casegraph_given *other = &graph->given[j];
        if (other->of_service == given->of_service && other->item == given->item && other->state == given->state && !strcmp(other->lever, given->lever))
            return fail(error, FAIL_INPUT, "'%s' of '%s' is given twice for one state", given->lever, given->of_service ? graph->service[given->item].name : graph->placement[given->item].name);
    }
    return 0;
}

static int check_states(const struct casegraph *graph, struct error *error)
{
    for (int i = 0; i < graph->states; i++)
        for (int j = 0; j < i; j++)
            if (graph->state[i] == graph->state[j]) return fail(error, FAIL_INPUT, "a state that opens cases is named twice (numbers %d and %d of the list)", j + 1, i + 1);
    return 0;
}

/* ---- ways through the graph */

/* Every way out counts, whatever its rate or weight: a scenario may set one to 0 and keep the stage. */
static bool mark(bool *reached, int stages, int stage)
{
    if (stage >= stages || reached[stage]) return false;
    reached[stage] = true;
    return true;
}

static bool mark_next(const struct casegraph *graph, const struct casegraph_stage *stage, bool *reached)
{
    const int beside[] = {stage->overdue, stage->otherwise, stage->no_show, stage->removed};
    bool found = false;
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) found |= mark(reached, graph->stages, beside[i]);
    for (int i = 0; i < stage->outcomes; i++) found |= mark(reached, graph->stages, stage->outcome[i].to);
    return found;
}

static void mark_reached(const struct casegraph *graph, bool *reached)
{
    mark(reached, graph->stages, graph->start);
    for (int i = 0; i < graph->placements; i++) {
        mark(reached, graph->stages, graph->placement[i].leave_stage);
        mark(reached, graph->stages, graph->placement[i].return_stage);
    }
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < graph->stages; i++)
            if (reached[i]) again |= mark_next(graph, &graph->stage[i], reached);
    }
}

static int check_reached(const struct casegraph *graph, struct error *error)
{
    bool reached[CASEGRAPH_NONE] = {false};
    if (graph->stages == 0) return 0;
    if (graph->start < 0 || graph->start >= graph->stages) return fail(error, FAIL_INPUT, "expected the stage in which a case begins below %d, found %d", graph->stages, graph->start);
    mark_reached(graph, reached);
    for (int i = 0; i < graph->stages; i++)
        if (!reached[i]) return fail(error, FAIL_INPUT, "stage '%s' cannot be reached from '%s', in which a case begins", graph->stage[i].name, graph->stage[graph->start].name);
    return 0;
}

/* Whoever is nobody's: from `otherwise` to `otherwise` there must be an end. */
static int check_circles(const struct casegraph *graph, struct error *error)
{
    for (int i = 0; i < graph->stages; i++) {
        int at = i, steps = 0;
        while (at < graph->stages && steps <= graph->stages) at = graph->stage[at].otherwise, steps++;
        if (steps > graph->stages) return fail(error, FAIL_INPUT, "stage '%s': 'otherwise' goes round in a circle", graph->stage[i].name);
    }
    return 0;
}

static int check_counts(const struct casegraph *graph, struct error *error)
{
    if (graph->stages > CASEGRAPH_NONE || graph->placements > CASEGRAPH_NONE)
        return fail(error, FAIL_INPUT, "expected at most %d stages and placements, found %d and %d", CASEGRAPH_NONE, graph->stages, graph->placements);
    if (graph->services > SERVICE_MOST) return fail(error, FAIL_INPUT, "expected at most %d services, found %d", SERVICE_MOST, graph->services);
    /* A person's status is 0, 1 or 2 + number, in a byte. */
    if (graph->statuses > CASEGRAPH_NONE - 2) return fail(error, FAIL_INPUT, "expected at most %d statuses, found %d", CASEGRAPH_NONE - 2, graph->statuses);
    return 0;
}

typedef int check_item(const struct casegraph *graph, int i, struct error *error);

static int check_all(const struct casegraph *graph, int count, check_item *check, struct error *error)
{
    for (int i = 0; i < count; i++)
        if (check(graph, i, error)) return -1;
    return 0;
}

int casegraph_check(const struct casegraph *graph, struct error *error)
{
    if (check_counts(graph, error)) return -1;
    if (check_all(graph, graph->statuses, check_status, error) || check_all(graph, graph->services, check_service, error)) return -1;
    if (check_all(graph, graph->placements, check_placement, error) || check_all(graph, graph->givens, check_given, error)) return -1;
    if (check_states(graph, error) || check_stages(graph, error)) return -1;
    return check_circles(graph, error) || check_reached(graph, error) ? -1 : 0;
}
