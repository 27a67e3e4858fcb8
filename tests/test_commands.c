/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program as people run it: what it says where, which status it ends with, what it leaves behind. */
#include "scenarios/config.h"
#include "scratch.h"
#include "sim/fail.h"
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 40
#define DEMO "scenarios/three_borders/scenario.cfg"
#define TOY "scenarios/toy_case/scenario.cfg"
#define BURUNDI "../shared/flee/conflicts/burundi"

/* What one call of the program did. */
struct outcome {
    int status; /* -1: ended by a signal */
    char *out, *err;
};

struct call {
    const struct scratch *scratch; /* it runs in this folder */
    int pending;                   /* a signal that waits for it from the start; 0: none */
    const char *out;               /* where its standard output goes; NULL: a file that is read */
};

static const char *program(void)
{
    static char path[4096];
    const char *given = getenv("WAYFARE");
    return realpath(given && *given ? given : "./wayfare", path);
}

static void redirect(int to, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || dup2(file, to) < 0) _exit(126);
    close(file);
}

/* A blocked signal that is pending stays so across exec: the program finds it after its first day. */
static void leave_pending(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(number);
}

static void become(const struct call *call, char **argv)
{
    redirect(STDOUT_FILENO, call->out ? call->out : scratch_path(call->scratch, "stdout.txt"));
    redirect(STDERR_FILENO, scratch_path(call->scratch, "stderr.txt"));
    if (chdir(call->scratch->folder)) _exit(126);
    if (call->pending) leave_pending(call->pending);
    execv(argv[0], argv);
    _exit(127);
}

/* Words are parted by spaces; one that names a file of the project becomes a whole path. */
static void split(char *text, char **argv)
{
    static char path[4][4096];
    int count = 1, used = 0;
    argv[0] = (char *)(uintptr_t)program();
    for (char *word = strtok(text, " "); word && count < WORDS - 1; word = strtok(NULL, " ")) {
        bool ours = !strncmp(word, "scenarios/", 10) || !strncmp(word, "../shared/", 10);
        argv[count++] = ours && used < 4 && realpath(word, path[used]) ? path[used++] : word;
    }
    argv[count] = NULL;
}

static pid_t start(const struct call *call, const char *words)
{
    char text[1024], *argv[WORDS];
    snprintf(text, sizeof text, "%s", words);
    split(text, argv);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) become(call, argv);
    return child;
}

/* Never NULL. */
static char *said(const struct scratch *scratch, const char *name)
{
    char *text = scratch_read(scratch_path(scratch, name), NULL);
    return text ? text : calloc(1, 1);
}

static struct outcome end(const struct call *call, pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return (struct outcome){WIFEXITED(status) ? WEXITSTATUS(status) : -1, said(call->scratch, "stdout.txt"), said(call->scratch, "stderr.txt")};
}

static struct outcome obey(const struct call *call, const char *words) { return end(call, start(call, words)); }

