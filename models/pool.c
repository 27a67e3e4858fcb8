/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nested departures. Each day and place has a latent pool of
     N = inverse CDF of Poisson(multiple x people x surge / (scale x mean party size)) at one addressed uniform
   parties; party j has the id (entry, place, day, j) and the threshold u_j, addressed by that id, and sets out if
     u_j < factor / multiple.
   So N, ids and thresholds are the same in every arm, the expected people who set out are people x factor for every scale and
   mix of party sizes, and a larger factor adds people without exchanging any.
   surge: gamma by (place, calendar month), mean 1, variance overdispersion: counts of a month are negative binomial.
   Exact: reference parties follow the sum of people to the fraction, j sets out if u_j < factor; a pool of Poisson((multiple - 1) x ...)
   more stands by for factors above 1.
   Finite: the parties of a place of P people leave in a fixed order. Party i leaves when t = -ln(1 - C / P), C = sum(people x surge x
   factor), reaches t_i = t_(i-1) + E_i x scale x mean party size / (P - those who left before), E_i exponential, addressed. So C
   people are expected to have left, never more than P leave, and with a larger factor the same parties have left and some more,
   on an earlier day.
   Source: thinning of a Poisson process (Lewis, Shedler 1979, doi 10.1002/nav.3800260304); gamma by Marsaglia, Tsang 2000,
   doi 10.1145/358407.358414. Assumption: parties decide one by one; surges of places are independent.
   Limits: a factor above multiple is cut, and counted; party_size must be a trait by party with numbers from 1 to 32 as values. */
#include "models/pool.h"

#include "sim/calendar.h"
#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define MOST_SIZE 32 /* members that fit a person's id */

enum { DRAW_COUNT,
       DRAW_EXTRA,
       DRAW_THRESHOLD,
       DRAW_SURGE,
       DRAW_ORDER }; /* purposes, below POOL_PURPOSES */

const char *const pool_entry_names[POOL_ENTRIES] = {"observed", "conflict", "climate", "livelihood", "again"};

/* In a person's id; nobody enters "again". */
static const uint32_t driver_code[POOL_ENTRIES] = {3, 4, 5, 6, 7};

/* ---- counts ---- */

/* Stirling's error, for n >= 16 to 1e-14. */
static double stirling(double n)
{
    double q = 1 / (n * n);
    return (1.0 / 12 - q * (1.0 / 360 - q * (1.0 / 1260 - q / 1680))) / n;
}

/* n ln(n / mean) + mean - n, without loss where n is near the mean: mean x ((1 + x) ln(1 + x) - x) as a series in x. */
static double deviance(double n, double mean)
{
    double x = (n - mean) / mean, sum = 0, power = x;
    if (fabs(x) > 0.5) return n * maths_log(n / mean) + mean - n;
    for (int k = 2; k < 46; k++) {
        power *= k == 2 ? x : -x;
        sum += power / (k * (k - 1));
    }
    return mean * sum;
}

static double probability(double n, double mean) { return maths_exp(-stirling(n) - deviance(n, mean)) / sqrt(6.283185307179586477 * n); }

/* Summed from where less than 1e-21 is left out, so that small sums are of small numbers. */
int64_t pool_poisson(double mean, double uniform)
{
    if (!(mean > 0)) return 0;
    double n = mean > 150 ? floor(mean - 10 * sqrt(mean)) : 0;
    double p = n > 0 ? probability(n, mean) : maths_exp(-mean), sum = p;
    while (sum < uniform) {
        p *= mean / (n + 1);
        if (sum + p == sum && n > mean) break; /* the sum has come as near to 1 as it can */
        sum += p;
        n++;
    }
    return (int64_t)n;
}

static uint64_t id_of(const struct pool *pool, uint32_t place, uint32_t day, uint32_t party)
{
    return person_id((struct person_id_parts){.driver = driver_code[pool->plan.entry], .place = place, .day = day, .party = party});
}

