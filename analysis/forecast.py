#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the forecast of a study by month and route.
usage: forecast.py STUDY.h5 SPEC.toml [--arm NAME] [--weights WEIGHTS.csv] [--seeds STUDY2.h5] [--from 2017-01] [--until 2019-11] [--out forecast.csv]
The specification names routes and their columns under [forecast] (its format stands at the head of series.py).

writes forecast.csv         month, route, then for each column NAME_median, NAME_p05, NAME_p95, then few: columns whose median is fewer than 30
                            simulated persons (of events 10). Bands hold draws of parameters and seeds together
       forecast_seeds.csv   the same columns from seeds alone: around the median of all runs the spread of runs about the mean of their own draw. It
                            needs two seeds a draw or more; or --seeds names a study of one draw (the posterior's middle) with many seeds
       forecast.png         bands by month, those of seeds alone inside"""
import argparse
import os

import numpy as np

from measures import quantiles
from series import Spec, Study, month, month_text, read_weights, runs_of, stop
from style import OBSERVED, SECOND, SIMULATED, date_axis, foot, from_zero, head, plt, save
from tables import month_dates, write_csv

ORDER = (1, 0, 2)  # of median, 5 %, 95 % in quantiles()


def bands(spec, study, arm, weight, name, months):
    """(median, 5 %, 95 %; month) of all runs"""
    rows = [study.months[m] for m in months]
    values = study.series(spec, name, arm)[..., rows]
    sample, weights = runs_of(values.reshape(-1, len(rows)), weight, study.replicates)
    return quantiles(sample, weights)[list(ORDER)]


def seeds_alone(spec, study, arm, weight, name, months, middle):
    """The same about a given median: what seeds add to the mean of a draw. A mean of n seeds takes its share of the spread, which is given back."""
    rows = [study.months[m] for m in months]
    values = study.series(spec, name, arm)[..., rows]
    good = np.isfinite(values[..., 0])
    some = good.sum(axis=1) > 1
    if not some.any():
        return np.full((3, len(months)), np.nan)
    values, good, weights = np.nan_to_num(values[some]), good[some], weight[some]
    count = good.sum(axis=1)[:, None, None]
    mean = np.sum(values * good[..., None], axis=1, keepdims=True) / count
    apart = ((values - mean) * np.sqrt(count / (count - 1)))[good]
    shares = np.repeat(weights / good.sum(axis=1), good.sum(axis=1))
    low, _, high = quantiles(apart, shares / shares.sum())
    return np.array([middle, np.maximum(middle + low, 0), middle + high])


def columns_of(spec):
    """Names of columns in order, over all routes."""
    return list(dict.fromkeys(column for route in spec.routes.values() for column in route))


def header(spec):
    return ["month", "route", *(f"{column}_{what}" for column in columns_of(spec) for what in ("median", "p05", "p95"))]


def line(spec, study, route, found, i):
    """Numbers and marks of one month; found: column -> bands."""
    nothing = np.full(3, np.nan)
    numbers = [round(value, 1) for column in columns_of(spec) for value in (found[column][:, i] if column in found else nothing)]
    few = [column for column in found if found[column][0, i] < study.fewest(spec, spec.routes[route][column])]
    return numbers, " ".join(few)


def span_of(spec, given, study):
    try:
        first, last = (month(text) if text else known for text, known in zip((given.first, given.last), spec.forecast))
    except ValueError as error:
        raise SystemExit(f"--from, --until: {error}") from None
    if first is None or last is None:
        stop(spec.path, "forecast.from, forecast.until: missing; or give --from and --until")
    if study.rows(first, last) is None:
        stop(study.path, f"does not have all months from {month_text(first)} to {month_text(last)}")
    return list(range(first, last + 1))


# Picture --------------------------------------------------------------------------------------------------------------
def panel(axes, spec, name, months, band, inner, title):
    day = month_dates(months)
    axes.fill_between(day, band[1], band[2], color=SIMULATED, alpha=0.2, linewidth=0, label="draws and seeds, 90 %")
    if np.isfinite(inner).all():
        axes.fill_between(day, inner[1], inner[2], color=SECOND, alpha=0.35, linewidth=0, label="seeds alone, 90 %")
    axes.plot(day, band[0], color=SIMULATED, label="median")
    seen = {m: value for m, value in spec.single_months(name).items() if months[0] <= m <= months[-1]}
    if seen:
        axes.plot(month_dates(seen), list(seen.values()), ".", color=OBSERVED, label="observed")
    axes.set_title(title, fontsize=8.5)
    from_zero(axes)
    date_axis(axes)


def plot(spec, study, months, found, inner, path):
    columns, routes = columns_of(spec), list(spec.routes)
    size = (2.9 * len(columns) + 0.4, 1.75 * len(routes) + 1.5)
    figure, panels = plt.subplots(len(routes), len(columns), figsize=size, squeeze=False)
    for row, route in zip(panels, routes):
        for axes, column in zip(row, columns):
            if column in found[route]:
                panel(axes, spec, spec.routes[route][column], months, found[route][column], inner[route][column], f"{route}: {column}")
            else:
                axes.set_visible(False)
    head(figure, study.title, f"Forecast by month, {month_text(months[0])} to {month_text(months[-1])}")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, ncol=4, loc="upper left", bbox_to_anchor=(0.1 / size[0], 1 - 0.62 / size[1]), borderaxespad=0)
    foot(figure, study.caption)
    figure.subplots_adjust(left=0.65 / size[0], right=1 - 0.2 / size[0], top=1 - 1.2 / size[1], bottom=0.5 / size[1], hspace=0.6, wspace=0.35)
    return save(figure, path)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("spec")
    parser.add_argument("--arm")
    parser.add_argument("--weights", metavar="WEIGHTS.csv")
    parser.add_argument("--seeds", metavar="STUDY.h5")
    parser.add_argument("--from", dest="first", metavar="MONTH")
    parser.add_argument("--until", dest="last", metavar="MONTH")
    parser.add_argument("--out", default="forecast.csv")
    return parser.parse_args()


def main():
    given = arguments()
    spec, study = Spec(given.spec), Study(given.study)
    if not spec.routes:
        stop(spec.path, "forecast.route: is missing; which series are forecast?")
    arm, weight, months = study.arm_number(given.arm), read_weights(given.weights, study.draws), span_of(spec, given, study)
    alone = Study(given.seeds) if given.seeds else study
    arm_alone, weight_alone = (alone.arm_number(given.arm), read_weights(None, alone.draws)) if given.seeds else (arm, weight)
    found = {route: {column: bands(spec, study, arm, weight, name, months) for column, name in names.items()} for route, names in spec.routes.items()}
    inner = {route: {column: seeds_alone(spec, alone, arm_alone, weight_alone, name, months, found[route][column][0]) for column, name in names.items()}
             for route, names in spec.routes.items()}
    stem, ending = os.path.splitext(given.out)
    for path, part, marked in ((given.out, found, True), (stem + "_seeds" + ending, inner, False)):
        rows = []
        for i, m in enumerate(months):
            for route in spec.routes:
                numbers, few = line(spec, study, route, part[route], i)
                rows.append([month_text(m), route, *numbers, *([few] if marked else [])])
        print(write_csv(path, header(spec) + (["few"] if marked else []), rows))
    print(plot(spec, study, months, found, inner, stem + ".png"))


if __name__ == "__main__":
    main()
