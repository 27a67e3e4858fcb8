/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The census: everybody alive is counted once at every month's end, as a plain recount has it, whatever the threads and
   stops; other programs read it; what cannot be counted is refused. */
#include "output/checkpoint.h"
#include "output/hdf5_file.h"
#include "output/inspect.h"
#include "output/writers.h"
#include "scenarios/scenario.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/portrait.h"
#include "sim/rng.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/toy.h"
#include <stdlib.h>
#include <unistd.h>

enum { CLASSES = 3,
       STATUSES = 2,
       PLACES = 6,
       DAYS = 100, /* from 20 January 2016 */
       FACETS = 6,
       MONTHS = 4,
       MOST_CELLS = 20000,
       WRITERS = 8 };
enum { MOVE,
       ARRIVE }; /* waits */

static const char *const facet_names[FACETS] = {"state", "sex", "age_group", "origin", "status", "class"};
static const int32_t month_end[MONTHS] = {11, 40, 71, 99}; /* 31 January, 29 February, 31 March; the last day is 28 April */
static const int32_t month_number[MONTHS] = {201601, 201602, 201603, 201604};

/* Who came and went, kept by the test itself while people act. */
struct ledger {
    int64_t entered[CLASSES], died[CLASSES], became[STATUSES], left[STATUSES];
};

/* ---- a toy with a bit of everything that can be counted */

static struct ledger *ledger_of(const struct sim *sim) { return (struct ledger *)(uintptr_t)toy_of(sim)->context; }

static void add(int64_t *count) { __atomic_fetch_add(count, 1, __ATOMIC_RELAXED); }

static uint32_t class_of(const struct sim *sim, uint32_t slot) { return portrait_value(sim, portrait_find(sim, "class"), slot); }

static double rate(const struct toy *toy, int wait, uint32_t cell, int32_t day)
{
    (void)toy;
    return wait == MOVE ? 0.05 + 0.02 * (cell % 3) + 0.001 * (day % 10) : 0;
}

static void enter(struct sim *sim)
{
    struct ledger *ledger = ledger_of(sim);
    for (uint32_t place = 0; place < 4 && sim->day < 80; place++)
        sim_enter(sim, place, 6 + (place + (uint32_t)sim->day) % 5, (struct person_id_parts){.driver = 3, .place = place, .day = (uint32_t)sim->day}, false);
    for (uint32_t slot = sim->newcomers; slot < sim->persons.count; slot++) {
        wait_begin_clock(sim, &sim->persons.row[slot], toy_of(sim)->lab.number[MOVE]);
        add(&ledger->entered[class_of(sim, slot)]);
        add(&ledger->became[0]);
    }
}

static struct rng_block chance(const struct sim *sim, const struct person *p, uint32_t what)
{
    return rng_draw(sim->setup->seed, p->id, toy_lab.purpose * 256u + what, p->spell[toy_of(sim)->lab.number[MOVE]], 0);
}

static void change_status(struct sim *sim, struct person *p)
{
    add(&ledger_of(sim)->left[p->status]);
    p->status ^= 1;
    add(&ledger_of(sim)->became[p->status]);
}

static void leave(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    const struct toy_lab *lab = &toy_of(sim)->lab;
    struct person *p = &sim->persons.row[slot];
    uint32_t first = sim->world->first[p->place], n = sim->world->first[p->place + 1] - first;
    struct rng_block word = chance(sim, p, 1);
    if (word.word[1] % 3 == 0) change_status(sim, p);
    wait_end(p, lab->number[MOVE]);
    sim_go(sim, span->thread, span->phase, slot, (first + word.word[0] % n) | PERSON_ON_LINK);
    wait_begin_day(p, lab->number[ARRIVE], sim->day + 1 + (int32_t)(word.word[2] % 9));
}

