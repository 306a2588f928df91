"""An aiohttp session of the user's own, and cases that only asyncio has."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from requests.auth import HTTPDigestAuth

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpApiError, ArpConfigError, ArpTimeoutError
from arp_sdk.models import ToolInvocationRequest
from arp_sdk.tool_registry import AsyncToolRegistryClient
from support.bridge import open_connections
from support.server import Reply, Server, error_reply, json_reply, serving, silent_port

RUNS = json_reply({"runs": []})

pytestmark = pytest.mark.threads_only("makes its own clients, and its own event loops")


def with_session(
    server: Server, use: Callable[[AsyncDaemonClient], Awaitable[None]], **options: object
) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession(**options) as session:  # type: ignore[arg-type]
            async with AsyncDaemonClient(server.url, session=session, retries=0) as daemon:
                await use(daemon)
            assert not session.closed, "closing the client closed it"

    asyncio.run(main())


def test_a_session_of_the_users_own_keeps_its_headers_and_cookies(server: Server) -> None:
    server.plan(RUNS)

    async def use(daemon: AsyncDaemonClient) -> None:
        await daemon.list_runs()
        await daemon.with_options(auth="t0ken").list_runs()

    headers = {"X-Mine": "yes", "Authorization": "Basic dXNlcjpwYXNz", "User-Agent": "mine"}
    jar = lambda: aiohttp.CookieJar(unsafe=True)  # noqa: E731
    with_session(server, use, headers=headers, cookies={"c": "1"}, **_made_in_the_loop(jar))
    first, second = (request.headers for request in server.requests)
    assert first["X-Mine"] == "yes"
    assert first["Authorization"] == "Basic dXNlcjpwYXNz"
    assert first["Cookie"] == "c=1"
    assert second["Authorization"] == "Bearer t0ken"
    assert first["User-Agent"].startswith("arp-daemon/")


def _made_in_the_loop(jar: Callable[[], aiohttp.CookieJar]) -> dict[str, object]:
    async def make() -> aiohttp.CookieJar:
        return jar()

    return {"cookie_jar": asyncio.run(make())}


def test_raise_for_status_of_a_session_has_no_effect(server: Server) -> None:
    server.plan(error_reply(409))

    async def use(daemon: AsyncDaemonClient) -> None:
        with pytest.raises(ArpApiError) as caught:
            await daemon.list_runs()
        assert caught.value.status_code == 409

    with_session(server, use, raise_for_status=True)


def test_the_base_url_of_a_session_has_no_effect(server: Server) -> None:
    server.plan(RUNS)

    async def use(daemon: AsyncDaemonClient) -> None:
        await daemon.list_runs()

    with_session(server, use, base_url="http://other.invalid/")
    assert server.targets == ["GET /v1/runs"]


def test_headers_of_a_session_are_not_sent_to_another_origin(server: Server) -> None:
    async def use(daemon: AsyncDaemonClient) -> None:
        await daemon.with_options(allow_cross_origin_redirects=True).list_runs()

    with serving() as elsewhere:
        elsewhere.plan(RUNS)
        server.plan(Reply(307, b"", {"Location": f"{elsewhere.url}/v1/runs"}))
        with_session(server, use, headers={"Authorization": "mine", "X-Mine": "yes"})
        assert server.last.headers["X-Mine"] == "yes"
        sent = {name.lower() for name in elsewhere.last.headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}


def test_a_session_of_the_users_own_is_not_pickled(server: Server) -> None:
    import pickle

    async def use(daemon: AsyncDaemonClient) -> None:
        with pytest.raises(ArpConfigError, match="session of your own"):
            pickle.dumps(daemon)

    with_session(server, use)


def test_digest_authentication_of_requests_is_refused() -> None:
    with pytest.raises(ArpConfigError, match="HTTPDigestAuth"):
        AsyncDaemonClient("http://127.0.0.1:1", auth=HTTPDigestAuth("user", "pass"))


def test_a_client_that_is_garbage_collected_open_warns(server: Server) -> None:
    server.plan(RUNS)

    async def main() -> list[str]:
        daemon = AsyncDaemonClient(server.url)
        await daemon.list_runs()
        with pytest.warns(ResourceWarning, match="call close()"):
            del daemon
            gc.collect()
        await asyncio.sleep(0.05)
        return open_connections(asyncio.get_running_loop())

    assert asyncio.run(main()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_opens_its_own_connection(server: Server) -> None:
    server.plan(RUNS)
    daemon = AsyncDaemonClient(server.url, auth="t0ken")

    async def call() -> bytes:
        return b"ok" if (await daemon.list_runs()).runs == [] else b"no"

    async def main() -> bytes:
        await call()
        read, write = os.pipe()
        with warnings.catch_warnings():
            # Python 3.12 warns of forking with threads, which the server has.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                asyncio.events._set_running_loop(None)
                result = asyncio.run(call())
            except BaseException as error:
                result = repr(error).encode()
            os.write(write, result)
            os._exit(0)
        os.waitpid(child, 0)
        result = os.read(read, 1000)
        os.close(read)
        os.close(write)
        await call()
        await daemon.close()
        return result

    assert asyncio.run(main()) == b"ok"
    assert server.connections == 2


def test_an_upload_that_is_not_read_is_dropped_at_the_deadline() -> None:
    request = ToolInvocationRequest(invocation_id="i", tool_name="echo", args={"x": "x" * 2**24})

    async def main(url: str) -> list[str]:
        async with AsyncToolRegistryClient(url, timeout=1.0, deadline=1.0) as registry:
            with pytest.raises(ArpTimeoutError) as caught:
                await registry.invoke_tool(request)
            assert caught.value.sent
            await asyncio.sleep(0)
            return open_connections(asyncio.get_running_loop())

    with silent_port() as url:
        assert asyncio.run(main(url)) == []


def test_after_a_deadline_while_connecting_nothing_was_sent() -> None:
    async def never(*_: object, **__: object) -> object:
        await asyncio.sleep(10)
        raise AssertionError

    async def main() -> None:
        async with AsyncDaemonClient("http://daemon.invalid", deadline=0.1, retries=0) as daemon:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(aiohttp.DefaultResolver, "resolve", never)
                with pytest.raises(ArpTimeoutError) as caught:
                    await daemon.health()
        assert not caught.value.sent

    asyncio.run(main())
