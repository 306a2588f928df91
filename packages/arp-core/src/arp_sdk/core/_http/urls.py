"""URLs: the base URL of a service, the path of an operation, and origins."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from arp_sdk.errors import ArpConfigError, ArpValidationError

from .redaction import without_secrets

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Older releases of urllib3 accept them.
_NOT_IN_A_HOST = re.compile(r"[\x00-\x20\x7f]")


def check_base_url(base_url: str, api_root: str) -> str:
    """Return the base URL in the form to which operation paths are appended.

    A trailing slash and the API's own root (`/v1`) are dropped, so that
    `https://host`, `https://host/` and `https://host/v1` mean the same.

    Raises:
        ArpConfigError: If it has no http(s) scheme or no host, or has user-info, a query, a
            fragment or an IPv6 zone.
    """
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    if not isinstance(base_url, str) or not base_url:
        raise ArpConfigError(
            f"base_url must be a URL such as http://127.0.0.1:8000{_example(base_url)}"
        )
    shown = without_secrets(base_url)
    try:
        parsed = parse_url(base_url)
    except LocationParseError:
        parsed = None
    if parsed is not None and "%" in (parsed.host or ""):
        raise ArpConfigError(
            f"base_url {shown!r} has an IPv6 zone or an encoded host, which cannot be sent in a "
            "Host header: use an address or a name without %"
        )
    if parsed is None or _NOT_IN_A_HOST.search(parsed.host or ""):
        raise ArpConfigError(f"base_url {shown!r} is not a URL")
    if parsed.scheme not in _DEFAULT_PORTS or "://" not in base_url:
        raise ArpConfigError(
            f"base_url {shown!r} needs the scheme http:// or https://, as in http://127.0.0.1:8000"
        )
    if not parsed.host:
        raise ArpConfigError(f"base_url {shown!r} has no host")
    if parsed.auth is not None:
        raise ArpConfigError(f"base_url {shown!r} has user-info: pass credentials as auth= instead")
    if parsed.query is not None or parsed.fragment is not None:
        raise ArpConfigError(
            f"base_url {shown!r} has a query or fragment: only a path may follow the host"
        )
    path = (parsed.path or "").rstrip("/")
    if api_root and path.endswith(api_root):
        path = path[: -len(api_root)]
    return f"{parsed.scheme}://{parsed.netloc}{path}"


def _example(base_url: object) -> str:
    return "" if base_url == "" else f", not {type(base_url).__name__}"


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL (RFC 6454)."""
    parsed = urlsplit(url)
    return parsed.scheme, parsed.hostname or "", parsed.port or _DEFAULT_PORTS.get(parsed.scheme)


def host_and_port(url: str) -> str:
    """Return host and port of a URL as they are in it, for a message."""
    return urlsplit(url).netloc.rpartition("@")[2]


def origin_length(url: str) -> int:
    """Return the length of scheme, host and port at the beginning of a URL with a path."""
    return url.index("/", url.index("://") + 3)


def same_origin(url: str, home: str) -> bool:
    """Return whether a URL has the origin of a base URL."""
    # A URL that begins with the whole base URL needs no parsing.
    return url.startswith(f"{home}/") or origin(url) == origin(home)


def path_segment(name: str, value: Any) -> str:
    """Percent-encode a path parameter so that no value can change the route.

    Raises:
        ArpValidationError: If it is not a string, or is empty, `.` or `..`, which a server
            would resolve to another path.
    """
    if not isinstance(value, str):
        raise ArpValidationError(f"must be a string, not {type(value).__name__}", subject=name)
    if value in ("", ".", ".."):
        raise ArpValidationError(f"{value!r} cannot be a path segment", subject=name)
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        reason = "cannot be encoded as UTF-8"
    raise ArpValidationError(reason, subject=name)
