/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of Flee's directories: what Flee itself computed from three real ones, a small one by hand, the same one
   written in all the ways people write it, and the same one broken in every way. */
#include "scenarios/csv.h"
#include "scenarios/flee_dir.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "tests/test.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;

/* The real sets ------------------------------------------------------------------------------------------------------ */

#define SHARED "../shared/flee/"

static const struct set {
    const char *name, *directory, *settings;
    int days;
} sets[] = {
    {"burundi", SHARED "conflicts/burundi", SHARED "settings/burundi_h10.yml", 396},
    {"mali2012", SHARED "conflicts/mali2012", SHARED "settings/mali2012_h10_nolog.yml", 300},
    {"car2013_val3", SHARED "conflicts/car2013", SHARED "settings/validation_h10.yml", 820},
};
enum { SETS = sizeof sets / sizeof *sets };

static bool shared(void)
{
    if (access(SHARED "deterministic", R_OK) == 0) return true;
    test_skip("no ../shared/flee beside the project");
    return false;
}

static int open_set(const struct set *set, struct setup *setup)
{
    struct flee_dir_options options = {.directory = set->directory, .settings = set->settings, .rules = "compat"};
    error = (struct error){0};
    setup_init(setup);
    int status = flee_dir_read(setup, &options, &error);
    TEST(status == 0, "%s: %s", set->name, error.text);
    return status;
}

static int open_answers(const struct set *set, const char *what, struct csv *csv)
{
    char *path = memory_format(SHARED "deterministic/%s_%s.csv", set->name, what);
    int status = csv_read(path, CSV_NAMED, csv, &error);
    TEST(status == 0, "%s", error.text);
    memory_free(path);
    return status;
}

static double number(const struct csv *csv, int row, int column)
{
    double value = NAN;
    TEST(csv_number(csv, row, column, &value, &error) == 0, "%s", error.text);
    return value;
}

static double driver_value(const struct setup *setup, const char *name, uint32_t cell, int day)
{
    const struct driver *driver = driver_find(&setup->drivers, name);
    TEST(driver, "no driver %s", name);
    return driver ? driver_at(driver, cell, day) : NAN;
}

static void check_registered(const struct set *set, const struct setup *setup, const struct csv *days)
{
    for (int column = 0; column < days->columns; column++) {
        if (strncmp(days->name[column], "data:", 5)) continue;
        uint32_t camp = world_find_place(setup->world, days->name[column] + 5);
        TEST(camp != WORLD_NOWHERE && setup->world->place[camp].kind & WORLD_CAMP, "%s: no camp %s", set->name, days->name[column]);
        for (int day = 0; day < days->rows && camp != WORLD_NOWHERE; day++) {
            double found = driver_value(setup, "registered", camp, day), answer = number(days, day, column);
            TEST(found == answer, "%s, %s, day %d: expected %g, found %g", set->name, days->name[column], day, answer, found);
            if (found != answer) break;
        }
    }
}

static double sum_registered(const struct setup *setup, int day)
{
    double sum = driver_value(setup, "registered_elsewhere", 0, day);
    for (uint32_t place = 0; place < setup->world->places; place++) {
        double value = driver_value(setup, "registered", place, day);
        if (!isnan(value)) sum += value;
    }
    return sum;
}

/* refugees_raw: on day 0 the total and all others, then it grows as the others do. */
static void check_raw(const struct set *set, const struct setup *setup, const struct csv *days)
{
    int column = csv_column(days, "refugees_raw", &error);
    double raw = driver_value(setup, "registered_total", 0, 0) + sum_registered(setup, 0);
    for (int day = 0; day < days->rows; day++) {
        if (day > 0) raw += sum_registered(setup, day) - sum_registered(setup, day - 1);
        TEST(raw == number(days, day, column), "%s, day %d: expected %g, found %g", set->name, day, number(days, day, column), raw);
        if (raw != number(days, day, column)) break;
    }
}

static void test_set_days(void)
{
    if (!shared()) return;
    for (int i = 0; i < SETS; i++) {
        struct setup setup;
        struct csv days = {0};
        if (!open_set(&sets[i], &setup) && !open_answers(&sets[i], "days", &days)) {
            TEST(setup.days == sets[i].days && days.rows == setup.days, "%s: %d days", sets[i].name, setup.days);
            check_registered(&sets[i], &setup, &days);
            check_raw(&sets[i], &setup, &days);
        }
        csv_free(&days);
        setup_free(&setup);
    }
}

