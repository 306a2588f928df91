"""The workflows of a client as steps, which each kind of client drives in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from arp_sdk.core._call.effects import Steps
from arp_sdk.core._contract.workflows import Invocable, Leasable, LongRunning
from arp_sdk.core._options import Options

from .leases import create_steps, ready_steps
from .long_running import follow_steps, run_steps, wait_steps
from .polling import Waiting
from .steps import Caller
from .tools import KnownTools, dispatch_steps, index_steps, invoke_steps, validate_steps

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class ClientSteps:
    """The steps of a client's workflows, with the client's options."""

    _known: KnownTools
    _options: Options

    @property
    def _caller(self) -> Caller:
        raise NotImplementedError

    def _wait(
        self,
        work: LongRunning[S, R],
        id_: str,
        timeout: float | None,
        on_update: Callable[[S], None] | None,
        max_interval: float,
        wait: str = "polls",
    ) -> Steps[S]:
        waiting = Waiting.of(self._options, timeout, on_update, max_interval, wait)
        return wait_steps(self._caller, work, id_, waiting)

    def _run(
        self,
        work: LongRunning[S, R],
        request: Any,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        on_update: Callable[[S], None] | None,
        resume: bool = False,
        wait: str = "polls",
        on_event: Callable[[Any], None] | None = None,
    ) -> Steps[R]:
        waiting = Waiting.of(self._options, timeout, on_update, wait=wait, on_event=on_event)
        return run_steps(self._caller, work, request, waiting, cancel_on_timeout, check, resume)

    def _finish(
        self, work: LongRunning[S, R], id_: str, timeout: float | None, check: bool
    ) -> Steps[R]:
        # Whoever follows work reads its events already.
        waiting = Waiting.of(self._options, timeout, wait="events")
        return follow_steps(self._caller, work, id_, waiting, check)

    def _ready(
        self,
        lease: Leasable[T],
        id_: str,
        timeout: float | None,
        on_update: Callable[[Any], None] | None,
    ) -> Steps[T]:
        waiting = Waiting.of(self._options, timeout, on_update)
        caller = self._caller
        return ready_steps(caller, lease, id_, waiting, waiting.deadline(caller.clock))

    def _create(self, lease: Leasable[T], body: Any, timeout: float | None) -> Steps[list[T]]:
        return create_steps(self._caller, lease, body, Waiting.of(self._options, timeout))

    def _invoke_named(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> Steps[dict[str, Any]]:
        return invoke_steps(self._caller, invocable, tool, arguments, self._known)

    def _dispatch(self, invocable: Invocable[T], call: object) -> Steps[dict[str, Any]]:
        return dispatch_steps(self._caller, invocable, call, self._known)

    def _validate_arguments(
        self, invocable: Invocable[T], tool: str | T, arguments: Mapping[str, Any]
    ) -> Steps[None]:
        return validate_steps(self._caller, invocable, tool, arguments)

    def _definitions(self, invocable: Invocable[T]) -> Steps[dict[str, T]]:
        return index_steps(self._caller, invocable)
