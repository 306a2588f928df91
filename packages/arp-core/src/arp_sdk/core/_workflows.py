"""What the generated clients build on beyond single calls, driven with threads."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.errors import ArpApiError, ArpToolError, ArpValidationError

from ._exchange import Pause
from ._flow import Flow, Invoke
from ._leasing import create_flow, delete_flow, ready_flow
from ._many import Outcome, Outcomes
from ._operation import Operation
from ._options import Options
from ._paging import Page, Pager, read_page
from ._patterns import Invocable, Leasable, LongRunning, Pageable, Streamed
from ._waiting import Waiting, result_flow, run_flow, wait_flow

if TYPE_CHECKING:
    from ._follow import Follow
    from ._stream import EventStream

Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Workflows:
    """Paging, waiting, leasing and invoking, on top of a client's single calls."""

    _options: Options
    # The names and ids that were listed, by the operation that invokes them.
    _known: dict[str, tuple[frozenset[str], frozenset[str]]]

    def _invoke(self, call: Invoke) -> Any:
        raise NotImplementedError

    def _stream(
        self,
        operation: Operation[T],
        *,
        path: tuple[str, ...] = (),
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

    def _waiting(
        self,
        timeout: float | None,
        on_update: Callable[[Any], None] | None,
        max_interval: float = 5.0,
    ) -> Waiting:
        return Waiting(timeout, max_interval, self._options.deadline, on_update)

    def _pages(
        self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None
    ) -> Pager[T]:
        def fetch(token: str | None) -> Page[T]:
            given = {**query, pageable.token: token}
            return read_page(pageable, self._invoke(Invoke(pageable.operation, query=given)), token)

        return Pager(fetch, token)

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
    ) -> Follow[Any, R]:
        from ._follow import Follow

        def stream() -> EventStream[Any] | None:
            if work.events is None:
                return None
            try:
                return self._stream(
                    work.events, path=(id_,), streamed=streamed, idle_timeout=idle_timeout
                )
            except ArpApiError as error:
                # Events are optional: 501, and 404 or 405 of services that never heard of them.
                if error.status_code not in (404, 405, 501):
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

    def _list(self, invocable: Invocable[T]) -> list[T]:
        listed: list[T] = self._invoke(Invoke(invocable.list))
        return listed

    def _definitions(self, invocable: Invocable[T]) -> dict[str, T]:
        return {getattr(each, invocable.name): each for each in self._list(invocable)}

    def _invoke_named(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        field, value = self._address(invocable, tool)
        request = {
            invocable.call_id: f"inv_{uuid.uuid4().hex}",
            field: value,
            invocable.arguments: dict(arguments),
        }
        answer = self._invoke(
            Invoke(invocable.invoke, body=invocable.invoke.body.from_dict(request))
        )
        if not getattr(answer, invocable.ok):
            raise _tool_error(answer, getattr(answer, invocable.error, None), value)
        result: dict[str, Any] | None = getattr(answer, invocable.result)
        return {} if result is None else result

    def _address(self, invocable: Invocable[T], tool: str | T) -> tuple[str, str]:
        """The request's property that addresses a tool, and its value."""
        if not isinstance(tool, str):
            return invocable.by_id, getattr(tool, invocable.id)
        # A tool's id and its name look alike; only the list of tools tells them apart.
        known = self._known_ids(invocable, tool)
        return (invocable.by_id if tool in known else invocable.by_name), tool

    def _known_ids(self, invocable: Invocable[T], tool: str) -> frozenset[str]:
        names, ids = self._known.get(invocable.invoke.name, (frozenset(), frozenset()))
        if tool not in names and tool not in ids:
            listed = self._list(invocable)
            names = frozenset(getattr(each, invocable.name) for each in listed)
            ids = frozenset(getattr(each, invocable.id) for each in listed) - names
            self._known[invocable.invoke.name] = names, ids
        return ids

    def _validate_arguments(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> None:
        from ._validation import violation

        definition: Any = tool
        if isinstance(tool, str):
            listed = self._list(invocable)
            by_id = {getattr(each, invocable.id): each for each in listed}
            by_name = {getattr(each, invocable.name): each for each in listed}
            definition = by_name.get(tool) or by_id.get(tool)
            if definition is None:
                raise ArpValidationError("is not listed", subject=f"tool {tool}")
        found = violation(getattr(definition, invocable.schema), dict(arguments))
        if found is not None:
            reason, path = found
            name = getattr(definition, invocable.name)
            raise ArpValidationError(reason, subject=f"arguments of {name}", path=path)


def _tool_error(answer: Any, error: Any, tool: str) -> ArpToolError:
    code = getattr(error, "code", "unknown")
    reason = getattr(error, "message", "the service does not say why")
    return ArpToolError(
        f"tool {tool} failed: {code}: {reason}",
        result=answer,
        code=code,
        retryable=getattr(error, "retryable", None),
    )
