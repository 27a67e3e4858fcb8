/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hdf5_file.h"
#include "inspect.h"
#include "number.h"
#include "sim/memory.h"
#include <hdf5_hl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLAB_BYTES = 8 << 20,
       LINES_MOST = 40,
       NAME_ROOM = 256,
       TEXT_ROOM = 160 };

/* Objects, with everything below them, and attributes (object@name) that may differ between runs that are the same. */
static const char *const IGNORED[] = {"provenance/machine", "provenance/origin", "provenance/input_path", "provenance@command", "provenance@source", NULL};

/* How the library ties datasets to their scales, by addresses; the names of the scales are compared instead. */
static const char *const TIES[] = {"DIMENSION_LIST", "REFERENCE_LIST", NULL};

struct names {
    char **name;
    size_t count;
};

struct comparison {
    FILE *out;
    struct error *error;
    uint64_t found;
};

static bool is_ignored(const char *name)
{
    for (int i = 0; IGNORED[i]; i++) {
        size_t length = strlen(IGNORED[i]);
        if (!strncmp(name, IGNORED[i], length) && (name[length] == '\0' || name[length] == '/' || name[length] == '@')) return true;
    }
    return false;
}

static bool is_tie(const char *name)
{
    for (int i = 0; TIES[i]; i++)
        if (!strcmp(name, TIES[i])) return true;
    return false;
}

__attribute__((format(printf, 2, 3))) static void report(struct comparison *c, const char *format, ...)
{
    va_list list;
    if (c->found++ == LINES_MOST) fprintf(c->out, "... and more\n");
    if (c->found > LINES_MOST) return;
    va_start(list, format);
    vfprintf(c->out, format, list);
    va_end(list);
    fputc('\n', c->out);
}

static void add_name(struct names *names, const char *name)
{
    names->name = memory_grow(names->name, names->count, names->count + 1, sizeof *names->name);
    names->name[names->count++] = memory_text(name);
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) memory_free(names->name[i]);
    memory_free(names->name);
}

static herr_t gather_object(hid_t file, const char *name, const H5O_info_t *about, void *context)
{
    (void)file, (void)about;
    if (!is_ignored(name)) add_name(context, name);
    return 0;
}

struct attribute_search {
    struct names names;
    const char *object;
};

static herr_t gather_attribute(hid_t object, const char *name, const H5A_info_t *about, void *context)
{
    struct attribute_search *search = context;
    char full[NAME_ROOM];
    (void)object, (void)about;
    snprintf(full, sizeof full, "%s@%s", search->object, name);
    if (!is_ignored(full) && !is_tie(name)) add_name(&search->names, name);
    return 0;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void sort(struct names *names)
{
    if (names->count) qsort(names->name, names->count, sizeof *names->name, by_text);
}

/* Calls same() for every name that both have; reports the others. */
typedef void both_have(struct comparison *c, const char *name, void *context);
static void match(struct comparison *c, const struct names *a, const struct names *b, const char *what, both_have *same, void *context)
{
    size_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        int order = i == a->count ? 1 : j == b->count ? -1
                                                      : strcmp(a->name[i], b->name[j]);
        if (order < 0) report(c, "%s%s: only in the first", what, a->name[i++]);
        else if (order > 0) report(c, "%s%s: only in the second", what, b->name[j++]);
        else {
            same(c, a->name[i++], context);
            j++;
        }
    }
}

/* A dataset or an attribute in both files. */
struct pair {
    const char *name;
    hid_t a, b; /* files or objects */
    hid_t type; /* in memory */
    bool attribute;
    int rank;
    hsize_t size[H5S_MAX_RANK];
    size_t item;
};

static bool is_text(hid_t type) { return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0; }

static bool item_equal(const struct pair *p, const unsigned char *a, const unsigned char *b)
{
    if (is_text(p->type)) {
        const char *left = *(char *const *)(const void *)a, *right = *(char *const *)(const void *)b;
        return !strcmp(left ? left : "", right ? right : "");
    }
    if (!memcmp(a, b, p->item)) return true;
    if (H5Tget_class(p->type) != H5T_FLOAT || p->item != sizeof(double)) return false;
    double left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return isnan(left) && isnan(right);
}

