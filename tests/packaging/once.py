"""Work that is done once a session, however many processes share it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path


def once(folder: Path, work: Callable[[Path], None]) -> Path:
    """Return the folder, filled by `work` in whichever process asks for it first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = folder.with_name(folder.name + ".done")
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            work(folder)
            done.touch()
    return folder
