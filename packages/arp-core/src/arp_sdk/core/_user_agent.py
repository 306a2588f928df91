from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from requests.__version__ import __version__ as requests_version

from ._version import __version__

if TYPE_CHECKING:
    from ._client import Service


def user_agent(service: Service) -> str:
    """Package, core, Python and transport, with their versions (RFC 9110, 10.1.5)."""
    return (
        f"{service.distribution}/{service.version} arp-core/{__version__} "
        f"python/{platform.python_version()} requests/{requests_version}"
    )
