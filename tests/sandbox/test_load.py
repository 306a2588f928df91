"""The services under load. The figures are printed; the tests assert that nothing fails."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.load import RUN_BODY, Connection, paced
from sandbox.process import sandbox_process

pytestmark = pytest.mark.soak

STREAMS = 1000
SUBMITS_A_SECOND = 500
SECONDS = 60
CONNECTIONS = 32


@pytest.fixture(autouse=True)
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * STREAMS)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_streams(capsys: pytest.CaptureFixture[str]) -> None:
    with sandbox_process("--latency", "1") as running:
        measured, texts = asyncio.run(follow(running.runtime_url))

    with capsys.disabled():
        sys.stdout.write(f"\n{STREAMS} streams at once: {measured}")
    assert len(texts) == STREAMS
    for number, text in enumerate(texts):
        assert text.count(b"event: token\n") == 10
        assert f'"final_text":"{number} 1 2 3 4 5 6 7 8 9"'.encode() in text


async def follow(url: str) -> tuple[str, list[bytes]]:
    """Start as many runs as there are to be streams, and follow all of them to the end."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    opened: list[float] = []

    async def one(number: int) -> bytes:
        connection = await Connection.to(url)
        goal = f"echo {number} 1 2 3 4 5 6 7 8 9"
        status, run = await connection.exchange("POST", "/v1/runs", {"input": {"goal": goal}})
        assert status == 200
        await connection.send("GET", f"/v1/runs/{run['run_id']}/events")
        status, _ = await connection.head()
        assert status == 200
        opened.append(loop.time())
        text = await connection.chunks()
        await connection.close()
        return text

    texts = await asyncio.gather(*map(one, range(STREAMS)))
    return (
        f"all open after {max(opened) - began:.2f} s, ended after {loop.time() - began:.2f} s",
        texts,
    )


@pytest.mark.parametrize("kept", [False, True], ids=["memory", "file"])
def test_submits(tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: bool) -> None:
    state = ("--state", str(tmp_path / "state")) if kept else ()
    with sandbox_process("--latency", "0.01", *state) as running:
        summary, states = asyncio.run(submit(running.daemon_url))

    with capsys.disabled():
        sys.stdout.write(f"\nsubmits, {'kept in a file' if kept else 'in memory'}: {summary}")
    assert states == {"succeeded": SUBMITS_A_SECOND * SECONDS}


async def submit(url: str) -> tuple[str, dict[str, int]]:
    """Submit runs at a steady rate, and count the states in which they end."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await Connection.to(url))

    async def one(_: int) -> None:
        connection = await free.get()
        status, _body = await connection.exchange("POST", "/v1/runs", RUN_BODY)
        free.put_nowait(connection)
        assert status == 202

    measured = await paced(one, SUBMITS_A_SECOND, SECONDS)
    connection = await free.get()
    states = await ends(connection)
    for each in [connection, *[free.get_nowait() for _ in range(free.qsize())]]:
        await each.close()
    return str(measured), states


async def ends(connection: Connection) -> dict[str, int]:
    """Count the runs in each state, when all have ended."""
    while True:
        states: dict[str, int] = {}
        token = ""
        while token is not None:
            target = "/v1/runs?page_size=1000" + (f"&page_token={token}" if token else "")
            _, page = await connection.exchange("GET", target)
            for run in page["runs"]:
                states[run["state"]] = states.get(run["state"], 0) + 1
            token = page.get("pagination", {}).get("next_page_token")
        if not {"queued", "running"} & set(states):
            return states
        await asyncio.sleep(0.1)
