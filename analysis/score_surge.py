#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""When people came across a border, and how many, against arrivals over spans of days.
usage: score_surge.py RESULTS.h5 FOLDER [--out STEM] [--show ARM,ARM...] [--expect EXPECT.csv]
RESULTS.h5: of a run, or of a study that keeps passages by link and passage on every day. FOLDER holds
  arrivals_weekly.csv    from, until, people, low, high: observed, by spans of days that follow each other; what is scored
  arrivals_reported.csv  date, people: reports of the sum so far; drawn, not scored (optional)
  deaths.csv             date, and one column of deaths a day from then on: how good arrivals without any delay would be (optional)
An arrival is the end of a way over land from one state to another. Shares are of all who came until the end of the last span, in each run its own;
the error is the root mean square over the ends of the whole weeks, between spans' ends linearly.
EXPECT.csv: arm, column of STEM.csv, low, high; the exit status is 1 where a number lies outside
writes STEM.csv, STEM.md and STEM.png beside the results (STEM: the results' name and _surge)"""
import argparse
import csv
import datetime
import os
import sys

import h5py
import numpy as np

from results import attribute, dates, texts
from style import LINES, OBSERVED, QUIET, date_axis, foot, from_zero, head, people, plt, save
from tables import write_csv, write_markdown

WEEK = 7
BAND = (5, 50, 95)
ARRIVED = "arrived"
COLUMNS = ["runs", "error", "error_low", "error_high", "half_day", "people", "people_low", "people_high", "observed_over_people"]


# The run --------------------------------------------------------------------------------------------------------------
class Arrivals:
    """people: (arm, run, day), across borders"""

    def __init__(self, path):
        try:
            with h5py.File(path, "r") as file:
                self.read(file)
        except OSError as error:
            sys.exit(f"{path}: not a results file that can be read ({error})")
        except (KeyError, ValueError) as error:
            sys.exit(f"{path}: no passages by link and outcome of every day ({error})")

    def read(self, file):
        self.title = attribute(file, "title")
        self.caption = f"{attribute(file, 'source', 'wayfare')}, one simulated person for {float(file.attrs['scale']):g} people"
        state = file["place_state"][()].astype(int)
        abroad = state[file["link_from"][()].astype(int)] != state[file["link_to"][()].astype(int)]
        passages = file["passages"][..., texts(file["passage"]).index(ARRIVED)][..., abroad].sum(axis=-1).astype(float)
        self.arm = texts(file["arm"]) if "arm" in file else ["this run"]
        self.date = dates(file["time"])
        if any(b - a != datetime.timedelta(days=1) for a, b in zip(self.date, self.date[1:])):
            raise ValueError("rows are not days; every = 1")
        self.people = passages.reshape(len(self.arm), -1, len(self.date))


# What is known --------------------------------------------------------------------------------------------------------
def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def day(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d")


class Observed:
    """.end: days from the start to the end of each span; .sum: people so far there; .low and .high: sums of the ranges"""

    def __init__(self, folder):
        rows = rows_of(os.path.join(folder, "arrivals_weekly.csv"))
        self.start = day(rows[0]["from"])
        self.end = np.array([(day(row["until"]) - self.start).days + 1 for row in rows])
        self.sum, self.low, self.high = (np.cumsum([float(row[key]) for row in rows]) for key in ("people", "low", "high"))
        self.last = int(self.end[-1])
        self.weeks = np.arange(WEEK, self.last + 1, WEEK)
        self.reported = self.deaths = None
        if os.path.exists(path := os.path.join(folder, "arrivals_reported.csv")):
            self.reported = [(day(row["date"]), float(row["people"])) for row in rows_of(path)]
        if os.path.exists(path := os.path.join(folder, "deaths.csv")):
            self.deaths = self.read_deaths(rows_of(path))

    def read_deaths(self, rows):
        """By day of the observed spans; a step from each row to the next."""
        column = next(key for key in rows[0] if key != "date")
        series = np.zeros(self.last)
        for row in rows:
            series[max((day(row["date"]) - self.start).days, 0) :] = float(row[column])
        return series

    def daily(self):
        return np.diff(self.share(np.arange(self.last + 1)) * self.sum[-1])

    def share(self, at):
        return np.interp(at, np.concatenate([[0], self.end]), np.concatenate([[0], self.sum])) / self.sum[-1]


# Scores ---------------------------------------------------------------------------------------------------------------
def error_of(daily, observed):
    """daily: (..., day). NaN where nobody came."""
    so_far = np.cumsum(daily[..., : observed.last], axis=-1)
    with np.errstate(invalid="ignore"):
        share = so_far[..., observed.weeks - 1] / so_far[..., -1:]
    return np.sqrt(np.mean(np.square(share - observed.share(observed.weeks)), axis=-1))


def half_day(daily, observed):
    """Days until half of them had come, in the median run."""
    so_far = np.cumsum(daily[:, : observed.last], axis=1)
    return float(np.median((so_far < so_far[:, -1:] / 2).sum(axis=1) + 1))


def row_of(name, daily, observed):
    error = np.nanpercentile(error_of(daily, observed), BAND)
    total = np.percentile(daily[:, : observed.last].sum(axis=1), BAND)
    ratio = observed.sum[-1] / total[1] if total[1] > 0 else np.nan
    return [name, len(daily), error[1], error[0], error[2], half_day(daily, observed), total[1], total[0], total[2], ratio]


def references(observed):
    """Arrivals that no simulation is needed for; how many they are says nothing."""
    series = {"evenly": np.ones(observed.last)}
    if observed.deaths is not None:
        series["as deaths, no delay"] = observed.deaths
    for name, daily in series.items():
        yield [name, 0, float(error_of(daily, observed)), np.nan, np.nan, half_day(daily[None], observed), np.nan, np.nan, np.nan, np.nan]


def aligned(run, observed):
    """People by day from the first observed day on."""
    skip = (observed.start - run.date[0]).days
    if skip < 0 or skip + observed.last > len(run.date):
        sys.exit(f"the run has {run.date[0]:%Y-%m-%d} to {run.date[-1]:%Y-%m-%d}, the observed spans begin on {observed.start:%Y-%m-%d} and last {observed.last} days")
    return run.people[..., skip:]


def as_text(row):
    number = lambda value, form: "" if not np.isfinite(value) else form.format(value)  # noqa: E731
    name, runs, error, low, high, half, total, least, most, ratio = row
    span = f" ({low:.3f}-{high:.3f})" if runs > 1 else ""
    size = f"{people(total)}" + (f" ({people(least)}-{people(most)})" if runs > 1 else "") if np.isfinite(total) else ""
    return [name, str(runs) if runs else "", f"{error:.3f}{span}", number(half, "{:.0f}"), size, number(ratio, "{:.2f}")]


# Picture --------------------------------------------------------------------------------------------------------------
def moments(observed, ends):
    """The evening of the last day of each."""
    return [observed.start + datetime.timedelta(days=int(end)) for end in ends]


def share_panel(axes, run, daily, observed, shown):
    days = moments(observed, np.arange(1, observed.last + 1))
    for arm, colour in zip(shown, LINES):
        so_far = np.cumsum(daily[arm][:, : observed.last], axis=1)
        low, middle, high = np.nanpercentile(so_far / so_far[:, -1:], BAND, axis=0)
        axes.fill_between(days, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(days, middle, color=colour, label=run.arm[arm])
    axes.plot(moments(observed, observed.weeks), observed.share(observed.weeks), "o", color=OBSERVED, markersize=3.5, label="observed, smoothed")
    axes.set_title("Share of all who came until the last day")
    axes.set_ylim(0, 1.02)
    date_axis(axes)


def size_panel(axes, daily, observed, shown):
    days = moments(observed, np.arange(1, daily.shape[-1] + 1))
    for arm, colour in zip(shown, LINES):
        low, middle, high = np.nanpercentile(np.cumsum(daily[arm], axis=1), BAND, axis=0)
        axes.fill_between(days, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(days, middle, color=colour)
    axes.plot(moments(observed, observed.end), observed.sum, "o", color=OBSERVED, markersize=3.5)
    if observed.reported:
        axes.plot(*zip(*observed.reported), "x", color=QUIET, markersize=4, label="as reported")
        axes.legend(loc="lower right")
    axes.set_title("People who came so far")
    from_zero(axes)
    date_axis(axes)


def picture(run, daily, observed, shown, path):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4.3))
    share_panel(left, run, daily, observed, shown)
    size_panel(right, daily, observed, shown)
    head(figure, run.title, f"Lines: median of {daily.shape[1]} runs; the band holds 90 % of them" if daily.shape[1] > 1 else "One run")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, ncol=4, loc="upper left", bbox_to_anchor=(0.01, 0.865), borderaxespad=0, borderpad=0)
    foot(figure, run.caption)
    figure.subplots_adjust(left=0.06, right=0.98, top=0.68, bottom=0.12, wspace=0.2)
    return save(figure, path)


def arms_shown(run, show):
    if not show:
        return list(range(min(len(run.arm), len(LINES))))
    names = [name.strip() for name in show.split(",")]
    unknown = [name for name in names if name not in run.arm]
    if unknown:
        sys.exit(f"no arm '{unknown[0]}'; there are: {', '.join(run.arm)}")
    return [run.arm.index(name) for name in names]


def unexpected(rows, path):
    """Lines about numbers outside their range; arms that were not run are left out."""
    found = {row[0]: dict(zip(COLUMNS, row[1:])) for row in rows}
    for line in rows_of(path):
        value = found.get(line["arm"], {}).get(line["column"])
        if value is not None and not float(line["low"]) <= value <= float(line["high"]):
            yield f"{line['arm']}: {line['column']} is {value:.4g}, expected {line['low']} to {line['high']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("folder")
    parser.add_argument("--out")
    parser.add_argument("--show")
    parser.add_argument("--expect")
    given = parser.parse_args()
    stem = given.out or given.results.removesuffix(".h5") + "_surge"
    run, observed = Arrivals(given.results), Observed(given.folder)
    daily = aligned(run, observed)
    rows = [row_of(name, daily[arm], observed) for arm, name in enumerate(run.arm)] + list(references(observed))
    write_csv(stem + ".csv", ["arm", *COLUMNS], rows)
    known = f"Observed: {people(observed.sum[-1])} people in {observed.last} days, half of them after {half_day(observed.daily()[None], observed):.0f}."
    header = ["arm", "runs", "error of the share by week", "days until half", "people", "observed / people"]
    write_markdown(stem + ".md", [known, (header, [as_text(row) for row in rows])])
    print(stem + ".csv", stem + ".md", picture(run, daily, observed, arms_shown(run, given.show), stem + ".png"), sep="\n")
    wrong = list(unexpected(rows, given.expect)) if given.expect else []
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
