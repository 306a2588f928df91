"""From figures to ratios, and whether they are what is expected."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .measuring import Figures
from .row import Row, Target

Found = dict[str, list[Figures]]


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """The result of a target for one metric."""

    target: Target
    metric: str
    measured: Spread

    @property
    def met(self) -> bool:
        if self.target.bound == "at most":
            return self.measured.middle <= self.target.limit
        return self.measured.middle >= self.target.limit


def spread(values: Sequence[float]) -> Spread:
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(low, middle, high)


def metrics(figures: Sequence[Figures]) -> dict[str, Spread]:
    """Return the spread of each figure over the rounds."""
    return {metric: spread([one[metric] for one in figures]) for metric in figures[0]}


def verdicts(row: Row, found: Found) -> list[Verdict]:
    """Each target of a row, by the median of the ratios of each round."""
    return [
        Verdict(target, metric, spread(_of_target(target, metric, found)))
        for target in row.targets
        for metric in target.metrics
    ]


def ratio(metric: str, ours: Sequence[Figures], theirs: Sequence[Figures]) -> Spread | None:
    """Return the ratio of each round; None where the other is nothing."""
    if not all(figures[metric] for figures in theirs):
        return None
    return spread(_ratios(metric, ours, theirs))


def _of_target(target: Target, metric: str, found: Found) -> list[float]:
    ours = found[target.subject]
    if target.of is None:
        return [figures[metric] for figures in ours]
    ratios = _ratios(metric, ours, found[target.of])
    return [1 / ratio for ratio in ratios] if target.speed else ratios


def _ratios(metric: str, ours: Sequence[Figures], theirs: Sequence[Figures]) -> list[float]:
    return [one[metric] / other[metric] for one, other in zip(ours, theirs, strict=True)]
