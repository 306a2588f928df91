"""The daemon's profiles and instances."""

from __future__ import annotations

from typing import Any

import pytest

from arp_sdk.errors import ArpApiError, ArpConnectionError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceCreateRequestOverrides,
    InstanceRegisterRequest,
    InstanceState,
    Metadata,
    RuntimeInstance,
    RuntimeProfileUpsertRequest,
)
from arp_sdk.sandbox import Gate, Sandbox, Wait
from sandbox.background import background
from sandbox.runs import ended, eventually, run_request
from support.clients import DaemonClient, RuntimeClient
from support.server import free_port


def profile(daemon: DaemonClient, **behavior: Any) -> str:
    """A profile whose instances behave like this."""
    request = RuntimeProfileUpsertRequest(extensions={"arp.sandbox": behavior})
    return daemon.upsert_runtime_profile("mine", request).runtime_profile


def create(daemon: DaemonClient, runtime_profile: str = "default") -> RuntimeInstance:
    request = InstanceCreateRequest(runtime_profile=runtime_profile)
    (instance,) = daemon.create_instances(request).instances
    return instance


def state(daemon: DaemonClient, instance: RuntimeInstance) -> str | None:
    """Its state, or None where the daemon does not know it."""
    listed = daemon.list_instances().instances
    found = [each.state.value for each in listed if each.instance_id == instance.instance_id]
    return found[0] if found else None


def refused(caught: pytest.ExceptionInfo[ArpApiError]) -> tuple[int, str]:
    return caught.value.status_code, caught.value.code


def test_one_from_the_start(daemon: DaemonClient) -> None:
    (instance,) = daemon.list_instances().instances

    assert instance.state is InstanceState.READY
    assert instance.managed is True
    assert instance.runtime_profile == "default"
    assert (instance.runtime_name, instance.runtime_version) == ("arp-sandbox-runtime", "1.0.0")


def test_none_from_the_start() -> None:
    with Sandbox(instances=0) as box, DaemonClient(box.daemon_url) as daemon:
        assert daemon.list_instances().instances == []


def test_create_several(daemon: DaemonClient) -> None:
    metadata = Metadata(labels={"team": "a"})
    request = InstanceCreateRequest(
        runtime_profile="default", count=3, metadata=metadata, extensions={"a.b": 1}
    )

    created = daemon.create_instances(request).instances

    assert len({instance.runtime_api_endpoint for instance in created}) == 3
    assert all(instance.metadata == metadata for instance in created)
    assert all(instance.extensions == {"a.b": 1} for instance in created)
    assert daemon.list_instances().instances[1:] == created


def test_create_more_than_there_may_be(daemon: DaemonClient) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.create_instances(InstanceCreateRequest(runtime_profile="default", count=10**9))

    assert refused(caught) == (409, "instances.too_many")


def test_create_from_an_unknown_profile(daemon: DaemonClient) -> None:
    with pytest.raises(ArpApiError) as caught:
        create(daemon, "nothing")

    assert refused(caught) == (404, "not_found")


def test_starting_ready_stopping_gone(daemon: DaemonClient) -> None:
    instance = create(daemon, profile(daemon, start_seconds=0.3, stop_seconds=0.3))

    assert instance.state is InstanceState.STARTING
    assert eventually(lambda: state(daemon, instance), "ready")
    with background(lambda: daemon.delete_instance(instance.instance_id)):
        assert eventually(lambda: state(daemon, instance), "stopping")
    assert state(daemon, instance) is None


def test_deleted_while_starting(daemon: DaemonClient) -> None:
    instance = create(daemon, profile(daemon, start_seconds=3600))

    daemon.delete_instance(instance.instance_id)

    assert state(daemon, instance) is None


def test_deleted_twice_at_once(daemon: DaemonClient) -> None:
    instance = create(daemon, profile(daemon, stop_seconds=0.2))

    with background(lambda: daemon.delete_instance(instance.instance_id)):
        daemon.delete_instance(instance.instance_id)

    assert state(daemon, instance) is None


def test_busy_and_ready_again(box: Sandbox, daemon: DaemonClient) -> None:
    gate = Gate()
    box.script("long", steps=[Wait(gate)])
    instance = create(daemon, profile(daemon, capacity=1))

    run = daemon.submit_run(run_request("long", instance_id=instance.instance_id))
    assert state(daemon, instance) == "busy"
    with pytest.raises(ArpApiError) as caught:
        daemon.submit_run(run_request("long", instance_id=instance.instance_id))
    with (
        RuntimeClient(instance.runtime_api_endpoint) as runtime,
        pytest.raises(ArpApiError) as there,
    ):
        runtime.create_run(run_request("long"))
    gate.open()
    ended(daemon, run.run_id)

    assert refused(caught) == (409, "instances.not_ready")
    assert caught.value.details == {"state": "busy"}
    assert refused(there) == (409, "runtime.busy")
    assert eventually(lambda: state(daemon, instance), "ready")


def test_start_that_fails_later(daemon: DaemonClient) -> None:
    behavior = {"start_error": "no more memory", "start_seconds": 0.05}
    instance = create(daemon, profile(daemon, **behavior))

    assert instance.state is InstanceState.STARTING
    assert eventually(lambda: state(daemon, instance), "error")


