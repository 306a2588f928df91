"""What the generated clients build on beyond single calls, driven with threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._call.effects import Pause
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Invocable, Leasable, LongRunning, Pageable, Streamed
from arp_sdk.core._workflows.leases import create_flow, delete_flow, ready_flow
from arp_sdk.core._workflows.long_running import Waits, result_flow, run_flow, wait_flow
from arp_sdk.core._workflows.outcomes import Outcome, lacks_events
from arp_sdk.core._workflows.pagination import Page, Walk
from arp_sdk.core._workflows.steps import Flow, Invoke
from arp_sdk.core._workflows.tools import Known, index_flow, invoke_flow, validate_flow
from arp_sdk.errors import ArpApiError

from ._concurrency import Outcomes
from ._follow import Follow
from ._pagination import Pager

if TYPE_CHECKING:
    from ._stream import EventStream

Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Workflows(Waits):
    """Paging, waiting, leasing and invoking, on top of a client's single calls."""

    _known: Known

    def _invoke(self, call: Invoke) -> Any:
        raise NotImplementedError

    def _stream(
        self,
        operation: Operation[T],
        *,
        path: tuple[str, ...] = (),
        headers: Mapping[str, Any] | None = None,
        streamed: Streamed | None = None,
        idle_timeout: float | None = None,
    ) -> EventStream[T]:
        raise NotImplementedError

    def _flow(self, flow: Flow[T], sleep: Callable[[float], None] = time.sleep) -> T:
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
                    sleep(effect.seconds)
                else:
                    value = self._invoke(effect)
            except BaseException as error:  # Ctrl-C too: the flow raises it again
                advance, value = flow.throw, error

    def _pages(
        self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None
    ) -> Pager[T]:
        return Pager(lambda token: Walk(pageable, query, token), self._next_page, token)

    def _next_page(self, walk: Walk[T]) -> Page[T] | None:
        call = walk.next_call()
        return None if call is None else walk.read(self._invoke(call))

    def _wait(
        self,
        work: LongRunning[S, R],
        id_: str,
        timeout: float | None,
        on_update: Callable[[S], None] | None,
        max_interval: float,
    ) -> S:
        return self._flow(wait_flow(work, id_, self._waiting(timeout, on_update, max_interval)))

    def _run(
        self,
        work: LongRunning[S, R],
        request: Any,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        on_update: Callable[[S], None] | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> R:
        waiting = self._waiting(timeout, on_update)
        return self._flow(run_flow(work, request, waiting, cancel_on_timeout, check), sleep)

    def _run_many(
        self,
        work: LongRunning[S, R],
        requests: Iterable[Q],
        max_concurrency: int,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        on_progress: Callable[[Outcome[Q, R]], None] | None,
    ) -> Outcomes[Q, R]:
        def one(request: Q, sleep: Callable[[float], None]) -> R:
            return self._run(work, request, timeout, cancel_on_timeout, check, None, sleep)

        return Outcomes(one, requests, max_concurrency, on_progress)

    def _follow(
        self,
        work: LongRunning[S, R],
        id_: str,
        streamed: Streamed | None,
        idle_timeout: float | None,
        timeout: float | None,
        last_event_id: str | None = None,
    ) -> Follow[Any, R]:

        def stream() -> EventStream[Any] | None:
            if work.events is None:
                return None
            try:
                return self._stream(
                    work.events,
                    path=(id_,),
                    headers={} if last_event_id is None else {"last_event_id": last_event_id},
                    streamed=streamed,
                    idle_timeout=idle_timeout,
                )
            except ArpApiError as error:
                if not lacks_events(error):
                    raise
                return None

        def finish(check: bool) -> R:
            status = self._flow(wait_flow(work, id_, self._waiting(timeout, None)))
            return self._flow(result_flow(work, status, check))

        return Follow(stream(), finish)

    def _ready(
        self,
        lease: Leasable[T],
        id_: str,
        timeout: float | None,
        on_update: Callable[[Any], None] | None,
    ) -> T:
        waiting = self._waiting(timeout, on_update)
        return self._flow(ready_flow(lease, id_, waiting, waiting.deadline()))

    @contextmanager
    def _lease(self, lease: Leasable[T], body: Any, timeout: float | None) -> Iterator[list[T]]:
        things = self._flow(create_flow(lease, body, self._waiting(timeout, None)))
        try:
            yield things
        except BaseException:
            self._flow(delete_flow(lease, things, quietly=True))
            raise
        self._flow(delete_flow(lease, things, quietly=False))

    def _invoke_named(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        return self._flow(invoke_flow(invocable, tool, arguments, self._known))

    def _validate_arguments(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> None:
        self._flow(validate_flow(invocable, tool, arguments))

    def _definitions(self, invocable: Invocable[T]) -> dict[str, T]:
        return self._flow(index_flow(invocable))
