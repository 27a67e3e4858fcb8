/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict access to libconfig: right values where all is well, one exact message where it is not. */
#include "scenarios/config.h"
#include "scratch.h"
#include "sim/memory.h"
#include "test.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config *open_text(const struct scratch *scratch, const char *text, struct error *error)
{
    scratch_write(scratch, "main.cfg", text);
    *error = (struct error){0};
    return config_open(scratch_path(scratch, "main.cfg"), error);
}

static void values(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    struct config *config = open_text(&scratch, "a = 12; b = 5000000000L; c = -7;\nd = 1e3; e = .5; f = 3; t = \"a\" \"b\"; yes = true;\nlist = (1, 2.5, 3L); array = [4, 5]; h = 0x1F;", &error);
    TEST(config, "%s", error.text);
    if (!config) return;
    struct config_node root = config_root(config);
    int64_t whole = 0;
    double number = 0;
    const char *text = "";
    bool flag = false;
    struct config_list list = {0};
    TEST(!config_integer(root, "a", CONFIG_NEEDED, &whole, &error) && whole == 12, "%lld", (long long)whole);
    TEST(!config_integer(root, "b", CONFIG_NEEDED, &whole, &error) && whole == 5000000000, "%lld", (long long)whole);
    TEST(!config_integer(root, "c", CONFIG_NEEDED, &whole, &error) && whole == -7, "%lld", (long long)whole);
    TEST(!config_integer(root, "h", CONFIG_NEEDED, &whole, &error) && whole == 31, "%lld", (long long)whole);
    TEST(!config_number(root, "d", CONFIG_NEEDED, &number, &error) && number == 1000, "%g", number);
    TEST(!config_number(root, "e", CONFIG_NEEDED, &number, &error) && number == 0.5, "%g", number);
    TEST(!config_number(root, "f", CONFIG_NEEDED, &number, &error) && number == 3, "%g", number);
    TEST(!config_text(root, "t", CONFIG_NEEDED, &text, &error) && !strcmp(text, "ab"), "%s", text);
    TEST(!config_flag(root, "yes", CONFIG_NEEDED, &flag, &error) && flag, "a flag");
    TEST(!config_numbers(root, "list", CONFIG_NEEDED, &list, &error) && list.count == 3 && list.value[1] == 2.5 && list.value[2] == 3, "%d", list.count);
    memory_free(list.value);
    TEST(!config_numbers(root, "array", CONFIG_NEEDED, &list, &error) && list.count == 2 && list.value[1] == 5, "%d", list.count);
    memory_free(list.value);
    TEST(!config_integer(root, "missing", CONFIG_OPTIONAL, &whole, &error) && whole == 31, "an absent optional setting changes nothing");
    TEST(!config_unread(config, &error), "%s", error.text);
    config_close(config);
    scratch_close(&scratch);
}

/* What libconfig itself would let pass, or end the program for. */
struct bad_file {
    const char *text, *expected[3];
};

static const struct bad_file bad_files[] = {
    {"a = 5000000000;", {"main.cfg:1:", "5000000000 does not fit in 32 bits", "write 5000000000L"}},
    {"\n\na = -2147483649;", {"main.cfg:3:", "-2147483649"}},
    {"a = 0xFFFFFFFF;", {"main.cfg:1:", "0xFFFFFFFF", "32 bits"}},
    {"a = ( 1,\n 3000000000 );", {"main.cfg:2:", "3000000000"}},
    {"a = 99999999999999999999L;", {"main.cfg:1:", "64 bits"}},
    {"a = 1e400;", {"main.cfg:1:", "1e400 is too large"}},
    {"a = -1.5e999;", {"main.cfg:1:", "too large"}},
    {"a = .;", {"main.cfg:1:", "expected a number, found '.'"}},
    {"a = 1;\nb = 2;\na = 3;", {"main.cfg:3:", "duplicate setting name", "a = 3"}},
    {"a = 1;\n  b 5;", {"main.cfg:2:", "syntax error", "b 5"}},
    {"a = 1.5.2;", {"main.cfg:1:", "syntax error"}},
    {"a = { b = 1;", {"main.cfg:1:", "syntax error"}},
    {"a = [1, \"x\"];", {"main.cfg:1:", "mismatched element type in array"}},
    {"/* no end\na = 1;", {"main.cfg:1:", "a comment begins here", "never ends"}},
    {"a = \"no end;\nb = 1;", {"main.cfg:1:", "a text begins here", "never ends"}},
    {"\xef\xbb\xbf"
     "a = 1;",
     {"main.cfg:", "byte order mark"}},
    {"", {"main.cfg:", "holds no settings"}},
    {"# nothing but this\n", {"main.cfg:", "holds no settings"}},
    {"@include \"main.cfg\"\n", {"main.cfg:1:", "includes itself"}},
    {"a = 1;\n@include \"nowhere.cfg\"\n", {"main.cfg:2:", "nowhere.cfg", "no such file"}},
    {"@include \".\"\n", {"main.cfg:1:", "is a directory"}},
    {"@include \"\"\n", {"main.cfg:1:", "expected @include \"file\""}},
    {"a = 1;\nb = { c = 2; @include \"parts/twice.cfg\" };\n", {"main.cfg:2:", "expected @include \"file\" first on its line"}},
    {"b = { c = 2;\n  @include \"parts/wrong.cfg\"\n};\n", {"parts/wrong.cfg:3:", "syntax error", "z ="}},
    {"b = { x = 2;\n  @include \"parts/twice.cfg\"\n};\n", {"parts/twice.cfg:1:", "duplicate setting name"}},
    {"@include \"parts/loop.cfg\"\n", {"parts/loop.cfg:2:", "includes itself, directly or through others"}},
    {"@include \"parts/big.cfg\"\n", {"parts/big.cfg:2:", "4000000000"}},
    {"@include \"parts/wrong.cfg\"\n", {"parts/wrong.cfg:3:", "syntax error", "z ="}},
    {"x = 1;\n@include \"parts/twice.cfg\"\n", {"parts/twice.cfg:1:", "duplicate setting name"}},
};

