"""A plot of the tables of FIGURES.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_PLOTTED = (
    "One call",
    "Asynchronous calls, 32 at once",
    "A stream of 100,000 events",
    "Decoding 1,000 runs",
    "Encoding a RunRequest",
    "Importing a client",
)
_TABLE = re.compile(r"^## (.*)\n\n(?:.*\n\n)?\| \|(.*)\|\n\|[-|]+\n((?:\|.*\n)+)", re.M)
_WIDTH, _LABEL, _LINE = 720, 260, 18


def plot(figures: str) -> str:
    """Return an SVG with bars for the CPU time of the subjects, for some of the tables."""
    tables = {title: (head, body) for title, head, body in _TABLE.findall(figures)}
    parts: list[str] = []
    top = 8
    for title in _PLOTTED:
        bars = list(_bars(*tables[title]))
        parts.append(f'<text x="8" y="{top + 14}" font-weight="bold">{escape(title)}</text>')
        longest = max(ratio for _, _, ratio in bars)
        for number, (subject, seconds, ratio) in enumerate(bars):
            y = top + (number + 1) * _LINE + 4
            size = (_WIDTH - _LABEL - 90) * ratio / longest
            color = "#1f77b4" if number == 0 else "#b0b0b0"
            parts.append(
                f'<text x="{_LABEL - 8}" y="{y + 12}" text-anchor="end">{escape(subject)}</text>'
                f'<rect x="{_LABEL}" y="{y + 1}" width="{size:.1f}" height="13" fill="{color}"/>'
                f'<text x="{_LABEL + size + 6:.1f}" y="{y + 12}">{escape(seconds)}</text>'
            )
        top += (len(bars) + 1) * _LINE + 20
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" '
        f'font-family="sans-serif" font-size="12"><rect width="{_WIDTH}" height="{top}" '
        'fill="white"/>'
    )
    return "\n".join([svg, *parts, "</svg>\n"])


def _bars(head: str, body: str) -> Iterator[tuple[str, str, float]]:
    """Yield each subject with its CPU time, and that as a ratio of the first."""
    columns = [each.strip() for each in head.split("|")]
    for line in body.splitlines():
        subject, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        yield subject, cells[columns.index("cpu")], float(cells[-2])
