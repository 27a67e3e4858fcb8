/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4) of inputs, and of the logical content of a run as a chain of days. */
#ifndef WAYFARE_DIGEST_H
#define WAYFARE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct digest {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

/* The chain: each day's content is folded in; 32 bytes that a checkpoint keeps. */
struct digest_chain {
    uint8_t value[32];
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t bytes);
void digest_end(struct digest *digest, uint8_t value[32]);
void digest_hex(const uint8_t value[32], char hex[65]);
int digest_file(const char *path, char hex[65]); /* 0 or -1 */
void digest_fold(struct digest_chain *chain, const void *data, size_t bytes);

#endif
