"""Runs: their states, results and events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import msgspec

from arp_sdk.models import (
    Error,
    RunEvent,
    RunEventType,
    RunRequest,
    RunResult,
    RunState,
    RunStatus,
)
from arp_sdk.sandbox._state.state_file import Store
from arp_sdk.server import EventLog, ServiceError

FINAL_STATES = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED})


def now() -> datetime:
    return datetime.now(timezone.utc)


class RunRecord(msgspec.Struct):
    """The stored form of a run."""

    request: RunRequest
    status: RunStatus
    result: RunResult | None = None
    events: list[RunEvent] = []


class Run:
    """A run."""

    def __init__(self, record: RunRecord, save: Callable[[RunRecord], None]) -> None:
        self.record = record
        self._save = save
        self._log = EventLog(record.events)
        record.events = self._log.events
        if self.is_over:
            self._log.close()

    @property
    def run_id(self) -> str:
        return self.record.status.run_id

    @property
    def status(self) -> RunStatus:
        return self.record.status

    @property
    def is_over(self) -> bool:
        """True if its state is final."""
        return self.record.status.state in FINAL_STATES

    @property
    def result(self) -> RunResult:
        """Its result."""
        if self.record.result is None or not self.is_over:
            message = f"The run has not ended: it is {self.status.state}."
            raise ServiceError(409, "run_not_ended", message)
        return self.record.result

    def restart(self) -> None:
        """Queue it again, after the end of the process has interrupted it."""
        self.record.status = RunStatus(run_id=self.run_id, state=RunState.QUEUED)
        self._log.clear()

    def start(self) -> None:
        self.record.status = RunStatus(run_id=self.run_id, state=RunState.RUNNING, started_at=now())

    def emit(self, type_: RunEventType, data: dict[str, Any]) -> None:
        """Append an event."""
        self._log.append(self._event(len(self.record.events), type_, data))

    def end(
        self,
        state: RunState,
        *,
        output: dict[str, Any] | None = None,
        error: Error | None = None,
        usage: dict[str, Any] | None = None,
    ) -> None:
        """End the run, unless it has ended. If that cannot be saved, it does not end."""
        if self.is_over:
            return
        events = list(self._log.events)
        if error is not None:
            data = {"error": error.to_dict()}
            events.append(self._event(len(events), RunEventType.ERROR, data))
        final = (
            {"state": state.value} if output is None else {"state": state.value, "output": output}
        )
        events.append(self._event(len(events), RunEventType.FINAL, final))
        ok = state == RunState.SUCCEEDED
        result = RunResult(run_id=self.run_id, ok=ok, output=output, error=error, usage=usage)
        status = msgspec.structs.replace(self.status, state=state, ended_at=now())
        record = RunRecord(self.record.request, status, result, events)
        self._save(record)
        last, record.events = events[len(self._log.events) :], self._log.events
        self.record = record
        self._log.close(last)

    def _event(self, seq: int, type_: RunEventType, data: dict[str, Any]) -> RunEvent:
        return RunEvent(run_id=self.run_id, seq=seq, type=type_, time=now(), data=data)

    def follow(self, last_event_id: str | None = None) -> AsyncIterator[RunEvent]:
        """Yield its events as they happen, until it ends."""
        return self._log.follow(last_event_id)


class RunStore:
    """The runs of one runtime."""

    def __init__(self, scope: str, store: Store) -> None:
        self._kind = f"run:{scope}"
        self._store = store
        self._runs = {
            run_id: Run(record, self._save) for run_id, record in store.all(self._kind, RunRecord)
        }

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs.values())

    def get(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    def new(self, run_id: str, request: RunRequest) -> Run:
        """Save a new run, in the state `queued`."""
        run = Run(RunRecord(request, RunStatus(run_id=run_id, state=RunState.QUEUED)), self._save)
        self._save(run.record)
        return run

    def add(self, run: Run) -> None:
        """Add a run that has been saved."""
        self._runs[run.run_id] = run

    def _save(self, record: RunRecord) -> None:
        self._store.put(self._kind, record.status.run_id, msgspec.json.encode(record))
