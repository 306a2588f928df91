"""One statement that a contract makes about what goes over the wire."""

import json
from typing import Any, NamedTuple

PROSE = frozenset(
    {"description", "example", "examples", "externalDocs", "summary", "tags", "title"}
)


class Fact(NamedTuple):
    """A keyword with its value, at a place in a document or a model.

    The value is kept as JSON text, because Python takes `1` and `true` for equal.
    """

    subject: str
    place: str
    keyword: str
    value: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.place}: {self.keyword} {self.value}"


def fact(subject: str, place: str, keyword: str, value: Any) -> Fact:
    return Fact(subject, place, keyword, json.dumps(value, sort_keys=True))


def is_prose(keyword: str) -> bool:
    """Tell whether a keyword has no bearing on the wire."""
    return keyword in PROSE or keyword.startswith("x-")
