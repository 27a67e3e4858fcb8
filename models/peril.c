/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harm while people stay, are stranded or are held at a place.

   Something strikes a party with hazard
     h(place, class, mode) = sum_k r_k(place) f(class) g(mode) (1 - aid_effect aid(place)) a day,
   r_k the place's columns violence_rate, sgbv_rate, kidnap_rate, trafficking_rate, death_rate: the hazard of a person at the
   greatest risk. Which k is an exponential race of the r_k. Kidnapping takes the whole party; the others strike each member
   with a chance of their own: sgbv_men for men and boys (or nobody's sex known), violence_women for women and girls,
   in_company for members of a party of two or more, 1 for others; child_factor on violence and trafficking, at most 1 in all.
   A kidnapped party pays ransom = ransom_mean c(class) exp(s N - s^2/2) from its money; what is missing is debt of people with
   ties; others are held so many times longer as unpaid_factor says. They are held with the place's hold_days on average.
   Source: shares of people harmed over their stay turned into rates, r = -ln(1 - share) / stay, by the scenario.
   Assumption: hazards are constant in a stay; who is stranded or held is exposed more by a factor; harm does not stop the way.
   Limits: no memory of earlier harm, no revenge of debt, no healing. */
#include "models/peril.h"

#include "models/journey.h"
#include "models/means.h"
#include "models/way.h"
#include "sim/field.h"
#include "sim/maths.h"
#include "sim/rng.h"
#include "sim/sim.h"

enum { DEATH = WAY_HARMS,
       KINDS };
enum { DRAW_KIND,
       DRAW_STRUCK,
       DRAW_RANSOM };

struct peril {
    double stranded_factor, held_factor, sgbv_men, violence_women, in_company, child_factor, ransom_mean, ransom_spread, unpaid_factor, aid_effect;
    struct param_list class_factor, class_ransom;
    struct field rate[KINDS];
    const struct journey *journey;
    const struct means *means; /* NULL: not in force */
    int wait, aid_lever;
};

#define FIELD(name) offsetof(struct peril, name)
static const struct param params[] = {
    {"class_factor", PARAM_LIST, FIELD(class_factor), "1", "factor on every hazard by class; none: 1", "costs_and_harm.csv: predicted exploitation 0.73 sub-Saharan, 0.38 others (UNICEF/IOM 2017)", 0, 0, 1000, NULL, NULL},
    {"stranded_factor", PARAM_NUMBER, FIELD(stranded_factor), "1", "factor on every hazard while stranded", "assumption: exposed more, no figure found", 1.5, 0, 20, NULL, "loguniform"},
    {"held_factor", PARAM_NUMBER, FIELD(held_factor), "1", "factor on every hazard but kidnapping while held", "assumption: exposed more, no figure found", 3, 0, 50, NULL, "loguniform"},
    {"sgbv_men", PARAM_NUMBER, FIELD(sgbv_men), "1", "chance of men and boys against women and girls", "costs_and_harm.csv: 0.18 against 0.533, n = 72 (Medecins du Monde)", 0.25, 0, 1, NULL, "uniform"},
    {"violence_women", PARAM_NUMBER, FIELD(violence_women), "1", "chance of women and girls against men and boys", "costs_and_harm.csv: 0.80 against 0.942 over a stay, n = 72 (Medecins du Monde)", 0.57, 0, 1, NULL, "uniform"},
    {"in_company", PARAM_NUMBER, FIELD(in_company), "1", "chance of a member of a party of two or more against a person alone", "assumption: company protects a little or not", 0.8, 0, 1, NULL, "uniform"},
    {"child_factor", PARAM_NUMBER, FIELD(child_factor), "1", "chance of children against adults", "assumption: alike; 0.77 of 14-17 against 0.71 of all (UNICEF/IOM 2017)", 1, 0, 1, NULL, "uniform"},
    {"ransom_mean", PARAM_NUMBER, FIELD(ransom_mean), "money", "mean ransom", "costs_and_harm.csv ransom: 600 (200-2000) West Africans, 3000 (1000-8000) Horn, pooled assumption", 600, 0, 1e9, NULL, "loguniform"},
    {"class_ransom", PARAM_LIST, FIELD(class_ransom), "1", "factor on it by class; none: 1", "as ransom_mean", 0, 0, 1000, NULL, NULL},
    {"ransom_spread", PARAM_NUMBER, FIELD(ransom_spread), "1", "standard deviation of its logarithm", "assumption: from the ranges of ransom_mean", 0.6, 0, 5, NULL, "uniform"},
    {"unpaid_factor", PARAM_NUMBER, FIELD(unpaid_factor), "1", "who cannot pay is held so many times longer", "assumption: up to three years in Bani Walid (costs_and_harm.csv)", 3, 1, 50, NULL, "loguniform"},
    {"aid_effect", PARAM_NUMBER, FIELD(aid_effect), "1", "share of the hazards that aid 1 removes", "assumption: no figure found, zero within", 0.3, 0, 1, NULL, "uniform"},
    {0}};

static int peril_open(struct sim *sim, void *state)
{
    static const char *const columns[KINDS] = {[WAY_VIOLENCE] = "violence_rate", [WAY_SGBV] = "sgbv_rate", [WAY_KIDNAPPING] = "kidnap_rate", [WAY_TRAFFICKING] = "trafficking_rate", [DEATH] = "death_rate"};
    struct peril *p = state;
    p->journey = sim_state(sim, "journey");
    p->means = sim_state(sim, "means");
    if (!p->journey) return fail(&sim->error, FAIL_INPUT, "model peril needs the model journey before it");
    for (int k = 0; k < KINDS; k++)
        if (field_open(&p->rate[k], sim, WORLD_OF_PLACES, columns[k], 0, 1, 0)) return -1;
    p->aid_lever = p->means ? lever_find(&sim->setup->levers, "aid") : -1;
    p->wait = wait_declare(sim, sim_model_number(sim, p), (struct wait_plan){.name = "peril", .doc = "until something strikes the party at the place", .over = WAIT_OVER_PLACE, .shared = true, .by_group = true, .groups = (int)journey_classes(p->journey) * WAY_MODES});
    return p->wait < 0 ? -1 : 0;
}

static double list_at(const struct param_list *list, uint32_t index) { return (int)index < list->count ? list->value[index] : 1; }

static double sum_at(const struct peril *p, uint32_t place, bool kidnapping)
{
    double sum = 0;
    for (int k = 0; k < KINDS; k++)
        if (kidnapping || k != WAY_KIDNAPPING) sum += field_at(&p->rate[k], place);
    return sum;
}

static void set_rates(struct sim *sim, const struct peril *p, uint32_t place, double aid)
{
    double all = sum_at(p, place, true), held = sum_at(p, place, false);
    uint32_t classes = journey_classes(p->journey);
    for (uint32_t c = 0; c < classes; c++) {
        double factor = list_at(&p->class_factor, c) * (1 - p->aid_effect * aid);
        uint32_t cell = (place * classes + c) * WAY_MODES;
        wait_rate(sim, p->wait, cell + WAY_STAYING, factor * all);
        wait_rate(sim, p->wait, cell + WAY_STRANDED, factor * all * p->stranded_factor);
        wait_rate(sim, p->wait, cell + WAY_HELD, factor * held * p->held_factor);
    }
}

static void peril_morning(struct sim *sim, void *state)
{
    const struct peril *p = state;
    for (uint32_t i = 0; i < sim->world->places; i++) {
        double aid = p->aid_lever < 0 ? 0 : lever_value(&sim->setup->levers, p->aid_lever, i);
        set_rates(sim, p, i, aid);
    }
}

/* ---- one person ---- */

static uint32_t purpose(uint32_t draw) { return peril.purpose * 256u + draw; }

static int draw_kind(const struct peril *p, const struct way_person *w)
{
    double weight[KINDS];
    for (int k = 0; k < KINDS; k++) weight[k] = field_at(&p->rate[k], w->p->place);
    if (way_mode(w->p) == WAY_HELD) weight[WAY_KIDNAPPING] = 0;
    return rng_race(w->sim->setup->seed, w->p->party, purpose(DRAW_KIND), w->p->spell[p->wait], KINDS, weight, NULL);
}

static double chance_of(const struct peril *p, const struct way_person *w, int kind)
{
    bool female = w->p->sex == 1;
    double chance = w->p->flags & PERSON_IN_COMPANY ? p->in_company : 1;
    if (kind == WAY_SGBV && !female) chance *= p->sgbv_men;
    if (kind == WAY_VIOLENCE && female) chance *= p->violence_women;
    if ((kind == WAY_VIOLENCE || kind == WAY_TRAFFICKING) && way_is_child(w)) chance *= p->child_factor;
    return chance;
}

static bool is_struck(const struct peril *p, const struct way_person *w, int kind)
{
    return rng_uniform(rng_draw(w->sim->setup->seed, w->p->id, purpose(DRAW_STRUCK), w->p->spell[p->wait], 0).word[0]) < chance_of(p, w, kind);
}

static double draw_ransom(const struct peril *p, const struct way_person *w)
{
    struct rng_block block[3];
    for (uint32_t i = 0; i < 3; i++) block[i] = rng_draw(w->sim->setup->seed, w->p->party, purpose(DRAW_RANSOM), w->p->spell[p->wait], i);
    double s = p->ransom_spread;
    return p->ransom_mean * list_at(&p->class_ransom, way_class(w->p)) * maths_exp(s * rng_near_normal(block) - s * s / 2);
}

static void kidnap(const struct peril *p, const struct way_person *w, struct wait_moment at)
{
    way_harm(w, WAY_KIDNAPPING);
    double unpaid = p->means ? means_extort(p->means, w, draw_ransom(p, w)) : 0;
    journey_hold(p->journey, w, unpaid > 0 ? p->unpaid_factor : 1, at);
}

static void strike(const struct peril *p, const struct way_person *w, struct wait_moment at)
{
    int kind = draw_kind(p, w);
    bool struck = kind >= 0 && (kind == WAY_KIDNAPPING || is_struck(p, w, kind));
    wait_renew_clock(w->sim, w->p, p->wait);
    if (!struck) return;
    if (kind == DEATH) way_die(w, WAY_CAUSE_PLACE);
    else if (kind == WAY_KIDNAPPING) kidnap(p, w, at);
    else way_harm(w, (enum way_harm)kind);
}

static void peril_act(struct sim *sim, void *state, const struct model_span *span)
{
    const struct peril *p = state;
    for (uint32_t i = 0; i < span->n; i++) {
        struct way_person w = way_person(sim, journey_way(p->journey), span->thread, span->phase, span->slot[i]);
        strike(p, &w, wait_moment(sim, w.p, p->wait));
    }
}

const struct model peril = {
    .name = "peril",
    .doc = "violence, sexual violence, kidnapping, trafficking and death while people stay somewhere",
    .source = "the scenario's rates, from surveys",
    .purpose = 29,
    .state_size = sizeof(struct peril),
    .params = params,
    .open = peril_open,
    .morning = peril_morning,
    .act = peril_act,
};
