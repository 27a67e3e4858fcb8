/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The placements of the case graph. */
#include "scenario_case.h"
#include "sim/memory.h"
#include <string.h>

#define AT(field) offsetof(struct casegraph_placement, field)
#define RATE(cause) (AT(rate) + (cause) * sizeof(double))

/* `children` and `detain_children` are one number: two levers, the one for placements that detain. */
static const struct scenario_case_field fields[] = {
    {"use", "use", AT(use), 0, 1e6, false},
    {"children", "children", AT(children), 0, 2, true},
    {"detain_children", "detain_children", AT(children), 0, 2, true},
    {"vulnerable", "vulnerable", AT(vulnerable), 0, 2, true},
    {"families", "families", AT(families), 0, 2, true},
    {"risk_from", "risk_from", AT(risk_from), 0, 1, false},
    {"risk_to", "risk_to", AT(risk_to), 0, 1, false},
    {"max_days", "max_days", AT(max_days), 0, SCENARIO_CASE_DAYS, false},
    {"review_days", "review_days", AT(review_days), 0, SCENARIO_CASE_DAYS, false},
    {"cost_day", "cost_day", AT(cost_day), 0, 1e6, false},
    {"appearance", "appearance", AT(appearance), 0, 1, false},
    {"leave_rate", NULL, RATE(CASEGRAPH_LEAVES), 0, SCENARIO_CASE_RATE, false},
    {"return_rate", NULL, RATE(CASEGRAPH_RETURNS), 0, SCENARIO_CASE_RATE, false},
    {"mental_rate", NULL, RATE(CASEGRAPH_MENTAL), 0, SCENARIO_CASE_RATE, false},
    {"physical_rate", NULL, RATE(CASEGRAPH_PHYSICAL), 0, SCENARIO_CASE_RATE, false},
    {"death_rate", NULL, RATE(CASEGRAPH_DEATH), 0, SCENARIO_CASE_RATE, false},
    {"leave_slope", NULL, AT(leave_slope), -20, 20, false},
    {"onset", NULL, AT(onset), 0, 1, false},
    {"lasting", NULL, AT(lasting), 0, 1, false},
    {"child_factor", NULL, AT(child_factor), 0, 100, false},
    {"appearance_slope", NULL, AT(appearance_slope), -1, 1, false},
    {"error", NULL, AT(error), 0, 100, false},
    {0}};

static int check_children(struct scenario_case *r, struct config_node group, const struct casegraph_placement *placement)
{
    if (!placement->detains) return scenario_case_only_with(r, group, "detain_children", false, "detains = true: write 'children'");
    if (!config_has(group, "children") || !config_has(group, "detain_children")) return 0;
    return config_fail(group, r->error, "expected either 'children' or 'detain_children', found both");
}

/* Where the placement detains, both keys give the lever that says so. */
static int read_given(struct scenario_case *r, struct config_node group, int item, uint32_t state)
{
    const struct casegraph_placement *placement = &r->graph->placement[item];
    int first = r->graph->givens;
    if (check_children(r, group, placement) || scenario_case_given(r, group, fields, false, item, state)) return -1;
    for (int i = first; i < r->graph->givens && placement->detains; i++) {
        char **lever = &r->graph->given[i].lever;
        if (strcmp(*lever, "children")) continue;
        memory_free(*lever);
        *lever = memory_text("detain_children");
    }
    return 0;
}

static int copy_list(struct scenario_case *r, struct config_node group, const char *key, double *value, int *count)
{
    struct config_list list = {0};
    if (config_numbers(group, key, CONFIG_OPTIONAL, &list, r->error)) return -1;
    *count = list.count;
    for (int i = 0; i < list.count && i < CASEGRAPH_BANDS; i++) value[i] = list.value[i];
    memory_free(list.value);
    if (list.count <= CASEGRAPH_BANDS) return 0;
    return config_fail(group, r->error, "%s: expected at most %d numbers, found %d", key, CASEGRAPH_BANDS, list.count);
}

