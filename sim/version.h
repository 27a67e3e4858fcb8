/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WAYFARE_VERSION_H
#define WAYFARE_VERSION_H

#define WAYFARE_VERSION "0.1.0"

#endif
