"""Launch a runtime instance with a daemon, submit a run, and print its result.

Set ARP_DAEMON_URL to the URL of the daemon.
"""

from __future__ import annotations

import time

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import InstanceCreateRequest, RunRequest, RunRequestInput, RunState

FINAL = {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED}


def main() -> None:
    with DaemonClient() as daemon:
        version = daemon.version()
        print(f"{version.service_name} {version.service_version} is {daemon.health().status}")

        created = daemon.create_instances(InstanceCreateRequest(runtime_profile="default"))
        (instance,) = created.instances
        print(f"instance {instance.instance_id} is {instance.state}")

        try:
            run = daemon.submit_run(RunRequest(input=RunRequestInput(goal="What is (19*23)?")))
            while run.state not in FINAL:
                time.sleep(0.2)
                run = daemon.get_run_status(run.run_id)
            print(f"run {run.run_id} {run.state}")
            print(daemon.get_run_result(run.run_id).to_dict())
        finally:
            daemon.delete_instance(instance.instance_id)


if __name__ == "__main__":
    main()