static void reach(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    const struct toy_lab *lab = &toy_of(sim)->lab;
    struct person *p = &sim->persons.row[slot];
    wait_end(p, lab->number[ARRIVE]);
    if (chance(sim, p, 2).word[0] % 10 == 0) {
        add(&ledger_of(sim)->died[class_of(sim, slot)]);
        add(&ledger_of(sim)->left[p->status]);
        sim_die(sim, span->thread, span->phase, slot, 1);
        return;
    }
    sim_go(sim, span->thread, span->phase, slot, sim->world->link[p->place & ~PERSON_ON_LINK].to);
    event_add_value(&sim->events, span->thread, p, sim->standard.turned_back, sim->day, span->phase, (uint16_t)(60000 + p->place));
    wait_begin_clock(sim, p, lab->number[MOVE]);
}

static void act(struct sim *sim, const struct model_span *span, uint32_t slot)
{
    if (span->wait == toy_of(sim)->lab.number[MOVE]) leave(sim, span, slot);
    else reach(sim, span, slot);
}

/* The last has too many values to be a facet, the age has a facet in groups. */
static void add_traits(struct setup *setup)
{
    static const char *const age[] = {"1", "7", "15", "30", "70"}, *const sex[] = {"female", "male"}, *const class[] = {"west", "horn", "Zu\u00e9rat & c."};
    const char *number[17];
    double even[17];
    char text[17][4];
    for (int i = 0; i < 17; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        number[i] = text[i];
        even[i] = 1;
    }
    trait_add(&setup->traits, "age", 5, age, (const double[]){1, 1, 2, 6, 1});
    trait_add_row(trait_add(&setup->traits, "sex", 2, sex, (const double[]){1, 3}), 2, (const double[]){1, 0});
    trait_add_row(trait_add(&setup->traits, "class", CLASSES, class, (const double[]){5, 4, 1}), 1, (const double[]){0, 0, 1});
    trait_add(&setup->traits, "town", 17, number, even);
}

static void fill_map(struct toy *toy)
{
    static const char *const state[PLACES] = {"North", "North", "South", "South", "Sea", "Far"};
    for (int i = 0; i < PLACES; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%d", i);
        toy_place(toy, name, state[i], WORLD_TOWN);
    }
    for (uint32_t i = 0; i < PLACES; i++) toy_links(toy, i, (i + 1) % PLACES, 100);
}

struct census_options {
    double scale, sample; /* 0: 1; 0 */
    int threads;          /* 0: 1 */
    const char *facet[3]; /* none: all */
    int extra;            /* traits of 16 values more */
    const char *odd;      /* a further trait of 2 values called so */
    toy_daily *enter;     /* NULL: people come day by day */
};

static void add_extra(struct setup *setup, const struct census_options *options)
{
    const char *label[16];
    double even[16];
    for (int i = 0; i < 16; i++) label[i] = facet_names[i % FACETS], even[i] = 1;
    for (int i = 0; i < options->extra; i++) {
        char name[16];
        snprintf(name, sizeof name, "extra%d", i);
        trait_add(&setup->traits, name, 16, label, even);
    }
    if (options->odd) trait_add(&setup->traits, options->odd, 2, label, even);
}

static struct sim *open_toy(struct toy *toy, struct ledger *ledger, struct census_options options)
{
    toy_init(toy);
    fill_map(toy);
    add_traits(&toy->setup);
    add_extra(&toy->setup, &options);
    toy->setup.start = calendar_day((struct calendar_date){2016, 1, 20});
    toy->setup.days = DAYS;
    toy->setup.title = memory_text("To be counted");
    toy->setup.scale = options.scale > 0 ? options.scale : 1;
    toy->setup.sample = options.sample;
    setup_add_census(&toy->setup, NULL);
    for (int i = 0; i < 3 && options.facet[i]; i++) setup_add_census(&toy->setup, options.facet[i]);
    toy->lab = (struct toy_lab){.waits = 2, .wait = {{.name = "move", .doc = "d", .over = WAIT_OVER_PLACE}, {.name = "arrive", .doc = "d", .phase = 1}}, .rate = rate, .enter = options.enter ? options.enter : enter, .act = act};
    toy->context = ledger;
    *ledger = (struct ledger){0};
    toy_model(toy, &toy_lab);
    return toy_open(toy, (struct sim_tuning){.threads = options.threads ? options.threads : 1, .chunk = 64});
}

