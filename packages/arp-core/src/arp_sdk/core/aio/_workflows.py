"""What the generated clients build on beyond single calls, driven with asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._call.effects import Pause
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Invocable, Leasable, LongRunning, Pageable, Streamed
from arp_sdk.core._workflows.leases import create_flow, delete_flow, ready_flow
from arp_sdk.core._workflows.long_running import Waits, result_flow, run_flow, wait_flow
from arp_sdk.core._workflows.pagination import Page, Walk
from arp_sdk.core._workflows.steps import Flow, Invoke
from arp_sdk.core._workflows.tools import Known, index_flow, invoke_flow, validate_flow

from ._concurrency import AsyncOutcomes, Requests
from ._follow import AsyncFollow
from ._pagination import AsyncPager

if TYPE_CHECKING:
    from arp_sdk.core._workflows.outcomes import Outcome

    from ._stream import AsyncEventStream

Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

_GRACE_SECONDS = 10.0


class AsyncWorkflows(Waits):
    """Paging, waiting, leasing and invoking, on top of a client's single calls."""

    _known: Known

    async def _invoke(self, call: Invoke) -> Any:
        raise NotImplementedError

    def _stream(
        self,
        operation: Operation[T],
        *,
        path: tuple[str, ...] = (),
        headers: Mapping[str, Any] | None = None,
        streamed: Streamed | None = None,
        idle_timeout: float | None = None,
    ) -> AsyncEventStream[T]:
        raise NotImplementedError

    async def _flow(self, flow: Flow[T]) -> T:
        """Do what a flow asks for; throw what goes wrong into it, so that it can clean up."""
        advance: Callable[[Any], Invoke | Pause] = flow.send
        value: Any = None
        while True:
            try:
                effect = advance(value)
            except StopIteration as stop:
                done: T = stop.value
                return done
            try:
                advance, value = flow.send, None
                if isinstance(effect, Pause):
                    await asyncio.sleep(effect.seconds)
                elif effect.answers is None:
                    value = await self._invoke(effect)
                else:
                    value = await self._finish(effect)
            except GeneratorExit:  # the loop is gone: nothing can be awaited any more
                flow.close()
                raise
            except BaseException as error:  # cancellation too: the flow raises it again
                advance, value = flow.throw, error

    async def _finish(self, call: Invoke) -> Any:
        """Call, and if canceled meanwhile, still await what comes of it; canceled again, not."""
        task = asyncio.create_task(self._invoke(call))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            with suppress(Exception):
                await asyncio.wait_for(task, _GRACE_SECONDS)
            raise

    def _pages(
        self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None
    ) -> AsyncPager[T]:
        return AsyncPager(lambda token: Walk(pageable, query, token), self._next_page, token)

    async def _next_page(self, walk: Walk[T]) -> Page[T] | None:
        call = walk.next_call()
        return None if call is None else walk.read(await self._invoke(call))

    async def _wait(
        self,
        work: LongRunning[S, R],
        id_: str,
        timeout: float | None,
        on_update: Callable[[S], None] | None,
        max_interval: float,
    ) -> S:
        waiting = self._waiting(timeout, on_update, max_interval)
        return await self._flow(wait_flow(work, id_, waiting))

    async def _run(
        self,
        work: LongRunning[S, R],
        request: Any,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        on_update: Callable[[S], None] | None,
    ) -> R:
        waiting = self._waiting(timeout, on_update)
        return await self._flow(run_flow(work, request, waiting, cancel_on_timeout, check))

    def _run_many(
        self,
        work: LongRunning[S, R],
        requests: Requests[Q],
        max_concurrency: int,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        on_progress: Callable[[Outcome[Q, R]], None] | None,
    ) -> AsyncOutcomes[Q, R]:
        async def one(request: Q) -> R:
            return await self._run(work, request, timeout, cancel_on_timeout, check, None)

        return AsyncOutcomes(one, requests, max_concurrency, on_progress)

    def _follow(
        self,
        work: LongRunning[S, R],
        id_: str,
        streamed: Streamed | None,
        idle_timeout: float | None,
        timeout: float | None,
        last_event_id: str | None = None,
    ) -> AsyncFollow[Any, R]:
        events = None
        if work.events is not None:
            events = self._stream(
                work.events,
                path=(id_,),
                headers={} if last_event_id is None else {"last_event_id": last_event_id},
                streamed=streamed,
                idle_timeout=idle_timeout,
            )

        async def finish(check: bool) -> R:
            status = await self._flow(wait_flow(work, id_, self._waiting(timeout, None)))
            return await self._flow(result_flow(work, status, check))

        return AsyncFollow(events, finish)

    async def _ready(
        self,
        lease: Leasable[T],
        id_: str,
        timeout: float | None,
        on_update: Callable[[Any], None] | None,
    ) -> T:
        waiting = self._waiting(timeout, on_update)
        return await self._flow(ready_flow(lease, id_, waiting, waiting.deadline()))

    @asynccontextmanager
    async def _lease(
        self, lease: Leasable[T], body: Any, timeout: float | None
    ) -> AsyncIterator[list[T]]:
        things = await self._flow(create_flow(lease, body, self._waiting(timeout, None)))
        try:
            yield things
        except GeneratorExit:
            raise
        except BaseException:
            await self._flow(delete_flow(lease, things, quietly=True))
            raise
        await self._flow(delete_flow(lease, things, quietly=False))

    async def _invoke_named(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        return await self._flow(invoke_flow(invocable, tool, arguments, self._known))

    async def _validate_arguments(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> None:
        await self._flow(validate_flow(invocable, tool, arguments))

    async def _definitions(self, invocable: Invocable[T]) -> dict[str, T]:
        return await self._flow(index_flow(invocable))
