"""Each retry is one INFO line with host, reason and delay; look-ups are logged as such."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from arp_sdk.core import Retries
from arp_sdk.errors import ArpError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import DaemonClient
from support.server import Reply, Server, error_reply, json_reply

RUNS = json_reply({"runs": []})
RUN = json_reply({"run_id": "r", "state": "queued"}, 202)
FAST = Retries(limit=3, backoff=0.001)
REQUEST = RunRequest(input=RunRequestInput(goal="g"))


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    found: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(f"{record.levelname} {record.getMessage()}")

    handler = Handler()
    logger = logging.getLogger("arp_sdk")
    logger.addHandler(handler)
    with caplog.at_level(logging.DEBUG, "arp_sdk"):
        yield found
    logger.removeHandler(handler)


def retries(lines: list[str]) -> list[str]:
    return [re.sub(r"\d\.\d\d s", "N s", line) for line in lines if line.startswith("INFO")]


def test_a_status_is_a_reason(server: Server, lines: list[str]) -> None:
    server.plan(error_reply(503), error_reply(429), RUNS)
    with DaemonClient(server.url, retries=FAST, auth="s3cret") as daemon:
        daemon.list_runs()
    host = server.url.removeprefix("http://")
    assert retries(lines) == [
        f"INFO GET /v1/runs at {host}: status 503; retry 1 in N s",
        f"INFO GET /v1/runs at {host}: status 429; retry 2 in N s",
    ]
    assert "s3cret" not in "".join(lines)


def test_a_failure_is_a_reason(lines: list[str]) -> None:
    retry_once = Retries(limit=1, backoff=0)
    with DaemonClient("http://127.0.0.1:1", retries=retry_once) as daemon:
        with pytest.raises(ArpError):
            daemon.list_runs()
    reason = "cannot connect: Connection refused"
    assert retries(lines) == [f"INFO GET /v1/runs at 127.0.0.1:1: {reason}; retry 1 in N s"]


def test_the_delay_is_the_one_that_was_asked_for(server: Server, lines: list[str]) -> None:
    server.plan(json_reply({}, 503, Retry_After="0.01"), RUNS)
    with DaemonClient(server.url, retries=FAST) as daemon:
        daemon.list_runs()
    (line,) = [line for line in lines if line.startswith("INFO")]
    assert line.endswith("retry 1 in 0.01 s")


def test_no_line_without_a_retry(server: Server, lines: list[str]) -> None:
    server.plan(error_reply(503))
    with DaemonClient(server.url, retries=0) as daemon, pytest.raises(ArpError):
        daemon.list_runs()
    assert retries(lines) == []


def test_a_look_up_is_logged_as_one(server: Server, lines: list[str]) -> None:
    server.plan(Reply(0), error_reply(404), RUN)
    with DaemonClient(server.url, retries=FAST) as daemon:
        daemon.submit_run(REQUEST)
    assert [line.split(" ", 1)[1] for line in retries(lines)] != []
    (retry,) = retries(lines)
    assert "; look-up for retry 1 in N s" in retry
    found = [line for line in lines if line.startswith("DEBUG")]
    assert re.search(r"^DEBUG POST /v1/runs failed .* attempt 1: ", found[0])
    assert re.search(r"^DEBUG GET /v1/runs/run_\w+ 404 .* ms look-up 1$", found[1])
    assert re.search(r"^DEBUG POST /v1/runs 202 .* ms attempt 2$", found[2])
