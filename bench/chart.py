"""chart.py - the picture of the ratios: one line a program, one mark a system, on a log scale.

SPDX-License-Identifier: MIT
"""
import math
from xml.sax.saxutils import escape

LEFT, RIGHT, TOP, ROW = 130, 30, 92, 26
WIDTH = 960
COLOURS = ["#0b6e4f", "#d1495b", "#edae49", "#00798c", "#7a4fbf", "#555555", "#a05a2c", "#2f4bd8",
           "#c2185b", "#8bc34a", "#00bcd4", "#ff7043"]


def scale(value, low, high):
    part = (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def text(x, y, words, anchor="start", weight="normal"):
    return ('<text x="%.1f" y="%.1f" text-anchor="%s" font-weight="%s">%s</text>'
            % (x, y, anchor, weight, escape(words)))


def mark(x, y, index, ours, title):
    shape = ('<rect x="%.1f" y="%.1f" width="11" height="11"' % (x - 5.5, y - 5.5) if ours
             else '<circle cx="%.1f" cy="%.1f" r="4.5"' % (x, y))
    name = "rect" if ours else "circle"
    return ('%s fill="%s" fill-opacity="0.85"><title>%s</title></%s>'
            % (shape, COLOURS[index % len(COLOURS)], escape(title), name))


def is_ours(system):
    return system.startswith("tier") or system == "auto"


def legend(systems):
    parts = []
    for i, system in enumerate(systems):
        x, y = LEFT + i % 6 * 135, 44 + i // 6 * 20
        parts += [mark(x, y, i, is_ours(system), system), text(x + 11, y + 4, system)]
    return parts


def grid(low, high, bottom):
    parts = []
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if low <= tick <= high:
            x = scale(tick, low, high)
            colour = "#333" if tick == 1 else "#ddd"
            parts.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s"/>'
                         % (x, TOP - 6, x, bottom, colour))
            parts.append(text(x, bottom + 16, "%g" % tick, "middle"))
    return parts


def lines(data):
    """(label, {system: ratio}) for each program and the means."""
    ratios, means = data["ratios"], data["means"]
    result = [(p, {s: r[p] for s, r in ratios.items() if p in r}) for p in data["programs"]]
    for group in next(iter(means.values()), {}):
        result.append((group, {s: m[group] for s, m in means.items() if m[group]}))
    return result


def draw(data):
    rows, systems = lines(data), list(data["ratios"])
    values = [v for _, found in rows for v in found.values()] or [1.0]
    low, high = min(0.5, min(values) / 1.1), max(2.0, max(values) * 1.1)
    bottom = TOP + ROW * len(rows)
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" '
             'font-size="12">' % (WIDTH, bottom + 46),
             '<rect width="100%" height="100%" fill="white"/>',
             text(LEFT, 22, "Time as a multiple of gcc -O2 (log scale, left is faster; "
                  "squares: libvm)", weight="bold")]
    parts += legend(systems) + grid(low, high, bottom)
    for k, (label, found) in enumerate(rows):
        y = TOP + ROW * k + ROW / 2
        parts.append(text(LEFT - 10, y + 4, label, "end", "bold" if "mean" in label else "normal"))
        parts.append('<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#eee"/>'
                     % (LEFT, y, WIDTH - RIGHT, y))
        parts += [mark(scale(value, low, high), y, systems.index(s), is_ours(s),
                       "%s, %s: %.2f" % (label, s, value)) for s, value in found.items()]
    about = data["about"]
    parts.append(text(LEFT, bottom + 36, "%s, %s" % (about["date"], about["processor"])))
    return "\n".join(parts + ["</svg>", ""])
