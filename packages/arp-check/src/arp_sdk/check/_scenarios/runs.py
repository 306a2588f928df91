"""The life of runs, and the pages that list them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe, UnusableError
from arp_sdk.check._report import Severity

from .events import check_events, events_of
from .examples import body_of
from .following import ended_run, final_rule, status_after_cancellation, submit
from .scenario import scenario

_THREADS = 8
# A service that does not see to it may still respond well once.
_ROUNDS = 3
# Seconds for which a run may go on after its cancellation.
_MOMENT = 1.0


@scenario("runs.life-cycle", "status")
def life_cycle(probe: Probe) -> None:
    """A run goes from state to state, ends, and has a result."""
    runs = probe.runs
    status, exchange = submit(probe)
    run_id = status[runs.id]
    seen = [status]

    def look() -> tuple[dict[str, Any], Exchange]:
        value, exchange = probe.value(runs.status, run_id)
        probe.expect(
            value.get(runs.id) == run_id,
            runs.status,
            exchange,
            "the status is that of another run",
            probe.contract.rule(runs.status, runs.id),
        )
        before, after = str(seen[-1].get(runs.state)), str(value.get(runs.state))
        if before in runs.final:
            forward = before == after
        else:
            forward = runs.order.get(after, len(runs.order)) >= runs.order.get(before, 0)
        probe.expect(
            forward,
            runs.status,
            exchange,
            f"the state goes from {before} back to {after}",
            final_rule(probe),
        )
        seen.append(value)
        return value, exchange

    (status, exchange), ended = probe.wait(look, lambda each: each[0].get(runs.state) in runs.final)
    if not ended:
        message = f"the run is still {status.get(runs.state)} after {probe.patience:g} s"
        probe.expect(False, runs.status, exchange, message, final_rule(probe), Severity.WARNING)
        return
    final = look()
    probe.expect(
        final[0] == status,
        runs.status,
        final[1],
        "the status of a run that has ended changes",
        final_rule(probe),
    )
    _check_times(probe, status, exchange)
    if runs.result:
        _check_result(probe, runs.result, str(status.get(runs.result_of)), status)
    if probe.has("get_run_trace"):
        _check_trace(probe, run_id)


def _check_times(probe: Probe, status: Mapping[str, Any], exchange: Exchange) -> None:
    started, ended = (_time(status.get(name)) for name in ("started_at", "ended_at"))
    if started and ended:
        probe.expect(
            started <= ended,
            probe.runs.status,
            exchange,
            "the run ended before it started",
            probe.contract.rule(probe.runs.status, "ended_at"),
        )


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _check_result(probe: Probe, operation: str, id_: str, status: Mapping[str, Any]) -> None:
    runs, contract = probe.runs, probe.contract
    (name,) = contract.operations[operation].parameters
    result, exchange = probe.value(operation, id_)
    again, _ = probe.value(operation, id_)
    probe.expect(
        result.get(name) == id_,
        operation,
        exchange,
        "the result is that of another run",
        contract.rule(operation, name),
    )
    _check_outcome(probe, operation, exchange, str(status.get(runs.state)))
    probe.expect(
        again == result,
        operation,
        exchange,
        "the result changes from one request to the next",
        final_rule(probe),
    )


def _check_outcome(probe: Probe, operation: str, exchange: Exchange, state: str) -> None:
    runs, contract, result = probe.runs, probe.contract, exchange.json
    if runs.ok is None:
        probe.expect(
            result.get(runs.state) == state,
            operation,
            exchange,
            f"the state of the result is {result.get(runs.state)}, and that of the run {state}",
            contract.rule(operation, runs.state),
        )
    else:
        ok = result.get(runs.ok)
        probe.expect(
            ok == (state == "succeeded"),
            operation,
            exchange,
            f"`{runs.ok}` is {ok}, and the state is {state}",
            contract.rule(operation, runs.ok),
        )
        probe.expect(
            not (ok and "error" in result),
            operation,
            exchange,
            "the result of a run that succeeded has an error",
            "Absent means that it did not fail, or that the reason is unknown.",
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
    runs = probe.runs
    status, _ = submit(probe)
    exchange = probe.call("get_run_result", status[runs.id])
    after = probe.call(runs.status, status[runs.id])
    if isinstance(after.json, dict) and after.json.get(runs.state) not in runs.final:
        rule = probe.sentence("get_run_result", "For a run that is unknown or has not ended")
        probe.expect_error("get_run_result", exchange, "the result of a run that goes on", rule)


@scenario("runs.any-id", "status")
def any_id(probe: Probe) -> None:
    """A run can be found under any identifier that was accepted."""
    runs = probe.runs
    body = {**body_of(runs.submit, probe), runs.id: probe.new_id("run/1 %")}
    exchange = probe.call(runs.submit, body=body)
    if 200 <= exchange.status < 300:
        found = probe.call(runs.status, body[runs.id])
        probe.expect(
            found.status == 200,
            runs.submit,
            found,
            f"a run whose identifier has a slash is started, and then gets status {found.status}",
            probe.sentence(runs.submit, "Choose an identifier in"),
        )


@scenario("runs.repeated-id", "submit")
def repeated_id(probe: Probe) -> None:
    """The same `run_id` does not start two runs, in turn or at the same time."""
    runs, operation = probe.runs, probe.runs.submit
    first, _ = submit(probe)
    body = {**body_of(operation, probe), runs.id: first[runs.id]}
    _same_run(probe, probe.call(operation, body=body), first)
    ended, done = ended_run(probe, first[runs.id])
    if done:
        again = probe.call(operation, body=body)
        after, _ = probe.value(runs.status, first[runs.id])
        probe.expect(
            after == ended,
            operation,
            again,
            f"a repeated `{runs.id}` starts a run that has ended anew",
            probe.sentence(operation, "Choose an identifier in"),
        )
    for _ in range(_ROUNDS):
        body[runs.id] = probe.new_id("run")
        _at_once(probe, body)
    if probe.has("list_runs"):
        listed, exchange = probe.value("list_runs", query={"page_size": "1000"})
        ids = [run.get(runs.id) for run in listed.get("runs", []) if isinstance(run, dict)]
        for run_id in (first[runs.id], body[runs.id]):
            probe.expect(
                ids.count(run_id) <= 1,
                "list_runs",
                exchange,
                f"two runs have the identifier {run_id}",
                "It must be unique among all runs of the service",
            )


def _at_once(probe: Probe, body: Mapping[str, Any]) -> None:
    """Send a request several times at once: it starts one run."""
    runs, operation = probe.runs, probe.runs.submit
    probe.run_ids.append(body[runs.id])
    start = Barrier(_THREADS)

    def send(_: int) -> Exchange:
        start.wait()
        return probe.call(operation, body=body)

    with ThreadPoolExecutor(_THREADS) as pool:
        exchanges = list(pool.map(send, range(_THREADS)))
    started = [each.json for each in exchanges if 200 <= each.status < 300]
    probe.expect(
        bool(started),
        operation,
        exchanges[0],
        f"none of {_THREADS} requests with one `{runs.id}` is accepted",
        probe.sentence(operation, "Choose an identifier in"),
    )
    for exchange in exchanges:
        _same_run(probe, exchange, {**(started or [{}])[0], runs.id: body[runs.id]})


def _same_run(probe: Probe, exchange: Exchange, run: Mapping[str, Any]) -> None:
    """A repeated identifier is the same run, or an error of the client."""
    runs, operation = probe.runs, probe.contract.operations[probe.runs.submit]
    rule = probe.sentence(operation.id, "Choose an identifier in")
    if 200 <= exchange.status < 300:
        value = exchange.json or {}
        required = probe.contract.resolved(operation.body_schema)["required"]
        constant = [name for name in required if name != runs.state]
        probe.expect(
            [value.get(name) for name in constant] == [run.get(name) for name in constant],
            operation.id,
            exchange,
            f"a repeated `{runs.id}` starts another run",
            rule,
        )
    else:
        probe.expect(
            exchange.status < 500,
            operation.id,
            exchange,
            f"a repeated `{runs.id}` gets status {exchange.status}",
            rule,
        )


@scenario("runs.cancel", "cancel")
def cancel(probe: Probe) -> None:
    """Cancellation ends a run, and does not change one that has ended."""
    runs, operation = probe.runs, str(probe.runs.cancel)
    status, _ = submit(probe)
    run_id = status[runs.id]
    began, exchange = time.monotonic(), probe.call(operation, run_id)
    probe.skip_if_missing(operation, exchange)
    if exchange.status >= 500:
        probe.expect(
            False,
            operation,
            exchange,
            f"a cancellation gets status {exchange.status}",
            probe.sentence(operation, "Support is optional", "Requests that"),
        )
        return
    before = None
    if exchange.status == 200 and isinstance(exchange.json, dict):
        before = exchange.json.get(runs.state)
        probe.expect(
            exchange.json.get(runs.id) == run_id,
            operation,
            exchange,
            "the response is the state of another run",
            probe.contract.rule(operation, runs.id),
        )
    (ended, last), done = status_after_cancellation(probe, run_id)
    rule = probe.sentence(operation, "The run may need a moment to stop", "Requests that")
    probe.expect(done, runs.status, last, "a run goes on after its cancellation", rule)
    seconds = time.monotonic() - began
    probe.expect(
        seconds < _MOMENT or exchange.status != 200 or ended.get(runs.state) != "succeeded",
        operation,
        exchange,
        f"a run that is canceled goes on for {seconds:.1f} s, and succeeds",
        rule,
        Severity.WARNING,
    )
    if done and runs.result and runs.result_of == runs.id:
        result = probe.call(runs.result, run_id)
        if result.status == 200 and isinstance(result.json, dict):
            _check_outcome(probe, runs.result, result, str(ended.get(runs.state)))
    if before in runs.final - {"canceled"}:
        reason = "the run ended before it could be canceled; --goal gives one that takes longer"
        probe.skipped[probe.check] = reason
    if done and before in runs.final:
        probe.expect(
            ended.get(runs.state) == before,
            runs.status,
            last,
            f"the state goes from {before} to {ended.get(runs.state)} after a cancellation",
            f"{final_rule(probe)} ({before})",
            Severity.WARNING if before in runs.overtaken else Severity.ERROR,
        )
        if runs.events:
            _check_events(probe, run_id, str(ended.get(runs.state)))
    status, _ = submit(probe)
    ended, done = ended_run(probe, status[runs.id])
    if not done:
        return
    for each, state in ((run_id, before), (status[runs.id], ended.get(runs.state))):
        late = probe.call(operation, each)
        after, _ = probe.value(runs.status, each)
        probe.expect(
            state not in runs.final - runs.overtaken or after.get(runs.state) == state,
            operation,
            late,
            f"the cancellation of a run that is {state} makes it {after.get(runs.state)}",
            final_rule(probe),
        )


def _check_events(probe: Probe, run_id: str, state: str) -> None:
    operation = str(probe.runs.events)
    read = probe.call(operation, run_id)
    if read.status == 200 and read.complete:
        check_events(probe, operation, read, events_of(probe, operation, read), run_id, state)


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
        if not isinstance(run, dict) or run.get("state") not in probe.runs.final:
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
