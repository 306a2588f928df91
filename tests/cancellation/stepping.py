"""A coroutine that is canceled at one of the points where it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from dataclasses import dataclass
from typing import Any, Literal

Moment = Literal["while it waits", "as it goes on"]


@dataclass
class CanceledAt:
    """Await it to run something that cancels its own task when it waits for the n-th time.

    Attributes:
        work: What is run.
        number: Which wait, from 1.
        moment: Whether what is waited for has not come yet, or has just come.
        waits: How many there were so far.
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
            # Called before the task's own callback, which would let it go on.
            awaited.add_done_callback(lambda _: task.cancel())
