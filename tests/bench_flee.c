/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flee's rules on a real conflict, as a user runs it: the whole command, reading and writing included, one thread.
   Lines "name value unit"; processor time of the child, median of five runs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 5
#define PERSON_DAYS 62253151.0 /* of burundi at hasten 1: persons summed over its 396 days, known from the data */

static double child_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static int run(char *const arguments[])
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(126);
        execv(arguments[0], arguments);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench(const char *name, char *rules, char *out)
{
    char *program = getenv("WAYFARE") ? getenv("WAYFARE") : "./wayfare";
    char *const arguments[] = {program, "flee", "../shared/flee/conflicts/burundi", "--settings", "../shared/flee/conflicts/burundi/simsetting.yml", "--out", out, "--rules", rules, "--threads", "1", "--force", NULL};
    double seconds[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double before = child_seconds();
        if (run(arguments)) {
            printf("%s failed run\n", name);
            return;
        }
        seconds[i] = child_seconds() - before;
    }
    qsort(seconds, RUNS, sizeof *seconds, compare);
    printf("%s_cpu %.3f s\n%s_rate %.1f million person-days per CPU second\n", name, seconds[RUNS / 2], name, PERSON_DAYS / seconds[RUNS / 2] / 1e6);
}

int main(void)
{
    char folder[] = P_tmpdir "/wayfare-bench-XXXXXX", out[64];
    if (access("../shared/flee/conflicts/burundi", R_OK)) {
        printf("skipped: ../shared/flee is not there\n");
        return 0;
    }
    if (!mkdtemp(folder)) return 1;
    snprintf(out, sizeof out, "%s/out.h5", folder);
    bench("burundi_hasten_1_compat", "compat", out);
    bench("burundi_hasten_1_fixed", "fixed", out);
    unlink(out);
    rmdir(folder);
    return 0;
}
