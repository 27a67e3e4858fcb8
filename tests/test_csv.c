/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/csv.h"
#include "sim/memory.h"
#include "tests/test.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;

static int parse_bytes(const char *bytes, size_t size, enum csv_header header, struct csv *csv)
{
    error = (struct error){0};
    return csv_parse("t.csv", bytes, size, header, csv, &error);
}

static int parse(const char *text, enum csv_header header, struct csv *csv) { return parse_bytes(text, strlen(text), header, csv); }

/* Cells of all rows as "a|b;c|d", with the line of each row before it. */
static void listing(const struct csv *csv, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < csv->rows; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%d:", i ? ";" : "", csv->row[i].line);
        for (int j = 0; j < csv->row[i].fields; j++)
            length += (size_t)snprintf(text + length, size - length, "%s%s", j ? "|" : "", csv_text(csv, i, j));
    }
}

static void expect(const char *text, enum csv_header header, const char *rows)
{
    struct csv csv;
    char found[512];
    TEST(parse(text, header, &csv) == 0, "%s", error.text);
    listing(&csv, found, sizeof found);
    TEST(!strcmp(found, rows), "'%s': expected %s, found %s", text, rows, found);
    csv_free(&csv);
}

static void expect_failure(const char *text, enum csv_header header, const char *message)
{
    struct csv csv;
    TEST(parse(text, header, &csv) == -1 && error.status == FAIL_INPUT, "'%s' was accepted", text);
    TEST(strstr(error.text, message), "expected '%s', found '%s'", message, error.text);
    csv_free(&csv);
}

static void test_fields(void)
{
    expect("a,b\nc,d\n", CSV_PLAIN, "1:a|b;2:c|d");
    expect("a,b\nc,d", CSV_PLAIN, "1:a|b;2:c|d");
    expect("", CSV_PLAIN, "");
    expect("a,,b,\n", CSV_PLAIN, "1:a||b|");
    expect(" a ,\tb c\t, 1 \n", CSV_PLAIN, "1:a|b c|1");
    expect("\"a\",\"b,c\",\" d \"\n", CSV_PLAIN, "1:a|b,c| d ");
    expect("\"say \"\"no\"\"\",\"\"\n", CSV_PLAIN, "1:say \"no\"|");
    expect("a, \"b\" ,c\n", CSV_PLAIN, "1:a|b|c");
    expect("O\"Brien,5'\n", CSV_PLAIN, "1:O\"Brien|5'");
    expect("R\xC3\xA9"
           "fugi\xC3\xA9s,\xE2\x82\xAC,\xF0\x9F\x9A\xB6\n",
           CSV_PLAIN, "1:R\xC3\xA9"
                      "fugi\xC3\xA9s|\xE2\x82\xAC|\xF0\x9F\x9A\xB6");
}

static void test_lines(void)
{
    expect("a\r\nb\r\n\r\nc", CSV_PLAIN, "1:a;2:b;4:c");
    expect("a\rb\r\rc\r", CSV_PLAIN, "1:a;2:b;4:c");
    expect("a\n\n  \n,,,\nb\n", CSV_PLAIN, "1:a;5:b");
    expect("a,\"x\ny\"\nb\n", CSV_PLAIN, "1:a|x\ny;3:b");
    expect("a,\"x\r\ny\"\r\nb\r\n", CSV_PLAIN, "1:a|x\r\ny;3:b");
    expect("\xEF\xBB\xBF"
           "a,b\n",
           CSV_PLAIN, "1:a|b");
    expect("# don't, \"worry\na\n  # x\n\"#c\",d\nb,#e\n", CSV_PLAIN, "2:a;5:b|#e");
}

static void test_headers(void)
{
    struct csv csv;
    expect("# note\nname,km\na,1\n", CSV_NAMED, "3:a|1");
    expect("#Day,A,B\n0,1,2\n#x,y,z\n1,3,4\n", CSV_FIRST, "2:0|1|2;4:1|3|4");
    expect("Day,A,B,\n0,1,2,\n", CSV_FIRST, "2:0|1|2|");
    expect("# from the field, 2015\n#name,km\na,1,2\n", CSV_HASHED, "3:a|1|2");
    expect("a,1\n#b,2\nc,3\n", CSV_HASHED, "1:a|1;3:c|3");

    TEST(parse("# from the field, 2015\n\"#name\",\"km\",ferry,,\na,1\n", CSV_HASHED, &csv) == 0, "%s", error.text);
    TEST(csv.columns == 3 && !strcmp(csv.name[0], "name") && csv.header_line == 2, "%d columns, line %d", csv.columns, csv.header_line);
    TEST(csv_find(&csv, "km") == 1 && csv_find(&csv, "x") == -1, "find");
    TEST(csv_column(&csv, "ferry", &error) == 2, "column");
    TEST(csv_column(&csv, "fery", &error) == -1 && strstr(error.text, "t.csv:2: expected a column 'fery'") && strstr(error.text, "'ferry'"), "%s", error.text);
    csv_free(&csv);
    TEST(parse("a,1\n", CSV_HASHED, &csv) == 0 && csv.columns == 0 && csv.header_line == 0 && csv.rows == 1, "no header");
    csv_free(&csv);
    TEST(parse("# Day,A\n1,2\n", CSV_FIRST, &csv) == 0 && csv.columns == 2 && !strcmp(csv.name[0], "Day"), "%s", csv.name[0]);
    csv_free(&csv);
}

