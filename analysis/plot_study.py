#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a study: totals over time by arm with the band that holds 90 % of the runs; differences from the reference arm, run by run.
usage: plot_study.py STUDY.h5 [--out FOLDER] [--show NAME,NAME...]     writes NAME_arms.png and NAME_differences.png beside the results or in
FOLDER and prints their paths. A NAME is a total (movements), an indicator, or people at a place ("present at Wend"); without --show those in
which the arms differ most, in standard errors"""
import argparse
import os
import sys

import h5py
import numpy as np

from results import attribute, clean, dates, texts
from style import LINES, QUIET, date_axis, foot, head, people, plt, save

PANELS, ROWS = 6, 16  # at most, of those chosen by us
MOST_NAMES = 4        # of arms in a line of the caption
BAND = (5, 50, 95)


class Study:
    def __init__(self, path):
        try:
            self.file = h5py.File(path, "r")
            self.read(self.file)
        except OSError as error:
            sys.exit(f"{path}: not a results file that can be read ({error})")
        except KeyError as error:
            sys.exit(f"{path}: not the results of a study: {error}")

    def read(self, file):
        self.title = attribute(file, "title")
        self.arm, self.place, self.measure = texts(file["arm"]), texts(file["place"]), texts(file["measure"])
        self.unit, self.meaning = texts(file["measure_unit"]), texts(file["measure_meaning"])
        self.date = dates(file["time"])
        self.draws, self.replicates = len(file["draw"]), len(file["replicate"])
        self.summary = {name: file[name][()] for name in ("end_mean", "difference_mean", "difference_standard_error", "difference_low", "difference_high", "pairs")}
        self.few = file["few"][()].astype(bool)
        self.failed = int(file.attrs["failed_runs"])
        self.caption = caption(self, file)
        self.notes = legal_notes(self.arm, texts(file["arm_legal"]) if "arm_legal" in file else [])

    def series(self, measure):
        """(arm, run, time)"""
        name, _, place = measure.partition(" at ")
        if place:
            values = clean(self.file[name])[..., self.place.index(place)]
        else:
            values = clean(self.file["total_" + name if "total_" + name in self.file else name])
        return values.reshape(len(self.arm), -1, len(self.date))


def legal_notes(arms, labels):
    """A line for each thing beyond the lawful that some arm permits, and which arms."""
    found = {}
    for arm, text in zip(arms, labels):
        for right in text.split("; ") if text != "none" else []:
            found.setdefault(right, []).append(arm)
    return [f"{right}: {'every arm' if len(names) == len(arms) else ', '.join(names) if len(names) <= MOST_NAMES else f'{len(names)} of {len(arms)} arms'}" for right, names in found.items()]


def caption(study, file):
    draws = f", {study.draws} draws ({attribute(file, 'design')})" if study.draws > 1 else ""
    failed = f"; {study.failed} runs failed and are left out" if study.failed else ""
    return f"{attribute(file, 'source')}, {study.replicates} seed{'' if study.replicates == 1 else 's'} from {int(file.attrs['seed'])}{draws}{failed}"


# Choosing -------------------------------------------------------------------------------------------------------------
def differing(study, most):
    """Measures in which some arm is furthest from the reference, in standard errors, those of one meaning once; in the file's order. Counts of
    fewer than 30 simulated persons, or 10 events, do not take part."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(study.summary["difference_mean"]) / study.summary["difference_standard_error"]
    apart = np.where(study.few, 0, np.nan_to_num(apart, nan=0, posinf=1e9)).max(axis=0)
    apart[[" at " not in name and "_by_" in name for name in study.measure]] = 0  # the same total once more
    furthest = [i for i in np.argsort(-apart, kind="stable")[:most] if apart[i] > 0]
    return sorted(furthest) or [0]


def chosen(study, show, most):
    if not show:
        return differing(study, most)
    names = [name.strip() for name in show.split(",")]
    unknown = [name for name in names if name not in study.measure]
    if unknown:
        sys.exit(f"no measure '{unknown[0]}'; there are: {', '.join(study.measure)}")
    return [study.measure.index(name) for name in names]


