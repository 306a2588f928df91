"""The tables of the migration guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "migrating.md"
PLACEHOLDERS = {
    "<service>": "(?P<service>daemon|runtime|tool_registry)",
    "<Service>": "(?P<Service>Daemon|Runtime|ToolRegistry)",
    "<Model>": r"(?P<Model>[A-Z]\w*)",
    "<module>": r"(?P<module>[a-z]\w*)",
    "*": r"\w*",
}
PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    cells: tuple[str, ...]

    def code(self, column: int) -> list[str]:
        """The code in a cell."""
        return re.findall(r"`([^`]+)`", self.cells[column])


@dataclass(frozen=True)
class Rule:
    """One name of the first column, with what its row says has become of it.

    Attributes:
        before: A name, or the end of one, in which placeholders may stand.
        now: What the second column names.
    """

    before: str
    now: tuple[str, ...]

    @property
    def weight(self) -> tuple[bool, int]:
        """Return how exactly it names something."""
        literal = PLACEHOLDER.sub("", self.before)
        return literal == self.before, len(literal)

    def match(self, path: str) -> re.Match[str] | None:
        """Return whether it is about this path."""
        return pattern(self.before).fullmatch(path)

    def targets(self, path: str) -> list[str]:
        """Return the second column's name for this path."""
        found = self.match(path)
        values = {f"<{name}>": text for name, text in found.groupdict().items()} if found else {}
        return [PLACEHOLDER.sub(lambda m: values.get(m[0], m[0]), text) for text in self.now]


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for the paths that end with a name with placeholders."""
    # `f(*)` is about arguments, and holds no placeholder.
    spared = name.replace("(*)", "(\0)")
    rest, *others = PLACEHOLDER.split(spared)
    expression = re.escape(rest)
    for holder, piece in zip(PLACEHOLDER.findall(spared), others, strict=True):
        expression += PLACEHOLDERS[holder] + re.escape(piece)
    return re.compile(r"(?:.*\.)?" + expression.replace("\0", r"\*"))


def tables(text: str, *heading: str) -> Iterator[Row]:
    """The rows of all tables whose heading starts with these cells."""
    wanted = False
    for line in text.splitlines():
        if not line.startswith("|"):
            wanted = False
            continue
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if cells[: len(heading)] == heading:
            wanted = True
        elif wanted and set(line) - set("|- "):
            yield Row(cells)


def rules(text: str) -> list[Rule]:
    """Return the guide's rows about names, the most exact first."""
    rows = tables(text, "0.1.0", "1.0")
    found = [Rule(before, tuple(row.code(1))) for row in rows for before in row.code(0)]
    return sorted(found, key=lambda rule: rule.weight, reverse=True)
