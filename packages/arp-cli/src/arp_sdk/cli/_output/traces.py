"""The trace of a run as a tree: steps, the calls of tools in them, and durations."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .events import summary
from .text import duration, plain
from .views import console, text

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from arp_sdk.models import TraceEvent, TraceResponse


@dataclass
class Span:
    """A part of a run.

    Attributes:
        name: The type of the event that it begins with, and its content in few words.
        start: The time of this event.
        end: The time of the event that ends it, or None for a moment.
        level: The severity of the event.
        parts: The spans in it.
    """

    name: str
    start: datetime
    end: datetime | None = None
    level: str = "info"
    parts: list[Span] = field(default_factory=list)


def spans(run: str, events: list[TraceEvent]) -> Span:
    """Return the tree of a trace, whose events are sorted by their numbers.

    A `step` lasts until the next one. A `tool_call` lasts until the `tool_result` with the same
    `invocation_id`. Other events with a `duration_ms` end then, and the rest are moments.
    """
    ordered = sorted(events, key=lambda event: event.seq)
    root = Span(f"run {run}", ordered[0].time, ordered[-1].time)
    step, calls = root, dict[str, Span]()
    for event in ordered:
        data = event.data or {}
        call = str(data.get("invocation_id", ""))
        if event.type == "tool_result" and call in calls:
            span = calls.pop(call)
            span.end = event.time
            if data.get("ok") is False:
                span.level = "error"
            continue
        span = Span(f"{event.type} {summary(data)}".strip(), event.time, level=str(event.level))
        lasted = data.get("duration_ms")
        if isinstance(lasted, (int, float)) and 0 <= lasted < 1e12:
            span.start = event.time - timedelta(milliseconds=lasted)
            span.end = event.time
        if event.type == "step":
            if step is not root:
                step.end = event.time
            root.parts.append(span)
            step = span
            continue
        if event.type == "tool_call" and call:
            calls[call] = span
        step.parts.append(span)
    if step is not root:
        step.end = ordered[-1].time
    return root


def show_trace(run: str, response: TraceResponse) -> None:
    """Show a trace on a terminal."""
    if not response.events:
        uri = response.trace_uri
        sys.stderr.write(f"It is stored at {plain(uri)}\n" if uri else "It has no events.\n")
        return
    root = spans(run, response.events)
    console().print(_tree(root, root.start))


def show_node_runs(run: str, found: dict[str, Any]) -> None:
    """Show a run of ARP 0.3 on a terminal: its node runs, with the events of each."""
    if not found["events"]:
        sys.stderr.write("It has no events.\n")
        return
    root = node_spans(run, found["events"], found["node_runs"])
    console().print(_tree(root, root.start))


def node_spans(run: str, events: list[Any], node_runs: list[Any]) -> Span:
    """Return the tree of the node runs of a run, whose events are sorted by their numbers.

    Of node runs that are not known, the events tell when they were active.
    """
    ordered = sorted(events, key=lambda event: event.seq)
    known = {node.node_run_id: node for node in node_runs}
    root = Span(f"run {run}", ordered[0].time, ordered[-1].time)
    found: dict[str, Span] = {}
    for event in ordered:
        data, name = event.data or {}, event.node_run_id
        if name and name not in found:
            node = known.get(name)
            label, parent = f"node run {name}", data.get("parent_node_run_id")
            if node is not None:
                label = f"{node.node_type_ref.node_type_id} {node.state}"
                parent = node.parent_node_run_id
            found[name] = Span(label, event.time)
            found[name].level = "error" if label.endswith(" failed") else "info"
            found.get(str(parent), root).parts.append(found[name])
        around = found.get(name, root)
        around.parts.append(Span(f"{event.type} {summary(data)}".strip(), event.time))
        if around is not root:
            around.end = event.time
    return root


def _tree(root: Span, beginning: datetime) -> Tree:
    from rich.tree import Tree

    tree = Tree(_label(root, beginning))
    pending = [(tree, root)]
    while pending:
        branch, span = pending.pop()
        pending += [(branch.add(_label(part, beginning)), part) for part in span.parts]
    return tree


def _label(span: Span, beginning: datetime) -> Text:
    style = {"error": "red", "warn": "yellow", "debug": "dim"}.get(span.level, "")
    label = text(f"{span.name}  ", style)
    if span.end is not None:
        label.append(duration((span.end - span.start).total_seconds()), "bold")
    else:
        label.append(f"+{duration((span.start - beginning).total_seconds())}", "dim")
    return label
