"""A redirect is followed if it keeps the operation and the origin."""

from __future__ import annotations

import pytest

from arp_sdk.errors import ArpRedirectError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import DaemonClient
from support.server import Reply, Server, json_reply, serving

RUNS = json_reply({"runs": []})
SHARED = pytest.mark.threads_only("the code is shared")
REQUEST = RunRequest(input=RunRequestInput(goal="g"))


def to(location: str, status: int = 302) -> Reply:
    return Reply(status, b"", {"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_get_follows_a_redirect_within_the_origin(server: Server, status: int) -> None:
    server.plan(to("/other?a=b", status), RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
    assert server.targets == ["GET /v1/runs", "GET /other?a=b"]


@SHARED
@pytest.mark.parametrize(
    ("location", "target"), [("", "/"), ("?a=b/c", "/?a=b/c"), ("/other#part", "/other")]
)
def test_a_location_may_lack_a_path_and_have_a_fragment(
    server: Server, location: str, target: str
) -> None:
    server.plan(to(server.url + location), RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
    assert server.targets == ["GET /v1/runs", f"GET {target}"]


@pytest.mark.parametrize("status", [307, 308])
def test_a_post_keeps_its_method_and_body(server: Server, status: int) -> None:
    server.plan(to("/other", status), json_reply({"run_id": "r", "state": "queued"}, 202))
    with DaemonClient(server.url) as daemon:
        daemon.submit_run(REQUEST)
    assert server.targets == ["POST /v1/runs", "POST /other"]
    assert server.requests[0].body == server.requests[1].body


@SHARED
@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_never_becomes_a_get(server: Server, status: int) -> None:
    server.plan(to("/other", status))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRedirectError) as caught:
        daemon.submit_run(REQUEST)
    assert len(server.requests) == 1
    assert (caught.value.status_code, caught.value.location) == (status, "/other")


@SHARED
@pytest.mark.parametrize(
    "location",
    [
        "http://other.example/v1/runs",
        "https://127.0.0.1/v1/runs",
        "//other.example/v1/runs",
        "http://127.0.0.1:1/v1/runs",
        "ftp://127.0.0.1/v1/runs",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://user:pa55word@other.example/x?token=s3cret",
        "http://[::1",
        "http://other.example:port/",
    ],
)
def test_a_redirect_to_another_origin_is_refused_and_named(server: Server, location: str) -> None:
    server.plan(to(location))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRedirectError) as caught:
        daemon.list_runs()
    assert len(server.requests) == 1
    assert "pa55word" not in f"{caught.value!r} {caught.value.location}"
    assert "s3cret" not in f"{caught.value!r} {caught.value.location}"


def test_a_redirect_to_another_origin_can_be_allowed(server: Server) -> None:
    with serving() as elsewhere:
        elsewhere.plan(RUNS)
        server.plan(to(f"{elsewhere.url}/x"))
        with DaemonClient(server.url, allow_cross_origin_redirects=True) as daemon:
            daemon.list_runs()
        assert elsewhere.targets == ["GET /x"]


@SHARED
def test_a_redirect_loop_ends(server: Server) -> None:
    server.plan(to("/v1/runs"))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRedirectError, match="number 10"):
        daemon.list_runs()
    assert len(server.requests) == 10


def test_a_redirect_without_a_location_is_an_api_error(server: Server) -> None:
    server.plan(Reply(302))
    with DaemonClient(server.url) as daemon, pytest.raises(Exception, match=r"\[302\]"):
        daemon.list_runs()
