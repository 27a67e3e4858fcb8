/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_flee_inside.h"
#include <math.h>

/* The link a person takes to the next place of the route. Compat: a route is a list of names, so the first open link to the
   name; fixed: the very link that was chosen. WORLD_NOWHERE: it is closed, or leads from somewhere else. */
static uint32_t next_link(const struct naive_flee *flee, const struct naive_flee_person *person)
{
    uint32_t wanted = flee->arena[person->route];
    if (naive_flee_fixed(flee)) return flee->link[wanted].from == person->at && flee->link[wanted].open ? wanted : WORLD_NOWHERE;
    for (uint32_t i = flee->world->first[person->at]; i < flee->world->first[person->at + 1]; i++)
        if (flee->link[i].open && flee->link[i].to == flee->link[wanted].to) return i;
    return WORLD_NOWHERE;
}

static bool ends_at_full_camp(const struct naive_flee *flee, const struct naive_flee_person *person)
{
    const struct naive_flee_place *end = &flee->place[flee->link[flee->arena[person->route + person->hops - 1]].to];
    return end->kind & WORLD_CAMP && end->room < 0.5;
}

static void take_next_step(struct naive_flee *flee, struct naive_flee_person *person)
{
    uint32_t link = next_link(flee, person);
    if (link == WORLD_NOWHERE || ends_at_full_camp(flee, person)) {
        person->hops = 0;
        return;
    }
    naive_flee_map_count(flee, person->at, -1);
    person->at = link;
    person->travelling = true;
    person->on_link_km = 0;
    person->set_out_on = flee->day;
    person->route++;
    person->hops--;
    flee->totals.travelling++;
}

static void move(struct naive_flee *flee, struct naive_flee_person *person)
{
    if (person->hops > 0 || naive_flee_routes_choose(flee, person->at, person)) take_next_step(flee, person);
}

/* Almost everybody stays almost every day: the loop keeps the coins at hand. */
void naive_flee_people_decide(struct naive_flee *flee)
{
    struct naive_flee_random coins = flee->coins;
    for (uint32_t i = 0; i < flee->persons; i++) {
        struct naive_flee_person *person = &flee->person[i];
        if (person->travelling) continue;
        if (person->hops == 0 && naive_flee_random_word(&coins) >= flee->threshold[person->at]) continue;
        move(flee, person);
    }
    flee->coins = coins;
}

/* On arrival with some of the day left. */
static void decide_again(struct naive_flee *flee, struct naive_flee_person *person, bool force_town)
{
    bool forced = person->hops > 0 || (force_town && flee->place[person->at].kind & WORLD_TOWN);
    if (forced || naive_flee_random_word(&flee->random) < flee->threshold[person->at]) move(flee, person);
}

static double speed_of(struct naive_flee *flee, const struct naive_flee_person *person, const struct naive_flee_link *link)
{
    const struct naive_flee_settings *settings = &flee->settings;
    double speed = !person->has_travelled && settings->start_on_foot ? settings->max_walk_speed : link->speed_km;
    if (link->walk_probability > 0 && naive_flee_random_uniform(&flee->random) < link->walk_probability) return settings->max_walk_speed;
    return speed;
}

/* Compat (B15): whoever was on the road when the link was closed, whatever happened to it since. */
static bool turns_back(const struct naive_flee *flee, const struct naive_flee_person *person, const struct naive_flee_link *link)
{
    return naive_flee_fixed(flee) ? !link->open : link->closed_on > person->set_out_on;
}

static void stop_at(struct naive_flee *flee, struct naive_flee_person *person, uint32_t place)
{
    person->at = place;
    person->travelling = false;
    person->on_link_km = 0;
    flee->totals.travelling--;
    naive_flee_map_count(flee, place, 1);
}

/* One link's worth of today's journey; today_km is the distance moved today. True: the day is not over for this person. */
static bool travel_link(struct naive_flee *flee, struct naive_flee_person *person, double *today_km)
{
    const struct naive_flee_link *link = &flee->link[person->at];
    double speed = speed_of(flee, person, link);
    double step = naive_flee_fixed(flee) ? fmax(0, speed - *today_km) : speed; /* B13 */
    person->on_link_km += step;
    *today_km += step;
    bool arrived = naive_flee_fixed(flee) ? person->on_link_km >= link->km : person->on_link_km > link->km; /* B14 */
    if (!arrived) return false;
    person->has_travelled = true;
    *today_km += link->km - person->on_link_km;
    bool back = turns_back(flee, person, link);
    if (back && naive_flee_fixed(flee)) person->hops = 0; /* the plan is void */
    stop_at(flee, person, back ? link->from : link->to);
    return !back && *today_km < speed;
}

/* The journey of a day; returns its km. */
static double travel(struct naive_flee *flee, struct naive_flee_person *person)
{
    const struct naive_flee_settings *settings = &flee->settings;
    double today_km = 0;
    while (person->travelling && travel_link(flee, person, &today_km)) {
        bool is_short = (person->recent + today_km / settings->max_move_speed) / 2 < 0.5;
        decide_again(flee, person, settings->avoid_short_stints && is_short);
    }
    return today_km;
}

void naive_flee_people_travel(struct naive_flee *flee)
{
    bool keep_recent = flee->settings.avoid_short_stints;
    for (uint32_t i = 0; i < flee->persons; i++) {
        struct naive_flee_person *person = &flee->person[i];
        double today_km = person->travelling ? travel(flee, person) : 0;
        if (keep_recent) person->recent = (person->recent + today_km / flee->settings.max_move_speed) / 2;
    }
}
