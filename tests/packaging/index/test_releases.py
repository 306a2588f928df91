"""Every combination that pip or uv resolves works, whichever package is released when."""

from __future__ import annotations

import pytest

from .user import Index, User
from .versions import (
    CORE_10,
    CORE_11,
    CORE_20,
    DAEMON_10,
    DAEMON_11,
    DAEMON_20,
    DAEMON_TOO_LOW,
    RUNTIME_10,
)

pytestmark = pytest.mark.full

PINNED = ("arp-daemon==1.0.*", "arp-core==1.0.*")
LOWEST = ("--resolution", "lowest-direct", "arp-daemon", "arp-core")
FIRST = {"arp-core": "1.0.0", "arp-daemon": "1.0.0"}
SECOND = {"arp-core": "1.1.0", "arp-daemon": "1.1.0"}
THIRD = {"arp-core": "2.0.0", "arp-daemon": "2.0.0"}
# After each release: what somebody gets who asks for arp-daemon.
STEPS = [
    (CORE_11, {"arp-core": "1.1.0", "arp-daemon": "1.0.0"}),
    (DAEMON_11, SECOND),
    (CORE_20, SECOND),
    (DAEMON_20, THIRD),
]


def test_every_combination_works(user: User, index: Index) -> None:
    index.publish(CORE_10, DAEMON_10, RUNTIME_10)
    kept = user.environment(with_pip=True)
    assert user.upgrades(kept, "arp-daemon", "arp-core") == FIRST
    for release, expected in STEPS:
        index.publish(release)
        assert user.gets("arp-daemon") == expected
        assert user.upgrades(kept, "arp-daemon", "arp-core") == expected
    assert user.gets(*PINNED) == FIRST
    assert user.gets(*LOWEST) == FIRST
    # The runtime's client needs the first arp-core: beside it, an earlier daemon's client fits.
    assert user.gets("arp-daemon", "arp-runtime") == {**SECOND, "arp-runtime": "1.0.0"}


def test_a_client_that_is_released_before_its_core_waits_for_it(user: User, index: Index) -> None:
    index.publish(CORE_10, DAEMON_10, DAEMON_11)
    assert user.gets("arp-daemon") == FIRST
    refused = user.tries(user.environment(), "arp-daemon==1.1.0")
    assert refused.returncode != 0
    assert "arp-core>=1.1,<2" in refused.stderr
    index.publish(CORE_11)
    assert user.gets("arp-daemon") == SECOND


def test_a_range_that_is_too_wide_breaks_the_program(user: User, index: Index) -> None:
    index.publish(CORE_10, DAEMON_TOO_LOW)
    environment = user.environment()
    assert user.tries(environment, "arp-daemon").returncode == 0
    environment.check()
    smoke = user.smoke(environment)
    assert smoke.returncode == 1
    assert "cannot import name 'describe' from 'arp_sdk.core'" in smoke.stderr
