"""Any response, valid or not, makes a call return a correct value or raise an `ArpError`."""

from __future__ import annotations

import math
from typing import Any

import pytest
import requests
import urllib3.exceptions as u3
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.core import Retries
from arp_sdk.errors import ArpApiError, ArpError

from .bodies import bodies
from .cases import Share
from .heads import headers, statuses
from .offline import HOME, Planned, Script
from .oracle import check_agreement, settle
from .targets import TARGETS, Target

pytestmark = pytest.mark.threads_only("test_wire.py is for both kinds of clients")

_FAILURES = st.sampled_from(
    (
        requests.ConnectionError("x"), requests.ConnectTimeout("x"), requests.ReadTimeout("x"),
        requests.exceptions.SSLError("x"), requests.exceptions.ChunkedEncodingError("x"),
        requests.exceptions.InvalidURL("x"), requests.exceptions.ProxyError("x"),
        requests.exceptions.ContentDecodingError("x"), u3.ProtocolError("x"), u3.HTTPError("x"),
        u3.LocationValueError("x"), ConnectionResetError("x"),
        ConnectionRefusedError("x"), TimeoutError("x"), OSError("x"), UnicodeError("x"),
    )
)  # fmt: skip


def planned(target: Target) -> st.SearchStrategy[Planned]:
    natural = "text/event-stream" if target.streams else "application/json"
    heads = headers(HOME)
    return st.builds(
        Planned,
        st.just(target.status) | st.just(target.status) | statuses,
        st.one_of(heads, heads.map(lambda pairs: [("Content-Type", natural), *pairs])),
        bodies(target.body),
        st.lists(st.integers(0, len(target.body)), max_size=3) if target.streams else st.just(()),
        st.booleans(),
    )


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_valid_response_is_a_value(target: Target) -> None:
    content_type = "text/event-stream" if target.streams else "application/json"
    valid = Planned(target.status, [("Content-Type", content_type)], target.body)
    script = Script(target.operation, [valid])
    client = script.client(target.client, auth="token", retries=Retries(limit=1, backoff=0))
    value = settle(lambda: target.call(client), target.type)
    assert not isinstance(value, ArpError)
    assert len(value) == 2 if target.streams else len(script.sent) == 1


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_any_response_is_a_value_or_an_arp_error(target: Target, share: Share) -> None:
    @share(0.5 / len(TARGETS))
    @given(
        plan=st.lists(planned(target) | planned(target) | _FAILURES, min_size=1, max_size=4),
        flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    )
    def run(plan: list[Planned | Exception], flags: tuple[bool, bool, bool]) -> None:
        idempotent, leaves, renews = flags
        script = Script(target.operation, plan, leaves)
        client = script.client(
            target.client,
            auth=(lambda: "token") if renews else "token",
            retries=Retries(2, 0, retry_after_limit=0.001),
            idempotent=idempotent,
            allow_cross_origin_redirects=leaves,
            max_response_bytes=100_000,
        )
        value = settle(lambda: target.call(client), target.type)
        _check_result(value, target, script)

    run()


def _check_result(value: Any, target: Target, script: Script) -> None:
    if isinstance(value, ArpApiError):
        shown = [step.status for step in script.shown if isinstance(step, Planned)]
        assert value.status_code in shown
        assert value.retry_after is None or math.isfinite(value.retry_after)
    elif not isinstance(value, ArpError):
        last = script.shown[-1]
        assert isinstance(last, Planned)
        assert 200 <= last.status < 300
        if target.type is not None and not target.streams:
            check_agreement(value, last.body)
