"""Lease two runtime instances, run a goal on each, and release them."""

from __future__ import annotations

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput, RunRequestRuntimeSelector


def main() -> None:
    with DaemonClient() as daemon:
        with daemon.instances("default", count=2) as instances:
            for instance in instances:
                selector = RunRequestRuntimeSelector(instance_id=instance.instance_id)
                goal = RunRequestInput(goal="hello")
                result = daemon.run(RunRequest(input=goal, runtime_selector=selector))
                print(instance.instance_id, instance.state, result.ok)
        left = {instance.instance_id for instance in daemon.list_instances().instances}
        print("left behind:", [i.instance_id for i in instances if i.instance_id in left])


if __name__ == "__main__":
    main()