static double uniform_of(const struct sim *sim, const struct pool *pool, uint64_t who, uint32_t what)
{
    struct rng_block block = rng_draw(sim->setup->seed, who, pool->plan.purpose * 256u + what, 0, 0);
    return rng_uniform52(block.word[0], block.word[1]);
}

/* ---- surges ---- */

static double stream_uniform(gsl_rng *rng) { return rng_uniform((uint32_t)gsl_rng_get(rng)); }

/* Marsaglia's polar method. */
static double normal(gsl_rng *rng)
{
    double x, square;
    do {
        x = 2 * stream_uniform(rng) - 1;
        double y = 2 * stream_uniform(rng) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square <= 0);
    return x * sqrt(-2 * maths_log(square) / square);
}

static double gamma_above_one(gsl_rng *rng, double shape)
{
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(rng), root = 1 + c * x, v = root * root * root;
        if (root <= 0) continue;
        if (maths_log(stream_uniform(rng)) < x * x / 2 + d - d * v + d * maths_log(v)) return d * v;
    }
}

static double gamma_of_mean_one(gsl_rng *rng, double variance)
{
    double shape = 1 / variance;
    if (shape >= 1) return gamma_above_one(rng, shape) / shape;
    double large = gamma_above_one(rng, shape + 1);
    return large * maths_pow(stream_uniform(rng), 1 / shape) / shape;
}

static int32_t month_of(const struct sim *sim)
{
    struct calendar_date date = calendar_date(sim->setup->start + sim->day);
    return date.year * 12 + date.month - 1;
}

double pool_surge(const struct sim *sim, struct pool *pool, uint32_t place)
{
    if (pool->overdispersion <= 0) return 1;
    int32_t month = month_of(sim);
    if (pool->surge_month[place] == month + 1) return pool->surge[place];
    struct rng_stream stream;
    gsl_rng *rng = rng_stream_open(&stream, sim->setup->seed, id_of(pool, place, 0, 0), pool->plan.purpose * 256u + DRAW_SURGE, (uint32_t)month & 0xffffu);
    pool->surge_month[place] = month + 1;
    return pool->surge[place] = gamma_of_mean_one(rng, pool->overdispersion);
}

/* ---- parties ---- */

/* What a party is drawn with whose motive the entry knows. */
static uint32_t value_of(const struct sim *sim, const struct pool *pool, int trait, uint32_t place, uint64_t party)
{
    if (trait == pool->motive_trait) return pool->motive;
    int given = sim->setup->traits.trait[trait].given;
    uint32_t given_value = given == TRAIT_NONE ? 0 : value_of(sim, pool, given, place, party);
    return portrait_draw_given(sim, trait, given_value, place, party, 0);
}

static double size_of_value(const struct sim *sim, const struct pool *pool, uint32_t value)
{
    double size = 1;
    param_parse_number(portrait_label(sim, pool->size_trait, value), &size);
    return size;
}

static uint32_t size_of(const struct sim *sim, const struct pool *pool, uint32_t place, uint64_t party)
{
    if (pool->size_trait == TRAIT_NONE) return 1;
    return (uint32_t)size_of_value(sim, pool, value_of(sim, pool, pool->size_trait, place, party));
}

/* Whoever heads a party is an adult. Returns how many set out: 0 where the run has failed. */
static uint32_t set_out(struct sim *sim, const struct pool *pool, uint64_t party)
{
    struct person_id_parts parts = person_id_parts(party);
    uint32_t size = size_of(sim, pool, parts.place, party), slot = sim_enter(sim, parts.place, size, parts, true);
    if (sim->persons.count - slot != size) return 0;
    for (uint32_t i = 0; pool->motive_trait != TRAIT_NONE && i < size; i++) portrait_give(sim, pool->motive_trait, slot + i, pool->motive);
    if (size > 1) portrait_make_adult(sim, slot); /* who goes alone may be a child */
    tally_add(&sim->tallies, 0, pool->tally, parts.place * POOL_ENTRIES + pool->plan.entry, (int32_t)size);
    return size;
}

