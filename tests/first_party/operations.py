"""Every operation of the three clients, with arguments that satisfy the contract."""

from __future__ import annotations

from collections.abc import Iterator

from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RunRequest,
    RunRequestInput,
    RuntimeProfileUpsertRequest,
    ToolInvocationRequest,
)

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


def call(client: object, service: str, operation: str) -> object:
    """Call an operation, and read its result to the end."""
    result = getattr(client, operation)(*ARGUMENTS[service][operation])
    return list(result) if isinstance(result, Iterator) else result
