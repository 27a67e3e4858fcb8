/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fail, memory, calendar, param, digest, and the small holders of data. */
#include "sim/calendar.h"
#include "sim/casegraph.h"
#include "sim/digest.h"
#include "sim/fail.h"
#include "sim/memory.h"
#include "sim/param.h"
#include "sim/setup.h"
#include "sim/timer.h"
#include "tests/test.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has(const char *text, const char *part) { return strstr(text, part) != NULL; }

static void fail_keeps_the_first_message(void)
{
    struct error error = {0};
    TEST(fail(&error, FAIL_OUTPUT, "disk %d is full", 7) == -1, "fail returns -1");
    TEST(fail(&error, FAIL_INPUT, "second") == -1 && fail_at(&error, "a.cfg", 3, "third") == -1, "later ones return -1 too");
    TEST(error.status == FAIL_OUTPUT && strcmp(error.text, "disk 7 is full") == 0, "status %d, '%s'", error.status, error.text);
}

static void fail_names_the_place(void)
{
    struct error line = {0}, file = {0}, none = {0}, huge = {0};
    char word[3000];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    fail_at(&line, "a.cfg", 3, "expected %s", "this");
    fail_at(&file, "a.cfg", 0, "expected that");
    fail_at(&none, NULL, 5, "expected more");
    fail_at(&huge, word, 5, "%s", word);
    TEST(line.status == FAIL_INPUT && strcmp(line.text, "a.cfg:3: expected this") == 0, "'%s'", line.text);
    TEST(strcmp(file.text, "a.cfg: expected that") == 0, "'%s'", file.text);
    TEST(strcmp(none.text, "expected more") == 0, "'%s'", none.text);
    TEST(strlen(huge.text) == sizeof huge.text - 1, "a long message is cut, not overrun: %zu", strlen(huge.text));
}

static void fail_suggests_the_nearest_name(void)
{
    static const char *const names[] = {"capacity", "departure_rate", "seed", "sample", "a"};
    struct {
        const char *given, *hint;
    } cases[] = {
        {"capcity", "capacity"},
        {"capactiy", "capacity"},
        {"Capacity", "capacity"},
        {"capacitty", "capacity"},
        {"seeed", "seed"},
        {"esed", "seed"},
        {"sede", "seed"},
        {"departure-rates", "departure_rate"},
        {"deprature_rate", "departure_rate"},
        {"completely", NULL},
        {"sxxd", NULL},
        {"", NULL},
        {"sampled", "sample"},
        {"b", "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char hint[96], expected[96] = "";
        if (cases[i].hint) snprintf(expected, sizeof expected, " (did you mean '%s'?)", cases[i].hint);
        if (strcmp(cases[i].given, "") == 0) snprintf(expected, sizeof expected, " (did you mean 'a'?)"); /* one letter away */
        const char *found = fail_nearest(hint, cases[i].given, names, 5);
        TEST(found == hint && strcmp(hint, expected) == 0, "for '%s': '%s'", cases[i].given, hint);
    }
    char hint[96];
    TEST(strcmp(fail_nearest(hint, "seed", NULL, 0), "") == 0, "no names, no hint");
}

static bool is_zero(const unsigned char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (at[i]) return false;
    return true;
}

static void memory_is_aligned_and_zeroed(void)
{
    for (size_t bytes = 1; bytes < ((size_t)1 << 22); bytes = bytes * 3 / 2 + 1) {
        unsigned char *first = memory_new(bytes, 1);
        TEST((uintptr_t)first % 64 == 0 && is_zero(first, bytes), "%zu bytes", bytes);
        memset(first, 0xff, bytes); /* a block used again must not keep this */
        memory_free(first);
        unsigned char *again = memory_new(bytes, 1);
        TEST(is_zero(again, bytes), "%zu bytes, again", bytes);
        memory_free(again);
    }
    TEST(memory_new(0, 8) == NULL && memory_copy("", 0, 8) == NULL, "nothing is NULL");
    memory_free(NULL);
}

static void check_numbers(const uint64_t *items, size_t kept, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) wrong += items[i] != (i < kept ? i * 7 + 1 : 0);
    TEST(wrong == 0 && (uintptr_t)items % 64 == 0, "%zu of %zu items wrong at %p", wrong, count, (const void *)items);
}

static void memory_grows(void)
{
    static const size_t sizes[] = {1, 2, 7, 8, 9, 100, 1000, 30000, 1000000, 400000, 300, 5};
    uint64_t *items = NULL;
    size_t had = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        items = memory_grow(items, had, sizes[i], sizeof *items);
        check_numbers(items, had < sizes[i] ? had : sizes[i], sizes[i]);
        had = sizes[i];
        for (size_t k = 0; k < had; k++) items[k] = k * 7 + 1;
    }
    TEST(memory_grow(items, had, 0, sizeof *items) == NULL, "grown to nothing is NULL");
}

static void memory_copies_texts(void)
{
    char *text = memory_text("cross"), *made = memory_format("%s-%03d", text, 7), *empty = memory_format("%s", "");
    TEST(strcmp(text, "cross") == 0 && strcmp(made, "cross-007") == 0 && strcmp(empty, "") == 0, "'%s' '%s' '%s'", text, made, empty);
    TEST(memory_text(NULL) == NULL, "no text is no text");
    memory_free(text);
    memory_free(made);
    memory_free(empty);
}

static void memory_exhausted_ends_with_one_line(void)
{
    int channel[2];
    char line[256] = "";
    if (pipe(channel)) return;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(channel[1], STDERR_FILENO);
        memory_new(SIZE_MAX / 4, 8); /* their product does not fit */
        _exit(0);
    }
    int status = 0;
    close(channel[1]);
    waitpid(child, &status, 0);
    ssize_t length = read(channel[0], line, sizeof line - 1);
    close(channel[0]);
    TEST(WIFEXITED(status) && WEXITSTATUS(status) == FAIL_RUN, "status %d", status);
    TEST(length > 0 && has(line, "out of memory") && strchr(line, '\n') == line + strlen(line) - 1, "'%s'", line);
}

