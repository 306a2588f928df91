"""The driver that performs effects and lets other tasks run meanwhile."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import (
    Compute,
    Delegate,
    Effect,
    Finish,
    Pause,
    Read,
    Reauthorize,
    Send,
    Steps,
)
from arp_sdk.core._late import late

from ._auth import renewed, ticket_of

if TYPE_CHECKING:
    from ._aiohttp.connections import AsyncConnections

__getattr__ = late(AsyncConnections="arp_sdk.core.aio._aiohttp.connections")


T = TypeVar("T")

AsyncSleep = Callable[[float], Awaitable[object]]
"""Sleep for some seconds."""


@runtime_checkable
class AsyncDrive(Protocol):
    """Perform the effects that steps ask for, and return their result."""

    async def __call__(self, steps: Steps[T], sleep: AsyncSleep = asyncio.sleep) -> T:
        """Perform them; `sleep` may end early."""
        raise NotImplementedError


_GRACE_SECONDS = 10.0


async def drive(
    steps: Steps[T],
    connections: AsyncConnections,
    sleep: AsyncSleep = asyncio.sleep,
    gate: asyncio.Semaphore | None = None,
) -> T:
    """Perform the effects that steps ask for, and return their result.

    The gate limits the requests in flight of many steps that are driven at once; streams pass.

    Whatever an effect raises, cancellation included, is thrown into the steps, so that they can
    clean up.
    """
    advance: Callable[[Any], Effect] = steps.send
    outcome: Any = None
    used = Credentials()
    try:
        while True:
            try:
                effect = advance(outcome)
            except StopIteration as stop:
                result: T = stop.value
                return result
            advance = steps.send
            try:
                if isinstance(effect, Send):
                    used = await ticket_of(effect.credentials)
                    # A service may send the head of a stream with its first event.
                    if gate is None or effect.stream:
                        outcome = await connections.send(effect, used)
                    else:
                        async with gate:
                            outcome = await connections.send(effect, used)
                elif isinstance(effect, Read):
                    outcome = await effect.body.read()
                elif isinstance(effect, Pause):
                    outcome = await sleep(effect.seconds)
                elif isinstance(effect, Reauthorize):
                    outcome = await renewed(effect.credentials, used)
                elif isinstance(effect, Compute):
                    outcome = await asyncio.to_thread(effect.function)
                elif isinstance(effect, Delegate):
                    outcome = await effect.client._drive(effect.steps, sleep)
                else:
                    outcome = await _finish(effect, connections)
            except GeneratorExit:  # the event loop is gone: nothing can be awaited any more
                raise
            except BaseException as error:
                advance, outcome = steps.throw, error
    finally:
        steps.close()


async def _finish(effect: Finish, connections: AsyncConnections) -> Any:
    """Take steps to their end in a task of their own, which a second cancellation abandons."""

    async def finish() -> Any:
        result = await drive(effect.steps, connections)
        effect.results.append(result)
        return result

    task = asyncio.create_task(finish(), name="arp-finish")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(Exception), _shield():
            await asyncio.wait_for(task, _GRACE_SECONDS)
        raise


def _shield() -> AbstractContextManager[object]:
    """Return a context that the cancel scopes of anyio, which cancel every await, leave alone."""
    anyio = sys.modules.get("anyio")
    return nullcontext() if anyio is None else anyio.CancelScope(shield=True)
