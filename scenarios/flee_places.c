/* SPDX-License-Identifier: GPL-3.0-or-later */
/* locations.csv: name, region, country, latitude, longitude, type, conflict date, population or capacity, then extra columns. */
#include "scenarios/flee_input.h"
#include "sim/memory.h"
#include <math.h>
#include <string.h>

enum { NAME,
       REGION,
       COUNTRY,
       LATITUDE,
       LONGITUDE,
       TYPE,
       CONFLICT_DATE,
       PEOPLE };

static const char *const fields[] = {"name", "region", "country", "latitude", "longitude", "location_type", "conflict_date", "population",
                                     NULL};

/* The first word found in the type decides, upper or lower case. */
static const struct {
    const char *word;
    uint32_t kind;
} types[] = {
    {"camp", WORLD_CAMP},
    {"conflict", WORLD_CONFLICT},
    {"forward", WORLD_FORWARDING},
    {"marker", WORLD_MARKER},
    {"flood_zone", 0},
    {"default", WORLD_TOWN},
    {"town", WORLD_TOWN},
};

static int unknown_type(struct flee_input *in, const struct csv *csv, int row, const char *type)
{
    static const char *const known[] = {"camp", "idpcamp", "conflict_zone", "town", "forwarding_hub", "marker", "default"};
    char hint[96];
    return csv_fail(csv, row, in->error, "expected a location type (camp, idpcamp, conflict_zone, town, forwarding_hub, marker), found %s%.80s%s%s", *type ? "'" : "",
                    *type ? type : "nothing", *type ? "'" : "", fail_nearest(hint, type, known, sizeof known / sizeof *known));
}

uint32_t flee_places_kind(struct flee_input *in, const struct csv *csv, int row, int column)
{
    const char *type = csv_text(csv, row, column);
    size_t i = 0, count = sizeof types / sizeof *types;
    while (i < count && !strcasestr(type, types[i].word)) i++;
    if (i == count) unknown_type(in, csv, row, type);
    else if (types[i].kind == 0) csv_fail(csv, row, in->error,
                                          "location type '%s' is not built yet, nor are Flee's other flood rules; use town", type);
    else if (types[i].kind == WORLD_CAMP && strcasestr(type, "idp")) return WORLD_CAMP | WORLD_IDP_CAMP;
    else return types[i].kind;
    return 0;
}

/* A conflict zone with a date after day 0 begins as a town; conflicts.csv then activates it. */
static int read_kind(struct flee_input *in, int row, uint32_t *kind)
{
    int64_t date;
    *kind = flee_places_kind(in, &in->places, row, TYPE);
    if (*kind == 0) return -1;
    if (*kind != WORLD_CONFLICT) return 0;
    if (csv_integer(&in->places, row, CONFLICT_DATE, &date, in->error)) return -1;
    if (date > 0) *kind = WORLD_TOWN;
    return 0;
}

static int read_people(struct flee_input *in, int row, struct world_place *place)
{
    int64_t people = 0;
    bool camp = place->kind & WORLD_CAMP;
    if (!csv_blank(&in->places, row, PEOPLE) && csv_integer(&in->places, row, PEOPLE, &people, in->error)) return -1;
    if (people < 0)
        return csv_fail(&in->places, row, in->error, "expected a %s of 0 or more people, found %lld", camp ? "capacity" : "population",
                        (long long)people);
    double scaled = (double)(people / in->hasten);
    if (camp) place->capacity = scaled;
    else place->population = scaled;
    return 0;
}

static int read_degrees(struct flee_input *in, int row, int column, double most, double *degrees)
{
    *degrees = 0;
    if (csv_blank(&in->places, row, column)) return 0;
    if (csv_number(&in->places, row, column, degrees, in->error)) return -1;
    if (fabs(*degrees) <= most) return 0;
    return csv_fail(&in->places, row, in->error, "expected a %s between %g and %g degrees in field %d, found '%s'", fields[column], -most,
                    most, column + 1, csv_text(&in->places, row, column));
}

static const char *text_or_unknown(const struct csv *csv, int row, int column) { return csv_blank(csv, row,
                                                                                                  column)
                                                                                            ? "unknown"
                                                                                            : csv_text(csv, row, column); }

static int read_name(struct flee_input *in, int row)
{
    const struct csv *csv = &in->places;
    const char *name = csv_text(csv, row, NAME);
    if (!*name) return csv_fail(csv, row, in->error, "expected the name of a location in field 1, found nothing");
    uint32_t same = world_find_place(in->setup->world, name);
    if (same == WORLD_NOWHERE) return 0;
    return csv_fail(csv, row, in->error, "location '%.80s' is given twice, first on line %d", name, csv->row[same].line);
}

static void add_place(struct flee_input *in, int row, struct world_place place)
{
    const struct csv *csv = &in->places;
    place.name = memory_text(csv_text(csv, row, NAME));
    place.region = memory_text(text_or_unknown(csv, row, REGION));
    place.state = world_state(in->setup->world, text_or_unknown(csv, row, COUNTRY));
    world_add_place(in->setup->world, place);
    memory_free(place.name);
    memory_free(place.region);
}

static int read_place(struct flee_input *in, int row)
{
    struct world_place place = {0};
    if (read_name(in, row) || read_kind(in, row, &place.kind) || read_people(in, row, &place)) return -1;
    if (read_degrees(in, row, LATITUDE, 90, &place.latitude) || read_degrees(in, row, LONGITUDE, 180, &place.longitude)) return -1;
    add_place(in, row, place);
    return 0;
}

int flee_places_read(struct flee_input *in)
{
    if (flee_input_table(in, in->input, "locations.csv", CSV_HASHED, &in->places)) return -1;
    if (in->places.rows == 0) return fail_at(in->error, in->places.path, 0, "expected one location or more, found none");
    if (flee_input_widths(in, &in->places, fields, PEOPLE + 1)) return -1;
    for (int row = 0; row < in->places.rows; row++)
        if (read_place(in, row)) return -1;
    return 0;
}
