"""Tokens that expire: renewed in time, once for all, and after a 401 with the rejected one."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from arp_sdk.core import Token, TokenProvider
from arp_sdk.core._auth import Provider
from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpApiError, ArpConfigError
from support.bridge import Bridged
from support.clients import DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply

RUNS = json_reply({"runs": []})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def with_clock(client: Any, clock: Clock) -> None:
    inner = client._bridged if isinstance(client, Bridged) else client
    inner._credentials._clock = clock


def sent_by(server: Server) -> list[str]:
    return [request.headers["Authorization"].removeprefix("Bearer ") for request in server.requests]


def numbered(expires_in: float | None) -> Callable[[], Token]:
    count = iter(range(1, 100))
    return lambda: Token(f"token-{next(count)}", expires_in)


@pytest.mark.parametrize(
    ("expires_in", "good_until"), [(3600, 3540), (60, 54), (1, 0.9), (0, 0), (-5, 0)]
)
def test_a_token_is_renewed_before_it_expires(
    server: Server, expires_in: float, good_until: float
) -> None:
    clock = Clock()
    server.plan(RUNS)
    with DaemonClient(server.url, auth=numbered(expires_in)) as daemon:
        with_clock(daemon, clock)
        daemon.list_runs()
        clock.now += good_until * 0.99
        daemon.list_runs()
        clock.now += good_until * 0.01 + 0.001
        daemon.list_runs()
    renewed = ["token-1", "token-1", "token-2"]
    assert sent_by(server) == (renewed if expires_in > 0 else ["token-1", "token-2", "token-3"])


def test_a_token_without_an_expiry_is_kept(server: Server) -> None:
    clock = Clock()
    server.plan(RUNS)
    with DaemonClient(server.url, auth=numbered(None)) as daemon:
        with_clock(daemon, clock)
        for _ in range(3):
            daemon.list_runs()
            clock.now += 1e9
    assert sent_by(server) == ["token-1"] * 3


def test_a_provider_may_return_either(server: Server) -> None:
    tokens: list[str | Token] = [Token("one", 10), "two", Token("three", 10)]
    clock = Clock()
    server.plan(RUNS)
    with DaemonClient(server.url, auth=lambda: tokens.pop(0)) as daemon:
        with_clock(daemon, clock)
        for _ in range(3):
            daemon.list_runs()
            clock.now += 10
    assert sent_by(server) == ["one", "two", "two"]


def rejecting(*rejected: str) -> Callable[[Received], Reply]:
    def answer(request: Received) -> Reply:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return error_reply(401) if token in rejected else RUNS

    return answer


class Object:
    def __init__(self, seen: list[str | None]) -> None:
        self.seen = seen

    def __call__(self, rejected: str | None) -> str:
        self.seen.append(rejected)
        return f"token-{len(self.seen)}"

    def method(self, rejected: str | None) -> str:
        return self(rejected)

    def with_default(self, rejected: str | None = None) -> Token:
        return Token(self(rejected), 3600)

    async def coroutine(self, rejected: str | None) -> str:
        return self(rejected)


MAKERS: dict[str, Callable[[Object], TokenProvider]] = {
    "an object": lambda made: made,
    "a method": lambda made: made.method,
    "a default of None": lambda made: made.with_default,
    "a lambda": lambda made: lambda rejected: made(rejected),
    "a partial": lambda made: partial(Object.method, made),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_function_with_a_parameter_gets_the_rejected_token(server: Server, name: str) -> None:
    seen: list[str | None] = []
    server.plan(rejecting("token-1"))
    with DaemonClient(server.url, auth=MAKERS[name](Object(seen))) as daemon:
        daemon.list_runs()
        daemon.list_runs()
    assert sent_by(server) == ["token-1", "token-2", "token-2"]
    assert seen == [None, "token-1"]


@pytest.mark.threads_only("makes its own event loop")
def test_a_coroutine_function_gets_the_rejected_token(server: Server) -> None:
    seen: list[str | None] = []
    server.plan(rejecting("token-1"))

    async def main() -> None:
        async with AsyncDaemonClient(server.url, auth=Object(seen).coroutine) as daemon:
            await daemon.list_runs()

    asyncio.run(main())
    assert seen == [None, "token-1"]


def test_an_expired_token_was_not_rejected(server: Server) -> None:
    seen: list[str | None] = []
    clock = Clock()
    server.plan(RUNS)
    with DaemonClient(server.url, auth=Object(seen).with_default) as daemon:
        with_clock(daemon, clock)
        daemon.list_runs()
        clock.now += 3600
        daemon.list_runs()
    assert seen == [None, None]
    assert sent_by(server) == ["token-1", "token-2"]


def test_other_parameters_are_left_alone() -> None:
    def scoped(*scopes: str, claims: str | None = None) -> str:
        assert scopes == ()
        assert claims is None
        return "t"

    def of_audience(audience: str = "arp") -> str:
        assert audience == "arp"
        return "t"

    def of_two(one: None = None, two: None = None) -> str:
        return "t"

    providers: list[Callable[..., str]] = [scoped, of_audience, of_two, str]
    assert [Provider(each)._takes_rejected for each in providers] == [False] * 4


def test_threads_that_find_it_expired_renew_it_once(server: Server) -> None:
    calls: list[int] = []
    begun = threading.Event()

    def provide() -> Token:
        calls.append(1)
        if len(calls) > 1:
            begun.wait(0.2)
        return Token(f"token-{len(calls)}", 3600)

    clock = Clock()
    server.plan(RUNS)
    with DaemonClient(server.url, auth=provide) as daemon:
        with_clock(daemon, clock)
        daemon.list_runs()
        clock.now += 3600
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: daemon.list_runs(), range(8)))
    assert len(calls) == 2
    assert sent_by(server) == ["token-1"] + ["token-2"] * 8


@pytest.mark.threads_only("makes its own event loop")
def test_tasks_that_find_it_expired_renew_it_once(server: Server) -> None:
    calls: list[int] = []

    async def provide() -> Token:
        calls.append(1)
        await asyncio.sleep(0.05)
        return Token(f"token-{len(calls)}", 3600)

    async def main() -> None:
        clock = Clock()
        async with AsyncDaemonClient(server.url, auth=provide) as daemon:
            with_clock(daemon, clock)
            await daemon.list_runs()
            clock.now += 3600
            await asyncio.gather(*(daemon.list_runs() for _ in range(8)))

    server.plan(RUNS)
    asyncio.run(main())
    assert len(calls) == 2
    assert sent_by(server) == ["token-1"] + ["token-2"] * 8


def test_a_token_that_is_rejected_again_is_final(server: Server) -> None:
    server.plan(error_reply(401))
    with DaemonClient(server.url, auth=numbered(3600)) as daemon:
        with pytest.raises(ArpApiError, match="401"):
            daemon.list_runs()
    assert sent_by(server) == ["token-1", "token-2"]


@pytest.mark.parametrize("expires_in", ["3600", True, float("nan"), float("inf"), [1]])
def test_an_expiry_that_is_no_number(expires_in: Any) -> None:
    with pytest.raises(ArpConfigError, match="expires_in"):
        Token("s3cret", expires_in)


@pytest.mark.parametrize("value", ["", None, "a\nb", "ümlaut", b"bytes"])
def test_a_value_that_cannot_be_sent(value: Any) -> None:
    with pytest.raises(ArpConfigError):
        Token(value, 60)


def test_a_token_shows_no_secret() -> None:
    token = Token("s3cret", 60)
    assert repr(token) == "Token(<redacted>, expires_in=60)"
    with pytest.raises(TypeError):
        pickle.dumps(token)


def test_a_token_is_not_passed_by_itself() -> None:
    with pytest.raises(ArpConfigError, match="function that returns one"):
        DaemonClient("http://127.0.0.1:1", auth=Token("s3cret", 60))  # type: ignore[arg-type]