static int compare_words(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* The names in order, joined; the list is cut up at '|'. */
static void sorted(char *list, char *text, size_t size)
{
    const char *word[64];
    size_t words = 0, length = 0;
    for (char *at = strtok(list, "|"); at && words < 64; at = strtok(NULL, "|")) word[words++] = at;
    qsort(word, words, sizeof *word, compare_words);
    text[0] = '\0';
    for (size_t i = 0; i < words; i++) length += (size_t)snprintf(text + length, size - length, "%s|", word[i]);
}

static void open_links(const struct world *world, uint32_t place, char *text, size_t size)
{
    char list[2048] = "";
    size_t length = 0;
    for (uint32_t i = world->first[place]; i < world->first[place + 1]; i++)
        if (world->link[i].open) length += (size_t)snprintf(list + length, sizeof list - length, "%s|",
                                                            world->place[world->link[i].to].name);
    sorted(list, text, size);
}

static void check_links(const struct set *set, const struct world *world, const struct csv *csv, int row, uint32_t place)
{
    char found[2048], answer[2048];
    char *list = memory_text(csv_text(csv, row, csv_find(csv, "open_links")));
    open_links(world, place, found, sizeof found);
    sorted(list, answer, sizeof answer);
    TEST(!strcmp(found, answer), "%s, day %s, %s: expected %s, found %s", set->name, csv_text(csv, row, 0), world->place[place].name,
         answer, found);
    memory_free(list);
}

static bool flag(const struct csv *csv, int row, const char *name) { return !strcmp(csv_text(csv, row, csv_find(csv, name)), "1"); }

/* In these sets intensities are 0 or 1, so Flee's transitions are the series itself. A zone that opens is no town. */
static void check_kind(const struct set *set, const struct setup *setup, const struct csv *csv, int row, uint32_t place)
{
    uint32_t kind = setup->world->place[place].kind;
    double intensity = driver_value(setup, "conflict", place, (int)number(csv, row, 0));
    bool zone = intensity > 1e-6 || (isnan(intensity) && kind & WORLD_CONFLICT);
    bool same = flag(csv, row, "camp") == !!(kind & WORLD_CAMP) && flag(csv, row, "idpcamp") == !!(kind & WORLD_IDP_CAMP) &&
                flag(csv, row, "marker") == !!(kind & WORLD_MARKER) && flag(csv, row, "forward") == !!(kind & WORLD_FORWARDING);
    TEST(same, "%s, line %d: %s has kind %u", set->name, csv->row[row].line, setup->world->place[place].name, kind);
    TEST(number(csv, row, csv_find(csv, "conflict")) == (zone ? 1 : -1), "%s, line %d: conflict %g", set->name, csv->row[row].line,
         intensity);
    bool town = !zone && kind & (WORLD_TOWN | WORLD_CONFLICT);
    TEST(flag(csv, row, "town") == town, "%s, line %d: %s has kind %u, conflict %g", set->name, csv->row[row].line,
         setup->world->place[place].name, kind, intensity);
}

/* Flee took the people of day 0 off the capacity; a capacity it then shows is what was left. */
static void check_people(const struct set *set, const struct setup *setup, const struct csv *csv, int row, uint32_t place)
{
    const struct world_place *p = &setup->world->place[place];
    double capacity = number(csv, row, csv_find(csv, "capacity")), first = driver_value(setup, "registered", place, 0);
    double found = !(p->kind & WORLD_CAMP) && p->capacity == 0 ? -1 : p->capacity > 0 ? p->capacity - first
                                                                                      : 0;
    TEST(capacity == found, "%s: capacity of %s: expected %g, found %g", set->name, p->name, capacity, found);
    TEST(number(csv, row, csv_find(csv, "pop")) == p->population, "%s: population of %s: %g", set->name, p->name, p->population);
}

static void check_places(const struct set *set, const struct setup *setup, const struct csv *csv)
{
    int32_t today = -1;
    for (int row = 0; row < csv->rows; row++) {
        uint32_t place = world_find_place(setup->world, csv_text(csv, row, 1));
        TEST(place == (uint32_t)row % setup->world->places, "%s: %s is place %u", set->name, csv_text(csv, row, 1), place);
        if (place == WORLD_NOWHERE) return;
        while (today < (int32_t)number(csv, row, 0)) world_day(setup->world, ++today);
        check_links(set, setup->world, csv, row, place);
        check_kind(set, setup, csv, row, place);
        bool closed_at_first = !strcmp(set->name, "burundi") && setup->world->place[place].capacity > 0; /* a town in between */
        if (today == 0 || closed_at_first) check_people(set, setup, csv, row, place);
    }
}

static void test_set_places(void)
{
    if (!shared()) return;
    for (int i = 0; i < SETS; i++) {
        struct setup setup;
        struct csv places = {0};
        if (!open_set(&sets[i], &setup) && !open_answers(&sets[i], "locations", &places)) check_places(&sets[i], &setup, &places);
        csv_free(&places);
        setup_free(&setup);
    }
}

/* The value, "list", "absent", or "twice" where it was given more than once. */
static const char *given(const struct setup *setup, const char *owner, const char *name)
{
    const char *found = "absent";
    for (int i = 0; i < setup->givens; i++) {
        if (strcmp(setup->given[i].owner, owner) || strcmp(setup->given[i].name, name)) continue;
        if (strcmp(found, "absent")) return "twice";
        found = setup->given[i].text ? setup->given[i].text : "list";
    }
    return found;
}

static void test_set_rest(void)
{
    if (!shared()) return;
    struct setup setup;
    if (!open_set(&sets[1], &setup)) {
        char date[16];
        calendar_text(setup.start, date);
        TEST(!strcmp(date, "2012-02-29") && !strcmp(setup.name, "mali2012"), "%s %s", date, setup.name);
        TEST(setup.traits.count == 3, "%u traits", setup.traits.count);
        const struct trait *age = &setup.traits.trait[0], *ethnicity = &setup.traits.trait[1], *gender = &setup.traits.trait[2];
        TEST(!strcmp(age->name, "age") && !strcmp(age->label[0], "0") && age->fallback[0] == 3 && age->rows == 0, "%s", age->name);
        TEST(ethnicity->values == 3 && ethnicity->fallback[0] == 5000 && ethnicity->fallback[2] == 1000 && !strcmp(ethnicity->label[2], "example3"), "%s", ethnicity->name);
        TEST(gender->values == 2 && gender->fallback[0] == 0.995 && gender->fallback[1] == 1.005 && !strcmp(gender->label[1], "female"),
             "%s", gender->name);
        const double *phase = world_values(setup.world, "IPC", false);
        TEST(phase && phase[0] == 3 && phase[1] == 4, "IPC");
        TEST(!strcmp(given(&setup, "flee_journey", "camp_weight"), "5.0") && !strcmp(given(&setup, "flee_zones", "rules"), "compat"),
             "given");
        TEST(setup.models == 3 && !strcmp(setup.model[0], "flee_zones") && !strcmp(setup.model[1], "flee_entry") &&
                 !strcmp(setup.model[2], "flee_journey"),
             "models");
        TEST(setup.inputs == 19 && strlen(setup.input[0].sha256) == 64, "%d inputs", setup.inputs);
    }
    setup_free(&setup);
}

/* A small directory --------------------------------------------------------------------------------------------------- */

struct file {
    const char *name, *text; /* text NULL: the file is left out */
};

static const struct file clean[] = {
    {"input_csv/locations.csv", "#name,region,country,latitude,longitude,location_type,conflict_date,population,IPC,note\n"
                                "Alba,North,Aland,1.5,2.5,conflict_zone,0,1009,3,a\n"
                                "Borg,North,Aland,1,2,conflict_zone,4,505,,\n"
                                "Cano,South,Aland,0,0,town,,90,4,b\n"
                                "Dorn,South,Aland,,,marker,,,,\n"
                                "Edge,East,Bland,-1,3,camp,,5000,,\n"
                                "Fort,,,-2,4,IDPcamp,,,2.5,\n"},
    {"input_csv/routes.csv", "#name1,name2,distance,forced_redirection,max_move_speed\n"
                             "Alba,Cano,100,0,\n"
                             "Borg,Cano,50.5,,150\n"
                             "Cano,Dorn,10\n"
                             "Dorn,Edge,20,1,\n"
                             "Dorn,Fort,30,2,40\n"},
    {"input_csv/closures.csv", "#closure_type,name1,name2,closure_start,closure_end\n"
                               "country,Aland,Bland,0,3\n"
                               "location,Fort,x,2,-1\n"
                               "camp,Edge,,0,4\n"
                               "link,Alba,Cano,1,2\n"
                               "remove_forced_redirection,Dorn,Edge,1,5\n"},
    {"input_csv/conflicts.csv", "#Day,Alba,Borg,Cano,Zero\n"
                                "0,1,0,0,0\n"
                                "1,1,0.5,0,0\n"
                                "2,0,0.5,0,0\n"
                                "3,0,0.25,0,0\n"
                                "4,0,1,0,0\n"
                                "5,1,1,0,0\n"},
    {"input_csv/sim_period.csv", "StartDate,2020-01-01\nLength,6\n"},
    {"input_csv/registration_corrections.csv", "Fort,2020-01-05,normalize\n"},
    {"input_csv/demographics_gender.csv", "gender,Default,Borg\nfemale,3,1\nmale,2,\n"},
    {"source_data/data_layout.csv", "total,refugees.csv\nEdge,edge.csv,edge2.csv\nFort,fort.csv\nGone,gone.csv\n"},
    {"source_data/refugees.csv", "Date,People\n2019-12-22,0\n2020-01-11,200\n"},
    {"source_data/edge.csv", "2020-01-01,10\n2020-01-03,30\n2020-01-07,130\n"},
    {"source_data/edge2.csv", "2020-01-01,5\n2020-01-02,8\n2020-01-05,20\n"},
    {"source_data/fort.csv", "#Date,x\n2020-01-01,100\n2020-01-03,200\n2020-01-05,50\n"},
    {"source_data/gone.csv", ",\n2020-01-02,7\n"},
    {"simsetting.yml", "log_levels:\n  agent: 0\nspawn_rules:\n  insert_day0: True\n  conflict_spawn_decay: [1.0, 0.5]\nmove_rules:\n  max_move_speed: 200.0\noptimisations:\n  hasten: 1\n"},
};
enum { CLEAN = sizeof clean / sizeof *clean };

static void write_file(const char *directory, struct file file)
{
    char *path = memory_format("%s/%s", directory, file.name);
    unlink(path);
    FILE *stream = file.text ? fopen(path, "wb") : NULL;
    if (stream) fputs(file.text, stream);
    if (stream) fclose(stream);
    memory_free(path);
}

static void make_folder(const char *directory, const char *name)
{
    char *path = memory_format("%s/%s", directory, name);
    mkdir(path, 0700);
    memory_free(path);
}

/* The clean directory in a new place. */
static void open_directory(char directory[])
{
    if (!mkdtemp(directory)) TEST(false, "no temporary directory");
    make_folder(directory, "input_csv");
    make_folder(directory, "source_data");
    for (int i = 0; i < CLEAN; i++) write_file(directory, clean[i]);
}

static void remove_directory(const char *directory)
{
    char *command = memory_format("rm -rf '%s'", directory);
    TEST(system(command) == 0, "%s", command);
    memory_free(command);
}

static int read_directory(const char *directory, const char *rules, struct setup *setup)
{
    struct flee_dir_options options = {.directory = directory, .rules = rules, .seed = 9};
    error = (struct error){0};
    setup_init(setup);
    return flee_dir_read(setup, &options, &error);
}

/* Read the clean directory with one file changed. */
static int read_variant(const char *directory, const char *rules, struct file file, struct setup *setup)
{
    write_file(directory, file);
    return read_directory(directory, rules, setup);
}

static void restore(const char *directory, const char *name)
{
    write_file(directory, (struct file){name, NULL});
    for (int i = 0; i < CLEAN; i++)
        if (!strcmp(clean[i].name, name)) write_file(directory, clean[i]);
}

static void check_answer_places(const struct setup *setup)
{
    const struct world *world = setup->world;
    TEST(world->places == 6 && world->states == 3, "%u places, %u states", world->places, world->states);
    TEST(!strcmp(world->state[0], "Aland") && !strcmp(world->state[2], "unknown") && !strcmp(world->place[5].region, "unknown"),
         "blank names");
    static const uint32_t kind[] = {WORLD_CONFLICT, WORLD_TOWN, WORLD_TOWN, WORLD_MARKER, WORLD_CAMP, WORLD_CAMP | WORLD_IDP_CAMP};
    for (int i = 0; i < 6; i++) TEST(world->place[i].kind == kind[i], "%s: %u", world->place[i].name, world->place[i].kind);
    TEST(world->place[0].population == 1009 && world->place[4].capacity == 5000 && world->place[4].population == 0, "people");
    TEST(world->place[0].latitude == 1.5 && world->place[0].longitude == 2.5 && world->place[3].latitude == 0, "coordinates");
    const double *phase = world_values(world, "IPC", false);
    TEST(phase && phase[0] == 3 && isnan(phase[1]) && phase[5] == 2.5, "IPC");
    TEST(!world_values(world, "note", false), "a column of text is left out");
}

static void check_answer_links(const struct world *world, bool compat)
{
    TEST(world->links == (compat ? 12 : 10), "%u links", world->links);
    const double *speed = world_values(world, "max_move_speed", true);
    uint32_t there = world_find_link(world, 1, 2), back = world_find_link(world, 2, 1), plain = world_find_link(world, 0, 2);
    TEST(speed && speed[there] == 150 && speed[back] == 150 && isnan(speed[plain]), "max_move_speed");
    TEST(world->link[there].km == 50.5 && world->link[back].km == 50.5, "km");
    uint32_t redirected = world_find_link(world, 3, 4), second = world_find_link(world, 5, 3);
    TEST(world->link[redirected].redirected && !world->link[world_find_link(world, 4, 3)].redirected, "1 redirects from the first");
    TEST(world->link[second].redirected && !world->link[world_find_link(world, 3, 5)].redirected, "2 redirects from the second");
    if (compat) TEST(world->link[redirected + 1].to == 4 && !world->link[redirected + 1].redirected, "once redirected, once plain");
}

static void check_answer_events(struct world *world, bool compat)
{
    uint32_t border = world_find_link(world, 3, 4), alba = world_find_link(world, 0, 2), fort = world_find_link(world, 3, 5);
    TEST(world->events == (compat ? 7 : 9) && world->last_word == compat, "%u events", world->events);
    world_day(world, 0);
    TEST(!world->link[border].open && world->link[alba].open && world->place[4].kind == WORLD_TOWN, "day 0");
    world_day(world, 1);
    TEST(world->link[alba].open == compat && !world->link[border].redirected, "day 1");
    world_day(world, 2);
    TEST(world->link[alba].open && !world->link[fort].open, "day 2");
    world_day(world, 3);
    TEST(world->link[border].open && world->place[4].kind == WORLD_TOWN, "day 3");
    world_day(world, 4);
    TEST(world->place[4].kind == WORLD_CAMP, "day 4");
    world_day(world, 5);
    TEST(world->link[border].redirected && !world->link[fort].open, "day 5");
}

static void check_series(const struct setup *setup, const char *name, uint32_t cell, const double *answer)
{
    for (int day = 0; day < 6; day++)
        TEST(driver_value(setup, name, cell, day) == answer[day], "%s %u, day %d: expected %g, found %g", name, cell, day, answer[day],
             driver_value(setup, name, cell, day));
}

static void check_answer_drivers(const struct setup *setup, bool compat)
{
    check_series(setup, "conflict", 0, (const double[]){1, 1, 0, 0, 0, 1});
    check_series(setup, "conflict", 1, (const double[]){0, 0.5, 0.5, 0.25, 1, 1});
    const struct driver *conflict = driver_find(&setup->drivers, "conflict");
    TEST(conflict->series_count == 2 && conflict->series[0].knots == 3 && conflict->series[1].knots == 4, "knots");
    check_series(setup, "registered_total", 0, (const double[]){100, 110, 120, 130, 140, 150});
    check_series(setup, "registered_elsewhere", 0, (const double[]){7, 7, 7, 7, 7, 7});
    /* fort: 100, 200 on day 2, 50 on day 4; corrected by 50 / 200 */
    check_series(setup, "registered", 5, (const double[]){25, 37, 50, 50, 50, 50});
    /* compat: day 0 10 + 5; day 1 8 + the next 30; day 2 30 + the last 8; day 4 20 + the next 130; nothing after */
    if (compat) check_series(setup, "registered", 4, (const double[]){15, 38, 38, 94, 150, 150});
    else check_series(setup, "registered", 4, (const double[]){15, 28, 42, 71, 100, 125});
}

static void check_answer(const char *directory, const char *rules)
{
    struct setup setup;
    bool compat = !strcmp(rules, "compat");
    TEST(read_directory(directory, rules, &setup) == 0, "%s", error.text);
    if (error.status == FAIL_NONE) {
        struct calendar_date date = calendar_date(setup.start);
        TEST(setup.days == 6 && date.year == 2020 && date.month == 1 && date.day == 1, "%d days", setup.days);
        TEST(setup.seed == 9 && setup.scale == 1 && !strcmp(setup.observed, "registered") && !strcmp(setup.source, directory) &&
                 strstr(directory, setup.name),
             "run");
        check_answer_places(&setup);
        check_answer_links(setup.world, compat);
        check_answer_events(setup.world, compat);
        check_answer_drivers(&setup, compat);
        const struct trait *gender = setup.traits.trait;
        TEST(setup.traits.count == 1 && gender->fallback[0] == 3 && gender->rows == 1 && gender->place[0] == 1 && gender->weight[0] == 1 &&
                 gender->weight[1] == 0,
             "traits");
        TEST(!strcmp(given(&setup, "flee_entry", "insert_day0"), "true") && !strcmp(given(&setup, "flee_zones", "conflict_spawn_decay"),
                                                                                    "list"),
             "given");
        TEST(setup.inputs == CLEAN, "%d inputs", setup.inputs);
        TEST(strstr(setup.warning.text, "column 'note' holds text") && strstr(setup.warning.text, "1 column without conflict names no location: Zero") && strstr(setup.warning.text, "'Gone' is no location"), "%s", setup.warning.text);
        TEST(!strstr(setup.warning.text, "type 'link'") == !compat, "%s", setup.warning.text);
    }
    setup_free(&setup);
}

static void test_answer(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    open_directory(directory);
    check_answer(directory, "compat");
    check_answer(directory, "fixed");
    remove_directory(directory);
}

/* The same setup, written in other ways -------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b) { return (!a && !b) || (a && b && !strcmp(a, b)); }

static bool same_number(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static bool same_places(const struct world *a, const struct world *b)
{
    bool same = a->places == b->places && a->states == b->states;
    for (uint32_t i = 0; i < a->places && same; i++) {
        const struct world_place *p = &a->place[i], *q = &b->place[i];
        same = same_text(p->name, q->name) && same_text(p->region, q->region) && same_text(a->state[p->state], b->state[q->state]) &&
               p->latitude == q->latitude &&
               p->longitude == q->longitude && p->kind == q->kind && p->population == q->population && p->capacity == q->capacity;
    }
    return same;
}

static bool same_links(const struct world *a, const struct world *b)
{
    bool same = a->links == b->links && a->events == b->events;
    for (uint32_t i = 0; i < a->links && same; i++) {
        const struct world_link *p = &a->link[i], *q = &b->link[i];
        same = p->from == q->from && p->to == q->to && p->km == q->km && p->redirected == q->redirected;
    }
    for (uint32_t i = 0; i < a->events && same; i++) {
        const struct world_event *p = &a->event[i], *q = &b->event[i];
        same = p->day == q->day && p->target == q->target && p->a == q->a && p->b == q->b && p->closes == q->closes && p->kind == q->kind;
    }
    return same;
}

static bool same_columns(const struct world *a, const struct world *b)
{
    bool same = a->columns == b->columns;
    for (uint32_t c = 0; c < a->columns && same; c++) {
        const double *value = world_values(b, a->column[c].name, a->column[c].of);
        uint32_t count = a->column[c].of ? a->links : a->places;
        for (uint32_t i = 0; i < count && same; i++) same = value && same_number(value[i], a->column[c].value[i]);
    }
    return same;
}

static bool same_drivers(const struct setup *a, const struct setup *b)
{
    bool same = a->drivers.count == b->drivers.count && a->days == b->days && a->start == b->start;
    for (uint32_t d = 0; d < a->drivers.count && same; d++) {
        const struct driver *p = a->drivers.driver[d], *q = driver_find(&b->drivers, p->name);
        same = q && p->series_count == q->series_count;
        for (uint32_t cell = 0; same && cell < p->cells; cell++)
            for (int day = 0; same && day < a->days; day++) same = same_number(driver_at(p, cell, day), driver_at(q, cell, day));
    }
    return same;
}

static bool same_traits(const struct trait_set *a, const struct trait_set *b)
{
    bool same = a->count == b->count;
    for (uint32_t t = 0; t < a->count && same; t++) {
        const struct trait *p = &a->trait[t], *q = &b->trait[t];
        same = same_text(p->name, q->name) && p->values == q->values && p->rows == q->rows;
        for (uint32_t i = 0; same && i < p->values; i++) same = same_text(p->label[i], q->label[i]) && p->fallback[i] == q->fallback[i];
        for (uint32_t i = 0; same && i < p->values * p->rows; i++) same = p->weight[i] == q->weight[i];
    }
    return same;
}

static bool same_givens(const struct setup *a, const struct setup *b)
{
    bool same = a->givens == b->givens;
    for (int i = 0; i < a->givens && same; i++) {
        const struct param_given *p = &a->given[i], *q = &b->given[i];
        same = same_text(p->owner, q->owner) && same_text(p->name, q->name) && same_text(p->text, q->text) &&
               p->list.count == q->list.count;
        for (int j = 0; same && j < p->list.count; j++) same = p->list.value[j] == q->list.value[j];
    }
    return same;
}

static bool same_setup(const struct setup *a, const struct setup *b)
{
    return same_places(a->world, b->world) && same_links(a->world, b->world) && same_columns(a->world, b->world) && same_drivers(a, b) &&
           same_traits(&a->traits, &b->traits) &&
           same_givens(a, b);
}

static const struct variant {
    const char *what;
    struct file file;
} variants[] = {
    {"quotes and CRLF", {"input_csv/locations.csv", "\"#name\",\"region\",\"country\",\"latitude\",\"longitude\",\"location_type\",\"conflict_date\",\"population\",\"IPC\",\"note\"\r\n"
                                                    "\"Alba\",\"North\",\"Aland\",1.5,2.5,\"conflict_zone\",0,1009,3,\"a\"\r\n"
                                                    "\"Borg\",\"North\",\"Aland\",\"1\",2,\"conflict_zone\",\"4\",505,,\r\n"
                                                    "\"Cano\",\"South\",\"Aland\",0,0,\"town\",,90,4,\"b, c\"\r\n"
                                                    "\"Dorn\",\"South\",\"Aland\",,,\"marker\",,,,\r\n"
                                                    "\"Edge\",\"East\",\"Bland\",-1,3,\"camp\",,5000,,\r\n"
                                                    "\"Fort\",\"\",\"\",-2,4,\"IDPcamp\",,,2.5,\r\n"}},
    {"byte order mark, blank rows, comments, trailing commas, other types", {"input_csv/locations.csv", "\xEF\xBB\xBF# places, by hand\n#name,region,country,lat,lon,location_type,conflict_date,pop/cap,IPC,note,,\n\n"
                                                                                                        "Alba,North,Aland,1.5,2.5,Conflict,0,1009,3,a,,\n"
                                                                                                        "#Gone,North,Aland,1.5,2.5,conflict,0,1009,3,a,b\n"
                                                                                                        "Borg,North,Aland,1,2,default,,505,,x\n,,,,,,\n"
                                                                                                        "Cano,South,Aland,0,0,town,x,90,4,,\n"
                                                                                                        "Dorn,South,Aland,,,marker,,0,,\n"
                                                                                                        "Edge,East,Bland,-1,3,refugee camp,,5000,,\n"
                                                                                                        "Fort,,,-2,4,idp_camp,,0,2.5,\n"}},
    {"lone CR, no end of line", {"input_csv/routes.csv", "#name1,name2,distance,forced_redirection,max_move_speed\rAlba,Cano,100,0,\rBorg,Cano,50.5,,150\rCano,Dorn,10\rDorn,Edge,20,1,\rDorn,Fort,30,2,40"}},
    {"spaces, comments, extra column of text", {"input_csv/routes.csv", "# roads\n\n#name1,name2,distance,forced_redirection,max_move_speed,link_type\nAlba , Cano, 100 ,0 ,,drive\n"
                                                                        "Borg,Cano,50.5,,150,walk\nCano,Dorn,10\n#Alba,Fort,1\nDorn,Edge,20,1,,\nDorn,Fort,30,2,40,\n"}},
    {"quotes, CRLF, no header", {"input_csv/closures.csv", "\"country\",\"Aland\",\"Bland\",\"0\",\"3\"\r\nlocation,Fort,,2,-1\r\ncamp,Edge,,0,4,\r\nlink,Alba,Cano,1,2\r\n"
                                                           "remove_forced_redirection,Dorn,Edge,1,5\r\n"}},
    {"spaces, trailing commas, other order of columns, more rows", {"input_csv/conflicts.csv", "#Day, Zero, Borg , Cano, Alba,, \n"
                                                                                               "0,0, 0,0,1.0,\n1,0, .5,0,1\n\n2,0, 0.5,0,0,,\n3,0,0.25,0,0\n4,0,1e0,0,0\n5,0,1,0,1\n6,0,1,0,1\n"}},
    {"a header without mark, BOM, CRLF", {"input_csv/conflicts.csv", "\xEF\xBB\xBF"
                                                                     "Day,Alba,Borg\r\n0,1,0\r\n1,1,0.5\r\n2,0,0.5\r\n3,0,0.25\r\n4,0,1\r\n5,1,1\r\n"}},
    {"labels in lower case, quotes, spaces", {"input_csv/sim_period.csv", "\xEF\xBB\xBF# period\r\nstartdate,\"2020-01-01\"\r\n\r\nLENGTH, 6 \r\n"}},
    {"one digit for the month", {"input_csv/sim_period.csv", "Length,6\nStartDate,2020-1-1\n"}},
    {"a header-like comment, quotes", {"input_csv/registration_corrections.csv", "#name,date\n\"Fort\",\"2020-01-05\",\"normalize\",x\n\nlonely\n"}},
    {"columns in another order, an unknown one", {"input_csv/demographics_gender.csv", "Borg,gender,Nowhere,Default\r\n1,female,7,3\r\n0,male,7,2\r\n"}},
    {"comments, blank rows, trailing commas", {"source_data/data_layout.csv", "# layout\ntotal,refugees.csv,,\n\nEdge,edge.csv,edge2.csv,\n#Fort,edge.csv\nFort,fort.csv\nGone, gone.csv\n"}},
    {"unsorted, extra columns, blank values, BOM, CRLF", {"source_data/edge.csv", "\xEF\xBB\xBF"
                                                                                  "2020-01-07,130,x,y\r\n2020-01-01,10 \r\n2020-01-02,\r\n\"2020-01-03\",\"30\"\r\n#2020-01-04,99\r\n2020-01-09\r\n,\r\n"}},
    {"DateTime, one digit", {"source_data/edge.csv", "DateTime,People\n2020-1-1,10\n2020-1-3,30\n2020-01-7,130\n"}},
    {"no header, more before the start", {"source_data/refugees.csv", "2018-12-22,0\n2019-12-22,0\n2020-01-11,200\n2020-01-12,999\n"}},
    {"other words for truth, comments, strange order", {"simsetting.yml", "# settings\r\nspawn_rules: {insert_day0: yes, conflict_spawn_decay: [1, 0.5]}\r\nmove_rules: # speed\r\n  max_move_speed: \"200.0\"\r\n  max_crossing_speed: 3\r\n"
                                                                          "  fixed_routes: false\r\n  harvest_months: []\r\n  flood_rules:\r\noptimisations:\r\nlog_levels:\r\n  new_one: 7\r\n"}},
};

static void check_variant(const char *directory, const char *rules, const struct variant *variant, const struct setup *clean_setup)
{
    struct setup setup;
    TEST(read_variant(directory, rules, variant->file, &setup) == 0, "%s: %s", variant->what, error.text);
    if (error.status == FAIL_NONE)
        TEST(same_setup(clean_setup, &setup), "%s (%s): not the same: %s", variant->what, rules, setup.warning.text);
    setup_free(&setup);
    restore(directory, variant->file.name);
}

static void check_variants(const char *directory, const char *rules)
{
    struct setup setup;
    TEST(read_directory(directory, rules, &setup) == 0, "%s", error.text);
    for (size_t i = 0; i < sizeof variants / sizeof *variants && error.status == FAIL_NONE; i++) check_variant(directory, rules,
                                                                                                               &variants[i], &setup);
    setup_free(&setup);
}

static void test_variants(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    open_directory(directory);
    check_variants(directory, "compat");
    check_variants(directory, "fixed");
    remove_directory(directory);
}

/* Settings ------------------------------------------------------------------------------------------------------------ */

static const struct setting {
    const char *rules, *text, *owner, *key, *value, *warning;
} settings[] = {
    {"compat", "", "flee_journey", "max_move_speed", "absent", ""},
    {"compat", "# nothing\n", "flee_zones", "rules", "compat", ""},
    {"fixed", "---\nmove_rules:\n", "flee_zones", "rules", "fixed", ""},
    {"compat", "move_rules:\n  awareness_level: 1.5\n", "flee_journey", "awareness_level", "1", "simsetting.yml:2: awareness_level: the fraction is cut off"},
    {"compat", "move_rules:\n  awareness_level: \"2\"\n", "flee_journey", "awareness_level", "2", ""},
    {"compat", "move_rules:\n  awareness_level: -1\n", "flee_journey", "awareness_level", "-1", ""},
    {"compat", "move_rules:\n  start_on_foot: on\n", "flee_journey", "start_on_foot", "true", ""},
    {"compat", "move_rules:\n  start_on_foot: NO\n", "flee_journey", "start_on_foot", "false", ""},
    {"compat", "move_rules:\n  start_on_foot: 1\n", "flee_journey", "start_on_foot", "true", ""},
    {"compat", "move_rules:\n  start_on_foot: \"false\"\n", "flee_journey", "start_on_foot", "true", "simsetting.yml:2: start_on_foot: a text, which Flee takes as true"},
    {"fixed", "move_rules:\n  start_on_foot: \"false\"\n", "flee_journey", "start_on_foot", "false", "simsetting.yml:2: start_on_foot: a text, taken as the flag it spells"},
    {"compat", "move_rules:\n  start_on_foot: maybe\n", "flee_journey", "start_on_foot", "true", "takes as true"},
    {"compat", "move_rules:\n  start_on_foot: ''\n", "flee_journey", "start_on_foot", "false", "takes as true unless it is empty"},
    {"compat", "move_rules:\n  use_v1_rules: true\n  camp_weight: 9\n", "flee_journey", "camp_weight", "2", ""},
    {"compat", "move_rules:\n  use_v1_rules: false\n  camp_weight: 9\n", "flee_journey", "camp_weight", "9", ""},
    {"compat", "move_rules:\n  use_v1_rules: true\n", "flee_journey", "max_move_speed", "200", ""},
    {"compat", "move_rules:\n  default_movechance: 0.001\n", "flee_zones", "default_movechance", "0.001", "Flee takes all these places for camps"},
    {"compat", "spawn_rules:\n  conflict_driven_spawning: {}\n", "flee_entry", "spawn_mode", "constant", ""},
    {"compat", "spawn_rules:\n  conflict_driven_spawning: {}\n", "flee_entry", "displaced_per_conflict_day", "500", ""},
    {"compat", "spawn_rules:\n  conflict_driven_spawning:\n", "flee_entry", "spawn_mode", "absent", ""},
    {"compat", "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: pop_ratio\n", "flee_entry", "displaced_per_conflict_day", "0.01", ""},
    {"compat", "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: \"poisson\"\n    displaced_per_conflict_day: 2.5\n", "flee_entry", "displaced_per_conflict_day", "2", "the fraction is cut off"},
    {"compat", "spawn_rules:\n  conflict_spawn_decay:\n", "flee_zones", "conflict_spawn_decay", "absent", ""},
    {"compat", "spawn_rules:\n  conflict_spawn_decay: [1,\n    .5]\n", "flee_zones", "conflict_spawn_decay", "list", ""},
    {"compat", "spawn_rules:\n  conflict_spawn_decay:\n  - 1\n", "flee_zones", "conflict_spawn_decay", "list", ""},
    {"compat", "spawn_rules:\n  take_from_population: True\n", "flee_entry", "take_from_population", "true", ""},
    {"compat", "spawn_rules: {flood_zone_spawning_only: False, camps_are_sinks: no, flood_driven_spawn_mode: {}}\n", "flee_zones", "rules", "compat", ""},
    {"compat", "move_rules: {TwoSystemDecisionMaking: 0.0, ChildrenAvoidHazards: off, flood_rules: ~}\n", "flee_zones", "rules", "compat", ""},
    {"compat", "move_rules:\n  camp_wieght: 2\n", "flee_journey", "camp_weight", "absent", "simsetting.yml:2: unknown key 'camp_wieght' in move_rules ignored (did you mean 'camp_weight'?)"},
    {"compat", "spawn_rules:\n  camp_weight: 2\n", "flee_journey", "camp_weight", "absent", "unknown key 'camp_weight' in spawn_rules ignored (it belongs into move_rules)"},
    {"compat", "move_rule:\n  camp_weight: 2\n", "flee_journey", "camp_weight", "absent", "unknown key 'move_rule' ignored (did you mean 'move_rules'?)"},
    {"compat", "move_rules: {camp_weight: 2, camp_weight: 3}\n", "flee_journey", "camp_weight", "3", "simsetting.yml:1: 'camp_weight' is given again on line 1; the later one holds"},
    {"compat", "move_rules:\n  camp_weight: 2\nmove_rules:\n  foreign_weight: 3\n", "flee_journey", "camp_weight", "absent", "simsetting.yml:1: 'move_rules' is given again on line 3"},
    {"compat", "x: &w 4\nmove_rules:\n  camp_weight: *w\n", "flee_journey", "camp_weight", "4", "unknown key 'x' ignored"},
    {"compat", "number_of_steps: 5\n", "flee_zones", "rules", "compat", "simsetting.yml:1: number_of_steps: has no effect"},
    {"compat", "log_levels:\n  agent: 3\n  anything: [a]\n", "flee_zones", "rules", "compat", ""},
};

static void check_setting(const char *directory, const struct setting *setting)
{
    struct setup setup;
    char before[sizeof error.text];
    TEST(read_variant(directory, setting->rules, (struct file){"simsetting.yml", "spawn_rules:\n"}, &setup) == 0, "%s", error.text);
    snprintf(before, sizeof before, "%s", setup.warning.text);
    setup_free(&setup);
    TEST(read_variant(directory, setting->rules, (struct file){"simsetting.yml", setting->text}, &setup) == 0, "'%s': %s", setting->text,
         error.text);
    TEST(!strcmp(given(&setup, setting->owner, setting->key), setting->value), "'%s': %s is %s", setting->text, setting->key,
         given(&setup, setting->owner, setting->key));
    if (*setting->warning) TEST(strstr(setup.warning.text, setting->warning), "'%s': %s", setting->text, setup.warning.text);
    else TEST(!strcmp(setup.warning.text, before), "'%s': %s", setting->text, setup.warning.text);
    setup_free(&setup);
}

static void test_settings(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    open_directory(directory);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) check_setting(directory, &settings[i]);
    struct setup setup;
    TEST(read_variant(directory, "compat", (struct file){"simsetting.yml", NULL}, &setup) == 0 && setup.givens == 1 && setup.models == 3,
         "without settings: %s", error.text);
    setup_free(&setup);
    remove_directory(directory);
}

