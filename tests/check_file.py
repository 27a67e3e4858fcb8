#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a results file with everything that should open it and holds it against what the run said day by day.
usage: tests/check_file.py RESULTS.h5 OUT.csv EXPECTED.csv EVERY SCALE     exit status 0 agreed, 1 not, 77 modules are missing
EXPECTED.csv: name,day,cell,value of every tally cell, indicator, observed number and event column, written by the test."""
import collections
import csv
import datetime
import math
import shutil
import subprocess
import sys
import tempfile

try:
    import h5netcdf  # noqa: F401
    import h5py
    import netCDF4
    import numpy as np
    import xarray as xr
except ImportError as missing:
    print(missing)
    sys.exit(77)

START = datetime.date(2016, 2, 27)
PLACES = ["Town", "Zuérat", "Camp", "Far camp"]
LINKS = ["Town>Zuérat", "Zuérat>Town", "Zuérat>Camp", "Zuérat>Far camp", "Camp>Zuérat", "Far camp>Zuérat"]
SHAPES = {
    "present": ("place",), "travelling": ("link",), "movements": ("link",), "entries": ("place",), "deaths": ("place",),
    "reached": ("place", "how"), "reached_by_weekday": ("weekday",), "rafts": ("link",),
}
BY_MONTH = {"reached_by_group": ("place", "how", "weekday"), "walkers": (), "rafts_by_month": ("link",)}
POINTS = {"present", "travelling", "walkers"}
THINGS = {"rafts", "rafts_by_month"}
SIZES = {"place": 4, "link": 6, "how": 2, "weekday": 7, "state": 2, "bound": 2}
wrong = []


def check(right, what):
    if not right:
        wrong.append(what)


def same(found, wanted, what):
    check(np.array_equal(np.asarray(found), np.asarray(wanted)), f"{what}: {found} where {wanted} was expected")


def close(found, wanted, what):
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    check(found.shape == wanted.shape and np.allclose(found, wanted, rtol=1e-12, atol=1e-12, equal_nan=True), f"{what}: {found} where {wanted} was expected")


def read_expected(path):
    """name -> day -> cell -> value"""
    table = collections.defaultdict(lambda: collections.defaultdict(dict))
    with open(path, encoding="utf-8") as file:
        for name, day, cell, value in csv.reader(file):
            table[name][int(day)][int(cell)] = float(value) if name != "person" else int(value)
    return table


def daily(table, name, days):
    """days x cells"""
    return np.array([[table[name][day][cell] for cell in sorted(table[name][day])] for day in range(days)])


def row_days(days, every):
    return [day for day in range(days) if (day + 1) % every == 0 or day + 1 == days]


def month_days(days):
    """The last day of each month, and of the run."""
    return [day for day in range(days) if (START + datetime.timedelta(day + 1)).day == 1 or day + 1 == days]


def in_rows(values, rows, point):
    if point:
        return values[rows]
    first = [0] + [row + 1 for row in rows[:-1]]
    return np.array([values[a : b + 1].sum(axis=0) for a, b in zip(first, rows)])


def differences(table, days, scale):
    """SPEC: sum |y - d| / max(sum d, 1) over places with data, plain and rescaled."""
    plain, rescaled = [], []
    for day in range(days):
        observed = table["observed"][day]
        d = np.array([observed[place] for place in sorted(observed)])
        y = np.array([table["present"][day][place] * scale for place in sorted(observed)])
        plain.append(np.abs(y - d).sum() / max(d.sum(), 1))
        y = y * d.sum() / y.sum() if y.sum() > 0 else 0 * y
        rescaled.append(np.abs(y - d).sum() / max(d.sum(), 1))
    return np.array(plain), np.array(rescaled)


def check_root(data, engine, table, days, every, scale):
    rows = row_days(days, every)
    for name, size in SIZES.items():
        same(data.sizes[name], size, f"{engine}: length of {name}")
    same(data.sizes["time"], len(rows), f"{engine}: rows")
    same(data.time.values.astype("datetime64[D]"), [np.datetime64(START) + day for day in rows], f"{engine}: time")
    bounds = data.time_bounds.values.astype("datetime64[D]")
    same(bounds[1:, 0], bounds[:-1, 1], f"{engine}: bounds without gaps")
    same([bounds[0, 0], bounds[-1, 1]], [np.datetime64(START), np.datetime64(START) + days], f"{engine}: outer bounds")
    same(data.place.values, PLACES, f"{engine}: places")
    same(data.link_name.values, LINKS, f"{engine}: links")
    same(data.state.values, ["Home", "Abroad"], f"{engine}: states")
    same(data.how.values, ["first time", "again"], f"{engine}: labels")
    same(data.place_state.values, [0, 1, 1, 1], f"{engine}: state of a place")
    same(data.place_kind.values, [9, 1, 2, 2], f"{engine}: kinds as on the first day")
    same(data.place_latitude.values, [12.5, 22.75, 15, 16], f"{engine}: latitude")
    same(data.place_capacity.values, [0, 0, 500, 0], f"{engine}: capacity")
    same(data.link_km.values, [250, 250, 90, 120, 90, 120], f"{engine}: km")
    same([data.place.values[i] + ">" + data.place.values[j] for i, j in zip(data.link_from.values, data.link_to.values)], LINKS, f"{engine}: ends of links")
    for name, axes in SHAPES.items():
        check_tally(data[name], ("time", *axes), engine, in_rows(daily(table, name, days), rows, name in POINTS), scale)
    check_months(data, engine, table, days, scale)
    for name in ("mean_stay", "reached_ever"):
        same(data[name].dtype, np.float64, f"{engine}: {name} is a number")
        close(data[name].values, daily(table, name, days)[rows, 0], f"{engine}: {name}")
    same(data.mean_stay.attrs["units"], "day", f"{engine}: units of mean_stay")
    check_observed(data, engine, table, days, rows, scale)


def check_months(data, engine, table, days, scale):
    rows = month_days(days)
    first = [0] + [row + 1 for row in rows[:-1]]
    same(data.month.values.astype("datetime64[D]"), [np.datetime64(START) + day for day in rows], f"{engine}: month")
    bounds = [[np.datetime64(START) + a, np.datetime64(START) + b + 1] for a, b in zip(first, rows)]
    same(data.month_bounds.values.astype("datetime64[D]"), bounds, f"{engine}: bounds of months")
    for name, axes in BY_MONTH.items():
        check_tally(data[name], ("month", *axes), engine, in_rows(daily(table, name, days), rows, name in POINTS), scale)
    same(data.reached_by_group.sel(month="2016-03").sizes["month"], 1, f"{engine}: a month by its name")
    close(data.reached_by_group.sum("weekday").sum("month"), daily(table, "reached", days).sum(axis=0).reshape(4, 2) * scale, f"{engine}: sum over months")


def check_tally(variable, axes, engine, wanted, scale):
    name = variable.name
    wanted = wanted if name in THINGS else wanted * scale
    same(variable.dims, axes, f"{engine}: dimensions of {name}")
    same(variable.dtype, np.int64 if scale == int(scale) else np.float64, f"{engine}: type of {name}")
    close(variable.values.reshape(wanted.shape), wanted, f"{engine}: {name}")
    check(wanted.sum() > 10, f"too few {name} to check")
    same(variable.attrs["units"], "rafts" if name in THINGS else "people", f"{engine}: units of {name}")
    same(variable.attrs.get("things", 0), name in THINGS, f"{engine}: things of {name}")
    same(variable.attrs["cell_methods"], f"{axes[0]}: {'point' if name in POINTS else 'sum'}", f"{engine}: cell methods of {name}")
    check(variable.attrs.get("long_name"), f"{engine}: {name} has no long name")


def check_observed(data, engine, table, days, rows, scale):
    wanted = np.full((len(rows), len(PLACES)), np.nan)
    for i, day in enumerate(rows):
        for place, value in table["observed"][day].items():
            wanted[i, place] = value
    close(data.observed.values, wanted, f"{engine}: observed")
    for name, values in zip(("relative_difference", "relative_difference_rescaled"), differences(table, days, scale)):
        close(data[name].values, values[rows], f"{engine}: {name}")
        close(data[name].attrs["mean_over_days"], values.mean(), f"{engine}: mean of {name}")


def check_attributes(data, engine, days, scale):
    wanted = {"Conventions": "CF-1.8", "title": "A walk, to be written down", "seed": 5, "legal": "none", "scale": scale, "days": days, "start": "2016-02-27"}
    for name, value in wanted.items():
        same(data.attrs[name], value, f"{engine}: attribute {name}")
    check(data.attrs["source"].startswith("wayfare "), f"{engine}: source")


def check_events(path, engine, table):
    data = xr.open_dataset(path, engine=engine, group="events")
    wanted = {name: [table[name][0][i] for i in range(len(table[name][0]))] for name in ("person", "day", "kind", "place", "on_link", "value")}
    check(len(wanted["person"]) > 100, "too few events to check")
    check(len(set(wanted["value"])) > 3 and max(wanted["value"]) > 60000, "too few values of events to check")
    same(data.sizes["event"], len(wanted["person"]), f"{engine}: events")
    for name, dtype in (("person", np.uint64), ("kind", np.uint8), ("place", np.uint32), ("on_link", np.uint8), ("value", np.uint16)):
        same(data[name].dtype, dtype, f"{engine}: type of {name}")
        same(data[name].values, np.array(wanted[name], dtype), f"{engine}: events' {name}")
    same(data.day.values.astype("datetime64[D]"), [np.datetime64(START) + int(day) for day in wanted["day"]], f"{engine}: events' day")
    same(data.kind.attrs["flag_meanings"].split()[:3], ["entered", "departed", "arrived"], f"{engine}: meanings")
    same(len(data.kind.attrs["flag_values"]), len(data.kind.attrs["flag_meanings"].split()), f"{engine}: values for meanings")


def check_provenance(path, engine):
    data = xr.open_dataset(path, engine=engine, group="provenance")
    rows = {name: (value, unit, origin) for name, value, unit, origin in zip(data.name.values, data.value.values, data.unit.values, data.origin.values)}
    same(rows["walk.stay"], ("3.5", "days", "given walk.cfg:12"), f"{engine}: a given parameter")
    same(rows["run.seed"], ("5", "1", "scenario"), f"{engine}: the seed")
    check("walk.day_weight" in rows, f"{engine}: no list of parameters")
    same(data.input_path.values, ["walk.cfg"], f"{engine}: inputs")
    same(len(data.attrs["digest"]), 64, f"{engine}: digest")
    check("a b" in data.attrs["command"], f"{engine}: command line: {data.attrs['command']}")
    machine = xr.open_dataset(path, engine=engine, group="provenance/machine")
    check("act" in machine.phase.values and machine.attrs["peak_memory_bytes"] > 1e6, f"{engine}: machine")


def check_reader(path, table, days, scale):
    """analysis/results.py"""
    from results import Results

    run, rows = Results(path), month_days(days)
    same([date.date() for date in run.date_of_month], [START + datetime.timedelta(day) for day in rows], "results.py: months")
    same(sorted(run.month), sorted(BY_MONTH), "results.py: tallies by month")
    for name, axes in BY_MONTH.items():
        wanted = in_rows(daily(table, name, days), rows, name in POINTS) * (1 if name in THINGS else scale)
        close(run.month[name].reshape(wanted.shape), wanted, f"results.py: {name}")
        same([axis for axis, _ in run.axes[name]], axes, f"results.py: axes of {name}")
    check(run.axes["reached_by_group"] == [("place", PLACES), ("how", ["first time", "again"]), ("weekday", list(range(7)))], "results.py: labels")


def check_plain_tools(path, rows, months):
    if shutil.which("ncdump"):
        dump = subprocess.run(["ncdump", "-v", "present,reached_by_group", path], capture_output=True, text=True)
        check(dump.returncode == 0 and f"({rows} currently)" in dump.stdout, f"ncdump: {dump.stderr}")
        check(f"month = UNLIMITED ; // ({months} currently)" in dump.stdout, "ncdump: months")
        check("int64 reached_by_group(month, place, how, weekday)" in dump.stdout or "double reached_by_group(month, place, how, weekday)" in dump.stdout, "ncdump: a tally by month")
    with netCDF4.Dataset(path) as file:
        last = netCDF4.num2date(file["month"][-1], file["month"].units, file["month"].calendar)
        same((last.year, last.month, len(file.dimensions["month"])), (2016, 4, months), "netCDF4: months")
    with h5py.File(path) as file:
        check([dim[0].name for dim in file["reached_by_group"].dims] == ["/month", "/place", "/how", "/weekday"], "h5py: scales of reached_by_group")
        check([dim[0].name for dim in file["reached"].dims] == ["/time", "/place", "/how"], "h5py: scales of reached")
        check(file["observed"].compression == "gzip" and file["observed"].shuffle, "h5py: filters")
        check("pending" not in file, "what is kept for a resumed run is still there")
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, folder)
        with netCDF4.Dataset(copy, "a") as file:
            file.createVariable("added", "f8", ("time",))[:] = 1
            file["present"][len(file["time"]), :] = 7
        with netCDF4.Dataset(copy) as file:
            same(file["present"][-1, :], [7, 7, 7, 7], "netCDF4: an appended row")


def plain(value):
    return repr(int(value)) if value == int(value) else repr(value)


def csv_lines(table, days, scale):
    """Flee's out.csv of a run that publishes no raw count: the last six as Flee prints them then."""
    camps = [2, 3]
    yield "Day,Date," + "".join(f"{PLACES[c]} sim,{PLACES[c]} data,{PLACES[c]} error," for c in camps) + (
        "Total error,refugees in camps (UNHCR),total refugees (simulation),raw UNHCR refugee count,refugees in camps (simulation),refugee_debt")
    for day in range(days):
        fields = [str(day), (START + datetime.timedelta(day + 1)).isoformat()]
        for camp in camps:
            sim, data = table["present"][day][camp] * scale, table["observed"][day][camp]
            error = 0.0 if data < 1e-5 else float(np.round(abs(sim / data - 1), 4))
            fields += [plain(sim), plain(data), repr(error)]
        inside = sum(table["present"][day][camp] for camp in camps) * scale
        fields += ["0.0", "0", plain(table["entered"][day][0] * scale), "0", plain(inside), "0"]
        yield ",".join(fields)


def check_csv(path, table, days, scale):
    with open(path, encoding="utf-8") as file:
        found = file.read().split("\n")
    wanted = list(csv_lines(table, days, scale)) + [""]
    same(len(found), len(wanted), "lines of the table")
    for number, (line, other) in enumerate(zip(found, wanted), 1):
        check(line == other, f"line {number} of the table: {line} where {other} was expected")


def main(path, table_path, expected, every, scale):
    table, every, scale = read_expected(expected), int(every), float(scale)
    days = len(table["entered"])
    for engine in ("netcdf4", "h5netcdf"):
        with xr.open_dataset(path, engine=engine) as data:
            check_root(data, engine, table, days, every, scale)
            check_attributes(data, engine, days, scale)
        check_events(path, engine, table)
        check_provenance(path, engine)
    check_plain_tools(path, len(row_days(days, every)), len(month_days(days)))
    sys.path.insert(0, "analysis")
    check_reader(path, table, days, scale)
    check_csv(table_path, table, days, scale)
    check(math.isnan(table["reached_ever"][0][0]), "the test should see an indicator before it is published")
    for line in wrong[:10]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