static void write_parts(const struct scratch *scratch)
{
    scratch_write(scratch, "parts/loop.cfg", "p = 1;\n@include \"main.cfg\"\n");
    scratch_write(scratch, "parts/big.cfg", "p = 1;\nq = 4000000000;\n");
    scratch_write(scratch, "parts/wrong.cfg", "p = 1;\nq = 2;\nz = = 4;\n");
    scratch_write(scratch, "parts/twice.cfg", "x = 2;\n");
}

static void check_message(const struct error *error, const char *const *expected, size_t count, const char *what)
{
    TEST(error->status == FAIL_INPUT, "%s: status %d", what, (int)error->status);
    for (size_t i = 0; i < count && expected[i]; i++) TEST(strstr(error->text, expected[i]), "%s: '%s' is not in '%s'", what, expected[i], error->text);
}

static void files(void)
{
    struct scratch scratch = scratch_open();
    write_parts(&scratch);
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        struct error error;
        struct config *config = open_text(&scratch, bad_files[i].text, &error);
        TEST(!config, "accepted: %s", bad_files[i].text);
        check_message(&error, bad_files[i].expected, 3, bad_files[i].text);
        config_close(config);
    }
    scratch_close(&scratch);
}

/* Numbers, quotes and signs in comments and texts are none of our business. */
static void innocent(void)
{
    static const char *const good[] = {
        "a = 1; # 5000000000\n", "a = 1; // 5000000000 \"\n", "a = 1; /* 5000000000 \" @include \"x\" */", "a = \"5000000000 /* # // \\\" 1e400\";", "a = 2147483647; b = -2147483648;",
        "a5000000000 = 1;", "a-5000000000 = 1;", "a = \"\n@include \\\"nowhere\\\"\n\";", "a = 1E+3; b = 1e-300; c = 010;", "a = 9223372036854775807L;"};
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct error error;
        struct config *config = open_text(&scratch, good[i], &error);
        TEST(config, "refused: %s: %s", good[i], error.text);
        config_close(config);
    }
    scratch_close(&scratch);
}

/* One access to `a` that must fail. */
enum access { INTEGER,
              NUMBER,
              TEXT,
              FLAG,
              NUMBERS,
              GROUP,
              ITEMS };

static int access_a(struct config_node root, enum access access, struct error *error)
{
    int64_t whole = 0;
    double number = 0;
    const char *text = "";
    bool flag = false;
    struct config_list list = {0};
    struct config_node node;
    switch (access) {
    case INTEGER:
        return config_integer(root, "a", CONFIG_NEEDED, &whole, error);
    case NUMBER:
        return config_number(root, "a", CONFIG_NEEDED, &number, error);
    case TEXT:
        return config_text(root, "a", CONFIG_NEEDED, &text, error);
    case FLAG:
        return config_flag(root, "a", CONFIG_NEEDED, &flag, error);
    case NUMBERS:
        return config_numbers(root, "a", CONFIG_NEEDED, &list, error);
    case GROUP:
        return config_group(root, "a", CONFIG_NEEDED, &node, error);
    case ITEMS:
        return config_items(root, "a", CONFIG_NEEDED, &node, error);
    }
    return 0;
}

