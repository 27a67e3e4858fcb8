#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitting, scoring and forecasting on studies whose truth is known: made up here, and once run by the program itself."""
import csv
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "analysis")
from harness import check, run, skip_all  # noqa: E402

try:
    import h5py
    import numpy as np

    import fit
    import forecast
    import measures
    import score
    import series
    from series import Spec, Study
except ImportError as missing:
    skip_all(missing)

FIRST, YEARS = 2014, 3
MONTHS = 12 * YEARS
SEASON = 1 + 0.6 * np.sin(2 * np.pi * np.arange(MONTHS) / 12) + 0.2 * np.cos(2 * np.pi * np.arange(MONTHS) / 7)
LINKS = [("A", "X", 0), ("A", "Y", 1), ("B", "X", 0), ("X", "Y", np.nan)]
PLACES, STATE_OF, STATES = ["A", "B", "X", "Y"], [0, 0, 1, 2], ["Home", "North", "South"]
OUTCOMES = ["arrived", "taken back", "died"]


def close(value, wanted, within, what):
    check(abs(value - wanted) <= within, f"{what}: {value:.6g} where {wanted:.6g} was expected, within {within:.3g}")


# A study as the program writes it ---------------------------------------------------------------------------------------
def write_texts(file, name, values):
    file.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype())


def write_map(file):
    for name, values in (("place", PLACES), ("state", STATES), ("outcome", OUTCOMES), ("link_name", [f"{a}>{b}" for a, b, _ in LINKS])):
        write_texts(file, name, values)
    file["place_state"] = np.array(STATE_OF, np.int32)
    file["link"] = np.zeros(len(LINKS), np.int32)
    for name, end in (("link_from", 0), ("link_to", 1)):
        file[name] = np.array([PLACES.index(link[end]) for link in LINKS], np.int32)
    file["link_basin"] = np.array([link[2] for link in LINKS], float)
    for name in ("link", "outcome"):
        file[name].make_scale(name)


def write_time(file, months):
    begin = np.datetime64(f"{FIRST}-01", "M") + np.arange(months + 1)
    days = (begin.astype("datetime64[D]") - np.datetime64(f"{FIRST}-01-01")).astype(int)
    file["time"] = (days[1:] - 1).astype(np.int32)
    file["time"].attrs["units"] = f"days since {FIRST}-01-01 00:00:00"
    file["time_bounds"] = np.stack([days[:-1], days[1:]], axis=1).astype(np.int32)


def write_parameters(file, values, priors):
    file["parameter_value"] = np.stack(list(values.values()), axis=1)
    write_texts(file, "parameter", list(values))
    write_texts(file, "parameter_distribution", [priors[name][0] for name in values])
    for i, key in enumerate(("low", "high", "mode"), 1):
        file["parameter_" + key] = np.array([priors[name][i] for name in values], float)
    file["parameter_whole"] = np.array([priors[name][4] for name in values], np.uint8)


def write_study(path, cells, values, priors, arms=("only",), scale=1.0, failed=()):
    """cells: (arm, draw, replicate, month, link, outcome)"""
    draws, replicates = cells.shape[1:3]
    with h5py.File(path, "w") as file:
        file.attrs.update({"title": "Made up", "source": "a test", "seed": 1, "scale": scale, "design": "random", "failed_runs": len(failed)})
        write_texts(file, "arm", arms)
        file["draw"], file["replicate"] = np.arange(draws), np.arange(replicates)
        status = np.zeros(cells.shape[:3], np.uint8)
        for run in failed:
            status[run] = 1
        file["run_status"] = status
        write_time(file, cells.shape[3])
        write_map(file)
        write_parameters(file, values, priors)
        file["crossings"] = cells.astype(np.int64)
        file["total_crossings"] = cells.sum(axis=(-1, -2)).astype(np.int64)
        for i, name in ((4, "link"), (5, "outcome")):
            file["crossings"].dims[i].attach_scale(file[name])
    return path


SPEC = """
targets = "targets.csv"
fit = ["2014-01", "2016-12"]
[series.arrivals]
tally = "crossings"
link = { basin = 0 }
outcome = "arrived"
[series.deaths]
tally = "crossings"
link = { from_state = "Home", to_state = ["North", "South"] }
outcome = ["died"]
events = true
[series.returned]
tally = "crossings"
outcome = "taken back"
[series.attempts]
sum = ["arrivals", "deaths", "returned"]
[ratio.per_attempt]
of = ["deaths"]
per = ["attempts"]
without = ["2015-04"]
[[regime]]
name = "first"
from = "2014-01"
until = "2014-12"
[[regime]]
name = "later"
from = "2015-01"
until = "2016-12"
[forecast]
from = "2016-01"
until = "2016-12"
[forecast.route.all]
arrivals = "arrivals"
deaths = "deaths"
"""
BY_ARRIVALS = '[[distance]]\nseries = "arrivals"\ntolerance = 0.05\n'