static void test_values(void)
{
    struct csv csv;
    double number;
    int64_t integer;
    int32_t day;
    TEST(parse("n,when\n2.5,1970-01-03\n\n7,x\n1e999,\n", CSV_NAMED, &csv) == 0, "%s", error.text);
    TEST(csv_number(&csv, 0, 0, &number, &error) == 0 && number == 2.5, "%g", number);
    TEST(csv_integer(&csv, 1, 0, &integer, &error) == 0 && integer == 7, "%d", (int)integer);
    TEST(csv_date(&csv, 0, 1, &day, &error) == 0 && day == 2, "%d", day);
    TEST(csv_blank(&csv, 2, 1) && csv_blank(&csv, 0, 9) && csv_blank(&csv, 0, -1) && !csv_blank(&csv, 0, 0), "blank");
    TEST(error.status == FAIL_NONE, "%s", error.text);
    TEST(csv_integer(&csv, 0, 0, &integer, &error) && !strcmp(error.text, "t.csv:2: expected a whole number in column 'n', found '2.5'"),
         "%s", error.text);
    error = (struct error){0};
    TEST(csv_number(&csv, 2, 0, &number, &error) && !strcmp(error.text, "t.csv:5: expected a number in column 'n', found '1e999'"), "%s",
         error.text);
    error = (struct error){0};
    TEST(csv_date(&csv, 1, 1, &day, &error) && !strcmp(error.text, "t.csv:4: expected a date YYYY-MM-DD in column 'when', found 'x'"),
         "%s", error.text);
    error = (struct error){0};
    TEST(csv_number(&csv, 2, 5, &number, &error) && !strcmp(error.text, "t.csv:5: expected a number in field 6, found nothing"), "%s",
         error.text);
    csv_free(&csv);
}

static void test_failures(void)
{
    expect_failure("a\n\"b\nc\n", CSV_PLAIN, "t.csv:2: expected a closing quote, found the end of the file");
    expect_failure("a\n\"b\"c,d\n", CSV_PLAIN, "t.csv:2: expected a comma or the end of the line after a closing quote, found 'c'");
    expect_failure("a\nb\xE9\n", CSV_PLAIN, "t.csv:2: expected UTF-8 text, found byte 0xE9");
    expect_failure("a\r\nb\xC0\x80\n", CSV_PLAIN, "t.csv:2: expected UTF-8 text");
    expect_failure("\xFF\xFE", CSV_PLAIN, "t.csv:1: expected UTF-8 text");
    expect_failure("\xED\xA0\x80", CSV_PLAIN, "t.csv:1: expected UTF-8 text");
    expect_failure("# x\n\n", CSV_NAMED, "expected a first row with the names");
    expect_failure("a,b,a\n", CSV_NAMED, "t.csv:1: column 'a' is named twice");
    expect_failure("a,b\n1,2\n1,2,,3\n", CSV_NAMED, "t.csv:3: expected 2 fields as the header (line 1) names, found 4");
    struct csv csv;
    TEST(parse_bytes("a\0b", 3, CSV_PLAIN, &csv) == -1 && strstr(error.text, "found byte 0x00"), "%s", error.text);
    csv_free(&csv);
}

static void expect_unreadable(const char *path, const char *message)
{
    struct csv csv;
    error = (struct error){0};
    TEST(csv_read(path, CSV_PLAIN, &csv, &error) == -1 && error.status == FAIL_INPUT, "%s was read", path);
    TEST(strstr(error.text, path) == error.text && strstr(error.text, message), "%s", error.text);
    csv_free(&csv);
}

static void test_files(void)
{
    char directory[] = P_tmpdir "/wayfare-csv-XXXXXX";
    struct csv csv;
    if (!mkdtemp(directory)) return test_skip("no temporary directory");
    char *path = memory_format("%s/a.csv", directory);
    expect_unreadable(directory, "expected a file, found a directory");
    expect_unreadable(path, "cannot read the file: No such file");
    FILE *file = fopen(path, "w");
    fputs("x,y\r\n1,2", file);
    fclose(file);
    error = (struct error){0};
    TEST(csv_read(path, CSV_NAMED, &csv, &error) == 0 && csv.rows == 1 && !strcmp(csv_text(&csv, 0, 1), "2"), "%s", error.text);
    TEST(!strcmp(csv.path, path), "%s", csv.path);
    csv_free(&csv);
    chmod(path, 0);
    if (geteuid() != 0) expect_unreadable(path, "cannot read the file: Permission denied");
    unlink(path);
    rmdir(directory);
    memory_free(path);
}

/* Whatever is cut off or changed, reading ends with a status and never outside its memory. */
static void test_damage(void)
{
    const char whole[] = "\xEF\xBB\xBF#n,\"a,\"\"b\"\r\n\"x\r\ny\", 1 ,,\r\"\",é,#\n\n,,\n'\"q\"',2";
    const char byte[] = "\",\n\r# a\xC3";
    for (size_t size = 0; size < sizeof whole; size++)
        for (size_t i = 0; i < size; i++)
            for (size_t j = 0; j < sizeof byte - 1; j++) {
                struct csv csv;
                char bytes[sizeof whole];
                memcpy(bytes, whole, sizeof whole);
                bytes[i] = byte[j];
                int status = parse_bytes(bytes, size, (enum csv_header)(i % 4), &csv);
                TEST((status == 0) == (error.status == FAIL_NONE), "%zu %zu", size, i);
                csv_free(&csv);
            }
}

static const struct test_case cases[] = {
    {"fields", test_fields},
    {"lines", test_lines},
    {"headers", test_headers},
    {"values", test_values},
    {"failures", test_failures},
    {"files", test_files},
    {"damage", test_damage},
};
TEST_MAIN(cases)
