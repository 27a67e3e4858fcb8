/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies: runs are what plain runs are, arms differ by what is written in them and by nothing else, and it does not matter how
   many run at a time, in how many goes, or which other arms and draws there are. */
#include "analysis/study.h"
#include "analysis/study_plan.h"
#include "analysis/study_summary.h"
#include "output/hdf5_file.h"
#include "output/inspect.h"
#include "scenarios/scenario.h"
#include "scratch.h"
#include "sim/memory.h"
#include "sim/sim.h"
#include "test.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHIPPED "scenarios/three_borders"
#define SCALE 10
#define DAYS 200
#define PLACES 20
#define MOST_VALUES 100000

#define WEND "policies = ( { name = \"more room\"; lever = \"camp_capacity\"; where = \"Wend\"; set = 2.0; } );"

/* ---- running studies ---- */

/* The shipped scenario with ten people to a simulated person, which is quick. */
static void write_scenario(const struct scratch *scratch)
{
    char data[4096];
    size_t size;
    char *text = scratch_read(SHIPPED "/scenario.cfg", &size);
    scratch_write(scratch, "scenario.cfg", text ? text : "");
    scratch_edit(scratch, "scenario.cfg", "scale  = 1.0", "scale  = 10.0");
    TEST(realpath(SHIPPED "/data", data) && !symlink(data, scratch_path(scratch, "data")), "no data");
    free(text);
}

static void write_study(const struct scratch *scratch, const char *name, const char *head, const char *arms)
{
    if (access(scratch_path(scratch, "scenario.cfg"), F_OK)) write_scenario(scratch);
    char *text = memory_format("scenario = \"scenario.cfg\";\n%s\narms = (\n%s\n);\n", head, arms);
    scratch_write(scratch, name, text);
    memory_free(text);
}

static int run_rows(const struct scratch *scratch, const char *study, const char *out, const char *rows, int threads, struct error *error)
{
    char path[512], file[512];
    snprintf(path, sizeof path, "%s", scratch_path(scratch, study));
    snprintf(file, sizeof file, "%s", scratch_path(scratch, out));
    const struct study_order order = {.path = path, .out = file, .rows = rows, .threads = threads};
    *error = (struct error){0};
    return study_run(&order, error);
}

static void run(const struct scratch *scratch, const char *study, const char *out, int threads)
{
    struct error error;
    TEST(!run_rows(scratch, study, out, NULL, threads, &error), "%s: %s", study, error.text);
}

static bool there(const struct scratch *scratch, const char *name) { return !access(scratch_path(scratch, name), F_OK); }

/* Everything in a dataset, to be freed; NULL with a failed check. */
static void *values(const struct scratch *scratch, const char *name, const char *dataset, hid_t type, size_t *count)
{
    struct error error = {0};
    hid_t file = hdf5_file_open(scratch_path(scratch, name), false, &error);
    struct hdf5_file_shape shape = hdf5_file_shape(file, dataset, &error);
    *count = 1;
    for (int i = 0; i < shape.rank; i++) *count *= shape.size[i];
    void *value = memory_new(*count ? *count : 1, H5Tget_size(type));
    hdf5_file_read(file, dataset, type, *count, value, &error);
    if (file >= 0) H5Fclose(file);
    TEST(!error.status && *count < MOST_VALUES, "%s: %s", dataset, error.text);
    return value;
}

static int64_t *integers(const struct scratch *scratch, const char *name, const char *dataset, size_t *count)
{
    return values(scratch, name, dataset, H5T_NATIVE_INT64, count);
}

static double *numbers(const struct scratch *scratch, const char *name, const char *dataset, size_t *count)
{
    return values(scratch, name, dataset, H5T_NATIVE_DOUBLE, count);
}

/* The attribute says what was typed and is left out of comparisons. */
static void same_files(const struct scratch *scratch, const char *a, const char *b, const char *what)
{
    char path[512];
    struct error error = {0};
    snprintf(path, sizeof path, "%s", scratch_path(scratch, a));
    int status = inspect_diff(path, scratch_path(scratch, b), stdout, &error);
    TEST(status == 0, "%s: %s and %s differ %s", what, a, b, error.text);
}

/* ---- plain runs ---- */

static struct sim *open_plain(const struct scratch *scratch, struct setup *setup, uint64_t seed)
{
    struct error error = {0};
    setup_init(setup);
    if (scenario_read(setup, scratch_path(scratch, "scenario.cfg"), &error)) return NULL;
    setup->seed = seed;
    return sim_open(setup, models, (struct sim_tuning){.threads = 2}, &error);
}

static int64_t movements_today(const struct sim *sim)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sim->world->links; i++) sum += tally_at(&sim->tallies, sim->standard.movements, i);
    return sum;
}

/* A run of our own, day by day, against row after row of a study with so many days between them. */
static void follow(struct sim *sim, int every, const int64_t *present, const int64_t *movements)
{
    int64_t moved = 0, wrong = 0, row = 0;
    for (int day = 0; day < DAYS; day++) {
        sim_step(sim);
        moved += movements_today(sim);
        if ((day + 1) % every && day + 1 < DAYS) continue;
        for (uint32_t place = 0; place < PLACES; place++)
            wrong += present[row * PLACES + place] != SCALE * tally_at(&sim->tallies, sim->standard.present, place);
        wrong += movements[row++] != SCALE * moved;
        moved = 0;
    }
    TEST(wrong == 0, "%" PRId64 " numbers are not those of a plain run", wrong);
}

static void same_digest(const struct sim *sim, uint64_t digest)
{
    char hex[65], found[20];
    sim_digest(sim, hex);
    snprintf(found, sizeof found, "%016" PRIx64, digest);
    TEST(!strncmp(hex, found, 16), "digest %s, plain %.16s", found, hex);
}

static void plain_runs(void)
{
    struct scratch scratch = scratch_open();
    size_t count, rows = (DAYS + 29) / 30;
    write_study(&scratch, "plain.cfg", "replicates = 3; first_seed = 11; every = 30;", "{ name = \"as it is\"; }, { name = \"other\"; " WEND " }");
    run(&scratch, "plain.cfg", "plain.h5", 2);
    int64_t *present = integers(&scratch, "plain.h5", "present", &count), *movements = integers(&scratch, "plain.h5", "total_movements", &count);
    uint64_t *digest = values(&scratch, "plain.h5", "run_digest", H5T_NATIVE_UINT64, &count);
    for (size_t i = 0; i < 3; i++) {
        struct setup setup;
        struct sim *sim = open_plain(&scratch, &setup, 11 + i);
        follow(sim, 30, present + i * rows * PLACES, movements + i * rows);
        same_digest(sim, digest[i]);
        sim_close(sim);
        setup_free(&setup);
    }
    memory_free(present), memory_free(movements), memory_free(digest);
    scratch_close(&scratch);
}

/* ---- arms ---- */

/* Largest absolute difference of an arm from the reference, run by run. */
static int64_t furthest(const struct scratch *scratch, const char *file, const char *dataset, size_t arms, size_t arm)
{
    size_t count;
    int64_t *value = integers(scratch, file, dataset, &count), most = 0;
    for (size_t i = 0; i < count / arms; i++) {
        int64_t apart = llabs(value[arm * (count / arms) + i] - value[i]);
        if (apart > most) most = apart;
    }
    memory_free(value);
    return most;
}

static void summary_of_twins(const struct scratch *scratch)
{
    static const char *const names[] = {"difference_mean", "difference_low", "difference_high"};
    for (size_t k = 0; k < 3; k++) {
        size_t count, wrong = 0;
        double *value = numbers(scratch, "twins.h5", names[k], &count);
        for (size_t i = 0; i < count / 3 * 2; i++) wrong += !(value[i] == 0); /* reference and twin */
        TEST(wrong == 0, "%s of twins: %zu are not 0", names[k], wrong);
        memory_free(value);
    }
}

static void arms(void)
{
    struct scratch scratch = scratch_open();
    write_study(&scratch, "twins.cfg", "replicates = 3;", "{ name = \"a\"; " WEND " }, { name = \"b\"; " WEND " }, { name = \"c\"; }");
    run(&scratch, "twins.cfg", "twins.h5", 4);
    TEST(furthest(&scratch, "twins.h5", "present", 3, 1) == 0, "twins are apart");
    TEST(furthest(&scratch, "twins.h5", "total_movements", 3, 1) == 0, "twins are apart");
    TEST(furthest(&scratch, "twins.h5", "present", 3, 2) > 100, "more room changes nothing");
    TEST(furthest(&scratch, "twins.h5", "total_entries", 3, 2) == 0, "more room changes who sets out");
    summary_of_twins(&scratch);
    scratch_close(&scratch);
}

