"""The rule that a sandbox talks to this machine only."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from .service_error import unprocessable


def check_local_url(url: str) -> None:
    """Refuse a URL of another machine, so that no test reaches one by accident."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme in ("http", "https") and plain and port != 0 and is_local(host):
        return
    raise unprocessable(f"{url!r} is not an http or https URL of this machine.")


def is_local(host: str) -> bool:
    """Tell whether a host is `localhost` or a loopback address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
