"""A coroutine that is canceled at one of its awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from dataclasses import dataclass
from typing import Any, Literal

Moment = Literal["while it waits", "as it goes on"]


@dataclass
class CanceledAt:
    """An awaitable that cancels its own task when it waits for the n-th time.

    Attributes:
        number: The number of the await, from 1.
        moment: Before the awaited result is there, or just after.
        waits: The number of awaits so far.
    """

    work: Awaitable[Any]
    number: int
    moment: Moment
    waits: int = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self.work.__await__()
        error: BaseException | None = None
        while True:
            try:
                awaited = next(steps) if error is None else steps.throw(error)
            except StopIteration as stop:
                return stop.value
            self.waits += 1
            if self.waits == self.number:
                self._cancel(awaited)
            error = None
            try:
                yield awaited
            except BaseException as thrown:
                error = thrown

    def _cancel(self, awaited: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        if awaited is None or self.moment == "while it waits":
            task.cancel()
        else:
            # Called before the task's own callback, which would resume it.
            awaited.add_done_callback(lambda _: task.cancel())
