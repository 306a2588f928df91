"""Models accept responses of newer and less strict services, and refuse wrong ones."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from arp_sdk.errors import ArpDecodeError, ArpError
from arp_sdk.models import (
    Health,
    InstanceState,
    RunListResponse,
    RunResult,
    RunState,
    RunStatus,
    RuntimeInstance,
    ToolDefinition,
    ToolInvocationResult,
)
from arp_sdk.schema import decode_json


def test_null_means_absent() -> None:
    status = RunStatus.from_json('{"run_id": "r", "state": "queued", "started_at": null}')
    assert status.started_at is None


def test_unknown_properties_are_ignored() -> None:
    status = RunStatus.from_json('{"run_id": "r", "state": "queued", "later": {"a": [1]}}')
    assert status == RunStatus(run_id="r", state=RunState.QUEUED)


def test_an_unknown_enum_member_is_kept() -> None:
    status = RunStatus.from_json('{"run_id": "r", "state": "paused"}')
    state = status.state
    assert (state, str(state), f"{state}", state.value) == ("paused",) * 4
    assert not state.is_known
    assert status.to_json() == '{"run_id":"r","state":"paused"}'
    assert status.to_dict()["state"] == "paused"
    assert RunStatus.from_json('{"run_id": "r", "state": "paused"}') == status


def test_a_known_enum_member_is_the_member() -> None:
    state = RunStatus.from_json('{"run_id": "r", "state": "failed"}').state
    assert state is RunState.FAILED
    assert state.is_known


def test_an_unknown_value_is_not_a_member_of_another_enum() -> None:
    run, instance = str(RunState("paused")), str(InstanceState("paused"))
    assert run == instance
    assert "paused" not in [member.value for member in RunState]
    kinds: set[type] = {type(RunState("paused")), type(InstanceState("paused"))}
    assert len(kinds) == 2


def test_bounds_and_patterns_do_not_apply_to_responses() -> None:
    listed = RunListResponse.from_dict({"runs": [], "pagination": {"page_size": 0}})
    assert listed.pagination is not None
    assert listed.pagination.page_size == 0
    health = Health.from_dict(
        {"status": "ok", "time": "2026-01-01T00:00:00Z", "extensions": {"no namespace": 1}}
    )
    assert health.extensions == {"no namespace": 1}
    instance = RuntimeInstance.from_dict(
        {"instance_id": "i", "state": "ready", "runtime_api_endpoint": "no uri"}
    )
    assert instance.runtime_api_endpoint == "no uri"


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2026-01-01T00:00:00Z", timedelta(0)),
        ("2026-01-01T00:00:00.123456789+02:00", timedelta(hours=2)),
        ("2026-01-01 00:00:00-05:30", -timedelta(hours=5, minutes=30)),
    ],
)
def test_date_times_are_aware(text: str, offset: timedelta) -> None:
    time = Health.from_dict({"status": "ok", "time": text}).time
    assert isinstance(time, datetime)
    assert time.utcoffset() == offset


def test_a_date_time_equals_the_same_moment_elsewhere() -> None:
    time = Health.from_dict({"status": "ok", "time": "2026-01-01T02:00:00+02:00"}).time
    assert time == datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_free_form_maps_keep_nulls_and_order() -> None:
    output: dict[str, Any] = {"z": None, "a": [1, None, {"y": None, "b": 1.5}], "m": {}}
    result = RunResult.from_dict({"run_id": "r", "ok": True, "output": output})
    assert result.output == output
    assert list(result.output or ()) == ["z", "a", "m"]
    assert result.to_dict()["output"] == output
    assert '"output":{"z":null,"a":[1,null,{"y":null,"b":1.5}],"m":{}}' in result.to_json()


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        ({"runs": [{"run_id": "a", "state": "queued"}] * 3 + [{"run_id": "b", "state": 4}]},
         "$.runs[3].state", "Expected `str`, got `int`"),
        ({"runs": [{"state": "queued"}]}, "$.runs[0]", "missing required field `run_id`"),
        ({"runs": [{"run_id": None, "state": "queued"}]}, "$.runs[0].run_id", "got `null`"),
        ({"runs": {}}, "$.runs", "Expected `array`, got `object`"),
        ({}, "$", "missing required field `runs`"),
        ([], "$", "Expected `object`, got `array`"),
        ({"runs": [{"run_id": "a", "state": "queued", "started_at": "2026-01-01T25:00:00Z"}]},
         "$.runs[0].started_at", "RFC3339"),
    ],
)  # fmt: skip
def test_an_error_names_the_model_and_the_path(data: Any, path: str, reason: str) -> None:
    for read in (RunListResponse.from_dict, lambda d: RunListResponse.from_json(_json(d))):
        with pytest.raises(ArpDecodeError) as caught:
            read(data)
        assert caught.value.path == path
        assert caught.value.subject == "RunListResponse"
        assert reason in str(caught.value)
        assert isinstance(caught.value, ValueError)


UTC = timezone.utc
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9999-12-31T23:59:59.9999999Z", LAST_MOMENT),
        ("9999-12-31t23:59:59.99999999999999999999z", LAST_MOMENT),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2017-01-01T00:59:60.5+01:00", datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2026-01-01T00:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01 00:00:00.123456789", datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)),
    ],
)
def test_a_valid_time_is_never_an_error(text: str, time: datetime) -> None:
    runs = [{"run_id": "r", "state": "queued", "started_at": "2026-01-01T00:00:00Z"}] * 99
    page = {"runs": [*runs, {"run_id": "z", "state": "queued", "started_at": text}]}

    for read in (RunListResponse.from_dict, lambda d: RunListResponse.from_json(_json(d))):
        listed = read(page)
        assert listed.runs[99].started_at == time
        assert listed.runs[0].started_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert page["runs"][99]["started_at"] == text


@pytest.mark.parametrize("text", ["2026-02-30T00:00:60Z", "2026-01-01", "", "60", "1767225600"])
def test_a_text_that_is_not_a_time_is_an_error(text: str) -> None:
    with pytest.raises(ArpDecodeError, match="time") as caught:
        Health.from_json(_json({"status": "ok", "time": text}))
    assert caught.value.path == "$.time"


@pytest.mark.parametrize("number", ["12.0", "1.2e1", "120e-1"])
def test_an_integer_may_have_decimals_that_are_zero(number: str) -> None:
    result = ToolInvocationResult.from_json(
        f'{{"invocation_id": "i", "ok": true, "result": {{"x": 2.0}}, "duration_ms": {number}}}'
    )
    assert (result.duration_ms, type(result.duration_ms)) == (12, int)
    assert type((result.result or {})["x"]) is float


@pytest.mark.parametrize("number", ["12.5", "1e300"])
def test_a_fraction_is_not_an_integer(number: str) -> None:
    with pytest.raises(ArpDecodeError, match="Expected `int"):
        ToolInvocationResult.from_json(
            f'{{"invocation_id": "i", "ok": true, "duration_ms": {number}}}'
        )


def test_every_kind_of_repair_in_one_value() -> None:
    text = _json(
        {
            "run_id": "r",
            "state": "failed",
            "started_at": "2026-01-01T00:00:00",
            "ended_at": "2016-12-31T23:59:60Z",
        }
    )
    status = RunStatus.from_json(text)
    assert status.started_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert status.ended_at == datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)


def test_a_byte_order_mark_is_ignored() -> None:
    text = '\ufeff{"status": "ok", "time": "2026-01-01T00:00:00Z"}'
    assert Health.from_json(text).status == "ok"
    assert Health.from_json(text.encode()).status == "ok"


def test_a_lone_surrogate_is_named() -> None:
    with pytest.raises(ArpDecodeError, match="lone surrogate"):
        decode_json(b'{"a": "\\ud800"}', dict[str, str])
    with pytest.raises(ArpDecodeError, match="truncated"):
        decode_json(b'{"a": "\\ud83d\\ude00', dict[str, str])


def test_the_name_of_a_member_is_not_a_value() -> None:
    assert not RunState("QUEUED").is_known
    assert RunState("queued").is_known
    assert not RunState("x" * 1000).is_known
    assert RunState("x" * 1000) == "x" * 1000


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_not_json_are_refused(number: str) -> None:
    text = f'{{"run_id": "r", "ok": true, "output": {{"x": [{number}]}}}}'
    with pytest.raises(ArpDecodeError):
        RunResult.from_json(text)
    with pytest.raises(ArpDecodeError) as caught:
        RunResult.from_dict({"run_id": "r", "ok": True, "output": {"x": [float(number)]}})
    assert caught.value.path == "$.output.x[0]"


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", '{"run_id": "r", ', "<html>", "\xff", b"\xff\xfe", '{"run_id": "\\ud800"}',
     b'{"run_id": "\xff", "state": "queued"}', "[" * 100_000, '{"a":' * 100_000],
)  # fmt: skip
def test_invalid_json_is_an_arp_error(text: str | bytes) -> None:
    with pytest.raises(ArpError):
        RunStatus.from_json(text)


def test_deep_nesting_is_an_arp_error() -> None:
    text = '{"tool_id":"t","name":"n","source":"remote","input_schema":' + '{"a":' * 100_000
    with pytest.raises(ArpDecodeError, match="nested too deeply"):
        ToolDefinition.from_json(text)


def _json(data: Any) -> str:
    return json.dumps(data)
