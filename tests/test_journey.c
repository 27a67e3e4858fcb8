/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journey: shares of a fork against the logit, what closures, prices, control, news, death and work do to people one by
   one, what a procedure that keeps people on the way does, and the same bits however it is run. */
#include "models/journey.h"
#include "models/means.h"
#include "models/pool.h"
#include "output/checkpoint.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <gsl/gsl_cdf.h>

#define AT_ONCE 0.05 /* stay_days: who may leave does so on the day but for one in 10^8 */

/* ---- maps and people */

struct leg {
    uint32_t from, to;
    double price, days, risk, control, death, violence;
};

static double *add_column(struct toy *toy, const char *name, bool of_links) { return world_add_column(toy->setup.world, name, of_links)->value; }

static void add_legs(struct toy *toy, const struct leg *leg, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) toy_link(toy, leg[i].from, leg[i].to, 100);
    for (uint32_t i = 0; i < n; i++) add_column(toy, "price", true)[i] = leg[i].price;
    for (uint32_t i = 0; i < n; i++) add_column(toy, "days", true)[i] = leg[i].days;
    for (uint32_t i = 0; i < n; i++) add_column(toy, "risk", true)[i] = leg[i].risk;
    for (uint32_t i = 0; i < n; i++) add_column(toy, "control", true)[i] = leg[i].control;
    for (uint32_t i = 0; i < n; i++) add_column(toy, "death", true)[i] = leg[i].death;
    for (uint32_t i = 0; i < n; i++) add_column(toy, "violence", true)[i] = leg[i].violence;
}

static void give(struct toy *toy, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    bool money = !strncmp(name, "money", 5) || !strncmp(name, "work", 4);
    setup_give(&toy->setup, money ? "means" : "journey", name, text, "toy", 0);
}

/* toy.people at place 0 on day 0. */
static void crowd(struct sim *sim)
{
    if (sim->day == 0) sim_enter(sim, 0, toy_of(sim)->people, (struct person_id_parts){.driver = 6}, false);
}

/* Every day. */
static void stream(struct sim *sim) { sim_enter(sim, 0, toy_of(sim)->people, (struct person_id_parts){.driver = 6, .day = (uint32_t)sim->day}, false); }

/* Places p0 ..., the last one is where everybody wants to go; everybody can pay everything and leaves at once. */
static void fill(struct toy *toy, uint32_t places, const struct leg *leg, uint32_t legs, uint32_t people)
{
    if (toy->setup.world->places == 0) toy_places(toy, places);
    add_column(toy, "destination_weight", false)[places - 1] = 1;
    add_legs(toy, leg, legs);
    toy->people = people;
    toy->lab.enter = crowd;
    toy_model(toy, &toy_lab);
    toy_model(toy, &means);
    toy_model(toy, &journey);
    give(toy, "stay_days", AT_ONCE);
}

static void start(struct toy *toy, uint32_t places, const struct leg *leg, uint32_t legs, uint32_t people)
{
    toy_init(toy);
    fill(toy, places, leg, legs, people);
}

static void rich(struct toy *toy)
{
    give(toy, "money_mean", 1e6);
    give(toy, "money_spread", 0);
}

static void add_policy(struct toy *toy, const char *lever, int64_t cell, enum lever_operation operation, double value, int32_t from, int32_t to)
{
    lever_add_policy(&toy->setup.levers, (struct lever_policy){.name = "p", .lever = (char *)lever, .cell = cell, .operation = operation, .value = value, .from = from, .to = to});
}

static void close_link(struct toy *toy, uint32_t from, uint32_t to, int32_t day)
{
    world_add_event(toy->setup.world, (struct world_event){.day = day, .target = WORLD_LINK, .a = from, .b = to, .closes = true});
}

static struct sim *open_one(struct toy *toy) { return toy_open(toy, (struct sim_tuning){.threads = 1}); }

static int64_t at(const struct sim *sim, const char *tally, uint32_t cell) { return tally_at(&sim->tallies, tally_find(&sim->tallies, tally), cell); }

static int64_t all(const struct sim *sim, const char *tally)
{
    const struct tally *t = &sim->tallies.tally[tally_find(&sim->tallies, tally)];
    int64_t sum = 0;
    for (uint32_t i = 0; i < t->cells; i++) sum += sim->tallies.value[t->offset + i];
    return sum;
}

static int64_t in_mode(const struct sim *sim, uint32_t place, enum way_mode mode) { return at(sim, "present_by_mode", place * WAY_MODES_USED + (uint32_t)mode); }

static int64_t stranded_at(const struct sim *sim, uint32_t place) { return in_mode(sim, place, WAY_STRANDED); }

static int64_t all_in_mode(const struct sim *sim, enum way_mode mode)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sim->world->places; i++) sum += in_mode(sim, i, mode);
    return sum;
}

static int64_t deaths_on(const struct sim *sim, uint32_t link) { return at(sim, "passages", link * 3 + 2); }

static int64_t all_deaths(const struct sim *sim)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sim->world->links; i++) sum += deaths_on(sim, i);
    return sum;
}

static double indicator(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->indicators; i++)
        if (!strcmp(sim->indicator[i].name, name)) return sim->indicator[i].value;
    return NAN;
}

static float money_of(const struct sim *sim, uint32_t slot)
{
    for (int i = 0; i < sim->persons.columns; i++)
        if (!strcmp(sim->persons.column[i].name, "money")) return ((const float *)sim->persons.column[i].data)[slot];
    return -1;
}

static uint32_t link_of(const struct sim *sim, uint32_t slot) { return sim->persons.row[slot].place & ~PERSON_ON_LINK; }

static bool near(double seen, double expected, double tries)
{
    double p = expected / tries;
    return fabs(seen - expected) <= 5 * sqrt(tries * p * (1 - p)) + 1e-9;
}

/* ---- bad input */

static void refused(struct toy *toy, const char *said, const char *said_too)
{
    struct error error = {0};
    TEST(world_finish(toy->setup.world, &error) == 0, "%s", error.text);
    struct sim *sim = sim_open(&toy->setup, toy->list, (struct sim_tuning){.threads = 2}, &error);
    TEST(!sim && error.status == FAIL_INPUT && strstr(error.text, said) && strstr(error.text, said_too), "expected '%s' and '%s', found status %d: %s", said, said_too, (int)error.status, error.text);
    sim_close(sim);
    setup_free(&toy->setup);
}

static void bad_input(void)
{
    static const struct leg circle[] = {{0, 1, 1, 1, 0, 0, 0, 0}, {1, 0, 1, 1, 0, 0, 0, 0}, {0, 2, 1, 1, 0, 0, 0, 0}, {2, 0, 1, 1, 0, 0, 0, 0}, {1, 2, 1, 1, 0, 0, 0, 0}, {2, 1, 1, 1, 0, 0, 0, 0}, {2, 3, 1, 1, 0, 0, 0, 0}};
    static const struct leg dear[] = {{0, 1, 1e5, 1, 0, 0, 0, 0}}, deadly[] = {{0, 1, 1, 1, 0, 0, 1.5, 0}}, backward[] = {{0, 1, 1, -1, 0, 0, 0, 0}}, plain[] = {{0, 1, 1, 1, 0, 0, 0, 0}};
    struct toy toy;
    start(&toy, 4, circle, 7, 1);
    refused(&toy, "there are no route values to 'p3'", "raise time_weight");
    start(&toy, 2, dear, 1, 1);
    give(&toy, "choice_scale", 10);
    refused(&toy, "the route values to 'p1'", "raise choice_scale");
    start(&toy, 2, deadly, 1, 1);
    refused(&toy, "link 'p0>p1'", "death from 0 to 1, found 1.5");
    start(&toy, 2, backward, 1, 1);
    refused(&toy, "link 'p0>p1'", "days");
    start(&toy, 2, plain, 1, 1);
    toy.setup.world->place[1].kind = WORLD_MARKER;
    refused(&toy, "'p1' is a marker", "destination_weight");
    start(&toy, 2, plain, 1, 1);
    toy.setup.world->column[0].value[1] = 0;
    refused(&toy, "destination_weight", "at least one");
}