/* ---- a run and its writers */

struct show {
    struct toy toy;
    struct ledger ledger;
    struct sim *sim;
    struct writer_plan plan;
    void *state[WRITERS];
    int segments;
    struct error error;
};

static const char *const COMMAND[] = {"wayfare", "run", "toy", NULL};

static void show_init(struct show *show, struct census_options options, const char *path)
{
    memset(show, 0, sizeof *show);
    show->sim = open_toy(&show->toy, &show->ledger, options);
    show->plan = (struct writer_plan){.path = path, .every = 30, .command = COMMAND};
}

static int show_open(struct show *show)
{
    for (int i = 0; writers[i] && !show->error.status; i++)
        if (writers[i]->wanted(show->sim, &show->plan)) show->state[i] = writers[i]->open(show->sim, &show->plan, &show->error);
    return show->error.status ? -1 : 0;
}

static void show_step(struct show *show)
{
    sim_step(show->sim);
    for (int i = 0; writers[i] && !show->error.status; i++)
        if (show->state[i]) writers[i]->write(show->sim, show->state[i], &show->error);
}

static void show_save(struct show *show, const char *checkpoint)
{
    for (int i = 0; writers[i] && !show->error.status; i++)
        if (show->state[i] && writers[i]->cut) writers[i]->cut(show->sim, show->state[i], &show->error);
    if (!show->error.status) checkpoint_save(show->sim, &show->plan, checkpoint, ++show->segments, &show->error);
}

static void show_close(struct show *show, bool whole)
{
    for (int i = 0; writers[i]; i++)
        if (show->state[i]) writers[i]->close(show->sim, show->state[i], whole && !show->error.status, &show->error);
    toy_close(show->sim);
}

static void show_to(struct show *show, int32_t day, int32_t interval, const char *checkpoint)
{
    while (show->sim->day < day && !show->error.status) {
        show_step(show);
        if (interval && show->sim->day % interval == 0) show_save(show, checkpoint);
    }
}

static void run(struct census_options options, const char *path)
{
    struct show show;
    show_init(&show, options, path);
    show_open(&show);
    show_to(&show, DAYS, 0, NULL);
    show_close(&show, true);
    TEST(show.error.status == FAIL_NONE, "%s", show.error.text);
}

/* ---- counting again, plainly */

struct cell {
    uint32_t code[FACETS];
    int64_t persons;
};

static uint32_t age_group(const struct sim *sim, const struct person *p)
{
    int years = portrait_age_years(p, sim->day);
    return years < 5 ? 0 : years < 12 ? 1
                       : years < 18   ? 2
                       : years < 60   ? 3
                                      : 4;
}

static struct cell cell_of(const struct sim *sim, uint32_t slot)
{
    const struct world *world = sim->world;
    const struct person *p = &sim->persons.row[slot];
    uint32_t place = p->place & PERSON_ON_LINK ? world->link[p->place & ~PERSON_ON_LINK].from : p->place;
    uint32_t origin = (uint32_t)(person_id_parts(p->id).place);
    return (struct cell){{world->place[place].state, p->sex, age_group(sim, p), world->place[origin].state, p->status, class_of(sim, slot)}, 1};
}

/* The order of the codes is found by looking for a place from the end. */
static void insert(struct cell *cell, size_t *count, struct cell new)
{
    size_t i = *count;
    while (i > 0) {
        int order = 0;
        for (int f = 0; f < FACETS && !order; f++) order = (cell[i - 1].code[f] > new.code[f]) - (cell[i - 1].code[f] < new.code[f]);
        if (order == 0) {
            cell[i - 1].persons++;
            return;
        }
        if (order < 0) break;
        i--;
    }
    memmove(cell + i + 1, cell + i, (*count - i) * sizeof *cell);
    cell[i] = new;
    ++*count;
}

