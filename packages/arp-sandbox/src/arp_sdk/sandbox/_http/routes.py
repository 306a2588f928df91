"""The operation that a request is for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from arp_sdk.core import Operation

from .service_error import ServiceError, not_found


class Routes:
    """The operations of a service by method and path."""

    def __init__(self, operations: Mapping[str, Operation[Any]]) -> None:
        by_path: dict[str, dict[str, list[str]]] = {}
        for method_name, operation in operations.items():
            methods = by_path.setdefault(operation.path, {})
            methods.setdefault(operation.method, []).append(method_name)
        # `/runs/{run_id}:cancel` comes before `/runs/{run_id}`, which matches it too.
        paths = sorted(by_path, key=len, reverse=True)
        self._routes = [(_pattern(path), by_path[path]) for path in paths]

    def find(self, method: str, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the methods for a request, and the decoded path parameters.

        There are two methods if the response is a stream on demand.
        """
        allowed: list[str] = []
        for pattern, by_method in self._routes:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if method in by_method:
                return by_method[method], [_decoded(v) for v in found.groups()]
            # The most specific path that matches is the one that the client means.
            allowed = allowed or sorted(by_method)
        if not allowed:
            raise not_found(f"Not Found: {path} is not a path of this service", "route_not_found")
        raise ServiceError(
            405,
            "method_not_allowed",
            f"Method Not Allowed: {method} {path}",
            headers={"Allow": ", ".join(allowed)},
        )


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^}]*\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces)))


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise ServiceError(400, "invalid_request", "The path is not UTF-8.") from None
