"""Measures a row: its subjects in turn, round by round, so that a busy machine slows them all."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from .environments import python, variables
from .row import Row, Subject

BENCHMARKS = Path(__file__).resolve().parents[1]
BATCH_SECONDS = 0.2

Figures = dict[str, float]
Measure = Callable[[], Figures]

# Nothing is imported before that what is measured may need too.
_STATEMENT = """
import time
cpu, wall = time.process_time(), time.perf_counter()
{}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(f'{{{{"wall": {{wall}}, "cpu": {{cpu}}}}}}')
"""


def rows() -> list[tuple[Path, Row]]:
    """All rows, of all files in `rows/`."""
    found: list[tuple[Path, Row]] = []
    for path in sorted((BENCHMARKS / "rows").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"rows.{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        found += [(path, row) for row in module.ROWS]
    return found


def measure(path: Path, row: Row, url: str, rounds: int) -> dict[str, list[Figures]]:
    """Return the figures of each subject, one for each round."""
    found: dict[str, list[Figures]] = {subject.name: [] for subject in row.subjects}
    with ExitStack() as stack:
        measures = [
            (subject.name, stack.enter_context(_measure(path, row, subject, url)))
            for subject in row.subjects
        ]
        for number in range(min(rounds, row.rounds)):
            # Nobody always comes first.
            first = number % len(measures)
            for name, one in measures[first:] + measures[:first]:
                found[name].append(one())
    return found


@contextmanager
def _measure(path: Path, row: Row, subject: Subject, url: str) -> Iterator[Measure]:
    if row.way == "calls":
        with _calls(path, subject, url) as measure_calls:
            yield measure_calls
    elif row.way == "micro":
        yield _micro(path, subject)
    elif row.way == "statement":
        command = [python(subject.environment), "-c", _STATEMENT.format(subject.work)]
        _output(command)
        yield lambda: _output(command)
    elif row.way == "fresh":
        command = _worker("fresh", path, subject, url)
        yield lambda: _output(command)
    else:
        assert callable(subject.work)
        yield partial(subject.work, *subject.arguments)


@contextmanager
def _calls(path: Path, subject: Subject, url: str) -> Iterator[Measure]:
    process = subprocess.Popen(
        _worker("calls", path, subject, url),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=BENCHMARKS,
        env=variables(),
    )

    def ask(count: int, warm: bool = False) -> Figures:
        assert process.stdin is not None and process.stdout is not None
        if warm:
            process.stdin.write("warm\n")
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        figures: Figures = json.loads(process.stdout.readline())
        return figures

    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", f"{subject.name} does not start"
        first = ask(1)["wall"]
        count = 1
        if first < BATCH_SECONDS:
            count = max(1, round(BATCH_SECONDS / ask(3)["wall"]))
        # Connections may have timed out since the last round, which long work does not notice.
        yield lambda: ask(count, warm=first < 1)
    finally:
        process.communicate()


def _micro(path: Path, subject: Subject) -> Measure:
    loops = 0

    def run() -> Figures:
        nonlocal loops
        # pyperf finds out how many calls fill its time, once.
        options = ["--loops", str(loops)] if loops else []
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "out.json"
            command = [
                python(subject.environment),
                *("-m", "harness.micro", str(path), _name(subject)),
                json.dumps(subject.arguments),
                *("--processes", "1", "--values", "5", "--warmups", "1", "--quiet"),
                *("--output", str(output), *options),
            ]
            subprocess.run(
                command, cwd=BENCHMARKS, check=True, env=variables(), stdout=subprocess.DEVNULL
            )
            benchmark = json.loads(output.read_text(encoding="utf-8"))
        loops = int(benchmark["metadata"]["loops"])
        runs = benchmark["benchmarks"][0]["runs"]
        values = [value for run in runs for value in run.get("values", ())]
        return {"cpu": statistics.median(values)}

    return run


def _worker(way: str, path: Path, subject: Subject, url: str) -> list[str | Path]:
    return [
        python(subject.environment),
        *("-m", "harness.worker", way, str(path), _name(subject), url),
        json.dumps(subject.arguments),
    ]


def _name(subject: Subject) -> str:
    assert callable(subject.work)
    return subject.work.__name__


def _output(command: list[str | Path]) -> Figures:
    done = subprocess.run(
        command, cwd=BENCHMARKS, check=True, env=variables(), stdout=subprocess.PIPE, text=True
    )
    figures: Figures = json.loads(done.stdout)
    return figures
