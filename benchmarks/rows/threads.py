"""32 threads that call at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.row import Row, Subject, Target

THREADS = 32
CALLS = 10

Work = Callable[[], Any]


def sdk_shared(url: str) -> Work:
    from arp_sdk.daemon import DaemonClient

    return _together([DaemonClient(url, auth="a-token").health] * THREADS)


def sdk_apart(url: str) -> Work:
    from arp_sdk.daemon import DaemonClient

    return _together([DaemonClient(url, auth="a-token").health for _ in range(THREADS)])


def peer_shared(url: str) -> Work:
    from arp_sdk.daemon import DaemonClient

    client = DaemonClient(url)
    client.health()  # it makes its pool in the first call, without a lock
    return _together([client.health] * THREADS)


def _together(calls: list[Callable[[], Any]]) -> Work:
    pool = ThreadPoolExecutor(THREADS)

    def some(call: Callable[[], Any]) -> None:
        for _ in range(CALLS):
            call()

    return lambda: list(pool.map(some, calls))


ROWS = [
    Row(
        "32 threads",
        "calls",
        [
            Subject("one client of the SDK", "sdk", sdk_shared),
            Subject("32 clients of the SDK", "sdk", sdk_apart),
            Subject("one client of the peer", "peer", peer_shared),
        ],
        [
            Target(
                "one client of the SDK",
                "at least",
                0.95,
                "32 clients of the SDK",
                metrics=["wall"],
                speed=True,
            ),
            Target(
                "one client of the SDK",
                "at least",
                1.5,
                "one client of the peer",
                metrics=["wall"],
                speed=True,
            ),
        ],
        note=f"`health()` in 32 threads, {THREADS * CALLS} calls in all.",
    )
]
