/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journey by Flee's rules: when people leave, where they go, how long they travel.

   Leaving: each day with chance m of the place (hazard -log(1 - m)); 1 on the way of a route already chosen, 1 for a town
   reached on a day of little travel (avoid_short_stints): (recent + km / max_move_speed) / 2 < 0.5.
   Going: a route by weight (flee_routes.c); it is dropped where a link of it is gone or its camp has less than half its room.
   Travelling: v km a day; on foot at max_walk_speed before the first arrival (start_on_foot) or by a link's walk_probability.
   Arriving: whoever moved less than v that day decides once more the same day, by the counts as of the start of travel.
   compat: arrival when the distance is exceeded (B14); every further link of the day gets a full day's km (B13); a link that
   closed under way turns people back even if it is open again (B15); the first open link to the next place is taken.
   fixed: arrival when the distance is reached; one day's distance per day; turned back only where the link is closed on arrival.
   Source: Suleimenova et al. 2017; Flee rule set. Limits: nobody dies, nobody runs out of means. */
#include "models/flee_journey.h"

#include "sim/maths.h"
#include "sim/memory.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include <math.h>
#include <stddef.h>

#define MOST_DAYS 60000 /* on one link */
#define MOST_HOPS 1000  /* arrivals of one person on one day: links of 0 km would go on for ever */

enum { DRAW_MOVE,
       DRAW_WALK }; /* purposes */
enum { WORD_WAIT,
       WORD_COLUMN,
       WORD_KEEP,
       WORD_GO_ON }; /* of one stay's block */

/* A crossing of a link: days after the first until arrival, km on the day of arrival, that day's full range. */
struct crossing {
    uint32_t days;
    double last_km, range_km;
};

struct flee_journey {
    struct flee_routes_plan plan;
    double max_move_speed, max_walk_speed;
    bool avoid_short_stints, start_on_foot;
    double population_base, population_factor;
    struct flee_zones *zones;
    struct flee_routes routes;
    int move, arrive;                            /* waits */
    int step;                                    /* cold column: the next link of the route, an index into routes.step plus 1; -1: not needed */
    int recent, recent_day;                      /* cold columns: share of full days travelled lately, and the day it stands for; -1: not needed */
    int moved;                                   /* cold column: km moved on the day of departure before it; -1: not needed */
    double *chance;                              /* by place: today's chance to leave */
    bool parallel;                               /* some two links lead from one place to another side by side */
    struct crossing *usual;                      /* by link: by vehicle, with the whole first day */
    const double *link_speed, *walk_probability; /* world columns or NULL */
};

