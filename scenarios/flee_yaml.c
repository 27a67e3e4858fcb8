/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/flee_yaml.h"
#include "sim/memory.h"
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 3 }; /* section, group, key */

struct walk {
    struct flee_input *in;
    struct flee_yaml *yaml;
    yaml_document_t *document;
};

static int line_of(const yaml_node_t *node) { return (int)node->start_mark.line + 1; }

static const char *scalar(const yaml_node_t *node) { return (const char *)node->data.scalar.value; }

/* Rooms double. */
static struct flee_yaml_entry *add_entry(struct flee_yaml *yaml, const char *section, const char *key, int line)
{
    size_t count = (size_t)yaml->entries;
    if ((count & (count - 1)) == 0) yaml->entry = memory_grow(yaml->entry, count, count ? 2 * count : 1, sizeof *yaml->entry);
    struct flee_yaml_entry *entry = &yaml->entry[yaml->entries++];
    *entry = (struct flee_yaml_entry){.section = memory_text(section), .key = memory_text(key), .line = line};
    return entry;
}

static bool is_nothing(const yaml_node_t *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(scalar(node), words[i])) return true;
    return false;
}

static int fill_list(struct walk *walk, struct flee_yaml_entry *entry, const yaml_node_t *node)
{
    entry->kind = FLEE_YAML_LIST;
    entry->items = (int)(node->data.sequence.items.top - node->data.sequence.items.start);
    entry->item = memory_new((size_t)entry->items, sizeof *entry->item);
    for (int i = 0; i < entry->items; i++) {
        yaml_node_t *item = yaml_document_get_node(walk->document, node->data.sequence.items.start[i]);
        if (item->type != YAML_SCALAR_NODE) return fail_at(walk->in->error, walk->yaml->path, line_of(item),
                                                           "expected a list of plain values in '%s'", entry->key);
        entry->item[i] = memory_text(scalar(item));
    }
    return 0;
}

static void fill_scalar(struct flee_yaml_entry *entry, const yaml_node_t *node)
{
    entry->kind = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? FLEE_YAML_PLAIN : FLEE_YAML_QUOTED;
    entry->text = memory_text(scalar(node));
}

static int walk_group(struct walk *walk, const yaml_node_t *map, const char *section, const char *group, int depth);

/* A group's own entry comes first, then those of its keys. Names at depth 1 are sections. */
static int walk_value(struct walk *walk, const yaml_node_t *node, const char *section, const char *key, int line, int depth)
{
    struct flee_yaml_entry *entry = add_entry(walk->yaml, section, key, line);
    if (is_nothing(node)) return 0;
    if (node->type == YAML_SEQUENCE_NODE) return fill_list(walk, entry, node);
    if (node->type == YAML_SCALAR_NODE) return fill_scalar(entry, node), 0;
    entry->kind = FLEE_YAML_GROUP;
    entry->items = (int)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    if (depth == DEEPEST) return fail_at(walk->in->error, walk->yaml->path, line,
                                         "expected a plain value or a list for '%s', found a group", key);
    return walk_group(walk, node, depth == 1 ? key : section, depth == 1 ? "" : key, depth + 1);
}

static bool given_again(struct walk *walk, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
    const char *key = scalar(yaml_document_get_node(walk->document, pair->key));
    for (const yaml_node_pair_t *later = pair + 1; later < map->data.mapping.pairs.top; later++) {
        const yaml_node_t *other = yaml_document_get_node(walk->document, later->key);
        if (other->type != YAML_SCALAR_NODE || strcmp(scalar(other), key)) continue;
        setup_warn(walk->in->setup, "%s:%d: '%.40s' is given again on line %d; the later one holds", walk->yaml->path,
                   line_of(yaml_document_get_node(walk->document, pair->key)), key, line_of(other));
        return true;
    }
    return false;
}

static int walk_pair(struct walk *walk, const yaml_node_t *map, const yaml_node_pair_t *pair, const char *section, const char *group,
                     int depth)
{
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key), *value = yaml_document_get_node(walk->document,
                                                                                                                pair->value);
    if (key->type != YAML_SCALAR_NODE) return fail_at(walk->in->error, walk->yaml->path, line_of(key),
                                                      "expected a plain key, found a list or a group");
    if (given_again(walk, map, pair)) return 0;
    char *name = *group ? memory_format("%s.%s", group, scalar(key)) : memory_text(scalar(key));
    int status = walk_value(walk, value, section, name, line_of(key), depth);
    memory_free(name);
    return status;
}

static int walk_group(struct walk *walk, const yaml_node_t *map, const char *section, const char *group, int depth)
{
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++)
        if (walk_pair(walk, map, pair, section, group, depth)) return -1;
    return 0;
}

static int walk_document(struct walk *walk)
{
    const yaml_node_t *root = yaml_document_get_root_node(walk->document);
    if (!root || is_nothing(root)) return 0;
    if (root->type == YAML_MAPPING_NODE) return walk_group(walk, root, "", "", 1);
    return fail_at(walk->in->error, walk->yaml->path, line_of(root), "expected sections such as move_rules:, found a %s",
                   root->type == YAML_SEQUENCE_NODE ? "list" : "plain text");
}

static int fail_parser(struct walk *walk, const yaml_parser_t *parser)
{
    int line = (int)parser->problem_mark.line + 1;
    return fail_at(walk->in->error, walk->yaml->path, line, "expected YAML: %s%s%s", parser->problem ? parser->problem : "unreadable",
                   parser->context ? " " : "", parser->context ? parser->context : "");
}

static int read_document(struct walk *walk, yaml_parser_t *parser)
{
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) return fail_parser(walk, parser);
    walk->document = &document;
    int status = walk_document(walk);
    yaml_document_delete(&document);
    return status;
}

static int read_end(struct walk *walk, yaml_parser_t *parser)
{
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) return fail_parser(walk, parser);
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    int line = root ? line_of(root) : 0;
    yaml_document_delete(&document);
    return root ? fail_at(walk->in->error, walk->yaml->path, line, "expected one document, found a second") : 0;
}

int flee_yaml_read(struct flee_input *in, const char *path, struct flee_yaml *yaml)
{
    yaml_parser_t parser;
    struct walk walk = {.in = in, .yaml = yaml};
    *yaml = (struct flee_yaml){.path = memory_text(path)};
    FILE *file = flee_input_open(in, path);
    if (!file) return -1;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_file(&parser, file);
    int status = read_document(&walk, &parser) || read_end(&walk, &parser) ? -1 : 0;
    yaml_parser_delete(&parser);
    fclose(file);
    return status ? -1 : flee_input_record(in, path);
}

static void free_entry(struct flee_yaml_entry *entry)
{
    for (int i = 0; i < entry->items && entry->item; i++) memory_free(entry->item[i]);
    memory_free(entry->section);
    memory_free(entry->key);
    memory_free(entry->text);
    memory_free(entry->item);
}

void flee_yaml_free(struct flee_yaml *yaml)
{
    for (int i = 0; i < yaml->entries; i++) free_entry(&yaml->entry[i]);
    memory_free(yaml->entry);
    memory_free(yaml->path);
    *yaml = (struct flee_yaml){0};
}

const struct flee_yaml_entry *flee_yaml_find(const struct flee_yaml *yaml, const char *section, const char *key)
{
    for (int i = 0; i < yaml->entries; i++)
        if (!strcmp(yaml->entry[i].section, section) && !strcmp(yaml->entry[i].key, key)) return &yaml->entry[i];
    return NULL;
}
