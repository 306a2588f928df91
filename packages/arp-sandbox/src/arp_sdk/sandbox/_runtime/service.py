"""The runtime of the sandbox."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator

from arp_sdk.models import Error, RunEvent, RunRequest, RunResult, RunState, RunStatus
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.sandbox._state.state_file import StateFileError
from arp_sdk.server import ServiceError, not_found, unprocessable

from .run import Run, RunStore
from .run_context import RunContext, RunFailedError, Tools
from .script import Scripts, pause

_SAVE_RETRY_SECONDS = 0.5
_logger = logging.getLogger("arp_sdk.sandbox")


class Runtime(RuntimeService):
    """A runtime that executes each run in a task of its own."""

    def __init__(
        self,
        runs: RunStore,
        tools: Tools,
        scripts: Scripts,
        latency: float,
        capacity: int | None = None,
    ) -> None:
        self._runs = runs
        self._tools = tools
        self._scripts = scripts
        self._latency = latency
        self._capacity = capacity
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def load(self) -> int:
        """Number of runs that it executes."""
        return len(self._tasks)

    @property
    def is_busy(self) -> bool:
        """True if it would refuse another run."""
        return self._capacity is not None and self.load >= self._capacity

    def resume(self) -> None:
        """Execute the runs that the end of the last process interrupted."""
        for run in [run for run in self._runs if not run.is_over]:
            run.restart()
            self._execute(run)

    def prepare(self, request: RunRequest) -> Run:
        """Save a new run, or return the one that has its `run_id` already."""
        check_run_id(request.run_id)
        known = None if request.run_id is None else self._runs.get(request.run_id)
        if known is not None:
            return known
        if self.is_busy:
            message = f"The runtime executes {self._capacity} runs at once."
            raise ServiceError(409, "runtime.busy", message)
        return self._runs.new(request.run_id or f"run_{uuid.uuid4().hex}", request)

    def start(self, run: Run) -> None:
        """Start a run that `prepare` has returned, unless it is an older one."""
        if self._runs.get(run.run_id) is None:
            self._runs.add(run)
            self._execute(run)

    async def end(self, error: Error | None = None) -> None:
        """Cancel all runs, or fail them with an error, and accept no more."""
        for run in [run for run in self._runs if run.run_id in self._tasks]:
            self._end(run, RunState.CANCELED if error is None else RunState.FAILED, error)
        self._capacity = 0
        await self.stop()

    async def stop(self) -> None:
        """Interrupt all runs, as the end of the process does."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def create_run(self, body: RunRequest) -> RunStatus:
        run = self.prepare(body)
        self.start(run)
        return run.status

    async def get_run_status(self, run_id: str) -> RunStatus:
        return self._find(run_id).status

    async def get_run_result(self, run_id: str) -> RunResult:
        return self._find(run_id).result

    async def cancel_run(self, run_id: str) -> RunStatus:
        run = self._find(run_id, optional=True)
        if run.is_over:
            message = f"The run has ended already: it is {run.status.state}."
            raise ServiceError(409, "not_cancelable", message)
        self._end(run, RunState.CANCELED)
        return run.status

    async def stream_run_events(
        self, run_id: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[RunEvent]:
        return self._find(run_id, optional=True).follow(last_event_id)

    def _find(self, run_id: str, optional: bool = False) -> Run:
        """Return a run; `optional` says that a 404 of the operation means "not supported"."""
        run = self._runs.get(run_id)
        if run is None:
            message = f"Unknown run_id: {run_id}"
            raise ServiceError(409, "run_unknown", message) if optional else not_found(message)
        return run

    def _end(self, run: Run, state: RunState, error: Error | None = None) -> None:
        run.end(state, error=error)
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
        context = RunContext(run, self._tools, self._latency)
        milliseconds = None if request.limits is None else request.limits.timeout_ms
        output = error = None
        try:
            await asyncio.sleep(self._latency)
            await pause(queued)
            run.start()
            timeout = None if milliseconds is None else milliseconds / 1000
            output = await asyncio.wait_for(plan(context), timeout)
        except RunFailedError as failure:
            error = failure.error
        except asyncio.TimeoutError:
            message = f"The run took longer than {milliseconds} ms."
            error = Error(code="limits.timeout", message=message)
        except Exception as reason:
            _logger.exception("run %r failed", run.run_id)
            error = Error(code="internal_error", message=repr(reason))
        state = RunState.SUCCEEDED if error is None else RunState.FAILED
        while not run.is_over:
            try:
                run.end(state, output=output, error=error, usage=context.usage)
            except StateFileError as reason:
                # Until its end is saved, the run goes on for all who ask.
                _logger.error("run %r cannot end: %s", run.run_id, reason)
                await asyncio.sleep(_SAVE_RETRY_SECONDS)


def check_run_id(run_id: str | None) -> None:
    """Refuse a `run_id` that no URL can name."""
    if run_id in ("", ".", ".."):
        raise unprocessable(f"{run_id!r} cannot be the run_id of a run.")
