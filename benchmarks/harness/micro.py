"""Measures a computation: `python -m harness.micro FILE FUNCTION ARGUMENTS [options of pyperf]`."""

from __future__ import annotations

import itertools
import json
import sys
import time

import pyperf

from harness.worker import load


def main() -> None:
    path, function, arguments, *options = sys.argv[1:]
    work = load(path, function)(*json.loads(arguments))

    def seconds(loops: int) -> float:
        started = time.process_time()
        for _ in itertools.repeat(None, loops):
            work()
        return time.process_time() - started

    runner = pyperf.Runner(program_args=("-m", "harness.micro", path, function, arguments))
    runner.parse_args(options)
    runner.bench_time_func(function, seconds)


if __name__ == "__main__":
    main()
