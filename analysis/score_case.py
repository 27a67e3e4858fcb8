#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An asylum system against what is known of it: queue, decisions, outcomes, courts, reception, recognition by nationality.
usage: score_case.py RESULTS_OR_STUDY.h5 TARGETS.csv [--state Italy] [--arm NAME] [--out STEM]
RESULTS_OR_STUDY.h5: of a run, or of a study with every = "month" that keeps some of cases, stage_reached, placed, decisions, decisions_by_origin
TARGETS.csv: key, period, value, low, high, use, source. Periods: 2016 (people present: its last day), 2016-10, 2017-01..2017-08. Keys:
  claims                   claims lodged
  pending_first_instance   people who wait for the first decision          decisions       first decisions, with people who did not appear
  appeals_pending          people who wait for a tribunal                  appeals_lodged, appeals_decided, share_appeals_allowed
  cassation_pending        people who wait in the last instance            in_reception, in_ordinary_reception: people in placements
  share_STATUS, share_no_show, share_refused, share_refused_or_no_show     of first decisions
  recognised:STATE         share of first decisions on the merits that let people of that state stay
  years_to_appeal_result   from a claim in the middle of the period to the tribunal's decision, if the oldest are served first
Names of stages, placements and statuses are those of scenarios/central_mediterranean/italy_case.cfg.
Goals: within 10 % of the value in use fit, 20 % in others (test, shock, seen: the words say how clean a test it is), or within low to high; shares within 0.05; recognised within 0.15; years within low to high.
Errors of shares are differences. Rows of use start (the state in which the run begins) and given (input, or derived from it) are shown and not counted.
writes STEM.csv, STEM.md, STEM.png beside the results (STEM: their name and _case_score)"""
import argparse
import csv
import datetime
import os
import re
import sys

import h5py
import numpy as np

from results import attribute, axis, clean, dates, texts
from style import LINES, OBSERVED, QUIET, SIMULATED, date_axis, foot, from_zero, head, plt, save
from tables import write_csv, write_markdown

FIRST = ("interview_known", "interview")
TRIBUNAL, LAST = "appeal", "last_instance"
RECEPTION = ("hotspot", "first_reception", "emergency", "ordinary", "ordinary_granted")
ORDINARY = ("ordinary", "ordinary_granted")
STAY = ("refugee", "subsidiary", "humanitarian", "humanitarian_court")
REFUSED = "refused"
TALLIES = ("cases", "stage_reached", "placed", "decisions", "decisions_by_origin")
GOAL = {"fit": 0.1}
UNCOUNTED = ("start", "given")
OTHER_GOAL, SHARE_GOAL, RECOGNISED_GOAL = 0.2, 0.05, 0.15
BAND = (5, 50, 95)


# The run --------------------------------------------------------------------------------------------------------------
class System:
    """.month: numbers of months; every series is an array (run, month)"""

    def __init__(self, path, state, arm):
        try:
            with h5py.File(path, "r") as file:
                self.read(file, state, arm)
        except OSError as error:
            sys.exit(f"{path}: not a results file that can be read ({error})")
        except (KeyError, ValueError) as error:
            sys.exit(f"{path}: {error}")

    def read(self, file, state, arm):
        self.state = state
        self.title = attribute(file, "title")
        self.caption = f"{attribute(file, 'source', 'wayfare')}, one simulated person for {float(file.attrs['scale']):g} people"
        self.arm = 0 if arm is None else texts(file["arm"]).index(arm)
        self.time = [12 * day.year + day.month - 1 for day in dates(file["time"])]
        self.month = sorted(set(self.time))
        self.tally = {name: self.months(file, name) for name in TALLIES if name in file}
        if not self.tally:
            raise ValueError(f"expected one of the tallies {', '.join(TALLIES)}, found none")
        self.runs = next(iter(self.tally.values()))[0].shape[0]

    def months(self, file, name):
        """(run, month, cells...) and the axes of the cells: the last of a month for people present, else sums."""
        data = file[name]
        names = [axis(dimension)[0] for dimension in data.dims]
        values = clean(data)
        if "arm" in names:
            values = values[self.arm]
        clock = next(i for i, dimension in enumerate(names) if dimension in ("time", "month"))
        lead = clock - ("arm" in names)
        values = values.reshape(-1, *values.shape[lead:])
        of = self.time if names[clock] == "time" else [12 * day.year + day.month - 1 for day in dates(file["month"])]
        last = attribute(data, "cell_methods").endswith("point")
        found = np.zeros((values.shape[0], len(self.month), *values.shape[2:]))
        for row, month in enumerate(of):
            at = self.month.index(month)
            found[:, at] = values[:, row] if last else found[:, at] + values[:, row]
        return found, [axis(dimension) for dimension in list(data.dims)[clock + 1:]]

    def series(self, tally, **chosen):
        """Sum over the cells whose labels are chosen; labels that do not exist count nothing."""
        values, axes = self.tally[tally]
        for number in reversed(range(len(axes))):
            name, labels = axes[number]
            wanted = chosen.get(name, (self.state,) if name == "state" else labels)
            mask = np.array([label in wanted for label in labels])
            values = values[(slice(None),) * (2 + number) + (mask,)].sum(axis=2 + number)
        return values

    # What targets are made of
    def cases(self, *stages):
        return self.series("cases", stage=stages)

    def reached(self, *stages):
        return self.series("stage_reached", stage=stages)

    def decided(self, stages, statuses=None, **more):
        chosen = {"stage": stages, **more} | ({"legal_status": statuses} if statuses else {})
        return self.series("decisions", **chosen)

    def of_origin(self, state, statuses=None):
        chosen = {"origin_state": (state,), "stage": FIRST} | ({"legal_status": statuses} if statuses else {})
        return self.series("decisions_by_origin", **chosen)

    def placed(self, *placements):
        return self.series("placed", placement=placements)

    def first_decisions(self):
        return self.decided(FIRST) + self.reached("no_show")


# What is known --------------------------------------------------------------------------------------------------------
class Target:
    def __init__(self, row, line):
        try:
            self.key, self.period, self.use, self.source = (row[key].strip() for key in ("key", "period", "use", "source"))
            self.value = float(row["value"])
            self.low, self.high = (float(row[key]) if row[key].strip() else self.value for key in ("low", "high"))
            self.first, self.last = months_of(self.period)
        except (KeyError, ValueError) as error:
            sys.exit(f"row {line}: {error}")

    @property
    def is_share(self):
        return self.key.startswith(("share_", "recognised:"))


def months_of(text):
    """First and last month of '2016', '2016-10' or '2017-01..2017-08'."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:\.\.(\d{4})-(\d\d))?", text)
    if not found:
        raise ValueError(f"expected a period as 2016, 2016-10 or 2017-01..2017-08, found '{text}'")
    year, month = int(found[1]), int(found[2] or 0)
    first = 12 * year + max(month - 1, 0)
    last = 12 * int(found[3]) + int(found[4]) - 1 if found[3] else first if month else first + 11
    return first, last