#define FIELD(name) offsetof(struct flee_journey, name)
static const struct param params[] = {
    {"max_move_speed", PARAM_NUMBER, FIELD(max_move_speed), "km/day", "distance travelled in a day", "Suleimenova et al. 2017: 200; Flee 3: 360 to 400", 360, 0.1, 20000, NULL, "uniform"},
    {"max_walk_speed", PARAM_NUMBER, FIELD(max_walk_speed), "km/day", "distance walked in a day", "Flee rule set", 35, 0.1, 20000, NULL, "uniform"},
    {"start_on_foot", PARAM_FLAG, FIELD(start_on_foot), "1", "people walk until they first arrive somewhere", "Flee rule set", 0, 0, 1, NULL, NULL},
    {"avoid_short_stints", PARAM_FLAG, FIELD(avoid_short_stints), "1", "people go on from a town reached on a day of little travel", "Flee rule set", 0, 0, 1, NULL, NULL},
    {"awareness_level", PARAM_INTEGER, FIELD(plan.awareness), "links", "how far ahead people know the places; fixed: 0 distances only, -1 nothing", "Suleimenova et al. 2017", 1, -1, 10, NULL, NULL},
    {"foreign_weight", PARAM_NUMBER, FIELD(plan.foreign_weight), "1", "pull of places abroad", "Flee rule set", 1, 0, 1e6, NULL, "loguniform"},
    {"camp_weight", PARAM_NUMBER, FIELD(plan.camp_weight), "1", "pull of camps", "Flee rule set: 1 to 5 in use", 1, 0, 1e6, NULL, "loguniform"},
    {"conflict_weight", PARAM_NUMBER, FIELD(plan.conflict_weight), "1", "pull of places in conflict", "Suleimenova et al. 2017: 0.25", 0.31622776601683794, 0, 1e6, NULL, "loguniform"},
    {"softening", PARAM_NUMBER, FIELD(plan.softening), "km", "added to distances", "Flee rule set", 10, 0, 1e6, NULL, "uniform"},
    {"weight_softening", PARAM_NUMBER, FIELD(plan.weight_softening), "1", "added to scores", "Flee rule set", 0, 0, 1e6, NULL, NULL},
    {"weight_power", PARAM_NUMBER, FIELD(plan.weight_power), "1", "power of the weight of a route", "Flee rule set", 1, 0, 100, NULL, NULL},
    {"distance_power", PARAM_NUMBER, FIELD(plan.distance_power), "1", "power of the distance", "Flee rule set", 1, 0, 100, NULL, "uniform"},
    {"capacity_buffer", PARAM_NUMBER, FIELD(plan.capacity_buffer), "1", "share of the capacity from which a place loses pull", "Flee rule set: 0.75 to 0.9 in use", 0.9, 0, 0.999999, NULL, "uniform"},
    {"capacity_scaling", PARAM_NUMBER, FIELD(plan.capacity_scaling), "1", "factor on every capacity", "Flee rule set", 1, 0, 1e6, NULL, "uniform"},
    {"pruning_threshold", PARAM_NUMBER, FIELD(plan.pruning_threshold), "1", "routes weaker than the best by this factor are left out; below 1.001 none", "Flee rule set", 1, 1, 1e12, NULL, NULL},
    {"use_pop_for_loc_weight", PARAM_FLAG, FIELD(plan.use_population), "1", "larger places pull more", "Flee rule set", 0, 0, 1, NULL, NULL},
    {"pop_power_for_loc_weight", PARAM_NUMBER, FIELD(plan.population_power), "1", "power of the population in the pull", "Flee rule set", 0.1, 0, 10, NULL, NULL},
    {"movechance_pop_base", PARAM_NUMBER, FIELD(population_base), "people", "population at which the move chance is as given", "Flee rule set", 10000, 1e-9, 1e12, NULL, NULL},
    {"movechance_pop_scale_factor", PARAM_NUMBER, FIELD(population_factor), "1", "power of population / base in the move chance", "Flee rule set", 0, -10, 10, NULL, NULL},
    {0}};

/* ---- opening and mornings ---- */

static double link_range_km(const struct flee_journey *j, uint32_t link)
{
    return j->link_speed && !isnan(j->link_speed[link]) ? j->link_speed[link] : j->max_move_speed;
}

static struct crossing usual_crossing(const struct flee_journey *j, const struct sim *sim, uint32_t link)
{
    double km = sim->world->link[link].km, v = link_range_km(j, link), done = v;
    struct crossing c = {0, km, v};
    for (; c.days < MOST_DAYS && (j->zones->rules == FLEE_COMPAT ? done <= km : done < km); c.days++, done += v) c.last_km = km - done;
    return c;
}

static bool has_parallel(const struct world *world)
{
    for (uint32_t place = 0; place < world->places; place++)
        for (uint32_t a = world->first[place]; a < world->first[place + 1]; a++)
            if (world_find_link(world, place, world->link[a].to) != a) return true;
    return false;
}