/* What an arm may hold is what a scenario written that way would do. */
static void closures_and_values(void)
{
    struct scratch scratch = scratch_open();
    struct setup setup;
    size_t count, rows = (DAYS + 9) / 10;
    write_study(&scratch, "open.cfg", "replicates = 1; every = 10;",
                "{ name = \"as it is\"; }, { name = \"open\"; omit_closures = true; set = ( { name = \"flee_zones.default_movechance\"; value = 0.2; }, "
                "{ name = \"flee_zones.conflict_spawn_decay\"; value = (1, 0.5); } ); }");
    run(&scratch, "open.cfg", "open.h5", 1);
    int64_t *present = integers(&scratch, "open.h5", "present", &count), *movements = integers(&scratch, "open.h5", "total_movements", &count);
    struct sim *sim = open_plain(&scratch, &setup, 1);
    sim_close(sim);
    setup_give(&setup, "flee_zones", "default_movechance", "0.2", "test", 1);
    setup_give_list(&setup, "flee_zones", "conflict_spawn_decay", 2, (double[]){1, 0.5}, "test", 1);
    setup.world->events = 0; /* closures is all there is */
    struct error error = {0};
    sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    follow(sim, 10, present + rows * PLACES, movements + rows);
    sim_close(sim);
    setup_free(&setup);
    memory_free(present), memory_free(movements);
    scratch_close(&scratch);
}

#define DRAWN "parameters = ( { name = \"flee_journey.max_move_speed\"; low = 150; high = 400.0; }, " \
              "{ name = \"flee_journey.awareness_level\"; low = 0; high = 2; distribution = \"uniform\"; } );"

/* One arm of one file against one of another: the same digests, for as many draws and replicates as the smaller has. */
static void same_arm(const struct scratch *scratch, const char *a, size_t arm_a, size_t arms_a, const char *b, size_t arm_b, size_t arms_b)
{
    size_t count_a, count_b, wrong = 0;
    uint64_t *x = values(scratch, a, "run_digest", H5T_NATIVE_UINT64, &count_a), *y = values(scratch, b, "run_digest", H5T_NATIVE_UINT64, &count_b);
    size_t runs = count_a / arms_a < count_b / arms_b ? count_a / arms_a : count_b / arms_b;
    for (size_t i = 0; i < runs; i++) wrong += x[arm_a * (count_a / arms_a) + i] != y[arm_b * (count_b / arms_b) + i];
    TEST(wrong == 0 && runs > 0, "%s and %s: %zu of %zu runs differ", a, b, wrong, runs);
    memory_free(x), memory_free(y);
}

static void more_of_everything(void)
{
    struct scratch scratch = scratch_open();
    size_t count;
    write_study(&scratch, "few.cfg", "replicates = 2; draws = 2; design = \"random\"; " DRAWN, "{ name = \"a\"; }, { name = \"b\"; " WEND " }");
    write_study(&scratch, "many.cfg", "replicates = 2; draws = 3; design = \"random\"; " DRAWN,
                "{ name = \"a\"; }, { name = \"new\"; omit_closures = true; }, { name = \"b\"; " WEND " }");
    run(&scratch, "few.cfg", "few.h5", 4);
    run(&scratch, "many.cfg", "many.h5", 4);
    same_arm(&scratch, "few.h5", 0, 2, "many.h5", 0, 3);
    same_arm(&scratch, "few.h5", 1, 2, "many.h5", 2, 3);
    int64_t *seed = integers(&scratch, "many.h5", "run_seed", &count);
    TEST(count == 6 && seed[0] == 1 && seed[1] == 2 && seed[2] == 1000001 && seed[5] == 2000002, "seeds");
    memory_free(seed);
    scratch_close(&scratch);
}

/* ---- side by side, in several goes ---- */

static void threads(void)
{
    struct scratch scratch = scratch_open();
    write_study(&scratch, "s.cfg", "replicates = 2; draws = 3; design = \"latin\"; " DRAWN, "{ name = \"a\"; }, { name = \"b\"; " WEND " }");
    run(&scratch, "s.cfg", "one.h5", 1);
    run(&scratch, "s.cfg", "four.h5", 4);
    same_files(&scratch, "one.h5", "four.h5", "threads");
    scratch_close(&scratch);
}

/* The number of kept runs; the sum of their inodes tells whether they were written anew. */
static int kept(const struct scratch *scratch, const char *folder, uint64_t *inodes)
{
    int count = 0;
    *inodes = 0;
    DIR *open = opendir(scratch_path(scratch, folder));
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (!strstr(entry->d_name, ".run")) continue;
        count++;
        *inodes += entry->d_ino;
    }
    if (open) closedir(open);
    return count;
}

/* One byte of a kept run becomes another, or its last bytes are cut off. */
static void flip(FILE *file, long at)
{
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 1, file);
}

static void spoil(const char *path, int how)
{
    struct stat info;
    FILE *file = fopen(path, "r+b");
    if (!file || stat(path, &info)) return;
    if (how > 0) flip(file, how == 1 ? info.st_size / 2 : 90); /* a count; the run's digest */
    fclose(file);
    TEST(how > 0 || !truncate(path, info.st_size - 3), "cutting %s", path);
}

static int spoil_kept(const struct scratch *scratch, const char *folder)
{
    char name[512];
    int spoilt = 0;
    DIR *open = opendir(scratch_path(scratch, folder));
    for (struct dirent *entry; open && (entry = readdir(open)) && spoilt < 3;) {
        if (!strstr(entry->d_name, ".run")) continue;
        snprintf(name, sizeof name, "%s/%.200s", scratch_path(scratch, folder), entry->d_name);
        spoil(name, spoilt++);
    }
    if (open) closedir(open);
    return spoilt;
}

static void goes(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    uint64_t before = 0, after = 0;
    write_study(&scratch, "s.cfg", "replicates = 4;", "{ name = \"a\"; }, { name = \"b\"; " WEND " }");
    run(&scratch, "s.cfg", "straight.h5", 2);
    TEST(!there(&scratch, "straight.h5.runs") && !there(&scratch, "straight.h5.part"), "something is left behind");
    TEST(!run_rows(&scratch, "s.cfg", "goes.h5", "2-4", 1, &error), "%s", error.text);
    TEST(!there(&scratch, "goes.h5") && kept(&scratch, "goes.h5.runs", &before) == 3, "three rows were done");
    TEST(!run_rows(&scratch, "s.cfg", "goes.h5", "3-4", 1, &error), "%s", error.text);
    TEST(kept(&scratch, "goes.h5.runs", &after) == 3 && before == after, "what was kept was run again");
    TEST(spoil_kept(&scratch, "goes.h5.runs") == 3, "three runs to spoil");
    TEST(!run_rows(&scratch, "s.cfg", "goes.h5", "7", 1, &error), "%s", error.text);
    run(&scratch, "s.cfg", "goes.h5", 3);
    same_files(&scratch, "straight.h5", "goes.h5", "several goes");
    TEST(run_rows(&scratch, "s.cfg", "goes.h5", NULL, 1, &error) && error.status == FAIL_OUTPUT, "a file was replaced unasked");
    TEST(run_rows(&scratch, "s.cfg", "more.h5", "8-9", 1, &error) && error.status == FAIL_USAGE && strstr(error.text, "1 to 8"), "%s", error.text);
    scratch_close(&scratch);
}

static pid_t start_program(const struct scratch *scratch)
{
    static char program[4096];
    const char *given = getenv("WAYFARE");
    if (!realpath(given && *given ? given : "./wayfare", program)) return 0;
    char study[512], out[512];
    snprintf(study, sizeof study, "%s", scratch_path(scratch, "s.cfg"));
    snprintf(out, sizeof out, "%s", scratch_path(scratch, "killed.h5"));
    fflush(NULL);
    pid_t child = fork();
    if (child) return child;
    if (!freopen("/dev/null", "w", stderr)) _exit(126);
    execl(program, program, "study", study, "--out", out, "--threads", "2", (char *)NULL);
    _exit(127);
}

static void killed(void)
{
    struct scratch scratch = scratch_open();
    uint64_t inodes = 0;
    int status = 0, done = 0;
    write_study(&scratch, "s.cfg", "replicates = 60;", "{ name = \"a\"; }, { name = \"b\"; " WEND " }");
    pid_t child = start_program(&scratch);
    if (child <= 0) {
        test_skip("no program to kill");
    } else {
        for (int i = 0; i < 10000 && done < 3; i++, done = kept(&scratch, "killed.h5.runs", &inodes)) nanosleep(&(struct timespec){0, 2000000}, NULL);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        done = kept(&scratch, "killed.h5.runs", &inodes);
        TEST(done >= 3 && done < 120 && WIFSIGNALED(status), "killed after %d runs", done);
        TEST(!there(&scratch, "killed.h5"), "a killed study left a whole file");
        run(&scratch, "s.cfg", "killed.h5", 4);
        run(&scratch, "s.cfg", "straight.h5", 4);
        same_files(&scratch, "straight.h5", "killed.h5", "killed and continued");
    }
    scratch_close(&scratch);
}

