"""Files of certificates that change while a client uses them, or that cannot be used."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConnectionError
from support.bridge import open_connections
from support.clients import DaemonClient, kind
from support.server import Reply, Server, json_reply, serving

RUNS = json_reply({"runs": []})
HANGS_UP = Reply(200, b'{"runs": []}', {"Connection": "close"})


class Secure:
    """A server under TLS whose certificate can be replaced while it runs."""

    def __init__(self, authority: trustme.CA) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.clients: list[str] = []
        self.use(authority)

    def use(self, authority: trustme.CA) -> None:
        authority.issue_cert("127.0.0.1").configure_cert(self.context)

    def ask_clients(self, authority: trustme.CA) -> None:
        self.context.verify_mode = ssl.CERT_OPTIONAL
        authority.configure_trust(self.context)


@pytest.fixture(scope="module")
def authorities() -> tuple[trustme.CA, trustme.CA]:
    return trustme.CA(), trustme.CA()


@pytest.fixture
def secure(authorities: tuple[trustme.CA, trustme.CA]) -> Secure:
    return Secure(authorities[0])


@pytest.fixture
def server(secure: Secure) -> Iterator[Server]:
    with serving(secure.context) as running:
        running.plan(HANGS_UP)
        yield running


def write_whole(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def replace(path: Path, content: bytes) -> None:
    """As orchestrators do it: nobody sees half of a file."""
    fresh = path.with_suffix(".fresh")
    fresh.write_bytes(content)
    fresh.replace(path)


def swap_link(path: Path, content: bytes) -> None:
    """As Kubernetes does it for mounted secrets."""
    folder = path.with_suffix(f".{len(list(path.parent.iterdir()))}")
    folder.mkdir()
    (folder / "file").write_bytes(content)
    link = path.with_suffix(".link")
    link.symlink_to(folder / "file")
    link.replace(path)


Change = Callable[[Path, bytes], None]


@pytest.mark.parametrize(
    ("change", "make_session"),
    [
        (write_whole, nullcontext),
        (replace, nullcontext),
        (swap_link, nullcontext),
        (replace, requests.Session),
    ],
)
def test_new_connections_trust_what_the_bundle_holds_now(
    secure: Secure,
    server: Server,
    authorities: tuple[trustme.CA, trustme.CA],
    tmp_path: Path,
    change: Change,
    make_session: Any,
) -> None:
    if make_session is requests.Session and kind() == "asyncio":
        pytest.skip("a requests.Session")
    old, new = authorities
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(old.cert_pem.bytes())
    with make_session() as session:
        with DaemonClient(server.url, verify=str(bundle), session=session) as daemon:
            daemon.list_runs()
            secure.use(new)
            with pytest.raises(ArpConnectionError, match="certificate"):
                daemon.list_runs()
            change(bundle, new.cert_pem.bytes())
            daemon.list_runs()
            secure.use(old)
            with pytest.raises(ArpConnectionError, match="certificate"):
                daemon.list_runs()


@pytest.mark.threads_only("an aiohttp.ClientSession, and its own event loop")
def test_so_do_those_of_a_session_of_aiohttp(
    secure: Secure, server: Server, authorities: tuple[trustme.CA, trustme.CA], tmp_path: Path
) -> None:
    old, new = authorities
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(old.cert_pem.bytes())

    async def use() -> None:
        async with (
            aiohttp.ClientSession() as session,
            AsyncDaemonClient(server.url, verify=str(bundle), session=session) as daemon,
        ):
            await daemon.list_runs()
            replace(bundle, new.cert_pem.bytes())
            with pytest.raises(ArpConnectionError, match="certificate"):
                await daemon.list_runs()
            secure.use(new)
            await daemon.list_runs()
        # The session's own connections take some turns of the loop to close.
        while open_connections(asyncio.get_running_loop()):
            await asyncio.sleep(0.001)

    asyncio.run(use())


@pytest.mark.parametrize("change", [write_whole, replace, swap_link])
def test_new_connections_present_the_current_client_certificate(
    secure: Secure,
    server: Server,
    authorities: tuple[trustme.CA, trustme.CA],
    tmp_path: Path,
    change: Change,
) -> None:
    old, new = authorities
    bundle, mine = tmp_path / "ca.pem", tmp_path / "mine.pem"
    bundle.write_bytes(old.cert_pem.bytes())
    mine.write_bytes(old.issue_cert("me@old.example").private_key_and_cert_chain_pem.bytes())
    secure.context.verify_mode = ssl.CERT_REQUIRED
    old.configure_trust(secure.context)

    daemon = DaemonClient(server.url, verify=str(bundle), cert=str(mine), retries=0)
    with daemon:
        daemon.list_runs()
        change(mine, new.issue_cert("me@new.example").private_key_and_cert_chain_pem.bytes())
        with pytest.raises(ArpConnectionError):  # signed by nobody whom the service knows
            daemon.list_runs()
        change(mine, old.issue_cert("me@old.example").private_key_and_cert_chain_pem.bytes())
        daemon.list_runs()


def hashed_name(authority: trustme.CA) -> str:
    """Name a certificate in a folder as OpenSSL looks it up (`openssl rehash`)."""
    subject = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    canonical = x509.Name([x509.NameAttribute(a.oid, str(a.value).lower()) for a in subject])
    without_header = canonical.public_bytes()[2:]
    digest = hashlib.sha1(without_header, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}.0"


def test_a_folder_of_certificates_may_change(
    secure: Secure, server: Server, authorities: tuple[trustme.CA, trustme.CA], tmp_path: Path
) -> None:
    old, new = authorities
    (tmp_path / hashed_name(old)).write_bytes(old.cert_pem.bytes())

    with DaemonClient(server.url, verify=str(tmp_path)) as daemon:
        daemon.list_runs()
        (tmp_path / hashed_name(old)).unlink()
        (tmp_path / hashed_name(new)).write_bytes(new.cert_pem.bytes())
        with pytest.raises(ArpConnectionError, match="certificate"):
            daemon.list_runs()
        secure.use(new)
        daemon.list_runs()


def test_a_kept_connection_outlives_a_change(
    secure: Secure, server: Server, authorities: tuple[trustme.CA, trustme.CA], tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(authorities[0].cert_pem.bytes())
    server.plan(RUNS)

    with DaemonClient(server.url, verify=str(bundle)) as daemon:
        daemon.list_runs()
        replace(bundle, b"".join(each.cert_pem.bytes() for each in authorities))
        daemon.list_runs()
        bundle.unlink()
        daemon.list_runs()
    assert server.connections == 1


@pytest.fixture
def client_certificate(authorities: tuple[trustme.CA, trustme.CA], tmp_path: Path) -> str:
    chain = authorities[0].issue_cert("me@example.org").private_key_and_cert_chain_pem
    return _written(tmp_path / "client.pem", chain.bytes())


def test_no_other_origin_sees_the_client_certificate(
    secure: Secure,
    server: Server,
    authorities: tuple[trustme.CA, trustme.CA],
    tmp_path: Path,
    client_certificate: str,
) -> None:
    bundle = _written(tmp_path / "ca.pem", authorities[0].cert_pem.bytes())
    secure.ask_clients(authorities[0])
    with serving(secure.context) as elsewhere:
        elsewhere.plan(RUNS)
        server.plan(Reply(307, b"", {"Location": f"{elsewhere.url}/v1/runs"}))

        with DaemonClient(
            server.url,
            verify=bundle,
            cert=client_certificate,
            allow_cross_origin_redirects=True,
        ) as daemon:
            daemon.list_runs()
            daemon.list_runs()
        assert server.client_certificates == 1
        assert len(elsewhere.requests) == 2
        assert elsewhere.client_certificates == 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio cannot do TLS within TLS")
@pytest.mark.parametrize("url", ["https://daemon.invalid", "http://daemon.invalid"])
def test_no_proxy_sees_the_client_certificate(
    secure: Secure,
    server: Server,
    authorities: tuple[trustme.CA, trustme.CA],
    tmp_path: Path,
    client_certificate: str,
    url: str,
) -> None:
    bundle = _written(tmp_path / "ca.pem", authorities[0].cert_pem.bytes())
    secure.ask_clients(authorities[0])
    server.plan(Reply(407))
    proxies = {"https": server.url, "http": server.url}
    error = failing(url, verify=bundle, cert=client_certificate, proxies=proxies)
    assert f"proxy {server.url[8:]} responded 407" in str(error)
    assert server.connections == 1
    assert server.client_certificates == 0


def failing(server_url: str, **options: object) -> ArpConnectionError:
    with DaemonClient(server_url, **options) as daemon:  # type: ignore[arg-type]
        with pytest.raises(ArpConnectionError) as caught:
            daemon.list_runs()
    return caught.value


Files = Callable[[Path, trustme.CA], dict[str, object]]


def _written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def _key(authority: trustme.CA) -> bytes:
    return authority.issue_cert("me@example.org").private_key_pem.bytes()


def _chain(authority: trustme.CA) -> bytes:
    return authority.issue_cert("me@example.org").cert_chain_pems[0].bytes()


def _encrypted(authority: trustme.CA) -> bytes:
    key = load_pem_private_key(_key(authority), None)
    kind = PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(Encoding.PEM, kind, BestAvailableEncryption(b"s3cret"))


UNUSABLE: dict[str, Files] = {
    "no bundle": lambda at, _: {"verify": str(at / "bad.pem")},
    "a bundle that is none": lambda at, _: {"verify": _written(at / "bad.pem", b"hello")},
    "an empty bundle": lambda at, _: {"verify": _written(at / "bad.pem", b"")},
    "no client certificate": lambda at, _: {"cert": str(at / "bad.pem")},
    "a client certificate that is none": lambda at, _: {"cert": _written(at / "bad.pem", b"x")},
    "a key of another certificate": lambda at, ca: {
        "cert": (_written(at / "mine.pem", _chain(ca)), _written(at / "bad.pem", _key(ca)))
    },
    "a key with a passphrase": lambda at, ca: {
        "cert": (_written(at / "mine.pem", _chain(ca)), _written(at / "bad.pem", _encrypted(ca)))
    },
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_cannot_be_used_is_named_and_tried_once(
    name: str, server: Server, authorities: tuple[trustme.CA, trustme.CA], tmp_path: Path
) -> None:
    error = failing(server.url, **UNUSABLE[name](tmp_path, authorities[0]))
    assert "bad.pem" in str(error)
    assert "cannot be loaded" in str(error)
    assert error.attempts == 1
    assert not error.sent
    assert server.connections == 0


def test_a_file_that_becomes_unusable(
    server: Server, authorities: tuple[trustme.CA, trustme.CA], tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(authorities[0].cert_pem.bytes())

    with DaemonClient(server.url, verify=str(bundle)) as daemon:
        daemon.list_runs()
        bundle.write_bytes(b"hello")
        with pytest.raises(ArpConnectionError, match=r"ca\.pem' cannot be loaded") as caught:
            daemon.list_runs()
        assert caught.value.attempts == 1
        bundle.write_bytes(authorities[0].cert_pem.bytes())
        daemon.list_runs()
