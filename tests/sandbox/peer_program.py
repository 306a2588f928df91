"""Every operation, by the client `arp-standard-py`. It runs in that client's environment."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# mypy: ignore-errors

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from arp_sdk.daemon import DaemonClient, UpsertRuntimeProfileRequest
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RunRequest,
    RuntimeProfileUpsertRequest,
)
from arp_sdk.runtime import RuntimeClient
from arp_sdk.tool_registry import InvokeToolRequest, ToolRegistryClient

RUN = {"input": {"goal": "What is (19*23)?"}}
succeeded: list[str] = []


def call(service: str, client: Any, operation: str, *arguments: object, **options: object) -> Any:
    """Call an operation, and note that it has succeeded."""
    response = getattr(client, operation)(*arguments, **options)
    succeeded.append(f"{service}.{operation}")
    return response


def finished(service: str, client: object, run_id: str) -> dict[str, Any]:
    """Wait for the end of a run, and return its result."""
    while True:
        status = call(service, client, "get_run_status", run_id)
        if status.state.value in {"succeeded", "failed", "canceled"}:
            return call(service, client, "get_run_result", run_id).to_dict()
        time.sleep(0.01)


def tool_registry() -> dict[str, Any]:
    client = ToolRegistryClient(base_url=os.environ["ARP_TOOL_REGISTRY_URL"])
    call("tool_registry", client, "health")
    call("tool_registry", client, "version")
    tools = call("tool_registry", client, "list_tools")
    call("tool_registry", client, "get_tool", tools[0].tool_id)
    request = InvokeToolRequest(invocation_id="1", tool_id="tool_echo", args={"text": "hello"})
    return call("tool_registry", client, "invoke_tool", request).to_dict()


def runtime() -> dict[str, Any]:
    client = RuntimeClient(base_url=os.environ["ARP_RUNTIME_URL"])
    call("runtime", client, "health")
    call("runtime", client, "version")
    run_id = call("runtime", client, "create_run", RunRequest.from_dict(RUN)).run_id
    result = finished("runtime", client, run_id)
    events = call("runtime", client, "stream_run_events", run_id)
    long = {"input": {"goal": "long"}}
    other = call("runtime", client, "create_run", RunRequest.from_dict(long)).run_id
    canceled = call("runtime", client, "cancel_run", other)
    return {"result": result, "events": events, "canceled": canceled.state.value}


def daemon() -> dict[str, Any]:
    client = DaemonClient(base_url=os.environ["ARP_DAEMON_URL"])
    call("daemon", client, "health")
    call("daemon", client, "version")
    profile = RuntimeProfileUpsertRequest.from_dict({"description": "a profile"})
    wrapped = UpsertRuntimeProfileRequest(runtime_profile="mine", body=profile)
    call("daemon", client, "upsert_runtime_profile", wrapped)
    profiles = call("daemon", client, "list_runtime_profiles")
    order = InstanceCreateRequest(runtime_profile="mine", count=1)
    (instance,) = call("daemon", client, "create_instances", order).instances
    place = InstanceRegisterRequest(runtime_api_endpoint=os.environ["ARP_RUNTIME_URL"])
    external = call("daemon", client, "register_instance", place).instance
    instances = call("daemon", client, "list_instances").instances
    selector = {"runtime_selector": {"runtime_profile": "mine"}}
    run_id = call("daemon", client, "submit_run", RunRequest.from_dict(RUN | selector)).run_id
    result = finished("daemon", client, run_id)
    trace = call("daemon", client, "get_run_trace", run_id)
    runs = call("daemon", client, "list_runs", page_size=1).runs
    call("daemon", client, "delete_instance", instance.instance_id)
    call("daemon", client, "delete_instance", external.instance_id)
    call("daemon", client, "delete_runtime_profile", "mine")
    return {
        "profiles": len(profiles.profiles),
        "instances": len(instances),
        "result": result,
        "trace": len(trace.events),
        "runs": [run.run_id for run in runs] == [run_id],
    }


json.dump([tool_registry(), runtime(), daemon(), sorted({*succeeded})], sys.stdout)
