"""A call that anything interrupts shows no secret, and passes the interruption on."""

from __future__ import annotations

import asyncio
import signal

import aiohttp
import pytest

from arp_sdk.core import HttpRequest
from arp_sdk.daemon import AsyncDaemonClient, DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from support.server import Server, json_reply, silent_port

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


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such signals")
def test_an_upload_that_a_signal_interrupts() -> None:
    def interrupt(*_: object) -> None:
        raise Interruption

    def start_timer(_: HttpRequest) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.3)

    request = RunRequest(input=RunRequestInput(goal="g", data={"text": "x" * 30_000_000}))
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with (
            silent_port() as url,
            DaemonClient(
                url,
                auth=SECRET,
                headers={"Cookie": SECRET},
                on_request=start_timer,
            ) as daemon,
        ):
            with pytest.raises(Interruption) as caught:
                daemon.submit_run(request)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    examine(caught.value, "_drive")
