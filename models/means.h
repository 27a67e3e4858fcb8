/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Money on the way. Without this model nobody pays anything. */
#ifndef WAYFARE_MEANS_H
#define WAYFARE_MEANS_H

#include "models/way.h"
#include "sim/model.h"

struct means;

extern const struct model means;

/* Money for the n-th setting out, equal for every member of a party. */
void means_equip(const struct means *means, const struct way_person *w, uint32_t journeys);
/* Hazard per day, by place, that a stranded person has earned, received or borrowed something. */
double means_rate(const struct means *means, const struct sim *sim, uint32_t place);
/* The spell of work ends: pay, money from home, a loan. spell: its number. */
void means_earn(const struct means *means, const struct way_person *w, uint32_t spell);
void means_pay(const struct way_person *w, double price);
/* A forced payment: what money does not cover becomes debt of those with ties; returns what stays unpaid. */
double means_extort(const struct means *means, const struct way_person *w, double ransom);

#endif
