"""A run as the daemon knows it: one that an instance of its own executes, or one elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec

from arp_sdk.models import RunResult, RunStatus, TraceEvent
from arp_sdk.sandbox._runtime.run import FINAL_STATES, Run
from arp_sdk.sandbox._runtime.service import result_of

from .runtime_proxy import RemoteRuntime
from .trace import trace_of


class SubmissionRecord(msgspec.Struct):
    """What is kept of a submission.

    Attributes:
        instance_id: The instance that the run was sent to, or None for one that has no name here.
        endpoint: Where the run is, or None where an instance of the daemon's own executes it.
        status: Where a run elsewhere stood when the daemon last saw it.
        result: What came of it, if that is known.
    """

    instance_id: str | None
    endpoint: str | None = None
    status: RunStatus | None = None
    result: RunResult | None = None


class Submission(ABC):
    """A run that was submitted to the daemon."""

    def __init__(self, record: SubmissionRecord) -> None:
        self.record = record

    @abstractmethod
    def known(self) -> RunStatus:
        """Where it stands, as the daemon last saw it."""

    @abstractmethod
    async def status(self) -> RunStatus:
        """Where it stands."""

    @abstractmethod
    async def result(self) -> RunResult:
        """What came of it."""

    @abstractmethod
    def trace(self) -> list[TraceEvent] | None:
        """What happened in it, or None where nobody knows."""

    def _of_the_daemon(self, status: RunStatus) -> RunStatus:
        return msgspec.structs.replace(status, runtime_instance_id=self.record.instance_id)


class OwnSubmission(Submission):
    """A run of a managed instance."""

    def __init__(self, record: SubmissionRecord, run: Run) -> None:
        super().__init__(record)
        self._run = run

    def known(self) -> RunStatus:
        return self._of_the_daemon(self._run.status)

    async def status(self) -> RunStatus:
        return self.known()

    async def result(self) -> RunResult:
        return result_of(self._run)

    def trace(self) -> list[TraceEvent]:
        return trace_of(self._run)


class RemoteSubmission(Submission):
    """A run of a runtime that somebody else runs.

    Args:
        record: What is known of it.
        remote: How to speak to that runtime.
        save: Called when more is known of it.
    """

    def __init__(
        self, record: SubmissionRecord, remote: RemoteRuntime, save: Callable[[Submission], None]
    ) -> None:
        super().__init__(record)
        self._remote = remote
        self._save = save
        if record.status is None:
            raise ValueError("where the run stands is missing")
        self._status = record.status

    def known(self) -> RunStatus:
        return self._of_the_daemon(self._status)

    async def status(self) -> RunStatus:
        known = self.known()
        if known.state not in FINAL_STATES:
            self._status = self.record.status = await self._remote.status(known.run_id)
            self._save(self)
        return self.known()

    async def result(self) -> RunResult:
        result = self.record.result
        if result is None:
            result = self.record.result = await self._remote.result(self._status.run_id)
            self._save(self)
        return result

    def trace(self) -> None:
        return None