/* ---- a fork: 0 to 1, 2, 3, and from each to 4 */

enum { FORK_PLACES = 5,
       FORK_LEGS = 6,
       FORK_PEOPLE = 60000 };
static const struct leg fork_legs[FORK_LEGS] = {{0, 1, 100, 4, 50, 0, 0, 0}, {0, 2, 250, 1, 0, 60, 0, 0}, {0, 3, 180, 2, 80, 100, 0, 0}, {1, 4, 150, 3, 20, 40, 0, 0}, {2, 4, 60, 1, 0, 0, 0, 0}, {3, 4, 20, 5, 10, 0, 0, 0}};

static double fork_cost(uint32_t leg, double price, double control)
{
    const struct leg *l = &fork_legs[leg];
    return 1.5 * l->price * price + 20 * l->days + 2 * l->risk + 0.5 * (l->control + control);
}

static void start_fork(struct toy *toy)
{
    start(toy, FORK_PLACES, fork_legs, FORK_LEGS, FORK_PEOPLE);
    rich(toy);
    give(toy, "price_weight", 1.5);
    give(toy, "time_weight", 20);
    give(toy, "risk_weight", 2);
    give(toy, "control_weight", 0.5);
    give(toy, "choice_scale", 150);
}

/* Movements of today on the three links against weights that need not sum to 1. */
static void check_shares(const char *what, const struct sim *sim, const double weight[3])
{
    double seen[3], expected[3], sum = 0, people = 0;
    for (uint32_t i = 0; i < 3; i++) seen[i] = (double)at(sim, "movements", i), people += seen[i], sum += weight[i];
    for (uint32_t i = 0; i < 3; i++) {
        expected[i] = weight[i] / sum * people;
        TEST(near(seen[i], expected[i], people), "%s, link %u: %.0f people, expected %.1f of %.0f", what, i, seen[i], expected[i], people);
    }
    TEST(toy_surprise(3, seen, expected) < 5, "%s: %.1f standard errors", what, toy_surprise(3, seen, expected));
}

/* With price[i] and control[i] acting on the first leg of way i, from a policy. */
static void one_fork(const char *what, const double price[3], const double control[3])
{
    struct toy toy;
    double weight[3];
    start_fork(&toy);
    for (uint32_t i = 0; i < 3; i++) {
        weight[i] = exp(-(fork_cost(i, price[i], control[i]) + fork_cost(i + 3, 1, 0)) / 150);
        if (price[i] != 1) add_policy(&toy, "price", i, LEVER_MULTIPLY, price[i], 0, -1);
        if (control[i] != 0) add_policy(&toy, "control", i, LEVER_ADD, control[i], 0, -1);
    }
    struct sim *sim = open_one(&toy);
    sim_step(sim);
    TEST(all(sim, "movements") == FORK_PEOPLE, "%s: %d people left", what, (int)all(sim, "movements"));
    check_shares(what, sim, weight);
    toy_close(sim);
}

static void fork_is_a_logit(void)
{
    one_fork("as it is", (const double[]){1, 1, 1}, (const double[]){0, 0, 0});
    one_fork("dear", (const double[]){1, 1.7, 1}, (const double[]){0, 0, 0});
    one_fork("controlled", (const double[]){1, 1, 1}, (const double[]){250, 0, 0});
    one_fork("both", (const double[]){0.5, 1, 2}, (const double[]){0, 300, 0});
}

/* Classes see prices with factors of their own. */
static void classes_choose_by_their_own_values(void)
{
    static const char *const names[3] = {"a", "b", "c"};
    static const double weight[3] = {1, 1, 1};
    struct toy toy;
    double count[3][3] = {{0}}, people[3] = {0}, expected[3], factor[3] = {1, 3, 2};
    start_fork(&toy);
    trait_add(&toy.setup.traits, "class", 3, names, weight)->by_party = true;
    setup_give_list(&toy.setup, "journey", "price_factor", 3, factor, "toy", 0);
    struct sim *sim = open_one(&toy);
    sim_step(sim);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) count[way_class(&sim->persons.row[slot])][link_of(sim, slot)]++, people[way_class(&sim->persons.row[slot])]++;
    for (int c = 0; c < 3; c++) {
        double sum = 0, more = (factor[c] - 1) * 1.5;
        for (uint32_t i = 0; i < 3; i++) sum += expected[i] = exp(-(fork_cost(i, 1, 0) + fork_cost(i + 3, 1, 0) + more * (fork_legs[i].price + fork_legs[i + 3].price)) / 150);
        for (uint32_t i = 0; i < 3; i++) expected[i] *= people[c] / sum;
        TEST(toy_surprise(3, count[c], expected) < 5, "class %d: %.0f %.0f %.0f", c, count[c][0], count[c][1], count[c][2]);
    }
    toy_close(sim);
}

/* ---- closures, person by person */

static void compare_choices(const char *what, const struct sim *before, const struct sim *after, uint32_t lost, bool all_of_them)
{
    uint32_t wrong = 0, gone = 0, stayed = 0;
    for (uint32_t slot = 0; slot < before->persons.count; slot++) {
        uint32_t was = link_of(before, slot), is = link_of(after, slot);
        TEST(before->persons.row[slot].id == after->persons.row[slot].id, "%s: slot %u is somebody else", what, slot);
        if (was == lost) gone += is != lost, stayed += is == lost;
        else wrong += is != was;
    }
    TEST(wrong == 0 && gone > 1000 && (all_of_them ? stayed == 0 : stayed > 1000), "%s: %u moved who need not, %u left the link, %u kept it", what, wrong, gone, stayed);
}

static void closing_a_link_moves_its_people_only(void)
{
    struct toy toy[2];
    double weight[3];
    start_fork(&toy[0]);
    start_fork(&toy[1]);
    close_link(&toy[1], 0, 1, 0);
    struct sim *before = open_one(&toy[0]), *after = open_one(&toy[1]);
    sim_step(before);
    sim_step(after);
    compare_choices("first leg", before, after, 0, true);
    for (uint32_t i = 0; i < 3; i++) weight[i] = i == 0 ? 0 : exp(-(fork_cost(i, 1, 0) + fork_cost(i + 3, 1, 0)) / 150);
    check_shares("closed", after, weight);
    toy_close(before);
    toy_close(after);
}

/* The link 2 to 4 closes, a longer way 2 to 5 to 4 stays open: fewer choose 2, as the logit says, and nobody else moves. */
static void start_detour(struct toy *toy)
{
    struct leg legs[FORK_LEGS + 2];
    memcpy(legs, fork_legs, sizeof fork_legs);
    /* Everybody goes to the last place: 4 and 5 change names. */
    for (int i = 3; i < FORK_LEGS; i++) legs[i].to = 5;
    legs[FORK_LEGS] = (struct leg){2, 4, 40, 2, 0, 0, 0, 0};
    legs[FORK_LEGS + 1] = (struct leg){4, 5, 40, 2, 0, 0, 0, 0};
    start(toy, 6, legs, FORK_LEGS + 2, FORK_PEOPLE);
    rich(toy);
    give(toy, "price_weight", 1.5), give(toy, "time_weight", 20), give(toy, "risk_weight", 2), give(toy, "control_weight", 0.5), give(toy, "choice_scale", 150);
}