static int declare(struct sim *sim, struct flee_journey *j)
{
    int model = sim_model_number(sim, j);
    j->move = wait_declare(sim, model, (struct wait_plan){.name = "move", .doc = "until the person leaves the place", .phase = 0, .over = WAIT_OVER_PLACE, .shared = true, .once = true});
    j->arrive = wait_declare(sim, model, (struct wait_plan){.name = "arrive", .doc = "until the person reaches the end of the link", .phase = 1, .shared = true, .once = true});
    if (j->move < 0 || j->arrive < 0) return -1;
    j->step = j->recent = j->recent_day = j->moved = -1;
    if (j->routes.longest > 1) j->step = person_column(&sim->persons, "flee_step", "index", "next link of the chosen route, plus 1; 0 none", 4, false);
    if (j->avoid_short_stints) j->recent = person_column(&sim->persons, "flee_recent", "1", "share of full days travelled lately", 8, true);
    if (j->avoid_short_stints) j->recent_day = person_column(&sim->persons, "flee_recent_day", "day", "day that flee_recent stands for", 2, false);
    if (j->zones->rules == FLEE_FIXED) j->moved = person_column(&sim->persons, "flee_moved", "km", "moved on the day of departure before it", 8, true);
    return 0;
}

static int journey_open(struct sim *sim, void *state)
{
    struct flee_journey *j = state;
    j->zones = sim_state(sim, "flee_zones");
    if (!j->zones || sim_model_number(sim, j->zones) > sim_model_number(sim, j)) return fail(&sim->error, FAIL_INPUT, "model flee_journey needs the model flee_zones before it");
    j->link_speed = world_values(sim->world, "max_move_speed", true);
    j->walk_probability = world_values(sim->world, "walk_probability", true);
    j->chance = memory_new(sim->world->places, sizeof *j->chance);
    for (uint32_t i = 0; i < sim->world->places; i++) j->chance[i] = -1;
    j->parallel = has_parallel(sim->world);
    j->usual = memory_new(sim->world->links, sizeof *j->usual);
    for (uint32_t i = 0; i < sim->world->links; i++) j->usual[i] = usual_crossing(j, sim, i);
    if (flee_routes_open(&j->routes, sim, &j->plan, j->zones)) return -1;
    return declare(sim, j);
}

static double chance_of(const struct flee_journey *j, uint32_t place)
{
    const struct flee_zones *z = j->zones;
    if (j->plan.awareness == 0 && z->rules == FLEE_COMPAT) return 0; /* B8: nobody ever moves */
    if (j->population_factor == 0) return z->movechance[place];
    double people = z->population[place] > z->capacity[place] ? z->population[place] : z->capacity[place];
    return z->movechance[place] * maths_pow((people > 0 ? people : 0) / j->population_base, j->population_factor);
}

static void journey_morning(struct sim *sim, void *state)
{
    struct flee_journey *j = state;
    flee_zones_grow(j->zones);
    flee_routes_morning(&j->routes, sim);
    for (uint32_t place = 0; place < sim->world->places; place++) {
        double chance = chance_of(j, place);
        if (chance == j->chance[place]) continue;
        j->chance[place] = chance;
        wait_rate(sim, j->move, place, chance < 1 ? -maths_log(1 - chance) : WAIT_CERTAIN);
    }
}

/* ---- what one person carries ---- */

/* One person at work. */
struct traveller {
    struct sim *sim;
    struct flee_journey *j;
    const struct model_span *span;
    struct person *p;
    uint32_t slot;
    /* the person's cells of the cold columns, NULL where not needed */
    uint32_t *step;
    double *recent, *moved;
    uint16_t *recent_day;
};

static void *cells(const struct sim *sim, int column) { return column < 0 ? NULL : sim->persons.column[column].data; }

/* Nobody yet: aim() says who. */
static struct traveller traveller_of(struct sim *sim, struct flee_journey *j, const struct model_span *span)
{
    return (struct traveller){sim, j, span, NULL, 0, cells(sim, j->step), cells(sim, j->recent), cells(sim, j->moved), cells(sim, j->recent_day)};
}

static inline void aim(struct traveller *t, uint32_t slot)
{
    ptrdiff_t by = (ptrdiff_t)slot - (ptrdiff_t)t->slot;
    t->p = &t->sim->persons.row[slot];
    t->slot = slot;
    if (t->step) t->step += by;
    if (t->recent) t->recent += by, t->recent_day += by;
    if (t->moved) t->moved += by;
}

