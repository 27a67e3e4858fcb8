# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people stand in their case, and where they are placed meanwhile, day by day, all states together."""
import numpy as np

from results import span
from style import INK, LINES, PEOPLE, date_axis, foot, from_zero, head, plt, save

STROKES = ["-", (0, (4, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2))]  # told apart without colour too


def lines(axes, run, names, counts, title):
    """One line each, named at its end; names that would collide are moved apart."""
    ends = []
    for index, name in enumerate(names):
        colour = LINES[index % len(LINES)]
        axes.plot(run.date, counts[:, index], color=colour, linestyle=STROKES[index % len(STROKES)])
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


def plot_case(run, path):
    """None where the scenario has no case."""
    shown = [(names, counts.sum(axis=1), title) for names, counts, title in
             ((run.stage, run.cases, "By stage of the case"), (run.placement, run.placed, "By placement")) if counts is not None and names]
    if not shown:
        return None
    size = (8.6, 2.9 * len(shown) + 1.1)
    figure, panels = plt.subplots(len(shown), 1, figsize=size, squeeze=False)
    for axes, (names, counts, title) in zip(panels[:, 0], shown):
        lines(axes, run, names, np.nan_to_num(counts), title)
    head(figure, run.title, f"People present, {span(run)}. At the right the numbers of the last day")
    foot(figure, run.caption)
    figure.subplots_adjust(left=0.75 / size[0], right=1 - 1.9 / size[0], top=1 - 0.95 / size[1], bottom=0.55 / size[1], hspace=0.35)
    return save(figure, path)
