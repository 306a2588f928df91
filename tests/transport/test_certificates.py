"""Clients verify certificates, and send their own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bundle") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.fixture
def secure(context: ssl.SSLContext) -> Iterator[Server]:
    with serving(context) as server:
        server.plan(RUNS)
        yield server


def test_a_certificate_is_verified(secure: Server, bundle: str) -> None:
    with DaemonClient(secure.url) as daemon, pytest.raises(ArpConnectionError) as caught:
        daemon.list_runs()
    assert "certificate" in str(caught.value)
    assert caught.value.attempts == 1, "a retry does not make the certificate valid"
    with DaemonClient(secure.url, verify=bundle) as daemon:
        daemon.list_runs()
        daemon.list_runs()


def test_the_bundle_of_the_environment_is_used(
    secure: Server, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with DaemonClient(secure.url) as daemon:
        daemon.list_runs()


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_verification_can_be_disabled(secure: Server) -> None:
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


def test_the_bundle_of_requests_is_trusted_and_not_that_of_openssl(
    secure: Server, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    # OpenSSL trusts this by itself.
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with (
        DaemonClient(secure.url) as daemon,
        pytest.raises(ArpConnectionError, match="certificate"),
    ):
        daemon.list_runs()


def test_a_folder_of_certificates_is_searched(secure: Server, tmp_path: Path) -> None:
    with (
        DaemonClient(secure.url, verify=str(tmp_path)) as daemon,
        pytest.raises(ArpConnectionError, match="certificate") as caught,
    ):
        daemon.list_runs()
    assert caught.value.attempts == 1


@pytest.mark.parametrize("option", ["verify", "cert"])
def test_a_missing_file_is_not_a_reason_for_a_retry(
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
def test_options_of_the_client_override_those_of_an_aiohttp_session(
    secure: Server,
) -> None:
    async def main() -> None:
        async with (
            aiohttp.ClientSession() as session,
            AsyncDaemonClient(secure.url, session=session, verify=False) as daemon,
        ):
            await daemon.list_runs()

    asyncio.run(main())
