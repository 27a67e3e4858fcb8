# SPDX-License-Identifier: GPL-3.0-or-later
"""A case day by day, all states together: where people stand in it, where they are placed meanwhile, who waits for what, and what it costs."""
import numpy as np

from results import span
from style import INK, LINES, PEOPLE, date_axis, foot, from_zero, head, plt, save

STROKES = ["-", (0, (4, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2))]  # told apart without colour too
MOST_LINES = 8
EUR = 100  # cents


def largest(names, counts):
    """The largest few in the order of the file, and what is left together."""
    kept = np.sort(np.argsort(-counts.max(axis=0), kind="stable")[:MOST_LINES - 1]) if len(names) > MOST_LINES else np.arange(len(names))
    left = np.setdiff1d(np.arange(len(names)), kept)
    names, others = [names[i] for i in kept], counts[:, left].sum(axis=1, keepdims=True)
    return (names + [f"{len(left)} others"], np.hstack([counts[:, kept], others])) if len(left) else (names, counts)


def lines(axes, dates, names, counts, title):
    """One line each, named at its end; names that would collide are moved apart."""
    ends = []
    for index, name in enumerate(names):
        colour = LINES[index % len(LINES)]
        axes.plot(dates, counts[:, index], color=colour, linestyle=STROKES[index % len(STROKES)])
        ends.append((counts[-1, index], name, colour))
    axes.set_title(title)
    from_zero(axes)
    date_axis(axes)
    apart = axes.get_ylim()[1] * 0.07
    low = -apart
    for value, name, colour in sorted(ends):
        low = max(low + apart, value)
        axes.annotate(f"{name.replace('_', ' ')}  {PEOPLE(value, 0)}", (1.01, low), xycoords=("axes fraction", "data"), color=INK, fontsize=8, va="center")
        axes.plot([1.0, 1.008], [low, low], color=colour, linewidth=3, transform=axes.get_yaxis_transform(), clip_on=False, solid_capstyle="butt")


def panels_of(run):
    """(dates, names, values, title) of what the run has and where anything happened"""
    for name, dates, per, title in (("cases", run.date, 1, "People by stage of the case"), ("placed", run.date, 1, "People by placement"),
                                    ("waiting", run.date, 1, "People waiting, by service"), ("cost", run.date_of_month, EUR * np.reshape(run.days_of_month, (-1, 1)), "Cost by item, EUR a day")):
        names, values = run.split.get(name, ([], None))
        if names and values.any():
            used = values.any(axis=0)
            yield (dates, *largest([n for n, any_ in zip(names, used) if any_], np.nan_to_num(values[:, used]) / per), title)


def plot_case(run, path):
    """None where the scenario has no case."""
    shown = list(panels_of(run))
    if not shown:
        return None
    below = 0.55 + 0.15 * len(run.notes)
    size = (8.6, 2.6 * len(shown) + 0.6 + below)
    figure, panels = plt.subplots(len(shown), 1, figsize=size, squeeze=False)
    for axes, panel in zip(panels[:, 0], shown):
        lines(axes, *panel)
    head(figure, run.title, f"{span(run)}. At the right the numbers of the last day, or of the last month")
    foot(figure, *run.notes, run.caption)
    figure.subplots_adjust(left=0.85 / size[0], right=1 - 1.9 / size[0], top=1 - 0.95 / size[1], bottom=below / size[1], hspace=0.35)
    return save(figure, path)
