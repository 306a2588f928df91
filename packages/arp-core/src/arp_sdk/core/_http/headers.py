"""Headers: which can be sent, and when `Retry-After` asks to come back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from arp_sdk.errors import ArpValidationError

from . import clock
from .messages import HttpResponse

# RFC 9110, 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110, 10.2.3 has whole seconds; some services send fractions.
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


def check_header(name: str, value: Any) -> str:
    """Refuse a header that cannot be sent, or that would add another one.

    Raises:
        ArpValidationError: If it is refused. The message does not show the value.
    """
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ArpValidationError("is not a valid header name", subject=f"header {name!r}")
    if not isinstance(value, str) or not value.isprintable() or not value.isascii():
        value = None  # the traceback shows the locals, and it may be a secret
        raise ArpValidationError("must be printable ASCII text", subject=f"header {name}")
    return value


def check_headers(headers: Mapping[str, Any]) -> None:
    """Refuse headers, such as those added by a hook, if one of them cannot be sent."""
    for name in headers:
        check_header(name, headers[name])


def retry_after(response: HttpResponse, now: Callable[[], float] = clock.now) -> float | None:
    """Return the seconds that the `Retry-After` of a response asks to wait, or None.

    A date is compared with the response's own `Date`: the clocks of the two machines may differ.
    `now` returns the seconds since 1970, for a service that sends no `Date`.
    """
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
        return seconds if math.isfinite(seconds) else None
    date = _timestamp(value)
    if date is None:
        return None
    sent = _timestamp(response.headers.get("Date", ""))
    return max(0.0, date - (now() if sent is None else sent))


def _timestamp(date: str) -> float | None:
    """Return an HTTP date (RFC 9110, 5.6.7) in seconds since 1970."""
    # Not needed until a service asks for a pause.
    from datetime import timezone
    from email.utils import parsedate_to_datetime

    try:
        parsed = parsedate_to_datetime(date)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()
    # The year, or the offset of the zone, may be out of range.
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return the identifier that a service gave a request, or None."""
    for name in ("X-Request-Id", "Request-Id", "X-Correlation-Id"):
        if name in headers:
            return headers[name]
    return None
