"""A list is walked through page by page, lazily, and can be taken up again."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from arp_sdk.core import Operation, Page, Pageable
from arp_sdk.core._call.effects import Steps
from arp_sdk.core._sync._pagination import Pager
from arp_sdk.core._workflows.pagination import PageCursor
from arp_sdk.core._workflows.steps import Caller
from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpValidationError
from support.clients import DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply


def page(ids: list[str], token: str | None) -> Reply:
    runs = [{"run_id": run_id, "state": "succeeded"} for run_id in ids]
    return json_reply({"runs": runs, "pagination": {"next_page_token": token}})


def numbered(total: int) -> Callable[[Received], Reply]:
    """A service with runs 0 to total, whose page tokens are offsets."""

    def answer(request: Received) -> Reply:
        query = parse_qs(urlsplit(request.target).query)
        start = int(query.get("page_token", ["0"])[0])
        end = min(total, start + int(query.get("page_size", ["2"])[0]))
        return page([str(n) for n in range(start, end)], str(end) if end < total else None)

    return answer


def test_items_come_page_by_page(server: Server) -> None:
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


def test_a_pager_can_be_walked_through_twice(server: Server) -> None:
    server.plan(numbered(3))
    with DaemonClient(server.url) as daemon:
        pager = daemon.iter_runs()
        assert [run.run_id for run in pager] == [run.run_id for run in pager] == ["0", "1", "2"]


def test_pages_have_tokens_to_go_on_with(server: Server) -> None:
    server.plan(numbered(6))
    with DaemonClient(server.url) as daemon:
        first = next(daemon.iter_runs(page_size=4).pages())
        assert ([run.run_id for run in first.items], first.token) == (["0", "1", "2", "3"], None)
        rest = list(daemon.iter_runs(page_size=4).pages(first.next_token))
        assert [(p.token, p.next_token, len(p.items)) for p in rest] == [("4", None, 2)]
        again = daemon.iter_runs(page_size=4, page_token=first.next_token)
        assert [run.run_id for run in again] == ["4", "5"]


@pytest.mark.parametrize("token", [None, ""])
def test_an_empty_token_is_the_end(server: Server, token: str | None) -> None:
    server.plan(page(["a"], token))
    with DaemonClient(server.url) as daemon:
        assert len(list(daemon.iter_runs())) == 1


def test_no_pagination_is_the_end(server: Server) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url) as daemon:
        assert list(daemon.iter_runs()) == []


@pytest.mark.parametrize("circle", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("lead", [0, 1, 5])
def test_a_circle_is_an_error_and_no_endless_loop(server: Server, circle: int, lead: int) -> None:
    tokens = itertools.chain(
        (f"lead-{n}" for n in range(lead)), itertools.cycle(f"loop-{n}" for n in range(circle))
    )
    server.plan(lambda _: page(["a"], next(tokens)))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpDecodeError, match="circle"):
        for _ in daemon.iter_runs():
            pass
    assert len(server.requests) < 4 * (lead + circle) + 4


def test_an_error_in_the_middle_is_raised_there(server: Server) -> None:
    server.plan(page(["a"], "t"), error_reply(404))
    with DaemonClient(server.url) as daemon:
        runs = iter(daemon.iter_runs())
        assert next(runs).run_id == "a"
        with pytest.raises(ArpApiError):
            next(runs)


def test_a_page_is_fetched_again_when_it_fails(server: Server) -> None:
    server.plan(page(["a"], "t"), error_reply(503), page(["b"], None))
    with DaemonClient(server.url) as daemon:
        assert [run.run_id for run in daemon.iter_runs()] == ["a", "b"]


def test_a_size_out_of_bounds_is_refused(server: Server) -> None:
    with DaemonClient(server.url) as daemon, pytest.raises(ArpValidationError):
        list(daemon.iter_runs(page_size=0))
    assert server.requests == []


def test_memory_stays_flat_over_a_million_items() -> None:
    listed: Pageable[int] = Pageable(Operation("list", "GET", "/", {}), "items", "token", ("next",))

    def invoke(*_: Any, query: Mapping[str, Any] | None = None, **__: Any) -> Steps[Any]:
        assert query is not None
        start = int(query["token"] or 0)
        end = start + 1000
        following = str(end) if end < 1_000_000 else None
        return SimpleNamespace(items=range(start, end), next=following)
        yield

    caller = Caller(invoke, time.monotonic)

    def fetch(cursor: PageCursor[int]) -> Page[int] | None:
        try:
            next(cursor.next_page(caller))
        except StopIteration as done:
            page: Page[int] | None = done.value
            return page
        raise AssertionError("it did not end")

    tracemalloc.start()
    try:
        count = sum(1 for _ in Pager(lambda token: PageCursor(listed, {}, token), fetch))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 1_000_000
    assert peak < 1_000_000