static size_t recount(const struct sim *sim, struct cell *cell)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < sim->persons.count; slot++)
        if (!(sim->persons.row[slot].flags & PERSON_DEAD)) insert(cell, &count, cell_of(sim, slot));
    return count;
}

/* ---- what the file says */

struct table {
    hsize_t rows;
    int32_t *month, *day;
    double *people;
    uint8_t *marked;
    uint32_t *code[FACETS];
};

static void *read_column(hid_t group, const char *name, hid_t type, size_t size, hsize_t rows, struct error *error)
{
    void *column = memory_new(rows, size);
    hdf5_file_read(group, name, type, rows, column, error);
    return column;
}

static struct table read_table(const char *path)
{
    struct error error = {0};
    hid_t file = hdf5_file_open(path, false, &error), group = error.status ? -1 : H5Gopen2(file, "census", H5P_DEFAULT);
    struct table table = {.rows = hdf5_file_shape(group, "people", &error).size[0]};
    table.month = read_column(group, "month", H5T_NATIVE_INT32, sizeof *table.month, table.rows, &error);
    table.day = read_column(group, "day", H5T_NATIVE_INT32, sizeof *table.day, table.rows, &error);
    table.people = read_column(group, "people", H5T_NATIVE_DOUBLE, sizeof *table.people, table.rows, &error);
    table.marked = read_column(group, "marked", H5T_NATIVE_UINT8, sizeof *table.marked, table.rows, &error);
    for (int i = 0; i < FACETS; i++) table.code[i] = read_column(group, facet_names[i], H5T_NATIVE_UINT32, sizeof(uint32_t), table.rows, &error);
    TEST(error.status == FAIL_NONE, "%s", error.text);
    if (group >= 0) H5Gclose(group);
    if (file >= 0) H5Fclose(file);
    return table;
}

static void free_table(struct table *table)
{
    void *block[] = {table->month, table->day, table->people, table->marked};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) memory_free(block[i]);
    for (int i = 0; i < FACETS; i++) memory_free(table->code[i]);
}

static bool same_cell(const struct table *table, hsize_t row, const struct cell *cell, double scale)
{
    bool same = table->people[row] == (double)cell->persons * scale && table->marked[row] == (cell->persons < 30);
    for (int i = 0; i < FACETS; i++) same = same && table->code[i][row] == cell->code[i];
    return same;
}

static void a_recount_agrees_at(double scale)
{
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "a.h5");
    struct cell *cell[MONTHS];
    size_t count[MONTHS];
    struct show show;
    show_init(&show, (struct census_options){.scale = scale}, path);
    show_open(&show);
    for (int m = 0; m < MONTHS; m++) {
        show_to(&show, month_end[m] + 1, 0, NULL);
        cell[m] = memory_new(MOST_CELLS, sizeof *cell[m]);
        count[m] = recount(show.sim, cell[m]);
    }
    show_close(&show, true);
    struct table table = read_table(path);
    hsize_t row = 0;
    bool marked = false, unmarked = false;
    for (int m = 0; m < MONTHS; m++)
        for (size_t i = 0; i < count[m] && row < table.rows; i++, row++) {
            TEST(table.day[row] == month_end[m] && table.month[row] == month_number[m], "row %d: %d %d", (int)row, table.day[row], table.month[row]);
            TEST(same_cell(&table, row, &cell[m][i], scale), "month %d, cell %d: %g people", m, (int)i, table.people[row]);
            *(cell[m][i].persons < 30 ? &marked : &unmarked) = true;
        }
    TEST(row == table.rows && row == count[0] + count[1] + count[2] + count[3], "%d rows of %d", (int)row, (int)table.rows);
    TEST(marked && unmarked && count[1] > 100, "the toy should give both large and small cells, %d", (int)count[1]);
    for (int m = 0; m < MONTHS; m++) memory_free(cell[m]);
    free_table(&table);
    scratch_close(&scratch);
}

static void a_plain_recount_agrees(void)
{
    a_recount_agrees_at(1);
    a_recount_agrees_at(2.5);
}

