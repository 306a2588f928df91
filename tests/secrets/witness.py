"""Records all that a call shows: logs, errors, tracebacks with locals, reprs and pickles."""

from __future__ import annotations

import contextlib
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from arp_sdk.core import Client, HttpRequest, HttpResponse, RawResponse
from arp_sdk.errors import ArpConfigError, ArpError

from .hunter import Evidence

_TESTS = str(Path(__file__).parent.parent)


class _Handler(logging.Handler):
    def __init__(self, evidence: Evidence) -> None:
        super().__init__(logging.DEBUG)
        self._evidence = evidence

    def emit(self, record: logging.LogRecord) -> None:
        self._evidence.add(f"log {record.name}", self.format(record))
        self._evidence.add(f"log {record.name} arguments", repr(record.args))


@contextlib.contextmanager
def listening(evidence: Evidence) -> Iterator[None]:
    """Record the messages of all loggers, at DEBUG, and all warnings."""
    handler = _Handler(evidence)
    loggers = [logging.getLogger(name) for name in ("", "arp_sdk", "urllib3", "requests")]
    levels = [logger.level for logger in loggers]
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        for warning in caught:
            evidence.add("warning", str(warning.message))
    finally:
        logging.getLogger().removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def examine_outcome(evidence: Evidence, call: Callable[[], Any]) -> Any:
    """Make a call, and record its value or its error."""
    try:
        value = call()
    except Exception as error:
        examine_error(evidence, error)
        return error
    examine_value(evidence, value)
    return value


def examine_error(evidence: Evidence, error: BaseException) -> None:
    for link in chain(error):
        name = type(link).__name__
        evidence.add(f"str({name})", str(link))
        evidence.add(f"repr({name})", repr(link))
        evidence.add(f"traceback of {name}", traceback_text(link))
        with contextlib.suppress(Exception):
            evidence.add(f"pickle of {name}", pickle.dumps(link))
    if isinstance(error, ArpError):
        evidence.walk(type(error).__name__, error)


def chain(error: BaseException) -> list[BaseException]:
    """Return the error, its causes and its contexts."""
    links: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and not any(link is known for known in links):
            links.append(link)
            waiting += [link.__cause__, link.__context__]
    return links


def traceback_text(error: BaseException) -> str:
    """Format the traceback with locals, except frames of the tests, which know the secrets."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in whole.stack if not frame.filename.startswith(_TESTS)]
    shown = traceback.StackSummary.from_list(frames).format()
    return "".join([*shown, *whole.format_exception_only()])


def examine_value(evidence: Evidence, value: Any) -> None:
    evidence.add("repr of the value", repr(value))
    with contextlib.suppress(TypeError):
        evidence.add("pickle of the value", pickle.dumps(value))
    if isinstance(value, RawResponse):
        evidence.add("raw.content", value.content)
        evidence.add("repr of raw.headers", repr(value.headers))


def examine_client(evidence: Evidence, client: Client) -> None:
    for name, part in (("client", client), ("options", client.options)):
        evidence.add(f"repr({name})", repr(part))
        evidence.add(f"str({name})", str(part))
        # A session of the user's own cannot be pickled.
        with contextlib.suppress(ArpConfigError):
            evidence.add(f"pickle of {name}", pickle.dumps(part))
    evidence.add("repr of the client's parts", repr(vars(client)))


class Hooks:
    """Hooks that record the messages that they receive."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def __reduce__(self) -> tuple[Any, ...]:
        return Hooks, (Evidence(),)

    def on_request(self, request: HttpRequest) -> None:
        self._show("on_request", request)

    def on_response(self, request: HttpRequest, response: HttpResponse) -> None:
        self._show("on_response", request)
        self._show("on_response", response)

    def _show(self, hook: str, message: HttpRequest | HttpResponse) -> None:
        name = type(message).__name__
        self._evidence.add(f"{hook}: repr({name})", repr(message))
        self._evidence.add(f"{hook}: repr({name}.headers)", repr(message.headers))