static void a_closure_further_on_is_felt(void)
{
    struct toy toy[2];
    double weight[3];
    start_detour(&toy[0]);
    start_detour(&toy[1]);
    close_link(&toy[1], 2, 5, 0);
    struct sim *before = open_one(&toy[0]), *after = open_one(&toy[1]);
    sim_step(before);
    sim_step(after);
    compare_choices("second leg", before, after, 1, false);
    double detour = exp(-2 * (1.5 * 40 + 20 * 2) / 150.0);
    for (uint32_t i = 0; i < 3; i++) weight[i] = exp(-(fork_cost(i, 1, 0) + fork_cost(i + 3, 1, 0)) / 150);
    weight[1] = exp(-fork_cost(1, 1, 0) / 150) * (exp(-fork_cost(4, 1, 0) / 150) + detour);
    check_shares("both ways on", before, weight);
    weight[1] = exp(-fork_cost(1, 1, 0) / 150) * detour;
    check_shares("one way on", after, weight);
    toy_close(before);
    toy_close(after);
}

/* ---- news: the link 1 to 4 closes on day 40; people turn from 1 when they know */

static void one_lag(int32_t lag)
{
    struct toy toy;
    double open_weight[3], closed_weight[3];
    start_fork(&toy);
    toy.people = 2000;
    toy.lab.enter = stream;
    give(&toy, "information_lag_days", lag);
    close_link(&toy, 1, 4, 40);
    struct sim *sim = open_one(&toy);
    for (uint32_t i = 0; i < 3; i++) open_weight[i] = exp(-(fork_cost(i, 1, 0) + fork_cost(i + 3, 1, 0)) / 150), closed_weight[i] = i == 0 ? 0 : open_weight[i];
    for (int32_t day = 0; day < 40 + lag + 10; day++) {
        sim_step(sim);
        check_shares("news", sim, day < 40 + lag ? open_weight : closed_weight);
        if (day == 39) TEST(stranded_at(sim, 1) == 0, "lag %d: %d stranded too early", lag, (int)stranded_at(sim, 1));
    }
    TEST(lag == 0 || stranded_at(sim, 1) > 20 * lag, "lag %d: %d people found the link closed", lag, (int)stranded_at(sim, 1));
    toy_close(sim);
}

static void news_travel(void)
{
    one_lag(0);
    one_lag(1);
    one_lag(30);
}

/* ---- death and harm */

enum { CROSSERS = 50000 };
static const struct leg sea[] = {{0, 1, 0, 2, 0, 0, 0.03, 0.2}};

static struct sim *cross(struct toy *toy, double factor, int64_t *deaths, int64_t *harms)
{
    start(toy, 2, sea, 1, CROSSERS);
    if (factor != 1) add_policy(toy, "death_risk", 0, LEVER_MULTIPLY, factor, 0, -1);
    struct sim *sim = open_one(toy);
    *deaths = *harms = 0;
    for (int day = 0; day < 4; day++) {
        sim_step(sim);
        *deaths += deaths_on(sim, 0);
        *harms += at(sim, "harms_by_place", WAY_VIOLENCE);
        if (day == 1) TEST(at(sim, "travelling", 0) == CROSSERS && *deaths == 0, "everybody is on the way for two days");
        toy_check(sim, "sea");
    }
    TEST(at(sim, "present", 1) + *deaths == CROSSERS, "%d there, %d dead", (int)at(sim, "present", 1), (int)*deaths);
    return sim;
}

static void realised_risks(void)
{
    struct toy toy[4];
    struct sim *sim[4];
    static const double factor[4] = {0, 1, 3, 4};
    int64_t deaths[4], harms[4], lost = 0;
    for (int i = 0; i < 4; i++) {
        sim[i] = cross(&toy[i], factor[i], &deaths[i], &harms[i]);
        TEST(near((double)deaths[i], CROSSERS * 0.03 * factor[i], CROSSERS), "factor %g: %d deaths", factor[i], (int)deaths[i]);
        TEST(near((double)harms[i], CROSSERS * 0.2, CROSSERS) && harms[i] == harms[0], "factor %g: %d harms", factor[i], (int)harms[i]);
    }
    for (uint32_t slot = 0; slot < CROSSERS; slot++)
        for (int i = 1; i < 4; i++) lost += (sim[i - 1]->persons.row[slot].flags & PERSON_DEAD) > (sim[i]->persons.row[slot].flags & PERSON_DEAD);
    TEST(deaths[0] == 0 && lost == 0, "who dies at a lower risk dies at a higher one: %d do not", (int)lost);
    for (int i = 0; i < 4; i++) toy_close(sim[i]);
}

/* ---- money */

static const struct leg toll[] = {{0, 1, 500, 1, 0, 0, 0, 0}};

static struct sim *pay(struct toy *toy, double factor, double work_days, double work_pay)
{
    start(toy, 2, toll, 1, 20000);
    give(toy, "money_mean", 800);
    give(toy, "money_spread", 0.6);
    give(toy, "work_days", work_days);
    give(toy, "work_pay", work_pay);
    if (factor != 1) add_policy(toy, "price", 0, LEVER_MULTIPLY, factor, 0, -1);
    struct sim *sim = open_one(toy);
    toy_steps(sim, 1);
    return sim;
}

/* Who is stranded is who has less than the price, and the money is lognormal. */
static void prices_strand(void)
{
    static const double factor[] = {0, 0.5, 1, 2, 6};
    struct sim *before = NULL;
    struct toy toy[5];
    for (int i = 0; i < 5; i++) {
        struct sim *sim = pay(&toy[i], factor[i], 36500, 0);
        double poor = gsl_cdf_lognormal_P(500 * factor[i], log(800) - 0.18, 0.6) * 20000, kept = 0;
        TEST(near((double)stranded_at(sim, 0), poor, 20000), "factor %g: %d stranded, expected %.1f", factor[i], (int)stranded_at(sim, 0), poor);
        for (uint32_t slot = 0; before && slot < 20000; slot++) kept += way_mode(&before->persons.row[slot]) == WAY_STRANDED && way_mode(&sim->persons.row[slot]) != WAY_STRANDED;
        TEST(!before || (kept == 0 && stranded_at(sim, 0) > stranded_at(before, 0)), "factor %g: %g were stranded at the lower price only", factor[i], kept);
        if (before) toy_close(before);
        before = sim;
    }
    toy_close(before);
}

static void money_is_paid_once(void)
{
    struct toy toy[2];
    struct sim *sim = pay(&toy[0], 1, 36500, 0), *free = pay(&toy[1], 0, 36500, 0);
    uint32_t wrong = 0;
    for (uint32_t slot = 0; slot < 20000; slot++) {
        bool gone = way_mode(&sim->persons.row[slot]) != WAY_STRANDED;
        wrong += money_of(sim, slot) < 0 || fabs(money_of(free, slot) - money_of(sim, slot) - (gone ? 500 : 0)) > 1e-3;
    }
    TEST(wrong == 0, "%u people have the wrong money", wrong);
    toy_close(sim);
    toy_close(free);
}

