/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Years are counted from 1 March, so that a leap day is the last of its year; 400 years are 146 097 days. */
#include "calendar.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>

enum { DAYS_400_YEARS = 146097,
       DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int month_days(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool is_valid(struct calendar_date date)
{
    return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= month_days(date.year, date.month);
}

int32_t calendar_day(struct calendar_date date)
{
    assert(is_valid(date));
    int64_t year = (int64_t)date.year - (date.month <= 2);
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t)(era * DAYS_400_YEARS + day_of_era - DAYS_TO_1970);
}

struct calendar_date calendar_date(int32_t civil_day)
{
    int64_t day = (int64_t)civil_day + DAYS_TO_1970;
    int64_t era = floor_divide(day, DAYS_400_YEARS);
    int64_t day_of_era = day - era * DAYS_400_YEARS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_of_year = (5 * day_of_year + 2) / 153; /* 0 is March */
    int month = (int)(month_of_year + 2) % 12 + 1;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    return (struct calendar_date){(int)year, month, (int)(day_of_year - (153 * month_of_year + 2) / 5 + 1)};
}

/* The number that the next digits make; -1 where one of them is none. */
static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int calendar_parse(const char *text, int32_t *civil_day)
{
    struct calendar_date date;
    if ((date.year = digits(text, 4)) < 0 || text[4] != '-') return -1;
    if ((date.month = digits(text + 5, 2)) < 0 || text[7] != '-') return -1;
    if ((date.day = digits(text + 8, 2)) < 0) return -1;
    if (text[10] != '\0' && text[10] != ' ' && text[10] != 'T') return -1;
    if (!is_valid(date)) return -1;
    *civil_day = calendar_day(date);
    return 0;
}

void calendar_text(int32_t civil_day, char text[16])
{
    struct calendar_date date = calendar_date(civil_day);
    snprintf(text, 16, "%04d-%02u-%02u", date.year, (unsigned)date.month % 100, (unsigned)date.day % 100);
}

bool calendar_month_ends(int32_t start, int32_t days, int32_t day) { return day + 1 == days || calendar_date(start + day + 1).day == 1; }
