/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation of the program passes here. Out of memory ends the program with one line. */
#ifndef WAYFARE_MEMORY_H
#define WAYFARE_MEMORY_H

#include <stddef.h>

void *memory_new(size_t count, size_t size);                                   /* zeroed, 64-byte aligned; count 0 gives NULL */
void *memory_grow(void *old, size_t old_count, size_t new_count, size_t size); /* keeps the old items, zeroes the new */
void *memory_copy(const void *from, size_t count, size_t size);
char *memory_text(const char *text); /* a copy of a string; NULL gives NULL */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void memory_free(void *block); /* accepts NULL */

#endif
