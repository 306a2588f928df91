"""The command `arp` as a user drives it: in a process, or in a pseudo-terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = [sys.executable, "-W", "error", "-m", "arp_sdk.cli"]
WAIT_SECONDS = 60
_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


def run(*arguments: str, env: Mapping[str, str], stdin: str = "") -> Done:
    """Run a command whose streams are not a terminal."""
    ran = subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
        input=stdin,
        env={**os.environ, **env},
    )
    return Done(ran.returncode, ran.stdout, ran.stderr)


class Terminal:
    """A command in a terminal of a given width.

    Attributes:
        raw: What it has printed so far, with the codes for colors and movement.
    """

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str],
        columns: int = 80,
        program: Sequence[str] = PROGRAM,
        folder: Path | None = None,
    ) -> None:
        pty: Any = pytest.importorskip("pty")
        import fcntl
        import struct
        import termios

        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", **env}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            if name not in env:
                environment.pop(name, None)
        self._process = subprocess.Popen(
            [*program, *arguments],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""

    @property
    def text(self) -> str:
        """The text without codes."""
        return _STYLES.sub("", self.raw)

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen."""
        deadline = time.monotonic() + WAIT_SECONDS
        while text not in self.text:
            if not self._read() or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} is not in {self.raw!r}")

    def press_ctrl_c(self) -> None:
        """Interrupt the command, as the terminal does."""
        os.killpg(self._process.pid, signal.SIGINT)

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        code = self._process.wait(WAIT_SECONDS)
        os.close(self._master)
        return code

    def _read(self) -> bool:
        # On Linux, the end of the other side is an error.
        with suppress(OSError):
            data = os.read(self._master, 65536)
            self.raw += data.decode()
            return bool(data)
        return False


def lines_of(path: Path) -> list[str]:
    """The lines of a file."""
    return path.read_text(encoding="utf-8").splitlines()
