#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the census of a results file with everything that should open it and holds it against a recount.
usage: tests/check_census.py RESULTS.h5 EXPECTED.csv SCALE     exit status 0 agreed, 1 not, 77 modules are missing
EXPECTED.csv, written by the test: month, day, a code for each facet, simulated persons."""
import contextlib
import csv
import datetime
import io
import os
import shutil
import subprocess
import sys

try:
    import h5netcdf  # noqa: F401
    import h5py
    import netCDF4
    import numpy as np
    import xarray as xr
except ImportError as missing:
    print(missing)
    sys.exit(77)

START = datetime.date(2016, 1, 20)
LABELS = {
    "state": ["North", "South", "Sea", "Far"],
    "sex": ["unknown", "female", "male"],
    "age_group": ["0-4", "5-11", "12-17", "18-59", "60+"],
    "origin": ["North", "South", "Sea", "Far"],
    "status": ["irregular or none", "regular", "other"],
    "class": ["west", "horn", "Zuérat & c."],
}
FACETS = list(LABELS)
wrong = []


def same(found, wanted, what):
    if not np.array_equal(np.asarray(found), np.asarray(wanted)):
        wrong.append(f"{what}: {found} where {wanted} was expected")


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def check_xarray(path, engine, rows, scale):
    with xr.open_dataset(path, engine=engine, group="census") as data:
        same(data.sizes["row"], len(rows), f"{engine}: rows")
        same(data.month.values, rows[:, 0], f"{engine}: month")
        same(data.day.values.astype("datetime64[D]"), [np.datetime64(START) + int(day) for day in rows[:, 1]], f"{engine}: day")
        same(data.people.values, rows[:, -1] * scale, f"{engine}: people")
        same(data.people.dtype, np.int64 if scale == int(scale) else np.float64, f"{engine}: type of people")
        same(data.marked.values, rows[:, -1] < 30, f"{engine}: marked")
        same(data.marked.attrs["fewer_than"], 30, f"{engine}: fewer_than")
        same(data.facet.values, FACETS, f"{engine}: facets")
        for i, name in enumerate(FACETS):
            same(data[name].values, rows[:, 2 + i], f"{engine}: {name}")
            same(data[name].dtype, np.uint8, f"{engine}: type of {name}")
            same(data[data[name].attrs["labels"]].values, LABELS[name], f"{engine}: labels of {name}")
            same(data[name].dims, ("row",), f"{engine}: dimensions of {name}")


def check_plain(path, rows, scale):
    with h5py.File(path) as file:
        group = file["census"]
        same(list(group["class_label"].asstr()[:]), LABELS["class"], "h5py: labels")
        same(group["people"][:], rows[:, -1] * scale, "h5py: people")
        same([dim[0].name for dim in group["people"].dims], ["/census/row"], "h5py: scale of people")
        same(text(group["people"].attrs["units"]), "people", "h5py: units")
    with netCDF4.Dataset(path) as file:
        group = file["census"]
        same(len(group.dimensions["row"]), len(rows), "netCDF4: rows")
        same(group["origin"][:], rows[:, 2 + FACETS.index("origin")], "netCDF4: origin")
        same(list(group["status_label"][:]), LABELS["status"], "netCDF4: labels")
        same(file["time"][-1], rows[-1, 1], "netCDF4: the last day of the root and of the census")
        same(file["present"][-1].sum() + file["travelling"][-1].sum(), group["people"][:][group["day"][:] == rows[-1, 1]].sum(), "netCDF4: people")
    if shutil.which("ncdump"):
        dump = subprocess.run(["ncdump", "-v", "census/people", path], capture_output=True, text=True)
        if dump.returncode or f"row = UNLIMITED ; // ({len(rows)} currently)" not in dump.stdout:
            wrong.append(f"ncdump: {dump.stdout[:300]} {dump.stderr}")


def sums(rows, names, month=None):
    """The same table by a dictionary."""
    table = {}
    for row in rows[rows[:, 0] == month] if month else rows:
        key = (int(row[0]), *(int(row[2 + FACETS.index(name)]) for name in names))
        table[key] = table.get(key, 0) + int(row[-1])
    return [(key[0], *(LABELS[name][code] for name, code in zip(names, key[1:])), count) for key, count in sorted(table.items())]


def check_reader(path, rows, scale):
    from results import census

    table = census(path)
    asked = [(["class"], None), (["sex", "state"], 201603), (FACETS, None), ([], None)]
    asked += [([one, other], None) for one in FACETS for other in FACETS if one < other]
    for names, month in asked:
        wanted = [(*row[:-1], row[-1] * scale, row[-1] < 30) for row in sums(rows, names, month)]
        if list(table.by(names, month)) != wanted:
            wrong.append(f"results.py: by {names}: {list(table.by(names, month))[:3]} where {wanted[:3]} was expected")
    table.fewest = sums(rows, ["class"])[0][-1]
    same(next(table.by(["class"]))[-1], False, "results.py: just as many as are needed")


def command(tool, path, *options):
    """What it prints, and what it ends with where it refuses."""
    out, sys.argv = io.StringIO(), ["census.py", path, *options]
    try:
        with contextlib.redirect_stdout(out):
            tool.main()
    except SystemExit as end:
        return out.getvalue(), str(end)
    return out.getvalue(), None


def check_command(tool, path, rows, scale):
    picture = path[:-3] + ".png"
    out, refused = command(tool, path, "--by", "state,class", "--month", "2016-02", "--picture", picture)
    wanted = [["month", "state", "class", "people", "marked"]]
    wanted += [["2016-02", state, group, f"{count * scale:.15g}", str(int(count < 30))] for _, state, group, count in sums(rows, ["state", "class"], 201602)]
    if refused or list(csv.reader(out.splitlines())) != wanted:
        wrong.append(f"census.py: {out[:300]} {refused}")
    if not os.path.exists(picture) or os.path.getsize(picture) < 5000:
        wrong.append("census.py: no picture")
    for options, said in ((["--by", "clas"], "no facet 'clas'"), (["--month", "2017-01"], "no month '2017-01'"), (["--month", "x"], "no month 'x'")):
        refused = command(tool, path, *options)[1]
        if not refused or said not in refused:
            wrong.append(f"census.py {options}: {refused}")


def main(path, expected, scale):
    with open(expected, encoding="utf-8") as file:
        rows = np.array([[int(value) for value in row] for row in csv.reader(file)])
    scale = float(scale)
    sys.path.insert(0, "analysis")
    for engine in ("netcdf4", "h5netcdf"):
        check_xarray(path, engine, rows, scale)
    check_plain(path, rows, scale)
    check_reader(path, rows, scale)
    try:
        import census
        check_command(census, path, rows, scale)
    except ImportError as missing:
        print(missing)
    for line in wrong[:10]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
