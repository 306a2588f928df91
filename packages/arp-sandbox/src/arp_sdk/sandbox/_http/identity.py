from __future__ import annotations

from datetime import datetime, timezone
from typing import ClassVar

from arp_sdk.models import Health, Status, VersionInfo
from arp_sdk.sandbox._version import __version__


def now() -> datetime:
    return datetime.now(timezone.utc)


class ServiceIdentity:
    """The operations `health` and `version`, which all services share."""

    service_name: ClassVar[str]

    async def health(self) -> Health:
        return Health(status=Status.OK, time=now())

    async def version(self) -> VersionInfo:
        return VersionInfo(
            service_name=self.service_name,
            service_version=__version__,
            supported_api_versions=["v1"],
        )
