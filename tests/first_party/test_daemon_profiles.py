"""Runtime profiles of a daemon."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceState,
    RuntimeProfile,
    RuntimeProfileUpsertRequest,
)
from first_party.targets import only_first_party, per_target
from support.clients import DaemonClient

REQUEST = RuntimeProfileUpsertRequest.from_dict(
    {
        "runtime_name": "named-by-profile",
        "description": "gr\u00fc\u00df",
        "defaults": {"env": {"SOME_VARIABLE": "1"}, "args": []},
        "metadata": {"labels": {"team": "a"}},
        "extensions": {
            "arp.jarvis.exec": {
                "driver": "command",
                "command_template": ["arp-jarvis-runtime", "serve", "--port", "{port}"],
            }
        },
    }
)


@pytest.fixture
def profile(daemon: DaemonClient) -> Iterator[RuntimeProfile]:
    name = f"profile {uuid4().hex}"
    yield daemon.upsert_runtime_profile(name, REQUEST)
    daemon.delete_runtime_profile(name)


def profile_names(daemon: DaemonClient) -> set[str]:
    return {profile.runtime_profile for profile in daemon.list_runtime_profiles().profiles}


def test_upsert_answers_with_the_profile(profile: RuntimeProfile) -> None:
    assert profile.to_dict() == {
        **REQUEST.to_dict(),
        "runtime_profile": profile.runtime_profile,
    }


def test_list(daemon: DaemonClient, profile: RuntimeProfile) -> None:
    assert profile in daemon.list_runtime_profiles().profiles


def test_upsert_replaces(daemon: DaemonClient, profile: RuntimeProfile) -> None:
    changed = RuntimeProfileUpsertRequest(description="changed", extensions=REQUEST.extensions)

    daemon.upsert_runtime_profile(profile.runtime_profile, changed)

    (kept,) = [
        candidate
        for candidate in daemon.list_runtime_profiles().profiles
        if candidate.runtime_profile == profile.runtime_profile
    ]
    assert kept.description == "changed"
    assert kept.defaults is None


def test_upsert_that_the_daemon_refuses(daemon: DaemonClient, target: str) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.upsert_runtime_profile("incomplete", RuntimeProfileUpsertRequest())

    status, code, text = per_target(
        target, (400, "bad_request", "arp.jarvis.exec"), (422, "unprocessable", "property")
    )
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert text in caught.value.message
    assert "incomplete" not in profile_names(daemon)


def test_instance_of_a_profile(daemon: DaemonClient, profile: RuntimeProfile) -> None:
    request = InstanceCreateRequest(runtime_profile=profile.runtime_profile)
    (instance,) = daemon.create_instances(request).instances
    try:
        assert instance.state is InstanceState.READY
        assert instance.runtime_profile == profile.runtime_profile
        assert instance.runtime_name == "named-by-profile"
    finally:
        daemon.delete_instance(instance.instance_id)


def test_delete(daemon: DaemonClient) -> None:
    name = f"profile-{uuid4().hex}"
    daemon.upsert_runtime_profile(name, REQUEST)
    assert name in profile_names(daemon)

    daemon.delete_runtime_profile(name)

    assert name not in profile_names(daemon)


@pytest.mark.usefixtures("profile")
def test_delete_unknown_profile_succeeds(daemon: DaemonClient) -> None:
    before = profile_names(daemon)

    daemon.delete_runtime_profile("no-such-profile")

    assert profile_names(daemon) == before


@only_first_party
def test_delete_of_a_path_the_daemon_cannot_route(daemon: DaemonClient) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.delete_runtime_profile("a/b")

    assert caught.value.status_code == 404
    assert "Not Found" in caught.value.message
