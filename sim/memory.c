/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block is a calloc() of its bytes and up to 64 more; the word before the aligned start holds where calloc's block
   begins. So large blocks stay untouched zero pages until used, and growing them can move pages instead of bytes. */
#include "memory.h"
#include "fail.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64 };

#define LARGE ((size_t)32 << 20) /* from here on huge pages pay: rows are read far apart */

static void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "wayfare: out of memory: %zu items of %zu bytes\n", count, size);
    exit(FAIL_RUN);
}

static size_t bytes_of(size_t count, size_t size)
{
    size_t bytes, whole;
    if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(bytes, (size_t)ALIGNMENT, &whole)) out_of_memory(count, size);
    return bytes;
}

/* malloc aligns to 16, so there are 16 bytes or more below the aligned start. */
static char *aligned(char *base) { return base + (ALIGNMENT - (uintptr_t)base % ALIGNMENT); }

static void set_base(char *block, char *base) { memcpy(block - sizeof base, &base, sizeof base); }

static char *base_of(const char *block)
{
    char *base;
    memcpy(&base, block - sizeof base, sizeof base);
    return base;
}

/* A wish: where the system has no huge pages nothing changes. */
static void wish_huge(char *base, size_t bytes)
{
    if (bytes < LARGE) return;
    size_t page = 4096, skip = (page - (uintptr_t)base % page) % page;
    madvise(base + skip, (bytes - skip) / page * page, MADV_HUGEPAGE);
}

void *memory_new(size_t count, size_t size)
{
    size_t bytes = bytes_of(count, size);
    if (bytes == 0) return NULL;
    char *base = calloc(bytes + ALIGNMENT, 1);
    if (!base) out_of_memory(count, size);
    wish_huge(base, bytes);
    char *block = aligned(base);
    set_base(block, base);
    return block;
}

void *memory_grow(void *old, size_t old_count, size_t new_count, size_t size)
{
    if (!old) return memory_new(new_count, size);
    size_t bytes = bytes_of(new_count, size), had = old_count * size, kept = had < bytes ? had : bytes;
    if (bytes == 0) {
        memory_free(old);
        return NULL;
    }
    char *old_base = base_of(old);
    size_t old_offset = (size_t)((char *)old - old_base);
    char *base = realloc(old_base, bytes + ALIGNMENT);
    if (!base) out_of_memory(new_count, size);
    wish_huge(base, bytes);
    char *block = aligned(base);
    if (block != base + old_offset) memmove(block, base + old_offset, kept);
    memset(block + kept, 0, bytes - kept);
    set_base(block, base);
    return block;
}

void *memory_copy(const void *from, size_t count, size_t size)
{
    void *block = memory_new(count, size);
    if (block) memcpy(block, from, count * size);
    return block;
}

char *memory_text(const char *text) { return text ? memory_copy(text, strlen(text) + 1, 1) : NULL; }

char *memory_format(const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    char probe[1];
    int length = vsnprintf(probe, sizeof probe, format, list);
    size_t bytes = length < 0 ? 1 : (size_t)length + 1;
    char *text = memory_new(bytes, 1);
    vsnprintf(text, bytes, format, again);
    va_end(again);
    va_end(list);
    return text;
}

void memory_free(void *block)
{
    if (block) free(base_of(block));
}
