#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the order in which people act within a day does to each camp: serial (each sees what those before did) against by phase (each sees
the morning). Draws, camp by camp, the difference of the means by day in persons and in standard deviations over seeds; prints the largest.
usage: compare_order.py COMPARISON.csv [--out PICTURE.png] [--title TEXT]   columns: camp, day, mean_serial, sd_serial, mean_phase, sd_phase"""
import argparse
import csv
import os
import sys

import numpy as np

from style import PEOPLE, QUIET, SECOND, SIMULATED, foot, head, plt, save

COLUMNS = ["mean_serial", "sd_serial", "mean_phase", "sd_phase"]


def read(path):
    """By camp in the file's order: days, and an array of the four columns."""
    camps = {}
    with open(path, newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                camps.setdefault(row["camp"], []).append([float(row[name]) for name in ["day", *COLUMNS]])
            except (KeyError, TypeError, ValueError) as error:
                sys.exit(f"{path}:{number}: expected camp, day, {', '.join(COLUMNS)}; found {error}")
    return {camp: np.array(sorted(rows)) for camp, rows in camps.items()}


def differences(rows):
    """Day, difference of means in persons, the spread of both orders, the difference in that spread (NaN where nothing varies)."""
    day, mean_serial, sd_serial, mean_phase, sd_phase = rows.T
    spread = np.sqrt((sd_serial**2 + sd_phase**2) / 2)
    persons = mean_phase - mean_serial
    return day, persons, spread, np.divide(persons, spread, out=np.full_like(persons, np.nan), where=spread > 0)


def draw(panels, camp, rows, widest):
    day, persons, spread, deviations = differences(rows)
    left, right = panels
    left.fill_between(day, -spread, spread, color=SIMULATED, alpha=0.15, linewidth=0)
    left.plot(day, persons, color=SIMULATED, linewidth=1.3)
    left.set_title(camp)
    left.yaxis.set_major_formatter(PEOPLE)
    right.axhspan(-1, 1, color=SECOND, alpha=0.12, linewidth=0)
    right.plot(day, deviations, color=SECOND, linewidth=1.3)
    right.set_ylim(-widest, widest)
    for axes in panels:
        axes.axhline(0, color=QUIET, linewidth=0.8)
        axes.margins(x=0.01)
        axes.locator_params(axis="y", nbins=4)


def widest(camps):
    """The scale that every panel in standard deviations shares."""
    every = np.concatenate([np.abs(differences(rows)[3]) for rows in camps.values()])
    every = every[np.isfinite(every)]
    return max(2.0, float(np.percentile(every, 99.5)) * 1.1) if len(every) else 2.0


def picture(camps, title, path):
    size = (9.0, 1.25 * len(camps) + 1.5)
    figure, panels = plt.subplots(len(camps), 2, figsize=size, squeeze=False, sharex=True)
    shared = widest(camps)
    for pair, (camp, rows) in zip(panels, camps.items()):
        draw(pair, camp, rows, shared)
    for axes in panels[-1]:
        axes.set_xlabel("day")
    head(figure, title, "Mean by phase less mean serial: in people (left, band: one standard deviation over seeds), in standard deviations (right)")
    foot(figure, "Above zero: more people present when everybody acts on the morning's state.")
    figure.subplots_adjust(left=0.7 / size[0], right=1 - 0.15 / size[0], top=1 - 0.95 / size[1], bottom=0.65 / size[1], hspace=0.55, wspace=0.18)
    return save(figure, path)


def table(camps):
    print(f"{'camp':<20} {'mean':>9} {'largest':>9} {'on day':>7} {'mean, sd':>9} {'largest, sd':>12}")
    for camp, rows in camps.items():
        day, persons, _, deviations = differences(rows)
        worst = int(np.argmax(np.abs(persons)))
        known = deviations[np.isfinite(deviations)]
        summary = (known.mean(), known[np.argmax(np.abs(known))]) if len(known) else (np.nan, np.nan)
        print(f"{camp:<20} {persons.mean():9.1f} {persons[worst]:9.1f} {day[worst]:7.0f} {summary[0]:9.2f} {summary[1]:12.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comparison")
    parser.add_argument("--out", help="picture (default: beside the table, .png)")
    parser.add_argument("--title", default="The order of acting within a day")
    given = parser.parse_args()
    camps = read(given.comparison)
    if not camps:
        sys.exit(f"{given.comparison}: no rows")
    table(camps)
    print(picture(camps, given.title, given.out or os.path.splitext(given.comparison)[0] + ".png"))


if __name__ == "__main__":
    main()
