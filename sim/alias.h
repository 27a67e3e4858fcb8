/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alias tables (Walker 1977; Vose 1991): choice among n weights in one look-up. */
#ifndef WAYFARE_ALIAS_H
#define WAYFARE_ALIAS_H

#include <stdint.h>

struct alias_entry {
    uint32_t keep; /* keep this entry where the low word is below this, else take other */
    uint32_t other;
};

/* Fill entry[0..n) from weights >= 0, n >= 1. All zero means uniform. work holds 2 n doubles' worth of scratch. */
void alias_build(struct alias_entry *entry, const double *weight, uint32_t n, double *work);

static inline uint32_t alias_choose(const struct alias_entry *entry, uint32_t n, uint32_t column_word, uint32_t keep_word)
{
    uint32_t column = (uint32_t)(((uint64_t)column_word * n) >> 32);
    return keep_word < entry[column].keep ? column : entry[column].other;
}

#endif
