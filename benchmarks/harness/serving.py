"""The server of fixed bytes in a process of its own, on a core of its own where there are two."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .environments import python, variables

SERVER = Path(__file__).resolve().parents[1] / "server.py"


@contextmanager
def serving() -> Iterator[str]:
    """Where the server is."""
    pin = getattr(os, "sched_setaffinity", None)
    cores = sorted(os.sched_getaffinity(0)) if pin is not None else []
    if pin is not None and len(cores) > 1:
        pin(0, cores[-1:])
    process = subprocess.Popen(
        [python("server"), str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=variables(),
    )
    if pin is not None and len(cores) > 1:
        # What is measured, which inherits this, keeps off the server's core.
        pin(0, cores[:-1])
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.communicate()
        if pin is not None:
            pin(0, cores)
