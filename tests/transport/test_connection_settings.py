"""Values that verify=, cert=, proxies= and pool_size= accept and reject."""

from __future__ import annotations

import logging
import pickle
import ssl
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from urllib3.exceptions import InsecureRequestWarning

from arp_sdk.core._transport.base import ORIGINS
from arp_sdk.errors import ArpConfigError
from support.clients import DaemonClient
from support.server import Server, json_reply

RUNS = json_reply({"runs": []})


@pytest.mark.parametrize("verify", ["", 0, 1, 0.0, b"", b"ca.pem", [], ()], ids=repr)
def test_what_is_neither_a_bool_nor_a_path_does_not_turn_checks_off(verify: Any) -> None:
    with pytest.raises(ArpConfigError, match="verify must be"):
        DaemonClient("https://127.0.0.1:1", verify=verify)


@pytest.mark.threads_only("a requests.Session")
@pytest.mark.parametrize("verify", ["", 0, None], ids=repr)
def test_nor_does_a_session_whose_verify_is_empty(
    secure: Server, verify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with requests.Session() as session:
        session.verify = verify
        with (
            DaemonClient(secure.url, session=session) as daemon,
            pytest.raises(ArpConfigError, match="verify"),
        ):
            daemon.list_runs()
    assert secure.requests == []


def test_switching_checks_off_warns_once_at_the_callers_line(secure: Server) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with DaemonClient(secure.url, verify=False) as daemon:
            for _ in range(3):
                daemon.list_runs()
            daemon.with_options(retries=0).list_runs()
    assert [warning.category for warning in caught] == [InsecureRequestWarning]
    assert "arp_sdk" not in caught[0].filename


@pytest.mark.parametrize("as_path", [str, Path])
def test_paths_of_any_kind(
    authority: trustme.CA, bundle: str, secure: Server, tmp_path: Path, as_path: Any
) -> None:
    mine, key = (tmp_path / name for name in ("mine.pem", "key.pem"))
    issued = authority.issue_cert("me@example.org")
    mine.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    with DaemonClient(
        secure.url, verify=as_path(bundle), cert=(as_path(mine), as_path(key))
    ) as daemon:
        daemon.list_runs()
        with pickle.loads(pickle.dumps(daemon)) as copy:
            copy.list_runs()
    assert secure.client_certificates == 2


def test_an_ssl_context(authority: trustme.CA, secure: Server) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    authority.issue_cert("me@example.org").configure_cert(context)
    with DaemonClient(secure.url, verify=context) as daemon:
        daemon.list_runs()
        daemon.list_runs()
        with pytest.raises(ArpConfigError, match="SSLContext"):
            pickle.dumps(daemon)
    assert secure.client_certificates == secure.connections == 1


def test_an_ssl_context_that_trusts_nobody(secure: Server) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with (
        DaemonClient(secure.url, verify=context) as daemon,
        pytest.raises(Exception, match="certificate was rejected"),
    ):
        daemon.list_runs()
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_an_ssl_context_and_a_client_certificate_exclude_each_other() -> None:
    with pytest.raises(ArpConfigError, match="load the client certificate into the context"):
        DaemonClient("https://h", verify=ssl.create_default_context(), cert="mine.pem")


@pytest.mark.threads_only("a requests.Session")
def test_a_session_has_no_use_for_an_ssl_context() -> None:
    with requests.Session() as session, pytest.raises(ArpConfigError, match="mount an adapter"):
        DaemonClient("https://h", verify=ssl.create_default_context(), session=session)


@pytest.mark.parametrize("cert", ["", b"x", 1, (), ("a", "b", "c"), ("a", ""), ("a", 1)], ids=repr)
def test_a_client_certificate_that_is_no_path(cert: Any) -> None:
    with pytest.raises(ArpConfigError, match="cert must be"):
        DaemonClient("https://h", cert=cert)


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "32", None], ids=repr)
def test_a_pool_size_that_is_none(size: Any) -> None:
    with pytest.raises(ArpConfigError, match="pool_size"):
        DaemonClient("http://h", pool_size=size)


def _call_together(server: Server, daemon: Any, number: int) -> None:
    together = threading.Barrier(number)

    def respond(_: object) -> Any:
        together.wait()
        return RUNS

    server.plan(respond)
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(lambda _: daemon.list_runs(), range(number)))


@pytest.mark.threads_only("aiohttp keeps all connections for some seconds")
@pytest.mark.parametrize(("size", "kept"), [(2, 2), (8, 5)])
def test_a_pool_keeps_as_many_connections_as_it_may(
    server: Server, caplog: pytest.LogCaptureFixture, size: int, kept: int
) -> None:
    with DaemonClient(server.url, pool_size=size) as daemon:
        with caplog.at_level(logging.WARNING):
            _call_together(server, daemon, 5)
            assert server.connections == 5
            _call_together(server, daemon, 5)
            assert server.connections == 5 + 5 - kept
    assert caplog.records == []


def test_no_proxy_for_a_scheme_whatever_the_environment_says(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.plan(RUNS)
    with DaemonClient(server.url, proxies={"http": None}) as daemon:
        daemon.list_runs()
        with pickle.loads(pickle.dumps(daemon)) as copy:
            copy.list_runs()


@pytest.mark.parametrize("proxies", [[], "http://h", {"http": 1}, {1: "http://h"}], ids=repr)
def test_proxies_that_are_no_mapping_of_urls(proxies: Any) -> None:
    with pytest.raises(ArpConfigError, match="proxies must be"):
        DaemonClient("http://h", proxies=proxies)


def test_settings_are_kept_for_a_few_origins_only() -> None:
    with DaemonClient("http://h") as daemon:
        transport = daemon._connections
        session = requests.Session()
        for number in range(100):
            transport.settings_for(session, f"http://h{number}/v1")
            transport.settings_for(session, f"http://h{number}/v1", with_credentials=False)
        assert len(transport._settings._made) <= ORIGINS
