"""Node runs of a coordinator, and node types of a registry."""

from __future__ import annotations

from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .events import check_events, events_of
from .examples import accepted, body_of
from .following import OVERTAKING, ended_run, submit
from .scenario import scenario

_FINAL = ("succeeded", "failed", "canceled")


@scenario("nodes.life-cycle", "create_node_runs", "complete_node_run")
def life_cycle(probe: Probe) -> None:
    """A node run is created once for each key, belongs to its run, and ends once."""
    run, _ = submit(probe)
    ended_run(probe, run["run_id"])
    body = body_of("create_node_runs", probe)
    parent = {"run_id": run["run_id"], "parent_node_run_id": run["root_node_run_id"]}
    key = probe.new_id("key")
    body |= parent | {"node_runs": [{**body["node_runs"][0], "idempotency_key": key}]}
    created, exchange = accepted(probe, "create_node_runs", body=body)
    again, repeated = probe.value("create_node_runs", body=body)
    ids = [_ids(created), _ids(again)]
    if not probe.expect(
        len(ids[0]) == 1 and ids[0] == ids[1],
        "create_node_runs",
        repeated,
        f"a repeated key creates {ids[1]} after {ids[0]}",
        probe.sentence("create_node_runs", "idempotency key"),
    ):
        return
    id_ = ids[0][0]
    seen, exchange = probe.value("get_node_run", id_)
    reference = body["node_runs"][0]["node_type_ref"]
    expected = {"node_run_id": id_, **parent, "node_type_ref": reference}
    _agrees(probe, "get_node_run", exchange, seen, expected)
    streamed = probe.call("stream_node_run_events", id_)
    if streamed.status == 200 and streamed.complete:
        events = events_of(probe, "stream_node_run_events", streamed)
        check_events(probe, "stream_node_run_events", streamed, events, run["run_id"])
    # An executor that works on it writes too: its outcome comes first.
    _, ended = probe.wait(
        lambda: probe.value("get_node_run", id_),
        lambda each: each[0].get("state") in _FINAL,
        seconds=OVERTAKING,
    )
    judgment = body_of("report_node_run_evaluation", probe)
    probe.value("report_node_run_evaluation", id_, body=judgment)
    seen, exchange = probe.value("get_node_run", id_)
    result = {"evaluation_result": judgment["evaluation_result"]}
    _agrees(probe, "report_node_run_evaluation", exchange, seen, result)
    _complete(probe, id_, ended)


def _complete(probe: Probe, id_: str, ended: bool) -> None:
    """A completion is recorded, and a second one does not change the state."""
    rule = probe.contract.rule("get_node_run", "state")
    outcome = {"state": "succeeded", "outputs": {"by": "arp-check"}}
    exchange = probe.call("complete_node_run", id_, body=outcome)
    seen, _ = probe.value("get_node_run", id_)
    if exchange.status == 204 and not ended:
        _agrees(probe, "complete_node_run", exchange, seen, outcome)
    for other in ("failed", "canceled", "succeeded"):
        before = seen.get("state")
        late = probe.call("complete_node_run", id_, body={"state": other})
        seen, _ = probe.value("get_node_run", id_)
        probe.expect(
            before not in _FINAL or seen.get("state") == before,
            "complete_node_run",
            late,
            f"a node run that is {before} is completed again, and is {seen.get('state')}",
            rule,
            Severity.WARNING,
        )


@scenario("nodes.execute", "execute_atomic_node_run")
def execute(probe: Probe) -> None:
    """The outcome belongs to the node run that was to be carried out."""
    body = body_of("execute_atomic_node_run", probe)
    result, exchange = accepted(probe, "execute_atomic_node_run", body=body)
    expected = {"node_run_id": body["node_run_id"]}
    _agrees(probe, "execute_atomic_node_run", exchange, result, expected)
    probe.call("cancel_atomic_node_run", body["node_run_id"])  # too late: it may be an error


@scenario("nodes.begin", "begin_composite_node_run", "cancel_composite_node_run")
def begin(probe: Probe) -> None:
    """A node run that has begun can be canceled, if the executor supports that."""
    body = body_of("begin_composite_node_run", probe)
    begun, _ = accepted(probe, "begin_composite_node_run", body=body)
    canceled = probe.call("cancel_composite_node_run", body["node_run_id"])
    if begun.get("accepted"):
        probe.expect(
            canceled.status < 500 or canceled.status == 501,
            "cancel_composite_node_run",
            canceled,
            f"the cancellation of a node run that has begun gets status {canceled.status}",
            probe.sentence("cancel_composite_node_run", "Support is optional"),
        )


@scenario("nodes.types", "publish_node_type", "list_node_types", "get_node_type")
def types(probe: Probe) -> None:
    """A node type is stored as it was published, listed, and published once."""
    body = body_of("publish_node_type", probe)
    sent = body["node_type"]
    id_ = str(sent["node_type_id"])
    published, exchange = probe.value("publish_node_type", body=body)
    _agrees(probe, "publish_node_type", exchange, published, sent)
    found, exchange = probe.value("get_node_type", id_, query={"version": str(sent["version"])})
    _agrees(probe, "get_node_type", exchange, found, sent)
    again = probe.call("publish_node_type", body=body)
    rule = probe.sentence("publish_node_type", "cannot be published again")
    probe.expect_error("publish_node_type", again, "a version that exists", rule)
    for kind in ("atomic", "composite"):
        listed, exchange = probe.value("list_node_types", query={"kind": kind})
        of_kind = [each for each in listed if isinstance(each, dict)]
        probe.expect(
            all(each.get("kind") == kind for each in of_kind),
            "list_node_types",
            exchange,
            f"node types of another kind than {kind} are listed",
            "Kind of node types to return.",
        )
        ids = [each.get("node_type_id") for each in of_kind]
        probe.expect(
            ids.count(id_) == (kind == sent["kind"]),
            "list_node_types",
            exchange,
            f"a node type that was published is listed {ids.count(id_)} times as {kind}",
            probe.sentence("list_node_types", "eturn"),
        )


def _ids(created: dict[str, Any]) -> list[str]:
    return [str(each.get("node_run_id")) for each in created.get("node_runs", [])]


def _agrees(
    probe: Probe, operation: str, exchange: Exchange, value: dict[str, Any], sent: dict[str, Any]
) -> None:
    different = [key for key, each in sent.items() if not _has(value.get(key), each)]
    probe.expect(
        not different,
        operation,
        exchange,
        f"{', '.join(different)} is not what was sent",
        f"{probe.contract.operations[operation].sentences[0]} ({', '.join(different)})",
    )


def _has(value: Any, sent: Any) -> bool:
    """Return whether a value is what was sent, with or without more properties."""
    if isinstance(value, dict) and isinstance(sent, dict):
        return all(_has(value.get(key), each) for key, each in sent.items())
    return bool(value == sent)
