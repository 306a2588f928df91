"""The trace of a run, made of its events."""

from __future__ import annotations

from arp_sdk.models import RunEvent, RunEventType, RunState, TraceEvent, TraceLevel
from arp_sdk.sandbox._runtime.run import Run

_STARTED = "flow_started"
_COMPLETED = "flow_completed"


def trace_of(run: Run) -> list[TraceEvent]:
    """What happened in a run, from its start to its end, without the single pieces of text."""
    entries: list[TraceEvent] = []
    if run.status.started_at is not None:
        goal = run.record.request.input.goal
        entries.append(
            TraceEvent(
                run_id=run.run_id,
                seq=0,
                time=run.status.started_at,
                level=TraceLevel.INFO,
                type=_STARTED,
                data={"goal": goal},
            )
        )
    for event in run.record.events:
        if event.type != RunEventType.TOKEN:
            entries.append(_entry(run, event, len(entries)))
    return entries


def _entry(run: Run, event: RunEvent, seq: int) -> TraceEvent:
    is_final = event.type == RunEventType.FINAL
    failed = is_final and run.status.state == RunState.FAILED
    return TraceEvent(
        run_id=run.run_id,
        seq=seq,
        time=event.time,
        level=TraceLevel.ERROR if failed or event.type == RunEventType.ERROR else TraceLevel.INFO,
        type=_COMPLETED if is_final else event.type.value,
        data={"status": run.status.state.value} if is_final else event.data,
    )
