/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random scenarios with a case: whatever the graph, the books balance on every day, results do not depend on how the run is made,
   policies that change nothing change nothing; and random edits of scenario files are refused with one message or run.

   Longer campaigns by environment: WAYFARE_SEEDS=count, WAYFARE_FIRST=seed, WAYFARE_FOLDER=folder of one scenario.cfg to be
   looked at instead, WAYFARE_KEEP=1 leaves the folders of what failed. */
#include "models/case.h"
#include "models/placement_parts.h"
#include "output/checkpoint.h"
#include "scenarios/scenario.h"
#include "scenarios/summary.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/queue.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_STAGES = 10,
       SEEDS = 30,
       EDITS = 300 };

static int setting(const char *name, int fallback)
{
    const char *text = getenv(name);
    return text ? atoi(text) : fallback;
}

/* ---- dice */

struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int below(struct dice *d, int n) { return n > 0 ? (int)(roll(d) % (uint64_t)n) : 0; }

static int between(struct dice *d, int low, int high) { return low + below(d, high - low + 1); }

static double share(struct dice *d) { return (double)(roll(d) >> 11) * 0x1p-53; }

static bool chance(struct dice *d, double p) { return share(d) < p; }

/* Often at its ends. */
static double part(struct dice *d) { return chance(d, 0.15) ? 0 : chance(d, 0.15) ? 1
                                                                                  : floor(share(d) * 1000) / 1000; }

/* ---- a scenario as text */

struct plan {
    struct dice dice;
    FILE *out;
    int states, places, services, placements, stages, statuses, policies;
    bool daily[8], gives[8]; /* kind of the services */
    int gift[8];
    bool final[MOST_STAGES], finds[MOST_STAGES];
    int parent[MOST_STAGES], order[MOST_STAGES];
    bool journey, determination, accounts, protection, removes;
    double scale;
};

static const char *const whos[] = {"all", "children", "adults", "unaccompanied", "vulnerable", "likely_refused", "likely_recognised", "removable", "unremovable", "papers"};
static const char *const gifts[] = {"nothing", "counsel", "guardian", "manager", "interpreter"};

static const char *pick(struct plan *p, const char *const *words, int count) { return words[below(&p->dice, count)]; }

__attribute__((format(printf, 2, 3))) static void say(struct plan *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(p->out, format, list);
    va_end(list);
}

/* " key = number;", at such a chance. */
static void perhaps(struct plan *p, double at, const char *key, double value)
{
    if (chance(&p->dice, at)) say(p, " %s = %.6g;", key, value);
}

static void perhaps_word(struct plan *p, double at, const char *key, const char *word)
{
    if (chance(&p->dice, at)) say(p, " %s = \"%s\";", key, word);
}

/* People a day, or places; none now and then. */
static double capacity(struct plan *p) { return chance(&p->dice, 0.15) ? 0 : floor(share(&p->dice) * 60 * p->scale) / 4; }

static void write_service_states(struct plan *p)
{
    if (!chance(&p->dice, 0.3)) return;
    say(p, " by_state = ( { state = \"S%d\";", below(&p->dice, p->states));
    perhaps(p, 0.5, "staff", capacity(p));
    perhaps(p, 0.3, "cost", 10);
    perhaps_word(p, 0.3, "first", "children");
    if (chance(&p->dice, 0.3)) say(p, " newest = %s;", chance(&p->dice, 0.5) ? "true" : "false");
    say(p, " } );");
}

static void write_gift(struct plan *p, int i)
{
    say(p, " gives = \"%s\";", gifts[p->gift[i]]);
    perhaps_word(p, 0.5, "to", pick(p, whos, 10));
    perhaps(p, 0.5, "coverage", part(&p->dice));
}

static void write_service(struct plan *p, int i)
{
    static const char *const firsts[] = {"none", "children", "vulnerable", "likely_refused", "likely_recognised"};
    struct dice *d = &p->dice;
    say(p, "%s    { name = \"v%d\"; kind = \"%s\";", i ? ",\n" : "", i, p->daily[i] ? "daily" : "places");
    if (chance(d, 0.5)) say(p, " capacity = %.6g;", capacity(p));
    else say(p, " staff = %.6g; productivity = %.6g;", capacity(p), chance(d, 0.1) ? 0 : 0.25 * between(d, 1, 8));
    perhaps_word(p, 0.3, "rule", chance(d, 0.5) ? "newest" : "oldest");
    perhaps_word(p, 0.4, "first", pick(p, firsts, 5));
    if (p->daily[i] && chance(d, 0.3)) say(p, " overload_loss = %.6g; overload_days = %.6g;", part(d), 0.5 + 100 * share(d));
    perhaps(p, 0.4, "cost", 100 * share(d));
    perhaps_word(p, 0.3, "payer", chance(d, 0.5) ? "donor" : "person");
    if (p->gives[i]) write_gift(p, i);
    write_service_states(p);
    say(p, " }");
}

/* The first of each gift gives it. */
static void draw_services(struct plan *p)
{
    bool given[5] = {true};
    p->services = chance(&p->dice, 0.1) ? 0 : between(&p->dice, 1, 6);
    for (int i = 0; i < p->services; i++) {
        p->daily[i] = chance(&p->dice, 0.5);
        p->gift[i] = p->daily[i] ? 0 : below(&p->dice, 5);
        p->gives[i] = !given[p->gift[i]];
        given[p->gift[i]] = true;
    }
}

static void write_services(struct plan *p)
{
    if (p->services == 0) return;
    say(p, "  services = (\n");
    for (int i = 0; i < p->services; i++) write_service(p, i);
    say(p, "\n  );\n");
}

/* A service of the kind; -1 */
static int a_service(struct plan *p, bool daily, int other)
{
    int first = below(&p->dice, p->services);
    for (int i = 0; i < p->services; i++) {
        int service = (first + i) % p->services;
        if (p->daily[service] == daily && service != other && (daily || !p->gives[service])) return service;
    }
    return -1;
}

static double hazard(struct plan *p) { return chance(&p->dice, 0.1) ? 2 * share(&p->dice) : 0.05 * share(&p->dice) * share(&p->dice); }

static void write_bands(struct plan *p)
{
    static const char *const bands[] = {"bands = (0.0, 5.0); band_factor = (1.0, 4.0);", "bands = (0.0, 0.5, 1.0, 1.5, 20.0); band_factor = (0.0, 1.0, 2.0, 0.5, 9.0);",
                                        "bands = (0, 1, 2, 3, 4, 5, 6, 7); band_factor = (1, 2, 3, 4, 5, 6, 7, 8);", "bands = (0.0); band_factor = (2.0);"};
    if (chance(&p->dice, 0.4)) say(p, " %s", pick(p, bands, 4));
}

static void write_hazards(struct plan *p)
{
    struct dice *d = &p->dice;
    if (chance(d, 0.6)) {
        say(p, " leave_rate = %.6g;", hazard(p));
        if (chance(d, 0.6)) say(p, " leave_stage = \"s%d\";", below(d, p->stages));
        perhaps(p, 0.5, "leave_slope", 8 * share(d) - 4);
    }
    if (chance(d, 0.3)) say(p, " return_rate = %.6g; return_stage = \"s%d\";", hazard(p), below(d, p->stages));
    perhaps(p, 0.4, "mental_rate", hazard(p));
    perhaps(p, 0.4, "physical_rate", hazard(p));
    perhaps(p, 0.3, "death_rate", 0.5 * hazard(p));
    perhaps(p, 0.4, "onset", part(d));
    perhaps(p, 0.4, "lasting", part(d));
    perhaps(p, 0.4, "child_factor", 3 * share(d));
    write_bands(p);
}

