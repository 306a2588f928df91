"""`client.raw` returns the response with its parsed value."""

from __future__ import annotations

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import RunRequest, RunRequestInput, RunStatus
from support.clients import FAST, DaemonClient
from support.server import Reply, Server, error_reply, json_reply

RUN = json_reply({"run_id": "r", "state": "queued", "later": [1]}, 202, X_Request_Id="abc")


def test_a_raw_response_has_all_parts(server: Server) -> None:
    server.plan(error_reply(503), RUN)
    with DaemonClient(server.url, retries=FAST) as daemon:
        response = daemon.raw.get_run_status("r")
    assert response.status_code == 202
    assert response.headers["x-request-id"] == "abc"
    assert response.content == RUN.body
    assert response.parsed == RunStatus.from_json(RUN.body)
    assert response.attempts == 2
    assert response.elapsed > 0
    assert (response.method, response.url) == ("GET", f"{server.url}/v1/runs/r")


def test_lines_of_the_same_header_are_joined(server: Server) -> None:
    server.plan(Reply(200, RUN.body, {"Link": "</a>", "LINK": "</b>", "X-One": "1"}))
    with DaemonClient(server.url) as daemon:
        headers = daemon.raw.get_run_status("r").headers
    assert headers["link"] == "</a>, </b>"
    assert headers["x-one"] == "1"


def test_a_response_without_a_body_is_parsed_as_none(server: Server) -> None:
    server.plan(Reply(204))
    with DaemonClient(server.url) as daemon:
        response = daemon.raw.delete_instance("i")
    assert (response.status_code, response.content, response.parsed) == (204, b"", None)


@pytest.mark.threads_only("the code is shared")
def test_an_error_is_raised(server: Server) -> None:
    server.plan(error_reply(404))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError):
        daemon.raw.get_run_status("r")


@pytest.mark.threads_only("the code is shared")
def test_the_options_of_the_client_apply(server: Server) -> None:
    server.plan(RUN)
    with DaemonClient(server.url) as daemon:
        copy = daemon.with_options(headers={"X-A": "b"}, auth="t")
        copy.raw.submit_run(RunRequest(input=RunRequestInput(goal="g")))
    assert server.last.headers["X-A"] == "b"
    assert server.last.headers["Authorization"] == "Bearer t"
