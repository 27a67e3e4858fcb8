#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many decisions on protection are wrong cannot be seen. What can be seen, recognition and the success of appeals, rules out much: this
computes what is left, as ranges and never as one number.
usage: accuracy_set.py [SPEC.toml] [--observed NAME=LOW:HIGH ...] [--prior NAME=LOW:HIGH ...] [--out STEM] [--points 1000000]
       accuracy_set.py SPEC.toml --study STUDY.h5 [--arm NAME] ...
Without --study the two instances are a handful of shares, drawn evenly over their ranges (quasi-random); decisions of the two are independent
given the need. Draws whose observed shares lie within what was observed are kept; the ends of each range are then searched from there. With
--study the draws are those of a study, in which accuracy and the mix of classes should vary widely; its ends are those of the draws kept.

    title = "Italy 2015-17"
    [observed]                          # shares; without one of them nothing is known of it. In its place a default from --help's table
    recognition = [0.16, 0.22]          # protection, of decisions of the first instance
    stay        = [0.18, 0.28]          # another leave to stay, of the same
    appeals     = [0.70, 0.99]          # lodged, of refusals
    overturn    = [0.30, 0.55]          # allowed (protection or another leave), of appeals decided
    later       = [0.27, 0.43]          # refusals turned into some leave, of all refusals; as cohorts of claims give it
    [prior]                             # ranges of what is not seen: need, sensitivity, specificity, stay (of those who are taken for not in need),
    need = [0.05, 0.95]                 # appeal_sensitivity, appeal_specificity, appeal_stay, appeal_wrong and appeal_right (share of wrong and of
                                        # right refusals that are appealed)
    [study]                             # stages and statuses; every other status is another leave to stay
    first = "interview"                 # or a list of stages
    appeal = "court"
    protection = ["refugee", "subsidiary"]
    refused = ["refused"]
The study keeps `decisions` by stage, legal_status and protection_class; where only by the first two, then `final_decisions` by legal_status
and need, and nothing is said of the first instance. `stage_reached` by stage for appeals and later.

