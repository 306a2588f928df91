"""Health and version of the daemon client against the first-party daemon."""

from __future__ import annotations

import pytest

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import Status

pytestmark = pytest.mark.first_party


def test_health(daemon: DaemonClient) -> None:
    health = daemon.health()

    assert health.status is Status.OK
    assert health.to_dict()["status"] == "ok"


def test_version(daemon: DaemonClient) -> None:
    version = daemon.version()

    assert version.service_name == "arp-jarvis-daemon"
    assert version.supported_api_versions == ["v1"]
