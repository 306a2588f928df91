"""The event stream of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .following import ended_run, submit
from .scenario import scenario

_Events = list[tuple[str, dict[str, Any]]]


@scenario("events.stream", "events")
def stream(probe: Probe) -> None:
    """The events of a run are numbered, belong to it, and end with its end."""
    runs, operation = probe.runs, str(probe.runs.events)
    status, _ = submit(probe)
    run_id = status[runs.id]
    live = probe.call(operation, run_id)
    probe.skip_if_missing(operation, live)
    if live.status != 200:
        probe.expect(
            400 <= live.status < 600,
            operation,
            live,
            f"the stream gets status {live.status}",
            probe.sentence(operation, "Support is optional"),
        )
        return
    ended, _ = probe.value(runs.status, run_id)
    events = events_of(probe, operation, live)
    is_over = ended.get(runs.state) in runs.final
    if live.broken:
        return
    if not probe.expect(
        live.complete,
        operation,
        live,
        "the stream does not end" if is_over else "the stream did not end in time",
        probe.sentence(operation, "the connection open"),
        Severity.ERROR if is_over else Severity.WARNING,
    ):
        return
    facts = probe.contract.operations[operation].definition["x-arp-stream"]
    if "last" not in facts:  # the stream may be the events so far
        ended, done = ended_run(probe, run_id)
        if not done:
            return
    replayed = probe.call(operation, run_id)
    again = events_of(probe, operation, replayed)
    number = facts["seq"]
    first = {event.get(number): event for _, event in events}
    probe.expect(
        all(first.get(event.get(number), event) == event for _, event in again),
        operation,
        replayed,
        "an event has the number of another one when the stream is read again",
        probe.contract.rule(operation, number),
    )
    whole = (live, events) if "last" in facts else (replayed, again)
    check_events(probe, operation, *whole, run_id, str(ended.get(runs.state)))


def check_events(
    probe: Probe, operation: str, exchange: Exchange, events: _Events, run_id: str, state: str = ""
) -> None:
    """Check the events of a run that has ended.

    Args:
        probe: The probe.
        operation: The operation that streams them.
        exchange: The request and its response.
        events: The name and the data of each event.
        run_id: The run.
        state: State of the run; empty for the events of a part of it, which may have no end.
    """

    def expect(true: bool, message: str, rule: str, severity: Severity = Severity.ERROR) -> None:
        probe.expect(true, operation, exchange, message, rule, severity)

    contract, runs = probe.contract, probe.runs
    definition = contract.operations[operation].definition
    facts = definition["x-arp-stream"]
    schema, kind = contract.operations[operation].body_schema, facts["kind"]
    for _, event in events:
        for message, rule in contract.mismatches(schema, event):
            expect(False, f"an event: {message}", rule)
    numbers = [event.get(facts["seq"]) for _, event in events]
    expect(
        numbers == sorted({each for each in numbers if isinstance(each, int)}),
        "the numbers of the events do not grow",
        contract.rule(operation, facts["seq"]),
    )
    expect(
        all(event.get(runs.id) == run_id for _, event in events),
        "the stream has events of another run",
        contract.rule(operation, runs.id),
    )
    calls = set()
    for _, event in events:
        content = event.get("data")
        id_ = content.get("invocation_id") if isinstance(content, dict) else None
        if event.get(kind) == "tool_call":
            calls.add(id_)
        elif event.get(kind) == "tool_result":
            expect(
                id_ in calls,
                "the result of a tool comes before its call",
                contract.rule(operation, kind, "tool_result"),
            )
    names = [name for name, event in events if name not in ("message", event.get(kind))]
    expect(
        not names,
        f"an event is called {names[:1]} and has another `{kind}`",
        contract.rule(operation, kind),
        Severity.WARNING,
    )
    if not state:
        return
    expect(bool(events), "the stream of a run has no events", definition["description"])
    ends = facts.get("last") or facts["final"]
    rule = contract.rule(operation, kind, ends[0])
    final = [index for index, (_, event) in enumerate(events) if event.get(kind) in ends]
    expect(bool(final), f"the stream ends without {ends[0]}", f"{kind}: {rule}", Severity.WARNING)
    expect(
        not final or final == [len(events) - 1],
        f"{ends[0]} is not the last event, or there are several",
        rule,
        Severity.ERROR if "last" in facts else Severity.WARNING,
    )
    data = events[final[-1]][1].get("data") if final else None
    if isinstance(data, dict) and runs.state in data:
        expect(
            data[runs.state] == state,
            f"{ends[0]} says {data[runs.state]}, and the run is {state}",
            f"{rule} ({runs.state})",
        )


def events_of(probe: Probe, operation_id: str, exchange: Exchange) -> _Events:
    """Return the name and the data of each event of a complete stream."""
    found: _Events = []
    if exchange.status != 200:
        return found
    operation = probe.contract.operations[operation_id]
    text, levels = _unquoted(exchange.body.decode("utf-8", "replace"))
    rule = operation.definition["responses"]["200"]["description"]
    strings = "a JSON string" if levels == 1 else f"{levels} JSON strings, one in another"
    message = f"the stream is in {strings}"
    probe.expect(not levels, operation_id, exchange, message, f"{rule} (text)")
    is_sse = operation.media_type == "text/event-stream"
    for name, data in _sse(text) if is_sse else _lines(text):
        try:
            event: Any = json.loads(data)
        except ValueError:
            event = None
        message = "the data of an event is not a JSON object"
        if probe.expect(isinstance(event, dict), operation_id, exchange, message, rule):
            found.append((name, event))
    return found


def _unquoted(text: str) -> tuple[str, int]:
    """Return the text in JSON strings that are in each other, and their number."""
    levels = 0
    while text.startswith('"'):
        try:
            text = json.loads(text)
        except ValueError:
            break
        levels += 1
    return text, levels


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        if line.strip():
            yield "message", line


def _sse(text: str) -> Iterator[tuple[str, str]]:
    for block in re.split(r"(?:\r\n|\r|\n){2}", text):
        fields: dict[str, list[str]] = {}
        for line in re.split(r"\r\n|\r|\n", block):
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        if "data" in fields:
            yield fields.get("event", ["message"])[-1], "\n".join(fields["data"])