writes STEM.csv: each quantity's range and the part that holds 90 % of the draws kept, which depends on how they were drawn; STEM_drivers.csv: what
share of that part goes when a parameter is known to a tenth of the draws; STEM_parameters.csv; STEM.md; STEM.png (STEM: accuracy_set, or as the study)"""
import argparse
import sys
import tomllib

import numpy as np

from results import texts
from series import Study, near, stop
from style import QUIET, SIMULATED, foot, head, plt, save
from tables import number, write_csv, write_markdown

OBSERVED = {  # Italy 2015-17: ministry and courts; `later` has no default
    "recognition": (0.16, 0.22),
    "stay": (0.18, 0.28),
    "appeals": (0.70, 0.99),
    "overturn": (0.30, 0.55),
    "later": None,
}
PRIOR = {  # whoever decides is at least as good as a coin
    "need": (0.05, 0.95),
    "sensitivity": (0.5, 1.0),
    "specificity": (0.5, 1.0),
    "stay": (0.0, 0.5),
    "appeal_sensitivity": (0.5, 1.0),
    "appeal_specificity": (0.5, 1.0),
    "appeal_stay": (0.0, 0.5),
    "appeal_wrong": (0.6, 1.0),
    "appeal_right": (0.4, 1.0),
}
SHARES = {
    "wrong_refusals_first": "wrong refusals, of refusals\nfirst instance",
    "wrong_refusals_last": "wrong refusals, of refusals\nafter appeal",
    "wrong_grants_first": "wrong grants, of grants\nfirst instance",
    "wrong_grants_last": "wrong grants, of grants\nafter appeal",
}
PER_THOUSAND = {name + "_per_1000": label.split(",")[0] + "\n" + label.split("\n")[1] for name, label in SHARES.items()}
QUANTITIES = {**SHARES, **PER_THOUSAND}
CHUNK, ELITE, ROUNDS, TRIES = 100_000, 20, 40, 200
BAND, TENTHS, FEWEST = (5, 95), 10, 200  # percentiles; draws below which nothing is said of drivers
NEEDY = ("refugee", "other")


def plain(name):
    return name.replace("_", " ")


# The two instances ----------------------------------------------------------------------------------------------------
def quantities(wrong, refused, wrong_grants, grants, decisions, when):
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            f"wrong_refusals_{when}": wrong / refused,
            f"wrong_grants_{when}": wrong_grants / grants,
            f"wrong_refusals_{when}_per_1000": 1000 * wrong / decisions,
            f"wrong_grants_{when}_per_1000": 1000 * wrong_grants / decisions,
        }


def instances(p):
    """Observed shares and quantities of each draw; p: parameter -> array."""
    none = 1 - p["need"]
    right_grants, wrong_grants = p["need"] * p["sensitivity"], none * (1 - p["specificity"])
    grants = right_grants + wrong_grants
    wrong = p["need"] * (1 - p["sensitivity"]) * (1 - p["stay"])
    right = none * p["specificity"] * (1 - p["stay"])
    refused, lodged = wrong + right, wrong * p["appeal_wrong"] + right * p["appeal_right"]
    rescued, mistaken = wrong * p["appeal_wrong"] * p["appeal_sensitivity"], right * p["appeal_right"] * (1 - p["appeal_specificity"])
    stayed = (lodged - rescued - mistaken) * p["appeal_stay"]
    still_wrong = wrong - rescued - (wrong * p["appeal_wrong"] - rescued) * p["appeal_stay"]
    allowed = rescued + mistaken + stayed
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = {"recognition": grants, "stay": (1 - grants) * p["stay"], "appeals": lodged / refused, "overturn": allowed / lodged, "later": allowed / refused}
    last = quantities(still_wrong, refused - allowed, wrong_grants + mistaken, grants + rescued + mistaken, 1, "last")
    return seen, {**quantities(wrong, refused, wrong_grants, grants, 1, "first"), **last}


def consistent(seen, observed):
    """Within every observed range, to rounding."""
    size = len(next(iter(seen.values())))
    kept = np.full(size, True)
    for name, span in observed.items():
        if span is not None and name in seen:
            kept &= (seen[name] >= span[0] - 1e-12) & (seen[name] <= span[1] + 1e-12)
    return kept


def cube(first, count, dimensions):
    """Points first .. of a sequence that fills the unit cube evenly (Roberts 2018: powers of the root of x^(d+1) = x + 1)."""
    root = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / (dimensions + 1))
    step = (1 / root) ** np.arange(1, dimensions + 1) % 1
    return (0.5 + np.arange(first + 1, first + count + 1)[:, None] * step) % 1


def spread(unit, prior):
    """Points of the unit cube to parameters."""
    return {name: low + unit[:, i] * (high - low) for i, (name, (low, high)) in enumerate(prior.items())}


def draw(prior, observed, points):
    """Points of the unit cube that are consistent."""
    kept = []
    for first in range(0, points, CHUNK):
        unit = cube(first, min(CHUNK, points - first), len(prior))
        kept.append(unit[consistent(instances(spread(unit, prior))[0], observed)])
    return np.concatenate(kept)


def widen(unit, prior, observed, name, sign):
    """The end of a quantity's range: the best points are moved a little, again and again, within what is consistent."""
    random, step = np.random.default_rng(1), 0.2
    value = lambda points: sign * instances(spread(points, prior))[1][name]  # noqa: E731
    best = unit[np.argsort(-np.nan_to_num(value(unit), nan=-np.inf))[:ELITE]]
    for _ in range(ROUNDS):
        moves = step * random.standard_normal((TRIES, len(prior))) * (random.random((TRIES, len(prior))) < 0.5)
        tried = np.clip(best[random.integers(len(best), size=TRIES)] + moves, 0, 1)
        tried = np.concatenate([best, tried[consistent(instances(spread(tried, prior))[0], observed)]])
        best = tried[np.argsort(-np.nan_to_num(value(tried), nan=-np.inf), kind="stable")[:ELITE]]
        step *= 0.87
    return sign * value(best[:1])[0], spread(best[:1], prior)


