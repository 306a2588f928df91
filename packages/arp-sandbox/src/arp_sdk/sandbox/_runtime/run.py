"""One run: where it stands, what came of it, and what has happened in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
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
from arp_sdk.sandbox._http.identity import now

FINAL_STATES = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED})


class RunRecord(msgspec.Struct):
    """What is kept of a run."""

    request: RunRequest
    status: RunStatus
    result: RunResult | None = None
    events: list[RunEvent] = []


class Run:
    """A run, from the request on.

    Args:
        record: What is known of it.
        save: Called with it when it has ended, before anybody can see that.
    """

    def __init__(self, record: RunRecord, save: Callable[[Run], None]) -> None:
        self.record = record
        self._save = save
        self._news = asyncio.Event()

    @property
    def run_id(self) -> str:
        """Its identifier."""
        return self.record.status.run_id

    @property
    def status(self) -> RunStatus:
        """Where it stands."""
        return self.record.status

    @property
    def is_over(self) -> bool:
        """Whether it has reached a state that it never leaves."""
        return self.record.status.state in FINAL_STATES

    def restart(self) -> None:
        """Let it begin again, after the end of the process has cut it off."""
        self.record.status = RunStatus(run_id=self.run_id, state=RunState.QUEUED)
        self.record.events.clear()

    def start(self) -> None:
        """Let it be running."""
        self.record.status = RunStatus(run_id=self.run_id, state=RunState.RUNNING, started_at=now())

    def emit(self, type_: RunEventType, data: dict[str, Any]) -> None:
        """Let something happen in it, for all who follow it to see."""
        events = self.record.events
        events.append(
            RunEvent(run_id=self.run_id, seq=len(events), type=type_, time=now(), data=data)
        )
        self._tell()

    def end(
        self,
        state: RunState,
        *,
        output: dict[str, Any] | None = None,
        error: Error | None = None,
        usage: dict[str, Any] | None = None,
    ) -> None:
        """Let it be over, unless it is already."""
        if self.is_over:
            return
        if error is not None:
            self.emit(RunEventType.ERROR, {"error": error.to_dict()})
        status = self.record.status
        self.record.result = RunResult(
            run_id=self.run_id,
            ok=state == RunState.SUCCEEDED,
            output=output,
            error=error,
            usage=usage,
        )
        outcome = {"state": state.value, "output": output}
        self.emit(
            RunEventType.FINAL,
            {name: value for name, value in outcome.items() if value is not None},
        )
        self.record.status = msgspec.structs.replace(status, state=state, ended_at=now())
        self._save(self)
        self._tell()

    async def follow(self, after: int = -1) -> AsyncIterator[RunEvent]:
        """Its events as they happen, until it is over.

        Args:
            after: The `seq` of the last event that is not wanted any more.
        """
        position = after + 1
        while True:
            news = self._news
            events = self.record.events
            while position < len(events):
                yield events[position]
                position += 1
            if self.is_over:
                return
            # A client may have seen events that a restart has undone: its position lies beyond.
            if position >= len(self.record.events) and news is self._news:
                await news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
