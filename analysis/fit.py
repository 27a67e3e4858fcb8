#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits the parameters of a study to observed series: approximate Bayesian computation by weights.
usage: fit.py STUDY.h5 SPEC.toml [--out posterior.csv] [--draws N] [--leave-out YEAR] [--arm NAME] [--seed 1] [--exact]
                                 [--next proposal.csv] [--importance proposal_importance.csv]
Every run of the study is held against the observed periods of the specification (its format stands at the head of series.py). For each
[[distance]] d the run's kernel is exp(-(d / tolerance)^2 / 2), or with kernel = "student" (1 + (d / tolerance)^2 / 3)^-2; a run's kernels are
multiplied, a draw weighs what its runs weigh on average. With fewer effective draws than the specification asks for, all tolerances are
widened by one factor, which is said.

writes posterior.csv          N draws (default: as many as the study has) of equal weight, for a study with design = "file". They are drawn by weight
                              and moved a little in normal scores of the prior so that mean and covariance stay (Liu and West 2001); --exact: not moved
       posterior_weights.csv  draw, weight: of the study's own draws, for score.py and forecast.py
       posterior.md           what is printed: effective draws, quantiles before and after, correlations, distances
       posterior.png          prior and posterior of every parameter, correlations; the series against what was observed
--next: draws for another round, wider than the posterior, one in ten from the prior (population Monte Carlo, Beaumont and others 2009), and beside
them NAME_importance.csv, prior over proposal, which the fit of that round needs"""
import argparse
import os
import sys

import numpy as np

from measures import effective, normal_score, normal_share, quantiles, share_below, value_at
from series import Spec, Study, read_weights, runs_of, stop, year_of
from style import FAINT, INK, OBSERVED, SIMULATED, date_axis, foot, from_zero, head, plt, save
from tables import month_dates, number, write_csv, write_markdown

STUDENT = 3  # degrees of freedom
FROM_PRIOR = 0.1  # of a proposal


# Distances ------------------------------------------------------------------------------------------------------------
def periods_used(spec, study, distance, left_out):
    """Observed periods within the months to be fitted that the run has whole; left_out: a year, or None."""
    used = []
    for target in spec.observed(distance.series, distance.by):
        last = target.first + target.length - 1
        inside = spec.fit[0] <= target.first and last <= spec.fit[1] and study.rows(target.first, last) is not None
        if inside and left_out not in (year_of(target.first), year_of(last)):
            used.append(target)
    if not used and left_out is None:
        stop(spec.path, f"distance of '{distance.series}' by {distance.by}: nothing is observed in the months of the fit")
    return used


def sums(study, values, targets):
    """(draw, replicate, period)"""
    return np.stack([values[..., study.rows(t.first, t.first + t.length - 1)].sum(axis=-1) for t in targets], axis=-1)


def measure(distance, simulated, targets):
    """(draw, replicate); 0 where nothing is left to measure by"""
    low, high, observed = (np.array([getattr(t, key) for t in targets]) for key in ("low", "high", "observed"))
    nearest = np.clip(simulated, low, high)  # of the range
    if distance.measure == "nrmse":
        return np.sqrt(np.mean(np.square(simulated - nearest), axis=-1)) / observed.mean()
    offset = distance.offset if distance.offset is not None else max(0.01 * observed.mean(), 1)
    return np.sqrt(np.mean(np.square(np.log((simulated + offset) / (nearest + offset))), axis=-1))


def all_distances(spec, study, arm, left_out):
    """(distance, draw, replicate)"""
    if not spec.distances:
        stop(spec.path, "distance: is missing; what are draws to be judged by?")
    found = []
    for distance in spec.distances:
        targets = periods_used(spec, study, distance, left_out)
        values = study.series(spec, distance.series, arm)
        found.append(measure(distance, sums(study, values, targets), targets) if targets else 0 * values[..., 0])
    if not np.any(found):
        stop(spec.path, f"without {left_out} nothing is observed in the months of the fit")
    return np.array(found)


# Weights --------------------------------------------------------------------------------------------------------------
def log_kernel(distance, value, widened):
    square = np.square(value / (distance.tolerance * widened))
    return -square / 2 if distance.kernel == "normal" else -(STUDENT + 1) / 2 * np.log1p(square / STUDENT)


def weigh(spec, distances, importance, widened):
    """By draw, adding up to 1. Failed runs have no distance and weigh nothing."""
    log = sum(log_kernel(d, value, widened) for d, value in zip(spec.distances, distances))
    log = np.where(np.isfinite(log), log, -np.inf)
    if not np.isfinite(log).any():
        sys.exit("every run failed or lies infinitely far from what was observed")
    weight = np.exp(log - log.max()).mean(axis=1) * importance
    return weight / weight.sum()


def widen(spec, distances, importance):
    """The least factor on all tolerances, from 1, with enough effective draws; the most that can be had where there never are."""
    low, high = 1.0, 1.0
    if effective(weigh(spec, distances, importance, 1)) >= spec.effective:
        return 1.0
    while effective(weigh(spec, distances, importance, high)) < spec.effective:
        low, high = high, 2 * high
        if high > 1e6:
            stop(spec.path, f"effective = {spec.effective:g}: more than these {len(importance)} draws can give")
    for _ in range(40):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if effective(weigh(spec, distances, importance, middle)) >= spec.effective else (middle, high)
    return high


def read_importance(path, study):
    if path is None:
        if study.design == "file":
            print("warning: the study's draws stand in a table and are taken as draws of the prior (--importance)", file=sys.stderr)
        return np.full(study.draws, 1 / study.draws)
    return read_weights(path, study.draws)


# Draws ----------------------------------------------------------------------------------------------------------------
def scores_of(study):
    """(draw, parameter): normal scores of the prior, in which it is a standard normal distribution"""
    return np.array([normal_score(share_below(study.prior[name], study.value[name])) for name in study.value]).T


def moments(z, weight):
    mean = weight @ z
    return mean, (z - mean).T @ ((z - mean) * weight[:, None])


def root(covariance):
    """A factor of it; no direction is quite without spread."""
    values, vectors = np.linalg.eigh(covariance + 1e-9 * np.eye(len(covariance)))
    return vectors * np.sqrt(np.maximum(values, 0))


def systematic(weight, count, random):
    """Indices by weight, each as often as its weight says but for one, in random order."""
    chosen = np.searchsorted(np.cumsum(weight), (np.arange(count) + random.random()) / count)
    return random.permutation(np.minimum(chosen, len(weight) - 1))


def move(z, weight, chosen, random):
    mean, covariance = moments(z, weight)
    width = min((4 / (z.shape[1] + 2) / effective(weight)) ** (1 / (z.shape[1] + 4)), 1)  # Silverman's
    shrink = (1 - width**2) ** 0.5
    return shrink * z[chosen] + (1 - shrink) * mean + width * random.standard_normal(z[chosen].shape) @ root(covariance).T


def back(study, z):
    return np.array([value_at(study.prior[name], normal_share(z[:, i])) for i, name in enumerate(study.value)]).T


def posterior(study, weight, count, exact, random):
    chosen = systematic(weight, count, random)
    if exact or not study.value:
        return np.array([study.value[name][chosen] for name in study.value]).T
    return back(study, move(scores_of(study), weight, chosen, random))


def propose(study, weight, count, random):
    """Draws for another round, and prior over proposal density of each."""
    z = scores_of(study)
    spread = root(2 * moments(z, weight)[1])
    drawn = z[systematic(weight, count, random)] + random.standard_normal((count, z.shape[1])) @ spread.T
    anew = random.random(count) < FROM_PRIOR
    drawn[anew] = random.standard_normal((anew.sum(), z.shape[1]))
    near = density(drawn, z[weight > 0], weight[weight > 0], spread)
    prior = np.exp(-np.square(drawn).sum(axis=-1) / 2)
    return back(study, drawn), prior / ((1 - FROM_PRIOR) * near + FROM_PRIOR * prior)


def density(at, centre, weight, spread):
    """Of a mixture of normal distributions, times (2 pi)^(dimensions / 2)."""
    inverse, size = np.linalg.inv(spread).T, abs(np.linalg.det(spread))
    return np.array([np.exp(-np.square((point - centre) @ inverse).sum(axis=-1) / 2) @ weight / size for point in at])


# What is said ---------------------------------------------------------------------------------------------------------
def distance_table(spec, distances, weight, widened):
    rows = []
    for distance, value in zip(spec.distances, distances):
        mean = np.where(np.isfinite(value).any(axis=1), np.nanmean(np.where(np.isfinite(value), value, np.nan), axis=1), np.inf)
        after = quantiles(mean[:, None], weight)[:, 0]
        rows.append([distance.series, distance.by, distance.measure, distance.kernel, distance.tolerance * widened, mean.min(), np.median(mean), after[1]])
    return ["series", "by", "measure", "kernel", "tolerance", "best draw", "median draw", "median after the fit"], rows


def quantile_table(study, weight):
    rows = []
    for name, value in study.value.items():
        before, after = value_at(study.prior[name], np.array([0.05, 0.5, 0.95])), quantiles(value[:, None], weight)[:, 0]
        spread = np.sqrt(moments(normal_score(share_below(study.prior[name], value))[:, None], weight)[1][0, 0])
        rows.append([name, *before, *after, 1 - spread])
    return ["parameter", "prior 5 %", "prior median", "prior 95 %", "posterior 5 %", "posterior median", "posterior 95 %", "narrower by (normal scores)"], rows


def correlations(study, weight, names):
    z = np.array([normal_score(share_below(study.prior[name], study.value[name])) for name in names]).T
    covariance = moments(z, weight)[1]
    spread = np.sqrt(np.diag(covariance))
    return covariance / np.outer(spread, spread)


def shown(spec, study):
    names = spec.show or list(study.value)
    for name in names:
        if name not in study.value:
            stop(spec.path, f"show: {study.path} draws no parameter '{name}'")
    return names


def report(spec, study, distances, weight, widened, left_out):
    """Pieces of markdown: texts and (header, rows)."""
    names = shown(spec, study)
    wide = f"Tolerances are {widened:.3g} times those asked for, so that there are enough. " if widened > 1 else ""
    left = f"The year {left_out} was left out. " if left_out else ""
    yield f"# Fit of {study.title}"
    yield f"{left}{effective(weight):.1f} effective draws of {study.draws}; the heaviest weighs {weight.max():.3f}. {wide}".strip()
    yield distance_table(spec, distances, weight, widened)
    if study.value:
        yield quantile_table(study, weight)
        yield "Correlations after the fit, in normal scores of the priors:"
        yield ["", *names], [[name, *row] for name, row in zip(names, correlations(study, weight, names))]


# Pictures -------------------------------------------------------------------------------------------------------------
def parameter_panel(axes, study, name, weight):
    """Densities in shares of the prior: the prior is a level line."""
    share = share_below(study.prior[name], study.value[name])
    bins = np.linspace(0, 1, 11)
    axes.fill_between([0, 1], [1, 1], color=FAINT, linewidth=0)
    axes.hist(share, bins, weights=weight, density=True, histtype="step", color=SIMULATED, linewidth=1.4)
    axes.set_xticks([0, 0.5, 1], [number(value) for value in value_at(study.prior[name], np.array([0, 0.5, 1]))])
    axes.set_yticks([])
    axes.set_title(name.split(":")[-1], fontsize=7.5, pad=4)


def correlation_panel(axes, names, matrix):
    image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    short = [str(i + 1) for i in range(len(names))]
    axes.set_xticks(range(len(names)), short)
    axes.set_yticks(range(len(names)), [f"{name.split(':')[-1]}  {i}" for name, i in zip(names, short)])
    axes.grid(False)
    for i in range(len(names)):
        for j in range(len(names)):
            axes.text(j, i, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=7, color="white" if abs(matrix[i, j]) > 0.6 else INK)
    axes.set_title("correlation after the fit")
    axes.figure.colorbar(image, ax=axes, shrink=0.9)


def observed_points(axes, spec, name, months):
    """Months as points; longer periods as a mean line over their months, with the range about it."""
    seen = [t for t in spec.targets[name] if months[0] <= t.first and t.first + t.length - 1 <= months[-1]]
    single = [t for t in seen if t.length == 1]
    axes.plot(month_dates([t.first for t in single]), [t.observed for t in single], ".", color=OBSERVED, markersize=4, label="observed")
    for t in [t for t in seen if t.length > 1 and not single]:
        ends = month_dates([t.first, t.first + t.length - 1])
        axes.fill_between(ends, [t.low / t.length] * 2, [t.high / t.length] * 2, color=OBSERVED, alpha=0.12, linewidth=0)
        axes.plot(ends, [t.observed / t.length] * 2, color=OBSERVED, linewidth=1)


def series_panel(axes, spec, study, name, arm, weight):
    values = study.series(spec, name, arm).reshape(study.draws * study.replicates, -1)
    months = sorted(m for m in study.months if spec.fit[0] <= m <= spec.fit[1])
    sample, weights = runs_of(values[:, [study.months[m] for m in months]], weight, study.replicates)
    low, middle, high = quantiles(sample, weights)
    axes.fill_between(month_dates(months), low, high, color=SIMULATED, alpha=0.2, linewidth=0)
    axes.plot(month_dates(months), middle, color=SIMULATED, label="simulated, median and 90 %")
    observed_points(axes, spec, name, months)
    axes.set_title(spec.series[name].label)
    from_zero(axes)
    date_axis(axes)


def rows_of(figure, count, columns, top, tall, gap, left=0.6, right=0.2):
    """Panels in rows, from so many inches below the top."""
    width, height = figure.get_size_inches()
    bottom = height - top - count * tall - (count - 1) * gap
    return figure.add_gridspec(count, columns, left=left / width, right=1 - right / width, top=1 - top / height, bottom=bottom / height, hspace=gap / tall, wspace=0.25)


def plot(spec, study, arm, weight, path):
    names, series, parameters = shown(spec, study), list(dict.fromkeys(d.series for d in spec.distances)), list(study.value)
    columns, square = 4, 0.3 * len(names) + 0.2 if len(names) > 1 else 0
    above = -(-len(parameters) // columns)
    tops = 0.95, 0.95 + 1.25 * above + 0.15, 0.95 + 1.25 * above + square + (0.75 if square else 0)
    figure = plt.figure(figsize=(7.6, tops[2] + 1.85 * len(series) + 0.35))
    grid = rows_of(figure, above, columns, tops[0], 0.7, 0.55) if above else None
    for i, name in enumerate(parameters):
        parameter_panel(figure.add_subplot(grid[i // columns, i % columns]), study, name, weight)
    if square:
        correlation_panel(figure.add_subplot(rows_of(figure, 1, 1, tops[1], square, 0.1, left=2.2, right=0.9)[0]), names, correlations(study, weight, names))
    grid = rows_of(figure, len(series), 1, tops[2], 1.3, 0.55)
    for i, name in enumerate(series):
        axes = figure.add_subplot(grid[i])
        series_panel(axes, spec, study, name, arm, weight)
        if i == 0:
            axes.legend(ncol=2, loc="lower right", bbox_to_anchor=(1, 0.98))
    head(figure, study.title, f"Prior (grey) and posterior of each parameter; {effective(weight):.0f} effective draws of {study.draws}")
    foot(figure, study.caption)
    return save(figure, path)


# The whole ------------------------------------------------------------------------------------------------------------
def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("spec")
    parser.add_argument("--out", default="posterior.csv")
    parser.add_argument("--draws", type=int)
    parser.add_argument("--leave-out", type=int, metavar="YEAR")
    parser.add_argument("--arm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--next", metavar="FILE.csv")
    parser.add_argument("--importance", metavar="FILE.csv")
    return parser.parse_args()


def main():
    given = arguments()
    spec, study = Spec(given.spec), Study(given.study)
    arm, random = study.arm_number(given.arm), np.random.default_rng(given.seed)
    importance = read_importance(given.importance, study)
    distances = all_distances(spec, study, arm, given.leave_out)
    widened = widen(spec, distances, importance)
    weight = weigh(spec, distances, importance, widened)
    stem = os.path.splitext(given.out)[0]
    count = given.draws or study.draws
    write_csv(given.out, list(study.value), posterior(study, weight, count, given.exact, random))
    write_csv(stem + "_weights.csv", ["draw", "weight"], list(enumerate(weight)))
    if given.next:
        drawn, ratio = propose(study, weight, count, random)
        write_csv(given.next, list(study.value), drawn)
        write_csv(os.path.splitext(given.next)[0] + "_importance.csv", ["draw", "weight"], list(enumerate(ratio)))
    print(write_markdown(stem + ".md", report(spec, study, distances, weight, widened, given.leave_out)))
    print(plot(spec, study, arm, weight, stem + ".png"))


if __name__ == "__main__":
    main()
