"""`arp runs`, `watch`, `result`, `cancel` and `trace`: runs that were submitted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from arp_sdk.cli._failure import ExitCode, Problem
from arp_sdk.cli._output.formats import (
    Format,
    output_option,
    write,
    write_items,
    write_stream,
)
from arp_sdk.cli._session.completion import completer
from arp_sdk.cli._session.lines import V0_1
from arp_sdk.cli._session.session import Session

if TYPE_CHECKING:
    from arp_sdk.cli._session.runs import Runs
    from arp_sdk.models import RunStatus

STATES = ("queued", "running", "succeeded", "failed", "canceled")
_PAGE_SIZE = 1000
_ON_A_TERMINAL = 50
# Columns of a terminal that has room for the instances too.
_WIDE = 110
run_argument = click.argument("run", shell_complete=completer("run_id"))


@click.command("runs")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Only runs in this state.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"Only the latest runs, this many. Default: {_ON_A_TERMINAL} in a table, else all.",
)
@output_option
def runs(state: tuple[str, ...], limit: int | None, output: Format) -> None:
    """List the runs of the daemon."""
    daemon = Session.current().daemon
    found: Iterable[RunStatus] = (
        run for run in daemon.iter_runs(page_size=_PAGE_SIZE) if not state or run.state in state
    )
    if limit is not None or output == "table":
        from arp_sdk.cli._output.text import latest_first

        latest = latest_first(found)
        found = latest[: limit or _ON_A_TERMINAL]
        if limit is None and len(found) < len(latest):
            note = f"The latest {len(found)} of {len(latest)} runs; --limit shows more.\n"
            sys.stderr.write(note)
    write_items(found, output, _table)


def _table(runs: Iterable[RunStatus]) -> None:
    from arp_sdk.cli._output.text import age, between
    from arp_sdk.cli._output.views import console, show_table

    columns = ["run", "state", "age", "duration", "instance"]
    shown = len(columns) if console().width >= _WIDE else len(columns) - 1
    rows = [
        [
            run.run_id,
            str(run.state),
            age(run.started_at),
            between(run.started_at, run.ended_at),
            run.runtime_instance_id or "",
        ][:shown]
        for run in runs
    ]
    show_table(rows, columns[:shown], "There are no runs.")


@click.command("result")
@run_argument
@output_option
def result(run: str, output: Format) -> None:
    """Print the result of a run. The exit code is 1 if it failed."""
    found = Session.current().runs
    show_result(found, found.result(run), output)


def show_result(runs: Runs, result: Any, output: Format) -> None:
    """Print a result, on a terminal only the output.

    Raises:
        Problem: If the run failed.
    """
    ending = runs.ending(result)
    write(result, output, lambda _: _show_output(ending.output or {}))
    if not ending.ok:
        what = f"The run {result.run_id} failed: {ending.reason}"
        raise Problem(what, f"See what it did: arp trace {result.run_id}", ExitCode.FAILED)


def _show_output(output: dict[str, Any]) -> None:
    from arp_sdk.cli._output.text import as_json
    from arp_sdk.cli._output.views import console, text

    (only,) = output.values() if len(output) == 1 else (output,)
    if only:
        shown = only if isinstance(only, str) else as_json(only, indent=2)
        console().print(text(shown), soft_wrap=True)


@click.command("cancel")
@run_argument
@output_option
def cancel(run: str, output: Format) -> None:
    """Request the cancellation of a run, at the runtime that executes it."""
    from arp_sdk.cli._output.views import show_anything

    session = Session.current()
    found = session.runs
    worker = session.worker(found.status(run)) if found.has_workers else found
    if worker is None:
        raise Problem(
            f"The daemon does not know which runtime executes the run {run}.",
            "If you know it: arp runtime cancel-run, with ARP_RUNTIME_URL",
            ExitCode.REJECTED,
        )
    write(worker.cancel(run), output, show_anything)


@click.command("watch")
@run_argument
@output_option
def watch(run: str, output: Format) -> None:
    """Show the events of a run as they happen, and then its result.

    Where the service streams no events, the states of the run are shown. The formats json and
    jsonl are a line for each event. The exit code is 1 if the run failed.
    """
    found = Session.current().runs
    status = found.status(run)
    if output != "table":
        write_stream(_events_or_states(found, run), output)
        if not found.ending(found.result(run)).ok:
            raise Problem(f"The run {run} failed.", f"arp result {run}", ExitCode.FAILED)
        return
    from arp_sdk.cli._output.events import EventLines

    lines = EventLines(sys.stdout)
    for each in _events_or_states(found, run):
        if isinstance(each, type(status)):
            lines.status(each)
        else:
            lines.event(each)
    lines.end()
    show_result(found, found.result(run), output)


def _events_or_states(runs: Runs, run: str) -> Iterator[Any]:
    """Yield the events of a run until it ends, or else its states."""
    seen = False
    for event in runs.events(run):
        seen = True
        yield event
    changes: list[Any] = []
    last = runs.wait(run, None if seen else changes.append)
    if not seen:
        yield from changes or [last]


@click.command("trace")
@run_argument
@output_option
def trace(run: str, output: Format) -> None:
    """Show what a run did, as a tree with durations."""
    session = Session.current()
    has_traces = session.source.line is V0_1
    found = session.daemon.get_run_trace(run) if has_traces else session.runs.trace(run)

    def view(found: Any) -> None:
        from arp_sdk.cli._output.traces import show_node_runs, show_trace

        (show_trace if has_traces else show_node_runs)(run, found)

    write(found, output, view)
