/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "config_scan.h"
#include "sim/memory.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name that a reader looked for in a group, found or not: the group's known keys. */
struct asked {
    const config_setting_t *group;
    char *name;
};

struct config {
    char *path;
    char *directory; /* of the main file; NULL: the working directory */
    struct config_scan scan;
    config_t tree;
    struct asked *asked;
    int askeds, asked_room;
};

/* ---- files ---- */

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return NULL;
    return slash == path ? memory_text("/") : memory_format("%.*s", (int)(slash - path), path);
}

char *config_path(const struct config *config, const char *path)
{
    if (path[0] == '/' || !config->directory) return memory_text(path);
    return memory_format("%s/%s", config->directory, path);
}

/* libconfig names an included file as the @include line does; we say it as seen from where the user stands. */
static const char *file_named(const struct config *config, const char *raw)
{
    if (!raw || !strcmp(raw, config->path)) return config->path;
    size_t skip = config->directory ? strlen(config->directory) + 1 : 0;
    for (int i = 1; i < config->scan.files; i++)
        if (!strcmp(config->scan.file[i] + skip, raw)) return config->scan.file[i];
    return config->path;
}

int config_files(const struct config *config) { return config->scan.files; }
const char *config_file(const struct config *config, int index) { return config->scan.file[index]; }

/* The text of one line, without the spaces round it: shown with a syntax error. */
static void line_text(const char *path, int wanted, char *text, size_t size)
{
    char buffer[256];
    int line = 1;
    text[0] = '\0';
    FILE *in = fopen(path, "r");
    while (in && line <= wanted && fgets(buffer, sizeof buffer, in)) {
        if (line == wanted && !text[0]) snprintf(text, size, "%.*s", (int)strcspn(buffer, "\r\n"), buffer);
        if (strchr(buffer, '\n')) line++;
    }
    if (in) fclose(in);
}

static int fail_parse(const struct config *config, struct error *error)
{
    const char *file = file_named(config, config_error_file(&config->tree));
    const char *what = config_error_text(&config->tree);
    int line = config_error_line(&config->tree);
    char text[100];
    line_text(file, line, text, sizeof text);
    return fail_at(error, file, line, "%s, at or before: %s", what ? what : "cannot be parsed", text + strspn(text, " \t"));
}

static int parse(struct config *config, struct error *error)
{
    if (config_scan_read(&config->scan, config->path, config->directory, error)) return -1;
    if (config->directory) config_set_include_dir(&config->tree, config->directory);
    if (!config_read_file(&config->tree, config->path)) return fail_parse(config, error);
    if (!config_setting_length(config_root_setting(&config->tree))) return fail_at(error, config->path, 0, "holds no settings");
    return 0;
}

struct config *config_open(const char *path, struct error *error)
{
    struct config *config = memory_new(1, sizeof *config);
    config->path = memory_text(path);
    config->directory = directory_of(path);
    config_init(&config->tree);
    if (!parse(config, error)) return config;
    config_close(config);
    return NULL;
}

void config_close(struct config *config)
{
    if (!config) return;
    for (int i = 0; i < config->askeds; i++) memory_free(config->asked[i].name);
    memory_free(config->asked);
    config_destroy(&config->tree);
    config_scan_free(&config->scan);
    memory_free(config->directory);
    memory_free(config->path);
    memory_free(config);
}

/* ---- where a setting stands ---- */

const char *config_source(struct config_node node) { return file_named(node.config, config_setting_source_file(node.setting)); }
int config_line(struct config_node node) { return (int)config_setting_source_line(node.setting); }

/* "world.places": the names from the root down; items of lists have none and are told apart by their lines. */
static void path_of(const config_setting_t *setting, char *text, size_t size)
{
    if (!setting || config_setting_is_root(setting)) return;
    path_of(config_setting_parent(setting), text, size);
    const char *name = config_setting_name(setting);
    size_t used = strlen(text);
    if (name) snprintf(text + used, size - used, "%s%s", used ? "." : "", name);
}

int config_fail(struct config_node node, struct error *error, const char *format, ...)
{
    char text[768], path[160] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    path_of(node.setting, path, sizeof path);
    return fail_at(error, config_source(node), config_line(node), "%s%s%s", path, path[0] ? ": " : "", text);
}

/* ---- marks ---- */

/* The hook of a setting that was read points to its tree; any non-NULL pointer would do. */
static void mark(struct config_node node) { config_setting_set_hook(node.setting, &node.config->tree); }
static bool marked(const config_setting_t *setting) { return config_setting_get_hook(setting) != NULL; }

static void remember(struct config_node group, const char *name)
{
    struct config *config = group.config;
    if (config->askeds == config->asked_room) {
        int room = config->asked_room ? 2 * config->asked_room : 64;
        config->asked = memory_grow(config->asked, (size_t)config->asked_room, (size_t)room, sizeof *config->asked);
        config->asked_room = room;
    }
    config->asked[config->askeds++] = (struct asked){group.setting, memory_text(name)};
}