struct bad_access {
    enum access access;
    const char *text, *expected[2];
};

static const struct bad_access bad_accesses[] = {
    {INTEGER, "\na = 2.5;", {"main.cfg:2: a: expected a whole number", "2.5"}},
    {INTEGER, "a = 3.0;", {"expected a whole number", "3.0"}},
    {INTEGER, "a = \"3\";", {"expected a whole number", "the text \"3\""}},
    {INTEGER, "a = true;", {"expected a whole number", "true"}},
    {INTEGER, "a = (1);", {"expected a whole number", "a list"}},
    {INTEGER, "b = 1;", {"'a' is missing", "main.cfg"}},
    {NUMBER, "a = \"1.5\";", {"expected a number", "the text"}},
    {NUMBER, "a = false;", {"expected a number", "false"}},
    {NUMBER, "a = { b = 1; };", {"expected a number", "a group"}},
    {TEXT, "a = 5;", {"expected a text in quotes", "5"}},
    {TEXT, "a = \"\";", {"expected a text", "empty"}},
    {FLAG, "a = 1;", {"expected true or false", "1"}},
    {FLAG, "a = \"yes\";", {"expected true or false", "yes"}},
    {NUMBERS, "a = 1;", {"expected a list of numbers", "1"}},
    {NUMBERS, "a = (1, \"x\");", {"expected a number", "the text \"x\""}},
    {GROUP, "a = (1);", {"expected a group", "a list"}},
    {ITEMS, "a = { };", {"expected a list", "a group"}},
};

static void types(void)
{
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof bad_accesses / sizeof *bad_accesses; i++) {
        const struct bad_access *bad = &bad_accesses[i];
        struct error error;
        struct config *config = open_text(&scratch, bad->text, &error);
        TEST(config, "%s: %s", bad->text, error.text);
        if (!config) continue;
        TEST(access_a(config_root(config), bad->access, &error) == -1, "accepted: %s", bad->text);
        check_message(&error, bad->expected, 2, bad->text);
        config_close(config);
    }
    scratch_close(&scratch);
}

static void unread(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    struct config *config = open_text(&scratch, "days = 3;\nworld = {\n  places = \"p\";\n  lniks = \"l\";\n};\n", &error);
    int64_t days;
    const char *text;
    struct config_node world;
    TEST(!config_integer(config_root(config), "days", CONFIG_NEEDED, &days, &error), "%s", error.text);
    config_group(config_root(config), "world", CONFIG_NEEDED, &world, &error);
    config_text(world, "places", CONFIG_NEEDED, &text, &error);
    config_text(world, "links", CONFIG_OPTIONAL, &text, &error);
    TEST(config_unread(config, &error) == -1, "a misspelt key passed");
    check_message(&error, (const char *[]){"main.cfg:4:", "world.lniks: unknown setting", "did you mean 'links'?"}, 3, "unread");
    config_close(config);
    scratch_close(&scratch);
}

static void missing_by_a_letter(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    struct config *config = open_text(&scratch, "title = \"x\";\ndasy = 3;\n", &error);
    int64_t days;
    TEST(config_integer(config_root(config), "days", CONFIG_NEEDED, &days, &error) == -1, "a missing setting was read");
    check_message(&error, (const char *[]){"'days' is missing", "is 'dasy' on line 2 meant?"}, 2, "missing");
    config_close(config);
    scratch_close(&scratch);
}

static void items_and_places(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    scratch_write(&scratch, "sub/list.cfg", "list = (\n  { name = \"x\"; },\n  { nmae = \"y\"; }\n);\n");
    struct config *config = open_text(&scratch, "a = 1;\n@include \"sub/list.cfg\"\n", &error);
    struct config_node list, item;
    const char *text;
    TEST(config && config_files(config) == 2 && strstr(config_file(config, 1), "/sub/list.cfg"), "%s", error.text);
    config_items(config_root(config), "list", CONFIG_NEEDED, &list, &error);
    TEST(config_count(list) == 2, "%d", config_count(list));
    item = config_item(list, 0);
    TEST(!config_text(item, "name", CONFIG_NEEDED, &text, &error) && !strcmp(text, "x"), "%s", error.text);
    item = config_item(list, 1);
    TEST(config_line(item) == 3 && strstr(config_source(item), "/sub/list.cfg"), "%s:%d", config_source(item), config_line(item));
    TEST(config_text(item, "name", CONFIG_NEEDED, &text, &error) == -1, "read");
    check_message(&error, (const char *[]){"sub/list.cfg:3:", "'name' is missing", "is 'nmae' on line 3 meant?"}, 3, "item");
    config_close(config);
    scratch_close(&scratch);
}

