"""Where a client sends by: certificates, proxies, and the environment's word on them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import requests

from arp_sdk.core._fork import register
from arp_sdk.core._http.urls import origin, origin_length
from arp_sdk.errors import ArpConfigError

T = TypeVar("T")

# How many of them connections are kept open to.
ORIGINS = 8


class ByOrigin(Generic[T]):
    """What was made for each origin, for no more of them than connections are kept open to.

    It holds on to no more than that: what a session has dropped is closed when nobody does.
    """

    def __init__(self) -> None:
        self._made: dict[str, T] = {}

    def get(self, url: str, make: Callable[[], T]) -> T:
        """What there is for the origin of a request's URL, made if it is missing."""
        key = url[: origin_length(url)]
        made = self._made.get(key)
        if made is None:
            made = make()
            if len(self._made) >= ORIGINS:
                self._made.clear()
            self._made[key] = made
        return made

    def clear(self) -> None:
        """Forget all of it."""
        self._made.clear()


class Transport:
    """The connections of a client and its `with_options` copies, but for how they are made.

    Args:
        verify: As in `requests`: whether to check certificates, or the path of a CA bundle.
        cert: As in `requests`: path of a client certificate, or (certificate, key).
        proxies: As in `requests`: proxy URL by scheme.
        pool_size: Connections kept open for each origin.
        own: Whether the session is of the SDK's own making.
    """

    def __init__(
        self,
        *,
        verify: bool | str | None,
        cert: str | tuple[str, str] | None,
        proxies: Mapping[str, str] | None,
        pool_size: int,
        own: bool,
    ) -> None:
        if proxies is not None and not isinstance(proxies, Mapping):
            raise ArpConfigError("proxies must be a mapping of schemes to URLs")
        self.verify = verify
        self.cert = cert
        self.proxies = dict(proxies or {})
        self.pool_size = pool_size
        self.closed = False
        self._own = own
        self._settings: dict[tuple[str, str, int | None], dict[str, Any]] = {}
        self._lock = threading.Lock()
        register(self)

    def settings_for(self, session: requests.Session, url: str) -> dict[str, Any]:
        """Proxies, verify and cert, the environment's included: looked up once an origin."""
        key = origin(url)
        settings = self._settings.get(key)
        if settings is None:
            merged = session.merge_environment_settings(
                url, dict(self.proxies), True, self.verify, self.cert
            )
            settings = {name: value for name, value in merged.items() if name != "stream"}
            self._settings[key] = settings
        return settings

    def forget_after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        self._lock = threading.Lock()

    def state(self, secrets: bool) -> dict[str, Any]:
        """What a pickle needs to make the same connections; proxies with passwords on request."""
        if not self._own:
            raise ArpConfigError("a client with a session of your own cannot be pickled")
        proxies = {k: url for k, url in self.proxies.items() if secrets or "@" not in url}
        return {
            "verify": self.verify,
            "cert": self.cert,
            "proxies": proxies,
            "pool_size": self.pool_size,
        }
