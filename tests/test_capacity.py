#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capacity need, pictures of a case and legal labels, on files whose answer is known: made up here, and once written by the program itself."""
import csv
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "analysis")
from harness import check, run, skip_all  # noqa: E402

try:
    import h5py
    import numpy as np

    import capacity_need
    import plot_case
    import plot_study
    from capacity_need import Queues, need_of
    from results import Results
except ImportError as missing:
    skip_all(missing)

SERVICES, STATES = ["interview", "beds", "lawyers"], ["A", "B"]
PRODUCTIVITY, STAFF = {"interview": 2.0, "beds": 1.0, "lawyers": 50.0}, {"interview": 10.0, "beds": 300.0, "lawyers": 4.0}
DAYS_A_MONTH = [31, 28, 31]  # of January to March 2015


def close(value, wanted, within, what):
    check(abs(value - wanted) <= within, f"{what}: {value:.6g} where {wanted:.6g} was expected, within {within:.3g}")


# Files as the program writes them ---------------------------------------------------------------------------------------
def write_texts(file, name, values):
    file.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype())


def write_provenance(file):
    rows = []
    for name in SERVICES:
        rows += [(f"service.{name}.kind", "daily" if name == "interview" else "places"), (f"service.{name}.gives", "counsel" if name == "lawyers" else "nothing"),
                 (f"service.{name}.staff", str(STAFF[name])), (f"service.{name}.productivity", str(PRODUCTIVITY[name]))]
    rows.append(("service.interview.productivity@B", "4"))
    write_texts(file, "provenance/name", [name for name, _ in rows])
    write_texts(file, "provenance/value", [value for _, value in rows])


def write_queues(path, waiting, served, taken, bounds, lead=(), arms=(), legal=(), scale=1.0, name="time"):
    """Counts (lead..., time, service, state)"""
    with h5py.File(path, "w") as file:
        file.attrs.update({"title": "Made up", "source": "a test", "seed": 1, "scale": scale, "legal": legal[0] if legal else "none"})
        for axis_name, labels in (("service", SERVICES), ("state", STATES), *((("arm", arms),) if arms else ())):
            write_texts(file, axis_name, labels)
            file[axis_name].make_scale(axis_name)
        if legal:
            write_texts(file, "arm_legal", legal)
        for i, axis_name in enumerate(lead[1:]):
            file[axis_name] = np.arange(waiting.shape[i + 1])
            file[axis_name].make_scale(axis_name)
        file["time"] = (bounds[:, 1] - 1).astype(np.int32)
        file["time"].attrs["units"] = "days since 2015-01-01 00:00:00"
        file["time"].make_scale("time")
        file["time_bounds"] = bounds.astype(np.int32)
        for tally, values in (("waiting", waiting), ("served", served), ("places_taken", taken)):
            file[tally] = values.astype(np.int64) if np.isfinite(values).all() else values
            for i, axis_name in enumerate((*lead, "time", "service", "state")):
                file[tally].dims[i].attach_scale(file[axis_name])
        write_provenance(file)
    return path


def daily_bounds(days):
    return np.stack([np.arange(days), np.arange(days) + 1], axis=1)


def walk(joins, capacity):
    """Who waits in the evening and who was served, when so many join a day and the service calls in the morning."""
    waiting, served, left = [], [], 0
    for came in joins:
        called = min(left, capacity)
        left += came - called
        waiting.append(left)
        served.append(called)
    return np.array(waiting), np.array(served)


# Laws -------------------------------------------------------------------------------------------------------------------
def demand_is_what_comes(folder):
    """Whatever is served, 20 a day who join need 10 people who see two each."""
    days = sum(DAYS_A_MONTH)
    for capacity in (0, 5, 100):
        waiting, served, taken = (np.zeros((days, 3, 2)) for _ in range(3))
        waiting[:, 0, 0], served[:, 0, 0] = walk([20] * days, capacity)
        waiting[:, 0, 1], served[:, 0, 1] = walk([8] * days, capacity)
        taken[:, 1, 0], waiting[:, 1, 0] = np.minimum(300, 10 * np.arange(days)), np.maximum(0, 10 * np.arange(days) - 300)
        taken[:, 2, 1] = 125
        queues = Queues(write_queues(os.path.join(folder, "run.h5"), waiting, served, taken, daily_bounds(days)))
        need = need_of(queues, 7)
        for month in range(3):
            close(need.need[0, month, 0, 0], 10, 1e-9, f"interviews in A, capacity {capacity}")
            close(need.need[0, month, 0, 1], 2, 1e-9, "interviews in B, of another productivity")
            close(need.need[0, month, 0, 2], 12, 1e-9, "interviews in both")
            close(need.need[1, month, 2, 1], 2.5, 1e-9, "lawyers of 50 cases")
        close(need.need[0, 1, 1, 0], np.mean(10 * np.arange(31, 59)), 1e-9, "beds are for who has one and who waits")
        close(need_of(queues, 5).need[0, 0, 0, 0], 14, 1e-9, "a week of five days")
        check(need.has[0].tolist() == [10, 10, 20] and abs(need.productivity(0, 2) - 28 / 12) < 1e-9, f"{need.has[0]}")


