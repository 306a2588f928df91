"""What a user's program does: a call of each group of operations, a model there and back, an error.

It runs in the environment under test. Its arguments are the addresses of the services by package,
as in `arp_sdk.daemon=http://127.0.0.1:8000`; it uses those clients and no other.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from arp_sdk.errors import ArpApiError
from arp_sdk.models import RunRequest, RunRequestInput, RunState


def daemon(client: Any) -> None:
    from arp_sdk.models import InstanceCreateRequest, RuntimeProfileUpsertRequest

    assert client.version().supported_api_versions == ["v1"]
    created = client.create_instances(InstanceCreateRequest(runtime_profile="default", count=1))
    (instance,) = created.instances
    assert instance.instance_id in {each.instance_id for each in client.list_instances().instances}
    client.upsert_runtime_profile("smoke", RuntimeProfileUpsertRequest(description="a profile"))
    names = {each.runtime_profile for each in client.list_runtime_profiles().profiles}
    assert "smoke" in names
    client.delete_runtime_profile("smoke")
    result = client.run("What is (19*23)?", timeout=30)
    assert client.get_run_status(result.run_id).state == RunState.SUCCEEDED
    assert result.run_id in {each.run_id for each in client.iter_runs()}
    client.delete_instance(instance.instance_id)


def runtime(client: Any) -> None:
    status = client.create_run(request())
    ended = client.wait_for_run(status.run_id, timeout=30)
    assert ended.state == RunState.SUCCEEDED
    assert client.get_run_result(status.run_id).ok
    with client.stream_run_events(status.run_id) as events:
        assert [event.run_id for event in events]


def tool_registry(client: Any) -> None:
    first, *_ = client.list_tools()
    assert client.get_tool(first.tool_id) == first
    assert client.invoke("calc", {"expression": "19*23"})


def request() -> RunRequest:
    return RunRequest(input=RunRequestInput(goal="What is (19*23)?"))


def status_of_error(call: Callable[[str], Any], argument: str) -> int | None:
    try:
        call(argument)
    except ArpApiError as error:
        return error.status_code
    return None


def main() -> None:
    there_and_back = request()
    assert RunRequest.from_json(there_and_back.to_json()) == there_and_back
    for argument in sys.argv[1:]:
        package, _, url = argument.partition("=")
        module = importlib.import_module(package)
        name = package.rpartition(".")[2]
        (client_class,) = [
            getattr(module, each)
            for each in module.__all__
            if each.endswith("Client") and not each.startswith(("Raw", "Async"))
        ]
        with client_class(url, retries=0) as client:
            assert client.health().status == "ok"
            globals()[name](client)
            failing = client.get_tool if name == "tool_registry" else client.get_run_status
            assert status_of_error(failing, "nobody_knows_it") == 404
        if hasattr(module, "described"):
            assert "arp-daemon" in module.described()


main()
sys.stdout.write("ok\n")