static void write_rules(struct plan *p, bool detains)
{
    struct dice *d = &p->dice;
    perhaps(p, 0.4, "use", chance(d, 0.2) ? 0 : 3 * share(d));
    perhaps(p, 0.4, detains ? "detain_children" : "children", below(d, 3));
    perhaps(p, 0.4, "vulnerable", below(d, 3));
    perhaps(p, 0.3, "families", below(d, 3));
    if (chance(d, 0.3)) say(p, " risk_from = %.6g; risk_to = %.6g;", 0.5 * share(d), 0.51 + 0.49 * share(d));
    perhaps(p, 0.5, "appearance", part(d));
    perhaps(p, 0.3, "appearance_slope", 2 * share(d) - 1);
    perhaps(p, 0.3, "error", 3 * share(d));
    perhaps(p, 0.3, "review_days", chance(d, 0.3) ? 0.5 : between(d, 1, 30));
    perhaps(p, 0.4, "cost_day", 100 * share(d));
    if (chance(d, 0.2)) say(p, " work = true;");
}

static void write_placement_states(struct plan *p)
{
    struct dice *d = &p->dice;
    if (!chance(d, 0.3)) return;
    say(p, " by_state = ( { state = \"S%d\";", below(d, p->states));
    perhaps(p, 0.3, "use", 2 * share(d)), perhaps(p, 0.3, "children", below(d, 3)), perhaps(p, 0.3, "vulnerable", below(d, 3)), perhaps(p, 0.3, "families", below(d, 3));
    perhaps(p, 0.3, "max_days", below(d, 40)), perhaps(p, 0.3, "review_days", below(d, 20)), perhaps(p, 0.3, "cost_day", 5), perhaps(p, 0.3, "appearance", part(d));
    say(p, " } );");
}

/* p0 and p1 have no service, so that people may wait there. */
static void write_placement(struct plan *p, int i)
{
    struct dice *d = &p->dice;
    bool detains = chance(d, 0.3);
    int service = i < 2 ? -1 : a_service(p, false, -1);
    say(p, "%s    { name = \"p%d\";", i ? ",\n" : "", i);
    if (detains) say(p, " detains = true;");
    if (service >= 0 && chance(d, 0.8)) {
        say(p, " service = \"v%d\";", service);
        if (chance(d, 0.6)) say(p, " meanwhile = \"p%d\";", below(d, 2));
    }
    write_hazards(p);
    write_rules(p, detains);
    if (chance(d, 0.3)) {
        int after = below(d, p->placements);
        say(p, " max_days = %.6g;", chance(d, 0.2) ? 0.4 : between(d, 1, 40));
        if (after != i) say(p, " after = \"p%d\";", after);
    }
    write_placement_states(p);
    say(p, " }");
}

static void write_placements(struct plan *p)
{
    if (p->placements == 0) return;
    say(p, "  placements = (\n");
    for (int i = 0; i < p->placements; i++) write_placement(p, i);
    say(p, "\n  );\n");
}

static void write_statuses(struct plan *p)
{
    static const char *const levels[] = {"protection", "stay", "none"};
    if (p->statuses == 0) return;
    say(p, "  statuses = (");
    for (int i = 0; i < p->statuses; i++) say(p, "%s { name = \"u%d\"; level = \"%s\"; }", i ? "," : "", i, pick(p, levels, 3));
    say(p, " );\n");
}

/* The first outcome has a weight for everybody. */
static void write_outcome(struct plan *p, int to, bool first)
{
    struct dice *d = &p->dice;
    say(p, "%s{ to = \"s%d\";", first ? " " : ", ", to);
    if (p->statuses > 0 && chance(d, 0.5)) say(p, " status = \"u%d\";", below(d, p->statuses));
    double least = first ? 0.01 : 0;
    if (chance(d, 0.5)) say(p, " weights = (%.6g, %.6g, %.6g, %.6g);", least + part(d), least + part(d), least + part(d), least + part(d));
    else if (first || chance(d, 0.5)) say(p, " weight = %.6g;", least + part(d));
    say(p, " }");
}

static void write_outcomes(struct plan *p, int stage)
{
    int written = 0;
    say(p, " outcomes = (");
    for (int i = 0; i < p->stages; i++)
        if (p->parent[i] == stage) write_outcome(p, i, !written++);
    for (int i = below(&p->dice, 3); i > 0 || written == 0; i--) write_outcome(p, below(&p->dice, p->stages), !written++);
    say(p, " );");
}

static void write_stay(struct plan *p, int stage)
{
    struct dice *d = &p->dice;
    if (stage + 1 < p->stages && chance(d, 0.2)) say(p, " only = \"%s\"; otherwise = \"s%d\";", whos[between(d, 1, 9)], between(d, stage + 1, p->stages - 1));
    if (p->placements > 0 && chance(d, p->final[stage] ? 0.2 : 0.5)) {
        int first = below(d, p->placements), count = chance(d, 0.15) ? 0 : between(d, 1, p->placements);
        say(p, " placements = (");
        for (int i = 0; i < count; i++) say(p, "%s\"p%d\"", i ? ", " : "", (first + i) % p->placements);
        say(p, ");");
    }
    if (chance(d, p->final[stage] ? 0.3 : 0.05)) say(p, " returns = \"%s\";", chance(d, 0.5) ? "forced" : "voluntary");
    if (chance(d, 0.15)) say(p, " decided = true;");
    if (chance(d, 0.15)) say(p, " appeal = true;");
}

static void write_asks(struct plan *p)
{
    bool first = true;
    if (!chance(&p->dice, 0.4)) return;
    for (int i = 0; i < p->services; i++) {
        if (!p->gives[i] || !chance(&p->dice, 0.6)) continue;
        say(p, first ? " asks = (\"v%d\"" : ", \"v%d\"", i);
        first = false;
    }
    if (!first) say(p, ");");
}

/* How the stage ends. */
static void write_end(struct plan *p, int stage)
{
    struct dice *d = &p->dice;
    int service = chance(d, 0.5) ? a_service(p, true, -1) : -1, removal = chance(d, 0.3) ? a_service(p, true, service) : -1;
    if (service >= 0) say(p, " service = \"v%d\";", service);
    perhaps(p, 0.3, "priority", below(d, 8));
    bool rate = service < 0 && chance(d, 0.7);
    if (rate) say(p, " rate = %.6g;", chance(d, 0.1) ? 5 : 0.01 + 0.3 * share(d));
    if ((service < 0 && !rate) || chance(d, 0.4)) {
        say(p, " deadline = %.6g;", chance(d, 0.2) ? 0.3 : 40 * share(d) + 1);
        if (chance(d, 0.6)) say(p, " overdue = \"s%d\";", below(d, p->stages));
    }
    if (chance(d, 0.3)) say(p, " hearing = true; no_show = \"s%d\";", below(d, p->stages));
    p->removes |= removal >= 0;
    if (removal >= 0) say(p, " removal = \"v%d\"; removed = \"s%d\";", removal, below(d, p->stages));
    if (p->finds[stage]) say(p, " sensitivity = %.6g; specificity = %.6g;", part(d), part(d));
    perhaps(p, 0.3, "screens", part(d));
    write_asks(p);
    write_outcomes(p, stage);
}

static void write_stage(struct plan *p, int stage, bool first)
{
    say(p, "%s    { name = \"s%d\";", first ? "" : ",\n", stage);
    write_stay(p, stage);
    if (!p->final[stage]) write_end(p, stage);
    say(p, " }");
}