/* ---- draws ---- */

#define NAMED(text) (char *)(uintptr_t)(text)
static const struct study_parameter four[] = {
    {.name = NAMED("m.u"), .distribution = STUDY_UNIFORM, .low = 10, .high = 30},
    {.name = NAMED("m.l"), .distribution = STUDY_LOGUNIFORM, .low = 0.1, .high = 100},
    {.name = NAMED("m.t"), .distribution = STUDY_TRIANGULAR, .low = 2, .high = 12, .mode = 4},
    {.name = NAMED("m.n"), .whole = true, .distribution = STUDY_UNIFORM, .low = 3, .high = 8},
};

/* The share of the distribution below a value. */
static double share_below(const struct study_parameter *p, double x)
{
    double width = p->high - p->low;
    if (p->distribution == STUDY_LOGUNIFORM) return log(x / p->low) / log(p->high / p->low);
    if (p->distribution == STUDY_UNIFORM) return (x - p->low) / width;
    if (x < p->mode) return (x - p->low) * (x - p->low) / (width * (p->mode - p->low));
    return 1 - (p->high - x) * (p->high - x) / (width * (p->high - p->mode));
}

static void in_range(const double *value, int64_t draws, int parameters)
{
    int wrong = 0;
    for (int64_t i = 0; i < draws * parameters; i++) {
        const struct study_parameter *p = &four[i % parameters];
        wrong += !(value[i] >= p->low && value[i] <= p->high);
        wrong += p->whole && value[i] != round(value[i]);
    }
    TEST(wrong == 0, "%d draws outside their range", wrong);
}

enum { STRATA = 80 };

static void latin(void)
{
    double value[STRATA][4];
    int seen[3][STRATA] = {{0}}, together = 0;
    study_draw_fill(four, 4, STUDY_LATIN, 5, STRATA, value[0]);
    in_range(value[0], STRATA, 4);
    for (int i = 0; i < STRATA; i++)
        for (int k = 0; k < 3; k++) seen[k][(int)(STRATA * share_below(&four[k], value[i][k]))]++;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < STRATA; i++) TEST(seen[k][i] == 1, "%s: %d draws in stratum %d", four[k].name, seen[k][i], i);
    for (int i = 0; i < STRATA; i++)
        together += (int)(STRATA * share_below(&four[0], value[i][0])) == (int)(STRATA * share_below(&four[1], value[i][1]));
    TEST(together < 8, "two parameters go through their strata together (%d times)", together);
}

static void random_draws(void)
{
    enum { FEW = 50,
           MANY = 4000 };
    double few[FEW][4], other[FEW][2], *many = memory_new(MANY * 4, sizeof *many), sum[3] = {0};
    int face[6] = {0};
    study_draw_fill(four, 4, STUDY_RANDOM, 5, FEW, few[0]);
    study_draw_fill(four, 4, STUDY_RANDOM, 5, MANY, many);
    study_draw_fill(four + 1, 2, STUDY_RANDOM, 5, FEW, other[0]);
    in_range(many, MANY, 4);
    TEST(!memcmp(few, many, sizeof few), "more draws change the first ones");
    for (int i = 0; i < FEW; i++) TEST(other[i][0] == few[i][1] && other[i][1] == few[i][2], "draw %d hangs on the other parameters", i);
    for (int i = 0; i < MANY; i++) {
        for (int k = 0; k < 3; k++) sum[k] += share_below(&four[k], many[4 * i + k]);
        face[(int)many[4 * i + 3] - 3]++;
    }
    for (int k = 0; k < 3; k++) TEST(fabs(sum[k] / MANY - 0.5) < 5 * sqrt(1.0 / 12 / MANY), "%s: mean share %g", four[k].name, sum[k] / MANY);
    for (int k = 0; k < 6; k++) TEST(fabs(face[k] - MANY / 6.0) < 5 * sqrt(MANY * 5 / 36.0), "%d comes %d times", k + 3, face[k]);
    study_draw_fill(four, 4, STUDY_RANDOM, 6, FEW, many);
    TEST(memcmp(few, many, sizeof few), "another seed gives the same draws");
    memory_free(many);
}

/* Drawn values reach the models: a run of ours with the values in the file is the study's. */
static void drawn_values_hold(void)
{
    struct scratch scratch = scratch_open();
    size_t count;
    struct setup setup;
    struct error error = {0};
    char text[40];
    write_study(&scratch, "s.cfg", "replicates = 1; draws = 2; " DRAWN, "{ name = \"a\"; }");
    run(&scratch, "s.cfg", "s.h5", 2);
    double *value = numbers(&scratch, "s.h5", "parameter_value", &count);
    uint64_t *digest = values(&scratch, "s.h5", "run_digest", H5T_NATIVE_UINT64, &count);
    sim_close(open_plain(&scratch, &setup, 1000001));
    snprintf(text, sizeof text, "%.17g", value[2]);
    setup_give(&setup, "flee_journey", "max_move_speed", text, "test", 1);
    snprintf(text, sizeof text, "%.17g", value[3]);
    setup_give(&setup, "flee_journey", "awareness_level", text, "test", 1);
    struct sim *sim = sim_open(&setup, models, (struct sim_tuning){.threads = 1}, &error);
    for (int day = 0; day < DAYS; day++) sim_step(sim);
    same_digest(sim, digest[1]);
    TEST(digest[0] != digest[1] && value[0] != value[2], "two draws are one");
    sim_close(sim);
    setup_free(&setup);
    memory_free(value), memory_free(digest);
    scratch_close(&scratch);
}

/* ---- draws made elsewhere ---- */

/* The draws of a study as a table, columns in the other order. */
static void write_draws(const struct scratch *scratch, const char *from, const char *table)
{
    size_t count;
    double *value = numbers(scratch, from, "parameter_value", &count);
    char *text = memory_text("flee_journey.awareness_level,flee_journey.max_move_speed\n");
    for (size_t i = 0; i + 1 < count; i += 2) {
        char *longer = memory_format("%s%.17g,%.17g\n", text, value[i + 1], value[i]);
        memory_free(text);
        text = longer;
    }
    scratch_write(scratch, table, text);
    memory_free(text), memory_free(value);
}

static void table_of_draws(void)
{
    struct scratch scratch = scratch_open();
    size_t count;
    write_study(&scratch, "drawn.cfg", "replicates = 2; draws = 3; " DRAWN, "{ name = \"a\"; }, { name = \"b\"; " WEND " }");
    run(&scratch, "drawn.cfg", "drawn.h5", 4);
    write_draws(&scratch, "drawn.h5", "draws.csv");
    write_study(&scratch, "bare.cfg", "replicates = 2; design = \"file\"; draws_file = \"draws.csv\";", "{ name = \"b\"; " WEND " }, { name = \"a\"; }");
    write_study(&scratch, "first.cfg", "replicates = 2; draws = 1; design = \"file\"; draws_file = \"draws.csv\"; " DRAWN, "{ name = \"a\"; }");
    run(&scratch, "bare.cfg", "bare.h5", 4);
    run(&scratch, "first.cfg", "first.h5", 4);
    same_arm(&scratch, "drawn.h5", 0, 2, "bare.h5", 1, 2);
    same_arm(&scratch, "drawn.h5", 1, 2, "bare.h5", 0, 2);
    same_arm(&scratch, "drawn.h5", 0, 2, "first.h5", 0, 1);
    double *value = numbers(&scratch, "first.h5", "parameter_value", &count), *all = numbers(&scratch, "drawn.h5", "parameter_value", &count);
    TEST(count == 6 && value[0] == all[0] && value[1] == all[1], "%g %g", value[0], value[1]);
    memory_free(value), memory_free(all);
    scratch_close(&scratch);
}

/* ---- what a parameter may stand for ---- */

