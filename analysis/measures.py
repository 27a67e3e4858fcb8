# SPDX-License-Identifier: GPL-3.0-or-later
"""How good a simulated series is. sample: (run, month); weight: of each run, adding up to 1; observed: by month.
The single number of a month is the median of its runs."""
import math
from statistics import NormalDist

import numpy as np

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95


def quantiles(sample, weight, shares=(LOW, MIDDLE, HIGH)):
    """Of every column: (share, ...). Unequal weights: the least value with at least that share of the weight up to it."""
    if np.allclose(weight, weight[0], atol=0):
        return np.quantile(sample, shares, axis=0)
    order = np.argsort(sample, axis=0, kind="stable")
    reached = np.cumsum(weight[order], axis=0) / weight.sum()
    values = np.take_along_axis(sample, order, axis=0)
    first = [np.minimum((reached < share - 1e-12).sum(axis=0), len(values) - 1) for share in shares]
    return np.array([np.take_along_axis(values, at[None], axis=0)[0] for at in first])


def effective(weight):
    """Of how many equal weights these are worth."""
    return 1 / np.sum(np.square(weight / weight.sum()))


def correlation(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    if len(a) < 3 or a.std() == 0 or b.std() == 0:
        return np.nan
    return float(np.corrcoef(a, b)[0, 1])


def rmse(simulated, observed):
    return float(np.sqrt(np.mean(np.square(simulated - observed))))


def nrmse(simulated, observed):
    """Root mean square error over the observed mean."""
    return rmse(simulated, observed) / float(np.mean(observed))


def crps(sample, weight, observed):
    """Continuous ranked probability score by month: E |X - y| - E |X - X'| / 2, in the units of y; of a single run the absolute error."""
    order = np.argsort(sample, axis=0)
    x, w = np.take_along_axis(sample, order, axis=0), weight[order]
    above = np.cumsum(w, axis=0) - w / 2  # E |X - X'| = 2 sum w x (2 F - 1), F at the middle of each step
    spread = 2 * np.sum(w * x * (2 * above - 1), axis=0)
    return np.sum(w * np.abs(x - observed), axis=0) - spread / 2


def anomalies(months, values):
    """Month minus its calendar mean."""
    calendar, values = np.asarray(months) % 12, np.asarray(values, float)
    mean = {c: values[calendar == c].mean() for c in set(calendar.tolist())}
    return values - np.array([mean[c] for c in calendar.tolist()])


def climatology(months, known):
    """Calendar means of the known months (month -> number) of other years; NaN where there is none."""
    forecast = []
    for m in months:
        others = [value for k, value in known.items() if k % 12 == m % 12 and k // 12 != m // 12]
        forecast.append(np.mean(others) if others else np.nan)
    return np.array(forecast)


def year_before(months, known):
    return np.array([known.get(m - 12, np.nan) for m in months])


def skill(simulated, reference, observed):
    """1 - mean square error over that of the reference, over the months that the reference has; NaN: none."""
    has = np.isfinite(reference)
    if not has.any():
        return np.nan
    worst = np.mean(np.square(reference[has] - observed[has]))
    return float(1 - np.mean(np.square(simulated[has] - observed[has])) / worst) if worst > 0 else np.nan


def all_scores(months, band, ranked, observed, climate, before):
    """Of one series. band: 5 %, median and 95 % by month; ranked: crps by month; climate, before: the two references, NaN where there is none."""
    low, middle, high = band
    return {
        "months": len(months),
        "rmse": rmse(middle, observed),
        "nrmse": nrmse(middle, observed),
        "r": correlation(middle, observed),
        "r_anomalies": correlation(anomalies(months, middle), anomalies(months, observed)),
        "skill_climatology": skill(middle, climate, observed),
        "skill_year_before": skill(middle, before, observed),
        "coverage_90": float(np.mean((observed >= low) & (observed <= high))),
        "width_90": float(np.mean(high - low) / np.mean(observed)),
        "crps": float(np.mean(ranked)),
    }


# Normal scores --------------------------------------------------------------------------------------------------------
NORMAL = NormalDist()


def normal_score(share):
    return np.vectorize(NORMAL.inv_cdf, otypes=[float])(np.clip(share, 1e-9, 1 - 1e-9))


def normal_share(score):
    return np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float])(score)


def share_below(prior, value):
    """Of a parameter's prior (distribution, low, high, mode, whole); whole numbers in the middle of their step."""
    kind, low, high, mode, whole = prior
    margin = 0.5 if whole else 0
    low, high = low - margin, high + margin
    if kind == "loguniform":
        return np.log(value / low) / math.log(high / low)
    if kind == "triangular":
        left = (value - low) ** 2 / ((high - low) * (mode - low)) if mode > low else np.zeros_like(value)
        right = 1 - (high - value) ** 2 / ((high - low) * (high - mode)) if high > mode else np.ones_like(value)
        return np.where(value < mode, left, right)
    return (value - low) / (high - low)


def value_at(prior, share):
    """The inverse."""
    kind, low, high, mode, whole = prior
    margin = 0.5 if whole else 0
    a, b = low - margin, high + margin
    if kind == "loguniform":
        value = a * (b / a) ** share
    elif kind == "triangular":
        middle = (mode - a) / (b - a)
        value = np.where(share < middle, a + np.sqrt(share * (b - a) * (mode - a)), b - np.sqrt((1 - share) * (b - a) * (b - mode)))
    else:
        value = a + share * (b - a)
    return np.clip(np.round(value) if whole else value, low, high)
