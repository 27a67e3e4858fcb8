/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static void stop(const char *what, const char *which)
{
    fprintf(stderr, "scratch: %s: %s\n", which, what);
    exit(EXIT_FAILURE);
}

struct scratch scratch_open(void)
{
    struct scratch scratch;
    const char *base = getenv("TMPDIR");
    snprintf(scratch.folder, sizeof scratch.folder, "%s/wayfare-XXXXXX", base && *base ? base : P_tmpdir);
    if (!mkdtemp(scratch.folder)) stop("cannot be made", scratch.folder);
    chmod(scratch.folder, 0755);
    return scratch;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void scratch_close(struct scratch *scratch) { nftw(scratch->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char text[8][512];
    static int turn;
    char *path = text[turn++ % 8];
    snprintf(path, sizeof text[0], "%s/%s", scratch->folder, name);
    return path;
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
}

void scratch_write_bytes(const struct scratch *scratch, const char *name, const void *bytes, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(scratch, name));
    make_folders(path);
    FILE *out = fopen(path, "w");
    if (!out || fwrite(bytes, 1, size, out) != size || fclose(out)) stop("cannot be written", path);
}

void scratch_write(const struct scratch *scratch, const char *name, const char *text) { scratch_write_bytes(scratch, name, text, strlen(text)); }

char *scratch_read(const char *path, size_t *size)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t room = 0, used = 0;
    if (!in) return NULL;
    do {
        room = room ? 2 * room : 4096;
        text = realloc(text, room + 1);
        if (!text) stop("out of memory", path);
        used += fread(text + used, 1, room - used, in);
    } while (used == room);
    fclose(in);
    text[used] = '\0';
    if (size) *size = used;
    return text;
}

void scratch_edit(const struct scratch *scratch, const char *name, const char *old, const char *new)
{
    char *text = scratch_read(scratch_path(scratch, name), NULL), *at = text ? strstr(text, old) : NULL;
    if (!at) stop("is not in the file to edit", old);
    size_t size = strlen(text) + strlen(new) + 1;
    char *edited = malloc(size);
    if (!edited) stop("out of memory", name);
    snprintf(edited, size, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    scratch_write(scratch, name, edited);
    free(edited);
    free(text);
}

int scratch_without_rights(int (*work)(void *context), void *context)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))) _exit(255);
        _exit(work(context));
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 255) return -1;
    return WEXITSTATUS(status);
}
