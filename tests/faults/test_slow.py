"""Slow peers that the table leaves out: the deadline ends the call at any point."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from arp_sdk.errors import ArpTimeoutError
from arp_sdk.models import ToolInvocationRequest
from faults.acts import half_head
from faults.catalogue import SILENT
from faults.operations import TRIALS, Trial
from faults.origin import Origin, origin_server
from faults.runner import client_of, new_tag
from support.clients import ToolRegistryClient
from support.proxy import Fault, Limits, Proxy, Script, Stage, proxied
from support.wire import Message, Wire


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with origin_server() as origin:
        yield origin


@pytest.fixture
def proxy(origin: Origin) -> Iterator[Proxy]:
    with proxied(origin.address) as proxy:
        yield proxy


def test_the_deadline_ends_a_call_in_the_middle_of_the_response_head(
    origin: Origin, proxy: Proxy
) -> None:
    trial, tag, over = TRIALS[0], new_tag(), threading.Event()
    trial.arrange(origin, tag)

    def pause_in_head(wire: Wire, response: Message) -> None:
        wire.send(half_head(response))
        over.wait(20)  # a call that ignored its deadline would succeed after this
        wire.send(response.raw[len(half_head(response)) :])

    proxy.plan = Script(Fault("late", pause_in_head, forward=True))
    with client_of(trial, proxy, Limits(read=60.0, deadline=0.5)) as client:
        with pytest.raises(ArpTimeoutError) as caught:
            trial.call(client, tag)
        over.set()

    assert caught.value.sent


def test_the_deadline_ends_the_upload_of_a_request_that_is_not_read(
    origin: Origin, proxy: Proxy
) -> None:
    over, tag = threading.Event(), new_tag()
    request = ToolInvocationRequest(invocation_id=tag, tool_name="echo", args={"x": "x" * 2**24})

    def leave_unread(wire: Wire, nothing: Message) -> None:
        over.wait(20)
        wire.close()

    proxy.plan = Script(Fault("unread", leave_unread, Stage.UNREAD))
    with ToolRegistryClient(f"{proxy.url}/tools", timeout=0.5, deadline=0.8) as client:
        with pytest.raises(ArpTimeoutError) as caught:
            client.invoke_tool(request)
        over.set()

    assert caught.value.sent
    assert origin.effects[tag] == 0


@pytest.mark.parametrize("trial", [t for t in TRIALS if t.kind == "keyed"], ids=lambda t: t.name)
def test_a_request_that_takes_effect_after_the_look_up_is_not_sent_again(
    trial: Trial, origin: Origin, proxy: Proxy
) -> None:
    done = threading.Event()

    def carry_out_late(client: Wire, request: Message) -> None:
        client.stall()
        time.sleep(0.1)  # the client asks meanwhile
        server = Wire(socket.create_connection(origin.address))
        server.send(request.raw)
        server.read_message()
        server.close()
        done.set()

    tag = new_tag()
    with client_of(trial, proxy, SILENT) as client:
        proxy.plan = Script(Fault("late", carry_out_late))
        with suppress(ArpTimeoutError):
            trial.call(client, tag)
        assert done.wait(30)

    assert origin.effects[tag] == 1
