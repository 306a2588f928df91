"""Small violations of the contract, for each service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from arp_sdk.check._contract import SERVICES, Operation, contract_of

from .mutating import Message, Mutation

RUN = r"/v1/runs/[^/:]+"
RESULT = r"/v1/runs/[^/]+/result"
EVENTS = r"/v1/runs/[^/]+/events"
TRACE = r"/v1/runs/[^/]+/trace"
CANCEL = r"/v1/runs/[^/]+:cancel"
INSTANCES = r"/v1/instances"
PROFILE = r"/v1/admin/runtime-profiles/[^/]+"
PROFILES = r"/v1/admin/runtime-profiles"
TOOL = r"/v1/tools/[^/]+"
ENVELOPE = {"error": {"code": "mutated", "message": "An error."}}
STATUS = {"run_id": "r", "state": "succeeded"}
RUN_0_3 = {**STATUS, "root_node_run_id": "n"}
NODE_RUNS = r"/v1/node-runs"
NODE_RUN = r"/v1/node-runs/[^/:]+"
NODE_TYPES = r"/v1/node-types"
NODE_TYPE = r"/v1/node-types/[^/]+"

After = Callable[[Message], object]


def generic() -> Iterator[Mutation]:
    """Yield the violations that any operation can have."""
    for service in SERVICES:
        contract = contract_of(service)
        for operation in contract.operations.values():
            schema = contract.resolved(operation.response_schema(operation.success) or {})
            pattern = operation.path.replace("{", "(?P<").replace("}", ">[^/:]+)")
            yield Mutation(f"{operation.id}-status", service, _status(operation, pattern))
            if operation.streams:
                continue
            edited = partial(on, operation.method, pattern, status=operation.success)
            for name in schema.get("required", [])[:1]:
                yield Mutation(f"{operation.id}-without-{name}", service, edited(_drop(name)))
                wrong = edited(_put(name, [[]]))
                yield Mutation(f"{operation.id}-{name}-of-another-type", service, wrong)
            if schema.get("additionalProperties") is False and operation.method == "GET":
                yield Mutation(f"{operation.id}-with-more", service, edited(_put("more", 1)))


def _status(operation: Operation, pattern: str) -> After:
    def change(message: Message) -> None:
        if message.matches(operation.method, pattern) and message.status == operation.success:
            message.status = 203

    return change


def _drop(name: str) -> Callable[[Any], object]:
    return lambda value: value.pop(name, None)


def _put(name: str, new: object) -> Callable[[Any], object]:
    return lambda value: value.update({name: new})


def on(method: str, path: str, change: Callable[[Any], object], *, status: int = 200) -> After:
    """Change the JSON of one operation's successes."""

    def after(message: Message) -> None:
        if message.matches(method, path) and message.status == status:
            message.edit(change)

    return after


def nth(method: str, path: str, number: int, change: Callable[[Any], object]) -> After:
    """Change the JSON of one operation's successes from the n-th for a path on."""

    def after(message: Message) -> None:
        if message.matches(method, path) and message.status == 200:
            message.memory[message.path] += 1
            if message.memory[message.path] >= number:
                message.edit(change)

    return after


def errors(status: int, value: object = None, *, only: int = 0) -> After:
    """Turn errors into something else."""

    def after(message: Message) -> None:
        if 400 <= message.status < 500 and only in (0, message.status):
            content = json.loads(message.content) if value is None else value
            message.reply(status, content)

    return after


def events(change: Callable[[list[dict[str, Any]]], object], *, from_reading: int = 1) -> After:
    """Change the events of streams."""

    def after(message: Message) -> None:
        if not message.matches("GET", EVENTS) or message.status != 200:
            return
        message.memory["readings"] += 1
        if message.memory["readings"] < from_reading:
            return
        lines = message.content.decode().splitlines()
        is_sse = message.headers["Content-Type"].startswith("text/event-stream")
        before, end = ("data: ", "\n\n") if is_sse else ("", "\n")
        found = [
            json.loads(each[len(before) :]) for each in lines if each.startswith(f"{before}{{")
        ]
        changed = change(found)
        found = changed if isinstance(changed, list) else found
        message.content = "".join(f"{before}{json.dumps(each)}{end}" for each in found).encode()

    return after


def stream_bytes(change: Callable[[bytes], bytes]) -> After:
    """Change the bytes of streams."""

    def after(message: Message) -> None:
        if message.matches("GET", EVENTS) and message.status == 200:
            message.content = change(message.content)

    return after