def limits_at(point, prior):
    """Assumed ends, other than 0 and 1, that a point leans on: further ones would widen the range."""
    for name, (low, high) in prior.items():
        for end in (low, high):
            if low < high and 0 < end < 1 and abs(point[name][0] - end) < 0.01 * (high - low):
                yield f"{plain(name)} {end:g}"


def analytic(spec, points):
    unit = draw(spec.prior, spec.observed, points)
    if not len(unit):
        stop(spec.path, nothing_kept(instances(spread(cube(0, CHUNK, len(spec.prior)), spec.prior))[0], spec.observed))
    parameters = spread(unit, spec.prior)
    found = instances(parameters)[1]
    ends, spec.leans = {}, {}
    for name in found:
        (low, _), (high, point) = (widen(unit, spec.prior, spec.observed, name, sign) for sign in (-1, 1))
        ends[name], spec.leans[name] = (low, high), ", ".join(limits_at(point, spec.prior))
    return parameters, found, ends, f"{len(unit):,} of {points:,} draws are consistent with what was observed"


def nothing_kept(seen, observed):
    """Which observation stands against the rest?"""
    shares = {name: consistent(seen, {name: span}).mean() for name, span in observed.items() if span is not None and name in seen}
    alone = ", ".join(f"{name} {100 * share:.3g} %" for name, share in shares.items())
    return f"no draw is consistent with all that was observed; with each alone: {alone}. Wider ranges, of either kind?"


# A study --------------------------------------------------------------------------------------------------------------
class Tally:
    """Sums over time, replicates and other axes: .of(stage=..., legal_status=[...]) by draw. Failed runs are left out; a draw without any other is unknown."""

    def __init__(self, study, arm, name):
        self.name, self.study, data = name, study, study.file[name]
        self.axes = [data.dims[i][0].name.rsplit("/", 1)[-1] for i in range(4, data.ndim)]
        self.labels = {axis: study.labels(axis) for axis in self.axes}
        good = ~study.failed[arm].reshape(study.draws, -1)
        sums = [np.where(good[i].any(), 1.0, np.nan) * data[arm, i].astype(float)[good[i]].sum(axis=(0, 1)) for i in range(study.draws)]
        self.values = np.stack(sums)

    def of(self, **wanted):
        values = self.values
        for i in reversed(range(len(self.axes))):
            mask = np.full(values.shape[i + 1], True)
            if self.axes[i] in wanted:
                mask = np.array([label in wanted[self.axes[i]] for label in self.labels[self.axes[i]]])
            values = values.compress(mask, axis=i + 1).sum(axis=i + 1)
        return values

    def known(self, axis, names, path):
        for name in names:
            if name not in self.labels[axis]:
                stop(path, f"study: no {axis} '{name}'{near(name, self.labels[axis])}")


def tally(study, arm, name, *axes):
    """None where the study does not keep it by these axes."""
    found = Tally(study, arm, name) if name in study.file else None
    return found if found and set(axes) <= set(found.axes) else None


def observed_in(study, arm, decisions, spec):
    s = spec.study
    first, appeal = {"stage": s["first"]}, {"stage": s["appeal"]}
    all_first, all_appeal, refused = decisions.of(**first), decisions.of(**appeal), decisions.of(**first, legal_status=s["refused"])
    grants, upheld = decisions.of(**first, legal_status=s["protection"]), decisions.of(**appeal, legal_status=s["refused"])
    reached = tally(study, arm, "stage_reached", "stage")
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = {"recognition": grants / all_first, "stay": (all_first - grants - refused) / all_first, "overturn": (all_appeal - upheld) / all_appeal}
        if reached:
            seen["appeals"] = reached.of(**appeal) / refused
            seen["later"] = (all_appeal - upheld) / refused
    return seen


