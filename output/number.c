/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "number.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits behind the first one that the shortest faithful text needs. */
static int digits_of(double value)
{
    char text[NUMBER_ROOM];
    for (int digits = 0; digits < 16; digits++) {
        snprintf(text, sizeof text, "%.*e", digits, value);
        if (strtod(text, NULL) == value) return digits;
    }
    return 16;
}

/* Python drops the leading zeros of C's exponent only beyond two digits, as C does. */
const char *number_text(double value, char text[NUMBER_ROOM])
{
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf"
                                                      : "-inf");
        return text;
    }
    int digits = digits_of(value);
    snprintf(text, NUMBER_ROOM, "%.*e", digits, value);
    int exponent = atoi(strchr(text, 'e') + 1);
    if (exponent < -4 || exponent >= 16) return text;
    int decimals = digits - exponent;
    snprintf(text, NUMBER_ROOM, "%.*f", decimals > 1 ? decimals : 1, value);
    return text;
}

const char *number_brief(double value, char text[NUMBER_ROOM])
{
    number_text(value, text);
    size_t length = strlen(text);
    if (length > 2 && !strcmp(text + length - 2, ".0")) text[length - 2] = '\0';
    return text;
}
