# SPDX-License-Identifier: GPL-3.0-or-later
"""Monthly series of a study and what is known of them: which cells of which tallies make a series, and the observed numbers.

A specification is a TOML file; paths in it are seen from its own folder. Months are 2014-01, periods also 2014, 2014H1, 2014Q3.

    targets   = "data/targets.csv"        # columns period, series, observed, and where there is a range low, high
    fit       = ["2014-01", "2016-12"]    # months that fit.py may use
    effective = 50                        # of draws: tolerances are widened together until there are as many
    show      = ["sea.wreck", ...]        # parameters of the correlation matrix; without it all

    [series.arrivals]                     # people by month
    label    = "arrivals, central route"
    tally    = "crossings"                # kept by the study, with the axes named here
    link     = { basin = 0, to_state = ["Italy", "Malta"] }   # of the axes place, link, state: name, from, to, from_state, to_state, state, or
    outcome  = ["arrived", "rescued"]     #   any further column of the map's tables; of other axes: labels. An axis that is not named is summed over
    reported = 0.9                        # share of it that is counted, or the name of a parameter; without it 1
    events   = true                       # cells of under 10 are too few to be told apart, else of under 30 simulated persons
    # instead of a tally: sum = ["series", ...]

    [[distance]]                          # what a draw is judged by (fit.py)
    series    = "arrivals"
    by        = "month"                   # month, quarter, half, year
    measure   = "log"                     # root mean square of log(simulated / observed); or "nrmse": of the difference, over the observed mean
    tolerance = 0.2                       # of that measure; inside a range of the observed the difference is 0
    kernel    = "normal"                  # or "student": a large distance is not held against a draw much more than a middling one
    offset    = 10                        # log: added to both; without it 1 % of the observed mean

    [[regime]]                            # periods whose ratios score.py compares
    name = "Mare Nostrum"
    from = "2014-01"
    until = "2014-10"                     # last month

    [ratio.deaths_per_attempt]
    label   = "deaths per attempt"
    of      = ["deaths"]
    per     = ["arrivals", "interceptions", "deaths"]
    without = ["2015-04"]                 # given with and without these months

    [forecast]                            # forecast.py
    from  = "2017-01"
    until = "2019-11"
    [forecast.route.central]              # columns of forecast.csv
    arrivals = "arrivals"
"""
import csv
import datetime
import difflib
import os
import re
import sys
import tomllib
from dataclasses import dataclass, field

import h5py
import numpy as np

from results import attribute, dates, texts

LENGTH = {"month": 1, "quarter": 3, "half": 6, "year": 12}
MAP = ("place", "link", "state")


def near(name, names):
    found = difflib.get_close_matches(name, list(names), 1)
    return f" (did you mean '{found[0]}'?)" if found else ""


def stop(path, what):
    sys.exit(f"{path}: {what}")