static int days_in(int year, int month)
{
    if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* The day after, by the rules of thumb of the calendar. */
static struct calendar_date tomorrow(struct calendar_date date)
{
    if (++date.day <= days_in(date.year, date.month)) return date;
    date.day = 1;
    if (++date.month <= 12) return date;
    return (struct calendar_date){date.year + 1, 1, 1};
}

static bool is_same(struct calendar_date a, struct calendar_date b) { return a.year == b.year && a.month == b.month && a.day == b.day; }

static void calendar_walks_two_centuries(void)
{
    struct calendar_date date = {1900, 1, 1};
    int wrong = 0;
    for (int32_t day = -25567; date.year <= 2100; day++, date = tomorrow(date)) {
        char text[16], expected[48];
        int32_t read;
        calendar_text(day, text);
        snprintf(expected, sizeof expected, "%04d-%02d-%02d", date.year, date.month, date.day);
        wrong += calendar_day(date) != day || !is_same(calendar_date(day), date) || strcmp(text, expected) != 0;
        wrong += calendar_parse(text, &read) != 0 || read != day;
        wrong += calendar_month_ends(-25567, INT32_MAX, day + 25567) != (date.day == days_in(date.year, date.month));
    }
    TEST(wrong == 0, "%d days wrong", wrong);
}

static void a_month_ends_with_the_run(void)
{
    int32_t start = calendar_day((struct calendar_date){2016, 2, 27});
    TEST(calendar_month_ends(start, 60, 59) && !calendar_month_ends(start, 61, 59), "26 April, the last day of the run or not");
    TEST(calendar_month_ends(start, 60, 2) && !calendar_month_ends(start, 60, 1) && !calendar_month_ends(start, 60, 3), "29 February");
}

static void calendar_known_days(void)
{
    struct {
        struct calendar_date date;
        int32_t day;
    } known[] = {
        {{1970, 1, 1}, 0},
        {{1969, 12, 31}, -1},
        {{2000, 2, 29}, 11016},
        {{2038, 1, 19}, 24855},
        {{1858, 11, 17}, -40587},
        {{0, 3, 1}, -719468},
        {{-1, 12, 31}, -719529},
        {{9999, 12, 31}, 2932896},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        TEST(calendar_day(known[i].date) == known[i].day, "%d: %d", known[i].date.year, calendar_day(known[i].date));
        TEST(is_same(calendar_date(known[i].day), known[i].date), "day %d", known[i].day);
    }
    char text[16];
    for (int i = 0; i < 2; i++) {
        int32_t day = i ? INT32_MAX : INT32_MIN;
        calendar_text(day, text);
        TEST(calendar_day(calendar_date(day)) == day && strlen(text) <= 15, "the last day of the type: '%s'", text);
    }
}

static void calendar_refuses_what_is_no_date(void)
{
    static const char *const bad[] = {
        "", "2024", "2024-1-01", "2024-01-1", "2024-13-01", "2024-00-10", "2024-04-31",
        "2023-02-29", "1900-02-29", "2024-02-30", "2024-01-00", "2024/01/01", "01-01-2024", "2024-01-01x",
        "2024-01-011", "-2024-01-01", " 2024-01-01", "20240101", "abcd-01-01"};
    static const char *const good[] = {"2024-02-29", "2000-02-29", "2024-02-29 12:00", "2024-02-29T23:59:59Z"};
    int32_t day = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) TEST(calendar_parse(bad[i], &day) == -1 && day == 77, "'%s'", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) TEST(calendar_parse(good[i], &day) == 0, "'%s'", good[i]);
    TEST(day == 19782, "a time is ignored: %d", day);
}

struct values {
    int before;
    double rate;
    int64_t count;
    bool fast;
    int rules;
    struct param_list ages;
    char *place;
    int after;
};

static const struct param table[] = {
    {"rate", PARAM_NUMBER, offsetof(struct values, rate), "1/day", "a rate", "assumption: none", 0.25, 0, 2, NULL, "uniform"},
    {"count", PARAM_INTEGER, offsetof(struct values, count), "people", "a count", "assumption: none", 3, -5, 100, NULL, NULL},
    {"fast", PARAM_FLAG, offsetof(struct values, fast), "1", "a flag", "assumption: none", 1, 0, 1, NULL, NULL},
    {"rules", PARAM_CHOICE, offsetof(struct values, rules), "1", "a choice", "assumption: none", 1, 0, 2, "compat|fixed|strict", NULL},
    {"ages", PARAM_LIST, offsetof(struct values, ages), "years", "a list", "assumption: none", 0, 0, 120, NULL, NULL},
    {"place", PARAM_TEXT, offsetof(struct values, place), "1", "a name", "assumption: none", 0, 0, 0, NULL, NULL},
    {.kind = PARAM_END}};

static struct values new_values(void)
{
    struct values values;
    memset(&values, 0x5a, sizeof values);
    param_defaults(table, &values);
    return values;
}

static void param_fills_the_fallbacks(void)
{
    struct values untouched, values = new_values();
    memset(&untouched, 0x5a, sizeof untouched);
    TEST(values.rate == 0.25 && values.count == 3 && values.fast && values.rules == 1, "fallbacks");
    TEST(values.ages.value == NULL && values.ages.count == 0, "a list begins empty");
    TEST(values.place == NULL, "a text begins empty");
    TEST(values.before == untouched.before && values.after == untouched.after, "nothing beside the fields is touched");
}

