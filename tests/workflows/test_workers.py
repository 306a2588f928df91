"""Credentials for the services that a daemon names as its workers."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import pytest

from arp_sdk.errors import ArpApiError, ArpValidationError, ArpWaitTimeoutError
from support.clients import FAST, DaemonClient
from support.events import EVENT_STREAM, sse
from support.server import Received, Reply, Server, error_reply, json_reply, serving

RUNNING = {"run_id": "r", "state": "running", "runtime_instance_id": "i"}


def daemon_of(server: Server, worker: str) -> None:
    instance = {"instance_id": "i", "state": "ready", "runtime_api_endpoint": worker}

    def respond(request: Received) -> Reply:
        return json_reply({"instances": [instance]} if "instances" in request.target else RUNNING)

    server.plan(respond)


def timed_out(client: Any) -> ArpWaitTimeoutError:
    with pytest.raises(ArpWaitTimeoutError) as caught:
        client.run("hello", timeout=0.5, cancel_on_timeout=True)
    return caught.value


def test_a_worker_gets_the_credentials_for_workers_alone(server: Server) -> None:
    with serving() as worker:
        worker.plan(json_reply({**RUNNING, "state": "canceled"}))
        daemon_of(server, worker.url)
        with DaemonClient(
            server.url, auth="for-the-daemon", worker_auth="for-workers", headers={"X-Mine": "1"}
        ) as daemon:
            error = timed_out(daemon)
    assert error.canceled
    assert error.cancel_error is None
    assert worker.last.headers["Authorization"] == "Bearer for-workers"
    assert "X-Mine" not in worker.last.headers
    assert {each.headers["Authorization"] for each in server.requests} == {"Bearer for-the-daemon"}


def test_a_worker_gets_nothing_by_default_and_the_error_says_what_to_do(server: Server) -> None:
    with serving() as worker:
        worker.plan(error_reply(401, "unauthorized"))
        daemon_of(server, worker.url)
        with DaemonClient(server.url, auth="for-the-daemon") as daemon:
            error = timed_out(daemon)
    assert not error.canceled
    assert "[401] unauthorized" in str(error.cancel_error)
    assert "worker_auth=" in str(error.cancel_error)
    assert "Authorization" not in worker.last.headers


def test_a_worker_cannot_redirect_to_the_daemon(server: Server) -> None:
    with serving() as worker:
        worker.plan(Reply(307, b"", {"Location": f"{server.url}/v1/runs/other:cancel"}))
        daemon_of(server, worker.url)
        with DaemonClient(server.url, auth="for-the-daemon") as daemon:
            error = timed_out(daemon)
    assert "redirect to another origin" in str(error.cancel_error)
    assert not any("other:cancel" in target for target in server.targets)


def test_headers_of_a_hook_stay_with_the_daemon(server: Server) -> None:
    with serving() as worker:
        worker.plan(json_reply({**RUNNING, "state": "canceled"}))
        daemon_of(server, worker.url)

        def add(request: Any) -> None:
            request.headers["X-Hook"] = "secret"

        with DaemonClient(server.url, on_request=add) as daemon:
            assert timed_out(daemon).canceled
    assert "X-Hook" not in worker.last.headers
    assert server.last.headers["X-Hook"] == "secret"


def test_a_pickle_holds_them_only_on_request(server: Server) -> None:
    with DaemonClient(server.url, worker_auth="for-workers") as daemon:
        assert b"for-workers" not in pickle.dumps(daemon)


def work_of(server: Server, url: str | None, looks: int = 1) -> None:
    """Plan a run that the worker at a URL executes, and that has no worker at first."""
    run: dict[str, Any] = {"run_id": "r", "state": "queued"}
    left = looks
    instance = {"instance_id": "i", "state": "busy", "runtime_api_endpoint": url}
    listed = [] if url is None else [instance]

    def respond(request: Received) -> Reply:
        nonlocal left
        if request.target == "/v1/instances":
            return json_reply({"instances": listed})
        if request.target.endswith("/result"):
            return json_reply({"run_id": "r", "ok": True})
        if request.method == "POST":
            left = looks
            return json_reply(run, 202)
        left -= 1
        state = "running" if left >= 0 else "succeeded"
        return json_reply({**run, "state": state, "runtime_instance_id": "i"})

    server.plan(respond)


EVENTS = Reply(headers=EVENT_STREAM, pieces=[sse(0), sse(1, "final")])


@pytest.mark.parametrize(
    "given", [{"wait": "events"}, {"on_event": print}], ids=["wait", "on_event"]
)
def test_a_daemon_waits_for_the_events_of_the_runtime(server: Server, given: Any) -> None:
    with serving() as worker:
        worker.plan(EVENTS)
        work_of(server, worker.url)
        with DaemonClient(server.url, auth="mine", worker_auth="theirs") as daemon:
            assert daemon.run("hello", timeout=60, **given).ok
        assert worker.targets == ["GET /v1/runs/r/events"]
        assert worker.last.headers["Authorization"] == "Bearer theirs"
    assert server.targets[-2:] == ["GET /v1/runs/r", "GET /v1/runs/r/result"]
    assert len(server.requests) == 5


def test_a_daemon_names_no_address_to_connect_to_by_default(server: Server) -> None:
    with serving() as worker:
        worker.plan(EVENTS)
        work_of(server, worker.url)
        with DaemonClient(server.url) as daemon:
            assert daemon.run("hello", timeout=60).ok
        assert worker.requests == []
    assert "GET /v1/instances" not in server.targets


@pytest.mark.parametrize("looks", [0, 2], ids=["ended before the break", "goes on"])
def test_events_reach_the_caller_in_order(server: Server, looks: int) -> None:
    seen: list[int] = []
    with serving() as worker:
        broken = Reply(headers=EVENT_STREAM, pieces=[sse(0), sse(1)], ends=False)
        again = Reply(headers=EVENT_STREAM, pieces=[sse(1)], ends=False)
        rest = Reply(headers=EVENT_STREAM, pieces=[sse(1), sse(2, "final")])
        worker.plan(broken, again, rest)
        work_of(server, worker.url, looks)
        with DaemonClient(server.url, retries=FAST) as daemon:
            assert daemon.run("hello", on_event=lambda event: seen.append(event.seq)).ok
        assert worker.last.headers["Last-Event-ID"] == "1"
    assert seen == [0, 1, 2]


REFUSALS = {"401": error_reply(401), "501": error_reply(501), "html": Reply(200, b"<html>")}


@pytest.mark.parametrize("worker_is", ["gone", "unknown", "no url", *REFUSALS])
def test_a_daemon_is_polled_if_the_worker_has_no_events(server: Server, worker_is: str) -> None:
    with serving() as worker:
        worker.plan(REFUSALS.get(worker_is, EVENTS))
        urls = {"gone": "http://127.0.0.1:9", "no url": "none", "unknown": None}
        work_of(server, urls.get(worker_is, worker.url))
        with DaemonClient(server.url, retries=FAST) as daemon:
            assert daemon.run("hello", timeout=60, wait="events").ok
            assert daemon.wait_for_run("r", timeout=60, wait="events").state == "succeeded"


def test_many_runs_ask_for_the_address_of_a_worker_once(server: Server) -> None:
    begun, runs = set[str](), 5
    all_begun = threading.Event()

    def respond(request: Received) -> Reply:
        if request.target == "/v1/instances":
            assert all_begun.wait(60)
            instance = {"instance_id": "i", "state": "busy", "runtime_api_endpoint": worker.url}
            return json_reply({"instances": [instance]})
        submitted = request.method == "POST"
        run_id = request.json["run_id"] if submitted else request.target.split("/")[3]
        if request.target.endswith("/result"):
            return json_reply({"run_id": run_id, "ok": True})
        begun.add(run_id)
        if len(begun) == runs:
            all_begun.set()
        followed = f"GET /v1/runs/{run_id}/events" in worker.targets
        state = "succeeded" if followed else "running"
        return json_reply({"run_id": run_id, "state": state, "runtime_instance_id": "i"})

    server.plan(respond)
    with serving() as worker, DaemonClient(server.url) as daemon:
        worker.plan(EVENTS)
        outcomes = list(daemon.run_many(["hello"] * runs, max_concurrency=runs, wait="events"))
        assert [outcome.error for outcome in outcomes] == [None] * runs
        assert len(worker.requests) == runs
        assert server.targets.count("GET /v1/instances") == 1


def test_following_a_run_of_a_daemon_reads_the_events_of_the_runtime(server: Server) -> None:
    with serving() as worker:
        worker.plan(EVENTS)
        work_of(server, worker.url)
        with DaemonClient(server.url, auth="mine", worker_auth="theirs") as daemon:
            with daemon.follow("r", last_event_id="7", timeout=60) as following:
                assert [event.seq for event in following] == [0, 1]
                assert following.has_events
                assert following.result().ok
        assert worker.requests[0].headers["Last-Event-ID"] == "7"
        assert worker.requests[0].headers["Authorization"] == "Bearer theirs"


def test_following_a_run_that_nobody_has_begun_gives_no_events(server: Server) -> None:
    def respond(request: Received) -> Reply:
        if request.target.endswith("/result"):
            return json_reply({"run_id": "r", "ok": False})
        return json_reply({"run_id": "r", "state": "canceled"})

    server.plan(respond)
    with DaemonClient(server.url) as daemon, daemon.follow("r", timeout=60) as following:
        assert list(following) == []
        assert not following.has_events
        assert not following.result(check=False).ok


def test_following_an_unknown_run_raises_for_who_reads_the_events(server: Server) -> None:
    server.plan(error_reply(404, "not_found"))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError, match="not_found"):
        list(daemon.follow("r", timeout=60))


def test_a_runtime_that_rejects_credentials_is_named_in_the_hint(server: Server) -> None:
    with serving() as worker:
        worker.plan(error_reply(401))
        work_of(server, worker.url)
        with DaemonClient(server.url, auth="mine") as daemon:
            with pytest.raises(ArpApiError) as caught:
                list(daemon.follow("r", timeout=60))
    assert caught.value.__notes__[0].startswith("Pass worker_auth= with credentials for 127.0.0.1")


def test_an_id_of_an_event_must_be_a_string(server: Server) -> None:
    with DaemonClient(server.url) as daemon, pytest.raises(ArpValidationError, match="str"):
        list(daemon.follow("r", last_event_id=7))  # type: ignore[arg-type]
    assert server.requests == []
