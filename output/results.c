/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results.h"
#include "hdf5_file.h"
#include "part.h"
#include "provenance.h"
#include "segments.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/version.h"
#include <unistd.h>

static int write_header(hid_t file, const struct sim *sim, const struct writer_plan *plan, struct error *error)
{
    const struct setup *setup = sim->setup;
    char start[16], *legal = provenance_legal(sim);
    calendar_text(setup->start, start);
    hdf5_file_text(file, ".", "Conventions", "CF-1.8", error);
    hdf5_file_text(file, ".", "title", setup->title ? setup->title : setup->name, error);
    hdf5_file_text(file, ".", "source", "wayfare " WAYFARE_VERSION, error);
    hdf5_file_text(file, ".", "legal", legal, error);
    memory_free(legal);
    hdf5_file_values(file, ".", "seed", H5T_NATIVE_UINT64, 0, &setup->seed, error);
    hdf5_file_number(file, ".", "scale", setup->scale, error);
    hdf5_file_values(file, ".", "days", H5T_NATIVE_INT32, 0, &setup->days, error);
    hdf5_file_text(file, ".", "start", start, error);
    return provenance_begin(file, sim, plan->command, error);
}

/* What a killed run left behind is emptied; another writer's file of this run is joined. */
int results_begin(struct results *results, const struct sim *sim, struct error *error)
{
    if (error->status) return -1;
    if (results->file > 0) return 0;
    hid_t file = hdf5_file_join(results->part);
    bool joined = file >= 0;
    if (!joined) file = hdf5_file_create(results->part, error);
    if (file < 0) return -1;
    results->file = file;
    return joined ? 0 : write_header(file, sim, &results->plan, error);
}

int results_open(struct results *results, const struct writer_plan *plan, struct error *error)
{
    *results = (struct results){.plan = *plan, .path = memory_text(plan->path), .part = part_name(plan->path), .segments = plan->first_segment};
    return part_refuse(plan->path, plan->force, error) ? -1 : part_check_segments(plan->path, plan->first_segment, error);
}

/* Closes this writer's hold; true if it was the last one, so that the file is on the disk. */
static bool let_go(struct results *results, const struct sim *sim, bool digest, struct error *error)
{
    bool last = H5Fget_obj_count(results->file, H5F_OBJ_FILE) <= 1;
    if (last) provenance_finish(results->file, sim, digest, error);
    if (hdf5_file_close(results->file, error)) unlink(results->part);
    results->file = 0;
    return last && !error->status;
}

static int name_segment(struct results *results, struct error *error)
{
    char *segment = part_segment(results->path, ++results->segments);
    int status = part_publish(results->part, segment, true, error);
    memory_free(segment);
    return status;
}

int results_cut(struct results *results, const struct sim *sim, struct error *error)
{
    if (error->status || results->file == 0) return error->status ? -1 : 0;
    bool may_be_the_end = sim->day >= sim->setup->days;
    if (let_go(results, sim, may_be_the_end, error)) return name_segment(results, error);
    results->segments++;
    return error->status ? -1 : 0;
}

/* The last segment of a run that ends on a cut: whoever closes first joins them, the next finds them gone. */
static int merge_what_is_there(const struct results *results, struct error *error)
{
    char *segment = part_segment(results->path, results->segments);
    int status = results->segments > 0 && part_exists(segment) ? segments_merge(results->path, results->segments, error) : 0;
    memory_free(segment);
    return status;
}

static int finish(struct results *results, const struct sim *sim, struct error *error)
{
    if (error->status) return -1;
    if (results->file == 0) return merge_what_is_there(results, error);
    if (!let_go(results, sim, true, error)) return error->status ? -1 : 0;
    if (results->segments == 0) return part_publish(results->part, results->path, false, error);
    return name_segment(results, error) ? -1 : segments_merge(results->path, results->segments, error);
}

int results_close(struct results *results, const struct sim *sim, bool whole, struct error *error)
{
    struct error broken_off = {.status = FAIL_OUTPUT};
    if (whole) finish(results, sim, error);
    if (results->file > 0) let_go(results, sim, false, &broken_off);
    memory_free(results->path);
    memory_free(results->part);
    *results = (struct results){0};
    return whole && error->status ? -1 : 0;
}
