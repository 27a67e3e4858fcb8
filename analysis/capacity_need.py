#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What planners need by month: beds, caseworkers, guardians, interpreters, lawyers, for the demand in the middle and for that of one month in ten.
usage: capacity_need.py RESULTS_OR_STUDY.h5 [--arm NAME] [--week 7] [--from 2016-01] [--until 2016-12] [--out FOLDER]

Of a study every month has its draws and replicates (it must keep waiting, served and places_taken whole); of a single run a calendar month has the run's
years. Demand is what comes, not what was served:
  daily services  people who joined the queue: change of `waiting` + `served` (who gave up waiting is left out); per working day, / productivity = staff
  places          people who hold a place + people who wait for one, mean of the month's rows; / productivity = staff (lawyers, guardians) or beds
A year of the engine has no days off: productivity is per day of seven. --week 5: the scenario's productivity is per day from Monday to Friday.
Productivity is the scenario's, by state; what policies do to it is left out.

writes NAME_need.csv   month, state (and all together), service, kind, need_median, need_p90, has (the scenario's staff), productivity, people_median, people_p90
                       (a day, or at once), samples, few (yes: fewer than 10 simulated persons came, or 30 are there, at the median)
       NAME_need.md    the same for all states together, a table for each service
       NAME_need.png   need by month against what there is"""
import argparse
import math
import os
import sys

import h5py
import numpy as np

from results import attribute, axis, caption, clean, dates, notes, texts
from style import OBSERVED, SECOND, SIMULATED, date_axis, foot, from_zero, head, plt, save
from tables import month_dates, write_csv, write_markdown

QUEUES = ("waiting", "served", "places_taken")
QUANTILES = (0.5, 0.9)
FEW_EVENTS, FEW_PEOPLE = 10, 30
ALL = "all"
MONTHS = "January February March April May June July August September October November December".split()


def stop(path, why):
    sys.exit(f"{path}: {why}")


# Reading --------------------------------------------------------------------------------------------------------------
class Queues:
    """.waiting, .served, .taken: (run, row, service, state)"""

    def __init__(self, path, arm=None):
        self.path = path
        try:
            with h5py.File(path, "r") as file:
                self.read(file, arm)
        except OSError as error:
            stop(path, f"not a results file that can be read ({error})")
        except KeyError as error:
            stop(path, f"not a results file of wayfare: {error}")

    def read(self, file, arm):
        missing = [name for name in QUEUES if name not in file]
        if missing:
            stop(self.path, f"no {' and no '.join(missing)} by service and state in it: has the scenario services? A study keeps them with keep = " + str(QUEUES).replace("'", '"'))
        self.title, self.caption, self.notes = attribute(file, "title"), caption(file), notes(file)
        self.scale, self.study = float(file.attrs["scale"]), "arm" in file
        if self.study:
            self.arms = texts(file["arm"])
            self.arm = self.arms.index(arm) if arm in self.arms else 0
            if arm and arm not in self.arms:
                stop(self.path, f"no arm '{arm}'; there are: {', '.join(self.arms)}")
            legal = texts(file["arm_legal"])[self.arm] if "arm_legal" in file else "none"
            self.notes = [f"In this arm {legal}"] if legal != "none" else []
        self.service, self.state = texts(file["service"]), texts(file["state"])
        self.waiting, self.served, self.taken = (self.counts(file[name]) for name in QUEUES)
        self.bounds = file["time_bounds"][()].astype(int)
        self.date = dates(file["time"])
        self.read_services(file["provenance"])

    def counts(self, dataset):
        order = [axis(dimension)[0] for dimension in dataset.dims]
        if order[-2:] != ["service", "state"]:
            stop(self.path, f"{dataset.name.strip('/')} is by {', '.join(order)}, not by service and state; a study keeps it whole by its name alone")
        values = clean(dataset)
        if self.study:
            values = values[self.arm].reshape(-1, *values.shape[-3:])
            return values[np.isfinite(values).all(axis=(1, 2, 3))]
        return values[None]

    def read_services(self, group):
        """.places: whether of that kind, by service; .staff, .productivity: (service, state)"""
        given = dict(zip(texts(group["name"]), texts(group["value"])))
        self.places = np.array([given[f"service.{name}.kind"] == "places" for name in self.service])
        self.gives = [given[f"service.{name}.gives"] for name in self.service]
        self.staff, self.productivity = (np.array([[float(given.get(f"service.{name}.{what}@{state}", given[f"service.{name}.{what}"])) for state in self.state]
                                                   for name in self.service]) for what in ("staff", "productivity"))


# Need -----------------------------------------------------------------------------------------------------------------
def months_of(queues):
    """Number (year x 12 + month - 1) of each row's month, of its last day"""
    return np.array([date.year * 12 + date.month - 1 for date in queues.date])


def people_by_month(queues, week):
    """(month numbers, people (run, month, service, state)): who came on a working day, or the demand for places. Months that the run has in part count too."""
    month, days = months_of(queues), np.diff(queues.bounds, axis=1)[:, 0]
    came = np.diff(queues.waiting, axis=1, prepend=0) + queues.served
    demand = queues.waiting + queues.taken
    numbers = np.unique(month)
    shape = (came.shape[0], len(numbers), *came.shape[2:])
    people = np.empty(shape)
    for i, number in enumerate(numbers):
        rows = month == number
        people[:, i] = came[:, rows].sum(axis=1) / (days[rows].sum() * week / 7)
        people[:, i, queues.places] = demand[:, rows].mean(axis=1)[:, queues.places]
    return numbers, people


def samples_of(queues, numbers, people):
    """Labels of months and their samples, each (sample, service, state): runs of a study; years of a run"""
    if queues.study:
        return list(numbers), [people[:, i] for i in range(len(numbers))]
    calendar = sorted(set(int(number) % 12 for number in numbers))
    return calendar, [people[0, numbers % 12 == month] for month in calendar]


def staff_for(queues, people):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(people > 0, people / queues.productivity, 0)


def quantiles(sample):
    return np.quantile(sample, QUANTILES, axis=0)


class Need:
    """.people, .need: (quantile, month, service, state), the last state is all together"""

    def __init__(self, queues, months, samples):
        self.queues, self.months, self.samples = queues, months, [len(sample) for sample in samples]
        with_all = lambda values: np.concatenate([values, values.sum(axis=-1, keepdims=True)], axis=-1)  # noqa: E731
        self.people = np.stack([quantiles(with_all(sample)) for sample in samples], axis=1)
        self.need = np.stack([quantiles(with_all(staff_for(queues, sample))) for sample in samples], axis=1)
        used = self.people[1].max(axis=(0, 1)) > 0
        self.has = with_all(np.where(used[:-1], queues.staff, 0))
        self.state = [*queues.state, ALL]
        several = used[:-1].sum() > 1
        self.shown = [s for s in range(len(self.state)) if used[s] and (several or s < len(queues.state))]
        self.total = len(queues.state) if several else (self.shown or [0])[0]

    def days(self, month, week):
        """Working days of a month, of February without the leap day"""
        return (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month % 12] * week / 7

    def is_few(self, month, service, state, week):
        places = self.queues.places[service]
        persons = self.people[0, month, service, state] / self.queues.scale * (1 if places else self.days(self.months[month], week))
        return persons < (FEW_PEOPLE if places else FEW_EVENTS)

    def label(self, month):
        number = self.months[month]
        return f"{number // 12:04d}-{number % 12 + 1:02d}" if self.queues.study else MONTHS[number]

    def productivity(self, service, state):
        """Of all states together what it comes to."""
        if state < len(self.queues.state):
            return self.queues.productivity[service, state]
        people, need = self.people[0, :, service, state].sum(), self.need[0, :, service, state].sum()
        return people / need if need > 0 else math.nan


# Tables ---------------------------------------------------------------------------------------------------------------
HEADER = ["month", "state", "service", "kind", "need_median", "need_p90", "has", "productivity", "people_median", "people_p90", "samples", "few"]


def kind_of(queues, service):
    return "daily" if not queues.places[service] else queues.gives[service] if queues.gives[service] != "nothing" else "places"


def rows_of(need, week):
    queues = need.queues
    for month in range(len(need.months)):
        for state in need.shown:
            for service, name in enumerate(queues.service):
                numbers = [round(float(value), 1) for value in (*need.need[:, month, service, state], need.has[service, state])]
                people = [round(float(value), 2) for value in need.people[:, month, service, state]]
                yield [need.label(month), need.state[state], name, kind_of(queues, service), *numbers, round(float(need.productivity(service, state)), 4), *people,
                       need.samples[month], "yes" if need.is_few(month, service, state, week) else "no"]


def pieces_of(need, week):
    queues = need.queues
    what = f"{max(need.samples)} runs of the arm “{queues.arms[queues.arm]}”" if queues.study else f"{max(need.samples)} years of one run"
    yield f"# {queues.title}: what is needed by month"
    yield f"{queues.caption}. {what}; median, and what nine in ten stay below. Numbers are staff, or places where a service gives places.{''.join(f' {note}.' for note in queues.notes)}"
    if max(need.samples) < 2:
        yield "**One sample only: the median and the ninth tenth are the same number.**"
    state = need.total
    for service, name in enumerate(queues.service):
        rows = [[need.label(m), *np.ceil(need.need[:, m, service, state] - 1e-9).tolist(), float(need.has[service, state]), "few" if need.is_few(m, service, state, week) else ""]
                for m in range(len(need.months))]
        yield f"## {name} ({kind_of(queues, service)})"
        yield ["month", "median", "9 in 10", "has", ""], rows


# Picture --------------------------------------------------------------------------------------------------------------
def panel(axes, need, service):
    queues, state = need.queues, need.total
    x = month_dates(need.months) if queues.study else [month + 1 for month in need.months]
    middle, high = need.need[:, :, service, state]
    axes.fill_between(x, middle, high, color=SIMULATED, alpha=0.2, linewidth=0)
    axes.plot(x, high, color=SIMULATED, linewidth=0.8, label="9 in 10")
    axes.plot(x, middle, color=SIMULATED, label="median")
    axes.axhline(need.has[service, state], color=OBSERVED, linestyle=(0, (3, 1.6)), linewidth=1.2, label="there is")
    short = middle > need.has[service, state]
    axes.plot(np.array(x)[short], middle[short], ".", color=SECOND, label="median above what there is")
    axes.set_title(f"{queues.service[service].replace('_', ' ')} ({kind_of(queues, service)})", fontsize=8.5)
    from_zero(axes)
    if queues.study:
        date_axis(axes)
    else:
        axes.set_xticks([1, 4, 7, 10], ["Jan", "Apr", "Jul", "Oct"])


def plot(need, path):
    queues = need.queues
    columns = min(3, len(queues.service))
    rows = -(-len(queues.service) // columns)
    size = (max(2.9 * columns + 0.3, 6.4), 1.85 * rows + 1.4)
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for service, axes in enumerate(panels.flat):
        if service < len(queues.service):
            panel(axes, need, service)
        else:
            axes.set_visible(False)
    head(figure, queues.title, f"Staff or places needed, by {'month' if queues.study else 'calendar month'}")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, ncol=4, loc="upper left", bbox_to_anchor=(0.1 / size[0], 1 - 0.62 / size[1]), borderaxespad=0)
    foot(figure, *queues.notes, queues.caption)
    below = 0.5 + 0.15 * len(queues.notes)
    figure.subplots_adjust(left=0.65 / size[0], right=1 - 0.2 / size[0], top=1 - 1.2 / size[1], bottom=below / size[1], hspace=0.6, wspace=0.35)
    return save(figure, path)


# Command --------------------------------------------------------------------------------------------------------------
def month_number(text, option):
    try:
        year, month = (int(part) for part in text.split("-"))
        assert 1 <= month <= 12
    except (ValueError, AssertionError):
        sys.exit(f"{option}: expected a month as 2016-01, found '{text}'")
    return year * 12 + month - 1


def need_of(queues, week, first=None, last=None):
    numbers, people = people_by_month(queues, week)
    wanted = (numbers >= (numbers[0] if first is None else first)) & (numbers <= (numbers[-1] if last is None else last))
    if not wanted.any() or not len(people):
        stop(queues.path, "no months, or no runs, to look at")
    return Need(queues, *samples_of(queues, numbers[wanted], people[:, wanted]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--arm", help="of a study (default: the first)")
    parser.add_argument("--week", type=float, default=7, help="days a week on which staff work as the scenario's productivity says (default 7)")
    parser.add_argument("--from", dest="first", metavar="MONTH")
    parser.add_argument("--until", dest="last", metavar="MONTH")
    parser.add_argument("--out", help="folder (default: beside the results)")
    given = parser.parse_args()
    if not 0 < given.week <= 7:
        sys.exit(f"--week: expected more than 0 and at most 7, found {given.week:g}")
    first, last = (month_number(text, option) if text else None for text, option in ((given.first, "--from"), (given.last, "--until")))
    need = need_of(Queues(given.results, given.arm), given.week, first, last)
    folder = given.out if given.out else os.path.dirname(given.results)
    os.makedirs(folder or ".", exist_ok=True)
    stem = os.path.join(folder, os.path.splitext(os.path.basename(given.results))[0]) + "_need"
    print(write_csv(stem + ".csv", HEADER, rows_of(need, given.week)))
    write_markdown(stem + ".md", pieces_of(need, given.week))
    print(stem + ".md")
    print(plot(need, stem + ".png"))


if __name__ == "__main__":
    main()
