/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What smugglers ask and what they offer, as policy moves it. Factors of today by link; 1 where the model is not in force. */
#ifndef WAYFARE_MARKET_H
#define WAYFARE_MARKET_H

#include "sim/field.h"
#include "sim/model.h"
#include <stdint.h>

struct market {
    double price_elasticity, quality_elasticity, price_most; /* parameters */
    struct field control;
    uint32_t links;
    double *price_base, *control_base; /* by link, of the first day without policies */
    double *price, *quality;           /* factors of today, by link */
    int control_lever, enforcement_lever;
    int price_index; /* indicator */
};

extern const struct model market;

/* m: sim_state(sim, "market"), NULL where absent. Valid from that model's morning on. */
static inline double market_price(const struct market *m, uint32_t link) { return m ? m->price[link] : 1; }     /* on the price of the link */
static inline double market_quality(const struct market *m, uint32_t link) { return m ? m->quality[link] : 1; } /* on the chance of a wreck */

#endif
