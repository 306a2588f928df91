"""The runs of a service of any line, by the facts that its contract declares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from arp_sdk.cli._contract import Service
from arp_sdk.cli._failure import ExitCode, Problem

from .lines import Line

if TYPE_CHECKING:
    from arp_sdk.core import Outcomes


class Ending(NamedTuple):
    """The end of a run, as its result reports it.

    Attributes:
        ok: True if the run reached its goal.
        output: What it produced, or None.
        reason: The reason of a failure, or an empty string.
    """

    ok: bool
    output: Any
    reason: str


class Runs:
    """The runs of a service.

    Args:
        source: A client of the service that has the results of runs, if that is another one and
            its address is known.
    """

    def __init__(self, line: Line, service: Service, client: Any, source: Any = None) -> None:
        self.line = line
        self._client = client
        # A LongRunning, whose operations have the names of the methods.
        self._work = import_module(f"{service.module}.operations").RUN_WORKFLOW
        self._source = source
        self._options = {self._work.service: source} if source is not None else {}

    @property
    def request_type(self) -> Any:
        """The model of a request."""
        return self._work.submit.body

    @property
    def has_workers(self) -> bool:
        """True if the service leaves the work to others, which also cancel it."""
        return self._work.worker is not None

    def submit(self, request: Any) -> Any:
        """Submit a run, and return its status."""
        return self._call(self._client, self._work.submit, request)

    def status(self, run: str) -> Any:
        """Return the status of a run."""
        return self._call(self._client, self._work.status, run)

    def cancel(self, run: str) -> Any:
        """Request the cancellation of a run, and return its status."""
        return self._call(self._client, self._work.cancel, run)

    def run(self, request: Any, **options: Any) -> Any:
        """Submit a run, wait for it, and return its result, whatever it is."""
        return self._client.run(request, check=False, **self._options, **options)

    def run_many(self, requests: Iterator[Any], **options: Any) -> Outcomes[Any, Any]:
        """Submit many runs, and yield the outcome of each."""
        outcomes: Outcomes[Any, Any] = self._client.run_many(requests, **self._options, **options)
        return outcomes

    def events(self, run: str) -> Iterator[Any]:
        """Yield the events of a run until it ends, as long as there are any."""
        from arp_sdk.errors import ArpError

        # Events are an addition: without them, the service knows how the run ends.
        with suppress(ArpError), self._client.follow(run) as following:
            yield from following

    def wait(self, run: str, on_update: Any = None) -> Any:
        """Wait until a run has ended, and return its last status."""
        return self._client.wait_for_run(run, on_update=on_update)

    def result(self, run: str) -> Any:
        """Return the result of a run that has ended."""
        work = self._work
        if not work.result_id:
            return self._call(self._client, work.result, run)
        status = self.status(run)
        if not work.is_final(status):
            what = f"The run {run} has no result yet: it is {getattr(status, work.state)}."
            raise Problem(what, f"Wait for it: arp watch {run}", ExitCode.REJECTED)
        if work.service and self._source is None:
            return status
        client = self._source or self._client
        return self._call(client, work.result, getattr(status, work.result_id))

    def trace(self, run: str) -> dict[str, Any]:
        """Return a run of ARP 0.3, its node runs as far as they are known, and its events.

        A service that streams the events of a run as they happen does so until the run ends.
        """
        work, client = self._work, self._source
        if not work.service:
            client = self._client
        status = self.status(run)
        with getattr(self._client, work.events.name)(run) as stream:
            events = [*stream]
        nodes = dict.fromkeys(event.node_run_id for event in events if event.node_run_id)
        known = [] if client is None else [self._call(client, work.result, node) for node in nodes]
        return {"run": status, "node_runs": known, "events": events}

    def ending(self, result: Any) -> Ending:
        """Return what a result says about the end of the run."""
        work = self._work
        state = str(getattr(result, work.state, ""))
        ok = getattr(result, work.ok) if work.ok else state in work.succeeded
        return Ending(ok, getattr(result, self.line.output, None), self._reason(result, state))

    def _reason(self, result: Any, state: str) -> str:
        reason: str = self._work.failure(result)
        if not reason and self._work.service and self._source is None:
            slug = self._work.service.replace("_", "-")
            return f"{state}; the {slug} has the reason and the outputs (--{slug}-url of a context)"
        return reason or state or "the service does not say why"

    @staticmethod
    def _call(client: Any, operation: Any, argument: Any) -> Any:
        return getattr(client, operation.name)(argument)
