# SPDX-License-Identifier: GPL-3.0-or-later
"""A results file as arrays. Every number of people in it stands for people, not for simulated persons."""
import datetime
import re
import sys

import h5py
import numpy as np

# Bits of place_kind and state_roles, numbers of link_mode: as flag_meanings says in the file.
TOWN, CAMP, IDP_CAMP, CONFLICT, MARKER, FORWARDING, CITY, RURAL, BORDER, EMBARKATION, DISEMBARKATION, RECEPTION, DETENTION = (1 << bit for bit in range(13))
ROAD, DESERT, RAIL, SEA, AIR = range(5)
ORIGIN, TRANSIT, DESTINATION = 1, 2, 4
SERIES = "present observed travelling movements entries deaths relative_difference relative_difference_rescaled".split()
SPLIT = {"cases": "stage", "placed": "placement", "waiting": "service", "cost": "item"}  # by what the tally is shown, summed over the rest


def texts(dataset):
    return [value.decode() if isinstance(value, bytes) else str(value) for value in dataset[()]]


def axis(dimension):
    """Name and labels of a dataset's dimension; numbers where it has no labels."""
    scale = dimension[0]
    return scale.name.rsplit("/", 1)[-1], texts(scale) if scale.dtype.kind == "O" else list(range(len(scale)))


def attribute(file, name, fallback=""):
    value = file.attrs.get(name, fallback)
    return value.decode() if isinstance(value, bytes) else value


class Results:
    def __init__(self, path):
        try:
            with h5py.File(path, "r") as file:
                self.read(file)
        except OSError as error:
            sys.exit(f"{path}: not a results file that can be read ({error})")
        except KeyError as error:
            sys.exit(f"{path}: not a results file of wayfare: {error}")

    def read(self, file):
        self.title = attribute(file, "title") or "a run"
        self.caption = caption(file)
        self.date = dates(file["time"])
        self.place = texts(file["place"])
        self.state_of, self.states = states(file)
        self.latitude, self.longitude = file["place_latitude"][()], file["place_longitude"][()]
        self.kind = file["place_kind"][()].astype(int)
        self.link_from, self.link_to = (file[n][()].astype(int) if n in file else np.zeros(0, int) for n in ("link_from", "link_to"))
        self.link_mode = file["link_mode"][()].astype(int) if "link_mode" in file else np.full(len(self.link_from), ROAD)
        self.roles = file["state_roles"][()].astype(int) if "state_roles" in file else np.zeros(len(self.states), int)
        for name in SERIES:
            setattr(self, name, clean(file[name]) if name in file else None)
        self.notes = notes(file)
        self.split = {name: split(file[name], wanted) for name, wanted in SPLIT.items() if name in file}
        self.present = clean(file["present"])
        if self.observed is None:
            self.observed = np.full(self.present.shape, np.nan)
        if self.movements is None:
            self.movements = np.zeros((len(self.present), len(self.link_from)))
        self.date_of_month, self.days_of_month, self.month, self.axes = [], [], {}, {}
        if "month" in file:
            self.read_months(file)
        self.mean = {name: float(file[name].attrs["mean_over_days"]) for name in SERIES if name in file and "mean_over_days" in file[name].attrs}

    def read_months(self, file):
        """Tallies kept by month: .month[name] is an array (months, axes...), .axes[name] the (name, labels) of those axes; .days_of_month: how many the run has"""
        self.date_of_month, self.days_of_month = dates(file["month"]), np.diff(file["month_bounds"][()].astype(int), axis=1)[:, 0]
        for name, data in file.items():
            if attribute(data, "cell_methods").startswith("month:"):
                self.month[name], self.axes[name] = clean(data), [axis(dimension) for dimension in list(data.dims)[1:]]

    @property
    def compared(self):
        """Places with observed data."""
        return np.flatnonzero(np.isfinite(self.observed).any(axis=0))

    @property
    def camps(self):
        return np.flatnonzero(self.kind & (CAMP | IDP_CAMP))


class Census:
    """People by month and facets. .facet: name -> labels; .code: name -> codes by row; .month (YYYYMM), .day, .people by row"""

    def __init__(self, group):
        self.fewest, self.scale = int(group["marked"].attrs["fewer_than"]), float(group.attrs["scale"])
        self.facet = {name: texts(group[name + "_label"]) for name in texts(group["facet"])}
        self.code = {name: group[name][()].astype(int) for name in self.facet}
        self.month, self.day, self.people = (group[name][()] for name in ("month", "day", "people"))

    def by(self, names, month=None):
        """Rows (month, label of each name, people, marked), in the order of months and codes; marked: fewer than 30 simulated persons"""
        wanted = np.full(len(self.month), True) if month is None else self.month == month
        key = self.month[wanted].astype(np.int64)
        for name in names:
            key = key * len(self.facet[name]) + self.code[name][wanted]
        cells, where = np.unique(key, return_inverse=True)
        for cell, count in zip(cells.tolist(), np.bincount(where, self.people[wanted], len(cells)).tolist()):
            labels = []
            for name in reversed(names):
                cell, code = divmod(cell, len(self.facet[name]))
                labels.insert(0, self.facet[name][code])
            yield (cell, *labels, count, round(count / self.scale) < self.fewest)


def census(path):
    """The census of a results file; ends the program where the file has none."""
    try:
        with h5py.File(path, "r") as file:
            return Census(file["census"])
    except OSError as error:
        sys.exit(f"{path}: not a results file that can be read ({error})")
    except KeyError:
        sys.exit(f"{path}: no census in it; the scenario asks for one with census = true")


def split(dataset, wanted):
    """Labels of one axis and values (time, axis), summed over the other axes"""
    axes = [axis(dimension) for dimension in list(dataset.dims)[1:]]
    place = [name for name, _ in axes].index(wanted)
    values = clean(dataset)
    others = tuple(i + 1 for i in range(len(axes)) if i != place)
    return axes[place][1], values.sum(axis=others)


def clean(dataset):
    """As floats, missing values as NaN."""
    values = dataset[()].astype(float)
    missing = dataset.attrs.get("_FillValue")
    return values if missing is None else np.where(values == np.asarray(missing).ravel()[0], np.nan, values)


def states(file):
    """Index of each place's state, and the states' names."""
    names = texts(file["state"]) if "state" in file else [""]
    return file["place_state"][()].astype(int), names


def dates(time):
    first = re.search(r"days since (\d{4})-(\d{2})-(\d{2})", attribute(time, "units"))
    if not first:
        return list(time[()])
    start = datetime.datetime(*map(int, first.groups()))
    return [start + datetime.timedelta(days=float(day)) for day in time[()]]


def notes(file):
    """Lines for captions: what the run's levers permit beyond the lawful."""
    legal = attribute(file, "legal", "none")
    return [f"In this run {legal}"] if legal not in ("", "none") else []


def caption(file):
    scale = float(file.attrs.get("scale", 1))
    stands = "one person simulated for each" if scale == 1 else f"one simulated person stands for {scale:g} people"
    return f"{attribute(file, 'source', 'wayfare')}, seed {int(file.attrs.get('seed', 0))}, {stands}"


def span(run):
    """The run's first and last day in words."""
    if not isinstance(run.date[0], datetime.datetime):
        return f"day {run.date[0]:g} to {run.date[-1]:g}"
    return " to ".join(f"{day:%-d %B %Y}" for day in (run.date[0], run.date[-1]))
