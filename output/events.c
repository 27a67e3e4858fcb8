/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer "events": what happened to the persons of the keyed sample, as columns of group /events, in the order of (day,
   shard, person, sequence) that the log gives. Blocks are cut by row count, so the file does not depend on days or threads. */
#include "hdf5_file.h"
#include "results.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "writers.h"
#include <stdio.h>
#include <string.h>

enum { BLOCK_ROWS = 65536 };

struct events {
    struct results results;
    hid_t group; /* 0: none now */
    struct hdf5_file_series person, day, kind, place, on_link, value;
};

/* A dimension without a variable: its scale grows with the columns so that its length is right without them. */
static int set_length(const struct events *events, hsize_t rows, struct error *error)
{
    if (error->status) return -1;
    hid_t scale = H5Dopen2(events->group, "event", H5P_DEFAULT);
    if (scale < 0 || H5Dset_extent(scale, &rows) < 0) hdf5_file_fail(error, events->group, "dimension 'event' cannot grow");
    if (scale >= 0) H5Dclose(scale);
    return error->status ? -1 : 0;
}

/* A CF list of meanings is parted by spaces. */
static char *meanings(const struct event_log *log)
{
    char *all = memory_text("");
    for (int i = 0; i < log->kinds; i++) {
        char *longer = memory_format("%s%s%s", all, i ? " " : "", log->kind[i].name);
        for (char *c = longer + strlen(all) + (i ? 1 : 0); *c; c++)
            if (*c == ' ') *c = '_';
        memory_free(all);
        all = longer;
    }
    return all;
}

static void describe_kinds(hid_t group, const struct event_log *log, struct error *error)
{
    uint8_t value[UINT8_MAX + 1];
    char *text = meanings(log);
    for (int i = 0; i < log->kinds; i++) value[i] = (uint8_t)i;
    hdf5_file_text(group, "kind", "long_name", "what happened", error);
    hdf5_file_values(group, "kind", "flag_values", H5T_NATIVE_UINT8, (hsize_t)log->kinds, value, error);
    hdf5_file_text(group, "kind", "flag_meanings", text, error);
    memory_free(text);
}

static void describe(hid_t group, const struct sim *sim, struct error *error)
{
    char date[16], since[64];
    calendar_text(sim->setup->start, date);
    snprintf(since, sizeof since, "days since %s 00:00:00", date);
    hdf5_file_text(group, "person", "long_name", "id of the person, the same in every policy arm", error);
    hdf5_file_text(group, "day", "units", since, error);
    hdf5_file_text(group, "day", "calendar", "proleptic_gregorian", error);
    hdf5_file_text(group, "place", "long_name", "index of the place, or of the link where on_link is 1; 4294967295: nowhere", error);
    hdf5_file_text(group, "on_link", "long_name", "1: place is a link", error);
    hdf5_file_text(group, "value", "long_name", "what the kind says: a number of its own, 0 where it has none", error);
    hdf5_file_number(group, ".", "sample", sim->setup->sample, error);
    describe_kinds(group, &sim->events, error);
}

static int begin(struct events *events, const struct sim *sim, struct error *error)
{
    if (events->group > 0) return 0;
    if (results_begin(&events->results, sim, error)) return -1;
    const struct hdf5_file_shape row = {1, {0}, {"event"}};
    hid_t group = events->group = hdf5_file_group(events->results.file, "events", error);
    hdf5_file_dimension(group, "event", 0, true, error);
    hdf5_file_series_create(&events->person, group, "person", H5T_NATIVE_UINT64, row, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&events->day, group, "day", H5T_NATIVE_UINT16, row, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&events->kind, group, "kind", H5T_NATIVE_UINT8, row, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&events->place, group, "place", H5T_NATIVE_UINT32, row, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&events->on_link, group, "on_link", H5T_NATIVE_UINT8, row, BLOCK_ROWS, NULL, error);
    hdf5_file_series_create(&events->value, group, "value", H5T_NATIVE_UINT16, row, BLOCK_ROWS, NULL, error);
    if (!error->status) describe(group, sim, error);
    return error->status ? -1 : 0;
}

static int each_series(struct events *events, int (*what)(struct hdf5_file_series *, struct error *), struct error *error)
{
    struct hdf5_file_series *series[] = {&events->person, &events->day, &events->kind, &events->place, &events->on_link, &events->value};
    for (size_t i = 0; i < sizeof series / sizeof *series; i++) what(series[i], error);
    return error->status ? -1 : 0;
}

static int flush(struct events *events, struct error *error)
{
    if (each_series(events, hdf5_file_series_flush, error)) return -1;
    return set_length(events, events->person.size[0], error) ? -1 : hdf5_file_flush(events->results.file, error);
}

static void put(struct events *events, const struct event *event)
{
    bool gone = event->place == PERSON_GONE, on_link = !gone && event->place & PERSON_ON_LINK;
    *(uint64_t *)hdf5_file_series_next(&events->person) = event->person;
    *(uint16_t *)hdf5_file_series_next(&events->day) = event->day;
    *(uint8_t *)hdf5_file_series_next(&events->kind) = event->kind;
    *(uint32_t *)hdf5_file_series_next(&events->place) = gone ? PERSON_GONE : event->place & ~PERSON_ON_LINK;
    *(uint8_t *)hdf5_file_series_next(&events->on_link) = on_link;
    *(uint16_t *)hdf5_file_series_next(&events->value) = event->value;
}

static int events_write(struct sim *sim, void *state, struct error *error)
{
    struct events *events = state;
    if (begin(events, sim, error)) return -1;
    for (uint32_t i = 0; i < sim->events.count; i++) {
        put(events, &sim->events.sorted[i]);
        if (events->person.rows == BLOCK_ROWS && flush(events, error)) return -1;
    }
    return 0;
}

/* Lets go of everything in the file; writes what is left unless an error stands. */
static void end(struct events *events, struct error *error)
{
    if (!error->status && events->group > 0) flush(events, error);
    each_series(events, hdf5_file_series_close, error);
    if (events->group > 0) H5Gclose(events->group);
    events->group = 0;
}

static int events_cut(struct sim *sim, void *state, struct error *error)
{
    struct events *events = state;
    if (begin(events, sim, error)) return -1;
    end(events, error);
    return results_cut(&events->results, sim, error);
}

static int events_close(struct sim *sim, void *state, bool whole, struct error *error)
{
    struct events *events = state;
    struct error broken_off = {.status = FAIL_OUTPUT};
    if (!events) return 0;
    whole = whole && !error->status;
    end(events, whole ? error : &broken_off);
    results_close(&events->results, sim, whole, error);
    memory_free(events);
    return error->status ? -1 : 0;
}

static void *events_open(struct sim *sim, const struct writer_plan *plan, struct error *error)
{
    struct events *events = memory_new(1, sizeof *events);
    if (results_open(&events->results, plan, error) == 0 && begin(events, sim, error) == 0) return events;
    events_close(sim, events, false, error);
    return NULL;
}

static bool events_wanted(const struct sim *sim, const struct writer_plan *plan) { return plan->path && sim->setup->sample > 0; }

const struct writer events_writer = {
    .name = "events",
    .doc = "what happened to the persons of the keyed sample, one row an event",
    .wanted = events_wanted,
    .open = events_open,
    .write = events_write,
    .cut = events_cut,
    .close = events_close,
};
