"""The examples `scale_out*.py` in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WORKERS = 3
THREADS = 4
BATCH = 2
THREADED = ["scale_out.py", f"--workers={WORKERS}", f"--threads={THREADS}", f"--batch={BATCH}"]


@dataclass(frozen=True)
class Outcome:
    """An outcome as the example writes it."""

    run_id: str
    goal: str
    output: dict[str, Any] | None
    error: str | None
    process: int
    found: bool = False


class Mapping:
    """A running example.

    Args:
        token: The token of the workers.
        log: The file for its progress.
        example: The name of its file, and arguments.
    """

    def __init__(self, url: str, token: str, runs: int, log: Path, example: list[str]) -> None:
        program, *arguments = example
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, str(EXAMPLES / program), url, f"--runs={runs}", *arguments],
                # Ray keeps a token in the home folder.
                env={**os.environ, "ARP_TOKEN": token, "HOME": str(log.parent)},
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

    def take(self, count: int) -> list[Outcome]:
        """Return the next outcomes."""
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(count)]
        assert all(lines), self._log.read_text()
        return [_outcome(line) for line in lines]

    def rest(self) -> list[Outcome]:
        """Return the remaining outcomes, after all workers, which share the output, have ended."""
        assert self.process.stdout is not None
        found = [_outcome(line) for line in self.process.stdout]
        assert self.process.wait() == 0, self._log.read_text()
        return found

    def kill(self) -> list[Outcome]:
        """Kill it, wait until its workers have ended too, and return the remaining outcomes."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGKILL)
        lines = self.process.stdout.readlines()
        self.process.wait()
        return [_outcome(line) for line in lines if line.endswith("\n")]


def _outcome(line: str) -> Outcome:
    return Outcome(**json.loads(line))


@contextmanager
def mapping(
    url: str, token: str, runs: int, log: Path, example: list[str] = THREADED
) -> Iterator[Mapping]:
    """Run an example."""
    running = Mapping(url, token, runs, log, example)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()
