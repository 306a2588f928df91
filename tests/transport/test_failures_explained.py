"""A failure says what failed, why, and what to do; its cause holds no secret."""

from __future__ import annotations

import datetime
import socket
import ssl
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trustme

from arp_sdk.core import Retries
from arp_sdk.errors import ArpApiError, ArpConnectionError, ArpDecodeError, ArpTimeoutError
from support.clients import DaemonClient, RuntimeClient
from support.raw import Peer, raw_server
from support.server import HANG_UP, RESET, SILENCE, Reply, Server, json_reply, serving

FAST = Retries(limit=2, backoff=0)
RUNS = json_reply({"runs": []})
SECRET = "s3cret-t0ken"


@pytest.fixture(autouse=True)
def _bundle_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextmanager
def secured(authority: trustme.CA, *names: str, **options: Any) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    with serving(context) as server:
        server.plan(RUNS)
        yield server


def failing(url: str, **options: Any) -> Any:
    settings = {"retries": FAST, "auth": SECRET, **options}
    with DaemonClient(url, **settings) as daemon:
        with pytest.raises(
            (ArpApiError, ArpConnectionError, ArpTimeoutError, ArpDecodeError)
        ) as caught:
            daemon.list_runs()
    error = caught.value
    shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert SECRET not in shown
    assert "p4ssword" not in shown
    cause = error.__cause__
    if cause is not None:
        assert type(cause).__module__ in ("builtins", "socket", "ssl")
        assert cause.__traceback__ is None
        assert cause.__cause__ is None
        assert SECRET not in repr(vars(cause)) + repr(cause.args)
    return error


def test_an_unknown_authority(authority: trustme.CA) -> None:
    with secured(authority, "127.0.0.1") as server:
        error = failing(server.url)
    assert "the certificate was rejected: self-signed certificate in" in str(error) or (
        "the certificate was rejected: unable to get local issuer" in str(error)
    )
    assert "verify=" in error.__notes__[0]
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert error.__cause__.verify_code in (19, 20)
    assert (error.sent, error.attempts) == (False, 1)


def test_a_wrong_host_name(authority: trustme.CA, bundle: str) -> None:
    with secured(authority, "other.example") as server:
        error = failing(server.url, verify=bundle)
    assert "the certificate was rejected: IP address mismatch" in str(error)
    assert "valid for" in error.__notes__[0]
    assert error.__cause__.verify_message.startswith("IP address mismatch")


def test_an_expired_certificate(authority: trustme.CA, bundle: str) -> None:
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    with secured(authority, "127.0.0.1", not_after=yesterday) as server:
        error = failing(server.url, verify=bundle)
    assert "the certificate was rejected: certificate has expired" in str(error)
    assert "clock" in error.__notes__[0]


def test_a_service_that_speaks_no_tls() -> None:
    def serve(peer: Peer) -> None:
        peer.sock.recv(65536)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with raw_server(serve) as url:
        error = failing(url.replace("http:", "https:"))
    assert "http://" in error.__notes__[0]
    assert not error.sent


def test_a_service_that_speaks_tls(authority: trustme.CA) -> None:
    with secured(authority, "127.0.0.1") as server:
        error = failing(server.url.replace("https:", "http:"))
    assert "https://" in error.__notes__[0]


def test_a_service_that_is_not_there() -> None:
    error = failing("http://127.0.0.1:1")
    assert "cannot connect: Connection refused (3 attempts)" in str(error)
    assert isinstance(error.__cause__, ConnectionRefusedError)


def test_a_host_that_is_unknown() -> None:
    error = failing("http://daemon.invalid")
    assert "cannot connect: " in str(error)
    assert "proxy" not in str(error)
    assert isinstance(error.__cause__, OSError)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_password(server: Server, scheme: str) -> None:
    server.plan(Reply(407, b"go away", {"Proxy-Authenticate": "Basic"}))
    proxy = server.url.replace("//", "//user:p4ssword@")
    error = failing(f"{scheme}://daemon.invalid", proxies={scheme: proxy})
    assert f"proxy {server.url[7:]} responded 407 Proxy Authentication Required" in str(error)
    assert "password" in error.__notes__[0]
    assert (error.sent, error.attempts) == (False, 1)
    assert server.last.headers["Proxy-Authorization"].startswith("Basic ")


