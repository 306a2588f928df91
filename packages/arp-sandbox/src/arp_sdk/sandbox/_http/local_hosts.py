"""The rule that the services talk to this machine only, as servers and as clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from arp_sdk.server import ServiceError, unprocessable

HOST = "127.0.0.1"


class AllowedHosts:
    """The hosts that the Host and Origin headers of a request may name.

    A web page can make a browser send requests to this machine. Its Origin gives it away, and
    after DNS rebinding its Host.

    Args:
        others: Hosts besides those of this machine, with a port or for any port.
    """

    def __init__(self, others: Iterable[str] = ()) -> None:
        self._others = frozenset(other.lower() for other in others)

    def check(self, port: int, hosts: Iterable[str], origins: Iterable[str]) -> None:
        """Refuse a request to a port with these headers, or raise a 403."""
        local = f"{HOST}:{port}"
        advice = "or allow it with allowed_hosts= or --allow-host."
        hosts = list(hosts)
        if not hosts or not all(self._allows(host, port) for host in hosts):
            message = f"The Host header does not name this service. Use {local}, {advice}"
            raise ServiceError(403, "host_not_allowed", message)
        for origin in origins:
            scheme, _, host = origin.partition("://")
            if scheme not in ("http", "https") or not self._allows(host, port):
                message = f"The Origin header is not that of this service, http://{local}: {advice}"
                raise ServiceError(403, "origin_not_allowed", message)

    def _allows(self, host: str, port: int) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, given = parts.hostname or "", parts.port
        except ValueError:
            return False
        if "@" in host or parts.netloc != host:
            return False
        if {name, host.lower()} & self._others:
            return True
        return _is_local(name) and (given or 80) == port


def check_local_url(url: str) -> None:
    """Refuse a URL of another machine, so that no test reaches one by accident."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if not (parts.scheme in ("http", "https") and plain and port != 0 and _is_local(host)):
        raise unprocessable(f"{url!r} is not an http or https URL of this machine.")


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep requests to the services away from any proxy."""
    variables = {}
    for name, other in (("no_proxy", "NO_PROXY"), ("NO_PROXY", "no_proxy")):
        hosts = environment.get(name) or environment.get(other) or ""
        variables[name] = hosts if hosts.strip() == "*" else ",".join(filter(None, (hosts, HOST)))
    return variables


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
