/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simsetting.yml: one table says for every key that Flee knows where its value goes. */
#include "scenarios/flee_yaml.h"
#include "sim/memory.h"
#include "sim/param.h"
#include <math.h>
#include <string.h>
#include <strings.h>

enum use {
    GIVE,    /* to the model's parameter of the same name */
    SECTION, /* holds keys */
    HERE,    /* acted upon by this reader */
    IGNORE,  /* logs, and values that only matter to rules that are refused */
    EMPTY,   /* Flee reads the key, or its documentation names it, but nothing comes of it */
    REFUSE   /* rules that are not built, when switched on */
};

enum type { NUMBER,
            INTEGER,
            FLAG,
            LIST,
            ANY };

struct rule {
    const char *section, *key;
    enum use use;
    enum type type;
    const char *model;
};

#define ZONES "flee_zones"
#define ENTRY "flee_entry"
#define JOURNEY "flee_journey"

static const struct rule rules[] = {
    {"", "log_levels", SECTION, ANY, NULL},
    {"", "spawn_rules", SECTION, ANY, NULL},
    {"", "move_rules", SECTION, ANY, NULL},
    {"", "optimisations", SECTION, ANY, NULL},
    {"", "number_of_steps", EMPTY, ANY, NULL},
    {"", "conflict_input_file", EMPTY, ANY, NULL},
    {"", "flood_level_input_file", EMPTY, ANY, NULL},
    {"", "default_conflict_intensity", EMPTY, ANY, NULL},

    {"optimisations", "hasten", HERE, INTEGER, NULL},

    {"spawn_rules", "take_from_population", GIVE, FLAG, ENTRY},
    {"spawn_rules", "insert_day0", GIVE, FLAG, ENTRY},
    {"spawn_rules", "empty_camps_on_day0", GIVE, FLAG, ENTRY},
    {"spawn_rules", "conflict_zone_spawning_only", GIVE, FLAG, ENTRY},
    {"spawn_rules", "sum_from_camps", GIVE, FLAG, ENTRY},
    {"spawn_rules", "conflict_spawn_decay", GIVE, LIST, ZONES},
    {"spawn_rules", "conflict_spawn_decay_interval", GIVE, INTEGER, ZONES},
    {"spawn_rules", "conflict_driven_spawning", HERE, ANY, NULL},
    {"spawn_rules", "conflict_driven_spawning.spawn_mode", HERE, ANY, NULL},
    {"spawn_rules", "conflict_driven_spawning.displaced_per_conflict_day", HERE, NUMBER, NULL},
    {"spawn_rules", "average_social_connectivity", IGNORE, ANY, NULL},
    {"spawn_rules", "flood_zone_spawning_only", REFUSE, FLAG, NULL},
    {"spawn_rules", "flood_driven_spawn_mode", REFUSE, ANY, NULL},
    {"spawn_rules", "flood_driven_spawning", REFUSE, ANY, NULL},
    {"spawn_rules", "starvation_driven_spawning", REFUSE, FLAG, NULL},
    {"spawn_rules", "camps_are_sinks", REFUSE, FLAG, NULL},
    {"spawn_rules", "camps_are_sicks", REFUSE, FLAG, NULL},
    {"spawn_rules", "read_from_agents_csv_file", REFUSE, FLAG, NULL},

    {"move_rules", "max_move_speed", GIVE, NUMBER, JOURNEY},
    {"move_rules", "max_walk_speed", GIVE, NUMBER, JOURNEY},
    {"move_rules", "max_crossing_speed", IGNORE, ANY, NULL},
    {"move_rules", "foreign_weight", GIVE, NUMBER, JOURNEY},
    {"move_rules", "camp_weight", GIVE, NUMBER, JOURNEY},
    {"move_rules", "conflict_weight", GIVE, NUMBER, JOURNEY},
    {"move_rules", "conflict_movechance", GIVE, NUMBER, ZONES},
    {"move_rules", "camp_movechance", GIVE, NUMBER, ZONES},
    {"move_rules", "idpcamp_movechance", GIVE, NUMBER, ZONES},
    {"move_rules", "default_movechance", GIVE, NUMBER, ZONES},
    {"move_rules", "awareness_level", GIVE, INTEGER, JOURNEY},
    {"move_rules", "capacity_buffer", GIVE, NUMBER, JOURNEY},
    {"move_rules", "capacity_scaling", GIVE, NUMBER, JOURNEY},
    {"move_rules", "avoid_short_stints", GIVE, FLAG, JOURNEY},
    {"move_rules", "start_on_foot", GIVE, FLAG, JOURNEY},
    {"move_rules", "softening", GIVE, NUMBER, JOURNEY},
    {"move_rules", "weight_softening", GIVE, NUMBER, JOURNEY},
    {"move_rules", "weight_power", GIVE, NUMBER, JOURNEY},
    {"move_rules", "distance_power", GIVE, NUMBER, JOURNEY},
    {"move_rules", "use_pop_for_loc_weight", GIVE, FLAG, JOURNEY},
    {"move_rules", "pop_power_for_loc_weight", GIVE, NUMBER, JOURNEY},
    {"move_rules", "pruning_threshold", GIVE, NUMBER, JOURNEY},
    {"move_rules", "movechance_pop_base", GIVE, NUMBER, JOURNEY},
    {"move_rules", "movechance_pop_scale_factor", GIVE, NUMBER, JOURNEY},
    {"move_rules", "use_v1_rules", HERE, FLAG, NULL},
    {"move_rules", "home_distance_power", IGNORE, ANY, NULL},
    {"move_rules", "avg_religion_fraction", IGNORE, ANY, NULL},
    {"move_rules", "fixed_routes", REFUSE, FLAG, NULL},
    {"move_rules", "stay_close_to_home", REFUSE, FLAG, NULL},
    {"move_rules", "use_economic_pull", REFUSE, FLAG, NULL},
    {"move_rules", "harvest_months", REFUSE, LIST, NULL},
    {"move_rules", "flee_when_starving", REFUSE, FLAG, NULL},
    {"move_rules", "avoid_food_deprived_locations", REFUSE, FLAG, NULL},
    {"move_rules", "ChildrenAvoidHazards", REFUSE, FLAG, NULL},
    {"move_rules", "WomenAvoidHazards", REFUSE, FLAG, NULL},
    {"move_rules", "ElderlyAvoidHazards", REFUSE, FLAG, NULL},
    {"move_rules", "BoysTakeRisk", REFUSE, FLAG, NULL},
    {"move_rules", "MatchCampReligion", REFUSE, FLAG, NULL},
    {"move_rules", "MatchCampEthnicity", REFUSE, FLAG, NULL},
    {"move_rules", "MatchTownEthnicity", REFUSE, FLAG, NULL},
    {"move_rules", "MatchConflictEthnicity", REFUSE, FLAG, NULL},
    {"move_rules", "TwoSystemDecisionMaking", REFUSE, ANY, NULL},
    {"move_rules", "two_system_decision_making", REFUSE, ANY, NULL},
    {"move_rules", "flood_rules", REFUSE, ANY, NULL},
    {"move_rules", "max_flood_level", EMPTY, ANY, NULL},
};
enum { RULES = sizeof rules / sizeof *rules };

