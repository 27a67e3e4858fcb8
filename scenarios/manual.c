/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manual.h"
#include "sim/memory.h"
#include "sim/queue.h"
#include "sim/sim.h"
#include "sim/version.h"
#include <string.h>

typedef void write_model(const struct model *model, FILE *out);

/* The fallback of a parameter as text: a table of one entry, stored into scratch. */
static void fallback_text(const struct param *param, char *text, size_t size)
{
    union {
        double number;
        int64_t integer;
        bool flag;
        int choice;
        struct param_list list;
        char *name;
    } scratch = {0};
    struct param table[2] = {*param, {0}};
    table[0].offset = 0;
    param_defaults(table, &scratch);
    param_text(table, &scratch, text, size);
}

static void range_text(const struct param *param, char *text, size_t size)
{
    if (param->kind == PARAM_CHOICE) snprintf(text, size, "%s", param->choices);
    else if (param->kind == PARAM_FLAG) snprintf(text, size, "true|false");
    else if (param->kind == PARAM_TEXT) snprintf(text, size, "a name");
    else snprintf(text, size, "%g to %g%s", param->low, param->high, param->kind == PARAM_LIST ? " each" : "");
}

static const char *unit_of(const char *unit) { return unit && strcmp(unit, "1") ? unit : "-"; }

/* ---- plain ---- */

static void plain_model(const struct model *model, FILE *out)
{
    char value[100], range[200];
    fprintf(out, "%s: %s\n", model->name, model->doc);
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) {
        fallback_text(param, value, sizeof value);
        range_text(param, range, sizeof range);
        fprintf(out, "  %-28s %s [%s; %s] %s\n", param->name, value, unit_of(param->unit), range, param->doc);
    }
    for (const struct lever *lever = model->levers; lever && lever->name; lever++)
        fprintf(out, "  lever %-22s %g [%s; %g to %g] %s\n", lever->name, lever->fallback, unit_of(lever->unit), lever->min, lever->max,
                lever->doc);
}

/* ---- Markdown ---- */

/* A bar would end the cell. */
static void cell(const char *text, FILE *out)
{
    for (; text && *text; text++) fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void row(const char *const *text, int count, FILE *out)
{
    for (int i = 0; i < count; i++) {
        fprintf(out, "| ");
        cell(text[i], out);
        fprintf(out, " ");
    }
    fprintf(out, "|\n");
}

static void markdown_params(const struct model *model, FILE *out)
{
    char value[100], range[200];
    if (model->params->kind == PARAM_END) return;
    fprintf(out, "| parameter | default | unit | range | meaning | source |\n|---|---|---|---|---|---|\n");
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) {
        fallback_text(param, value, sizeof value);
        range_text(param, range, sizeof range);
        row((const char *[]){param->name, value, unit_of(param->unit), range, param->doc, param->source}, 6, out);
    }
    fprintf(out, "\n");
}

static void markdown_levers(const struct lever *levers, FILE *out)
{
    static const char *const over[LEVER_OVERS] = {"world", "state", "place", "link", "placement", "service", "stage", "status"};
    char value[40], range[80];
    if (!levers || !levers->name) return;
    fprintf(out, "| lever | baseline | unit | range | over | meaning |\n|---|---|---|---|---|---|\n");
    for (const struct lever *lever = levers; lever->name; lever++) {
        snprintf(value, sizeof value, "%g", lever->fallback);
        snprintf(range, sizeof range, "%g to %g", lever->min, lever->max);
        row((const char *[]){lever->name, value, unit_of(lever->unit), range, over[lever->over], lever->doc}, 6, out);
    }
    fprintf(out, "\n");
}

static void markdown_model(const struct model *model, FILE *out)
{
    fprintf(out, "## %s\n\n%s. Source: %s.\n\n", model->name, model->doc, model->source ? model->source : "none");
    markdown_params(model, out);
    markdown_levers(model->levers, out);
}

/* ---- the ODD+D document ---- */

/* Standing text: short, and true whatever models there are. */
struct passage {
    const char *heading, *text;
};

static const struct passage purpose[] = {
    {"## 1 Purpose and patterns",
     "To test migration policy on synthetic people: how many set out, travel, wait, are decided upon, are harmed or die when "
     "a policy is in force, and how far that depends on each assumption. In runs that differ in a policy alone a person has "
     "the same id and the same traits, and draws that have nothing to do with the policy stay the same. A run is no "
     "forecast.\n\n"
     "Patterns: where a scenario names observed numbers of people by place, the difference from them is written for every "
     "day (sum of absolute differences over the sum of the observed, plain and rescaled). Submodels name the studies that "
     "they follow."},
    {NULL, NULL}};

