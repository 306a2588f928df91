"""Requests as they are sent and responses as they arrive, to be shown in a finding."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError

_SHOWN = 2000
_PIECE = 65536


@dataclass(frozen=True)
class Exchange:
    """A request and its response.

    Attributes:
        method: Method of the request.
        url: URL of the request.
        request_headers: Headers of the request, without credentials.
        request_body: Body of the request.
        status: Status of the response; 0 if there is no response.
        headers: Headers of the response.
        body: Body of the response, or the reason why there is none.
        complete: False if the response had not ended when its time was over.
        broken: True if the connection ended within the response.
        authorized: True if the request carried the token.
    """

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool = True
    broken: bool = False
    authorized: bool = False

    @property
    def content_type(self) -> str:
        """Media type of the response, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> Any:
        """Body of the response as JSON, or None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def curl(self) -> str:
        """A command that sends the request again; `$ARP_TOKEN` stands for the token."""
        parts = ["curl", "--include"]
        if self.method != "GET":
            parts += ["--request", self.method]
        for name, value in self.request_headers.items():
            parts += ["--header", f"{name}: {value}"]
        command = shlex.join(parts)
        if self.authorized:
            command += ' --header "Authorization: Bearer $ARP_TOKEN"'
        content = self.request_body
        if content.isascii() and content.decode().isprintable() and content[:1] not in (b"", b"@"):
            command += f" --data {shlex.quote(content.decode())}"
        elif content:
            # An argument cannot hold each byte, and one that starts with @ names a file.
            escaped = "".join(f"\\{byte:03o}" for byte in content)
            command = f"printf '{escaped}' | {command} --data-binary @-"
        return f"{command} {shlex.quote(self.url)}"

    @property
    def shown(self) -> str:
        """The response on a few lines."""
        text = self.body.decode("utf-8", "replace")
        cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
        head = f"{self.status or 'no response:'} {self.content_type}".rstrip()
        return f"{head}\n{cut}".rstrip()


@dataclass
class Sender:
    """Sends requests to one service, once each.

    Attributes:
        base_url: URL of the service.
        token: The bearer token, or None.
        timeout: Seconds that a response may take.
    """

    base_url: str
    token: str | None
    timeout: float
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        # Credentials come from the token alone, not from ~/.netrc.
        self.session.trust_env = False

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        token: str | None = None,
    ) -> Exchange:
        """Send a request and read its response, for as long as the timeout.

        Args:
            method: The method.
            path: The path, encoded.
            query: Query parameters.
            headers: Headers besides those that are always sent.
            body: The body.
            token: A token to send instead of the right one; an empty string sends none.
        """
        sent = {"Accept": "application/json, */*;q=0.1", **(headers or {})}
        secret = self.token if token is None else token
        authorization = {"Authorization": f"Bearer {secret}"} if secret else {}
        url = self.base_url + path + (f"?{urlencode(query)}" if query else "")
        request = requests.Request(
            method, url, headers={**sent, **authorization}, data=body
        ).prepare()
        request.url = url  # as it is: requests would decode some characters
        right = bool(secret) and secret == self.token
        try:
            response = self.session.send(
                request, timeout=self.timeout, allow_redirects=False, stream=True
            )
            content, complete, broken = self._content(response)
        except requests.RequestException as error:
            reason = f"{type(error).__name__}: the service did not respond as HTTP requires"
            return Exchange(
                method, url, sent, body, 0, {}, reason.encode(), complete=False, authorized=right
            )
        return Exchange(
            method,
            url,
            sent,
            body,
            response.status_code,
            response.headers,
            content,
            complete,
            broken,
            right,
        )

    def _content(self, response: requests.Response) -> tuple[bytes, bool, bool]:
        """Read a body until it ends or its time is over; say if it is complete, or broken."""
        until = time.monotonic() + self.timeout
        content = b""
        with response:
            try:
                # An event stream gives what has arrived, instead of waiting for a full piece.
                while piece := response.raw.read1(_PIECE, decode_content=True):
                    content += piece
                    if time.monotonic() > until:
                        return content, False, False
            except (HTTPError, OSError):
                return content, False, time.monotonic() <= until
        return content, True, False
