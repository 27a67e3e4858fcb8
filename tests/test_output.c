/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results files: what other programs read in them, that two of them can be told apart, and that nothing torn gets a name. */
#include "output/checkpoint.h"
#include "output/hdf5_file.h"
#include "output/inspect.h"
#include "output/number.h"
#include "output/writers.h"
#include "sim/memory.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/walk.h"
#include <hdf5.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

enum { WRITERS_MOST = 8 };

/* A run and its writers. */
struct show {
    struct sim *sim;
    struct writer_plan plan;
    void *state[WRITERS_MOST];
    int segments;
    struct error error;
};

static const char *const COMMAND[] = {"wayfare", "run", "a b", "--seed=5", NULL};

static int open_writers(struct show *show)
{
    for (int i = 0; writers[i] && !show->error.status; i++)
        if (writers[i]->wanted(show->sim, &show->plan)) show->state[i] = writers[i]->open(show->sim, &show->plan, &show->error);
    return show->error.status ? -1 : 0;
}

static void write_day(struct show *show)
{
    sim_step(show->sim);
    for (int i = 0; writers[i] && !show->error.status; i++)
        if (show->state[i]) writers[i]->write(show->sim, show->state[i], &show->error);
}

static void save(struct show *show, const char *checkpoint)
{
    for (int i = 0; writers[i] && !show->error.status; i++)
        if (show->state[i] && writers[i]->cut) writers[i]->cut(show->sim, show->state[i], &show->error);
    if (!show->error.status) checkpoint_save(show->sim, &show->plan, checkpoint, ++show->segments, &show->error);
}

static void close_writers(struct show *show, bool whole)
{
    for (int i = 0; writers[i]; i++)
        if (show->state[i]) writers[i]->close(show->sim, show->state[i], whole && !show->error.status, &show->error);
    memset(show->state, 0, sizeof show->state);
}

static struct show begin(struct walk_options options, const char *path, const char *csv)
{
    struct show show = {.sim = walk_open(options), .plan = {.path = path, .csv = csv, .every = 1, .command = COMMAND}};
    return show;
}

static void run_to(struct show *show, int32_t day)
{
    while (show->sim->day < day && !show->error.status) write_day(show);
}

static void end(struct show *show, const char *what)
{
    close_writers(show, true);
    TEST(show->error.status == FAIL_NONE, "%s: %s", what, show->error.text);
    walk_close(show->sim);
}

/* A whole run at once. */
static void run(struct walk_options options, const char *path, const char *what)
{
    struct show show = begin(options, path, NULL);
    open_writers(&show);
    run_to(&show, show.sim->setup->days);
    end(&show, what);
}

static bool exists(const char *path) { return access(path, F_OK) == 0; }

/* The text that a comparison writes is kept for the tests that look for a name in it. */
static int compare(const char *a, const char *b, char *text, size_t size)
{
    struct error error = {0};
    FILE *out = tmpfile();
    int status = inspect_diff(a, b, out, &error);
    rewind(out);
    size_t bytes = fread(text, 1, size - 1, out);
    text[bytes] = '\0';
    if (status < 0) snprintf(text, size, "%s", error.text);
    fclose(out);
    return status;
}

/* ---- other programs */

static void note(FILE *file, const char *name, int32_t day, uint64_t cell, double value)
{
    char text[NUMBER_ROOM];
    fprintf(file, "%s,%d,%" PRIu64 ",%s\n", name, day, cell, number_text(value, text));
}

static void note_events(FILE *file, const struct event_log *log, uint64_t *row)
{
    for (uint32_t i = 0; i < log->count; i++, ++*row) {
        const struct event *event = &log->sorted[i];
        fprintf(file, "person,0,%" PRIu64 ",%" PRIu64 "\n", *row, event->person);
        note(file, "day", 0, *row, event->day);
        note(file, "kind", 0, *row, event->kind);
        note(file, "place", 0, *row, event->place & ~PERSON_ON_LINK);
        note(file, "on_link", 0, *row, event->place >> 31);
        note(file, "value", 0, *row, event->value);
    }
}

