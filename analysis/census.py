#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The census of a run as a table: people at the end of each month by the facets named.
usage: census.py RESULTS.h5 [--by state,class] [--month 2016-12] [--picture FILE.png]
Prints CSV: month, a column for each facet, people, marked. Marked cells are those of fewer than 30 simulated persons: do not rank or compare
them. The picture stacks the values of the last facet, a bar for each month or, of one month, for each value of the first; marked parts are hatched"""
import argparse
import csv
import re
import sys

from results import census
from style import FAINT, LINES, PEOPLE, QUIET, foot, head, plt, save

NAMED = len(LINES)  # values with a colour of their own; the others go together
OTHERS = "others"


def chosen(table, by):
    names = [name.strip() for name in by.split(",")] if by else [next(iter(table.facet))]
    unknown = [name for name in names if name not in table.facet]
    if unknown:
        sys.exit(f"no facet '{unknown[0]}'; there are: {', '.join(table.facet)}")
    return names


def month_number(table, text):
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    number = int(found[1]) * 100 + int(found[2]) if found else None
    if number not in table.month:
        months = sorted(set(table.month.tolist()))
        sys.exit(f"no month '{text}'; there are: {', '.join(map(month_text, months)) or 'none'}")
    return number


def month_text(number):
    return f"{number // 100}-{number % 100:02d}"


def print_table(rows, names):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["month", *names, "people", "marked"])
    for month, *labels, people, marked in rows:
        writer.writerow([month_text(month), *labels, f"{people:.15g}", int(marked)])


# Picture --------------------------------------------------------------------------------------------------------------
def bars_of(table, names, month):
    """bar -> value of the last facet -> (people, marked); bars in the order of the file."""
    bars = {}
    for row in table.by(names[:1] + names[1:][-1:] if month else names[-1:], month):
        bar = row[1] if month and len(names) > 1 else month_text(row[0])
        bars.setdefault(bar, {})[row[-3]] = row[-2:]
    return bars


def colours(table, name, bars):
    """The values that reach most people have a colour; who is marked everywhere has none and is not ranked."""
    most = {label: max((bar[label][0] for bar in bars.values() if label in bar and not bar[label][1]), default=0) for label in table.facet[name]}
    ranked = sorted((label for label in most if most[label] > 0), key=lambda label: -most[label])[:NAMED]
    return {label: LINES[i] for i, label in enumerate(label for label in table.facet[name] if label in ranked)}


def draw(table, names, month, path):
    bars = bars_of(table, names, month)
    colour = colours(table, names[-1], bars)
    figure, axes = plt.subplots(figsize=(7.2, 3.6))
    for x, bar in enumerate(bars.values()):
        below = 0
        for label in sorted(bar, key=lambda label: list(colour).index(label) if label in colour else len(colour)):
            people, marked = bar[label]
            axes.bar(x, people, 0.8, below, color=colour.get(label, FAINT), hatch="////" if marked else None, edgecolor="white", linewidth=0.3)
            below += people
    every = max(1, -(-len(bars) // 12))
    axes.set_xticks(range(0, len(bars), every), list(bars)[::every], rotation=30 if len(bars) > 6 else 0, ha="right" if len(bars) > 6 else "center")
    axes.yaxis.set_major_formatter(PEOPLE)
    axes.grid(axis="x", visible=False)
    shown = {label for bar in bars.values() for label in bar}
    handles = [plt.Rectangle((0, 0), 1, 1, color=colour[label]) for label in colour]
    others = [plt.Rectangle((0, 0), 1, 1, color=FAINT)] if shown - set(colour) else []
    axes.legend(handles + others, [*colour, *([OTHERS] if others else [])], ncol=4, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2, fontsize=8)
    head(figure, f"People by {names[-1].replace('_', ' ')}", f"End of {month_text(month)}" if month else "At the end of each month")
    foot(figure, "hatched: fewer than 30 simulated persons")
    figure.subplots_adjust(left=0.12, right=0.97, top=0.7, bottom=0.2)
    axes.set_ylabel("people", color=QUIET)
    return save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--by", help="names of facets, with commas between (default: the first)")
    parser.add_argument("--month", help="one month, as 2016-12")
    parser.add_argument("--picture", help="a picture to make, FILE.png")
    given = parser.parse_args()
    table = census(given.results)
    names, month = chosen(table, given.by), month_number(table, given.month)
    print_table(table.by(names, month), names)
    if given.picture:
        draw(table, names, month, given.picture)


if __name__ == "__main__":
    main()
