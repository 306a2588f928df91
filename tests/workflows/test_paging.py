"""A list is fetched page by page, lazily, and can be resumed."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from arp_sdk.core import Operation, Page, Pageable
from arp_sdk.core._sync._pagination import Pager
from arp_sdk.core._workflows.pagination import CircleGuard, Walk
from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpValidationError
from support.clients import FAST, DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply


def page(ids: list[str], token: str | None) -> Reply:
    runs = [{"run_id": run_id, "state": "succeeded"} for run_id in ids]
    return json_reply({"runs": runs, "pagination": {"next_page_token": token}})


SHARED = pytest.mark.threads_only("the code is shared")


def numbered(total: int) -> Callable[[Received], Reply]:
    """Return a service with the runs 0 to total, whose page tokens are offsets."""

    def respond(request: Received) -> Reply:
        query = parse_qs(urlsplit(request.target).query)
        start = int(query.get("page_token", ["0"])[0])
        end = min(total, start + int(query.get("page_size", ["2"])[0]))
        return page([str(n) for n in range(start, end)], str(end) if end < total else None)

    return respond


def test_pages_are_fetched_as_their_items_are_needed(server: Server) -> None:
    server.plan(numbered(5))
    with DaemonClient(server.url) as daemon:
        pager = daemon.iter_runs(page_size=2)
        assert server.requests == []
        runs = iter(pager)
        assert [next(runs).run_id, next(runs).run_id] == ["0", "1"]
        assert len(server.requests) == 1
        assert [run.run_id for run in runs] == ["2", "3", "4"]
    assert server.targets == [
        "GET /v1/runs?page_size=2",
        "GET /v1/runs?page_size=2&page_token=2",
        "GET /v1/runs?page_size=2&page_token=4",
    ]


def test_a_pager_can_be_iterated_twice(server: Server) -> None:
    server.plan(numbered(3))
    with DaemonClient(server.url) as daemon:
        pager = daemon.iter_runs()
        assert [run.run_id for run in pager] == [run.run_id for run in pager] == ["0", "1", "2"]


def test_a_page_has_a_token_to_resume_from(server: Server) -> None:
    server.plan(numbered(6))
    with DaemonClient(server.url) as daemon:
        first = next(daemon.iter_runs(page_size=4).pages())
        assert ([run.run_id for run in first.items], first.token) == (["0", "1", "2", "3"], None)
        rest = list(daemon.iter_runs(page_size=4).pages(first.next_token))
        assert [(p.token, p.next_token, len(p.items)) for p in rest] == [("4", None, 2)]
        again = daemon.iter_runs(page_size=4, page_token=first.next_token)
        assert [run.run_id for run in again] == ["4", "5"]


@pytest.mark.parametrize("token", [None, ""])
def test_an_empty_token_ends_the_list(server: Server, token: str | None) -> None:
    server.plan(page(["a"], token))
    with DaemonClient(server.url) as daemon:
        assert len(list(daemon.iter_runs())) == 1


def test_a_missing_pagination_ends_the_list(server: Server) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url) as daemon:
        assert list(daemon.iter_runs()) == []


@SHARED
@pytest.mark.parametrize("circle", [1, 2, 7, 100])
@pytest.mark.parametrize("lead", [0, 5])
def test_a_cycle_of_pages_is_an_error(server: Server, circle: int, lead: int) -> None:
    tokens = itertools.chain(
        (f"lead-{n}" for n in range(lead)), itertools.cycle(f"loop-{n}" for n in range(circle))
    )
    server.plan(lambda _: page(["a"], next(tokens)))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpDecodeError, match="circle"):
        for _ in daemon.iter_runs():
            pass
    assert len(server.requests) < 4 * (lead + circle) + 4


def test_an_error_in_the_middle_is_raised_at_its_page(server: Server) -> None:
    server.plan(page(["a"], "t"), error_reply(404))
    with DaemonClient(server.url) as daemon:
        runs = iter(daemon.iter_runs())
        assert next(runs).run_id == "a"
        with pytest.raises(ArpApiError):
            next(runs)


@SHARED
def test_a_page_is_retried(server: Server) -> None:
    server.plan(page(["a"], "t"), error_reply(503), page(["b"], None))
    with DaemonClient(server.url, retries=FAST) as daemon:
        assert [run.run_id for run in daemon.iter_runs()] == ["a", "b"]


@SHARED
def test_a_page_size_out_of_bounds_is_refused(server: Server) -> None:
    with DaemonClient(server.url) as daemon, pytest.raises(ArpValidationError):
        list(daemon.iter_runs(page_size=0))
    assert server.requests == []


@SHARED
def test_memory_is_constant_over_many_items() -> None:
    listed: Pageable[int] = Pageable(Operation("list", "GET", "/", {}), "items", "token", ("next",))

    def fetch(walk: Walk[int]) -> Page[int] | None:
        call = walk.next_call()
        if call is None:
            return None
        start = int((call.query or {})["token"] or 0)
        end = start + 1000
        following = str(end) if end < 200_000 else None
        return walk.read(SimpleNamespace(items=range(start, end), next=following))

    tracemalloc.start()
    try:
        count = sum(1 for _ in Pager(lambda token: Walk(listed, {}, token), fetch))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 200_000
    assert peak < 200_000


@SHARED
def test_the_cycle_guard_has_a_constant_size() -> None:
    guard = CircleGuard()
    for number in range(100_000):
        guard.check(str(number))
    assert len(vars(guard)) == 3
