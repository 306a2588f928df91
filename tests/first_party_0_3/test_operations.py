"""Every operation of the seven services, with a success and an error."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from first_party_0_3.services import PROGRAMS
from first_party_0_3.targets import CLIENTS, ECHO, PLANNER, UNKNOWN, Clients, request

from arp_sdk.core import HttpRequest, Operation
from arp_sdk.errors import ArpApiError
from arp_sdk.v0_3.models import (
    AtomicExecuteRequest,
    CandidateSetRequest,
    CompositeBeginRequest,
    EvaluationResult,
    EvaluationStatus,
    NodeKind,
    NodeRun,
    NodeRunCompleteRequest,
    NodeRunCreateSpec,
    NodeRunEvaluationReportRequest,
    NodeRunsCreateRequest,
    NodeRunTerminalState,
    NodeType,
    NodeTypePublishRequest,
    PolicyDecisionRequest,
    Run,
    RunEventType,
    RunState,
    Status,
    SubtaskSpec,
)
from support.issuer import Issuer

pytestmark = pytest.mark.full


class Facts(NamedTuple):
    """Targets of requests: a run that has succeeded, and a new node run of it."""

    run: Run
    node_run: NodeRun
    urls: dict[str, str]


Arguments = Callable[[Facts], tuple[Any, ...]]


class Case(NamedTuple):
    """The arguments of an operation, and a check of its result."""

    arguments: Arguments
    holds: Callable[[Any, Facts], object]


class Error(NamedTuple):
    """The arguments of an operation that fails, and the error.

    `how` is how it is made to fail if the arguments are valid: by a malformed body, or by a path
    that the service does not have.
    """

    arguments: Arguments
    status: int
    code: str
    how: str = ""


def node_runs(run: Run, **fields: Any) -> NodeRunsCreateRequest:
    values = {
        "run_id": run.run_id,
        "parent_node_run_id": run.root_node_run_id,
        "node_runs": [NodeRunCreateSpec(node_type_ref=ECHO, inputs={"echo": "x"})],
    }
    return NodeRunsCreateRequest(**{**values, **fields})


def node_type(version: str) -> NodeTypePublishRequest:
    published = NodeType(node_type_id="acme.tested", version=version, kind=NodeKind.ATOMIC)
    return NodeTypePublishRequest(node_type=published)


def begin(facts: Facts) -> CompositeBeginRequest:
    return CompositeBeginRequest(
        node_run_id=facts.run.root_node_run_id,
        run_id=facts.run.run_id,
        node_type_ref=PLANNER,
        inputs={"goal": "echo hello"},
        coordinator_endpoint=facts.urls["run_coordinator"],
    )


ATOMIC = AtomicExecuteRequest(node_run_id="n", run_id="r", node_type_ref=ECHO, inputs={"echo": "x"})
SUBTASK = CandidateSetRequest(subtask_spec=SubtaskSpec(subtask_id="s", goal="echo hello"))
SUCCESS = NodeRunEvaluationReportRequest(
    evaluation_result=EvaluationResult(status=EvaluationStatus.SUCCESS)
)
DONE = NodeRunCompleteRequest(state=NodeRunTerminalState.SUCCEEDED, outputs={"echo": "x"})
ACTION = PolicyDecisionRequest(action="run.start")


def none(_: Facts) -> tuple[Any, ...]:
    return ()


def run_id(facts: Facts) -> tuple[Any, ...]:
    return (facts.run.run_id,)


def root(facts: Facts) -> tuple[Any, ...]:
    return (facts.run.root_node_run_id,)


def given(*values: Any) -> Arguments:
    return lambda _: values


def is_started(value: Any, _: Facts) -> bool:
    return value.state in (RunState.QUEUED, RunState.RUNNING)


def is_of_the_run(value: Any, facts: Facts) -> bool:
    return bool(value.run_id == facts.run.run_id)


def is_nothing(value: Any, _: Facts) -> bool:
    return value is None


def are_events(value: Any, facts: Facts) -> bool:
    numbers = [event.seq for event in value]
    ends = RunEventType.RUN_COMPLETED in [event.type for event in value]
    return ends and numbers == sorted(set(numbers)) and is_of_the_run(value[-1], facts)


_COMMON = {
    "health": Case(none, lambda value, _: value.status is Status.OK),
    "version": Case(none, lambda value, _: value.supported_api_versions == ["v1"]),
}
_RUNS = _COMMON | {
    "start_run": Case(given(request(ECHO)), is_started),
    "get_run": Case(run_id, is_of_the_run),
    "cancel_run": Case(run_id, is_of_the_run),
    "stream_run_events": Case(run_id, are_events),
}
SUCCESSES: dict[str, dict[str, Case]] = {
    "run_gateway": _RUNS,
    "run_coordinator": _RUNS
    | {
        "create_node_runs": Case(
            lambda f: (node_runs(f.run),), lambda value, f: is_of_the_run(value.node_runs[0], f)
        ),
        "get_node_run": Case(root, is_of_the_run),
        "stream_node_run_events": Case(root, are_events),
        "report_node_run_evaluation": Case(lambda f: (f.node_run.node_run_id, SUCCESS), is_nothing),
        "complete_node_run": Case(lambda f: (f.node_run.node_run_id, DONE), is_nothing),
    },
    "atomic_executor": _COMMON
    | {
        "execute_atomic_node_run": Case(
            given(ATOMIC), lambda value, _: value.outputs == {"echo": "x"}
        ),
        "cancel_atomic_node_run": Case(given("n"), is_nothing),
    },
    "composite_executor": _COMMON
    | {
        "begin_composite_node_run": Case(
            lambda f: (begin(f),), lambda value, _: value.accepted is True
        ),
        "cancel_composite_node_run": Case(given("n"), is_nothing),
    },
    "node_registry": _COMMON
    | {
        "list_node_types": Case(
            none, lambda value, _: ECHO.node_type_id in [each.node_type_id for each in value]
        ),
        "publish_node_type": Case(
            lambda _: (node_type(uuid4().hex),),
            lambda value, _: value.node_type_id == "acme.tested",
        ),
        "get_node_type": Case(
            given(ECHO.node_type_id), lambda value, _: value.kind is NodeKind.ATOMIC
        ),
    },
    "selection": _COMMON
    | {
        "generate_candidate_set": Case(
            given(SUBTASK), lambda value, _: value.candidates[0].node_type_ref == ECHO
        )
    },
    "pdp": _COMMON
    | {"decide_policy": Case(given(ACTION), lambda value, _: value.decision.value == "allow")},
}

NO_RUN = (404, "run_not_found")
NO_NODE_RUN = (404, "node_run_not_found")
NO_ROUTE = (404, "http_404")
INVALID = (400, "invalid_request", "malformed")

_NOWHERE = {name: Error(none, *NO_ROUTE, "nowhere") for name in ("health", "version")}
_NO_RUNS = _NOWHERE | {
    "start_run": Error(lambda f: (request(run_id=f.run.run_id),), 409, "run_already_exists"),
    "get_run": Error(given("unknown"), *NO_RUN),
    "cancel_run": Error(given("unknown"), *NO_RUN),
    # The events of an unknown run are an empty stream.
    "stream_run_events": Error(given("a/b"), *NO_ROUTE),
}
ERRORS: dict[str, dict[str, Error]] = {
    "run_gateway": _NO_RUNS,
    "run_coordinator": _NO_RUNS
    | {
        "create_node_runs": Error(lambda f: (node_runs(f.run, run_id="unknown"),), *NO_RUN),
        "get_node_run": Error(given("unknown"), *NO_NODE_RUN),
        "stream_node_run_events": Error(given("unknown"), *NO_NODE_RUN),
        "report_node_run_evaluation": Error(given("unknown", SUCCESS), *NO_NODE_RUN),
        "complete_node_run": Error(given("unknown", DONE), *NO_NODE_RUN),
    },
    "atomic_executor": _NOWHERE
    | {
        "execute_atomic_node_run": Error(given(ATOMIC), *INVALID),
        "cancel_atomic_node_run": Error(given("a/b"), *NO_ROUTE),
    },
    "composite_executor": _NOWHERE
    | {
        "begin_composite_node_run": Error(lambda f: (begin(f),), *INVALID),
        "cancel_composite_node_run": Error(given("a/b"), *NO_ROUTE),
    },
    "node_registry": _NOWHERE
    | {
        "list_node_types": Error(none, *NO_ROUTE, "nowhere"),
        "publish_node_type": Error(given(node_type("1")), *(409, "node_type_already_exists")),
        "get_node_type": Error(given(UNKNOWN.node_type_id), *(404, "node_type_not_found")),
    },
    "selection": _NOWHERE | {"generate_candidate_set": Error(given(SUBTASK), *INVALID)},
    "pdp": _NOWHERE | {"decide_policy": Error(given(ACTION), *INVALID)},
}


def cases(table: dict[str, dict[str, Any]]) -> list[Any]:
    return [
        pytest.param(service, operation, id=f"{service}-{operation}")
        for service, operations in table.items()
        for operation in operations
    ]


@pytest.fixture
def facts(clients: Clients, urls: dict[str, str], ended: Run) -> Facts:
    created = clients.run_coordinator.create_node_runs(node_runs(ended)).node_runs[0]
    return Facts(ended, created, urls)


def called(client: Any, operation: str, arguments: tuple[Any, ...]) -> Any:
    """Call an operation, and read its result to the end."""
    result = getattr(client, operation)(*arguments)
    return list(result) if isinstance(result, Iterator) else result


def malformed(sent: HttpRequest) -> None:
    sent.body = b"{}"
    sent.headers["Content-Length"] = "2"


@pytest.mark.threads_only("it is about the tables")
@pytest.mark.parametrize("service", CLIENTS)
def test_the_tables_have_every_operation(service: str) -> None:
    module = importlib.import_module(f"arp_sdk.v0_3.{service}.operations")
    declared = {each.name for each in vars(module).values() if isinstance(each, Operation)}
    assert declared == SUCCESSES[service].keys() == ERRORS[service].keys()


@pytest.mark.parametrize(("service", "operation"), cases(SUCCESSES))
def test_a_success(clients: Clients, facts: Facts, service: str, operation: str) -> None:
    case = SUCCESSES[service][operation]
    value = called(getattr(clients, service), operation, case.arguments(facts))
    assert case.holds(value, facts), value


@pytest.mark.parametrize(("service", "operation"), cases(ERRORS))
def test_an_error(
    clients: Clients, facts: Facts, issuer: Issuer, service: str, operation: str
) -> None:
    error = ERRORS[service][operation]
    client = getattr(clients, service)
    if operation == "publish_node_type":
        with suppress(ArpApiError):  # it may have been published
            client.publish_node_type(node_type("1"))
    if error.how == "malformed":
        client = client.with_options(on_request=malformed)
    if error.how == "nowhere":
        token = issuer.token(PROGRAMS[service].audience)
        client = CLIENTS[service](f"{facts.urls[service]}/nowhere", auth=token)
    try:
        with pytest.raises(ArpApiError) as caught:
            called(client, operation, error.arguments(facts))
    finally:
        if error.how == "nowhere":
            client.close()
    assert (caught.value.status_code, caught.value.code) == (error.status, error.code)
