/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Civil days: day 0 is 1970-01-01, proleptic Gregorian. */
#ifndef WAYFARE_CALENDAR_H
#define WAYFARE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct calendar_date {
    int year, month, day;
};

int32_t calendar_day(struct calendar_date date);
struct calendar_date calendar_date(int32_t civil_day);
/* "YYYY-MM-DD", optionally followed by a space or T and a time, which is ignored. 0, or -1 where the text is no date. */
int calendar_parse(const char *text, int32_t *civil_day);
void calendar_text(int32_t civil_day, char text[16]);
/* Of a run whose day 0 is start: the last day of a calendar month, or of the run. */
bool calendar_month_ends(int32_t start, int32_t days, int32_t day);

#endif
