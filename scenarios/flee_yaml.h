/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A settings file as a flat list of entries: section, key, value, line. */
#ifndef WAYFARE_FLEE_YAML_H
#define WAYFARE_FLEE_YAML_H

#include "scenarios/flee_input.h"

enum flee_yaml_kind { FLEE_YAML_NOTHING,
                      FLEE_YAML_PLAIN,
                      FLEE_YAML_QUOTED,
                      FLEE_YAML_LIST,
                      FLEE_YAML_GROUP };

struct flee_yaml_entry {
    char *section; /* "move_rules"; "" at the top */
    char *key;     /* "hasten"; within a group "conflict_driven_spawning.spawn_mode" */
    enum flee_yaml_kind kind;
    int line;
    char *text;  /* PLAIN, QUOTED */
    int items;   /* LIST, GROUP */
    char **item; /* LIST */
};

struct flee_yaml {
    char *path;
    int entries;
    struct flee_yaml_entry *entry;
};

/* Where a key is given twice the later value holds, with a warning. 0 or -1; free in either case. */
int flee_yaml_read(struct flee_input *in, const char *path, struct flee_yaml *yaml);
void flee_yaml_free(struct flee_yaml *yaml);
const struct flee_yaml_entry *flee_yaml_find(const struct flee_yaml *yaml, const char *section, const char *key); /* NULL: none */

#endif
