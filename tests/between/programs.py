"""Programs that use both kinds of clients together with software that watches or mocks requests.

`python -m between.programs NAME ORDER` runs one; ORDER says which of the two is imported first.
"""

# These need not be installed, and some have no types.
# mypy: disable-error-code="import-not-found, import-untyped"
# pyright: reportMissingImports=false, reportMissingModuleSource=false

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.server import Server, json_reply, serving

RUNS = json_reply({"runs": []})


def _client(url: str, **options: Any) -> Any:
    from arp_sdk.daemon import DaemonClient

    return DaemonClient(url, retries=0, **options)


async def _list_runs(url: str, **options: Any) -> Any:
    """Make a call with an asynchronous client of its own."""
    from arp_sdk.daemon import AsyncDaemonClient

    async with AsyncDaemonClient(url, retries=0, **options) as daemon:
        return await daemon.list_runs()


def _raised(call: Callable[[], Any]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error


def vcrpy(server: Server) -> None:
    import vcr
    from vcr.errors import CannotOverwriteExistingCassetteException

    path = str(Path(tempfile.mkdtemp()) / "cassette.yaml")
    with _client(server.url) as before, _client(server.url) as inside:
        before.list_runs()
        assert len(server.requests) == 1
        with vcr.use_cassette(path, record_mode="once") as cassette:
            inside.list_runs()
            assert (len(cassette), len(server.requests)) == (1, 2)
        with vcr.use_cassette(path, record_mode="none", allow_playback_repeats=True) as cassette:
            for client in (before, inside):
                assert client.list_runs().runs == []
            assert (cassette.play_count, len(server.requests)) == (2, 2)
            refused = _raised(before.health)
            assert isinstance(refused, CannotOverwriteExistingCassetteException)
        for client in (before, inside):
            client.list_runs()
            (route,) = client._connections._routes._made.values()
            for kept in route.pool.pool.queue:
                assert kept is None or type(kept).__module__.startswith("arp_sdk.")
        assert len(server.requests) == 4


def vcrpy_of_aiohttp(server: Server) -> None:
    import vcr
    from vcr.errors import CannotOverwriteExistingCassetteException

    from arp_sdk.daemon import AsyncDaemonClient

    path = str(Path(tempfile.mkdtemp()) / "cassette.yaml")

    async def use() -> None:
        async with AsyncDaemonClient(server.url, retries=0) as daemon:
            await daemon.list_runs()
            with vcr.use_cassette(path, record_mode="once") as cassette:
                await daemon.list_runs()
                assert (len(cassette), len(server.requests)) == (1, 2)
            with vcr.use_cassette(path, record_mode="none") as cassette:
                assert (await daemon.list_runs()).runs == []
                assert (cassette.play_count, len(server.requests)) == (1, 2)
                try:
                    await daemon.health()
                except CannotOverwriteExistingCassetteException:
                    pass
                else:
                    raise AssertionError("nothing was raised")
            await daemon.list_runs()
            assert len(server.requests) == 3

    asyncio.run(use())


def vcrpy_streams(server: Server) -> None:
    import vcr

    from arp_sdk.runtime import RuntimeClient
    from support.server import Reply

    event = b'data: {"run_id":"r","seq":%d,"type":"step","time":"2024-01-01T00:00:00Z"}\n\n'
    events = event % 0 + event % 1
    server.plan(Reply(200, events, {"Content-Type": "text/event-stream"}))
    path = str(Path(tempfile.mkdtemp()) / "cassette.yaml")
    seen = []
    for mode in ("once", "none"):
        with vcr.use_cassette(path, record_mode=mode), RuntimeClient(server.url) as runtime:
            assert len(list(runtime.stream_run_events("r"))) == 2
        seen.append(len(server.requests))
    assert seen[0] == seen[1] > 0


def requests_mock(server: Server) -> None:
    import requests
    import requests_mock as mocking

    from arp_sdk.errors import ArpApiError, ArpTimeoutError

    with _client("http://mocked.example") as client, _client(server.url) as other:
        other.list_runs()
        with mocking.Mocker() as mock:
            url = "http://mocked.example/v1/runs"
            mock.get(url, json={"runs": []})
            assert client.list_runs().runs == []
            mock.get(url, exc=ZeroDivisionError)
            assert type(_raised(client.list_runs)) is ZeroDivisionError
            mock.get(url, exc=requests.exceptions.ReadTimeout)
            assert type(_raised(client.list_runs)) is ArpTimeoutError
            mock.get(url, status_code=404, json={"error": {"code": "c", "message": "m"}})
            assert type(_raised(client.list_runs)) is ArpApiError
            assert type(_raised(other.list_runs)).__name__ == "NoMockAddress"
            asyncio.run(_list_runs(server.url))
        other.list_runs()
    assert len(server.requests) == 3


def responses(server: Server) -> None:
    import responses as mocking

    with _client("http://mocked.example") as client, mocking.RequestsMock() as mock:
        mock.get("http://mocked.example/v1/runs", json={"runs": []})
        assert client.list_runs().runs == []
        mock.get("http://mocked.example/v1/health", body=KeyError("mock"))
        assert type(_raised(client.health)) is KeyError
        asyncio.run(_list_runs(server.url))
    assert len(server.requests) == 1


def requests_cache(server: Server) -> None:
    caching: Any = importlib.import_module("requests_cache")

    with caching.CachedSession(backend="memory") as session:
        with _client(server.url, session=session) as client:
            client.list_runs()
            client.list_runs()
    assert len(server.requests) == 1
    with _client(server.url) as before:
        before.list_runs()
        assert len(server.requests) == 2
        caching.install_cache(backend="memory")
        with _client(server.url) as inside:
            for client in (before, before, inside, inside):
                client.list_runs()
            assert len(server.requests) <= 4
            caching.uninstall_cache()
            seen = len(server.requests)
            for client in (before, inside, before):
                client.list_runs()
            assert len(server.requests) == seen + 3


def sentry(server: Server) -> None:
    import sentry_sdk

    sent: list[Any] = []

    def keep(event: Any, hint: Any) -> None:
        sent.append(event)

    sentry_sdk.init(
        dsn="http://key@127.0.0.1:1/1", traces_sample_rate=1.0, before_send_transaction=keep
    )
    with _client(server.url) as client, sentry_sdk.start_transaction(op="test", name="test"):
        client.list_runs()
    with sentry_sdk.start_transaction(op="test", name="test"):
        asyncio.run(_list_runs(server.url))
    spans = [(span["op"], span["description"]) for event in sent for span in event["spans"]]
    assert spans == [("http.client", f"GET {server.url}/v1/runs")] * 2
    assert all("sentry-trace" in request.headers for request in server.requests)


def opentelemetry(server: Server) -> None:
    from opentelemetry.instrumentation.requests import RequestsInstrumentor

    _count_spans(RequestsInstrumentor(), server)


def opentelemetry_of_urllib3(server: Server) -> None:
    from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor

    _count_spans(URLLib3Instrumentor(), server)


def opentelemetry_of_aiohttp(server: Server) -> None:
    from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor

    exporter, provider = _traces()
    instrumentor = AioHttpClientInstrumentor()
    asyncio.run(_list_runs(server.url))
    instrumentor.instrument(tracer_provider=provider)
    asyncio.run(_list_runs(server.url))
    assert "traceparent" in server.requests[-1].headers
    instrumentor.uninstrument()
    asyncio.run(_list_runs(server.url))
    assert len(exporter.get_finished_spans()) == 1


def _traces() -> tuple[Any, Any]:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, provider


def _count_spans(instrumentor: Any, server: Server) -> None:
    exporter, provider = _traces()
    with _client(server.url) as client:
        client.list_runs()
        instrumentor.instrument(tracer_provider=provider)
        client.list_runs()
        with _client(server.url) as later:
            later.list_runs()
        assert len(exporter.get_finished_spans()) == 2
        assert "traceparent" in server.requests[-1].headers
        instrumentor.uninstrument()
        client.list_runs()
        assert len(exporter.get_finished_spans()) == 2


def truststore(server: Server) -> None:
    import ssl

    import trustme
    import truststore as trust

    from arp_sdk.core._transport.certificates import CONTEXTS

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = Path(tempfile.mkdtemp()) / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    trust.inject_into_ssl()
    assert isinstance(CONTEXTS.get(True, None), trust.SSLContext)
    with serving(context) as secure:
        secure.plan(RUNS)
        with _client(secure.url, verify=bundle) as client:
            client.list_runs()
        asyncio.run(_list_runs(secure.url, verify=bundle))
        # The system does not know the issuer.
        with _client(secure.url) as client:
            assert "rejected" in str(_raised(client.list_runs))
        assert "rejected" in str(_outcome(lambda: asyncio.run(_list_runs(secure.url))))
    trust.extract_from_ssl()
    assert not isinstance(CONTEXTS.get(True, None), trust.SSLContext)
    with _client(server.url) as client:
        client.list_runs()


def pytest_httpserver(_: Server) -> None:
    serving_by: Any = importlib.import_module("pytest_httpserver")

    with serving_by.HTTPServer() as httpserver:
        httpserver.expect_request("/v1/runs").respond_with_json({"runs": []})
        url = httpserver.url_for("")
        with _client(url) as client:
            assert client.list_runs().runs == []
        assert asyncio.run(_list_runs(url)).runs == []
        httpserver.check()


def uvloop(server: Server) -> None:
    loops: Any = importlib.import_module("uvloop")
    _use_and_cancel(loops.run, server)


def anyio(server: Server) -> None:
    scopes: Any = importlib.import_module("anyio")
    _use_and_cancel(lambda work: scopes.run(lambda: work), server)


def _use_and_cancel(run: Callable[[Any], Any], server: Server) -> None:
    from arp_sdk.daemon import AsyncDaemonClient
    from arp_sdk.errors import ArpTimeoutError
    from support.server import SILENCE

    async def use() -> None:
        async with AsyncDaemonClient(server.url, retries=0) as daemon:
            assert (await daemon.list_runs()).runs == []
            server.plan(SILENCE)
            hasty = daemon.with_options(deadline=0.05)
            try:
                await hasty.list_runs()
            except ArpTimeoutError:
                pass
            else:
                raise AssertionError("no deadline")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(daemon.list_runs(), 0.05)
            server.plan(RUNS)
            assert (await daemon.list_runs()).runs == []

    run(use())


def freezegun(server: Server) -> None:
    freezing: Any = importlib.import_module("freezegun")
    _travel(
        server,
        lambda time: freezing.freeze_time(time, real_asyncio=True),
        lambda traveled, seconds: traveled.tick(seconds),
    )


def time_machine(server: Server) -> None:
    machine: Any = importlib.import_module("time_machine")
    _travel(
        server,
        lambda time: machine.travel(time, tick=False),
        lambda traveled, seconds: traveled.shift(seconds),
    )


def _travel(
    server: Server, freeze: Callable[[str], Any], move: Callable[[Any, float], None]
) -> None:
    """Call at a time that stands still, retry after a date, and let a token expire."""
    from arp_sdk.core import Token

    given: list[str] = []

    def token() -> Token:
        given.append(f"t{len(given)}")
        return Token(given[-1], expires_in=600)

    with _client(server.url) as client:
        client.list_runs()
        with freeze("2030-01-01T00:00:00Z") as traveled:
            busy = json_reply({}, 503, Retry_After="Tue, 01 Jan 2030 00:00:00 GMT")
            server.plan(busy, RUNS)
            with _client(server.url, auth=token) as signed:
                signed.with_options(retries=1).list_runs()
                signed.list_runs()
                assert given == ["t0"]
                move(traveled, 601)
                signed.list_runs()
            client.list_runs()
            asyncio.run(_list_runs(server.url))
        client.list_runs()


def beartype(server: Server) -> None:
    bear: Any = importlib.import_module("beartype")
    # Whole numbers count as float, as they do for type checkers.
    conf = bear.BeartypeConf(is_pep484_tower=True)
    importlib.import_module("beartype.claw").beartype_package("arp_sdk", conf=conf)
    from arp_sdk.daemon import AsyncDaemonClient
    from arp_sdk.runtime import RuntimeClient
    from support.server import Reply

    with _client(server.url, auth="t", timeout=(1, 2)) as client:
        assert client.list_runs().runs == []
        assert client.raw.list_runs().attempts == 1
        assert list(client.iter_runs()) == []

    async def use() -> None:
        async with AsyncDaemonClient(server.url, auth="t") as daemon:
            assert (await daemon.list_runs()).runs == []
            assert [run async for run in daemon.iter_runs()] == []

    asyncio.run(use())
    event = b'data: {"run_id":"r","seq":0,"type":"step","time":"2024-01-01T00:00:00Z"}\n\n'
    server.plan(Reply(200, event, {"Content-Type": "text/event-stream"}))
    with RuntimeClient(server.url, retries=0) as runtime:
        assert len(list(runtime.stream_run_events("r"))) == 1


def requests_oauthlib(server: Server) -> None:
    import os

    from requests_oauthlib import OAuth2Session

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the server speaks http
    with OAuth2Session("id", token={"access_token": "t", "token_type": "Bearer"}) as session:
        with _client(server.url, session=session) as client:
            client.list_runs()
            client.with_options(auth="mine").list_runs()
    seen = [request.headers.get("Authorization") for request in server.requests]
    assert seen == ["Bearer t", "Bearer mine"]


def gevent() -> None:
    from gevent import monkey

    monkey.patch_all()
    import gevent as greenlets
    from gevent.pywsgi import WSGIServer

    from arp_sdk.errors import ArpTimeoutError

    def slow(environ: Any, start: Any) -> list[bytes]:
        greenlets.sleep(1)
        start("200 OK", [("Content-Length", "11")])
        return [b'{"runs":[]}']

    slow_server = WSGIServer(("127.0.0.1", 0), slow, log=None)
    slow_server.start()
    url = f"http://127.0.0.1:{slow_server.server_port}"
    with _client(url, deadline=60) as patient, _client(url, deadline=0.2) as hasty:
        jobs = [
            greenlets.spawn(_outcome, client.list_runs)
            for client in (patient, hasty, patient, hasty)
        ]
        greenlets.joinall(jobs)
        kinds = [type(job.value) for job in jobs]
        assert kinds[1::2] == [ArpTimeoutError] * 2
        assert ArpTimeoutError not in kinds[::2]
        limit = greenlets.Timeout(0.2)
        with limit:
            assert _raised(patient.list_runs) is limit
    assert isinstance(_outcome(lambda: asyncio.run(_list_runs(url, deadline=0.2))), ArpTimeoutError)
    assert asyncio.run(_list_runs(url, deadline=60)).runs == []
    slow_server.stop()


PROGRAMS: dict[str, Callable[[Server], None]] = {
    "vcrpy": vcrpy,
    "vcrpy aiohttp": vcrpy_of_aiohttp,
    "vcrpy streams": vcrpy_streams,
    "requests-mock": requests_mock,
    "responses": responses,
    "requests-cache": requests_cache,
    "sentry-sdk": sentry,
    "opentelemetry-instrumentation-requests": opentelemetry,
    "opentelemetry-instrumentation-urllib3": opentelemetry_of_urllib3,
    "opentelemetry-instrumentation-aiohttp-client": opentelemetry_of_aiohttp,
    "truststore": truststore,
    "requests-oauthlib": requests_oauthlib,
    "pytest-httpserver": pytest_httpserver,
    "uvloop": uvloop,
    "anyio": anyio,
    "freezegun": freezegun,
    "time-machine": time_machine,
    "beartype": beartype,
}
# It patches threads, which the server runs in.
PROGRAMS_WITHOUT_SERVER: dict[str, Callable[[], None]] = {"gevent": gevent}


def main(name: str, order: str) -> None:
    """Run a program with the SDK imported before or after the other software."""
    warnings.simplefilter("error", ResourceWarning)
    if order == "before":
        import arp_sdk.core._sync._requests.connections
        import arp_sdk.core._sync._requests.sockets
        import arp_sdk.core.aio._aiohttp.connections
        import arp_sdk.daemon  # noqa: F401
    if name in PROGRAMS_WITHOUT_SERVER:
        PROGRAMS_WITHOUT_SERVER[name]()
        return
    with serving() as server:
        server.plan(RUNS)
        PROGRAMS[name](server)


if __name__ == "__main__":
    main(*sys.argv[1:])