/* hasten divides whole populations, and registered people before they are rounded down. */
static void test_hasten(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    struct setup setup;
    open_directory(directory);
    TEST(read_variant(directory, "compat", (struct file){"simsetting.yml", "optimisations:\n  hasten: 10\n"}, &setup) == 0, "%s",
         error.text);
    TEST(setup.world->place[0].population == 100 && setup.world->place[4].capacity == 500, "%g", setup.world->place[0].population);
    check_series(&setup, "registered", 5, (const double[]){2, 3, 5, 5, 5, 5});
    check_series(&setup, "registered_total", 0, (const double[]){10, 11, 12, 13, 14, 15});
    setup_free(&setup);
    TEST(read_variant(directory, "compat", (struct file){"simsetting.yml", "spawn_rules:\n  empty_camps_on_day0: true\n"}, &setup) == 0,
         "%s", error.text);
    check_series(&setup, "registered", 5, (const double[]){0, 12, 25, 25, 25, 25});
    setup_free(&setup);
    remove_directory(directory);
}

/* What only one of the two sets of rules lets pass --------------------------------------------------------------------- */

static void test_rules(void)
{
    static const struct {
        struct file file;
        const char *message;
    } doubts[] = {
        {{"input_csv/closures.csv", "country,Aland,Blad,0,3\n"}, "closures.csv:1: unknown country 'Blad' (did you mean 'Bland'?)"},
        {{"input_csv/closures.csv", "\nlocation,Fortt,,0,3\n"}, "closures.csv:2: unknown location 'Fortt' (did you mean 'Fort'?)"},
        {{"input_csv/closures.csv", "camp,Egde,,0,3\n"}, "closures.csv:1: unknown location 'Egde' (did you mean 'Edge'?)"},
        {{"input_csv/closures.csv", "remove_forced_redirection,Edge,Alba,0,3\n"}, "closures.csv:1: no route from 'Edge' to 'Alba'"},
        {{"input_csv/closures.csv", "link,Edge,Alba,0,3\n"}, "closures.csv:1: no route from 'Edge' to 'Alba'"},
        {{"input_csv/location_changes.csv", "Canoe,town,3\n"}, "location_changes.csv:1: unknown location 'Canoe' (did you mean 'Cano'?)"},
    };
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    struct setup setup;
    open_directory(directory);
    for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++) {
        TEST(read_variant(directory, "compat", doubts[i].file, &setup) == 0 && strstr(setup.warning.text, doubts[i].message), "%s: %s",
             doubts[i].message, setup.warning.text);
        setup_free(&setup);
        TEST(read_variant(directory, "fixed", doubts[i].file, &setup) == -1 && strstr(error.text, doubts[i].message), "%s: %s",
             doubts[i].message, error.text);
        setup_free(&setup);
        restore(directory, doubts[i].file.name);
    }
    TEST(read_variant(directory, "fixed", (struct file){"source_data/gone.csv", "2020-01-01,2.75\n"}, &setup) == 0, "%s", error.text);
    check_series(&setup, "registered_elsewhere", 0, (const double[]){2, 2, 2, 2, 2, 2});
    setup_free(&setup);
    remove_directory(directory);
}

