"""Users can mock the SDK with `responses`, like any program that uses requests."""

from __future__ import annotations

import pytest
import requests
import responses
from responses.matchers import json_params_matcher, query_param_matcher
from responses.registries import OrderedRegistry

from arp_sdk.errors import ArpApiError, ArpConnectionError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import FAST, DaemonClient, RuntimeClient

pytestmark = pytest.mark.threads_only("responses mocks requests")

URL = "http://daemon.example"
RUN = {"run_id": "r", "state": "succeeded"}


@responses.activate
def test_a_response() -> None:
    responses.get(f"{URL}/v1/runs/r", json=RUN)
    with DaemonClient(URL) as daemon:
        assert daemon.get_run_status("r").state == "succeeded"
    assert len(responses.calls) == 1


@responses.activate
def test_matchers_see_query_and_body() -> None:
    responses.get(
        f"{URL}/v1/runs",
        match=[query_param_matcher({"page_size": "2"})],
        json={"runs": [RUN]},
    )
    responses.post(
        f"{URL}/v1/runs",
        match=[json_params_matcher({"run_id": "r", "input": {"goal": "g"}})],
        json=RUN,
        status=202,
    )
    with DaemonClient(URL) as daemon:
        assert len(daemon.list_runs(page_size=2).runs) == 1
        daemon.submit_run(RunRequest(run_id="r", input=RunRequestInput(goal="g")))


@responses.activate
def test_an_error_envelope() -> None:
    responses.get(
        f"{URL}/v1/runs/x", status=404, json={"error": {"code": "not_found", "message": "no"}}
    )
    with DaemonClient(URL) as daemon, pytest.raises(ArpApiError, match=r"\[404\] not_found: no"):
        daemon.get_run_status("x")


@responses.activate(registry=OrderedRegistry)
def test_a_retry() -> None:
    responses.get(f"{URL}/v1/runs/r", status=503)
    responses.get(f"{URL}/v1/runs/r", body=requests.ConnectionError("gone"))
    responses.get(f"{URL}/v1/runs/r", json=RUN)
    with DaemonClient(URL, retries=FAST) as daemon:
        assert daemon.raw.get_run_status("r").attempts == 3


@responses.activate
def test_a_host_that_is_not_mocked() -> None:
    with DaemonClient(URL, retries=0) as daemon, pytest.raises(ArpConnectionError):
        daemon.health()


@responses.activate
def test_a_stream_of_events() -> None:
    body = (
        'id: 1\ndata: {"run_id":"r","seq":0,"type":"token","time":"2026-01-01T00:00:00Z"}\n\n'
        'data: {"run_id":"r","seq":1,"type":"final","time":"2026-01-01T00:00:00Z"}\n\n'
    )
    responses.get(f"{URL}/v1/runs/r/events", body=body, content_type="text/event-stream")
    with RuntimeClient(URL) as runtime:
        assert [event.seq for event in runtime.stream_run_events("r")] == [0, 1]
