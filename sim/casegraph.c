/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "casegraph.h"
#include "memory.h"
#include <math.h>
#include <string.h>

const char *const casegraph_level_words[] = {"none", "stay", "protection", NULL};
const char *const casegraph_who_words[] = {"all", "children", "adults", "unaccompanied", "vulnerable", "likely_refused", "likely_recognised", "removable", "unremovable", "papers", NULL};
const char *const casegraph_first_words[] = {"none", "children", "vulnerable", "likely_refused", "likely_recognised", NULL};
const char *const casegraph_gives_words[] = {"nothing", "counsel", "guardian", "manager", "interpreter", NULL};
const char *const casegraph_payer_words[] = {"state", "donor", "person", NULL};
const char *const casegraph_returns_words[] = {"none", "forced", "voluntary", NULL};

#define WORDS(list) (sizeof(list) / sizeof *(list)-1)
_Static_assert(WORDS(casegraph_level_words) == CASEGRAPH_LEVELS && WORDS(casegraph_who_words) == CASEGRAPH_WHOS, "a word for each");
_Static_assert(WORDS(casegraph_first_words) == CASEGRAPH_FIRSTS && WORDS(casegraph_gives_words) == CASEGRAPH_GIVES, "a word for each");
_Static_assert(WORDS(casegraph_payer_words) == CASEGRAPH_PAYERS && WORDS(casegraph_returns_words) == CASEGRAPH_VOLUNTARY + 1, "a word for each");

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

int casegraph_find_status(const struct casegraph *graph, const char *name)
{
    for (int i = 0; i < graph->statuses; i++)
        if (strcmp(graph->status[i].name, name) == 0) return i;
    return -1;
}

bool casegraph_opens_in(const struct casegraph *graph, uint32_t state)
{
    for (int i = 0; i < graph->states; i++)
        if (graph->state[i] == state) return true;
    return graph->states == 0;
}

bool casegraph_is_final(const struct casegraph_stage *stage)
{
    return stage->outcomes == 0 && stage->service < 0 && !(stage->rate > 0) && !(stage->deadline > 0);
}

struct casegraph_stage casegraph_stage_default(void)
{
    return (struct casegraph_stage){
        .service = -1,
        .overdue = CASEGRAPH_NONE,
        .otherwise = CASEGRAPH_NONE,
        .no_show = CASEGRAPH_NONE,
        .sensitivity = NAN,
        .specificity = NAN,
        .removal = -1,
        .removed = CASEGRAPH_NONE,
    };
}

struct casegraph_placement casegraph_placement_default(void)
{
    return (struct casegraph_placement){
        .service = -1,
        .meanwhile = CASEGRAPH_NONE,
        .use = 1,
        .children = 2,
        .vulnerable = 2,
        .families = 2,
        .risk_to = 1,
        .leave_stage = CASEGRAPH_NONE,
        .return_stage = CASEGRAPH_NONE,
        .child_factor = 1,
        .bands = 1,
        .band_factor = {1},
        .appearance = 1,
        .error = 1,
        .after = CASEGRAPH_NONE,
    };
}

struct casegraph_service casegraph_service_default(void) { return (struct casegraph_service){.productivity = 1, .coverage = 1}; }

double casegraph_given(const struct casegraph *graph, const char *lever, bool of_service, int item, uint32_t state, double fallback)
{
    for (int i = 0; i < graph->givens; i++) {
        const struct casegraph_given *given = &graph->given[i];
        if (given->of_service == of_service && given->item == item && given->state == state && !strcmp(given->lever, lever)) return given->value;
    }
    return fallback;
}

static void free_texts(char *name, char *doc)
{
    memory_free(name);
    memory_free(doc);
}

void casegraph_free(struct casegraph *graph)
{
    if (!graph) return;
    for (int i = 0; i < graph->stages; i++) {
        free_texts(graph->stage[i].name, graph->stage[i].doc);
        memory_free(graph->stage[i].outcome);
    }
    for (int i = 0; i < graph->placements; i++) free_texts(graph->placement[i].name, graph->placement[i].doc);
    for (int i = 0; i < graph->services; i++) free_texts(graph->service[i].name, graph->service[i].doc);
    for (int i = 0; i < graph->statuses; i++) free_texts(graph->status[i].name, graph->status[i].doc);
    for (int i = 0; i < graph->givens; i++) memory_free(graph->given[i].lever);
    void *block[] = {graph->stage, graph->placement, graph->service, graph->status, graph->state, graph->given};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    memset(graph, 0, sizeof *graph);
}
