"""Many runs from a file, with results in another one that can be completed later."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from arp_sdk.cli._failure import ExitCode, Problem, explain
from arp_sdk.cli._output.formats import as_data
from arp_sdk.cli._output.text import as_json, plain

from .requests import as_request

if TYPE_CHECKING:
    from arp_sdk.cli._session.runs import Runs
    from arp_sdk.core import Outcome

# Failures that are reported in full on stderr; all of them are in the file.
_SHOWN = 5


class Batch:
    """The runs of a file.

    The results of runs that succeeded go to `OUT`, the failures of this attempt to
    `OUT.failures`. As long as something is missing, `OUT.batch` has the random name from which the
    identifiers of the runs are made, so that a second attempt finds the runs of the first.

    Args:
        source: The file with a goal or a request on each line; `-` for stdin.
        out: The file for the results, or None for stdout.
        resume: True to continue an earlier attempt.

    Raises:
        click.UsageError: If the files and options do not go together.
    """

    def __init__(
        self, source: Path, out: Path | None, template: dict[str, Any], *, resume: bool
    ) -> None:
        self._template = template
        self._out = out
        if resume and (out is None or str(source) == "-"):
            raise click.UsageError("--resume needs --out, and a file as --file")
        if out is not None and out.exists() and not resume:
            raise Problem(f"{out} exists.", "Pass --resume to continue it, or choose another file.")
        stream = sys.stdin if str(source) == "-" else None
        text = stream.read() if stream else source.read_text(encoding="utf-8")
        self._lines = [
            (number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()
        ]
        self._done = _done(out) if out is not None else set()
        self._is_resumed = self._marker is not None and self._marker.exists()
        self._name = self._named()

    def run(
        self,
        runs: Runs,
        max_concurrency: int,
        timeout: float | None,
        cancel_on_timeout: bool,
    ) -> None:
        """Submit what is missing, and write each result as it comes."""
        # All lines are checked before the first run is submitted.
        pending = list(self._pending(runs))
        outcomes = runs.run_many(
            (request for _, request in pending),
            max_concurrency=max_concurrency,
            timeout=timeout,
            cancel_on_timeout=cancel_on_timeout,
            resume=self._is_resumed,
        )
        failed = 0
        with ExitStack() as stack:
            results = self._open(stack, self._out, "a")
            failures: TextIO | None = None
            progress = stack.enter_context(_Bar(len(self._lines), len(self._done)))
            try:
                for outcome in outcomes:
                    number, _ = pending[outcome.index]
                    if outcome.error is None and outcome.result is not None:
                        _write(results, {"line": number, **as_data(outcome.result)})
                    else:
                        failed += 1
                        if failures is None:
                            failures = self._open(stack, self._failures, "w")
                        self._fail(failures, number, outcome, failed)
                    progress.advance(failed)
            except KeyboardInterrupt:
                raise self._interrupted() from None
        self._conclude(failed)

    @property
    def _failures(self) -> Path | None:
        return self._out.with_name(f"{self._out.name}.failures") if self._out else None

    @property
    def _marker(self) -> Path | None:
        return self._out.with_name(f"{self._out.name}.batch") if self._out else None

    def _named(self) -> str:
        """Return the random name of this batch, or that of the attempt that is continued."""
        if self._marker is not None and self._is_resumed:
            return self._marker.read_text(encoding="ascii").strip()
        name = os.urandom(16).hex()
        if self._marker is not None:
            self._marker.write_text(name, encoding="ascii")
        return name

    def _pending(self, runs: Runs) -> Iterator[tuple[int, Any]]:
        for number, line in self._lines:
            if number in self._done:
                continue
            request = dict(self._template)
            if line.lstrip().startswith("{"):
                try:
                    request.update(json.loads(line))
                except ValueError as error:
                    raise click.UsageError(f"line {number} is not JSON: {error}") from None
            else:
                request["input"] = {**request.get("input", {}), "goal": line.strip()}
            key = f"{self._name} {number} {line}"
            request.setdefault("run_id", f"run_{hashlib.sha256(key.encode()).hexdigest()[:32]}")
            try:
                yield number, as_request(request, runs)
            except (click.UsageError, ValueError) as error:
                message = getattr(error, "message", str(error))
                raise click.UsageError(f"line {number}: {message}") from None

    def _open(self, stack: ExitStack, path: Path | None, mode: str) -> TextIO:
        if path is None:
            return sys.stdout if mode == "a" else sys.stderr
        return stack.enter_context(path.open(mode, encoding="utf-8"))  # type: ignore[return-value]

    def _fail(self, file: TextIO, number: int, outcome: Outcome[Any, Any], failed: int) -> None:
        error = outcome.error
        report = explain(error) if error is not None else None
        what = report.what if report else repr(error)
        if self._out is not None:
            failure = {
                "line": number,
                "run_id": outcome.request.run_id,
                "kind": type(error).__name__,
                "error": what,
            }
            _write(file, failure)
        if failed <= _SHOWN:
            sys.stderr.write(f"line {number}: {plain(what)}\n")

    def _interrupted(self) -> Problem:
        what = "Interrupted. The runs that were submitted continue."
        hint = "Run the same command with --resume." if self._out else "See them: arp runs"
        return Problem(what, hint, ExitCode.INTERRUPTED)

    def _conclude(self, failed: int) -> None:
        if failed:
            where = f"See {self._failures}." if self._out else "See above."
            raise Problem(f"{failed} of {len(self._lines)} runs failed.", where, ExitCode.FAILED)
        for path in (self._marker, self._failures):
            if path is not None:
                path.unlink(missing_ok=True)


class _Bar:
    """A progress bar on stderr, if that is a terminal."""

    def __init__(self, total: int, done: int) -> None:
        self._total, self._done = total, done
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> _Bar:
        if sys.stderr.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            from arp_sdk.cli._output.views import console

            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            self._progress = Progress(*columns, console=console(sys.stderr))
            self._progress.start()
            self._task = self._progress.add_task("", total=self._total, completed=self._done)
        return self

    def advance(self, failed: int) -> None:
        """Count one more run."""
        if self._progress is not None:
            description = f"{failed} failed" if failed else ""
            self._progress.update(self._task, advance=1, description=description)

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()


def _done(out: Path) -> set[int]:
    """Return the lines that have results, and cut off a line that was not written to its end."""
    try:
        data = out.read_bytes()
    except FileNotFoundError:
        return set()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        out.write_bytes(whole)
    try:
        return {int(json.loads(line)["line"]) for line in whole.splitlines()}
    except (ValueError, KeyError, TypeError):
        hint = "Choose another file for --out."
        raise Problem(f"{out} has other lines than results.", hint) from None


def _write(file: TextIO, value: dict[str, Any]) -> None:
    file.write(f"{as_json(value)}\n")
    file.flush()