/* Each stage but s0 has an earlier one that leads there. */
static void draw_stages(struct plan *p)
{
    struct dice *d = &p->dice;
    p->stages = between(d, 2, MOST_STAGES);
    for (int i = 0; i < p->stages; i++) {
        p->final[i] = i == p->stages - 1 || (i > 0 && chance(d, 0.3));
        p->finds[i] = !p->final[i] && p->determination && chance(d, 0.4);
        p->parent[i] = i ? below(d, i) : -1;
        while (i && p->final[p->parent[i]]) p->parent[i]--;
        p->order[i] = i;
    }
    for (int i = p->stages - 1; i > 0 && chance(d, 0.9); i--) {
        int j = below(d, i + 1), swapped = p->order[i];
        p->order[i] = p->order[j], p->order[j] = swapped;
    }
}

static void write_case(struct plan *p)
{
    int opening = between(&p->dice, 1, p->states < 3 ? p->states : 3), from = below(&p->dice, p->states);
    say(p, "case = {\n");
    if (chance(&p->dice, 0.8)) {
        say(p, "  states = (");
        for (int i = 0; i < opening; i++) say(p, "%s\"S%d\"", i ? ", " : "", (from + i) % p->states);
        say(p, ");\n");
    }
    say(p, "  start = \"s0\";\n");
    write_statuses(p), write_services(p), write_placements(p);
    say(p, "  stages = (\n");
    for (int i = 0; i < p->stages; i++) write_stage(p, p->order[i], i == 0);
    say(p, "\n  );\n};\n");
}

/* ---- policies */

struct lever_plan {
    const char *name;
    double most;
    enum lever_over over;
    enum { ANY,
           NEEDS_DETERMINATION,
           NEEDS_ACCOUNTS,
           NEEDS_JOURNEY } needs;
};

static const struct lever_plan lever_plans[] = {
    {"staff", 60, LEVER_SERVICE, ANY}, {"productivity", 3, LEVER_SERVICE, ANY}, {"newest", 1, LEVER_SERVICE, ANY}, {"first", 4, LEVER_SERVICE, ANY}, {"service_cost", 50, LEVER_SERVICE, NEEDS_ACCOUNTS}, {"use", 2, LEVER_PLACEMENT, ANY}, {"detain_children", 2, LEVER_PLACEMENT, ANY}, {"children", 2, LEVER_PLACEMENT, ANY}, {"vulnerable", 2, LEVER_PLACEMENT, ANY}, {"families", 2, LEVER_PLACEMENT, ANY}, {"risk_from", 1, LEVER_PLACEMENT, ANY}, {"risk_to", 1, LEVER_PLACEMENT, ANY}, {"max_days", 30, LEVER_PLACEMENT, ANY}, {"review_days", 20, LEVER_PLACEMENT, ANY}, {"cost_day", 90, LEVER_PLACEMENT, ANY}, {"appearance", 1, LEVER_PLACEMENT, ANY}, {"leaving", 10, LEVER_PLACEMENT, ANY}, {"harm", 10, LEVER_PLACEMENT, ANY}, {"voluntary", 10, LEVER_PLACEMENT, ANY}, {"sensitivity", 1, LEVER_STAGE, NEEDS_DETERMINATION}, {"specificity", 1, LEVER_STAGE, NEEDS_DETERMINATION}, {"stage_rate", 10, LEVER_STAGE, ANY}, {"deadline", 4, LEVER_STAGE, ANY}, {"grants", 3, LEVER_STATUS, NEEDS_DETERMINATION}, {"suspensive", 1, LEVER_STATE, ANY}, {"suspensive", 0, LEVER_STATE, ANY}, {"quality", 1, LEVER_STATE, NEEDS_DETERMINATION}, {"legal_aid", 3, LEVER_STATE, ANY}, {"claim_share", 2, LEVER_STATE, ANY}, {"embarkation", 3, LEVER_PLACE, NEEDS_JOURNEY}, {"reintegration", 1, LEVER_STATE, NEEDS_JOURNEY}};
#define LEVER_PLANS (int)(sizeof lever_plans / sizeof *lever_plans)

static int items_of(const struct plan *p, enum lever_over over, char *letter)
{
    switch (over) {
    case LEVER_SERVICE:
        return *letter = 'v', p->services;
    case LEVER_PLACEMENT:
        return *letter = 'p', p->placements;
    case LEVER_STAGE:
        return *letter = 's', p->stages;
    case LEVER_STATUS:
        return *letter = 'u', p->statuses;
    case LEVER_STATE:
        return *letter = 'S', p->states;
    default:
        return *letter = 'T', p->places;
    }
}

static bool is_in_force(const struct plan *p, const struct lever_plan *lever)
{
    char letter;
    if (items_of(p, lever->over, &letter) == 0) return false;
    return lever->needs == NEEDS_DETERMINATION ? p->determination : lever->needs == NEEDS_ACCOUNTS ? p->accounts
                                                                : lever->needs == NEEDS_JOURNEY    ? p->journey
                                                                                                   : true;
}

static void write_where(struct plan *p, const struct lever_plan *lever)
{
    char letter;
    int item = below(&p->dice, items_of(p, lever->over, &letter));
    bool finding = lever->over != LEVER_STAGE || lever->most != 1 || p->finds[item];
    if (!finding || chance(&p->dice, 0.4)) return;
    say(p, " where = \"%c%d", letter, item);
    if (lever->over >= LEVER_PLACEMENT && chance(&p->dice, 0.5)) say(p, "@S%d", below(&p->dice, p->states));
    say(p, "\";");
}

static void write_when(struct plan *p)
{
    static const char *const indicators[] = {"undecided_people", "share_detained", "share_represented", "appearance_share", "absconding_share", "returns_so_far", "cost_so_far", "guardian_days"};
    const char *indicator = p->accounts ? pick(p, indicators, 8) : "share_detained";
    if (!p->accounts && p->placements == 0) return;
    if (p->placements == 0 && !strcmp(indicator, "share_detained")) return;
    say(p, " when = { indicator = \"%s\"; %s = %.6g; };", indicator, chance(&p->dice, 0.5) ? "above" : "below", chance(&p->dice, 0.5) ? share(&p->dice) : 100 * share(&p->dice));
}

static int find_plan(const char *name)
{
    for (int i = 0; i < LEVER_PLANS; i++)
        if (!strcmp(lever_plans[i].name, name)) return i;
    return 0;
}

/* One set of a lever at most. */
static void write_policy(struct plan *p, bool *set)
{
    struct dice *d = &p->dice;
    static const char *const telling[] = {"first", "newest", "suspensive", "max_days", "children", "vulnerable", "families", "staff", "grants"};
    int i = below(d, LEVER_PLANS);
    if (chance(d, 0.4)) i = find_plan(pick(p, telling, 9));
    const struct lever_plan *lever = &lever_plans[i];
    double value = chance(d, 0.2) ? 0 : chance(d, 0.2) ? lever->most
                                                       : floor(lever->most * share(d) * 100) / 100;
    bool to = !set[i] && chance(d, 0.6);
    if (!is_in_force(p, lever) || (i > 0 && !strcmp(lever->name, lever_plans[i - 1].name) && to)) return;
    say(p, "%s  { name = \"y%d\"; lever = \"%s\";", p->policies ? ",\n" : "", p->policies, lever->name);
    if (to) say(p, " set = %.6g;", value), set[i] = true;
    else if (chance(d, 0.5)) say(p, " multiply = %.6g;", 2 * share(d));
    else say(p, " add = %.6g;", value * (chance(d, 0.5) ? 1 : -1));
    write_where(p, lever);
    int from = between(d, 0, 50);
    if (chance(d, 0.7)) say(p, " from = %d;", from);
    if (chance(d, 0.4)) say(p, " until = %d;", from + between(d, 1, 60));
    if (chance(d, 0.25)) write_when(p);
    say(p, " }");
    p->policies++;
}