/* What use_v1_rules puts in place of the file's values. */
static const struct {
    const char *key, *text;
} first_version[] = {
    {"max_move_speed", "200"},
    {"start_on_foot", "false"},
    {"avoid_short_stints", "false"},
    {"camp_weight", "2"},
    {"conflict_weight", "0.25"},
};
enum { FIRST_VERSION = sizeof first_version / sizeof *first_version };

struct settings {
    struct flee_input *in;
    struct flee_yaml yaml;
    int first_version_line; /* of use_v1_rules; 0: off */
};

static const struct rule *find_rule(const char *section, const char *key)
{
    for (int i = 0; i < RULES; i++)
        if (!strcmp(rules[i].section, section) && !strcmp(rules[i].key, key)) return &rules[i];
    return NULL;
}

static int expected(struct settings *s, const struct flee_yaml_entry *entry, const char *what)
{
    static const char *const found[] = {[FLEE_YAML_NOTHING] = "nothing", [FLEE_YAML_LIST] = "a list", [FLEE_YAML_GROUP] = "a group"};
    if (entry->text) return fail_at(s->in->error, s->yaml.path, entry->line, "%s: expected %s, found '%.80s'", entry->key, what,
                                    entry->text);
    return fail_at(s->in->error, s->yaml.path, entry->line, "%s: expected %s, found %s", entry->key, what, found[entry->kind]);
}