/* ---- entering ---- */

static double cut(struct pool *pool, double factor)
{
    assert(!(factor < 0));
    if (factor <= pool->multiple) return factor;
    pool->clamped++;
    return pool->multiple;
}

/* How many parties the pool of a day holds; -1 where they do not fit ids. */
static int64_t count_parties(struct sim *sim, const struct pool *pool, uint32_t place, double mean, uint32_t what)
{
    int64_t parties = mean < PERSON_MOST_PARTIES ? pool_poisson(mean, uniform_of(sim, pool, id_of(pool, place, (uint32_t)sim->day, 0), what)) : INT64_MAX;
    if (parties < PERSON_MOST_PARTIES) return parties;
    fail(&sim->error, FAIL_RUN, "day %d: more than %u parties in the pool of %s, entry %s; take a larger scale", sim->day, PERSON_MOST_PARTIES, sim->world->place[place].name, pool_entry_names[pool->plan.entry]);
    return -1;
}

void pool_enter(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor)
{
    if (!(people > 0)) return;
    double size = sim->setup->scale * pool->mean_size[place], share = cut(pool, factor) / pool->multiple;
    int64_t parties = count_parties(sim, pool, place, pool->multiple * people * pool_surge(sim, pool, place) / size, DRAW_COUNT);
    for (uint32_t j = 0; (int64_t)j < parties; j++) {
        uint64_t party = id_of(pool, place, (uint32_t)sim->day, j);
        if (uniform_of(sim, pool, party, DRAW_THRESHOLD) < share) set_out(sim, pool, party);
    }
}

/* The next parties by the sum of people so far: their number does not depend on the factor. */
static uint32_t enter_reference(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor)
{
    uint32_t j = 0;
    double *due = &pool->due[place];
    *due += people / sim->setup->scale;
    for (; *due >= pool->mean_size[place] - 1e-9 && j < PERSON_MOST_PARTIES; j++) {
        uint64_t party = id_of(pool, place, (uint32_t)sim->day, j);
        *due -= size_of(sim, pool, place, party);
        if (uniform_of(sim, pool, party, DRAW_THRESHOLD) < factor) set_out(sim, pool, party);
    }
    return j;
}

void pool_enter_exact(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor)
{
    if (!(people > 0)) return;
    double size = sim->setup->scale * pool->mean_size[place], extra = pool->multiple - 1;
    factor = cut(pool, factor);
    uint32_t first = enter_reference(sim, pool, place, people, factor);
    int64_t parties = count_parties(sim, pool, place, extra * people / size, DRAW_EXTRA);
    for (uint32_t j = first; (int64_t)j < first + parties && j < PERSON_MOST_PARTIES && factor > 1; j++) {
        uint64_t party = id_of(pool, place, (uint32_t)sim->day, j);
        if (1 + extra * uniform_of(sim, pool, party, DRAW_THRESHOLD) < factor) set_out(sim, pool, party);
    }
}

/* Party i of a finite population: days of ids hold the high bits of its number. */
static uint64_t id_in_order(const struct pool *pool, uint32_t place, uint32_t i) { return id_of(pool, place, i / PERSON_MOST_PARTIES, i % PERSON_MOST_PARTIES); }

/* The next parties, until one whose threshold t does not reach or who would be one too many. */
static void leave_in_order(struct sim *sim, struct pool *pool, uint32_t place, double t, double persons)
{
    struct pool_finite *f = &pool->finite;
    for (;;) {
        uint64_t party = id_in_order(pool, place, f->left[place]);
        double stay = persons - f->people[place];
        if (size_of(sim, pool, place, party) > stay) return;
        double next = f->last[place] - maths_log(uniform_of(sim, pool, party, DRAW_ORDER)) * pool->mean_size[place] / stay;
        uint32_t size = next <= t ? set_out(sim, pool, party) : 0;
        if (size == 0) return;
        f->last[place] = next;
        f->people[place] += size;
        f->left[place]++;
    }
}