def quoted(times: int) -> After:
    """Encode streams as JSON strings."""

    def after(message: Message) -> None:
        if message.matches("GET", EVENTS) and message.status == 200:
            for _ in range(times):
                message.content = json.dumps(message.content.decode()).encode()

    return after


def stream_that_stays_open(message: Message) -> None:
    message.hold = message.matches("GET", EVENTS) and message.status == 200


def stream_that_breaks(message: Message) -> None:
    message.cut = message.matches("GET", EVENTS) and message.status == 200


def stream_as_json(message: Message) -> None:
    if message.matches("GET", EVENTS) and message.status == 200:
        message.headers["Content-Type"] = "application/json"


def invented(method: str, path: str, value: object, success: int = 200) -> After:
    """Respond to rejected requests as if they were accepted."""

    def after(message: Message) -> None:
        if message.matches(method, path) and 400 <= message.status < 500 and message.status != 401:
            message.reply(success, value)

    return after


def content_type(value: str) -> After:
    def after(message: Message) -> None:
        if message.headers.get("Content-Type") == "application/json":
            message.headers["Content-Type"] = value

    return after


def echoed_token(message: Message) -> None:
    if message.status >= 400 and message.content:
        secret = message.sent.get("Authorization", "")
        message.edit(lambda value: value["error"].update(details={"sent": secret}))


def token_in_a_header(message: Message) -> None:
    message.headers["X-Debug"] = message.sent.get("Authorization", "-")


def opened(method: str, path: str) -> Callable[[Message], object]:
    """Let everybody use an operation."""

    def before(message: Message) -> None:
        if message.matches(method, path):
            message.sent["Authorization"] = "Bearer t0ken-of-mutations"

    return before


def closed(path: str) -> After:
    """Require a token where none is needed."""

    def after(message: Message) -> None:
        if message.path == path and "Authorization" not in message.sent:
            message.reply(401, ENVELOPE)

    return after


def renamed_second_run(message: Message) -> None:
    """Give the second of two runs with one identifier another one."""
    if message.matches("POST", "/v1/runs") and b"run_id" in message.body:
        body = json.loads(message.body)
        message.memory[str(body.get("run_id"))] += 1
        if message.memory[str(body.get("run_id"))] > 1:
            body["run_id"] = f"{body['run_id']}-{message.memory[str(body['run_id'])]}"
            message.body = json.dumps(body).encode()


def repeated_run_fails(message: Message) -> None:
    if message.matches("POST", "/v1/runs") and 200 <= message.status < 300:
        id_ = json.loads(message.content)["run_id"]
        message.memory[id_] += 1
        if message.memory[id_] > 1:
            message.reply(500, ENVELOPE)


def larger_pages(message: Message) -> None:
    message.query = message.query.replace("page_size=2", "page_size=5")


def first_page_again(message: Message) -> None:
    if "page_token" in message.query and "unknown" not in message.query:
        message.query = "page_size=2"


def any_page_size(message: Message) -> None:
    for size in ("0", "1001", "-1", "many"):
        message.query = message.query.replace(f"page_size={size}", "page_size=7")


def any_kind(message: Message) -> None:
    message.query = message.query.replace("kind=", "q=")


def first_of_list_twice(name: str) -> Callable[[Any], object]:
    return lambda value: value[name].extend(value[name][:1])


def undeleted(path: str) -> Callable[[Message], object]:
    """Turn the deletion of something into another request; `deletion_accepted` responds to it."""

    def before(message: Message) -> None:
        if message.method == "DELETE" and path in message.path:
            message.method, message.path = "GET", "/v1/health"
            message.memory["deleted"] = 1

    return before


def deletion_accepted(message: Message) -> None:
    if message.path == "/v1/health" and message.memory["deleted"]:
        message.memory["deleted"] = 0
        message.status, message.content, message.headers = 204, b"", {}


def reached_final_then_running(message: Message) -> None:
    if message.matches("GET", RUN) and message.status == 200:
        state = json.loads(message.content)["state"]
        if state in ("succeeded", "failed", "canceled"):
            message.memory[message.path] += 1
            if message.memory[message.path] > 1:
                message.edit(_put("state", "running"))