/* What the run says of itself each evening, apart from any writer. */
static void note_day(FILE *file, const struct sim *sim, uint64_t *row)
{
    int32_t day = sim->day - 1;
    const struct driver *observed = driver_find(&sim->setup->drivers, "registered");
    for (int i = 0; i < sim->tallies.count; i++) {
        const struct tally *tally = &sim->tallies.tally[i];
        for (uint32_t cell = 0; cell < tally->cells; cell++) note(file, tally->name, day, cell, (double)tally_at(&sim->tallies, i, cell));
    }
    for (int i = 0; i < sim->indicators; i++) note(file, sim->indicator[i].name, day, 0, sim->indicator[i].value);
    for (uint32_t i = 0; i < observed->series_count; i++) note(file, "observed", day, observed->series[i].cell, observed->today[observed->series[i].cell]);
    note(file, "entered", day, 0, (double)sim->persons.entered);
    note_events(file, &sim->events, row);
}

static void check_elsewhere(const struct scratch *scratch, double scale, int every)
{
    struct show show = begin((struct walk_options){.scale = scale, .sample = 0.5, .stay = "3.5"}, scratch_path(scratch, "a.h5"), scratch_path(scratch, "out.csv"));
    FILE *expected = fopen(scratch_path(scratch, "expected.csv"), "w");
    uint64_t row = 0;
    show.plan.every = every;
    open_writers(&show);
    while (show.sim->day < WALK_DAYS) {
        write_day(&show);
        note_day(expected, show.sim, &row);
    }
    fclose(expected);
    end(&show, "run");
    const char *folder = scratch->folder;
    char *command = memory_format("/usr/bin/python3 tests/check_file.py %s/a.h5 %s/out.csv %s/expected.csv %d %g", folder, folder, folder, every, scale);
    int status = system(command);
    if (status == 77 << 8) test_skip("Python modules that read results files are missing");
    else TEST(status == 0, "every %d, scale %g: the reader found faults", every, scale);
    memory_free(command);
    unlink(scratch_path(scratch, "a.h5")), unlink(scratch_path(scratch, "out.csv"));
}

static void other_programs_read_it(void)
{
    struct scratch scratch = scratch_open();
    check_elsewhere(&scratch, 2, 1);
    check_elsewhere(&scratch, 2.5, 7);
    scratch_close(&scratch);
}

/* ---- by month */

enum { MONTHS = 3 };
static const int32_t month_first[MONTHS + 1] = {0, 3, 34, WALK_DAYS}; /* 27 February, 1 March, 1 April */

static double people_of(const struct sim *sim, const struct tally *tally, int64_t count) { return (double)count * (tally->things ? 1 : sim->setup->scale); }

/* Today's counts into those of the month, for every cell of every tally. */
static void recount(const struct sim *sim, double *month)
{
    for (int i = 0; i < sim->tallies.count; i++) {
        const struct tally *tally = &sim->tallies.tally[i];
        for (uint32_t cell = 0; cell < tally->cells; cell++) {
            double today = people_of(sim, tally, tally_at(&sim->tallies, i, cell)), *sum = month + tally->offset + cell;
            *sum = tally->kind == TALLY_STOCK ? today : *sum + today;
        }
    }
}

static void read_doubles(const char *path, const char *name, hsize_t count, double *value)
{
    struct error error = {0};
    hid_t file = hdf5_file_open(path, false, &error);
    hdf5_file_read(file, name, H5T_NATIVE_DOUBLE, count, value, &error);
    TEST(error.status == FAIL_NONE, "%s: %s", name, error.text);
    if (file >= 0) H5Fclose(file);
}

static void check_tally(const char *path, const struct tally_set *set, const struct tally *tally, const double *month)
{
    double *found = memory_new((size_t)MONTHS * tally->cells, sizeof *found), sum = 0;
    int wrong = 0;
    read_doubles(path, tally->name, (hsize_t)MONTHS * tally->cells, found);
    for (size_t row = 0; row < MONTHS; row++)
        for (size_t cell = 0; cell < tally->cells; cell++) {
            double expected = month[row * set->cells + tally->offset + cell];
            wrong += found[row * tally->cells + cell] != expected;
            sum += expected;
        }
    TEST(wrong == 0 && sum > 100, "%s: %d of %u cells, %g in all", tally->name, wrong, MONTHS * tally->cells, sum);
    memory_free(found);
}

static void check_bounds(const char *path)
{
    double last[MONTHS], bounds[MONTHS][2];
    read_doubles(path, "month", MONTHS, last);
    read_doubles(path, "month_bounds", (hsize_t)2 * MONTHS, bounds[0]);
    for (int i = 0; i < MONTHS; i++)
        TEST(last[i] == month_first[i + 1] - 1 && bounds[i][0] == month_first[i] && bounds[i][1] == month_first[i + 1], "month %d: %g, from %g to %g", i, last[i], bounds[i][0], bounds[i][1]);
}

