#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detention and its alternatives: what each arm of a study costs and does to people, with the evidence that each number rests on.
usage: alternatives.py STUDY.h5 [--out STEM] [--detention NAME,...] [--waiting NAME,...] [--completed STAGE,...] [--refused STATUS,...]
Writes STEM.md, STEM.csv and STEM.png (STEM: NAME_alternatives beside the results) and prints their paths. Median and the band of 90 % of the
runs (draws and seeds); differences from the first arm are taken run by run, same seed and draw. Numbers behind which fewer than 10 events
stand in the mean run, but some, are marked: not to be ranked. What the study did not keep is left out (scenarios/detention_alternatives/study.cfg
keeps all of it). --detention: placements that detain; --waiting: where people wait for a place; --completed: stages in which a case is over for
good; --lost: stages of who left or did not appear; --refused: statuses that refuse; --protection: those that protect;
--places: services whose places are waited for; --lasting: share of those with the condition who keep it"""
import argparse
import os
import re
import sys
import warnings

import numpy as np

from plot_study import Study
from results import attribute, axis, clean, texts
from style import LINES, QUIET, foot, head, people, plt, save
from tables import markdown, number, publish, write_csv

BAND = (5, 50, 95)
FEWEST = 10  # events in the mean run
STRONG = 0.5  # rank correlation worth a name
COMPLETED = "recognised,protected,may_stay,returned_by_force,returned_voluntarily"
PLACES = "detention_places,reception_places,case_managers,reporting_desks,devices,sureties,families"


# Reading --------------------------------------------------------------------------------------------------------------
class Counts:
    """Sums over the run of what a study kept: (arm, run, axes...); NaN where a run failed."""

    def __init__(self, study, names):
        self.study, self.names = study, names

    def has(self, *names):
        """Tallies or indicators that the study kept."""
        return all(name in self.study.file or "total_" + name in self.study.file for name in names)

    def axes(self, tally):
        """Name -> position and labels, of the axes kept beside arm, draw, replicate and time."""
        dims = list(self.study.file[tally].dims)[4:] if tally in self.study.file else []
        found = [axis(dimension) for dimension in dims]
        return {name: (i, [str(label) for label in labels]) for i, (name, labels) in enumerate(found)}

    def all(self, tally):
        """(arm, run): every cell together."""
        values = clean(self.study.file["total_" + tally]).sum(axis=3)
        return values.reshape(len(values), -1)

    def over(self, tally, **wanted):
        """(arm, run) of the cells with the labels wanted along the axes named; None where an axis was not kept."""
        axes = self.axes(tally)
        if any(name not in axes for name in wanted):
            return None
        values = clean(self.study.file[tally]).sum(axis=3)
        values = values.reshape(values.shape[0], -1, *values.shape[3:])
        for name, labels in wanted.items():
            place, known = axes[name]
            chosen = np.array([labels(label) if callable(labels) else label in labels for label in known], float)
            shape = [1] * values.ndim
            shape[2 + place] = len(known)
            values = values * chosen.reshape(shape)
        return values.reshape(*values.shape[:2], -1).sum(axis=2)

    def by(self, tally, name):
        """(arm, run, label), labels; summed over other axes."""
        place, labels = self.axes(tally)[name]
        values = clean(self.study.file[tally]).sum(axis=3)
        values = values.reshape(values.shape[0], -1, *values.shape[3:])
        others = tuple(2 + i for i in range(values.ndim - 2) if i != place)
        return values.sum(axis=others), labels


def is_child(label):
    """An age group that ends below 18: "12-17"."""
    ages = [int(age) for age in re.findall(r"\d+", label)]
    return bool(ages) and max(ages) < 18 and "+" not in label


def ratio(above, below):
    if above is None or below is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


# Measures: value by (arm, run), and the events behind it ----------------------------------------------------------------
def euros(c):
    return c.all("cost") / 100


def cases(c):
    """People whose case was opened: those who reached the first stage."""
    return c.by("stage_reached", "stage")[0][..., 0]


def completed(c):
    return c.over("stage_reached", stage=c.names.completed)


def cost_per_day(c):
    return ratio(euros(c), c.all("placement_days")), None


def cost_per_case(c):
    return ratio(euros(c), completed(c)), completed(c)


def resolved(c):
    return ratio(completed(c), cases(c)), completed(c)


def appearance(c):
    labels = c.axes("hearings").get("appeared", (0, []))[1]
    return ratio(c.over("hearings", appeared=labels[-1:]), c.all("hearings")), c.all("hearings")


def absconded(c):
    return ratio(c.all("left_without_leave"), cases(c)), c.all("left_without_leave")


def lost(c):
    """Left, or did not appear when called, whichever came first: what programmes report as absconding."""
    gone = c.over("stage_reached", stage=c.names.lost)
    return ratio(gone, cases(c)), gone


def harm(c):
    return 1000 * ratio(c.all("onsets"), cases(c)), c.all("onsets")


def harm_kept(c):
    return harm(c)[0] * c.names.lasting, c.all("onsets")


def harm_held(c):
    held = c.over("onsets", placement=c.names.detention)
    return ratio(held, c.over("entered_placement", placement=c.names.detention)), held


def deaths(c):
    labels = c.axes("harms_in_placement").get("placement_harm", (0, []))[1]
    dead = c.over("harms_in_placement", placement_harm=[label for label in labels if "death" in label])
    return dead, dead


def days_detained(c):
    return ratio(c.over("placement_days", placement=c.names.detention), cases(c)), None


def child_days(c):
    values = c.over("placement_days", placement=c.names.detention, age_group=is_child)
    return values, None


def days_to_decision(c):
    return ratio(c.all("final_decision_days"), c.all("final_decisions")), c.all("final_decisions")


def undecided(c):
    return ratio(c.all("undecided_days"), cases(c)), None


def decided_within(days):
    def share(c):
        def within(label):
            ages = [int(age) for age in re.findall(r"\d+", label)]
            return len(ages) == 2 and ages[1] <= days
        values = c.over("final_decisions", days_to_decision=within)
        return ratio(values, c.all("final_decisions")), values
    return share


def wrong(statuses, needs):
    """Final decisions of these statuses on people of these needs, of all of these statuses."""
    def share(c):
        found = c.over("final_decisions", legal_status=getattr(c.names, statuses), need=needs)
        return ratio(found, c.over("final_decisions", legal_status=getattr(c.names, statuses))), found
    return share


def returned(word):
    def count(c):
        labels = c.axes("returns").get("return_kind", (0, []))[1]
        values = c.over("returns", return_kind=[label for label in labels if word in label])
        return ratio(values, cases(c)), values
    return count


def returned_in_need(c):
    """People in need who went home of themselves: not free where they were held."""
    labels = c.axes("returns").get("return_kind", (0, []))[1]
    values = c.over("returns", return_kind=[label for label in labels if "volunt" in label], protection_class=["refugee", "other"])
    return values, values


def refoulement(c):
    return c.all("refoulement"), c.all("refoulement")


def waiting_days(c):
    return ratio(c.over("placement_days", placement=c.names.waiting), cases(c)), None


def coverage(services):
    """Of the days (ends of rows) on which people held or awaited a place, those on which they held it."""
    def share(c):
        names = getattr(c.names, services)
        taken, waiting = c.over("places_taken", service=names), c.over("waiting", service=names)
        return (None if taken is None or waiting is None else ratio(taken, taken + waiting)), None
    return share


COSTS = "detention.csv cost_day, cost_place_year; italy_system.csv reception.cost_day.CAS; alternatives.csv cost_person_day; NOTES.md 5"
LEAVING = "alternatives.csv absconding: .03 (N=93), .12 (N=126), .27 (N=617), about .25 (111,000); NOTES.md 2; no randomised trial"
HARM = "detention.csv harm.smd.ptsd.while_detained, harm.excess.*, harm.short_detention, harm.duration_slope (contested); beyond the prevalence of people not detained (harm.prevalence.comparator PTSD .31)"
TIMES = "NOTES.md 5 time to first decision, appeal time (local); italy_system.csv appeal.time_days"
# key, title, unit, tallies needed, function, evidence, in the picture
MEASURES = (
    ("people", "people whose case was opened", "people", ("stage_reached",), lambda c: (cases(c), None), "data/arrivals.csv; invented", False),
    ("cost_person_day", "cost per person-day in a case", "EUR", ("cost", "placement_days"), cost_per_day, COSTS, True),
    ("cost_completed_case", "cost per completed case", "EUR", ("cost", "stage_reached"), cost_per_case, COSTS + "; alternatives.csv cost_per_completed_case", True),
    ("completed", "cases completed, of people", "1", ("stage_reached",), resolved, "alternatives.csv case_resolution .25 in two years (.10-.60)", True),
    ("appearance", "appeared when called", "1", ("hearings",), appearance, "EVIDENCE.md us.appearance_nondetained, us.isap_appearance; alternatives.csv appearance_or_compliance", True),
    ("absconded", "left without leave, of people", "1", ("left_without_leave", "stage_reached"), absconded, LEAVING, False),
    ("lost", "left or did not appear, of people", "1", ("stage_reached",), lost, LEAVING, True),
    ("harm", "excess onsets per 1,000 people", "1", ("onsets", "stage_reached"), harm, HARM, True),
    ("harm_held", "excess onsets per stay in detention", "1", ("onsets", "entered_placement"), harm_held, HARM, False),
    ("harm_kept", "people who keep it, per 1,000", "1", ("onsets", "stage_reached"), harm_kept, "the same; NOTES.md 5 lasting share .5 (.2-1)", False),
    ("deaths_held", "excess deaths in a placement", "people", ("harms_in_placement",), deaths, "detention.csv deaths_in_estate, deaths", False),
    ("days_detained", "days detained per person", "day", ("placement_days", "stage_reached"), days_detained, "detention.csv mean_length_days, max_length, capacity", True),
    ("child_days", "child person-days detained", "person-days", ("placement_days",), child_days, "detention.csv children*; EVIDENCE.md italy.uasc_share.2016", True),
    ("days_to_decision", "days to the final decision", "day", ("final_decision_days", "final_decisions"), days_to_decision, TIMES, True),
    ("decided_90", "decided within 90 days", "1", ("final_decisions",), decided_within(90), TIMES, False),
    ("decided_365", "decided within a year", "1", ("final_decisions",), decided_within(365), TIMES, True),
    ("undecided", "days without a final decision per person", "day", ("undecided_days", "stage_reached"), undecided, TIMES, False),
    ("voluntary", "returned voluntarily, of people", "1", ("returns", "stage_reached"), returned("volunt"), "return.csv voluntary_share, cohort.voluntary_share; alternatives.csv voluntary_return_uptake", True),
    ("forced", "returned by force, of people", "1", ("returns", "stage_reached"), returned("forc"), "return.csv return_rate.by_nationality, cohort.returned_of_finally_refused", True),
    ("wrong_refusals", "wrong ones of final refusals", "1", ("final_decisions",), wrong("refused", ["refugee", "other"]), "other_states.csv uk.cohort.refusal_later_granted; italy_system.csv appeal.allowed", True),
    ("wrong_grants", "wrong ones of final protection", "1", ("final_decisions",), wrong("protection", ["neither"]), "NOTES.md 5 wrongful grant, assumed", False),
    ("refoulement", "returned by force though in need", "people", ("refoulement",), refoulement, "follows from wrong refusals and returns; no count to check it", True),
    ("voluntary_in_need", "returned voluntarily though in need", "people", ("returns",), returned_in_need, "assumptions detention.cfg return_rate, placement.return_in_need; NOTES.md 5 voluntary share", False),
    ("coverage", "places: days held, of days wanted", "1", ("places_taken", "waiting"), coverage("places"), "detention.csv capacity; alternatives.csv programme sizes; the rest assumed (services.cfg)", True),
    ("coverage_detention", "the same of places in detention", "1", ("places_taken", "waiting"), coverage("detention_services"), "detention.csv capacity, occupancy", False),
    ("waiting_days", "days waiting for a place per person", "day", ("placement_days", "stage_reached"), waiting_days, "detention.csv capacity; alternatives.csv programme sizes", False),
)


class Measured:
    def __init__(self, row, counts):
        self.key, self.title, self.unit, _, function, self.evidence, self.drawn = row
        self.value, events = function(counts)
        if self.value is None:
            return
        self.few = np.zeros(len(self.value), bool) if events is None else few(np.nanmean(events, axis=1))
        self.band = np.nanpercentile(self.value, BAND, axis=1).T
        self.difference = self.value - self.value[0]
        self.difference_band = np.nanpercentile(self.difference, BAND, axis=1).T
        self.same = [agreement(row) for row in self.difference]


def few(events):
    """Some, but so few that chance rules; none at all says that nobody was exposed."""
    return (events > 0) & (events < FEWEST)


def agreement(difference):
    """Share of pairs whose difference has the sign of the median; NaN where that is 0."""
    known = difference[np.isfinite(difference)]
    middle = np.median(known) if len(known) else 0
    return float(np.mean(np.sign(known) == np.sign(middle))) if middle != 0 else np.nan


def measure_all(counts):
    found = []
    for row in MEASURES:
        if not counts.has(*row[3]):
            continue
        try:
            one = Measured(row, counts)
        except KeyError:  # an axis that was not kept
            continue
        if one.value is not None and np.isfinite(one.value).any():
            found.append(one)
    return found


# What an arm permits, what turns a result ------------------------------------------------------------------------------
def legal_labels(study):
    """What each arm permits beyond the lawful; "" where it says nothing."""
    for name in ("legal", "arm_legal"):
        if name in study.file:
            return [label if label != "none" else "" for label in texts(study.file[name])]
    return [attribute(study.file, "legal")] * len(study.arm)


def ranks(values):
    return np.argsort(np.argsort(values)).astype(float)


def turning(study, measured, arm):
    """(share of pairs against the median's sign, parameter that goes with the difference most, rank correlation)."""
    if "parameter_value" not in study.file:
        return None
    parameters, drawn = texts(study.file["parameter"]), study.file["parameter_value"][()]
    difference = np.nanmean(measured.difference[arm].reshape(study.draws, -1), axis=1)
    known = np.isfinite(difference)
    if known.sum() < 8 or np.ptp(difference[known]) == 0:
        return None
    by = [np.corrcoef(ranks(drawn[known, i]), ranks(difference[known]))[0, 1] for i in range(len(parameters))]
    best = int(np.nanargmax(np.abs(by)))
    return 1 - measured.same[arm], parameters[best], by[best]


# Tables ---------------------------------------------------------------------------------------------------------------
def cell(band, few=False):
    low, middle, high = band
    if not np.isfinite(middle):
        return ""
    return f"{number(middle)} ({number(low)} to {number(high)}){'*' if few else ''}"


def arm_names(study, legal):
    return [name + (" †" if label else "") for name, label in zip(study.arm, legal)]


def main_table(study, measured, legal):
    header = ["", "unit", *arm_names(study, legal)]
    return header, [[m.title, m.unit, *(cell(m.band[a], m.few[a]) for a in range(len(study.arm)))] for m in measured]


def difference_table(study, measured, legal):
    header = ["difference", "unit", *arm_names(study, legal)[1:]]
    return header, [[m.title, m.unit, *(cell(m.difference_band[a], m.few[a] or m.few[0]) for a in range(1, len(study.arm)))] for m in measured]


def turning_table(study, measured):
    rows = []
    for m in measured:
        for a in range(1, len(study.arm)) if m.drawn else ():
            found = turning(study, m, a)
            if found and found[0] > 0.02:
                strong = abs(found[2]) >= STRONG
                rows.append([m.title, study.arm[a], found[0], found[1] if strong else "no single one", found[2] if strong else None])
    return ["measure", "arm", "share of pairs the other way", "goes most with", "rank correlation"], rows


def placement_table(counts, legal):
    """By placement: people who entered, share of stays that ended without leave, share of calls answered."""
    if not counts.has("entered_placement", "left_without_leave", "hearings", "placement_days"):
        return None
    entered, labels = counts.by("entered_placement", "placement")
    left, days = counts.by("left_without_leave", "placement")[0], counts.by("placement_days", "placement")[0]
    rows = []
    for i, label in enumerate(labels):
        called = ratio(counts.over("hearings", placement=[label], appeared=["yes"]), counts.over("hearings", placement=[label]))
        parts = entered[..., i], ratio(days[..., i], entered[..., i]), ratio(left[..., i], entered[..., i]), called
        for name, part in zip(("stays", "days a stay", "left without leave, of stays", "appeared when called"), parts):
            if np.nanmax(entered[..., i]) > 0 and np.isfinite(part).any():
                rows.append([label.replace("_", " "), name, *(number(value) for value in np.nanmedian(part, axis=1))])
    return ["placement", "", *arm_names(counts.study, legal)], rows


def service_table(counts, legal):
    """Of the days (ends of rows) on which people held a place or waited for one, those on which they held it; where nothing is held, the longest queue."""
    if not all("service" in counts.axes(name) for name in ("places_taken", "waiting")):
        return None
    taken, labels = counts.by("places_taken", "service")  # stocks: sums over rows compare
    waiting = counts.by("waiting", "service")[0]
    longest = clean(counts.study.file["waiting"]).max(axis=3).reshape(*waiting.shape[:2], -1)
    rows = []
    for i, label in enumerate(labels):
        holds = np.nanmax(taken[..., i]) > 0
        part = ratio(taken[..., i], taken[..., i] + waiting[..., i]) if holds else longest[..., i]
        if np.isfinite(part).any():
            rows.append([label.replace("_", " "), "coverage" if holds else "longest queue, people", *(number(value) for value in np.nanmedian(part, axis=1))])
    return ["service", "", *arm_names(counts.study, legal)], rows


def decision_table(counts, legal):
    """How long final decisions took: shares of people by days since the case was opened."""
    if "days_to_decision" not in counts.axes("final_decisions"):
        return None
    values, labels = counts.by("final_decisions", "days_to_decision")
    part = ratio(values, values.sum(axis=2, keepdims=True))
    rows = [[label.replace("_", " "), *(cell(band) for band in np.nanpercentile(part[..., i], BAND, axis=1).T)] for i, label in enumerate(labels)]
    return ["days", *arm_names(counts.study, legal)], rows


def pieces(study, measured, counts, legal):
    text = [f"# {study.title}", f"{study.caption}. Median and band of 90 % of the runs; * fewer than {FEWEST} events in the mean run: not to be ranked."]
    flagged = [f"† {name}: {label}" for name, label in zip(study.arm, legal) if label]
    text += ["\n".join(flagged)] if flagged else []
    text.append(main_table(study, measured, legal))
    if len(study.arm) > 1:
        text += [f"## Differences from “{study.arm[0]}”, same seed and draw in both", difference_table(study, measured, legal)]
        turned = turning_table(study, measured)
        text += ["## What would reverse the order", turned] if turned[1] else []
    for title, table in (("## Days to the final decision, shares of people", decision_table(counts, legal)), ("## By placement, medians", placement_table(counts, legal)), ("## Places and queues, medians", service_table(counts, legal))):
        text += [title, table] if table else []
    return text + ["## What each number rests on", (["number", "evidence"], [[m.title, m.evidence] for m in measured])]


def write_rows(path, study, measured, legal):
    header = ["arm", "measure", "unit", "low", "median", "high", "difference_low", "difference_median", "difference_high", "same_sign_share", "few", "legal", "evidence"]
    rows = []
    for a, name in enumerate(study.arm):
        for m in measured:
            rows.append([name, m.key, m.unit, *m.band[a], *m.difference_band[a], m.same[a], "yes" if m.few[a] else "no", legal[a], m.evidence])
    return write_csv(path, header, rows)


# Picture --------------------------------------------------------------------------------------------------------------
def panel(axes, study, m, names):
    for a in range(len(study.arm)):
        low, middle, high = m.band[a]
        colour = LINES[a % len(LINES)]
        axes.plot([low, high], [a, a], color=colour, linewidth=2, alpha=0.6)
        axes.plot(middle, a, "o", color=colour, markersize=5.5, markerfacecolor="white" if m.few[a] else colour)
    axes.set_title(m.title, fontsize=8.2, pad=12)
    axes.text(0, 1.02, "" if m.unit == "1" else m.unit, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
    axes.set_ylim(len(study.arm) - 0.5, -0.5)
    axes.set_yticks(range(len(study.arm)), names if axes.get_subplotspec().is_first_col() else [""] * len(names))
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda value, _: people(value))
    axes.locator_params(axis="x", nbins=4)
    if np.nanmin(m.band) >= 0:
        axes.set_xlim(0, max(np.nanmax(m.band), 1e-9) * 1.08)


def picture(path, study, measured, legal):
    shown = [m for m in measured if m.drawn]
    columns = 3
    rows = -(-len(shown) // columns)
    size = (10.2, (0.62 + 0.2 * len(study.arm)) * rows + 1.5)
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axes, m in zip(panels.flat, shown):
        panel(axes, study, m, arm_names(study, legal))
    for axes in panels.flat[len(shown):]:
        axes.set_visible(False)
    runs = study.draws * study.replicates
    head(figure, study.title, f"Median of {runs} runs in each arm; the line holds 90 % of them. The same people in every arm")
    marks = ["† permits what the law does not: " + "; ".join(sorted({label for label in legal if label}))] if any(legal) else []
    foot(figure, *marks, f"hollow: fewer than {FEWEST} events. {study.caption}")
    left = 0.3 + 0.068 * max(len(name) for name in arm_names(study, legal))
    figure.subplots_adjust(left=left / size[0], right=1 - 0.25 / size[0], top=1 - 0.95 / size[1], bottom=0.7 / size[1], hspace=0.62, wspace=0.14)
    return save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--out", metavar="STEM", help="what the files' names begin with")
    for name, fallback in (("protection", "refugee,subsidiary"), ("places", PLACES), ("detention-services", "detention_places"), ("detention", "detention"), ("waiting", "community"), ("completed", COMPLETED), ("refused", "refused"), ("lost", "gone,closed")):
        parser.add_argument("--" + name, default=fallback, type=lambda text: [part.strip() for part in text.split(",")])
    parser.add_argument("--lasting", type=float, default=0.5)
    given = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)  # medians of nobody
    study = Study(given.results)
    stem = given.out or os.path.splitext(given.results)[0] + "_alternatives"
    counts = Counts(study, given)
    measured = measure_all(counts)
    if not measured:
        sys.exit(f"{given.results}: no tally of a case in it; the study file's keep says what is kept")
    legal = legal_labels(study)
    text = "\n\n".join(piece if isinstance(piece, str) else markdown(*piece) for piece in pieces(study, measured, counts, legal)) + "\n"
    for path in (publish(stem + ".md", text), write_rows(stem + ".csv", study, measured, legal), picture(stem + ".png", study, measured, legal)):
        print(path)


if __name__ == "__main__":
    main()
