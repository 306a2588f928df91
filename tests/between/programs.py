"""Programs that use the synchronous clients together with software that watches or mocks requests.

`python -m between.programs NAME ORDER` runs one; ORDER says which of the two is imported first.
"""

# These need not be installed, and some have no types.
# mypy: disable-error-code="import-not-found, import-untyped"
# pyright: reportMissingImports=false, reportMissingModuleSource=false

from __future__ import annotations

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
        other.list_runs()
    assert len(server.requests) == 2


def responses(server: Server) -> None:
    import responses as mocking

    with _client("http://mocked.example") as client, mocking.RequestsMock() as mock:
        mock.get("http://mocked.example/v1/runs", json={"runs": []})
        assert client.list_runs().runs == []
        mock.get("http://mocked.example/v1/health", body=KeyError("mock"))
        assert type(_raised(client.health)) is KeyError


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
    spans = [(span["op"], span["description"]) for event in sent for span in event["spans"]]
    assert spans == [("http.client", f"GET {server.url}/v1/runs")]
    assert "sentry-trace" in server.requests[-1].headers


def opentelemetry(server: Server) -> None:
    from opentelemetry.instrumentation.requests import RequestsInstrumentor

    _count_spans(RequestsInstrumentor(), server)


def opentelemetry_of_urllib3(server: Server) -> None:
    from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor

    _count_spans(URLLib3Instrumentor(), server)


def _count_spans(instrumentor: Any, server: Server) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
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
    import truststore as trust

    from arp_sdk.core._transport.certificates import CONTEXTS

    trust.inject_into_ssl()
    assert isinstance(CONTEXTS.get(True, None), trust.SSLContext)
    trust.extract_from_ssl()
    assert not isinstance(CONTEXTS.get(True, None), trust.SSLContext)
    with _client(server.url) as client:
        client.list_runs()


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
    slow_server.stop()


PROGRAMS: dict[str, Callable[[Server], None]] = {
    "vcrpy": vcrpy,
    "vcrpy streams": vcrpy_streams,
    "requests-mock": requests_mock,
    "responses": responses,
    "requests-cache": requests_cache,
    "sentry-sdk": sentry,
    "opentelemetry-instrumentation-requests": opentelemetry,
    "opentelemetry-instrumentation-urllib3": opentelemetry_of_urllib3,
    "truststore": truststore,
    "requests-oauthlib": requests_oauthlib,
}
# It patches threads, which the server runs in.
PROGRAMS_WITHOUT_SERVER: dict[str, Callable[[], None]] = {"gevent": gevent}


def main(name: str, order: str) -> None:
    """Run a program with the SDK imported before or after the other software."""
    warnings.simplefilter("error", ResourceWarning)
    if order == "before":
        import arp_sdk.core._sync._requests.connections
        import arp_sdk.core._sync._requests.sockets
        import arp_sdk.daemon  # noqa: F401
    if name in PROGRAMS_WITHOUT_SERVER:
        PROGRAMS_WITHOUT_SERVER[name]()
        return
    with serving() as server:
        server.plan(RUNS)
        PROGRAMS[name](server)


if __name__ == "__main__":
    main(*sys.argv[1:])
