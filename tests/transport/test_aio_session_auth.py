"""Credentials of a client beside those of an aiohttp session that is the user's own."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from requests.auth import HTTPBasicAuth

from arp_sdk.core import ApiKey
from arp_sdk.core.aio import AsyncAuth
from arp_sdk.daemon import AsyncDaemonClient
from support.server import Reply, Server, json_reply, serving

RUNS = json_reply({"runs": []})
OF_SESSION = "Basic c2Vzc2lvbjpwdw=="

pytestmark = pytest.mark.threads_only("makes its own clients, and its own event loops")

Sessions = Callable[[], aiohttp.ClientSession]


def with_auth() -> aiohttp.ClientSession:
    with warnings.catch_warnings():
        # aiohttp 3.14 advises against the argument, which programs still use.
        warnings.simplefilter("ignore", DeprecationWarning)
        return aiohttp.ClientSession(auth=aiohttp.BasicAuth("session", "pw"))


def with_netrc() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(trust_env=True)


@pytest.fixture(autouse=True)
def _netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login session password pw\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def call(
    server: Server,
    make: Sessions,
    use: Callable[[AsyncDaemonClient], Awaitable[object]],
    auth: AsyncAuth | None,
) -> None:
    async def main() -> None:
        async with make() as session:
            daemon = AsyncDaemonClient(server.url, session=session, retries=0, auth=auth)
            await use(daemon)
            await daemon.close()

    server.plan(RUNS)
    asyncio.run(main())


@pytest.mark.parametrize("make", [with_auth, with_netrc])
@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ("t0ken", "Bearer t0ken"),
        (lambda: "t0ken", "Bearer t0ken"),
        (("user", "pass"), "Basic dXNlcjpwYXNz"),
        (HTTPBasicAuth("user", "pass"), "Basic dXNlcjpwYXNz"),
        (None, OF_SESSION),
        (ApiKey("k3y"), OF_SESSION),
    ],
)
def test_the_clients_credentials_go_before_the_sessions(
    server: Server, make: Sessions, auth: AsyncAuth | None, sent: str
) -> None:
    call(server, make, AsyncDaemonClient.list_runs, auth)
    assert server.last.headers["Authorization"] == sent
    assert server.last.headers.get("X-API-Key") == ("k3y" if isinstance(auth, ApiKey) else None)


@pytest.mark.parametrize("make", [with_auth, with_netrc])
def test_a_header_of_a_hook_goes_before_the_sessions_credentials(
    server: Server, make: Sessions
) -> None:
    def use(daemon: AsyncDaemonClient) -> Awaitable[object]:
        hooked = daemon.with_options(
            on_request=lambda request: request.headers.update({"authorization": "mine"})
        )
        return hooked.list_runs()

    call(server, make, use, None)
    assert server.last.headers["Authorization"] == "mine"


def test_middlewares_of_the_session_still_run(server: Server) -> None:
    seen: list[str] = []

    async def middleware(
        request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        seen.append(request.headers["Authorization"])
        request.headers["X-Mine"] = "yes"
        return await send(request)

    def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(trust_env=True, middlewares=(middleware,))

    call(server, make, AsyncDaemonClient.list_runs, "t0ken")
    assert seen == ["Bearer t0ken"]
    assert server.last.headers["X-Mine"] == "yes"


@pytest.mark.parametrize("make", [with_auth, with_netrc])
def test_neither_leaves_with_a_redirect(server: Server, make: Sessions) -> None:
    def use(daemon: AsyncDaemonClient) -> Awaitable[object]:
        server.plan(Reply(307, b"", {"Location": f"{elsewhere.url}/v1/runs"}))
        return daemon.with_options(allow_cross_origin_redirects=True).list_runs()

    with serving() as elsewhere:
        elsewhere.plan(RUNS)
        call(server, make, use, "t0ken")
        assert server.last.headers["Authorization"] == "Bearer t0ken"
        assert "Authorization" not in elsewhere.last.headers