static struct outcome wayfare(const struct scratch *scratch, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct outcome wayfare(const struct scratch *scratch, const char *format, ...)
{
    char words[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return obey(&(struct call){.scratch = scratch}, words);
}

static void forget(struct outcome *o)
{
    free(o->out);
    free(o->err);
}

/* Runs, checks the status, forgets. */
static void expect(const struct scratch *scratch, int status, const char *words)
{
    struct outcome o = wayfare(scratch, "%s", words);
    TEST(o.status == status, "%s: status %d, expected %d: %s", words, o.status, status, o.err);
    forget(&o);
}

static bool exists(const struct scratch *scratch, const char *name) { return !access(scratch_path(scratch, name), F_OK); }

static bool holds(const char *text, const char *part) { return strstr(text, part) != NULL; }

/* ---- usage, help, version ---- */

struct usage {
    const char *words, *expected;
};

static const struct usage usages[] = {
    {"", "expected a command"},
    {"rnu", "did you mean 'run'?"},
    {"--versoin", "unknown command '--versoin'"},
    {"run", "expected SCENARIO.cfg"},
    {"run a.cfg b.cfg", "unexpected argument 'b.cfg'"},
    {"run a.cfg --sede 3", "unknown option '--sede' (did you mean '--seed'?)"},
    {"run a.cfg --thread=x", "--threads: expected a whole number"},
    {"run a.cfg --days 0", "--days: expected a whole number from 1"},
    {"run a.cfg --days 1.5", "--days: expected a whole number"},
    {"run a.cfg --seed", "option '--seed' needs a value"},
    {"run a.cfg --seed -1", "--seed: expected a whole number from 0"},
    {"run a.cfg --scale 0.5", "--scale: expected a number from 1"},
    {"run a.cfg --sample nan", "--sample: expected a number from 0 to 1"},
    {"run a.cfg --force=yes", "option '--force' takes no value"},
    {"run a.cfg -x", "unknown option '-x'"},
    {"run a.cfg --rules good", "--rules: expected one of compat|fixed"},
    {"run a.cfg --set flee", "--set: expected MODEL.PARAMETER=VALUE"},
    {"run a.cfg --set flee.x=", "--set: expected MODEL.PARAMETER=VALUE"},
    {"run " DEMO " --set flee_zones.camp=1", "flee_zones has no parameter 'camp'"},
    {"run " DEMO " --set flee_zone.rules=fixed", "did you mean 'flee_zones'?"},
    {"run " DEMO " --set flee_zones.conflict_spawn_decay=1,x", "expected numbers with commas"},
    {"check " DEMO " --settings x.yml", "--settings is for directories"},
    {"flee", "expected DIR"},
    {"flee x --set a", "--set: expected"},
    {"resume", "expected FILE.ckpt"},
    {"resume x.ckpt --seed 4", "unknown option '--seed'"},
    {"diff a.h5", "expected A.h5 B.h5"},
    {"info", "expected FILE.h5"},
    {"params flee_zone", "did you mean 'flee_zones'?"},
    {"params --format html", "--format: expected one of md|cfg"},
};

static void usage(void)
{
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
        struct outcome o = wayfare(&scratch, "%s", usages[i].words);
        TEST(o.status == FAIL_USAGE, "'%s': status %d", usages[i].words, o.status);
        TEST(holds(o.err, usages[i].expected), "'%s': '%s' is not in '%s'", usages[i].words, usages[i].expected, o.err);
        TEST(holds(o.err, "--help'"), "'%s': says where help is", usages[i].words);
        TEST(!*o.out, "'%s': standard output: '%s'", usages[i].words, o.out);
        forget(&o);
    }
    TEST(!exists(&scratch, "results"), "nothing was made");
    scratch_close(&scratch);
}

static void help(void)
{
    static const char *const lines[] = {"--help", "run --help", "flee --help", "check --help", "resume --help", "info --help", "diff --help", "params --help", "run a b c --help"};
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct outcome o = wayfare(&scratch, "%s", lines[i]);
        TEST(o.status == 0 && holds(o.out, "usage: wayfare") && !*o.err, "'%s': status %d, '%s'", lines[i], o.status, o.err);
        forget(&o);
    }
    struct outcome o = wayfare(&scratch, "--version");
    TEST(o.status == 0 && holds(o.out, "wayfare ") && holds(o.out, "HDF5 1."), "%s", o.out);
    forget(&o);
    scratch_close(&scratch);
}

static void params(void)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    struct outcome o = wayfare(&scratch, "params");
    TEST(o.status == 0 && holds(o.out, "flee_zones") && holds(o.out, "conflict_movechance"), "%s", o.out);
    forget(&o);
    o = wayfare(&scratch, "params flee_journey --format md");
    TEST(o.status == 0 && holds(o.out, "| max_move_speed |") && !holds(o.out, "camp_movechance"), "%s", o.out);
    forget(&o);
    o = wayfare(&scratch, "params --format cfg");
    scratch_write(&scratch, "models.cfg", o.out);
    struct config *config = config_open(scratch_path(&scratch, "models.cfg"), &error);
    TEST(config, "the settings file with all defaults reads back: %s", error.text);
    config_close(config);
    forget(&o);
    scratch_close(&scratch);
}

/* ---- runs ---- */