static void write_policies(struct plan *p)
{
    bool set[LEVER_PLANS] = {false};
    int tries = chance(&p->dice, 0.2) ? 0 : between(&p->dice, 1, 14);
    say(p, "policies = (\n");
    if (p->removes && chance(&p->dice, 0.7)) {
        say(p, "  { name = \"y0\"; lever = \"suspensive\"; set = 0; from = %d; }", below(&p->dice, 20));
        set[find_plan("suspensive")] = true;
        p->policies = 1;
    }
    for (int i = 0; i < tries; i++) write_policy(p, set);
    say(p, "\n);\n");
}

/* ---- around the case */

static void write_trait(struct plan *p, const struct scratch *scratch, const char *name, bool by_party, const char *values)
{
    struct dice *d = &p->dice;
    char file[40], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    snprintf(file, sizeof file, "%s.csv", name);
    say(p, "  %s{ name = \"%s\"; file = \"%s\";%s }\n", p->policies++ ? ", " : "", name, file, by_party ? " per = \"party\";" : "");
    fprintf(out, "value,default\n");
    for (const char *at = values; *at; at += strcspn(at, " "), at += *at == ' ') fprintf(out, "%.*s,%d\n", (int)strcspn(at, " "), at, between(d, 1, 10));
    fclose(out);
    scratch_write(scratch, file, text);
    free(text);
}

/* .policies counts the traits meanwhile. */
static void write_traits(struct plan *p, const struct scratch *scratch)
{
    struct dice *d = &p->dice;
    say(p, "traits = (\n");
    if (p->protection) write_trait(p, scratch, "protection", false, "refugee other obstacle none");
    if (chance(d, 0.8)) write_trait(p, scratch, "age", false, chance(d, 0.5) ? "0 4 11 16 17 30 59 80" : "17");
    if (chance(d, 0.7)) write_trait(p, scratch, "sex", false, "female male");
    if (chance(d, 0.5)) write_trait(p, scratch, "papers", p->journey, "yes no");
    if (chance(d, 0.6)) write_trait(p, scratch, "vulnerable", false, "yes no");
    if (chance(d, 0.6)) write_trait(p, scratch, "unaccompanied", false, "yes no");
    if (chance(d, 0.5)) write_trait(p, scratch, "party_size", true, "1 2 6");
    say(p, ");\n");
    p->policies = 0;
}

static void write_models(struct plan *p)
{
    struct dice *d = &p->dice;
    say(p, "models = (\n");
    if (p->protection) say(p, "  { name = \"protection\"; obstacle = %.6g; },\n", part(d));
    if (!p->journey && chance(d, 0.5)) say(p, "  { name = \"arrivals\"; at = \"T%d\"; }", below(d, p->places));
    else say(p, "  { name = \"arrivals\"; }");
    if (p->journey && chance(d, 0.5)) say(p, ",\n  { name = \"means\"; money_mean = 3000.0; }");
    if (p->journey) say(p, ",\n  { name = \"journey\"; stay_days = %.6g; time_weight = 500.0; again_rate = %.6g; give_up = %.6g; }", 0.5 + 10 * share(d), 0.05 * part(d), 0.2 * part(d));
    if (p->placements > 0 || chance(d, 0.2)) say(p, ",\n  { name = \"placement\"; appearance_outside = %.6g; risk_noise = %.6g; return_in_need = %.6g; }", 0.5 + 0.45 * part(d), 0.3 * part(d), part(d));
    if (p->determination) say(p, ",\n  { name = \"determination\"; }");
    say(p, ",\n  { name = \"case\"; likely_below = %.6g; likely_above = %.6g; }", 0.5 * share(d), 0.5 + 0.5 * share(d));
    if (p->accounts) say(p, ",\n  { name = \"accounts\"; }");
    say(p, "\n);\n");
}

/* Places T0, T1 ... stand in states in turn; a chain of links, some more of them. */
static void write_map(struct plan *p, const struct scratch *scratch)
{
    struct dice *d = &p->dice;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "name,state,latitude,longitude,kind,destination_weight\n");
    for (int i = 0; i < p->places; i++) fprintf(out, "T%d,S%d,%d,1,town,%d\n", i, i % p->states, i, i == p->places - 1 || (i > 1 && chance(d, 0.3)));
    fclose(out), scratch_write(scratch, "places.csv", text), free(text);
    out = open_memstream(&text, &size);
    fprintf(out, "from,to,km\n");
    for (int i = 0; i + 1 < p->places; i++) fprintf(out, "T%d,T%d,%d\n", i, i + 1, between(d, 50, 900));
    if (p->places > 3) fprintf(out, "T0,T%d,1500\n", p->places - 1);
    fclose(out), scratch_write(scratch, "links.csv", text), free(text);
    out = open_memstream(&text, &size);
    fprintf(out, "name,population,roles,recognition%s,claim_share\n", chance(d, 0.5) ? ",readmission" : ",note");
    for (int i = 0; i < p->states; i++) fprintf(out, "S%d,1e6,,%.3g,%.3g,%.3g\n", i, part(d), part(d), part(d));
    fclose(out), scratch_write(scratch, "states.csv", text), free(text);
}

static void write_arrivals(struct plan *p, const struct scratch *scratch)
{
    struct dice *d = &p->dice;
    char text[200];
    double a = p->scale * between(d, 1, 6), b = p->scale * 0.25 * below(d, 20);
    int last = between(d, 40, 90);
    if (p->places > 1) snprintf(text, sizeof text, "day,T0,T1\n0,%g,%g\n%d,0,%g\n", a, b, last, p->scale);
    else snprintf(text, sizeof text, "day,T0\n0,%g\n%d,0\n", a, last);
    scratch_write(scratch, "arrivals.csv", text);
}

static void write_scenario(const struct scratch *scratch, uint64_t seed)
{
    struct plan plan = {.dice = {seed * 1000003}}, *p = &plan;
    struct dice *d = &p->dice;
    char *text = NULL;
    size_t size = 0;
    p->out = open_memstream(&text, &size);
    p->journey = chance(d, 0.4), p->determination = chance(d, 0.7), p->accounts = chance(d, 0.7), p->protection = chance(d, 0.8);
    p->states = between(d, 1, 4), p->places = p->states + between(d, p->journey && p->states == 1 ? 1 : 0, 3);
    p->scale = chance(d, 0.5) ? 1 : chance(d, 0.5) ? 7
                                                   : 1 + 6 * share(d);
    p->placements = chance(d, 0.15) ? 0 : between(d, 1, 5), p->statuses = chance(d, 0.1) ? 0 : between(d, 1, 4);
    draw_services(p), draw_stages(p);
    say(p, "title = \"Random %llu\"; start = \"2030-01-01\"; days = %d; seed = %d; scale = %.6g; sample = %.6g;%s\n", (unsigned long long)seed, between(d, 60, 200), below(d, 1000), p->scale, part(d), chance(d, 0.3) ? " census = true;" : "");
    say(p, "world = { places = \"places.csv\";%s states = \"states.csv\"; };\n", p->places > 1 ? " links = \"links.csv\";" : "");
    say(p, "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\n");
    write_traits(p, scratch), write_map(p, scratch), write_arrivals(p, scratch), write_case(p), write_models(p), write_policies(p);
    fclose(p->out);
    scratch_write(scratch, "scenario.cfg", text);
    free(text);
}

