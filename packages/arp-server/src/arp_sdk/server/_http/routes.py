"""The operation that a request is for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Generic, TypeVar
from urllib.parse import unquote

from arp_sdk.server._errors import invalid, not_found

R = TypeVar("R")


class Routes(Generic[R]):
    """The routes of a service.

    Args:
        routes: The routes by path template and method.
    """

    def __init__(self, routes: Mapping[str, Mapping[str, R]]) -> None:
        self._fixed = {path: found for path, found in routes.items() if "{" not in path}
        # `/runs/{run_id}:cancel` comes before `/runs/{run_id}`, which matches it too.
        templates = sorted(routes.keys() - self._fixed.keys(), key=_literal_length, reverse=True)
        self._templates = [(_pattern(path), routes[path]) for path in templates]

    def find(self, path: str, method: str) -> tuple[Mapping[str, R], list[str]]:
        """Return the routes of a path by method, and the decoded path parameters.

        Of several templates that match, this takes the most specific one that has the method.
        """
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed, []
        best: tuple[Mapping[str, R], list[str]] | None = None
        for pattern, by_method in self._templates:
            found = pattern.fullmatch(path)
            if found is not None and (best is None or method in by_method):
                best = by_method, list(found.groups())
                if method in by_method:
                    break
        if best is None:
            raise not_found(f"Not Found: {path} is not a path of this service", "route_not_found")
        return best[0], [_decoded(value) for value in best[1]]


def _literal_length(path: str) -> int:
    return len(re.sub(r"\{[^}]*\}", "", path))


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^}]*\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces)))


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict") if "%" in segment else segment
    except UnicodeDecodeError:
        raise invalid("path", "$", "The path is not UTF-8.") from None