static void months_are_sums_of(struct walk_options options, int every)
{
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "a.h5");
    struct show show = begin(options, path, NULL);
    const struct tally_set *set = &show.sim->tallies;
    double *month = memory_new(MONTHS * set->cells, sizeof *month);
    int by_month = 0;
    show.plan.every = every;
    open_writers(&show);
    for (int i = 0; i < MONTHS; i++)
        while (show.sim->day < month_first[i + 1] && !show.error.status) {
            write_day(&show);
            recount(show.sim, month + (size_t)i * set->cells);
        }
    close_writers(&show, true);
    TEST(show.error.status == FAIL_NONE, "%s", show.error.text);
    for (int i = 0; i < set->count; i++) {
        by_month += set->tally[i].by_month;
        if (set->tally[i].by_month) check_tally(path, set, &set->tally[i], month);
    }
    TEST(by_month == 3, "%d tallies by month", by_month);
    check_bounds(path);
    memory_free(month);
    walk_close(show.sim);
    scratch_close(&scratch);
}

static void months_are_sums_of_days(void)
{
    months_are_sums_of((struct walk_options){.scale = 1}, 1);
    months_are_sums_of((struct walk_options){.scale = 2.5, .threads = 4}, 7);
    months_are_sums_of((struct walk_options){.scale = 20, .threads = 3}, 100);
}

static double sum_of(const char *path, const char *name, hsize_t count)
{
    double *value = memory_new(count, sizeof *value), sum = 0;
    read_doubles(path, name, count, value);
    for (hsize_t i = 0; i < count; i++) sum += value[i];
    memory_free(value);
    return sum;
}

/* More than are gathered in memory. */
static void months_may_outnumber_rows(void)
{
    enum { DAYS = 2100, /* to 26 November 2021 */
           ROWS = 7,
           MANY = 70,
           LINKS = 6 };
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "a.h5");
    struct show show = begin((struct walk_options){.scale = 1, .days = DAYS}, path, NULL);
    show.plan.every = 300;
    open_writers(&show);
    run_to(&show, DAYS);
    end(&show, "years");
    TEST(sum_of(path, "rafts", ROWS * LINKS) > 10000, "too few rafts");
    TEST(sum_of(path, "rafts_by_month", MANY * LINKS) == sum_of(path, "rafts", ROWS * LINKS), "months and rows of 300 days add up to the same");
    scratch_close(&scratch);
}

/* The walk is the same whatever a person stands for. */
static void things_are_not_scaled(void)
{
    enum { LINKS = 6 };
    struct scratch scratch = scratch_open();
    char one[300], ten[300];
    snprintf(one, sizeof one, "%s", scratch_path(&scratch, "one.h5"));
    snprintf(ten, sizeof ten, "%s", scratch_path(&scratch, "ten.h5"));
    run((struct walk_options){.scale = 1}, one, "scale 1");
    run((struct walk_options){.scale = 10}, ten, "scale 10");
    double moved = sum_of(one, "movements", WALK_DAYS * LINKS), rafts = sum_of(one, "rafts", WALK_DAYS * LINKS);
    TEST(moved > 1000 && sum_of(ten, "movements", WALK_DAYS * LINKS) == 10 * moved, "%g moved", moved);
    TEST(rafts > 300 && sum_of(ten, "rafts", WALK_DAYS * LINKS) == rafts, "%g rafts by day", rafts);
    TEST(sum_of(one, "rafts_by_month", MONTHS * LINKS) == rafts && sum_of(ten, "rafts_by_month", MONTHS * LINKS) == rafts, "the same by month");
    scratch_close(&scratch);
}

/* ---- comparing */

static void runs_that_are_the_same(void)
{
    struct scratch scratch = scratch_open();
    char text[4096], a[300], b[300];
    snprintf(a, sizeof a, "%s", scratch_path(&scratch, "a.h5"));
    snprintf(b, sizeof b, "%s", scratch_path(&scratch, "b.h5"));
    run((struct walk_options){.sample = 1}, a, "one thread");
    run((struct walk_options){.sample = 1, .threads = 3}, b, "three threads");
    TEST(compare(a, a, text, sizeof text) == 0, "%s", text);
    TEST(compare(a, b, text, sizeof text) == 0 && !*text, "%s", text);
    unlink(b);
    run((struct walk_options){.sample = 1, .seed = 6}, b, "another seed");
    TEST(compare(a, b, text, sizeof text) == 1 && strstr(text, "present[") && strstr(text, "@seed: 5 and 6"), "%s", text);
    unlink(b);
    TEST(compare(a, b, text, sizeof text) == -1 && strstr(text, "b.h5"), "%s", text);
    scratch_close(&scratch);
}

