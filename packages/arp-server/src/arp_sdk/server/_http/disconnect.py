"""The end of a call whose client has disconnected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from types import CoroutineType, coroutine
from typing import Any, Final

from .request import Receive

GONE: Final[Any] = object()

# Calls that are over by then need no task that waits for the client to disconnect.
_WATCH_AFTER_SECONDS = 0.1


async def disconnected(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


def uncancel(task: asyncio.Task[Any] | None) -> None:
    """Take back the cancellation of a task: only a request is over, not its server or framework."""
    take_back = getattr(task, "uncancel", None)  # Python 3.10 does not count cancellations
    if take_back is not None:
        take_back()


async def until_disconnected(call: Awaitable[Any], receive: Receive) -> Any:
    """Return the result of a call. If the client disconnects, cancel the call and return GONE."""
    if isinstance(call, CoroutineType):
        try:
            call = _rest(call, call.send(None))
        except StopIteration as over:
            return over.value  # It has waited for nothing, and needs no watch.
    return await _watched(call, receive)


@coroutine
def _rest(call: Coroutine[Any, Any, Any], waits_for: Any) -> Generator[Any, Any, Any]:
    """Continue a coroutine that waits for something."""
    try:
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:
                waits_for = call.throw(error)
            else:
                waits_for = call.send(sent)
    except StopIteration as over:
        return over.value


async def _watched(call: Awaitable[Any], receive: Receive) -> Any:
    task = asyncio.current_task()
    watch: asyncio.Task[None] | None = None

    def cancel(done: asyncio.Task[None]) -> None:
        if task is not None and not done.cancelled():
            task.cancel()

    def start() -> None:
        nonlocal watch
        watch = asyncio.get_running_loop().create_task(disconnected(receive))
        watch.add_done_callback(cancel)

    timer = asyncio.get_running_loop().call_later(_WATCH_AFTER_SECONDS, start)
    try:
        return await call
    except asyncio.CancelledError:
        if watch is None or not watch.done() or watch.cancelled() or task is None:
            raise
        uncancel(task)
        return GONE
    finally:
        timer.cancel()
        if watch is not None:
            watch.remove_done_callback(cancel)
            watch.cancel()
