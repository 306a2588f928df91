"""The methods behind the workflows of the generated synchronous clients."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._call.effects import Steps
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Invocable, Leasable, LongRunning, Pageable, Streamed
from arp_sdk.core._options import Options
from arp_sdk.core._workflows.leases import create_steps, ready_steps, release_steps
from arp_sdk.core._workflows.long_running import (
    Waiting,
    follow_steps,
    lacks_events,
    run_steps,
    wait_steps,
)
from arp_sdk.core._workflows.outcomes import Outcome
from arp_sdk.core._workflows.pagination import PageCursor
from arp_sdk.core._workflows.steps import Caller
from arp_sdk.core._workflows.tools import KnownTools, index_steps, invoke_steps, validate_steps
from arp_sdk.errors import ArpApiError

from ._concurrency import Outcomes
from ._driver import Sleep
from ._follow import Follow
from ._pagination import Pager

if TYPE_CHECKING:
    from ._stream import EventStream

Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Workflows:
    """Work that takes several calls."""

    _known: KnownTools
    _options: Options

    @property
    def _caller(self) -> Caller:
        raise NotImplementedError

    def _drive(self, steps: Steps[T], sleep: Sleep = time.sleep) -> T:
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

    def _pages(
        self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None
    ) -> Pager[T]:
        return Pager(
            lambda token: PageCursor(pageable, query, token),
            lambda cursor: self._drive(cursor.next_page(self._caller)),
            token,
        )

    def _wait(
        self,
        work: LongRunning[S, R],
        id_: str,
        timeout: float | None,
        on_update: Callable[[S], None] | None,
        max_interval: float,
    ) -> S:
        waiting = Waiting.of(self._options, timeout, on_update, max_interval)
        return self._drive(wait_steps(self._caller, work, id_, waiting))

    def _run(
        self,
        work: LongRunning[S, R],
        request: Any,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        on_update: Callable[[S], None] | None,
    ) -> R:
        waiting = Waiting.of(self._options, timeout, on_update)
        return self._drive(
            run_steps(self._caller, work, request, waiting, cancel_on_timeout, check)
        )

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
        waiting = Waiting.of(self._options, timeout)

        def run(request: Q, sleep: Sleep) -> R:
            steps = run_steps(self._caller, work, request, waiting, cancel_on_timeout, check)
            return self._drive(steps, sleep)

        return Outcomes(run, requests, max_concurrency, on_progress)

    def _follow(
        self,
        work: LongRunning[S, R],
        id_: str,
        streamed: Streamed | None,
        idle_timeout: float | None,
        timeout: float | None,
        last_event_id: str | None = None,
    ) -> Follow[Any, R]:
        def finish(check: bool) -> R:
            waiting = Waiting.of(self._options, timeout)
            return self._drive(follow_steps(self._caller, work, id_, waiting, check))

        events: EventStream[Any] | None = None
        if work.events is not None:
            try:
                events = self._stream(
                    work.events,
                    path=(id_,),
                    headers={} if last_event_id is None else {"last_event_id": last_event_id},
                    streamed=streamed,
                    idle_timeout=idle_timeout,
                )
            except ArpApiError as error:
                if not lacks_events(error):
                    raise
        return Follow(events, finish)

    def _ready(
        self,
        lease: Leasable[T],
        id_: str,
        timeout: float | None,
        on_update: Callable[[Any], None] | None,
    ) -> T:
        waiting = Waiting.of(self._options, timeout, on_update)
        caller = self._caller
        return self._drive(ready_steps(caller, lease, id_, waiting, waiting.deadline(caller.clock)))

    @contextmanager
    def _lease(self, lease: Leasable[T], body: Any, timeout: float | None) -> Iterator[list[T]]:
        waiting = Waiting.of(self._options, timeout)
        caller = self._caller
        resources = self._drive(create_steps(caller, lease, body, waiting))
        try:
            yield resources
        except BaseException:
            self._drive(release_steps(caller, lease, resources, quietly=True))
            raise
        self._drive(release_steps(caller, lease, resources, quietly=False))

    def _invoke_named(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        return self._drive(invoke_steps(self._caller, invocable, tool, arguments, self._known))

    def _validate_arguments(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> None:
        self._drive(validate_steps(self._caller, invocable, tool, arguments))

    def _definitions(self, invocable: Invocable[T]) -> dict[str, T]:
        return self._drive(index_steps(self._caller, invocable))