def by_instance(decisions, spec):
    """Both instances; after appeal: what the appeals decided so far left."""
    s = spec.study
    at = lambda stage, statuses, classes=None: decisions.of(stage=s[stage], legal_status=statuses, **({"protection_class": classes} if classes else {}))  # noqa: E731
    none = [label for label in decisions.labels["protection_class"] if label not in NEEDY]
    others = [label for label in decisions.labels["legal_status"] if label not in s["refused"]]
    count = decisions.of(stage=s["first"])
    wrong, refused = at("first", s["refused"], NEEDY), at("first", s["refused"])
    false, grants = at("first", s["protection"], none), at("first", s["protection"])
    left = quantities(
        wrong - at("appeal", others, NEEDY),
        refused - at("appeal", others),
        false + at("appeal", s["protection"], none),
        grants + at("appeal", s["protection"]),
        count,
        "last",
    )
    return {**quantities(wrong, refused, false, grants, count, "first"), **left}


def at_the_end(final, spec):
    s = spec.study
    none = [label for label in final.labels["need"] if label not in NEEDY]
    at = lambda statuses, needs: final.of(legal_status=statuses, need=needs)  # noqa: E731
    every = final.labels["need"]
    return quantities(at(s["refused"], NEEDY), at(s["refused"], every), at(s["protection"], none), at(s["protection"], every), final.of(), "last")


