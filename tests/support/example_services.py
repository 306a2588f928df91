"""Runs the example services as their first lines say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.exchanges import exchange
from support.server import free_port

SERVICES = Path(__file__).resolve().parents[2] / "examples" / "services"


@contextmanager
def running(
    name: str, path: str = "/v1/health", *, python: str | Path = sys.executable, **variables: str
) -> Iterator[str]:
    """Run an example by the command in its first line, on a free port; yield its URL."""
    text = (SERVICES / f"{name}.py").read_text(encoding="utf-8")
    found = re.search(r"Run it: uvicorn (\S+) --port \d+", text.partition("\n")[0])
    assert found is not None
    port = free_port()
    process = subprocess.Popen(
        [str(python), "-m", "uvicorn", found[1], "--port", str(port), "--log-level=warning"],
        cwd=SERVICES,
        env={**os.environ, **variables},
    )
    try:
        while True:
            assert process.poll() is None
            try:
                assert exchange("GET", f"http://127.0.0.1:{port}{path}").status == 200
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