static void warn(struct settings *s, const struct flee_yaml_entry *entry, const char *what)
{
    setup_warn(s->in->setup, "%s:%d: %s: %s", s->yaml.path, entry->line, entry->key, what);
}

/* 1, 0 or -1 for true, false and other words, as YAML 1.1 has them. */
static int truth(const char *text)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"}; /* odd ones are true */
    for (int i = 0; i < 6; i++)
        if (!strcasecmp(text, words[i])) return i % 2;
    return -1;
}

/* Flee's bool() of a text that is no YAML flag: true unless empty, so "false" in quotes is true. */
static int quoted_flag(struct settings *s, const struct flee_yaml_entry *entry, bool *flag)
{
    int word = truth(entry->text);
    double number;
    if (entry->kind == FLEE_YAML_PLAIN && !param_parse_number(entry->text, &number)) {
        *flag = number != 0;
        return 0;
    }
    if (!s->in->compat && word < 0) return expected(s, entry, "true or false");
    *flag = s->in->compat ? *entry->text != '\0' : word == 1;
    if (word != (int)*flag) warn(s, entry, s->in->compat ? "a text, which Flee takes as true unless it is empty" : "a text");
    else if (word == 0) warn(s, entry, "a text, taken as the flag it spells; Flee takes it as true");
    return 0;
}

static int read_flag(struct settings *s, const struct flee_yaml_entry *entry, bool *flag)
{
    if (!entry->text) return expected(s, entry, "true or false");
    int word = truth(entry->text);
    if (entry->kind != FLEE_YAML_PLAIN || word < 0) return quoted_flag(s, entry, flag);
    *flag = word == 1;
    return 0;
}

static int read_number(struct settings *s, const struct flee_yaml_entry *entry, double *number)
{
    return entry->text && !param_parse_number(entry->text, number) ? 0 : expected(s, entry, "a number");
}

/* Fractions are cut off, as Flee does; a quoted fraction stops Flee. */
static int read_integer(struct settings *s, const struct flee_yaml_entry *entry, int64_t *integer)
{
    double number;
    if (entry->text && !param_parse_integer(entry->text, integer)) return 0;
    if (entry->kind != FLEE_YAML_PLAIN || param_parse_number(entry->text, &number) || fabs(number) > 1e15) return expected(s, entry,
                                                                                                                           "a whole number");
    *integer = (int64_t)number;
    if ((double)*integer != number) warn(s, entry, "the fraction is cut off");
    return 0;
}

static void give(struct settings *s, const char *model, const char *key, const char *text, int line)
{
    setup_give(s->in->setup, model, key, text, s->yaml.path, line);
}

static void give_integer(struct settings *s, const char *model, const char *key, int64_t integer, int line)
{
    char *text = memory_format("%lld", (long long)integer);
    give(s, model, key, text, line);
    memory_free(text);
}

static int give_list(struct settings *s, const struct rule *rule, const struct flee_yaml_entry *entry)
{
    if (entry->kind == FLEE_YAML_NOTHING) return 0;
    if (entry->kind != FLEE_YAML_LIST) return expected(s, entry, "a list of numbers");
    double *value = memory_new((size_t)entry->items, sizeof *value);
    int status = 0;
    for (int i = 0; i < entry->items && !status; i++)
        if (param_parse_number(entry->item[i], &value[i]))
            status = fail_at(s->in->error, s->yaml.path, entry->line, "%s: expected a list of numbers, found '%.80s' in it", entry->key,
                             entry->item[i]);
    if (!status && entry->items) setup_give_list(s->in->setup, rule->model, rule->key, entry->items, value, s->yaml.path, entry->line);
    memory_free(value);
    return status;
}

