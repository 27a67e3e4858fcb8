# SPDX-License-Identifier: GPL-3.0-or-later
"""One look for every picture: colours that also work without colour vision (Okabe and Ito 2008), sizes, fonts, captions."""
import os

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as mdates  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter  # noqa: E402

INK, QUIET, FAINT = "#222222", "#6f6f6f", "#dcdcdc"
SIMULATED, OBSERVED, SECOND, THIRD = "#0072B2", "#222222", "#D55E00", "#009E73"
LINES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7a6a00", "#56B4E9", "#E69F00", "#222222"]  # many at once
NEUTRAL = ["#d9c7a3", "#a9bcd0", "#c3b5c9", "#b4c7ae", "#d8b4a6", "#c2c2b8", "#9fb8b5", "#cfc0d6"]  # states
STYLE = {
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 9,
}
plt.rcParams.update(STYLE)


def people(value):
    """1234.5 -> '1,234', 2e9 -> '2 bn', 40e6 -> '40 m'; small numbers keep what they need."""
    if abs(value) >= 1e9:
        return f"{value / 1e9:,.3g} bn"
    if abs(value) >= 1e7:
        return f"{value / 1e6:,.3g} m"
    return f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"


PEOPLE = FuncFormatter(lambda value, _: people(value))


def date_axis(axes):
    locator = mdates.AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False, zero_formats=["", "%Y", "%b", "%b-%d", "%H:%M", "%H:%M"]))


def from_zero(axes):
    """People on the vertical axis, from 0."""
    axes.set_ylim(0, max(axes.get_ylim()[1], 1) * 1.02)
    axes.yaxis.set_major_formatter(PEOPLE)
    axes.yaxis.get_major_locator().set_params(nbins=4)


def head(figure, title, below, top=0.42, left=0.1):
    """A title and a quieter line under it, at inches from the top left corner. A long title is made smaller rather than cut at the edge."""
    width, height = figure.get_size_inches()
    line = figure.text(left / width, 1 - (top - 0.2) / height, title, fontsize=13, fontweight="bold", va="center")
    reach = line.get_window_extent(figure.canvas.get_renderer()).x1
    line.set_fontsize(line.get_fontsize() * min(1, 0.98 * figure.bbox.width / reach))
    figure.text(left / width, 1 - (top + 0.06) / height, below, fontsize=9, color=QUIET, va="center")


def foot(figure, *lines):
    """Quiet lines at the bottom; the last one lowest."""
    width, height = figure.get_size_inches()
    for above, line in enumerate(reversed(lines)):
        figure.text(0.1 / width, (0.12 + 0.15 * above) / height, line, fontsize=7.5, color=QUIET, va="center")


def save(figure, path):
    """Written beside, then renamed: no half picture."""
    part = path[:-4] + ".part.png"
    figure.savefig(part)
    plt.close(figure)
    os.replace(part, path)
    return path