def months_of_years(folder):
    """A run of 11 years, each January one person a day more: the quantiles over years are numpy's."""
    years = np.arange(2015, 2026)
    month = np.array([(np.datetime64("2015-01-01") + day).astype("datetime64[M]").astype(int) for day in range(365 * 11 + 3)])
    joins = np.where(month % 12 == 0, 10 + (month // 12 + 1970 - 2015), 3)
    waiting, served, taken = (np.zeros((len(joins), 3, 2)) for _ in range(3))
    waiting[:, 0, 0], served[:, 0, 0] = walk(joins, 7)
    need = need_of(Queues(write_queues(os.path.join(folder, "years.h5"), waiting, served, taken, daily_bounds(len(joins)))), 7)
    close(need.people[0, 0, 0, 0], np.median(10 + years - 2015), 1e-9, "median January")
    close(need.people[1, 0, 0, 0], np.quantile(10 + years - 2015, 0.9), 1e-9, "one January in ten")
    close(need.people[1, 6, 0, 0], 3, 1e-9, "July")
    check(need.label(0) == "January" and need.samples == [11] * 12, f"{need.samples}")
    check(need.shown == [0] and need.total == 0, "one state needs no sum")


def draws_of_a_study(folder):
    """Rows by month; 2 arms, 5 draws, 2 replicates, of which one failed in the second arm."""
    ends = np.cumsum(DAYS_A_MONTH)
    bounds = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    shape = (2, 5, 2, 3, 3, 2)
    waiting, served, taken = (np.zeros(shape) for _ in range(3))
    rate = 10.0 * (1 + np.arange(5))[:, None] + np.arange(2)[None, :]  # by draw and replicate
    served[:, :, :, :, 0, 0] = rate[None, :, :, None] * np.array(DAYS_A_MONTH)
    served[1] *= 2
    for counts in (waiting, served, taken):
        counts[1, 4, 1] = np.nan
    path = write_queues(os.path.join(folder, "study.h5"), waiting, served, taken, bounds, ("arm", "draw", "replicate"), ["plain", "detention"], ["none", "children may be detained"])
    need = need_of(Queues(path), 7)
    for month in range(3):
        close(need.people[0, month, 0, 0], np.median(rate), 1e-9, "median of draws and replicates")
        close(need.people[1, month, 0, 0], np.quantile(rate, 0.9), 1e-9, "one run in ten")
    other = Queues(path, "detention")
    need = need_of(other, 7)
    close(need.people[0, 0, 0, 0], 2 * np.median(rate.ravel()[:-1]), 1e-9, "the arm asked for, without its failed run")
    check(other.notes == ["In this arm children may be detained"] and Queues(path).notes == [], f"{other.notes}")
    refused(path, "detntion", "no arm 'detntion'")
    with h5py.File(path, "r+") as file:
        del file["served"]
    refused(path, None, 'no served by service and state in it: has the scenario services? A study keeps them with keep = ("waiting", "served", "places_taken")')


def refused(path, arm, said):
    try:
        Queues(path, arm)
        check(False, f"not refused: {said}")
    except SystemExit as error:
        check(said in str(error), str(error))


def few_are_marked(folder):
    days = sum(DAYS_A_MONTH)
    waiting, served, taken = (np.zeros((days, 3, 2)) for _ in range(3))
    waiting[:, 0, 0], served[:, 0, 0] = walk([20] * days, 20)
    taken[:, 1, 0] = 2900
    need = need_of(Queues(write_queues(os.path.join(folder, "few.h5"), waiting, served, taken, daily_bounds(days), scale=100.0)), 7)
    check(need.is_few(0, 0, 0, 7) and need.is_few(0, 1, 0, 7), "6.2 persons came, 29 are there")
    need.queues.scale = 50.0
    check(not need.is_few(0, 0, 0, 7) and not need.is_few(0, 1, 0, 7), "12.4 persons came, 58 are there")


# By the program itself ----------------------------------------------------------------------------------------------------
SCENARIO = """
title = "A case"; start = "2031-01-01"; days = 200; seed = 4;
world = { places = "places.csv"; };
drivers = ( { name = "arrivals"; over = "place"; file = "arrivals.csv"; } );
case = { start = "claim";
  services = ( { name = "interview"; staff = 3.0; productivity = 2.0; cost = 100.0; by_state = ( { state = "B"; productivity = 4.0; } ); },
               { name = "beds"; kind = "places"; capacity = 100.0; } );
  placements = ( { name = "street"; }, { name = "cell"; detains = true; detain_children = 2; cost_day = 50.0; max_days = 20.0; after = "street"; },
                 { name = "hostel"; service = "beds"; meanwhile = "street"; cost_day = 30.0; } );
  stages = ( { name = "claim"; service = "interview"; placements = ("cell", "hostel"); outcomes = ( { to = "out"; weight = 1.0; } ); }, { name = "out"; } ); };
models = ( { name = "arrivals"; }, { name = "placement"; }, { name = "case"; }, { name = "accounts"; } );
"""
STUDY = """
scenario = "scenario.cfg"; replicates = 4; every = "month"; days = 120;
keep = ( "waiting", "served", "places_taken", "cost_so_far" );
arms = ( { name = "as it is"; }, { name = "no children in cells"; policies = ( { name = "ban"; lever = "detain_children"; where = "cell"; set = 0.0; } ); } );
"""


def write_scenario(folder):
    for name, text in (("scenario.cfg", SCENARIO), ("study.cfg", STUDY), ("places.csv", "name,state,latitude,longitude,kind,population,capacity\nGate,A,1,1,town,0,0\nPort,B,2,2,town,0,0\n"),
                       ("arrivals.csv", "day,Gate,Port\n0,9,4\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def command(*words, folder="."):
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr[-400:]}")
    return done.stdout


def table(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_command(folder):
    program = os.path.abspath(os.environ.get("WAYFARE", ""))
    if not os.access(program, os.X_OK) or os.path.isdir(program):
        return "no program"
    write_scenario(folder)
    python, run, study = os.environ.get("PYTHON", sys.executable), os.path.join(folder, "run.h5"), os.path.join(folder, "study.h5")
    said = command(program, "run", "scenario.cfg", "--out", "run.h5", folder=folder)
    check(said.strip().endswith("; children may be detained") and said.count("\n") == 1, said)
    check("legal        children may be detained" in command(program, "info", run), "info")
    said = command(program, "study", "study.cfg", "--out", "study.h5", folder=folder)
    check("arm 'as it is': children may be detained" in said, said)
    with h5py.File(study, "r") as file:
        labels = [text.decode() for text in file["arm_legal"][()]]
        check(labels[0] == file.attrs["legal"].decode() == "children may be detained", f"{labels}, {file.attrs['legal']}")
    for path in (run, study):
        command(python, "analysis/capacity_need.py", path)
        rows = [row for row in table(path[:-3] + "_need.csv") if row["service"] == "interview" and row["state"] != "all"]
        for row in rows:
            close(float(row["need_median"]), 4.5 if row["state"] == "A" else 1, 0.06, f"{path}, {row['month']}: staff in {row['state']}")
        check(len(rows) in (14, 8), f"{len(rows)} rows")
        check(os.path.exists(path[:-3] + "_need.png") and "Numbers are staff" in open(path[:-3] + "_need.md", encoding="utf-8").read(), "picture and table")
    command(python, "analysis/plot.py", run)
    command(python, "analysis/plot_study.py", study)
    check(all(os.path.exists(os.path.join(folder, name)) for name in ("run_case.png", "study_arms.png")), "pictures")
    panels_add_up(Results(run), run)


def panels_add_up(run, path):
    panels = {title.split(",")[0]: (names, values) for _, names, values, title in plot_case.panels_of(run)}
    check(list(panels) == ["People by stage of the case", "People by placement", "People waiting", "Cost by item"], f"{list(panels)}")
    close(panels["People by stage of the case"][1][-1].sum(), 200 * 13, 0, "people with a case")
    days = np.reshape(run.days_of_month, (-1, 1))
    with h5py.File(path, "r") as file:
        close((panels["Cost by item"][1] * days).sum(), file["cost_so_far"][-1], 0.01, "EUR of the whole run")


def many_lines_are_gathered(folder):
    counts = np.random.default_rng(1).integers(1, 100, (20, 15)).astype(float)
    names, values = plot_case.largest([f"s{i}" for i in range(15)], counts)
    check(len(names) == plot_case.MOST_LINES and names[-1] == "8 others", f"{names}")
    check(np.array_equal(values.sum(axis=1), counts.sum(axis=1)), "nobody is lost")


def labels_of_arms(folder):
    child, appeal = "children may be detained", "people may be removed while an appeal is open"
    lines = plot_study.legal_notes(["a", "b", "c"], ["none", child, f"{child}; {appeal}"])
    check(lines == [f"{child}: b, c", f"{appeal}: c"], f"{lines}")
    check(plot_study.legal_notes(["a", "b"], [child, child]) == [f"{child}: every arm"] and plot_study.legal_notes(["a"], ["none"]) == [], "every arm, no arm")
    check(plot_study.legal_notes(list("abcdefg"), ["none"] + [child] * 6) == [f"{child}: 6 of 7 arms"], "many arms")


CASES = [demand_is_what_comes, months_of_years, draws_of_a_study, few_are_marked, many_lines_are_gathered, labels_of_arms, by_command]


if __name__ == "__main__":
    run(CASES)
