# SPDX-License-Identifier: GPL-3.0-or-later
"""The map of a run: links as wide as the movements on them, places as large as the people present at the end."""
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from results import (AIR, BORDER, CAMP, CITY, CONFLICT, DESERT, DESTINATION, DETENTION, DISEMBARKATION, EMBARKATION, FORWARDING, IDP_CAMP, MARKER, ORIGIN, RAIL,
                     RECEPTION, ROAD, RURAL, SEA, TOWN, TRANSIT, span)
from style import FAINT, INK, NEUTRAL, QUIET, SIMULATED, foot, head, people, plt, save

# The first that holds decides: (bit, marker, label).
KINDS = [
    (DETENTION, "P", "detention"),
    (RECEPTION, "p", "reception"),
    (IDP_CAMP, "D", "camp for displaced people"),
    (CAMP, "s", "camp"),
    (EMBARKATION, ">", "embarkation"),
    (DISEMBARKATION, "<", "disembarkation"),
    (CONFLICT, "^", "conflict at the start"),
    (BORDER, "d", "border"),
    (FORWARDING, "h", "sent on from here"),
    (MARKER, "X", "junction"),
    (CITY, "H", "city"),
    (RURAL, "v", "rural district"),
    (TOWN, "o", "town"),
]
# How links look where a map has several modes: colour, dashes in line widths. Where it has one, it is blue.
MODES = {
    ROAD: ("#4f5b66", "solid", "road"),
    DESERT: ("#c98a00", "solid", "desert track"),
    RAIL: ("#8a4f9e", (0, (4, 0.7, 1, 0.7)), "railway"),
    SEA: ("#0072B2", (0, (2, 0.8)), "sea crossing"),
    AIR: ("#009E73", (0, (0.8, 1.2)), "air"),
}
ROLES = [(ORIGIN, "origin"), (TRANSIT, "transit"), (DESTINATION, "destination")]
MOST_STATES = 9  # with more, colours stand for the roles of states
MOST_PLACES = 45 # with more, markers are smaller, and a name without room is left out
SMALLEST, LARGEST = 20, 700  # areas of markers, points squared
WIDEST, THINNEST = 7.0, 0.07 # of links, points
SHEER = 0.55                 # so that what lies below a link can be seen
BEND = 0.08                  # of a link from the straight line, share of its length
SIDES = [(1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.75), (0.75, -0.75), (-0.75, 0.75), (-0.75, -0.75)]
KEY_INCHES = 2.15


class Map:
    """Places in a plane: degrees of latitude, and of longitude shortened as at the middle latitude."""

    def __init__(self, run):
        self.run = run
        self.shrink = np.cos(np.radians((np.nanmin(run.latitude) + np.nanmax(run.latitude)) / 2))
        self.where = np.column_stack([run.longitude * self.shrink, run.latitude])
        self.people = np.nan_to_num(run.present[-1])
        self.moved = np.nansum(run.movements, axis=0)
        self.crowded = len(run.place) > MOST_PLACES
        self.modes = sorted(set(run.link_mode))
        self.mark = [next((k for k in KINDS if bits & k[0]), KINDS[-1]) for bits in run.kind]
        self.group, self.groups = self.group_states()
        self.colour = [NEUTRAL[self.group[state] % len(NEUTRAL)] for state in run.state_of]

    def group_states(self):
        """What colours stand for: a number for each state, and the labels."""
        run = self.run
        if len(run.states) <= MOST_STATES:
            return range(len(run.states)), [name.replace("_", " ") for name in run.states]
        roles = sorted(set(run.roles))
        return [roles.index(role) for role in run.roles], [role_words(role) for role in roles]

    def area(self, count):
        smallest, largest = (SMALLEST / 2, LARGEST / 2) if self.crowded else (SMALLEST, LARGEST)
        return smallest + (largest - smallest) * count / max(self.people.max(), 1)

    def look(self, mode):
        """Colour and dashes of a link."""
        return MODES[mode][:2] if len(self.modes) > 1 else (SIMULATED, MODES[mode][1])

    def width(self, movements):
        return (WIDEST * 0.75 if self.crowded else WIDEST) * movements / max(self.moved.max(initial=0), 1)

    def size(self):
        """Of the land on paper, inches: as it lies, within reason."""
        wide, high = np.ptp(self.where, axis=0) + 1e-9
        widest, highest = (12.0, 10.0) if self.crowded else (7.2, 7.6)
        height = float(np.clip(widest * high / wide, 4.4, highest))
        return float(np.clip(height * wide / high, 4.6, widest)), height


def role_words(role):
    return ", ".join(word for bit, word in ROLES if role & bit) or "no role"


# Links ----------------------------------------------------------------------------------------------------------------
def bow(start, end):
    """A curve that leans to the right of its direction, so that both directions can be seen. And the middle of it."""
    along = end - start
    lean = (start + end) / 2 + BEND * 2 * np.array([along[1], -along[0]])
    return Path([start, lean, end], [Path.MOVETO, Path.CURVE3, Path.CURVE3]), (start + 2 * lean + end) / 4


