"""Measures the SDK and the libraries that its users could use instead: `hatch run bench`.

Prints each table as it is measured. A run of all rows also writes RESULTS.md, FIGURES.md and
results.svg.
"""

from __future__ import annotations

import argparse
import sys

from harness.comparing import Found, verdicts
from harness.measuring import BENCHMARKS, measure, rows
from harness.plot import plot
from harness.results import document, figures, summary, table
from harness.row import Row
from harness.serving import serving


def main() -> int:
    """Measure; exit with 1 if a target is missed, 2 if nothing was measured."""
    options = _parser().parse_args()
    chosen = [(path, row) for path, row in rows() if options.only.lower() in row.name.lower()]
    rounds = options.rounds or (3 if options.quick else sys.maxsize)
    measured: list[tuple[Row, Found]] = []
    with serving() as url:
        for path, row in chosen:
            found = measure(path, row, url, rounds)
            measured.append((row, found))
            print(*table(row, found), sep="\n")
            print(*summary([(row, verdicts(row, found))]), sep="\n", flush=True)
    if not (options.only or options.quick or options.rounds):
        details = "\n".join(figures(measured)) + "\n"
        for name, text in {
            "RESULTS.md": "\n".join(document(measured)) + "\n",
            "FIGURES.md": details,
            "results.svg": plot(details),
        }.items():
            (BENCHMARKS / name).write_text(text, encoding="utf-8")
    missed = [one for row, found in measured for one in verdicts(row, found) if not one.met]
    return (1 if missed else 0) if measured else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name has this in it")
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument(
        "--rounds", type=int, help="at most so many rounds (default: what each row says)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