static void change_value(hid_t file)
{
    hid_t dataset = H5Dopen2(file, "movements", H5P_DEFAULT), there = H5Dget_space(dataset), here = H5Screate(H5S_SCALAR);
    hsize_t point[] = {31, 2};
    int64_t value = -12345;
    H5Sselect_elements(there, H5S_SELECT_SET, 1, point);
    H5Dwrite(dataset, H5T_NATIVE_INT64, here, there, H5P_DEFAULT, &value);
    H5Sclose(here), H5Sclose(there), H5Dclose(dataset);
}

static void change_last_event(hid_t file)
{
    hid_t dataset = H5Dopen2(file, "events/kind", H5P_DEFAULT), there = H5Dget_space(dataset), here = H5Screate(H5S_SCALAR);
    hsize_t size;
    uint8_t value = 99;
    H5Sget_simple_extent_dims(there, &size, NULL);
    size--;
    H5Sselect_elements(there, H5S_SELECT_SET, 1, &size);
    H5Dwrite(dataset, H5T_NATIVE_UINT8, here, there, H5P_DEFAULT, &value);
    H5Sclose(here), H5Sclose(there), H5Dclose(dataset);
}

static void change_name(hid_t file)
{
    hid_t dataset = H5Dopen2(file, "place", H5P_DEFAULT), type = H5Dget_type(dataset);
    const char *name[] = {"Town", "Zuerat", "Camp", "Far camp"};
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, name);
    H5Tclose(type), H5Dclose(dataset);
}

static void change_attribute(hid_t file)
{
    double value = 3;
    hid_t dataset = H5Dopen2(file, "relative_difference", H5P_DEFAULT), attribute = H5Aopen(dataset, "mean_over_days", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(attribute), H5Dclose(dataset);
}

static void drop_attribute(hid_t file) { H5Adelete_by_name(file, "present", "units", H5P_DEFAULT); }

static void drop_dataset(hid_t file) { H5Ldelete(file, "observed", H5P_DEFAULT); }

static void drop_rows(hid_t file)
{
    hid_t dataset = H5Dopen2(file, "deaths", H5P_DEFAULT);
    H5Dset_extent(dataset, (hsize_t[]){59, 4});
    H5Dclose(dataset);
}

static void change_title(hid_t file)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, 6), H5Tset_cset(type, H5T_CSET_UTF8);
    H5Adelete(file, "title");
    hid_t attribute = H5Acreate2(file, "title", type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, "other");
    H5Aclose(attribute), H5Sclose(space), H5Tclose(type);
}

static void add_group(hid_t file) { H5Gclose(H5Gcreate2(file, "more", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)); }

static void change_machine(hid_t file)
{
    H5Adelete_by_name(file, "provenance", "command", H5P_DEFAULT);
    H5Ldelete(file, "provenance/machine/wall", H5P_DEFAULT);
}

static void a_change_is_found(void)
{
    static const struct {
        void (*change)(hid_t file);
        const char *found; /* NULL: it is none of a comparison's business */
    } CASE[] = {
        {change_value, "movements[31, 2]: "},
        {change_last_event, "events/kind["},
        {change_name, "place[1]: 'Zu\u00e9rat' and 'Zuerat'"},
        {change_attribute, "relative_difference@mean_over_days: "},
        {drop_attribute, "present@units: only in the first"},
        {drop_dataset, "observed: only in the first"},
        {drop_rows, "deaths: 60 and 59 along dimension 0"},
        {change_title, "@title: 'A walk, to be written down' and 'other'"},
        {add_group, "more: only in the second"},
        {change_machine, NULL},
    };
    struct scratch scratch = scratch_open();
    char text[4096], a[300], b[300];
    snprintf(a, sizeof a, "%s", scratch_path(&scratch, "a.h5"));
    snprintf(b, sizeof b, "%s", scratch_path(&scratch, "b.h5"));
    run((struct walk_options){.sample = 1}, a, "first");
    for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        unlink(b);
        run((struct walk_options){.sample = 1}, b, "second");
        hid_t file = H5Fopen(b, H5F_ACC_RDWR, H5P_DEFAULT);
        CASE[i].change(file);
        H5Fclose(file);
        int status = compare(a, b, text, sizeof text);
        if (CASE[i].found) TEST(status == 1 && strstr(text, CASE[i].found), "'%s' is not in: %d %s", CASE[i].found, status, text);
        else TEST(status == 0, "%s", text);
    }
    scratch_close(&scratch);
}