/* One pay is enough: a stranded person goes on with hazard 1 / work_days, and person-days add up. */
static void work_releases(void)
{
    struct toy toy;
    struct sim *sim = pay(&toy, 2, 10, 1000);
    double poor = (double)stranded_at(sim, 0), days = poor;
    for (int day = 1; day <= 40; day++) {
        sim_step(sim);
        days += (double)stranded_at(sim, 0);
        if (day % 13 == 0) TEST(near((double)stranded_at(sim, 0), poor * exp(-day / 10.0), poor), "after %d days %d of %.0f are stranded", day, (int)stranded_at(sim, 0), poor);
        TEST(indicator(sim, "stranded_people") == (double)stranded_at(sim, 0) && indicator(sim, "stranded_person_days") == days, "day %d: indicators", day);
    }
    toy_close(sim);
}

/* At place 1 the way on costs too much; the way back is free. With a least share they stay where they are. */
static void who_cannot_pay_turns_back_or_stays(void)
{
    static const struct leg legs[] = {{0, 1, 0, 1, 0, 0, 0, 0}, {1, 0, 0, 1, 0, 0, 0, 0}, {1, 2, 5000, 1, 0, 0, 0, 0}};
    for (int least = 0; least < 2; least++) {
        struct toy toy;
        int64_t back = 0;
        start(&toy, 3, legs, 3, 1000);
        give(&toy, "time_weight", 500);
        give(&toy, "choice_scale", 300);
        give(&toy, "least_share", least * 0.99);
        give(&toy, "money_spread", 0);
        struct sim *sim = open_one(&toy);
        for (int day = 0; day < 10; day++) {
            sim_step(sim);
            back += at(sim, "movements", sim->world->first[1]);
        }
        TEST(least ? back == 0 && stranded_at(sim, 1) == 1000 : back > 1000 && all_in_mode(sim, WAY_STRANDED) == 0, "least %d: %d turned back, %d stranded", least, (int)back, (int)all_in_mode(sim, WAY_STRANDED));
        toy_close(sim);
    }
}

/* ---- ways, days, destinations */

/* 0 to 1 (a marker) to 2: nobody rests at the marker; days come from the column, else from km and speed, rounded up. */
static void days_on_the_way(void)
{
    static const struct leg legs[] = {{0, 1, 10, 2.5, 0, 0, 0, 0}, {1, 2, 10, NAN, 0, 0, 0, 0}};
    struct toy toy;
    start(&toy, 3, legs, 2, 500);
    toy.setup.world->place[1].kind = WORLD_MARKER;
    give(&toy, "speed", 30); /* 100 km: 4 days */
    rich(&toy);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 9; day++) {
        sim_step(sim);
        int64_t first = at(sim, "travelling", 0), second = at(sim, "travelling", 1), there = at(sim, "present", 2);
        TEST(first == (day < 3 ? 500 : 0) && second == (day >= 3 && day < 7 ? 500 : 0) && there == (day >= 7 ? 500 : 0), "day %d: %d, %d, %d", day, (int)first, (int)second, (int)there);
        TEST(at(sim, "arrivals_at_destination", 2) == (day == 7 ? 500 : 0), "day %d", day);
    }
    for (uint32_t slot = 0; slot < 500; slot++) TEST(way_mode(&sim->persons.row[slot]) == WAY_SETTLED && sim->persons.row[slot].kinds == 0, "slot %u still waits", slot);
    toy_close(sim);
}

/* Three destinations side by side take people by weight; one of them is where people are. */
static void destinations_by_weight(void)
{
    static const struct leg legs[] = {{0, 1, 10, 1, 0, 0, 0, 0}, {0, 2, 3000, 1, 0, 0, 0, 0}};
    struct toy toy;
    start(&toy, 3, legs, 2, 60000);
    for (uint32_t i = 0; i < 3; i++) toy.setup.world->column[0].value[i] = i + 1;
    rich(&toy);
    struct sim *sim = open_one(&toy);
    sim_step(sim);
    TEST(near((double)at(sim, "arrivals_at_destination", 0), 10000, 60000), "%d are there", (int)at(sim, "arrivals_at_destination", 0));
    TEST(near((double)at(sim, "movements", 0), 20000, 60000) && near((double)at(sim, "movements", 1), 30000, 60000), "%d and %d set out", (int)at(sim, "movements", 0), (int)at(sim, "movements", 1));
    toy_close(sim);
}

/* Without prices from day 20 to 30 circles cost nothing: the last values stay in force, and it is told. */
static void missing_values(void)
{
    static const struct leg legs[] = {{0, 1, 300, 1, 0, 0, 0, 0}, {1, 0, 300, 1, 0, 0, 0, 0}, {0, 2, 500, 1, 0, 0, 0, 0}, {1, 2, 100, 1, 0, 0, 0, 0}};
    struct toy toy;
    start(&toy, 3, legs, 4, 2000);
    toy.lab.enter = stream;
    rich(&toy);
    give(&toy, "time_weight", 0);
    add_policy(&toy, "price", -1, LEVER_MULTIPLY, 0, 20, 30);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 40; day++) {
        sim_step(sim);
        bool dear = day < 20 || day >= 30;
        TEST(indicator(sim, "route_values_missing") == (dear ? 0 : 1), "day %d: %g", day, indicator(sim, "route_values_missing"));
        /* With values of day 19 and free links P(0 to 2) : P(0 to 1) = 1 : z(1). */
        double out = exp(-1.5), into = exp(-2.5), z1 = (out * into + exp(-0.5)) / (1 - out * out);
        int64_t through = at(sim, "movements", 0) + at(sim, "movements", 1);
        double share = dear ? out * z1 / (out * z1 + into) : z1 / (z1 + 1);
        TEST(near((double)at(sim, "movements", 0), share * (double)through, (double)through), "day %d: %d of %d, expected %.3f", day, (int)at(sim, "movements", 0), (int)through, share);
    }
    toy_close(sim);
}

/* ---- a box with everything: parties, circles, closures, levers, news, death, work */

enum { BOX_PLACES = 12,
       BOX_DAYS = 150 };

static void box_enter(struct sim *sim)
{
    for (uint32_t k = 0; sim->day < 100 && k < 20; k++) {
        uint32_t place = (k + (uint32_t)sim->day) % BOX_PLACES, size = 1 + k % 4;
        sim_enter(sim, place, size, (struct person_id_parts){.driver = 6, .place = place, .day = (uint32_t)sim->day, .party = k}, true);
    }
}

static uint32_t box_legs(struct leg *leg)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < BOX_PLACES; i++) {
        uint32_t step[4] = {1, BOX_PLACES - 1, 5, 7}, ways = i % 3 == 0 ? 4 : 2;
        for (uint32_t k = 0; k < ways; k++, n++)
            leg[n] = (struct leg){i, (i + step[k]) % BOX_PLACES, 150 + 40.0 * ((i + k) % 5), 1 + (i + k) % 6, 30.0 * (k % 2), 20.0 * (i % 4), k == 2 ? 0.04 : 0.002, 0.02};
    }
    return n;
}