def read_targets(path):
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    except OSError as error:
        sys.exit(f"{path}: {error}")
    return [Target(row, number) for number, row in enumerate(rows, 1)]


# Simulated numbers ----------------------------------------------------------------------------------------------------
def present(system, values, target):
    return values[:, system.month.index(target.last)]


def total(system, values, target):
    return values[:, system.month.index(target.first): system.month.index(target.last) + 1].sum(axis=1)


def ratio(above, below):
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def share(system, of, per, target):
    return ratio(total(system, of, target), total(system, per, target))


def share_of_decisions(system, target):
    name = target.key.removeprefix("share_")
    of = {"no_show": lambda: system.reached("no_show"), "refused_or_no_show": lambda: system.decided(FIRST, (REFUSED,)) + system.reached("no_show")}
    return share(system, of.get(name, lambda: system.decided(FIRST, (name,)))(), system.first_decisions(), target)


def recognised(system, target):
    state = target.key.partition(":")[2]
    return share(system, system.of_origin(state, STAY), system.of_origin(state), target)


def crossing(line, level):
    """Months until a line that never falls reaches the level; NaN where it does not."""
    above = np.flatnonzero(line >= level)
    if not len(above):
        return np.nan
    at = above[0]
    before = line[at - 1] if at else 0.0
    return at + (level - before) / (line[at] - before) if line[at] > before else at