/* What is drawn for one stay. */
struct stay {
    uint32_t column, keep, go_on; /* words */
    uint32_t hazard;              /* until leaving: Exp(1) in 2^-20 units */
};

/* The stays of a span of persons, drawn at once; ahead 1: of the stay after the one they are in, with its hazard. */
struct stays {
    uint64_t party[WAIT_WAVE];
    uint32_t spell[WAIT_WAVE], hazard[WAIT_WAVE];
    struct rng_blocks blocks;
};

static void draw_stays(struct stays *s, const struct sim *sim, const struct flee_journey *j, const uint32_t *slot, uint32_t n, uint32_t ahead)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct person *p = &sim->persons.row[slot[i]];
        s->party[i] = p->party;
        s->spell[i] = (uint16_t)(p->spell[j->move] + ahead);
    }
    rng_draw_many(sim->setup->seed, n, s->party, flee_journey.purpose * 256u + DRAW_MOVE, s->spell, &s->blocks);
    if (ahead) rng_hazard_many(n, s->blocks.word[WORD_WAIT], s->hazard);
}

static struct stay stay_at(const struct stays *s, uint32_t i)
{
    return (struct stay){s->blocks.word[WORD_COLUMN][i], s->blocks.word[WORD_KEEP][i], s->blocks.word[WORD_GO_ON][i], s->hazard[i]}; /* a hazard that was not drawn is not used */
}

/* The same for one person. */
static struct stay draw_stay(const struct sim *sim, const struct flee_journey *j, const struct person *p, uint32_t ahead)
{
    struct rng_block block = rng_draw(sim->setup->seed, p->party, flee_journey.purpose * 256u + DRAW_MOVE, (uint16_t)(p->spell[j->move] + ahead), 0);
    struct stay stay = {block.word[WORD_COLUMN], block.word[WORD_KEEP], block.word[WORD_GO_ON], 0};
    rng_hazard_many(1, &block.word[WORD_WAIT], &stay.hazard);
    return stay;
}

/* ---- distance ---- */

/* km on the day-th day on the link, 0 the first. */
static double day_km(const struct traveller *t, uint32_t link, uint32_t day)
{
    const struct flee_journey *j = t->j;
    double v = link_range_km(j, link);
    if (j->start_on_foot && t->p->spell[j->arrive] == 0) v = j->max_walk_speed;
    double walk = j->walk_probability && !isnan(j->walk_probability[link]) ? j->walk_probability[link] : 0;
    if (walk <= 0) return v;
    struct rng_block block = rng_draw(t->sim->setup->seed, t->p->party, flee_journey.purpose * 256u + DRAW_WALK, t->p->spell[j->move], day);
    return rng_uniform(block.word[0]) < walk ? j->max_walk_speed : v;
}

static struct crossing count_days(const struct traveller *t, uint32_t link, double moved_km)
{
    double km = t->sim->world->link[link].km, done = 0;
    bool compat = t->j->zones->rules == FLEE_COMPAT;
    struct crossing c = {0, 0, 0};
    for (;; c.days++) {
        c.range_km = day_km(t, link, c.days);
        double range = c.days == 0 && !compat ? c.range_km - moved_km : c.range_km;
        c.last_km = km - done;
        done += range > 0 ? range : 0;
        if ((compat ? done > km : done >= km) || c.days == MOST_DAYS) return c;
    }
}

/* moved_km: what of the first day's range is spent already (fixed). */
static inline struct crossing crossing_of(const struct traveller *t, uint32_t link, double moved_km)
{
    const struct flee_journey *j = t->j;
    bool on_foot = j->start_on_foot && t->p->spell[j->arrive] == 0;
    if (!on_foot && !j->walk_probability && (moved_km == 0 || j->zones->rules == FLEE_COMPAT)) return j->usual[link];
    return count_days(t, link, moved_km);
}

