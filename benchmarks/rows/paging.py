"""A million runs, page by page."""

from collections.abc import Callable
from typing import Any

from harness.memory import memory
from harness.row import Row, Subject, Target
from server import PAGES, RUNS_A_PAGE


def sdk(url: str) -> Callable[[], Any]:
    from arp_sdk.daemon import DaemonClient

    return _counted(DaemonClient(f"{url}/{PAGES}"), PAGES)


def _counted(client: Any, pages: int) -> Callable[[], Any]:
    def work() -> None:
        assert sum(1 for _ in client.iter_runs(page_size=RUNS_A_PAGE)) == pages * RUNS_A_PAGE

    return work


def peer(url: str) -> Callable[[], Any]:
    """Return a loop of the user's own."""
    from arp_sdk.daemon import DaemonClient

    client = DaemonClient(f"{url}/{PAGES}")

    def work() -> None:
        count, token = 0, None
        while True:
            answer = client.list_runs(page_size=RUNS_A_PAGE, page_token=token)
            count += len(answer.runs)
            token = answer.pagination.next_page_token if answer.pagination else None
            if not token:
                break
        assert count == PAGES * RUNS_A_PAGE

    return work


def memory_of(url: str, pages: int) -> dict[str, float]:
    from arp_sdk.daemon import DaemonClient

    client = DaemonClient(f"{url}/{pages}")
    client.list_runs()  # what is made once is made
    return memory(_counted(client, pages))


ROWS = [
    Row(
        "Paging over 1,000,000 runs",
        "calls",
        [Subject("iter_runs of the SDK", "sdk", sdk), Subject("a loop of the peer", "peer", peer)],
        [Target("iter_runs of the SDK", "at least", 10, "a loop of the peer", speed=True)],
        rounds=3,
    ),
    Row(
        "Memory of paging",
        "fresh",
        [
            Subject("1,000,000 runs", "sdk", memory_of, [PAGES]),
            Subject("100,000 runs", "sdk", memory_of, [PAGES // 10]),
        ],
        [Target("1,000,000 runs", "at most", 1.1, "100,000 runs", metrics=["peak"])],
        units={"peak": "bytes", "retained": "bytes"},
        compared="peak",
        rounds=1,
    ),
]
