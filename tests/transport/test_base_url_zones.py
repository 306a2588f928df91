"""A base URL with an IPv6 zone cannot be sent in a Host header, and is refused."""

from __future__ import annotations

import pytest

from arp_sdk.errors import ArpConfigError
from support.clients import DaemonClient


@pytest.mark.parametrize(
    "url",
    [
        "http://[fe80::1%25eth0]:8000",
        "http://[fe80::1%eth0]:8000/v1",
        "https://[fe80::1%251]",
    ],
)
@pytest.mark.parametrize("given", ["base_url", "ARP_DAEMON_URL"])
def test_a_zone_is_refused(url: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARP_DAEMON_URL", url)
    with pytest.raises(ArpConfigError, match="zone"):
        DaemonClient(url if given == "base_url" else None)


@pytest.mark.parametrize("url", ["http://[::1]:8000", "http://[fe80::1]", "http://h/a%20b"])
def test_other_urls_are_accepted(url: str) -> None:
    with DaemonClient(url) as daemon:
        assert daemon.base_url == url
