"""Measures arp-server against arp-standard-server, the kit of the standard, under uvicorn.

`python benchmarks/services.py CONTRACT` writes services.md. CONTRACT is the folder `spec/v1` of
release 0.3.7 of the standard: both serve it. It needs Linux with two cores: the server gets one,
and the requests come from the other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.environments import FOLDER, ROOT, python, variables, versions

HERE = Path(__file__).resolve().parent
CONNECTIONS = 16
STREAMS = 2000
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
# What `pip install uvicorn[standard]` and `pip install uvicorn` run with.
UVICORN = {
    "standard": ["--http=httptools", "--loop=uvloop"],
    "plain": ["--http=h11", "--loop=asyncio"],
}
ENVIRONMENTS = {"sdk": "services", "kit": "kit", "bare": "services"}


INTRO = """# Services: arp-server and the kit of the standard

Written by `python benchmarks/services.py CONTRACT` on {day}: Python {python}, uvicorn {uvicorn} on
one core, {connections} connections, medians of {rounds} rounds in which all take turns. The kit is
arp-standard-server 0.3.7. `standard` is `uvicorn[standard]` (httptools, uvloop), `plain` is uvicorn
alone (h11, asyncio). A second is one of the processor's time. `most` is the ratio of an ASGI
application of a few lines that sends the same bodies, made beforehand and unchecked
(`subjects/bare.py`): no service under uvicorn can be faster.

The contract of the kit has no list of runs: the pages are a route of the form that the kit
generates, and `list_runs` of a daemon. arp-server does not check a response again that equals the
last one of the operation; the kit checks each. The page of which one run has changed shows what the
check takes: the JSON that leaves is decoded against the contract.
"""


@dataclass(frozen=True)
class Row:
    """A kind of request.

    Attributes:
        name: Its name in the results.
        application: The application of `subjects` that it goes to.
        target: Path of the request.
        wanted: Number of times as many requests as the kit that arp-server has to serve.
    """

    name: str
    application: str
    target: str
    wanted: float


ROWS = [
    Row("health", "gateway", "/v1/health", 5),
    Row("get a run", "gateway", "/v1/runs/run_1", 5),
    Row("list 1,000 node types", "registry", "/v1/node-types", 8),
    Row("a page of 1,000 runs", "daemon", "/v1/runs", 8),
    Row("a page of 1,000 runs, one of which has changed", "changing", "/v1/runs", 8),
]


class Connection(asyncio.Protocol):
    """A connection that sends a request as soon as it has the response to the last one."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.count = 0
        self.sample = b""
        self._buffer = bytearray()
        self._missing = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            head, end, body = self._buffer.partition(b"\r\n\r\n")
            found = LENGTH.search(head)
            if not end or found is None:
                return
            assert head.startswith(b"HTTP/1.1 200"), bytes(self._buffer)
            self.sample = self.sample or bytes(self._buffer)
            self._missing = int(found[1]) - len(body)
            self._buffer.clear()
        if not self._missing and self._transport is not None:
            self.count += 1
            self._transport.write(self.request)


