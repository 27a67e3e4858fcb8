/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_reader.h"
#include <inttypes.h>

struct config_node study_reader_setting(struct study_reader *r, const char *name)
{
    struct config_node node;
    config_any(config_root(r->config), name, CONFIG_OPTIONAL, &node, r->error);
    return node;
}

int study_reader_count(struct study_reader *r, const char *name, enum config_need need, int64_t low, int64_t high, int64_t *value)
{
    struct config_node node;
    if (config_any(config_root(r->config), name, need, &node, r->error)) return -1;
    if (!node.setting) return 0;
    if (config_as_integer(node, value, r->error)) return -1;
    if (*value >= low && *value <= high) return 0;
    return config_fail(node, r->error, "expected a whole number from %" PRId64 " to %" PRId64 ", found %" PRId64, low, high, *value);
}

int study_reader_word(struct study_reader *r, struct config_node group, const char *name, const char *const *words, int fallback)
{
    struct config_node node;
    struct scenario_input input = {NULL, r->config, r->error};
    const char *word;
    if (config_any(group, name, CONFIG_OPTIONAL, &node, r->error)) return -1;
    if (!node.setting) return fallback;
    if (config_as_text(node, &word, r->error)) return -1;
    return scenario_input_word(&input, name, word, words, scenario_input_at(node));
}

int study_reader_param(struct study_reader *r, struct config_node group, const char **name, char **model, const struct param **param)
{
    struct config_node node;
    if (config_as_group(group, r->error) || config_any(group, "name", CONFIG_NEEDED, &node, r->error)) return -1;
    if (config_as_text(node, name, r->error)) return -1;
    return study_target_param(&r->base, *name, scenario_input_at(node), model, param, r->error);
}
