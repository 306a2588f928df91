"""Authentication by JSON Web Tokens, with keys from a server of the issuer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from arp_sdk.runtime.server import RuntimeService
from arp_sdk.server import ServiceError, app
from arp_sdk.server.jwt import JwtVerifier
from sandbox.exchanges import exchange
from server.services import served
from support.server import Reply, Server, serving

KEYS = {kid: ec.generate_private_key(ec.SECP256R1()) for kid in ("old", "new")}
GOOD: dict[str, Any] = {"sub": "ann", "aud": "arp", "iss": "https://id.example"}


def key_set(*kids: str) -> Reply:
    algorithm = ECAlgorithm(ECAlgorithm.SHA256)
    keys = [{**json.loads(algorithm.to_jwk(KEYS[kid].public_key())), "kid": kid} for kid in kids]
    return Reply(200, json.dumps({"keys": keys}).encode())


def token(kid: str = "old", key: str | None = None, **claims: Any) -> str:
    values = {"exp": time.time() + 60, **GOOD, **claims}
    given = {name: value for name, value in values.items() if value is not None}
    return jwt.encode(given, KEYS[key or kid], "ES256", headers={"kid": kid})


@pytest.fixture
def issuer() -> Iterator[Server]:
    with serving() as server:
        server.plan(key_set("old"))
        yield server


def verifier(issuer: Server) -> JwtVerifier:
    url = f"{issuer.url}/jwks.json"
    return JwtVerifier(jwks_url=url, audience="arp", issuer="https://id.example")


def test_the_caller_is_the_claims(issuer: Server) -> None:
    claims = asyncio.run(verifier(issuer)(token()))

    assert claims is not None and claims["sub"] == "ann"


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": 1}, {"exp": None}, {"aud": "other"}, {"aud": None}, {"iss": "https://evil.example"},
        {"key": "new"}, {"kid": "new"}, {"nbf": 9_999_999_999},
    ],
)  # fmt: skip
def test_a_token_that_is_not_valid(issuer: Server, wrong: dict[str, Any]) -> None:
    assert asyncio.run(verifier(issuer)(token(**wrong))) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c", jwt.encode(GOOD, "", "none")])
def test_what_is_no_token(issuer: Server, text: str) -> None:
    assert asyncio.run(verifier(issuer)(text)) is None


def test_a_new_key_is_found_and_made_up_ones_cost_nothing(issuer: Server) -> None:
    verify = verifier(issuer)
    assert asyncio.run(verify(token())) is not None
    issuer.plan(key_set("old", "new"))

    assert asyncio.run(verify(token("new"))) is not None
    fetched = len(issuer.requests)
    for number in range(20):
        assert asyncio.run(verify(token(f"made-up-{number}", key="old"))) is None
    assert len(issuer.requests) == fetched


def test_an_issuer_that_is_down(issuer: Server) -> None:
    verify = verifier(issuer)
    issuer.plan(Reply(500))

    with pytest.raises(ServiceError) as caught:
        asyncio.run(verify(token()))
    assert (caught.value.status, caught.value.error.code) == (503, "keys_unavailable")


def test_a_shared_secret() -> None:
    secret = "a secret of at least thirty-two bytes"
    verify = JwtVerifier(key=secret, audience="arp", algorithms=["HS256"])
    good = jwt.encode({**GOOD, "exp": time.time() + 60}, secret, "HS256")

    assert asyncio.run(verify(good)) is not None
    assert secret not in repr(verify)
    with served(app(RuntimeService(), auth=verify)) as server:
        url = f"{server.url}/v1/runs/x"
        assert exchange("GET", url, headers={"Authorization": f"Bearer {good}"}).status == 501
        assert exchange("GET", url, headers={"Authorization": f"Bearer {good}x"}).status == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"key": "k", "jwks_url": "u"},
        {"key": "k", "algorithms": ["none"]}, {"key": "k", "algorithms": []},
    ],
)  # fmt: skip
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"pass|name"):
        JwtVerifier(audience="arp", **wrong)
