/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Money on the way: what people set out with, and how those who are stranded come by more.

   Setting out: money = m f(class) exp(s N - s^2 / 2), N standard normal, m the place of origin's column `means`, else money_mean.
   Stranded: spells of work end with hazard (1 + aid_release aid(place)) / work_days; at the end of a spell
     + pay(place) skill_pay(skill); with ties, + remittance (1 - transfer_cost) with chance remittance_chance; and a loan of
     loan with chance loan_chance while the debt stays within debt_most.
   Source: the scenario's; ranges of pay from DTM and single cases. Assumption: pay comes in spells, not daily; members of a
   party draw everything together, so that all have the same money; each pays alone. Money that is sent does not strand the sender.
   Limits: no theft but through the model peril; debt is recorded, nobody works it off on the way; no wage market. */
#include "models/means.h"

#include "sim/field.h"
#include "sim/maths.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"

#define MOST_TRIES 1000 /* for a normal deviate; each fails with chance 0.05 */

enum { DRAW_MONEY,
       DRAW_SPELL };
enum { WORD_REMITTANCE,
       WORD_LOAN }; /* of a spell's block */

struct means {
    double money_mean, money_spread, work_days, work_pay, remittance_chance, remittance, transfer_cost, loan_chance, loan, debt_most, aid_release;
    struct param_list class_money, skill_pay;
    struct field pay, at_origin;
    int ties, skill; /* traits, -1: none */
    uint32_t tied;   /* value of ties that means yes */
    int aid_lever;
};

#define FIELD(name) offsetof(struct means, name)
static const struct param params[] = {
    {"money_mean", PARAM_NUMBER, FIELD(money_mean), "money", "mean of the money a person sets out with, where the origin's column `means` is blank", "assumption: two or three legs; costs_and_harm.csv has whole journeys at 200 to 8000 USD", 2000, 0, 1e9, NULL, "loguniform"},
    {"money_spread", PARAM_NUMBER, FIELD(money_spread), "1", "standard deviation of its logarithm", "assumption: one in six has less than a third of the mean", 0.8, 0, 5, NULL, "uniform"},
    {"class_money", PARAM_LIST, FIELD(class_money), "1", "factor on the mean by class; none: 1", "assumption: classes alike", 0, 0, 1000, NULL, NULL},
    {"work_days", PARAM_NUMBER, FIELD(work_days), "days", "mean length of a spell of work of stranded people", "assumption: three months", 90, 0.05, 36500, NULL, "loguniform"},
    {"work_pay", PARAM_NUMBER, FIELD(work_pay), "money", "what is left of a spell's earnings, where the place's column work_pay is blank", "assumption: 12 (4-25) USD a day on half of the days (costs_and_harm.csv), most of it spent", 300, 0, 1e9, NULL, "loguniform"},
    {"skill_pay", PARAM_LIST, FIELD(skill_pay), "1", "factor on pay by value of the trait skill; none: 1", "assumption: skills alike", 0, 0, 1000, NULL, NULL},
    {"remittance_chance", PARAM_NUMBER, FIELD(remittance_chance), "1", "chance in each spell that people with ties receive money", "assumption: no figure found", 0.2, 0, 1, NULL, "uniform"},
    {"remittance", PARAM_NUMBER, FIELD(remittance), "money", "what is sent then", "assumption: the price of a leg", 300, 0, 1e9, NULL, "loguniform"},
    {"transfer_cost", PARAM_NUMBER, FIELD(transfer_cost), "1", "share of it that the transfer costs", "A/72/643 para 28: 7 per cent, aim 3", 0.07, 0, 0.5, NULL, "uniform"},
    {"loan_chance", PARAM_NUMBER, FIELD(loan_chance), "1", "chance in each spell that people with ties borrow", "assumption: no figure found (debt terms: nothing found, journey/NOTES.md)", 0.1, 0, 1, NULL, "uniform"},
    {"loan", PARAM_NUMBER, FIELD(loan), "money", "a loan", "assumption: the price of a leg", 300, 0, 1e9, NULL, "loguniform"},
    {"debt_most", PARAM_NUMBER, FIELD(debt_most), "money", "nobody borrows beyond this debt; a ransom may go beyond", "assumption: a whole journey", 3000, 0, 1e9, NULL, "loguniform"},
    {"aid_release", PARAM_NUMBER, FIELD(aid_release), "1", "spells end so much more often where aid is 1", "assumption: aid points and shelter release people; no figure found", 0, 0, 10, NULL, "uniform"},
    {0}};

static const struct lever levers[] = {
    {"aid", "1", "aid points and shelter at a place: 0 none to 1 for everybody", 0, 0, 1, LEVER_PLACE},
    {0}};

