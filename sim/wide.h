/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WIDE before a function: compiled for wider processors too, the right one chosen at start. Only for integers and plain
   double arithmetic, which give the same bits at every width. */
#ifndef WAYFARE_WIDE_H
#define WAYFARE_WIDE_H

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif

#endif
