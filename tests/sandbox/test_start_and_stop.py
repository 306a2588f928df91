from __future__ import annotations

import gc
import socket
import threading
from urllib.parse import urlsplit

import pytest

from arp_sdk.models import InstanceCreateRequest
from arp_sdk.sandbox import Sandbox, Wait
from sandbox.runs import run_request
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient


def test_three_services_answer() -> None:
    with Sandbox() as box:
        with (
            ToolRegistryClient(box.tool_registry_url) as tool_registry,
            RuntimeClient(box.runtime_url) as runtime,
            DaemonClient(box.daemon_url) as daemon,
        ):
            names = [client.version().service_name for client in (tool_registry, runtime, daemon)]
            healths = [client.health().status for client in (tool_registry, runtime, daemon)]

    assert names == ["arp-sandbox-tool-registry", "arp-sandbox-runtime", "arp-sandbox-daemon"]
    assert healths == ["ok", "ok", "ok"]


def test_clients_find_it_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(token="secret") as box:
        for name, value in box.environment.items():
            monkeypatch.setenv(name, value)
        with DaemonClient() as daemon:
            assert len(daemon.list_instances().instances) == 1


def test_nothing_is_left_over() -> None:
    threads = set(threading.enumerate())
    with Sandbox(latency=0) as box:
        urls = [box.tool_registry_url, box.runtime_url, box.daemon_url]
        box.script("for ever", steps=[Wait(3600)])
        with RuntimeClient(box.runtime_url) as runtime, DaemonClient(box.daemon_url) as daemon:
            created = daemon.create_instances(InstanceCreateRequest(runtime_profile="default"))
            urls += [instance.runtime_api_endpoint for instance in created.instances]
            daemon.submit_run(run_request("for ever"))
            run = runtime.create_run(run_request("for ever"))
            stream = runtime.stream_run_events(run.run_id)
            box.close()
            stream.close()

    # An open socket or a task that nobody awaited would be a warning now, which is an error.
    gc.collect()
    assert set(threading.enumerate()) == threads
    for url in urls:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))


def test_a_closed_one_starts_again() -> None:
    box = Sandbox()
    for _ in range(3):
        with box, DaemonClient(box.daemon_url) as daemon:
            assert daemon.health().status == "ok"
        box.close()


def test_two_at_once() -> None:
    with Sandbox() as one, Sandbox() as other:
        with DaemonClient(one.daemon_url) as first, DaemonClient(other.daemon_url) as second:
            run = first.submit_run(run_request("hello"))

            assert [status.run_id for status in first.list_runs().runs] == [run.run_id]
            assert second.list_runs().runs == []


def test_a_port_of_choice() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with Sandbox(daemon_port=port) as box:
        assert box.daemon_url == f"http://127.0.0.1:{port}"
        with pytest.raises(OSError, match="in use"), Sandbox(daemon_port=port):
            raise AssertionError("it has started")


def test_it_listens_on_loopback_only(box: Sandbox) -> None:
    hosts = {urlsplit(url).hostname for url in (box.daemon_url, box.runtime_url)}

    assert hosts == {"127.0.0.1"}


def test_it_starts_once() -> None:
    with Sandbox() as box, pytest.raises(RuntimeError, match="already"):
        box.start()


def test_before_it_runs() -> None:
    box = Sandbox()

    with pytest.raises(RuntimeError, match="with statement"):
        _ = box.daemon_url
    with pytest.raises(RuntimeError, match="with statement"):
        box.stop_instance("inst_1")
    assert repr(box) == "<Sandbox, not running>"


def test_one_that_nobody_closes() -> None:
    before = set(threading.enumerate())
    box = Sandbox()
    box.start()
    started = set(threading.enumerate()) - before
    (thread,) = [thread for thread in started if thread.name == "arp-sandbox"]

    with pytest.warns(ResourceWarning, match="unclosed <Sandbox, daemon at http"):
        del box
        gc.collect()

    thread.join()


@pytest.mark.parametrize(
    "wrong",
    [
        {"latency": -1},
        {"latency": float("nan")},
        {"latency": float("inf")},
        {"daemon_port": -1},
        {"token": ""},
    ],
)
def test_invalid_arguments(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"negative|finite|empty"):
        Sandbox(**wrong)  # type: ignore[arg-type]
