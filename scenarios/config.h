/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict access to a libconfig file. What libconfig lets pass is refused here: whole numbers cut to 32 bits, fractions
   read as whole numbers, wrong types taken for missing ones, misspelt keys, include circles, comments without an end.
   Every setting read is marked; config_unread() reports the first that nobody asked for. */
#ifndef WAYFARE_CONFIG_H
#define WAYFARE_CONFIG_H

#include "sim/fail.h"
#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>

struct config;

/* A setting, or .setting NULL where the file does not have it. */
struct config_node {
    struct config *config;
    config_setting_t *setting;
};

enum config_need { CONFIG_OPTIONAL,
                   CONFIG_NEEDED };

struct config_list {
    double *value;
    int count;
};

/* NULL on error. Included files are looked for beside the main file. */
struct config *config_open(const char *path, struct error *error);
void config_close(struct config *config);
int config_files(const struct config *config); /* the main file and those it includes */
const char *config_file(const struct config *config, int index);
/* A path as written in the file, seen from the main file's directory; the caller frees it. */
char *config_path(const struct config *config, const char *path);
int config_unread(struct config *config, struct error *error);      /* 0, or -1 for the first setting that was never asked for */
int config_unread_in(struct config_node node, struct error *error); /* the same below one setting that was asked for */

struct config_node config_root(struct config *config);
bool config_has(struct config_node group, const char *name); /* marks nothing */

/* Read one setting of a group. A missing optional one leaves *value as it is. 0 or -1. */
int config_integer(struct config_node group, const char *name, enum config_need need, int64_t *value, struct error *error);
int config_number(struct config_node group, const char *name, enum config_need need, double *value, struct error *error);
int config_text(struct config_node group, const char *name, enum config_need need, const char **value, struct error *error); /* not "" */
int config_flag(struct config_node group, const char *name, enum config_need need, bool *value, struct error *error);
/* The caller frees .value. */
int config_numbers(struct config_node group, const char *name, enum config_need need, struct config_list *value, struct error *error);
int config_group(struct config_node group, const char *name, enum config_need need, struct config_node *value, struct error *error);
/* A list (...) or array [...]. */
int config_items(struct config_node group, const char *name, enum config_need need, struct config_node *value, struct error *error);

/* Any setting by name, marked; its type is for the caller to judge. */
int config_any(struct config_node group, const char *name, enum config_need need, struct config_node *value, struct error *error);
int config_count(struct config_node node); /* of items in a list, of settings in a group; 0 where there is none */
struct config_node config_item(struct config_node node, int index);
const char *config_name(struct config_node node); /* "" for an item of a list */
bool config_is_group(struct config_node node);
bool config_is_list(struct config_node node);
bool config_is_text(struct config_node node);
bool config_is_integer(struct config_node node);

/* The value of a setting in hand; marks it. */
int config_as_integer(struct config_node node, int64_t *value, struct error *error);
int config_as_number(struct config_node node, double *value, struct error *error);
int config_as_text(struct config_node node, const char **value, struct error *error);
int config_as_numbers(struct config_node node, struct config_list *value, struct error *error);
int config_as_group(struct config_node node, struct error *error);
/* A number, word or flag as text ("0.25", "compat", "true"); the caller frees it. */
int config_as_plain(struct config_node node, char **value, struct error *error);

/* Where a setting stands. The file's name is valid until config_close(). */
const char *config_source(struct config_node node);
int config_line(struct config_node node);
/* "file:line: ..."; -1. */
int config_fail(struct config_node node, struct error *error, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
