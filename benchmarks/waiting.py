"""Lateness and requests of waits, and many runs in one process, before and now.

`python benchmarks/waiting.py [--before CHECKOUT]` prints a table, and writes `waiting.svg`: the
duration of a run against the lateness of its result. CHECKOUT is a clone at an earlier revision,
whose packages are used in place of the installed ones. `--runs 10000` measures many runs.

The services are a server of fixed bytes in a process of its own: a run ends as many seconds after
it was submitted as its goal says, and its events are sent at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DURATIONS = (0.1, 0.3, 1.0, 3.0, 15.0)
SAMPLES = 12


class Service:
    """A runtime or a daemon on one port, on which each run takes as long as its goal says."""

    def __init__(self, streams: bool) -> None:
        self.streams = streams
        self.started: dict[str, tuple[float, float]] = {}
        self.requests: dict[str, int] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Respond to the requests of a connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _ = head.split(b" ", 2)
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0].strip()
                body = await reader.readexactly(int(length or 0))
                await self._respond(writer, method.decode(), target.decode(), body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _respond(
        self, writer: asyncio.StreamWriter, method: str, target: str, body: bytes
    ) -> None:
        parts = target.partition("?")[0].split("/")[3:]
        if method == "POST" and not parts:
            run_id = f"r{len(self.started)}"
            self.started[run_id] = time.time(), float(json.loads(body)["input"]["goal"])
            self.requests[run_id] = 1
            status = b"202 Accepted" if not self.streams else b"200 OK"
            self._send(writer, {"run_id": run_id, "state": self._state(run_id)}, status)
            return
        run_id = parts[0]
        self.requests[run_id] += 1
        begun, duration = self.started[run_id]
        if parts[1:] == ["events"]:
            await self._events(writer, run_id, begun + duration)
        elif parts[1:] == ["result"]:
            facts = {"ended": begun + duration, "requests": self.requests[run_id]}
            self._send(writer, {"run_id": run_id, "ok": True, "output": facts})
        else:
            self._send(writer, {"run_id": run_id, "state": self._state(run_id)})

    async def _events(self, writer: asyncio.StreamWriter, run_id: str, end: float) -> None:
        if not self.streams:
            self._send(writer, {"error": {"code": "none", "message": "none"}}, b"501 None")
            return
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        writer.write(head + self._event(run_id, 0, "step"))
        await writer.drain()
        await asyncio.sleep(max(0.0, end - time.time()))
        writer.write(self._event(run_id, 1, "final"))
        writer.close()

    def _event(self, run_id: str, seq: int, type_: str) -> bytes:
        event = {"run_id": run_id, "seq": seq, "type": type_, "time": "2026-01-01T00:00:00Z"}
        return f"data: {json.dumps(event)}\n\n".encode()

    def _state(self, run_id: str) -> str:
        begun, duration = self.started[run_id]
        return "succeeded" if time.time() >= begun + duration else "running"

    def _send(self, writer: asyncio.StreamWriter, value: Any, status: bytes = b"200 OK") -> None:
        body = json.dumps(value).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % (status, len(body)) + body)


async def serve() -> None:
    """Serve a runtime and a daemon, and print their URLs."""
    urls = []
    for streams in (True, False):
        server = await asyncio.start_server(Service(streams).serve, "127.0.0.1", 0, backlog=4096)
        urls.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    print(json.dumps(urls), flush=True)
    await asyncio.Event().wait()


def lateness(runtime_url: str, daemon_url: str) -> None:
    """Print the lateness in seconds and the requests of waits, by kind and duration."""
    import threading

    from arp_sdk.daemon import DaemonClient
    from arp_sdk.runtime import RuntimeClient

    found: dict[str, list[tuple[float, float, int]]] = {"runtime": [], "daemon": []}
    with RuntimeClient(runtime_url) as runtime, DaemonClient(daemon_url) as daemon:
        clients = {"runtime": runtime, "daemon": daemon}
        for client in clients.values():
            for _ in range(10):
                client.run("0")

        def wait(kind: str, duration: float, delay: float) -> None:
            time.sleep(delay)
            result = clients[kind].run(str(duration), timeout=120)
            facts: Any = result.output
            found[kind].append((duration, time.time() - facts["ended"], facts["requests"]))

        waits = [(kind, duration) for kind in clients for duration in DURATIONS]
        threads = [
            # Apart, so that a wait does not stand in line for this process behind others.
            threading.Thread(target=wait, args=(*each, 0.037 * (number * len(waits) + place)))
            for place, each in enumerate(waits)
            for number in range(SAMPLES)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        at_once: dict[str, list[float]] = {"runtime": [], "daemon": []}
        for _ in range(40):
            for kind, client in clients.items():
                begun = time.perf_counter()
                client.run("0.0005")
                at_once[kind].append(time.perf_counter() - begun)
    print(json.dumps({"waits": found, "at once": at_once}))


def many(daemon_url: str, runs: int, duration: float) -> None:
    """Print the figures of many runs at a time in one asynchronous process."""
    import resource

    from arp_sdk.daemon import AsyncDaemonClient

    def resident() -> float:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6

    async def main() -> None:
        async with AsyncDaemonClient(daemon_url, retries=5) as daemon:
            await daemon.run("0")
            before, cpu, begun = resident(), time.process_time(), time.perf_counter()
            done, peak = 0, 0.0
            goals = (str(duration) for _ in range(runs))
            async for outcome in daemon.run_many(goals, max_concurrency=runs, timeout=600):
                done += outcome.error is None
                if done % 500 == 1:
                    peak = max(peak, resident())
            figures = {
                "done": done,
                "resident MB": round(max(peak, resident())),
                "baseline MB": round(before),
                "CPU ms per run": round((time.process_time() - cpu) * 1000 / runs, 2),
                "seconds": round(time.perf_counter() - begun, 1),
            }
            print(json.dumps(figures))

    asyncio.run(main())


def instant(daemon_url: str) -> None:
    """Print the runs per second of 2,000 runs that end at once."""
    from arp_sdk.daemon import AsyncDaemonClient, DaemonClient

    async def main() -> float:
        async with AsyncDaemonClient(daemon_url) as daemon:
            begun = time.perf_counter()
            async for _ in daemon.run_many(["0"] * 2000, max_concurrency=128):
                pass
            return 2000 / (time.perf_counter() - begun)

    with DaemonClient(daemon_url) as daemon:
        begun = time.perf_counter()
        for _ in daemon.run_many(["0"] * 2000):
            pass
        threads = 2000 / (time.perf_counter() - begun)
    print(json.dumps({"threads": round(threads), "asyncio": round(asyncio.run(main()))}))


def measured(checkout: str | None, *arguments: str) -> Any:
    """Run a part of this file in a process of its own, with the packages of a checkout."""
    sources = sorted(Path(checkout).glob("packages/*/src")) if checkout else []
    path = os.pathsep.join(map(str, sources))
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        env={**os.environ, **({"PYTHONPATH": path} if path else {})},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def report(name: str, figures: Any) -> list[tuple[str, float, float]]:
    """Print the lateness of one checkout, and return its points."""
    points = []
    for kind, waits in figures["waits"].items():
        for duration in DURATIONS:
            late = sorted(late for given, late, _ in waits if given == duration)
            requests = max(count for given, _, count in waits if given == duration)
            points += [(f"{kind}, {name}", duration, max(each, 1e-4)) for each in late]
            print(
                f"{name:7} {kind:8} {duration:5g} s  lateness: median "
                f"{statistics.median(late) * 1000:7.1f} ms, worst {late[-1] * 1000:7.1f} ms "
                f"({late[-1] / duration:6.1%}); at most {requests} requests"
            )
        at_once = statistics.median(figures["at once"][kind]) * 1000
        print(f"{name:7} {kind:8} a run that ends at once: {at_once:.1f} ms")
    return points


def plot(points: list[tuple[str, float, float]]) -> str:
    """Draw duration against lateness, both on logarithmic scales."""
    import math

    colors = {"before": "#c0392b", "now": "#1f77b4"}
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" '
        'font-size="12"><rect width="640" height="400" fill="white"/>'
        '<text x="320" y="394" text-anchor="middle">duration of a run (s)</text>'
        '<text x="14" y="190" transform="rotate(-90 14 190)" text-anchor="middle">'
        "lateness of its result</text>"
    ]

    def x(duration: float) -> float:
        return 70 + 520 * (math.log10(duration) + 1.2) / 2.6

    def y(late: float) -> float:
        return 360 - 330 * (math.log10(late) + 4) / 5

    for duration in DURATIONS:
        parts.append(
            f'<text x="{x(duration):.0f}" y="376" text-anchor="middle">{duration:g}</text>'
        )
    for late, label in ((0.001, "1 ms"), (0.01, "10 ms"), (0.1, "100 ms"), (1.0, "1 s")):
        parts.append(
            f'<text x="62" y="{y(late) + 4:.0f}" text-anchor="end">{label}</text>'
            f'<path d="M70 {y(late):.0f}H600" stroke="#ddd"/>'
        )
    for name, duration, late in points:
        kind, _, when = name.partition(", ")
        shift = -5 if kind == "runtime" else 5
        fill = colors[when] if kind == "runtime" else "none"
        parts.append(
            f'<circle cx="{x(duration) + shift:.1f}" cy="{y(late):.1f}" r="3" fill="{fill}" '
            f'stroke="{colors[when]}"/>'
        )
    for row, (label, fill, stroke) in enumerate(
        (
            ("runtime, before", colors["before"], colors["before"]),
            ("daemon, before", "none", colors["before"]),
            ("runtime, now (events)", colors["now"], colors["now"]),
            ("daemon, now (polls)", "none", colors["now"]),
        )
    ):
        top = 24 + 16 * row
        parts.append(
            f'<circle cx="90" cy="{top}" r="3" fill="{fill}" stroke="{stroke}"/>'
            f'<text x="100" y="{top + 4}">{label}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    """Measure both checkouts, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--before", help="a checkout of an earlier revision")
    parser.add_argument("--runs", type=int, default=2000, help="number of runs of 60 s at a time")
    options = parser.parse_args()
    server = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE)
    assert server.stdout is not None  # it is a pipe
    runtime, daemon = json.loads(server.stdout.readline())
    try:
        points = []
        for name, checkout in (("before", options.before), ("now", None)):
            if name == "now" or checkout:
                points += report(name, measured(checkout, "lateness", runtime, daemon))
                rates = measured(checkout, "instant", daemon)
                print(f"{name:7} 2,000 instant runs: {rates} per second")
                runs = str(options.runs)
                print(f"{name:7} {runs} runs of 60 s:", measured(checkout, "many", daemon, runs))
        (HERE / "waiting.svg").write_text(plot(points), encoding="utf-8")
    finally:
        server.kill()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve())
    elif sys.argv[1:2] == ["lateness"]:
        lateness(*sys.argv[2:])
    elif sys.argv[1:2] == ["instant"]:
        instant(*sys.argv[2:])
    elif sys.argv[1:2] == ["many"]:
        many(sys.argv[2], int(sys.argv[3]), 60.0)
    else:
        main()
