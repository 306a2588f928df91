"""The operations that meet the faults, and the check that a result is the right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from arp_sdk.core import Client
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RunRequest,
    RunRequestInput,
    RuntimeProfileUpsertRequest,
    ToolInvocationRequest,
)
from faults.origin import GOAL, Origin
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient

Kind = Literal["safe", "put", "delete", "keyed", "plain"]


@dataclass(frozen=True)
class Trial:
    """An operation, called with a `tag` that no other call has.

    Attributes:
        kind: Its column in the table.
        client: The client class that has it.
        service: The path of its service at the origin.
        right: Tells whether a result is the right one.
        arrange: Prepares the origin for the call.
    """

    name: str
    kind: Kind
    client: type[Client]
    service: str
    call: Callable[[Any, str], Any]
    right: Callable[[Any, str], bool]
    arrange: Callable[[Origin, str], None] = lambda origin, tag: None


def _get_run_status(client: DaemonClient, tag: str) -> Any:
    return client.get_run_status(tag)


def _upsert_runtime_profile(client: DaemonClient, tag: str) -> Any:
    return client.upsert_runtime_profile(tag, RuntimeProfileUpsertRequest(description=tag))


def _delete_runtime_profile(client: DaemonClient, tag: str) -> Any:
    client.delete_runtime_profile(tag)


def _submit_run(client: DaemonClient, tag: str) -> Any:
    return client.submit_run(RunRequest(input=RunRequestInput(goal=tag)))


def _create_run(client: RuntimeClient, tag: str) -> Any:
    return client.create_run(RunRequest(run_id=tag, input=RunRequestInput(goal=tag)))


def _cancel_run(client: RuntimeClient, tag: str) -> Any:
    return client.cancel_run(tag)


def _create_instances(client: DaemonClient, tag: str) -> Any:
    return client.create_instances(InstanceCreateRequest(runtime_profile=tag))


def _register_instance(client: DaemonClient, tag: str) -> Any:
    return client.register_instance(
        InstanceRegisterRequest(runtime_profile=tag, runtime_api_endpoint="http://127.0.0.1:9")
    )


def _invoke_tool(client: ToolRegistryClient, tag: str) -> Any:
    return client.invoke_tool(
        ToolInvocationRequest(invocation_id=tag, tool_name="echo", args={"text": tag})
    )


def _is_run(status: Any, tag: str) -> bool:
    return bool(status.run_id == tag)


def _is_run_for(status: Any, tag: str) -> bool:
    return bool(status.extensions[GOAL] == tag)


TRIALS = (
    Trial(
        "get_run_status",
        "safe",
        DaemonClient,
        "daemon",
        _get_run_status,
        _is_run,
        Origin.add_run,
    ),
    Trial(
        "upsert_runtime_profile",
        "put",
        DaemonClient,
        "daemon",
        _upsert_runtime_profile,
        lambda profile, tag: profile.description == tag,
    ),
    Trial(
        "delete_runtime_profile",
        "delete",
        DaemonClient,
        "daemon",
        _delete_runtime_profile,
        lambda nothing, tag: nothing is None,
        Origin.add_profile,
    ),
    Trial("submit_run", "keyed", DaemonClient, "daemon", _submit_run, _is_run_for),
    Trial("create_run", "keyed", RuntimeClient, "runtime", _create_run, _is_run_for),
    Trial(
        "invoke_tool",
        "plain",
        ToolRegistryClient,
        "tools",
        _invoke_tool,
        lambda result, tag: result.result == {"text": tag},
    ),
    Trial("cancel_run", "plain", RuntimeClient, "runtime", _cancel_run, _is_run, Origin.add_run),
    Trial(
        "create_instances",
        "plain",
        DaemonClient,
        "daemon",
        _create_instances,
        lambda created, tag: created.instances[0].runtime_profile == tag,
    ),
    Trial(
        "register_instance",
        "plain",
        DaemonClient,
        "daemon",
        _register_instance,
        lambda registered, tag: registered.instance.runtime_profile == tag,
    ),
)
