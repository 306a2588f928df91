"""List all runs of a daemon page by page, and continue later from a page."""

from __future__ import annotations

from arp_sdk.daemon import DaemonClient


def main() -> None:
    with DaemonClient() as daemon:
        for number in range(5):
            daemon.run(f"echo {number}", check=False)

        print(sum(1 for _ in daemon.iter_runs(page_size=2)), "runs")

        first = next(daemon.iter_runs(page_size=2).pages())
        print([run.run_id for run in first.items], "next page:", first.next_token)
        for page in daemon.iter_runs(page_size=2).pages(first.next_token):
            print([run.run_id for run in page.items])


if __name__ == "__main__":
    main()
