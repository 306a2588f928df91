"""Which operation a request is for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from arp_sdk.core import Operation

from .service_error import ServiceError


class Routes:
    """Finds operations by method and path, before percent-decoding (RFC 3986, 2.4)."""

    def __init__(self, operations: Mapping[str, Operation[Any]]) -> None:
        self._routes: dict[re.Pattern[str], dict[str, str]] = {}
        by_path: dict[str, dict[str, str]] = {}
        self._operations = operations
        for method_name, operation in operations.items():
            by_path.setdefault(operation.path, {})[operation.method] = method_name
        # `/runs/{run_id}:cancel` is tried before `/runs/{run_id}`, which would match it too.
        for path in sorted(by_path, key=lambda path: -len(path)):
            self._routes[_pattern(path)] = by_path[path]

    def find(self, method: str, path: str) -> tuple[str, Operation[Any], list[str]]:
        """The method to call, its operation, and the path parameters as the client meant them.

        Args:
            method: Of the request.
            path: As it was sent, still percent-encoded.

        Raises:
            ServiceError: If there is no such operation.
        """
        allowed: list[str] = []
        for pattern, by_method in self._routes.items():
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if method in by_method:
                name = by_method[method]
                return name, self._operations[name], [_decoded(v) for v in found.groups()]
            # The most specific path that fits is the resource that the client means.
            allowed = allowed or sorted(by_method)
        if allowed:
            raise ServiceError(
                405,
                "method_not_allowed",
                f"Method Not Allowed: {method} {path}",
                headers={"Allow": ", ".join(allowed)},
            )
        raise ServiceError(404, "route_not_found", f"Not Found: there is no {path} here")


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^}]*\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces)))


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise ServiceError(400, "invalid_request", "The path is not UTF-8.") from None
