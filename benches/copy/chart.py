"""A chart of the classes: a line for each, and on it the geometric mean of the speed of everybody
who does its cases, on a logarithmic scale. It is read on light and on dark backgrounds."""

import html
import math
import statistics

from measure import OURS
from peers import BLOSC2, CRATES, MEMCMP, MEMCPY, MEMORYVIEW, NUMPY, OPENBLAS, OPENCV, READING, STREAM, XLA
from table import in_nanoseconds

WIDTH, LEFT, RIGHT, STEP = 940, 370, 24, 34
LEFT_OF_LEGEND = 16
GREY = "#808890"
COLOURS = {
    OURS: "#e8590c",
    MEMCPY: GREY,
    STREAM: GREY,
    MEMCMP: GREY,
    READING: GREY,
    NUMPY: "#4c8dd6",
    OPENBLAS: "#2f9e6e",
    OPENCV: "#a56bd6",
    XLA: "#c9a227",
    BLOSC2: "#d6598c",
    CRATES[0]: "#1fa3b5",
    CRATES[1]: "#8a9a2b",
    MEMORYVIEW: "#c65d57",
}


def means(results):
    """{name: GB/s}, of those cases that each does."""
    speeds = {}
    for case, timed in results:
        for name, nanoseconds in timed.nanoseconds.items():
            speeds.setdefault(name, []).append(case.size / nanoseconds)
    return {name: statistics.geometric_mean(each) for name, each in speeds.items() if name in COLOURS}


def mark(name, x, y):
    """A dot, or a stroke for what is a limit and not a peer."""
    colour = COLOURS[name]
    if colour == GREY:
        dashes = "" if name in (MEMCPY, MEMCMP) else ' stroke-dasharray="4 3"'
        return f'<path d="M{x:.1f} {y - 11}v22" stroke="{colour}" stroke-width="2.5"{dashes}/>'
    size = 8 if name == OURS else 6
    return f'<circle cx="{x:.1f}" cy="{y}" r="{size}" fill="{colour}"/>'


def text(x, y, words, anchor="start", size=13):
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-size="{size}">{html.escape(words)}</text>'


def legend(names):
    """In as many lines as it takes; and where the last one is."""
    x, y, parts = LEFT_OF_LEGEND, 20, []
    for name in names:
        width = 34 + 8 * len(name)
        if x + width > WIDTH:
            x, y = LEFT_OF_LEGEND, y + 28
        parts += [mark(name, x, y), text(x + 13, y + 5, name)]
        x += width
    return parts, y


def chart(all_results):
    """The SVG. `all_results`: pairs of class and results; a class in nanoseconds has no speed."""
    rows = [(each.title, means(results)) for each, results in all_results if not in_nanoseconds(each)]
    speeds = [speed for _, of_row in rows for speed in of_row.values()]
    low, high = math.floor(math.log10(min(speeds))), math.ceil(math.log10(max(speeds)))
    shown = [name for name in COLOURS if any(name in of_row for _, of_row in rows)]
    key, end_of_key = legend(shown)
    top = end_of_key + 44
    bottom = top + STEP * len(rows)

    def place(speed):
        return LEFT + (math.log10(speed) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = []
    for power in range(low, high + 1):
        for step in (1, 2, 5):
            speed = step * 10.0**power
            if speed > 10.0**high:
                break
            x = place(speed)
            parts.append(f'<path d="M{x:.1f} {top - 20}V{bottom}" stroke="{GREY}" stroke-opacity="{0.5 if step == 1 else 0.2}"/>')
            parts.append(text(x, bottom + 18, f"{speed:g}", "middle", 12))
    parts.append(text(WIDTH - RIGHT, bottom + 38, "GB/s, geometric mean of the cases", "end", 12))
    for index, (title, of_row) in enumerate(rows):
        y = top + STEP * index
        parts.append(text(LEFT - 12, y + 4, title, "end"))
        # Ours last, so that nothing lies over it.
        parts += [mark(name, place(of_row[name]), y) for name in sorted(of_row, key=lambda name: name == OURS)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 50}" '
            f'font-family="system-ui, sans-serif" fill="{GREY}" role="img" aria-label="Speed of copies">',
            *key,
            *parts,
            "</svg>\n",
        ]
    )
