"""Tables and records on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from .formats import as_data
from .text import as_json, plain, short

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A table on a terminal that is narrower becomes a list of records.
_NARROW = 60
_STYLES = {
    "succeeded": "green",
    "ready": "green",
    "ok": "green",
    "running": "cyan",
    "busy": "cyan",
    "queued": "yellow",
    "starting": "yellow",
    "failed": "red",
    "error": "red",
    "canceled": "magenta",
}


def console(file: TextIO | None = None) -> Console:
    """Return a console that takes no text for markup. NO_COLOR has its effect."""
    from rich.console import Console

    return Console(file=file or sys.stdout, markup=False, highlight=False, emoji=False)


def text(value: str, style: str = "") -> Text:
    """Return a text without control characters."""
    from rich.text import Text

    return Text(plain(value, lines=True), style=style)


def show_table(rows: Iterable[Sequence[str]], columns: Sequence[str], empty: str) -> None:
    """Show rows as a table, or records on a narrow terminal; without any, say `empty` on stderr."""
    from rich.table import Table

    filled = [[plain(cell) for cell in row] for row in rows]
    if not filled:
        sys.stderr.write(f"{empty}\n")
        return
    screen = console()
    if screen.width < _NARROW:
        for number, row in enumerate(filled):
            if number:
                screen.print()
            show_record(dict(zip(columns, row, strict=True)))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.upper(), overflow="fold")
    for row in filled:
        table.add_row(*(text(cell, _STYLES.get(cell, "")) for cell in row))
    screen.print(table)


def show_record(record: Mapping[str, Any]) -> None:
    """Show the properties of an object, one a line."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in record.items():
        if value not in (None, ""):
            shown = short(value)
            table.add_row(text(name), text(shown, _STYLES.get(shown, "")))
    console().print(table)


def show_anything(value: Any) -> None:
    """Show any response: a list of objects as a table, an object as a record."""
    data = as_data(value)
    if isinstance(data, dict):
        lists = [each for each in data.values() if _is_table(each)]
        if len(lists) != 1:
            show_record(data)
            return
        (data,) = lists
    if not _is_table(data):
        console().print(text(as_json(data, indent=2)), soft_wrap=True)
        return
    simple = {
        name: None for row in data for name, cell in row.items() if not isinstance(cell, dict)
    }
    show_table(([short(row.get(name)) for name in simple] for row in data), [*simple], "No items.")


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)