static void build_box(struct toy *toy)
{
    struct leg leg[4 * BOX_PLACES];
    uint32_t n = box_legs(leg);
    fill(toy, BOX_PLACES, leg, n, 0);
    toy->lab.enter = box_enter;
    toy->setup.world->column[0].value[4] = 2;
    toy->setup.world->column[0].value[7] = 0.5;
    toy->setup.world->place[2].kind = WORLD_MARKER;
    give(toy, "stay_days", 6), give(toy, "time_weight", 30), give(toy, "choice_scale", 120), give(toy, "money_mean", 900), give(toy, "work_days", 15), give(toy, "least_share", 0.05);
    give(toy, "information_lag_days", 9);
    for (int32_t day = 5; day < BOX_DAYS; day += 4) {
        uint32_t a = (uint32_t)day * 7 % BOX_PLACES;
        world_add_event(toy->setup.world, (struct world_event){.day = day, .target = WORLD_LINK, .a = a, .b = (a + 1) % BOX_PLACES, .closes = true});
        world_add_event(toy->setup.world, (struct world_event){.day = day + 13, .target = WORLD_LINK, .a = a, .b = (a + 1) % BOX_PLACES});
    }
    add_policy(toy, "price", -1, LEVER_MULTIPLY, 1.4, 40, 70);
    add_policy(toy, "control", 3, LEVER_ADD, 90, 60, 110);
    add_policy(toy, "death_risk", -1, LEVER_MULTIPLY, 2, 80, -1);
}

/* Members of a party who live are in one place with the same money and the same waits. */
static uint32_t count_astray(const struct sim *sim, uint32_t *bereaved)
{
    uint32_t astray = 0;
    const struct person *last = NULL;
    for (uint32_t slot = 0, kept = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        if (p->flags & PERSON_DEAD) continue;
        if (last && p->party == last->party) astray += p->place != last->place || memcmp(p->threshold, last->threshold, sizeof p->threshold) != 0 || way_mode(p) != way_mode(last) || money_of(sim, slot) != money_of(sim, kept);
        if (slot > 0 && p->party == sim->persons.row[slot - 1].party && sim->persons.row[slot - 1].flags & PERSON_DEAD) ++*bereaved;
        last = p;
        kept = slot;
    }
    return astray;
}

static void conservation(void)
{
    struct toy toy;
    uint32_t bereaved = 0;
    int64_t arrived = 0, dead = 0, settled = 0, stranded = 0, most = 0;
    toy_init(&toy);
    build_box(&toy);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < BOX_DAYS; day++) {
        sim_step(sim);
        arrived += all(sim, "arrivals_at_destination");
        dead += all_deaths(sim);
        TEST(all_deaths(sim) == all(sim, "deaths"), "day %d: every death is one of a crossing", day);
        TEST(all(sim, "present") + all(sim, "travelling") + dead == (int64_t)sim->persons.entered, "day %d: somebody is lost", day);
        TEST(count_astray(sim, &bereaved) == 0, "day %d: %u astray", day, count_astray(sim, &bereaved));
        if (all_in_mode(sim, WAY_STRANDED) > most) most = all_in_mode(sim, WAY_STRANDED);
        toy_check(sim, "box");
    }
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) settled += way_mode(&sim->persons.row[slot]) == WAY_SETTLED, stranded += way_mode(&sim->persons.row[slot]) == WAY_STRANDED;
    TEST(settled == arrived && stranded == all_in_mode(sim, WAY_STRANDED), "%d settled, %d arrived; %d stranded", (int)settled, (int)arrived, (int)stranded);
    TEST(arrived > 1000 && dead > 20 && most > 100 && bereaved > 20, "too quiet: %d arrived, %d dead, %d stranded, %u bereaved", (int)arrived, (int)dead, (int)most, bereaved);
    toy_close(sim);
}

static void the_same_however_it_is_run(void)
{
    char one[65], other[65];
    static const struct sim_tuning tuning[] = {{2, 7, false}, {3, 3, false}, {4, 65536, false}, {2, 5, true}};
    toy_digest(build_box, (struct sim_tuning){1, 65536, false}, BOX_DAYS, one);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        toy_digest(build_box, tuning[i], BOX_DAYS, other);
        TEST(!strcmp(one, other), "%d threads, chunk %u: %.16s and %.16s", tuning[i].threads, tuning[i].chunk, one, other);
    }
    toy_twins("box", build_box, BOX_DAYS);
}

/* Values, news and money are part of a checkpoint. */
static void resumed(void)
{
    static const char *const command[] = {"wayfare", "run", "toy", NULL};
    struct scratch scratch = scratch_open();
    struct error error = {0};
    struct writer_plan plan = {.command = command};
    struct toy toy[2];
    char one[65], other[65];
    for (int i = 0; i < 2; i++) toy_init(&toy[i]), build_box(&toy[i]);
    struct sim *whole = open_one(&toy[0]), *second = open_one(&toy[1]);
    toy_steps(whole, 62);
    TEST(checkpoint_save(whole, &plan, scratch_path(&scratch, "c"), 1, &error) == 0, "%s", error.text);
    TEST(checkpoint_load(second, scratch_path(&scratch, "c"), &error) == 0, "%s", error.text);
    toy_steps(whole, 60);
    toy_steps(second, 60);
    sim_digest(whole, one);
    sim_digest(second, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
    TEST(indicator(whole, "stranded_person_days") == indicator(second, "stranded_person_days"), "%g and %g person-days", indicator(whole, "stranded_person_days"), indicator(second, "stranded_person_days"));
    toy_close(whole);
    toy_close(second);
    scratch_close(&scratch);
}

/* ---- borders, ransom, home and away */

static void set_column(struct toy *toy, const char *name, enum world_of of, uint32_t cell, double value) { world_add_column(toy->setup.world, name, of)->value[cell] = value; }

static const struct leg border[] = {{0, 1, 0, 2, 0, 0, 0, 0}};

/* Each try is refused with chance 0.3: after n tries 0.3^n of the people are still on this side, two days a try. */
static void refused_people_try_again(void)
{
    struct toy toy;
    int64_t refused = 0;
    start(&toy, 2, border, 1, 40000);
    set_column(&toy, "refusal", WORLD_OF_LINKS, 0, 0.3);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < 11; day++) {
        sim_step(sim);
        int64_t today = at(sim, "passages", 1);
        refused += today;
        if (day == 2) TEST(near((double)today, 12000, 40000), "first try: %d refused", (int)today);
        toy_check(sim, "border");
    }
    double tries = 40000 * (1 + 0.3 + 0.09 + 0.027);
    TEST(fabs((double)refused - 0.3 * tries) < 5 * sqrt(0.3 * tries), "%d refusals", (int)refused);
    toy_close(sim);
}

/* Of those refused half go home; at home they set out again with hazard 0.1 x (1 - 0.5 x support). */
static struct sim *at_home(struct toy *toy, double support)
{
    static const struct leg legs[] = {{0, 1, 0, 1, 0, 0, 0, 0}, {1, 2, 0, 1, 0, 0, 0, 0}};
    start(toy, 3, legs, 2, 40000);
    set_column(toy, "refusal", WORLD_OF_LINKS, 1, 1);
    set_column(toy, "give_up", WORLD_OF_PLACES, 1, 0.5);
    give(toy, "again_rate", 0.1);
    give(toy, "reintegration_effect", 0.5);
    add_policy(toy, "reintegration", -1, LEVER_SET, support, 0, -1);
    return open_one(toy);
}