/* A map with further columns, a spline and a step, and a policy over two places; run 8 days. */
static void write_targets(const struct scratch *scratch)
{
    scratch_write(scratch, "scenario.cfg",
                  "title = \"Targets\";\nstart = \"2020-01-15\";\ndays = 8;\nworld = { places = \"places.csv\"; links = \"links.csv\"; };\n"
                  "drivers = ( { name = \"conflict\"; over = \"place\"; file = \"conflict.csv\"; },\n"
                  "{ name = \"sea\"; over = \"link\"; method = \"spline\"; file = \"sea.csv\"; } );\n"
                  "models = ( { name = \"flee_zones\"; }, { name = \"flee_entry\"; spawn_mode = \"constant\"; } );\n"
                  "policies = ( { name = \"more. room\"; lever = \"camp_capacity\"; where = (\"C\", \"D\"); set = 2.0; },\n"
                  "{ name = \"more. room\"; lever = \"camp_capacity\"; where = \"A\"; set = 0.5; },\n"
                  "{ name = \"mixed\"; lever = \"camp_capacity\"; where = \"B\"; multiply = 3.0; }, { name = \"mixed\"; lever = \"camp_capacity\"; add = 1.0; } );\n");
    scratch_write(scratch, "places.csv", "name,state,region,latitude,longitude,kind,population,capacity,price\nA,S,,1,1,town,500,,\nB,S,,1,2,town,500,,3\nC,T,,2,2,camp,,100,5\nD,T,,2,1,camp,,100,7\n");
    scratch_write(scratch, "links.csv", "from,to,km,price\nA,B,10,100\nB,C,20,200\nC,D,30,300\n");
    scratch_write(scratch, "conflict.csv", "day,A,B\n0,1,0\n4,0.5,1\n");
    scratch_write(scratch, "sea.csv", "day,A>B,B>C\n0,1,2\n4,3,8\n8,1,2\n");
}

static void open_targets(const struct scratch *scratch, const char *parameters, const char *draws, struct study_plan *plan)
{
    struct error error = {0};
    char *head = memory_format("replicates = 1; design = \"file\"; draws_file = \"draws.csv\"; parameters = ( %s );", parameters);
    write_targets(scratch);
    scratch_write(scratch, "draws.csv", draws);
    write_study(scratch, "s.cfg", head, "{ name = \"a\"; }, { name = \"b\"; policies = ( { name = \"more. room\"; lever = \"camp_capacity\"; where = \"B\"; set = 1.5; } ); }");
    TEST(!study_plan_open(plan, scratch_path(scratch, "s.cfg"), &error), "%s", error.text);
    memory_free(head);
}

/* The setups of the arms in the last draw. */
static void make_setups(const struct study_plan *plan, struct setup setup[2])
{
    struct error error = {0};
    for (int arm = 0; arm < 2; arm++)
        TEST(!study_plan_setup(plan, study_plan_find(plan, arm, plan->draws - 1, 0), &setup[arm], &error), "%s", error.text);
}

static void free_setups(struct study_plan *plan, struct setup setup[2])
{
    setup_free(&setup[0]);
    setup_free(&setup[1]);
    study_plan_close(plan);
}

static void policies_drawn(void)
{
    struct scratch scratch = scratch_open();
    struct study_plan plan;
    struct setup setup[2];
    static const double expected[] = {2.5, 2.5, 2.5, 6, 2, 2.5};
    open_targets(&scratch, "{ name = \"policy:mixed.factor\"; low = 0.5; high = 2.0; }", "policy:more. room.value,policy:mixed.factor\n1,1\n2.5,2\n", &plan);
    make_setups(&plan, setup);
    TEST(setup[0].levers.policies == 5 && setup[1].levers.policies == 6, "%d and %d policies", (int)setup[0].levers.policies, (int)setup[1].levers.policies);
    for (uint32_t i = 0; i < 6; i++) TEST(setup[1].levers.policy[i].value == expected[i], "policy %d: %g", (int)i, setup[1].levers.policy[i].value);
    for (uint32_t i = 0; i < 5; i++) TEST(setup[0].levers.policy[i].value == expected[i], "policy %d: %g", (int)i, setup[0].levers.policy[i].value);
    free_setups(&plan, setup);
    scratch_close(&scratch);
}

static void drivers_drawn(void)
{
    struct scratch scratch = scratch_open();
    struct study_plan plan;
    struct setup setup[2];
    open_targets(&scratch, "{ name = \"driver:sea\"; where = \"B>C\"; as = \"waves\"; }, { name = \"analysis:reported\"; }", "driver:conflict,waves,analysis:reported\n0.5,3,0.8\n", &plan);
    make_setups(&plan, setup);
    const struct driver *sea = driver_find(&setup[0].drivers, "sea"), *conflict = driver_find(&setup[0].drivers, "conflict");
    const struct driver *before = driver_find(&plan.arm[0].setup.drivers, "sea");
    uint32_t a_b = world_find_link(setup[0].world, 0, 1), b_c = world_find_link(setup[0].world, 1, 2);
    for (double day = 0; day <= 8; day += 0.5) {
        TEST(fabs(driver_at(sea, b_c, day) - 3 * driver_at(before, b_c, day)) < 1e-12, "day %g: %g", day, driver_at(sea, b_c, day));
        TEST(driver_at(sea, a_b, day) == driver_at(before, a_b, day), "day %g: another link changed", day);
    }
    TEST(driver_at(conflict, 0, 0) == 0.5 && driver_at(conflict, 0, 4) == 0.25 && driver_at(conflict, 1, 4) == 0.5, "every value of conflict");
    free_setups(&plan, setup);
    scratch_close(&scratch);
}

static void columns_drawn(void)
{
    struct scratch scratch = scratch_open();
    struct study_plan plan;
    struct setup setup[2];
    open_targets(&scratch, "{ name = \"column:places.price\"; where = (\"C\", \"B\"); as = \"some\"; }, { name = \"column:places.price\"; where = \"D\"; as = \"other\"; }",
                 "some,other,column:links.price\n10,100,0\n1.5,2,0.5\n", &plan);
    make_setups(&plan, setup);
    for (int arm = 0; arm < 2; arm++) {
        const struct world *world = setup[arm].world;
        const double *price = world_values(world, "price", WORLD_OF_PLACES), *of_links = world_values(world, "price", WORLD_OF_LINKS);
        TEST(isnan(price[0]) && price[1] == 4.5 && price[2] == 7.5 && price[3] == 14, "%g %g %g %g", price[0], price[1], price[2], price[3]);
        TEST(of_links[world_find_link(world, 1, 0)] == 50 && of_links[world_find_link(world, 3, 2)] == 150, "links");
    }
    free_setups(&plan, setup);
    scratch_close(&scratch);
}

/* The strength of a policy drawn as 3 is the policy with 3. */
static void strength(void)
{
    struct scratch scratch = scratch_open();
    write_study(&scratch, "fixed.cfg", "replicates = 2;", "{ name = \"a\"; policies = ( { name = \"more room\"; lever = \"camp_capacity\"; where = \"Wend\"; set = 3.0; } ); }");
    write_study(&scratch, "drawn.cfg", "replicates = 2; design = \"file\"; draws_file = \"draws.csv\";", "{ name = \"as it is\"; }, { name = \"a\"; " WEND " }");
    scratch_write(&scratch, "draws.csv", "policy:more room.value\n3\n");
    run(&scratch, "fixed.cfg", "fixed.h5", 2);
    run(&scratch, "drawn.cfg", "drawn.h5", 2);
    same_arm(&scratch, "fixed.h5", 0, 1, "drawn.h5", 1, 2);
    TEST(furthest(&scratch, "drawn.h5", "present", 2, 1) > 100, "the policy does nothing");
    scratch_close(&scratch);
}

/* ---- what is kept ---- */

static bool has(const struct scratch *scratch, const char *name, const char *dataset)
{
    struct error error = {0};
    hid_t file = hdf5_file_open(scratch_path(scratch, name), false, &error);
    bool found = hdf5_file_has(file, dataset);
    H5Fclose(file);
    return found;
}

/* Sums over the places of [..][place][inner] are [..][inner]. */
static void sums_agree(const struct scratch *scratch, const char *cells, const char *sums, const char *dataset, size_t inner)
{
    size_t many, few, wrong = 0;
    int64_t *all = integers(scratch, cells, dataset, &many), *sum = integers(scratch, sums, dataset, &few);
    TEST(many == few * PLACES && few > 0, "%zu cells, %zu sums", many, few);
    for (size_t i = 0; i < few; i++) {
        int64_t expected = 0;
        for (size_t place = 0; place < PLACES; place++) expected += all[(i / inner * PLACES + place) * inner + i % inner];
        wrong += expected != sum[i];
    }
    TEST(wrong == 0, "%zu of %zu sums are wrong", wrong, few);
    memory_free(all), memory_free(sum);
}