static const struct passage entities[] = {
    {"### Place",
     "Name, region, state; latitude, longitude [degrees]; kind: town, camp, idp_camp, conflict, marker, forwarding, several "
     "at once; population [people at the start]; capacity [people; 0 unlimited]. Further numeric columns as a scenario has "
     "them."},
    {"### Link",
     "Directed, from place to place; length [km]; open or closed today; redirected or not. Closures come from the scenario, "
     "by date."},
    {"### State",
     "A name. Places belong to one; borders between two of them can close."},
    {"### Stage, placement, service and status of a case",
     "Read from the scenario; the same in every state that opens cases, but for what the scenario says of one state. Stage: for whom "
     "it is; service and priority of its queue, or rate [1/day]; deadline [days]; placements that people are assigned to; places "
     "asked for (counsel, guardian, manager, interpreter); whether people must appear, and how well the decision tells who is in "
     "need; outcomes with weights by class of protection. Placement: whether it detains; for whom it may be used; rates of leaving, "
     "of voluntary return, of harm and of death [1/day]; appearance; longest stay and review [days]; cost [EUR/day]. Service, in "
     "each state: staff and productivity, whose product is its capacity [people/day, or places]; who goes first; cost [EUR/person]. "
     "Status: what a decision gives, and whether it is protection, a stay or neither."},
    {NULL, NULL}};

static const struct passage concepts[] = {
    {"### Basic principles",
     "What can happen to a person is a set of waits that run side by side. A wait ends by a hazard, on a day, or when a "
     "service calls. Hazards are set by submodels, by place or by stage and placement, and a person's class may raise or "
     "lower them. Of several waits that end on one day in one phase the earliest within the day comes first."},
    {"### Individual decision making",
     "A person decides when a wait ends. Options have weights; an option is taken with the share of its weight. Nobody "
     "maximises anything, plans ahead or changes their rules, unless a submodel says so. What weighs is written in the "
     "submodel."},
    {"### Emergence",
     "Numbers of people by place, road, stage and placement, times waited, and queues are not set: they follow from the "
     "waits of persons, the capacities and the map. Numbers of people who enter may be data; the submodel of entry says so."},
    {"### Adaptation",
     "Persons respond to the state of places, roads and queues through weights and hazards. Policies may respond to "
     "yesterday's indicators, where the scenario says so."},
    {"### Objectives",
     "None, unless a submodel says so."},
    {"### Learning",
     "None, unless a submodel says so."},
    {"### Prediction",
     "None, unless a submodel says so."},
    {"### Sensing",
     "Counts are known as they stood at the end of the phase before, without error. How far a person knows the map is a "
     "matter of the submodel."},
    {"### Interaction",
     "Through capacities of places, through queues for services, and through policies that follow indicators. Within a phase "
     "nobody sees what another does in the same phase."},
    {"### Stochasticity",
     "Every draw is a function of the seed, of whom or what it concerns (person, party, place), purpose, spell and option, "
     "by Philox4x32-10. Nothing depends on the order of persons or on threads. A choice by race keeps its winner when "
     "another option closes."},
    {"### Collectives",
     "Parties (families, groups): members draw what is shared by party, and so do the same. A person who parts founds a "
     "party of their own. States and services are not agents: they follow data and policies."},
    {"### Heterogeneity",
     "Traits are drawn on entering from the scenario's tables, which may differ by place of origin; traits named age and sex "
     "(or gender) also fill the person's birth and sex. Hazard classes (0 to 15) multiply hazards by 1/64 to 64."},
    {NULL, NULL}};

static const struct passage details[] = {
    {"## 5 Initialisation",
     "There is nobody before day 0. Persons enter on day 0 and later, as the submodels of entry say; id, place of origin and "
     "traits are fixed then. Clocks start at 0. The map starts as its tables say. A run resumed from a checkpoint goes on "
     "bit for bit."},
    {"## 6 Input data",
     "One scenario file and its tables: places, links, closures; series by place, state, link or for the world (step, linear "
     "or natural spline between days); weights of traits; the case; values of parameters; policies. Or a directory in Flee's "
     "format. Every file read is listed in the results with its SHA-256.\n\n"
     "A policy sets, multiplies or adds to a lever, at one place, in one state or everywhere, from a day until a day, always or while an "
     "indicator is above or below a number. Levers of the engine:"},
    {NULL, NULL}};

