"""Names of tools that other systems accept."""

from __future__ import annotations

import re
from typing import NamedTuple

_DIGITS = 16
_MAPPED = re.compile(rf"_x[0-9a-f]{{{_DIGITS}}}")


class NameRules(NamedTuple):
    """The names that a system accepts.

    Attributes:
        length: The most characters of a name.
        other: Characters that no name may contain, as a pattern.
    """

    length: int
    other: re.Pattern[str]


OPENAI = NameRules(64, re.compile(r"[^A-Za-z0-9_-]"))
MCP = NameRules(128, re.compile(r"[^A-Za-z0-9_.-]"))


def mapped_name(name: str, rules: NameRules) -> str:
    """Return the name itself if the rules allow it, or else a readable name with a digest.

    Different names never become the same one: a name that looks mapped is mapped too.
    """
    fits = name and len(name) <= rules.length and not rules.other.search(name)
    if fits and not _MAPPED.search(name[-_DIGITS - 2 :]):
        return name
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    readable = rules.other.sub("_", name[: rules.length - _DIGITS - 2])
    return f"{readable or 'tool'}_x{digest}"


def model_names(name: str) -> set[str]:
    """Return the names that a tool has in other systems: its own one, or mapped ones."""
    return {mapped_name(name, OPENAI), mapped_name(name, MCP)}