/* ---- a run of it */

struct bench {
    struct setup setup;
    struct sim *sim;
};

static int open_bench(struct bench *b, const char *folder, struct sim_tuning tuning, bool placebo, struct error *error)
{
    char path[512];
    snprintf(path, sizeof path, "%s/scenario.cfg", folder);
    setup_init(&b->setup);
    b->sim = NULL;
    if (scenario_read(&b->setup, path, error)) return -1;
    static const char *const nothing[] = {"staff", "productivity", "newest", "first", "use", "detain_children", "children", "vulnerable", "families", "risk_from", "risk_to", "max_days", "review_days", "cost_day", "leaving", "harm", "voluntary",
                                          "appearance", "stage_rate", "deadline", "suspensive", "legal_aid", "claim_share", "sensitivity", "specificity", "grants", "quality", "service_cost"};
    if (!placebo) return (b->sim = sim_open(&b->setup, models, tuning, error)) ? 0 : -1;
    struct bench other;
    if (open_bench(&other, folder, tuning, false, error)) return -1;
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        struct lever_policy policy = {.name = "nothing", .lever = (char *)nothing[i], .cell = -1, .operation = i % 2 ? LEVER_ADD : LEVER_MULTIPLY, .value = i % 2 ? 0 : 1, .from = (int32_t)i, .to = -1, .file = "test"};
        if (lever_find(&other.setup.levers, nothing[i]) >= 0) lever_add_policy(&b->setup.levers, policy);
    }
    sim_close(other.sim), setup_free(&other.setup);
    return (b->sim = sim_open(&b->setup, models, tuning, error)) ? 0 : -1;
}

static void close_bench(struct bench *b)
{
    sim_close(b->sim);
    setup_free(&b->setup);
}

/* ---- the books, recounted from the rows */

static const struct casegraph *graph_of(const struct sim *sim) { return &sim->setup->casegraph; }

static const struct docket *docket_of(const struct sim *sim) { return case_docket(sim_state(sim, "case")); }

struct recount {
    int64_t *cases, *placed, *by_group, *undecided, *unplaced, *waiting, *taken;
    int stray, called, age, late; /* persons who have what they should not */
};

static int64_t *cells_of(const struct sim *sim, const char *tally)
{
    int number = tally_find(&sim->tallies, tally);
    return memory_new(number < 0 ? 1 : sim->tallies.tally[number].cells, sizeof(int64_t));
}

static uint32_t ticket_of(const struct sim *sim, uint32_t slot, int column) { return column < 0 ? QUEUE_NONE : ((const uint32_t *)sim->persons.column[column].data)[slot]; }

static bool holds_tickets(const struct sim *sim, uint32_t slot)
{
    const struct docket *d = docket_of(sim);
    bool holds = ticket_of(sim, slot, d->bed) || ticket_of(sim, slot, d->removal);
    for (int g = 0; g < CASEGRAPH_GIVES; g++) holds |= ticket_of(sim, slot, d->asked[g]) != QUEUE_NONE;
    return holds;
}

static void count_ticket(struct recount *r, const struct sim *sim, uint32_t slot, int column)
{
    uint32_t ticket = ticket_of(sim, slot, column);
    if (ticket == QUEUE_CALLED) r->called++;
    else if (ticket != QUEUE_NONE) r->waiting[service_of(ticket - 1)]++;
}

static void count_tickets(struct recount *r, const struct sim *sim, uint32_t slot)
{
    const struct docket *d = docket_of(sim);
    const struct person *p = &sim->persons.row[slot];
    for (int i = 0; i < sim->waits.count; i++)
        if (wait_kind(p, i) == WAIT_TICKET) r->waiting[service_of(p->threshold[i])]++;
    count_ticket(r, sim, slot, d->bed);
    count_ticket(r, sim, slot, d->removal);
    for (int g = 0; g < CASEGRAPH_GIVES; g++) count_ticket(r, sim, slot, d->asked[g]);
}

static void count_places(struct recount *r, const struct sim *sim, const struct docket_person *a)
{
    int service = a->p->placement ? graph_of(sim)->placement[a->p->placement - 1].service : -1;
    if (service >= 0) r->taken[(uint32_t)service * sim->world->states + a->state]++;
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (docket_holds(a, (enum casegraph_gives)g)) r->taken[(uint32_t)docket_service(docket_of(sim), (enum casegraph_gives)g) * sim->world->states + a->state]++;
}

static bool waits_for_case(const struct sim *sim, const struct person *p)
{
    int model = sim_model_number(sim, sim_state(sim, "case"));
    for (int i = 0; i < sim->waits.count; i++)
        if (sim->waits.wait[i].model == model && wait_kind(p, i) != WAIT_NONE) return true;
    return false;
}

/* Who has no case, or one that is over, has nothing of it. */
static bool is_stray(const struct sim *sim, const struct docket_person *a)
{
    const struct casegraph_stage *stage = a->p->stage ? &graph_of(sim)->stage[a->p->stage - 1] : NULL;
    if (stage && !casegraph_is_final(stage)) return false;
    if (*docket_held(a) != 0) return true;
    if (stage && stage->assigns) return false;
    return a->p->placement != 0 || *docket_wanted(a) != 0 || waits_for_case(sim, a->p) || holds_tickets(sim, a->slot);
}

static void count_person(struct recount *r, const struct sim *sim, const struct docket_person *a)
{
    const struct casegraph *graph = graph_of(sim);
    uint32_t people = a->p->sex * (uint32_t)PORTRAIT_AGE_GROUPS + portrait_age_group(sim, a->p), groups = 3 * PORTRAIT_AGE_GROUPS;
    r->stray += is_stray(sim, a);
    if (a->p->stage == 0) return;
    const struct casegraph_stage *stage = &graph->stage[a->p->stage - 1];
    bool final = casegraph_is_final(stage), over = final && a->p->placement == 0, child = docket_is_child(a);
    r->age += !over && (child != (portrait_age_group(sim, a->p) < PORTRAIT_AGE_GROUP_ADULT) || (a->p->group >= DOCKET_CHILD) != child);
    r->cases[a->state * (uint32_t)graph->stages + a->p->stage - 1]++;
    if (!stage->decided && !final) r->undecided[(a->state * groups + people) * DOCKET_NEEDS + (uint32_t)docket_need(a)]++;
    if (a->p->placement == 0) r->unplaced[a->state] += !final;
    if (a->p->placement == 0) return;
    r->placed[a->state * (uint32_t)graph->placements + a->p->placement - 1]++;
    r->by_group[(a->state * (uint32_t)graph->placements + a->p->placement - 1) * groups + people]++;
}

static void compare(const struct sim *sim, const char *tally, int64_t *counted)
{
    int number = tally_find(&sim->tallies, tally);
    uint32_t cells = number < 0 ? 0 : sim->tallies.tally[number].cells, wrong = 0, last = 0;
    for (uint32_t i = 0; i < cells; i++)
        if (tally_at(&sim->tallies, number, i) != counted[i]) wrong++, last = i;
    TEST(wrong == 0, "evening of day %d, %s: %u cells differ; cell %u is %d, recounted %d", sim->day - 1, tally, wrong, last, (int)tally_at(&sim->tallies, number, last), (int)counted[last]);
    memory_free(counted);
}

/* ---- laws of a row in the evening */

static int wait_number(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->waits.count; i++)
        if (!strcmp(sim->waits.wait[i].name, name)) return i;
    return -1;
}