static int give_number(struct settings *s, const struct rule *rule, const struct flee_yaml_entry *entry)
{
    double number;
    bool chance = !strcmp(rule->key, "default_movechance") || !strcmp(rule->key, "conflict_movechance");
    if (read_number(s, entry, &number)) return -1;
    if (chance && number < 0.005 && s->in->compat) warn(s, entry,
                                                        "below 0.005 Flee takes all these places for camps, and so do the rules compat");
    give(s, rule->model, rule->key, entry->text, entry->line);
    return 0;
}

static int give_flag(struct settings *s, const struct rule *rule, const struct flee_yaml_entry *entry)
{
    bool flag;
    if (read_flag(s, entry, &flag)) return -1;
    give(s, rule->model, rule->key, flag ? "true" : "false", entry->line);
    if (!strcmp(rule->key, "empty_camps_on_day0")) s->in->empty_camps = flag;
    return 0;
}

static bool is_replaced(const struct settings *s, const char *key)
{
    for (int i = 0; i < FIRST_VERSION && s->first_version_line; i++)
        if (!strcmp(first_version[i].key, key)) return true;
    return false;
}

static int give_value(struct settings *s, const struct rule *rule, const struct flee_yaml_entry *entry)
{
    int64_t integer;
    if (is_replaced(s, rule->key)) return 0;
    if (rule->type == NUMBER) return give_number(s, rule, entry);
    if (rule->type == FLAG) return give_flag(s, rule, entry);
    if (rule->type == LIST) return give_list(s, rule, entry);
    if (read_integer(s, entry, &integer)) return -1;
    give_integer(s, rule->model, rule->key, integer, entry->line);
    return 0;
}

/* Is the rule switched on? Anything but nothing, no, 0 and an empty list or group is yes. */
static int is_on(struct settings *s, const struct rule *rule, const struct flee_yaml_entry *entry, bool *on)
{
    double number;
    *on = entry->items > 0;
    if (!entry->text) return 0;
    if (rule->type == FLAG) return read_flag(s, entry, on);
    *on = *entry->text && truth(entry->text) != 0 && (param_parse_number(entry->text, &number) || number != 0);
    return 0;
}

static int refuse(struct settings *s, const struct rule *rule, const struct flee_yaml_entry *entry)
{
    bool on;
    if (is_on(s, rule, entry, &on)) return -1;
    if (!on) return 0;
    return fail_at(s->in->error, s->yaml.path, entry->line, "rule '%s' is not built yet; remove it%s", rule->key,
                   rule->type == FLAG ? " or set it to false" : "");
}

static int read_hasten(struct settings *s, const struct flee_yaml_entry *entry)
{
    if (read_integer(s, entry, &s->in->hasten)) return -1;
    return s->in->hasten >= 1 ? 0 : expected(s, entry, "a whole number of 1 or more");
}

static int check_section(struct settings *s, const struct flee_yaml_entry *entry)
{
    return entry->kind == FLEE_YAML_NOTHING || entry->kind == FLEE_YAML_GROUP ? 0 : expected(s, entry, "a section with keys");
}

static void warn_unknown(struct settings *s, const struct flee_yaml_entry *entry)
{
    const char *names[RULES], *section = "";
    char hint[96];
    for (int i = 0; i < RULES; i++) {
        names[i] = strcmp(rules[i].section, entry->section) ? NULL : rules[i].key;
        if (!strcmp(rules[i].key, entry->key)) section = rules[i].section;
    }
    fail_nearest(hint, entry->key, names, RULES);
    if (*section) snprintf(hint, sizeof hint, " (it belongs into %s)", section);
    setup_warn(s->in->setup, "%s:%d: unknown key '%.60s'%s%s ignored%s", s->yaml.path, entry->line, entry->key,
               *entry->section ? " in " : "", entry->section, hint);
}

/* Keys of a group are looked at only where the group itself has keys that are known. */
static bool is_within_unread_group(const struct flee_yaml_entry *entry)
{
    size_t length = strcspn(entry->key, ".");
    if (!entry->key[length]) return false;
    for (int i = 0; i < RULES; i++)
        if (!strcmp(rules[i].section, entry->section) && !strncmp(rules[i].key, entry->key, length + 1)) return false;
    return true;
}

