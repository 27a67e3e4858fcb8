/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "casegraph.h"
#include "memory.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

int casegraph_find_stage(const struct casegraph *graph, const char *name)
{
    for (int i = 0; i < graph->stages; i++)
        if (strcmp(graph->stage[i].name, name) == 0) return i;
    return -1;
}

int casegraph_find_placement(const struct casegraph *graph, const char *name)
{
    for (int i = 0; i < graph->placements; i++)
        if (strcmp(graph->placement[i].name, name) == 0) return i;
    return -1;
}

int casegraph_find_service(const struct casegraph *graph, const char *name)
{
    for (int i = 0; i < graph->services; i++)
        if (strcmp(graph->service[i].name, name) == 0) return i;
    return -1;
}

static bool is_amount(double value) { return value >= 0 && isfinite(value); }

static int check_outcome(const struct casegraph *graph, const struct casegraph_stage *stage, const struct casegraph_outcome *outcome,
                         struct error *error)
{
    if (outcome->to >= graph->stages)
        return fail(error, FAIL_INPUT, "stage '%s': expected an outcome's stage below %d, found %d",
                    stage->name, graph->stages, outcome->to);
    if (outcome->placement != CASEGRAPH_NONE && outcome->placement >= graph->placements)
        return fail(error, FAIL_INPUT, "stage '%s': expected an outcome's placement below %d, found %d",
                    stage->name, graph->placements, outcome->placement);
    if (!is_amount(outcome->weight))
        return fail(error, FAIL_INPUT, "stage '%s': expected an outcome's weight of 0 or more, found %g", stage->name, outcome->weight);
    return 0;
}

static int check_outcomes(const struct casegraph *graph, const struct casegraph_stage *stage, struct error *error)
{
    double sum = 0;
    if (stage->outcomes > CASEGRAPH_OUTCOMES)
        return fail(error, FAIL_INPUT, "stage '%s': expected at most %d outcomes, found %d", stage->name, CASEGRAPH_OUTCOMES, stage->outcomes);
    for (int i = 0; i < stage->outcomes; i++) {
        if (check_outcome(graph, stage, &stage->outcome[i], error)) return -1;
        sum += stage->outcome[i].weight;
    }
    bool ends = stage->rate > 0 || stage->service >= 0 || (stage->deadline > 0 && stage->overdue == CASEGRAPH_NONE);
    if (stage->outcomes == 0 && ends)
        return fail(error, FAIL_INPUT,
                    "stage '%s': expected outcomes for its rate, service or deadline, found none", stage->name);
    if (stage->outcomes > 0 && sum <= 0) return fail(error, FAIL_INPUT, "stage '%s': every outcome has weight 0", stage->name);
    return 0;
}

static int check_stage(const struct casegraph *graph, int i, struct error *error)
{
    const struct casegraph_stage *stage = &graph->stage[i];
    if (casegraph_find_stage(graph, stage->name) != i) return fail(error, FAIL_INPUT, "two stages are named '%s'", stage->name);
    if (stage->service < -1 || stage->service >= graph->services)
        return fail(error, FAIL_INPUT, "stage '%s': expected a service below %d, found %d", stage->name, graph->services, stage->service);
    if (!is_amount(stage->rate))
        return fail(error, FAIL_INPUT, "stage '%s': expected a rate of 0 or more per day, found %g",
                    stage->name, stage->rate);
    if (!is_amount(stage->deadline))
        return fail(error, FAIL_INPUT, "stage '%s': expected a deadline of 0 (none) or more days, found %g",
                    stage->name, stage->deadline);
    if (stage->overdue != CASEGRAPH_NONE && stage->overdue >= graph->stages)
        return fail(error, FAIL_INPUT, "stage '%s': expected the stage after its deadline below %d, found %d",
                    stage->name, graph->stages, stage->overdue);
    return check_outcomes(graph, stage, error);
}

static int check_stages(const struct casegraph *graph, struct error *error)
{
    int finals = 0;
    for (int i = 0; i < graph->stages; i++) {
        if (check_stage(graph, i, error)) return -1;
        finals += graph->stage[i].outcomes == 0;
    }
    if (graph->stages > 0 && finals == 0)
        return fail(error, FAIL_INPUT,
                    "expected at least one final stage (one without outcomes), found none among %d", graph->stages);
    return 0;
}

