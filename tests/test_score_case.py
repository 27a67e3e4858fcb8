#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scoring of an asylum system (analysis/score_case.py) on results whose truth is known: made up here day by day."""
import csv
import datetime
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "analysis")
from harness import check, run, skip_all  # noqa: E402

try:
    import h5py
    import numpy as np

    import score_case
    from score_case import System, Target
except ImportError as missing:
    skip_all(missing)

START, DAYS = datetime.date(2014, 1, 1), 3 * 365
STATES, STAGES = ["Italy", "France"], ["claim", "claim_reception", "interview", "no_show", "appeal", "last_instance"]
STATUSES, PLACEMENTS, ORIGINS = ["refugee", "subsidiary", "humanitarian", "refused"], ["emergency", "ordinary", "own_address"], ["Mali", "Iraq"]


def close(value, wanted, what, within=1e-9):
    check(abs(value - wanted) <= within * max(1, abs(wanted)), f"{what}: {value:.9g} where {wanted:.9g} was expected")


# Results as the program writes them -------------------------------------------------------------------------------------
def write_texts(file, name, values):
    file.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype())


def write_axes(file, arms):
    labels = {"state": STATES, "stage": STAGES, "legal_status": STATUSES, "placement": PLACEMENTS, "origin_state": ORIGINS}
    for name, values in (labels | ({"arm": arms} if arms else {})).items():
        write_texts(file, name, values)
        file[name].make_scale(name)
    file["time"] = np.arange(DAYS, dtype=np.int32)
    file["time"].attrs["units"] = f"days since {START}"
    file["time"].make_scale("time")
    if arms:
        file["draw"] = np.arange(2)
        file["draw"].make_scale("draw")


def write_tally(file, name, cells, kind, axes, arms):
    """cells: (time, axes...); in a study the second arm has twice as many, the second draw of each three times."""
    lead = ["arm", "draw"] if arms else []
    data = np.array([[cells * (1 + arm) * (1 + 2 * draw) for draw in range(2)] for arm in range(len(arms))]) if arms else cells
    file.create_dataset(name, data=data)
    file[name].attrs["cell_methods"] = kind
    for i, axis in enumerate(lead + ["time"] + axes):
        file[name].dims[i].attach_scale(file[axis])


def crowd():
    """Ten people a day claim in Italy, two in France; 6 are decided on each day in Italy, of whom 1, 1, 2, 2 get each status and one more stays away; half of the refused appeal,
    one appeal in two days is decided. Every Italian stock grows by what is left."""
    day = np.arange(1, DAYS + 1)
    reached, cases = np.zeros((DAYS, 2, len(STAGES))), np.zeros((DAYS, 2, len(STAGES)))
    decisions, by_origin, placed = np.zeros((DAYS, 2, len(STAGES), len(STATUSES))), np.zeros((DAYS, 2, len(STAGES), len(STATUSES))), np.zeros((DAYS, 2, len(PLACEMENTS)))
    at = STAGES.index
    reached[:, 0, at("claim_reception")] = reached[:, 0, at("interview")] = 10
    reached[:, 1, at("interview")] = 2
    reached[:, 0, at("no_show")], reached[:, 0, at("appeal")] = 1, 1
    cases[:, 0, at("interview")], cases[:, 1, at("interview")] = 3 * day, 2 * day
    cases[:, 0, at("appeal")] = 0.5 * day
    decisions[:, 0, at("interview")] = (1, 1, 2, 2)
    decisions[::2, 0, at("appeal"), 0] = 1
    by_origin[:, 0, at("interview")], by_origin[:, 1, at("interview")] = (0, 1, 1, 2), (1, 0, 1, 0)
    placed[:, 0] = np.stack([day, 2 * day, 4 * day], axis=1)
    placed[:, 1] = 1000
    return {
        "stage_reached": (reached, "time: sum", ["state", "stage"]),
        "cases": (cases, "time: point", ["state", "stage"]),
        "decisions": (decisions, "time: sum", ["state", "stage", "legal_status"]),
        "decisions_by_origin": (by_origin, "time: sum", ["origin_state", "stage", "legal_status"]),
        "placed": (placed, "time: point", ["state", "placement"]),
    }