/* Changes of type come before closures of the same day. */
static void test_changes(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    struct setup setup;
    open_directory(directory);
    TEST(read_variant(directory, "fixed", (struct file){"input_csv/location_changes.csv", "#location,type,day\nCano,idpcamp,2\nEdge,marker,4\nAlba,conflict_zone,-1\n"}, &setup) == 0, "%s", error.text);
    for (int day = 0; day < 2; day++) world_day(setup.world, day);
    TEST(setup.world->place[2].kind == WORLD_TOWN, "day 1");
    for (int day = 2; day < 5; day++) world_day(setup.world, day);
    TEST(setup.world->place[2].kind == (WORLD_CAMP | WORLD_IDP_CAMP) && setup.world->place[4].kind == WORLD_CAMP, "day 4");
    setup_free(&setup);
    remove_directory(directory);
}

/* The engine's options ------------------------------------------------------------------------------------------------- */

static void check_options(struct flee_dir_options options, enum fail_status status, const char *message)
{
    struct setup setup;
    error = (struct error){0};
    setup_init(&setup);
    TEST(flee_dir_read(&setup, &options, &error) == (status ? -1 : 0) && error.status == status && strstr(error.text, message),
         "expected '%s', found '%s'", message, error.text);
    if (!status && options.days) TEST(setup.days == options.days, "%d days", setup.days);
    if (!status && options.scale != 0) TEST(setup.scale == options.scale, "scale %g", setup.scale);
    setup_free(&setup);
}