static void home_and_away_again(void)
{
    for (int support = 0; support < 2; support++) {
        struct toy toy;
        int64_t away = 0, days_at_home = 0;
        struct sim *sim = at_home(&toy, support);
        for (int day = 0; day < 30; day++) {
            days_at_home += in_mode(sim, 0, WAY_RETURNED);
            sim_step(sim);
            away += at(sim, "departures", POOL_AGAIN);
            if (day == 3) TEST(near((double)at(sim, "returns_home", 1), 20000, 40000) && in_mode(sim, 0, WAY_RETURNED) == at(sim, "returns_home", 1), "%d went home", (int)at(sim, "returns_home", 1));
            toy_check(sim, "home");
        }
        double chance = 1 - exp(-0.1 * (1 - 0.5 * support)), expected = chance * (double)days_at_home;
        TEST(fabs((double)away - expected) < 5 * sqrt(expected), "support %d: %d set out again, expected %.0f", support, (int)away, expected);
        toy_close(sim);
    }
}

/* Kidnapped on the way with chance 0.4, held 20 days on average. */
static void held_and_let_go(void)
{
    struct toy toy;
    start(&toy, 2, border, 1, 40000);
    set_column(&toy, "kidnap", WORLD_OF_LINKS, 0, 0.4);
    set_column(&toy, "hold_days", WORLD_OF_PLACES, 1, 20);
    toy.setup.world->column[0].value[0] = 0;
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 3);
    double held = (double)in_mode(sim, 1, WAY_HELD);
    TEST(near(held, 16000, 40000) && at(sim, "harms_by_place", WAY_HARMS + WAY_KIDNAPPING) == (int64_t)held, "%g held", held);
    for (int day = 1; day <= 40; day++) {
        sim_step(sim);
        if (day % 13 == 0) TEST(near((double)in_mode(sim, 1, WAY_HELD), held * exp(-day / 20.0), held), "after %d days %d are held", day, (int)in_mode(sim, 1, WAY_HELD));
        TEST(in_mode(sim, 1, WAY_HELD) + in_mode(sim, 1, WAY_SETTLED) == 40000, "day %d: somebody is lost", day);
    }
    toy_close(sim);
}

/* Parties of two; each but the first is separated with chance 0.25 and is alone from then on. */
static void pairs(struct sim *sim)
{
    for (uint32_t k = 0; sim->day == 0 && k < toy_of(sim)->people; k++) sim_enter(sim, 0, 2, (struct person_id_parts){.driver = 6, .party = k}, true);
}

static void separation(void)
{
    static const char *const age[] = {"9"};
    static const double weight[] = {1};
    struct toy toy;
    uint32_t parted = 0;
    start(&toy, 2, border, 1, 20000);
    trait_add(&toy.setup.traits, "age", 1, age, weight);
    toy.lab.enter = pairs;
    set_column(&toy, "separation", WORLD_OF_LINKS, 0, 0.25);
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 3);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        parted += (p->flags & PERSON_PARTED) > 0;
        TEST((p->flags & PERSON_PARTED) == 0 ? (p->flags & PERSON_IN_COMPANY) > 0 : p->id != p->party && slot % 2 == 1, "slot %u", slot);
    }
    TEST(near(parted, 5000, 20000) && at(sim, "separated_children", 0) == parted, "%u parted, %d counted", parted, (int)at(sim, "separated_children", 0));
    toy_close(sim);
}

/* Zero of everything is no effect: the digest is that of a run without the columns. */
static void zero_is_nothing(void)
{
    static const char *const links[] = {"refusal", "kidnap", "separation"};
    char digest[2][65];
    for (int k = 0; k < 2; k++) {
        struct toy toy;
        toy_init(&toy);
        build_box(&toy);
        for (int i = 0; k && i < 3; i++)
            for (uint32_t l = 0; l < toy.setup.world->links; l++) set_column(&toy, links[i], WORLD_OF_LINKS, l, 0);
        for (uint32_t i = 0; k && i < BOX_PLACES; i++) set_column(&toy, "give_up", WORLD_OF_PLACES, i, 0);
        struct sim *sim = open_one(&toy);
        toy_steps(sim, 60);
        sim_digest(sim, digest[k]);
        toy_close(sim);
    }
    TEST(!strcmp(digest[0], digest[1]), "%.16s and %.16s", digest[0], digest[1]);
}

/* ---- people held escape */

/* Held 20 days on average, with a hazard of escaping of 0.1: two in three escape. Who is let go gives up, who escapes goes on. */
static void held_and_escaped(void)
{
    struct toy toy;
    double released = 0, escaped = 0, home = 0;
    start(&toy, 2, border, 1, 40000);
    set_column(&toy, "kidnap", WORLD_OF_LINKS, 0, 0.4);
    set_column(&toy, "hold_days", WORLD_OF_PLACES, 1, 20);
    set_column(&toy, "escape_rate", WORLD_OF_PLACES, 1, 0.1);
    set_column(&toy, "give_up", WORLD_OF_PLACES, 1, 1);
    toy.setup.world->column[0].value[0] = 0;
    struct sim *sim = open_one(&toy);
    toy_steps(sim, 3);
    double held = (double)in_mode(sim, 1, WAY_HELD);
    for (int day = 1; day <= 40; day++) {
        sim_step(sim);
        released += (double)at(sim, "releases", 2), escaped += (double)at(sim, "releases", 3), home += (double)at(sim, "returns_home", 1);
        if (day % 13 == 0) TEST(near((double)in_mode(sim, 1, WAY_HELD), held * exp(-0.15 * day), held), "after %d days %d are held", day, (int)in_mode(sim, 1, WAY_HELD));
        TEST(released + escaped + (double)in_mode(sim, 1, WAY_HELD) == held && home == released, "day %d: %.0f released, %.0f escaped, %.0f went home", day, released, escaped, home);
        toy_check(sim, "escape");
    }
    TEST(near(escaped, (released + escaped) * 2 / 3, released + escaped), "%.0f released, %.0f escaped", released, escaped);
    toy_close(sim);
}

/* Who is let go at an escape rate of 0 is let go on the same day, and drawn the same after it. */
static void no_escape_is_nothing(void)
{
    struct toy toy[2];
    struct sim *sim[2];
    for (int k = 0; k < 2; k++) {
        toy_init(&toy[k]);
        build_box(&toy[k]);
        for (uint32_t i = 0; i < toy[k].setup.world->links; i++) set_column(&toy[k], "kidnap", WORLD_OF_LINKS, i, 0.1);
        for (uint32_t i = 0; k && i < BOX_PLACES; i++) set_column(&toy[k], "escape_rate", WORLD_OF_PLACES, i, 0);
        sim[k] = open_one(&toy[k]);
        toy_steps(sim[k], BOX_DAYS);
    }
    TEST(all(sim[1], "present") == all(sim[0], "present") && all_in_mode(sim[0], WAY_HELD) > 50, "%d are held", (int)all_in_mode(sim[0], WAY_HELD));
    TEST(sim[0]->persons.count == sim[1]->persons.count && !memcmp(sim[0]->persons.row, sim[1]->persons.row, sim[0]->persons.count * sizeof *sim[0]->persons.row), "other people");
    for (int k = 0; k < 2; k++) toy_close(sim[k]);
}

/* ---- a procedure keeps people

   The keeper keeps whom `keeps` names where `where` says, for so many days; then it lets them go on, or sends them home. It
   counts whom it was asked about, by place and whether that was the destination. */

struct keeping {
    bool deaf;          /* does not say to the journey that it is there */
    int32_t days;       /* 0: keeps nobody */
    uint32_t one_in;    /* party by party */
    uint32_t sent_home; /* one in so many of them; 0: none */
    bool at_destination_too;
    int32_t sought_days; /* who was let go is sent home after so many days, from wherever they are; 0: nobody */
};

