"""No answer makes the client hold much more than the bytes that it allows."""

from __future__ import annotations

import tracemalloc

import pytest

from arp_sdk.errors import ArpError
from faults.catalogue import FAULTS, MAX_BYTES
from faults.operations import TRIALS
from faults.origin import Origin
from faults.proxy import Script
from faults.runner import client_of, name_of, new_tag, proxied

# What it reads, a copy of it joined, buffers of urllib3 and the sockets, and the proxy's own.
ALLOWED = 8 * MAX_BYTES

LARGE = {
    "bomb": "large",
    "bomb-in-bomb": "large",
    "endless": "large",
    "endless-chunks": "large",
    "endless-unframed": "large",
    "endless-error": "large",
    "endless-redirect": "large",
    "headers-endless": "conn",
    "headers-many": "conn",
    "header-long": "conn",
    "chunk-minus-one": "conn",
    "chunk-long-line": "conn",
}


@pytest.mark.parametrize(("fault", "outcome"), LARGE.items())
def test_memory_is_bounded(fault: str, outcome: str) -> None:
    trial = next(trial for trial in TRIALS if trial.kind == "plain")
    origin = Origin()
    with (
        proxied(origin) as proxy,
        client_of(trial, proxy, FAULTS[fault].limits) as client,
    ):
        trial.call(client, new_tag())
        proxy.plan = Script(FAULTS[fault])
        tracemalloc.start()
        try:
            with pytest.raises(ArpError) as caught:
                trial.call(client, new_tag())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    origin.close()

    assert name_of(caught.value) == outcome
    assert peak < ALLOWED