def end_that_moves(message: Message) -> None:
    if message.matches("GET", RUN) and message.status == 200 and b"ended_at" in message.content:
        message.memory[message.path] += 1
        year = 2030 + message.memory[message.path]
        message.edit(_put("ended_at", f"{year}-01-01T00:00:00Z"))


def running_then_queued(message: Message) -> None:
    if message.matches("GET", RUN) and message.status == 200:
        message.memory[message.path] += 1
        if message.memory[message.path] <= 2:
            state = "running" if message.memory[message.path] == 1 else "queued"
            message.edit(lambda value: (value.pop("ended_at", None), value.update(state=state)))


def runs_without_end(value: Any) -> None:
    for run in value["runs"]:
        run.pop("ended_at", None)


def hidden_run(value: Any) -> None:
    value["runs"] = value["runs"][1:]


def cut(message: Message) -> None:
    if message.matches("GET", "/v1/version"):
        message.content = message.content[:-3]


def cancellation_of_all(message: Message) -> None:
    """A cancellation changes a run that has ended."""
    if message.matches("POST", CANCEL):
        message.memory[message.path.removesuffix(":cancel")] = 1
    if message.matches("GET", RUN) and message.status == 200:
        message.memory[f"{message.path} looks"] += 1
        ended = json.loads(message.content)["state"] in ("succeeded", "canceled")
        if ended and message.memory[message.path] and message.memory[f"{message.path} looks"] > 1:
            message.edit(_put("state", "failed"))


def started_anew(message: Message) -> None:
    """A repeated `run_id` starts a run that has ended anew."""
    if message.matches("POST", "/v1/runs") and message.status in (200, 202):
        message.memory[json.loads(message.content)["run_id"]] += 1
    if message.matches("GET", RUN) and message.memory[message.path.split("/")[3]] > 2:
        message.edit(_put("started_at", "2026-01-01T00:00:00Z"))


def canceled_run_is_ok(message: Message) -> None:
    """The result of a run that was canceled says that it succeeded."""
    run_id = message.path.split("/")[-1].partition(":")[0]
    if message.matches("POST", CANCEL) and message.status == 200:
        message.memory[run_id] = 1
    run_id = message.path.split("/")[-2]
    if message.matches("GET", RESULT) and message.memory[run_id]:
        message.reply(200, {"run_id": run_id, "ok": True})


def result_before_the_end(message: Message) -> None:
    """A run that goes on has a result; it goes on for two looks, so that this can be seen."""
    if message.matches("GET", RESULT) and message.status != 200:
        message.reply(200, {"run_id": message.path.split("/")[3], "ok": True})
    if message.matches("GET", RUN) and message.status == 200:
        message.memory[message.path] += 1
        if message.memory[message.path] < 3:
            message.edit(lambda v: (v.pop("ended_at", None), v.update(state="running")))


def no_such_method(message: Message) -> None:
    if message.matches("PUT", "/v1/health"):
        message.reply(200, {"status": "ok", "time": "2026-01-01T00:00:00Z"})


def unknown_route(status: int, value: object) -> After:
    """Respond in another way to a path that is no operation."""

    def after(message: Message) -> None:
        if "unknown" in message.path and message.status == 404 and message.path.count("/") == 2:
            message.reply(status, value)

    return after


def without_challenge(message: Message) -> None:
    message.headers.pop("WWW-Authenticate", None)


def redirected(message: Message) -> None:
    if message.matches("GET", "/v1/health"):
        message.status, message.content = 307, b""
        message.headers["Location"] = "/v1/health/"


