"""Docstrings in the Google style, taken apart."""

from __future__ import annotations

import inspect
import re
import sys

import pytest

needs_docstrings = pytest.mark.skipif(
    sys.flags.optimize > 1, reason="docstrings are gone: run Python without -OO"
)

_HEADING = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$")
_ENTRY = re.compile(r"^    (?:\*\*)?(\w+(?:, \w+)*): ")


def own_docstring(value: object) -> str:
    """The docstring that stands in the source of a class or function; empty for none."""
    text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    if text is None or text.startswith(f"{getattr(value, '__name__', '')}("):
        return ""
    return inspect.cleandoc(text)


def sections(text: str) -> dict[str, list[str]]:
    """The lines of each section, by heading; what stands before the first one is under ''."""
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in text.splitlines():
        if _HEADING.match(line):
            heading = line[:-1]
            found[heading] = []
        elif heading and line and not line.startswith(" "):
            heading = ""
        else:
            found[heading].append(line)
    return found


def entries(lines: list[str]) -> list[str]:
    """The names that a section's lines describe."""
    found = [match for match in map(_ENTRY.match, lines) if match]
    return [name for match in found for name in match[1].split(", ")]
