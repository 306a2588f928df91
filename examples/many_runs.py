"""Run many goals at once with a progress bar; report failures next to results."""

from __future__ import annotations

from rich.progress import Progress

from arp_sdk.daemon import DaemonClient


def main() -> None:
    goals = [f"What is ({number}*{number})?" for number in range(20)] + ["what is love"]
    with DaemonClient() as daemon, Progress() as progress:
        bar = progress.add_task("runs", total=len(goals))
        outcomes = daemon.run_many(
            goals, max_concurrency=4, timeout=60, on_progress=lambda _: progress.advance(bar)
        )
        for outcome in outcomes:
            if outcome.error is not None:
                progress.print(f"{outcome.request}: {outcome.error}")
            elif outcome.result is not None:
                progress.print(f"{outcome.request}: {outcome.result.output}")


if __name__ == "__main__":
    main()
