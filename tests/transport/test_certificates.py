"""Clients verify certificates, and send their own."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConnectionError
from support.clients import DaemonClient
from support.server import Reply, Server, serving


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
