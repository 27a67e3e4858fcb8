/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "alias.h"

/* Weights scaled so that their mean is 1; all 1 where they sum to 0. */
static void scale(double *share, const double *weight, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += weight[i];
    for (uint32_t i = 0; i < n; i++) share[i] = sum > 0 ? weight[i] * n / sum : 1.0;
}

static uint32_t keep_word(double share)
{
    if (share >= 1.0) return UINT32_MAX;
    return share <= 0 ? 0 : (uint32_t)(share * 4294967296.0);
}

/* work: shares in the first half; in the second the two stacks of indices, small from the left, large from the right. */
void alias_build(struct alias_entry *entry, const double *weight, uint32_t n, double *work)
{
    double *share = work;
    uint32_t *stack = (uint32_t *)(work + n), small = 0, large = 2 * n;
    scale(share, weight, n);
    for (uint32_t i = 0; i < n; i++) {
        if (share[i] < 1.0) stack[small++] = i;
        else stack[--large] = i;
    }
    while (small > 0 && large < 2 * n) {
        uint32_t less = stack[--small], more = stack[large++];
        entry[less] = (struct alias_entry){keep_word(share[less]), more};
        share[more] -= 1.0 - share[less];
        if (share[more] < 1.0) stack[small++] = more;
        else stack[--large] = more;
    }
    while (large < 2 * n) entry[stack[large]] = (struct alias_entry){UINT32_MAX, stack[large]}, large++;
    while (small > 0) small--, entry[stack[small]] = (struct alias_entry){UINT32_MAX, stack[small]};
}
