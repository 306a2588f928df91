"""A server that answers fixed bytes, in a process of its own, so that the client is measured.

`python benchmarks/server.py` prints its port and serves until its standard input closes. With
`--spin` it never sleeps: a client waits for the answer, and not for a core to wake up. A prefix of
the path says how much there is: `/1000/v1/runs/x/events` has 1,000 events, `/10/v1/runs` pages.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from functools import lru_cache
from typing import cast

try:
    from uvloop import run
except ImportError:
    from asyncio import run

EVENTS = 100_000
PAGES = 1000
RUNS_A_PAGE = 1000
TIME = "2026-01-01T00:00:00Z"


def run_status(number: int) -> dict[str, str]:
    """Return a run as a daemon lists it."""
    return {
        "run_id": f"run_{number:08}",
        "state": "succeeded",
        "started_at": "2026-01-01T00:00:00.123456Z",
        "ended_at": "2026-01-01T00:00:42.654321Z",
        "runtime_instance_id": f"inst_{number % 7:04}",
    }


def page(runs: int, token: str | None = None) -> bytes:
    """Return a page of runs, as a daemon sends it."""
    value: dict[str, object] = {"runs": [run_status(number) for number in range(runs)]}
    if token is not None:
        value["pagination"] = {"next_page_token": token}
    return json.dumps(value).encode()


def _with_head(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _answer(value: object) -> bytes:
    return _with_head(json.dumps(value).encode())


HEALTH = _answer({"status": "ok", "time": TIME})
STATUS = _answer({"run_id": "run_1", "state": "succeeded"})
RESULT = _answer({"run_id": "run_1", "ok": True, "output": {"text": "done"}})
PAGE = "page-%08d"
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@lru_cache
def _events(count: int) -> bytes:
    """Return a stream of so many events, the last one final, in chunks of 64."""
    chunks = [STREAM_HEAD]
    for start in range(0, count, 64):
        text = "".join(_event(seq, count) for seq in range(start, min(count, start + 64))).encode()
        chunks.append(b"%x\r\n%s\r\n" % (len(text), text))
    return b"".join([*chunks, b"0\r\n\r\n"])


def _event(seq: int, count: int) -> str:
    value = {
        "run_id": "run_1",
        "seq": seq,
        "type": "final" if seq == count - 1 else "token",
        "time": TIME,
        "data": {"text": f"word {seq} "},
    }
    return f"id: {seq}\ndata: {json.dumps(value)}\n\n"


@lru_cache
def _page_parts() -> tuple[bytes, bytes]:
    first, last = (PAGE % 0).encode(), _with_head(page(RUNS_A_PAGE, PAGE % 0))
    before, _, behind = last.partition(first)
    return before, behind


@lru_cache
def _last_page() -> bytes:
    return _with_head(page(RUNS_A_PAGE))


def _page(target: str, pages: int) -> list[bytes]:
    found = re.search(r"page-(\d+)", target)
    number = int(found[1]) if found else 0
    if number + 1 >= pages:
        return [_last_page()]
    before, behind = _page_parts()
    return [before, (PAGE % (number + 1)).encode(), behind]


def answer(method: bytes, target: bytes) -> list[bytes]:
    """Return the bytes of the response to a request."""
    if target.endswith(b"/health"):
        return [HEALTH]
    if target.endswith(b"/result"):
        return [RESULT]
    text = target.decode()
    asked = re.match(r"/(\d+)/", text)
    if text.endswith("/events"):
        return [_events(int(asked[1]) if asked else EVENTS)]
    if method == b"GET" and text.partition("?")[0].endswith("/runs"):
        return _page(text, int(asked[1]) if asked else PAGES)
    return [STATUS]


class Connection(asyncio.Protocol):
    """One connection, kept open: a request, an answer, and so on."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
        if length is not None and len(body) < int(length[1]):
            return
        self.received = b""
        method, target, _ = head.split(b" ", 2)
        self.transport.writelines(answer(method, target))


async def _main() -> None:
    loop = asyncio.get_running_loop()

    def spin() -> None:
        loop.call_soon(spin)

    if "--spin" in sys.argv:
        spin()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    run(_main())
