"""The results as Markdown."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from .comparing import Found, Spread, Verdict, metrics, ratio, verdicts
from .environments import ENVIRONMENTS, versions
from .row import Row
from .serving import are_apart

_INTRODUCTION = """\
These benchmarks compare the SDK with the libraries that you could use in its place. "The peer" is
`arp-standard-py` 0.1.0. `hatch run bench` wrote this page on {date}:
{machine}.

![The CPU time of the SDK and of other libraries](results.svg)

The subjects of a row take turns, round by round, each in a process and a virtual environment of
its own. A ratio is the median of the ratios of the rounds, and the quartiles show their spread.
`wall` is elapsed time, and `cpu` is the client's own CPU time.
{cores}

[Figures](FIGURES.md) has all measurements and the versions. [What was tried](TRIED.md) says what
did not help.
"""
_APART = "The server, which sends fixed bytes, has a core of its own and never sleeps."
_TOGETHER = "The server, which sends fixed bytes, runs on the same cores as the subjects."
_SECONDS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6))


def table(row: Row, found: Found) -> Iterator[str]:
    """Return the measurements of a row and its targets."""
    yield f"## {row.name}"
    yield ""
    first = found[row.subjects[0].name]
    rounds = len(first)
    yield from (f"{row.note} {rounds} {'round' if rounds == 1 else 'rounds'}.".lstrip(), "")
    names = list(first[0])
    compared = row.compared or names[-1]
    yield f"| | {' | '.join(names)} | {compared}, as a ratio of the first | quartiles |"
    yield "|---" * (len(names) + 3) + "|"
    for subject, figures in found.items():
        cells = [_figure(row, name, spread) for name, spread in metrics(figures).items()]
        of_first = ratio(compared, figures, first)
        cells += ["-", "-"] if of_first is None else _shown(of_first)
        yield f"| {subject} | {' | '.join(cells)} |"
    yield ""


def summary(verdicts_by_row: Sequence[tuple[Row, Sequence[Verdict]]]) -> Iterator[str]:
    """All targets in one table."""
    yield "| subject | target | measured | quartiles | |"
    yield "|---|---|---|---|---|"
    for row, found in verdicts_by_row:
        for verdict in found:
            yield _summary_line(row, verdict)
    yield ""


def _summary_line(row: Row, verdict: Verdict) -> str:
    target, measured = verdict.target, verdict.measured
    against = ""
    if target.of is not None:
        against = f" {'times as fast as' if target.speed else 'of'} {target.of}"
        limit, texts = _ratio(target.limit), [_ratio(value) for value in _values(measured)]
    else:
        limit = _quantity(row, verdict.metric, target.limit)
        texts = [_quantity(row, verdict.metric, value) for value in _values(measured)]
    low, middle, high = texts
    what = f"{row.name}: {target.subject}, {verdict.metric}"
    wanted = f"{target.bound} {limit}{against}"
    met = "met" if verdict.met else "**not met**"
    return f"| {what} | {wanted} | {middle} | {low} to {high} | {met} |"


def document(measured: Sequence[tuple[Row, Found]]) -> Iterator[str]:
    """All of RESULTS.md."""
    yield "# Performance"
    yield ""
    yield from _INTRODUCTION.format(
        date=datetime.datetime.now(datetime.timezone.utc).date(),
        machine=_machine(),
        cores=_APART if are_apart() else _TOGETHER,
    ).splitlines()
    yield ""
    yield "## Targets"
    yield ""
    yield from summary([(row, verdicts(row, found)) for row, found in measured])


def figures(measured: Sequence[tuple[Row, Found]]) -> Iterator[str]:
    """All of FIGURES.md."""
    yield "# Figures"
    yield ""
    yield "The measurements of which [Performance](RESULTS.md) has the ratios."
    yield ""
    for row, found in measured:
        yield from table(row, found)
    yield "## Versions"
    yield ""
    used = {subject.environment for row, _ in measured for subject in row.subjects}
    yield from _versions({*used, "server"})


def _shown(ratios: Spread) -> list[str]:
    low, middle, high = map(_ratio, _values(ratios))
    return [middle, f"{low} to {high}"]


def _figure(row: Row, metric: str, spread: Spread) -> str:
    return _quantity(row, metric, spread.middle)


def _values(spread: Spread) -> tuple[float, float, float]:
    return spread.low, spread.middle, spread.high


def _ratio(value: float) -> str:
    return f"{value:.3g}" if value < 10 else f"{value:.1f}".removesuffix(".0")


def _quantity(row: Row, metric: str, value: float) -> str:
    unit = (row.units or {}).get(metric, "s")
    if unit == "bytes":
        return f"{value / 1000:,.0f} kB"
    if unit != "s":
        return f"{value:,.4g} {unit}".strip()
    name, size = next((pair for pair in _SECONDS if value >= pair[1]), _SECONDS[-1])
    return f"{value / size:,.3g} {name}"


def _machine() -> str:
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} on "
        f"{platform.machine()}, {os.cpu_count()} cores ({_processor()})"
    )


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _versions(names: set[str]) -> Iterator[str]:
    yield "| environment | distributions |"
    yield "|---|---|"
    for name in ENVIRONMENTS:
        if name in names:
            listed = ", ".join(" ".join(pair) for pair in versions(name).items())
            yield f"| {name} | {listed} |"
