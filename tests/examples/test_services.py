"""The example services run under uvicorn, as their first lines say, and clients can use them."""

from __future__ import annotations

import pytest

from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpApiError
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.runtime import RuntimeClient
from arp_sdk.tool_registry import ToolRegistryClient
from sandbox.exchanges import exchange
from support.example_services import running


def request(goal: str) -> RunRequest:
    return RunRequest(input=RunRequestInput(goal=goal))


def test_registry() -> None:
    with running("registry", ARP_TOKEN="secret") as url:
        with ToolRegistryClient(url, auth="secret") as registry:
            assert [each.name for each in registry.list_tools()] == ["count_words", "mean", "shout"]
            assert registry.invoke("mean", {"numbers": [1, 2, 6]}) == {"value": 3.0}
            assert registry.invoke("count_words", {"text": "a b A"}) == {"a": 2, "b": 1}
        with ToolRegistryClient(url, auth="wrong") as wrong, pytest.raises(ArpApiError):
            wrong.list_tools()


def test_mounted() -> None:
    pytest.importorskip("fastapi", reason="needs the group `bridges`: hatch run sync")
    with running("mounted", "/openapi.json") as url:
        state = exchange("PUT", f"{url}/orders/3?state=new").json
        assert state == {"order_id": "3", "state": "new"}
        with ToolRegistryClient(f"{url}/arp") as registry:
            assert registry.invoke("order_state", {"order_id": "3"}) == {"value": "new"}


def test_runtime() -> None:
    with running("runtime") as url, RuntimeClient(url) as runtime:
        run = runtime.create_run(request("hello"))
        with runtime.follow(run.run_id) as events:
            texts = [(each.data or {}).get("text") for each in events]
            assert texts == ["You", "said:", "hello", None]
            assert events.result().output == {"text": "You said: hello"}
        failed = runtime.run(request("fail"), check=False)
        assert failed.error is not None and failed.error.message == "the model is overloaded"
        slow = runtime.create_run(request("word " * 10_000))
        assert runtime.cancel_run(slow.run_id).state == "canceled"
        with pytest.raises(ArpApiError, match="no run x"):
            runtime.get_run_status("x")


def test_daemon_in_front_of_two_runtimes() -> None:
    with (
        running("runtime") as one,
        running("runtime") as other,
        running("daemon", RUNTIME_URLS=f"{one} {other}") as url,
        DaemonClient(url) as daemon,
    ):
        endpoints = [each.runtime_api_endpoint for each in daemon.list_instances().instances]
        assert endpoints == [one, other]
        results = [daemon.run(request(f"run {number}")) for number in range(4)]
        assert [each.output for each in results] == [
            {"text": f"You said: run {number}"} for number in range(4)
        ]
        runs = list(daemon.iter_runs(page_size=3))
        homes = [str(each.runtime_instance_id) for each in runs]
        assert sorted(homes) == ["runtime_1", "runtime_1", "runtime_2", "runtime_2"]
        with RuntimeClient(one) as runtime:
            mine = next(each for each in runs if each.runtime_instance_id == "runtime_1")
            assert runtime.get_run_status(mine.run_id).state == "succeeded"