static const struct passage implementation[] = {
    {"## 8 Implementation details",
     "C11 with OpenMP, HDF5, GSL and libconfig; free software (GPL-3.0-or-later). The same scenario and seed give the same "
     "digest for any number of threads. The results hold every value used and where it was given."},
    {NULL, NULL}};

static void write_passages(const struct passage *passage, FILE *out)
{
    for (; passage->heading; passage++) fprintf(out, "%s\n\n%s\n\n", passage->heading, passage->text);
}

/* ---- what models declare when they open ---- */

/* A run of a few models over a map of two places, opened and never stepped. */
struct sample {
    struct setup setup;
    struct sim *sim; /* NULL: these models do not open here */
};

static void add_series(struct driver_set *set, const char *name)
{
    const double day = 0, value = 1;
    struct driver *driver = driver_add(set, name, "1", "of the sample", DRIVER_PLACE, DRIVER_STEP, 2);
    driver_add_series(driver, 0, 1, &day, &value);
}

/* With a queue of every kind, so that every column and count that a case can have is declared. */
static void add_services(struct casegraph *graph)
{
    graph->services = 2 + CASEGRAPH_GIVES - 1;
    graph->service = memory_new((size_t)graph->services, sizeof *graph->service);
    for (int i = 0; i < graph->services; i++) {
        graph->service[i] = casegraph_service_default();
        graph->service[i].name = memory_format("service %d", i);
        graph->service[i].places = i > 0;
        graph->service[i].gives = i > 1 ? (enum casegraph_gives)(i - 1) : CASEGRAPH_GIVES_NOTHING;
    }
}

static void add_case(struct casegraph *graph)
{
    add_services(graph);
    graph->statuses = graph->placements = 1;
    graph->stages = 2;
    graph->status = memory_new(1, sizeof *graph->status);
    graph->placement = memory_new(1, sizeof *graph->placement);
    graph->stage = memory_new(2, sizeof *graph->stage);
    graph->status[0] = (struct casegraph_status){.name = memory_text("status"), .level = CASEGRAPH_STAY};
    graph->placement[0] = casegraph_placement_default();
    graph->placement[0].name = memory_text("placement");
    graph->placement[0].service = 1;
    for (int i = 0; i < 2; i++) graph->stage[i] = casegraph_stage_default();
    struct casegraph_stage *first = &graph->stage[0];
    graph->stage[1].name = memory_text("last");
    first->name = memory_text("first");
    first->service = first->removal = 0;
    first->removed = 1;
    first->asks = (1U << CASEGRAPH_GIVES) - 2;
    first->assigns = true;
    first->placements = 1;
    first->outcomes = 1;
    first->outcome = memory_new(1, sizeof *first->outcome);
    first->outcome[0] = (struct casegraph_outcome){.to = 1, .status = 0, .weight = {1, 1, 1, 1}};
}

static void add_map(struct setup *setup)
{
    char here[] = "here", there[] = "there";
    struct world *world = setup->world = world_new();
    uint32_t state = world_state(world, here);
    uint32_t from = world_add_place(world, (struct world_place){.name = here, .state = state, .kind = WORLD_TOWN});
    uint32_t to = world_add_place(world, (struct world_place){.name = there, .state = state, .kind = WORLD_CAMP});
    world_add_link(world, (struct world_link){.from = from, .to = to, .km = 1});
    world_add_link(world, (struct world_link){.from = to, .to = from, .km = 1});
}

static void open_sample(struct sample *sample, const struct model *const *list, int count)
{
    struct error error = {0};
    struct setup *setup = &sample->setup;
    setup_init(setup);
    setup->days = 1;
    add_map(setup);
    add_series(&setup->drivers, "arrivals");
    add_series(&setup->drivers, "conflict");
    add_series(&setup->drivers, "registered");
    add_case(&setup->casegraph);
    for (int i = 0; i < count; i++) setup_add_model(setup, list[i]->name);
    bool sound = !world_finish(setup->world, &error) && !driver_finish(&setup->drivers, &error);
    sample->sim = sound ? sim_open(setup, models, (struct sim_tuning){.threads = 1}, &error) : NULL;
}

static void close_sample(struct sample *sample)
{
    sim_close(sample->sim);
    setup_free(&sample->setup);
}

/* A model, with as many of those listed before it as it needs; and the same without it: what is new is the model's. */
struct declared {
    struct sample with, without;
    int before; /* models opened for it */
};

