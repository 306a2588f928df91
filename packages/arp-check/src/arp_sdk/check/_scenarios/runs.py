"""The life of runs, and the pages that list them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import FINAL, Probe, UnusableError
from arp_sdk.check._report import Severity

from .examples import body_of
from .scenario import scenario

_FINAL_RULE = (
    "The states `succeeded`, `failed` and `canceled` are final: a run that has reached one of them "
    "no longer changes."
)
_ORDER = {"queued": 0, "running": 1, **dict.fromkeys(FINAL, 2)}
_THREADS = 8


def submit_operation(probe: Probe) -> str:
    """Return the operation that submits a run."""
    return "create_run" if probe.has("create_run") else "submit_run"


def submit(probe: Probe, **properties: Any) -> tuple[dict[str, Any], Exchange]:
    """Submit a run, and return its status."""
    operation = submit_operation(probe)
    body = {**body_of(operation, probe), **properties}
    status, exchange = probe.value(operation, body=body)
    probe.run_ids.append(body["run_id"])
    probe.expect(
        status.get("run_id") == body["run_id"],
        operation,
        exchange,
        f"the run is called {status.get('run_id')!r} instead of {body['run_id']!r}",
        "Identifier of the run, chosen by the client or else by the service.",
    )
    status["run_id"] = body["run_id"]
    return status, exchange


@scenario("runs.life-cycle", "get_run_status", "get_run_result")
def life_cycle(probe: Probe) -> None:
    """A run goes from state to state, ends, and has a result."""
    status, exchange = submit(probe)
    run_id = status["run_id"]
    seen = [status]

    def look() -> tuple[dict[str, Any], Exchange]:
        value, exchange = probe.value("get_run_status", run_id)
        probe.expect(
            value.get("run_id") == run_id,
            "get_run_status",
            exchange,
            "the status is that of another run",
            "Identifier of the run, chosen by the client or else by the service.",
        )
        before, after = str(seen[-1].get("state")), str(value.get("state"))
        if before in FINAL:
            forward = before == after
        else:
            forward = _ORDER.get(after, 3) >= _ORDER.get(before, 0)
        probe.expect(
            forward,
            "get_run_status",
            exchange,
            f"the state goes from {before} back to {after}",
            _FINAL_RULE,
        )
        seen.append(value)
        return value, exchange

    (status, exchange), ended = probe.wait(look, lambda each: each[0].get("state") in FINAL)
    if not ended:
        message = f"the run is still {status.get('state')} after {probe.patience:g} s"
        probe.expect(False, "get_run_status", exchange, message, _FINAL_RULE, Severity.WARNING)
        return
    final = look()
    probe.expect(
        final[0] == status,
        "get_run_status",
        final[1],
        "the status of a run that has ended changes",
        _FINAL_RULE,
    )
    _check_times(probe, status, exchange)
    _check_result(probe, run_id, status)
    if probe.has("get_run_trace"):
        _check_trace(probe, run_id)


def _check_times(probe: Probe, status: Mapping[str, Any], exchange: Exchange) -> None:
    started, ended = (_time(status.get(name)) for name in ("started_at", "ended_at"))
    if started and ended:
        probe.expect(
            started <= ended,
            "get_run_status",
            exchange,
            "the run ended before it started",
            "Time at which the run reached a final state.",
        )


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _check_result(probe: Probe, run_id: str, status: Mapping[str, Any]) -> None:
    result, exchange = probe.value("get_run_result", run_id)
    again, _ = probe.value("get_run_result", run_id)
    rule = "Identifier of the run that the result belongs to."
    probe.expect(
        result.get("run_id") == run_id,
        "get_run_result",
        exchange,
        "the result is that of another run",
        rule,
    )
    probe.expect(
        result.get("ok") == (status.get("state") == "succeeded"),
        "get_run_result",
        exchange,
        f"`ok` is {result.get('ok')}, and the state is {status.get('state')}",
        "Whether the run succeeded.",
    )
    probe.expect(
        not (result.get("ok") and "error" in result),
        "get_run_result",
        exchange,
        "the result of a run that succeeded has an error",
        "Absent means that it did not fail, or that the reason is unknown.",
    )
    probe.expect(
        again == result,
        "get_run_result",
        exchange,
        "the result changes from one request to the next",
        _FINAL_RULE,
    )


def _check_trace(probe: Probe, run_id: str) -> None:
    exchange = probe.call("get_run_trace", run_id)
    trace = exchange.json
    if exchange.status != 200 or not isinstance(trace, dict):
        return
    events = [event for event in trace.get("events", []) if isinstance(event, dict)]
    numbers = [event.get("seq") for event in events]
    probe.expect(
        numbers == sorted({each for each in numbers if isinstance(each, int)}),
        "get_run_trace",
        exchange,
        "the events of the trace are not in ascending order",
        "Events of the trace, in ascending order of `seq`.",
    )
    probe.expect(
        all(event.get("run_id") == run_id for event in events),
        "get_run_trace",
        exchange,
        "the trace has events of another run",
        "Identifier of the run that the entry belongs to.",
    )


@scenario("runs.no-early-result", "get_run_result")
def no_early_result(probe: Probe) -> None:
    """A run that has not ended has no result."""
    status, _ = submit(probe)
    exchange = probe.call("get_run_result", status["run_id"])
    after = probe.call("get_run_status", status["run_id"])
    if isinstance(after.json, dict) and after.json.get("state") not in FINAL:
        rule = probe.sentence("get_run_result", "For a run that is unknown or has not ended")
        probe.expect_error("get_run_result", exchange, "the result of a run that goes on", rule)


@scenario("runs.repeated-id", "get_run_status")
def repeated_id(probe: Probe) -> None:
    """The same `run_id` does not start two runs, in turn or at the same time."""
    operation = submit_operation(probe)
    first, _ = submit(probe)
    body = {**body_of(operation, probe), "run_id": first["run_id"]}
    _same_run(probe, operation, probe.call(operation, body=body), first["run_id"])
    body["run_id"] = probe.new_id("run")
    probe.run_ids.append(body["run_id"])
    with ThreadPoolExecutor(_THREADS) as pool:
        exchanges = list(pool.map(lambda _: probe.call(operation, body=body), range(_THREADS)))
    accepted = [each for each in exchanges if 200 <= each.status < 300]
    rule = probe.sentence(operation, "Choose an identifier in `run_id`")
    probe.expect(
        bool(accepted),
        operation,
        exchanges[0],
        f"none of {_THREADS} requests with one `run_id` is accepted",
        rule,
    )
    for exchange in exchanges:
        _same_run(probe, operation, exchange, body["run_id"])
    if probe.has("list_runs"):
        listed, exchange = probe.value("list_runs", query={"page_size": "1000"})
        ids = [run.get("run_id") for run in listed.get("runs", []) if isinstance(run, dict)]
        for run_id in (first["run_id"], body["run_id"]):
            probe.expect(
                ids.count(run_id) <= 1,
                "list_runs",
                exchange,
                f"two runs have the identifier {run_id}",
                "It must be unique among all runs of the service",
            )


def _same_run(probe: Probe, operation: str, exchange: Exchange, run_id: str) -> None:
    """A repeated identifier is the same run, or an error of the client."""
    rule = probe.sentence(operation, "Choose an identifier in `run_id`")
    if 200 <= exchange.status < 300:
        value = exchange.json or {}
        probe.expect(
            value.get("run_id") == run_id,
            operation,
            exchange,
            "a repeated `run_id` starts a run with another identifier",
            rule,
        )
    else:
        probe.expect(
            exchange.status < 500,
            operation,
            exchange,
            f"a repeated `run_id` gets status {exchange.status}",
            rule,
        )


@scenario("runs.cancel", "cancel_run")
def cancel(probe: Probe) -> None:
    """Cancellation ends a run, and does not change one that has ended."""
    exchange = probe.call("cancel_run", probe.new_id("unknown"))
    rule = "The run was not canceled, because it is unknown"
    if exchange.status != 501:
        probe.expect_error("cancel_run", exchange, "an unknown run", rule)
    status, _ = submit(probe)
    run_id = status["run_id"]
    exchange = probe.call("cancel_run", run_id)
    if exchange.status >= 500:
        rule = probe.sentence("cancel_run", "Support is optional")
        probe.expect(
            exchange.status == 501,
            "cancel_run",
            exchange,
            f"a cancellation gets status {exchange.status}",
            rule,
        )
        return
    accepted = exchange.status == 200 and isinstance(exchange.json, dict)
    if accepted:
        probe.expect(
            exchange.json.get("run_id") == run_id,
            "cancel_run",
            exchange,
            "the response is the state of another run",
            "Identifier of the run, chosen by the client or else by the service.",
        )
    before = exchange.json.get("state") if accepted else None
    (ended, last), done = probe.wait(
        lambda: probe.value("get_run_status", run_id), lambda each: each[0].get("state") in FINAL
    )
    rule = probe.sentence("cancel_run", "The run may need a moment to stop")
    probe.expect(done, "get_run_status", last, "a run goes on after its cancellation", rule)
    if not done:
        return
    if before in FINAL:
        probe.expect(
            ended.get("state") == before,
            "get_run_status",
            last,
            f"the state goes from {before} to {ended.get('state')} after a cancellation",
            _FINAL_RULE,
        )
    late = probe.call("cancel_run", run_id)
    after, exchange = probe.value("get_run_status", run_id)
    probe.expect(
        after.get("state") == ended.get("state"),
        "cancel_run",
        late,
        f"the cancellation of a run that is {ended.get('state')} makes it {after.get('state')}",
        _FINAL_RULE,
    )


@scenario("runs.pages", "list_runs")
def pages(probe: Probe) -> None:
    """Pages list each run once, and end."""
    for _ in range(5):
        submit(probe)
    token: str | None = None
    ids: list[str] = []
    tokens: set[str] = set()
    rule = probe.sentence("list_runs", "If the response has a token for the next page")
    while True:
        query = {"page_size": "2", **({"page_token": token} if token else {})}
        page, exchange = probe.value("list_runs", query=query)
        runs = [run for run in page.get("runs", []) if isinstance(run, dict)]
        probe.expect(
            len(runs) <= 2,
            "list_runs",
            exchange,
            f"a page of at most 2 runs has {len(runs)}",
            "Maximum number of runs on the page, from 1 to 1000.",
        )
        ids += [str(run.get("run_id")) for run in runs]
        token = (page.get("pagination") or {}).get("next_page_token")
        if not token:
            break
        if not probe.expect(
            token not in tokens, "list_runs", exchange, "the pages go round in a circle", rule
        ):
            break
        tokens.add(token)
        if len(tokens) > 2000:  # a service with so many runs is not read to its end
            return
    probe.expect(len(ids) == len(set(ids)), "list_runs", exchange, "a run is on two pages", rule)
    missing = [run_id for run_id in probe.run_ids if run_id not in ids]
    probe.expect(
        not missing,
        "list_runs",
        exchange,
        f"runs that were submitted are on no page, such as {missing[:1]}",
        "Returns the status of all runs that the daemon knows, in any state.",
    )
    bounds = "Maximum number of runs on the page, from 1 to 1000."
    for size in ("0", "1001", "-1", "many"):
        exchange = probe.call("list_runs", query={"page_size": size})
        probe.expect_error("list_runs", exchange, f"page_size={size}", bounds)
    exchange = probe.call("list_runs", query={"page_token": "arp-check-unknown"})
    rule = "Tokens are opaque: use only those that the daemon returned."
    if exchange.status >= 500 or 200 <= exchange.status < 300:
        message = f"an unknown page token gets status {exchange.status}"
        probe.expect(False, "list_runs", exchange, message, rule, Severity.WARNING)


@scenario("runs.listed-status", "list_runs", "get_run_status", changes=False)
def listed_status(probe: Probe) -> None:
    """A run that has ended has the same status in the list and by itself."""
    page, listed = probe.value("list_runs", query={"page_size": "5"})
    for run in page.get("runs", []):
        if not isinstance(run, dict) or run.get("state") not in FINAL:
            continue
        try:
            status, _ = probe.value("get_run_status", str(run.get("run_id")))
        except UnusableError:
            continue
        probe.expect(
            status == run,
            "list_runs",
            listed,
            f"the list and get_run_status differ in the status of {run.get('run_id')}",
            "States of the runs on this page.",
        )
