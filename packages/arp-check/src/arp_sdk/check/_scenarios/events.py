"""The event stream of a run."""

from __future__ import annotations

import json
import re
from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import FINAL, Probe
from arp_sdk.check._report import Severity

from .runs import submit
from .scenario import scenario

_NUMBERS = "Position of the event among those of its run"


@scenario("events.stream", "stream_run_events")
def stream(probe: Probe) -> None:
    """The events of a run are numbered, belong to it, and end with its end."""
    status, _ = submit(probe)
    run_id = status["run_id"]
    live = probe.call("stream_run_events", run_id)
    if live.status != 200:
        probe.expect(
            400 <= live.status < 600,
            "stream_run_events",
            live,
            f"the stream gets status {live.status}",
            probe.sentence("stream_run_events", "Support is optional"),
        )
        return
    ended, _ = probe.value("get_run_status", run_id)
    events = _events(probe, live)
    if not probe.expect(
        live.complete,
        "stream_run_events",
        live,
        "the stream does not end"
        if ended.get("state") in FINAL
        else "the stream did not end in time",
        probe.sentence("stream_run_events", "Keeps the connection open"),
        Severity.ERROR if ended.get("state") in FINAL else Severity.WARNING,
    ):
        return
    _check_events(probe, live, events, run_id, str(ended.get("state")))
    replayed = probe.call("stream_run_events", run_id)
    again = _events(probe, replayed)
    if again:
        first = {event.get("seq"): event for _, event in events}
        probe.expect(
            all(first.get(event.get("seq"), event) == event for _, event in again),
            "stream_run_events",
            replayed,
            "an event has the number of another one when the stream is read again",
            _NUMBERS,
        )


def _check_events(
    probe: Probe,
    exchange: Exchange,
    events: list[tuple[str, dict[str, Any]]],
    run_id: str,
    state: str,
) -> None:
    def expect(true: bool, message: str, rule: str, severity: Severity = Severity.ERROR) -> None:
        probe.expect(true, "stream_run_events", exchange, message, rule, severity)

    schema = probe.contract.schema("RunEvent")
    for _, event in events:
        for path, message, description in probe.contract.errors(schema, event):
            expect(False, f"an event: {path}: {message}", f"RunEvent {path}: {description}")
    rule = probe.sentence("stream_run_events", "Keeps the connection open")
    expect(bool(events), "the stream of a run has no events", rule)
    numbers = [event.get("seq") for _, event in events]
    expect(
        numbers == sorted({each for each in numbers if isinstance(each, int)}),
        "the numbers of the events do not grow",
        _NUMBERS,
    )
    expect(
        all(event.get("run_id") == run_id for _, event in events),
        "the stream has events of another run",
        "Identifier of the run that the event belongs to.",
    )
    final = [index for index, (_, event) in enumerate(events) if event.get("type") == "final"]
    expect(bool(final), "the stream ends without a final event", "RunEventType", Severity.WARNING)
    expect(
        not final or final == [len(events) - 1],
        "the final event is not the last one, or there are several",
        "The run has ended, and the event carries its outcome.",
    )
    data = events[final[-1]][1].get("data") if final else None
    if isinstance(data, dict) and "state" in data:
        expect(
            data["state"] == state,
            f"the final event says {data['state']}, and the run is {state}",
            "The run has ended, and the event carries its outcome.",
        )
    calls = set()
    for _, event in events:
        content = event.get("data")
        id_ = content.get("invocation_id") if isinstance(content, dict) else None
        if event.get("type") == "tool_call":
            calls.add(id_)
        elif event.get("type") == "tool_result":
            expect(
                id_ in calls,
                "the result of a tool comes before its call",
                "A tool that the run invoked has returned.",
            )
    names = [name for name, event in events if name not in ("message", event.get("type"))]
    expect(
        not names,
        f"an event is called {names[:1]} and has another `type`",
        "Type of the event.",
        Severity.WARNING,
    )


def _events(probe: Probe, exchange: Exchange) -> list[tuple[str, dict[str, Any]]]:
    """Return the name and the data of each event of a complete stream."""
    found: list[tuple[str, dict[str, Any]]] = []
    if exchange.status != 200:
        return found
    text = exchange.body.decode("utf-8", "replace")
    for block in re.split(r"(?:\r\n|\r|\n){2}", text):
        fields: dict[str, list[str]] = {}
        for line in re.split(r"\r\n|\r|\n", block):
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        if "data" not in fields:
            continue
        try:
            event: Any = json.loads("\n".join(fields["data"]))
        except ValueError:
            event = None
        is_object = isinstance(event, dict)
        message = "the data of an event is not a JSON object"
        rule = "A stream of events, each with a `RunEvent` as JSON in its `data` field."
        if not probe.expect(is_object, "stream_run_events", exchange, message, rule):
            continue
        found.append((fields.get("event", ["message"])[-1], event))
    return found
