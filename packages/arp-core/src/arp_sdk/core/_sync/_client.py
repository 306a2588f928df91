"""The base of the synchronous clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._auth import Auth, Provider
from arp_sdk.core._base_client import BaseClient
from arp_sdk.core._call.effects import Steps
from arp_sdk.core._call.response import read_raw_response, read_response
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Leasable, LongRunning, Pageable, Streamed
from arp_sdk.core._http import clock
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.core._late import late
from arp_sdk.core._workflows.events import lacks_events
from arp_sdk.core._workflows.leases import release_steps
from arp_sdk.core._workflows.outcomes import Outcome, check_concurrency
from arp_sdk.core._workflows.pagination import PageCursor
from arp_sdk.errors import ArpError

from ._closing import Closing
from ._concurrency import Outcomes
from ._driver import Sleep, drive
from ._follow import Follow
from ._pagination import Pager
from ._stream import EventStream

if TYPE_CHECKING:
    from requests import Session

    from ._requests.connections import Connections

    _Base = BaseClient[Auth, Session]
else:
    _Base = BaseClient  # `requests` takes long to import: making a client does it

__getattr__ = late(Session="requests", Connections="arp_sdk.core._sync._requests.connections")


Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Client(_Base, Closing):
    """A client of one service. Threads may share it.

    Every method sends a request, retries where that is safe and may help, and returns a model or
    raises an `arp_sdk.errors.ArpError`.
    """

    _connections: Connections  # pyright: ignore[reportIncompatibleVariableOverride]
    _provider = Provider

    def close(self) -> None:
        """Close the connections of this client and of all clients that share them."""
        self._connections.close()

    def _library(self) -> str:
        from requests.__version__ import __version__

        return f"requests/{__version__}"

    def _new_transport(self, **settings: Any) -> Connections:
        from ._requests.connections import Connections

        return Connections(**settings)

    def _drive(self, steps: Steps[T], sleep: Sleep = clock.sleep) -> T:
        return drive(steps, self._connections, sleep)

    def _call(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> T:
        steps = self._call_steps(operation, path, query, headers, body)
        value: T = read_response(self._drive(steps))
        return value

    def _call_raw(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> RawResponse[T]:
        steps = self._call_steps(operation, path, query, headers, body)
        return read_raw_response(self._drive(steps))

    def _stream(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        streamed: Streamed | None = None,
        idle_timeout: float | None = None,
    ) -> EventStream[Any]:
        state = self._stream_state(operation, path, query, headers, body, streamed, idle_timeout)
        return EventStream(state, self._drive)

    def _pages(
        self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None
    ) -> Pager[T]:
        return Pager(
            lambda token: PageCursor(pageable, query, token),
            lambda cursor: self._drive(cursor.next_page(self._caller)),
            token,
        )

    def _run_many(
        self,
        work: LongRunning[S, R],
        requests: Iterable[Q],
        max_concurrency: int,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        resume: bool,
        on_progress: Callable[[Outcome[Q, R]], None] | None,
        wait: str = "polls",
    ) -> Outcomes[Q, R]:
        check_concurrency(max_concurrency, max_concurrency)

        def run(request: Q, sleep: Sleep) -> R:
            steps = self._run(work, request, timeout, cancel_on_timeout, check, None, resume, wait)
            return self._drive(steps, sleep)

        return Outcomes(run, requests, max_concurrency, on_progress)

    def _follow(
        self,
        work: LongRunning[S, R],
        id_: str,
        idle_timeout: float | None,
        timeout: float | None,
        last_event_id: str | None = None,
    ) -> Follow[Any, R]:
        def finish(check: bool) -> R:
            return self._drive(self._finish(work, id_, timeout, check))

        events: EventStream[Any] | None = None
        state = self._events_of(work, id_, idle_timeout, timeout, last_event_id)
        try:
            events = None if state is None else EventStream(state, self._drive)
        except ArpError as error:
            if not lacks_events(work, error):
                raise
        return Follow(events, finish)

    @contextmanager
    def _lease(self, lease: Leasable[T], body: Any, timeout: float | None) -> Iterator[list[T]]:
        resources = self._drive(self._create(lease, body, timeout))
        try:
            yield resources
        except BaseException:
            self._drive(release_steps(self._caller, lease, resources, quietly=True))
            raise
        self._drive(release_steps(self._caller, lease, resources, quietly=False))