static void enter_exactly(struct sim *sim)
{
    if (sim->day == 0) sim_enter(sim, 0, 29, (struct person_id_parts){.place = 0}, false);
    if (sim->day == 0) sim_enter(sim, 2, 30, (struct person_id_parts){.place = 2}, false);
}

static void thirty_are_enough(void)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    const char *path = scratch_path(&scratch, "a.h5");
    run((struct census_options){.scale = 10, .facet = {"state"}, .enter = enter_exactly}, path);
    hid_t file = hdf5_file_open(path, false, &error);
    int64_t people[2 * MONTHS] = {0};
    uint8_t marked[2 * MONTHS] = {0};
    hdf5_file_read(file, "census/people", H5T_NATIVE_INT64, 2 * MONTHS, people, &error);
    hdf5_file_read(file, "census/marked", H5T_NATIVE_UINT8, 2 * MONTHS, marked, &error);
    H5Fclose(file);
    TEST(error.status == FAIL_NONE, "%s", error.text);
    TEST(people[0] == 290 && marked[0] == 1 && people[1] == 300 && marked[1] == 0, "%d %d, %d %d", (int)people[0], marked[0], (int)people[1], marked[1]);
    scratch_close(&scratch);
}

/* ---- conservation */

static double sum(const struct table *table, int32_t month, int facet, uint32_t code)
{
    double people = 0;
    for (hsize_t row = 0; row < table->rows; row++)
        if (table->month[row] == month && table->code[facet][row] == code) people += table->people[row];
    return people;
}

/* What the run's tallies and the test's ledger say at a month's end. */
struct balance {
    double by_state[4], by_class[CLASSES], by_status[STATUSES];
};

static struct balance balance_of(const struct sim *sim)
{
    const struct world *world = sim->world;
    const struct ledger *ledger = ledger_of(sim);
    struct balance balance = {0};
    for (uint32_t i = 0; i < world->places; i++) balance.by_state[world->place[i].state] += (double)tally_at(&sim->tallies, sim->standard.present, i);
    for (uint32_t i = 0; i < world->links; i++) balance.by_state[world->place[world->link[i].from].state] += (double)tally_at(&sim->tallies, sim->standard.travelling, i);
    for (int i = 0; i < CLASSES; i++) balance.by_class[i] = (double)(ledger->entered[i] - ledger->died[i]);
    for (int i = 0; i < STATUSES; i++) balance.by_status[i] = (double)(ledger->became[i] - ledger->left[i]);
    return balance;
}

static void nobody_is_lost(void)
{
    enum { SCALE = 3 };
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "a.h5");
    struct balance balance[MONTHS];
    struct show show;
    show_init(&show, (struct census_options){.scale = SCALE, .threads = 3}, path);
    show_open(&show);
    for (int m = 0; m < MONTHS; m++) {
        show_to(&show, month_end[m] + 1, 0, NULL);
        balance[m] = balance_of(show.sim);
    }
    int64_t died = show.ledger.died[0], regular = show.ledger.became[1];
    show_close(&show, true);
    struct table table = read_table(path);
    for (int m = 0; m < MONTHS; m++) {
        for (uint32_t i = 0; i < 4; i++) TEST(sum(&table, month_number[m], 0, i) == balance[m].by_state[i] * SCALE, "month %d, state %u: %g", m, i, balance[m].by_state[i]);
        for (uint32_t i = 0; i < CLASSES; i++) TEST(sum(&table, month_number[m], 5, i) == balance[m].by_class[i] * SCALE, "month %d, class %u: %g", m, i, balance[m].by_class[i]);
        for (uint32_t i = 0; i < STATUSES; i++) TEST(sum(&table, month_number[m], 4, i) == balance[m].by_status[i] * SCALE, "month %d, status %u: %g", m, i, balance[m].by_status[i]);
    }
    TEST(died > 20 && regular > 100 && balance[3].by_state[3] > 100, "the toy should have deaths, changes of status and people far away");
    free_table(&table);
    scratch_close(&scratch);
}

/* ---- the same bits */

