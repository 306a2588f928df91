"""Work that is done once a session, however many processes share it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def once(folder: Path, work: Callable[[Path], None]) -> Path:
    """Return the folder after the first process that asks for it has filled it with `work`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = folder.with_name(f"{folder.name}.done")
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not done.exists():
            work(folder)
            done.touch()
    return folder
