"""What can break on the way, in sentences that hold no secret, for whichever library sends."""

from __future__ import annotations

import os
import time

from arp_sdk.core._http.messages import Failure

DEADLINE_PASSED = "no answer within the deadline"

_NAMES = {
    "RemoteDisconnected": "closed without an answer",
    "ServerDisconnectedError": "closed without an answer",
    "BadHttpMessage": "what came is not HTTP",
    "BadStatusLine": "what came is not HTTP",
    "IncompleteRead": "it ended too early",
    "NameResolutionError": "the host name is unknown",
}


def causes_of(error: BaseException) -> list[BaseException]:
    """The error and what it wraps: libraries put the inner one in `args` or `reason`, too."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and not any(item is seen for seen in found):
            found.append(item)
            # Not __context__: it may be an error of the caller's, who calls us to get over it.
            queue += [item.__cause__, getattr(item, "reason", None), *item.args]
    return found


def reason(causes: list[BaseException]) -> str:
    """Why, in a few words. The text of an error may hold secrets, and is not used."""
    import ssl

    for cause in reversed(causes):
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return cause.reason.replace("_", " ").lower()
        if isinstance(cause, OSError) and cause.strerror:
            # asyncio has a sentence of its own, with the address in it.
            if cause.errno and cause.strerror.startswith("Connect call failed"):
                return os.strerror(cause.errno)
            return cause.strerror
    for cause in causes:
        if type(cause).__name__ in _NAMES:
            return _NAMES[type(cause).__name__]
    return type(causes[-1]).__name__


def unknown(error: BaseException) -> Failure:
    """What no library is known to raise: an auth object or a hook of the user's did."""
    return Failure("protocol", f"{type(error).__name__} in the transport", True, final=True)


def unusable(causes: list[BaseException]) -> Failure:
    """Nothing can be sent with these settings."""
    what = f"the URL, proxy or certificates cannot be used: {reason(causes)}"
    return Failure("connection", what, sent=False, final=True)


def tls_failed(causes: list[BaseException]) -> Failure:
    """The service is not who it should be."""
    return Failure("connection", f"TLS failed: {reason(causes)}", sent=False, final=True)


def too_slow(deadline: float, sent: bool, status_code: int | None) -> Failure:
    """A timeout, or the deadline of the whole call."""
    if time.monotonic() >= deadline:
        return Failure("deadline", DEADLINE_PASSED, sent=sent)
    what = "no connection"
    if sent:
        what = "no answer" if status_code is None else "no more of the answer"
    return Failure("timeout", f"{what} within the timeout", sent=sent, status_code=status_code)


def badly_compressed(status_code: int | None) -> Failure:
    """The body cannot be unpacked."""
    what = "the body is not compressed as its Content-Encoding says"
    return Failure("protocol", what, sent=True, final=True, status_code=status_code)


def too_large(limit: int, status_code: int) -> Failure:
    """The body is larger than the client takes."""
    what = f"the answer exceeds max_response_bytes ({limit})"
    return Failure("too_large", what, sent=True, status_code=status_code)


def unreachable(causes: list[BaseException]) -> Failure:
    """There is no connection."""
    return Failure("connection", f"cannot connect: {reason(causes)}", sent=False)


def broken(causes: list[BaseException], status_code: int | None) -> Failure:
    """The connection broke once the request was on its way."""
    where = "before the answer" if status_code is None else "in the middle of the answer"
    what = f"the connection broke {where}: {reason(causes)}"
    return Failure("connection", what, sent=True, status_code=status_code)