static int check_placement(const struct casegraph *graph, int i, struct error *error)
{
    const struct casegraph_placement *placement = &graph->placement[i];
    if (casegraph_find_placement(graph, placement->name) != i)
        return fail(error, FAIL_INPUT, "two placements are named '%s'",
                    placement->name);
    if (!is_amount(placement->leave_rate) || !is_amount(placement->harm_rate))
        return fail(error, FAIL_INPUT, "placement '%s': expected rates of 0 or more per day, found %g (leaving) and %g (harm)",
                    placement->name, placement->leave_rate, placement->harm_rate);
    bool leaves = placement->leave_rate > 0 || placement->leave_stage != CASEGRAPH_NONE;
    if (leaves && graph->stages > 0 && placement->leave_stage >= graph->stages)
        return fail(error, FAIL_INPUT, "placement '%s': expected the stage after leaving below %d, found %d",
                    placement->name, graph->stages, placement->leave_stage);
    if (!is_amount(placement->capacity))
        return fail(error, FAIL_INPUT, "placement '%s': expected a capacity of 0 (unlimited) or more people, found %g",
                    placement->name, placement->capacity);
    return 0;
}

static int check_service(const struct casegraph *graph, int i, struct error *error)
{
    static const char *const rule[] = {"oldest", "newest"};
    const struct casegraph_service *service = &graph->service[i];
    char hint[96];
    if (casegraph_find_service(graph, service->name) != i) return fail(error, FAIL_INPUT, "two services are named '%s'", service->name);
    if (!is_amount(service->capacity))
        return fail(error, FAIL_INPUT, "service '%s': expected a capacity of 0 or more people per day, found %g",
                    service->name, service->capacity);
    const char *given = service->rule ? service->rule : "";
    if (strcmp(given, rule[0]) == 0 || strcmp(given, rule[1]) == 0) return 0;
    return fail(error, FAIL_INPUT, "service '%s': expected the rule 'oldest' or 'newest', found '%s'%s",
                service->name, given, fail_nearest(hint, given, rule, 2));
}

/* Every way out counts, whatever its rate or weight: a scenario may set one to 0 and keep the stage. */
static bool mark(bool *reached, int stages, int stage)
{
    if (stage >= stages || reached[stage]) return false;
    reached[stage] = true;
    return true;
}

static bool mark_next(const struct casegraph *graph, const struct casegraph_stage *stage, bool *reached)
{
    bool found = mark(reached, graph->stages, stage->overdue);
    for (int i = 0; i < stage->outcomes; i++) found |= mark(reached, graph->stages, stage->outcome[i].to);
    return found;
}

static void mark_reached(const struct casegraph *graph, bool *reached)
{
    mark(reached, graph->stages, 0);
    for (int i = 0; i < graph->placements; i++) mark(reached, graph->stages, graph->placement[i].leave_stage);
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < graph->stages; i++)
            if (reached[i]) again |= mark_next(graph, &graph->stage[i], reached);
    }
}

static int check_reached(const struct casegraph *graph, struct error *error)
{
    bool reached[CASEGRAPH_NONE] = {false};
    mark_reached(graph, reached);
    for (int i = 0; i < graph->stages; i++)
        if (!reached[i])
            return fail(error, FAIL_INPUT, "stage '%s' cannot be reached from the first stage '%s'",
                        graph->stage[i].name, graph->stage[0].name);
    return 0;
}

int casegraph_check(const struct casegraph *graph, struct error *error)
{
    if (graph->stages > CASEGRAPH_NONE || graph->placements > CASEGRAPH_NONE)
        return fail(error, FAIL_INPUT, "expected at most %d stages and placements, found %d and %d",
                    CASEGRAPH_NONE, graph->stages, graph->placements);
    for (int i = 0; i < graph->placements; i++)
        if (check_placement(graph, i, error)) return -1;
    for (int i = 0; i < graph->services; i++)
        if (check_service(graph, i, error)) return -1;
    return check_stages(graph, error) || check_reached(graph, error) ? -1 : 0;
}

static void free_stage(struct casegraph_stage *stage)
{
    memory_free(stage->name);
    memory_free(stage->doc);
    memory_free(stage->outcome);
}

static void free_placement(struct casegraph_placement *placement)
{
    memory_free(placement->name);
    memory_free(placement->doc);
}

static void free_service(struct casegraph_service *service)
{
    memory_free(service->name);
    memory_free(service->doc);
    memory_free(service->rule);
}

void casegraph_free(struct casegraph *graph)
{
    if (!graph) return;
    for (int i = 0; i < graph->stages; i++) free_stage(&graph->stage[i]);
    for (int i = 0; i < graph->placements; i++) free_placement(&graph->placement[i]);
    for (int i = 0; i < graph->services; i++) free_service(&graph->service[i]);
    memory_free(graph->stage);
    memory_free(graph->placement);
    memory_free(graph->service);
    memset(graph, 0, sizeof *graph);
}