struct keeper {
    const struct keeping *plan;
    int wait, asked, left;
};

static uint32_t party_word(const struct sim *sim, const struct person *p, uint32_t what) { return rng_draw(sim->setup->seed, p->party, 201 * 256 + what, 0, 0).word[0]; }

static bool keeper_asked(const void *state, struct sim *sim, int thread, int phase, uint32_t slot, bool at_destination, struct wait_moment at_moment)
{
    const struct keeper *k = state;
    struct person *p = &sim->persons.row[slot];
    (void)phase, (void)at_moment;
    if (k->asked >= 0) tally_add(&sim->tallies, thread, k->asked, p->place * 2 + at_destination, 1);
    if (k->plan->days == 0 || (at_destination && !k->plan->at_destination_too) || party_word(sim, p, 0) % k->plan->one_in > 0) return false;
    if (p->stage > 0 || p->place == portrait_origin(p)) return false;
    p->stage = 1;
    wait_begin_day(p, k->wait, sim->day + k->plan->days);
    return true;
}

static void keeper_watches(struct sim *sim, const void *state, int thread, int phase, uint32_t slot, enum sim_watched what)
{
    const struct keeper *k = state;
    (void)phase;
    sim->persons.row[slot].stage = 0;
    if (what == SIM_LEAVES_STATE && k->left >= 0) tally_add(&sim->tallies, thread, k->left, sim->persons.row[slot].place, 1);
}

static int keeper_open(struct sim *sim, void *state)
{
    struct keeper *k = state;
    k->plan = toy_of(sim)->context;
    k->wait = wait_declare(sim, sim_model_number(sim, k), (struct wait_plan){.name = "kept", .doc = "until the procedure is over"});
    k->asked = k->left = -1;
    if (k->plan->days > 0) {
        int axes[] = {tally_axis(&sim->tallies, "place", sim->world->places, NULL), tally_axis(&sim->tallies, "end", 2, NULL)};
        k->asked = tally_declare(&sim->tallies, "asked", "people", "of a test", TALLY_FLOW, 2, axes);
        k->left = tally_declare(&sim->tallies, "left_state", "people", "of a test", TALLY_FLOW, 1, axes);
    }
    sim_watch_cases(sim, keeper_watches, k);
    if (!k->plan->deaf) journey_set_reception(sim_state(sim, "journey"), keeper_asked, k);
    return k->wait < 0 ? -1 : 0;
}

static void keeper_act(struct sim *sim, void *state, const struct model_span *span)
{
    const struct keeper *k = state;
    const struct journey *j = sim_state(sim, "journey");
    for (uint32_t i = 0; i < span->n; i++) {
        struct way_person w = way_person(sim, journey_way(j), span->thread, span->phase, span->slot[i]);
        struct wait_moment now = wait_moment(sim, w.p, k->wait);
        wait_end(w.p, k->wait);
        if (w.p->stage > 0 && k->plan->sent_home && party_word(sim, w.p, 1) % k->plan->sent_home == 0) {
            journey_go_home(j, &w);
        } else if (w.p->stage == 0) {
            journey_go_home(j, &w);
        } else {
            w.p->stage = 0;
            if (k->plan->sought_days) wait_begin_day(w.p, k->wait, sim->day + k->plan->sought_days);
            journey_resume(j, &w, now);
        }
    }
}

static const struct param keeper_params[] = {{0}};
static const struct model keeper = {
    .name = "keeper", .doc = "keeps people for a time", .source = "none", .purpose = 201, .state_size = sizeof(struct keeper), .params = keeper_params, .open = keeper_open, .act = keeper_act};

/* Three places in three states; from each to the next in a day; everybody wants to go to 2. */
static struct sim *keep(struct toy *toy, const struct keeping *plan, double stay_days, uint32_t people)
{
    static const struct leg legs[] = {{0, 1, 0, 1, 0, 0, 0, 0}, {1, 2, 0, 1, 0, 0, 0, 0}};
    toy_init(toy);
    toy_place(toy, "p0", "here", WORLD_TOWN);
    toy_place(toy, "p1", "there", WORLD_TOWN);
    toy_place(toy, "p2", "beyond", WORLD_TOWN);
    fill(toy, 3, legs, 2, people);
    set_column(toy, "stay_days", WORLD_OF_PLACES, 1, stay_days);
    toy_model(toy, &keeper);
    toy->context = plan;
    return open_one(toy);
}

/* Everybody is kept at 1 from the evening of day 1 on, for so many days. */
static void kept_on_the_way(void)
{
    const struct keeping plan = {.days = 12, .one_in = 1};
    struct toy toy;
    int64_t asked[2] = {0}, arrived = 0, waiting = 0;
    struct sim *sim = keep(&toy, &plan, 9, 20000);
    for (int32_t day = 0; day < 100; day++) {
        sim_step(sim);
        toy_check(sim, "kept");
        asked[0] += at(sim, "asked", 2), asked[1] += at(sim, "asked", 5), arrived += at(sim, "arrivals_at_destination", 2);
        TEST(at(sim, "arrivals_at_destination", 1) == 0, "day %d: who is kept on the way has not arrived", day);
        TEST(all(sim, "present") + all(sim, "travelling") == 20000, "day %d: somebody is lost", day);
        TEST(in_mode(sim, 1, WAY_SETTLED) == (day >= 1 && day < 13 ? 20000 : 0), "day %d: %d are kept", day, (int)in_mode(sim, 1, WAY_SETTLED));
        if (day == 5)
            for (uint32_t slot = 0; slot < 20000; slot++) TEST(wait_kind(&sim->persons.row[slot], 0) == WAIT_NONE, "slot %u: a clock runs", slot);
        if (day >= 13) waiting = in_mode(sim, 1, WAY_STAYING);
        if (day == 18) TEST(near((double)waiting, 20000 * exp(-6 / 9.0), 20000), "after six days %d stay", (int)waiting);
    }
    TEST(asked[0] == 20000 && asked[1] == arrived && arrived == in_mode(sim, 2, WAY_SETTLED) && arrived > 19900, "asked about %d and %d, %d arrived", (int)asked[0], (int)asked[1], (int)arrived);
    toy_close(sim);
}

/* Who is kept goes on as everybody else, later by the days for which the clock stood still. */
static void keeping_postpones(void)
{
    const struct keeping none = {.days = 0}, plan = {.days = 12, .one_in = 3};
    struct toy toy[2];
    struct sim *base = keep(&toy[0], &none, 9, 20000), *other = keep(&toy[1], &plan, 9, 20000);
    uint32_t wrong = 0, late = 0;
    toy_steps(base, 150);
    toy_steps(other, 165);
    for (uint32_t slot = 0; slot < 20000; slot++) {
        const struct person *a = &base->persons.row[slot], *b = &other->persons.row[slot];
        bool kept = party_word(other, b, 0) % 3 == 0;
        wrong += a->id != b->id || a->place != 2 || b->place != 2 || b->since != a->since + (kept ? 11 : 0);
        late += kept;
    }
    TEST(wrong == 0 && near(late, 20000 / 3.0, 20000), "%u of %u are wrong", wrong, late);
    toy_close(base);
    toy_close(other);
}