/* ---- recent travel: r(d) = (r(d - 1) + km(d) / max_move_speed) / 2 ---- */

static double recent_yesterday(const struct traveller *t)
{
    double r = *t->recent;
    int32_t day = *t->recent_day, today = t->sim->day;
    bool on_way = t->p->place & PERSON_ON_LINK && day == t->p->since && day < today;
    for (day++; day < today && r > 0; day++) {
        double km = on_way ? day_km(t, t->p->place & ~PERSON_ON_LINK, (uint32_t)(day - t->p->since)) : 0;
        r = (r + km / t->j->max_move_speed) / 2;
    }
    return r;
}

static void remember(const struct traveller *t, double recent, double km)
{
    if (!t->recent) return;
    *t->recent = (recent + km / t->j->max_move_speed) / 2;
    *t->recent_day = (uint16_t)t->sim->day;
}

/* ---- resting, leaving ---- */

static bool has_route(const struct traveller *t) { return t->step && *t->step > 0; }

/* hazard: Exp(1) of this stay, in 2^-20 units. */
static void rest(const struct traveller *t, uint32_t hazard)
{
    if (has_route(t)) wait_begin_day(t->p, t->j->move, t->sim->day + 1);
    else wait_begin_clock_hazard(t->sim, t->p, t->j->move, hazard);
}

/* The link to take by the step of a route; in compat the first open one to the same place. */
static uint32_t open_link(const struct traveller *t, uint32_t step)
{
    const struct world *world = t->sim->world;
    uint32_t link = t->j->routes.step[step];
    if (t->j->zones->rules == FLEE_FIXED || (!t->j->parallel && world->link[link].from == t->p->place)) return world->link[link].open && world->link[link].from == t->p->place ? link : FLEE_ROUTES_NONE;
    for (uint32_t other = world->first[t->p->place]; other < world->first[t->p->place + 1]; other++)
        if (world->link[other].open && world->link[other].to == world->link[link].to) return other;
    return FLEE_ROUTES_NONE;
}

static uint32_t end_of(const struct traveller *t, uint32_t step)
{
    const struct flee_routes *r = &t->j->routes;
    while (r->step[step + 1] != FLEE_ROUTES_NONE) step++;
    return t->sim->world->link[r->step[step]].to;
}

static bool is_full_camp(const struct traveller *t, uint32_t place) { return t->j->routes.room[place] < 0.5 && t->j->zones->kind[place] & WORLD_CAMP; }

/* Follow the route or choose one; FLEE_ROUTES_NONE: the person stays, without a route. */
static uint32_t next_link(const struct traveller *t, const struct stay *stay)
{
    const struct flee_routes *r = &t->j->routes;
    uint32_t step, end;
    if (has_route(t)) {
        step = *t->step - 1;
        end = end_of(t, step);
    } else {
        uint32_t route = flee_routes_choose(r, t->p->place, stay->column, stay->keep);
        if (route == FLEE_ROUTES_NONE) return FLEE_ROUTES_NONE;
        step = r->route[route].first;
        end = r->route[route].end;
    }
    uint32_t link = is_full_camp(t, end) ? FLEE_ROUTES_NONE : open_link(t, step);
    if (t->step) *t->step = link == FLEE_ROUTES_NONE || r->step[step + 1] == FLEE_ROUTES_NONE ? 0 : step + 2;
    return link;
}

/* On the road; the day of arrival may be today. */
static void set_out(const struct traveller *t, uint32_t link, double moved_km, const struct crossing *crossing)
{
    sim_go(t->sim, t->span->thread, t->span->phase, t->slot, link | PERSON_ON_LINK);
    wait_end(t->p, t->j->move);
    wait_begin_day(t->p, t->j->arrive, t->sim->day + (int32_t)crossing->days);
    if (t->moved) *t->moved = moved_km;
}

