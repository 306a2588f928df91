from __future__ import annotations

from datetime import datetime, timezone

from arp_sdk.models import Health, Status, VersionInfo
from arp_sdk.sandbox._version import __version__


def now() -> datetime:
    return datetime.now(timezone.utc)


def healthy() -> Health:
    return Health(status=Status.OK, time=now())


def version_of(service: str) -> VersionInfo:
    """Which software a service is.

    Args:
        service: Such as `runtime`.
    """
    return VersionInfo(
        service_name=f"arp-sandbox-{service}",
        service_version=__version__,
        supported_api_versions=["v1"],
    )
