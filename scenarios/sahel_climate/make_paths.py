#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drivers of the three paths, from data/base.csv and data/paths.csv. usage: make_paths.py     writes data/ipc3_PATH.csv and data/floods_PATH.csv

phase 3(state, season, year) = mean of 2020-2022 in that season x people(year) / people(2021) x share(path, year) x bad(path, year); until 2022 as recorded
people affected by floods a day, in August and September = mean of 2012-2022 / 61 x people(year) / people(2021) x flood(path, year)"""
import csv
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
FIRST, LAST, KNOWN_UNTIL, MIDDLE = 2020, 2050, 2022, 2021
SEASONS = ("04", "07", "11")
FLOOD_DAYS = 61


def rows_of(name):
    with open(os.path.join(FOLDER, name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def growth(state, year):
    """People over those of 2021, at one rate a year."""
    return float(state["people_2050"]) ** ((year - MIDDLE) / (LAST - FIRST))


def straight(target, year):
    """From 1 in 2022 to the target in 2050."""
    return 1 + (target - 1) * max(year - KNOWN_UNTIL, 0) / (LAST - KNOWN_UNTIL)


def is_bad(path, year):
    return year > KNOWN_UNTIL and (year - KNOWN_UNTIL) % int(path["bad_every"]) == 0


def recorded(state, year, season):
    text = state[f"ipc3_{year}_{season}"]
    return float(text) if text else None


def usual(state, season):
    known = [value for year in range(FIRST, KNOWN_UNTIL + 1) if (value := recorded(state, year, season)) is not None]
    return sum(known) / len(known)


def phase3(state, path, year, season):
    if year <= KNOWN_UNTIL and (value := recorded(state, year, season)) is not None:
        return value
    bad = float(path["bad_factor"]) if is_bad(path, year) else 1
    return usual(state, season) * growth(state, year) * straight(float(path["share_2050"]), year) * bad


def flooded(state, path, year):
    return float(state["flood_affected"]) / FLOOD_DAYS * growth(state, year) * straight(float(path["flood_2050"]), year)


def write(name, comment, states, rows):
    with open(os.path.join(FOLDER, name), "w", newline="", encoding="utf-8") as file:
        file.write(f"# {comment} Made by make_paths.py.\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", *(state["state"] for state in states)])
        writer.writerows(rows)


def write_path(states, path):
    years = range(FIRST, LAST + 1)
    food = [[f"{year}-{season}-15", *(round(phase3(state, path, year, season)) for state in states)] for year in years for season in SEASONS]
    dry = [f"{FIRST}-01-01", *(0 for _ in states)]
    floods = [dry] + [row for year in years for row in ([f"{year}-08-01", *(round(flooded(state, path, year)) for state in states)], [f"{year}-10-01", *(0 for _ in states)])]
    name = path["path"].replace("-", "_")
    write(f"ipc3_{name}.csv", f"People in phase 3 or worse, {path['path']} path: recorded until 2022, assumed after.", states, food)
    write(f"floods_{name}.csv", f"People affected by floods a day, {path['path']} path: assumed.", states, floods)


def main():
    states = rows_of("base.csv")
    for path in rows_of("paths.csv"):
        write_path(states, path)


if __name__ == "__main__":
    main()