static void check_same(const char *a, const char *b, const char *what)
{
    struct error error = {0};
    char text[2048];
    FILE *out = tmpfile();
    int status = inspect_diff(a, b, out, &error);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    TEST(status == 0, "%s: %s %s", what, text, error.text);
    fclose(out);
}

/* Stops as a killed run does, after going on past the checkpoint that will be resumed. */
static void killed(const char *path, const char *checkpoint, int32_t interval, int32_t stop)
{
    struct show show;
    char *kept = memory_format("%s.kept", checkpoint);
    show_init(&show, (struct census_options){.sample = 0.5}, path);
    show_open(&show);
    show_to(&show, stop, interval, checkpoint);
    TEST(rename(checkpoint, kept) == 0, "no checkpoint");
    show_to(&show, stop + interval + 3, interval, checkpoint);
    show_close(&show, false);
    TEST(rename(kept, checkpoint) == 0, "no checkpoint");
    memory_free(kept);
}

static void resumed(const char *path, const char *checkpoint, int32_t interval)
{
    struct show show;
    show_init(&show, (struct census_options){.sample = 0.5, .threads = 4}, path);
    show.plan.first_segment = show.segments = checkpoint_segment(checkpoint, &show.error);
    TEST(checkpoint_load(show.sim, checkpoint, &show.error) == 0, "%s", show.error.text);
    show_open(&show);
    show_to(&show, DAYS, interval, checkpoint);
    show_close(&show, true);
    TEST(show.error.status == FAIL_NONE, "%s", show.error.text);
}

/* Cuts between, on and off the ends of months: segments without a census, the last segment the last day alone. */
static void threads_and_stops_change_nothing(void)
{
    static const int32_t interval[] = {12, 41, 7, 33}, stop[] = {12, 41, 63, 66};
    struct scratch scratch = scratch_open();
    char one[300], two[300], checkpoint[300];
    snprintf(one, sizeof one, "%s", scratch_path(&scratch, "one.h5"));
    snprintf(two, sizeof two, "%s", scratch_path(&scratch, "two.h5"));
    snprintf(checkpoint, sizeof checkpoint, "%s", scratch_path(&scratch, "checkpoint"));
    run((struct census_options){.sample = 0.5}, one);
    run((struct census_options){.sample = 0.5, .threads = 4}, two);
    check_same(one, two, "four threads");
    for (size_t i = 0; i < sizeof interval / sizeof *interval; i++) {
        char what[32];
        snprintf(what, sizeof what, "resumed at day %d", stop[i]);
        unlink(two);
        killed(two, checkpoint, interval[i], stop[i]);
        resumed(two, checkpoint, interval[i]);
        check_same(one, two, what);
    }
    scratch_close(&scratch);
}

/* ---- other programs */

static void note_month(FILE *file, const struct sim *sim, int32_t month)
{
    struct cell *cell = memory_new(MOST_CELLS, sizeof *cell);
    size_t count = recount(sim, cell);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%d,%d", month, sim->day - 1);
        for (int f = 0; f < FACETS; f++) fprintf(file, ",%u", cell[i].code[f]);
        fprintf(file, ",%d\n", (int)cell[i].persons);
    }
    memory_free(cell);
}

static void other_programs_read_it_at(double scale)
{
    struct scratch scratch = scratch_open();
    struct show show;
    show_init(&show, (struct census_options){.scale = scale}, scratch_path(&scratch, "a.h5"));
    FILE *expected = fopen(scratch_path(&scratch, "expected.csv"), "w");
    show_open(&show);
    for (int m = 0; m < MONTHS; m++) {
        show_to(&show, month_end[m] + 1, 0, NULL);
        note_month(expected, show.sim, month_number[m]);
    }
    fclose(expected);
    show_close(&show, true);
    char *command = memory_format("/usr/bin/python3 tests/check_census.py %s/a.h5 %s/expected.csv %g", scratch.folder, scratch.folder, scale);
    int status = system(command);
    if (status == 77 << 8) test_skip("Python modules that read results files are missing");
    else TEST(status == 0, "scale %g: the reader found faults", scale);
    memory_free(command);
    scratch_close(&scratch);
}