# Months and periods ---------------------------------------------------------------------------------------------------
def month(text):
    """'2014-03' as a number; ValueError where it is none."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    if not found:
        raise ValueError(f"expected a month as 2014-03, found '{text}'")
    return 12 * int(found[1]) + int(found[2]) - 1


def month_text(number):
    return f"{number // 12}-{number % 12 + 1:02d}"


def year_of(number):
    return number // 12


def period(text):
    """First month and length of '2014-03', '2014Q2', '2014H1' or '2014'."""
    found = re.fullmatch(r"(\d{4})(?:([QH])(\d))?", text)
    if not found:
        return month(text), 1
    length = {"Q": 3, "H": 6, None: 12}[found[2]]
    part = int(found[3] or 1)
    if not 1 <= part <= 12 // length:
        raise ValueError(f"expected a period as 2014-03, 2014Q2, 2014H1 or 2014, found '{text}'")
    return 12 * int(found[1]) + (part - 1) * length, length


def period_text(first, length):
    part = first % 12 // length + 1
    return {1: month_text(first), 3: f"{first // 12}Q{part}", 6: f"{first // 12}H{part}", 12: str(first // 12)}[length]


# The specification ----------------------------------------------------------------------------------------------------
@dataclass
class Series:
    name: str
    label: str = ""
    tally: str = ""
    select: dict = field(default_factory=dict)
    sum: list = field(default_factory=list)
    reported: object = 1.0
    events: bool = False


@dataclass
class Distance:
    series: str
    by: str
    measure: str
    tolerance: float
    kernel: str
    offset: object


@dataclass
class Target:
    """Of one period; low and high are the observed number itself where no range is known."""

    first: int
    length: int
    observed: float
    low: float
    high: float

    @property
    def name(self):
        return period_text(self.first, self.length)

    @property
    def ranged(self):
        return self.low < self.high


class Spec:
    def __init__(self, path):
        self.path = path
        try:
            with open(path, "rb") as file:
                self.table = tomllib.load(file)
        except OSError as error:
            sys.exit(f"{path}: cannot be read ({error.strerror})")
        except tomllib.TOMLDecodeError as error:
            stop(path, error)
        self.check(self.table, "", ("title", "targets", "fit", "effective", "show", "series", "distance", "regime", "ratio", "forecast"))
        self.title = self.table.get("title", "")
        self.effective, self.show = float(self.table.get("effective", 1)), self.table.get("show")
        self.series = {name: self.read_series(name, value) for name, value in self.need(self.table, "", "series", dict).items()}
        for series in self.series.values():
            self.known(series.sum, f"series.{series.name}.sum")
        self.distances = [self.read_distance(i, value) for i, value in enumerate(self.table.get("distance", []), 1)]
        self.targets = self.read_targets()
        first, last = (self.month_of(text, "fit") for text in self.table.get("fit", ["0000-01", "9999-12"]))
        self.fit = (first, last)
        self.regimes = [self.read_regime(value) for value in self.table.get("regime", [])]
        self.ratios = {name: self.read_ratio(name, value) for name, value in self.table.get("ratio", {}).items()}
        self.read_forecast(self.table.get("forecast", {}))

    # Checks
    def check(self, table, where, keys):
        for key in table:
            if key not in keys:
                stop(self.path, f"{where + '.' if where else ''}{key}: unknown setting{near(key, keys)}")

    def need(self, table, where, key, kind):
        if not isinstance(table.get(key), kind):
            stop(self.path, f"{where + '.' if where else ''}{key}: {'is missing' if key not in table else 'is of the wrong kind'}")
        return table[key]

    def word(self, table, where, key, words, fallback):
        word = table.get(key, fallback)
        if word not in words:
            stop(self.path, f"{where}.{key}: expected one of {', '.join(words)}, found '{word}'")
        return word

    def known(self, names, where):
        for name in names:
            if name not in self.series:
                stop(self.path, f"{where}: no series '{name}'{near(name, self.series)}")
        return names

    def month_of(self, text, where):
        try:
            return month(str(text))
        except ValueError as error:
            stop(self.path, f"{where}: {error}")

    # Parts
    def read_series(self, name, table):
        where = f"series.{name}"
        plain = ("label", "reported", "events", "sum", "tally")
        if ("tally" in table) == ("sum" in table):
            stop(self.path, f"{where}: expected either tally or sum")
        if "sum" in table:
            self.check(table, where, plain)
        select = {axis: value for axis, value in table.items() if axis not in plain}
        label, reported = table.get("label", name.replace("_", " ")), table.get("reported", 1.0)
        return Series(name, label, table.get("tally", ""), select, table.get("sum", []), reported, bool(table.get("events")))

    def read_distance(self, number, table):
        where = f"distance {number}"
        self.check(table, where, ("series", "by", "measure", "tolerance", "kernel", "offset"))
        series = self.known([self.need(table, where, "series", str)], where)[0]
        tolerance = float(self.need(table, where, "tolerance", (int, float)))
        if tolerance <= 0:
            stop(self.path, f"{where}.tolerance: expected a number above 0, found {tolerance:g}")
        by = self.word(table, where, "by", LENGTH, "month")
        measure = self.word(table, where, "measure", ("log", "nrmse"), "log")
        return Distance(series, by, measure, tolerance, self.word(table, where, "kernel", ("normal", "student"), "normal"), table.get("offset"))

    def read_regime(self, table):
        name = self.need(table, "regime", "name", str)
        self.check(table, f"regime '{name}'", ("name", "from", "until"))
        return name, *(self.month_of(self.need(table, f"regime '{name}'", key, str), f"regime '{name}'.{key}") for key in ("from", "until"))

    def read_ratio(self, name, table):
        where = f"ratio.{name}"
        self.check(table, where, ("label", "of", "per", "without"))
        of, per = (self.known(self.need(table, where, key, list), f"{where}.{key}") for key in ("of", "per"))
        return table.get("label", name.replace("_", " ")), of, per, [self.month_of(text, f"{where}.without") for text in table.get("without", [])]

    def read_forecast(self, table):
        self.check(table, "forecast", ("from", "until", "route"))
        self.forecast = tuple(self.month_of(table[key], f"forecast.{key}") if key in table else None for key in ("from", "until"))
        self.routes = table.get("route", {})
        for route, columns in self.routes.items():
            self.known(columns.values(), f"forecast.route.{route}")

    def read_targets(self):
        """series -> targets in order of time"""
        targets = {name: [] for name in self.series}
        path = os.path.join(os.path.dirname(self.path), self.need(self.table, "", "targets", str))
        try:
            with open(path, newline="", encoding="utf-8") as file:
                rows = csv.DictReader(line for line in file if not line.startswith("#"))
                for number, row in enumerate(rows, 1):
                    self.add_target(targets, path, number, row)
        except OSError as error:
            sys.exit(f"{path}: cannot be read ({error.strerror})")
        for values in targets.values():
            values.sort(key=lambda target: (target.first, target.length))
        return targets

    def add_target(self, targets, path, number, row):
        try:
            name = row["series"]
            if name not in targets:
                return  # a table may hold more than one scenario uses
            first, length = period((row.get("period") or row.get("month") or "").strip())
            low, high, observed = (float(row[key]) if (row.get(key) or "").strip() else None for key in ("low", "high", "observed"))
        except (KeyError, ValueError) as error:
            stop(path, f"row {number}: {error}")
        if observed is None and (low is None or high is None):
            return  # nothing is known
        observed = (low + high) / 2 if observed is None else observed
        target = Target(first, length, observed, observed if low is None else low, observed if high is None else high)
        if not target.low <= observed <= target.high or target.low < 0:
            stop(path, f"row {number}: expected 0 <= low <= observed <= high")
        if any((other.first, other.length) == (first, length) for other in targets[name]):
            stop(path, f"row {number}: {target.name} of '{name}' is there already")
        targets[name].append(target)

    # Observed numbers
    def observed(self, name, by):
        """Targets of this length; where none is given, sums of whole months."""
        length = LENGTH[by]
        months = {target.first: target for target in self.targets[name] if target.length == 1}
        found = {target.first: target for target in self.targets[name] if target.length == length}
        for first in {m // length * length for m in months}:
            parts = [months.get(m) for m in range(first, first + length)]
            if first not in found and all(parts):
                found[first] = Target(first, length, *(sum(getattr(part, key) for part in parts) for key in ("observed", "low", "high")))
        return [found[first] for first in sorted(found)]

    def single_months(self, name, span=(-1, 10**6)):
        """month -> number, of months that were observed one by one"""
        return {t.first: t.observed for t in self.targets[name] if t.length == 1 and span[0] <= t.first <= span[1]}

    def monthly(self, name):
        """month -> target; where only longer periods are known (the shortest first), their shares by month, evenly"""
        found = {}
        for target in sorted(self.targets[name], key=lambda target: target.length):
            months = range(target.first, target.first + target.length)
            free, taken = [m for m in months if m not in found], [found[m] for m in months if m in found]
            rest = [max(getattr(target, key) - sum(getattr(t, key) for t in taken), 0) for key in ("observed", "low", "high")]
            for m in free:
                found[m] = Target(m, 1, *(value / len(free) for value in rest))
        return found

    def spread(self, name, first, last):
        """Are some of these months known by longer periods only?"""
        own = {target.first for target in self.targets[name] if target.length == 1}
        return any(m not in own for m in range(first, last + 1))


# The study ------------------------------------------------------------------------------------------------------------
class Study:
    def __init__(self, path):
        try:
            self.path, self.file = path, h5py.File(path, "r")
            self.read(self.file)
        except OSError as error:
            sys.exit(f"{path}: not a results file that can be read ({error})")
        except KeyError as error:
            sys.exit(f"{path}: not the results of a study: {error}")

    def read(self, file):
        self.title, self.scale, self.cache = attribute(file, "title"), float(file.attrs["scale"]), {}
        self.arm = texts(file["arm"])
        self.draws, self.replicates = len(file["draw"]), len(file["replicate"])
        self.design = attribute(file, "design")
        self.failed = file["run_status"][()].astype(bool)
        self.months = self.read_months(file)
        names = texts(file["parameter"]) if "parameter" in file else []
        self.value = {name: file["parameter_value"][:, i] for i, name in enumerate(names)}
        self.prior = {name: self.read_prior(file, i) for i, name in enumerate(names)}
        seeds = f"{self.replicates} seed{'s' if self.replicates > 1 else ''} each"
        self.caption = f"{attribute(file, 'source')}, {self.draws} draws of parameters, {seeds}, one simulated person for {self.scale:g} people"

    @staticmethod
    def read_prior(file, i):
        """distribution, low, high, mode, whole numbers only"""
        value = file["parameter_value"][:, i]
        low, high = file["parameter_low"][i], file["parameter_high"][i]
        low, high = low if np.isfinite(low) else value.min(), high if np.isfinite(high) else value.max()
        return texts(file["parameter_distribution"])[i], low, high, file["parameter_mode"][i], bool(file["parameter_whole"][i])

    def read_months(self, file):
        """month -> row; parts of months at the ends of the run are left out"""
        start = dates(file["time"])[0].toordinal() - int(file["time"][0])
        months = {}
        for row, (begin, end) in enumerate(file["time_bounds"][()].astype(int) + start):
            day, after = datetime.date.fromordinal(begin), datetime.date.fromordinal(end)
            if day.day == after.day == 1 and end - begin <= 31:
                months[12 * day.year + day.month - 1] = row
        if not months:
            stop(self.path, 'no row of time is a whole month; the study needs every = "month"')
        return months

    def arm_number(self, name):
        if name is None:
            return 0
        if name not in self.arm:
            stop(self.path, f"no arm '{name}'{near(name, self.arm)}; there are: {', '.join(self.arm)}")
        return self.arm.index(name)

    # Choosing cells
    def labels(self, axis):
        if axis == "link":
            return texts(self.file["link_name"])
        return texts(self.file[axis]) if axis in self.file and self.file[axis].dtype.kind == "O" else None

    def column(self, axis, key):
        """What places, links or states are chosen by."""
        file = self.file
        if key == "name":
            return self.labels(axis)
        if axis == "place" and key == "state" or axis == "link" and key in ("from_state", "to_state"):
            state = texts(file["state"])
            places = file["place_state"][()] if axis == "place" else file["place_state"][()][file["link_" + key[:-6]][()]]
            return [state[i] for i in places]
        if axis == "link" and key in ("from", "to"):
            place = texts(file["place"])
            return [place[i] for i in file["link_" + key][()]]
        name = f"{axis}_{key}"
        if name not in file or file[name].shape != (len(file[axis]),):
            columns = [n[len(axis) + 1:] for n in file if n.startswith(axis + "_")] + ["name", "state", "from", "to", "from_state", "to_state"]
            raise ValueError(f"no column '{key}' of {axis}s{near(key, columns)}")
        return file[name][()].tolist()

    @staticmethod
    def among(column, wanted, what):
        wanted = wanted if isinstance(wanted, list) else [wanted]
        for value in wanted:
            if isinstance(value, str) and value not in column:
                raise ValueError(f"no {what} '{value}'{near(value, [str(c) for c in set(column)])}")
        return np.array([value in wanted for value in column])

    def mask(self, axis, size, wanted):
        if axis not in MAP:
            labels = self.labels(axis) or list(range(size))
            return self.among(labels, wanted, axis)
        chosen = np.full(size, True)
        for key, value in (wanted if isinstance(wanted, dict) else {"name": wanted}).items():
            chosen &= self.among(self.column(axis, key), value, f"{axis} with {key}")
        if not chosen.any():
            raise ValueError(f"no {axis} is chosen by {wanted}")
        return chosen

    def cells(self, spec, series):
        """The tally's dataset and one mask for each of its axes."""
        where = f"series.{series.name}"
        total = f"total_{series.tally}"
        if series.tally not in self.file and (series.select or total not in self.file):
            kept = [name[6:] for name in self.file if name.startswith("total_")]
            how = "" if total not in self.file else "; the study keeps its total only, and could name it in keep"
            stop(spec.path, f"{where}: {self.path} does not keep the tally '{series.tally}'{how or near(series.tally, kept)}")
        data = self.file[series.tally if series.select else total if total in self.file else series.tally]
        axes = [data.dims[i][0].name.rsplit("/", 1)[-1] for i in range(4, data.ndim)]
        for axis in series.select:
            if axis not in axes:
                stop(spec.path, f"{where}.{axis}: '{series.tally}' is kept by {', '.join(axes) or 'time'}{near(axis, axes)}")
        try:
            return data, [self.mask(axis, size, series.select[axis]) if axis in series.select else np.full(size, True) for axis, size in zip(axes, data.shape[4:])]
        except ValueError as error:
            stop(spec.path, f"{where}: {error}")

    def raw(self, spec, series, arm):
        """(draw, replicate, row of time) in people, as they happened"""
        key = (series.tally, repr(series.select), arm)
        if key not in self.cache:
            self.cache[key] = self.sums(*self.cells(spec, series), arm)
        return self.cache[key]

    def sums(self, data, masks, arm):
        """Over the chosen cells, draw by draw: all of them at once may not fit."""
        values = np.empty((self.draws, self.replicates, data.shape[3]))
        for draw in range(self.draws):
            block = data[arm, draw].astype(float)
            for mask in reversed(masks):
                block = block[..., mask].sum(axis=-1)  # the last axis is gone; the next mask is for the one before it
            values[draw] = block
        values[self.failed[arm]] = np.nan
        return values

    def reported(self, spec, series):
        """By draw."""
        if isinstance(series.reported, str):
            if series.reported not in self.value:
                stop(spec.path, f"series.{series.name}.reported: {self.path} draws no parameter '{series.reported}'{near(series.reported, self.value)}")
            return np.nan_to_num(self.value[series.reported], nan=1.0)
        return np.full(self.draws, float(series.reported))

    def series(self, spec, name, arm=0):
        """(draw, replicate, row of time) in people, as they are counted"""
        series = spec.series[name]
        values = sum(self.series(spec, part, arm) for part in series.sum) if series.sum else self.raw(spec, series, arm)
        return values * self.reported(spec, series)[:, None, None]

    def rows(self, first, last):
        """Rows of time of these months; None where the run does not have them all."""
        rows = [self.months.get(m) for m in range(first, last + 1)]
        return None if None in rows else rows

    def stands_for(self, spec, name):
        """How many one count of a series stands for: things, such as vessels, are counted as they are."""
        series = spec.series[name]
        if series.sum:
            return max(self.stands_for(spec, part) for part in series.sum)
        return 1 if "things" in self.cells(spec, series)[0].attrs else self.scale

    def fewest(self, spec, name):
        """People, or things, below which a number is marked."""
        return self.stands_for(spec, name) * (10 if spec.series[name].events else 30)


def read_weights(path, draws):
    """Of a table with columns draw (from 0) and weight."""
    if path is None:
        return np.full(draws, 1 / draws)
    weight = np.zeros(draws)
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                weight[int(row["draw"])] = float(row["weight"])
    except OSError as error:
        sys.exit(f"{path}: cannot be read ({error.strerror})")
    except (KeyError, ValueError, IndexError) as error:
        sys.exit(f"{path}: expected columns draw and weight, for {draws} draws ({error})")
    if not weight.sum() > 0 or weight.min() < 0:
        sys.exit(f"{path}: weights must not be below 0, and not all 0")
    return weight / weight.sum()


def runs_of(values, weight, replicates):
    """Runs that did not fail, with their weights; values: (draw x replicate, month)."""
    weights = np.repeat(weight / replicates, replicates)
    good = np.isfinite(values).all(axis=1) & (weights > 0)
    return values[good], weights[good] / weights[good].sum()
