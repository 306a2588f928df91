"""Peers that are slow in ways that a table of short deadlines leaves out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from arp_sdk.errors import ArpTimeoutError
from arp_sdk.models import ToolInvocationRequest
from faults.acts import half_head
from faults.operations import TRIALS
from faults.origin import Origin
from faults.proxy import Fault, Limits, Proxy, Script, Stage
from faults.runner import client_of, new_tag, proxied
from faults.wire import Message, Wire
from support.clients import ToolRegistryClient

SLACK = 1.0


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    origin = Origin()
    yield origin
    origin.close()


@pytest.fixture
def proxy(origin: Origin) -> Iterator[Proxy]:
    with proxied(origin) as proxy:
        yield proxy


def test_a_byte_a_second_runs_into_the_deadline(origin: Origin, proxy: Proxy) -> None:
    trial, limits, tag = TRIALS[0], Limits(read=1.5, deadline=2.5), new_tag()
    trial.arrange(origin, tag)
    drip = Fault("drip", lambda wire, answer: wire.drip(answer.raw, 1.0), forward=True)
    proxy.plan = Script(drip)

    with client_of(trial, proxy, limits) as client:
        seconds = _seconds_to_time_out(lambda: trial.call(client, tag))

    assert limits.read < seconds < limits.deadline + SLACK


def test_silence_after_a_late_start_ends_at_the_deadline(origin: Origin, proxy: Proxy) -> None:
    trial, limits, tag = TRIALS[0], Limits(read=1.5, deadline=1.5), new_tag()
    trial.arrange(origin, tag)

    def start_late(wire: Wire, answer: Message) -> None:
        time.sleep(1.2)
        wire.send(half_head(answer))
        wire.stall()

    proxy.plan = Script(Fault("late", start_late, forward=True))
    with client_of(trial, proxy, limits) as client:
        seconds = _seconds_to_time_out(lambda: trial.call(client, tag))

    assert seconds < limits.deadline + SLACK


def test_a_large_request_that_nobody_reads_ends_in_time(origin: Origin, proxy: Proxy) -> None:
    over, tag = threading.Event(), new_tag()
    request = ToolInvocationRequest(invocation_id=tag, tool_name="echo", args={"x": "x" * 2**24})

    def leave_unread(wire: Wire, nothing: Message) -> None:
        over.wait(10)
        wire.close()

    proxy.plan = Script(Fault("unread", leave_unread, Stage.UNREAD))
    with ToolRegistryClient(f"{proxy.url}/tools", timeout=0.5, deadline=1.5) as client:
        seconds = _seconds_to_time_out(lambda: client.invoke_tool(request))
        over.set()

    assert seconds < 1.5 + SLACK
    assert origin.effects[tag] == 0


def _seconds_to_time_out(call: Callable[[], object]) -> float:
    started = time.monotonic()
    with pytest.raises(ArpTimeoutError) as caught:
        call()
    assert caught.value.sent
    return time.monotonic() - started