static size_t lines_in(const char *text)
{
    size_t count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static void a_run(void)
{
    struct scratch scratch = scratch_open();
    struct outcome o = wayfare(&scratch, "run " DEMO " --days 20");
    TEST(o.status == 0, "%s", o.err);
    TEST(lines_in(o.out) == 1 && holds(o.out, "results/three_borders.h5: ") && holds(o.out, " persons, digest "), "'%s'", o.out);
    TEST(holds(o.err, "day 20 of 20 (100 %)"), "progress: '%s'", o.err);
    TEST(exists(&scratch, "results/three_borders.h5") && !exists(&scratch, "results/three_borders.h5.part"), "one whole file");
    forget(&o);
    o = wayfare(&scratch, "info results/three_borders.h5");
    TEST(o.status == 0 && holds(o.out, "Three borders"), "%s%s", o.out, o.err);
    forget(&o);
    expect(&scratch, FAIL_INPUT, "info nowhere.h5");
    scratch_close(&scratch);
}

/* The digest in the last line; "" where there is none. */
static void digest_of(const struct outcome *o, char hex[65])
{
    const char *at = strstr(o->out, "digest ");
    snprintf(hex, 65, "%.64s", at ? at + 7 : "");
}

static void same_and_different(void)
{
    struct scratch scratch = scratch_open();
    char one[65], three[65], other[65];
    struct outcome o = wayfare(&scratch, "run " DEMO " --days 60 --threads 1 --out one.h5");
    digest_of(&o, one), forget(&o);
    o = wayfare(&scratch, "run " DEMO " --days 60 --threads 3 --out three.h5");
    digest_of(&o, three), forget(&o);
    o = wayfare(&scratch, "run " DEMO " --days 60 --seed 2 --out other.h5");
    digest_of(&o, other), forget(&o);
    TEST(strlen(one) == 64 && !strcmp(one, three), "'%s' '%s'", one, three);
    TEST(strcmp(one, other), "another seed, the same digest");
    expect(&scratch, 0, "diff one.h5 three.h5");
    o = wayfare(&scratch, "diff one.h5 other.h5");
    TEST(o.status == FAIL_RUN && *o.out && !*o.err, "status %d, '%s'", o.status, o.err);
    forget(&o);
    expect(&scratch, FAIL_INPUT, "diff one.h5 nowhere.h5");
    scratch_close(&scratch);
}

/* A value of the command line counts, and is told where it came from. */
static void sets(void)
{
    struct scratch scratch = scratch_open();
    struct outcome o = wayfare(&scratch, "check " DEMO " --set flee_zones.camp_movechance=0.25 --set flee_zones.conflict_spawn_decay=1,0.5");
    TEST(o.status == 0 && holds(o.out, "= 0.25 1/day  (given, --set)") && holds(o.out, "[1, 0.5]"), "%s%s", o.out, o.err);
    forget(&o);
    o = wayfare(&scratch, "check " DEMO " --set flee_zones.camp_movechance=7");
    TEST(o.status == FAIL_INPUT && holds(o.err, "--set: flee_zones.camp_movechance: expected a value in [0, 1]"), "%d %s", o.status, o.err);
    forget(&o);
    scratch_close(&scratch);
}

/* Two places on two islands, and who goes between them. */
static void write_islands(const struct scratch *scratch)
{
    scratch_write(scratch, "roles.cfg", "title = \"t\"; start = \"2016-01-20\"; days = 3;\n"
                                        "world = { places = \"places.csv\"; links = \"links.csv\"; states = \"states.csv\"; };\n"
                                        "drivers = ( { name = \"arrivals\"; over = \"place\"; file = \"arrivals.csv\"; } );\n"
                                        "traits = ( { name = \"class\"; file = \"class.csv\"; per = \"party\"; }, { name = \"sex\"; file = \"sex.csv\"; given = \"class\"; } );\n"
                                        "models = ( { name = \"arrivals\"; } );\n");
    scratch_write(scratch, "places.csv", "name,state,latitude,longitude,kind\nBay,West,1,2,town+embarkation\nPort,East,1,4,disembarkation\nHill,East,1,5,town\n");
    scratch_write(scratch, "links.csv", "from,to,km,both,mode\nBay,Port,200,no,sea\nPort,Hill,30,yes,\n");
    scratch_write(scratch, "states.csv", "name,roles\nWest,origin\nEast,transit+destination\n");
    scratch_write(scratch, "arrivals.csv", "day,Bay\n0,5\n");
    scratch_write(scratch, "class.csv", "value,default\nnear,1\nfar,2\n");
    scratch_write(scratch, "sex.csv", "given,value,default\nnear,female,1\nnear,male,1\nfar,female,1\nfar,male,3\n");
}

static void check(void)
{
    static const char *const expected[] = {
        "  states      2: origin 1, transit 1, destination 1\n",
        "  places      3: town 2, embarkation 1, disembarkation 1\n",
        "  links       3 directed: road 2, sea 1; 0 changes",
        "  trait       class: 2 values per party\n",
        "  trait       sex: 2 values per person, given class\n",
    };
    struct scratch scratch = scratch_open();
    write_islands(&scratch);
    struct outcome o = wayfare(&scratch, "check " DEMO);
    TEST(o.status == 0 && holds(o.out, "states      3\n  places      20: town ") && holds(o.out, ", camp ") && holds(o.out, "flee_journey") && holds(o.out, "(default)"), "%s%s", o.out, o.err);
    forget(&o);
    o = wayfare(&scratch, "check scenarios/toy_case");
    TEST(o.status == 0 && holds(o.out, "5 stages, 1 placements, 1 services") && holds(o.out, "about 2000"), "a folder with a scenario: %s%s", o.out, o.err);
    forget(&o);
    o = wayfare(&scratch, "check roles.cfg");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) TEST(o.status == 0 && holds(o.out, expected[i]), "'%s' is not in: %s%s", expected[i], o.out, o.err);
    forget(&o);
    TEST(!exists(&scratch, "results"), "a check writes nothing");
    scratch_close(&scratch);
}