static void a_summary_says_what_matters(void)
{
    static const char *const WORDS[] = {
        "A walk, to be written down",
        "2016-02-27 to 2016-04-26, 60 of 60, 60 rows",
        "months       3 rows\n",
        "seed         5",
        "Camp",
        "observed 333",
        "rescaled",
        "walk.stay = 6 days   (given walk.cfg:12)",
    };
    struct scratch scratch = scratch_open();
    struct error error = {0};
    const char *path = scratch_path(&scratch, "a.h5");
    char text[8192];
    run((struct walk_options){.stay = "6"}, path, "run");
    FILE *out = tmpfile();
    TEST(inspect_info(path, out, &error) == 0, "%s", error.text);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) TEST(strstr(text, WORDS[i]), "'%s' is not in:\n%s", WORDS[i], text);
    scratch_write(&scratch, "b.h5", "no HDF5");
    TEST(inspect_info(scratch_path(&scratch, "b.h5"), out, &error) == -1 && error.status == FAIL_INPUT, "%d %s", error.status, error.text);
    fclose(out);
    scratch_close(&scratch);
}

/* ---- names */

static void only_whole_files_get_names(void)
{
    struct scratch scratch = scratch_open();
    char *path = memory_text(scratch_path(&scratch, "a.h5")), *part = memory_format("%s.part", path);
    char *csv = memory_text(scratch_path(&scratch, "a.csv")), *csv_part = memory_format("%s.part", csv);
    struct show show = begin((struct walk_options){.sample = 1}, path, csv);
    TEST(open_writers(&show) == 0, "%s", show.error.text);
    run_to(&show, 30);
    TEST(exists(part) && exists(csv_part) && !exists(path) && !exists(csv), "during the run only the parts are there");
    close_writers(&show, false);
    TEST(!exists(part) && !exists(csv_part) && !exists(path) && !exists(csv), "a run broken off leaves nothing");
    walk_close(show.sim);
    show = begin((struct walk_options){.sample = 1}, path, csv);
    scratch_write(&scratch, "a.h5.part", "left by a run that was killed");
    open_writers(&show);
    run_to(&show, WALK_DAYS);
    end(&show, "over what a killed run left");
    TEST(!exists(part) && !exists(csv_part) && exists(path) && exists(csv), "a whole run has its names");
    memory_free(path), memory_free(part), memory_free(csv), memory_free(csv_part);
    scratch_close(&scratch);
}

static void refuse(const char *path, const char *csv, const char *named)
{
    struct show show = begin((struct walk_options){.sample = 1}, path, csv);
    TEST(open_writers(&show) == -1 && show.error.status == FAIL_OUTPUT && strstr(show.error.text, named), "%d %s", show.error.status, show.error.text);
    close_writers(&show, false);
    walk_close(show.sim);
}

static void existing_files_are_kept(void)
{
    struct scratch scratch = scratch_open();
    char path[300], csv[300];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "a.h5"));
    snprintf(csv, sizeof csv, "%s", scratch_path(&scratch, "a.csv"));
    scratch_write(&scratch, "a.h5", "precious");
    refuse(path, csv, path);
    unlink(path);
    scratch_write(&scratch, "a.csv", "precious");
    refuse(path, csv, csv);
    TEST(!exists(path) && !exists(scratch_path(&scratch, "a.h5.part")), "a refusal leaves nothing behind");
    refuse(scratch_path(&scratch, "no/such/folder.h5"), NULL, "No such file or directory");
    struct show show = begin((struct walk_options){.sample = 1}, path, csv);
    show.plan.force = true;
    open_writers(&show);
    run_to(&show, 40);
    size_t bytes;
    char *old = scratch_read(csv, &bytes);
    TEST(old && !strcmp(old, "precious"), "forced, the old file stands until the new one is whole");
    free(old);
    run_to(&show, WALK_DAYS);
    end(&show, "forced");
    scratch_close(&scratch);
}

/* ---- disks that fill */

static bool small_disk(const char *folder, unsigned kilobytes)
{
    char size[32];
    snprintf(size, sizeof size, "size=%uk", kilobytes);
    return mount("tmpfs", folder, "tmpfs", 0, size) == 0;
}

