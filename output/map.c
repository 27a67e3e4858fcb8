/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map.h"
#include "hdf5_file.h"
#include "sim/memory.h"

static struct hdf5_file_shape line(const char *axis, hsize_t size) { return (struct hdf5_file_shape){1, {size}, {axis}}; }

static void write_numbers(hid_t file, const char *name, struct hdf5_file_shape shape, const double *value, const char *unit, const char *doc, struct error *error)
{
    hdf5_file_array(file, name, H5T_NATIVE_DOUBLE, shape, value, error);
    hdf5_file_text(file, name, "units", unit, error);
    hdf5_file_text(file, name, "long_name", doc, error);
}

/* CF's flags: each word with its bit or its number. */
static void write_flags(hid_t file, const char *name, const char *const *words, bool bits, struct error *error)
{
    int32_t value[32];
    hsize_t count = 0;
    char *meanings = memory_text("");
    for (; words[count] && count < 31; count++) {
        char *longer = memory_format("%s%s%s", meanings, count ? " " : "", words[count]);
        memory_free(meanings);
        meanings = longer;
        value[count] = bits ? (int32_t)(1u << count) : (int32_t)count;
    }
    hdf5_file_values(file, name, bits ? "flag_masks" : "flag_values", H5T_NATIVE_INT32, count, value, error);
    hdf5_file_text(file, name, "flag_meanings", meanings, error);
    memory_free(meanings);
}

static void write_kinds(hid_t file, const struct world *world, struct error *error)
{
    int32_t *kind = memory_new(world->places, sizeof *kind);
    for (uint32_t i = 0; i < world->places; i++) kind[i] = (int32_t)world->start_kind[i];
    hdf5_file_array(file, "place_kind", H5T_NATIVE_INT32, line("place", world->places), kind, error);
    hdf5_file_text(file, "place_kind", "long_name", "what the place is on the first day", error);
    write_flags(file, "place_kind", world_kind_words, true, error);
    memory_free(kind);
}

static void write_place_names(hid_t file, const struct world *world, struct error *error)
{
    const char **name = memory_new(world->places, sizeof *name), **region = memory_new(world->places, sizeof *region);
    int32_t *state = memory_new(world->places, sizeof *state);
    for (uint32_t i = 0; i < world->places; i++) {
        name[i] = world->place[i].name;
        region[i] = world->place[i].region;
        state[i] = (int32_t)world->place[i].state;
    }
    hdf5_file_strings(file, "place", "place", world->places, name, error);
    hdf5_file_strings(file, "place_region", "place", world->places, region, error);
    hdf5_file_array(file, "place_state", H5T_NATIVE_INT32, line("place", world->places), state, error);
    hdf5_file_text(file, "place_state", "long_name", "index of the state, from 0", error);
    memory_free(name), memory_free(region), memory_free(state);
}

static void write_place_numbers(hid_t file, const struct world *world, struct error *error)
{
    uint32_t places = world->places;
    double *value = memory_new((size_t)4 * places, sizeof *value);
    for (uint32_t i = 0; i < places; i++) {
        value[i] = world->place[i].latitude;
        value[places + i] = world->place[i].longitude;
        value[2 * places + i] = world->place[i].population;
        value[3 * places + i] = world->place[i].capacity;
    }
    write_numbers(file, "place_latitude", line("place", places), value, "degrees_north", "latitude", error);
    write_numbers(file, "place_longitude", line("place", places), value + places, "degrees_east", "longitude", error);
    write_numbers(file, "place_population", line("place", places), value + 2 * places, "people", "people living here at the start", error);
    write_numbers(file, "place_capacity", line("place", places), value + 3 * places, "people", "capacity; 0: unlimited", error);
    hdf5_file_text(file, "place_latitude", "standard_name", "latitude", error);
    hdf5_file_text(file, "place_longitude", "standard_name", "longitude", error);
    memory_free(value);
}

static void write_link_names(hid_t file, const struct world *world, struct error *error)
{
    char **name = memory_new(world->links, sizeof *name);
    for (uint32_t i = 0; i < world->links; i++) name[i] = memory_format("%s>%s", world->place[world->link[i].from].name, world->place[world->link[i].to].name);
    hdf5_file_strings(file, "link_name", "link", world->links, (const char *const *)name, error);
    hdf5_file_free_strings(name, world->links);
}

static void write_modes(hid_t file, const struct world *world, struct error *error)
{
    int32_t *mode = memory_new(world->links, sizeof *mode);
    for (uint32_t i = 0; i < world->links; i++) mode[i] = (int32_t)world->link[i].mode;
    hdf5_file_array(file, "link_mode", H5T_NATIVE_INT32, line("link", world->links), mode, error);
    hdf5_file_text(file, "link_mode", "long_name", "how the link is travelled", error);
    write_flags(file, "link_mode", world_mode_words, false, error);
    memory_free(mode);
}

static void write_links(hid_t file, const struct world *world, struct error *error)
{
    uint32_t links = world->links;
    int32_t *end = memory_new((size_t)2 * links, sizeof *end);
    double *km = memory_new(links, sizeof *km);
    for (uint32_t i = 0; i < links; i++) {
        end[i] = (int32_t)world->link[i].from;
        end[links + i] = (int32_t)world->link[i].to;
        km[i] = world->link[i].km;
    }
    hdf5_file_dimension(file, "link", links, false, error);
    write_link_names(file, world, error);
    hdf5_file_array(file, "link_from", H5T_NATIVE_INT32, line("link", links), end, error);
    hdf5_file_array(file, "link_to", H5T_NATIVE_INT32, line("link", links), end + links, error);
    hdf5_file_text(file, "link_from", "long_name", "index of the place where the link begins, from 0", error);
    hdf5_file_text(file, "link_to", "long_name", "index of the place where the link ends, from 0", error);
    write_numbers(file, "link_km", line("link", links), km, "km", "length", error);
    write_modes(file, world, error);
    memory_free(end), memory_free(km);
}

static void write_roles(hid_t file, const struct world *world, struct error *error)
{
    int32_t *role = memory_new(world->states, sizeof *role);
    for (uint32_t i = 0; i < world->states; i++) role[i] = (int32_t)world->role[i];
    hdf5_file_array(file, "state_roles", H5T_NATIVE_INT32, line("state", world->states), role, error);
    hdf5_file_text(file, "state_roles", "long_name", "what the state is to people on the move", error);
    write_flags(file, "state_roles", world_role_words, true, error);
    memory_free(role);
}

/* Their units are the scenario's own. */
static void write_state_columns(hid_t file, const struct world *world, struct error *error)
{
    for (uint32_t i = 0; i < world->columns; i++) {
        const struct world_column *column = &world->column[i];
        if (column->of != WORLD_OF_STATES) continue;
        char *name = memory_format("state_%s", column->name), *doc = memory_format("%s of the state", column->name);
        hdf5_file_array(file, name, H5T_NATIVE_DOUBLE, line("state", world->states), column->value, error);
        hdf5_file_text(file, name, "long_name", doc, error);
        memory_free(name), memory_free(doc);
    }
}

static void write_states(hid_t file, const struct world *world, struct error *error)
{
    hdf5_file_strings(file, "state", "state", world->states, (const char *const *)world->state, error);
    write_roles(file, world, error);
    write_state_columns(file, world, error);
}

int map_write(hid_t file, const struct world *world, struct error *error)
{
    if (world->states) write_states(file, world, error);
    write_place_names(file, world, error);
    write_place_numbers(file, world, error);
    write_kinds(file, world, error);
    if (world->links) write_links(file, world, error);
    return error->status ? -1 : 0;
}
