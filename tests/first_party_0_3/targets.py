"""The clients of the seven services, and requests that they accept."""

from __future__ import annotations

from typing import Any, NamedTuple

from arp_sdk.v0_3.models import NodeTypeRef, RunStartRequest
from support.clients import (
    AtomicExecutorClient,
    CompositeExecutorClient,
    NodeRegistryClient,
    PdpClient,
    RunCoordinatorClient,
    RunGatewayClient,
    SelectionClient,
)


class Clients(NamedTuple):
    """A client of each service of the standard."""

    run_gateway: RunGatewayClient
    run_coordinator: RunCoordinatorClient
    atomic_executor: AtomicExecutorClient
    composite_executor: CompositeExecutorClient
    node_registry: NodeRegistryClient
    selection: SelectionClient
    pdp: PdpClient


CLIENTS: dict[str, Any] = {
    "run_gateway": RunGatewayClient,
    "run_coordinator": RunCoordinatorClient,
    "atomic_executor": AtomicExecutorClient,
    "composite_executor": CompositeExecutorClient,
    "node_registry": NodeRegistryClient,
    "selection": SelectionClient,
    "pdp": PdpClient,
}
ECHO = NodeTypeRef(node_type_id="jarvis.core.echo", version="0.3.8")
PLANNER = NodeTypeRef(node_type_id="jarvis.composite.planner.general", version="0.3.8")
UNKNOWN = NodeTypeRef(node_type_id="acme.unknown", version="1")


def request(root: NodeTypeRef = PLANNER, **fields: Any) -> RunStartRequest:
    """Return an order for a run: of the planner, which creates one node that echoes."""
    input_ = {"echo": "hello"} if root == ECHO else {"goal": "echo hello"}
    return RunStartRequest(**{"root_node_type_ref": root, "input": input_, **fields})