static void fill_up(const char *folder, struct walk_options options, int32_t cut)
{
    char path[300], part[320], checkpoint[340];
    snprintf(path, sizeof path, "%s/a.h5", folder);
    snprintf(part, sizeof part, "%s.part", path);
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", path);
    struct show show = begin(options, path, NULL);
    open_writers(&show);
    for (int32_t day = 0; day < WALK_DAYS && !show.error.status; day++) {
        write_day(&show);
        if (cut && show.sim->day % cut == 0) save(&show, checkpoint);
    }
    close_writers(&show, true);
    TEST(show.error.status == FAIL_OUTPUT && strstr(show.error.text, "No space left") && strstr(show.error.text, "a.h5"), "%d %s", show.error.status, show.error.text);
    TEST(!exists(path) && !exists(part), "nothing is left");
    strcat(checkpoint, ".part");
    TEST(!exists(checkpoint), "no torn checkpoint is left");
    walk_close(show.sim);
}

/* What the disk does not take is read back all the same, so that the library can close its file. */
static void check_driver(const char *folder)
{
    enum { ITEMS = 1 << 16 };
    struct error error = {0};
    char path[300];
    double *item = memory_new(ITEMS, sizeof *item), *back = memory_new(ITEMS, sizeof *back);
    for (int i = 0; i < ITEMS; i++) item[i] = i + 0.25;
    snprintf(path, sizeof path, "%s/driver.h5", folder);
    hid_t file = hdf5_file_create(path, &error);
    hdf5_file_array(file, "items", H5T_NATIVE_DOUBLE, (struct hdf5_file_shape){1, {ITEMS}, {NULL}}, item, &error);
    TEST(hdf5_file_read(file, "items", H5T_NATIVE_DOUBLE, ITEMS, back, &error) == 0, "%s", error.text);
    TEST(!memcmp(item, back, ITEMS * sizeof *item), "it comes back as it was");
    TEST(hdf5_file_check(file, &error) == -1 && strstr(error.text, "driver.h5: cannot be written: No space left"), "%s", error.text);
    TEST(hdf5_file_close(file, &error) == -1 && hdf5_file_join(path) < 0, "it is closed");
    unlink(path);
    memory_free(item), memory_free(back);
}

static void full_disks_are_said(void)
{
    struct scratch scratch = scratch_open();
    unsigned tried = 0;
    for (unsigned kilobytes = 4; kilobytes <= 84; kilobytes += 16, tried++) {
        if (!small_disk(scratch.folder, kilobytes)) break;
        check_driver(scratch.folder);
        fill_up(scratch.folder, (struct walk_options){.sample = 1}, 0);
        fill_up(scratch.folder, (struct walk_options){.sample = 0}, 20);
        umount(scratch.folder);
    }
    if (tried == 0) test_skip("a small disk cannot be mounted here");
    run((struct walk_options){.sample = 1}, scratch_path(&scratch, "a.h5"), "afterwards all is well");
    TEST(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) <= 0, "all that was opened is closed");
    scratch_close(&scratch);
}

/* ---- checkpoints */

struct paths {
    char h5[300], csv[300], checkpoint[300], kept[300];
};

static struct paths paths_of(const struct scratch *scratch, const char *name)
{
    struct paths p;
    snprintf(p.h5, sizeof p.h5, "%s/%s.h5", scratch->folder, name);
    snprintf(p.csv, sizeof p.csv, "%s/%s.csv", scratch->folder, name);
    snprintf(p.checkpoint, sizeof p.checkpoint, "%s/%s.checkpoint", scratch->folder, name);
    snprintf(p.kept, sizeof p.kept, "%s/%s.kept", scratch->folder, name);
    return p;
}

/* Runs from where it stands to day to, saving every interval days; 0: never. */
static void go_on(struct show *show, int32_t to, int32_t interval, const char *checkpoint)
{
    while (show->sim->day < to && show->sim->day < WALK_DAYS && !show->error.status) {
        write_day(show);
        if (interval && show->sim->day % interval == 0) save(show, checkpoint);
    }
}

static void straight(const struct paths *p, struct walk_options options, int every, int32_t interval, char hex[65])
{
    struct show show = begin(options, p->h5, p->csv);
    show.plan.every = every;
    open_writers(&show);
    go_on(&show, WALK_DAYS, interval, p->checkpoint);
    sim_digest(show.sim, hex);
    end(&show, "straight");
}

