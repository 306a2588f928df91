"""`client.raw` returns the answer as it came beside its parsed value."""

from __future__ import annotations

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import RunRequest, RunRequestInput, RunStatus
from support.clients import DaemonClient
from support.server import Reply, Server, error_reply, json_reply

RUN = json_reply({"run_id": "r", "state": "queued", "later": [1]}, 202, X_Request_Id="abc")


def test_a_raw_answer(server: Server) -> None:
    server.plan(error_reply(503), RUN)
    with DaemonClient(server.url) as daemon:
        answer = daemon.raw.get_run_status("r")
    assert answer.status_code == 202
    assert answer.headers["x-request-id"] == "abc"
    assert answer.content == RUN.body
    assert answer.parsed == RunStatus.from_json(RUN.body)
    assert answer.attempts == 2
    assert 0 < answer.elapsed < 60
    assert (answer.method, answer.url) == ("GET", f"{server.url}/v1/runs/r")


def test_a_header_of_several_lines_is_one(server: Server) -> None:
    server.plan(Reply(200, RUN.body, {"Link": "</a>", "LINK": "</b>", "X-One": "1"}))
    with DaemonClient(server.url) as daemon:
        headers = daemon.raw.get_run_status("r").headers
    assert headers["link"] == "</a>, </b>"
    assert headers["x-one"] == "1"


def test_no_content(server: Server) -> None:
    server.plan(Reply(204))
    with DaemonClient(server.url) as daemon:
        answer = daemon.raw.delete_instance("i")
    assert (answer.status_code, answer.content, answer.parsed) == (204, b"", None)


def test_an_error_is_raised_all_the_same(server: Server) -> None:
    server.plan(error_reply(404))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError):
        daemon.raw.get_run_status("r")


def test_the_options_of_the_client_hold(server: Server) -> None:
    server.plan(RUN)
    with DaemonClient(server.url) as daemon:
        copy = daemon.with_options(headers={"X-A": "b"}, auth="t")
        copy.raw.submit_run(RunRequest(input=RunRequestInput(goal="g")))
    assert server.last.headers["X-A"] == "b"
    assert server.last.headers["Authorization"] == "Bearer t"