/* ---- what stands in the way ---- */

static void existing(void)
{
    struct scratch scratch = scratch_open();
    scratch_write(&scratch, "old.h5", "precious");
    struct outcome o = wayfare(&scratch, "run " DEMO " --out old.h5");
    TEST(o.status == FAIL_OUTPUT && holds(o.err, "old.h5: exists already") && !holds(o.err, "day 20"), "%d %s", o.status, o.err);
    forget(&o);
    char *text = scratch_read(scratch_path(&scratch, "old.h5"), NULL);
    TEST(text && !strcmp(text, "precious"), "it is as it was");
    free(text);
    expect(&scratch, 0, "run " DEMO " --days 5 --out old.h5 --force");
    expect(&scratch, 0, "info old.h5");
    scratch_write(&scratch, "new.csv", "precious");
    expect(&scratch, FAIL_OUTPUT, "run " DEMO " --days 5 --out new.h5 --csv new.csv");
    TEST(!exists(&scratch, "new.h5") && !exists(&scratch, "new.h5.part"), "nothing half-written");
    scratch_close(&scratch);
}

static void no_folder(void)
{
    struct scratch scratch = scratch_open();
    struct outcome o = wayfare(&scratch, "run " DEMO " --out nowhere/x.h5");
    TEST(o.status == FAIL_OUTPUT && holds(o.err, "there is no folder 'nowhere'"), "%d %s", o.status, o.err);
    TEST(!exists(&scratch, "nowhere"), "it is not made");
    forget(&o);
    scratch_write(&scratch, "file", "");
    expect(&scratch, FAIL_OUTPUT, "run " DEMO " --out file/x.h5");
    scratch_close(&scratch);
}

static void bad_input(void)
{
    struct scratch scratch = scratch_open();
    struct outcome o = wayfare(&scratch, "run nowhere.cfg --out x.h5");
    TEST(o.status == FAIL_INPUT && holds(o.err, "nowhere.cfg: there is no such file"), "%d %s", o.status, o.err);
    forget(&o);
    scratch_write(&scratch, "bad.cfg", "title = \"x\";\nstart = \"2020-01-01\";\ndays = 5000000000;\n");
    o = wayfare(&scratch, "run bad.cfg");
    TEST(o.status == FAIL_INPUT && holds(o.err, "bad.cfg:3:") && lines_in(o.err) == 1 && !*o.out, "%d %s", o.status, o.err);
    forget(&o);
    expect(&scratch, FAIL_INPUT, "flee nowhere --out x.h5");
    expect(&scratch, FAIL_INPUT, "check nowhere");
    TEST(!exists(&scratch, "x.h5") && !exists(&scratch, "x.h5.part") && !exists(&scratch, "results"), "nothing is left");
    scratch_close(&scratch);
}

