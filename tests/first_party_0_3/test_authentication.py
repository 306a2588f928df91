"""Tokens: one audience for each service, and what the services say to other tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from first_party_0_3.recipe import tokens_for
from first_party_0_3.services import PROGRAMS
from first_party_0_3.targets import CLIENTS, ECHO, Clients, request
from first_party_0_3.test_operations import ERRORS, Facts, called, facts

from arp_sdk.errors import ArpApiError, ArpError
from support.clients import RunGatewayClient
from support.issuer import EXCHANGE, FORBIDDEN, Issuer

__all__ = ["facts"]

pytestmark = [
    pytest.mark.full,
    pytest.mark.parametrize("authentication", ["required"], indirect=True, scope="session"),
]

BAD: dict[str, Callable[[Issuer, str], str]] = {
    "none": lambda issuer, audience: "",
    "garbage": lambda issuer, audience: "a.b.c",
    "expired": lambda issuer, audience: issuer.token(audience, lifetime=-60),
    "of another issuer": lambda issuer, audience: issuer.token(audience, iss="https://other"),
    "for another service": lambda issuer, audience: issuer.token("arp-other"),
}
PROTECTED = {
    "run_gateway": "get_run",
    "run_coordinator": "get_run",
    "atomic_executor": "execute_atomic_node_run",
    "composite_executor": "begin_composite_node_run",
    "node_registry": "get_node_type",
    "selection": "generate_candidate_set",
    "pdp": "decide_policy",
}


@pytest.mark.parametrize("service", PROTECTED)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_is_refused(facts: Facts, issuer: Issuer, service: str, kind: str) -> None:
    operation = PROTECTED[service]
    token = BAD[kind](issuer, PROGRAMS[service].audience)
    with CLIENTS[service](facts.urls[service], auth=token or None) as client:
        assert client.version().supported_api_versions == ["v1"]
        with pytest.raises(ArpApiError) as caught:
            called(client, operation, ERRORS[service][operation].arguments(facts))
    if service == "node_registry" and kind == "none":
        assert caught.value.status_code == 404  # its readers need no token
        return
    assert caught.value.status_code == 401
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_client_acts_on_behalf_of_a_user(
    clients: Clients, issuer: Issuer, urls: dict[str, str]
) -> None:
    audience = PROGRAMS["run_gateway"].audience
    user_token = issuer.token("the-program", subject="alice")

    with RunGatewayClient(urls["run_gateway"], auth=tokens_for(issuer)(audience, user_token)) as it:
        result = it.run(request(ECHO), timeout=60, run_coordinator=clients.run_coordinator)

    assert result.outputs == {"echo": "hello"}
    mine = [form for form in issuer.requests if form.get("subject_token") == user_token]
    assert [(form["grant_type"], form["audience"]) for form in mine] == [(EXCHANGE, audience)]


@pytest.mark.parametrize("on_behalf", [False, True])
def test_a_client_that_gets_no_token(issuer: Issuer, urls: dict[str, str], on_behalf: bool) -> None:
    client = "test" if on_behalf else FORBIDDEN
    user_token = issuer.token("the-program", subject=FORBIDDEN) if on_behalf else None
    auth = tokens_for(issuer, client)(PROGRAMS["run_gateway"].audience, user_token)
    with RunGatewayClient(urls["run_gateway"], auth=auth) as gateway:
        with pytest.raises((ArpError, requests.HTTPError)) as caught:
            gateway.get_run("r")
    assert "403" in f"{caught.value} {caught.value.__cause__}"