static void find_declared(struct declared *declared, int index)
{
    int first = index;
    for (open_sample(&declared->with, models + first, 1); !declared->with.sim && first > 0;) {
        close_sample(&declared->with);
        first--;
        open_sample(&declared->with, models + first, index - first + 1);
    }
    declared->before = index - first;
    open_sample(&declared->without, models + first, index - first);
}

static void release_declared(struct declared *declared)
{
    close_sample(&declared->with);
    close_sample(&declared->without);
}

static void odd_waits(const struct declared *declared, FILE *out)
{
    static const char *const over[] = {
        [WAIT_OVER_NOTHING] = "none",
        [WAIT_OVER_PLACE] = "place",
        [WAIT_OVER_STAGE] = "state and stage",
        [WAIT_OVER_PLACEMENT] = "state, placement and days held",
    };
    const struct wait_set *set = &declared->with.sim->waits;
    bool any = false;
    for (int i = 0; i < set->count; i++) {
        const struct wait *wait = &set->wait[i];
        char phase[16];
        if (wait->model != declared->before) continue;
        if (!any) fprintf(out, "| wait | phase | clocks by | drawn by | meaning |\n|---|---|---|---|---|\n");
        any = true;
        snprintf(phase, sizeof phase, "%d", wait->phase);
        row((const char *[]){wait->name, phase, over[wait->over], wait->shared ? "party" : "person", wait->doc}, 5, out);
    }
    if (any) fprintf(out, "\n");
}

static void odd_columns(const struct declared *declared, FILE *out)
{
    const struct person_store *store = &declared->with.sim->persons;
    int first = declared->without.sim->persons.columns;
    if (first == store->columns) return;
    fprintf(out, "| further variable of a person | unit | meaning |\n|---|---|---|\n");
    for (int i = first; i < store->columns; i++)
        row((const char *[]){store->column[i].name, unit_of(store->column[i].unit), store->column[i].doc}, 3, out);
    fprintf(out, "\n");
}

/* "place, age_group" */
static void axes_text(const struct tally_set *set, const struct tally *tally, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = 0; i < tally->axes; i++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", i ? ", " : "", set->axis[tally->axis[i]].name);
    }
}

static void odd_tallies(const struct tally_set *set, int first, FILE *out)
{
    char axes[200];
    if (first == set->count) return;
    fprintf(out, "| result | unit | by | counted | meaning |\n|---|---|---|---|---|\n");
    for (int i = first; i < set->count; i++) {
        const struct tally *tally = &set->tally[i];
        axes_text(set, tally, axes, sizeof axes);
        const char *when = tally->kind == TALLY_STOCK ? "at the end of the day" : "over the day";
        row((const char *[]){tally->name, tally->unit, axes, when, tally->doc}, 5, out);
    }
    fprintf(out, "\n");
}

static void odd_indicators(const struct declared *declared, FILE *out)
{
    const struct sim *sim = declared->with.sim;
    int first = declared->without.sim->indicators;
    if (first == sim->indicators) return;
    fprintf(out, "| indicator | unit | meaning |\n|---|---|---|\n");
    for (int i = first; i < sim->indicators; i++)
        row((const char *[]){sim->indicator[i].name, unit_of(sim->indicator[i].unit), sim->indicator[i].doc}, 3, out);
    fprintf(out, "\n");
}

static void odd_events(const struct event_log *log, int first, FILE *out)
{
    if (first == log->kinds) return;
    fprintf(out, "| event | meaning |\n|---|---|\n");
    for (int i = first; i < log->kinds; i++) row((const char *[]){log->kind[i].name, log->kind[i].doc}, 2, out);
    fprintf(out, "\n");
}

/* ---- its sections ---- */

static void odd_head(FILE *out)
{
    fprintf(out,
            "# wayfare %s: overview, design concepts and details\n\n"
            "Written by `wayfare params --format odd` from the tables with which the program checks its input. Headings follow ODD "
            "(Grimm et al. 2020, doi 10.18564/jasss.4259), with those of ODD+D (M\u00fcller et al. 2013, doi "
            "10.1016/j.envsoft.2013.06.003) for human decisions. A scenario says which of the submodels are in force, in which order "
            "and with which values: `wayfare check SCENARIO.cfg` lists them.\n\n",
            WAYFARE_VERSION);
    write_passages(purpose, out);
}