static void kept_results(void)
{
    struct scratch scratch = scratch_open();
    size_t count;
    write_study(&scratch, "all.cfg", "replicates = 2;", "{ name = \"a\"; }");
    write_study(&scratch, "cells.cfg", "replicates = 2; keep = ( \"present_by_sex\", \"movements\", \"displaced\" );", "{ name = \"a\"; }");
    write_study(&scratch, "sums.cfg", "replicates = 2; keep = ( { name = \"present_by_sex\"; by = (\"sex\"); }, { name = \"present\"; by = (); } );", "{ name = \"a\"; }");
    run(&scratch, "all.cfg", "all.h5", 2);
    run(&scratch, "cells.cfg", "cells.h5", 2);
    run(&scratch, "sums.cfg", "sums.h5", 2);
    same_arm(&scratch, "all.h5", 0, 1, "cells.h5", 0, 1);
    sums_agree(&scratch, "cells.h5", "sums.h5", "present_by_sex", 2);
    int64_t *x = integers(&scratch, "all.h5", "total_present_by_sex", &count), *y = integers(&scratch, "sums.h5", "total_present_by_sex", &count);
    TEST(count == 14 && !memcmp(x, y, count * sizeof *x) && x[count - 1] > 0, "totals");
    memory_free(x), memory_free(y);
    TEST(has(&scratch, "cells.h5", "displaced") && has(&scratch, "cells.h5", "movements") && has(&scratch, "cells.h5", "sex"), "something is missing");
    TEST(!has(&scratch, "cells.h5", "present") && !has(&scratch, "cells.h5", "total_present") && !has(&scratch, "sums.h5", "movements"), "too much is kept");
    TEST(has(&scratch, "sums.h5", "total_present") && !has(&scratch, "sums.h5", "present"), "a total only");
    double *mean = numbers(&scratch, "cells.h5", "end_mean", &count);
    TEST(count == 3, "%zu measures", count);
    memory_free(mean);
    scratch_close(&scratch);
}

/* Fewer than 30 simulated persons at a place, in this arm or the reference, is said. */
static void few_people(void)
{
    struct scratch scratch = scratch_open();
    size_t count, marked = 0, wrong = 0;
    write_study(&scratch, "s.cfg", "replicates = 2;", "{ name = \"a\"; }, { name = \"b\"; " WEND " }");
    run(&scratch, "s.cfg", "s.h5", 2);
    double *mean = numbers(&scratch, "s.h5", "end_mean", &count);
    int64_t *few = integers(&scratch, "s.h5", "few", &count);
    for (size_t i = 0; i < count; i++) {
        size_t measure = i % (count / 2);
        bool expected = fmin(mean[i], mean[measure]) < 30 * SCALE;
        if (measure < count / 2 - PLACES) continue;
        marked += expected;
        wrong += few[i] != expected;
    }
    TEST(wrong == 0 && marked > 0 && marked < 2 * PLACES, "%zu places, %zu wrong", marked, wrong);
    memory_free(mean), memory_free(few);
    scratch_close(&scratch);
}

/* ---- things ---- */

enum { SEA_DAYS = 60,
       SEA_MONTHS = 3,
       SEA_COUNTS = 3 };

static void write_sea(const struct scratch *scratch)
{
    scratch_write(scratch, "scenario.cfg", "title = \"A strait\"; start = \"2016-02-20\"; days = 60; seed = 1; scale = 10.0;\n"
                                           "world = { places = \"places.csv\"; links = \"links.csv\"; };\n"
                                           "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\n"
                                           "models = ( { name = \"arrivals\"; }, { name = \"sea\"; }, { name = \"means\"; }, { name = \"journey\"; stay_days = 2.0; } );\n");
    scratch_write(scratch, "places.csv", "name,state,latitude,longitude,kind,destination_weight\nBay,West,1,2,town,\nPort,East,1,4,town,1\n");
    scratch_write(scratch, "links.csv", "from,to,km,both,mode,price,days,wreck\nBay,Port,200,no,sea,1,1,0.2\n");
    scratch_write(scratch, "arrivals.csv", "day,Bay\n0,200\n");
}

/* By count and month, of a run of our own: simulated persons, or vessels. */
static void count_sea(const struct scratch *scratch, uint64_t seed, const char *const names[SEA_COUNTS], int64_t count[SEA_COUNTS][SEA_MONTHS])
{
    static const int32_t month_end[SEA_MONTHS] = {10, 41, SEA_DAYS}; /* after 29 February, 31 March */
    struct setup setup;
    struct sim *sim = open_plain(scratch, &setup, seed);
    memset(count, 0, sizeof(int64_t[SEA_COUNTS][SEA_MONTHS]));
    for (int month = 0; sim && month < SEA_MONTHS; month++)
        while (sim->day < month_end[month]) {
            sim_step(sim);
            for (int i = 0; i < SEA_COUNTS; i++) count[i][month] += tally_at(&sim->tallies, tally_find(&sim->tallies, names[i]), 0);
        }
    sim_close(sim);
    setup_free(&setup);
}

static bool is_of_things(const struct scratch *scratch, const char *dataset)
{
    struct error error = {0};
    hid_t file = hdf5_file_open(scratch_path(scratch, "sea.h5"), false, &error);
    bool found = H5Aexists_by_name(file, dataset, "things", H5P_DEFAULT) > 0;
    H5Fclose(file);
    return found;
}

static void check_count(const struct scratch *scratch, const char *name, int64_t counted[SEA_MONTHS], int64_t scale)
{
    size_t size, cells;
    char *total = memory_format("total_%s", name);
    int64_t *sum = integers(scratch, "sea.h5", total, &size), *cell = integers(scratch, "sea.h5", name, &cells);
    TEST(size == SEA_MONTHS && cells == SEA_MONTHS, "%s: %zu and %zu values", name, size, cells);
    for (size_t i = 0; i < SEA_MONTHS && i < size; i++) TEST(sum[i] == counted[i] * scale && cell[i] == sum[i], "%s, month %zu: %" PRId64 " of %" PRId64, name, i, sum[i], counted[i]);
    TEST(is_of_things(scratch, name) == (scale == 1) && is_of_things(scratch, total) == (scale == 1), "%s: a tally of things says so", name);
    memory_free(total), memory_free(sum), memory_free(cell);
}

/* Vessels are vessels, whatever a person stands for; people are people. Ten vessels are enough not to be called few. */
static void things(void)
{
    static const char *const names[SEA_COUNTS] = {"vessels", "wrecks", "embarked"};
    static const int64_t scale[SEA_COUNTS] = {1, 1, SCALE};
    struct scratch scratch = scratch_open();
    int64_t counted[SEA_COUNTS][SEA_MONTHS];
    size_t count;
    write_sea(&scratch);
    write_study(&scratch, "sea.cfg", "replicates = 1; first_seed = 4; keep = ( \"vessels\", \"wrecks\", \"embarked\" );", "{ name = \"a\"; }");
    run(&scratch, "sea.cfg", "sea.h5", 1);
    count_sea(&scratch, 4, names, counted);
    double *mean = numbers(&scratch, "sea.h5", "end_mean", &count);
    int64_t *few = integers(&scratch, "sea.h5", "few", &count);
    for (int i = 0; i < SEA_COUNTS; i++) {
        int64_t all = counted[i][0] + counted[i][1] + counted[i][2];
        check_count(&scratch, names[i], counted[i], scale[i]);
        TEST(all >= 10 && few[i] == 0 && mean[i] == (double)(all * scale[i]), "%s: %" PRId64 ", few %" PRId64 ", %g at the end", names[i], all, few[i], mean[i]);
    }
    TEST(mean[0] < 10 * SCALE, "%g vessels would do as people too", mean[0]);
    memory_free(mean), memory_free(few);
    scratch_close(&scratch);
}

/* ---- other scenarios, scales and days ---- */

static void own_scenarios(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    write_study(&scratch, "s.cfg", "replicates = 2; scale = 20.0; days = 90;", "{ name = \"a\"; }, { name = \"b\"; scenario = \"other.cfg\"; }");
    size_t size;
    char *text = scratch_read(scratch_path(&scratch, "scenario.cfg"), &size);
    scratch_write(&scratch, "other.cfg", text);
    scratch_edit(&scratch, "other.cfg", "max_move_speed  = 200.0", "max_move_speed  = 100.0");
    run(&scratch, "s.cfg", "s.h5", 2);
    scratch_edit(&scratch, "scenario.cfg", "scale  = 10.0", "scale  = 20.0");
    scratch_edit(&scratch, "scenario.cfg", "days   = 200", "days   = 90");
    write_study(&scratch, "plain.cfg", "replicates = 2;", "{ name = \"a\"; }, { name = \"b\"; set = ( { name = \"flee_journey.max_move_speed\"; value = 100.0; } ); }");
    run(&scratch, "plain.cfg", "plain.h5", 2);
    same_arm(&scratch, "plain.h5", 0, 2, "s.h5", 0, 2);
    same_arm(&scratch, "plain.h5", 1, 2, "s.h5", 1, 2);
    scratch_edit(&scratch, "other.cfg", "2031-03-01", "2031-03-02");
    TEST(run_rows(&scratch, "s.cfg", "t.h5", NULL, 1, &error) && strstr(error.text, "other days"), "%s", error.text);
    free(text);
    scratch_close(&scratch);
}