static int give(struct values *values, const char *name, const char *text, struct error *error)
{
    struct param_given given = {.owner = "model", .name = memory_text(name), .text = memory_text(text), .file = "a.cfg", .line = 12};
    double list[] = {4, 17, 0.1};
    if (!text) given.list = (struct param_list){list, 3};
    int result = param_store(table, values, &given, error);
    memory_free(given.name);
    memory_free(given.text);
    return result;
}

static void param_stores_each_kind(void)
{
    struct values values = new_values();
    struct error error = {0};
    TEST(give(&values, "rate", "-0.0e0", &error) == 0 && values.rate == 0, "%s", error.text);
    TEST(give(&values, "rate", "1.5e-3", &error) == 0 && values.rate == 1.5e-3, "%s", error.text);
    TEST(give(&values, "count", "-5", &error) == 0 && values.count == -5, "%s", error.text);
    TEST(give(&values, "rules", "strict", &error) == 0 && values.rules == 2, "%s", error.text);
    TEST(give(&values, "rules", "compat", &error) == 0 && values.rules == 0, "%s", error.text);
    TEST(give(&values, "ages", NULL, &error) == 0 && give(&values, "ages", NULL, &error) == 0 && values.ages.count == 3 &&
             values.ages.value[1] == 17,
         "%s", error.text);
    TEST(give(&values, "place", "Wend", &error) == 0 && give(&values, "place", "Bay of Wend", &error) == 0 && !strcmp(values.place, "Bay of Wend"), "%s", error.text);
    static const char *const flags[] = {"true", "Yes", "ON", "1", "false", "NO", "off", "0"};
    for (int i = 0; i < 8; i++) TEST(give(&values, "fast", flags[i], &error) == 0 && values.fast == (i < 4), "'%s' %s",
                                     flags[i], error.text);
    param_release(table, &values);
    TEST(values.ages.value == NULL && values.ages.count == 0 && values.place == NULL, "released");
    TEST(give(&values, "place", "", &error) == 0 && values.place == NULL, "an empty text is none");
}

static void param_errors_say_what_was_expected(void)
{
    struct {
        const char *name, *text, *first, *second;
    } cases[] = {
        {"rate", "abc", "model.rate: expected a number, found 'abc'", ""},
        {"rate", "", "expected a number, found ''", ""},
        {"rate", "0.5 ", "expected a number, found '0.5 '", ""},
        {"rate", "2.5", "model.rate: expected a value in [0, 2] 1/day, found 2.5", ""},
        {"rate", "-1", "[0, 2]", "found -1"},
        {"rate", NULL, "expected a number, found a list", ""},
        {"count", "5.5", "expected a whole number, found '5.5'", ""},
        {"count", "101", "[-5, 100] people", "found 101"},
        {"fast", "maybe", "expected true or false, found 'maybe'", ""},
        {"rules", "fixd", "expected 'compat', 'fixed' or 'strict', found 'fixd'", "did you mean 'fixed'?"},
        {"rules", "fix", "found 'fix'", "'compat', 'fixed' or 'strict'"},
        {"rules", "compat|fixed", "found 'compat|fixed'", ""},
        {"ages", "5", "expected a list of numbers, found '5'", ""},
        {"place", NULL, "model.place: expected a text, found a list", ""},
        {"raet", "5", "model has no parameter 'raet'", "did you mean 'rate'?"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values values = new_values();
        struct error error = {0};
        TEST(give(&values, cases[i].name, cases[i].text, &error) == -1 && error.status == FAIL_INPUT, "case %zu", i);
        TEST(strncmp(error.text, "a.cfg:12: ", 10) == 0 && has(error.text, cases[i].first) && has(error.text, cases[i].second),
             "case %zu: '%s'", i, error.text);
        TEST(values.rate == 0.25 && values.count == 3 && values.fast && values.rules == 1, "case %zu: nothing is stored", i);
    }
}

static void param_list_items_are_in_range(void)
{
    struct values values = new_values();
    double item[] = {1, 121};
    struct param_given given = {.owner = "model", .name = "ages", .list = {item, 2}, .file = "a.cfg", .line = 1};
    struct error error = {0};
    TEST(param_store(table, &values, &given, &error) == -1 && has(error.text, "[0, 120] years, found 121"), "'%s'", error.text);
    TEST(values.ages.value == NULL, "nothing is stored");
}

static void param_parses_whole_texts(void)
{
    static const char *const bad[] = {"", " ", "inf", "-inf", "nan", "NAN", "0x10", "1e", "1e+", ".", "+", "-", "1.2.3", "1 2", " 1", "1 ",
                                      "1,5", "1e999", "12a", "1_000", "infinity", "--1", "1e5.5"};
    static const char *const whole[] = {"", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808", "-9223372036854775809",
                                        "99999999999999999999999", "+", "-", "+-1", "1a"};
    double number = 7;
    int64_t integer = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) TEST(param_parse_number(bad[i], &number) == -1 && number == 7, "'%s'", bad[i]);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) TEST(param_parse_integer(whole[i], &integer) == -1 && integer == 7, "'%s'",
                                                                   whole[i]);
    TEST(param_parse_number("-2.5e3", &number) == 0 && number == -2500, "%g", number);
    TEST(param_parse_number("5", &number) == 0 && number == 5, "%g", number);
    TEST(param_parse_number(".5", &number) == 0 && number == .5 && param_parse_number("+5.E-1", &number) == 0 && number == .5, "%g",
         number);
    TEST(param_parse_integer("-9223372036854775808", &integer) == 0 && integer == INT64_MIN, "%" PRId64, integer);
    TEST(param_parse_integer("+9223372036854775807", &integer) == 0 && integer == INT64_MAX, "%" PRId64, integer);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ *state >> 29;
}

