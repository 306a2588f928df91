"""No response makes the client hold much more than the bytes that it allows."""

from __future__ import annotations

import tracemalloc

import pytest

from arp_sdk.errors import ArpError
from faults.catalogue import FAULTS, MAX_BYTES
from faults.operations import TRIALS
from faults.origin import origin_server
from faults.runner import client_of, name_of, new_tag
from support.proxy import Script, proxied

# The body, a joined copy of it, buffers of urllib3 and the sockets, and the proxy's own.
ALLOWED = 8 * MAX_BYTES

FULL = pytest.mark.full


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("bomb-in-bomb", "large"),
        ("endless-chunks", "large"),
        ("headers-endless", "conn"),
        ("chunk-long-line", "conn"),
        pytest.param("bomb", "large", marks=FULL),
        pytest.param("endless", "large", marks=FULL),
        pytest.param("endless-unframed", "large", marks=FULL),
        pytest.param("endless-error", "large", marks=FULL),
        pytest.param("endless-redirect", "large", marks=FULL),
        pytest.param("headers-many", "conn", marks=FULL),
        pytest.param("header-long", "conn", marks=FULL),
        pytest.param("chunk-minus-one", "conn", marks=FULL),
    ],
)
def test_memory_is_bounded(fault: str, outcome: str) -> None:
    trial = next(trial for trial in TRIALS if trial.kind == "plain")
    with (
        origin_server() as origin,
        proxied(origin.address) as proxy,
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

    assert name_of(caught.value) == outcome
    assert peak < ALLOWED
