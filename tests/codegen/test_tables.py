"""The tables of codegen/CONSTRUCTS.md say what generated code does."""

from __future__ import annotations

from codegen.tables import PAGE, tables, updated


def test_the_tables_are_up_to_date() -> None:
    """If not, run `python tests/codegen/tables.py`."""
    text = PAGE.read_text(encoding="utf-8")

    assert updated(text, tables()) == text