static void odd_entities(FILE *out)
{
    char count[16];
    fprintf(out, "## 2 Entities, state variables and scales\n\n### Person\n\n| variable | items | unit | meaning |\n|---|---|---|---|\n");
    for (const struct person_field *field = person_fields; field->name; field++) {
        snprintf(count, sizeof count, "%d", field->count);
        row((const char *[]){field->name, count, unit_of(field->unit), field->doc}, 4, out);
    }
    fprintf(out, "\nTraits of the scenario and further variables of submodels stand beside the record.\n\n");
    write_passages(entities, out);
    fprintf(out,
            "### Scales\n\nOne step is one day; a run has at most %u days and %u places. Distances are km along links; there is no space "
            "beside the map. A simulated person stands for as many people as the scale says (1 or more). A person holds at most %d "
            "waits.\n\n",
            PERSON_MOST_DAYS - 1, PERSON_MOST_PLACES - 1, PERSON_WAITS);
}

/* The function that a model has for a phase of the day. */
static bool has_part(const struct model *model, enum timer_phase phase)
{
    switch (phase) {
    case TIMER_CLOCKS:
        return model->morning;
    case TIMER_ENTER:
        return model->enter;
    case TIMER_PREPARE:
        return model->prepare;
    case TIMER_ACT:
        return model->act;
    case TIMER_SETTLE:
        return model->settle;
    default:
        return false;
    }
}

static char *names_with(enum timer_phase phase)
{
    char *names = memory_text("");
    for (int i = 0; models[i]; i++) {
        if (!has_part(models[i], phase)) continue;
        char *longer = memory_format("%s%s%s", names, *names ? ", " : "", models[i]->name);
        memory_free(names);
        names = longer;
    }
    return names;
}

static void odd_process(FILE *out)
{
    static const struct {
        enum timer_phase phase;
        const char *text;
    } day[] = {
        {TIMER_DRIVERS, "Changes of the map that are due today happen; series take today's values; daily counts begin at 0."},
        {TIMER_POLICY, "Levers start from their baselines; policies in force set, multiply, add. Rules read yesterday's indicators."},
        {TIMER_CLOCKS, "Submodels set today's hazards; every clock advances by them."},
        {TIMER_SERVICES, "Every service takes as many people as its capacity of today allows, or as it has places free, by its rule. They are due today."},
        {TIMER_ENTER, "New persons enter."},
        {TIMER_PREPARE, "Before each acting phase: submodels make their tables from the counts as they stand."},
        {TIMER_ACT, "Those whose waits end today act, phase by phase, changing only their own row. Counts change when a phase is over."},
        {TIMER_SETTLE, "Queues and events are put in order, indicators published. Checked: entered = present + on the way + dead."},
        {TIMER_OBSERVE, "Results are written."},
    };
    fprintf(out, "## 3 Process overview and scheduling\n\nEach day, in this order:\n\n");
    fprintf(out, "| phase | what happens | submodels with a part in it |\n|---|---|---|\n");
    for (size_t i = 0; i < sizeof day / sizeof *day; i++) {
        char *names = names_with(day[i].phase);
        row((const char *[]){timer_name(day[i].phase), day[i].text, names}, 3, out);
        memory_free(names);
    }
    fprintf(out, "\nSubmodels, in the order in which the program lists them; a scenario's own order counts:\n\n");
    for (int m = 0; models[m]; m++) fprintf(out, "%d. %s: %s\n", m + 1, models[m]->name, models[m]->doc);
    fprintf(out, "\n");
}

static void odd_concepts(FILE *out)
{
    struct sample engine;
    open_sample(&engine, models, 0);
    fprintf(out, "## 4 Design concepts\n\n### Theoretical and empirical background\n\n");
    for (int m = 0; models[m]; m++) fprintf(out, "* %s: %s\n", models[m]->name, models[m]->source);
    fprintf(out, "\n");
    write_passages(concepts, out);
    fprintf(out, "### Observation\n\nWritten for every day, or summed over the days between rows; in people, that is simulated persons times "
                 "the scale. Submodels add their own.\n\n");
    if (engine.sim) odd_tallies(&engine.sim->tallies, 0, out);
    fprintf(out, "Events of a sample of persons, chosen by id, so that it is the same in every arm:\n\n");
    if (engine.sim) odd_events(&engine.sim->events, 0, out);
    close_sample(&engine);
}

static void odd_details(FILE *out)
{
    write_passages(details, out);
    markdown_levers(queue_levers, out);
}

