"""The runtime: states, plans, scripts, limits, policies, cancelling."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec
import pytest

from arp_sdk.errors import ArpApiError, ArpValidationError
from arp_sdk.models import (
    RunRequest,
    RunRequestInput,
    RunRequestLimits,
    RunRequestToolPolicy,
    RunResult,
    RunState,
    RunStatus,
)
from arp_sdk.sandbox import Call, Emit, Fail, Finish, Gate, Sandbox, Say, Wait
from arp_sdk.sandbox._runtime.run import Run, RunRecord
from sandbox.runs import FINAL, ended, run_request, until
from support.clients import RuntimeClient


def result(runtime: RuntimeClient, goal: str, **more: Any) -> RunResult:
    run = runtime.create_run(RunRequest(input=RunRequestInput(goal=goal), **more))
    ended(runtime, run.run_id)
    return runtime.get_run_result(run.run_id)


def error_code(response: RunResult) -> str:
    assert response.ok is False and response.output is None and response.error is not None
    return response.error.code


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        ("What is (19*23)?", "19*23 = 437.0"),
        ("what is 2 * (3 + 4)", "2 * (3 + 4) = 14.0"),
        ("What's -(1)-2?", "-(1)-2 = -3.0"),
        ("Calculate (1+2)*(3+4).", "(1+2)*(3+4) = 21.0"),
        ("echo good morning", "good morning"),
        ('call echo {"text": "x"}', '{"text":"x"}'),
        ("hello", "Done."),
        ("", "Done."),
    ],
)
def test_planner(runtime: RuntimeClient, goal: str, text: str) -> None:
    response = result(runtime, goal)

    assert response.ok is True and response.error is None
    assert response.output is not None and response.output["final_text"] == text


def test_planner_tells_the_time(runtime: RuntimeClient) -> None:
    output = result(runtime, "What time is it in UTC?").output

    assert output is not None and output["final_text"].endswith("+00:00 in UTC.")


@pytest.mark.parametrize(
    ("goal", "code", "text"),
    [
        ("what is love", "flow.failed", "tool.invalid_args"),
        ("what is (1/0)", "flow.failed", "tool.handler_error"),
        ("call nothing {}", "flow.failed", "tool.not_found"),
        ("call echo {", "goal.invalid", "not a JSON object"),
    ],
)
def test_goal_that_cannot_be_reached(
    runtime: RuntimeClient, goal: str, code: str, text: str
) -> None:
    response = result(runtime, goal)

    assert error_code(response) == code
    assert response.error is not None and text in response.error.message


def test_tool_of_the_test(box: Sandbox, runtime: RuntimeClient) -> None:
    @box.tool
    def weather(city: str) -> dict[str, str]:
        return {"city": city, "sky": "blue"}

    output = result(runtime, 'call weather {"city": "Paris"}').output

    assert output is not None and output["result"] == {"city": "Paris", "sky": "blue"}


def test_states(box: Sandbox, runtime: RuntimeClient) -> None:
    begin, finish = Gate(), Gate()
    box.script("slow", steps=[Wait(finish)], queued=begin)

    run = runtime.create_run(run_request("slow"))
    assert run.state is RunState.QUEUED and run.started_at is None
    assert runtime.get_run_status(run.run_id) == run
    begin.open()
    running = until(lambda: runtime.get_run_status(run.run_id), lambda s: s.state != "queued")
    assert running.state is RunState.RUNNING
    assert running.started_at is not None and running.ended_at is None
    finish.open()
    over = ended(runtime, run.run_id)
    assert over.state is RunState.SUCCEEDED and over.started_at == running.started_at
    assert over.ended_at is not None and over.ended_at >= running.started_at


def test_script(box: Sandbox, runtime: RuntimeClient) -> None:
    box.script("two lines", steps=[Say("first"), Say("second"), Call("echo", {"text": "x"})])
    box.script("own output", steps=[Emit("step", {"title": "mine"}), Finish({"answer": 42})])
    box.script("bad end", steps=[Say("well"), Fail("no.way", "There is none.")])

    with pytest.raises(ArpValidationError):
        box.script("not JSON", steps=[Finish({"answer": float("nan")})])
    two, own, bad = (result(runtime, goal) for goal in ("two lines", "own output", "bad end"))

    assert two.output == {"final_text": "first second"}
    assert two.usage == {"steps": 1, "tokens": 2, "tool_calls": 1}
    assert own.output == {"answer": 42}
    assert error_code(bad) == "no.way"


def test_result_before_the_end(box: Sandbox, runtime: RuntimeClient) -> None:
    box.script("for ever", steps=[Wait(Gate())])
    run = runtime.create_run(run_request("for ever"))

    with pytest.raises(ArpApiError) as caught:
        runtime.get_run_result(run.run_id)

    assert (caught.value.status_code, caught.value.code) == (409, "run_not_ended")


def test_unknown_run_is_not_a_missing_operation(runtime: RuntimeClient) -> None:
    for operation in (runtime.cancel_run, runtime.stream_run_events):
        with pytest.raises(ArpApiError) as caught:
            operation("no-such-run")

        assert (caught.value.status_code, caught.value.code) == (409, "run_unknown")


@pytest.mark.parametrize("run_id", ["a/b", "a b?c#d&e%41\u00fc:cancel", "..", ".", ""])
def test_run_id(runtime: RuntimeClient, run_id: str) -> None:
    if run_id.strip("."):
        assert runtime.create_run(run_request("hello", run_id)).run_id == run_id
        assert ended(runtime, run_id).run_id == run_id
    else:
        with pytest.raises(ArpApiError) as caught:
            runtime.create_run(run_request("hello", run_id))
        assert caught.value.status_code == 422


def test_repeated_run_id(box: Sandbox, runtime: RuntimeClient) -> None:
    box.script("for ever", steps=[Wait(Gate())])
    runtime.create_run(run_request("for ever", "run_1"))
    running = until(lambda: runtime.get_run_status("run_1"), lambda s: s.state == "running")

    assert runtime.create_run(run_request("hello", "run_1")) == running


def test_concurrent_requests_with_one_run_id(box: Sandbox, runtime: RuntimeClient) -> None:
    calls: list[int] = []
    box.tool(name="count")(lambda: calls.append(1))
    request = run_request("call count", "run_1")

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: runtime.create_run(request), range(32)))

    assert {response.run_id for response in responses} == {"run_1"}
    ended(runtime, "run_1")
    assert len(calls) == 1


def test_cancel_while_queued(box: Sandbox, runtime: RuntimeClient) -> None:
    box.script("waits", steps=[], queued=Gate())
    run = runtime.create_run(run_request("waits"))

    canceled = runtime.cancel_run(run.run_id)

    assert canceled.state is RunState.CANCELED and canceled.started_at is None
    assert runtime.get_run_status(run.run_id) == canceled
    assert runtime.get_run_result(run.run_id).ok is False


def test_cancel_while_running(box: Sandbox, runtime: RuntimeClient) -> None:
    box.script("for ever", steps=[Say("so far"), Wait(Gate())])
    run = runtime.create_run(run_request("for ever"))
    until(lambda: runtime.get_run_status(run.run_id), lambda status: status.state == "running")

    canceled = runtime.cancel_run(run.run_id)

    assert canceled.state is RunState.CANCELED and canceled.ended_at is not None


@pytest.mark.parametrize("seen", range(8))
def test_cancel_at_any_moment(runtime: RuntimeClient, seen: int) -> None:
    run = runtime.create_run(run_request("What is (19*23)?"))
    with runtime.stream_run_events(run.run_id) as stream:
        events = list(islice(stream, seen))
        # It may be over by now: then there is nothing to cancel.
        with suppress(ArpApiError):
            runtime.cancel_run(run.run_id)
        last = runtime.get_run_status(run.run_id)
        events += stream

    assert last.state in FINAL
    assert events[-1].data is not None and events[-1].data["state"] == last.state
    assert list(runtime.stream_run_events(run.run_id)) == events
    assert runtime.get_run_status(run.run_id) == last


def test_the_end_is_the_end() -> None:
    saved: list[RunRecord] = []
    status = RunStatus(run_id="run_1", state=RunState.QUEUED)
    run = Run(RunRecord(run_request("hello"), status), saved.append)

    run.end(RunState.CANCELED)
    before = msgspec.json.encode(run.record)
    run.end(RunState.SUCCEEDED, output={})

    assert msgspec.json.encode(run.record) == before
    assert saved == [run.record]


@pytest.mark.parametrize(
    ("goal", "limits", "code"),
    [
        ("for ever", {"timeout_ms": 20}, "limits.timeout"),
        ("hello", {"timeout_ms": 0}, "limits.timeout"),
        ("two steps", {"max_steps": 1}, "limits.max_steps"),
        ("two words", {"max_tokens": 1}, "limits.max_tokens"),
    ],
)
def test_limit_that_is_exceeded(
    box: Sandbox, runtime: RuntimeClient, goal: str, limits: dict[str, int], code: str
) -> None:
    script(box)

    response = result(runtime, goal, limits=RunRequestLimits(**limits))

    assert error_code(response) == code


@pytest.mark.parametrize(
    ("goal", "limits"),
    [
        ("hello", {"timeout_ms": 60_000, "max_steps": 1, "max_tokens": 1}),
        ("two steps", {"max_steps": 2}),
        ("two words", {"max_tokens": 2}),
    ],
)
def test_limit_that_is_kept(
    box: Sandbox, runtime: RuntimeClient, goal: str, limits: dict[str, int]
) -> None:
    script(box)

    assert result(runtime, goal, limits=RunRequestLimits(**limits)).ok is True


def script(box: Sandbox) -> None:
    box.script("for ever", steps=[Wait(Gate())])
    box.script("two steps", steps=[Call("echo", {"text": "a"}), Call("echo", {"text": "b"})])
    box.script("two words", steps=[Say("two words")])


@pytest.mark.parametrize(
    ("policy", "ok"),
    [
        ({"allow_tool_ids": []}, False),
        ({"allow_tool_ids": ["tool_echo"]}, False),
        ({"allow_tool_ids": ["tool_echo", "tool_calc"]}, True),
        ({"deny_tool_ids": ["tool_calc"]}, False),
        ({"deny_tool_ids": ["tool_echo"]}, True),
        ({"allow_tool_ids": ["tool_calc"], "deny_tool_ids": ["tool_calc"]}, False),
    ],
)
def test_tool_policy(runtime: RuntimeClient, policy: dict[str, list[str]], ok: bool) -> None:
    response = result(runtime, "What is (1+1)?", tool_policy=RunRequestToolPolicy(**policy))

    assert response.ok is ok
    assert ok or error_code(response) == "tool.denied"
