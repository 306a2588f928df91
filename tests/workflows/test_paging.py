"""A list is fetched page by page, lazily, and can be resumed."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

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
def test_memory_is_constant_over_many_items(server: Server) -> None:
    runs = json.dumps([{"run_id": "r", "state": "succeeded"}] * 1000)

    def respond(request: Received) -> Reply:
        number = int(parse_qs(urlsplit(request.target).query).get("page_token", ["0"])[0])
        token = json.dumps(str(number + 1) if number < 49 else None)
        body = f'{{"runs": {runs}, "pagination": {{"next_page_token": {token}}}}}'
        return Reply(200, body.encode(), {"Content-Type": "application/json"})

    server.plan(respond)
    with DaemonClient(server.url) as daemon:
        next(iter(daemon.iter_runs()))
        tracemalloc.start()
        try:
            count = sum(1 for _ in daemon.iter_runs())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == 50_000
    assert peak < 3_000_000  # a list of all runs would take ten times as much
