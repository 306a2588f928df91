"""Measures one subject, in the subject's own environment.

`python -m harness.worker calls FILE FUNCTION URL ARGUMENTS` answers each number on its standard
input with the seconds of that many calls, and `warm` with nothing but a call of which no time is
taken; `... fresh FILE FUNCTION URL ARGUMENTS` prints what the function returns.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any


def load(path: str, function: str) -> Callable[..., Any]:
    """Return a function of a row's file."""
    spec = importlib.util.spec_from_file_location("row_file", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["row_file"] = module
    spec.loader.exec_module(module)
    found: Callable[..., Any] = getattr(module, function)
    return found


def serve_calls(work: Callable[[], object]) -> None:
    work()
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "warm\n":
            work()
            continue
        rounds = range(int(line))
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in rounds:
            work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"wall": wall / len(rounds), "cpu": cpu / len(rounds)}), flush=True)


def main() -> None:
    way, path, function, url, arguments = sys.argv[1:]
    made = load(path, function)(url, *json.loads(arguments))
    if way == "calls":
        serve_calls(made)
    else:
        print(json.dumps(made))


if __name__ == "__main__":
    main()