def from_study(spec, path, arm):
    study = Study(path)
    arm = study.arm_number(arm)
    if "first" not in spec.study:
        stop(spec.path, "study: is missing: first, appeal, protection, refused")
    decisions = tally(study, arm, "decisions", "stage", "legal_status")
    if not decisions:
        stop(path, "does not keep `decisions` by stage and legal_status")
    decisions.known("stage", spec.study["first"] + spec.study["appeal"], spec.path)
    decisions.known("legal_status", spec.study["protection"] + spec.study["refused"], spec.path)
    final = tally(study, arm, "final_decisions", "legal_status", "need")
    if "protection_class" not in decisions.axes and not final:
        stop(path, "keeps neither `decisions` by protection_class too nor `final_decisions` by legal_status and need")
    seen = observed_in(study, arm, decisions, spec)
    kept = consistent(seen, spec.observed)
    if not kept.any():
        stop(path, nothing_kept(seen, spec.observed))
    found = by_instance(decisions, spec) if "protection_class" in decisions.axes else at_the_end(final, spec)
    found = {name: values[kept] for name, values in found.items()}
    ends = {name: (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (np.nan, np.nan) for name, values in found.items()}
    spec.prior = {name: (float(np.nanmin(values)), float(np.nanmax(values))) for name, values in study.value.items()}
    return {name: values[kept] for name, values in study.value.items()}, found, ends, f"{kept.sum()} of {study.draws} draws of the study are consistent with what was observed"


# What drives the width ------------------------------------------------------------------------------------------------
def width(values):
    low, high = np.nanpercentile(values, BAND)
    return high - low


def narrowing(parameter, values):
    """Share of the width that goes, on average, when the parameter is known to a tenth of the draws; less than nothing is nothing."""
    good = np.isfinite(values)
    if good.sum() < FEWEST or width(values[good]) <= 0 or np.ptp(parameter[good]) == 0:
        return np.nan
    groups = np.array_split(values[good][np.argsort(parameter[good], kind="stable")], TENTHS)
    return max(0.0, 1 - np.mean([width(group) for group in groups]) / width(values[good]))


def drivers(parameters, found):
    return {name: {key: narrowing(p, values) for key, p in parameters.items()} for name, values in found.items()}


# The specification ----------------------------------------------------------------------------------------------------
class Spec:
    def __init__(self, path=None, observed=(), prior=()):
        self.path = path or "accuracy_set"
        table = self.read(path) if path else {}
        self.known(table, ("title", "observed", "prior", "study"), "")
        self.title = table.get("title", "What recognition and appeals leave possible")
        self.study, self.leans = self.read_study(table.get("study", {})), {}
        self.observed, self.prior = dict(OBSERVED), dict(PRIOR)
        if "observed" in table:
            self.observed = dict.fromkeys(OBSERVED)
        for mine, given in ((self.observed, [*table.get("observed", {}).items(), *observed]), (self.prior, [*table.get("prior", {}).items(), *prior])):
            for name, span in given:
                self.known([name], mine, "")
                mine[name] = self.span(name, span)

    @staticmethod
    def read(path):
        try:
            with open(path, "rb") as file:
                return tomllib.load(file)
        except OSError as error:
            sys.exit(f"{path}: cannot be read ({error.strerror})")
        except tomllib.TOMLDecodeError as error:
            stop(path, error)

    def known(self, names, among, where):
        for name in names:
            if name not in among:
                stop(self.path, f"{where}{name}: unknown setting{near(name, among)}")

    def read_study(self, table):
        self.known(table, ("first", "appeal", "protection", "refused"), "study.")
        if table and len(table) < 4:
            stop(self.path, "study: expected first, appeal, protection and refused")
        return {key: value if isinstance(value, list) else [value] for key, value in table.items()}

    def span(self, name, value):
        try:
            low, high = (float(v) for v in value)
        except (TypeError, ValueError):
            stop(self.path, f"{name}: expected a lower and an upper end, found {value}")
        if not 0 <= low <= high <= 1:
            stop(self.path, f"{name}: expected 0 <= lower <= upper <= 1, found {low:g} and {high:g}")
        return low, high


def as_span(text):
    name, _, ends = text.partition("=")
    return name, ends.split(":")


# Results --------------------------------------------------------------------------------------------------------------
def range_rows(found, ends):
    for name in QUANTITIES:
        if name in found:
            yield [name, *ends[name], *(np.nanpercentile(found[name], BAND) if np.isfinite(found[name]).any() else (np.nan, np.nan))]


def strongest(shares, most=2):
    order = sorted((key for key in shares if np.isfinite(shares[key])), key=lambda key: -shares[key])[:most]
    return ", ".join(f"{plain(key)} ({100 * shares[key]:.0f} %)" for key in order)


def parameter_rows(parameters, prior):
    for name, values in parameters.items():
        yield [name, *prior[name], float(values.min()), float(values.max()), *np.percentile(values, BAND)]


def as_range(low, high, form):
    return f"{form.format(low)} to {form.format(high)}" if np.isfinite(low) and np.isfinite(high) else ""


def write(stem, spec, parameters, found, ends, said, driving):
    rows = list(range_rows(found, ends))
    write_csv(stem + ".csv", ["quantity", "low", "high", "low_90", "high_90"], rows)
    write_csv(stem + "_drivers.csv", ["quantity", *parameters], [[name, *driving[name].values()] for name in driving])
    limits = list(parameter_rows(parameters, spec.prior))
    write_csv(stem + "_parameters.csv", ["parameter", "prior_low", "prior_high", "low", "high", "low_90", "high_90"], limits)
    form = lambda name: "{:.0f}" if name in PER_THOUSAND else "{:.3f}"  # noqa: E731
    shown = [[plain(n), as_range(a, b, form(n)), as_range(c, d, form(n)), strongest(driving[n]), spec.leans.get(n, "")] for n, a, b, c, d in rows]
    known = [[plain(name), as_range(*span, "{:.3g}")] for name, span in spec.observed.items() if span]
    ranges = [[plain(n), as_range(a, b, "{:.3g}"), as_range(c, d, "{:.3g}")] for n, a, b, c, d, *_ in limits]
    if not any(spec.leans.values()):
        shown = [row[:-1] for row in shown]
    return write_markdown(
        stem + ".md",
        [
            f"{spec.title}: {said}. Every number within a range is possible; none is more so than another by what was observed alone.",
            (["quantity", "possible", "90 % of the draws kept", "of this width goes when known to a tenth", "the upper end leans on the assumed limit of"][: len(shown[0])], shown),
            (["observed share", "range"], known),
            (["not observed", "assumed", "possible"], ranges),
        ],
    )


# Picture --------------------------------------------------------------------------------------------------------------
def range_panel(axes, labels, found, ends, title):
    names = [name for name in labels if name in found and np.isfinite(ends[name][0])]
    for row, name in enumerate(names):
        axes.plot(ends[name], (row, row), color=SIMULATED, linewidth=1.6)
        axes.plot(np.nanpercentile(found[name], BAND), (row, row), color=SIMULATED, linewidth=7, alpha=0.45, solid_capstyle="butt")
        for end, align in zip(ends[name], ("right", "left")):
            axes.annotate(number(round(float(end), 3 if name in SHARES else 0)), (end, row), (-4 if align == "right" else 4, 0), textcoords="offset points", ha=align, va="center", fontsize=7.5, color=QUIET)
    axes.set_yticks(range(len(names)), [labels[name] for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_title(title)
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.2 * (high - low), high + 0.2 * (high - low))


def driver_panel(axes, driving):
    names = [name for name in SHARES if name in driving]
    keys = list(driving[names[0]])
    values = np.array([[driving[name][key] for name in names] for key in keys])
    axes.imshow(np.nan_to_num(values), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if np.isfinite(value):
                axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=8, color="white" if value > 0.6 else "black")
    axes.set_xticks(range(len(names)), [SHARES[name].replace(", of ", ",\nof ") for name in names], fontsize=7.5)
    axes.set_yticks(range(len(keys)), [plain(key) for key in keys], fontsize=7)
    axes.grid(False)
    axes.set_title("Share of the width, in per cent, that goes when this is known to a tenth of the draws")


def picture(path, spec, found, ends, said, driving):
    keys = len(next(iter(driving.values())))
    height = 4.3 + 0.22 * keys
    figure, axes = plt.subplot_mosaic([["shares", "persons"], ["drivers", "drivers"]], figsize=(8.6, height), height_ratios=[2, 0.18 * keys + 0.6])
    range_panel(axes["shares"], SHARES, found, ends, "Share")
    range_panel(axes["persons"], PER_THOUSAND, found, ends, "Persons in 1,000 decisions")
    driver_panel(axes["drivers"], driving)
    head(figure, spec.title, "Thin: possible with what was observed; thick: 90 % of the draws kept, which depends on how they were drawn")
    observed = ", ".join(f"{plain(name)} {span[0]:g}-{span[1]:g}" for name, span in spec.observed.items() if span)
    foot(figure, said, "observed: " + observed)
    figure.subplots_adjust(left=0.19, right=0.98, top=1 - 0.85 / height, bottom=0.95 / height, wspace=0.62, hspace=0.4)
    return save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spec", nargs="?")
    parser.add_argument("--observed", action="append", default=[], type=as_span, metavar="NAME=LOW:HIGH")
    parser.add_argument("--prior", action="append", default=[], type=as_span, metavar="NAME=LOW:HIGH")
    parser.add_argument("--study")
    parser.add_argument("--arm")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--out")
    given = parser.parse_args()
    spec = Spec(given.spec, given.observed, given.prior)
    stem = given.out or (given.study.removesuffix(".h5") + "_accuracy" if given.study else "accuracy_set")
    parameters, found, ends, said = from_study(spec, given.study, given.arm) if given.study else analytic(spec, given.points)
    driving = drivers(parameters, found)
    if len(next(iter(parameters.values()))) < FEWEST:
        said += f"; fewer than {FEWEST} do not tell what drives the width"
    print(write(stem, spec, parameters, found, ends, said, driving))
    print(stem + ".csv", stem + "_drivers.csv", stem + "_parameters.csv", stem + ".md", picture(stem + ".png", spec, found, ends, said, driving), sep="\n")


if __name__ == "__main__":
    main()
