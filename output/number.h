/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text, as Python prints them: the shortest digits that give the same double back. */
#ifndef WAYFARE_NUMBER_H
#define WAYFARE_NUMBER_H

#define NUMBER_ROOM 32

const char *number_text(double value, char text[NUMBER_ROOM]);  /* repr of a float: "3.0", "0.1", "1e-05", "nan" */
const char *number_brief(double value, char text[NUMBER_ROOM]); /* the same, whole numbers without ".0" */

#endif
