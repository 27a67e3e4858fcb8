# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as csv and markdown: whole or not at all."""
import csv
import datetime
import math
import os


def number(value):
    """To four figures, as short as it can be; nothing for what is not known."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not math.isfinite(value):
        return "" if math.isnan(value) else f"{value:g}"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1e3 else f"{value:.4g}"


def month_dates(months):
    return [datetime.datetime(m // 12, m % 12 + 1, 1) for m in months]


def publish(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    part = path + ".part"
    with open(part, "w", newline="", encoding="utf-8") as file:
        file.write(text)
    os.replace(part, path)
    return path


def field(value):
    """Numbers with all their digits, nothing for what is not known."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, float) or hasattr(value, "dtype"):
        value = float(value)
        return "" if math.isnan(value) else repr(int(value)) if value == round(value) and abs(value) < 1e15 else repr(value)
    return str(value)


class Lines(list):
    write = list.append


def write_csv(path, header, rows):
    lines = Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([field(value) for value in row] for row in rows)
    return publish(path, "".join(lines))


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *([number(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(str(value) for value in line) + " |" for line in lines)


def write_markdown(path, pieces):
    """Pieces: texts, or (header, rows). Returns the text."""
    text = "\n\n".join(piece if isinstance(piece, str) else markdown(*piece) for piece in pieces) + "\n"
    publish(path, text)
    return text
