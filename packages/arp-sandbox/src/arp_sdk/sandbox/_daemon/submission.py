"""Runs that were submitted to the daemon: its own instances execute them, or other runtimes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from arp_sdk.models import (
    RunEventType,
    RunResult,
    RunState,
    RunStatus,
    TraceEvent,
    TraceLevel,
)
from arp_sdk.sandbox._runtime.run import FINAL_STATES, Run
from arp_sdk.sandbox._state.state_file import StateFileError

from .instance import RemoteRuntime


class SubmissionRecord(msgspec.Struct):
    """The stored form of a submission.

    Attributes:
        instance_id: The instance that the run was sent to, or None if it is not one of the daemon.
        endpoint: URL of the runtime, or None for a managed instance.
        status: Last known status of a run elsewhere.
        result: Result of a run elsewhere, if it is known.
    """

    instance_id: str | None
    endpoint: str | None = None
    status: RunStatus | None = None
    result: RunResult | None = None


class ManagedSubmission:
    """A run of a managed instance."""

    def __init__(self, record: SubmissionRecord, run: Run) -> None:
        self.record = record
        self.run = run

    @property
    def last_status(self) -> RunStatus:
        """Its status, which is always current."""
        return _with_instance(self.run.status, self.record)

    async def status(self) -> RunStatus:
        return self.last_status

    async def result(self) -> RunResult:
        return self.run.result

    def trace(self) -> list[TraceEvent]:
        """Return the events of the run, without the pieces of text."""
        run_id, status, record = self.run.run_id, self.run.status, self.run.record
        entries: list[tuple[datetime, str, dict[str, Any] | None]] = []
        if status.started_at is not None:
            entries.append((status.started_at, "flow_started", {"goal": record.request.input.goal}))
        for event in record.events:
            if event.type == RunEventType.FINAL:
                entries.append((event.time, "flow_completed", {"status": status.state.value}))
            elif event.type != RunEventType.TOKEN:
                entries.append((event.time, event.type.value, event.data))
        errors = {"error", "flow_completed"} if status.state == RunState.FAILED else {"error"}
        return [
            TraceEvent(
                run_id=run_id,
                seq=seq,
                time=time,
                level=TraceLevel.ERROR if type_ in errors else TraceLevel.INFO,
                type=type_,
                data=data,
            )
            for seq, (time, type_, data) in enumerate(entries)
        ]


class RemoteSubmission:
    """A run of a runtime that somebody else runs."""

    def __init__(
        self,
        record: SubmissionRecord,
        remote: RemoteRuntime,
        save: Callable[[RemoteSubmission], None],
    ) -> None:
        if record.status is None:
            raise ValueError("a submission to another runtime has a status")
        self.record = record
        self._remote = remote
        self._save = save
        self._status = record.status

    @property
    def last_status(self) -> RunStatus:
        """Its status, as last seen."""
        return _with_instance(self._status, self.record)

    async def status(self) -> RunStatus:
        if self._status.state not in FINAL_STATES:
            client = self._remote.client
            self._status = await self._remote.call(client.get_run_status, self._status.run_id)
            self.record.status = self._status
            # The other runtime has it: if it is not saved, it is asked again after a restart.
            with suppress(StateFileError):
                self._save(self)
        return self.last_status

    async def result(self) -> RunResult:
        if self.record.result is None:
            client = self._remote.client
            self.record.result = await self._remote.call(client.get_run_result, self._status.run_id)
            with suppress(StateFileError):
                self._save(self)
        return self.record.result

    def trace(self) -> None:
        """Return None: the events of the run are not known."""


Submission = ManagedSubmission | RemoteSubmission


def _with_instance(status: RunStatus, record: SubmissionRecord) -> RunStatus:
    return msgspec.structs.replace(status, runtime_instance_id=record.instance_id)