def draw_link(axes, start, end, width, look):
    colour, dashes = look
    curve, middle = bow(start, end)
    axes.add_patch(PathPatch(curve, facecolor="none", edgecolor=colour, linestyle=dashes, alpha=SHEER, linewidth=max(width, 0.4), capstyle="butt", zorder=2))
    points = 72 / axes.figure.dpi * np.hypot(*(axes.transData.transform(end) - axes.transData.transform(start)))
    head_size = min(4 + 1.3 * width, 0.22 * points)
    if width > 0.5:
        angle = np.degrees(np.arctan2(*(end - start)[::-1]))
        axes.scatter(*middle, s=head_size**2, marker=(3, 0, angle - 90), color=colour, linewidths=0, zorder=2.5)


def draw_links(axes, here):
    """Curves for all but the least used; grey where the link is."""
    run, where = here.run, here.where
    for *pair, mode in {(*sorted(pair), mode) for *pair, mode in zip(run.link_from, run.link_to, run.link_mode)}:
        axes.plot(*where[pair].T, color=FAINT, linestyle=MODES[mode][1], linewidth=0.8, zorder=1)
    for link in np.argsort(-here.moved, kind="stable"):
        if here.width(here.moved[link]) > THINNEST:
            draw_link(axes, where[run.link_from[link]], where[run.link_to[link]], here.width(here.moved[link]), here.look(run.link_mode[link]))


# Places and their names -----------------------------------------------------------------------------------------------
def draw_places(axes, here):
    for place in np.argsort(-here.people, kind="stable"):
        axes.scatter(*here.where[place], s=here.area(here.people[place]), marker=here.mark[place][1], facecolor=here.colour[place], edgecolor=INK, linewidth=0.7, zorder=3)


def overlap(one, other):
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(wide, 0) * max(high, 0)


def marker_boxes(axes, here):
    radius = np.sqrt(here.area(here.people)) / 2 * axes.figure.dpi / 72
    return [Bbox.from_bounds(x - r, y - r, 2 * r, 2 * r) for (x, y), r in zip(axes.transData.transform(here.where), radius)]


def candidates(box, size):
    """Boxes for a name around its marker, the best liked first: (dislike, box)."""
    x, y, gap = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, 3
    for step in (0, 0.7, 1.5, 2.4):
        for order, (right, up) in enumerate(SIDES):
            across = box.width / 2 + size[0] / 2 + gap + step * size[1]
            along = box.height / 2 + size[1] / 2 + gap + step * size[1]
            centre = x + right * across, y + up * along
            yield step * 120 + order * 4, Bbox.from_bounds(centre[0] - size[0] / 2, centre[1] - size[1] / 2, *size)


def name_place(box, size, taken, marks, frame):
    """The best spot, and the share of it that other names hold already."""
    def covered(spot):
        return sum(overlap(spot, other) for other in taken)

    def cost(option):
        dislike, spot = option
        outside = spot.width * spot.height - overlap(spot, frame)
        return dislike + 8 * covered(spot) + 1.5 * sum(overlap(spot, mark) for mark in marks) + 10 * outside

    spot = min(candidates(box, size), key=cost)[1]
    return spot, covered(spot) / (size[0] * size[1])


def write_names(axes, here):
    """Greedily, from the place where most people are or pass down: each name where it covers least."""
    run, marks, passed = here.run, marker_boxes(axes, here), here.people.copy()
    np.add.at(passed, run.link_to, here.moved)
    frame, taken, renderer = axes.get_window_extent(), [], axes.figure.canvas.get_renderer()
    back = axes.transData.inverted()
    for place in np.argsort(-passed, kind="stable"):
        text = axes.text(0, 0, run.place[place].replace("_", " "), fontsize=6.5 if here.crowded else 7 if len(run.place) > 30 else 8, ha="center", va="center", zorder=5)
        text.set_path_effects([withStroke(linewidth=2, foreground="white", alpha=0.85)])
        extent = text.get_window_extent(renderer)
        spot, covered = name_place(marks[place], (extent.width, extent.height), taken, marks, frame)
        if here.crowded and covered > 0.05:
            text.remove()
            continue
        text.set_position(back.transform(((spot.x0 + spot.x1) / 2, (spot.y0 + spot.y1) / 2)))
        taken.append(spot)
        point_to(axes, back, marks[place], spot)


def point_to(axes, back, mark, spot):
    """A thin line where a name had to stand apart from its place."""
    centre = np.array([(mark.x0 + mark.x1) / 2, (mark.y0 + mark.y1) / 2])
    near = np.array([np.clip(centre[0], spot.x0, spot.x1), np.clip(centre[1], spot.y0, spot.y1)])
    if np.hypot(*(near - centre)) > mark.width / 2 + 8:
        axes.plot(*back.transform([centre, near]).T, color=QUIET, linewidth=0.5, zorder=2.8)


