"""Requests are validated against the contract before they are sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest

from arp_sdk.errors import ArpValidationError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    Metadata,
    RunRequest,
    RunRequestInput,
    RunRequestLimits,
    RunState,
    RunStatus,
    ToolInvocationRequest,
)


def request(**fields: Any) -> RunRequest:
    return RunRequest(input=RunRequestInput(goal="g"), **fields)


def limits(**fields: Any) -> RunRequest:
    return request(limits=RunRequestLimits(**fields))


def invocation(**fields: Any) -> ToolInvocationRequest:
    return ToolInvocationRequest(invocation_id="i", args={}, **fields)


@pytest.mark.parametrize(
    ("build", "path", "reason"),
    [
        (lambda: limits(max_steps=0), "$.limits.max_steps", ">= 1"),
        (lambda: limits(timeout_ms=-1), "$.limits.timeout_ms", ">= 0"),
        (lambda: limits(max_tokens="9"), "$.limits.max_tokens", "Expected `int"),
        (lambda: limits(max_steps=1.5), "$.limits.max_steps", "Expected `int"),
        (lambda: limits(max_steps=True), "$.limits.max_steps", "Expected `int"),
        (lambda: request(run_id=7), "$.run_id", "Expected `str | null`"),
        (lambda: request(extensions={"plain": 1}), "$.extensions", "matching regex"),
        (lambda: request(metadata=Metadata(labels={"a": 1})), "$.metadata.labels[...]", "`str`"),  # type: ignore[dict-item]
        (lambda: RunRequest(input="hello"), "$.input", "Expected `object`"),  # type: ignore[arg-type]
        (lambda: RunRequest(input=None), "$.input", "got `null`"),  # type: ignore[arg-type]
        (lambda: invocation(), "$", "needs `tool_id` or `tool_name`"),
        (lambda: InstanceCreateRequest(runtime_profile="p", count=0), "$.count", ">= 1"),
        (lambda: InstanceRegisterRequest(runtime_api_endpoint="localhost"),
         "$.runtime_api_endpoint", "matching regex"),
    ],
)  # fmt: skip
def test_a_violation_is_named_with_its_path(
    build: Callable[[], Any], path: str, reason: str
) -> None:
    model = build()
    with pytest.raises(ArpValidationError) as caught:
        model.validate()
    assert caught.value.path == path
    assert caught.value.subject == type(model).__name__
    assert reason in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_later_assignments_are_validated_too() -> None:
    model = limits(max_steps=1)
    model.validate()
    assert model.limits is not None
    model.limits.max_steps = 0
    with pytest.raises(ArpValidationError):
        model.validate()


@pytest.mark.parametrize(
    "build",
    [
        lambda: limits(max_steps=1, timeout_ms=0, max_tokens=1),
        lambda: request(extensions={"com.example.tier": {"any": None}}),
        lambda: invocation(tool_id="t"),
        lambda: invocation(tool_name="n"),
        lambda: invocation(tool_id="t", tool_name="n"),
        lambda: InstanceRegisterRequest(runtime_api_endpoint="unix:///run/arp.sock"),
        lambda: RunStatus(run_id="r", state=RunState.QUEUED),
    ],
)
def test_valid_models_pass(build: Callable[[], Any]) -> None:
    build().validate()


def test_an_unknown_enum_value_is_not_sent() -> None:
    with pytest.raises(ArpValidationError, match="Invalid enum value 'paused'"):
        RunStatus(run_id="r", state=RunState("paused")).validate()


def test_a_naive_date_time_is_not_sent() -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(ArpValidationError, match="timezone"):
        RunStatus(run_id="r", state=RunState.QUEUED, started_at=naive).validate()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_json_are_refused(number: float) -> None:
    model = RunRequest(input=RunRequestInput(goal="g", data={"a": [{"b": number}]}))
    for write in (model.validate, model.to_json, model.to_dict):
        with pytest.raises(ArpValidationError) as caught:
            write()
        assert caught.value.path == "$.input.data.a[0].b"


def test_a_null_in_a_free_form_map_is_sent() -> None:
    model = RunRequest(input=RunRequestInput(goal="null", data={"a": None}))
    model.validate()
    assert model.to_json() == '{"input":{"goal":"null","data":{"a":null}}}'


@pytest.mark.parametrize("text", [b"nul", b"[1,]", b'"\x01"', b'{"a": 1', b'"\xff"'])
def test_invalid_raw_json_is_refused(text: bytes) -> None:
    model = RunRequest(input=RunRequestInput(goal="g", data={"a": msgspec.Raw(text)}))
    with pytest.raises(ArpValidationError):
        model.validate()


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, lambda: None, "\ud800", {("a", "b"): 1}, 1 + 2j]
)
def test_values_that_json_cannot_express_are_refused(value: Any) -> None:
    model = RunRequest(input=RunRequestInput(goal="g", data={"a": value}))
    if value == {1, 2}:
        # msgspec writes a set as an array, which JSON can express.
        assert '"a":[1,2]' in model.to_json()
        return
    with pytest.raises(ArpValidationError):
        model.validate()


def test_a_cycle_is_refused() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    with pytest.raises(ArpValidationError, match="nested too deeply"):
        RunRequest(input=RunRequestInput(goal="g", data=cycle)).validate()
