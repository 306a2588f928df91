"""Times in `Retry-After`: by the clock of the service, and with fractions."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from arp_sdk.core import Retries
from arp_sdk.core._http.headers import retry_after
from arp_sdk.core._http.messages import HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.errors import ArpApiError
from support.clients import DaemonClient
from support.server import Server, json_reply

# Some services are hours ahead or behind.
SKEWS = [0, 3600, -3600, 86400 * 400, -86400 * 400]


def wanted(now: float = 0.0, **headers: str) -> float | None:
    named = RedactedHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    return retry_after(HttpResponse(503, named, b"", "http://x", 0.0), lambda: now)


@pytest.mark.parametrize("skew", SKEWS)
def test_a_date_counts_from_the_date_of_the_response(skew: int) -> None:
    there = 1_800_000_000 + skew
    headers = {"Date": formatdate(there, usegmt=True)}
    for seconds in (0, 7, 3600):
        later = formatdate(there + seconds, usegmt=True)
        assert wanted(1_800_000_000, **headers, Retry_After=later) == seconds
    assert wanted(1_800_000_000, **headers, Retry_After=formatdate(there - 9, usegmt=True)) == 0


@pytest.mark.parametrize("date", [None, "", "soon", "Sun, 99 Nov 2026 00:00:00 GMT"])
def test_without_a_usable_date_the_local_clock_counts(date: str | None) -> None:
    headers = {} if date is None else {"Date": date}
    assert wanted(1000.0, **headers, Retry_After=formatdate(1030, usegmt=True)) == 30


def test_a_date_that_has_passed_by_the_real_clock() -> None:
    long_ago = {"Retry-After": formatdate(1000, usegmt=True)}
    assert retry_after(HttpResponse(503, long_ago, b"", "http://x", 0.0)) == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1.5", 1.5), ("0.25", 0.25), (".5", 0.5), ("2.", 2.0), ("007", 7.0), ("\t3 ", 3.0),
        ("nan", None), ("inf", None), ("1e3", None), ("1_000", None), ("-1.5", None),
        ("+1", None), ("soon", None), ("", None), ("1,5", None), ("1 s", None),
        ("9" * 400, None), ("\u0661", None),
        ("Thu, 01 Jan 99999 00:00:00 GMT", None), ("Thu, 01 Jan 1970 00:00:00 +99999999", None),
    ],
)  # fmt: skip
def test_seconds(value: str, seconds: float | None) -> None:
    assert wanted(Retry_After=value) == seconds


@pytest.mark.parametrize(
    "value",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_each_form_of_a_date(value: str) -> None:
    assert wanted(784111777.0 - 60, Retry_After=value) == 60


def test_a_service_whose_clock_is_ahead_is_asked_again_in_time(server: Server) -> None:
    there = time.time() + 86400
    busy = json_reply(
        {},
        503,
        Retry_After=formatdate(there, usegmt=True),
        Date=formatdate(there, usegmt=True),
    )
    server.plan(busy, json_reply({"runs": []}))
    with DaemonClient(server.url, retries=Retries(limit=1), deadline=60) as daemon:
        assert daemon.raw.list_runs().attempts == 2


def test_the_error_tells_the_seconds(server: Server) -> None:
    server.plan(json_reply({}, 503, Retry_After="0.5"))
    with DaemonClient(server.url, retries=0) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.list_runs()
    assert caught.value.retry_after == 0.5