/* Stops after the checkpoint of day stop as a killed run does: its files stay as they are. */
static void killed(const struct paths *p, struct walk_options options, int every, int32_t interval, int32_t stop)
{
    struct show show = begin(options, p->h5, p->csv);
    show.plan.every = every;
    open_writers(&show);
    go_on(&show, stop, interval, p->checkpoint);
    TEST(rename(p->checkpoint, p->kept) == 0, "no checkpoint");
    go_on(&show, stop + 2 * interval + 3, interval, p->checkpoint); /* goes past the checkpoint that will be resumed */
    close_writers(&show, false);
    TEST(show.error.status == FAIL_NONE, "%s", show.error.text);
    walk_close(show.sim);
}

static void resumed(const struct paths *p, struct walk_options options, int every, int32_t interval, char hex[65])
{
    struct show show = begin(options, p->h5, p->csv);
    show.plan.every = every;
    show.plan.first_segment = show.segments = checkpoint_segment(p->kept, &show.error);
    TEST(checkpoint_load(show.sim, p->kept, &show.error) == 0, "%s", show.error.text);
    struct error found = {0};
    TEST(sim_audit(show.sim, &found) == 0, "after loading: %s", found.text);
    open_writers(&show);
    go_on(&show, WALK_DAYS, interval, p->checkpoint);
    sim_digest(show.sim, hex);
    end(&show, "resumed");
}

static bool same_bytes(const char *a, const char *b)
{
    size_t bytes_a = 0, bytes_b = 0;
    char *text_a = scratch_read(a, &bytes_a), *text_b = scratch_read(b, &bytes_b);
    bool same = text_a && text_b && bytes_a == bytes_b && !memcmp(text_a, text_b, bytes_a);
    free(text_a), free(text_b);
    return same;
}

static void check_alike(const struct paths *a, const struct paths *b, const char *hex_a, const char *hex_b, const char *what)
{
    char text[4096], segment[320];
    TEST(!strcmp(hex_a, hex_b), "%s: digests %s and %s", what, hex_a, hex_b);
    TEST(compare(a->h5, b->h5, text, sizeof text) == 0, "%s: %s", what, text);
    TEST(same_bytes(a->csv, b->csv), "%s: the tables differ", what);
    for (int i = 1; i < 5; i++) {
        snprintf(segment, sizeof segment, "%s.seg-%04d", b->h5, i);
        TEST(!exists(segment), "%s: segment %d is left", what, i);
    }
}

/* Every 7 days a row: the cut at day 20 falls between rows. The last checkpoint may fall on the last day. */
static void a_split_run_is_the_same(int every, int32_t interval, int32_t stop)
{
    struct scratch scratch = scratch_open();
    struct paths one = paths_of(&scratch, "one"), split = paths_of(&scratch, "split"), two = paths_of(&scratch, "two");
    struct walk_options options = {.sample = 0.5}, threads = {.sample = 0.5, .threads = 3};
    char hex[3][65], what[64];
    snprintf(what, sizeof what, "every %d, interval %d, stop %d", every, interval, stop);
    straight(&one, options, every, 0, hex[0]);
    straight(&split, threads, every, interval, hex[1]);
    check_alike(&one, &split, hex[0], hex[1], what);
    killed(&two, options, every, interval, stop);
    resumed(&two, threads, every, every == 7 ? 0 : interval, hex[2]);
    check_alike(&one, &two, hex[0], hex[2], what);
    scratch_close(&scratch);
}

static void resuming_changes_nothing(void)
{
    a_split_run_is_the_same(1, 20, 20);
    a_split_run_is_the_same(7, 20, 40);
    a_split_run_is_the_same(7, 15, 15);
    a_split_run_is_the_same(1, 17, 34);
    a_split_run_is_the_same(100, 13, 26);
    a_split_run_is_the_same(7, 34, 34); /* after the last day of a month */
    a_split_run_is_the_same(1, 3, 33);  /* also segments without the end of a month */
    a_split_run_is_the_same(100, 59, 59);
}

static void expect_refusal(struct walk_options options, const char *checkpoint, const char *said)
{
    struct sim *sim = walk_open(options);
    struct error error = {0};
    TEST(checkpoint_load(sim, checkpoint, &error) == -1 && error.status == FAIL_INPUT && strstr(error.text, said), "'%s' is not in: %d %s", said, error.status, error.text);
    walk_close(sim);
}

