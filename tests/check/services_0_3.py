"""Conformant services of ARP 0.3, as small as the contract permits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from uuid import uuid4

from arp_sdk.server import BearerTokens, EventLog, Service, ServiceError, app, not_found
from arp_sdk.v0_3.atomic_executor.server import AtomicExecutorService
from arp_sdk.v0_3.composite_executor.server import CompositeExecutorService
from arp_sdk.v0_3.models import (
    AtomicExecuteRequest,
    AtomicExecuteResult,
    CandidateSet,
    CandidateSetRequest,
    CompositeBeginRequest,
    CompositeBeginResponse,
    NodeKind,
    NodeRun,
    NodeRunCompleteRequest,
    NodeRunEvaluationReportRequest,
    NodeRunsCreateRequest,
    NodeRunsCreateResponse,
    NodeRunState,
    NodeType,
    NodeTypePublishRequest,
    PolicyDecision,
    PolicyDecisionOutcome,
    PolicyDecisionRequest,
    Run,
    RunEvent,
    RunEventType,
    RunStartRequest,
    RunState,
)
from arp_sdk.v0_3.node_registry.server import NodeRegistryService
from arp_sdk.v0_3.pdp.server import PdpService
from arp_sdk.v0_3.run_coordinator.server import RunCoordinatorService
from arp_sdk.v0_3.run_gateway.server import RunGatewayService
from arp_sdk.v0_3.selection.server import SelectionService
from server.services import served

ENDED = (RunState.SUCCEEDED, RunState.CANCELED)


def now() -> datetime:
    return datetime.now(timezone.utc)


class Runs:
    """The operations of runs, which take a moment and succeed."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.logs: dict[str, EventLog[RunEvent]] = {}
        self.node_runs: dict[str, NodeRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start_run(self, body: RunStartRequest) -> Run:
        run = Run(
            run_id=body.run_id or uuid4().hex,
            state=RunState.RUNNING,
            root_node_run_id=uuid4().hex,
            started_at=now(),
        )
        self.node_runs[run.root_node_run_id] = NodeRun(
            node_run_id=run.root_node_run_id,
            run_id=run.run_id,
            node_type_ref=body.root_node_type_ref,
            state=NodeRunState.RUNNING,
        )
        self.runs[run.run_id], self.logs[run.run_id] = run, EventLog()
        self._happens(run, RunEventType.RUN_STARTED)
        task = asyncio.create_task(self._carry_out(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def _carry_out(self, run: Run) -> None:
        await asyncio.sleep(0.02)
        self._happens(run, RunEventType.ATOMIC_EXECUTED)
        self._end(run, RunState.SUCCEEDED)

    def _end(self, run: Run, state: RunState) -> None:
        if run.state not in ENDED:
            run.state, run.ended_at = state, now()
            self.node_runs[run.root_node_run_id].state = NodeRunState(state.value)
            self._happens(run, RunEventType.RUN_COMPLETED, {"state": state.value})
            self.logs[run.run_id].close()

    def _happens(self, run: Run, kind: RunEventType, data: dict[str, object] | None = None) -> None:
        log = self.logs[run.run_id]
        if not log.is_closed:
            event = RunEvent(
                run_id=run.run_id, seq=len(log.events), type=kind, time=now(), data=data
            )
            log.append(event)

    async def get_run(self, run_id: str) -> Run:
        if run_id not in self.runs:
            raise not_found(f"There is no run {run_id}.")
        return self.runs[run_id]

    async def cancel_run(self, run_id: str) -> Run:
        run = await self.get_run(run_id)
        self._end(run, RunState.CANCELED)
        return run

    async def stream_run_events(self, run_id: str) -> AsyncIterator[RunEvent]:
        await self.get_run(run_id)
        async for each in self.logs[run_id].follow():
            yield each


class Gateway(Runs, RunGatewayService):
    pass


class Coordinator(Runs, RunCoordinatorService):
    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, NodeRun] = {}

    async def create_node_runs(self, body: NodeRunsCreateRequest) -> NodeRunsCreateResponse:
        await self.get_run(body.run_id)
        created = [
            self.keys.get(each.idempotency_key or "")
            or NodeRun(
                node_run_id=uuid4().hex,
                run_id=body.run_id,
                parent_node_run_id=body.parent_node_run_id,
                node_type_ref=each.node_type_ref,
                state=NodeRunState.QUEUED,
            )
            for each in body.node_runs
        ]
        for each, made in zip(body.node_runs, created, strict=True):
            self.node_runs[made.node_run_id] = self.keys[each.idempotency_key or ""] = made
        return NodeRunsCreateResponse(node_runs=created)

    async def get_node_run(self, node_run_id: str) -> NodeRun:
        if node_run_id not in self.node_runs:
            raise not_found(f"There is no node run {node_run_id}.")
        return self.node_runs[node_run_id]

    async def stream_node_run_events(self, node_run_id: str) -> AsyncIterator[RunEvent]:
        run = await self.get_node_run(node_run_id)
        yield RunEvent(
            run_id=run.run_id,
            node_run_id=node_run_id,
            seq=0,
            type=RunEventType.NODE_RUN_ASSIGNED,
            time=now(),
        )

    async def report_node_run_evaluation(
        self, node_run_id: str, body: NodeRunEvaluationReportRequest
    ) -> None:
        (await self.get_node_run(node_run_id)).evaluation_result = body.evaluation_result

    async def complete_node_run(self, node_run_id: str, body: NodeRunCompleteRequest) -> None:
        run = await self.get_node_run(node_run_id)
        if run.state is not NodeRunState.QUEUED:
            raise ServiceError(409, "has_ended", "The node run has ended.")
        run.state, run.outputs = NodeRunState(body.state.value), body.outputs


class AtomicExecutor(AtomicExecutorService):
    def __init__(self) -> None:
        self.known: set[str] = set()

    async def execute_atomic_node_run(self, body: AtomicExecuteRequest) -> AtomicExecuteResult:
        self.known.add(body.node_run_id)
        return AtomicExecuteResult(node_run_id=body.node_run_id, state=NodeRunState.SUCCEEDED)

    async def cancel_atomic_node_run(self, node_run_id: str) -> None:
        if node_run_id not in self.known:
            raise not_found(f"There is no node run {node_run_id}.")


class CompositeExecutor(CompositeExecutorService):
    def __init__(self) -> None:
        self.known: set[str] = set()

    async def begin_composite_node_run(self, body: CompositeBeginRequest) -> CompositeBeginResponse:
        self.known.add(body.node_run_id)
        return CompositeBeginResponse(accepted=True)

    async def cancel_composite_node_run(self, node_run_id: str) -> None:
        if node_run_id not in self.known:
            raise not_found(f"There is no node run {node_run_id}.")


class NodeRegistry(NodeRegistryService):
    def __init__(self) -> None:
        self.types: dict[tuple[str, str], NodeType] = {}

    async def list_node_types(
        self, *, q: str | None = None, kind: NodeKind | None = None
    ) -> list[NodeType]:
        return [each for each in self.types.values() if kind in (None, each.kind)]

    async def publish_node_type(self, body: NodeTypePublishRequest) -> NodeType:
        key = body.node_type.node_type_id, body.node_type.version
        if key in self.types:
            raise ServiceError(409, "exists", "The version exists.")
        self.types[key] = body.node_type
        return body.node_type

    async def get_node_type(self, node_type_id: str, *, version: str | None = None) -> NodeType:
        for (id_, existing), found in self.types.items():
            if id_ == node_type_id and version in (None, existing):
                return found
        raise not_found(f"There is no node type {node_type_id}.")


class Selection(SelectionService):
    async def generate_candidate_set(self, body: CandidateSetRequest) -> CandidateSet:
        return CandidateSet(
            candidate_set_id=uuid4().hex, subtask_id=body.subtask_spec.subtask_id, candidates=[]
        )


class Pdp(PdpService):
    async def decide_policy(self, body: PolicyDecisionRequest) -> PolicyDecision:
        return PolicyDecision(decision=PolicyDecisionOutcome.ALLOW)


SERVICES: dict[str, Callable[[], Service]] = {
    "run-gateway": Gateway,
    "run-coordinator": Coordinator,
    "atomic-executor": AtomicExecutor,
    "composite-executor": CompositeExecutor,
    "node-registry": NodeRegistry,
    "selection": Selection,
    "pdp": Pdp,
}


@contextmanager
def services(token: str) -> Iterator[dict[str, str]]:
    """Run the services, and yield their URLs by name."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(served(app(service(), auth=BearerTokens(token)))).url
            for name, service in SERVICES.items()
        }
