"""Memory, time and the longest pause of other tasks while a hostile service responds.

`python tests/scale/hostile.py [KIND...]` prints a table. The service, and each call, has a process
of its own. It needs Linux, which tells the peak of a process's memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MIB = 2**20
LIMIT = 64 * MIB
ALLOWED = 3 * LIMIT + 32 * MIB
DEADLINE = 2.0
SIZE = 60 * MIB
# The table has the most memory of so many runs, and the least time, to which other programs add.
RUNS = 2

Body = Iterator[bytes]


def plain(body: bytes, *headers: str, status: str = "200 OK") -> Body:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    yield "\r\n".join(lines).encode()
    yield body


def endless(piece: bytes, *headers: str, first: bytes = b"", status: str = "200 OK") -> Body:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]
    yield "\r\n".join(lines).encode() + first
    while True:
        yield piece


def many(item: bytes, size: int = SIZE, count: int | None = None) -> bytes:
    """Return the result of a run whose output is a list of one item many times."""
    items = b",".join([item] * (count or size // (len(item) + 1)))
    return result(b"[" + items + b"]")


def result(output: bytes) -> bytes:
    """Return the result of a run with free-form output, which is decoded whatever it is."""
    return b'{"run_id":"r","ok":true,"output":{"x":' + output + b"}}"


def random(size: int) -> bytes:
    """Return text that cannot be compressed to less than half of its size."""
    return os.urandom(size // 2).hex().encode()


def runs(state: bytes, count: int, started: bytes = b"") -> bytes:
    one = b'{"run_id":"r","state":"%b%d"%b}'
    return b'{"runs":[' + b",".join(one % (state, n, started) for n in range(count)) + b"]}"


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


TEXT = b"x" * SIZE
GZIP = "Content-Encoding: gzip"
EVENTS = "Content-Type: text/event-stream"
BOMB_PIECE = b"0" * MIB

# The method that is called, and the response to it.
KINDS: dict[str, tuple[str, Callable[[], Body]]] = {
    "text of 60 MiB": ("call", lambda: plain(result(b'"' + TEXT + b'"'))),
    "text with a wide character": (
        "call",
        lambda: plain(result(b'"' + "😀".encode() + TEXT + b'"')),
    ),
    "text without an end": ("call", lambda: endless(TEXT[:MIB])),
    "empty objects": ("call", lambda: plain(many(b"{}"))),
    "objects, just not too many": ("call", lambda: plain(many(b'{"a":1}', count=170_000))),
    "lists in lists": ("call", lambda: plain(many(b"[[],[]]"))),
    "deep nesting": ("call", lambda: plain(result(b"[" * SIZE))),
    "numbers": ("call", lambda: plain(many(b"0"))),
    "numbers, just not too many": ("call", lambda: plain(many(b"1.5", count=1_000_000))),
    "short strings": ("call", lambda: plain(many(b'"ab"'))),
    "unknown enum values": ("page", lambda: plain(runs(b"new", 1_500_000))),
    "unknown enum values, just not too many": (
        "page",
        lambda: plain(runs(b"new", 115_000)),
    ),
    "times to repair": (
        "page",
        lambda: plain(runs(b"new", 80_000, b',"started_at":"2016-12-31T23:59:60Z"')),
    ),
    "a lone surrogate": (
        "call",
        lambda: plain(result(rb'"' + rb"\n\ud" * (SIZE // 5))),
    ),
    "an error of empty objects": (
        "call",
        lambda: plain(many(b"{}"), status="500 Internal Server Error"),
    ),
    "an error of 250 KiB of objects": (
        "call",
        lambda: plain(many(b"{}", 250 * 1024), status="500 Internal Server Error"),
    ),
    "an error that is not UTF-8": (
        "call",
        lambda: plain(b"\xff" * SIZE, status="500 Internal Server Error"),
    ),
    "compressed 1000 times": (
        "call",
        lambda: plain(b"".join(bomb(1000)), GZIP),
    ),
    "compressed to half of the size": (
        "call",
        lambda: plain(gzip.compress(result(b'"%s"' % random(SIZE)), 1), GZIP),
    ),
    "empty members of gzip": (
        "call",
        lambda: plain(gzip.compress(b"") * (SIZE // 20), GZIP),
    ),
    "empty lines before the status": (
        "call",
        lambda: iter([b"\r\n" * MIB, *plain(b'{"runs":[]}')]),
    ),
    "chunks of a byte": (
        "call",
        lambda: endless(b"1\r\n \r\n" * 200_000, "Transfer-Encoding: chunked"),
    ),
    "a head without an end": ("call", lambda: endless(b"A: b\r\n" * 10_000)),
    "an event of empty lines": ("stream", lambda: endless(b"data\n" * 200_000, EVENTS)),
    "an event in a line without an end": (
        "stream",
        lambda: endless(TEXT[:MIB], EVENTS, first=b"data: "),
    ),
    "an event of empty objects": (
        "stream",
        lambda: plain(event(many(b"{}")), EVENTS),
    ),
    "an event of text": ("stream", lambda: plain(event(b'{"x":"' + TEXT + b'"}'), EVENTS)),
    "comments without an end": ("stream", lambda: endless(b":\n" * 500_000, EVENTS)),
    "an event id of 20 MiB": (
        "stream",
        lambda: plain(b"id: " + TEXT[: 20 * MIB] + b"\n" + event(b"{}"), EVENTS),
    ),
    "events of unknown types": (
        "stream",
        lambda: endless(
            event(b'{"run_id":"r","seq":1,"type":"new","time":"2024-01-01T00:00:00Z"}') * 10_000,
            EVENTS,
        ),
    ),
    "a stream compressed 1000 times": (
        "stream",
        lambda: plain(b"".join(bomb(1000)), EVENTS, GZIP),
    ),
    "a schema of references that double": ("validate", lambda: tool(_doubling())),
    "a schema of many values": (
        "validate",
        lambda: tool({"enum": [[]] * 100_000}),
    ),
    "a schema with a pattern that doubles": (
        "validate",
        lambda: tool({"properties": {"a": {"pattern": "(((a*)*)*)*c"}}}),
    ),
}


def bomb(times: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(times):
        yield packer.compress(BOMB_PIECE)
    yield packer.flush()


def tool(schema: dict[str, Any]) -> Body:
    definition = {"tool_id": "t", "name": "t", "source": "remote", "input_schema": schema}
    return plain(json.dumps([definition]).encode())


def _doubling() -> dict[str, Any]:
    parts = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    return {"$defs": {**parts, "d40": {}}, "$ref": "#/$defs/d0"}


def serve(kind: str) -> None:
    """Respond to each request with a kind of response, and to the first with an ordinary one."""
    prepared = list(KINDS[kind][1]()) if kind not in _ENDLESS else None
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_respond, args=(connection, kind, prepared), daemon=True).start()


_ENDLESS = frozenset(
    kind
    for kind in KINDS
    if "without an end" in kind or kind in ("an event of empty lines", "chunks of a byte")
) | {"events of unknown types"}


def _respond(connection: socket.socket, kind: str, prepared: list[bytes] | None) -> None:
    with connection, contextlib.suppress(OSError):
        while head := connection.recv(65536):
            if b"/health" in head:
                connection.sendall(
                    b"".join(plain(b'{"status":"ok","time":"2024-01-01T00:00:00Z"}'))
                )
                continue
            for piece in prepared or KINDS[kind][1]():
                connection.sendall(piece)


class Pauses:
    """The longest time for which a thread or a task that only sleeps was kept from running."""

    longest = 0.0
    step = 0.002

    def note(self, before: float) -> None:
        self.longest = max(self.longest, time.perf_counter() - before - self.step)


def call(mode: str, kind: str, url: str) -> dict[str, Any]:
    """Make one call, and return what it took."""
    method = KINDS[kind][0]
    if mode == "asyncio":
        return asyncio.run(_call_async(method, url))
    return _call_sync(method, url)


def _clients(prefix: str, url: str) -> tuple[Any, Any, Any]:
    import arp_sdk.daemon
    import arp_sdk.runtime
    import arp_sdk.tool_registry

    options: Any = {"retries": 0, "deadline": DEADLINE, "max_response_bytes": LIMIT}
    return (
        getattr(arp_sdk.daemon, f"{prefix}DaemonClient")(url, **options),
        getattr(arp_sdk.runtime, f"{prefix}RuntimeClient")(url, **options),
        getattr(arp_sdk.tool_registry, f"{prefix}ToolRegistryClient")(url, **options),
    )


# A stream has no deadline: the program that reads it leaves it.
def _take(events: Any) -> int:
    started, count = time.monotonic(), 0
    for _ in events:
        count += 1
        if time.monotonic() > started + DEADLINE:
            break
    return count


def _call_sync(method: str, url: str) -> dict[str, Any]:
    daemon, runtime, registry = _clients("", url)
    with daemon, runtime, registry:
        for client in (daemon, runtime, registry):
            client.health()
        pauses, over = Pauses(), threading.Event()

        def watch() -> None:
            while not over.is_set():
                before = time.perf_counter()
                time.sleep(pauses.step)
                pauses.note(before)

        threading.Thread(target=watch, daemon=True).start()

        def work() -> object:
            if method == "validate":
                return registry.validate("t", {"a": "a" * 5000})
            if method == "stream":
                with runtime.stream_run_events("r") as events:
                    leaving = threading.Timer(DEADLINE, events.close)
                    leaving.start()
                    try:
                        return _take(events)
                    finally:
                        leaving.cancel()
            return daemon.list_runs() if method == "page" else daemon.get_run_result("r")

        with measured() as facts:
            facts["outcome"] = _outcome(work)
        over.set()
    return {**facts, "pause": pauses.longest}


async def _call_async(method: str, url: str) -> dict[str, Any]:
    daemon, runtime, registry = _clients("Async", url)
    async with daemon, runtime, registry:
        for client in (daemon, runtime, registry):
            await client.health()
        await asyncio.to_thread(int)
        pauses = Pauses()

        async def watch() -> None:
            while True:
                before = time.perf_counter()
                await asyncio.sleep(pauses.step)
                pauses.note(before)

        async def take() -> int:
            count = 0
            async with runtime.stream_run_events("r") as events:
                async for _ in events:
                    count += 1
            return count

        async def work() -> object:
            if method == "validate":
                return await registry.validate("t", {"a": "a" * 5000})
            if method == "stream":
                return await asyncio.wait_for(take(), DEADLINE)
            if method == "page":
                return await daemon.list_runs()
            return await daemon.get_run_result("r")

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.01)
        pauses.longest = 0.0
        with measured() as facts:
            try:
                result: object = await work()
            except Exception as error:
                result = error
            await asyncio.sleep(0)
            facts["outcome"] = _shown(result)
        watching.cancel()
    return {**facts, "pause": pauses.longest}


def _outcome(work: Callable[[], object]) -> str:
    try:
        return _shown(work())
    except Exception as error:
        return _shown(error)


def _shown(result: object) -> str:
    return type(result).__name__ if not isinstance(result, int) else f"{result} events"


@contextlib.contextmanager
def measured() -> Iterator[dict[str, Any]]:
    """Measure the peak of memory above what it was before, in bytes, and the seconds."""
    Path("/proc/self/clear_refs").write_text("5")
    before, started = _memory("VmRSS"), time.perf_counter()
    facts: dict[str, Any] = {}
    yield facts
    facts["seconds"] = time.perf_counter() - started
    facts["memory"] = _memory("VmHWM") - before


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


def measure(mode: str, kind: str) -> dict[str, Any]:
    """Measure one kind of response with one kind of client, in processes of their own."""
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", kind], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        command = [sys.executable, __file__, "--call", mode, kind, url]
        called = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
        facts: dict[str, Any] = json.loads(called.stdout)
        return facts
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--serve"]:
        serve(arguments[1])
    elif arguments[:1] == ["--call"]:
        print(json.dumps(call(*arguments[1:])))
    else:
        print("| response | client | memory, MiB | time, s | longest pause, ms | result |")
        print("|---|---|--:|--:|--:|---|")
        for kind in arguments or KINDS:
            for mode in ("threads", "asyncio"):
                facts = [measure(mode, kind) for _ in range(RUNS)]
                memory = max(run["memory"] for run in facts) / MIB
                seconds, pause = (min(run[name] for run in facts) for name in ("seconds", "pause"))
                print(
                    f"| {kind} | {mode} | {memory:.0f} | {seconds:.1f} "
                    f"| {pause * 1000:.0f} | {facts[0]['outcome']} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:])
