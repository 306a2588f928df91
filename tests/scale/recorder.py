"""A recorder of the requests to a daemon, which it forwards."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.exchanges import exchange
from support.server import Received, Reply, Server, serving

WAIT_SECONDS = 120


class Recorder:
    """A server between clients and a daemon.

    Attributes:
        submitted: The number of submissions of each run, by its id.
        server: The side of the clients.
    """

    def __init__(self, daemon_url: str, server: Server) -> None:
        self.submitted: Counter[str] = Counter()
        self.server = server
        self._daemon_url = daemon_url
        self._changed = threading.Condition()
        self._results = 0
        self._hold_after: float = math.inf
        self._held = 0
        server.plan(self._forward)

    def hold_after(self, results: int) -> None:
        """Hold requests for the status of a run, once so many results were fetched."""
        self._hold_after = results

    def wait_until_held(self, at_least: int) -> None:
        """Wait until so many requests are held."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._held >= at_least, WAIT_SECONDS)

    def release(self) -> None:
        """Respond to all held requests."""
        with self._changed:
            self._hold_after = math.inf
            self._changed.notify_all()

    def _forward(self, request: Received) -> Reply:
        with self._changed:
            if request.method == "POST":
                self.submitted[request.json["run_id"]] += 1
            elif request.target.endswith("/result"):
                self._results += 1
            elif request.target.removeprefix("/v1/runs/") in self.submitted:
                self._held += self._results >= self._hold_after
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._results < self._hold_after, WAIT_SECONDS)
        url = self._daemon_url + request.target
        sent = ("Content-Type", "Authorization")
        headers = {name: request.headers[name] for name in sent if name in request.headers}
        response = exchange(request.method, url, request.body, headers)
        return Reply(
            response.status, response.body, {"Content-Type": response.headers["content-type"]}
        )


@contextmanager
def recording(daemon_url: str) -> Iterator[Recorder]:
    """A recorder in front of a daemon."""
    with serving() as server:
        recorder = Recorder(daemon_url, server)
        try:
            yield recorder
        finally:
            recorder.release()
