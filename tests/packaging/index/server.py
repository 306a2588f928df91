"""A package index on loopback, a process of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from ..commands import isolated_variables, run

SECONDS = 30


@dataclass(frozen=True)
class Index:
    """An index that runs.

    Attributes:
        url: Its address.
    """

    url: str

    @property
    def simple(self) -> str:
        """Where installers look packages up (PEP 503)."""
        return f"{self.url}/simple/"

    def publish(self, wheel: Path) -> None:
        """Upload a wheel, as a release does."""
        uv = shutil.which("uv")
        assert uv is not None
        anonymous = ("--username", "", "--password", "", "--trusted-publishing", "never")
        run(uv, "publish", "--quiet", "--publish-url", self.url, *anonymous, wheel)


@contextmanager
def running(folder: Path) -> Iterator[Index]:
    """Serve the packages of a folder, which uploads add to."""
    folder.mkdir(parents=True)
    port = _free_port()
    log = folder.with_suffix(".log")
    command = [
        *(sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1"),
        *("--port", str(port), "--authenticate", ".", "--passwords", ".", "--disable-fallback"),
        *("--server", "wsgiref", "--health-endpoint", "/health", "--log-file", str(log)),
        str(folder),
    ]
    with subprocess.Popen(
        command,
        env=isolated_variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, f"{url}/health")
            yield Index(url)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up = time.monotonic() + SECONDS
    while True:
        assert process.poll() is None, "the index ended"
        try:
            with opener.open(url, timeout=SECONDS):
                return
        except (URLError, ConnectionError):
            assert time.monotonic() < give_up, "the index does not answer"
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