static void stay_on(const struct traveller *t)
{
    t->p->spell[t->j->move]++;
    rest(t, draw_stay(t->sim, t->j, t->p, 0).hazard);
}

static void decide(const struct traveller *t, struct stay stay)
{
    uint32_t link = next_link(t, &stay);
    if (link == FLEE_ROUTES_NONE) {
        stay_on(t);
        return;
    }
    struct crossing crossing = crossing_of(t, link, 0);
    double recent = t->recent ? recent_yesterday(t) : 0;
    set_out(t, link, 0, &crossing);
    if (crossing.days > 0) remember(t, recent, day_km(t, link, 0));
}

/* ---- arriving ---- */

static bool is_turned_back(const struct traveller *t, uint32_t link)
{
    const struct world_link *l = &t->sim->world->link[link];
    return t->j->zones->rules == FLEE_COMPAT ? l->closed_on > (int32_t)t->p->since : !l->open;
}

/* Does the person go on the same day? */
static bool goes_on(const struct traveller *t, double recent, double moved_km, uint32_t word)
{
    const struct flee_journey *j = t->j;
    bool town = j->zones->kind[t->p->place] & WORLD_TOWN;
    if (j->avoid_short_stints && town && (recent + moved_km / j->max_move_speed) / 2 < 0.5) return true;
    return has_route(t) || rng_uniform(word) < j->chance[t->p->place];
}

static void turn_back(const struct traveller *t, const struct stay *stay, uint32_t link, double recent, double moved_km)
{
    sim_go(t->sim, t->span->thread, t->span->phase, t->slot, t->sim->world->link[link].from);
    event_add(&t->sim->events, t->span->thread, t->p, t->sim->standard.turned_back, t->sim->day, t->span->phase);
    if (t->j->zones->rules == FLEE_FIXED && t->step) *t->step = 0;
    rest(t, stay->hazard);
    remember(t, recent, moved_km);
}

/* One arrival: returns the next link, or FLEE_ROUTES_NONE for a rest. */
static uint32_t reach(const struct traveller *t, const struct stay *stay, uint32_t link, double recent, double moved_km, double range_km)
{
    sim_go(t->sim, t->span->thread, t->span->phase, t->slot, t->sim->world->link[link].to);
    uint32_t next = FLEE_ROUTES_NONE;
    bool going = moved_km < range_km && goes_on(t, recent, moved_km, stay->go_on);
    if (going) next = next_link(t, stay);
    if (next != FLEE_ROUTES_NONE) return next;
    /* The words of a choice that failed are spent: tomorrow's choice is a new draw. */
    if (going) stay_on(t);
    else rest(t, stay->hazard);
    remember(t, recent, moved_km);
    return FLEE_ROUTES_NONE;
}

/* Persons who arrive today, each with its day so far. All go hop by hop side by side, so that their draws are made at once. */
struct arriving {
    uint32_t n;
    uint32_t slot[WAIT_WAVE], link[WAIT_WAVE];
    double recent[WAIT_WAVE], moved_km[WAIT_WAVE], range_km[WAIT_WAVE];
};

static void begin_arrivals(struct arriving *a, struct sim *sim, struct flee_journey *j, const struct model_span *span)
{
    struct traveller t = traveller_of(sim, j, span);
    a->n = span->n;
    for (uint32_t i = 0; i < span->n; i++) {
        aim(&t, span->slot[i]);
        uint32_t link = t.p->place & ~PERSON_ON_LINK;
        struct crossing c = crossing_of(&t, link, t.moved ? *t.moved : 0);
        a->slot[i] = t.slot;
        a->link[i] = link;
        a->recent[i] = t.recent ? recent_yesterday(&t) : 0;
        a->moved_km[i] = c.days == 0 && t.moved ? *t.moved + c.last_km : c.last_km;
        a->range_km[i] = c.range_km;
    }
}