void pool_enter_finite(struct sim *sim, struct pool *pool, uint32_t place, double people, double factor, double population)
{
    double persons = population / sim->setup->scale;
    if (!(people > 0) || !(population > 0)) return;
    if (persons > UINT32_MAX) {
        fail(&sim->error, FAIL_RUN, "%s: a population at risk of %g is more than %u persons; take a larger scale", sim->world->place[place].name, population, UINT32_MAX);
        return;
    }
    pool->finite.expected[place] += people * pool_surge(sim, pool, place) * cut(pool, factor);
    double share = pool->finite.expected[place] / population;
    leave_in_order(sim, pool, place, share < 1 ? -maths_log(1 - share) : INFINITY, persons);
}

void pool_settle(struct sim *sim, const struct pool *pool) { sim_publish(sim, pool->clamped_indicator, (double)pool->clamped); }

/* ---- opening ---- */

int pool_tally(struct sim *sim)
{
    int found = tally_find(&sim->tallies, "departures");
    if (found >= 0) return found;
    int axes[2] = {tally_axis(&sim->tallies, "place", sim->world->places, NULL), tally_axis(&sim->tallies, "entry", POOL_ENTRIES, pool_entry_names)};
    return tally_declare(&sim->tallies, "departures", "people", "people who set out, by what made them", TALLY_FLOW, 2, axes);
}

static int find_motive(struct pool *pool, struct sim *sim)
{
    pool->motive_trait = pool->plan.motive ? portrait_find(sim, "motive") : TRAIT_NONE;
    if (pool->motive_trait == TRAIT_NONE) return 0;
    int64_t value = trait_find_value(&sim->setup->traits.trait[pool->motive_trait], pool->plan.motive);
    pool->motive = (uint32_t)value;
    if (value >= 0) return 0;
    return fail(&sim->error, FAIL_INPUT, "trait 'motive' has no value '%s', which the entry %s gives", pool->plan.motive, pool_entry_names[pool->plan.entry]);
}

static int find_size(struct pool *pool, struct sim *sim)
{
    pool->size_trait = portrait_find(sim, "party_size");
    if (pool->size_trait == TRAIT_NONE) return 0;
    const struct trait *trait = &sim->setup->traits.trait[pool->size_trait];
    if (!trait->by_party) return fail(&sim->error, FAIL_INPUT, "trait 'party_size' must be drawn per party");
    for (uint32_t v = 0; v < trait->values; v++) {
        int64_t size;
        if (param_parse_integer(trait->label[v], &size) || size < 1 || size > MOST_SIZE) return fail(&sim->error, FAIL_INPUT, "trait 'party_size': expected numbers from 1 to %d as values, found '%s'", MOST_SIZE, trait->label[v]);
    }
    return 0;
}

/* How likely each value of a trait is for parties from this place, up to a factor; in new memory. */
static double *weights_of(const struct sim *sim, const struct pool *pool, int trait, uint32_t place)
{
    const struct trait *of = &sim->setup->traits.trait[trait];
    double *weight = memory_new(of->values, sizeof *weight);
    if (trait == pool->motive_trait) {
        weight[pool->motive] = 1;
        return weight;
    }
    uint32_t givens = of->given == TRAIT_NONE ? 1 : sim->setup->traits.trait[of->given].values;
    double *given = of->given == TRAIT_NONE ? NULL : weights_of(sim, pool, of->given, place);
    for (uint32_t g = 0; g < givens; g++) {
        uint32_t row = sim->trait[trait].row_of_place[(size_t)(given ? of->case_of[g] : 0) * sim->world->places + place];
        const double *here = row ? of->weight + (size_t)(row - 1) * of->values : of->fallback;
        double sum = 0;
        for (uint32_t v = 0; v < of->values; v++) sum += here[v];
        for (uint32_t v = 0; v < of->values; v++) weight[v] += (given ? given[g] : 1) * (sum > 0 ? here[v] / sum : 1.0 / of->values);
    }
    memory_free(given);
    return weight;
}