def years_to_appeal_result(system, target):
    """The oldest first: who is lodged as the n-th is decided as the n-th, at both instances."""
    middle = system.month.index((target.first + target.last + 1) // 2)
    waiting, appealing = system.cases(*FIRST), system.cases(TRIBUNAL)
    lodged, appealed = np.cumsum(system.reached(*FIRST), axis=1), np.cumsum(system.reached(TRIBUNAL), axis=1)
    years = []
    for run in range(system.runs):
        decided = crossing(lodged[run] - waiting[run], lodged[run, middle - 1])
        if not np.isfinite(decided):
            years.append(np.nan)
            continue
        rank = np.interp(decided, np.arange(1, len(system.month) + 1), appealed[run])
        years.append((crossing(appealed[run] - appealing[run], rank) - middle) / 12)
    return np.array(years)


def appeals(system, target):
    decided = system.decided((TRIBUNAL,))
    return {"appeals_lodged": lambda: total(system, system.reached(TRIBUNAL), target), "appeals_decided": lambda: total(system, decided, target),
            "share_appeals_allowed": lambda: share(system, system.decided((TRIBUNAL,), STAY), decided, target),
            "appeals_pending": lambda: present(system, system.cases(TRIBUNAL), target)}[target.key]()


SIMULATE = {
    "claims": lambda s, t: total(s, s.reached("claim", "claim_reception"), t),
    "pending_first_instance": lambda s, t: present(s, s.cases(*FIRST, "claim", "claim_reception"), t),
    "decisions": lambda s, t: total(s, s.first_decisions(), t),
    "cassation_pending": lambda s, t: present(s, s.cases(LAST), t),
    "in_reception": lambda s, t: present(s, s.placed(*RECEPTION), t),
    "in_ordinary_reception": lambda s, t: present(s, s.placed(*ORDINARY), t),
    "years_to_appeal_result": years_to_appeal_result,
} | dict.fromkeys(("appeals_lodged", "appeals_decided", "appeals_pending", "share_appeals_allowed"), appeals)


def simulate(system, target):
    """By run; None where the run does not cover the period, or keeps no tally of it."""
    if target.first not in system.month or target.last not in system.month:
        return None
    try:
        return number_of(system, target)
    except KeyError:
        return None


def number_of(system, target):
    if target.key in SIMULATE:
        return SIMULATE[target.key](system, target)
    if target.key.startswith("recognised:"):
        return recognised(system, target)
    if target.key.startswith("share_"):
        return share_of_decisions(system, target)
    sys.exit(f"no target '{target.key}' is known; there are {', '.join(SIMULATE)}, share_STATUS, recognised:STATE")


# Scores ---------------------------------------------------------------------------------------------------------------
def error_of(target, value):
    return value - target.value if target.is_share else value / target.value - 1


def is_within(target, value):
    if target.low <= value <= target.high and (target.low < target.high):
        return True
    if target.key == "years_to_appeal_result":
        return False
    goal = RECOGNISED_GOAL if target.key.startswith("recognised:") else SHARE_GOAL if target.is_share else GOAL.get(target.use, OTHER_GOAL)
    return abs(error_of(target, value)) <= goal


def score(system, targets):
    rows = []
    for target in targets:
        values = simulate(system, target)
        if values is None or not np.isfinite(values).any():
            rows.append([target.key, target.period, target.use, target.value, target.low, target.high, *[np.nan] * 4, "", target.source])
            continue
        low, middle, high = np.nanpercentile(values, BAND)
        rows.append([target.key, target.period, target.use, target.value, target.low, target.high, middle, low, high, error_of(target, middle),
                     "" if target.use in UNCOUNTED else "yes" if is_within(target, middle) else "no", target.source])
    return rows


HEADER = ["key", "period", "use", "value", "low", "high", "simulated", "simulated_p05", "simulated_p95", "error", "within_goal", "source"]


def group_of(key):
    return "recognised" if key.startswith("recognised:") else "share" if key.startswith("share_") else key


def summary(rows):
    """How many are within their goal, by kind and use; mean absolute error."""
    found = {}
    for row in rows:
        if row[10]:
            found.setdefault((group_of(row[0]), row[2]), []).append(row)
    body = [[kind, use, len(part), sum(row[10] == "yes" for row in part), float(np.mean([abs(row[9]) for row in part]))] for (kind, use), part in sorted(found.items())]
    return ["what", "use", "targets", "within_goal", "mean_absolute_error"], body


# Picture --------------------------------------------------------------------------------------------------------------
def days_of(months):
    """The last day of the month."""
    return [datetime.datetime(m // 12 + (m % 12 == 11), (m % 12 + 1) % 12 + 1, 1) - datetime.timedelta(days=1) for m in months]


def middle_of(target):
    months = (target.first + target.last + 1) / 2
    return datetime.datetime(int(months // 12), 1, 1) + datetime.timedelta(days=365.25 * (months % 12) / 12)


def draw(axes, system, values, label, colour=SIMULATED, smooth=1):
    """Median and 90 %; smooth: mean over so many months."""
    if smooth > 1:
        values = np.array([np.convolve(run, np.ones(smooth) / smooth, "same") for run in values])
    known = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((len(BAND), values.shape[1]), np.nan)
    low[known], middle[known], high[known] = np.nanpercentile(values[:, known], BAND, axis=0)
    axes.fill_between(days_of(system.month), low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(days_of(system.month), middle, color=colour, label=label)


def points(axes, targets, key, colour=OBSERVED, at_end=True, scale=1.0):
    for target in targets:
        if target.key != key:
            continue
        at = days_of([target.last])[0] if at_end else middle_of(target)
        filled = target.use in ("fit", *UNCOUNTED)
        axes.plot([at, at], [target.low / scale, target.high / scale], color=colour, linewidth=0.8)
        axes.plot(at, target.value / scale, "o", markersize=3.5, color=colour, markerfacecolor=colour if filled else "white")


def people_panel(axes, system, targets, title, lines):
    for (key, label, values), colour in zip(lines, LINES):
        draw(axes, system, values, label, colour)
        points(axes, targets, key, colour)
    axes.set_title(title)
    from_zero(axes)


def decisions_panel(axes, system, targets):
    draw(axes, system, system.first_decisions(), "first decisions a month")
    draw(axes, system, system.decided((TRIBUNAL,)), "of tribunals", LINES[1])
    for key, colour in (("decisions", LINES[0]), ("appeals_decided", LINES[1])):
        for target in targets:
            if target.key == key:
                months = target.last - target.first + 1
                axes.plot(middle_of(target), target.value / months, "o", markersize=3.5, color=colour, markerfacecolor=colour if target.use in ("fit", *UNCOUNTED) else "white")
    axes.set_title("Decisions a month")
    from_zero(axes)


def shares_panel(axes, system, targets):
    per = system.first_decisions()
    for name, colour in zip(("refugee", "subsidiary", "humanitarian", "refused", "no_show"), LINES):
        of = system.reached("no_show") if name == "no_show" else system.decided(FIRST, (name,))
        draw(axes, system, ratio(of, per), name.replace("_", " "), colour)
        points(axes, targets, f"share_{name}", colour, at_end=False)
    axes.set_title("Shares of first decisions")
    axes.set_ylim(0, 1)


def recognition_panel(axes, rows):
    """Simulated against observed share by state, the latest years apart; nothing where decisions by origin are not kept."""
    if not any(row[0].startswith("recognised:") and np.isfinite(row[6]) for row in rows):
        axes.set_axis_off()
        return
    for use, marker, colour in (("fit", "o", QUIET), ("test", "o", SIMULATED), ("shock", "^", LINES[1])):
        part = [row for row in rows if row[0].startswith("recognised:") and row[2] == use and np.isfinite(row[6])]
        axes.plot([row[3] for row in part], [row[6] for row in part], marker, markersize=4, color=colour, markerfacecolor=colour if use == "fit" else "white", label=use, linestyle="")
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="observed", ylabel="simulated")
    axes.set_title("Recognised, by state of origin and year")
    axes.legend(loc="upper left")


def plot(system, targets, rows, path):
    size = (10.5, 9.6)
    figure, panels = plt.subplots(3, 2, figsize=size)
    people_panel(panels[0, 0], system, targets, "Wait for the first decision", [("pending_first_instance", "waiting", system.cases(*FIRST, "claim", "claim_reception"))])
    decisions_panel(panels[0, 1], system, targets)
    people_panel(panels[1, 0], system, targets, "In reception", [("in_reception", "all", system.placed(*RECEPTION)), ("in_ordinary_reception", "small centres", system.placed(*ORDINARY))])
    people_panel(panels[1, 1], system, targets, "Wait for courts", [("appeals_pending", "tribunals", system.cases(TRIBUNAL)), ("cassation_pending", "last instance", system.cases(LAST))])
    shares_panel(panels[2, 0], system, targets)
    recognition_panel(panels[2, 1], rows)
    for axes in panels.flat[:5]:
        date_axis(axes)
        axes.legend(loc="upper left", fontsize=7.5, ncol=3 if axes is panels[2, 0] else 1)
    panels[2, 0].set_ylim(0, 1.15)
    head(figure, system.title, f"People in {system.state}, lines simulated; points observed, filled: years that were fitted, hollow: not")
    foot(figure, system.caption)
    figure.subplots_adjust(left=0.07, right=0.985, top=1 - 1.0 / size[1], bottom=0.75 / size[1], hspace=0.33, wspace=0.18)
    return save(figure, path)


# The whole ------------------------------------------------------------------------------------------------------------
def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("targets")
    parser.add_argument("--state", default="Italy")
    parser.add_argument("--arm")
    parser.add_argument("--out", metavar="STEM")
    return parser.parse_args()


def main():
    given = arguments()
    system, targets = System(given.results, given.state, given.arm), read_targets(given.targets)
    rows = score(system, targets)
    stem = given.out or os.path.splitext(given.results)[0] + "_case_score"
    write_csv(stem + ".csv", HEADER, rows)
    shown = [row[:3] + row[3:4] + row[6:7] + row[9:11] for row in rows]
    pieces = [f"# {system.title}: held against what is known", f"{system.caption}.", "## How many are within their goal", summary(rows), "## One by one",
              (["key", "period", "use", "value", "simulated", "error", "within goal"], shown)]
    print(write_markdown(stem + ".md", pieces))
    print(plot(system, targets, rows, stem + ".png"))


if __name__ == "__main__":
    main()
