"""Exceptions of signal handlers reach the caller as they are, whatever the transport does."""

from __future__ import annotations

import functools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from arp_sdk.core import Retries
from arp_sdk.errors import ArpTimeoutError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import DaemonClient, RuntimeClient
from support.raw import Peer, raw_server
from support.server import Server, json_reply

pytestmark = [
    pytest.mark.threads_only("in asyncio, a signal handler runs in the event loop"),
    pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no SIGUSR1"),
]

RETRIES = Retries(limit=3, backoff=0)


class SoftTimeLimitExceeded(Exception):  # noqa: N818  # named as by a task queue
    """Error that a task queue raises in its handler."""


ERRORS = [
    SoftTimeLimitExceeded("too long"),
    TimeoutError("too long"),
    ConnectionResetError("the task was revoked"),
    OSError("stop"),
    ValueError("stop"),
    KeyboardInterrupt(),
]


def _plain(error: BaseException) -> Callable[..., None]:
    def handler(signum: int, frame: FrameType | None) -> None:
        raise error

    return handler


def _of_any_arguments(error: BaseException) -> Callable[..., None]:
    def handler(*arguments: Any) -> None:
        raise error

    return handler


def _nested(error: BaseException) -> Callable[..., None]:
    def inner() -> None:
        raise error

    def handler(signum: int, frame: FrameType | None) -> None:
        inner()

    return handler


class _Method:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        raise self._error


def _partial(error: BaseException) -> Callable[..., None]:
    def handler(which: BaseException, signum: int, frame: FrameType | None) -> None:
        raise which

    return functools.partial(handler, error)


HANDLERS = [_plain, _of_any_arguments, _nested, _Method, _partial]


@contextmanager
def handling(handler: Callable[..., None]) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def interrupt() -> None:
    """Send the signal to the main thread, once it most likely waits for a socket."""
    time.sleep(0.02)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)


def list_runs(url: str) -> object:
    with DaemonClient(url, retries=RETRIES, auth="t0ken") as daemon:
        return daemon.list_runs()


def stream(url: str) -> object:
    with RuntimeClient(url, retries=RETRIES) as runtime:
        return list(runtime.stream_run_events("r"))


BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n"
# The kind of handler matters to nothing but how it is told from the transport.
WAITS = [(make, b"", list_runs) for make in HANDLERS]
WAITS += [(_plain, BODY, list_runs), (_plain, EVENTS, stream)]


@pytest.mark.parametrize(
    ("make_handler", "sent", "call"),
    WAITS,
    ids=[*(make.__name__ for make in HANDLERS), "in a body", "between events"],
)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_while_the_service_is_waited_for(
    error: BaseException,
    make_handler: Callable[[BaseException], Callable[..., None]],
    sent: bytes,
    call: Callable[[str], object],
) -> None:
    received: list[bytes] = []

    def serve(peer: Peer) -> None:
        received.append(peer.request())
        peer.send(sent)
        interrupt()
        peer.hung_up()

    with raw_server(serve) as url, handling(make_handler(error)):
        with pytest.raises(type(error)) as caught:
            call(url)
    assert caught.value is error
    assert len(received) == 1


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_while_connecting(
    error: BaseException, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan(json_reply({"runs": []}))
    connect = socket.socket.connect
    addresses: list[Any] = []

    class Interrupted(socket.socket):
        def connect(self, address: Any) -> None:
            addresses.append(address)
            os.kill(os.getpid(), signal.SIGUSR1)
            connect(self, address)

    # Another address would take the connection.
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(server.url[-5:])))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [entry, entry])
    with DaemonClient(server.url, retries=RETRIES) as daemon:
        with handling(_plain(error)), pytest.raises(type(error)) as caught:
            with monkeypatch.context() as patch:
                patch.setattr(socket, "socket", Interrupted)
                daemon.list_runs()
        assert caught.value is error
        assert len(addresses) == 1


@pytest.mark.parametrize(
    "error",
    [ERRORS[0], *(pytest.param(each, marks=pytest.mark.full) for each in ERRORS[1:])],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("size", [0, 32 * 2**20], ids=["waiting", "uploading"])
def test_no_credentials_are_in_the_traceback(error: BaseException, size: int) -> None:
    def serve(peer: Peer) -> None:
        peer.sock.recv(100)
        interrupt()
        done.wait()

    done = threading.Event()
    request = RunRequest(input=RunRequestInput(goal="g" * size))
    with raw_server(serve) as url, DaemonClient(url, auth="s3cret-t0ken") as daemon:
        try:
            with handling(_plain(error)), pytest.raises(type(error)) as caught:
                daemon.submit_run(request)
        finally:
            done.set()
    assert caught.value is error
    trace = error.__traceback__
    assert trace is not None
    while trace is not None:
        name = trace.tb_frame.f_globals["__name__"]
        assert not name.startswith(("urllib3", "http.", "requests"))
        if name.startswith("arp_sdk"):
            assert "s3cret" not in repr(trace.tb_frame.f_locals)
        trace = trace.tb_next


def test_timeouts_of_sockets_are_not_taken_for_a_handlers() -> None:
    def serve(peer: Peer) -> None:
        while peer.request():
            pass

    with raw_server(serve) as url, DaemonClient(url, retries=0, timeout=0.05) as daemon:
        with handling(_plain(SoftTimeLimitExceeded())), pytest.raises(ArpTimeoutError) as caught:
            daemon.list_runs()
    assert "timeout" in str(caught.value)
