"""Credentials for the services that a daemon names as its workers."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from arp_sdk.errors import ArpWaitTimeoutError
from support.clients import DaemonClient
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
