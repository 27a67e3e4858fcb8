/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "field.h"

#include "sim.h"

static const char *cell_name(const struct world *world, enum world_of of, uint32_t cell, char *text, size_t room)
{
    const struct world_link *link = of == WORLD_OF_LINKS ? &world->link[cell] : NULL;
    if (link) snprintf(text, room, "link '%s>%s'", world->place[link->from].name, world->place[link->to].name);
    else if (of == WORLD_OF_PLACES) snprintf(text, room, "place '%s'", world->place[cell].name);
    else snprintf(text, room, "state '%s'", world->state[cell]);
    return text;
}

static int check(struct sim *sim, enum world_of of, uint32_t cell, const char *name, double value, double least, double most)
{
    char text[256];
    if (isnan(value) || (value >= least && value <= most)) return 0;
    return fail(&sim->error, FAIL_INPUT, "%s: expected %s from %g to %g, found %g", cell_name(sim->world, of, cell, text, sizeof text), name, least, most, value);
}

static uint32_t cells(const struct world *world, enum world_of of)
{
    return of == WORLD_OF_LINKS ? world->links : of == WORLD_OF_PLACES ? world->places
                                                                       : world->states;
}

static int check_driver(struct sim *sim, enum world_of of, const struct driver *driver, double least, double most)
{
    for (uint32_t s = 0; s < driver->series_count; s++) {
        const struct driver_series *series = &driver->series[s];
        for (int i = 0; i < series->knots; i++)
            if (check(sim, of, series->cell, driver->name, series->value[i], least, most)) return -1;
    }
    return 0;
}

int field_open(struct field *field, struct sim *sim, enum world_of of, const char *name, double least, double most, double fallback)
{
    static const enum driver_over over[] = {[WORLD_OF_PLACES] = DRIVER_PLACE, [WORLD_OF_LINKS] = DRIVER_LINK, [WORLD_OF_STATES] = DRIVER_STATE};
    const struct driver *driver = driver_find(&sim->setup->drivers, name);
    *field = (struct field){world_values(sim->world, name, of), driver && driver->over == over[of] ? driver : NULL, fallback};
    for (uint32_t i = 0; field->column && i < cells(sim->world, of); i++)
        if (check(sim, of, i, name, field->column[i], least, most)) return -1;
    return field->driver ? check_driver(sim, of, driver, least, most) : 0;
}

double field_first(const struct field *field, uint32_t cell)
{
    double given = field->driver && field->driver->where[cell] >= 0 ? driver_at(field->driver, cell, 0) : NAN;
    if (!isnan(given)) return given;
    return field->column && !isnan(field->column[cell]) ? field->column[cell] : field->fallback;
}