static void test_options(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    open_directory(directory);
    char *slashes = memory_format("%s//", directory), *other = memory_format("%s/simsetting.yml", directory);
    check_options((struct flee_dir_options){.directory = slashes, .rules = "compat", .days = 3}, FAIL_NONE, "");
    check_options((struct flee_dir_options){.directory = directory, .settings = other, .rules = "fixed", .scale = 10}, FAIL_NONE, "");
    check_options((struct flee_dir_options){.directory = directory, .rules = "compat", .scale = 10}, FAIL_USAGE,
                  "expected a scale of 1 with rules compat, found 10");
    check_options((struct flee_dir_options){.directory = directory, .rules = "fixed", .scale = 0.5}, FAIL_USAGE,
                  "expected a scale of 1 or more, found 0.5");
    check_options((struct flee_dir_options){.directory = directory, .rules = "fixd"}, FAIL_USAGE,
                  "expected rules compat or fixed, found 'fixd' (did you mean 'fixed'?)");
    check_options((struct flee_dir_options){.directory = directory, .rules = "fixed", .days = -1}, FAIL_USAGE,
                  "expected a number of days above 0, found -1");
    check_options((struct flee_dir_options){.directory = directory, .rules = "fixed", .days = 7}, FAIL_INPUT,
                  "conflicts.csv: expected 7 rows or more, one for each day, found 6");
    check_options((struct flee_dir_options){.directory = other, .rules = "fixed"}, FAIL_INPUT,
                  "simsetting.yml: expected a directory with input_csv and source_data");
    check_options((struct flee_dir_options){.directory = directory, .settings = "nowhere.yml", .rules = "fixed"}, FAIL_INPUT,
                  "nowhere.yml: cannot read the file: No such file");
    check_options((struct flee_dir_options){.directory = directory, .settings = directory, .rules = "fixed"}, FAIL_INPUT,
                  "expected a file, found a directory");
    memory_free(slashes);
    memory_free(other);
    remove_directory(directory);
}

