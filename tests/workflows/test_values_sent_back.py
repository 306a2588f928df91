"""Values of a service may be sent back, even if its keys break the pattern of the contract."""

from __future__ import annotations

import pickle

import pytest

from arp_sdk.errors import ArpValidationError
from arp_sdk.v0_3.models import NodeRun, NodeTypeRef, RunContext, RunStartRequest
from support.clients import RunCoordinatorClient, RunGatewayClient
from support.server import Server, json_reply

IRREGULAR = {"constraints": {"a": 1}, "org.key": 2}
NODE_RUN = {
    "node_run_id": "n",
    "run_id": "r",
    "node_type_ref": {"node_type_id": "t", "version": "1", "extensions": IRREGULAR},
    "state": "running",
    "extensions": IRREGULAR,
}


def request(**fields: object) -> RunStartRequest:
    values = {"root_node_type_ref": NodeTypeRef(node_type_id="t", version="1"), "input": {}}
    return RunStartRequest(**{**values, **fields})  # type: ignore[arg-type]


@pytest.fixture
def received(server: Server) -> NodeRun:
    server.plan(json_reply(NODE_RUN))
    with RunCoordinatorClient(server.url) as coordinator:
        return coordinator.get_node_run("n")


def test_received_keys_are_sent_back(server: Server, received: NodeRun) -> None:
    assert received.extensions == IRREGULAR
    assert received.to_dict() == NODE_RUN
    copied = pickle.loads(pickle.dumps(received))
    server.plan(json_reply({"run_id": "r", "state": "queued", "root_node_run_id": "n"}))
    with RunGatewayClient(server.url) as gateway:
        for extensions in (received.extensions, copied.extensions, {**(received.extensions or {})}):
            gateway.start_run(
                request(extensions=extensions, root_node_type_ref=received.node_type_ref)
            )
            assert server.last.json["extensions"] == IRREGULAR
            assert server.last.json["root_node_type_ref"]["extensions"] == IRREGULAR


@pytest.mark.parametrize("invented", ["mine", "constraints"])
def test_invented_keys_are_not(received: NodeRun, invented: str) -> None:
    with pytest.raises(ArpValidationError, match="matching regex"):
        request(extensions={invented: 1}, run_context=RunContext(extensions=None)).validate()
    assert received.extensions is not None
    if invented not in received.extensions:
        received.extensions[invented] = 1
        with pytest.raises(ArpValidationError, match="matching regex"):
            request(extensions=received.extensions).validate()


def test_other_violations_are_found_next_to_received_keys(received: NodeRun) -> None:
    with pytest.raises(ArpValidationError, match=r"\$.run_id"):
        request(extensions=received.extensions, run_id=7).validate()
