"""Health and version of the daemon client against a daemon."""

from __future__ import annotations

from arp_sdk.models import Status
from first_party.targets import name_of
from support.clients import DaemonClient


def test_health(daemon: DaemonClient) -> None:
    health = daemon.health()

    assert health.status is Status.OK
    assert health.to_dict()["status"] == "ok"


def test_version(daemon: DaemonClient, target: str) -> None:
    version = daemon.version()

    assert version.service_name == name_of(target, "daemon")
    assert version.supported_api_versions == ["v1"]