/* ---- summary ---- */

static void summary(void)
{
    const double a[] = {3, 5, 4, NAN, 9, 11}, b[] = {1, 2, 3, 7, 4, 6}; /* differences 2 3 1 | - 5 5 */
    struct study_summary one = study_summary_of(a, b, 1, 3), two = study_summary_of(a, b, 2, 3), none = study_summary_of(a + 3, b, 1, 1);
    TEST(one.pairs == 3 && one.mean == 4 && one.difference == 2, "%d pairs, mean %g, difference %g", one.pairs, one.mean, one.difference);
    TEST(fabs(one.standard_error - sqrt(1.0 / 3)) < 1e-12 && fabs(one.variance_ratio - 0.5) < 1e-12, "%g %g", one.standard_error, one.variance_ratio);
    TEST(fabs(one.low - 1.1) < 1e-12 && fabs(one.high - 2.9) < 1e-12, "%g to %g", one.low, one.high);
    TEST(two.pairs == 5 && fabs(two.difference - 3.2) < 1e-12, "%g", two.difference);
    TEST(fabs(two.standard_error - 1.5) < 1e-12, "draws of mean 2 and 5: %g", two.standard_error);
    TEST(none.pairs == 0 && isnan(none.difference) && isnan(none.standard_error), "no pair, no number");
}

/* ---- failed runs ---- */

/* More people than fit the ids of a day set out on day 35 where many do: of two draws the first or the second. */
static void write_crowd(const struct scratch *scratch)
{
    scratch_write(scratch, "scenario.cfg",
                  "title = \"A crowd\";\nstart = \"2020-01-15\";\ndays = 40;\nworld = { places = \"places.csv\"; };\n"
                  "drivers = ( { name = \"conflict\"; over = \"place\"; file = \"conflict.csv\"; } );\n"
                  "models = ( { name = \"flee_zones\"; }, { name = \"flee_entry\"; spawn_mode = \"constant\"; } );\n");
    scratch_write(scratch, "places.csv", "name,state,region,latitude,longitude,kind,population,capacity\nA,S,,1,1,town,5,\nB,S,,1,2,town,5,\n");
    scratch_write(scratch, "conflict.csv", "day,A\n0,0\n35,1\n36,0\n");
    scratch_write(scratch, "study.cfg",
                  "scenario = \"scenario.cfg\";\nreplicates = 2;\nfirst_seed = 6;\ndraws = 2;\ndesign = \"latin\";\n"
                  "parameters = ( { name = \"flee_entry.displaced_per_conflict_day\"; low = 1; high = 1e9; } );\narms = ( { name = \"only\"; } );\n");
}

static void check_messages(const struct scratch *scratch)
{
    struct error error = {0};
    hsize_t messages = 0;
    int64_t failed = 0;
    hid_t file = hdf5_file_open(scratch_path(scratch, "crowd.h5"), false, &error);
    char **message = hdf5_file_read_strings(file, "failed_message", &messages, &error);
    hdf5_file_read_value(file, ".", "failed_runs", H5T_NATIVE_INT64, &failed, &error);
    H5Fclose(file);
    TEST(failed == 2 && messages == 2, "%" PRId64 " failed, %d messages", failed, (int)messages);
    TEST(messages && strstr(message[0], "day 35") && strstr(message[0], "parties"), "%s", messages ? message[0] : "");
    hdf5_file_free_strings(message, messages);
}

/* Rows of time: the end of January, the end of the run. What failed has no numbers, the rest has. */
static void check_failed(const struct scratch *scratch)
{
    size_t count;
    int64_t *status = integers(scratch, "crowd.h5", "run_status", &count), *total = integers(scratch, "crowd.h5", "total_present", &count);
    int64_t *pairs = integers(scratch, "crowd.h5", "pairs", &count);
    double *value = numbers(scratch, "crowd.h5", "parameter_value", &count);
    TEST((value[0] > PERSON_MOST_PARTIES) != (value[1] > PERSON_MOST_PARTIES), "%g and %g: the test needs another first_seed", value[0], value[1]);
    for (int run = 0; run < 4; run++) {
        bool fails = value[run / 2] > PERSON_MOST_PARTIES;
        TEST(status[run] == fails, "run %d: status %d", run, (int)status[run]);
        TEST(total[2 * run] == (fails ? -1 : 0), "run %d: %" PRId64 " in January", run, total[2 * run]);
        TEST(total[2 * run + 1] == (fails ? -1 : (int64_t)value[run / 2]), "run %d: %" PRId64 " at the end", run, total[2 * run + 1]);
    }
    TEST(pairs[0] == 2, "%" PRId64 " pairs", pairs[0]);
    memory_free(status), memory_free(total), memory_free(pairs), memory_free(value);
}

static void failed_runs(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    write_crowd(&scratch);
    TEST(run_rows(&scratch, "study.cfg", "crowd.h5", NULL, 2, &error) && error.status == FAIL_RUN, "%s", error.text);
    TEST(strstr(error.text, "2 of 4 runs failed"), "%s", error.text);
    TEST(there(&scratch, "crowd.h5"), "no file");
    check_failed(&scratch);
    check_messages(&scratch);
    scratch_close(&scratch);
}

/* An input that changes under the study is not passed over. */
static void changed_input(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    uint64_t inodes = 0;
    write_crowd(&scratch);
    TEST(!run_rows(&scratch, "study.cfg", "crowd.h5", "1-2", 1, &error) && kept(&scratch, "crowd.h5.runs", &inodes) == 2, "%s", error.text);
    scratch_edit(&scratch, "conflict.csv", "36,0", "36,0.0");
    TEST(!run_rows(&scratch, "study.cfg", "crowd.h5", "1-2", 1, &error) && kept(&scratch, "crowd.h5.runs", &inodes) == 4, "runs of another input were taken");
    scratch_edit(&scratch, "study.cfg", "low = 1;", "low = 2;");
    TEST(!run_rows(&scratch, "study.cfg", "crowd.h5", "1-2", 1, &error) && kept(&scratch, "crowd.h5.runs", &inodes) == 6, "runs of other draws were taken");
    scratch_close(&scratch);
}

/* A factor on another link is another run. */
static void changed_where(void)
{
    struct scratch scratch = scratch_open();
    struct study_plan plan;
    struct error error;
    uint64_t inodes = 0;
    open_targets(&scratch, "{ name = \"driver:sea\"; where = \"B>C\"; as = \"waves\"; }", "waves\n2\n", &plan);
    study_plan_close(&plan);
    TEST(!run_rows(&scratch, "s.cfg", "s.h5", "1", 1, &error) && kept(&scratch, "s.h5.runs", &inodes) == 1, "%s", error.text);
    scratch_edit(&scratch, "s.cfg", "B>C", "A>B");
    TEST(!run_rows(&scratch, "s.cfg", "s.h5", "1", 1, &error) && kept(&scratch, "s.h5.runs", &inodes) == 2, "a run with another link's factor was taken");
    scratch_close(&scratch);
}

/* ---- bad files ---- */

struct bad {
    const char *head, *arms;
    int line;
    const char *expected;
};

#define ONE "{ name = \"a\"; }"
#define DRAW(rest) "replicates = 2; draws = 2; parameters = ( { name = \"flee_journey.max_move_speed\"; " rest " } );"
#define SET(rest) "{ name = \"a\"; },\n{ name = \"b\"; set = ( { " rest " } ); }"

#define ANY(name) "replicates = 2; draws = 2; parameters = ( { name = \"" name "\"; low = 1.0; high = 2.0; distribution = \"uniform\"; } );"
#define WENDED "{ name = \"a\"; " WEND " }"