def write_targets(folder, rows):
    with open(os.path.join(folder, "targets.csv"), "w", encoding="utf-8") as file:
        print("period,series,observed,low,high", file=file)
        for period, name, observed, *span in rows:
            print(period, name, observed, *(span or ("", "")), sep=",", file=file)


def write_spec(folder, more="", spec=SPEC):
    path = os.path.join(folder, "fit.toml")
    head, sign, rest = spec.partition("[series.arrivals]")
    with open(path, "w", encoding="utf-8") as file:
        file.write(spec if not more or more.startswith("[") else head + more + sign + rest)
        file.write(more if more.startswith("[") else "")
    return path


def monthly_rows(name, values, first=0):
    return [(series.month_text(12 * FIRST + first + i), name, float(value)) for i, value in enumerate(values)]


def made(folder, draws=800, replicates=2, noise=0.03, arms=("only",), seed=3, **more):
    """Arrivals a b season with lognormal noise: only the product of a and b can be known; c does nothing, n is a whole number that deaths follow."""
    random = np.random.default_rng(seed)
    values = {"a": np.exp(random.uniform(np.log(0.25), np.log(4), draws)), "b": random.uniform(0.5, 2, draws),
              "c": random.triangular(0, 2, 10, draws), "n": random.integers(1, 7, draws).astype(float)}
    priors = {"a": ("loguniform", 0.25, 4, np.nan, False), "b": ("uniform", 0.5, 2, np.nan, False), "c": ("triangular", 0, 10, 2, False), "n": ("uniform", 1, 6, np.nan, True)}
    cells = np.zeros((len(arms), draws, replicates, MONTHS, len(LINKS), len(OUTCOMES)))
    level = 1000 * (values["a"] * values["b"])[:, None, None] * SEASON * np.exp(noise * random.standard_normal((draws, replicates, MONTHS)))
    cells[..., 0, 0], cells[..., 2, 0] = level * 0.75, level * 0.25  # both of basin 0
    cells[..., 1, 0] = 5  # of basin 1
    cells[..., 3, 2] = 7  # from North to South
    cells[..., 0, 2] = random.poisson(20 * values["n"][:, None, None] * np.ones((draws, replicates, MONTHS)))
    write_study(os.path.join(folder, "study.h5"), cells, values, priors, arms, **more)
    return Study(os.path.join(folder, "study.h5"))


def fitted(spec, study, left_out=None):
    distances = fit.all_distances(spec, study, 0, left_out)
    importance = np.full(study.draws, 1 / study.draws)
    widened = fit.widen(spec, distances, importance)
    return fit.weigh(spec, distances, importance, widened), widened


# Numbers --------------------------------------------------------------------------------------------------------------
def naive_crps(x, w, y):
    return sum(a * abs(b - y) for a, b in zip(w, x)) - sum(a * c * abs(b - d) for a, b in zip(w, x) for c, d in zip(w, x)) / 2


def formulas(folder):
    simulated, observed = np.array([1.0, 3, 4]), np.array([2.0, 2, 5])
    close(measures.nrmse(simulated, observed), 1 / 3, 1e-12, "nrmse of errors of 1 about a mean of 3")
    close(measures.skill(simulated, np.array([4.0, 2, np.nan]), observed), 1 - 1 / 2, 1e-12, "skill where the reference is known")
    random = np.random.default_rng(1)
    x, w = random.gamma(2, 3, (40, 3)), random.dirichlet(np.ones(40))
    for i, y in enumerate((0.0, 5.0, 30.0)):
        close(measures.crps(x, w, np.full(3, y))[i], naive_crps(x[:, i], w, y), 1e-9, f"crps at {y}")
    close(measures.crps(np.array([[3.0]]), np.ones(1), np.array([5.0]))[0], 2, 1e-12, "crps of one run")
    months = np.arange(36)
    plain = measures.anomalies(months, 7 * np.cos(months % 12) + np.repeat([1, 2, 6], 12))
    check(np.allclose(plain, np.repeat([-2, -1, 3], 12)), f"anomalies {plain[:13]}")
    known = {24170 + i: float(i) for i in range(36)}
    close(measures.climatology([24170 + 13], known)[0], (1 + 25) / 2, 1e-12, "climatology of the other years")
    check(np.isnan(measures.year_before([24170], known)[0]) and measures.year_before([24170 + 30], known)[0] == 18, "the year before")


def weighted_quantiles(folder):
    random = np.random.default_rng(2)
    x = random.standard_normal((101, 4))
    check(np.allclose(measures.quantiles(x, np.full(101, 1 / 101)), np.quantile(x, (0.05, 0.5, 0.95), axis=0)), "equal weights are numpy's")
    times = random.integers(0, 4, 101)
    repeated = np.quantile(np.repeat(x, times, axis=0), (0.05, 0.5, 0.95), axis=0, method="inverted_cdf")
    check(np.allclose(measures.quantiles(x, times / times.sum()), repeated), "weights 0 to 3 are copies")
    close(measures.effective(np.array([1.0, 1, 1, 0])), 3, 1e-12, "effective draws")


