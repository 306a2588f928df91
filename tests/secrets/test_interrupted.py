"""A call that anything interrupts shows no secret, and passes the interruption on."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading

import aiohttp
import pytest

from arp_sdk.daemon import AsyncDaemonClient, DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from support.server import Server, json_reply

from .hunter import Evidence, leaks
from .places import SECRET
from .witness import chain, traceback_text

pytestmark = pytest.mark.threads_only("makes its own event loop")


class Interruption(BaseException):
    """An exception that a worker pool or a signal handler may raise."""


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (aiohttp.ClientRequest, "send"),
        (aiohttp.ClientResponse, "start"),
        (aiohttp.TCPConnector, "_create_direct_connection"),
        (aiohttp.StreamReader, "readany"),
    ],
)
def test_a_call_that_is_interrupted(
    origin: Server, owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupt(*_: object, **__: object) -> None:
        raise Interruption

    origin.plan(json_reply({"run_id": "r", "state": "queued"}))
    request = RunRequest(input=RunRequestInput(goal="g", data={"text": "x" * 3_000_000}))

    async def main() -> BaseException:
        headers = {"Cookie": SECRET}
        async with AsyncDaemonClient(origin.url, auth=SECRET, headers=headers) as daemon:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(owner, name, interrupt)
                try:
                    await daemon.submit_run(request)
                except Interruption as error:
                    return error
        raise AssertionError("not interrupted")

    error = asyncio.run(main())
    examine(error, "_drive")


def examine(error: BaseException, frame: str) -> None:
    evidence = Evidence()
    shown = [traceback_text(link) for link in chain(error)]
    for text in shown:
        evidence.add("traceback", text)
    assert frame in "".join(shown)
    assert leaks(evidence, SECRET) == []


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no such signals")
def test_an_upload_that_a_signal_interrupts() -> None:
    def interrupt(*_: object) -> None:
        raise Interruption

    def accept() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(100)
            # The rest of the request is not read: the client waits until it may send it.
            os.kill(os.getpid(), signal.SIGALRM)
            over.wait(10)

    request = RunRequest(input=RunRequestInput(goal="g", data={"text": "x" * 12_000_000}))
    over = threading.Event()
    before = signal.signal(signal.SIGALRM, interrupt)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            with DaemonClient(url, auth=SECRET, headers={"Cookie": SECRET}) as daemon:
                with pytest.raises(Interruption) as caught:
                    daemon.submit_run(request)
        finally:
            signal.signal(signal.SIGALRM, before)
            over.set()
            thread.join()
    examine(caught.value, "_drive")