/* Where a group includes its settings, each is of the file that holds it, and the group goes on where it was. */
static void include_in_a_group(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    scratch_write(&scratch, "sub/in.cfg", "\nx = 2;\nlost = 3;\n");
    struct config *config = open_text(&scratch, "group = { a = 1;\n  @include \"sub/in.cfg\"\n  y = 4; };\nother = 5;\n", &error);
    struct config_node group = {0}, node = {0};
    int64_t value = 0;
    TEST(config && !config_group(config_root(config), "group", CONFIG_NEEDED, &group, &error) && config_count(group) == 4, "%s", error.text);
    config_any(group, "x", CONFIG_NEEDED, &node, &error);
    TEST(config_line(node) == 2 && strstr(config_source(node), "/sub/in.cfg"), "%s:%d", config_source(node), config_line(node));
    config_any(group, "y", CONFIG_NEEDED, &node, &error);
    TEST(config_line(node) == 3 && strstr(config_source(node), "/main.cfg"), "%s:%d", config_source(node), config_line(node));
    TEST(!config_integer(group, "a", CONFIG_NEEDED, &value, &error) && value == 1, "%s", error.text);
    TEST(config_unread_in(group, &error) == -1, "nobody asked for 'lost'");
    check_message(&error, (const char *[]){"sub/in.cfg:3: group.lost: unknown setting"}, 1, "unread");
    error = (struct error){0};
    TEST(!config_integer(group, "lost", CONFIG_NEEDED, &value, &error) && !config_unread_in(group, &error), "all were read: %s", error.text);
    TEST(config_unread(config, &error) == -1 && strstr(error.text, "main.cfg:4: other"), "%s", error.text);
    config_close(config);
    scratch_close(&scratch);
}

static void plain(void)
{
    struct scratch scratch = scratch_open();
    struct error error;
    struct config *config = open_text(&scratch, "a = (5, 0.1, 1e22, 2.0, \"compat\", true, 3000000000L);", &error);
    static const char *const expected[] = {"5", "0.1", "1e+22", "2.0", "compat", "true", "3000000000"};
    struct config_node list;
    config_items(config_root(config), "a", CONFIG_NEEDED, &list, &error);
    for (int i = 0; i < config_count(list); i++) {
        char *text = NULL;
        TEST(!config_as_plain(config_item(list, i), &text, &error) && !strcmp(text, expected[i]), "%s, expected %s", text, expected[i]);
        memory_free(text);
    }
    config_close(config);
    scratch_close(&scratch);
}

static void not_files(void)
{
    struct scratch scratch = scratch_open();
    struct error error = {0};
    TEST(!config_open(scratch_path(&scratch, "nowhere.cfg"), &error), "opened");
    check_message(&error, (const char *[]){"nowhere.cfg", "no such file"}, 2, "missing");
    error = (struct error){0};
    TEST(!config_open(scratch.folder, &error), "opened");
    check_message(&error, (const char *[]){"is a directory"}, 1, "directory");
    error = (struct error){0};
    scratch_write_bytes(&scratch, "zero.cfg", "a = 1;\0b = 2;", 13);
    TEST(!config_open(scratch_path(&scratch, "zero.cfg"), &error), "opened");
    check_message(&error, (const char *[]){"zero byte"}, 1, "zero byte");
    error = (struct error){0};
    TEST(!config_open("/dev/null", &error), "opened");
    check_message(&error, (const char *[]){"not an ordinary file"}, 1, "device");
    scratch_close(&scratch);
}

static int open_unreadable(void *context)
{
    struct error error = {0};
    struct config *config = config_open(context, &error);
    config_close(config);
    return config ? 1 : strstr(error.text, "Permission denied") ? 0
                                                                : 2;
}

static void unreadable(void)
{
    struct scratch scratch = scratch_open();
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "secret.cfg"));
    scratch_write(&scratch, "secret.cfg", "a = 1;");
    chmod(path, 0);
    int status = scratch_without_rights(open_unreadable, path);
    if (status < 0) test_skip("privileges cannot be dropped, so that every file can be read");
    else TEST(status == 0, "%s", status == 1 ? "it was opened" : "another message");
    scratch_close(&scratch);
}

static const struct test_case cases[] = {
    {"values", values},
    {"files", files},
    {"innocent", innocent},
    {"types", types},
    {"unread", unread},
    {"missing by a letter", missing_by_a_letter},
    {"items and places", items_and_places},
    {"include in a group", include_in_a_group},
    {"plain", plain},
    {"not files", not_files},
    {"unreadable", unreadable},
};
TEST_MAIN(cases)
