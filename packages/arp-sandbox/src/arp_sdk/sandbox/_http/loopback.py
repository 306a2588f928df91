from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from arp_sdk.errors import ArpConfigError

from .service_error import unprocessable

Client = TypeVar("Client")


def loopback_client(make: Callable[[], Client], url: str) -> Client:
    """Make a client for an address on this machine.

    Raises:
        ServiceError: If it is no http or https URL of this machine.
    """
    check_loopback(url)
    try:
        return make()
    except ArpConfigError as error:
        raise unprocessable(f"{url!r} is no address of a service: {error}") from None


def check_loopback(url: str) -> None:
    """Refuse an address that is not on this machine: a test must not reach anything else by chance.

    Raises:
        ServiceError: If it is no http or https URL of this machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme in ("http", "https") and plain and port != 0 and _is_loopback(host):
        return
    raise unprocessable(f"{url!r} is no http or https URL of this machine.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
