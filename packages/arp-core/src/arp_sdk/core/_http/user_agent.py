"""The User-Agent header."""

from __future__ import annotations

from arp_sdk.core._contract.operation import Service
from arp_sdk.core._version import __version__


def user_agent(service: Service, library: str) -> str:
    """Return package, core, Python and transport, with their versions (RFC 9110, 10.1.5)."""
    import platform

    return (
        f"{service.distribution}/{service.version} arp-core/{__version__} "
        f"python/{platform.python_version()} {library}"
    )