static void integer_text(const struct pair *p, const unsigned char *item, char text[TEXT_ROOM])
{
    uint64_t bits = 0;
    memcpy(&bits, item, p->item < sizeof bits ? p->item : sizeof bits);
    if (H5Tget_sign(p->type) == H5T_SGN_NONE || p->item >= sizeof bits) {
        snprintf(text, TEXT_ROOM, H5Tget_sign(p->type) == H5T_SGN_NONE ? "%" PRIu64 : "%" PRId64, bits);
        return;
    }
    uint64_t top = (uint64_t)1 << (8 * p->item - 1);
    snprintf(text, TEXT_ROOM, "%" PRId64, (int64_t)(bits ^ top) - (int64_t)top);
}

static void item_text(const struct pair *p, const unsigned char *item, char text[TEXT_ROOM])
{
    double number;
    char digits[NUMBER_ROOM];
    H5T_class_t class = H5Tget_class(p->type);
    if (class == H5T_INTEGER) integer_text(p, item, text);
    else if (class == H5T_FLOAT && p->item == sizeof number) {
        memcpy(&number, item, sizeof number);
        snprintf(text, TEXT_ROOM, "%s", number_brief(number, digits));
    } else if (is_text(p->type)) snprintf(text, TEXT_ROOM, "'%s'", *(char *const *)(const void *)item);
    else if (class == H5T_STRING) snprintf(text, TEXT_ROOM, "'%.*s'", (int)p->item, (const char *)item);
    else snprintf(text, TEXT_ROOM, "other bytes");
}

/* "[3, 7]" of the n-th value; "" of a scalar. */
static void index_text(const struct pair *p, uint64_t n, char text[TEXT_ROOM])
{
    uint64_t index[H5S_MAX_RANK];
    size_t length = 0;
    for (int i = p->rank; i-- > 0; n /= p->size[i]) index[i] = n % p->size[i];
    text[0] = '\0';
    for (int i = 0; i < p->rank && length + 24 < TEXT_ROOM; i++) {
        snprintf(text + length, TEXT_ROOM - length, "%s%" PRIu64 "%s", i ? ", " : "[", index[i], i + 1 < p->rank ? "" : "]");
        length = strlen(text);
    }
}

static void report_values(struct comparison *c, const struct pair *p, uint64_t count, uint64_t first, const unsigned char *a, const unsigned char *b)
{
    char left[TEXT_ROOM], right[TEXT_ROOM], where[TEXT_ROOM];
    item_text(p, a, left);
    item_text(p, b, right);
    index_text(p, first, where);
    if (count > 1) report(c, "%s%s: %s and %s, the first of %" PRIu64 " values that differ", p->name, where, left, right, count);
    else report(c, "%s%s: %s and %s", p->name, where, left, right);
}

/* What was found so far in one dataset. */
struct tally_of_values {
    uint64_t count, first;
    unsigned char *a, *b; /* the first pair */
};

static unsigned char *keep(const struct pair *p, const unsigned char *item)
{
    if (!is_text(p->type)) return memory_copy(item, 1, p->item);
    const char *given = *(char *const *)(const void *)item;
    char *text = memory_text(given ? given : "");
    return memory_copy(&text, 1, sizeof text);
}

static void drop(const struct pair *p, unsigned char *item)
{
    if (item && is_text(p->type)) memory_free(*(char **)(void *)item);
    memory_free(item);
}

static void compare_block(const struct pair *p, uint64_t offset, uint64_t items, const unsigned char *a, const unsigned char *b, struct tally_of_values *found)
{
    for (uint64_t i = 0; i < items; i++) {
        const unsigned char *left = a + i * p->item, *right = b + i * p->item;
        if (item_equal(p, left, right)) continue;
        if (found->count++) continue;
        found->first = offset + i;
        found->a = keep(p, left);
        found->b = keep(p, right);
    }
}