/* A stage with a service is waited for in its queue, one with a rate by a clock. */
static bool waits_wrongly(const struct sim *sim, const struct docket_person *a, const struct casegraph_stage *stage)
{
    enum wait_kind kind = wait_kind(a->p, wait_number(sim, "decision"));
    uint16_t due = *docket_day(a, a->docket->stage_due);
    if (kind != (stage->service >= 0 ? WAIT_TICKET : stage->rate > 0 ? WAIT_CLOCK
                                                                     : WAIT_NONE)) return true;
    return (stage->deadline > 0 ? due <= sim->day : due != DOCKET_NEVER) || (stage->removal < 0 && ticket_of(sim, a->slot, a->docket->removal) != QUEUE_NONE);
}

/* Who wants a place stands where there is room for everybody, or outside. */
static bool wants_wrongly(const struct sim *sim, const struct docket_person *a)
{
    int wanted = *docket_wanted(a) - 1;
    uint32_t ticket = ticket_of(sim, a->slot, a->docket->bed);
    if (wanted < 0 || ticket == QUEUE_NONE) return wanted >= 0 || ticket != QUEUE_NONE;
    const struct casegraph_placement *of = &graph_of(sim)->placement[wanted];
    bool waiting = a->p->placement == 0 || graph_of(sim)->placement[a->p->placement - 1].service < 0;
    return !waiting || service_of(ticket - 1) != queue_number(sim->world->states, of->service, a->state);
}

static bool asks_wrongly(const struct sim *sim, const struct docket_person *a)
{
    for (int g = 0; g < CASEGRAPH_GIVES; g++)
        if (docket_holds(a, (enum casegraph_gives)g) && ticket_of(sim, a->slot, a->docket->asked[g]) != QUEUE_NONE) return true;
    return false;
}

static bool is_banned(const struct sim *sim, const struct docket_person *a)
{
    const struct placement *placement = sim_state(sim, "placement");
    return a->p->placement > 0 && !placement_rules_permit(placement, a, a->p->placement - 1);
}

static bool stays_too_long(const struct sim *sim, const struct docket_person *a)
{
    const struct placement *placement = sim_state(sim, "placement");
    if (a->p->placement == 0) return false;
    double most = placement_rules_value(placement, a, PLACEMENT_MAX_DAYS, a->p->placement - 1);
    return most > 0 && sim->day - *docket_day(a, a->docket->placed_on) >= ceil(most);
}

/* A placement with hazards has its clock. */
static bool strikes_wrongly(const struct sim *sim, const struct docket_person *a)
{
    if (graph_of(sim)->placements == 0) return false;
    bool any = a->p->placement > 0 && placement_hazard_any(&graph_of(sim)->placement[a->p->placement - 1]);
    return wait_kind(a->p, wait_number(sim, "placement")) != (any ? WAIT_CLOCK : WAIT_NONE);
}

enum { LAWS = 6 };
static const char *const law_names[LAWS] = {"wait for the stage wrongly", "wait for a place wrongly", "wait for what they hold", "are where they may not be", "are in a placement for too long", "have hazards wrongly"};

static void check_laws(const struct sim *sim, const struct docket_person *a, int broken[LAWS])
{
    if (a->p->stage == 0) return;
    const struct casegraph_stage *stage = &graph_of(sim)->stage[a->p->stage - 1];
    const bool breaks[LAWS] = {waits_wrongly(sim, a, stage), wants_wrongly(sim, a), asks_wrongly(sim, a), is_banned(sim, a), stays_too_long(sim, a), strikes_wrongly(sim, a)};
    for (int i = 0; i < LAWS; i++)
        if (breaks[i] && !broken[i]++ && getenv("WAYFARE_FOLDER")) printf("day %d, slot %u, stage %d, placement %d, wanted %d: %s\n", sim->day, a->slot, a->p->stage, a->p->placement, *docket_wanted(a), law_names[i]);
}

static void recount(struct sim *sim)
{
    int broken[LAWS] = {0};
    struct recount r = {cells_of(sim, "cases"), cells_of(sim, "placed"), cells_of(sim, "placed_by_group"), cells_of(sim, "undecided"), cells_of(sim, "unplaced"), cells_of(sim, "waiting"), cells_of(sim, "places_taken"), 0, 0, 0, 0};
    sim->day--; /* the day that was stepped */
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        if (sim->persons.row[slot].flags & PERSON_DEAD) continue;
        struct docket_person a = docket_person(sim, docket_of(sim), 0, 0, slot);
        r.late += wait_is_due(sim, a.p);
        count_person(&r, sim, &a);
        check_laws(sim, &a, broken);
        count_places(&r, sim, &a);
        count_tickets(&r, sim, slot);
    }
    sim->day++;
    for (int i = 0; i < LAWS; i++) TEST(broken[i] == 0, "evening of day %d: %d people %s", sim->day - 1, broken[i], law_names[i]);
    TEST(r.stray + r.called + r.age + r.late == 0, "day %d: %d strays, %d called and not seen, %d of a wrong age, %d due", sim->day - 1, r.stray, r.called, r.age, r.late);
    compare(sim, "cases", r.cases), compare(sim, "placed", r.placed), compare(sim, "placed_by_group", r.by_group), compare(sim, "undecided", r.undecided);
    compare(sim, "unplaced", r.unplaced), compare(sim, "waiting", r.waiting), compare(sim, "places_taken", r.taken);
}

/* No more places are taken than there are, or than were taken yesterday. */
static void check_places(const struct sim *sim, int64_t *yesterday, bool compare_them)
{
    int taken = tally_find(&sim->tallies, "places_taken");
    uint32_t states = sim->world->states;
    for (uint32_t i = 0; taken >= 0 && i < sim->tallies.tally[taken].cells; i++) {
        int64_t now = tally_at(&sim->tallies, taken, i);
        if (compare_them && graph_of(sim)->service[i / states].places)
            TEST(now <= yesterday[i] || (double)now * sim->setup->scale <= queue_capacity(sim, (int)(i / states), i % states) * (1 + 1e-9), "evening of day %d: %d places of %s taken, yesterday %d, of %g", sim->day - 1, (int)now,
                 graph_of(sim)->service[i / states].name, (int)yesterday[i], queue_capacity(sim, (int)(i / states), i % states));
        yesterday[i] = now;
    }
}

/* A day's service is its capacity, and a fraction of one carried over. */
static void check_served(const struct sim *sim)
{
    int served = tally_find(&sim->tallies, "served");
    uint32_t states = sim->world->states;
    for (uint32_t i = 0; served >= 0 && i < sim->tallies.tally[served].cells; i++) {
        double people = (double)tally_at(&sim->tallies, served, i) * sim->setup->scale, most = queue_capacity(sim, (int)(i / states), i % states);
        TEST(people <= most + sim->setup->scale, "day %d: %g people served by %s with a capacity of %g", sim->day - 1, people, graph_of(sim)->service[i / states].name, most);
    }
}

static int64_t sum_of(const struct sim *sim, const char *tally)
{
    int number = tally_find(&sim->tallies, tally);
    int64_t sum = 0;
    for (uint32_t i = 0; number >= 0 && i < sim->tallies.tally[number].cells; i++) sum += tally_at(&sim->tallies, number, i);
    return sum;
}