@pytest.mark.parametrize(("crash", "becomes"), [(False, "stopped"), (True, "error")])
def test_ends_by_itself(box: Sandbox, daemon: DaemonClient, crash: bool, becomes: str) -> None:
    box.script("long", steps=[Wait(Gate())])
    instance = create(daemon)
    run = daemon.submit_run(run_request("long", instance_id=instance.instance_id))

    box.stop_instance(instance.instance_id, crash=crash)

    assert state(daemon, instance) == becomes
    assert daemon.get_run_status(run.run_id).state == "failed"
    error = daemon.get_run_result(run.run_id).error
    assert error is not None and error.code == "instance.gone"
    with (
        RuntimeClient(instance.runtime_api_endpoint, retries=0) as runtime,
        pytest.raises(ArpConnectionError),
    ):
        runtime.health()


def test_no_such_instance_ends(box: Sandbox) -> None:
    with pytest.raises(KeyError):
        box.stop_instance("inst_1")


def test_delete_cancels_the_runs(box: Sandbox, daemon: DaemonClient) -> None:
    box.script("long", steps=[Wait(Gate())])
    instance = create(daemon)
    run = daemon.submit_run(run_request("long", instance_id=instance.instance_id))

    daemon.delete_instance(instance.instance_id)

    assert daemon.get_run_status(run.run_id).state == "canceled"
    with (
        RuntimeClient(instance.runtime_api_endpoint, retries=0) as runtime,
        pytest.raises(ArpConnectionError),
    ):
        runtime.health()


def test_register(daemon: DaemonClient, box: Sandbox) -> None:
    request = InstanceRegisterRequest(
        runtime_api_endpoint=box.runtime_url,
        runtime_profile="external",
        runtime_name="named",
        metadata=Metadata(labels={"team": "a"}),
    )

    instance = daemon.register_instance(request).instance

    assert instance.managed is False
    assert instance.state is InstanceState.READY
    assert (instance.runtime_name, instance.runtime_version) == ("named", "1.0.0")
    assert instance.metadata == request.metadata
    assert instance in daemon.list_instances().instances


def test_external_one_that_comes_and_goes(daemon: DaemonClient) -> None:
    port = free_port()
    request = InstanceRegisterRequest(runtime_api_endpoint=f"http://127.0.0.1:{port}")

    instance = daemon.register_instance(request).instance
    assert instance.state is InstanceState.ERROR and instance.runtime_version is None
    with Sandbox(runtime_port=port):
        assert eventually(lambda: state(daemon, instance), "ready")
    assert eventually(lambda: state(daemon, instance), "error")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://example.com",
        "https://192.0.2.1:80",
        "unix:/run/x",
        "http://user@127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://localhost:1/%20 ".strip() + "?q=1",
        "http://[::1",
    ],
)
def test_endpoint_elsewhere(daemon: DaemonClient, endpoint: str) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.register_instance(InstanceRegisterRequest(runtime_api_endpoint=endpoint))

    assert refused(caught) == (422, "unprocessable")


def test_profiles(daemon: DaemonClient) -> None:
    request = RuntimeProfileUpsertRequest.from_dict(
        {
            "runtime_name": "named",
            "description": "gr\u00fc\u00df",
            "defaults": {"env": {"A": "1"}, "args": ["-v"]},
            "metadata": {"labels": {"team": "a"}},
            "extensions": {"arp.sandbox": {"capacity": 2}, "org.key": None},
        }
    )

    written = daemon.upsert_runtime_profile("a/b c", request)

    assert written.to_dict() == {**request.to_dict(), "runtime_profile": "a/b c"}
    assert daemon.list_runtime_profiles().profiles[1:] == [written]
    assert create(daemon, "a/b c").runtime_name == "named"
    changed = daemon.upsert_runtime_profile("a/b c", RuntimeProfileUpsertRequest(description="x"))
    assert daemon.list_runtime_profiles().profiles[1:] == [changed]
    daemon.delete_runtime_profile("a/b c")
    daemon.delete_runtime_profile("a/b c")
    names = [each.runtime_profile for each in daemon.list_runtime_profiles().profiles]
    assert names == ["default"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"extensions": {"arp.sandbox": {"capacity": 0}}},
        {"extensions": {"arp.sandbox": {"capacity": "1"}}},
        {"extensions": {"arp.sandbox": {"unknown": 1}}},
        {"extensions": {"arp.sandbox": 1}},
        {"defaults": {"tool_registry_url": "http://example.com"}},
    ],
)
def test_profile_that_the_daemon_refuses(daemon: DaemonClient, content: dict[str, Any]) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.upsert_runtime_profile("x", RuntimeProfileUpsertRequest.from_dict(content))

    assert refused(caught) == (422, "unprocessable")
    assert len(daemon.list_runtime_profiles().profiles) == 1


def test_tool_registry_of_the_instances(box: Sandbox, daemon: DaemonClient) -> None:
    with Sandbox() as other:
        other.tool(name="only_there")(lambda: "there")
        overrides = InstanceCreateRequestOverrides(tool_registry_url=other.tool_registry_url)
        request = InstanceCreateRequest(runtime_profile="default", overrides=overrides)
        (instance,) = daemon.create_instances(request).instances
        asked = run_request("call only_there", instance_id=instance.instance_id)
        run = daemon.submit_run(asked)
        ended(daemon, run.run_id)
        found = daemon.get_run_result(run.run_id)
    run = daemon.submit_run(asked)
    ended(daemon, run.run_id)
    lost = daemon.get_run_result(run.run_id)

    assert found.output is not None and found.output["result"] == {"value": "there"}
    assert lost.error is not None and lost.error.cause is not None
    assert lost.error.cause.code == "tool_registry.unreachable"
