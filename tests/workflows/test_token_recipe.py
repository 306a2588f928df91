"""The recipe on the page about credentials: a token for each service, and tokens of users."""

from __future__ import annotations

from collections.abc import Iterator

import jwt
import pytest
from first_party_0_3.recipe import tokens_for

from arp_sdk.v0_3.models import NodeTypeRef, RunStartRequest
from support.clients import RunCoordinatorClient, RunGatewayClient
from support.issuer import EXCHANGE, Issuer, issuing
from support.server import Received, Server, error_reply, json_reply, serving

REFERENCE = {"node_type_id": "acme.echo", "version": "1"}
RUN = {"run_id": "r", "state": "succeeded", "root_node_run_id": "n"}
NODE_RUN = {
    "node_run_id": "n", "run_id": "r", "node_type_ref": REFERENCE, "state": "succeeded",
    "outputs": {"echo": "hello"},
}  # fmt: skip
REQUEST = RunStartRequest(root_node_type_ref=NodeTypeRef.from_dict(REFERENCE), input={})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


def claims(received: Received) -> tuple[str, str]:
    """Return the audience and the subject of the token of a request."""
    token = received.headers["Authorization"].removeprefix("Bearer ")
    found = jwt.decode(token, options={"verify_signature": False})
    return found["aud"], found["sub"]


def test_each_service_gets_a_token_of_its_own(server: Server, issuer: Issuer) -> None:
    tokens = tokens_for(issuer, "me")
    server.plan(json_reply(RUN))
    with serving() as other:
        other.plan(json_reply(NODE_RUN))
        with (
            RunGatewayClient(server.url, auth=tokens("gateway")) as gateway,
            RunCoordinatorClient(other.url, auth=tokens("coordinator")) as coordinator,
        ):
            assert gateway.run(REQUEST, run_coordinator=coordinator).outputs == {"echo": "hello"}
        assert claims(other.last) == ("coordinator", "me")
    assert claims(server.last) == ("gateway", "me")
    assert len(issuer.requests) == 2


def test_a_token_of_a_user_is_exchanged_and_renewed(server: Server, issuer: Issuer) -> None:
    auth = tokens_for(issuer, "me")("gateway", issuer.token("the-program", subject="alice"))
    server.plan(error_reply(401), json_reply(RUN))
    with RunGatewayClient(server.url, auth=auth) as gateway:
        gateway.get_run("r")
    assert claims(server.last) == ("gateway", "alice")
    assert [form["grant_type"] for form in issuer.requests] == [EXCHANGE, EXCHANGE]