static void check_sums(const struct sim *sim)
{
    TEST(sum_of(sim, "undecided") == sum_of(sim, "undecided_days") && sum_of(sim, "placed") == sum_of(sim, "placement_days"), "day %d: person-days", sim->day - 1);
    TEST(sum_of(sim, "final_decisions") <= sum_of(sim, "stage_reached") && sum_of(sim, "refoulement") <= sum_of(sim, "returns"), "day %d: decisions, returns", sim->day - 1);
    if (sim_state(sim, "journey")) TEST(sum_of(sim, "returns") <= sum_of(sim, "returns_home"), "day %d: %d returned, %d went home", sim->day - 1, (int)sum_of(sim, "returns"), (int)sum_of(sim, "returns_home"));
}

static void check_signs(const struct sim *sim)
{
    for (int i = 0; i < sim->tallies.count; i++) {
        const struct tally *t = &sim->tallies.tally[i];
        int64_t least = 0;
        for (uint32_t k = 0; k < t->cells; k++)
            if (tally_at(&sim->tallies, i, k) < least) least = tally_at(&sim->tallies, i, k);
        TEST(least == 0, "evening of day %d: %s goes down to %d", sim->day - 1, t->name, (int)least);
    }
}

/* Stops after the first day on which something is wrong. */
static void run_checked(struct sim *sim, int32_t days)
{
    int before = test_failed;
    struct error error = {0};
    int64_t *yesterday = cells_of(sim, "places_taken");
    check_places(sim, yesterday, false);
    while (sim->day < days && test_failed == before) {
        sim_step(sim);
        recount(sim), check_places(sim, yesterday, true), check_served(sim), check_sums(sim), check_signs(sim);
        TEST(sim->error.status == FAIL_NONE && sim_audit(sim, &error) == 0, "day %d: %s%s", sim->day, sim->error.text, error.text);
    }
    memory_free(yesterday);
}

/* ---- the same however it is run */

static bool run_arm(const char *folder, struct sim_tuning tuning, bool placebo, char hex[65])
{
    struct bench b;
    struct error error = {0};
    int status = open_bench(&b, folder, tuning, placebo, &error);
    TEST(status == 0, "%s", error.text);
    while (!status && b.sim->day < b.setup.days) sim_step(b.sim);
    if (!status) sim_digest(b.sim, hex);
    close_bench(&b);
    return status == 0;
}

static void resume(const char *folder, struct bench *first, const char *path, char hex[65])
{
    static const char *const command[] = {"wayfare", "run", "test", NULL};
    struct writer_plan plan = {.command = command};
    struct error error = {0};
    struct bench b;
    int status = checkpoint_save(first->sim, &plan, path, 1, &error) || open_bench(&b, folder, (struct sim_tuning){.threads = 2}, false, &error);
    if (!status) status = checkpoint_load(b.sim, path, &error);
    TEST(status == 0, "%s", error.text);
    remove(path);
    while (!status && b.sim->day < b.setup.days) sim_step(b.sim);
    if (!status) sim_digest(b.sim, hex);
    close_bench(&b);
}

static void run_twins(const char *folder, const char *hex, const char *resumed)
{
    static const struct {
        const char *what;
        struct sim_tuning tuning;
        bool placebo;
    } arm[] = {{"one thread", {1, 0, false}, false}, {"chunks of 3", {3, 3, false}, false}, {"chunks of 1000", {3, 1000, false}, false}, {"naive", {1, 3, true}, false}, {"placebo", {2, 64, false}, true}};
    char other[65] = "";
    for (size_t i = 0; i < sizeof arm / sizeof *arm; i++)
        if (run_arm(folder, arm[i].tuning, arm[i].placebo, other)) TEST(!strcmp(hex, other), "%s: %.16s and %.16s", arm[i].what, hex, other);
    TEST(!strcmp(hex, resumed), "resumed: %.16s and %.16s", hex, resumed);
}

static int64_t look_at(const char *folder)
{
    struct bench b;
    struct error error = {0};
    char hex[65] = "", resumed[65] = "", path[512];
    int before = test_failed;
    snprintf(path, sizeof path, "%s/checkpoint", folder);
    int status = open_bench(&b, folder, (struct sim_tuning){.threads = 2, .chunk = 64}, false, &error);
    TEST(status == 0, "%s", error.text);
    if (!status) run_checked(b.sim, b.setup.days / 2);
    if (!status && test_failed == before) resume(folder, &b, path, resumed), run_checked(b.sim, b.setup.days);
    int64_t cases = status ? 0 : (int64_t)b.sim->persons.entered;
    if (!status) sim_digest(b.sim, hex);
    close_bench(&b);
    if (test_failed == before) run_twins(folder, hex, resumed);
    return cases;
}

static void random_scenarios(void)
{
    int first = setting("WAYFARE_FIRST", 1), count = setting("WAYFARE_SEEDS", SEEDS);
    int64_t persons = 0;
    for (int seed = first; seed < first + count && !getenv("WAYFARE_FOLDER"); seed++) {
        struct scratch scratch = scratch_open();
        int before = test_failed;
        write_scenario(&scratch, (uint64_t)seed);
        if (getenv("WAYFARE_SEEDS")) printf("seed %d\n", seed);
        persons += look_at(scratch.folder);
        TEST(test_failed == before, "seed %d%s%s", seed, getenv("WAYFARE_KEEP") ? ", in " : "", getenv("WAYFARE_KEEP") ? scratch.folder : "");
        if (test_failed == before || !getenv("WAYFARE_KEEP")) scratch_close(&scratch);
    }
    if (getenv("WAYFARE_FOLDER")) look_at(getenv("WAYFARE_FOLDER"));
    else TEST(persons > 20 * count, "%d persons in %d scenarios", (int)persons, count);
}

/* ---- random edits of files that people wrote, and of a random one */

/* libconfig loses a text that it holds where the syntax is wrong; asked for by the leak sanitizer, called by nobody else. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libconfig\n"; }

static const char *const nasty[] = {"0", "-1", "1e308", "1e-320", "nan", "inf", "0x7fffffff", "99999999999999999999", "4294967296L", "3.5", "1e9", "true", "\"\"", "\"all\"", "\"@\"", "\"s0@S0\"", "()", "{}", "(", ")", ";", "}", "{", "=",
                                    "@include", "\"data\"", "\"scenario.cfg\"", "/*", "\"", "\n@include \"scenario.cfg\"\n", "\"\\x00\"", "\xff", "\xc3", "\t", "256", "-0.0", "\"2030-02-30\"", "65536", "only", "\"a/b\""};
#define NASTIES (int)(sizeof nasty / sizeof *nasty)

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-' || c == '"';
}

/* A word of the text somewhere, with its quotes. */
static size_t find_word(struct dice *d, const char *text, size_t size, size_t *length)
{
    size_t at = (size_t)below(d, (int)size), begin = at;
    while (at < size && !in_word(text[at])) at++;
    while (begin > 0 && begin == at && in_word(text[begin - 1])) begin--, at = begin;
    *length = 0;
    while (at + *length < size && in_word(text[at + *length])) ++*length;
    return at;
}

/* The text with [at, at + length) replaced. */
static char *replaced(char *text, size_t *size, size_t at, size_t length, const char *new, size_t room)
{
    char *edited = memory_new(*size - length + room + 1, 1);
    memcpy(edited, text, at);
    memcpy(edited + at, new, room);
    memcpy(edited + at + room, text + at + length, *size - at - length);
    *size = *size - length + room;
    memory_free(text);
    return edited;
}