async def requests_a_second(port: int, process: int, target: str, seconds: float) -> float:
    """Return the number of requests that a server responds to in a second of its core.

    That is a second of the processor's time: on a shared machine, the clock says little.
    """
    loop = asyncio.get_running_loop()
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
    made = [
        await loop.create_connection(lambda: Connection(request), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(seconds / 4)
    before, start = sum(each.count for _, each in made), cpu_seconds(process)
    while (elapsed := cpu_seconds(process) - start) < seconds:
        await asyncio.sleep(seconds / 10)
    count = sum(each.count for _, each in made) - before
    for transport, _ in made:
        transport.abort()
    return count / elapsed


async def open_streams(port: int, process: int) -> tuple[float, float]:
    """Return the memory of a server before and while event streams are open, in MB."""
    before = memory(process)
    request = f"GET /v1/runs/r/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    opened: list[asyncio.StreamWriter] = []
    for _ in range(STREAMS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await reader.readuntil(b"run_started")
        opened.append(writer)
    await asyncio.sleep(1)
    during = memory(process)
    for writer in opened:
        writer.transport.abort()
    return before, during


def cpu_seconds(process: int) -> float:
    """Return the processor's time that a process has taken."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1e9


def memory(process: int) -> float:
    """Return the resident memory of a process in MB."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def serving(subject: str, application: str, http: str) -> Iterator[tuple[int, int]]:
    """Run an application under uvicorn on one core; yield its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *("taskset", "-c", "0", str(python(ENVIRONMENTS[subject])), "-m", "uvicorn"),
        *(f"subjects.{subject}:{application}", f"--port={port}", *UVICORN[http]),
        *("--no-access-log", "--log-level=warning"),
    ]
    generated = sorted(str(each) for each in (FOLDER / "arp03").glob("packages/*/src"))
    path = [str(HERE)]
    if subject == "sdk":
        path += [*generated, str(ROOT / "packages" / "arp-daemon" / "src")]
    process = subprocess.Popen(command, env={**variables(), "PYTHONPATH": os.pathsep.join(path)})
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert process.poll() is None, f"{subject} does not start"
                time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def generate(contract: Path) -> None:
    """Generate the packages of the contract, into the folder of the environments."""
    command = [sys.executable, str(ROOT / "codegen" / "generate.py"), "--spec", str(contract)]
    out = ["--out", str(FOLDER / "arp03"), "--namespace", "arp03", "--prefix", "arp03"]
    subprocess.run([*command, *out], check=True)


def compared(row: Row, http: str, rounds: int, seconds: float) -> str:
    """Measure all, in turn, and return a line of the table."""
    found: dict[str, list[float]] = {subject: [] for subject in ENVIRONMENTS}
    with ExitStack() as stack:
        servers = {
            subject: stack.enter_context(serving(subject, row.application, http))
            for subject in ENVIRONMENTS
        }
        for _ in range(rounds):
            for subject, (port, process) in servers.items():
                rate = requests_a_second(port, process, row.target, seconds)
                found[subject].append(asyncio.run(rate))
    times = {
        subject: statistics.median(a / b for a, b in zip(rates, found["kit"], strict=True))
        for subject, rates in found.items()
    }
    sdk, kit = (statistics.median(found[subject]) for subject in ("sdk", "kit"))
    return (
        f"| {row.name} | {http} | {sdk:,.0f} | {kit:,.0f} | {times['sdk']:.1f} | {row.wanted:g} "
        f"| {times['bare']:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("contract", type=Path, help="the folder spec/v1 of the standard's 0.3.7")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="time of the processor")
    parser.add_argument("--print", action="store_true", help="write no file")
    options = parser.parse_args()
    generate(options.contract)
    os.sched_setaffinity(0, {1})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, most), most))
    intro = INTRO.format(
        day=time.strftime("%Y-%m-%d"),
        python=sys.version.split()[0],
        uvicorn=versions("kit")["uvicorn"],
        connections=CONNECTIONS,
        rounds=options.rounds,
    )
    lines = [
        intro,
        "| requests a second | uvicorn | arp-server | the kit | times the kit | wanted | most |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for http in UVICORN:
        lines += [compared(row, http, options.rounds, options.seconds) for row in ROWS]
    lines += [
        "",
        f"| memory with {STREAMS:,} open event streams | before | with them | a stream |",
        "|---|---:|---:|---:|",
    ]
    names = ("arp-server", "the kit, with Starlette's streams", "the application of a few lines")
    for subject, name in zip(ENVIRONMENTS, names, strict=True):
        for http in UVICORN:
            with serving(subject, "gateway", http) as (port, process):
                before, during = asyncio.run(open_streams(port, process))
            each = (during - before) * 1024 / STREAMS
            lines.append(f"| {name}, {http} | {before:.0f} MB | {during:.0f} MB | {each:.1f} kB |")
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if not options.print:
        (HERE / "services.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