def priors(folder):
    share = np.linspace(0.02, 0.98, 25)
    for prior in (("uniform", -3, 5, np.nan, False), ("loguniform", 0.1, 50, np.nan, False), ("triangular", 1, 9, 3, False), ("triangular", 1, 9, 1, False), ("triangular", 1, 9, 9, False)):
        back = measures.share_below(prior, measures.value_at(prior, share))
        check(np.allclose(back, share), f"{prior}: there and back")
        check(np.allclose(measures.normal_share(measures.normal_score(share)), share), "normal scores")
    faces = measures.value_at(("uniform", 1, 6, np.nan, True), np.linspace(0.001, 0.999, 6000))
    check(set(faces) == {1, 2, 3, 4, 5, 6} and max(abs(np.mean(faces == k) - 1 / 6) for k in range(1, 7)) < 0.002, "whole numbers, each as often")


# Reading --------------------------------------------------------------------------------------------------------------
def periods(folder):
    check([series.period(t) for t in ("2014-03", "2014Q2", "2014H2", "2015")] == [(24170, 1), (24171, 3), (24174, 6), (24180, 12)], "periods")
    check([series.period_text(*series.period(t)) for t in ("2014-03", "2014Q2", "2014H2", "2015")] == ["2014-03", "2014Q2", "2014H2", "2015"], "and back")
    write_targets(folder, monthly_rows("arrivals", np.arange(1, 25)) + [("2014", "returned", 60, 40, 90), ("2014-02", "returned", 5), ("2014H2", "returned", 40)])
    spec = Spec(write_spec(folder))
    check([(t.name, t.observed) for t in spec.observed("arrivals", "half")] == [("2014H1", 21), ("2014H2", 57), ("2015H1", 93), ("2015H2", 129)], "sums of months")
    check([(t.name, t.low, t.high) for t in spec.observed("returned", "year")] == [("2014", 40, 90)], "a range")
    months = spec.monthly("returned")
    check(months[24168].observed == 3 and months[24169].observed == 5 and abs(months[24174].observed - 40 / 6) < 1e-12, "what is left is spread evenly")
    close(sum(t.observed for t in months.values()), 60, 1e-9, "the sum stays")
    check(not spec.spread("arrivals", 24168, 24190) and spec.spread("returned", 24168, 24179), "what is spread is known")


def chosen_cells(folder):
    write_targets(folder, [])
    spec, study = Spec(write_spec(folder)), made(folder, draws=3)
    with h5py.File(study.path) as file:
        cells = file["crossings"][0].astype(float)
    check(np.array_equal(study.series(spec, "arrivals"), cells[..., [0, 2], 0].sum(axis=-1)), "links by a column")
    check(np.array_equal(study.series(spec, "deaths"), cells[..., 0:3, 2].sum(axis=-1)), "links by their states")
    check(np.array_equal(study.series(spec, "returned"), cells[..., 1].sum(axis=-1)), "all links")
    check(np.array_equal(study.series(spec, "attempts"), sum(study.series(spec, n) for n in ("arrivals", "deaths", "returned"))), "a sum")
    spec.series["arrivals"].reported, spec.series["arrivals"].select = "a", {"link": ["B>X", "X>Y"]}
    wanted = cells[..., [2, 3], :].sum(axis=(-1, -2)) * study.value["a"][:, None, None]
    check(np.allclose(study.series(spec, "arrivals"), wanted), "links by name, reported by a parameter")
    check(study.rows(12 * FIRST + 2, 12 * FIRST + 4) == [2, 3, 4] and study.rows(12 * FIRST - 1, 12 * FIRST) is None, "rows")


BAD_SPECS = [  # what is changed, into what, what is said
    ("tally = \"crossings\"\nlink = { basin = 0 }", "tally = \"crossing\"\nlink = { basin = 0 }", "does not keep the tally 'crossing' (did you mean 'crossings'?)"),
    ("basin = 0", "basni = 0", "no column 'basni' of links (did you mean 'basin'?)"),
    ("basin = 0", "basin = 7", "no link is chosen"),
    ("\"arrived\"", "\"arived\"", "no outcome 'arived' (did you mean 'arrived'?)"),
    ("from_state = \"Home\"", "from_state = \"Hone\"", "'Hone' (did you mean 'Home'?)"),
    ("outcome = \"arrived\"", "outcom = \"arrived\"", "series.arrivals.outcom: 'crossings' is kept by link, outcome (did you mean 'outcome'?)"),
    ("[\"arrivals\", \"deaths\", \"returned\"]", "[\"arivals\"]", "no series 'arivals' (did you mean 'arrivals'?)"),
    ("fit = [\"2014-01\"", "fit = [\"2014-13\"", "expected a month as 2014-03, found '2014-13'"),
    ("events = true", "reported = \"d\"", "draws no parameter 'd'"),
    ("series = \"arrivals\"\n", "series = \"arrivals\"\ntolerence = 1\n", "distance 1.tolerence: unknown setting (did you mean 'tolerance'?)"),
    ("tolerance = 0.05", "tolerance = 0", "expected a number above 0"),
    ("tolerance = 0.05", "tolerance = 0.05\nby = \"week\"", "expected one of month, quarter, half, year, found 'week'"),
    ("tolerance = 0.05", "tolerance = 0.05\n[[distance]]\nseries = \"deaths\"\ntolerance = 1", "distance of 'deaths' by month: nothing is observed"),
    ("targets.csv", "target.csv", "cannot be read"),
    ("fit = ", "fit : ", "Expected '='"),
]


