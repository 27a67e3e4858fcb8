/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "digest.h"
#include <stdio.h>
#include <string.h>

/* Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
static const uint32_t constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

static uint32_t read_word(const uint8_t *at) { return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]; }

static void write_word(uint8_t *at, uint32_t word)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* The message schedule (6.2.2, step 1). */
static void schedule(const uint8_t block[64], uint32_t word[64])
{
    for (int i = 0; i < 16; i++) word[i] = read_word(block + 4 * i);
    for (int i = 16; i < 64; i++) {
        uint32_t a = word[i - 15], b = word[i - 2];
        word[i] = word[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + word[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

/* One round. Instead of moving the eight words, round r finds word a at (8 - r) % 8: after eight rounds all are in place. */
static inline void mix(uint32_t s[8], unsigned r, uint32_t input)
{
    uint32_t a = s[(8 - r) & 7], b = s[(9 - r) & 7], c = s[(10 - r) & 7], *d = &s[(11 - r) & 7];
    uint32_t e = s[(12 - r) & 7], f = s[(13 - r) & 7], g = s[(14 - r) & 7], *h = &s[(15 - r) & 7];
    uint32_t one = *h + input + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g));
    *d += one;
    *h = one + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
}

static void compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t word[64], s[8];
    schedule(block, word);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i += 8) {
        mix(s, 0, constant[i] + word[i]);
        mix(s, 1, constant[i + 1] + word[i + 1]);
        mix(s, 2, constant[i + 2] + word[i + 2]);
        mix(s, 3, constant[i + 3] + word[i + 3]);
        mix(s, 4, constant[i + 4] + word[i + 4]);
        mix(s, 5, constant[i + 5] + word[i + 5]);
        mix(s, 6, constant[i + 6] + word[i + 6]);
        mix(s, 7, constant[i + 7] + word[i + 7]);
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

void digest_init(struct digest *digest)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(digest, 0, sizeof *digest);
    memcpy(digest->state, start, sizeof start);
}

void digest_add(struct digest *digest, const void *data, size_t bytes)
{
    const uint8_t *from = data;
    while (bytes > 0) {
        size_t filled = digest->bytes % 64;
        size_t part = bytes < 64 - filled ? bytes : 64 - filled;
        if (part < 64) memcpy(digest->block + filled, from, part);
        if (filled + part == 64) compress(digest->state, part == 64 ? from : digest->block);
        digest->bytes += part;
        from += part;
        bytes -= part;
    }
}

void digest_end(struct digest *digest, uint8_t value[32])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = digest->bytes * 8;
    uint8_t length[8];
    write_word(length, (uint32_t)(bits >> 32));
    write_word(length + 4, (uint32_t)bits);
    digest_add(digest, padding, 1 + (119 - digest->bytes % 64) % 64);
    digest_add(digest, length, sizeof length);
    for (int i = 0; i < 8; i++) write_word(value + 4 * i, digest->state[i]);
}

void digest_hex(const uint8_t value[32], char hex[65])
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = digit[value[i] >> 4];
        hex[2 * i + 1] = digit[value[i] & 15];
    }
    hex[64] = '\0';
}

int digest_file(const char *path, char hex[65])
{
    FILE *file = fopen(path, "rb");
    if (!file) return -1;
    struct digest digest;
    uint8_t buffer[16384], value[32];
    digest_init(&digest);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) digest_add(&digest, buffer, n);
    int broken = ferror(file);
    if (fclose(file) || broken) return -1;
    digest_end(&digest, value);
    digest_hex(value, hex);
    return 0;
}

void digest_fold(struct digest_chain *chain, const void *data, size_t bytes)
{
    struct digest digest;
    digest_init(&digest);
    digest_add(&digest, chain->value, sizeof chain->value);
    digest_add(&digest, data, bytes);
    digest_end(&digest, chain->value);
}
