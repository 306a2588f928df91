"""Every operation of the three clients, callable by name, and a record of how each has ended."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RunRequest,
    RunRequestInput,
    RuntimeProfileUpsertRequest,
    ToolInvocationRequest,
)
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient

C = TypeVar("C")

_RUN = RunRequest(input=RunRequestInput(goal="hello"))

ARGUMENTS: dict[str, dict[str, tuple[object, ...]]] = {
    "tool_registry": {
        "health": (),
        "version": (),
        "list_tools": (),
        "get_tool": ("tool_echo",),
        "invoke_tool": (
            ToolInvocationRequest(invocation_id="1", tool_id="tool_echo", args={"text": "hello"}),
        ),
    },
    "runtime": {
        "health": (),
        "version": (),
        "create_run": (_RUN,),
        "get_run_status": ("run-1",),
        "get_run_result": ("run-1",),
        "cancel_run": ("run-1",),
        "stream_run_events": ("run-1",),
    },
    "daemon": {
        "health": (),
        "version": (),
        "list_instances": (),
        "create_instances": (InstanceCreateRequest(runtime_profile="default"),),
        "delete_instance": ("inst-1",),
        "register_instance": (InstanceRegisterRequest(runtime_api_endpoint="http://127.0.0.1:1"),),
        "list_runtime_profiles": (),
        "upsert_runtime_profile": ("profile-1", RuntimeProfileUpsertRequest()),
        "delete_runtime_profile": ("profile-1",),
        "list_runs": (),
        "submit_run": (_RUN,),
        "get_run_status": ("run-1",),
        "get_run_result": ("run-1",),
        "get_run_trace": ("run-1",),
    },
}

Outcomes = set[tuple[str, str, str]]

# What the test at hand runs against, and with which kind of clients.
TARGET = ""
SUCCEEDED: Outcomes = set()
FAILED: Outcomes = set()
# For each test of this folder that was left out, its file, and what it would have run against.
DESELECTED: list[tuple[Path, str]] = []


class _Recorded:
    """A client of either kind, whose operations are recorded."""

    def __init__(self, service: str, client: Any) -> None:
        self._service = service
        self._client = client

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if name not in ARGUMENTS[self._service]:
            return attribute
        return _recorded(self._service, name, attribute)

    def __enter__(self) -> _Recorded:
        self._client.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._client.__exit__(*error)


def _recording(service: str, kind: type[C]) -> type[C]:
    """What makes clients that are recorded, in place of their class."""

    def make(*args: Any, **options: Any) -> _Recorded:
        return _Recorded(service, kind(*args, **options))

    return cast("type[C]", make)


RecordedToolRegistryClient = _recording("tool_registry", ToolRegistryClient)
RecordedRuntimeClient = _recording("runtime", RuntimeClient)
RecordedDaemonClient = _recording("daemon", DaemonClient)


def call(client: object, service: str, operation: str) -> object:
    """Call an operation with arguments that satisfy the contract, and use up its answer."""
    answer = getattr(client, operation)(*ARGUMENTS[service][operation])
    return list(answer) if isinstance(answer, Iterator) else answer


def _recorded(service: str, operation: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def recorded(*arguments: Any, **options: Any) -> Any:
        try:
            answer = method(*arguments, **options)
        except ArpApiError:
            FAILED.add((TARGET, service, operation))
            raise
        if isinstance(answer, Iterator):
            return _recorded_items(service, operation, answer)
        SUCCEEDED.add((TARGET, service, operation))
        return answer

    return recorded


def _recorded_items(service: str, operation: str, items: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from items
    except ArpApiError:
        FAILED.add((TARGET, service, operation))
        raise
    SUCCEEDED.add((TARGET, service, operation))


def against(target: str, kind: object) -> str:
    """What stands in the record for a target and a kind of clients."""
    return f"{target} by {kind}"
