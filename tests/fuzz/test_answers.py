"""Whatever a service answers, a call ends in a correct value or an `ArpError`."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.core import Retries
from arp_sdk.core._http.messages import Failure
from arp_sdk.errors import ArpApiError, ArpError

from .bodies import bodies
from .cases import Tally, share
from .heads import headers, statuses
from .offline import HOME, Planned, Script
from .oracle import check_agreement, settle
from .targets import TARGETS, Target

_FAILURES = st.builds(
    Failure,
    st.sampled_from(("connection", "timeout", "deadline", "too_large", "protocol")),
    st.text(max_size=20),
    sent=st.booleans(),
    final=st.booleans(),
    status_code=st.none() | st.integers(100, 599),
)


def planned(target: Target) -> st.SearchStrategy[Planned]:
    natural = "text/event-stream" if target.streams else "application/json"
    heads = headers(HOME)
    return st.builds(
        Planned,
        st.just(target.status) | st.just(target.status) | statuses,
        st.one_of(heads, heads.map(lambda pairs: [("Content-Type", natural), *pairs])),
        bodies(target.body),
        st.lists(st.integers(0, len(target.body)), max_size=3) if target.streams else st.just(()),
        st.booleans() if target.streams else st.just(False),
    )


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_valid_answer_is_a_value(target: Target) -> None:
    content_type = "text/event-stream" if target.streams else "application/json"
    script = Script(
        target.operation, [Planned(target.status, [("Content-Type", content_type)], target.body)]
    )
    client = target.client(HOME, retries=Retries(limit=1, backoff=0))
    script.install(client)
    value = settle(lambda: target.call(client), target.type)
    assert not isinstance(value, ArpError)
    assert len(value) == 2 if target.streams else len(script.sent) == 1


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_any_answer_is_a_value_or_an_arp_error(target: Target, tally: Tally) -> None:
    @share(0.5 / len(TARGETS))
    @given(
        plan=st.lists(planned(target) | planned(target) | _FAILURES, min_size=1, max_size=4),
        flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    )
    def run(plan: list[Planned | Failure], flags: tuple[bool, bool, bool]) -> None:
        tally.cases += 1
        idempotent, leaves, renews = flags
        client = target.client(
            HOME,
            auth="token",
            retries=Retries(2, 0, retry_after_limit=0.001 if target.streams else 60.0),
            idempotent=idempotent,
            allow_cross_origin_redirects=leaves,
            max_response_bytes=100_000,
        )
        script = Script(target.operation, plan, renews, leaves)
        script.install(client)
        value = settle(lambda: target.call(client), target.type)
        _check_result(value, target, script)

    run()


def _check_result(value: Any, target: Target, script: Script) -> None:
    last = script.shown[-1]
    if isinstance(value, ArpApiError):
        shown = [answer.status for answer in script.shown if isinstance(answer, Planned)]
        assert value.status_code in shown
        assert value.retry_after is None or math.isfinite(value.retry_after)
    elif not isinstance(value, ArpError):
        assert isinstance(last, Planned)
        assert 200 <= last.status < 300
        if target.type is not None and not target.streams:
            check_agreement(value, last.body)
