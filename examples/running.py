"""Run goals on a daemon: in one call, in steps, and one that fails."""

from __future__ import annotations

from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpRunFailed
from arp_sdk.models import RunRequest, RunRequestInput, RunRequestLimits, RunStatus


def progress(status: RunStatus) -> None:
    print(f"  {status.run_id} is {status.state}")


def main() -> None:
    with DaemonClient() as daemon:
        print(daemon.run("What is (19*23)?", timeout=60, on_update=progress).output)

        request = RunRequest(
            input=RunRequestInput(goal="hello"), limits=RunRequestLimits(max_steps=5)
        )
        run = daemon.submit_run(request)
        print(daemon.wait_for_run(run.run_id, timeout=60).state)

        try:
            daemon.run("what is love", timeout=60)
        except ArpRunFailed as error:
            print(error)


if __name__ == "__main__":
    main()