static void reclaim(const struct pair *p, hsize_t items, void *block)
{
    if (!is_text(p->type) || !block) return;
    hid_t space = H5Screate_simple(1, &items, NULL);
    H5Dvlen_reclaim(p->type, space, H5P_DEFAULT, block);
    H5Sclose(space);
}

static int read_block(const struct pair *p, hid_t object, hsize_t row, hsize_t rows, void *block, struct error *error)
{
    if (!p->attribute) return hdf5_file_read_rows(object, p->type, row, rows, block, error);
    return H5Aread(object, p->type, block) < 0 ? hdf5_file_fail(error, object, "attribute '%s' cannot be read", p->name) : 0;
}

/* Attributes are read at once, datasets some rows at a time. */
static void compare_values(struct comparison *c, const struct pair *p)
{
    uint64_t width = 1;
    for (int i = 1; i < p->rank; i++) width *= p->size[i];
    hsize_t rows = p->rank ? p->size[0] : 1, most = p->attribute ? rows : SLAB_BYTES / (width * p->item + 1) + 1;
    struct tally_of_values found = {0};
    if (width == 0 || rows == 0) return;
    if (most > rows) most = rows;
    unsigned char *a = memory_new(most * width, p->item), *b = memory_new(most * width, p->item);
    for (hsize_t row = 0; row < rows; row += most) {
        hsize_t now = rows - row < most ? rows - row : most;
        if (read_block(p, p->a, row, now, a, c->error) || read_block(p, p->b, row, now, b, c->error)) break;
        compare_block(p, row * width, now * width, a, b, &found);
        reclaim(p, now * width, a);
        reclaim(p, now * width, b);
    }
    if (found.count) report_values(c, p, found.count, found.first, found.a, found.b);
    drop(p, found.a), drop(p, found.b);
    memory_free(a), memory_free(b);
}