static void full_csv(void)
{
    struct scratch scratch = scratch_open();
    if (symlink("/dev/full", scratch_path(&scratch, "x.csv.part"))) test_skip("no symbolic links");
    else {
        struct outcome o = wayfare(&scratch, "run " DEMO " --out x.h5 --csv x.csv");
        TEST(o.status == FAIL_OUTPUT && holds(o.err, "No space left"), "%d %s", o.status, o.err);
        TEST(!exists(&scratch, "x.csv") && !exists(&scratch, "x.h5"), "nothing that looks whole");
        forget(&o);
    }
    scratch_close(&scratch);
}

static void full_output(void)
{
    struct scratch scratch = scratch_open();
    struct call call = {.scratch = &scratch, .out = "/dev/full"};
    struct outcome o = obey(&call, "params");
    TEST(o.status == FAIL_OUTPUT && holds(o.err, "standard output"), "%d %s", o.status, o.err);
    forget(&o);
    scratch_close(&scratch);
}

static void full_disk(void)
{
    struct scratch scratch = scratch_open();
    char path[512];
    scratch_write(&scratch, "disk/none", "");
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "disk"));
    if (mount("tmpfs", path, "tmpfs", 0, "size=64k")) test_skip("a small disk can be mounted by root only");
    else {
        struct outcome o = wayfare(&scratch, "run " DEMO " --out disk/x.h5");
        TEST(o.status == FAIL_OUTPUT && holds(o.err, "disk/x.h5"), "%d %s", o.status, o.err);
        TEST(!exists(&scratch, "disk/x.h5") && !exists(&scratch, "disk/x.h5.part"), "nothing is left");
        forget(&o);
        umount(path);
    }
    scratch_close(&scratch);
}

/* ---- checkpoints ---- */

static void stop_and_resume(void)
{
    static const int stops[] = {SIGTERM, SIGINT, SIGUSR2};
    struct scratch scratch = scratch_open();
    expect(&scratch, 0, "run " DEMO " --days 40 --out whole.h5");
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct call call = {.scratch = &scratch, .pending = stops[i]};
        struct outcome o = obey(&call, "run " DEMO " --days 40 --out x.h5 --force");
        TEST(o.status == FAIL_AGAIN && holds(o.err, "stopped after day 1 of 40; go on with: wayfare resume x.h5.ckpt"), "%d %s", o.status, o.err);
        TEST(exists(&scratch, "x.h5.ckpt") && (i > 0 || !exists(&scratch, "x.h5")), "a checkpoint, no results");
        forget(&o);
        unlink(scratch_path(&scratch, "x.h5"));
        expect(&scratch, 0, "resume x.h5.ckpt --threads 2");
        TEST(exists(&scratch, "x.h5") && !exists(&scratch, "x.h5.ckpt") && !exists(&scratch, "x.h5.seg-0001"), "results and nothing else");
        expect(&scratch, 0, "diff whole.h5 x.h5");
    }
    scratch_close(&scratch);
}

static void save_and_go_on(void)
{
    struct scratch scratch = scratch_open();
    struct call call = {.scratch = &scratch, .pending = SIGUSR1};
    expect(&scratch, 0, "run " DEMO " --days 40 --out whole.h5");
    struct outcome o = obey(&call, "run " DEMO " --days 40 --out x.h5");
    TEST(o.status == 0 && !exists(&scratch, "x.h5.ckpt"), "%d %s", o.status, o.err);
    forget(&o);
    expect(&scratch, 0, "diff whole.h5 x.h5");
    expect(&scratch, 0, "run " DEMO " --days 40 --out y.h5 --checkpoint 7");
    expect(&scratch, 0, "diff whole.h5 y.h5");
    scratch_close(&scratch);
}

/* Waits for a checkpoint, then kills. true if the run was still under way. */
static bool kill_after_checkpoint(const struct scratch *scratch, pid_t child)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < 20000 && !exists(scratch, "x.h5.ckpt") && !exists(scratch, "x.h5"); i++) nanosleep(&moment, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return !exists(scratch, "x.h5");
}