static void param_text_reads_back(void)
{
    uint64_t state = 1;
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        union {
            uint64_t word;
            double number;
        } value = {.word = next_random(&state)};
        if (!isfinite(value.number)) continue;
        struct values values = {.rate = value.number};
        char text[64];
        double read;
        param_text(&table[0], &values, text, sizeof text);
        wrong += param_parse_number(text, &read) != 0 || read != value.number;
    }
    TEST(wrong == 0, "%d numbers do not read back", wrong);
}

static void param_text_is_short(void)
{
    struct values values = new_values();
    struct error error = {0};
    static const char *const expected[] = {"0.1", "-4", "true", "fixed", "[4, 17, 0.1]", "Wend by the bay"};
    give(&values, "rate", "0.1", &error);
    give(&values, "count", "-4", &error);
    give(&values, "ages", NULL, &error);
    give(&values, "place", "Wend by the bay", &error);
    for (int i = 0; i < 6; i++) {
        char text[64], small[6];
        param_text(&table[i], &values, text, sizeof text);
        param_text(&table[i], &values, small, sizeof small);
        TEST(strcmp(text, expected[i]) == 0 && strncmp(small, expected[i], 3) == 0 && strlen(small) < 6, "'%s' '%s'", text, small);
    }
    param_release(table, &values);
}

static void hash(const char *text, size_t repeat, size_t piece, char hex[65])
{
    struct digest digest;
    uint8_t value[32];
    digest_init(&digest);
    for (size_t k = 0; k < repeat; k++)
        for (size_t at = 0, length = strlen(text); at < length; at += piece) digest_add(&digest, text + at,
                                                                                        length - at < piece ? length - at : piece);
    digest_end(&digest, value);
    digest_hex(value, hex);
}

