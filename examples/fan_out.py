"""Run many goals at once on a runtime, and follow the events of each run."""

from __future__ import annotations

import asyncio

from arp_sdk.models import RunRequest, RunRequestInput, RunResult
from arp_sdk.runtime import AsyncRuntimeClient


async def watch(runtime: AsyncRuntimeClient, goal: str) -> RunResult:
    run = await runtime.create_run(RunRequest(input=RunRequestInput(goal=goal)))
    async with runtime.follow(run.run_id) as events:
        async for event in events:
            print(f"{goal} [{event.seq}] {event.type}")
        return await events.result(check=False)


async def main() -> None:
    goals = [f"What is ({number}*{number})?" for number in range(20)] + ["what is love"]
    async with AsyncRuntimeClient() as runtime:
        results = await asyncio.gather(*(watch(runtime, goal) for goal in goals))
    for goal, result in zip(goals, results, strict=True):
        print(f"{goal} {result.output if result.ok else result.error}")


if __name__ == "__main__":
    asyncio.run(main())
