"""Hooks, log lines, and the spans of a real instrumentation."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from arp_sdk.core import HttpRequest, HttpResponse
from arp_sdk.errors import ArpApiError, ArpConfigError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import FAST, DaemonClient
from support.server import Server, error_reply, json_reply

RUN = json_reply({"run_id": "r", "state": "queued"})


def test_hooks_see_each_attempt(server: Server) -> None:
    seen: list[str] = []

    def before(request: HttpRequest) -> None:
        request.headers["X-Trace"] = "abc"
        seen.append(f"{request.operation} {request.method} {request.path}")

    def after(request: HttpRequest, response: HttpResponse) -> None:
        seen.append(f"{request.operation} {response.status_code}")

    server.plan(error_reply(503), RUN)
    with DaemonClient(server.url, on_request=before, on_response=after, retries=FAST) as daemon:
        daemon.get_run_status("r")
    sent = "get_run_status GET /v1/runs/r"
    assert seen == [sent, "get_run_status 503", sent, "get_run_status 200"]
    assert server.last.headers["X-Trace"] == "abc"


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_a_hook_that_would_have_to_be_awaited(server: Server, name: str) -> None:
    async def hook(*_: object) -> None:
        raise AssertionError

    server.plan(RUN)
    # A decorated function does not look like a coroutine function.
    options: Any = {name: lambda *arguments: hook(*arguments)}
    with (
        DaemonClient(server.url, **options) as daemon,
        pytest.raises(ArpConfigError, match="nobody would await"),
    ):
        daemon.get_run_status("r")


def test_each_attempt_is_logged_at_debug(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.plan(error_reply(503), RUN)
    with (
        caplog.at_level(logging.DEBUG, "arp_sdk"),
        DaemonClient(server.url, retries=FAST) as daemon,
    ):
        daemon.get_run_status("r")
    lines = [r for r in caplog.records if r.name == "arp_sdk" and r.levelno == logging.DEBUG]
    first, second = (r.getMessage() for r in lines)
    assert first.startswith("GET /v1/runs/r 503 ")
    assert second.startswith("GET /v1/runs/r 200 ")
    assert second.endswith(" ms attempt 2")


def test_a_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    daemon = DaemonClient("http://127.0.0.1:1", retries=0)
    with caplog.at_level(logging.DEBUG, "arp_sdk"), daemon, pytest.raises(ConnectionError):
        daemon.health()
    (line,) = (r.getMessage() for r in caplog.records if r.name == "arp_sdk")
    assert (
        line == "GET /v1/health failed (connection) attempt 1: cannot connect: Connection refused"
    )


def test_bodies_are_logged_only_on_request(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.plan(json_reply({"run_id": "r", "state": "queued", "api_token": 's3"cret'}))
    request = RunRequest(input=RunRequestInput(goal="my goal", data={"password": "s3cret"}))
    with caplog.at_level(logging.DEBUG, "arp_sdk"), DaemonClient(server.url) as daemon:
        daemon.submit_run(request)
        assert "my goal" not in caplog.text
        daemon.with_options(log_bodies=True).submit_run(request)
    assert "my goal" in caplog.text
    assert "queued" in caplog.text
    assert "s3" not in caplog.text
    assert "<redacted>" in caplog.text


def test_nothing_is_logged_above_debug(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.plan(error_reply(500))
    with caplog.at_level(logging.INFO), DaemonClient(server.url) as daemon:
        with pytest.raises(ArpApiError):
            daemon.health()
    assert caplog.records == []


@pytest.mark.threads_only("an instrumentation of requests")
def test_a_call_has_one_span_and_sends_its_traceparent(server: Server) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    RequestsInstrumentor().instrument(tracer_provider=provider)
    try:
        server.plan(RUN)
        with DaemonClient(server.url, auth="s3cret") as daemon:
            daemon.get_run_status("r")
    finally:
        RequestsInstrumentor().uninstrument()
    # A thread that an earlier test left behind may call its own service meanwhile.
    (span,) = [each for each in exporter.get_finished_spans() if server.url in each.to_json()]
    context = span.get_span_context()
    assert context is not None
    parent = server.last.headers["traceparent"]
    assert parent.startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")
    assert "s3cret" not in span.to_json()
