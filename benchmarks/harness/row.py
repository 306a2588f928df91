"""A comparison: its subjects, its measurement and its targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Way = Literal["calls", "micro", "statement", "fresh", "here"]
"""Measurement of a subject, each time in turn with the others of its row.

- `calls`: `work(url)` returns a callable, which is called over and over in one process.
- `micro`: the same without a server: `work()` returns a callable, which pyperf calls in a new
  process each round. Its seconds are those of the CPU: nothing is waited for.
- `statement`: a statement, such as an import, timed as the first of a new process.
- `fresh`: `work(url)` returns figures by name; it runs in a new process each round.
- `here`: the same, without a server, in the process of the harness.
"""


@dataclass(frozen=True)
class Subject:
    """One of the things that are compared.

    Attributes:
        name: In the table.
        environment: The virtual environment that it runs in, a key of `ENVIRONMENTS`.
        work: A function of the row's file, or a statement; see `Way`.
        arguments: What the function is given besides; JSON values.
    """

    name: str
    environment: str
    work: Callable[..., Any] | str
    arguments: Sequence[Any] = ()


@dataclass(frozen=True)
class Target:
    """Expected ratio of two subjects.

    Attributes:
        subject: Whose figure.
        bound: Whether the ratio must be at most or at least the limit.
        limit: The limit.
        of: Whose figure it is divided by; None for a figure as it is.
        metrics: The figures that it holds for.
        speed: Whether it is a ratio of speeds, the inverse of that of seconds.
    """

    subject: str
    bound: Literal["at most", "at least"]
    limit: float
    of: str | None = None
    metrics: Sequence[str] = ("wall", "cpu")
    speed: bool = False


@dataclass(frozen=True)
class Row:
    """A table of the results.

    Attributes:
        name: Its title, and what `--only` looks for.
        way: How its subjects are measured.
        subjects: What is compared.
        targets: What is expected.
        units: What one figure is of, by metric; seconds for what is not named.
        rounds: How often each subject is measured, at most.
        compared: The figure that is shown as a ratio of the first subject's; the last by default.
        note: What a reader must know beside the title.
    """

    name: str
    way: Way
    subjects: Sequence[Subject]
    targets: Sequence[Target] = ()
    units: dict[str, str] | None = None
    rounds: int = 15
    compared: str | None = None
    note: str = ""
