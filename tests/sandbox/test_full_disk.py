"""A state file that cannot be written keeps what was acknowledged, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RuntimeProfileUpsertRequest,
)
from arp_sdk.sandbox import Gate, Sandbox, Say, StateFileError, Wait
from arp_sdk.sandbox._state.state_file import FileStore
from sandbox.runs import ended, run_request
from support.clients import DaemonClient, RuntimeClient

LONG = "x" * 100_000
FAILURES = {
    "full": ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 4294967294"),
    "readonly": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture(params=FAILURES)
def failure(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def failing(box: Sandbox, failure: str) -> Iterator[None]:
    """Let SQLite refuse all writes that need room, or all writes."""
    begin, end = FAILURES[failure]
    _execute(box, begin)
    try:
        yield
    finally:
        _execute(box, end)


def _execute(box: Sandbox, statement: str) -> None:
    thread: Any = box._running()
    done: Future[None] = Future()

    def execute() -> None:
        thread._services._store._connection.execute(statement).fetchall()
        done.set_result(None)

    thread._loop.call_soon_threadsafe(execute)
    done.result(30)


def check(caught: pytest.ExceptionInfo[ArpApiError], file: Path) -> None:
    assert (caught.value.status_code, caught.value.code) == (507, "state.not_saved")
    assert str(file) in caught.value.message
    assert "Free some disk space" in caught.value.message or "Check" in caught.value.message


def test_run_that_cannot_be_saved_is_not_accepted(file: Path, failure: str) -> None:
    with Sandbox(state=file, latency=0) as box, DaemonClient(box.daemon_url, retries=0) as daemon:
        kept = daemon.submit_run(run_request("hello")).run_id
        ended(daemon, kept)
        (instance,) = daemon.list_instances().instances
        with failing(box, failure):
            with pytest.raises(ArpApiError) as caught:
                daemon.submit_run(run_request(LONG, "run_1"))
            with pytest.raises(ArpApiError) as caught_again:
                daemon.submit_run(run_request(LONG, "run_1"))
            with RuntimeClient(instance.runtime_api_endpoint, retries=0) as runtime:
                with pytest.raises(ArpApiError) as caught_too:
                    runtime.create_run(run_request(LONG, "run_1"))
                with pytest.raises(ArpApiError, match="Unknown run_id"):
                    runtime.get_run_status("run_1")
            assert [run.run_id for run in daemon.list_runs().runs] == [kept]
        run = daemon.submit_run(run_request("echo later", "run_1"))
        ended(daemon, run.run_id)

    for each in (caught, caught_again, caught_too):
        check(each, file)
    with Sandbox(state=file, latency=0) as box, DaemonClient(box.daemon_url) as daemon:
        assert {each.run_id for each in daemon.list_runs().runs} == {kept, "run_1"}
        assert daemon.get_run_result("run_1").output == {"final_text": "later"}


def test_end_of_a_run_is_seen_when_it_is_saved(file: Path, failure: str) -> None:
    gate = Gate()
    with Sandbox(state=file, latency=0) as box, DaemonClient(box.daemon_url, retries=0) as daemon:
        box.script("long", steps=[Wait(gate), Say(LONG)])
        run_id = daemon.submit_run(run_request("long")).run_id
        (instance,) = daemon.list_instances().instances
        with (
            RuntimeClient(instance.runtime_api_endpoint, retries=0) as runtime,
            runtime.stream_run_events(run_id) as stream,
        ):
            with failing(box, failure):
                gate.open()
                assert next(stream).type == "token"
                assert daemon.get_run_status(run_id).state == "running"
                with pytest.raises(ArpApiError) as caught:
                    runtime.cancel_run(run_id)
                assert daemon.get_run_status(run_id).state == "running"
            assert [event.type.value for event in stream] == ["final"]
        over = ended(daemon, run_id)

    check(caught, file)
    assert over.state == "succeeded"
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url) as daemon:
        assert daemon.get_run_status(run_id) == over


def test_instances_and_profiles_that_cannot_be_saved(file: Path, failure: str) -> None:
    long = RuntimeProfileUpsertRequest(description=LONG)
    create = InstanceCreateRequest(runtime_profile="default", count=3, extensions={"a.b": LONG})
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url, retries=0) as daemon:
        register = InstanceRegisterRequest(
            runtime_api_endpoint=box.runtime_url, extensions={"a.b": LONG}
        )
        before = daemon.list_instances(), daemon.list_runtime_profiles()
        with failing(box, failure):
            for call in (
                lambda: daemon.upsert_runtime_profile("mine", long),
                lambda: daemon.create_instances(create),
                lambda: daemon.register_instance(register),
            ):
                with pytest.raises(ArpApiError) as caught:
                    call()
                check(caught, file)
        assert (daemon.list_instances(), daemon.list_runtime_profiles()) == before
        assert len(daemon.create_instances(create).instances) == 3


@pytest.mark.parametrize("crash", [False, True])
def test_instance_whose_end_cannot_be_saved(file: Path, crash: bool) -> None:
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url, retries=0) as daemon:
        box.script("long", steps=[Wait(Gate())])
        run = daemon.submit_run(run_request("long"))
        (instance,) = daemon.list_instances().instances
        with failing(box, "readonly"):
            if crash:
                with pytest.raises(StateFileError, match="permissions"):
                    box.stop_instance(instance.instance_id)
            else:
                with pytest.raises(ArpApiError) as caught:
                    daemon.delete_instance(instance.instance_id)
                check(caught, file)
            assert daemon.list_instances().instances == [instance]
        assert daemon.get_run_status(run.run_id).ended_at is None
        daemon.delete_instance(instance.instance_id)
        assert daemon.list_instances().instances == []
        assert daemon.get_run_status(run.run_id).state == "canceled"


def test_opens_on_a_disk_without_room(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(state=file, latency=0) as box, DaemonClient(box.daemon_url) as daemon:
        run = daemon.submit_run(run_request("hello"))
        over = ended(daemon, run.run_id)
    prepare = FileStore._prepare

    def prepare_full(store: Any) -> None:
        store._connection.execute(FAILURES["full"][0])
        prepare(store)

    monkeypatch.setattr(FileStore, "_prepare", prepare_full)
    with Sandbox(state=file) as box, DaemonClient(box.daemon_url, retries=0) as daemon:
        assert daemon.get_run_status(run.run_id) == over
        with pytest.raises(ArpApiError) as caught:
            daemon.submit_run(run_request(LONG))
    check(caught, file)
