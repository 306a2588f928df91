"""`arp-check` finds by itself what is known about the first-party services."""

from __future__ import annotations

import re

import pytest
from first_party_0_3.targets import ECHO, PLANNER

from arp_sdk.check import Settings, check

pytestmark = [
    pytest.mark.full,
    pytest.mark.threads_only("a checker has no asynchronous twin"),
    pytest.mark.parametrize("authentication", ["disabled"], indirect=True, scope="session"),
]

SETTINGS = Settings(
    goal="echo hello",
    request={
        "root_node_type_ref": PLANNER.to_dict(),
        "node_type_ref": ECHO.to_dict(),
        "inputs": {"echo": "hello"},
    },
)
NULL = "null instead of absent"
NAMESPACE = "does not match any of the regexes"
ACCEPTED = 'extensions: {"-": 1} is accepted'
UNTYPED_204 = "a response without a body is called application/json"
DETAIL = "'detail' was unexpected"
EVENTS = "the response is application/json, not application/x-ndjson"
UNKNOWN = "an unknown identifier is accepted"

COMMON = {
    ("health", NULL),
    ("health", "the error for GET /v1/arp-check-unknown is not an ErrorEnvelope"),
    ("version", NULL),
}
RUNS = COMMON | {
    ("start_run", NULL),
    ("start_run", NAMESPACE),
    ("start_run", ACCEPTED),
    ("start_run", "a run whose identifier has a slash is started, and then gets status 404"),
    ("get_run", NULL),
    ("get_run", DETAIL),
    ("get_run", "the state goes from canceled to succeeded after a cancellation"),
    ("cancel_run", NULL),
    ("cancel_run", "a run that is canceled goes on for"),
    ("stream_run_events", NULL),
    ("stream_run_events", EVENTS),
    ("stream_run_events", UNKNOWN),
    ("stream_run_events", "run_completed is not the last event, or there are several"),
}
EXPECTED = {
    "run_gateway": RUNS
    | {("stream_run_events", "the stream is in 2 JSON strings, one in another")},
    "run_coordinator": RUNS
    | {
        ("stream_run_events", "the stream is in a JSON string"),
        ("create_node_runs", NULL),
        ("create_node_runs", NAMESPACE),
        ("get_node_run", NULL),
        ("get_node_run", NAMESPACE),
        ("stream_node_run_events", EVENTS),
        ("stream_node_run_events", "the stream is in a JSON string"),
        ("report_node_run_evaluation", UNTYPED_204),
        ("complete_node_run", UNTYPED_204),
        ("complete_node_run", "is completed again, and is failed"),
    },
    "atomic_executor": COMMON
    | {
        ("execute_atomic_node_run", NULL),
        ("execute_atomic_node_run", ACCEPTED),
        ("cancel_atomic_node_run", UNTYPED_204),
        ("cancel_atomic_node_run", UNKNOWN),
    },
    "composite_executor": COMMON
    | {
        ("begin_composite_node_run", NULL),
        ("begin_composite_node_run", ACCEPTED),
        ("cancel_composite_node_run", UNTYPED_204),
        ("cancel_composite_node_run", UNKNOWN),
    },
    "node_registry": COMMON
    | {
        ("publish_node_type", NULL),
        ("publish_node_type", ACCEPTED),
        ("get_node_type", NULL),
        ("list_node_types", NULL),
    },
    "selection": COMMON
    | {
        ("generate_candidate_set", NULL),
        ("generate_candidate_set", NAMESPACE),
        ("generate_candidate_set", ACCEPTED),
    },
    "pdp": COMMON | {("decide_policy", NULL), ("decide_policy", ACCEPTED)},
}


@pytest.mark.parametrize("service", EXPECTED)
def test_what_is_known_is_found_and_nothing_else(urls: dict[str, str], service: str) -> None:
    report = check(urls[service], settings=SETTINGS)
    assert report.service == service.replace("_", "-")
    expected = EXPECTED[service]
    phrases = re.compile("|".join(re.escape(phrase) for _, phrase in expected))
    found = set()
    for finding in report.findings:
        phrase = phrases.search(finding.message)
        found.add((finding.operation, phrase[0] if phrase else finding.message))
    assert found == expected
