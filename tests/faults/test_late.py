"""A request that the server carries out after the client has asked whether it has."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from arp_sdk.errors import ArpTimeoutError
from faults.catalogue import SILENT
from faults.operations import TRIALS, Trial
from faults.origin import Origin
from faults.proxy import Fault, Script
from faults.runner import client_of, new_tag, proxied
from faults.wire import Message, Wire

SECONDS_LATE = 0.2


@pytest.mark.parametrize("trial", [t for t in TRIALS if t.kind == "keyed"], ids=lambda t: t.name)
def test_a_late_request_takes_effect_once(trial: Trial) -> None:
    origin = Origin()
    done = threading.Event()

    def carry_out_late(client: Wire, request: Message) -> None:
        client.stall()
        time.sleep(SECONDS_LATE)
        server = Wire(socket.create_connection(origin.address))
        server.send(request.raw)
        server.read_message()
        server.close()
        done.set()

    tag = new_tag()
    with proxied(origin) as proxy, client_of(trial, proxy, SILENT) as client:
        proxy.plan = Script(Fault("late", carry_out_late))
        with suppress(ArpTimeoutError):
            trial.call(client, tag)
        assert done.wait(5)
    origin.close()

    assert origin.effects[tag] == 1
