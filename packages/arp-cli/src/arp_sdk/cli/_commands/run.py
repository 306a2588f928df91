"""`arp run`: submit a run, or many."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arp_sdk.cli._failure import ExitCode, Problem
from arp_sdk.cli._operations.values import Json
from arp_sdk.cli._output.formats import Format, output_option, write
from arp_sdk.cli._session.completion import completer
from arp_sdk.cli._session.session import Session

from .many import Batch
from .requests import as_request, request_template
from .runs import show_result

if TYPE_CHECKING:
    from arp_sdk.cli._output.events import EventLines
    from arp_sdk.cli._session.runs import Runs

# Seconds to wait for the last events of a run that has ended.
_LAST_EVENTS = 2.0


_EXAMPLES = """\b
arp run "What is (19*23)?"
arp run --file goals.txt --max-concurrency 16 --out results.jsonl --resume
"""


@click.command("run", epilog=_EXAMPLES)
@click.argument("goal", required=False)
@click.option("--run-id", help="Identifier for the run; by default, a random one.")
@click.option(
    "--instance",
    "instance_id",
    shell_complete=completer("instance_id"),
    help="Instance that executes the run (ARP 0.1).",
)
@click.option(
    "--profile",
    "runtime_profile",
    shell_complete=completer("runtime_profile"),
    help="Profile of the instance that executes the run (ARP 0.1).",
)
@click.option(
    "--node-type",
    metavar="ID@VERSION",
    shell_complete=completer("node_type"),
    help="Node type that the run executes (ARP 0.3); by default, that of the context.",
)
@click.option(
    "--request", type=Json(), help="The whole request as JSON, @FILE or -; GOAL replaces its goal."
)
@click.option("--detach", is_flag=True, help="Print the state of the run, and do not wait.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds to wait.")
@click.option("--cancel-on-timeout", is_flag=True, help="Cancel the run at the timeout.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Submit a run for each line: a goal, or a request as a JSON object.",
)
@click.option(
    "--max-concurrency",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="Runs of --file at a time.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the results of --file, one JSON object a line.",
)
@click.option("--resume", is_flag=True, help="Continue the runs of --file that --out lacks.")
@output_option
def run(
    goal: str | None,
    run_id: str | None,
    instance_id: str | None,
    runtime_profile: str | None,
    node_type: str | None,
    request: Any,
    detach: bool,
    timeout: float | None,
    cancel_on_timeout: bool,
    file: Path | None,
    max_concurrency: int,
    out: Path | None,
    resume: bool,
    output: Format,
) -> None:
    """Submit a run, show its events as they arrive, and print its result.

    Ctrl-C ends the command, and the run continues. The exit code is 1 if the run failed.
    """
    session = Session.current()
    template = request_template(
        request,
        session.source,
        instance_id=instance_id,
        runtime_profile=runtime_profile,
        node_type=node_type,
    )
    if file is not None:
        if goal is not None or run_id is not None or detach:
            raise click.UsageError("--file excludes GOAL, --run-id and --detach")
        batch = Batch(file, out, template, resume=resume)
        batch.run(session.runs, max_concurrency, timeout, cancel_on_timeout)
        return
    if out is not None or resume:
        raise click.UsageError("--out and --resume need --file")
    if goal is not None:
        template = {**template, "input": {**template.get("input", {}), "goal": goal}}
    if run_id is not None:
        template["run_id"] = run_id
    if "input" not in template:
        raise click.UsageError("Missing argument 'GOAL'.")
    runs = session.runs
    _one(runs, as_request(template, runs), detach, timeout, cancel_on_timeout, output)


def _one(
    runs: Runs,
    request: Any,
    detach: bool,
    timeout: float | None,
    cancel_on_timeout: bool,
    output: Format,
) -> None:
    if detach:
        from arp_sdk.cli._output.views import show_anything

        write(runs.submit(request), output, show_anything)
        return
    progress = _Progress(runs)
    try:
        result = runs.run(
            request,
            timeout=timeout,
            cancel_on_timeout=cancel_on_timeout,
            on_update=progress.update,
        )
    except KeyboardInterrupt:
        if progress.run is None:
            raise
        what = f"Interrupted. The run {progress.run} continues."
        hint = f"arp watch {progress.run}, or arp cancel {progress.run}"
        raise Problem(what, hint, ExitCode.INTERRUPTED) from None
    progress.end()
    show_result(runs, result, output)


class _Progress:
    """The events of a run on stderr while the command waits, if that is a terminal."""

    run: str | None

    def __init__(self, runs: Runs) -> None:
        self.run = None
        self._runs = runs
        self._lines: EventLines | None = None
        self._thread: threading.Thread | None = None
        self._events = False

    def update(self, status: Any) -> None:
        """Show a state, or begin to show events."""
        first, self.run = self.run is None, status.run_id
        if not sys.stderr.isatty():
            return
        if self._lines is None:
            from arp_sdk.cli._output.events import EventLines

            self._lines = EventLines(sys.stderr)
        if first:
            self._lines.note(f"run {status.run_id}")
            # A daemon thread: an interrupted command must not wait for the stream.
            self._thread = threading.Thread(target=self._show, args=(self.run,), daemon=True)
            self._thread.start()
        elif not self._events:
            self._lines.status(status)

    def end(self) -> None:
        """Wait for the last events."""
        if self._thread is not None:
            self._thread.join(_LAST_EVENTS)

    def _show(self, run: str) -> None:
        assert self._lines is not None  # noqa: S101  # `update` has made them
        for event in self._runs.events(run):
            self._events = True
            self._lines.event(event)
        self._lines.end()
