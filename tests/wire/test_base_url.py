"""Base URLs are accepted with or without a path, and refused if they are ambiguous."""

from __future__ import annotations

from typing import Any

import pytest

from arp_sdk.errors import ArpConfigError
from support.clients import DaemonClient, RuntimeClient
from support.server import Server, json_reply

pytestmark = pytest.mark.threads_only("the code is shared")

HEALTH = {"status": "ok", "time": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("suffix", "target"),
    [
        ("", "/v1/health"),
        ("/", "/v1/health"),
        ("/v1", "/v1/health"),
        ("/v1/", "/v1/health"),
        ("/gateway/arp", "/gateway/arp/v1/health"),
        ("/gateway/v1/", "/gateway/v1/health"),
    ],
)
def test_a_path_is_a_prefix_and_v1_is_optional(server: Server, suffix: str, target: str) -> None:
    server.plan(json_reply(HEALTH))
    with DaemonClient(server.url + suffix) as daemon:
        daemon.health()
    assert server.last.target == target


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("", "must be a URL"),
        ("localhost:8000", "scheme"),
        ("127.0.0.1:8000", "scheme"),
        ("//host", "scheme"),
        ("ftp://host", "scheme"),
        ("unix:///run/arp.sock", "scheme"),
        ("http:host", "scheme"),
        ("http://", "no host"),
        ("http://host:port", "not a URL"),
        ("http://host:99999", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http:// ", "not a URL"),
        ("http://a host", "not a URL"),
        ("http://host\t", "not a URL"),
        ("http://user:password@host", "user-info"),
        ("http://token@host", "user-info"),
        ("http://host?a=b", "query"),
        ("http://host#here", "query or fragment"),
        # A zone cannot be sent in a Host header.
        ("http://[fe80::1%25eth0]:8000", "zone"),
        ("http://[fe80::1%eth0]:8000/v1", "zone"),
        ("https://[fe80::1%251]", "zone"),
        (7, "not int"),
    ],
)
def test_an_invalid_base_url_is_refused(base_url: Any, reason: str) -> None:
    with pytest.raises(ArpConfigError, match=reason) as caught:
        DaemonClient(base_url)
    assert "password" not in str(caught.value)
    assert "token@" not in str(caught.value)


def test_the_environment_names_the_service(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARP_DAEMON_URL", server.url)
    server.plan(json_reply(HEALTH))
    with DaemonClient() as daemon:
        daemon.health()
    assert daemon.base_url == server.url
    with DaemonClient("http://explicit.example") as other:
        assert other.base_url == "http://explicit.example"
    with pytest.raises(ArpConfigError, match="ARP_RUNTIME_URL"):
        RuntimeClient()


@pytest.mark.parametrize("url", ["http://[::1]:8000", "http://[fe80::1]", "http://h/a%20b"])
def test_other_urls_are_accepted(url: str) -> None:
    with DaemonClient(f"{url}/v1") as daemon:
        assert daemon.base_url == url
