"""The state that a file keeps from one sandbox to the next."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RuntimeProfileUpsertRequest,
)
from arp_sdk.sandbox import Finish, Gate, Sandbox, StateFileError, Wait
from sandbox.runs import ended, run_request
from support.clients import DaemonClient, RuntimeClient


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_ended_runs_stay_as_they_are(file: Path) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        run = daemon.submit_run(run_request("What is (19*23)?"))
        before = (
            ended(daemon, run.run_id),
            daemon.get_run_result(run.run_id),
            daemon.get_run_trace(run.run_id),
        )

    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        after = (
            daemon.get_run_status(run.run_id),
            daemon.get_run_result(run.run_id),
            daemon.get_run_trace(run.run_id),
        )
        instance_id = run.runtime_instance_id
        (instance,) = daemon.list_instances().instances
        with RuntimeClient(instance.runtime_api_endpoint) as runtime:
            events = list(runtime.stream_run_events(run.run_id))

    assert after == before
    assert instance.instance_id == instance_id
    assert len(events) == 7


def test_runs_that_were_going_on_begin_again(file: Path) -> None:
    with Sandbox(state=file) as box:
        box.script("long", steps=[Wait(Gate())])
        with DaemonClient(box.daemon_url) as daemon, RuntimeClient(box.runtime_url) as runtime:
            by_daemon = daemon.submit_run(run_request("long")).run_id
            by_runtime = runtime.create_run(run_request("long")).run_id

    again = Sandbox(state=file)
    again.script("long", steps=[Finish({"answer": 42})])
    with (
        again,
        DaemonClient(again.daemon_url) as daemon,
        RuntimeClient(again.runtime_url) as runtime,
    ):
        assert ended(daemon, by_daemon).state == "succeeded"
        assert ended(runtime, by_runtime).state == "succeeded"
        assert daemon.get_run_result(by_daemon).output == {"answer": 42}


def test_profiles_and_instances(file: Path) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        daemon.upsert_runtime_profile("mine", RuntimeProfileUpsertRequest(description="x"))
        daemon.create_instances(InstanceCreateRequest(runtime_profile="mine", count=2))
        daemon.delete_runtime_profile("default")
        (default, *mine) = daemon.list_instances().instances
        daemon.delete_instance(default.instance_id)

    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        profiles = daemon.list_runtime_profiles().profiles
        instances = daemon.list_instances().instances
        run = daemon.submit_run(run_request("hello"))
        assert ended(daemon, run.run_id).state == "succeeded"

    assert [profile.runtime_profile for profile in profiles] == ["mine"]
    assert [each.instance_id for each in instances] == [each.instance_id for each in mine]
    assert {each.state for each in instances} == {"ready"}


def test_external_instances_and_their_runs(file: Path) -> None:
    with Sandbox() as other:
        with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
            request = InstanceRegisterRequest(runtime_api_endpoint=other.runtime_url)
            external = daemon.register_instance(request).instance
            asked = run_request("hello", instance_id=external.instance_id)
            run = daemon.submit_run(asked)

        with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
            assert external in daemon.list_instances().instances
            over = ended(daemon, run.run_id)
            assert over.runtime_instance_id == external.instance_id
            assert daemon.get_run_result(run.run_id).ok is True
            assert daemon.list_runs().runs == [over]


def test_runs_of_a_deleted_instance(file: Path) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        run = daemon.submit_run(run_request("hello"))
        over = ended(daemon, run.run_id)
        daemon.delete_instance(run.runtime_instance_id or "")

    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        assert daemon.list_instances().instances == []
        assert daemon.get_run_status(run.run_id) == over


def test_page_tokens_outlive_the_daemon(file: Path) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        ids = [daemon.submit_run(run_request("hello")).run_id for _ in range(5)]
        pagination = daemon.list_runs(page_size=2).pagination
    assert pagination is not None

    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        rest = daemon.list_runs(page_token=pagination.next_page_token)

    assert [run.run_id for run in rest.runs] == ids[2:]


def test_run_id_stays_taken(file: Path) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        daemon.submit_run(run_request("hello", "run_1"))
        over = ended(daemon, "run_1")

    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        assert daemon.submit_run(run_request("what is love", "run_1")) == over


def test_only_the_user_can_read_the_files(file: Path) -> None:
    before = os.umask(0)
    try:
        with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
            daemon.submit_run(run_request("hello"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    finally:
        os.umask(before)

    assert {*modes} >= {"state", "state-wal"}
    assert {*modes.values()} == {0o600}


def test_file_that_is_in_use(file: Path) -> None:
    with (
        Sandbox(state=file),
        pytest.raises(StateFileError, match="in use"),
        Sandbox(state=file),
    ):
        raise AssertionError("it has started")


def test_file_of_something_else(file: Path) -> None:
    file.write_bytes(b"something else entirely" * 100)

    with pytest.raises(StateFileError, match="not a state file"):
        Sandbox(state=file).start()


def test_file_of_another_version(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StateFileError, match="another version"):
        Sandbox(state=file).start()


def test_file_with_a_damaged_record(file: Path) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        daemon.submit_run(run_request("hello", "run_1"))
        ended(daemon, "run_1")
    connection = sqlite3.connect(file)
    connection.execute("UPDATE kept SET value = ? WHERE key = 'run_1'", (b'{"request":',))
    connection.commit()
    connection.close()

    with pytest.raises(StateFileError, match="damaged"):
        Sandbox(state=file).start()
    # The sandbox that did not start has closed the file.
    sqlite3.connect(file).execute("BEGIN IMMEDIATE").connection.close()
