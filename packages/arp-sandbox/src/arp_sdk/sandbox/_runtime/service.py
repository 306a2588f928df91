"""The Runtime of the sandbox."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import AsyncIterator

from arp_sdk.models import Error as ErrorModel
from arp_sdk.models import (
    Health,
    RunEvent,
    RunRequest,
    RunResult,
    RunState,
    RunStatus,
    VersionInfo,
)
from arp_sdk.sandbox._generated import RuntimeService
from arp_sdk.sandbox._http.events import Event
from arp_sdk.sandbox._http.identity import healthy, version_of
from arp_sdk.sandbox._http.service_error import ServiceError, not_found, unprocessable

from .run import Run
from .run_context import RunFailedError, Session, Tools
from .run_store import RunBook
from .script import Scripts, pause

_logger = logging.getLogger("arp_sdk.sandbox")


class Runtime(RuntimeService):
    """Executes runs, each in a task of its own.

    Args:
        book: Its runs.
        tools: What the runs may call.
        scripts: What the runs do.
        latency: Seconds that a run waits, and that each of its events takes.
        capacity: How many runs it executes at once; it refuses more. None is no bound.
    """

    def __init__(
        self,
        book: RunBook,
        tools: Tools,
        scripts: Scripts,
        latency: float,
        capacity: int | None = None,
    ) -> None:
        self._book = book
        self._tools = tools
        self._scripts = scripts
        self._latency = latency
        self._capacity = capacity
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether it would refuse another run."""
        return self._capacity is not None and len(self._tasks) >= self._capacity

    def resume(self) -> None:
        """Execute the runs that the end of the last process has cut off."""
        for run in [run for run in self._book if not run.is_over]:
            run.restart()
            self._execute(run)

    def accept(self, request: RunRequest) -> Run:
        """Take a run on, or return the one that has its identifier already.

        Raises:
            ServiceError: If it cannot have this identifier, or if as many runs are going on as
                there may be.
        """
        check_run_id(request.run_id)
        known = None if request.run_id is None else self._book.get(request.run_id)
        if known is not None:
            return known
        if self.is_busy:
            raise ServiceError(409, "runtime.busy", f"{self._capacity} runs are going on already.")
        run = self._book.accept(request.run_id or f"run_{uuid.uuid4().hex}", request)
        self._execute(run)
        return run

    def find(self, run_id: str) -> Run:
        """The run with this identifier.

        Raises:
            ServiceError: If there is none.
        """
        run = self._book.get(run_id)
        if run is None:
            raise not_found(f"Unknown run_id: {run_id}")
        return run

    @property
    def load(self) -> int:
        """How many runs are going on."""
        return len(self._tasks)

    async def end(self, error: ErrorModel | None = None) -> None:
        """Cancel all runs, or let them fail, and take on no more."""
        self._capacity = 0
        for run_id in list(self._tasks):
            if error is None:
                self._cancel(self.find(run_id))
            else:
                self.find(run_id).end(RunState.FAILED, error=error)
        await self.stop()

    async def stop(self) -> None:
        """Cut all runs off, as the end of the process would."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def health(self) -> Health:
        return healthy()

    async def version(self) -> VersionInfo:
        return version_of("runtime")

    async def create_run(self, body: RunRequest) -> RunStatus:
        return self.accept(body).status

    async def get_run_status(self, run_id: str) -> RunStatus:
        return self.find(run_id).status

    async def get_run_result(self, run_id: str) -> RunResult:
        return result_of(self.find(run_id))

    async def cancel_run(self, run_id: str) -> RunStatus:
        run = self._find_for_optional_operation(run_id)
        if run.is_over:
            message = f"The run has ended already: it is {run.status.state}."
            raise ServiceError(409, "not_cancelable", message)
        self._cancel(run)
        return run.status

    async def stream_run_events(
        self, run_id: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[Event[RunEvent]]:
        run = self._find_for_optional_operation(run_id)
        return _events(run, _seen(last_event_id or ""))

    def _find_for_optional_operation(self, run_id: str) -> Run:
        """The run. That it is unknown is no 404: from there, a 404 says "not supported"."""
        run = self._book.get(run_id)
        if run is None:
            raise ServiceError(409, "run_unknown", f"Unknown run_id: {run_id}")
        return run

    def _cancel(self, run: Run) -> None:
        run.end(RunState.CANCELED)
        task = self._tasks.get(run.run_id)
        if task is not None:
            task.cancel()

    def _execute(self, run: Run) -> None:
        task = asyncio.create_task(self._execution(run))
        self._tasks[run.run_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.run_id, None))

    async def _execution(self, run: Run) -> None:
        request = run.record.request
        queued, plan = self._scripts.plan(request.input.goal)
        session = Session(run, self._tools, self._latency)
        milliseconds = None if request.limits is None else request.limits.timeout_ms
        try:
            await asyncio.sleep(self._latency)
            await pause(queued)
            run.start()
            timeout = None if milliseconds is None else milliseconds / 1000
            output = await asyncio.wait_for(plan(session), timeout)
        except RunFailedError as failure:
            run.end(RunState.FAILED, error=failure.error, usage=session.usage)
        except asyncio.TimeoutError:
            message = f"The run took longer than {milliseconds} ms."
            error = ErrorModel(code="limits.timeout", message=message)
            run.end(RunState.FAILED, error=error, usage=session.usage)
        except Exception as reason:
            _logger.exception("the run %s has failed", run.run_id)
            error = ErrorModel(code="internal_error", message=repr(reason))
            run.end(RunState.FAILED, error=error, usage=session.usage)
        else:
            run.end(RunState.SUCCEEDED, output=output, usage=session.usage)


def check_run_id(run_id: str | None) -> None:
    """Refuse identifiers by which nobody could ask for the run.

    Raises:
        ServiceError: If it is empty, or a path segment with a meaning of its own (RFC 3986, 3.3).
    """
    if run_id in ("", ".", ".."):
        raise unprocessable(f"{run_id!r} cannot be the identifier of a run.")


def result_of(run: Run) -> RunResult:
    """What came of a run.

    Raises:
        ServiceError: If it is not over.
    """
    if run.record.result is None or not run.is_over:
        message = f"The run has not ended: it is {run.status.state}."
        raise ServiceError(409, "run_not_ended", message)
    return run.record.result


def _seen(last_event_id: str) -> int:
    """The `seq` that an event id stands for; one that is not ours stands for none."""
    return int(last_event_id) if re.fullmatch(r"[0-9]{1,15}", last_event_id) else -1


async def _events(run: Run, seen: int) -> AsyncIterator[Event[RunEvent]]:
    async for event in run.follow(seen):
        yield Event(event, id=str(event.seq), name=event.type.value)