/* The parameters as in Markdown, with how a study would draw them. */
static void odd_params(const struct model *model, FILE *out)
{
    char value[100], range[200];
    if (model->params->kind == PARAM_END) return;
    fprintf(out, "| parameter | default | unit | range | meaning | source | drawn in studies |\n|---|---|---|---|---|---|---|\n");
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) {
        const char *drawn = param->distribution ? param->distribution : "no";
        fallback_text(param, value, sizeof value);
        range_text(param, range, sizeof range);
        row((const char *[]){param->name, value, unit_of(param->unit), range, param->doc, param->source, drawn}, 7, out);
    }
    fprintf(out, "\n");
}

static void odd_declared(int index, FILE *out)
{
    struct declared declared;
    find_declared(&declared, index);
    if (declared.with.sim && declared.without.sim) {
        odd_waits(&declared, out);
        odd_columns(&declared, out);
        odd_tallies(&declared.with.sim->tallies, declared.without.sim->tallies.count, out);
        odd_indicators(&declared, out);
        odd_events(&declared.with.sim->events, declared.without.sim->events.kinds, out);
    } else fprintf(out, "What it declares depends on the scenario: see `models/%s.c`.\n\n", models[index]->name);
    release_declared(&declared);
}

static void odd_model(int index, FILE *out)
{
    const struct model *model = models[index];
    fprintf(out, "### %s\n\n%s. Source: %s. Equations, assumptions and limits: head of `models/%s.c`.\n\n", model->name, model->doc,
            model->source ? model->source : "none", model->name);
    odd_params(model, out);
    markdown_levers(model->levers, out);
    odd_declared(index, out);
}

static void odd_document(int first, int last, FILE *out)
{
    odd_head(out);
    odd_entities(out);
    odd_process(out);
    odd_concepts(out);
    odd_details(out);
    fprintf(out, "## 7 Submodels\n\n");
    for (int i = first; i < last; i++) odd_model(i, out);
    write_passages(implementation, out);
}

/* ---- a settings file ---- */

static void settings_param(const struct param *param, FILE *out)
{
    char value[100], range[200];
    const char *quote = param->kind == PARAM_CHOICE || param->kind == PARAM_TEXT ? "\"" : "";
    fallback_text(param, value, sizeof value);
    range_text(param, range, sizeof range);
    fprintf(out, "    // %s [%s; %s] %s\n", param->doc, unit_of(param->unit), range, param->source ? param->source : "");
    bool real = param->kind == PARAM_NUMBER && !strpbrk(value, ".e");
    fprintf(out, "    %s%s = %s%s%s%s;\n", param->kind == PARAM_LIST ? "// " : "", param->name, quote, value, real ? ".0" : "", quote);
}

static void settings_model(const struct model *model, FILE *out)
{
    fprintf(out, "  { // %s\n    name = \"%s\";\n", model->doc, model->name);
    for (const struct param *param = model->params; param->kind != PARAM_END; param++) settings_param(param, out);
    fprintf(out, "  }");
}

static void settings_all(int count, const struct model *const *list, FILE *out)
{
    fprintf(out, "// The models with their defaults: keep what you need and change what you know better.\nmodels = (\n");
    for (int i = 0; i < count; i++) {
        settings_model(list[i], out);
        fprintf(out, i + 1 < count ? ",\n" : "\n");
    }
    fprintf(out, ");\n");
}

/* ---- choice ---- */

static int find_model(const char *name, int count, struct error *error)
{
    const char **names = memory_new((size_t)count + 1, sizeof *names);
    char hint[96];
    int found = -1;
    for (int i = 0; i < count; i++) {
        names[i] = models[i]->name;
        if (!strcmp(names[i], name)) found = i;
    }
    if (found < 0) fail(error, FAIL_USAGE, "there is no model '%s'%s", name, fail_nearest(hint, name, names, (size_t)count));
    memory_free(names);
    return found;
}

int manual_write(const char *model, const char *format, FILE *out, struct error *error)
{
    int count = 0;
    while (models[count]) count++;
    int first = model ? find_model(model, count, error) : 0;
    if (first < 0) return -1;
    int last = model ? first + 1 : count;
    if (format && !strcmp(format, "odd")) return odd_document(first, last, out), 0;
    if (format && !strcmp(format, "cfg")) return settings_all(last - first, models + first, out), 0;
    write_model *write = format ? markdown_model : plain_model;
    for (int i = first; i < last; i++) write(models[i], out);
    return 0;
}
