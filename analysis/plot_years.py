#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A study year by year: the median of each arm's runs and the band that holds 90 % of them.
usage: plot_years.py STUDY.h5 --show NAME[,NAME...] [--arms ARM,ARM...] [--out PICTURE.png]     writes STUDY_years.png and STUDY_years.csv, prints their paths
NAME is a total (movements, deaths ...: the sum of a year) or an indicator (its value at the year's end); NAME:change is how much an indicator rose in the
year, for those that count what happened so far. Years that the study has only a part of are left out."""
import argparse
import datetime
import re
import sys

import h5py
import numpy as np

from results import attribute, clean, dates, texts
from style import LINES, QUIET, foot, head, plt, save
from tables import write_csv

BAND = (5, 50, 95)
COLUMNS = 2
UNITS = [(1e6, "million "), (1e3, "thousand ")]


class Years:
    def __init__(self, path):
        try:
            with h5py.File(path, "r") as file:
                self.read(file)
        except OSError as error:
            sys.exit(f"{path}: not a results file that can be read ({error})")
        except KeyError as error:
            sys.exit(f"{path}: not the results of a study: {error}")

    def read(self, file):
        self.title, self.arm = attribute(file, "title"), texts(file["arm"])
        measures = [name for name in texts(file["measure"]) if " at " not in name]
        self.unit = dict(zip(texts(file["measure"]), texts(file["measure_unit"])))
        self.totals = {name for name in measures if "total_" + name in file}
        self.value = {name: self.runs(file["total_" + name if name in self.totals else name]) for name in measures}
        self.year, self.first, self.last = whole_years(file)
        runs = len(file["draw"]) * len(file["replicate"])
        self.caption = f"{attribute(file, 'source')}, {runs} runs in each arm, one simulated person for {float(file.attrs['scale']):g} people"

    def runs(self, dataset):
        """(arm, run, row of time)"""
        values = clean(dataset)
        return values.reshape(len(self.arm), -1, values.shape[-1])

    def yearly(self, name, change):
        """(arm, run, year)"""
        value = self.value[name]
        if name in self.totals:
            return np.stack([value[..., a : b + 1].sum(axis=-1) for a, b in zip(self.first, self.last)], axis=-1)
        ends = value[..., self.last]
        if not change:
            return ends
        before = [value[..., a - 1] if a > 0 else np.zeros(value.shape[:-1]) for a in self.first]
        return ends - np.stack(before, axis=-1)


def whole_years(file):
    """Calendar years, and the first and last row of each."""
    origin = dates(file["time"])[0] - datetime.timedelta(days=float(file["time"][0]))
    begin, end = (np.array([origin + datetime.timedelta(days=float(day)) for day in file["time_bounds"][:, side]]) for side in (0, 1))
    years, first, last = [], [], []
    for year in range(begin[0].year, end[-1].year + 1):
        rows = [i for i, moment in enumerate(begin) if moment.year == year]
        if rows and begin[rows[0]] == datetime.datetime(year, 1, 1) and end[rows[-1]] >= datetime.datetime(year + 1, 1, 1):
            years, first, last = years + [year], first + [rows[0]], last + [rows[-1]]
    if not years:
        sys.exit("the study has no whole calendar year")
    return years, first, last


# Choosing -------------------------------------------------------------------------------------------------------------
def panels_of(study, show):
    """(name, change, heading)"""
    panels = []
    for text in show.split(","):
        name, _, what = text.strip().partition(":")
        if name not in study.value or what not in ("", "change"):
            sys.exit(f"no measure '{text.strip()}'; there are: {', '.join(study.value)}")
        each = bool(what) or name in study.totals
        panels.append((name, bool(what), name.replace("_", " ") + (", each year" if each else "")))
    return panels


def arms_of(study, text):
    if not text:
        return list(range(len(study.arm)))
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in study.arm]
    if unknown:
        sys.exit(f"no arm '{unknown[0]}'; there are: {'; '.join(study.arm)}")
    return [study.arm.index(name) for name in names]


# Picture --------------------------------------------------------------------------------------------------------------
def scale_of(values, unit):
    """Divisor and words for the axis."""
    top = np.nanmax(values)
    for size, word in UNITS:
        if top >= 2 * size and re.match("people|person|event", unit):
            return size, word + unit
    return 1, "" if unit == "1" else unit


def panel(axes, study, arms, name, change, heading):
    values = study.yearly(name, change)[arms]
    size, unit = scale_of(values, study.unit[name])
    for row, arm in enumerate(arms):
        low, middle, high = np.nanpercentile(values[row] / size, BAND, axis=0)
        axes.fill_between(study.year, low, high, color=LINES[row % len(LINES)], alpha=0.15, linewidth=0)
        axes.plot(study.year, middle, color=LINES[row % len(LINES)], label=study.arm[arm])
    axes.set_title(heading, pad=12)
    axes.text(0, 1.02, unit, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
    axes.set_xlim(study.year[0], study.year[-1])
    axes.yaxis.get_major_locator().set_params(nbins=5)
    if np.nanmin(values) >= 0:
        axes.set_ylim(0)


def picture(study, panels, arms, path):
    columns = min(len(panels), COLUMNS)
    rows = -(-len(panels) // columns)
    size = (max(4.2 * columns, 6.2), 2.4 * rows + 1.4)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axes, chosen in zip(grid.flat, panels):
        panel(axes, study, arms, *chosen)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    head(figure, study.title, "By calendar year: median of the runs; the band holds 90 % of them. Every panel has its own scale")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, ncol=5 if len("".join(labels)) < 80 else 3, loc="upper left", bbox_to_anchor=(0.1 / size[0], 1 - 0.62 / size[1]), borderaxespad=0, borderpad=0)
    foot(figure, study.caption)
    figure.subplots_adjust(left=0.5 / size[0], right=1 - 0.2 / size[0], top=1 - 1.35 / size[1], bottom=0.5 / size[1], hspace=0.5, wspace=0.18)
    return save(figure, path)


def table(study, panels, arms):
    for name, change, heading in panels:
        low, middle, high = np.nanpercentile(study.yearly(name, change), BAND, axis=1)
        for arm in arms:
            for i, year in enumerate(study.year):
                yield [heading, study.arm[arm], year, middle[arm, i], low[arm, i], high[arm, i]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--show", required=True)
    parser.add_argument("--arms")
    parser.add_argument("--out")
    given = parser.parse_args()
    study = Years(given.study)
    path = given.out or given.study.removesuffix(".h5") + "_years.png"
    panels, arms = panels_of(study, given.show), arms_of(study, given.arms)
    print(picture(study, panels, arms, path), write_csv(path.removesuffix(".png") + ".csv", ["measure", "arm", "year", "median", "low", "high"], table(study, panels, arms)), sep="\n")


if __name__ == "__main__":
    main()