static int collect_asked(const struct config *config, const config_setting_t *group, const char **names)
{
    int count = 0;
    for (int i = 0; i < config->askeds; i++)
        if (config->asked[i].group == group) names[count++] = config->asked[i].name;
    return count;
}

static void list_names(const char *const *names, int count, char *text, size_t size)
{
    for (int i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", i ? ", " : "; known here: ", names[i]);
    }
}

static int fail_unread(struct config *config, config_setting_t *setting, struct error *error)
{
    struct config_node node = {config, setting};
    const char *name = config_setting_name(setting);
    const char **names = memory_new((size_t)config->askeds + 1, sizeof *names);
    int count = collect_asked(config, config_setting_parent(setting), names);
    char near[96], known[400] = "";
    fail_nearest(near, name ? name : "", names, (size_t)count);
    if (!near[0]) list_names(names, count, known, sizeof known);
    memory_free(names);
    return config_fail(node, error, "unknown setting%s%s", near, known);
}

static int check_read(struct config *config, config_setting_t *setting, struct error *error)
{
    if (!config_setting_is_root(setting) && !marked(setting)) return fail_unread(config, setting, error);
    int count = config_setting_is_aggregate(setting) ? config_setting_length(setting) : 0;
    for (int i = 0; i < count; i++)
        if (check_read(config, config_setting_get_elem(setting, (unsigned)i), error)) return -1;
    return 0;
}

int config_unread(struct config *config, struct error *error) { return check_read(config, config_root_setting(&config->tree), error); }

int config_unread_in(struct config_node node, struct error *error) { return check_read(node.config, node.setting, error); }

/* ---- finding ---- */

struct config_node config_root(struct config *config) { return (struct config_node){config, config_root_setting(&config->tree)}; }

static config_setting_t *member(struct config_node group, const char *name)
{
    return group.setting && config_setting_is_group(group.setting) ? config_setting_get_member(group.setting, name) : NULL;
}

bool config_has(struct config_node group, const char *name) { return member(group, name) != NULL; }

/* A needed setting is missing: is there an unknown one whose name is near? */
static int fail_missing(struct config_node group, const char *name, struct error *error)
{
    char near[96];
    int count = config_count(group);
    for (int i = 0; i < count; i++) {
        config_setting_t *other = config_setting_get_elem(group.setting, (unsigned)i);
        const char *other_name = config_setting_name(other);
        if (marked(other) || !fail_nearest(near, name, &other_name, 1)[0]) continue;
        return config_fail(group, error, "'%s' is missing (is '%s' on line %d meant?)", name, other_name,
                           (int)config_setting_source_line(other));
    }
    return config_fail(group, error, "'%s' is missing", name);
}

int config_any(struct config_node group, const char *name, enum config_need need, struct config_node *value, struct error *error)
{
    remember(group, name);
    *value = (struct config_node){group.config, member(group, name)};
    if (value->setting) return mark(*value), 0;
    return need == CONFIG_NEEDED ? fail_missing(group, name, error) : 0;
}

int config_count(struct config_node node)
{
    return node.setting && config_setting_is_aggregate(node.setting) ? config_setting_length(node.setting) : 0;
}

struct config_node config_item(struct config_node node, int index)
{
    struct config_node item = {node.config, config_setting_get_elem(node.setting, (unsigned)index)};
    mark(item);
    return item;
}

const char *config_name(struct config_node node)
{
    const char *name = config_setting_name(node.setting);
    return name ? name : "";
}

static int type_of(struct config_node node) { return node.setting ? config_setting_type(node.setting) : CONFIG_TYPE_NONE; }

bool config_is_group(struct config_node node) { return type_of(node) == CONFIG_TYPE_GROUP; }
bool config_is_list(struct config_node node) { return type_of(node) == CONFIG_TYPE_LIST || type_of(node) == CONFIG_TYPE_ARRAY; }
bool config_is_text(struct config_node node) { return type_of(node) == CONFIG_TYPE_STRING; }
bool config_is_integer(struct config_node node) { return type_of(node) == CONFIG_TYPE_INT || type_of(node) == CONFIG_TYPE_INT64; }

/* ---- values ---- */

