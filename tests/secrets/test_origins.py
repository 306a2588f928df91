"""The rule of credentials as a property: they reach the origin that they were given for."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arp_sdk.daemon import operations
from arp_sdk.errors import ArpError
from support.clients import DaemonClient
from support.server import Received, Reply, Server, json_reply, serving

TOKEN, HEADER, HOOKED, WORKER = "t0ken-own", "header-own", "hooked-own", "t0ken-worker"
CANCEL: Any = operations.RUN_WORKFLOW.cancel
HOPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from((301, 302, 303, 307, 308))), max_size=4
)
CHAINS = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(serving()) for _ in range(3)]


class Chain:
    """A chain of redirects between servers, and what each request carried.

    Args:
        first: The server that is asked.
        hops: The server and the status of each redirect.
    """

    def __init__(
        self, servers: list[Server], first: int, hops: list[tuple[int, int]], final: Reply
    ) -> None:
        self._steps = iter([first, *(server for server, _ in hops)])
        self._redirects = iter(hops)
        self.seen: list[tuple[int, Received]] = []
        self._servers = servers
        self._final = final
        for server in servers:
            server.plan(self)

    def __call__(self, request: Received) -> Reply:
        self.seen.append((next(self._steps), request))
        target, status = next(self._redirects, (None, 0))
        if target is None:
            return self._final
        number = len(self.seen)
        url = f"{self._servers[target].url}/hop/{number}?secret=x"
        return Reply(status, b"", {"Location": url})

    def leaks(self, *secrets: str) -> list[str]:
        """Return the secrets that were sent once the chain had left the server that was asked."""
        origin = self.seen[0][0]
        abroad = itertools.dropwhile(lambda step: step[0] == origin, self.seen)
        return [
            f"{secret} at server {server}"
            for server, request in abroad
            for secret in secrets
            if any(secret in value for value in request.headers.values())
        ]


def hook(request: Any) -> None:
    request.headers["X-Hooked"] = HOOKED


@pytest.mark.parametrize("method", ["get", "post"])
@CHAINS
@given(hops=HOPS)
def test_no_credential_leaves_its_origin_in_a_chain_of_redirects(
    servers: list[Server], method: str, hops: list[tuple[int, int]]
) -> None:
    chain = Chain(servers, 0, hops, json_reply({"runs": []}))
    with (
        DaemonClient(
            servers[0].url,
            auth=TOKEN,
            headers={"X-Mine": HEADER},
            on_request=hook,
            allow_cross_origin_redirects=True,
            retries=0,
        ) as daemon,
        contextlib.suppress(ArpError),
    ):
        if method == "get":
            daemon.list_runs()
        else:
            daemon.submit_run({"run_id": "r", "input": {"goal": "g"}})  # type: ignore[arg-type]
    _, first = chain.seen[0]
    assert TOKEN in first.headers["Authorization"]
    assert first.headers["X-Mine"] == HEADER
    assert first.headers["X-Hooked"] == HOOKED
    assert chain.leaks(TOKEN, HEADER, HOOKED) == []


@pytest.mark.threads_only("takes the steps of one call, which both kinds of clients share")
@CHAINS
@given(hops=HOPS)
def test_a_worker_gets_its_own_credentials_and_no_others(
    servers: list[Server], hops: list[tuple[int, int]]
) -> None:
    final = json_reply({"run_id": "r", "state": "canceled"})
    chain = Chain(servers, 1, hops, final)
    with DaemonClient(
        servers[0].url,
        auth=TOKEN,
        worker_auth=WORKER,
        headers={"X-Mine": HEADER},
        on_request=hook,
        allow_cross_origin_redirects=True,
        retries=0,
    ) as daemon:
        steps = daemon._invoke(CANCEL, ("r",), base_url=servers[1].url)
        with contextlib.suppress(ArpError):
            daemon._drive(steps)
    assert WORKER in chain.seen[0][1].headers["Authorization"]
    assert chain.leaks(WORKER) == []
    for _, request in chain.seen:
        assert not {TOKEN, HEADER, HOOKED} & set(request.headers.values())
        assert request.headers.get("Authorization") != f"Bearer {TOKEN}"