static void other_programs_read_it(void)
{
    other_programs_read_it_at(2);
    other_programs_read_it_at(2.5);
}

static void a_summary_names_the_facets(void)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    char text[4096];
    run((struct census_options){.facet = {"status", "class"}}, scratch_path(&scratch, "a.h5"));
    FILE *out = tmpfile();
    TEST(inspect_info(scratch_path(&scratch, "a.h5"), out, &error) == 0, "%s", error.text);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    TEST(strstr(text, "census       24 rows by status, class\n"), "%s", text); /* 4 months, 2 x 3 combinations that all have people */
    fclose(out);
    scratch_close(&scratch);
}

/* ---- refusals */

static void refuse(struct census_options options, const char *said)
{
    struct scratch scratch = scratch_open();
    struct show show;
    show_init(&show, options, scratch_path(&scratch, "a.h5"));
    TEST(show_open(&show) == -1 && show.error.status == FAIL_INPUT && strstr(show.error.text, said), "'%s' is not in: %d %s", said, show.error.status, show.error.text);
    show_close(&show, false);
    TEST(access(scratch_path(&scratch, "a.h5.part"), F_OK) != 0, "a refusal leaves nothing behind");
    scratch_close(&scratch);
}

static void what_cannot_be_counted_is_refused(void)
{
    refuse((struct census_options){.facet = {"state", "clas"}}, "census: unknown facet 'clas' (did you mean 'class'?)");
    refuse((struct census_options){.facet = {"town"}}, "census: unknown facet 'town'");
    refuse((struct census_options){.facet = {"state", "sex", "state"}}, "census: facet 'state' is named twice");
    refuse((struct census_options){.extra = 16}, "expected facets with fewer than 2^64 combinations, found more: state (4), sex (3), age_group (5)");
    refuse((struct census_options){.odd = "people"}, "no facet can be called 'people'");
    refuse((struct census_options){.odd = "sex_label"}, "no facet can be called 'sex_label'");
}

/* Nearly all of 64 bits: sorted and taken apart again without loss. */
static void many_facets_still_count(void)
{
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "a.h5");
    struct show show;
    show_init(&show, (struct census_options){.extra = 12}, path);
    show_open(&show);
    show_to(&show, DAYS, 0, NULL);
    TEST(show.error.status == FAIL_NONE, "%s", show.error.text);
    struct balance balance = balance_of(show.sim);
    show_close(&show, true);
    struct table table = read_table(path);
    for (uint32_t i = 0; i < 4; i++) TEST(sum(&table, 201604, 0, i) == balance.by_state[i], "state %u", i);
    for (uint32_t i = 0; i < CLASSES; i++) TEST(sum(&table, 201604, 5, i) == balance.by_class[i], "class %u", i);
    free_table(&table);
    scratch_close(&scratch);
}

static uint32_t odd_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)state;
    return sim->day > 20 && sim->persons.row[slot].sex == 1 ? 7 : 0;
}

static void a_code_beyond_the_labels_stops_the_run(void)
{
    struct scratch scratch = scratch_open();
    struct show show;
    show_init(&show, (struct census_options){.scale = 1}, scratch_path(&scratch, "a.h5"));
    facet_declare(show.sim, "odd", "goes wrong", 2, facet_names, odd_code, NULL);
    show_open(&show);
    show_to(&show, DAYS, 0, NULL);
    TEST(show.error.status == FAIL_INTERNAL && strstr(show.error.text, "facet 'odd': expected a code below 2, found 7"), "%d %s", show.error.status, show.error.text);
    TEST(show.sim->day == month_end[1] + 1, "on day %d", show.sim->day);
    show_close(&show, true);
    TEST(access(scratch_path(&scratch, "a.h5"), F_OK) != 0, "no whole file is left");
    scratch_close(&scratch);
}

/* ---- facets */

static uint32_t no_code(const struct sim *sim, const void *state, uint32_t slot)
{
    (void)sim, (void)state, (void)slot;
    return 0;
}

