"""Run a command in a process group of its own that ends with whoever holds our standard input.

The pipe closes when its holder stops the service and also when the holder is killed, so neither
the service nor a process that it has started outlives the test run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

GRACE_SECONDS = 5.0


def main() -> int:
    service = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
    ended = threading.Event()
    threading.Thread(target=_end_with_stdin, args=(service.pid, ended), daemon=True).start()
    code = service.wait()
    ended.set()
    _signal_group(service.pid, signal.SIGKILL)
    return code


def _end_with_stdin(group: int, ended: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    _signal_group(group, signal.SIGTERM)
    if not ended.wait(GRACE_SECONDS):
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main())