/* Broken input --------------------------------------------------------------------------------------------------------- */

#define LOCATIONS "input_csv/locations.csv"
#define ROUTES "input_csv/routes.csv"
#define CLOSURES "input_csv/closures.csv"
#define CONFLICTS "input_csv/conflicts.csv"
#define PERIOD "input_csv/sim_period.csv"
#define CORRECTIONS "input_csv/registration_corrections.csv"
#define GENDER "input_csv/demographics_gender.csv"
#define LAYOUT "source_data/data_layout.csv"
#define EDGE "source_data/edge.csv"
#define SETTINGS "simsetting.yml"
#define REST "Borg,N,A,0,0,town,,\nCano,N,A,0,0,town,,\nDorn,N,A,0,0,town,,\nEdge,N,A,0,0,camp,,\nFort,N,A,0,0,camp,,\n"

static const struct broken {
    struct file file;
    const char *message, *message_too;
} broken[] = {
    {{LOCATIONS, NULL}, "locations.csv: cannot read the file: No such file", ""},
    {{LOCATIONS, ""}, "locations.csv: expected one location or more, found none", ""},
    {{LOCATIONS, "#name,region,country\nAlba,N,A,0,0,town,,9\n"}, "locations.csv:1: expected a header of 8 names or more (name, region,", "found 3"},
    {{LOCATIONS, "Alba,N,A,0,0,town,\n"}, "locations.csv:1: expected 8 fields or more, found 7", ""},
    {{LOCATIONS, "Alba,N,A,0,0,town,,9,4\n"}, "locations.csv:1: expected no field 9, as the header names none, found '4'", ""},
    {{LOCATIONS, "Alba,N,A,0,0,town,,9\n\nBorg,N,A,0,0,town,,9\nAlba,N,A,0,0,town,,9\n"}, "locations.csv:4: location 'Alba' is given twice, first on line 1", ""},
    {{LOCATIONS, ",N,A,0,0,town,,9\n"}, "locations.csv:1: expected the name of a location in field 1, found nothing", ""},
    {{LOCATIONS, "Alba,N,A,0,0,twon,,9\n"}, "locations.csv:1: expected a location type (camp,", "found 'twon' (did you mean 'town'?)"},
    {{LOCATIONS, "Alba,N,A,0,0,,,9\n"}, "locations.csv:1: expected a location type", "found nothing"},
    {{LOCATIONS, "Alba,N,A,0,0,flood_zone,,9\n"}, "locations.csv:1: location type 'flood_zone' is not built yet", ""},
    {{LOCATIONS, "Alba,N,A,0,0,conflict,,9\n"}, "locations.csv:1: expected a whole number in field 7, found nothing", ""},
    {{LOCATIONS, "Alba,N,A,0,0,conflict,soon,9\n"}, "locations.csv:1: expected a whole number in field 7, found 'soon'", ""},
    {{LOCATIONS, "#name,region,country,lat,lon,location_type,conflict_date,pop\nAlba,N,A,0,0,town,,9.5\n"}, "locations.csv:2: expected a whole number in column 'pop', found '9.5'", ""},
    {{LOCATIONS, "Alba,N,A,0,0,town,,many\n"}, "locations.csv:1: expected a whole number in field 8, found 'many'", ""},
    {{LOCATIONS, "Alba,N,A,0,0,town,,-9\n"}, "locations.csv:1: expected a population of 0 or more people, found -9", ""},
    {{LOCATIONS, "Alba,N,A,0,0,camp,,-9\n"}, "locations.csv:1: expected a capacity of 0 or more people, found -9", ""},
    {{LOCATIONS, "Alba,N,A,nan,0,town,,9\n"}, "locations.csv:1: expected a number in field 4, found 'nan'", ""},
    {{LOCATIONS, "Alba,N,A,0,inf,town,,9\n"}, "locations.csv:1: expected a number in field 5, found 'inf'", ""},
    {{LOCATIONS, "Alba,N,A,91,0,town,,9\n"}, "locations.csv:1: expected a latitude between -90 and 90 degrees in field 4, found '91'", ""},
    {{LOCATIONS, "Alba,N,A,0,-181,town,,9\n"}, "locations.csv:1: expected a longitude between -180 and 180 degrees", "found '-181'"},
    {{LOCATIONS, "\"Alba,N,A,0,0,town,,9\n"}, "locations.csv:1: expected a closing quote", ""},
    {{LOCATIONS, "Alb\xE4,N,A,0,0,town,,9\n"}, "locations.csv:1: expected UTF-8 text, found byte 0xE4", ""},
    {{LOCATIONS, "#name,r,c,x,y,t,d,p,farmer_fraction\nAlba,N,A,0,0,town,,9,0.1\n" REST}, "locations.csv:2: rule 'farmer_fraction' is not built yet", ""},
    {{LOCATIONS, "#name,r,c,x,y,t,d,p,capacity_per_day\nAlba,N,A,0,0,town,,9,lots\n" REST}, "locations.csv:2: expected a number in column 'capacity_per_day', found 'lots'", ""},
    {{LOCATIONS, "#name,r,c,x,y,t,d,p,a,a\nAlba,N,A,0,0,town,,9,1,2\n" REST}, "locations.csv:1: column 'a' is named twice", ""},
    {{ROUTES, NULL}, "routes.csv: cannot read the file", ""},
    {{ROUTES, "#name1,name2,distance\n"}, "routes.csv: expected one route or more, found none", ""},
    {{ROUTES, "Alba,Cana,3\n"}, "routes.csv:1: unknown location 'Cana' (did you mean 'Cano'?)", ""},
    {{ROUTES, "Alba,,3\n"}, "routes.csv:1: expected the name of a location in field 2, found nothing", ""},
    {{ROUTES, "Alba,Cano\n"}, "routes.csv:1: expected 3 fields or more, found 2", ""},
    {{ROUTES, "Alba,Cano,\n"}, "routes.csv:1: expected a number in field 3, found nothing", ""},
    {{ROUTES, "Alba,Cano,far\n"}, "routes.csv:1: expected a number in field 3, found 'far'", ""},
    {{ROUTES, "Alba,Cano,-3\n"}, "routes.csv:1: expected a distance of 0 km or more, found '-3'", ""},
    {{ROUTES, "Alba,Cano,0x10\n"}, "routes.csv:1: expected a number in field 3, found '0x10'", ""},
    {{ROUTES, "Alba,Alba,3\n"}, "routes.csv:1: expected a route between two locations, found 'Alba' twice", ""},
    {{ROUTES, "Alba,Cano,3,drive\n"}, "routes.csv:1: expected a whole number in field 4, found 'drive'", ""},
    {{ROUTES, "Alba,Cano,3,3\n"}, "routes.csv:1: expected a forced redirection of 0, 1 or 2 in field 4, found '3'", ""},
    {{ROUTES, "#name1,name2,distance,forced_redirection,walk_probability\nAlba,Cano,3,0,2\n"}, "routes.csv:2: expected 0 to 1 in column 'walk_probability', found '2'", ""},
    {{CLOSURES, NULL}, "closures.csv: cannot read the file", ""},
    {{CLOSURES, "#type,name1,name2,start,end\nborder,Aland,Bland,0,3\n"}, "closures.csv:2: expected a closure type (country, location,", "found 'border'"},
    {{CLOSURES, "contry,Aland,Bland,0,3\n"}, "found 'contry' (did you mean 'country'?)", ""},
    {{CLOSURES, "country,Aland,Bland,0\n"}, "closures.csv:1: expected 5 fields or more, found 4", ""},
    {{CLOSURES, "country,Aland,Bland,2020-01-01,3\n"}, "closures.csv:1: expected a whole number in field 4, found '2020-01-01'", ""},
    {{CLOSURES, "country,Aland,Bland,0,-2\n"}, "closures.csv:1: expected a day of 0 or later, or -1 for never, in field 5, found '-2'", ""},
    {{CONFLICTS, NULL}, "conflicts.csv: cannot read the file", ""},
    {{CONFLICTS, ""}, "conflicts.csv: expected a first row with the names of the columns, found none", ""},
    {{CONFLICTS, "#Day,Alba\n0,1\n"}, "conflicts.csv: expected 6 rows or more, one for each day, found 1", ""},
    {{CONFLICTS, "#Day,Alba,Brog\n0,1,0\n1,1,0\n2,1,1\n3,0,0\n4,0,0\n5,0,0\n"}, "conflicts.csv:1: unknown location 'Brog' (did you mean 'Borg'?)", ""},
    {{CONFLICTS, "#Day,Alba\n0,1\n1,1\n2,x\n3,0\n4,0\n5,0\n"}, "conflicts.csv:4: expected a number in column 'Alba', found 'x'", ""},
    {{CONFLICTS, "#Day,Alba\n0,1\n1,1\n2,-1\n3,0\n4,0\n5,0\n"}, "conflicts.csv:4: expected a conflict intensity of 0 or more in column 'Alba', found '-1'", ""},
    {{CONFLICTS, "#Day,Alba,Borg\n0,1,1\n1,1,1\n2,1\n3,0,1\n4,0,1\n5,0,1\n"}, "conflicts.csv:4: expected 3 fields as the header (line 1) names, found 2", ""},
    {{CONFLICTS, "#Day,Alba\n0,1\n1,1\n2,1,1\n3,0\n4,0\n5,0\n"}, "conflicts.csv:4: expected 2 fields as the header (line 1) names, found 3", ""},
    {{CONFLICTS, "#Day,Alba,Alba\n0,1,1\n1,1,1\n2,1,1\n3,0,1\n4,0,1\n5,0,1\n"}, "conflicts.csv:1: column 'Alba' is named twice", ""},
    {{PERIOD, NULL}, "sim_period.csv: cannot read the file", ""},
    {{PERIOD, ""}, "sim_period.csv: expected a row StartDate,YYYY-MM-DD, found none", ""},
    {{PERIOD, "StartDate,2020-01-01\nLenght,6\n"}, "sim_period.csv: expected a row Length,DAYS, found none", ""},
    {{PERIOD, "StartDate,01/02/2020\nLength,6\n"}, "sim_period.csv:1: expected a date YYYY-MM-DD in field 2, found '01/02/2020'", ""},
    {{PERIOD, "StartDate,2021-02-29\nLength,6\n"}, "sim_period.csv:1: expected a date YYYY-MM-DD in field 2, found '2021-02-29'", ""},
    {{PERIOD, "StartDate,2020-01-01\nLength,0\n"}, "sim_period.csv:2: expected a length of 1 day or more, found '0'", ""},
    {{PERIOD, "StartDate,2020-01-01\nLength,6.5\n"}, "sim_period.csv:2: expected a whole number in field 2, found '6.5'", ""},
    {{CORRECTIONS, "Fort,2020-01-04\n"}, "registration_corrections.csv:1: expected a date in the data of 'Fort' and not its first, found '2020-01-04'", ""},
    {{CORRECTIONS, "Fort,2020-01-01\n"}, "and not its first, found '2020-01-01'", ""},
    {{CORRECTIONS, "Frot,2020-01-05\n"}, "registration_corrections.csv:1: unknown name 'Frot' in data_layout.csv (did you mean 'Fort'?)", ""},
    {{CORRECTIONS, "Fort,soon\n"}, "registration_corrections.csv:1: expected a date YYYY-MM-DD in field 2, found 'soon'", ""},
    {{CORRECTIONS, "total,2020-01-11\n"}, "registration_corrections.csv:1: nobody was registered for 'total' just before 2020-01-11", ""},
    {{GENDER, "sex,Default\nf,1\n"}, "demographics_gender.csv:1: expected a column 'gender', found none", ""},
    {{GENDER, "gender,Defalt\nf,1\n"}, "demographics_gender.csv:1: expected a column 'Default', found none (did you mean 'Defalt'?)", ""},
    {{GENDER, "gender,Default\n"}, "demographics_gender.csv: expected rows of values and weights, found none", ""},
    {{GENDER, "gender,Default\nf,-1\n"}, "demographics_gender.csv:2: expected a weight of 0 or more in column 'Default', found '-1'", ""},
    {{GENDER, "gender,Default\nf,0\n"}, "demographics_gender.csv:1: expected weights above 0 in column 'Default', found none", ""},
    {{GENDER, "gender,Default\nf,1\nf,2\n"}, "demographics_gender.csv:3: value 'f' is given twice, first on line 2", ""},
    {{LAYOUT, NULL}, "data_layout.csv: cannot read the file", ""},
    {{LAYOUT, ""}, "data_layout.csv: expected a row 'total' and one for each camp, found none", ""},
    {{LAYOUT, "Edge,edge.csv\nFort,fort.csv\n"}, "data_layout.csv:1: expected 'total' in the first row, found 'Edge'", ""},
    {{LAYOUT, "total,refugees.csv\nEgde,edge.csv\nFort,fort.csv\n"}, "data_layout.csv: expected a row for camp 'Edge', found none (did you mean 'Egde'?)", ""},
    {{LAYOUT, "total,refugees.csv\nEdge,edge.csv\nFort,fort.csv\nEdge,fort.csv\n"}, "data_layout.csv:4: 'Edge' is given twice, first on line 2", ""},
    {{LAYOUT, "total,refugees.csv\nEdge\n"}, "data_layout.csv:2: expected a name and a file, found a name only", ""},
    {{LAYOUT, "total,refugees.csv\nEdge,none.csv\n"}, "data_layout.csv:2: no file 'none.csv' in ", "source_data"},
    {{LAYOUT, "total,refugees.csv\nEdge,../source_data\n"}, "source_data: expected a file, found a directory", ""},
    {{EDGE, ""}, "edge.csv: expected rows of a date and a number of people, found none", ""},
    {{EDGE, "date,people\n2020-01-01,3\n"}, "edge.csv:1: expected a date YYYY-MM-DD in field 1, found 'date'", ""},
    {{EDGE, "2020-01-01,3\n,4\n"}, "edge.csv:2: expected a date YYYY-MM-DD in field 1, found nothing", ""},
    {{EDGE, "2020-01-01,3\n2020-13-01,4\n"}, "edge.csv:2: expected a date YYYY-MM-DD in field 1, found '2020-13-01'", ""},
    {{EDGE, "2020-01-01,3\n2020-01-02,many\n"}, "edge.csv:2: expected a whole number in field 2, found 'many'", ""},
    {{EDGE, "2020-01-01,3\n2020-01-02,4.5\n"}, "edge.csv:2: expected a whole number in field 2, found '4.5'", ""},
    {{EDGE, "2020-01-01,3\n2020-01-02,-4\n"}, "edge.csv:2: expected a number of people of 0 or more, found '-4'", ""},
    {{EDGE, "2019-12-31,3\n2020-02-02,4\n"}, "data_layout.csv:2: expected 'edge2.csv' to start no later", ""},
    {{SETTINGS, "move_rules:\n  camp_weight: [1\n"}, "simsetting.yml:3: expected YAML: did not find expected ',' or ']'", ""},
    {{SETTINGS, "move_rules:\n\tcamp_weight: 1\n"}, "simsetting.yml:2: expected YAML: found character that cannot start any token", ""},
    {{SETTINGS, "- a\n"}, "simsetting.yml:1: expected sections such as move_rules:, found a list", ""},
    {{SETTINGS, "a: 1\n---\nb: 1\n"}, "simsetting.yml:3: expected one document, found a second", ""},
    {{SETTINGS, "move_rules: 3\n"}, "simsetting.yml:1: move_rules: expected a section with keys, found '3'", ""},
    {{SETTINGS, "move_rules:\n  camp_weight: heavy\n"}, "simsetting.yml:2: camp_weight: expected a number, found 'heavy'", ""},
    {{SETTINGS, "move_rules:\n  camp_weight: .nan\n"}, "simsetting.yml:2: camp_weight: expected a number, found '.nan'", ""},
    {{SETTINGS, "move_rules:\n  camp_weight:\n"}, "simsetting.yml:2: camp_weight: expected a number, found nothing", ""},
    {{SETTINGS, "move_rules:\n  camp_weight: [1]\n"}, "simsetting.yml:2: camp_weight: expected a number, found a list", ""},
    {{SETTINGS, "move_rules:\n  awareness_level: \"1.5\"\n"}, "simsetting.yml:2: awareness_level: expected a whole number, found '1.5'", ""},
    {{SETTINGS, "move_rules:\n  start_on_foot:\n"}, "simsetting.yml:2: start_on_foot: expected true or false, found nothing", ""},
    {{SETTINGS, "spawn_rules:\n  conflict_spawn_decay: 0.5\n"}, "simsetting.yml:2: conflict_spawn_decay: expected a list of numbers, found '0.5'", ""},
    {{SETTINGS, "spawn_rules:\n  conflict_spawn_decay: [1, x]\n"}, "simsetting.yml:2: conflict_spawn_decay: expected a list of numbers, found 'x' in it", ""},
    {{SETTINGS, "spawn_rules:\n  conflict_spawn_decay: [[1]]\n"}, "simsetting.yml:2: expected a list of plain values in 'conflict_spawn_decay'", ""},
    {{SETTINGS, "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: poison\n"}, "simsetting.yml:3: spawn_mode: expected constant, pop_ratio or poisson, found 'poison' (did you mean 'poisson'?)", ""},
    {{SETTINGS, "spawn_rules:\n  conflict_driven_spawning: true\n"}, "simsetting.yml:2: conflict_driven_spawning: expected a group", ""},
    {{SETTINGS, "a: {b: {c: {d: 1}}}\n"}, "simsetting.yml:1: expected a plain value or a list for 'b.c', found a group", ""},
    {{SETTINGS, "? [a]\n: 1\n"}, "simsetting.yml:1: expected a plain key, found a list or a group", ""},
    {{SETTINGS, "optimisations:\n  hasten: 0\n"}, "simsetting.yml:2: hasten: expected a whole number of 1 or more, found '0'", ""},
    {{SETTINGS, "move_rules:\n  fixed_routes: true\n"}, "simsetting.yml:2: rule 'fixed_routes' is not built yet; remove it or set it to false", ""},
    {{SETTINGS, "move_rules:\n  MatchCampEthnicity: yes\n"}, "simsetting.yml:2: rule 'MatchCampEthnicity' is not built yet", ""},
    {{SETTINGS, "move_rules:\n  harvest_months: [6]\n"}, "simsetting.yml:2: rule 'harvest_months' is not built yet; remove it", ""},
    {{SETTINGS, "move_rules:\n  flood_rules:\n    flood_movechances: [0.1]\n"}, "simsetting.yml:2: rule 'flood_rules' is not built yet", ""},
    {{SETTINGS, "move_rules:\n  TwoSystemDecisionMaking: 0.5\n"}, "simsetting.yml:2: rule 'TwoSystemDecisionMaking' is not built yet", ""},
    {{SETTINGS, "spawn_rules:\n  camps_are_sinks: True\n"}, "simsetting.yml:2: rule 'camps_are_sinks' is not built yet", ""},
    {{SETTINGS, "spawn_rules:\n  read_from_agents_csv_file: 1\n"}, "simsetting.yml:2: rule 'read_from_agents_csv_file' is not built yet", ""},
    {{SETTINGS, "spawn_rules:\n  flood_zone_spawning_only: True\n"}, "simsetting.yml:2: rule 'flood_zone_spawning_only' is not built yet", ""},
    {{SETTINGS, "spawn_rules:\n  starvation_driven_spawning: True\n"}, "simsetting.yml:2: rule 'starvation_driven_spawning' is not built yet", ""},
    {{"input_csv/location_changes.csv", "Cano,vilage,3\n"}, "location_changes.csv:1: expected a location type", "found 'vilage'"},
    {{"input_csv/location_changes.csv", "Cano,town\n"}, "location_changes.csv:1: expected 3 fields or more, found 2", ""},
};

