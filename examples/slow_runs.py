"""Limit the wait for a slow run: leave the run alone, or have it canceled.

The program starts `arp-sandbox` itself, with a script that makes a run slow.
"""

from __future__ import annotations

from arp_sdk.errors import ArpWaitTimeoutError
from arp_sdk.runtime import RuntimeClient
from arp_sdk.sandbox import Gate, Sandbox, Wait


def main() -> None:
    box = Sandbox()
    box.script("think hard", steps=[Wait(Gate())])
    with box, RuntimeClient(box.runtime_url) as runtime:
        try:
            runtime.run("think hard", timeout=0.5)
        except ArpWaitTimeoutError as error:
            print(error)
            print("still", runtime.get_run_status(error.last.run_id).state)

        try:
            runtime.run("think hard", timeout=0.5, cancel_on_timeout=True)
        except ArpWaitTimeoutError as error:
            print("canceled:", error.canceled)
            print("now", runtime.wait_for_run(error.last.run_id, timeout=10).state)


if __name__ == "__main__":
    main()