# Over time ------------------------------------------------------------------------------------------------------------
def arm_panel(axes, study, index):
    values = study.series(study.measure[index])
    for arm, colour in zip(range(len(study.arm)), LINES * 9):
        low, middle, high = np.nanpercentile(values[arm], BAND, axis=0)
        axes.fill_between(study.date, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(study.date, middle, color=colour, label=study.arm[arm])
    axes.set_title(study.measure[index].replace("_", " "), pad=12)
    axes.text(0, 1.02, study.unit[index], transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
    axes.yaxis.set_major_formatter(lambda value, _: people(value))
    axes.yaxis.get_major_locator().set_params(nbins=4)
    if np.nanmin(values) >= 0:
        axes.set_ylim(0)
    date_axis(axes)


def legend_columns(names, inches=7):
    """Names of arms side by side, as many as fit."""
    longest = max(len(name) for name in names)
    return max(1, min(4, int(15.5 * inches) // (longest + 12)))


def plot_arms(study, show, path):
    measures = chosen(study, show, PANELS)
    columns = min(len(measures), 3)
    rows = -(-len(measures) // columns)
    size = (max(2.9 * columns + 0.2, 6.2), 1.95 * rows + 1.4)
    more = 0.2 * max(0, -(-len(study.arm) // legend_columns(study.arm, size[0])) - 2)  # further lines of the legend
    size = (size[0], size[1] + more)
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axes, index in zip(panels.flat, measures):
        arm_panel(axes, study, index)
    for axes in panels.flat[len(measures):]:
        axes.set_visible(False)
    runs = study.draws * study.replicates
    head(figure, study.title, f"Median of {runs} runs in each arm; the band holds 90 % of them. Every panel has its own scale")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, ncol=legend_columns(labels, size[0]), loc="upper left", bbox_to_anchor=(0.1 / size[0], 1 - 0.62 / size[1]), borderaxespad=0, borderpad=0)
    foot(figure, *study.notes, study.caption)
    figure.subplots_adjust(left=0.62 / size[0], right=1 - 0.2 / size[0], top=1 - (1.25 + more) / size[1], bottom=(0.5 + 0.15 * len(study.notes)) / size[1], hspace=0.7, wspace=0.36)
    return save(figure, path)


# Differences ----------------------------------------------------------------------------------------------------------
def difference_row(axes, study, height, arm, index, colour):
    """The range of 90 % of the differences as a line, the mean with two standard errors as a bar on it."""
    value = {name: table[arm, index] for name, table in study.summary.items()}
    if not np.isfinite(value["difference_mean"]):
        return
    error = 2 * np.nan_to_num(value["difference_standard_error"])
    axes.plot([value["difference_low"], value["difference_high"]], [height, height], color=colour, linewidth=1.2, alpha=0.6)
    axes.plot([value["difference_mean"] - error, value["difference_mean"] + error], [height, height], color=colour, linewidth=4.5, alpha=0.45, solid_capstyle="butt")
    axes.plot(value["difference_mean"], height, "o", color=colour, markersize=4.5, markerfacecolor="white" if study.few[arm, index] else colour)


def difference_panel(axes, study, measures):
    others = range(1, len(study.arm))
    for row, index in enumerate(measures):
        for place, arm in enumerate(others):
            difference_row(axes, study, row + 0.6 * ((place + 0.5) / len(others) - 0.5), arm, index, LINES[arm % len(LINES)])
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.set_yticks(range(len(measures)), [label(study, i) for i in measures])
    axes.set_ylim(len(measures) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda value, _: people(value))
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def by_size(study, measures):
    """Groups that can share a scale: of one unit, within a factor of 6 of the largest in the group."""
    reach = np.nanmax(np.abs([study.summary[n][1:, measures] for n in ("difference_low", "difference_high", "difference_mean")]), axis=(0, 1))
    groups, last = [], {}
    for i in np.argsort(-reach, kind="stable"):
        unit = study.unit[measures[i]]
        if unit not in last or reach[i] < reach[last[unit][0]] / 6:
            last[unit] = []
            groups.append(last[unit])
        last[unit].append(i)
    return [sorted(measures[i] for i in group) for group in groups]


def label(study, index):
    unit = study.unit[index]
    return study.measure[index].replace("_", " ") + ("" if unit in ("people", "1") else f" ({unit})")


def plot_differences(study, show, path):
    if len(study.arm) < 2:
        return None
    groups = by_size(study, chosen(study, show, ROWS))
    tall = [0.28 * len(group) * max(1, 0.5 * (len(study.arm) - 1)) + 0.1 for group in groups]
    columns = legend_columns(study.arm[1:])
    lines = 0.17 * (-(-(len(study.arm) - 1) // columns) - 1)
    size = (7.6, sum(tall) + 0.5 * len(groups) + 1.45 + lines)
    figure, panels = plt.subplots(len(groups), 1, figsize=size, squeeze=False, gridspec_kw={"height_ratios": tall})
    for axes, group in zip(panels.flat, groups):
        difference_panel(axes, study, group)
        axes.locator_params(axis="x", nbins=5)
    head(figure, study.title, f"Difference from “{study.arm[0]}” at the end of the run, same seed and draw in both")
    handles = [plt.Line2D([], [], color=LINES[arm % len(LINES)], marker="o", markersize=4.5, label=study.arm[arm]) for arm in range(1, len(study.arm))]
    figure.legend(handles=handles, ncol=columns, loc="upper left", bbox_to_anchor=(0.1 / size[0], 1 - 0.62 / size[1]), borderaxespad=0, borderpad=0)
    foot(figure, "line: 90 % of the differences; bar: mean, two standard errors; hollow: too few simulated persons", "what happens is summed over the run", *study.notes, study.caption)
    figure.subplots_adjust(left=2.5 / size[0], right=1 - 0.35 / size[0], top=1 - (0.95 + lines) / size[1], bottom=(0.8 + 0.15 * len(study.notes)) / size[1], hspace=0.55 * len(groups) / max(sum(tall), 0.1))
    return save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--out", help="folder for the pictures (default: beside the results)")
    parser.add_argument("--show", help="names of measures, with commas between")
    given = parser.parse_args()
    study = Study(given.results)
    folder = given.out if given.out else os.path.dirname(given.results)
    os.makedirs(folder or ".", exist_ok=True)
    stem = os.path.join(folder, os.path.splitext(os.path.basename(given.results))[0])
    for name, draw in (("arms", plot_arms), ("differences", plot_differences)):
        made = draw(study, given.show, f"{stem}_{name}.png")
        if made:
            print(made)


if __name__ == "__main__":
    main()
