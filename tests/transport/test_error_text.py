"""Errors show what a service sent within limits, and without its control characters."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import typing

import pytest

import arp_sdk.errors
from arp_sdk.errors import ArpApiError, ArpError, ArpToolError, ArpWaitTimeoutError, RequestInfo
from support.clients import DaemonClient
from support.server import Server, json_reply

FORGED = "no\r\nERROR root: all is lost \x1b[31m\u202e\x00"


def test_a_service_cannot_forge_a_line_of_a_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.plan(json_reply({"error": {"code": f"a\n{'x' * 500}", "message": FORGED * 1000}}, 404))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.get_run_status("r")
    error = caught.value
    assert error.message == FORGED * 1000
    assert error.code == f"a\n{'x' * 500}"
    for shown in (str(error), repr(error)):
        assert shown.isprintable()
        assert len(shown) < 2 * 2200  # a repr doubles backslashes
    code, message = str(error).removeprefix("[404] ").split(": ", 1)
    assert code == f"a\\n{'x' * 94}..."
    assert message.startswith(r"no\r\nERROR root: all is lost \x1b[31m\u202e\x00no\r\n")
    with caplog.at_level(logging.ERROR):
        logging.getLogger("app").error("%s", error)
    assert "\n" not in caplog.messages[-1]


@pytest.mark.parametrize(
    "error",
    [
        ArpError(FORGED * 1000),
        ArpError(FORGED * 1000, request=RequestInfo("GET", "http://h/v1/x")),
        ArpToolError(FORGED * 1000, result=None),
    ],
)
def test_the_text_of_any_error_is_bounded(error: ArpError) -> None:
    assert str(error).isprintable()
    assert repr(error).isprintable()
    assert len(error.message) == len(FORGED) * 1000
    assert len(str(error)) < 2100


def test_text_that_is_printable_stays_as_it_is() -> None:
    assert str(ArpApiError("käse", "naïve “quotes” 漢字", status_code=400)) == (
        "[400] käse: naïve “quotes” 漢字"
    )


def test_an_error_tells_what_is_known_of_the_request() -> None:
    about = RequestInfo("GET", "http://h/v1/x", 3, None, "req-\n1", 2.5)
    error = ArpError("no", request=about)
    copy = pickle.loads(pickle.dumps(error))
    for each in (error, copy):
        assert (each.attempts, each.request_id, each.elapsed_total) == (3, "req-\n1", 2.5)
        assert each.__notes__ == [r"Request id: req-\n1"]
    plain = ArpError("no")
    assert (plain.request_id, plain.elapsed_total, plain.__notes__) == (None, None, [])


def test_a_wait_that_timed_out_has_room_for_why_canceling_failed() -> None:
    error = ArpWaitTimeoutError("too long")
    assert error.cancel_error is None
    error.cancel_error = "[401] unauthorized: no token"
    assert pickle.loads(pickle.dumps(error)).cancel_error == error.cancel_error


@pytest.mark.parametrize("name", arp_sdk.errors.__all__)
def test_the_type_hints_of_every_error_resolve(name: str) -> None:
    kind = getattr(arp_sdk.errors, name)
    assert typing.get_type_hints(kind)
    typing.get_type_hints(kind.__init__)


def test_errors_need_no_models() -> None:
    code = "import sys, arp_sdk.errors; assert 'arp_sdk.models' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