def test_a_proxy_that_refuses_the_tunnel(server: Server) -> None:
    server.plan(Reply(502))
    error = failing("https://daemon.invalid", proxies={"https": server.url})
    assert f"proxy {server.url[7:]} responded 502 Bad Gateway (3 attempts)" in str(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_down(scheme: str) -> None:
    proxy = "http://user:p4ssword@127.0.0.1:1"
    error = failing(f"{scheme}://daemon.invalid", proxies={scheme: proxy})
    assert "cannot connect to the proxy 127.0.0.1:1: Connection refused" in str(error)
    assert "proxies=" in error.__notes__[0]
    assert not error.sent


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_whose_name_is_unknown(scheme: str) -> None:
    error = failing(f"{scheme}://127.0.0.1:1", proxies={scheme: "http://proxy.invalid:3128"})
    assert "cannot connect to the proxy proxy.invalid:3128: " in str(error)


def test_a_proxy_of_https_whose_certificate_is_rejected(authority: trustme.CA) -> None:
    with secured(authority, "127.0.0.1") as proxy:
        for scheme in ("http", "https"):
            error = failing(f"{scheme}://daemon.invalid", proxies={scheme: proxy.url})
            assert f"the certificate of the proxy {proxy.url[8:]} was rejected: " in str(error)


def test_a_service_behind_a_proxy_is_not_taken_for_the_proxy(authority: trustme.CA) -> None:
    with secured(authority, "127.0.0.1") as service:

        def tunnel(peer: Peer) -> None:
            peer.request()
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            port = int(service.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as onward:
                while said := peer.sock.recv(65536):
                    onward.sendall(said)
                    peer.send(onward.recv(65536))

        with raw_server(tunnel) as proxy:
            error = failing(service.url, proxies={"https": proxy}, retries=0)
    assert "the certificate was rejected: " in str(error)
    assert "proxy" not in str(error)


@pytest.mark.threads_only("asynchronous clients refuse SOCKS proxies")
def test_a_socks_proxy_without_what_it_needs() -> None:
    pytest.importorskip("requests")
    with pytest.MonkeyPatch.context() as patch:
        import requests.adapters

        def missing(*args: object, **kwargs: object) -> None:
            raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

        # As requests itself defines it where PySocks cannot be imported.
        patch.setattr(requests.adapters, "SOCKSProxyManager", missing)
        error = failing("http://h", proxies={"http": "socks5://u:p4ssword@127.0.0.1:9"})
    assert "the SOCKS proxy 127.0.0.1:9 needs PySocks" in str(error)
    assert "requests[socks]" in error.__notes__[0]
    assert error.attempts == 1


@pytest.mark.parametrize("coding", ["xyz", "gzip, xyz", "compress", "\xe4" * 500])
def test_a_body_in_a_coding_that_nothing_decodes(server: Server, coding: str) -> None:
    server.plan(Reply(200, b"\x8b\x02\x80", {"Content-Encoding": coding}))
    error = failing(server.url)
    assert isinstance(error, ArpDecodeError)
    assert "Content-Encoding" in str(error)
    assert "JSON" not in str(error)
    assert error.attempts == 1
    assert len(str(error)) < 1000
    server.plan(Reply(404, b"\x8b\x02\x80", {"Content-Encoding": coding}))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError, match="404"):
        daemon.list_runs()


@pytest.mark.parametrize("coding", ["xyz", "br"])
def test_so_of_a_stream(server: Server, coding: str) -> None:
    headers = {"Content-Encoding": coding, "Content-Type": "text/event-stream"}
    server.plan(Reply(200, b"\x8b\x02\x80", headers))
    with RuntimeClient(server.url) as runtime:
        with pytest.raises(ArpDecodeError, match=f"Content-Encoding '{coding}'"):
            list(runtime.stream_run_events("r"))


@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (Reply(200, b"<html>Sign in</html>"), "proxy or a sign-in page"),
        (Reply(200, b"[]"), "base_url"),
        (Reply(500, b""), "log"),
        (HANG_UP, "base_url"),
    ],
)
def test_every_failure_says_what_to_do(server: Server, reply: Any, hint: str) -> None:
    server.plan(reply)
    assert hint in failing(server.url).__notes__[0]


def test_identity_is_no_coding(server: Server) -> None:
    server.plan(Reply(200, RUNS.body, {"Content-Encoding": "identity"}))
    with DaemonClient(server.url) as daemon:
        assert daemon.list_runs().runs == []


BROKEN: list[tuple[Any, str, type[BaseException]]] = [
    (HANG_UP, "closed without a response", ConnectionError),
    (RESET, "Connection reset by peer", ConnectionError),
    (SILENCE, "no response within the timeout", TimeoutError),
    (Reply(200, b"", pieces=[b"{"], ends=False), "it ended too early", ConnectionError),
]


@pytest.mark.parametrize(("step", "words", "cause"), BROKEN, ids=lambda value: str(value)[:20])
def test_a_connection_that_breaks(
    server: Server, step: Any, words: str, cause: type[BaseException]
) -> None:
    server.plan(step)
    error = failing(server.url, retries=0, timeout=0.2 if step is SILENCE else 30)
    assert words in str(error)
    assert isinstance(error.__cause__, cause)
    assert error.sent


def test_a_service_that_rejects_the_client_certificate(authority: trustme.CA, bundle: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(context) as server:
        server.plan(RUNS)
        error = failing(server.url, verify=bundle, retries=0)
    # The alert may be lost with the connection: then it only broke.
    if "certificate" in str(error):
        assert "the service rejected the client certificate" in str(error)
        assert "cert=" in error.__notes__[0]
        assert not error.sent
    assert isinstance(error, ArpConnectionError)