static int means_open(struct sim *sim, void *state)
{
    struct means *m = state;
    m->ties = portrait_find(sim, "ties");
    m->skill = portrait_find(sim, "skill");
    int64_t yes = m->ties >= 0 ? trait_find_value(&sim->setup->traits.trait[m->ties], "yes") : 0;
    if (yes < 0) return fail(&sim->error, FAIL_INPUT, "trait 'ties': expected a value 'yes'");
    m->tied = (uint32_t)yes;
    uint32_t skills = m->skill >= 0 ? sim->setup->traits.trait[m->skill].values : 0;
    if (m->skill_pay.count > 0 && m->skill_pay.count != (int)skills) return fail(&sim->error, FAIL_INPUT, "means.skill_pay: expected %u numbers, one for each value of the trait skill, found %d", skills, m->skill_pay.count);
    if (m->class_money.count > WAY_CLASSES) return fail(&sim->error, FAIL_INPUT, "means.class_money: expected at most %d classes, found %d", WAY_CLASSES, m->class_money.count);
    m->aid_lever = lever_find(&sim->setup->levers, levers[0].name);
    if (field_open(&m->pay, sim, WORLD_OF_PLACES, "work_pay", 0, 1e9, m->work_pay)) return -1;
    return field_open(&m->at_origin, sim, WORLD_OF_PLACES, "means", 0, 1e9, m->money_mean);
}

/* Standard normal by Marsaglia's polar method: no function that differs between processors. */
static double normal(uint64_t seed, uint64_t party, uint32_t spell)
{
    for (uint32_t i = 0; i < MOST_TRIES; i++) {
        struct rng_block block = rng_draw(seed, party, means.purpose * 256u + DRAW_MONEY, spell, i);
        for (int k = 0; k < 4; k += 2) {
            double u = 2 * rng_uniform(block.word[k]) - 1, v = 2 * rng_uniform(block.word[k + 1]) - 1, s = u * u + v * v;
            if (s < 1 && s > 0) return u * sqrt(-2 * maths_log(s) / s);
        }
    }
    return 0;
}

static double list_at(const struct param_list *list, uint32_t index) { return (int)index < list->count ? list->value[index] : 1; }

static bool has_ties(const struct means *m, const struct way_person *w) { return m->ties >= 0 && portrait_value(w->sim, m->ties, w->slot) == m->tied; }

void means_equip(const struct means *m, const struct way_person *w, uint32_t journeys)
{
    double spread = m->money_spread, mean = field_at(&m->at_origin, portrait_origin(w->p)) * list_at(&m->class_money, way_class(w->p));
    double shift = spread > 0 ? spread * normal(w->sim->setup->seed, w->p->party, journeys) - spread * spread / 2 : 0;
    *way_money(w) = (float)(mean * maths_exp(shift));
}

double means_rate(const struct means *m, const struct sim *sim, uint32_t place)
{
    return (1 + m->aid_release * lever_value(&sim->setup->levers, m->aid_lever, place)) / m->work_days;
}

static void borrow(const struct means *m, const struct way_person *w)
{
    if ((double)*way_debt(w) + m->loan > m->debt_most) return;
    *way_money(w) += (float)m->loan;
    *way_debt(w) += (float)m->loan;
}

void means_earn(const struct means *m, const struct way_person *w, uint32_t spell)
{
    double pay = field_at(&m->pay, w->p->place) * (m->skill >= 0 ? list_at(&m->skill_pay, portrait_value(w->sim, m->skill, w->slot)) : 1);
    *way_money(w) = (float)((double)*way_money(w) + pay);
    if (!has_ties(m, w)) return;
    struct rng_block block = rng_draw(w->sim->setup->seed, w->p->party, means.purpose * 256u + DRAW_SPELL, spell, 0);
    if (rng_uniform(block.word[WORD_REMITTANCE]) < m->remittance_chance) *way_money(w) += (float)(m->remittance * (1 - m->transfer_cost));
    if (rng_uniform(block.word[WORD_LOAN]) < m->loan_chance) borrow(m, w);
}

void means_pay(const struct way_person *w, double price) { *way_money(w) = (float)((double)*way_money(w) - price); }

double means_extort(const struct means *m, const struct way_person *w, double ransom)
{
    double money = (double)*way_money(w), paid = money < ransom ? money : ransom, rest = ransom - paid;
    *way_money(w) = (float)(money - paid);
    if (!has_ties(m, w)) return rest;
    *way_debt(w) += (float)rest;
    return 0;
}

const struct model means = {
    .name = "means",
    .doc = "money on the way: what people set out with, work, money from home, loans",
    .source = "the scenario's numbers",
    .purpose = 28,
    .state_size = sizeof(struct means),
    .params = params,
    .levers = levers,
    .open = means_open,
};