static void a_checkpoint_fits_its_run_only(void)
{
    struct scratch scratch = scratch_open();
    struct paths p = paths_of(&scratch, "one");
    killed(&p, (struct walk_options){.sample = 0.5}, 1, 20, 20);
    expect_refusal((struct walk_options){.sample = 0.5, .seed = 6}, p.kept, "run.seed is 5 in the checkpoint and 6 now");
    expect_refusal((struct walk_options){.sample = 0.5, .stay = "9"}, p.kept, "walk.stay is 4 in the checkpoint and 9 now");
    expect_refusal((struct walk_options){.sample = 0.5, .input_sha256 = "other bytes"}, p.kept, "the input walk.cfg has changed");
    expect_refusal((struct walk_options){.sample = 0.5}, scratch_path(&scratch, "none"), "No such file");
    scratch_write(&scratch, "text", "no HDF5 at all");
    expect_refusal((struct walk_options){.sample = 0.5}, scratch_path(&scratch, "text"), "cannot be opened as HDF5");
    run((struct walk_options){.sample = 0.5}, scratch_path(&scratch, "results.h5"), "results");
    expect_refusal((struct walk_options){.sample = 0.5}, scratch_path(&scratch, "results.h5"), "no checkpoint");
    struct show show = begin((struct walk_options){.sample = 0.5}, p.h5, NULL);
    show.plan.first_segment = 5;
    TEST(open_writers(&show) == -1 && strstr(show.error.text, "seg-0004"), "a missing segment is named: %s", show.error.text);
    close_writers(&show, false);
    walk_close(show.sim);
    scratch_close(&scratch);
}

static void the_command_line_comes_back(void)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    struct sim *sim = walk_open((struct walk_options){.days = 5});
    struct writer_plan plan = {.command = COMMAND};
    char **argv = NULL;
    int argc = 0;
    TEST(checkpoint_save(sim, &plan, scratch_path(&scratch, "c"), 3, &error) == 0, "before the first day: %s", error.text);
    TEST(checkpoint_command(scratch_path(&scratch, "c"), &argc, &argv, &error) == 0 && argc == 4, "%d %s", argc, error.text);
    for (int i = 0; i < argc; i++) TEST(!strcmp(argv[i], COMMAND[i]), "%s", argv[i]);
    TEST(argv && !argv[argc], "the list ends with NULL");
    TEST(checkpoint_segment(scratch_path(&scratch, "c"), &error) == 3, "%s", error.text);
    checkpoint_free_command(argv);
    walk_close(sim);
    scratch_close(&scratch);
}

/* ---- numbers */

static void numbers_look_as_in_python(void)
{
    static const struct {
        double value;
        const char *text, *brief;
    } CASE[] = {
        {0, "0.0", "0"},
        {3, "3.0", "3"},
        {-2.5, "-2.5", "-2.5"},
        {0.1, "0.1", "0.1"},
        {1.0 / 3, "0.3333333333333333", "0.3333333333333333"},
        {0.0001, "0.0001", "0.0001"},
        {0.00001, "1e-05", "1e-05"},
        {1e15, "1000000000000000.0", "1000000000000000"},
        {1e16, "1e+16", "1e+16"},
        {200, "200.0", "200"},
        {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
        {5e-324, "5e-324", "5e-324"},
        {NAN, "nan", "nan"},
        {-INFINITY, "-inf", "-inf"},
    };
    char text[NUMBER_ROOM];
    for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        TEST(!strcmp(number_text(CASE[i].value, text), CASE[i].text), "%s where %s was expected", text, CASE[i].text);
        TEST(!strcmp(number_brief(CASE[i].value, text), CASE[i].brief), "%s where %s was expected", text, CASE[i].brief);
    }
}

static const struct test_case cases[] = {
    {"numbers look as in Python", numbers_look_as_in_python},
    {"other programs read it", other_programs_read_it},
    {"months are sums of days", months_are_sums_of_days},
    {"months may outnumber rows", months_may_outnumber_rows},
    {"things are not scaled", things_are_not_scaled},
    {"runs that are the same", runs_that_are_the_same},
    {"a change is found", a_change_is_found},
    {"a summary says what matters", a_summary_says_what_matters},
    {"only whole files get names", only_whole_files_get_names},
    {"existing files are kept", existing_files_are_kept},
    {"full disks are said", full_disks_are_said},
    {"resuming changes nothing", resuming_changes_nothing},
    {"a checkpoint fits its run only", a_checkpoint_fits_its_run_only},
    {"the command line comes back", the_command_line_comes_back},
};
TEST_MAIN(cases)