def bad_specs(folder):
    write_targets(folder, monthly_rows("arrivals", 1000 * SEASON))
    study = made(folder, draws=5)
    for old, new, said in BAD_SPECS:
        path = write_spec(folder, BY_ARRIVALS)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        check(old in text, f"nothing to change: {old}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
        try:
            spec = Spec(path)
            for name in spec.series:
                study.series(spec, name)
            fit.all_distances(spec, study, 0, None)
            check(False, f"{new}: passed")
        except SystemExit as stopped:
            check(said in str(stopped), f"expected '{said}', found '{stopped}'")


# Fitting --------------------------------------------------------------------------------------------------------------
def truth_is_found(folder):
    write_targets(folder, monthly_rows("arrivals", 1500 * SEASON))  # a b = 1.5
    spec, study = Spec(write_spec(folder, BY_ARRIVALS)), made(folder)
    weight, widened = fitted(spec, study)
    product = study.value["a"] * study.value["b"]
    low, middle, high = measures.quantiles(product[:, None], weight)[:, 0]
    check(low < 1.5 < high and high / low < 1.4 and abs(middle - 1.5) < 0.1, f"a b: {low:.3f} {middle:.3f} {high:.3f}")
    matrix = fit.correlations(study, weight, ["a", "b", "c"])
    check(matrix[0, 1] < -0.9 and abs(matrix[0, 2]) < 0.4 and np.allclose(np.diag(matrix), 1), f"a and b trade off: {matrix[0]}")
    narrower = {row[0]: row[-1] for row in fit.quantile_table(study, weight)[1]}
    check(abs(narrower["c"]) < 0.25 and narrower["a"] > 0.15, f"only what was observed is narrowed: {narrower}")
    check(widened == 1, "nothing was widened")
    return weight, study, spec


def posterior_draws(folder):
    weight, study, spec = truth_is_found(folder)
    random = np.random.default_rng(5)
    drawn = fit.posterior(study, weight, 4000, False, random)
    names = list(study.value)
    z = np.array([measures.normal_score(measures.share_below(study.prior[n], drawn[:, i])) for i, n in enumerate(names)]).T
    mean, covariance = fit.moments(fit.scores_of(study), weight)
    spread, size = np.sqrt(np.diag(covariance)), measures.effective(weight)
    check(np.all(np.abs(z[:, :3].mean(axis=0) - mean[:3]) < 0.1 * spread[:3]), "the mean moves")
    check(np.all(np.abs(np.cov(z[:, :3].T) - covariance[:3, :3]) < 0.12 * np.outer(spread[:3], spread[:3])), f"the covariance changes ({size:.0f} effective draws)")
    for i, name in enumerate(names):
        check(drawn[:, i].min() >= study.prior[name][1] and drawn[:, i].max() <= study.prior[name][2], f"{name} leaves its prior")
    check(np.array_equal(drawn[:, 3], np.round(drawn[:, 3])), "whole numbers")
    exact = fit.posterior(study, weight, 500, True, random)
    counts = np.array([np.sum(exact[:, 0] == value) for value in study.value["a"]])
    check(np.all(np.abs(counts - 500 * weight) < 1 + 1e-9) and counts.sum() == 500, "as often as the weight says but for one")
    index = [int(np.flatnonzero(study.value["a"] == value)[0]) for value in exact[:, 0]]
    check(min(np.diff(index)) < -100, "rows stand in the order of draws")
    point, centre = np.array([[1.0, 2.0]]), np.array([[1.0, 2.0], [3.0, -1.0]])
    wanted = (0.25 + 0.75 * np.exp(-(1 + 1) / 2)) / 6  # steps of one spread in each direction
    close(fit.density(point, centre, np.array([0.25, 0.75]), np.diag([2.0, 3.0]))[0], wanted, 1e-12, "density of a mixture")


def second_round(folder):
    """One parameter, known posterior: weights of the prior's draws and of a proposal's agree with the integral."""
    write_targets(folder, monthly_rows("arrivals", np.full(MONTHS, 1500.0)))
    spec = Spec(write_spec(folder, BY_ARRIVALS.replace("0.05", "0.2")))
    prior, random = {"a": ("loguniform", 0.25, 4, np.nan, False)}, np.random.default_rng(4)

    def study_of(values, name):
        cells = np.zeros((1, len(values), 1, MONTHS, len(LINKS), len(OUTCOMES)))
        cells[..., 0, 0] = 1e6 * values[:, None, None]
        write_study(os.path.join(folder, name), cells, {"a": values}, prior, scale=1.0)
        return Study(os.path.join(folder, name))

    spec.targets = {name: [series.Target(t.first, 1, 1.5e6, 1.5e6, 1.5e6) for t in targets] for name, targets in spec.targets.items()}
    first = study_of(np.exp(random.uniform(np.log(0.25), np.log(4), 600)), "first.h5")
    weight, _ = fitted(spec, first)
    drawn, importance = fit.propose(first, weight, 6000, random)
    second = study_of(drawn[:, 0], "second.h5")
    again = fit.weigh(spec, fit.all_distances(spec, second, 0, None), importance, 1)
    grid = np.linspace(np.log(0.25), np.log(4), 20001)
    density = np.exp(-np.square((grid - np.log(1.5)) / 0.2) / 2)
    mean = np.sum(grid * density) / density.sum()
    spread = np.sqrt(np.sum(np.square(grid - mean) * density) / density.sum())
    for label, study, w in (("prior", first, weight), ("proposal", second, again)):
        x = np.log(study.value["a"])
        error = spread / np.sqrt(measures.effective(w))
        close(w @ x, mean, 4 * error, f"mean, {label}")
        close(np.sqrt(w @ np.square(x - w @ x)), spread, 3 * error, f"spread, {label}")
    check(measures.effective(again) > 3000 and 0 < importance.min() and importance.max() < 1 / fit.FROM_PRIOR + 1e-9, "importance is bounded")


def left_out_year(folder):
    observed = 1500 * SEASON
    spoilt = observed.copy()
    spoilt[12:24] *= np.linspace(0.1, 30, 12)
    more = BY_ARRIVALS + '[[distance]]\nseries = "returned"\nby = "half"\ntolerance = 1\noffset = 10\n'
    study, weights = made(folder, draws=200), []
    for values in (observed, spoilt):
        write_targets(folder, monthly_rows("arrivals", values) + [("2014H1", "returned", 3), ("2015H2", "returned", values[14])])
        weights.append([fitted(Spec(write_spec(folder, more)), study, year)[0] for year in (None, 2015)])
    check(np.array_equal(weights[0][1], weights[1][1]), "what was left out counts")
    check(not np.allclose(weights[0][0], weights[1][0]), "what was not left out does not count")


def kernels(folder):
    """A range counts nothing inside; with the student kernel one bad series does not decide; tolerances are widened as little as needed."""
    months = monthly_rows("arrivals", 1500 * SEASON)
    write_targets(folder, months + [("2014", "returned", 10, 0, 20), ("2015", "returned", 500, 400, 600)])
    study = made(folder, draws=300)
    spec = Spec(write_spec(folder, BY_ARRIVALS + '[[distance]]\nseries = "returned"\nby = "year"\ntolerance = 0.1\noffset = 100\n'))
    values = fit.all_distances(spec, study, 0, None)[1]
    close(values.max(), np.sqrt(np.mean([0, np.log(500 / 100) ** 2])), 1e-12, "inside a range nothing counts, outside its near end")
    normal, student = (fit.log_kernel(series.Distance("s", "month", "log", 1, kernel, None), np.array([0.0, 1, 6]), 1) for kernel in ("normal", "student"))
    check(np.allclose(normal, [0, -0.5, -18]) and np.allclose(student, [0, -2 * np.log(4 / 3), -2 * np.log(13)]), f"{normal} {student}")
    spec = Spec(write_spec(folder, BY_ARRIVALS))
    spec.effective = 60
    weight, widened = fitted(spec, study)
    close(measures.effective(weight), 60, 0.5, "effective draws")
    check(widened > 1, "not widened")


def failed_runs(folder):
    write_targets(folder, monthly_rows("arrivals", 1500 * SEASON))
    spec = Spec(write_spec(folder, BY_ARRIVALS))
    best = int(np.argmax(fitted(spec, made(folder, draws=100))[0]))
    study = made(folder, draws=100, failed=[(0, best, 0), (0, best, 1), (0, 1, 0)])
    weight, _ = fitted(spec, study)
    check(weight[best] == 0 and abs(weight.sum() - 1) < 1e-12, "a failed draw weighs")
    sample, weights = score.Source("s", study).runs(spec, "arrivals", [12 * FIRST])
    check(len(sample) == 197 and np.isfinite(sample).all() and abs(weights.sum() - 1) < 1e-12, "failed runs are in the band")


# Scoring --------------------------------------------------------------------------------------------------------------
def coverage(folder):
    """Observed months drawn from what the runs are drawn from lie in the band nine times in ten."""
    random, inside, width = np.random.default_rng(6), [], []
    priors_, values = {"a": ("uniform", 0, 1, np.nan, False)}, {"a": random.random(200)}
    for _ in range(12):
        cells = np.zeros((1, 200, 1, MONTHS, len(LINKS), len(OUTCOMES)))
        cells[..., 0, 0] = random.gamma(4, 250 * SEASON, (200, 1, MONTHS))
        write_study(os.path.join(folder, "study.h5"), cells, values, priors_)
        write_targets(folder, monthly_rows("arrivals", random.gamma(4, 250 * SEASON)))
        spec, study = Spec(write_spec(folder)), Study(os.path.join(folder, "study.h5"))
        row = dict(zip(["series", "source", *score.COLUMNS], score.simulated_row(spec, score.Source("fitted", study), "arrivals", spec.fit)))
        inside.append(row["coverage_90"])
        width.append(row["width_90"])
        study.file.close()
    close(np.mean(inside), 0.9, 5 * np.sqrt(0.09 / (12 * MONTHS)) + 0.01, "coverage")
    close(np.mean(width), (7.753657 - 1.366318) / 4, 0.1, "width of a gamma distribution of shape 4, over its mean")


def scores_of_sources(folder):
    """Left-out years come from their own sources; a perfect median scores 0; too small numbers are marked."""
    observed = 1500 * SEASON * np.repeat([1, 1.2, 0.9], 12)
    write_targets(folder, monthly_rows("arrivals", observed) + [("2015", "returned", 0, 0, 5)])
    spec, random = Spec(write_spec(folder)), np.random.default_rng(8)
    values, prior = {"a": random.random(3)}, {"a": ("uniform", 0, 1, np.nan, False)}
    studies = []
    for factor in (1.0, 2.0, 3.0):
        cells = np.zeros((1, 3, 1, MONTHS, len(LINKS), len(OUTCOMES)))
        cells[0, :, 0, :, 0, 0] = observed.round(3) * factor * np.array([0.9, 1, 1.1])[:, None]
        studies.append(Study(write_study(os.path.join(folder, f"{factor}.h5"), cells, values, prior, scale=40.0)))
    sources = [score.Source("fitted", studies[0]), score.LeftOut({2014: score.Source("", studies[1]), 2016: score.Source("", studies[2])})]
    header, rows = score.score_table(spec, sources, spec.fit)
    rows = {row[1]: dict(zip(header, row)) for row in rows if row[0] == "arrivals"}
    check(rows["fitted"]["nrmse"] < 0.001 and rows["fitted"]["coverage_90"] == 1 and rows["fitted"]["few"] == int(np.sum(np.floor(observed) < 1200)), f"{rows['fitted']}")
    kept = np.r_[0:12, 24:36]
    error = np.r_[observed[:12], 2 * observed[24:]]
    close(rows["leave-one-year-out"]["rmse"], np.sqrt(np.mean(error**2)), 2, "each year from its own source")
    check(rows["leave-one-year-out"]["months"] == len(kept), "a year without a source is left out")
    close(rows["climatology"]["nrmse"], measures.nrmse(measures.climatology(range(24168, 24204), dict(zip(range(24168, 24204), observed))), observed), 1e-9, "climatology")
    header, rows = score.period_table(spec, sources, spec.fit)
    year = dict(zip(header, next(row for row in rows if row[0] == "arrivals" and row[1] == "2014" and row[2] != "fitted")))
    close(year["simulated_median"], 2 * observed[:12].sum(), 12, "a year's total")
    returned = dict(zip(header, next(row for row in rows if row[0] == "returned")))
    check([studies[0].fewest(spec, name) for name in ("arrivals", "deaths")] == [1200, 400], "fewest people and events")
    path = shutil.copy(studies[0].path, os.path.join(folder, "things.h5"))
    with h5py.File(path, "r+") as file:
        file["crossings"].attrs["things"] = 1
    check([Study(path).fewest(spec, name) for name in ("arrivals", "deaths", "attempts")] == [30, 10, 30], "fewest things")
    check(returned["ranges_meet"] == "yes" and returned["few"] == "few" and returned["high"] == 5, f"{returned}")


def regimes(folder):
    """Deaths per attempt by hand, with a month left out, and the difference between regimes."""
    arrivals, deaths = np.full(MONTHS, 900.0), np.full(MONTHS, 50.0)
    deaths[15] = 5000  # April 2015
    write_targets(folder, monthly_rows("arrivals", arrivals) + monthly_rows("deaths", deaths) + [(str(year), "returned", 600, 360, 1200) for year in (2014, 2015, 2016)])
    spec = Spec(write_spec(folder, spec=SPEC.replace('per = ["attempts"]', 'per = ["arrivals", "deaths", "returned"]')))
    cells = np.zeros((1, 4, 1, MONTHS, len(LINKS), len(OUTCOMES)))
    cells[..., 0, 0] = 1000
    cells[..., 0, 2] = np.array([10, 20, 30, 40])[None, :, None, None] * np.where(np.arange(MONTHS) < 12, 2, 1)
    values, prior = {"a": np.arange(4.0)}, {"a": ("uniform", 0, 4, np.nan, False)}
    study = Study(write_study(os.path.join(folder, "study.h5"), cells, values, prior))
    header, rows = score.ratio_table(spec, [score.Source("fitted", study)])
    rows = {(row[2], bool(row[5])): dict(zip(header, row)) for row in rows}
    close(rows["first", False]["observed"], 50 / (900 + 50 + 50), 1e-12, "observed")
    close(rows["first", False]["low"], 50 / (900 + 50 + 100), 1e-12, "lowest: with the most returned")
    close(rows["first", False]["high"], 50 / (900 + 50 + 30), 1e-12, "highest")
    close(rows["later", False]["observed"], (23 * 50 + 5000) / (24 * 950 + 23 * 0 + 4950 + 1200), 1e-12, "with April 2015")
    close(rows["later", True]["observed"], 50 / 1000, 1e-12, "without April 2015")
    ratios = [d / (1000 + d) for d in (10, 20, 30, 40)]
    doubled = [2 * d / (1000 + 2 * d) for d in (10, 20, 30, 40)]
    close(rows["later", False]["simulated_median"], np.median(ratios), 1e-12, "simulated")
    close(rows["later", False]["difference_median"], np.median(np.subtract(ratios, doubled)), 1e-12, "difference, run by run")
    check(rows["later", False]["zero_inside"] == "no" and rows["first", False]["zero_inside"] == "", "zero")


def calendar_of_the_record(folder):
    """The figures that any forecast of the Central Mediterranean is held against."""
    path = "../shared/evidence/data/med_monthly_2014_2016.csv"
    if not os.path.exists(path):
        return "no evidence beside the project"
    with open(path, newline="", encoding="utf-8") as file:
        known = {series.month(row["month"]): float(row["arrivals"]) for row in csv.DictReader(file) if row["route"] == "CMR"}
    months = sorted(known)
    forecast_, observed = measures.climatology(months, known), np.array([known[m] for m in months])
    close(measures.nrmse(forecast_, observed), 0.35, 0.005, "nrmse of a calendar of monthly means")
    close(measures.correlation(forecast_, observed), 0.80, 0.005, "its correlation")


# Forecasting ----------------------------------------------------------------------------------------------------------
def forecast_bands(folder):
    write_targets(folder, [])
    spec, random = Spec(write_spec(folder)), np.random.default_rng(9)
    values, prior, months = {"a": random.normal(5000, 300, 400)}, {"a": ("uniform", 0, 10000, np.nan, False)}, list(range(24192, 24204))
    for between, within in ((0, 100), (300, 100), (300, 0)):
        cells = np.zeros((1, 400, 2, MONTHS, len(LINKS), len(OUTCOMES)))
        level = 5000 + between / 300 * (values["a"] - 5000)
        cells[..., 0, 0] = level[:, None, None] + within * random.standard_normal((400, 2, MONTHS))
        study = Study(write_study(os.path.join(folder, f"{between}_{within}.h5"), cells, values, prior))
        weight = np.full(400, 1 / 400)
        all_ = forecast.bands(spec, study, 0, weight, "arrivals", months)
        seeds = forecast.seeds_alone(spec, study, 0, weight, "arrivals", months, all_[0])
        close(np.mean(all_[2] - all_[1]), 3.29 * np.hypot(between, within), 60, f"width of both, {between} and {within}")
        close(np.mean(seeds[2] - seeds[1]), 3.29 * within, 25, f"width of seeds alone, {between} and {within}")
        check(np.all(np.abs(all_[0] - 5000) < 60) and np.all(seeds[1] <= all_[0]), "medians")


# The commands, on studies of the program ------------------------------------------------------------------------------
TOY = """
title = "Toy routes"; scenario = "{scenario}"; replicates = {replicates}; first_seed = {seed}; scale = {scale};
keep = ("movements", "deaths"); {draws}
parameters = ( {{ name = "driver:arrivals"; low = 0.4; high = 2.5; distribution = "loguniform"; }},
               {{ name = "column:links.death"; low = 0.2; high = 5.0; distribution = "loguniform"; }} );
arms = ( {{ name = "as it is"; }}, {{ name = "half as deadly"; policies = ( {{ name = "rescue"; lever = "death_risk"; multiply = 0.5; }} ); }} );
"""
TOY_SPEC = """
targets = "targets.csv"
fit = ["2031-03", "2031-12"]
effective = 10
[series.setting_out]
tally = "movements"
link = {{ from = ["Tarn", "Sill"] }}
[series.deaths]
tally = "deaths"
events = true
[[distance]]
series = "setting_out"
tolerance = 0.1
[[distance]]
series = "deaths"
by = "half"
tolerance = 0.2
kernel = "student"
[forecast.route.all]
movements = "setting_out"
deaths = "deaths"
"""


def command(*words, **more):
    made_ = subprocess.run(words, capture_output=True, text=True, **more)
    check(made_.returncode == 0, f"{' '.join(words)}: {made_.stdout[-300:]}{made_.stderr[-600:]}")
    return made_.stdout


def analysis(name, *words):
    return command(os.environ.get("PYTHON", sys.executable), f"analysis/{name}.py", *words)


def run_toy(folder, name, **more):
    settings = {"scenario": os.path.abspath("scenarios/toy_routes/scenario.cfg"), "replicates": 1, "seed": 1, "scale": 10.0, "draws": "", **more}
    path = os.path.join(folder, name)
    with open(path + ".cfg", "w", encoding="utf-8") as file:
        file.write(TOY.format(**settings))
    command(os.environ["WAYFARE"], "study", path + ".cfg", "--out", path + ".h5", "--threads", "2")
    return path + ".h5"


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def toy_targets(folder, spec, study):
    values = {name: study.series(spec, name)[0, 0] for name in spec.series}
    write_targets(folder, [(series.month_text(m), name, v[row]) for name, v in values.items() for m, row in sorted(study.months.items())])


def by_command(folder):
    if not os.access(os.environ.get("WAYFARE", ""), os.X_OK):
        return "no program"
    in_folder = lambda name: os.path.join(folder, name)  # noqa: E731
    with open(in_folder("fit.toml"), "w", encoding="utf-8") as file:
        file.write(TOY_SPEC.replace("{{", "{").replace("}}", "}"))
    with open(in_folder("truth.csv"), "w", encoding="utf-8") as file:
        file.write("driver:arrivals,column:links.death\n1.5,2\n")
    write_targets(folder, [])
    truth = run_toy(folder, "truth", seed=99, scale=1.0, draws='design = "file"; draws_file = "truth.csv";')
    toy_targets(folder, Spec(in_folder("fit.toml")), Study(truth))
    study = run_toy(folder, "prior", draws='draws = 120; design = "latin";')
    said = analysis("fit", study, in_folder("fit.toml"), "--out", in_folder("posterior.csv"), "--draws", "30")
    drawn = {name: np.array([float(row[name]) for row in table(in_folder("posterior.csv"))]) for name in ("driver:arrivals", "column:links.death")}
    check(len(drawn["driver:arrivals"]) == 30 and "effective draws of 120" in said, said[:200])
    for name, true in (("driver:arrivals", 1.5), ("column:links.death", 2.0)):
        check(drawn[name].min() < true < drawn[name].max() and 0.6 * true < np.median(drawn[name]) < 1.6 * true, f"{name}: median {np.median(drawn[name]):.3f}")
    after = run_toy(folder, "after", replicates=2, draws='design = "file"; draws_file = "posterior.csv";')
    analysis("score", after, in_folder("fit.toml"), "--other", "half as deadly=:half as deadly", "--leave-out", "2031=" + study + "+" + in_folder("posterior_weights.csv"), "--out", in_folder("scores"))
    rows = {(row["series"], row["source"]): row for row in table(in_folder("scores_scores.csv"))}
    check(float(rows["setting_out", "fitted"]["nrmse"]) < 0.35 and float(rows["setting_out", "fitted"]["r"]) > 0.9, f"{rows['setting_out', 'fitted']}")
    check(("deaths", "half as deadly") in rows and ("deaths", "leave-one-year-out") in rows, "sources are missing")
    analysis("forecast", after, in_folder("fit.toml"), "--from", "2032-01", "--until", "2032-03", "--out", in_folder("forecast.csv"))
    rows, alone = table(in_folder("forecast.csv")), table(in_folder("forecast_seeds.csv"))
    check([row["month"] for row in rows] == ["2032-01", "2032-02", "2032-03"] and all(row["route"] == "all" for row in rows), "months and routes")
    check(list(rows[0]) == ["month", "route", "movements_median", "movements_p05", "movements_p95", "deaths_median", "deaths_p05", "deaths_p95", "few"], f"{list(rows[0])}")
    check(all(float(row["movements_p05"]) <= float(row["movements_median"]) <= float(row["movements_p95"]) for row in rows + alone), "bands")
    for name in ("posterior.png", "posterior.md", "scores.png", "scores.md", "scores_periods.csv", "forecast.png"):
        check(os.path.exists(in_folder(name)), f"no {name}")


CASES = [formulas, weighted_quantiles, priors, periods, chosen_cells, bad_specs, truth_is_found, posterior_draws, second_round, left_out_year, kernels, failed_runs,
         coverage, scores_of_sources, regimes, calendar_of_the_record, forecast_bands, by_command]


if __name__ == "__main__":
    run(CASES)
