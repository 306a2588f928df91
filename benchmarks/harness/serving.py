"""The server of fixed bytes in a process of its own, on a core of its own where there are two."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .environments import python, variables

SERVER = Path(__file__).resolve().parents[1] / "server.py"


def are_apart() -> bool:
    """Return whether the server has a core of its own."""
    return len(_cores()) > 1


def _cores() -> list[int]:
    """Return the cores that this process may use, where that can be chosen."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


@contextmanager
def serving() -> Iterator[str]:
    """Return the address of the server."""
    cores = _cores()
    if len(cores) > 1:
        os.sched_setaffinity(0, cores[-1:])
    process = subprocess.Popen(
        # Where it has no core of its own, it would take that of what is measured.
        [python("server"), str(SERVER), *(["--spin"] if len(cores) > 1 else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=variables(),
    )
    if len(cores) > 1:
        # What is measured, which inherits this, keeps off the server's core.
        os.sched_setaffinity(0, cores[:-1])
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.communicate()
        if cores:
            os.sched_setaffinity(0, cores)