static double mean_size(const struct sim *sim, const struct pool *pool, uint32_t place)
{
    double sum = 0, people = 0;
    double *weight = weights_of(sim, pool, pool->size_trait, place);
    for (uint32_t v = 0; v < sim->setup->traits.trait[pool->size_trait].values; v++) {
        sum += weight[v];
        people += weight[v] * size_of_value(sim, pool, v);
    }
    memory_free(weight);
    return people / sum;
}

static void keep(struct sim *sim, const struct pool *pool, const char *what, enum sim_type type, uint32_t count, void *data)
{
    char *name = memory_format("%s.%s", pool_entry_names[pool->plan.entry], what);
    sim_keep(sim, name, type, count, data);
    memory_free(name);
}

static void open_finite(struct pool *pool, struct sim *sim)
{
    struct pool_finite *f = &pool->finite;
    uint32_t places = sim->world->places;
    f->expected = memory_new(places, sizeof *f->expected);
    f->last = memory_new(places, sizeof *f->last);
    f->left = memory_new(places, sizeof *f->left);
    f->people = memory_new(places, sizeof *f->people);
    keep(sim, pool, "expected", SIM_F64, places, f->expected);
    keep(sim, pool, "last", SIM_F64, places, f->last);
    keep(sim, pool, "left", SIM_U32, places, f->left);
    keep(sim, pool, "people", SIM_U32, places, f->people);
}

static void open_arrays(struct pool *pool, struct sim *sim)
{
    uint32_t places = sim->world->places;
    pool->mean_size = memory_new(places, sizeof *pool->mean_size);
    for (uint32_t i = 0; i < places; i++) pool->mean_size[i] = pool->size_trait == TRAIT_NONE ? 1 : mean_size(sim, pool, i);
    pool->surge = memory_new(places, sizeof *pool->surge);
    pool->surge_month = memory_new(places, sizeof *pool->surge_month);
    if (pool->plan.finite) open_finite(pool, sim);
    if (!pool->plan.carries) return;
    pool->due = memory_new(places, sizeof *pool->due);
    keep(sim, pool, "due", SIM_F64, places, pool->due);
}

int pool_open(struct pool *pool, struct sim *sim, struct pool_plan plan)
{
    pool->plan = plan;
    if (find_motive(pool, sim) || find_size(pool, sim)) return -1;
    open_arrays(pool, sim);
    keep(sim, pool, "clamped", SIM_I64, 1, &pool->clamped);
    char *name = memory_format("%s_clamped", pool_entry_names[plan.entry]);
    pool->tally = pool_tally(sim);
    pool->clamped_indicator = sim_indicator(sim, name, "place-days", "days and places on which the factor on departures was above the entry's multiple and was cut, so far");
    memory_free(name);
    return 0;
}

void pool_close(struct pool *pool)
{
    memory_free(pool->mean_size), memory_free(pool->surge), memory_free(pool->surge_month), memory_free(pool->due);
    memory_free(pool->finite.expected), memory_free(pool->finite.last), memory_free(pool->finite.left), memory_free(pool->finite.people);
}

/* ---- what entries read ---- */

static int check_values(struct sim *sim, const struct driver *driver)
{
    for (uint32_t s = 0; s < driver->series_count; s++)
        for (int i = 0; i < driver->series[s].knots; i++)
            if (driver->series[s].value[i] < 0) return fail(&sim->error, FAIL_INPUT, "driver '%s', %s %u: expected numbers of 0 or more, found %g on day %g", driver->name, driver->over == DRIVER_PLACE ? "place" : "state", driver->series[s].cell, driver->series[s].value[i], driver->series[s].day[i]);
    return 0;
}

/* The column origin_weight, blanks 0; where there is none the population; in new memory. */
static double *origin_weights(const struct world *world)
{
    const double *column = world_values(world, "origin_weight", WORLD_OF_PLACES);
    double *weight = memory_new(world->places, sizeof *weight);
    for (uint32_t i = 0; i < world->places; i++) {
        double value = column ? column[i] : world->place[i].population;
        weight[i] = value > 0 ? value : 0;
    }
    return weight;
}

