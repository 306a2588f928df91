"""A connection that was never established has sent nothing, however it fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arp_sdk.core import Retries
from arp_sdk.errors import ArpConnectionError
from arp_sdk.models import InstanceCreateRequest
from support.clients import DaemonClient
from support.raw import Peer, raw_server

REQUEST = InstanceCreateRequest(runtime_profile="p")


def hangs_up(peer: Peer) -> None:
    peer.sock.recv(65536)


def resets(peer: Peer) -> None:
    peer.sock.recv(65536)
    peer.reset()


def hangs_up_unread(peer: Peer) -> None:
    pass


def speaks_http(peer: Peer) -> None:
    peer.sock.recv(65536)
    peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def alerts(peer: Peer) -> None:
    peer.sock.recv(65536)
    peer.send(b"\x15\x03\x03\x00\x02\x02\x28")  # fatal: handshake_failure


def breaks_off(peer: Peer) -> None:
    peer.sock.recv(65536)
    peer.send(b"\x16\x03\x03\x00\x7a\x02\x00")  # the beginning of a ServerHello


BREAKS = [hangs_up, resets, hangs_up_unread, speaks_http, alerts, breaks_off]


@pytest.mark.parametrize("serve", BREAKS)
def test_a_broken_handshake_is_not_sent_and_tried_again(serve: Callable[[Peer], None]) -> None:
    connections: list[int] = []

    def count(peer: Peer) -> None:
        connections.append(peer.number)
        serve(peer)

    with (
        raw_server(count) as url,
        DaemonClient(
            url.replace("http://", "https://"), retries=Retries(limit=2, backoff=0)
        ) as daemon,
        pytest.raises(ArpConnectionError) as caught,
    ):
        daemon.create_instances(REQUEST)
    assert not caught.value.sent
    assert caught.value.attempts == len(connections) == 3


@pytest.mark.parametrize("serve", BREAKS)
def test_a_broken_handshake_through_a_proxy(serve: Callable[[Peer], None]) -> None:
    def tunnel(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        serve(peer)

    with (
        raw_server(tunnel) as url,
        DaemonClient(
            "https://daemon.invalid",
            proxies={"https": url},
            retries=Retries(limit=1, backoff=0),
        ) as daemon,
        pytest.raises(ArpConnectionError) as caught,
    ):
        daemon.create_instances(REQUEST)
    assert not caught.value.sent
    assert caught.value.attempts == 2
