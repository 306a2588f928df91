"""Whom the clients trust, and who they say they are."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import aiohttp
import pytest
import trustme

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConnectionError
from support.clients import DaemonClient
from support.server import Reply, Server, json_reply, serving

RUNS = json_reply({"runs": []})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL

    def wrap(httpd: ThreadingHTTPServer) -> None:
        httpd.socket = context.wrap_socket(
            httpd.socket, server_side=True, do_handshake_on_connect=False
        )

    with serving(wrap) as server:
        server.plan(RUNS)
        yield server


def test_a_certificate_is_verified(secure: Server, bundle: str) -> None:
    with DaemonClient(secure.url) as daemon, pytest.raises(ArpConnectionError) as caught:
        daemon.list_runs()
    assert "certificate" in str(caught.value)
    assert caught.value.attempts == 1, "a wrong certificate does not get right by asking again"
    with DaemonClient(secure.url, verify=bundle) as daemon:
        daemon.list_runs()
        daemon.list_runs()


def test_a_bundle_of_the_environment_is_used(
    secure: Server, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with DaemonClient(secure.url) as daemon:
        daemon.list_runs()


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_verification_can_be_switched_off(secure: Server) -> None:
    with DaemonClient(secure.url, verify=False) as daemon:
        daemon.list_runs()


def test_a_client_certificate_is_sent(
    secure: Server, bundle: str, authority: trustme.CA, tmp_path: Path
) -> None:
    mine = authority.issue_cert("me@example.org")
    path = tmp_path / "mine.pem"
    mine.private_key_and_cert_chain_pem.write_to_path(str(path))
    with DaemonClient(secure.url, verify=bundle, cert=str(path)) as daemon:
        daemon.list_runs()
    assert secure.client_certificates == 1


def test_a_redirect_from_https_to_http_is_refused(secure: Server, bundle: str) -> None:
    with serving() as plain:
        secure.plan(Reply(307, b"", {"Location": plain.url}))
        with (
            DaemonClient(secure.url, verify=bundle, allow_cross_origin_redirects=True) as daemon,
            pytest.raises(Exception, match="https to http"),
        ):
            daemon.list_runs()
        assert plain.requests == []


def test_it_is_the_bundle_of_requests_that_is_trusted(
    secure: Server, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    # What OpenSSL trusts by itself.
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with (
        DaemonClient(secure.url) as daemon,
        pytest.raises(ArpConnectionError, match="certificate"),
    ):
        daemon.list_runs()


def test_a_folder_of_certificates_is_looked_into(secure: Server, tmp_path: Path) -> None:
    with (
        DaemonClient(secure.url, verify=str(tmp_path)) as daemon,
        pytest.raises(ArpConnectionError, match="certificate") as caught,
    ):
        daemon.list_runs()
    assert caught.value.attempts == 1


@pytest.mark.parametrize("option", ["verify", "cert"])
def test_a_file_that_is_not_there_is_no_reason_to_try_again(
    secure: Server, bundle: str, option: str
) -> None:
    files = {"verify": bundle, option: "/nowhere.pem"}
    with (
        DaemonClient(secure.url, **files) as daemon,  # type: ignore[arg-type]
        pytest.raises(ArpConnectionError) as caught,
    ):
        daemon.list_runs()
    assert caught.value.attempts == 1
    assert not caught.value.sent
    assert secure.requests == []


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.threads_only("makes its own client, and its own event loop")
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_what_is_asked_of_the_client_goes_before_what_a_session_of_aiohttp_does(
    secure: Server,
) -> None:
    async def main() -> None:
        async with (
            aiohttp.ClientSession() as session,
            AsyncDaemonClient(secure.url, session=session, verify=False) as daemon,
        ):
            await daemon.list_runs()

    asyncio.run(main())