static int read_entry(struct settings *s, const struct flee_yaml_entry *entry)
{
    const struct rule *section = find_rule("", entry->section), *rule = find_rule(entry->section, entry->key);
    if (!strcmp(entry->section, "log_levels") || is_within_unread_group(entry)) return 0;
    if (*entry->section && !section) return 0; /* the unknown section was warned of */
    if (!rule) return warn_unknown(s, entry), 0;
    switch (rule->use) {
    case GIVE:
        return give_value(s, rule, entry);
    case SECTION:
        return check_section(s, entry);
    case REFUSE:
        return refuse(s, rule, entry);
    case EMPTY:
        return warn(s, entry, "has no effect"), 0;
    case HERE:
        return strcmp(rule->key, "hasten") ? 0 : read_hasten(s, entry);
    case IGNORE:
        break;
    }
    return 0;
}

static int read_first_version(struct settings *s)
{
    bool on = false;
    const struct flee_yaml_entry *entry = flee_yaml_find(&s->yaml, "move_rules", "use_v1_rules");
    if (!entry) return 0;
    if (read_flag(s, entry, &on)) return -1;
    s->first_version_line = on ? entry->line : 0;
    for (int i = 0; i < FIRST_VERSION && on; i++) give(s, JOURNEY, first_version[i].key, first_version[i].text, entry->line);
    return 0;
}

/* The number per day is a share of the population for pop_ratio, else whole people. */
static int read_displaced(struct settings *s, bool share, int line)
{
    double number;
    int64_t people = 500;
    const struct flee_yaml_entry *entry = flee_yaml_find(&s->yaml, "spawn_rules", "conflict_driven_spawning.displaced_per_conflict_day");
    if (!entry && share) return give(s, ENTRY, "displaced_per_conflict_day", "0.01", line), 0;
    if (share) return read_number(s, entry, &number) ? -1 : (give(s, ENTRY, "displaced_per_conflict_day", entry->text, entry->line), 0);
    if (entry && read_integer(s, entry, &people)) return -1;
    give_integer(s, ENTRY, "displaced_per_conflict_day", people, entry ? entry->line : line);
    return 0;
}

static int read_driven(struct settings *s)
{
    static const char *const modes[] = {"constant", "pop_ratio", "poisson"};
    char hint[96];
    const struct flee_yaml_entry *group = flee_yaml_find(&s->yaml, "spawn_rules", "conflict_driven_spawning");
    const struct flee_yaml_entry *entry = flee_yaml_find(&s->yaml, "spawn_rules", "conflict_driven_spawning.spawn_mode");
    if (!group || group->kind == FLEE_YAML_NOTHING) return 0;
    if (group->kind != FLEE_YAML_GROUP) return expected(s, group, "a group with spawn_mode and displaced_per_conflict_day");
    if (entry && !entry->text) return expected(s, entry, "constant, pop_ratio or poisson");
    const char *mode = entry ? entry->text : modes[0];
    int i = 0;
    while (i < 3 && strcmp(modes[i], mode)) i++;
    if (i == 3) return fail_at(s->in->error, s->yaml.path, entry->line,
                               "spawn_mode: expected constant, pop_ratio or poisson, found '%.80s'%s", mode, fail_nearest(hint, mode, modes, 3));
    give(s, ENTRY, "spawn_mode", mode, entry ? entry->line : group->line);
    return read_displaced(s, i == 1, group->line);
}

static int read_entries(struct settings *s)
{
    if (read_first_version(s)) return -1;
    for (int i = 0; i < s->yaml.entries; i++)
        if (read_entry(s, &s->yaml.entry[i])) return -1;
    return read_driven(s);
}

int flee_settings_read(struct flee_input *in, const char *path)
{
    struct settings s = {.in = in};
    setup_add_model(in->setup, ZONES);
    setup_add_model(in->setup, ENTRY);
    setup_add_model(in->setup, JOURNEY);
    setup_give(in->setup, ZONES, "rules", in->compat ? "compat" : "fixed", in->root, 0);
    if (!path) return 0;
    int status = flee_yaml_read(in, path, &s.yaml) || read_entries(&s) ? -1 : 0;
    flee_yaml_free(&s.yaml);
    return status;
}
