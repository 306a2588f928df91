"""A runtime that calls a language model. Run it: uvicorn runtime:application --port 8001

It needs: pip install "arp-runtime[server]" uvicorn
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from arp_sdk.models import (
    Error,
    RunEvent,
    RunEventType,
    RunRequest,
    RunResult,
    RunState,
    RunStatus,
)
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.server import EventLog, ServiceError, app, not_found


async def fake_model(prompt: str) -> AsyncIterator[str]:
    """Stand in for a language model: replace it by a call to yours."""
    if "fail" in prompt:
        raise RuntimeError("the model is overloaded")
    for word in ["You", "said:", *prompt.split()]:
        await asyncio.sleep(0.01)
        yield word


class Run:
    """A run, which works in a task of its own."""

    def __init__(self, run_id: str, goal: str) -> None:
        self.status = RunStatus(run_id=run_id, state=RunState.RUNNING, started_at=now())
        self.result = RunResult(run_id=run_id, ok=False)
        self.events: EventLog[RunEvent] = EventLog()
        self.task = asyncio.create_task(self._work(goal))

    async def _work(self, goal: str) -> None:
        try:
            words = []
            async for word in fake_model(goal):
                words.append(word)
                self.events.append(self._event(RunEventType.TOKEN, {"text": word}))
            self._end(RunState.SUCCEEDED, output={"text": " ".join(words)})
        except asyncio.CancelledError:
            self._end(RunState.CANCELED)
        except Exception as error:
            self._end(RunState.FAILED, error=Error(code="model.failed", message=str(error)))

    def _end(self, state: RunState, **result: Any) -> None:
        ok = state is RunState.SUCCEEDED
        self.result = RunResult(run_id=self.status.run_id, ok=ok, **result)
        self.status = self.status.replace(state=state, ended_at=now())
        self.events.close([self._event(RunEventType.FINAL, {"state": state.value})])

    def _event(self, type_: RunEventType, data: dict[str, Any]) -> RunEvent:
        seq = len(self.events.events)
        return RunEvent(run_id=self.status.run_id, seq=seq, type=type_, time=now(), data=data)


class Runtime(RuntimeService):
    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    async def create_run(self, body: RunRequest) -> RunStatus:
        run_id = body.run_id or f"run_{uuid4().hex}"
        self._runs[run_id] = Run(run_id, body.input.goal)
        return self._runs[run_id].status

    async def get_run_status(self, run_id: str) -> RunStatus:
        return self._find(run_id).status

    async def get_run_result(self, run_id: str) -> RunResult:
        run = self._find(run_id)
        if not run.events.is_closed:
            raise ServiceError(409, "run_not_ended", "The run has not ended.")
        return run.result

    async def cancel_run(self, run_id: str) -> RunStatus:
        run = self._find(run_id)
        run.task.cancel()
        await asyncio.wait([run.task])
        return run.status

    def stream_run_events(
        self, run_id: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[RunEvent]:
        return self._find(run_id).events.follow(last_event_id)

    def _find(self, run_id: str) -> Run:
        if run_id not in self._runs:
            raise not_found(f"There is no run {run_id}.")
        return self._runs[run_id]


def now() -> datetime:
    return datetime.now(timezone.utc)


application = app(Runtime(), auth=None)