static char *edit(struct dice *d, char *text, size_t *size)
{
    size_t length, other_length, at = find_word(d, text, *size, &length), other = find_word(d, text, *size, &other_length);
    char word[400], byte = (char)below(d, 256);
    if (other_length >= sizeof word) other_length = sizeof word - 1;
    memcpy(word, text + other, other_length);
    switch (below(d, 7)) {
    case 0:
        return replaced(text, size, at, length, nasty[0], 0);
    case 1:
        return replaced(text, size, (size_t)below(d, (int)*size), 0, &byte, 1);
    case 2:
        return replaced(text, size, (size_t)below(d, (int)*size - 1), 1, &byte, 1);
    case 3:
        return replaced(text, size, at, length, word, other_length);
    case 4:
        return replaced(text, size, at, 0, word, other_length);
    case 5: {
        size_t begin = (size_t)below(d, (int)*size), end = begin + (size_t)below(d, 60);
        return replaced(text, size, begin, (end < *size ? end : *size) - begin, nasty[0], 0);
    }
    default: {
        const char *new = nasty[below(d, NASTIES)];
        return replaced(text, size, at, length, new, strlen(new));
    }
    }
}

/* One line that names a file, and a line of it unless the file as a whole is meant. */
static bool names_a_line(const char *text)
{
    const char *at = strstr(text, ".c");
    for (; at; at = strstr(at + 1, ".c")) {
        const char *number = at + 5;
        if (!strncmp(at, ".cfg: ", 6)) return !strchr(text, '\n');
        if ((strncmp(at, ".cfg:", 5) && strncmp(at, ".csv:", 5)) || !isdigit((unsigned char)*number)) continue;
        while (isdigit((unsigned char)*number)) number++;
        if (*number == ':') return !strchr(text, '\n');
    }
    return false;
}

/* Refused by the reader with a line, or by a model with a message, or it runs. */
static void check_edited(const char *folder, int edition)
{
    char path[512];
    struct error error = {0};
    struct setup setup;
    snprintf(path, sizeof path, "%s/scenario.cfg", folder);
    setup_init(&setup);
    int status = scenario_read(&setup, path, &error);
    if (status) TEST(error.status == FAIL_INPUT && names_a_line(error.text), "edition %d: status %d: %s", edition, (int)error.status, error.text);
    struct sim *sim = status ? NULL : sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    if (!status && !sim) TEST(error.status == FAIL_INPUT && error.text[0] && !strchr(error.text, '\n'), "edition %d: status %d: %s", edition, (int)error.status, error.text);
    if (getenv("WAYFARE_EDITS")) printf("edition %d: %s\n", edition, error.status ? error.text : "runs");
    FILE *out = fopen("/dev/null", "w");
    if (sim && out) summary_write(sim, out);
    if (out) fclose(out);
    if (sim && setup.scale < 1000) run_checked(sim, setup.days < 12 ? setup.days : 12);
    sim_close(sim);
    setup_free(&setup);
}

static void copy_file(const struct scratch *scratch, const char *from, const char *name)
{
    char path[512];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", from, name);
    char *text = scratch_read(path, &size);
    if (text) scratch_write_bytes(scratch, name, text, size);
    free(text);
}

static void copy_files(const struct scratch *scratch, const char *from)
{
    static const char *const names[] = {"scenario.cfg", "common.cfg", "services.cfg", "detention.cfg", "placements.cfg", "stages.cfg", "data/places.csv", "data/arrivals.csv", "data/age.csv", "data/motive.csv", "data/party_size.csv", "data/protection.csv", "data/sex.csv", "data/states.csv", "data/vulnerable.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) copy_file(scratch, from, names[i]);
}

/* One to three edits of one of the files, then as it was. */
static void edit_files(const struct scratch *scratch, const char *const *names, int count, struct dice *d, int editions)
{
    for (int edition = 0; edition < editions; edition++) {
        const char *name = names[below(d, count)];
        size_t size = 0, edited_size;
        int before = test_failed;
        char *text = scratch_read(scratch_path(scratch, name), &size), *edited = memory_new(size + 1, 1);
        memcpy(edited, text, size);
        edited_size = size;
        for (int i = between(d, 1, 3); i > 0 && edited_size > 100; i--) edited = edit(d, edited, &edited_size);
        scratch_write_bytes(scratch, name, edited, edited_size);
        check_edited(scratch->folder, edition);
        if (test_failed > before && getenv("WAYFARE_KEEP")) scratch_write_bytes(scratch, "failed.cfg", edited, edited_size), printf("in %s/failed.cfg\n", scratch->folder), fflush(stdout);
        scratch_write_bytes(scratch, name, text, size);
        memory_free(edited);
        free(text);
    }
}

static void edited_files(void)
{
    static const char *const from[] = {"scenarios/toy_case", "scenarios/detention_alternatives"}, *const parts[] = {"scenario.cfg", "services.cfg", "detention.cfg", "placements.cfg", "stages.cfg"};
    struct dice d = {(uint64_t)setting("WAYFARE_FIRST", 1)};
    int count = setting("WAYFARE_EDITS", EDITS);
    for (int i = 0; i < 3; i++) {
        struct scratch scratch = scratch_open();
        if (i < 2) copy_files(&scratch, from[i]);
        else write_scenario(&scratch, d.state);
        if (access(scratch_path(&scratch, "scenario.cfg"), R_OK)) test_skip("a scenario to edit is not here");
        else edit_files(&scratch, parts, i == 1 ? 5 : 1, &d, count / 3);
        if (!getenv("WAYFARE_KEEP")) scratch_close(&scratch);
    }
}

/* ---- found by the above */

struct found {
    const char *what, *detention, *policies;
};

/* Five people of ten years wait in detention for a place in the centre, which has none. */
static const struct found founds[] = {
    {"the longest stay holds for who waits there for the next placement", "max_days = 10.0; after = \"centre\";", ""},
    {"a rule that comes holds for who waits there", "", "policies = ( { name = \"ban\"; lever = \"detain_children\"; where = \"detention\"; set = 0.0; from = 10; } );\n"},
};

static void found_before(void)
{
    for (size_t i = 0; i < sizeof founds / sizeof *founds; i++) {
        struct scratch scratch = scratch_open();
        char *text = memory_format("title = \"x\"; start = \"2030-01-01\"; days = 60; world = { places = \"places.csv\"; };\n"
                                   "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\ntraits = ( { name = \"age\"; file = \"age.csv\"; } );\n"
                                   "case = { services = ( { name = \"beds\"; kind = \"places\"; capacity = 0.0; } );\n"
                                   "placements = ( { name = \"detention\"; detains = true; use = 0.0; detain_children = 2; %s },\n"
                                   "  { name = \"centre\"; service = \"beds\"; meanwhile = \"detention\"; } );\n"
                                   "stages = ( { name = \"claim\"; placements = (\"centre\"); deadline = 50.0; outcomes = ( { to = \"end\"; } ); }, { name = \"end\"; } ); };\n"
                                   "models = ( { name = \"arrivals\"; }, { name = \"placement\"; }, { name = \"case\"; } );\n%s",
                                   founds[i].detention, founds[i].policies);
        scratch_write(&scratch, "scenario.cfg", text), scratch_write(&scratch, "age.csv", "value,default\n10,1\n");
        scratch_write(&scratch, "places.csv", "name,state,latitude,longitude,kind\nT,S,1,1,town\n"), scratch_write(&scratch, "arrivals.csv", "day,T\n0,5\n1,0\n");
        int before = test_failed;
        TEST(look_at(scratch.folder) == 5 && test_failed == before, "%s", founds[i].what);
        memory_free(text);
        scratch_close(&scratch);
    }
}

static const struct test_case cases[] = {
    {"random scenarios", random_scenarios},
    {"edited files", edited_files},
    {"found before", found_before},
};
TEST_MAIN(cases)
