#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores a study against observed series, month by month, over periods and between regimes.
usage: score.py STUDY.h5 SPEC.toml [--arm NAME] [--weights WEIGHTS.csv] [--from 2014-01] [--until 2016-12] [--out STEM]
                [--leave-out 2014=SOURCE] ... [--other LABEL=SOURCE] ...
The specification's format stands at the head of series.py. STUDY.h5 holds draws of equal weight (of a posterior.csv), or --weights has those of
a fit, posterior_weights.csv. A SOURCE is [STUDY.h5][+WEIGHTS.csv][:ARM], of the study given first and its arm where they are left out.
--leave-out: that year's months come from a fit without it; the years given make one series. --other: what stands beside, an arm with departures
shuffled between years for example.

writes STEM_scores.csv    a line for each monthly series and source: fitted, leave-one-year-out, others, climatology, the same month of the year before
       STEM_periods.csv   half-year and annual totals with ranges
       STEM_regimes.csv   ratios (deaths per attempt) by regime, with and without some months, and differences from the first regime
       STEM.md, STEM.png  the same as text and as a figure
The simulated number of a month is the median of its runs. nrmse: over the observed mean. r_anomalies: of months minus their calendar means.
Climatology: calendar means of the fit's other years. skill: 1 - mean square error over that of climatology, or of the same month of the year
before. coverage_90, width_90 (over the observed mean): of the band from 5 to 95 %. crps: of all runs, in people.
few: fewer than 30 simulated persons (of events 10): too few to be told apart"""
import argparse
import os

import numpy as np

from measures import all_scores, climatology, correlation, crps, nrmse, quantiles, rmse, year_before
from series import Spec, Study, month, month_text, read_weights, runs_of, stop, year_of
from style import LINES, OBSERVED, QUIET, SIMULATED, date_axis, foot, from_zero, head, plt, save
from tables import month_dates, write_csv, write_markdown

COLUMNS = ["months", "rmse", "nrmse", "r", "r_anomalies", "skill_climatology", "skill_year_before", "coverage_90", "width_90", "crps", "few"]
BAND = ["simulated_median", "simulated_p05", "simulated_p95"]


# Where numbers come from ----------------------------------------------------------------------------------------------
class Source:
    """An arm of a study, with weights of its draws."""

    def __init__(self, label, study, arm=0, weights=None):
        self.label, self.study, self.arm = label, study, arm
        self.weight = read_weights(weights, study.draws)
        self.cache = {}

    def at(self, year):
        return self

    def runs(self, spec, name, months):
        """(run, month), and the weight of each run"""
        if name not in self.cache:
            values = self.study.series(spec, name, self.arm)
            self.cache[name] = runs_of(values.reshape(-1, values.shape[-1]), self.weight, self.study.replicates)
        values, weight = self.cache[name]
        return values[:, [self.study.months[m] for m in months]], weight

    def has(self, months):
        return all(m in self.study.months for m in months)


class LeftOut:
    """Every year from a source of its own."""

    label = "leave-one-year-out"

    def __init__(self, sources):
        self.sources = sources

    def at(self, year):
        return self.sources.get(year)


def has(source, months):
    parts = {source.at(year_of(m)) for m in months}
    return None not in parts and all(part.has([m]) for m in months for part in [source.at(year_of(m))])


# Months ---------------------------------------------------------------------------------------------------------------
def months_of(spec, source, name, span):
    """Months of the series that are observed one by one and simulated, and what was observed."""
    seen = spec.single_months(name)
    months = [m for m in sorted(seen) if span[0] <= m <= span[1] and has(source, [m])]
    return months, np.array([seen[m] for m in months])


def forecast(spec, source, name, months, observed=None):
    """Band (5 %, median, 95 %) and crps by month."""
    band, ranked = np.empty((3, len(months))), np.full(len(months), np.nan)
    for i, m in enumerate(months):
        sample, weight = source.at(year_of(m)).runs(spec, name, [m])
        band[:, i] = quantiles(sample, weight)[:, 0]
        if observed is not None:
            ranked[i] = crps(sample, weight, observed[i : i + 1])[0]
    return band, ranked


def references(spec, name, months):
    return climatology(months, spec.single_months(name, spec.fit)), year_before(months, spec.single_months(name))


def simulated_row(spec, source, name, span):
    months, observed = months_of(spec, source, name, span)
    if len(months) < 2:
        return None
    band, ranked = forecast(spec, source, name, months, observed)
    scores = all_scores(months, band, ranked, observed, *references(spec, name, months))
    scores["few"] = int(sum(band[1, i] < source.at(year_of(m)).study.fewest(spec, name) for i, m in enumerate(months)))
    return [name, source.label, *(scores[column] for column in COLUMNS)]


def reference_rows(spec, source, name, span):
    months, observed = months_of(spec, source, name, span)
    for label, values in zip(("climatology", "same month of the year before"), references(spec, name, months)):
        known = np.isfinite(values)
        if known.sum() < 2:
            continue
        x, y = values[known], observed[known]
        scores = {"months": int(known.sum()), "rmse": rmse(x, y), "nrmse": nrmse(x, y), "r": correlation(x, y), "crps": float(np.mean(np.abs(x - y)))}
        yield [name, label, *(scores.get(column, np.nan) for column in COLUMNS)]


def score_table(spec, sources, span):
    rows = []
    for name in spec.series:
        rows += [row for row in (simulated_row(spec, source, name, span) for source in sources) if row]
        rows += reference_rows(spec, sources[0], name, span)
    return ["series", "source", *COLUMNS], rows


# Periods --------------------------------------------------------------------------------------------------------------
def period_row(spec, source, name, target):
    months = list(range(target.first, target.first + target.length))
    if not has(source, months):
        return None
    part = source.at(year_of(target.first))
    sample, weight = part.runs(spec, name, months)
    low, middle, high = quantiles(sample.sum(axis=1)[:, None], weight)[:, 0]
    within = "yes" if low <= target.high and high >= target.low else "no"
    few = "few" if middle < part.study.fewest(spec, name) else ""
    return [name, target.name, source.label, target.observed, target.low, target.high, middle, low, high, within, few]


def period_table(spec, sources, span):
    rows = []
    for name in spec.series:
        for target in spec.observed(name, "half") + spec.observed(name, "year"):
            if span[0] <= target.first and target.first + target.length - 1 <= span[1]:
                rows += [row for row in (period_row(spec, source, name, target) for source in sources) if row]
    return ["series", "period", "source", "observed", "low", "high", *BAND, "ranges_meet", "few"], rows


# Regimes --------------------------------------------------------------------------------------------------------------
def observed_ratio(spec, of, per, months):
    """The ratio, its lowest and its highest; nothing where a month is not known."""
    known = {name: spec.monthly(name) for name in {*of, *per}}
    if any(m not in values for values in known.values() for m in months):
        return np.full(3, np.nan)

    def ratio(own, other):
        sums = {name: sum(getattr(values[m], own if name in of else other) for m in months) for name, values in known.items()}
        below = sum(sums[name] for name in per)
        return sum(sums[name] for name in of) / below if below > 0 else np.nan

    return np.array([ratio("observed", "observed"), ratio("low", "high"), ratio("high", "low")])


def simulated_ratio(spec, source, of, per, months):
    """By run, with weights; and the median of the numerator."""
    sums = {}
    for name in {*of, *per}:
        sample, weight = source.runs(spec, name, months)
        sums[name] = sample.sum(axis=1)
    above, below = (sum(sums[name] for name in names) for names in (of, per))
    ratio = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return ratio, weight, quantiles(above[:, None], weight)[1, 0]


def band_of(values, weight):
    """Median, 5 %, 95 %."""
    good = np.isfinite(values)
    if not good.any():
        return np.full(3, np.nan)
    low, middle, high = quantiles(values[good][:, None], weight[good] / weight[good].sum())[:, 0]
    return np.array([middle, low, high])


def ratio_rows(spec, source, name, without):
    """A row a regime; without: months left out."""
    label, of, per, _ = spec.ratios[name]
    first = None
    for regime, start, end in spec.regimes:
        months = [m for m in range(start, end + 1) if m not in without and source.has([m])]
        if not months:
            continue
        values, weight, above = simulated_ratio(spec, source, of, per, months)
        seen = observed_ratio(spec, of, per, months)
        first = (values, seen[0]) if first is None else first
        apart = band_of(values - first[0], weight)
        few = "few" if above < min(source.study.fewest(spec, part) for part in of) else ""
        zero = "" if values is first[0] else "yes" if apart[1] <= 0 <= apart[2] else "no"
        differences = [np.nan] * 4 if values is first[0] else [seen[0] - first[1], *apart]
        left = " ".join(month_text(m) for m in without)
        yield [name, source.label, regime, month_text(months[0]), month_text(months[-1]), left, *seen, *band_of(values, weight), *differences, zero, few]


def ratio_table(spec, sources):
    header = ["ratio", "source", "regime", "from", "until", "without", "observed", "low", "high", *BAND, "observed_difference", "difference_median",
              "difference_p05", "difference_p95", "zero_inside", "few"]
    rows = []
    for source in sources:
        for name, (_, _, _, without) in spec.ratios.items():
            rows += ratio_rows(spec, source, name, [])
            rows += ratio_rows(spec, source, name, without) if without else []
    return header, rows


def evenly(spec):
    """Series that ratios take from longer periods."""
    names = {name for _, of, per, _ in spec.ratios.values() for name in (*of, *per)}
    return [spec.series[name].label for name in spec.series if name in names and any(spec.spread(name, first, last) for _, first, last in spec.regimes)]


# Text -----------------------------------------------------------------------------------------------------------------
def pieces(spec, sources, scores, periods, ratios):
    yield f"# Scores of {sources[0].study.title}"
    yield f"{sources[0].study.caption}."
    yield "## Month by month"
    yield scores
    if periods[1]:
        yield "## Over half-years and years"
        yield periods
    if ratios[1]:
        yield "## Between regimes"
        yield ratios
        if evenly(spec):
            yield f"Observed numbers known for longer periods only are spread evenly over their months: {', '.join(evenly(spec))}."


# Picture --------------------------------------------------------------------------------------------------------------
def series_panel(axes, spec, sources, name, span):
    source = sources[0]
    months = [m for m in sorted(source.study.months) if span[0] <= m <= span[1]]
    band, _ = forecast(spec, source, name, months)
    axes.fill_between(month_dates(months), band[0], band[2], color=SIMULATED, alpha=0.2, linewidth=0)
    axes.plot(month_dates(months), band[1], color=SIMULATED, label=f"{source.label}, median and 90 %")
    for other, colour in zip(sources[1:], LINES[1:]):
        there = [m for m in months if has(other, [m])]
        axes.plot(month_dates(there), forecast(spec, other, name, there)[0][1], color=colour, linewidth=1.1, label=other.label)
    seen = spec.single_months(name)
    there = [m for m in sorted(seen) if span[0] <= m <= span[1]]
    axes.plot(month_dates(there), climatology(there, spec.single_months(name, spec.fit)), ":", color=QUIET, linewidth=1, label="climatology")
    axes.plot(month_dates(there), [seen[m] for m in there], ".", color=OBSERVED, markersize=5, label="observed")
    axes.set_title(spec.series[name].label)
    from_zero(axes)
    date_axis(axes)


def ratio_chosen(spec, name, rows):
    """Rows of the first source; without some months only where they lie in the regime."""
    inside = {regime: {month_text(m) for m in range(first, last + 1)} for regime, first, last in spec.regimes}
    chosen = [row for row in rows if row[0] == name]
    return [row for row in chosen if row[1] == chosen[0][1] and (not row[5] or inside[row[2]] & set(row[5].split()))]


def ratio_panel(axes, spec, name, header, rows):
    """A line a regime: simulated range, observed range."""
    column = header.index
    order = [regime for regime, _, _ in spec.regimes]
    chosen = sorted(ratio_chosen(spec, name, rows), key=lambda row: order.index(row[2]))
    for height, row in enumerate(chosen):
        axes.plot([row[column("simulated_p05")], row[column("simulated_p95")]], [height, height], color=SIMULATED, linewidth=5, alpha=0.3, solid_capstyle="butt")
        axes.plot(row[column("simulated_median")], height, "o", color=SIMULATED, markersize=4, markerfacecolor="none" if row[column("few")] else SIMULATED)
        axes.plot([row[column("low")], row[column("high")]], [height + 0.25] * 2, color=OBSERVED, linewidth=1.2)
        axes.plot(row[column("observed")], height + 0.25, ".", color=OBSERVED)
    axes.set_yticks(range(len(chosen)), [f"{row[2]}, without {row[5]}" if row[5] else row[2] for row in chosen])
    axes.set_ylim(len(chosen) - 0.4, -0.6)
    axes.set_xlim(0)
    axes.grid(axis="y", visible=False)
    axes.set_title(spec.ratios[name][0])


def plot(spec, sources, span, ratios, path):
    names = [name for name in spec.series if spec.single_months(name)]
    drawn = [name for name in spec.ratios if any(row[0] == name for row in ratios[1])]
    tall = [1.6] * len(names) + [0.22 * len(ratio_chosen(spec, name, ratios[1])) + 0.3 for name in drawn]
    figure, panels = plt.subplots(len(tall), 1, figsize=(7.6, sum(tall) + 0.45 * len(tall) + 1.4), squeeze=False, gridspec_kw={"height_ratios": tall})
    for axes, name in zip(panels.flat, names):
        series_panel(axes, spec, sources, name, span)
    for axes, name in zip(panels.flat[len(names):], drawn):
        ratio_panel(axes, spec, name, *ratios)
    size = figure.get_size_inches()
    head(figure, sources[0].study.title, "By month, simulated and observed")
    if names:
        figure.legend(*panels[0, 0].get_legend_handles_labels(), ncol=3, loc="upper left", bbox_to_anchor=(0.1 / size[0], 1 - 0.6 / size[1]), borderaxespad=0)
    foot(figure, "ratios: blue simulated, black observed with its range; hollow: too few simulated events", sources[0].study.caption)
    left = 1.9 if drawn else 0.7
    figure.subplots_adjust(left=left / size[0], right=1 - 0.2 / size[0], top=1 - 1.3 / size[1], bottom=0.6 / size[1], hspace=0.45 * len(tall) / sum(tall) * 1.3)
    return save(figure, path)


# The whole ------------------------------------------------------------------------------------------------------------
def equation(text, option):
    key, sign, value = text.partition("=")
    if not sign or not key or not value:
        raise SystemExit(f"{option}: expected NAME=VALUE, found '{text}'")
    return key, value


def source_of(label, text, study, arm):
    """[STUDY.h5][+WEIGHTS.csv][:ARM]"""
    rest, _, name = text.partition(":")
    path, _, weights = rest.partition("+")
    other = Study(path) if path else study
    return Source(label, other, other.arm_number(name) if name else arm if other is study else 0, weights or None)


def left_out(given, study, arm):
    """One source a year."""
    sources = {}
    for text in given:
        year, value = equation(text, "--leave-out")
        if not year.isdigit():
            raise SystemExit(f"--leave-out: expected a year before '=', found '{text}'")
        sources[int(year)] = source_of(text, value, study, arm)
    return [LeftOut(sources)] if sources else []


def others(given, study, arm):
    for text in given:
        label, value = equation(text, "--other")
        yield source_of(label, value, study, arm)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("spec")
    parser.add_argument("--arm")
    parser.add_argument("--weights", metavar="WEIGHTS.csv")
    parser.add_argument("--from", dest="first", metavar="MONTH")
    parser.add_argument("--until", dest="last", metavar="MONTH")
    parser.add_argument("--leave-out", action="append", default=[], metavar="YEAR=SOURCE")
    parser.add_argument("--other", action="append", default=[], metavar="LABEL=SOURCE")
    parser.add_argument("--out", metavar="STEM")
    return parser.parse_args()


def main():
    given = arguments()
    spec, study = Spec(given.spec), Study(given.study)
    arm = study.arm_number(given.arm)
    sources = [Source("fitted", study, arm, given.weights), *left_out(given.leave_out, study, arm), *others(given.other, study, arm)]
    try:
        span = (month(given.first) if given.first else spec.fit[0], month(given.last) if given.last else spec.fit[1])
    except ValueError as error:
        raise SystemExit(f"--from, --until: {error}") from None
    stem = given.out or os.path.splitext(given.study)[0]
    plain = [source for source in sources if isinstance(source, Source)]
    tables = score_table(spec, sources, span), period_table(spec, sources, span), ratio_table(spec, plain)
    if not tables[0][1] and not tables[1][1]:
        stop(spec.path, f"nothing that is observed from {month_text(span[0])} to {month_text(span[1])} is simulated in {study.path}")
    for name, table in zip(("scores", "periods", "regimes"), tables):
        write_csv(f"{stem}_{name}.csv", *table)
    print(write_markdown(stem + ".md", pieces(spec, sources, *tables)))
    print(plot(spec, sources, span, tables[2], stem + ".png"))


if __name__ == "__main__":
    main()
