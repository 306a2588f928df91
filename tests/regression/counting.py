"""What the hottest paths cost, in figures that do not depend on how busy the machine is.

`python tests/regression/counting.py` prints them; with `--write` it makes them the record for the
Python that it runs on.
"""

from __future__ import annotations

import gc
import json
import platform
import socket
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunListResponse, RunRequest
from arp_sdk.schema import encode_json

RECORD = Path(__file__).with_name("costs.json")
LIBRARIES = ("msgspec", "requests", "urllib3")
WARM_UP = 20  # until CPython has specialised the code, and caches are filled

_BODY = b'{"status": "ok", "time": "2026-01-01T00:00:00Z"}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
) + _BODY
_RUN = (
    '{"run_id": "run_%d", "state": "succeeded", "started_at": "2026-01-01T00:00:00.123456Z", '
    '"ended_at": "2026-01-01T00:00:42.654321Z", "runtime_instance_id": "inst_1"}'
)
_PAGE = f'{{"runs": [{", ".join(_RUN % number for number in range(1000))}]}}'.encode()
_REQUEST = {
    "run_id": "run_1",
    "input": {"goal": "measure", "context": {"locale": "en"}},
    "tool_policy": {"allow_tool_ids": ["search"]},
    "limits": {"max_steps": 20},
}

Costs = dict[str, int]


def measured() -> dict[str, Costs]:
    """The costs of each path."""
    request = RunRequest.from_dict(_REQUEST)
    with _server() as url, DaemonClient(url, auth="a-token", on_request=_hook) as client:
        return {
            "one call": costs(client.health),
            "page decode": costs(lambda: RunListResponse.from_json(_PAGE)),
            "request encode": costs(lambda: encode_json(request, RunRequest)),
        }


def _hook(_: object) -> None:
    pass


def costs(work: Callable[[], object]) -> Costs:
    """Instructions and calls of the interpreter, and bytes that were held at most."""
    for _ in range(WARM_UP):
        work()
    instructions, own = _instructions(work)
    return {
        "instructions": instructions,
        "instructions of arp_sdk": own,
        "calls": _calls(work),
        "peak bytes": _peak(work),
    }


def _instructions(work: Callable[[], object]) -> tuple[int, int]:
    """Bytecode instructions, in all and in arp_sdk alone."""
    counts = {True: 0, False: 0}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode":
            counts[frame.f_globals.get("__name__", "").startswith("arp_sdk.")] += 1
        return trace

    for _ in range(2):
        # The first time, Python 3.12 only begins to tell of instructions.
        counts = {True: 0, False: 0}
        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(None)
    return counts[True] + counts[False], counts[True]


def _calls(work: Callable[[], object]) -> int:
    """Calls of functions, in Python and in C."""
    count = 0

    def profile(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _peak(work: Callable[[], object]) -> int:
    gc.collect()
    gc.disable()
    tracemalloc.start()
    work()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    result = work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.enable()
    del result
    return most - before


@contextmanager
def _server() -> Iterator[str]:
    """Answers one connection with the same bytes, a request at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join()


def _serve(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            if received.endswith(b"\r\n\r\n"):
                connection.sendall(_ANSWER)
                received = b""


def python() -> str:
    """The Python that the record is of: its minor version."""
    return f"{platform.python_implementation()} {sys.version_info.major}.{sys.version_info.minor}"


def libraries() -> dict[str, str]:
    """The versions of what is counted along."""
    return {name: version(name) for name in LIBRARIES}


def record() -> dict[str, Any]:
    """All that is on record, by Python."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def main() -> None:
    found = measured()
    print(json.dumps(found, indent=2))
    if "--write" in sys.argv[1:]:
        kept = record() if RECORD.exists() else {}
        kept[python()] = {"libraries": libraries(), "costs": found}
        text = json.dumps(kept, indent=2, sort_keys=True)
        RECORD.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