# The key --------------------------------------------------------------------------------------------------------------
def round_number(value):
    """The largest of 1, 2, 5 times a power of ten that is not above value."""
    ten = 10.0 ** np.floor(np.log10(value))
    return next(step * ten for step in (5, 2, 1) if step * ten <= value * (1 + 1e-9))


def round_steps(largest):
    return [round_number(largest), round_number(largest / 8)] if largest >= 10 else [largest] if largest > 0 else []


def key_entries(here):
    """(title, handles) of each block of the key."""
    def dot(marker, area, colour, label):
        return Line2D([], [], linestyle="", marker=marker, markersize=np.sqrt(area), markerfacecolor=colour, markeredgecolor=INK, markeredgewidth=0.7, label=label)

    def line(look, width, label):
        return Line2D([], [], color=look[0], linestyle=look[1], alpha=SHEER, linewidth=width, label=label)

    kinds = [dot(marker, 45, "white", label) for _, marker, label in KINDS if any(mark[2] == label for mark in here.mark)]
    states = [dot("o", 55, NEUTRAL[g % len(NEUTRAL)], here.groups[g]) for g in sorted({here.group[s] for s in here.run.state_of})]
    sizes = [dot("o", here.area(n), "white", people(n)) for n in round_steps(here.people.max())]
    modes = [line(here.look(mode), 2.2, MODES[mode][2]) for mode in here.modes if here.modes != [ROAD]]
    wide = [line(here.look(here.modes[0]), here.width(n), people(n)) for n in round_steps(here.moved.max(initial=0))]
    return [("Place", kinds), ("State", states), ("Link", modes), ("People present\nat the end", sizes), ("Movements over\nthe whole run", wide)]


def draw_key(figure, here):
    width, height = figure.get_size_inches()
    top = height - 0.85
    for title, handles in key_entries(here):
        if not handles:
            continue
        tall = [max(0.2, h.get_markersize() / 72 + 0.08) for h in handles]
        key = figure.legend(handles=handles, title=title, loc="upper left", bbox_to_anchor=((width - KEY_INCHES) / width, top / height), fontsize=8, title_fontsize=8,
                            alignment="left", labelspacing=max(0.35, (max(tall) - 0.14) / 0.11 / 2), handletextpad=1.0, borderaxespad=0)
        key.get_title().set_fontweight("bold")
        top -= key.get_window_extent(figure.canvas.get_renderer()).height / figure.dpi + 0.12


def scale_bar(axes):
    """In kilometres, at the lower left."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    km = round_number((east - west) * 111.2 / 4)
    x, y = west + 0.02 * (east - west), south + 0.03 * (north - south)
    axes.plot([x, x + km / 111.2], [y, y], color=INK, linewidth=1.5, solid_capstyle="butt", zorder=4)
    axes.text(x + km / 222.4, y + 0.008 * (north - south), f"{km:g} km", ha="center", va="bottom", fontsize=7.5, zorder=4)


def degrees(axes, here):
    def label(value, positive, negative):
        return f"{round(abs(value), 6):g}°{positive if value > 0 else negative if value < 0 else ''}"

    steps, limits = MaxNLocator(7, steps=[1, 2, 5, 10]), axes.get_xlim()
    ticks = steps.tick_values(*(np.array(limits) / here.shrink))
    axes.set_xticks(ticks * here.shrink, [label(t, "E", "W") for t in ticks])
    axes.set_xlim(limits)
    axes.yaxis.set_major_locator(steps)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: label(value, "N", "S")))


def frame(axes, here, size):
    """Room around the places, and the whole of the paper used at equal scale."""
    low, high = here.where.min(axis=0), here.where.max(axis=0)
    per_inch = max((high - low) / (np.array(size) - 0.9))
    reach = per_inch * np.array(size) / 2
    axes.set_xlim((low + high)[0] / 2 - reach[0], (low + high)[0] / 2 + reach[0])
    axes.set_ylim((low + high)[1] / 2 - reach[1], (low + high)[1] / 2 + reach[1])
    axes.set_aspect("equal", adjustable="box")


def plot_map(run, path):
    spread = np.column_stack([run.latitude, run.longitude])
    if not np.isfinite(spread).all() or len(np.unique(spread, axis=0)) < 2:
        return None
    here = Map(run)
    land = here.size()
    size = (0.5 + land[0] + 0.15 + KEY_INCHES, 0.68 + land[1] + 0.8)
    figure = plt.figure(figsize=size)
    axes = figure.add_axes([0.5 / size[0], 0.68 / size[1], land[0] / size[0], land[1] / size[1]])
    head(figure, run.title, f"Where people went, {span(run)}")
    frame(axes, here, land)
    draw_links(axes, here)
    draw_places(axes, here)
    degrees(axes, here)
    scale_bar(axes)
    write_names(axes, here)
    draw_key(figure, here)
    foot(figure, "Curves lean to the right of the direction of movement; straight grey links carried few or none." + here.crowded * " Not every place is named.", run.caption)
    return save(figure, path)
