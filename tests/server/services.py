"""Services, and servers that run them on real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from arp_sdk.models import RunEvent, RunEventType, RunRequest, RunState, RunStatus
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.server import Application, EventLog, ServiceError, current_request, not_found

TIME = "2026-01-01T00:00:00Z"


def event(run_id: str, seq: int, type_: RunEventType = RunEventType.TOKEN) -> RunEvent:
    return RunEvent.from_dict({"run_id": run_id, "seq": seq, "type": type_.value, "time": TIME})


class Runtime(RuntimeService):
    """A runtime whose runs do nothing, with means to see what a server did to its methods."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.logs: dict[str, EventLog[RunEvent]] = {}
        self.ended: list[str] = []
        self.waiting = threading.Event()
        self.callers: list[object] = []

    async def create_run(self, body: RunRequest) -> RunStatus:
        run_id = body.run_id or "new"
        await asyncio.sleep(0.01)
        self.created.append(run_id)
        self.logs[run_id] = EventLog()
        self.callers.append(current_request().caller)
        return RunStatus(run_id=run_id, state=RunState.RUNNING)

    async def get_run_status(self, run_id: str) -> RunStatus:
        if run_id == "broken":
            return RunStatus(run_id=7, state=RunState.RUNNING)  # type: ignore[arg-type]
        if run_id == "slow":
            self.waiting.set()
            try:
                await asyncio.sleep(3600)
            finally:
                self.ended.append("slow")
        if run_id not in self.logs:
            raise not_found(f"Unknown run_id: {run_id}")
        return RunStatus(run_id=run_id, state=RunState.RUNNING)

    async def stream_run_events(
        self, run_id: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[RunEvent]:
        if run_id == "endless":
            async for each in self._endless():
                yield each
        if run_id not in self.logs:
            raise ServiceError(409, "run_unknown", "The run is unknown.")
        try:
            self.waiting.set()
            async for each in self.logs[run_id].follow(last_event_id):
                yield each
        finally:
            self.ended.append(run_id)

    async def _endless(self) -> AsyncIterator[RunEvent]:
        self.produced = 0
        while True:
            self.produced += 1
            made = event("endless", self.produced)
            made.data = {"text": "x" * 10_000}
            yield made
            await asyncio.sleep(0)


class Served:
    """An application on a loopback port, in an event loop of its own."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self._thread.start()
        self._started.wait()

    async def _main(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        listener = Listener(self._application)
        await listener.start()
        self.url = listener.url
        self._started.set()
        await self._over.wait()
        await listener.close(grace=0)

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call a function in the event loop, and return its result."""

        async def run() -> Any:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join()


@contextmanager
def served(application: Application) -> Iterator[Served]:
    made = Served(application)
    try:
        yield made
    finally:
        made.close()