def write_results(folder, arms=(), without=()):
    path = os.path.join(folder, "r.h5")
    with h5py.File(path, "w") as file:
        file.attrs["title"], file.attrs["source"], file.attrs["scale"] = "made up", "wayfare", 1.0
        write_axes(file, arms)
        for name, (cells, kind, axes) in crowd().items():
            if name not in without:
                write_tally(file, name, cells, kind, axes, arms)
    return path


def target(key, period, value=1.0, low="", high="", use="test"):
    return Target({"key": key, "period": period, "value": str(value), "low": str(low), "high": str(high), "use": use, "source": "s"}, 1)


def simulated(system, key, period, run=0):
    return score_case.simulate(system, target(key, period))[run]


# What targets are made of -----------------------------------------------------------------------------------------------
def the_last_day_or_the_sum(folder):
    system = System(write_results(folder), "Italy", None)
    day = lambda *date: (datetime.date(*date) - START).days + 1  # noqa: E731
    close(simulated(system, "pending_first_instance", "2014"), 3 * 365, "people waiting at the end of a year")
    close(simulated(system, "pending_first_instance", "2015-02"), 3 * day(2015, 2, 28), "at the end of a month")
    close(simulated(system, "appeals_pending", "2015"), 0.5 * 730, "people waiting for a court")
    close(simulated(system, "decisions", "2014"), 7 * 365, "decisions of a year, with those who stayed away")
    close(simulated(system, "decisions", "2015-01..2015-03"), 7 * 90, "of three months")
    close(simulated(system, "appeals_lodged", "2014-02"), 28, "appeals lodged")
    close(simulated(system, "claims", "2014"), 3650, "claims")
    close(simulated(system, "appeals_decided", "2014-01"), 16, "appeals decided")
    close(simulated(system, "in_reception", "2014"), 3 * 365, "in reception, without those who have an address")
    close(simulated(system, "in_ordinary_reception", "2014"), 2 * 365, "in small centres")
    check(score_case.simulate(system, target("decisions", "2013")) is None, "a year outside the run has a number")


def shares_of_decisions(folder):
    system = System(write_results(folder), "Italy", None)
    for key, wanted in (("refugee", 1), ("humanitarian", 2), ("refused", 2), ("no_show", 1), ("refused_or_no_show", 3)):
        close(simulated(system, "share_" + key, "2015"), wanted / 7, key)
    close(simulated(system, "share_appeals_allowed", "2015"), 1.0, "appeals allowed")
    close(simulated(system, "recognised:Mali", "2015"), 0.5, "recognised, Mali")
    close(simulated(system, "recognised:Iraq", "2015"), 1.0, "recognised, Iraq")


def the_other_state(folder):
    system = System(write_results(folder), "France", None)
    close(simulated(system, "pending_first_instance", "2014"), 2 * 365, "people waiting in France")
    check(not np.isfinite(simulated(system, "share_refused", "2014")), "a share of no decisions is a number")


def a_queue_whose_waits_are_known(folder):
    """10 claims and 7 decisions a day: the n-th claim, lodged on day n / 10, is decided on day n / 7; of 7 decisions one appeals, and of the appeals one in two days is decided."""
    system = System(write_results(folder), "Italy", None)
    years = simulated(system, "years_to_appeal_result", "2014-03")
    lodged = (datetime.date(2014, 3, 16) - START).days
    close(years * 365.25, lodged * 10 / 7 * 2 - lodged, "days from claim to court", 0.25)
    check(not np.isfinite(simulated(system, "years_to_appeal_result", "2016-06")), "the end of a wait that lasts longer than the run")


def arms_and_draws(folder):
    path = write_results(folder, arms=("as it was", "more"))
    for arm, factor in ((None, 1), ("as it was", 1), ("more", 2)):
        system = System(path, "Italy", arm)
        check(system.runs == 2, f"{system.runs} runs where 2 were expected")
        for run in range(2):
            close(simulated(system, "decisions", "2014", run), 7 * 365 * factor * (1 + 2 * run), f"arm {arm}, draw {run}")


