#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of one run: people present by place against observed data; the map; the total with its relative difference; stages of the case.
usage: plot.py RESULTS.h5 [--out FOLDER]      writes NAME_places.png, NAME_map.png, NAME_total.png, NAME_case.png (those that have
something to show) beside the results or in FOLDER, and prints their paths"""
import argparse
import os

import numpy as np
from matplotlib.lines import Line2D

import plot_case
import plot_map
from results import Results, span
from style import OBSERVED, QUIET, SECOND, SIMULATED, THIRD, date_axis, foot, from_zero, head, plt, save

MOST_PANELS = 24
FEW_CAMPS = 3  # with fewer the camps are not what a run is about


def shown_camps(run):
    return run.camps if len(run.camps) >= FEW_CAMPS else run.camps[:0]


# People present by place ----------------------------------------------------------------------------------------------
def chosen_places(run):
    """Those with observed data, else camps where there are some, else wherever people are; the largest, in the file's order. And how many there were."""
    places = next((p for p in (run.compared, shown_camps(run)) if len(p)), np.flatnonzero(np.nanmax(run.present, axis=0) > 0))
    largest = np.nanmax(run.present[:, places], axis=0)
    if len(run.compared):
        largest = np.fmax(largest, np.nanmax(run.observed[:, places], axis=0))
    kept = np.sort(places[np.argsort(-largest, kind="stable")[:MOST_PANELS]])
    return kept, len(places)


def place_panel(axes, run, place):
    seen = np.isfinite(run.observed[:, place])
    dates = np.array(run.date)
    if seen.any():
        axes.plot(dates[seen], run.observed[seen, place], color=OBSERVED, linestyle=(0, (3, 1.6)), linewidth=1.2)
    axes.plot(dates, run.present[:, place], color=SIMULATED)
    axes.set_title(run.place[place], pad=12)
    axes.text(0, 1.02, run.states[run.state_of[place]].replace("_", " "), transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
    from_zero(axes)
    date_axis(axes)


def grid(count):
    columns = min(count, 3 if count <= 9 else 4 if count <= 16 else 5)
    return -(-count // columns), columns


def comparison_legend(figure, observed):
    width, height = figure.get_size_inches()
    lines = [Line2D([], [], color=SIMULATED, label="simulated")]
    if observed:
        lines.append(Line2D([], [], color=OBSERVED, linestyle=(0, (3, 1.6)), linewidth=1.2, label="observed"))
    figure.legend(handles=lines, ncol=2, loc="upper left", bbox_to_anchor=(0.1 / width, 1 - 0.62 / height), borderaxespad=0, borderpad=0)


def plot_places(run, path):
    places, of = chosen_places(run)
    if not len(places):
        return None
    rows, columns = grid(len(places))
    size = (max(2.7 * columns + 0.2, 6.2), 1.85 * rows + 1.3)
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axes, place in zip(panels.flat, places):
        place_panel(axes, run, place)
    for axes in panels.flat[len(places):]:
        axes.set_visible(False)
    compared = len(run.compared) > 0
    plural = "" if of == 1 else "s"
    what = f"place{plural} with observed data" if compared else f"camp{plural}" if len(shown_camps(run)) else f"place{plural}"
    which = f"{of} {what}" if of == len(places) else f"the {len(places)} largest of {of} {what}"
    scales = ". Every panel has its own scale" if len(places) > 1 else ""
    head(figure, run.title, f"People present in {which}, {span(run)}{scales}")
    comparison_legend(figure, compared)
    foot(figure, *run.notes, run.caption)
    figure.subplots_adjust(left=0.62 / size[0], right=1 - 0.15 / size[0], top=1 - 1.22 / size[1], bottom=(0.5 + 0.15 * len(run.notes)) / size[1], hspace=0.72, wspace=0.32)
    return save(figure, path)


# The total ------------------------------------------------------------------------------------------------------------
def totals(run):
    """(label, colour, values) of the lines of the upper panel."""
    if len(run.compared):
        return [("simulated", SIMULATED, np.nansum(run.present[:, run.compared], axis=1))]
    everywhere = np.nansum(run.present, axis=1)
    camps = np.nansum(run.present[:, shown_camps(run)], axis=1)
    lines = [("in camps", SIMULATED, camps)] if len(shown_camps(run)) else []
    lines.append(("elsewhere" if lines else "at places", SECOND, everywhere - camps))
    return lines + ([("travelling", THIRD, np.nansum(run.travelling, axis=1))] if run.travelling is not None else [])


def total_panel(axes, run):
    compared = run.compared
    if len(compared):
        seen = np.isfinite(run.observed[:, compared]).any(axis=1)
        axes.plot(np.array(run.date)[seen], np.nansum(run.observed[seen][:, compared], axis=1), color=OBSERVED, linestyle=(0, (3, 1.6)), linewidth=1.2, label="observed")
    for label, colour, values in totals(run):
        axes.plot(run.date, values, color=colour, label=label)
    axes.set_title(f"People present in all places with observed data ({len(compared)})" if len(compared) else "People present")
    axes.legend(loc="upper left", ncol=3)
    from_zero(axes)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
    date_axis(axes)


def difference_panel(axes, run):
    for name, colour, label in (("relative_difference", SECOND, "as simulated"), ("relative_difference_rescaled", THIRD, "simulated total rescaled to the observed one")):
        values = getattr(run, name)
        if values is not None and np.isfinite(values).any():
            axes.plot(run.date, values, color=colour, label=f"{label}, mean over all days {run.mean.get(name, np.nanmean(values)):.3f}")
    axes.set_title("Relative difference: sum over places of |simulated - observed|, divided by the observed total")
    top = np.nanpercentile(np.concatenate([line.get_ydata() for line in axes.lines]), 99)
    axes.set_ylim(0, max(1.0, top) * 1.25)
    axes.legend(loc="upper right")
    date_axis(axes)


def plot_total(run, path):
    differs = run.relative_difference is not None and np.isfinite(run.relative_difference).any()
    size = (8.6, 6.6 if differs else 4.0)
    figure, panels = plt.subplots(2 if differs else 1, 1, figsize=size, squeeze=False, sharex=True, gridspec_kw={"hspace": 0.3})
    total_panel(panels[0, 0], run)
    if differs:
        difference_panel(panels[1, 0], run)
    head(figure, run.title, span(run))
    foot(figure, *run.notes, run.caption)
    figure.subplots_adjust(left=0.75 / size[0], right=1 - 0.2 / size[0], top=1 - 0.95 / size[1], bottom=(0.55 + 0.15 * len(run.notes)) / size[1])
    return save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--out", help="folder for the pictures (default: beside the results)")
    given = parser.parse_args()
    run = Results(given.results)
    folder = given.out if given.out else os.path.dirname(given.results)
    os.makedirs(folder or ".", exist_ok=True)
    stem = os.path.join(folder, os.path.splitext(os.path.basename(given.results))[0])
    for name, draw in (("places", plot_places), ("map", plot_map.plot_map), ("total", plot_total), ("case", plot_case.plot_case)):
        made = draw(run, f"{stem}_{name}.png")
        if made:
            print(made)


if __name__ == "__main__":
    main()