static bool same_extent(struct comparison *c, struct pair *p, hid_t space_a, hid_t space_b)
{
    hsize_t other[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(space_b, other, NULL);
    p->rank = H5Sget_simple_extent_dims(space_a, p->size, NULL);
    if (rank != p->rank) report(c, "%s: %d dimensions and %d", p->name, p->rank, rank);
    for (int i = 0; rank == p->rank && i < rank; i++) {
        if (p->size[i] == other[i]) continue;
        report(c, "%s: %" PRIu64 " and %" PRIu64 " along dimension %d", p->name, (uint64_t)p->size[i], (uint64_t)other[i], i);
        return false;
    }
    return rank == p->rank;
}

/* All six ids are closed here. */
static void compare_pair(struct comparison *c, struct pair *p, hid_t type_a, hid_t type_b, hid_t space_a, hid_t space_b, bool values)
{
    p->type = H5Tget_native_type(type_a, H5T_DIR_ASCEND);
    p->item = H5Tget_size(p->type);
    bool fits = same_extent(c, p, space_a, space_b);
    if (H5Tequal(type_a, type_b) <= 0) report(c, "%s: of different types", p->name);
    else if (fits && values) compare_values(c, p);
    H5Tclose(p->type), H5Tclose(type_a), H5Tclose(type_b);
    H5Sclose(space_a), H5Sclose(space_b);
}

static void compare_attribute(struct comparison *c, const char *name, void *context)
{
    const struct pair *objects = context;
    char full[NAME_ROOM];
    snprintf(full, sizeof full, "%s@%s", objects->name, name);
    char *a = hdf5_file_read_text(objects->a, ".", name, c->error), *b = hdf5_file_read_text(objects->b, ".", name, c->error);
    bool texts = a && b;
    if (texts && strcmp(a, b)) report(c, "%s: '%s' and '%s'", full, a, b);
    memory_free(a), memory_free(b);
    if (texts) return;
    struct pair p = {.name = full, .attribute = true, .a = H5Aopen(objects->a, name, H5P_DEFAULT), .b = H5Aopen(objects->b, name, H5P_DEFAULT)};
    compare_pair(c, &p, H5Aget_type(p.a), H5Aget_type(p.b), H5Aget_space(p.a), H5Aget_space(p.b), true);
    H5Aclose(p.a), H5Aclose(p.b);
}

static void compare_attributes(struct comparison *c, const struct pair *objects)
{
    struct attribute_search a = {.object = objects->name}, b = {.object = objects->name};
    char prefix[NAME_ROOM];
    struct pair p = *objects;
    snprintf(prefix, sizeof prefix, "%s@", objects->name);
    H5Aiterate2(objects->a, H5_INDEX_NAME, H5_ITER_INC, NULL, gather_attribute, &a);
    H5Aiterate2(objects->b, H5_INDEX_NAME, H5_ITER_INC, NULL, gather_attribute, &b);
    sort(&a.names), sort(&b.names);
    match(c, &a.names, &b.names, prefix, compare_attribute, &p);
    free_names(&a.names), free_names(&b.names);
}

static herr_t take_name(hid_t dataset, unsigned dimension, hid_t scale, void *name)
{
    (void)dataset, (void)dimension;
    return H5Iget_name(scale, name, NAME_ROOM) < 0 ? -1 : 1;
}

static void compare_scales(struct comparison *c, const struct pair *p)
{
    for (unsigned i = 0; i < (unsigned)p->rank; i++) {
        char a[NAME_ROOM] = "", b[NAME_ROOM] = "";
        if (H5DSis_scale(p->a) <= 0) H5DSiterate_scales(p->a, i, NULL, take_name, a);
        if (H5DSis_scale(p->b) <= 0) H5DSiterate_scales(p->b, i, NULL, take_name, b);
        if (strcmp(a, b)) report(c, "%s: dimension %u is '%s' and '%s'", p->name, i, a, b);
    }
}

static void compare_datasets(struct comparison *c, struct pair *p)
{
    /* A dimension without a variable has a length, and nothing stored. */
    bool values = H5Dget_storage_size(p->a) > 0 || H5Dget_storage_size(p->b) > 0;
    compare_pair(c, p, H5Dget_type(p->a), H5Dget_type(p->b), H5Dget_space(p->a), H5Dget_space(p->b), values);
    compare_scales(c, p);
}

struct files {
    hid_t a, b;
};

static void compare_object(struct comparison *c, const char *name, void *context)
{
    const struct files *files = context;
    struct pair p = {.name = name, .a = H5Oopen(files->a, name, H5P_DEFAULT), .b = H5Oopen(files->b, name, H5P_DEFAULT)};
    H5I_type_t kind = H5Iget_type(p.a);
    if (kind != H5Iget_type(p.b)) report(c, "%s: a group in one, a dataset in the other", name);
    else {
        if (kind == H5I_DATASET) compare_datasets(c, &p);
        compare_attributes(c, &p);
    }
    H5Oclose(p.a), H5Oclose(p.b);
}

static void compare_files(struct comparison *c, struct files files)
{
    struct names a = {0}, b = {0};
    H5Ovisit2(files.a, H5_INDEX_NAME, H5_ITER_INC, gather_object, &a, H5O_INFO_BASIC);
    H5Ovisit2(files.b, H5_INDEX_NAME, H5_ITER_INC, gather_object, &b, H5O_INFO_BASIC);
    sort(&a), sort(&b);
    match(c, &a, &b, "", compare_object, &files);
    free_names(&a), free_names(&b);
}

int inspect_diff(const char *path_a, const char *path_b, FILE *out, struct error *error)
{
    struct comparison c = {.out = out, .error = error};
    struct files files = {hdf5_file_open(path_a, false, error), hdf5_file_open(path_b, false, error)};
    if (!error->status) compare_files(&c, files);
    if (files.a >= 0) H5Fclose(files.a);
    if (files.b >= 0) H5Fclose(files.b);
    if (error->status == FAIL_OUTPUT) error->status = FAIL_INPUT; /* nothing is written here, whatever the helpers say */
    return error->status ? -1 : c.found > 0;
}