def what_is_not_kept(folder):
    system = System(write_results(folder, without=("placed",)), "Italy", None)
    check(score_case.simulate(system, target("in_reception", "2014")) is None, "people in reception out of nothing")
    close(simulated(system, "decisions", "2014"), 7 * 365, "decisions beside it")


# Goals ------------------------------------------------------------------------------------------------------------------
def goals(_):
    within = lambda number, **more: score_case.is_within(target(**more), number)  # noqa: E731
    check(within(109, key="decisions", period="2014", value=100, use="fit") and not within(111, key="decisions", period="2014", value=100, use="fit"), "ten per cent in fitted years")
    check(within(119, key="decisions", period="2014", value=100) and not within(121, key="decisions", period="2014", value=100), "twenty in others")
    check(within(149, key="decisions", period="2014", value=100, low=100, high=150), "within a range")
    check(within(0.349, key="share_refused", period="2014", value=0.3) and not within(0.351, key="share_refused", period="2014", value=0.3), "shares within 0.05")
    check(within(0.44, key="recognised:Mali", period="2014", value=0.3) and not within(0.46, key="recognised:Mali", period="2014", value=0.3), "recognition within 0.15")
    close(score_case.error_of(target("share_refused", "2014", 0.3), 0.35), 0.05, "errors of shares are differences")
    close(score_case.error_of(target("decisions", "2014", 200), 150), -0.25, "errors of numbers are relative")


def periods(_):
    for text, wanted in (("2016", (24192, 24203)), ("2016-10", (24201, 24201)), ("2017-01..2017-08", (24204, 24211))):
        check(score_case.months_of(text) == wanted, f"{text} is {score_case.months_of(text)}")
    for text in ("16", "2016-", "2016..2017", "October 2016"):
        try:
            score_case.months_of(text)
            check(False, f"'{text}' is a period")
        except ValueError:
            pass


# The command ------------------------------------------------------------------------------------------------------------
def command(folder, rows, *more):
    with open(os.path.join(folder, "t.csv"), "w", encoding="utf-8") as file:
        file.write("# a comment\nkey,period,value,low,high,use,source\n" + "\n".join(rows) + "\n")
    return subprocess.run([sys.executable, "analysis/score_case.py", *more, os.path.join(folder, "r.h5"), os.path.join(folder, "t.csv")], capture_output=True, text=True, check=False)


def the_command(folder):
    write_results(folder)
    done = command(folder, ["decisions,2014,2555,,,fit,a", "decisions,2015,5000,,,test,a", "pending_first_instance,2014,9,,,start,a", "decisions,2019,5,,,test,a", "claims,2014,9,,,given,a"])
    check(done.returncode == 0, done.stderr)
    with open(os.path.join(folder, "r_case_score.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    check([row["within_goal"] for row in rows] == ["yes", "no", "", "", ""], str([row["within_goal"] for row in rows]))
    close(float(rows[1]["error"]), 2555 / 5000 - 1, "error in the table")
    check("decisions | fit | 1 | 1" in done.stdout and os.path.getsize(os.path.join(folder, "r_case_score.png")) > 10_000, "summary or picture")


def the_command_complains(folder):
    write_results(folder)
    for row, word in (("wishes,2014,1,,,fit,a", "wishes"), ("decisions,14,1,,,fit,a", "row 1"), ("decisions,2014,many,,,fit,a", "row 1")):
        done = command(folder, [row])
        check(done.returncode != 0 and word in done.stderr and "Traceback" not in done.stderr, f"{row}: {done.stderr[-200:]}")
    done = command(folder, ["decisions,2014,1,,,fit,a"], "--arm", "none such")
    check(done.returncode != 0 and "Traceback" not in done.stderr, f"an arm that does not exist: {done.stderr[-200:]}")
    os.remove(os.path.join(folder, "r.h5"))
    done = command(folder, ["decisions,2014,1,,,fit,a"])
    check(done.returncode != 0 and "r.h5" in done.stderr and "Traceback" not in done.stderr, f"no results: {done.stderr[-200:]}")


CASES = (the_last_day_or_the_sum, shares_of_decisions, the_other_state, a_queue_whose_waits_are_known, arms_and_draws, what_is_not_kept, goals, periods, the_command, the_command_complains)


if __name__ == "__main__":
    run(CASES)
