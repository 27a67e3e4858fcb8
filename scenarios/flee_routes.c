/* SPDX-License-Identifier: GPL-3.0-or-later */
/* routes.csv: name1, name2, km, redirection (0 or blank: none, 1: from name1, 2: from name2), then extra columns.
   Each row makes a link each way. */
#include "scenarios/flee_input.h"
#include "sim/memory.h"
#include <string.h>

enum { FROM,
       TO,
       KM,
       REDIRECTION };

static const char *const fields[] = {"name1", "name2", "distance", "forced_redirection", NULL};

static void add_link(struct flee_input *in, int row, struct world_link link)
{
    uint32_t count = in->links_added;
    if ((count & (count - 1)) == 0) in->row_of_link = memory_grow(in->row_of_link, count, count ? (size_t)count * 2 : 1,
                                                                  sizeof *in->row_of_link);
    in->row_of_link[count] = row;
    in->links_added++;
    world_add_link(in->setup->world, link);
}

/* Only the first direction may be redirected. */
static void add_pair(struct flee_input *in, int row, struct world_link link)
{
    add_link(in, row, link);
    add_link(in, row, (struct world_link){.from = link.to, .to = link.from, .km = link.km});
}

static int read_redirection(struct flee_input *in, int row, int64_t *redirection)
{
    *redirection = 0;
    if (csv_blank(&in->links, row, REDIRECTION)) return 0;
    if (csv_integer(&in->links, row, REDIRECTION, redirection, in->error)) return -1;
    if (*redirection >= 0 && *redirection <= 2) return 0;
    return csv_fail(&in->links, row, in->error, "expected a forced redirection of 0, 1 or 2 in field 4, found '%s'", csv_text(&in->links, row, REDIRECTION));
}

static int read_route(struct flee_input *in, int row)
{
    struct world_link link = {0};
    int64_t redirection;
    if (flee_input_place(in, &in->links, row, FROM, &link.from) || flee_input_place(in, &in->links, row, TO, &link.to)) return -1;
    if (link.from == link.to) return csv_fail(&in->links, row, in->error, "expected a route between two locations, found '%.80s' twice",
                                              csv_text(&in->links, row, TO));
    if (csv_number(&in->links, row, KM, &link.km, in->error) || read_redirection(in, row, &redirection)) return -1;
    if (link.km < 0) return csv_fail(&in->links, row, in->error, "expected a distance of 0 km or more, found '%s'", csv_text(&in->links, row, KM));
    link.redirected = redirection != 0;
    if (redirection == 2) link = (struct world_link){.from = link.to, .to = link.from, .km = link.km, .redirected = true};
    add_pair(in, row, link);
    link.redirected = false;
    if (redirection == 1 && in->compat) add_pair(in, row, link); /* as Flee: once redirected and once plain */
    return 0;
}

int flee_routes_read(struct flee_input *in)
{
    if (flee_input_table(in, in->input, "routes.csv", CSV_HASHED, &in->links)) return -1;
    if (in->links.rows == 0 && in->setup->world->places > 1) return fail_at(in->error, in->links.path, 0,
                                                                            "expected one route or more, found none");
    if (flee_input_widths(in, &in->links, fields, REDIRECTION)) return -1;
    for (int row = 0; row < in->links.rows; row++)
        if (read_route(in, row)) return -1;
    return 0;
}