static const struct bad bads[] = {
    {"", ONE, 0, "'replicates' is missing"},
    {"replicates = 0;", ONE, 2, "from 1 to 1000000, found 0"},
    {"replicates = 2.5;", ONE, 2, "expected a whole number"},
    {"replicates = 2; first_seed = -1;", ONE, 2, "found -1"},
    {"replicates = 2; draws = -3;", ONE, 2, "found -3"},
    {"replicates = 2;\ndraws = 3;", ONE, 3, "draws need at least one of 'parameters'"},
    {"replicates = 2; draws = 3;\ndesign = \"none\"; " DRAWN, ONE, 3, "draws need"},
    {"replicates = 2; design = \"latn\";", ONE, 2, "did you mean 'latin'?"},
    {"replicates = 2; every = \"week\";", ONE, 2, "expected one of month"},
    {"replicates = 2; every = 0;", ONE, 2, "found 0"},
    {"replicates = 2;\nreplicate = 3;", ONE, 3, "unknown setting"},
    {DRAW("low = 300.0; high = 200.0;"), ONE, 2, "expected low below high, found 300 and 200"},
    {DRAW("low = 300.0; high = 300.0;"), ONE, 2, "both 300"},
    {DRAW("low = -1.0;"), ONE, 2, "within [0.1, 20000]"},
    {DRAW("high = 1e9;"), ONE, 2, "within [0.1, 20000]"},
    {DRAW("distribution = \"normal\";"), ONE, 2, "expected one of uniform, loguniform, triangular"},
    {DRAW("distribution = \"triangular\"; low = 1.0; high = 2.0;"), ONE, 2, "expected a mode from 1 to 2, found 360"},
    {DRAW("mode = 200.0;"), ONE, 2, "only a triangular"},
    {DRAW("lowest = 200.0;"), ONE, 2, "unknown setting"},
    {"replicates = 2; parameters = ( { name = \"flee_journey.max_mov_speed\"; } );", ONE, 2, "did you mean 'flee_journey.max_move_speed'?"},
    {"replicates = 2; parameters = ( { name = \"case.x\"; } );", ONE, 2, "no model in force has a parameter 'case.x'"},
    {"replicates = 2; parameters = ( { name = \"flee_zones.rules\"; } );", ONE, 2, "is not a number"},
    {"replicates = 2; parameters = ( { name = \"flee_journey.awareness_level\"; } );", ONE, 2, "its table names no distribution"},
    {"replicates = 2; parameters = ( { name = \"flee_journey.camp_weight\"; } );", ONE, 2, "needs low above 0"},
    {"replicates = 2; " DRAWN DRAWN, ONE, 2, "duplicate setting"},
    {DRAW("}, { name = \"flee_journey.max_move_speed\";"), ONE, 2, "is drawn already"},
    {DRAW(""), SET("name = \"flee_journey.max_move_speed\"; value = 300.0;"), 5, "is drawn: an arm cannot set it"},
    {"replicates = 2; draws = 1; design = \"file\";", ONE, 0, "'draws_file' is missing"},
    {"replicates = 2;\ndraws_file = \"draws.csv\";", ONE, 3, "needs design = \"file\""},
    {"replicates = 2;\nscale = 0.5;", ONE, 3, "expected a number from 1 to 1e9, found 0.5"},
    {"replicates = 2;\ndays = 0;", ONE, 3, "found 0"},
    {"replicates = 2;\nkeep = ();", ONE, 3, "at least one tally or indicator"},
    {"replicates = 2;\nkeep = ( \"movments\" );", ONE, 3, "there is no tally or indicator 'movments' to keep (did you mean 'movements'?)"},
    {"replicates = 2; keep = ( \"movements\",\n\"movements\" );", ONE, 3, "is kept already"},
    {"replicates = 2; keep = ( { name = \"movements\"; by = (\"place\"); } );", ONE, 2, "'movements' has the axes link: each can be kept once"},
    {"replicates = 2; keep = ( { name = \"movements\"; } );", ONE, 2, "'by' is missing"},
    {"replicates = 2;", "{ name = \"a\"; scenario = \"no/where.cfg\"; }", 4, "there is no such file"},
    {ANY("policy:more room"), WENDED, 2, "expected policy:NAME.value or policy:NAME.factor"},
    {ANY("policy:more rooms.value"), WENDED, 2, "there is no policy 'more rooms' (did you mean 'more room'?)"},
    {ANY("policy:more room.value") ANY(""), WENDED, 2, "duplicate setting"},
    {"replicates = 2; draws = 2; parameters = ( { name = \"policy:more room.value\"; low = -1.0; high = 2.0; distribution = \"uniform\"; } );", WENDED, 2,
     "lever 'camp_capacity' takes values from 0 to 1e+06, and these draws give -1 to 2"},
    {"replicates = 2; draws = 2; parameters = ( { name = \"policy:more room.factor\"; low = 1.0; high = 1e6; distribution = \"uniform\"; } );", WENDED, 2,
     "these draws give 2 to 2000000"},
    {"replicates = 2; draws = 2; parameters = ( { name = \"policy:more room.value\"; distribution = \"uniform\"; } );", WENDED, 2, "expected low and high"},
    {ANY("driver:conflct"), ONE, 2, "there is no driver 'conflct' (did you mean 'conflict'?)"},
    {ANY("drivr:conflict"), ONE, 2, "expected policy, driver, column or analysis before ':' (did you mean 'driver'?)"},
    {ANY("column:link.km"), ONE, 2, "expected column:places.NAME"},
    {ANY("column:links.km"), ONE, 2, "links have no column 'km' of further numbers"},
    {"replicates = 2; draws = 2; parameters = ( { name = \"driver:conflict\"; low = -1.0; high = 2.0; distribution = \"uniform\"; } );", ONE, 2, "within [0, inf]"},
    {"replicates = 2; draws = 2; parameters = ( { name = \"driver:conflict\"; low = 1.0; high = 2.0; distribution = \"uniform\"; where = \"Bruck\"; } );", ONE, 2,
     "there is no place 'Bruck' (did you mean 'Brack'?)"},
    {"replicates = 2; draws = 2; parameters = ( { name = \"driver:conflict\"; low = 1.0; high = 2.0; distribution = \"uniform\"; where = (\"Brack\",\n\"Brack\"); } );", ONE, 3,
     "is there already"},
    {DRAW("where = \"Brack\";"), ONE, 2, "does not hold for one place"},
    {"replicates = 2;", "", 3, "expected at least one arm"},
    {"replicates = 2;", "{ name = \"a\"; },\n{ name = \"a\"; }", 5, "there is an arm 'a' already"},
    {"replicates = 2;", "{ nam = \"a\"; }", 4, "'name' is missing"},
    {"replicates = 2;", "{ name = \"a\"; polices = (); }", 4, "unknown setting (did you mean 'policies'?)"},
    {"replicates = 2;", "{ name = \"a\"; omit_closures = 1; }", 4, "expected true or false"},
    {"replicates = 2;", SET("name = \"flee_zones.camp_movchance\"; value = 0.2;"), 5, "did you mean 'flee_zones.camp_movechance'?"},
    {"replicates = 2;", SET("name = \"flee_zones.camp_movechance\"; value = 1.5;"), 5, "expected a value in [0, 1]"},
    {"replicates = 2;", SET("name = \"flee_zones.camp_movechance\";"), 5, "'value' is missing"},
    {"replicates = 2;", SET("name = \"flee_zones.camp_movechance\"; value = 0.1; }, { name = \"flee_zones.camp_movechance\"; value = 0.2;"), 5, "set already"},
    {"replicates = 2;", "{ name = \"a\"; policies = ( { name = \"p\"; lever = \"camp_capasity\"; set = 2.0; } ); }", 4, "did you mean 'camp_capacity'?"},
    {"replicates = 2;", "{ name = \"a\"; policies = ( { name = \"p\"; lever = \"camp_capacity\"; where = \"Wned\"; set = 2.0; } ); }", 4, "did you mean 'Wend'?"},
    {"replicates = 2;", "{ name = \"a\"; policies = ( { name = \"p\"; lever = \"camp_capacity\"; set = 2.0; }, { name = \"q\"; lever = \"camp_capacity\"; set = 3.0; } ); }", 4,
     "sets lever 'camp_capacity' where and when policy 'p'"},
    {"replicates = 2;", "{ name = \"a\"; policies = ( { name = \"p\"; lever = \"camp_capacity\"; set = 2.0; from = 900; } ); }", 4, "outside the run"},
};

static void expect_bad(const struct scratch *scratch, const char *what, int line, const char *expected)
{
    char place[600];
    struct error error;
    snprintf(place, sizeof place, line ? "s.cfg:%d: " : "s.cfg: ", line);
    int status = run_rows(scratch, "s.cfg", "s.h5", NULL, 1, &error);
    TEST(status && error.status == FAIL_INPUT, "%s: status %d", what, error.status);
    TEST(strstr(error.text, place) && strstr(error.text, expected), "%s: expected line %d and '%s', found '%s'", what, line, expected, error.text);
    TEST(!there(scratch, "s.h5.runs"), "%s: something was begun", what);
}

static void bad_files(void)
{
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        write_study(&scratch, "s.cfg", bads[i].head, bads[i].arms);
        expect_bad(&scratch, bads[i].head, bads[i].line, bads[i].expected);
    }
    scratch_write(&scratch, "s.cfg", "replicates = 1;\nscenario = \"no/where.cfg\";\narms = ( { name = \"a\"; } );\n");
    expect_bad(&scratch, "missing scenario", 2, "there is no such file");
    scratch_write(&scratch, "s.cfg", "replicates = 1;\narms = ( { name = \"a\"; } );\n");
    expect_bad(&scratch, "no scenario", 0, "'scenario' is missing");
    scratch_close(&scratch);
}

