"""The settings that connections are made by: certificates, proxies, the environment's included."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy
from urllib3.exceptions import InsecureRequestWarning

from arp_sdk.core._fork import register
from arp_sdk.core._http.urls import origin_length
from arp_sdk.errors import ArpConfigError

from .certificates import checked_cert, checked_verify, is_context

T = TypeVar("T")

# Origins that connections are kept open to.
ORIGINS = 8

_PROXY_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


class ByOrigin(Generic[T]):
    """One object for each origin and use of credentials, as long as there are few of them.

    Dropping an object lets its connections be closed once the session has dropped them, too.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[str, bool], T] = {}

    def get(self, url: str, with_credentials: bool, make: Callable[[], T]) -> T:
        """Return the object for the origin of a request's URL, made if it is missing."""
        key = url[: origin_length(url)], with_credentials
        made = self._made.get(key)
        if made is None:
            made = make()
            if len(self._made) >= ORIGINS:
                self._made.clear()
            self._made[key] = made
        return made

    def clear(self) -> None:
        """Drop them all."""
        self._made.clear()


class Transport:
    """The settings of connections that a client shares with its `with_options` copies."""

    def __init__(
        self,
        *,
        verify: Any,
        cert: Any,
        proxies: Mapping[str, str | None] | None,
        pool_size: int,
        own: bool,
    ) -> None:
        self.verify = checked_verify(verify)
        self.cert = checked_cert(cert)
        self.proxies = _checked_proxies(proxies)
        if isinstance(pool_size, bool) or not isinstance(pool_size, int) or pool_size < 1:
            raise ArpConfigError("pool_size must be a whole number of 1 or more")
        if is_context(self.verify) and self.cert:
            raise ArpConfigError(
                "verify=ssl.SSLContext(...) and cert= exclude each other: "
                "load the client certificate into the context"
            )
        self.pool_size = pool_size
        self.closed = False
        self._own = own
        self._settings = ByOrigin[dict[str, Any]]()
        self._lock = threading.Lock()
        register(self)
        if self.verify is False:
            _warn_caller("verify=False: no certificate is checked", InsecureRequestWarning)

    def settings_for(
        self, session: requests.Session, url: str, with_credentials: bool = True
    ) -> dict[str, Any]:
        """Return proxies, verify and cert for a URL, the environment's included."""
        return self._settings.get(
            url, with_credentials, lambda: self._merged(session, url, with_credentials)
        )

    def _merged(
        self, session: requests.Session, url: str, with_credentials: bool
    ) -> dict[str, Any]:
        # An SSL context passes unseen.
        verify: Any = self.verify
        merged = session.merge_environment_settings(
            url, dict(self.proxies), True, verify, self.cert
        )
        if not with_credentials:
            merged["cert"] = None
        # A session's own may be None, 0 or "", all of which `requests` takes for False.
        if checked_verify(merged["verify"]) is None:
            raise ArpConfigError("the session's verify is None: set it to True or to a path")
        return {name: value for name, value in merged.items() if name != "stream"}

    def proxy_of(self, session: requests.Session, url: str) -> str | None:
        """Return host and port of the proxy that requests to a URL pass, for a message."""
        proxy = select_proxy(url, self.settings_for(session, url)["proxies"])
        return shown_proxy(proxy) if proxy else None

    def forget_after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        self._lock = threading.Lock()

    def state(self, secrets: bool) -> dict[str, Any]:
        """Return what a pickle needs to make the same connections.

        Args:
            secrets: Whether to include proxies whose URL holds a password.

        Raises:
            ArpConfigError: If the session or the SSL context is the user's own.
        """
        if not self._own:
            raise ArpConfigError("a client with a session of your own cannot be pickled")
        if is_context(self.verify):
            raise ArpConfigError("a client with an ssl.SSLContext of your own cannot be pickled")
        return {
            "verify": self.verify,
            "cert": self.cert,
            "proxies": {
                scheme: proxy
                for scheme, proxy in self.proxies.items()
                if secrets or proxy is None or "@" not in proxy
            },
            "pool_size": self.pool_size,
        }


def shown_proxy(proxy: str) -> str:
    """Return host and port of a proxy's URL, without user and password."""
    try:
        parsed = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = parsed.port or _PROXY_PORTS.get(parsed.scheme, _SOCKS_PORT)
    except ValueError:
        return "with a URL that cannot be read"
    host = parsed.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _checked_proxies(proxies: Any) -> dict[str, Any]:
    if proxies is None:
        return {}
    if not isinstance(proxies, Mapping):
        raise ArpConfigError("proxies must be a mapping of schemes to URLs")
    for scheme, url in proxies.items():
        if not isinstance(scheme, str) or not (url is None or isinstance(url, str)):
            raise ArpConfigError("proxies must be a mapping of schemes to URLs or None")
    return dict(proxies)


def _warn_caller(message: str, category: type[Warning]) -> None:
    """Warn with the line outside of the SDK that is to blame."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("arp_sdk."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
