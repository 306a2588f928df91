"""Managed and external instances of a daemon."""

from __future__ import annotations

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    InstanceState,
    Metadata,
    RunRequest,
    RunRequestInput,
    RunState,
    RuntimeInstance,
    RuntimeProfileUpsertRequest,
)
from first_party import services
from first_party.targets import ended, name_of, only_first_party, per_target
from support.clients import DaemonClient, RuntimeClient


def instance_ids(daemon: DaemonClient) -> set[str]:
    return {instance.instance_id for instance in daemon.list_instances().instances}


def test_created_instance(managed: RuntimeInstance, target: str) -> None:
    assert managed.managed is True
    assert managed.state is InstanceState.READY
    assert managed.runtime_profile == "default"
    assert managed.runtime_name == name_of(target, "runtime")
    assert managed.runtime_version == per_target(target, "0.1.0", "1.0.0")


def test_created_instance_is_a_runtime(managed: RuntimeInstance) -> None:
    with RuntimeClient(managed.runtime_api_endpoint) as client:
        status = ended(client, client.create_run(RunRequest(input=RunRequestInput(goal="hello"))))

    assert status.state is RunState.SUCCEEDED


def test_registered_instance(external: RuntimeInstance, runtime_url: str) -> None:
    assert external.managed is False
    assert external.state is InstanceState.READY
    assert external.runtime_profile == "external"
    assert external.runtime_api_endpoint == runtime_url


def test_registered_dead_endpoint(daemon: DaemonClient, dead: RuntimeInstance) -> None:
    assert dead.state is InstanceState.ERROR
    assert dead.runtime_version is None
    assert dead in daemon.list_instances().instances


def test_register_keeps_metadata(daemon: DaemonClient, runtime_url: str) -> None:
    request = InstanceRegisterRequest(
        runtime_api_endpoint=runtime_url,
        runtime_name="named",
        metadata=Metadata(labels={"team": "a"}, annotations={"note": "gr\u00fc\u00df"}),
    )
    instance = daemon.register_instance(request).instance
    try:
        assert instance.runtime_name == "named"
        assert instance.runtime_profile is None
        assert instance.metadata == request.metadata
        assert instance in daemon.list_instances().instances
    finally:
        daemon.delete_instance(instance.instance_id)


def test_list_instances(
    daemon: DaemonClient, managed: RuntimeInstance, external: RuntimeInstance
) -> None:
    instances = daemon.list_instances().instances

    assert managed in instances
    assert external in instances


def test_create_several_and_delete_them(daemon: DaemonClient) -> None:
    before = instance_ids(daemon)

    created = daemon.create_instances(InstanceCreateRequest(runtime_profile="default", count=2))
    new = {instance.instance_id for instance in created.instances}
    try:
        assert len(new) == 2
        assert instance_ids(daemon) == before | new
    finally:
        for instance_id in new:
            daemon.delete_instance(instance_id)

    assert instance_ids(daemon) == before
    for instance in created.instances:
        assert services.has_ended(instance.runtime_api_endpoint)


def test_create_that_fails_to_start(daemon: DaemonClient, target: str) -> None:
    profile = "ends-at-once"
    before = instance_ids(daemon)
    daemon.upsert_runtime_profile(
        profile,
        RuntimeProfileUpsertRequest(
            extensions=per_target(
                target,
                {"arp.jarvis.exec": {"driver": "command", "command_template": ["false"]}},
                {"arp.sandbox": {"start_error": "exited early"}},
            )
        ),
    )
    try:
        with pytest.raises(ArpApiError) as caught:
            daemon.create_instances(InstanceCreateRequest(runtime_profile=profile))
    finally:
        daemon.delete_runtime_profile(profile)

    assert caught.value.status_code == 500
    assert caught.value.code == per_target(target, "internal_error", "instances.start_failed")
    assert "exited early" in caught.value.message
    assert instance_ids(daemon) == before


def test_delete_external_leaves_the_runtime_running(
    daemon: DaemonClient, runtime: RuntimeClient, runtime_url: str
) -> None:
    registered = daemon.register_instance(InstanceRegisterRequest(runtime_api_endpoint=runtime_url))

    daemon.delete_instance(registered.instance.instance_id)

    assert registered.instance.instance_id not in instance_ids(daemon)
    assert runtime.health().status == "ok"


def test_delete_unknown_instance_succeeds(daemon: DaemonClient) -> None:
    before = instance_ids(daemon)

    daemon.delete_instance("no-such-instance")

    assert instance_ids(daemon) == before


@only_first_party
def test_delete_of_a_path_the_daemon_cannot_route(daemon: DaemonClient) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.delete_instance("a/b")

    assert caught.value.status_code == 404
    assert "Not Found" in caught.value.message
    assert caught.value.url is not None and caught.value.url.endswith("/v1/instances/a%2Fb")
