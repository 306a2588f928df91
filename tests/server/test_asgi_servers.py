"""The ASGI servers that people use run a service, and stop although streams are open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path

import pytest

from sandbox.exchanges import exchange, post_json
from support.server import free_port

TESTS = Path(__file__).resolve().parents[1]
APPLICATION = "server.program:application"
SERVERS = {
    "uvicorn": ["--port={port}", "--http=h11"],
    "uvicorn-httptools": ["--port={port}", "--http=httptools"],
    "hypercorn": ["--workers=0", "--bind=127.0.0.1:{port}"],
    "granian": ["--interface=asgi", "--port={port}", "--host=127.0.0.1"],
}


@contextmanager
def running(server: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    module = server.partition("-")[0]
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install {module}")
    arguments = [each.format(port=port) for each in SERVERS[server]]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments, APPLICATION],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        while process.poll() is None:
            try:
                exchange("GET", f"http://127.0.0.1:{port}/v1/health")
                break
            except OSError:
                time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.full
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM: run on Linux or macOS")
@pytest.mark.parametrize("server", SERVERS)
def test_it_serves_and_stops(server: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(server, port) as process:
        assert exchange("GET", f"{url}/openapi.json").json["info"]["title"] == "ARP Runtime API"
        assert post_json(f"{url}/v1/runs", {"input": {"goal": "x"}}).status == 200
        # A path parameter with a slash survives, which most frameworks do not pass on.
        assert exchange("GET", f"{url}/v1/runs/a%2Fb").json["error"]["message"].endswith("a/b")
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/v1/runs/r/events")
        with connection.getresponse() as response:
            assert response.readline() == b"id: 0\n"
            process.send_signal(signal.SIGTERM)
            rest = response.read()  # whole: IncompleteRead otherwise
        connection.close()
        output, _ = process.communicate(timeout=60)

    assert rest.startswith(b"event: token\ndata: ")
    assert rest.endswith(b"}\n\n")
    assert b"Traceback" not in output, output.decode()
