"""Follow a run: print its events as they arrive, then its result."""

from __future__ import annotations

from arp_sdk.models import RunEventType, RunRequest, RunRequestInput
from arp_sdk.runtime import RuntimeClient


def main() -> None:
    with RuntimeClient() as runtime:
        run = runtime.create_run(RunRequest(input=RunRequestInput(goal="What is (19*23)?")))
        with runtime.follow(run.run_id) as events:
            for event in events:
                if event.type is RunEventType.TOKEN:
                    print((event.data or {}).get("text"))
                else:
                    print(f"[{event.seq}] {event.type} {event.data}")
            print(events.result().output)


if __name__ == "__main__":
    main()
