"""The command `arp-sandbox` in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

WAIT_SECONDS = 120


class Process:
    """A sandbox that was started from the command line.

    Attributes:
        announcement: The text that it printed when it was ready.
        variables: The environment variables that it named.
    """

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "arp_sdk.sandbox", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "ARP_TOKEN"},
        )
        assert self.process.stdout is not None
        lines: list[str] = []
        while not lines or "Ctrl-C" not in lines[-1]:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"it has ended: {self.process.communicate()}")
            lines.append(line)
        self.announcement = "".join(lines)
        self.variables: dict[str, str] = dict(re.findall(r"export (\w+)=(.*)", self.announcement))

    @property
    def daemon_url(self) -> str:
        return self.variables["ARP_DAEMON_URL"]

    @property
    def runtime_url(self) -> str:
        return self.variables["ARP_RUNTIME_URL"]

    def end(self, signal: int) -> tuple[int, str, str]:
        """Send it a signal, and return its exit code and what else it has printed."""
        self.process.send_signal(signal)
        out, err = self.process.communicate(timeout=WAIT_SECONDS)
        return self.process.returncode, out, err


@contextmanager
def sandbox_process(*arguments: str) -> Iterator[Process]:
    """A running sandbox on free ports, which ends in any case."""
    ports = ("--daemon-port", "0", "--runtime-port", "0", "--tool-registry-port", "0")
    running = Process(*ports, *arguments)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()
