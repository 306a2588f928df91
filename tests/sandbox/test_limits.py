"""Limits hold for concurrent requests, and services that hang delay only their own calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RuntimeProfileUpsertRequest,
    ToolInvocationRequest,
)
from arp_sdk.sandbox import Sandbox
from arp_sdk.sandbox._daemon.instance_pool import MAX_INSTANCES
from sandbox.runs import ended, eventually, run_request
from support.clients import DaemonClient, ToolRegistryClient
from support.server import Received, Reply, Server, serving

HUNG = 40  # more than the threads for tools


@contextmanager
def hung_server() -> Iterator[Server]:
    """A server that receives requests and responds to none until the end."""
    over = threading.Event()

    def hang(_: Received) -> Reply:
        over.wait()
        return Reply(503)

    with serving() as server:
        server.plan(hang)
        try:
            yield server
        finally:
            over.set()


def attempts(work: Sequence[Callable[[], object]]) -> int:
    """Call functions at once, and return how many were not refused for the limit."""
    barrier = threading.Barrier(len(work))

    def attempt(call: Callable[[], object]) -> int:
        barrier.wait()
        try:
            call()
        except ArpApiError as error:
            if error.code != "instances.too_many":
                raise
            return 0
        return 1

    with ThreadPoolExecutor(len(work)) as pool:
        return sum(pool.map(attempt, work))


def test_concurrent_requests_do_not_exceed_the_number_of_instances() -> None:
    with Sandbox(instances=0) as box, DaemonClient(box.daemon_url, retries=0) as daemon:
        create = InstanceCreateRequest(runtime_profile="default", count=30)
        register = InstanceRegisterRequest(runtime_api_endpoint=box.runtime_url)
        accepted = attempts([lambda: daemon.create_instances(create)] * 8)
        assert accepted == MAX_INSTANCES // 30
        accepted = attempts([lambda: daemon.register_instance(register)] * 16)
        assert accepted == MAX_INSTANCES % 30
        assert len(daemon.list_instances().instances) == MAX_INSTANCES


def test_slow_starts_count(box: Sandbox, daemon: DaemonClient) -> None:
    profile = RuntimeProfileUpsertRequest(extensions={"arp.sandbox": {"start_seconds": 3600}})
    daemon.upsert_runtime_profile("slow", profile)
    daemon.create_instances(InstanceCreateRequest(runtime_profile="slow", count=60))

    with pytest.raises(ArpApiError, match="at most 100"):
        daemon.create_instances(InstanceCreateRequest(runtime_profile="slow", count=60))


def test_runtimes_that_hang_do_not_delay_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arp_sdk.sandbox._assembly._RUNTIME_TIMEOUT", 300.0)
    ids = count()
    with (
        Sandbox(latency=0) as box,
        DaemonClient(box.daemon_url, retries=0) as daemon,
        ToolRegistryClient(box.tool_registry_url, retries=0) as registry,
        ThreadPoolExecutor(HUNG) as pool,
        hung_server() as server,
    ):
        box.tool(name="next_id")(lambda: next(ids))
        request = InstanceRegisterRequest(runtime_api_endpoint=server.url)
        registrations = [pool.submit(daemon.register_instance, request) for _ in range(HUNG)]
        assert eventually(lambda: len(server.requests), HUNG)

        call = ToolInvocationRequest(invocation_id="1", tool_name="next_id", args={})
        assert registry.invoke_tool(call).result == {"value": 0}
        run = daemon.submit_run(run_request("call next_id"))
        assert ended(daemon, run.run_id).state == "succeeded"
        assert not any(registration.done() for registration in registrations)


def test_start_does_not_wait_for_runtimes_that_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arp_sdk.sandbox._assembly._RUNTIME_TIMEOUT", 300.0)
    with ExitStack() as stack:
        with serving() as server:
            server.plan(Reply(404))
            with Sandbox(state=tmp_path / "state") as box, DaemonClient(box.daemon_url) as daemon:
                register = InstanceRegisterRequest(runtime_api_endpoint=server.url)
                instance = daemon.register_instance(register).instance
            received = len(server.requests)
            released = threading.Event()

            def hang(_: Received) -> Reply:
                released.wait()
                return Reply(404)

            server.plan(hang)
            box = stack.enter_context(Sandbox(state=tmp_path / "state"))
            with DaemonClient(box.daemon_url, retries=0) as daemon:
                assert daemon.list_instances().instances[1:] == [instance]
            assert eventually(lambda: len(server.requests) > received, True)
            released.set()