static const struct {
    const char *draws;
    int line; /* of the table; 0: of the study file */
    const char *expected;
} bad_tables[] = {
    {"flee_journey.max_move_sped\n200\n", 1, "did you mean 'flee_journey.max_move_speed'?"},
    {"flee_journey.max_move_speed,weight\n200,1\n", 1, "rows stand for equal shares"},
    {"flee_journey.max_move_speed\n", 1, "expected at least one row"},
    {"flee_journey.max_move_speed\n200\n\n-5\n", 4, "expected a value within [0.1, 20000], found -5"},
    {"flee_journey.max_move_speed\n200\nfast\n", 3, "fast"},
    {"flee_journey.awareness_level\n1.5\n", 2, "expected a whole number"},
    {"flee_journey.max_move_speed,flee_journey.awareness_level\n200\n", 2, "expected a number"},
    {"flee_zones.rules\n1\n", 1, "is not a number"},
    {"policy:more room.value\n2\n2e6\n", 1, "these draws give 2 to 2000000"},
};

/* What a factor makes of a table is tried before anything is run. */
static void factors_tried(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    char scenario[4096];
    TEST(realpath("scenarios/toy_routes/scenario.cfg", scenario), "no toy routes");
    char *text = memory_format("scenario = \"%s\"; replicates = 1; draws = 2; arms = ( { name = \"a\"; } );\n"
                               "parameters = ( { name = \"column:links.death\"; low = 1.0; high = 1000.0; distribution = \"loguniform\"; } );\n",
                               scenario);
    scratch_write(&scratch, "s.cfg", text);
    TEST(run_rows(&scratch, "s.cfg", "s.h5", NULL, 1, &error) && error.status == FAIL_INPUT, "chances of 8 are run with");
    TEST(strstr(error.text, "s.cfg:2: column:links.death = 1000: ") && !there(&scratch, "s.h5.runs"), "%s", error.text);
    memory_free(text);
    scratch_close(&scratch);
}

static void bad_draws(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    char place[64];
    write_study(&scratch, "s.cfg", "replicates = 1; design = \"file\"; draws_file = \"draws.csv\";", WENDED);
    for (size_t i = 0; i < sizeof bad_tables / sizeof *bad_tables; i++) {
        snprintf(place, sizeof place, "draws.csv:%d: ", bad_tables[i].line);
        scratch_write(&scratch, "draws.csv", bad_tables[i].draws);
        TEST(run_rows(&scratch, "s.cfg", "s.h5", NULL, 1, &error) && error.status == FAIL_INPUT, "%s", bad_tables[i].draws);
        TEST(strstr(error.text, place) && strstr(error.text, bad_tables[i].expected), "expected '%s%s', found '%s'", place, bad_tables[i].expected, error.text);
    }
    write_study(&scratch, "s.cfg", "replicates = 1; draws = 2;\ndesign = \"file\"; draws_file = \"draws.csv\"; " DRAWN, ONE);
    scratch_write(&scratch, "draws.csv", "flee_journey.max_move_speed\n200\n");
    TEST(run_rows(&scratch, "s.cfg", "s.h5", NULL, 1, &error) && strstr(error.text, "expected a column 'flee_journey.awareness_level'"), "%s", error.text);
    scratch_write(&scratch, "draws.csv", "flee_journey.max_move_speed,flee_journey.awareness_level\n200,1\n");
    TEST(run_rows(&scratch, "s.cfg", "s.h5", NULL, 1, &error) && strstr(error.text, "has 1 rows, fewer than 2 draws"), "%s", error.text);
    scratch_close(&scratch);
}

/* ---- the file ---- */

/* Both engines of xarray, values as the program's own reader has them. */
static void other_programs(void)
{
    static const char script[] =
        "import sys\n"
        "try:\n"
        "    import h5netcdf, netCDF4, numpy as np, xarray as xr\n"
        "except ImportError:\n"
        "    sys.exit(77)\n"
        "for engine in ('netcdf4', 'h5netcdf'):\n"
        "    d = xr.open_dataset(sys.argv[1], engine=engine)\n"
        "    assert d.present.dims == ('arm', 'draw', 'replicate', 'time', 'place') and d.present.dtype == np.int64\n"
        "    assert list(d.arm.values) == ['as it is', 'more room'] and list(d.parameter.values)[0] == 'flee_journey.max_move_speed'\n"
        "    assert [str(t)[:10] for t in d.time.values] == ['2031-03-31', '2031-04-30', '2031-05-31', '2031-06-30', '2031-07-31', '2031-08-31', '2031-09-16']\n"
        "    assert d.time_bounds.shape == (7, 2) and (d.time_bounds.values[1:, 0] == d.time_bounds.values[:-1, 1]).all()\n"
        "    assert (d.present.sum('place') == d.total_present).all() and (d.entries.sum('place') == d.total_entries).all()\n"
        "    one = d.sel(arm='more room').present.isel(time=-1).sel(place='Wend').values - d.sel(arm='as it is').present.isel(time=-1).sel(place='Wend').values\n"
        "    row = d.sel(arm='more room', measure='present at Wend')\n"
        "    assert abs(float(row.difference_mean) - one.mean()) < 1e-9 and abs(float(row.difference_low) - np.quantile(one, 0.05)) < 1e-9\n"
        "    assert abs(float(row.difference_standard_error) - one.mean(axis=1).std(ddof=1) / 2 ** 0.5) < 1e-9 and int(row.pairs) == one.size\n"
        "    assert (d.parameter_value >= d.parameter_low).all() and (d.parameter_value <= d.parameter_high).all()\n"
        "    moves = d.total_movements.sum('time')\n"
        "    assert abs(float(d.difference_mean.sel(arm='more room', measure='movements')) - float((moves[1] - moves[0]).mean())) < 1e-6\n"
        "    assert (d.run_status == 0).all() and d.attrs['failed_runs'] == 0 and d.attrs['reference_arm'] == 'as it is'\n"
        "    xr.open_dataset(sys.argv[1], engine=engine, group='provenance')\n";
    struct scratch scratch = scratch_open();
    write_study(&scratch, "s.cfg", "replicates = 3; draws = 2; " DRAWN, "{ name = \"as it is\"; }, { name = \"more room\"; " WEND " }");
    run(&scratch, "s.cfg", "s.h5", 4);
    scratch_write(&scratch, "check.py", script);
    char *command = memory_format("/usr/bin/python3 %s/check.py %s/s.h5", scratch.folder, scratch.folder);
    int status = system(command);
    memory_free(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) test_skip("no xarray with its two engines");
    else TEST(status == 0, "other programs read something else");
    scratch_close(&scratch);
}

/* The study that ships, with fewer seeds. */
static void shipped(void)
{
    struct study_plan plan;
    struct error error = {0};
    TEST(!study_plan_open(&plan, SHIPPED "/study.cfg", &error), "%s", error.text);
    TEST(plan.arms == 2 && plan.replicates == 20 && !strcmp(plan.name, "three_borders_study"), "%d arms", plan.arms);
    TEST(!error.status && strstr(plan.arm[1].description, "camp_capacity"), "what differs is said");
    TEST(plan.parameters == 2 && plan.value[0] == 200 && plan.value[1] == 2, "without draws the values are those in force");
    study_plan_close(&plan);
}

static const struct test_case cases[] = {
    {"the reference arm is plain runs, seed by seed", plain_runs},
    {"twins differ by exactly 0", arms},
    {"closures left out and values set", closures_and_values},
    {"another arm and another draw change nothing else", more_of_everything},
    {"1 and 4 at a time", threads},
    {"in several goes", goes},
    {"killed and continued", killed},
    {"Latin hypercube", latin},
    {"random draws", random_draws},
    {"drawn values hold", drawn_values_hold},
    {"a table of draws", table_of_draws},
    {"policies drawn", policies_drawn},
    {"drivers drawn", drivers_drawn},
    {"columns drawn", columns_drawn},
    {"the drawn strength of a policy", strength},
    {"what is kept", kept_results},
    {"few people are said to be few", few_people},
    {"things are not scaled", things},
    {"an arm's own scenario", own_scenarios},
    {"paired summary", summary},
    {"failed runs are listed", failed_runs},
    {"runs of another input are not taken", changed_input},
    {"factors elsewhere are other runs", changed_where},
    {"bad study files", bad_files},
    {"factors are tried first", factors_tried},
    {"bad tables of draws", bad_draws},
    {"other programs", other_programs},
    {"the study that ships", shipped},
};
TEST_MAIN(cases)
