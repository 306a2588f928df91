"""A user's program: a call of each group of operations, a model both ways, and an error.

It runs in the environment under test. Its arguments are the addresses of the services by package,
as in `arp_sdk.daemon=http://127.0.0.1:8000`. It uses the clients that are installed, and prints the
versions of our distributions.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from importlib.metadata import distributions
from importlib.util import find_spec
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
        if find_spec(package) is None:
            continue
        module = importlib.import_module(package)
        (client_class,) = [
            getattr(module, each)
            for each in module.__all__
            if each.endswith("Client") and not each.startswith(("Raw", "Async"))
        ]
        with client_class(url, retries=0) as client:
            assert client.health().status == "ok"
            globals()[package.rpartition(".")[2]](client)
            assert status_of_error(client.get_run_status, "nobody_knows_it") == 404
        if hasattr(module, "described"):
            assert "arp-daemon" in module.described()


main()
found = {each.metadata["Name"]: each.version for each in distributions()}
ours = {name: version for name, version in found.items() if name.startswith("arp-")}
sys.stdout.write(json.dumps(ours))
