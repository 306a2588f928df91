"""Requests as they are, for what no client of ours would send."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from arp_sdk.models import ErrorEnvelope


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the ErrorEnvelope that it has to be."""
        envelope = ErrorEnvelope.from_json(self.body)
        envelope.validate()
        return envelope.error.code


def exchange(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Response:
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
    target = place.path + (f"?{place.query}" if place.query else "")
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, found, response.read())
    finally:
        connection.close()


def post_json(url: str, value: Any, headers: dict[str, str] | None = None) -> Response:
    sent = {"Content-Type": "application/json", **(headers or {})}
    return exchange("POST", url, json.dumps(value).encode(), sent)