static void digest_known_answers(void)
{
    struct {
        const char *text;
        size_t repeat;
        const char *hex;
    } known[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {"aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (size_t piece = 1; piece < 200; piece = piece * 3 + 4) {
            char hex[65];
            hash(known[i].text, known[i].repeat, piece, hex);
            TEST(strcmp(hex, known[i].hex) == 0, "message %zu in pieces of %zu: %s", i, piece, hex);
        }
}

static void digest_does_not_see_the_pieces(void)
{
    char text[300], whole[65], hex[65];
    for (size_t length = 0; length < sizeof text; length++) {
        for (size_t i = 0; i < length; i++) text[i] = (char)('a' + i % 26);
        text[length] = '\0';
        hash(text, 1, sizeof text, whole);
        hash(text, 1, 7, hex);
        TEST(strcmp(hex, whole) == 0, "%zu bytes", length);
    }
}

static void digest_of_files_and_chains(void)
{
    char folder[] = P_tmpdir "/wayfare-XXXXXX", hex[65];
    if (!mkdtemp(folder)) return;
    char *path = memory_format("%s/abc", folder);
    FILE *file = fopen(path, "wb");
    fputs("abc", file);
    fclose(file);
    TEST(digest_file(path, hex) == 0 && strncmp(hex, "ba7816bf", 8) == 0, "%s", hex);
    unlink(path);
    TEST(digest_file(path, hex) == -1, "a file that is not there");
    rmdir(folder);
    memory_free(path);

    struct digest_chain chain = {{0}}, other = {{0}};
    uint8_t joined[35] = {0}, value[32];
    memcpy(joined + 32, "abc", 3);
    struct digest digest;
    digest_init(&digest);
    digest_add(&digest, joined, sizeof joined);
    digest_end(&digest, value);
    digest_fold(&chain, "abc", 3);
    TEST(memcmp(chain.value, value, 32) == 0, "a chain is the digest of the value before and the content");
    digest_fold(&other, "ab", 2);
    digest_fold(&other, "c", 1);
    TEST(memcmp(chain.value, other.value, 32) != 0, "where a day ends matters");
}

/* ---- the case graph */

enum { FIRST,
       OPEN,
       GRANTED,
       REFUSED,
       LEFT,
       ABSENT,
       REMOVED,
       ADULT,
       HOME,
       GRAPH_STAGES };
enum { CENTRE,
       STREET,
       GRAPH_PLACEMENTS };
enum { OFFICE,
       BEDS,
       LAWYERS,
       SEATS,
       GRAPH_SERVICES };
enum { REFUGEE,
       NOTHING,
       GRAPH_STATUSES };

static void add_outcomes(struct casegraph_stage *stage, int count, const struct casegraph_outcome *outcome)
{
    stage->outcomes = count;
    stage->outcome = memory_copy(outcome, (size_t)count, sizeof *outcome);
}

static void add_stages(struct casegraph *graph)
{
    static const char *const names[GRAPH_STAGES] = {"first", "open", "granted", "refused", "left", "absent", "removed", "adult", "home"};
    struct casegraph_stage *stage = graph->stage = memory_new(GRAPH_STAGES, sizeof *stage);
    graph->stages = GRAPH_STAGES;
    for (int i = 0; i < GRAPH_STAGES; i++) {
        stage[i] = casegraph_stage_default();
        stage[i].name = memory_text(names[i]);
    }
    add_outcomes(&stage[FIRST], 1, &(struct casegraph_outcome){OPEN, CASEGRAPH_NONE, {1, 1, 1, 1}});
    stage[FIRST].rate = 0.5;
    stage[FIRST].assigns = true;
    stage[FIRST].placements = 2;
    memcpy(stage[FIRST].placement, (uint8_t[]){STREET, CENTRE}, 2);
    stage[FIRST].only = CASEGRAPH_CHILDREN;
    stage[FIRST].otherwise = ADULT;
    add_outcomes(&stage[OPEN], 2, (struct casegraph_outcome[]){{GRANTED, REFUGEE, {1, 0.5, 0, 0}}, {REFUSED, NOTHING, {0, 0.5, 1, 1}}});
    stage[OPEN].service = OFFICE;
    stage[OPEN].asks = 1u << CASEGRAPH_GIVES_COUNSEL;
    stage[OPEN].hearing = true;
    stage[OPEN].no_show = ABSENT;
    stage[OPEN].sensitivity = 0.8, stage[OPEN].specificity = 1;
    stage[OPEN].removal = SEATS, stage[OPEN].removed = REMOVED;
    stage[REMOVED].returns = CASEGRAPH_FORCED;
    stage[ADULT].deadline = 30, stage[ADULT].overdue = OPEN;
}

static void add_placements(struct casegraph *graph)
{
    struct casegraph_placement *placement = graph->placement = memory_new(GRAPH_PLACEMENTS, sizeof *placement);
    graph->placements = GRAPH_PLACEMENTS;
    for (int i = 0; i < GRAPH_PLACEMENTS; i++) {
        placement[i] = casegraph_placement_default();
        placement[i].name = memory_text(i == CENTRE ? "centre" : "street");
    }
    placement[CENTRE].service = BEDS;
    placement[CENTRE].meanwhile = STREET;
    placement[CENTRE].rate[CASEGRAPH_LEAVES] = 0.1;
    placement[CENTRE].leave_stage = LEFT;
    placement[CENTRE].return_stage = HOME;
    placement[CENTRE].bands = 3;
    placement[CENTRE].band[1] = 30, placement[CENTRE].band[2] = 180;
    placement[CENTRE].max_days = 90;
    placement[CENTRE].after = STREET;
}

static void add_services(struct casegraph *graph)
{
    static const char *const names[GRAPH_SERVICES] = {"office", "beds", "lawyers", "seats"};
    struct casegraph_service *service = graph->service = memory_new(GRAPH_SERVICES, sizeof *service);
    graph->services = GRAPH_SERVICES;
    for (int i = 0; i < GRAPH_SERVICES; i++) {
        service[i] = casegraph_service_default();
        service[i].name = memory_text(names[i]);
        service[i].staff = 2.5;
        service[i].places = i == BEDS || i == LAWYERS;
    }
    service[OFFICE].overload_loss = 0.1, service[OFFICE].overload_days = 365;
    service[LAWYERS].gives = CASEGRAPH_GIVES_COUNSEL;
}

static void add_rest(struct casegraph *graph)
{
    static char *const levers[] = {(char *)"staff", (char *)"productivity", (char *)"staff"};
    graph->status = memory_new(GRAPH_STATUSES, sizeof *graph->status);
    graph->statuses = GRAPH_STATUSES;
    graph->status[REFUGEE] = (struct casegraph_status){memory_text("refugee"), NULL, CASEGRAPH_PROTECTION};
    graph->status[NOTHING] = (struct casegraph_status){memory_text("nothing"), NULL, CASEGRAPH_NO_STAY};
    graph->states = 2;
    graph->state = memory_copy((uint32_t[]){4, 1}, 2, sizeof *graph->state);
    graph->givens = 3;
    graph->given = memory_new(3, sizeof *graph->given);
    for (int i = 0; i < 3; i++) graph->given[i] = (struct casegraph_given){memory_text(levers[i]), true, OFFICE, i < 2 ? 4 : 1, 10.0 + i};
}

/* first -> open -> granted or refused, with every other way out. */
static struct casegraph new_graph(void)
{
    struct casegraph graph = {0};
    add_stages(&graph);
    add_placements(&graph);
    add_services(&graph);
    add_rest(&graph);
    return graph;
}

static const char *spoil_stage(struct casegraph_stage *stage, int which)
{
    switch (which) {
    case 0:
        stage[REFUSED].name[0] = '\0';
        return memcpy(stage[LEFT].name, "", 1), "two stages are named ''";
    case 1:
        stage[OPEN].outcome[0].to = GRAPH_STAGES;
        return "'open': expected an outcome's stage below 9, found 9";
    case 2:
        stage[OPEN].outcome[0].status = 2;
        return "'open': expected an outcome's status below 2, found 2";
    case 3:
        stage[OPEN].outcome[0].weight[1] = -1;
        return "'open': expected 0 or more as an outcome's weight, found -1";
    case 4:
        stage[OPEN].outcome[0].weight[0] = 0;
        return "'open': every outcome has weight 0 in place 1";
    case 5:
        stage[FIRST].rate = NAN;
        return "'first': expected 0 or more as the rate";
    case 6:
        stage[FIRST].deadline = -2;
        return "'first': expected 0 or more as the deadline";
    case 7:
        stage[FIRST].overdue = 9;
        return "'first': expected the stage after its deadline below 9, found 9";
    case 8:
        stage[OPEN].service = GRAPH_SERVICES;
        return "'open': expected a service below 4, found 4";
    case 9:
        stage[OPEN].outcome[1].to = GRANTED;
        return "'refused' cannot be reached from 'first'";
    case 10:
        stage[GRANTED].rate = 1;
        return "'granted': expected outcomes";
    case 11:
        stage[OPEN].rate = 1;
        return "'open': expected a service or a rate, found both";
    case 12:
        stage[OPEN].service = BEDS;
        return "'open': expected a service of kind daily, found 'beds'";
    case 13:
        stage[OPEN].priority = 8;
        return "'open': expected a priority below 8, found 8";
    default:
        return NULL;
    }
}

static const char *spoil_rules(struct casegraph_stage *stage, int which)
{
    switch (which) {
    case 0:
        stage[FIRST].placement[1] = GRAPH_PLACEMENTS;
        return "'first': expected a placement below 2, found 2";
    case 1:
        stage[FIRST].placement[1] = STREET;
        return "'first': placement 'street' is named twice";
    case 2:
        stage[FIRST].placements = CASEGRAPH_PLACEMENTS + 1;
        return "'first': expected at most 16 placements, found 17";
    case 3:
        stage[FIRST].otherwise = CASEGRAPH_NONE;
        return "'first': expected the stage 'otherwise'";
    case 4:
        stage[FIRST].only = CASEGRAPH_ALL;
        return "'first': 'otherwise' needs 'only'";
    case 5:
        stage[ADULT].only = CASEGRAPH_ADULTS;
        stage[ADULT].otherwise = FIRST;
        return "'first': 'otherwise' goes round in a circle";
    case 6:
        stage[OPEN].asks |= 1u << CASEGRAPH_GIVES_GUARDIAN;
        return "'open' asks for a guardian: no service";
    case 7:
        stage[OPEN].screens = 1.5;
        return "'open': expected a share from 0 to 1 as the chance 'screens', found 1.5";
    case 8:
        stage[OPEN].no_show = CASEGRAPH_NONE;
        return "'open': expected the stage 'no_show'";
    case 9:
        stage[OPEN].sensitivity = NAN;
        return "'open': expected shares from 0 to 1 as sensitivity and specificity, or neither, found nan and 1";
    default:
        return NULL;
    }
}

static const char *spoil_decision(struct casegraph_stage *stage, int which)
{
    switch (which) {
    case 0:
        stage[OPEN].specificity = 1.1;
        return "found 0.8 and 1.1";
    case 1:
        stage[OPEN].removal = LAWYERS;
        return "'open': expected the service 'removal' of kind daily, found 'lawyers'";
    case 2:
        stage[OPEN].removal = OFFICE;
        return "'open': expected another service as 'removal'";
    case 3:
        stage[OPEN].removed = CASEGRAPH_NONE;
        return "'open': expected the stage 'removed'";
    case 4:
        stage[OPEN].removal = -1;
        return "'open': 'removed' needs a service";
    case 5:
        stage[ADULT].asks = 1u << CASEGRAPH_GIVES;
        return "'adult': expected 'asks' to name";
    case 6:
        stage[FIRST].only = CASEGRAPH_WHOS;
        return "'first': expected the number of 'only' below 10";
    case 7:
        stage[OPEN].hearing = false, stage[OPEN].no_show = CASEGRAPH_NONE;
        return "'absent' cannot be reached";
    case 8:
        stage[OPEN].removal = -1, stage[OPEN].removed = CASEGRAPH_NONE;
        return "'removed' cannot be reached";
    case 9:
        stage[FIRST].only = CASEGRAPH_ALL, stage[FIRST].otherwise = CASEGRAPH_NONE;
        return "'adult' cannot be reached";
    case 10:
        stage[GRANTED].asks = 1u << CASEGRAPH_GIVES_COUNSEL;
        return "'granted' is final: nothing is asked for when the case ends, expected no 'asks'";
    case 11:
        stage[GRANTED].removal = SEATS, stage[GRANTED].removed = REMOVED;
        return "'granted' is final: expected no 'removal' after the case has ended";
    default:
        return NULL;
    }
}

static const char *spoil_placement(struct casegraph_placement *placement, int which)
{
    struct casegraph_placement *centre = &placement[CENTRE];
    switch (which) {
    case 0:
        centre->leave_stage = GRAPH_STAGES;
        return "'centre': expected the stage after leaving below 9, found 9";
    case 1:
        centre->leave_stage = REFUSED;
        return "'left' cannot be reached";
    case 2:
        centre->return_stage = CASEGRAPH_NONE;
        return "'home' cannot be reached";
    case 3:
        centre->rate[CASEGRAPH_DEATH] = NAN;
        return "'centre': expected 0 or more as the death_rate per day, found nan";
    case 4:
        centre->service = SEATS;
        return "'centre': expected a service of kind places, found 'seats'";
    case 5:
        centre->meanwhile = CENTRE;
        return "'centre': expected a placement without a service as 'meanwhile', found 'centre'";
    case 6:
        centre->use = -1;
        return "'centre': expected 0 or more as the weight 'use', found -1";
    case 7:
        centre->children = 3;
        return "'centre': expected 0, 1 or 2 as children, vulnerable and families, found 3";
    case 8:
        centre->risk_from = 0.7, centre->risk_to = 0.6;
        return "'centre': expected risk_from at or below risk_to";
    case 9:
        centre->service = LAWYERS;
        return "'open' asks for a counsel: a placement takes places of the same service, expected two services";
    default:
        return NULL;
    }
}

static const char *spoil_stay(struct casegraph_placement *placement, int which)
{
    struct casegraph_placement *centre = &placement[CENTRE];
    switch (which) {
    case 0:
        centre->band[1] = 180;
        return "'centre': expected bands that ascend from day 0, found 180 as number 3";
    case 1:
        centre->band[0] = 1;
        return "found 1 as number 1";
    case 2:
        centre->bands = 0;
        return "'centre': expected 1 to 8 bands, found 0";
    case 3:
        centre->band_factor[2] = -1;
        return "'centre': expected 0 or more as a band's factor";
    case 4:
        centre->lasting = 2;
        return "'centre': expected a share from 0 to 1 as the share 'lasting', found 2";
    case 5:
        centre->appearance_slope = INFINITY;
        return "'centre': expected a number as appearance_slope, found inf";
    case 6:
        centre->error = -0.5;
        return "'centre': expected 0 or more as the factor 'error', found -0.5";
    case 7:
        centre->after = CENTRE;
        return "'centre': expected another placement as 'after', found itself";
    case 8:
        memcpy(centre->name, "street", 7);
        return "two placements are named 'street'";
    default:
        return NULL;
    }
}

static const char *spoil_service(struct casegraph *graph, int which)
{
    struct casegraph_service *service = graph->service;
    switch (which) {
    case 0:
        service[OFFICE].staff = INFINITY;
        return "'office': expected 0 or more as staff (or capacity), found inf";
    case 1:
        service[OFFICE].productivity = -1;
        return "'office': expected 0 or more as productivity";
    case 2:
        service[OFFICE].overload_days = 0;
        return "'office': expected overload_days above 0";
    case 3:
        service[OFFICE].overload_loss = 1.1;
        return "'office': expected a share from 0 to 1 as overload_loss";
    case 4:
        service[LAWYERS].overload_loss = 0.1, service[LAWYERS].overload_days = 10;
        return "'lawyers': expected overload_loss of a service of kind daily only";
    case 5:
        service[LAWYERS].places = false;
        return "'lawyers': expected kind places for 'gives'";
    case 6:
        service[LAWYERS].gives = CASEGRAPH_GIVES_NOTHING;
        return "'open' asks for a counsel: no service of kind places gives that";
    case 7:
        service[LAWYERS].coverage = -0.1;
        return "'lawyers': expected a share from 0 to 1 as coverage";
    case 8:
        graph->start = GRAPH_STAGES;
        return "expected the stage in which a case begins below 9, found 9";
    case 9:
        graph->start = OPEN;
        return "'first' cannot be reached from 'open'";
    case 10:
        graph->status[NOTHING].level = CASEGRAPH_LEVELS;
        return "status 'nothing': expected the number of 'level' below 3";
    case 11:
        memcpy(graph->status[NOTHING].name, "refugee", 8);
        return "two statuses are named 'refugee'";
    case 12:
        graph->given[2].state = 4;
        return "'staff' of 'office' is given twice for one state";
    case 13:
        graph->given[1].item = GRAPH_SERVICES;
        return "by_state 'productivity': expected a service below 4, found 4";
    case 14:
        graph->given[1].value = NAN;
        return "by_state 'productivity': expected a number as its value";
    case 15:
        graph->state[1] = 4;
        return "a state that opens cases is named twice";
    default:
        return NULL;
    }
}

/* Spoil one thing of one kind; NULL where there are no more. */
static const char *spoil(struct casegraph *graph, int kind, int which)
{
    switch (kind) {
    case 0:
        return spoil_stage(graph->stage, which);
    case 1:
        return spoil_rules(graph->stage, which);
    case 2:
        return spoil_decision(graph->stage, which);
    case 3:
        return spoil_placement(graph->placement, which);
    case 4:
        return spoil_stay(graph->placement, which);
    default:
        return spoil_service(graph, which);
    }
}

static void casegraph_finds_what_is_there(void)
{
    struct casegraph good = new_graph();
    struct error error = {0};
    TEST(casegraph_check(&good, &error) == 0, "'%s'", error.text);
    TEST(casegraph_find_stage(&good, "open") == OPEN && casegraph_find_stage(&good, "none") == -1, "find");
    TEST(casegraph_find_placement(&good, "street") == STREET && casegraph_find_placement(&good, "open") == -1, "find");
    TEST(casegraph_find_service(&good, "office") == OFFICE && casegraph_find_service(&good, "centre") == -1, "find");
    TEST(casegraph_find_status(&good, "nothing") == NOTHING && casegraph_find_status(&good, "office") == -1, "find");
    TEST(casegraph_opens_in(&good, 1) && casegraph_opens_in(&good, 4) && !casegraph_opens_in(&good, 0), "two states open cases");
    good.states = 0;
    TEST(casegraph_opens_in(&good, 0), "all states do");
    static const bool final[GRAPH_STAGES] = {[GRANTED] = true, true, true, true, true, false, true};
    for (int i = 0; i < GRAPH_STAGES; i++) TEST(casegraph_is_final(&good.stage[i]) == final[i], "stage %d", i);
    TEST(casegraph_given(&good, "staff", true, OFFICE, 4, 7) == 10 && casegraph_given(&good, "staff", true, OFFICE, 1, 7) == 12, "given");
    TEST(casegraph_given(&good, "staff", true, OFFICE, 2, 7) == 7 && casegraph_given(&good, "productivity", true, OFFICE, 1, 7) == 7, "not given");
    TEST(casegraph_given(&good, "staff", true, BEDS, 4, 7) == 7 && casegraph_given(&good, "staff", false, OFFICE, 4, 7) == 7, "of another");
    casegraph_free(&good);
    TEST(casegraph_check(&good, &error) == 0, "no cases at all: '%s'", error.text);
}

static void casegraph_refuses_what_is_spoilt(void)
{
    for (int kind = 0; kind < 6; kind++) {
        const char *expected = "";
        for (int i = 0; expected; i++) {
            struct casegraph graph = new_graph();
            struct error found = {0};
            expected = spoil(&graph, kind, i);
            if (expected) TEST(casegraph_check(&graph, &found) == -1 && found.status == FAIL_INPUT && has(found.text, expected), "kind %d, case %d: '%s'", kind, i, found.text);
            casegraph_free(&graph);
        }
    }
}

static void casegraph_needs_a_final_stage(void)
{
    struct casegraph graph = {.stages = 1};
    struct error error = {0};
    graph.stage = memory_new(1, sizeof *graph.stage);
    graph.stage[0] = casegraph_stage_default();
    graph.stage[0].name = memory_text("loop");
    add_outcomes(&graph.stage[0], 1, &(struct casegraph_outcome){0, CASEGRAPH_NONE, {1, 1, 1, 1}});
    TEST(casegraph_check(&graph, &error) == -1 && has(error.text, "final"), "'%s'", error.text);
    casegraph_free(&graph);
}

/* What a reader starts from is accepted as it stands. */
static void casegraph_defaults_are_sound(void)
{
    struct casegraph graph = {.stages = 1, .placements = 1, .services = 1};
    struct error error = {0};
    struct casegraph_stage stage = casegraph_stage_default();
    struct casegraph_placement placement = casegraph_placement_default();
    struct casegraph_service service = casegraph_service_default();
    stage.name = (char *)"s", placement.name = (char *)"p", service.name = (char *)"o";
    graph.stage = &stage, graph.placement = &placement, graph.service = &service;
    TEST(casegraph_check(&graph, &error) == 0, "'%s'", error.text);
    TEST(isnan(stage.sensitivity) && isnan(stage.specificity) && stage.service == -1 && stage.removal == -1 && casegraph_is_final(&stage), "stage");
    TEST(placement.use == 1 && placement.children == 2 && placement.vulnerable == 2 && placement.risk_to == 1 && placement.appearance == 1 && placement.error == 1 && placement.child_factor == 1, "placement");
    TEST(placement.bands == 1 && placement.band_factor[0] == 1 && service.coverage == 1 && service.productivity == 1 && service.staff == 0, "bands and service");
}

static void setup_owns_what_it_is_given(void)
{
    struct setup setup;
    char name[] = "flee";
    double list[] = {1, 2};
    setup_init(&setup);
    setup_add_model(&setup, name);
    setup_give(&setup, name, "rules", "compat", "a.cfg", 4);
    setup_give_list(&setup, name, "ages", 2, list, "a.cfg", 5);
    setup_add_input(&setup, "a.cfg", "00ff");
    setup_warn(&setup, "first %d", 1);
    setup_warn(&setup, "second");
    memset(name, 'x', 4);
    list[1] = 9;
    TEST(setup.models == 1 && strcmp(setup.model[0], "flee") == 0, "model");
    TEST(setup.givens == 2 && strcmp(setup.given[0].text, "compat") == 0, "given");
    TEST(setup.given[0].line == 4 && strcmp(setup.given[0].owner, "flee") == 0, "given");
    TEST(setup.given[1].text == NULL && setup.given[1].list.count == 2 && setup.given[1].list.value[1] == 2, "list");
    TEST(strcmp(setup.input[0].path, "a.cfg") == 0 && strcmp(setup.input[0].sha256, "00ff") == 0, "input");
    TEST(strcmp(setup.warning.text, "first 1\nsecond") == 0 && setup.warning.status == FAIL_NONE, "'%s'", setup.warning.text);
    for (int i = 0; i < 500; i++) setup_warn(&setup, "once more");
    TEST(strlen(setup.warning.text) < sizeof setup.warning.text, "full");
    setup_free(&setup);
    TEST(setup.models == 0 && setup.scale == 1, "free leaves a fresh setup");
    setup_free(&setup);
}

static void trait_rows_replace(void)
{
    struct trait_set set = {0};
    static const char *const label[] = {"young", "old"};
    struct trait *trait = trait_add(&set, "age", 2, label, (double[]){1, 3});
    trait_add_row(trait, 7, (double[]){1, 0});
    trait_add_row(trait, 2, (double[]){0, 1});
    trait_add_row(trait, 7, (double[]){5, 6});
    TEST(trait->rows == 2 && trait->place[0] == 7 && trait->place[1] == 2, "rows");
    TEST(trait->weight[0] == 5 && trait->weight[1] == 6 && trait->weight[3] == 1 && trait->fallback[1] == 3, "weights");
    TEST(strcmp(trait->label[1], "old") == 0 && strcmp(trait->name, "age") == 0, "names");
    trait_free(&set);
    trait_free(&set);
    TEST(set.count == 0, "freed");
}

static void timer_adds_up(void)
{
    struct timer_set set = {0};
    double before = timer_wall();
    timer_start(&set);
    while (timer_wall() < before + 0.002) continue;
    timer_stop(&set, TIMER_ACT);
    timer_stop(&set, TIMER_SETTLE);
    double total = set.wall[TIMER_ACT] + set.wall[TIMER_SETTLE];
    TEST(set.wall[TIMER_ACT] > 0 && set.wall[TIMER_SETTLE] >= 0 && total <= timer_wall() - before, "%g", total);
    TEST(strcmp(timer_name(TIMER_DRIVERS), "drivers") == 0 && strcmp(timer_name(TIMER_OBSERVE), "observe") == 0, "names");
}

static const struct test_case cases[] = {
    {"fail_keeps_the_first_message", fail_keeps_the_first_message},
    {"fail_names_the_place", fail_names_the_place},
    {"fail_suggests_the_nearest_name", fail_suggests_the_nearest_name},
    {"memory_is_aligned_and_zeroed", memory_is_aligned_and_zeroed},
    {"memory_grows", memory_grows},
    {"memory_copies_texts", memory_copies_texts},
    {"memory_exhausted_ends_with_one_line", memory_exhausted_ends_with_one_line},
    {"calendar_walks_two_centuries", calendar_walks_two_centuries},
    {"calendar_known_days", calendar_known_days},
    {"a month ends with the run", a_month_ends_with_the_run},
    {"calendar_refuses_what_is_no_date", calendar_refuses_what_is_no_date},
    {"param_fills_the_fallbacks", param_fills_the_fallbacks},
    {"param_stores_each_kind", param_stores_each_kind},
    {"param_errors_say_what_was_expected", param_errors_say_what_was_expected},
    {"param_list_items_are_in_range", param_list_items_are_in_range},
    {"param_parses_whole_texts", param_parses_whole_texts},
    {"param_text_reads_back", param_text_reads_back},
    {"param_text_is_short", param_text_is_short},
    {"digest_known_answers", digest_known_answers},
    {"digest_does_not_see_the_pieces", digest_does_not_see_the_pieces},
    {"digest_of_files_and_chains", digest_of_files_and_chains},
    {"casegraph_finds_what_is_there", casegraph_finds_what_is_there},
    {"casegraph_defaults_are_sound", casegraph_defaults_are_sound},
    {"casegraph_refuses_what_is_spoilt", casegraph_refuses_what_is_spoilt},
    {"casegraph_needs_a_final_stage", casegraph_needs_a_final_stage},
    {"setup_owns_what_it_is_given", setup_owns_what_it_is_given},
    {"trait_rows_replace", trait_rows_replace},
    {"timer_adds_up", timer_adds_up}};

TEST_MAIN(cases)