static void check_broken(const char *directory, const struct broken *one)
{
    struct setup setup;
    char *start = memory_format("%s/", directory);
    TEST(read_variant(directory, "compat", one->file, &setup) == -1, "%s: '%s' was accepted", one->file.name, one->file.text);
    TEST(error.status == FAIL_INPUT && strstr(error.text, one->message) && strstr(error.text, one->message_too),
         "%s: expected '%s', found '%s'", one->file.name, one->message, error.text);
    TEST(strstr(error.text, start), "no file in '%s'", error.text);
    setup_free(&setup);
    restore(directory, one->file.name);
    memory_free(start);
}

static void test_broken(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    open_directory(directory);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) check_broken(directory, &broken[i]);
    remove_directory(directory);
}

/* Cut at any byte, every file ends in a status and not outside its memory. */
static void test_cut(void)
{
    char directory[] = P_tmpdir "/wayfare-flee-XXXXXX";
    open_directory(directory);
    for (int i = 0; i < CLEAN; i++)
        for (size_t length = 0; length < strlen(clean[i].text); length += 3) {
            struct setup setup;
            char *text = memory_format("%.*s", (int)length, clean[i].text);
            int status = read_variant(directory, length % 2 ? "compat" : "fixed", (struct file){clean[i].name, text}, &setup);
            TEST((status == 0) == (error.status == FAIL_NONE), "%s, %zu bytes", clean[i].name, length);
            setup_free(&setup);
            memory_free(text);
            restore(directory, clean[i].name);
        }
    remove_directory(directory);
}

static const struct test_case cases[] = {
    {"set_days", test_set_days},
    {"set_places", test_set_places},
    {"set_rest", test_set_rest},
    {"answer", test_answer},
    {"variants", test_variants},
    {"settings", test_settings},
    {"hasten", test_hasten},
    {"rules", test_rules},
    {"changes", test_changes},
    {"options", test_options},
    {"broken", test_broken},
    {"cut", test_cut},
};
TEST_MAIN(cases)