/* What each place has of its state; 0 in a state without a weight. */
static double *shares_of_states(const struct world *world)
{
    double *share = origin_weights(world), *sum = memory_new(world->states, sizeof *sum);
    for (uint32_t i = 0; i < world->places; i++) sum[world->place[i].state] += share[i];
    for (uint32_t i = 0; i < world->places; i++) share[i] = share[i] > 0 ? share[i] / sum[world->place[i].state] : 0;
    memory_free(sum);
    return share;
}

double *pool_population(const struct world *world)
{
    const double *of_state = world_values(world, "population", WORLD_OF_STATES);
    double *people = shares_of_states(world);
    for (uint32_t i = 0; i < world->places; i++) {
        double around = of_state && of_state[world->place[i].state] > 0 ? of_state[world->place[i].state] : 0;
        if (people[i] > 0) people[i] = world->place[i].population > 0 ? world->place[i].population : people[i] * around;
    }
    return people;
}

static int check_shares(struct sim *sim, const struct pool_source *source)
{
    const struct world *world = sim->world;
    for (uint32_t s = 0; s < source->driver->series_count; s++) {
        uint32_t state = source->driver->series[s].cell, place = 0;
        while (place < world->places && (world->place[place].state != state || !(source->share[place] > 0))) place++;
        if (place == world->places) return fail(&sim->error, FAIL_INPUT, "driver '%s' is over states, and no place of '%s' has a population or an origin_weight", source->driver->name, world->state[state]);
    }
    return 0;
}

int pool_source_open(struct pool_source *source, struct sim *sim, const char *name)
{
    source->driver = driver_find(&sim->setup->drivers, name);
    if (!source->driver) return 0;
    if (source->driver->over != DRIVER_PLACE && source->driver->over != DRIVER_STATE) return fail(&sim->error, FAIL_INPUT, "driver '%s' must be over places or states", name);
    if (check_values(sim, source->driver)) return -1;
    if (source->driver->over == DRIVER_PLACE) return 0;
    source->share = shares_of_states(sim->world);
    return check_shares(sim, source);
}

double pool_source_at(const struct pool_source *source, const struct sim *sim, uint32_t place)
{
    if (!source->driver) return 0;
    double value = source->driver->today[source->share ? sim->world->place[place].state : place];
    return value > 0 ? value * (source->share ? source->share[place] : 1) : 0;
}

void pool_source_close(struct pool_source *source) { memory_free(source->share); }

int pool_field_open(struct pool_field *field, struct sim *sim, const char *name, double least, double most, double fallback)
{
    const struct driver *driver = driver_find(&sim->setup->drivers, name);
    field->fallback = fallback;
    if (driver && driver->over != DRIVER_PLACE && driver->over != DRIVER_STATE) return fail(&sim->error, FAIL_INPUT, "driver '%s' must be over places or states", name);
    if (field_open(&field->of_place, sim, WORLD_OF_PLACES, name, least, most, NAN)) return -1;
    return field_open(&field->of_state, sim, WORLD_OF_STATES, name, least, most, NAN);
}

static double nearest(const struct pool_field *field, double here, double around) { return !isnan(here) ? here : !isnan(around) ? around
                                                                                                                                : field->fallback; }

double pool_field_at(const struct pool_field *field, const struct sim *sim, uint32_t place)
{
    return nearest(field, field_at(&field->of_place, place), field_at(&field->of_state, sim->world->place[place].state));
}

static double at_first(const struct field *field, uint32_t cell)
{
    double driven = field->driver ? driver_at(field->driver, cell, 0) : NAN;
    return isnan(driven) && field->column ? field->column[cell] : driven;
}

double pool_field_first(const struct pool_field *field, const struct sim *sim, uint32_t place)
{
    return nearest(field, at_first(&field->of_place, place), at_first(&field->of_state, sim->world->place[place].state));
}