static void models_know_better_than_traits(void)
{
    struct toy toy;
    struct ledger ledger;
    struct sim *sim = open_toy(&toy, &ledger, (struct census_options){.odd = "status"});
    int class = facet_find(sim, "class"), count = sim->facets.count;
    for (int i = 0; i < FACETS; i++) TEST(facet_find(sim, facet_names[i]) == i, "%s is number %d", facet_names[i], facet_find(sim, facet_names[i]));
    TEST(facet_find(sim, "age") < 0 && facet_find(sim, "town") < 0 && facet_find(sim, "trait_status") == FACETS && count == FACETS + 1, "%d facets", count);
    facet_declare(sim, "class", "of today", 2, facet_names, no_code, sim);
    TEST(facet_find(sim, "class") == class && sim->facets.count == count && sim->facets.facet[class].count == 2, "the model's stands in its place");
    TEST(sim->facets.facet[class].code == no_code && sim->facets.facet[class].state == sim && !strcmp(sim->facets.facet[class].label[1], "sex"), "with its code");
    facet_declare(sim, "new", "another", 1, facet_names, no_code, NULL);
    TEST(facet_find(sim, "new") == count && !strcmp(sim->facets.facet[count].doc, "another"), "a new one comes last");
    toy_close(sim);
}

/* ---- the scenario's key */

static void read_key(const char *key, struct setup *setup, struct error *error)
{
    struct scratch scratch = scratch_open();
    char *text = memory_format("title = \"t\"; start = \"2016-01-20\"; days = 3;\n%s\nworld = { places = \"places.csv\"; };\nmodels = ( { name = \"arrivals\"; } );\n", key);
    scratch_write(&scratch, "scenario.cfg", text);
    scratch_write(&scratch, "places.csv", "name,state,latitude,longitude,kind\nTown,Velmar,1,2,town\n");
    *error = (struct error){0};
    setup_init(setup);
    scenario_read(setup, scratch_path(&scratch, "scenario.cfg"), error);
    memory_free(text);
    scratch_close(&scratch);
}

static void the_scenario_asks_for_it(void)
{
    static const struct {
        const char *key, *said;
        bool census;
        int facets;
    } CASE[] = {
        {"", NULL, false, 0},
        {"census = false;", NULL, false, 0},
        {"census = true;", NULL, true, 0},
        {"census = (\"state\", \"sex\");", NULL, true, 2},
        {"census = [\"state\"];", NULL, true, 1},
        {"census = 3;", "scenario.cfg:2: census: expected true or false", false, 0},
        {"census = (\"state\", 3);", "scenario.cfg:2: ", false, 0},
        {"census = ();", "scenario.cfg:2: census: expected true, false or at least one name of a facet", false, 0},
    };
    for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        struct setup setup;
        struct error error;
        read_key(CASE[i].key, &setup, &error);
        if (CASE[i].said) TEST(error.status == FAIL_INPUT && strstr(error.text, CASE[i].said), "%s: %s", CASE[i].key, error.text);
        else TEST(!error.status && setup.census == CASE[i].census && setup.census_facets == CASE[i].facets, "%s: %d %d %s", CASE[i].key, setup.census, setup.census_facets, error.text);
        setup_free(&setup);
    }
}

static const struct test_case cases[] = {
    {"a plain recount agrees", a_plain_recount_agrees},
    {"thirty are enough", thirty_are_enough},
    {"nobody is lost", nobody_is_lost},
    {"threads and stops change nothing", threads_and_stops_change_nothing},
    {"other programs read it", other_programs_read_it},
    {"a summary names the facets", a_summary_names_the_facets},
    {"what cannot be counted is refused", what_cannot_be_counted_is_refused},
    {"many facets still count", many_facets_still_count},
    {"a code beyond the labels stops the run", a_code_beyond_the_labels_stops_the_run},
    {"models know better than traits", models_know_better_than_traits},
    {"the scenario asks for it", the_scenario_asks_for_it},
};
TEST_MAIN(cases)
