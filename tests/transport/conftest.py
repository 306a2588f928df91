from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
import trustme

from support.kinds import client_kind, no_leaks, pytest_generate_tests
from support.server import Server, json_reply, serving

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bundle") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Server]:
    """A server under TLS that asks for a client certificate, and does without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    with serving(context) as server:
        server.plan(json_reply({"runs": []}))
        yield server