/* Those who are kept where they want to be have arrived, and going on is staying; who enters there is asked too. */
static void kept_at_the_end(void)
{
    const struct keeping plan = {.days = 7, .one_in = 1, .at_destination_too = true};
    struct toy toy;
    int64_t arrived = 0, asked = 0, at_once = 0;
    toy_init(&toy);
    build_box(&toy);
    toy_model(&toy, &keeper);
    toy.context = &plan;
    struct sim *sim = open_one(&toy);
    for (int32_t day = 0; day < BOX_DAYS; day++) {
        int64_t ends = 0;
        sim_step(sim);
        for (uint32_t i = 0; i < BOX_PLACES; i++) ends += at(sim, "asked", i * 2 + 1);
        for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) at_once += way_mode(&sim->persons.row[slot]) == WAY_SETTLED;
        arrived += all(sim, "arrivals_at_destination");
        TEST(ends == all(sim, "arrivals_at_destination"), "day %d: asked about %d", day, (int)ends);
        asked += ends;
        toy_check(sim, "end");
    }
    TEST(asked == arrived && arrived > 1000 && at_once > 100, "%d arrived, %d at once", (int)arrived, (int)at_once);
    for (uint32_t slot = 0; slot < sim->persons.count; slot++) {
        const struct person *p = &sim->persons.row[slot];
        bool there = !(p->flags & PERSON_DEAD) && way_mode(p) == WAY_SETTLED && p->stage == 0;
        TEST(!there || p->kinds == 0, "slot %u still waits", slot);
    }
    toy_close(sim);
}

/* One in four is sent home: counted where they are, at home again on that day; the watcher is told that they leave the state. */
static void kept_and_sent_home(void)
{
    const struct keeping plan = {.days = 12, .one_in = 1, .sent_home = 4};
    struct toy toy;
    int64_t returns = 0, left = 0;
    struct sim *sim = keep(&toy, &plan, 9, 20000);
    for (int32_t day = 0; day < 60; day++) {
        sim_step(sim);
        returns += at(sim, "returns_home", 1), left += at(sim, "left_state", 1);
        TEST(returns == in_mode(sim, 0, WAY_RETURNED) && left == returns && (day < 13) == (returns == 0), "day %d: %d went home, %d left the state", day, (int)returns, (int)left);
        toy_check(sim, "home");
    }
    TEST(near((double)returns, 5000, 20000) && all(sim, "left_state") == 0, "%d went home", (int)returns);
    toy_close(sim);
}

/* They are found at the place, on the link after it and where they wanted to be; whoever left is counted where the link begins. */
static void sent_home_from_anywhere(void)
{
    const struct keeping plan = {.days = 12, .one_in = 1, .sought_days = 4};
    struct toy toy;
    int64_t from[3] = {0};
    struct sim *sim = keep(&toy, &plan, 3, 20000);
    for (int32_t day = 0; day < 30; day++) {
        double under_way = (double)at(sim, "travelling", 1);
        sim_step(sim);
        for (uint32_t i = 0; i < 3; i++) from[i] += at(sim, "returns_home", i);
        if (day == 17) TEST(under_way > 2000 && at(sim, "travelling", 1) == 0, "%.0f were under way, %d are", under_way, (int)at(sim, "travelling", 1));
        TEST(day < 17 ? all(sim, "returns_home") == 0 : in_mode(sim, 0, WAY_RETURNED) == 20000, "day %d", day);
        toy_check(sim, "sought");
    }
    TEST(from[0] == 0 && from[1] + from[2] == 20000 && near((double)from[2], 20000 * (1 - exp(-3 / 3.0)), 20000), "%d and %d were sent home", (int)from[1], (int)from[2]);
    toy_close(sim);
}

static const struct keeping deaf_plan = {.deaf = true}, idle_plan = {.days = 0}, box_plan = {.days = 6, .one_in = 3, .sent_home = 3, .at_destination_too = true};

static void build_kept_box(struct toy *toy, const struct keeping *plan)
{
    build_box(toy);
    give(toy, "again_rate", 0.05);
    toy_model(toy, &keeper);
    toy->context = plan;
}
static void build_deaf_box(struct toy *toy) { build_kept_box(toy, &deaf_plan); }
static void build_idle_box(struct toy *toy) { build_kept_box(toy, &idle_plan); }
static void build_busy_box(struct toy *toy) { build_kept_box(toy, &box_plan); }

static void asked_and_not_kept(void)
{
    char one[65], other[65];
    toy_digest(build_deaf_box, (struct sim_tuning){.threads = 1}, BOX_DAYS, one);
    toy_digest(build_idle_box, (struct sim_tuning){.threads = 1}, BOX_DAYS, other);
    TEST(!strcmp(one, other), "%.16s and %.16s", one, other);
}

/* Parties are kept, let go and sent home together. */
static void parties_are_kept(void)
{
    struct toy toy;
    uint32_t bereaved = 0;
    int64_t kept = 0, home = 0;
    toy_init(&toy);
    build_busy_box(&toy);
    struct sim *sim = open_one(&toy);
    for (int day = 0; day < BOX_DAYS; day++) {
        sim_step(sim);
        TEST(count_astray(sim, &bereaved) == 0, "day %d: %u astray", day, count_astray(sim, &bereaved));
        for (uint32_t slot = 0; slot < sim->persons.count; slot++) kept += sim->persons.row[slot].stage > 0;
        home += all(sim, "returns_home");
        toy_check(sim, "kept parties");
    }
    TEST(kept > 5000 && home > 100, "%d person-days kept, %d sent home", (int)kept, (int)home);
    toy_close(sim);
}

static void kept_however_it_is_run(void)
{
    char one[65], other[65];
    static const struct sim_tuning tuning[] = {{2, 7, false}, {4, 3, false}, {2, 5, true}};
    toy_digest(build_busy_box, (struct sim_tuning){1, 65536, false}, BOX_DAYS, one);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        toy_digest(build_busy_box, tuning[i], BOX_DAYS, other);
        TEST(!strcmp(one, other), "%d threads, chunk %u: %.16s and %.16s", tuning[i].threads, tuning[i].chunk, one, other);
    }
    toy_twins("kept", build_busy_box, BOX_DAYS);
}

static const struct test_case cases[] = {
    {"bad input", bad_input},
    {"fork is a logit", fork_is_a_logit},
    {"classes", classes_choose_by_their_own_values},
    {"closing a link", closing_a_link_moves_its_people_only},
    {"closure further on", a_closure_further_on_is_felt},
    {"news", news_travel},
    {"death and harm", realised_risks},
    {"prices strand", prices_strand},
    {"money is paid once", money_is_paid_once},
    {"work releases", work_releases},
    {"turning back", who_cannot_pay_turns_back_or_stays},
    {"days on the way", days_on_the_way},
    {"destinations", destinations_by_weight},
    {"missing values", missing_values},
    {"conservation", conservation},
    {"the same however it is run", the_same_however_it_is_run},
    {"resumed", resumed},
    {"refused people try again", refused_people_try_again},
    {"home and away again", home_and_away_again},
    {"held and let go", held_and_let_go},
    {"separation", separation},
    {"zero is nothing", zero_is_nothing},
    {"held and escaped", held_and_escaped},
    {"no escape is nothing", no_escape_is_nothing},
    {"kept on the way", kept_on_the_way},
    {"keeping postpones", keeping_postpones},
    {"kept at the end", kept_at_the_end},
    {"kept and sent home", kept_and_sent_home},
    {"sent home from anywhere", sent_home_from_anywhere},
    {"asked and not kept", asked_and_not_kept},
    {"parties are kept", parties_are_kept},
    {"kept however it is run", kept_however_it_is_run},
};
TEST_MAIN(cases)