/* One arrival; true where the person reaches the next place today as well, and the entry then says how. */
static bool hop(const struct traveller *t, struct arriving *a, uint32_t i, const struct stay *stay)
{
    wait_end(t->p, t->j->arrive);
    t->p->spell[t->j->arrive]++;
    t->p->spell[t->j->move]++;
    if (is_turned_back(t, a->link[i])) {
        turn_back(t, stay, a->link[i], a->recent[i], a->moved_km[i]);
        return false;
    }
    uint32_t link = reach(t, stay, a->link[i], a->recent[i], a->moved_km[i], a->range_km[i]);
    if (link == FLEE_ROUTES_NONE) return false;
    struct crossing c = crossing_of(t, link, a->moved_km[i]);
    set_out(t, link, a->moved_km[i], &c);
    if (c.days > 0) remember(t, a->recent[i], t->moved ? fmax(a->moved_km[i], day_km(t, link, 0)) : a->moved_km[i] + day_km(t, link, 0));
    a->link[i] = link;
    a->moved_km[i] += c.last_km;
    a->range_km[i] = c.range_km;
    return c.days == 0;
}

static void keep_arriving(struct arriving *a, uint32_t from, uint32_t to)
{
    a->slot[to] = a->slot[from];
    a->link[to] = a->link[from];
    a->recent[to] = a->recent[from];
    a->moved_km[to] = a->moved_km[from];
    a->range_km[to] = a->range_km[from];
}

/* From arrival to arrival until everybody rests or is still under way in the evening. */
static void arrive(struct sim *sim, struct flee_journey *j, const struct model_span *span)
{
    struct arriving a;
    struct stays stays;
    struct traveller t = traveller_of(sim, j, span);
    begin_arrivals(&a, sim, j, span);
    for (int hops = 0; a.n > 0; hops++) {
        uint32_t going = 0;
        draw_stays(&stays, sim, j, a.slot, a.n, 1);
        for (uint32_t i = 0; i < a.n; i++) {
            aim(&t, a.slot[i]);
            if (hops >= MOST_HOPS) a.range_km[i] = 0;
            struct stay stay = stay_at(&stays, i);
            if (hop(&t, &a, i, &stay)) keep_arriving(&a, i, going++);
        }
        a.n = going;
    }
}

/* ---- phases ---- */

static void journey_enter(struct sim *sim, void *state)
{
    struct flee_journey *j = state;
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        struct person *p = &sim->persons.row[slot];
        p->spell[j->move] = 1;
        wait_begin_clock_hazard(sim, p, j->move, draw_stay(sim, j, p, 0).hazard);
    }
}

static void journey_prepare(struct sim *sim, void *state, int phase)
{
    (void)phase;
    flee_routes_prepare(&((struct flee_journey *)state)->routes, sim);
}

static void leave(struct sim *sim, struct flee_journey *j, const struct model_span *span)
{
    struct stays stays;
    struct traveller t = traveller_of(sim, j, span);
    draw_stays(&stays, sim, j, span->slot, span->n, 0);
    for (uint32_t i = 0; i < span->n; i++) {
        aim(&t, span->slot[i]);
        decide(&t, stay_at(&stays, i));
    }
}

static void journey_act(struct sim *sim, void *state, const struct model_span *span)
{
    struct flee_journey *j = state;
    if (span->wait == j->move) leave(sim, j, span);
    else arrive(sim, j, span);
}

static void journey_close(void *state)
{
    struct flee_journey *j = state;
    flee_routes_close(&j->routes);
    memory_free(j->chance);
    memory_free(j->usual);
}

const struct model flee_journey = {
    .name = "flee_journey",
    .doc = "people leave, choose a route, travel and arrive, by Flee's rules",
    .source = "Suleimenova et al. 2017, doi 10.1038/s41598-017-13828-9; Flee rule set",
    .purpose = 3,
    .state_size = sizeof(struct flee_journey),
    .params = params,
    .open = journey_open,
    .morning = journey_morning,
    .enter = journey_enter,
    .prepare = journey_prepare,
    .act = journey_act,
    .close = journey_close,
};