static void killed(void)
{
    struct scratch scratch = scratch_open();
    struct call call = {.scratch = &scratch};
    expect(&scratch, 0, "run " DEMO " --out whole.h5");
    pid_t child = start(&call, "run " DEMO " --out x.h5 --checkpoint 10");
    if (!kill_after_checkpoint(&scratch, child)) test_skip("the run ended before it could be killed");
    else {
        expect(&scratch, FAIL_OUTPUT, "run " DEMO " --out x.h5");
        expect(&scratch, 0, "resume x.h5.ckpt");
        expect(&scratch, 0, "diff whole.h5 x.h5");
    }
    scratch_close(&scratch);
}

static void copy_demo(const struct scratch *scratch)
{
    static const char *const names[] = {"scenario.cfg", "data/places.csv", "data/links.csv", "data/closures.csv", "data/conflict.csv", "data/registered.csv", "data/sex.csv", "data/age.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char from[256], to[256];
        snprintf(from, sizeof from, "scenarios/three_borders/%s", names[i]);
        snprintf(to, sizeof to, "demo/%s", names[i]);
        char *text = scratch_read(from, NULL);
        TEST(text, "%s", from);
        scratch_write(scratch, to, text ? text : "");
        free(text);
    }
}

static void not_the_same(void)
{
    struct scratch scratch = scratch_open();
    struct call call = {.scratch = &scratch, .pending = SIGTERM};
    copy_demo(&scratch);
    struct outcome o = obey(&call, "run demo/scenario.cfg --out x.h5");
    TEST(o.status == FAIL_AGAIN, "%d %s", o.status, o.err);
    forget(&o);
    scratch_edit(&scratch, "demo/scenario.cfg", "camp_weight     = 2.0", "camp_weight     = 3.0");
    o = wayfare(&scratch, "resume x.h5.ckpt");
    TEST(o.status == FAIL_INPUT && holds(o.err, "camp_weight") && !exists(&scratch, "x.h5"), "%d %s", o.status, o.err);
    forget(&o);
    scratch_write(&scratch, "text.ckpt", "no checkpoint");
    expect(&scratch, FAIL_INPUT, "resume text.ckpt");
    expect(&scratch, FAIL_INPUT, "resume nowhere.ckpt");
    scratch_close(&scratch);
}

/* ---- Flee's format ---- */

static void flee(void)
{
    struct scratch scratch = scratch_open();
    if (access(BURUNDI, R_OK)) test_skip(BURUNDI " is not here");
    else {
        struct outcome o = wayfare(&scratch, "flee " BURUNDI " --days 20 --out b.h5 --csv b.csv");
        char *text = scratch_read(scratch_path(&scratch, "b.csv"), NULL);
        TEST(o.status == 0 && holds(o.out, "b.h5: "), "%d %s", o.status, o.err);
        TEST(text && !strncmp(text, "Day,Date,", 9) && lines_in(text) == 21, "%s", text ? text : "no file");
        free(text);
        forget(&o);
        o = wayfare(&scratch, "check " BURUNDI " --rules compat");
        TEST(o.status == 0 && holds(o.out, "= compat"), "%d %s", o.status, o.err);
        forget(&o);
    }
    scratch_close(&scratch);
}

static const struct test_case cases[] = {
    {"usage", usage},
    {"help", help},
    {"params", params},
    {"a run", a_run},
    {"same and different", same_and_different},
    {"sets", sets},
    {"check", check},
    {"existing", existing},
    {"no folder", no_folder},
    {"bad input", bad_input},
    {"full csv", full_csv},
    {"full output", full_output},
    {"full disk", full_disk},
    {"stop and resume", stop_and_resume},
    {"save and go on", save_and_go_on},
    {"killed", killed},
    {"not the same", not_the_same},
    {"flee", flee},
};

int main(int argc, char **argv)
{
    if (program()) return test_main(argc, argv, cases, sizeof cases / sizeof *cases);
    test_skip("the program is not built: set WAYFARE or run make");
    printf("0 passed, 0 failed, 1 skipped\n");
    return 0;
}