static int check_bands(struct scenario_case *r, struct config_node group, const struct casegraph_placement *placement)
{
    if (placement->band[0] != 0) return config_fail(group, r->error, "bands: expected 0 first, found %g", placement->band[0]);
    for (int i = 0; i < placement->bands; i++) {
        if (i > 0 && !(placement->band[i] > placement->band[i - 1] && placement->band[i] <= SCENARIO_CASE_DAYS))
            return config_fail(group, r->error, "bands: expected days that ascend, at most %g, found %g after %g", SCENARIO_CASE_DAYS,
                               placement->band[i], placement->band[i - 1]);
        if (!(placement->band_factor[i] >= 0 && placement->band_factor[i] <= 1000))
            return config_fail(group, r->error, "band_factor: expected numbers from 0 to 1000, found %g", placement->band_factor[i]);
    }
    return 0;
}

/* The default stays where both are absent. */
static int read_bands(struct scenario_case *r, struct config_node group, struct casegraph_placement *placement)
{
    double band[CASEGRAPH_BANDS] = {0}, factor[CASEGRAPH_BANDS] = {0};
    int bands, factors;
    if (copy_list(r, group, "bands", band, &bands) || copy_list(r, group, "band_factor", factor, &factors)) return -1;
    if (bands != factors)
        return config_fail(group, r->error, "expected as many numbers in 'bands' as in 'band_factor', found %d and %d", bands, factors);
    if (!bands) return 0;
    placement->bands = bands;
    memcpy(placement->band, band, sizeof band);
    memcpy(placement->band_factor, factor, sizeof factor);
    return check_bands(r, group, placement);
}

static int read_service(struct scenario_case *r, struct config_node group, struct casegraph_placement *placement)
{
    int service = placement->service;
    if (scenario_case_item(r, group, "service", SCENARIO_SERVICE, &service) || scenario_case_kind(r, group, "service", service, true)) return -1;
    placement->service = (int16_t)service;
    if (scenario_case_code(r, group, "meanwhile", SCENARIO_PLACEMENT, &placement->meanwhile)) return -1;
    return scenario_case_only_with(r, group, "meanwhile", service >= 0, "'service', for whose place people would wait");
}

static int check_references(struct scenario_case *r, struct config_node group, const struct casegraph_placement *placement)
{
    if (placement->meanwhile < r->graph->placements && &r->graph->placement[placement->meanwhile] == placement)
        return config_fail(group, r->error, "placement '%s': expected another placement to wait in", placement->name);
    if (placement->after < r->graph->placements && &r->graph->placement[placement->after] == placement)
        return config_fail(group, r->error, "placement '%s': expected another placement after it", placement->name);
    if (placement->risk_from < placement->risk_to) return 0;
    return config_fail(group, r->error, "placement '%s': expected risk_from below risk_to, found %g and %g", placement->name, placement->risk_from,
                       placement->risk_to);
}

static int read_ways_out(struct scenario_case *r, struct config_node group, struct casegraph_placement *placement)
{
    if (scenario_case_code(r, group, "leave_stage", SCENARIO_STAGE, &placement->leave_stage)) return -1;
    if (scenario_case_code(r, group, "return_stage", SCENARIO_STAGE, &placement->return_stage)) return -1;
    if (placement->rate[CASEGRAPH_RETURNS] > 0 && placement->return_stage == CASEGRAPH_NONE)
        return config_fail(group, r->error, "'return_stage' is missing: a return_rate needs it");
    return scenario_case_code(r, group, "after", SCENARIO_PLACEMENT, &placement->after);
}

int scenario_placement_read(struct scenario_case *r, struct config_node group, int item)
{
    struct casegraph_placement *placement = &r->graph->placement[item];
    int payer = (int)placement->payer;
    if (scenario_case_doc(r, group, &placement->doc) || config_flag(group, "detains", CONFIG_OPTIONAL, &placement->detains, r->error)) return -1;
    if (config_flag(group, "work", CONFIG_OPTIONAL, &placement->work, r->error) || check_children(r, group, placement)) return -1;
    if (placement->detains) placement->children = 0;
    if (scenario_case_numbers(r, group, fields, placement) || read_bands(r, group, placement)) return -1;
    if (scenario_case_word(r, group, "payer", casegraph_payer_words, &payer)) return -1;
    placement->payer = (enum casegraph_payer)payer;
    if (read_service(r, group, placement) || read_ways_out(r, group, placement) || check_references(r, group, placement)) return -1;
    return scenario_case_states(r, group, item, read_given);
}
