from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from arp_sdk.errors import ArpValidationError

from .messages import HttpResponse

# RFC 9110, 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_header(name: str, value: Any) -> str:
    """Refuse a header that could smuggle in another one, or cannot be sent at all."""
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ArpValidationError("is no name of a header", subject=f"header {name!r}")
    if not isinstance(value, str) or not value.isprintable() or not value.isascii():
        value = None  # it may be a secret, and would stand in the traceback
        raise ArpValidationError("must be printable ASCII text", subject=f"header {name}")
    return value


def check_headers(headers: Mapping[str, Any]) -> None:
    """Refuse headers, such as a hook added, of which one cannot be sent."""
    for name in headers:
        check_header(name, headers[name])


def retry_after(response: HttpResponse) -> float | None:
    """Seconds that the answer's `Retry-After` asks to wait (seconds or an HTTP date)."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    # Not needed, nor waited for, until a service asks for a pause.
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(value.strip()))
    # urllib3's InvalidHeader is no ValueError; a date out of range is an OverflowError.
    except Exception:
        return None


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return the identifier that a service gave a request, or None."""
    for name in ("X-Request-Id", "Request-Id", "X-Correlation-Id"):
        if name in headers:
            return headers[name]
    return None