def _tool_result_first(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = [each for each in found if each["type"] != "tool_call"]
    return [{**each, "seq": number} for number, each in enumerate(order)]


def cancellation_overtaken(message: Message) -> None:
    if message.matches("GET", RUN) and message.status == 200 and b"canceled" in message.content:
        message.memory[message.path] += 1
        if message.memory[message.path] > 1:
            message.edit(_put("state", "succeeded"))


def another_root(message: Message) -> None:
    """Let a repeated identifier start another run."""
    if message.matches("POST", "/v1/runs") and message.status == 200:
        message.memory["runs"] += 1
        root = f"root-{message.memory['runs']}"
        message.edit(_put("root_node_run_id", root))


def another_key(message: Message) -> None:
    """Ignore the keys of node runs."""
    if message.matches("POST", NODE_RUNS):
        message.memory["keys"] += 1
        key = f"key-{message.memory['keys']}".encode()
        message.body = message.body.replace(b"arp-check-key", key)


def completed_again(message: Message) -> None:
    """Change the state of a node run with each look."""
    if message.matches("GET", NODE_RUN) and message.status == 200:
        message.memory[message.path] += 1
        if message.memory[message.path] > 3:
            message.edit(
                _put("state", "failed" if message.memory[message.path] % 2 else "canceled")
            )


def typed_204(message: Message) -> None:
    if message.status == 204:
        message.headers["Content-Type"] = "application/json"


RUNTIME: dict[str, After] = {
    "state-goes-back-from-final": reached_final_then_running,
    "state-goes-back-to-queued": running_then_queued,
    "final-state-changes": nth("GET", RUN, 3, _put("state", "failed")),
    "final-status-changes": end_that_moves,
    "status-of-another-run": on("GET", RUN, _put("run_id", "another")),
    "accepted-as-another-run": on("POST", "/v1/runs", _put("run_id", "another")),
    "unknown-state": on("GET", RUN, _put("state", "sleeping")),
    "time-without-offset": on("GET", RUN, _put("started_at", "2026-01-01T00:00:00")),
    "time-that-is-none": on("GET", RUN, _put("started_at", "yesterday")),
    "ended-before-it-started": on("GET", RUN, _put("ended_at", "2001-01-01T00:00:00Z")),
    "null-for-absent": on("GET", RUN, _put("runtime_instance_id", None)),
    "extension-key-without-dot": on("GET", RUN, _put("extensions", {"tier": 1})),
    "result-of-another-run": on("GET", RESULT, _put("run_id", "another")),
    "result-not-ok": on("GET", RESULT, _put("ok", False)),
    "result-with-error": on("GET", RESULT, _put("error", ENVELOPE["error"])),
    "result-changes": nth("GET", RESULT, 2, _put("output", {"text": "other"})),
    "result-before-the-end": result_before_the_end,
    "result-of-unknown-run": invented("GET", RESULT, {"run_id": "r", "ok": True}),
    "unknown-run-found": invented("GET", RUN, STATUS),
    "unknown-run-400": errors(400, only=404),
    "unknown-run-500": errors(500, only=404),
    "errors-as-html": lambda m: (
        m.headers.update({"Content-Type": "text/html"}) if m.status >= 400 else None
    ),
    "errors-without-envelope": errors(404, {"detail": "Not Found"}, only=404),
    "errors-without-code": errors(404, {"error": {"message": "x"}}, only=404),
    "errors-with-success-status": errors(200),
    "malformed-accepted": invented("POST", "/v1/runs", STATUS),
    "malformed-500": errors(500, only=400),
    "repeated-run-500": repeated_run_fails,
    "cancel-of-unknown-run": invented("POST", CANCEL, STATUS),
    "cancel-returns-another-run": on("POST", CANCEL, _put("run_id", "another")),
    "cancel-500": lambda m: m.reply(500, ENVELOPE) if m.matches("POST", CANCEL) else None,
    "cancel-changes-ended-run": cancellation_of_all,
    "canceled-run-is-ok": canceled_run_is_ok,
    "repeated-run-starts-anew": started_anew,
    "events-out-of-order": events(lambda found: found[::-1]),
    "events-with-one-number": events(lambda f: [{**each, "seq": 1} for each in f]),
    "events-of-another-run": events(lambda f: [{**each, "run_id": "other"} for each in f]),
    "events-without-final": events(lambda found: found[:-1]),
    "event-after-final": events(lambda found: [*found, {**found[0], "seq": 99}]),
    "final-event-twice": events(lambda found: [*found, {**found[-1], "seq": 99}]),
    "final-event-of-another-state": events(lambda f: f[-1]["data"].update(state="canceled")),
    "event-without-time": events(lambda found: found[0].pop("time")),
    "event-of-unknown-type": events(lambda found: found[0].update(type="mystery")),
    "event-with-negative-number": events(lambda found: found[0].update(seq=-1)),
    "no-events": events(lambda found: []),
    "tool-result-without-call": events(_tool_result_first),
    "events-that-change": events(lambda f: f[0].update(data={"x": 1}), from_reading=2),
    "event-that-is-not-json": stream_bytes(lambda b: b.replace(b"data: {", b"data: {{", 1)),
    "event-name-that-differs": stream_bytes(lambda b: b.replace(b"event: step", b"event: ping")),
    "stream-as-json": stream_as_json,
    "stream-that-stays-open": stream_that_stays_open,
    "stream-that-breaks": stream_that_breaks,
    "stream-of-unknown-run": invented("GET", EVENTS, {}),
    "health-needs-token": closed("/v1/health"),
    "version-needs-token": closed("/v1/version"),
    "health-of-unknown-status": on("GET", "/v1/health", _put("status", "fine")),
    "health-500": lambda m: m.reply(500, ENVELOPE) if m.path == "/v1/health" else None,
    "version-without-v1": on("GET", "/v1/version", _put("supported_api_versions", ["v7"])),
    "json-as-text": content_type("text/plain"),
    "json-of-no-type": lambda m: m.headers.pop("Content-Type", None),
    "json-cut-off": cut,
    "redirect": redirected,
    "token-in-error": echoed_token,
    "token-in-header": token_in_a_header,
    "no-challenge": without_challenge,
    "wrong-method-accepted": no_such_method,
    "unknown-route-accepted": unknown_route(200, {}),
    "unknown-route-without-envelope": unknown_route(404, {"detail": "Not Found"}),
}
DAEMON: dict[str, After] = {
    "list-differs-from-status": on("GET", "/v1/runs", runs_without_end),
    "run-on-a-page-twice": on("GET", "/v1/runs", first_of_list_twice("runs")),
    "run-on-no-page": on("GET", "/v1/runs", hidden_run),
    "page-token-500": lambda m: (
        m.reply(500, ENVELOPE) if "unknown" in m.query and m.status >= 400 else None
    ),
    "trace-out-of-order": on("GET", TRACE, lambda v: v["events"].reverse()),
    "trace-of-another-run": on("GET", TRACE, lambda v: v["events"][0].update(run_id="other")),
    "profile-not-as-written": on("PUT", PROFILE, _put("description", "other")),
    "profile-without-labels": on("GET", PROFILES, lambda v: v["profiles"][-1].pop("metadata", 0)),
    "profile-twice": on("GET", PROFILES, lambda v: v["profiles"].extend(v["profiles"][-1:])),
    "profile-malformed-accepted": invented("PUT", PROFILE, {"runtime_profile": "p"}),
    "deleted-with-200": lambda m: m.reply(200, {}) if m.status == 204 else None,
    "instance-twice": on("GET", INSTANCES, first_of_list_twice("instances")),
    "one-instance-less": on("POST", INSTANCES, lambda v: v["instances"].pop()),
    "instance-of-another-profile": on(
        "POST", INSTANCES, lambda v: v["instances"][0].update(runtime_profile="other")
    ),
    "instance-not-listed": on("GET", INSTANCES, lambda v: v.update(instances=v["instances"][:1])),
    "instance-of-unknown-state": on(
        "GET", INSTANCES, lambda v: v["instances"][0].update(state="sleepy")
    ),
    "unknown-profile-accepted": invented("POST", INSTANCES, {"instances": []}),
}
TOOLS: dict[str, After] = {
    "tool-twice": on("GET", "/v1/tools", lambda v: v.extend(v[:1])),
    "tool-differs": on("GET", TOOL, _put("description", "other")),
    "tool-schema-invalid": on("GET", "/v1/tools", lambda v: v[0].update(input_schema={"type": 7})),
    "unknown-tool-found": invented(
        "GET", TOOL, {"tool_id": "x", "name": "x", "input_schema": {}, "source": "builtin"}
    ),
    "result-of-another-invocation": on(
        "POST", "/v1/tool-invocations", _put("invocation_id", "other")
    ),
    "result-with-error": on(
        "POST", "/v1/tool-invocations", lambda v: v["ok"] and v.update(error=ENVELOPE["error"])
    ),
    "result-against-schema": on(
        "POST", "/v1/tool-invocations", lambda v: v["ok"] and v.update(result="no")
    ),
    "missing-arguments-accepted": on(
        "POST", "/v1/tool-invocations", lambda v: (v.update(ok=True), v.pop("error", None))
    ),
    "unknown-tool-invoked": invented(
        "POST", "/v1/tool-invocations", {"invocation_id": "x", "ok": True}
    ),
    "negative-duration": on("POST", "/v1/tool-invocations", _put("duration_ms", -1)),
}
# Those of a runtime that a run gateway cannot have: it has no results, its events are lines, and a
# run that is named anew comes with another `root_node_run_id`.
_NOT_0_3 = re.compile(
    "result|null|tool-|event-name|malformed-accepted|unknown-run-found|cancel-of|canceled-run-is-ok"
)
RUNS_0_3: dict[str, After] = {
    **{name: after for name, after in RUNTIME.items() if not _NOT_0_3.match(name)},
    "null-for-absent": on("GET", RUN, _put("extensions", None)),
    "event-that-is-not-json": stream_bytes(lambda b: b.replace(b"{", b"{{", 1)),
    "malformed-accepted": invented("POST", "/v1/runs", RUN_0_3),
    "unknown-run-found": invented("GET", RUN, RUN_0_3),
    "cancel-of-unknown-run": invented("POST", CANCEL, RUN_0_3),
    "cancellation-overtaken": cancellation_overtaken,
    "repeated-run-has-another-root": another_root,
    "stream-in-a-string": quoted(1),
    "stream-in-two-strings": quoted(2),
    "empty-stream-of-unknown-run": lambda m: (
        m.reply(200, "") if m.matches("GET", EVENTS) and m.status == 404 else None
    ),
}
COORDINATOR: dict[str, After] = {
    "node-run-of-another-run": on("GET", NODE_RUN, _put("run_id", "other")),
    "node-run-of-another-parent": on("GET", NODE_RUN, _put("parent_node_run_id", "other")),
    "root-in-another-state": on("GET", NODE_RUN, _put("state", "running")),
    "outputs-lost": on("GET", NODE_RUN, lambda v: v.pop("outputs", None)),
    "judgment-lost": on("GET", NODE_RUN, lambda v: v.pop("evaluation_result", None)),
    "completed-again": completed_again,
    "no-content-with-type": typed_204,
    "unknown-node-run-completed": lambda m: (
        m.reply(204, None) if m.path.endswith(":complete") and m.status == 404 else None
    ),
}
REGISTRY_0_3: dict[str, After] = {
    "node-type-not-as-published": on("POST", NODE_TYPES, _put("version", "other")),
    "node-type-of-another-kind": on("GET", NODE_TYPE, _put("kind", "composite")),
    "node-type-not-listed": on("GET", NODE_TYPES, lambda v: v.clear()),
    "node-type-listed-twice": on("GET", NODE_TYPES, lambda v: v.extend(v[:])),
    "version-published-again": invented(
        "POST", NODE_TYPES, {"node_type_id": "n", "version": "1", "kind": "atomic"}
    ),
}
BEFORE = [
    Mutation("run-without-token", "run-gateway", before=opened("GET", RUN)),
    Mutation("cancel-without-token", "run-gateway", before=opened("POST", CANCEL)),
    Mutation("second-run-with-one-id", "run-gateway", before=renamed_second_run),
    Mutation("node-runs-without-token", "run-coordinator", before=opened("POST", NODE_RUNS)),
    Mutation("key-ignored", "run-coordinator", before=another_key),
    Mutation("kind-ignored", "node-registry", before=any_kind),
    Mutation("runs-without-token", "daemon", before=opened("GET", "/v1/runs")),
    Mutation("tools-without-token", "tool-registry", before=opened("GET", "/v1/tools")),
    Mutation("status-without-token", "runtime", before=opened("GET", RUN)),
    Mutation("second-run-with-one-id", "daemon", before=renamed_second_run),
    Mutation("second-run-with-one-id", "runtime", before=renamed_second_run),
    Mutation("larger-pages", "daemon", before=larger_pages),
    Mutation("first-page-again", "daemon", before=first_page_again),
    Mutation("any-page-size", "daemon", before=any_page_size),
    Mutation("deleted-profile-stays", "daemon", deletion_accepted, undeleted("runtime-profiles")),
    Mutation("deleted-instance-stays", "daemon", deletion_accepted, undeleted("/instances/")),
]
MUTATIONS = [
    *generic(),
    *(Mutation(name, "runtime", after) for name, after in RUNTIME.items()),
    *(Mutation(name, "daemon", after) for name, after in DAEMON.items()),
    *(Mutation(name, "tool-registry", after) for name, after in TOOLS.items()),
    *(Mutation(name, "run-gateway", after) for name, after in RUNS_0_3.items()),
    *(Mutation(name, "run-coordinator", after) for name, after in COORDINATOR.items()),
    *(Mutation(name, "node-registry", after) for name, after in REGISTRY_0_3.items()),
    *BEFORE,
]
