"""The costs of the hottest paths, in figures that do not depend on the load of the machine.

`python tests/regression/counting.py` prints them; with `--write` they become the record for the
Python that runs it.
"""

from __future__ import annotations

import gc
import json
import platform
import subprocess
import sys
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
WARM_UP = 20  # until CPython has specialized the code, and caches are filled

_HEALTH = '{"status": "ok", "time": "2026-01-01T00:00:00Z"}'
_SERVER = """
import json, sys
from support.server import json_reply, serving

with serving() as server:
    server.plan(json_reply(json.loads(sys.argv[1])))
    print(server.url, flush=True)
    sys.stdin.read()
"""
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
    """Measure the costs of each path."""
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
    """Count instructions and calls of the interpreter, and the peak of allocated bytes."""
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
    """Count bytecode instructions, in all and in arp_sdk alone."""
    counts = {True: 0, False: 0}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode":
            counts[frame.f_globals.get("__name__", "").startswith("arp_sdk.")] += 1
        return trace

    for _ in range(2):
        # Python 3.12 reports instructions only from the second time on.
        counts = {True: 0, False: 0}
        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(None)
    return counts[True] + counts[False], counts[True]


def _calls(work: Callable[[], object]) -> int:
    """Count calls of functions, in Python and in C."""
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
    """Run a server in another process, so that only the client is measured."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, _HEALTH],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def python() -> str:
    """Name the Python of the record: its minor version."""
    return f"{platform.python_implementation()} {sys.version_info.major}.{sys.version_info.minor}"


def libraries() -> dict[str, str]:
    """Return the versions of the libraries whose instructions are counted too."""
    return {name: version(name) for name in LIBRARIES}


def record() -> dict[str, Any]:
    """Read the record, by Python."""
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