/* The shortest text that reads back as the same number. */
static void number_text(double value, char *text, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

/* A whole number that was written as a fraction keeps a ".0", so that a message or a check can tell. */
static void fraction_text(double value, char *text, size_t size)
{
    number_text(value, text, size);
    size_t used = strlen(text);
    if (!strpbrk(text, ".en")) snprintf(text + used, size - used, ".0");
}

static const char *found(struct config_node node, char *text, size_t size)
{
    const config_setting_t *setting = node.setting;
    switch (type_of(node)) {
    case CONFIG_TYPE_INT:
        snprintf(text, size, "%d", config_setting_get_int(setting));
        break;
    case CONFIG_TYPE_INT64:
        snprintf(text, size, "%lld", config_setting_get_int64(setting));
        break;
    case CONFIG_TYPE_FLOAT:
        fraction_text(config_setting_get_float(setting), text, size);
        break;
    case CONFIG_TYPE_BOOL:
        snprintf(text, size, "%s", config_setting_get_bool(setting) ? "true" : "false");
        break;
    case CONFIG_TYPE_STRING:
        snprintf(text, size, "the text \"%.40s\"", config_setting_get_string(setting));
        break;
    case CONFIG_TYPE_GROUP:
        snprintf(text, size, "a group { ... }");
        break;
    default:
        snprintf(text, size, "a list");
        break;
    }
    return text;
}

static int fail_type(struct config_node node, struct error *error, const char *expected)
{
    char text[80];
    return config_fail(node, error, "expected %s, found %s", expected, found(node, text, sizeof text));
}

int config_as_integer(struct config_node node, int64_t *value, struct error *error)
{
    mark(node);
    if (type_of(node) == CONFIG_TYPE_INT) *value = config_setting_get_int(node.setting);
    else if (type_of(node) == CONFIG_TYPE_INT64) *value = config_setting_get_int64(node.setting);
    else return fail_type(node, error, "a whole number");
    return 0;
}

int config_as_number(struct config_node node, double *value, struct error *error)
{
    mark(node);
    if (type_of(node) == CONFIG_TYPE_INT) *value = config_setting_get_int(node.setting);
    else if (type_of(node) == CONFIG_TYPE_INT64) *value = (double)config_setting_get_int64(node.setting);
    else if (type_of(node) == CONFIG_TYPE_FLOAT) *value = config_setting_get_float(node.setting);
    else return fail_type(node, error, "a number");
    return isfinite(*value) ? 0 : config_fail(node, error, "expected a finite number");
}

int config_as_text(struct config_node node, const char **value, struct error *error)
{
    mark(node);
    if (!config_is_text(node)) return fail_type(node, error, "a text in quotes");
    const char *text = config_setting_get_string(node.setting);
    if (!text || !text[0]) return config_fail(node, error, "expected a text, found an empty one");
    *value = text;
    return 0;
}

static int as_flag(struct config_node node, bool *value, struct error *error)
{
    mark(node);
    if (type_of(node) != CONFIG_TYPE_BOOL) return fail_type(node, error, "true or false");
    *value = config_setting_get_bool(node.setting);
    return 0;
}

int config_as_numbers(struct config_node node, struct config_list *value, struct error *error)
{
    mark(node);
    if (!config_is_list(node)) return fail_type(node, error, "a list of numbers, as (1, 2.5)");
    struct config_list list = {memory_new((size_t)config_count(node), sizeof *list.value), config_count(node)};
    for (int i = 0; i < list.count; i++) {
        if (!config_as_number(config_item(node, i), &list.value[i], error)) continue;
        memory_free(list.value);
        return -1;
    }
    *value = list;
    return 0;
}

int config_as_group(struct config_node node, struct error *error)
{
    mark(node);
    return config_is_group(node) ? 0 : fail_type(node, error, "a group { ... }");
}

static int as_list(struct config_node node, struct error *error)
{
    mark(node);
    return config_is_list(node) ? 0 : fail_type(node, error, "a list ( ... )");
}

int config_as_plain(struct config_node node, char **value, struct error *error)
{
    const char *word = NULL;
    char text[80];
    mark(node);
    if (config_is_text(node)) {
        if (config_as_text(node, &word, error)) return -1;
        *value = memory_text(word);
        return 0;
    }
    if (config_is_group(node) || config_is_list(node)) return fail_type(node, error, "a number, a word or true or false");
    *value = memory_text(found(node, text, sizeof text));
    return 0;
}

/* ---- one setting of a group ---- */

int config_integer(struct config_node group, const char *name, enum config_need need, int64_t *value, struct error *error)
{
    struct config_node node;
    if (config_any(group, name, need, &node, error)) return -1;
    return node.setting ? config_as_integer(node, value, error) : 0;
}

int config_number(struct config_node group, const char *name, enum config_need need, double *value, struct error *error)
{
    struct config_node node;
    if (config_any(group, name, need, &node, error)) return -1;
    return node.setting ? config_as_number(node, value, error) : 0;
}

int config_text(struct config_node group, const char *name, enum config_need need, const char **value, struct error *error)
{
    struct config_node node;
    if (config_any(group, name, need, &node, error)) return -1;
    return node.setting ? config_as_text(node, value, error) : 0;
}

int config_flag(struct config_node group, const char *name, enum config_need need, bool *value, struct error *error)
{
    struct config_node node;
    if (config_any(group, name, need, &node, error)) return -1;
    return node.setting ? as_flag(node, value, error) : 0;
}

int config_numbers(struct config_node group, const char *name, enum config_need need, struct config_list *value, struct error *error)
{
    struct config_node node;
    if (config_any(group, name, need, &node, error)) return -1;
    return node.setting ? config_as_numbers(node, value, error) : 0;
}

int config_group(struct config_node group, const char *name, enum config_need need, struct config_node *value, struct error *error)
{
    if (config_any(group, name, need, value, error)) return -1;
    return value->setting ? config_as_group(*value, error) : 0;
}

int config_items(struct config_node group, const char *name, enum config_need need, struct config_node *value, struct error *error)
{
    if (config_any(group, name, need, value, error)) return -1;
    return value->setting ? as_list(*value, error) : 0;
}
