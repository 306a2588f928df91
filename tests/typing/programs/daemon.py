"""Every method of the daemon's client, as a program uses them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import assert_type

from arp_sdk.core import RawResponse
from arp_sdk.daemon import DaemonClient, RawDaemonClient
from arp_sdk.models import (
    Health,
    HealthCheck,
    InstanceCreateRequest,
    InstanceCreateRequestOverrides,
    InstanceCreateResponse,
    InstanceListResponse,
    InstanceRegisterRequest,
    InstanceRegisterResponse,
    InstanceState,
    Metadata,
    Pagination,
    RunListResponse,
    RunRequest,
    RunRequestInput,
    RunRequestLimits,
    RunRequestRuntimeSelector,
    RunRequestToolPolicy,
    RunResult,
    RunStatus,
    RuntimeInstance,
    RuntimeProfile,
    RuntimeProfileListResponse,
    RuntimeProfileUpsertRequest,
    RuntimeProfileUpsertRequestDefaults,
    Status,
    TraceEvent,
    TraceLevel,
    TraceResponse,
    VersionInfo,
)


def service(client: DaemonClient) -> list[str]:
    health = client.health()
    assert_type(health, Health)
    assert_type(health.status, Status)
    assert_type(health.time, datetime)
    assert_type(health.checks, list[HealthCheck] | None)
    version = client.version()
    assert_type(version, VersionInfo)
    assert_type(version.supported_api_versions, list[str])
    return version.supported_api_versions


def instances(client: DaemonClient) -> RuntimeInstance:
    created = client.create_instances(
        InstanceCreateRequest(
            runtime_profile="default",
            count=2,
            overrides=InstanceCreateRequestOverrides(
                env={"LEVEL": "debug"},
                args=["--verbose"],
                tool_registry_url="http://127.0.0.1:8001",
            ),
            metadata=Metadata(labels={"team": "search"}),
        )
    )
    assert_type(created, InstanceCreateResponse)
    registered = client.register_instance(
        InstanceRegisterRequest(runtime_api_endpoint="http://127.0.0.1:8002", runtime_profile="x")
    )
    assert_type(registered, InstanceRegisterResponse)
    listed = client.list_instances()
    assert_type(listed, InstanceListResponse)
    for instance in listed.instances:
        assert_type(instance, RuntimeInstance)
        assert_type(instance.state, InstanceState)
        assert_type(instance.managed, bool | None)
        assert_type(instance.runtime_api_endpoint, str)
        if instance.state is InstanceState.ERROR:
            client.delete_instance(instance.instance_id)
    return registered.instance


def profiles(client: DaemonClient) -> list[RuntimeProfile]:
    stored = client.upsert_runtime_profile(
        "default",
        RuntimeProfileUpsertRequest(
            runtime_name="a runtime",
            description="For tests",
            defaults=RuntimeProfileUpsertRequestDefaults(env={"LEVEL": "info"}),
        ),
    )
    assert_type(stored, RuntimeProfile)
    client.upsert_runtime_profile(
        runtime_profile="other", body=RuntimeProfileUpsertRequest(runtime_name="a runtime")
    )
    client.delete_runtime_profile("other")
    listed = client.list_runtime_profiles()
    assert_type(listed, RuntimeProfileListResponse)
    return listed.profiles


def submit(client: DaemonClient) -> RunStatus:
    status = client.submit_run(
        RunRequest(
            run_id="run-1",
            input=RunRequestInput(goal="Sum up", context={"language": "en"}, data={"n": [1, 2]}),
            runtime_selector=RunRequestRuntimeSelector(runtime_profile="default"),
            tool_policy=RunRequestToolPolicy(allow_tool_ids=["calc"], deny_tool_ids=[]),
            limits=RunRequestLimits(timeout_ms=1000, max_steps=3, max_tokens=100),
            extensions={"com.example.tier": 1},
        )
    )
    assert_type(status, RunStatus)
    return client.get_run_status(status.run_id)


def outcome(client: DaemonClient, run_id: str) -> str:
    result = client.get_run_result(run_id)
    assert_type(result, RunResult)
    assert_type(result.output, dict[str, Any] | None)
    if result.error is not None:
        return f"{result.error.code}: {result.error.message}"
    return str(result.output or {})


def trace(client: DaemonClient, run_id: str) -> list[str]:
    answer = client.get_run_trace(run_id)
    assert_type(answer, TraceResponse)
    assert_type(answer.events, list[TraceEvent] | None)
    return [each.type for each in answer.events or [] if each.level is TraceLevel.ERROR]


def pages(client: DaemonClient) -> list[RunStatus]:
    runs: list[RunStatus] = []
    page = client.list_runs(page_size=100)
    assert_type(page, RunListResponse)
    assert_type(page.pagination, Pagination | None)
    while True:
        runs += page.runs
        token = page.pagination.next_page_token if page.pagination else None
        assert_type(token, str | None)
        if token is None:
            return runs
        page = client.list_runs(page_size=100, page_token=token)


def raw(client: DaemonClient) -> int:
    assert_type(client.raw, RawDaemonClient)
    answer = client.raw.health()
    assert_type(answer, RawResponse[Health])
    assert_type(answer.parsed, Health)
    assert_type(answer.content, bytes)
    assert_type(answer.elapsed, float)
    request = RunRequest(input=RunRequestInput(goal="Sum up"))
    profile = RuntimeProfileUpsertRequest()
    create = InstanceCreateRequest(runtime_profile="default")
    register = InstanceRegisterRequest(runtime_api_endpoint="http://127.0.0.1:8002")
    assert_type(client.raw.version(), RawResponse[VersionInfo])
    assert_type(client.raw.list_instances(), RawResponse[InstanceListResponse])
    assert_type(client.raw.create_instances(create), RawResponse[InstanceCreateResponse])
    assert_type(client.raw.register_instance(register), RawResponse[InstanceRegisterResponse])
    assert_type(client.raw.delete_instance("i"), RawResponse[None])
    assert_type(client.raw.list_runtime_profiles(), RawResponse[RuntimeProfileListResponse])
    assert_type(client.raw.upsert_runtime_profile("p", profile), RawResponse[RuntimeProfile])
    assert_type(client.raw.delete_runtime_profile("p"), RawResponse[None])
    assert_type(client.raw.list_runs(page_size=1, page_token="t"), RawResponse[RunListResponse])
    assert_type(client.raw.submit_run(request), RawResponse[RunStatus])
    assert_type(client.raw.get_run_status("r"), RawResponse[RunStatus])
    assert_type(client.raw.get_run_result("r"), RawResponse[RunResult])
    assert_type(client.raw.get_run_trace("r"), RawResponse[TraceResponse])
    return answer.status_code


def main() -> None:
    with DaemonClient("http://127.0.0.1:8000") as client:
        assert_type(client, DaemonClient)
        service(client)
        instances(client)
        profiles(client)
        run = submit(client)
        outcome(client, run.run_id)
        trace(client, run.run_id)
        pages(client)
        raw(client)


if __name__ == "__main__":
    main()
